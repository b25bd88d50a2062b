//! Lapses: failures on record, and what excuses the machine itself finds for them.

mod excuse;
mod hearing;
mod incomplete;
mod post;
mod repeats;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::case::{Case, Clock, ClockState};
use super::fact::{Proof, Span};
use super::names::{
    AuthorityId, CaseId, EventId, LapseId, PayloadName, PersonId, PolicyId, ReportId, UnitId,
};
use super::slot::{Contradiction, Period, SlotId};
use super::state::State;
use crate::time::Timestamp;

pub use excuse::{Excuse, ExcuseKind, FoundLater};
pub use hearing::{Clause, Finding, Findings, Need, Served, Statement, Told, Verdict, Viewed};
pub use incomplete::Incomplete;
pub use post::Post;
pub use repeats::{Book, Repeats, Repetition};

/// A failure on record. The machine asserts what it can prove and decides nothing (P12).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lapse {
    /// Its id.
    pub lapse: LapseId,
    /// Which of the five failings (S23).
    pub failing: Failing,
    /// Proved by the machine, or for people to look into.
    pub certainty: Certainty,
    /// The person directly involved; nobody where the post was empty.
    pub person_involved: Option<PersonId>,
    /// In which post; nothing where nobody is named, or it was recorded before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub involved_as: Option<Post>,
    /// The person responsible.
    pub responsible_person: Option<PersonId>,
    /// In which post; likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub responsible_as: Option<Post>,
    /// What it is about.
    pub about: About,
    /// When it was due.
    pub due: Timestamp,
    /// When it was found.
    pub found_at: Timestamp,
    /// When the late proof came, where it did.
    pub cured_at: Option<Timestamp>,
    /// Until when it was an omission, where the report came after that was on record: both are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub omitted_until: Option<Timestamp>,
    /// Since when it is held against nobody, for the suspicion it rests on was ruled out (P12).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn_at: Option<Timestamp>,
    /// How many verdicts had been given by then.
    #[serde(default)]
    pub verdicts_before: usize,
    /// Of the cases that a report left out, those that were ruled out when they left memory.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub ruled_out: BTreeSet<CaseId>,
    /// Who of those named was told of it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub told: BTreeMap<PersonId, Told>,
    /// What they say of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statements: Vec<Statement>,
    /// What was found; the last one counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verdicts: Vec<Verdict>,
    /// Who looked at it, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub viewed: Vec<Viewed>,
    /// In which time what was in nobody's power could hinder what is held against them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<Span>,
    /// What overlapped it.
    pub excuses: Vec<Excuse>,
    /// The entries it rests on.
    pub evidence: Vec<u64>,
}

/// The five failings to prevent (S23).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failing {
    /// 缓报.
    Delayed,
    /// 瞒报.
    Concealed,
    /// 漏报.
    Omitted,
    /// 误报.
    Mistaken,
    /// 虚报.
    False,
}

/// How sure the machine is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// The record proves it.
    Proved,
    /// A person must look.
    Candidate,
}

/// What a lapse is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// The telephone report of a case to an authority was not proved by its limit.
    Telephone {
        /// The case.
        case: CaseId,
        /// The authority.
        authority: AuthorityId,
    },
    /// The written report of a case to an authority was not proved by its limit.
    Written {
        /// The case.
        case: CaseId,
        /// The authority.
        authority: AuthorityId,
    },
    /// An event was passed on when little or no time was left.
    Event {
        /// The case it led to.
        case: CaseId,
        /// The event.
        event: EventId,
    },
    /// A report was not there when it was due.
    Slot {
        /// Its slot.
        slot: SlotId,
    },
    /// What a report says is not what is known.
    Report {
        /// Its slot.
        slot: SlotId,
        /// The report.
        report: ReportId,
        /// What it says, and what is known.
        against: Contradiction,
        /// The filer was shown it before the report was taken, and said that the report stands.
        shown: bool,
        /// The report, sealed, with why it stands where the filer said so.
        payload: PayloadName,
    },
    /// A report that nobody had questioned was wrong, as its own unit says by correcting it.
    Correction {
        /// Its slot.
        slot: SlotId,
        /// The report.
        report: ReportId,
        /// The one that corrects it.
        with: ReportId,
        /// That, sealed, with why where the filer said so.
        payload: PayloadName,
    },
}

