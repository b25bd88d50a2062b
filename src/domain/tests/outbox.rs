//! The outbox and the providers, played by hand.

use super::World;
use crate::domain::command::{AttemptRequest, Command};
use crate::domain::fact::Fact;
use crate::domain::names::NotificationId;
use crate::domain::notification::{DeliveryError, FailureReason, Outcome};
use crate::domain::{Proposal, proposals};
use crate::time::{Now, Timestamp};

impl World {
    /// Starts everything that may go at this moment.
    pub(super) fn send(&mut self, now: Now) -> Vec<Fact> {
        let mut all = Vec::new();
        for _ in 0..200 {
            let going = proposals(&self.state, &self.directory, now, 64, &|_, _| false);
            let mut moved = false;
            for proposal in going {
                if let Ok(facts) = self.decide(&start(proposal), now) {
                    moved |= !facts.is_empty();
                    all.extend(facts);
                }
            }
            if !moved {
                return all;
            }
        }
        panic!("what goes out never ends");
    }

    /// Starts everything that may go, and has it accepted.
    pub(super) fn deliver(&mut self, now: Now) -> Vec<Fact> {
        self.deliver_to(&Outcome::Accepted { provider_id: None }, now)
    }

    /// Starts everything that may go, and every provider does the same with it.
    fn deliver_to(&mut self, outcome: &Outcome, now: Now) -> Vec<Fact> {
        let mut all = self.send(now);
        for id in self.under_way() {
            let command = Command::EndAttempt { notification: id, outcome: outcome.clone(), received: now };
            all.extend(self.decide(&command, now).unwrap());
        }
        all
    }

    /// Leads of attempts under way.
    pub(super) fn under_way(&self) -> Vec<NotificationId> {
        let open = self.planned.iter().filter(|id| {
            let lead = |(_, due): &(Timestamp, crate::domain::schedule::Due)| {
                *due == crate::domain::schedule::Due::Attempt((*id).clone())
            };
            self.state.rings.iter().any(lead)
        });
        open.cloned().collect()
    }

    /// Lives until this moment as the daemon would: every second that matters, with everything accepted.
    pub(super) fn live(&mut self, until: Now) -> Vec<Fact> {
        self.live_with(&Outcome::Accepted { provider_id: None }, until)
    }

    /// The same while every provider is away, or answers nothing that says whether it took a message.
    pub(super) fn outage(&mut self, until: Now, answer: &str) -> Vec<Fact> {
        let reason = FailureReason::Timeout;
        let error = match answer {
            "unknown" => DeliveryError::Unknown { reason },
            "permanent" => DeliveryError::Permanent { reason: FailureReason::Auth },
            _ => DeliveryError::Transient { reason, retry_after: None },
        };
        self.live_with(&Outcome::Failed(error), until)
    }

    fn live_with(&mut self, outcome: &Outcome, until: Now) -> Vec<Fact> {
        let mut all = Vec::new();
        let mut at = self.entries.last().map_or(until.wall, |(place, _)| place.at);
        for _ in 0..5_000 {
            all.extend(self.tick(Now::at(at)));
            // What follows at once goes at the same instant.
            for _ in 0..20 {
                let facts = self.deliver_to(outcome, Now::at(at));
                if facts.is_empty() {
                    break;
                }
                all.extend(facts);
            }
            all.extend(self.tick(Now::at(at)));
            let next = [self.state.rings.first(), self.state.accusations.first()]
                .into_iter()
                .flatten()
                .map(|(at, _)| *at)
                .chain(self.state.sends.iter().map(|(at, _)| *at))
                .filter(|next| *next > at)
                .min();
            match next.filter(|next| *next <= until.either()) {
                Some(next) => at = next,
                None => return all,
            }
        }
        panic!("a day has no end");
    }
}

/// The outbox asks to send what was proposed.
pub(super) fn start(proposal: Proposal) -> Command {
    Command::StartAttempt(Box::new(AttemptRequest {
        notification: proposal.notification,
        covers: proposal.covers,
        channel: proposal.channel,
        address: proposal.address,
        rendering: None,
    }))
}
