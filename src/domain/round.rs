//! Rounds: what is to be done for more people or cases than one entry of the journal should hold is done for some of
//! them, and goes on at once in an entry of its own.
//!
//! An entry has a bound, and whatever else waits is decided between two of them.

use serde::{Deserialize, Serialize};

use super::slot::{PeriodId, Reminder};
use crate::time::Timestamp;

/// What goes on where it stopped.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Round {
    /// The open cases are looked at, because the daemon was armed.
    Arming,
    /// Whoever is named in a lapse is told of it.
    Lapses {
        /// When that was due.
        due: Timestamp,
    },
    /// People are reminded of what is not reported.
    Reminder {
        /// Of this period.
        period: PeriodId,
        /// By which of its reminders.
        reminder: Reminder,
        /// When that was due.
        due: Timestamp,
    },
}

/// A round stopped, and goes on at once; or it is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoundPaused {
    /// Which.
    pub round: Round,
    /// The last person or case of it, in the order of their ids; `None` where there are no more.
    pub after: Option<String>,
}

/// Where a round stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stopped {
    /// Behind whom.
    pub after: String,
    /// When.
    pub at: Timestamp,
    /// How many parts of it were done.
    pub parts: u32,
}
