//! What was answered with yes and is not in the journal: the checker must be able to fail.

use serde_json::{Value, json};

use super::{complains, rewrite, runs};
use crate::checkers;
use crate::lines;
use crate::record::{Answered, Record, Said};

/// Rewrites the journal, and shows everybody who was answered the head that it comes to.
fn rewrite_for_all(record: &mut Record, change: impl FnMut(&mut Vec<Value>)) {
    let mut answered: Vec<Answered> = record.answered.clone();
    rewrite(record, change);
    let entries = lines::read(&record.journal).unwrap();
    for answered in answered.iter_mut().filter(|answered| answered.head.0 > 0) {
        let at = usize::try_from(answered.head.0 - 1).unwrap();
        answered.head.1.clone_from(&entries[at].hash);
    }
    record.answered = answered;
}

/// A run in which somebody was answered that an act of theirs is on record, and the place of that answer.
fn answered(kind: &str) -> (Record, usize) {
    let is_act = |answered: &Answered| {
        answered.seq.is_some() && matches!(&answered.what, Said::Act(left) if left.kinds.contains(&kind))
    };
    let mut found = runs().filter_map(|record| {
        let at = record.answered.iter().position(is_act)?;
        Some((record, at))
    });
    found.next().unwrap()
}

/// Everything a fact of the kind says in the entry of an answer.
fn facts<'a>(entries: &'a mut [Value], seq: u64, kind: &str) -> Vec<&'a mut Value> {
    let at = usize::try_from(seq - 1).unwrap();
    let facts = entries[at]["facts"].as_array_mut().unwrap();
    facts.iter_mut().filter_map(|fact| fact.get_mut(format!("{kind}/1"))).collect()
}

#[test]
fn an_act_whose_fact_is_not_there_is_found() {
    for kind in ["taken", "written_drafted", "telephone_tried", "code_refused", "ruled_out", "case_raised"] {
        let (mut record, at) = answered(kind);
        let seq = record.answered[at].seq.unwrap();
        assert!(checkers::check(&record).is_empty());
        rewrite_for_all(&mut record, |entries| {
            let at = usize::try_from(seq - 1).unwrap();
            let facts = entries[at]["facts"].as_array_mut().unwrap();
            facts.retain(|fact| fact.get(format!("{kind}/1")).is_none());
        });
        complains(&record, "P1: the journal does not hold");
    }
}

#[test]
fn an_act_that_is_on_record_of_another_case_or_person_is_found() {
    for (kind, field) in [("telephone_tried", "case"), ("written_drafted", "case"), ("taken", "actor")] {
        let (mut record, at) = answered(kind);
        let seq = record.answered[at].seq.unwrap();
        rewrite_for_all(&mut record, |entries| {
            for fact in facts(entries, seq, kind) {
                fact[field] = match field {
                    "actor" => json!({ "by": "p99", "via": "code" }),
                    _ => json!("20261123-99"),
                };
            }
        });
        complains(&record, "P1: the journal does not hold");
    }
    let (mut record, at) = answered("telephone_tried");
    let seq = record.answered[at].seq.unwrap();
    rewrite_for_all(&mut record, |entries| {
        for fact in facts(entries, seq, "telephone_tried") {
            fact["outcome"] = json!("another");
        }
    });
    complains(&record, "P1: the journal does not hold");
}

#[test]
fn a_repeated_act_or_receipt_that_never_stood_anywhere_is_found() {
    let repeated = |answered: &Answered| {
        answered.seq.is_none() && matches!(&answered.what, Said::Act(left) if left.case.is_some())
    };
    let mut record = runs().find(|record| record.answered.iter().any(repeated)).unwrap();
    for answered in record.answered.iter_mut().filter(|answered| repeated(answered)) {
        if let Said::Act(left) = &mut answered.what {
            left.case = Some("20261123-99".to_owned());
        }
    }
    complains(&record, "P1: the journal does not hold");
    let pressed = |answered: &Answered| matches!(answered.what, Said::Receipt { digit: Some("take"), .. });
    let mut record = runs().find(|record| record.answered.iter().any(pressed)).unwrap();
    for answered in &mut record.answered {
        if let Said::Receipt { digit: Some(digit), .. } = &mut answered.what {
            *digit = "wrong_person";
        }
    }
    complains(&record, "P1: the journal does not hold");
}
