//! What a verdict says, as the door understood it.

use crate::domain::lapse::{Clause, Findings};
use crate::domain::names::{Actor, LapseId, PayloadName};
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
