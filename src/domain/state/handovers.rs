//! Handovers of duty that were signed lately, or wait for the second signature (S20).
//!
//! **Invariant.** Of one duty one handover waits at most: whoever offers another takes the former one back.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::State;
use crate::domain::directory::Directory;
use crate::domain::fact::{ShiftOffered, ShiftTaken, Span};
use crate::domain::names::{DutyRole, PersonId};
use crate::domain::slot::KEPT;
use crate::time::Timestamp;

/// So many are remembered.
const REMEMBERED_MAX: usize = 100;

/// A handover of duty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handover {
    /// When whoever goes signed.
    pub at: Timestamp,
    /// What they signed.
    pub offered: ShiftOffered,
    /// When and by whom it was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken: Option<Taken>,
    /// Another one came in its place before it was taken.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replaced: bool,
}

/// The second signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// When.
    pub at: Timestamp,
    /// What they signed.
    pub signed: ShiftTaken,
}

impl Handover {
    /// Whether it waits for the second signature.
    #[must_use]
    pub const fn waits(&self) -> bool {
        self.taken.is_none() && !self.replaced
    }
}

/// Whoever was on duty hands over for as long after it.
const LATE_BY: Duration = Duration::from_hours(4);

impl State {
    /// Whether somebody hands a duty over at an instant: they are on duty, or were until lately.
    #[must_use]
    pub fn may_hand_over(
        &self,
        directory: &Directory,
        role: &DutyRole,
        (person, now): (&PersonId, Timestamp),
    ) -> bool {
        let lately = Span { from: now - LATE_BY, to: now };
        directory.was_on_duty(role, lately, |at| self.holds_duty(directory, role, (person, at)))
    }

    /// Somebody who goes off duty signed. What is long over is forgotten.
    pub(crate) fn shift_offered(&mut self, (handover, now): (u64, Timestamp), it: &ShiftOffered) {
        let before = self.handovers.iter().filter(|(_, known)| known.at + KEPT <= now);
        let mut over: Vec<u64> = before.map(|(id, _)| *id).collect();
        let left = self.handovers.size().saturating_sub(over.len());
        let known = self.handovers.keys().filter(|id| !over.contains(id));
        let full: Vec<u64> = known.take((left + 1).saturating_sub(REMEMBERED_MAX)).copied().collect();
        over.extend(full);
        for id in over {
            self.handovers.remove_mut(&id);
        }
        let same = |known: &Handover| known.offered.role == it.role && known.waits();
        let former = self.handovers.iter().find(|(_, known)| same(known)).map(|(id, _)| *id);
        if let Some(former) = former.and_then(|id| self.handovers.get_mut(&id)) {
            Arc::make_mut(former).replaced = true;
        }
        let offered = Handover { at: now, offered: it.clone(), taken: None, replaced: false };
        self.handovers.insert_mut(handover, Arc::new(offered));
    }

    /// Whoever comes on duty signed too.
    pub(crate) fn shift_taken(&mut self, now: Timestamp, it: &ShiftTaken) {
        if let Some(known) = self.handovers.get_mut(&it.handover) {
            Arc::make_mut(known).taken = Some(Taken { at: now, signed: it.clone() });
        }
    }
}
