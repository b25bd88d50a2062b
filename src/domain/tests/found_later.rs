//! What turns out to have overlapped a lapse after that was put on record: it stands with the lapse, and decides nothing.

use std::sync::Arc;
use std::time::Duration;

use super::World;
use super::asked::reminded;
use super::directory::daemon;
use super::slots::{SETUP, add, form};
use super::words::word;
use crate::domain::apply::Place;
use crate::domain::directory::Directory;
use crate::domain::fact::Fact;
use crate::domain::lapse::{Certainty, Lapse};
use crate::domain::state::State;
use crate::time::Timestamp;

fn world(vary: impl FnOnce(&mut Directory), script: &str) -> World {
    let mut world = World::new(vary);
    world.run("07:00 arm p42");
    world.run(script);
    world
}

/// The lapse whose id is that of one about this.
fn lapse<'w>(world: &'w World, about: &str) -> &'w Lapse {
    let is_it = |lapse: &&Arc<Lapse>| serde_json::to_string(&lapse.about).unwrap().contains(about);
    world.state.lapses.values().find(is_it).expect("a lapse")
}

/// Its excuses: what, from when to when, `later` where it was found later, and the facts that its entries begin with.
fn excuses(world: &World, about: &str) -> Vec<String> {
    let entry = |seq: &u64| {
        let (_, facts) = world.entries.iter().find(|(place, _)| place.seq == *seq).unwrap();
        world.words(facts.first().unwrap()).swap_remove(0)
    };
    let told = |it: &crate::domain::lapse::Excuse| {
        let later = if it.found_later.is_some() { " later" } else { "" };
        let entries: Vec<String> = it.entries.iter().map(entry).collect();
        let span = format!("{}-{}", world.time(it.from), world.time(it.to));
        format!("{} {span}{later} {}", word(&it.what), entries.join("+"))
    };
    lapse(world, about).excuses.iter().map(told).collect()
}

const LATE_CASE: &str = "08:00 fever E1 finance suspected -> case-opened C1
     08:30:01 tick -> lapse telephone C1; lapse written C1";

#[test]
fn an_outage_that_the_next_start_puts_on_record_stands_with_what_it_overlapped() {
    let mut world = world(|_| {}, LATE_CASE);
    assert_eq!(excuses(&world, "telephone"), [""; 0]);
    world.run("08:40 start down=08:29:58-08:40");
    assert_eq!(excuses(&world, "telephone"), ["outage 08:29:58-08:40 later started"]);
    assert_eq!(excuses(&world, "written"), ["outage 08:29:58-08:40 later started"]);
    assert_eq!(lapse(&world, "telephone").certainty, Certainty::Proved, "what was found stays as it was");
    world.run("09:10 start down=09:00-09:10");
    assert_eq!(excuses(&world, "telephone").len(), 1, "what came behind it is none");
    world.replays();
}

#[test]
fn what_was_known_is_not_found_again() {
    let world = world(
        |_| {},
        "08:00 fever E1 finance suspected -> case-opened C1
         08:05 trouble vault_closed
         08:20 start down=08:10-08:20
         08:30:01 tick -> lapse telephone C1; lapse written C1
         08:31 trouble index_closed
         08:32 over index_closed",
    );
    assert_eq!(
        excuses(&world, "telephone"),
        ["outage 08:10-08:20 started", "door 08:05-08:30:01 trouble-began"]
    );
    world.replays();
}

#[test]
fn a_door_that_is_seen_to_be_shut_after_a_report_was_late_stands_with_it() {
    let mut world = world(
        |directory| add(directory, form("daily", "0 0 16 * * *")),
        &format!(
            "{SETUP}
             15:00 probe
             16:00 tick
             16:03 report daily finance p12 -> lapse delayed daily.finance.2026-11-23.1"
        ),
    );
    assert_eq!(excuses(&world, "finance"), [""; 0]);
    world.run("16:05 probe failed=3 last=15:50 -> trouble-began door_shut");
    assert_eq!(excuses(&world, "finance"), ["door 15:50-16:05 later trouble-began"]);
    world.replays();
}

