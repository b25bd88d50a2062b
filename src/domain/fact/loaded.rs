//! What the record keeps of each configuration that was read.

use serde::{Deserialize, Serialize};

use crate::domain::names::PayloadName;

/// The files of a configuration were read: their hash, what they say otherwise than those before, and a sealed copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigurationLoaded {
    /// Their hash.
    pub sha256: String,
    /// That of the copy before, with which they are compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// What made the daemon read them.
    pub why: LoadedBecause,
    /// As which user of the machine the daemon runs.
    pub user: u32,
    /// The files, with every secret blotted out, sealed; none where they found no room in the vault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copy: Option<PayloadName>,
    /// Which keys say something else; of the first copy, what the rules say.
    pub changed: Vec<KeyChanged>,
    /// How many more there was no room for.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more: usize,
}

/// What made the daemon read its configuration and the employee register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoadedBecause {
    /// It started.
    Start,
    /// A hangup: somebody on the machine told it to.
    Hangup,
}

/// A key that says something else than before; its values stand here where they are rules, and nobody's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyChanged {
    /// The key, as `check` calls it.
    pub key: String,
    /// Whether it is new, gone, or says something else.
    pub how: KeyChange,
    /// What it said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
    /// What it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is: Option<String>,
}

/// How a key changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyChange {
    /// It was not there.
    Added,
    /// It is not there any more.
    Removed,
    /// It says something else.
    Changed,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it out so")]
const fn is_zero(count: &usize) -> bool {
    *count == 0
}
