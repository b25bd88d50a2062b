//! Facts: what happened. The state is the fold of them, and the journal is the list of them.
//!
//! A fact's tag carries its version (`case_opened/1`). A fact whose meaning changes gets a new tag; an old one is
//! read for ever. Facts carry all that `apply` needs, and no name, number or text of a person.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::case::ReportKind;
use super::lapse::Lapse;
use super::names::{
    Actor, AuthorityId, CaseId, Celsius, ClientId, EventId, EventKey, Kind, Medium, NotificationId,
    PayloadName, PersonId, PersonToken, PolicyId, Recipient, RequestId, SessionHash, SourceId, UnitId,
};
use super::notification::{Attempt, Digit, Notification, Outcome, ReceiptState};
use super::policy::{Grade, Policy, Target};
use super::schedule::Due;
use crate::time::{BootId, Timestamp};

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::large_enum_variant, reason = "facts live for one decision; the largest are boxed already")]
#[expect(
    missing_docs,
    reason = "the fields are the vocabulary itself; each family's file says how they come about"
)]
pub enum Fact {
    // The daemon itself.
    /// The daemon started; where it was down before, since when.
    #[serde(rename = "started/1")]
    Started { build: String, boot: BootId, down: Option<Span>, torn: Option<u64> },
    /// The wall clock jumped against the time since boot.
    #[serde(rename = "clock_stepped/1")]
    ClockStepped { from: Timestamp, to: Timestamp },
    /// The wall clock counts again: an hour has gone by, or a person said that it is right.
    #[serde(rename = "clock_trusted/1")]
    ClockTrusted { by: Option<Actor> },
    /// A configuration was adopted.
    #[serde(rename = "configuration_adopted/1")]
    ConfigurationAdopted { sha256: String },
    /// From here on authorities are really rung.
    #[serde(rename = "armed/1")]
    Armed { actor: Actor },
    /// From here on they are not.
    #[serde(rename = "disarmed/1")]
    Disarmed { actor: Actor, reason: Option<PayloadName> },
    /// Sending was held back until a person lets it go.
    #[serde(rename = "hold_began/1")]
    HoldBegan,
    /// A person let sending go.
    #[serde(rename = "released/1")]
    Released { actor: Actor },
    /// A signed head was made for leaving this machine.
    #[serde(rename = "head_due/1")]
    HeadDue { due: Timestamp, next: Option<Timestamp> },
    /// What was due had nothing left to do.
    #[serde(rename = "due_passed/1")]
    DuePassed { due: Due },

    // Fever events.
    /// A fever event came in; `outcome` is what its sender was told.
    #[serde(rename = "event_taken/1")]
    EventTaken { event: Box<EventTaken> },
    /// The same event came again with another content.
    #[serde(rename = "event_differed/1")]
    EventDiffered { event: EventId, source: SourceId, received: Timestamp },

