//! Authorities to which no way leads, or none any more: people are told, bring the report themselves, and close the case.

use super::directory::{clock, daemon};
use super::{World, check, check_with};
use crate::domain::case::ReportKind;
use crate::domain::names::{AuthorityId, CaseId, Medium};
use crate::domain::policy::WrittenProof;

fn removed(world: &mut World) {
    world.directory.authorities.remove(&AuthorityId::new("sasac"));
}

/// A suspected case whose authority a reload takes out.
fn suspected_and_removed() -> World {
    let mut world = World::new(|_| {});
    world.run(
        "07:00 arm p42
         08:00 fever E1 finance suspected -> clock-started
         08:00 take C1 p31 -> taken",
    );
    removed(&mut world);
    world.run(
        "08:01 adopt without -> configuration-adopted; written-impossible C1 sasac no_address; \
            trouble-began authority_unreachable:sasac told; notify operator p31 sms; notify operator p31 email; \
            notify operator p31 phone",
    );
    world
}

#[test]
fn a_case_whose_authority_was_removed_is_reported_by_hand_and_closed() {
    let mut world = suspected_and_removed();
    world.run(
        "08:04 written-receipt C1 p31 ref=r1 -> REJECTED TelephoneFirst
         08:05 telephone C1 taken p31 -> telephone-proved
         08:06 written-receipt C1 p31 -> REJECTED NotSent
         08:06 close C1 p31 -> REJECTED written: [sasac]
         08:08 written-receipt C1 p31 ref=r1 -> written-receipted C1 sasac p31 proves; clock-met at=08:08
         08:20 tick -> !written-planned
         08:31 tick -> !clock-breached
         08:32 close C1 p31 -> closed",
    );
    world.replays();
}

#[test]
fn a_report_without_an_address_waits_is_tried_by_nobody_and_breaches_as_any_other() {
    let mut world = suspected_and_removed();
    world.run(
        "08:05 telephone C1 taken p31 -> telephone-proved
         08:10 write C1 initial p31 -> written-planned initial 1; !written-impossible
         08:10 send -> !attempt-started written
         08:30:01 tick -> clock-breached written; lapse written candidate due=08:30 excuse=unreachable
         08:31 send -> !attempt-started written
         09:40 written-receipt C1 p31 ref=r1 -> written-receipted proves; cancelled written sasac email replaced; \
            lapse-cured written at=09:40; clock-completed
         09:41 close C1 p31 -> closed
         09:42 send -> !attempt-started written",
    );
    world.replays();
}

#[test]
fn a_way_that_is_missing_when_the_daemon_is_armed_again_is_told() {
    let mut world = suspected_and_removed();
    world.run(
        "08:02 disarm p42
         08:03 adopt other -> trouble-ended authority_unreachable:sasac; !trouble-began
         08:04 arm p42 -> trouble-began authority_unreachable:sasac; notify operator p31 sms; \
            notify operator p31 email; notify operator p31 phone
         08:05 disarm p42",
    );
    world.directory = super::directory::example();
    world.run(
        "08:06 adopt with -> trouble-ended authority_unreachable:sasac
         08:07 arm p42 -> !trouble-began",
    );
    world.replays();
}

#[test]
fn a_report_that_waits_goes_as_soon_as_the_address_is_put_back() {
    let mut world = suspected_and_removed();
    world.run(
        "08:05 telephone C1 taken p31 -> telephone-proved
         08:10 write C1 initial p31 -> written-planned",
    );
    world.directory = super::directory::example();
    world.run(
        "08:12 adopt with -> trouble-ended authority_unreachable:sasac; !written-impossible; !trouble-began
         08:12 deliver -> attempt-started written; written-sent proves; clock-met",
    );
    world.replays();
    assert_eq!(world.state.cases.values().next().unwrap().clocks[0].written.impossible, None);
}

#[test]
fn an_address_that_goes_while_its_report_is_asked_for_makes_no_attempt_of_it() {
    let mut world = World::new(|_| {});
    world.run(
        "07:00 arm p42
         08:00 fever E1 finance suspected -> clock-started
         08:05 telephone C1 taken p31 -> telephone-proved
         08:06 write C1 initial p31 -> written-planned; !written-impossible",
    );
    world.directory.authorities.get_mut(&AuthorityId::new("sasac")).unwrap().email = false;
    world.run(
        "08:06 send -> written-impossible C1 sasac no_address; trouble-began authority_unreachable:sasac; \
            !attempt-started written
         08:06:01 send -> !written-impossible; !attempt-started written",
    );
}

