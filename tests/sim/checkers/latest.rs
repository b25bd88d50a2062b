//! P3: while the daemon runs the written report never waits past its latest, nor past the return of a way to its
//! authority; P10: without a way it is on record that nothing can be written.

use super::{Complaints, Place, Run, place};
use crate::lines::Fact;

/// The call that goes first is planned in the decision of the latest itself, no limit holds it or the report back, and
/// where it has not begun within five seconds the report goes without it. One more for the daemon's second.
const WITHIN: i64 = 6_000;
/// What ends the duty to write, or is its end.
const OVER: [&str; 5] = ["clock_withdrawn", "clock_met", "written_sent", "written_receipted", "closed"];

pub(crate) fn check(run: &Run<'_>) -> Complaints {
    let faults = &run.record.faults;
    if !faults.clocks_true() || faults.full > 0 || faults.suspended > 0 {
        return Vec::new();
    }
    let started = run.facts("clock_started");
    let clocks = started.map(|(_, fact)| (fact.text("/case").to_owned(), fact.number("/clock/clock")));
    clocks.filter_map(|mine| waited(run, &mine)).collect()
}

fn waited(run: &Run<'_>, mine: &Place) -> Option<String> {
    // One that was antedated has its latest there: where that was before the daemon was armed, it is left to people.
    let (entry, fact) = run.clock(mine, u64::MAX)?;
    let latest = fact.instant("/clock/latest_at")?.max(entry.at);
    let authority = fact.text("/clock/authority");
    let ways = run.spans_of(|site| site.mails_to(authority));
    let (from, to) = ways.into_iter().find(|(_, to)| latest < *to).unwrap_or((i64::MAX, i64::MAX));
    let waits = |begins: i64, ends: i64| {
        let until = begins.saturating_add(WITHIN);
        let watched = until < ends
            && run.up_from(begins).is_some_and(|up| up <= begins)
            && run.up_until(begins).is_some_and(|up| until < up)
            && armed_from(run, latest - WITHIN).is_some_and(|end| until < end);
        watched && !ended(run, mine, until)
    };
    let (case, clock) = mine;
    if latest < from && waits(latest, from) && !recorded(run, mine, latest + WITHIN) {
        return Some(format!("P10: nothing tells that nothing can be written for {case}/{clock}"));
    }
    waits(latest.max(from), to).then(|| {
        format!(
            "P3: nothing was written for {case}/{clock} at its latest, though the daemon ran and was armed"
        )
    })
}

/// Whether a report was on its way, or owed no more, by an instant.
fn ended(run: &Run<'_>, mine: &Place, until: i64) -> bool {
    let before = run.entries.iter().filter(|entry| entry.at <= until);
    before.flat_map(|entry| &entry.facts).any(|fact| {
        let of_clock = OVER.contains(&fact.kind.as_str()) && place(fact) == *mine;
        let of_case = ["closed", "ruled_out"].contains(&fact.kind.as_str()) && fact.text("/case") == mine.0;
        of_clock || of_case || fact.kind == "attempt_started" && writes(run, fact, mine)
    })
}

fn recorded(run: &Run<'_>, mine: &Place, until: i64) -> bool {
    run.facts("written_impossible").any(|(entry, fact)| entry.at <= until && place(fact) == *mine)
}

/// Whether an attempt carries the written report of a clock.
fn writes(run: &Run<'_>, attempt: &Fact, (case, clock): &(String, u64)) -> bool {
    run.carried(attempt).filter_map(|id| run.planned.get(id)).any(|planned| {
        planned.purpose == "written" && planned.case.as_deref() == Some(case) && planned.clock == Some(*clock)
    })
}

/// Until when the daemon was armed that was armed at an instant.
fn armed_from(run: &Run<'_>, at: i64) -> Option<i64> {
    let mut armed = false;
    for entry in &run.entries {
        for fact in entry.facts.iter().filter(|fact| ["armed", "disarmed"].contains(&fact.kind.as_str())) {
            if entry.at > at && armed && fact.kind == "disarmed" {
                return Some(entry.at);
            }
            if entry.at > at && !armed {
                return None;
            }
            armed = fact.kind == "armed";
        }
    }
    armed.then_some(i64::MAX)
}