impl Lapse {
    /// Whether it is held against nobody: the last verdict says so, or it was withdrawn.
    #[must_use]
    pub fn is_cleared(&self) -> bool {
        self.is_withdrawn() || self.verdicts.last().is_some_and(|verdict| verdict.clause.is_none())
    }

    /// A lapse as it is found: nobody is named in it or was told of it, and nothing was said.
    pub(crate) const fn found(
        lapse: LapseId,
        (failing, certainty): (Failing, Certainty),
        about: About,
        (due, found_at): (Timestamp, Timestamp),
    ) -> Self {
        Self {
            lapse,
            failing,
            certainty,
            person_involved: None,
            involved_as: None,
            responsible_person: None,
            responsible_as: None,
            about,
            due,
            found_at,
            cured_at: None,
            omitted_until: None,
            withdrawn_at: None,
            verdicts_before: 0,
            ruled_out: BTreeSet::new(),
            told: BTreeMap::new(),
            statements: Vec::new(),
            verdicts: Vec::new(),
            viewed: Vec::new(),
            span: None,
            excuses: Vec::new(),
            evidence: Vec::new(),
        }
    }

    /// The same against the person involved and the one responsible, each in their post.
    pub(crate) fn against(
        self,
        involved: Option<(PersonId, Post)>,
        responsible: Option<(PersonId, Post)>,
    ) -> Self {
        Self {
            involved_as: involved.as_ref().map(|(_, post)| *post),
            person_involved: involved.map(|(person, _)| person),
            responsible_as: responsible.as_ref().map(|(_, post)| *post),
            responsible_person: responsible.map(|(person, _)| person),
            ..self
        }
    }

    /// A lapse about the slot of a unit, against those who held its posts when the report was due.
    pub(crate) fn of_slot(
        (period, unit): (&Period, &UnitId),
        what: (Failing, Certainty),
        found_at: Timestamp,
    ) -> Self {
        let slot = period.id().slot(unit);
        let holders = period.holders(unit);
        Self {
            person_involved: holders.and_then(|owing| owing.liaison.clone()),
            involved_as: holders.and_then(|owing| owing.reports_as),
            responsible_person: holders.and_then(|owing| owing.leader.clone()),
            responsible_as: holders.and_then(|owing| owing.leads_as),
            ..Self::found(Self::id_of_slot(&slot), what, About::Slot { slot }, (period.due, found_at))
        }
    }

    /// The id of a lapse about a case: the same in every run.
    pub(crate) fn id_of(case: &CaseId, what: &str) -> LapseId {
        LapseId::new(&super::notification::short_hash(&["lapse", case.as_str(), what]))
    }

    /// The id of the lapse for a report that was not there in time.
    pub(crate) fn id_of_slot(slot: &SlotId) -> LapseId {
        LapseId::new(&super::notification::short_hash(&["lapse", "slot", &slot.to_string()]))
    }

    /// The id of the lapse for what contradicts the report of a slot: the first one of each way in which it does.
    pub(crate) fn id_of_report(slot: &SlotId, word: &str) -> LapseId {
        LapseId::new(&super::notification::short_hash(&["lapse", "report", &slot.to_string(), word]))
    }

    /// The id of a later one: against somebody else who filed it, or who says otherwise again when the first was put right.
    pub(crate) fn id_of_later_report(report: &ReportId, word: &str) -> LapseId {
        LapseId::new(&super::notification::short_hash(&["lapse", "later", report.as_str(), word]))
    }

