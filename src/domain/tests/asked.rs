//! Reminders of reports: who is asked for what, when, and never for what was reported.

use std::time::Duration;

use super::check_with;
use super::slots::{add, daily_with, form};
use crate::domain::directory::Role;
use crate::domain::form::Form;
use crate::domain::names::PersonId;

pub(super) fn reminded(form: &mut Form) {
    form.remind_before = vec![Duration::from_hours(2), Duration::from_mins(30)];
}

#[test]
fn who_reports_is_asked_before_it_is_due_some_minutes_off_the_half_hour() {
    daily_with(
        reminded,
        "13:49 tick -> period-reminded daily.2026-11-23.1 before-0 due=14:00 p12=finance p22=auction; \
             notify form_due p12 sms; notify form_due p22 sms
         14:00 send -> attempt-started form_due p12 sms; attempt-started form_due p22 sms
         14:00:01 tick -> !period-reminded
         15:30 tick -> period-reminded before-1 due=15:30 p12=finance p22=auction",
    );
}

#[test]
fn who_has_reported_is_not_asked_and_what_waits_for_them_is_not_sent() {
    daily_with(
        reminded,
        "13:00 report daily finance p12 -> report-filed
         13:49 tick -> period-reminded before-0 p22=auction; !notify form_due p12
         13:49:30 report daily auction p22 -> report-filed
         14:00 send -> cancelled form_due p22 sms filed; !attempt-started
         15:30 tick -> period-reminded before-1 nobody; !notify",
    );
}

#[test]
fn two_forms_are_one_message() {
    check_with(
        |directory| {
            for id in ["daily", "travel"] {
                let mut form = form(id, "0 0 16 * * *");
                reminded(&mut form);
                add(directory, form);
            }
        },
        "22/17:00 adopt c1 -> period-opened daily.2026-11-23.1; period-opened travel.2026-11-23.1
         13:49 tick -> period-reminded daily.2026-11-23.1 p12=finance; period-reminded travel.2026-11-23.1
         14:00 send -> attempt-started form_due p12 sms covers=1; attempt-started form_due p22 sms covers=1
         14:01 send -> !attempt-started",
    );
}

#[test]
fn after_an_outage_one_message_says_what_is_true_then_and_none_says_what_is_past() {
    daily_with(
        reminded,
        "15:25 start down=13:30-15:25
         15:40 tick -> period-reminded before-0; period-reminded before-1
         15:40 send -> attempt-started form_due p12 sms covers=1; attempt-started form_due p22 sms covers=1
         15:41 send -> !attempt-started",
    );
    daily_with(
        reminded,
        "15:20 start down=13:30-15:20
         16:00:01 tick -> period-reminded before-0; period-reminded before-1; period-reminded leader
         16:10 send -> cancelled form_due p12 sms overtaken; cancelled form_due p22 sms overtaken; \
             cancelled form_due p12 sms overtaken; cancelled form_due p22 sms overtaken; \
             attempt-started form_overdue p21 sms; attempt-started form_overdue p11 sms",
    );
}

#[test]
fn when_it_is_due_the_leader_is_told_and_half_an_hour_later_the_office_gets_the_list() {
    check_with(
        |directory| {
            add(directory, form("daily", "0 0 16 * * *"));
            directory.roles.push((PersonId::new("p51"), Role::Office));
        },
        "22/17:00 adopt c1
         16:00 tick -> period-fell-due; period-reminded leader due=16:00 p11=finance p21=auction; \
             notify form_overdue p11 sms; notify form_overdue p21 sms
         16:01 report daily finance p12 -> report-filed
         16:15 send -> cancelled form_overdue p11 sms filed; attempt-started form_overdue p21 sms
         16:30 tick -> period-reminded office due=16:30 p51=; notify forms_missing p51 email; \
             notify forms_missing p51 sms
         16:45 send -> attempt-started forms_missing p51 email; attempt-started forms_missing p51 sms",
    );
}

#[test]
fn nobody_is_told_of_a_period_in_which_everybody_reported() {
    daily_with(
        |_| {},
        "15:00 report daily finance p12
         15:00 report daily auction p22
         16:00 tick -> period-reminded leader nobody; !notify
         16:30 tick -> period-reminded office nobody; !notify",
    );
}

#[test]
fn a_due_instant_that_moved_is_told_at_once_and_leaders_wait_for_the_new_one() {
    daily_with(
        reminded,
        "15:44 tick
         15:44 send -> attempt-started form_due p12 sms covers=1; attempt-started form_due p22 sms covers=1
         15:55 start down=15:45-15:55
         16:00 tick -> due-moved to=16:25 outage; period-reminded moved-1 p12=finance p22=auction; \
             notify form_due p12 sms due=16:00; notify form_due p22 sms due=16:00
         16:10 tick -> !period-reminded
         16:25 tick -> period-fell-due; period-reminded leader due=16:25
         16:55 tick -> period-reminded office due=16:55",
    );
}

#[test]
fn whoever_stands_in_for_a_liaison_who_is_ill_or_cannot_be_reached_is_asked() {
    daily_with(
        reminded,
        "12:00 fever E1 auction self=p22 suspected
         12:00 take C1 p31
         13:49 tick -> period-reminded before-0 p12=finance p21=auction",
    );
    check_with(
        |directory| {
            let mut form = form("daily", "0 0 16 * * *");
            reminded(&mut form);
            add(directory, form);
            let liaison = directory.units.values().next().unwrap().liaison.clone();
            directory.persons.get_mut(&liaison).unwrap().media.clear();
        },
        "22/17:00 adopt c1
         13:49 tick -> period-reminded before-0 p21=auction p12=finance",
    );
}

#[test]
fn a_reminder_that_could_not_go_before_the_due_instant_is_dropped_whatever_the_grace() {
    daily_with(
        |form| {
            reminded(form);
            form.late_after = Duration::from_mins(20);
        },
        "15:29 tick -> period-reminded before-0; period-reminded before-1
         16:05 send -> cancelled form_due p12 sms overtaken; cancelled form_due p22 sms overtaken; \
             cancelled form_due p12 sms overtaken; cancelled form_due p22 sms overtaken",
    );
}
