//! What was taken out of the organisation: the checkers that know of it must be able to fail, too.

use serde_json::{Value, json};

use super::{complains, drop_facts, first, rewrite, runs};
use crate::checkers;
use crate::losses::Lost;
use crate::record::Record;
use crate::site::Site;

/// Runs that kept their promises and have something in their journal.
fn with(text: &str) -> impl Iterator<Item = Record> {
    let has = move |record: &Record| String::from_utf8_lossy(&record.journal).contains(text);
    runs().filter(has)
}

/// One of several runs can be spoilt so that something is complained of.
#[track_caller]
fn one_complains(mut records: impl Iterator<Item = Record>, of: &str, spoil: impl Fn(&mut Record)) {
    let complains = |mut record: Record| {
        spoil(&mut record);
        checkers::check(&record).iter().any(|complaint| complaint.contains(of))
    };
    assert!(records.any(complains), "no complaint of {of}");
}

/// Changes every organisation that the daemon ever had.
fn organise(record: &mut Record, change: impl Fn(&mut Site)) {
    for adopted in &mut record.adopted {
        change(&mut adopted.site);
    }
}

fn everything_is_back(record: &mut Record) {
    organise(record, |site| site.lost.clear());
}

fn changed(record: &Record, change: impl Fn(&mut Value)) -> Record {
    let mut record = record.clone();
    let is_step = |fact: &&mut Value| fact.get("step_taken/1").is_some();
    rewrite(&mut record, |entries| {
        let facts = entries.iter_mut().flat_map(|entry| entry["facts"].as_array_mut().unwrap());
        facts.filter(is_step).for_each(|fact| change(&mut fact["step_taken/1"]));
    });
    record
}

#[test]
fn a_holder_of_a_post_whom_nothing_reaches_is_a_gap_and_not_told() {
    let record = with("{\"no_address\":\"p").next().unwrap();
    complains(&changed(&record, |step| step["gaps"] = json!([])), "P11: entry");
    let told = changed(&record, |step| {
        let gone = |gap: &Value| gap.get("no_address").map(|person| json!({ "person": person }));
        let gone: Vec<Value> = step["gaps"].as_array().unwrap().iter().filter_map(gone).collect();
        step["told"].as_array_mut().unwrap().extend(gone);
    });
    complains(&told, "P10: entry");
    let mut back = record;
    everything_is_back(&mut back);
    organise(&mut back, |site| site.unreachable = None);
    complains(&back, "P11: entry");
}

#[test]
fn an_empty_post_that_is_passed_over_is_found() {
    let record = with("{\"empty\":{\"duty\"").next().unwrap();
    complains(&changed(&record, |step| step["gaps"] = json!([])), "P10: entry");
}

#[test]
fn a_medium_that_is_passed_over_without_a_word_is_found() {
    let skips = "\"medium\":\"sms\",\"why\":\"no_address\"";
    one_complains(with(skips), "passes over the sms of", |record| {
        rewrite(record, |entries| drop_facts(entries, "medium_skipped"));
    });
    one_complains(with(skips), "skips the sms of", everything_is_back);
    one_complains(with("\"alert\""), "by sms, which leads nowhere", |record| {
        organise(record, |site| site.lost.extend([Lost::Medium("p11", "sms"), Lost::Medium("p21", "sms")]));
    });
}

#[test]
fn what_goes_where_nothing_leads_is_found() {
    let lost = [
        ("\"mail\"", Lost::Channel("mail"), "sends by mail, which is gone"),
        ("\"spare\"", Lost::Channel("spare"), "sends by spare, which is gone"),
        ("\"written\"", Lost::Mail("sasac"), "sends email to {\"authority\":\"sasac\"}"),
        ("\"telephone\"", Lost::Numbers("sasac"), "sends phone to {\"authority\":\"sasac\"}"),
        ("\"telephone\"", Lost::Authority("sasac"), "sends phone to {\"authority\":\"sasac\"}"),
        ("\"alert\"", Lost::Person("p31"), "to {\"person\":\"p31\"}, where nothing leads"),
    ];
    for (text, lost, of) in lost {
        one_complains(with(text), of, |record| organise(record, |site| site.lost.extend([lost])));
    }
}

/// Somebody told the authority all the same: let them not have.
fn untold(record: &mut Record, more: &str) {
    rewrite(record, |entries| {
        for kind in ["telephone_proved", more] {
            drop_facts(entries, kind);
        }
    });
}

