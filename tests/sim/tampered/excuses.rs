//! Excuses that a lapse does not name, or names for nothing, and promises that nobody is reminded of: the checker must
//! be able to fail.

use serde_json::{Value, json};

use super::{rewrite, runs};
use crate::checkers;
use crate::record::Record;

/// One of the runs with this text in their journal, spoilt, is complained of.
#[track_caller]
fn one_complains(text: &str, of: &str, spoil: impl Fn(&mut Record)) {
    let mut records = runs().filter(|record| {
        record.faults.clocks_true() && String::from_utf8_lossy(&record.journal).contains(text)
    });
    let complains = |mut record: Record| {
        spoil(&mut record);
        checkers::check(&record).iter().any(|complaint| complaint.contains(of))
    };
    assert!(records.any(complains), "no complaint of {of}");
}

/// Changes every fact of a kind.
fn change(record: &mut Record, kind: &str, change: impl Fn(&mut Value)) {
    rewrite(record, |entries| {
        let facts = entries.iter_mut().flat_map(|entry| entry["facts"].as_array_mut().unwrap());
        facts.filter_map(|fact| fact.get_mut(format!("{kind}/1"))).for_each(&change);
    });
}

/// Takes the excuses of a kind out of every lapse.
fn unexcused(record: &mut Record, what: &str) {
    change(record, "lapse_recorded", |fact| {
        fact["lapse"]["excuses"].as_array_mut().unwrap().retain(|excuse| excuse["what"] != what);
    });
}

#[test]
fn a_call_that_was_said_earlier_and_is_not_named_is_found() {
    one_complains("said_earlier", "that it was said earlier", |record| {
        change(record, "lapse_cured", |cured| cured["excuse"] = Value::Null);
    });
    one_complains("said_earlier", "P12: the lapse of entry", |record| {
        change(record, "lapse_recorded", |fact| {
            let excuse =
                json!({ "what": "said_earlier", "from": fact["lapse"]["due"], "to": fact["lapse"]["due"] });
            fact["lapse"]["excuses"].as_array_mut().unwrap().push(excuse);
        });
    });
}

#[test]
fn a_call_of_which_nobody_said_when_it_was_is_found() {
    one_complains("said_earlier", "P12: p", |record| {
        record.calls.iter_mut().for_each(|call| call.said = None);
    });
}

#[test]
fn a_provider_that_is_not_named_or_blamed_for_nothing_is_found() {
    one_complains("\"what\":\"provider\"", "does not name the provider", |record| {
        unexcused(record, "provider")
    });
    one_complains("\"what\":\"provider\"", "does not name the provider", |record| {
        change(record, "lapse_recorded", |fact| fact["lapse"]["certainty"] = json!("proved"));
    });
    one_complains("\"clock_breached/1\"", "blames a provider for nothing", |record| {
        change(record, "lapse_recorded", |fact| {
            let excuse =
                json!({ "what": "provider", "from": fact["lapse"]["due"], "to": fact["lapse"]["due"] });
            fact["lapse"]["excuses"].as_array_mut().unwrap().push(excuse);
        });
    });
}

#[test]
fn a_promise_to_ring_again_that_nobody_is_reminded_of_is_found() {
    one_complains("\"reminder\"", "is not reminded", |record| {
        rewrite(record, |entries| {
            for entry in entries {
                let facts = entry["facts"].as_array_mut().unwrap();
                facts.retain(|fact| !fact.to_string().contains("\"reminder\""));
            }
        });
    });
}
