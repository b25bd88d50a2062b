//! Reports of other people than their unit is known to have: asked before they are taken, and of the same numbers once.

use std::sync::Arc;

use super::World;
use super::slots::{SETUP, add, daily, form};
use crate::domain::fact::Fact;
use crate::domain::lapse::{About, Lapse};
use crate::domain::slot::{Counted, CountedBy};

/// `40/41` by the register, `40/41h` by the headcount.
pub(super) fn counted(text: &str) -> Option<Counted> {
    let (reported, known) = text.split_once('/')?;
    let (known, by) = match known.strip_suffix('h') {
        Some(known) => (known, CountedBy::Headcount),
        None => (known, CountedBy::Register),
    };
    Counted::of(reported.parse().ok()?, (known.parse().ok()?, by))
}

#[test]
fn a_report_of_other_people_than_the_register_has_is_asked_and_may_be_false_where_it_stands() {
    daily(
        "15:00 report daily finance p12 counted=40/41 -> report-questioned roster until=15:30; !report-filed
         15:01 report daily finance p12 counted=40/41 -> REJECTED Contradicted Counted said: 40 known: 41 by: Register
         15:02 report daily finance p12 counted=40/41 stands -> \
               report-filed on_time contradicted roster shown by=19:02 counted=40/41
         19:02:01 tick -> contradiction-ended uncorrected; \
               lapse false candidate daily.finance.2026-11-23.1 roster involved=p12 responsible=p11",
    );
}

#[test]
fn what_a_register_contradicts_rests_on_the_entry_in_which_that_register_stands() {
    let mut world = World::new(|directory| add(directory, form("daily", "0 0 16 * * *")));
    world.run("22/07:00 arm p42");
    world.run(SETUP);
    world.run(
        "08:00 keep-staff s1 -> staff-loaded
         15:00 report daily finance p12 counted=40/41 stands -> report-filed contradicted roster by=19:00
         15:00 report daily auction p22 counted=40/41h stands -> report-filed contradicted roster by=19:00
         # What was read since says nothing of that report.
         16:30 keep-staff s2 -> staff-loaded
         19:02 tick -> lapse false daily.auction.2026-11-23.1 roster; lapse false daily.finance.2026-11-23.1 roster",
    );
    world.replays();
    let loaded = |facts: &[Fact]| facts.iter().any(|fact| matches!(fact, Fact::StaffLoaded(_)));
    let loads: Vec<u64> =
        world.entries.iter().filter(|(_, facts)| loaded(facts)).map(|(place, _)| place.seq).collect();
    let of = |unit: &str| {
        let mut all = world.state.lapses.values();
        let is_of = |lapse: &&Arc<Lapse>| matches!(&lapse.about, About::Report { slot, .. } if slot.unit.as_str() == unit);
        all.find(is_of).unwrap().evidence.clone()
    };
    assert_eq!(loads.len(), 2);
    assert!(of("finance").contains(&loads[0]) && !of("finance").contains(&loads[1]));
    assert!(!loads.iter().any(|load| of("auction").contains(load)), "a headcount is no register");
}

#[test]
fn a_report_of_as_many_people_as_there_are_is_asked_nothing_and_a_correction_leaves_nothing() {
    daily(
        "15:00 report daily finance p12 counted=41/41 -> report-filed; !contradicted
         24/12:00 tick -> !lapse false",
    );
    daily(
        "15:00 report daily finance p12 counted=40/41 stands -> report-filed contradicted roster by=19:00
         15:10 report daily finance p12 day=2026-11-23 counted=41/41 says=other -> report-filed revision=2; !contradicted
         24/12:00 tick -> !lapse false; !contradiction-ended",
    );
}

#[test]
fn two_numbers_that_somebody_let_stand_are_asked_of_nobody_again_and_stay_marked() {
    daily(
        "15:00 report daily finance p12 counted=40/41 stands -> report-filed contradicted roster
         16:00 tick
         24/15:00 report daily finance p12 counted=40/41 -> report-filed counted=40/41; !contradicted
         24/16:00 tick
         25/15:00 report daily finance p11 counted=40/41 -> report-filed counted=40/41; !contradicted
         25/15:10 report daily auction p22 counted=40/41 -> report-questioned roster
         25/16:00 tick
         26/15:00 report daily finance p12 counted=38/41 -> report-questioned roster; !report-filed",
    );
}

