//! What people are said to have done, and what is held against them: the checkers must be able to fail.

use serde_json::{Value, json};

use super::{complains, first, rewrite, runs, whole};
use crate::checkers;
use crate::record::Record;

#[test]
fn a_confirmation_that_nobody_gave_is_found() {
    let mut record = whole(&["confirmed", "receipt_taken"]);
    rewrite(&mut record, |entries| {
        first(entries, "confirmed")["actor"] = json!({ "by": "p31", "via": "digit" });
    });
    record.pressed.clear();
    complains(&record, "P9");
}

#[test]
fn digits_that_nobody_typed_and_another_act_than_was_meant_are_found() {
    let mut records = runs().filter(|record| !record.typed.is_empty());
    let spoilt = |spoil: fn(&mut Record)| {
        move |mut record: Record| {
            spoil(&mut record);
            checkers::check(&record).iter().any(|complaint| complaint.contains("P9"))
        }
    };
    assert!(records.any(spoilt(|record| record.typed.clear())));
    assert!(records.any(spoilt(|record| record.typed.iter_mut().for_each(|typed| typed.act = "pass"))));
    assert!(records.any(spoilt(|record| record.pressed.iter_mut().for_each(|key| key.digit = "pass"))));
    assert!(records.any(spoilt(|record| {
        rewrite(record, |entries| first(entries, "confirmed")["actor"]["via"] = json!({ "program": "x" }));
    })));
}

#[test]
fn a_lapse_about_a_case_that_was_ruled_out_is_found() {
    let mut record = whole(&["clock_breached", "lapse_recorded", "clock_withdrawn"]);
    rewrite(&mut record, |entries| {
        let case = first(entries, "lapse_recorded")["lapse"]["about"].clone();
        let case = case.as_object().unwrap().values().next().unwrap()["case"].clone();
        let ruled = json!({ "ruled_out/1": { "case": case } });
        entries[0]["facts"].as_array_mut().unwrap().push(ruled);
    });
    complains(&record, "P12: entry");
}

#[test]
fn what_rests_on_a_suspicion_and_is_not_taken_back_with_it_is_found() {
    let of = |record: &Record, words: &str| {
        checkers::check(record).iter().any(|it| it.starts_with("P12") && it.contains(words))
    };
    let drop = |record: &mut Record, tag: &str| {
        rewrite(record, |entries| {
            for entry in entries {
                entry["facts"].as_array_mut().unwrap().retain(|fact| fact.get(tag).is_none());
            }
        });
    };
    let mut held = whole(&["lapse_withdrawn"]);
    drop(&mut held, "lapse_withdrawn/1");
    assert!(of(&held, "is held against somebody"));

    let mut forgiven = whole(&["lapse_withdrawn"]);
    rewrite(&mut forgiven, |entries| {
        let withdraws = |entry: &&mut Value| {
            ["lapse_withdrawn/1", "ruled_out/1"].iter().all(|tag| entry.to_string().contains(tag))
        };
        let entry = entries.iter_mut().rfind(withdraws).unwrap();
        let case = first(std::slice::from_mut(entry), "ruled_out")["case"].clone();
        let raised = json!({ "case_raised/1": { "case": case, "from": "ruled_out", "to": "suspected" } });
        entry["facts"].as_array_mut().unwrap().push(raised);
    });
    assert!(of(&forgiven, "is held against nobody"));

    let on_duty = |record: &Record| {
        let text = String::from_utf8_lossy(&record.journal);
        text.lines()
            .any(|line| line.contains("\"lapse_recorded/1\"") && line.contains("\"certainty\":\"proved\""))
    };
    let mut excused = runs().find(on_duty).unwrap();
    rewrite(&mut excused, |entries| {
        let proved = |entry: &&mut Value| entry.to_string().contains("\"certainty\":\"proved\"");
        let entry = entries.iter_mut().find(proved).unwrap();
        let lapse = first(std::slice::from_mut(entry), "lapse_recorded")["lapse"]["lapse"].clone();
        entry["facts"].as_array_mut().unwrap().push(json!({ "lapse_withdrawn/1": { "lapse": lapse } }));
    });
    assert!(of(&excused, "what people on duty missed"));
}

#[test]
fn a_case_that_leaves_memory_before_its_messages_have_ended_is_found() {
    let mut record = whole(&["notification_planned", "attempt_started"]);
    rewrite(&mut record, |entries| {
        let alerts = |entry: &&mut Value| entry.to_string().contains("\"purpose\":\"alert\"");
        let entry = entries.iter_mut().find(alerts).unwrap();
        let case =
            first(std::slice::from_mut(entry), "notification_planned")["notification"]["subject"]["case"]
                .clone();
        let left = json!({ "archived/1": { "case": case } });
        entry["facts"].as_array_mut().unwrap().push(left);
    });
    let complaints = checkers::check(&record);
    let found = |of: &str| complaints.iter().any(|it| it.starts_with("P6") && it.ends_with(of));
    assert!(found("has not ended"), "{complaints:?}");
    assert!(found("its case had left"), "{complaints:?}");
}

#[test]
fn a_message_that_is_tried_without_end_is_found() {
    let mut record = whole(&["attempt_started"]);
    rewrite(&mut record, |entries| {
        let is_try = |entry: &&Value| entry.to_string().contains("attempt_started/1");
        let tried = entries.iter().find(is_try).unwrap().clone();
        entries.extend(std::iter::repeat_n(tried, 201));
    });
    complains(&record, "P14: entry");
}
