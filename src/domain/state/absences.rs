//! Who is away: by an absence that somebody entered, or with an open case of their own (M3).
//!
//! **Invariant.** Nobody is away for a time that was past when it was entered.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::State;
use crate::domain::case::Case;
use crate::domain::directory::{Directory, Unit};
use crate::domain::fact::{AbsenceRecorded, AbsentBecause, Span};
use crate::domain::names::{CaseId, DutyRole, Kind, PersonId};
use crate::domain::slot::KEPT;
use crate::time::Timestamp;

/// So many of one person are remembered, those to come first.
const OF_ONE_MAX: usize = 20;
/// So often somebody who stands in has somebody who stands in for them.
const LINKS_MAX: usize = 5;

/// A time in which a person is away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absence {
    /// What it goes by: the number of the entry in which it was recorded.
    pub absence: u64,
    /// From when to when; the last instant is not in it.
    pub span: Span,
    /// Why.
    pub why: AbsentBecause,
    /// Who stands in, where somebody is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stand_in: Option<PersonId>,
}

impl Absence {
    /// Whether an instant is in it.
    #[must_use]
    pub fn holds(&self, at: Timestamp) -> bool {
        self.span.from <= at && at < self.span.to
    }
}

impl State {
    /// Whether a person has an open case of their own that was not ruled out.
    pub(in crate::domain) fn is_ill(&self, person: &PersonId) -> bool {
        self.ill_since(person).is_some()
    }

    /// Since when a person has an open case of their own that was not ruled out.
    fn ill_since(&self, person: &PersonId) -> Option<Timestamp> {
        let open = self.cases_of(person).filter(|case| case.is_open() && case.kind != Kind::RuledOut);
        open.map(|case| case.opened_at).min()
    }

    /// A person's absences, those that are over too.
    pub fn absences_of(&self, person: &PersonId) -> impl Iterator<Item = &Absence> {
        self.absences.get(person).into_iter().flat_map(|known| known.iter())
    }

    /// The absence of a person at an instant; of several the one that was entered last.
    #[must_use]
    pub fn absence(&self, person: &PersonId, at: Timestamp) -> Option<&Absence> {
        self.absences_of(person).filter(|it| it.holds(at)).max_by_key(|it| it.absence)
    }

    /// Since when a person is away at an instant, as far as is known.
    #[must_use]
    pub fn away_since(&self, person: &PersonId, at: Timestamp) -> Option<Timestamp> {
        let absent = self.absence(person, at).map(|it| it.span.from);
        absent.into_iter().chain(self.ill_since(person)).min()
    }

    /// Whether a person is away, as far as is known.
    #[must_use]
    pub fn is_away(&self, person: &PersonId, at: Timestamp) -> bool {
        self.away_since(person, at).is_some()
    }

    /// Who stands in for a person by their absence, and is not away themselves.
    #[must_use]
    pub fn stand_in(&self, person: &PersonId, at: Timestamp) -> Option<PersonId> {
        self.line_of(person, at).find(|other| other != person && !self.is_away(other, at))
    }

    /// The absences for a fever that people of a unit's posts had in a span; of nobody who has a case of their own, which
    /// counts itself, nor of the filer: nobody is told of their own.
    #[must_use]
    pub fn away_for_fever(&self, unit: &Unit, span: Span, filer: &PersonId) -> Vec<u64> {
        let posts: BTreeSet<&PersonId> =
            [Some(&unit.liaison), unit.deputy.as_ref(), Some(&unit.leader)].into_iter().flatten().collect();
        let others =
            posts.into_iter().filter(|person| *person != filer && self.cases_of(person).next().is_none());
        let theirs = others.filter_map(|person| {
            let mut all = self.absences_of(person).filter(|it| it.why == AbsentBecause::Fever);
            all.find(|it| it.span.from <= span.to && span.from < it.span.to)
        });
        theirs.map(|it| it.absence).collect()
    }

    /// Whether whoever was away had a case of their own since, and every one was ruled out (P12).
    pub(super) fn is_absence_cleared(&self, absence: u64) -> bool {
        let whose = self.absences.iter().find(|(_, theirs)| theirs.iter().any(|it| it.absence == absence));
        whose.is_some_and(|(person, _)| {
            let mut cases = self.cases_of(person).peekable();
            cases.peek().is_some() && cases.all(|case| case.kind == Kind::RuledOut)
        })
    }

    /// How many of these absences are of people who have no case of their own, which counts itself.
    pub(in crate::domain) fn without_case(&self, absences: &[u64]) -> usize {
        let is_one = |theirs: &[Absence]| theirs.iter().any(|it| absences.contains(&it.absence));
        let whose = self.absences.iter().filter(|(_, theirs)| is_one(theirs));
        whose.filter(|(person, _)| self.cases_of(person).next().is_none()).count()
    }

