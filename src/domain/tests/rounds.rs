//! Rounds over more people or cases than one entry holds: done in parts, each of them once, and each part bounded.

use std::collections::BTreeMap;

use super::World;
use super::asked::reminded;
use super::slots::{add, form};
use crate::domain::command::Command;
use crate::domain::directory::{Directory, Person, Unit};
use crate::domain::fact::Fact;
use crate::domain::names::{Medium, PersonId, UnitId};
use crate::domain::notification::Purpose;
use crate::domain::schedule::Due;
use crate::domain::slot::{PeriodDue, Reminder};
use crate::time::Now;

/// What an entry may take at the most here: a sixteenth of what a line of the journal may.
const ENTRY_BYTES: usize = 1 << 20;

/// So many units more, each with a leader and a liaison of its own, who can be reached.
fn peopled(directory: &mut Directory, units: u32) {
    let mut daily = form("daily", "0 0 16 * * *");
    reminded(&mut daily);
    add(directory, daily);
    for number in 0..units {
        let person = |post: &str| PersonId::new(&format!("{post}{number:06}"));
        let (leader, liaison) = (person("l"), person("n"));
        for id in [&leader, &liaison] {
            let known = Person { media: [Medium::Sms].into(), callee: Some(id.clone()), ..Person::default() };
            directory.persons.insert(id.clone(), known);
        }
        let unit = Unit { leader, liaison, deputy: None, headcount: None };
        directory.units.insert(UnitId::new(&format!("u{number:06}")), unit);
    }
}

fn world(units: u32) -> World {
    let mut world = World::new(|directory| peopled(directory, units));
    world.run("22/17:00 adopt c1\n07:00 arm p42");
    world
}

/// Looks at what was recorded since: no entry is large, and how often each unit was asked for and each person written to.
fn looked_at(world: &World, from: usize, which: Reminder) -> (BTreeMap<UnitId, u32>, BTreeMap<String, u32>) {
    let (mut units, mut people) = (BTreeMap::new(), BTreeMap::new());
    for (_, facts) in &world.entries[from..] {
        let bytes = serde_json::to_string(facts).unwrap().len();
        assert!(bytes <= ENTRY_BYTES, "an entry has {bytes} bytes");
        for fact in facts {
            match fact {
                Fact::PeriodReminded { reminded } if reminded.reminder == which => {
                    for unit in reminded.asked.iter().flat_map(|asked| asked.units.iter()) {
                        *units.entry(unit.clone()).or_default() += 1;
                    }
                }
                Fact::NotificationPlanned { notification, .. }
                    if [Purpose::FormDue, Purpose::FormOverdue, Purpose::LapseNotice]
                        .contains(&notification.purpose) =>
                {
                    *people.entry(format!("{:?} {:?}", notification.to, notification.medium)).or_default() +=
                        1;
                }
                _ => {}
            }
        }
    }
    (units, people)
}

/// Decides the first part of the first reminder, and nothing after it.
fn first_part(world: &mut World) {
    let is_reminder = |due: &Due| matches!(due, Due::Period(_, PeriodDue::Remind));
    let (at, due) = world.state.rings.iter().find(|(_, due)| is_reminder(due)).cloned().unwrap();
    world.decide(&Command::Fall(due), Now::at(at)).unwrap();
}

#[test]
fn a_reminder_to_thousands_goes_in_parts_and_to_everybody_once() {
    let mut world = world(2_100);
    for (at, which) in
        [("13:49", Reminder::Before(0)), ("15:30", Reminder::Before(1)), ("16:00", Reminder::Leader)]
    {
        let from = world.entries.len();
        world.run(&format!("{at} tick"));
        let (units, people) = looked_at(&world, from, which);
        assert_eq!(units.len(), world.directory.units.len(), "{at}");
        assert!(units.values().all(|times| *times == 1), "{at}");
        assert!(people.len() >= 2_100 && people.values().all(|times| *times == 1), "{at}: {}", people.len());
        assert!(world.state.rounds.is_empty(), "{at}");
    }
    world.replays();
}

#[test]
fn what_is_filed_between_two_parts_of_a_reminder_is_asked_for_no_more() {
    let mut world = world(1_500);
    let from = world.entries.len();
    first_part(&mut world);
    assert_eq!(world.state.rounds.size(), 1);
    world.run("13:49 report daily u001400 n001400\n13:49 tick");
    let (units, _) = looked_at(&world, from, Reminder::Before(0));
    assert_eq!(units.get("u001400"), None);
    assert_eq!(units.len(), world.directory.units.len() - 1);
    assert!(world.state.rounds.is_empty());
    world.replays();
}

#[test]
fn a_reminder_of_which_a_part_waits_is_not_taken_up_again_once_the_due_instant_moved() {
    let mut world = world(1_500);
    first_part(&mut world);
    let from = world.entries.len();
    world.run("15:55 start down=13:49-15:55\n16:00 tick");
    let (before, _) = looked_at(&world, from, Reminder::Before(0));
    let (moved, _) = looked_at(&world, from, Reminder::Moved(1));
    assert!(before.len() < 600, "{}", before.len());
    assert_eq!(moved.len(), world.directory.units.len());
    assert!(world.state.rounds.is_empty());
    world.replays();
}

#[test]
fn thousands_who_are_named_in_lapses_are_told_in_parts_and_each_by_one_message() {
    let mut world = world(600);
    world.run("17:00 tick\n18:00 tick\n23:00 tick");
    let named: Vec<_> = world.state.unheard.iter().map(|(person, _)| person.clone()).collect();
    assert!(named.len() >= 1_200, "{}", named.len());
    let from = world.entries.len();
    world.run("24/09:00 tick");
    let (_, people) = looked_at(&world, from, Reminder::Office);
    assert!(people.len() >= 1_200 && people.values().all(|times| *times == 1), "{}", people.len());
    assert!(world.state.rounds.is_empty());
    assert!(
        world.entries[from..]
            .iter()
            .filter(|(_, facts)| {
                facts.iter().any(|fact| matches!(fact, Fact::RoundPaused(it) if it.after.is_some()))
            })
            .count()
            >= 4
    );
    world.replays();
}

#[test]
fn arming_looks_at_hundreds_of_open_cases_in_parts() {
    let mut world = World::new(|_| {});
    for number in 0..150 {
        world.run(&format!("08:00 fever E{number} finance suspected subject=s{number}"));
    }
    let open = world.state.cases.size();
    assert!(open >= 140, "{open}");
    let from = world.entries.len();
    world.run("08:05 arm p42\n08:05 tick");
    let armed = |facts: &[Fact]| facts.iter().filter(|it| matches!(it, Fact::ClockArmed { .. })).count();
    let parts: Vec<usize> = world.entries[from..].iter().map(|(_, facts)| armed(facts)).collect();
    assert_eq!(parts.iter().sum::<usize>(), open);
    assert!(parts.iter().all(|part| *part <= 64), "{parts:?}");
    assert!(world.state.rounds.is_empty());
    // A round that is under way when the daemon is disarmed ends.
    let mut world = World::new(|_| {});
    for number in 0..150 {
        world.run(&format!("08:00 fever E{number} finance suspected subject=s{number}"));
    }
    let from = world.entries.len();
    world.run("08:05 arm p42\n08:05 disarm p42\n08:05 tick");
    assert_eq!(world.entries[from..].iter().map(|(_, facts)| armed(facts)).sum::<usize>(), 64);
    assert!(world.state.rounds.is_empty());
}
