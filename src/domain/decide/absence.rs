//! Absences: who is away, entered by the person or the office; it counts from the next thing that is due.

use std::time::Duration;

use super::Draft;
use super::ahead::Bounds;
use super::notify::Wish;
use super::remind::ASKED_BY;
use crate::domain::bulletin::{About, AbsenceNotice, Trouble};
use crate::domain::command::{AbsenceRejection, Absent, Rejection, SpanRejection};
use crate::domain::directory::Unit;
use crate::domain::fact::{AbsenceEnded, AbsenceRecorded, Fact, Span};
use crate::domain::lapse::Post;
use crate::domain::names::{Actor, DutyRole, PersonId, Recipient, UnitId};
use crate::domain::notification::{Purpose, Subject};
use crate::domain::state::Absence;
use crate::time::Timestamp;

/// Of one person's absences.
const BOUNDS: Bounds =
    Bounds { longest: Duration::from_hours(24 * 180), ahead: Duration::from_hours(24 * 180), open_max: 10 };
/// Who came to lead a unit answers for it from then on.
const KNOWN_FOR: Duration = Duration::from_hours(1);
/// A notice is tried for as long as its absence lasts, at most so long; and counts against the next ones so long at least.
const TOLD_FOR: Duration = Duration::from_hours(72);
const TOLD_FOR_AT_LEAST: Duration = Duration::from_hours(24);
/// So many notices of one person's absences: whoever enters and ends one after another writes to nobody without end.
const NOTICES_MAX: usize = 12;

