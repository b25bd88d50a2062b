//! Cases: joined, raised, ruled out, and joined to clusters; and what an authority is told of it afterwards.

use super::directory::{clock, daemon, minutes};
use super::{check, check_with};
use crate::domain::directory::{Authority, Directory, Hours};
use crate::domain::names::{AuthorityId, Kind, Medium};

pub(super) fn second_authority(directory: &mut Directory) {
    let city =
        Authority { phones: vec![Hours::default(), Hours::default()], email: true, ..Authority::default() };
    directory.authorities.insert(AuthorityId::new("city"), city);
    clock(directory, |clock| clock.report_to.push(AuthorityId::new("city")));
}

#[test]
fn ruling_out_withdraws_an_unmet_clock_and_owes_corrections_to_those_reached_alone() {
    check_with(
        second_authority,
        "08:00 fever E1 finance suspected -> case-opened C1
         08:00 deliver ->
         08:05 telephone C1 taken p31 to=city -> telephone-proved C1 city
         08:10 classify C1 ruled_out p31 -> ruled-out C1; clock-withdrawn C1 sasac; clock-withdrawn C1 city; \
            correction-owed C1 city 1; \
            notify withdrawn p11 sms; notify withdrawn p31 sms; notify withdrawn p41 sms; notify withdrawn p42 sms; \
            notify correction city email; notify reminder p31 sms
         08:11 close C1 p31 -> REJECTED CorrectionOwed city
         08:11 deliver -> correction-written C1 city
         08:12 close C1 p31 -> REJECTED CorrectionOwed
         08:13 telephone C1 taken p31 to=city -> correction-told C1 city; !telephone-proved
         08:14 close C1 p31 -> closed C1
         08:31 tick -> !clock-breached",
    );
}

#[test]
fn ruling_out_within_five_minutes_of_a_limit_needs_a_second_person() {
    check(
        "08:00 fever E1 finance suspected -> case-opened C1
         08:25 classify C1 ruled_out p31 -> REJECTED SecondPersonNeeded
         08:25 classify C1 ruled_out p31 second=p31 -> REJECTED SecondPersonSame
         08:25 classify C1 ruled_out p31 second=p99 -> REJECTED NoSuchPerson
         08:25 classify C1 ruled_out p31 second=p42 -> ruled-out C1 p31 second=p42; clock-withdrawn C1 sasac
         08:26 classify C1 ruled_out p31 -> (no facts)",
    );
}

#[test]
fn a_program_rules_nothing_out() {
    check(
        "08:00 fever E1 finance suspected -> case-opened C1
         08:05 classify C1 ruled_out p31 via=program -> REJECTED PersonOnly
         08:05 classify C1 confirmed p31 via=program -> REJECTED PersonOnly",
    );
}

#[test]
fn a_case_that_owes_a_proof_is_not_closed() {
    check(
        "08:00 fever E1 finance suspected -> case-opened C1
         08:05 close C1 p31 -> REJECTED ProofOwed telephone: [sasac] written: [sasac]
         08:06 telephone C1 taken p31 -> telephone-proved
         08:07 close C1 p31 -> REJECTED ProofOwed telephone: [], written: [sasac]",
    );
}

#[test]
fn ruling_out_stops_the_ringing_and_every_step_that_was_to_come() {
    check(
        "08:00 fever E1 finance suspected -> step-taken
         08:00 send ->
         08:05 tick -> step-repeated
         08:06 classify C1 ruled_out p31 -> ruled-out; cancelled alert p11 sms withdrawn; \
            cancelled alert p11 phone withdrawn; cancelled alert p31 sms withdrawn; \
            cancelled alert p31 phone withdrawn; cancelled alert p41 sms withdrawn; \
            cancelled alert p41 phone withdrawn; cancelled alert p42 sms withdrawn; cancelled alert p42 phone withdrawn
         08:10 tick -> !step-repeated; !notify alert
         08:15 tick -> !warned; !daemon-calls
         08:31 tick -> !clock-breached",
    );
}

#[test]
fn an_authority_that_was_never_reached_is_owed_no_correction() {
    check(
        "08:00 fever E1 finance suspected -> clock-started
         08:02 classify C1 ruled_out p31 -> ruled-out; !correction-owed; !notify correction
         08:03 close C1 p31 -> closed C1
         08:15 tick -> !daemon-calls",
    );
}

