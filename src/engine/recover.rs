//! Opening: snapshot and tail, vault and index, and what the daemon missed while it was down.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::alive::Alive;
use super::answer::{Fatal, Stores, Submission, Work};
use super::core::Core;
use super::mode::Mode;
use super::reopen::{open_index, open_vault};
use super::replay::{Replayed, replay};
use super::snapshot;
use crate::domain::State;
use crate::domain::command::Command;
use crate::domain::directory::Directory;
use crate::domain::fact::Span;
use crate::journal::{Backing, File, Head, Held, Journal, JournalError, Known, Recovery};
use crate::metrics::Metrics;
use crate::time::{Clock, Mark, Now, Observed, Reading, Steady, Timestamp};
use crate::vault::MasterKey;

/// Given up when the disk is full, so that the journal can be written for hours more (law 3).
const BALLAST_BYTES: u64 = 64 << 20;
/// With less than this free the disk counts as full: the index cannot even be opened, and it is opened first.
const ROOM_BYTES: u64 = 1 << 20;

/// Where things lie.
#[derive(Debug, Clone)]
pub struct Paths {
    /// The data folder: journal, vault, index, snapshots, `alive`.
    pub data: PathBuf,
}

/// An engine that is ready, and what opening found.
#[derive(Debug)]
pub struct Opened {
    /// The engine; what was under way when the last run ended is unknown by now.
    pub core: Core,
    /// The file of marks.
    pub alive: Alive,
    /// The clocks at the start.
    pub now: Now,
    /// How long the daemon was down.
    pub down: Option<Span>,
    /// A torn tail was cut from the journal at this entry.
    pub torn: Option<u64>,
    /// Entries that were replayed.
    pub replayed: u64,
    /// Where the journal ended: what the vault holds behind it never became durable.
    pub found: Head,
}

/// Why the daemon cannot start.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The data folder cannot be used.
    #[error("the data folder cannot be used")]
    Folder(#[source] io::Error),
    /// Another daemon has the folder.
    #[error("another watchfire runs on {}: stop it, or change [storage] path", .0.display())]
    Taken(PathBuf),
    /// What the journal says is not what was written.
    #[error(
        "{damage}; keep {} as it is, look at it with `watchfire ledger verify`, restore the folder from a backup, and start with --hold",
        folder.display()
    )]
    Damaged {
        /// The data folder.
        folder: PathBuf,
        /// Where, and what is wrong.
        damage: JournalError,
    },
    /// The journal cannot be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// An entry says something this build does not know.
    #[error(
        "entry {seq} of the journal holds a fact that this version does not know: {what}; it was written by a newer version"
    )]
    UnknownFact {
        /// The entry.
        seq: u64,
        /// What the reader says.
        what: String,
    },
    /// The first entry of this run could not be written.
    #[error(transparent)]
    Fatal(#[from] Fatal),
}

/// What lies on the disks when the daemon starts.
#[derive(Debug)]
pub struct Found<J> {
    /// The journal, and what opening it found.
    pub journal: (J, Recovery),
    /// The vault and the index.
    pub stores: Stores,
    /// The last entry that the index knows.
    pub watermark: u64,
    /// A snapshot that this build can read, not newer than the index or the journal.
    pub snapshot: Option<(State, Head)>,
    /// When the daemon last lived.
    pub last: Option<Mark>,
}

/// An engine that goes on from what was found.
#[derive(Debug)]
pub struct Resumed {
    /// The engine; what was under way when the last run ended is unknown by now.
    pub core: Core,
    /// The clocks at the start.
    pub now: Now,
    /// How long the daemon was down.
    pub down: Option<Span>,
    /// Entries that were replayed.
    pub replayed: u64,
}

/// Opens everything in a data folder and decides what a start decides.
///
/// # Errors
/// [`OpenError`]: nothing is sent, and nothing on disk was cut but a torn tail.
pub fn open(
    paths: &Paths,
    (master, signed): (Option<MasterKey>, u64),
    clock: &dyn Clock,
    directory: Arc<Directory>,
    metrics: Arc<Metrics>,
) -> Result<Opened, OpenError> {
    let dir = &*paths.data;
    fs::create_dir_all(dir).map_err(OpenError::Folder)?;
    // Before anything is opened that another daemon has: its index would be told as one that is lost.
    let opened = File::is_free(dir).map_err(OpenError::from);
    let opened = opened.and_then(|()| open_all(dir, (master, signed), clock, directory, metrics));
    opened.map_err(|error| match error {
        OpenError::Journal(JournalError::Locked) => OpenError::Taken(dir.to_owned()),
        OpenError::Journal(damage @ JournalError::Corrupt { .. }) => {
            OpenError::Damaged { folder: dir.to_owned(), damage }
        }
        OpenError::Journal(_)
        | OpenError::Folder(_)
        | OpenError::Taken(_)
        | OpenError::Damaged { .. }
        | OpenError::UnknownFact { .. }
        | OpenError::Fatal(_) => error,
    })
}

