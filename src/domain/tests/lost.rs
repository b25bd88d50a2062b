//! Addresses that a reload takes away while messages to them wait.

use super::directory::{daemon, minutes, policy};
use super::{World, check_with};
use crate::domain::directory::Directory;
use crate::domain::names::{AuthorityId, Medium, PersonId};

#[test]
fn a_call_to_an_authority_whose_numbers_were_taken_away_is_impossible_and_no_attempt() {
    let mut world = World::new(daemon);
    world.run(
        "07:00 arm p42
         08:00 fever E1 finance suspected -> clock-started
         08:00 tick -> daemon-calls C1 sasac; notify telephone sasac phone",
    );
    world.directory.authorities.get_mut(&AuthorityId::new("sasac")).unwrap().phones.clear();
    world.run(
        "08:00:01 deliver -> cancelled telephone sasac phone no_address; medium-skipped sasac phone no_address; \
            telephone-impossible C1 sasac no_number; !attempt-started telephone
         08:20 tick -> written-planned
         08:20 deliver -> attempt-started written sasac email",
    );
}

#[test]
fn a_message_to_somebody_whose_number_was_taken_away_goes_by_the_next_way() {
    let mut world = World::new(|directory| {
        policy(directory, |policy| policy.steps[0].wait = minutes(2));
    });
    world.run("07:00 arm p42\n08:00 fever E1 finance suspected -> step-taken C1 1");
    world.directory.persons.get_mut(&PersonId::new("p31")).unwrap().media.remove(&Medium::Sms);
    world.run(
        "08:00:01 deliver -> cancelled alert p31 sms no_address; medium-skipped p31 sms no_address; \
            notify alert p31 phone",
    );
}

#[test]
fn that_nothing_reminds_whoever_promised_to_ring_back_is_on_record() {
    let mail_alone = |directory: &mut Directory| {
        let media = &mut directory.persons.get_mut(&PersonId::new("p31")).unwrap().media;
        media.retain(|medium| *medium == Medium::Email);
    };
    check_with(
        mail_alone,
        "08:00 fever E1 finance suspected -> clock-started
         08:06 telephone C1 call_back p31 back=08:12 -> telephone-tried call_back back=08:11
         08:11 tick -> medium-skipped p31 phone; medium-skipped p31 sms; !notify reminder",
    );
}
