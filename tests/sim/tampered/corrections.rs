//! Corrections that an authority is owed and does not get: the checker must be able to fail.

use serde_json::{Value, json};

use super::{complains, drop_facts, first, rewrite, runs};
use crate::record::Record;

/// Runs with all these kinds of fact, whose clocks were left alone, and in which no correction ended unless that is
/// asked for.
fn all_clear(kinds: &[&str]) -> impl Iterator<Item = Record> {
    let has_all = move |record: &Record| {
        let text = String::from_utf8_lossy(&record.journal);
        record.faults.clocks_true()
            && text.contains("\"correction_ended/1\"") == kinds.contains(&"correction_ended")
            && kinds.iter().all(|kind| text.contains(&format!("\"{kind}/1\"")))
    };
    runs().filter(has_all)
}

/// Whether one of them, spoiled, is complained of: in another the correction may be too young, or have no way.
fn some_complain(kinds: &[&str], of: &str, spoil: impl Fn(&mut [Value])) {
    let complains = |mut record: Record| {
        rewrite(&mut record, |entries| spoil(entries));
        crate::checkers::check(&record).iter().any(|complaint| complaint.contains(of))
    };
    assert!(all_clear(kinds).any(complains), "no complaint of {of}");
}

/// The first of them.
fn clear(kinds: &[&str]) -> Record {
    all_clear(kinds).next().unwrap()
}

#[test]
fn a_correction_that_is_not_owed_to_whoever_was_reached_or_owed_twice_is_found() {
    let record = clear(&["correction_owed", "correction_written"]);
    let mut none = record.clone();
    rewrite(&mut none, |entries| drop_facts(entries, "correction_owed"));
    complains(&none, "P10: entry");
    let mut twice = record;
    rewrite(&mut twice, |entries| {
        let owed = first(entries, "correction_owed").clone();
        let is_there = |entry: &&mut Value| entry.to_string().contains("correction_owed/1");
        let entry = entries.iter_mut().find(is_there).unwrap();
        entry["facts"].as_array_mut().unwrap().push(json!({ "correction_owed/1": owed }));
    });
    complains(&twice, "P10: entry");
}

#[test]
fn a_correction_of_what_an_authority_was_never_told_is_found() {
    let tells = |fact: &Value| {
        let tag = fact.as_object().and_then(|fact| fact.keys().next()).map_or("", String::as_str);
        ["attempt_", "telephone_", "written_"].iter().any(|kind| tag.starts_with(kind))
    };
    // Of one that is owed only after the ruling there is nothing to find.
    some_complain(&["correction_owed"], "was never told", |entries| {
        entries.iter_mut().for_each(|entry| entry["facts"].as_array_mut().unwrap().retain(|it| !tells(it)));
    });
}

#[test]
fn a_correction_that_is_never_written_or_comes_back_is_found() {
    let kinds = ["correction_owed", "correction_written"];
    some_complain(&kinds, "P10: the correction", |entries| {
        drop_facts(entries, "correction_written");
        drop_facts(entries, "closed");
    });
    let mut untaken = clear(&kinds);
    untaken.sent.retain(|sent| sent.channel != "mail");
    complains(&untaken, "P4: no provider has the correction");
    some_complain(&kinds, "P10: the correction", |entries| {
        let written = |fact: &Value| fact.get("correction_written/1").is_some();
        let mut ids = Vec::new();
        for entry in entries.iter().filter(|entry| entry["facts"].as_array().unwrap().iter().any(written)) {
            for fact in entry["facts"].as_array().unwrap() {
                let end = fact.get("attempt_ended/1").or_else(|| fact.get("receipt_taken/1"));
                ids.extend(end.map(|end| end["notification"].clone()));
            }
        }
        drop_facts(entries, "closed");
        let facts = entries.last_mut().unwrap()["facts"].as_array_mut().unwrap();
        facts.extend(ids.into_iter().map(
            |id| json!({ "receipt_taken/1": { "notification": id, "state": "failed", "effect": true } }),
        ));
    });
}

