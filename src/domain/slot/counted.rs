//! Denominators: how many people a report speaks of, and how many the unit is known to have (S24).

use serde::{Deserialize, Serialize};

use crate::domain::form::Labels;

/// Two numbers that should be the same, and are not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// How many people the report adds up to.
    pub reported: u64,
    /// How many the unit is known to have.
    pub known: u64,
    /// By what.
    pub by: CountedBy,
}

/// Where the number of a unit's people comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CountedBy {
    /// The employee register.
    Register,
    /// `headcount` in the configuration.
    Headcount,
}

impl Counted {
    /// Holds one number against the other; `None` where they agree.
    #[must_use]
    pub fn of(reported: u64, (known, by): (u64, CountedBy)) -> Option<Self> {
        (reported != known).then_some(Self { reported, known, by })
    }

    /// Whether somebody who let these two numbers stand has let others stand as well: the unit is known to have as many
    /// as then, and the report is no further from theirs than that was from what is known.
    #[must_use]
    pub const fn covers(self, other: Self) -> bool {
        let apart = self.reported.abs_diff(self.known);
        self.known == other.known && self.reported.abs_diff(other.reported) <= apart
    }

    /// Both numbers, as they are said to whoever files.
    #[must_use]
    pub fn says(self) -> Labels {
        let Self { reported, known, by } = self;
        let apart = reported.abs_diff(known);
        let (zh, en) = match by {
            CountedBy::Register => ("在册", "the register has"),
            CountedBy::Headcount => ("应有", "the unit is said to have"),
        };
        Labels {
            zh: format!("合计 {reported} 人，{zh} {known} 人，相差 {apart} 人"),
            en: format!("{reported} in all, {en} {known}: {apart} apart"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_let_a_difference_stand_is_asked_of_no_change_that_is_smaller() {
        let counted = |reported, known| Counted { reported, known, by: CountedBy::Register };
        let stood = counted(42, 40);
        let covered: Vec<u64> = (35..50).filter(|now| stood.covers(counted(*now, 40))).collect();
        assert_eq!(covered, [40, 41, 42, 43, 44]);
        assert!(!stood.covers(counted(42, 41)), "the register is another");
    }

    #[test]
    fn two_numbers_are_said_where_they_differ() {
        assert_eq!(Counted::of(41, (41, CountedBy::Register)), None);
        let said = |known, by| Counted::of(40, (known, by)).unwrap().says().to_string();
        let register = "合计 40 人，在册 41 人，相差 1 人 / 40 in all, the register has 41: 1 apart";
        assert_eq!(said(41, CountedBy::Register), register);
        let headcount = "合计 40 人，应有 38 人，相差 2 人 / 40 in all, the unit is said to have 38: 2 apart";
        assert_eq!(said(38, CountedBy::Headcount), headcount);
    }
}
