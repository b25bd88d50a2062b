//! Segments: the files that payloads lie in, and the one of them that grows.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::disk::{self, Appender};
use super::frame::{Frame, Gap, Kind, Piece, frame_at, scan};
use super::keyring::KeyId;
use super::lookup::{Lookup, prefix};
use super::seal::{Key, PayloadName, WRAPPED, unwrap};
use super::subject::Subject;
use super::writing::Writing;
use super::{PAYLOAD_KEY_CONTEXT, Torn, VaultError, VaultRecovery};

const SEGMENT: &str = "seg";

/// The head of a payload's frame: what is known of it without a key, and after an erasure.
#[derive(Debug)]
pub(super) struct Head {
    /// The journal's head when it was written.
    pub(super) after: u64,
    pub(super) name: PayloadName,
    pub(super) key_id: KeyId,
    pub(super) subject: Subject,
}

impl Head {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let after = self.after.to_le_bytes();
        [&after, self.name.as_bytes().as_slice(), &self.key_id.0, self.subject.as_str().as_bytes()].concat()
    }

    fn parse(head: &[u8]) -> Option<Self> {
        let (after, rest) = head.split_first_chunk::<8>()?;
        let (name, rest) = rest.split_first_chunk::<32>()?;
        let (key_id, subject) = rest.split_first_chunk::<16>()?;
        Some(Self {
            after: u64::from_le_bytes(*after),
            name: PayloadName::from_bytes(*name),
            key_id: KeyId(*key_id),
            subject: std::str::from_utf8(subject).ok()?.parse().ok()?,
        })
    }

    /// The head of a frame, where the frame is a payload.
    pub(super) fn of(frame: &Frame<'_>) -> Option<Self> {
        if frame.kind == Kind::Payload { Self::parse(frame.head) } else { None }
    }
}

/// One payload as it lies on the disk.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) head: Head,
    pub(super) wrapped: [u8; WRAPPED],
    pub(super) sealed: Vec<u8>,
    file: Arc<File>,
    offset: u64,
    tail_at: u64,
}

impl Record {
    /// Reads the payload of this name at this place; none where another lies there.
    pub(super) fn read(file: &Arc<File>, place: u64, name: &PayloadName) -> io::Result<Option<Self>> {
        let found = frame_at(file, place, |frame| {
            let head = Head::of(&frame).filter(|head| head.name == *name)?;
            Some((head, frame.tail_at, frame.tail_len.checked_sub(WRAPPED)?))
        })?;
        let Some((head, tail_at, sealed_len)) = found else { return Ok(None) };
        let mut wrapped = [0; WRAPPED];
        let mut sealed = vec![0; sealed_len];
        file.read_exact_at(&mut wrapped, tail_at)?;
        file.read_exact_at(&mut sealed, tail_at.saturating_add(WRAPPED as u64))?;
        Ok(Some(Self { head, wrapped, sealed, file: Arc::clone(file), offset: place, tail_at }))
    }

    /// Its own key, by that of its subject.
    pub(super) fn key(&self, of_subject: &Key) -> Option<Key> {
        let subject = self.head.subject.as_str().as_bytes();
        unwrap(of_subject, &[PAYLOAD_KEY_CONTEXT, self.head.name.as_bytes(), subject], &self.wrapped)
    }

    /// Where it lies.
    pub(super) const fn offset(&self) -> u64 {
        self.offset
    }

    /// Whether an erasure has overwritten it: a wrapped key is never all zeros.
    pub(super) fn is_erased(&self) -> bool {
        self.wrapped == [0; WRAPPED]
    }

    /// Whether an erasure has overwritten it since it was read.
    pub(super) fn is_erased_by_now(&self) -> bool {
        let mut wrapped = [1; WRAPPED];
        self.file.read_exact_at(&mut wrapped, self.tail_at).is_ok() && wrapped == [0; WRAPPED]
    }
}

/// The first eight bytes of a subject's hash.
pub(super) fn subject_prefix(subject: &Subject) -> u64 {
    prefix(&Sha256::digest(subject.as_str()).into())
}

/// The path of the segment with this number.
pub(super) fn path_of(folder: &Path, number: u32) -> PathBuf {
    folder.join(format!("{number:08}.{SEGMENT}"))
}

/// The numbers of the segments in a folder, rising.
pub(super) fn numbers(folder: &Path) -> io::Result<BTreeSet<u32>> {
    let mut numbers = BTreeSet::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        if let Some(number) = stem.and_then(|stem| stem.parse().ok())
            && path == path_of(folder, number)
        {
            numbers.insert(number);
        }
    }
    Ok(numbers)
}

