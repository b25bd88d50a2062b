//! How the filling in of a report began: what speaks for a filer whom the way to the door held up (M18).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// A form that was opened longer ago, or a first try that lies further back, has nothing to do with the report.
pub const BEGUN_WITHIN: Duration = Duration::from_hours(24);

/// When a report was begun, as far as that is known. It is there for people to look at: a report counts from when its
/// last byte came, whatever is said here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    /// When its filer was shown the form, by a stamp that the daemon had signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened_at: Option<Timestamp>,
    /// When its filer says that they tried to send it first: a claim, and nothing proves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed_try_at: Option<Timestamp>,
}

impl Begun {
    /// Whether nothing is known.
    #[must_use]
    pub const fn is_unknown(&self) -> bool {
        self.opened_at.is_none() && self.claimed_try_at.is_none()
    }

    /// What of it can be true of a report that came at an instant.
    #[must_use]
    pub fn before(self, received: Timestamp) -> Self {
        let fits = |at: &Timestamp| *at <= received && received.since(*at) <= BEGUN_WITHIN;
        Self { opened_at: self.opened_at.filter(fits), claimed_try_at: self.claimed_try_at.filter(fits) }
    }
}
