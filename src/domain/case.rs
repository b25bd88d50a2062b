//! Cases and their clocks: what people work on, and what the authority is owed.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::fact::{Gap, TelephoneOutcome};
use super::names::{
    Actor, AuthorityId, CaseId, Celsius, EventId, Kind, NotificationId, PayloadName, PersonId, PersonToken,
    PolicyId, UnitId, Via,
};
use super::policy::Grade;
use super::schedule::CaseDue;
use crate::time::Timestamp;

/// One person with a fever, or worse; what people work on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Its number.
    pub id: CaseId,
    /// The unit it belongs to.
    pub unit: UnitId,
    /// Nobody named the unit; it is the source's own.
    pub unit_assumed: bool,
    /// What it is held to be.
    pub kind: Kind,
    /// When the daemon opened it.
    pub opened_at: Timestamp,
    /// When the fever was discovered.
    pub discovered_at: Timestamp,
    /// The first moment that anybody or anything held what makes it suspected.
    pub suspected_since: Option<Timestamp>,
    /// When it became confirmed.
    pub confirmed_since: Option<Timestamp>,
    /// Stands for the person it is about.
    pub subject: Option<PersonToken>,
    /// Who that is, where it is somebody of the directory: never told of a case of their own.
    pub subject_person: Option<PersonId>,
    /// The last case of the same person.
    pub previous: Option<CaseId>,
    /// Cases it is linked with by a cluster.
    pub linked: BTreeSet<CaseId>,
    /// The rule of the cluster that raised it.
    pub cluster: Option<String>,
    /// Readings and messages that belong to it, first one first.
    pub readings: Vec<Reading>,
    /// The plan for each kind it has had.
    pub plans: Vec<Plan>,
    /// One for each authority it owes a report.
    pub clocks: Vec<Clock>,
    /// Who handles it.
    pub handler: Option<Handler>,
    /// Who knows of it.
    pub confirmations: Vec<Confirmation>,
    /// Who could not take it.
    pub declined: BTreeSet<PersonId>,
    /// Everybody to whom a message about it went.
    pub told: BTreeSet<PersonId>,
    /// Its notifications, in the order they were planned.
    pub notifications: Vec<NotificationId>,
    /// Corrections owed to authorities that were reached.
    pub corrections: Vec<Correction>,
    /// What people wrote down.
    pub notes: Vec<Note>,
    /// Everything that is due for it.
    pub dues: Vec<(CaseDue, Timestamp)>,
    /// How it ended.
    pub closed: Option<Closed>,
    /// What happened, in order.
    pub timeline: Vec<Moment>,
}

/// One fever event that belongs to a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The event.
    pub event: EventId,
    /// The instant that counts for it.
    pub at: Timestamp,
    /// When it was received.
    pub received: Timestamp,
    /// What was measured.
    pub temperature: Option<Celsius>,
    /// What the sender wrote, sealed.
    pub payload: Option<PayloadName>,
}

/// The policy a case holds for one of its kinds, and how far it got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The kind.
    pub kind: Kind,
    /// The policy as it was frozen.
    pub policy: PolicyId,
    /// Where its steps count from.
    pub anchor: Timestamp,
    /// Steps taken.
    pub taken: Vec<StepTaken>,
    /// Steps skipped, to be taken if the case loses its handler.
    pub skipped: BTreeSet<u32>,
    /// A higher kind has its own plan.
    pub superseded: bool,
}

/// A step that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepTaken {
    /// The step, counted from 0.
    pub step: u32,
    /// Whom it told.
    pub told: Vec<super::names::Recipient>,
    /// What it found empty.
    pub gaps: Vec<Gap>,
    /// How often it has been repeated.
    pub repeats: u32,
}

/// Who handles a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handler {
    /// Who.
    pub person: PersonId,
    /// Since when.
    pub since: Timestamp,
    /// When the last progress was made.
    pub progress_at: Timestamp,
    /// What the case was when they took it: raised since, it rings again until somebody takes it as it is.
    pub kind: Kind,
    /// To whom they passed it, who has not taken it yet.
    pub passed_to: Option<PersonId>,
}

