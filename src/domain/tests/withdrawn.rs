//! Suspicions that are withdrawn: what had passed before stays told, and what is said again is proved again.

use super::slots::daily;
use super::{World, check};

#[test]
fn ruling_a_case_out_takes_no_limit_back_that_had_passed_while_the_clock_was_in_doubt() {
    check(
        "08:00 fever E1 finance suspected -> clock-started due=08:30
         08:02 clock-step 08:02 08:03 -> clock-stepped
         08:40 tick -> !clock-breached
         08:41 classify C1 ruled_out p31 second=p42 -> ruled-out C1; clock-withdrawn C1 sasac at=08:41
         08:45 trust -> clock-trusted
         08:45 tick -> clock-breached telephone due=08:30; clock-breached written due=08:30; \
            lapse telephone due=08:30 excuse=clock_suspect; lapse written due=08:30 excuse=clock_suspect; \
            !notify; !daemon-calls
         08:46 telephone C1 no_answer p31 -> !telephone-proved
         08:47 close C1 p31 -> closed",
    );
}

#[test]
fn a_limit_that_passed_as_the_case_was_ruled_out_is_told() {
    check(
        "08:00 fever E1 finance suspected -> clock-started due=08:30
         08:30:00.500 classify C1 ruled_out p31 second=p42 -> clock-withdrawn C1 sasac
         08:30:01 tick -> clock-breached telephone due=08:30; clock-breached written due=08:30; \
            lapse telephone due=08:30; lapse written due=08:30",
    );
}

#[test]
fn a_late_proof_of_a_clock_withdrawn_in_doubt_cures_its_lapse() {
    check(
        "08:00 fever E1 finance suspected -> clock-started due=08:30
         08:02 clock-step 08:02 08:03 -> clock-stepped
         08:35 telephone C1 taken p31 -> telephone-proved
         08:41 classify C1 ruled_out p31 second=p42 -> clock-withdrawn C1 sasac; correction-owed C1 sasac 1
         08:45 trust -> clock-trusted
         08:45 tick -> clock-breached telephone due=08:30; clock-breached written due=08:30; \
            lapse telephone due=08:30; lapse written due=08:30; lapse-cured telephone at=08:35; \
            !clock-completed; !clock-met",
    );
}

#[test]
fn a_limit_that_had_not_passed_is_withdrawn_with_its_clock() {
    check(
        "08:00 fever E1 finance suspected -> clock-started due=08:30
         08:02 clock-step 08:02 08:40 -> clock-stepped
         08:41~08:03 classify C1 ruled_out p31 second=p42 -> clock-withdrawn C1 sasac at=08:03
         08:45~08:07 trust -> clock-trusted
         08:45 tick -> !clock-breached; !lapse",
    );
}

#[test]
fn a_case_that_is_raised_again_keeps_the_limit_of_each_of_its_clocks() {
    check(
        "08:00 fever E1 finance suspected -> clock-started due=08:30
         08:02 clock-step 08:02 08:03 -> clock-stepped
         08:41 classify C1 ruled_out p31 second=p42 -> clock-withdrawn
         08:42 classify C1 suspected p31 -> clock-started due=09:12
         08:43 trust -> clock-trusted
         08:43 tick -> clock-breached telephone due=08:30; clock-breached written due=08:30
         09:12:01 tick -> clock-breached telephone due=09:12; clock-breached written due=09:12",
    );
}

#[test]
fn what_rests_on_a_suspicion_that_is_ruled_out_is_held_against_nobody() {
    check(
        "08:40 fever E1 finance suspected at=08:00 -> clock-started born-late due=08:30; lapse event candidate involved=p11
         08:40:01 tick -> lapse telephone candidate involved=p11; lapse written candidate involved=p11
         08:50 classify C1 ruled_out p31 second=p42 -> ruled-out C1; lapse-withdrawn event; \
            lapse-withdrawn telephone; lapse-withdrawn written",
    );
}

#[test]
fn a_limit_that_is_decided_after_the_ruling_is_on_record_and_held_against_nobody() {
    check(
        "08:25 fever E1 finance suspected at=08:00 -> clock-started born-late due=08:30; lapse event
         08:30:00.500 classify C1 ruled_out p31 second=p42 -> ruled-out C1; lapse-withdrawn event
         08:30:01 tick -> lapse telephone; lapse-withdrawn telephone; lapse written; lapse-withdrawn written",
    );
}

#[test]
fn a_breach_of_the_people_on_duty_stands_though_the_case_is_ruled_out() {
    check(
        "08:00 fever E1 finance suspected -> clock-started due=08:30
         08:30:01 tick -> lapse telephone involved=p31; lapse written involved=p31
         08:50 classify C1 ruled_out p31 second=p42 -> ruled-out C1; !lapse-withdrawn",
    );
}

