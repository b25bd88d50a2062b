//! The journal: an append-only, hash-chained file of decisions, the one source of truth.
//!
//! One decision is one entry, one entry is one line: `hash SP json LF`. The JSON holds `seq`, `batch`, `at`, `steady`,
//! `boot`, `previous` and `facts` (and `held`, where true), and the hash is
//! `SHA-256("watchfire/entry/1\0" + previous + SHA-256(json))` over the stored bytes, where `previous` are the 32 raw
//! bytes of the hash before. The first `previous` is 64 zeros. `batch` is the first `seq` of its batch.
//!
//! What a start does with a damaged end, and why:
//!
//! - A batch is written only after the one before was synced. Damage with a valid line of a *later* batch behind it is
//!   therefore corruption, and the start refuses and names the entry.
//! - Damage within the last batch is a *torn tail*: it was never answered for. Its bytes are copied to `torn-SEQ`, cut, and
//!   reported; unless a [`Known`] says that an entry there was durable once.
//! - Whole lines before the damage are kept, although their batch was not written to its end: each is a decision that
//!   rests only on the ones before it, and its sender, who heard nothing, will ask again. The next batch continues the
//!   chain behind them.
//! - What was read may sit only in memory, for a process can die between a write and its sync. So the bytes of the
//!   last batch are written again and synced before the journal is handed over. Where that fails, it is handed over for
//!   reading, and [`Held`] keeps what is decided until writing works.
//!
//! **Invariant.** Nothing here knows what a fact means: facts are raw JSON. No byte of a synced batch is ever changed.
//! `append` returns `Ok` only after the batch and everything before it were synced, and after one failure never again.
//! What the disk holds is never asserted on.

mod cursor;
mod file;
mod find;
mod folder;
mod hash;
mod heads;
mod held;
mod key;
mod left;
mod line;
mod memory;
mod recover;
mod sums;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io;

use serde_json::value::RawValue;

pub use cursor::{Scrubbed, read, scrub, segments};
pub use file::File;
pub use find::hashes;
pub use hash::{Hash, Head, ParseHashError};
pub use heads::{Heads, HeadsError};
pub use held::{Backing, Held, HeldLine};
pub use key::{KeyError, ParseKeyError, PublicKey, SignedHead, Signer};
pub use left::keep_left;
pub use memory::{Disk, Fault, Memory};
pub use recover::{Known, Recovery, Torn};
pub use sums::SignedSums;

use crate::time::{BootId, Timestamp};

/// A line with its hash and its line feed is never longer: a reader needs no more memory than this.
pub const LINE_BYTES_MAX: usize = 16 << 20;

/// A batch is never longer: it is written with one call, and recovery holds the last one in memory.
pub const BATCH_BYTES_MAX: usize = 32 << 20;

/// What a batch holds before it takes no more: one entry more, as large as may be, and it still is one.
pub const BATCH_ROOM_BYTES: usize = 8 << 20;

/// The facts of an entry are never longer: what stands around them finds room in its line.
pub const FACTS_BYTES_MAX: usize = LINE_BYTES_MAX - (4 << 10);

/// A segment is closed before it grows past this, so that an open, which reads the last one, stays short.
pub const SEGMENT_BYTES: u64 = 64 << 20;

/// One decision on its way into the journal.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The wall clock of the decision, as it was.
    pub at: Timestamp,
    /// The steady clock of the decision.
    pub steady: Timestamp,
    /// A JSON array on one line.
    pub facts: Box<RawValue>,
}

/// One decision as the journal holds it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its number, from 1, without gaps: the order of everything.
    pub seq: u64,
    /// The first `seq` of those that shared its sync.
    pub batch: u64,
    /// The wall clock of the decision, as it was; it may go back.
    pub at: Timestamp,
    /// The steady clock of the decision.
    pub steady: Timestamp,
    /// The run of the kernel it was decided in.
    pub boot: BootId,
    /// Whether it was decided while the journal could not be written, and appended later.
    pub held: bool,
    /// The hash of the entry before; [`Hash::ZERO`] for the first.
    pub previous: Hash,
    /// The hash over `previous` and the stored JSON.
    pub hash: Hash,
    /// A JSON array.
    pub facts: Box<RawValue>,
}

impl Entry {
    /// The head of a journal that ends with this entry.
    #[must_use]
    pub const fn head(&self) -> Head {
        Head { seq: self.seq, hash: self.hash }
    }
}

/// An ordered, durable, hash-chained list of entries.
pub trait Journal: Send {
    /// Writes and syncs one batch behind `expected`, and returns the head it ends with.
    ///
    /// An empty batch writes nothing and returns the head.
    ///
    /// # Errors
    ///
    /// [`JournalError::HeadMoved`] and [`JournalError::Unfit`] where nothing was written; [`JournalError::Write`] where
    /// it is not known what was, and every later append fails.
    fn append(&mut self, expected: Head, batch: Vec<Draft>) -> Result<Head, JournalError>;

    /// Reads the entries from `seq` to the head, checking the chain as it goes; nothing follows an error.
    ///
    /// # Errors
    ///
    /// [`JournalError::Corrupt`] where no segment holds `seq`, [`JournalError::Read`] where one cannot be opened.
    fn read_from(&self, seq: u64) -> Result<Entries<'_>, JournalError>;

    /// The last entry.
    fn head(&self) -> Head;
}

/// Entries in order, each checked against the one before; nothing follows an error.
pub struct Entries<'a>(Box<dyn Iterator<Item = Result<Entry, JournalError>> + Send + 'a>);

impl<'a> Entries<'a> {
    fn new(entries: impl Iterator<Item = Result<Entry, JournalError>> + Send + 'a) -> Self {
        Self(Box::new(entries))
    }
}

impl Iterator for Entries<'_> {
    type Item = Result<Entry, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }
}

impl fmt::Debug for Entries<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entries")
    }
}

/// Why the journal cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The stored bytes are not what was written.
    #[error("the journal is damaged at entry {seq}, in segment {segment:020}.jsonl at byte {offset}: {what}")]
    Corrupt {
        /// The entry that should stand there.
        seq: u64,
        /// The first entry of the segment it belongs to.
        segment: u64,
        /// Where in the segment the damage begins.
        offset: u64,
        /// What is wrong, for a person.
        what: String,
    },
    /// The disk did not give the bytes.
    #[error("the journal cannot be read")]
    Read(#[source] io::Error),
    /// The disk did not take the bytes, or did not say that they are durable.
    #[error("the journal cannot be written")]
    Write(#[source] io::Error),
    /// An earlier write failed: what is on the disk is known only after a start.
    #[error("the journal takes no entry after a write that failed")]
    Poisoned,
    /// The journal does not end where the caller believes.
    #[error("the journal ends at entry {}, not at {}", found.seq, expected.seq)]
    HeadMoved {
        /// Where the caller believes it ends.
        expected: Head,
        /// Where it ends.
        found: Head,
    },
    /// The batch cannot be written as it is; nothing was.
    #[error("the batch cannot be written: {what}")]
    Unfit {
        /// What is wrong with it.
        what: &'static str,
    },
    /// Another process has the journal open.
    #[error("another process has the journal open")]
    Locked,
}
