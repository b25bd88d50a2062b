//! Two reports that say otherwise than each other: both filers hear of it, and who agrees puts both right.

use super::check_with;
use super::contradictions::rounds;
use super::slots::{add, form};
use crate::domain::form::Form;

/// Two forms by which a unit's people add up, due at half past nine and at four.
#[track_caller]
fn two_forms(script: &str) {
    forms("0 30 9 * * *", script);
}

#[track_caller]
fn forms(check: &str, script: &str) {
    let total = || vec!["checked".to_owned()];
    check_with(
        |directory| {
            add(directory, Form { total: total(), ..form("check", check) });
            add(directory, Form { total: total(), ..form("daily", "0 0 16 * * *") });
        },
        &format!("08:00 adopt c1\n{script}"),
    );
}

#[test]
fn where_two_forms_differ_the_earlier_filer_is_told_too_and_both_are_looked_into() {
    two_forms(
        "09:00 report check finance p11 people=23
         15:00 report daily finance p12 people=21 -> report-questioned people
         15:00 report daily finance p12 people=21 -> REJECTED Contradicted
         15:01 report daily finance p12 people=21 stands -> report-filed contradicted people shown by=19:01; \
               report-contradicted finance people filer=p11 by=19:01; notify form_doubted p11 sms
         15:01 deliver
         19:01:01 tick -> contradiction-ended check.finance.2026-11-23.1 uncorrected; \
               contradiction-ended daily.finance.2026-11-23.1 uncorrected; \
               lapse false candidate check.finance.2026-11-23.1 people involved=p11; \
               lapse false candidate daily.finance.2026-11-23.1 people involved=p12",
    );
}

#[test]
fn whoever_corrects_so_that_both_agree_makes_the_others_groundless() {
    two_forms(
        "09:00 report check finance p11 people=23
         15:01 report daily finance p12 people=21 stands -> report-contradicted finance people filer=p11
         15:01 deliver
         15:30 report check finance p11 day=2026-11-23 people=21 says=other -> report-filed revision=2; !contradicted
         24/10:00 tick -> contradiction-ended daily.finance.2026-11-23.1 groundless; !lapse false",
    );
    two_forms(
        "09:00 report check finance p11 people=23
         15:01 report daily finance p12 people=21 stands -> report-contradicted finance people filer=p11
         15:30 report daily finance p12 day=2026-11-23 people=23 says=other -> report-filed revision=2; !contradicted
         15:31 send -> cancelled form_doubted p11 sms overtaken; !attempt-started form_doubted
         24/10:00 tick -> contradiction-ended check.finance.2026-11-23.1 groundless; !lapse false",
    );
}

#[test]
fn whoever_corrects_later_so_that_both_agree_puts_both_right() {
    two_forms(
        "09:00 report check finance p11 people=23
         15:01 report daily finance p12 people=21 stands
         15:01 deliver
         19:01:01 tick -> lapse false check.finance.2026-11-23.1; lapse false daily.finance.2026-11-23.1
         21:00 report check finance p11 day=2026-11-23 people=21 says=other -> report-filed revision=2; \
               lapse-cured false check.finance.2026-11-23.1 at=21:00; lapse-cured false daily.finance.2026-11-23.1 at=21:00",
    );
}

#[test]
fn who_filed_both_forms_was_shown_it_and_hears_no_more() {
    two_forms(
        "09:00 report check finance p12 people=23
         15:01 report daily finance p12 people=21 stands -> report-filed contradicted shown; \
               !report-contradicted; !notify form_doubted",
    );
}

#[test]
fn of_several_slots_of_the_other_form_the_one_that_is_due_nearest_counts() {
    // At nine there were more people than at one, and the report of four is held against that of one.
    forms(
        "0 0 9,13 * * *",
        "08:50 report check finance p12 people=23
         12:50 report check finance p12 people=21
         15:00 report daily finance p12 people=21 -> report-filed; !contradicted
         24/23:00 tick -> !lapse false",
    );
    forms(
        "0 0 9,13 * * *",
        "08:50 report check finance p12 people=23
         12:50 report check finance p12 people=21
         15:00 report daily finance p12 people=23 -> report-questioned people
         15:00 report daily finance p12 people=23 -> REJECTED Contradicted known: 21 check.finance.2026-11-23.2",
    );
}

