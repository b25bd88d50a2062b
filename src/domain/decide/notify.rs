//! Messages: planning one, cancelling what is not wanted, telling a person outside any step.

use super::Draft;
use super::addressed::Addressed;
use crate::domain::case::Case;
use crate::domain::fact::{CancelledBecause, Fact, Unreachable};
use crate::domain::names::{CaseId, ChannelId, Medium, NotificationId, PersonId, Recipient};
use crate::domain::notification::{Family, Notification, Place, Progress, Purpose, Subject, Tried};
use crate::time::Timestamp;

/// By which media somebody is told of what no step of a policy covers.
const USUAL_MEDIA: [Medium; 3] = [Medium::Sms, Medium::Phone, Medium::Email];

/// What a new notification needs beyond whom and what for.
#[derive(Debug, Clone, Default)]
pub(super) struct Wish {
    pub(super) clock: Option<u32>,
    pub(super) place: Option<Place>,
    pub(super) useless_after: Option<Timestamp>,
    pub(super) content: Option<crate::domain::names::PayloadName>,
    pub(super) unverified: bool,
    pub(super) missed: u32,
    pub(super) failures: u32,
    /// The one channel it goes by.
    pub(super) by: Option<ChannelId>,
    /// The channels that failed before it.
    pub(super) tried: Vec<Tried>,
    pub(super) wait_until: Option<Timestamp>,
    /// What is known of the post in which they are written to.
    pub(super) addressed: Addressed,
    /// What distinguishes it from others of its purpose: a step, a warning's number, a report's.
    pub(super) step: String,
}

impl Wish {
    /// What a message needs that says the same as another once more.
    pub(super) fn again(before: &Notification) -> Self {
        Self {
            clock: before.clock,
            place: before.place,
            useless_after: before.useless_after,
            content: before.content.clone(),
            unverified: before.unverified,
            missed: before.missed,
            failures: before.failures,
            by: before.by.clone(),
            tried: before.tried.clone(),
            wait_until: None,
            addressed: Addressed::again(before),
            step: before.step.clone(),
        }
    }
}

