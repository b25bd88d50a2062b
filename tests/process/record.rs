//! What the journal's lines say, read without a word of the rules.

use serde_json::Value;

/// The facts of one kind, in order.
pub(crate) fn facts<'j>(journal: &'j [Value], tag: &str) -> Vec<&'j Value> {
    all(journal).filter_map(|fact| fact.get(tag)).collect()
}

/// Every fact, in order.
pub(crate) fn all(journal: &[Value]) -> impl Iterator<Item = &Value> {
    journal.iter().flat_map(|entry| entry["facts"].as_array().unwrap())
}

/// One attempt to send.
#[derive(Debug, Clone)]
pub(crate) struct Try {
    pub(crate) key: String,
    /// Others that went with it, as one message.
    pub(crate) covers: Vec<String>,
    pub(crate) channel: String,
    pub(crate) possible_duplicate: bool,
    /// `accepted`, or the failure and its reason: `unknown timeout`; `receipt` where that came and no answer did.
    pub(crate) outcome: Option<String>,
}

/// Every attempt, in the order in which they were granted.
pub(crate) fn tries(journal: &[Value]) -> Vec<Try> {
    let mut tries: Vec<Try> = Vec::new();
    for fact in all(journal) {
        if let Some(started) = fact.get("attempt_started/1") {
            let attempt = &started["attempt"];
            let word = |key: &str| attempt[key].as_str().unwrap().to_owned();
            tries.push(Try {
                key: word("key"),
                covers: started["covers"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|id| id.as_str().unwrap().to_owned())
                    .collect(),
                channel: word("channel"),
                possible_duplicate: attempt["possible_duplicate"] == true,
                outcome: None,
            });
        }
        if let Some(ended) = fact.get("attempt_ended/1") {
            let of = |one: &&mut Try| ended["notification"] == one.key.as_str();
            // An answer may come after the time for it: then it is the last word on that attempt.
            if let Some(last) = tries.iter_mut().rev().find(of) {
                last.outcome = Some(outcome(&ended["outcome"]));
            }
        }
        if let Some(receipt) = fact.get("receipt_taken/1").filter(|it| it["effect"] == true) {
            let of = |one: &&mut Try| receipt["notification"] == one.key.as_str();
            if let Some(last) = tries.iter_mut().rev().find(of) {
                last.outcome.get_or_insert_with(|| "receipt".to_owned());
            }
        }
    }
    tries
}

fn outcome(outcome: &Value) -> String {
    let Some(failed) = outcome.get("failed").and_then(Value::as_object) else { return "accepted".to_owned() };
    let (what, why) = failed.iter().next().unwrap();
    format!("{what} {}", why["reason"].as_str().unwrap())
}
