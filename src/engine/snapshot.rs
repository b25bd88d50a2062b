//! Snapshots: the published state in a file of its own, so that a start replays only what came after.
//!
//! A snapshot is a cache. Whatever does not fit (another build, a hash that is not on the chain, a torn file) is ignored.

#[cfg(test)]
pub(super) mod rules;

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::domain::State;
use crate::journal::Head;

/// The build, and the rules by which its states are made: by another name a snapshot is ignored. The second part is
/// reckoned from the sources (`build.rs`), so that nobody has to think of it.
pub(super) const BUILD: &str = concat!(env!("CARGO_PKG_VERSION"), "-", env!("WATCHFIRE_RULES"));
/// The newest snapshots that are kept: the one before is there if the newest turns out damaged.
const KEPT: usize = 2;

#[derive(Serialize)]
struct Written<'a> {
    build: &'a str,
    head: Head,
    state: &'a State,
}

#[derive(Deserialize)]
struct Read {
    build: String,
    head: Head,
    state: State,
}

/// Writes a snapshot: whole, synced and named, or not at all.
///
/// # Errors
/// What the disk says; the ones before stay.
pub fn write(dir: &Path, state: &State, head: Head) -> io::Result<()> {
    let name = format!("snapshot-{BUILD}-{:020}-{}.json", head.seq, head.hash.short());
    let fresh = dir.join("snapshot.new");
    let mut options = fs::OpenOptions::new();
    options.create(true).write(true).truncate(true).mode(0o600);
    let mut writer = BufWriter::with_capacity(1 << 20, options.open(&fresh)?);
    serde_json::to_writer(&mut writer, &Written { build: BUILD, head, state })?;
    writer.flush()?;
    writer.get_ref().sync_all()?;
    fs::rename(&fresh, dir.join(name))?;
    File::open(dir)?.sync_all()?;
    let mut names = list(dir)?;
    let surplus = names.len().saturating_sub(KEPT);
    for path in names.drain(..surplus) {
        fs::remove_file(path)?;
    }
    Ok(())
}

/// The newest snapshot that this build can read and that is at most at `index` and at `head`; with the head it was
/// taken at, which the caller looks up on the chain.
pub(super) fn read(dir: &Path, most: u64) -> Option<(State, Head)> {
    let mut names = list(dir).ok()?;
    names.reverse();
    names.into_iter().find_map(|path| {
        let bytes = fs::read(path).ok()?;
        let read: Read = serde_json::from_slice(&bytes).ok()?;
        (read.build == BUILD && read.state.seq == read.head.seq && read.head.seq <= most)
            .then_some((read.state, read.head))
    })
}

/// The newest seq that a snapshot of any build was taken at, by its name.
pub(super) fn newest(dir: &Path) -> u64 {
    let names = list(dir).unwrap_or_default();
    names.iter().filter_map(|path| seq(path)).max().unwrap_or(0)
}

fn seq(path: &Path) -> Option<u64> {
    let name = path.file_name()?.to_str()?.strip_suffix(".json")?;
    let mut parts = name.rsplit('-');
    parts.next()?;
    parts.next()?.parse().ok()
}

/// Snapshots of every build, oldest first.
fn list(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if name.starts_with("snapshot-") && seq(&path).is_some() {
            found.push(path);
        }
    }
    found.sort_by_key(|path| seq(path));
    Ok(found)
}