#[test]
fn nobody_is_told_that_a_suspicion_is_withdrawn_who_never_heard_of_it() {
    check(
        "08:00 fever E1 finance 38 -> notify alert p11 sms
         08:02 classify C1 ruled_out p31 -> ruled-out; cancelled alert p11 sms withdrawn; !notify",
    );
}

#[test]
fn a_call_that_was_placed_may_have_been_heard_and_is_corrected() {
    check_with(
        daemon,
        "08:00 fever E1 finance suspected -> clock-started
         08:00 tick ->
         08:00 deliver -> telephone-graded accepted
         08:01 classify C1 ruled_out p31 -> correction-owed C1 sasac 1; cancelled telephone sasac phone withdrawn",
    );
}

#[test]
fn a_call_nobody_took_reached_nobody() {
    check_with(
        daemon,
        "08:00 fever E1 finance suspected -> clock-started
         08:00 tick ->
         08:00 send -> attempt-started telephone sasac phone
         08:00:01 refused telephone:sasac:phone -> attempt-ended transient
         08:01 classify C1 ruled_out p31 -> ruled-out; !correction-owed",
    );
}

#[test]
fn an_attempt_whose_fate_is_unknown_may_have_arrived_even_where_the_next_was_refused() {
    check_with(
        daemon,
        "08:00 fever E1 finance suspected -> clock-started
         08:00 take C1 p31 ->
         08:00 tick ->
         08:00 send -> attempt-started telephone sasac phone
         08:00:01 unknown telephone:sasac:phone -> attempt-ended unknown
         08:07 send -> attempt-started telephone sasac phone possible-duplicate
         08:07:01 refused telephone:sasac:phone -> attempt-ended transient
         08:08 classify C1 ruled_out p31 -> correction-owed C1 sasac 1",
    );
}

#[test]
fn an_officer_who_got_no_answer_reached_nobody_and_one_who_was_refused_did() {
    check_with(
        second_authority,
        "08:00 fever E1 finance suspected -> case-opened C1
         08:05 telephone C1 no_answer p31 -> telephone-tried
         08:06 telephone C1 wrong_number p31 -> telephone-tried
         08:07 telephone C1 refused p31 to=city -> telephone-tried
         08:08 classify C1 ruled_out p31 -> correction-owed C1 city 1",
    );
}

#[test]
fn a_case_with_two_clocks_to_one_authority_owes_it_one_correction() {
    check(
        "08:00 fever E1 finance suspected -> clock-started
         08:05 telephone C1 taken p31 -> telephone-proved
         08:06 write C1 initial p31 -> written-planned
         08:06 deliver -> clock-met
         08:10 classify C1 confirmed p31 -> case-raised confirmed; clock-started C1 sasac due=08:40
         08:12 telephone C1 taken p31 -> telephone-proved
         08:13 classify C1 ruled_out p31 -> ruled-out; clock-withdrawn C1 sasac; correction-owed C1 sasac 1",
    );
}

#[test]
fn a_clock_that_was_met_stays_met_and_its_report_is_corrected() {
    check(
        "08:00 fever E1 finance suspected -> clock-started
         08:05 telephone C1 taken p31 -> telephone-proved
         08:06 write C1 initial p31 -> written-planned
         08:06 deliver -> clock-met
         08:40 classify C1 ruled_out p31 -> ruled-out; !clock-withdrawn; correction-owed C1 sasac 1",
    );
}

#[test]
fn a_report_under_way_when_the_suspicion_is_withdrawn_does_not_go_again() {
    check(
        "08:00 fever E1 finance suspected -> clock-started
         08:05 telephone C1 taken p31 -> telephone-proved
         08:06 write C1 initial p31 -> written-planned
         08:06 send -> attempt-started written sasac email
         08:06:01 classify C1 ruled_out p31 -> clock-withdrawn C1 sasac; correction-owed C1 sasac
         08:06:02 refused written:sasac:email -> attempt-ended transient; !notify written
         08:06:03 close C1 p31 -> REJECTED CorrectionOwed sasac",
    );
}

