//! Receipts: what a provider tells of a message later, and the keys people press. Never refused.

use std::time::Duration;

use super::Draft;
use crate::domain::case::{ClockState, Correction};
use crate::domain::command::{Receipt, Rejection};
use crate::domain::fact::{CorrectionWritten, Fact, ReceiptKept, ReceiptTaken, WrongNumber};
use crate::domain::names::{Actor, CaseId, NotificationId, Recipient, Via};
use crate::domain::notification::{
    DeliveryError, Digit, FailureReason, Notification, Progress, Purpose, ReceiptState, short_hash,
};
use crate::domain::policy::Grade;
use crate::domain::state::Track;
use crate::time::Timestamp;

/// A receipt that matches nothing yet is kept for this long.
const KEPT_FOR: Duration = Duration::from_hours(24);
/// So many of them are kept at most; those beyond it leave nothing.
const KEPT_MAX: usize = 10_000;
/// The authority asked to be rung later: by the daemon, in so long.
const LATER: Duration = Duration::from_mins(8);

/// How a message is known by a provider's word for it: whatever a caller or an answer wrote there, a telephone number
/// even, stays out of the journal, and a receipt and an answer with the same word still find each other.
pub(super) fn kept_as(key: &str) -> NotificationId {
    NotificationId::new(&short_hash(&["receipt", key]))
}

