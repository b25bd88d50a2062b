//! What follows from the outcome of a request: the next medium, another round, or the proof.

use std::time::Duration;

use super::pursuit::doubtful;
use crate::domain::bulletin::Trouble;
use crate::domain::case::ClockState;
use crate::domain::command::Rejection;
use crate::domain::decide::Draft;
use crate::domain::decide::notify::Wish;
use crate::domain::decide::receipt::kept_as;
use crate::domain::fact::{CancelledBecause, CorrectionWritten, Fact, WrittenPlanned};
use crate::domain::names::{CaseId, ChannelId, NotificationId, Recipient};
use crate::domain::notification::{
    DeliveryError, EXHAUSTED_FOR, EXHAUSTED_MAX, FailureReason, Notification, Outcome, Progress, Purpose,
    Subject,
};
use crate::domain::policy::Grade;
use crate::domain::state::Track;
use crate::time::{Now, Timestamp};

/// Between tries for an authority whose limit has passed, and for a person after an hour: pursued, but not without
/// measure.
pub(super) const PURSUIT: Duration = Duration::from_mins(15);
/// A call in which no key was pressed goes again after this, and not while its key may still be pressed.
const NO_KEY: Duration = Duration::from_mins(2);
/// A refusal that a person must put right (an address, a credential) is tried again at this pace.
const MENDABLE: Duration = Duration::from_mins(5);

