//! What units were called, and from when: a unit may take another name, and what is on record of it before goes by the
//! name of then.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::names::UnitId;
use crate::time::Timestamp;

/// The names of units, each from an instant on; those of units that are no more, too.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnitNames(BTreeMap<UnitId, Vec<Called>>);

/// A name, and from when on a configuration gave it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Called {
    from: Timestamp,
    name: String,
}

impl UnitNames {
    /// Takes what units are called from an instant on. Who is not among them keeps the last name.
    pub fn follow<'n>(&mut self, units: impl Iterator<Item = (&'n UnitId, &'n str)>, from: Timestamp) {
        for (unit, name) in units {
            let known = self.0.entry(unit.clone()).or_default();
            if known.last().is_none_or(|last| last.name != name) {
                known.push(Called { from, name: name.to_owned() });
            }
        }
    }

    /// What a unit was called at an instant. Its first name counts for the time before it, too, of which nothing is known.
    #[must_use]
    pub fn at(&self, unit: &UnitId, at: Timestamp) -> Option<&str> {
        let known = self.0.get(unit)?;
        let then = known.iter().rfind(|it| it.from <= at).or_else(|| known.first());
        then.map(|it| it.name.as_str())
    }

    /// What a unit was called last.
    #[must_use]
    pub fn last(&self, unit: &UnitId) -> Option<&str> {
        self.0.get(unit)?.last().map(|it| it.name.as_str())
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_goes_by_the_name_of_then_and_by_its_last_one_when_it_is_no_more() {
        let (finance, trade) = (UnitId::new("finance"), UnitId::new("trade"));
        let at = Timestamp::from_millis;
        let mut names = UnitNames::default();
        names.follow([(&finance, "财务部"), (&trade, "交易部")].into_iter(), at(100));
        names.follow([(&finance, "财务部"), (&trade, "交易部")].into_iter(), at(200));
        names.follow([(&finance, "资金部")].into_iter(), at(300));
        names.follow([(&finance, "财务部")].into_iter(), at(400));
        let called = |unit| [50, 100, 299, 300, 399, 400].map(|ms| names.at(unit, at(ms)).unwrap());
        assert_eq!(called(&finance), ["财务部", "财务部", "财务部", "资金部", "资金部", "财务部"]);
        assert_eq!(called(&trade), ["交易部"; 6]);
        assert_eq!((names.last(&finance), names.last(&trade)), (Some("财务部"), Some("交易部")));
        assert_eq!(names.at(&UnitId::new("other"), at(100)), None);
    }
}
