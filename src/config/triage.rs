//! Triage: what is a fever, what no thermometer shows, and what makes fevers a cluster.

use std::time::Duration;

use super::reader::Table;
use super::report::At;
use super::values::{DAY, KINDS, required_name};
use crate::domain::directory::{ClusterRule, Triage};
use crate::domain::names::{Celsius, Kind};
use crate::time::Day;

/// Fevers are remembered for so long.
const WINDOW_MAX: Duration = Duration::from_hours(24 * 60);

/// Reads `[triage]`.
pub(super) fn read(root: &Table<'_>) -> Triage {
    let mut triage = Triage {
        fever_at_least: Celsius::from_hundredths(3730),
        implausible_below: Celsius::from_hundredths(3500),
        implausible_above: Celsius::from_hundredths(4300),
        clusters: Vec::new(),
    };
    let Some(table) = root.table("triage") else { return triage };
    let mut given: Option<At<f64>> = None;
    for (key, slot) in [
        ("implausible_above_c", &mut triage.implausible_above),
        ("implausible_below_c", &mut triage.implausible_below),
        ("fever_at_least_c", &mut triage.fever_at_least),
    ] {
        if let Some(degrees) = table.degrees(key) {
            *slot = Celsius::from_degrees(degrees.value).unwrap_or(*slot);
            given = Some(degrees);
        }
    }
    let ordered =
        triage.implausible_below < triage.fever_at_least && triage.fever_at_least < triage.implausible_above;
    if let (false, Some(given)) = (ordered, given) {
        table.wrong(&given, "out of order", "implausible_below_c < fever_at_least_c < implausible_above_c");
    }
    triage.clusters = table.tables("cluster").iter().filter_map(cluster).collect();
    table.finish();
    triage
}

fn cluster(table: &Table<'_>) -> Option<ClusterRule> {
    let rule = required_name(table, "rule", "a name for the rule, as the record cites it");
    table.require("valid_from", "the first day the rule is valid on");
    let from = table.moment::<Day>("valid_from", "not a day", "a date such as 2020-01-20");
    let to = table.moment::<Day>("valid_to", "not a day", "a date such as 2026-12-31");
    if let (Some(from), Some(to)) = (&from, &to)
        && to.value < from.value
    {
        table.wrong(to, "before valid_from", "the last day the rule is valid on");
    }
    let window = table.bounded("window", Duration::from_mins(1), WINDOW_MAX);
    let people = table.number("people", 2..=1000);
    let becomes = table.word("becomes", &KINDS);
    table.finish();
    Some(ClusterRule {
        rule: rule?.value,
        valid_from: from?.value,
        valid_to: to.map(|to| to.value),
        window: window.map_or(DAY * 14, |window| window.value),
        people: people.and_then(|people| usize::try_from(people.value).ok()).unwrap_or(2),
        becomes: becomes.unwrap_or(Kind::Suspected),
    })
}
