//! Notices of lapses: who is told of which, when, and by whom where no message reaches them.

use super::hearing::{BREACH, lapse};
use super::{World, check};
use crate::domain::directory::Directory;

/// A breach on Monday the 23rd, and its notices at nine.
const TOLD: &str = "07:00 arm p42
         07:00 start -> lapses-due next=09:00
         08:00 fever E1 finance suspected -> clock-started due=08:30
         08:30:01 tick -> lapse telephone involved=p31 responsible=p41; lapse written
         09:00 tick -> lapses-due next=24/09:00; bulletin-opened; bulletin-opened; notify lapse_notice p31 email; \
            notify lapse_notice p31 sms; notify lapse_notice p41 email; notify lapse_notice p41 sms";

/// A receipt is awaited of every message.
fn receipts(directory: &mut Directory) {
    for channel in &mut directory.channels {
        channel.receipts = true;
    }
}

#[test]
fn whoever_is_named_is_told_once_of_all_that_is_new_and_has_five_working_days() {
    let mut world = World::new(|_| {});
    world.run(TOLD);
    world.run(
        "09:00 deliver -> lapses-told p31 2 by=1/00:00; lapses-told p41 2 by=1/00:00
         24/09:00 tick -> lapses-due; !bulletin-opened
         30/23:59 verdict telephone none p51 -> REJECTED NotHeard
         12.01/00:00 verdict telephone none p51 -> verdict-given none",
    );
    world.replays();
}

#[test]
fn whom_no_message_reaches_is_handed_the_notice_and_has_five_working_days_from_then() {
    let mut world = World::new(receipts);
    world.run(TOLD);
    world.run(
        "09:00 deliver -> !lapses-told
         09:01 receipt lapse_notice:p31:sms delivered -> lapses-told p31 2 by=1/00:00
         10:00 verdict telephone none p51 -> REJECTED NotHeard
         10:01 serve telephone p41 p51 via=program -> REJECTED PersonOnly
         10:01 serve telephone p11 p51 -> REJECTED ServedOther
         10:01 serve telephone p41 p31 -> REJECTED OwnLapse
         10:01 serve telephone p31 p51 -> REJECTED AlreadyTold
         24/10:01 serve telephone p41 p51 -> lapses-told p41 1 by=2/00:00 served=p51
         24/10:02 serve telephone p41 p51 -> REJECTED AlreadyTold
         12.01/23:59 verdict telephone none p51 -> REJECTED NotHeard
         12.02/00:00 verdict written none p51 -> REJECTED NotHeard
         12.02/00:00 verdict telephone none p51 -> verdict-given none
         12.02/00:01 serve telephone p41 p51 -> REJECTED AlreadyTold",
    );
    world.replays();
}

#[test]
fn who_was_handed_the_notice_is_sent_no_other_of_it() {
    let mut world = World::new(|_| {});
    world.run("07:00 arm p42");
    world.run(BREACH);
    world.run("08:40 serve telephone p31 p51 -> lapses-told p31 1");
    assert_eq!(to_tell(&world, "telephone"), ["p41"]);
    assert_eq!(to_tell(&world, "written"), ["p31", "p41"], "each lapse has a notice of its own");
}

#[test]
fn what_was_answered_before_its_notice_is_told_to_nobody() {
    check(
        "07:00 start -> lapses-due next=09:00
         08:00 fever E1 finance suspected -> clock-started
         08:30:01 tick -> lapse telephone; lapse written
         08:40 statement telephone p31 -> statement-made
         08:40 statement written p31 -> statement-made
         09:00 tick -> lapses-due; bulletin-opened; notify lapse_notice p41 email; notify lapse_notice p41 sms",
    );
}

/// Whom each lapse is still to be told, by the names of scripts.
fn to_tell(world: &World, name: &str) -> Vec<String> {
    let id = lapse(&world.state, name);
    let waiting = world.state.unheard.iter().filter(|(_, lapse)| *lapse == id);
    waiting.map(|(person, _)| person.to_string()).collect()
}

