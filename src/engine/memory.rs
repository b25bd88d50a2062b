//! What the index is told of a batch, and what it is asked: first answers, last cases, closed cases.

mod packed;
mod periods;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::case::Case;
use crate::domain::command::{Archived, Seen, SeenClock, SeenReport};
use crate::domain::fact::Fact;
use crate::domain::names::{CaseId, EventKey, NotificationId, PersonToken};
use crate::domain::slot::PeriodId;
use crate::domain::{State, Track};
use crate::index::{Index, IndexBatch, IndexError, Space};

pub use periods::{archived_period, look_through, place};

/// A closed case is kept in parts of this size: the index takes no large values.
const PART_BYTES: usize = 48 * 1024;
/// Events of which the index is told together: one by one they cost it far more. A start replays what it was not told.
const WAITING_MAX: usize = 512;
/// So many closed cases and events are kept for an index that is lost; beyond it the journal is replayed for them.
const KEPT_MAX: usize = 4 * WAITING_MAX;
/// So many parts are read at most; a case has bounds of its own that keep it far below.
const PARTS_MAX: usize = 200;

/// What one or more batches change in the index.
#[derive(Debug, Default)]
pub struct Kept {
    events: BTreeMap<EventKey, Seen>,
    people: BTreeMap<PersonToken, CaseId>,
    cases: Vec<(CaseId, Vec<u8>)>,
    reports: BTreeMap<EventKey, SeenReport>,
    periods: Vec<(PeriodId, Vec<u8>)>,
    /// Cases whose personal data went after they had left memory.
    erased: BTreeSet<CaseId>,
}

/// A case that has left memory, with its notifications, as the index keeps it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ArchivedCase {
    /// The case as it was when it left.
    pub case: Case,
    /// Its notifications and what became of them.
    pub notifications: Vec<Track>,
}

impl Kept {
    /// Notes what a decision changes; `before` is the state it was decided on, `after` the one it led to.
    pub fn note(&mut self, (before, after): (&State, &State), facts: &[Fact]) {
        self.events.extend(seen(facts, after));
        for fact in facts {
            if let Fact::CaseOpened { case } = fact
                && let Some(person) = &case.subject
            {
                self.people.insert(person.clone(), case.case.clone());
            }
            if let Fact::ReportFiled { report } = fact
                && let Some(key) = &report.key
            {
                self.reports.insert(key.clone(), SeenReport::of(report));
            }
            if let Fact::PeriodArchived { period } = fact
                && let Some(known) = before.periods.get(period)
            {
                self.periods.push((period.clone(), serde_json::to_vec(&**known).unwrap_or_default()));
            }
            if let Fact::Archived { case } = fact
                && let Some(known) = before.case(case)
            {
                let archived = ArchivedCase { case: (**known).clone(), notifications: tracks(before, known) };
                self.cases.push((case.clone(), serde_json::to_vec(&archived).unwrap_or_default()));
            }
            if let Fact::Erased { case, .. } = fact
                && before.case(case).is_none()
            {
                self.erased.insert(case.clone());
            }
        }
    }

    /// Whether the index must be told at once: of cases that have left memory, or of more than may wait in it.
    #[must_use]
    pub fn is_pressing(&self) -> bool {
        !self.cases.is_empty() || !self.periods.is_empty() || self.waiting() >= WAITING_MAX
    }

    /// Whether it has grown beyond what is kept for an index that is lost.
    #[must_use]
    pub fn is_too_much(&self) -> bool {
        self.cases.len() + self.periods.len() + self.people.len() + self.waiting() >= KEPT_MAX
    }

    fn waiting(&self) -> usize {
        self.events.len() + self.reports.len() + self.erased.len()
    }

    /// The first answer to an event, as far as these batches know.
    #[must_use]
    pub fn seen(&self, key: &EventKey) -> Option<&Seen> {
        self.events.get(key)
    }

    /// The first answer to a report, as far as these batches know.
    #[must_use]
    pub fn filed(&self, key: &EventKey) -> Option<&SeenReport> {
        self.reports.get(key)
    }

