//! Messages to people while providers are away: pursued until they are of no use, and never given up without a word.

use std::sync::Arc;

use super::commands::instant;
use super::words;
use super::{World, check_with};
use crate::domain::bulletin::Trouble;
use crate::domain::directory::ChannelRules;
use crate::domain::fact::{CancelledBecause, Fact};
use crate::domain::names::{ChannelId, Kind, Medium, PersonId};
use crate::domain::notification::{Notification, Progress};
use crate::domain::policy::Target;
use crate::time::Timestamp;

/// A day of the daemon by a script, and then.
fn world(script: &str) -> World {
    let mut world = World::new(|_| {});
    world.run("07:00 arm p42");
    world.run(script);
    world
}

impl World {
    fn is_called(it: &Notification, name: &str) -> bool {
        let parts = [words::word(&it.purpose), words::recipient(&it.to), words::word(&it.medium)];
        parts.join(":").starts_with(name)
    }

    /// When a provider first took a message of this name, `withdrawn:p11` or with its medium.
    fn heard(&self, name: &str) -> Option<Timestamp> {
        let taken =
            self.planned.iter().filter_map(|id| self.state.track(id)).filter(|track| {
                Self::is_called(&track.notification, name) && track.state == Progress::Accepted
            });
        taken.filter_map(|track| track.attempts.last()).map(|attempt| attempt.at).min()
    }

    #[track_caller]
    fn hears(&self, name: &str, from: &str, to: &str) {
        let heard = self.heard(name);
        let in_time = heard.is_some_and(|at| instant(from) <= at && at <= instant(to));
        assert!(in_time, "{name} is heard at {:?}", heard.map(|at| self.time(at)));
    }

    /// How many requests left that say a message of this name, from then on.
    fn requests(&self, name: &str, from: &str) -> usize {
        let says = |id| self.state.track(id).is_some_and(|it| Self::is_called(&it.notification, name));
        let facts = self.entries.iter().filter(|(place, _)| place.at >= instant(from));
        let started = facts.flat_map(|(_, facts)| facts).filter(|fact| match fact {
            Fact::AttemptStarted { notification, covers, .. } => {
                std::iter::once(notification).chain(covers).any(says)
            }
            _ => false,
        });
        started.count()
    }
}

const FEVER: &str = "08:00 fever E1 finance 38 -> notify alert p11 sms";

#[test]
fn a_leader_hears_of_a_fever_within_five_minutes_of_a_quarter_of_an_hour_without_providers() {
    let mut world = world(FEVER);
    world.run("08:15 outage ->\n08:30 live ->");
    world.hears("alert:p11:sms", "08:15", "08:20");
    world.replays();
}

#[test]
fn after_an_outage_of_hours_they_hear_within_a_quarter_of_an_hour() {
    let mut world = world(FEVER);
    world.run("14:00 outage ->\n15:00 live ->");
    world.hears("alert:p11:sms", "14:00", "14:15");
}

#[test]
fn what_may_have_arrived_goes_again_under_its_key_and_seldom() {
    let mut world = world(FEVER);
    world.run("08:15 outage unknown ->\n09:00 live ->");
    world.hears("alert:p11:sms", "08:15", "08:30");
    let one = world.find("alert:p11:sms");
    let track = world.state.track(&one).unwrap();
    assert_eq!((track.notification.round, track.attempts.len()), (1, 7));
    assert!(track.attempts.iter().all(|attempt| attempt.key == one));
}

#[test]
fn whatever_tells_a_person_of_a_case_comes_when_the_providers_are_back() {
    for answer in ["", "unknown"] {
        let mut world = world(
            "08:00 fever E1 finance suspected ->
             08:00 deliver ->",
        );
        world.run(&format!(
            "08:40 outage {answer} -> clock-breached telephone; clock-breached written\n08:59 live ->"
        ));
        world.hears("breach:p31:sms", "08:40", "08:55");
        world.run("09:00 classify C1 ruled_out p31 second=p41 ->");
        world.run(&format!("09:15 outage {answer} ->\n09:40 live ->"));
        world.hears("withdrawn:p11", "09:15", "09:30");
    }
}

#[test]
fn what_nobody_handles_any_more_and_what_is_met_is_told_when_the_providers_are_back() {
    let mut world = world(
        "08:00 fever E1 finance suspected ->
         08:00 deliver ->
         08:01 take C1 p31 ->
         08:02 telephone C1 taken p31 ->
         08:03 write C1 initial p31 ->
         08:03 deliver -> clock-met
         08:04 take C1 p41 over ->",
    );
    world.run("08:20 outage ->\n08:30 live ->");
    world.hears("met:p11", "08:20", "08:25");
    world.hears("relieved:p31", "08:20", "08:25");
}

