//! Calendars: what is shipped, what a folder has of its own, which of them counts, and what `check` says of it.

use std::collections::BTreeSet;
use std::fs;

use super::Copy;
use crate::config::calendar::shipped;
use crate::config::{Finding, check, load, load_edited, render};
use crate::domain::form::Calendar;
use crate::time::Day;

/// `[calendar]` of the example.
const OWN: &str = "days_off = [\"2026-09-25\"]            # besides weekends\n\
    makeup_workdays = [\"2026-09-20\", \"2026-10-10\"]   # 调休; check warns where a year's list is missing\n\
    country = \"CN\" ";

/// The example with another `[calendar]`.
#[track_caller]
fn with(calendar: &str) -> Copy {
    Copy::new().change("forms.toml", OWN, &format!("{calendar} "))
}

/// A file of the folder's own beside it.
fn laid(copy: Copy, name: &str, text: &str) -> Copy {
    fs::create_dir_all(copy.file("calendars")).unwrap();
    copy.write(&format!("calendars/{name}"), text)
}

fn file(year: &str, holidays: &str) -> String {
    format!("country = \"CN\"\nyear = {year}\nsource = \"通知\"\npublished = 2026-11-01\n{holidays}")
}

const NEW_YEAR: &str =
    "[[holiday]]\nfrom = 2027-01-01\nto = 2027-01-03\nmakeup_workdays = [\"2027-01-10\"]\n";

#[track_caller]
fn calendar(copy: &Copy) -> Calendar {
    let loaded = load(copy.path());
    let loaded = loaded.unwrap_or_else(|it| panic!("{}", render(&it.findings, &it.sources, false)));
    loaded.configuration.directory.calendar
}

/// What is said of calendars at an instant, as `severity key: message`.
#[track_caller]
fn said(copy: &Copy, now: &str) -> Vec<String> {
    let loaded =
        load(copy.path()).unwrap_or_else(|it| panic!("{}", render(&it.findings, &it.sources, false)));
    let mut findings = loaded.warnings;
    findings.extend(check(&loaded.configuration, &loaded.sources, now.parse().unwrap()));
    let of_calendars = findings.iter().filter(|it| it.key.contains("calendar"));
    of_calendars.map(|it: &Finding| format!("{:?} {}: {}", it.severity, it.key, it.message)).collect()
}

fn days(days: &str) -> BTreeSet<Day> {
    days.split_whitespace().map(|day| day.parse().unwrap()).collect()
}

const NOVEMBER: &str = "2026-11-23T00:00:00Z";
const NOTICE: &str = "国务院办公厅关于2026年部分节假日安排的通知（国办发明电〔2025〕7号）";

#[test]
fn the_calendar_of_2026_is_that_of_the_notice() {
    let year = shipped("CN", 2026).unwrap();
    assert_eq!(year.source, NOTICE);
    let worked = "2026-01-04 2026-02-14 2026-02-28 2026-05-09 2026-09-20 2026-10-10";
    assert_eq!(year.days.makeup_workdays, days(worked));
    assert_eq!(year.days.days_off.len(), 3 + 9 + 3 + 5 + 3 + 3 + 7);
    let on_weekdays: BTreeSet<Day> = year.days.days_off.into_iter().filter(|day| !day.is_weekend()).collect();
    let off = "2026-01-01 2026-01-02 2026-02-16 2026-02-17 2026-02-18 2026-02-19 2026-02-20 2026-02-23 2026-04-06 \
               2026-05-01 2026-05-04 2026-05-05 2026-06-19 2026-09-25 2026-10-01 2026-10-02 2026-10-05 2026-10-06 \
               2026-10-07";
    assert_eq!(on_weekdays, days(off));
    assert!(shipped("CN", 2027).is_none() && shipped("DE", 2026).is_none());
}

#[test]
fn the_organisations_own_days_are_added_to_those_of_its_country_and_beat_them() {
    let of_china = calendar(&with("country = \"CN\""));
    assert_eq!(Some(&of_china), shipped("CN", 2026).map(|year| year.days).as_ref());
    assert!(!of_china.is_workday("2026-02-17".parse().unwrap()));
    let own =
        "days_off = [\"2026-09-20\", \"2026-06-18\"]\nmakeup_workdays = [\"2026-10-07\"]\ncountry = \"CN\"";
    let copy = with(own);
    let both = calendar(&copy);
    for (day, worked) in [
        ("2026-09-20", false),
        ("2026-06-18", false),
        ("2026-10-07", true),
        ("2026-10-06", false),
        ("2026-10-10", true),
        ("2026-10-11", false),
        ("2026-10-12", true),
    ] {
        assert_eq!(both.is_workday(day.parse().unwrap()), worked, "{day}");
    }
    // Either was said on purpose.
    assert_eq!(said(&copy, NOVEMBER), [""; 0]);
    // Without a country its calendar is nobody's.
    assert_eq!(calendar(&with("days_off = [\"2026-09-25\"]")).days_off, days("2026-09-25"));
}

