//! The checkers must be able to fail: a run that kept its promises is spoilt in one place, and they must complain.

mod acts;
mod corrections;
mod days;
mod doors;
mod durable;
mod excuses;
mod fevers;
mod handlers;
mod heard;
mod locks;
mod losses;
mod periods;
mod reports;
mod ways;

use std::sync::OnceLock;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::checkers;
use crate::play;
use crate::record::Record;

/// So many seeds are looked through for a run to spoil.
const SEEDS: usize = 400;
/// Each is played once, when a test first comes to it; one that has something to complain of is not looked at.
static RUNS: [OnceLock<Option<Record>>; SEEDS] = [const { OnceLock::new() }; SEEDS];

/// Runs that kept their promises.
fn runs() -> impl Iterator<Item = Record> {
    let kept = |seed| Some(play(seed)).filter(|record| checkers::check(record).is_empty());
    (0..).zip(&RUNS).filter_map(move |(seed, run)| run.get_or_init(|| kept(seed)).clone())
}

/// A run that has all of these kinds of fact, and nothing to complain of.
fn whole(kinds: &[&str]) -> Record {
    let has_all = |record: &Record| {
        let text = String::from_utf8_lossy(&record.journal);
        kinds.iter().all(|kind| text.contains(&format!("\"{kind}/1\"")))
    };
    runs().find(has_all).unwrap()
}

/// Changes the entries, and chains them anew, as somebody would who holds the file and not the promises.
fn rewrite(record: &mut Record, mut change: impl FnMut(&mut Vec<Value>)) {
    let text = String::from_utf8(std::mem::take(&mut record.journal)).unwrap();
    let mut entries: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line.split_once(' ').unwrap().1).unwrap()).collect();
    change(&mut entries);
    // Whoever was answered is shown the rewritten head: here the other promises are looked at.
    record.answered.clear();
    let mut previous = [0_u8; 32];
    for (seq, entry) in (1_u64..).zip(&mut entries) {
        entry["seq"] = json!(seq);
        entry["batch"] = json!(seq);
        entry["previous"] = json!(hex::encode(previous));
        let json = entry.to_string();
        let mut hash = Sha256::new();
        hash.update(b"watchfire/entry/1\0");
        hash.update(previous);
        hash.update(Sha256::digest(json.as_bytes()));
        previous = hash.finalize().into();
        record.journal.extend(format!("{} {json}\n", hex::encode(previous)).into_bytes());
    }
    for sent in &mut record.sent {
        sent.durable = record.journal.len();
    }
}

/// The facts of an entry that are of a kind.
fn drop_facts(entries: &mut [Value], kind: &str) {
    for entry in entries {
        let facts = entry["facts"].as_array_mut().unwrap();
        facts.retain(|fact| fact.get(format!("{kind}/1")).is_none());
    }
}

/// The first fact of a kind.
fn first<'a>(entries: &'a mut [Value], kind: &str) -> &'a mut Value {
    let tag = format!("{kind}/1");
    let mut facts = entries.iter_mut().flat_map(|entry| entry["facts"].as_array_mut().unwrap());
    facts.find_map(|fact| fact.get_mut(&tag)).unwrap()
}

#[track_caller]
fn complains(record: &Record, of: &str) {
    let complaints = checkers::check(record);
    assert!(
        complaints.iter().any(|complaint| complaint.starts_with(of)),
        "no complaint of {of}: {complaints:?}"
    );
}

#[test]
fn a_changed_byte_is_found() {
    let mut record = whole(&["clock_met"]);
    let middle = record.journal.len() / 2;
    let at = record.journal[middle..].iter().position(u8::is_ascii_digit).unwrap() + middle;
    record.journal[at] = if record.journal[at] == b'7' { b'8' } else { b'7' };
    complains(&record, "P8");
}

#[test]
fn an_answer_whose_entry_is_cut_off_is_found() {
    let mut record = whole(&["clock_met"]);
    let text = String::from_utf8(record.journal.clone()).unwrap();
    let keep: usize = text.split_inclusive('\n').take(4).map(str::len).sum();
    record.journal.truncate(keep);
    complains(&record, "P1");
}

#[test]
fn an_event_that_was_taken_twice_is_found() {
    let mut record = whole(&["event_taken"]);
    rewrite(&mut record, |entries| {
        let again = entries.iter().find(|entry| entry.to_string().contains("event_taken/1")).unwrap().clone();
        entries.push(again);
    });
    complains(&record, "P1");
}

#[test]
fn a_step_off_its_instant_or_lost_or_doubled_is_found() {
    let record = whole(&["step_taken"]);
    let mut moved = record.clone();
    rewrite(&mut moved, |entries| {
        let plans: Vec<&Value> =
            entries.iter().flat_map(|entry| entry["facts"].as_array().unwrap()).collect();
        assert!(!plans.is_empty());
        for entry in entries.iter_mut() {
            for fact in entry["facts"].as_array_mut().unwrap() {
                if let Some(step) = fact.get_mut("step_taken/1") {
                    step["due"] = json!("2026-11-23T00:00:00.123Z");
                }
            }
        }
    });
    complains(&moved, "P2");
    let mut lost = record.clone();
    rewrite(&mut lost, |entries| {
        drop_facts(entries, "step_taken");
        drop_facts(entries, "step_skipped");
        drop_facts(entries, "ruled_out");
        drop_facts(entries, "closed");
    });
    complains(&lost, "P13");
    let mut doubled = record;
    rewrite(&mut doubled, |entries| {
        let step = first(entries, "step_taken").clone();
        entries.last_mut().unwrap()["facts"].as_array_mut().unwrap().push(json!({ "step_taken/1": step }));
    });
    complains(&doubled, "P13");
}

