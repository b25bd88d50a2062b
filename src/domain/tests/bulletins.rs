//! What the daemon tells of itself: trouble, and the signed head.

use super::{check, check_with};
use crate::domain::bulletin::Standing;
use crate::domain::directory::{Directory, Role};
use crate::domain::names::{Medium, PersonId};

fn operator(directory: &mut Directory) {
    directory.roles.push((PersonId::new("p51"), Role::Operator));
    let known = directory.persons.get("p42").cloned().unwrap_or_default();
    directory.persons.insert(PersonId::new("p51"), known);
}

fn inspector(directory: &mut Directory) {
    directory.inspectors = vec![PersonId::new("p42")];
}

#[test]
fn trouble_is_told_to_the_operators_once_and_again_only_after_it_was_over_for_an_hour() {
    check_with(
        operator,
        "08:00 trouble disk_nearly_full -> trouble-began disk_nearly_full told; \
            notify operator p51 sms; notify operator p51 email
         08:00:10 trouble disk_nearly_full -> (no facts)
         08:10 over disk_nearly_full -> trouble-ended disk_nearly_full
         08:10:10 over disk_nearly_full -> (no facts)
         08:20 trouble disk_nearly_full -> trouble-began disk_nearly_full; !told; !notify
         08:30 over disk_nearly_full -> trouble-ended
         09:00 trouble disk_nearly_full -> trouble-began told; notify operator p51 sms; notify operator p51 email",
    );
}

#[test]
fn somebody_is_rung_for_what_refuses_fever_events() {
    check_with(
        operator,
        "08:00 trouble holding -> notify operator p51 sms; notify operator p51 email; notify operator p51 phone
         08:00 trouble vault_closed -> notify operator p51 sms; notify operator p51 email; notify operator p51 phone",
    );
}

#[test]
fn where_nobody_runs_the_daemon_by_name_the_officer_on_duty_is_told() {
    check(
        "08:00 trouble source_silent:gate-lobby -> trouble-began told; notify operator p31 sms; notify operator p31 email",
    );
}

/// Nobody of these has an address.
fn without(directory: &mut Directory, people: &[&str]) {
    for person in people {
        directory.persons.get_mut(*person).unwrap().media.clear();
    }
}

/// The authority has no number, no address, and is owed a report at 08:00.
fn owed_to_nobody(vary: impl FnOnce(&mut Directory), expected: &str) {
    let vary = |directory: &mut Directory| {
        super::directory::daemon(directory);
        directory.authorities.clear();
        vary(directory);
    };
    check_with(
        vary,
        &format!(
            "08:00 fever E1 finance suspected ->
             08:00 tick -> trouble-began authority_unreachable:sasac told; {expected}; !trouble-untold"
        ),
    );
}

#[test]
fn where_neither_an_operator_nor_an_officer_can_be_told_what_is_owed_others_are() {
    owed_to_nobody(
        |directory| directory.duties.retain(|duty| duty.role.as_str() != "officer"),
        "notify operator p41 sms; notify operator p41 email; notify operator p41 phone",
    );
    // Whom nothing leads to is as good as nobody.
    owed_to_nobody(
        |directory| {
            operator(directory);
            without(directory, &["p31", "p41", "p51"]);
            directory.roles.push((PersonId::new("p32"), Role::Office));
        },
        "notify operator p32 sms; notify operator p32 email; notify operator p32 phone",
    );
    owed_to_nobody(
        |directory| directory.duties.clear(),
        "notify operator p41 sms; notify operator p41 email; notify operator p41 phone; \
            notify operator p42 sms; notify operator p42 email; notify operator p42 phone",
    );
    owed_to_nobody(
        |directory| without(directory, &["p31", "p41", "p42", "p21"]),
        "notify operator p11 sms; notify operator p11 email; notify operator p11 phone",
    );
    owed_to_nobody(
        |directory| without(directory, &["p11", "p12", "p21", "p31", "p32", "p41", "p42", "p51"]),
        "notify operator p22 sms; notify operator p22 email; notify operator p22 phone",
    );
}

