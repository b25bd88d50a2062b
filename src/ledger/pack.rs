//! Evidence packs: what the record says of one lapse, or of those of a month, in one folder that checks by itself.
//!
//! A pack holds whole every entry that speaks of the lapse, and of the others only what the chain needs: so it reaches
//! from the configuration in force to a signed head. An entry is whole or proves nothing: one that speaks of a period
//! names, by their ids, whoever else was asked for it and which other units owed it. The page and `pack.json` leave them
//! out. What people wrote of it goes along as far as the vault opens it; of what does not open the erasure is cited, and what
//! no erasure took is said to be missing.

#![expect(
    clippy::indexing_slicing,
    reason = "an index into JSON gives null where nothing is, and never panics"
)]

mod check;
mod excused;
mod message;
mod near;
mod page;
pub(in crate::ledger) mod posts;
mod search;
mod signed;
mod texts;
mod words;
mod writing;
mod written;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, BufRead as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use self::posts::Loaded;
use self::search::Search;
use super::export::Line;
use super::lines::each;
use super::record::{Of, Record, Since, replayed};
use super::verify::{VerifyError, verify};
use crate::domain::lapse::Lapse;
use crate::journal::SignedHead;
use crate::time::Timestamp;
use crate::vault::Disclosed;

pub use check::{PackFinding, check};
pub use posts::Posts;
pub use signed::{Unsigned, Vouch};
pub(crate) use words::word;
pub use writing::{Made, free};

/// A pack names at most so many lapses that came before each.
const IDS_MAX: usize = 200;

/// Why there is no pack.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// The files cannot be read.
    #[error(transparent)]
    Read(#[from] VerifyError),
    /// The files are not as they were written.
    #[error("the ledger does not verify; see `watchfire ledger verify`")]
    Broken,
    /// There is nothing of that kind on record.
    #[error("nothing of that kind is on record")]
    Nothing,
    /// No signature covers it.
    #[error(
        "no signed head covers entry {0}: one is signed every day, and whenever GET /v1/ledger/head is asked for"
    )]
    Unsigned(u64),
    /// The page cannot be written.
    #[error("the page of the pack cannot be written; this is a fault of watchfire")]
    Page,
    /// It cannot be written.
    #[error("{} cannot be written", .0.display())]
    Write(PathBuf, #[source] io::Error),
}

/// What a pack holds.
pub struct Pack {
    lapses: Vec<Line>,
    since: Vec<Value>,
    found: Search,
    texts: BTreeMap<String, Disclosed>,
    /// What people wrote, as it was opened.
    readings: BTreeMap<String, Value>,
    /// Every load of the configuration up to the head.
    loads: Vec<Loaded>,
    /// What its copies say of people, by the names of the copies.
    copies: BTreeMap<String, Posts>,
    /// The reports that are in its entries.
    filings: std::cell::OnceCell<BTreeMap<String, Vec<written::Report>>>,
    /// The vault was asked for it.
    opened: bool,
    /// What was asked for and did not open though its case was erased: the entry of the erasure.
    erased: BTreeMap<String, u64>,
    /// What was asked for and did not open, and no erasure is on record that took it: a fault.
    missing: BTreeSet<String>,
    /// Cases that are open: the digits in their messages still open something.
    open: BTreeSet<String>,
    head: SignedHead,
    /// The head is known to have left the machine.
    left: bool,
    doubts: Vec<Value>,
    made_at: Timestamp,
}

impl std::fmt::Debug for Pack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pack").field("lapses", &self.lapses.len()).finish_non_exhaustive()
    }
}

/// Gathers a pack from the files in the state folder `dir`, whether a daemon writes them or not.
///
/// It holds what was on record up to the signed head that was given, else the newest that left, else the newest that is
/// kept. What came before a lapse is counted within a window.
///
/// # Errors
/// [`PackError`], and nothing is written.
pub fn gather(
    dir: &Path,
    of: &Of,
    held: Option<&SignedHead>,
    (now, window): (Timestamp, Duration),
) -> Result<Pack, PackError> {
    let verified = verify(dir, held, &[])?;
    if !verified.holds() {
        return Err(PackError::Broken);
    }
    for (head, left) in heads(dir, held)? {
        let record = replayed(dir, head.seq)?;
        let lapses = record.lapses(of);
        if !lapses.is_empty() {
            return packed((dir, verified.entries), (record, lapses), (head, left), (now, window));
        }
    }
    let all = replayed(dir, verified.entries)?.lapses(of);
    let cited = all.iter().flat_map(|lapse| lapse.evidence.iter().copied()).max();
    Err(cited.map_or(PackError::Nothing, PackError::Unsigned))
}

