//! Limits: of a channel, of arms, of what is held back; and what is overdue.

use std::time::Duration;

use super::directory::{daemon, minutes};
use super::{World, check, check_with};
use crate::domain::directory::{ChannelRules, Directory};
use crate::domain::names::{ChannelId, Medium, PersonId};

fn second_sms(directory: &mut Directory) {
    let sms = directory.channels.iter().find(|channel| channel.medium == Medium::Sms).unwrap().clone();
    directory.channels.push(ChannelRules { id: ChannelId::new("sms-2"), ..sms });
}

#[test]
fn a_channel_without_money_is_left_out_for_its_time_and_the_next_takes_over_at_once() {
    check_with(
        second_sms,
        "08:00 fever E1 finance 38 -> notify alert p11 sms
         08:00 send -> attempt-started alert p11 sms via=sms
         08:00:01 refused alert:p11:sms exhausted after=1h -> attempt-ended exhausted; \
            notify alert p11 phone; notify alert p11 sms round=2 due=08:00:01
         08:00:01 send -> attempt-started alert p11 sms via=sms-2; attempt-started alert p11 phone via=voice
         08:20 fever E2 auction 38 -> notify alert p21 sms
         08:20 send -> attempt-started alert p21 sms via=sms-2
         09:00:02 fever E3 auction 38 -> notify alert p21 sms C3
         09:00:02 send -> attempt-started alert p21 sms via=sms C3",
    );
}

#[test]
fn the_only_channel_without_money_is_tried_again_when_its_time_is_over() {
    check(
        "08:00 fever E1 finance 38 -> notify alert p11 sms
         08:00 send -> attempt-started alert p11 sms via=sms
         08:00:01 refused alert:p11:sms exhausted after=1h -> notify alert p11 phone; \
            notify alert p11 sms round=2 due=09:00
         08:00:01 deliver -> attempt-started alert p11 phone; !attempt-started alert p11 sms
         08:30 send -> !attempt-started
         09:00:02 send -> attempt-started alert p11 sms round=2",
    );
}

#[test]
fn limits_are_counted_from_facts_and_hold_over_a_restart() {
    let mut world = World::new(|directory| {
        directory.channels[0].per_callee = vec![(minutes(1), 1)];
        super::directory::policy(directory, |policy| {
            policy.steps[0].repeat_every = Some(Duration::from_secs(20))
        });
    });
    world.run(
        "07:00 arm p42
         08:00 fever E1 finance suspected -> step-taken
         08:00 send ->
         08:00:01 refused alert:p11:phone -> attempt-ended transient; notify alert p11 phone round=2
         08:00:05 send -> send-postponed alert p11 phone until=08:01 callee_limit",
    );
    world.replays();
    world.run("08:00:06 start down=08:00:05-08:00:06 -> started");
    world.run(
        "08:00:59 send -> !attempt-started alert p11 phone
         08:01 send -> attempt-started p11 phone round=2; attempt-started p31 phone; attempt-started p41 phone; \
            attempt-started p42 phone",
    );
}

#[test]
fn the_first_call_of_a_suspected_case_is_never_held_back() {
    check_with(
        |directory| directory.channels[0].per_callee = vec![(minutes(60), 1)],
        "08:00 fever E1 finance suspected -> step-taken
         08:00 deliver ->
         08:10 fever E2 finance suspected -> notify alert p11 sms; notify alert p11 phone; notify alert p31 sms; \
            notify alert p31 phone; notify alert p41 sms; notify alert p41 phone; notify alert p42 sms; \
            notify alert p42 phone
         08:10 send -> !send-postponed; attempt-started alert p11 phone C2; attempt-started alert p11 sms; \
            attempt-started alert p31 phone C2; attempt-started alert p31 sms; attempt-started alert p41 phone C2; \
            attempt-started alert p41 sms; attempt-started alert p42 phone C2; attempt-started alert p42 sms",
    );
}

#[test]
fn the_first_call_of_a_raised_case_is_not_counted_from_the_fever_before() {
    check(
        "08:00 fever E1 finance 38 -> notify alert p11 sms
         08:00 deliver -> attempt-started alert p11 sms
         08:00:45 tick -> notify alert p11 phone
         08:00:45 deliver -> attempt-started alert p11 phone
         08:00:50 classify C1 suspected p31 -> notify alert p11 sms; notify alert p11 phone; \
            notify alert p31 sms; notify alert p31 phone; notify alert p41 sms; notify alert p41 phone; \
            notify alert p42 sms; notify alert p42 phone
         08:00:50 deliver -> !send-postponed; attempt-started alert p11 phone; attempt-started alert p11 sms; \
            attempt-started alert p31 phone; attempt-started alert p31 sms; attempt-started alert p41 phone; \
            attempt-started alert p41 sms; attempt-started alert p42 phone; attempt-started alert p42 sms
         08:05:50 tick -> step-repeated
         08:05:50 send -> send-postponed p31 phone until=08:07:05; send-postponed p41 phone; \
            send-postponed p11 phone until=08:09:10; send-postponed p42 phone",
    );
}

