//! A cron expression with seconds, run on the wall clock of a zone.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use cron::TimeUnitSpec as _;

use super::{Timestamp, Zone};

/// A cron expression of six fields, seconds first, as the `cron` crate reads it.
///
/// It is run on civil time and mapped to instants afterwards, each to its own: a time in a gap comes once, later by as much
/// as the clock was put forward, and right behind the time that the clock shows then where that is one of its own; a time
/// in a fold comes once, the first time. Weekdays are written by name, and never together with a day of the month.
#[derive(Clone)]
pub struct Schedule {
    text: String,
    cron: cron::Schedule,
}

/// How far a time in a gap comes behind another at the same instant: less than any two times of a schedule are apart.
const BESIDE: Duration = Duration::from_millis(1);
/// So many wall times are looked at for the next: each second of two days.
const WALL_TIMES_MAX: usize = 200_000;

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
        let mut from_gap = None;
        for at in self.cron.after(&naive(wall)?).take(WALL_TIMES_MAX) {
            let civil = Zone::UTC.civil(Timestamp::from_millis(at.timestamp().saturating_mul(1000)));
            let Some(at) = zone.instant(civil) else { continue };
            let shown = zone.civil(at);
            if shown != civil {
                // Wall times behind the gap may come before it, so that the search goes on.
                let at = if self.has(shown) { at + BESIDE } else { at };
                if at > after && from_gap.is_none() {
                    from_gap = Some(at);
                }
            } else if at > after {
                return Some(from_gap.map_or(at, |other| at.min(other)));
            }
        }
        from_gap
    }

    /// Whether it comes at a wall time.
    fn has(&self, civil: jiff::civil::DateTime) -> bool {
        let wall = Zone::UTC.instant(civil).and_then(|at| naive(at.as_seconds()));
        wall.is_some_and(|wall| self.cron.includes(wall))
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

/// Civil time dressed as UTC, so that cron itself meets no gap and no fold.
fn naive(wall: i64) -> Option<chrono::DateTime<chrono::Utc>> {
    chrono::DateTime::from_timestamp(wall, 0)
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
    fn times_in_a_gap_come_once_each_and_push_none_aside() {
        check(
            "0 0,30 2,3 * * *",
            "America/New_York",
            "2027-03-14T06:00:00Z",
            &[
                "2027-03-14T07:00:00Z",
                "2027-03-14T07:00:00.001Z",
                "2027-03-14T07:30:00Z",
                "2027-03-14T07:30:00.001Z",
                "2027-03-15T06:00:00Z",
            ],
        );
        check(
            "0 30 2 * * *",
            "America/New_York",
            "2027-03-14T06:00:00Z",
            &["2027-03-14T07:30:00Z", "2027-03-15T06:30:00Z"],
        );
        // On Lord Howe the clocks are put forward from two by half an hour.
        check(
            "0 15,30 2 * * *",
            "Australia/Lord_Howe",
            "2027-10-02T15:00:00Z",
            &["2027-10-02T15:30:00Z", "2027-10-02T15:45:00Z", "2027-10-03T15:15:00Z"],
        );
    }

    #[test]
    fn every_second_comes_once_through_a_gap() {
        let every: Schedule = "* * * * * *".parse().unwrap();
        let zone = Zone::named("America/New_York").unwrap();
        let after: Timestamp = "2027-03-14T06:59:58Z".parse().unwrap();
        let mut at = after;
        let expected = ["06:59:59Z", "07:00:00Z", "07:00:00.001Z", "07:00:01Z", "07:00:01.001Z"];
        for expected in expected {
            at = every.next(&zone, at).unwrap();
            assert_eq!(at, format!("2027-03-14T{expected}").parse().unwrap());
        }
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
