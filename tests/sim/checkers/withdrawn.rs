//! P12: what rests on a suspicion is held against nobody while the case is ruled out, and stands while it is suspected,
//! but for what was found before a later reading made it a fever of its own; what rests on the people on duty is never
//! taken back.

use std::collections::{BTreeMap, BTreeSet};

use super::{Complaints, Run};
use crate::lines::{Entry, Fact};

/// What rests on the suspicion of one case.
struct Suspicion<'a> {
    ruled_out: bool,
    /// Lapses against whoever passed it on, and when each was found.
    lapses: BTreeMap<&'a str, i64>,
    /// Since when it is a fever again, as the reading said that made it one.
    again: i64,
    /// The same, as the oldest reading since says.
    again_first: i64,
}

impl Default for Suspicion<'_> {
    fn default() -> Self {
        Self { ruled_out: false, lapses: BTreeMap::new(), again: i64::MIN, again_first: i64::MIN }
    }
}

pub(crate) fn check(run: &Run<'_>) -> Complaints {
    let mut complaints = Vec::new();
    let mut cases: BTreeMap<&str, Suspicion<'_>> = BTreeMap::new();
    let mut withdrawn: BTreeSet<&str> = BTreeSet::new();
    // What reports leave out rests on several cases.
    let mut reports: BTreeSet<&str> = BTreeSet::new();
    for entry in &run.entries {
        for fact in &entry.facts {
            let lapse = fact.text("/lapse");
            match fact.kind.as_str() {
                "ruled_out" => cases.entry(fact.text("/case")).or_default().ruled_out = true,
                "case_raised" => raise(cases.entry(fact.text("/case")).or_default(), fact),
                "case_antedated" => {
                    let known = cases.entry(fact.text("/case")).or_default();
                    known.again_first = known.again_first.min(fact.instant("/since").unwrap_or(i64::MIN));
                }
                "lapse_recorded" => {
                    let (lapse, found_at) = (fact.text("/lapse/lapse"), fact.instant("/lapse/found_at"));
                    if let Some(case) = case_of_suspicion(fact) {
                        cases.entry(case).or_default().lapses.insert(lapse, found_at.unwrap_or(0));
                    }
                    if fact.has("/lapse/about/report") {
                        reports.insert(lapse);
                    }
                }
                "lapse_withdrawn" if !withdrawn.insert(lapse) => complaints.push(twice(entry)),
                "lapse_reinstated" if !withdrawn.remove(lapse) => complaints.push(twice(entry)),
                _ => {}
            }
        }
        let touches = |fact: &&Fact| {
            fact.kind.starts_with("lapse_") || fact.kind == "ruled_out" || fact.kind == "case_raised"
        };
        if entry.facts.iter().any(|fact| touches(&fact)) {
            weigh(entry, &cases, &withdrawn.difference(&reports).copied().collect(), &mut complaints);
        }
    }
    complaints
}

/// A case is more than it was; where a reading says so of one that was ruled out, from then on.
fn raise(known: &mut Suspicion<'_>, raised: &Fact) {
    let reading = raised.text("/from") == "ruled_out" && !raised.has("/why/person");
    if let Some(since) = raised.instant("/since").filter(|_| reading) {
        (known.again, known.again_first) = (since, since);
    }
    if raised.text("/to") != "fever" {
        known.ruled_out = false;
    }
}

/// The case whose suspicion somebody is said to have passed on late.
fn case_of_suspicion(recorded: &Fact) -> Option<&str> {
    let about = |what: &str| {
        Some(recorded.text(&format!("/lapse/about/{what}/case"))).filter(|case| !case.is_empty())
    };
    let born_late = recorded.list("/lapse/excuses").iter().any(|excuse| excuse["what"] == "born_late");
    let proof = || about("telephone").or_else(|| about("written")).filter(|_| born_late);
    about("event").or_else(proof)
}

fn weigh(
    entry: &Entry,
    cases: &BTreeMap<&str, Suspicion<'_>>,
    withdrawn: &BTreeSet<&str>,
    complaints: &mut Complaints,
) {
    let seq = entry.seq;
    for suspicion in cases.values() {
        let is_over = |found: i64| suspicion.ruled_out || found < suspicion.again_first;
        let mut held = suspicion.lapses.iter().filter(|(lapse, _)| !withdrawn.contains(*lapse));
        let mut taken_back = suspicion.lapses.iter().filter(|(lapse, _)| withdrawn.contains(*lapse));
        if held.any(|(_, found)| is_over(*found)) {
            complaints.push(format!(
                "P12: after entry {seq} a suspicion that was ruled out is held against somebody"
            ));
        }
        if !suspicion.ruled_out && taken_back.any(|(_, found)| *found >= suspicion.again) {
            complaints
                .push(format!("P12: after entry {seq} what came late of a suspicion is held against nobody"));
        }
    }
    let resting = |lapse: &&&str| cases.values().any(|suspicion| suspicion.lapses.contains_key(**lapse));
    if withdrawn.iter().any(|lapse| !resting(&lapse)) {
        complaints.push(format!("P12: entry {seq} takes back what people on duty missed"));
    }
}

fn twice(entry: &Entry) -> String {
    format!("P12: entry {} withdraws a lapse twice, or reinstates one that stands", entry.seq)
}
