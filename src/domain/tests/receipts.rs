//! Receipts: late, double, out of order, too early, for nobody; keys that are pressed; fates that are unknown.

use super::commands::instant;
use super::{World, check, check_with};
use crate::domain::apply::Place;
use crate::domain::command::{AttemptRequest, Command};
use crate::domain::directory::Directory;
use crate::domain::fact::{Fact, ReceiptKept};
use crate::domain::names::{ChannelId, NotificationId};
use crate::time::Now;

fn without_limits(directory: &mut Directory) {
    for channel in &mut directory.channels {
        channel.per_callee.clear();
    }
}

#[test]
fn states_only_rise_whatever_order_receipts_come_in() {
    check(
        "08:00 fever E1 finance suspected -> step-taken
         08:00 deliver ->
         08:00:10 receipt alert:p11:phone answered -> receipt-taken answered effect
         08:00:11 receipt alert:p11:phone delivered -> receipt-taken delivered no-effect
         08:00:12 receipt alert:p11:phone answered -> receipt-taken answered no-effect
         08:00:13 receipt alert:p11:phone heard -> receipt-taken heard effect
         08:00:14 receipt alert:p11:phone failed -> receipt-taken failed no-effect; !notify",
    );
}

#[test]
fn a_failure_after_it_was_accepted_begins_another_round() {
    check_with(
        without_limits,
        "08:00 fever E1 finance suspected -> step-taken
         08:00 deliver ->
         08:00:10 receipt alert:p11:phone failed -> receipt-taken failed effect; notify alert p11 phone round=2
         08:00:11 receipt alert:p11:phone failed -> receipt-taken no-effect; !notify",
    );
}

#[test]
fn a_receipt_before_the_answer_to_the_send_counts_and_the_answer_changes_nothing() {
    check(
        "08:00 fever E1 finance suspected -> step-taken
         08:00 send -> attempt-started alert p11 phone; attempt-started alert p11 sms; attempt-started alert p31 phone; \
            attempt-started alert p31 sms; attempt-started alert p41 phone; attempt-started alert p41 sms; \
            attempt-started alert p42 phone; attempt-started alert p42 sms
         08:00:02 digit alert:p31:phone 1 -> taken C1 p31 via=digit
         08:00:03 accepted alert:p31:phone -> attempt-ended accepted; !notify
         08:00:04 digit alert:p31:phone 1 -> receipt-taken no-effect; !taken",
    );
}

#[test]
fn a_receipt_for_a_name_that_is_not_known_yet_is_claimed_by_the_answer_that_names_it() {
    check(
        "08:00 fever E1 finance suspected -> step-taken
         08:00 send ->
         08:00:02 receipt key=call-7 via=voice 1 -> receipt-kept until=24/08:00:02
         08:00:03 receipt key=call-7 via=voice 1 -> (no facts)
         08:00:04 accepted alert:p31:phone id=call-7 -> attempt-ended accepted; receipt-taken effect; taken C1 p31 via=digit
         24/08:01 tick -> !due-passed call-7",
    );
}

#[test]
fn a_kept_receipt_is_no_word_of_another_channels_message() {
    check(
        "08:00 fever E1 finance suspected -> step-taken
         08:00 send ->
         08:00:02 receipt key=call-7 via=sms 1 -> receipt-kept
         08:00:03 receipt key=call-7 via=voice 1 -> (no facts)
         08:00:04 accepted alert:p31:phone id=call-7 -> attempt-ended accepted; !receipt-taken; !taken",
    );
}

#[test]
fn a_receipt_nobody_claims_is_kept_for_a_day() {
    let mut world = World::new(|_| {});
    world.run(
        "08:00 receipt key=nobody via=voice delivered -> receipt-kept until=24/08:00
         24/07:59:59 tick -> (no facts)",
    );
    // What a caller wrote as its key may be anything, and stays out of the journal.
    let mut kept = world.state.kept_receipts.keys().map(NotificationId::as_str);
    assert!(kept.next().is_some_and(|key| key != "nobody") && kept.next().is_none());
    world.run("24/08:00 tick -> due-passed");
    assert_eq!(world.state.kept_receipts.size(), 0);
}

#[test]
fn receipts_that_match_nothing_are_kept_within_a_bound() {
    let mut world = World::new(|_| {});
    let at = instant("08:00");
    let kept: Vec<Fact> = (0..10_000)
        .map(|number| {
            Fact::ReceiptKept(Box::new(ReceiptKept {
                key: NotificationId::new(&format!("k{number}")),
                channel: ChannelId::new("voice"),
                state: None,
                digit: None,
                received: at,
                until: at,
            }))
        })
        .collect();
    world.state = world.state.apply_all(Place { seq: 1, at }, &kept);
    world.run("08:00 receipt key=one-more via=voice delivered -> (no facts)");
}

