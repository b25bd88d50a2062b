//! Rejections: what stands against a command, in words that quote nothing a caller sent.

use crate::domain::lapse::{Clause, Need};
use crate::domain::names::{AuthorityId, CaseId, Kind, Medium, NotificationId, PersonId, SourceId};
use crate::domain::slot::Contradiction;
use crate::time::Timestamp;

/// Why a command is refused. Each is tested like any result, and is no failure of the daemon.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// There is no such case.
    #[error("there is no such case")]
    NoSuchCase(CaseId),
    /// There is no such person.
    #[error("there is no such person")]
    NoSuchPerson(PersonId),
    /// The case has no clock towards that authority.
    #[error("the case has no clock towards that authority")]
    NoSuchClock(AuthorityId),
    /// The case has several clocks towards that authority, and nobody says which.
    #[error("the case has several clocks towards that authority: say which")]
    ClockNeeded(Vec<u32>),
    /// There is no such notification.
    #[error("there is no such notification")]
    NoSuchNotification(NotificationId),
    /// Nobody names the unit.
    #[error("nobody names the unit")]
    UnitMissing,
    /// What stands against a report.
    #[error("{0}")]
    Slot(SlotRejection),
    /// What a report says is not what is known: its filer corrects it, or says that it stands.
    #[error("what is known contradicts the report")]
    Contradicted(Vec<Contradiction>),
    /// What stands against announced maintenance.
    #[error("{0}")]
    Maintenance(SpanRejection),
    /// What stands against an absence.
    #[error("{0}")]
    Absence(AbsenceRejection),
    /// What stands against a handover of duty.
    #[error("{0}")]
    Shift(ShiftRejection),
    /// What stands against a statement or a verdict.
    #[error("{0}")]
    Lapse(LapseRejection),
    /// There is no such unit.
    #[error("there is no such unit")]
    UnitUnknown,
    /// The source is not configured.
    #[error("the source is not configured")]
    SourceUnknown(SourceId),
    /// The case is closed.
    #[error("the case {0} is closed")]
    CaseClosed(CaseId),
    /// Somebody else handles the case: it is taken over only by who says so.
    #[error("{0} handles the case")]
    HandledBy(PersonId),
    /// The case is open.
    #[error("the case {0} is open")]
    CaseOpen(CaseId),
    /// A proof is owed.
    #[error("a proof is owed")]
    ProofOwed {
        /// To these authorities by telephone.
        telephone: Vec<AuthorityId>,
        /// To these in writing.
        written: Vec<AuthorityId>,
    },
    /// A correction is owed to these.
    #[error("a correction is owed")]
    CorrectionOwed(Vec<AuthorityId>),
    /// The case is that already, or more.
    #[error("the case is that already, or more")]
    NotHigher(Kind),
    /// Within five minutes of the limit a second person must agree; and to what takes a lapse from who does it.
    #[error("a second person must agree")]
    SecondPersonNeeded,
    /// The second person is the first.
    #[error("the second person is the first")]
    SecondPersonSame,
    /// Only a person under their own sign-in does this.
    #[error("only a person under their own sign-in does this")]
    PersonOnly,
    /// A time to ring back must lie before the limit and after now.
    #[error("the time to ring back must lie from {from} to {to}")]
    CallBackOutside {
        /// The earliest.
        from: Timestamp,
        /// The latest.
        to: Timestamp,
    },
    /// The proof came from a person's own record, or there is none.
    #[error("there is no machine's proof to dispute")]
    NothingToDispute,
    /// The written report has not gone.
    #[error("the written report has not gone")]
    NotSent,
    /// No message is due.
    #[error("no message is due")]
    NotDue,
    /// A message that must wait for a telephone attempt.
    #[error("a telephone attempt comes first")]
    TelephoneFirst,
    /// Sending is held back until a person lets it go.
    #[error("sending is held back until a person lets it go")]
    HeldBack,
    /// The daemon is armed already, or is not.
    #[error("the daemon is armed already, or is not")]
    ArmedAlready(bool),
    /// Too many wrong codes.
    #[error("too many wrong codes: locked until {0}")]
    Locked(Timestamp),
    /// Too many requests for codes.
    #[error("too many requests for codes: the next at {0}")]
    TooMany(Timestamp),
    /// The code is wrong or over.
    #[error("the code is wrong or over")]
    CodeWrong,
    /// The person cannot be reached by that medium.
    #[error("the person cannot be reached by {0}")]
    Unreachable(Medium),
    /// The person is not on the test list, and the daemon is not armed.
    #[error("the person is not on the test list, and the daemon is not armed")]
    NotOnTestList(PersonId),
    /// A lapse about the case is undecided.
    #[error("a lapse about the case is undecided")]
    LapseUndecided,
    /// Whether a limit of the case was kept is undecided.
    #[error("whether a limit of the case was kept is undecided")]
    LimitUndecided,
    /// An attempt about the case is under way.
    #[error("a message about the case is under way")]
    AttemptUnderWay,
    /// Was erased already, or is unknown.
    #[error("there is nothing to erase")]
    NothingToErase,
    /// The case has passed through so much that a bound is reached.
    #[error("a bound is reached")]
    Full,
}

