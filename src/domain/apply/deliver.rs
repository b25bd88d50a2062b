//! Notifications, attempts, receipts.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::Place;
use crate::domain::fact::{CancelledBecause, Fact, ReceiptKept, ReceiptTaken, Unreachable, WrongAddress};
use crate::domain::names::{NotificationId, Recipient};
use crate::domain::notification::{
    Attempt, DeliveryError, Digit, EXHAUSTED_FOR, EXHAUSTED_MAX, FailureReason, Outcome, Progress, Purpose,
    ReceiptState, Subject,
};
use crate::domain::schedule::Due;
use crate::domain::state::spans::extend_last;
use crate::domain::state::{KeptReceipt, State, Track, callee_key, wrong_key};
use crate::time::Timestamp;

/// The longest window of any limit.
const CALLS_KEPT: Duration = Duration::from_hours(24);
/// More starts than this to one callee are never needed to judge a limit.
const CALLS_MAX: usize = 1000;

impl State {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the caller names every fact and sorts them by family"
    )]
    #[expect(clippy::too_many_lines, reason = "one arm for each fact of the family")]
    pub(super) fn apply_delivery(&mut self, place: Place, fact: &Fact) {
        match fact {
            Fact::NotificationPlanned { notification, wait_until } => {
                let track = Track {
                    notification: (**notification).clone(),
                    state: Progress::Planned,
                    attempts: Vec::new(),
                    failed: Vec::new(),
                    send_at: None,
                    wait_until: None,
                    covers: Vec::new(),
                    pressed: BTreeSet::new(),
                    provider_names: Vec::new(),
                    astray: false,
                };
                let id = notification.id.clone();
                if let Some(case) = notification.subject.case() {
                    let known = id.clone();
                    self.with_case(case, |case| case.notifications.push(known));
                } else if let Subject::SignIn(request) | Subject::Test(request) = &notification.subject
                    && let Some(request) = self.requests.get_mut(request)
                {
                    request.notifications.push(id.clone());
                } else if let Subject::Daemon(request) = &notification.subject
                    && let Some(bulletin) = self.bulletins.get_mut(request)
                {
                    bulletin.notifications.push(id.clone());
                } else if let Subject::Period(period) = &notification.subject
                    && let Some(period) = self.periods.get_mut(period)
                {
                    Arc::make_mut(period).notifications.push(id.clone());
                }
                self.notifications.insert_mut(id.clone(), Arc::new(track));
                let (due, wait) = (notification.due, *wait_until);
                self.with_track(&id, |track| {
                    track.send_at = Some(due);
                    track.wait_until = wait;
                });
            }
            Fact::MediumSkipped { case: Some(case), to, medium, why } => {
                let unpaid = if *why == Unreachable::NoMoney { ": no channel for it has money" } else { "" };
                let what = format!("{to} cannot be reached by {medium}{unpaid}");
                self.moment(place, case, what, (None, None));
            }
            Fact::SendPostponed { notification, until, .. } => {
                self.with_track(notification, |track| track.send_at = Some(*until));
            }
            Fact::NotificationCancelled { notification, why } => {
                if *why == CancelledBecause::NotTaken {
                    self.note_not_taken(place, notification);
                }
                self.with_track(notification, |track| {
                    track.send_at = None;
                    track.wait_until = None;
                    // What went out stays what it is; only what has not is cancelled.
                    let waits = !track.state.is_settled() && track.state != Progress::Attempting;
                    if waits && (track.state == Progress::Planned || *why != CancelledBecause::NotTaken) {
                        track.state = Progress::Cancelled;
                    }
                });
            }
            Fact::WaitEnded { notification, .. } => {
                self.with_track(notification, |track| track.wait_until = None);
            }
            Fact::AttemptStarted { notification, covers, attempt } => {
                self.start_attempt(place, (notification, covers), attempt);
            }
            Fact::AttemptEnded { notification, covers, outcome, again_at } => {
                self.due_end(notification);
                self.note_money(place, notification, outcome);
                self.note_unreminded(place, (notification, covers), outcome);
                for id in std::iter::once(notification).chain(covers) {
                    self.with_track(id, |track| end_attempt(track, (outcome, place.seq), *again_at));
                    self.failed_before(place, id);
                }
                if let Outcome::Accepted { provider_id: Some(name) } = outcome {
                    self.name_track(notification, NotificationId::new(name));
                }
            }
            Fact::ReceiptTaken(it) if it.effect => {
                let ReceiptTaken { notification, state, digit, .. } = &**it;
                self.due_end(notification);
                let covers = self.notifications.get(notification).map(|track| track.covers.clone());
                for id in std::iter::once(notification).chain(covers.iter().flatten()) {
                    self.with_track(id, |track| take_receipt(track, *state, *digit));
                }
            }
            Fact::ReceiptKept(it) => {
                let ReceiptKept { key, channel, state, digit, received, until } = &**it;
                let kept = KeptReceipt {
                    state: *state,
                    digit: *digit,
                    channel: channel.clone(),
                    received: *received,
                    until: *until,
                };
                self.kept_receipts.insert_mut(key.clone(), kept);
                self.due_insert(*until, Due::KeptReceipt(key.clone()));
            }
            Fact::WrongPerson(WrongAddress { person, medium, astray, unsaid, address }) => {
                let key = wrong_key(person, *medium);
                self.wrong_persons.insert_mut(key.clone());
                if let Some(token) = address {
                    self.wrong_addresses.insert_mut(key, (person.clone(), *medium, token.clone()));
                }
                for id in astray {
                    self.with_track(id, |track| track.astray = true);
                }
                for case in unsaid {
                    self.with_case(case, |case| case.unsay(person));
                }
                self.use_up_codes(person, |by| by == *medium);
            }
            _ => {}
        }
    }

    /// Whether the channel of the last attempt has money and quota.
    fn note_money(&mut self, place: Place, id: &NotificationId, outcome: &Outcome) {
        let last = self.notifications.get(id).and_then(|track| track.attempts.last());
        let Some(channel) = last.map(|attempt| attempt.channel.clone()) else { return };
        match outcome {
            Outcome::Failed(DeliveryError::Exhausted { until, .. }) => {
                let until = place.at + until.unwrap_or(EXHAUSTED_FOR).min(EXHAUSTED_MAX);
                self.exhausted.insert_mut(channel, until);
            }
            Outcome::Accepted { .. } => {
                self.exhausted.remove_mut(&channel);
            }
            Outcome::Failed(
                DeliveryError::Transient { .. }
                | DeliveryError::Permanent { .. }
                | DeliveryError::Unknown { .. },
            ) => {}
        }
    }

    /// When messages that ask for reports failed.
    fn note_unreminded(
        &mut self,
        place: Place,
        (lead, covers): (&NotificationId, &[NotificationId]),
        outcome: &Outcome,
    ) {
        let mut tracks = std::iter::once(lead).chain(covers).filter_map(|id| self.notifications.get(id));
        let started = tracks.clone().find_map(|track| track.attempts.last()).map(|attempt| attempt.at);
        let asks = tracks.any(|track| track.notification.purpose == Purpose::FormDue);
        if asks && matches!(outcome, Outcome::Failed(_)) {
            let at = started.unwrap_or(place.at);
            extend_last(&mut self.reminders_failed, at);
        }
    }

    /// A message that is given up stands in the course of its case.
    fn note_not_taken(&mut self, place: Place, id: &NotificationId) {
        let Some(track) = self.notifications.get(id) else { return };
        let notification = &track.notification;
        let Some(case) = notification.subject.case().cloned() else { return };
        let (to, medium) = (&notification.to, notification.medium);
        let what = format!("a message to {to} by {medium} is given up: no provider took it");
        self.moment(place, &case, what, (None, None));
    }

    /// Remembers what a provider calls a message.
    fn name_track(&mut self, id: &NotificationId, name: NotificationId) {
        if self.notifications.get(id).is_some() {
            self.provider_names.insert_mut(name.clone(), id.clone());
            self.with_track(id, |track| track.provider_names.push(name));
        }
    }

    fn start_attempt(
        &mut self,
        place: Place,
        ids: (&NotificationId, &Vec<NotificationId>),
        attempt: &Attempt,
    ) {
        let (lead, covers) = ids;
        for key in [callee_key(&attempt.channel, &attempt.callee), attempt.channel.to_string()] {
            let kept = self.calls.get(&key).map(|starts| (**starts).clone()).unwrap_or_default();
            self.calls.insert_mut(key, Arc::new(with_start(kept, attempt.at)));
        }
        for id in std::iter::once(lead).chain(covers) {
            let covers = if id == lead { covers.clone() } else { Vec::new() };
            self.with_track(id, |track| {
                track.state = Progress::Attempting;
                track.send_at = None;
                track.covers = covers;
                track.attempts.push(attempt.clone());
            });
            self.note_attempt(place, id);
        }
        self.due_insert(attempt.until, Due::Attempt(lead.clone()));
    }

    /// What an attempt means for the case it is about.
    fn note_attempt(&mut self, place: Place, id: &NotificationId) {
        let Some(track) = self.notifications.get(id).cloned() else { return };
        let Some(case) = track.notification.subject.case() else { return };
        match &track.notification.to {
            Recipient::Person(person) => {
                let person = person.clone();
                self.with_case(case, |case| {
                    case.told.insert(person);
                });
            }
            Recipient::Authority(_) => {
                let Some(clock) = track.notification.clock else { return };
                if track.notification.purpose == Purpose::Written {
                    self.with_clock(case, clock, |clock| clock.written.impossible = None);
                }
                if track.notification.purpose == Purpose::Telephone {
                    self.with_clock(case, clock, |clock| {
                        clock.phone.attempted_at.get_or_insert(place.at);
                        clock.phone.attempts = clock.phone.attempts.saturating_add(1);
                    });
                    let due = Some(track.notification.due);
                    self.moment(place, case, "the daemon rings the authority".to_owned(), (due, None));
                    self.unschedule(case, crate::domain::schedule::CaseDue::Gate { clock });
                }
            }
            Recipient::Robot(_) => {}
        }
    }

    /// The attempt is over: what would have ended it is taken off the schedule.
    fn due_end(&mut self, lead: &NotificationId) {
        let until = self
            .notifications
            .get(lead)
            .filter(|track| track.state == Progress::Attempting)
            .and_then(|track| track.attempts.last().map(|attempt| attempt.until));
        if let Some(until) = until {
            self.due_remove(until, Due::Attempt(lead.clone()));
        }
    }
}

