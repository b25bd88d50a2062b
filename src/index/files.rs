//! The files under sled: made private, synced behind its back, moved aside where they are damaged.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use super::{IndexError, io_error, sync_folder};

/// How many damaged indexes are kept to be looked into.
const DAMAGED_KEPT: usize = 2;

/// Makes the folder, which its owner alone may enter: sled makes its files readable to all.
pub(super) fn make_folder(folder: &Path) -> Result<(), IndexError> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(io_error("make the index's folder"))
}

/// How long an opening waits for the one before to let go: sled's threads outlive the handle by some milliseconds.
const LOCK_WAIT: Duration = Duration::from_secs(2);

/// Waits until nobody holds the database open; where somebody goes on holding it, opening it will say so.
pub(super) fn wait_for_lock(folder: &Path) {
    let Ok(log) = File::open(folder.join("db")) else { return };
    if log.try_lock().is_ok() {
        return;
    }
    let (done, wait) = mpsc::channel();
    // The wait for a file lock has no bound of its own, so a thread waits, and this one waits for it with a bound.
    std::thread::spawn(move || {
        let locked = log.lock();
        drop(log);
        done.send(locked.is_ok())
    });
    wait.recv_timeout(LOCK_WAIT).ok();
}

/// What is to be synced after sled has flushed.
#[derive(Debug)]
pub(super) struct Files {
    log: File,
    blobs: PathBuf,
}

impl Files {
    /// Opens sled's log beside it, and makes the names that sled made durable.
    pub(super) fn open(folder: &Path) -> Result<Self, IndexError> {
        let log = File::open(folder.join("db")).map_err(io_error("open the index's log"))?;
        let synced =
            log.sync_all().and_then(|()| sync_folder(folder)).and_then(|()| sync_folder(parent_of(folder)));
        synced.map_err(io_error("sync the index"))?;
        Ok(Self { log, blobs: folder.join("blobs") })
    }

    /// Syncs the log; before it the values that sled keeps outside, where it kept any, for the log points to them.
    pub(super) fn sync(&self) -> Result<(), IndexError> {
        self.sync_blobs().and_then(|()| self.log.sync_data()).map_err(io_error("sync the index"))
    }

    fn sync_blobs(&self) -> io::Result<()> {
        let mut any = false;
        for blob in fs::read_dir(&self.blobs)? {
            any = true;
            match File::open(blob?.path()) {
                Ok(blob) => blob.sync_all()?,
                // Sled collects its garbage meanwhile.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        if any { sync_folder(&self.blobs) } else { Ok(()) }
    }
}

/// Moves the folder beside itself under a free name, and removes the oldest of those that lie there.
pub(super) fn move_aside(folder: &Path) -> Result<(), IndexError> {
    let mut damaged = damaged_beside(folder).map_err(io_error("list the damaged indexes"))?;
    let number = damaged.last().map_or(1, |(number, _path)| number.saturating_add(1));
    let aside = beside(folder, number);
    match fs::rename(folder, &aside) {
        Ok(()) => damaged.push((number, aside)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(io_error("move the damaged index aside")(error)),
    }
    for (_number, oldest) in damaged.iter().take(damaged.len().saturating_sub(DAMAGED_KEPT)) {
        fs::remove_dir_all(oldest).map_err(io_error("remove an old damaged index"))?;
    }
    sync_folder(parent_of(folder)).map_err(io_error("sync the index"))
}

fn parent_of(folder: &Path) -> &Path {
    folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

fn damaged_prefix(folder: &Path) -> String {
    format!("{}.damaged-", folder.file_name().unwrap_or_default().to_string_lossy())
}

fn beside(folder: &Path, number: u64) -> PathBuf {
    folder.with_file_name(format!("{}{number}", damaged_prefix(folder)))
}

/// The damaged indexes beside the folder, oldest first.
fn damaged_beside(folder: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let prefix = damaged_prefix(folder);
    let mut damaged = Vec::new();
    for entry in fs::read_dir(parent_of(folder))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if let Some(number) = name.strip_prefix(&prefix).and_then(|number| number.parse().ok()) {
            damaged.push((number, path));
        }
    }
    damaged.sort();
    Ok(damaged)
}
