//! What was kept last of a file that people change: the next load is compared with it.

use serde::{Deserialize, Serialize};

use crate::domain::names::PayloadName;

/// The load that was kept last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Its hash; none where there was no file.
    pub sha256: Option<String>,
    /// Its sealed copy, where it found room in the vault.
    pub copy: Option<PayloadName>,
    /// The entry in which it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<u64>,
}
