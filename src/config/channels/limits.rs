//! How fast a channel may be used, and how long it is left alone after a failure.

use std::time::Duration;

use super::super::reader::Table;
use super::super::values::DAY;
use crate::time::span;

/// More limits than any provider has.
const WINDOWS_MAX: usize = 10;

pub(super) fn pauses(table: &Table<'_>) -> (Duration, Duration) {
    let (least, most) = (Duration::from_secs(2), Duration::from_mins(1));
    let Some(retry) = table.table("retry") else { return (least, most) };
    let shortest = Duration::from_millis(10);
    let at_least = retry.bounded("pause_at_least", shortest, DAY);
    let at_most = retry.bounded("pause_at_most", shortest, DAY);
    retry.finish();
    let least = at_least.as_ref().map_or(least, |pause| pause.value);
    let most = at_most.as_ref().map_or(most, |pause| pause.value);
    if let (true, Some(at)) = (least > most, at_most.or(at_least)) {
        let expected =
            format!("pause_at_least ({}) <= pause_at_most ({})", span::format(least), span::format(most));
        table.wrong(&at, "out of order", expected);
    }
    (least, most)
}

pub(super) fn limits(table: &Table<'_>) -> (Vec<(Duration, usize)>, Option<usize>) {
    const EXPECTED: &str = "a window of at most 24h, such as \"1h\" = 5";
    let Some(limits) = table.table("limits") else { return (Vec::new(), None) };
    let per_second = limits.number("per_second", 1..=100_000).and_then(|at| usize::try_from(at.value).ok());
    let mut per_callee = Vec::new();
    if let Some(windows) = limits.table("per_callee") {
        let keys = windows.keys();
        if let Some(too_many) = keys.get(WINDOWS_MAX) {
            limits.wrong(too_many, "too many windows", "at most 10");
        }
        for key in keys {
            let window = span::parse(key.value).filter(|window| !window.is_zero() && *window <= DAY);
            let most = windows.number(key.value, 1..=100_000).and_then(|at| usize::try_from(at.value).ok());
            match window {
                Some(window) => per_callee.extend(most.map(|most| (window, most))),
                None => windows.wrong(&key, "not a window of time", EXPECTED),
            }
        }
    }
    limits.finish();
    per_callee.sort();
    (per_callee, per_second)
}