    /// The last case of a person, as far as these batches know.
    #[must_use]
    pub fn last_case(&self, person: &PersonToken) -> Option<CaseId> {
        self.people.get(person).cloned()
    }

    /// Whether the personal data of a case went after it had left memory, as far as these batches know.
    #[must_use]
    pub fn is_erased(&self, case: &CaseId) -> bool {
        self.erased.contains(case)
    }

    /// Adds what a later batch changes.
    pub fn absorb(&mut self, later: Self) {
        self.events.extend(later.events);
        self.people.extend(later.people);
        self.cases.extend(later.cases);
        self.reports.extend(later.reports);
        self.periods.extend(later.periods);
        self.erased.extend(later.erased);
    }

    /// Writes it all and the watermark at once.
    ///
    /// # Errors
    /// What the index says.
    pub fn save(&self, index: &Index, watermark: u64) -> Result<(), IndexError> {
        let mut batch = IndexBatch::new(watermark);
        for (key, seen) in &self.events {
            batch.put(Space::IdempotencyKey, &packed::key(key.as_str()), &packed::value(seen));
        }
        for (person, case) in &self.people {
            batch.put(Space::LastCaseOfPerson, &packed::key(person.as_str()), case.as_str().as_bytes());
        }
        for (case, json) in &self.cases {
            for (number, part) in json.chunks(PART_BYTES).enumerate() {
                batch.put(Space::Case, part_key(case, number).as_bytes(), part);
            }
        }
        for case in &self.erased {
            batch.put(Space::Case, erased_key(case).as_bytes(), b"erased");
        }
        for (key, seen) in &self.reports {
            let json = serde_json::to_vec(seen).unwrap_or_default();
            batch.put(Space::ReportKey, &packed::key(key.as_str()), &json);
        }
        for (period, json) in &self.periods {
            for (number, part) in json.chunks(PART_BYTES).enumerate() {
                batch.put(Space::SlotByDay, periods::part_key(period, number).as_bytes(), part);
            }
        }
        index.apply(batch)
    }

    /// The first answer to a report.
    ///
    /// # Errors
    /// What the index says.
    pub fn report(index: &Index, key: &EventKey) -> Result<Option<SeenReport>, IndexError> {
        let value = index.get(Space::ReportKey, &packed::key(key.as_str()))?;
        Ok(value.and_then(|value| serde_json::from_slice(&value).ok()))
    }

    /// The first answer to an event.
    ///
    /// # Errors
    /// What the index says.
    pub fn event(index: &Index, key: &EventKey) -> Result<Option<Seen>, IndexError> {
        let value = index.get(Space::IdempotencyKey, &packed::key(key.as_str()))?;
        Ok(value.and_then(|value| packed::seen(&value)))
    }

    /// The last case of a person.
    ///
    /// # Errors
    /// What the index says.
    pub fn case_of(index: &Index, person: &PersonToken) -> Result<Option<CaseId>, IndexError> {
        let value = index.get(Space::LastCaseOfPerson, &packed::key(person.as_str()))?;
        Ok(value.and_then(|value| std::str::from_utf8(&value).ok().map(CaseId::new)))
    }

    /// Whether a case is known as one that has left memory, and whether its personal data is gone.
    ///
    /// # Errors
    /// What the index says.
    pub fn archived(index: &Index, case: &CaseId) -> Result<Archived, IndexError> {
        if index.get(Space::Case, part_key(case, 0).as_bytes())?.is_none() {
            return Ok(Archived::No);
        }
        let erased = archived_case(index, case)?.is_some_and(|known| known.case.erased);
        Ok(if erased { Archived::Erased } else { Archived::Kept })
    }
}

