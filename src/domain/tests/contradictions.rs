//! Reports that say otherwise than what is known: their filer hears of it first, and has four hours to correct them.

use std::time::Duration;

use super::slots::{add, daily, daily_with, form};
use super::{World, check_with};
use crate::domain::form::Form;
use crate::domain::lapse::About;
use crate::domain::slot::Contradicted;

impl World {
    /// `by=20:00 C1`, and `shown` where the filer was shown it.
    pub(super) fn contradicted(&self, it: &Contradicted) -> Vec<String> {
        let mut words = vec!["contradicted".to_owned(), format!("filer={}", it.by)];
        words.extend(self.at("by", Some(it.correct_by)));
        words.extend(it.against.iter().map(|against| against.word().to_owned()));
        words.extend(it.against.iter().flat_map(|against| against.cases()).map(super::words::case));
        words.extend(it.shown.then(|| "shown".to_owned()));
        words.extend((it.repeated > 0).then(|| format!("repeated={}", it.repeated)));
        words.extend(it.heard.then(|| "heard".to_owned()));
        words
    }
}

impl World {
    /// What stands against an earlier report of the slot: `kept kept-for=p11 kept-by=19:00 fevers C1`.
    pub(super) fn kept(&self, it: &Contradicted) -> Vec<String> {
        let mut words = vec!["kept".to_owned(), format!("kept-for={}", it.by)];
        words.extend(self.at("kept-by", Some(it.correct_by)));
        words.extend(it.against.iter().map(|against| against.word().to_owned()));
        words.extend(it.against.iter().flat_map(|against| against.cases()).map(super::words::case));
        words
    }
}

/// What a lapse about a report says beside its slot: `fevers`.
pub(super) fn of_lapse(about: &About) -> Vec<String> {
    match about {
        About::Report { against, .. } => vec![against.word().to_owned()],
        About::Correction { .. } => vec!["correction".to_owned()],
        About::Telephone { .. } | About::Written { .. } | About::Event { .. } | About::Slot { .. } => {
            Vec::new()
        }
    }
}

#[test]
fn a_zero_of_a_unit_with_an_open_case_is_refused_until_its_filer_says_that_it_stands() {
    daily(
        "09:00 fever E1 finance 38.4 -> case-opened C1
         15:00 report daily finance p12 zero=23/23 fevers=0 -> report-questioned fevers C1; !report-filed
         15:05 report daily finance p12 zero=23/23 fevers=0 -> REJECTED Contradicted said: 0 C-20261123-0001
         15:10 report daily finance p12 zero=23/23 fevers=0 stands -> \
               report-filed daily.finance.2026-11-23.1 on_time zero contradicted shown filer=p12 fevers C1 by=19:10; !lapse
         19:10:01 tick -> contradiction-ended uncorrected; \
               lapse concealed candidate daily.finance.2026-11-23.1 fevers C1 involved=p12 responsible=p11 due=16:00
         20:00:01 tick -> period-closed missing=auction",
    );
}

#[test]
fn on_the_same_day_without_a_fever_or_with_one_that_is_reported_nothing_is_recorded() {
    daily(
        "15:00 report daily finance p12 zero=23/23 fevers=0 -> report-filed on_time zero; !contradicted
         23:00 tick -> !lapse; !contradiction-ended",
    );
    daily(
        "09:00 fever E1 finance 38.4 -> case-opened C1
         15:00 report daily finance p12 fevers=1 -> report-filed on_time; !contradicted
         23:00 tick -> !lapse; !contradiction-ended",
    );
}

#[test]
fn what_is_corrected_within_four_hours_is_held_against_nobody() {
    daily(
        "09:00 fever E1 finance 38.4 -> case-opened C1
         15:10 report daily finance p12 fevers=0 stands -> report-filed contradicted by=19:10
         19:10 report daily finance p12 day=2026-11-23 fevers=1 says=one -> report-filed revision=2; !contradicted
         23:00 tick -> !lapse; !contradiction-ended",
    );
}

#[test]
fn what_is_corrected_later_stays_on_record_and_so_does_the_correction() {
    daily(
        "09:00 fever E1 finance 38.4 -> case-opened C1
         15:10 report daily finance p12 fevers=0 stands
         19:10:01 tick -> lapse concealed fevers C1
         21:00 report daily finance p12 day=2026-11-23 fevers=1 says=one -> \
               report-filed revision=2; lapse-cured concealed fevers at=21:00",
    );
}

