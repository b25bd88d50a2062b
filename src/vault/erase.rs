//! Erasing: the key first, then the bytes, so that a crash in between leaves nothing that can be opened.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::frame::{Batch, Kind};
use super::keyring::{Keyring, RewriteError};
use super::{Erasure, KeyId, Subject, Vault, VaultError, VaultRecovery, Writer, disk, keyring, segment};

/// How many subjects one call erases: each is looked for in every segment at once.
const SUBJECTS_MAX: usize = 10_000;

/// What was found of one subject.
#[derive(Debug, Default, Clone, Copy)]
struct Overwritten {
    records: u64,
    bytes: u64,
}

impl Vault {
    /// Erases everything of a subject: its key is destroyed, and its sealed bytes are overwritten, durably.
    ///
    /// Asked again it does nothing and answers the same counts, without a key. What is put for the subject later gets
    /// another key. A copy of the keyring from before, with the master key, still opens a copy of the segments: how
    /// long backups live is part of the receipt.
    ///
    /// # Errors
    ///
    /// As [`Vault::erase_all`].
    pub fn erase(&self, subject: &Subject) -> Result<Erasure, VaultError> {
        self.erase_all(std::slice::from_ref(subject))?.pop().ok_or(VaultError::Missing)
    }

    /// Erases several subjects at the price of one: the keyring is written anew once.
    ///
    /// It takes about a second for each 300,000 keys, during which nothing can be put; reading goes on.
    ///
    /// # Errors
    ///
    /// [`VaultError::Corrupt`] where the keyring is damaged: it is to be restored before parts of it are destroyed.
    /// After [`VaultError::Io`] the vault writes no more; the erasure is finished, or was never begun, when the vault
    /// is opened again: ask once more.
    pub fn erase_all(&self, subjects: &[Subject]) -> Result<Vec<Erasure>, VaultError> {
        let subjects: BTreeSet<Subject> = subjects.iter().cloned().collect();
        if subjects.len() > SUBJECTS_MAX {
            return Err(VaultError::TooLarge { bytes: subjects.len(), bytes_max: SUBJECTS_MAX });
        }
        let mut guard = self.writer()?;
        let writer = &mut *guard;
        let gone = self.destroy_keys(writer, &subjects)?;
        let overwritten = self.overwrite(writer, &subjects)?;
        let generation = self.shared().keyring.generation();
        let receipt = |subject: Subject| {
            let Overwritten { records, bytes } = overwritten.get(&subject).copied().unwrap_or_default();
            Erasure { key_id: gone.get(&subject).copied(), generation, records, bytes, subject }
        };
        Ok(subjects.into_iter().map(receipt).collect())
    }

    /// Overwrites what interrupted erasures left. Where that fails reading goes on all the same.
    pub(super) fn finish_erasures(&self, told: &mut VaultRecovery) {
        let pending = self.shared().keyring.pending().clone();
        if pending.is_empty() {
            return;
        }
        let count = u32::try_from(pending.len()).unwrap_or(u32::MAX);
        match self.writer().and_then(|mut writer| self.overwrite(&mut writer, &pending)) {
            Ok(_overwritten) => told.erasures_finished = count,
            Err(error) => {
                tracing::error!(%error, count, "interrupted erasures of the vault could not be finished");
                told.erasures_left = count;
            }
        }
    }

    /// Writes the keyring anew without the keys of these subjects, where it holds any.
    pub(super) fn destroy_keys(
        &self,
        writer: &mut Writer,
        subjects: &BTreeSet<Subject>,
    ) -> Result<BTreeMap<Subject, KeyId>, VaultError> {
        for subject in subjects {
            writer.keys.remove(subject);
        }
        let path = Keyring::path_in(&self.inner.folder);
        let (next, appender, gone) = {
            let shared = self.shared();
            if let Some(offset) = shared.keyring.damage {
                return Err(keyring::corrupt(offset, "it is to be restored before anything is erased"));
            }
            let mut any = false;
            for subject in subjects {
                any |= shared.keyring.find(Kind::SubjectKey, subject.as_str(), None)?.is_some();
            }
            if !any {
                return Ok(BTreeMap::new());
            }
            match shared.keyring.rewrite_without(&writer.keyring, &self.inner.master, subjects) {
                Ok(done) => done,
                Err(RewriteError::Before(error)) => return Err(error),
                Err(RewriteError::Behind(error)) => {
                    writer.keyring.failed = true;
                    return Err(error);
                }
            }
        };
        let old = std::mem::replace(&mut self.shared_mut().keyring, next);
        writer.keyring = appender;
        old.destroy(&path).map_err(|error| {
            writer.keyring.failed = true;
            VaultError::io("destroy the old keyring", error)
        })?;
        Ok(gone)
    }

    /// Overwrites the payloads of these subjects in all segments, and the copies of cut tails; then nothing is pending.
    fn overwrite(
        &self,
        writer: &mut Writer,
        subjects: &BTreeSet<Subject>,
    ) -> Result<BTreeMap<Subject, Overwritten>, VaultError> {
        let done = self.overwrite_segments(writer, subjects);
        // What is half overwritten stays pending, and the next opening goes on with it.
        writer.segment.failed |= done.is_err();
        let overwritten = done?;
        let mut batch = Batch::new(writer.keyring.len);
        {
            let shared = self.shared();
            for subject in subjects.iter().filter(|subject| shared.keyring.is_pending(subject)) {
                batch.push(Kind::ErasureDone, subject.as_str().as_bytes(), &[])?;
            }
        }
        self.append_keys(writer, &batch)?;
        Ok(overwritten)
    }

    fn overwrite_segments(
        &self,
        writer: &Writer,
        subjects: &BTreeSet<Subject>,
    ) -> Result<BTreeMap<Subject, Overwritten>, VaultError> {
        let mut overwritten: BTreeMap<Subject, Overwritten> = BTreeMap::new();
        let mut tell = |subject: &Subject, bytes: u64| {
            let sum = overwritten.entry(subject.clone()).or_default();
            sum.records = sum.records.saturating_add(1);
            sum.bytes = sum.bytes.saturating_add(bytes);
        };
        let closed = Arc::clone(&self.shared().closed);
        for segment in closed.iter() {
            segment.overwrite(subjects, &mut tell)?;
        }
        segment::overwrite_active(&writer.segment, subjects, &mut tell)?;
        disk::shred_torn_copies(&self.inner.folder).map_err(|error| VaultError::io("shred a copy", error))?;
        Ok(overwritten)
    }
}
