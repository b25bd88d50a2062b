//! Messages to people that were not taken: how long one is pursued and at what pace, by which other way, and what
//! follows where nothing is left. None is given up without a word.

use std::time::Duration;

use super::outcome::PURSUIT;
use super::ways::{failures_after, tried};
use crate::domain::bulletin::Trouble;
use crate::domain::decide::Draft;
use crate::domain::decide::clock::CLOSING_BY;
use crate::domain::decide::notify::Wish;
use crate::domain::decide::{case::RELIEVED_BY, remind::ASKED_BY};
use crate::domain::fact::{CancelledBecause, Fact, Unreachable};
use crate::domain::names::{ChannelId, Medium, NotificationId, PersonId, Recipient};
use crate::domain::notification::{DeliveryError, FailureReason, Notification, Progress, Purpose};
use crate::domain::state::Track;
use crate::time::Timestamp;

/// So many tries go at the pauses of the channel, a minute or two in all; after that a message is pursued.
const PROMPT_TRIES: usize = 6;
/// Until so many tries, an hour in all, it is pursued at the first pace: a provider that is away comes back soon.
const NEAR_TRIES: usize = 18;
/// The first pace.
const NEAR: Duration = Duration::from_mins(5);
/// With the pace of a pursuit after that, so many tries are a day: nobody waits for the message any longer.
const TRIES_MAX: usize = 110;
/// What may have arrived, or will hardly be taken, goes at pauses that double, so often: a day, too.
const DOUBTFUL_TRIES_MAX: usize = 12;
/// A head is tried until the next one is due, at the pace of a pursuit: a relay may be down for a night.
const HEAD_TRIES_MAX: usize = 100;

const MEDIA: [Medium; 4] = [Medium::Sms, Medium::Phone, Medium::Email, Medium::Robot];

