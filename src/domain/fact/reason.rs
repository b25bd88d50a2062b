//! Why: the closed lists by which facts say what raised, skipped, postponed or cancelled something.

use serde::{Deserialize, Serialize};

use crate::domain::names::{Actor, EventId, PayloadName, PersonId, Recipient};
use crate::domain::policy::Target;

/// Which of the two proofs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// A person at the authority was told by telephone.
    Telephone,
    /// The written report went.
    Written,
}

/// What raised a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RaisedBy {
    /// A later event of the same person.
    Event(EventId),
    /// A cluster rule.
    Cluster(String),
    /// A person.
    Person {
        /// Who.
        actor: Actor,
        /// Why, sealed.
        payload: Option<PayloadName>,
    },
}

/// Something a step found empty (P10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gap {
    /// Nobody holds the post, or the body has no members.
    Empty(Target),
    /// The person it names is the case's own, and nobody stands in.
    OwnCase(PersonId),
    /// The person has no address for any medium of the step.
    NoAddress(PersonId),
    /// Not armed, and not on the test list.
    Unarmed(Recipient),
}

/// Why a step was passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SkippedBecause {
    /// Somebody knows of the case, and the step asks for no more.
    Confirmed,
    /// Somebody handles the case.
    Taken,
}

/// Why a medium was passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unreachable {
    /// No address.
    NoAddress,
    /// No channel.
    NoChannel,
    /// Somebody else's number.
    WrongPerson,
    /// The same call rings somebody else by the same number.
    SharedNumber,
    /// No channel for it has money or quota, as far as their providers said; another medium takes over.
    NoMoney,
    /// No provider took it, as often as it may be tried.
    NotTaken,
}

impl Unreachable {
    /// Why, in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::NoAddress => "the configuration has no address",
            Self::NoChannel => "no channel is configured",
            Self::WrongPerson => "it is somebody else's number",
            Self::SharedNumber => "the same call rings somebody else by the same number",
            Self::NoMoney => "no channel has money or quota",
            Self::NotTaken => "no provider took it, as often as it may be tried",
        }
    }
}

/// Why a message was put off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PostponedBecause {
    /// The channel's limit for one callee.
    CalleeLimit,
    /// The channel's limit for all.
    ChannelLimit,
    /// Spread over the clock, one call kept for its last minutes.
    Spread,
    /// Outside the hours of every number.
    Hours,
}

/// Why a message is not wanted any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelledBecause {
    /// The person said "I know", or could not take the case.
    Confirmed,
    /// Somebody handles the case.
    Taken,
    /// The proof is there.
    Proved,
    /// The suspicion was withdrawn.
    Withdrawn,
    /// The case was closed.
    Closed,
    /// The case was raised, and its new plan tells them.
    Raised,
    /// A later message says it all.
    Overtaken,
    /// Not armed.
    Unarmed,
    /// A person's own report takes its place.
    Replaced,
    /// The address is somebody else's.
    WrongPerson,
    /// The configuration has no address for it any more.
    NoAddress,
    /// Everything that it asks for was reported.
    Filed,
    /// It was not taken, as often as it may be tried.
    NotTaken,
}

/// How a call to an authority went, as a person recorded it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TelephoneOutcome {
    /// A person there took the report: the proof.
    Taken,
    /// They asked to be rung back.
    CallBack,
    /// Nobody picked up.
    NoAnswer,
    /// It was somebody else's number.
    WrongNumber,
    /// They would not take it.
    Refused,
}