#[test]
fn a_correction_that_nobody_is_reminded_of_or_told_is_found() {
    let mut silent = clear(&["correction_owed", "correction_reminded"]);
    rewrite(&mut silent, |entries| {
        drop_facts(entries, "correction_told");
        drop_facts(entries, "correction_reminded");
        drop_facts(entries, "closed");
    });
    complains(&silent, "P10: nobody is reminded");
    let mut moved = clear(&["correction_reminded"]);
    rewrite(&mut moved, |entries| {
        first(entries, "correction_reminded")["due"] = json!("2026-11-23T00:00:00.123Z");
    });
    complains(&moved, "P2: entry");
    let mut nobody = clear(&["correction_told"]);
    nobody.calls.clear();
    complains(&nobody, "P4: nobody told");
}

#[test]
fn a_case_that_is_closed_and_owes_a_correction_is_found() {
    let mut record = clear(&["correction_owed"]);
    rewrite(&mut record, |entries| {
        let case = first(entries, "correction_owed")["case"].clone();
        let is_there = |entry: &&mut Value| entry.to_string().contains("correction_owed/1");
        let entry = entries.iter_mut().find(is_there).unwrap();
        entry["facts"].as_array_mut().unwrap().push(json!({ "closed/1": { "case": case } }));
    });
    complains(&record, "P10: entry");
}

#[test]
fn a_correction_that_has_no_way_although_there_is_one_is_found() {
    let mut record = clear(&["correction_owed", "correction_written"]);
    rewrite(&mut record, |entries| {
        let written = first(entries, "correction_written").clone();
        let (case, authority) = (&written["case"], &written["authority"]);
        let impossible = json!({ "case": case, "authority": authority, "why": "no_address" });
        let facts = entries.last_mut().unwrap()["facts"].as_array_mut().unwrap();
        facts.push(json!({ "correction_impossible/1": impossible }));
    });
    complains(&record, "P10: entry");
}

#[test]
fn a_correction_that_is_not_true_any_more_and_stands_or_goes_or_ends_before_is_found() {
    let record = clear(&["correction_ended"]);
    let mut stands = record.clone();
    rewrite(&mut stands, |entries| drop_facts(entries, "correction_ended"));
    complains(&stands, "P2: entry");
    let mut ends = record.clone();
    rewrite(&mut ends, |entries| drop_facts(entries, "case_raised"));
    complains(&ends, "P10: entry");
    let mut goes = record;
    rewrite(&mut goes, |entries| {
        let ended = first(entries, "correction_ended").clone();
        let key = ("message", &ended["number"]);
        let notification = json!({
            "id": key.0, "purpose": "correction", "step": key.1.to_string(),
            "subject": { "case": ended["case"] }, "to": { "authority": ended["authority"] },
        });
        let facts = entries.last_mut().unwrap()["facts"].as_array_mut().unwrap();
        facts.push(json!({ "notification_planned/1": { "notification": notification } }));
        facts.push(json!({ "attempt_started/1": { "notification": key.0 } }));
    });
    let complaints = crate::checkers::check(&goes);
    assert!(complaints.iter().any(|it| it.contains("sends a correction")), "{complaints:?}");
}

#[test]
fn a_call_recorded_after_the_case_was_ruled_out_that_makes_no_correction_owed_is_found() {
    let mut record = clear(&["ruled_out", "clock_withdrawn"]);
    rewrite(&mut record, |entries| {
        drop_facts(entries, "correction_owed");
        let withdrawn = first(entries, "clock_withdrawn").clone();
        let (case, clock) = (&withdrawn["case"], &withdrawn["clock"]);
        let call = json!({ "case": case, "clock": clock, "outcome": "taken" });
        let is_there = |entry: &&mut Value| {
            let text = entry.to_string();
            text.contains("ruled_out/1") && text.contains(&case.to_string())
        };
        let entry = entries.iter_mut().find(is_there).unwrap();
        entry["facts"].as_array_mut().unwrap().push(json!({ "telephone_tried/1": call }));
    });
    let complaints = crate::checkers::check(&record);
    assert!(complaints.iter().any(|it| it.contains("who was reached")), "{complaints:?}");
}
