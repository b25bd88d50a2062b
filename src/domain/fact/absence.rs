//! Absences: who is away, from when to when, and who stands in.

use serde::{Deserialize, Serialize};

use super::Span;
use crate::domain::names::{Actor, PayloadName, PersonId};
use crate::time::Timestamp;

/// Somebody will be away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AbsenceRecorded {
    /// Who.
    pub person: PersonId,
    /// From when to when.
    pub span: Span,
    /// Why.
    pub why: AbsentBecause,
    /// Who stands in, where somebody is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stand_in: Option<PersonId>,
    /// Who entered it: the person, or the office.
    pub actor: Actor,
    /// What they wrote beside it, sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<PayloadName>,
}

/// Somebody is back before their time, or will not be away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AbsenceEnded {
    /// The number of the entry in which it was recorded.
    pub absence: u64,
    /// Who was away.
    pub person: PersonId,
    /// Since when they are back.
    pub at: Timestamp,
    /// Who says so.
    pub actor: Actor,
}

/// Why somebody is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AbsentBecause {
    /// Leave.
    Leave,
    /// On the organisation's business elsewhere.
    Travel,
    /// A fever.
    Fever,
    /// Another illness.
    Illness,
    /// Isolated, or under observation.
    Isolation,
    /// Something else.
    Other,
}