impl Draft<'_> {
    /// Why somebody cannot be reached by a medium.
    pub(super) fn unreachable(&self, to: &Recipient, medium: Medium) -> Option<Unreachable> {
        match to {
            Recipient::Person(person) => {
                if self.directory.ways_to(to, medium).is_empty() {
                    Some(Unreachable::NoChannel)
                } else if !self.directory.reaches(person, medium) {
                    Some(Unreachable::NoAddress)
                } else if self.state.is_wrong(person, medium) {
                    Some(Unreachable::WrongPerson)
                } else {
                    None
                }
            }
            Recipient::Authority(authority) => {
                let known = self.directory.authorities.get(authority);
                let has = known.is_some_and(|known| match medium {
                    Medium::Phone => !known.phones.is_empty(),
                    Medium::Email => known.email,
                    Medium::Sms | Medium::Robot => false,
                });
                if self.directory.ways_to(to, medium).is_empty() {
                    Some(Unreachable::NoChannel)
                } else {
                    (!has).then_some(Unreachable::NoAddress)
                }
            }
            Recipient::Robot(channel) => {
                self.directory.channel(channel).is_none().then_some(Unreachable::NoChannel)
            }
        }
    }

    /// Whether a call about a case that is due at the same instant rings the same number for somebody else: two people
    /// with one number are one call.
    pub(super) fn shares_call(
        &self,
        id: &CaseId,
        purpose: Purpose,
        (to, medium): (&Recipient, Medium),
        due: Timestamp,
    ) -> bool {
        let callee = |to: &Recipient| match to {
            Recipient::Person(person) => self.directory.persons.get(person)?.callee.clone(),
            Recipient::Authority(_) | Recipient::Robot(_) => None,
        };
        let Some(number) = callee(to).filter(|_| medium == Medium::Phone) else { return false };
        let Some(case) = self.state.case(id) else { return false };
        case.notifications.iter().rev().filter_map(|id| self.state.track(id)).any(|track| {
            let other = &track.notification;
            other.purpose == purpose
                && other.medium == medium
                && other.due == due
                && other.to != *to
                && !matches!(track.state, Progress::Cancelled | Progress::Refused)
                && callee(&other.to).as_ref() == Some(&number)
        })
    }

    /// Whether a message of this purpose and step went or goes to somebody by a medium.
    pub(super) fn was_told(
        &self,
        case: &Case,
        purpose: Purpose,
        step: &str,
        (to, medium): (&Recipient, Medium),
    ) -> bool {
        case.notifications.iter().filter_map(|id| self.state.track(id)).any(|track| {
            let it = &track.notification;
            it.purpose == purpose
                && it.step == step
                && it.medium == medium
                && it.to == *to
                && track.state != Progress::Cancelled
        })
    }

    /// Plans one message; its round is the first that is free in its place.
    #[expect(clippy::too_many_arguments, reason = "whom, what for, when: no two of them belong together")]
    pub(super) fn plan(
        &mut self,
        subject: &Subject,
        purpose: Purpose,
        (to, medium): (&Recipient, Medium),
        due: Timestamp,
        wish: Wish,
    ) -> NotificationId {
        let (round, id) =
            self.free_round(|round| Notification::id_of(subject, purpose, &wish.step, (to, medium), round));
        if purpose == Purpose::Alert
            && let Some(case) = subject.case()
        {
            // A later message says it all: what still waits to be sent to the same phone is overtaken.
            self.cancel(&case.clone(), CancelledBecause::Overtaken, |track| {
                track.purpose == Purpose::Alert && track.to == *to && track.medium == medium
            });
        }
        let (post, unit) = self.addressed(subject, to, &wish.addressed);
        let notification = Notification {
            id: id.clone(),
            subject: subject.clone(),
            purpose,
            to: to.clone(),
            medium,
            round,
            step: wish.step,
            clock: wish.clock,
            place: wish.place,
            due,
            useless_after: wish.useless_after,
            content: wish.content,
            unverified: wish.unverified,
            missed: wish.missed,
            failures: wish.failures,
            by: wish.by,
            post,
            unit,
            tried: wish.tried,
        };
        self.record(Fact::NotificationPlanned {
            notification: Box::new(notification),
            wait_until: wish.wait_until,
        });
        id
    }

    /// The first round that has no notification. They are taken in order: doubling finds one that is free, halving
    /// the first.
    pub(super) fn free_round(&self, id_of: impl Fn(u32) -> NotificationId) -> (u32, NotificationId) {
        let is_free = |round: u32| self.state.track(&id_of(round)).is_none();
        let (mut last_taken, mut free) = (0, 1);
        while !is_free(free) && free < u32::MAX / 2 {
            (last_taken, free) = (free, free * 2);
        }
        while free - last_taken > 1 {
            let middle = last_taken + (free - last_taken) / 2;
            if is_free(middle) {
                free = middle;
            } else {
                last_taken = middle;
            }
        }
        (free, id_of(free))
    }

    /// Cancels what has not been sent of a case, as far as a test picks it.
    pub(super) fn cancel(
        &mut self,
        id: &CaseId,
        why: CancelledBecause,
        pick: impl Fn(&Notification) -> bool,
    ) {
        let Some(case) = self.state.case(id).cloned() else { return };
        for notification in &case.notifications {
            let Some(track) = self.state.track(notification) else { continue };
            let waits = track.send_at.is_some() || track.wait_until.is_some();
            if waits && track.state != Progress::Cancelled && pick(&track.notification) {
                self.record(Fact::NotificationCancelled { notification: notification.clone(), why });
            }
        }
    }

    /// Tells one person of a case outside any step.
    pub(super) fn tell_of(&mut self, id: &CaseId, person: &PersonId) {
        self.tell(id, Purpose::Handover, person, (self.moment(), Wish::default()));
    }

    /// Tells one person something about a case by every usual medium they have.
    pub(super) fn tell(&mut self, id: &CaseId, purpose: Purpose, person: &PersonId, what: (Timestamp, Wish)) {
        let media: Vec<Medium> = USUAL_MEDIA.to_vec();
        self.tell_by(id, purpose, person, (&media, what));
    }

    /// Tells one person something about a case by the first of these media they have; by the first two where it
    /// asks them to act.
    pub(super) fn tell_by(
        &mut self,
        id: &CaseId,
        purpose: Purpose,
        person: &PersonId,
        (media, (due, wish)): (&[Medium], (Timestamp, Wish)),
    ) {
        if !self.is_released(person) {
            return;
        }
        let to = Recipient::Person(person.clone());
        let reachable = self.ways(&to, media);
        if reachable.is_empty() {
            self.no_way_to(id, (&to, person), media);
        }
        let most = match purpose.family() {
            Family::Ring if purpose != Purpose::Reminder => 2,
            Family::Ring | Family::Close | Family::Telephone | Family::Forms(_) | Family::Alone => 1,
        };
        for medium in reachable.into_iter().take(most) {
            if self.shares_call(id, purpose, (&to, medium), due) {
                continue;
            }
            self.plan(&Subject::Case(id.clone()), purpose, (&to, medium), due, wish.clone());
        }
    }

    /// No medium of some leads to a person: that is on record, and told where nothing else leads to them either.
    pub(super) fn no_way_to(&mut self, id: &CaseId, (to, person): (&Recipient, &PersonId), media: &[Medium]) {
        for medium in media {
            if let Some(why) = self.unreachable(to, *medium) {
                let (to, medium) = (to.clone(), *medium);
                self.record(Fact::MediumSkipped { case: Some(id.clone()), to, medium, why });
            }
        }
        if self.lacks_ways(to, &USUAL_MEDIA) {
            self.not_reached(person);
        }
    }

    /// Whether the configuration lacks every way of some to somebody; what proved to be a stranger's is told otherwise.
    pub(super) fn lacks_ways(&self, to: &Recipient, media: &[Medium]) -> bool {
        media.iter().all(|medium| {
            let why = self.unreachable(to, *medium);
            matches!(why, Some(Unreachable::NoAddress | Unreachable::NoChannel))
        })
    }
}