impl Draft<'_> {
    pub(super) fn take_receipt(&mut self, receipt: &Receipt) {
        let names = &self.state.provider_names;
        // A journal of before may have the word itself.
        let known = names.get(&kept_as(receipt.key.as_str())).or_else(|| names.get(&receipt.key));
        let key = known.unwrap_or(&receipt.key).clone();
        let Some(track) = self.state.track(&key).cloned() else {
            self.keep_receipt(receipt);
            return;
        };
        // A digit is taken only from a message that went out, and by the channel it went by.
        let placed = track.attempts.iter().any(|attempt| attempt.channel == receipt.channel);
        let effect = placed && has_effect(&track, receipt.state, receipt.digit);
        let told = self.told_by(&key, &track, (receipt.state, receipt.digit));
        self.record(Fact::ReceiptTaken(Box::new(ReceiptTaken {
            notification: key,
            state: receipt.state,
            digit: receipt.digit,
            at: receipt.at,
            effect,
        })));
        if effect {
            for id in &told {
                self.follow(id, (receipt.state, receipt.digit), receipt.received.both());
            }
        }
    }

    fn keep_receipt(&mut self, receipt: &Receipt) {
        let key = kept_as(receipt.key.as_str());
        let known = self.state.kept_receipts.get(&key).cloned();
        if known.as_ref().is_some_and(|known| known.channel != receipt.channel) {
            return;
        }
        if known.is_none() && self.state.kept_receipts.size() >= KEPT_MAX {
            return;
        }
        // Of several the furthest counts, and a key that was pressed.
        let state = receipt.state.max(known.as_ref().and_then(|known| known.state));
        let digit = receipt.digit.or_else(|| known.as_ref().and_then(|known| known.digit));
        if known.as_ref().is_some_and(|known| (known.state, known.digit) == (state, digit)) {
            return;
        }
        let until = known.map_or_else(|| self.moment() + KEPT_FOR, |known| known.until);
        self.record(Fact::ReceiptKept(Box::new(ReceiptKept {
            key,
            channel: receipt.channel.clone(),
            state,
            digit,
            received: receipt.received.both(),
            until,
        })));
    }

    /// The answer to a send names it: a receipt that was faster finds its message.
    pub(super) fn claim_kept(&mut self, id: &NotificationId, provider: &str) {
        let kept = &self.state.kept_receipts;
        // A journal of before may have kept it under the word itself.
        let mut keys = [kept_as(provider), NotificationId::new(provider)].into_iter();
        let Some(key) = keys.find(|key| kept.get(key).is_some()) else { return };
        let Some(kept) = kept.get(&key).cloned() else { return };
        let Some(track) = self.state.track(id).cloned() else { return };
        if track.attempts.last().is_none_or(|attempt| attempt.channel != kept.channel) {
            return;
        }
        let due = crate::domain::schedule::Due::KeptReceipt(key);
        self.record(Fact::DuePassed { due });
        let effect = has_effect(&track, kept.state, kept.digit);
        let told = self.told_by(id, &track, (kept.state, kept.digit));
        self.record(Fact::ReceiptTaken(Box::new(ReceiptTaken {
            notification: id.clone(),
            state: kept.state,
            digit: kept.digit,
            at: None,
            effect,
        })));
        if effect {
            for one in &told {
                self.follow(one, (kept.state, kept.digit), kept.received);
            }
        }
    }

    /// Of a message and those it says as well, which a receipt tells anything new of: one of them may have got further
    /// by itself.
    fn told_by(
        &self,
        id: &NotificationId,
        track: &Track,
        what: (Option<ReceiptState>, Option<Digit>),
    ) -> Vec<NotificationId> {
        let news = |id: &&NotificationId| {
            self.state.track(id).is_some_and(|track| has_effect(track, what.0, what.1))
        };
        std::iter::once(id).chain(&track.covers).filter(news).cloned().collect()
    }

    fn follow(&mut self, id: &NotificationId, what: (Option<ReceiptState>, Option<Digit>), at: Timestamp) {
        let Some(track) = self.state.track(id).cloned() else { return };
        match (&track.notification.to, what.1) {
            (Recipient::Person(person), Some(digit)) => {
                let person = person.clone();
                self.person_pressed(&track, &person, digit);
            }
            (Recipient::Authority(_), Some(digit)) => self.authority_pressed(&track, digit, at),
            (_, None) => self.progressed(&track, what.0, at),
            (Recipient::Robot(_), Some(_)) => {}
        }
    }

    fn person_pressed(&mut self, track: &Track, person: &crate::domain::names::PersonId, digit: Digit) {
        if digit == Digit::WrongPerson {
            // Whatever the call was about.
            self.wrong_address(person, track.notification.medium, None);
            return;
        }
        let Some(case) = track.notification.subject.case().cloned() else { return };
        let actor = Actor { by: person.clone(), via: Via::Digit };
        // What the state refuses (a case closed meanwhile) leaves the receipt on record, without more.
        let done = match digit {
            Digit::Take => self.take_or_know(&case, &actor),
            Digit::Confirm => self.confirm(&case, &actor),
            Digit::Pass => self.pass(&case, &actor, None),
            Digit::WrongPerson => Ok(()),
        };
        drop(done);
    }

    /// A key asks nothing back: what somebody else handles by then is not taken from them. Who pressed knows of it, and
    /// hears whose it is, for the call has just said that it is theirs.
    fn take_or_know(&mut self, case: &CaseId, actor: &Actor) -> Result<(), Rejection> {
        match self.take(case, actor, false) {
            Err(Rejection::HandledBy(handler)) => {
                self.confirm(case, actor)?;
                self.relieve(case, &actor.by, &handler);
                Ok(())
            }
            taken => taken,
        }
    }

    fn authority_pressed(&mut self, track: &Track, digit: Digit, at: Timestamp) {
        let notification = &track.notification;
        let (Some(case), Some(clock)) = (notification.subject.case().cloned(), notification.clock) else {
            return;
        };
        let found = self.clock(&case, clock);
        let withdrawn = found.as_ref().is_none_or(|clock| clock.state == ClockState::Withdrawn);
        // Nobody is rung again about what is owed no more.
        let owed = found.is_some_and(|clock| clock.owes() && clock.phone.proof.is_none());
        match digit {
            Digit::Take => {
                if notification.purpose == Purpose::Telephone && !withdrawn {
                    self.telephone_proved(&case, clock, at, ((Grade::Person, None), None));
                }
                self.correct_late(&case, clock);
            }
            // They want the officer: whoever is there to be rung is rung at once.
            Digit::Confirm => {
                self.graded(&case, clock, (Grade::Heard, at));
                self.ring_officer(&case);
            }
            Digit::Pass => {
                self.graded(&case, clock, (Grade::Heard, at));
                if owed {
                    self.daemon_calls(&case, clock, (self.moment() + LATER, notification.failures));
                }
            }
            Digit::WrongPerson => {
                let rung = track.attempts.last();
                self.record(Fact::AddressWrong(WrongNumber {
                    case: case.clone(),
                    clock,
                    address: rung.map_or(0, |attempt| attempt.address),
                    number: rung.and_then(|attempt| attempt.number.clone()),
                }));
                if owed {
                    self.daemon_calls(&case, clock, (self.moment(), notification.failures));
                }
            }
        }
    }

    fn ring_officer(&mut self, case: &CaseId) {
        let handler =
            self.state.case(case).and_then(|case| case.handler.clone()).map(|handler| handler.person);
        if let Some(person) = handler.or_else(|| self.on_duty("officer")) {
            self.tell_of(case, &person);
        }
    }

    /// How far a message got, without a key.
    fn progressed(&mut self, track: &Track, state: Option<ReceiptState>, at: Timestamp) {
        let notification = track.notification.clone();
        match state {
            Some(ReceiptState::Answered | ReceiptState::Heard) => {
                self.arrived(&notification, at);
                let grade = if state == Some(ReceiptState::Heard) { Grade::Heard } else { Grade::Answered };
                if let (Purpose::Telephone, Some(case), Some(clock)) =
                    (notification.purpose, notification.subject.case(), notification.clock)
                {
                    self.graded(&case.clone(), clock, (grade, at));
                    // Nobody pressed a key: the call goes again in its turn.
                    self.again_unless_proved(track);
                }
            }
            Some(ReceiptState::Failed) => {
                match (notification.purpose, notification.subject.case(), notification.clock) {
                    (Purpose::Written, Some(case), Some(clock)) => {
                        self.written_returned(&case.clone(), clock, &notification.id);
                    }
                    (Purpose::Correction, Some(case), _) => {
                        self.correction_returned(&case.clone(), &notification);
                    }
                    _ => {}
                }
                let error = DeliveryError::Transient { reason: FailureReason::NoAnswer, retry_after: None };
                self.refused(&notification.id, &error);
            }
            Some(ReceiptState::Delivered) => self.arrived(&notification, at),
            None => {}
        }
        self.notice_arrived(&notification.id);
    }

    /// A receipt that was faster than the answer to the send: what arrived was taken.
    fn arrived(&mut self, notification: &Notification, at: Timestamp) {
        let Some(case) = notification.subject.case().and_then(|id| self.state.case(id)).cloned() else {
            return;
        };
        let clock = notification.clock.and_then(|index| Some((index, case.clock(index)?)));
        match (notification.purpose, &notification.to, clock) {
            (Purpose::Written, _, Some((index, clock))) => {
                let mut reports = clock.written.reports.iter();
                if reports.any(|it| it.notification == notification.id && it.sent_at.is_none()) {
                    self.written_accepted(&case.id, index, &notification.id, at);
                }
            }
            (Purpose::Correction, Recipient::Authority(authority), _) => {
                let number: Option<u32> = notification.step.parse().ok();
                let owed = |it: &Correction| {
                    it.authority == *authority && it.written_at.is_none() && it.is_said_by(number)
                };
                if case.corrections.iter().any(owed) {
                    let (case, authority) = (case.id.clone(), authority.clone());
                    let written = CorrectionWritten { case, authority, number, at };
                    self.record(Fact::CorrectionWritten(Box::new(written)));
                }
            }
            _ => {}
        }
    }
}

/// Whether a receipt tells anything new: states only rise, and after an arrival a failure is only recorded. A key in a
/// call that went to somebody else's number is nobody's.
fn has_effect(track: &Track, state: Option<ReceiptState>, digit: Option<Digit>) -> bool {
    if let Some(digit) = digit {
        return !track.astray && !track.pressed.contains(&digit);
    }
    match state {
        None => false,
        Some(ReceiptState::Failed) => {
            matches!(track.state, Progress::Attempting | Progress::Unknown | Progress::Accepted)
        }
        Some(ReceiptState::Delivered) => track.state < Progress::Delivered,
        Some(ReceiptState::Answered) => track.state < Progress::Answered,
        Some(ReceiptState::Heard) => track.state < Progress::Heard,
    }
}
