//! Calendars: the days off and the make-up working days of a country, year by year, as shipped and as laid into the folder
//! of the configuration; and the organisation's own, which beat them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::finding::Finding;
use super::node::{self, Entry, Place, Value};
use super::reader::Table;
use super::report::{At, Report, Secrets};
use super::values::required_name;
use super::words::is_id;
use crate::domain::form::Calendar;
use crate::time::Day;

/// The files that are shipped, dated by the notices that they are taken from.
const SHIPPED: [(&str, &str); 1] = [("cn-2026.toml", include_str!("../../config/calendars/cn-2026.toml"))];
/// A year has no more holidays than this.
const HOLIDAYS_MAX: usize = 50;
/// No holiday lasts longer.
const DAYS_MAX: i64 = 60;
/// A calendar says what becomes of days around the turn of its year, and of none that lies further away.
const BESIDE_YEAR_DAYS: i64 = 31;
/// Zones that lie in China: where no country is named, its calendar is what a list is held against.
const OF_CHINA: [&str; 7] = [
    "Asia/Shanghai",
    "Asia/Chongqing",
    "Asia/Chungking",
    "Asia/Harbin",
    "Asia/Urumqi",
    "Asia/Kashgar",
    "PRC",
];

/// A file of a calendar.
pub(super) struct Laid {
    /// What it is called.
    pub(super) name: String,
    /// Whether it is part of the program.
    pub(super) shipped: bool,
    /// Which of the files it is.
    pub(super) file: usize,
    pub(super) entries: Vec<Entry>,
}

/// One year of a country.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Year {
    /// What findings call it.
    pub(crate) key: String,
    pub(crate) country: String,
    pub(crate) year: i16,
    /// Which notice says so.
    pub(crate) source: String,
    pub(crate) days: Calendar,
}

/// The calendars that a configuration goes by.
#[derive(Debug, Clone, Default)]
pub(crate) struct Calendars {
    /// The country that is named.
    pub(crate) country: Option<String>,
    /// Its years.
    pub(crate) years: BTreeMap<i16, Year>,
    /// What the organisation says itself.
    pub(crate) own: Calendar,
}

impl Calendars {
    /// What counts: what the organisation says itself, and of all other days what its country says.
    fn joined(&self) -> Calendar {
        let mut joined = self.own.clone();
        for year in self.years.values() {
            joined.days_off.extend(year.days.days_off.difference(&self.own.makeup_workdays));
            joined.makeup_workdays.extend(year.days.makeup_workdays.difference(&self.own.days_off));
        }
        joined
    }

    /// Whether the days of a year are known.
    pub(crate) fn knows(&self, year: i16) -> bool {
        self.years.contains_key(&year) || (self.country.is_none() && self.own.says_of(year))
    }

    fn is_off(&self, day: Day) -> bool {
        self.years.values().any(|year| year.days.days_off.contains(&day))
    }

    fn is_makeup(&self, day: Day) -> bool {
        self.years.values().any(|year| year.days.makeup_workdays.contains(&day))
    }
}

/// The calendar of a country and year that is shipped.
pub(crate) fn shipped(country: &str, year: i16) -> Option<Year> {
    let no_variable = |_: &str| None;
    SHIPPED.iter().find_map(|(name, text)| {
        let (entries, _) = node::read(0, text, &mut Vec::new());
        let report = Report::new(Path::new(""), &no_variable, Secrets::LeftOut);
        let laid = Laid { name: (*name).to_owned(), shipped: true, file: 0, entries };
        self::year(&laid.table(&report)).filter(|it| it.country == country && it.year == year)
    })
}

/// The country that a zone lies in, where one is known.
pub(crate) fn country_of_zone(zone: &str) -> Option<&'static str> {
    OF_CHINA.contains(&zone).then_some("CN")
}

/// The files that are shipped for the country that a configuration names, but for years of which it has a file itself.
pub(super) fn shipped_files(joined: &[Entry], laid: &[Laid]) -> Vec<(&'static str, &'static str)> {
    let calendar = joined.iter().find(|entry| entry.key == "calendar");
    let Some(Value::Table(calendar)) = calendar.map(|entry| &entry.node.value) else { return Vec::new() };
    let Some(country) = text(calendar, "country") else { return Vec::new() };
    let own = |year: i64| {
        laid.iter()
            .any(|it| text(&it.entries, "country") == Some(country) && number(&it.entries) == Some(year))
    };
    let counts = |text_of_it: &str| {
        let (entries, _) = node::read(0, text_of_it, &mut Vec::new());
        text(&entries, "country") == Some(country) && number(&entries).is_some_and(|year| !own(year))
    };
    SHIPPED.into_iter().filter(|(_, text)| counts(text)).collect()
}

