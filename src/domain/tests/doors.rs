//! A closed door: what it excuses, and which due instants it moves.

use super::asked::reminded;
use super::commands::{Words, instant};
use super::slots::{daily, daily_with};
use super::{World, check};
use crate::domain::command::{Command, DoorProbe, Maintain};
use crate::domain::fact::Fact;
use crate::domain::names::PayloadName;
use crate::domain::state::State;

/// `probe [failed=3] [last=15:49] [door=front]`, `maintain p42 [from=15:00] until=17:00`, `maintained p42 [number=7]`.
pub(super) fn command(it: &Words<'_>, state: &State) -> Command {
    match it.plain(0) {
        "probe" => Command::ProbeDoor(DoorProbe {
            door: it.named("door").unwrap_or("front").to_owned(),
            failed: it.named("failed").map_or(0, |failed| failed.parse().unwrap()),
            last: it.named("last").map(instant),
        }),
        "maintain" => Command::Maintain(Box::new(Maintain::Announce {
            actor: it.actor(1),
            from: it.named("from").map(instant),
            until: it.named("until").map(instant).unwrap(),
            reason: PayloadName::new("sealed"),
        })),
        _ => Command::Maintain(Box::new(Maintain::End {
            actor: it.actor(1),
            maintenance: match it.named("number") {
                Some(number) => number.parse().unwrap(),
                None => state.maintenance.last().map_or(0, |last| last.maintenance),
            },
        })),
    }
}

impl World {
    #[expect(clippy::wildcard_enum_match_arm, reason = "facts of other families have words of their own")]
    pub(super) fn door_words(&self, fact: &Fact) -> Option<Vec<String>> {
        Some(match fact {
            Fact::DoorProved { door } => vec![door.clone()],
            Fact::MaintenanceAnnounced(it) => {
                let span = it.span;
                vec![format!("from={}", self.time(span.from)), format!("to={}", self.time(span.to))]
            }
            Fact::MaintenanceEnded { maintenance, at, .. } => {
                vec![maintenance.to_string(), format!("at={}", self.time(*at))]
            }
            _ => return self.absence_words(fact),
        })
    }
}

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

#[test]
fn a_daemon_that_is_not_reached_at_its_address_has_a_closed_door_since_it_last_was() {
    daily(
        "15:00 probe -> door-proved front
         15:20 probe -> (no facts)
         15:50:20 probe failed=1 last=15:49:59 -> (no facts)
         15:50:30 probe failed=2 last=15:49:59 -> (no facts)
         15:50:40 probe failed=3 last=15:49:59 -> trouble-began door_shut since=15:49:59 told; \
            notify operator p31 sms; notify operator p31 email; notify operator p31 phone
         15:50:50 probe failed=4 last=15:49:59 -> (no facts)
         15:57 probe -> trouble-ended door_shut; !door-proved
         16:00 tick -> due-moved daily.2026-11-23.1 to=16:27 door; !period-fell-due
         16:20 report daily finance p12 -> report-filed on_time late=0
         16:27 tick -> period-fell-due daily.2026-11-23.1 auction:p22:p21; !due-moved",
    );
    daily(
        "11:00 probe -> door-proved
         12:01 probe failed=3 last=12:00 -> trouble-began
         12:30 probe -> trouble-ended
         16:00 tick -> !due-moved; period-fell-due",
    );
}

#[test]
fn a_lost_packet_closes_no_door() {
    daily(
        "15:00 probe ->
         15:59:30 probe failed=1 last=15:58:50 -> (no facts)
         15:59:40 probe failed=2 last=15:58:50 -> (no facts)
         15:59:50 probe -> (no facts)
         16:00 tick -> !due-moved; period-fell-due",
    );
}

#[test]
fn an_address_at_which_the_daemon_was_never_reached_closes_no_door() {
    check(
        "15:00 probe failed=9 -> (no facts)
         15:10 probe -> door-proved front
         15:20 probe failed=3 last=15:10 -> trouble-began door_shut since=15:10
         15:30 probe failed=1 door=other -> trouble-ended door_shut
         15:40 probe failed=9 door=other -> (no facts)
         15:50 probe door=other -> door-proved other",
    );
}

