//! People: who knows, who handles, who passes on; posts and shifts; shared numbers; codes and sessions.

use super::directory::{minutes, officer_is, policy};
use super::{check, check_with};
use crate::domain::directory::{Directory, Role};
use crate::domain::names::{DutyRole, Medium, PersonId};
use crate::domain::policy::Target;

fn one_number(directory: &mut Directory) {
    for id in ["p41", "p42"] {
        directory.persons.get_mut(&PersonId::new(id)).unwrap().callee = Some(PersonId::new("p41"));
    }
}

fn shift_ends_at_twelve_past(directory: &mut Directory) {
    officer_is(directory, "p32", ("08:12", "20:00"));
}

#[test]
fn a_new_officer_is_told_at_the_next_repeat_and_the_one_who_left_is_not() {
    check_with(
        shift_ends_at_twelve_past,
        "08:00 fever E1 finance suspected -> step-taken C1 1 p11 p31 p41 p42
         08:00 deliver ->
         08:10 tick -> step-repeated C1 1 p11 p31 p41 p42 missed=1
         08:10 deliver ->
         08:14 confirm C1 p11 ->
         08:14 confirm C1 p41 ->
         08:14 confirm C1 p42 ->
         08:15 tick -> step-repeated C1 1 p32; notify alert p32 sms due=08:15; notify alert p32 phone due=08:15",
    );
}

#[test]
fn a_shift_that_ends_tells_the_new_officer_and_leaves_the_case_to_its_handler() {
    check_with(
        shift_ends_at_twelve_past,
        "08:00 fever E1 finance suspected -> step-taken
         08:00 deliver ->
         08:13 take C1 p31 -> taken C1 p31 idle=08:21
         08:15 tick -> !handler-idle; notify warning p31 sms; notify warning p32 sms; notify warning p32 phone; \
            notify warning p41 sms; notify warning p41 phone; notify warning p42 sms; notify warning p42 phone",
    );
}

#[test]
fn where_the_post_is_empty_at_a_repeat_the_others_are_told() {
    check_with(
        |directory| directory.duties.clear(),
        "08:00 fever E1 finance suspected -> step-taken C1 1 p11 p41 p42
         08:00 deliver ->
         08:05 tick -> step-repeated C1 1 p11 p41 p42",
    );
}

#[test]
fn a_handler_at_work_is_messaged_and_one_who_is_not_is_rung() {
    check(
        "08:00 fever E1 finance suspected -> step-taken
         08:00 deliver ->
         08:08 take C1 p31 -> taken C1 p31
         08:12:30 note C1 p31 -> progressed
         08:15 tick -> notify warning p31 sms; notify warning p41 sms; notify warning p41 phone; \
            notify warning p42 sms; notify warning p42 phone
         08:20 note C1 p31 -> progressed
         08:25 tick -> notify warning p31 sms; notify warning p31 phone; notify warning p41 sms; \
            notify warning p41 phone; notify warning p42 sms; notify warning p42 phone",
    );
}

#[test]
fn two_people_with_one_number_are_one_call_and_two_messages() {
    check_with(
        one_number,
        "08:00 fever E1 finance suspected -> step-taken C1 1 p11 p31 p41 p42; medium-skipped p42 phone shared_number; \
            notify alert p11 sms; notify alert p11 phone; notify alert p31 sms; notify alert p31 phone; \
            notify alert p41 sms; notify alert p41 phone; notify alert p42 sms
         08:00 deliver ->
         08:01 confirm C1 p41 -> confirmed
         08:05 tick -> !medium-skipped; notify alert p11 sms; notify alert p11 phone; notify alert p31 sms; \
            notify alert p31 phone; notify alert p42 sms; notify alert p42 phone",
    );
}