#[test]
fn a_report_that_arrives_after_the_suspicion_is_withdrawn_meets_no_clock() {
    check(
        "08:00 fever E1 finance suspected -> clock-started
         08:05 telephone C1 taken p31 -> telephone-proved
         08:06 write C1 initial p31 -> written-planned
         08:06 send -> attempt-started written sasac email
         08:06:01 classify C1 ruled_out p31 -> clock-withdrawn C1 sasac
         08:06:02 accepted written:sasac:email -> attempt-ended accepted; !clock-met",
    );
}

#[test]
fn a_correction_nobody_took_is_tried_again_until_it_is_taken() {
    check(
        "08:00 fever E1 finance suspected -> clock-started
         08:05 telephone C1 taken p31 -> telephone-proved
         08:06 classify C1 ruled_out p31 -> correction-owed C1 sasac 1; notify correction sasac email
         08:06 send -> attempt-started correction sasac email
         08:06:01 refused correction:sasac:email permanent -> attempt-ended permanent; \
            notify correction sasac email round=2
         08:06:02 telephone C1 taken p31 -> correction-told C1 sasac
         08:07 close C1 p31 -> REJECTED CorrectionOwed sasac
         08:12 send -> attempt-started correction sasac email
         08:12:01 accepted correction:sasac:email -> correction-written C1 sasac
         08:13 close C1 p31 -> closed C1",
    );
}

#[test]
fn five_minutes_before_the_limit_begins_at_its_second() {
    check(
        "08:00 fever E1 finance suspected -> clock-started due=08:30
         08:24:59 classify C1 ruled_out p31 -> ruled-out C1 p31",
    );
    check(
        "08:00 fever E1 finance suspected -> clock-started due=08:30
         08:25:00 classify C1 ruled_out p31 -> REJECTED SecondPersonNeeded
         08:30:01 tick -> clock-breached telephone; clock-breached written
         08:34 classify C1 ruled_out p31 -> REJECTED SecondPersonNeeded
         08:35:01 classify C1 ruled_out p31 -> ruled-out C1 p31; clock-withdrawn C1 sasac",
    );
}

#[test]
fn a_case_without_a_clock_is_ruled_out_by_one_person() {
    check(
        "08:00 fever E1 finance 38 -> case-opened C1 fever
         08:29 classify C1 ruled_out p31 -> ruled-out C1 p31; !clock-withdrawn",
    );
}

#[test]
fn a_case_is_raised_by_a_person_and_never_lowered() {
    check(
        "08:00 fever E1 finance 38 -> case-opened C1 fever
         08:02 take C1 p31 ->
         08:05 classify C1 fever p31 -> REJECTED NotHigher
         08:06 classify C1 suspected p31 -> case-raised C1 from=fever suspected since=08:06 by=p31; \
            clock-started C1 sasac anchor=08:06 due=08:36
         08:07 classify C1 suspected p31 -> REJECTED NotHigher
         08:08 classify C1 confirmed p31 -> case-raised C1 from=suspected confirmed since=08:08 by=p31; !clock-started
         08:09 classify C1 suspected p31 -> REJECTED NotHigher
         08:10 classify C1 confirmed p99 -> REJECTED NoSuchPerson",
    );
}

#[test]
fn a_case_that_is_confirmed_after_its_report_owes_another() {
    check(
        "08:00 fever E1 finance suspected -> clock-started due=08:30
         08:05 telephone C1 taken p31 -> telephone-proved
         08:06 write C1 initial p31 -> written-planned
         08:06 deliver -> clock-met
         10:00 classify C1 confirmed p31 -> case-raised C1 confirmed; clock-started C1 sasac anchor=10:00 due=10:30
         10:30:01 tick -> clock-breached C1 sasac telephone due=10:30; clock-breached C1 sasac written due=10:30",
    );
}

#[test]
fn a_confirmed_case_may_have_a_policy_of_its_own() {
    check_with(
        |directory| {
            let mut own = (**directory.policies.get(&Kind::Suspected).unwrap()).clone();
            own.kind = Kind::Confirmed;
            own.steps[0].by = vec![Medium::Phone];
            directory.policies.insert(Kind::Confirmed, own.into());
        },
        "08:00 fever E1 finance suspected -> step-taken
         08:00 deliver ->
         08:01 confirm C1 p11 -> confirmed
         08:02 classify C1 confirmed p31 -> case-raised; plan-started C1 confirmed anchor=08:02; \
            notify alert p11 phone; notify alert p31 phone; notify alert p41 phone; notify alert p42 phone",
    );
}

