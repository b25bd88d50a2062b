//! What became of one message: accepted, or failed in one of four ways that the next step depends on.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What one attempt to send one message came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The provider said that it has the message; whether it arrives is another question.
    Accepted {
        /// The provider's own id of the message, where it gave one and an `id` expression finds it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        provider_id: Option<String>,
    },
    /// The message was not accepted, or nobody knows.
    Failed(DeliveryError),
}

/// Why a message was not accepted, by what can be done about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryError {
    /// Certainly not accepted; trying again may help.
    #[error("not accepted for now: {reason}")]
    Transient {
        /// What went wrong.
        reason: FailureReason,
        /// How long the provider asks to wait, at most an hour.
        #[serde(default, with = "crate::time::span::option", skip_serializing_if = "Option::is_none")]
        retry_after: Option<Duration>,
    },
    /// Certainly not accepted, and nothing will be until somebody pays, or the quota begins anew.
    #[error("the channel is exhausted: {reason}")]
    Exhausted {
        /// What is used up.
        reason: FailureReason,
        /// How long that lasts, where the provider says so.
        #[serde(default, with = "crate::time::span::option", skip_serializing_if = "Option::is_none")]
        until: Option<Duration>,
    },
    /// Certainly not accepted; the same message will never be.
    #[error("refused: {reason}")]
    Permanent {
        /// What went wrong.
        reason: FailureReason,
    },
    /// Nobody knows whether it was accepted: it goes again, with the same key.
    #[error("fate unknown: {reason}")]
    Unknown {
        /// What went wrong.
        reason: FailureReason,
    },
}

impl DeliveryError {
    /// What went wrong, whichever of the four it is.
    #[must_use]
    pub const fn reason(&self) -> FailureReason {
        match self {
            Self::Transient { reason, .. }
            | Self::Exhausted { reason, .. }
            | Self::Permanent { reason }
            | Self::Unknown { reason } => *reason,
        }
    }
}

/// What went wrong, as a closed list: it goes into facts, metrics and pages, and holds nothing of the message.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, thiserror::Error,
)]
#[serde(rename_all = "snake_case")]
pub enum FailureReason {
    /// The provider did not take our credentials.
    #[error("the provider did not take the credentials")]
    Auth,
    /// Too many messages in too short a time.
    #[error("too many messages in too short a time")]
    RateLimited,
    /// The provider refused this message.
    #[error("the provider refused the message")]
    Refused,
    /// The provider answered in the affirmative, and its answer says that the message was not accepted.
    #[error("the provider's answer says that it did not accept the message")]
    NotAccepted,
    /// The address does not exist, or this channel cannot reach an address of its kind.
    #[error("there is no such address")]
    NoSuchAddress,
    /// The message cannot be written in this channel's form.
    #[error("the message cannot be written in the channel's form")]
    Unwritable,
    /// Money or a quota is used up.
    #[error("money or quota is used up")]
    Quota,
    /// The provider sent us elsewhere; redirects are never followed.
    #[error("the provider answered with a redirect")]
    Redirected,
    /// The name of the provider's host was not found.
    #[error("the host's name was not found")]
    Dns,
    /// No connection, or it broke.
    #[error("no connection, or it broke")]
    Connect,
    /// No trustworthy encrypted connection.
    #[error("no trustworthy encrypted connection")]
    Tls,
    /// No answer in time.
    #[error("no answer in time")]
    Timeout,
    /// All connections of this channel were in use for as long as the attempt may take.
    #[error("all connections of the channel were in use")]
    Busy,
    /// An answer that cannot be understood.
    #[error("the answer cannot be understood")]
    BadAnswer,
    /// A failure on the provider's side.
    #[error("a failure on the provider's side")]
    Server,
    /// The process ended, or the attempt was given up, before there was an answer.
    #[error("the attempt ended before there was an answer")]
    Interrupted,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_is_written_in_words_and_read_back() {
        for (outcome, json) in [
            (Outcome::Accepted { provider_id: None }, r#"{"accepted":{}}"#),
            (
                Outcome::Failed(DeliveryError::Transient {
                    reason: FailureReason::RateLimited,
                    retry_after: Some(Duration::from_secs(90)),
                }),
                r#"{"failed":{"transient":{"reason":"rate_limited","retry_after":"1m30s"}}}"#,
            ),
            (
                Outcome::Failed(DeliveryError::Unknown { reason: FailureReason::Timeout }),
                r#"{"failed":{"unknown":{"reason":"timeout"}}}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(&outcome).unwrap(), json);
            assert_eq!(serde_json::from_str::<Outcome>(json).unwrap(), outcome);
        }
    }
}
