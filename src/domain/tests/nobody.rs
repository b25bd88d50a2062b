//! Everybody knows of a case and nobody handles it: who is asked, until somebody takes it.

use std::sync::Arc;

use super::directory::{minutes, officer_is};
use super::{check, check_with};
use crate::domain::directory::Directory;
use crate::domain::names::Kind;
use crate::domain::policy::Step;

fn fever(directory: &mut Directory, change: impl FnOnce(&mut Vec<Step>)) {
    change(&mut Arc::make_mut(directory.policies.get_mut(&Kind::Fever).unwrap()).steps);
}

#[test]
fn where_everybody_knows_and_nobody_has_taken_it_the_officer_is_asked_on_the_grid_until_somebody_takes_it() {
    check(
        "08:00 fever E1 finance suspected -> step-taken
         08:00 deliver ->
         08:02 confirm C1 p11 -> confirmed
         08:02 confirm C1 p31 -> confirmed
         08:02 confirm C1 p41 -> confirmed
         08:03 confirm C1 p42 -> confirmed
         08:05 tick -> step-repeated C1 1 repeat=1 next=08:10; notify handover p31 sms due=08:05; \
            notify handover p31 phone due=08:05; !notify alert
         08:05 deliver -> attempt-started handover p31 sms; send-postponed handover p31 phone until=08:06:15
         08:06:15 deliver -> attempt-started handover p31 phone
         08:10 tick -> step-repeated C1 1 repeat=2; notify handover p31 sms round=2; notify handover p31 phone round=2
         08:11 take C1 p41 -> taken; cancelled handover p31 sms taken; cancelled handover p31 phone taken
         08:15 tick -> !step-repeated; !notify handover",
    );
}

#[test]
fn an_officer_who_cannot_leaves_it_to_the_leader_on_duty_and_then_to_those_who_know() {
    check(
        "08:00 fever E1 finance suspected -> step-taken
         08:00 deliver ->
         08:02 confirm C1 p11 -> confirmed
         08:02 pass C1 p31 -> passed
         08:02 confirm C1 p41 -> confirmed
         08:03 confirm C1 p42 -> confirmed
         08:05 tick -> notify handover p41 sms; notify handover p41 phone
         08:06 pass C1 p41 -> passed
         08:10 tick -> notify handover p11 sms; notify handover p11 phone; notify handover p42 sms; \
            notify handover p42 phone",
    );
}

#[test]
fn a_fever_that_everybody_knows_of_rings_nobody() {
    check_with(
        |directory| fever(directory, |steps| steps[0].repeat_every = Some(minutes(5))),
        "08:00 fever E1 finance 38 -> step-taken C1 1 p11
         08:00 deliver ->
         08:02 confirm C1 p11 -> confirmed
         08:05 tick -> !step-repeated; !notify",
    );
}

#[test]
fn who_comes_on_duty_while_everybody_else_knows_is_told_as_the_others_were() {
    check_with(
        |directory| officer_is(directory, "p51", ("08:04", "09:00")),
        "08:00 fever E1 finance suspected -> step-taken
         08:00 deliver ->
         08:02 confirm C1 p11 -> confirmed
         08:02 confirm C1 p31 -> confirmed
         08:02 confirm C1 p41 -> confirmed
         08:03 confirm C1 p42 -> confirmed
         08:05 tick -> step-repeated C1 1 p51; notify alert p51 sms; notify alert p51 phone; !notify handover",
    );
}

#[test]
fn the_officer_is_asked_for_as_long_as_a_proof_is_owed_and_no_longer() {
    check(
        "08:00 fever E1 finance suspected -> step-taken
         08:00 deliver ->
         08:02 confirm C1 p11 -> confirmed
         08:02 confirm C1 p31 -> confirmed
         08:02 confirm C1 p41 -> confirmed
         08:03 confirm C1 p42 -> confirmed
         08:30:01 live ->
         08:35 tick -> step-repeated C1 1 due=08:35; notify handover p31 sms; notify handover p31 phone
         08:36 telephone C1 taken p31 -> telephone-proved; clock-completed
         08:36 deliver -> cancelled handover p31 sms proved; cancelled handover p31 phone proved
         08:40 tick -> !step-repeated; !notify handover",
    );
}

#[test]
fn who_cannot_take_a_case_brings_the_repeat_forward_for_the_others_where_no_step_is_left() {
    check(
        "08:00 fever E1 finance suspected -> step-taken C1 1 p11 p31 p41 p42
         08:00 deliver ->
         08:02 digit alert:p31:phone 3 -> passed C1 p31; step-repeated C1 1 repeat=1 due=08:02 next=08:05; \
            notify alert p11 sms due=08:02; notify alert p11 phone due=08:02; notify alert p41 sms; \
            notify alert p41 phone; notify alert p42 sms; notify alert p42 phone
         08:02:10 digit alert:p31:sms 3 -> !passed; !notify
         08:02:10 pass C1 p31 -> (no facts)
         08:02:20 pass C1 p41 -> passed C1 p41; !step-repeated; !notify
         08:02:30 deliver ->
         08:05 tick -> step-repeated C1 1 repeat=2 due=08:05 next=08:10; notify alert p11 sms; notify alert p11 phone; \
            notify alert p42 sms; notify alert p42 phone",
    );
}

#[test]
fn a_step_that_means_only_who_said_they_cannot_is_followed_by_the_others_at_once() {
    check(
        "08:00 fever E1 finance 38 -> step-taken
         08:00 deliver ->
         08:00:45 tick -> notify alert p11 phone
         08:00:45 deliver ->
         08:02 pass C1 p31 -> passed; step-taken C1 2 p31; step-repeated C1 1 p11; notify alert p11 sms",
    );
}

#[test]
fn who_cannot_take_what_was_passed_to_them_sets_the_ringing_going_again() {
    check(
        "08:00 fever E1 finance suspected -> step-taken
         08:00 deliver ->
         08:03 take C1 p31 -> taken C1 p31
         08:04 pass C1 p31 p32 -> passed C1 p31 to=p32; notify handover p32 sms; notify handover p32 phone
         08:05 pass C1 p32 -> passed C1 p32; handler-idle C1 p31; step-repeated C1 1; notify alert p11 sms; \
            notify alert p11 phone; notify alert p31 sms; notify alert p31 phone; notify alert p41 sms; \
            notify alert p41 phone; notify alert p42 sms; notify alert p42 phone
         08:05 pass C1 p32 -> (no facts)",
    );
}

#[test]
fn who_cannot_while_somebody_handles_it_rings_nobody() {
    check(
        "08:00 fever E1 finance suspected -> step-taken
         08:00 deliver ->
         08:03 take C1 p31 -> taken C1 p31
         08:04 pass C1 p41 -> passed C1 p41; !handler-idle; !notify
         08:05 pass C1 p41 -> (no facts)",
    );
}

#[test]
fn where_everybody_said_they_cannot_whoever_is_on_duty_is_asked_on_the_grid() {
    check(
        "08:00 fever E1 finance suspected -> step-taken
         08:00 deliver ->
         08:02 pass C1 p11 -> passed; step-repeated
         08:02 pass C1 p41 -> passed
         08:02 pass C1 p42 -> passed
         08:03 deliver ->
         08:03:30 pass C1 p31 -> passed C1 p31; !notify
         08:05 tick -> step-repeated C1 1 due=08:05; notify handover p31 sms; notify handover p31 phone
         08:06 take C1 p31 -> taken C1 p31",
    );
}
