//! The file `alive`: when the daemon last lived, by every clock it has.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::time::Mark;

/// Where marks are kept; the newest one that can be read counts.
#[derive(Debug)]
pub struct Alive {
    path: PathBuf,
    file: Option<File>,
}

/// The mark could not be written or read.
#[derive(Debug, thiserror::Error)]
#[error("the file `alive` in the data folder: {0}")]
pub struct AliveError(#[from] io::Error);

impl Alive {
    /// The file in a data folder.
    #[must_use]
    pub fn in_folder(dir: &Path) -> Self {
        Self { path: dir.join("alive"), file: None }
    }

    /// The last mark; `None` for a first start, or where what is there cannot be read.
    #[must_use]
    pub fn last(&self) -> Option<Mark> {
        let text = fs::read_to_string(&self.path).ok()?;
        // A mark is one line; a torn one leaves the line before it readable.
        text.lines().rev().find_map(|line| serde_json::from_str(line).ok())
    }

    /// Writes a mark and syncs it. Two marks take turns, so that a torn write leaves the other.
    ///
    /// # Errors
    /// What the disk says.
    pub fn write(&mut self, mark: &Mark) -> Result<(), AliveError> {
        let mut line = serde_json::to_vec(mark).map_err(io::Error::from)?;
        line.push(b'\n');
        let file = match self.file.take() {
            Some(file) if file.metadata()?.len() < 64 * 1024 => file,
            Some(_) | None => self.begin(&line)?,
        };
        (&file).write_all(&line)?;
        file.sync_data()?;
        self.file = Some(file);
        Ok(())
    }

    /// Begins the file anew with one mark, whole or not at all.
    fn begin(&self, line: &[u8]) -> io::Result<File> {
        let fresh = self.path.with_extension("new");
        let mut options = fs::OpenOptions::new();
        options.create(true).write(true).truncate(true).mode(0o600);
        let mut file = options.open(&fresh)?;
        file.write_all(line)?;
        file.sync_all()?;
        fs::rename(&fresh, &self.path)?;
        if let Some(dir) = self.path.parent() {
            File::open(dir)?.sync_all()?;
        }
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{Clock, ManualClock, Now};

    #[test]
    fn the_newest_mark_is_read_back_and_a_torn_one_is_passed_over() {
        let dir = tempfile::tempdir().unwrap();
        let clock = ManualClock::new("2026-11-23T00:00:00Z".parse().unwrap());
        let mut alive = Alive::in_folder(dir.path());
        assert_eq!(alive.last(), None);
        let mark = |clock: &ManualClock| Mark { now: Now::at(clock.read().wall), reading: clock.read() };
        for _ in 0..500 {
            clock.advance(std::time::Duration::from_secs(5));
            alive.write(&mark(&clock)).unwrap();
        }
        assert_eq!(alive.last(), Some(mark(&clock)));
        let path = dir.path().join("alive");
        let whole = fs::read(&path).unwrap();
        assert!(whole.len() < 70 * 1024);
        fs::write(&path, &whole[..whole.len() - 10]).unwrap();
        let before = alive.last().unwrap();
        assert_eq!(before.now.wall, mark(&clock).now.wall - std::time::Duration::from_secs(5));
    }
}
