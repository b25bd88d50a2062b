//! What is done over days: the checkers must be able to fail.

use serde_json::json;

use super::{complains, drop_facts, first, rewrite, runs};
use crate::record::Record;

/// A run that went on for more than a day, with this kind of fact.
fn long(kind: &str) -> Record {
    let fits = |record: &Record| {
        let text = String::from_utf8_lossy(&record.journal);
        record.faults.clocks_true()
            && text.contains(&format!("\"{kind}/1\""))
            && text.contains("\"archived/1\"")
    };
    runs().find(fits).unwrap()
}

#[test]
fn a_closed_case_that_stays_in_memory_or_leaves_it_too_soon_is_found() {
    let record = long("archived");
    let mut stays = record.clone();
    rewrite(&mut stays, |entries| drop_facts(entries, "archived"));
    complains(&stays, "P2: C-2026");
    let mut soon = record.clone();
    rewrite(&mut soon, |entries| {
        first(entries, "closed")["archive_at"] = json!("2026-11-29T00:00:00.000Z");
    });
    complains(&soon, "P2: entry");
    let mut done = record;
    rewrite(&mut done, |entries| {
        let case = first(entries, "archived")["case"].clone();
        let facts = entries.last_mut().unwrap()["facts"].as_array_mut().unwrap();
        facts.push(json!({ "handler_idle/1": { "case": case } }));
    });
    complains(&done, "P13: handler_idle");
}

#[test]
fn personal_data_that_is_kept_for_longer_or_goes_too_soon_is_found() {
    let kept = |record: &Record| {
        let text = String::from_utf8_lossy(&record.journal);
        record.faults.clocks_true() && text.contains("\"actor\":null,\"second\":null")
    };
    let record = runs().find(kept).unwrap();
    let mut stays = record.clone();
    rewrite(&mut stays, |entries| drop_facts(entries, "erased"));
    complains(&stays, "P15: the personal data");
    let mut again = record;
    rewrite(&mut again, |entries| {
        let mut erased = first(entries, "erased").clone();
        erased["actor"] = json!(null);
        let facts = entries.last_mut().unwrap()["facts"].as_array_mut().unwrap();
        facts.push(json!({ "erased/1": erased }));
    });
    complains(&again, "P15: entry");
}

#[test]
fn a_head_that_is_lost_or_leaves_twice_is_found() {
    let record = long("head_due");
    let mut lost = record.clone();
    rewrite(&mut lost, |entries| drop_facts(entries, "head_due"));
    complains(&lost, "P2: no head");
    let mut twice = record;
    rewrite(&mut twice, |entries| {
        let facts = entries.last_mut().unwrap()["facts"].as_array_mut().unwrap();
        facts.push(json!({ "head_due/1": { "due": "2026-11-23T10:00:00Z", "next": null } }));
    });
    complains(&twice, "P13: the head");
}