#[test]
fn a_warning_that_is_of_no_use_any_more_is_not_sent() {
    let mut world = world("08:00 fever E1 finance suspected ->\n08:00 deliver ->");
    world.run("08:31 outage ->\n09:00 live ->");
    assert_eq!(world.heard("warning"), None);
    assert_eq!(world.requests("warning", "08:31"), 0);
    world.hears("breach:p31:sms", "08:31", "08:36");
}

#[test]
fn what_a_person_missed_goes_as_one_when_a_way_is_back() {
    let mut world = world(
        "08:00 fever E1 finance 38.1 ->
         08:00 fever E2 finance 38.1 ->
         08:00 deliver ->
         08:01 classify C1 ruled_out p31 second=p41 ->",
    );
    world.run(
        "08:04 outage ->\n08:04 classify C2 ruled_out p31 second=p41 ->\n08:16 outage ->\n08:30 live ->",
    );
    world.hears("withdrawn:p11", "08:16", "08:21");
    assert_eq!(world.requests("withdrawn:p11", "08:16"), 1, "one message says both");
}

#[test]
fn after_a_day_it_is_given_up_on_record_and_the_operators_are_told() {
    for answer in ["", "unknown", "permanent"] {
        let mut world = world(
            "08:00 fever E1 finance 38 ->
             08:00 deliver ->
             08:01 classify C1 ruled_out p31 second=p41 ->",
        );
        world.run(&format!("25/09:00 outage {answer} ->"));
        assert!(
            world.state.troubles.get(&Trouble::PersonNotReached("p11".into())).unwrap().told_at.is_some()
        );
        let requests = world.requests("withdrawn:p11", "08:01");
        let most = if answer.is_empty() { 110 } else { 14 };
        assert!((12..=most).contains(&requests), "{answer}: {requests}");
        let withdrawn =
            |id: &_| world.state.track(id).is_some_and(|it| World::is_called(&it.notification, "withdrawn"));
        let given_up = world.entries.iter().flat_map(|(_, facts)| facts).filter(|fact| match fact {
            Fact::NotificationCancelled { notification, why } => {
                *why == CancelledBecause::NotTaken && withdrawn(notification)
            }
            _ => false,
        });
        assert_eq!(given_up.count(), 1, "{answer}");
        assert!(!world.state.sends.iter().any(|(_, id)| withdrawn(id)), "{answer}");
        world.run(
            "25/10:00 fever E2 finance 38 -> notify alert p11 sms
             25/10:00 deliver ->",
        );
        let trouble = Trouble::PersonNotReached("p11".into());
        assert!(!world.state.troubles.get(&trouble).unwrap().open, "{answer}");
        world.replays();
    }
}

#[test]
fn a_refusal_for_good_is_told_by_the_next_medium_at_once_and_of_the_last_one_the_operators_hear() {
    world(
        "08:00 fever E1 finance 38 ->
         08:00 deliver ->
         08:01 classify C1 ruled_out p31 second=p41 -> notify withdrawn p11 sms
         08:01 send ->
         08:01:01 refused withdrawn:p11:sms permanent -> notify withdrawn p11 email due=08:01:01; !trouble-began
         08:01:01 send ->
         08:01:02 refused withdrawn:p11:email permanent -> trouble-began person_not_reached:p11 told; \
            notify withdrawn p11 email round=2 due=08:16:01; notify operator p31 sms; notify operator p31 email
         08:16:01 deliver -> trouble-ended person_not_reached:p11",
    );
}

/// A day by a script in which a fever is told to a group alone, and the officer.
fn with_group(script: &str) -> World {
    let mut world = World::new(|directory| {
        let group = ChannelId::new("group");
        let like = directory.channels[1].clone();
        directory.channels.push(ChannelRules { id: group.clone(), medium: Medium::Robot, ..like });
        let fever = directory.policies.get_mut(&Kind::Fever).unwrap();
        Arc::make_mut(fever).steps[0].notify = vec![Target::Channel(group)];
    });
    world.run("07:00 arm p42");
    world.run(script);
    world
}