#[test]
fn a_key_counts_only_from_a_call_that_was_placed_and_by_its_channel() {
    check(
        "08:00 fever E1 finance suspected -> step-taken
         08:00 digit alert:p31:phone 1 via=voice -> receipt-taken no-effect; !taken
         08:00 deliver ->
         08:00:02 digit alert:p31:phone 1 via=mail -> receipt-taken no-effect; !taken
         08:00:03 digit alert:p31:phone 3 -> passed C1 p31; !taken",
    );
}

#[test]
fn a_fate_that_is_unknown_goes_again_under_the_same_key_and_says_so() {
    check(
        "08:00 fever E1 finance 38 -> notify alert p11 sms
         08:00 send -> attempt-started alert p11 sms until=08:00:07
         08:00:06 tick -> !attempt-ended
         08:00:07 tick -> attempt-ended alert p11 sms unknown
         08:00:08 send -> attempt-started alert p11 sms round=1 possible-duplicate
         08:00:09 accepted alert:p11:sms -> attempt-ended accepted",
    );
}

#[test]
fn what_was_under_way_when_the_daemon_ended_is_unknown() {
    check(
        "08:00 fever E1 finance 38 -> notify alert p11 sms
         08:00 send -> attempt-started alert p11 sms
         08:00:04 start down=08:00:01-08:00:04 -> started; attempt-ended alert p11 sms unknown
         08:00:05 send -> attempt-started alert p11 sms possible-duplicate",
    );
}

#[test]
fn cases_told_in_one_message_of_unknown_fate_go_again_in_one_under_its_key() {
    check(
        "08:00 fever E1 finance 38 -> notify alert p11 sms C1
         08:00 fever E2 finance 38 -> notify alert p11 sms C2
         08:00 send -> attempt-started alert p11 sms covers=1
         08:00:01 unknown alert:p11:sms -> attempt-ended unknown
         08:00:05 send -> attempt-started alert p11 sms possible-duplicate covers=1
         08:00:06 unknown alert:p11:sms -> attempt-ended unknown
         08:00:07 take C1 p31 -> taken
         08:00:12 send -> attempt-started alert p11 sms C2 possible-duplicate covers=0",
    );
}

#[test]
fn a_failure_of_one_message_takes_back_nothing_of_what_it_says_as_well_and_is_known_to_have_arrived() {
    for (one, other) in [("C1", "C2"), ("C2", "C1")] {
        check(&format!(
            "08:00 fever E1 finance suspected -> case-opened C1
             08:00 fever E2 finance suspected -> case-opened C2
             08:00 deliver ->
             08:00:20 receipt alert:p11:sms:{one} heard -> receipt-taken effect
             08:00:30 receipt alert:p11:sms:{other} failed -> !notify alert p11 sms {one}"
        ));
    }
}

/// A warning took an alert of another case with it, is of unknown fate, and is overtaken before anybody sends again.
fn carried_by_what_is_overtaken(more: &str) -> World {
    let mut world = World::new(|_| {});
    world.run(
        "07:00 arm p42
         08:00 fever E1 finance suspected
         08:00 deliver
         08:02 take C1 p31
         08:02 deliver
         08:08 note C1 p31
         08:15 tick
         08:15 deliver
         08:15 note C1 p31
         08:20 fever E2 auction suspected
         08:20 deliver
         08:22 note C1 p31
         08:25 tick
         08:25 send
         08:25:01 unknown warning:p42:sms",
    );
    world.run(more);
    world
}

/// The outbox asks to send one of these, with others in it; the facts, a word or two each.
fn ask(world: &mut World, name: &str, covers: &[&str]) -> Vec<String> {
    let newest = |name: &str| {
        let is_named = |id: &&NotificationId| {
            world.state.track(id).is_some_and(|it| super::words::matches(&it.notification, name))
        };
        world.planned.iter().rev().find(is_named).cloned().unwrap()
    };
    let (notification, covers) = (newest(name), covers.iter().map(|name| newest(name)).collect());
    let channel = ChannelId::new("sms");
    let request = AttemptRequest { notification, covers, channel, address: 0, rendering: None };
    let command = Command::StartAttempt(Box::new(request));
    let facts = world.decide(&command, Now::at(instant("08:30:20"))).unwrap();
    let words = |fact: &Fact| {
        let words = world.words(fact);
        let covers = words.iter().find(|word| word.starts_with("covers="));
        words[..2].iter().chain(covers).cloned().collect::<Vec<_>>().join(" ")
    };
    facts.iter().map(words).collect()
}

