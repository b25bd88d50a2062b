//! A channel that is tried again before the others, and one that is waited for: both must be found.

use serde_json::{Value, json};

use super::{rewrite, runs};
use crate::checkers;
use crate::record::Record;

/// Changes what was planned after a channel had refused it, and the requests by the second telephone channel.
#[track_caller]
fn found(change: impl Fn(&mut Value), of: &str) {
    let complains = |record: Record| {
        let mut record = record;
        rewrite(&mut record, |entries| {
            for entry in entries.iter_mut() {
                for fact in entry["facts"].as_array_mut().unwrap() {
                    change(fact);
                }
            }
        });
        checkers::check(&record).iter().any(|it| it.starts_with("P10: entry") && it.ends_with(of))
    };
    assert!(runs().any(complains), "nobody complains that {of}");
}

#[test]
fn a_channel_that_is_tried_again_before_the_other_is_found() {
    let by_the_first = |fact: &mut Value| {
        if fact.pointer("/attempt_started~11/attempt/channel") == Some(&json!("spare")) {
            fact["attempt_started/1"]["attempt"]["channel"] = json!("voice");
        }
    };
    found(by_the_first, "by voice again, and spare was not tried");
}

#[test]
fn a_message_that_waits_for_the_channel_that_refused_it_is_found() {
    let later = |fact: &mut Value| {
        let it = fact.pointer("/notification_planned~11/notification");
        if it.is_some_and(|it| it["medium"] == "phone" && it.get("tried").is_some()) {
            fact["notification_planned/1"]["notification"]["due"] = json!("2027-01-01T00:00:00Z");
        }
    };
    found(later, "wait, and spare was not tried");
}
