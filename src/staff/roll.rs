//! What the doors keep of the register: tokens of employee numbers, and no number.

use std::collections::BTreeMap;
use std::fmt;

use zeroize::Zeroizing;

use super::{Staff, number_as_compared};
use crate::domain::names::UnitId;
use crate::vault::Blind;

/// Which unit an employee number belongs to. The secret of its tokens lives as long as it does, and nowhere else.
pub struct Roll {
    blind: Blind,
    units: BTreeMap<String, UnitId>,
    counts: BTreeMap<UnitId, u32>,
}

impl Roll {
    /// The roll of a register, as far as its units are known here: no event is refused because of one that is not.
    #[must_use]
    pub fn of(staff: &Staff, is_known: impl Fn(&UnitId) -> bool) -> Self {
        let mut roll = Self {
            blind: Blind::new(Zeroizing::new(rand::random())),
            units: BTreeMap::new(),
            counts: BTreeMap::new(),
        };
        for (number, employee) in &staff.employees {
            if is_known(&employee.unit) {
                roll.units.insert(roll.token(number), employee.unit.clone());
                *roll.counts.entry(employee.unit.clone()).or_default() += 1;
            }
        }
        roll
    }

    /// The unit of an employee number.
    #[must_use]
    pub fn unit_of(&self, number: &str) -> Option<&UnitId> {
        if self.units.is_empty() { None } else { self.units.get(&self.token(&number_as_compared(number))) }
    }

    /// How many people a unit has; `None` where the register has nobody at all of it.
    #[must_use]
    pub fn people_of(&self, unit: &UnitId) -> Option<u32> {
        self.counts.get(unit).copied()
    }

    /// How many people there are in all.
    #[must_use]
    pub fn people(&self) -> usize {
        self.units.len()
    }

    fn token(&self, number: &str) -> String {
        self.blind.token("employee", &[number.as_bytes()])
    }
}

/// Prints the count alone.
impl fmt::Debug for Roll {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Roll").field("people", &self.units.len()).finish_non_exhaustive()
    }
}

impl Default for Roll {
    fn default() -> Self {
        Self::of(&Staff::default(), |_unit| false)
    }
}