/// A case that has left memory.
///
/// # Errors
/// What the index says.
pub fn archived_case(index: &Index, case: &CaseId) -> Result<Option<ArchivedCase>, IndexError> {
    let mut json = Vec::new();
    for number in 0..PARTS_MAX {
        match index.get(Space::Case, part_key(case, number).as_bytes())? {
            Some(part) => json.extend_from_slice(&part),
            None => break,
        }
    }
    let mut found: Option<ArchivedCase> = serde_json::from_slice(&json).ok();
    if let Some(known) = found.as_mut().filter(|known| !known.case.erased) {
        known.case.erased = index.get(Space::Case, erased_key(case).as_bytes())?.is_some();
    }
    Ok(found)
}

/// The cases that have left memory, in order of their numbers, behind one; at most so many.
///
/// # Errors
/// What the index says.
pub fn archived_cases(
    index: &Index,
    after: Option<&CaseId>,
    most: usize,
) -> Result<Vec<ArchivedCase>, IndexError> {
    let mut found = Vec::new();
    let mut after = after.map(behind);
    while found.len() < most {
        let rows = index.range(Space::Case, b"", after.as_deref().map(str::as_bytes), 1)?;
        let Some((key, _)) = rows.first() else { break };
        let Some((case, _)) = std::str::from_utf8(key).ok().and_then(|key| key.split_once('/')) else {
            break;
        };
        let case = CaseId::new(case);
        found.extend(archived_case(index, &case)?);
        after = Some(behind(&case));
    }
    Ok(found)
}

/// A key behind every part of a case, and before those of the next.
fn behind(case: &CaseId) -> String {
    format!("{case}/:")
}

/// Of a case whose personal data went after it had left memory; before its parts, for they are read to their end.
fn erased_key(case: &CaseId) -> String {
    format!("{case}/-erased")
}

fn part_key(case: &CaseId, number: usize) -> String {
    format!("{case}/{number:03}")
}

fn tracks(state: &State, case: &Case) -> Vec<Track> {
    let tracks = case.notifications.iter().filter_map(|id| state.track(id));
    tracks.map(|track| Arc::unwrap_or_clone(Arc::clone(track))).collect()
}

/// The first answers that facts amount to, in the state they led to.
pub fn seen<'a>(facts: &'a [Fact], after: &'a State) -> impl Iterator<Item = (EventKey, Seen)> + 'a {
    facts.iter().filter_map(move |fact| {
        let Fact::EventTaken { event } = fact else { return None };
        let seen = Seen {
            event: event.event.clone(),
            content: event.content.clone(),
            outcome: event.outcome,
            case: event.case.clone(),
            kind: event.kind,
            clocks: event
                .case
                .as_ref()
                .and_then(|case| after.case(case))
                .map(|case| clocks(case))
                .unwrap_or_default(),
        };
        Some((event.key.clone(), seen))
    })
}

fn clocks(case: &Case) -> Vec<SeenClock> {
    let clocks = case.clocks.iter().map(|clock| SeenClock {
        authority: clock.authority.clone(),
        anchor: clock.anchor,
        phone_due: clock.phone.due,
        written_due: clock.written.due,
    });
    clocks.collect()
}

/// The case under whose key a fact's payloads are sealed; the ground of an erasure outlives what is erased.
#[expect(clippy::wildcard_enum_match_arm, reason = "whatever carries no payload needs no case here")]
pub(super) fn case_of<'a>(fact: &'a Fact, state: &'a State) -> Option<&'a CaseId> {
    match fact {
        Fact::EventTaken { event } => event.case.as_ref(),
        Fact::CaseRaised { case, .. }
        | Fact::RuledOut { case, .. }
        | Fact::Noted { case, .. }
        | Fact::Closed { case, .. }
        | Fact::ProofDisputed { case, .. }
        | Fact::WrittenDrafted { case, .. }
        | Fact::CorrectionTold { case, .. } => Some(case),
        Fact::TelephoneTried(tried) => Some(&tried.case),
        Fact::WrittenReceipted(receipt) => Some(&receipt.case),
        Fact::AttemptStarted { notification, .. } => case_of_notification(notification, state),
        _ => None,
    }
}

fn case_of_notification<'a>(id: &NotificationId, state: &'a State) -> Option<&'a CaseId> {
    state.track(id)?.notification.subject.case()
}
