//! When each source was heard of last: events, replays and heartbeats alike, whatever became of them.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::domain::names::SourceId;

/// When each source was heard of last, by the time since boot; it holds configured sources alone.
#[derive(Debug, Default)]
pub struct Heard(Mutex<BTreeMap<SourceId, Duration>>);

impl Heard {
    /// A source that showed its credential sent something.
    pub fn note(&self, source: &SourceId, since_boot: Duration) {
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match heard.get_mut(source) {
            Some(last) => *last = since_boot.max(*last),
            None => drop(heard.insert(source.clone(), since_boot)),
        }
    }

    /// When it was heard of last, if it was since the daemon started.
    #[must_use]
    pub fn last(&self, source: &SourceId) -> Option<Duration> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(source).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_of_a_source_counts() {
        let heard = Heard::default();
        let (lobby, hall) = (SourceId::new("gate-lobby"), SourceId::new("gate-hall"));
        heard.note(&lobby, Duration::from_secs(7));
        heard.note(&lobby, Duration::from_secs(9));
        heard.note(&lobby, Duration::from_secs(8));
        assert_eq!(heard.last(&lobby), Some(Duration::from_secs(9)));
        assert_eq!(heard.last(&hall), None);
    }
}
