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