impl Draft<'_> {
    /// The pause before the next try of a message to a person or a group; none where it was tried as often as it may be.
    pub(super) fn pursuit_pause(
        &self,
        track: &Track,
        channel: &ChannelId,
        doubtful: Option<usize>,
    ) -> Option<Duration> {
        let notification = &track.notification;
        let tries = tries(track);
        // What may have arrived has prompt tries of its own under its key.
        let in_a_row = doubtful.unwrap_or(tries);
        let failures = u32::try_from(in_a_row).unwrap_or(u32::MAX).saturating_sub(1);
        let pause = self.pause(notification, channel, failures);
        let spent = if notification.purpose == Purpose::Head {
            tries >= HEAD_TRIES_MAX
        } else if is_asked_for(notification.purpose) {
            in_a_row >= PROMPT_TRIES
        } else {
            tries >= TRIES_MAX
        };
        if spent || doubtful.is_some_and(|tries| tries >= DOUBTFUL_TRIES_MAX) {
            return None;
        }
        let before = usize::try_from(notification.failures).unwrap_or(usize::MAX);
        let prompt = before < PROMPT_TRIES && in_a_row < PROMPT_TRIES;
        if prompt || notification.purpose == Purpose::Head {
            return Some(pause);
        }
        Some(pause.max(pace(tries)).max(doubtful.map_or(Duration::ZERO, slower)))
    }

    /// A message to a person or a group was not taken: another try by the same or another way, or the end of it.
    pub(super) fn pursue(&mut self, track: &Track, error: &DeliveryError) {
        let notification = &track.notification;
        if let Some(why) = self.unwanted(notification) {
            self.record(Fact::NotificationCancelled { notification: notification.id.clone(), why });
            return;
        }
        let turn = self.next_turn(track, error);
        if let Some(turn) = turn.clone().filter(|turn| turn.is_fresh) {
            self.take_turn(track, turn);
            return;
        }
        let hardly = is_hardly_taken(error, track);
        let untried = self.untried_way(track, error);
        let for_good = matches!(error, DeliveryError::Permanent { .. });
        let at = if for_good && untried.is_some() {
            Some(self.moment())
        } else if hardly && self.is_told_otherwise(notification) {
            return;
        } else {
            turn.as_ref().map(|turn| turn.at)
        };
        let Some(at) = at else {
            self.give_up(track);
            return;
        };
        // A person must put it right: they hear of it before the last try.
        if for_good && at > self.moment() {
            self.tell_not_reached(notification);
        }
        let medium = untried.or_else(|| self.way_at(track, error, at)).unwrap_or(notification.medium);
        let (to, purpose) = (notification.to.clone(), notification.purpose);
        // By another medium it is a failure of all its channels.
        let same = turn.as_ref().filter(|_| medium == notification.medium).map(|turn| turn.failures);
        let tried = turn.map_or_else(|| tried(track), |turn| turn.tried);
        let wish = Wish {
            failures: same.unwrap_or_else(|| failures_after(track)),
            tried,
            ..Wish::again(notification)
        };
        self.plan(&notification.subject, purpose, (&to, medium), at, wish);
    }

    /// Another medium, by which this was not tried, for what is told by one alone: once its own has failed for long, or
    /// for good.
    fn untried_way(&self, track: &Track, error: &DeliveryError) -> Option<Medium> {
        let untried = |medium: &Medium| self.last_round(&track.notification, *medium).is_none();
        self.other_ways(track, error).into_iter().find(untried)
    }

    /// The medium whose turn it is at an instant, for what is told by one alone and pursued: the same for everything
    /// that goes to a person then, so that it goes as one.
    fn way_at(&self, track: &Track, error: &DeliveryError, at: Timestamp) -> Option<Medium> {
        let ways = self.other_ways(track, error);
        let span = usize::try_from(pace(tries(track)).as_secs()).ok()?;
        let turn = usize::try_from(at.as_seconds()).ok()?.checked_div(span)?;
        ways.get(turn.checked_rem(ways.len())?).copied()
    }

    fn other_ways(&self, track: &Track, error: &DeliveryError) -> Vec<Medium> {
        let notification = &track.notification;
        let turns = matches!(error, DeliveryError::Permanent { .. }) || tries(track) >= PROMPT_TRIES;
        if notification.by.is_some() || !turns {
            return Vec::new();
        }
        self.ways(&notification.to, media_of(notification.purpose))
    }

    /// The newest message that says the same to the same person by a medium.
    fn last_round(&self, notification: &Notification, medium: Medium) -> Option<&Track> {
        let id_of = |round| {
            let way = (&notification.to, medium);
            Notification::id_of(&notification.subject, notification.purpose, &notification.step, way, round)
        };
        let (free, _) = self.free_round(id_of);
        self.state.track(&id_of(free.checked_sub(1).filter(|round| *round > 0)?)).map(|track| &**track)
    }

    /// Whether another message says the same to the same person: it is on its way, or a provider has taken it.
    fn is_told_otherwise(&self, notification: &Notification) -> bool {
        let tells = |track: &Track| {
            let goes = track.send_at.is_some() || track.state == Progress::Attempting;
            let went = matches!(
                track.state,
                Progress::Accepted
                    | Progress::Delivered
                    | Progress::Answered
                    | Progress::Heard
                    | Progress::Confirmed
            );
            track.notification.id != notification.id && (goes || went)
        };
        MEDIA.into_iter().filter_map(|medium| self.last_round(notification, medium)).any(tells)
    }

    /// The configuration has no address for a message any more: it goes by another medium, or the operators hear of it.
    pub(in crate::domain::decide) fn go_another_way(&mut self, track: &Track) {
        let notification = &track.notification;
        if self.is_told_otherwise(notification) {
            return;
        }
        let ways = self.ways(&notification.to, media_of(notification.purpose));
        let Some(medium) = ways.first().filter(|_| notification.by.is_none()) else {
            self.tell_not_reached(notification);
            return;
        };
        let (to, wish) = (notification.to.clone(), Wish::again(notification));
        self.plan(&notification.subject, notification.purpose, (&to, *medium), self.moment(), wish);
    }

    /// Another configuration: of what waits for a medium that has no channel any more the operators hear, where nothing
    /// else tells it. It goes when there is one again.
    pub(in crate::domain::decide) fn look_for_readers(&mut self) {
        let waiting = self.state.sends.iter().filter_map(|(_, id)| self.state.track(id));
        let cut_off = waiting.filter(|track| {
            let it = &track.notification;
            matches!(it.to, Recipient::Person(_))
                && self.unreachable(&it.to, it.medium) == Some(Unreachable::NoChannel)
                && self.unwanted(it).is_none()
                && !self.is_told_otherwise(it)
        });
        for track in cut_off.cloned().collect::<Vec<_>>() {
            let Notification { subject, to, medium, .. } = track.notification.clone();
            let (case, why) = (subject.case().cloned(), Unreachable::NoChannel);
            self.record(Fact::MediumSkipped { case, to, medium, why });
            self.tell_not_reached(&track.notification);
        }
    }

    /// The last try under its key may have arrived, and it goes no more.
    pub(super) fn give_up_in_doubt(&mut self, id: &NotificationId) {
        let Some(track) = self.state.track(id).cloned() else { return };
        let goes = track.send_at.is_some();
        let to_authority = matches!(track.notification.to, Recipient::Authority(_));
        if to_authority || goes || self.unwanted(&track.notification).is_some() {
            return;
        }
        self.next_medium(&track, self.moment());
        self.give_up(&track);
    }

    /// It goes no more: that is on record, and told where nothing else tells the person.
    fn give_up(&mut self, track: &Track) {
        let notification = &track.notification;
        // What somebody asked for is looked at by whoever asked.
        if is_asked_for(notification.purpose) {
            return;
        }
        self.record(Fact::NotificationCancelled {
            notification: notification.id.clone(),
            why: CancelledBecause::NotTaken,
        });
        if !self.is_told_otherwise(notification) {
            self.tell_not_reached(notification);
        }
    }

    fn tell_not_reached(&mut self, notification: &Notification) {
        if is_asked_for(notification.purpose) {
            return;
        }
        match &notification.to {
            Recipient::Person(person) => self.not_reached(&person.clone()),
            // Whoever took its channel out of the configuration knows that it gets nothing.
            Recipient::Robot(channel) if self.directory.channel(channel).is_some() => {
                self.note_trouble(&Trouble::GroupNotReached(channel.clone()));
            }
            Recipient::Robot(_) | Recipient::Authority(_) => {}
        }
    }

    /// A person was not reached: the operators are told, of another message again after an hour.
    pub(in crate::domain::decide) fn not_reached(&mut self, person: &PersonId) {
        if self.is_released(person) {
            self.tell_of_no_way(&Trouble::PersonNotReached(person.clone()));
        }
    }

    /// When a message whose fate is unknown goes again, under the same key: while it or one that it says as well is
    /// wanted.
    pub(super) fn again_at(&self, track: &Track) -> Option<Timestamp> {
        let notification = &track.notification;
        let ids = std::iter::once(&notification.id).chain(&track.covers);
        let mut all = ids.filter_map(|id| self.state.track(id));
        if !all.any(|track| self.unwanted(&track.notification).is_none()) {
            return None;
        }
        let attempt = track.attempts.last()?;
        let under_key = track.attempts.len();
        let pause = if matches!(notification.to, Recipient::Authority(_)) {
            let failures = u32::try_from(under_key).unwrap_or(u32::MAX).saturating_sub(1);
            (!self.is_spent(notification)).then(|| self.pause(notification, &attempt.channel, failures))?
        } else {
            self.pursuit_pause(track, &attempt.channel, Some(under_key))?
        };
        Some(attempt.at.min(self.moment()) + pause)
    }
}

