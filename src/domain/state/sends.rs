//! What is to be sent, by whom it goes to; and how a message leaves memory.

use super::State;
use crate::domain::names::{Medium, NotificationId, Recipient};
use crate::domain::schedule::Due;
use crate::time::Timestamp;

impl State {
    /// Sends to one recipient by one medium, in order.
    pub fn sends_of(
        &self,
        to: &Recipient,
        medium: Medium,
    ) -> impl Iterator<Item = (Timestamp, &NotificationId)> {
        let first = (to.clone(), medium, Timestamp::MIN, NotificationId::new(""));
        let same =
            self.sends_to.range(first..).take_while(move |(other, by, _, _)| other == to && *by == medium);
        same.map(|(_, _, at, id)| (*at, id))
    }

    /// Takes a notification out of memory, with everything that points to it.
    pub(crate) fn forget_track(&mut self, id: &NotificationId) {
        let Some(track) = self.notifications.get(id).cloned() else { return };
        self.with_track(id, |track| {
            track.send_at = None;
            track.wait_until = None;
        });
        if let Some(attempt) = track.attempts.last() {
            self.due_remove(attempt.until, Due::Attempt(id.clone()));
        }
        for name in &track.provider_names {
            self.provider_names.remove_mut(name);
        }
        self.notifications.remove_mut(id);
    }
}
