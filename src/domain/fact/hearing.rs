//! What facts carry about the hearing of lapses.

use serde::{Deserialize, Serialize};

use crate::domain::lapse::{Clause, Findings};
use crate::domain::names::{Actor, LapseId, PayloadName, PersonId};
use crate::time::Timestamp;

/// A notice reached whoever is named in some lapses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LapsesTold {
    /// Who.
    pub person: PersonId,
    /// The lapses.
    pub lapses: Vec<LapseId>,
    /// When.
    pub at: Timestamp,
    /// After this they are judged without the person's word.
    pub answer_by: Timestamp,
}

/// What was found of a lapse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerdictGiven {
    /// The lapse.
    pub lapse: LapseId,
    /// By whom.
    pub actor: Actor,
    /// The clause it rests on; none, where it is held against nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clause: Option<Clause>,
    /// What was found besides.
    pub findings: Findings,
    /// Why, sealed.
    pub payload: PayloadName,
}
