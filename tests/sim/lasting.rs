//! What lasts over the daemon's processes: journal, vault, index and snapshot, opened as a start opens them.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use watchfire::domain::State;
use watchfire::domain::apply::Place;
use watchfire::domain::bulletin::Trouble;
use watchfire::domain::command::Command;
use watchfire::domain::fact::Fact;
use watchfire::engine::{Core, Found, Reopened, Stores, reopen, resume};
use watchfire::index::Index;
use watchfire::journal::{Disk, Journal as _, Known, Memory};
use watchfire::time::{Clock as _, Now, Reading};
use watchfire::vault::{MasterKey, Vault, VaultError, VaultRecovery};

use crate::lines;
use crate::world::{Caller, World};

/// A folder for the index; in memory where the system has one for that.
pub(crate) fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory).unwrap() } else { tempfile::tempdir().unwrap() }
}

/// How often the daemon looks for trouble.
const LOOK_EVERY: Duration = Duration::from_secs(5);

impl World {
    /// Opens what is on the disk; with the entry it ended with, after which today's configuration is in force.
    pub(crate) fn open(&mut self, reading: &Reading) -> Result<(Core, Now, u64), String> {
        let (index, watermark) =
            Index::open(&self.folder.path().join("index")).map_err(|error| error.to_string())?;
        let taken = self.snapshot.as_ref().map_or(0, |(_, head)| head.seq);
        let known = Known { index: watermark, snapshot: taken, ..Known::default() };
        let journal = Memory::open(&self.disk, &reading.boot, known);
        if let Err(error) = &journal {
            self.record.complaints.push(format!("P8: the journal does not open: {error}"));
        }
        let journal = journal.map_err(|error| error.to_string())?;
        let after = journal.1.head.seq;
        // A vault that does not open keeps no clock from running.
        let vault = self.vault(after);
        let stores = Stores::new(vault, Some(index));
        // One that is newer than the index is no use: what the index lacks is replayed.
        let snapshot = self.snapshot.as_ref().filter(|(_, head)| head.seq <= watermark.min(after));
        let snapshot = snapshot.map(|(text, head)| (serde_json::from_str(text).unwrap(), *head));
        let found = Found { journal, stores, watermark, snapshot, last: self.mark.clone() };
        let directory = self.site.directory();
        let resumed = resume(found, reading, directory, Arc::clone(&self.metrics));
        let resumed = resumed.map_err(|error| format!("{error:?}"))?;
        Ok((resumed.core, resumed.now, after))
    }

    /// The vault over the disk that fails to order; none where that keeps it from opening.
    fn vault(&mut self, head: u64) -> Option<Vault> {
        let folder = self.folder.path().join("vault");
        let opened = Vault::open_over(&folder, MasterKey::from_bytes([7; 32]), head, &self.vault_disk);
        match opened {
            Ok((vault, VaultRecovery { damage, .. })) => {
                if !damage.is_empty() {
                    self.record.complaints.push(format!("P15: the vault is damaged by a fault: {damage:?}"));
                }
                Some(vault)
            }
            Err(VaultError::Io { .. }) => None,
            Err(error) => {
                self.record.complaints.push(format!("P15: the vault does not open: {error}"));
                None
            }
        }
    }

    /// Opens again what the daemon lost, as it does by itself after a pause.
    pub(crate) fn reopen_vault(&mut self) {
        let Some(daemon) = &self.daemon else { return };
        // What is held is in no file to be read: it is tried as soon as the journal can be written.
        if daemon.core.is_holding() {
            return;
        }
        let (published, found) = (daemon.core.published(daemon.now), daemon.found);
        let reopened = if published.stores.vault.is_some() {
            reopen(self.folder.path(), (|| None, found), &published, &self.metrics)
        } else {
            Reopened { vault: self.vault(found), index: None }
        };
        if reopened.vault.is_some() {
            self.record.faults.mended += 1;
        }
        if let Some(daemon) = &mut self.daemon {
            daemon.core.take_up(reopened);
            daemon.published = Arc::new(daemon.core.published(daemon.now));
        }
    }

    /// What of it fails is put on record, and that it is over, as the daemon does it in the course of its looking.
    pub(crate) fn look_for_trouble(&mut self, reading: &Reading) {
        let Some(daemon) = &mut self.daemon else { return };
        if reading.since_boot.saturating_sub(daemon.looked) < LOOK_EVERY {
            return;
        }
        daemon.looked = reading.since_boot;
        let published = Arc::clone(&daemon.published);
        let found = [
            (Trouble::Holding, published.holding),
            (Trouble::VaultClosed, !published.vault),
            (Trouble::IndexClosed, !published.index),
        ];
        for (trouble, is) in found {
            let known = published.state.troubles.get(&trouble).is_some_and(|standing| standing.open);
            match (known, is) {
                (false, true) => self.submit(Command::NoteTrouble { trouble }, Caller::Nobody),
                (true, false) => self.submit(Command::EndTrouble { trouble }, Caller::Nobody),
                (true, true) | (false, false) => {}
            }
        }
    }

    /// What the vault says of everything that a fact named: what came with an event, what people wrote, what was sent.
    pub(crate) fn read_vault(&mut self) {
        let here = self.core().and_then(|core| core.stores().vault.clone());
        let Some(vault) = here.or_else(|| self.vault(u64::MAX)) else {
            self.record.complaints.push("P15: the vault does not open at the end".to_owned());
            return;
        };
        let entries = lines::read(&self.record.journal).unwrap_or_default();
        let events = entries.iter().flat_map(|entry| entry.facts("event_taken"));
        let attempts = entries.iter().flat_map(|entry| entry.facts("attempt_started"));
        let written =
            entries.iter().flat_map(|entry| entry.facts("noted").chain(entry.facts("written_drafted")));
        let events = events.map(|fact| fact.text("/event/payload"));
        let written = written.map(|fact| fact.text("/payload"));
        let attempts = attempts.map(|fact| fact.text("/attempt/rendering")).filter(|name| !name.is_empty());
        for name in events.chain(written).chain(attempts) {
            let words = name.parse().ok().and_then(|name| vault.get(name).ok());
            let words = words.map(|words| String::from_utf8(words.to_vec()).unwrap());
            self.record.words.insert(name.to_owned(), words);
        }
    }

    /// Writes a snapshot, as the daemon does it in the course of its upkeep.
    pub(crate) fn take_snapshot(&mut self) {
        let Some(published) = self.published().cloned() else { return };
        if published.holding || published.stores.index.is_none() {
            return;
        }
        let text = serde_json::to_string(&*published.state).unwrap();
        self.snapshot = Some((text, published.head));
    }

    /// Whether the facts alone, from the first on, lead to the state that the daemon has come to over its starts.
    pub(crate) fn replays(&self) -> bool {
        let Some(core) = self.core().filter(|core| !core.is_holding()) else { return true };
        let journal = Disk::new();
        journal.tamper(|bytes| *bytes = self.disk.bytes());
        let (journal, _) = Memory::open(&journal, &self.clock.read().boot, Known::default()).unwrap();
        let entries = journal.read_from(1).unwrap();
        let state = entries.fold(State::default(), |state, entry| {
            let entry = entry.unwrap();
            let facts: Vec<Fact> = serde_json::from_str(entry.facts.get()).unwrap();
            state.apply_all(Place { seq: entry.seq, at: entry.at }, &facts)
        });
        state == *core.state()
    }
}
