//! Running totals: what a report says is held against what the unit's previous one said.

use super::slots::daily_with;
use crate::domain::form::{Field, Labels, Takes};

/// A form with two running totals.
#[track_caller]
fn totals(script: &str) {
    let field = |name: &str| Field {
        name: name.to_owned(),
        takes: Takes::Number,
        label: Labels { zh: name.to_owned(), en: name.to_owned() },
        personal: false,
        required: false,
        cumulative: true,
    };
    daily_with(|form| form.fields = vec![field("cured"), field("tested")], script);
}

#[test]
fn a_running_total_below_yesterdays_is_asked_and_may_be_false_where_it_stands() {
    totals(
        "15:00 report daily finance p12 totals=cured:5,tested:40 -> report-filed; !contradicted
         16:00 tick
         24/15:00 report daily finance p12 totals=cured:4,tested:41 -> report-questioned below_before; !report-filed
         24/15:00 report daily finance p12 totals=cured:4,tested:41 -> \
               REJECTED BelowBefore field: \"cured\" daily.finance.2026-11-23.1
         24/15:01 report daily finance p12 totals=cured:4,tested:41 stands -> \
               report-filed contradicted below_before shown by=24/19:01
         24/19:01:01 tick -> contradiction-ended uncorrected; \
               lapse false candidate daily.finance.2026-11-24.1 below_before involved=p12 responsible=p11",
    );
}

#[test]
fn a_total_that_stays_or_grows_and_one_of_another_unit_is_asked_nothing() {
    totals(
        "15:00 report daily finance p12 totals=cured:5,tested:40.5
         16:00 tick
         24/14:00 report daily auction p22 totals=cured:1,tested:1 -> report-filed; !contradicted
         24/15:00 report daily finance p12 totals=cured:5,tested:41 -> report-filed; !contradicted
         24/23:00 tick -> !lapse false",
    );
}

#[test]
fn a_day_without_a_report_or_without_totals_is_passed_over() {
    totals(
        "15:00 report daily finance p12 totals=cured:5
         16:00 tick
         24/15:00 report daily finance p12 -> report-filed; !contradicted
         24/16:00 tick
         26/15:00 report daily finance p12 day=2026-11-26 totals=cured:4 -> report-questioned below_before",
    );
}

#[test]
fn where_yesterdays_is_corrected_nothing_is_left() {
    totals(
        "15:00 report daily finance p12 totals=cured:5
         16:00 tick
         24/15:00 report daily finance p12 totals=cured:4 stands -> report-filed contradicted below_before by=24/19:00
         24/15:10 report daily finance p12 day=2026-11-23 totals=cured:4 says=other -> report-filed revision=2; !contradicted
         24/19:00:01 tick -> contradiction-ended groundless; !lapse false",
    );
}

#[test]
fn where_yesterdays_is_corrected_later_both_are_kept() {
    totals(
        "15:00 report daily finance p12 totals=cured:5
         16:00 tick
         24/15:00 report daily finance p12 totals=cured:4 stands
         24/19:00:01 tick -> lapse false below_before
         24/21:00 report daily finance p12 day=2026-11-23 totals=cured:4 says=other -> \
               report-filed revision=2; lapse-cured false below_before daily.finance.2026-11-24.1 at=24/21:00",
    );
}

#[test]
fn where_yesterdays_is_corrected_above_todays_its_filer_is_asked_and_that_of_todays_is_told() {
    totals(
        "15:00 report daily finance p12 totals=cured:5
         16:00 tick
         24/15:00 report daily finance p11 totals=cured:6 -> report-filed; !contradicted
         24/16:00 tick
         24/17:00 report daily finance p12 day=2026-11-23 totals=cured:7 says=other -> \
               REJECTED Contradicted AboveAfter field: \"cured\" daily.finance.2026-11-24.1
         24/17:00 report daily finance p12 day=2026-11-23 totals=cured:7 says=other stands -> \
               report-filed revision=2 contradicted above_after shown filer=p12 by=24/21:00; \
               report-contradicted finance below_before filer=p11 by=24/21:00; notify form_doubted p11 sms
         24/17:00 deliver
         24/21:00:01 tick -> lapse false candidate daily.finance.2026-11-23.1 above_after involved=p12; \
               lapse false candidate daily.finance.2026-11-24.1 below_before involved=p11",
    );
}

