//! The telephone report: who rings, what an outcome means, and what is a proof.

use super::directory::{clock, daemon, minutes};
use super::{check, check_with};
use crate::domain::directory::{Authority, Hours};
use crate::domain::names::{AuthorityId, Medium};
use crate::domain::policy::Grade;

#[test]
fn the_officer_rings_and_the_daemon_only_where_nobody_recorded_an_outcome() {
    check(
        "08:00 fever E1 finance suspected -> clock-started call=08:15
         08:14:59 tick -> !daemon-calls
         08:15 tick -> daemon-calls C1 sasac due=08:15",
    );
}

#[test]
fn an_outcome_on_record_leaves_the_call_to_the_officer() {
    check(
        "08:00 fever E1 finance suspected -> clock-started call=08:15
         08:10 telephone C1 no_answer p31 -> telephone-tried C1 no_answer p31; !telephone-proved
         08:15 tick -> !daemon-calls
         08:20 tick -> notify written sasac email; written-planned",
    );
}

#[test]
fn the_daemon_rings_at_once_where_the_policy_says_so() {
    check_with(
        daemon,
        "08:00 fever E1 finance suspected -> clock-started call=08:00
         08:00 tick -> daemon-calls; notify telephone sasac phone due=08:00
         08:00 send -> attempt-started telephone sasac phone via=voice",
    );
}

#[test]
fn answered_is_a_grade_and_no_proof_and_the_call_goes_again() {
    check_with(
        daemon,
        "08:00 fever E1 finance suspected -> clock-started
         08:00 tick -> daemon-calls
         08:00 deliver -> telephone-graded accepted; notify telephone sasac phone due=08:02
         08:00:30 receipt telephone:sasac:phone answered -> telephone-graded answered; !telephone-proved; !notify
         08:01 receipt telephone:sasac:phone heard -> telephone-graded heard; !telephone-proved; !notify
         08:02 send -> send-postponed telephone sasac phone until=08:06:15 spread",
    );
}

#[test]
fn a_key_pressed_at_the_authority_is_the_proof() {
    check_with(
        daemon,
        "08:00 fever E1 finance suspected -> clock-started
         08:00 tick ->
         08:00 deliver ->
         08:00:40 digit telephone:sasac:phone 1 -> telephone-proved C1 sasac person at=08:00:40; \
            cancelled telephone sasac phone proved; !taken
         08:00:41 digit telephone:sasac:phone 1 -> receipt-taken no-effect; !telephone-proved",
    );
}

#[test]
fn an_authority_that_wants_the_officer_has_them_rung_at_once() {
    check_with(
        daemon,
        "08:00 fever E1 finance suspected -> clock-started
         08:00 tick ->
         08:00 deliver ->
         08:00:40 digit telephone:sasac:phone 2 -> telephone-graded heard; notify handover p31 sms; \
            notify handover p31 phone; !telephone-proved
         08:00:50 digit telephone:sasac:phone 1 -> telephone-proved person",
    );
}

#[test]
fn an_authority_that_cannot_now_is_rung_later() {
    check_with(
        daemon,
        "08:00 fever E1 finance suspected -> clock-started
         08:00 tick ->
         08:00 deliver ->
         08:00:40 digit telephone:sasac:phone 3 -> telephone-graded heard; daemon-calls due=08:08:40; \
            cancelled telephone sasac phone overtaken; notify telephone sasac phone due=08:08:40; !telephone-proved",
    );
}

#[test]
fn a_wrong_number_at_the_authority_is_left_out_and_the_next_is_rung() {
    check_with(
        |directory| {
            daemon(directory);
            let two = Authority { phones: vec![Hours::default(), Hours::default()], email: true, ..Authority::default() };
            directory.authorities.insert(AuthorityId::new("sasac"), two);
        },
        "08:00 fever E1 finance suspected -> clock-started
         08:00 tick ->
         08:00 deliver ->
         08:00:40 digit telephone:sasac:phone 9 -> address-wrong C1 sasac 0; daemon-calls; \
            cancelled telephone sasac phone overtaken; notify telephone sasac phone due=08:00:40
         08:00:40 send -> attempt-started telephone sasac phone address=1
         08:00:41 accepted telephone:sasac:phone -> attempt-ended accepted
         08:01 digit telephone:sasac:phone 9 -> address-wrong C1 sasac 1; telephone-impossible C1 sasac wrong_numbers",
    );
}