#[test]
fn the_same_again_gives_no_more_time_and_no_second_lapse() {
    daily(
        "09:00 fever E1 finance 38.4 -> case-opened C1
         15:10 report daily finance p12 fevers=0 stands -> report-filed by=19:10
         18:00 report daily finance p12 day=2026-11-23 fevers=0 says=why stands -> report-filed revision=2 by=19:10
         19:10:01 tick -> lapse concealed
         19:30 report daily finance p12 day=2026-11-23 fevers=0 says=so -> REJECTED Contradicted
         19:30 report daily finance p12 day=2026-11-23 fevers=0 says=so stands -> report-filed revision=3; \
               !contradicted; !lapse-cured
         24/02:00 tick -> !lapse",
    );
}

#[test]
fn before_it_is_due_a_report_is_corrected_without_a_word() {
    daily(
        "09:00 fever E1 finance 38.4 -> case-opened C1
         09:10 report daily finance p12 fevers=0 stands -> report-filed contradicted by=16:00
         16:00:01 tick -> lapse concealed fevers C1",
    );
}

#[test]
fn a_case_that_is_ruled_out_in_time_leaves_nothing_and_one_that_is_later_withdraws_it() {
    daily(
        "09:00 fever E1 finance suspected -> case-opened C1
         09:05 telephone C1 taken p31
         15:10 report daily finance p12 fevers=0 stands -> report-filed by=19:10
         18:00 classify C1 ruled_out p31 second=p42 -> ruled-out C1
         19:10:01 tick -> contradiction-ended groundless; !lapse fevers",
    );
    daily(
        "09:00 fever E1 finance suspected -> case-opened C1
         09:05 telephone C1 taken p31
         15:10 report daily finance p12 fevers=0 stands -> report-filed by=19:10
         19:10:01 tick -> lapse delayed written C1; lapse concealed fevers C1
         20:00 classify C1 ruled_out p31 second=p42 -> lapse-withdrawn concealed fevers C1
         20:10 classify C1 suspected p31 -> lapse-reinstated concealed fevers C1",
    );
}

#[test]
fn a_report_that_counts_fewer_than_the_unit_has_may_be_false() {
    daily(
        "09:00 fever E1 finance 38.4 -> case-opened C1
         09:10 fever E2 finance 38.1 -> case-opened C2
         15:00 report daily finance p12 fevers=1 -> report-questioned fevers C1 C2
         15:01 report daily finance p12 fevers=1 -> REJECTED Contradicted said: 1
         15:10 report daily finance p12 fevers=1 stands -> report-filed contradicted C1 C2
         19:10:01 tick -> lapse false candidate fevers C1 C2 involved=p12 responsible=p11",
    );
}

#[test]
fn what_the_report_need_not_know_is_not_held_against_it() {
    // Another unit's, one that was found after it, one of another day, and one whose unit the gate only assumed.
    daily(
        "00:10 fever E0 finance 38.4 at=22/09:00 -> case-opened C1
         00:20 close C1 p31 -> closed
         09:00 fever E1 auction 38.4 -> case-opened C2
         09:00 fever E2 - 38.4 source=gate-lobby -> case-opened C3
         15:00 report daily finance p12 fevers=0 -> report-filed on_time; !contradicted
         15:10 fever E3 finance 38.4 -> case-opened C4
         16:00 tick -> !report-contradicted
         20:00:01 tick -> !report-contradicted
         23:00 tick -> !lapse",
    );
}

#[test]
fn nobody_is_told_of_a_case_of_their_own_by_what_they_report() {
    daily(
        "09:00 fever E1 finance 38.4 self=p12 -> case-opened C1
         15:00 report daily finance p12 fevers=0 -> report-filed on_time; !contradicted
         15:30 report daily finance p11 day=2026-11-23 fevers=0 says=other -> REJECTED Contradicted",
    );
}

#[test]
fn a_form_that_counts_no_fevers_is_held_against_no_case() {
    daily_with(
        |_form| {},
        "09:00 fever E1 finance 38.4 -> case-opened C1
         15:00 report daily finance p12 zero=23/23 -> report-filed on_time; !contradicted",
    );
}

#[test]
fn while_the_clock_is_in_doubt_nobody_is_accused_of_what_a_report_says() {
    daily(
        "09:00 fever E1 finance 38.4 -> case-opened C1
         15:10 report daily finance p12 fevers=0 stands -> report-filed by=19:10
         18:00~17:00 clock-step 17:00 18:00
         20:00~19:00 tick -> !lapse
         20:30~19:30 trust -> clock-trusted
         20:30 tick -> lapse concealed fevers excuse=clock_suspect",
    );
}

