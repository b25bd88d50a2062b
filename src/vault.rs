//! The vault: personal data, sealed; the keyring that opens it.
//!
//! A payload is sealed at the door under a key of its own; that key is wrapped under the key of its subject (a case, a
//! report), that one in the keyring under the key of the keyring's generation, and that one under the master key,
//! which lies elsewhere. Erasing a subject destroys its key, writes the keyring anew under another generation, and
//! overwrites the sealed bytes; the names stay, so that the chain of facts still verifies.
//!
//! In the vault's folder: `keyring`; `NNNNNNNN.seg`, the payloads, append-only, and beside each closed one
//! `NNNNNNNN.idx`, its names in order; `torn-*`, what was cut off after a crash; `lock`.
//!
//! **Invariant.** No content and no unwrapped key is ever in a file, a log, an error or a `Debug` output, save what is
//! [disclosed](disclose) of single payloads into an evidence pack: a key that opens that one alone. Nothing is
//! findable before it is synced, and a subject's key is synced before the first payload that needs it is written.
//! What lies on the disk is never trusted: it is checked, and an error where it is wrong.

mod blind;
mod closed;
mod codes;
mod disclose;
mod disk;
mod erase;
mod error;
mod file;
mod frame;
mod keyring;
mod lookup;
mod master;
mod mend;
mod seal;
mod segment;
mod sidecar;
mod subject;
#[cfg(test)]
mod tests;
mod writing;

pub use blind::Blind;
pub use codes::Codes;
pub use disclose::{Disclosed, disclose, sealed_under};
pub use error::{Damage, Erasure, Torn, VaultError, VaultRecovery};
pub use file::{Opened, open_file, seal_file};
pub use keyring::KeyId;
pub use master::MasterKey;
pub use seal::{PAYLOAD_BYTES_MAX, ParsePayloadNameError, PayloadName, Sealed, seal};
pub use subject::{ParseSubjectError, Subject};
pub use writing::{FailingDisk, Fault};

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use zeroize::Zeroizing;

use closed::Closed;
use disk::Appender;
use frame::{Batch, Gap, Kind};
use keyring::Keyring;
use lookup::Lookup;
use seal::Key;
use segment::{Head, Record};
use writing::{Plain, Writing};

/// How large a segment grows before another is begun: a scan of one stays below a second.
const SEGMENT_BYTES: u64 = 64 << 20;
/// The most that one call puts: it is put together in memory and written at once.
const BATCH_BYTES_MAX: usize = 32 << 20;
/// What a batch of payloads holds before it takes no more: what comes with one decision finds room behind it.
pub const BATCH_ROOM_BYTES: usize = BATCH_BYTES_MAX / 2;
/// How many keys of subjects the writer keeps at hand; what is open is what is written.
const KEYS_AT_HAND_MAX: usize = 256;
const PAYLOAD_KEY_CONTEXT: &[u8] = b"watchfire/vault/payload-key/1\0";

/// The vault. A clone is a handle to the same one: many read while one writes.
#[derive(Clone)]
pub struct Vault {
    inner: Arc<Inner>,
}

struct Inner {
    folder: PathBuf,
    master: MasterKey,
    segment_bytes: u64,
    writer: Mutex<Writer>,
    shared: RwLock<Shared>,
    /// Locked as long as a handle lives: two writers would write over each other.
    _lock: File,
}

/// What the one that writes holds. It is held through a sync; readers never wait for it.
struct Writer {
    number: u32,
    segment: Appender,
    keyring: Appender,
    keys: BTreeMap<Subject, (KeyId, Key)>,
}

/// What readers look things up in: only what is synced. It is never held through a write.
struct Shared {
    keyring: Keyring,
    active: Arc<File>,
    active_name: String,
    names: Lookup,
    closed: Arc<Vec<Arc<Closed>>>,
}

