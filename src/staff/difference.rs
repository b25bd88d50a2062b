//! What a workbook changes of the register.

use std::collections::BTreeMap;

use super::{Employee, Found, Staff};
use crate::domain::fact::{PeopleChanged, UnitChanged};
use crate::domain::names::UnitId;

/// What one register has that another has not.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Employee numbers that come.
    pub added: Vec<String>,
    /// Those that go.
    pub removed: Vec<String>,
    /// Those of whom something changes, and what.
    pub changed: Vec<(String, Vec<Part>)>,
}

/// Something of an employee.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Where they work.
    Unit,
    /// What they are called.
    Name,
    /// Their number.
    Mobile,
}

impl Difference {
    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }
}

impl Staff {
    /// The register that a workbook makes of this one. What is in doubt stays as it was, and an empty cell says nothing.
    #[must_use]
    pub fn with(&self, found: &Found) -> Self {
        let mut next = Self::default();
        for (number, row) in &found.rows {
            let old = self.employees.get(number);
            let unit = row.unit.clone().or_else(|| old.map(|old| old.unit.clone()));
            let name = row.name.clone().or_else(|| old.map(|old| old.name.clone()));
            let mobile = row.mobile.clone().or_else(|| old.and_then(|old| old.mobile.clone()));
            if let (Some(unit), Some(name)) = (unit, name) {
                next.employees.insert(number.clone(), Employee { unit, name, mobile });
            }
        }
        for number in &found.doubtful {
            if let Some(old) = self.employees.get(number) {
                next.employees.insert(number.clone(), old.clone());
            }
        }
        next
    }

    /// What another register has that this one has not.
    #[must_use]
    pub fn difference(&self, next: &Self) -> Difference {
        let gone = self.employees.keys().filter(|number| !next.employees.contains_key(*number));
        let mut difference = Difference { removed: gone.cloned().collect(), ..Difference::default() };
        for (number, employee) in &next.employees {
            let Some(old) = self.employees.get(number) else {
                difference.added.push(number.clone());
                continue;
            };
            let parts = [
                (Part::Unit, old.unit != employee.unit),
                (Part::Name, old.name != employee.name),
                (Part::Mobile, old.mobile != employee.mobile),
            ];
            let parts: Vec<Part> = parts.into_iter().filter_map(|(part, is)| is.then_some(part)).collect();
            if !parts.is_empty() {
                difference.changed.push((number.clone(), parts));
            }
        }
        difference
    }

    /// How many people there are, in all and in each unit.
    #[must_use]
    pub fn counted(&self) -> (PeopleChanged, Vec<UnitChanged>) {
        let mut counts = Counts::default();
        for employee in self.employees.values() {
            counts.both(&employee.unit, |count| count.now += 1);
        }
        counts.told()
    }

    /// What another register changes of this one in numbers: in all, and in each unit where anything changes.
    #[must_use]
    pub fn counted_against(&self, next: &Self) -> (PeopleChanged, Vec<UnitChanged>) {
        let mut counts = Counts::default();
        for (number, old) in &self.employees {
            counts.both(&old.unit, |count| *count.before.get_or_insert_default() += 1);
            match next.employees.get(number) {
                None => counts.both(&old.unit, |count| count.left += 1),
                Some(new) if new.unit != old.unit => counts.both(&old.unit, |count| count.went += 1),
                Some(new) if new != old => counts.both(&old.unit, |count| count.edited += 1),
                Some(_) => {}
            }
        }
        for (number, new) in &next.employees {
            counts.both(&new.unit, |count| count.now += 1);
            match self.employees.get(number) {
                None => counts.both(&new.unit, |count| count.joined += 1),
                Some(old) if new.unit != old.unit => counts.both(&new.unit, |count| count.came += 1),
                Some(_) => {}
            }
        }
        let (mut all, mut units) = counts.told();
        for people in units.iter_mut().map(|it| &mut it.people).chain([&mut all]) {
            people.before.get_or_insert_default();
        }
        units.retain(|it| {
            let PeopleChanged { joined, left, came, went, edited, .. } = it.people;
            [joined, left, came, went, edited] != [0; 5]
        });
        (all, units)
    }

    /// Whether more than a tenth of the people go: a workbook that is cut off looks so, or one of another organisation.
    #[must_use]
    pub fn loses_many(&self, difference: &Difference) -> bool {
        difference.removed.len() * 10 > self.employees.len()
    }
}

/// Numbers of people, in all and in each unit.
#[derive(Default)]
struct Counts {
    all: PeopleChanged,
    units: BTreeMap<UnitId, PeopleChanged>,
}

impl Counts {
    fn both(&mut self, unit: &UnitId, count: impl Fn(&mut PeopleChanged)) {
        count(&mut self.all);
        if let Some(known) = self.units.get_mut(unit) {
            count(known);
        } else {
            count(self.units.entry(unit.clone()).or_default());
        }
    }

    fn told(self) -> (PeopleChanged, Vec<UnitChanged>) {
        (self.all, self.units.into_iter().map(|(unit, people)| UnitChanged { unit, people }).collect())
    }
}
