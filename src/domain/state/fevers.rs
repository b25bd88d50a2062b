//! Fevers of one unit, for the rules by which fevers together become a suspicion.

use rpds::{RedBlackTreeMapSync as Map, RedBlackTreeSetSync as Set};
use serde::{Deserialize, Serialize};

use crate::domain::names::{CaseId, PersonToken};
use crate::time::Timestamp;

/// Fevers of one unit.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Fevers {
    /// The newest of each person.
    pub latest: Map<PersonToken, (Timestamp, CaseId)>,
    /// The same in order of time.
    pub order: Set<(Timestamp, PersonToken)>,
}
