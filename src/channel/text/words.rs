//! Times and numbers as they are written and as they are spoken.

use jiff::civil::DateTime;

use super::form::Language;
use crate::time::{Timestamp, Zone};

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const MONTHS_SPOKEN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DIGITS_ZH: [&str; 10] = ["零", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
const BELOW_TWENTY: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] =
    ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

/// An instant as a message shows it: the wall clock, with the day only where that is not the day of the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    at: DateTime,
    dated: bool,
}

impl Moment {
    /// The instant on the wall clock of a zone, for a message that is written `now`.
    #[must_use]
    pub fn of(instant: Timestamp, zone: &Zone, now: Timestamp) -> Self {
        let at = zone.civil(instant);
        Self { at, dated: at.date() != zone.civil(now).date() }
    }

    /// A time of the wall clock, with its day where `dated`.
    #[must_use]
    pub const fn new(at: DateTime, dated: bool) -> Self {
        Self { at, dated }
    }

    /// `03:01`, or `9月23日03:01` and `23 Sep 03:01`.
    #[must_use]
    pub fn written(self, language: Language) -> String {
        let clock = format!("{:02}:{:02}", self.at.hour(), self.at.minute());
        match (self.dated, language) {
            (false, _) => clock,
            (true, Language::Chinese) => format!("{}月{}日{clock}", self.at.month(), self.at.day()),
            (true, Language::English) => format!("{} {} {clock}", self.at.day(), month(&MONTHS, self.at)),
        }
    }

    /// `2026年9月23日03:24`, `23 Sep 2026 03:24`.
    pub(super) fn in_full(self, language: Language) -> String {
        let (year, month_number, day) = (self.at.year(), self.at.month(), self.at.day());
        let (hour, minute) = (self.at.hour(), self.at.minute());
        match language {
            Language::Chinese => format!("{year}年{month_number}月{day}日{hour:02}:{minute:02}"),
            Language::English => format!("{day} {} {year} {hour:02}:{minute:02}", month(&MONTHS, self.at)),
        }
    }

    /// `三点零一分`, `three oh one`, with the day before it where it is shown.
    pub(super) fn spoken(self, language: Language) -> String {
        let (hour, minute) = (unsigned(self.at.hour()), unsigned(self.at.minute()));
        let (month_number, day) = (unsigned(self.at.month()), unsigned(self.at.day()));
        match language {
            Language::Chinese => {
                let clock = spoken_zh(hour, minute);
                if self.dated {
                    format!("{}月{}日{clock}", number(month_number, language), number(day, language))
                } else {
                    clock
                }
            }
            Language::English => {
                let clock = spoken_en(hour, minute);
                if self.dated {
                    format!("{clock} on {} {}", month(&MONTHS_SPOKEN, self.at), number(day, language))
                } else {
                    clock
                }
            }
        }
    }
}

fn month(names: &'static [&'static str; 12], at: DateTime) -> &'static str {
    usize::try_from(at.month())
        .ok()
        .and_then(|number| names.get(number.checked_sub(1)?))
        .copied()
        .unwrap_or_default()
}

fn unsigned(number: i8) -> u32 {
    u32::try_from(number).unwrap_or_default()
}

fn spoken_zh(hour: u32, minute: u32) -> String {
    let hour = if hour == 2 { "两".to_owned() } else { number(hour, Language::Chinese) };
    match minute {
        0 => format!("{hour}点整"),
        1..10 => format!("{hour}点零{}分", number(minute, Language::Chinese)),
        _ => format!("{hour}点{}分", number(minute, Language::Chinese)),
    }
}

fn spoken_en(hour: u32, minute: u32) -> String {
    let words = |count| number(count, Language::English);
    match (hour, minute) {
        (0, 0) => "midnight".to_owned(),
        (1..13, 0) => format!("{} o'clock", words(hour)),
        (_, 0) => format!("{} hundred hours", words(hour)),
        (_, 1..10) => format!("{} oh {}", words(hour), words(minute)),
        _ => format!("{} {}", words(hour), words(minute)),
    }
}

/// A number below a hundred in words; a larger one in figures.
pub(super) fn number(count: u32, language: Language) -> String {
    let (tens, ones) = (count / 10, count % 10);
    let at = |words: &[&'static str], place: u32| {
        usize::try_from(place).ok().and_then(|place| words.get(place)).copied().unwrap_or_default()
    };
    match (language, count) {
        (_, 100..) => count.to_string(),
        (Language::Chinese, 0..10) => at(&DIGITS_ZH, count).to_owned(),
        (Language::Chinese, _) => {
            let tens = if tens == 1 { "" } else { at(&DIGITS_ZH, tens) };
            let ones = if ones == 0 { "" } else { at(&DIGITS_ZH, ones) };
            format!("{tens}十{ones}")
        }
        (Language::English, 0..20) => at(&BELOW_TWENTY, count).to_owned(),
        (Language::English, _) if ones == 0 => at(&TENS, tens).to_owned(),
        (Language::English, _) => format!("{} {}", at(&TENS, tens), at(&BELOW_TWENTY, ones)),
    }
}

/// Digits one by one, with a pause after each; whatever is not a digit is not read.
pub(super) fn digits(text: &str, language: Language) -> String {
    let pause = match language {
        Language::Chinese => "，",
        Language::English => ", ",
    };
    text.chars()
        .filter_map(|digit| digit.to_digit(10))
        .map(|digit| number(digit, language))
        .collect::<Vec<_>>()
        .join(pause)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_time_is_spoken_as_people_speak_it() {
        for (hour, minute, zh, en) in [
            (3, 1, "三点零一分", "three oh one"),
            (3, 31, "三点三十一分", "three thirty one"),
            (0, 0, "零点整", "midnight"),
            (0, 5, "零点零五分", "zero oh five"),
            (2, 10, "两点十分", "two ten"),
            (12, 0, "十二点整", "twelve o'clock"),
            (14, 20, "十四点二十分", "fourteen twenty"),
            (22, 0, "二十二点整", "twenty two hundred hours"),
            (23, 59, "二十三点五十九分", "twenty three fifty nine"),
        ] {
            let moment = Moment::new(date(2026, 9, 23).at(hour, minute, 0, 0), false);
            assert_eq!(moment.spoken(Language::Chinese), zh);
            assert_eq!(moment.spoken(Language::English), en);
        }
    }

    #[test]
    fn a_day_is_said_only_where_it_is_another() {
        let zone = Zone::named("Asia/Shanghai").unwrap();
        let at: Timestamp = "2026-09-22T23:50:00+08:00".parse().unwrap();
        let now: Timestamp = "2026-09-23T00:10:00+08:00".parse().unwrap();
        assert_eq!(Moment::of(at, &zone, at).written(Language::Chinese), "23:50");
        let other_day = Moment::of(at, &zone, now);
        assert_eq!(other_day.written(Language::Chinese), "9月22日23:50");
        assert_eq!(other_day.written(Language::English), "22 Sep 23:50");
        assert_eq!(other_day.spoken(Language::Chinese), "九月二十二日二十三点五十分");
        assert_eq!(other_day.in_full(Language::English), "22 Sep 2026 23:50");
    }

    #[test]
    fn digits_are_read_one_by_one() {
        assert_eq!(digits("4821", Language::Chinese), "四，八，二，一");
        assert_eq!(digits("48 20", Language::English), "four, eight, two, zero");
    }
}
