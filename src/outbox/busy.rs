//! What the outbox passes over at this moment: what is being asked for, was refused, or met a fault of our own.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::domain::names::NotificationId;
use crate::domain::{Proposal, State};

use crate::time::{Asides, Timestamp};

/// What is passed over; clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Busy(Arc<Mutex<Sets>>);

/// The sets themselves, while they are looked at.
#[derive(Debug, Default)]
pub(super) struct Sets {
    /// Being asked for.
    asking: BTreeSet<NotificationId>,
    /// Refused since the last tick.
    refused: BTreeSet<NotificationId>,
    /// What could not be written or asked for by a fault of our own.
    aside: Asides<NotificationId>,
}

impl Busy {
    /// A second has passed: what was refused is asked for again, and what is no more is forgotten.
    pub(super) fn tick(&self, state: &State) {
        let mut sets = self.sets();
        sets.refused.clear();
        sets.aside.keep(|id| state.track(id).is_some());
    }

    /// From here on it is being asked for, with what goes along: asked for by itself and heard first, that would ring
    /// the person twice.
    pub(super) fn begin(&self, proposal: &Proposal) {
        self.sets().asking.extend(proposal.all().cloned());
    }

    /// What came of asking.
    pub(super) fn end(&self, proposal: &Proposal, granted: bool) {
        let mut sets = self.sets();
        for id in proposal.all() {
            sets.asking.remove(id);
            if granted {
                sets.aside.forget(id);
            }
        }
        if !granted {
            sets.refused.insert(proposal.notification.clone());
        }
    }

    /// Asking met a fault: all that the message says is put aside, for it may be any of it; for how long.
    pub(super) fn put_aside(&self, proposal: &Proposal, steady: Timestamp) -> Duration {
        let mut sets = self.sets();
        let mut longest = Duration::ZERO;
        for id in proposal.all() {
            sets.asking.remove(id);
            longest = longest.max(sets.aside.put(id.clone(), steady));
        }
        longest
    }

    pub(super) fn sets(&self) -> MutexGuard<'_, Sets> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sets {
    /// Whether it is passed over at this instant.
    pub(super) fn has(&self, id: &NotificationId, steady: Timestamp) -> bool {
        self.asking.contains(id) || self.refused.contains(id) || self.aside.waits(id, steady)
    }

    /// What met a fault goes by itself, so that it keeps nothing else from going; save what goes again under a key that
    /// went out, which says what it said then.
    pub(super) fn apart(&self, state: &State, proposal: Proposal) -> Proposal {
        let id = &proposal.notification;
        let again = state.track(id).is_some_and(|track| track.went_as(id));
        if again || proposal.all().all(|id| !self.aside.knows(id)) {
            return proposal;
        }
        Proposal { covers: Vec::new(), ..proposal }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::names::ChannelId;

    fn proposal(all: [&str; 3]) -> Proposal {
        let [notification, first, second] = all.map(NotificationId::new);
        Proposal { notification, covers: vec![first, second], channel: ChannelId::new("sms"), address: 0 }
    }

    #[test]
    fn what_met_a_fault_in_a_message_with_others_goes_by_itself_until_it_has_gone() {
        let at = Timestamp::from_millis(0);
        let (busy, together) = (Busy::default(), proposal(["a", "b", "c"]));
        busy.begin(&together);
        let pause = busy.put_aside(&together, at);
        assert!(together.all().all(|id| busy.sets().has(id, at) && !busy.sets().has(id, at + pause)));
        let state = State::default();
        let alone = busy.sets().apart(&state, together.clone());
        assert_eq!((&alone.notification, alone.covers.len()), (&together.notification, 0));
        // The other two are told apart as well, and a third that met none does not go with one that did.
        let others = |all| busy.sets().apart(&state, proposal(all)).covers.len();
        assert_eq!(others(["d", "b", "e"]), 0);
        assert_eq!(others(["d", "e", "f"]), 2);
        busy.end(&alone, true);
        busy.end(&proposal(["b", "c", "c"]), true);
        assert_eq!(busy.sets().apart(&state, together.clone()), together);
    }
}
