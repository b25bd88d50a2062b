//! Cases that lie with somebody who does nothing, or are handed on without a word: the checkers must be able to fail.

use serde_json::{Value, json};

use super::{complains, drop_facts, rewrite, runs};
use crate::checkers;
use crate::record::Record;

/// Runs whose clocks were left alone, with this text in their journal.
fn clear(text: &str) -> impl Iterator<Item = Record> {
    runs().filter(move |record| {
        record.faults.clocks_true() && String::from_utf8_lossy(&record.journal).contains(text)
    })
}

/// Takes facts out of the entries in which another of some kind stands.
fn drop_beside(record: &mut Record, kind: &str, drops: impl Fn(&Value) -> bool) {
    rewrite(record, |entries| {
        for entry in entries {
            let facts = entry["facts"].as_array_mut().unwrap();
            if facts.iter().any(|fact| fact.get(format!("{kind}/1")).is_some()) {
                facts.retain(|fact| !drops(fact));
            }
        }
    });
}

#[track_caller]
fn one_complains(mut records: impl Iterator<Item = Record>, of: &str, spoil: impl Fn(&mut Record)) {
    let complains = |mut record: Record| {
        spoil(&mut record);
        checkers::check(&record).iter().any(|complaint| complaint.contains(of))
    };
    assert!(records.any(complains), "no complaint of {of}");
}

fn has_any(fact: &Value, kinds: [&str; 2]) -> bool {
    kinds.iter().any(|kind| fact.get(format!("{kind}/1")).is_some())
}

#[test]
fn a_case_that_lies_with_somebody_who_does_nothing_is_found() {
    one_complains(clear("handler_idle/1"), "who does nothing", |record| {
        rewrite(record, |entries| {
            let idle = |entry: &Value| entry.to_string().contains("handler_idle/1");
            let first = entries.iter().position(idle).unwrap();
            entries.truncate(first + 40);
            for kind in ["handler_idle", "taken", "progressed", "closed", "ruled_out"] {
                drop_facts(&mut entries[first..], kind);
            }
        });
    });
}

#[test]
fn a_case_that_is_taken_from_its_handler_off_its_instant_is_found() {
    let mut record = clear("handler_idle/1").next().unwrap();
    rewrite(&mut record, |entries| {
        for fact in entries.iter_mut().flat_map(|entry| entry["facts"].as_array_mut().unwrap()) {
            if let Some(idle) = fact.get_mut("handler_idle/1") {
                idle["due"] = json!("2026-11-23T00:00:00.123Z");
            }
        }
    });
    complains(&record, "P2: entry");
}

#[test]
fn a_case_that_is_left_to_nobody_is_found() {
    one_complains(clear("handler_idle/1"), "and nobody is rung", |record| {
        let rings = |fact: &Value| has_any(fact, ["step_repeated", "step_taken"]);
        drop_beside(record, "handler_idle", rings);
    });
}

#[test]
fn people_who_are_spared_a_case_that_nobody_handles_are_found() {
    one_complains(clear("\"why\":\"taken\"}}"), "that nobody handles", |record| {
        rewrite(record, |entries| drop_facts(entries, "taken"));
    });
}

#[test]
fn somebody_who_is_handed_a_case_and_not_told_is_found() {
    let told = |fact: &Value| has_any(fact, ["notification_planned", "medium_skipped"]);
    one_complains(clear("passed/1"), "who is not told", |record| drop_beside(record, "passed", told));
}

#[test]
fn a_case_that_is_taken_from_somebody_without_a_word_is_found() {
    let told = |fact: &Value| has_any(fact, ["notification_planned", "medium_skipped"]);
    one_complains(clear("\"relieved\""), "does not tell", |record| drop_beside(record, "taken", told));
    one_complains(clear("\"relieved\""), "without a word", |record| {
        record.typed.iter_mut().for_each(|typed| typed.act = "take");
        rewrite(record, |entries| {
            for fact in entries.iter_mut().flat_map(|entry| entry["facts"].as_array_mut().unwrap()) {
                if let Some(passed) = fact.get_mut("passed/1") {
                    passed["to"] = Value::Null;
                }
            }
        });
    });
}

#[test]
fn a_case_that_nobody_handed_on_is_found() {
    let mut record = clear("\"via\":\"session\"},\"to\":\"p").next().unwrap();
    record.handed.clear();
    complains(&record, "P9: ");
}
