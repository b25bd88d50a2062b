//! Fever events: what becomes a case, what joins one, and what counts for it.

use super::{check, check_with};
use crate::domain::names::{Kind, SourceId};

#[test]
fn a_reading_of_37_3_is_a_fever_and_one_below_is_not() {
    check(
        "08:00 fever E1 finance 37.29 -> event-taken below_threshold; !case-opened
         08:01 fever E2 finance 37.3 -> event-taken case_opened C1; case-opened C1 fever unit=finance",
    );
}

#[test]
fn a_reading_no_body_shows_is_invalid_and_never_normal() {
    check(
        "08:00 fever E1 finance 33.99 -> event-taken invalid_reading implausible
         08:00 fever E2 finance 43.01 -> event-taken invalid_reading implausible; !case-opened
         08:00 fever E3 finance 34.0 -> event-taken below_threshold
         08:00 fever E4 finance 43.0 -> event-taken case_opened",
    );
}

#[test]
fn where_a_kind_is_given_it_decides_and_an_implausible_reading_is_kept_and_marked() {
    check(
        "08:00 fever E1 finance 99 fever -> event-taken case_opened implausible fever
         08:00 fever E2 finance 36.5 suspected -> case-opened C2 suspected",
    );
}

#[test]
fn a_fever_with_exposure_is_a_suspected_case() {
    check("08:00 fever E1 finance 38.4 exposure -> case-opened C1 suspected since=08:00");
}

#[test]
fn exposure_from_a_source_that_may_not_say_so_is_a_fever_and_is_proposed() {
    check(
        "08:00 fever E1 finance 38.4 exposure source=gate-lobby -> case-opened C1 fever; proposed C1 suspected",
    );
}

#[test]
fn more_than_a_source_may_say_is_taken_as_the_highest_it_may_and_proposed() {
    check(
        "08:00 fever E1 finance confirmed -> case-opened C1 suspected; proposed C1 confirmed
         08:01 fever E2 finance confirmed source=gate-lobby -> case-opened C2 fever; proposed C2 confirmed
         08:02 fever E3 auction confirmed source=clinic -> case-opened C3 confirmed; !proposed",
    );
}

#[test]
fn a_source_that_may_say_nothing_is_still_heard_as_a_fever() {
    check_with(
        |directory| directory.sources.get_mut(&SourceId::new("gate-lobby")).unwrap().may.clear(),
        "08:00 fever E1 finance suspected source=gate-lobby -> case-opened C1 fever; proposed C1 suspected",
    );
}

#[test]
fn ruled_out_from_a_source_is_noted_and_only_proposes() {
    check(
        "08:00 fever E1 finance ruled_out -> event-taken noted; !case-opened; !proposed
         08:01 fever E1 finance suspected -> case-opened C1 suspected
         08:05 fever E1 finance ruled_out -> event-taken noted C1 suspected; proposed C1 ruled_out; !ruled-out",
    );
}

#[test]
fn an_unknown_source_or_unit_is_refused_and_a_known_unit_is_assumed() {
    check(
        "08:00 fever E1 finance 38 source=nobody -> REJECTED SourceUnknown
         08:00 fever E1 kitchen 38 -> REJECTED UnitUnknown
         08:00 fever E1 - 38 -> REJECTED UnitMissing
         08:00 fever E1 - 38 source=gate-lobby -> case-opened C1 fever unit=finance assumed
         08:01 fever E2 - 36.5 source=gate-lobby -> event-taken below_threshold assumed; !case-opened
         08:02 fever E3 finance 38 source=gate-lobby -> case-opened C2 fever unit=finance",
    );
}

