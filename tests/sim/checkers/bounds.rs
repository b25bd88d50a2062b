//! P14, everything has a bound: calls within the windows of their channel, across restarts; and the first call of a
//! suspected case is not held back by them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Complaints, Run};
use crate::lines::{Entry, Fact};
use crate::site::CALLS;

/// What a message is the first of: its case, its reader, its medium, its purpose, and the clock it serves.
type First<'a> = (&'a str, &'a str, &'a str, &'a str, Option<u64>);

pub(crate) fn check(run: &Run<'_>) -> Complaints {
    let mut complaints = Vec::new();
    let mut suspected: BTreeSet<&str> = BTreeSet::new();
    let mut went: BTreeSet<First<'_>> = BTreeSet::new();
    let mut calls: BTreeMap<(String, String), Vec<i64>> = BTreeMap::new();
    for entry in &run.entries {
        for fact in &entry.facts {
            match fact.kind.as_str() {
                "case_opened" if fact.text("/case/kind") != "fever" => {
                    suspected.insert(fact.text("/case/case"));
                }
                "case_raised" => {
                    // Who was rung for a fever has not been rung for what it has become.
                    let raised = fact.text("/case");
                    went.retain(|(case, .., clock)| *case != raised || clock.is_some());
                    if fact.text("/to") == "fever" {
                        suspected.remove(raised);
                    } else {
                        suspected.insert(raised);
                    }
                }
                "send_postponed" => {
                    let id = fact.text("/notification");
                    if first(run, id, (&suspected, &went)) {
                        complaints.push(format!(
                            "P14: entry {} holds back the first call of a suspected case",
                            entry.seq
                        ));
                    }
                }
                "attempt_started" => {
                    let firsts = run.carried(fact).filter(|id| first(run, id, (&suspected, &went))).count();
                    if firsts == 0 {
                        within(&calls, (entry, fact), &mut complaints);
                    }
                    let key =
                        (fact.text("/attempt/channel").to_owned(), fact.text("/attempt/callee").to_owned());
                    calls.entry(key).or_default().push(entry.steady);
                    went.extend(run.carried(fact).filter_map(|id| place(run, id)));
                }
                _ => {}
            }
        }
    }
    if !run.record.faults.clocks_true() {
        // Starts are counted by the later clock: where the wall was a day ahead for an hour, a day has passed for them.
        complaints.retain(|complaint| !complaint.contains("window"));
    }
    complaints
}

fn place<'a>(run: &'a Run<'_>, id: &str) -> Option<First<'a>> {
    let planned = run.planned.get(id)?;
    Some((planned.case.as_deref()?, &planned.to, &planned.medium, &planned.purpose, planned.clock))
}

fn first<'a>(
    run: &'a Run<'_>,
    id: &str,
    (suspected, went): (&BTreeSet<&'a str>, &BTreeSet<First<'a>>),
) -> bool {
    place(run, id).is_some_and(|place| {
        suspected.contains(place.0) && ["alert", "telephone"].contains(&place.3) && !went.contains(&place)
    })
}

fn within(
    calls: &BTreeMap<(String, String), Vec<i64>>,
    (entry, fact): (&Entry, &Fact),
    complaints: &mut Complaints,
) {
    let (channel, callee) = (fact.text("/attempt/channel"), fact.text("/attempt/callee"));
    if !["voice", "spare"].contains(&channel) {
        return;
    }
    let Some(starts) = calls.get(&(channel.to_owned(), callee.to_owned())) else { return };
    for (window, most) in CALLS {
        let from = entry.steady - i64::try_from(window).unwrap();
        let count = starts.iter().filter(|at| **at > from).count();
        if count >= most {
            complaints.push(format!(
                "P14: entry {} rings {callee} once more than {most} times in a window of {window} ms",
                entry.seq
            ));
        }
    }
}
