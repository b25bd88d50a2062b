//! What speaks for single units whose report was not there: reminders that no provider took, and who came to the post
//! when hardly any time was left.

use std::time::Duration;

use super::asked::reminded;
use super::commands::Words;
use super::slots::{add, daily, daily_with, form};
use super::words::word;
use super::{World, check_with};
use crate::domain::command::Command;
use crate::domain::fact::PostTaken;
use crate::domain::lapse::{Certainty, Excuse};
use crate::domain::names::{Medium, PersonId, UnitId};
use crate::domain::slot::UnitsExcused;

/// `take-posts finance:p12`.
pub(super) fn command(it: &Words<'_>) -> Command {
    let (unit, person) = it.plain(1).split_once(':').unwrap();
    Command::TakePosts { posts: vec![PostTaken { unit: UnitId::new(unit), person: PersonId::new(person) }] }
}

/// The reminders go to p12 of finance and p22 of auction; what becomes of them; and the closing.
#[track_caller]
fn closing(between: &str, expected: &str) {
    daily_with(
        reminded,
        &format!(
            "13:49 tick -> period-reminded before-0 p12=finance p22=auction
             14:00 send -> attempt-started form_due p12 sms; attempt-started form_due p22 sms
             14:00:01 accepted form_due:p22:sms
             {between}
             20:00:01 tick -> period-closed missing=auction missing=finance {expected}"
        ),
    );
}

impl World {
    pub(super) fn excused(&self, own: &UnitsExcused) -> Vec<String> {
        let told = |unit: &UnitId, it: &Excuse| {
            let what = format!("{unit}={}", word(&it.what));
            [format!("{what}:{}-{}", self.time(it.from), self.time(it.to)), what]
        };
        own.units.iter().flat_map(|unit| own.excuses.iter().flat_map(move |it| told(unit, it))).collect()
    }
}

#[test]
fn a_unit_whose_reminders_no_provider_took_has_that_on_record_and_others_have_not() {
    closing(
        "14:00:01 refused form_due:p12:sms permanent
         14:01 send
         14:01:01 refused form_due:p12:email permanent
         14:02 send
         14:02:01 refused form_due:p12:phone permanent
         15:30 tick",
        "finance=provider:14:00-14:03; !period-closed auction=provider",
    );
}

#[test]
fn one_reminder_that_was_taken_is_enough_to_excuse_nobody() {
    closing(
        "14:00:01 accepted form_due:p12:sms\n15:30 tick\n15:31 send\n15:31:01 refused form_due:p12:sms permanent",
        "; !period-closed finance=provider",
    );
    closing(
        "14:00:01 refused form_due:p12:sms permanent\n14:01 send\n14:01:01 accepted form_due:p12:email",
        "; !period-closed finance=provider",
    );
}

#[test]
fn what_the_daemon_itself_cut_off_is_an_outage_and_no_providers_doing() {
    daily_with(
        reminded,
        "15:19 tick
         15:20 send -> attempt-started form_due p12 sms; attempt-started form_due p22 sms
         15:20:30 start down=15:20:10-15:20:30
         16:00 tick
         20:00:01 tick -> period-closed missing=auction missing=finance; !period-closed finance=provider",
    );
}

#[test]
fn a_reminder_that_waited_for_a_channel_with_money_until_it_was_due_is_the_providers() {
    check_with(
        |directory| {
            let mut form = form("daily", "0 0 16 * * *");
            reminded(&mut form);
            add(directory, form);
            for person in ["p12", "p22"] {
                let media = &mut directory.persons.get_mut(&PersonId::new(person)).unwrap().media;
                media.retain(|medium| *medium == Medium::Sms);
            }
        },
        "22/17:00 adopt c1
         13:49 tick -> period-reminded before-0
         14:00 send -> attempt-started form_due p12 sms; attempt-started form_due p22 sms
         14:00:01 refused form_due:p12:sms exhausted -> trouble-began channel_exhausted:sms
         14:00:01 refused form_due:p22:sms exhausted
         20:00:01 tick -> period-closed missing=auction missing=finance finance=provider auction=provider",
    );
}

