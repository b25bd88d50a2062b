//! The hash of an entry and the head of the chain.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The SHA-256 that chains an entry to all before it; written as 64 lowercase hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; 32]);

/// The text is not 64 lowercase hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected 64 lowercase hex digits")]
pub struct ParseHashError;

impl Hash {
    /// What stands before the first entry.
    pub const ZERO: Self = Self([0; 32]);

    /// The hash of these bytes, already computed.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 raw bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The first 8 hex digits, as a message carries them for a person to compare.
    #[must_use]
    pub fn short(&self) -> String {
        let mut text = hex::encode(self.0);
        text.truncate(8);
        text
    }

    pub(super) fn from_hex(text: &[u8]) -> Result<Self, ParseHashError> {
        lowercase_hex(text).map(Self).ok_or(ParseHashError)
    }
}

/// Reads exactly `N` bytes of lowercase hex. Uppercase is refused: one value has one spelling, so that no bit of a line
/// can change unseen.
pub(super) fn lowercase_hex<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let lowercase = text.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    (lowercase && hex::decode_to_slice(text, &mut bytes).is_ok()).then_some(bytes)
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Hash {
    type Err = ParseHashError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::from_hex(text.as_bytes())
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The last entry of a journal: its number and its hash, which stands for everything before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Head {
    /// The number of the last entry; 0 where there is none.
    pub seq: u64,
    /// Its hash; zeros where there is none.
    pub hash: Hash,
}

impl Head {
    /// The head of a journal without entries.
    pub const EMPTY: Self = Self { seq: 0, hash: Hash::ZERO };

    /// The number the next entry has.
    #[must_use]
    pub const fn next_seq(self) -> u64 {
        // A hostile file name can hold the largest number; it must not end the process.
        self.seq.saturating_add(1)
    }
}

impl Default for Head {
    fn default() -> Self {
        Self::EMPTY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_written_and_read_as_lowercase_hex_alone() {
        let text = "0f".repeat(32);
        let hash: Hash = text.parse().unwrap();
        assert_eq!(hash.to_string(), text);
        assert_eq!(hash.short(), "0f0f0f0f");
        assert_eq!(serde_json::from_str::<Hash>(&serde_json::to_string(&hash).unwrap()).unwrap(), hash);
        for wrong in [text.to_uppercase(), "0f".repeat(31), "0f".repeat(33), "0g".repeat(32)] {
            assert_eq!(wrong.parse::<Hash>(), Err(ParseHashError), "{wrong}");
        }
    }

    #[test]
    fn an_empty_journal_has_a_head_of_zeros() {
        let text = serde_json::to_string(&Head::EMPTY).unwrap();
        assert_eq!(text, format!(r#"{{"seq":0,"hash":"{}"}}"#, "0".repeat(64)));
        assert_eq!(Head::EMPTY.next_seq(), 1);
    }
}
