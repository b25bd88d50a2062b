//! The index: questions about the past, answered by sled; a cache that replay can rebuild.
//!
//! One tree holds everything, keys beginning with their [`Space`], so that one batch carries the keys of a journal
//! batch **and** the watermark, the seq of the last entry that is in it. Whatever is lost - the last writes after a
//! power cut, everything after damage - the watermark is lost with it, and the journal behind it is applied again.
//!
//! **Invariant.** Nothing is here that the journal does not hold, and nothing that is erased in the vault. No error and
//! no panic of sled leaves this room but as a value.

mod batch;
mod files;
mod space;
#[cfg(test)]
mod tests;

pub use batch::{IndexBatch, KEY_BYTES_MAX, VALUE_BYTES_MAX};
pub use space::Space;

use std::fmt;
use std::fs::File;
use std::io;
use std::ops::Bound;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What sled keeps of its pages in memory, by its own count; in truth it takes many times that. After 160,000 keys were
/// written 1 MiB left 27 MB resident and 4 MiB 57 MB, at the same speed: the system's own cache holds the rest.
const CACHE_BYTES: u64 = 1 << 20;
/// How often sled's own thread writes and collects garbage; the engine syncs by itself where it matters.
const FLUSH_EVERY_MS: u64 = 500;
/// The most rows that one question answers.
pub const RANGE_ROWS_MAX: usize = 1000;
/// How the keys are laid out; another layout is an index to be rebuilt.
const LAYOUT: u8 = 2;

/// What a sled database may answer with instead of what was asked.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The database is damaged, or sled has panicked: it is to be rebuilt from the journal.
    #[error("the index is damaged: {0}")]
    Damaged(String),
    /// The operating system refused: a full disk, a file that may not be read, a database that is open already.
    #[error("could not {doing}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// What the operating system said.
        source: io::Error,
    },
    /// A key or a value is above its bound.
    #[error("{bytes} bytes are above the bound of {bytes_max}")]
    TooLarge {
        /// How large it is.
        bytes: usize,
        /// The bound.
        bytes_max: usize,
    },
}

/// A key without its space, and its value.
pub type Row = (Vec<u8>, Vec<u8>);

/// The index. A clone is a handle to the same one.
#[derive(Clone)]
pub struct Index {
    inner: Arc<Inner>,
}

struct Inner {
    /// Taken by `drop` alone.
    db: Option<sled::Db>,
    files: files::Files,
    /// Sled has panicked: nobody knows what its memory holds.
    panicked: AtomicBool,
}

impl Index {
    /// Opens the index in its own folder, and answers the watermark: the seq of the last journal entry that it holds.
    ///
    /// # Errors
    ///
    /// [`IndexError::Damaged`] where it is to be rebuilt, [`IndexError::Io`] where it could not be opened this time.
    pub fn open(folder: &Path) -> Result<(Self, u64), IndexError> {
        files::make_folder(folder)?;
        let config = sled::Config::new()
            .path(folder)
            .cache_capacity(CACHE_BYTES)
            .flush_every_ms(Some(FLUSH_EVERY_MS))
            .mode(sled::Mode::LowSpace);
        files::wait_for_lock(folder);
        let db = guarded(None, || config.open())?;
        let files = files::Files::open(folder)?;
        let inner = Inner { db: Some(db), files, panicked: AtomicBool::new(false) };
        let index = Self { inner: Arc::new(inner) };
        let watermark = index.check_layout()?;
        Ok((index, watermark))
    }

    /// Moves a damaged index aside, and opens an empty one: the journal is then applied to it from the beginning.
    ///
    /// The folder becomes `NAME.damaged-N` beside; the two latest are kept.
    ///
    /// # Errors
    ///
    /// [`IndexError::Io`] where the folder could not be moved; as [`Index::open`].
    pub fn rebuild(folder: &Path) -> Result<Self, IndexError> {
        files::move_aside(folder)?;
        Ok(Self::open(folder)?.0)
    }

    /// Applies a batch: its keys and its watermark, all or nothing. It is not synced: see [`Index::sync`].
    ///
    /// # Errors
    ///
    /// [`IndexError::TooLarge`] before anything is written; else as sled fails.
    pub fn apply(&self, batch: IndexBatch) -> Result<(), IndexError> {
        let batch = batch.into_sled()?;
        self.ask(|db| db.apply_batch(batch))
    }

    /// The value of a key.
    ///
    /// # Errors
    ///
    /// As sled fails.
    pub fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, IndexError> {
        let found = self.ask(|db| db.get(space.key(key)))?;
        Ok(found.map(|value| value.to_vec()))
    }

