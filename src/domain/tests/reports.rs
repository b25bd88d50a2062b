//! Reports: which slot one is for, whether it came in time, what it corrects, and what it leaves on the ledger.

use std::time::Duration;

use super::slots::{add, daily, daily_with, form};
use super::words::word;
use super::{World, check_with};
use crate::domain::names::UnitId;
use crate::domain::slot::ReportFiled;

impl World {
    pub(super) fn filed(&self, report: &ReportFiled) -> Vec<String> {
        let mut words = vec![report.slot.to_string(), word(&report.state)];
        words.push(format!("late={}", report.late_by_s));
        words.extend(self.at("asked", report.asked_at));
        words.push(format!("revision={}", report.filed.revision));
        words.extend(report.filed.zero.map(|zero| {
            if zero.is_unsupported() { "unsupported-zero".to_owned() } else { "zero".to_owned() }
        }));
        words.extend(report.filed.counted.map(|it| format!("counted={}/{}", it.reported, it.known)));
        words.extend(report.filed.same_as_before.map(|count| format!("same={count}")));
        words.extend(report.filed.consent.then(|| "consent".to_owned()));
        words.extend(self.at("opened", report.filed.begun.opened_at));
        words.extend(self.at("claimed", report.filed.begun.claimed_try_at));
        words.extend(report.filed.self_made.then(|| "self-made".to_owned()));
        words.extend(report.contradicted.iter().flat_map(|it| self.contradicted(it)));
        let (own, silent): (Vec<_>, Vec<_>) =
            report.standing.iter().partition(|it| it.report == report.filed.report);
        words.extend(own.into_iter().flat_map(|it| self.contradicted(it)));
        words.extend(silent.into_iter().flat_map(|it| self.kept(it)));
        words
    }
}

#[test]
fn a_report_by_its_due_instant_is_on_time_and_a_moment_later_it_is_late() {
    daily(
        "16:00 report daily finance p12 -> report-filed daily.finance.2026-11-23.1 on_time late=0 revision=1; !lapse
         16:00:01 report daily auction p22 -> report-filed daily.auction.2026-11-23.1 late late=1; \
                  lapse delayed proved daily.auction.2026-11-23.1 involved=p22 responsible=p21 due=16:00",
    );
}

#[test]
fn lateness_counts_by_when_the_last_byte_came_and_by_the_clock_that_speaks_for_the_filer() {
    daily("16:05~15:59 report daily finance p12 -> report-filed on_time late=0; !lapse");
}

#[test]
fn a_report_of_other_people_than_the_unit_has_that_stands_is_taken_with_both_numbers() {
    daily(
        "15:00 report daily finance p12 counted=40/41 stands -> report-filed on_time revision=1 counted=40/41; !lapse
         15:10 report daily finance p12 counted=41/41 day=2026-11-23 says=other -> report-filed revision=2; !lapse",
    );
}

#[test]
fn within_the_grace_a_report_is_on_time_and_after_it_late_from_its_due_instant() {
    daily_with(
        |form| form.late_after = Duration::from_mins(10),
        "16:10 report daily finance p12 -> report-filed on_time late=0; !lapse
         16:10:01 report daily auction p22 -> report-filed late late=601",
    );
}

#[test]
fn what_comes_after_the_missing_limit_is_kept_with_it_and_turns_the_omission_into_a_delay() {
    daily(
        "20:00:01 tick -> period-closed missing=auction missing=finance
         22:00 report daily finance p12 day=2026-11-23 -> \
               report-filed daily.finance.2026-11-23.1 missing late=21600 revision=1; \
               lapse-turned daily.finance.2026-11-23.1 at=22:00
         22:10 report daily finance p12 day=2026-11-23 says=other -> \
               report-filed daily.finance.2026-11-23.1 missing late=21600 revision=2; !lapse-turned",
    );
}

#[test]
fn a_report_in_the_second_after_the_missing_limit_finds_it_passed() {
    daily(
        "20:00:00 report daily finance p12 day=2026-11-23 -> report-filed late late=14400
         20:00:00.500 report daily auction p22 day=2026-11-23 -> period-closed missing=auction; \
               report-filed missing late=14401; lapse-turned daily.auction.2026-11-23.1",
    );
}

#[test]
fn without_a_day_a_report_goes_to_the_oldest_slot_still_awaited_else_to_the_next() {
    daily(
        "16:30 report daily finance p12 -> report-filed daily.finance.2026-11-23.1 late
         16:40 report daily finance p12 says=next -> report-filed daily.finance.2026-11-24.1 on_time
         20:30 report daily auction p22 -> report-filed daily.auction.2026-11-24.1 on_time",
    );
}

