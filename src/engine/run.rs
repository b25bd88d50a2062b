//! The thread around the step: waits for what comes or falls due, answers, publishes, marks that it lives.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::alive::Alive;
use super::answer::{Fatal, Published};
use super::core::{Core, Next};
use super::queue::{Handle, Queue, Waiting};
use super::recover::Opened;
use crate::metrics::Metrics;
use crate::time::{Clock, Mark, Now};

/// The engine's tick: the longest it waits.
const TICK: Duration = Duration::from_secs(1);
/// A sync that takes longer is a disk that one cannot rely on.
const SYNC_MAX: Duration = Duration::from_secs(5);
/// Between two marks that it lives.
const MARK_EVERY: Duration = Duration::from_secs(5);
/// Between two tries to be rid of what is held.
const SETTLE_EVERY: Duration = Duration::from_secs(5);
/// So much is taken from the queue at once.
const TAKE_MAX: usize = 256;

/// The engine, before its thread runs.
#[derive(Debug)]
pub struct Engine {
    core: Core,
    alive: Alive,
    clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
    queue: Arc<Queue>,
    published: watch::Sender<Arc<Published>>,
    next: Arc<Mutex<Option<Next>>>,
    beat: Arc<Beat>,
}

/// The engine's pulse, for the watchdog: fed by the step itself.
#[derive(Debug, Default)]
pub struct Beat {
    steps: AtomicU64,
    /// Time since boot in milliseconds at which the step under way began; 0 between steps.
    since: AtomicU64,
    /// Time since boot in milliseconds at which the last step ended.
    ended: AtomicU64,
}

impl Beat {
    /// How many steps have ended.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.steps.load(Ordering::Acquire)
    }

    /// How long the step under way has taken at this time since boot.
    #[must_use]
    pub fn stuck_for(&self, since_boot: Duration) -> Duration {
        match self.since.load(Ordering::Acquire) {
            0 => Duration::ZERO,
            since => since_boot.saturating_sub(Duration::from_millis(since)),
        }
    }

    /// Whether the engine makes progress: a step under way is no longer than a sync may take, and between two of them
    /// it does not rest for more than two ticks.
    #[must_use]
    pub fn is_regular(&self, since_boot: Duration) -> bool {
        let ended = Duration::from_millis(self.ended.load(Ordering::Acquire));
        match self.since.load(Ordering::Acquire) {
            0 => since_boot.saturating_sub(ended) <= 2 * TICK,
            since => since_boot.saturating_sub(Duration::from_millis(since)) <= SYNC_MAX,
        }
    }

    fn begin(&self, since_boot: Duration) {
        self.since.store(millis(since_boot).max(1), Ordering::Release);
    }

    fn end(&self, since_boot: Duration) {
        self.ended.store(millis(since_boot), Ordering::Release);
        self.since.store(0, Ordering::Release);
        self.steps.fetch_add(1, Ordering::AcqRel);
    }
}

fn millis(since_boot: Duration) -> u64 {
    u64::try_from(since_boot.as_millis()).unwrap_or(u64::MAX)
}

impl Engine {
    /// Puts an opened engine behind a queue; [`run`] runs it.
    #[must_use]
    pub fn new(opened: Opened, clock: Arc<dyn Clock>, metrics: Arc<Metrics>) -> (Self, Handle) {
        let Opened { core, alive, now, .. } = opened;
        let queue = Arc::new(Queue::default());
        let (published, receiver) = watch::channel(Arc::new(core.published(now)));
        let (next, beat) = (Arc::default(), Arc::<Beat>::default());
        beat.end(clock.read().since_boot);
        let handle = Handle { queue: Arc::clone(&queue), published: receiver, beat: Arc::clone(&beat) };
        (Self { core, alive, clock, metrics, queue, published, next, beat }, handle)
    }

    /// The engine's pulse.
    #[must_use]
    pub fn beat(&self) -> Arc<Beat> {
        Arc::clone(&self.beat)
    }