    /// The rows whose keys begin with `prefix`, rising, behind the key `after`: a page. An empty prefix is all.
    ///
    /// At most `limit` rows, and never more than [`RANGE_ROWS_MAX`]; the last row's key is the next page's `after`.
    ///
    /// # Errors
    ///
    /// As sled fails.
    pub fn range(
        &self,
        space: Space,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Row>, IndexError> {
        let (first, end) = space.span(prefix);
        let start = after.map(|key| space.key(key)).filter(|key| *key >= first);
        let bounds = (start.map_or(Bound::Included(first), Bound::Excluded), end);
        if is_empty(&bounds.0, &bounds.1) {
            return Ok(Vec::new());
        }
        self.ask(|db| db.range::<Vec<u8>, _>(bounds).take(limit.min(RANGE_ROWS_MAX)).map(row).collect())
    }

    /// As [`Index::range`], falling: the latest first, before the key `before`.
    ///
    /// # Errors
    ///
    /// As sled fails.
    pub fn range_back(
        &self,
        space: Space,
        prefix: &[u8],
        before: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Row>, IndexError> {
        let (first, end) = space.span(prefix);
        let end = match (before.map(|key| space.key(key)), end) {
            (Some(key), Bound::Excluded(end)) => Bound::Excluded(key.min(end)),
            (Some(key), Bound::Included(_) | Bound::Unbounded) => Bound::Excluded(key),
            (None, end) => end,
        };
        let bounds = (Bound::Included(first), end);
        if is_empty(&bounds.0, &bounds.1) {
            return Ok(Vec::new());
        }
        self.ask(|db| db.range::<Vec<u8>, _>(bounds).rev().take(limit.min(RANGE_ROWS_MAX)).map(row).collect())
    }

    /// Syncs everything that was applied. It takes as long as the disk does: not for the way of an event.
    ///
    /// Sled's own flush leaves the file's size and the drive's cache alone, so the files are synced behind it.
    ///
    /// # Errors
    ///
    /// As sled or the disk fails.
    pub fn sync(&self) -> Result<(), IndexError> {
        self.ask(|db| db.flush().map(drop))?;
        self.inner.files.sync()
    }

    /// Reads the watermark, and marks an empty index as one of this layout.
    fn check_layout(&self) -> Result<u64, IndexError> {
        let layout = self.get(Space::Meta, space::LAYOUT_KEY)?;
        let watermark = self.get(Space::Meta, space::WATERMARK_KEY)?;
        match (layout.as_deref(), watermark.as_deref().map(<[u8; 8]>::try_from)) {
            (None, None) => {
                self.ask(|db| db.insert(Space::Meta.key(space::LAYOUT_KEY), &[LAYOUT]).map(drop))?;
                Ok(0)
            }
            (Some([LAYOUT]), None) => Ok(0),
            (Some([LAYOUT]), Some(Ok(seq))) => Ok(u64::from_be_bytes(seq)),
            _ => Err(IndexError::Damaged("it is laid out by another version".to_owned())),
        }
    }

    fn ask<T>(&self, question: impl FnOnce(&sled::Db) -> sled::Result<T>) -> Result<T, IndexError> {
        let broken = || IndexError::Damaged("sled has panicked before".to_owned());
        if self.inner.panicked.load(Ordering::Relaxed) {
            return Err(broken());
        }
        let db = self.inner.db.as_ref().ok_or_else(broken)?;
        guarded(Some(&self.inner.panicked), || question(db))
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // Dropping sled flushes, which can fail in the ways that everything else of it can.
        let db = self.db.take();
        if catch_unwind(AssertUnwindSafe(|| drop(db))).is_err() {
            tracing::warn!("sled panicked while the index was closed");
        }
    }
}

impl fmt::Debug for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Index(***)")
    }
}

fn row(found: sled::Result<(sled::IVec, sled::IVec)>) -> sled::Result<Row> {
    found.map(|(key, value)| (key.get(1..).unwrap_or_default().to_vec(), value.to_vec()))
}

/// Sled panics where a range ends before it begins.
fn is_empty(start: &Bound<Vec<u8>>, end: &Bound<Vec<u8>>) -> bool {
    match (start, end) {
        (Bound::Included(start) | Bound::Excluded(start), Bound::Included(end) | Bound::Excluded(end)) => {
            start >= end
        }
        (Bound::Unbounded, _) | (_, Bound::Unbounded) => false,
    }
}

/// Calls sled; what it throws comes back as a value.
fn guarded<T>(
    panicked: Option<&AtomicBool>,
    call: impl FnOnce() -> sled::Result<T>,
) -> Result<T, IndexError> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(answer) => answer.map_err(|error| told(&error)),
        Err(_payload) => {
            if let Some(panicked) = panicked {
                panicked.store(true, Ordering::Relaxed);
            }
            Err(IndexError::Damaged("sled panicked".to_owned()))
        }
    }
}

/// Sled's error as ours. Its text names files and offsets, never a key or a value.
fn told(error: &sled::Error) -> IndexError {
    match error {
        // A file that ends too early is damage, not a disk that refuses.
        sled::Error::Io(source)
            if !matches!(source.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData) =>
        {
            IndexError::Io {
                doing: "use the index",
                source: io::Error::new(source.kind(), source.to_string()),
            }
        }
        sled::Error::Io(_) => IndexError::Damaged("a file ends too early".to_owned()),
        sled::Error::Corruption { .. } => IndexError::Damaged("sled found corruption".to_owned()),
        sled::Error::CollectionNotFound(_) => IndexError::Damaged("a collection is missing".to_owned()),
        sled::Error::Unsupported(text) | sled::Error::ReportableBug(text) => {
            IndexError::Damaged(text.clone())
        }
    }
}

fn io_error(doing: &'static str) -> impl Fn(io::Error) -> IndexError {
    move |source| IndexError::Io { doing, source }
}

/// Syncs a folder, so that the names in it last.
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