#[test]
fn of_two_slots_that_are_as_near_the_earlier_counts_and_of_those_that_have_come() {
    forms(
        "0 0 15,17 * * *",
        "14:00 report check finance p12 people=23
         15:00 tick
         15:10 report check finance p12 people=22 says=two
         15:30 report daily finance p12 people=22 -> report-questioned people
         15:30 report daily finance p12 people=22 -> REJECTED Contradicted known: 23 check.finance.2026-11-23.1",
    );
    forms(
        "0 0 9,15 * * *",
        "08:50 report check finance p12 people=23
         14:00 report daily finance p12 people=22 -> report-questioned people
         14:00 report daily finance p12 people=22 -> REJECTED Contradicted known: 23 check.finance.2026-11-23.1",
    );
}

#[test]
fn of_two_rounds_too_close_the_earlier_filer_is_told_too() {
    rounds(
        "16:30 tick
         16:50 report rounds finance p11 day=2026-11-23 number=2 -> report-filed late; !contradicted
         16:51 report rounds finance p12 day=2026-11-23 number=3 stands -> report-filed contradicted too_close by=20:51; \
               report-contradicted too_close finance filer=p11 by=20:51; notify form_doubted p11 sms
         16:51 deliver
         20:51:01 tick -> lapse false rounds.finance.2026-11-23.2 too_close involved=p11; \
               lapse false rounds.finance.2026-11-23.3 too_close involved=p12",
    );
}

#[test]
fn a_round_that_is_reported_again_at_a_time_of_its_own_puts_both_right() {
    rounds(
        "16:30 tick
         16:50 report rounds finance p11 day=2026-11-23 number=2
         16:51 report rounds finance p12 day=2026-11-23 number=3 stands -> report-contradicted too_close filer=p11
         16:51 deliver
         17:50 report rounds finance p12 day=2026-11-23 number=3 says=other -> report-filed revision=2; !contradicted
         20:51:01 tick -> contradiction-ended rounds.finance.2026-11-23.2 groundless; !lapse false",
    );
    rounds(
        "16:30 tick
         16:50 report rounds finance p11 day=2026-11-23 number=2
         16:51 report rounds finance p12 day=2026-11-23 number=3 stands -> report-contradicted too_close filer=p11
         16:51 deliver
         17:55 report rounds finance p11 day=2026-11-23 number=2 says=other -> report-filed revision=2; !contradicted
         20:51:01 tick -> contradiction-ended rounds.finance.2026-11-23.3 groundless; !lapse false",
    );
}

#[test]
fn rounds_by_one_filer_are_told_to_nobody_else() {
    rounds(
        "16:30 tick
         16:50 report rounds finance p12 day=2026-11-23 number=2
         16:51 report rounds finance p12 day=2026-11-23 number=3 stands -> report-filed contradicted too_close; \
               !report-contradicted; !notify form_doubted",
    );
}

#[test]
fn who_reported_a_round_in_its_own_time_is_not_asked_about_one_that_came_close_behind() {
    rounds(
        "12:59 report rounds finance p11 day=2026-11-23 number=2 -> report-filed on_time
         13:30 report rounds finance p12 day=2026-11-23 number=3 stands -> report-filed contradicted too_close; \
               !report-contradicted; !notify form_doubted",
    );
}

#[test]
fn rounds_whose_due_instants_moved_come_close_together_by_nobodys_doing() {
    rounds(
        "12:55 start down=08:40-12:55
         12:55 tick -> due-moved rounds.2026-11-23.1 to=13:25 outage
         13:00 tick -> due-moved rounds.2026-11-23.2 to=13:25 outage
         13:00 report rounds finance p12 day=2026-11-23 number=1 -> report-filed on_time
         13:05 report rounds finance p12 day=2026-11-23 number=2 -> report-filed on_time; !contradicted
         17:05:01 tick -> !lapse; !contradiction-ended",
    );
    // It moved once both were there.
    rounds(
        "09:00 tick
         12:57 start down=12:35-12:57
         12:57 report rounds finance p11 day=2026-11-23 number=1 -> report-filed late
         12:58 report rounds finance p12 day=2026-11-23 number=2 stands -> report-filed contradicted too_close by=16:58; \
               report-contradicted too_close filer=p11
         13:00 tick -> due-moved rounds.2026-11-23.2
         16:58:01 tick -> contradiction-ended groundless; contradiction-ended groundless; !lapse",
    );
}

#[test]
fn what_kept_reports_out_when_the_other_round_was_due_excuses_one_that_came_close_to_it() {
    rounds(
        "09:00 tick
         13:00 tick
         16:20 start down=13:05-16:20
         16:20 tick
         16:50 report rounds finance p12 day=2026-11-23 number=2 -> report-filed late; !contradicted
         16:51 report rounds finance p12 day=2026-11-23 number=3 stands -> report-filed contradicted too_close by=20:51
         20:51:01 tick -> lapse false rounds.finance.2026-11-23.3 too_close excuse=outage",
    );
}
