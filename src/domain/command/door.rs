//! What the daemon finds at its own door.

use crate::domain::names::{Actor, PayloadName};
use crate::time::Timestamp;

/// What became of it when the daemon asked for itself at its public address, as everybody outside does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DoorProbe {
    /// The address, by its hash.
    pub door: String,
    /// How often in a row nobody answered, or somebody else did; 0 where the daemon itself did.
    pub failed: u32,
    /// When the daemon answered last before that, since it started.
    pub last: Option<Timestamp>,
}

/// Somebody says when nothing will get in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Maintain {
    /// They announce it.
    Announce {
        /// Who.
        actor: Actor,
        /// From when; at once where it is not said, or is past.
        from: Option<Timestamp>,
        /// Until when.
        until: Timestamp,
        /// Why, sealed.
        reason: PayloadName,
    },
    /// It is over before its time, or will not be.
    End {
        /// Who.
        actor: Actor,
        /// What it goes by.
        maintenance: u64,
    },
}
