//! Addresses that turn out to be somebody else's: dropped at once, what was sent there called in, the next way and the
//! next person tried, the office told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Draft;
use super::notify::Wish;
use crate::domain::bulletin::Trouble;
use crate::domain::case::Case;
use crate::domain::fact::{CancelledBecause, Fact, WrongAddress};
use crate::domain::names::{CaseId, Medium, NotificationId, PersonId, Recipient, SessionHash, Via};
use crate::domain::notification::{Digit, Family, Notification, Progress, Purpose, Subject};
use crate::domain::state::Track;

/// What reaches a number.
const BY_NUMBER: [Medium; 2] = [Medium::Phone, Medium::Sms];
/// By what the digits and the link to answer go.
const BY_CODE: [Medium; 2] = [Medium::Sms, Medium::Email];

impl Draft<'_> {
    /// A call or a message reached somebody else, who pressed 9 or said so on the page: nothing more goes to that
    /// address, what lies there opens nothing, and what it said of any case goes on another way.
    ///
    /// `shown` is the case whose digits they typed: wherever they have them from, they are not the person's alone.
    pub(super) fn wrong_address(&mut self, person: &PersonId, by: Medium, shown: Option<&CaseId>) {
        let media: Vec<Medium> =
            same_address(by).iter().copied().filter(|medium| !self.state.is_wrong(person, *medium)).collect();
        if media.is_empty() {
            return;
        }
        let to = Recipient::Person(person.clone());
        let theirs =
            |track: &&Arc<Track>| track.notification.to == to && media.contains(&track.notification.medium);
        let theirs: Vec<Arc<Track>> = self.state.notifications.values().filter(theirs).cloned().collect();
        let about = theirs.iter().filter_map(|track| track.notification.subject.case());
        let cases: BTreeSet<CaseId> = about.chain(shown).cloned().collect();
        let open = cases.iter().filter_map(|id| self.state.case(id)).filter(|case| case.is_open());
        let unsaid = open.filter(|case| self.is_strangers_word(case, person, (&media, None)));
        let unsaid: Vec<CaseId> = unsaid.map(|case| case.id.clone()).collect();
        for medium in &media {
            let went = |track: &&Arc<Track>| {
                track.notification.medium == *medium && !track.attempts.is_empty() && !track.astray
            };
            let astray = theirs.iter().filter(went).map(|track| track.notification.id.clone()).collect();
            let known = self.directory.persons.get(person);
            let address = known.and_then(|known| known.addresses.get(medium)).cloned();
            let wrong = WrongAddress {
                person: person.clone(),
                medium: *medium,
                astray,
                unsaid: unsaid.clone(),
                address,
            };
            self.record(Fact::WrongPerson(wrong));
        }
        self.close_sessions(person, &media);
        for id in cases {
            self.take_back(&id, person, (&media, shown == Some(&id)));
        }
        let others = theirs.iter().filter(|track| track.notification.subject.case().is_none());
        for track in others {
            self.cancel_one(&track.notification.id);
        }
        self.note_trouble(&match by {
            Medium::Email => Trouble::MailWrong(person.clone()),
            Medium::Phone | Medium::Sms | Medium::Robot => Trouble::NumberWrong(person.clone()),
        });
    }

    /// Of one case: its code is called in where somebody else may hold it, and what it said goes on another way.
    fn take_back(&mut self, id: &CaseId, person: &PersonId, (media, shown): (&[Medium], bool)) {
        let Some(case) = self.state.case(id).filter(|case| case.is_open()).cloned() else { return };
        let to = Recipient::Person(person.clone());
        let theirs = |it: &Notification| it.to == to && media.contains(&it.medium);
        let tracks = case.notifications.iter().filter_map(|id| self.state.track(id).cloned());
        let tracks: Vec<Arc<Track>> = tracks.filter(|track| theirs(&track.notification)).collect();
        let called_in = shown || tracks.iter().any(|track| !track.attempts.is_empty());
        if called_in {
            let issue = case.code_issues.get(person).map_or(1, |issue| issue.saturating_add(1));
            self.record(Fact::CodeCalledIn { case: id.clone(), person: person.clone(), issue });
        }
        let before = self.facts.len();
        let taken = case.handler.as_ref().filter(|handler| handler.person == *person);
        let lost = taken.is_some_and(|handler| {
            handler.via.as_ref().is_some_and(|via| self.is_strangers_word(&case, person, (media, Some(via))))
        });
        if lost {
            // Whoever took it was nobody: everybody is rung again, the person by the ways that are left.
            self.lose_handler(id, person, self.moment());
            self.cancel(id, CancelledBecause::WrongPerson, theirs);
            self.call_another(id, person, before);
        } else if !tracks.is_empty() {
            self.go_by_another_way(&case, &tracks);
            self.cancel(id, CancelledBecause::WrongPerson, theirs);
            // Who is rung all the same is somebody to wait for; a mail alone wakes nobody.
            let rung = media.contains(&Medium::Email) && self.is_rung(&case, &to);
            if !case.is_taken() && !case.has_confirmed(person) && !rung {
                self.call_another(id, person, self.facts.len());
            }
        }
        if called_in {
            self.send_new_code(id, person);
        }
    }

    /// Whether a person's word on a case, by this proof or by any, came from an address of somebody else: by a key pressed
    /// in a call there, or by digits that stood in no message to another address of theirs.
    fn is_strangers_word(
        &self,
        case: &Case,
        person: &PersonId,
        (media, by): (&[Medium], Option<&Via>),
    ) -> bool {
        let to = Recipient::Person(person.clone());
        let tracks = case.notifications.iter().filter_map(|id| self.state.track(id));
        let tracks: Vec<&Arc<Track>> = tracks.filter(|track| track.notification.to == to).collect();
        let key = tracks.iter().filter(|track| media.contains(&track.notification.medium));
        let key = key.flat_map(|track| &track.pressed).any(|digit| *digit != Digit::WrongPerson);
        let mut elsewhere = BY_CODE.iter().filter(|medium| !media.contains(medium));
        let elsewhere = elsewhere.any(|medium| {
            tracks.iter().any(|track| track.notification.medium == *medium && !track.attempts.is_empty())
        });
        let said = |via: &Via| case.confirmations.iter().any(|it| it.by == *person && it.via == *via);
        let is = |via: &Via| match via {
            Via::Digit => key,
            Via::Code => !elsewhere && media.iter().any(|medium| BY_CODE.contains(medium)),
            Via::Session | Via::Program(_) => false,
        };
        by.map_or_else(|| key || said(&Via::Code) && is(&Via::Code), is)
    }

    /// Whether a message of a case to somebody's number went or is to go.
    fn is_rung(&self, case: &Case, to: &Recipient) -> bool {
        let mut tracks = case.notifications.iter().filter_map(|id| self.state.track(id));
        tracks.any(|track| {
            let it = &track.notification;
            let lost = track.astray || matches!(track.state, Progress::Cancelled | Progress::Refused);
            it.to == *to && BY_NUMBER.contains(&it.medium) && !lost
        })
    }

    /// Who got the code that was called in at an address of their own gets the next one there: what was sent last.
    fn send_new_code(&mut self, id: &CaseId, person: &PersonId) {
        let to = Recipient::Person(person.clone());
        for medium in BY_CODE {
            let Some(case) = self.state.case(id).filter(|_| !self.state.is_wrong(person, medium)) else {
                continue;
            };
            let tracks = case.notifications.iter().rev().filter_map(|id| self.state.track(id));
            let mut theirs = tracks.filter(|track| {
                let it = &track.notification;
                it.to == to && it.medium == medium && it.purpose.family() == Family::Ring
            });
            let Some(last) = theirs.find(|track| track.state != Progress::Cancelled).cloned() else {
                continue;
            };
            // What has not gone yet carries the new code by itself.
            if last.attempts.is_empty() || self.unwanted(&last.notification).is_some() {
                continue;
            }
            self.cancel_one(&last.notification.id);
            let wish = Wish { failures: 0, ..Wish::again(&last.notification) };
            let (subject, purpose) = (Subject::Case(id.clone()), last.notification.purpose);
            self.plan(&subject, purpose, (&to, medium), self.moment(), wish);
        }
    }

    /// Who signed in by a code that went to an address of somebody else, or nobody knows where, is out.
    fn close_sessions(&mut self, person: &PersonId, media: &[Medium]) {
        let theirs = self.state.sessions.iter().filter(|(_, session)| {
            session.person == *person && session.medium.is_none_or(|medium| media.contains(&medium))
        });
        for session in theirs.map(|(hash, _)| hash.clone()).collect::<Vec<SessionHash>>() {
            self.record(Fact::SessionClosed { session });
        }
    }

    /// Cancels a message that waits to go.
    fn cancel_one(&mut self, id: &NotificationId) {
        let why = CancelledBecause::WrongPerson;
        if self.state.track(id).is_some_and(|track| track.send_at.is_some()) {
            self.record(Fact::NotificationCancelled { notification: id.clone(), why });
        }
    }

    /// Of each step what was said last goes by the media that come after the number, where that has not begun: somebody
    /// who picked up was nobody to wait for.
    fn go_by_another_way(&mut self, case: &Case, tracks: &[Arc<Track>]) {
        let alerts = tracks.iter().filter(|track| track.notification.purpose == Purpose::Alert);
        let mut last = BTreeMap::new();
        for track in alerts {
            if let Some(place) = track.notification.place {
                last.insert((place.plan, place.step), (place, track));
            }
        }
        for (place, track) in last.into_values() {
            let to = &track.notification.to;
            let further = |it: &Notification| {
                it.to == *to
                    && it.place.is_some_and(|other| {
                        (other.plan, other.step, other.repeat) == (place.plan, place.step, place.repeat)
                            && other.medium > place.medium
                    })
            };
            let begun = case.notifications.iter().filter_map(|id| self.state.track(id));
            let begun = begun.filter(|other| {
                !same_address(track.notification.medium).contains(&other.notification.medium)
            });
            if begun.map(|other| &other.notification).any(further) {
                continue;
            }
            if track.wait_until.is_some() {
                self.next_medium(track, self.moment());
            } else if self.unwanted(&track.notification).is_none() {
                let step = (place.plan, place.step, place.repeat);
                let what = (self.moment(), track.notification.missed);
                self.ladder(&case.id, step, (to, Some(&track.notification)), what);
            }
        }
    }

    /// Which wrong addresses are the same in the configuration that is adopted: it has put the others right, as far as
    /// anybody can tell.
    pub(super) fn still_wrong(&self) -> Vec<(PersonId, Medium)> {
        let now = |person: &PersonId, medium| self.directory.persons.get(person)?.addresses.get(medium);
        let known = self.state.wrong_addresses.values();
        let still = known.filter(|(person, medium, token)| now(person, medium) == Some(token));
        still.map(|(person, medium, _)| (person.clone(), *medium)).collect()
    }

    /// An address that was put right is no trouble; where the other one is wrong too, it will turn out. Nor is somebody,
    /// or a group, who is no more.
    pub(super) fn end_wrong_addresses(&mut self) {
        let open =
            self.state.troubles.iter().filter(|(_, standing)| standing.open).map(|(trouble, _)| trouble);
        let right = |person: &PersonId, media: &[Medium]| {
            !media.iter().any(|medium| self.state.is_wrong(person, *medium))
        };
        let wrong = open.filter(|trouble| match trouble {
            Trouble::NumberWrong(person) => right(person, &BY_NUMBER),
            Trouble::MailWrong(person) => right(person, &[Medium::Email]),
            Trouble::PersonNotReached(person) => !self.directory.persons.contains_key(person),
            Trouble::GroupNotReached(channel) => self.directory.channel(channel).is_none(),
            Trouble::Holding
            | Trouble::ClockInDoubt
            | Trouble::TornTail
            | Trouble::PastDamaged
            | Trouble::DiskNearlyFull
            | Trouble::VaultClosed
            | Trouble::IndexClosed
            | Trouble::DoorShut
            | Trouble::ChannelExhausted(_)
            | Trouble::SourceSilent(_)
            | Trouble::AuthorityUnreachable(_)
            | Trouble::AuthorityNotReached(_)
            | Trouble::CaseNotTaken(_) => false,
        });
        for trouble in wrong.cloned().collect::<Vec<_>>() {
            self.end_trouble(&trouble);
        }
    }
}

/// The media that lead to one address of a person.
const fn same_address(medium: Medium) -> &'static [Medium] {
    match medium {
        Medium::Phone | Medium::Sms => &BY_NUMBER,
        Medium::Email => &[Medium::Email],
        Medium::Robot => &[],
    }
}
