//! The watch over what must not end: the engine's thread, and the tasks that last as long as the daemon.
//!
//! **Invariant.** Whatever ends here before it is told to ends the process, which is started again (law 2).

use std::panic::AssertUnwindSafe;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::anyhow;
use futures_util::FutureExt as _;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::engine::Beat;
use crate::telemetry;
use crate::time::Clock;

/// A step that has not come back from the disk for this long ends the process (law 3).
const STUCK_AFTER: Duration = Duration::from_secs(10);
/// How often the daemon looks after itself.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// The tasks that last as long as the daemon, each with what it is called.
#[derive(Debug, Default)]
pub(super) struct Lasting(JoinSet<(&'static str, &'static str)>);

impl Lasting {
    /// Begins a task that ends when the daemon is told to stop, and never before.
    pub(super) fn spawn(&mut self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        self.0.spawn(async move {
            let ended = AssertUnwindSafe(task).catch_unwind().await;
            (name, if ended.is_ok() { "ended" } else { "panicked" })
        });
    }

    /// Waits until one ends, and says which and how; for ever where there is none.
    async fn end_of_one(&mut self) -> anyhow::Error {
        match self.0.join_next().await {
            Some(Ok((name, how))) => anyhow!("the {name} has {how}; the process ends and is started again"),
            Some(Err(lost)) => anyhow!("a task was lost: {lost}"),
            None => std::future::pending().await,
        }
    }

    /// Waits until all have ended.
    pub(super) async fn end_of_all(&mut self) {
        while self.0.join_next().await.is_some() {}
    }
}

/// Watches the engine and the tasks: ends with an error where one of them ended or the engine is stuck, without one
/// where the daemon is to stop.
pub(super) async fn watch<T>(
    thread: &JoinHandle<T>,
    lasting: &mut Lasting,
    beat: &Beat,
    clock: &dyn Clock,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let mut look = tokio::time::interval(LOOK_EVERY);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let pace = telemetry::watchdog_every();
    let (mut steps, mut told) = (0, Duration::ZERO);
    loop {
        let ended = tokio::select! {
            biased;
            () = stop.cancelled() => return Ok(()),
            ended = lasting.end_of_one() => Some(ended),
            _ = look.tick() => None,
        };
        // It may have been told to stop in between.
        if let Some(ended) = ended {
            return if stop.is_cancelled() { Ok(()) } else { Err(ended) };
        }
        if thread.is_finished() {
            return Err(anyhow!("the engine has ended"));
        }
        let since_boot = clock.read().since_boot;
        if beat.stuck_for(since_boot) >= STUCK_AFTER {
            return Err(anyhow!(
                "a write to the journal has not come back for {STUCK_AFTER:?}; the process ends and is started again"
            ));
        }
        // The watchdog is fed by the engine's own step and by nothing else.
        if let Some(pace) = pace
            && beat.steps() != steps
            && since_boot.saturating_sub(told) >= pace.min(Duration::from_secs(5))
        {
            (steps, told) = (beat.steps(), since_boot);
            telemetry::alive();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::ManualClock;

    /// What the watch says of these tasks beside an engine that goes on, where it says it before it is told to stop.
    async fn watched(tasks: impl FnOnce(&mut Lasting, &CancellationToken)) -> anyhow::Result<()> {
        let (engine_ends, engine) = std::sync::mpsc::channel::<()>();
        let thread = std::thread::spawn(move || engine.recv());
        let (mut lasting, stop) = (Lasting::default(), CancellationToken::new());
        tasks(&mut lasting, &stop);
        let clock = ManualClock::new("2026-11-23T00:00:00Z".parse().unwrap());
        let beat = Beat::default();
        let watch = watch(&thread, &mut lasting, &beat, &clock, &stop);
        let said = tokio::time::timeout(Duration::from_secs(10), watch).await.expect("the watch saw nothing");
        drop(engine_ends);
        assert!(thread.join().unwrap().is_err());
        stop.cancel();
        lasting.end_of_all().await;
        said
    }

    /// A task as it should be.
    async fn lasts(stop: CancellationToken) {
        stop.cancelled().await;
    }

    #[tokio::test]
    async fn a_task_that_panics_ends_the_process_while_the_engine_and_the_others_go_on() {
        let said = watched(|lasting, stop| {
            lasting.spawn("door", lasts(stop.clone()));
            lasting.spawn("outbox", async { panic!("a fault of ours") });
        });
        let said = said.await.unwrap_err().to_string();
        assert_eq!(said, "the outbox has panicked; the process ends and is started again");
    }

    #[tokio::test]
    async fn a_task_that_ends_before_it_is_told_to_ends_the_process() {
        let said = watched(|lasting, stop| {
            lasting.spawn("upkeep", async {});
            lasting.spawn("door", lasts(stop.clone()));
        });
        let said = said.await.unwrap_err().to_string();
        assert_eq!(said, "the upkeep has ended; the process ends and is started again");
    }

    #[tokio::test]
    async fn tasks_that_end_when_they_are_told_to_are_no_fault() {
        let said = watched(|lasting, stop| {
            lasting.spawn("door", lasts(stop.clone()));
            let stops = stop.clone();
            lasting.spawn("caller", async move { stops.cancel() });
        });
        said.await.unwrap();
    }
}
