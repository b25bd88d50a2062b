//! What is said of a lapse, as the door understood it.

use crate::domain::lapse::{Clause, Findings};
use crate::domain::names::{Actor, LapseId, PayloadName, PersonId};
use crate::time::Now;

/// What the inspectors find of a lapse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LapseVerdict {
    /// The lapse.
    pub lapse: LapseId,
    /// Who decides.
    pub actor: Actor,
    /// The clause it rests on; none, where it is held against nobody.
    pub clause: Option<Clause>,
    /// What was found besides.
    pub findings: Findings,
    /// Why, sealed.
    pub payload: PayloadName,
    /// When its last byte was read.
    pub received: Now,
}

/// The notice of a lapse was handed over to somebody named in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeServed {
    /// The lapse.
    pub lapse: LapseId,
    /// Who has it now.
    pub person: PersonId,
    /// Who says so.
    pub actor: Actor,
    /// How and when it was handed over, sealed.
    pub payload: PayloadName,
}
