//! What was answered before.

use crate::domain::names::ReportId;
use crate::domain::slot::{SlotId, SlotState};

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
