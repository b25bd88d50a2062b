//! Files of the vault: private, appended to with one write and one sync, cut with a copy, replaced as a whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::frame::{Batch, Gap, read_up_to};
use super::writing::Writing;

/// Copied or zeroed at once.
const CHUNK_BYTES: usize = 64 << 10;
/// How many copies of cut tails are kept: enough to look into a disk that goes bad, bounded in a loop of crashes.
const TORN_COPIES_MAX: usize = 16;
const TORN: &str = "torn-";

/// Makes a folder that its owner alone may enter.
pub(super) fn make_folder(folder: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Makes the names in a folder durable.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Opens a file for reading and writing, made private where it is made.
pub(super) fn open_private(path: &Path, create: bool) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(create).truncate(false).mode(0o600).open(path)
}

/// Puts a file in place as a whole, durably: written beside, synced, renamed, the folder synced.
pub(super) fn replace(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    let beside = beside(path);
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    let written = write(&mut file).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&beside, path));
    if let Err(error) = written {
        fs::remove_file(&beside).ok();
        return Err(error);
    }
    sync_folder(folder_of(path))
}

/// The name a file is written under before it takes its place.
pub(super) fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".tmp");
    path.with_file_name(name)
}

pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

/// Overwrites a stretch of a file with zeros; the caller syncs.
pub(super) fn zero(file: &File, from: u64, to: u64) -> io::Result<()> {
    let zeros = [0; CHUNK_BYTES];
    let mut at = from;
    while at < to {
        let count = usize::try_from(to.saturating_sub(at)).unwrap_or(CHUNK_BYTES).min(CHUNK_BYTES);
        file.write_all_at(zeros.get(..count).unwrap_or_default(), at)?;
        at = at.saturating_add(count as u64);
    }
    Ok(())
}

/// Overwrites a file with zeros before its name is given up; nothing to do where there is none.
pub(super) fn shred(path: &Path) -> io::Result<()> {
    match OpenOptions::new().write(true).open(path) {
        Ok(file) => {
            zero(&file, 0, file.metadata()?.len())?;
            file.sync_data()?;
            fs::remove_file(path)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// The copies of cut tails in a folder, oldest name first.
fn torn_copies(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut copies = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(TORN) {
            copies.push(entry.path());
        }
    }
    copies.sort();
    Ok(copies)
}

/// Shreds all copies of cut tails: they may hold what is being erased.
pub(super) fn shred_torn_copies(folder: &Path) -> io::Result<()> {
    torn_copies(folder)?.iter().try_for_each(|copy| shred(copy))
}

/// A file that only grows.
#[derive(Debug)]
pub(super) struct Appender {
    pub(super) file: Arc<File>,
    pub(super) path: PathBuf,
    pub(super) disk: Arc<dyn Writing>,
    pub(super) len: u64,
    /// After a failed write or sync nobody knows what is on disk, so nothing more is appended.
    pub(super) failed: bool,
}

impl Appender {
    /// Opens a file, and makes it, durably, where there is none.
    pub(super) fn open(path: &Path, disk: &Arc<dyn Writing>) -> io::Result<Self> {
        let file = open_private(path, true)?;
        let len = file.metadata()?.len();
        if len == 0 {
            file.sync_all()?;
            sync_folder(folder_of(path))?;
        }
        let (file, path, disk) = (Arc::new(file), path.to_owned(), Arc::clone(disk));
        Ok(Self { file, path, disk, len, failed: false })
    }

    /// Appends a batch with one write and one sync; nothing happens where the batch is empty.
    pub(super) fn append(&mut self, batch: &Batch) -> io::Result<()> {
        if batch.bytes().is_empty() {
            return Ok(());
        }
        if self.failed || batch.base() != self.len {
            return Err(io::Error::other("an earlier write failed"));
        }
        let written =
            self.disk.write(&self.file, batch.bytes(), self.len).and_then(|()| self.disk.sync(&self.file));
        match written {
            Ok(()) => self.len = batch.end(),
            Err(_) => {
                self.failed = true;
                // What may have been written was never acknowledged; where this fails too, the next start cuts it.
                self.disk.take_back(&self.file, self.len).ok();
            }
        }
        written
    }

    /// Writes what lies behind `from` once more and syncs it.
    ///
    /// Bytes that were read back may be in the page cache alone, and after a failed sync the kernel calls such pages
    /// clean: only a new write makes a sync mean something.
    pub(super) fn write_again(&self, from: u64) -> io::Result<()> {
        let mut at = from;
        let mut buffer = vec![0; CHUNK_BYTES];
        while at < self.len {
            let left = usize::try_from(self.len.saturating_sub(at)).unwrap_or(CHUNK_BYTES);
            let filled =
                read_up_to(&self.file, at, buffer.get_mut(..left.min(CHUNK_BYTES)).unwrap_or_default())?;
            if filled == 0 {
                break;
            }
            self.disk.write(&self.file, buffer.get(..filled).unwrap_or_default(), at)?;
            at = at.saturating_add(filled as u64);
        }
        self.disk.sync(&self.file)
    }

    /// Cuts the file at `at`, and first copies what is cut off into a file of its own where `keep` says so.
    pub(super) fn cut(&mut self, at: u64, keep: bool) -> io::Result<Option<String>> {
        let copy = if keep { Some(self.copy_tail(Gap { from: at, to: self.len })?) } else { None };
        self.file.set_len(at)?;
        self.file.sync_all()?;
        self.len = at;
        Ok(copy)
    }

    fn copy_tail(&self, tail: Gap) -> io::Result<String> {
        let folder = folder_of(&self.path);
        let copies = torn_copies(folder)?;
        for oldest in copies.iter().take((copies.len() + 1).saturating_sub(TORN_COPIES_MAX)) {
            shred(oldest)?;
        }
        let file_name = self.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let name = format!("{TORN}{file_name}-{:010}", tail.from);
        replace(&folder.join(&name), |copy| {
            let mut at = tail.from;
            let mut buffer = vec![0; CHUNK_BYTES];
            while at < tail.to {
                let filled = read_up_to(&self.file, at, &mut buffer)?;
                if filled == 0 {
                    break;
                }
                copy.write_all(buffer.get(..filled).unwrap_or_default())?;
                at = at.saturating_add(filled as u64);
            }
            Ok(())
        })?;
        Ok(name)
    }
}
