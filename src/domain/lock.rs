//! Wrong codes: how many were typed by one way, and until when nothing more is taken that comes by it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::names::CaseId;
use crate::time::Timestamp;

/// So many wrong codes lock.
const TRIES_MAX: usize = 6;
/// Wrong codes count together for this long, and lock for as long.
const WINDOW: Duration = Duration::from_mins(10);

/// How a code came: who guesses by one way locks nobody out who comes by another.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodeWay {
    /// With the mobile number of whoever types it, which anybody can type.
    #[default]
    Number,
    /// Behind a link about this case, which only its reader has.
    Link(CaseId),
}

impl CodeWay {
    /// The case that the link is about.
    #[must_use]
    pub const fn case(&self) -> Option<&CaseId> {
        match self {
            Self::Link(case) => Some(case),
            Self::Number => None,
        }
    }
}

/// Wrong codes typed by one way.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Lock {
    /// When, in the last minutes.
    pub tries: Vec<Timestamp>,
    /// Nothing is accepted until then.
    pub until: Option<Timestamp>,
}

impl Lock {
    /// Until when nothing is taken, where that is so at this instant.
    #[must_use]
    pub fn locked_at(&self, at: Timestamp) -> Option<Timestamp> {
        self.until.filter(|until| at < *until)
    }

    /// Until when one more wrong code at this instant locks; `None` where it does not.
    #[must_use]
    pub fn would_lock(&self, at: Timestamp) -> Option<Timestamp> {
        let recent = self.tries.iter().filter(|tried| at.since(**tried) < WINDOW).count();
        (recent + 1 >= TRIES_MAX).then(|| at + WINDOW)
    }

    /// One more wrong code, and whether it locks.
    pub fn note(&mut self, at: Timestamp, locked_until: Option<Timestamp>) {
        self.tries.retain(|tried| at.since(*tried) < WINDOW);
        self.tries.push(at);
        self.until = locked_until;
        if locked_until.is_some() {
            self.tries.clear();
        }
    }

    /// How many codes may still be tried after the last wrong one.
    #[must_use]
    pub fn tries_left(&self) -> usize {
        TRIES_MAX.saturating_sub(self.tries.len())
    }
}
