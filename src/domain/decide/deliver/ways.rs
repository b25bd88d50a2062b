//! The channels of one medium in order: which a message goes by, and which follows when one of them fails or is silent.

use std::time::Duration;

use super::outcome::PURSUIT;
use crate::domain::decide::Draft;
use crate::domain::decide::notify::Wish;
use crate::domain::directory::ChannelRules;
use crate::domain::names::{ChannelId, Medium, Recipient};
use crate::domain::notification::{DeliveryError, FailureReason, Progress, Purpose, Tried};
use crate::domain::state::Track;
use crate::time::Timestamp;

/// Pauses that differ by less than this are the same but for their jitter: the one that failed comes after the others.
const ALIKE: Duration = Duration::from_secs(10);

/// The next try of a message by its own medium.
#[derive(Debug, Clone)]
pub(super) struct Turn {
    /// When.
    pub(super) at: Timestamp,
    /// How many failures came before it, a round of every channel being one.
    pub(super) failures: u32,
    /// By what it was tried so far.
    pub(super) tried: Vec<Tried>,
    /// By a channel that has not failed it.
    pub(super) is_fresh: bool,
}

impl Draft<'_> {
    /// What follows by the same medium when a message was not taken: a channel that has not failed it goes at once, and
    /// where all have, the one whose pause ends first. A telephone that nobody picked up is not rung at once by another.
    pub(super) fn next_turn(&self, track: &Track, error: &DeliveryError) -> Option<Turn> {
        let notification = &track.notification;
        let channel = &track.attempts.last()?.channel;
        let own = self.retry_at(track, error);
        let failures = failures_after(track);
        let mut tried = tried(track);
        self.rest(&mut tried, track, own.unwrap_or_else(|| self.moment()));
        let rung = notification.medium == Medium::Phone && error.reason() == FailureReason::NoAnswer;
        let next = self.another_way(track, &tried).filter(|_| !rung);
        let known = next.and_then(|next| tried.iter().find(|it| it.channel == next.id));
        match (next, known) {
            (Some(_), None) => {
                let (at, failures) = (self.moment(), notification.failures);
                Some(Turn { at, failures, tried, is_fresh: true })
            }
            (Some(next), Some(known)) if next.id != *channel && own.is_some() => {
                let at = known.again_at.max(self.moment());
                let failures = notification.failures.max(known.failures);
                Some(Turn { at, failures, tried, is_fresh: false })
            }
            _ => own.map(|at| Turn { at, failures, tried, is_fresh: false }),
        }
    }

    /// The channel that was tried last rests until an instant, and where another comes about then, until after that.
    fn rest(&self, tried: &mut [Tried], track: &Track, until: Timestamp) {
        let Some((last, before)) = tried.split_last_mut() else { return };
        let ways = self.usable_ways(track);
        let others = before.iter().filter(|it| ways.iter().any(|way| way.id == it.channel));
        let alike = others.map(|it| it.again_at).filter(|at| *at <= until + ALIKE);
        last.again_at = alike.min().map_or(until, |at| at.max(until));
    }

    fn usable_ways(&self, track: &Track) -> Vec<&ChannelRules> {
        let notification = &track.notification;
        let ways = self.directory.ways_to(&notification.to, notification.medium).into_iter();
        ways.filter(|way| self.is_open(&way.id)).collect()
    }

    /// The channel that a message goes by next, of those that are usable; where none is, of all.
    fn another_way(&self, track: &Track, tried: &[Tried]) -> Option<&ChannelRules> {
        let notification = &track.notification;
        if notification.by.is_some() {
            return None;
        }
        let usable = self.usable_ways(track);
        if usable.is_empty() {
            return next_of(tried, &self.directory.ways_to(&notification.to, notification.medium));
        }
        next_of(tried, &usable)
    }

    /// Whether a message may go by a channel that has not failed it, and would say nothing by one that has.
    pub(super) fn goes_otherwise(&self, track: &Track, channel: &ChannelId) -> bool {
        let tried = tried(track);
        tried.iter().any(|it| it.channel == *channel)
            && self.another_way(track, &tried).is_some_and(|way| way.id != *channel)
    }

    /// Whether there is a channel that is usable, and that has not failed, besides the one that is next.
    pub(in crate::domain::decide) fn has_other_way(
        &self,
        to: &Recipient,
        medium: Medium,
        tried: &[Tried],
    ) -> bool {
        let untried = |way: &&ChannelRules| tried.iter().all(|it| it.channel != way.id);
        let ways = self.directory.ways_to(to, medium).into_iter();
        ways.filter(|way| self.is_open(&way.id)).filter(untried).nth(1).is_some()
    }

    /// Takes the next try of a message, by a channel that has not failed it; where that is silent as well, there may be
    /// one more.
    pub(super) fn take_turn(&mut self, track: &Track, turn: Turn) {
        let notification = &track.notification;
        let (to, medium, tried) = (notification.to.clone(), notification.medium, turn.tried);
        let wait_until =
            self.wait_for_way(track, turn.at).filter(|_| self.has_other_way(&to, medium, &tried));
        let wish = Wish { failures: turn.failures, tried, wait_until, ..Wish::again(notification) };
        self.plan(&notification.subject, notification.purpose, (&to, medium), turn.at, wish);
    }

    /// Nothing was heard of an alarm that a provider took and would tell of: it goes by a channel that has not been
    /// tried, once by each of them. What is said is the same, and whoever answered, read or pressed hears it no more.
    pub(super) fn go_by_other_channel(&mut self, track: &Track, due: Timestamp) {
        let notification = &track.notification;
        let Some(silent) = track.attempts.last().filter(|_| track.state == Progress::Accepted) else {
            return;
        };
        let tells = self.directory.channel(&silent.channel).is_some_and(|rules| rules.receipts);
        if notification.purpose != Purpose::Alert || !tells || self.unwanted(notification).is_some() {
            return;
        }
        let mut tried = tried(track);
        // It was taken there: of what it says nothing is lost.
        self.rest(&mut tried, track, self.moment() + PURSUIT);
        let next = self.another_way(track, &tried).map(|way| &way.id);
        if next.is_none_or(|next| tried.iter().any(|it| it.channel == *next)) {
            return;
        }
        let failures = notification.failures;
        self.take_turn(track, Turn { at: due, failures, tried, is_fresh: true });
    }

    /// Until when a step waits for an alarm that is sent at an instant.
    fn wait_for_way(&self, track: &Track, due: Timestamp) -> Option<Timestamp> {
        let notification = &track.notification;
        if notification.purpose != Purpose::Alert {
            return None;
        }
        let case = self.state.case(notification.subject.case()?)?;
        let place = notification.place?;
        let (_, rules) = self.step_rules(case, place.plan, place.step)?;
        (!rules.wait.is_zero()).then(|| due + rules.wait)
    }
}