#[test]
fn a_file_of_the_folder_is_taken_in_place_of_the_one_that_is_shipped_and_for_years_that_are_not() {
    let copy = laid(with("country = \"CN\""), "cn-2027.toml", &file("2027", NEW_YEAR));
    let both = calendar(&copy);
    assert!(
        !both.is_workday("2027-01-01".parse().unwrap()) && both.is_workday("2027-01-10".parse().unwrap())
    );
    assert!(!both.is_workday("2026-10-01".parse().unwrap()), "the other year is shipped as before");
    assert_eq!(said(&copy, "2026-12-20T00:00:00Z"), [""; 0]);
    let shipped = include_str!("../../../config/calendars/cn-2026.toml");
    let without = shipped.replace("\"2026-09-20\", ", "");
    let copy = laid(with("country = \"CN\""), "cn-2026.toml", &without);
    assert!(!calendar(&copy).is_workday("2026-09-20".parse().unwrap()));
    let expected =
        format!("Warning calendar \"cn-2026\": leaves out make-up working days of {NOTICE}: 2026-09-20");
    assert_eq!(said(&copy, NOVEMBER), [expected]);
    assert_eq!(said(&laid(with("country = \"CN\""), "cn-2026.toml", shipped), NOVEMBER), [""; 0]);
}

#[test]
fn a_list_by_hand_that_leaves_out_what_the_calendar_has_is_told_by_its_days() {
    let year = shipped("CN", 2026).unwrap().days;
    let list = |days: &BTreeSet<Day>, but: &str| {
        let days: Vec<String> =
            days.iter().map(|day| format!("\"{day}\"")).filter(|day| !day.contains(but)).collect();
        days.join(", ")
    };
    let by_hand = |but: &str| {
        with(&format!(
            "days_off = [{}]\nmakeup_workdays = [{}]",
            list(&year.days_off.iter().copied().filter(|day| !day.is_weekend()).collect(), but),
            list(&year.makeup_workdays, but)
        ))
    };
    assert_eq!(said(&by_hand("none"), NOVEMBER), [""; 0]);
    let left_out = |key: &str, what: &str, day: &str| {
        format!("Warning calendar.{key}: leaves out {what} of {NOTICE}: {day}")
    };
    let worked = left_out("makeup_workdays", "make-up working days", "2026-09-20");
    assert_eq!(said(&by_hand("2026-09-20"), NOVEMBER), [worked]);
    let off = left_out("days_off", "days off", "2026-02-17");
    assert_eq!(said(&by_hand("2026-02-17"), NOVEMBER), [off]);
    // Nobody counts by working days.
    let none = by_hand("2026-02-17").change("forms.toml", "workdays_only = true", "workdays_only = false");
    assert_eq!(said(&none, NOVEMBER), [""; 0]);
    // Elsewhere another calendar counts, which is not known.
    let elsewhere = by_hand("2026-02-17").change("watchfire.toml", "Asia/Shanghai", "Asia/Singapore");
    assert_eq!(said(&elsewhere, NOVEMBER), [""; 0]);
}

#[test]
fn the_next_year_is_missed_from_the_first_of_december_of_the_zone() {
    let missing = "nothing is said of 2027: its holidays would count as working days";
    // A day of their own says nothing of the country's.
    let copy = with("days_off = [\"2027-05-20\"]\ncountry = \"CN\"");
    assert_eq!(said(&copy, "2026-11-30T15:59:59Z"), [""; 0]);
    assert_eq!(said(&copy, "2026-11-30T16:00:00Z"), [format!("Warning calendar.country: {missing}")]);
    let by_hand = with("days_off = [\"2027-05-20\"]");
    let now = "2027-01-01T00:00:00Z";
    assert_eq!(said(&by_hand, now), [""; 0]);
    assert_eq!(said(&with(""), now), [format!("Warning calendar.days_off: {missing}")]);
}

