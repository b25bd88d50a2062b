//! A closed door: what it excuses, and which due instants it moves.

use super::asked::reminded;
use super::check;
use super::slots::{daily, daily_with};

#[test]
fn a_lapse_for_a_proof_names_the_time_in_which_the_door_was_closed() {
    check(
        "07:10 trouble vault_closed
         07:30 over vault_closed
         08:00 fever E1 finance suspected -> case-opened C1
         08:05 trouble vault_closed
         08:20 over vault_closed
         08:30:01 tick -> lapse delayed proved telephone excuse=door from=08:05 to=08:20; \
            lapse delayed proved written excuse=door from=08:05 to=08:20; !from=07:10",
    );
}

#[test]
fn a_door_that_is_still_closed_counts_up_to_this_moment() {
    check(
        "07:50 trouble vault_closed
         08:00 fever E1 finance suspected -> case-opened C1
         08:30:01 tick -> lapse telephone excuse=door from=07:50 to=08:30:01; lapse written excuse=door",
    );
}

#[test]
fn troubles_that_overlap_are_one_closed_door_and_others_are_none() {
    check(
        "08:00 fever E1 finance suspected -> case-opened C1
         08:01 trouble disk_nearly_full
         08:02 over disk_nearly_full
         08:05 trouble vault_closed
         08:08 trouble index_closed
         08:10 over vault_closed
         08:12 trouble holding
         08:14 over index_closed
         08:15 over holding
         08:30:01 tick -> lapse telephone excuse=door from=08:05 to=08:15; lapse written excuse=door; \
            !from=08:01; !from=08:08; !from=08:12",
    );
}

#[test]
fn an_event_that_could_not_come_in_sooner_is_late_with_the_door_as_its_excuse() {
    check(
        "08:00 trouble index_closed
         08:40 over index_closed
         08:41 fever E1 finance suspected at=07:55 -> \
            lapse delayed candidate event excuse=door from=08:00 to=08:40",
    );
}

#[test]
fn an_outage_and_a_closed_door_are_both_named() {
    check(
        "08:00 fever E1 finance suspected -> case-opened C1
         08:05 trouble index_closed
         08:15 start down=08:10-08:15
         08:20 over index_closed
         08:30:01 tick -> lapse telephone excuse=outage from=08:10 to=08:15 excuse=door from=08:05 to=08:20; \
            lapse written excuse=outage excuse=door",
    );
}

#[test]
fn where_the_door_was_closed_in_the_last_half_hour_everybody_has_half_an_hour_more() {
    daily(
        "15:50 trouble vault_closed
         15:58 over vault_closed
         16:00 tick -> due-moved daily.2026-11-23.1 to=16:28 door; !period-fell-due
         16:20 report daily finance p12 -> report-filed on_time late=0
         16:28 tick -> period-fell-due daily.2026-11-23.1 auction:p22:p21; !due-moved
         16:40 report daily auction p22 -> lapse delayed daily.auction.2026-11-23.1 due=16:28 excuse=door",
    );
    daily(
        "15:50 trouble vault_closed
         15:58 over vault_closed
         16:00 tick -> due-moved
         20:28:01 tick -> period-closed missing=auction missing=finance excuse=door",
    );
}

#[test]
fn a_door_closed_at_noon_or_for_a_moment_moves_nothing() {
    daily(
        "12:00 trouble vault_closed
         12:30 over vault_closed
         15:58:30 trouble index_closed
         15:59:29 over index_closed
         16:00 tick -> !due-moved; period-fell-due daily.2026-11-23.1",
    );
}

#[test]
fn moments_of_an_outage_and_of_a_closed_door_add_up_and_what_they_share_counts_once() {
    daily(
        "15:58 trouble index_closed
         15:58:40 over index_closed
         15:59:30 start down=15:58:50-15:59:30
         16:00 tick -> due-moved to=16:29:30 door",
    );
    daily(
        "15:58 trouble index_closed
         15:58:45 start down=15:58:05-15:58:45
         15:58:50 over index_closed
         16:00 tick -> !due-moved; period-fell-due daily.2026-11-23.1",
    );
}

#[test]
fn a_door_still_closed_when_a_report_is_due_moves_it_again_until_half_an_hour_after_it_opens() {
    daily_with(
        reminded,
        "15:44 tick
         15:44 send ->
         15:45 trouble vault_closed
         16:00 tick -> due-moved daily.2026-11-23.1 to=16:30 door; period-reminded moved-1; !period-fell-due
         16:30 tick -> due-moved daily.2026-11-23.1 to=17:00 door; !period-reminded; !period-fell-due
         16:40 over vault_closed
         17:00 tick -> due-moved daily.2026-11-23.1 to=17:10 door; period-reminded moved-3; !period-fell-due
         17:05 report daily finance p12 -> report-filed on_time late=0
         17:10 tick -> !due-moved; period-fell-due daily.2026-11-23.1",
    );
}