#[test]
fn of_a_channel_that_is_gone_and_of_every_later_reload_people_are_told_once_an_hour() {
    let mut world = World::new(daemon);
    world.run(
        "07:00 arm p42
         08:00 fever E1 finance suspected -> clock-started
         08:00 tick -> notify telephone sasac phone",
    );
    world.directory.channels.retain(|channel| channel.medium == Medium::Sms);
    world.run(
        "08:00:01 adopt without -> telephone-impossible C1 sasac no_channel; written-impossible C1 sasac no_channel; \
            trouble-began authority_unreachable:sasac told; notify operator p31 sms
         08:20 adopt again -> trouble-ended; trouble-began authority_unreachable:sasac; \
            !told; !notify operator; !telephone-impossible; !written-impossible
         09:20 adopt third -> trouble-began authority_unreachable:sasac told; notify operator p31 sms",
    );
    world.directory = super::directory::example();
    world.run(
        "09:30 adopt with -> trouble-ended
         09:30 deliver -> attempt-started telephone sasac phone",
    );
    world.replays();
}

#[test]
fn a_number_that_is_put_back_is_rung() {
    let mut world = World::new(daemon);
    world.run(
        "07:00 arm p42
         08:00 fever E1 finance suspected -> clock-started",
    );
    removed(&mut world);
    world.run(
        "08:00 tick -> telephone-impossible C1 sasac no_number; trouble-began authority_unreachable:sasac",
    );
    world.directory = super::directory::example();
    world.run("08:03 adopt with -> daemon-calls C1 due=08:03; notify telephone sasac phone");
}

#[test]
fn a_report_that_has_not_gone_waits_for_the_call_that_is_possible_again_and_not_for_ever() {
    let mut world = World::new(|_| {});
    world.run(
        "07:00 arm p42
         08:00 fever E1 finance suspected -> clock-started",
    );
    removed(&mut world);
    world.run("08:20 tick -> telephone-impossible C1 sasac no_number; written-planned initial; !gate-set");
    world.directory = super::directory::example();
    world.run(
        "08:21 adopt with -> telephone-possible C1 sasac; gate-set at=08:21:05; daemon-calls C1
         08:21:04 send -> attempt-started telephone sasac phone; attempt-started written sasac email",
    );
    world.replays();
}

#[test]
fn what_the_authority_must_receipt_may_be_brought_by_hand_too() {
    check_with(
        |directory| clock(directory, |clock| clock.written.proof = WrittenProof::Receipted),
        "08:00 fever E1 finance suspected -> clock-started
         08:05 telephone C1 taken p31 -> telephone-proved
         08:09 written-receipt C1 p31 ref=r1 -> written-receipted C1 p31 proves; clock-met
         08:10 written-receipt C1 p31 ref=r1 -> (no facts)
         08:20 tick -> !written-planned",
    );
}

#[test]
fn an_authority_that_was_told_by_hand_alone_is_owed_the_correction() {
    check(
        "08:00 fever E1 finance suspected -> clock-started
         08:01 telephone C1 no_answer p31 -> telephone-tried
         08:02 written-receipt C1 p31 ref=r1 -> written-receipted proves
         08:03 classify C1 ruled_out p31 second=p42 -> ruled-out; correction-owed C1 sasac 1",
    );
}

#[test]
fn a_correction_whose_address_is_gone_is_told_by_telephone_and_the_case_closed() {
    let mut world = World::new(|_| {});
    world.run(
        "07:00 arm p42
         08:00 fever E1 finance suspected -> clock-started
         08:05 telephone C1 taken p31 -> telephone-proved
         08:06 classify C1 ruled_out p31 second=p42 -> correction-owed C1 sasac 1; notify correction sasac email",
    );
    removed(&mut world);
    world.run(
        "08:06:01 send -> cancelled correction sasac email no_address; medium-skipped sasac email no_address; \
            correction-impossible C1 sasac no_address; notify reminder p31 phone; notify reminder p31 sms
         08:07 adopt without -> !correction-impossible
         08:09 close C1 p31 -> REJECTED CorrectionOwed
         08:10 telephone C1 taken p31 -> correction-told C1 sasac
         08:11 close C1 p31 -> closed",
    );
    world.replays();
}

