//! Forms: what units report, and by when; and which days are worked.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::names::{FormId, UnitId};
use super::slot::Reminders;
use crate::time::{Day, Schedule, Timestamp, Zone};

/// A register has at most so many rows.
pub const ROWS_MAX: usize = 5_000;
/// A text has at most so many characters.
pub const TEXT_CHARS_MAX: usize = 500;

/// What each unit must report, and by when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// Its id.
    pub id: FormId,
    /// What it is called.
    pub name: Labels,
    /// What it is called in an SMS.
    pub short_name: Option<Labels>,
    /// When it is due.
    pub due: Schedule,
    /// The units that owe it; `None` for all.
    pub units: Option<BTreeSet<UnitId>>,
    /// How long before it is due a slot opens; `None` for when the one before is due.
    pub opens_before: Option<Duration>,
    /// What the superior asks for, and how long it takes.
    pub superior: Option<Superior>,
    /// When the liaison is reminded, before it is due.
    pub remind_before: Vec<Duration>,
    /// How long after it is due the leader of a unit that has not reported is told.
    pub leader_after: Duration,
    /// How long after it is due the office gets the list of what is missing.
    pub office_after: Duration,
    /// Grace.
    pub late_after: Duration,
    /// When a slot is closed as missing.
    pub missing_after: Duration,
    /// Whether "nothing to report" is a report.
    pub zero_allowed: bool,
    /// What a zero report says beside.
    pub zero_needs: Vec<String>,
    /// Figures that may be above zero in a zero report: how many people are simply there.
    pub zero_ignores: Vec<String>,
    /// Whether it is owed on working days alone.
    pub workdays_only: bool,
    /// Rounds filed closer together than this are not two.
    pub min_apart: Option<Duration>,
    /// Its figures.
    pub fields: Vec<Field>,
    /// The columns of its rows, where it is a register.
    pub columns: Vec<Field>,
    /// What the people in those rows have agreed to: whoever files rows says that they have.
    pub consent: Option<Labels>,
    /// What must hold between its figures.
    pub checks: Vec<Check>,
    /// The figures that add up to the unit's people.
    pub total: Vec<String>,
    /// The figure that counts the unit's people with a fever: what it says is held against the unit's cases.
    pub fevers: Option<String>,
}

/// The superior's own deadline, and how much of the time before it goes by on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Superior {
    /// When the superior must have the whole.
    pub due: Schedule,
    /// How long the office takes to put the units' reports together and to send the whole.
    pub merge: Duration,
    /// How long a unit takes to fill in its own.
    pub fill: Duration,
}

/// A name in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

impl Labels {
    /// In Chinese.
    #[must_use]
    pub fn zh(&self) -> &str {
        &self.zh
    }

    /// In English.
    #[must_use]
    pub fn en(&self) -> &str {
        &self.en
    }
}

/// Both, as they are said to whoever may read either.
impl fmt::Display for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} / {}", self.zh, self.en)
    }
}

/// One figure or column of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name in reports.
    pub name: String,
    /// What it takes.
    pub takes: Takes,
    /// What it is called.
    pub label: Labels,
    /// Whether it is sealed.
    pub personal: bool,
    /// Whether it must be filled in.
    pub required: bool,
    /// Whether it counts everything so far, so that it never falls.
    pub cumulative: bool,
}

impl Field {
    /// Whether it must be there. A count that is left out is no zero: what was not counted is not known.
    #[must_use]
    pub fn is_owed(&self) -> bool {
        self.required || self.takes == Takes::Count
    }
}

/// What a field takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Takes {
    /// A whole number from zero.
    Count,
    /// A number.
    Number,
    /// A text.
    Text,
    /// A date.
    Date,
    /// One of these.
    Choice(Vec<String>),
}

/// What must hold between the figures of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// An expression over the form's figures.
    pub rule: String,
    /// What is said where it does not hold.
    pub otherwise: Labels,
}

