//! Reports by somebody with a case of their own: nobody shows it to them, and what others left out is not put right by
//! them who do not know.

use super::slots::{add, daily, form};
use super::{World, check, check_with};
use crate::domain::form::Form;
use crate::domain::names::UnitId;

#[test]
fn what_was_left_out_stands_against_whoever_did_where_the_patient_corrects_without_it() {
    daily(
        "09:00 fever E1 finance 38.4 self=p12 -> case-opened C1
         15:00 report daily finance p11 fevers=0 stands -> report-filed contradicted shown filer=p11 by=19:00
         15:30 report daily finance p12 day=2026-11-23 fevers=0 says=other -> \
               report-filed revision=2 kept kept-for=p11 kept-by=19:00 fevers C1; !contradicted; !notify form_doubted
         19:00:01 tick -> contradiction-ended uncorrected; \
               lapse concealed candidate daily.finance.2026-11-23.1 fevers C1 involved=p11; !involved=p12",
    );
}

#[test]
fn what_was_found_after_a_report_stands_as_well_and_its_filer_is_told() {
    daily(
        "15:00 report daily finance p11 fevers=0
         15:30 fever E1 finance 38.4 at=09:00 self=p12 -> case-opened C1
         16:00 tick -> report-contradicted fevers C1 filer=p11 by=20:00; notify form_doubted p11 sms
         16:00 deliver
         16:30 report daily finance p12 day=2026-11-23 fevers=0 says=other -> report-filed revision=2 kept kept-for=p11 kept-by=20:00
         17:00 report daily finance p12 day=2026-11-23 fevers=0 says=third -> report-filed revision=3 kept kept-for=p11 kept-by=20:00
         20:00:01 tick -> lapse omitted fevers C1 involved=p11",
    );
}

#[test]
fn the_same_figures_with_another_reason_put_nothing_right_either() {
    daily(
        "09:00 fever E1 finance 38.4 self=p12 -> case-opened C1
         15:00 report daily finance p11 fevers=0 stands because=a -> report-filed contradicted filer=p11
         15:30 report daily finance p12 day=2026-11-23 fevers=0 because=b -> report-filed revision=2 kept kept-for=p11
         19:00:01 tick -> lapse concealed fevers C1 involved=p11",
    );
}

#[test]
fn a_number_that_covers_the_case_puts_it_right_whoever_says_it() {
    daily(
        "09:00 fever E1 finance 38.4 self=p12 -> case-opened C1
         15:00 report daily finance p11 fevers=0 stands -> report-filed contradicted by=19:00
         15:30 report daily finance p12 day=2026-11-23 fevers=1 says=one -> report-filed revision=2; !kept; !contradicted
         24/12:00 tick -> !lapse concealed; !contradiction-ended",
    );
    daily(
        "09:00 fever E1 finance 38.4 self=p12 -> case-opened C1
         15:00 report daily finance p11 fevers=0 stands -> report-filed contradicted by=19:00
         15:30 report daily finance p12 day=2026-11-23 fevers=0 says=other -> report-filed kept
         16:30 report daily finance p11 day=2026-11-23 fevers=1 says=one -> report-filed revision=3; !kept; !contradicted
         24/12:00 tick -> !lapse concealed; !contradiction-ended",
    );
}

#[test]
fn what_is_on_the_ledger_is_put_right_by_a_number_that_covers_it_alone() {
    daily(
        "09:00 fever E1 finance 38.4 self=p12 -> case-opened C1
         15:00 report daily finance p11 fevers=0 stands -> report-filed contradicted by=19:00
         19:00:01 tick -> lapse concealed fevers C1 involved=p11
         19:30 report daily finance p12 day=2026-11-23 fevers=0 says=other -> report-filed revision=2; !lapse-cured
         20:30 report daily finance p12 day=2026-11-23 fevers=1 says=one -> report-filed revision=3; lapse-cured concealed",
    );
}

#[test]
fn where_the_case_is_ruled_out_meanwhile_nothing_is_left() {
    daily(
        "09:00 fever E1 finance suspected self=p12 -> case-opened C1
         09:05 telephone C1 taken p31
         15:00 report daily finance p11 fevers=0 stands -> report-filed contradicted by=19:00
         15:30 report daily finance p12 day=2026-11-23 fevers=0 says=other -> report-filed kept
         18:00 classify C1 ruled_out p31 second=p42
         19:00:01 tick -> contradiction-ended groundless; !lapse concealed",
    );
}