    // Cases.
    #[serde(rename = "case_opened/1")]
    CaseOpened { case: Box<CaseOpened> },
    /// A further event belongs to an open case.
    #[serde(rename = "case_joined/1")]
    CaseJoined { case: CaseId, reading: super::case::Reading },
    #[serde(rename = "case_raised/1")]
    CaseRaised { case: CaseId, from: Kind, to: Kind, since: Timestamp, why: RaisedBy },
    /// A source proposes what only a person decides, or more than it may say.
    #[serde(rename = "proposed/1")]
    Proposed { case: CaseId, kind: Kind, source: SourceId },
    #[serde(rename = "cases_linked/1")]
    CasesLinked { case: CaseId, with: CaseId },
    #[serde(rename = "policy_kept/1")]
    PolicyKept { policy: PolicyId, rules: Policy },
    #[serde(rename = "plan_started/1")]
    PlanStarted { case: CaseId, kind: Kind, policy: PolicyId, anchor: Timestamp },
    #[serde(rename = "step_taken/1")]
    StepTaken {
        case: CaseId,
        plan: u32,
        step: u32,
        due: Timestamp,
        told: Vec<Recipient>,
        gaps: Vec<Gap>,
        /// The first repeat, on the grid of the due instant, after this moment.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        repeat_at: Option<Timestamp>,
    },
    #[serde(rename = "step_skipped/1")]
    StepSkipped { case: CaseId, plan: u32, step: u32, due: Timestamp, why: SkippedBecause },
    /// A repeat of a step; `next` is on the grid of its due instants, `missed` the repeats between.
    #[serde(rename = "step_repeated/1")]
    StepRepeated {
        case: CaseId,
        plan: u32,
        step: u32,
        repeat: u32,
        due: Timestamp,
        missed: u32,
        next: Option<Timestamp>,
    },
    #[serde(rename = "confirmed/1")]
    Confirmed { case: CaseId, actor: Actor },
    #[serde(rename = "taken/1")]
    Taken { case: CaseId, actor: Actor, idle_at: Option<Timestamp> },
    #[serde(rename = "passed/1")]
    Passed { case: CaseId, actor: Actor, to: Option<PersonId> },
    /// The handler did something that brings the case on, or the case did: they are watched from here.
    #[serde(rename = "progressed/1")]
    Progressed { case: CaseId, idle_at: Option<Timestamp> },
    /// The handler did nothing for too long and lost the case.
    #[serde(rename = "handler_idle/1")]
    HandlerIdle { case: CaseId, person: PersonId, due: Timestamp },
    #[serde(rename = "ruled_out/1")]
    RuledOut { case: CaseId, actor: Actor, second: Option<PersonId>, payload: Option<PayloadName> },
    #[serde(rename = "noted/1")]
    Noted { case: CaseId, actor: Actor, payload: PayloadName },
    #[serde(rename = "closed/1")]
    Closed {
        case: CaseId,
        actor: Actor,
        payload: Option<PayloadName>,
        archive_at: Timestamp,
        erase_at: Option<Timestamp>,
    },
    #[serde(rename = "archived/1")]
    Archived { case: CaseId },
    #[serde(rename = "erased/1")]
    Erased { case: CaseId, actor: Option<Actor>, second: Option<PersonId>, ground: Option<PayloadName> },
    /// Erasing waits: a lapse about the case is undecided.
    #[serde(rename = "erase_put_off/1")]
    ErasePutOff { case: CaseId, until: Timestamp },
    #[serde(rename = "code_refused/1")]
    CodeRefused { person: PersonId, at: Timestamp, locked_until: Option<Timestamp> },

    // Clocks.
    #[serde(rename = "clock_started/1")]
    ClockStarted { case: CaseId, clock: Box<ClockStarted> },
    /// Those who work on the case were warned, or (`overtaken`) the moment for it had passed.
    #[serde(rename = "warned/1")]
    Warned { case: CaseId, clock: u32, number: u32, due: Timestamp, overtaken: bool, next: Option<Timestamp> },
    /// The daemon will ring the authority.
    #[serde(rename = "daemon_calls/1")]
    DaemonCalls { case: CaseId, clock: u32, due: Timestamp },
    #[serde(rename = "telephone_tried/1")]
    TelephoneTried {
        case: CaseId,
        clock: u32,
        actor: Actor,
        outcome: TelephoneOutcome,
        payload: Option<PayloadName>,
        call_back_at: Option<Timestamp>,
    },
    #[serde(rename = "telephone_impossible/1")]
    TelephoneImpossible { case: CaseId, clock: u32, why: super::case::Impossible },
    /// The call that must come before the written report has until then to start.
    #[serde(rename = "gate_set/1")]
    GateSet { case: CaseId, clock: u32, at: Timestamp },
    /// An attempt got further than any before it.
    #[serde(rename = "telephone_graded/1")]
    TelephoneGraded { case: CaseId, clock: u32, grade: Grade },
    #[serde(rename = "telephone_proved/1")]
    TelephoneProved {
        case: CaseId,
        clock: u32,
        at: Timestamp,
        grade: Grade,
        actor: Option<Actor>,
        said_at: Option<Timestamp>,
        written_at: Option<Timestamp>,
    },
    #[serde(rename = "proof_disputed/1")]
    ProofDisputed { case: CaseId, clock: u32, actor: Actor, payload: Option<PayloadName> },
    #[serde(rename = "address_wrong/1")]
    AddressWrong { case: CaseId, clock: u32, address: u32 },
    #[serde(rename = "written_drafted/1")]
    WrittenDrafted { case: CaseId, clock: u32, payload: PayloadName, actor: Actor, send: bool },
    #[serde(rename = "written_planned/1")]
    WrittenPlanned {
        case: CaseId,
        clock: u32,
        kind: ReportKind,
        number: u32,
        notification: NotificationId,
        actor: Option<Actor>,
    },
    #[serde(rename = "written_sent/1")]
    WrittenSent { case: CaseId, clock: u32, notification: NotificationId, at: Timestamp, proves: bool },
    /// A refusal that came after the provider had taken it.
    #[serde(rename = "written_returned/1")]
    WrittenReturned { case: CaseId, clock: u32, notification: NotificationId, unproves: bool },
    #[serde(rename = "written_receipted/1")]
    WrittenReceipted { case: CaseId, clock: u32, actor: Actor, reference: Option<PayloadName>, proves: bool },
    #[serde(rename = "clock_met/1")]
    ClockMet { case: CaseId, clock: u32, at: Timestamp },
    #[serde(rename = "clock_breached/1")]
    ClockBreached { case: CaseId, clock: u32, proof: Proof, due: Timestamp },
    /// A clock that was met is not: its proof was taken back.
    #[serde(rename = "clock_reopened/1")]
    ClockReopened { case: CaseId, clock: u32 },
    #[serde(rename = "clock_withdrawn/1")]
    ClockWithdrawn { case: CaseId, clock: u32 },
    #[serde(rename = "correction_owed/1")]
    CorrectionOwed { case: CaseId, authority: AuthorityId, number: u32 },
    #[serde(rename = "correction_told/1")]
    CorrectionTold { case: CaseId, authority: AuthorityId, actor: Actor, payload: Option<PayloadName> },
    #[serde(rename = "correction_written/1")]
    CorrectionWritten { case: CaseId, authority: AuthorityId, at: Timestamp },

