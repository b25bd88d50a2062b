//! What a start makes of the end of the journal: where it ends, what is torn, what must be made durable first.

use std::fs;
use std::io::{self, BufRead, BufReader, Read};

use super::folder::{Folder, Sheet, list, segment_name};
use super::line::{Chain, Misfit, Next, decode, next_line};
use super::{BATCH_BYTES_MAX, Head, JournalError};

/// What others remember of the journal; an entry that one of them knows was durable once, and is never cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Known {
    /// The entry the snapshot of the state was taken at; 0 where there is none.
    pub snapshot: u64,
    /// The index's watermark; 0 where there is none.
    pub index: u64,
    /// The last signed head; 0 where there is none.
    pub signed: u64,
}

/// What opening a journal found and did.
#[derive(Debug)]
pub struct Recovery {
    /// Where the journal ends.
    pub head: Head,
    /// How many entries, those of the last batch, were written again and synced; 0 where that failed.
    pub rewritten: u64,
    /// The tail that was torn; cut if the journal is `writable`, passed over if not. For the caller to journal.
    pub torn: Option<Torn>,
    /// Why the journal can be read and not written: the caller starts holding.
    pub writable: Result<(), io::Error>,
}

/// A tail that a write which did not end left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Torn {
    /// The entry it began with.
    pub seq: u64,
    /// The first entry of its segment.
    pub segment: u64,
    /// Where in the segment it began.
    pub offset: u64,
    /// How long it was.
    pub bytes: u64,
    /// The file in the journal's folder that keeps it; none while the journal cannot be written.
    pub copy: Option<String>,
}

/// The end of one segment.
#[derive(Debug)]
pub(super) struct Scan {
    segment: u64,
    /// The last entry; none where the segment holds none.
    pub(super) last: Option<Head>,
    /// The lines of the last batch, and where they begin.
    pub(super) batch: Vec<u8>,
    pub(super) batch_start: u64,
    pub(super) batch_entries: u64,
    /// The end of the last line that counts.
    pub(super) end: u64,
    /// What is behind it.
    pub(super) torn: Vec<u8>,
}

impl Scan {
    fn corrupt(&self, seq: u64, what: String) -> JournalError {
        JournalError::Corrupt { seq, segment: self.segment, offset: self.end, what }
    }

    fn next_seq(&self) -> u64 {
        self.last.map_or(self.segment, Head::next_seq)
    }

    /// The torn tail, as it is told.
    pub(super) fn tail(&self, copy: Option<String>) -> Option<Torn> {
        (!self.torn.is_empty()).then(|| Torn {
            seq: self.next_seq(),
            segment: self.segment,
            offset: self.end,
            bytes: length(&self.torn),
            copy,
        })
    }

    /// Refuses a journal that ends before an entry somebody knows.
    pub(super) fn check(&self, known: Known) -> Result<(), JournalError> {
        let Known { snapshot, index, signed } = known;
        let ends = self.next_seq().saturating_sub(1);
        for (who, seq) in
            [("a signed head", signed), ("the snapshot of the state", snapshot), ("the index", index)]
        {
            if seq > ends {
                let what = format!("the journal ends with entry {ends}, and {who} knows entry {seq}");
                return Err(self.corrupt(self.next_seq(), what));
            }
        }
        Ok(())
    }
}

pub(super) fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

/// Reads one segment to its end, and judges what does not fit there.
pub(super) fn scan(mut reader: impl BufRead, segment: u64) -> Result<Scan, JournalError> {
    let mut scan = Scan {
        segment,
        last: None,
        batch: Vec::new(),
        batch_start: 0,
        batch_entries: 0,
        end: 0,
        torn: Vec::new(),
    };
    let mut chain = Chain::at_segment(segment);
    let mut number = None;
    let mut line = Vec::new();
    loop {
        let next = next_line(&mut reader, &mut line).map_err(JournalError::Read)?;
        let accepted = match next {
            Next::End => return Ok(scan),
            Next::Unended | Next::TooLong => Err(Misfit::Broken("the line does not end")),
            Next::Line => chain.accept(&line),
        };
        if next == Next::Line {
            line.push(b'\n');
        }
        match accepted {
            Ok(entry) => {
                if number != Some(entry.batch) {
                    number = Some(entry.batch);
                    scan.batch.clear();
                    scan.batch_start = scan.end;
                    scan.batch_entries = 0;
                }
                scan.batch.extend_from_slice(&line);
                scan.batch_entries += 1;
                if scan.batch.len() > BATCH_BYTES_MAX {
                    return Err(scan.corrupt(entry.seq, "its batch is larger than a batch may be".to_owned()));
                }
                scan.end += length(&line);
                scan.last = Some(entry.head());
            }
            Err(Misfit::Stranger(what)) => return Err(scan.corrupt(chain.next_seq(), what)),
            Err(Misfit::Broken(what)) => {
                scan.torn = line;
                // A torn tail is part of one batch, so that one byte more than a batch settles what it is.
                let bound = u64::try_from(BATCH_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
                reader.take(bound).read_to_end(&mut scan.torn).map_err(JournalError::Read)?;
                return judge(scan, chain.next_seq(), what);
            }
        }
    }
}

/// Tells a torn tail from corruption.
fn judge(scan: Scan, seq: u64, what: &str) -> Result<Scan, JournalError> {
    if scan.torn.len() > BATCH_BYTES_MAX {
        return Err(scan.corrupt(seq, format!("{what}, and more follows than one batch")));
    }
    if let Some(later) = later_batch(&scan.torn, seq) {
        return Err(scan.corrupt(seq, format!("{what}, and entry {later} of a later batch follows")));
    }
    Ok(scan)
}

/// Finds a whole line of a batch that began after `seq`, which was therefore written after `seq` was synced.
///
/// The damage may have taken a line feed, or left one within a line, so a line is looked for at every place where one
/// could begin. Valid facts cannot hold the mark after 64 digits: it would not be JSON.
fn later_batch(bytes: &[u8], seq: u64) -> Option<u64> {
    const MARK: &[u8] = br#" {"seq":"#;
    const DIGITS: usize = 64;
    for (at, found) in bytes.windows(MARK.len()).enumerate() {
        if found != MARK {
            continue;
        }
        let line = at.checked_sub(DIGITS).and_then(|start| bytes.get(start..)).unwrap_or_default();
        let line = line.split(|byte| *byte == b'\n').next().unwrap_or_default();
        if let Ok(entry) = decode(line)
            && entry.batch > seq
        {
            return Some(entry.seq);
        }
    }
    None
}

/// The end of the journal, over the one or two segments that tell.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) head: Head,
    /// The segment that is written next; none in an empty folder.
    pub(super) writing: Option<Scan>,
    /// The segment before, where the one that is written holds no entry.
    earlier: Option<Scan>,
}

