//! Closed segments: found in through their sidecars, however many there are.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::disk::{self, Appender};
use super::frame::{Gap, Piece, scan};
use super::seal::PayloadName;
use super::segment::{Head, Record, name_of, overwrite, subject_prefix};
use super::sidecar::{Entry, Sidecar};
use super::subject::Subject;
use super::{VaultError, VaultRecovery};

const SIDECAR: &str = "idx";

/// A segment that does not grow any more. No file of it is held open, however many there are.
#[derive(Debug)]
pub(super) struct Closed {
    pub(super) path: PathBuf,
    len: u64,
    /// Every byte of the sidecar was checked since the vault was opened.
    trusted: AtomicBool,
    /// Held while the sidecar is written anew.
    mending: Mutex<()>,
}

impl Closed {
    /// Opens a closed segment, and writes its sidecar where it is not there or plainly not whole.
    pub(super) fn open(path: PathBuf, told: &mut VaultRecovery) -> Result<Self, VaultError> {
        let len = fs::metadata(&path).map_err(|error| VaultError::io("look at a segment", error))?.len();
        let closed = Self { path, len, trusted: AtomicBool::new(false), mending: Mutex::new(()) };
        let sidecar = Sidecar::open(&closed.sidecar_path(), len, false);
        if !matches!(sidecar, Ok(Some(_))) {
            match closed.write_sidecar() {
                Ok(damage) => {
                    damage.into_iter().for_each(|gap| told.tell_damage(&name_of(&closed.path), gap));
                    told.sidecars_rebuilt = told.sidecars_rebuilt.saturating_add(1);
                }
                // A full disk must not keep anybody from reading: the segment itself is gone through where it must be.
                Err(error) => tracing::warn!(%error, "a sidecar of the vault was not written"),
            }
        }
        Ok(closed)
    }

    /// Closes a segment that grew. Where its sidecar cannot be written it is written when it is first asked.
    pub(super) fn close(appender: &Appender) -> Self {
        let closed = Self {
            path: appender.path.clone(),
            len: appender.len,
            trusted: AtomicBool::new(false),
            mending: Mutex::new(()),
        };
        if let Err(error) = closed.write_sidecar() {
            tracing::warn!(%error, "a sidecar of the vault was not written");
        }
        closed
    }

    fn sidecar_path(&self) -> PathBuf {
        self.path.with_extension(SIDECAR)
    }

    fn file(&self) -> Result<Arc<File>, VaultError> {
        File::open(&self.path).map(Arc::new).map_err(|error| VaultError::io("open a segment", error))
    }

    /// The payload of this name, where it lies in this segment.
    pub(super) fn find(&self, name: &PayloadName) -> Result<Option<Record>, VaultError> {
        let reading = |error| VaultError::io("read a segment", error);
        if let Some(sidecar) = self.sidecar() {
            let Some(entry) = sidecar.find(name).map_err(reading)? else { return Ok(None) };
            let place = u64::from(entry.place);
            let damaged = || self.corrupt(place, "the payload that its sidecar knows is not there");
            return match Record::read(&self.file()?, place, name) {
                Ok(record) => record.ok_or_else(damaged).map(Some),
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(damaged()),
                Err(error) => Err(reading(error)),
            };
        }
        let file = self.file()?;
        let mut found = None;
        self.heads(&file, &mut |place, head, _bytes| {
            if head.name == *name {
                found = Some(place);
            }
        })?;
        found.map_or(Ok(None), |place| Record::read(&file, place, name).map_err(reading))
    }

    /// The places of all payloads that may be of one of these subjects.
    fn places_of(&self, subjects: &BTreeSet<Subject>) -> Result<Vec<u64>, VaultError> {
        let prefixes: BTreeSet<u64> = subjects.iter().map(subject_prefix).collect();
        if let Some(sidecar) = self.sidecar() {
            return sidecar.of_subjects(&prefixes).map_err(|error| VaultError::io("read a sidecar", error));
        }
        let mut places = Vec::new();
        let file = self.file()?;
        self.heads(&file, &mut |place, head, _bytes| {
            if subjects.contains(&head.subject) {
                places.push(place);
            }
        })?;
        Ok(places)
    }

    /// Overwrites the payloads of these subjects, and tells each payload's subject and bytes.
    pub(super) fn overwrite(
        &self,
        subjects: &BTreeSet<Subject>,
        tell: &mut dyn FnMut(&Subject, u64),
    ) -> Result<(), VaultError> {
        let places = self.places_of(subjects)?;
        if places.is_empty() {
            return Ok(());
        }
        let file =
            disk::open_private(&self.path, false).map_err(|error| VaultError::io("open a segment", error))?;
        overwrite(&file, &places, subjects, tell)
            .map_err(|error| VaultError::io("overwrite a segment", error))
    }

    /// The sidecar, checked once and written anew where it is damaged; none where that cannot be done.
    fn sidecar(&self) -> Option<Sidecar> {
        let open = || {
            let trusted = self.trusted.load(Ordering::Relaxed);
            let sidecar = Sidecar::open(&self.sidecar_path(), self.len, !trusted).ok().flatten();
            self.trusted.store(sidecar.is_some(), Ordering::Relaxed);
            sidecar
        };
        open().or_else(|| {
            let _mending = self.mending.lock().unwrap_or_else(PoisonError::into_inner);
            open().or_else(|| {
                match self.write_sidecar() {
                    Ok(damage) => {
                        tracing::warn!(damaged = damage.len(), "a sidecar of the vault was written anew");
                    }
                    Err(error) => tracing::warn!(%error, "a sidecar of the vault was not written"),
                }
                open()
            })
        })
    }

    fn write_sidecar(&self) -> Result<Vec<Gap>, VaultError> {
        let mut entries = Vec::new();
        let file = self.file()?;
        let damage = self.heads(&file, &mut |place, head, bytes| {
            if let (Ok(place), Ok(bytes)) = (u32::try_from(place), u32::try_from(bytes)) {
                entries.push(Entry { name: head.name, place, bytes, subject: subject_prefix(&head.subject) });
            }
        })?;
        Sidecar::write(&self.sidecar_path(), self.len, entries)
            .map_err(|error| VaultError::io("write a sidecar", error))?;
        Ok(damage)
    }

    fn heads(&self, file: &File, visit: &mut dyn FnMut(u64, &Head, usize)) -> Result<Vec<Gap>, VaultError> {
        let mut damage = Vec::new();
        scan(file, self.len, &mut |piece| {
            match piece {
                Piece::Gap(gap) => damage.push(gap),
                Piece::Frame(frame) => {
                    if let Some(head) = Head::of(&frame) {
                        visit(frame.offset, &head, frame.tail_len);
                    }
                }
            }
            Ok(())
        })?;
        Ok(damage)
    }

    fn corrupt(&self, offset: u64, what: &'static str) -> VaultError {
        VaultError::Corrupt { file: name_of(&self.path), offset, what }
    }
}
