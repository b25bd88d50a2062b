//! Periods under a configuration that changes under way: days off and make-up days, deadlines, units, forms.

use std::time::Duration;

use super::World;
use super::asked::reminded;
use super::slots::{add, form};
use crate::domain::fact::Fact;
use crate::domain::form::Form;
use crate::domain::names::UnitId;
use crate::domain::slot::{PeriodId, SlotState};

/// A form owed at nine on working days, before a weekend at the end of November 2026.
fn of_workdays(vary: impl FnOnce(&mut Form)) -> World {
    let mut check = Form { workdays_only: true, ..form("check", "0 0 9 * * *") };
    vary(&mut check);
    let mut world = World::new(|directory| add(directory, check));
    world.run(
        "26/20:00 arm p42
         27/08:00 adopt c1 -> period-opened check.2026-11-27.1
         27/08:10 report check finance p12 -> report-filed check.finance.2026-11-27.1
         27/08:10 report check auction p22 -> report-filed check.auction.2026-11-27.1
         27/09:00 tick -> period-opened check.2026-11-30.1 next=30/09:00
         27/20:00 tick",
    );
    world
}

fn swap(world: &mut World) {
    world.directory.calendar.makeup_workdays.insert("2026-11-29".parse().unwrap());
    world.directory.calendar.days_off.insert("2026-11-30".parse().unwrap());
}

fn state(world: &World, period: &str, unit: &str) -> SlotState {
    let id: PeriodId = period.parse().unwrap();
    world.state.periods.get(&id).unwrap().state(&UnitId::new(unit))
}

#[test]
fn a_make_up_day_before_the_open_period_has_its_own() {
    let mut world = of_workdays(|_| {});
    world.directory.calendar.makeup_workdays.insert("2026-11-29".parse().unwrap());
    world.run(
        "28/10:00 adopt c2 -> period-opened check.2026-11-29.1 due=29/09:00 next=30/09:00; !period-withdrawn
         28/10:01 start down=28/10:00-28/10:01 -> !period-opened; !form-followed; !period-reopened
         28/11:00 report check finance p12 says=x -> report-filed check.finance.2026-11-29.1 on_time
         28/12:00 report check finance p12 says=y -> report-filed check.finance.2026-11-30.1 on_time
         29/09:00 tick -> period-fell-due check.2026-11-29.1 auction:p22:p21; !period-opened
         30/09:00 tick -> period-opened check.2026-12-01.1; period-closed check.2026-11-29.1 missing=auction; \
             period-fell-due check.2026-11-30.1 auction:p22:p21
         12.01/09:00 tick -> period-opened check.2026-12-02.1",
    );
    world.replays();
}

#[test]
fn a_make_up_day_with_hardly_any_time_left_is_born_late_and_one_that_is_over_is_owed_by_nobody() {
    let mut world = of_workdays(|_| {});
    let friday = world.directory.calendar.clone();
    world.directory.calendar.makeup_workdays.insert("2026-11-29".parse().unwrap());
    world.run(
        "29/08:30 adopt c2 -> period-opened check.2026-11-29.1 born-late
         30/09:00 tick -> period-opened check.2026-12-01.1",
    );
    world.replays();
    let mut world = of_workdays(|_| {});
    assert_eq!(world.directory.calendar, friday);
    world.directory.calendar.makeup_workdays.insert("2026-11-28".parse().unwrap());
    world.run(
        "28/10:00 adopt c2 -> !period-opened
         29/10:00 start down=29/09:00-29/10:00 -> !period-opened
         30/09:00 tick -> period-opened check.2026-12-01.1; period-fell-due check.2026-11-30.1",
    );
    world.replays();
}

