//! Upkeep: snapshots, so that a start is short, signed heads, so that the past cannot be rewritten, and a look at what
//! was written long ago; once a day a look at the days off that are near.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Shared, scrub};
use crate::config::unknown_years;
use crate::engine::{Core, Published, write_snapshot};
use crate::outbox::heads;
use crate::time::{Day, Timestamp};

/// How often it is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// So many entries are worth a snapshot.
const SNAPSHOT_AFTER: u64 = 5_000;

/// Looks after what lasts until told to stop.
pub(super) async fn run(shared: Arc<Shared>, stop: CancellationToken) {
    let mut look = tokio::time::interval(LOOK_EVERY);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut snapshot_at = shared.engine.published().head.seq;
    let mut head_due = None;
    let mut looked_on = None;
    let (mut scrubbed, mut scrubbed_at) = (0, Duration::ZERO);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = look.tick() => {}
        }
        let published = shared.engine.published();
        if published.head.seq >= snapshot_at + SNAPSHOT_AFTER && !published.holding {
            snapshot_at = published.head.seq;
            let (shared, published) = (Arc::clone(&shared), Arc::clone(&published));
            blocking(move || snapshot(&shared, &published)).await;
        }
        let now = published.now.both();
        let due = *head_due.get_or_insert_with(|| next_head(&shared, now));
        if due.is_some_and(|due| due <= now) && published.state.doubt.is_none() {
            let shared = Arc::clone(&shared);
            blocking(move || {
                heads::sign(&shared.heads, &shared.engine.published());
            })
            .await;
            head_due = None;
        }
        let today = published.directory.zone.day(now);
        if looked_on != Some(today) && published.state.doubt.is_none() {
            looked_on = Some(today);
            tell_unknown_years(&shared, &published, today);
        }
        let since_boot = shared.clock.read().since_boot;
        if since_boot.saturating_sub(scrubbed_at) >= scrub::PACE {
            scrubbed_at = since_boot;
            let (shared, after) = (Arc::clone(&shared), scrubbed);
            let verified =
                tokio::task::spawn_blocking(move || scrub::next(&shared.data, after, &shared.metrics));
            scrubbed = verified.await.unwrap_or(scrubbed);
        }
    }
}

/// What `check` says of days off, for whoever does not run it.
fn tell_unknown_years(shared: &Shared, published: &Published, today: Day) {
    for year in unknown_years(&shared.calendars.load(), &published.directory, today) {
        tracing::warn!(year, "nothing is said of the days off of a year that is near");
    }
}

async fn blocking(work: impl FnOnce() + Send + 'static) {
    if tokio::task::spawn_blocking(work).await.is_err() {
        tracing::error!("upkeep panicked; it is tried again");
    }
}

/// When the next head is signed: the first due instant after the last one.
fn next_head(shared: &Shared, now: Timestamp) -> Option<Timestamp> {
    let directory = &shared.engine.published().directory;
    let last = shared.heads.lock().unwrap_or_else(PoisonError::into_inner).last().map(|head| head.at);
    directory.heads_at.next(&directory.zone, last.unwrap_or(now))
}

/// A snapshot may not know more than the index, nor lie behind an erasure that is not done: a start replays that.
fn snapshot(shared: &Shared, published: &Published) {
    let (state, head) = (&published.state, published.head);
    let Some(index) = published.stores.index.as_ref().filter(|_| published.erasures_owed == 0) else {
        return;
    };
    if let Err(error) = index.sync() {
        tracing::warn!(%error, "the index could not be synced; no snapshot is written");
        return;
    }
    match write_snapshot(&shared.data, state, head) {
        Ok(()) => tracing::debug!(seq = head.seq, "a snapshot of the state is written"),
        Err(error) => tracing::warn!(%error, "a snapshot could not be written; a start will take longer"),
    }
}

/// At an ordered end: a signed head and a snapshot.
pub(super) fn last_words(shared: &Shared, core: &Core) {
    if core.is_holding() {
        return;
    }
    heads::sign(&shared.heads, &shared.engine.published());
    snapshot(shared, &core.published(shared.now()));
    tracing::info!(seq = core.head().seq, "stopped");
}
