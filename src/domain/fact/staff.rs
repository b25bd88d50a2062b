//! What the record keeps of each employee register that was read, and of posts that changed hands.

use serde::{Deserialize, Serialize};

use super::LoadedBecause;
use crate::domain::names::{PayloadName, PersonId, UnitId};
use crate::time::Timestamp;

/// The employee register was read: its hash, what it says otherwise than the one before, and a sealed copy. Of people
/// there are numbers alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffLoaded {
    /// The hash of its file; none where there is no register any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// That of the one kept before, with which it is compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// What made the daemon read it.
    pub why: LoadedBecause,
    /// As which user of the machine the daemon runs.
    pub user: u32,
    /// Who made it, as its file says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported: Option<Imported>,
    /// The register, sealed; none where there is none, or where it found no room in the vault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copy: Option<PayloadName>,
    /// What changed in all; whoever moves comes to one unit and goes from another.
    pub people: PeopleChanged,
    /// In which units anything changed; of a register with which none could be compared, those that it has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub units: Vec<UnitChanged>,
    /// How many more there was no room for.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more: u32,
}

/// Who ran an import, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// When.
    pub at: Timestamp,
    /// As which user of the machine.
    pub user: u32,
    /// As which user they had signed in there, where the kernel says so: it stays whoever they became after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<u32>,
}

/// What changed in a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitChanged {
    /// The unit.
    pub unit: UnitId,
    /// How many people there were and are, and why.
    #[serde(flatten)]
    pub people: PeopleChanged,
}

/// How many people there were and are, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PeopleChanged {
    /// How many there were; none where nobody can say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<u32>,
    /// How many there are.
    pub now: u32,
    /// Who were in no unit before.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub joined: u32,
    /// Who are in no unit any more.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left: u32,
    /// Who were in another unit before.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub came: u32,
    /// Who are in another unit from here on.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub went: u32,
    /// Who stayed, and whose name or number is another.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub edited: u32,
}

/// Somebody holds a post of a unit in which they held none before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostTaken {
    /// The unit.
    pub unit: UnitId,
    /// Who.
    pub person: PersonId,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it out so")]
const fn is_zero(count: &u32) -> bool {
    *count == 0
}
