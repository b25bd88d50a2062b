//! Targets: who a step means at this moment, and who stands in for a person who is away, or whose own case it is.

use super::Draft;
use crate::domain::case::Case;
use crate::domain::directory::Unit;
use crate::domain::fact::Gap;
use crate::domain::names::{Medium, PersonId, Recipient};
use crate::domain::policy::Target;

impl Draft<'_> {
    /// The people that targets mean, each once, and what was found empty.
    pub(super) fn resolve(
        &self,
        case: &Case,
        targets: &[Target],
        by: &[Medium],
    ) -> (Vec<Recipient>, Vec<Gap>) {
        let mut told: Vec<Recipient> = Vec::new();
        let mut gaps = Vec::new();
        for target in targets {
            for candidate in self.candidates(case, target) {
                match self.admit(candidate, by) {
                    Ok(recipient) if told.contains(&recipient) => {}
                    Ok(recipient) => told.push(recipient),
                    Err(gap) => gaps.push(gap),
                }
            }
        }
        (told, gaps)
    }

    fn candidates(&self, case: &Case, target: &Target) -> Vec<Result<Recipient, Gap>> {
        let directory = self.directory;
        let unit = directory.units.get(&case.unit);
        let one = |person: Option<PersonId>| vec![self.stand_in(case, target, person)];
        match target {
            Target::UnitLeader => one(unit.map(|unit| unit.leader.clone())),
            Target::UnitLiaison => one(unit.map(|unit| unit.liaison.clone())),
            Target::UnitDeputy => one(unit.and_then(|unit| unit.deputy.clone())),
            Target::Duty(role) => one(directory.on_duty(role, self.moment())),
            Target::Handler => match &case.handler {
                Some(handler) => one(Some(handler.person.clone())),
                // Nobody handles the case: no gap of the roster, and others are named beside it.
                None => Vec::new(),
            },
            Target::Person(person) => one(Some(person.clone())),
            Target::Body(body) => match directory.bodies.get(body).filter(|members| !members.is_empty()) {
                Some(members) => self
                    .present(case, members)
                    .into_iter()
                    .map(|member| Ok(Recipient::Person(member)))
                    .collect(),
                None => vec![Err(Gap::Empty(target.clone()))],
            },
            Target::Channel(channel) => match directory.channel(channel) {
                Some(_) => vec![Ok(Recipient::Robot(channel.clone()))],
                None => vec![Err(Gap::Empty(target.clone()))],
            },
        }
    }

    /// The members of a body who are there, and whoever those who are away named; where nobody is left, those who are
    /// away all the same.
    fn present(&self, case: &Case, members: &[PersonId]) -> Vec<PersonId> {
        let not_own = |person: &PersonId| case.subject_person.as_ref() != Some(person);
        let members = || members.iter().filter(|member| not_own(member));
        let there = |member: &PersonId| {
            if !self.is_away(member) {
                return Some(member.clone());
            }
            self.state.stand_in(member, self.moment()).filter(not_own)
        };
        let present: Vec<PersonId> = members().filter_map(there).collect();
        if present.is_empty() { members().cloned().collect() } else { present }
    }

    /// The holder of a post, or whoever stands in where they are away, or the case is their own: whom they named, else
    /// who is next to them. Who is away is rung all the same where there is nobody else; whose own case it is, never.
    /// The handler keeps the case until somebody takes it over.
    fn stand_in(&self, case: &Case, target: &Target, person: Option<PersonId>) -> Result<Recipient, Gap> {
        let Some(person) = person else { return Err(Gap::Empty(target.clone())) };
        let own = case.subject_person.as_ref() == Some(&person);
        let away = *target != Target::Handler && self.is_away(&person);
        if !own && !away {
            return Ok(Recipient::Person(person));
        }
        let unit = self.directory.units.get(&case.unit);
        let of_unit = |pick: fn(&Unit) -> Option<PersonId>| unit.and_then(pick);
        let (leader, officer) = (self.on_duty("leader"), self.on_duty("officer"));
        let others = match target {
            Target::UnitLeader => [of_unit(|unit| unit.deputy.clone()), leader, officer],
            Target::UnitLiaison => {
                [of_unit(|unit| unit.deputy.clone()), of_unit(|unit| Some(unit.leader.clone())), leader]
            }
            Target::UnitDeputy => [of_unit(|unit| Some(unit.leader.clone())), leader, officer],
            Target::Duty(_) => [leader, officer, None],
            Target::Handler | Target::Body(_) | Target::Person(_) | Target::Channel(_) => [None, None, None],
        };
        let named = self.state.stand_in(&person, self.moment()).filter(|_| *target != Target::Handler);
        let is_other = |other: &PersonId| *other != person && case.subject_person.as_ref() != Some(other);
        let others: Vec<PersonId> =
            named.into_iter().chain(others.into_iter().flatten()).filter(is_other).collect();
        let there = others.iter().find(|other| !self.is_away(other));
        // In a case of the holder's own somebody who is away is better than nobody.
        match there.or_else(|| others.first().filter(|_| own)).cloned() {
            Some(other) => Ok(Recipient::Person(other)),
            None if own => Err(Gap::OwnCase(person)),
            None => Ok(Recipient::Person(person)),
        }
    }

    /// Whether a message may go to somebody at all: by an address, and by arms.
    fn admit(&self, candidate: Result<Recipient, Gap>, by: &[Medium]) -> Result<Recipient, Gap> {
        let recipient = candidate?;
        if let Recipient::Person(person) = &recipient {
            if !self.is_released(person) {
                return Err(Gap::Unarmed(recipient));
            }
            if !by.iter().any(|medium| self.directory.reaches(person, *medium)) {
                return Err(Gap::NoAddress(person.clone()));
            }
        } else if !self.state.is_armed() {
            return Err(Gap::Unarmed(recipient));
        }
        Ok(recipient)
    }

    /// Whether a person may get messages: the daemon is armed, or they are on the test list.
    pub(super) fn is_released(&self, person: &PersonId) -> bool {
        self.state.is_armed() || self.directory.testing.contains(person)
    }
}