#[test]
fn a_patient_who_is_shown_another_case_and_lets_it_stand_answers_for_that() {
    daily(
        "09:00 fever E1 finance 38.4 self=p12 -> case-opened C1
         09:10 fever E2 finance 38.4 -> case-opened C2
         15:00 report daily finance p11 fevers=0 stands -> report-filed contradicted C1 C2 filer=p11 by=19:00
         15:30 report daily finance p12 day=2026-11-23 fevers=0 says=other -> REJECTED Contradicted C-20261123-0002
         15:30 report daily finance p12 day=2026-11-23 fevers=0 says=other stands -> \
               report-filed contradicted C2 filer=p12 by=19:30 kept kept-for=p11 kept-by=19:00
         19:00:01 tick -> lapse concealed fevers C1 C2 involved=p11
         19:30:01 tick -> lapse concealed fevers C2 involved=p12; !lapse C1",
    );
    // One is as many as they were shown: the rest stands against whoever left out both.
    daily(
        "09:00 fever E1 finance 38.4 self=p12 -> case-opened C1
         09:10 fever E2 finance 38.4 -> case-opened C2
         15:00 report daily finance p11 fevers=0 stands -> report-filed contradicted C1 C2 filer=p11 by=19:00
         15:30 report daily finance p12 day=2026-11-23 fevers=1 says=other -> report-filed kept kept-for=p11 C1 C2; !contradicted
         19:00:01 tick -> lapse concealed fevers C1 C2 involved=p11",
    );
}

#[test]
fn what_becomes_known_beside_their_own_is_told_to_the_patient_who_answers_for_it_as_others_do() {
    let script = "09:00 fever E1 finance 38.4 self=p12 -> case-opened C1
         15:00 report daily finance p11 fevers=0 stands -> report-filed contradicted by=19:00
         15:30 report daily finance p12 day=2026-11-23 fevers=0 says=other -> report-filed kept kept-for=p11 C1
         16:00 tick
         16:30 fever E2 finance 38.4 at=10:00 -> case-opened C2; \
               report-contradicted fevers C2 filer=p12 by=20:30; notify form_doubted p12 sms; !report-contradicted C1
         16:31 deliver";
    daily(&format!(
        "{script}
         19:00:01 tick -> contradiction-ended uncorrected; lapse concealed fevers C1 involved=p11
         20:30:01 tick -> contradiction-ended uncorrected; lapse omitted fevers C2 involved=p12; !lapse C1"
    ));
    // One of two is counted: it is theirs to know of, and the other is left out still.
    daily(&format!(
        "{script}
         17:00 report daily finance p12 day=2026-11-23 fevers=1 says=one -> report-filed kept kept-for=p11 C1; !contradicted
         19:00:01 tick -> contradiction-ended uncorrected; lapse concealed fevers C1 involved=p11
         24/12:00 tick -> !lapse omitted; !contradiction-ended"
    ));
    daily(&format!(
        "{script}
         17:00 report daily finance p11 day=2026-11-23 fevers=2 says=two -> report-filed; !kept; !contradicted
         24/12:00 tick -> !lapse omitted; !lapse concealed; !contradiction-ended"
    ));
}

#[test]
fn until_when_there_is_time_is_shown_of_the_last_report_alone() {
    let mut world = World::new(|directory| {
        add(directory, Form { fevers: Some("fever".to_owned()), ..form("daily", "0 0 16 * * *") })
    });
    world.run(
        "22/17:00 adopt c1
         07:00 arm p42
         09:00 fever E1 finance 38.4 self=p12
         15:00 report daily finance p11 fevers=0 stands -> report-filed contradicted by=19:00",
    );
    let finance = UnitId::new("finance");
    let times = |world: &World| {
        let (_, period) = world.state.periods.iter().find(|(_, period)| period.has(&finance)).unwrap();
        (period.told_until(&finance).is_some(), period.correct_by(&finance).is_some())
    };
    assert_eq!(times(&world), (true, true));
    world.run("15:30 report daily finance p12 day=2026-11-23 fevers=0 says=other -> report-filed kept");
    assert_eq!(times(&world), (false, true), "the patient sees nothing of it");
}

#[test]
fn whoever_is_away_for_a_fever_and_corrects_without_it_puts_nothing_right() {
    daily(
        "07:30 absent p12 from=08:00 until=24/20:00 why=fever
         15:00 report daily finance p11 fevers=0 stands -> report-filed contradicted absences filer=p11 by=19:00
         15:30 report daily finance p12 day=2026-11-23 fevers=0 says=other -> report-filed kept kept-for=p11 absences; !contradicted
         16:30 report daily finance p12 day=2026-11-23 fevers=1 says=one -> report-filed revision=3; !kept
         24/12:00 tick -> !lapse concealed",
    );
}

#[test]
fn a_leader_with_a_case_of_their_own_is_not_named_with_it() {
    daily(
        "09:00 fever E1 finance 38.4 self=p11 -> case-opened C1
         15:00 report daily finance p12 fevers=0 stands -> report-filed contradicted filer=p12 by=19:00
         19:00:01 tick -> lapse concealed fevers C1 involved=p12; !responsible=p11",
    );
}