#[test]
fn the_next_slot_can_be_filed_before_it_opens_and_no_other() {
    daily(
        "10:00 report daily finance p12 -> report-filed daily.finance.2026-11-23.1
         10:10 report daily finance p12 says=next -> period-opened daily.2026-11-24.1 due=24/16:00; \
               report-filed daily.finance.2026-11-24.1 on_time
         10:20 report daily finance p12 -> REJECTED NotOpen
         10:30 report daily finance p12 day=2026-11-25 -> REJECTED NotOpen
         10:40 report daily finance p12 day=2026-11-30 -> REJECTED NoSuchSlot
         16:00 tick -> !period-opened; period-fell-due daily.2026-11-23.1 auction:p22:p21
         24/16:00 tick -> period-opened daily.2026-11-25.1; period-fell-due daily.2026-11-24.1 auction:p22:p21",
    );
}

#[test]
fn when_a_form_was_opened_and_a_first_try_is_claimed_is_kept_and_counts_for_nothing() {
    daily(
        "16:00:40 report daily finance p12 opened=15:52 tried=15:58:20 -> \
                  report-filed daily.finance.2026-11-23.1 late late=40 opened=15:52 claimed=15:58:20; lapse delayed proved
         16:00:50 report daily auction p22 opened=16:01 tried=22/16:00:49 -> \
                  report-filed daily.auction.2026-11-23.1 late late=50; !opened; !claimed
         16:05 report daily finance p12 day=2026-11-23 because=gateway -> \
               report-filed daily.finance.2026-11-23.1 late late=40 revision=2; !lapse; !self-made
         16:06 report daily finance p12 day=2026-11-23 because=gateway opened=16:05 -> (no facts)",
    );
}

#[test]
fn filing_again_corrects_and_the_same_again_does_not() {
    daily(
        "15:00 report daily finance p12 day=2026-11-23 -> report-filed on_time revision=1
         15:01 report daily finance p12 day=2026-11-23 -> (no facts)
         17:00 report daily finance p12 day=2026-11-23 says=other -> report-filed on_time late=0 revision=2; !lapse
         17:01 report daily finance p12 day=2026-11-23 -> report-filed on_time revision=3",
    );
}

#[test]
fn of_a_day_with_several_slots_the_first_that_is_awaited_is_meant() {
    check_with(
        |directory| add(directory, form("rounds", "0 0 9,13,17 * * *")),
        "08:00 adopt c1
         09:10 tick
         09:10 report rounds finance p12 day=2026-11-23 -> report-filed rounds.finance.2026-11-23.1 late
         09:20 report rounds finance p12 day=2026-11-23 -> report-filed rounds.finance.2026-11-23.2 on_time
         09:30 report rounds finance p12 day=2026-11-23 -> REJECTED NumberNeeded
         09:40 report rounds finance p12 day=2026-11-23 number=1 says=other -> \
               report-filed rounds.finance.2026-11-23.1 late revision=2
         09:50 report rounds finance p12 day=2026-11-23 number=4 -> REJECTED NoSuchSlot",
    );
}

#[test]
fn a_zero_is_a_report_and_one_that_asked_too_few_is_marked() {
    daily(
        "15:00 report daily finance p12 zero=23/23 -> report-filed on_time zero
         15:00 report daily auction p22 zero=22/23 -> report-filed on_time unsupported-zero",
    );
}

#[test]
fn what_there_is_not_is_refused() {
    daily(
        "15:00 report weekly finance p12 -> REJECTED FormUnknown
         15:00 report daily kitchen p12 -> REJECTED UnitUnknown
         15:00 report daily finance p99 -> REJECTED NoSuchPerson",
    );
}

#[test]
fn the_office_excuses_before_the_end_and_not_after() {
    daily(
        "15:00 exempt daily.finance.2026-11-23.1 p51 -> slot-exempted daily.finance.2026-11-23.1
         15:10 exempt daily.finance.2026-11-23.1 p51 -> REJECTED Ended
         15:20 report daily auction p22
         15:30 exempt daily.auction.2026-11-23.1 p51 -> REJECTED Ended
         15:40 exempt daily.auction.2026-11-25.1 p51 -> REJECTED NoSuchSlot
         16:00 tick -> period-fell-due daily.2026-11-23.1; !finance:p12:p11
         20:00:01 tick -> period-closed daily.2026-11-23.1; !missing=finance; !missing=auction",
    );
}

#[test]
fn an_excused_unit_may_report_all_the_same_and_stays_excused() {
    daily(
        "15:00 exempt daily.finance.2026-11-23.1 p51
         21:00 report daily finance p12 day=2026-11-23 -> report-filed exempt late=0 revision=1; !lapse",
    );
}

#[test]
fn before_arming_a_lapse_says_so() {
    daily(
        "08:00 disarm p42
         16:30 report daily finance p12 -> lapse delayed candidate excuse=unarmed
         20:00:01 tick -> period-closed missing=auction excuse=unarmed",
    );
}

