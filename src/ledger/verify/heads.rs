//! The signed heads that verification compares with the entries.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::PathBuf;

use ed25519_dalek::VerifyingKey;

use super::{Verification, VerifyError};
use crate::journal::{Head, PublicKey, SignedHead};

/// A longer line is not a signed head.
const HEAD_LINE_BYTES_MAX: u64 = 4 << 10;

/// The kept signed heads, read in step with the entries.
pub(super) struct Heads<'a> {
    path: PathBuf,
    reader: Option<io::Take<BufReader<File>>>,
    keys: &'a [PublicKey],
    /// The key all must name, where none is given.
    key: Option<PublicKey>,
    line: u64,
    /// The next head, whose entry is not reached.
    next: Option<SignedHead>,
    last_seq: u64,
}

impl<'a> Heads<'a> {
    pub(super) fn open(
        path: PathBuf,
        against: Option<&SignedHead>,
        keys: &'a [PublicKey],
    ) -> Result<Self, VerifyError> {
        let failed = |source| VerifyError { path: path.clone(), source };
        let reader = match File::open(&path) {
            Ok(file) => {
                let length = file.metadata().map_err(failed)?.len();
                Some(BufReader::new(file).take(length))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(failed(error)),
        };
        Ok(Self { path, reader, keys, key: against.map(|head| head.key), line: 0, next: None, last_seq: 0 })
    }

    /// Reads the next head, past those that are wrong by themselves.
    pub(super) fn advance(&mut self, result: &mut Verification) -> Result<(), VerifyError> {
        self.next = None;
        let Some(reader) = &mut self.reader else { return Ok(()) };
        let mut bytes = Vec::new();
        let bounded = &mut reader.by_ref().take(HEAD_LINE_BYTES_MAX);
        bounded
            .read_until(b'\n', &mut bytes)
            .map_err(|source| VerifyError { path: self.path.clone(), source })?;
        // A last line without an end is being written, and no one was given it.
        let Some(line) = bytes.strip_suffix(b"\n") else {
            if bytes.len() >= usize::try_from(HEAD_LINE_BYTES_MAX).unwrap_or(usize::MAX) {
                result.blame(Some(self.line + 1), "the line is too long".to_owned());
            }
            return Ok(());
        };
        self.line += 1;
        let judged = serde_json::from_slice::<SignedHead>(line)
            .ok()
            // One head has one spelling, so that no byte of the file can change unseen.
            .filter(|head| serde_json::to_vec(head).is_ok_and(|text| text == line))
            .ok_or_else(|| "the line is not a signed head".to_owned())
            .and_then(|head| self.judge(&head).map(|()| head))
            .and_then(|head| {
                let rises = head.seq > self.last_seq;
                rises
                    .then_some(head)
                    .ok_or_else(|| format!("a head at entry {} stands before it", self.last_seq))
            });
        match judged {
            Ok(head) => {
                self.last_seq = head.seq;
                self.next = Some(head);
            }
            // One that is wrong says nothing about the order of the rest; the first is what is told.
            Err(what) => {
                result.blame(Some(self.line), what);
                self.reader = None;
            }
        }
        Ok(())
    }

    /// Checks the signature and whose it is.
    pub(super) fn judge(&mut self, head: &SignedHead) -> Result<(), String> {
        let named = *self.key.get_or_insert(head.key);
        let trusted = if self.keys.is_empty() { named == head.key } else { self.keys.contains(&head.key) };
        if !trusted {
            return Err(format!("it is signed with another key, {}", head.key));
        }
        if head.seq == 0 {
            return Err("it names no entry".to_owned());
        }
        let message =
            ["watchfire/head/1", &head.seq.to_string(), &head.hash.to_string(), &head.at.to_string(), ""];
        VerifyingKey::from_bytes(head.key.as_bytes())
            .and_then(|key| key.verify_strict(message.join("\n").as_bytes(), &head.signature))
            .map_err(|_cause| "the signature is not that of its key".to_owned())
    }

    /// Compares the next head with the entry that was just checked, if it is its entry.
    pub(super) fn meet(&mut self, result: &mut Verification) -> Result<(), VerifyError> {
        let Some(head) = self.next.filter(|head| head.seq <= result.head.seq) else { return Ok(()) };
        if head.head() == result.head {
            result.heads += 1;
            result.newest = Some(result.head);
        } else {
            result.blame(Some(self.line), differs(head.seq));
        }
        self.advance(result)
    }

    /// The entry of the next head, which was not reached.
    pub(super) fn next_seq(&self) -> Option<u64> {
        self.next.map(|head| head.seq)
    }

    /// Blames a head whose entry is not there.
    pub(super) fn finish(&self, result: &mut Verification) {
        if let Some(head) = self.next {
            result.blame(Some(self.line), beyond_the_end(head.seq, result.head));
        }
    }
}

pub(super) fn differs(seq: u64) -> String {
    format!("entry {seq} is not the one that was signed")
}

pub(super) fn beyond_the_end(signed: u64, end: Head) -> String {
    format!("entry {signed} was signed, and the journal ends with entry {}", end.seq)
}
