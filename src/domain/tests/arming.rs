//! Arming while clocks run: what was suppressed for want of arms is pursued, as far as it is still owed.

use super::World;
use super::cases::second_authority;
use super::directory::{clock, minutes};
use crate::domain::directory::Directory;
use crate::domain::names::PersonId;

/// Runs a script that begins unarmed.
#[track_caller]
fn unarmed_with(vary: impl FnOnce(&mut Directory), script: &str) {
    let mut world = World::new(vary);
    world.run(script);
    world.replays();
}

#[track_caller]
fn unarmed(script: &str) {
    unarmed_with(|_| {}, script);
}

#[test]
fn arming_rings_whom_nobody_rang_and_leaves_to_its_instant_what_is_not_due_yet() {
    unarmed(
        "08:00 fever E1 finance suspected -> clock-started unarmed; !notify
         08:12 arm p42 -> armed; clock-armed C1 sasac at=08:12; step-repeated C1 1 due=08:12 p11 p31 p41 p42; \
            notify alert p11 sms due=08:12; notify alert p11 phone; notify alert p31 sms; notify alert p31 phone; \
            notify alert p41 sms; notify alert p41 phone; notify alert p42 sms; notify alert p42 phone; \
            !daemon-calls; !notify written; !notify warning
         08:15 tick -> warned 1; daemon-calls C1 sasac due=08:15; notify telephone sasac phone due=08:15; \
            !telephone-impossible
         08:17 tick -> step-repeated C1 1 due=08:17",
    );
}

#[test]
fn what_was_due_before_arming_goes_at_once_and_the_telephone_first() {
    unarmed(
        "08:00 fever E1 finance suspected -> clock-started unarmed
         08:15 tick -> telephone-impossible C1 sasac unarmed; warned 1 due=08:15
         08:20 tick -> written-planned initial 1; notify written sasac email unverified
         08:20 send -> cancelled written sasac email unarmed
         08:22 arm p42 -> clock-armed C1 sasac; daemon-calls C1 sasac due=08:22; \
            notify telephone sasac phone due=08:22; notify written sasac email unverified due=08:22 round=2; \
            written-planned C1 sasac initial 1; gate-set at=08:22:05; \
            notify warning p31 sms useless=08:30; notify warning p31 phone; notify warning p41 sms; \
            notify warning p41 phone; notify warning p42 sms; notify warning p42 phone; \
            step-repeated C1 1 due=08:22
         08:22 send -> attempt-started telephone sasac phone; attempt-started written sasac email
         08:22:01 accepted written:sasac:email -> written-sent proves; !clock-met
         08:23 telephone C1 taken p31 -> telephone-proved; clock-met C1 sasac
         08:31 tick -> !clock-breached",
    );
}

#[test]
fn a_call_that_cannot_start_after_arming_holds_the_written_report_up_by_no_more_than_its_five_seconds() {
    unarmed(
        "08:00 fever E1 finance suspected -> clock-started
         08:20 tick ->
         08:20 send ->
         08:22 arm p42 -> gate-set at=08:22:05
         08:22:05 tick -> telephone-impossible not_started
         08:22:05 send -> attempt-started written sasac email; attempt-started telephone",
    );
}

#[test]
fn a_report_that_had_not_been_refused_yet_goes_by_itself() {
    unarmed(
        "08:00 fever E1 finance suspected -> clock-started
         08:20 tick -> written-planned initial 1
         08:22 arm p42 -> daemon-calls; gate-set; !written-planned; !notify written
         08:22 send -> attempt-started telephone; attempt-started written sasac email",
    );
}

#[test]
fn the_call_is_left_to_the_officer_who_recorded_one_and_their_own_report_goes() {
    unarmed_with(
        |directory| {
            directory.testing.insert(PersonId::new("p31"));
        },
        "08:00 fever E1 finance suspected -> clock-started; step-taken C1 1 p31
         08:00 deliver ->
         08:04 take C1 p31 -> taken idle=08:12
         08:05 telephone C1 no_answer p31 -> telephone-tried
         08:06 write C1 initial p31 -> written-planned initial 1 by=p31
         08:06 send -> cancelled written sasac email unarmed
         08:10 arm p42 -> clock-armed; written-planned C1 sasac initial 1 by=p31; notify written sasac email round=2; \
            !daemon-calls; !step-repeated; !gate-set; !notify unverified
         08:10 deliver -> attempt-started written sasac email; written-sent proves",
    );
}

#[test]
fn the_excuse_of_a_clock_armed_on_its_way_ends_where_it_was_armed() {
    unarmed(
        "08:00 fever E1 finance suspected -> clock-started
         08:20 arm p42 -> clock-armed C1 sasac at=08:20
         08:30:01 tick -> clock-breached telephone; clock-breached written; \
            lapse candidate telephone involved=p31 excuse=unarmed from=08:00 to=08:20; \
            lapse candidate written involved=p31 excuse=unarmed from=08:00 to=08:20; daemon-calls C1; \
            !telephone-impossible",
    );
}

