//! What is put aside after a fault of our own: each thing for longer and longer, so that it stops nothing else.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Timestamp;

/// The first pause, and the longest.
const PAUSE_FIRST: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_mins(5);

/// Things at which the program failed, each with the instant from which it is tried again.
#[derive(Debug)]
pub struct Asides<K>(BTreeMap<K, Aside>);

#[derive(Debug, Clone, Copy)]
struct Aside {
    until: Timestamp,
    pause: Duration,
}

impl<K> Default for Asides<K> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord> Asides<K> {
    /// Puts a thing aside, for twice as long as the time before; for how long.
    pub fn put(&mut self, thing: K, steady: Timestamp) -> Duration {
        let pause = self.0.get(&thing).map_or(PAUSE_FIRST, |aside| (aside.pause * 2).min(PAUSE_MAX));
        self.0.insert(thing, Aside { until: steady + pause, pause });
        pause
    }

    /// Whether a thing waits at this instant.
    #[must_use]
    pub fn waits(&self, thing: &K, steady: Timestamp) -> bool {
        self.0.get(thing).is_some_and(|aside| aside.until > steady)
    }

    /// Whether a thing was put aside and has not succeeded since.
    #[must_use]
    pub fn knows(&self, thing: &K) -> bool {
        self.0.contains_key(thing)
    }

    /// A thing succeeded, or is there no more.
    pub fn forget(&mut self, thing: &K) {
        self.0.remove(thing);
    }

    /// Forgets what is there no more.
    pub fn keep(&mut self, is_there: impl Fn(&K) -> bool) {
        self.0.retain(|thing, _| is_there(thing));
    }

    /// How many things are known.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_pause_is_twice_the_one_before_up_to_five_minutes_until_it_succeeds() {
        let at = Timestamp::from_millis(0);
        let mut asides = Asides::default();
        let pauses: Vec<u64> = (0..11).map(|_| asides.put("a", at).as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        asides.forget(&"a");
        assert!(asides.put("a", at) == PAUSE_FIRST && asides.put("b", at) == PAUSE_FIRST);
        assert!(asides.waits(&"a", at) && !asides.waits(&"a", at + PAUSE_FIRST) && asides.knows(&"a"));
        asides.keep(|thing| *thing == "b");
        assert!(!asides.knows(&"a") && asides.len() == 1);
    }
}