#[test]
fn a_daemon_that_starts_behind_a_closed_door_knows_where_it_was_reached_before() {
    daily(
        "10:00 probe -> door-proved
         15:52 start down=15:40-15:52
         15:52:30 probe failed=3 -> trouble-began door_shut since=15:52
         15:58 start down=15:56-15:58
         15:58:30 probe failed=3 -> (no facts)
         15:59 probe -> trouble-ended
         16:00 tick -> due-moved to=16:29 outage",
    );
}

#[test]
fn a_door_that_was_closed_for_two_reasons_is_closed_from_the_first_to_the_last() {
    check(
        "07:30 probe ->
         08:00 fever E1 finance suspected -> case-opened C1
         08:05:20 trouble index_closed
         08:05:40 probe failed=3 last=08:05 -> trouble-began door_shut since=08:05
         08:10 over index_closed
         08:15 probe -> trouble-ended
         08:30:01 tick -> lapse telephone excuse=door from=08:05 to=08:15; lapse written excuse=door; !from=08:05:20",
    );
}

#[test]
fn announced_maintenance_gives_everybody_half_an_hour_more_and_is_an_excuse() {
    daily(
        "15:00 maintain p42 from=15:50 until=16:10 -> maintenance-announced from=15:50 to=16:10
         16:00 tick -> due-moved daily.2026-11-23.1 to=16:40 maintenance; !period-fell-due
         16:35 report daily finance p12 -> report-filed on_time late=0
         16:40 tick -> period-fell-due
         16:50 report daily auction p22 -> lapse delayed due=16:40 excuse=maintenance from=15:50 to=16:10",
    );
    daily(
        "11:00 maintain p42 until=12:00 -> maintenance-announced from=11:00 to=12:00
         16:00 tick -> !due-moved; period-fell-due",
    );
    check(
        "08:00 fever E1 finance suspected -> case-opened C1
         08:10 maintain p42 until=08:20
         08:30:01 tick -> lapse telephone excuse=maintenance from=08:10 to=08:20; lapse written",
    );
}

#[test]
fn maintenance_is_announced_ahead_or_under_way_and_never_for_the_past() {
    check(
        "08:00 maintain p42 from=07:00 until=09:00 -> maintenance-announced from=08:00 to=09:00
         08:00 maintain p42 until=08:00 -> REJECTED EndsBefore
         08:00 maintain p42 from=09:00 until=08:30 -> REJECTED EndsBefore
         08:00 maintain p42 until=20:00:01 -> REJECTED TooLong
         08:00 maintain p42 from=24/08:00 until=24/20:00 -> maintenance-announced
         08:00 maintain p42 from=12.31/08:00 until=12.31/09:00 -> maintenance-announced
         08:00 maintain nobody until=08:30 -> REJECTED NoSuchPerson",
    );
    let far = "08:00 maintain p42 from=12.30/08:00 until=12.30/09:00 -> maintenance-announced\n";
    check(&format!("{}08:00 maintain p42 until=09:00 -> REJECTED TooMany", far.repeat(20)));
}

#[test]
fn maintenance_ends_before_its_time_when_somebody_says_so() {
    daily(
        "14:00 maintain p42 until=17:00 -> maintenance-announced
         15:00 maintained p42 number=9 -> REJECTED Unknown
         15:20 maintained p42 -> maintenance-ended at=15:20
         15:21 maintained p42 -> REJECTED Over
         16:00 tick -> !due-moved; period-fell-due",
    );
    daily(
        "14:00 maintain p42 from=15:40 until=17:00 -> maintenance-announced
         15:20 maintained p42 -> maintenance-ended
         15:30 maintained p42 -> REJECTED Unknown
         16:00 tick -> !due-moved; period-fell-due",
    );
}

