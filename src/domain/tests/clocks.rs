//! Clocks: started by a suspicion, born late, warned of, breached, met, withdrawn.

use super::cases::second_authority;
use super::directory::{clock, minutes};
use super::{check, check_with};
use crate::domain::policy::WrittenProof;

#[test]
fn the_clock_of_a_suspected_case_counts_from_the_first_moment() {
    check(
        "08:05 fever E1 finance suspected at=08:01 -> clock-started C1 sasac anchor=08:01 due=08:31 phone=08:31 \
            written=08:31 call=08:16 latest=08:21 warn=08:16",
    );
}

#[test]
fn every_authority_has_a_clock_of_its_own() {
    check_with(
        second_authority,
        "08:00 fever E1 finance suspected -> clock-started C1 sasac; clock-started C1 city
         08:05 telephone C1 taken p31 to=city -> telephone-proved C1 city person
         08:06 write C1 initial p31 to=city -> written-planned C1 city initial 1
         08:06 deliver -> written-sent C1 city proves; clock-met C1 city
         08:30:01 tick -> clock-breached C1 sasac telephone; clock-breached C1 sasac written",
    );
}

#[test]
fn a_clock_with_little_left_is_born_late_and_everything_goes_at_once() {
    check(
        "08:25 fever E1 finance suspected at=08:00 -> clock-started C1 born-late due=08:30 call=08:00 latest=08:00; \
            lapse delayed candidate event C1 involved=p11 responsible=p11
         08:25 tick -> daemon-calls C1; warned 1 overtaken; warned 2; \
            notify telephone sasac phone; notify written sasac email unverified; \
            notify warning p31 sms; notify warning p31 phone; notify warning p41 sms; notify warning p41 phone; \
            notify warning p42 sms; notify warning p42 phone
         08:25 send -> attempt-started telephone sasac phone; attempt-started written sasac email; attempt-started alert p11 phone; \
            attempt-started alert p11 sms; attempt-started alert p31 sms covers=1; \
            attempt-started alert p31 phone covers=1; attempt-started alert p41 sms; attempt-started alert p41 phone; \
            attempt-started alert p42 sms; attempt-started alert p42 phone",
    );
}

#[test]
fn a_clock_with_just_enough_left_is_not_born_late() {
    check("08:20 fever E1 finance suspected at=08:00 -> clock-started C1 call=08:15 latest=08:20; !lapse");
}

#[test]
fn the_lapse_of_a_clock_born_late_is_a_candidate_and_never_against_the_duty_officer() {
    check(
        "08:25 fever E1 finance suspected at=08:00 -> clock-started C1 born-late
         08:30:01 tick -> clock-breached telephone due=08:30; clock-breached written due=08:30; \
            lapse delayed candidate telephone involved=p11 responsible=p11 excuse=born_late; \
            lapse delayed candidate written involved=p11 responsible=p11 excuse=born_late",
    );
}

#[test]
fn those_who_work_on_a_case_are_warned_and_the_handler_is_messaged_not_rung() {
    check(
        "08:00 fever E1 finance suspected -> case-opened C1
         08:00 deliver ->
         08:13 take C1 p31 -> taken C1 p31 idle=08:21
         08:15 tick -> warned C1 1 due=08:15 next=08:25; \
            notify warning p31 sms due=08:15 useless=08:30; \
            notify warning p41 sms; notify warning p41 phone; notify warning p42 sms; notify warning p42 phone; \
            notify telephone sasac phone due=08:15",
    );
}

#[test]
fn a_warning_whose_clock_has_run_out_is_overtaken_and_not_sent() {
    check(
        "08:00 fever E1 finance suspected -> case-opened C1
         08:40 tick -> warned C1 1 overtaken due=08:15; warned C1 2 overtaken due=08:25; !notify warning",
    );
}

#[test]
fn a_breach_is_decided_one_second_after_the_limit_and_dated_to_it() {
    check(
        "08:00 fever E1 finance suspected -> clock-started due=08:30
         08:30 tick -> !clock-breached
         08:30:01 tick -> clock-breached C1 sasac telephone due=08:30; clock-breached C1 sasac written due=08:30; \
            lapse delayed proved telephone C1 involved=p31 responsible=p41 due=08:30 no-excuse; \
            lapse delayed proved written C1 involved=p31 responsible=p41 due=08:30 no-excuse",
    );
}