#[test]
fn a_report_that_comes_back_after_the_ruling_was_missed_where_its_limit_had_passed_before_it() {
    let sent = "08:00 fever E1 finance suspected -> clock-started due=08:30
         08:05 telephone C1 no_answer p31 -> telephone-tried
         08:10 write C1 initial p31 -> written-planned
         08:10 deliver -> written-sent C1 sasac";
    check(&format!(
        "{sent}
         08:30:00.500 classify C1 ruled_out p31 second=p42 -> ruled-out C1; clock-withdrawn C1 sasac at=08:30:00.500
         08:30:01 tick -> clock-breached telephone; lapse telephone
         08:40 receipt written:sasac:email failed -> written-returned C1 sasac; clock-reopened; \
            clock-withdrawn C1 sasac at=08:30:00.500
         08:40:01 tick -> clock-breached written; lapse written
         08:41 tick -> !clock-breached; !lapse"
    ));
    check(&format!(
        "{sent}
         08:29 classify C1 ruled_out p31 second=p42 -> ruled-out C1; clock-withdrawn C1 sasac at=08:29
         08:40 receipt written:sasac:email failed -> written-returned C1 sasac; !clock-reopened
         08:41 tick -> !clock-breached; !lapse"
    ));
}

#[test]
fn a_case_that_is_suspected_again_counts_what_came_late_again() {
    check(
        "08:25 fever E1 finance suspected at=08:00 -> lapse event
         08:26 classify C1 ruled_out p31 second=p42 -> lapse-withdrawn event
         08:28 classify C1 suspected p31 -> lapse-reinstated event; clock-started
         08:29 classify C1 ruled_out p31 second=p42 -> lapse-withdrawn event; ruled-out C1",
    );
}

#[test]
fn a_fever_that_comes_back_brings_back_nothing_that_was_held_of_the_one_before() {
    let ruled_out = "08:25 fever a finance suspected at=08:00 -> lapse event involved=p11
         08:26 classify C1 ruled_out p31 second=p42 -> lapse-withdrawn event";
    check(&format!(
        "{ruled_out}
         26/10:00 fever a finance suspected -> case-raised C1 from=ruled_out suspected; !lapse-reinstated; !lapse
         26/10:30 classify C1 ruled_out p31 second=p42 -> ruled-out C1; !lapse-withdrawn
         26/10:40 classify C1 suspected p31 -> case-raised C1; !lapse-reinstated"
    ));
    check(&format!(
        "{ruled_out}
         08:27 fever a finance 38 -> case-raised C1 from=ruled_out fever; !lapse-reinstated
         08:28 classify C1 suspected p31 -> case-raised C1; !lapse-reinstated"
    ));
    check(&format!("{ruled_out}\n26/10:00 classify C1 suspected p31 -> lapse-reinstated event"));
    let left_out = "09:00 fever a finance suspected -> case-opened C1
         10:00 tick
         15:00 report daily finance p12 fevers=0 stands -> report-filed contradicted by=19:00";
    daily(&format!(
        "{left_out}
         19:00:01 tick -> lapse concealed fevers C1
         19:30 classify C1 ruled_out p31 second=p42 -> lapse-withdrawn fevers
         24/10:00 fever a finance suspected -> case-raised C1; !lapse-reinstated"
    ));
    // It came back while the report could be corrected, and behind it.
    daily(&format!(
        "{left_out}
         16:30 classify C1 ruled_out p31 second=p42
         17:00 fever a finance suspected -> case-raised C1; !report-contradicted
         19:00:01 tick -> contradiction-ended groundless; !lapse concealed"
    ));
}

#[test]
fn an_absence_beside_a_case_that_is_ruled_out_is_weighed_against_what_was_said() {
    let told = |said: u32| {
        format!(
            "09:00 absent p22 until=25/09:00 why=fever
             09:10 fever E1 auction suspected -> case-opened C1
             10:00 tick
             15:00 report daily auction p21 fevers={said} stands -> report-filed contradicted absences by=19:00"
        )
    };
    daily(&format!(
        "{}
         17:00 classify C1 ruled_out p31 second=p42 -> ruled-out C1
         19:00:01 tick -> contradiction-ended groundless; !lapse false",
        told(1)
    ));
    daily(&format!(
        "{}
         19:00:01 tick -> lapse false absences involved=p21
         19:30 classify C1 ruled_out p31 second=p42 -> lapse-withdrawn absences
         19:40 classify C1 suspected p31 -> lapse-reinstated absences",
        told(1)
    ));
    daily(&format!(
        "{}
         17:00 classify C1 ruled_out p31 second=p42 -> ruled-out C1
         19:00:01 tick -> contradiction-ended uncorrected; lapse concealed absences involved=p21",
        told(0)
    ));
}

