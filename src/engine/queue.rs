//! The way in: a bounded queue with room of its own for what tells what happened.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{oneshot, watch};

use super::answer::{Answer, Published, Refusal, Submission, Work};
use super::reopen::Reopened;
use super::run::Beat;
use crate::domain::command::Command;
use crate::time::Now;

/// Wishes that may wait; beyond it a caller is told to come back.
const WISHES_MAX: usize = 4_096;
/// Outcomes and receipts that may wait: they tell what happened, and have room of their own (law 5).
const TIDINGS_MAX: usize = 16_384;

/// Which room of the queue a command waits in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// What somebody wishes.
    Wish,
    /// What happened: outcomes, receipts, a person's answer.
    Tidings,
}

/// A handle to the engine: submits commands, and sees what is published.
#[derive(Debug, Clone)]
pub struct Handle {
    pub(super) queue: Arc<Queue>,
    pub(super) published: watch::Receiver<Arc<Published>>,
    pub(super) beat: Arc<Beat>,
}

#[derive(Debug, Default)]
pub(super) struct Queue {
    inner: Mutex<Inner>,
    wake: Condvar,
}

#[derive(Debug, Default)]
struct Inner {
    wishes: VecDeque<Waiting>,
    tidings: VecDeque<Waiting>,
    closed: bool,
    /// The engine sleeps: a call to wake it costs the kernel's time even where it is awake.
    sleeps: bool,
    reopened: Option<Reopened>,
}

/// A submission and who waits for its answer.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) work: Submission,
    pub(super) answer: oneshot::Sender<Result<Answer, Refusal>>,
}

impl Handle {
    /// Submits a command and waits until what it led to is on disk.
    ///
    /// # Errors
    /// The [`Refusal`]: what stands against it, or why the engine cannot say.
    pub async fn submit(&self, command: Command, received: Now, lane: Lane) -> Result<Answer, Refusal> {
        self.submit_work(Work { command, payloads: Vec::new() }, received, lane).await
    }

    /// Submits a command with sealed payloads that go to the vault if it is accepted.
    ///
    /// # Errors
    /// As [`Handle::submit`].
    pub async fn submit_work(&self, work: Work, received: Now, lane: Lane) -> Result<Answer, Refusal> {
        let (answer, outcome) = oneshot::channel();
        self.queue.push(Waiting { work: Submission { work, received }, answer }, lane)?;
        // The engine drops the sender only when the process is ending.
        outcome.await.unwrap_or(Err(Refusal::Stopping))
    }

    /// What is published: durable, and as new as the last batch.
    #[must_use]
    pub fn published(&self) -> Arc<Published> {
        Arc::clone(&self.published.borrow())
    }

    /// A receiver that is told of every publication.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<Arc<Published>> {
        self.published.clone()
    }

    /// Hands in what was opened again; the engine takes it up before its next step.
    pub fn hand_in(&self, reopened: Reopened) {
        self.queue.lock().reopened = Some(reopened);
        self.queue.wake.notify_one();
    }

    /// Whether the engine makes progress at this time since boot.
    #[must_use]
    pub fn is_regular(&self, since_boot: Duration) -> bool {
        self.beat.is_regular(since_boot)
    }

    /// Takes nothing more; the engine ends after what waits.
    pub fn close(&self) {
        self.queue.close();
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, waiting: Waiting, lane: Lane) -> Result<(), Refusal> {
        let mut inner = self.lock();
        if inner.closed {
            return Err(Refusal::Stopping);
        }
        let (queue, most) = match lane {
            Lane::Wish => (&mut inner.wishes, WISHES_MAX),
            Lane::Tidings => (&mut inner.tidings, TIDINGS_MAX),
        };
        if queue.len() >= most {
            return Err(Refusal::Busy);
        }
        queue.push_back(waiting);
        // One call wakes it, and it takes whatever waits by then.
        let asleep = std::mem::take(&mut inner.sleeps);
        drop(inner);
        if asleep {
            self.wake.notify_one();
        }
        Ok(())
    }

    fn close(&self) {
        self.lock().closed = true;
        self.wake.notify_one();
    }

    /// Closes, and lets go of everybody who waits.
    pub(super) fn close_and_drop(&self) {
        let mut inner = self.lock();
        inner.closed = true;
        inner.wishes.clear();
        inner.tidings.clear();
    }

    /// What was opened again since this was asked.
    pub(super) fn reopened(&self) -> Option<Reopened> {
        self.lock().reopened.take()
    }

    /// Takes what waits, at most so much, tidings first; waits at most so long for it. `None`: closed and empty.
    pub(super) fn take(&self, most: usize, wait: Duration) -> Option<Vec<Waiting>> {
        let mut inner = self.lock();
        if inner.wishes.is_empty() && inner.tidings.is_empty() {
            if inner.closed {
                return None;
            }
            inner.sleeps = true;
            inner = self.wake.wait_timeout(inner, wait).unwrap_or_else(PoisonError::into_inner).0;
            inner.sleeps = false;
        }
        let tidings = inner.tidings.len().min(most);
        let mut taken: Vec<Waiting> = inner.tidings.drain(..tidings).collect();
        let wishes = inner.wishes.len().min(most - tidings);
        taken.extend(inner.wishes.drain(..wishes));
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;

    fn waiting() -> (Waiting, oneshot::Receiver<Result<Answer, Refusal>>) {
        let (answer, outcome) = oneshot::channel();
        let work = Work { command: Command::HoldBack, payloads: Vec::new() };
        (Waiting { work: Submission { work, received: Now::at(Timestamp::MIN) }, answer }, outcome)
    }

    fn push(queue: &Queue, lane: Lane) -> Result<(), Refusal> {
        queue.push(waiting().0, lane)
    }

    #[test]
    fn what_happened_finds_room_while_wishes_are_full_and_goes_first() {
        let queue = Queue::default();
        for _ in 0..WISHES_MAX {
            push(&queue, Lane::Wish).unwrap();
        }
        assert_eq!(push(&queue, Lane::Wish), Err(Refusal::Busy));
        for _ in 0..TIDINGS_MAX {
            push(&queue, Lane::Tidings).unwrap();
        }
        assert_eq!(push(&queue, Lane::Tidings), Err(Refusal::Busy));
        let mut taken = 0;
        while taken < TIDINGS_MAX {
            taken += queue.take(256, Duration::ZERO).unwrap().len();
            assert_eq!(push(&queue, Lane::Wish), Err(Refusal::Busy), "no wish was taken before them");
        }
        assert_eq!(queue.take(256, Duration::ZERO).unwrap().len(), 256);
        push(&queue, Lane::Wish).unwrap();
    }

    #[test]
    fn what_waits_when_the_queue_is_closed_is_taken_and_nothing_comes_after_it() {
        let queue = Queue::default();
        push(&queue, Lane::Wish).unwrap();
        queue.close();
        assert_eq!(push(&queue, Lane::Tidings), Err(Refusal::Stopping));
        assert_eq!(queue.take(256, Duration::ZERO).map(|taken| taken.len()), Some(1));
        assert!(queue.take(256, Duration::ZERO).is_none());
    }

    #[test]
    fn who_waits_when_the_engine_fails_is_let_go() {
        let queue = Queue::default();
        let (one, mut outcome) = waiting();
        queue.push(one, Lane::Wish).unwrap();
        queue.close_and_drop();
        assert_eq!(outcome.try_recv().unwrap_err(), oneshot::error::TryRecvError::Closed);
    }
}