    /// Where another directory is put for the command that adopts it.
    #[must_use]
    pub fn next_directory(&self) -> Arc<Mutex<Option<Next>>> {
        Arc::clone(&self.next)
    }
}

/// Runs the engine until its queue is closed and empty; returns the core for a last snapshot.
///
/// # Errors
/// [`Fatal`]: the journal could not be written, and the process must end (law 3).
pub fn run(mut engine: Engine) -> Result<Core, Fatal> {
    let mut marked = None;
    let mut settled = Duration::ZERO;
    let mut now = Now::at(engine.clock.read().wall);
    loop {
        let idle = engine.core.idle_for(now, TICK);
        let Some(waiting) = engine.queue.take(TAKE_MAX, idle) else { break };
        if let Some(next) = engine.next.lock().unwrap_or_else(PoisonError::into_inner).take() {
            engine.core.hand_in(next);
        }
        let reading = engine.clock.read();
        engine.beat.begin(reading.since_boot);
        if engine.core.is_holding() && reading.since_boot.saturating_sub(settled) >= SETTLE_EVERY {
            settled = reading.since_boot;
            engine.core.settle();
        }
        let before = (engine.core.head(), engine.core.is_whole());
        if let Some(reopened) = engine.queue.reopened() {
            engine.core.take_up(reopened);
        }
        let (works, answers): (Vec<_>, Vec<_>) =
            waiting.into_iter().map(|Waiting { work, answer }| (work, answer)).unzip();
        let outcome = engine.core.step(&reading, works);
        engine.beat.end(engine.clock.read().since_boot);
        let (at, outcomes) = match outcome {
            Ok(outcome) => outcome,
            Err(fatal) => {
                // Nobody gets an answer: what they sent may or may not be on disk.
                engine.queue.close_and_drop();
                return Err(fatal);
            }
        };
        now = at;
        let ticked = answers.is_empty();
        if before != (engine.core.head(), engine.core.is_whole()) || ticked {
            engine.published.send_replace(Arc::new(engine.core.published(now)));
        }
        for (answer, outcome) in answers.into_iter().zip(outcomes) {
            // A caller that has gone away needs no answer; what it sent is on disk all the same.
            drop(answer.send(outcome));
        }
        if marked.is_none_or(|marked| reading.since_boot.saturating_sub(marked) >= MARK_EVERY) {
            marked = Some(reading.since_boot);
            mark(&mut engine, now);
        }
    }
    mark(&mut engine, now);
    engine.core.save_index();
    Ok(engine.core)
}

fn mark(engine: &mut Engine, now: Now) {
    let reading = engine.clock.read();
    let state = engine.core.state();
    engine.metrics.holding.set(i64::from(engine.core.is_holding()));
    engine.metrics.vault_open.set(i64::from(engine.core.takes_payloads()));
    engine.metrics.index_open.set(i64::from(engine.core.stores().index.is_some()));
    engine.metrics.held_back.set(i64::from(state.held_back));
    engine.metrics.clock_in_doubt.set(i64::from(state.doubt.is_some()));
    engine.metrics.armed.set(i64::from(state.is_armed()));
    if let Err(error) = engine.alive.write(&Mark { now, reading }) {
        tracing::warn!(%error, "the daemon could not mark that it lives");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_that_rests_for_more_than_two_ticks_or_syncs_for_more_than_five_seconds_is_not_regular() {
        let beat = Beat::default();
        let second = Duration::from_secs;
        beat.end(second(100));
        assert!(beat.is_regular(second(102)));
        assert!(!beat.is_regular(second(103)));
        beat.begin(second(103));
        assert!(beat.is_regular(second(108)));
        assert!(!beat.is_regular(second(109)));
        assert_eq!(beat.stuck_for(second(109)), second(6));
        beat.end(second(109));
        assert!(beat.is_regular(second(110)));
        assert_eq!((beat.steps(), beat.stuck_for(second(110))), (2, Duration::ZERO));
    }
}
