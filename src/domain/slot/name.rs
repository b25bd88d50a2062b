//! Names of periods, slots and reports: ids that say what they are of, and are read back.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::domain::names::{FormId, ReportId, UnitId};
use crate::domain::notification::short_hash;
use crate::time::Day;

/// A form on a reporting day, with its number within the day: `control-statistics.2026-11-23.1`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct PeriodId {
    /// The form.
    pub form: FormId,
    /// The reporting day: the civil day it is due on.
    pub day: Day,
    /// Which of the day's, counted from 1.
    pub number: u32,
}

/// One unit's part of a period: `control-statistics.finance.2026-11-23.1`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct SlotId {
    /// The period.
    pub period: PeriodId,
    /// The unit.
    pub unit: UnitId,
}

/// A text that names no slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a slot such as control-statistics.finance.2026-11-23.1")]
pub struct NotASlot;

impl PeriodId {
    /// The slot of a unit in it.
    #[must_use]
    pub fn slot(&self, unit: &UnitId) -> SlotId {
        SlotId { period: self.clone(), unit: unit.clone() }
    }

    /// Its place among the periods of its form.
    #[must_use]
    pub const fn place(&self) -> (Day, u32) {
        (self.day, self.number)
    }
}

impl SlotId {
    /// How the report that is its revision of this number is named: the same in every run.
    #[must_use]
    pub fn report(&self, revision: u32) -> ReportId {
        ReportId::new(&short_hash(&["report", &self.to_string(), &revision.to_string()]))
    }
}

/// Four characters that can be read out, which a receipt page and its reader compare.
#[must_use]
pub fn receipt_code(report: &ReportId) -> String {
    let hash = short_hash(&["receipt", report.as_str()]);
    hash.chars().take(4).map(|c| c.to_ascii_uppercase()).collect()
}

impl fmt::Display for PeriodId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.form, self.day, self.number)
    }
}

impl fmt::Debug for PeriodId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for SlotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PeriodId { form, day, number } = &self.period;
        write!(f, "{form}.{}.{day}.{number}", self.unit)
    }
}

impl fmt::Debug for SlotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for PeriodId {
    type Err = NotASlot;

    fn from_str(text: &str) -> Result<Self, NotASlot> {
        let mut parts = text.split('.');
        let (Some(form), Some(day), Some(number), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(NotASlot);
        };
        period(form, day, number)
    }
}

impl FromStr for SlotId {
    type Err = NotASlot;

    fn from_str(text: &str) -> Result<Self, NotASlot> {
        let mut parts = text.split('.');
        let (Some(form), Some(unit), Some(day), Some(number), None) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(NotASlot);
        };
        if unit.is_empty() {
            return Err(NotASlot);
        }
        Ok(Self { period: period(form, day, number)?, unit: UnitId::new(unit) })
    }
}

fn period(form: &str, day: &str, number: &str) -> Result<PeriodId, NotASlot> {
    let day = day.parse().map_err(|_cause| NotASlot)?;
    let number = number.parse().ok().filter(|number| *number > 0).ok_or(NotASlot)?;
    if form.is_empty() {
        return Err(NotASlot);
    }
    Ok(PeriodId { form: FormId::new(form), day, number })
}

macro_rules! as_text {
    ($($name:ident),*) => {$(
        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.to_string()
            }
        }

        impl TryFrom<String> for $name {
            type Error = NotASlot;

            fn try_from(text: String) -> Result<Self, NotASlot> {
                text.parse()
            }
        }
    )*};
}

as_text!(PeriodId, SlotId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_named_and_read() {
        let text = "control-statistics.finance.2026-11-23.2";
        let slot: SlotId = text.parse().unwrap();
        assert_eq!((slot.period.number, slot.unit.as_str()), (2, "finance"));
        assert_eq!(slot.to_string(), text);
        for text in [
            "",
            "a.b.2026-11-23",
            "a.b.2026-11-23.0",
            "a.b.2026-02-30.1",
            "a.b.2026-11-23.1.1",
            ".b.2026-11-23.1",
        ] {
            assert!(text.parse::<SlotId>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_receipt_has_four_characters_that_can_be_read_out() {
        let code = receipt_code(&"a.b.2026-11-23.1".parse::<SlotId>().unwrap().report(1));
        assert_eq!(code.len(), 4);
        assert!(code.chars().all(|c| c.is_ascii_uppercase() || ('2'..='7').contains(&c)));
    }
}
