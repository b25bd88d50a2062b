//! Providers that are known here: how each is asked, and what its answers mean.
//!
//! A provider says by its own code what became of a message, whatever the HTTP status; each has one table of its codes. A
//! code that stands in no table is unknown: the message goes again under the same key, and the operator reads the code.
//! What a provider writes besides may repeat a number, and is never kept.

mod code;
mod dingtalk;
mod encode;
mod feishu;
mod ntfy;
mod robot;
mod settings;
mod twilio;
mod wecom;

#[cfg(test)]
mod tests;

use std::fmt;
use std::time::Duration;

pub use code::Code;
pub(super) use settings::Url;
pub use settings::{Preset, PresetSettings};

use super::answer::{Answer, by_status};
use super::http::Ask;
use super::{DeliveryError, FailureReason, Message, Outcome};
use crate::time::Timestamp;

/// When a request is signed, and the word that makes it different from every other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// The instant, by our clock.
    pub at: Timestamp,
    /// 32 hexadecimal digits that were never used before.
    pub nonce: String,
}

impl Stamp {
    /// A stamp of an instant, with a word from chance.
    #[must_use]
    pub fn of(at: Timestamp) -> Self {
        Self { at, nonce: hex::encode(rand::random::<[u8; 16]>()) }
    }
}

/// What came of an attempt, and the provider's own code for it where it has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// What came of it.
    pub outcome: Outcome,
    /// The code, for whoever looks it up.
    pub code: Option<Code>,
}

impl Verdict {
    pub(super) const fn failed(error: DeliveryError) -> Self {
        Self { outcome: Outcome::Failed(error), code: None }
    }

    const fn accepted(provider_id: Option<String>) -> Self {
        Self { outcome: Outcome::Accepted { provider_id }, code: None }
    }
}

impl From<Outcome> for Verdict {
    fn from(outcome: Outcome) -> Self {
        Self { outcome, code: None }
    }
}

/// One provider.
pub(super) trait Provider: fmt::Debug + Send + Sync {
    /// The request for a message, signed at an instant of the provider's clock.
    fn ask(&self, message: &Message, stamp: &Stamp) -> Result<Ask, FailureReason>;

    /// What an answer to it means.
    fn judge(&self, answer: &Answer, stamp: &Stamp) -> Verdict;
}

/// What a code means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    /// This message will never be taken.
    Never(FailureReason),
    /// None will, until somebody mends the channel.
    Credentials,
    /// Later, after so many seconds where the provider says so.
    Later(FailureReason, Option<u64>),
}

impl Sort {
    fn verdict(self, code: &str, answer: &Answer) -> Verdict {
        let error = match self {
            Self::Never(reason) => DeliveryError::Permanent { reason },
            Self::Credentials => DeliveryError::Permanent { reason: FailureReason::Auth },
            Self::Later(reason, seconds) => DeliveryError::Transient {
                reason,
                retry_after: seconds.map(Duration::from_secs).or(answer.retry_after),
            },
        };
        Verdict { outcome: Outcome::Failed(error), code: Code::new(code) }
    }
}

/// What an answer that is no acceptance means, by the provider's table of codes; by its HTTP status where it has none.
fn sorted(codes: &[(&str, Sort)], code: Option<&str>, answer: &Answer) -> Verdict {
    let Some(code) = code else { return Verdict::failed(by_status(answer, None)) };
    // One that ends in a star stands for all that begin so.
    let is = |known: &str| known.strip_suffix('*').map_or(known == code, |begins| code.starts_with(begins));
    match codes.iter().find(|(known, _)| is(known)) {
        Some((_, sort)) => sort.verdict(code, answer),
        None => {
            let error = DeliveryError::Unknown { reason: FailureReason::UnknownCode };
            Verdict { outcome: Outcome::Failed(error), code: Code::new(code) }
        }
    }
}

/// A field of an answer as text: providers write codes as numbers or as text, and change their mind.
fn text_of(answer: &Answer, field: &str) -> Option<String> {
    let value = answer.body.as_ref()?.get(field)?;
    value.as_str().map(ToOwned::to_owned).or_else(|| value.is_number().then(|| value.to_string()))
}
