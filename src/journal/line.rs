//! One entry as one line: how it is written, read, and checked against the line before it.

use std::io::{self, BufRead, Read};

use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::{BATCH_BYTES_MAX, Draft, Entry, Hash, Head, JournalError, LINE_BYTES_MAX};
use crate::time::{BootId, Timestamp};

/// How many hex digits stand before the space.
const HASH_DIGITS: usize = 64;

/// The hash of an entry: over its predecessor's hash and its own stored bytes, given in parts.
fn chain_hash(previous: Hash, json: &[&str]) -> Hash {
    let mut inner = Sha256::new();
    for part in json {
        inner.update(part);
    }
    let mut outer = Sha256::new();
    outer.update(b"watchfire/entry/1\0");
    outer.update(previous.as_bytes());
    outer.update(inner.finalize());
    Hash::new(outer.finalize().into())
}

/// What the lines of one batch have in common.
#[derive(Debug, Clone, Copy)]
pub(super) struct Batch<'a> {
    /// The first `seq` of the batch.
    pub(super) number: u64,
    /// The boot id as JSON, with its quotes.
    pub(super) boot: &'a str,
    /// Whether the lines are kept in memory first.
    pub(super) held: bool,
}

/// The boot id as JSON, made once.
pub(super) fn boot_json(boot: &BootId) -> String {
    serde_json::Value::from(boot.0.as_str()).to_string()
}

const TOO_LARGE: JournalError = JournalError::Unfit { what: "it is larger than a batch or a line may be" };

/// Refuses facts that cannot be one line, and what is too large whatever stands around it.
pub(super) fn check(drafts: &[Draft]) -> Result<(), JournalError> {
    let mut total = 0_usize;
    for facts in drafts.iter().map(|draft| draft.facts.get()) {
        total = total.saturating_add(facts.len());
        if facts.len() > LINE_BYTES_MAX || total > BATCH_BYTES_MAX {
            return Err(TOO_LARGE);
        }
        // JSON allows a control character only between its tokens. A line feed there would end the line.
        if !facts.starts_with('[') || facts.bytes().any(|byte| byte < b' ') {
            return Err(JournalError::Unfit { what: "the facts of an entry are a JSON array on one line" });
        }
    }
    Ok(())
}

/// Appends the lines of a batch that passed [`check`] to `out`, and returns the head they end with.
///
/// Where the batch is refused, `out` holds lines that must not be used.
pub(super) fn encode(
    out: &mut Vec<u8>,
    after: Head,
    drafts: &[Draft],
    batch: Batch<'_>,
) -> Result<Head, JournalError> {
    let start = out.len();
    let mut head = after;
    for draft in drafts {
        let line = out.len();
        head = encode_line(out, head, draft, batch);
        if out.len() - line > LINE_BYTES_MAX || out.len() - start > BATCH_BYTES_MAX {
            return Err(TOO_LARGE);
        }
    }
    Ok(head)
}

