//! Several channels for one medium: in order, the next at once where one refuses or is silent, and none twice before
//! the others.

use std::collections::BTreeMap;
use std::time::Duration;

use super::directory::{daemon, policy};
use super::{World, check_with};
use crate::domain::directory::{ChannelRules, Directory};
use crate::domain::fact::Fact;
use crate::domain::names::{ChannelId, Kind, Medium};
use crate::domain::notification::{Notification, Progress};
use crate::time::Now;

/// So many channels for a medium: `sms`, `sms-2`, `sms-3`.
pub(super) fn more(directory: &mut Directory, medium: Medium, count: usize) {
    let first = directory.channels.iter().find(|channel| channel.medium == medium).unwrap().clone();
    for number in 2..=count {
        let id = ChannelId::new(&format!("{}-{number}", first.id));
        directory.channels.push(ChannelRules { id, ..first.clone() });
    }
}

/// A fever is told by SMS alone.
fn by_sms(directory: &mut Directory) {
    let fever = directory.policies.get_mut(&Kind::Fever).unwrap();
    std::sync::Arc::make_mut(fever).steps[0].by = vec![Medium::Sms];
}

#[test]
fn what_one_channel_refuses_goes_by_the_next_at_once_and_by_the_first_again_after_its_pause() {
    check_with(
        |directory| {
            by_sms(directory);
            more(directory, Medium::Sms, 3);
        },
        "08:00 fever E1 finance 38 -> notify alert p11 sms
         08:00 send -> attempt-started alert p11 sms via=sms
         08:00:01 refused alert:p11:sms -> notify alert p11 sms round=2 due=08:00:01
         08:00:01 send -> attempt-started alert p11 sms via=sms-2
         08:00:01 refused alert:p11:sms permanent -> notify alert p11 sms round=3 due=08:00:01; !trouble-began
         08:00:01 send -> attempt-started alert p11 sms via=sms-3
         08:00:01 refused alert:p11:sms after=30s -> notify alert p11 sms round=4; !notify alert due=08:00:01
         08:00:03 send -> attempt-started alert p11 sms via=sms
         08:00:03 refused alert:p11:sms -> notify alert p11 sms round=5
         08:00:08 send -> attempt-started alert p11 sms via=sms
         08:00:08 refused alert:p11:sms after=1h -> notify alert p11 sms round=6
         08:00:30 send -> !attempt-started
         08:00:32 send -> attempt-started alert p11 sms via=sms-3
         08:00:33 accepted alert:p11:sms ->",
    );
}

#[test]
fn a_refusal_brings_the_next_channel_and_the_next_medium_and_that_once() {
    check_with(
        |directory| more(directory, Medium::Sms, 2),
        "08:00 fever E1 finance 38 -> notify alert p11 sms
         08:00 send -> attempt-started alert p11 sms via=sms
         08:00:01 refused alert:p11:sms -> wait-ended alert p11 sms; notify alert p11 phone due=08:00:01; \
            notify alert p11 sms round=2 due=08:00:01
         08:00:01 send -> attempt-started alert p11 sms via=sms-2; attempt-started alert p11 phone via=voice
         08:00:02 refused alert:p11:sms -> notify alert p11 sms round=3; !notify alert p11 phone",
    );
}

#[test]
fn two_messages_alternate_between_two_channels_that_are_away_and_both_get_as_many_tries() {
    let mut world = World::new(|directory| {
        by_sms(directory);
        more(directory, Medium::Sms, 2);
    });
    world.run(
        "07:00 arm p42
         08:00 fever E1 finance 38 ->",
    );
    world.run("08:20 outage -> !cancelled");
    let mut by: BTreeMap<String, usize> = BTreeMap::new();
    let mut last = None;
    for (place, facts) in &world.entries {
        for fact in facts {
            let Fact::AttemptStarted { notification, attempt, .. } = fact else { continue };
            if !World::is_alert_to_leader(&world.state.track(notification).unwrap().notification) {
                continue;
            }
            assert_ne!(last, Some(attempt.channel.clone()), "at {}", world.time(place.at));
            last = Some(attempt.channel.clone());
            *by.entry(attempt.channel.to_string()).or_default() += 1;
        }
    }
    assert!(by["sms"] >= 6 && by["sms"].abs_diff(by["sms-2"]) <= 1, "{by:?}");
    world.replays();
}

