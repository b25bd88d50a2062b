//! Reading the journal: line by line in constant memory, each entry checked against the one before.

use std::fs;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use super::line::{Chain, Next, next_line};
use super::{Entries, Entry, Head, JournalError, folder};

/// Reads the entries from `seq` to `until` from the files in the state folder `dir`, beside whoever writes them.
///
/// `until` must be a head that was durable when this was called. The segment that holds `seq` is found by its name;
/// earlier ones are not touched.
///
/// # Errors
///
/// [`JournalError::Corrupt`] where no segment holds `seq`, [`JournalError::Read`] where one cannot be opened.
pub fn read(dir: &Path, seq: u64, until: Head) -> Result<Entries<'static>, JournalError> {
    read_folder(&folder::within(dir), seq, until)
}

pub(super) fn read_folder(path: &Path, seq: u64, until: Head) -> Result<Entries<'static>, JournalError> {
    let from = seq.max(1);
    if from > until.seq {
        return Ok(Entries::new(std::iter::empty()));
    }
    Ok(up_to(Cursor::before(path, from)?, from, until))
}

/// The entries of a source from `from` to `until`, whose hash must be the one that is known.
pub(super) fn up_to<'a>(source: impl Source + 'a, from: u64, until: Head) -> Entries<'a> {
    Entries::new(UpTo { source, from, until, done: false })
}

/// Names the segments in the state folder `dir`, each by its first entry, in order.
///
/// # Errors
///
/// [`JournalError::Read`] where the folder cannot be listed.
pub fn segments(dir: &Path) -> Result<Vec<u64>, JournalError> {
    folder::list(&folder::within(dir)).map_err(JournalError::Read)
}

/// What was verified of one segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scrubbed {
    /// Its first entry.
    pub first: u64,
    /// Its last entry.
    pub last: Head,
    /// How long it is.
    pub bytes: u64,
}

/// Verifies one closed segment in the state folder `dir`, and that the next one follows it.
///
/// Scrubbing every segment that [`segments`] names verifies the whole chain. The last is `None`: it is being written,
/// and was verified when the journal was opened.
///
/// # Errors
///
/// [`JournalError::Corrupt`] at the first entry that does not fit, [`JournalError::Read`] where the disk fails.
pub fn scrub(dir: &Path, segment: u64) -> Result<Option<Scrubbed>, JournalError> {
    let path = folder::within(dir);
    let listed = folder::list(&path).map_err(JournalError::Read)?;
    let Some(following) = listed.into_iter().find(|first| *first > segment) else { return Ok(None) };
    let mut lines = Verified::open(&path, segment).map_err(JournalError::Read)?;
    let mut last = None;
    while let Some(entry) = lines.advance()? {
        last = Some(entry.head());
    }
    let Some(last) = last else { return Err(lines.corrupt("the segment is empty".to_owned())) };
    if following != last.next_seq() {
        return Err(lines.corrupt(format!("the next segment begins with entry {following}")));
    }
    let bytes = lines.offset;
    let reader = open_segment(&path, following).map_err(JournalError::Read)?;
    lines.turn(reader, following);
    // The next segment may be empty still: its first batch is not written.
    lines.advance()?;
    Ok(Some(Scrubbed { first: segment, last, bytes }))
}

fn open_segment(path: &Path, first: u64) -> io::Result<BufReader<fs::File>> {
    // One read brings some hundred entries.
    fs::File::open(path.join(folder::segment_name(first)))
        .map(|file| BufReader::with_capacity(128 << 10, file))
}

/// Where entries come from.
pub(super) trait Source: Send {
    /// The next entry; none where nothing more is stored.
    fn advance(&mut self) -> Result<Option<Entry>, JournalError>;
    /// What is wrong at this place.
    fn corrupt(&self, what: String) -> JournalError;
}

/// The lines of one segment, each checked.
#[derive(Debug)]
pub(super) struct Verified<R> {
    reader: R,
    segment: u64,
    offset: u64,
    chain: Chain,
    line: Vec<u8>,
}

