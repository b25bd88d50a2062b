//! Channels without money: passed over by every message while it is known, and tried where nothing else is left.

use super::directory::{daemon, policy};
use super::{check, check_with};
use crate::domain::directory::Directory;
use crate::domain::names::{Kind, Medium};
use crate::domain::policy::Policy;

fn fever(directory: &mut Directory, change: impl FnOnce(&mut Policy)) {
    change(std::sync::Arc::make_mut(directory.policies.get_mut(&Kind::Fever).unwrap()));
}

#[test]
fn a_later_message_goes_at_once_by_the_medium_after_one_without_money() {
    check(
        "08:00 fever E1 finance 38 -> notify alert p11 sms
         08:00 send -> attempt-started alert p11 sms
         08:00:01 refused alert:p11:sms exhausted after=30m -> notify alert p11 phone; notify alert p11 sms round=2
         08:20 fever E2 auction 38 -> medium-skipped p21 sms no_money; notify alert p21 phone due=08:20
         08:20 send -> attempt-started alert p11 phone; attempt-started alert p21 phone
         08:31 fever E3 auction 38 -> notify alert p21 sms C3; !medium-skipped",
    );
}

#[test]
fn a_message_that_waits_for_the_channel_is_followed_by_its_next_medium_at_once() {
    check(
        "08:00 fever E1 finance 38 -> notify alert p11 sms
         08:00 send -> attempt-started alert p11 sms
         08:00:01 fever E2 auction 38 -> notify alert p21 sms wait=08:00:46
         08:00:01 refused alert:p11:sms exhausted after=30m -> notify alert p11 phone; notify alert p11 sms round=2
         08:00:02 send -> medium-skipped p21 sms no_money; wait-ended alert p21 sms; \
            notify alert p21 phone due=08:00:02; attempt-started alert p21 phone; attempt-started alert p11 phone
         08:00:03 send -> (no facts)
         08:30:02 send -> attempt-started alert p21 sms; attempt-started alert p11 sms round=2",
    );
}

#[test]
fn an_alarm_that_has_no_other_way_is_tried_by_a_channel_without_money_and_again_every_ten_minutes() {
    check_with(
        |directory| fever(directory, |policy| policy.steps[0].by = vec![Medium::Sms]),
        "08:00 fever E1 finance 38 -> notify alert p11 sms
         08:00 send -> attempt-started alert p11 sms
         08:00:01 refused alert:p11:sms exhausted after=24h -> notify alert p11 sms round=2 due=08:10
         08:05 fever E2 auction 38 -> notify alert p21 sms; !medium-skipped
         08:05 send -> attempt-started alert p21 sms
         08:05:01 refused alert:p21:sms exhausted after=24h -> notify alert p21 sms round=2 due=08:15
         08:10 send -> attempt-started alert p11 sms round=2
         08:10:01 accepted alert:p11:sms -> trouble-ended channel_exhausted:sms
         08:11 fever E3 auction 38 -> notify alert p21 sms C3
         08:11 send -> attempt-started alert p21 sms C3",
    );
}

#[test]
fn of_two_media_at_once_the_one_with_money_goes_alone_and_both_where_none_has() {
    check_with(
        |directory| policy(directory, |policy| policy.steps[0].notify.truncate(1)),
        "08:00 test p42 by=voice -> notify test p42 phone
         08:00 send -> attempt-started test p42 phone
         08:00:01 refused test:p42:phone exhausted after=5m -> trouble-began
         08:01 fever E1 finance suspected -> notify alert p11 sms; medium-skipped p11 phone no_money
         08:01 test p42 by=voice id=t2 ->
         08:05:02 tick ->
         08:06 tick -> notify alert p11 sms round=2; notify alert p11 phone",
    );
}

#[test]
fn an_authority_is_rung_and_written_to_by_channels_without_money_for_there_are_no_others() {
    check_with(
        daemon,
        "08:00 fever E1 finance suspected -> clock-started
         08:00 tick -> notify telephone sasac phone
         08:00 send -> attempt-started telephone sasac phone
         08:00:01 refused telephone:sasac:phone exhausted after=2h -> notify telephone sasac phone round=2 due=08:10
         08:02 fever E2 auction suspected -> clock-started C2
         08:02 tick -> notify telephone sasac phone C2
         08:02 send -> attempt-started telephone sasac phone C2
         08:02:01 refused telephone:sasac:phone:C2 exhausted -> notify telephone sasac phone C2 round=2 due=08:12
         08:10 send -> attempt-started telephone C1 round=2",
    );
}

#[test]
fn a_channel_whose_provider_names_a_long_time_is_tried_again_after_an_hour_and_after_a_reload_at_once() {
    let script = |adopt: &str, when: &str| {
        check(&format!(
            "08:00 fever E1 finance 38 -> notify alert p11 sms
             08:00 send -> attempt-started alert p11 sms
             08:00:01 refused alert:p11:sms exhausted after=24h -> notify alert p11 phone; \
                notify alert p11 sms round=2 due=09:00
             {adopt}
             {when} fever E2 auction 38 -> notify alert p21 sms; !medium-skipped",
        ));
    };
    script("08:59 fever E3 auction 38 -> notify alert p21 phone; medium-skipped", "09:00:02");
    script("08:10 adopt 1234 ->", "08:10");
}

#[test]
fn what_is_told_outside_a_step_goes_by_what_has_money() {
    check(
        "08:00 fever E1 finance suspected ->
         08:00 deliver ->
         08:01 test p42 -> notify test p42 phone; notify test p42 sms
         08:01 send ->
         08:01:01 refused test:p42:sms exhausted after=1h ->
         08:02 pass C1 p31 p32 -> notify handover p32 phone; notify handover p32 email",
    );
}
