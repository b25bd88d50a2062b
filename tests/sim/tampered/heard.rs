//! Messages to people of which nothing comes: each way to lose one must be found.

use serde_json::{Value, json};

use super::{rewrite, runs};
use crate::checkers;
use crate::record::Record;

/// A run in which somebody was told that the suspicion was withdrawn, with what became of that changed.
fn spoilt(record: &Record, mut change: impl FnMut(&mut Vec<Value>, &[String])) -> Record {
    let mut record = record.clone();
    rewrite(&mut record, |entries| {
        let facts = || entries.iter().flat_map(|entry| entry["facts"].as_array().unwrap());
        let planned = facts().filter_map(|fact| fact.get("notification_planned/1"));
        let withdrawn = planned
            .map(|planned| &planned["notification"])
            .filter(|it| it["purpose"] == "withdrawn" && it["to"].get("person").is_some());
        let ids: Vec<String> = withdrawn.map(|it| it["id"].as_str().unwrap().to_owned()).collect();
        for entry in entries.iter_mut() {
            let facts = entry["facts"].as_array_mut().unwrap();
            // No receipt may say that it arrived.
            facts.retain(|fact| !is_of(fact, "receipt_taken", &ids));
            change(facts, &ids);
        }
    });
    record
}

fn is_of(fact: &Value, kind: &str, ids: &[String]) -> bool {
    let of = fact.get(format!("{kind}/1")).and_then(|fact| fact["notification"].as_str());
    of.is_some_and(|of| ids.iter().any(|id| id == of))
}

/// Changes how every request of those messages ended.
fn end(record: &Record, outcome: &Value) -> Record {
    spoilt(record, |facts, ids| {
        for fact in facts.iter_mut().filter(|fact| is_of(fact, "attempt_ended", ids)) {
            fact["attempt_ended/1"]["outcome"] = outcome.clone();
            fact["attempt_ended/1"]["again_at"] = Value::Null;
        }
    })
}

#[track_caller]
fn found(spoil: impl Fn(&Record) -> Record, of: &str) {
    let clear = |record: &Record| {
        let text = String::from_utf8_lossy(&record.journal).into_owned();
        record.faults.clocks_true() && text.contains("\"withdrawn\"") && !text.contains("person_not_reached")
    };
    let complains = |record: Record| {
        let complaints = checkers::check(&spoil(&record));
        complaints.iter().any(|it| it.starts_with("P6: the withdrawn") && it.ends_with(of))
    };
    assert!(runs().filter(clear).any(complains), "nobody complains that a message {of}");
}

#[test]
fn a_message_that_is_refused_and_dropped_is_found() {
    let refused = json!({ "failed": { "transient": { "reason": "connect" } } });
    found(|record| end(record, &refused), "was refused, and nothing follows");
}

#[test]
fn a_message_that_may_not_have_arrived_and_is_dropped_is_found() {
    let unknown = json!({ "failed": { "unknown": { "reason": "timeout" } } });
    found(|record| end(record, &unknown), "may not have arrived, and nothing follows");
}

#[test]
fn a_message_that_never_goes_is_found() {
    let never = |record: &Record| {
        spoilt(record, |facts, ids| {
            facts.retain(|fact| !is_of(fact, "attempt_started", ids) && !is_of(fact, "attempt_ended", ids));
        })
    };
    found(never, "is due and does not go");
}

#[test]
fn a_message_that_is_given_up_and_not_told_is_found() {
    let given_up = |record: &Record| {
        spoilt(record, |facts, ids| {
            for fact in facts.iter_mut().filter(|fact| is_of(fact, "attempt_ended", ids)) {
                let id = fact["attempt_ended/1"]["notification"].clone();
                *fact = json!({ "notification_cancelled/1": { "notification": id, "why": "not_taken" } });
            }
        })
    };
    found(given_up, "was refused, and nothing follows");
}