fn value<'e>(entries: &'e [Entry], key: &str) -> Option<&'e Value> {
    entries.iter().find(|entry| entry.key == key).map(|entry| &entry.node.value)
}

fn text<'e>(entries: &'e [Entry], key: &str) -> Option<&'e str> {
    if let Some(Value::Text(text)) = value(entries, key) { Some(text) } else { None }
}

fn number(entries: &[Entry]) -> Option<i64> {
    if let Some(Value::Integer(number)) = value(entries, "year") { Some(*number) } else { None }
}

impl Laid {
    fn table<'a>(&'a self, report: &'a Report<'a>) -> Table<'a> {
        let stem = self.name.strip_suffix(".toml").unwrap_or(&self.name);
        let name = if is_id(stem) { format!("\"{stem}\"") } else { (self.file + 1).to_string() };
        let path = if self.shipped { format!("shipped calendar {name}") } else { format!("calendar {name}") };
        Table::new(&self.entries, &Place { file: self.file, start: 0, end: 0 }, path, report)
    }
}

/// Reads `[calendar]` and the files of calendars.
pub(super) fn read(root: &Table<'_>, laid: &[Laid]) -> (Calendar, Calendars) {
    let mut years: Vec<Year> = Vec::new();
    for it in laid {
        let table = it.table(root.report);
        let Some(year) = year(&table) else { continue };
        if let Some(first) =
            years.iter().find(|first| (&first.country, first.year) == (&year.country, year.year))
        {
            let (place, key) = (table.whole().place, table.key("year"));
            let finding = Finding::mistake(&place, &key, "two calendars for one country and year");
            let first = root.report.places.borrow().get(&first.key).cloned();
            let finding = finding.expected("one file for each");
            root.report.tell(match first {
                Some(first) => finding.related(&first, "the first one is this file"),
                None => finding,
            });
        }
        years.push(year);
    }
    let mut calendars = Calendars::default();
    let table = root.table("calendar");
    calendars.country = table.as_ref().and_then(|table| {
        let country = country(table)?;
        if years.iter().any(|year| year.country == country.value) {
            return Some(country.value);
        }
        let expected = "\"CN\", or the country of a file in calendars/ beside this one";
        let finding = Finding::mistake(&country.place, &country.key, "there is no calendar of this country");
        root.report.tell(finding.expected(expected).following());
        None
    });
    for year in years {
        if calendars.country.as_ref() == Some(&year.country) {
            calendars.years.insert(year.year, year);
        } else {
            let place = root.report.places.borrow().get(&year.key).cloned();
            let message = "this calendar is not used: [calendar] does not name its country";
            let help = format!("add country = \"{}\" to [calendar], or take the file away", year.country);
            root.report.tell(Finding::warning(place, &year.key, message).help(help));
        }
    }
    if let Some(table) = table {
        let off = days(&table, "days_off");
        let makeup = days(&table, "makeup_workdays");
        table.finish();
        let all = |days: &[At<Day>]| days.iter().map(|day| day.value).collect::<BTreeSet<Day>>();
        calendars.own = Calendar { days_off: all(&off), makeup_workdays: all(&makeup) };
        tell_of_own(&table, &calendars, (&off, &makeup));
    }
    (calendars.joined(), calendars)
}

/// Tells of days that change nothing, or are said both ways.
fn tell_of_own(table: &Table<'_>, calendars: &Calendars, (off, makeup): (&[At<Day>], &[At<Day>])) {
    let tell = |at: &At<Day>, finding: fn(Option<Place>, &str, String) -> Finding, message: &str| {
        table.report.tell(finding(Some(at.place.clone()), &at.key, format!("{} {message}", at.value)));
    };
    for day in off.iter().filter(|day| day.value.is_weekend() && !calendars.is_makeup(day.value)) {
        tell(day, Finding::note, "is a weekend day, which is off anyway");
    }
    for day in makeup {
        if calendars.own.days_off.contains(&day.value) {
            tell(day, Finding::warning, "stands in days_off as well, which counts");
        } else if !day.value.is_weekend() && !calendars.is_off(day.value) {
            tell(
                day,
                Finding::warning,
                "is no weekend day, and is worked anyway: is it the day that is meant?",
            );
        }
    }
}

