//! What failed at providers: of the messages of a case, and of those that asked for a report.

use super::State;
use crate::domain::case::Case;
use crate::domain::fact::{Proof, Span};
use crate::domain::names::{PersonId, Recipient};
use crate::domain::notification::{Attempt, FailureReason, Notification, Progress, Purpose};
use crate::time::Timestamp;

/// Attempts that failed at a provider: from the first to the last of them, and whether they were all.
pub(crate) struct Failed {
    pub(crate) span: Span,
    pub(crate) every: bool,
}

impl State {
    /// What failed at a provider of the attempts before an instant to bring a proof.
    pub(crate) fn trouble_at_authority(
        &self,
        case: &Case,
        (index, proof): (u32, Proof),
        before: Timestamp,
    ) -> Option<Failed> {
        let purpose = match proof {
            Proof::Telephone => Purpose::Telephone,
            Proof::Written => Purpose::Written,
        };
        self.trouble(case, before, |it| it.clock == Some(index) && it.purpose == purpose)
    }

    /// Nothing reached the person who was to act, and they did nothing that shows they knew.
    pub(crate) fn trouble_at_person(
        &self,
        case: &Case,
        person: &PersonId,
        before: Timestamp,
    ) -> Option<Failed> {
        let acted = case.timeline.iter().any(|it| it.actor.as_ref().is_some_and(|actor| actor.by == *person));
        let to = Recipient::Person(person.clone());
        self.trouble(case, before, |it| it.to == to).filter(|trouble| trouble.every && !acted)
    }

    fn trouble(
        &self,
        case: &Case,
        before: Timestamp,
        pick: impl Fn(&Notification) -> bool,
    ) -> Option<Failed> {
        let tracks = case.notifications.iter().filter_map(|id| self.track(id));
        let attempts: Vec<&Attempt> = tracks
            .filter(|track| pick(&track.notification))
            .flat_map(|track| track.attempts.iter().filter(|attempt| attempt.at < before))
            // What the daemon's own end cut off is no failure of a provider, and no success.
            .filter(|attempt| attempt.failure != Some(FailureReason::Interrupted))
            .collect();
        let failed =
            || attempts.iter().filter(|attempt| attempt.failed_at_provider()).map(|attempt| attempt.at);
        let span = Span { from: failed().min()?, to: failed().max()? };
        Some(Failed { span, every: attempts.iter().all(|attempt| attempt.failed_at_provider()) })
    }
}

impl Attempt {
    /// Whether it failed at a provider.
    pub(crate) const fn failed_at_provider(&self) -> bool {
        let failed = matches!(self.state, Progress::Refused | Progress::Unknown);
        // Nobody picking up, and somebody else picking up, is what the called party did.
        let theirs =
            matches!(self.failure, None | Some(FailureReason::NoAnswer | FailureReason::WrongPerson));
        failed && !theirs
    }
}
