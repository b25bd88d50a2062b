//! A cron expression with seconds, run on the wall clock of a zone.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use cron::TimeUnitSpec as _;

use super::{Timestamp, Zone};

/// A cron expression of six fields, seconds first, as the `cron` crate reads it.
///
/// It is run on civil time and mapped to instants afterwards: a time in a gap comes once, later; a time in a fold
/// comes once, the first time. Weekdays are written by name, and never together with a day of the month.
#[derive(Clone)]
pub struct Schedule {
    text: String,
    cron: cron::Schedule,
}

/// Why an expression was refused, in words for the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ScheduleError(String);

impl Schedule {
    /// 18:00 every day.
    ///
    /// # Panics
    /// Never: the expression is a constant, and a test reads it.
    #[must_use]
    pub fn at_six_in_the_evening() -> Self {
        "0 0 18 * * *".parse().expect("a constant that the tests read")
    }

    /// 9:00 every day.
    ///
    /// # Panics
    /// Never: the expression is a constant, and a test reads it.
    #[must_use]
    pub fn at_nine_in_the_morning() -> Self {
        "0 0 9 * * *".parse().expect("a constant that the tests read")
    }

    /// The first instant strictly after `after`; `None` where the expression never comes again.
    #[must_use]
    pub fn next(&self, zone: &Zone, after: Timestamp) -> Option<Timestamp> {
        // A fold turns the wall clock back by some hours; a day earlier is before any of them.
        let start = after - Duration::from_hours(26);
        let wall = start.as_seconds() + i64::from(zone.offset_seconds(start));
        // Civil time dressed as UTC, so that cron itself meets no gap and no fold.
        let naive = chrono::DateTime::<chrono::Utc>::from_timestamp(wall, 0)?;
        self.cron
            .after(&naive)
            .take(100_000)
            .filter_map(|at| {
                let civil = Zone::UTC.civil(Timestamp::from_millis(at.timestamp().saturating_mul(1000)));
                zone.instant(civil)
            })
            .find(|at| *at > after)
    }

    /// How often it comes on a day on which it comes at all.
    #[must_use]
    pub fn times_a_day(&self) -> u32 {
        let Self { cron, .. } = self;
        cron.hours().count() * cron.minutes().count() * cron.seconds().count()
    }

    /// The expression as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl PartialEq for Schedule {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Schedule {}

impl FromStr for Schedule {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = |why: &str| Err(ScheduleError(why.to_owned()));
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [_, _, _, day_of_month, _, weekday] = fields.as_slice() else {
            return refuse(
                "expected six fields: second minute hour day month weekday, such as \"0 0 16 * * *\"",
            );
        };
        if weekday.chars().any(|c| c.is_ascii_digit()) {
            return refuse(
                "expected weekdays by name (Mon, Mon-Fri): numbers mean different days in different programs",
            );
        }
        let any = |field: &str| field == "*" || field == "?";
        if !any(weekday) && !any(day_of_month) {
            return refuse(
                "expected a day of the month or a weekday, not both: which of the two counts differs between programs",
            );
        }
        let Ok(cron) = cron::Schedule::from_str(text) else {
            return refuse(
                "expected a cron expression with seconds, such as \"0 0 16 * * *\" (daily at 16:00)",
            );
        };
        Ok(Self { text: text.to_owned(), cron })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(expression: &str, zone: &str, after: &str, expected: &[&str]) {
        let schedule: Schedule = expression.parse().unwrap();
        let zone = Zone::named(zone).unwrap();
        let mut at: Timestamp = after.parse().unwrap();
        for expected in expected {
            at = schedule.next(&zone, at).unwrap();
            assert_eq!(at, expected.parse().unwrap());
        }
    }

    #[test]
    fn a_daily_time_in_a_gap_comes_once_and_later() {
        check(
            "0 30 2 * * *",
            "America/New_York",
            "2027-03-13T12:00:00Z",
            &["2027-03-14T07:30:00Z", "2027-03-15T06:30:00Z"],
        );
    }

    #[test]
    fn a_daily_time_in_a_fold_comes_once() {
        check(
            "0 30 1 * * *",
            "America/New_York",
            "2027-11-06T12:00:00Z",
            &["2027-11-07T05:30:00Z", "2027-11-08T06:30:00Z"],
        );
    }

    #[test]
    fn a_daily_time_in_shanghai_is_regular() {
        check("0 0 16 * * *", "Asia/Shanghai", "2026-11-23T08:00:00Z", &["2026-11-24T08:00:00Z"]);
    }

    #[test]
    fn what_other_programs_read_differently_is_refused() {
        for text in ["0 16 * * *", "0 0 9 * * 1", "0 0 9 1 * Mon", "0 0 25 * * *", "hello"] {
            assert!(text.parse::<Schedule>().is_err(), "{text}");
        }
    }

    #[test]
    fn how_often_a_schedule_comes_on_its_days_is_known() {
        for (text, times) in [
            ("0 0 16 * * *", 1),
            ("0 0 9,13,17 * * Mon-Fri", 3),
            ("0 0 * 1 * *", 24),
            ("* 0 9 * * *", 60),
            ("0 */30 8-17 * * *", 20),
            ("* * * * * *", 86_400),
        ] {
            assert_eq!(text.parse::<Schedule>().unwrap().times_a_day(), times, "{text}");
        }
    }

    #[test]
    fn the_constant_is_a_schedule() {
        assert_eq!(Schedule::at_six_in_the_evening().as_str(), "0 0 18 * * *");
        assert_eq!(Schedule::at_nine_in_the_morning().as_str(), "0 0 9 * * *");
    }

    #[test]
    fn a_time_that_never_comes_is_none() {
        let never: Schedule = "0 0 9 31 2 *".parse().unwrap();
        assert_eq!(never.next(&Zone::UTC, Timestamp::from_millis(0)), None);
    }
}
