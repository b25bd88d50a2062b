//! In which time what was in nobody's power could hinder a report.

use std::time::Duration;

use super::Period;
use crate::domain::fact::Span;
use crate::time::Timestamp;

/// The last part of a slot's time: a door that was closed in it moves the due instant, and by how much (M19).
pub(crate) const LAST_PART: Duration = Duration::from_mins(30);

impl Period {
    /// From the last part of its time until a report came, or was missing.
    pub(crate) fn hindered_in(&self, until: Timestamp) -> Span {
        Span { from: self.opened.due - LAST_PART, to: until.max(self.due) }
    }
}