#[test]
fn each_of_the_times_of_a_make_up_day_has_its_period_in_its_turn() {
    let mut world = World::new(|directory| {
        add(directory, Form { workdays_only: true, ..form("rounds", "0 0 9,13,17 * * *") });
    });
    world.run(
        "27/16:00 adopt c1 -> period-opened rounds.2026-11-27.3
         27/17:00 tick -> period-opened rounds.2026-11-30.1",
    );
    world.directory.calendar.makeup_workdays.insert("2026-11-29".parse().unwrap());
    world.run(
        "29/10:00 adopt c2 -> period-opened rounds.2026-11-29.2 due=29/13:00 next=29/13:00; !rounds.2026-11-29.1
         29/13:00 tick -> period-opened rounds.2026-11-29.3 due=29/17:00
         29/17:00 tick -> !period-opened
         30/09:00 tick -> period-opened rounds.2026-11-30.2; period-closed rounds.2026-11-29.2; \
             period-closed rounds.2026-11-29.3; period-fell-due rounds.2026-11-30.1",
    );
    world.replays();
}

#[test]
fn a_day_off_that_is_declared_when_its_period_is_open_is_owed_by_nobody() {
    let mut world = of_workdays(reminded);
    world.run("28/09:00 report check finance p12 says=x -> report-filed check.finance.2026-11-30.1 on_time");
    swap(&mut world);
    world.run(
        "28/10:00 adopt c2 -> period-withdrawn check.2026-11-30.1 calendar; \
             period-opened check.2026-11-29.1 due=29/09:00 next=29/09:00
         28/10:01 start down=28/10:00-28/10:01 -> !period-withdrawn; !period-reopened; !period-opened
         29/08:00 report check finance p12 says=z
         29/08:00 report check auction p22 says=z -> report-filed check.auction.2026-11-29.1
         29/09:00 tick -> period-opened check.2026-12-01.1 due=1/09:00; period-fell-due check.2026-11-29.1
         30/08:59 tick -> !period-reminded check.2026-11-30.1; !notify
         30/09:00 tick -> period-fell-due check.2026-11-30.1; !auction:p22:p21; !period-reminded
         30/09:30 report check auction p22 day=2026-11-30 says=q -> report-filed check.auction.2026-11-30.1 exempt late=0; !lapse
         30/13:00:01 tick -> period-closed check.2026-11-30.1; !missing=auction; !gone=auction; !lapse",
    );
    assert_eq!(state(&world, "check.2026-11-30.1", "finance"), SlotState::OnTime);
    assert_eq!(state(&world, "check.2026-11-30.1", "auction"), SlotState::Exempt);
    world.replays();
}

#[test]
fn what_waits_to_be_sent_for_a_day_that_is_off_is_not_sent() {
    let mut world = of_workdays(reminded);
    world.run(
        "30/06:49 tick -> period-reminded check.2026-11-30.1 p12=finance p22=auction; \
             notify form_due p12 sms; notify form_due p22 sms",
    );
    swap(&mut world);
    world.run(
        "30/06:50 adopt c2 -> period-withdrawn check.2026-11-30.1 calendar; period-opened check.2026-12-01.1
         30/07:00 send -> cancelled form_due p12 sms; cancelled form_due p22 sms; !attempt-started
         30/09:30 tick -> !period-reminded; !notify",
    );
    world.replays();
}

#[test]
fn a_day_that_is_worked_again_before_it_is_due_is_owed_again() {
    let mut world = of_workdays(reminded);
    let before = world.directory.calendar.clone();
    world.directory.calendar.days_off.insert("2026-11-30".parse().unwrap());
    world.run(
        "28/10:00 adopt c2 -> period-withdrawn check.2026-11-30.1 calendar; period-opened check.2026-12-01.1
         28/10:10 report check auction p22 day=2026-11-30 says=q -> report-filed check.auction.2026-11-30.1 on_time",
    );
    world.directory.calendar = before.clone();
    world.run(
        "30/07:30 adopt c3 -> period-reopened check.2026-11-30.1 due=30/09:00 born-late; !period-opened
         30/08:30 tick -> period-reminded check.2026-11-30.1 before-1 p12=finance
         30/09:00 tick -> period-fell-due check.2026-11-30.1 finance:p12:p11; !period-opened
         30/13:00:01 tick -> period-closed check.2026-11-30.1 missing=finance excuse=born_late",
    );
    assert_eq!(state(&world, "check.2026-11-30.1", "auction"), SlotState::OnTime);
    world.replays();
    // When it would have been due it stays off.
    let mut world = of_workdays(|_| {});
    world.directory.calendar.days_off.insert("2026-11-30".parse().unwrap());
    world.run("28/10:00 adopt c2 -> period-withdrawn");
    world.directory.calendar = before;
    world.run(
        "30/09:00 tick
         30/10:00 adopt c3 -> !period-reopened
         30/13:00:01 tick -> period-closed check.2026-11-30.1; !missing=finance",
    );
    world.replays();
}