#[test]
fn a_breach_during_downtime_is_told_and_says_so() {
    check(
        "08:00 fever E1 finance suspected -> case-opened C1
         09:00 start down=08:10-09:00 -> started
         09:00 tick -> clock-breached telephone due=08:30; clock-breached written due=08:30; \
            lapse delayed proved telephone due=08:30 excuse=outage; lapse delayed proved written excuse=outage",
    );
}

#[test]
fn a_proof_that_came_in_time_leaves_one_lapse_for_the_other() {
    check(
        "08:00 fever E1 finance suspected -> case-opened C1
         08:10 telephone C1 taken p31 -> telephone-proved C1 person by=p31
         08:30:01 tick -> clock-breached written; lapse written proved",
    );
}

#[test]
fn a_late_proof_cures_its_lapse_and_both_are_kept() {
    check(
        "08:00 fever E1 finance suspected -> case-opened C1
         08:30:01 tick -> lapse telephone; lapse written
         08:35 telephone C1 taken p31 -> telephone-proved at=08:35; lapse-cured telephone at=08:35
         08:36 write C1 initial p31 -> written-planned initial 1
         08:36 deliver -> written-sent proves; lapse-cured written at=08:36; clock-completed C1 sasac at=08:36; !clock-met
         08:37 close C1 p31 -> closed C1",
    );
}

#[test]
fn a_clock_is_met_by_its_two_proofs_alone() {
    check(
        "08:00 fever E1 finance suspected -> case-opened C1
         08:00 deliver ->
         08:05 take C1 p31 -> taken; !clock-met
         08:10 telephone C1 taken p31 -> telephone-proved; !clock-met
         08:12 write C1 initial p31 -> written-planned; !clock-met
         08:12 send -> attempt-started written sasac email
         08:12:01 accepted written:sasac:email -> written-sent proves; clock-met C1 sasac at=08:12:01
         08:31 tick -> !clock-breached",
    );
}

#[test]
fn a_met_clock_tells_everybody_who_was_told_in_one_line_and_rings_nobody() {
    check(
        "08:00 fever E1 finance suspected -> case-opened C1
         08:00 deliver ->
         08:05 take C1 p31 -> taken
         08:10 telephone C1 taken p31 -> telephone-proved
         08:12 write C1 initial p31 -> written-planned
         08:12 deliver -> clock-met; notify met p11 sms; notify met p31 sms; notify met p41 sms; notify met p42 sms; \
            !attempt-started met phone",
    );
}

#[test]
fn a_limit_of_its_own_never_lies_after_the_clocks() {
    check_with(
        |directory| {
            clock(directory, |clock| {
                clock.phone.within = Some(minutes(10));
                clock.written.within = Some(minutes(90));
            });
        },
        "08:00 fever E1 finance suspected -> clock-started due=08:30 phone=08:10 written=08:30
         08:10:01 tick -> clock-breached telephone due=08:10; lapse telephone due=08:10
         08:30:01 tick -> clock-breached written due=08:30; lapse written due=08:30",
    );
}

#[test]
fn a_confirmed_case_keeps_the_clock_that_runs() {
    check(
        "08:00 fever E1 finance suspected -> clock-started due=08:30
         08:10 classify C1 confirmed p31 -> case-raised C1 confirmed since=08:10 by=p31; !clock-started
         08:30:01 tick -> clock-breached telephone due=08:30; clock-breached written due=08:30",
    );
}

#[test]
fn a_case_keeps_the_policy_of_the_moment_it_became_its_kind() {
    let mut world = super::World::new(|_| {});
    world.run(
        "07:00 arm p42
         08:00 fever E1 finance suspected -> clock-started due=08:30",
    );
    clock(&mut world.directory, |clock| {
        clock.within = minutes(60);
        clock.warn_at = vec![minutes(1)];
    });
    world.run(
        "08:15 tick -> warned C1 1 due=08:15 next=08:25
         08:20 fever E2 finance suspected -> clock-started C2 due=09:20 warn=08:21
         08:30:01 tick -> clock-breached C1 telephone due=08:30; clock-breached C1 written due=08:30",
    );
    world.replays();
}