/// What stands against a report, or against excusing a unit from one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SlotRejection {
    /// There is no such form.
    #[error("there is no such form")]
    FormUnknown,
    /// There is no such slot, or it is too long ago.
    #[error("there is no such slot")]
    NoSuchSlot,
    /// The slot opens later.
    #[error("the slot is not open yet")]
    NotOpen(Timestamp),
    /// The day has several slots of the form, and none of them is awaited.
    #[error("the day has several slots: name one by its number")]
    NumberNeeded,
    /// The unit does not owe this report.
    #[error("the unit owes no such report")]
    NotOwed,
    /// A report that the filer did not have before them stands there: it has this revision.
    #[error("another report was filed meanwhile")]
    FiledMeanwhile(u32),
    /// The slot has ended.
    #[error("the slot has ended")]
    Ended,
    /// It is due: from here on only discipline excuses from it.
    #[error("the report is due, and only discipline excuses from it")]
    PastDue,
    /// Nobody excuses their own unit.
    #[error("nobody excuses their own unit")]
    OwnSlot,
}

impl From<SlotRejection> for Rejection {
    fn from(rejection: SlotRejection) -> Self {
        Self::Slot(rejection)
    }
}

/// What stands against a statement of a lapse, or a verdict.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LapseRejection {
    /// There is no such lapse.
    #[error("there is no such lapse")]
    NoSuchLapse,
    /// Only whoever is named answers.
    #[error("only whoever is named in the lapse answers it")]
    NotNamed,
    /// These have neither answered nor had the time to.
    #[error("somebody named has not been heard")]
    NotHeard {
        /// Who.
        unheard: Vec<PersonId>,
        /// When the time of all of them is over, where all were told.
        until: Option<Timestamp>,
    },
    /// Nobody decides a lapse in which they are named.
    #[error("nobody decides what they are named in")]
    OwnLapse,
    /// The notice is of somebody who is not named.
    #[error("the notice is of somebody who is not named in the lapse")]
    ServedOther,
    /// They were told, have answered, or it is decided.
    #[error("they were told of it before")]
    AlreadyTold,
    /// The suspicion it rests on was ruled out.
    #[error("the suspicion it rests on was ruled out")]
    Withdrawn,
    /// So much was said or found of it that no more is taken.
    #[error("no more is taken of this lapse")]
    Full,
    /// The clause does not apply: this is lacking.
    #[error("the clause does not apply")]
    Lacking(Clause, Vec<Need>),
}

impl From<LapseRejection> for Rejection {
    fn from(rejection: LapseRejection) -> Self {
        Self::Lapse(rejection)
    }
}

/// What stands against what somebody says will be from one instant to another: maintenance, an absence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SpanRejection {
    /// It ends before it begins, or before now.
    #[error("it ends before it begins, or before now")]
    EndsBefore,
    /// It is longer than any may be.
    #[error("it is too long: until {0} at the latest")]
    TooLong(Timestamp),
    /// It begins later than any may.
    #[error("it is too far off: it begins at {0} at the latest")]
    TooFarOff(Timestamp),
    /// As many as may be are open or to come.
    #[error("too many are open or to come")]
    TooMany,
    /// There is none that goes by this.
    #[error("there is no such one")]
    Unknown,
    /// It is over.
    #[error("it is over")]
    Over,
}

/// What stands against recording an absence, or ending it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AbsenceRejection {
    /// Whoever is away is nobody of the directory.
    #[error("there is no such person")]
    PersonUnknown,
    /// Whoever stands in is nobody of the directory, or the person themselves.
    #[error("whoever stands in is somebody else of the directory")]
    StandInUnknown,
    /// Its time.
    #[error("{0}")]
    Span(SpanRejection),
}

impl From<SpanRejection> for AbsenceRejection {
    fn from(rejection: SpanRejection) -> Self {
        Self::Span(rejection)
    }
}

impl From<AbsenceRejection> for Rejection {
    fn from(rejection: AbsenceRejection) -> Self {
        Self::Absence(rejection)
    }
}

/// What stands against handing a duty over, or taking it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShiftRejection {
    /// There is no such duty.
    #[error("there is no such duty")]
    RoleUnknown,
    /// Whoever hands over is not on duty, and was not lately.
    #[error("they are not on duty, and were not within the last hours")]
    NotOnDuty,
    /// Whoever is to take it is nobody of the directory, or the person themselves.
    #[error("whoever takes it is somebody else of the directory")]
    ToUnknown,
    /// Nobody is named, and nobody else is on the roster.
    #[error("nobody else is on the roster: say who takes it")]
    NobodyNext,
    /// There is none that goes by this.
    #[error("there is no such handover")]
    Unknown,
    /// It is for somebody else to sign.
    #[error("it is for {0} to take")]
    NotTheirs(PersonId),
    /// It was taken, or another one came in its place.
    #[error("it was taken, or another one came in its place")]
    Over,
}

impl From<ShiftRejection> for Rejection {
    fn from(rejection: ShiftRejection) -> Self {
        Self::Shift(rejection)
    }
}