#[test]
fn a_fever_waits_for_the_channels_second_and_goes_in_the_next() {
    check_with(
        |directory| directory.channels[1].per_second = Some(1),
        "08:00 fever E1 finance 38 -> notify alert p11 sms
         08:00 fever E2 auction 38 -> notify alert p21 sms
         08:00 send -> send-postponed alert sms until=08:00:01 channel_limit; attempt-started alert sms
         08:00:01 send -> attempt-started alert sms",
    );
}

#[test]
fn a_message_that_waits_for_a_connection_is_not_tried_and_the_next_medium_follows_in_its_time() {
    check_with(
        |directory| directory.channels[1].per_callee = vec![(minutes(60), 1)],
        "08:00 fever E1 finance 38 -> notify alert p11 sms wait=08:00:45
         08:00:45 tick -> wait-ended alert p11 sms; notify alert p11 phone
         08:03 send -> attempt-started alert p11 sms late=busy; attempt-started alert p11 phone late=busy",
    );
    check(
        "08:00 fever E1 finance suspected ->
         08:00 deliver ->
         08:15 tick -> warned C1 1
         08:31 send -> !attempt-started warning; cancelled warning overtaken; cancelled warning overtaken; cancelled warning overtaken; \
            cancelled warning overtaken; cancelled warning overtaken; cancelled warning overtaken",
    );
}

#[test]
fn one_message_tells_a_person_of_everything_that_is_overdue() {
    check(
        "08:00 fever E1 finance 38 -> notify alert p11 sms C1
         08:00 fever E2 finance 38 -> notify alert p11 sms C2
         08:30 start down=08:00-08:30 -> started
         08:30 send -> attempt-started alert p11 sms covers=1 late=outage",
    );
}

#[test]
fn unarmed_nothing_goes_to_an_authority_and_to_people_on_the_test_list_alone() {
    let mut world = World::new(|directory| {
        directory.testing.insert(PersonId::new("p31"));
    });
    world.run(
        "08:00 fever E1 finance suspected -> step-taken C1 1 p31; notify alert p31 sms; notify alert p31 phone
         08:05 telephone C1 no_answer p31 ->
         08:06 write C1 initial p31 -> written-planned
         08:06 send -> cancelled written sasac email unarmed; attempt-started alert p31 sms; \
            attempt-started alert p31 phone
         08:07 test p11 -> REJECTED NotOnTestList
         08:07 test p31 -> test-asked p31
         08:30:01 tick -> lapse candidate telephone excuse=unarmed; lapse candidate written excuse=unarmed; \
            telephone-impossible C1 sasac unarmed",
    );
    world.replays();
}

#[test]
fn what_is_held_back_goes_when_a_person_lets_it_and_the_time_is_an_outage() {
    check(
        "08:00 hold -> hold-began
         08:00 fever E1 finance suspected -> step-taken
         08:10 send -> (no facts)
         08:30:01 tick -> lapse telephone excuse=outage; lapse written excuse=outage
         08:31 release p99 -> REJECTED NoSuchPerson
         08:31 release p42 -> released
         08:31 send -> !send-postponed",
    );
}

#[test]
fn while_the_clock_is_in_doubt_it_rings_and_accuses_nobody() {
    check(
        "08:00 fever E1 finance suspected -> step-taken
         08:02 clock-step 08:02 09:02 -> clock-stepped
         09:02~08:02 tick -> !clock-breached; step-repeated
         09:40~08:40 tick -> !clock-breached
         08:41 trust -> clock-trusted
         08:41 tick -> clock-breached telephone due=08:30; clock-breached written due=08:30; \
            lapse telephone excuse=clock_suspect; lapse written excuse=clock_suspect",
    );
}

#[test]
fn attempts_that_failed_at_the_provider_excuse_the_proof_they_were_for() {
    check_with(
        daemon,
        "08:00 fever E1 finance suspected -> clock-started
         08:00 deliver ->
         08:00 tick ->
         08:00 send ->
         08:00:01 refused telephone:sasac:phone -> attempt-ended transient
         08:06:20 send -> attempt-started telephone sasac phone
         08:06:21 refused telephone:sasac:phone -> attempt-ended transient
         08:30:01 tick -> lapse candidate telephone excuse=provider from=08:00 to=08:06:20; \
            lapse proved written no-excuse",
    );
}

