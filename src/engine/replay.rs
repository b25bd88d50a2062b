//! Replay: the state that the journal's entries lead to, and what the index and the vault are to be told of them.

use super::memory::Kept;
use super::recover::OpenError;
use crate::domain::State;
use crate::domain::apply::Place;
use crate::domain::fact::Fact;
use crate::domain::names::CaseId;
use crate::index::Index;
use crate::journal::{Entries, Head, JournalError};

/// The index is told of a long replay in pieces.
const PIECE: u64 = 2_000;

/// What a replay led to.
#[derive(Debug, Default)]
pub(super) struct Replayed {
    /// The state at the journal's head.
    pub(super) state: State,
    /// So many entries were applied.
    pub(super) entries: u64,
    /// The cases whose erasure they tell of.
    pub(super) erased: Vec<CaseId>,
    /// The index could not be told, and is not to be used.
    pub(super) behind: bool,
}

/// Where the entries from a number on are read.
pub(super) type Read<'a> = dyn Fn(u64) -> Result<Entries<'a>, JournalError> + 'a;

/// The state at the journal's head, from a snapshot where one is on the chain; tells the index what is newer than its
/// watermark.
pub(super) fn replay(
    read: &Read<'_>,
    index: Option<&Index>,
    (snapshot, watermark): (Option<(State, Head)>, u64),
) -> Result<Replayed, OpenError> {
    let snapshot = snapshot.filter(|(_, head)| on_chain(read, *head));
    let (state, began) = snapshot.map_or_else(Default::default, |(state, head)| (state, head.seq));
    let mut done = Replayed { state, ..Replayed::default() };
    let mut kept = Kept::default();
    let mut told = watermark;
    let mut seq = began;
    for entry in read(began + 1)? {
        let entry = entry?;
        seq = entry.seq;
        let facts: Vec<Fact> = serde_json::from_str(entry.facts.get())
            .map_err(|error| OpenError::UnknownFact { seq, what: error.to_string() })?;
        let next = done.state.apply_all(Place { seq, at: entry.at }, &facts);
        if seq > watermark {
            kept.note((&done.state, &next), &facts);
            if seq % PIECE == 0 {
                done.behind |= !save(&std::mem::take(&mut kept), index, seq);
                told = seq;
            }
        }
        let erased =
            |fact: &Fact| if let Fact::Erased { case, .. } = fact { Some(case.clone()) } else { None };
        done.erased.extend(facts.iter().filter_map(erased));
        done.state = next;
        done.entries += 1;
    }
    if seq > told {
        done.behind |= !save(&kept, index, seq);
    }
    Ok(done)
}

/// Whether the index knows it now, where there is one.
fn save(kept: &Kept, index: Option<&Index>, watermark: u64) -> bool {
    let Some(Err(error)) = index.map(|index| kept.save(index, watermark)) else { return true };
    tracing::error!(%error, "the index could not be brought up to the journal: it is opened again later");
    false
}

fn on_chain(read: &Read<'_>, head: Head) -> bool {
    let entry = read(head.seq).ok().and_then(|mut entries| entries.next());
    matches!(entry, Some(Ok(entry)) if entry.hash == head.hash)
}