impl Draft<'_> {
    /// Nothing was heard of a request by its time.
    pub(in crate::domain::decide) fn attempt_over(&mut self, id: &NotificationId) {
        let under_way = self.state.track(id).is_some_and(|track| track.state == Progress::Attempting);
        if under_way {
            let outcome = Outcome::Failed(DeliveryError::Unknown { reason: FailureReason::Timeout });
            self.end(id, &outcome, self.moment());
        }
    }

    /// What became of a request. Never refused; without effect where a receipt was faster.
    pub(in crate::domain::decide) fn end_attempt(
        &mut self,
        id: &NotificationId,
        outcome: &Outcome,
        received: Now,
    ) -> Result<(), Rejection> {
        if self.state.track(id).is_none() {
            return Err(Rejection::NoSuchNotification(id.clone()));
        }
        self.end(id, outcome, received.both());
        Ok(())
    }

    pub(in crate::domain::decide) fn end(&mut self, id: &NotificationId, outcome: &Outcome, at: Timestamp) {
        let Some(lead) = self.state.track(id).cloned() else { return };
        // An answer may come after the time for it: it still says more than nobody knowing.
        let late = lead.state == Progress::Unknown && !outcome.is_unknown();
        let under_way = lead.state == Progress::Attempting || late;
        let covers = lead.covers.clone();
        let again_at = match outcome {
            Outcome::Failed(DeliveryError::Unknown { .. }) => self.again_at(&lead),
            Outcome::Accepted { .. } | Outcome::Failed(_) => None,
        };
        self.record(Fact::AttemptEnded {
            notification: id.clone(),
            covers: covers.clone(),
            outcome: on_record(outcome),
            again_at,
        });
        self.note_exhaustion(&lead, outcome);
        if !under_way {
            return;
        }
        for one in std::iter::once(id).chain(&covers) {
            match outcome {
                Outcome::Accepted { .. } => self.accepted(one, at),
                Outcome::Failed(DeliveryError::Unknown { .. }) => {
                    self.give_up_if_spent(one);
                    self.give_up_in_doubt(one);
                }
                Outcome::Failed(error) => self.refused(one, error),
            }
        }
        if let Outcome::Accepted { provider_id: Some(provider) } = outcome {
            self.claim_kept(id, provider);
        }
    }

    /// A channel without money or quota is told to the operators; one that takes a message has some again.
    fn note_exhaustion(&mut self, track: &Track, outcome: &Outcome) {
        let Some(attempt) = track.attempts.last() else { return };
        let trouble = Trouble::ChannelExhausted(attempt.channel.clone());
        match outcome {
            Outcome::Failed(DeliveryError::Exhausted { .. }) => self.note_trouble(&trouble),
            Outcome::Accepted { .. } => self.end_trouble(&trouble),
            Outcome::Failed(
                DeliveryError::Transient { .. }
                | DeliveryError::Permanent { .. }
                | DeliveryError::Unknown { .. },
            ) => {}
        }
    }

    /// A call that nobody pressed a key in goes again in its turn.
    pub(in crate::domain::decide) fn again_unless_proved(&mut self, track: &Track) {
        let notification = &track.notification;
        let (Some(case), Some(index)) = (notification.subject.case().cloned(), notification.clock) else {
            return;
        };
        let Some(clock) = self.clock(&case, index) else { return };
        if clock.phone.proof.is_none() && clock.owes() {
            let pause = if self.moment() >= clock.due { PURSUIT } else { NO_KEY };
            self.daemon_call_if_silent(&case, index, self.moment() + pause);
        }
    }

    /// The pause after a failure: doubling, with jitter from the notification's id; slower once the limit is past.
    pub(super) fn pause(&self, notification: &Notification, channel: &ChannelId, failures: u32) -> Duration {
        let (least, most) = self
            .directory
            .channel(channel)
            .map_or((Duration::from_secs(2), Duration::from_mins(1)), |rules| {
                (rules.pause_at_least, rules.pause_at_most)
            });
        let doubled = least.saturating_mul(2_u32.saturating_pow(failures.min(20))).min(most);
        let letters = notification.id.as_str().bytes().map(u32::from).sum::<u32>();
        let jitter = doubled / 10 * (letters % 10) / 10;
        let clock = notification.subject.case().and_then(|case| self.clock(case, notification.clock?));
        let to_authority = matches!(notification.to, Recipient::Authority(_));
        let patient = notification.purpose == Purpose::Head
            || to_authority && clock.is_some_and(|clock| self.moment() >= clock.due);
        let past = patient && failures >= 3;
        let pause = doubled + jitter;
        if past { pause.max(PURSUIT) } else { pause }
    }

    /// The provider took it.
    fn accepted(&mut self, id: &NotificationId, at: Timestamp) {
        let Some(track) = self.state.track(id).cloned() else { return };
        let notification = &track.notification;
        match &notification.to {
            Recipient::Authority(id) => self.end_trouble(&Trouble::AuthorityNotReached(id.clone())),
            Recipient::Person(id) => self.end_trouble(&Trouble::PersonNotReached(id.clone())),
            Recipient::Robot(id) => self.end_trouble(&Trouble::GroupNotReached(id.clone())),
        }
        self.notice_arrived(id);
        let (Some(case), Some(clock)) = (notification.subject.case(), notification.clock) else { return };
        match notification.purpose {
            Purpose::Written => self.written_accepted(case, clock, id, at),
            Purpose::Correction => {
                if let Recipient::Authority(authority) = &notification.to {
                    let number = notification.step.parse().ok();
                    let (case, authority) = (case.clone(), authority.clone());
                    let written = CorrectionWritten { case, authority, number, at };
                    self.record(Fact::CorrectionWritten(Box::new(written)));
                }
            }
            Purpose::Telephone => {
                self.graded(&case.clone(), clock, (Grade::Accepted, at));
                self.again_unless_proved(&track);
            }
            Purpose::Alert
            | Purpose::Handover
            | Purpose::Relieved
            | Purpose::Warning
            | Purpose::Breach
            | Purpose::Reminder
            | Purpose::Missed
            | Purpose::Met
            | Purpose::Withdrawn
            | Purpose::SignIn
            | Purpose::Test
            | Purpose::Operator
            | Purpose::Head
            | Purpose::FormDue
            | Purpose::FormOverdue
            | Purpose::FormsMissing
            | Purpose::LapseNotice
            | Purpose::FormDoubted
            | Purpose::Absence
            | Purpose::Shift => {}
        }
    }

    /// A call to an authority got this far; it is the proof where the policy is content with it.
    pub(in crate::domain::decide) fn graded(
        &mut self,
        case: &CaseId,
        index: u32,
        (grade, at): (Grade, Timestamp),
    ) {
        let Some(known) = self.state.case(case).cloned() else { return };
        let Some(clock) = known.clock(index).cloned() else { return };
        if clock.phone.grade < Some(grade) {
            self.record(Fact::TelephoneGraded { case: case.clone(), clock: index, grade });
            self.correct_late(case, index);
        }
        let enough = self.clock_rules(&known, &clock).is_some_and(|rules| grade >= rules.phone.proof);
        if enough && clock.state != ClockState::Withdrawn {
            self.telephone_proved(case, index, at, ((grade, None), None));
        }
    }

    /// It was not taken: the next medium at once, and another round where a later try may be taken.
    pub(in crate::domain::decide) fn refused(&mut self, id: &NotificationId, error: &DeliveryError) {
        let Some(track) = self.state.track(id).cloned() else { return };
        self.next_medium(&track, self.moment());
        if !matches!(track.notification.to, Recipient::Authority(_)) {
            self.pursue(&track, error);
            return;
        }
        self.give_up_if_spent(id);
        let notification = track.notification.clone();
        if self.is_spent(&notification) || self.unwanted(&notification).is_some() {
            return;
        }
        let Some(turn) = self.next_turn(&track, error) else { return };
        if let (Purpose::Telephone, Some(case)) = (notification.purpose, notification.subject.case()) {
            // The round that waited for a key to be pressed is overtaken by this one.
            self.cancel(&case.clone(), CancelledBecause::Overtaken, |other| {
                other.purpose == Purpose::Telephone && other.clock == notification.clock
            });
        }
        let (to, medium) = (notification.to.clone(), notification.medium);
        let wish = Wish { failures: turn.failures, tried: turn.tried, ..Wish::again(&notification) };
        let next = self.plan(&notification.subject, notification.purpose, (&to, medium), turn.at, wish);
        self.carry_report(&notification, &next);
    }

    /// When another round by the same channel begins, if one does.
    pub(super) fn retry_at(&self, track: &Track, error: &DeliveryError) -> Option<Timestamp> {
        let notification = &track.notification;
        let attempt = track.attempts.last()?;
        let to_authority = matches!(notification.to, Recipient::Authority(_));
        let pause = if to_authority {
            let pause = self.pause(notification, &attempt.channel, notification.failures);
            (!self.is_spent(notification)).then_some(pause)?
        } else {
            self.pursuit_pause(track, &attempt.channel, doubtful(error, track))?
        };
        let pause = match error {
            DeliveryError::Transient { retry_after, .. } => {
                retry_after.map_or(pause, |after| after.max(pause))
            }
            DeliveryError::Exhausted { until, .. } => {
                let until = until.unwrap_or(EXHAUSTED_FOR).min(EXHAUSTED_MAX);
                // What nothing else tells asks again soon, whatever time the provider named.
                let until = if self.is_urgent_last(notification) { until.min(EXHAUSTED_FOR) } else { until };
                until.max(pause)
            }
            DeliveryError::Permanent { .. } => pause.max(if to_authority { MENDABLE } else { PURSUIT }),
            DeliveryError::Unknown { .. } => return None,
        };
        // The clock may have been ahead when it started.
        Some(attempt.at.min(self.moment()) + pause)
    }

    /// A report whose message begins another round is carried by that round.
    fn carry_report(&mut self, before: &Notification, next: &NotificationId) {
        if before.purpose != Purpose::Written {
            return;
        }
        let (Some(case), Some(index)) = (before.subject.case(), before.clock) else { return };
        let Some(clock) = self.clock(case, index) else { return };
        let Some(report) = clock.written.reports.iter().find(|it| it.notification == before.id) else {
            return;
        };
        self.record(Fact::WrittenPlanned(Box::new(WrittenPlanned {
            case: case.clone(),
            clock: index,
            kind: report.kind,
            number: report.number,
            continues: report.continues,
            notification: next.clone(),
            actor: report.actor.clone(),
        })));
    }

    /// Nothing was heard of a message by the end of its wait.
    pub(in crate::domain::decide) fn wait_over(&mut self, id: &NotificationId) {
        let Some(track) = self.state.track(id).cloned() else { return };
        let Some(due) = track.wait_until else { return };
        self.next_medium(&track, due);
        self.go_by_other_channel(&track, due);
    }

    /// Begins the next medium of a step for the person of a message, once, where one follows.
    pub(in crate::domain::decide) fn next_medium(&mut self, track: &Track, due: Timestamp) {
        if track.wait_until.is_none() {
            return;
        }
        let notification = &track.notification;
        self.record(Fact::WaitEnded { notification: notification.id.clone(), due });
        let (Some(place), Subject::Case(case)) = (notification.place, &notification.subject) else { return };
        // What was tried before began it then.
        if !notification.tried.is_empty() || self.unwanted(notification).is_some() {
            return;
        }
        let step = (place.plan, place.step, place.repeat);
        self.ladder(case, step, (&notification.to, Some(notification)), (due, notification.missed));
    }
}

/// An outcome as the journal has it: what a provider calls the message is any text at all.
fn on_record(outcome: &Outcome) -> Outcome {
    match outcome {
        Outcome::Accepted { provider_id } => {
            let name = provider_id.as_deref().map(|word| kept_as(word).to_string());
            Outcome::Accepted { provider_id: name }
        }
        Outcome::Failed(_) => outcome.clone(),
    }
}