/// "I know."
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// Who.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
    /// What proved it.
    pub via: Via,
    /// What the case was then; raising it voids the confirmation.
    pub kind: Kind,
}

/// The duty to report one case to one authority.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// The authority.
    pub authority: AuthorityId,
    /// The plan whose policy it follows, counted from 0.
    pub plan: u32,
    /// Running, met, breached or withdrawn.
    pub state: ClockState,
    /// Where it counts from.
    pub anchor: Timestamp,
    /// When both proofs must be there.
    pub due: Timestamp,
    /// It had little or no time left when it started.
    pub born_late: bool,
    /// It started while the daemon was not armed.
    pub unarmed: bool,
    /// The telephone report.
    pub phone: Phone,
    /// The written report.
    pub written: Written,
    /// Warnings already given, by their index in the policy.
    pub warned: u32,
}

/// Where a clock stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockState {
    /// Time is left, a proof is missing.
    Running,
    /// Both proofs came in time.
    Met,
    /// A limit passed without its proof.
    Breached,
    /// The suspicion was withdrawn.
    Withdrawn,
}

/// The telephone report of a clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phone {
    /// When it must be proved.
    pub due: Timestamp,
    /// The proof.
    pub proof: Option<PhoneProof>,
    /// The furthest any attempt got.
    pub grade: Option<Grade>,
    /// When an attempt first started.
    pub attempted_at: Option<Timestamp>,
    /// When it was recorded that no attempt can be made, and why.
    pub impossible: Option<(Timestamp, Impossible)>,
    /// What people recorded of their calls.
    pub calls: Vec<Call>,
    /// When the authority asked to be rung back, and whom that binds.
    pub call_back: Option<(Timestamp, PersonId)>,
    /// Addresses known to be wrong.
    pub wrong_addresses: BTreeSet<u32>,
    /// How many rounds the daemon has rung.
    pub rounds: u32,
    /// Its limit passed without a proof.
    pub breached: bool,
}

/// A person at the authority was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhoneProof {
    /// When the daemon received the proof.
    pub at: Timestamp,
    /// How good it is.
    pub grade: Grade,
    /// Who recorded it, where a person did.
    pub actor: Option<Actor>,
    /// When it is said to have been, where somebody said so.
    pub said_at: Option<Timestamp>,
}

/// One call that a person recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// When it was recorded.
    pub at: Timestamp,
    /// By whom.
    pub actor: Actor,
    /// How it went.
    pub outcome: TelephoneOutcome,
    /// Who answered and what they said, sealed.
    pub payload: Option<PayloadName>,
}

/// Why no telephone attempt can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Impossible {
    /// The authority has no number.
    NoNumber,
    /// No channel for calls is configured.
    NoChannel,
    /// The daemon is not armed.
    Unarmed,
    /// Every number proved wrong.
    WrongNumbers,
    /// The call could not be started in time.
    NotStarted,
}

/// The written report of a clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// When it must be proved.
    pub due: Timestamp,
    /// When it went.
    pub sent_at: Option<Timestamp>,
    /// When the proof that the policy asks for was there.
    pub proved_at: Option<Timestamp>,
    /// When the authority confirmed it, and who recorded that.
    pub receipted: Option<(Timestamp, Actor)>,
    /// The newest draft.
    pub draft: Option<Draft>,
    /// What went or is going, in order.
    pub reports: Vec<Report>,
    /// Its limit passed without a proof.
    pub breached: bool,
}

/// A written report that somebody is completing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// What it says, sealed.
    pub payload: PayloadName,
    /// Who wrote it.
    pub actor: Actor,
    /// When.
    pub at: Timestamp,
    /// To be sent as soon as the telephone has been tried.
    pub send: bool,
}

