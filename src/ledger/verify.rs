//! Verification: does every byte of the journal still say what was written and signed?

mod heads;
#[cfg(test)]
mod tests;

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use self::heads::{Heads, beyond_the_end, differs};
use crate::journal::{Hash, Head, PublicKey, SignedHead};

/// The newest signed head that left this machine.
const LEFT_NAME: &str = "head-left.json";
/// A longer line is not one the journal writes.
pub(super) const ENTRY_LINE_BYTES_MAX: u64 = 16 << 20;

/// What verification found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// How many segments were read.
    pub segments: u64,
    /// How many entries are as they were written, from the first on.
    pub entries: u64,
    /// The last of them.
    pub head: Head,
    /// The first entry that is not; nothing behind it was judged.
    pub bad: Option<BadEntry>,
    /// How many signed heads fit the entries and their signatures.
    pub heads: u64,
    /// The first signed head that does not.
    pub bad_head: Option<BadHead>,
    /// The newest signed head of the kept ones that fits.
    pub newest: Option<Head>,
    /// The head that left and came back, where one was given and fits.
    pub against: Option<Head>,
    /// The newest signed head that left this machine, where one is known to have and fits.
    pub left: Option<Head>,
    /// What was signed behind the first bad entry.
    pub unjudged: Unjudged,
    /// Bytes at the end that are not a whole line: a batch that is being written, or was when the machine stopped.
    pub unfinished_bytes: u64,
}

/// Signed heads whose entries lie behind the first bad one: nobody can say whether they fit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unjudged {
    /// The entry of the first of the kept ones.
    pub kept: Option<u64>,
    /// The entry of the newest that left this machine.
    pub left: Option<u64>,
    /// The entry of the one that was given.
    pub against: Option<u64>,
}

/// The first entry that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadEntry {
    /// The entry that should stand there.
    pub seq: u64,
    /// The first entry of the segment it belongs to.
    pub segment: u64,
    /// Where in the segment its line begins.
    pub offset: u64,
    /// What is wrong, for a person.
    pub what: String,
}

/// A signed head that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadHead {
    /// The line in `heads.jsonl`, counted from 1; none for the head that left and came back.
    pub line: Option<u64>,
    /// What is wrong, for a person.
    pub what: String,
}

/// The files cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be read", path.display())]
pub struct VerifyError {
    /// Which file or folder.
    pub path: PathBuf,
    /// What the system says.
    #[source]
    pub source: io::Error,
}

impl Verification {
    /// What is found where nothing was read.
    pub(crate) const NOTHING: Self = Self {
        segments: 0,
        entries: 0,
        head: Head::EMPTY,
        bad: None,
        heads: 0,
        bad_head: None,
        newest: None,
        against: None,
        left: None,
        unjudged: Unjudged { kept: None, left: None, against: None },
        unfinished_bytes: 0,
    };

    /// Whether nothing that was checked differs.
    #[must_use]
    pub const fn holds(&self) -> bool {
        self.bad.is_none() && self.bad_head.is_none()
    }

    /// How many entries are newer than the newest signed head: only the chain itself speaks for them.
    #[must_use]
    pub fn newer_than_signed(&self) -> u64 {
        self.entries.saturating_sub(self.newest.map_or(0, |head| head.seq))
    }

    /// How many entries are newer than the newest head that is known to have left this machine; all, where none is.
    #[must_use]
    pub fn newer_than_left(&self) -> u64 {
        let left = [self.left, self.against].into_iter().flatten().map(|head| head.seq).max();
        self.entries.saturating_sub(left.unwrap_or(0))
    }

    /// How many entries are newer than the head that left: whoever holds the key could have rewritten them.
    #[must_use]
    pub fn newer_than_against(&self) -> Option<u64> {
        self.against.map(|head| self.entries.saturating_sub(head.seq))
    }
}

impl fmt::Display for BadEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seq, segment, offset, what } = self;
        write!(f, "entry {seq}, in segment {segment:020}.jsonl at byte {offset}: {what}")
    }
}

impl fmt::Display for BadHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "signed head in line {line} of heads.jsonl: {}", self.what),
            None => write!(f, "the signed head that was given: {}", self.what),
        }
    }
}

