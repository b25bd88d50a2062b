//! Policies: who is told of a case, in which order, and what its clock demands.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::names::{AuthorityId, BodyId, ChannelId, DutyRole, Kind, Medium, PersonId, PolicyId};
use crate::time::span;

/// The rules for cases of one kind. A case keeps those of the moment it became that kind (P11).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// The kind of case it is for.
    pub kind: Kind,
    /// Who is told, and when.
    pub steps: Vec<Step>,
    /// A handler without progress for this long loses the case.
    #[serde(with = "span::option", default, skip_serializing_if = "Option::is_none")]
    pub idle_after: Option<Duration>,
    /// The duty to report to authorities.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<ClockPolicy>,
}

impl Policy {
    /// The name these rules go by once frozen: the first digits of the hash of what they say.
    #[must_use]
    pub fn id(&self) -> PolicyId {
        let text = serde_json::to_vec(self).unwrap_or_default();
        PolicyId::new(hex::encode(Sha256::digest(&text)).get(..16).unwrap_or_default())
    }
}

/// One step of a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Offset from the anchor of the policy's kind; never from the step before.
    #[serde(with = "span")]
    pub after: Duration,
    /// Who is told.
    pub notify: Vec<Target>,
    /// By which media, in this order.
    pub by: Vec<Medium>,
    /// The next medium follows after this without a delivered or answered receipt; zero: all at once.
    #[serde(with = "span")]
    pub wait: Duration,
    /// Whoever has not confirmed is told again at this interval, until somebody has taken the case.
    #[serde(with = "span::option", default, skip_serializing_if = "Option::is_none")]
    pub repeat_every: Option<Duration>,
    /// Skipped once anybody did this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unless: Option<Unless>,
}

/// Whose act makes a step needless.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unless {
    /// Somebody said "I know".
    Confirmed,
    /// Somebody handles the case: what silences every step, whether it says so or not.
    Taken,
}

/// Who a step tells, before it is known who that is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// The leader of the case's unit.
    UnitLeader,
    /// Its liaison.
    UnitLiaison,
    /// Its deputy.
    UnitDeputy,
    /// Whoever is on duty in this role.
    Duty(DutyRole),
    /// Whoever handles the case.
    Handler,
    /// Every member of a body.
    Body(BodyId),
    /// One person.
    Person(PersonId),
    /// A group robot.
    Channel(ChannelId),
}

/// What the clock of a case demands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockPolicy {
    /// How long there is, from the first moment anybody or anything held what makes the case suspected.
    #[serde(with = "span")]
    pub within: Duration,
    /// The authorities; each has a clock of its own.
    pub report_to: Vec<AuthorityId>,
    /// When those who work on the case are warned, from the anchor.
    #[serde(with = "span::list")]
    pub warn_at: Vec<Duration>,
    /// Who is warned.
    pub warn: Vec<Target>,
    /// By which media.
    pub warn_by: Vec<Medium>,
    /// A clock with less than this left when it starts is born late.
    #[serde(with = "span")]
    pub born_late: Duration,
    /// The telephone report.
    pub phone: PhonePolicy,
    /// The written report.
    pub written: WrittenPolicy,
}

/// How the telephone report is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhonePolicy {
    /// Its own limit from the anchor; never later than the clock's.
    #[serde(with = "span::option", default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Duration>,
    /// Who rings first.
    pub call: Caller,
    /// From the anchor: with no outcome on record by then, the daemon rings.
    #[serde(with = "span")]
    pub daemon_after: Duration,
    /// The least that counts as the telephone proof.
    pub proof: Grade,
}

/// How the written report is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrittenPolicy {
    /// Its own limit from the anchor; never later than the clock's.
    #[serde(with = "span::option", default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Duration>,
    /// By which media, in this order.
    pub by: Vec<Medium>,
    /// The least that counts as the written proof.
    pub proof: WrittenProof,
    /// Sent this long after the telephone proof …
    #[serde(with = "span")]
    pub after_phone: Duration,
    /// … and at the latest this long after the anchor.
    #[serde(with = "span")]
    pub latest: Duration,
    /// The handler completes and sends it; at `latest` the newest draft goes, marked unverified.
    pub review: bool,
}

/// Who rings the authority first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Caller {
    /// The duty officer; the daemon only where nobody recorded an outcome in time.
    Officer,
    /// The daemon, at once.
    Daemon,
}

/// How far a telephone report got; each includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// The provider took the call.
    Accepted,
    /// Something picked up: a person, or a voicemail.
    Answered,
    /// The message was played to the end.
    Heard,
    /// A person at the authority: a key pressed, or the officer's record.
    Person,
}

/// What counts as the written proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WrittenProof {
    /// The provider took it, and nothing came back.
    Accepted,
    /// The authority confirmed it.
    Receipted,
}
