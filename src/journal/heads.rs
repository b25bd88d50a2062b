//! The signed heads of this journal, kept beside it.

use std::fs::{self, OpenOptions};
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::cursor::{Cursor, Source};
use super::{Head, JournalError, PublicKey, SignedHead, Signer, folder};
use crate::time::Timestamp;

/// The file within the state folder: one signed head a line, as JSON.
const NAME: &str = "heads.jsonl";

/// A line is some 350 bytes.
const LINE_BYTES_MAX: u64 = 4 << 10;

/// Why a head is not signed.
#[derive(Debug, thiserror::Error)]
pub enum HeadsError {
    /// The kept heads are not what was written.
    #[error("heads.jsonl is damaged in line {line}: {what}")]
    Corrupt {
        /// Counted from 1.
        line: u64,
        /// What is wrong, for a person.
        what: &'static str,
    },
    /// The disk failed.
    #[error("the signed heads cannot be read or written")]
    Io(#[from] io::Error),
    /// An entry behind it was signed before.
    #[error("entry {head} is not signed: a head at {last} is already", head = head.seq, last = last.seq)]
    Behind {
        /// What was to be signed.
        head: Head,
        /// What was signed last.
        last: Head,
    },
    /// The files do not hold this head, or not the last signed one before it: to sign it would vouch for two histories.
    #[error("entry {} is not signed: the journal on the disk does not lead from the last signed head to it", .0.seq)]
    NotOnTheChain(Head),
    /// The files on the way to the head are damaged.
    #[error("the head is not signed")]
    Journal(#[from] JournalError),
}

/// Signs heads of the journal in one state folder, and keeps them in `heads.jsonl`: each is synced before it is given out.
///
/// What it signs it reads from the files first, from the last signed head on, so that no head is ever signed that is
/// not durable or does not follow from the one before. It needs nothing of whoever writes the journal, and is meant for
/// a thread of its own.
#[derive(Debug)]
pub struct Heads {
    dir: PathBuf,
    signer: Signer,
    last: Option<SignedHead>,
    /// The last line with its line feed, and where it begins.
    last_line: Vec<u8>,
    last_start: u64,
    /// The file, once the last line was made durable.
    file: Option<fs::File>,
    /// Stands behind the last signed entry, where that is known.
    cursor: Option<Cursor>,
}

impl Heads {
    /// Reads the kept heads in the state folder `dir`; nothing is written before the first signature.
    ///
    /// A last line that was not written to its end is passed over: that head was never given out.
    ///
    /// # Errors
    ///
    /// [`HeadsError::Corrupt`] where a line before the last is damaged or the last is not genuine,
    /// [`HeadsError::Io`] where the disk fails.
    pub fn open(dir: &Path, signer: Signer) -> Result<Self, HeadsError> {
        let (last_line, last_start) = (Vec::new(), 0);
        let mut heads =
            Self { dir: dir.to_owned(), signer, last: None, last_line, last_start, file: None, cursor: None };
        match fs::File::open(dir.join(NAME)) {
            Ok(file) => heads.load(BufReader::new(file))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
        Ok(heads)
    }

    fn load(&mut self, mut reader: impl BufRead) -> Result<(), HeadsError> {
        let mut offset = 0;
        let mut damaged = None;
        let mut bytes = Vec::new();
        let (mut number, mut last_number) = (0, 0);
        loop {
            bytes.clear();
            let read = reader.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut bytes)?;
            if read == 0 {
                break;
            }
            number += 1;
            match bytes.strip_suffix(b"\n").map(serde_json::from_slice::<SignedHead>) {
                Some(Ok(head)) => {
                    if let Some(line) = damaged {
                        return Err(HeadsError::Corrupt { line, what: "a whole line follows" });
                    }
                    self.last = Some(head);
                    self.last_line.clone_from(&bytes);
                    self.last_start = offset;
                    last_number = number;
                }
                Some(Err(_)) | None => damaged = damaged.or(Some(number)),
            }
            offset += super::recover::length(&bytes);
        }
        match self.last {
            Some(head) if !head.is_genuine() => {
                Err(HeadsError::Corrupt { line: last_number, what: "the signature is not that of the key" })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// The head that was signed last, for [`super::Known`] and for whoever asks.
    #[must_use]
    pub const fn last(&self) -> Option<&SignedHead> {
        self.last.as_ref()
    }

    /// The state folder that they lie in.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The key that verifies what is signed here.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        self.signer.public()
    }

    /// Signs `head`, which must be durable, and keeps it; a head that was signed already is returned as it is.
    ///
    /// # Errors
    ///
    /// [`HeadsError`]; nothing was given out, and it can be tried again.
    pub fn sign(&mut self, head: Head, at: Timestamp) -> Result<SignedHead, HeadsError> {
        match self.last {
            Some(last) if last.head() == head => return Ok(last),
            Some(last) if last.seq > head.seq => return Err(HeadsError::Behind { head, last: last.head() }),
            Some(_) | None => {}
        }
        let cursor = self.walk(head)?;
        let signed = self.signer.sign(head, at);
        // A failure leaves no file: the next signature cuts what this one left behind the last line.
        let file = match self.file.take() {
            Some(file) => file,
            None => self.prepare()?,
        };
        let mut line = serde_json::to_vec(&signed).map_err(io::Error::from)?;
        line.push(b'\n');
        let start = self.last_start + super::recover::length(&self.last_line);
        file.write_all_at(&line, start)?;
        file.sync_data()?;
        self.file = Some(file);
        self.cursor = Some(cursor);
        self.last = Some(signed);
        self.last_line = line;
        self.last_start = start;
        Ok(signed)
    }

    /// Reads the journal's files from the last signed head to `head`.
    fn walk(&mut self, head: Head) -> Result<Cursor, HeadsError> {
        let (mut cursor, mut last) = match self.cursor.take() {
            Some(cursor) => (cursor, None),
            None => {
                let last = self.last.map(|last| last.head());
                let from = last.unwrap_or(head).seq;
                (Cursor::before(&folder::within(&self.dir), from)?, last)
            }
        };
        while let Some(entry) = cursor.advance()? {
            if let Some(expected) = last.filter(|last| last.seq == entry.seq) {
                if expected != entry.head() {
                    break;
                }
                last = None;
            }
            if entry.seq >= head.seq {
                return if entry.head() == head && last.is_none() {
                    Ok(cursor)
                } else {
                    Err(HeadsError::NotOnTheChain(head))
                };
            }
        }
        Err(HeadsError::NotOnTheChain(head))
    }

    /// Opens the file, cuts what was not written to its end, and makes the last line durable, as a start does.
    fn prepare(&self) -> io::Result<fs::File> {
        let path = self.dir.join(NAME);
        let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)?;
        file.set_len(self.last_start + super::recover::length(&self.last_line))?;
        file.write_all_at(&self.last_line, self.last_start)?;
        file.sync_all()?;
        fs::File::open(&self.dir)?.sync_all()?;
        Ok(file)
    }
}
