//! Bulletins: trouble is told to those who run the daemon, the signed head to those who inspect it.

use std::collections::BTreeSet;
use std::time::Duration;

use super::Draft;
use super::daily::Daily;
use super::notify::Wish;
use crate::domain::bulletin::{About, Trouble};
use crate::domain::directory::Role;
use crate::domain::fact::{Fact, TroubleBegan};
use crate::domain::names::{Medium, PersonId, Recipient, RequestId};
use crate::domain::notification::{Purpose, Subject};
use crate::domain::schedule::Due;
use crate::time::Timestamp;

/// Trouble that comes and goes is told once in this time.
const TOLD_AGAIN_AFTER: Duration = Duration::from_hours(1);
/// The messages of a trouble are remembered, and tried, for this long.
const TROUBLE_KEPT: Duration = Duration::from_hours(24);
/// What leads to a person.
const MEDIA: [Medium; 3] = [Medium::Sms, Medium::Email, Medium::Phone];
/// The longest that a head waits for a channel, where the next one is far off or never comes.
const HEAD_KEPT: Duration = Duration::from_hours(24 * 7);

impl Draft<'_> {
    /// Trouble began, or goes on: it is told once.
    pub(super) fn note_trouble(&mut self, trouble: &Trouble) {
        self.note_trouble_since(trouble, None);
    }

    /// The same, of trouble that began before it was seen.
    pub(super) fn note_trouble_since(&mut self, trouble: &Trouble, since: Option<Timestamp>) {
        let known = self.state.troubles.get(trouble).copied();
        if known.is_some_and(|standing| standing.open) {
            return;
        }
        let now = self.moment();
        let told_at = known.and_then(|standing| standing.told_at);
        let due = told_at.is_none_or(|told| now.since(told) >= TOLD_AGAIN_AFTER);
        let told = due && !self.is_told_to_nobody(trouble);
        let began = TroubleBegan { trouble: trouble.clone(), at: now, told, since };
        self.record(Fact::TroubleBegan(began));
        if due {
            self.tell_operators(trouble);
        }
    }

    /// Trouble is over.
    pub(super) fn end_trouble(&mut self, trouble: &Trouble) {
        if self.state.troubles.get(trouble).is_some_and(|standing| standing.open) {
            self.record(Fact::TroubleEnded { trouble: trouble.clone() });
        }
    }

    /// From here on people are told: of what has been wrong before as well, and of nothing twice at once.
    pub(super) fn tell_open_troubles(&mut self) {
        let now = self.moment();
        let untold = self.state.troubles.iter().filter(|(_, standing)| standing.told_at != Some(now));
        let open = untold.filter(|(_, standing)| standing.open);
        let open: Vec<Trouble> = open.map(|(trouble, _)| trouble.clone()).collect();
        for trouble in open {
            self.tell_operators(&trouble);
        }
    }

    /// Another configuration may have somebody to tell of what nobody could be told.
    pub(super) fn tell_untold(&mut self) {
        let untold = self.state.troubles.iter().filter(|(_, standing)| standing.is_untold());
        let untold: Vec<Trouble> = untold.map(|(trouble, _)| trouble.clone()).collect();
        for trouble in
            untold.into_iter().filter(|trouble| !self.is_told_to_nobody(trouble)).collect::<Vec<_>>()
        {
            self.end_trouble(&trouble);
            self.note_trouble(&trouble);
        }
    }

    /// Whether there is nobody who could be told. Before arming nobody is to be, and arming tells.
    fn is_told_to_nobody(&self, trouble: &Trouble) -> bool {
        self.state.is_armed() && self.concerned(trouble).is_empty()
    }

    fn tell_operators(&mut self, trouble: &Trouble) {
        if self.is_told_to_nobody(trouble) {
            self.record(Fact::TroubleUntold { trouble: trouble.clone() });
            return;
        }
        let now = self.moment();
        let request = self.free_request(&format!("trouble-{}", now.as_millis()));
        let about = About::Trouble(trouble.clone());
        self.record(Fact::BulletinOpened { request: request.clone(), about, until: now + TROUBLE_KEPT });
        let wish = Wish { useless_after: Some(now + TROUBLE_KEPT), ..Wish::default() };
        for person in self.concerned(trouble) {
            let to = Recipient::Person(person);
            for medium in self.media_of_trouble(&to, trouble) {
                let subject = Subject::Daemon(request.clone());
                self.plan(&subject, Purpose::Operator, (&to, medium), now, wish.clone());
            }
        }
    }

    /// A bulletin leaves memory.
    pub(super) fn bulletin_over(&mut self, request: &RequestId) {
        let Some(bulletin) = self.state.bulletins.get(request).cloned() else { return };
        self.leave_with(&Due::Bulletin(request.clone()), &bulletin.notifications);
    }

    /// Two troubles that begin within one millisecond are two bulletins.
    pub(super) fn free_request(&self, first: &str) -> RequestId {
        let mut request = RequestId::new(first);
        let mut count = 1_u32;
        while self.state.bulletins.get(&request).is_some() {
            count += 1;
            request = RequestId::new(&format!("{first}-{count}"));
        }
        request
    }

    /// Whom a trouble is told: the first of those it concerns whom the configuration lets reach at all.
    fn concerned(&self, trouble: &Trouble) -> Vec<PersonId> {
        let (_, unreached) = addressed(trouble);
        let is_reached = |person: &PersonId| {
            let to = Recipient::Person(person.clone());
            MEDIA.iter().any(|medium| self.unreachable(&to, *medium).is_none())
        };
        let mut most = Vec::new();
        for mut people in self.those_to_tell(trouble) {
            people.retain(|person| Some(person) != unreached && is_reached(person));
            if !people.is_empty() {
                most = people;
                break;
            }
        }
        most.retain(|person| self.is_released(person));
        most
    }

    /// Who stands in for whom: those who run the daemon, or, of an address, the office, which knows the right one, and,
    /// where something is owed to an authority or nobody is named, the officer on duty; the leader on duty; the office.
    /// What cannot wait goes on to whoever has anything to do with it.
    fn those_to_tell(&self, trouble: &Trouble) -> Vec<Vec<PersonId>> {
        let directory = self.directory;
        let with = |role: Role| {
            let has = directory.roles.iter().filter(move |(_, has)| *has == role);
            has.map(|(person, _)| person.clone()).collect::<Vec<PersonId>>()
        };
        let officer = self.on_duty("officer");
        let named = with(addressed(trouble).0);
        // What an authority is owed is brought by the officer.
        let owed = matches!(trouble, Trouble::AuthorityUnreachable(_) | Trouble::AuthorityNotReached(_));
        let mut rungs = if owed {
            let officer = officer.filter(|officer| !named.contains(officer));
            vec![named.into_iter().chain(officer).collect()]
        } else {
            vec![named, officer.into_iter().collect()]
        };
        rungs.push(self.on_duty("leader").into_iter().collect());
        rungs.push(with(Role::Office));
        if trouble.is_urgent() {
            let others = directory.duties.iter().filter_map(|duty| self.on_duty(duty.role.as_str()));
            let others: BTreeSet<PersonId> =
                others.chain(directory.bodies.values().flatten().cloned()).collect();
            let leaders: BTreeSet<PersonId> =
                directory.units.values().map(|unit| unit.leader.clone()).collect();
            rungs.push(others.into_iter().collect());
            rungs.push(leaders.into_iter().collect());
            rungs.push(directory.persons.keys().cloned().collect());
        }
        rungs
    }

    /// By SMS and mail, and by telephone where it is urgent or nothing else is left; never by a channel that is
    /// exhausted alone, but where there is no other it waits for that.
    fn media_of_trouble(&self, to: &Recipient, trouble: &Trouble) -> Vec<Medium> {
        let open = |medium: &Medium| self.leads(to, *medium);
        let mut media: Vec<Medium> = [Medium::Sms, Medium::Email].into_iter().filter(open).collect();
        if (trouble.is_urgent() || media.is_empty()) && open(&Medium::Phone) {
            media.push(Medium::Phone);
        }
        if media.is_empty() { self.ways(to, &MEDIA) } else { media }
    }

    /// The signed head leaves; of those that fell due while the daemon was down one goes.
    pub(super) fn heads_due(&mut self) {
        let Some((due, next)) = self.comes(Daily::Heads) else { return };
        let longest = self.moment() + HEAD_KEPT;
        let until = next.map_or(longest, |next| next.min(longest));
        let request = RequestId::new(&format!("head-{}", due.as_millis()));
        let inspectors: Vec<PersonId> =
            self.directory.inspectors.iter().filter(|person| self.is_released(person)).cloned().collect();
        if inspectors.is_empty() {
            return;
        }
        self.record(Fact::BulletinOpened { request: request.clone(), about: About::Head, until });
        for person in inspectors {
            let to = Recipient::Person(person);
            match self.unreachable(&to, Medium::Email) {
                None => {
                    let wish = Wish { useless_after: Some(until), ..Wish::default() };
                    let subject = Subject::Daemon(request.clone());
                    self.plan(&subject, Purpose::Head, (&to, Medium::Email), due, wish);
                }
                Some(why) => {
                    let medium = Medium::Email;
                    self.record(Fact::MediumSkipped { case: None, to, medium, why });
                }
            }
        }
    }
}

/// Whose it is to put a trouble right, and whom it is of no use to tell: nothing reaches them.
const fn addressed(trouble: &Trouble) -> (Role, Option<&PersonId>) {
    match trouble {
        Trouble::NumberWrong(person) => (Role::Office, Some(person)),
        Trouble::PersonNotReached(person) => (Role::Operator, Some(person)),
        Trouble::MailWrong(_) | Trouble::CaseNotTaken(_) => (Role::Office, None),
        Trouble::Holding
        | Trouble::ClockInDoubt
        | Trouble::TornTail
        | Trouble::PastDamaged
        | Trouble::DiskNearlyFull
        | Trouble::VaultClosed
        | Trouble::IndexClosed
        | Trouble::DoorShut
        | Trouble::ChannelExhausted(_)
        | Trouble::GroupNotReached(_)
        | Trouble::SourceSilent(_)
        | Trouble::AuthorityUnreachable(_)
        | Trouble::AuthorityNotReached(_) => (Role::Operator, None),
    }
}