/// A written report that went or is going.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// First, progress or final.
    pub kind: ReportKind,
    /// Its number among those of its kind, from 1.
    pub number: u32,
    /// The notification that carries it now.
    pub notification: NotificationId,
    /// Who wrote it; nobody where the daemon sent it at the limit.
    pub actor: Option<Actor>,
    /// When it went.
    pub sent_at: Option<Timestamp>,
}

/// The three kinds of written report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportKind {
    /// The first: what is known.
    Initial,
    /// What changed since.
    Progress,
    /// The end of it.
    Final,
}

/// A correction owed to an authority that was reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// The authority.
    pub authority: AuthorityId,
    /// Its number, from 1.
    pub number: u32,
    /// Who told it by telephone, and when.
    pub phone: Option<(Timestamp, Actor)>,
    /// When the written one went.
    pub written_at: Option<Timestamp>,
}

impl Correction {
    /// Whether both ways are done.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        self.phone.is_some() && self.written_at.is_some()
    }
}

/// A note on a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub actor: Actor,
    /// What it says, sealed.
    pub payload: PayloadName,
}

/// How a case ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub actor: Actor,
    /// Why, sealed.
    pub payload: Option<PayloadName>,
}

/// One line of a case's timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// The entry it stands in.
    pub seq: u64,
    /// When it was decided.
    pub at: Timestamp,
    /// When it was due, where it was due at an instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
    /// What happened, in the words of the facts.
    pub what: String,
    /// Who caused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<Actor>,
}

impl Case {
    /// Whether people still work on it.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.closed.is_none()
    }

    /// A clock by its index.
    #[must_use]
    pub fn clock(&self, index: u32) -> Option<&Clock> {
        usize::try_from(index).ok().and_then(|index| self.clocks.get(index))
    }

    /// The newest clock towards an authority.
    #[must_use]
    pub fn clock_for(&self, authority: &AuthorityId) -> Option<(u32, &Clock)> {
        let found = self.clocks.iter().enumerate().rfind(|(_, clock)| clock.authority == *authority);
        found.and_then(|(index, clock)| Some((u32::try_from(index).ok()?, clock)))
    }

    /// Clocks with their indexes.
    pub fn clocks(&self) -> impl Iterator<Item = (u32, &Clock)> {
        (0..).zip(self.clocks.iter())
    }

    /// Whether somebody said "I know" of the case as it stands.
    #[must_use]
    pub fn has_confirmed(&self, person: &PersonId) -> bool {
        self.confirmations.iter().any(|known| known.by == *person && known.kind == self.kind)
    }

    /// Whether anybody did.
    #[must_use]
    pub fn is_confirmed(&self) -> bool {
        self.confirmations.iter().any(|known| known.kind == self.kind)
    }

    /// Whether somebody handles the case as it stands, so that nobody else is rung.
    #[must_use]
    pub fn is_taken(&self) -> bool {
        self.handler.as_ref().is_some_and(|handler| handler.kind == self.kind)
    }

    /// Whether a clock still waits for a proof, in time or late.
    #[must_use]
    pub fn owes_proof(&self) -> bool {
        self.clocks.iter().any(Clock::owes)
    }

    /// When something is due, where it is.
    #[must_use]
    pub fn due(&self, what: CaseDue) -> Option<Timestamp> {
        self.dues.iter().find(|(due, _)| *due == what).map(|(_, at)| *at)
    }

    /// The plan that counts: that of the highest kind.
    #[must_use]
    pub fn current_plan(&self) -> Option<(u32, &Plan)> {
        (0..).zip(self.plans.iter()).filter(|(_, plan)| !plan.superseded).last()
    }
}

impl Clock {
    /// Whether it still waits for a proof, in time or late.
    #[must_use]
    pub const fn owes(&self) -> bool {
        match self.state {
            ClockState::Running => true,
            ClockState::Breached => self.phone.proof.is_none() || self.written.proved_at.is_none(),
            ClockState::Met | ClockState::Withdrawn => false,
        }
    }
}
