//! A lapse and the door that was closed: the checker that knows of it must be able to fail, too.

use serde_json::{Value, json};

use super::{rewrite, runs};
use crate::checkers;
use crate::record::Record;

/// Changes the excuses of every lapse.
fn excuses(record: &mut Record, change: impl Fn(&mut Vec<Value>)) {
    rewrite(record, |entries| {
        let facts = entries.iter_mut().flat_map(|entry| entry["facts"].as_array_mut().unwrap());
        for lapse in facts.filter_map(|fact| fact.get_mut("lapse_recorded/1")) {
            change(lapse["lapse"]["excuses"].as_array_mut().unwrap());
        }
    });
}

#[track_caller]
fn complains_of(record: &Record, what: &str) {
    let complaints = checkers::check(record);
    assert!(complaints.iter().any(|complaint| complaint.contains(what)), "{what}: {complaints:?}");
}

#[test]
fn a_lapse_that_does_not_name_a_closed_door_or_names_one_that_was_open_is_found() {
    let names = |record: &Record| String::from_utf8_lossy(&record.journal).contains("\"what\":\"door\"");
    let record = runs().find(names).unwrap();
    let is_door = |excuse: &Value| excuse["what"] == "door";
    let mut silent = record.clone();
    excuses(&mut silent, |excuses| excuses.retain(|excuse| !is_door(excuse)));
    complains_of(&silent, "does not name the door");
    let mut made_up = record;
    excuses(&mut made_up, |excuses| {
        for excuse in excuses.iter_mut().filter(|excuse| is_door(excuse)) {
            excuse["from"] = json!("2026-11-23T00:00:00.001Z");
        }
    });
    complains_of(&made_up, "names a door that did not close");
}
