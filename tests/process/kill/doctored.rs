//! A record in order, and the same with one line taken out, doubled or changed: the walk tells each.

use serde_json::{Value, json};

use super::steps::{Ladder, Walked, walk};

const LADDERS: [Ladder; 2] =
    [Ladder { kind: "fever", after_ms: &[0, 300] }, Ladder { kind: "suspected", after_ms: &[0, 200, 700] }];

fn entry(at: &str, facts: &Value) -> Value {
    json!({ "at": format!("2026-11-23T08:00:{at}Z"), "facts": facts })
}

fn plan(case: &str, kind: &str) -> Value {
    json!({ "plan_started/1": { "case": case, "kind": kind, "anchor": "2026-11-23T08:00:00Z" } })
}

fn step(what: &str, case: &str, step: u64, due: &str) -> Value {
    json!({ what: { "case": case, "plan": 0, "step": step, "due": format!("2026-11-23T08:00:{due}Z") } })
}

/// Two cases; a kill between the second and the third step of the first, whose third is late; the second is taken.
fn record() -> Vec<Value> {
    let taken = |case, number, due| step("step_taken/1", case, number, due);
    vec![
        entry("00.000", &json!([{ "started/1": {} }])),
        entry("00.001", &json!([plan("C-1", "suspected"), taken("C-1", 0, "00")])),
        entry("00.002", &json!([plan("C-2", "fever"), taken("C-2", 0, "00")])),
        entry("00.200", &json!([taken("C-1", 1, "00.200")])),
        entry("00.250", &json!([{ "taken/1": { "case": "C-2" } }])),
        entry("00.300", &json!([step("step_skipped/1", "C-2", 1, "00.300")])),
        entry("02.000", &json!([{ "started/1": {} }])),
        entry("02.001", &json!([taken("C-1", 2, "00.700")])),
    ]
}

#[track_caller]
fn broken(change: impl FnOnce(&mut Vec<Value>), expected: &str) {
    let mut record = record();
    change(&mut record);
    let said = walk(&record, &LADDERS);
    assert!(said.as_ref().is_err_and(|said| said.contains(expected)), "{said:?}");
}

#[test]
fn a_record_in_order_is_taken_and_counted() {
    assert_eq!(walk(&record(), &LADDERS), Ok(Walked { taken: 4, skipped: 1, after_a_start: 1 }));
}

#[test]
fn a_step_that_is_lost_is_told_whichever_it_is() {
    for (at, lost) in [
        (3, "step 1 of plan 0 of C-1 is lost"),
        (5, "step 1 of plan 0 of C-2 is lost"),
        (7, "step 2 of plan 0 of C-1 is lost"),
    ] {
        broken(|record| drop(record.remove(at)), lost);
    }
    // The first stands in the entry of its plan.
    broken(
        |record| drop(record[1]["facts"].as_array_mut().unwrap().pop()),
        "step 0 of plan 0 of C-1 is lost",
    );
}

#[test]
fn a_step_that_is_doubled_is_told_before_and_after_a_start() {
    for (from, to) in [(3, 4), (3, 8), (7, 8), (5, 7)] {
        broken(
            |record| {
                let again = record[from].clone();
                record.insert(to, entry("03.000", &again["facts"]));
            },
            "twice",
        );
    }
}

#[test]
fn a_step_that_is_early_or_due_at_another_instant_is_told() {
    broken(|record| record[3]["at"] = json!("2026-11-23T08:00:00.199Z"), "before it was due");
    broken(
        |record| {
            record[7]["facts"][0]["step_taken/1"]["due"] = json!("2026-11-23T08:00:02.001Z");
        },
        "due at another instant",
    );
}

#[test]
fn a_step_that_is_skipped_without_a_handler_or_taken_beside_one_is_told() {
    broken(|record| drop(record.remove(4)), "skipped, and nobody handles it");
    broken(
        |record| {
            let due = "00.300";
            record[5]["facts"] = json!([step("step_taken/1", "C-2", 1, due)]);
        },
        "taken, and somebody handles it",
    );
}

#[test]
fn a_step_of_no_plan_and_one_that_the_policy_does_not_have_are_told() {
    broken(|record| drop(record[1]["facts"].as_array_mut().unwrap().remove(0)), "of no plan");
    broken(|record| record[7]["facts"][0]["step_taken/1"]["step"] = json!(3), "no such step");
}
