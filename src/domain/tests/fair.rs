//! Fairness of the record: nobody owes what they could not know of, and nothing is held against whom the daemon was slow
//! for.

use std::sync::Arc;
use std::time::Duration;

use super::slots::{add, daily, daily_with, form};
use super::{World, check_with};
use crate::domain::directory::Role;
use crate::domain::fact::Fact;
use crate::domain::form::Form;
use crate::domain::lapse::{Certainty, Failing, Lapse};
use crate::domain::names::PersonId;
use crate::domain::notification::Purpose;

fn slots_of(world: &World, unit: &str) -> Vec<(String, Certainty, usize)> {
    let of = |lapse: &Arc<Lapse>| {
        let slot = format!("{:?}", lapse.about);
        (slot, lapse.certainty, lapse.excuses.len())
    };
    world.state.lapses.values().map(of).filter(|(slot, ..)| slot.contains(unit)).collect()
}

#[test]
fn a_form_that_comes_back_after_weeks_owes_nothing_for_the_time_between() {
    let mut world = World::new(|directory| add(directory, form("daily", "0 0 16 * * *")));
    world.run("22/17:00 adopt c1\n07:00 arm p42\n15:00 report daily finance p12\n15:00 report daily auction p22\n16:01 tick");
    let forms = std::mem::take(&mut world.directory.forms);
    world.run("23:00 adopt c2 -> form-followed daily next=never\n27/10:00 tick");
    world.directory.forms = forms;
    world.run(
        "28/12:00 adopt c3 -> period-opened daily.2026-11-28.1 due=28/16:00
         28/12:01 tick -> !period-opened; !period-closed
         28/16:00 tick -> period-opened daily.2026-11-29.1; period-fell-due daily.2026-11-28.1",
    );
    assert_eq!(slots_of(&world, "finance"), []);
    world.replays();
}

#[test]
fn a_time_of_the_day_that_is_added_after_it_has_passed_is_owed_from_the_next_day() {
    let daily = |due: &str| Form { opens_before: Some(Duration::from_hours(2)), ..form("daily", due) };
    let mut world = World::new(|directory| add(directory, daily("0 0 16 * * *")));
    world.run("08:00 adopt c1\n08:00 arm p42\n15:00 report daily finance p12\n15:00 report daily auction p22\n20:00:01 tick");
    add(&mut world.directory, daily("0 0 16,18 * * *"));
    world.run(
        "20:10 adopt c2 -> !period-opened
         20:11 tick -> !period-opened
         24/14:00 tick -> period-opened daily.2026-11-24.1 due=24/16:00",
    );
    // One that is still to come is owed today, and says that there was hardly any time.
    add(&mut world.directory, daily("0 30 14,16,18 * * *"));
    world.run(
        "24/16:00 tick
         24/17:00 adopt c3
         24/17:00 tick
         24/18:30 tick",
    );
    let opened: Vec<(String, bool)> = world
        .entries
        .iter()
        .flat_map(|(_, facts)| facts)
        .filter_map(|fact| match fact {
            Fact::PeriodOpened { period } => Some((period.period.to_string(), period.born_late)),
            _ => None,
        })
        .collect();
    let days =
        |it: &[(&str, bool)]| it.iter().map(|(id, late)| ((*id).to_owned(), *late)).collect::<Vec<_>>();
    assert_eq!(
        opened,
        days(&[
            ("daily.2026-11-23.1", false),
            ("daily.2026-11-24.1", false),
            ("daily.2026-11-24.2", false),
            ("daily.2026-11-24.3", false),
        ])
    );
    world.replays();
}

#[test]
fn what_is_owed_while_the_daemon_is_down_stays_owed() {
    daily(
        "24/18:00 start down=12:00-24/18:00
         24/18:00 tick -> period-opened daily.2026-11-24.1; period-opened daily.2026-11-25.1; \
               due-moved daily.2026-11-23.1 to=24/18:30 outage; due-moved daily.2026-11-24.1 to=24/18:30 outage",
    );
}

