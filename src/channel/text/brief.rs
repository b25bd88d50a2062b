//! What a message is about, as plain facts.

mod absence;
mod alarm;
mod ending;
mod notice;
mod shift;
mod unfiled;

use std::fmt;

use super::form::{Language, Medium, Organisation};
use super::words::Moment;

pub use absence::{Absence, Away};
pub use alarm::Alarm;
pub use ending::Ending;
pub use notice::Notice;
pub use shift::{Post, Shift};
pub use unfiled::{MovedBy, Unfiled};

/// What a message is for, as the contract names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// Something was found: know it, or take it.
    Alert,
    /// Spoken to an authority.
    Telephone,
    /// The written report to an authority; see [`super::Report`].
    Written,
    /// The clock is running out, or has.
    Warning,
    /// The authority is to be rung again.
    Reminder,
    /// A correction is owed to an authority.
    Correction,
    /// How it ended.
    Closing,
    /// A case was passed on to the reader.
    Handover,
    /// A code to sign in with.
    SignIn,
    /// Only a test.
    Test,
    /// Something is wrong with the daemon itself.
    Alarm,
    /// The signed head of the journal.
    Head,
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Alert => "alert",
            Self::Telephone => "telephone",
            Self::Written => "written",
            Self::Warning => "warning",
            Self::Reminder => "reminder",
            Self::Correction => "correction",
            Self::Closing => "closing",
            Self::Handover => "handover",
            Self::SignIn => "sign-in",
            Self::Test => "test",
            Self::Alarm => "alarm",
            Self::Head => "head",
        })
    }
}

/// A unit as messages name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// The full name.
    pub name: String,
    /// The name in an SMS: at most 6 Chinese or 9 English characters.
    pub short_name: Option<String>,
}

/// What kind of case it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A fever, not judged yet.
    Fever,
    /// A suspected case.
    Suspected,
    /// A confirmed case.
    Confirmed,
}

impl Kind {
    /// The word in a sentence.
    pub(super) const fn word(self, language: Language) -> &'static str {
        match self {
            Self::Fever => language.pick("发热", "fever"),
            Self::Suspected => language.pick("疑似", "suspected"),
            Self::Confirmed => language.pick("确诊", "confirmed"),
        }
    }

    pub(super) const fn capital(self) -> &'static str {
        match self {
            Self::Fever => "Fever",
            Self::Suspected => "Suspected",
            Self::Confirmed => "Confirmed",
        }
    }
}

/// The limit of a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// When it is.
    pub at: Moment,
    /// Whether it has passed by the time of the message.
    pub passed: bool,
}

/// A case, or the first of several, as its messages need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What kind it is.
    pub kind: Kind,
    /// The unit it happened in.
    pub unit: Unit,
    /// When it was found; of several the earliest.
    pub found: Moment,
    /// The limit of its clock; of several the earliest.
    pub due: Option<Due>,
    /// The reading in degrees Celsius, as `38.4`.
    pub temperature: Option<String>,
    /// Where it was found, in the words of who reported it.
    pub place: Option<String>,
    /// The digits that confirm.
    pub code: Option<String>,
    /// The link that confirms.
    pub link: Option<String>,
    /// The case number; never in an SMS and never spoken.
    pub case: Option<String>,
    /// How many more cases this one message tells of.
    pub more: u32,
    /// The authority that is to be told.
    pub authority: Option<String>,
    /// After how many minutes without progress a handler loses the case.
    pub idle_minutes: Option<u32>,
}

/// Which proof a clock still lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lacking {
    /// A person at the authority was not told by telephone.
    Telephone,
    /// The written report did not go.
    Written,
    /// Neither.
    Both,
}