#[test]
fn an_attempt_that_fails_when_the_limit_has_passed_stands_with_the_proof_that_it_was_to_bring() {
    let mut world = world(
        daemon,
        "08:00 fever E1 finance suspected
         08:00 deliver
         08:00 tick
         08:00 send
         08:00:01 refused telephone:sasac:phone
         08:29:57 send -> attempt-started telephone
         08:30:01 tick",
    );
    assert_eq!(excuses(&world, "telephone"), ["provider 08:00-08:00 attempt-ended"]);
    world.run("08:30:05 unknown telephone:sasac:phone");
    assert_eq!(
        excuses(&world, "telephone"),
        ["provider 08:00-08:00 attempt-ended", "provider 08:00-08:29:57 later attempt-ended+attempt-ended"]
    );
    assert_eq!(excuses(&world, "written"), [""; 0]);
    world.replays();
}

#[test]
fn a_reminder_that_fails_when_the_report_has_come_late_stands_with_it() {
    let mut world = world(
        |directory| {
            let mut form = form("daily", "0 0 16 * * *");
            reminded(&mut form);
            form.remind_before = vec![Duration::from_mins(1)];
            add(directory, form);
        },
        "22/17:00 adopt c1
         15:59:30 tick
         15:59:57 send -> attempt-started form_due p12 sms; attempt-started form_due p22 sms
         15:59:58 accepted form_due:p22:sms
         16:00 tick
         16:00:02 report daily finance p12 day=2026-11-23 -> lapse delayed
         16:00:03 report daily auction p22 day=2026-11-23 -> lapse delayed",
    );
    world.run("16:00:05 unknown form_due:p12:sms");
    assert_eq!(excuses(&world, "finance"), ["provider 15:59-16:00 later attempt-ended"]);
    assert_eq!(excuses(&world, "auction"), [""; 0], "one that was taken is enough");
    world.replays();
}

#[test]
fn what_is_found_after_a_verdict_changes_it_in_nothing_and_brings_it_before_the_inspectors_again() {
    let mut world = world(
        |directory| add(directory, form("daily", "0 0 16 * * *")),
        &format!(
            "{SETUP}
             15:00 probe
             16:00 tick
             16:01 report daily finance p12 -> lapse delayed
             16:02 statement daily.finance.2026-11-23.1 p12 -> statement-made
             16:02 statement daily.finance.2026-11-23.1 p11 -> statement-made
             16:03 verdict daily.finance.2026-11-23.1 S26 p51 found=minor -> verdict-given S26"
        ),
    );
    let seen = |world: &World| {
        let lapse = lapse(world, "finance");
        let at = lapse.excuse_since().map(|at| world.time(at));
        (lapse.verdicts.len(), lapse.is_open(), lapse.is_cleared(), lapse.is_to_review(), at)
    };
    assert_eq!(seen(&world), (1, false, false, false, None));
    world.run("16:05 probe failed=3 last=15:50 -> trouble-began door_shut");
    assert_eq!(seen(&world), (1, false, false, true, Some("16:05".to_owned())));
    world.run("16:10 verdict daily.finance.2026-11-23.1 S26 p51 found=minor -> verdict-given S26");
    assert_eq!(seen(&world), (2, false, false, false, None), "they knew of it");
    world.replays();
}

/// A journal of before lapses kept their time: the due instant and when it was found are known all the same.
#[test]
fn a_lapse_of_an_older_journal_is_overlapped_between_its_due_instant_and_when_it_was_found() {
    let mut world = world(|_| {}, LATE_CASE);
    world.run("08:40 start down=08:29:58-08:40");
    let mut state = State::default();
    for (place, facts) in &world.entries {
        let old: Vec<Fact> = facts
            .iter()
            .map(|fact| {
                let mut json = serde_json::to_value(fact).unwrap();
                if let Some(lapse) = json.pointer_mut("/lapse_recorded~11/lapse") {
                    lapse.as_object_mut().unwrap().remove("span").expect("new ones keep it");
                }
                serde_json::from_value(json).unwrap()
            })
            .collect();
        state = state.apply_all(Place { seq: place.seq, at: place.at }, &old);
    }
    let id = &lapse(&world, "telephone").lapse;
    let old = state.lapses.get(id).unwrap();
    assert_eq!(old.span, None);
    assert_eq!(old.excuses.len(), 1);
    assert!(old.excuses.iter().all(|it| it.found_later.is_some_and(|later| later.at > Timestamp::MIN)));
}
