//! P1 and P15: what was written with an event is there as long as its case is, and not any longer.

use std::collections::BTreeSet;

use super::{Complaints, Run};
use crate::people::words_of;

pub(crate) fn check(run: &Run<'_>) -> Complaints {
    let mut complaints = Vec::new();
    let erased: BTreeSet<&str> = run.facts("erased").map(|(_, fact)| fact.text("/case")).collect();
    for (entry, fact) in run.facts("event_taken") {
        let seq = entry.seq;
        let words = run.record.words.get(fact.text("/event/payload")).and_then(Option::as_deref);
        let gone = erased.contains(fact.text("/event/case"));
        match words {
            Some(_) if gone => {
                complaints.push(format!("P15: what entry {seq} took in is erased and can be read"))
            }
            Some(words) if words != words_of(fact.text("/event/key")) => {
                complaints.push(format!("P1: the vault has something else than entry {seq} took in"));
            }
            None if !gone => complaints.push(format!("P1: what entry {seq} took in is not in the vault")),
            Some(_) | None => {}
        }
    }
    complaints
}
