//! Frames: how everything of the vault lies in a file, and how a file is read where parts of it are damaged.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use sha2::{Digest, Sha256};

use super::VaultError;

/// Begins every frame; its last byte is the version of the layout.
const MAGIC: [u8; 4] = *b"wfv\x01";
/// Magic 4, kind 1, length of the head 2, length of the tail 4, batch 8.
const PREAMBLE: usize = 19;
const CHECK: usize = 8;
/// The longest head: 24 + 72 bytes of keys and a name of 64, rounded up.
pub(super) const HEAD_BYTES_MAX: usize = 192;
/// The longest tail: a payload of 8 MiB, its seal and its wrapped key, rounded up.
pub(super) const TAIL_BYTES_MAX: usize = (8 << 20) + 256;
/// Holds the checked part of any frame.
const CHECKED_BYTES_MAX: usize = PREAMBLE + HEAD_BYTES_MAX + CHECK;
/// What is read at once while a file is gone through.
const WINDOW_BYTES: usize = 256 << 10;

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Kind {
    /// A sealed payload in a segment.
    Payload = 1,
    /// The key-encryption key of the keyring's generation.
    Generation = 2,
    /// The key of a subject.
    SubjectKey = 3,
    /// A named secret.
    Secret = 4,
    /// The key of a subject was destroyed; its payloads may not be overwritten yet.
    ErasureBegun = 5,
    /// The payloads of an erased subject are overwritten.
    ErasureDone = 6,
}

impl Kind {
    fn from_byte(byte: u8) -> Option<Self> {
        [
            Self::Payload,
            Self::Generation,
            Self::SubjectKey,
            Self::Secret,
            Self::ErasureBegun,
            Self::ErasureDone,
        ]
        .into_iter()
        .find(|kind| kind.byte() == byte)
    }

    pub(super) const fn byte(self) -> u8 {
        self as u8
    }
}

/// One frame as it was read. Its head never changes once written; its tail may be overwritten with zeros.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame<'a> {
    pub(super) kind: Kind,
    pub(super) offset: u64,
    /// Where the write that this frame belongs to began: a write begins only after the one before was synced.
    pub(super) batch: u64,
    pub(super) head: &'a [u8],
    pub(super) tail_at: u64,
    pub(super) tail_len: usize,
}

impl Frame<'_> {
    /// Where the next frame begins.
    pub(super) fn end(&self) -> u64 {
        self.tail_at.saturating_add(self.tail_len as u64)
    }
}

/// The check binds a frame to its place, so that a stray copy of a frame is not taken for one.
fn check(offset: u64, preamble: &[u8], head: &[u8]) -> [u8; CHECK] {
    let hash = Sha256::new()
        .chain_update(b"watchfire/vault/frame/1\0")
        .chain_update(offset.to_le_bytes())
        .chain_update(preamble)
        .chain_update(head)
        .finalize();
    hash.first_chunk().copied().unwrap_or_default()
}

/// Reads the frame at the start of `bytes`, which lie at `offset`; none where anything about it is wrong.
fn parse(bytes: &[u8], offset: u64) -> Option<Frame<'_>> {
    let (preamble, rest) = bytes.split_at_checked(PREAMBLE)?;
    let (magic, fields) = preamble.split_first_chunk::<4>()?;
    let (&[kind], fields) = fields.split_first_chunk::<1>()?;
    let (head_len, fields) = fields.split_first_chunk::<2>()?;
    let (tail_len, batch) = fields.split_first_chunk::<4>()?;
    let batch = u64::from_le_bytes(*batch.first_chunk::<8>()?);
    let head_len = usize::from(u16::from_le_bytes(*head_len));
    let tail_len = usize::try_from(u32::from_le_bytes(*tail_len)).ok()?;
    if *magic != MAGIC || head_len > HEAD_BYTES_MAX || tail_len > TAIL_BYTES_MAX || batch > offset {
        return None;
    }
    let (head, rest) = rest.split_at_checked(head_len)?;
    if *rest.first_chunk::<CHECK>()? != check(offset, preamble, head) {
        return None;
    }
    let tail_at = offset.checked_add((PREAMBLE + head_len + CHECK) as u64)?;
    Some(Frame { kind: Kind::from_byte(kind)?, offset, batch, head, tail_at, tail_len })
}

/// The frames of one write, put together in memory.
#[derive(Debug)]
pub(super) struct Batch {
    /// Where the write begins: the `batch` of its frames.
    start: u64,
    /// Where `bytes` go.
    base: u64,
    bytes: Vec<u8>,
}

impl Batch {
    /// A write that begins at `start`.
    pub(super) const fn new(start: u64) -> Self {
        Self { start, base: start, bytes: Vec::new() }
    }

    /// Makes room for `bytes` at once.
    pub(super) fn reserve(&mut self, bytes: usize) {
        self.bytes.reserve(bytes);
    }

    /// Where the bytes go.
    pub(super) const fn base(&self) -> u64 {
        self.base
    }