/// How many failures there are in the place of a message after its last one.
pub(super) fn failures_after(track: &Track) -> u32 {
    let failures = track.notification.failures;
    match track.notification.to {
        Recipient::Authority(_) => failures.saturating_add(1),
        Recipient::Person(_) | Recipient::Robot(_) => {
            failures.saturating_add(u32::try_from(track.attempts.len()).unwrap_or(u32::MAX))
        }
    }
}

/// By which channels a message was tried, before it and under its own key; the last one last.
pub(super) fn tried(track: &Track) -> Vec<Tried> {
    let mut tried = track.notification.tried.clone();
    for attempt in &track.attempts {
        tried.retain(|it| it.channel != attempt.channel);
        let (channel, failures) = (attempt.channel.clone(), failures_after(track));
        tried.push(Tried { channel, failures, again_at: attempt.at });
    }
    tried
}

/// Of some channels in order the one that a message goes by: what may have arrived goes by the channel it went by, for
/// only that provider can know its key (P6); anything else by the first that has not failed it.
pub(super) fn way_of<'a>(track: &Track, ways: &[&'a ChannelRules]) -> Option<&'a ChannelRules> {
    let went = track.attempts.last().filter(|_| track.state == Progress::Unknown);
    let same = went.and_then(|attempt| ways.iter().copied().find(|way| way.id == attempt.channel));
    same.or_else(|| next_of(&tried(track), ways))
}

/// The first of some channels that has not failed; where all have, the one whose pause ends first.
fn next_of<'a>(tried: &[Tried], ways: &[&'a ChannelRules]) -> Option<&'a ChannelRules> {
    let turn = |way: &&ChannelRules| {
        let (place, known) = tried.iter().enumerate().find(|(_, it)| it.channel == way.id)?;
        Some((known.again_at, place))
    };
    ways.iter().copied().min_by_key(turn)
}
