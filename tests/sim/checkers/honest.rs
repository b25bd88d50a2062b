//! P6, at least once, honestly: nothing goes out before its attempt is durable, what may go twice goes under the same
//! key and says so, and states only rise.

use std::collections::{BTreeMap, BTreeSet};

use super::{Complaints, Run};
use crate::lines::{Entry, Fact};
use crate::record::Sent;

/// What the journal says of the tries under one key, in order.
#[derive(Default)]
struct Key<'a> {
    starts: Vec<(&'a Entry, &'a Fact)>,
    unknown: usize,
    open: bool,
    cancelled: bool,
    receipt: u8,
}

#[derive(Default)]
struct Book<'a> {
    keys: BTreeMap<&'a str, Key<'a>>,
    /// Messages of which nobody knows whether they arrived, and the key they last went out under.
    doubtful: BTreeMap<&'a str, &'a str>,
}

pub(crate) fn check(run: &Run<'_>) -> Complaints {
    let mut complaints = Vec::new();
    let mut book = Book::default();
    for entry in &run.entries {
        for fact in &entry.facts {
            follow(run, &mut book, (entry, fact), &mut complaints);
        }
        if entry.held && entry.facts("event_taken").next().is_some() {
            complaints
                .push(format!("P1: entry {} takes an event in while nothing can be written", entry.seq));
        }
    }
    let mut sends: BTreeMap<&str, usize> = BTreeMap::new();
    for sent in &run.record.sent {
        let times = sends.entry(&sent.key).or_default();
        *times += 1;
        let held = run.record.sent.iter().filter(|other| other.holding && other.key == sent.key).count();
        received(run, &book, (sent, *times, held), &mut complaints);
    }
    complaints
}

/// A request that a provider received: its attempt was durable by then, and is the one that the journal tells of.
fn received(
    run: &Run<'_>,
    book: &Book<'_>,
    (sent, times, held): (&Sent, usize, usize),
    complaints: &mut Complaints,
) {
    let (key, at) = (&sent.key, sent.at);
    let starts = book.keys.get(key.as_str()).map_or(&[][..], |key| &key.starts);
    if sent.holding {
        // What was decided while nothing could be written is lost where the process ended before it could.
        return;
    }
    let mut durable = starts.iter().filter(|(entry, _)| entry.ends <= sent.durable);
    if durable.clone().count() + held < times {
        complaints.push(format!("P6: {key} went out at {at} before its attempt was durable"));
        return;
    }
    let Some((entry, start)) = durable.next_back() else { return };
    let covers: BTreeSet<&str> = sent.covers.iter().map(String::as_str).collect();
    let carried = run.carried(start).skip(1).all(|id| covers.contains(id));
    if !carried || start.text("/attempt/channel") != sent.channel {
        complaints.push(format!("P6: what went out as {key} at {at} is not what entry {} says", entry.seq));
    }
    let to = sent.to.split(':').next_back().unwrap_or_default();
    if run.planned.get(key).is_none_or(|planned| !planned.to.contains(to)) {
        complaints.push(format!("P6: {key} went out at {at} to somebody it was not planned for"));
    }
}

fn follow<'a>(
    run: &Run<'_>,
    book: &mut Book<'a>,
    (entry, fact): (&'a Entry, &'a Fact),
    complaints: &mut Complaints,
) {
    let id = fact.text("/notification");
    match fact.kind.as_str() {
        "attempt_started" => start(run, book, (entry, fact), complaints),
        "attempt_ended" => {
            let key = book.keys.entry(id).or_default();
            key.open = false;
            let unknown = fact.has("/outcome/failed/unknown");
            key.unknown += usize::from(unknown);
            for one in run.carried(fact) {
                if unknown {
                    book.doubtful.insert(one, id);
                } else {
                    book.doubtful.remove(one);
                }
            }
        }
        "notification_cancelled" => book.keys.entry(id).or_default().cancelled = true,
        "receipt_taken" if fact.is("/effect") => {
            let key = book.keys.entry(id).or_default();
            key.open = false;
            let carried = key.starts.last().map(|(_, start)| *start);
            for one in carried.into_iter().flat_map(|start| run.carried(start)) {
                book.doubtful.remove(one);
            }
            receipt(key, (entry, fact), complaints);
        }
        _ => {}
    }
}

fn start<'a>(
    run: &Run<'_>,
    book: &mut Book<'a>,
    (entry, fact): (&'a Entry, &'a Fact),
    complaints: &mut Complaints,
) {
    let (seq, lead) = (entry.seq, fact.text("/notification"));
    let doubtful = book.doubtful.contains_key(lead);
    for id in run.carried(fact) {
        let Some(under) = book.doubtful.get(id).copied() else { continue };
        let over = book.keys.get(under).is_none_or(|key| key.cancelled);
        if under != lead && !over {
            complaints.push(format!("P6: {id} goes out in entry {seq} under another key than {under}"));
        }
    }
    let key = book.keys.entry(lead).or_default();
    if key.open {
        complaints.push(format!("P6: {lead} goes out again in entry {seq} while it is under way"));
    }
    if let Some((_, before)) = key.starts.last() {
        let known: BTreeSet<&str> = run.carried(before).collect();
        if key.unknown < key.starts.len() {
            complaints.push(format!("P6: {lead} goes out again in entry {seq} after a known outcome"));
        }
        if !run.carried(fact).all(|id| known.contains(id)) {
            complaints.push(format!("P6: {lead} goes out again in entry {seq} and says more than before"));
        }
    }
    if doubtful != fact.is("/attempt/possible_duplicate") {
        complaints.push(format!("P6: entry {seq} does not say rightly whether {lead} may be a duplicate"));
    }
    key.starts.push((entry, fact));
    key.open = true;
}

fn receipt(key: &mut Key<'_>, (entry, fact): (&Entry, &Fact), complaints: &mut Complaints) {
    let (seq, id) = (entry.seq, fact.text("/notification"));
    let grade = match fact.text("/state") {
        "delivered" => 1,
        "answered" => 2,
        "heard" => 3,
        "failed" if key.receipt > 0 => {
            complaints.push(format!("P6: {id} failed in entry {seq} after it had arrived"));
            return;
        }
        _ => return,
    };
    if grade <= key.receipt {
        complaints.push(format!("P6: the state of {id} falls in entry {seq}"));
    }
    key.receipt = grade;
}
