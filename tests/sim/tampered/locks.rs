//! Codes that are taken behind a link that is locked: the checker must be able to fail.

use serde_json::{Value, json};

use super::{complains, rewrite, runs};
use crate::record::Record;

/// A run in which somebody guessed until they were locked out, and the clocks were left alone.
fn locked() -> Record {
    let fits = |record: &Record| {
        record.faults.clocks_true()
            && String::from_utf8_lossy(&record.journal).contains("\"locked_until\":\"2026")
    };
    runs().find(fits).unwrap()
}

/// Changes the facts of the entries that refuse a code.
fn change(change: impl Fn(&mut Vec<Value>, Value)) -> Record {
    let mut record = locked();
    rewrite(&mut record, |entries| {
        for entry in entries {
            let facts = entry["facts"].as_array_mut().unwrap();
            let refused = facts.iter().find_map(|fact| fact.get("code_refused/1")).cloned();
            if let Some(refused) = refused {
                change(facts, refused);
            }
        }
    });
    record
}

#[test]
fn a_code_that_is_taken_behind_a_locked_link_is_found() {
    let record = change(|facts, refused| {
        let actor = json!({ "by": refused["person"], "via": "code" });
        let case = &refused["way"]["link"];
        facts.push(json!({ "confirmed/1": { "case": case, "actor": actor } }));
    });
    let complaints = crate::checkers::check(&record);
    assert!(complaints.iter().any(|it| it.ends_with("takes a code behind a link that is locked")));
}

#[test]
fn a_link_that_is_not_locked_by_the_sixth_wrong_code_or_by_fewer_is_found() {
    let open = change(|facts, _| {
        for refused in facts.iter_mut().filter_map(|fact| fact.get_mut("code_refused/1")) {
            refused["locked_until"] = Value::Null;
        }
    });
    complains(&open, "P9: entry");
    let shut = change(|facts, refused| {
        facts.retain(|fact| fact.get("code_refused/1").is_none() || !refused["locked_until"].is_null());
    });
    complains(&shut, "P9: entry");
}

#[test]
fn a_code_that_is_looked_at_behind_a_locked_link_is_found() {
    let record = change(|facts, refused| {
        if !refused["locked_until"].is_null() {
            let mut again = refused;
            again["locked_until"] = Value::Null;
            facts.push(json!({ "code_refused/1": again }));
        }
    });
    let complaints = crate::checkers::check(&record);
    assert!(complaints.iter().any(|it| it.ends_with("looks at a code behind a link that is locked")));
}
