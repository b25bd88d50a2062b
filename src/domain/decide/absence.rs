//! Absences: who is away, entered by the person or the office; it counts from the next thing that is due.

use std::time::Duration;

use super::Draft;
use super::ahead::Bounds;
use crate::domain::command::{AbsenceRejection, Absent, Rejection, SpanRejection};
use crate::domain::directory::Unit;
use crate::domain::fact::{AbsenceEnded, AbsenceRecorded, Fact};
use crate::domain::names::{Actor, DutyRole, PersonId, UnitId};
use crate::time::Timestamp;

/// Of one person's absences.
const BOUNDS: Bounds =
    Bounds { longest: Duration::from_hours(24 * 180), ahead: Duration::from_hours(24 * 180), open_max: 10 };
/// Who was named leads from then on.
const KNOWN_FOR: Duration = Duration::from_hours(1);

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
        Ok(())
    }

    /// Of nobody else than `of`, where that says somebody: people end their own, the office anybody's.
    fn end_absence(&mut self, absence: u64, actor: &Actor, of: Option<&PersonId>) -> Result<(), Rejection> {
        self.known(&actor.by)?;
        let at = self.moment();
        let mut all = self.state.absences.iter().filter(|(person, _)| of.is_none_or(|of| of == *person));
        let found = all.find_map(|(person, theirs)| {
            let it = theirs.iter().find(|it| it.absence == absence)?;
            Some((person.clone(), it.span))
        });
        let (person, span) = found.ok_or(AbsenceRejection::Span(SpanRejection::Unknown))?;
        if span.to <= at {
            return Err(AbsenceRejection::Span(SpanRejection::Over).into());
        }
        self.record(Fact::AbsenceEnded(AbsenceEnded { absence, person, at, actor: actor.clone() }));
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

    /// Who leads a unit: its leader, or whoever a leader who is away named. Nobody leads a unit by being named within
    /// the last hour.
    pub(super) fn leading(&self, unit: &Unit) -> PersonId {
        let now = self.moment();
        let absence = self.state.absence(&unit.leader, now).filter(|it| it.span.from + KNOWN_FOR <= now);
        let named = absence.and_then(|_| self.state.stand_in(&unit.leader, now));
        named.unwrap_or_else(|| unit.leader.clone())
    }
}