impl<R: BufRead> Verified<R> {
    pub(super) fn new(reader: R, segment: u64) -> Self {
        Self { reader, segment, offset: 0, chain: Chain::at_segment(segment), line: Vec::new() }
    }

    /// Goes on in the next segment.
    fn turn(&mut self, reader: R, segment: u64) {
        self.reader = reader;
        self.segment = segment;
        self.offset = 0;
        self.chain.turn();
    }
}

impl Verified<BufReader<fs::File>> {
    fn open(path: &Path, segment: u64) -> io::Result<Self> {
        open_segment(path, segment).map(|reader| Self::new(reader, segment))
    }
}

impl<R: BufRead + Send> Source for Verified<R> {
    fn advance(&mut self) -> Result<Option<Entry>, JournalError> {
        match next_line(&mut self.reader, &mut self.line).map_err(JournalError::Read)? {
            Next::End => Ok(None),
            Next::Unended => Err(self.corrupt("the line does not end".to_owned())),
            Next::TooLong => Err(self.corrupt("the line is longer than a line may be".to_owned())),
            Next::Line => {
                let accepted = self.chain.accept(&self.line);
                let entry = accepted.map_err(|misfit| self.corrupt(misfit.into_text()))?;
                self.offset += u64::try_from(self.line.len()).unwrap_or(u64::MAX).saturating_add(1);
                Ok(Some(entry))
            }
        }
    }

    fn corrupt(&self, what: String) -> JournalError {
        JournalError::Corrupt { seq: self.chain.next_seq(), segment: self.segment, offset: self.offset, what }
    }
}

/// A place in the files of a journal, which goes on from segment to segment.
#[derive(Debug)]
pub(super) struct Cursor {
    path: PathBuf,
    lines: Verified<BufReader<fs::File>>,
}

impl Cursor {
    /// Stands at the beginning of the segment that holds `seq`.
    pub(super) fn before(path: &Path, seq: u64) -> Result<Self, JournalError> {
        let listed = folder::list(path).map_err(JournalError::Read)?;
        let Some(segment) = listed.into_iter().rfind(|first| *first <= seq) else {
            let what = "the segment that holds it is missing".to_owned();
            return Err(JournalError::Corrupt { seq, segment: 0, offset: 0, what });
        };
        let lines = Verified::open(path, segment).map_err(JournalError::Read)?;
        Ok(Self { path: path.to_owned(), lines })
    }
}

impl Source for Cursor {
    fn advance(&mut self) -> Result<Option<Entry>, JournalError> {
        if let Some(entry) = self.lines.advance()? {
            return Ok(Some(entry));
        }
        let following = self.lines.chain.next_seq();
        if following == self.lines.segment {
            return Ok(None);
        }
        match open_segment(&self.path, following) {
            Ok(reader) => self.lines.turn(reader, following),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(JournalError::Read(error)),
        }
        self.lines.advance()
    }

    fn corrupt(&self, what: String) -> JournalError {
        self.lines.corrupt(what)
    }
}

struct UpTo<S> {
    source: S,
    from: u64,
    until: Head,
    done: bool,
}

impl<S: Source> Iterator for UpTo<S> {
    type Item = Result<Entry, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.done {
            let entry = match self.source.advance() {
                Ok(Some(entry)) => entry,
                Ok(None) => return Some(self.fail("the journal ends here".to_owned())),
                Err(error) => {
                    self.done = true;
                    return Some(Err(error));
                }
            };
            if entry.seq >= self.until.seq {
                self.done = true;
                if entry.head() != self.until {
                    return Some(
                        self.fail(format!("entry {} is not the one that was known", self.until.seq)),
                    );
                }
            }
            if entry.seq >= self.from {
                return Some(Ok(entry));
            }
        }
        None
    }
}

impl<S: Source> UpTo<S> {
    fn fail(&mut self, what: String) -> Result<Entry, JournalError> {
        self.done = true;
        Err(self.source.corrupt(what))
    }
}
