//! What a workbook changes of the register.

use super::{Employee, Found, Staff};

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

    /// Whether more than a tenth of the people go: a workbook that is cut off looks so, or one of another organisation.
    #[must_use]
    pub fn loses_many(&self, difference: &Difference) -> bool {
        difference.removed.len() * 10 > self.employees.len()
    }
}
