//! An IANA time zone, and civil days in it.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Timestamp;

/// An IANA time zone, read from the host's own database.
#[derive(Clone, PartialEq, Eq)]
pub struct Zone(jiff::tz::TimeZone);

/// The host's time zone database has no zone of this name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected an IANA time zone such as Asia/Shanghai")]
pub struct UnknownZone;

/// A civil day, without a zone: `2026-11-23`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(jiff::civil::Date);

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self(jiff::tz::TimeZone::UTC);

    /// The zone of this IANA name.
    ///
    /// # Errors
    /// [`UnknownZone`] where the host's database has none.
    pub fn named(name: &str) -> Result<Self, UnknownZone> {
        jiff::tz::TimeZone::get(name).map(Self).map_err(|_cause| UnknownZone)
    }

    /// Every name that the host's database has, in no order that means anything.
    #[must_use]
    pub fn names() -> Vec<String> {
        jiff::tz::db().available().map(|name| name.as_str().to_owned()).collect()
    }

    /// Its IANA name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The civil day of an instant.
    #[must_use]
    pub fn day(&self, instant: Timestamp) -> Day {
        Day(self.0.to_datetime(instant.to_jiff()).date())
    }

    /// The civil date and time of an instant.
    #[must_use]
    pub fn civil(&self, instant: Timestamp) -> jiff::civil::DateTime {
        self.0.to_datetime(instant.to_jiff())
    }

    /// The instant of a civil time: in a gap the later reading, in a fold the earlier.
    #[must_use]
    pub fn instant(&self, civil: jiff::civil::DateTime) -> Option<Timestamp> {
        self.0.to_ambiguous_timestamp(civil).compatible().ok().map(Timestamp::from_jiff)
    }

    /// When a day begins: where the clocks are put forward over midnight, that is not at midnight.
    #[must_use]
    pub fn start_of(&self, day: Day) -> Option<Timestamp> {
        let midnight = day.at(0, 0);
        let at = self.instant(midnight)?;
        if self.civil(at) == midnight {
            return Some(at);
        }
        self.0
            .preceding((at + Duration::from_millis(1)).to_jiff())
            .next()
            .map(|forward| Timestamp::from_jiff(forward.timestamp()))
    }

    /// The offset from UTC at an instant, in seconds.
    #[must_use]
    pub fn offset_seconds(&self, instant: Timestamp) -> i32 {
        self.0.to_offset(instant.to_jiff()).seconds()
    }

    /// An instant as this zone writes it, by a `strftime` pattern.
    #[must_use]
    pub fn format(&self, instant: Timestamp, pattern: &str) -> String {
        self.0.to_datetime(instant.to_jiff()).strftime(pattern).to_string()
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Day {
    /// The day that this year, month and day name.
    #[must_use]
    pub fn new(year: i16, month: i8, day: i8) -> Option<Self> {
        jiff::civil::Date::new(year, month, day).ok().map(Self)
    }

    /// The first day that there is.
    pub const FIRST: Self = Self(jiff::civil::Date::MIN);

    /// The day this many days later (earlier where negative); stays at the last day the calendar has.
    #[must_use]
    pub fn plus_days(self, days: i64) -> Self {
        Self(self.0.saturating_add(jiff::Span::new().try_days(days).unwrap_or_default()))
    }

    /// Whole days from `earlier` to `self`.
    #[must_use]
    pub fn days_since(self, earlier: Self) -> i64 {
        self.0.duration_since(earlier.0).as_hours() / 24
    }

    /// Its year.
    #[must_use]
    pub fn year(self) -> i16 {
        self.0.year()
    }

    /// Whether it is a Saturday or a Sunday.
    #[must_use]
    pub fn is_weekend(self) -> bool {
        matches!(self.0.weekday(), jiff::civil::Weekday::Saturday | jiff::civil::Weekday::Sunday)
    }

    /// Its day of the week, from Monday, which is 1, to Sunday, which is 7.
    #[must_use]
    pub fn weekday(self) -> i8 {
        self.0.weekday().to_monday_one_offset()
    }

    /// Eight digits, as case numbers carry them: `20261123`.
    #[must_use]
    pub fn compact(self) -> String {
        self.0.strftime("%Y%m%d").to_string()
    }

    /// This day at a civil time.
    #[must_use]
    pub fn at(self, hour: i8, minute: i8) -> jiff::civil::DateTime {
        self.0.at(hour.clamp(0, 23), minute.clamp(0, 59), 0, 0)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Day {
    type Err = jiff::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(|_cause| serde::de::Error::custom("expected a date such as 2026-11-23"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_the_zones_own() {
        let instant: Timestamp = "2026-11-22T16:30:00Z".parse().unwrap();
        assert_eq!(Zone::named("Asia/Shanghai").unwrap().day(instant).compact(), "20261123");
        assert_eq!(Zone::UTC.day(instant).to_string(), "2026-11-22");
    }

    #[test]
    fn a_day_whose_midnight_the_clocks_leave_out_begins_behind_it() {
        let starts = |zone: &str, day: Day| Zone::named(zone).unwrap().start_of(day).unwrap().to_string();
        let day = |year, month, day| Day::new(year, month, day).unwrap();
        assert_eq!(starts("Asia/Shanghai", day(2026, 11, 23)), "2026-11-22T16:00:00.000Z");
        // From 23:30 to half past midnight.
        assert_eq!(starts("America/Toronto", day(1919, 3, 31)), "1919-03-31T04:30:00.000Z");
        assert_eq!(starts("America/Sao_Paulo", day(2018, 11, 4)), "2018-11-04T03:00:00.000Z");
    }

    #[test]
    fn a_gap_is_read_later_and_a_fold_earlier() {
        let zone = Zone::named("America/New_York").unwrap();
        let gap = Day::new(2027, 3, 14).unwrap().at(2, 30);
        assert_eq!(zone.instant(gap).unwrap().to_string(), "2027-03-14T07:30:00.000Z");
        let fold = Day::new(2027, 11, 7).unwrap().at(1, 30);
        assert_eq!(zone.instant(fold).unwrap().to_string(), "2027-11-07T05:30:00.000Z");
    }
}
