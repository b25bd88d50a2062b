//! Days and hours as people write them into a sheet.

use super::said;
use crate::domain::form::Labels;
use crate::sheet::{day as with_year, folded};
use crate::time::{Day, Timestamp, Zone};

/// The minutes of a day, and of half a one.
const DAY: u16 = 24 * 60;
const NOON: u16 = DAY / 2;

/// A span of hours, in minutes of its day. It ends on the next day where it does not end later than it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    /// When it begins.
    pub from: u16,
    /// When it ends, up to 24:00.
    pub to: u16,
}

impl Hours {
    /// The whole day.
    pub const DAY: Self = Self { from: 0, to: DAY };

    /// Reads `08:30-20:30`, `8:30至次日8:30` and the like.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let plain: String = folded(text).chars().filter(|c| !c.is_whitespace()).collect();
        if plain == "全天" || plain == "24小时" {
            return Some(Self::DAY);
        }
        let (from, to) = plain.split_once(['-', '~', '–', '—', '至', '到'])?;
        // Two dashes are one.
        let to = to.trim_start_matches(['-', '—']);
        let hours = Self { from: minute(from)?, to: minute(to)? };
        (hours.is_some_time() && (!is_next_day(to) || hours.to <= hours.from)).then_some(hours)
    }

    pub(super) const fn is_some_time(self) -> bool {
        self.from < DAY && self.to <= DAY
    }

    /// When it ends, in minutes of the day that it begins on.
    pub(super) const fn end(self) -> u16 {
        if self.to <= self.from { self.to + DAY } else { self.to }
    }
}

fn is_next_day(text: &str) -> bool {
    text.starts_with(['次', '翌', '第'])
}

/// A time of day: `08:30`, `8:30:00`, `8:30 PM`, `下午8时30分`, `8点`, `次日8:30`, or the part of a day that a spreadsheet
/// keeps.
pub(super) fn minute(text: &str) -> Option<u16> {
    let plain: String =
        folded(text).chars().filter(|c| !c.is_whitespace()).flat_map(char::to_uppercase).collect();
    let plain = ["次日", "翌日", "第二天"].iter().find_map(|word| plain.strip_prefix(word)).unwrap_or(&plain);
    if let Some(part) = plain.parse::<f64>().ok().filter(|_| plain.contains('.')) {
        let minutes = (part * f64::from(DAY)).round();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is between 0 and a day"
        )]
        return (0.0..=f64::from(DAY)).contains(&minutes).then_some(minutes as u16);
    }
    let halves = [("AM", "上午", 0), ("PM", "下午", NOON)];
    let half = halves.into_iter().find_map(|(en, zh, begins)| {
        let rest = plain.strip_suffix(en).or_else(|| plain.strip_prefix(zh))?;
        Some((rest, begins))
    });
    let (hour, minute) = on_the_face(half.map_or(plain, |(rest, _)| rest))?;
    match half {
        None => Some(hour * 60 + minute),
        // Twelve is the first hour of either half.
        Some((_, begins)) => (1..=12).contains(&hour).then(|| begins + hour % 12 * 60 + minute),
    }
    .filter(|minutes| *minutes <= DAY)
}

fn on_the_face(text: &str) -> Option<(u16, u16)> {
    let (hour, rest) = text.split_once([':', '时', '点'])?;
    let rest = rest.strip_suffix('分').unwrap_or(rest);
    let (minute, seconds) = rest.split_once(':').unwrap_or((rest, "0"));
    let digits = |text: &str| (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let whole_hour = minute.is_empty() && !text.contains(':');
    if !digits(hour) || !(digits(minute) || whole_hour) || seconds.bytes().any(|byte| byte != b'0') {
        return None;
    }
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, if whole_hour { 0 } else { minute.parse().ok()? });
    (minute < 60).then_some((hour, minute))
}