    /// The cases in memory that are a person's own.
    fn cases_of<'s>(&'s self, person: &'s PersonId) -> impl Iterator<Item = &'s Arc<Case>> {
        let first = (person.clone(), CaseId::new(""));
        let theirs = self.by_patient.range(first..).take_while(move |(of, _)| of == person);
        theirs.filter_map(|(_, id)| self.case(id))
    }

    /// Whom a person named by their absence, whom those did, and so on.
    pub(in crate::domain) fn line_of(
        &self,
        person: &PersonId,
        at: Timestamp,
    ) -> impl Iterator<Item = PersonId> {
        let named = move |person: &PersonId| self.absence(person, at).and_then(|it| it.stand_in.clone());
        std::iter::successors(named(person), named).take(LINKS_MAX)
    }

    /// Those through whom a person's post comes to who answers in it: they themselves, whom they named, whom those did, and
    /// so on up to who answers; all of them, where that is somebody else or nobody is there.
    pub(in crate::domain) fn line_up_to(
        &self,
        person: &PersonId,
        answers: &PersonId,
        at: Timestamp,
    ) -> Vec<PersonId> {
        let mut line: Vec<PersonId> =
            std::iter::once(person.clone()).chain(self.line_of(person, at)).collect();
        match line.iter().skip(1).position(|other| other == answers) {
            Some(place) => line.truncate(place + 2),
            None if answers != person => line.push(answers.clone()),
            None => {}
        }
        line
    }

    /// When it last changed whether a person is away, or whom they named, up to an instant. A case of their own changes
    /// nothing for whoever is away anyway.
    pub(in crate::domain) fn changed_at(&self, person: &PersonId, at: Timestamp) -> Option<Timestamp> {
        let spans = self.absences_of(person).flat_map(|it| [it.span.from, it.span.to]);
        let closed = |case: &Arc<Case>| case.closed.as_ref().map(|closed| closed.at);
        let cases = self.cases_of(person).flat_map(|case| [Some(case.opened_at), closed(case)]).flatten();
        let cases = cases.filter(|change| self.absence(person, *change).is_none());
        spans.chain(cases).filter(|change| *change <= at).max()
    }

    /// Whether a person holds a post of a unit at an instant, or stands in for somebody who does.
    #[must_use]
    pub fn works_for(&self, unit: &Unit, person: &PersonId, at: Timestamp) -> bool {
        let stands_in = |post: &PersonId| self.stand_in(post, at).as_ref() == Some(person);
        let deputy = unit.deputy.as_ref().is_some_and(stands_in);
        unit.holds(person) || stands_in(&unit.liaison) || deputy || stands_in(&unit.leader)
    }

    /// Whether a person is on duty in a role at an instant, or was named by whoever is: nobody hands on what they were
    /// handed.
    #[must_use]
    pub fn holds_duty(
        &self,
        directory: &Directory,
        role: &DutyRole,
        (person, at): (&PersonId, Timestamp),
    ) -> bool {
        directory.on_duty(role, at).is_some_and(|holder| {
            let named = self.absence(&holder, at).and_then(|it| it.stand_in.as_ref());
            holder == *person || named == Some(person)
        })
    }

    /// Who is on duty in a role at an instant; where they are away whoever they named, else the other role, else they
    /// themselves: better somebody who is away than nobody.
    #[must_use]
    pub fn on_duty(&self, directory: &Directory, role: &DutyRole, at: Timestamp) -> Option<PersonId> {
        let person = directory.on_duty(role, at)?;
        if !self.is_away(&person, at) {
            return Some(person);
        }
        let others = ["leader", "officer"].map(|role| directory.on_duty(&DutyRole::new(role), at));
        let mut others = others.into_iter().flatten();
        let other = || others.find(|other| *other != person && !self.is_away(other, at));
        Some(self.stand_in(&person, at).or_else(other).unwrap_or(person))
    }

    /// Somebody will be away. What is long over is forgotten.
    pub(crate) fn absent(&mut self, (absence, now): (u64, Timestamp), it: &AbsenceRecorded) {
        let known = self.absences.get(&it.person);
        let mut all = known.map_or_else(Vec::new, |known| known.as_ref().clone());
        all.retain(|known| known.span.to + KEPT > now);
        all.push(Absence { absence, span: it.span, why: it.why, stand_in: it.stand_in.clone() });
        if all.len() > OF_ONE_MAX {
            all.sort_by_key(|known| (known.span.to > now, known.absence));
            all.remove(0);
        }
        self.absences.insert_mut(it.person.clone(), Arc::new(all));
    }

    /// An absence is over before its time, or will not be.
    pub(crate) fn present(&mut self, person: &PersonId, absence: u64, at: Timestamp) {
        let Some(known) = self.absences.get(person) else { return };
        let mut all = known.as_ref().clone();
        all.retain(|it| it.absence != absence || it.span.from < at);
        if let Some(it) = all.iter_mut().find(|it| it.absence == absence) {
            it.span.to = at.min(it.span.to);
        }
        if all.is_empty() {
            self.absences.remove_mut(person);
        } else {
            self.absences.insert_mut(person.clone(), Arc::new(all));
        }
    }
}
