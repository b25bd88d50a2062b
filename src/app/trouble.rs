//! Trouble: what is wrong with the daemon and around it is looked for, put on record, and told to the operators.
//!
//! A clock in doubt, a torn tail and a channel without money are facts that the rules see by themselves; what lies in
//! files, disks and doors is looked for here.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Shared;
use crate::domain::State;
use crate::domain::bulletin::Trouble;
use crate::domain::command::Command;
use crate::domain::names::SourceId;
use crate::engine::Lane;
use crate::http::Heard;

/// How often it is looked for.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// A disk with less than a tenth of it free, and less than this, is nearly full …
const ROOM_LEAST: u64 = 4 << 30;
/// … until a fifth more than that is free.
const ROOM_AGAIN: (u64, u64) = (6, 5);

/// Looks for trouble until told to stop.
pub(super) async fn run(shared: Arc<Shared>, heard: Arc<Heard>, stop: CancellationToken) {
    let mut look = tokio::time::interval(LOOK_EVERY);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let started = shared.clock.read().since_boot;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = look.tick() => {}
        }
        for command in changes(&shared.engine.published().state, look_around(&shared, &heard, started)) {
            say(&command);
            if let Err(refusal) = shared.engine.submit(command, shared.now(), Lane::Wish).await {
                tracing::warn!(why = %refusal, "trouble could not be put on record; it is looked for again");
            }
        }
    }
}

/// Everything that can be wrong, and whether it is.
fn look_around(shared: &Shared, heard: &Heard, started: Duration) -> Vec<(Trouble, bool)> {
    let published = shared.engine.published();
    let mut found = vec![
        (Trouble::Holding, published.holding),
        (Trouble::VaultClosed, !published.vault),
        (Trouble::IndexClosed, !published.index),
        (Trouble::PastDamaged, shared.metrics.journal_damaged.get() > 0),
    ];
    let known_full = published.state.is_troubled(&Trouble::DiskNearlyFull);
    let full = rustix::fs::statvfs(&shared.data).ok().map(|disk| {
        let bytes = |blocks: u64| blocks.saturating_mul(disk.f_frsize);
        is_nearly_full(bytes(disk.f_bavail), bytes(disk.f_blocks), known_full)
    });
    found.extend(full.map(|full| (Trouble::DiskNearlyFull, full)));
    let now = shared.clock.read().since_boot;
    let live = shared.live.load();
    let silent = live.settings.sources.iter().filter_map(|(id, source)| {
        let last = heard.last(id).unwrap_or(started);
        let silent = now.saturating_sub(last) > source.expect_every?;
        Some((Trouble::SourceSilent(id.clone()), silent))
    });
    found.extend(silent);
    // Of a source that may be silent, or is there no more, nothing is awaited.
    let awaited = |id: &SourceId| live.settings.sources.get(id).is_some_and(|it| it.expect_every.is_some());
    let gone = published
        .state
        .troubles
        .keys()
        .filter(|trouble| matches!(trouble, Trouble::SourceSilent(id) if !awaited(id)));
    found.extend(gone.map(|trouble| (trouble.clone(), false)));
    found
}

fn is_nearly_full(free: u64, whole: u64, known: bool) -> bool {
    let least = ROOM_LEAST.min(whole / 10);
    let (again, of) = ROOM_AGAIN;
    free < if known { least / of * again } else { least }
}

/// What is to be put on record: what began and what ended since the state was told.
fn changes(state: &State, found: Vec<(Trouble, bool)>) -> Vec<Command> {
    let changed = found.into_iter().filter(|(trouble, is)| state.is_troubled(trouble) != *is);
    changed
        .map(
            |(trouble, is)| {
                if is { Command::NoteTrouble { trouble } } else { Command::EndTrouble { trouble } }
            },
        )
        .collect()
}

fn say(command: &Command) {
    if let Command::NoteTrouble { trouble } = command {
        tracing::warn!(%trouble, "trouble: the operators are told; docs/operation.md says under this word what to do");
    } else if let Command::EndTrouble { trouble } = command {
        tracing::info!(%trouble, "a trouble is over");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_is_nearly_full_until_clearly_more_is_free() {
        let gib = 1 << 30;
        assert!(!is_nearly_full(50 * gib, 1000 * gib, false), "a twentieth of a large disk is enough");
        assert!(is_nearly_full(3 * gib, 1000 * gib, false));
        assert!(!is_nearly_full(4 * gib, 1000 * gib, false));
        assert!(is_nearly_full(4 * gib, 1000 * gib, true));
        assert!(!is_nearly_full(5 * gib, 1000 * gib, true));
        assert!(is_nearly_full(gib / 2, 6 * gib, false), "a tenth of a small one");
        assert!(!is_nearly_full(gib, 6 * gib, false));
    }

    #[test]
    fn only_what_changed_is_put_on_record() {
        let found = vec![(Trouble::Holding, true), (Trouble::VaultClosed, false)];
        let began = Command::NoteTrouble { trouble: Trouble::Holding };
        assert_eq!(changes(&State::default(), found), [began]);
    }
}
