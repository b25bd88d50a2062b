//! The journal while it cannot be written: what is decided is kept in memory, and appended as it is later.

use std::slice;

use super::line::{self, Batch, Chain};
use super::{BATCH_BYTES_MAX, Draft, Entries, File, Head, Journal, JournalError, Recovery};
use crate::time::BootId;

/// More than this is not held: hours of due things and outcomes come to a few MiB.
const HELD_BYTES_MAX: usize = 64 << 20;

/// A journal that another can hold for. Two implementations: [`File`] and [`super::Memory`].
pub trait Backing: Journal {
    /// Tries to make durable what was read, as opening does; without effect where the journal is writable.
    ///
    /// # Errors
    ///
    /// As opening, and [`JournalError::Poisoned`] after an append that failed.
    fn reopen_for_writing(&mut self) -> Result<Recovery, JournalError>;

    /// Appends lines that were held over `base`, as they are, and returns the head they end with.
    ///
    /// Lines that an earlier try brought to the disk are passed over. After a failure the journal can be opened for
    /// writing again, and this repeated.
    ///
    /// # Errors
    ///
    /// [`JournalError::HeadMoved`] where the journal ends neither at `base` nor at one of the lines,
    /// [`JournalError::Unfit`] where the lines do not follow each other, [`JournalError::Write`] where the disk fails.
    fn append_held(&mut self, base: Head, lines: &[HeldLine]) -> Result<Head, JournalError>;

    /// Reads the entries from `seq` to `until`, which is the head or before it.
    ///
    /// # Errors
    ///
    /// As [`Journal::read_from`].
    fn read_to(&self, seq: u64, until: Head) -> Result<Entries<'_>, JournalError>;
}

/// One line that waits for the disk.
#[derive(Debug, Clone)]
pub struct HeldLine {
    head: Head,
    batch: u64,
    bytes: Box<[u8]>,
}

impl HeldLine {
    /// The head of a journal that ends with this line.
    #[must_use]
    pub const fn head(&self) -> Head {
        self.head
    }

    /// The line with its line feed, as it will be stored.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// A journal over one that can be read and not written: it keeps lines in memory, each marked `held`.
///
/// Nothing in it survives the process, so no answer may rest on it as on something durable. Neither a snapshot nor the
/// index's watermark nor a signed head may name a held entry: a start that does not find one refuses.
///
/// All its lines are one batch, up to a batch's bound, for they will be synced together.
#[derive(Debug)]
pub struct Held<J = File> {
    backing: J,
    base: Head,
    head: Head,
    boot: String,
    lines: Vec<HeldLine>,
    bytes: usize,
    /// The number of the batch that is being held, and how long it is.
    batch: u64,
    batch_bytes: usize,
}

impl<J: Backing> Held<J> {
    /// Holds over the head that `backing` has; entries carry `boot`.
    pub fn over(backing: J, boot: &BootId) -> Self {
        let base = backing.head();
        let (lines, batch) = (Vec::new(), base.next_seq());
        Self {
            backing,
            base,
            head: base,
            boot: line::boot_json(boot),
            lines,
            bytes: 0,
            batch,
            batch_bytes: 0,
        }
    }

    /// Tries to make the backing journal writable and to append what is held; on success nothing is held any more.
    ///
    /// After an error everything is still held, and it can be tried again.
    ///
    /// # Errors
    ///
    /// As [`Backing::reopen_for_writing`] and [`Backing::append_held`].
    pub fn settle(&mut self) -> Result<Head, JournalError> {
        self.backing.reopen_for_writing()?.writable.map_err(JournalError::Write)?;
        self.base = self.backing.append_held(self.base, &self.lines)?;
        self.lines.clear();
        self.bytes = 0;
        Ok(self.base)
    }

    /// The head of what is on the disk, over which this holds.
    #[must_use]
    pub const fn base(&self) -> Head {
        self.base
    }

    /// The lines that wait, in order.
    #[must_use]
    pub fn lines(&self) -> &[HeldLine] {
        &self.lines
    }

    /// The lines that wait, without the journal they wait for.
    #[must_use]
    pub fn into_lines(self) -> Vec<HeldLine> {
        self.lines
    }

    /// The journal this held for; lines that were not settled are lost.
    #[must_use]
    pub fn into_backing(self) -> J {
        self.backing
    }