#[test]
fn a_day_off_that_is_declared_when_its_reports_are_due_changes_nothing() {
    let mut world = of_workdays(|_| {});
    world.run("30/09:00 tick -> period-fell-due check.2026-11-30.1");
    swap(&mut world);
    world.run(
        "30/10:00 adopt c2 -> !period-withdrawn
         30/13:00:01 tick -> period-closed check.2026-11-30.1 missing=auction missing=finance",
    );
    world.replays();
}

/// A form due at four, of which one unit has filed tomorrow's as well.
fn early(vary: impl FnOnce(&mut Form)) -> World {
    let mut daily = form("daily", "0 0 16 * * *");
    vary(&mut daily);
    let mut world = World::new(|directory| add(directory, daily));
    world.run(
        "09:00 arm p42
         10:00 adopt c1 -> period-opened daily.2026-11-23.1
         10:05 report daily finance p12 -> report-filed daily.finance.2026-11-23.1
         10:06 report daily auction p22 -> report-filed daily.auction.2026-11-23.1
         10:10 report daily finance p12 says=x -> period-opened daily.2026-11-24.1 due=24/16:00 auction finance; \
             report-filed daily.finance.2026-11-24.1 on_time",
    );
    world
}

#[test]
fn a_report_that_came_early_freezes_no_deadline_and_no_unit() {
    let mut world = early(|_| {});
    add(
        &mut world.directory,
        Form { remind_before: vec![Duration::from_hours(1)], ..form("daily", "0 0 15 * * *") },
    );
    let auction = world.directory.units.get(&UnitId::new("auction")).unwrap().clone();
    world.directory.units.insert(UnitId::new("branch"), auction);
    world.run(
        "10:20 adopt c2 -> period-reopened daily.2026-11-24.1 due=24/15:00 opens=16:00 auction branch finance; \
             form-followed daily next=24/15:00; !period-opened; !period-withdrawn
         10:21 start down=10:20-10:21 -> !period-reopened; !form-followed
         16:00 tick -> period-fell-due daily.2026-11-23.1; !period-opened
         23/21:00 tick
         24/14:00 tick -> period-reminded daily.2026-11-24.1 before-0 due=24/14:00; !finance
         24/15:00 tick -> period-opened daily.2026-11-25.1 due=25/15:00; \
             period-fell-due daily.2026-11-24.1 auction:p22:p21 branch:p22:p21
         24/15:10 report daily branch p22 day=2026-11-24 -> report-filed late late=600",
    );
    assert_eq!(state(&world, "daily.2026-11-24.1", "finance"), SlotState::OnTime);
    world.replays();
}

