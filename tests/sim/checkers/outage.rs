//! P2: what fell due while the daemon was down goes as one message to one person by one medium: one that asks to act,
//! and one that tells how it ended, for those have no code and ask for nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::{Complaints, Planned, Run};

/// What tells how it ended.
const ENDS: [&str; 3] = ["missed", "met", "withdrawn"];
/// What is overdue goes at once; behind this what fell due since mixes with it.
const AT_ONCE: i64 = 500;
/// Messages that bring something of their own, and go each by itself.
const ALONE: [&str; 10] = [
    "relieved",
    "telephone",
    "written",
    "correction",
    "sign_in",
    "test",
    "operator",
    "head",
    "lapse_notice",
    "absence",
];

pub(crate) fn check(run: &Run<'_>) -> Complaints {
    let mut complaints = Vec::new();
    if !run.record.faults.clocks_true() {
        return complaints;
    }
    for (from, to) in run.outages() {
        let mut told: BTreeMap<(&str, &str, bool), u64> = BTreeMap::new();
        let mut tried: BTreeSet<&str> = BTreeSet::new();
        for entry in &run.entries {
            for attempt in entry.facts("attempt_started") {
                let key = attempt.text("/notification");
                let again = !tried.insert(key);
                let Some(planned) = run.planned.get(key) else { continue };
                let at_once = (to..to + AT_ONCE).contains(&entry.at);
                if again || !at_once || !missed(planned, (from, to)) {
                    continue;
                }
                let ends = ENDS.contains(&planned.purpose.as_str());
                let reader = (planned.to.as_str(), planned.medium.as_str(), ends);
                // What became due by news that came behind the first message could not go with it.
                if let Some(before) = told.insert(reader, entry.seq).filter(|before| planned.seq < *before) {
                    complaints.push(format!(
                        "P2: entry {} sends {} a second {} after an outage, behind entry {before}",
                        entry.seq, planned.to, planned.medium
                    ));
                }
            }
        }
    }
    complaints
}

/// Whether a message to a person fell due within the outage.
fn missed(planned: &Planned, (from, to): (i64, i64)) -> bool {
    let person = planned.to.contains("person");
    person && !ALONE.contains(&planned.purpose.as_str()) && planned.due >= from && planned.due < to
}