impl Lacking {
    /// The word before "report"; `short` is for an SMS.
    pub(super) const fn word(self, language: Language, short: bool) -> &'static str {
        match (self, short) {
            (Self::Telephone, true) => language.pick("电话", "phone"),
            (Self::Telephone, false) => language.pick("电话", "telephone"),
            (Self::Written, _) => language.pick("书面", "written"),
            (Self::Both, true) => language.pick("电话和书面", "phone+written"),
            (Self::Both, false) => language.pick("电话和书面", "telephone and written"),
        }
    }
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// To the people of a step: it happened.
    Alert(Event),
    /// Spoken by the machine to an authority.
    Telephone {
        /// What happened.
        event: Event,
        /// How many people are affected.
        people: u32,
        /// What was done, in words that may be spoken.
        measures: Option<String>,
        /// Whether a person has verified it.
        verified: bool,
        /// Whether this corrects an earlier report: it was ruled out.
        ruled_out: bool,
    },
    /// To those the policy warns: this much is left.
    Warning {
        /// What happened.
        event: Event,
        /// Whole minutes until the limit.
        left_minutes: u32,
        /// What is missing.
        lacking: Lacking,
        /// Whether somebody handles it.
        handled: bool,
    },
    /// To the same: the limit has passed.
    Overdue {
        /// What happened.
        event: Event,
        /// What is missing.
        lacking: Lacking,
    },
    /// To the officer: the authority asked to be rung at this time.
    Reminder {
        /// What happened.
        event: Event,
        /// When to ring.
        call_at: Moment,
        /// The number to ring; in mail alone.
        number: Option<String>,
    },
    /// To the officer: an authority is to be told by telephone that a report was corrected.
    Correction {
        /// What happened.
        event: Event,
        /// Whether it was ruled out, or only some fact was wrong.
        ruled_out: bool,
        /// The number to ring; in mail alone.
        number: Option<String>,
    },
    /// To everybody who was alerted: how it ended.
    Closing {
        /// What happened.
        event: Event,
        /// How it ended.
        ending: Ending,
    },
    /// To the new handler.
    Handover {
        /// What happened.
        event: Event,
        /// Who passed it on; in mail alone.
        from: Option<String>,
    },
    /// To somebody who may hold a case to be theirs: another person handles it.
    Relieved {
        /// What happened.
        event: Event,
        /// Who handles it; nobody where the configuration names them no longer.
        by: Option<String>,
    },
    /// To those who report: these are due.
    FormDue(Unfiled),
    /// To a leader: these were due.
    FormOverdue(Unfiled),
    /// To the office: all that is missing.
    FormsMissing(Unfiled),
    /// To whoever filed them: these say otherwise than what is known.
    FormDoubted(Unfiled),
    /// To somebody named in lapses: these wait for their word.
    LapseNotice(Notice),
    /// To somebody whom an absence concerns.
    Absence(Absence),
    /// To whoever signs a handover of duty.
    Shift(Shift),
    /// A code to sign in with.
    SignIn {
        /// The six digits.
        code: String,
        /// How long they are good.
        minutes: u32,
    },
    /// A test of a channel.
    Test,
    /// To the operator.
    Alarm(Alarm),
    /// To the inspectors: the signed head of the journal.
    Head {
        /// The entry it vouches for.
        entry: u64,
        /// That entry's hash.
        hash: String,
        /// When it was signed.
        at: Moment,
        /// The signed head as one line of JSON.
        line: String,
    },
}

impl What {
    /// What the message is for.
    #[must_use]
    pub const fn purpose(&self) -> Purpose {
        match self {
            Self::Alert(_) => Purpose::Alert,
            Self::Telephone { .. } => Purpose::Telephone,
            Self::Warning { .. } | Self::Overdue { .. } => Purpose::Warning,
            Self::Reminder { .. }
            | Self::FormDue(_)
            | Self::FormOverdue(_)
            | Self::FormsMissing(_)
            | Self::FormDoubted(_)
            | Self::LapseNotice(_)
            | Self::Absence(_)
            | Self::Shift(_) => Purpose::Reminder,
            Self::Correction { .. } => Purpose::Correction,
            Self::Closing { .. } | Self::Relieved { .. } => Purpose::Closing,
            Self::Handover { .. } => Purpose::Handover,
            Self::SignIn { .. } => Purpose::SignIn,
            Self::Test => Purpose::Test,
            Self::Alarm(_) => Purpose::Alarm,
            Self::Head { .. } => Purpose::Head,
        }
    }

    pub(super) const fn file(&self) -> &'static str {
        match self {
            Self::Alert(_) => "alert",
            Self::Telephone { .. } => "telephone",
            Self::Warning { .. } => "warning",
            Self::Overdue { .. } => "overdue",
            Self::Reminder { .. } => "reminder",
            Self::Correction { .. } => "correction",
            Self::Closing { .. } => "closing",
            Self::Handover { .. } => "handover",
            Self::Relieved { .. } => "relieved",
            Self::FormDue(_) => "form-due",
            Self::FormOverdue(_) => "form-overdue",
            Self::FormsMissing(_) => "forms-missing",
            Self::FormDoubted(_) => "form-doubted",
            Self::LapseNotice(_) => "lapse-notice",
            Self::Absence(_) => "absence",
            Self::Shift(_) => "shift",
            Self::SignIn { .. } => "sign-in",
            Self::Test => "test",
            Self::Alarm(_) => "alarm",
            Self::Head { .. } => "head",
        }
    }

    pub(super) const fn event(&self) -> Option<&Event> {
        match self {
            Self::Alert(event)
            | Self::Telephone { event, .. }
            | Self::Warning { event, .. }
            | Self::Overdue { event, .. }
            | Self::Reminder { event, .. }
            | Self::Correction { event, .. }
            | Self::Closing { event, .. }
            | Self::Handover { event, .. }
            | Self::Relieved { event, .. } => Some(event),
            Self::SignIn { .. }
            | Self::Test
            | Self::Alarm(_)
            | Self::Head { .. }
            | Self::FormDue(_)
            | Self::FormOverdue(_)
            | Self::FormsMissing(_)
            | Self::FormDoubted(_)
            | Self::LapseNotice(_)
            | Self::Absence(_)
            | Self::Shift(_) => None,
        }
    }

    /// The unit that it is about, or the first of several.
    pub(super) fn unit(&self) -> Option<&Unit> {
        self.event().map(|event| &event.unit).or_else(|| self.unfiled().map(|unfiled| &unfiled.unit))
    }
}

/// A message to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brief {
    /// In which language.
    pub language: Language,
    /// How it is read.
    pub medium: Medium,
    /// Who sends it.
    pub organisation: Organisation,
    /// Whom a call asks for.
    pub called: Option<String>,
    /// Whether it is only a test, or the daemon is not armed.
    pub test: bool,
    /// Whether it goes later than it was due, for a reason that is not the reader's.
    pub late: bool,
    /// What it says.
    pub what: What,
}