fn country(table: &Table<'_>) -> Option<At<String>> {
    let text = table.text("country")?;
    if text.value.len() == 2 && text.value.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Some(text);
    }
    table.wrong(&text, "not a country", "two capital letters (ISO 3166), such as \"CN\"");
    None
}

fn days<'a>(table: &Table<'a>, key: &'a str) -> Vec<At<Day>> {
    let mut days = Vec::new();
    for text in table.texts(key).unwrap_or_default() {
        match text.value.parse::<Day>() {
            Ok(day) => days.push(text.map(|_| day)),
            Err(_unread) => table.wrong(&text, "not a day", "a date such as 2026-09-25"),
        }
    }
    days
}

/// Reads one file.
fn year(table: &Table<'_>) -> Option<Year> {
    table.require("country", "the country, such as \"CN\"");
    let country = country(table);
    table.require("year", "the year, such as 2027");
    let year = table.number("year", 2000..=2200).and_then(|year| i16::try_from(year.value).ok());
    let source = required_name(table, "source", "the notice that says so");
    table.require("published", "when that notice was published, such as 2025-11-04");
    table.moment::<Day>("published", "not a date", "a date such as 2025-11-04");
    table.require("holiday", "at least one [[holiday]] with from and to");
    let holidays = table.tables("holiday");
    if let Some(too_many) = holidays.get(HOLIDAYS_MAX) {
        table.wrong(&too_many.whole(), "too many holidays", format!("at most {HOLIDAYS_MAX}"));
    }
    let mut days = Calendar::default();
    let mut worked = Vec::new();
    for holiday in holidays.iter().take(HOLIDAYS_MAX) {
        let (off, makeup) = self::holiday(holiday, year);
        days.days_off.extend(off);
        worked.extend(makeup);
    }
    for day in worked {
        if days.days_off.contains(&day.value) {
            table.wrong(&day, "a day off, and worked", "a day that is in no holiday of this file");
        } else if !day.value.is_weekend() {
            let message = format!(
                "{} is no weekend day, and is worked anyway: is it the day that is meant?",
                day.value
            );
            table.report.tell(Finding::warning(Some(day.place), &day.key, message));
        }
        days.makeup_workdays.insert(day.value);
    }
    table.finish();
    Some(Year { key: table.whole().key, country: country?.value, year: year?, source: source?.value, days })
}

fn holiday(table: &Table<'_>, year: Option<i16>) -> (Vec<Day>, Vec<At<Day>>) {
    super::values::name(table, "name");
    table.require("from", "the first day off, such as 2027-01-01");
    table.require("to", "the last day off, such as 2027-01-03");
    let day = |key| {
        table
            .moment::<Day>(key, "not a day", "a date such as 2027-01-01")
            .filter(|day| near(table, day, year))
    };
    let (from, to) = (day("from"), day("to"));
    let makeup = days(table, "makeup_workdays").into_iter().filter(|day| near(table, day, year)).collect();
    table.finish();
    let (Some(from), Some(to)) = (from, to) else { return (Vec::new(), makeup) };
    let length = to.value.days_since(from.value);
    if !(0..DAYS_MAX).contains(&length) {
        let wrong = if length < 0 { "before `from`" } else { "too long after `from`" };
        table.wrong(&to, wrong, format!("the last of at most {DAYS_MAX} days off"));
        return (Vec::new(), makeup);
    }
    ((0..=length).map(|days| from.value.plus_days(days)).collect(), makeup)
}

/// Whether a day is one that the calendar of a year may speak of.
fn near(table: &Table<'_>, day: &At<Day>, year: Option<i16>) -> bool {
    let Some(year) = year else { return true };
    let (Some(first), Some(last)) = (Day::new(year, 1, 1), Day::new(year, 12, 31)) else { return true };
    let near = (first.plus_days(-BESIDE_YEAR_DAYS)..=last.plus_days(BESIDE_YEAR_DAYS)).contains(&day.value);
    if !near {
        table.wrong(day, "of another year", format!("a day of {year}, or within a month of it"));
    }
    near
}
