//! How fast one source may send: a source that hurries is delayed before it is refused.

use std::collections::BTreeMap;
use std::time::Duration;

/// How fast one key may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// One turn in this time, over the long run.
    pub every: Duration,
    /// This many turns at once after a pause; at least one.
    pub burst: u32,
    /// Who would have to wait longer than this is refused.
    pub wait_max: Duration,
}

/// What became of one request for a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// At once.
    Go,
    /// After this wait; the turn is taken already.
    Wait(Duration),
    /// Not now; nothing was taken.
    Refuse {
        /// When a turn would be had at once, if nobody else takes it.
        retry_after: Duration,
    },
}

/// Turns by key, such as a source's id.
///
/// A bucket is one instant: when it will be full again. The time is what the caller says, and has to be one that does
/// not go back: the time since boot. Where it goes back all the same, nobody waits longer than a full bucket takes.
#[derive(Debug, Clone)]
pub struct Limiter {
    pace: Pace,
    keys_max: usize,
    full_at: BTreeMap<String, Duration>,
    /// Keys for which there is no room share this bucket: neither let through unseen nor refused outright.
    strangers_full_at: Duration,
    /// Before this no bucket can be full, so looking for one to forget is useless.
    look_at: Duration,
}

impl Limiter {
    /// A limiter that knows up to `keys_max` keys apart.
    #[must_use]
    pub const fn new(pace: Pace, keys_max: usize) -> Self {
        Self {
            pace,
            keys_max,
            full_at: BTreeMap::new(),
            strangers_full_at: Duration::ZERO,
            look_at: Duration::ZERO,
        }
    }

    /// Asks for a turn for a key.
    pub fn take(&mut self, key: &str, now: Duration) -> Turn {
        let pace = self.pace;
        if let Some(full_at) = self.full_at.get_mut(key) {
            return turn(pace, full_at, now);
        }
        if self.full_at.len() >= self.keys_max {
            self.forget(now);
        }
        if self.full_at.len() >= self.keys_max {
            return turn(pace, &mut self.strangers_full_at, now);
        }
        turn(pace, self.full_at.entry(key.to_owned()).or_default(), now)
    }

    /// Forgets the buckets that are full again: a fresh one is no different.
    fn forget(&mut self, now: Duration) {
        if now < self.look_at {
            return;
        }
        self.full_at.retain(|_key, full_at| *full_at > now);
        self.look_at = self.full_at.values().min().copied().unwrap_or_default();
    }
}

/// The generic cell rate algorithm: a token bucket that stores no tokens.
fn turn(pace: Pace, full_at: &mut Duration, now: Duration) -> Turn {
    let depth = pace.every.saturating_mul(pace.burst.max(1));
    let deepest = now.saturating_add(depth).saturating_add(pace.wait_max);
    *full_at = (*full_at).clamp(now, deepest);
    let next = full_at.saturating_add(pace.every);
    let wait = next.saturating_sub(now.saturating_add(depth));
    if wait > pace.wait_max {
        return Turn::Refuse { retry_after: wait };
    }
    *full_at = next;
    if wait.is_zero() { Turn::Go } else { Turn::Wait(wait) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::span;

    fn limiter(keys_max: usize) -> Limiter {
        let pace = Pace { every: Duration::from_secs(1), burst: 3, wait_max: Duration::from_millis(1_500) };
        Limiter::new(pace, keys_max)
    }

    /// Each line of the script is `TIME KEY -> TURN`.
    #[track_caller]
    fn check(limiter: &mut Limiter, script: &str) {
        for line in script.trim().lines() {
            let (asked, expected) = line.trim().split_once(" -> ").unwrap();
            let (at, key) = asked.split_once(' ').unwrap();
            let told = match limiter.take(key, span::parse(at).unwrap()) {
                Turn::Go => "go".to_owned(),
                Turn::Wait(wait) => format!("wait {}", span::format(wait)),
                Turn::Refuse { retry_after } => format!("refuse {}", span::format(retry_after)),
            };
            assert_eq!(told, expected, "{line}");
        }
    }

    #[test]
    fn a_burst_goes_then_waits_then_is_refused() {
        check(
            &mut limiter(10),
            "10s gate -> go
             10s gate -> go
             10s gate -> go
             10s gate -> wait 1s
             10s gate -> refuse 2s
             10s other -> go
             10s500ms gate -> wait 1s500ms
             12s gate -> wait 1s
             12s gate -> refuse 2s
             60s gate -> go",
        );
    }

    #[test]
    fn the_long_run_keeps_the_pace() {
        let mut limiter = limiter(10);
        let asked = (0..60_000).step_by(50).map(|at_ms| limiter.take("gate", Duration::from_millis(at_ms)));
        let taken = asked.filter(|turn| !matches!(turn, Turn::Refuse { .. })).count();
        assert_eq!(taken, 3 + 60 + 1, "a burst, a minute, and one that waits for its turn");
    }

    #[test]
    fn keys_beyond_the_bound_share_one_bucket_until_there_is_room() {
        let mut limiter = limiter(2);
        check(
            &mut limiter,
            "10s a -> go
             10s b -> go
             10s c -> go
             10s d -> go
             10s e -> go
             10s f -> wait 1s
             10s a -> go
             30s c -> go
             30s d -> go",
        );
        assert_eq!(limiter.full_at.len(), 2);
    }

    #[test]
    fn a_clock_that_goes_back_makes_nobody_wait_for_long() {
        check(
            &mut limiter(10),
            "1000s gate -> go
             1s gate -> refuse 2s500ms
             2s gate -> wait 1s500ms",
        );
    }
}