#[test]
fn a_report_that_is_written_before_anybody_was_rung_is_found() {
    let mut record = whole(&["clock_met", "written_sent"]);
    rewrite(&mut record, |entries| {
        let is = |entry: &Value, kind: &str| entry.to_string().contains(&format!("\"{kind}/1\""));
        for kind in ["telephone_tried", "telephone_impossible", "telephone_proved"] {
            drop_facts(entries, kind);
        }
        entries.retain(|entry| !(is(entry, "attempt_started") && entry.to_string().contains("\"voice\"")));
    });
    complains(&record, "P3");
}

#[test]
fn a_met_clock_without_its_proofs_is_found() {
    let record = whole(&["clock_met", "telephone_proved"]);
    let mut unproved = record.clone();
    rewrite(&mut unproved, |entries| drop_facts(entries, "telephone_proved"));
    complains(&unproved, "P4");
    let mut nobody = record;
    nobody.calls.clear();
    nobody.pressed.clear();
    complains(&nobody, "P4");
}

#[test]
fn mail_that_no_provider_has_proves_nothing() {
    let mut record = whole(&["written_sent"]);
    record.sent.retain(|sent| sent.channel != "mail");
    complains(&record, "P4");
}

#[test]
fn a_breach_that_is_not_told_or_told_twice_or_dated_wrongly_is_found() {
    let record = whole(&["clock_breached"]);
    let mut silent = record.clone();
    rewrite(&mut silent, |entries| drop_facts(entries, "clock_breached"));
    complains(&silent, "P5");
    let mut twice = record.clone();
    rewrite(&mut twice, |entries| {
        let breach = first(entries, "clock_breached").clone();
        entries.last_mut().unwrap()["facts"]
            .as_array_mut()
            .unwrap()
            .push(json!({ "clock_breached/1": breach }));
    });
    complains(&twice, "P5");
    let mut moved = record.clone();
    rewrite(&mut moved, |entries| {
        first(entries, "clock_breached")["due"] = json!("2026-11-23T00:00:00.000Z");
    });
    complains(&moved, "P5");
    let mut alone = record;
    rewrite(&mut alone, |entries| drop_facts(entries, "lapse_recorded"));
    complains(&alone, "P5");
}

#[test]
fn a_request_that_left_before_its_attempt_was_durable_is_found() {
    let record = whole(&["attempt_started"]);
    let mut early = record.clone();
    early.sent[0].durable = 0;
    early.sent[0].holding = false;
    complains(&early, "P6");
    let mut unknown = record.clone();
    rewrite(&mut unknown, |entries| drop_facts(entries, "attempt_started"));
    complains(&unknown, "P6");
    let mut again = record;
    let sent = again.sent.last().unwrap().clone();
    again.sent.push(sent);
    complains(&again, "P6");
}

#[test]
fn a_person_who_was_told_late_and_is_accused_is_found() {
    let mut record = whole(&["clock_breached", "lapse_recorded"]);
    rewrite(&mut record, |entries| {
        first(entries, "lapse_recorded")["lapse"]["person_involved"] = json!("p43");
    });
    complains(&record, "P12");
}

#[test]
fn an_accusation_that_rests_on_an_assumed_unit_is_found() {
    let is_late =
        |record: &Record| String::from_utf8_lossy(&record.journal).contains("\"about\":{\"event\":");
    let mut record = runs().find(is_late).unwrap();
    rewrite(&mut record, |entries| {
        for fact in entries.iter_mut().flat_map(|entry| entry["facts"].as_array_mut().unwrap()) {
            if let Some(opened) = fact.get_mut("case_opened/1") {
                opened["case"]["unit_assumed"] = json!(true);
            }
        }
    });
    complains(&record, "P12: an assumed unit");
}

#[test]
fn an_accusation_in_doubt_is_found() {
    let mut record = whole(&["clock_breached"]);
    rewrite(&mut record, |entries| {
        let (from, to) = ("2026-11-23T00:00:00.000Z", "2026-11-23T01:00:00.000Z");
        let step = json!({ "clock_stepped/1": { "from": from, "to": to } });
        entries[0]["facts"].as_array_mut().unwrap().push(step);
        drop_facts(entries, "clock_trusted");
    });
    complains(&record, "P13: entry");
    complains(&record, "P13: the clock has been right");
}