/// Days that are not as their weekday says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar {
    /// Days off besides weekends.
    pub days_off: BTreeSet<Day>,
    /// Weekend days that are worked.
    pub makeup_workdays: BTreeSet<Day>,
}

impl Calendar {
    /// Whether a day is worked.
    #[must_use]
    pub fn is_workday(&self, day: Day) -> bool {
        let weekend = day.is_weekend() && !self.makeup_workdays.contains(&day);
        !weekend && !self.days_off.contains(&day)
    }

    /// Whether anything is said of the days of a year.
    #[must_use]
    pub fn says_of(&self, year: i16) -> bool {
        self.days_off.iter().chain(&self.makeup_workdays).any(|day| day.year() == year)
    }
}

/// More days off than this do not follow one another: a form that finds none worked among them is never due.
const DAYS_OFF_MAX: usize = 400;

impl Form {
    /// Whether a figure is none in a zero report: neither those who are simply there nor a running total is.
    #[must_use]
    pub fn is_none_in_a_zero(&self, field: &Field) -> bool {
        !field.cumulative && !self.zero_ignores.contains(&field.name)
    }

    /// Whether a unit owes it.
    #[must_use]
    pub fn is_owed_by(&self, unit: &UnitId) -> bool {
        self.units.as_ref().is_none_or(|units| units.contains(unit))
    }

    /// When it is due next, strictly after an instant; `None` where it never is again.
    #[must_use]
    pub fn next_due(&self, (zone, calendar): (&Zone, &Calendar), after: Timestamp) -> Option<Timestamp> {
        next_due(&self.due, (zone, calendar), (after, self.workdays_only))
    }

    /// When people are reminded of a period that opened at one instant and is due at another. What lies before the
    /// opening is left out.
    #[must_use]
    pub fn reminders(&self, (opens, due): (Timestamp, Timestamp)) -> Reminders {
        let mut before: Vec<Timestamp> = self.remind_before.iter().map(|before| due - *before).collect();
        before.retain(|at| *at >= opens && *at < due);
        before.sort();
        before.dedup();
        Reminders { before, leader: Some(due + self.leader_after), office: Some(due + self.office_after) }
    }

    /// Which of a day's due instants one is, counted from 1.
    #[must_use]
    pub fn number(&self, zone: &Zone, due: Timestamp) -> u32 {
        let day = zone.day(due);
        let Some(start) = zone.start_of(day) else { return 1 };
        let mut at = start - Duration::from_millis(1);
        let mut number = 0;
        while let Some(next) = self.due.next(zone, at).filter(|next| *next <= due) {
            number += 1;
            at = next;
        }
        number.max(1)
    }

    /// When it is due on a day for the time of this number; `None` where it is not, or not so often.
    #[must_use]
    pub fn due_on(
        &self,
        (zone, calendar): (&Zone, &Calendar),
        (day, number): (Day, u32),
    ) -> Option<Timestamp> {
        let mut at = zone.start_of(day)? - Duration::from_millis(1);
        for _ in 0..number {
            at = self.due.next(zone, at).filter(|at| zone.day(*at) == day)?;
        }
        self.is_due_on(calendar, day).then_some(at)
    }

    /// Whether it may be due on a day, as far as that is worked.
    #[must_use]
    pub fn is_due_on(&self, calendar: &Calendar, day: Day) -> bool {
        !self.workdays_only || calendar.is_workday(day)
    }

    /// When the superior must have the whole of a period that is due at an instant.
    #[must_use]
    pub fn superior_due(&self, (zone, calendar): (&Zone, &Calendar), due: Timestamp) -> Option<Timestamp> {
        let superior = self.superior.as_ref()?;
        let before = due - Duration::from_millis(1);
        next_due(&superior.due, (zone, calendar), (before, self.workdays_only))
    }