#[test]
fn what_can_wait_goes_to_the_office_and_no_further() {
    let vary = |directory: &mut Directory| without(directory, &["p31", "p41"]);
    check_with(vary, "08:00 trouble disk_nearly_full -> trouble-began; !told; trouble-untold; !notify");
    let office = |directory: &mut Directory| {
        vary(directory);
        directory.roles.push((PersonId::new("p32"), Role::Office));
    };
    check_with(
        office,
        "08:00 trouble disk_nearly_full -> notify operator p32 sms; notify operator p32 email",
    );
}

#[test]
fn what_nobody_can_be_told_is_on_record_and_told_after_the_reload_that_names_somebody() {
    let mut world = super::World::new(super::directory::daemon);
    world.run(
        "07:00 arm p42
         08:00 fever E1 finance suspected ->",
    );
    world.directory.authorities.clear();
    world.directory.persons.values_mut().for_each(|person| person.media.clear());
    world.run(
        "08:00 tick -> trouble-began authority_unreachable:sasac; trouble-untold authority_unreachable:sasac; \
            !told; !notify operator; !bulletin-opened
         08:00 trouble disk_nearly_full -> trouble-began disk_nearly_full; trouble-untold; !told",
    );
    assert_eq!(world.state.troubles.values().filter(|standing| standing.is_untold()).count(), 2);
    world.directory.persons = super::directory::example().persons;
    world.run(
        "08:01 adopt another -> trouble-began told authority_unreachable:sasac; trouble-began told disk_nearly_full; \
            notify operator p31 sms; notify operator p31 email; notify operator p31 phone; notify operator p31 sms; \
            notify operator p31 email; !trouble-untold",
    );
    assert!(!world.state.troubles.values().any(Standing::is_untold));
    world.replays();
}

#[test]
fn where_every_way_is_without_money_trouble_waits_for_one() {
    check_with(
        |directory| directory.channels.retain(|channel| channel.medium == Medium::Sms),
        "08:00 fever E1 finance suspected ->
         08:00 send ->
         08:00:01 refused alert:p11:sms exhausted -> trouble-began channel_exhausted:sms told; notify operator p31 sms
         08:00:02 send -> !attempt-started operator",
    );
}

#[test]
fn before_arming_trouble_is_told_to_the_test_list_alone_and_then_to_those_it_concerns() {
    let mut world = super::World::new(|directory| {
        operator(directory);
        directory.testing.insert(PersonId::new("p12"));
    });
    world.run(
        "08:00 trouble disk_nearly_full -> trouble-began told; !notify
         08:10 arm p42 -> armed; notify operator p51 sms; notify operator p51 email",
    );
    world.replays();
}

#[test]
fn what_is_over_before_it_was_told_is_not_told_any_more() {
    check_with(
        operator,
        "08:00 trouble clock_in_doubt -> notify operator p51 sms; notify operator p51 email
         08:00 send -> attempt-started operator p51 sms; attempt-started operator p51 email
         08:00:01 refused operator:p51:sms -> notify operator p51 sms round=2
         08:00:02 over clock_in_doubt ->
         08:01 send -> cancelled operator p51 sms overtaken; !attempt-started",
    );
}

#[test]
fn a_doubtful_clock_and_a_torn_tail_are_trouble_until_they_are_put_right() {
    check_with(
        operator,
        "08:00 clock-step 08:00 10:00 -> clock-stepped; trouble-began clock_in_doubt told; notify operator p51 sms; \
            notify operator p51 email
         08:05 trust -> clock-trusted; trouble-ended clock_in_doubt
         08:10 start torn=7 -> trouble-began torn_tail told; notify operator p51 sms; notify operator p51 email
         08:20 start -> trouble-ended torn_tail",
    );
}

