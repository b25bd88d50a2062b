//! P1, durable before yes: whoever was told yes finds it in the journal, whatever was killed or unplugged since.

use std::collections::BTreeMap;

use data_encoding::BASE32_NOPAD;
use sha2::{Digest as _, Sha256};

use super::{Complaints, Run};
use crate::record::Said;

pub(crate) fn check(run: &Run<'_>) -> Complaints {
    let mut complaints = Vec::new();
    let mut events: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (_, fact) in run.facts("event_taken") {
        events.entry(fact.text("/event/key")).or_default().push(fact.text("/event/case"));
    }
    for (key, cases) in &events {
        if cases.len() != 1 {
            complaints.push(format!("P1: event {key} was taken {} times", cases.len()));
        }
    }
    for answered in &run.record.answered {
        let at = answered.at;
        let head = run.entry(answered.head.0);
        if answered.head.0 > 0 && head.is_none_or(|entry| entry.hash != answered.head.1) {
            complaints
                .push(format!("P1: the journal that was answered from at {at} is gone: {:?}", answered.what));
            continue;
        }
        let entry = answered.seq.and_then(|seq| run.entry(seq));
        if answered.seq.is_some() && entry.is_none() {
            complaints.push(format!("P1: what was answered at {at} is gone: {:?}", answered.what));
        }
        let left = |kind: &str| {
            entry.is_none_or(|entry| entry.facts.iter().any(|fact| fact.kind == kind.trim_end_matches("/1")))
        };
        let told = match &answered.what {
            Said::Event { key, case } => {
                let cases = events.get(key.as_str());
                cases.is_some_and(|cases| cases.contains(&case.as_deref().unwrap_or("")))
            }
            Said::Act { fact } => left(fact) || entry.is_some(),
            // A receipt may name the message as the provider does; one that matches nothing yet is kept under a hash.
            Said::Receipt { key } => {
                let (named, kept) = (key.trim_start_matches("provider-"), kept_as(key));
                entry.is_none_or(|entry| entry.json.contains(named) || entry.json.contains(&kept))
            }
        };
        if !told {
            complaints.push(format!(
                "P1: the journal does not hold what was answered at {at}: {:?}",
                answered.what
            ));
        }
    }
    complaints
}

/// Under what a receipt is kept that matches nothing yet: of base32 of the SHA-256, the first fifteen characters.
fn kept_as(key: &str) -> String {
    let mut text = BASE32_NOPAD.encode(&Sha256::digest(format!("receipt\0{key}\0"))).to_ascii_lowercase();
    text.truncate(15);
    text
}
