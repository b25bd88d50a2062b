//! What is kept to be compared with what comes: the last load of a file that people change, and receipts that match
//! nothing yet.

use serde::{Deserialize, Serialize};

use crate::domain::names::{ChannelId, PayloadName};
use crate::domain::notification::{Digit, ReceiptState};
use crate::time::Timestamp;

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

/// A receipt that matches nothing yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptReceipt {
    /// What it says.
    pub state: Option<ReceiptState>,
    /// The key it carries.
    pub digit: Option<Digit>,
    /// The channel it came by: it is no word of another one's messages.
    pub channel: ChannelId,
    /// When it came.
    pub received: Timestamp,
    /// How long it is kept.
    pub until: Timestamp,
}