    /// Where the next frame goes.
    pub(super) fn end(&self) -> u64 {
        self.base.saturating_add(self.bytes.len() as u64)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Forgets the bytes, which were written, and goes on behind them in the same batch.
    pub(super) fn go_on(&mut self) {
        self.base = self.end();
        self.bytes.clear();
    }

    /// Adds a frame whose tail is these parts, and says where it lies.
    pub(super) fn push(&mut self, kind: Kind, head: &[u8], tail: &[&[u8]]) -> Result<u64, VaultError> {
        let tail_len: usize = tail.iter().map(|part| part.len()).sum();
        if head.len() > HEAD_BYTES_MAX || tail_len > TAIL_BYTES_MAX {
            return Err(VaultError::TooLarge { bytes: head.len().max(tail_len), bytes_max: TAIL_BYTES_MAX });
        }
        let offset = self.end();
        let mut preamble = Vec::with_capacity(PREAMBLE);
        preamble.extend_from_slice(&MAGIC);
        preamble.push(kind.byte());
        preamble.extend_from_slice(&u16::try_from(head.len()).unwrap_or(u16::MAX).to_le_bytes());
        preamble.extend_from_slice(&u32::try_from(tail_len).unwrap_or(u32::MAX).to_le_bytes());
        preamble.extend_from_slice(&self.start.to_le_bytes());
        self.bytes.extend_from_slice(&preamble);
        self.bytes.extend_from_slice(head);
        self.bytes.extend_from_slice(&check(offset, &preamble, head));
        for part in tail {
            self.bytes.extend_from_slice(part);
        }
        Ok(offset)
    }
}

/// Fills `buffer` from `offset` as far as the file goes.
pub(super) fn read_up_to(file: &File, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, offset.saturating_add(filled as u64)) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Reads the one frame at `offset` and gives it to `take`; none where there is no good frame.
pub(super) fn frame_at<T>(
    file: &File,
    offset: u64,
    take: impl FnOnce(Frame<'_>) -> Option<T>,
) -> io::Result<Option<T>> {
    let mut buffer = [0; CHECKED_BYTES_MAX];
    let filled = read_up_to(file, offset, &mut buffer)?;
    Ok(buffer.get(..filled).and_then(|bytes| parse(bytes, offset)).and_then(take))
}

/// A stretch of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gap {
    pub(super) from: u64,
    pub(super) to: u64,
}

/// What a file consists of, in order.
#[derive(Debug)]
pub(super) enum Piece<'a> {
    Frame(Frame<'a>),
    /// Bytes that are no frame, or a frame that is cut off by the end of the file.
    Gap(Gap),
}

/// Goes through the first `len` bytes of a file; behind damage it goes on at the next good frame.
///
/// Memory is one window, however long the file is.
pub(super) fn scan(
    file: &File,
    len: u64,
    visit: &mut dyn FnMut(Piece<'_>) -> Result<(), VaultError>,
) -> Result<(), VaultError> {
    let mut window = Window { file, len, start: 0, bytes: Vec::new() };
    let mut at = 0;
    while at < len {
        match parse(window.from(at, CHECKED_BYTES_MAX)?, at) {
            Some(frame) if frame.end() <= len => {
                let next = frame.end();
                visit(Piece::Frame(frame))?;
                at = next;
            }
            Some(_cut_off) => return visit(Piece::Gap(Gap { from: at, to: len })),
            None => {
                let to = next_good(&mut window, at.saturating_add(1))?.unwrap_or(len);
                visit(Piece::Gap(Gap { from: at, to }))?;
                at = to;
            }
        }
    }
    Ok(())
}

/// The place of the first good frame at or behind `from`.
fn next_good(window: &mut Window<'_>, from: u64) -> Result<Option<u64>, VaultError> {
    let mut at = from;
    loop {
        let bytes = window.from(at, CHECKED_BYTES_MAX)?;
        if bytes.len() < PREAMBLE + CHECK {
            return Ok(None);
        }
        if let Some(ahead) = bytes.windows(MAGIC.len()).position(|four| four == MAGIC) {
            at = at.saturating_add(ahead as u64);
            if parse(window.from(at, CHECKED_BYTES_MAX)?, at).is_some() {
                return Ok(Some(at));
            }
            at = at.saturating_add(1);
        } else {
            // The magic may begin in the last three bytes.
            at = at.saturating_add((bytes.len() - (MAGIC.len() - 1)) as u64);
        }
    }
}

struct Window<'f> {
    file: &'f File,
    len: u64,
    start: u64,
    bytes: Vec<u8>,
}

impl Window<'_> {
    /// All the bytes at hand from `offset` on: at least `at_least`, or fewer where the file ends.
    fn from(&mut self, offset: u64, at_least: usize) -> Result<&[u8], VaultError> {
        let left = usize::try_from(self.len.saturating_sub(offset)).unwrap_or(usize::MAX);
        let skip = offset.checked_sub(self.start).and_then(|skip| usize::try_from(skip).ok());
        let held = skip.and_then(|skip| self.bytes.len().checked_sub(skip));
        if held.is_none_or(|held| held < at_least.min(left)) {
            self.bytes.resize(WINDOW_BYTES.min(left), 0);
            let filled = read_up_to(self.file, offset, &mut self.bytes)
                .map_err(|error| VaultError::io("read", error))?;
            self.bytes.truncate(filled);
            self.start = offset;
        }
        let skip = usize::try_from(offset.saturating_sub(self.start)).unwrap_or(usize::MAX);
        Ok(self.bytes.get(skip..).unwrap_or_default())
    }
}
