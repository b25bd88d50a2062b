//! The written report: after the telephone, at the latest, reviewed or not, and what takes its proof back.

use super::directory::{clock, daemon, minutes};
use super::{check, check_with};
use crate::domain::directory::Directory;
use crate::domain::names::Medium;
use crate::domain::policy::WrittenProof;

fn unreviewed(directory: &mut Directory) {
    clock(directory, |clock| {
        clock.written.review = false;
        clock.written.after_phone = minutes(3);
    });
}

#[test]
fn an_unreviewed_report_goes_so_long_after_the_telephone_proof() {
    check_with(
        unreviewed,
        "08:00 fever E1 finance suspected -> clock-started latest=08:20
         08:05 telephone C1 taken p31 -> telephone-proved written=08:08; !written-planned
         08:08 tick -> written-planned initial 1; notify written sasac email due=08:08; !notify unverified
         08:08 deliver -> written-sent proves; clock-met",
    );
}

#[test]
fn an_unreviewed_report_never_goes_after_its_latest() {
    check_with(
        unreviewed,
        "08:00 fever E1 finance suspected -> clock-started latest=08:20
         08:19 telephone C1 taken p31 -> telephone-proved written=08:20",
    );
}

#[test]
fn a_reviewed_report_waits_for_its_person_and_at_the_latest_the_newest_draft_goes() {
    check(
        "08:00 fever E1 finance suspected -> clock-started latest=08:20
         08:05 telephone C1 taken p31 -> telephone-proved; !written-planned
         08:10 write C1 initial p31 draft -> written-drafted; !written-planned
         08:20 tick -> written-planned initial 1 by=p31; notify written sasac email unverified due=08:20
         08:20 deliver -> written-sent proves; clock-met",
    );
}

#[test]
fn at_the_latest_without_a_call_the_daemon_rings_first() {
    check(
        "08:00 fever E1 finance suspected -> clock-started
         08:00 take C1 p31 -> taken
         08:07 note C1 p31 ->
         08:14 note C1 p31 ->
         08:14 live ->
         08:20 tick -> daemon-calls C1 due=08:15; notify warning p31 sms; notify warning p31 phone; notify warning p41 sms; \
            notify warning p41 phone; notify warning p42 sms; notify warning p42 phone; \
            notify telephone sasac phone due=08:15; notify written sasac email due=08:20; gate-set at=08:20:05
         08:20 send -> attempt-started telephone sasac phone; attempt-started written sasac email
         08:20:06 tick -> !telephone-impossible",
    );
}

#[test]
fn no_written_report_starts_before_a_call_has_started() {
    let mut world = super::World::new(|_| {});
    world.run(
        "07:00 arm p42
         08:00 fever E1 finance suspected -> clock-started
         08:20 tick -> notify alert p11 sms; notify alert p11 phone; notify alert p31 sms; notify alert p31 phone; \
            notify alert p41 sms; notify alert p41 phone; notify alert p42 sms; notify alert p42 phone; \
            notify warning p31 sms; notify warning p31 phone; notify warning p41 sms; notify warning p41 phone; \
            notify warning p42 sms; notify warning p42 phone; \
            notify telephone sasac phone; notify written sasac email",
    );
    let written = world.find("written:sasac:email");
    let now = crate::time::Now::at(super::commands::instant("08:20"));
    let going = crate::domain::proposals(&world.state, &world.directory, now, 64, &|_, _| false);
    assert!(going.iter().all(|proposal| proposal.notification != written));
    let request = crate::domain::command::AttemptRequest {
        notification: written,
        covers: Vec::new(),
        channel: "mail".into(),
        address: 0,
        rendering: None,
    };
    let refused = world.decide(&crate::domain::command::Command::StartAttempt(Box::new(request)), now);
    assert_eq!(refused, Err(crate::domain::command::Rejection::TelephoneFirst));
}