#[test]
fn a_day_that_changes_nothing_or_is_said_both_ways_is_told() {
    let own = "days_off = [\"2026-09-26\", \"2026-11-28\", \"2026-11-23\"]\n\
               makeup_workdays = [\"2026-11-24\", \"2026-11-28\", \"2026-09-20\"]\ncountry = \"CN\"";
    let expected = [
        "Note calendar.days_off: 2026-09-26 is a weekend day, which is off anyway",
        "Note calendar.days_off: 2026-11-28 is a weekend day, which is off anyway",
        "Warning calendar.makeup_workdays: 2026-11-24 is no weekend day, and is worked anyway: is it the day that is meant?",
        "Warning calendar.makeup_workdays: 2026-11-28 stands in days_off as well, which counts",
    ];
    assert_eq!(said(&with(own), NOVEMBER), expected);
}

#[test]
fn a_file_of_a_calendar_is_checked_like_any_other_and_shown_where_it_stands() {
    let shown = |text: &str| laid(with("country = \"CN\""), "cn-2027.toml", text).mistakes();
    let wrong = shown(&file("2027", &NEW_YEAR.replace("from = 2027", "from = 2026")));
    assert!(wrong.contains("error: calendar \"cn-2027\": holiday 1: from: of another year"), "{wrong}");
    assert!(wrong.contains("--> calendars/cn-2027.toml:6:8"), "{wrong}");
    for (from, to, expected) in [
        ("to = 2027-01-03", "to = 2026-12-31", "holiday 1: to: before `from`"),
        ("to = 2027-01-03", "to = \"soon\"", "holiday 1: to: not a day"),
        ("2027-01-10", "2027-01-03", "holiday 1: makeup_workdays: a day off, and worked"),
        ("makeup_workdays", "worked", "holiday 1: worked: there is no such key"),
        ("from = 2027-01-01\n", "", "holiday 1: from: missing"),
    ] {
        let wrong = shown(&file("2027", &NEW_YEAR.replace(from, to)));
        assert!(wrong.contains(&format!("error: calendar \"cn-2027\": {expected}")), "{expected}: {wrong}");
    }
    let twice = laid(with("country = \"CN\""), "a.toml", &file("2027", NEW_YEAR));
    let twice = laid(twice, "b.toml", &file("2027", NEW_YEAR)).mistakes();
    assert!(twice.contains("error: calendar \"b\": year: two calendars for one country and year"), "{twice}");
    let broken = shown("country = ");
    assert!(broken.contains("calendars/cn-2027.toml:1") && broken.matches("error").count() == 1, "{broken}");
    // Of a country that is not named.
    let other = file("2026", NEW_YEAR).replace("CN", "DE");
    let copy = laid(with("country = \"CN\""), "de.toml", &other.replace("2027", "2026"));
    let unused = "Warning calendar \"de\": this calendar is not used: [calendar] does not name its country";
    assert_eq!(said(&copy, NOVEMBER)[0], unused);
}

#[test]
fn a_calendar_counts_in_the_hash_and_in_what_is_kept_of_a_configuration() {
    let hash = |copy: &Copy| load(copy.path()).unwrap().sha256;
    let plain = with("days_off = [\"2026-09-25\"]");
    let (first, empty) = (hash(&plain), laid(plain, "none.txt", ""));
    assert_eq!(hash(&empty), first, "a folder without calendars is none");
    let own = laid(with("country = \"CN\""), "cn-2027.toml", &file("2027", NEW_YEAR));
    let changed =
        laid(with("country = \"CN\""), "cn-2027.toml", &file("2027", &NEW_YEAR.replace("-10", "-09")));
    assert_ne!(hash(&own), hash(&changed));
    let loaded = load(own.path()).unwrap();
    let names: Vec<&str> = loaded.sources.blotted().map(|(name, _)| name).collect();
    assert!(
        names.ends_with(&["watchfire.toml", "calendars/cn-2027.toml", "shipped/calendars/cn-2026.toml"]),
        "{names:?}"
    );
    let open = |path: &str| loaded.said.0.get(path).and_then(|value| value.open.clone());
    assert_eq!(open("shipped calendar \"cn-2026\": holiday 2: from").as_deref(), Some("2026-02-15"));
    assert_eq!(open("calendar \"cn-2027\": holiday 1: to").as_deref(), Some("2027-01-03"));
    // What would be edited beside them is no calendar, and the shipped ones stay the last.
    let edited = load_edited(own.path(), &[]).unwrap();
    assert_eq!(edited.sha256, loaded.sha256);
}
