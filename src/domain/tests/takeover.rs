//! Taking a case from whoever handles it: on purpose alone, and never behind their back.

use super::check;

#[test]
fn what_somebody_handles_is_taken_over_only_by_who_says_so() {
    check(
        "08:00 fever E1 finance suspected -> step-taken
         08:01 take C1 p31 -> taken C1 p31
         08:02 take C1 p41 -> REJECTED HandledBy p31
         08:02 code p41 C1 take -> REJECTED HandledBy p31
         08:02 code p41 C1 take link=C1 -> REJECTED HandledBy p31
         08:03 take C1 p41 over -> confirmed p41; taken C1 p41; notify relieved p31 sms
         08:03 take C1 p41 over -> (no facts)
         08:04 code p42 C1 take_over -> taken C1 p42; notify relieved p41 sms",
    );
}

#[test]
fn nobody_is_relieved_of_what_nobody_handles() {
    check(
        "08:00 fever E1 finance suspected -> step-taken
         08:01 take C1 p31 over -> taken C1 p31; !notify
         08:09 tick -> handler-idle C1 p31
         08:10 take C1 p41 -> taken C1 p41; !notify relieved",
    );
}

#[test]
fn who_is_relieved_is_told_also_when_the_case_is_over() {
    check(
        "08:00 fever E1 finance 38 -> step-taken
         08:01 take C1 p31 -> taken
         08:02 take C1 p41 over -> notify relieved p31 sms
         08:03 close C1 p41 -> closed; !cancelled relieved
         08:03 deliver -> attempt-started relieved p31 sms",
    );
    check(
        "08:00 fever E1 finance suspected -> step-taken
         08:01 take C1 p31 -> taken
         08:02 take C1 p41 over -> notify relieved p31 sms
         08:03 classify C1 ruled_out p41 -> ruled-out; !cancelled relieved
         08:03 deliver -> attempt-started relieved p31 sms",
    );
}

#[test]
fn who_has_the_case_back_is_not_told_that_it_is_anothers() {
    check(
        "08:00 fever E1 finance suspected -> step-taken
         08:01 take C1 p31 -> taken
         08:02 take C1 p41 over -> notify relieved p31 sms
         08:02 take C1 p31 over -> notify relieved p41 sms
         08:02 send -> cancelled relieved p31 sms overtaken; attempt-started relieved p41 sms
         08:03 take C1 p41 over -> notify relieved p31 sms round=2",
    );
}

#[test]
fn two_cases_that_are_taken_over_are_told_of_each_by_itself() {
    check(
        "08:00 fever E1 finance 38 -> step-taken
         08:00 fever E2 finance 38 -> step-taken
         08:01 take C1 p31 ->
         08:01 take C2 p31 ->
         08:02 take C1 p41 over -> notify relieved p31 sms
         08:02 take C2 p41 over -> notify relieved p31 sms
         08:02 deliver -> attempt-started relieved p31 sms C1; attempt-started relieved p31 sms C2",
    );
}

#[test]
fn who_was_passed_a_case_takes_it_and_whoever_passed_it_hears_so() {
    check(
        "08:00 fever E1 finance suspected -> step-taken
         08:01 take C1 p31 -> taken
         08:02 pass C1 p31 p41 -> passed
         08:03 take C1 p42 -> REJECTED HandledBy p31
         08:03 take C1 p41 -> taken C1 p41; notify relieved p31 sms",
    );
}

#[test]
fn a_case_that_was_raised_is_anybodys_to_take_as_it_is() {
    check(
        "08:00 fever E1 finance 38 -> step-taken
         08:01 take C1 p12 -> taken
         08:05 fever E1 finance suspected -> case-raised
         08:06 take C1 p31 -> taken C1 p31; notify relieved p12 sms",
    );
}

#[test]
fn a_key_takes_nothing_from_anybody_and_whoever_pressed_it_hears_whose_it_is() {
    check(
        "08:00 fever E1 finance suspected -> step-taken
         08:00 send ->
         08:00:30 take C1 p31 -> taken C1 p31
         08:00:40 digit alert:p41:phone 1 -> receipt-taken; confirmed p41; !taken; notify relieved p41 sms
         08:00:41 deliver -> attempt-started relieved p41 sms
         08:00:50 digit alert:p31:phone 1 -> receipt-taken; !confirmed; !taken; !notify",
    );
}