    // Notifications.
    #[serde(rename = "notification_planned/1")]
    NotificationPlanned { notification: Box<Notification>, wait_until: Option<Timestamp> },
    /// A medium that cannot reach somebody was passed over at once.
    #[serde(rename = "medium_skipped/1")]
    MediumSkipped { case: Option<CaseId>, to: Recipient, medium: Medium, why: Unreachable },
    #[serde(rename = "send_postponed/1")]
    SendPostponed { notification: NotificationId, until: Timestamp, why: PostponedBecause },
    #[serde(rename = "notification_cancelled/1")]
    NotificationCancelled { notification: NotificationId, why: CancelledBecause },
    /// The next medium was begun, or none is left.
    #[serde(rename = "wait_ended/1")]
    WaitEnded { notification: NotificationId, due: Timestamp },
    #[serde(rename = "attempt_started/1")]
    AttemptStarted { notification: NotificationId, covers: Vec<NotificationId>, attempt: Box<Attempt> },
    /// What became of a request; `again_at` is when the same message goes again.
    #[serde(rename = "attempt_ended/1")]
    AttemptEnded {
        notification: NotificationId,
        covers: Vec<NotificationId>,
        outcome: Outcome,
        again_at: Option<Timestamp>,
    },
    /// A receipt; without effect where it tells nothing new.
    #[serde(rename = "receipt_taken/1")]
    ReceiptTaken {
        notification: NotificationId,
        state: Option<ReceiptState>,
        digit: Option<Digit>,
        at: Option<Timestamp>,
        effect: bool,
    },
    /// A receipt that matches nothing yet.
    #[serde(rename = "receipt_kept/1")]
    ReceiptKept { key: NotificationId, state: Option<ReceiptState>, digit: Option<Digit>, until: Timestamp },
    /// A number turned out to be somebody else's.
    #[serde(rename = "wrong_person/1")]
    WrongPerson { person: PersonId, medium: Medium },

    // Lapses.
    #[serde(rename = "lapse_recorded/1")]
    LapseRecorded { lapse: Box<Lapse> },
    /// The proof that was not brought in time was brought.
    #[serde(rename = "lapse_cured/1")]
    LapseCured { lapse: super::names::LapseId, at: Timestamp },

    // People at the door.
    #[serde(rename = "sign_in_asked/1")]
    SignInAsked { request: RequestId, person: PersonId, medium: Medium, until: Timestamp },
    #[serde(rename = "sign_in_refused/1")]
    SignInRefused { request: RequestId, person: PersonId },
    #[serde(rename = "session_opened/1")]
    SessionOpened { session: SessionHash, person: PersonId, until: Timestamp },
    #[serde(rename = "session_closed/1")]
    SessionClosed { session: SessionHash },
    #[serde(rename = "test_asked/1")]
    TestAsked {
        request: RequestId,
        person: PersonId,
        actor: Option<Actor>,
        client: Option<ClientId>,
        until: Timestamp,
    },
}

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

    /// How long it is.
    #[must_use]
    pub fn length(self) -> Duration {
        self.to.since(self.from)
    }
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
    pub day: crate::time::Day,
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
    pub reading: super::case::Reading,
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