impl World {
    fn is_alert_to_leader(it: &Notification) -> bool {
        super::words::matches(it, "alert:p11:sms")
    }
}

#[test]
fn what_may_have_arrived_goes_again_by_the_channel_it_went_by_and_by_another_when_that_has_no_money() {
    check_with(
        |directory| {
            by_sms(directory);
            more(directory, Medium::Sms, 2);
        },
        "08:00 fever E1 finance 38 -> notify alert p11 sms
         08:00 send -> attempt-started alert p11 sms via=sms
         08:00:05 unknown alert:p11:sms -> attempt-ended unknown; !notify
         08:00:05 send -> attempt-started alert p11 sms via=sms possible-duplicate
         08:00:10 unknown alert:p11:sms -> attempt-ended unknown; !notify
         08:00:11 test p31 -> notify test p31 phone; notify test p31 sms
         08:00:11 send -> attempt-started alert p11 sms via=sms possible-duplicate; \
            attempt-started test p31 sms via=sms; attempt-started test p31 phone
         08:00:12 refused test:p31:sms exhausted after=1h ->
         08:00:16 unknown alert:p11:sms -> attempt-ended unknown
         08:01 send -> attempt-started alert p11 sms via=sms-2 possible-duplicate",
    );
}

#[test]
fn a_receipt_that_does_not_come_brings_the_next_channel_beside_the_next_medium_once_by_each() {
    check_with(
        |directory| {
            directory.channels.iter_mut().for_each(|channel| channel.receipts = true);
            more(directory, Medium::Sms, 3);
        },
        "08:00 fever E1 finance 38 -> notify alert p11 sms wait=08:00:45
         08:00 deliver -> attempt-started alert p11 sms via=sms
         08:00:45 tick -> wait-ended alert p11 sms; notify alert p11 phone due=08:00:45; \
            notify alert p11 sms round=2 due=08:00:45 wait=08:01:30
         08:00:45 deliver -> attempt-started alert p11 sms via=sms-2; attempt-started alert p11 phone
         08:01:30 tick -> wait-ended alert p11 sms; notify alert p11 sms round=3 due=08:01:30; !notify alert p11 phone
         08:01:30 deliver -> attempt-started alert p11 sms via=sms-3
         08:09 tick -> !notify",
    );
}

#[test]
fn the_last_medium_of_a_step_waits_for_its_receipt_where_there_is_another_channel() {
    let with = |receipts: bool, channels: usize, script: &str| {
        check_with(
            |directory| {
                by_sms(directory);
                directory.channels.iter_mut().for_each(|channel| channel.receipts = receipts);
                more(directory, Medium::Sms, channels);
            },
            script,
        );
    };
    with(
        true,
        2,
        "08:00 fever E1 finance 38 -> notify alert p11 sms wait=08:00:45
         08:00 deliver ->
         08:00:45 tick -> notify alert p11 sms round=2
         08:00:45 deliver -> attempt-started alert p11 sms via=sms-2
         08:09 tick -> !notify",
    );
    with(
        true,
        2,
        "08:00 fever E1 finance 38 ->
         08:00 deliver ->
         08:00:30 receipt alert:p11:sms delivered ->
         08:09 tick -> !notify",
    );
    // Whoever knows of it is told no more; a channel that tells nothing is no silent one; nor is there another.
    with(
        true,
        2,
        "08:00 fever E1 finance 38 ->
         08:00 deliver ->
         08:00:30 confirm C1 p11 ->
         08:09 tick -> !notify",
    );
    with(false, 2, "08:00 fever E1 finance 38 ->\n08:00 deliver ->\n08:09 tick -> !notify");
    with(true, 1, "08:00 fever E1 finance 38 ->\n08:00 deliver ->\n08:09 tick -> !notify");
}

