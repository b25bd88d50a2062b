//! A channel that keeps its messages, for tests and the tour.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Message, Outcome};

/// The most messages that are kept; the oldest go first.
const KEPT_MAX: usize = 10_000;

/// A channel that keeps its messages and answers as it was told to; clones share both.
#[derive(Debug, Clone, Default)]
pub struct Memory(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    sent: VecDeque<Message>,
    outcomes: VecDeque<Outcome>,
}

impl Memory {
    /// A channel that accepts everything.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an outcome: the next messages get those that were added, in order; after them all are accepted.
    pub fn answer(&self, outcome: Outcome) {
        self.inner().outcomes.push_back(outcome);
    }

    /// The messages that came, oldest first.
    #[must_use]
    pub fn sent(&self) -> Vec<Message> {
        self.inner().sent.iter().cloned().collect()
    }

    /// The messages that came since the last call, oldest first.
    #[must_use]
    pub fn take(&self) -> Vec<Message> {
        self.inner().sent.drain(..).collect()
    }

    pub(super) fn deliver(&self, message: &Message) -> Outcome {
        let mut inner = self.inner();
        if inner.sent.len() >= KEPT_MAX {
            inner.sent.pop_front();
        }
        inner.sent.push_back(message.clone());
        inner.outcomes.pop_front().unwrap_or(Outcome::Accepted { provider_id: None })
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Both lists are whole between any two statements, so a panic elsewhere leaves them usable.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
