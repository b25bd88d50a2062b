//! How often something is said: a few times in a while, and then how many times it was not.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// One while.
const WHILE: Duration = Duration::from_mins(1);
/// So many things are told apart; what is beyond them counts as one.
const KEYS_MAX: usize = 1_000;

/// Bounds how often each of several things is said: what a stranger can cause must not fill a disk with lines.
#[derive(Debug)]
pub struct Seldom {
    most: u32,
    said: Mutex<BTreeMap<String, Said>>,
}

#[derive(Debug, Clone, Copy)]
struct Said {
    since: Duration,
    times: u32,
    passed_over: u64,
}

impl Seldom {
    /// Each thing is said so many times a minute.
    #[must_use]
    pub const fn new(most: u32) -> Self {
        Self { most, said: Mutex::new(BTreeMap::new()) }
    }

    /// Whether it is said at this time since boot: if so, how many times it was passed over since it was said last.
    pub fn turn(&self, key: &str, since_boot: Duration) -> Option<u64> {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let key = if said.len() < KEYS_MAX || said.contains_key(key) { key } else { "" };
        let fresh = Said { since: since_boot, times: 0, passed_over: 0 };
        let one = said.entry(key.to_owned()).or_insert(fresh);
        if since_boot.saturating_sub(one.since) >= WHILE {
            *one = Said { passed_over: one.passed_over, ..fresh };
        }
        if one.times >= self.most {
            one.passed_over = one.passed_over.saturating_add(1);
            return None;
        }
        one.times += 1;
        Some(std::mem::take(&mut one.passed_over))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_too_often_is_counted_and_told_with_the_next() {
        let seldom = Seldom::new(2);
        let at = |s| seldom.turn("gate", Duration::from_secs(s));
        assert_eq!([at(5), at(5), at(6), at(64)], [Some(0), Some(0), None, None]);
        assert_eq!([at(65), at(66), at(66)], [Some(2), Some(0), None]);
        assert_eq!(at(500), Some(1));
    }

    #[test]
    fn each_thing_has_its_own_turns_and_their_number_has_a_bound() {
        let seldom = Seldom::new(1);
        assert_eq!(seldom.turn("a", Duration::ZERO), Some(0));
        assert_eq!(seldom.turn("b", Duration::ZERO), Some(0));
        for i in 0..2 * KEYS_MAX {
            seldom.turn(&i.to_string(), Duration::ZERO);
        }
        assert!(seldom.said.lock().unwrap().len() <= KEYS_MAX + 1);
    }
}
