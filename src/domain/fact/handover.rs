//! Handovers of duty: what one officer leaves to the next, signed by both (S20, U34).

use serde::{Deserialize, Serialize};

use crate::domain::bulletin::Trouble;
use crate::domain::names::{Actor, CaseId, DutyRole, Kind, PayloadName, PersonId};
use crate::domain::slot::PeriodId;
use crate::time::Timestamp;

/// Whoever goes off duty leaves what is open to somebody, and signs that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShiftOffered {
    /// The duty.
    pub role: DutyRole,
    /// Who hands over.
    pub from: Actor,
    /// To whom.
    pub to: PersonId,
    /// What is open.
    pub open: OpenMatters,
    /// What they wrote beside it, sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<PayloadName>,
}

/// Whoever comes on duty signs that they took it over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShiftTaken {
    /// The number of the entry in which it was offered.
    pub handover: u64,
    /// Who signs.
    pub actor: Actor,
    /// The cases that pass to them; the entries of these follow.
    pub cases: Vec<CaseId>,
    /// What was open when they signed, where that is not what the other one signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<OpenMatters>,
}

/// What is open at a handover.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OpenMatters {
    /// Cases, the most severe and then the oldest first.
    pub cases: Vec<OpenCase>,
    /// So many more are open.
    #[serde(default)]
    pub more_cases: u32,
    /// Reports that are past their due instant and have not come.
    pub reports: Vec<OpenReports>,
    /// What is wrong with the daemon and around it.
    pub troubles: Vec<Trouble>,
}

/// An open case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenCase {
    /// Which.
    pub case: CaseId,
    /// What it is.
    pub kind: Kind,
    /// Who handles it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handler: Option<PersonId>,
    /// When the first of its clocks that still owe a proof is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
}

/// Reports of a period that have not come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenReports {
    /// Which period.
    pub period: PeriodId,
    /// Of how many units.
    pub units: u32,
}
