//! What becomes known after a report was taken: its filer is told, has time to correct it from when they could know, and
//! only then does it stand on the ledger.

use super::slots::{add, daily, form};
use super::{World, check_with};
use crate::domain::form::Form;
use crate::domain::names::{Medium, PersonId, UnitId};

#[test]
fn a_case_that_is_opened_after_the_closing_is_told_to_whoever_filed_a_zero_for_its_time() {
    daily(
        "15:00 report daily finance p12 zero=23/23 fevers=0 -> report-filed; !contradicted
         20:00:01 tick -> period-closed; !report-contradicted
         21:00 fever E1 finance 38.4 at=10:00 -> case-opened C1; \
               report-contradicted contradicted finance fevers C1 filer=p12 by=24/01:00; notify form_doubted p12 sms
         21:00 deliver
         24/01:00:01 tick -> contradiction-ended uncorrected; \
               lapse omitted candidate daily.finance.2026-11-23.1 fevers C1 involved=p12 responsible=p11",
    );
}

#[test]
fn a_zero_that_is_corrected_after_that_is_held_against_nobody() {
    daily(
        "15:00 report daily finance p12 zero=23/23 fevers=0
         20:00:01 tick
         21:00 fever E1 finance 38.4 at=10:00 -> report-contradicted by=24/01:00
         21:00 deliver
         24/00:59 report daily finance p12 day=2026-11-23 fevers=1 says=one -> report-filed revision=2; !contradicted
         24/12:00 tick -> !lapse; !contradiction-ended",
    );
}

#[test]
fn a_case_that_is_opened_between_the_due_instant_and_the_closing_is_told_at_once() {
    daily(
        "15:00 report daily finance p12 zero=23/23 fevers=0
         16:00 tick
         17:30 fever E1 finance 38.4 at=09:00 -> report-contradicted finance fevers C1 by=21:30; notify form_doubted p12 sms
         17:30 deliver
         20:00:01 tick -> period-closed; !report-contradicted
         21:30:01 tick -> lapse omitted fevers",
    );
}

#[test]
fn the_first_report_after_the_discovery_is_asked_at_once_and_one_whose_time_is_not_over_when_it_is() {
    check_with(
        |directory| {
            let rounds = form("rounds", "0 0 9,13,17 * * *");
            add(directory, Form { fevers: Some("fever".to_owned()), ..rounds });
        },
        "08:00 adopt c1
         08:50 report rounds finance p12 fevers=0
         12:50 report rounds finance p12 fevers=0
         16:50 report rounds finance p12 fevers=0
         17:00 tick
         17:05 report rounds finance p12 fevers=0 says=more -> report-filed rounds.finance.2026-11-24.1
         18:00 fever E1 finance 38.4 at=10:00 -> report-contradicted finance fevers C1 by=22:00
         18:00 deliver
         21:00:01 tick -> report-contradicted finance fevers C1 by=24/01:00:01
         21:00:01 deliver
         22:00:01 tick -> lapse omitted rounds.finance.2026-11-23.2 fevers C1; !report-contradicted
         24/09:00 tick -> report-contradicted finance fevers C1 by=24/13:00",
    );
}

#[test]
fn what_a_report_could_not_know_or_counts_is_not_asked_of_it() {
    // Found after the report came, of another unit, of a unit that the gate only assumed, and one that is counted.
    daily(
        "15:00 report daily finance p12 fevers=0
         20:00:01 tick
         21:00 fever E1 finance 38.4 at=15:01 -> case-opened C1; !report-contradicted
         21:01 fever E2 auction 38.4 at=10:00 -> case-opened C2; !report-contradicted
         21:02 fever E3 - 38.4 source=gate-lobby at=10:00 -> case-opened C3; !report-contradicted",
    );
    daily(
        "15:00 report daily finance p12 fevers=1
         20:00:01 tick
         21:00 fever E1 finance 38.4 at=10:00 -> case-opened C1; !report-contradicted
         24/12:00 tick -> !lapse fevers",
    );
}

#[test]
fn nobody_is_told_of_a_case_of_their_own_that_is_opened_later() {
    daily(
        "15:00 report daily finance p12 fevers=0
         20:00:01 tick
         21:00 fever E1 finance 38.4 at=10:00 self=p12 -> case-opened C1; !report-contradicted; !notify form_doubted",
    );
}