    fn encode(&self, number: u64, drafts: &[Draft]) -> Result<(Vec<HeldLine>, usize), JournalError> {
        let mut bytes = Vec::new();
        let mut head = self.head;
        let mut lines = Vec::with_capacity(drafts.len());
        let mut total = 0_usize;
        for draft in drafts {
            bytes.clear();
            let common = Batch { number, boot: &self.boot, held: true };
            head = line::encode(&mut bytes, head, slice::from_ref(draft), common)?;
            total += bytes.len();
            lines.push(HeldLine { head, batch: number, bytes: bytes.as_slice().into() });
        }
        Ok((lines, total))
    }
}

impl<J: Backing> Journal for Held<J> {
    fn append(&mut self, expected: Head, batch: Vec<Draft>) -> Result<Head, JournalError> {
        if expected != self.head {
            return Err(JournalError::HeadMoved { expected, found: self.head });
        }
        line::check(&batch)?;
        let first = self.head.next_seq();
        let (number, before) =
            if self.lines.is_empty() { (first, 0) } else { (self.batch, self.batch_bytes) };
        let (mut lines, bytes) = self.encode(number, &batch)?;
        (self.batch, self.batch_bytes) = (number, before);
        if self.bytes + bytes > HELD_BYTES_MAX {
            return Err(JournalError::Unfit { what: "more is held than memory may keep" });
        }
        if before + bytes > BATCH_BYTES_MAX {
            if bytes > BATCH_BYTES_MAX {
                return Err(JournalError::Unfit { what: "it is larger than a batch may be" });
            }
            (lines, _) = self.encode(first, &batch)?;
            (self.batch, self.batch_bytes) = (first, 0);
        }
        self.head = lines.last().map_or(self.head, HeldLine::head);
        self.batch_bytes += bytes;
        self.bytes += bytes;
        self.lines.append(&mut lines);
        Ok(self.head)
    }

    fn read_from(&self, seq: u64) -> Result<Entries<'_>, JournalError> {
        let stored = self.backing.read_to(seq, self.base)?;
        let (base, from) = (self.base, seq);
        let held = self.lines.iter().filter(move |line| line.head.seq >= from).map(move |line| {
            let bytes = line.bytes.strip_suffix(b"\n").unwrap_or(&line.bytes);
            line::decode(bytes).map_err(|misfit| JournalError::Corrupt {
                seq: line.head.seq,
                segment: base.next_seq(),
                offset: 0,
                what: misfit.into_text(),
            })
        });
        // An error on the disk ends everything: no held entry follows a gap.
        let mut broken = false;
        Ok(Entries::new(stored.chain(held).take_while(move |entry| {
            let goes_on = !broken;
            broken |= entry.is_err();
            goes_on
        })))
    }

    fn head(&self) -> Head {
        self.head
    }
}

/// Held lines that are written and synced together.
#[derive(Debug)]
pub(super) struct HeldBatch {
    pub(super) lines: Vec<u8>,
    pub(super) head: Head,
    /// Whether the batch begins here; where an earlier try brought its beginning to the disk, it must not be parted.
    pub(super) begins: bool,
}

/// Lays out what is to be written behind `found` so that the journal ends with the last of `lines`.
pub(super) fn batches(found: Head, base: Head, lines: &[HeldLine]) -> Result<Vec<HeldBatch>, JournalError> {
    let written = lines.iter().position(|line| line.head == found);
    let rest = match written {
        Some(at) => lines.get(at + 1..).unwrap_or_default(),
        None if found == base => lines,
        None => return Err(JournalError::HeadMoved { expected: base, found }),
    };
    let mut chain = Chain::behind(found, rest.first().map_or(0, |line| line.batch));
    let mut batches = Vec::new();
    for batch in rest.chunk_by(|line, next| line.batch == next.batch) {
        let mut bytes = Vec::new();
        let mut head = found;
        for line in batch {
            let stored = line.bytes.strip_suffix(b"\n").unwrap_or(&line.bytes);
            if chain.accept(stored).is_err() {
                return Err(JournalError::Unfit { what: "the held lines do not follow each other" });
            }
            bytes.extend_from_slice(&line.bytes);
            head = line.head;
        }
        let begins = batch.first().is_some_and(|line| line.head.seq == line.batch);
        batches.push(HeldBatch { lines: bytes, head, begins });
    }
    Ok(batches)
}