#[test]
fn what_becomes_known_after_a_zero_is_told_to_its_filer_who_has_four_hours() {
    // The gate's reading of nine comes at half past three.
    daily(
        "15:00 report daily finance p12 zero=23/23 fevers=0 -> report-filed; !contradicted
         15:30 fever E1 finance 38.4 at=09:00 -> case-opened C1
         16:00 tick -> report-contradicted contradicted finance fevers C1 filer=p12 by=20:00; notify form_doubted p12 sms
         16:00 deliver
         20:00:01 tick -> contradiction-ended uncorrected; \
               lapse omitted candidate daily.finance.2026-11-23.1 fevers C1 involved=p12 responsible=p11",
    );
}

#[test]
fn whoever_files_for_several_units_hears_of_all_of_them_in_one_message() {
    daily(
        "15:00 report daily finance p12 fevers=0
         15:00 report daily auction p12 fevers=0
         15:30 fever E1 finance 38.4 at=09:00 -> case-opened C1
         15:30 fever E2 auction 38.4 at=09:00 -> case-opened C2
         16:00 tick -> report-contradicted auction C2; report-contradicted finance C1; notify form_doubted p12 sms",
    );
}

#[test]
fn what_becomes_known_after_a_zero_and_is_corrected_in_time_leaves_nothing() {
    daily(
        "15:00 report daily finance p12 zero=23/23 fevers=0
         15:30 fever E1 finance 38.4 at=09:00 -> case-opened C1
         16:00 tick -> report-contradicted finance
         16:00 send
         19:59 report daily finance p12 day=2026-11-23 fevers=1 says=one -> report-filed revision=2; !contradicted
         24/09:00 tick -> !lapse; !contradiction-ended; !report-contradicted",
    );
}

#[test]
fn a_doubt_that_is_over_before_its_message_goes_is_told_to_nobody() {
    daily(
        "15:00 report daily finance p12 zero=23/23 fevers=0
         15:30 fever E1 finance suspected at=09:00 -> case-opened C1
         15:31 telephone C1 taken p31
         16:00 tick -> report-contradicted finance; notify form_doubted p12 sms
         16:01 report daily finance p12 day=2026-11-23 fevers=1 says=one -> report-filed
         16:02 send -> cancelled form_doubted p12 sms overtaken; !attempt-started form_doubted",
    );
}

#[test]
fn a_figure_that_stood_for_long_and_is_corrected_by_its_unit_may_have_been_a_mistake() {
    daily(
        "15:00 report daily finance p12 -> report-filed revision=1; !self-made
         20:01 report daily finance p11 day=2026-11-23 says=other -> report-filed revision=2 self-made; \
               lapse mistaken candidate daily.finance.2026-11-23.1 correction involved=p12 responsible=p11 due=16:00
         20:02 report daily finance p11 day=2026-11-23 says=other -> (no facts)
         24/09:00 report daily finance p12 day=2026-11-23 says=third -> report-filed revision=3 self-made; !lapse",
    );
}

#[test]
fn a_figure_that_its_unit_corrects_within_four_hours_is_no_mistake_on_record() {
    daily(
        "15:00 report daily finance p12
         20:00 report daily finance p12 day=2026-11-23 says=other -> report-filed revision=2 self-made; !lapse
         21:00 report daily auction p22 day=2026-11-23 -> report-filed missing
         24/00:59 report daily auction p22 day=2026-11-23 says=other -> report-filed revision=2 self-made; !lapse",
    );
}

#[test]
fn what_the_office_corrects_and_what_was_questioned_is_no_mistake_of_the_units_own_finding() {
    daily(
        "15:00 report daily finance p12
         24/09:00 report daily finance p51 day=2026-11-23 says=other -> report-filed revision=2; !self-made; !lapse",
    );
    daily(
        "09:00 fever E1 finance 38.4 -> case-opened C1
         15:00 report daily finance p12 fevers=0 stands -> report-filed contradicted by=19:00
         19:00:01 tick -> lapse concealed fevers
         24/09:00 report daily finance p12 day=2026-11-23 fevers=1 says=one -> \
               report-filed revision=2; lapse-cured fevers; !self-made; !lapse mistaken",
    );
}

/// Rounds at nine, at one and at five, an hour apart at least.
#[track_caller]
pub(super) fn rounds(script: &str) {
    let hourly = Some(Duration::from_hours(1));
    check_with(
        |directory| add(directory, Form { min_apart: hourly, ..form("rounds", "0 0 9,13,17 * * *") }),
        &format!("08:00 adopt c1\n{script}"),
    );
}