#[test]
fn a_case_that_was_ruled_out_and_is_suspected_again_is_told_and_one_that_stays_so_is_not() {
    daily(
        "09:00 fever E1 finance suspected -> case-opened C1
         09:05 telephone C1 taken p31
         10:00 classify C1 ruled_out p31 second=p42 -> ruled-out C1
         15:00 report daily finance p12 fevers=0 -> report-filed; !contradicted
         20:00:01 tick -> !report-contradicted
         21:00 classify C1 suspected p31 -> report-contradicted finance fevers C1 by=24/01:00; notify form_doubted p12 sms",
    );
    daily(
        "15:00 report daily finance p12 fevers=0
         20:00:01 tick
         21:00 fever E1 finance suspected at=10:00 -> report-contradicted fevers C1 by=24/01:00
         21:00 deliver
         21:05 telephone C1 taken p31
         22:00 classify C1 ruled_out p31 second=p42
         24/01:00:01 tick -> contradiction-ended groundless; !lapse omitted",
    );
}

#[test]
fn a_fever_that_comes_back_after_it_was_ruled_out_is_held_against_no_report_before_it() {
    daily(
        "09:00 fever a finance 38.4 -> case-opened C1
         10:00 classify C1 ruled_out p31 second=p42 -> ruled-out C1
         15:00 report daily finance p12 fevers=0 -> report-filed; !contradicted
         20:00:01 tick -> !report-contradicted
         24/10:00 fever a finance 38.4 -> case-raised C1; !report-contradicted
         24/15:00 report daily finance p12 fevers=0 says=none -> report-questioned fevers C1",
    );
    daily(
        "09:00 fever a finance 38.4 -> case-opened C1
         10:00 classify C1 ruled_out p31 second=p42 -> ruled-out C1
         12:00 report daily finance p12 fevers=0 -> report-filed; !contradicted
         14:00 fever a finance 38.4 -> case-raised C1; !report-contradicted
         16:00 tick -> !report-contradicted
         20:00:01 tick -> !report-contradicted",
    );
}

#[test]
fn where_one_case_is_ruled_out_another_that_is_left_out_is_told_with_time_of_its_own() {
    daily(
        "09:00 fever E1 finance suspected -> case-opened C1
         09:05 telephone C1 taken p31
         15:00 report daily finance p12 fevers=0 stands -> report-filed contradicted by=19:00
         16:30 fever E2 finance 38.4 at=10:00 -> case-opened C2; !report-contradicted
         17:00 classify C1 ruled_out p31 second=p42
         19:00:01 tick -> contradiction-ended groundless; report-contradicted fevers C2 by=23:00:01; !lapse concealed",
    );
}

#[test]
fn a_suspicion_that_turns_out_to_be_older_than_the_report_is_told() {
    daily(
        "15:00 report daily finance p12 fevers=0
         16:00 tick
         17:00 fever a finance suspected -> case-opened C1; !report-contradicted
         17:30 fever a finance suspected at=10:00 -> case-antedated C1; report-contradicted fevers C1 by=21:30",
    );
}

#[test]
fn where_no_message_goes_the_notice_is_repeated_for_three_days_and_that_is_an_excuse() {
    daily(
        "15:00 report daily finance p12 fevers=0
         15:00 report daily auction p22 fevers=0
         20:00:01 tick
         21:00 fever E1 finance 38.4 at=10:00 -> report-contradicted by=24/01:00
         24/01:00:01 tick -> report-contradicted repeated=1 fevers C1 by=24/05:00:02; notify form_doubted p12 sms; \
               !lapse; !contradiction-ended
         24/05:00:03 tick -> report-contradicted repeated=2 by=24/13:00:06; notify form_doubted p12 sms
         24/13:00:07 tick -> report-contradicted repeated=3 by=25/05:00:14; notify form_doubted p12 sms; !lapse
         25/05:00:15 tick -> report-contradicted repeated=4 by=26/05:00:15; notify form_doubted p12 sms
         26/05:00:16 tick -> report-contradicted repeated=5 by=26/21:00; notify form_doubted p12 sms
         26/21:00:01 tick -> contradiction-ended uncorrected; \
               lapse omitted daily.finance.2026-11-23.1 fevers C1 candidate excuse=filer_not_reached",
    );
}