    /// The id of the lapse for a report that its own unit corrected.
    pub(crate) fn id_of_correction(slot: &SlotId) -> LapseId {
        Self::id_of_report(slot, "correction")
    }

    /// The id of the lapse for a proof of a clock.
    pub(crate) fn id_of_proof(case: &CaseId, proof: Proof, clock: u32) -> LapseId {
        let word = match proof {
            Proof::Telephone => "telephone",
            Proof::Written => "written",
        };
        Self::id_of(case, &format!("{word}.{clock}"))
    }
}

impl State {
    /// How late a lapse is: to its late proof, else so far; an event until it came. `None` where nothing is owed any
    /// more and no proof came, for the suspicion was withdrawn; and where something is untrue and not late.
    #[must_use]
    pub fn lateness(&self, lapse: &Lapse, now: Timestamp) -> Option<Duration> {
        let (case, proof) = match &lapse.about {
            About::Event { .. } => return Some(lapse.found_at.since(lapse.due)),
            About::Slot { .. } => return Some(lapse.cured_at.unwrap_or(now).since(lapse.due)),
            About::Report { .. } | About::Correction { .. } => return None,
            About::Telephone { case, .. } => (case, Proof::Telephone),
            About::Written { case, .. } => (case, Proof::Written),
        };
        if let Some(at) = lapse.cured_at {
            return Some(at.since(lapse.due));
        }
        // A case leaves memory only when no proof is owed.
        let case = self.case(case)?;
        let is_its = |(index, _): &(u32, &Clock)| Lapse::id_of_proof(&case.id, proof, *index) == lapse.lapse;
        let (_, clock) = case.clocks().find(is_its)?;
        (clock.state != ClockState::Withdrawn).then(|| now.since(lapse.due))
    }
}

impl Case {
    /// The policy that says by when what a lapse of this case misses was due.
    #[must_use]
    pub fn policy_of(&self, lapse: &Lapse) -> Option<&PolicyId> {
        let of_proof = |proof| {
            let mut clocks = self.clocks();
            clocks.find(|(index, _)| Lapse::id_of_proof(&self.id, proof, *index) == lapse.lapse)
        };
        let clock = match lapse.about {
            About::Telephone { .. } => of_proof(Proof::Telephone),
            About::Written { .. } => of_proof(Proof::Written),
            About::Event { .. } | About::Slot { .. } | About::Report { .. } | About::Correction { .. } => {
                None
            }
        };
        let plan = match clock {
            Some((_, clock)) => usize::try_from(clock.plan).ok().and_then(|plan| self.plans.get(plan)),
            None => self.current_plan().map(|(_, plan)| plan),
        };
        plan.map(|plan| &plan.policy)
    }

    /// Whether a lapse holds something against who passed the suspicion on: an event that came late, and what its
    /// clock, born late, left no time for. What a report leaves out rests on several cases: see
    /// [`State::is_held`].
    #[must_use]
    pub fn rests_on_suspicion(&self, lapse: &Lapse) -> bool {
        let born_late = |proof| {
            let mut late = self.clocks().filter(|(_, clock)| clock.born_late);
            late.any(|(index, _)| Lapse::id_of_proof(&self.id, proof, index) == lapse.lapse)
        };
        match lapse.about {
            About::Event { .. } => true,
            About::Telephone { .. } => born_late(Proof::Telephone),
            About::Written { .. } => born_late(Proof::Written),
            About::Slot { .. } | About::Report { .. } | About::Correction { .. } => false,
        }
    }
}

impl About {
    /// The cases it is about.
    #[must_use]
    pub const fn cases(&self) -> &[CaseId] {
        match self {
            Self::Telephone { case, .. } | Self::Written { case, .. } | Self::Event { case, .. } => {
                std::slice::from_ref(case)
            }
            Self::Slot { .. } | Self::Correction { .. } => &[],
            Self::Report { against, .. } => against.cases(),
        }
    }
}