#[test]
fn rounds_that_are_reported_each_at_its_time_are_what_they_say() {
    rounds(
        "08:50 report rounds finance p12 -> report-filed rounds.finance.2026-11-23.1; !contradicted
         09:00 tick
         12:50 report rounds finance p12 -> report-filed rounds.finance.2026-11-23.2; !contradicted
         13:00 tick
         13:50 report rounds finance p12 -> report-filed rounds.finance.2026-11-23.3; !contradicted
         13:55 report rounds finance p12 day=2026-11-23 number=2 says=other -> report-filed revision=2; !contradicted
         24/23:00 tick -> !lapse; !contradiction-ended",
    );
}

#[test]
fn rounds_that_are_reported_in_one_batch_may_be_false() {
    rounds(
        "16:30 tick
         16:50 report rounds finance p12 day=2026-11-23 number=2 -> report-filed late; !contradicted
         16:51 report rounds finance p12 day=2026-11-23 number=3 -> report-questioned too_close until=17:21
         16:51 report rounds finance p12 day=2026-11-23 number=3 -> \
               REJECTED Contradicted TooClose apart_s: 60 apart_s_min: 3600 rounds.finance.2026-11-23.2
         16:51 report rounds finance p12 day=2026-11-23 number=3 stands -> \
               report-filed contradicted too_close shown by=20:51 asked=16:51
         16:52 report rounds finance p12 day=2026-11-23 number=1 -> REJECTED Contradicted TooClose
         20:51:01 tick -> contradiction-ended uncorrected; \
               lapse false candidate rounds.finance.2026-11-23.3 too_close involved=p12 responsible=p11",
    );
}

#[test]
fn a_round_that_is_reported_again_at_a_time_of_its_own_is_put_right() {
    rounds(
        "16:30 tick
         16:50 report rounds finance p12 day=2026-11-23 number=2
         16:51 report rounds finance p12 day=2026-11-23 number=3 stands -> report-filed contradicted by=20:51
         17:10 report rounds finance p12 day=2026-11-23 number=3 says=other -> REJECTED Contradicted
         17:50 report rounds finance p12 day=2026-11-23 number=3 says=other -> report-filed revision=2; !contradicted
         24/01:00 tick -> !lapse; !contradiction-ended",
    );
}

#[test]
fn another_units_rounds_and_a_form_without_a_distance_are_never_too_close() {
    rounds(
        "08:50 report rounds finance p12 -> report-filed
         08:51 report rounds auction p22 -> report-filed; !contradicted",
    );
    check_with(
        |directory| add(directory, form("rounds", "0 0 9,13,17 * * *")),
        "08:00 adopt c1
         08:50 report rounds finance p12
         09:00 tick
         09:01 report rounds finance p12 -> report-filed rounds.finance.2026-11-23.2; !contradicted",
    );
}

/// Two forms by which a unit's people add up, due at half past nine and at four.
#[track_caller]
fn two_forms(script: &str) {
    let total = || vec!["checked".to_owned()];
    check_with(
        |directory| {
            add(directory, Form { total: total(), ..form("check", "0 30 9 * * *") });
            add(directory, Form { total: total(), ..form("daily", "0 0 16 * * *") });
        },
        &format!("08:00 adopt c1\n{script}"),
    );
}

#[test]
fn two_forms_that_agree_on_how_many_people_there_are_contradict_nothing() {
    two_forms(
        "09:00 report check finance p12 people=23 -> report-filed; !contradicted
         15:00 report daily finance p12 people=23 -> report-filed; !contradicted
         15:00 report daily auction p22 people=9 -> report-filed; !contradicted
         24/08:00 report check finance p12 people=22 says=other -> report-filed; !contradicted
         24/23:00 tick -> !lapse; !contradiction-ended",
    );
}

#[test]
fn a_report_by_which_there_are_other_people_than_by_another_of_the_day_may_be_false() {
    two_forms(
        "09:00 report check finance p12 people=23
         15:00 report daily finance p12 people=21 -> report-questioned people
         15:00 report daily finance p12 people=21 -> \
               REJECTED Contradicted People said: 21 known: 23 check.finance.2026-11-23.1
         15:01 report daily finance p12 people=21 stands -> report-filed contradicted people shown by=19:01
         19:01:01 tick -> contradiction-ended uncorrected; \
               lapse false candidate daily.finance.2026-11-23.1 people involved=p12 responsible=p11",
    );
}

#[test]
fn where_the_other_form_was_wrong_and_is_corrected_nothing_is_left() {
    two_forms(
        "09:00 report check finance p12 people=23
         15:01 report daily finance p12 people=21 stands -> report-filed contradicted people by=19:01
         15:10 report check finance p12 day=2026-11-23 people=21 says=other -> report-filed revision=2; !contradicted
         19:01:01 tick -> contradiction-ended groundless; !lapse",
    );
}