fn encode_line(out: &mut Vec<u8>, after: Head, draft: &Draft, batch: Batch<'_>) -> Head {
    let Draft { at, steady, facts } = draft;
    let (seq, previous) = (after.next_seq(), after.hash);
    let Batch { number, boot, held } = batch;
    let held = if held { r#""held":true,"# } else { "" };
    let front = format!(
        r#"{{"seq":{seq},"batch":{number},"at":"{at}","steady":"{steady}","boot":{boot},{held}"previous":"{previous}","facts":"#
    );
    let json = [front.as_str(), facts.get(), "}"];
    let hash = chain_hash(previous, &json);
    out.extend_from_slice(hash.to_string().as_bytes());
    out.push(b' ');
    for part in json {
        out.extend_from_slice(part.as_bytes());
    }
    out.push(b'\n');
    Head { seq, hash }
}

/// Why a line is not the one that belongs there.
#[derive(Debug)]
pub(super) enum Misfit {
    /// It is not a line whose hash fits its own bytes: a write that did not end, or a changed byte.
    Broken(&'static str),
    /// It is whole in itself and belongs elsewhere: no interrupted write makes such a line.
    Stranger(String),
}

impl Misfit {
    pub(super) fn into_text(self) -> String {
        match self {
            Self::Broken(what) => what.to_owned(),
            Self::Stranger(what) => what,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    seq: u64,
    batch: u64,
    at: Timestamp,
    steady: Timestamp,
    boot: BootId,
    #[serde(default)]
    held: bool,
    previous: Hash,
    facts: Box<RawValue>,
}

#[derive(Deserialize)]
struct Link {
    previous: Hash,
}

/// Reads a line, without its line feed, whose hash must fit its own bytes.
pub(super) fn decode(line: &[u8]) -> Result<Entry, Misfit> {
    let (digits, rest) = line.split_at_checked(HASH_DIGITS).ok_or(Misfit::Broken("the line is too short"))?;
    let json = rest.strip_prefix(b" ").ok_or(Misfit::Broken("no space follows the hash"))?;
    let json = std::str::from_utf8(json).map_err(|_not_text| Misfit::Broken("the line is not text"))?;
    let hash =
        Hash::from_hex(digits).map_err(|_not_hex| Misfit::Broken("the line does not begin with a hash"))?;
    let fits = |previous| chain_hash(previous, &[json]) == hash;
    let Ok(body) = serde_json::from_str::<Body>(json) else {
        // Whole bytes that cannot be read are another version's, not a torn write's, and must not be cut.
        return Err(match serde_json::from_str::<Link>(json) {
            Ok(link) if fits(link.previous) => {
                Misfit::Stranger("this version cannot read the entry".to_owned())
            }
            Ok(_) | Err(_) => Misfit::Broken("the JSON is not that of an entry"),
        });
    };
    if !fits(body.previous) {
        return Err(Misfit::Broken("the hash does not fit the entry"));
    }
    let Body { seq, batch, at, steady, boot, held, previous, facts } = body;
    Ok(Entry { seq, batch, at, steady, boot, held, previous, hash, facts })
}

/// Where in the chain a reader stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chain {
    next_seq: u64,
    /// The hash before; not known at the beginning of a segment whose predecessor is not read.
    previous: Option<Hash>,
    /// The batch before; none at the beginning of a segment, where a batch begins.
    batch: Option<u64>,
}

impl Chain {
    /// The chain at the beginning of a segment, whatever stands before it.
    pub(super) fn at_segment(first: u64) -> Self {
        Self { next_seq: first, previous: (first <= 1).then_some(Hash::ZERO), batch: None }
    }

    /// The chain behind a head, within a batch that may go on.
    pub(super) const fn behind(head: Head, batch: u64) -> Self {
        Self { next_seq: head.next_seq(), previous: Some(head.hash), batch: Some(batch) }
    }

    /// Goes on in the next segment, where a batch begins.
    pub(super) const fn turn(&mut self) {
        self.batch = None;
    }

    /// The number the next entry has.
    pub(super) const fn next_seq(&self) -> u64 {
        self.next_seq
    }

    /// Takes the next line, without its line feed.
    pub(super) fn accept(&mut self, line: &[u8]) -> Result<Entry, Misfit> {
        let entry = decode(line)?;
        if entry.seq != self.next_seq {
            let what = format!("entry {} stands where entry {} belongs", entry.seq, self.next_seq);
            return Err(Misfit::Stranger(what));
        }
        if self.previous.is_some_and(|previous| previous != entry.previous) {
            return Err(Misfit::Stranger("it does not follow the entry before it".to_owned()));
        }
        if self.batch != Some(entry.batch) && entry.batch != entry.seq {
            return Err(Misfit::Stranger(
                "its batch is neither its own nor that of the entry before".to_owned(),
            ));
        }
        *self =
            Self { next_seq: entry.head().next_seq(), previous: Some(entry.hash), batch: Some(entry.batch) };
        Ok(entry)
    }
}

/// What a reader found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// A line that ended with a line feed.
    Line,
    /// Bytes without a line feed, and then the end.
    Unended,
    /// More bytes than a line may have.
    TooLong,
    /// Nothing more.
    End,
}

/// Reads the next line into `line`, in bounded memory; without its line feed where it had one.
pub(super) fn next_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Next> {
    line.clear();
    let mut bounded = reader.by_ref().take(u64::try_from(LINE_BYTES_MAX).unwrap_or(u64::MAX));
    let bytes = bounded.read_until(b'\n', line)?;
    Ok(match line.last() {
        None => Next::End,
        Some(b'\n') => {
            line.pop();
            Next::Line
        }
        Some(_) if bytes >= LINE_BYTES_MAX => Next::TooLong,
        Some(_) => Next::Unended,
    })
}
