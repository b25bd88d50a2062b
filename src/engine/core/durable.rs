//! What makes a batch last: the journal, the index behind it, and the vault that is told of erasures.

use std::sync::Arc;

use super::super::answer::Fatal;
use super::super::memory::case_of;
use super::super::mode::Mode;
use super::Core;
use super::batch::{Answers, Batch, Decided};
use crate::domain::State;
use crate::domain::fact::Fact;
use crate::domain::names::LapseId;
use crate::domain::slot::PeriodId;
use crate::journal::{Draft, JournalError};
use crate::time::Now;
use crate::vault::Subject;

impl Core {
    /// Journal, then index; then the state is the new one.
    pub(super) fn make_durable(&mut self, batch: Batch, now: Now) -> Result<Answers, Fatal> {
        let Batch { state, directory, entries, answers, kept, .. } = batch;
        if !Arc::ptr_eq(&self.directory, &directory) {
            self.next = None;
        }
        if entries.is_empty() {
            // The same files again, whose directory holds other secrets at the most.
            self.directory = directory;
            return Ok(answers);
        }
        let mut drafts = Vec::with_capacity(entries.len());
        let mut decided = Vec::with_capacity(entries.len());
        for Decided { facts, json } in entries {
            drafts.push(Draft { at: now.wall, steady: now.steady, facts: json });
            decided.push(facts);
        }
        let entries = decided;
        let appended = match &mut self.mode {
            Some(Mode::Writing(journal)) => journal.append(self.head, drafts),
            Some(Mode::Holding(held)) => held.append(self.head, drafts),
            None => Err(JournalError::Poisoned),
        };
        self.head = appended?;
        self.state = state;
        self.directory = directory;
        self.metrics.entries.inc_by(u64::try_from(entries.len()).unwrap_or(0));
        self.metrics.batches.inc();
        self.unsaved.absorb(kept);
        self.note_erasures(&entries);
        if self.unsaved.is_pressing() {
            self.save_index();
        }
        for facts in &entries {
            self.teller.tell(&self.state, facts, self.since_boot);
        }
        Ok(answers)
    }

    /// Tries to go from holding to writing: what was held is appended as it is.
    pub fn settle(&mut self) {
        let Some(Mode::Holding(held)) = &mut self.mode else { return };
        if let Err(error) = held.settle() {
            tracing::warn!(%error, "the journal still cannot be written; holding goes on");
            return;
        }
        if let Some(Mode::Holding(held)) = self.mode.take() {
            self.mode = Some(Mode::Writing(held.into_written()));
        }
        self.save_index();
        tracing::info!(
            seq = self.head.seq,
            "the journal is written again; everything that was held is in it"
        );
    }

    /// Whether decisions go to memory alone.
    #[must_use]
    pub const fn is_holding(&self) -> bool {
        matches!(self.mode, Some(Mode::Holding(_)))
    }
}

/// Under whose key a decision's payloads are sealed: its case's, its period's, its lapse's, else the day's.
pub(super) fn subject_of(facts: &[Fact], state: &State, now: Now) -> Option<Subject> {
    if let Some(case) = facts.iter().find_map(|fact| case_of(fact, state)) {
        return case_subject(case);
    }
    if let Some(period) = facts.iter().find_map(period_of) {
        return format!("report/{period}").parse().ok();
    }
    if let Some(lapse) = facts.iter().find_map(lapse_of) {
        return format!("lapse/{lapse}").parse().ok();
    }
    format!("day/{}", crate::time::Zone::UTC.day(now.wall)).parse().ok()
}

/// The period of a report: what its units said of one day is erased as one.
fn period_of(fact: &Fact) -> Option<&PeriodId> {
    if let Fact::ReportFiled { report } = fact {
        return Some(&report.slot.period);
    }
    if let Fact::SlotExempted { slot, .. } | Fact::ReportQuestioned { slot, .. } = fact {
        return Some(&slot.period);
    }
    None
}

/// The lapse of what people say and find of it: that outlives the case.
fn lapse_of(fact: &Fact) -> Option<&LapseId> {
    if let Fact::StatementMade { lapse, .. } = fact {
        return Some(lapse);
    }
    if let Fact::LapsesTold(told) = fact {
        return told.served.as_ref().and_then(|_note| told.lapses.first());
    }
    if let Fact::VerdictGiven(given) = fact { Some(&given.lapse) } else { None }
}

/// Under whose key a case's payloads are sealed.
pub(in crate::engine) fn case_subject(case: &crate::domain::names::CaseId) -> Option<Subject> {
    format!("case/{case}").parse().ok()
}
