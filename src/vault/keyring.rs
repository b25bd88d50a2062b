//! The keyring: the keys of subjects and the named secrets, wrapped under the key of its generation, that one under
//! the master key. It only grows; an erasure alone writes it anew.

mod reading;
mod rewrite;

pub(super) use rewrite::RewriteError;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::disk::{self, Appender};
use super::frame::{Batch, Kind, frame_at, scan};
use super::lookup::Lookup;
use super::master::MasterKey;
use super::seal::{Key, WRAPPED, fresh_key, random, unwrap, wrap};
use super::subject::Subject;
use super::writing::Writing;
use super::{Torn, VaultError, VaultRecovery};
use reading::Reading;

const FILE_NAME: &str = "keyring";
const GENERATION_CONTEXT: &[u8] = b"watchfire/vault/generation/1\0";
const KEY_CONTEXT: &[u8] = b"watchfire/vault/key/1\0";

/// Names one key of one subject; a payload remembers it, so that a later key of the same subject is not taken for it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyId(pub(super) [u8; 16]);

impl std::fmt::Display for KeyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl std::fmt::Debug for KeyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

/// The keyring as readers use it: memory holds where the keys lie, not the keys.
pub(super) struct Keyring {
    file: Arc<File>,
    generation: u64,
    /// Wraps the keys of this generation. An erasure makes another, so that an old copy of the file needs the old one.
    generation_key: Key,
    /// What was put in place as a whole: damage in it is never a torn tail.
    whole: u64,
    known: Known,
    /// Where the file is damaged behind what may be torn: keys may be lost, so nothing is made up in their place.
    pub(super) damage: Option<u64>,
}

/// What memory holds of the frames.
#[derive(Default)]
struct Known {
    places: Lookup,
    /// Subjects whose keys are destroyed and whose payloads are not all overwritten yet.
    pending: BTreeSet<Subject>,
}

/// A frame that was copied out of the file.
struct Kept {
    kind: Kind,
    offset: u64,
    head: Vec<u8>,
}

/// A key or a secret as its head holds it: id, wrapped key, name.
struct Entry<'a> {
    id: KeyId,
    wrapped: &'a [u8; WRAPPED],
    name: &'a str,
}

fn parse_entry(head: &[u8]) -> Option<Entry<'_>> {
    let (id, rest) = head.split_first_chunk::<16>()?;
    let (wrapped, name) = rest.split_first_chunk::<WRAPPED>()?;
    Some(Entry { id: KeyId(*id), wrapped, name: std::str::from_utf8(name).ok()? })
}

fn parse_subject(head: &[u8]) -> Option<Subject> {
    std::str::from_utf8(head).ok()?.parse().ok()
}

fn hash_of(kind: Kind, name: &str) -> [u8; 32] {
    Sha256::new().chain_update([kind.byte()]).chain_update(name).finalize().into()
}

impl Keyring {
    /// Opens the keyring of a folder, mends its tail, and syncs what it read.
    ///
    /// `may_create` says that nothing was ever sealed here: only then is a missing keyring a fresh one.
    pub(super) fn open(
        folder: &Path,
        master: &MasterKey,
        may_create: bool,
        disk: &Arc<dyn Writing>,
        told: &mut VaultRecovery,
    ) -> Result<(Self, Appender), VaultError> {
        let path = folder.join(FILE_NAME);
        match fs::symlink_metadata(&path) {
            Ok(_there) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound && may_create => {
                rewrite::create(&path, master)?
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(corrupt(0, "the file is missing, and there are payloads"));
            }
            Err(error) => return Err(VaultError::io("look at the keyring", error)),
        }
        let mut appender =
            Appender::open(&path, disk).map_err(|error| VaultError::io("open the keyring", error))?;
        let mut reading = Reading::new(master);
        scan(&appender.file, appender.len, &mut |piece| reading.take(&piece))?;
        let read = reading.finish((&appender.file, appender.len))?;
        let mut keyring = read.keyring;
        for gap in read.damage {
            told.tell_damage(FILE_NAME, gap);
        }
        if let Some(gap) = read.torn {
            let bytes = appender.len.saturating_sub(gap.from);
            let copy =
                appender.cut(gap.from, true).map_err(|error| VaultError::io("cut the keyring", error))?;
            told.torn.push(Torn { file: FILE_NAME.to_owned(), offset: gap.from, bytes, copy });
            // Good frames behind the damage are of the same write; a key that nothing uses does no harm.
            let mut batch = Batch::new(appender.len);
            for kept in read.behind {
                batch.push(kept.kind, &kept.head, &[])?;
            }
            appender.append(&batch).map_err(|error| VaultError::io("write the keyring", error))?;
            keyring.register_batch(batch.base(), batch.end())?;
        }
        appender.write_again(read.last_batch).map_err(|error| VaultError::io("sync the keyring", error))?;
        disk::sync_folder(folder).map_err(|error| VaultError::io("sync the folder", error))?;
        // Beside it lies either one that was never put in place or the one before an erasure.
        disk::shred(&disk::beside(&path)).map_err(|error| VaultError::io("shred the old keyring", error))?;
        Ok((keyring, appender))
    }

    /// The keyring of a folder as it lies there: nothing is mended, and what a daemon is just writing is not in it.
    pub(super) fn look(folder: &Path, master: &MasterKey) -> Result<Self, VaultError> {
        let reading_error = |error| VaultError::io("read the keyring", error);
        let file = Arc::new(File::open(folder.join(FILE_NAME)).map_err(reading_error)?);
        let len = file.metadata().map_err(reading_error)?.len();
        let mut reading = Reading::new(master);
        scan(&file, len, &mut |piece| reading.take(&piece))?;
        Ok(reading.finish((&file, len))?.keyring)
    }

