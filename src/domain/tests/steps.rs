//! Steps: who is told when, by which medium, how often, and what stops it.

use std::time::Duration;

use super::directory::{officer_is, policy};
use super::{World, check, check_with};
use crate::domain::bulletin::Trouble;
use crate::domain::directory::Directory;
use crate::domain::fact::Fact;
use crate::domain::names::{BodyId, ChannelId, Kind, Medium, PersonId, UnitId};
use crate::domain::policy::{Step, Target, Unless};
use std::sync::Arc;

fn fever(directory: &mut Directory, change: impl FnOnce(&mut Vec<Step>)) {
    change(&mut Arc::make_mut(directory.policies.get_mut(&Kind::Fever).unwrap()).steps);
}

#[test]
fn steps_count_from_the_anchor_and_never_from_the_step_before() {
    check(
        "08:05 fever E1 finance 38 at=08:00 -> step-taken C1 1 due=08:00 p11; notify alert p11 sms due=08:00
         08:09:59 tick -> !step-taken
         08:10 tick -> step-taken C1 2 due=08:10 p31",
    );
}

#[test]
fn a_person_is_told_once_however_many_targets_name_them() {
    check(
        "08:00 fever E1 finance suspected -> step-taken C1 1 p11 p31 p41 p42; \
            notify alert p11 sms; notify alert p11 phone; notify alert p31 sms; notify alert p31 phone; \
            notify alert p41 sms; notify alert p41 phone; notify alert p42 sms; notify alert p42 phone",
    );
}

#[test]
fn the_next_medium_follows_after_the_wait_without_a_receipt() {
    check(
        "08:00 fever E1 finance 38 -> notify alert p11 sms wait=08:00:45
         08:00 deliver -> attempt-started alert p11 sms
         08:00:44 tick -> !notify
         08:00:45 tick -> wait-ended alert p11 sms; notify alert p11 phone due=08:00:45
         08:00:45 deliver -> attempt-started alert p11 phone via=voice
         08:05 tick -> !notify",
    );
}

#[test]
fn a_delivered_receipt_ends_the_wait() {
    check(
        "08:00 fever E1 finance 38 -> notify alert p11 sms
         08:00 deliver ->
         08:00:30 receipt alert:p11:sms delivered -> receipt-taken effect
         08:05 tick -> !notify",
    );
}

#[test]
fn a_refusal_brings_the_next_medium_at_once() {
    check(
        "08:00 fever E1 finance 38 -> notify alert p11 sms
         08:00 send -> attempt-started alert p11 sms
         08:00:01 refused alert:p11:sms permanent -> attempt-ended permanent; wait-ended; notify alert p11 phone due=08:00:01
         08:00:45 tick -> !notify",
    );
}

#[test]
fn with_no_wait_both_media_go_at_once() {
    check(
        "08:00 fever E1 finance suspected -> step-taken
         08:00 send -> attempt-started alert p11 sms; attempt-started alert p11 phone; attempt-started alert p31 sms; \
            attempt-started alert p31 phone; attempt-started alert p41 sms; attempt-started alert p41 phone; attempt-started alert p42 sms; \
            attempt-started alert p42 phone",
    );
}

#[test]
fn a_person_is_never_told_of_a_case_of_their_own_and_the_stand_in_is() {
    check(
        "08:00 fever E1 finance 38 self=p11 -> step-taken C1 1 p12; notify alert p12 sms
         08:10 fever E2 finance suspected self=p31 -> step-taken C2 1 p12 p41 p42",
    );
}

#[test]
fn a_member_of_a_body_is_left_out_of_their_own_case() {
    check("08:00 fever E1 finance suspected self=p42 -> step-taken C1 1 p11 p31 p41");
}

#[test]
fn an_empty_post_is_passed_over_at_once_and_recorded() {
    check_with(
        |directory| {
            fever(directory, |steps| steps[0].notify = vec![Target::UnitDeputy]);
            directory.units.get_mut(&UnitId::new("finance")).unwrap().deputy = None;
        },
        "08:00 fever E1 finance 38 -> step-taken C1 1; step-taken C1 2 p31; notify alert p31 phone due=08:00; \
            notify alert p31 sms due=08:00",
    );
}