fn with_start(mut starts: Vec<Timestamp>, at: Timestamp) -> Vec<Timestamp> {
    starts.retain(|start| at.since(*start) < CALLS_KEPT);
    starts.push(at);
    let surplus = starts.len().saturating_sub(CALLS_MAX);
    starts.drain(..surplus);
    starts
}

fn end_attempt(track: &mut Track, (outcome, entry): (&Outcome, u64), again_at: Option<Timestamp>) {
    let late = track.state == Progress::Unknown && !outcome.is_unknown();
    if track.state != Progress::Attempting && !late {
        // A receipt was faster than the answer: what it told is further than any answer can tell.
        return;
    }
    let (state, failure) = match outcome {
        Outcome::Accepted { .. } => (Progress::Accepted, None),
        Outcome::Failed(DeliveryError::Unknown { reason }) => (Progress::Unknown, Some(*reason)),
        Outcome::Failed(
            DeliveryError::Transient { reason, .. }
            | DeliveryError::Exhausted { reason, .. }
            | DeliveryError::Permanent { reason },
        ) => (Progress::Refused, Some(*reason)),
    };
    track.state = state;
    track.send_at = again_at;
    if let Some(attempt) = track.attempts.last_mut() {
        attempt.state = state;
        attempt.failure = failure;
        if failure.is_some() {
            track.failed.push((attempt.at, entry));
        }
    }
}