#[test]
fn of_a_group_that_refuses_for_good_the_operators_hear_once_until_it_takes_a_message() {
    with_group(
        "08:00 fever E1 finance 38 -> notify alert group robot; notify alert p31 phone; notify alert p31 sms
         08:00 send ->
         08:00:01 refused alert:group:robot permanent -> trouble-began group_not_reached:group told; \
            notify alert group robot round=2 due=08:15; notify operator p31 sms; notify operator p31 email
         10:00 fever E2 auction 38 -> notify alert group robot; notify alert p31 phone; notify alert p31 sms
         10:00 send ->
         10:00:01 refused alert:group:robot permanent -> !trouble-began; !notify operator
         11:00 live -> trouble-ended group_not_reached:group",
    )
    .replays();
}

#[test]
fn of_a_group_that_took_nothing_for_a_day_the_operators_hear() {
    for answer in ["", "unknown"] {
        let mut world = with_group("08:00 fever E1 finance 38 ->\n08:00:30 confirm C1 p31 ->");
        world.run(&format!("08:30 outage {answer} -> !trouble-began group_not_reached:group"));
        world.run(&format!("25/09:00 outage {answer} ->"));
        let trouble = Trouble::GroupNotReached("group".into());
        assert!(world.state.troubles.get(&trouble).unwrap().told_at.is_some(), "{answer}");
        world.directory.channels.retain(|channel| channel.medium != Medium::Robot);
        world.run("25/09:01 adopt without -> trouble-ended group_not_reached:group");
        world.replays();
    }
}

#[test]
fn of_a_group_that_was_taken_out_of_the_configuration_nobody_hears() {
    let mut world = with_group("08:00 fever E1 finance 38 ->");
    world.directory.channels.retain(|channel| channel.medium != Medium::Robot);
    world.run("08:00 adopt without -> !trouble-began");
    world.run("08:00 live -> !trouble-began; !attempt-started alert group robot");
    world.replays();
}

#[test]
fn a_code_and_a_test_are_not_pursued() {
    let mut world = world("08:00 test p31 ->");
    world.run("08:30 outage -> !trouble-began; !cancelled");
    assert_eq!(world.requests("test:p31:sms", "08:00"), 6);
}

#[test]
fn somebody_whom_nothing_reaches_is_on_record_and_the_operators_are_told() {
    check_with(
        |directory| directory.persons.get_mut(&PersonId::new("p11")).unwrap().media.clear(),
        "08:00 fever E1 finance 38 -> step-taken C1 1 gap={\"no_address\":\"p11\"}; step-taken C1 2 p31; \
            trouble-began person_not_reached:p11 told; notify operator p31 sms; notify operator p31 email",
    );
    let mut world = world("08:00 fever E1 finance 38 ->\n08:00 deliver ->");
    world.directory.persons.get_mut(&PersonId::new("p11")).unwrap().media.clear();
    world.run(
        "08:01 classify C1 ruled_out p31 second=p41 -> medium-skipped p11 sms no_address; \
            medium-skipped p11 email no_address; trouble-began person_not_reached:p11 told",
    );
    world.directory.persons.remove(&PersonId::new("p11"));
    world.run("08:02 adopt 1234 -> trouble-ended person_not_reached:p11");
    world.replays();
}

#[test]
fn what_lost_its_address_goes_by_another_medium_and_what_lost_its_channel_is_told() {
    let script = "08:00 fever E1 finance 38 ->
         08:00 deliver ->
         08:01 classify C1 ruled_out p31 second=p41 -> notify withdrawn p11 sms";
    let mut world = world(script);
    world.directory.persons.get_mut(&PersonId::new("p11")).unwrap().media.remove(&Medium::Sms);
    world.run(
        "08:01 send -> cancelled withdrawn p11 sms no_address; notify withdrawn p11 email; !trouble-began",
    );
    world.directory.channels.retain(|channel| channel.medium != Medium::Email);
    world.run(
        "08:01 refused withdrawn:p11:email -> notify withdrawn p11 email round=2
         08:02 adopt 1234 -> medium-skipped p11 email no_channel; trouble-began person_not_reached:p11 told; \
            notify operator p31 sms
         08:02 deliver -> !attempt-started withdrawn",
    );
    world.directory = super::directory::example();
    world.run("08:03 adopt 1235 ->\n08:03 deliver -> trouble-ended person_not_reached:p11");
    world.replays();
}

#[test]
fn what_may_have_arrived_after_refusals_has_its_prompt_tries_as_well() {
    let mut world = world(FEVER);
    world.run("08:00:10 outage ->\n08:00:31 outage unknown ->\n08:02 live ->");
    world.hears("alert:p11:sms", "08:00:31", "08:02");
    let refused = world.requests("alert:p11:sms", "08:00");
    assert!(refused > 6, "{refused}");
}
