//! One entry found by its number, without reading those before it: what a lapse cites, with the hash that proves it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use super::{Hash, JournalError, folder};

/// A line begins with the hash in hex, a space, and `{"seq":` with the number.
const HASH_DIGITS: usize = 64;
const FRONT_BYTES: usize = HASH_DIGITS + br#" {"seq":"#.len() + 20;
/// What is read at once in search of the next line.
const PIECE_BYTES: usize = 4 << 10;

/// The hashes of these entries, from the files in the state folder `dir`, beside whoever writes them.
///
/// What is not in the files is not in the answer: an entry that is held, or does not exist. The chain is not verified
/// here, and each look-up costs the logarithm of a segment's length.
///
/// # Errors
///
/// [`JournalError::Read`] where the folder or a segment cannot be read.
pub fn hashes(dir: &Path, entries: &[u64]) -> Result<BTreeMap<u64, Hash>, JournalError> {
    let path = folder::within(dir);
    let segments = folder::list(&path).map_err(JournalError::Read)?;
    let mut found = BTreeMap::new();
    let mut open: Option<(u64, File, u64)> = None;
    for &seq in entries {
        let Some(&segment) = segments.iter().rfind(|first| **first <= seq) else { continue };
        if open.as_ref().is_none_or(|(first, ..)| *first != segment) {
            let file = File::open(path.join(folder::segment_name(segment))).map_err(JournalError::Read)?;
            let length = file.metadata().map_err(JournalError::Read)?.len();
            open = Some((segment, file, length));
        }
        if let Some((_, file, length)) = &open
            && let Some(hash) = search(file, *length, seq).map_err(JournalError::Read)?
        {
            found.insert(seq, hash);
        }
    }
    Ok(found)
}

/// Halves the bytes of a segment until the line of an entry is found.
fn search(file: &File, length: u64, wanted: u64) -> io::Result<Option<Hash>> {
    // A line begins at `low`; the line that is looked for begins at or behind it, and before `high`.
    let (mut low, mut high) = (0, length);
    while low < high {
        let middle = low + (high - low) / 2;
        let start = if middle == low { Some(low) } else { next_line(file, middle, high)? };
        let Some((seq, hash)) = start.map(|start| front(file, start)).transpose()?.flatten() else {
            high = middle;
            continue;
        };
        match seq.cmp(&wanted) {
            std::cmp::Ordering::Equal => return Ok(Some(hash)),
            std::cmp::Ordering::Greater => high = middle,
            std::cmp::Ordering::Less => match next_line(file, start.unwrap_or(low) + 1, high)? {
                Some(next) => low = next,
                None => return Ok(None),
            },
        }
    }
    Ok(None)
}

/// Where the first line begins at or behind an offset that is not the first, and before `high`.
fn next_line(file: &File, offset: u64, high: u64) -> io::Result<Option<u64>> {
    let mut piece = [0; PIECE_BYTES];
    // The byte before tells whether a line begins right here.
    let mut at = offset.saturating_sub(1);
    while at < high {
        let bytes = file.read_at(&mut piece, at)?;
        let read = piece.get(..bytes).unwrap_or_default();
        if let Some(feed) = read.iter().position(|byte| *byte == b'\n') {
            let start = at + u64::try_from(feed).unwrap_or(u64::MAX).saturating_add(1);
            return Ok((start < high).then_some(start));
        }
        if bytes == 0 {
            return Ok(None);
        }
        at += u64::try_from(bytes).unwrap_or(u64::MAX);
    }
    Ok(None)
}

/// The number and the hash of the line that begins at an offset; none where no whole one stands there.
fn front(file: &File, start: u64) -> io::Result<Option<(u64, Hash)>> {
    let mut bytes = [0; FRONT_BYTES];
    let read = file.read_at(&mut bytes, start)?;
    let text = bytes.get(..read).and_then(|bytes| std::str::from_utf8(bytes).ok());
    Ok(text.and_then(|text| {
        let (hash, json) = text.split_at_checked(HASH_DIGITS)?;
        let (digits, _) = json.strip_prefix(r#" {"seq":"#)?.split_once(',')?;
        Some((digits.parse().ok()?, Hash::from_hex(hash.as_bytes()).ok()?))
    }))
}
