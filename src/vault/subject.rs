//! Subject: whose key a payload's key is wrapped under, and what is erased as one.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What a payload belongs to, and what an erasure erases: a case or a report, such as `case/C-20261123-0001`.
///
/// A subject stands in the vault in the clear, so it is an id and never a name: 1 to 64 of `A-Z a-z 0-9 / - _ . :`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject(Box<str>);

/// The text is not a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected 1 to 64 of A-Z a-z 0-9 / - _ . :")]
pub struct ParseSubjectError;

impl Subject {
    /// The longest subject, in bytes.
    pub const BYTES_MAX: usize = 64;

    /// The text itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether this text may stand in the keyring, as a subject or as the purpose of a secret.
pub(super) fn is_plain(text: &str) -> bool {
    (1..=Subject::BYTES_MAX).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-_.:".contains(&byte))
}

impl FromStr for Subject {
    type Err = ParseSubjectError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if is_plain(text) { Ok(Self(text.into())) } else { Err(ParseSubjectError) }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Subject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Subject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