#[test]
fn nothing_is_held_against_the_leader_of_a_unit_that_nobody_named() {
    check(
        "08:25 fever E1 - suspected at=08:00 source=clinic -> case-opened C1 assumed; clock-started born-late; !lapse
         08:30:01 tick -> clock-breached telephone; clock-breached written; lapse candidate telephone involved=-; \
            lapse candidate written involved=-",
    );
    // The same, where the clinic named it.
    check(
        "08:25 fever E1 auction suspected at=08:00 source=clinic -> clock-started born-late; lapse event involved=p21
         08:30:01 tick -> lapse candidate telephone involved=p21; lapse candidate written involved=p21",
    );
}

#[test]
fn an_employee_register_is_on_record_when_another_is_gone_by() {
    check(
        "08:00 adopt-staff s1 people=41 -> staff-adopted s1 people=41
         08:01 adopt-staff s1 people=41 -> (no facts)
         08:02 adopt-staff s2 people=40 -> staff-adopted s2 people=40
         08:03 adopt-staff - -> staff-adopted people=0
         08:04 adopt-staff - -> (no facts)",
    );
}

#[test]
fn a_time_up_to_seven_days_back_counts_and_one_further_back_does_not() {
    check(
        "08:00 fever E1 finance 38 at=16/08:00 -> case-opened discovered=16/08:00
         08:00 fever E2 finance 38 at=16/07:59:59 -> case-opened discovered=08:00",
    );
}

#[test]
fn a_time_up_to_five_minutes_ahead_counts_but_never_after_its_receipt() {
    check(
        "08:00 fever E1 finance 38 at=08:05 -> case-opened discovered=08:00
         08:00 fever E2 finance 38 at=08:06 -> case-opened discovered=08:00
         08:00 fever E3 finance 38 at=07:59 -> case-opened discovered=07:59",
    );
}

#[test]
fn a_device_that_is_not_trusted_with_the_time_is_taken_at_its_receipt() {
    check("08:00 fever E1 finance 38 at=07:00 source=gate-lobby -> case-opened discovered=08:00");
}

#[test]
fn the_same_event_again_changes_nothing_and_a_differing_body_is_noted() {
    check(
        "08:00 fever E1 finance 38 id=x -> case-opened C1
         08:01 fever E1 finance 38 id=x -> (no facts)
         08:02 fever E1 finance 39 id=x body=2 -> event-differed; !event-taken",
    );
}

#[test]
fn an_event_joins_the_open_case_of_its_person_and_raises_it_where_it_says_more() {
    check(
        "08:00 fever E1 finance 38 -> case-opened C1 fever
         08:05 fever E1 finance 38.6 -> event-taken case_joined C1; case-joined C1 at=08:05; !case-opened
         08:10 fever E1 finance suspected -> event-taken case_raised C1 suspected; case-joined C1; \
                                             case-raised C1 from=fever suspected since=08:10 by=event; \
                                             clock-started C1 sasac due=08:40
         08:12 fever E1 finance 38 -> event-taken case_joined C1 suspected; !case-raised",
    );
}

#[test]
fn an_event_without_a_person_joins_nothing() {
    check(
        "08:00 fever - finance 38 -> case-opened C1
         08:01 fever - finance 38 -> case-opened C2; !case-joined",
    );
}

#[test]
fn a_new_case_is_linked_to_the_last_one_of_its_person() {
    check(
        "08:00 fever E1 finance 38 -> case-opened C1
         08:05 close C1 p31 -> closed C1
         08:10 fever E1 finance 38 -> case-opened C2 previous=C1",
    );
}

#[test]
fn a_normal_reading_of_a_person_with_an_open_case_stands_in_it() {
    check(
        "08:00 fever E1 finance 38 -> case-opened C1
         08:05 fever E1 finance 36.6 -> event-taken below_threshold C1; case-joined C1; !case-raised",
    );
}

