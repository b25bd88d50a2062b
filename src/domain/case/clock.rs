//! The duty to report a case to an authority: its two proofs, and the corrections of what was reported.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::domain::fact::{ClockStarted, TelephoneOutcome, Unreachable};
use crate::domain::names::{Actor, AddressToken, AuthorityId, NotificationId, PayloadName, PersonId};
use crate::domain::policy::Grade;
use crate::time::Timestamp;

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
    /// When both proofs were there, where the last one came after a limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Timestamp>,
    /// It had little or no time left when it started.
    pub born_late: bool,
    /// It started while the daemon was not armed.
    pub unarmed: bool,
    /// When the daemon was armed while it ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub armed_at: Option<Timestamp>,
    /// Since when it is owed no more, for its case was ruled out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn_at: Option<Timestamp>,
    /// The telephone report.
    pub phone: Phone,
    /// The written report.
    pub written: Written,
    /// Warnings already given, by their index in the policy.
    pub warned: u32,
}

impl Clock {
    /// Whether one of its proofs came after its limit.
    #[must_use]
    pub fn is_late(&self) -> bool {
        self.phone.proof.as_ref().is_some_and(|proof| proof.at > self.phone.due)
            || self.written.proved_at.is_some_and(|at| at > self.written.due)
    }

    /// Whether it still waits for a proof, in time or late.
    #[must_use]
    pub const fn owes(&self) -> bool {
        match self.state {
            ClockState::Running | ClockState::Breached => {
                self.phone.proof.is_none() || self.written.proved_at.is_none()
            }
            ClockState::Met | ClockState::Withdrawn => false,
        }
    }
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
    /// Numbers known to be wrong of which nobody could tell what stands for them: by their place among the others.
    pub wrong_addresses: BTreeSet<u32>,
    /// What stands for the other numbers known to be wrong.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub wrong_numbers: BTreeSet<AddressToken>,
    /// How many calls of the daemon's own have started.
    pub attempts: u32,
    /// Its limit passed without a proof.
    pub breached: bool,
}

impl Phone {
    /// How many calls there were: those that people recorded, and the daemon's own that started.
    #[must_use]
    pub fn tries(&self) -> usize {
        self.calls.len().saturating_add(usize::try_from(self.attempts).unwrap_or(usize::MAX))
    }

    /// Whether a number proved wrong, by its place and by what stands for it.
    #[must_use]
    pub fn is_wrong(&self, index: u32, number: Option<&AddressToken>) -> bool {
        self.wrong_addresses.contains(&index) || number.is_some_and(|it| self.wrong_numbers.contains(it))
    }

    /// The call that is the proof, where a person recorded it.
    #[must_use]
    pub fn proving_call(&self) -> Option<&Call> {
        let index = self.proof.as_ref()?.call?;
        self.calls.get(usize::try_from(index).ok()?)
    }
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
    /// Which of the recorded calls it was, where a person recorded it.
    pub call: Option<u32>,
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
    /// The daemon rang as often as it may, and no person there took the report.
    TriesSpent,
}

impl Impossible {
    /// Whether nothing leads there that may be rung, as it may again: by a reload.
    #[must_use]
    pub const fn lacks_way(self) -> bool {
        match self {
            Self::NoNumber | Self::NoChannel | Self::WrongNumbers => true,
            Self::Unarmed | Self::NotStarted | Self::TriesSpent => false,
        }
    }

    /// Why, in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::NoNumber => "the authority has no number",
            Self::NoChannel => "no channel for calls is configured",
            Self::Unarmed => "the daemon is not armed",
            Self::WrongNumbers => "every number proved wrong",
            Self::NotStarted => "the call could not be started in time",
            Self::TriesSpent => "it was rung as often as may be, and no person there took the report",
        }
    }
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
    /// What somebody ordered to be sent as soon as the telephone has been tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ordered: Option<Draft>,
    /// What went or is going, in order.
    pub reports: Vec<Report>,
    /// When it was recorded that no report can go, and why; until one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impossible: Option<(Timestamp, Unreachable)>,
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
}

/// A written report that went or is going.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// First, progress or final.
    pub kind: ReportKind,
    /// Its number among those of its kind, from 1.
    pub number: u32,
    /// The first report of a clock whose authority had the first report of an earlier one: which progress report it is
    /// to them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continues: Option<u32>,
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
    /// The number of the one that wrote it: itself, or a later one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written_by: Option<u32>,
    /// When it was recorded that no writing reaches them, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impossible: Option<(Timestamp, Unreachable)>,
    /// When the case was suspected again, before both ways were done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
    /// The case was suspected again since: it corrects nothing that was said after.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub past: bool,
    /// How often whoever is to tell it by telephone was reminded, or would have been while the daemon was down.
    #[serde(default)]
    pub reminders: u32,
    /// Whose decision made it owed: reminded where nobody else is there to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<PersonId>,
}

impl Correction {
    /// Whether both ways are done, as far as there are two, or nothing of it is owed any more.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        !self.is_to_be_told() && !self.is_to_be_written()
    }

    /// Whether somebody is to tell it by telephone.
    #[must_use]
    pub const fn is_to_be_told(&self) -> bool {
        self.phone.is_none() && self.ended.is_none()
    }

    /// Whether it is to go in writing.
    #[must_use]
    pub const fn is_to_be_written(&self) -> bool {
        self.written_at.is_none() && self.impossible.is_none() && self.ended.is_none()
    }

    /// Whether a message that says a correction, or all that are owed, says this one: its own, or a later one as long as
    /// it is owed.
    #[must_use]
    pub fn is_said_by(&self, number: Option<u32>) -> bool {
        if self.ended.is_some() {
            return number == Some(self.number);
        }
        number.is_none_or(|number| self.number <= number)
    }
}

impl From<&ClockStarted> for Clock {
    /// A clock as it begins to run: nothing is proved.
    fn from(started: &ClockStarted) -> Self {
        Self {
            authority: started.authority.clone(),
            plan: started.plan,
            state: ClockState::Running,
            anchor: started.anchor,
            due: started.due,
            completed_at: None,
            born_late: started.born_late,
            unarmed: started.unarmed,
            armed_at: None,
            withdrawn_at: None,
            phone: Phone {
                due: started.phone_due,
                proof: None,
                grade: None,
                attempted_at: None,
                impossible: None,
                calls: Vec::new(),
                call_back: None,
                wrong_addresses: BTreeSet::new(),
                wrong_numbers: BTreeSet::new(),
                attempts: 0,
                breached: false,
            },
            written: Written {
                due: started.written_due,
                sent_at: None,
                proved_at: None,
                receipted: None,
                draft: None,
                ordered: None,
                reports: Vec::new(),
                impossible: None,
                breached: false,
            },
            warned: 0,
        }
    }
}
