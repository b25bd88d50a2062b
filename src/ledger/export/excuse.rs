//! What the machine found that excuses, as it is handed out, with the entries on which it rests.

use serde_json::{Value, json};

use crate::domain::lapse::{Excuse, Lapse};
use crate::ledger::words;
use crate::time::Timestamp;

/// Each of a lapse, as the contract has it.
#[must_use]
pub fn json(lapse: &Lapse) -> Vec<Value> {
    let told = |it: &Excuse| {
        let later = it.found_later.map(|later| later.at);
        json!({ "what": it.what, "from": it.from, "to": it.to, "entries": it.entries, "found_later_at": later })
    };
    lapse.excuses.iter().map(told).collect()
}

/// One in Chinese.
pub(super) fn told(it: &Excuse, shown: impl Fn(Timestamp) -> String) -> String {
    let later = it.found_later.map(|later| format!("（入账后于 {} 查明）", shown(later.at)));
    let (from, to) = (shown(it.from), shown(it.to));
    let span = format!("{} {from} 至 {to}{}", words::excuse(it.what), later.unwrap_or_default());
    let entries: Vec<String> = it.entries.iter().map(ToString::to_string).collect();
    if entries.is_empty() { span } else { format!("{span}（条目 {}）", entries.join("、")) }
}