#[test]
fn what_came_before_the_limit_and_was_read_after_the_closing_is_what_it_was_when_it_came() {
    daily(
        "19:59 tick
         20:00:01 tick -> period-closed missing=auction missing=finance
         19:59:58 report daily finance p12 day=2026-11-23 -> report-filed late late=14398; lapse-turned; !lapse delayed",
    );
    check_with(
        |directory| add(directory, Form { missing_after: Duration::ZERO, ..form("daily", "0 0 16 * * *") }),
        "22/17:00 adopt c1
         16:00:01 tick -> period-closed missing=auction missing=finance
         15:59:59 report daily finance p12 day=2026-11-23 -> report-filed on_time late=0; lapse-withdrawn",
    );
}

#[test]
fn while_the_clock_is_in_doubt_nobody_is_late() {
    daily(
        "18:00~15:30 clock-step 15:30 18:00
         18:30~16:10 report daily finance p12 -> report-filed on_time late=0; !lapse",
    );
}

#[test]
fn what_was_due_before_the_daemon_was_ever_armed_is_a_candidate_and_told_to_nobody() {
    let mut world = World::new(|directory| add(directory, form("daily", "0 0 16 * * *")));
    world.run(
        "22/17:00 adopt c1
         20:00:01 tick -> period-closed missing=auction missing=finance excuse=unarmed
         24/08:00 arm p42
         24/09:00 tick -> lapses-due; !notify lapse_notice",
    );
    let of_finance = slots_of(&world, "finance");
    assert!(matches!(&of_finance[..], [(_, Certainty::Candidate, _)]), "{of_finance:?}");
    world.replays();
}

#[test]
fn who_could_not_be_reminded_because_the_daemon_was_armed_later_has_that_on_record() {
    let mut world = World::new(|directory| add(directory, form("daily", "0 0 16 * * *")));
    world.run(
        "22/17:00 adopt c1
         16:30 arm p42
         20:00:01 tick -> period-closed missing=auction missing=finance excuse=unarmed",
    );
    world.replays();
    // A day later nothing is left of it.
    world.run(
        "24/20:00:01 tick -> period-closed daily.2026-11-24.1 missing=auction missing=finance; !unarmed",
    );
}

#[test]
fn whom_a_notice_did_not_reach_is_told_again_when_it_is_over() {
    let mut world = World::new(|directory| add(directory, form("daily", "0 0 16 * * *")));
    world.run(
        "22/17:00 adopt c1
         07:00 arm p42
         15:00 report daily auction p22
         20:00:01 tick -> period-closed missing=finance
         24/09:00 tick -> notify lapse_notice p11 email; notify lapse_notice p11 sms; notify lapse_notice p12 email; notify lapse_notice p12 sms",
    );
    assert!(world.state.unheard.is_empty());
    // Nothing else is owed meanwhile.
    world.directory.forms.clear();
    world.run("24/09:30 adopt c2\n30/08:00 tick");
    assert!(world.state.unheard.is_empty());
    let from = world.entries.len();
    world.run("30/09:00 tick\n12.01/08:00:01 tick\n12.01/09:00 tick");
    let told = |fact: &Fact| matches!(fact, Fact::NotificationPlanned { notification, .. } if notification.purpose == Purpose::LapseNotice);
    let again = world.entries[from..].iter().flat_map(|(_, facts)| facts).filter(|fact| told(fact)).count();
    assert_eq!(again, 4, "two people by two media each, once");
    world.replays();
}

#[test]
fn the_same_figures_with_another_reason_are_kept_and_correct_nothing() {
    daily(
        "16:40 report daily finance p12 -> report-filed late revision=1
         24/09:00 report daily finance p12 day=2026-11-23 because=power -> \
               report-filed late revision=2; !self-made; !lapse
         24/09:01 report daily finance p12 day=2026-11-23 because=power ->
         24/09:02 report daily finance p12 day=2026-11-23 says=other -> report-filed revision=3 self-made; lapse mistaken",
    );
}

#[test]
fn a_report_that_is_sent_twice_is_not_tomorrows() {
    daily(
        "15:00 report daily finance p12 -> report-filed daily.finance.2026-11-23.1
         15:01 report daily finance p12 -> (no facts)
         15:40 report daily finance p12 -> (no facts)
         15:41 report daily finance p12 says=other -> report-filed daily.finance.2026-11-24.1
         16:00 tick -> period-fell-due
         16:01 report daily auction p22 -> report-filed daily.auction.2026-11-23.1
         16:02 report daily auction p22 -> (no facts)
         16:02 report daily auction p22 because=power -> report-filed daily.auction.2026-11-23.1 revision=2; !self-made
         24/09:00 report daily auction p22 -> report-filed daily.auction.2026-11-24.1",
    );
}

