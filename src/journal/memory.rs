//! The journal in memory, for tests and simulation: the same lines on a disk that fails to order.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::cursor::{Verified, up_to};
use super::held::{self, Backing, HeldLine};
use super::line::{self, Batch};
use super::recover::{self, Known, Recovery};
use super::{Draft, Entries, Head, Journal, JournalError};
use crate::time::BootId;

/// How an append fails.
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

/// The disk under a [`Memory`]: every clone is the same disk, and it outlives a crash.
#[derive(Debug, Clone, Default)]
pub struct Disk(Arc<Mutex<Platter>>);

#[derive(Debug, Default)]
struct Platter {
    bytes: Vec<u8>,
    /// How many of them survive a power cut.
    synced: usize,
    /// Appends so far, failed ones too.
    appends: u64,
    faults: BTreeMap<u64, Fault>,
    full: bool,
    /// How often it was opened: whoever opened it earlier is a process that has ended.
    opened: u64,
}

impl Disk {
    /// An empty disk that does not fail.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets the `nth` append, counted from 1 over the disk's life, fail.
    pub fn fail(&self, nth: u64, fault: Fault) {
        self.platter().faults.insert(nth, fault);
    }

    /// Lets every write fail, or none, as a disk does that is full and then is not.
    pub fn set_full(&self, full: bool) {
        self.platter().full = full;
    }

    /// Loses what was written and not synced.
    pub fn cut_power(&self) {
        let mut platter = self.platter();
        let synced = platter.synced;
        platter.bytes.truncate(synced);
    }

    /// Takes back every fault that was ordered and has not happened.
    pub fn mend(&self) {
        self.platter().faults.clear();
    }

    /// How many bytes survive a power cut.
    #[must_use]
    pub fn durable(&self) -> usize {
        self.platter().synced
    }

    /// How many appends there were, failed ones too.
    #[must_use]
    pub fn appends(&self) -> u64 {
        self.platter().appends
    }

    /// The lines as a file would hold them, for checkers that trust nothing else.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.platter().bytes.clone()
    }

    /// Changes the stored bytes, as a failing disk or an intruder does.
    pub fn tamper(&self, change: impl FnOnce(&mut Vec<u8>)) {
        let mut platter = self.platter();
        change(&mut platter.bytes);
        platter.synced = platter.bytes.len();
    }

    fn platter(&self) -> MutexGuard<'_, Platter> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Platter {
    fn put(&mut self, lines: &[u8]) -> io::Result<()> {
        self.appends += 1;
        if self.full {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let (written, synced, outcome) = match self.faults.remove(&self.appends) {
            None => (lines, true, Ok(())),
            Some(Fault::Nothing) => (lines.get(..0).unwrap_or_default(), false, fault()),
            Some(Fault::Torn { bytes }) => (lines.get(..bytes).unwrap_or(lines), true, fault()),
            Some(Fault::Unsynced) => (lines, false, fault()),
            Some(Fault::Unanswered) => (lines, true, fault()),
        };
        self.bytes.extend_from_slice(written);
        if synced {
            self.synced = self.bytes.len();
        }
        outcome
    }
}

fn fault() -> io::Result<()> {
    Err(io::Error::other("a fault to order"))
}

/// The journal on a [`Disk`].
#[derive(Debug)]
pub struct Memory {
    disk: Disk,
    opened: u64,
    boot: String,
    known: Known,
    head: Head,
    state: State,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Writing,
    Reading,
    Poisoned,
}

impl Memory {
    /// Opens the journal on `disk`, as [`super::File::open`] does; whoever had it open can write no more.
    ///
    /// # Errors
    ///
    /// [`JournalError::Corrupt`] where it is damaged or ends before what is `known`.
    pub fn open(disk: &Disk, boot: &BootId, known: Known) -> Result<(Self, Recovery), JournalError> {
        let opened = {
            let mut platter = disk.platter();
            platter.opened += 1;
            platter.opened
        };
        let (boot, head, state) = (line::boot_json(boot), Head::EMPTY, State::Reading);
        let mut memory = Self { disk: disk.clone(), opened, boot, known, head, state };
        let recovery = memory.recover()?;
        Ok((memory, recovery))
    }

    fn recover(&mut self) -> Result<Recovery, JournalError> {
        let mut platter = self.disk.platter();
        let scan = recover::scan(platter.bytes.as_slice(), 1)?;
        scan.check(self.known)?;
        let head = scan.last.unwrap_or_default();
        self.head = head;
        if platter.full {
            let writable = Err(io::ErrorKind::StorageFull.into());
            return Ok(Recovery { head, rewritten: 0, torn: scan.tail(None), writable });
        }
        platter.bytes.truncate(usize::try_from(scan.end).unwrap_or(usize::MAX));
        platter.synced = platter.bytes.len();
        self.state = State::Writing;
        let torn = scan.tail(Some("torn".to_owned()));
        Ok(Recovery { head, rewritten: scan.batch_entries, torn, writable: Ok(()) })
    }

    fn put(&mut self, lines: &[u8], head: Head) -> Result<(), JournalError> {
        let mut platter = self.disk.platter();
        match self.state {
            State::Poisoned => return Err(JournalError::Poisoned),
            State::Reading => return Err(JournalError::Write(io::ErrorKind::StorageFull.into())),
            State::Writing if platter.opened != self.opened => return Err(JournalError::Locked),
            State::Writing => {}
        }
        platter.put(lines).map_err(|error| {
            self.state = State::Poisoned;
            JournalError::Write(error)
        })?;
        self.head = head;
        Ok(())
    }
}

impl Journal for Memory {
    fn append(&mut self, expected: Head, batch: Vec<Draft>) -> Result<Head, JournalError> {
        if matches!(self.state, State::Poisoned) {
            return Err(JournalError::Poisoned);
        }
        if expected != self.head {
            return Err(JournalError::HeadMoved { expected, found: self.head });
        }
        if batch.is_empty() {
            return Ok(self.head);
        }
        line::check(&batch)?;
        let mut lines = Vec::new();
        let common = Batch { number: self.head.next_seq(), boot: &self.boot, held: false };
        let head = line::encode(&mut lines, self.head, &batch, common)?;
        self.put(&lines, head)?;
        Ok(head)
    }

    fn read_from(&self, seq: u64) -> Result<Entries<'_>, JournalError> {
        self.read_to(seq, self.head)
    }

    fn head(&self) -> Head {
        self.head
    }
}

impl Backing for Memory {
    fn reopen_for_writing(&mut self) -> Result<Recovery, JournalError> {
        match self.state {
            State::Writing => Ok(Recovery { head: self.head, rewritten: 0, torn: None, writable: Ok(()) }),
            State::Reading => self.recover(),
            State::Poisoned => Err(JournalError::Poisoned),
        }
    }

    fn append_held(&mut self, base: Head, lines: &[HeldLine]) -> Result<Head, JournalError> {
        for batch in held::batches(self.head, base, lines)? {
            if let Err(error) = self.put(&batch.lines, batch.head) {
                if !matches!(error, JournalError::Poisoned) {
                    self.state = State::Reading;
                }
                return Err(error);
            }
        }
        Ok(self.head)
    }

    fn read_to(&self, seq: u64, until: Head) -> Result<Entries<'_>, JournalError> {
        let from = seq.max(1);
        if from > until.seq {
            return Ok(Entries::new(std::iter::empty()));
        }
        Ok(up_to(Verified::new(io::Cursor::new(self.disk.bytes()), 1), from, until))
    }
}