/// How often a message was tried, in this round and those before.
fn tries(track: &Track) -> usize {
    usize::try_from(track.notification.failures).unwrap_or(usize::MAX).saturating_add(track.attempts.len())
}

/// At what pace a message is pursued after so many tries.
const fn pace(tries: usize) -> Duration {
    if tries < NEAR_TRIES { NEAR } else { PURSUIT }
}

/// After how many tries in doubt as many doubled pauses.
fn slower(tries: usize) -> Duration {
    let Some(doubled) = tries.checked_sub(PROMPT_TRIES) else { return Duration::ZERO };
    PURSUIT.saturating_mul(1 << doubled.min(10))
}

/// Whether a later try will hardly be taken: it was refused for good, or nobody picked up as often as it was rung.
fn is_hardly_taken(error: &DeliveryError, track: &Track) -> bool {
    match error {
        DeliveryError::Permanent { .. } => true,
        DeliveryError::Transient { reason, .. } => {
            *reason == FailureReason::NoAnswer && tries(track) >= PROMPT_TRIES
        }
        DeliveryError::Exhausted { .. } | DeliveryError::Unknown { .. } => false,
    }
}

/// After how many tries a failure leaves doubt that a later one will do.
pub(super) fn doubtful(error: &DeliveryError, track: &Track) -> Option<usize> {
    let doubtful = match error {
        DeliveryError::Permanent { .. } | DeliveryError::Unknown { .. } => true,
        DeliveryError::Transient { reason, .. } => *reason == FailureReason::NoAnswer,
        DeliveryError::Exhausted { .. } => false,
    };
    doubtful.then(|| tries(track))
}

/// Whether somebody waits for it who asked for it: a code, a test.
const fn is_asked_for(purpose: Purpose) -> bool {
    matches!(purpose, Purpose::SignIn | Purpose::Test)
}

/// The media of what is told by one of several; what goes by more than one at once, or as a policy says, keeps its own.
const fn media_of(purpose: Purpose) -> &'static [Medium] {
    match purpose {
        Purpose::Met | Purpose::Missed | Purpose::Withdrawn => &CLOSING_BY,
        Purpose::Relieved => &RELIEVED_BY,
        Purpose::FormDue
        | Purpose::FormOverdue
        | Purpose::FormDoubted
        | Purpose::Absence
        | Purpose::Shift => &ASKED_BY,
        Purpose::Alert
        | Purpose::Handover
        | Purpose::Telephone
        | Purpose::Written
        | Purpose::Warning
        | Purpose::Breach
        | Purpose::Reminder
        | Purpose::Correction
        | Purpose::SignIn
        | Purpose::Test
        | Purpose::Operator
        | Purpose::Head
        | Purpose::FormsMissing
        | Purpose::LapseNotice => &[],
    }
}
