//! Calls that a channel allows to one telephone, spread over a clock; one is kept for its last five minutes.

use super::directory::{clock, minutes, policy};
use super::{World, check_with};
use crate::domain::directory::Directory;
use crate::domain::names::{DutyRole, Medium};
use crate::domain::policy::Target;

/// The officer alone is rung, every five minutes, by a channel that allows five calls an hour.
fn five_an_hour(directory: &mut Directory) {
    directory.channels[0].per_callee = vec![(minutes(1), 1), (minutes(60), 5)];
    policy(directory, |policy| {
        policy.steps[0].notify = vec![Target::Duty(DutyRole::new("officer"))];
        policy.steps[0].by = vec![Medium::Phone];
    });
    clock(directory, |clock| clock.warn_at = Vec::new());
}

const UNTIL_THE_FOURTH: &str = "\
    08:00 fever E1 finance suspected -> clock-started C1 due=08:30; notify alert p31 phone
    08:00 deliver -> attempt-started alert p31 phone
    08:05 tick -> step-repeated; notify alert p31 phone round=2
    08:05 send -> send-postponed alert p31 phone until=08:06:15 spread
    08:06:15 deliver -> attempt-started alert p31 phone round=2
    08:10 tick -> step-repeated
    08:10 send -> send-postponed alert p31 phone until=08:12:30 spread
    08:12:30 deliver -> attempt-started alert p31 phone round=3
    08:15 tick -> step-repeated
    08:15 deliver -> send-postponed alert p31 phone until=08:18:45 spread; !attempt-started alert
    08:18:45 deliver -> attempt-started alert p31 phone round=4";

#[test]
fn of_five_calls_four_are_spread_and_the_last_is_kept_for_the_last_five_minutes() {
    check_with(
        five_an_hour,
        &format!(
            "{UNTIL_THE_FOURTH}
             08:20 tick -> step-repeated
             08:20 send -> send-postponed alert p31 phone until=08:25 spread
             08:24:59 send -> !attempt-started alert
             08:25 deliver -> attempt-started alert p31 phone
             08:26 tick ->
             08:26 deliver -> send-postponed alert p31 phone until=09:00 callee_limit; !attempt-started alert"
        ),
    );
}

#[test]
fn the_call_that_is_kept_is_kept_over_a_restart() {
    let mut world = World::new(five_an_hour);
    world.run("07:00 arm p42");
    world.run(UNTIL_THE_FOURTH);
    world.replays();
    world.run(
        "08:19 start down=08:18:50-08:19 -> started
         08:20 tick -> step-repeated
         08:20 send -> send-postponed alert p31 phone until=08:25 spread
         08:25 deliver -> attempt-started alert p31 phone",
    );
}

#[test]
fn where_as_many_are_left_as_the_clock_asks_for_none_is_put_off() {
    check_with(
        |directory| {
            five_an_hour(directory);
            directory.channels[0].per_callee = vec![(minutes(1), 1), (minutes(60), 6)];
        },
        "08:00 fever E1 finance suspected -> notify alert p31 phone
         08:00 deliver -> attempt-started alert p31 phone
         08:05 tick -> step-repeated
         08:05 send -> !send-postponed; attempt-started alert p31 phone",
    );
}