#[test]
fn a_change_no_larger_than_the_difference_that_was_let_stand_is_asked_of_nobody() {
    // The register has 40; there are 42, then 43, 44, then 46.
    daily(
        "15:00 report daily finance p12 counted=42/40 stands -> report-filed contradicted roster
         16:00 tick
         24/15:00 report daily finance p12 counted=43/40 -> report-filed counted=43/40; !contradicted
         24/16:00 tick
         25/15:00 report daily finance p12 counted=44/40 -> report-filed counted=44/40; !contradicted
         25/16:00 tick
         26/15:00 report daily finance p12 counted=46/40 -> report-questioned roster
         26/15:01 report daily finance p12 counted=46/40 stands -> report-filed contradicted roster
         26/16:00 tick
         27/15:00 report daily finance p12 counted=52/40 -> report-filed; !contradicted
         27/16:00 tick
         28/15:00 report daily finance p12 counted=53/40 -> report-questioned roster",
    );
    // Fewer than the register has is another thing, and so is another register.
    daily(
        "15:00 report daily finance p12 counted=42/40 stands -> report-filed contradicted roster
         16:00 tick
         24/15:00 report daily finance p12 counted=39/40 -> report-questioned roster",
    );
    daily(
        "15:00 report daily finance p12 counted=42/40 stands -> report-filed contradicted roster
         16:00 tick
         24/15:00 report daily finance p12 counted=42/41 -> report-questioned roster",
    );
}

#[test]
fn what_covers_a_number_is_what_was_let_stand_and_not_what_it_covered_since() {
    // Else a number could go anywhere in small steps; and it holds on when the day it was let stand has left memory.
    let mut world = World::new(|directory| {
        add(directory, form("daily", "0 0 16 * * *"));
    });
    world.run(
        "10/07:00 arm p42
         10/08:00 adopt c1
         10/15:00 report daily finance p12 counted=42/40 stands -> report-filed contradicted
         10/20:00:01 tick",
    );
    for day in 11..=23 {
        world.run(&format!(
            "{day}/15:00 report daily finance p12 counted=44/40 -> report-filed; !contradicted
             {day}/20:00:01 tick"
        ));
    }
    assert!(world.state.periods.keys().all(|id| id.day.to_string() != "2026-11-10"), "it has left memory");
    world.run("24/15:00 report daily finance p12 counted=45/40 -> report-questioned roster");
    world.replays();
}

#[test]
fn a_headcount_that_is_put_right_speaks_for_whoever_had_the_right_number() {
    let world = |headcount: Option<u32>| {
        let mut world = World::new(|directory| {
            add(directory, form("daily", "0 0 16 * * *"));
        });
        world.run("22/17:00 adopt c1\n07:00 arm p42");
        world.run(
            "15:00 report daily finance p12 counted=42/40h -> report-questioned roster
             15:02 report daily finance p12 counted=42/40h stands -> report-filed contradicted roster by=19:02",
        );
        world.directory.units.get_mut("finance").unwrap().headcount = headcount;
        world
    };
    let stands = "19:02:01 tick -> contradiction-ended uncorrected; lapse false roster";
    let ends = "19:02:01 tick -> contradiction-ended groundless; !lapse false";
    for (headcount, then) in [(Some(40), stands), (Some(41), stands), (Some(42), ends), (None, ends)] {
        let mut world = world(headcount);
        world.run(then);
        world.replays();
    }
}

#[test]
fn in_the_slot_in_which_they_were_let_stand_they_are_asked_again() {
    // Else whoever files twice would have nothing against them any more.
    daily(
        "15:00 report daily finance p12 counted=40/41 stands -> report-filed contradicted roster by=19:00
         15:30 report daily finance p12 day=2026-11-23 counted=40/41 says=other -> REJECTED Contradicted
         15:30 report daily finance p12 day=2026-11-23 counted=40/41 says=other stands -> report-filed roster by=19:00
         19:00:01 tick -> lapse false roster",
    );
}

#[test]
fn numbers_of_before_that_were_only_marked_were_let_stand_by_nobody() {
    let mut world = World::new(|directory| {
        add(directory, form("daily", "0 0 16 * * *"));
    });
    world.run(
        "22/17:00 adopt c1\n07:00 arm p42\n15:00 report daily finance p12 counted=40/41 stands\n16:00 tick",
    );
    // A journal of before says nothing of what its filer was shown.
    let all =
        serde_json::to_string(&world.entries.iter().map(|(_, facts)| facts).collect::<Vec<_>>()).unwrap();
    let old = all.replace(",\"counted_shown\":true", "");
    assert!(all != old, "it was on record");
    let facts: Vec<Vec<Fact>> = serde_json::from_str(&old).unwrap();
    for ((_, known), old) in world.entries.iter_mut().zip(facts) {
        *known = old;
    }
    world.state = world
        .entries
        .iter()
        .fold(crate::domain::state::State::default(), |state, (place, facts)| state.apply_all(*place, facts));
    world.run("24/15:00 report daily finance p12 counted=40/41 -> report-questioned roster");
}