impl Draft<'_> {
    /// Somebody is away, or back.
    pub(super) fn absence(&mut self, what: &Absent) -> Result<(), Rejection> {
        match what {
            Absent::Record(it) => self.record_absence(it),
            Absent::End { absence, actor, of } => self.end_absence(*absence, actor, of.as_ref()),
        }
    }

    /// Never for a time that is past: what fell due before it was known stays as it is.
    fn record_absence(&mut self, wish: &AbsenceRecorded) -> Result<(), Rejection> {
        self.known(&wish.actor.by)?;
        let known = |person: &PersonId| self.directory.persons.contains_key(person);
        if !known(&wish.person) {
            return Err(AbsenceRejection::PersonUnknown.into());
        }
        if wish.stand_in.as_ref().is_some_and(|other| *other == wish.person || !known(other)) {
            return Err(AbsenceRejection::StandInUnknown.into());
        }
        let others = self.state.absences_of(&wish.person).map(|it| it.span);
        let admitted = BOUNDS.admit((wish.span.from, wish.span.to), self.moment(), others);
        let span = admitted.map_err(AbsenceRejection::from)?;
        self.record(Fact::AbsenceRecorded(Box::new(AbsenceRecorded { span, ..wish.clone() })));
        let AbsenceRecorded { person, stand_in, actor, .. } = wish.clone();
        let notice = AbsenceNotice { absence: self.seq(), person, span, stand_in, ended: false };
        self.tell_of_absence(notice, &actor);
        Ok(())
    }

    /// Whoever stands in is told, and whoever is away; not of what they entered themselves.
    fn tell_of_absence(&mut self, notice: AbsenceNotice, actor: &Actor) {
        let mut concerned: Vec<PersonId> =
            [Some(notice.person.clone()), notice.stand_in.clone()].into_iter().flatten().collect();
        concerned.retain(|person| *person != actor.by && self.holds(&notice, person));
        let mut told = Vec::new();
        for person in concerned {
            let to = Recipient::Person(person.clone());
            match self.ways(&to, &ASKED_BY).first() {
                _ if !self.is_released(&person) => {}
                Some(medium) => told.push((to, *medium)),
                None => self.note_trouble(&Trouble::PersonNotReached(person)),
            }
        }
        let notices = self.state.bulletins.iter();
        let theirs =
            notices.filter(|(_, it)| matches!(&it.about, About::Absence(it) if it.person == notice.person));
        if told.is_empty() || theirs.count() >= NOTICES_MAX {
            return;
        }
        let now = self.moment();
        let useless_after = notice.span.to.min(now + TOLD_FOR);
        let until = useless_after.max(now + TOLD_FOR_AT_LEAST);
        let request = self.free_request(&format!("absence-{}", self.seq()));
        let about = About::Absence(Box::new(notice));
        self.record(Fact::BulletinOpened { request: request.clone(), about, until });
        for (to, medium) in told {
            let subject = Subject::Daemon(request.clone());
            let wish = Wish { useless_after: Some(useless_after), ..Wish::default() };
            self.plan(&subject, Purpose::Absence, (&to, medium), now, wish);
        }
    }

    /// Whether what a notice says of an absence to a reader is so: it stands; or it is over, and no other one says the
    /// same.
    pub(super) fn holds(&self, notice: &AbsenceNotice, reader: &PersonId) -> bool {
        let AbsenceNotice { absence, person, span, ended, .. } = notice;
        let mut all = self.state.absences_of(person);
        if !ended {
            return all.any(|it| it.absence == *absence && it.span.to == span.to);
        }
        let concerns = |it: &Absence| reader == person || it.stand_in.as_ref() == Some(reader);
        !all.any(|it| concerns(it) && it.span.from < span.to && span.from < it.span.to)
    }

    /// Of nobody else than `of`, where that says somebody: people end their own, the office anybody's.
    fn end_absence(&mut self, absence: u64, actor: &Actor, of: Option<&PersonId>) -> Result<(), Rejection> {
        self.known(&actor.by)?;
        let at = self.moment();
        let mut all = self.state.absences.iter().filter(|(person, _)| of.is_none_or(|of| of == *person));
        let found = all.find_map(|(person, theirs)| {
            let it = theirs.iter().find(|it| it.absence == absence)?;
            Some((person.clone(), it.clone()))
        });
        let (person, known) = found.ok_or(AbsenceRejection::Span(SpanRejection::Unknown))?;
        if known.span.to <= at {
            return Err(AbsenceRejection::Span(SpanRejection::Over).into());
        }
        let ended = AbsenceEnded { absence, person: person.clone(), at, actor: actor.clone() };
        self.record(Fact::AbsenceEnded(ended));
        let span = Span { from: known.span.from.max(at), to: known.span.to };
        let notice = AbsenceNotice { absence, person, span, stand_in: known.stand_in, ended: true };
        self.tell_of_absence(notice, actor);
        Ok(())
    }

    /// Whether a person is away at this moment.
    pub(super) fn is_away(&self, person: &PersonId) -> bool {
        self.state.is_away(person, self.moment())
    }

    /// Whether a person holds a post of a unit, or stands in for somebody who does.
    pub(super) fn works_for(&self, unit: &UnitId, person: &PersonId) -> bool {
        let known = self.directory.units.get(unit);
        known.is_some_and(|unit| self.state.works_for(unit, person, self.moment()))
    }

    /// Who is on duty in a role at this moment, or stands in for them.
    pub(super) fn on_duty(&self, role: &str) -> Option<PersonId> {
        self.state.on_duty(self.directory, &DutyRole::new(role), self.moment())
    }

    /// Who reports for a unit, of those who are there and will do: its liaison; where they are away whoever they named,
    /// the deputy, the leader, and whoever these named. And when it last changed who that is.
    pub(super) fn reporter(
        &self,
        unit: &Unit,
        mut will_do: impl FnMut(&PersonId) -> bool,
    ) -> Option<(PersonId, Option<Timestamp>)> {
        let now = self.moment();
        let mut changed = None;
        for post in Self::posts(unit) {
            for person in std::iter::once(post.clone()).chain(self.state.line_of(post, now)) {
                changed = changed.max(self.state.changed_at(&person, now));
                if !self.is_away(&person) && will_do(&person) {
                    return Some((person, changed));
                }
            }
        }
        None
    }

    /// Whom it asks where everybody of a unit is away: its posts all the same.
    pub(super) fn reporter_at_all(
        &self,
        unit: &Unit,
        mut will_do: impl FnMut(&PersonId) -> bool,
    ) -> Option<PersonId> {
        let there = self.reporter(unit, &mut will_do).map(|(person, _)| person);
        there.or_else(|| Self::posts(unit).find(|person| will_do(person)).cloned())
    }

    /// Those who report for a unit, in order.
    fn posts(unit: &Unit) -> impl Iterator<Item = &PersonId> {
        [Some(&unit.liaison), unit.deputy.as_ref(), Some(&unit.leader)].into_iter().flatten()
    }

    /// Who leads a unit: its leader, or whoever a leader who is away named; where the leader has an open case of their own
    /// and named nobody, its deputy, else nobody (M3). Nobody leads a unit by coming to it within the last hour.
    pub(super) fn leading(&self, unit: &Unit) -> Option<(PersonId, Post)> {
        let (now, leader) = (self.moment(), &unit.leader);
        let is_ill = self.state.is_ill(leader);
        let has_led = |person: &PersonId| {
            let line = self.state.line_up_to(leader, person, now);
            let changed = line.iter().filter_map(|person| self.state.changed_at(person, now)).max();
            changed.is_none_or(|change| change + KNOWN_FOR <= now)
        };
        let named = self.state.stand_in(leader, now).filter(has_led);
        let deputy =
            || unit.deputy.clone().filter(|deputy| is_ill && !self.is_away(deputy) && has_led(deputy));
        match named.or_else(deputy) {
            Some(other) => Some((other, Post::ForLeader)),
            None => (!is_ill).then(|| (leader.clone(), Post::Leader)),
        }
    }

    /// In which post of a unit somebody is: the first they hold, in the order in which its posts report; else that of the
    /// first who named them to stand in, or whom those named.
    pub(super) fn post_of(&self, unit: &Unit, person: &PersonId) -> Post {
        let all = [(Some(&unit.liaison), Post::Liaison), (unit.deputy.as_ref(), Post::Deputy)];
        let all = all.into_iter().chain([(Some(&unit.leader), Post::Leader)]);
        let held = || all.clone().filter_map(|(holder, post)| Some((holder?, post)));
        let now = self.moment();
        let stands_in = |holder: &PersonId| self.state.line_of(holder, now).any(|other| other == *person);
        let own = held().find(|(holder, _)| *holder == person).map(|(_, post)| post);
        let other = || held().find(|(holder, _)| stands_in(holder)).map(|(_, post)| post.stood_in());
        own.or_else(other).unwrap_or(Post::Outside)
    }
}