#[test]
fn the_third_person_of_a_unit_completes_a_cluster_and_its_clock_counts_from_that_reading() {
    check(
        "08:00 fever E1 finance 38 -> case-opened C1 fever
         08:10 fever E2 finance 38 -> case-opened C2 fever
         08:15 fever E9 auction 38 -> case-opened C3 fever
         08:20 fever E3 finance 38 at=08:18 -> case-opened C4 suspected since=08:18 cluster=three-in-a-unit; \
            clock-started C4 anchor=08:18 due=08:48; \
            cases-linked C4 with=C1; cases-linked C1 with=C4; cases-linked C4 with=C2; cases-linked C2 with=C4",
    );
}

#[test]
fn three_readings_of_two_people_are_no_cluster() {
    check(
        "08:00 fever E1 finance 38 -> case-opened C1
         08:01 fever E1 finance 38.5 -> case-joined C1
         08:02 fever E2 finance 38 -> case-opened C2 fever; !cases-linked",
    );
}

#[test]
fn a_reading_outside_the_window_counts_for_no_cluster() {
    check(
        "20/08:00 fever E1 finance 38 -> case-opened fever
         22/08:00 fever E2 finance 38 -> case-opened fever
         23/08:01 fever E3 finance 38 -> case-opened fever; !cases-linked
         23/08:02 fever E4 finance 38 -> case-opened suspected",
    );
}

#[test]
fn a_cluster_rule_counts_on_its_days_alone() {
    check_with(
        |directory| directory.triage.clusters[0].valid_to = crate::time::Day::new(2026, 11, 22),
        "08:00 fever E1 finance 38 -> case-opened fever
         08:00 fever E2 finance 38 -> case-opened fever
         08:00 fever E3 finance 38 -> case-opened fever; !cases-linked",
    );
}

#[test]
fn a_case_that_was_ruled_out_counts_for_no_cluster() {
    check(
        "08:00 fever E1 finance 38 -> case-opened C1
         08:05 classify C1 ruled_out p31 -> ruled-out C1 p31
         08:10 fever E2 finance 38 -> case-opened C2 fever
         08:15 fever E3 finance 38 -> case-opened C3 fever; !cases-linked",
    );
}

#[test]
fn the_handler_of_another_case_of_a_cluster_is_told() {
    check(
        "08:00 fever E1 finance 38 -> case-opened C1
         08:02 take C1 p12 -> taken C1 p12
         08:05 fever E2 finance 38 -> case-opened C2
         08:10 fever E3 finance 38 -> case-opened C3 suspected; \
            notify alert p11 sms; notify alert p11 phone; notify alert p31 sms; notify alert p31 phone; \
            notify alert p41 sms; notify alert p41 phone; notify alert p42 sms; notify alert p42 phone; \
            notify handover p12 sms C3; notify handover p12 phone C3",
    );
}

#[test]
fn a_reading_of_an_open_fever_case_completes_a_cluster_too() {
    check(
        "08:00 fever E1 finance 38 -> case-opened C1
         08:01 fever E2 finance 38 -> case-opened C2
         08:02 fever E3 auction 38 -> case-opened C3
         08:10 fever E3 finance 38 -> event-taken case_raised C3; case-raised C3 suspected cluster=three-in-a-unit",
    );
}

#[test]
fn a_case_number_counts_within_the_civil_day_of_the_organisation() {
    check(
        "22/23:59 fever E1 finance 38 -> case-opened C-20261122-0001
         23/00:00 fever E2 finance 38 -> case-opened C-20261123-0001
         23/23:59:59 fever E3 auction 38 -> case-opened C-20261123-0002
         24/00:00 fever E4 auction 38 -> case-opened C-20261124-0001",
    );
}

#[test]
fn the_person_a_case_is_about_counts_once_however_often_they_are_measured() {
    check_with(
        |directory| {
            directory.policies.remove(&Kind::Fever);
        },
        "08:00 fever E1 finance 38 -> case-opened C1; !notify
         08:01 close C1 p31 -> closed
         08:02 fever E1 finance 38 -> case-opened C2
         08:03 fever E2 finance 38 -> case-opened C3 fever; !cases-linked",
    );
}
