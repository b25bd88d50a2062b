//! Budgets: how many attempts a channel allows, counted from facts, and spread over the clock they serve.

use std::time::Duration;

use crate::domain::directory::ChannelRules;
use crate::domain::fact::PostponedBecause;
use crate::time::Timestamp;

/// The last call is kept for the last minutes of a clock.
pub(super) const KEPT_FOR: Duration = Duration::from_mins(5);

/// When the next attempt may start, given when earlier ones did; the same instant where it may at once.
pub(super) fn allowed(rules: &ChannelRules, starts: &[Timestamp], now: Timestamp) -> Timestamp {
    rules
        .per_callee
        .iter()
        .filter_map(|(window, most)| {
            // The attempt that must leave the window before there is room for another.
            let index = starts.len().checked_sub(*most)?;
            let oldest = starts.get(index)?;
            Some(*oldest + *window)
        })
        .fold(now, Timestamp::max)
}

/// How many attempts the tightest long window leaves until a limit.
fn left(rules: &ChannelRules, starts: &[Timestamp], now: Timestamp, due: Timestamp) -> Option<usize> {
    let span = due.since(now);
    rules
        .per_callee
        .iter()
        // A window shorter than what is left of the clock frees itself on the way.
        .filter(|(window, _)| *window >= span)
        .map(|(window, most)| {
            let used = starts.iter().filter(|start| **start + *window > now).count();
            most.saturating_sub(used)
        })
        .min()
}

/// When an attempt for a clock that ends at `due` goes: spread evenly over what is left of it, the last one kept
/// for its last five minutes.
pub(super) fn lay_out(
    rules: &ChannelRules,
    starts: &[Timestamp],
    now: Timestamp,
    due: Option<Timestamp>,
) -> (Timestamp, PostponedBecause) {
    let at = allowed(rules, starts, now);
    let because = PostponedBecause::CalleeLimit;
    let Some(due) = due.filter(|due| *due > now) else { return (at, because) };
    let Some(left) = left(rules, starts, now, due) else { return (at, because) };
    let kept = due - KEPT_FOR;
    let Some(last) = starts.last().copied().filter(|_| now < kept) else { return (at, because) };
    if left <= 1 {
        return (at.max(kept), PostponedBecause::Spread);
    }
    let even = kept.since(last) / u32::try_from(left).unwrap_or(u32::MAX).max(1);
    let spread = last + even;
    if spread > at { (spread, PostponedBecause::Spread) } else { (at, because) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::names::{ChannelId, Medium};

    fn rules() -> ChannelRules {
        ChannelRules {
            id: ChannelId::new("voice"),
            medium: Medium::Phone,
            receipts: true,
            timeout: Duration::from_secs(5),
            pause_at_least: Duration::from_secs(2),
            pause_at_most: Duration::from_secs(60),
            per_callee: vec![
                (Duration::from_mins(1), 1),
                (Duration::from_hours(1), 5),
                (Duration::from_hours(24), 20),
            ],
            per_second: None,
        }
    }

    fn at(minutes_times_100: i64) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000 + minutes_times_100 * 600)
    }

    #[test]
    fn five_calls_an_hour_are_spread_over_thirty_minutes_and_one_is_kept() {
        let mut starts = vec![at(0)];
        let mut went = Vec::new();
        for _ in 0..4 {
            let now = *starts.last().unwrap() + Duration::from_secs(1);
            let (next, _) = lay_out(&rules(), &starts, now, Some(at(3000)));
            starts.push(next);
            went.push(next);
        }
        assert_eq!(went, vec![at(625), at(1250), at(1875), at(2500)]);
        let (next, _) = lay_out(&rules(), &starts, at(2600), Some(at(3000)));
        assert_eq!(next, at(0) + Duration::from_hours(1));
    }

    #[test]
    fn a_channel_without_limits_never_waits() {
        let free = ChannelRules { per_callee: Vec::new(), ..rules() };
        let starts = vec![at(0), at(1), at(2)];
        assert_eq!(lay_out(&free, &starts, at(3), Some(at(3000))).0, at(3));
    }

    #[test]
    fn without_a_clock_only_the_windows_count() {
        assert_eq!(lay_out(&rules(), &[at(0)], at(10), None).0, at(100));
        assert_eq!(lay_out(&rules(), &[at(0)], at(200), None).0, at(200));
    }
}
