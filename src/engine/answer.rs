//! What goes into the engine and what comes out of it: work, answers, refusals, what is published.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::State;
use crate::domain::command::{Command, Rejection, Seen, SeenReport};
use crate::domain::directory::Directory;
use crate::domain::fact::Fact;
use crate::domain::names::PayloadName;
use crate::index::Index;
use crate::journal::{Head, JournalError};
use crate::time::{Now, Reading};
use crate::vault::{Blind, Codes, Sealed, Vault};

/// A command and the sealed payloads it brings.
#[derive(Debug)]
pub struct Work {
    /// The command; it names its payloads.
    pub command: Command,
    /// The payloads, for the vault if it is accepted.
    pub payloads: Vec<Sealed>,
}

/// Work, and when the door read its last byte.
#[derive(Debug)]
pub struct Submission {
    /// The work.
    pub work: Work,
    /// When its last byte was read; lateness is judged by this (law 8).
    pub received: Now,
}

/// What a command led to. On disk.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The entry it stands in; `None` where it changed nothing.
    pub seq: Option<u64>,
    /// What happened.
    pub facts: Arc<Vec<Fact>>,
    /// The first answer to the same event, where it came before.
    pub seen: Option<Seen>,
    /// The first answer to the same report, where it came before.
    pub filed: Option<SeenReport>,
    /// The state it led to.
    pub state: Arc<State>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// What stands against the command.
    #[error("{0}")]
    Rejected(Rejection),
    /// Too much waits; come back.
    #[error("too much waits")]
    Busy,
    /// A fault of ours in deciding it; nothing happened.
    #[error("a fault of the program in deciding it")]
    Panicked,
    /// The vault or the index is not there.
    #[error("the vault or the index is not there")]
    Unavailable,
    /// The journal cannot be written. Where `taken`, what was said takes effect all the same, and must come again.
    #[error("the journal cannot be written")]
    Holding {
        /// It takes effect until the daemon ends.
        taken: bool,
    },
    /// The daemon is ending.
    #[error("the daemon is ending")]
    Stopping,
}

/// What ends the process (law 3).
#[derive(Debug, thiserror::Error)]
#[error("the journal could not be written")]
pub struct Fatal(#[from] pub JournalError);

/// What lasts besides the journal, and what is made of it. Missing, it stops no clock (DESIGN, "What lasts").
///
/// It is read where it is published and never kept: what could not be opened or was lost is opened again meanwhile.
#[derive(Debug, Clone, Default)]
pub struct Stores {
    /// Sealed personal data. It may be there for reading alone.
    pub vault: Option<Vault>,
    /// Questions about the past.
    pub index: Option<Index>,
    /// Codes and links, by the vault's secret.
    pub codes: Option<Codes>,
    /// Blind tokens, by the vault's secret.
    pub blind: Option<Blind>,
}

impl Stores {
    /// The stores that are open, with what the vault's secrets make.
    #[must_use]
    pub fn new(vault: Option<Vault>, index: Option<Index>) -> Self {
        let secret = |purpose| vault.as_ref().and_then(|vault| vault.secret(purpose).ok());
        let codes = secret("codes").map(Codes::new);
        let blind = secret("pepper").map(Blind::new);
        Self { vault, index, codes, blind }
    }

    /// Opens a sealed payload; `None` where it is erased or the vault is not there.
    #[must_use]
    pub fn open(&self, name: &PayloadName) -> Option<serde_json::Value> {
        let bytes = self.vault.as_ref()?.get(name.as_str().parse().ok()?).ok()?;
        serde_json::from_slice(&bytes).ok()
    }
}

/// What readers see: durable.
#[derive(Debug, Clone)]
pub struct Published {
    /// The state.
    pub state: Arc<State>,
    /// The journal's head.
    pub head: Head,
    /// The directory in force.
    pub directory: Arc<Directory>,
    /// The clocks at the step that published it.
    pub now: Now,
    /// The time since boot at that step.
    pub since_boot: Duration,
    /// The journal cannot be written.
    pub holding: bool,
    /// The vault and the index, as far as they are open.
    pub stores: Stores,
    /// The vault takes what people wrote.
    pub vault: bool,
    /// The index answers questions about the past.
    pub index: bool,
    /// So many erasures are on record that the vault has not done.
    pub erasures_owed: usize,
}

impl Published {
    /// Both clocks at a reading: the steady clock goes on from the last step by the time since boot, for the wall may
    /// have been set since.
    #[must_use]
    pub fn now_at(&self, reading: &Reading) -> Now {
        let steady = self.now.steady + reading.since_boot.saturating_sub(self.since_boot);
        Now { wall: reading.wall, steady }
    }
}
