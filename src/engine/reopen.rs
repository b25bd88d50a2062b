//! The vault and the index: opened at a start, and again while the engine runs where they could not be or were lost.
//!
//! Opening takes as long as a disk does, so that it is not for the engine's thread: what is open is handed in, and the
//! engine takes it up between two steps.

use std::path::Path;

use super::answer::Published;
use super::replay::{Replayed, replay};
use super::snapshot;
use crate::index::{Index, IndexError};
use crate::journal;
use crate::metrics::Metrics;
use crate::vault::{MasterKey, Vault};

/// What was opened again.
#[derive(Debug, Default)]
pub struct Reopened {
    /// A vault that takes payloads.
    pub vault: Option<Vault>,
    /// An index, and the last entry that it knows.
    pub index: Option<(Index, u64)>,
}

/// Opens what lacks: a vault that failed is mended under its handle, one that is not there is opened, and an index is
/// opened and told of everything up to the published head.
///
/// `master` gives the vault's key, and `found` is where the journal ended at the start: nothing was put since.
pub fn reopen(
    dir: &Path,
    (master, found): (impl FnOnce() -> Option<MasterKey>, u64),
    published: &Published,
    metrics: &Metrics,
) -> Reopened {
    let vault = match &published.stores.vault {
        _ if published.vault => None,
        Some(vault) => mend(vault, metrics),
        None => master().and_then(|master| open_vault(dir, master, found, metrics)),
    };
    let index = if published.index { None } else { catch_up(dir, published, metrics) };
    Reopened { vault, index }
}

fn mend(vault: &Vault, metrics: &Metrics) -> Option<Vault> {
    match vault.mend() {
        Ok(recovery) => {
            tracing::debug!(?recovery, "the vault is mended");
            Some(vault.clone())
        }
        Err(error) => {
            metrics.vault_failed.inc();
            tracing::error!(%error, "the vault still cannot be written; it is tried again");
            None
        }
    }
}

/// Opens the index and tells it of what it does not know, from the journal's files.
fn catch_up(dir: &Path, published: &Published, metrics: &Metrics) -> Option<(Index, u64)> {
    let head = published.head;
    let (index, watermark) = open_index(dir, metrics);
    let index = index?;
    let snapshot = snapshot::read(dir, watermark.min(head.seq));
    let read = |seq| journal::read(dir, seq, head);
    let caught_up = replay(&read, Some(&index), (snapshot, watermark));
    match caught_up.map(|Replayed { behind, .. }| behind) {
        Ok(false) => Some((index, head.seq.max(watermark))),
        Ok(true) => None,
        Err(error) => {
            tracing::error!(%error, "the journal cannot be read for the index; it is tried again");
            None
        }
    }
}

pub(super) fn open_index(dir: &Path, metrics: &Metrics) -> (Option<Index>, u64) {
    let path = dir.join("index");
    let opened = match Index::open(&path) {
        Err(IndexError::Damaged(_)) => {
            tracing::error!("the index is damaged; it is rebuilt from the journal");
            Index::rebuild(&path).map(|index| (index, 0))
        }
        other => other,
    };
    match opened {
        Ok((index, watermark)) => (Some(index), watermark),
        Err(error) => {
            metrics.index_failed.inc();
            tracing::error!(%error, "the index cannot be opened: questions about the past are refused; clocks go on");
            (None, 0)
        }
    }
}

pub(super) fn open_vault(dir: &Path, master: MasterKey, head_seq: u64, metrics: &Metrics) -> Option<Vault> {
    match Vault::open(dir.join("vault").as_path(), master, head_seq) {
        Ok((vault, recovery)) => {
            tracing::debug!(?recovery, "the vault is open");
            Some(vault)
        }
        Err(error) => {
            metrics.vault_failed.inc();
            tracing::error!(%error, "the vault cannot be opened: what needs personal data is refused; clocks go on");
            None
        }
    }
}