#[test]
fn numbers_are_rung_at_their_hours() {
    check_with(
        |directory| {
            daemon(directory);
            let day = Hours { minutes: Some((7 * 60, 22 * 60)) };
            let night = Hours { minutes: Some((22 * 60, 7 * 60)) };
            let two = Authority { phones: vec![night, day], email: true, ..Authority::default() };
            directory.authorities.insert(AuthorityId::new("sasac"), two);
        },
        "08:00 fever E1 finance suspected -> clock-started
         08:00 take C1 p31 -> taken
         08:00 tick ->
         08:00 deliver -> attempt-started telephone sasac phone address=1
         23:00 fever E2 finance suspected -> case-opened C2
         23:00 take C2 p31 -> taken
         23:00 tick ->
         23:00 send -> attempt-started telephone sasac phone address=0 covers=1",
    );
}

#[test]
fn one_call_tells_an_authority_of_all_its_cases_and_one_key_proves_each() {
    check_with(
        daemon,
        "08:00 fever E1 finance suspected -> clock-started
         08:00 fever E2 auction suspected -> clock-started
         08:00 take C1 p31 -> taken
         08:00 take C2 p31 -> taken
         08:00 tick -> daemon-calls C1; daemon-calls C2
         08:00 deliver -> attempt-started telephone sasac phone covers=1; telephone-graded accepted; \
            telephone-graded accepted
         08:00:30 digit telephone:sasac:phone 1 -> telephone-proved sasac; telephone-proved sasac",
    );
}

#[test]
fn a_weaker_proof_counts_where_the_policy_says_so() {
    check_with(
        |directory| {
            daemon(directory);
            clock(directory, |clock| clock.phone.proof = Grade::Answered);
        },
        "08:00 fever E1 finance suspected -> clock-started
         08:00 tick ->
         08:00 deliver -> telephone-graded accepted; !telephone-proved
         08:00:30 receipt telephone:sasac:phone answered -> telephone-proved answered",
    );
}

#[test]
fn the_officers_record_is_the_proof_at_the_time_of_its_receipt() {
    check(
        "08:00 fever E1 finance suspected -> clock-started
         08:20 telephone C1 taken p31 said=08:10 -> telephone-proved C1 sasac person by=p31 at=08:20 said=08:10",
    );
}

#[test]
fn a_call_back_rings_the_officer_a_minute_before_and_lies_before_the_limit() {
    check(
        "08:00 fever E1 finance suspected -> clock-started
         08:05 telephone C1 call_back p31 back=08:31 -> REJECTED CallBackOutside
         08:05 telephone C1 call_back p31 back=08:05 -> REJECTED CallBackOutside
         08:05 take C1 p31 -> taken
         08:06 telephone C1 call_back p31 back=08:12 -> telephone-tried call_back back=08:11
         08:11 tick -> notify reminder p31 phone due=08:11; notify reminder p31 sms due=08:11
         08:12 telephone C1 taken p31 -> telephone-proved; cancelled reminder p31 phone proved; \
            cancelled reminder p31 sms proved",
    );
}

#[test]
fn a_call_back_takes_the_daemons_next_round_away() {
    check(
        "08:00 fever E1 finance suspected -> clock-started
         08:15 tick ->
         08:15 deliver -> telephone-graded accepted
         08:16 telephone C1 call_back p31 back=08:25 -> cancelled telephone sasac phone replaced",
    );
}

#[test]
fn wrong_number_and_refused_are_attempts_and_prove_nothing() {
    check(
        "08:00 fever E1 finance suspected -> clock-started
         08:05 telephone C1 wrong_number p31 -> telephone-tried wrong_number; !telephone-proved
         08:06 telephone C1 refused p31 -> telephone-tried refused; !telephone-proved
         08:07 telephone C1 taken p31 to=nobody -> REJECTED NoSuchClock
         08:07 telephone C1 taken p99 -> REJECTED NoSuchPerson
         08:30:01 tick -> clock-breached telephone; clock-breached written",
    );
}