#[test]
fn nobody_waits_to_be_told_of_what_was_answered_or_decided() {
    let mut world = World::new(|_| {});
    world.run("07:00 arm p42");
    world.run(BREACH);
    assert_eq!(to_tell(&world, "telephone"), ["p31", "p41"]);
    world.run("09:01 statement telephone p31 -> statement-made");
    assert_eq!(to_tell(&world, "telephone"), ["p41"]);
    assert_eq!(to_tell(&world, "written"), ["p31", "p41"]);
    world.run(
        "09:02 statement telephone p41 -> statement-made
         09:03 verdict telephone none p51 -> verdict-given",
    );
    assert!(to_tell(&world, "telephone").is_empty());
}

#[test]
fn a_lapse_that_was_withdrawn_is_told_to_nobody_and_one_that_stands_again_to_those_who_have_not_answered() {
    let mut world = World::new(|_| {});
    world.run(
        "07:00 arm p42
         08:25 fever E1 finance suspected at=08:00 -> lapse event involved=p11
         08:26 classify C1 ruled_out p31 second=p42 -> lapse-withdrawn event",
    );
    assert!(to_tell(&world, "event").is_empty());
    world.run("08:30 classify C1 suspected p31 -> lapse-reinstated event");
    assert_eq!(to_tell(&world, "event"), ["p11"]);
    world.run(
        "08:31 statement event p11 -> statement-made
         08:32 classify C1 ruled_out p31 second=p42 -> lapse-withdrawn event
         08:33 classify C1 suspected p31 -> lapse-reinstated event",
    );
    assert!(to_tell(&world, "event").is_empty());
    world.replays();
}

#[test]
fn who_has_not_answered_what_stands_again_is_told_anew_and_has_five_working_days_from_then() {
    let mut world = World::new(|_| {});
    world.run(
        "07:00 arm p42
         07:00 start -> lapses-due next=09:00
         08:25 fever E1 finance suspected at=08:00 -> lapse event involved=p11 responsible=p11
         09:00 tick -> notify lapse_notice p11 email; notify lapse_notice p11 sms
         09:00 deliver -> lapses-told p11 3 by=1/00:00
         10:00 classify C1 ruled_out p31 second=p42 -> ruled-out C1
         12.05/10:00 tick
         12.05/10:00 classify C1 suspected p31 -> lapse-reinstated event; lapse-reinstated telephone; \
            lapse-reinstated written
         12.05/10:01 verdict event none p51 -> REJECTED NotHeard",
    );
    assert_eq!(to_tell(&world, "event"), ["p11"]);
    world.run(
        "12.06/09:00 tick -> lapses-due
         12.06/09:00 deliver -> lapses-told p11 3 by=12/00:00; lapses-told p31 2; lapses-told p41 2
         12.11/23:59 verdict event none p51 -> REJECTED NotHeard
         12.12/00:00 verdict event none p51 -> verdict-given none",
    );
    world.replays();
}

#[test]
fn what_was_decided_before_it_was_withdrawn_waits_for_nobody_when_it_stands_again() {
    let mut world = World::new(|_| {});
    world.run(
        "07:00 arm p42
         08:25 fever E1 finance suspected at=08:00 -> lapse event involved=p11
         08:26 serve event p11 p51 -> lapses-told p11 1
         12.02/08:26 verdict event none p51 -> verdict-given none
         12.02/08:27 classify C1 ruled_out p31 second=p42 -> lapse-withdrawn event
         12.02/08:28 classify C1 suspected p31 -> lapse-reinstated event
         12.02/08:29 verdict event S26 p51 found=minor -> verdict-given S26",
    );
    assert!(to_tell(&world, "event").is_empty());
    world.replays();
}

#[test]
fn a_notice_that_was_taken_and_not_delivered_tells_nobody_where_receipts_come() {
    let mut world = World::new(receipts);
    world.run(TOLD);
    world.run(
        "09:00 deliver -> !lapses-told
         09:01 receipt lapse_notice:p31:sms delivered -> lapses-told p31 2",
    );
}

#[test]
fn in_doubt_nobody_is_told_of_a_lapse() {
    check(
        "07:00 start -> lapses-due next=09:00
         08:00 fever E1 finance suspected -> clock-started
         08:30:01 tick -> lapse telephone; lapse written
         08:40 clock-step 08:40 08:50 -> clock-stepped
         09:00 tick -> lapses-due next=24/09:00; !bulletin-opened
         09:40 trust -> clock-trusted
         24/09:00 tick -> lapses-due; bulletin-opened; bulletin-opened",
    );
}