#[test]
fn an_authority_is_rung_at_the_same_number_by_the_next_channel_and_at_the_next_when_nobody_picks_up() {
    check_with(
        |directory| {
            daemon(directory);
            more(directory, Medium::Phone, 2);
            let sasac = directory.authorities.values_mut().next().unwrap();
            sasac.phones.push(sasac.phones[0]);
        },
        "08:00 fever E1 finance suspected -> clock-started
         08:00 tick -> notify telephone sasac phone
         08:00 send -> attempt-started telephone sasac phone via=voice address=0
         08:00:01 refused telephone:sasac:phone -> notify telephone sasac phone round=2 due=08:00:01
         08:00:01 send -> attempt-started telephone sasac phone via=voice-2 address=0
         08:00:02 accepted telephone:sasac:phone ->
         08:00:40 receipt telephone:sasac:phone failed -> notify telephone sasac phone
         08:00:45 send -> attempt-started telephone sasac phone via=voice address=1",
    );
}

#[test]
fn a_test_and_a_report_go_by_the_next_channel_at_once_and_a_test_of_one_channel_by_no_other() {
    check_with(
        |directory| {
            daemon(directory);
            more(directory, Medium::Phone, 2);
            more(directory, Medium::Sms, 2);
            more(directory, Medium::Email, 2);
        },
        "07:58 test p31 -> notify test p31 phone; notify test p31 sms
         07:58 send ->
         07:58:01 refused test:p31:sms -> notify test p31 sms round=2 due=07:58:01
         07:58:01 deliver -> attempt-started test p31 sms via=sms-2
         08:00 test p31 by=voice id=t2 -> notify test p31 phone
         08:00 send -> attempt-started test p31 phone via=voice
         08:00:01 refused test:p31:phone -> notify test p31 phone round=2; !notify test due=08:00:01
         08:01 send -> attempt-started test p31 phone via=voice
         08:00:10 fever E1 finance suspected -> clock-started
         08:00:10 deliver ->
         08:01 telephone C1 taken p31 ->
         08:02 write C1 initial p31 -> notify written sasac email
         08:02 send -> attempt-started written sasac email via=mail
         08:02:01 refused written:sasac:email permanent -> notify written sasac email round=2 due=08:02:01
         08:02:01 deliver -> attempt-started written sasac email via=mail-2; written-sent",
    );
}

#[test]
fn a_message_that_waits_for_one_channel_does_not_go_along_by_one_that_failed_it() {
    let mut world = World::new(|directory| {
        by_sms(directory);
        more(directory, Medium::Sms, 2);
        policy(directory, |policy| policy.steps[0].repeat_every = Some(Duration::from_secs(20)));
    });
    world.run(
        "07:00 arm p42
         08:00 fever E1 finance 38 -> notify alert p11 sms C1
         08:00 send -> attempt-started alert p11 sms via=sms
         08:00:01 fever E2 finance 38 -> notify alert p11 sms C2
         08:00:01 refused alert:p11:sms:C1 -> notify alert p11 sms C1 round=2
         08:00:01 send -> attempt-started alert p11 sms via=sms C2 covers=0; \
            attempt-started alert p11 sms via=sms-2 C1 covers=0",
    );
    world.replays();
}

#[test]
fn a_journal_of_before_knows_of_no_channel_that_was_tried() {
    let mut world = World::new(by_sms);
    world
        .run("07:00 arm p42\n08:00 fever E1 finance 38 ->\n08:00 send ->\n08:00:01 refused alert:p11:sms ->");
    let fact = world.entries.last().unwrap().1.last().unwrap();
    let mut json = serde_json::to_value(fact).unwrap();
    let planned = json.pointer_mut("/notification_planned~11/notification").unwrap().as_object_mut().unwrap();
    let tried = planned.remove("tried").unwrap();
    assert_eq!(tried.pointer("/0/channel").unwrap(), "sms");
    assert_eq!(tried.pointer("/0/failures").unwrap(), 1);
    let Fact::NotificationPlanned { notification, .. } = serde_json::from_value::<Fact>(json).unwrap() else {
        panic!("another fact");
    };
    assert_eq!((notification.tried.len(), notification.failures), (0, 1));
    // It goes on as it would have.
    world.run("08:00:03 live ->");
    let taken = world.state.notifications.values().filter(|track| track.state == Progress::Accepted);
    assert_eq!(taken.count(), 1);
    assert!(world.state.sends.iter().all(|(at, _)| *at > Now::at(super::commands::instant("08:00")).wall));
}
