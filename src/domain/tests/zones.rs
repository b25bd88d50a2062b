//! Slots over zones and dates: each once, none left out, none twice, whatever the wall clock does.

use proptest::prelude::*;
use std::collections::BTreeMap;
use std::time::Duration;

use super::World;
use super::slots::{add, form};
use crate::domain::command::Command;
use crate::domain::fact::Fact;
use crate::domain::form::{Calendar, Form};
use crate::domain::slot::PeriodId;
use crate::time::{Day, Now, Timestamp, Zone};

/// A day, as its year, month and day.
type Civil = (i16, i8, i8);

/// Zones whose wall clock goes forward and back, and days shortly before it does.
const CHANGES: [(&str, [Civil; 2]); 4] = [
    ("America/New_York", [(2027, 3, 10), (2027, 11, 3)]),
    ("Europe/London", [(2027, 3, 24), (2027, 10, 27)]),
    ("Australia/Lord_Howe", [(2027, 3, 31), (2027, 9, 29)]),
    ("Asia/Shanghai", [(1991, 4, 10), (1991, 9, 11)]),
];
/// So many days are looked at from there.
const DAYS: i64 = 12;

fn zone(name: &str) -> Zone {
    Zone::named(name).unwrap()
}

fn day((year, month, day): Civil) -> Day {
    Day::new(year, month, day).unwrap()
}

/// A form due every day at these hours, at a minute.
fn due_at(hours: &[i8], minute: i8) -> Form {
    let hours: Vec<String> = hours.iter().map(i8::to_string).collect();
    form("daily", &format!("0 {minute} {} * * *", hours.join(",")))
}

/// The slots of a form from the beginning of a day on, until so many days have passed.
fn slots(form: &Form, zone: &Zone, calendar: &Calendar, first: Day, days: i64) -> Vec<(Day, u32)> {
    let mut at = zone.instant(first.at(0, 0)).unwrap() - Duration::from_millis(1);
    let mut found = Vec::new();
    while let Some(next) = form.next_due((zone, calendar), at) {
        assert!(next > at, "{next} does not come after {at}");
        if zone.day(next).days_since(first) >= days {
            break;
        }
        found.push((zone.day(next), form.number(zone, next)));
        at = next;
    }
    found
}

/// The slots of a day's due times as a reader of wall clocks finds them, who looks at every minute from a day before to a day
/// behind: each time counts from the first minute that the clocks show it. What they never show comes as the clock that was
/// put forward would have shown it, right behind whatever else is due at that instant.
fn seen(zone: &str, times: &[(i8, i8)], first: Day, days: i64) -> Vec<(Timestamp, Day, u32)> {
    let zone = jiff::tz::TimeZone::get(zone).unwrap();
    let civil: jiff::civil::Date = first.to_string().parse().unwrap();
    let begin = zone.to_timestamp(civil.yesterday().unwrap().at(0, 0, 0, 0)).unwrap();
    let mut shown: BTreeMap<jiff::civil::DateTime, i64> = BTreeMap::new();
    for minute in 0..(days + 3) * 24 * 60 {
        let at = begin.checked_add(jiff::SignedDuration::from_mins(minute)).unwrap();
        shown.entry(zone.to_datetime(at)).or_insert(at.as_millisecond());
    }
    let all = (-1..=days).flat_map(|day| {
        let date = civil.checked_add(jiff::Span::new().days(day)).unwrap();
        times.iter().map(move |(hour, minute)| date.at(*hour, *minute, 0, 0))
    });
    let (there, skipped): (Vec<_>, Vec<_>) = all.partition(|time| shown.contains_key(time));
    let mut due: std::collections::BTreeSet<i64> = there.iter().map(|time| shown[time]).collect();
    for time in skipped {
        let (before, at) = shown.range(..time).next_back().unwrap();
        let at = at + time.duration_since(*before).as_secs() * 1_000;
        due.insert(if due.contains(&at) { at + 1 } else { at });
    }
    let mut numbers: BTreeMap<Day, u32> = BTreeMap::new();
    let placed = due.into_iter().map(|at| {
        let civil = zone.to_datetime(jiff::Timestamp::from_millisecond(at).unwrap()).date();
        let day: Day = civil.to_string().parse().unwrap();
        let number = numbers.entry(day).or_default();
        *number += 1;
        (Timestamp::from_millis(at), day, *number)
    });
    placed.filter(|(_, day, _)| (0..days).contains(&day.days_since(first))).collect()
}