#[test]
fn a_total_that_is_put_right_within_its_time_is_held_against_nobody() {
    totals(
        "15:00 report daily finance p12 totals=cured:5
         16:00 tick
         24/15:00 report daily finance p12 totals=cured:4 stands -> report-filed contradicted by=24/19:00
         24/18:59 report daily finance p12 day=2026-11-24 totals=cured:5 says=other -> report-filed revision=2; !contradicted
         25/12:00 tick -> !lapse false; !contradiction-ended",
    );
}

#[test]
fn who_filed_the_higher_total_of_before_is_told_too_and_both_are_looked_into() {
    totals(
        "15:00 report daily finance p11 totals=cured:5
         16:00 tick
         24/15:00 report daily finance p12 totals=cured:4 stands -> \
               report-filed contradicted below_before shown filer=p12 by=24/19:00; \
               report-contradicted contradicted finance above_after filer=p11 by=24/19:00; notify form_doubted p11 sms
         24/15:00 deliver
         24/19:00:01 tick -> lapse false candidate daily.finance.2026-11-23.1 above_after involved=p11; \
               lapse false candidate daily.finance.2026-11-24.1 below_before involved=p12",
    );
}

#[test]
fn who_filed_both_was_shown_it_and_hears_no_more() {
    totals(
        "15:00 report daily finance p12 totals=cured:5
         16:00 tick
         24/15:00 report daily finance p12 totals=cured:4 stands -> report-filed contradicted below_before shown; \
               !report-contradicted; !notify form_doubted
         24/19:00:01 tick -> lapse false daily.finance.2026-11-24.1 below_before",
    );
}

#[test]
fn who_corrects_either_so_that_the_total_does_not_fall_puts_both_right() {
    totals(
        "15:00 report daily finance p11 totals=cured:5
         16:00 tick
         24/15:00 report daily finance p12 totals=cured:4 stands -> report-contradicted above_after filer=p11
         24/15:00 deliver
         24/15:10 report daily finance p11 day=2026-11-23 totals=cured:4 says=other -> report-filed revision=2; !contradicted
         25/12:00 tick -> contradiction-ended daily.finance.2026-11-24.1 groundless; !lapse false",
    );
    totals(
        "15:00 report daily finance p11 totals=cured:5
         16:00 tick
         24/15:00 report daily finance p12 totals=cured:4 stands -> report-contradicted above_after filer=p11
         24/15:10 report daily finance p12 day=2026-11-24 totals=cured:5 says=other -> report-filed revision=2; !contradicted
         24/15:11 send -> cancelled form_doubted p11 sms overtaken; !attempt-started form_doubted
         25/12:00 tick -> contradiction-ended daily.finance.2026-11-23.1 groundless; !lapse false",
    );
    totals(
        "15:00 report daily finance p11 totals=cured:5
         16:00 tick
         24/15:00 report daily finance p12 totals=cured:4 stands
         24/15:00 deliver
         24/19:00:01 tick -> lapse false daily.finance.2026-11-23.1; lapse false daily.finance.2026-11-24.1
         24/21:00 report daily finance p12 day=2026-11-24 totals=cured:6 says=other -> report-filed revision=2; \
               lapse-cured false below_before daily.finance.2026-11-24.1 at=24/21:00; \
               lapse-cured false above_after daily.finance.2026-11-23.1 at=24/21:00",
    );
}

#[test]
fn a_report_that_comes_late_is_held_against_both_its_neighbours() {
    totals(
        "15:00 report daily finance p11 totals=cured:5
         16:00 tick
         24/20:00:01 tick
         25/15:00 report daily finance p11 totals=cured:7
         25/15:10 report daily finance p12 day=2026-11-24 totals=cured:6 -> report-filed; !contradicted",
    );
    totals(
        "15:00 report daily finance p11 totals=cured:5
         16:00 tick
         24/20:00:01 tick
         25/15:00 report daily finance p11 totals=cured:7
         25/15:10 report daily finance p12 day=2026-11-24 totals=cured:8 stands -> \
               report-filed contradicted above_after filer=p12; \
               report-contradicted below_before filer=p11; notify form_doubted p11 sms",
    );
}
