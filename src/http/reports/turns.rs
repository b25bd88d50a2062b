//! Whose spreadsheet is read, or made, next, and who looks into the past: each takes memory for as long as it takes, and
//! the daemon has little to spare.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// One is read at a time: a hostile one takes 150 MB for most of a second, a register of 5,000 rows a tenth of both.
const READ_AT_ONCE: usize = 1;
/// So many are read or wait, with bodies of 8 MiB.
const PRESENT_MAX: usize = 16;
/// One waits so long for those before it.
const WAIT_MAX: Duration = Duration::from_secs(10);

/// The line before a reader, such as that of spreadsheets.
#[derive(Debug)]
pub(crate) struct Turns {
    present: Arc<Semaphore>,
    reading: Arc<Semaphore>,
}

/// A turn, until it is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    _reading: OwnedSemaphorePermit,
    _present: OwnedSemaphorePermit,
}

impl Default for Turns {
    fn default() -> Self {
        Self {
            present: Arc::new(Semaphore::new(PRESENT_MAX)),
            reading: Arc::new(Semaphore::new(READ_AT_ONCE)),
        }
    }
}

impl Turns {
    /// Waits for a turn; `None` where too many wait, or it takes too long.
    pub(in crate::http) async fn take(&self) -> Option<Turn> {
        let present = Arc::clone(&self.present).try_acquire_owned().ok()?;
        let reading = tokio::time::timeout(WAIT_MAX, Arc::clone(&self.reading).acquire_owned());
        Some(Turn { _reading: reading.await.ok()?.ok()?, _present: present })
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn one_is_read_a_few_wait_a_while_and_the_rest_are_sent_away() {
        let turns = Turns::default();
        let first = turns.take().await;
        assert!(first.is_some());
        let mut waiting: Vec<_> = (1..PRESENT_MAX).map(|_| Box::pin(turns.take())).collect();
        assert!(waiting.iter_mut().all(|it| it.now_or_never().is_none()));
        assert!(turns.take().now_or_never().is_some_and(|turn| turn.is_none()), "one more than may wait");
        drop(first);
        let second = waiting.remove(0).await;
        assert!(second.is_some());
        // Whoever has waited long enough is sent away, and makes room.
        for waits in waiting {
            assert!(waits.await.is_none());
        }
        assert!(turns.take().now_or_never().is_none());
        drop(second);
        assert!(turns.take().await.is_some());
    }
}
