//! What is due: kept in order in the state, so that the next deadline costs one look.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::names::{CaseId, FormId, NotificationId, RequestId, SessionHash};
use super::round::Round;
use super::slot::{PeriodDue, PeriodId, SlotId};

/// Something that will be decided when its instant comes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Due {
    /// Of a case.
    Case(CaseId, CaseDue),
    /// The next medium follows: nothing was heard of this notification.
    Wait(NotificationId),
    /// Nothing was heard of this notification's request.
    Attempt(NotificationId),
    /// A kept receipt that nothing claimed.
    KeptReceipt(NotificationId),
    /// A request to sign in, or a test, is over.
    Request(RequestId),
    /// A session is over.
    Session(SessionHash),
    /// Whoever is named in a lapse is told of it.
    Lapses,
    /// The signed head leaves by mail.
    Heads,
    /// A bulletin is old.
    Bulletin(RequestId),
    /// The next period of a form opens.
    Form(FormId),
    /// Of a period.
    Period(PeriodId, PeriodDue),
    /// The time to correct a contradicted report is over. Accuses.
    Contradicted(SlotId),
    /// A round over many goes on with this part of it.
    Round(Round, u32),
}

/// What can be due for a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseDue {
    /// A step of a plan.
    Step {
        /// The plan.
        plan: u32,
        /// The step.
        step: u32,
    },
    /// The next repeat of a step.
    Repeat {
        /// The plan.
        plan: u32,
        /// The step.
        step: u32,
    },
    /// A warning of a clock.
    Warn {
        /// The clock.
        clock: u32,
    },
    /// The daemon rings the authority.
    DaemonCall {
        /// The clock.
        clock: u32,
    },
    /// The officer promised to ring the authority back.
    CallBack {
        /// The clock.
        clock: u32,
    },
    /// The written report follows the telephone report.
    AfterPhone {
        /// The clock.
        clock: u32,
    },
    /// The written report goes at the latest now.
    Latest {
        /// The clock.
        clock: u32,
    },
    /// A telephone attempt that should have started has not.
    Gate {
        /// The clock.
        clock: u32,
    },
    /// The telephone report's limit. Accuses.
    PhoneLimit {
        /// The clock.
        clock: u32,
    },
    /// The written report's limit. Accuses.
    WrittenLimit {
        /// The clock.
        clock: u32,
    },
    /// A correction has not been told by telephone yet: whoever is to tell it is reminded.
    Correction {
        /// The correction, counted from 0.
        correction: u32,
    },
    /// The handler has made no progress.
    Idle,
    /// A closed case leaves memory.
    Archive,
    /// Its personal data is erased.
    Erase,
}

impl Due {
    /// Whether it waits until both clocks have reached it: what accuses, and what puts on record or tells people that a
    /// report is due now. Of a clock that runs ahead for a moment nobody's due instant comes early.
    #[must_use]
    pub const fn waits_for_both(&self) -> bool {
        let says_due =
            matches!(self, Self::Period(_, PeriodDue::Due | PeriodDue::Leader | PeriodDue::Office));
        says_due || self.accuses()
    }

    /// Whether deciding it puts a failure on record: then both clocks must have reached it, with no doubt open.
    #[must_use]
    pub const fn accuses(&self) -> bool {
        match self {
            Self::Case(_, what) => {
                matches!(what, CaseDue::PhoneLimit { .. } | CaseDue::WrittenLimit { .. })
            }
            Self::Period(_, what) => matches!(what, PeriodDue::Close),
            Self::Contradicted(_) => true,
            Self::Wait(_)
            | Self::Attempt(_)
            | Self::KeptReceipt(_)
            | Self::Request(_)
            | Self::Session(_)
            | Self::Lapses
            | Self::Heads
            | Self::Bulletin(_)
            | Self::Round(..)
            | Self::Form(_) => false,
        }
    }
}

impl fmt::Display for Due {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Case(case, due) => write!(f, "{due} of case {case}"),
            Self::Wait(id) => write!(f, "the medium after message {id}"),
            Self::Attempt(id) => write!(f, "the end of the attempt of message {id}"),
            Self::KeptReceipt(id) => write!(f, "the end of the kept receipt for {id}"),
            Self::Request(id) => write!(f, "the end of request {id}"),
            // Its hash says nothing to anybody.
            Self::Session(_) => f.write_str("the end of a session"),
            Self::Lapses => f.write_str("the notices of lapses"),
            Self::Heads => f.write_str("the signed head"),
            Self::Bulletin(id) => write!(f, "the end of bulletin {id}"),
            Self::Contradicted(slot) => write!(f, "the time to correct the report of {slot}"),
            Self::Round(Round::Arming, _) => f.write_str("the look at open cases after arming"),
            Self::Round(Round::Lapses { .. }, _) => f.write_str("the rest of the notices of lapses"),
            Self::Round(Round::Reminder { period, .. }, _) => {
                write!(f, "the rest of a reminder of period {period}")
            }
            Self::Form(form) => write!(f, "the next period of form {form}"),
            Self::Period(period, PeriodDue::Due) => write!(f, "the due instant of period {period}"),
            Self::Period(period, PeriodDue::Close) => write!(f, "the closing of period {period}"),
            Self::Period(period, PeriodDue::Archive) => write!(f, "the archiving of period {period}"),
            Self::Period(period, PeriodDue::Remind) => write!(f, "a reminder of period {period}"),
            Self::Period(period, PeriodDue::Leader) => {
                write!(f, "the message to leaders about period {period}")
            }
            Self::Period(period, PeriodDue::Office) => {
                write!(f, "the list of what is missing in period {period}")
            }
        }
    }
}

impl fmt::Display for CaseDue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Step { plan, step } => write!(f, "step {step} of plan {plan}"),
            Self::Repeat { plan, step } => write!(f, "a repeat of step {step} of plan {plan}"),
            Self::Warn { clock } => write!(f, "a warning of clock {clock}"),
            Self::DaemonCall { clock } => write!(f, "the daemon's call for clock {clock}"),
            Self::CallBack { clock } => write!(f, "the promised call for clock {clock}"),
            Self::AfterPhone { clock } => write!(f, "the written report of clock {clock}"),
            Self::Latest { clock } => write!(f, "the latest moment of the written report of clock {clock}"),
            Self::Gate { clock } => write!(f, "the call before the written report of clock {clock}"),
            Self::PhoneLimit { clock } => write!(f, "the limit of the telephone report of clock {clock}"),
            Self::WrittenLimit { clock } => write!(f, "the limit of the written report of clock {clock}"),
            Self::Correction { correction } => write!(f, "the reminder of correction {correction}"),
            Self::Idle => f.write_str("the watch over the handler"),
            Self::Archive => f.write_str("the archiving"),
            Self::Erase => f.write_str("the erasure"),
        }
    }
}
