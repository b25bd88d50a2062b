//! P6 and P10, written reports: each that somebody orders goes to its authority, once and under a number that no other
//! has, or it is on record why not, or that it came back.

use std::collections::{BTreeMap, BTreeSet};

use super::{Complaints, Place, Run, place};
use crate::lines::{Entry, Fact};

/// What is due goes within this, where all is well.
const WITHIN: i64 = 120_000;

/// A report: its clock, its kind, and its number among those of the clock.
type Key = (Place, String, u64);

#[derive(Default)]
struct Report {
    /// When it goes next.
    goes_at: i64,
    sends: u32,
    returns: u32,
    /// Another took its place, or it is wanted no more.
    over: bool,
}

#[derive(Default)]
struct Book {
    authorities: BTreeMap<Place, String>,
    reports: BTreeMap<Key, Report>,
    /// The message that carries a report last, and which it is.
    carries: BTreeMap<String, Key>,
    /// By which report an authority knows a number of a case.
    names: BTreeMap<(String, String, String, u64), Key>,
    /// What was ordered last for a clock and is not on its way: what it says, and since when.
    ordered: BTreeMap<Place, (String, i64)>,
    /// What the messages say.
    contents: BTreeMap<String, String>,
    impossible: BTreeSet<Place>,
    withdrawn: BTreeSet<Place>,
    complaints: Complaints,
}

pub(crate) fn check(run: &Run<'_>) -> Complaints {
    let mut book = Book::default();
    for entry in &run.entries {
        for fact in &entry.facts {
            orders(&mut book, (entry, fact));
            goes(run, &mut book, (entry, fact));
        }
    }
    // Where a clock was ahead, limits and pauses last until it is overtaken.
    if !run.record.faults.clocks_true() {
        return book.complaints;
    }
    let end = run.entries.last().map_or(0, Entry::either);
    let stands = |at: &Place| !book.impossible.contains(at) && !book.withdrawn.contains(at);
    for ((at, kind, number), report) in book.reports.iter().filter(|((at, ..), _)| stands(at)) {
        if report.sends == report.returns && !report.over && report.goes_at < end - WITHIN {
            let (case, clock) = at;
            book.complaints.push(format!("P6: the {kind} report {number} of {case}/{clock} does not go"));
        }
    }
    for ((case, clock), _) in
        book.ordered.iter().filter(|(at, (_, since))| stands(at) && *since < end - WITHIN)
    {
        book.complaints.push(format!("P6: the report that was ordered for {case}/{clock} is not written"));
    }
    book.complaints
}

fn orders(book: &mut Book, (entry, fact): (&Entry, &Fact)) {
    match fact.kind.as_str() {
        "clock_started" => {
            let at = (fact.text("/case").to_owned(), fact.number("/clock/clock"));
            book.authorities.insert(at, fact.text("/clock/authority").to_owned());
        }
        "notification_planned" => {
            let (id, content) = (fact.text("/notification/id"), fact.text("/notification/content"));
            book.contents.insert(id.to_owned(), content.to_owned());
        }
        "written_drafted" if fact.is("/send") => {
            book.ordered.insert(place(fact), (fact.text("/payload").to_owned(), entry.either()));
        }
        "written_impossible" => {
            book.impossible.insert(place(fact));
        }
        "clock_withdrawn" => {
            book.withdrawn.insert(place(fact));
        }
        "closed" => book.ordered.retain(|(case, _), _| case != fact.text("/case")),
        "written_planned" => planned(book, (entry, fact)),
        _ => {}
    }
}

/// A report is on its way, or tries again.
fn planned(book: &mut Book, (entry, fact): (&Entry, &Fact)) {
    let (at, id) = (place(fact), fact.text("/notification"));
    let (kind, number) = (fact.text("/kind").to_owned(), fact.number("/number"));
    let key = (at.clone(), kind.clone(), number);
    // The first report of a clock may be a later one to an authority that had one before.
    let name = match fact.number("/continues") {
        0 => (kind, number),
        continued => ("progress".to_owned(), continued),
    };
    let authority = book.authorities.get(&at).cloned().unwrap_or_default();
    if name.0 != "initial" {
        let known = book.names.insert((at.0.clone(), authority, name.0, name.1), key.clone());
        if known.is_some_and(|known| known != key) {
            let seq = entry.seq;
            book.complaints.push(format!("P6: entry {seq} gives a report a number that another has"));
        }
    }
    if book.ordered.get(&at).is_some_and(|(payload, _)| book.contents.get(id) == Some(payload)) {
        book.ordered.remove(&at);
    }
    book.carries.retain(|_, carried| *carried != key);
    book.carries.insert(id.to_owned(), key.clone());
    book.reports.entry(key).or_default().over = false;
}

fn goes(run: &Run<'_>, book: &mut Book, (entry, fact): (&Entry, &Fact)) {
    let id = fact.text("/notification");
    let Some(report) = book.carries.get(id).and_then(|key| book.reports.get_mut(key)) else { return };
    match fact.kind.as_str() {
        "written_planned" => report.goes_at = run.planned.get(id).map_or(0, |planned| planned.due),
        "send_postponed" => report.goes_at = fact.instant("/until").unwrap_or(0),
        "attempt_started" => report.goes_at = i64::MAX,
        "attempt_ended" => report.goes_at = fact.instant("/again_at").unwrap_or_else(|| entry.either()),
        "notification_cancelled" => report.over = fact.text("/why") != "not_taken",
        "written_sent" => {
            report.sends += 1;
            if report.sends > report.returns + 1 {
                book.complaints
                    .push(format!("P6: entry {} sends a report that the authority has", entry.seq));
            }
        }
        "written_returned" => report.returns += 1,
        _ => {}
    }
}
