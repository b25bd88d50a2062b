//! Reports that are held against somebody wrongly, twice or never: the checker must be able to fail.

use std::sync::OnceLock;

use serde_json::{Value, json};

use super::{drop_facts, rewrite};
use crate::checkers;
use crate::periods::play;
use crate::record::Record;

/// Some days of a seed.
fn days() -> Record {
    static DAYS: OnceLock<Record> = OnceLock::new();
    DAYS.get_or_init(|| play(1, 8)).clone()
}

#[track_caller]
fn spoiled(change: impl FnMut(&mut Vec<Value>), of: &str) {
    let mut record = days();
    rewrite(&mut record, change);
    let complaints = checkers::check(&record);
    let found = complaints.iter().any(|it| it.starts_with("P12") && it.ends_with(of));
    assert!(found, "no complaint that {of}: {complaints:?}");
}

/// The place of the first fact of a kind that a test picks.
fn find(entries: &[Value], kind: &str, pick: impl Fn(&Value) -> bool) -> (usize, usize) {
    let tag = format!("{kind}/1");
    let of = |entry: &Value| {
        let facts = entry["facts"].as_array().unwrap();
        facts.iter().position(|fact| fact.get(&tag).is_some_and(&pick))
    };
    entries.iter().enumerate().find_map(|(at, entry)| Some((at, of(entry)?))).unwrap()
}

/// Changes it.
fn alter(entries: &mut [Value], kind: &str, pick: impl Fn(&Value) -> bool, change: impl FnOnce(&mut Value)) {
    let (entry, fact) = find(entries, kind, pick);
    change(&mut entries[entry]["facts"][fact][format!("{kind}/1")]);
}

/// Takes it out.
fn take(entries: &mut [Value], kind: &str, pick: impl Fn(&Value) -> bool) -> Value {
    let (entry, fact) = find(entries, kind, pick);
    entries[entry]["facts"].as_array_mut().unwrap().remove(fact)
}

/// Puts it there twice.
fn double(entries: &mut [Value], kind: &str, pick: impl Fn(&Value) -> bool) {
    let (entry, fact) = find(entries, kind, pick);
    let facts = entries[entry]["facts"].as_array_mut().unwrap();
    facts.push(facts[fact].clone());
}

fn any(_fact: &Value) -> bool {
    true
}

fn is_fevers(known: &Value) -> bool {
    known["against"][0]["what"] == "fevers"
}

/// A report that its filer let stand.
fn stood(filed: &Value) -> bool {
    is_fevers(&filed["report"]["contradicted"]) && filed["report"]["standing"].is_null()
}

fn doubted(fact: &Value) -> bool {
    is_fevers(&fact["contradicted"]) && fact["contradicted"]["repeated"].is_null()
}

fn of_report(lapse: &Value) -> bool {
    lapse["lapse"]["about"]["report"]["against"]["what"] == "fevers"
}

fn uncorrected(ended: &Value) -> bool {
    ended["how"] == "uncorrected"
}

/// A cure of what was said in a report.
fn cured(entries: &[Value]) -> impl Fn(&Value) -> bool + use<> {
    let facts = entries.iter().flat_map(|entry| entry["facts"].as_array().unwrap());
    let lapses = facts.filter_map(|fact| fact.get("lapse_recorded/1")).filter(|it| of_report(it));
    let ids: Vec<Value> = lapses.map(|it| it["lapse"]["lapse"].clone()).collect();
    move |cured: &Value| ids.contains(&cured["lapse"])
}

#[test]
fn a_report_that_says_too_few_and_is_taken_without_a_word_is_found() {
    spoiled(
        |entries| {
            alter(entries, "report_filed", stood, |it| it["report"]["contradicted"] = Value::Null);
        },
        "takes too few and says nothing",
    );
    spoiled(
        |entries| drop(take(entries, "report_contradicted", doubted)),
        "leaves a report alone that leaves something out",
    );
}

#[test]
fn a_report_that_says_enough_and_is_doubted_or_asked_about_is_found() {
    spoiled(
        |entries| alter(entries, "report_filed", stood, |it| it["report"]["filed"]["fevers"] = json!(9)),
        "holds something against a report that says enough",
    );
    spoiled(
        |entries| {
            alter(entries, "report_questioned", any, |it| it["questioned"]["against"][0]["said"] = json!(9));
        },
        "asks about what is not known",
    );
    spoiled(
        |entries| {
            let none = |it: &mut Value| it["contradicted"]["against"][0]["cases"] = json!([]);
            alter(entries, "report_contradicted", doubted, none);
        },
        "finds against a report what is not known, or gives no time",
    );
}

#[test]
fn what_is_held_against_a_report_otherwise_than_it_is_or_twice_is_found() {
    spoiled(
        |entries| {
            alter(entries, "report_filed", stood, |it| {
                let since = it["report"]["contradicted"]["since"].clone();
                it["report"]["contradicted"]["correct_by"] = since;
            });
        },
        "holds something else against a report than is known",
    );
    spoiled(
        |entries| {
            alter(entries, "report_filed", stood, |it| {
                it["report"]["standing"] = json!([it["report"]["contradicted"].clone()]);
            });
        },
        "holds the same twice against a report",
    );
}

