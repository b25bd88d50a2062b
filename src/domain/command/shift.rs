//! A handover of duty, as each of the two signs it.

use crate::domain::names::{Actor, DutyRole, PayloadName, PersonId};

/// Somebody signs a handover of duty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shift {
    /// Whoever goes.
    Offer {
        /// The duty.
        role: DutyRole,
        /// Who goes.
        actor: Actor,
        /// Who comes; whoever is next by the roster, where nobody is named.
        to: Option<PersonId>,
        /// What they write beside it, sealed.
        note: Option<PayloadName>,
    },
    /// Whoever comes.
    Take {
        /// What it goes by.
        handover: u64,
        /// Who comes.
        actor: Actor,
    },
}
