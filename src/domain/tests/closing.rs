//! Cases that end: closed, kept, erased.

use std::time::Duration;

use super::cases::second_authority;
use super::{check, check_with};
use crate::domain::directory::Directory;

fn erased_after_two_days(directory: &mut Directory) {
    directory.erase_after = Some(Duration::from_hours(24 * 2));
}

#[test]
fn a_closed_case_takes_nothing_more() {
    check(
        "08:00 fever E1 finance 38 -> case-opened C1
         08:05 close C1 p99 -> REJECTED NoSuchPerson
         08:05 close C1 p31 -> closed C1 archive=24/08:05
         08:06 close C1 p31 -> REJECTED CaseClosed
         08:06 confirm C1 p31 -> REJECTED CaseClosed
         08:06 take C1 p31 -> REJECTED CaseClosed
         08:06 pass C1 p31 -> REJECTED CaseClosed
         08:06 note C1 p31 -> REJECTED CaseClosed
         08:06 telephone C1 taken p31 -> REJECTED CaseClosed
         08:06 write C1 initial p31 -> REJECTED CaseClosed
         08:06 classify C1 suspected p31 -> REJECTED CaseClosed
         08:06 dispute C1 p31 -> REJECTED CaseClosed
         08:06 take C7 p31 -> REJECTED NoSuchCase
         08:10 tick -> !step-taken; !notify",
    );
}

#[test]
fn closing_names_every_proof_that_is_owed_and_to_whom() {
    check_with(
        second_authority,
        "08:00 fever E1 finance suspected -> case-opened C1
         08:05 telephone C1 taken p31 to=city -> telephone-proved
         08:06 close C1 p31 -> REJECTED telephone: [sasac], written: [sasac, city]
         08:07 telephone C1 taken p31 -> telephone-proved
         08:08 write C1 initial p31 to=city -> written-planned
         08:08 deliver -> clock-met C1 city
         08:09 close C1 p31 -> REJECTED telephone: [], written: [sasac]",
    );
}

#[test]
fn a_breach_does_not_end_what_is_owed() {
    check(
        "08:00 fever E1 finance suspected -> clock-started
         08:30:01 tick -> clock-breached telephone; clock-breached written
         08:31 close C1 p31 -> REJECTED telephone: [sasac], written: [sasac]",
    );
}

#[test]
fn a_report_that_comes_back_after_the_case_was_closed_goes_again_and_opens_nothing() {
    check(
        "08:00 fever E1 finance suspected -> clock-started
         08:05 telephone C1 taken p31 -> telephone-proved
         08:06 write C1 initial p31 -> written-planned
         08:06 deliver -> clock-met
         08:10 close C1 p31 -> closed C1
         08:20 receipt written:sasac:email failed -> receipt-taken effect; written-returned C1 sasac; \
            !written-returned unproves; !clock-reopened; notify written sasac email round=2
         08:21 deliver -> written-sent",
    );
}

#[test]
fn a_case_is_erased_by_two_persons_and_never_while_it_is_open() {
    check(
        "08:00 fever E1 finance 38 -> case-opened C1
         08:01 erase C1 p31 second=p42 -> REJECTED CaseOpen
         08:05 close C1 p31 -> closed
         08:06 erase C1 p31 -> REJECTED SecondPersonNeeded
         08:06 erase C1 p31 second=p31 -> REJECTED SecondPersonSame
         08:06 erase C1 p31 second=p99 -> REJECTED NoSuchPerson
         08:06 erase C1 p99 second=p31 -> REJECTED NoSuchPerson
         08:06 erase C9 p31 second=p42 -> REJECTED NoSuchCase
         08:06 erase C1 p31 second=p42 -> erased C1
         08:07 erase C1 p31 second=p42 -> REJECTED NothingToErase",
    );
}

#[test]
fn a_case_is_not_erased_while_a_message_about_it_is_under_way() {
    check(
        "08:00 fever E1 finance 38 -> case-opened C1
         08:00 send -> attempt-started alert p11 sms
         08:00:01 close C1 p31 -> closed
         08:00:02 erase C1 p31 second=p42 -> REJECTED AttemptUnderWay
         08:00:03 accepted alert:p11:sms -> attempt-ended accepted
         08:00:04 erase C1 p31 second=p42 -> erased C1",
    );
}

