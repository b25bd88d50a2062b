//! What facts carry about what an authority is owed: the telephone report, the written one, and corrections.

use serde::{Deserialize, Serialize};

use super::TelephoneOutcome;
use crate::domain::case::ReportKind;
use crate::domain::names::{Actor, AuthorityId, CaseId, NotificationId, PayloadName, PersonId};
use crate::domain::policy::Grade;
use crate::time::Timestamp;

/// A telephone call to an authority, as somebody recorded it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TelephoneTried {
    /// The case.
    pub case: CaseId,
    /// The clock.
    pub clock: u32,
    /// Who recorded it.
    pub actor: Actor,
    /// What came of it.
    pub outcome: TelephoneOutcome,
    /// What they wrote beside it, sealed.
    pub payload: Option<PayloadName>,
    /// When whoever recorded it is reminded to ring back.
    pub call_back_at: Option<Timestamp>,
}

/// That somebody at an authority was told by telephone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TelephoneProved {
    /// The case.
    pub case: CaseId,
    /// The clock.
    pub clock: u32,
    /// When.
    pub at: Timestamp,
    /// How good the proof is.
    pub grade: Grade,
    /// Who recorded it; nobody, where the authority pressed the key.
    pub actor: Option<Actor>,
    /// When they say it was.
    pub said_at: Option<Timestamp>,
    /// When the written report is due after it.
    pub written_at: Option<Timestamp>,
}

/// A written report that is to go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrittenPlanned {
    /// The case.
    pub case: CaseId,
    /// The clock.
    pub clock: u32,
    /// Which of them.
    pub kind: ReportKind,
    /// Its number.
    pub number: u32,
    /// To an authority that had the first report of an earlier clock it is this progress report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continues: Option<u32>,
    /// The message that carries it.
    pub notification: NotificationId,
    /// Who wrote it.
    pub actor: Option<Actor>,
}

/// That an authority has the written report, as somebody recorded it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrittenReceipted {
    /// The case.
    pub case: CaseId,
    /// The clock.
    pub clock: u32,
    /// Who recorded it.
    pub actor: Actor,
    /// What they wrote beside it, sealed.
    pub reference: Option<PayloadName>,
    /// It is the proof: there was none before.
    pub proves: bool,
    /// When the daemon was told, by both clocks; where it is missing, the entry's own instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

/// A correction that went in writing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorrectionWritten {
    /// The case.
    pub case: CaseId,
    /// The authority.
    pub authority: AuthorityId,
    /// Which one the message says, and with it those before. Without it: all that are owed at that moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
    /// When a provider took it.
    pub at: Timestamp,
}

/// A correction that an authority is owed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorrectionOwed {
    /// The case.
    pub case: CaseId,
    /// The authority.
    pub authority: AuthorityId,
    /// Its number among those to this authority, from 1.
    pub number: u32,
    /// Who caused it, and is to tell it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<PersonId>,
    /// When they are reminded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remind_at: Option<Timestamp>,
}