#[test]
fn after_it_is_due_only_discipline_excuses_and_nobody_their_own_unit() {
    check_with(
        |directory| {
            add(directory, form("daily", "0 0 16 * * *"));
            directory.roles.push((PersonId::new("p41"), Role::Discipline));
            directory.roles.push((PersonId::new("p11"), Role::Discipline));
        },
        "22/17:00 adopt c1
         15:00 exempt daily.finance.2026-11-23.1 p12 -> REJECTED OwnSlot
         16:00 exempt daily.finance.2026-11-23.1 p51 -> slot-exempted
         16:00:01 exempt daily.auction.2026-11-23.1 p51 -> REJECTED PastDue
         16:01 exempt daily.auction.2026-11-23.1 p41 -> slot-exempted",
    );
}

#[test]
fn the_last_part_of_a_closing_is_decided_by_when_it_was_due() {
    // The limit has passed, the closing has not been decided: who is behind it is missing, who was before is not.
    let mut world = World::new(|directory| add(directory, form("daily", "0 0 16 * * *")));
    world.run("22/17:00 adopt c1\n07:00 arm p42\n19:00 tick");
    world.run(
        "20:00:00.500 report daily finance p12 day=2026-11-23 -> report-filed missing
         19:59:59 report daily auction p22 day=2026-11-23 -> report-filed late",
    );
    let [(of_auction, ..)] = &slots_of(&world, "auction")[..] else { panic!("one lapse") };
    assert!(of_auction.contains("daily"));
    let failing = |unit: &str| {
        let of = |it: &&Arc<Lapse>| format!("{:?}", it.about).contains(unit);
        world.state.lapses.values().find(of).map(|it| (it.failing, it.cured_at.is_some()))
    };
    assert_eq!(failing("auction"), Some((Failing::Delayed, true)));
    assert_eq!(failing("finance"), Some((Failing::Delayed, true)));
    world.replays();
}

#[test]
fn yesterdays_zero_is_todays_where_the_slot_has_not_opened_and_each_overdue_round_is_its_own() {
    daily_with(
        |form| form.opens_before = Some(Duration::from_hours(2)),
        "15:00 report daily finance p12 -> report-filed daily.finance.2026-11-23.1
         24/09:00 report daily finance p12 -> report-filed daily.finance.2026-11-24.1",
    );
    check_with(
        |directory| add(directory, form("rounds", "0 0 9,13,17 * * *")),
        "07:30 adopt c1
         12:58 tick
         12:59 report rounds finance p12 -> report-filed rounds.finance.2026-11-23.1
         13:00:30 report rounds finance p12 -> report-filed rounds.finance.2026-11-23.2",
    );
}

/// Finance reports, auction does not; what happens between its due instant at 16:00 and its limit at 20:00.
#[track_caller]
fn omission(between: &str) -> (Certainty, usize) {
    let mut world = World::new(|directory| add(directory, form("daily", "0 0 16 * * *")));
    world.run("22/17:00 adopt c1\n07:00 arm p42\n15:00 report daily finance p12\n16:00 tick");
    world.run(between);
    world.run("20:10 tick");
    world.replays();
    let [(_, certainty, excuses)] = &slots_of(&world, "auction")[..] else { panic!("one lapse") };
    (*certainty, *excuses)
}

#[test]
fn whom_an_outage_kept_from_being_only_late_has_an_omission_that_is_not_proved() {
    assert_eq!(omission("20:05 start down=16:05-20:05"), (Certainty::Candidate, 1));
    // More than half of the time, and the last half hour of it.
    assert_eq!(omission("18:06 start down=16:05-18:06"), (Certainty::Candidate, 1));
    assert_eq!(omission("19:32 start down=19:31-19:32"), (Certainty::Candidate, 1));
    // The door was open long enough behind it, or nobody noticed.
    assert_eq!(omission("18:04 start down=16:05-18:04"), (Certainty::Proved, 1));
    assert_eq!(omission("19:45 start down=19:44:30-19:45"), (Certainty::Proved, 1));
    assert_eq!(omission(""), (Certainty::Proved, 0));
}
