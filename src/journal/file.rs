//! The journal in files: what the daemon writes.

use std::io;
use std::mem;
use std::path::Path;

use super::cursor::read_folder;
use super::folder::Folder;
use super::held::{self, Backing, HeldLine};
use super::line::{self, Batch};
use super::recover::{self, Known, Page, Recovery};
use super::{Draft, Entries, Head, Journal, JournalError, SEGMENT_BYTES};
use crate::time::BootId;

/// A buffer that one large batch made larger is given back.
const BUFFER_BYTES_KEPT: usize = 1 << 20;

/// The journal in a folder of segments, locked against a second process.
#[derive(Debug)]
pub struct File {
    folder: Folder,
    known: Known,
    boot: String,
    segment_bytes: u64,
    head: Head,
    state: State,
    buffer: Vec<u8>,
}

#[derive(Debug)]
enum State {
    Writing(Page),
    /// The journal could be read and not made durable.
    Reading,
    Poisoned,
}

impl File {
    /// Opens the journal in the state folder `dir`, which must be there; entries it writes carry `boot`.
    ///
    /// A torn tail is cut and the last batch is made durable before this returns. Only the last segment is read.
    ///
    /// # Errors
    ///
    /// [`JournalError::Corrupt`] where the journal is damaged or ends before what is `known`,
    /// [`JournalError::Locked`] where another process has it, [`JournalError::Read`] and, for a folder that cannot be
    /// created, [`JournalError::Write`] where the disk fails. A journal that can be read and not written is no error:
    /// see [`Recovery::writable`].
    pub fn open(dir: &Path, boot: &BootId, known: Known) -> Result<(Self, Recovery), JournalError> {
        Self::open_with(dir, boot, known, SEGMENT_BYTES)
    }

    /// Looks whether another process has the journal, and touches nothing else.
    ///
    /// # Errors
    ///
    /// [`JournalError::Locked`] where one has. What else is wrong with the folder is for [`File::open`] to tell.
    pub fn is_free(dir: &Path) -> Result<(), JournalError> {
        match Folder::open(dir) {
            Err(JournalError::Locked) => Err(JournalError::Locked),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Opens the journal with another bound on the length of a segment.
    ///
    /// # Errors
    ///
    /// As [`File::open`].
    pub fn open_with(
        dir: &Path,
        boot: &BootId,
        known: Known,
        segment_bytes: u64,
    ) -> Result<(Self, Recovery), JournalError> {
        let folder = Folder::open(dir)?;
        let boot = line::boot_json(boot);
        let (head, state, buffer) = (Head::EMPTY, State::Reading, Vec::new());
        let mut file = Self { folder, known, boot, segment_bytes, head, state, buffer };
        let recovery = file.recover()?;
        Ok((file, recovery))
    }

    fn recover(&mut self) -> Result<Recovery, JournalError> {
        let found = recover::find(&self.folder)?;
        found.check(self.known)?;
        self.head = found.head;
        let (copy, rewritten, writable) = match recover::mend(&self.folder, &found) {
            Ok((page, copy)) => {
                self.state = State::Writing(page);
                (copy, found.rewritten(), Ok(()))
            }
            Err(error) => (None, 0, Err(error)),
        };
        let torn = found.writing.as_ref().and_then(|scan| scan.tail(copy));
        Ok(Recovery { head: found.head, rewritten, torn, writable })
    }

    /// Writes whole lines behind the head, syncs them, and moves the head; after one failure the journal is poisoned.
    fn put(&mut self, lines: &[u8], head: Head, may_roll: bool) -> Result<(), JournalError> {
        let mut page = match mem::replace(&mut self.state, State::Poisoned) {
            State::Writing(page) => page,
            State::Poisoned => return Err(JournalError::Poisoned),
            State::Reading => {
                self.state = State::Reading;
                return Err(JournalError::Write(io::Error::other(
                    "it could not be made durable when it was opened",
                )));
            }
        };
        let length = recover::length(lines);
        if may_roll && page.length > 0 && page.length.saturating_add(length) > self.segment_bytes {
            let file = self.folder.create_segment(self.head.next_seq()).map_err(JournalError::Write)?;
            page = Page { sheet: Box::new(file), length: 0 };
        }
        page.sheet.write_all_at(lines, page.length).map_err(JournalError::Write)?;
        page.sheet.sync_data().map_err(JournalError::Write)?;
        page.length += length;
        self.head = head;
        self.state = State::Writing(page);
        Ok(())
    }

    /// Puts something that fails in the place of the segment.
    #[cfg(test)]
    pub(super) fn spoil(&mut self, sheet: Box<dyn super::folder::Sheet>) {
        let length = match &self.state {
            State::Writing(page) => page.length,
            State::Reading | State::Poisoned => 0,
        };
        self.state = State::Writing(Page { sheet, length });
    }
}

impl Journal for File {
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
        let mut lines = mem::take(&mut self.buffer);
        lines.clear();
        lines.shrink_to(BUFFER_BYTES_KEPT);
        let common = Batch { number: self.head.next_seq(), boot: &self.boot, held: false };
        let head = line::encode(&mut lines, self.head, &batch, common)?;
        self.put(&lines, head, true)?;
        self.buffer = lines;
        Ok(head)
    }

    fn read_from(&self, seq: u64) -> Result<Entries<'_>, JournalError> {
        self.read_to(seq, self.head)
    }

    fn head(&self) -> Head {
        self.head
    }
}

impl Backing for File {
    fn reopen_for_writing(&mut self) -> Result<Recovery, JournalError> {
        match self.state {
            State::Writing(_) => Ok(Recovery { head: self.head, rewritten: 0, torn: None, writable: Ok(()) }),
            State::Reading => self.recover(),
            State::Poisoned => Err(JournalError::Poisoned),
        }
    }

    fn append_held(&mut self, base: Head, lines: &[HeldLine]) -> Result<Head, JournalError> {
        for batch in held::batches(self.head, base, lines)? {
            if let Err(error) = self.put(&batch.lines, batch.head, batch.begins) {
                // Nobody was told that these lines are durable, and the next try reads what the disk made of them.
                if !matches!(error, JournalError::Poisoned) {
                    self.state = State::Reading;
                }
                return Err(error);
            }
        }
        Ok(self.head)
    }

    fn read_to(&self, seq: u64, until: Head) -> Result<Entries<'_>, JournalError> {
        read_folder(&self.folder.path, seq, until)
    }
}
