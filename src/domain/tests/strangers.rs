//! Strangers: what was sent to somebody else's address opens nothing more, and its owner gets what does.

use super::directory::{minutes, policy};
use super::{World, check, check_with};
use crate::domain::directory::{Directory, Role};
use crate::domain::names::{AddressToken, DutyRole, Medium, PersonId};
use crate::domain::policy::Target;

/// The leader of the unit alone, by these media one after the other or at once.
fn leader_by(directory: &mut Directory, media: &[Medium]) {
    policy(directory, |policy| {
        let mut first = policy.steps[0].clone();
        first.notify = vec![Target::UnitLeader];
        first.by = media.to_vec();
        policy.steps = vec![first];
    });
}

#[test]
fn a_stranger_who_presses_9_holds_no_code_and_no_key_of_another_call_acts() {
    check(
        "08:00 fever E1 finance suspected -> step-taken
         08:00 fever E2 finance suspected -> step-taken
         08:00 deliver ->
         08:00:40 digit alert:p31:phone 9 -> code-called-in C1 p31#1; code-called-in C2 p31#1
         08:00:50 digit alert:p31:sms 1 -> receipt-taken alert p31 sms no-effect; !taken
         08:00:50 digit alert:p31:phone 1 -> receipt-taken alert p31 phone no-effect; !taken
         08:00:51 receipt alert:p31:sms delivered -> receipt-taken effect
         08:01 digit alert:p42:phone 1 -> taken C1 p42; taken C2 p42",
    );
}

#[test]
fn keys_in_calls_to_a_stranger_do_not_act_when_the_address_is_put_right() {
    check(
        "08:00 fever E1 finance suspected -> step-taken
         08:00 test p31 -> test-asked
         08:00 deliver ->
         08:00:40 digit alert:p31:phone 9 -> wrong-person p31 phone; wrong-person p31 sms
         08:02 adopt another -> configuration-adopted
         08:02:10 digit alert:p31:sms 1 -> receipt-taken no-effect; !taken
         08:02:20 digit test:p31:phone 9 -> receipt-taken no-effect; !wrong-person
         08:12 live ->
         08:12:10 digit alert:p31:phone 1 -> taken C1 p31 via=digit",
    );
}

#[test]
fn what_was_only_planned_keeps_its_code() {
    check(
        "08:00 fever E1 finance suspected -> step-taken
         08:00 deliver ->
         08:00:20 fever E2 finance suspected -> step-taken
         08:00:40 digit alert:p31:phone 9 -> code-called-in C1 p31#1",
    );
}

#[test]
fn whoever_holds_the_digits_of_a_case_has_them_called_in_each_time() {
    check(
        "08:00 fever E1 finance 38.4 -> notify alert p11 sms
         08:00:02 accepted alert:p11:sms
         08:00:10 code p11 C1 wrong -> code-called-in C1 p11#1
         08:01 adopt another -> configuration-adopted
         08:01 code p11 C1 wrong -> code-called-in C1 p11#2",
    );
}

#[test]
fn who_got_the_old_code_by_mail_gets_the_new_one_there() {
    check_with(
        |directory| leader_by(directory, &[Medium::Email, Medium::Sms, Medium::Phone]),
        "08:00 fever E1 finance suspected -> notify alert p11 email; notify alert p11 sms; notify alert p11 phone
         08:00 deliver ->
         08:00:40 digit alert:p11:phone 9 -> code-called-in C1 p11#1; notify alert p11 email",
    );
    check_with(
        |directory| leader_by(directory, &[Medium::Email, Medium::Sms, Medium::Phone]),
        "08:00 fever E1 finance suspected -> step-taken
         08:00 deliver ->
         08:00:30 take C1 p31 -> taken
         08:00:40 digit alert:p11:phone 9 -> code-called-in C1 p11#1; !notify alert",
    );
}

