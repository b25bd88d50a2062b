//! P1, durable before yes: whoever was told yes finds it in the journal, whatever was killed or unplugged since.

use std::collections::BTreeMap;

use data_encoding::BASE32_NOPAD;
use sha2::{Digest as _, Sha256};

use super::{Complaints, Run};
use crate::lines::Fact;
use crate::record::{Left, Said};

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
            continue;
        }
        let told = match &answered.what {
            Said::Event { key, case } => {
                let cases = events.get(key.as_str());
                cases.is_some_and(|cases| cases.contains(&case.as_deref().unwrap_or("")))
            }
            // What changed nothing had been said before, and stands where that was answered.
            Said::Act(left) => match entry {
                Some(entry) => entry.facts.iter().any(|fact| is_said(left, fact)),
                None => had_been(run, answered.head.0, left),
            },
            Said::Report { slot, content } => match entry {
                Some(entry) => entry.facts.iter().any(|fact| is_filed((slot, content), fact)),
                None => before(run, answered.head.0).any(|fact| is_filed((slot, content), fact)),
            },
            Said::Receipt { key, digit } => match entry {
                Some(entry) => entry.facts.iter().any(|fact| is_told((key, *digit), fact)),
                None => before(run, answered.head.0).any(|fact| is_told((key, *digit), fact)),
            },
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

/// Every fact of the journal that was answered from.
fn before<'a>(run: &'a Run<'_>, head: u64) -> impl DoubleEndedIterator<Item = &'a Fact> {
    run.entries.iter().filter(move |entry| entry.seq <= head).flat_map(|entry| &entry.facts)
}

/// Whether a fact is what an act leaves: by its kind, its case and who says it.
fn is_said(left: &Left, fact: &Fact) -> bool {
    let by = if fact.kind == "code_refused" { "/person" } else { by_of(fact) };
    let outcome = left.outcome.filter(|_| fact.kind == "telephone_tried");
    is_about(left, fact)
        && fact.text(by) == left.by
        && outcome.is_none_or(|outcome| fact.text("/outcome") == outcome)
        && left.to.as_deref().is_none_or(|to| fact.text("/to") == to)
}

fn is_about(left: &Left, fact: &Fact) -> bool {
    left.kinds.contains(&fact.kind.as_str())
        && left.case.as_deref().is_none_or(|case| fact.text("/case") == case)
}

/// Where a fact says whose word it is.
fn by_of(fact: &Fact) -> &'static str {
    match fact.kind.as_str() {
        "case_raised" => "/why/person/actor/by",
        "clock_trusted" => "/by/by",
        _ => "/actor/by",
    }
}

/// Whether what was said again stands in the journal: of what a person says of themselves, from the same person; the
/// clock, once trusted, is trusted until it is stepped again.
fn had_been(run: &Run<'_>, head: u64, left: &Left) -> bool {
    let mut facts = before(run, head);
    match left.kinds {
        ["confirmed" | "taken" | "passed"] => facts.any(|fact| is_said(left, fact)),
        ["clock_trusted"] => {
            let doubts = |fact: &&Fact| matches!(fact.kind.as_str(), "clock_stepped" | "clock_trusted");
            facts.rfind(doubts).is_none_or(|fact| fact.kind == "clock_trusted")
        }
        ["ruled_out" | "written_receipted"] => facts.any(|fact| is_about(left, fact)),
        _ => false,
    }
}

/// Whether a fact is what a report leaves.
fn is_filed((slot, content): (&str, &str), fact: &Fact) -> bool {
    let said = (fact.text("/report/slot"), fact.text("/report/filed/content"));
    fact.kind == "report_filed" && said == (slot, content)
}

/// Whether a fact is what a receipt leaves, with the key that was pressed. It may name the message as the provider
/// does; one that matches nothing yet is kept under a hash.
fn is_told((key, digit): (&str, Option<&str>), fact: &Fact) -> bool {
    let named = match fact.kind.as_str() {
        "receipt_taken" => fact.text("/notification") == key.trim_start_matches("provider-"),
        "receipt_kept" => fact.text("/key") == kept_as(key),
        _ => false,
    };
    named && digit.is_none_or(|digit| fact.text("/digit") == digit)
}

/// Under what a receipt is kept that matches nothing yet: of base32 of the SHA-256, the first fifteen characters.
fn kept_as(key: &str) -> String {
    let mut text = BASE32_NOPAD.encode(&Sha256::digest(format!("receipt\0{key}\0"))).to_ascii_lowercase();
    text.truncate(15);
    text
}
