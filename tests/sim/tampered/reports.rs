//! Written reports that do not go, or go under the number of another: the checker must be able to fail.

use serde_json::{Value, json};

use super::{rewrite, runs};
use crate::checkers;
use crate::record::Record;

/// One of the runs with this text in their journal, spoilt, is complained of.
#[track_caller]
fn one_complains(text: &str, of: &str, spoil: impl Fn(&mut Vec<Value>)) {
    let mut records = runs().filter(|record| {
        record.faults.clocks_true() && String::from_utf8_lossy(&record.journal).contains(text)
    });
    let complains = |mut record: Record| {
        rewrite(&mut record, &spoil);
        checkers::check(&record).iter().any(|complaint| complaint.contains(of))
    };
    assert!(records.any(complains), "no complaint of {of}");
}

/// Everything that facts of a kind say.
fn all<'a>(entries: &'a mut [Value], kind: &'static str) -> impl Iterator<Item = &'a mut Value> {
    let facts = entries.iter_mut().flat_map(|entry| entry["facts"].as_array_mut().unwrap());
    facts.filter_map(move |fact| fact.get_mut(format!("{kind}/1")))
}

/// Takes out the facts of a kind that are about these messages.
fn drop_of(entries: &mut [Value], kind: &str, ids: &[Value]) {
    for entry in entries {
        let facts = entry["facts"].as_array_mut().unwrap();
        facts.retain(|fact| {
            fact.get(format!("{kind}/1")).is_none_or(|fact| !ids.contains(&fact["notification"]))
        });
    }
}

/// The messages that carry reports of a kind.
fn of_kind(entries: &mut [Value], kind: &str) -> Vec<Value> {
    let planned = all(entries, "written_planned").filter(|planned| planned["kind"] == kind);
    planned.map(|planned| planned["notification"].clone()).collect()
}

#[test]
fn a_report_that_does_not_go_is_found() {
    for kind in ["progress", "final"] {
        let text = format!("\"kind\":\"{kind}\"");
        one_complains(&text, &format!("P6: the {kind} report"), |entries| {
            let ids = of_kind(entries, kind);
            drop_of(entries, "written_sent", &ids);
            drop_of(entries, "notification_cancelled", &ids);
        });
    }
}

#[test]
fn a_report_that_is_ordered_and_not_written_is_found() {
    one_complains("\"kind\":\"final\"", "is not written", |entries| {
        let ids = of_kind(entries, "final");
        drop_of(entries, "written_planned", &ids);
    });
}

#[test]
fn a_report_under_the_number_of_another_or_that_goes_twice_is_found() {
    one_complains("\"kind\":\"progress\",\"number\":2", "that another has", |entries| {
        let others = all(entries, "written_planned").filter(|planned| planned["kind"] == "final");
        others.for_each(|planned| planned["kind"] = json!("progress"));
        for (clock, planned) in (90..).zip(all(entries, "written_planned")) {
            planned["clock"] = json!(clock);
            planned["number"] = json!(1);
        }
    });
    one_complains("\"kind\":\"progress\"", "that the authority has", |entries| {
        let ids = of_kind(entries, "progress");
        for entry in entries {
            let facts = entry["facts"].as_array_mut().unwrap();
            let sent = |fact: &&Value| {
                fact.get("written_sent/1").is_some_and(|sent| ids.contains(&sent["notification"]))
            };
            let again: Vec<Value> = facts.iter().filter(sent).cloned().collect();
            facts.extend(again);
        }
    });
}

#[test]
fn what_somebody_wrote_about_a_case_and_is_lost_is_found() {
    let record = runs().find(|record| String::from_utf8_lossy(&record.journal).contains("noted/1"));
    let mut record = record.unwrap();
    record.words.values_mut().for_each(|words| *words = None);
    let complaints = checkers::check(&record);
    assert!(complaints.iter().any(|it| it.ends_with("says is not in the vault")), "{complaints:?}");
}
