//! One case, two clocks to one authority: suspected, reported, and then confirmed. What is recorded for one says nothing
//! of the other (P4).

use super::check;
use super::check_with;
use super::directory::clock;

/// Reported as suspected, then confirmed, told by telephone, and not yet in writing.
const CONFIRMED: &str = "08:00 fever E1 finance suspected -> clock-started
     08:05 telephone C1 taken p31 -> telephone-proved
     08:06 write C1 initial p31 -> written-planned initial 1; !written-planned continues=1
     08:06 deliver -> clock-met
     10:00 classify C1 confirmed p31 -> clock-started C1 sasac due=10:30
     10:02 telephone C1 taken p31 -> telephone-proved";

fn after(script: &str) -> String {
    format!("{CONFIRMED}\n{script}")
}

#[test]
fn a_receipt_names_its_clock_where_there_are_two() {
    check(&after("10:03 written-receipt C1 p31 -> REJECTED ClockNeeded [0, 1]"));
    check(&after("10:03 written-receipt C1 p31 ref=R1 -> REJECTED ClockNeeded [0, 1]"));
    check(&after("10:03 written-receipt C1 p31 clock=7 -> REJECTED NoSuchClock"));
}

#[test]
fn the_receipt_of_the_first_report_leaves_the_second_clock_running() {
    check(&after(
        "10:03 written-receipt C1 p31 clock=0 -> written-receipted; !clock-met
         10:03 written-receipt C1 p31 clock=1 -> REJECTED NotSent
         10:20 tick -> written-planned initial 1 continues=1",
    ));
    check(&after(
        "10:03 written-receipt C1 p31 clock=1 ref=R2 -> written-receipted p31 proves; clock-met
         10:20 tick -> !written-planned",
    ));
}

#[test]
fn a_clock_that_was_withdrawn_before_anything_went_needs_no_naming() {
    check(
        "08:00 fever E1 finance suspected -> clock-started
         08:01 classify C1 ruled_out p31 -> clock-withdrawn
         08:02 classify C1 suspected p31 -> clock-started
         08:05 telephone C1 taken p31 -> telephone-proved
         08:06 write C1 initial p31 -> written-planned initial 1; !written-planned continues=1
         08:06 deliver -> clock-met
         08:10 written-receipt C1 p31 -> written-receipted",
    );
}

#[test]
fn a_person_writes_once_for_the_clock_that_waits() {
    check(&after(
        "10:04 write C1 initial p31 -> written-planned initial 1 continues=1 by=p31
         10:04 deliver -> written-sent C1 sasac proves; clock-met
         10:30 write C1 progress p31 -> written-planned progress 2
         10:40 write C1 final p31 -> written-planned final 1
         10:50 write C1 final p31 -> written-planned final 2",
    ));
    // What changed since the first report is the first of this clock, by whatever name.
    check(&after(
        "10:04 write C1 progress p31 -> written-planned initial 1 continues=1 by=p31
         10:04 deliver -> written-sent C1 sasac proves; clock-met",
    ));
}

#[test]
fn a_report_that_came_back_leaves_two_clocks_that_each_wait_for_one() {
    check(
        "08:00 fever E1 finance suspected -> clock-started
         08:05 telephone C1 taken p31 -> telephone-proved
         08:06 write C1 initial p31 -> written-planned initial 1
         08:06 deliver -> clock-met
         10:00 classify C1 confirmed p31 -> clock-started C1 sasac due=10:30
         10:01 receipt written:sasac:email failed -> written-returned C1 sasac unproves; clock-reopened
         10:02 telephone C1 taken p31 -> telephone-proved",
    );
}

#[test]
fn one_call_tells_of_every_clock_that_waits_for_it() {
    check(
        "08:00 fever E1 finance suspected -> clock-started
         08:15 tick -> daemon-calls C1
         08:15 send -> attempt-started telephone
         08:15 accepted telephone:sasac:phone -> attempt-ended accepted
         08:16 digit telephone:sasac:phone 1 -> telephone-proved person
         08:17 write C1 initial p31 -> written-planned initial 1
         08:17 deliver -> clock-met
         10:00 classify C1 confirmed p31 -> clock-started C1 sasac due=10:30
         10:01 dispute C1 p42 -> proof-disputed; clock-reopened C1 sasac
         10:02 telephone C1 taken p31 -> telephone-proved; telephone-proved",
    );
}

#[test]
fn an_order_to_send_outlives_a_draft_that_is_only_put_aside() {
    check(
        "08:00 fever E1 finance suspected -> clock-started
         08:02 write C1 initial p31 text=A -> written-drafted send; !written-planned
         08:03 write C1 initial p31 text=B draft -> written-drafted; !written-planned
         08:05 telephone C1 taken p31 -> written-planned initial 1 by=p31; notify written sasac email; !unverified",
    );
}

#[test]
fn a_report_that_somebody_completed_is_verified_where_call_and_latest_fall_due_together() {
    check_with(
        |directory| clock(directory, |clock| clock.phone.daemon_after = clock.written.latest),
        "08:00 fever E1 finance suspected -> clock-started
         08:02 write C1 initial p31 -> written-drafted send; !written-planned
         08:20 tick -> daemon-calls C1; written-planned initial 1 by=p31; notify written sasac email due=08:20; \
            !notify written sasac email unverified",
    );
}