#[test]
fn an_absence_of_somebody_whose_own_case_is_ruled_out_is_held_against_nobody_any_more() {
    daily(
        "09:00 absent p22 until=25/09:00 why=fever
         15:00 report daily auction p21 fevers=0 stands -> report-filed contradicted absences by=19:00
         16:00 fever E1 auction self=p22 suspected -> case-opened C1
         17:00 tick
         19:00:01 tick -> lapse concealed absences involved=p21
         19:30 classify C1 ruled_out p31 second=p42 -> lapse-withdrawn absences
         19:40 classify C1 suspected p31 -> lapse-reinstated absences",
    );
}

#[test]
fn of_two_cases_that_were_left_out_one_that_has_left_memory_stands_as_it_left() {
    let accused = "09:00 fever E1 finance 38 -> case-opened C1
         09:10 fever E2 finance 38 -> case-opened C2
         09:10 deliver
         15:00 report daily finance p12 fevers=0 stands -> report-filed contradicted C1 C2 by=19:00
         19:00:01 tick -> lapse concealed C1 C2";
    daily(&format!(
        "{accused}
         19:10 close C2 p31 -> closed C2
         19:11 deliver
         24/19:10 tick -> archived C2
         24/20:00 classify C1 ruled_out p31 -> ruled-out C1; !lapse-withdrawn"
    ));
    daily(&format!(
        "{accused}
         19:05 classify C2 ruled_out p31 -> ruled-out C2; !lapse-withdrawn
         19:10 close C2 p31 -> closed C2
         19:11 deliver
         24/19:10 tick -> archived C2
         24/20:00 classify C1 ruled_out p31 -> ruled-out C1; lapse-withdrawn concealed
         24/20:10 classify C1 suspected p31 -> lapse-reinstated concealed"
    ));
}

#[test]
fn a_case_whose_lapses_are_all_withdrawn_can_be_erased() {
    check(
        "08:25 fever E1 finance suspected at=08:00 -> lapse event
         08:26 classify C1 ruled_out p31 second=p42 -> lapse-withdrawn event
         08:27 close C1 p31 -> closed
         08:31 erase C1 p42 second=p31 -> erased C1",
    );
}

#[test]
fn a_clock_is_withdrawn_once_however_often_its_case_is_ruled_out() {
    check(
        "08:00 fever E1 finance suspected -> clock-started due=08:30
         08:01 classify C1 ruled_out p31 -> clock-withdrawn C1 sasac at=08:01
         08:02 fever E1 finance 38 -> case-raised C1 from=ruled_out fever
         08:40 tick -> !clock-breached
         08:41 classify C1 ruled_out p31 -> ruled-out C1; !clock-withdrawn",
    );
}

#[test]
fn a_correction_that_came_back_is_owed_in_writing_and_goes_again() {
    let mut world = World::new(|_| {});
    world.run(
        "07:00 arm p42
         08:00 fever E1 finance suspected -> clock-started
         08:05 telephone C1 taken p31 -> telephone-proved
         08:06 classify C1 ruled_out p31 -> correction-owed C1 sasac 1
         08:06 deliver -> attempt-started correction sasac email; correction-written C1 sasac
         08:07 telephone C1 taken p31 -> correction-told C1 sasac
         08:10 receipt correction:sasac:email failed -> correction-returned C1 sasac 1
         08:10 receipt correction:sasac:email failed -> !correction-returned
         08:11 close C1 p31 -> REJECTED CorrectionOwed
         08:15 live -> correction-written C1 sasac
         08:16 close C1 p31 -> closed",
    );
    world.replays();
}

/// Two corrections are owed, of which the second is written.
fn two_corrections(first: &str) -> World {
    let mut world = World::new(|_| {});
    world.run(&format!(
        "07:00 arm p42
         08:00 fever E1 finance suspected -> clock-started
         08:05 telephone C1 taken p31 -> telephone-proved
         08:06 classify C1 ruled_out p31 -> correction-owed C1 sasac 1
         {first}
         08:07 fever E1 finance 38 -> case-raised C1 from=ruled_out fever
         08:08 classify C1 ruled_out p31 -> correction-owed C1 sasac 2"
    ));
    world
}

fn written(world: &World) -> Vec<bool> {
    let case = world.state.cases.values().next().unwrap();
    case.corrections.iter().map(|it| it.written_at.is_some()).collect()
}