    /// The first digits of the hash of the rules that slots and reports are judged by: what a record says they were.
    #[must_use]
    pub fn version(&self, calendar: &Calendar) -> String {
        let slots = format!(
            "{} {} {:?} {:?} {:?} {:?} {:?} {:?}",
            self.id,
            self.due.as_str(),
            self.units,
            self.opens_before,
            self.late_after,
            self.missing_after,
            self.workdays_only,
            self.min_apart,
        );
        let cumulative = self.fields.iter().filter(|field| field.cumulative).map(|field| &field.name);
        let reports = format!(
            "{:?} {:?} {:?} {:?} {:?} {:?} {:?}",
            self.zero_allowed,
            self.zero_needs,
            self.zero_ignores,
            self.total,
            self.fevers,
            cumulative.collect::<Vec<_>>(),
            self.checks.iter().map(|check| &check.rule).collect::<Vec<_>>(),
        );
        // Which days are worked is a rule of those forms alone that are owed on working days.
        let days = if self.workdays_only { format!("{calendar:?}") } else { String::new() };
        let consent = self.consent.as_ref().map(|it| format!(" {:?}", [&it.zh, &it.en])).unwrap_or_default();
        let digest = Sha256::digest(format!("{slots} {reports} {days}{consent}").as_bytes());
        digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// When a schedule comes next, strictly after an instant, on working days alone where it says so.
#[must_use]
pub fn next_due(
    schedule: &Schedule,
    (zone, calendar): (&Zone, &Calendar),
    (after, workdays_only): (Timestamp, bool),
) -> Option<Timestamp> {
    let mut after = after;
    for _ in 0..DAYS_OFF_MAX {
        let at = schedule.next(zone, after)?;
        let day = zone.day(at);
        if !workdays_only || calendar.is_workday(day) {
            return Some(at);
        }
        // The whole day is passed over at once: a schedule may come every second of it.
        after = zone.start_of(day.plus_days(1))? - Duration::from_millis(1);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::tests::slots::form;

    #[test]
    fn every_rule_that_a_report_is_judged_by_makes_another_version() {
        let plain = || form("daily", "0 0 16 * * *");
        let calendar = Calendar::default();
        let holidays =
            Calendar { days_off: BTreeSet::from(["2026-10-01".parse().unwrap()]), ..Calendar::default() };
        let check = || Check {
            rule: "a <= b".to_owned(),
            otherwise: Labels { zh: "不符".to_owned(), en: "It does not hold".to_owned() },
        };
        let agreed = |en: &str| Some(Labels { zh: "已征得同意".to_owned(), en: en.to_owned() });
        let varied = [
            plain(),
            Form { due: "0 0 15 * * *".parse().unwrap(), ..plain() },
            Form { units: Some(BTreeSet::new()), ..plain() },
            Form { zero_allowed: false, ..plain() },
            Form { zero_needs: vec!["asked".to_owned()], ..plain() },
            Form { zero_ignores: vec!["a".to_owned()], ..plain() },
            Form { total: vec!["a".to_owned()], ..plain() },
            Form { fevers: Some("a".to_owned()), ..plain() },
            Form { checks: vec![check()], ..plain() },
            Form { workdays_only: true, ..plain() },
            Form { consent: agreed("They agree"), ..plain() },
            Form { consent: agreed("They agreed"), ..plain() },
        ];
        let versions: BTreeSet<String> = varied.iter().map(|form| form.version(&calendar)).collect();
        assert_eq!(versions.len(), varied.len());
        let of = |form: &Form| [form.version(&calendar), form.version(&holidays)];
        let [before, after] = of(&varied[9]);
        assert_ne!(before, after, "which days are worked is its rule");
        let [before, after] = of(&plain());
        assert_eq!(before, after, "and no rule of a form that is owed on every day");
        assert_eq!(
            plain().version(&calendar),
            Form { remind_before: vec![Duration::from_mins(30)], ..plain() }.version(&calendar),
            "when people are reminded judges nobody"
        );
    }
}
