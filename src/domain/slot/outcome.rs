//! What became of a slot.

use serde::{Deserialize, Serialize};

use super::{Begun, Filed, ReasonGiven, SlotState};
use crate::domain::names::{Actor, PayloadName};
use crate::time::Timestamp;

/// What became of one slot, once something did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// How it ended.
    pub state: SlotState,
    /// By how many seconds after its due instant the first report came, where that was late.
    pub late_by_s: u64,
    /// When the first report came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<Timestamp>,
    /// How the filling in of that one began: whatever comes behind it changes nothing of when the slot ended.
    #[serde(default, skip_serializing_if = "Begun::is_unknown")]
    pub begun: Begun,
    /// The last report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filed: Option<Filed>,
    /// The journal entry in which that stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<u64>,
    /// The reasons that were given with reports of a slot that did not end on time, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<ReasonGiven>,
    /// Who excused the unit, and why; nobody did where the unit itself was no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exempt: Option<Box<Exempt>>,
}

/// A unit was excused from a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exempt {
    /// By whom.
    pub actor: Actor,
    /// When.
    pub at: Timestamp,
    /// Why, sealed.
    pub reason: PayloadName,
}