#[test]
fn what_ends_before_its_time_twice_wrongly_or_never_is_found() {
    spoiled(
        |entries| {
            alter(entries, "report_filed", stood, |it| {
                it["report"]["contradicted"]["correct_by"] = json!("2026-12-24T00:00:00Z");
            });
            let (entry, _) = find(entries, "report_filed", stood);
            let slot = entries[entry]["facts"]
                .as_array()
                .unwrap()
                .iter()
                .find_map(|fact| Some(fact.get("report_filed/1")?["report"]["slot"].clone()));
            let ended = json!({ "slot": slot.unwrap(), "how": "uncorrected" });
            entries[entry]["facts"].as_array_mut().unwrap().push(json!({ "contradiction_ended/1": ended }));
        },
        "ends what can be corrected still",
    );
    spoiled(|entries| double(entries, "contradiction_ended", uncorrected), "ends what has ended");
    spoiled(
        |entries| alter(entries, "contradiction_ended", uncorrected, |it| it["how"] = json!("groundless")),
        "says wrongly how it ended",
    );
    spoiled(|entries| drop_facts(entries, "contradiction_ended"), "does not end");
    spoiled(
        |entries| {
            let (entry, fact) = find(entries, "report_filed", stood);
            let slot = entries[entry]["facts"][fact]["report_filed/1"]["report"]["slot"].clone();
            let unit = slot.as_str().unwrap().split('.').nth(1).unwrap();
            let period = slot.as_str().unwrap().replacen(&format!("{unit}."), "", 1);
            let facts = entries[entry]["facts"].as_array_mut().unwrap();
            facts.push(json!({ "period_archived/1": { "period": period } }));
        },
        "forgets what has not ended",
    );
}

#[test]
fn what_stands_on_the_ledger_twice_otherwise_or_not_at_all_is_found() {
    spoiled(
        |entries| drop(take(entries, "lapse_recorded", of_report)),
        "ends what stands, and it is not on the ledger",
    );
    let twice = "accuses somebody who may correct, or did, or stands there";
    spoiled(|entries| double(entries, "lapse_recorded", of_report), twice);
    for (field, wrong) in [("failing", "mistaken"), ("certainty", "proved"), ("person_involved", "m00")] {
        spoiled(
            |entries| alter(entries, "lapse_recorded", of_report, |it| it["lapse"][field] = json!(wrong)),
            "accuses somebody else, or of something else",
        );
    }
}

/// A further report of a slot, behind the one that its filer let stand.
fn again(entries: &[Value], change: impl FnOnce(&mut Value)) -> (usize, Value) {
    let (entry, fact) = find(entries, "report_filed", stood);
    let mut filed = entries[entry]["facts"][fact].clone();
    let report = &mut filed["report_filed/1"]["report"];
    report["filed"]["report"] = json!("another");
    report["contradicted"] = Value::Null;
    change(report);
    (entry, filed)
}

#[test]
fn somebody_who_corrected_and_is_accused_or_held_to_it_is_found() {
    spoiled(
        |entries| {
            let (entry, ended) = find(entries, "contradiction_ended", uncorrected);
            let slot = entries[entry]["facts"][ended]["contradiction_ended/1"]["slot"].clone();
            let (last, fact) = find(entries, "report_filed", |it| it["report"]["slot"] == slot);
            let mut filed = entries[last]["facts"][fact].clone();
            filed["report_filed/1"]["report"]["filed"]["fevers"] = json!(9);
            filed["report_filed/1"]["report"]["contradicted"] = Value::Null;
            entries[entry]["facts"].as_array_mut().unwrap().insert(0, filed);
        },
        "accuses somebody who may correct, or did, or stands there",
    );
    spoiled(
        |entries| {
            let mut standing = Value::Null;
            let (entry, filed) = again(entries, |report| report["filed"]["fevers"] = json!(9));
            for fact in entries[entry]["facts"].as_array().unwrap() {
                if let Some(filed) = fact.get("report_filed/1") {
                    standing = json!([filed["report"]["contradicted"].clone()]);
                }
            }
            let mut filed = filed;
            filed["report_filed/1"]["report"]["standing"] = standing;
            entries[entry]["facts"].as_array_mut().unwrap().push(filed);
        },
        "holds against somebody what is corrected",
    );
}

#[test]
fn what_another_report_of_somebody_who_may_not_know_puts_an_end_to_is_found() {
    spoiled(
        |entries| {
            let (entry, filed) = again(entries, |report| report["filed"]["actor"]["by"] = json!("m99"));
            let (_, fact) = find(entries, "report_filed", stood);
            let known = &entries[entry]["facts"][fact]["report_filed/1"]["report"]["contradicted"];
            let cases = known["against"][0]["cases"].clone();
            for case in cases.as_array().unwrap() {
                alter(
                    entries,
                    "case_opened",
                    |it| it["case"]["case"] == *case,
                    |it| {
                        it["case"]["subject_person"] = json!("m99");
                    },
                );
            }
            entries[entry]["facts"].as_array_mut().unwrap().push(filed);
        },
        "drops what nobody corrected",
    );
}

#[test]
fn a_correction_that_is_late_and_not_on_the_ledger_or_none_and_there_is_found() {
    spoiled(
        |entries| {
            let of_report = cured(entries);
            take(entries, "lapse_cured", of_report);
        },
        "corrects what stays on the ledger as it is",
    );
    spoiled(
        |entries| {
            let of_report = cured(entries);
            let cure = take(entries, "lapse_cured", of_report);
            let lapse = cure["lapse_cured/1"]["lapse"].clone();
            let (entry, _) = find(entries, "lapse_recorded", |it| it["lapse"]["lapse"] == lapse);
            entries[entry]["facts"].as_array_mut().unwrap().push(cure);
        },
        "says corrected what is not",
    );
}
