//! Slots that do not end, end twice or end wrongly: the checker must be able to fail.

use std::sync::OnceLock;

use serde_json::{Value, json};

use super::{complains, drop_facts, first, rewrite};
use crate::periods::play;
use crate::record::Record;

/// Three days of a seed.
fn days() -> Record {
    static DAYS: OnceLock<Record> = OnceLock::new();
    DAYS.get_or_init(|| play(1, 3)).clone()
}

#[track_caller]
fn spoiled(change: impl FnMut(&mut Vec<Value>), of: &str) {
    let mut record = days();
    rewrite(&mut record, change);
    complains(&record, of);
}

#[test]
fn a_day_that_has_no_slots_and_one_that_has_them_twice_are_found() {
    spoiled(|entries| drop_first(entries, "period_opened"), "P7: entry");
    spoiled(
        |entries| {
            let opened = first(entries, "period_opened").clone();
            entries.last_mut().unwrap()["facts"] = json!([{ "period_opened/1": opened }]);
        },
        "P7: entry",
    );
}

#[test]
fn a_slot_that_has_no_end_or_a_wrong_one_is_found() {
    spoiled(|entries| drop_facts(entries, "period_closed"), "P7: daily");
    spoiled(|entries| drop_facts(entries, "period_fell_due"), "P7: entry");
    spoiled(|entries| drop_first(entries, "report_filed"), "P12: entry");
    spoiled(
        |entries| {
            first(entries, "period_closed")["closed"]["missing"].as_array_mut().unwrap().pop();
        },
        "P12: entry",
    );
}

#[test]
fn a_report_that_is_judged_by_a_wrong_instant_is_found() {
    spoiled(|entries| first(entries, "report_filed")["report"]["state"] = json!("late"), "P5: entry");
    spoiled(|entries| first(entries, "report_filed")["report"]["late_by_s"] = json!(60), "P5: entry");
    spoiled(
        |entries| {
            let opened = first(entries, "period_opened");
            let period = opened["period"]["period"].clone();
            let due = opened["period"]["due"].clone();
            let moved = json!({ "from": due, "to": "2026-11-23T10:00:00Z", "why": "outage" });
            let facts = entries[20]["facts"].as_array_mut().unwrap();
            facts.push(json!({ "due_moved/1": { "period": period, "moved": moved } }));
        },
        "P5: entry",
    );
}

#[test]
fn a_post_holder_who_is_not_the_one_in_force_and_a_reminder_of_nothing_are_found() {
    spoiled(|entries| first(entries, "period_fell_due")["owing"][0]["leader"] = json!("m99"), "P12: entry");
    let mut late = days();
    rewrite(&mut late, |entries| {
        let planned = entries.iter().flat_map(|entry| entry["facts"].as_array().unwrap());
        let asks = |fact: &&Value| fact["notification_planned/1"]["notification"]["purpose"] == "form_due";
        let id = planned.clone().find(asks).unwrap()["notification_planned/1"]["notification"]["id"].clone();
        let start = json!({ "attempt_started/1": { "notification": id, "covers": [], "attempt": {} } });
        entries.last_mut().unwrap()["facts"].as_array_mut().unwrap().push(start);
    });
    complains(&late, "P2: entry");
}

/// Drops the first fact of a kind.
fn drop_first(entries: &mut [Value], kind: &str) {
    let tag = format!("{kind}/1");
    let has = |entry: &&mut Value| entry["facts"].as_array().unwrap().iter().any(|it| it.get(&tag).is_some());
    let facts = entries.iter_mut().find(has).unwrap()["facts"].as_array_mut().unwrap();
    let at = facts.iter().position(|fact| fact.get(&tag).is_some()).unwrap();
    facts.remove(at);
}