#[test]
fn a_clock_disarmed_on_its_way_and_armed_again_is_excused_for_the_time_between() {
    super::check(
        "08:00 fever E1 finance suspected -> clock-started
         08:00 deliver ->
         08:02 disarm p42 -> disarmed
         08:15 tick -> telephone-impossible unarmed
         08:17 arm p42 -> clock-armed; daemon-calls C1; step-repeated C1 1
         08:30:01 tick -> lapse candidate telephone excuse=unarmed from=08:02 to=08:17; \
            lapse candidate written excuse=unarmed from=08:02 to=08:17",
    );
    super::check(
        "08:00 fever E1 finance suspected -> clock-started
         08:20 disarm p42 -> disarmed
         08:30:01 tick -> lapse candidate telephone excuse=unarmed from=08:20 to=08:30; lapse candidate written",
    );
    super::check(
        "07:10 disarm p42 -> disarmed
         07:20 arm p42 -> armed; !clock-armed
         08:00 fever E1 finance suspected -> clock-started
         08:30:01 tick -> lapse proved telephone no-excuse; lapse proved written no-excuse",
    );
}

#[test]
fn a_breach_while_unarmed_is_told_to_people_at_arming_and_the_authority_is_left_to_them() {
    unarmed(
        "08:00 fever E1 finance suspected -> clock-started
         08:30:01 tick -> clock-breached telephone; clock-breached written; telephone-impossible; !notify breach
         08:40 arm p42 -> armed; !clock-armed; !daemon-calls; !notify written; !notify alert; \
            notify breach p31 sms due=08:40; notify breach p31 phone; notify breach p41 sms; notify breach p41 phone; \
            notify breach p42 sms; notify breach p42 phone
         08:40 deliver -> !attempt-started telephone; !attempt-started written
         08:41 take C1 p31 -> taken idle=08:49
         08:49 tick -> handler-idle C1 p31; daemon-calls C1 sasac",
    );
}

#[test]
fn a_breach_that_was_pursued_when_the_daemon_was_disarmed_is_pursued_again() {
    super::check(
        "08:00 fever E1 finance suspected -> clock-started
         08:10 telephone C1 no_answer p31 -> telephone-tried
         08:30:01 tick -> clock-breached telephone; clock-breached written; daemon-calls C1
         08:30:01 deliver -> notify telephone sasac phone due=08:45:01
         08:40 disarm p42 -> disarmed
         08:45:01 send -> cancelled telephone sasac phone unarmed
         08:50 arm p42 -> clock-armed C1 sasac; daemon-calls C1 sasac due=08:50; notify telephone sasac phone due=08:50; \
            step-repeated C1 1; !notify breach",
    );
}

#[test]
fn what_is_over_stays_over() {
    unarmed_with(
        |directory| clock(directory, |clock| clock.written.latest = minutes(1)),
        "08:00 fever E1 finance suspected -> clock-started
         08:01 tick ->
         08:01 send -> cancelled written sasac email unarmed
         08:02 classify C1 ruled_out p31 -> clock-withdrawn
         08:03 fever E2 finance 38 -> case-opened C2; !notify
         08:10 arm p42 -> armed; !clock-armed; !notify; !daemon-calls; !written-planned",
    );
}

#[test]
fn every_running_clock_is_pursued_and_a_met_one_is_not() {
    unarmed_with(
        second_authority,
        "08:00 fever E1 finance suspected -> clock-started sasac; clock-started city
         08:00 fever E2 auction suspected -> clock-started sasac; clock-started city
         08:15 tick ->
         08:16 arm p42 -> clock-armed C1 sasac; clock-armed C1 city; clock-armed C2 sasac; clock-armed C2 city; \
            daemon-calls C1 sasac; daemon-calls C1 city; daemon-calls C2 sasac; daemon-calls C2 city",
    );
}

#[test]
fn a_correction_that_was_suppressed_goes_at_arming() {
    unarmed(
        "08:00 fever E1 finance suspected -> clock-started
         08:05 telephone C1 taken p31 -> telephone-proved
         08:06 classify C1 ruled_out p31 -> correction-owed C1 sasac 1; notify correction sasac email
         08:06 send -> cancelled correction sasac email unarmed
         08:10 arm p42 -> notify correction sasac email round=2
         08:10 deliver -> correction-written C1 sasac
         08:11 telephone C1 taken p31 -> correction-told C1 sasac
         08:12 close C1 p31 -> closed C1",
    );
}

#[test]
fn an_officer_who_promised_to_ring_back_while_unarmed_is_reminded_at_arming() {
    unarmed(
        "08:00 fever E1 finance suspected -> clock-started
         08:05 telephone C1 call_back p31 back=08:10 -> telephone-tried call_back
         08:09 tick -> !notify reminder
         08:12 arm p42 -> notify reminder p31 phone due=08:12; notify reminder p31 sms; !daemon-calls",
    );
}
