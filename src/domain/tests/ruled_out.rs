//! What was decided before its case was ruled out: the inspectors' word stands until they give another, save against whoever
//! passed the suspicion on.

use super::World;
use super::slots::{SETUP, add, form};
use crate::domain::lapse::{About, Lapse};

/// The word of each lapse about what a script is of: open, decided, withdrawn; cleared, to be looked at again.
fn told(world: &World, is_it: impl Fn(&About) -> bool) -> (bool, bool, bool) {
    let lapse: &Lapse = world.state.lapses.values().find(|lapse| is_it(&lapse.about)).expect("a lapse");
    (lapse.is_withdrawn(), lapse.is_cleared(), lapse.is_to_review())
}

const fn of_report(about: &About) -> bool {
    matches!(about, About::Report { .. })
}

fn concealed() -> World {
    let mut world = World::new(|directory| add(directory, form("daily", "0 0 16 * * *")));
    world.run("07:00 arm p42");
    world.run(&format!(
        "{SETUP}
         09:00 fever E1 finance suspected -> case-opened C1
         09:05 telephone C1 taken p31
         15:10 report daily finance p12 fevers=0 stands -> report-filed by=19:10
         19:10:01 tick -> lapse delayed written C1; lapse concealed fevers C1
         19:20 statement fevers p12 -> statement-made
         19:21 statement fevers p11 -> statement-made"
    ));
    world
}

#[test]
fn a_verdict_stands_when_the_case_is_ruled_out_and_the_inspectors_are_to_look_again() {
    let mut world = concealed();
    world.run(
        "19:31 verdict fevers S28 p51 found=deliberate,serious_consequence -> verdict-given S28
         20:00 classify C1 ruled_out p31 second=p42 -> lapse-withdrawn concealed fevers C1",
    );
    assert_eq!(told(&world, of_report), (false, false, true), "it stands, and is to be looked at");
    world.run("20:05 verdict fevers none p51 -> verdict-given none");
    assert_eq!(told(&world, of_report), (false, true, false), "and is looked at");
    world.replays();

    // Looked at again it may stand as well, and whoever suspects the case anew takes nothing from that.
    let mut world = concealed();
    world.run(
        "19:31 verdict fevers S28 p51 found=deliberate,serious_consequence -> verdict-given S28
         20:00 classify C1 ruled_out p31 second=p42 -> lapse-withdrawn concealed fevers C1
         20:05 verdict fevers S28 p51 found=deliberate,serious_consequence -> verdict-given S28",
    );
    assert_eq!(told(&world, of_report), (false, false, false));
    world.run("20:10 classify C1 suspected p31 -> lapse-reinstated concealed fevers C1");
    assert_eq!(told(&world, of_report), (false, false, false));
    world.replays();
}

#[test]
fn what_nobody_had_decided_is_withdrawn_and_decided_no_more() {
    let mut world = concealed();
    world.run(
        "20:00 classify C1 ruled_out p31 second=p42 -> lapse-withdrawn concealed fevers C1
         20:05 verdict fevers none p51 -> REJECTED Withdrawn",
    );
    assert_eq!(told(&world, of_report), (true, true, false));
}

#[test]
fn what_is_held_against_whoever_passed_a_suspicion_on_is_never_held_once_it_is_ruled_out() {
    let mut world = World::new(|_| {});
    world.run(
        "08:40 fever E1 finance suspected at=08:00 -> lapse event candidate involved=p11
         08:45 statement event p11 -> statement-made
         08:46 verdict event S26 p51 found=minor -> verdict-given S26",
    );
    let of_event = |about: &About| matches!(about, About::Event { .. });
    assert_eq!(told(&world, of_event), (false, false, false));
    world.run(
        "08:50 classify C1 ruled_out p31 second=p42 -> lapse-withdrawn event
         08:51 verdict event S26 p51 found=minor -> REJECTED Withdrawn",
    );
    assert_eq!(told(&world, of_event), (true, true, false));
    world.replays();
}
