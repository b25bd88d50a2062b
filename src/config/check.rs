//! Check: every silent gap of the next thirty days, before somebody falls into it (P10).

mod calendar;
mod duty;
mod ladder;
mod operation;
mod people;

use std::collections::{BTreeMap, BTreeSet};

pub(crate) use calendar::unknown_years;

use super::Configuration;
use super::files::Sources;
use super::finding::Finding;
use super::node::Place;
use crate::domain::names::{Kind, PersonId};
use crate::domain::policy::Target;
use crate::time::Timestamp;

/// What somebody may be sorry for within the next thirty days, and when the schedules come next.
#[must_use]
pub fn check(configuration: &Configuration, _sources: &Sources, now: Timestamp) -> Vec<Finding> {
    let mut checker = Checker { configuration, now, findings: Vec::new() };
    checker.duty();
    checker.people();
    checker.authorities();
    checker.steps();
    checker.proofs();
    checker.budgets();
    checker.conditions();
    checker.operation();
    checker.forms();
    checker.calendar();
    checker.schedules();
    checker.texts();
    let mut findings = checker.findings;
    findings.sort_by_key(|finding| (finding.severity, finding.order()));
    findings.dedup();
    findings
}

/// People whose id was another's before, or who went by another name under it: what is on record of an id says whom it
/// means, so that each stands for one person, by one name, for good.
#[must_use]
pub fn renamed(configuration: &Configuration, first_called: &BTreeMap<PersonId, String>) -> Vec<Finding> {
    let persons = configuration.contacts.persons.iter();
    let other = persons.filter(|(id, person)| first_called.get(*id).is_some_and(|name| *name != person.name));
    let finding = |id: &PersonId| {
        let key = format!("person \"{id}\": name");
        let message = "this id is on record under another name";
        let finding = match configuration.places.get(&key) {
            Some(place) => Finding::mistake(place, &key, message),
            None => Finding::absence(&key, message),
        };
        finding
            .expected("the name that this id had first")
            .help("give somebody else, and a name that is spelled otherwise, an id that nobody had")
    };
    other.map(|(id, _)| finding(id)).collect()
}

struct Checker<'c> {
    configuration: &'c Configuration,
    now: Timestamp,
    findings: Vec<Finding>,
}

impl Checker<'_> {
    /// Where a key stands, or the table it would stand in.
    fn place(&self, key: &str) -> Option<Place> {
        let mut key = key;
        loop {
            if let Some(place) = self.configuration.places.get(key) {
                return Some(place.clone());
            }
            let end = key.rfind(": ").into_iter().chain(key.rfind('.')).max()?;
            key = key.get(..end)?;
        }
    }

    fn warn(&mut self, key: &str, message: impl Into<String>, help: &str) {
        let finding = Finding::warning(self.place(key), key, message);
        self.findings.push(if help.is_empty() { finding } else { finding.help(help) });
    }

    fn note(&mut self, key: &str, message: impl Into<String>) {
        let finding = Finding::note(self.place(key), key, message);
        self.findings.push(finding);
    }

    /// Everybody who could be meant by a target.
    fn holders(&self, target: &Target) -> BTreeSet<PersonId> {
        let directory = &self.configuration.directory;
        match target {
            Target::UnitLeader => directory.units.values().map(|unit| unit.leader.clone()).collect(),
            Target::UnitLiaison => directory.units.values().map(|unit| unit.liaison.clone()).collect(),
            Target::UnitDeputy => directory.units.values().filter_map(|unit| unit.deputy.clone()).collect(),
            Target::Duty(role) => {
                let lines = directory.duties.iter().filter(|duty| duty.role == *role);
                lines
                    .flat_map(|duty| duty.rotation.iter().chain(duty.overrides.iter().map(|it| &it.person)))
                    .cloned()
                    .collect()
            }
            Target::Body(body) => directory.bodies.get(body).into_iter().flatten().cloned().collect(),
            Target::Person(person) => BTreeSet::from([person.clone()]),
            Target::Handler | Target::Channel(_) => BTreeSet::new(),
        }
    }
}

/// The path of a policy, as findings call it.
fn policy_key(kind: Kind) -> String {
    format!("policy \"{}\"", kind.word())
}