#[test]
fn a_channel_without_money_is_told_by_the_other_channels_and_is_over_when_it_takes_a_message() {
    check_with(
        operator,
        "08:00 fever E1 finance suspected ->
         08:00 send ->
         08:00:01 refused alert:p11:sms exhausted -> trouble-began channel_exhausted:sms told; \
            notify operator p51 email
         08:00:02 refused alert:p31:sms exhausted -> !trouble-began
         08:00:03 accepted alert:p41:sms -> trouble-ended",
    );
}

#[test]
fn a_bulletin_leaves_memory_with_its_messages() {
    let mut world = super::World::new(operator);
    world.run(
        "07:00 arm p42
         08:00 trouble disk_nearly_full ->
         08:00 deliver -> attempt-started operator p51 sms; attempt-started operator p51 email",
    );
    assert_eq!(world.state.bulletins.size(), 1);
    world.run("24/08:00 tick -> due-passed");
    assert_eq!(world.state.bulletins.size(), 0);
    assert_eq!(world.state.notifications.size(), 0, "no message stays behind");
    world.replays();
}

#[test]
fn the_signed_head_goes_to_the_inspectors_every_day() {
    check_with(
        inspector,
        "08:00 start -> head-due next=18:00
         18:00 tick -> head-due due=18:00 next=24/18:00; notify head p42 email
         18:00 deliver -> attempt-started head p42 email
         24/18:00 tick -> head-due due=24/18:00 next=25/18:00; notify head p42 email round=1",
    );
}

#[test]
fn of_the_heads_that_fell_due_while_the_daemon_was_down_one_goes() {
    check_with(
        inspector,
        "08:00 start ->
         27/09:00 start down=23/17:00-27/09:00 -> !head-due
         27/09:00 tick -> head-due due=18:00 next=27/18:00; notify head p42 email",
    );
}

#[test]
fn a_relay_that_is_down_for_a_night_gets_the_head_in_the_morning() {
    // Six tries are enough for a message to a person; a head goes on at the pace of a pursuit.
    let refusals: String = ["18:00", "18:05", "18:10", "18:15", "18:30", "18:45", "19:00", "19:15"]
        .map(|at| {
            format!(
                "{at} send -> attempt-started head p42 email
                 {at} refused head:p42:email -> notify head p42 email
                 "
            )
        })
        .concat();
    check_with(
        inspector,
        &format!(
            "08:00 start ->
             18:00 tick ->
             {refusals}
             24/08:00 deliver -> attempt-started head p42 email"
        ),
    );
}

#[test]
fn a_bulletin_whose_message_is_under_way_leaves_when_that_has_ended() {
    let mut world = super::World::new(operator);
    world.run(
        "07:00 arm p42
         08:00 trouble disk_nearly_full -> notify operator p51 sms; notify operator p51 email
         08:00 send -> attempt-started operator p51 sms; attempt-started operator p51 email
         08:01 tick -> attempt-ended operator unknown; attempt-ended operator unknown
         24/07:59:58 send -> attempt-started operator p51; attempt-started operator p51
         24/08:00 tick -> due-put-off; !due-passed; !notification-cancelled
         24/08:00:30 tick -> attempt-ended unknown; attempt-ended unknown; due-passed",
    );
    assert_eq!((world.state.bulletins.size(), world.state.notifications.size()), (0, 0));
    world.replays();
}

#[test]
fn an_inspector_without_mail_is_a_gap_on_record() {
    check_with(
        |directory| {
            inspector(directory);
            let media = &mut directory.persons.get_mut("p42").unwrap().media;
            media.remove(&Medium::Email);
        },
        "08:00 start ->
         18:00 tick -> medium-skipped p42 email no_address; !notify",
    );
}

#[test]
fn another_time_in_the_configuration_moves_the_next_head() {
    let mut world = super::World::new(inspector);
    world.run("07:00 arm p42\n08:00 start -> head-due next=18:00\n08:00 adopt one -> !head-due");
    world.directory.heads_at = "0 0 9 * * *".parse().unwrap();
    world.run("08:10 adopt two -> head-due due=18:00 next=09:00\n09:00 tick -> notify head p42 email");
    world.replays();
}
