//! Who is away, as somebody says.

use crate::domain::fact::AbsenceRecorded;
use crate::domain::names::{Actor, PersonId};

/// Somebody says that a person is away, or back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Absent {
    /// They are, or will be; from now on, where it says an instant that is past.
    Record(AbsenceRecorded),
    /// They are back before their time, or will not be away.
    End {
        /// What it goes by.
        absence: u64,
        /// Who says so.
        actor: Actor,
        /// Whose it must be; anybody's, where the office says so.
        of: Option<PersonId>,
    },
}