/// A file's own name, for reports.
pub(super) fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Opens the segment that grows, removes what the journal does not know, and syncs what it read.
///
/// A payload is put before its journal entry is appended, and carries `after`, the journal's head at that moment. So
/// where `after` is behind the journal's head of today, an entry followed and the payload counts; where it is not, the
/// entry never became durable, and nobody was told that it was. What lies behind the last payload that counts is the
/// tail: whole payloads in it are orphans, anything else is torn, and the tail is cut. Damage before it is damage.
/// Only this segment can hold orphans: another is begun only when a later batch is put.
pub(super) fn open_active(
    path: &Path,
    head_seq: u64,
    disk: &Arc<dyn Writing>,
    told: &mut VaultRecovery,
) -> Result<(Appender, Lookup), VaultError> {
    let mut appender = Appender::open(path, disk).map_err(|error| VaultError::io("open a segment", error))?;
    let mut names = Lookup::default();
    let mut tail = Tail::default();
    let mut last_batch = 0;
    scan(&appender.file, appender.len, &mut |piece| {
        match piece {
            Piece::Gap(gap) => tail.torn.push(gap),
            Piece::Frame(frame) => match (Head::of(&frame), u32::try_from(frame.offset)) {
                (Some(head), Ok(place)) if head.after >= head_seq => tail.orphans.push((place, head)),
                (Some(head), Ok(place)) => {
                    let before = std::mem::take(&mut tail);
                    before.torn.into_iter().for_each(|gap| told.tell_damage(&name_of(path), gap));
                    for (place, head) in &before.orphans {
                        names.insert(head.name.as_bytes(), *place);
                    }
                    names.insert(head.name.as_bytes(), place);
                    last_batch = frame.batch;
                }
                _ => tail.torn.push(Gap { from: frame.offset, to: frame.end() }),
            },
        }
        Ok(())
    })?;
    if let Some(at) = tail.begins() {
        // A journal that has gone back is no crash: what it does not know any more is kept beside.
        let keep = !tail.torn.is_empty() || tail.orphans.iter().any(|(_place, head)| head.after > head_seq);
        let bytes = appender.len.saturating_sub(at);
        let copy = appender.cut(at, keep).map_err(|error| VaultError::io("cut a segment", error))?;
        told.orphans = told.orphans.saturating_add(tail.orphans.len() as u64);
        if keep {
            told.torn.push(Torn { file: name_of(path), offset: at, bytes, copy });
        }
    }
    appender.write_again(last_batch).map_err(|error| VaultError::io("sync a segment", error))?;
    Ok((appender, names))
}

/// What lies behind the last payload that counts.
#[derive(Default)]
struct Tail {
    torn: Vec<Gap>,
    orphans: Vec<(u32, Head)>,
}

impl Tail {
    fn begins(&self) -> Option<u64> {
        let torn = self.torn.first().map(|gap| gap.from);
        let orphan = self.orphans.first().map(|(place, _head)| u64::from(*place));
        torn.into_iter().chain(orphan).min()
    }
}

/// Overwrites the payloads of these subjects in the segment that grows.
pub(super) fn overwrite_active(
    appender: &Appender,
    subjects: &BTreeSet<Subject>,
    tell: &mut dyn FnMut(&Subject, u64),
) -> Result<(), VaultError> {
    let mut places = Vec::new();
    scan(&appender.file, appender.len, &mut |piece| {
        if let Piece::Frame(frame) = piece
            && Head::of(&frame).is_some_and(|head| subjects.contains(&head.subject))
        {
            places.push(frame.offset);
        }
        Ok(())
    })?;
    overwrite(&appender.file, &places, subjects, tell)
        .map_err(|error| VaultError::io("overwrite a segment", error))
}

/// Overwrites what lies at these places, as far as it is of these subjects, and syncs it.
pub(super) fn overwrite(
    file: &File,
    places: &[u64],
    subjects: &BTreeSet<Subject>,
    tell: &mut dyn FnMut(&Subject, u64),
) -> io::Result<()> {
    for place in places {
        let found = frame_at(file, *place, |frame| {
            let head = Head::of(&frame).filter(|head| subjects.contains(&head.subject))?;
            Some((head.subject, frame.tail_at, frame.end()))
        })?;
        if let Some((subject, from, to)) = found {
            disk::zero(file, from, to)?;
            tell(&subject, to.saturating_sub(from));
        }
    }
    if places.is_empty() { Ok(()) } else { file.sync_data() }
}