/// Refuses what is sent to the authority until nothing goes to it any more, and counts.
fn refuse_until_quiet(world: &mut World, name: &str, medium: Medium) -> usize {
    let mut at: crate::time::Timestamp = super::commands::instant("09:00");
    let mut tries = 0;
    for _ in 0..1_700 {
        let now = crate::time::Now::at(at);
        world.tick(now);
        world.send(now);
        for id in world.under_way() {
            let ours = |track: &crate::domain::state::Track| {
                super::words::matches(&track.notification, name) && track.notification.medium == medium
            };
            let ours = world.state.track(&id).is_some_and(|track| ours(track));
            tries += usize::from(ours);
            let error = crate::domain::notification::DeliveryError::Transient {
                reason: crate::domain::notification::FailureReason::Server,
                retry_after: None,
            };
            let outcome = crate::domain::notification::Outcome::Failed(error);
            let outcome = if ours {
                outcome
            } else {
                crate::domain::notification::Outcome::Accepted { provider_id: None }
            };
            let command =
                crate::domain::command::Command::EndAttempt { notification: id, outcome, received: now };
            world.decide(&command, now).unwrap();
        }
        at = at + super::directory::minutes(5);
    }
    tries
}

#[test]
fn a_report_is_tried_a_hundred_times_and_then_people_are_told_and_bring_it() {
    let mut world = World::new(|_| {});
    world.run(
        "07:00 arm p42
         08:00 fever E1 finance suspected -> clock-started
         08:00 take C1 p31 -> taken
         08:05 telephone C1 taken p31 -> telephone-proved
         08:06 write C1 initial p31 -> written-planned",
    );
    assert_eq!(refuse_until_quiet(&mut world, "written:sasac:email", Medium::Email), 100);
    let facts: Vec<String> =
        world.entries.iter().flat_map(|(_, facts)| facts).map(|fact| world.words(fact).join(" ")).collect();
    let count = |what: &str| facts.iter().filter(|words| words.starts_with(what)).count();
    assert_eq!(count("written-impossible C1 sasac not_taken"), 1, "{facts:#?}");
    assert!(
        facts.iter().any(|words| words.contains("authority_not_reached:sasac") && words.contains("told"))
    );
    let report = &world.state.case(&CaseId::new("C-20261123-0001")).unwrap().clocks[0].written.reports[0];
    assert_eq!((report.kind, report.sent_at), (ReportKind::Initial, None));
    world.run(
        "29/11:59 adopt another -> configuration-adopted; !trouble-ended; !trouble-began
         29/12:00 write C1 initial p31 text=anew -> written-planned
         29/12:00 deliver -> attempt-started written; written-sent proves; clock-completed; \
            !written-impossible",
    );
    world.replays();
}

#[test]
fn an_authority_is_rung_a_hundred_times_and_then_people_are_told() {
    let mut world = World::new(daemon);
    world.run(
        "07:00 arm p42
         08:00 fever E1 finance suspected -> clock-started
         08:00 take C1 p31 -> taken",
    );
    assert_eq!(refuse_until_quiet(&mut world, "telephone:sasac:phone", Medium::Phone), 100);
    let facts: Vec<String> =
        world.entries.iter().flat_map(|(_, facts)| facts).map(|fact| world.words(fact).join(" ")).collect();
    let count = |what: &str| facts.iter().filter(|words| words.starts_with(what)).count();
    assert_eq!(count("telephone-impossible C1 sasac tries_spent"), 1, "{facts:#?}");
    assert!(
        facts.iter().any(|words| words.contains("authority_not_reached:sasac") && words.contains("told"))
    );
    world.run(
        "29/11:59 adopt another -> configuration-adopted; !trouble-ended; !trouble-began
         29/12:00 telephone C1 taken p31 -> telephone-proved
         29/12:01 adopt third -> trouble-ended authority_not_reached:sasac",
    );
    world.replays();
}