#[test]
fn what_a_person_did_says_who_it_was_and_what_proved_it() {
    check(
        "08:00 fever E1 finance suspected -> step-taken
         08:00 deliver ->
         08:01 confirm C1 p12 via=program -> confirmed C1 p12 via={\"program\":\"office\"}
         08:02 code p42 C1 take -> confirmed C1 p42 via=code; taken C1 p42 via=code
         08:03 digit alert:p41:phone 2 -> confirmed C1 p41 via=digit
         08:04 take C1 p31 over -> taken C1 p31 via=session",
    );
}

/// Somebody of the office, who is told of wrong numbers.
fn office(directory: &mut Directory) {
    directory.roles.push((PersonId::new("p51"), Role::Office));
}

#[test]
fn a_stranger_who_answers_drops_the_number_until_the_configuration_is_put_right() {
    check_with(
        office,
        "08:00 fever E1 finance suspected -> step-taken
         08:00 deliver ->
         08:00:40 digit alert:p11:phone 9 -> wrong-person p11 phone; wrong-person p11 sms; !confirmed; !taken; \
            trouble-began number_wrong:p11 told; notify operator p51 sms; notify operator p51 email
         08:00:41 digit alert:p11:sms 9 -> !wrong-person; !trouble-began
         08:05 tick -> medium-skipped p11 sms wrong_person; medium-skipped p11 phone wrong_person; \
            !notify alert p11 phone; !notify alert p11 sms
         08:06 adopt another -> configuration-adopted; trouble-ended number_wrong:p11
         08:10 tick -> !medium-skipped",
    );
}

#[test]
fn what_a_stranger_heard_goes_by_the_next_way_and_to_the_next_person() {
    check_with(
        |directory| {
            office(directory);
            policy(directory, |policy| {
                let mut first = policy.steps[0].clone();
                first.notify = vec![Target::UnitLeader];
                first.by = vec![Medium::Phone, Medium::Sms, Medium::Email];
                first.wait = minutes(2);
                let mut second = first.clone();
                second.after = minutes(10);
                second.notify = vec![Target::Duty(DutyRole::new("officer"))];
                policy.steps = vec![first, second];
            });
        },
        "08:00 fever E1 finance suspected -> notify alert p11 phone; !notify alert p11 sms
         08:00 deliver ->
         08:00:20 receipt alert:p11:phone answered -> receipt-taken
         08:00:40 digit alert:p11:phone 9 -> wrong-person p11 phone; wrong-person p11 sms; \
            medium-skipped p11 sms wrong_person; notify alert p11 email; step-taken C1 2; notify alert p31 phone",
    );
}

#[test]
fn where_no_step_is_left_a_wrong_number_calls_those_who_were_told_and_have_not_answered() {
    check_with(
        office,
        "08:00 fever E1 finance suspected -> step-taken C1 1 p11 p31 p41 p42
         08:00 deliver ->
         08:00:20 confirm C1 p42 -> confirmed
         08:02 digit alert:p11:phone 9 -> step-repeated C1 1 due=08:02 next=08:05; notify alert p31 sms; \
            notify alert p31 phone; notify alert p41 sms; notify alert p41 phone
         08:02:01 digit alert:p31:phone 9 -> wrong-person p31 phone; wrong-person p31 sms; !step-repeated",
    );
}

#[test]
fn a_stranger_drops_the_number_for_every_case_and_whatever_the_call_was_about() {
    check_with(
        office,
        "08:00 fever E1 finance suspected -> case-opened C1
         08:00 deliver ->
         08:00:30 fever E2 finance suspected -> case-opened C2
         08:00:40 digit alert:p11:phone 9 -> wrong-person p11 phone; wrong-person p11 sms; \
            cancelled alert p11 sms wrong_person; cancelled alert p11 phone wrong_person",
    );
    check_with(
        office,
        "08:00 test p12 phone -> test-asked p12
         08:00 deliver ->
         08:00:40 digit test:p12:phone 9 -> wrong-person p12 phone; wrong-person p12 sms; trouble-began number_wrong:p12",
    );
}

#[test]
fn nobody_is_told_of_their_own_wrong_number_by_that_number() {
    check_with(
        |directory| directory.roles.push((PersonId::new("p11"), Role::Office)),
        "08:00 fever E1 finance suspected -> step-taken
         08:00 deliver ->
         08:00:40 digit alert:p11:phone 9 -> trouble-began number_wrong:p11; notify operator p31 sms; notify operator p31 email",
    );
}

#[test]
fn a_person_the_case_is_passed_to_who_does_not_take_it_does_not_keep_it_quiet() {
    check(
        "08:00 fever E1 finance suspected -> step-taken
         08:00 deliver ->
         08:03 take C1 p31 -> taken C1 p31 idle=08:11
         08:04 pass C1 p31 p99 -> REJECTED NoSuchPerson
         08:04 pass C1 p31 p32 -> passed C1 p31 to=p32
         08:11 tick -> handler-idle C1 p31; step-repeated C1 1",
    );
}

#[test]
fn six_wrong_codes_lock_one_number_for_ten_minutes() {
    check(
        "08:00 fever E1 finance suspected -> step-taken
         08:01 code p31 wrong -> code-refused p31
         08:01 code p31 wrong -> code-refused p31
         08:01 code p31 wrong -> code-refused p31
         08:01 code p31 wrong -> code-refused p31
         08:01 code p31 wrong -> code-refused p31
         08:02 code p31 wrong -> code-refused p31 locked=08:12
         08:03 code p31 C1 take -> REJECTED Locked
         08:03 code p42 C1 confirm -> confirmed C1 p42 via=code
         08:11:59 code p31 C1 take -> REJECTED Locked
         08:12 code p31 C1 take -> taken C1 p31 via=code",
    );
}

#[test]
fn who_guesses_with_a_number_locks_nobodys_link_and_the_reverse() {
    let guesses = |at: &str, way: &str| format!("{at} code p31 wrong {way} -> code-refused p31\n").repeat(5);
    check(&format!(
        "08:00 fever E1 finance suspected -> step-taken
         08:00 fever E2 finance suspected -> step-taken
         {}08:01 code p31 wrong -> code-refused p31 locked=08:11
         08:02 code p31 C1 confirm -> REJECTED Locked
         08:02 code p31 C1 confirm link=C1 -> confirmed C1 p31 via=code
         {}08:03 code p31 wrong confirm link=C1 -> code-refused p31 link locked=08:13
         08:04 code p31 C1 take link=C1 -> REJECTED Locked
         08:04 code p42 C1 confirm link=C1 -> confirmed C1 p42
         08:04 code p31 C2 confirm link=C2 -> confirmed C2 p31
         08:11 code p31 C1 take -> taken C1 p31 via=code",
        guesses("08:01", ""),
        guesses("08:03", "confirm link=C1"),
    ));
}

#[test]
fn the_code_decides_who_of_those_that_share_a_number_it_is() {
    check(
        "08:00 fever E1 finance suspected -> step-taken
         08:01 code p31,p42 wrong -> code-refused p31; code-refused p42
         08:01 code p31,p42 C1 take of=p42 -> taken C1 p42 via=code
         08:02 code p31,p42 wrong -> code-refused p31; code-refused p42
         08:02 code p31,p42 wrong -> code-refused p31; code-refused p42
         08:02 code p31,p42 wrong -> code-refused p31; code-refused p42
         08:02 code p31,p42 wrong -> code-refused p31; code-refused p42
         08:02 code p31,p42 wrong -> code-refused p31 locked=08:12; code-refused p42 locked=08:12
         08:03 code p31,p42 C1 confirm of=p31 -> REJECTED Locked",
    );
}

#[test]
fn wrong_codes_long_apart_lock_nobody() {
    check(
        "08:00 code p31 wrong -> code-refused
         08:01 code p31 wrong -> code-refused
         08:02 code p31 wrong -> code-refused
         08:03 code p31 wrong -> code-refused
         08:04 code p31 wrong -> code-refused
         08:11 code p31 wrong -> code-refused p31; !code-refused locked=08:21
         08:12 code p99 wrong -> REJECTED NoSuchPerson",
    );
}

#[test]
fn a_code_to_sign_in_holds_five_minutes_and_five_tries() {
    check(
        "08:00 sign-in p31 sms -> sign-in-asked p31 sms
         08:05 open r1 right -> REJECTED CodeWrong
         08:06 sign-in p31 sms id=r2 -> sign-in-asked
         08:06 open r2 -> sign-in-refused p31
         08:06 open r2 -> sign-in-refused p31
         08:06 open r2 -> sign-in-refused p31
         08:06 open r2 -> sign-in-refused p31
         08:06 open r2 -> sign-in-refused p31
         08:06 open r2 right -> REJECTED CodeWrong
         08:07 sign-in p31 sms id=r3 -> sign-in-asked
         08:07 open r3 right -> session-opened p31 until=20:07
         08:07 open r3 right -> REJECTED CodeWrong
         20:06:59 tick ->
         20:07 tick -> due-passed",
    );
}

#[test]
fn codes_to_sign_in_are_limited_in_their_rate() {
    check(
        "08:00 sign-in p31 sms id=r1 -> sign-in-asked
         08:01 sign-in p31 sms id=r2 -> sign-in-asked
         08:02 sign-in p31 sms id=r3 -> sign-in-asked
         08:03 sign-in p31 sms id=r4 -> sign-in-asked
         08:04 sign-in p31 sms id=r5 -> sign-in-asked
         08:05 sign-in p31 sms id=r6 -> REJECTED TooMany
         08:05 sign-in p42 sms id=r7 -> sign-in-asked p42
         09:00 tick ->
         09:00 sign-in p31 sms id=r8 -> sign-in-asked p31",
    );
}

#[test]
fn a_sign_in_by_a_medium_nobody_has_is_refused() {
    check_with(
        |directory| {
            directory.persons.get_mut(&PersonId::new("p31")).unwrap().media.remove(&Medium::Sms);
            policy(directory, |policy| policy.idle_after = Some(minutes(8)));
        },
        "08:00 sign-in p31 sms -> REJECTED Unreachable
         08:00 sign-in p99 sms -> REJECTED NoSuchPerson",
    );
}