/// Hours that lie further apart than any clock is moved.
fn hours() -> impl Strategy<Value = Vec<i8>> {
    proptest::sample::subsequence(vec![0_i8, 2, 4, 7, 10, 13, 16, 19, 21, 23], 1..=5)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn each_day_has_each_of_its_slots_once(
        (name, starts) in proptest::sample::select(CHANGES.to_vec()),
        later in any::<bool>(),
        hours in hours(),
        minute in 0_i8..60,
    ) {
        let first = day(starts[usize::from(later)]);
        let form = due_at(&hours, minute);
        let numbers = 1..=u32::try_from(hours.len()).unwrap();
        let wanted: Vec<(Day, u32)> = (0..DAYS)
            .flat_map(|days| numbers.clone().map(move |number| (first.plus_days(days), number)))
            .collect();
        prop_assert_eq!(slots(&form, &zone(name), &Calendar::default(), first, DAYS), wanted);
    }

    #[test]
    fn a_form_of_working_days_is_due_on_each_of_them_and_on_no_other(
        (name, starts) in proptest::sample::select(CHANGES.to_vec()),
        off in proptest::collection::btree_set(0..DAYS, 0..4),
        worked in proptest::collection::btree_set(0..DAYS, 0..4),
        hour in 0_i8..24,
        minute in 0_i8..60,
    ) {
        let first = day(starts[0]);
        let some = |days: &std::collections::BTreeSet<i64>| days.iter().map(|it| first.plus_days(*it)).collect();
        let calendar = Calendar { days_off: some(&off), makeup_workdays: some(&worked) };
        let mut form = due_at(&[hour], minute);
        form.workdays_only = true;
        let is_worked = |it: &i64| {
            let weekend = first.plus_days(*it).is_weekend() && !worked.contains(it);
            !weekend && !off.contains(it)
        };
        let wanted: Vec<(Day, u32)> =
            (0..DAYS).filter(is_worked).map(|it| (first.plus_days(it), 1)).collect();
        prop_assert_eq!(slots(&form, &zone(name), &calendar, first, DAYS), wanted);
    }
}

proptest! {
    // Each case looks at hundreds of due instants.
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn times_closer_together_than_a_clock_is_moved_come_once_each(
        (name, starts) in proptest::sample::select(CHANGES.to_vec()),
        later in any::<bool>(),
        hours in proptest::sample::subsequence((0_i8..24).collect::<Vec<_>>(), 1..=6),
        minutes in proptest::sample::subsequence(vec![0_i8, 10, 15, 29, 30, 45, 59], 1..=4),
    ) {
        let first = day(starts[usize::from(later)]);
        let fields = |all: &[i8]| all.iter().map(i8::to_string).collect::<Vec<_>>().join(",");
        let form = form("daily", &format!("0 {} {} * * *", fields(&minutes), fields(&hours)));
        let times: Vec<(i8, i8)> =
            hours.iter().flat_map(|hour| minutes.iter().map(move |minute| (*hour, *minute))).collect();
        let wanted = seen(name, &times, first, DAYS);
        prop_assert_eq!(wanted.len(), times.len() * usize::try_from(DAYS).unwrap());
        let zone = zone(name);
        let mut at = zone.instant(first.at(0, 0)).unwrap() - Duration::from_millis(1);
        for (due, day, number) in wanted {
            let next = form.next_due((&zone, &Calendar::default()), at).unwrap();
            prop_assert_eq!((next, zone.day(next), form.number(&zone, next)), (due, day, number));
            at = next;
        }
    }
}

/// How often each period was opened, fell due and was closed.
fn counted(facts: &[Fact], counts: &mut BTreeMap<PeriodId, [u32; 3]>) {
    for fact in facts {
        let (period, which) = match fact {
            Fact::PeriodOpened { period } => (period.period.clone(), 0),
            Fact::PeriodFellDue { period, .. } => (period.clone(), 1),
            Fact::PeriodClosed { closed } => (closed.period.clone(), 2),
            _ => continue,
        };
        counts.entry(period).or_default()[which] += 1;
    }
}

#[test]
fn through_decide_each_period_opens_falls_due_and_closes_once_over_every_change_of_the_clock() {
    for (name, starts) in CHANGES {
        for first in starts.map(day) {
            let zone = zone(name);
            let mut world = World::new(|directory| {
                directory.zone = zone.clone();
                add(directory, due_at(&[2, 16], 30));
            });
            let begin = zone.instant(first.at(0, 0)).unwrap();
            let at = |hours: u64| Now::at(begin + Duration::from_hours(hours));
            world.decide(&Command::AdoptConfiguration { sha256: "c1".to_owned() }, at(0)).unwrap();
            let mut counts = BTreeMap::new();
            let opened: Vec<Fact> = world.entries.iter().flat_map(|(_, facts)| facts.clone()).collect();
            counted(&opened, &mut counts);
            for hours in 1..=24 * u64::try_from(DAYS).unwrap() {
                let facts = world.tick(at(hours));
                counted(&facts, &mut counts);
            }
            let until = begin + Duration::from_hours(24 * 10);
            let ended = |period: &PeriodId| zone.instant(period.day.at(23, 0)).unwrap() < until;
            let odd: Vec<_> =
                counts.iter().filter(|(period, counts)| ended(period) && **counts != [1, 1, 1]).collect();
            assert!(odd.is_empty(), "{name} from {first}: {odd:?}");
            assert!(counts.keys().filter(|period| ended(period)).count() >= 18, "{name}: {counts:?}");
            world.replays();
        }
    }
}

#[test]
fn a_clock_turned_back_at_a_deadline_makes_nobody_late_and_gives_no_second_slot() {
    // 01:30 comes twice on the first Sunday of November in New York: the first one counts.
    let zone = zone("America/New_York");
    let form = due_at(&[1], 30);
    let after: Timestamp = "2027-11-06T12:00:00Z".parse().unwrap();
    let due = form.next_due((&zone, &Calendar::default()), after).unwrap();
    assert_eq!(due, "2027-11-07T05:30:00Z".parse().unwrap());
    let next = form.next_due((&zone, &Calendar::default()), due).unwrap();
    assert_eq!(next, "2027-11-08T06:30:00Z".parse().unwrap());
}