#[test]
fn what_opened_in_its_time_keeps_its_deadline_and_what_came_early_takes_the_new_one_from_then() {
    let mut world = early(|_| {});
    world.run("16:00 tick");
    add(&mut world.directory, form("daily", "0 0 15 * * *"));
    world.run("16:10 adopt c2 -> !period-reopened");
    world.replays();
    let mut world = World::new(|directory| {
        add(directory, Form { opens_before: Some(Duration::from_hours(2)), ..form("daily", "0 0 16 * * *") });
    });
    world.run(
        "14:00 adopt c1 -> period-opened daily.2026-11-23.1
         14:05 report daily finance p12 -> report-filed daily.finance.2026-11-23.1
         14:10 report daily finance p12 says=x -> period-opened daily.2026-11-24.1; report-filed",
    );
    let two_days = Some(Duration::from_hours(48));
    let late_after = Duration::from_mins(5);
    add(&mut world.directory, Form { opens_before: two_days, late_after, ..form("daily", "0 0 16 * * *") });
    world.run(
        "14:20 adopt c2 -> period-reopened daily.2026-11-24.1 due=24/16:00 opens=14:20
         14:21 start down=14:20-14:21 -> !period-reopened
         24/16:04 report daily auction p22 day=2026-11-24 says=y -> report-filed on_time",
    );
    world.replays();
}

#[test]
fn a_unit_that_filed_early_and_owes_it_no_more_keeps_its_report() {
    let mut world = early(|_| {});
    let units = Some([UnitId::new("auction")].into());
    add(&mut world.directory, Form { units, ..form("daily", "0 0 16 * * *") });
    world.run(
        "10:20 adopt c2 -> period-reopened daily.2026-11-24.1 auction finance
         24/16:00 tick -> period-opened daily.2026-11-25.1 auction; !period-opened daily.2026-11-25.1 finance; \
             period-fell-due daily.2026-11-23.1; period-fell-due daily.2026-11-24.1 auction:p22:p21",
    );
    assert_eq!(state(&world, "daily.2026-11-24.1", "finance"), SlotState::OnTime);
    world.replays();
}

#[test]
fn a_form_that_goes_leaves_what_came_early_and_comes_back_to_it() {
    let mut world = early(|_| {});
    let forms = std::mem::take(&mut world.directory.forms);
    world.run(
        "10:20 adopt c2 -> period-withdrawn daily.2026-11-24.1 form; form-followed daily next=never
         10:21 start down=10:20-10:21 -> !period-withdrawn",
    );
    assert_eq!(state(&world, "daily.2026-11-24.1", "auction"), SlotState::Exempt);
    world.directory.forms = forms;
    world.run(
        "10:30 adopt c3 -> period-reopened daily.2026-11-24.1 due=24/16:00 opens=16:00; form-followed daily next=24/16:00
         24/16:00 tick -> period-opened daily.2026-11-25.1; period-fell-due daily.2026-11-23.1; \
             period-fell-due daily.2026-11-24.1 auction:p22:p21",
    );
    assert_eq!(state(&world, "daily.2026-11-24.1", "finance"), SlotState::OnTime);
    world.replays();
}

#[test]
fn a_form_that_is_due_on_other_days_owes_those_and_keeps_what_came_early() {
    let mut world = World::new(|directory| add(directory, form("weekly", "0 0 16 * * Tue")));
    world.run(
        "10:00 adopt c1 -> period-opened weekly.2026-11-24.1
         10:05 report weekly finance p12 -> report-filed weekly.finance.2026-11-24.1
         10:10 report weekly finance p12 says=x -> period-opened weekly.2026-12-01.1; \
             report-filed weekly.finance.2026-12-01.1",
    );
    add(&mut world.directory, form("weekly", "0 0 16 * * Mon"));
    world.run(
        "23/17:00 adopt c2 -> period-withdrawn weekly.2026-12-01.1 schedule; form-followed weekly next=24/16:00
         24/16:00 tick -> period-opened weekly.2026-11-30.1 next=30/16:00; period-fell-due weekly.2026-11-24.1
         30/16:00 tick -> period-opened weekly.2026-12-07.1; period-closed weekly.2026-11-24.1; \
             period-fell-due weekly.2026-11-30.1
         30/20:00:01 tick -> period-closed weekly.2026-11-30.1
         12.01/20:00:01 tick -> period-closed weekly.2026-12-01.1; !missing=auction",
    );
    assert_eq!(state(&world, "weekly.2026-12-01.1", "finance"), SlotState::OnTime);
    assert_eq!(state(&world, "weekly.2026-12-01.1", "auction"), SlotState::Exempt);
    world.replays();
}

