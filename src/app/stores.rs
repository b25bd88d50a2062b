//! What could not be opened or was lost while running - the vault, the index - is opened again, without a start.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Shared, keys};
use crate::config::StorageSettings;
use crate::engine;

/// How often it is looked whether something lacks.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// The first pause before a try, and the longest.
const PAUSE_FIRST: Duration = Duration::from_secs(5);
const PAUSE_MAX: Duration = Duration::from_mins(5);

/// Opens what lacks until told to stop; `found` is where the journal ended at the start.
pub(super) async fn run(
    shared: Arc<Shared>,
    (storage, found): (StorageSettings, u64),
    stop: CancellationToken,
) {
    let mut look = tokio::time::interval(LOOK_EVERY);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let (mut pause, mut due) = (PAUSE_FIRST, None);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = look.tick() => {}
        }
        let published = shared.engine.published();
        if published.vault && published.index {
            (pause, due) = (PAUSE_FIRST, None);
            continue;
        }
        // Where the journal cannot be written they cannot be either, and what is held is in no file to be read. They
        // are tried as soon as it can.
        if published.holding {
            (pause, due) = (PAUSE_FIRST, Some(Duration::ZERO));
            continue;
        }
        let since_boot = shared.clock.read().since_boot;
        if since_boot < *due.get_or_insert(since_boot + pause) {
            continue;
        }
        let (shared_too, storage) = (Arc::clone(&shared), storage.clone());
        let reopened = tokio::task::spawn_blocking(move || {
            let master = || keys::master(&storage).ok().flatten();
            engine::reopen(&shared_too.data, (master, found), &published, &shared_too.metrics)
        });
        match reopened.await {
            Ok(reopened) => shared.engine.hand_in(reopened),
            Err(_panic) => tracing::error!("opening what was lost panicked; it is tried again"),
        }
        pause = (pause * 2).min(PAUSE_MAX);
        due = Some(shared.clock.read().since_boot + pause);
    }
}