impl Vault {
    /// Opens the vault in its own folder, which is made where there is none, and mends what a crash left.
    ///
    /// `head_seq` is the seq of the journal's last durable entry (0 for an empty journal). Payloads that were put for
    /// an entry that never became durable, those whose `after` is not behind `head_seq`, are removed.
    ///
    /// # Errors
    ///
    /// [`VaultError::Locked`] where the master key is another, [`VaultError::InUse`] where the vault is open already,
    /// [`VaultError::Corrupt`] where the keyring cannot be used at all. Damage that leaves the rest readable is no
    /// error: it is told in [`VaultRecovery`].
    pub fn open(
        folder: &Path,
        master: MasterKey,
        head_seq: u64,
    ) -> Result<(Self, VaultRecovery), VaultError> {
        Self::open_with(folder, master, head_seq, SEGMENT_BYTES, &Plain::disk())
    }

    fn open_with(
        folder: &Path,
        master: MasterKey,
        head_seq: u64,
        segment_bytes: u64,
        disk: &Arc<dyn Writing>,
    ) -> Result<(Self, VaultRecovery), VaultError> {
        let mut told = VaultRecovery::default();
        disk::make_folder(folder).map_err(|error| VaultError::io("make the vault's folder", error))?;
        let lock = lock(folder)?;
        let mut numbers =
            segment::numbers(folder).map_err(|error| VaultError::io("list the segments", error))?;
        let (keyring, ring_appender) = Keyring::open(folder, &master, numbers.is_empty(), disk, &mut told)?;
        let number = numbers.pop_last().unwrap_or(1);
        for missing in (1..number).filter(|number| !numbers.contains(number)).take(1000) {
            let name = segment::name_of(&segment::path_of(folder, missing));
            told.tell_damage(&name, Gap { from: 0, to: 0 });
        }
        let mut closed = Vec::new();
        for number in numbers {
            closed.push(Arc::new(Closed::open(segment::path_of(folder, number), &mut told)?));
        }
        let path = segment::path_of(folder, number);
        let (segment, names) = segment::open_active(&path, head_seq, disk, &mut told)?;
        let shared = Shared {
            keyring,
            active: Arc::clone(&segment.file),
            active_name: segment::name_of(&path),
            names,
            closed: Arc::new(closed),
        };
        let writer = Writer { number, segment, keyring: ring_appender, keys: BTreeMap::new() };
        let inner = Inner {
            folder: folder.to_owned(),
            master,
            segment_bytes,
            writer: Mutex::new(writer),
            shared: RwLock::new(shared),
            _lock: lock,
        };
        let vault = Self { inner: Arc::new(inner) };
        vault.finish_erasures(&mut told);
        Ok((vault, told))
    }

    /// Puts the payloads of a batch, durably: when this returns they are on the disk.
    ///
    /// `after_seq` is the seq of the journal's head, behind which the batch is to be appended. First the keys that
    /// subjects lack are added to the keyring and synced, then all payloads go out in one write and one sync. Where
    /// there is nothing to write nothing is synced.
    ///
    /// # Errors
    ///
    /// [`VaultError::TooLarge`] above 64 MiB, [`VaultError::Io`] where a write failed, and from then on
    /// [`VaultError::Poisoned`] until the vault is opened again. After an error none of the payloads is findable.
    pub fn put_all(&self, after_seq: u64, payloads: Vec<(Sealed, Subject)>) -> Result<(), VaultError> {
        if payloads.is_empty() {
            return Ok(());
        }
        let bytes = payloads.iter().map(|(sealed, _subject)| sealed.len().saturating_add(512)).sum();
        if bytes > BATCH_BYTES_MAX {
            return Err(VaultError::TooLarge { bytes, bytes_max: BATCH_BYTES_MAX });
        }
        let mut guard = self.writer()?;
        let writer = &mut *guard;
        if writer.segment.len >= self.inner.segment_bytes {
            self.begin_segment(writer)?;
        }
        self.make_keys(writer, &payloads)?;
        let mut batch = Batch::new(writer.segment.len);
        batch.reserve(bytes);
        let mut places = Vec::with_capacity(payloads.len());
        for (sealed, subject) in payloads {
            let Some((key_id, key)) = writer.keys.get(&subject) else { return Err(VaultError::Missing) };
            let context = [PAYLOAD_KEY_CONTEXT, sealed.name.as_bytes(), subject.as_str().as_bytes()];
            let wrapped = seal::wrap(key, &context, &sealed.key)?;
            let head = Head { after: after_seq, name: sealed.name, key_id: *key_id, subject };
            let place = batch.push(Kind::Payload, &head.to_bytes(), &[&wrapped, &sealed.bytes])?;
            let too_far = |_cause| VaultError::TooLarge { bytes, bytes_max: BATCH_BYTES_MAX };
            places.push((sealed.name, u32::try_from(place).map_err(too_far)?));
        }
        writer.segment.append(&batch).map_err(|error| VaultError::io("write a segment", error))?;
        let mut shared = self.shared_mut();
        for (name, place) in places {
            shared.names.insert(name.as_bytes(), place);
        }
        Ok(())
    }

