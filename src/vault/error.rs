//! What can go wrong with the vault, and what it tells when it opens.

use std::io;

use super::frame::Gap;
use super::keyring::KeyId;
use super::subject::Subject;

/// Why the vault did not do what it was asked. No variant carries content, a key or a name of a person.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// No payload has this name.
    #[error("no payload has this name")]
    Missing,
    /// The payload was erased; its name is kept.
    #[error("the payload was erased")]
    Erased,
    /// The disk does not hold what was written there.
    #[error("{file} is damaged at byte {offset}: {what}")]
    Corrupt {
        /// The file, by its name in the vault's folder.
        file: String,
        /// Where in the file.
        offset: u64,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The master key is not the one that the keyring was wrapped under.
    #[error("the master key does not open the keyring")]
    Locked,
    /// The file with the master key cannot be used.
    #[error("the master key cannot be used: {0}")]
    MasterKey(&'static str),
    /// Another process or another handle holds the vault open.
    #[error("another process holds the vault open")]
    InUse,
    /// An earlier write failed, so nothing more is written until the vault is mended or opened again; reading goes on.
    #[error("an earlier write to the vault failed")]
    Poisoned,
    /// The payload, the batch or the erasure is above its bound.
    #[error("{bytes} is above the bound of {bytes_max}")]
    TooLarge {
        /// How large it is, in bytes (for an erasure, in subjects).
        bytes: usize,
        /// The bound.
        bytes_max: usize,
    },
    /// The purpose of a secret is no plain word.
    #[error("the purpose of a secret is 1 to 64 of A-Z a-z 0-9 / - _ . :")]
    Purpose,
    /// The kernel gave no randomness.
    #[error("the kernel gave no randomness")]
    Random,
    /// The operating system refused.
    #[error("could not {doing}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// What the operating system said.
        source: io::Error,
    },
}

impl VaultError {
    pub(super) const fn io(doing: &'static str, source: io::Error) -> Self {
        Self::Io { doing, source }
    }
}

/// How many stretches of damage are named one by one.
const DAMAGE_NAMED_MAX: usize = 1000;

/// What was found, mended and removed when the vault was opened.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct VaultRecovery {
    /// Tails that a crash left, cut off and copied.
    pub torn: Vec<Torn>,
    /// Damage that no crash explains; the first thousand stretches. It is left as it is and worth an alarm.
    pub damage: Vec<Damage>,
    /// Payloads whose journal entry never became durable, removed.
    pub orphans: u64,
    /// Sidecar indexes that were missing or damaged, written anew.
    pub sidecars_rebuilt: u32,
    /// Erasures that a crash had interrupted, finished.
    pub erasures_finished: u32,
    /// Erasures that could not be finished: nothing of them can be opened, but bytes are still there, and the vault
    /// writes nothing until it is opened again.
    pub erasures_left: u32,
}

/// A tail that was cut off a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Torn {
    /// The file, by its name in the vault's folder.
    pub file: String,
    /// Where the cut is.
    pub offset: u64,
    /// How much was cut off.
    pub bytes: u64,
    /// The file in the same folder that holds what was cut off.
    pub copy: Option<String>,
}

/// A stretch of a file that is not what was written there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The file, by its name in the vault's folder.
    pub file: String,
    /// Where the damage begins.
    pub offset: u64,
    /// How far it reaches; zero where the whole file is missing.
    pub bytes: u64,
}

impl VaultRecovery {
    pub(super) fn tell_damage(&mut self, file: &str, gap: Gap) {
        if self.damage.len() < DAMAGE_NAMED_MAX {
            let bytes = gap.to.saturating_sub(gap.from);
            self.damage.push(Damage { file: file.to_owned(), offset: gap.from, bytes });
        }
    }
}

/// What an erasure did, for its receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// Whose payloads cannot be opened any more.
    pub subject: Subject,
    /// The key that this call destroyed; none where an earlier call did, or where there never was one.
    pub key_id: Option<KeyId>,
    /// The generation of the keyring that no longer holds it; copies of earlier generations may.
    pub generation: u64,
    /// How many payloads of the subject are overwritten, those of earlier erasures included.
    pub records: u64,
    /// How many bytes they take.
    pub bytes: u64,
}
