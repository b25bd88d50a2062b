//! Reports of other people than their unit is known to have: asked before they are taken, and of the same numbers once.

use super::slots::daily;

#[test]
fn a_report_of_other_people_than_the_register_has_is_asked_and_may_be_false_where_it_stands() {
    daily(
        "15:00 report daily finance p12 counted=40/41 -> report-questioned roster until=15:30; !report-filed
         15:01 report daily finance p12 counted=40/41 -> REJECTED Contradicted Roster said: 40 known: 41 by: Register
         15:02 report daily finance p12 counted=40/41 stands -> \
               report-filed on_time contradicted roster shown by=19:02 counted=40/41
         19:02:01 tick -> contradiction-ended uncorrected; \
               lapse false candidate daily.finance.2026-11-23.1 roster involved=p12 responsible=p11",
    );
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
         26/15:00 report daily finance p12 counted=39/41 -> report-questioned roster; !report-filed",
    );
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
    let mut world = super::World::new(|directory| {
        super::slots::add(directory, super::slots::form("daily", "0 0 16 * * *"));
    });
    world.run(
        "22/17:00 adopt c1\n07:00 arm p42\n15:00 report daily finance p12 counted=40/41 stands\n16:00 tick",
    );
    // A journal of before says nothing of what its filer was shown.
    let all =
        serde_json::to_string(&world.entries.iter().map(|(_, facts)| facts).collect::<Vec<_>>()).unwrap();
    let old = all.replace(",\"counted_shown\":true", "");
    assert!(all != old, "it was on record");
    let facts: Vec<Vec<crate::domain::fact::Fact>> = serde_json::from_str(&old).unwrap();
    for ((_, known), old) in world.entries.iter_mut().zip(facts) {
        *known = old;
    }
    world.state = world
        .entries
        .iter()
        .fold(crate::domain::state::State::default(), |state, (place, facts)| state.apply_all(*place, facts));
    world.run("24/15:00 report daily finance p12 counted=40/41 -> report-questioned roster");
}
