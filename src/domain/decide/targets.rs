//! Targets: who a step means at this moment, and who stands in for a person whose own case it is.

use super::Draft;
use crate::domain::case::Case;
use crate::domain::directory::Unit;
use crate::domain::fact::Gap;
use crate::domain::names::{DutyRole, Medium, PersonId, Recipient};
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
                Some(members) => members
                    .iter()
                    .filter(|member| case.subject_person.as_ref() != Some(*member))
                    .map(|member| Ok(Recipient::Person(member.clone())))
                    .collect(),
                None => vec![Err(Gap::Empty(target.clone()))],
            },
            Target::Channel(channel) => match directory.channel(channel) {
                Some(_) => vec![Ok(Recipient::Robot(channel.clone()))],
                None => vec![Err(Gap::Empty(target.clone()))],
            },
        }
    }

    /// The holder of a post, or whoever stands in where the case is their own.
    fn stand_in(&self, case: &Case, target: &Target, person: Option<PersonId>) -> Result<Recipient, Gap> {
        let Some(person) = person else { return Err(Gap::Empty(target.clone())) };
        if case.subject_person.as_ref() != Some(&person) {
            return Ok(Recipient::Person(person));
        }
        let directory = self.directory;
        let on_duty = |role: &str| directory.on_duty(&DutyRole::new(role), self.moment());
        let unit = directory.units.get(&case.unit);
        let of_unit = |pick: fn(&Unit) -> Option<PersonId>| unit.and_then(pick);
        let others = match target {
            Target::UnitLeader => {
                [of_unit(|unit| unit.deputy.clone()), on_duty("leader"), on_duty("officer")]
            }
            Target::UnitLiaison => [
                of_unit(|unit| unit.deputy.clone()),
                of_unit(|unit| Some(unit.leader.clone())),
                on_duty("leader"),
            ],
            Target::UnitDeputy => {
                [of_unit(|unit| Some(unit.leader.clone())), on_duty("leader"), on_duty("officer")]
            }
            Target::Duty(_) => [on_duty("leader"), on_duty("officer"), None],
            Target::Handler | Target::Body(_) | Target::Person(_) | Target::Channel(_) => [None, None, None],
        };
        others
            .into_iter()
            .flatten()
            .find(|other| *other != person)
            .map_or(Err(Gap::OwnCase(person)), |other| Ok(Recipient::Person(other)))
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