#[test]
fn a_message_whose_fate_stays_unknown_does_not_hold_the_erasure_up() {
    check(
        "08:00 fever E1 finance 38 -> case-opened C1
         08:00 send -> attempt-started alert p11 sms
         08:00:02 unknown alert:p11:sms -> attempt-ended unknown
         08:00:03 close C1 p31 -> cancelled alert p11 sms closed; closed
         08:00:04 erase C1 p31 second=p42 -> erased C1",
    );
}

#[test]
fn a_case_is_not_erased_while_a_lapse_about_it_is_undecided() {
    check(
        "08:00 fever E1 finance suspected -> case-opened C1
         08:05 telephone C1 taken p31 ->
         08:30:01 tick -> lapse written
         08:31 write C1 initial p31 ->
         08:31 deliver -> clock-completed
         08:32 close C1 p31 -> closed
         08:33 tick ->
         08:33 deliver ->
         08:40 erase C1 p31 second=p42 -> REJECTED LapseUndecided
         24/09:00 tick -> archived C1
         24/09:01 erase C1 p31 second=p42 archived -> REJECTED LapseUndecided",
    );
}

#[test]
fn a_case_is_not_erased_while_one_of_its_limits_is_undecided() {
    check(
        "08:00 fever E1 finance suspected -> clock-started due=08:30
         08:02 clock-step 08:02 08:03 -> clock-stepped
         08:41 classify C1 ruled_out p31 second=p42 -> clock-withdrawn C1 sasac at=08:41
         08:47 close C1 p31 -> closed C1
         08:48 erase C1 p31 second=p42 -> REJECTED LimitUndecided
         09:00 trust -> clock-trusted
         09:00 tick -> lapse telephone due=08:30; lapse written due=08:30
         09:01 erase C1 p31 second=p42 -> REJECTED LapseUndecided",
    );
    check(
        "08:00 fever E1 finance suspected -> clock-started due=08:30
         08:02 clock-step 08:02 08:03 -> clock-stepped
         08:20 classify C1 ruled_out p31 second=p42 -> clock-withdrawn C1 sasac at=08:20
         08:21 close C1 p31 -> closed C1
         08:22 erase C1 p31 second=p42 -> erased C1",
    );
}

#[test]
fn personal_data_is_erased_by_itself_when_its_time_is_over() {
    check_with(
        erased_after_two_days,
        "08:00 fever E1 finance 38 -> case-opened C1
         08:05 close C1 p31 -> closed C1 erase=25/08:05
         24/08:05 tick -> archived C1; !erased
         25/08:04:59 tick -> !erased
         25/08:05 tick -> erased C1
         26/08:05 tick -> !erased",
    );
}

#[test]
fn an_erasure_that_waits_for_a_lapse_is_tried_again_every_week() {
    check_with(
        erased_after_two_days,
        "08:00 fever E1 finance suspected -> case-opened C1
         08:05 telephone C1 taken p31 ->
         08:30:01 tick -> lapse written
         08:31 write C1 initial p31 ->
         08:31 deliver ->
         08:32 close C1 p31 -> closed C1 erase=25/08:32
         08:33 deliver ->
         25/08:32 tick -> archived C1; erase-put-off C1
         12.02/08:31:59 tick -> !erase-put-off
         12.02/08:32 tick -> erase-put-off C1",
    );
}

#[test]
fn a_case_erased_by_hand_is_not_erased_again() {
    check_with(
        erased_after_two_days,
        "08:00 fever E1 finance 38 -> case-opened C1
         08:05 close C1 p31 -> closed
         24/08:05 tick -> archived C1
         24/09:00 erase C1 p31 second=p42 archived -> erased C1
         24/09:01 erase C1 p31 second=p42 archived erased -> REJECTED NothingToErase
         25/08:05 tick -> (no facts)",
    );
}

#[test]
fn notes_stand_in_the_case_with_who_wrote_them() {
    check(
        "08:00 fever E1 finance 38 -> case-opened C1
         08:01 note C1 p11 -> noted C1 p11
         08:02 note C1 p99 -> REJECTED NoSuchPerson",
    );
    let mut world = super::World::new(|_| {});
    world.run("08:00 fever E1 finance 38 -> case-opened C1");
    for _ in 0..500 {
        world.run("08:01 note C1 p11 ->");
    }
    world.run("08:02 note C1 p11 -> REJECTED Full");
}
