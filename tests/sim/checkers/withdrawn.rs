//! P12: what rests on a suspicion is held against nobody while the case is ruled out, and stands while it is suspected;
//! what rests on the people on duty is never taken back.

use std::collections::{BTreeMap, BTreeSet};

use super::{Complaints, Run};
use crate::lines::{Entry, Fact};

/// What rests on the suspicion of one case.
#[derive(Default)]
struct Suspicion<'a> {
    ruled_out: bool,
    /// Lapses against whoever passed it on.
    lapses: BTreeSet<&'a str>,
}

pub(crate) fn check(run: &Run<'_>) -> Complaints {
    let mut complaints = Vec::new();
    let mut cases: BTreeMap<&str, Suspicion<'_>> = BTreeMap::new();
    let mut withdrawn: BTreeSet<&str> = BTreeSet::new();
    for entry in &run.entries {
        for fact in &entry.facts {
            let lapse = fact.text("/lapse");
            match fact.kind.as_str() {
                "ruled_out" => cases.entry(fact.text("/case")).or_default().ruled_out = true,
                "case_raised" if fact.text("/to") != "fever" => {
                    cases.entry(fact.text("/case")).or_default().ruled_out = false;
                }
                "lapse_recorded" => {
                    if let Some(case) = case_of_suspicion(fact) {
                        cases.entry(case).or_default().lapses.insert(fact.text("/lapse/lapse"));
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
            weigh(entry, &cases, &withdrawn, &mut complaints);
        }
    }
    complaints
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
        let taken_back = suspicion.lapses.iter().filter(|lapse| withdrawn.contains(*lapse)).count();
        if suspicion.ruled_out && taken_back < suspicion.lapses.len() {
            complaints.push(format!(
                "P12: after entry {seq} a suspicion that was ruled out is held against somebody"
            ));
        }
        if !suspicion.ruled_out && taken_back > 0 {
            complaints
                .push(format!("P12: after entry {seq} what came late of a suspicion is held against nobody"));
        }
    }
    let resting = |lapse: &&&str| cases.values().any(|suspicion| suspicion.lapses.contains(**lapse));
    if withdrawn.iter().any(|lapse| !resting(&lapse)) {
        complaints.push(format!("P12: entry {seq} takes back what people on duty missed"));
    }
}

fn twice(entry: &Entry) -> String {
    format!("P12: entry {} withdraws a lapse twice, or reinstates one that stands", entry.seq)
}
