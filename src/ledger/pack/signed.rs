//! What vouches for a pack as a whole: the signature over the list of its files, or why there is none.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::journal::{Hash, SignedHead, SignedSums, Signer};
use crate::time::Timestamp;

/// The file that says it. It stands beside `SHA256SUMS` and in it neither.
pub(super) const NAME: &str = "signed.json";

/// Why a pack is not signed as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unsigned {
    /// The key could not be read where it was made.
    NoKey,
    /// The key there is not the one that signed the head which the pack reaches to.
    OtherKey,
    /// Nothing says that it ever was, or that it was not.
    NotThere,
}

/// Who vouches for a pack: the key that signed the head it reaches to, or nobody.
#[derive(Debug, Clone, Copy)]
pub struct Vouch<'k>(Result<&'k Signer, Unsigned>);

impl<'k> Vouch<'k> {
    /// Takes the key that is at hand, where it is that of the head.
    #[must_use]
    pub fn by(signer: Option<&'k Signer>, head: &SignedHead) -> Self {
        let signer = signer.ok_or(Unsigned::NoKey);
        Self(signer.and_then(|it| if it.public() == head.key { Ok(it) } else { Err(Unsigned::OtherKey) }))
    }

    /// Why it is nobody.
    #[must_use]
    pub fn unsigned(&self) -> Option<Unsigned> {
        self.0.err()
    }

    /// What [`NAME`] says.
    pub(super) fn of(&self, sums: Hash, at: Timestamp, entry: Option<u64>) -> Value {
        match self.0 {
            Ok(signer) => json!(signer.sign_sums(sums, at, entry)),
            Err(why) => {
                json!({ "sums_sha256": sums, "at": at, "entry": entry, "key": null, "signature": null, "unsigned": why })
            }
        }
    }
}

/// What a file of that name says, as it is read again.
#[derive(Deserialize)]
#[serde(untagged)]
enum Said {
    Signed(Box<SignedSums>),
    Not(Not),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Not {
    sums_sha256: Hash,
    #[serde(rename = "at")]
    _at: Timestamp,
    entry: Option<u64>,
    #[serde(rename = "key")]
    _key: (),
    #[serde(rename = "signature")]
    _signature: (),
    unsigned: Unsigned,
}

/// Whether what vouches for a pack fits the list of its files and the head: the entry in which the pack is on record, and
/// why nobody vouches for it. What is wrong with it else.
pub(super) fn read(
    text: &str,
    sums: Hash,
    head: &SignedHead,
) -> Result<(Option<u64>, Option<Unsigned>), String> {
    let said: Said = serde_json::from_str(text)
        .map_err(|_cause| format!("{NAME} does not say who vouches for the pack"))?;
    let (of, entry, unsigned) = match &said {
        Said::Signed(signed) => (signed.sums_sha256, signed.entry, None),
        Said::Not(not) => (not.sums_sha256, not.entry, Some(not.unsigned)),
    };
    if of != sums {
        return Err(format!(
            "SHA256SUMS is not the list that {NAME} is of: files were taken out, put in or changed, and the list written anew"
        ));
    }
    if let Said::Signed(signed) = said {
        if !signed.is_genuine() {
            return Err(format!("the signature of {NAME} is not that of its key"));
        }
        if signed.key != head.key {
            return Err(format!("{NAME} is signed with another key than head.json, {}", signed.key));
        }
    }
    Ok((entry, unsigned))
}
