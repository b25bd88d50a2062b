//! What proved a clock, or whoever handled its case, is gone again: people are rung and warned as they were before.

use super::directory::daemon;
use super::{check, check_with};

#[test]
fn a_report_that_comes_back_rings_those_who_know_of_a_case_that_nobody_took() {
    check(
        "08:00 fever E1 finance suspected -> clock-started
         08:01 confirm C1 p31 ->
         08:05 telephone C1 taken p31 -> telephone-proved
         08:06 write C1 initial p31 -> written-planned initial 1
         08:06 deliver -> clock-met
         08:09 live ->
         08:10 receipt written:sasac:email failed -> clock-reopened C1 sasac warn=08:15; notify written round=2; \
            step-repeated",
    );
}

#[test]
fn a_clock_that_runs_again_is_warned_of_again() {
    check_with(
        daemon,
        "08:00 fever E1 finance suspected -> clock-started
         08:00 take C1 p31 -> taken
         08:00 tick -> daemon-calls
         08:00 send ->
         08:00:10 accepted telephone:sasac:phone -> attempt-ended accepted
         08:00:40 digit telephone:sasac:phone 1 -> telephone-proved person
         08:06 write C1 initial p31 -> written-planned initial 1
         08:06 deliver -> clock-met
         08:10 dispute C1 p42 -> proof-disputed; clock-reopened C1 sasac warn=08:15; daemon-calls
         08:15 tick -> warned C1 sasac 1 due=08:15",
    );
}

#[test]
fn a_handler_who_gives_the_case_back_leaves_the_call_to_the_daemon() {
    check(
        "08:00 fever E1 finance suspected -> clock-started
         08:01 take C1 p31 -> taken
         08:10 telephone C1 no_answer p31 -> telephone-tried
         08:15 tick -> !daemon-calls
         08:16 pass C1 p31 -> handler-idle; daemon-calls C1 due=08:16",
    );
}
