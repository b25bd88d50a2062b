//! Writing a keyring as a whole: the first one, and the one that an erasure leaves.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use rustix::fs::{CWD, RenameFlags, renameat_with};

use super::super::VaultError;
use super::super::disk::{self, Appender};
use super::super::frame::{Batch, Kind, Piece, scan};
use super::super::lookup::Lookup;
use super::super::master::MasterKey;
use super::super::seal::fresh_key;
use super::super::subject::Subject;
use super::{KeyId, Keyring, corrupt, parse_entry, parse_subject};

/// Flushed at once while the keyring is written anew.
const REWRITE_BYTES: usize = 256 << 10;

/// Where writing the keyring anew failed.
pub(in crate::vault) enum RewriteError {
    /// Nothing changed.
    Before(VaultError),
    /// The new file may or may not be the one that a power cut leaves.
    Behind(VaultError),
}

impl Keyring {
    /// Writes the keyring anew under a fresh generation without the keys of these subjects.
    ///
    /// Answers the keys that are gone. The old file is there until [`Keyring::destroy`]. An error before the new file is in place leaves everything as it was.
    pub(in crate::vault) fn rewrite_without(
        &self,
        old: &Appender,
        master: &MasterKey,
        subjects: &BTreeSet<Subject>,
    ) -> Result<(Self, Appender, BTreeMap<Subject, KeyId>), RewriteError> {
        let path = old.path.as_path();
        let beside = disk::beside(path);
        let written = self.write_beside(&beside, master, subjects);
        let (next, gone) = match written {
            Ok(done) => done,
            Err(error) => {
                disk::shred(&beside).ok();
                return Err(RewriteError::Before(error));
            }
        };
        swap(&beside, path)
            .map_err(|error| RewriteError::Before(VaultError::io("replace the keyring", error)))?;
        let folder = disk::folder_of(path);
        disk::sync_folder(folder)
            .map_err(|error| RewriteError::Behind(VaultError::io("sync the folder", error)))?;
        let (file, path, disk) = (Arc::clone(&next.file), path.to_owned(), Arc::clone(&old.disk));
        let appender = Appender { file, path, disk, len: next.whole, failed: false };
        Ok((next, appender, gone))
    }

    fn write_beside(
        &self,
        beside: &Path,
        master: &MasterKey,
        subjects: &BTreeSet<Subject>,
    ) -> Result<(Self, BTreeMap<Subject, KeyId>), VaultError> {
        disk::shred(beside).map_err(|error| VaultError::io("shred the old keyring", error))?;
        let file =
            disk::open_private(beside, true).map_err(|error| VaultError::io("write the keyring", error))?;
        let generation = self.generation.saturating_add(1);
        let mut next = Self::fresh(Arc::new(file), generation, fresh_key()?);
        let mut batch = Batch::new(0);
        // The first frames tell how long the whole is, so they are written once more when that is known.
        next.push_generation(&mut batch, master)?;
        let mut gone = BTreeMap::new();
        let old_len =
            self.file.metadata().map_err(|error| VaultError::io("look at the keyring", error))?.len();
        scan(&self.file, old_len, &mut |piece| {
            let Piece::Frame(frame) = piece else { return Err(corrupt(0, "it is damaged")) };
            let (Kind::SubjectKey | Kind::Secret) = frame.kind else { return Ok(()) };
            let Some(entry) = parse_entry(frame.head) else { return Ok(()) };
            let erased = parse_subject(entry.name.as_bytes())
                .filter(|subject| frame.kind == Kind::SubjectKey && subjects.contains(subject));
            if let Some(subject) = erased {
                gone.insert(subject, entry.id);
                return Ok(());
            }
            let key = self
                .unwrap(frame.kind, &entry)
                .ok_or_else(|| corrupt(frame.offset, "a key does not unwrap"))?;
            batch.push(frame.kind, &next.wrapped_head(frame.kind, entry.name, entry.id, &key)?, &[])?;
            if batch.bytes().len() >= REWRITE_BYTES { next.flush(&mut batch) } else { Ok(()) }
        })?;
        for subject in self.pending().union(subjects) {
            batch.push(Kind::ErasureBegun, subject.as_str().as_bytes(), &[])?;
        }
        next.flush(&mut batch)?;
        next.whole = batch.base();
        if next.whole > Lookup::PLACE_MAX {
            return Err(corrupt(next.whole, "the file is larger than 4 GiB"));
        }
        let mut first = Batch::new(0);
        next.push_generation(&mut first, master)?;
        next.file
            .write_all_at(first.bytes(), 0)
            .and_then(|()| next.file.sync_all())
            .map_err(|error| VaultError::io("write the keyring", error))?;
        Ok((next, gone))
    }

    fn flush(&mut self, batch: &mut Batch) -> Result<(), VaultError> {
        self.file
            .write_all_at(batch.bytes(), batch.base())
            .map_err(|error| VaultError::io("write the keyring", error))?;
        let from = batch.base();
        batch.go_on();
        self.register_batch(from, batch.base())
    }

    /// Overwrites the file of a keyring that another has replaced: with the old generation's key goes what it wrapped.
    pub(in crate::vault) fn destroy(self, path: &Path) -> io::Result<()> {
        disk::zero(&self.file, 0, self.file.metadata()?.len())?;
        self.file.sync_data()?;
        disk::shred(&disk::beside(path))
    }
}

/// Makes the first keyring of a folder.
pub(super) fn create(path: &Path, master: &MasterKey) -> Result<(), VaultError> {
    let beside = disk::beside(path);
    disk::shred(&beside).map_err(|error| VaultError::io("shred the old keyring", error))?;
    let mut batch = Batch::new(0);
    let file =
        disk::open_private(&beside, true).map_err(|error| VaultError::io("make the keyring", error))?;
    let mut keyring = Keyring::fresh(Arc::new(file), 1, fresh_key()?);
    keyring.push_generation(&mut batch, master)?;
    keyring.whole = batch.end();
    let mut batch = Batch::new(0);
    keyring.push_generation(&mut batch, master)?;
    keyring
        .file
        .write_all_at(batch.bytes(), 0)
        .and_then(|()| keyring.file.sync_all())
        .and_then(|()| fs::rename(&beside, path))
        .and_then(|()| disk::sync_folder(disk::folder_of(path)))
        .map_err(|error| VaultError::io("make the keyring", error))
}

/// Swaps the two names at once, so that the old keyring stays reachable until it is shredded.
///
/// Where the file system cannot swap, the new one replaces the old, whose open file is zeroed all the same.
fn swap(beside: &Path, path: &Path) -> io::Result<()> {
    match renameat_with(CWD, beside, CWD, path, RenameFlags::EXCHANGE) {
        Ok(()) => Ok(()),
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => fs::rename(beside, path),
        Err(error) => Err(error.into()),
    }
}