#[test]
fn a_form_that_is_due_more_often_owes_what_lies_before_a_report_that_came_early() {
    let mut world = early(|_| {});
    add(&mut world.directory, form("daily", "0 0 9,16,18 * * *"));
    world.run(
        "10:20 adopt c2 -> period-reopened daily.2026-11-24.1 due=24/09:00; form-followed daily next=16:00
         16:00 tick -> period-opened daily.2026-11-23.3 due=18:00; period-fell-due daily.2026-11-23.1
         18:00 tick -> !period-opened; period-fell-due daily.2026-11-23.3
         24/09:00 tick -> period-opened daily.2026-11-24.2 due=24/16:00; period-closed daily.2026-11-23.1; \
             period-closed daily.2026-11-23.3; period-fell-due daily.2026-11-24.1 auction:p22:p21",
    );
    world.replays();
}

#[test]
fn facts_of_before_are_read_and_lead_to_the_same() {
    let mut world = early(|_| {});
    world.run("10:21 start down=10:20-10:21 -> !period-reopened; !period-withdrawn; !period-opened");
    let json = serde_json::to_value(world.state.periods.values().next().unwrap()).unwrap();
    assert!(json.get("withdrawn").is_none(), "what nobody withdrew is written as before");
}

/// The days from the 23rd of November to the 14th of December 2026, as scripts write them.
fn days() -> impl Iterator<Item = String> {
    (23..=30).map(|day| day.to_string()).chain((1..=14).map(|day| format!("12.{day:02}")))
}

#[test]
fn what_left_memory_is_opened_no_second_time_where_an_older_one_stays_longer() {
    let rounds = || form("rounds", "0 0 8,12,16 * * *");
    let mut world = World::new(|directory| {
        add(directory, Form { missing_after: Duration::from_hours(12), ..rounds() });
    });
    world.run("07:00 adopt c1 -> period-opened rounds.2026-11-23.1");
    add(&mut world.directory, Form { missing_after: Duration::from_hours(1), ..rounds() });
    world.run("07:30 adopt c2 -> !period-reopened");
    for day in days().take_while(|day| day != "12.04") {
        for hour in ["08:00", "12:00", "13:00:01", "16:00", "17:00:01", "20:00:01"] {
            // The first of the day is in memory still when the second has left it.
            world.run(&format!("{day}/{hour} tick -> !period-reopened"));
        }
    }
    assert_eq!(openings(&world, "rounds.2026-11-23.2"), 1);
    world.replays();
}

#[test]
fn what_left_memory_is_opened_no_second_time_where_a_form_comes_more_often_than_it_did() {
    let mut world = World::new(|directory| add(directory, form("stock", "0 0 9 24 * *")));
    world.run(
        "10:00 adopt c1 -> period-opened stock.2026-11-24.1
         24/09:00 tick
         24/13:00:01 tick -> period-closed stock.2026-11-24.1",
    );
    add(&mut world.directory, form("stock", "0 0 9 * * *"));
    world.run("25/08:00 adopt c2 -> period-opened stock.2026-11-25.1");
    for day in days().skip(2) {
        world.run(&format!("{day}/09:00 tick\n{day}/13:00:01 tick"));
    }
    for period in ["stock.2026-11-25.1", "stock.2026-11-26.1", "stock.2026-11-27.1"] {
        assert_eq!(openings(&world, period), 1, "{period}");
    }
    world.replays();
}

fn openings(world: &World, period: &str) -> usize {
    let facts = world.entries.iter().flat_map(|(_, facts)| facts);
    let is_it =
        |fact: &&Fact| matches!(fact, Fact::PeriodOpened { period: it } if it.period.to_string() == period);
    facts.filter(is_it).count()
}