/// The instant of a minute of a day, which may be one of the next.
pub(super) fn instant(zone: &Zone, day: Day, minute: u16) -> Option<Timestamp> {
    let day = day.plus_days(i64::from(minute / DAY));
    let minute = minute % DAY;
    zone.instant(day.at(i8::try_from(minute / 60).ok()?, i8::try_from(minute % 60).ok()?))
}

/// A day as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Written {
    dated: Dated,
    weekday: Option<i8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dated {
    Whole(Day),
    OfSomeYear(i8, i8),
}

/// Why no day is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doubt {
    Unread,
    Range,
    NoYear,
    NoSuchDay,
    OtherWeekday,
}

impl Doubt {
    pub(super) fn says(self) -> Labels {
        let (zh, en) = match self {
            Self::Unread => (
                "读不出是哪一天：应为如 2026-02-17、2026年2月17日，或（给出 --year 时）2月17日",
                "no day can be told: expected such as 2026-02-17, 2026年2月17日 or, where --year is given, 2月17日",
            ),
            Self::Range => ("不止一天：应每天一行", "there is more than one day: expected a row for each"),
            Self::NoYear => ("没有年份：请用 --year 给出", "has no year: give it by --year"),
            Self::NoSuchDay => ("没有这一天", "there is no such day"),
            Self::OtherWeekday => (
                "该日不是所写的星期几：年份或日期有误",
                "is not the day of the week that stands beside it: the year or the day is wrong",
            ),
        };
        said(zh, en)
    }
}

/// Reads a day; what stands behind it - the day of the week, a holiday's name - is no part of it.
pub(super) fn written(text: &str) -> Result<Written, Doubt> {
    let plain = folded(text);
    let plain = plain.trim();
    let weekday = weekday(plain);
    let end = plain.find(['(', '[', '星', '周']).unwrap_or(plain.len());
    let (head, behind) = plain.split_at(end);
    // The day's own last character, where there is one.
    let (head, between) = match head.find(['日', '号']) {
        Some(at) => head.split_at(at + '日'.len_utf8()),
        None => (head, ""),
    };
    if head.is_empty() {
        return Err(Doubt::Unread);
    }
    if between.chars().chain(behind.chars()).any(|c| c.is_ascii_digit()) {
        return Err(Doubt::Range);
    }
    let head = head.trim();
    if let Some(day) = with_year(head) {
        let day = day.parse().map_err(|_error| Doubt::Unread)?;
        return Ok(Written { dated: Dated::Whole(day), weekday });
    }
    let (month, day) =
        head.strip_suffix(['日', '号']).and_then(|head| head.split_once('月')).ok_or(Doubt::Unread)?;
    let number = |text: &str| text.trim().parse::<i8>().map_err(|_error| Doubt::Unread);
    let (month, day) = (number(month)?, number(day)?);
    Ok(Written { dated: Dated::OfSomeYear(month, day), weekday })
}

fn weekday(text: &str) -> Option<i8> {
    let (_, rest) = text.split_once("星期").or_else(|| text.split_once('周'))?;
    let named = rest.chars().next()?;
    let names = ['一', '二', '三', '四', '五', '六', '日'];
    let named = if named == '天' { '日' } else { named };
    (1..).zip(names).find(|(_, name)| *name == named).map(|(number, _)| number)
}

impl Written {
    pub(super) const fn is_without_year(self) -> bool {
        matches!(self.dated, Dated::OfSomeYear(..))
    }

