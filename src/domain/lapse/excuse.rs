//! Excuses: what was not in the power of the people whom a lapse names.

use serde::{Deserialize, Serialize};

use super::Lapse;
use crate::domain::fact::Span;
use crate::time::Timestamp;

/// Something that was not in the power of the people named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excuse {
    /// What it was.
    pub what: ExcuseKind,
    /// From.
    pub from: Timestamp,
    /// To.
    pub to: Timestamp,
    /// The entries it rests on, found in the state when the lapse is recorded: no fact holds them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<u64>,
    /// That it was found after the lapse was on record, where it was; no fact holds that either.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found_later: Option<FoundLater>,
}

/// When something turned out to have overlapped a lapse that was on record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundLater {
    /// When.
    pub at: Timestamp,
    /// How many verdicts had been given by then.
    pub verdicts_before: usize,
}

impl Excuse {
    /// Whether it covers as much of a span as another does.
    pub(crate) fn covers(&self, what: ExcuseKind, lasted: Span, span: Span) -> bool {
        self.what == what && self.from <= lasted.from.max(span.from) && lasted.to.min(span.to) <= self.to
    }

    /// Something that lasted from one instant to another.
    pub(crate) const fn of(what: ExcuseKind, from: Timestamp, to: Timestamp) -> Self {
        Self { what, from, to, entries: Vec::new(), found_later: None }
    }
}

/// What excuses the machine can find by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExcuseKind {
    /// The daemon was down.
    Outage,
    /// Its door was closed to those who report: see [`AT_THE_DOOR`](crate::domain::bulletin::Trouble::AT_THE_DOOR).
    Door,
    /// Somebody had announced that nothing would get in.
    Maintenance,
    /// Attempts failed at the provider; of a report, every message that asked for it did.
    Provider,
    /// The clock was in doubt.
    ClockSuspect,
    /// The clock started with little or no time left.
    BornLate,
    /// The daemon was not armed.
    Unarmed,
    /// No number, no address or no channel led to the authority.
    Unreachable,
    /// Whoever was to report had come to do so within the last hour: for somebody ill, or new in the post.
    StoodIn,
    /// The call is said to have been made in time, and was recorded after the limit.
    SaidEarlier,
    /// No message had reached who filed a contradicted report, so that they could have corrected it.
    FilerNotReached,
}

impl Lapse {
    /// The time in which what was in nobody's power could hinder what is held against them.
    #[must_use]
    pub fn span(&self) -> Span {
        // One that was recorded before this was kept says no more than when it was due and found.
        self.span.unwrap_or_else(|| Span { from: self.due.min(self.found_at), to: self.found_at })
    }

    /// Since when something that excuses is on record of which the last verdict could not know. The verdict stands; whether
    /// another is given is a person's to say (P12).
    #[must_use]
    pub fn excuse_since(&self) -> Option<Timestamp> {
        let given = self.verdicts.len();
        let later = self.excuses.iter().filter_map(|excuse| excuse.found_later);
        later.filter(|later| given > 0 && given <= later.verdicts_before).map(|later| later.at).min()
    }
}
