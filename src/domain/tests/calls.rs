//! What the record knows of the calls to an authority: how many started, and which of them was the proof.

use super::World;
use super::directory::daemon;
use crate::domain::case::Case;
use crate::domain::names::CaseId;

/// A suspected case whose authority the daemon rings at once.
fn suspected() -> World {
    let mut world = World::new(daemon);
    world.run(
        "07:00 arm p42
         08:00 fever E1 finance suspected -> clock-started",
    );
    world
}

fn case(world: &World) -> &Case {
    world.state.case(&CaseId::new("C-20261123-0001")).unwrap()
}

fn tries(world: &World) -> usize {
    case(world).clock(0).unwrap().phone.tries()
}

/// When the timeline says that the daemon rang.
fn rang(world: &World) -> Vec<String> {
    let rings = case(world).timeline.iter().filter(|moment| moment.what == "the daemon rings the authority");
    rings.map(|moment| moment.at.to_string()).collect()
}

#[test]
fn calls_are_counted_as_they_start_and_not_as_they_are_planned() {
    let mut world = suspected();
    world.run("08:00 tick -> daemon-calls; notify telephone sasac phone");
    assert_eq!((tries(&world), rang(&world).len()), (0, 0), "planned");
    world.run("08:00 deliver -> attempt-started telephone; notify telephone sasac phone due=08:02");
    assert_eq!((tries(&world), rang(&world).len()), (1, 1), "one started, the next is planned");
    world.run(
        "08:00:40 digit telephone:sasac:phone 3 -> daemon-calls due=08:08:40; notify telephone sasac phone
         08:05 telephone C1 no_answer p31 -> telephone-tried",
    );
    assert_eq!((tries(&world), rang(&world).len()), (2, 1), "the officer rang too");
    world.run("08:08:40 send -> attempt-started telephone");
    assert_eq!(tries(&world), 3);
    assert_eq!(rang(&world), ["2026-11-23T00:00:00.000Z", "2026-11-23T00:08:40.000Z"]);
    world.replays();
}

#[test]
fn the_call_that_proves_is_the_one_that_was_recorded_as_taken() {
    let mut world = suspected();
    world.run(
        "08:05 telephone C1 no_answer p41 -> telephone-tried
         08:06 telephone C1 taken p31 -> telephone-proved
         08:07 telephone C1 no_answer p42 -> telephone-tried
         08:08 telephone C1 taken p42 -> telephone-tried; !telephone-proved",
    );
    let phone = &case(&world).clock(0).unwrap().phone;
    assert_eq!(phone.proving_call().unwrap().actor.by.as_str(), "p31");
    world.replays();
}

#[test]
fn a_key_that_was_pressed_is_no_call_that_anybody_recorded() {
    let mut world = suspected();
    world.run(
        "08:00 tick -> daemon-calls
         08:00 deliver -> attempt-started telephone
         08:00:20 telephone C1 no_answer p31 -> telephone-tried
         08:00:40 digit telephone:sasac:phone 1 -> telephone-proved person",
    );
    assert_eq!(case(&world).clock(0).unwrap().phone.proving_call(), None);
}