#[test]
fn consent_that_is_told_of_the_same_rows_is_a_revision_that_corrects_nothing() {
    daily(
        "12:00 report daily finance p12 -> report-filed daily.finance.2026-11-23.1 on_time late=0 revision=1
         12:01 report daily finance p12 day=2026-11-23 consent -> \
                  report-filed daily.finance.2026-11-23.1 on_time late=0 revision=2 consent
         12:02 report daily finance p12 day=2026-11-23 consent -> (no facts)
         12:03 report daily finance p12 day=2026-11-23 -> (no facts)",
    );
}

#[test]
fn a_report_of_an_older_journal_says_nothing_of_consent() {
    let filed = r#"{"report":"R1","revision":1,"received":"2026-11-23T04:00:00Z","actor":{"by":"p12","via":"session"},
                    "content":"c","payload":"p"}"#;
    let read: crate::domain::slot::Filed = serde_json::from_str(filed).unwrap();
    assert!(!read.consent && read.same_as_before.is_none());
    assert!(!serde_json::to_string(&read).unwrap().contains("consent"), "and is written as it was");
}

#[test]
fn every_reason_that_is_given_for_a_late_report_is_kept_with_when_it_was_given() {
    let mut world = World::new(|directory| add(directory, form("daily", "0 0 16 * * *")));
    let reasons = |world: &World, unit: &str| {
        let period = world.state.periods.values().next().unwrap().clone();
        let outcome = period.outcomes.get(&UnitId::new(unit)).unwrap().clone();
        outcome.reasons.iter().map(|it| format!("{} {}", world.time(it.at), it.entry)).collect::<Vec<_>>()
    };
    world.run(
        "07:00 arm p42
         10:00 adopt c1
         15:00 report daily auction p22 day=2026-11-23 because=early
         16:00 tick
         16:10 report daily finance p12 day=2026-11-23 -> report-filed late
         16:20 report daily finance p12 day=2026-11-23 because=gateway
         16:30 report daily finance p12 day=2026-11-23 says=other
         16:40 report daily finance p12 day=2026-11-23 says=other because=log",
    );
    let last = world.state.seq;
    assert_eq!(reasons(&world, "finance"), [format!("16:20 {}", last - 2), format!("16:40 {last}")]);
    assert!(reasons(&world, "auction").is_empty(), "who reported in time has nothing to explain");
    // Of very many the first ones and the last stay.
    for number in 0..60 {
        world.run(&format!(
            "17:{number:02} report daily finance p12 day=2026-11-23 says=other because=r{number}"
        ));
    }
    let kept = reasons(&world, "finance");
    assert_eq!((kept.len(), kept[0].starts_with("16:20 ")), (50, true));
    assert!(kept[49].starts_with("17:59 ") && kept[48].starts_with("17:46 "), "{kept:?}");
    world.replays();
}

#[test]
fn how_many_rows_were_confirmed_is_kept_while_the_report_says_the_same() {
    daily(
        "12:00 report daily finance p12 same=2 consent -> report-filed daily.finance.2026-11-23.1 revision=1 same=2 consent
         12:01 report daily finance p12 day=2026-11-23 because=gateway -> \
                  report-filed daily.finance.2026-11-23.1 revision=2 same=2 consent
         12:02 report daily finance p12 day=2026-11-23 says=other -> \
                  report-filed daily.finance.2026-11-23.1 revision=3; !same=; !consent",
    );
}

#[test]
fn a_report_takes_the_place_of_the_one_that_its_filer_had_before_them_and_of_no_other() {
    daily(
        "12:00 report daily finance p12 fevers=0 over=0 -> report-filed revision=1
         12:01 report daily finance p11 day=2026-11-23 fevers=1 says=x over=0 -> REJECTED FiledMeanwhile
         12:02 report daily finance p11 day=2026-11-23 fevers=1 says=x over=1 -> report-filed revision=2
         12:03 report daily finance p12 day=2026-11-23 fevers=0 over=1 -> REJECTED FiledMeanwhile
         12:04 report daily finance p12 day=2026-11-23 fevers=1 says=x over=1 -> (no facts)",
    );
}

#[test]
fn who_excused_a_unit_stands_there_also_after_it_reported_all_the_same() {
    let mut world = World::new(|directory| add(directory, form("daily", "0 0 16 * * *")));
    world.run(
        "22/17:00 adopt c1
         12:00 exempt daily.finance.2026-11-23.1 p51
         12:10 report daily finance p12 day=2026-11-23 -> report-filed",
    );
    let period = world.state.periods.values().next().unwrap();
    let outcome = period.outcomes.values().next().unwrap();
    assert!(outcome.filed.is_some() && outcome.exempt.is_some());
}
