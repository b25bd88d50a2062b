//! What is signed of an evidence pack: the hash of the list of its files, so that none can be taken out or put in.

use ed25519_dalek::Signature;
use serde::{Deserialize, Serialize};

use super::key::signature_hex;
use super::{Hash, PublicKey, Signer};
use crate::time::Timestamp;

/// The list of a pack's files, vouched for.
///
/// The signature is Ed25519 over these bytes, each part ended by one line feed (0x0A), nothing before or behind:
///
/// ```text
/// watchfire/pack/1
/// SUMS   the SHA-256 of SHA256SUMS, 64 lowercase hex digits
/// TIME   RFC 3339 in UTC with three decimals, as in a signed head
/// ENTRY  the entry in which it is on record that the pack was made, decimal; 0, where it is in none
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedSums {
    /// The SHA-256 of the list.
    pub sums_sha256: Hash,
    /// When it was signed.
    pub at: Timestamp,
    /// The entry that says who made the pack; none, where there is none.
    pub entry: Option<u64>,
    /// The key that verifies the signature, as 64 hex digits.
    pub key: PublicKey,
    /// The signature, as 128 hex digits.
    #[serde(with = "signature_hex")]
    pub signature: Signature,
}

impl SignedSums {
    /// Whether the signature is that of the key it names itself.
    #[must_use]
    pub fn is_genuine(&self) -> bool {
        self.key.vouches(&message(self.sums_sha256, self.at, self.entry), &self.signature)
    }
}

impl Signer {
    /// Signs the list of a pack's files.
    #[must_use]
    pub fn sign_sums(&self, sums_sha256: Hash, at: Timestamp, entry: Option<u64>) -> SignedSums {
        let signature = self.signature(&message(sums_sha256, at, entry));
        SignedSums { sums_sha256, at, entry, key: self.public(), signature }
    }
}

fn message(sums: Hash, at: Timestamp, entry: Option<u64>) -> Vec<u8> {
    format!("watchfire/pack/1\n{sums}\n{at}\n{}\n", entry.unwrap_or(0)).into_bytes()
}
