//! Closed cases and periods that leave memory: when everything about them has come to an end.

use super::slots::{add, form};
use super::{World, check, check_with};
use crate::domain::names::Medium;

#[test]
fn a_closed_case_leaves_memory_after_a_day() {
    check(
        "08:00 fever E1 finance 38 -> case-opened C1
         08:00 deliver ->
         08:05 close C1 p31 -> closed C1 archive=24/08:05
         24/08:04:59 tick -> !archived
         24/08:05 tick -> archived C1
         24/08:06 note C1 p31 -> REJECTED NoSuchCase
         24/08:06 receipt alert:p11:sms key=none -> receipt-kept",
    );
}

#[test]
fn a_closed_case_stays_in_memory_until_each_of_its_limits_is_decided() {
    check(
        "08:00 fever E1 finance suspected -> clock-started due=08:30
         08:02 clock-step 08:02 08:03 -> clock-stepped
         08:41 classify C1 ruled_out p31 second=p42 -> clock-withdrawn C1 sasac at=08:41
         08:47 close C1 p31 -> closed C1 archive=24/08:47
         24/08:47 tick -> archive-put-off C1 until=25/08:47; !archived; !clock-breached
         24/09:00 trust -> clock-trusted
         24/09:00 tick -> clock-breached telephone due=08:30; clock-breached written due=08:30; \
            lapse telephone due=08:30; lapse written due=08:30; !archived
         25/08:47 tick -> archived C1",
    );
}

/// A fever that was nothing, of which one person still has to be told.
const WITHDRAWN: &str = "08:00 fever E1 finance 38 -> case-opened C1
     08:00 deliver -> attempt-started alert p11 sms
     08:02 classify C1 ruled_out p31 -> notify withdrawn p11 sms
     08:03 close C1 p31 -> closed C1 archive=24/08:03";

fn withdrawn() -> World {
    let mut world = World::new(|_| {});
    world.run("07:00 arm p42");
    world.run(WITHDRAWN);
    world
}

#[test]
fn a_closed_case_stays_in_memory_while_a_message_about_it_is_under_way() {
    let mut world = withdrawn();
    world.run(
        "24/08:02:59 send -> attempt-started withdrawn p11 sms
         24/08:03 tick -> archive-put-off C1 until=25/08:03; !archived
         24/08:03:01 accepted withdrawn:p11:sms -> attempt-ended accepted; archived C1
         24/08:04 tick -> (no facts)",
    );
    world.replays();
}

#[test]
fn a_closed_case_stays_in_memory_while_a_message_about_it_waits_to_be_sent() {
    let mut world = withdrawn();
    world.run(
        "24/08:02 send -> attempt-started withdrawn p11 sms
         24/08:02:01 refused withdrawn:p11:sms after=2h -> notify withdrawn p11 sms round=2; !archived
         24/08:03 tick -> archive-put-off C1 until=25/08:03; !archived
         24/09:00 send -> (no facts)
         24/10:02:01 tick -> (no facts)
         24/10:02:01 deliver -> attempt-ended accepted; archived C1",
    );
    world.replays();
}

#[test]
fn a_message_whose_fate_stays_unknown_is_told_or_given_up_before_its_case_leaves_memory() {
    let mut world = withdrawn();
    world.run(
        "24/08:02 send -> attempt-started withdrawn p11 sms
         24/08:02:02 unknown withdrawn:p11:sms -> attempt-ended unknown
         24/08:03 tick -> archive-put-off C1; !archived
         25/00:00 outage unknown -> cancelled not_taken; trouble-began person_not_reached:p11; archived C1",
    );
    world.replays();
}

#[test]
fn a_closed_case_is_put_off_from_day_to_day_while_sending_is_held_back() {
    let mut world = withdrawn();
    world.run(
        "08:04 hold -> hold-began
         24/08:03 tick -> archive-put-off C1 until=25/08:03
         25/08:03 tick -> archive-put-off C1 until=26/08:03
         25/09:00 release p42 -> !archived
         25/09:00 deliver -> attempt-ended accepted; archived C1",
    );
    world.replays();
}

fn without(world: &mut World, media: &[Medium]) {
    world.directory.channels.retain(|channel| !media.contains(&channel.medium));
}

#[test]
fn a_message_that_has_no_way_any_more_goes_by_another_before_its_case_leaves_memory() {
    let mut world = withdrawn();
    without(&mut world, &[Medium::Sms]);
    world.run(
        "08:04 adopt without -> configuration-adopted
         24/08:03 tick -> cancelled withdrawn p11 sms not_taken; medium-skipped p11 sms no_channel; \
            notify withdrawn p11 email; archive-put-off C1; !archived
         24/08:03 deliver -> trouble-ended person_not_reached:p11; archived C1",
    );
    world.replays();
}

#[test]
fn a_message_to_which_no_way_leads_is_given_up_and_told_before_its_case_leaves_memory() {
    let mut world = withdrawn();
    without(&mut world, &[Medium::Sms, Medium::Email]);
    world.run(
        "08:04 adopt without -> trouble-began person_not_reached:p11
         24/08:03 tick -> cancelled not_taken; medium-skipped p11 sms no_channel; \
            trouble-ended person_not_reached:p11; trouble-began person_not_reached:p11; archived C1",
    );
    world.replays();
}

#[test]
fn the_report_of_a_month_can_be_corrected_until_that_of_the_next_is_closed() {
    check_with(
        |directory| add(directory, form("monthly", "0 0 9 25 * *")),
        "10:00 adopt c1 -> period-opened monthly.2026-11-25.1
         24/14:00 report monthly finance p12 -> report-filed
         25/13:00:01 tick -> period-closed monthly.2026-11-25.1
         12.20/10:00 report monthly finance p12 day=2026-11-25 says=better -> !period-archived; report-filed
         12.25/12:59 tick -> !period-archived
         12.25/13:00:01 tick -> period-archived monthly.2026-11-25.1; period-closed monthly.2026-12-25.1",
    );
}
