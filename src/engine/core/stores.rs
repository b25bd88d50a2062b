//! The vault and the index while the engine runs: told, lost, and taken up again.

use std::sync::Arc;

use super::super::answer::Stores;
use super::super::memory::Kept;
use super::super::reopen::Reopened;
use super::{Core, case_subject};
use crate::domain::fact::Fact;
use crate::domain::names::CaseId;
use crate::index::IndexError;

/// So many subjects are erased by one rewriting of the keyring, which is the bound of the vault.
const AT_ONCE: usize = 10_000;

impl Core {
    /// Brings the index up to the journal's head. It never names an entry that is held: that may still be lost.
    pub fn save_index(&mut self) {
        if self.is_holding() || self.saved_to == self.head.seq {
            return;
        }
        let Some(index) = &self.stores.index else {
            // What is too much to be kept is replayed from the journal for an index that opens.
            if self.unsaved.is_too_much() {
                self.unsaved = Kept::default();
                self.saved_to = self.head.seq;
            }
            return;
        };
        match self.unsaved.save(index, self.head.seq) {
            Ok(()) => {
                self.unsaved = Kept::default();
                self.saved_to = self.head.seq;
            }
            Err(error) => self.lose_index(&error),
        }
    }

    /// Whether the vault takes what people wrote.
    #[must_use]
    pub const fn takes_payloads(&self) -> bool {
        self.takes_payloads
    }

    /// Whether the vault and the index are there.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.takes_payloads && self.stores.index.is_some()
    }

    pub(super) fn lose_index(&mut self, error: &IndexError) {
        self.metrics.index_failed.inc();
        tracing::error!(%error, "the index fails: what asks about the past is refused until it is opened again; clocks go on");
        self.stores.index = None;
    }

    /// Takes up what was opened again. An index that does not know enough is not used.
    pub fn take_up(&mut self, reopened: Reopened) {
        let Reopened { vault, index } = reopened;
        let found = index.filter(|(_, watermark)| *watermark >= self.saved_to).map(|(index, _)| index);
        if vault.is_none() && found.is_none() {
            return;
        }
        self.takes_payloads |= vault.is_some();
        tracing::info!(vault = self.takes_payloads, index = found.is_some(), "what was lost is open again");
        let index = found.or_else(|| self.stores.index.take());
        self.stores = Stores::new(vault.or_else(|| self.stores.vault.take()), index);
        self.save_index();
        self.erase();
    }

    /// Erases what is to be erased besides what this run put on record: a start found it and could not do it.
    pub(in crate::engine) fn owe_erasures(&mut self, cases: impl IntoIterator<Item = CaseId>) {
        self.unerased.extend(cases);
        self.erase();
    }

    /// What was erased on record is erased in the vault.
    pub(super) fn note_erasures(&mut self, entries: &[Arc<Vec<Fact>>]) {
        let before = self.unerased.len();
        for fact in entries.iter().flat_map(|facts| facts.iter()) {
            if let Fact::Erased { case, .. } = fact {
                self.unerased.insert(case.clone());
            }
        }
        if self.unerased.len() > before {
            self.erase();
        }
    }

    /// Until it is done it is owed, and no snapshot is taken: a start finds it in the journal.
    fn erase(&mut self) {
        let Some(vault) = self.stores.vault.as_ref().filter(|_| self.takes_payloads) else { return };
        let subjects: Vec<_> = self.unerased.iter().filter_map(case_subject).collect();
        if subjects.is_empty() {
            return;
        }
        let done = subjects.chunks(AT_ONCE).try_for_each(|some| vault.erase_all(some).map(drop));
        let writable = vault.is_writable();
        match done {
            Ok(()) => self.unerased.clear(),
            Err(error) => {
                self.metrics.vault_failed.inc();
                self.takes_payloads = writable;
                let cases = self.unerased.len();
                tracing::error!(%error, cases, "erasures are on record and not yet done: they are done when the vault is opened again");
            }
        }
    }
}
