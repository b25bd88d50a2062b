//! What was answered before.

use crate::domain::fact::EventOutcome;
use crate::domain::names::{AuthorityId, CaseId, EventId, EventKey, Kind, ReportId};
use crate::domain::slot::{SlotId, SlotState};
use crate::time::Timestamp;

/// The first answer to a report.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SeenReport {
    /// The report.
    pub report: ReportId,
    /// Its slot.
    pub slot: SlotId,
    /// How the slot stands.
    pub standing: SlotState,
    /// By how many seconds it was late.
    pub late_by_s: u64,
    /// Its number among the slot's.
    pub revision: u32,
}

/// The first answer to an event.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Seen {
    /// The event.
    pub event: EventId,
    /// A keyed hash of its content.
    pub content: EventKey,
    /// What its sender was told.
    pub outcome: EventOutcome,
    /// The case.
    pub case: Option<CaseId>,
    /// What the case was.
    pub kind: Option<Kind>,
    /// The clocks that were running.
    pub clocks: Vec<SeenClock>,
}

/// A clock as the first answer told it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SeenClock {
    /// The authority.
    pub authority: AuthorityId,
    /// Where it counts from.
    pub anchor: Timestamp,
    /// When the telephone report is due.
    pub phone_due: Timestamp,
    /// When the written report is due.
    pub written_due: Timestamp,
}
