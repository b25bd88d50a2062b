//! The folder of the journal: its segments by name, its lock, and what must be synced when a file comes into being.

use std::fs::{self, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::JournalError;

/// The journal's folder within the state folder.
const NAME: &str = "journal";

/// What a batch is written to. Two implementations: a file, and a test's that fails.
pub(super) trait Sheet: Send + std::fmt::Debug {
    /// Writes all bytes at this offset.
    fn write_all_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()>;
    /// Returns after the bytes and the length are on the disk.
    fn sync_data(&mut self) -> io::Result<()>;
}

impl Sheet for fs::File {
    fn write_all_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        FileExt::write_all_at(self, bytes, offset)
    }

    fn sync_data(&mut self) -> io::Result<()> {
        Self::sync_data(self)
    }
}

/// The folder, locked against a second writer for as long as this lives.
#[derive(Debug)]
pub(super) struct Folder {
    pub(super) path: PathBuf,
    parent: PathBuf,
    handle: fs::File,
}

impl Folder {
    pub(super) fn open(dir: &Path) -> Result<Self, JournalError> {
        let path = dir.join(NAME);
        match fs::DirBuilder::new().mode(0o700).create(&path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists && !path.is_dir() => {
                return Err(JournalError::Write(error));
            }
            Ok(()) | Err(_) => {}
        }
        let handle = fs::File::open(&path).map_err(JournalError::Read)?;
        match handle.try_lock() {
            Ok(()) => Ok(Self { path, parent: dir.to_owned(), handle }),
            Err(TryLockError::WouldBlock) => Err(JournalError::Locked),
            Err(TryLockError::Error(error)) => Err(JournalError::Read(error)),
        }
    }

    /// Returns after the names in the folder, and its own, are on the disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.handle.sync_all()?;
        fs::File::open(&self.parent)?.sync_all()
    }

    /// Begins a segment: an empty file whose name is on the disk.
    pub(super) fn create_segment(&self, first: u64) -> io::Result<fs::File> {
        let path = self.path.join(segment_name(first));
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        file.sync_all()?;
        self.sync()?;
        Ok(file)
    }

    /// Opens a segment that is there for writing.
    pub(super) fn open_to_write(&self, segment: u64) -> io::Result<fs::File> {
        OpenOptions::new().write(true).open(self.path.join(segment_name(segment)))
    }

    /// Copies bytes that are about to be cut into `torn-SEQ`, synced, and returns the name.
    ///
    /// A name that is taken by the same bytes is used again: a start that was interrupted repeats the copy.
    pub(super) fn keep_torn(&self, seq: u64, bytes: &[u8]) -> io::Result<String> {
        for attempt in 1..=ATTEMPTS_MAX {
            let name = if attempt == 1 { format!("torn-{seq}") } else { format!("torn-{seq}-{attempt}") };
            let path = self.path.join(&name);
            match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
                Ok(file) => return self.fill(file, &path, bytes).map(|()| name),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    if holds(&path, bytes)? {
                        fs::File::open(&path)?.sync_all()?;
                        return Ok(name);
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::other("too many torn tails are kept for one entry"))
    }

    fn fill(&self, mut file: fs::File, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let filled =
            file.write_all(bytes).and_then(|()| file.sync_all()).and_then(|()| self.handle.sync_all());
        // Half a copy would take the name from the next try; a full disk has one every second.
        filled.or_else(|error| fs::remove_file(path).and(Err(error)))
    }
}

/// More tails of one entry than this are a machine that cannot be trusted to write.
const ATTEMPTS_MAX: u32 = 100;

fn holds(path: &Path, bytes: &[u8]) -> io::Result<bool> {
    let mut found = Vec::new();
    let bound = u64::try_from(bytes.len()).unwrap_or(u64::MAX).saturating_add(1);
    fs::File::open(path)?.take(bound).read_to_end(&mut found)?;
    Ok(found == bytes)
}

/// The journal's folder within a state folder.
pub(super) fn within(dir: &Path) -> PathBuf {
    dir.join(NAME)
}

/// A segment's file name: its first entry, so that one is found without reading any.
pub(super) fn segment_name(first: u64) -> String {
    format!("{first:020}.jsonl")
}

/// The segments in a journal folder, each by its first entry, in order.
pub(super) fn list(path: &Path) -> io::Result<Vec<u64>> {
    let mut segments = Vec::new();
    for file in fs::read_dir(path)? {
        let name = file?.file_name();
        let digits = name.to_str().and_then(|name| name.strip_suffix(".jsonl"));
        if let Some(first) = digits.and_then(|digits| digits.parse().ok())
            && name.to_str() == Some(&segment_name(first))
        {
            segments.push(first);
        }
    }
    segments.sort_unstable();
    Ok(segments)
}