#[test]
fn who_signed_in_by_a_code_that_a_stranger_got_is_out() {
    check_with(
        |directory| {
            directory.persons.get_mut(&PersonId::new("p31")).unwrap().media.insert(Medium::Email);
            policy(directory, |policy| policy.idle_after = Some(minutes(8)));
        },
        "08:00 fever E1 finance suspected -> step-taken
         08:00 sign-in p31 sms id=r1 -> sign-in-asked
         08:00 deliver ->
         08:00:30 open r1 right -> session-opened p31
         08:00:35 sign-in p31 sms id=r2 -> sign-in-asked
         08:00:40 digit alert:p31:phone 9 -> session-closed; cancelled sign_in p31 sms
         08:00:50 open r2 right -> REJECTED CodeWrong
         08:00:50 sign-in p31 sms id=r3 -> REJECTED Unreachable
         08:01 sign-in p31 email id=r4 -> sign-in-asked
         08:01 open r4 right -> session-opened p31",
    );
    check_with(
        |directory| {
            directory.persons.get_mut(&PersonId::new("p31")).unwrap().media.insert(Medium::Email);
        },
        "08:00 fever E1 finance suspected -> step-taken
         08:00 sign-in p31 email id=r1 -> sign-in-asked
         08:00 deliver ->
         08:00:30 open r1 right -> session-opened p31
         08:00:40 digit alert:p31:phone 9 -> wrong-person p31 phone; wrong-person p31 sms; !session-closed",
    );
}

#[test]
fn a_stranger_to_a_mail_drops_the_mail_address_and_not_the_number() {
    check_with(
        |directory| {
            leader_by(directory, &[Medium::Sms, Medium::Phone, Medium::Email]);
            directory.roles.push((PersonId::new("p51"), Role::Office));
        },
        "08:00 fever E1 finance suspected -> step-taken
         08:00 deliver ->
         08:00:40 code p11 C1 wrong by=email -> wrong-person p11 email; code-called-in C1 p11#1; \
            notify alert p11 sms; trouble-began mail_wrong:p11 told; notify operator p51 sms; notify operator p51 email; \
            !step-taken
         08:00:50 digit alert:p11:phone 1 -> taken C1 p11 via=digit
         08:01 adopt another -> trouble-ended mail_wrong:p11",
    );
}

#[test]
fn a_mail_that_was_the_only_way_and_went_to_a_stranger_brings_the_next_step() {
    check_with(
        |directory| {
            leader_by(directory, &[Medium::Email]);
            policy(directory, |policy| {
                let mut second = policy.steps[0].clone();
                second.after = minutes(10);
                second.notify = vec![Target::Duty(DutyRole::new("officer"))];
                policy.steps.push(second);
            });
        },
        "08:00 fever E1 finance suspected -> notify alert p11 email
         08:00 deliver ->
         08:00:40 code p11 C1 wrong by=email -> wrong-person p11 email; step-taken C1 2; notify alert p31 email",
    );
}

/// What stands for a person's number.
fn number(world: &mut World, person: &str, token: &str) {
    let known = world.directory.persons.get_mut(&PersonId::new(person)).unwrap();
    for medium in [Medium::Phone, Medium::Sms] {
        known.addresses.insert(medium, AddressToken::new(token));
    }
}

#[test]
fn a_number_stays_dropped_until_it_is_another_one() {
    let mut world = World::new(|_| {});
    number(&mut world, "p31", "a");
    number(&mut world, "p42", "b");
    world.run(
        "07:00 arm p42
         08:00 fever E1 finance suspected -> step-taken
         08:00 deliver ->
         08:00:40 digit alert:p31:phone 9 -> wrong-person p31 phone; wrong-person p31 sms; trouble-began
         08:00:50 digit alert:p42:phone 9 -> wrong-person p42 phone; wrong-person p42 sms; trouble-began",
    );
    number(&mut world, "p42", "c");
    world.run(
        "08:02 adopt another -> configuration-adopted; trouble-ended number_wrong:p42
         08:05 tick -> medium-skipped p31 sms wrong_person; medium-skipped p31 phone wrong_person; step-repeated",
    );
    number(&mut world, "p31", "d");
    world.run(
        "08:06 adopt third -> configuration-adopted; trouble-ended number_wrong:p31
         08:10 tick -> step-repeated; !medium-skipped",
    );
    world.replays();
}

