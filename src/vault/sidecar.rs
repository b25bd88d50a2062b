//! The sidecar of a closed segment: its names, sorted, so that a payload is found with a few small reads.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::disk;
use super::seal::PayloadName;

const MAGIC: &[u8; 8] = b"wfvidx1\0";
/// Magic, length of the segment, count, hash over these and the entries.
const HEADER: usize = 8 + 8 + 8 + 32;
const ENTRY: usize = 32 + 4 + 4 + 8;
/// Read at once while all entries are gone through: a whole number of them.
const CHUNK_BYTES: usize = ENTRY * 1024;

/// Where one payload lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    pub(super) name: PayloadName,
    pub(super) place: u32,
    /// How long its sealed bytes are.
    pub(super) bytes: u32,
    /// The first eight bytes of its subject's hash.
    pub(super) subject: u64,
}

impl Entry {
    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(self.name.as_bytes())?;
        out.write_all(&self.place.to_le_bytes())?;
        out.write_all(&self.bytes.to_le_bytes())?;
        out.write_all(&self.subject.to_le_bytes())
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let (name, rest) = bytes.split_first_chunk::<32>()?;
        let (place, rest) = rest.split_first_chunk::<4>()?;
        let (bytes, rest) = rest.split_first_chunk::<4>()?;
        Some(Self {
            name: PayloadName::from_bytes(*name),
            place: u32::from_le_bytes(*place),
            bytes: u32::from_le_bytes(*bytes),
            subject: u64::from_le_bytes(*rest.first_chunk::<8>()?),
        })
    }
}

/// An open sidecar.
#[derive(Debug)]
pub(super) struct Sidecar {
    file: File,
    count: u64,
}

impl Sidecar {
    /// Opens the sidecar of a segment of this length; none where it is not there, not whole, or another's.
    ///
    /// With `verify` every byte is checked; without, what can be seen from its head and its length.
    pub(super) fn open(path: &Path, segment_len: u64, verify: bool) -> io::Result<Option<Self>> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let len = file.metadata()?.len();
        let mut header = [0; HEADER];
        if len < HEADER as u64 {
            return Ok(None);
        }
        file.read_exact_at(&mut header, 0)?;
        let count = (len - HEADER as u64) / ENTRY as u64;
        let (said, hash) = header.split_at(HEADER - 32);
        if said != header_of(segment_len, count).as_slice()
            || !(len - HEADER as u64).is_multiple_of(ENTRY as u64)
        {
            return Ok(None);
        }
        let sidecar = Self { file, count };
        if verify {
            let mut hasher = Sha256::new().chain_update(said);
            sidecar.chunks(&mut |chunk| hasher.update(chunk))?;
            if hasher.finalize().as_slice() != hash {
                return Ok(None);
            }
        }
        Ok(Some(sidecar))
    }

    /// Writes the sidecar of a segment of this length.
    pub(super) fn write(path: &Path, segment_len: u64, mut entries: Vec<Entry>) -> io::Result<()> {
        entries.sort_unstable();
        let header = header_of(segment_len, entries.len() as u64);
        let mut hasher = Sha256::new().chain_update(&header);
        let mut bytes = Vec::with_capacity(ENTRY);
        for entry in &entries {
            bytes.clear();
            entry.write(&mut bytes)?;
            hasher.update(&bytes);
        }
        let hash = hasher.finalize();
        disk::replace(path, |file| {
            let mut out = BufWriter::new(file);
            out.write_all(&header)?;
            out.write_all(&hash)?;
            entries.iter().try_for_each(|entry| entry.write(&mut out))?;
            out.flush()
        })
    }

    /// Where this payload lies.
    pub(super) fn find(&self, name: &PayloadName) -> io::Result<Option<Entry>> {
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = low + (high - low) / 2;
            let mut bytes = [0; ENTRY];
            self.file.read_exact_at(&mut bytes, HEADER as u64 + middle * ENTRY as u64)?;
            let Some(entry) = Entry::parse(&bytes) else { return Ok(None) };
            match entry.name.cmp(name) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return Ok(Some(entry)),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        Ok(None)
    }

    /// The places of all payloads whose subject's hash begins with one of these.
    pub(super) fn of_subjects(&self, subjects: &BTreeSet<u64>) -> io::Result<Vec<u64>> {
        let mut places = Vec::new();
        self.chunks(&mut |chunk| {
            let entries = chunk.chunks_exact(ENTRY).filter_map(Entry::parse);
            places.extend(
                entries.filter(|entry| subjects.contains(&entry.subject)).map(|e| u64::from(e.place)),
            );
        })?;
        Ok(places)
    }

    fn chunks(&self, visit: &mut dyn FnMut(&[u8])) -> io::Result<()> {
        let mut buffer = vec![0; CHUNK_BYTES];
        let end = HEADER as u64 + self.count * ENTRY as u64;
        let mut at = HEADER as u64;
        while at < end {
            let count = usize::try_from(end - at).unwrap_or(CHUNK_BYTES).min(CHUNK_BYTES);
            let filled = buffer.get_mut(..count).unwrap_or_default();
            self.file.read_exact_at(filled, at)?;
            visit(filled);
            at += count as u64;
        }
        Ok(())
    }
}

fn header_of(segment_len: u64, count: u64) -> Vec<u8> {
    [MAGIC.as_slice(), &segment_len.to_le_bytes(), &count.to_le_bytes()].concat()
}