#[test]
fn what_is_owed_is_pursued_after_its_limit() {
    check(
        "08:00 fever E1 finance suspected -> clock-started
         08:05 telephone C1 no_answer p31 -> telephone-tried
         08:30:01 tick -> clock-breached telephone; clock-breached written; daemon-calls C1 sasac due=08:30
         08:30:01 deliver -> telephone-graded accepted
         08:50 telephone C1 taken p31 -> telephone-proved; lapse-cured telephone; cancelled telephone sasac phone proved",
    );
}

#[test]
fn a_proof_of_a_machine_can_be_disputed_and_the_ringing_resumes() {
    check_with(
        daemon,
        "08:00 fever E1 finance suspected -> clock-started
         08:00 tick ->
         08:00 deliver ->
         08:01 take C1 p31 -> taken idle=08:09
         08:02 digit telephone:sasac:phone 1 -> telephone-proved
         08:03 write C1 initial p31 -> progressed idle=08:11
         08:03 deliver -> clock-met; progressed C1; !progressed idle=08:11
         08:10 dispute C1 p42 -> proof-disputed C1 sasac p42; clock-reopened C1; daemon-calls C1 due=08:10; \
            progressed C1 idle=08:18; notify telephone sasac phone due=08:10
         08:10 tick -> !clock-met
         08:18 tick -> handler-idle C1 p31
         08:30:01 tick -> clock-breached telephone due=08:30; !clock-breached written; \
            lapse telephone proved",
    );
}

#[test]
fn a_call_of_unknown_fate_from_before_a_disputed_proof_does_not_keep_the_daemon_from_ringing() {
    check_with(
        daemon,
        "08:00 fever E1 finance suspected -> clock-started
         08:00 tick ->
         08:00 deliver -> telephone-graded accepted
         08:06:15 send -> attempt-started telephone sasac phone
         08:06:16 digit key=mriruuc3cejulmu 1 -> telephone-proved
         08:06:20 unknown telephone:sasac:phone -> attempt-ended unknown; !notify
         08:10 dispute C1 p42 -> proof-disputed; clock-reopened; daemon-calls C1 due=08:10; notify telephone sasac phone",
    );
}

#[test]
fn a_persons_own_record_is_not_disputed() {
    check(
        "08:00 fever E1 finance suspected -> clock-started
         08:01 dispute C1 p42 -> REJECTED NothingToDispute
         08:05 telephone C1 taken p31 -> telephone-proved
         08:06 dispute C1 p42 -> REJECTED NothingToDispute",
    );
}

#[test]
fn a_disputed_late_proof_cures_nothing() {
    check(
        "08:00 fever E1 finance suspected -> clock-started
         08:30:01 tick -> clock-breached telephone; clock-breached written
         08:30:01 deliver ->
         08:31 digit telephone:sasac:phone 1 -> telephone-proved; lapse-cured telephone
         08:32 dispute C1 p42 -> proof-disputed; clock-reopened
         08:40 telephone C1 taken p31 -> telephone-proved; lapse-cured telephone at=08:40",
    );
}

#[test]
fn a_call_that_fails_is_tried_again_with_a_doubling_pause() {
    check_with(
        |directory| {
            daemon(directory);
            for channel in &mut directory.channels {
                channel.per_callee.clear();
            }
        },
        "08:00 fever E1 finance suspected -> clock-started
         08:00 take C1 p31 -> taken
         08:00 tick -> notify telephone sasac phone round=1
         08:00 send -> attempt-started telephone
         08:00 refused telephone:sasac:phone -> attempt-ended transient; notify telephone sasac phone round=2 due=08:00:02.060
         08:00:03 send -> attempt-started telephone
         08:00:03 refused telephone:sasac:phone -> notify telephone sasac phone round=3",
    );
}

