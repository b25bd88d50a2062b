//! P3: while the daemon runs the written report never waits past its latest.

use super::{Complaints, Run, place};
use crate::lines::{Entry, Fact};

/// The call that goes first may have to wait for its turn: one number is rung once a minute.
const WITHIN: i64 = 75_000;
/// What ends the duty to write, or is its end.
const OVER: [&str; 5] = ["clock_withdrawn", "clock_met", "written_sent", "written_receipted", "closed"];

pub(crate) fn check(run: &Run<'_>) -> Complaints {
    let faults = &run.record.faults;
    if !faults.clocks_true() || faults.full > 0 || faults.suspended > 0 {
        return Vec::new();
    }
    run.facts("clock_started").filter_map(|(entry, fact)| waited(run, entry, fact)).collect()
}

fn waited(run: &Run<'_>, entry: &Entry, fact: &Fact) -> Option<String> {
    let (case, clock) = (fact.text("/case").to_owned(), fact.number("/clock/clock"));
    let latest = fact.instant("/clock/latest_at")?.max(entry.at);
    let until = latest + WITHIN;
    let runs = run.up_from(latest)? <= latest && run.up_until(latest)? > until;
    if !runs || armed_from(run, latest - WITHIN).is_none_or(|end| end <= until) {
        return None;
    }
    let mine = (case.clone(), clock);
    let before = run.entries.iter().filter(|entry| entry.at <= until);
    let ended = before.flat_map(|entry| &entry.facts).any(|fact| {
        let of_clock = OVER.contains(&fact.kind.as_str()) && place(fact) == mine;
        let of_case = ["closed", "ruled_out"].contains(&fact.kind.as_str()) && fact.text("/case") == case;
        of_clock || of_case || fact.kind == "attempt_started" && writes(run, fact, &mine)
    });
    (!ended).then(|| {
        format!(
            "P3: nothing was written for {case}/{clock} at its latest, though the daemon ran and was armed"
        )
    })
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
