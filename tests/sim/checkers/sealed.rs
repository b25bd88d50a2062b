//! P1 and P15: what was written with an event or about a case, and what was sent, is there as long as its case is, and
//! not any longer.
//!
//! A vault that fails may refuse an event, and lets a message go without its rendering on record; it never leaves a
//! name with nothing behind it.

use std::collections::BTreeSet;

use super::{Complaints, Run};
use crate::people::{words_about, words_of};

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
    for (entry, fact) in run.facts("noted").chain(run.facts("written_drafted")) {
        let (seq, case) = (entry.seq, fact.text("/case"));
        let words = run.record.words.get(fact.text("/payload")).and_then(Option::as_deref);
        let gone = erased.contains(case);
        match words {
            Some(_) if gone => {
                complaints.push(format!("P15: what entry {seq} says is erased and can be read"))
            }
            Some(words) if words != words_about(case, fact.text("/actor/by")) => {
                complaints.push(format!("P1: the vault has something else than entry {seq} says"));
            }
            None if !gone => complaints.push(format!("P1: what entry {seq} says is not in the vault")),
            Some(_) | None => {}
        }
    }
    for (entry, fact) in run.facts("attempt_started").filter(|(_, fact)| fact.has("/attempt/rendering")) {
        let (seq, key) = (entry.seq, fact.text("/notification"));
        let words = run.record.words.get(fact.text("/attempt/rendering")).and_then(Option::as_deref);
        let case = run.planned.get(key).and_then(|planned| planned.case.as_deref());
        let gone = case.is_some_and(|case| erased.contains(case));
        match words {
            Some(_) if gone => {
                complaints.push(format!("P15: what entry {seq} sent is erased and can be read"))
            }
            Some(words) if words != key => {
                complaints.push(format!("P15: the vault has something else than entry {seq} sent"));
            }
            None if !gone => complaints.push(format!("P15: what entry {seq} sent is not in the vault")),
            Some(_) | None => {}
        }
    }
    complaints
}