#[test]
fn what_makes_a_call_impossible_is_recorded_and_holds_nothing_up() {
    check_with(
        |directory| {
            daemon(directory);
            directory.authorities.insert(
                AuthorityId::new("sasac"),
                Authority { phones: Vec::new(), email: true, ..Authority::default() },
            );
        },
        "08:00 fever E1 finance suspected -> clock-started
         08:00 take C1 p31 -> taken
         08:00 tick -> telephone-impossible C1 sasac no_number; !notify telephone
         08:20 tick -> notify written sasac email unverified
         08:20 send -> attempt-started written sasac email",
    );
    check_with(
        |directory| {
            daemon(directory);
            directory.channels.retain(|channel| channel.medium != Medium::Phone);
        },
        "08:00 fever E1 finance suspected -> clock-started
         08:00 tick -> telephone-impossible C1 sasac no_channel",
    );
}

#[test]
fn a_clock_that_ends_without_the_handler_leaves_the_call_to_the_daemon() {
    check_with(
        |directory| clock(directory, |clock| clock.phone.daemon_after = minutes(5)),
        "08:00 fever E1 finance suspected -> clock-started
         08:01 take C1 p31 -> taken idle=08:09
         08:03 telephone C1 no_answer p31 -> progressed idle=08:11
         08:05 tick -> !daemon-calls
         08:11 tick -> handler-idle; daemon-calls C1 sasac due=08:11",
    );
}

#[test]
fn after_the_limit_the_daemon_rings_again_where_nobody_rings_back() {
    check(
        "08:00 fever E1 finance suspected -> clock-started
         08:10 telephone C1 no_answer p31 -> telephone-tried
         08:30:01 tick -> clock-breached telephone; clock-breached written; daemon-calls due=08:30
         08:31 telephone C1 call_back p31 back=08:40 -> telephone-tried; cancelled telephone sasac replaced; \
            daemon-calls due=08:45; notify telephone sasac phone due=08:45
         08:41 telephone C1 refused p31 -> telephone-tried; !cancelled telephone
         08:45 send -> attempt-started telephone sasac phone",
    );
}

#[test]
fn a_clock_that_ran_ahead_and_was_put_right_silences_nothing() {
    check_with(
        daemon,
        "08:00 fever E1 finance suspected -> clock-started
         08:00 tick -> daemon-calls
         08:00 deliver -> notify telephone sasac phone due=08:02
         20:01~08:01 clock-step 08:01 20:01 -> clock-stepped
         20:01~08:01 tick -> !clock-breached
         20:01~08:01 deliver -> notify telephone sasac phone due=20:16
         08:03 clock-step 20:03 08:03 -> clock-stepped
         08:05 tick -> step-repeated due=08:05
         08:16 send -> attempt-started telephone sasac phone",
    );
}

#[test]
fn a_call_that_is_said_to_have_been_in_time_makes_its_lapse_a_candidate() {
    check(
        "08:00 fever E1 finance suspected -> clock-started
         08:30:01 tick -> lapse telephone proved; lapse written proved
         08:40 telephone C1 taken p31 said=08:25 -> telephone-proved at=08:40 said=08:25; \
            lapse-cured telephone candidate excuse=said_earlier from=08:25 to=08:40",
    );
    // In the second after the limit the lapse is not there yet.
    check(
        "08:00 fever E1 finance suspected -> clock-started
         08:30:00.500 telephone C1 taken p31 said=08:29 -> telephone-proved
         08:30:01 tick -> lapse telephone candidate excuse=said_earlier from=08:29; lapse written proved; \
            lapse-cured telephone candidate",
    );
}

#[test]
fn a_call_that_is_said_to_have_been_late_or_before_its_clock_excuses_nothing() {
    for said in ["08:35", "07:59"] {
        check(&format!(
            "08:00 fever E1 finance suspected -> clock-started
             08:30:01 tick -> lapse telephone proved; lapse written proved
             08:40 telephone C1 taken p31 said={said} -> lapse-cured telephone proved no-excuse"
        ));
    }
}