    /// Opens a payload.
    ///
    /// # Errors
    ///
    /// [`VaultError::Missing`] where no payload has this name, [`VaultError::Erased`] where its subject was erased,
    /// [`VaultError::Corrupt`] where the disk does not hold what was written.
    pub fn get(&self, name: PayloadName) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let (active, active_name, places, closed) = {
            let shared = self.shared();
            let places = shared.names.places(name.as_bytes());
            (Arc::clone(&shared.active), shared.active_name.clone(), places, Arc::clone(&shared.closed))
        };
        for place in places {
            let record = Record::read(&active, place, &name)
                .map_err(|error| VaultError::io("read a segment", error))?;
            if let Some(record) = record {
                return self.open_record(&record, &active_name);
            }
        }
        // What is asked for is mostly young.
        for segment in closed.iter().rev() {
            if let Some(record) = segment.find(&name)? {
                return self.open_record(&record, &segment::name_of(&segment.path));
            }
        }
        Err(VaultError::Missing)
    }

    /// A secret of the house that is kept in the keyring under its purpose, made at its first use.
    ///
    /// # Errors
    ///
    /// [`VaultError::Purpose`] where the purpose is no plain word; where the keyring is damaged and does not hold the
    /// secret [`VaultError::Corrupt`], for another one in its place would not fit what the first one made.
    pub fn secret(&self, purpose: &'static str) -> Result<Zeroizing<[u8; 32]>, VaultError> {
        if !subject::is_plain(purpose) {
            return Err(VaultError::Purpose);
        }
        if let Some((_id, secret)) = self.shared().keyring.find(Kind::Secret, purpose, None)? {
            return Ok(secret);
        }
        let mut guard = self.writer()?;
        let writer = &mut *guard;
        let mut batch = Batch::new(writer.keyring.len);
        let secret = {
            let shared = self.shared();
            // Another thread may have made it while this one waited.
            if let Some((_id, secret)) = shared.keyring.find(Kind::Secret, purpose, None)? {
                return Ok(secret);
            }
            if let Some(offset) = shared.keyring.damage {
                return Err(keyring::corrupt(offset, "the secret may have been lost here"));
            }
            shared.keyring.make(Kind::Secret, purpose, &mut batch)?.1
        };
        self.append_keys(writer, &batch)?;
        Ok(secret)
    }

    /// Whether payloads can be put: no write has failed since the vault was opened.
    #[must_use]
    pub fn is_writable(&self) -> bool {
        self.writer().is_ok()
    }

    /// Lets every write to the segment fail until the vault is mended, as a disk does that refuses to be written.
    #[cfg(test)]
    pub(crate) fn spoil(&self) {
        if let Ok(mut writer) = self.writer()
            && let Ok(file) = File::open(&writer.segment.path)
        {
            writer.segment.file = Arc::new(file);
        }
    }

    fn open_record(&self, record: &Record, file: &str) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        if record.is_erased() {
            return Err(VaultError::Erased);
        }
        let subject = &record.head.subject;
        let opened =
            self.shared().keyring.find(Kind::SubjectKey, subject.as_str(), Some(record.head.key_id))?;
        let what = match opened {
            None => "its key is not in the keyring",
            Some(_key) if seal::name_of(&record.sealed) != record.head.name => {
                "its bytes are not those of its name"
            }
            Some((_id, key)) => match record.key(&key).and_then(|own| seal::unseal(&own, &record.sealed)) {
                Some(plaintext) => return Ok(plaintext),
                None => "its key does not open it",
            },
        };
        // An erasure may have come between the first read and this one.
        if record.is_erased_by_now() || self.shared().keyring.is_pending(subject) {
            return Err(VaultError::Erased);
        }
        Err(VaultError::Corrupt { file: file.to_owned(), offset: record.offset(), what })
    }

    /// Sees to it that the writer has the key of every subject at hand, and makes those that are missing, durably.
    fn make_keys(&self, writer: &mut Writer, payloads: &[(Sealed, Subject)]) -> Result<(), VaultError> {
        if writer.keys.len() > KEYS_AT_HAND_MAX {
            writer.keys.clear();
        }
        let mut batch = Batch::new(writer.keyring.len);
        let mut made = BTreeMap::new();
        {
            let shared = self.shared();
            for (_sealed, subject) in payloads {
                if writer.keys.contains_key(subject) || made.contains_key(subject) {
                    continue;
                }
                let name = subject.as_str();
                if let Some(found) = shared.keyring.find(Kind::SubjectKey, name, None)? {
                    writer.keys.insert(subject.clone(), found);
                } else {
                    made.insert(subject.clone(), shared.keyring.make(Kind::SubjectKey, name, &mut batch)?);
                }
            }
        }
        self.append_keys(writer, &batch)?;
        writer.keys.append(&mut made);
        Ok(())
    }

    fn append_keys(&self, writer: &mut Writer, batch: &Batch) -> Result<(), VaultError> {
        if batch.bytes().is_empty() {
            return Ok(());
        }
        if batch.end() > Lookup::PLACE_MAX {
            return Err(keyring::corrupt(batch.end(), "the file is larger than 4 GiB"));
        }
        writer.keyring.append(batch).map_err(|error| VaultError::io("write the keyring", error))?;
        self.shared_mut().keyring.register_batch(batch.base(), batch.end())
    }

    /// Closes the segment that grows and begins another.
    fn begin_segment(&self, writer: &mut Writer) -> Result<(), VaultError> {
        let number = writer.number.saturating_add(1);
        let path = segment::path_of(&self.inner.folder, number);
        let segment = Appender::open(&path, &writer.segment.disk)
            .map_err(|error| VaultError::io("begin a segment", error))?;
        let closed = Arc::new(Closed::close(&writer.segment));
        let mut shared = self.shared_mut();
        Arc::make_mut(&mut shared.closed).push(closed);
        shared.active = Arc::clone(&segment.file);
        shared.active_name = segment::name_of(&path);
        shared.names = Lookup::default();
        writer.segment = segment;
        writer.number = number;
        Ok(())
    }

    fn writer(&self) -> Result<MutexGuard<'_, Writer>, VaultError> {
        // A panic while writing leaves the appender's length behind the file's, which only an opening can mend.
        let writer = self.inner.writer.lock().map_err(|_cause| VaultError::Poisoned)?;
        if writer.segment.failed || writer.keyring.failed { Err(VaultError::Poisoned) } else { Ok(writer) }
    }

    fn shared(&self) -> RwLockReadGuard<'_, Shared> {
        self.inner.shared.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn shared_mut(&self) -> RwLockWriteGuard<'_, Shared> {
        self.inner.shared.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault(***)")
    }
}

fn lock(folder: &Path) -> Result<File, VaultError> {
    let file = disk::open_private(&folder.join("lock"), true)
        .map_err(|error| VaultError::io("open the lock", error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(VaultError::InUse),
        Err(TryLockError::Error(error)) => Err(VaultError::io("take the lock", error)),
    }
}