fn open_all(
    dir: &Path,
    (master, signed): (Option<MasterKey>, u64),
    clock: &dyn Clock,
    directory: Arc<Directory>,
    metrics: Arc<Metrics>,
) -> Result<Opened, OpenError> {
    let reading = clock.read();
    let alive = Alive::in_folder(dir);
    let last = alive.last();
    if room(dir).is_some_and(|bytes| bytes < ROOM_BYTES) {
        give_up_ballast(dir);
    }
    let (index, watermark) = open_index(dir, &metrics);
    let known = Known { snapshot: snapshot::newest(dir), index: watermark, signed };
    let (journal, recovery) = open_journal(dir, &reading.boot, known)?;
    let vault = master.and_then(|master| open_vault(dir, master, recovery.head.seq, &metrics));
    let most = if index.is_some() { watermark } else { u64::MAX };
    let snapshot = snapshot::read(dir, most.min(recovery.head.seq));
    if recovery.writable.is_ok() {
        lay_ballast(dir);
    }
    let torn = recovery.torn.as_ref().map(|torn| torn.seq);
    let end = recovery.head;
    let stores = Stores::new(vault, index);
    let found = Found { journal: (journal, recovery), stores, watermark, snapshot, last };
    let Resumed { core, now, down, replayed } = resume(found, &reading, directory, metrics)?;
    Ok(Opened { core, alive, now, down, torn, replayed, found: end })
}

/// Replays what was found, and decides what a start decides; the simulation starts by this over a disk in memory.
///
/// # Errors
/// [`OpenError`]: nothing is sent.
pub fn resume<J: Backing + std::fmt::Debug + 'static>(
    found: Found<J>,
    reading: &Reading,
    directory: Arc<Directory>,
    metrics: Arc<Metrics>,
) -> Result<Resumed, OpenError> {
    let Found { journal: (journal, recovery), mut stores, watermark, snapshot, last } = found;
    let last = last.or_else(|| mark_of_entry(&journal));
    let (steady, observed) = Steady::start(last.as_ref(), reading);
    let now = steady.clone().read(reading).0;
    let read = |seq| journal.read_from(seq);
    let Replayed { state, entries: replayed, erased, behind } =
        replay(&read, stores.index.as_ref(), (snapshot, watermark))?;
    if behind {
        metrics.index_failed.inc();
        stores.index = None;
    }
    let head = journal.head();
    let mode = match &recovery.writable {
        Ok(()) => Mode::Writing(Box::new(journal)),
        Err(error) => {
            tracing::error!(%error, "the journal can be read and not written: holding; nothing new is taken in, running cases go on");
            Mode::Holding(Box::new(Held::over(journal, &reading.boot)))
        }
    };
    let down = last.map(|mark| Span { from: mark.now.steady.min(now.steady), to: now.steady });
    let torn = recovery.torn.as_ref().map(|torn| torn.seq);
    let mut core = Core::new((state, head), directory, mode, stores, (steady, metrics));
    core.owe_erasures(erased);
    let mut first = Vec::new();
    if let Observed::Stepped { from, to } = observed {
        first.push(Command::NoteClockStep { from, to });
    }
    let build = env!("CARGO_PKG_VERSION").to_owned();
    first.push(Command::Start { build, boot: reading.boot.clone(), down, torn });
    let submissions = first.into_iter().map(|command| Submission {
        work: Work { command, payloads: Vec::new() },
        // Before anything that fell due while the daemon was down, so that what is late knows why.
        received: Now::at(Timestamp::MIN),
    });
    core.step(reading, submissions.collect())?;
    Ok(Resumed { core, now, down, replayed })
}

/// What stands for the mark where that is lost: the instants of the last entry. What the time since boot was then is
/// not known, so that the wall clock is weighed as after a reboot.
fn mark_of_entry(journal: &dyn Journal) -> Option<Mark> {
    let entry = journal.read_from(journal.head().seq.max(1)).ok()?.next()?.ok()?;
    let now = Now { wall: entry.at, steady: entry.steady };
    let reading = Reading {
        wall: entry.at,
        since_boot: std::time::Duration::ZERO,
        boot: crate::time::BootId(String::new()),
    };
    Some(Mark { now, reading })
}

/// Opens the journal; where the disk is full, without its ballast.
fn open_journal(
    dir: &Path,
    boot: &crate::time::BootId,
    known: Known,
) -> Result<(File, Recovery), JournalError> {
    let (journal, recovery) = File::open(dir, boot, known)?;
    let full = matches!(&recovery.writable, Err(error) if error.kind() == io::ErrorKind::StorageFull);
    if full && give_up_ballast(dir) {
        drop(journal);
        return File::open(dir, boot, known);
    }
    Ok((journal, recovery))
}

fn give_up_ballast(dir: &Path) -> bool {
    let given_up = fs::remove_file(dir.join("ballast")).is_ok();
    if given_up {
        tracing::error!("the disk is full: the ballast is given up; make room");
    }
    given_up
}

/// How many bytes may still be written, where the file system says.
fn room(dir: &Path) -> Option<u64> {
    let free = rustix::fs::statvfs(dir).ok()?;
    Some(free.f_bavail.saturating_mul(free.f_frsize))
}

/// Lays ballast where there is none and room for it; a disk without room has been told of already.
fn lay_ballast(dir: &Path) {
    let path = dir.join("ballast");
    if path.exists() {
        return;
    }
    let enough = room(dir).is_some_and(|bytes| bytes > 4 * BALLAST_BYTES);
    let laid = enough
        && fs::File::create(&path).is_ok_and(|file| {
            rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::empty(), 0, BALLAST_BYTES).is_ok()
        });
    if !laid {
        tracing::warn!("no room for the ballast that keeps the journal writable on a full disk; make room");
        if let Err(error) = fs::remove_file(&path) {
            tracing::debug!(%error, "there was no ballast to remove");
        }
    }
}
