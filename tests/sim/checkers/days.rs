//! P2 and P13 over days: a closed case leaves memory a day later, and personal data goes when it is said to, once, and
//! nothing is done about the case after that; a signed head leaves every day at its time, and none is lost or doubled.

use std::collections::BTreeMap;

use super::{Complaints, Run};
use crate::lines::{Entry, Fact, instant};
use crate::site::BEGINNING;

/// What is due is done within this, while the daemon runs.
const WITHIN: i64 = 1_500;
const DAY: i64 = 24 * 3_600_000;
/// Six in the evening in Shanghai, from when every seed begins.
const FIRST_HEAD: i64 = 10 * 3_600_000;
/// What is only done about a case that is in memory.
const ABOUT: [&str; 12] = [
    "step_taken",
    "step_repeated",
    "warned",
    "handler_idle",
    "clock_breached",
    "clock_met",
    "correction_reminded",
    "correction_owed",
    "confirmed",
    "taken",
    "case_joined",
    "telephone_tried",
];

/// A case that was closed.
struct Closed {
    /// When it leaves memory, and when its personal data goes.
    archive_at: i64,
    erase_at: Option<i64>,
    archived: bool,
    erased: bool,
}

pub(crate) fn check(run: &Run<'_>) -> Complaints {
    let mut complaints = Vec::new();
    let mut book: BTreeMap<String, Closed> = BTreeMap::new();
    for entry in &run.entries {
        for fact in &entry.facts {
            follow(run, &mut book, (entry, fact), &mut complaints);
        }
    }
    // Where a clock was ahead, what is due waits until it is overtaken.
    if run.record.faults.clocks_true() {
        heads(run, &mut complaints);
        for (case, closed) in &book {
            if !closed.archived && overdue(run, closed.archive_at) {
                complaints.push(format!("P2: {case} was closed, and never leaves memory"));
            }
            if !closed.erased && closed.erase_at.is_some_and(|at| overdue(run, at)) {
                complaints.push(format!("P15: the personal data of {case} is kept for longer than was said"));
            }
        }
    }
    complaints
}

/// Whether the daemon ran at an instant, or afterwards, and long enough for what was due at it.
fn overdue(run: &Run<'_>, at: i64) -> bool {
    let end = run.record.up.last().map_or(0, |(_, to)| i64::try_from(*to).unwrap_or(i64::MAX));
    let end = instant(BEGINNING).unwrap_or(0).saturating_add(end);
    run.up_from(at).is_some_and(|from| from.max(at) + WITHIN < end)
}

fn follow(
    run: &Run<'_>,
    book: &mut BTreeMap<String, Closed>,
    (entry, fact): (&Entry, &Fact),
    complaints: &mut Complaints,
) {
    let (case, seq) = (fact.text("/case"), entry.seq);
    let due = |path| fact.instant(path).unwrap_or(0);
    match fact.kind.as_str() {
        "closed" => {
            let erase_at = fact.instant("/erase_at");
            let kept = run.site_at(seq).keeps.map(|kept| entry.either() + i64::try_from(kept).unwrap());
            if due("/archive_at") != entry.either() + DAY || erase_at != kept {
                complaints.push(format!("P2: what entry {seq} closes is not kept for as long as is said"));
            }
            let closed = Closed { archive_at: due("/archive_at"), erase_at, archived: false, erased: false };
            book.insert(case.to_owned(), closed);
        }
        "archived" => match book.get_mut(case) {
            Some(closed) if !closed.archived && entry.either() >= closed.archive_at => closed.archived = true,
            Some(_) | None => {
                complaints.push(format!("P2: entry {seq} archives a case before its time, or again"));
            }
        },
        "erased" => match book.get_mut(case) {
            Some(closed) if !closed.erased => {
                let early = closed.erase_at.is_none_or(|at| entry.either() < at);
                if !fact.has("/actor") && early {
                    complaints.push(format!("P15: entry {seq} erases a case before its time"));
                }
                closed.erased = true;
            }
            Some(_) | None => {
                complaints.push(format!("P15: entry {seq} erases a case that is open, or again"));
            }
        },
        "archive_put_off" | "erase_put_off" => {
            if let Some(closed) = book.get_mut(case) {
                match fact.kind.as_str() {
                    "archive_put_off" => closed.archive_at = due("/until"),
                    _ => closed.erase_at = fact.instant("/until"),
                }
            }
        }
        kind => {
            let planned = run.planned.get(fact.text("/notification"));
            let of = match kind {
                "attempt_started" => planned.and_then(|planned| planned.case.as_deref()),
                kind => ABOUT.contains(&kind).then_some(case),
            };
            if of.and_then(|case| book.get(case)).is_some_and(|closed| closed.archived) {
                complaints.push(format!("P13: {kind} in entry {seq} is of a case that left memory"));
            }
        }
    }
}

/// Each evening one head is due, dated to its instant.
fn heads(run: &Run<'_>, complaints: &mut Complaints) {
    let beginning = instant(BEGINNING).unwrap_or(0);
    let mut went: BTreeMap<i64, u32> = BTreeMap::new();
    for (entry, fact) in run.facts("head_due") {
        let due = fact.instant("/due").unwrap_or(0);
        // One that is not due yet is put on the schedule.
        if due <= entry.either() {
            *went.entry(due).or_default() += 1;
        }
    }
    let days = (0..).map(|day| beginning + FIRST_HEAD + day * DAY);
    for due in days.take_while(|due| overdue(run, *due)) {
        match went.remove(&due) {
            Some(1) => {}
            Some(_) => complaints.push(format!("P13: the head of {due} left more than once")),
            None => complaints.push(format!("P2: no head left that was due at {due}")),
        }
    }
    if went.keys().any(|due| (due - beginning - FIRST_HEAD) % DAY != 0) {
        complaints.push(format!("P2: a head left that was not due at its time: {:?}", went.keys()));
    }
}
