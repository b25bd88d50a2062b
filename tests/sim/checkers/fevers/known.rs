//! What the journal says of cases, of days, and of what is known against reports.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::lines::{Fact, instant};

/// A case, as long as the daemon keeps it in memory.
pub(super) struct Case {
    pub(super) unit: String,
    pub(super) assumed: bool,
    /// Whose it is, where that is somebody of the house.
    pub(super) person: String,
    pub(super) discovered: i64,
    pub(super) ruled_out: bool,
    pub(super) closed: Option<i64>,
}

/// A day of the form.
pub(super) struct Period {
    pub(super) opens: i64,
    pub(super) due: i64,
    pub(super) fell_due: bool,
}

/// What is known against a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) report: String,
    pub(super) by: String,
    pub(super) since: i64,
    pub(super) correct_by: i64,
    pub(super) shown: bool,
    pub(super) word: String,
    pub(super) said: usize,
    pub(super) cases: BTreeSet<String>,
}

impl Finding {
    /// Whether it is the same, with another time to correct it.
    pub(super) fn is(&self, other: &Self) -> bool {
        (self.since, self.shown, &self.word, &self.by) == (other.since, other.shown, &other.word, &other.by)
    }
}

/// What stands on the ledger against a slot.
pub(super) struct Lapse {
    pub(super) id: String,
    pub(super) by: String,
    pub(super) cases: BTreeSet<String>,
    pub(super) cured: bool,
}

/// A report as it was taken last.
#[derive(Debug, Clone, Default)]
pub(super) struct Filed {
    pub(super) report: String,
    pub(super) by: String,
    pub(super) received: i64,
    pub(super) said: usize,
}

#[derive(Default)]
pub(super) struct Slot {
    pub(super) filed: Option<Filed>,
    pub(super) findings: Vec<Finding>,
    pub(super) lapses: Vec<Lapse>,
}

impl Slot {
    /// Whether somebody stands on the ledger for a report of it, and nobody has put that right.
    pub(super) fn answers(&self, person: &str) -> bool {
        self.lapses.iter().any(|lapse| lapse.by == person && !lapse.cured)
    }
}

pub(super) fn opened(fact: &Fact) -> (String, Case) {
    let text = |path: &str| fact.text(&format!("/case/{path}")).to_owned();
    let case = Case {
        unit: text("unit"),
        assumed: fact.is("/case/unit_assumed"),
        person: text("subject_person"),
        discovered: fact.instant("/case/discovered_at").unwrap(),
        ruled_out: text("kind") == "ruled_out",
        closed: None,
    };
    (text("case"), case)
}

/// What stands in a list against a report: its word, what it says, and the cases.
pub(super) fn against(list: &[Value]) -> Vec<(String, usize, BTreeSet<String>)> {
    let read = |it: &Value| {
        let cases = it["cases"].as_array().into_iter().flatten().filter_map(Value::as_str);
        (it["what"].as_str().unwrap().to_owned(), count(&it["said"]), cases.map(ToOwned::to_owned).collect())
    };
    list.iter().map(read).collect()
}

/// Each thing that is known against a report, by its own; none where nothing is.
pub(super) fn findings(it: &Value) -> Vec<Finding> {
    let text = |field: &str| it[field].as_str().unwrap_or_default().to_owned();
    let at = |field: &str| instant(&text(field)).unwrap();
    let list = it["against"].as_array().map_or(&[][..], Vec::as_slice);
    let finding = |(word, said, cases)| Finding {
        report: text("report"),
        by: text("by"),
        since: at("since"),
        correct_by: at("correct_by"),
        shown: it["shown"] == true,
        word,
        said,
        cases,
    };
    against(list).into_iter().map(finding).collect()
}

pub(super) fn count(value: &Value) -> usize {
    value.as_u64().and_then(|count| usize::try_from(count).ok()).unwrap_or(0)
}

/// `daily.u017.2026-11-23.1`: its period.
pub(super) fn period_of(slot: &str) -> String {
    slot.split('.').enumerate().filter(|(at, _)| *at != 1).map(|(_, part)| part).collect::<Vec<_>>().join(".")
}

pub(super) fn unit_of(slot: &str) -> &str {
    slot.split('.').nth(1).unwrap_or_default()
}

pub(super) fn slot_of(period: &str, unit: &str) -> String {
    period.replacen('.', &format!(".{unit}."), 1)
}
