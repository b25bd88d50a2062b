//! What could go now, by which channel and to which address, and what else goes in the same message.

use super::ways::way_of;
use crate::domain::decide::Draft;
use crate::domain::directory::{ChannelRules, Directory};
use crate::domain::names::{ChannelId, Medium, NotificationId, Recipient};
use crate::domain::notification::{Family, Notification, Progress};
use crate::domain::state::{State, Track};
use crate::time::Now;

/// One message says at most so much.
const COVERS_MAX: usize = 50;
/// Overdue messages that cannot go (they wait for the telephone, or have no way out) are looked past so far.
const PAST_MAX: usize = 5_000;

/// A message that could go now: what the outbox renders before it asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The notification whose id is the key.
    pub notification: NotificationId,
    /// Others that the same message says.
    pub covers: Vec<NotificationId>,
    /// By which channel.
    pub channel: ChannelId,
    /// Which of the recipient's addresses.
    pub address: u32,
}

impl Proposal {
    /// Every notification that the message says.
    pub fn all(&self) -> impl Iterator<Item = &NotificationId> {
        std::iter::once(&self.notification).chain(&self.covers)
    }
}

/// What could go now, at most so many messages; `skip` are being sent already, or have to wait for their channel.
///
/// A proposal is no permission: only the answer to its `StartAttempt` is.
#[must_use]
pub fn proposals(
    state: &State,
    directory: &Directory,
    now: Now,
    most: usize,
    skip: &dyn Fn(&NotificationId, &ChannelId) -> bool,
) -> Vec<Proposal> {
    if state.held_back {
        return Vec::new();
    }
    let draft = Draft::new(state, directory, now);
    let mut found: Vec<Proposal> = Vec::new();
    let mut taken = std::collections::BTreeSet::new();
    for (_, id) in state.sends.iter().take_while(|(at, _)| *at <= now.either()).take(PAST_MAX) {
        if found.len() >= most {
            break;
        }
        let Some(track) = state.track(id) else { continue };
        if taken.contains(id) || draft.waits_for_telephone(&track.notification) || draft.waits_for_lead(track)
        {
            continue;
        }
        // No way out for the moment: a configuration with one, or money, sends it.
        let Some((channel, address)) = draft.route(track) else { continue };
        if skip(id, &channel) {
            continue;
        }
        let covers = draft.companions(track, (&channel, &|other| skip(other, &channel)));
        taken.extend(covers.iter().cloned());
        taken.insert(id.clone());
        found.push(Proposal { notification: id.clone(), covers, channel, address });
    }
    found
}

impl Draft<'_> {
    /// The channel and the address for the next try: one that has not failed comes before those that have, and each
    /// failure of all moves on to the next address. Where none has money, the grant says what follows: the next medium,
    /// or a try all the same.
    fn route(&self, track: &Track) -> Option<(ChannelId, u32)> {
        let notification = &track.notification;
        if self.waits_for_way(notification) {
            return None;
        }
        let failures = usize::try_from(notification.failures).unwrap_or(0);
        if let Some(by) = &notification.by {
            let channel = self.directory.channel(by).filter(|it| it.medium == notification.medium)?;
            return Some((channel.id.clone(), self.address(notification, failures)));
        }
        let (usable, others): (Vec<&ChannelRules>, Vec<&ChannelRules>) = self
            .directory
            .ways_to(&notification.to, notification.medium)
            .into_iter()
            .partition(|way| self.is_open(&way.id));
        let goes_anyhow = track.wait_until.is_some() || self.goes_unpaid(notification);
        let ways = if usable.is_empty() && goes_anyhow { others } else { usable };
        let channel = way_of(track, &ways)?.id.clone();
        Some((channel, self.address(notification, failures)))
    }

    /// Which of an authority's numbers is rung: those for this hour, none that proved wrong, in turn.
    fn address(&self, notification: &Notification, failures: usize) -> u32 {
        let (Recipient::Authority(authority), Medium::Phone) = (&notification.to, notification.medium) else {
            return 0;
        };
        let clock = notification.subject.case().and_then(|case| self.clock(case, notification.clock?));
        let phone = clock.as_ref().map(|clock| &clock.phone);
        let numbers = self.directory.numbers_at(authority, phone, self.moment());
        failures.checked_rem(numbers.len()).and_then(|turn| numbers.get(turn).copied()).unwrap_or(0)
    }

    /// Whether a message went out under a key that may still go again: its own, or that of one it waits for (P6).
    fn keeps_its_key(&self, track: &Track) -> bool {
        track.state == Progress::Unknown
            && (track.went_as(&track.notification.id) || self.waits_for_lead(track))
    }

    /// Others to the same recipient by the same medium that are due, or are pursued, and may go in the same message: for
    /// a key that went out and whose fate is unknown, what it said then, for a provider that took it takes it once.
    pub(super) fn companions(
        &self,
        lead: &Track,
        (channel, skip): (&ChannelId, &dyn Fn(&NotificationId) -> bool),
    ) -> Vec<NotificationId> {
        let family = lead.notification.purpose.family();
        if family == Family::Alone {
            return Vec::new();
        }
        let again = lead.went_as(&lead.notification.id);
        let same = self.state.sends_of(&lead.notification.to, lead.notification.medium);
        same.filter_map(|(at, id)| Some((at, self.state.track(id)?)))
            .filter(|(at, track)| *at <= self.moment() || is_pursued(&track.notification))
            .map(|(_, track)| track)
            .filter(|track| {
                let other = &track.notification;
                other.id != lead.notification.id
                    && other.purpose.family() == family
                    && track.state == lead.state
                    && (!again || track.went_as(&lead.notification.id))
                    && (again || !self.keeps_its_key(track) && !self.goes_otherwise(track, channel))
                    && !skip(&other.id)
                    && self.unwanted(other).is_none()
            })
            .map(|track| track.notification.id.clone())
            .take(COVERS_MAX)
            .collect()
    }
}

/// Whether a message waits for its next try alone: where one goes to the same person, it goes along.
const fn is_pursued(notification: &Notification) -> bool {
    notification.failures > 0 && matches!(notification.to, Recipient::Person(_))
}