#[test]
fn an_empty_body_is_a_gap_beside_those_who_are_told() {
    check_with(
        |directory| {
            directory.bodies.insert(BodyId::new("leading-group"), Vec::new());
        },
        "08:00 fever E1 finance suspected -> step-taken C1 1 p11 p31 p41 gap={\"empty\":{\"body\":\"leading-group\"}}",
    );
}

#[test]
fn a_medium_without_an_address_is_passed_over_at_once() {
    check_with(
        |directory| {
            directory.persons.get_mut(&PersonId::new("p11")).unwrap().media.remove(&Medium::Sms);
        },
        "08:00 fever E1 finance 38 -> medium-skipped p11 sms no_address; notify alert p11 phone due=08:00",
    );
}

#[test]
fn a_medium_without_a_channel_is_passed_over_at_once() {
    check_with(
        |directory| directory.channels.retain(|channel| channel.medium != Medium::Sms),
        "08:00 fever E1 finance 38 -> medium-skipped p11 sms no_channel; notify alert p11 phone due=08:00",
    );
}

#[test]
fn somebody_no_medium_reaches_is_a_gap_and_the_next_step_follows() {
    check_with(
        |directory| directory.persons.get_mut(&PersonId::new("p11")).unwrap().media.clear(),
        "08:00 fever E1 finance 38 -> step-taken C1 1 gap={\"no_address\":\"p11\"}; step-taken C1 2 p31",
    );
}

#[test]
fn a_robot_is_told_and_never_counts_as_somebody() {
    check_with(
        |directory| {
            directory.channels.push(crate::domain::directory::ChannelRules {
                id: ChannelId::new("group"),
                medium: Medium::Robot,
                ..directory.channels[1].clone()
            });
            fever(directory, |steps| steps[0].notify = vec![Target::Channel(ChannelId::new("group"))]);
        },
        "08:00 fever E1 finance 38 -> step-taken C1 1 group; step-taken C1 2 p31; \
            notify alert group robot; notify alert p31 phone; notify alert p31 sms",
    );
}

#[test]
fn a_step_unless_confirmed_is_skipped_once_anybody_knows() {
    check(
        "08:00 fever E1 finance 38 -> step-taken
         08:05 confirm C1 p11 -> confirmed C1 p11 via=session
         08:10 tick -> step-skipped C1 2 due=08:10 confirmed; !notify",
    );
}

#[test]
fn a_step_unless_taken_is_not_skipped_for_a_confirmation() {
    check_with(
        |directory| fever(directory, |steps| steps[1].unless = Some(Unless::Taken)),
        "08:00 fever E1 finance 38 -> step-taken
         08:05 confirm C1 p11 -> confirmed
         08:10 tick -> step-taken C1 2 p31",
    );
}

#[test]
fn repeats_stand_on_a_grid_and_of_overdue_ones_one_goes_with_the_number_missed() {
    check(
        "08:00 fever E1 finance suspected -> step-taken
         08:00 deliver ->
         08:12 tick -> step-repeated C1 1 repeat=1 missed=1 due=08:05 next=08:15
         08:12 deliver ->
         08:15 tick -> step-repeated C1 1 repeat=2 missed=0 due=08:15 next=08:20",
    );
}

#[test]
fn a_step_that_is_taken_late_is_not_repeated_at_the_same_moment() {
    check(
        "08:07 fever E1 finance suspected at=08:00 -> step-taken C1 1 due=08:00
           08:09 tick -> !step-repeated
           08:10 tick -> step-repeated C1 1 due=08:10 missed=0 next=08:15",
    );
}

#[test]
fn who_has_confirmed_is_not_told_again_and_the_others_are() {
    check(
        "08:00 fever E1 finance suspected -> step-taken
         08:00 deliver ->
         08:03 confirm C1 p11 -> confirmed C1 p11
         08:03 confirm C1 p11 -> (no facts)
         08:05 tick -> step-repeated; notify alert p31 sms; notify alert p31 phone; notify alert p41 sms; \
            notify alert p41 phone; notify alert p42 sms; notify alert p42 phone",
    );
}

#[test]
fn confirming_cancels_what_was_not_sent_to_oneself_alone() {
    check(
        "08:00 fever E1 finance suspected -> step-taken
         08:00 confirm C1 p11 -> cancelled alert p11 sms confirmed; cancelled alert p11 phone confirmed",
    );
}

