//! What facts carry: an event, a case and a clock as they began; spans.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::bulletin::Trouble;
use crate::domain::case::Reading;
use crate::domain::lock::CodeWay;
use crate::domain::names::{
    Actor, AddressToken, AuthorityId, CaseId, Celsius, ChannelId, ClientId, EventId, EventKey, Kind, Medium,
    NotificationId, PayloadName, PersonId, PersonToken, RequestId, SessionHash, SourceId, UnitId,
};
use crate::domain::notification::{Digit, ReceiptState};
use crate::time::{Day, Timestamp};

const MINUTE: Duration = Duration::from_mins(1);

/// From one instant to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The first instant.
    pub from: Timestamp,
    /// The last.
    pub to: Timestamp,
}

impl Span {
    /// Whether two spans share an instant.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        self.from <= other.to && other.from <= self.to
    }

    /// The whole minutes that it touches: thousands of messages that fail together are excused by a few spans.
    #[must_use]
    pub fn in_minutes(self) -> Self {
        let minute = i64::try_from(MINUTE.as_millis()).unwrap_or(i64::MAX);
        let start = |at: Timestamp| Timestamp::from_millis(at.as_millis().div_euclid(minute) * minute);
        Self { from: start(self.from), to: start(self.to) + MINUTE }
    }

    /// How long it is.
    #[must_use]
    pub fn length(self) -> Duration {
        self.to.since(self.from)
    }
}

/// A configuration was adopted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigurationAdopted {
    /// Its hash.
    pub sha256: String,
    /// Addresses that turned out to be somebody else's and are still the same; the others count as put right.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub still_wrong: Vec<(PersonId, Medium)>,
}

/// Trouble began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TroubleBegan {
    /// Which.
    pub trouble: Trouble,
    /// When it was seen.
    pub at: Timestamp,
    /// Whether the operators are told of it.
    pub told: bool,
    /// Since when it lasts, where that is longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
}

/// The wall clock jumped against the time since boot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockStepped {
    /// From what it showed.
    pub from: Timestamp,
    /// To what it shows.
    pub to: Timestamp,
    /// The later of the two clocks fell from the first instant to the second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fell: Option<(Timestamp, Timestamp)>,
}

/// The wall clock counts again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockTrusted {
    /// Who said that it is right; nobody where an hour has gone by.
    pub by: Option<Actor>,
    /// The later of the two clocks fell from the first instant to the second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fell: Option<(Timestamp, Timestamp)>,
}

/// Somebody says that nothing will get in for a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaintenanceAnnounced {
    /// From when to when.
    pub span: Span,
    /// Who.
    pub actor: Actor,
    /// Why, sealed.
    pub reason: PayloadName,
}

/// A wrong code was typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeRefused {
    /// With whose number, or in whose name.
    pub person: PersonId,
    /// When.
    pub at: Timestamp,
    /// Until when no other is taken the same way.
    pub locked_until: Option<Timestamp>,
    /// How it came.
    #[serde(default)]
    pub way: CodeWay,
}

/// A fever event as it was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventTaken {
    /// How its answer names it.
    pub event: EventId,
    /// Who sent it.
    pub source: SourceId,
    /// What makes it the same event.
    pub key: EventKey,
    /// A keyed hash of its content, so that a repeat that differs is seen.
    pub content: EventKey,
    /// When its last byte was read.
    pub received: Timestamp,
    /// The instant that counts for it.
    pub discovered: Timestamp,
    /// What its sender was told.
    pub outcome: EventOutcome,
    /// Its unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitId>,
    /// Nobody named it: it is that of the source.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unit_assumed: bool,
    /// What was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<Celsius>,
    /// The reading is outside what a body can show.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub implausible: bool,
    /// Who it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonToken>,
    /// What it said, sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<PayloadName>,
    /// The case it opened, joined or raised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<CaseId>,
    /// What that case is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// The device says that it sends it again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replay: bool,
}

/// What the sender of a fever event is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventOutcome {
    /// It opened a case.
    CaseOpened,
    /// It belongs to an open case.
    CaseJoined,
    /// It raised an open case.
    CaseRaised,
    /// A normal reading.
    BelowThreshold,
    /// A reading that no body shows.
    InvalidReading,
    /// A source says that it was nothing: noted, and proposed for an open case.
    Noted,
}