#[test]
fn a_reminder_that_never_went_for_want_of_money_is_the_providers_too() {
    check_with(
        |directory| {
            let mut form = form("daily", "0 0 16 * * *");
            form.remind_before = vec![Duration::from_mins(30)];
            add(directory, form);
            for person in ["p12", "p22"] {
                let media = &mut directory.persons.get_mut(&PersonId::new(person)).unwrap().media;
                media.retain(|medium| *medium == Medium::Sms);
            }
        },
        "22/17:00 adopt c1
         15:10 test p31
         15:10 send
         15:10:01 refused test:p31:sms exhausted -> trouble-began
         15:19 tick -> period-reminded before-0
         15:59 send -> !attempt-started form_due
         16:11 send -> cancelled form_due p12 sms overtaken; cancelled form_due p22 sms overtaken
         20:00:01 tick -> period-closed missing=auction missing=finance finance=provider auction=provider",
    );
}

#[test]
fn a_late_report_has_the_same_on_record() {
    let mut world = World::new(|directory| {
        let mut form = form("daily", "0 0 16 * * *");
        reminded(&mut form);
        add(directory, form);
    });
    world.run(
        "22/17:00 adopt c1
         07:00 arm p42
         13:49 tick
         14:00 send
         14:00:01 refused form_due:p12:sms permanent
         14:00:01 accepted form_due:p22:sms
         16:00 tick
         16:40 report daily finance p12 -> lapse delayed
         16:41 report daily auction p22 -> lapse delayed",
    );
    let of = |unit: &str| {
        let mut all = world.state.lapses.values();
        let known = all.find(|lapse| format!("{:?}", lapse.about).contains(unit)).unwrap();
        (known.certainty, known.excuses.len())
    };
    assert_eq!(of("finance"), (Certainty::Candidate, 1));
    assert_eq!(of("auction"), (Certainty::Proved, 0));
    world.replays();
}

#[test]
fn who_stands_in_for_somebody_who_fell_ill_within_the_last_hour_has_that_on_record() {
    daily(
        "15:30 fever E1 auction self=p22 suspected
         15:31 take C1 p31
         20:00:01 tick -> period-closed missing=auction missing=finance auction=stood_in:15:30-16:00; !period-closed finance=stood_in",
    );
    daily(
        "14:59 fever E1 auction self=p22 suspected
         15:00 take C1 p31
         20:00:01 tick -> period-closed missing=auction missing=finance; !period-closed auction=stood_in",
    );
}

#[test]
fn who_came_to_the_post_within_the_last_hour_has_that_on_record() {
    daily(
        "15:20 take-posts finance:p12 -> posts-taken finance=p12
         20:00:01 tick -> period-closed missing=auction missing=finance finance=stood_in:15:20-16:00; !period-closed auction=stood_in",
    );
    // Somebody else of the unit does; or it was longer ago.
    daily(
        "15:20 take-posts finance:p11
         20:00:01 tick -> period-closed missing=auction missing=finance; !period-closed finance=stood_in",
    );
    daily(
        "14:59 take-posts finance:p12
         20:00:01 tick -> period-closed missing=auction missing=finance; !period-closed finance=stood_in",
    );
}

#[test]
fn who_stands_in_for_an_absence_that_began_minutes_before_is_excused_and_nobody_who_had_hours() {
    daily(
        "15:30 absent p22 until=24/09:00 stand-in=p51
         16:00 tick -> period-fell-due auction:p51:p21 finance:p12:p11
         20:00:01 tick -> period-closed auction=stood_in:15:30-16:00",
    );
    daily(
        "14:30 absent p22 until=24/09:00 stand-in=p51
         16:00 tick -> period-fell-due auction:p51:p21 finance:p12:p11
         20:00:01 tick -> period-closed missing=auction missing=finance; !period-closed auction=stood_in",
    );
}