#[test]
fn a_call_that_does_not_start_in_five_seconds_is_recorded_as_impossible_and_the_report_goes() {
    check(
        "08:00 fever E1 finance suspected -> clock-started
         08:20 tick -> gate-set at=08:20:05
         08:20:05 tick -> telephone-impossible C1 sasac not_started
         08:20:05 send -> attempt-started written sasac email late=telephone; attempt-started telephone",
    );
}

#[test]
fn a_report_that_was_sent_off_waits_for_the_first_call() {
    check(
        "08:00 fever E1 finance suspected -> clock-started
         08:02 write C1 initial p31 -> written-drafted send; !written-planned
         08:05 telephone C1 no_answer p31 -> telephone-tried; written-planned initial 1 by=p31",
    );
    check_with(
        daemon,
        "08:00 fever E1 finance suspected -> clock-started
         08:00 write C1 initial p31 -> written-drafted send; !written-planned
         08:00 tick -> daemon-calls; !written-planned
         08:00 send -> written-planned initial 1 by=p31; attempt-started telephone; attempt-started written",
    );
}

#[test]
fn a_persons_own_report_replaces_the_one_that_has_not_gone() {
    check(
        "08:00 fever E1 finance suspected -> clock-started
         08:05 telephone C1 taken p31 -> telephone-proved
         08:20 tick -> written-planned initial 1
         08:20 write C1 initial p31 -> cancelled written sasac email replaced; written-planned initial 1 by=p31; \
            notify written sasac email round=2; !notify unverified
         08:20 deliver -> written-sent proves; clock-met",
    );
}

#[test]
fn a_first_report_that_has_gone_is_followed_by_progress_reports_and_a_final_one() {
    check(
        "08:00 fever E1 finance suspected -> clock-started
         08:05 telephone C1 taken p31 -> telephone-proved
         08:06 write C1 initial p31 -> written-planned initial 1
         08:06 deliver -> clock-met
         08:30 write C1 initial p31 -> written-planned progress 1
         08:40 write C1 progress p31 -> written-planned progress 2
         08:50 write C1 final p31 -> written-planned final 1
         08:50 deliver -> written-sent; written-sent; written-sent; !written-sent proves; !clock-met",
    );
}

#[test]
fn what_is_written_where_no_first_report_is_on_its_way_is_the_first_whatever_it_is_called() {
    for kind in ["progress", "final"] {
        check(&format!(
            "08:00 fever E1 finance suspected -> clock-started
             08:05 telephone C1 taken p31 -> telephone-proved
             08:06 write C1 {kind} p31 -> written-planned C1 initial 1
             08:06 send -> attempt-started written sasac
             08:06 refused written:sasac:email -> notify written sasac email round=2
             08:07 write C1 progress p31 -> written-planned C1 progress 1
             08:07 deliver -> written-sent proves; written-sent; clock-met",
        ));
    }
    check(
        "08:00 fever E1 finance suspected -> clock-started
         08:05 telephone C1 taken p31 -> telephone-proved
         08:06 written-receipt C1 p31 ref=r1 -> written-receipted C1 p31 proves; clock-met
         08:07 write C1 progress p31 -> written-planned C1 progress 1",
    );
}

#[test]
fn where_the_authority_must_receipt_it_the_provider_having_taken_it_proves_nothing() {
    check_with(
        |directory| clock(directory, |clock| clock.written.proof = WrittenProof::Receipted),
        "08:00 fever E1 finance suspected -> clock-started
         08:04 written-receipt C1 p31 -> REJECTED NotSent
         08:05 telephone C1 taken p31 -> telephone-proved
         08:06 write C1 initial p31 -> written-planned
         08:06 deliver -> written-sent; !written-sent proves; !clock-met
         08:09 written-receipt C1 p31 -> written-receipted C1 p31 proves; clock-met
         08:10 written-receipt C1 p31 -> (no facts)",
    );
}