#[test]
fn a_correction_counts_as_written_by_its_own_message_or_a_later_one() {
    let mut world = two_corrections("08:06 send -> attempt-started correction sasac email");
    world.run("08:09 accepted correction:sasac:email -> correction-written C1 sasac");
    assert_eq!(written(&world), [true, false]);
    world.run("08:10 deliver -> correction-written C1 sasac");
    assert_eq!(written(&world), [true, true]);
    world.run("08:11 receipt correction:sasac:email failed -> correction-returned C1 sasac 2");
    assert_eq!(written(&world), [true, false]);
    world.replays();
}

#[test]
fn a_correction_that_came_back_takes_with_it_what_counted_as_written_by_it() {
    let mut world = two_corrections(
        "08:06 send -> attempt-started correction sasac email
         08:06 refused correction:sasac:email permanent ->",
    );
    world.run("08:08 send -> attempt-started correction sasac email");
    world.run("08:08 accepted correction:sasac:email -> correction-written C1 sasac");
    assert_eq!(written(&world), [true, true]);
    world.run("08:10 receipt correction:sasac:email failed -> correction-returned C1 sasac 2");
    assert_eq!(written(&world), [false, false]);
    world.replays();
}

#[test]
fn a_call_proves_the_clock_that_runs_and_tells_no_correction_that_is_not_true_any_more() {
    check(
        "08:00 fever E1 finance suspected -> clock-started
         08:05 telephone C1 taken p31 -> telephone-proved
         08:06 classify C1 ruled_out p31 -> correction-owed C1 sasac 1
         08:10 classify C1 suspected p31 -> clock-started C1 sasac due=08:40
         08:12 telephone C1 taken p31 -> !correction-told; telephone-tried C1 taken; \
            telephone-proved C1 sasac person by=p31 at=08:12",
    );
}

#[test]
fn a_correction_that_is_told_by_telephone_is_no_proof_where_none_is_owed() {
    check(
        "08:00 fever E1 finance suspected -> clock-started
         08:05 telephone C1 taken p31 -> telephone-proved
         08:06 classify C1 ruled_out p31 -> correction-owed C1 sasac 1
         08:07 telephone C1 taken p31 -> correction-told C1 sasac; !telephone-tried; !telephone-proved",
    );
}

#[test]
fn a_proof_taken_back_after_the_case_was_ruled_out_is_held_against_nobody() {
    let met = "08:00 fever E1 finance suspected -> clock-started
         08:15 tick -> daemon-calls C1
         08:15 send -> attempt-started telephone
         08:15 accepted telephone:sasac:phone -> attempt-ended accepted
         08:16 digit telephone:sasac:phone 1 -> telephone-proved person
         08:17 write C1 initial p31 -> written-planned initial 1
         08:17 deliver -> clock-met
         08:20 classify C1 ruled_out p31 -> ruled-out; correction-owed C1 sasac 1; !clock-withdrawn";
    check(&format!(
        "{met}
         08:25 dispute C1 p42 -> proof-disputed; clock-withdrawn C1 sasac at=08:20; !daemon-calls
         08:31 tick -> !clock-breached; !lapse-recorded"
    ));
    check(&format!(
        "{met}
         09:25 dispute C1 p42 -> proof-disputed; clock-withdrawn C1 sasac at=08:20
         09:26 tick -> !clock-breached; !lapse-recorded"
    ));
    check(&format!(
        "{met}
         08:25 receipt written:sasac:email failed -> written-returned C1 sasac unproves; clock-withdrawn C1 sasac; \
            !notify written
         08:31 tick -> !clock-breached; !lapse-recorded"
    ));
    check(&format!(
        "{met}
         08:22 fever E1 finance 38 -> case-raised C1 from=ruled_out fever
         08:25 dispute C1 p42 -> proof-disputed; clock-withdrawn C1 sasac at=08:20; !daemon-calls"
    ));
    // Where its limit had passed before that, it was not kept.
    check(&format!(
        "{}
         08:45 dispute C1 p42 -> proof-disputed; clock-withdrawn C1 sasac at=08:40; !daemon-calls
         08:46 tick -> clock-breached telephone due=08:30; lapse telephone due=08:30; !daemon-calls; !notify breach",
        met.replace("08:20 classify", "08:40 classify")
    ));
}

#[test]
fn who_passes_a_later_reading_on_in_time_is_not_accused_for_one_that_came_late() {
    check(
        "08:25 fever a finance suspected at=08:00 -> clock-started born-late; lapse event involved=p11
         08:26 classify C1 ruled_out p31 second=p42 -> ruled-out C1
         26/10:00 fever a finance suspected -> case-raised C1; clock-started due=26/10:30; !lapse",
    );
}
