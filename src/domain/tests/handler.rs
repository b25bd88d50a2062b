//! Handlers: who takes a case, keeps it by going on with it, passes it on, and loses it.

use super::directory::{minutes, policy};
use super::{check, check_with};
use crate::domain::names::PersonId;
use crate::domain::policy::{Step, Target};

#[test]
fn a_taken_case_rings_nobody_else() {
    check(
        "08:00 fever E1 finance suspected -> step-taken
         08:00 deliver ->
         08:03 take C1 p31 -> confirmed p31; taken C1 p31 idle=08:11
         08:03 take C1 p31 -> (no facts)
         08:10 tick -> !step-repeated; !notify",
    );
}

#[test]
fn taking_cancels_what_has_not_gone_out() {
    check(
        "08:00 fever E1 finance 38 -> notify alert p11 sms
         08:00 deliver ->
         08:00:20 take C1 p31 -> taken C1 p31; cancelled alert p11 sms taken
         08:01 tick -> !notify
         08:10 tick -> step-skipped C1 2 taken",
    );
}

#[test]
fn a_handler_without_progress_loses_the_case_and_everybody_is_rung_again() {
    check(
        "08:00 fever E1 finance suspected -> step-taken
         08:00 deliver ->
         08:02 confirm C1 p42 -> confirmed
         08:03 take C1 p31 -> taken idle=08:11
         08:11 tick -> handler-idle C1 p31 due=08:11; step-repeated C1 1 due=08:11 next=08:16; \
            notify alert p11 sms due=08:11; notify alert p11 phone; notify alert p31 sms; notify alert p31 phone; \
            notify alert p41 sms; notify alert p41 phone; !daemon-calls
         08:16 tick -> step-repeated",
    );
}

#[test]
fn progress_puts_the_end_of_patience_off() {
    check(
        "08:00 fever E1 finance suspected -> step-taken
         08:03 take C1 p31 -> taken idle=08:11
         08:10 note C1 p31 -> noted; progressed C1 idle=08:18
         08:12 note C1 p42 -> noted; !progressed
         08:11 tick -> !handler-idle
         08:15 telephone C1 no_answer p31 -> progressed C1 idle=08:23",
    );
}

#[test]
fn steps_that_were_skipped_are_taken_when_the_handler_is_lost() {
    check_with(
        |directory| {
            policy(directory, |policy| {
                let later = Step {
                    after: minutes(5),
                    notify: vec![Target::Person(PersonId::new("p51"))],
                    ..policy.steps[0].clone()
                };
                policy.steps.push(later);
            });
        },
        "08:00 fever E1 finance suspected -> step-taken
         08:02 take C1 p31 -> taken idle=08:10
         08:05 tick -> step-skipped C1 2 taken
         08:10 tick -> handler-idle; step-repeated C1 1; step-taken C1 2 p51",
    );
}

#[test]
fn a_handler_can_pass_the_case_on_and_keeps_it_until_it_is_taken() {
    check(
        "08:00 fever E1 finance suspected -> step-taken
         08:03 take C1 p31 -> taken
         08:04 pass C1 p31 p32 -> passed C1 p31 to=p32; notify handover p32 sms; notify handover p32 phone; !handler-idle
         08:05 take C1 p32 -> taken C1 p32; cancelled handover p32 sms taken; cancelled handover p32 phone taken",
    );
}

#[test]
fn a_case_that_is_passed_to_somebody_again_and_again_tells_them_once_in_two_minutes() {
    check(
        "08:00 fever E1 finance suspected -> step-taken
         08:03 take C1 p31 -> taken
         08:04 pass C1 p31 p32 -> passed C1 p31 to=p32; notify handover p32 sms; notify handover p32 phone
         08:04:01 pass C1 p31 p32 -> (no facts)
         08:04:02 deliver -> attempt-started handover p32 sms; attempt-started handover p32 phone
         08:04:03 pass C1 p31 p32 -> (no facts)
         08:04:04 pass C1 p31 p42 -> passed to=p42; notify handover p42 sms; notify handover p42 phone
         08:04:05 pass C1 p31 p32 -> passed to=p32; !notify
         08:06 pass C1 p31 p32 -> notify handover p32 sms round=2; notify handover p32 phone round=2
         08:06:01 pass C1 p31 p42 -> passed to=p42; !notify",
    );
}

