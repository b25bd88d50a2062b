//! Cases and their clocks: what people work on, and what the authority is owed.

mod clock;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::fact::{Gap, RaisedBy};
use super::lock::Lock;
use super::names::{
    Actor, AuthorityId, CaseId, Celsius, EventId, Kind, LapseId, NotificationId, PayloadName, PersonId,
    PersonToken, PolicyId, UnitId, Via,
};
use super::schedule::CaseDue;
use crate::time::Timestamp;

pub use clock::{
    Call, Clock, ClockState, Correction, Draft, Impossible, Phone, PhoneProof, Report, ReportKind, Written,
};

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
    /// Since when it is a fever again, where a later reading came behind a ruling that it was none: what was reported
    /// before that was right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ill_again_at: Option<Timestamp>,
    /// The first moment that anybody or anything held what makes it suspected.
    pub suspected_since: Option<Timestamp>,
    /// When it became confirmed.
    pub confirmed_since: Option<Timestamp>,
    /// When it was ruled out, where it has not been suspected since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ruled_out_at: Option<Timestamp>,
    /// By whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ruled_out_by: Option<PersonId>,
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
    /// The lapses about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lapses: Vec<LapseId>,
    /// What people wrote down.
    pub notes: Vec<Note>,
    /// Everything that is due for it.
    pub dues: Vec<(CaseDue, Timestamp)>,
    /// Wrong codes typed behind a link about it, by whose link it was.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub link_locks: BTreeMap<PersonId, Lock>,
    /// How often the code of a person was called in, because somebody else holds it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub code_issues: BTreeMap<PersonId, u32>,
    /// How it ended.
    pub closed: Option<Closed>,
    /// It would have left memory, and waits for something of it to be over.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub archive_waits: bool,
    /// Its personal data is gone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub erased: bool,
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
    /// How often it had been when somebody last took the case: should they lose it, the repeats begin anew.
    #[serde(default, skip_serializing_if = "none_before")]
    pub repeats_before: u32,
}

impl StepTaken {
    /// How often it has been repeated since nobody has the case.
    #[must_use]
    pub const fn repeats_untaken(&self) -> u32 {
        self.repeats.saturating_sub(self.repeats_before)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
const fn none_before(repeats: &u32) -> bool {
    *repeats == 0
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
    /// What the case was when they took it, or that it was ruled out after that: raised since, it rings again until
    /// somebody takes it as it is.
    pub kind: Kind,
    /// To whom they passed it, who has not taken it yet.
    pub passed_to: Option<PersonId>,
    /// What proved that they took it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<Via>,
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
    /// What the case was then, or that it was ruled out after that; raising it voids the confirmation.
    pub kind: Kind,
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

impl Moment {
    /// Somebody said that they know of the case.
    pub(super) const CONFIRMED: &str = "confirmed";
    /// Somebody took it.
    pub(super) const TAKEN: &str = "taken";
    /// A clock began, or counts from another instant.
    pub(super) const STARTED: [&str; 2] = ["clock started", "clock counts from an earlier instant"];
    /// Nothing leads to the authority.
    pub(super) const IMPOSSIBLE: [&str; 2] = ["telephone impossible", "written report impossible"];
    /// A person at the authority was told.
    pub(super) const PROVED: &str = "telephone proved";
}

impl Case {
    /// When a person first said that they know of it, or have it: what was merely handed to a carrier told nobody.
    #[must_use]
    pub fn heard_at(&self) -> Option<Timestamp> {
        let is_word = |it: &&Moment| it.what == Moment::CONFIRMED || it.what == Moment::TAKEN;
        self.timeline.iter().filter(is_word).map(|it| it.at).min()
    }

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

    /// All clocks towards an authority, the oldest first.
    pub fn clocks_for<'a>(&'a self, authority: &'a AuthorityId) -> impl Iterator<Item = (u32, &'a Clock)> {
        self.clocks().filter(|(_, clock)| clock.authority == *authority)
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

    /// What a person said by a key or by digits was somebody else's word.
    pub(super) fn unsay(&mut self, person: &PersonId) {
        self.declined.remove(person);
        self.confirmations
            .retain(|known| known.by != *person || !matches!(known.via, Via::Digit | Via::Code));
    }

    /// It was ruled out and is not any more: by a later reading from then on, and by a person as if it never had been.
    pub(in crate::domain) fn comes_back(&mut self, since: Timestamp, why: &RaisedBy) {
        self.void_what_was_said();
        if !matches!(why, RaisedBy::Person { .. }) {
            self.ill_again_at = Some(since);
        }
    }

    /// Whether it is a fever, and was one at an instant: what came back later is another.
    #[must_use]
    pub fn was_fever_at(&self, at: Timestamp) -> bool {
        self.kind != Kind::RuledOut && self.ill_again_at.is_none_or(|again| again <= at)
    }

    /// From when on a report of its unit should count it.
    #[must_use]
    pub fn counts_from(&self) -> Timestamp {
        self.ill_again_at.unwrap_or(self.discovered_at)
    }

    /// What was said of the suspicion that was ruled out says nothing of the one it is raised to.
    fn void_what_was_said(&mut self) {
        for known in &mut self.confirmations {
            known.kind = Kind::RuledOut;
        }
        if let Some(handler) = &mut self.handler {
            handler.kind = Kind::RuledOut;
        }
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

    /// What a person's digits and links for it are made from: another name makes others.
    #[must_use]
    pub fn code_name(&self, person: &PersonId) -> String {
        match self.code_issues.get(person) {
            None => self.id.to_string(),
            Some(issue) => format!("{}#{issue}", self.id),
        }
    }

    /// Whether an authority is owed a correction, or had it, of what it heard of the case as it was.
    #[must_use]
    pub fn is_corrected(&self, authority: &AuthorityId) -> bool {
        self.corrections.iter().any(|it| it.authority == *authority && !it.past)
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