#[test]
fn a_proof_that_came_late_while_the_clock_was_in_doubt_meets_nothing_and_is_told() {
    check(
        "08:00 fever E1 finance suspected -> clock-started
         08:20~08:05 clock-step 08:05 08:20 -> clock-stepped
         08:20~08:05 write C1 initial p31 -> written-drafted
         08:50~08:35 telephone C1 taken p31 -> telephone-proved; !clock-met; notify written sasac email
         08:50~08:35 deliver -> written-sent C1 sasac proves; !clock-met
         08:51~08:36 tick -> !clock-breached
         08:52 trust -> clock-trusted
         08:52 tick -> clock-breached telephone due=08:30; clock-breached written due=08:30; \
            lapse delayed telephone excuse=clock_suspect; lapse delayed written excuse=clock_suspect; \
            lapse-cured; lapse-cured; !notify breach",
    );
}

#[test]
fn an_event_passed_on_too_late_while_the_clock_is_in_doubt_says_so() {
    check(
        "08:20~08:05 clock-step 08:05 08:20 -> clock-stepped
         08:50~08:35 fever E1 finance suspected at=08:10 -> clock-started born-late; \
            lapse delayed candidate event C1 excuse=clock_suspect",
    );
}

#[test]
fn a_case_that_was_closed_while_the_clock_was_in_doubt_is_told_of_all_the_same() {
    check(
        "08:00 fever E1 finance suspected -> clock-started
         08:10 telephone C1 no_answer p31 -> telephone-tried
         08:10 write C1 initial p31 -> written-planned
         08:10 deliver -> written-sent proves
         08:20~08:15 clock-step 08:15 08:20 -> clock-stepped
         08:50~08:45 telephone C1 taken p31 -> telephone-proved; !clock-met
         08:51~08:46 close C1 p31 -> closed
         08:52 trust -> clock-trusted
         08:52 tick -> clock-breached telephone due=08:30; lapse delayed telephone; lapse-cured",
    );
}

#[test]
fn everybody_who_was_told_of_a_case_hears_once_that_its_limit_has_passed_and_nobody_more_is_rung() {
    check_with(
        |directory| {
            clock(directory, |clock| {
                clock.phone.within = Some(minutes(20));
                clock.written.proof = WrittenProof::Receipted;
            });
        },
        "08:00 fever E1 finance suspected -> case-opened C1
         08:00 deliver ->
         08:01 pass C1 p11 p12 -> notify handover p12 sms; notify handover p12 phone
         08:01 deliver ->
         08:20:01 tick -> clock-breached telephone; notify missed p11 sms due=08:20; notify missed p12 sms; \
            notify breach p31 sms; notify breach p31 phone; notify breach p41 sms; notify breach p41 phone; \
            notify breach p42 sms; notify breach p42 phone
         08:20:01 deliver -> !attempt-started missed phone
         08:30:01 tick -> clock-breached written; !notify missed
         08:40 classify C1 ruled_out p31 -> ruled-out; !notify withdrawn phone; notify withdrawn p11 sms; \
            notify withdrawn p12 sms; notify withdrawn p31 sms; notify withdrawn p41 sms; notify withdrawn p42 sms",
    );
}

#[test]
fn who_has_not_been_told_yet_that_a_limit_has_passed_is_told_how_it_ended_alone() {
    check_with(
        |directory| clock(directory, |clock| clock.written.review = false),
        "08:00 fever E1 finance suspected -> case-opened C1
         08:00 deliver ->
         08:06 write C1 initial p31 ->
         08:07 telephone C1 no_answer p31 -> written-planned
         08:07 deliver -> written-sent
         08:30:01 tick -> clock-breached telephone; notify missed p11 sms
         08:30:02 telephone C1 taken p31 -> clock-completed; notify met p11 sms; notify met p31 sms; \
            notify met p41 sms; notify met p42 sms
         08:30:03 send -> cancelled missed p11 sms proved; attempt-started met p11 sms; attempt-started met p31 sms; \
            attempt-started met p41 sms; attempt-started met p42 sms",
    );
}