/// Checks the journal and the signed heads in the state folder `dir`, whether a daemon writes them or not.
///
/// Every entry is checked against the chain, every signed head against its entry and its signature.
/// With `against`, a signed head that left the machine, any change, cut or rewriting up to it is found. `keys` are those
/// that may have signed; where there are none, all heads must name the same one, that of `against` where it is given.
/// What follows the last whole line is a batch that is being written, and no fault.
///
/// # Errors
///
/// [`VerifyError`] where a file cannot be read. What is wrong with the content is a finding, not an error.
pub fn verify(
    dir: &Path,
    against: Option<&SignedHead>,
    keys: &[PublicKey],
) -> Result<Verification, VerifyError> {
    // The heads are opened first and read no further than they are long now: an entry that is written meanwhile may
    // be signed meanwhile, and would not be found behind the end that was read.
    let mut heads = Heads::open(dir.join("heads.jsonl"), against, keys)?;
    let mut check = Check::new(against.copied(), left(dir)?);
    if let Some(Err(what)) = check.left.as_ref().map(|head| heads.judge(head)) {
        check.result.blame(None, format!("{LEFT_NAME}: {what}"));
        check.left = None;
    }
    if let Some(Err(what)) = against.map(|head| heads.judge(head)) {
        check.result.blame(None, what);
        check.against = None;
    }
    heads.advance(&mut check.result)?;
    let path = dir.join("journal");
    for segment in segments(&path)? {
        check.segment(&path, segment, &mut heads)?;
        if check.result.bad.is_some() {
            let seq = |head: Option<SignedHead>| head.map(|head| head.seq);
            let (left, against) = (seq(check.left), seq(check.against));
            check.result.unjudged = Unjudged { kept: heads.next_seq(), left, against };
            return Ok(check.result);
        }
    }
    if let Some(against) = check.against.take() {
        check.result.blame(None, beyond_the_end(against.seq, check.result.head));
    }
    if let Some(left) = check.left.take() {
        check.result.blame(None, format!("{LEFT_NAME}: {}", beyond_the_end(left.seq, check.result.head)));
    }
    heads.finish(&mut check.result);
    Ok(check.result)
}

impl Verification {
    fn blame(&mut self, line: Option<u64>, what: String) {
        self.bad_head.get_or_insert(BadHead { line, what });
    }
}

/// The newest head that is kept as having left.
fn left(dir: &Path) -> Result<Option<SignedHead>, VerifyError> {
    let path = dir.join(LEFT_NAME);
    let text = match std::fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(VerifyError { path, source }),
    };
    let damaged = |_cause| VerifyError { path, source: io::Error::from(io::ErrorKind::InvalidData) };
    serde_json::from_slice(&text).map(Some).map_err(damaged)
}

/// The segments, each by its first entry.
pub(super) fn segments(path: &Path) -> Result<Vec<u64>, VerifyError> {
    let failed = |source| VerifyError { path: path.to_owned(), source };
    let mut found = Vec::new();
    for file in std::fs::read_dir(path).map_err(failed)? {
        let name = file.map_err(failed)?.file_name();
        let digits = name.to_str().and_then(|name| name.strip_suffix(".jsonl"));
        let digits = digits.filter(|digits| digits.len() == 20);
        found.extend(digits.and_then(|digits| digits.parse::<u64>().ok()));
    }
    found.sort_unstable();
    Ok(found)
}

/// What is read of an entry: its place. All else is covered by its hash.
#[derive(Deserialize)]
struct Place {
    seq: u64,
    batch: u64,
    previous: String,
}

struct Check {
    result: Verification,
    batch: u64,
    /// The head that left, until its entry is reached.
    against: Option<SignedHead>,
    /// The newest one that is known to have left, until its entry is reached.
    left: Option<SignedHead>,
}

impl Check {
    fn new(against: Option<SignedHead>, left: Option<SignedHead>) -> Self {
        Self { result: Verification::NOTHING, batch: 0, against, left }
    }