#[test]
fn a_later_refusal_takes_the_proof_back_and_the_report_goes_again() {
    check(
        "08:00 fever E1 finance suspected -> clock-started
         08:01 take C1 p31 -> taken
         08:05 telephone C1 taken p31 -> telephone-proved
         08:06 write C1 initial p31 -> written-planned
         08:06 deliver -> clock-met
         08:10 receipt written:sasac:email failed -> written-returned unproves; clock-reopened; \
            progressed C1 idle=08:18; notify written sasac email round=2; written-planned initial 1
         08:11 deliver -> written-sent proves; clock-met
         08:31 tick -> !clock-breached",
    );
}

#[test]
fn a_proof_taken_back_after_the_limit_is_a_breach() {
    check(
        "08:00 fever E1 finance suspected -> clock-started
         08:01 take C1 p31 -> taken
         08:05 telephone C1 taken p31 -> telephone-proved
         08:06 write C1 initial p31 -> written-planned
         08:06 deliver -> clock-met
         08:40 receipt written:sasac:email failed -> written-returned unproves; clock-reopened
         08:40 tick -> clock-breached written due=08:30; lapse written proved due=08:30; !clock-breached telephone
         08:41 deliver -> written-sent proves; lapse-cured written at=08:41; !clock-met",
    );
}

#[test]
fn what_the_authority_confirmed_is_not_taken_back() {
    check(
        "08:00 fever E1 finance suspected -> clock-started
         08:05 telephone C1 taken p31 -> telephone-proved
         08:06 write C1 initial p31 -> written-planned
         08:06 deliver -> clock-met
         08:08 written-receipt C1 p31 -> written-receipted; !written-receipted proves
         08:10 receipt written:sasac:email failed -> written-returned; !written-returned unproves; !clock-reopened",
    );
}

#[test]
fn a_receipt_that_is_faster_than_the_answer_proves_the_report_too() {
    check(
        "08:00 fever E1 finance suspected -> clock-started
         08:05 telephone C1 taken p31 -> telephone-proved
         08:06 write C1 initial p31 -> written-planned
         08:06 send -> attempt-started written
         08:06:01 receipt written:sasac:email delivered -> receipt-taken effect; written-sent proves; clock-met
         08:06:02 accepted written:sasac:email -> attempt-ended accepted; !written-sent",
    );
}

#[test]
fn a_report_nobody_took_is_tried_again_for_as_long_as_it_is_owed() {
    check(
        "08:00 fever E1 finance suspected -> clock-started
         08:00 take C1 p31 -> taken
         08:05 telephone C1 taken p31 -> telephone-proved
         08:06 write C1 initial p31 -> written-planned
         08:06 send -> attempt-started written
         08:06:01 refused written:sasac:email permanent -> notify written sasac email round=2; written-planned initial 1
         08:12 send -> attempt-started written late=retry
         08:12:01 refused written:sasac:email exhausted after=10m -> notify written sasac email round=3 due=08:22",
    );
}

#[test]
fn no_limit_of_its_channel_holds_a_written_report_beyond_its_latest() {
    let mail_once_an_hour = |directory: &mut Directory| {
        let mail = directory.channels.iter_mut().find(|it| it.medium == Medium::Email).unwrap();
        mail.per_callee = vec![(minutes(60), 1)];
        mail.per_second = Some(1);
    };
    check_with(
        mail_once_an_hour,
        "08:00 fever E1 finance suspected -> clock-started C1
         08:00 fever E2 auction suspected -> clock-started C2
         08:05 telephone C1 taken p31 ->
         08:05 telephone C2 taken p31 ->
         08:20 tick -> notify written sasac email C1; notify written sasac email C2
         08:20 send -> attempt-started written C1; attempt-started written C2; !send-postponed written
         08:20:01 accepted written:sasac:email:C1 -> written-sent C1
         08:20:01 refused written:sasac:email:C2 -> notify written sasac email C2 round=2
         08:20:02 send -> !attempt-started written C2; !send-postponed
         08:20:05 send -> attempt-started written C2 round=2; !send-postponed
         08:20:06 unknown written:sasac:email:C2 -> attempt-ended unknown
         08:20:15 send -> attempt-started written C2 round=2; !send-postponed
         08:21 write C1 progress p31 -> written-planned C1 progress 1
         08:21 send -> attempt-started written C1",
    );
}
