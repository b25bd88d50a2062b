//! Wrong codes typed with numbers that are nobody's: they count as those with a known number do, so that whoever types
//! numbers does not learn which are known. Nothing can be opened with them, so memory is enough.

use std::collections::BTreeMap;

use crate::domain::lock::Lock;
use crate::time::Timestamp;

/// So many numbers are told apart at least, and twice as many at most: a few megabytes. At the pace of a stranger it
/// takes far longer than a lock lasts to type so many.
const NUMBERS_MAX: usize = 25_000;

/// Wrong codes by the token of the number that was typed.
#[derive(Debug, Default)]
pub(in crate::http) struct Guesses {
    young: BTreeMap<String, Lock>,
    /// What was young when it had grown full; it goes when that happens again.
    old: BTreeMap<String, Lock>,
}

impl Guesses {
    /// Until when nothing is taken with this number, where that is so.
    pub(super) fn locked_at(&self, number: &str, at: Timestamp) -> Option<Timestamp> {
        self.young.get(number).or_else(|| self.old.get(number))?.locked_at(at)
    }

    /// One more wrong code with this number.
    pub(super) fn note(&mut self, number: String, at: Timestamp) {
        let mut lock = self.young.remove(&number).or_else(|| self.old.remove(&number)).unwrap_or_default();
        lock.note(at, lock.would_lock(at));
        if self.young.len() >= NUMBERS_MAX {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(number, lock);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_is_nobodys_locks_as_a_known_one_does() {
        let mut guesses = Guesses::default();
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1_000);
        for second in 0..6 {
            assert_eq!(guesses.locked_at("a", at(second)), None);
            guesses.note("a".to_owned(), at(second));
        }
        assert_eq!(guesses.locked_at("a", at(6)), Some(at(605)));
        assert_eq!(guesses.locked_at("b", at(6)), None);
        assert_eq!(guesses.locked_at("a", at(605)), None);
    }

    #[test]
    fn memory_is_bounded_and_what_was_typed_last_is_kept() {
        let mut guesses = Guesses::default();
        for number in 0..3 * NUMBERS_MAX {
            guesses.note(number.to_string(), Timestamp::from_millis(0));
        }
        assert!(guesses.young.len() + guesses.old.len() <= 2 * NUMBERS_MAX);
        assert!(guesses.young.contains_key(&(3 * NUMBERS_MAX - 1).to_string()));
    }
}
