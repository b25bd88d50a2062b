//! What people record of the two proofs of a clock.

use crate::domain::case::ReportKind;
use crate::domain::fact::TelephoneOutcome;
use crate::domain::names::{Actor, AuthorityId, CaseId, PayloadName};
use crate::time::{Now, Timestamp};

/// What an officer records of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TelephoneRecord {
    /// The case.
    pub case: CaseId,
    /// The authority.
    pub authority: AuthorityId,
    /// Who records it.
    pub actor: Actor,
    /// How the call went.
    pub outcome: TelephoneOutcome,
    /// Who answered and what they said, sealed.
    pub payload: Option<PayloadName>,
    /// When they asked to be rung back.
    pub call_back_at: Option<Timestamp>,
    /// When the call is said to have been.
    pub said_at: Option<Timestamp>,
    /// When the record's last byte was read.
    pub received: Now,
}

/// A written report, as a person completes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenRecord {
    /// The case.
    pub case: CaseId,
    /// The authority; all of them where none is named.
    pub authority: Option<AuthorityId>,
    /// Who writes it.
    pub actor: Actor,
    /// First, progress or final.
    pub kind: ReportKind,
    /// What it says, sealed.
    pub payload: PayloadName,
    /// Send it, or keep it as a draft.
    pub send: bool,
}

/// The clock of a case that an act is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Towards {
    /// Its authority.
    pub authority: AuthorityId,
    /// Which of the case's clocks, counted from 0; needed where the authority is owed more than one.
    pub clock: Option<u32>,
}