#[test]
fn where_nobody_can_tell_an_adopted_configuration_puts_the_number_right() {
    for (before, after) in [(None, Some("a")), (Some("a"), None)] {
        let mut world = World::new(|_| {});
        let set = |world: &mut World, token: Option<&str>| match token {
            Some(token) => number(world, "p31", token),
            None => world.directory.persons.get_mut(&PersonId::new("p31")).unwrap().addresses.clear(),
        };
        set(&mut world, before);
        world.run(
            "07:00 arm p42
             08:00 fever E1 finance suspected -> step-taken
             08:00 deliver ->
             08:00:40 digit alert:p31:phone 9 -> wrong-person p31 phone; wrong-person p31 sms",
        );
        set(&mut world, after);
        world.run("08:02 adopt another -> configuration-adopted; trouble-ended number_wrong:p31");
    }
}

#[test]
fn a_stranger_who_took_the_case_and_then_presses_9_loses_it_at_once() {
    check(
        "08:00 fever E1 finance suspected -> step-taken
         08:00 deliver ->
         08:00:30 digit alert:p31:phone 1 -> taken C1 p31 via=digit
         08:00:40 digit alert:p31:phone 9 -> wrong-person p31 phone; wrong-person p31 sms; code-called-in C1 p31#1; \
            handler-idle C1 p31 due=08:00:40; step-repeated C1 1 next=08:05:40; notify alert p11 sms; \
            notify alert p11 phone; notify alert p41 sms; notify alert p41 phone; notify alert p42 sms; \
            notify alert p42 phone
         08:00:50 digit alert:p31:phone 1 -> receipt-taken no-effect; !taken
         08:01 digit alert:p42:phone 1 -> taken C1 p42 via=digit",
    );
}

#[test]
fn the_next_step_comes_where_a_stranger_had_taken_the_case_of_the_only_person_told() {
    check_with(
        |directory| {
            leader_by(directory, &[Medium::Sms, Medium::Phone]);
            policy(directory, |policy| {
                let mut second = policy.steps[0].clone();
                second.after = minutes(10);
                second.notify = vec![Target::Duty(DutyRole::new("officer"))];
                policy.steps.push(second);
            });
        },
        "08:00 fever E1 finance suspected -> step-taken C1 1
         08:00 deliver ->
         08:00:30 digit alert:p11:phone 1 -> taken C1 p11
         08:00:40 digit alert:p11:phone 9 -> handler-idle C1 p11; step-taken C1 2 p31; notify alert p31 sms; \
            notify alert p31 phone",
    );
}

#[test]
fn what_a_stranger_said_that_they_know_or_cannot_is_not_the_persons_word() {
    for key in ["2", "3"] {
        check_with(
            |directory| leader_by(directory, &[Medium::Sms, Medium::Phone, Medium::Email]),
            &format!(
                "08:00 fever E1 finance suspected -> step-taken
                 08:00 deliver ->
                 08:00:30 digit alert:p11:phone {key} -> receipt-taken effect
                 08:00:40 digit alert:p11:phone 9 -> wrong-person p11 phone; wrong-person p11 sms; !handler-idle
                 08:05:40 tick -> step-repeated C1 1 p11; notify alert p11 email"
            ),
        );
    }
}

#[test]
fn who_took_the_case_by_their_own_sign_in_keeps_it_when_the_number_is_a_strangers() {
    check(
        "08:00 fever E1 finance suspected -> step-taken
         08:00 deliver ->
         08:00:30 take C1 p31 -> taken C1 p31
         08:00:35 digit alert:p31:phone 1 -> receipt-taken effect; !taken
         08:00:40 digit alert:p31:phone 9 -> wrong-person p31 phone; wrong-person p31 sms; !handler-idle; \
            !notify alert",
    );
}
