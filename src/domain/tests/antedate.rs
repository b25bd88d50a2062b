//! A suspicion that turns out to be older than known.

use super::cases::second_authority;
use super::{check, check_with};

#[test]
fn an_earlier_trusted_time_that_comes_later_moves_the_anchor_and_both_are_kept() {
    check(
        "08:05 fever E1 finance suspected at=08:04 -> clock-started anchor=08:04 due=08:34
         08:06 fever E1 finance suspected at=08:01 -> event-taken case_joined C1; case-antedated C1 from=08:04 since=08:01; \
            clock-antedated C1 sasac anchor=08:01 due=08:31 phone=08:31 written=08:31 call=08:16 latest=08:21 warn=08:16; \
            !lapse; !step-repeated
         08:16 tick -> warned C1 1 due=08:16 next=08:26; daemon-calls C1 sasac due=08:16
         08:31:01 tick -> clock-breached telephone due=08:31; clock-breached written due=08:31; \
            lapse proved telephone due=08:31 involved=p31; lapse proved written due=08:31",
    );
}

#[test]
fn with_little_left_everything_goes_at_once_and_the_hop_is_looked_into_and_not_the_officer() {
    check(
        "08:20 fever E1 finance suspected -> clock-started due=08:50
         08:20 deliver ->
         08:22 fever E1 finance suspected at=08:00 -> clock-antedated C1 sasac born-late anchor=08:00 due=08:30 \
            call=08:00 latest=08:00 warn=08:15; step-repeated C1 1; lapse delayed candidate event C1 involved=p11
         08:22 tick -> daemon-calls C1 sasac due=08:00; warned 1; notify telephone sasac phone; \
            notify written sasac email unverified; gate-set
         08:30:01 tick -> lapse candidate telephone involved=p11 excuse=born_late due=08:30; \
            lapse candidate written involved=p11 excuse=born_late due=08:30",
    );
    check(
        "08:20 fever E1 finance suspected -> clock-started
         08:20 deliver ->
         08:21 take C1 p31 -> taken
         08:22 fever E1 finance suspected at=08:00 -> clock-antedated born-late; notify handover p31 sms; \
            notify handover p31 phone; !step-repeated",
    );
}

#[test]
fn a_limit_that_lies_in_the_past_by_then_is_told_at_once_and_dated_to_its_instant() {
    check(
        "08:20 fever E1 finance suspected -> clock-started due=08:50
         08:22 fever E1 finance suspected at=07:40 -> clock-antedated due=08:10 born-late
         08:22 tick -> clock-breached telephone due=08:10; clock-breached written due=08:10; \
            lapse candidate telephone involved=p11; lapse candidate written involved=p11",
    );
}

#[test]
fn a_proof_that_was_in_time_by_the_later_anchor_is_late_by_the_earlier_one_and_that_is_told() {
    check(
        "08:20 fever E1 finance suspected -> clock-started due=08:50
         08:35 telephone C1 taken p31 -> telephone-proved
         08:36 fever E1 finance suspected at=08:00 -> clock-antedated due=08:30
         08:36 tick -> clock-breached telephone due=08:30; lapse candidate telephone; lapse-cured telephone at=08:35; \
            clock-breached written due=08:30; lapse candidate written; written-planned initial 1; warned 1; warned 2
         08:36 deliver -> written-sent proves; lapse-cured written; clock-completed",
    );
}

#[test]
fn what_counts_for_nothing_moves_nothing() {
    check(
        "08:20 fever E1 finance suspected at=08:18 -> clock-started anchor=08:18
         08:21 fever E1 finance 38 at=08:00 -> event-taken case_joined C1; !case-antedated; !clock-antedated
         08:22 fever E1 finance suspected at=08:19 -> !clock-antedated
         08:23 fever E1 finance suspected at=08:00 source=gate-lobby -> !clock-antedated
         08:24 fever E1 finance suspected at=08:24 -> !clock-antedated",
    );
}

#[test]
fn a_reading_that_completes_a_cluster_sooner_and_comes_later_moves_the_anchor_to_its_instant() {
    check(
        "08:00 fever E1 finance 38 -> case-opened C1
         08:10 fever E2 finance 38 -> case-opened C2
         08:20 fever E3 finance 38 -> case-opened C3 suspected since=08:20; clock-started C3 anchor=08:20 due=08:50
         08:21 fever E3 finance 38 at=08:15 -> event-taken case_joined C3; case-antedated C3 from=08:20 since=08:15; \
            clock-antedated C3 sasac anchor=08:15 due=08:45; !cases-linked
         08:22 fever E3 finance 38 at=08:05 -> case-antedated C3 from=08:15 since=08:10; \
            clock-antedated C3 sasac anchor=08:10 due=08:40
         08:23 fever E3 finance 38 at=07:50 -> event-taken case_joined C3; !case-antedated; !clock-antedated",
    );
}

#[test]
fn a_suspected_case_that_a_cluster_made_suspected_sooner_counts_from_the_cluster_and_is_linked() {
    check(
        "08:00 fever E1 finance 38 -> case-opened C1
         08:10 fever E2 finance 38 -> case-opened C2
         08:20 fever E3 finance suspected -> case-opened C3 suspected since=08:20; !cases-linked
         08:21 fever E3 finance 38 at=08:15 -> case-antedated C3 since=08:15; clock-antedated C3 anchor=08:15; \
            cases-linked C3 with=C1; cases-linked C1 with=C3; cases-linked C3 with=C2; cases-linked C2 with=C3",
    );
}

#[test]
fn a_person_of_a_cluster_who_is_heard_of_late_has_a_case_that_counts_from_when_it_was_complete() {
    check(
        "08:00 fever E1 finance 38 -> case-opened C1
         08:10 fever E2 finance 38 -> case-opened C2
         08:20 fever E3 finance 38 -> case-opened C3 suspected since=08:20
         08:21 fever E4 finance 38 at=08:05 -> case-opened C4 suspected since=08:10 discovered=08:05; \
            clock-started C4 anchor=08:10 due=08:40; cases-linked C4 with=C1; cases-linked C1 with=C4; \
            cases-linked C4 with=C2; cases-linked C2 with=C4; !clock-antedated",
    );
}

#[test]
fn clocks_that_are_met_or_breached_stay_as_they_are() {
    check_with(
        second_authority,
        "08:00 fever E1 finance suspected -> clock-started sasac; clock-started city
         08:05 telephone C1 taken p31 -> telephone-proved
         08:06 write C1 initial p31 to=sasac -> written-planned
         08:06 deliver -> clock-met C1 sasac
         08:07 fever E1 finance suspected at=07:58 -> case-antedated C1 from=08:00 since=07:58; \
            clock-antedated C1 city anchor=07:58 due=08:28",
    );
}

#[test]
fn a_confirmed_cases_own_clock_counts_from_when_it_was_confirmed() {
    check(
        "08:00 fever E1 finance suspected -> clock-started due=08:30
         08:05 telephone C1 taken p31 -> telephone-proved
         08:06 write C1 initial p31 -> written-planned
         08:06 deliver -> clock-met
         10:00 classify C1 confirmed p31 -> clock-started C1 sasac anchor=10:00
         10:05 fever E1 finance suspected at=07:50 -> case-antedated C1 since=07:50; !clock-antedated
         10:06 fever E1 auction confirmed at=09:58 source=clinic -> !case-antedated; \
            clock-antedated C1 anchor=09:58 due=10:28",
    );
}