#[test]
fn where_a_repeated_notice_is_taken_it_stands_when_its_time_is_over() {
    daily(
        "15:00 report daily finance p12 fevers=0
         20:00:01 tick
         21:00 fever E1 finance 38.4 at=10:00 -> report-contradicted by=24/01:00
         24/01:00:01 tick -> report-contradicted repeated=1 by=24/05:00:02
         24/01:00:01 deliver
         24/05:00:03 tick -> contradiction-ended uncorrected; lapse omitted fevers C1; !excuse=filer_not_reached",
    );
}

#[test]
fn a_message_that_comes_shortly_before_the_end_gives_more_time_once() {
    daily(
        "15:00 report daily finance p12 fevers=0
         20:00:01 tick
         21:00 fever E1 finance 38.4 at=10:00 -> report-contradicted by=24/01:00
         23:01 deliver
         24/01:00:01 tick -> report-contradicted repeated=1 heard by=24/05:00:02; notify form_doubted p12 sms; !lapse
         24/05:00:03 tick -> contradiction-ended uncorrected; lapse omitted fevers C1; !excuse=filer_not_reached",
    );
}

#[test]
fn whoever_was_shown_it_needs_no_message() {
    daily(
        "09:00 fever E1 finance 38.4
         15:10 report daily finance p12 fevers=0 stands -> report-filed contradicted shown by=19:10; !notify form_doubted
         19:10:01 tick -> lapse concealed fevers; !excuse=filer_not_reached; !report-contradicted",
    );
}

#[test]
fn a_filer_without_a_way_is_told_of_to_the_operators_and_excused_in_the_end() {
    let mut world = World::new(|directory| {
        add(directory, Form { fevers: Some("fever".to_owned()), ..form("daily", "0 0 16 * * *") })
    });
    world.run("22/17:00 adopt c1\n07:00 arm p42\n15:00 report daily finance p12 fevers=0\n20:00:01 tick");
    let known = world.directory.persons.get_mut("p12").unwrap();
    known.media.retain(|medium| !matches!(medium, Medium::Sms | Medium::Email | Medium::Phone));
    world.run(
        "21:00 fever E1 finance 38.4 at=10:00 -> report-contradicted by=24/01:00; trouble-began person_not_reached:p12; !notify form_doubted
         26/21:00:01 tick
         27/12:00 tick -> !lapse omitted fevers",
    );
    world.replays();
}

/// A world with a daily report of finance, whose leader is p11.
fn led_by_p11() -> World {
    let mut world = World::new(|directory| {
        add(directory, Form { fevers: Some("fever".to_owned()), ..form("daily", "0 0 16 * * *") });
    });
    world.run("22/17:00 adopt c1\n07:00 arm p42\n15:00 report daily finance p12 fevers=0\n20:00:01 tick");
    world
}

/// From then on p51 leads it.
fn lead(world: &mut World) {
    world.directory.units.get_mut(&UnitId::new("finance")).unwrap().leader = PersonId::new("p51");
    world.run("20:30 adopt c2");
}

#[test]
fn whoever_led_the_unit_when_it_reported_answers_for_what_is_found_later() {
    let mut world = led_by_p11();
    lead(&mut world);
    world.run(
        "21:00 fever E1 finance 38.4 at=10:00 -> report-contradicted finance fevers C1 filer=p12 by=24/01:00
         21:00 deliver
         24/01:00:01 tick -> lapse omitted candidate daily.finance.2026-11-23.1 fevers C1 involved=p12 responsible=p11",
    );
    world.replays();
}

#[test]
fn whoever_led_the_unit_when_it_reported_answers_for_a_mistake_that_it_corrects_later() {
    let mut world = led_by_p11();
    lead(&mut world);
    world.run(
        "21:00 report daily finance p12 day=2026-11-23 fevers=0 says=other -> report-filed self-made; \
               lapse mistaken candidate daily.finance.2026-11-23.1 correction involved=p12 responsible=p11
         24/09:00 fever E1 finance 38.4 at=23/10:00 -> report-contradicted finance fevers C1 filer=p12 by=24/13:00
         24/09:00 deliver
         24/13:00:01 tick -> lapse omitted fevers C1 involved=p12 responsible=p51",
    );
    world.replays();
}