#[test]
fn raising_a_case_voids_what_was_confirmed_before() {
    check(
        "08:00 fever E1 finance 38 -> step-taken
         08:00 deliver ->
         08:01 confirm C1 p11 -> confirmed
         08:05 fever E1 finance suspected -> case-raised; step-taken C1 1 p11 p31 p41 p42; \
            notify alert p11 sms; notify alert p11 phone; notify alert p31 sms; notify alert p31 phone; \
            notify alert p41 sms; notify alert p41 phone; notify alert p42 sms; notify alert p42 phone",
    );
}

#[test]
fn the_steps_of_the_lower_kind_end_where_a_case_is_raised() {
    check(
        "08:00 fever E1 finance 38 -> notify alert p11 sms
         08:00:10 fever E1 finance suspected -> cancelled alert p11 sms raised; case-raised
         08:10 tick -> !step-taken",
    );
}

#[test]
fn who_is_on_duty_is_looked_up_when_the_step_is_due() {
    check_with(
        |directory| officer_is(directory, "p51", ("08:05", "09:00")),
        "08:00 fever E1 finance 38 -> step-taken
         08:10 tick -> step-taken C1 2 p51",
    );
}

/// A step that is repeated each second, so that a day at five minutes is over in 288 of them.
fn repeated_each_second() -> World {
    World::new(|directory| {
        policy(directory, |policy| {
            policy.steps[0].repeat_every = Some(Duration::from_secs(1));
            policy.steps[0].notify = vec![Target::UnitLeader];
            policy.steps[0].by = vec![Medium::Sms];
            policy.steps.truncate(1);
        });
    })
}

#[test]
fn a_case_that_nobody_takes_is_repeated_each_hour_after_so_many_times_and_that_is_told() {
    let mut world = repeated_each_second();
    world.run(
        "07:00 arm p42
         08:00 fever E1 finance suspected -> step-taken
         08:04:47 live ->
         08:04:47 tick ->
         08:04:48 tick -> step-repeated repeat=288 next=09:04:48; \
            trouble-began case_not_taken:C-20261123-0001 told; notify operator p31 sms; \
            notify operator p31 email; notify operator p31 phone
         09:04:47 tick -> !step-repeated
         09:04:48 tick -> step-repeated repeat=289 next=10:04:48; !trouble-began
         10:04:48 tick -> step-repeated repeat=290 next=11:04:48
         10:05 take C1 p11 -> taken; trouble-ended case_not_taken:C-20261123-0001
         10:13 tick -> handler-idle C1 p11; step-repeated repeat=291 next=10:13:01",
    );
    world.replays();
}

#[test]
fn a_case_that_nobody_takes_in_a_month_is_told_of_once_more_and_rings_nobody_else() {
    let mut world = repeated_each_second();
    world.run(
        "07:00 arm p42
         08:00 fever E1 finance suspected -> step-taken
         08:04:48 live ->
         12.23/08:04:47 live ->",
    );
    let counts = |world: &World| {
        let facts = || world.entries.iter().flat_map(|(_, facts)| facts);
        let told = facts().filter(|fact| {
            matches!(fact, Fact::TroubleBegan(it) if matches!(it.trouble, Trouble::CaseNotTaken(_)) && it.told)
        });
        (facts().filter(|fact| matches!(fact, Fact::StepRepeated(_))).count(), told.count())
    };
    assert_eq!(counts(&world), (288 + 719, 1));
    world.run("12.23/08:04:48 live ->");
    assert_eq!(counts(&world), (288 + 720, 2), "that it ends is told");
    world.run("12.26/08:00 live ->");
    assert_eq!(counts(&world), (288 + 720, 2));
    world.replays();
}

#[test]
fn a_number_known_to_be_somebody_elses_brings_the_next_step_of_the_next_case_at_once() {
    check(
        "08:00 fever E1 finance 38.4 -> notify alert p11 sms
         08:00:02 accepted alert:p11:sms
         08:00:10 code p11 C1 wrong -> step-taken C1 2
         08:01 fever E2 finance 38.4 -> step-taken C2 1; step-taken C2 2; notify alert p31 phone; \
            notify alert p31 sms",
    );
}

#[test]
fn a_number_that_is_somebody_elses_is_dropped_and_the_next_step_follows() {
    check(
        "08:00 fever E1 finance 38.4 -> notify alert p11 sms
         08:00:02 accepted alert:p11:sms
         08:00:10 code p11 C1 wrong -> wrong-person p11 phone; wrong-person p11 sms; step-taken C1 2; !notify alert p11",
    );
}
