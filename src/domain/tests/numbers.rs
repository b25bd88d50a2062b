//! Numbers of an authority that proved wrong: the mark is the number's and not its place's, over every reload.

use super::World;
use super::directory::daemon;
use crate::domain::case::Phone;
use crate::domain::directory::{Authority, Hours};
use crate::domain::fact::Fact;
use crate::domain::names::{AddressToken, AuthorityId, CaseId};

/// The authority's numbers, by what stands for each.
fn numbers(world: &mut World, tokens: &[&str]) {
    let authority = Authority {
        phones: vec![Hours::default(); tokens.len()],
        numbers: tokens.iter().map(|token| AddressToken::new(token)).collect(),
        email: true,
    };
    world.directory.authorities.insert(AuthorityId::new("sasac"), authority);
}

/// The first of two numbers was rung and is somebody else's.
fn first_is_wrong(tokens: &[&str]) -> World {
    let mut world = World::new(daemon);
    numbers(&mut world, tokens);
    rung(world)
}

fn rung(mut world: World) -> World {
    world.run(
        "07:00 arm p42
         08:00 fever E1 finance suspected -> clock-started
         08:00 tick ->
         08:00 deliver -> attempt-started telephone sasac phone address=0",
    );
    world
}

fn phone(world: &World) -> Phone {
    world.state.case(&CaseId::new("C-20261123-0001")).unwrap().clock(0).unwrap().phone.clone()
}

#[test]
fn a_wrong_number_stays_left_out_wherever_a_reload_puts_it() {
    let mut world = first_is_wrong(&["a", "b"]);
    world.run("08:00:40 digit telephone:sasac:phone 9 -> address-wrong C1 sasac 0; daemon-calls");
    numbers(&mut world, &["b", "a"]);
    world.run(
        "08:00:41 adopt another -> configuration-adopted
         08:00:41 send -> attempt-started telephone sasac phone address=0",
    );
    assert!(phone(&world).wrong_addresses.is_empty(), "by what stands for it alone");
    world.replays();
}

#[test]
fn the_number_that_was_rung_is_wrong_also_where_a_reload_came_before_the_key() {
    let mut world = first_is_wrong(&["a", "b"]);
    numbers(&mut world, &["b", "a"]);
    world.run(
        "08:00:30 adopt another -> configuration-adopted
         08:00:40 digit telephone:sasac:phone 9 -> address-wrong C1 sasac 0
         08:00:40 send -> attempt-started telephone sasac phone address=0",
    );
    assert_eq!(phone(&world).wrong_numbers.iter().map(AddressToken::as_str).collect::<Vec<_>>(), ["a"]);
    world.replays();
}

#[test]
fn a_number_in_the_place_of_one_that_proved_wrong_is_rung() {
    let mut world = first_is_wrong(&["a"]);
    world.run(
        "08:00:40 digit telephone:sasac:phone 9 -> address-wrong C1 sasac 0; telephone-impossible C1 sasac wrong_numbers
         08:01 adopt same -> configuration-adopted; !daemon-calls; !telephone-impossible
         08:15 send -> !attempt-started telephone",
    );
    numbers(&mut world, &["c"]);
    world.run(
        "08:16 adopt another -> configuration-adopted; daemon-calls C1; notify telephone sasac phone
         08:16 send -> attempt-started telephone sasac phone address=0",
    );
    world.replays();
}

#[test]
fn a_call_is_possible_again_where_a_number_is_put_right_and_impossible_anew_where_that_is_wrong_too() {
    let mut world = first_is_wrong(&["a"]);
    world.run(
        "08:00:40 digit telephone:sasac:phone 9 -> telephone-impossible C1 sasac wrong_numbers; \
            trouble-began authority_unreachable:sasac told",
    );
    numbers(&mut world, &["c"]);
    world.run("09:16 adopt another -> trouble-ended; telephone-possible C1 sasac; daemon-calls C1");
    assert_eq!(phone(&world).impossible, None);
    world.run(
        "09:16 deliver -> attempt-started telephone sasac phone
         09:16:40 digit telephone:sasac:phone 9 -> address-wrong C1; telephone-impossible C1 sasac wrong_numbers; \
            trouble-began authority_unreachable:sasac told; notify operator p31 sms; notify operator p31 email; \
            notify operator p31 phone",
    );
    world.replays();
}

#[test]
fn a_call_that_is_left_to_the_officer_is_possible_again_too() {
    let mut world = first_is_wrong(&["a"]);
    world.run(
        "08:00:40 digit telephone:sasac:phone 9 -> telephone-impossible C1 sasac wrong_numbers
         08:02 telephone C1 no_answer p31 -> telephone-tried",
    );
    numbers(&mut world, &["c"]);
    world.run("08:03 adopt another -> telephone-possible C1 sasac; !daemon-calls");
    assert_eq!(phone(&world).impossible, None);
    world.replays();
}

#[test]
fn numbers_that_all_proved_wrong_stay_trouble_over_a_reload() {
    let mut world = first_is_wrong(&["a", "b"]);
    world.run("08:00:40 digit telephone:sasac:phone 9 -> address-wrong C1 sasac 0; daemon-calls");
    numbers(&mut world, &["a"]);
    world.run(
        "08:00:41 adopt without -> telephone-impossible C1 sasac wrong_numbers; trouble-began told; \
            cancelled telephone sasac phone wrong_person
         09:00 send -> !attempt-started telephone
         09:10 adopt same -> trouble-ended; trouble-began authority_unreachable:sasac told; !telephone-impossible",
    );
    world.replays();
}

#[test]
fn what_an_old_journal_says_of_a_place_is_read() {
    let old = r#"{"address_wrong/1":{"case":"C-20261123-0001","clock":0,"address":1}}"#;
    let fact: Fact = serde_json::from_str(old).unwrap();
    assert_eq!(serde_json::to_string(&fact).unwrap(), old);
    let mut world = first_is_wrong(&["a", "b"]);
    let place = world.entries.last().unwrap().0;
    world.state = world.state.apply_all(place, &[fact]);
    assert!(phone(&world).is_wrong(1, None) && !phone(&world).is_wrong(0, None));
}

#[test]
fn a_number_that_is_wrong_by_its_place_alone_is_rung_again_after_a_reload() {
    let mut world = World::new(daemon);
    numbers(&mut world, &["a"]);
    world.directory.authorities.get_mut(&AuthorityId::new("sasac")).unwrap().numbers.clear();
    let mut world = rung(world);
    world.run(
        "08:00:40 digit telephone:sasac:phone 9 -> address-wrong C1 sasac 0; telephone-impossible C1 sasac wrong_numbers",
    );
    assert!(phone(&world).is_wrong(0, None), "nobody can tell what stands for it");
    numbers(&mut world, &["c"]);
    world.run(
        "08:16 adopt another -> configuration-adopted; telephone-possible C1 sasac; daemon-calls C1
         08:16 send -> attempt-started telephone sasac phone address=0
         08:16:40 digit telephone:sasac:phone 9 -> address-wrong C1 sasac 0; telephone-impossible wrong_numbers
         08:17 adopt third -> !telephone-possible; !daemon-calls",
    );
    world.replays();
}