#[test]
fn maintenance_that_ends_early_brings_back_what_it_had_put_off_and_who_was_told_hears_of_it() {
    daily_with(
        reminded,
        "13:49 tick
         14:00 send ->
         15:00 maintain p42 from=15:50 until=18:00 -> maintenance-announced
         15:30 tick
         15:31 send ->
         16:00 tick -> due-moved daily.2026-11-23.1 to=18:30 maintenance; \
            period-reminded moved-1 p12=finance p22=auction
         16:10 report daily finance p12 -> report-filed on_time late=0
         16:20 maintained p42 -> maintenance-ended at=16:20; \
            due-moved daily.2026-11-23.1 to=16:50 maintenance_ended; period-reminded moved-2 p22=auction; \
            notify form_due p22 sms; !notify form_due p12 sms
         16:49 tick -> !period-fell-due
         16:50 tick -> period-fell-due daily.2026-11-23.1 auction:p22:p21; !due-moved
         16:55 report daily auction p22 -> report-filed late late=300; \
            lapse delayed candidate due=16:50 excuse=maintenance from=15:50 to=16:20",
    );
    // What is missing is missing four hours after it was due.
    daily(
        "15:00 maintain p42 from=15:50 until=18:00
         16:00 tick -> due-moved to=18:30
         16:20 maintained p42 -> due-moved to=16:50
         16:50 tick -> period-fell-due
         20:50 tick -> !period-closed
         20:50:01 tick -> period-closed missing=auction missing=finance excuse=maintenance",
    );
}

#[test]
fn a_due_instant_comes_back_no_further_than_what_else_has_put_it_off() {
    // Another announcement holds it.
    daily(
        "15:00 maintain p42 from=15:50 until=17:00 -> maintenance-announced
         15:01 maintain p42 from=15:50 until=18:00 -> maintenance-announced
         16:00 tick -> due-moved to=18:30
         16:20 maintained p42 -> maintenance-ended; due-moved to=17:30 maintenance_ended
         16:30 maintained p42 -> REJECTED Over
         17:30 tick -> period-fell-due; !due-moved",
    );
    // An outage put it off, and behind it the maintenance again.
    daily(
        "15:00 maintain p42 from=16:20 until=18:00 -> maintenance-announced
         16:05 start down=15:50-16:05
         16:05 tick -> due-moved to=16:35 outage
         16:35 tick -> due-moved to=18:30 maintenance
         16:40 maintained p42 -> due-moved to=17:10 maintenance_ended
         17:10 tick -> period-fell-due",
    );
    // That another one is over moves nothing.
    daily(
        "15:00 maintain p42 from=15:50 until=17:00 -> maintenance-announced
         16:00 tick -> due-moved to=17:30
         16:10 maintain p42 until=16:20 -> maintenance-announced
         16:15 maintained p42 -> maintenance-ended; !due-moved
         17:30 tick -> period-fell-due",
    );
    // With less than a minute gained nobody has less than half an hour.
    daily(
        "15:00 maintain p42 from=15:50 until=16:20
         16:00 tick -> due-moved to=16:50
         16:19:30 maintained p42 -> due-moved to=16:49:30 maintenance_ended
         16:49:30 tick -> period-fell-due",
    );
}

#[test]
fn maintenance_that_ends_while_a_door_is_closed_for_another_reason_moves_it_again() {
    daily(
        "15:00 maintain p42 from=15:50 until=18:00
         16:00 tick -> due-moved to=18:30
         16:10 trouble vault_closed
         16:20 maintained p42 -> due-moved to=16:50 maintenance_ended
         16:50 tick -> due-moved to=17:20 door; !period-fell-due
         17:00 over vault_closed
         17:20 tick -> due-moved to=17:30 door
         17:30 tick -> period-fell-due",
    );
}

#[test]
fn a_door_that_is_closed_on_purpose_rings_nobody_unless_it_stays_closed() {
    check(
        "08:00 probe ->
         08:10 maintain p42 until=08:30
         08:12 probe failed=3 last=08:11 -> (no facts)
         08:29 probe failed=90 last=08:11 -> (no facts)
         08:30:10 probe failed=95 last=08:11 -> trouble-began door_shut since=08:11; \
            notify operator p31 sms; notify operator p31 email; notify operator p31 phone
         08:31 probe -> trouble-ended",
    );
}