fn take_receipt(track: &mut Track, state: Option<ReceiptState>, digit: Option<Digit>) {
    let next = match (state, digit) {
        (_, Some(Digit::Take | Digit::Confirm | Digit::Pass)) => Progress::Confirmed,
        (_, Some(Digit::WrongPerson)) | (Some(ReceiptState::Failed), None) => Progress::Refused,
        (Some(ReceiptState::Delivered), None) => Progress::Delivered,
        (Some(ReceiptState::Answered), None) => Progress::Answered,
        (Some(ReceiptState::Heard), None) => Progress::Heard,
        (None, None) => return,
    };
    let failure = match digit {
        Some(Digit::WrongPerson) => Some(FailureReason::WrongPerson),
        Some(Digit::Take | Digit::Confirm | Digit::Pass) | None if next == Progress::Refused => {
            Some(FailureReason::NoAnswer)
        }
        Some(Digit::Take | Digit::Confirm | Digit::Pass) | None => None,
    };
    if let Some(digit) = digit {
        track.pressed.insert(digit);
    }
    // After an arrival a failure is only recorded; that a number is somebody else's is said by whoever picked up.
    let under_way = matches!(track.state, Progress::Attempting | Progress::Unknown | Progress::Accepted);
    let fails = next == Progress::Refused && (digit.is_some() || under_way);
    if fails || (next != Progress::Refused && next > track.state) {
        track.state = next;
        track.send_at = None;
        if next.has_arrived() {
            track.wait_until = None;
        }
        if let Some(attempt) = track.attempts.last_mut() {
            attempt.state = next;
            attempt.failure = failure;
        }
    }
}