#[test]
fn a_proof_that_is_owed_although_its_way_is_back_is_found() {
    one_complains(with("written_impossible/1"), "P10: the written proof", everything_is_back);
    one_complains(with("\"no_number\""), "P10: the telephone proof", |record| {
        untold(record, "clock_met");
        everything_is_back(record);
    });
}

#[test]
fn a_way_that_is_missing_at_the_end_and_not_told_of_is_found() {
    for kind in ["written_impossible", "trouble_began"] {
        one_complains(with("written_impossible/1"), "for the written proof", |record| {
            rewrite(record, |entries| drop_facts(entries, kind));
        });
    }
    for kind in ["telephone_impossible", "trouble_began"] {
        one_complains(with("\"no_number\""), "for the telephone proof", |record| untold(record, kind));
    }
}

#[test]
fn a_report_that_has_no_way_at_its_latest_and_is_not_told_of_is_found() {
    one_complains(with("written_impossible/1"), "P10: nothing tells that nothing can be written", |record| {
        rewrite(record, |entries| drop_facts(entries, "written_impossible"));
    });
    one_complains(with("written_impossible/1"), "P3: nothing was written", everything_is_back);
}

#[test]
fn a_report_that_waits_past_the_return_of_its_way_is_found() {
    let ends = ["written_sent", "written_receipted", "clock_met", "clock_withdrawn", "closed", "ruled_out"];
    let found = with("written_impossible/1").any(|mut record| {
        // Of a report that had its way at its latest it is another rule that is broken.
        let mut of = String::new();
        rewrite(&mut record, |entries| {
            let without_way = |entry: &Value| entry.to_string().contains("written_impossible/1");
            let position = entries.iter().position(without_way).unwrap();
            let fact = first(entries, "written_impossible");
            of = format!(
                "P3: nothing was written for {}/{} ",
                fact["case"].as_str().unwrap(),
                fact["clock"].as_u64().unwrap()
            );
            for entry in &mut entries[position..] {
                let facts = entry["facts"].as_array_mut().unwrap();
                facts.retain(|fact| {
                    let text = fact.to_string();
                    let mail = text.contains("attempt_started/1") && text.contains("\"mail\"");
                    !mail && !ends.iter().any(|kind| fact.get(format!("{kind}/1")).is_some())
                });
            }
        });
        checkers::check(&record).iter().any(|complaint| complaint.starts_with(&of))
    });
    assert!(found, "no complaint of a report that is not written");
}

#[test]
fn the_receipt_of_another_clock_is_no_proof() {
    one_complains(with("written_receipted/1"), "P4: nobody said of the clock", |record| {
        record.receipted.clear();
    });
    one_complains(with("written_receipted/1"), "P4: nobody said of the clock", |record| {
        record.receipted.iter_mut().for_each(|said| said.clock = Some(7));
    });
}

#[test]
fn what_nobody_brought_by_hand_is_no_proof() {
    let by_hand = |record: &Record| {
        let text = String::from_utf8_lossy(&record.journal).into_owned();
        let mut receipts = text.split("written_receipted/1").skip(1);
        receipts.any(|it| it.split('}').nth(1).is_some_and(|it| it.contains("\"proves\":true")))
    };
    let record = with("\"reference\":\"0").find(by_hand).unwrap();
    let mut nobody = record.clone();
    nobody.brought.clear();
    complains(&nobody, "P4: nobody brought");
    let mut another = record.clone();
    another.brought.iter_mut().for_each(|brought| brought.reference = "ab".repeat(32));
    complains(&another, "P4: nobody brought");
    let mut for_another = record.clone();
    for_another.brought.iter_mut().for_each(|brought| brought.clock += 1);
    complains(&for_another, "P4: nobody brought");
    let mut unreferred = record.clone();
    rewrite(&mut unreferred, |entries| {
        for fact in entries.iter_mut().flat_map(|entry| entry["facts"].as_array_mut().unwrap()) {
            if let Some(receipt) = fact.get_mut("written_receipted/1") {
                receipt["reference"] = Value::Null;
            }
        }
    });
    complains(&unreferred, "P4: entry");
    let mut unrung = record;
    rewrite(&mut unrung, |entries| {
        for kind in ["telephone_tried", "telephone_impossible", "telephone_proved", "attempt_started"] {
            drop_facts(entries, kind);
        }
    });
    complains(&unrung, "P3: entry");
}
