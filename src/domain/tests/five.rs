//! One day with all five failings (S23), and the same day without them.

use super::World;
use super::slots::{add, form};
use crate::domain::directory::Directory;
use crate::domain::lapse::Failing::{self, Concealed, Delayed, False, Mistaken, Omitted};

/// Two forms, and the day before, on which everybody reported both.
fn day(script: &str) -> Vec<Failing> {
    let forms = |directory: &mut Directory| {
        add(directory, form("daily", "0 0 16 * * *"));
        add(directory, form("night", "0 0 18 * * *"));
    };
    let before = "22/10:00 adopt c1
        22/14:00 report daily finance p12
        22/14:00 report daily auction p22
        22/14:00 report night finance p12
        22/14:00 report night auction p22
        22/23:30 tick";
    let mut world = World::new(forms);
    world.run("21/10:00 arm p42");
    world.run(&format!("{before}\n{script}"));
    world.replays();
    let mut found: Vec<Failing> = world.state.lapses.values().map(|lapse| lapse.failing).collect();
    found.sort_unstable();
    found
}

#[test]
fn a_day_with_each_of_the_five_failings_puts_exactly_those_on_record() {
    let found = day(
        "09:00 fever E1 finance 38.4 -> case-opened C1
         09:10 fever E2 auction 38.4 -> case-opened C2
         09:20 fever E3 auction 38.6 -> case-opened C3
         15:00 report daily finance p12 zero=23/23 fevers=0 stands -> report-filed on_time contradicted; !lapse
         16:01 report daily auction p22 fevers=1 stands -> report-filed late contradicted; \
               lapse delayed proved daily.auction.2026-11-23.1 involved=p22 responsible=p21
         17:00 report night finance p12 people=20 -> report-filed on_time; !lapse
         19:00:01 tick -> lapse concealed candidate daily.finance.2026-11-23.1 fevers C1 involved=p12 responsible=p11
         20:01:01 tick -> period-closed daily.2026-11-23.1; \
               lapse false candidate daily.auction.2026-11-23.1 fevers C2 C3 involved=p22 responsible=p21
         22:00:01 tick -> period-closed night.2026-11-23.1 missing=auction
         22:10 report night finance p12 day=2026-11-23 people=21 says=other -> report-filed revision=2 self-made; \
               lapse mistaken candidate night.finance.2026-11-23.1 involved=p12 responsible=p11
         24/12:00 tick -> !lapse",
    );
    assert_eq!(found, [Delayed, Concealed, Omitted, Mistaken, False]);
}

#[test]
fn the_same_day_without_them_leaves_nothing_on_record() {
    let found = day(
        "09:00 fever E1 finance 38.4 -> case-opened C1
         09:10 fever E2 auction 38.4 -> case-opened C2
         09:20 fever E3 auction 38.6 -> case-opened C3
         15:00 report daily finance p12 fevers=1 -> report-filed on_time; !contradicted; !lapse
         15:59 report daily auction p22 fevers=2 -> report-filed on_time; !contradicted; !lapse
         17:00 report night finance p12 people=20 -> report-filed on_time; !lapse
         17:30 report night auction p22 -> report-filed on_time; !lapse
         17:40 report night finance p12 day=2026-11-23 people=20 -> !report-filed; !lapse
         23:30 tick -> !lapse; !contradiction-ended; period-closed daily.2026-11-23.1; period-closed night.2026-11-23.1
         24/12:00 tick -> !lapse",
    );
    assert_eq!(found, []);
}
