//! P10, a way that failed is not tried again before the others: what one telephone channel refused goes by the other,
//! at once, as long as that is there and its provider did not say that it is out of money.

use std::collections::{BTreeMap, BTreeSet};

use super::{Complaints, Run};
use crate::lines::{Entry, Fact};

/// The channels of one medium in these organisations; every other medium has one.
const PHONES: [&str; 2] = ["voice", "spare"];

#[derive(Default)]
struct Book {
    /// By which channels each message was refused, those before it in its place included.
    refused: BTreeMap<String, BTreeSet<String>>,
    /// By which channel each went last.
    went: BTreeMap<String, String>,
    /// Channels that were ever out of money, and those that were left alone for another reason.
    left_alone: BTreeSet<String>,
}

pub(crate) fn check(run: &Run<'_>) -> Complaints {
    let mut book = Book::default();
    let mut complaints = Vec::new();
    for entry in &run.entries {
        for fact in &entry.facts {
            match fact.kind.as_str() {
                "attempt_started" => started(run, &mut book, (entry, fact), &mut complaints),
                "attempt_ended" => ended(run, &mut book, (entry, fact), &mut complaints),
                "channel_closed" => {
                    book.left_alone.insert(fact.text("/channel").to_owned());
                }
                _ => {}
            }
        }
    }
    complaints
}

fn started(run: &Run<'_>, book: &mut Book, (entry, fact): (&Entry, &Fact), complaints: &mut Complaints) {
    let channel = fact.text("/attempt/channel").to_owned();
    for id in run.carried(fact) {
        let again = book.went.insert(id.to_owned(), channel.clone()).is_some();
        let Some(refused) = book.refused.get(id).filter(|_| !again) else { continue };
        if let Some(other) = untried(run, book, (entry, refused)).filter(|_| refused.contains(&channel)) {
            complaints.push(format!(
                "P10: entry {} sends {id} by {channel} again, and {other} was not tried",
                entry.seq
            ));
        }
    }
}

/// A telephone channel that is there, and has not refused a message, whatever else became of it.
fn untried(
    run: &Run<'_>,
    book: &Book,
    (entry, refused): (&Entry, &BTreeSet<String>),
) -> Option<&'static str> {
    let site = run.site_at(entry.seq);
    let mut others =
        PHONES.into_iter().filter(|channel| site.has(channel)).filter(|channel| !refused.contains(*channel));
    others.rfind(|channel| !book.left_alone.contains(*channel))
}

fn ended(run: &Run<'_>, book: &mut Book, (entry, fact): (&Entry, &Fact), complaints: &mut Complaints) {
    let carried: Vec<&str> = run.carried(fact).collect();
    let channel = carried.first().and_then(|id| book.went.get(*id)).cloned();
    let Some(channel) = channel.filter(|channel| PHONES.contains(&channel.as_str())) else { return };
    if fact.has("/outcome/failed/exhausted") {
        book.left_alone.insert(channel.clone());
    }
    let known = ["transient", "permanent", "exhausted"];
    if !known.iter().any(|word| fact.has(&format!("/outcome/failed/{word}"))) {
        return;
    }
    for id in carried {
        let Some(before) = run.planned.get(id) else { continue };
        let mut refused = book.refused.get(id).cloned().unwrap_or_default();
        refused.insert(channel.clone());
        let other = untried(run, book, (entry, &refused));
        // What follows in the same entry, by the same medium, says the same once more.
        let next = entry.facts("notification_planned").find(|fact| {
            let it = run.planned.get(fact.text("/notification/id"));
            it.is_some_and(|it| {
                (&it.purpose, &it.case, it.clock, &it.step, &it.to, &it.medium)
                    == (&before.purpose, &before.case, before.clock, &before.step, &before.to, &before.medium)
            })
        });
        let Some(next) = next else { continue };
        let due = next.instant("/notification/due").unwrap_or(i64::MAX);
        if let Some(other) = other.filter(|_| run.record.faults.clocks_true() && due > entry.either()) {
            complaints.push(format!("P10: entry {} lets {id} wait, and {other} was not tried", entry.seq));
        }
        book.refused.insert(next.text("/notification/id").to_owned(), refused);
    }
}