#[test]
fn one_attempt_that_a_provider_took_proves_the_lapse_and_the_excuse_stands_beside_it() {
    check_with(
        daemon,
        "08:00 fever E1 finance suspected -> clock-started
         08:00 tick ->
         08:00 send ->
         08:00:01 refused telephone:sasac:phone -> attempt-ended transient
         08:06:20 deliver -> telephone-graded accepted
         08:30:01 tick -> lapse proved telephone excuse=provider from=08:00 to=08:00; lapse proved written",
    );
}

#[test]
fn nobody_picking_up_is_no_failure_of_a_provider() {
    check_with(
        daemon,
        "08:00 fever E1 finance suspected -> clock-started
         08:00 tick ->
         08:00 deliver ->
         08:00:40 receipt telephone:sasac:phone failed ->
         08:30:01 tick -> lapse proved telephone no-excuse; lapse proved written no-excuse",
    );
}

#[test]
fn an_authority_without_a_number_or_an_address_leaves_a_candidate() {
    check_with(
        |directory| {
            let none = crate::domain::directory::Authority::default();
            directory.authorities.insert("sasac".into(), none);
        },
        "08:00 fever E1 finance suspected -> clock-started
         08:30:01 tick -> lapse candidate telephone involved=p31 excuse=unreachable from=08:00 to=08:30; \
            lapse candidate written involved=p31 excuse=unreachable from=08:00 to=08:30",
    );
    check_with(
        daemon,
        "08:00 fever E1 finance suspected -> clock-started
         08:00 tick ->
         08:00 deliver ->
         08:00:40 digit telephone:sasac:phone 9 -> telephone-impossible C1 sasac wrong_numbers
         08:30:01 tick -> lapse candidate telephone excuse=unreachable; lapse proved written",
    );
}

#[test]
fn an_officer_whom_no_provider_reached_is_not_proved_to_have_failed() {
    check(
        "08:00 fever E1 finance suspected -> step-taken
         08:00 send ->
         08:00:01 refused alert:p31:sms permanent ->
         08:00:01 refused alert:p31:phone permanent ->
         08:30:01 tick -> lapse candidate telephone involved=p31 excuse=provider; \
            lapse candidate written involved=p31 excuse=provider",
    );
    check(
        "08:00 fever E1 finance suspected -> step-taken
         08:00 send ->
         08:00:01 refused alert:p31:sms permanent ->
         08:00:01 refused alert:p31:phone permanent ->
         08:05 confirm C1 p31 ->
         08:30:01 tick -> lapse proved telephone involved=p31 no-excuse; lapse proved written",
    );
}

#[test]
fn a_channel_that_was_exhausted_while_the_clock_ran_ahead_is_tried_again_when_it_fell_back() {
    let mut world = World::new(|_| {});
    world.run(
        "07:00 arm p42
         20:01~08:01 clock-step 08:01 20:01 -> clock-stepped
         20:02~08:02 fever E1 finance suspected ->
         20:02~08:02 send ->
         20:02~08:02 refused alert:p11:sms exhausted after=2m -> trouble-began channel_exhausted:sms told
         08:03 clock-step 20:03 08:03 -> clock-stepped",
    );
    let until = *world.state.exhausted.values().next().unwrap();
    assert_eq!(world.time(until), "08:04", "two minutes from 20:02 are one from 20:03");
    world.replays();
}

#[test]
fn a_test_of_a_channel_goes_by_that_channel_and_no_other() {
    let two = |directory: &mut Directory| {
        let mut second = directory.channels.iter().find(|it| it.medium == Medium::Phone).unwrap().clone();
        second.id = ChannelId::new("voice-b");
        directory.channels.push(second);
    };
    check_with(
        two,
        "08:00 test p31 by=voice-b -> notify test p31 phone
         08:00 send -> attempt-started test p31 phone via=voice-b
         08:00:01 refused test:p31:phone exhausted after=1h -> attempt-ended exhausted
         08:02 test p31 by=voice-b id=t2 -> notify test p31 phone
         08:02 send -> attempt-started test p31 phone via=voice-b",
    );
    // Without a channel the first of the medium goes.
    check_with(
        two,
        "08:00 test p31 -> notify test p31 phone; notify test p31 sms
         08:00 send -> attempt-started test p31 phone via=voice; attempt-started test p31 sms",
    );
}