/// A case as it was opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseOpened {
    /// Its number.
    pub case: CaseId,
    /// What it is held to be.
    pub kind: Kind,
    /// Its unit.
    pub unit: UnitId,
    /// Nobody named the unit.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unit_assumed: bool,
    /// The day it counts on, as its number says.
    pub day: Day,
    /// Its count on that day.
    pub number: u32,
    /// When the daemon opened it.
    pub opened_at: Timestamp,
    /// When it was discovered.
    pub discovered_at: Timestamp,
    /// The first moment that anybody or anything held what makes it suspected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspected_since: Option<Timestamp>,
    /// Who it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<PersonToken>,
    /// Who that is in the directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject_person: Option<PersonId>,
    /// The last case of the same person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<CaseId>,
    /// The cluster rule that made it suspected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// The event it was opened by.
    pub reading: Reading,
}

/// A clock as it started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockStarted {
    /// Its index within the case.
    pub clock: u32,
    /// The authority.
    pub authority: AuthorityId,
    /// The plan whose policy it follows.
    pub plan: u32,
    /// Where it counts from.
    pub anchor: Timestamp,
    /// When both proofs must be there.
    pub due: Timestamp,
    /// When the telephone report must be proved.
    pub phone_due: Timestamp,
    /// When the written report must be proved.
    pub written_due: Timestamp,
    /// When the daemon rings.
    pub daemon_call_at: Timestamp,
    /// When the written report goes at the latest.
    pub latest_at: Timestamp,
    /// The first warning.
    pub warn_at: Option<Timestamp>,
    /// It had little or no time left.
    pub born_late: bool,
    /// The daemon was not armed.
    pub unarmed: bool,
}

/// An address of a person that is somebody else's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrongAddress {
    /// Whose it was held to be.
    pub person: PersonId,
    /// By which medium it is reached.
    pub medium: Medium,
    /// What went there: no key that is pressed in answer to it is the person's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub astray: Vec<NotificationId>,
    /// Of which cases it was answered from there: nobody knows of them by that, or cannot take them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unsaid: Vec<CaseId>,
    /// What stands for the address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<AddressToken>,
}

/// A number of an authority that is somebody else's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrongNumber {
    /// The case it was rung for.
    pub case: CaseId,
    /// The clock.
    pub clock: u32,
    /// Its place among the numbers when it was rung, counted from 0.
    pub address: u32,
    /// What stands for it: it is wrong in whatever place it stands, and no other is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<AddressToken>,
}

/// A receipt that matches nothing yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptKept {
    /// The key that it names.
    pub key: NotificationId,
    /// The channel it came by.
    pub channel: ChannelId,
    /// How far the message got.
    pub state: Option<ReceiptState>,
    /// The key that was pressed.
    pub digit: Option<Digit>,
    /// When it came.
    pub received: Timestamp,
    /// How long it is kept.
    pub until: Timestamp,
}

/// A test message that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestAsked {
    /// The request.
    pub request: RequestId,
    /// To whom.
    pub person: PersonId,
    /// Who asked.
    pub actor: Option<Actor>,
    /// Which program asked.
    pub client: Option<ClientId>,
    /// How long it is kept.
    pub until: Timestamp,
}

/// A receipt as it was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptTaken {
    /// The message.
    pub notification: NotificationId,
    /// How far the message got.
    pub state: Option<ReceiptState>,
    /// The key that was pressed.
    pub digit: Option<Digit>,
    /// When the provider says it was.
    pub at: Option<Timestamp>,
    /// Whether it tells anything new.
    pub effect: bool,
}

/// A clock was withdrawn with its case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockWithdrawn {
    /// The case.
    pub case: CaseId,
    /// Which of its clocks.
    pub clock: u32,
    /// When, by the earlier of the two clocks: a limit before it had passed, and is still to be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

/// A clock that was met runs again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockReopened {
    /// The case.
    pub case: CaseId,
    /// Its clock, counted from 0.
    pub clock: u32,
    /// When people are warned of it next, where its limit has not passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warn_at: Option<Timestamp>,
}

/// Somebody is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionOpened {
    /// The hash of the session's secret.
    pub session: SessionHash,
    /// Who.
    pub person: PersonId,
    /// Until when.
    pub until: Timestamp,
    /// By which medium its code went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub medium: Option<Medium>,
}
