//! How the bytes of a growing file reach the disk: as the system writes them, or on a disk that fails to order.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::frame::read_up_to;
use super::{MasterKey, SEGMENT_BYTES, Vault, VaultError, VaultRecovery};

/// What an appender asks of its disk.
pub(super) trait Writing: fmt::Debug + Send + Sync {
    /// Writes bytes at a place.
    fn write(&self, file: &File, bytes: &[u8], at: u64) -> io::Result<()>;

    /// Makes what was written last.
    fn sync(&self, file: &File) -> io::Result<()>;

    /// Takes back what a failed write may have left behind the end that is known.
    fn take_back(&self, file: &File, len: u64) -> io::Result<()>;
}

/// The system's own.
#[derive(Debug)]
pub(super) struct Plain;

impl Plain {
    pub(super) fn disk() -> Arc<dyn Writing> {
        Arc::new(Self)
    }
}

impl Writing for Plain {
    fn write(&self, file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
        file.write_all_at(bytes, at)
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        file.sync_data()
    }

    fn take_back(&self, file: &File, len: u64) -> io::Result<()> {
        file.set_len(len)
    }
}

/// How a write to the vault fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing is written.
    Nothing,
    /// The first bytes reach the disk, and no more: a torn tail.
    Torn {
        /// How many; a batch that is shorter reaches it whole.
        bytes: usize,
    },
    /// Everything is written and the sync fails: a restart reads it, a power cut loses it.
    Unsynced,
    /// Everything is on the disk, and the process does not learn it.
    Unanswered,
}

/// A disk under a vault that fails to order, for tests and simulation. Every clone is the same disk.
#[derive(Debug, Clone, Default)]
pub struct FailingDisk(Arc<Mutex<Orders>>);

#[derive(Debug, Default)]
struct Orders {
    /// Writes so far, failed ones too.
    writes: u64,
    faults: BTreeMap<u64, Fault>,
    full: bool,
    /// The fault of the last write: it decides what its sync says, and keeps what was written where it is.
    last: Option<Fault>,
    /// What a power cut loses: of each file, by its inode, how much of it is safe.
    unsynced: BTreeMap<u64, (File, u64)>,
}

impl FailingDisk {
    /// A disk that does not fail.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets the `nth` write, counted from 1 over the disk's life, fail.
    pub fn fail(&self, nth: u64, fault: Fault) {
        self.orders().faults.insert(nth, fault);
    }

    /// Lets every write fail, or none, as a disk does that is full and then is not.
    pub fn set_full(&self, full: bool) {
        self.orders().full = full;
    }

    /// Loses what was written and not synced. The vault must be closed.
    ///
    /// # Errors
    ///
    /// As the real disk fails.
    pub fn cut_power(&self) -> io::Result<()> {
        let unsynced = std::mem::take(&mut self.orders().unsynced);
        unsynced.into_values().try_for_each(|(file, len)| file.set_len(len))
    }

    /// Takes back every fault that was ordered and has not happened.
    pub fn mend(&self) {
        self.orders().faults.clear();
    }

    /// How many writes there were, failed ones too.
    #[must_use]
    pub fn writes(&self) -> u64 {
        self.orders().writes
    }

    fn orders(&self) -> MutexGuard<'_, Orders> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Writing for FailingDisk {
    fn write(&self, file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
        let mut orders = self.orders();
        orders.writes += 1;
        if orders.full {
            orders.last = None;
            return Err(io::ErrorKind::StorageFull.into());
        }
        let writes = orders.writes;
        orders.last = orders.faults.remove(&writes);
        match orders.last {
            Some(Fault::Nothing) => Err(fault()),
            Some(Fault::Torn { bytes: whole }) => {
                file.write_all_at(bytes.get(..whole).unwrap_or(bytes), at)?;
                Err(fault())
            }
            Some(Fault::Unsynced) => {
                // What is written again as it was is as safe as before.
                let safe = at.saturating_add(same(file, bytes, at)?);
                file.write_all_at(bytes, at)?;
                let lost = orders.unsynced.entry(file.metadata()?.ino()).or_insert((file.try_clone()?, safe));
                lost.1 = lost.1.min(safe);
                Ok(())
            }
            Some(Fault::Unanswered) | None => file.write_all_at(bytes, at),
        }
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        let mut orders = self.orders();
        if matches!(orders.last, Some(Fault::Unsynced | Fault::Unanswered)) {
            return Err(fault());
        }
        file.sync_data()?;
        orders.unsynced.remove(&file.metadata()?.ino());
        Ok(())
    }

    fn take_back(&self, file: &File, len: u64) -> io::Result<()> {
        // What reached a disk that fails stays there until the vault is mended.
        match self.orders().last {
            Some(Fault::Torn { .. } | Fault::Unsynced | Fault::Unanswered) => Err(fault()),
            Some(Fault::Nothing) | None => file.set_len(len),
        }
    }
}

/// How many of these bytes stand in the file already, from the first on.
fn same(file: &File, bytes: &[u8], at: u64) -> io::Result<u64> {
    let mut there = vec![0; bytes.len()];
    let filled = read_up_to(file, at, &mut there)?;
    let pairs = bytes.iter().zip(there.iter().take(filled));
    Ok(pairs.take_while(|(new, old)| new == old).count() as u64)
}

fn fault() -> io::Error {
    io::Error::other("a fault to order")
}

impl Vault {
    /// Opens the vault over a disk that fails to order; else as [`Vault::open`].
    ///
    /// # Errors
    ///
    /// As [`Vault::open`].
    pub fn open_over(
        folder: &Path,
        master: MasterKey,
        head_seq: u64,
        disk: &FailingDisk,
    ) -> Result<(Self, VaultRecovery), VaultError> {
        let disk: Arc<dyn Writing> = Arc::new(disk.clone());
        Self::open_with(folder, master, head_seq, SEGMENT_BYTES, &disk)
    }
}