#[test]
fn what_says_otherwise_in_another_way_has_four_hours_of_its_own() {
    let total = || vec!["checked".to_owned()];
    check_with(
        |directory| {
            add(directory, Form { total: total(), ..form("check", "0 30 9 * * *") });
            let fevers = Some("fever".to_owned());
            add(directory, Form { total: total(), fevers, ..form("daily", "0 0 16 * * *") });
        },
        "08:00 adopt c1
         08:30 report check finance p12 people=23
         09:00 fever E1 finance 38.4 -> case-opened C1
         15:00 report daily finance p12 people=23 fevers=0 stands -> report-filed contradicted fevers by=19:00; !people
         16:30 report daily finance p12 day=2026-11-23 people=21 fevers=0 says=other stands -> \
               report-filed revision=2 contradicted people by=20:30 fevers by=19:00
         19:00:01 tick -> contradiction-ended uncorrected; lapse concealed fevers
         20:30:01 tick -> contradiction-ended uncorrected; lapse false people",
    );
}

#[test]
fn a_leader_who_is_the_patient_answers_for_no_report_but_whom_they_named_or_the_deputy() {
    // Auction has no deputy.
    daily(
        "12:00 fever E1 auction suspected self=p21 -> case-opened C1
         16:00 tick -> period-fell-due auction:p22:- finance:p12:p11
         16:10 report daily auction p22 -> lapse delayed proved involved=p22 responsible=-; !responsible=p21",
    );
    daily(
        "10:00 absent p21 until=24/09:00 stand-in=p51
         12:00 fever E1 auction suspected self=p21 -> case-opened C1
         16:00 tick -> period-fell-due auction:p22:p51 finance:p12:p11
         16:10 report daily auction p22 -> lapse delayed responsible=p51 led-as=for_leader",
    );
    daily(
        "12:00 fever E1 finance suspected self=p11 -> case-opened C1
         16:00 tick -> period-fell-due auction:p22:p21 finance:p12:p12
         16:10 report daily finance p12 -> lapse delayed involved=p12 as=liaison responsible=p12 led-as=for_leader",
    );
    // It was ruled out in time.
    daily(
        "12:00 fever E1 auction suspected self=p21 -> case-opened C1
         13:00 classify C1 ruled_out p31 second=p42 -> ruled-out C1
         16:00 tick -> period-fell-due auction:p22:p21 finance:p12:p11",
    );
}

#[test]
fn nobody_leads_by_the_leader_falling_ill_or_naming_them_minutes_before() {
    daily(
        "15:30 fever E1 finance suspected self=p11 -> case-opened C1
         16:00 tick -> period-fell-due auction:p22:p21 finance:p12:-",
    );
    daily(
        "12:00 fever E1 auction suspected self=p21 -> case-opened C1
         15:30 absent p21 until=24/09:00 stand-in=p51 by=p42
         16:00 tick -> period-fell-due auction:p22:- finance:p12:p11",
    );
    // Who was away before, and had named somebody, falls ill besides.
    daily(
        "09:00 absent p21 until=24/09:00 stand-in=p51
         15:30 fever E1 auction suspected self=p21 -> case-opened C1
         16:00 tick -> period-fell-due auction:p22:p51 finance:p12:p11",
    );
}

#[test]
fn nobody_is_named_later_for_a_report_of_when_the_leader_was_the_patient() {
    daily(
        "12:00 fever E1 auction suspected self=p21 -> case-opened C1
         15:00 report daily auction p22 -> report-filed
         18:00 classify C1 ruled_out p31 second=p42 -> ruled-out C1
         21:00 report daily auction p22 day=2026-11-23 says=other -> lapse mistaken involved=p22 responsible=-",
    );
}

#[test]
fn a_lapse_about_a_case_never_names_its_patient() {
    check(
        "08:25 fever E1 finance suspected at=08:00 self=p11 -> lapse event involved=- responsible=-
         08:30:01 tick -> lapse telephone candidate involved=- responsible=- excuse=born_late; \
               lapse written candidate involved=- responsible=- excuse=born_late",
    );
    check(
        "07:10 absent p11 until=24/09:00 stand-in=p51
         08:25 fever E1 finance suspected at=08:00 self=p11 -> lapse event involved=p51 responsible=p51 as=for_leader",
    );
    // A case of the officer's own is the other's on duty.
    check(
        "08:00 fever E1 finance suspected self=p31 -> clock-started due=08:30
         08:30:01 tick -> lapse telephone proved involved=p41 as=for_duty_officer responsible=p41; \
               lapse written proved involved=p41",
    );
    check(
        "08:05 fever E1 finance suspected at=08:00 self=p31 -> clock-started due=08:30
         08:30:01 tick -> lapse telephone candidate involved=p41 excuse=stood_in from=08:05; \
               lapse written candidate involved=p41 excuse=stood_in from=08:05; !involved=p31",
    );
}

#[test]
fn a_leader_whose_own_absence_a_report_leaves_out_is_not_named_with_it() {
    daily(
        "09:00 absent p21 until=25/09:00 why=fever
         15:00 report daily auction p22 zero=23/23 fevers=0 stands -> report-filed
         19:00:01 tick -> lapse concealed absences involved=p22 responsible=-; !responsible=p21",
    );
}