    /// Where the keyring of a folder lies.
    pub(super) fn path_in(folder: &Path) -> PathBuf {
        folder.join(FILE_NAME)
    }

    /// Whether this subject's key is destroyed and its payloads may not be overwritten yet.
    pub(super) fn is_pending(&self, subject: &Subject) -> bool {
        self.known.pending.contains(subject)
    }

    /// The subjects whose erasure is to be finished.
    pub(super) const fn pending(&self) -> &BTreeSet<Subject> {
        &self.known.pending
    }

    /// The key of this kind and name: that with this id, or the latest.
    pub(super) fn find(
        &self,
        kind: Kind,
        name: &str,
        id: Option<KeyId>,
    ) -> Result<Option<(KeyId, Key)>, VaultError> {
        for place in self.known.places.places(&hash_of(kind, name)) {
            let found = frame_at(&self.file, place, |frame| {
                let entry =
                    parse_entry(frame.head).filter(|entry| frame.kind == kind && entry.name == name)?;
                let key = id.is_none_or(|id| id == entry.id).then(|| self.unwrap(kind, &entry))?;
                Some((entry.id, key))
            });
            if let Some((id, key)) = found.map_err(|error| VaultError::io("read the keyring", error))? {
                return key.map(|key| Some((id, key))).ok_or_else(|| corrupt(place, "a key does not unwrap"));
            }
        }
        Ok(None)
    }

    /// Makes a key and adds it to a batch of the keyring.
    pub(super) fn make(&self, kind: Kind, name: &str, batch: &mut Batch) -> Result<(KeyId, Key), VaultError> {
        let id = KeyId(random()?);
        let key = fresh_key()?;
        batch.push(kind, &self.wrapped_head(kind, name, id, &key)?, &[])?;
        Ok((id, key))
    }

    /// Makes what was appended findable.
    pub(super) fn register_batch(&mut self, from: u64, to: u64) -> Result<(), VaultError> {
        let file = Arc::clone(&self.file);
        let mut at = from;
        while at < to {
            let kept = frame_at(&file, at, |frame| {
                Some((
                    frame.end(),
                    Kept { kind: frame.kind, offset: frame.offset, head: frame.head.to_vec() },
                ))
            });
            let Some((end, kept)) = kept.map_err(|error| VaultError::io("read the keyring", error))? else {
                return Err(corrupt(at, "what was written does not read back"));
            };
            self.known.register(&kept)?;
            at = end;
        }
        Ok(())
    }

    fn wrapped_head(&self, kind: Kind, name: &str, id: KeyId, key: &Key) -> Result<Vec<u8>, VaultError> {
        let wrapped = wrap(&self.generation_key, &self.context(kind, &id, name), key)?;
        Ok([&id.0, wrapped.as_slice(), name.as_bytes()].concat())
    }

    fn unwrap(&self, kind: Kind, entry: &Entry<'_>) -> Option<Key> {
        unwrap(&self.generation_key, &self.context(kind, &entry.id, entry.name), entry.wrapped)
    }

    fn context<'a>(&self, kind: Kind, id: &'a KeyId, name: &'a str) -> [&'a [u8]; 4] {
        let kind: &'static [u8] = if kind == Kind::Secret { b"secret\0" } else { b"subject\0" };
        [KEY_CONTEXT, kind, &id.0, name.as_bytes()]
    }

    pub(super) const fn generation(&self) -> u64 {
        self.generation
    }

    fn fresh(file: Arc<File>, generation: u64, generation_key: Key) -> Self {
        Self { file, generation, generation_key, whole: 0, known: Known::default(), damage: None }
    }

    /// The key of the generation stands twice: with it everything else would be lost.
    fn push_generation(&self, batch: &mut Batch, master: &MasterKey) -> Result<(), VaultError> {
        let numbers = [self.generation.to_le_bytes(), self.whole.to_le_bytes()].concat();
        let wrapped = wrap(master.key(), &[GENERATION_CONTEXT, &numbers], &self.generation_key)?;
        let head = [numbers.as_slice(), wrapped.as_slice()].concat();
        batch.push(Kind::Generation, &head, &[])?;
        batch.push(Kind::Generation, &head, &[])?;
        Ok(())
    }
}

impl Known {
    fn register(&mut self, kept: &Kept) -> Result<(), VaultError> {
        match kept.kind {
            Kind::SubjectKey | Kind::Secret => {
                let place = u32::try_from(kept.offset)
                    .map_err(|_cause| corrupt(kept.offset, "the file is larger than 4 GiB"))?;
                if let Some(entry) = parse_entry(&kept.head) {
                    self.places.insert(&hash_of(kept.kind, entry.name), place);
                }
            }
            Kind::ErasureBegun => self.pending.extend(parse_subject(&kept.head)),
            Kind::ErasureDone => {
                if let Some(subject) = parse_subject(&kept.head) {
                    self.pending.remove(&subject);
                }
            }
            Kind::Generation | Kind::Payload => {}
        }
        Ok(())
    }
}

pub(super) fn corrupt(offset: u64, what: &'static str) -> VaultError {
    VaultError::Corrupt { file: FILE_NAME.to_owned(), offset, what }
}