#[test]
fn what_went_out_in_a_message_that_is_overtaken_goes_by_itself_when_that_one_is_on_record_as_over() {
    let mut world = carried_by_what_is_overtaken("");
    // Whoever asks first: the message that carried it is overtaken, and not yet off the schedule.
    let told = ask(&mut world, "alert:p42:sms:C2", &[]);
    assert_eq!(told, ["cancelled warning", "attempt-started alert covers=0"]);
}

#[test]
fn what_went_out_under_its_own_key_goes_again_under_that_and_in_no_other() {
    let mut world = carried_by_what_is_overtaken(
        "08:25:01 fever E3 auction suspected
         08:25:01 send
         08:25:01 unknown alert:p42:sms:C3",
    );
    let told = ask(&mut world, "alert:p42:sms:C2", &["alert:p42:sms:C3"]);
    assert_eq!(told, ["cancelled warning", "attempt-started alert covers=0"]);
    let told = ask(&mut world, "alert:p42:sms:C3", &[]);
    assert_eq!(told, ["attempt-started alert covers=0"]);
}

#[test]
fn one_message_for_several_whose_fate_is_unknown_goes_again_whole() {
    check(
        "08:00 fever E1 finance suspected -> case-opened C1
         08:00 fever E2 finance suspected -> case-opened C2
         08:00 send ->
         08:00:01 unknown alert:p11:sms -> attempt-ended alert p11 sms unknown
         08:00:04 send -> attempt-started alert p11 sms covers=1 possible-duplicate",
    );
}

#[test]
fn a_message_whose_fate_is_unknown_says_nothing_more_the_second_time() {
    check(
        "08:00 fever E1 finance suspected -> case-opened C1
         08:00 send ->
         08:00:01 unknown alert:p11:sms -> attempt-ended alert p11 sms unknown
         08:00:04 fever E2 finance suspected -> case-opened C2
         08:00:04 send -> attempt-started alert p11 sms covers=0 possible-duplicate; \
            attempt-started alert p11 sms covers=0; attempt-started alert p11 phone; attempt-started alert p31 sms; \
            attempt-started alert p31 phone; attempt-started alert p41 sms; attempt-started alert p41 phone; \
            attempt-started alert p42 sms; attempt-started alert p42 phone",
    );
}

#[test]
fn what_went_out_in_a_message_that_is_not_wanted_any_more_goes_by_itself() {
    check(
        "08:00 fever E1 finance suspected -> case-opened C1
         08:00 fever E2 finance suspected -> case-opened C2
         08:00 send ->
         08:00:01 unknown alert:p11:sms -> attempt-ended alert p11 sms unknown
         08:00:02 take C1 p31 -> taken C1 p31
         08:00:04 send -> attempt-started alert p11 sms covers=0 possible-duplicate",
    );
}

#[test]
fn what_a_provider_calls_a_message_stays_out_of_the_record_and_its_receipts_find_it() {
    let mut world = World::new(|_| {});
    world.run(
        "07:00 arm p42
         08:00 fever E1 finance suspected -> step-taken
         08:00 send ->
         08:00:01 accepted alert:p31:phone id=+8613800000031 -> attempt-ended accepted
         08:00:02 receipt key=+8613800000031 via=voice 1 -> receipt-taken effect; taken C1 p31 via=digit",
    );
    let record = serde_json::to_string(&world.entries.iter().map(|(_, facts)| facts).collect::<Vec<_>>());
    let record = record.unwrap() + &serde_json::to_string(&world.state).unwrap();
    assert!(!record.contains("13800000031"));
    world.replays();
}

#[test]
fn a_receipt_finds_what_an_old_journal_has_under_the_providers_own_word() {
    let mut world = World::new(|_| {});
    world.run(
        "07:00 arm p42
         08:00 fever E1 finance suspected -> step-taken
         08:00 send ->
         08:00:01 accepted alert:p31:phone id=call-7 -> attempt-ended accepted",
    );
    let names = std::mem::take(&mut world.state.provider_names);
    let id = names.values().next().unwrap().clone();
    world.state.provider_names.insert_mut(NotificationId::new("call-7"), id);
    world.run("08:00:02 receipt key=call-7 via=voice 1 -> receipt-taken effect; taken C1 p31 via=digit");
}
