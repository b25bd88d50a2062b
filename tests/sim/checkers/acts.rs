//! P9, machines can't confirm: whoever knows of a case, takes it or passes it on has pressed the key for it, typed the
//! digits of their own message, or said so at the door; P12: a suspected case that was ruled out is held against
//! nobody; P14: a message is not tried without end.

use std::collections::BTreeMap;

use super::{Complaints, Run};
use crate::lines::{Entry, Fact};

/// No message is tried more often, over all its rounds.
const TRIES_MAX: u32 = 200;

pub(crate) fn check(run: &Run<'_>) -> Complaints {
    let mut complaints = Vec::new();
    let mut ruled_out: BTreeMap<&str, i64> = BTreeMap::new();
    let mut tries: BTreeMap<&str, u32> = BTreeMap::new();
    for entry in &run.entries {
        for fact in &entry.facts {
            match fact.kind.as_str() {
                "confirmed" | "taken" | "passed" => person(run, (entry, fact), &mut complaints),
                "ruled_out" => {
                    ruled_out.insert(fact.text("/case"), entry.either());
                }
                "case_raised" => {
                    ruled_out.remove(fact.text("/case"));
                }
                "lapse_recorded" => held_against(&ruled_out, (entry, fact), &mut complaints),
                "attempt_started" => {
                    for id in run.carried(fact) {
                        let tried = tries.entry(id).or_default();
                        *tried += 1;
                        if *tried > TRIES_MAX {
                            complaints.push(format!("P14: entry {} tries a message without end", entry.seq));
                        }
                    }
                }
                _ => {}
            }
        }
    }
    complaints
}

/// The person pressed the key of this very act in the call that the entry is about, or typed the right digits for it.
fn person(run: &Run<'_>, (entry, fact): (&Entry, &Fact), complaints: &mut Complaints) {
    let (by, case) = (fact.text("/actor/by"), fact.text("/case"));
    let wanted: &[&str] = match fact.kind.as_str() {
        "taken" => &["take", "take_over"],
        "passed" => &["pass"],
        _ => &["take", "take_over", "confirm"],
    };
    let said = match fact.text("/actor/via") {
        "digit" => {
            let keys: Vec<&str> =
                entry.facts("receipt_taken").map(|receipt| receipt.text("/notification")).collect();
            run.record.pressed.iter().any(|pressed| {
                keys.contains(&pressed.key.as_str())
                    && wanted.contains(&pressed.digit)
                    && pressed.to.trim_start_matches("person:") == by
            })
        }
        "code" => {
            let mut typed = run.record.typed.iter();
            typed.any(|typed| typed.by == by && typed.case == case && wanted.contains(&typed.act))
        }
        "session" => {
            let mut handed = run.record.handed.iter();
            fact.kind == "passed"
                && handed.any(|said| (&*said.case, &*said.by, said.to) == (case, by, fact.text("/to")))
        }
        _ => false,
    };
    if !said {
        complaints.push(format!("P9: {by} is said in entry {} to have {} a case", entry.seq, fact.kind));
    }
}

/// What had passed by the time it was ruled out stands; nothing is found against anybody after that.
fn held_against(
    ruled_out: &BTreeMap<&str, i64>,
    (entry, fact): (&Entry, &Fact),
    complaints: &mut Complaints,
) {
    let of = |what: &str| fact.text(&format!("/lapse/about/{what}/case"));
    let due = fact.instant("/lapse/due").unwrap_or(i64::MAX);
    let held = ["telephone", "written", "event"]
        .into_iter()
        .any(|what| ruled_out.get(of(what)).is_some_and(|at| due > *at || what == "event"));
    if held {
        complaints.push(format!("P12: entry {} holds a case against somebody that was ruled out", entry.seq));
    }
}