#[test]
fn a_handler_who_gives_the_case_back_brings_the_ringing_back() {
    check(
        "08:00 fever E1 finance suspected -> step-taken
         08:00 deliver ->
         08:03 take C1 p31 -> taken
         08:04 pass C1 p31 -> passed C1 p31; handler-idle C1 p31; step-repeated C1 1; \
            notify alert p11 sms; notify alert p11 phone; \
            notify alert p41 sms; notify alert p41 phone; notify alert p42 sms; notify alert p42 phone",
    );
}

#[test]
fn who_cannot_take_a_case_brings_the_next_step_at_once() {
    check(
        "08:00 fever E1 finance 38 -> step-taken
         08:00 deliver ->
         08:02 pass C1 p11 -> passed C1 p11; step-taken C1 2 p31; notify alert p31 phone due=08:02; \
            notify alert p31 sms due=08:02",
    );
}

#[test]
fn a_case_raised_while_somebody_handles_it_rings_until_it_is_taken_as_it_is() {
    check(
        "08:00 fever E1 finance 38 -> step-taken
         08:01 take C1 p12 -> taken C1 p12
         08:05 fever E1 finance suspected -> case-raised; step-taken C1 1 p11 p31 p41 p42; progressed C1 idle=08:13; \
            notify alert p11 sms; notify alert p11 phone; notify alert p31 sms; notify alert p31 phone; \
            notify alert p41 sms; notify alert p41 phone; notify alert p42 sms; notify alert p42 phone; \
            notify handover p12 sms; notify handover p12 phone
         08:06 take C1 p12 -> taken C1 p12 idle=08:14
         08:07 send -> !attempt-started alert",
    );
}

#[test]
fn what_was_said_of_a_case_before_it_was_ruled_out_silences_nobody_when_it_is_raised_again() {
    check(
        "08:00 fever E1 finance suspected -> step-taken
         08:01 confirm C1 p11 -> confirmed
         08:01 take C1 p31 -> taken
         08:02 classify C1 ruled_out p31 -> ruled-out
         08:20 classify C1 suspected p41 -> case-raised C1 from=ruled_out suspected; step-taken; !step-skipped; \
            notify alert p11 sms; notify alert p11 phone; notify alert p31 sms; notify alert p31 phone; \
            notify alert p41 sms; notify alert p41 phone; notify alert p42 sms; notify alert p42 phone
         08:21 take C1 p41 -> taken C1 p41; notify relieved p31 sms",
    );
    check(
        "08:00 fever E1 finance suspected -> step-taken
         08:01 confirm C1 p11 -> confirmed
         08:01 take C1 p31 -> taken
         08:02 classify C1 ruled_out p31 -> ruled-out
         08:10 fever E1 finance 38.2 -> case-raised C1 from=ruled_out fever; step-taken
         08:20 fever E1 finance suspected -> case-raised C1 from=fever suspected; step-taken; !step-skipped; \
            notify alert p11 sms; notify alert p11 phone; notify alert p31 sms; notify alert p31 phone; \
            notify alert p41 sms; notify alert p41 phone; notify alert p42 sms; notify alert p42 phone",
    );
}

#[test]
fn that_a_limit_has_passed_is_told_to_everybody_whoever_has_taken_the_case() {
    check(
        "08:00 fever E1 finance suspected -> clock-started due=08:30
         08:29 live ->
         08:30:01 tick -> clock-breached telephone
         08:30:02 take C1 p12 -> taken C1 p12; !cancelled breach
         08:30:03 send -> attempt-started breach p31 sms; attempt-started breach p41 sms; \
            attempt-started breach p42 sms; !cancelled breach",
    );
}

#[test]
fn who_takes_a_case_or_knows_of_it_hears_once_that_the_limit_has_passed() {
    check(
        "08:00 fever E1 finance suspected -> clock-started due=08:30
         08:29 live ->
         08:30:01 tick -> clock-breached telephone
         08:30:02 take C1 p31 -> taken C1 p31; !cancelled breach
         08:30:02 confirm C1 p42 -> confirmed; !cancelled breach
         08:30:03 send -> attempt-started breach p31 sms; attempt-started breach p41 sms; \
            attempt-started breach p42 sms; !cancelled breach
         08:30:04 accepted breach:p42:sms -> attempt-ended
         08:30:05 refused breach:p41:sms -> notify breach p41 sms round=2
         08:30:06 pass C1 p42 -> passed; cancelled breach p42 phone confirmed
         08:30:06 pass C1 p41 -> passed; !cancelled breach",
    );
}