    fn segment(&mut self, path: &Path, segment: u64, heads: &mut Heads<'_>) -> Result<(), VerifyError> {
        let path = path.join(format!("{segment:020}.jsonl"));
        let failed = |source| VerifyError { path: path.clone(), source };
        let mut reader = BufReader::with_capacity(128 << 10, File::open(&path).map_err(failed)?);
        self.result.segments += 1;
        let mut offset = 0;
        if self.result.unfinished_bytes > 0 {
            self.condemn(segment, offset, "the segment before it ends within a line".to_owned());
            return Ok(());
        }
        if segment != self.result.entries + 1 {
            self.condemn(segment, offset, format!("the segment begins with entry {segment}"));
            return Ok(());
        }
        let mut line = Vec::new();
        loop {
            line.clear();
            let read =
                reader.by_ref().take(ENTRY_LINE_BYTES_MAX).read_until(b'\n', &mut line).map_err(failed)?;
            if read == 0 {
                return Ok(());
            }
            let bytes = u64::try_from(read).unwrap_or(u64::MAX);
            let Some(whole) = line.strip_suffix(b"\n") else {
                // A line that is being written grows from its first byte: it begins as every line does.
                if bytes < ENTRY_LINE_BYTES_MAX && line.iter().take(64).all(u8::is_ascii_hexdigit) {
                    self.result.unfinished_bytes = bytes;
                } else {
                    self.condemn(segment, offset, "what stands there is not a line".to_owned());
                }
                return Ok(());
            };
            match self.entry(whole, segment) {
                Ok(head) => {
                    self.result.entries += 1;
                    self.result.head = head;
                    self.meet_against();
                    self.meet_left();
                    heads.meet(&mut self.result)?;
                }
                Err(what) => {
                    self.condemn(segment, offset, what);
                    return Ok(());
                }
            }
            offset += bytes;
        }
    }

    /// Computes the hash of a line anew: over the hash before, as computed here, and the stored bytes.
    fn entry(&mut self, line: &[u8], segment: u64) -> Result<Head, String> {
        let (stored, rest) = line.split_at_checked(64).ok_or("the line is too short")?;
        let json = rest.strip_prefix(b" ").ok_or("no space follows the hash")?;
        let previous = self.result.head.hash;
        let mut preimage = b"watchfire/entry/1\0".to_vec();
        preimage.extend_from_slice(previous.as_bytes());
        preimage.extend_from_slice(&Sha256::digest(json));
        let hash: [u8; 32] = Sha256::digest(&preimage).into();
        let place: Place =
            serde_json::from_slice(json).map_err(|_cause| "the JSON is not that of an entry")?;
        if place.previous != hex::encode(previous.as_bytes()) {
            return Err("it does not follow the entry before it".to_owned());
        }
        if hex::encode(hash).as_bytes() != stored {
            return Err("the hash does not fit the entry".to_owned());
        }
        let seq = self.result.entries + 1;
        if place.seq != seq {
            return Err(format!("entry {} stands there", place.seq));
        }
        // A batch begins with its own number, and none goes on in another segment.
        if place.batch != seq && (place.batch != self.batch || seq == segment) {
            return Err("its batch is neither its own nor that of the entry before".to_owned());
        }
        self.batch = place.batch;
        Ok(Head { seq, hash: Hash::new(hash) })
    }

    /// Whether the newest head that left names the entry that was read.
    fn meet_left(&mut self) {
        let Some(left) = self.left.filter(|head| head.seq == self.result.head.seq) else { return };
        self.left = None;
        if left.hash == self.result.head.hash {
            self.result.left = Some(left.head());
        } else {
            self.result.blame(None, format!("{LEFT_NAME}: {}", differs(left.seq)));
        }
    }

    fn meet_against(&mut self) {
        let Some(against) = self.against.filter(|head| head.seq == self.result.head.seq) else { return };
        self.against = None;
        if against.hash == self.result.head.hash {
            self.result.against = Some(against.head());
        } else {
            self.result.blame(None, differs(against.seq));
        }
    }

    fn condemn(&mut self, segment: u64, offset: u64, what: String) {
        self.result.bad = Some(BadEntry { seq: self.result.entries + 1, segment, offset, what });
    }
}