#[test]
fn calls_beyond_the_windows_of_a_channel_are_found() {
    let mut record = whole(&["attempt_started"]);
    record.faults.steps = 0;
    rewrite(&mut record, |entries| {
        let is_call = |entry: &&Value| {
            let text = entry.to_string();
            text.contains("attempt_started/1") && text.contains("\"voice\"")
        };
        let call = entries.iter().find(is_call).unwrap().clone();
        let at = entries.iter().position(|entry| *entry == call).unwrap();
        entries.insert(at + 1, call);
    });
    complains(&record, "P14");
}

#[test]
fn a_clock_that_stays_unmet_when_all_is_well_is_found() {
    let mut record = whole(&["clock_breached", "telephone_proved"]);
    rewrite(&mut record, |entries| {
        drop_facts(entries, "telephone_proved");
        drop_facts(entries, "clock_withdrawn");
    });
    complains(&record, "P10");
}

/// The same, and nothing was done to the daemon but that it was ended.
fn undisturbed(kinds: &[&str], crashes: bool) -> Record {
    let fits = |record: &Record| {
        let text = String::from_utf8_lossy(&record.journal);
        let faults = &record.faults;
        kinds.iter().all(|kind| text.contains(&format!("\"{kind}/1\"")))
            && faults.clocks_true()
            && (faults.full, faults.suspended, faults.crashes > 0) == (0, 0, crashes)
    };
    runs().find(fits).unwrap()
}

#[test]
fn a_report_that_waits_past_its_latest_is_found() {
    let mut record = undisturbed(&["clock_met", "written_sent"], false);
    rewrite(&mut record, |entries| {
        for kind in ["written_sent", "clock_met", "clock_withdrawn", "closed", "ruled_out"] {
            drop_facts(entries, kind);
        }
        let mail = |entry: &Value| {
            let text = entry.to_string();
            text.contains("attempt_started/1") && text.contains("\"mail\"")
        };
        entries.retain(|entry| !mail(entry));
    });
    complains(&record, "P3: nothing was written");
}

#[test]
fn a_second_message_after_an_outage_is_found() {
    let mut found = runs().filter(|record| record.faults.crashes > 0 && record.faults.clocks_true());
    let doubled = |mut record: Record| {
        rewrite(&mut record, |entries| {
            for entry in entries {
                let facts = entry["facts"].as_array_mut().unwrap();
                let mut more = Vec::new();
                for fact in facts.iter() {
                    let mut twin = fact.clone();
                    if let Some(planned) = twin.get_mut("notification_planned/1") {
                        let id = format!("{}x", planned["notification"]["id"].as_str().unwrap());
                        planned["notification"]["id"] = json!(id);
                        more.push(twin);
                    } else if let Some(started) = twin.get_mut("attempt_started/1") {
                        let id = format!("{}x", started["notification"].as_str().unwrap());
                        started["notification"] = json!(id);
                        more.push(twin);
                    }
                }
                facts.extend(more);
            }
        });
        checkers::check(&record).iter().any(|complaint| complaint.contains("after an outage"))
    };
    assert!(found.any(doubled));
}

#[test]
fn a_receipt_of_what_never_went_out_is_found() {
    let mut record = whole(&["written_receipted", "written_sent"]);
    rewrite(&mut record, |entries| drop_facts(entries, "written_sent"));
    complains(&record, "P4: entry");
}

#[test]
fn a_clock_that_stays_met_by_a_disputed_proof_is_found() {
    let mut record = runs()
        .find(|record| {
            let text = String::from_utf8_lossy(&record.journal);
            let met = text.find("clock_met/1");
            met.is_some_and(|met| text[met..].contains("proof_disputed/1"))
        })
        .unwrap();
    rewrite(&mut record, |entries| drop_facts(entries, "clock_reopened"));
    complains(&record, "P4: a clock stays met");
}

#[test]
fn words_that_are_lost_or_changed_or_outlive_their_erasure_are_found() {
    let record = whole(&["event_taken"]);
    let mut lost = record.clone();
    lost.words.values_mut().for_each(|words| *words = None);
    complains(&lost, "P1: what entry");
    let mut changed = record;
    changed.words.values_mut().for_each(|words| *words = Some("something else".to_owned()));
    complains(&changed, "P1: the vault");
    let mut kept = whole(&["erased"]);
    let all: Vec<String> = kept.words.keys().cloned().collect();
    kept.words.extend(all.into_iter().map(|name| (name, Some("still there".to_owned()))));
    complains(&kept, "P15");
}

#[test]
fn a_name_with_nothing_behind_it_is_found_where_the_vault_had_failed() {
    let failed = |record: &Record| record.faults.vault > 0 && record.faults.mended > 0;
    let record = runs().find(failed).unwrap();
    let text = String::from_utf8(record.journal.clone()).unwrap();
    let started = text.lines().find(|line| line.contains("\"rendering\":\"")).unwrap();
    let (_, name) = started.split_once("\"rendering\":\"").unwrap();
    let name = name.get(..64).unwrap();
    let mut lost = record.clone();
    lost.words.insert(name.to_owned(), None);
    complains(&lost, "P15: what entry");
    let mut other = record;
    other.words.insert(name.to_owned(), Some("something else".to_owned()));
    complains(&other, "P15: the vault");
}
