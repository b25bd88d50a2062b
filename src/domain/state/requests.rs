//! People at the door: who is signing in, or has a test under way, and who is signed in.

use serde::{Deserialize, Serialize};

use crate::domain::names::{Medium, NotificationId, PersonId};
use crate::time::Timestamp;

/// Somebody signing in, or a test under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Who.
    pub person: PersonId,
    /// By which medium the code went; `None` for a test.
    pub medium: Option<Medium>,
    /// When it was asked.
    pub at: Timestamp,
    /// How long it holds.
    pub until: Timestamp,
    /// Wrong codes typed.
    pub tries: u32,
    /// The code has been used, or went to somebody else.
    pub used: bool,
    /// The messages that carry it; they leave memory with it.
    #[serde(default)]
    pub notifications: Vec<NotificationId>,
}

/// Somebody who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Who.
    pub person: PersonId,
    /// Until when.
    pub until: Timestamp,
    /// By which medium the code went that opened it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub medium: Option<Medium>,
}
