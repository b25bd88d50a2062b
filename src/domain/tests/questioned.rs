//! First reports that were refused for what is known against them: whoever answers in time is as punctual as they were.

use std::sync::Arc;

use super::World;
use super::slots::{add, daily, form};
use crate::domain::fact::Fact;
use crate::domain::lapse::{About, Certainty, Failing, Lapse};

#[test]
fn who_answers_within_half_an_hour_is_as_punctual_as_they_were() {
    daily(
        "09:00 fever E1 finance 38.4 -> case-opened C1
         15:58 report daily finance p12 zero=23/23 fevers=0 -> \
               report-questioned daily.finance.2026-11-23.1 p12 until=16:28 fevers C1; !report-filed
         16:20 report daily finance p12 fevers=1 says=one -> \
               report-filed daily.finance.2026-11-23.1 on_time late=0 revision=1 asked=15:58; !lapse
         20:00:01 tick -> period-closed missing=auction",
    );
    daily(
        "09:00 fever E1 finance 38.4
         15:58 report daily finance p12 zero=23/23 fevers=0
         16:28 report daily finance p12 zero=23/23 fevers=0 stands -> \
               report-filed on_time late=0 asked=15:58 contradicted shown; !lapse",
    );
}

#[test]
fn who_answers_later_is_late_from_the_deadline_and_the_question_is_evidence() {
    daily(
        "09:00 fever E1 finance 38.4
         15:58 report daily finance p12 zero=23/23 fevers=0 -> report-questioned
         16:28:01 report daily finance p12 fevers=1 says=one -> \
               report-filed late late=1681 revision=1; lapse delayed proved daily.finance.2026-11-23.1",
    );
}

#[test]
fn what_comes_again_meanwhile_is_refused_and_moves_nothing() {
    daily(
        "09:00 fever E1 finance 38.4
         15:58 report daily finance p12 zero=23/23 fevers=0 -> report-questioned until=16:28
         15:59 report daily finance p12 zero=23/23 fevers=0 -> REJECTED Contradicted
         16:27 report daily finance p12 zero=22/23 fevers=0 says=other -> REJECTED Contradicted
         16:40 report daily finance p12 zero=23/23 fevers=0 -> report-questioned until=17:10
         16:50 report daily finance p12 fevers=1 says=one -> report-filed late late=2400 asked=16:40",
    );
}

/// A day on which the finance unit is asked shortly before its report is missing.
fn unanswered() -> World {
    let mut world = World::new(|directory| add(directory, form("daily", "0 0 16 * * *")));
    world.run(
        "22/17:00 adopt c1
         07:00 arm p42
         09:00 fever E1 finance 38.4
         16:00 tick
         19:50 report daily finance p12 day=2026-11-23 zero=23/23 fevers=0 -> report-questioned until=20:20
         20:00:01 tick -> period-closed missing=auction missing=finance",
    );
    world
}

fn lapse<'w>(world: &'w World, unit: &str) -> &'w Lapse {
    let slot = format!("daily.{unit}.2026-11-23.1");
    let is_of =
        |lapse: &&Arc<Lapse>| matches!(&lapse.about, About::Slot { slot: it } if it.to_string() == slot);
    world.state.lapses.values().find(is_of).unwrap()
}

#[test]
fn who_never_answers_has_not_reported_and_people_look_into_it() {
    let world = unanswered();
    let (silent, asked) = (lapse(&world, "auction"), lapse(&world, "finance"));
    assert_eq!((silent.failing, silent.certainty), (Failing::Omitted, Certainty::Proved));
    assert_eq!((asked.failing, asked.certainty), (Failing::Omitted, Certainty::Candidate));
    // The question is evidence: beside the period's own entries.
    let is_question = |facts: &[Fact]| facts.iter().any(|it| matches!(it, Fact::ReportQuestioned { .. }));
    let question = world.entries.iter().find(|(_, facts)| is_question(facts)).unwrap().0.seq;
    assert!(asked.evidence.contains(&question) && !silent.evidence.contains(&question));
    world.replays();
}

#[test]
fn an_answer_after_the_missing_limit_is_for_the_slot_that_was_meant() {
    let mut world = unanswered();
    world.run(
        "20:10 report daily finance p12 fevers=1 says=one -> \
               report-filed daily.finance.2026-11-23.1 late asked=19:50; lapse-turned delayed candidate
         20:10 report daily auction p22 -> report-filed daily.auction.2026-11-24.1 on_time",
    );
    let turned = lapse(&world, "finance");
    assert_eq!(turned.failing, Failing::Delayed);
    assert_eq!(turned.cured_at, Some("2026-11-23T12:10:00Z".parse().unwrap()));
    world.replays();
}

#[test]
fn a_correction_that_is_refused_is_no_question() {
    daily(
        "09:00 fever E1 finance 38.4
         15:00 report daily finance p12 fevers=1 -> report-filed on_time
         15:30 report daily finance p12 day=2026-11-23 fevers=0 says=none -> REJECTED Contradicted",
    );
}
