//! What became of a request, and what a provider tells of it later.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::time::span;

/// A channel without money or quota is not tried for this long, where its provider names no time.
pub(crate) const EXHAUSTED_FOR: Duration = Duration::from_mins(10);
/// Nor longer than this, whatever time it names: it may be paid long before.
pub(crate) const EXHAUSTED_MAX: Duration = Duration::from_hours(1);

/// What became of one request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The provider took it.
    Accepted {
        /// What the provider calls it: in its own words as the answer comes, and what stands for them in a fact.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        provider_id: Option<String>,
    },
    /// It was not taken, or nobody knows.
    Failed(DeliveryError),
}

impl Outcome {
    /// Whether nobody knows what became of the request.
    #[must_use]
    pub const fn is_unknown(&self) -> bool {
        matches!(self, Self::Failed(DeliveryError::Unknown { .. }))
    }
}

/// What can be done about a failed request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryError {
    /// Not taken; a later try may be.
    Transient {
        /// Why.
        reason: FailureReason,
        /// When the provider said to come back.
        #[serde(with = "span::option", default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<Duration>,
    },
    /// Out of money or over quota.
    Exhausted {
        /// Why.
        reason: FailureReason,
        /// For how long, where the provider said so.
        #[serde(with = "span::option", default, skip_serializing_if = "Option::is_none")]
        until: Option<Duration>,
    },
    /// Not taken, and the same again will not be.
    Permanent {
        /// Why.
        reason: FailureReason,
    },
    /// The request broke off after its first byte: it may have arrived.
    Unknown {
        /// Why.
        reason: FailureReason,
    },
}

impl DeliveryError {
    /// Why.
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
    /// The person who was reached is somebody else.
    #[error("the number is somebody else's")]
    WrongPerson,
    /// Nobody picked up, or it was busy.
    #[error("nobody picked up")]
    NoAnswer,
    /// The provider's clock and ours differ by more than it lets pass.
    #[error("the provider's clock and ours differ")]
    ClockSkew,
    /// The provider answered by a code that nobody here knows.
    #[error("the provider answered by a code that is not known here")]
    UnknownCode,
    /// The provider lets this address have no more for a while; others it does.
    #[error("the provider lets this address have no more for a while")]
    CalleeLimit,
}

/// What a provider tells of a message later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptState {
    /// It arrived.
    Delivered,
    /// Something picked up.
    Answered,
    /// Played to the end.
    Heard,
    /// It did not arrive.
    Failed,
}

/// A key pressed during a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Digit {
    /// 1: takes the case; at an authority: takes the report.
    Take,
    /// 2: knows; at an authority: wants to be rung by the officer.
    Confirm,
    /// 3: cannot; at an authority: wants to be rung later.
    Pass,
    /// 9: somebody else's number.
    WrongPerson,
}