#[test]
fn an_event_after_a_case_was_ruled_out_belongs_to_it_and_raises_it_again() {
    check(
        "08:00 fever E1 finance suspected -> case-opened C1
         08:02 classify C1 ruled_out p31 -> ruled-out C1
         08:10 fever E1 finance 38.2 -> event-taken case_raised C1 fever; case-raised C1 from=ruled_out fever
         08:20 fever E1 finance suspected -> case-raised C1 from=fever suspected; clock-started C1 sasac due=08:50
         08:50:01 tick -> clock-breached telephone due=08:50; clock-breached written due=08:50",
    );
}

#[test]
fn a_cluster_counts_from_its_last_reading_in_whichever_order_they_came() {
    check(
        "08:00 fever E1 finance 38 -> case-opened C1
         08:20 fever E2 finance 38 -> case-opened C2
         08:25 fever E3 finance 38 at=08:05 -> case-opened C3 suspected since=08:20 discovered=08:05; \
            clock-started C3 anchor=08:20 due=08:50",
    );
}

#[test]
fn who_was_told_of_another_case_of_a_cluster_and_is_not_told_of_this_one_hears_of_it() {
    check(
        "08:00 fever E3 auction 38 -> notify alert p21 sms
         08:00 deliver ->
         08:01 fever E1 finance 38 -> case-opened C2
         08:01 deliver ->
         08:02 fever E2 finance 38 -> case-opened C3
         08:02 deliver ->
         08:03 fever E3 finance 38 -> case-raised C1 suspected cluster=three-in-a-unit; cases-linked C1 with=C2; \
            cases-linked C2 with=C1; cases-linked C1 with=C3; cases-linked C3 with=C1; \
            !notify handover p21; notify handover p11 sms C1; notify handover p11 phone C1",
    );
}

#[test]
fn each_cluster_rule_counts_on_the_days_it_is_valid_on() {
    check_with(
        |directory| {
            let rules = &mut directory.triage.clusters;
            rules[0].valid_to = crate::time::Day::new(2026, 11, 22);
            let mut stricter = rules[0].clone();
            stricter.rule = "two-in-a-unit".to_owned();
            (stricter.people, stricter.window) = (2, minutes(60));
            stricter.valid_from = crate::time::Day::new(2026, 11, 23).unwrap();
            stricter.valid_to = None;
            rules.push(stricter);
        },
        "22/08:00 fever E1 finance 38 -> case-opened fever
         22/08:10 fever E2 finance 38 -> case-opened fever
         22/08:20 fever E3 finance 38 -> case-opened suspected cluster=three-in-a-unit
         23/09:00 fever E4 auction 38 -> case-opened fever
         23/09:10 fever E5 auction 38 at=22/23:50 -> case-opened fever
         23/09:20 fever E6 auction 38 -> case-opened suspected cluster=two-in-a-unit",
    );
}

#[test]
fn a_correction_to_an_authority_that_no_writing_reaches_is_told_by_telephone_and_the_record_says_why() {
    check_with(
        |directory| {
            let deaf = Authority { phones: vec![Hours::default()], email: false, ..Authority::default() };
            directory.authorities.insert(AuthorityId::new("sasac"), deaf);
        },
        "08:00 fever E1 finance suspected -> clock-started
         08:05 telephone C1 taken p31 -> telephone-proved
         08:06 classify C1 ruled_out p31 -> correction-owed C1 sasac 1; \
            correction-impossible C1 sasac no_address; medium-skipped sasac email no_address; !notify correction; \
            notify reminder p31 phone; notify reminder p31 sms
         08:07 close C1 p31 -> REJECTED CorrectionOwed sasac
         08:08 telephone C1 taken p31 -> correction-told C1 sasac
         08:09 close C1 p31 -> closed C1",
    );
    check_with(
        |directory| directory.channels.retain(|channel| channel.medium != Medium::Email),
        "08:00 fever E1 finance suspected -> clock-started
         08:05 telephone C1 taken p31 -> telephone-proved
         08:06 classify C1 ruled_out p31 -> correction-impossible C1 sasac no_channel; notify reminder p31 phone; \
            notify reminder p31 sms",
    );
}