fn packed(
    (dir, entries): (&Path, u64),
    (mut record, lapses): (Record, Vec<Arc<Lapse>>),
    (head, left): (SignedHead, bool),
    (now, window): (Timestamp, Duration),
) -> Result<Pack, PackError> {
    let rules: Vec<Since> = record.rules(&lapses);
    let cited = lapses.iter().flat_map(|lapse| lapse.evidence.iter().copied());
    // What was found later stands behind all that speaks of them, and is packed all the same.
    let later = lapses.iter().flat_map(|lapse| lapse.excuses.iter()).filter(|it| it.found_later.is_some());
    let cited = cited.chain(later.flat_map(|excuse| excuse.entries.iter().copied()));
    let whole = rules.iter().flat_map(|rule| [rule.seq, rule.adopted.0]).chain(cited).collect();
    let mut found = Search::of(&lapses, |lapse| record.around.unit(lapse), whole);
    each(dir, entries, |line| {
        let json: Value = serde_json::from_slice(line.json).map_err(io::Error::from)?;
        let mut hash = [0; 32];
        hex::decode_to_slice(line.hash, &mut hash).map_err(io::Error::other)?;
        found.entry(&json, line.json, hash, head.seq);
        Ok(())
    })?;
    found.finish();
    let span = |span: &crate::domain::fact::Span| json!({ "from": span.from, "to": span.to });
    let doubts = record.state.doubts.iter().map(span);
    let in_doubt = record.state.doubt.map(|from| json!({ "from": from, "to": null }));
    let open = record.state.cases.values().filter(|case| case.is_open()).map(|case| case.id.to_string());
    record.around.note_before((&record.state, &lapses), window, IDS_MAX);
    let lines = lapses.into_iter().map(|lapse| Line::new(lapse, (&record.state, &record.around), record.end));
    Ok(Pack {
        lapses: lines.collect(),
        since: rules.iter().map(Since::json).collect(),
        found,
        texts: BTreeMap::new(),
        readings: BTreeMap::new(),
        loads: record.loads,
        copies: BTreeMap::new(),
        filings: std::cell::OnceCell::new(),
        opened: false,
        erased: BTreeMap::new(),
        missing: BTreeSet::new(),
        open: open.collect(),
        head,
        left,
        doubts: doubts.chain(in_doubt).collect(),
        made_at: now,
    })
}

/// The signed heads that a pack may reach to, the best one first.
fn heads(dir: &Path, held: Option<&SignedHead>) -> Result<Vec<(SignedHead, bool)>, VerifyError> {
    let newest = |name: &str| {
        let path = dir.join(name);
        let lines = match fs::File::open(&path) {
            Ok(file) => io::BufReader::new(file).lines().collect::<Result<Vec<_>, _>>(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        };
        let lines = lines.map_err(|source| VerifyError { path, source })?;
        let heads = lines.into_iter().filter_map(|line| serde_json::from_str::<SignedHead>(&line).ok());
        Ok::<_, VerifyError>(heads.max_by_key(|head| head.seq))
    };
    if let Some(held) = held {
        return Ok(vec![(*held, true)]);
    }
    let left = newest("head-left.json")?.map(|head| (head, true));
    let kept = newest("heads.jsonl")?.map(|head| (head, false));
    Ok(left.into_iter().chain(kept).collect())
}

impl Pack {
    /// How many lapses it is of.
    #[must_use]
    pub fn lapses(&self) -> usize {
        self.lapses.len()
    }

    /// How many texts the vault should hold and does not, though no erasure is on record that took them.
    #[must_use]
    pub fn missing(&self) -> usize {
        self.missing.len()
    }

    /// How many entries it holds whole.
    #[must_use]
    pub fn entries(&self) -> usize {
        self.found.entries.len()
    }

    /// The signed head that it reaches to, and whether that is known to have left.
    #[must_use]
    pub const fn head(&self) -> (&SignedHead, bool) {
        (&self.head, self.left)
    }

    /// Entries that speak of it behind the head, which are not in it.
    #[must_use]
    pub const fn newer(&self) -> usize {
        self.found.newer
    }
}