    /// Which day it is. After a December a January is of the next year.
    pub(super) fn day(self, year: Option<i16>, last: Option<Day>) -> Result<Day, Doubt> {
        let day = match self.dated {
            Dated::Whole(day) => day,
            Dated::OfSomeYear(month, day) => {
                let year = year.ok_or(Doubt::NoYear)?;
                let december = Day::new(year, 12, 1);
                let turned =
                    month == 1 && last.zip(december).is_some_and(|(last, december)| last >= december);
                let year = if turned { year.saturating_add(1) } else { year };
                Day::new(year, month, day).ok_or(Doubt::NoSuchDay)?
            }
        };
        match self.weekday {
            Some(weekday) if weekday != day.weekday() => Err(Doubt::OtherWeekday),
            Some(_) | None => Ok(day),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(given: &[&str], expected: &str) {
        for text in given {
            let told = match written(text).and_then(|written| written.day(Some(2026), None)) {
                Ok(day) => day.to_string(),
                Err(doubt) => format!("{doubt:?}"),
            };
            assert_eq!(told, expected, "{text:?}");
        }
    }

    #[test]
    fn a_day_is_told_however_people_write_it() {
        let spellings = [
            "2026-02-17",
            "2026/2/17",
            "2026.2.17",
            "2026年2月17日",
            "20260217",
            "2月17日",
            "２月１７日",
            "2月17号",
            "2月17日（周二）",
            "2026/2/17 星期二",
            "2月17日 初一",
            "2026年2月17日(除夕次日)",
            "2月17日星期二 春节",
        ];
        check(&spellings, "2026-02-17");
    }

    #[test]
    fn what_could_be_another_day_is_none() {
        check(&["2/17", "17/2/2026", "26-2-17", "2-17", "17日", "46070", "除夕", "2月", "后天"], "Unread");
        check(&["2月17日-19日", "2月17日至19日", "2月17日（至19日）"], "Range");
        check(&["2月30日", "13月1日"], "NoSuchDay");
        check(&["2月17日 周三", "2025年2月17日（星期二）"], "OtherWeekday");
        assert_eq!(written("2月17日").unwrap().day(None, None), Err(Doubt::NoYear));
    }

    #[test]
    fn a_january_behind_a_december_is_of_the_next_year() {
        let last = "2026-12-31".parse().ok();
        assert_eq!(written("1月1日").unwrap().day(Some(2026), last).unwrap().to_string(), "2027-01-01");
        assert_eq!(written("2月1日").unwrap().day(Some(2026), last).unwrap().to_string(), "2026-02-01");
    }

    #[test]
    fn hours_are_told_and_may_end_on_the_next_day() {
        let told = |text: &str| Hours::read(text).map(|hours| (hours.from, hours.end()));
        for text in [
            "08:30-20:30",
            "8:30~20:30",
            "８：３０－２０：３０",
            "8时30分至20时30分",
            "8:30 — 20:30:00",
            "8:30到20:30",
        ] {
            assert_eq!(told(text), Some((510, 1230)), "{text}");
        }
        for text in ["20:30-08:30", "20:30至次日8:30", "20:30——翌日8时30分"] {
            assert_eq!(told(text), Some((1230, 1950)), "{text}");
        }
        assert_eq!(told("全天"), Some((0, 1440)));
        assert_eq!(told("00:00-24:00"), Some((0, 1440)));
        assert_eq!(told("8:30-8:30"), Some((510, 1950)));
        assert_eq!(told("20点-24点"), Some((1200, 1440)));
        for text in
            ["8:30", "白班", "8:30-25:00", "24:00-8:00", "8-20", "8:30-12:00,14:00-18:00", "8:30-次日20:30"]
        {
            assert_eq!(told(text), None, "{text}");
        }
        for (text, minutes) in [
            ("08:30:00 AM", Some(510)),
            ("8:30 pm", Some(1230)),
            ("12:00 AM", Some(0)),
            ("12:30 PM", Some(750)),
            ("下午8时", Some(1200)),
            ("20:30 PM", None),
            ("0:30 AM", None),
        ] {
            assert_eq!(minute(text), minutes, "{text}");
        }
        // As a spreadsheet keeps a time of day.
        assert_eq!(
            [minute("0.354166666666667"), minute("0.0"), minute("1.5"), minute("8.5")],
            [Some(510), Some(0), None, None]
        );
    }
}