impl Found {
    pub(super) fn check(&self, known: Known) -> Result<(), JournalError> {
        match &self.writing {
            Some(scan) => scan.check(known),
            None => scan(io::empty(), 1)?.check(known),
        }
    }

    pub(super) fn rewritten(&self) -> u64 {
        self.earlier.as_ref().or(self.writing.as_ref()).map_or(0, |scan| scan.batch_entries)
    }
}

/// Reads the last segment, and the one before only where the last holds no entry.
pub(super) fn find(folder: &Folder) -> Result<Found, JournalError> {
    let mut listed = list(&folder.path).map_err(JournalError::Read)?;
    let Some(last) = listed.pop() else {
        return Ok(Found { head: Head::EMPTY, writing: None, earlier: None });
    };
    let writing = scan_file(folder, last)?;
    if let Some(head) = writing.last {
        return Ok(Found { head, writing: Some(writing), earlier: None });
    }
    let Some(before) = listed.pop() else {
        if last > 1 {
            return Err(writing.corrupt(last, "the segment before it is missing".to_owned()));
        }
        return Ok(Found { head: Head::EMPTY, writing: Some(writing), earlier: None });
    };
    // A segment is begun after the last batch of the one before was synced, which therefore has no torn tail.
    let earlier = scan_file(folder, before)?;
    if !earlier.torn.is_empty() {
        return Err(earlier.corrupt(earlier.next_seq(), "a later segment follows".to_owned()));
    }
    match earlier.last {
        Some(head) if head.next_seq() == last => {
            Ok(Found { head, writing: Some(writing), earlier: Some(earlier) })
        }
        Some(_) | None => {
            Err(earlier.corrupt(earlier.next_seq(), format!("the next segment begins with entry {last}")))
        }
    }
}

fn scan_file(folder: &Folder, segment: u64) -> Result<Scan, JournalError> {
    let file = fs::File::open(folder.path.join(segment_name(segment))).map_err(JournalError::Read)?;
    scan(BufReader::with_capacity(1 << 20, file), segment)
}

/// Where the next batch is written.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) sheet: Box<dyn Sheet>,
    pub(super) length: u64,
}

/// Makes what was found durable: keeps and cuts a torn tail, writes the last batch again, syncs files and folders.
///
/// Each step can be repeated, so that a start which dies here is followed by one that does the same.
pub(super) fn mend(folder: &Folder, found: &Found) -> io::Result<(Page, Option<String>)> {
    let Some(scan) = &found.writing else {
        return Ok((Page { sheet: Box::new(folder.create_segment(1)?), length: 0 }, None));
    };
    let copy = match scan.tail(None) {
        Some(torn) => Some(folder.keep_torn(torn.seq, &scan.torn)?),
        None => None,
    };
    if let Some(earlier) = &found.earlier {
        write_again(&mut folder.open_to_write(earlier.segment)?, earlier)?;
    }
    let mut file = folder.open_to_write(scan.segment)?;
    file.set_len(scan.end)?;
    write_again(&mut file, scan)?;
    folder.sync()?;
    find_room(&file, scan.end)?;
    Ok((Page { sheet: Box::new(file), length: scan.end }, copy))
}

/// Fails where the disk is too full to write on: writing the last batch again took no room, the next one will.
fn find_room(file: &fs::File, end: u64) -> io::Result<()> {
    const ROOM_BYTES: u64 = 64 << 10;
    match rustix::fs::fallocate(file, rustix::fs::FallocateFlags::KEEP_SIZE, end, ROOM_BYTES) {
        Err(full @ (rustix::io::Errno::NOSPC | rustix::io::Errno::DQUOT)) => Err(full.into()),
        // A file system that cannot reserve says by writing whether there is room.
        Ok(()) | Err(_) => Ok(()),
    }
}

/// After a sync that failed, the kernel calls lost pages clean: a sync alone would do nothing for them.
fn write_again(file: &mut fs::File, scan: &Scan) -> io::Result<()> {
    Sheet::write_all_at(file, &scan.batch, scan.batch_start)?;
    file.sync_all()
}
