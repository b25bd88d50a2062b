//! What notifications are for: their words, and which of them may share one message.

use serde::{Deserialize, Serialize};

/// What a notification is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// A case: take it.
    Alert,
    /// The case was passed to the person.
    Handover,
    /// The case is another's: the person does not handle it.
    Relieved,
    /// The telephone report to an authority.
    Telephone,
    /// The written report to an authority.
    Written,
    /// The clock of a case is running out.
    Warning,
    /// A limit has passed without its proof.
    Breach,
    /// Something the person promised is due: ring the authority back, tell it of a correction.
    Reminder,
    /// What was reported turned out otherwise.
    Correction,
    /// The same, for those who were told of the case and need not act.
    Missed,
    /// The clock is met.
    Met,
    /// The suspicion is withdrawn.
    Withdrawn,
    /// A code to sign in with.
    SignIn,
    /// A marked test.
    Test,
    /// Something is wrong with the daemon itself.
    Operator,
    /// The signed head of the journal.
    Head,
    /// A form is due: report.
    FormDue,
    /// A form was due, and a unit of the reader's has not reported.
    FormOverdue,
    /// The list of what was not reported.
    FormsMissing,
    /// Lapses on record that name the person, who may answer.
    LapseNotice,
    /// What is known contradicts reports that the person filed: correct them.
    FormDoubted,
    /// Who is away: to whoever stands in, and to whoever is away where another entered it.
    Absence,
    /// A handover of duty: to whoever is to sign it, and to whoever signed first when both have.
    Shift,
}

impl Purpose {
    /// Purposes whose messages to one person by one medium go as one.
    #[must_use]
    pub const fn family(self) -> Family {
        match self {
            Self::Alert | Self::Handover | Self::Warning | Self::Breach | Self::Reminder => Family::Ring,
            Self::Missed | Self::Met | Self::Withdrawn => Family::Close,
            Self::Telephone => Family::Telephone,
            Self::FormDue | Self::FormOverdue | Self::FormsMissing | Self::FormDoubted => Family::Forms(self),
            Self::Relieved
            | Self::Written
            | Self::Correction
            | Self::SignIn
            | Self::Test
            | Self::Operator
            | Self::Head
            | Self::LapseNotice
            | Self::Absence
            | Self::Shift => Family::Alone,
        }
    }

    /// Its word where people and programs read it: the contract has fewer than there are.
    #[must_use]
    pub const fn contract_word(self) -> &'static str {
        match self {
            Self::Handover => "alert",
            Self::Breach => "warning",
            Self::Relieved | Self::Missed | Self::Met | Self::Withdrawn => "closing",
            Self::SignIn => "sign-in",
            Self::FormDue
            | Self::FormOverdue
            | Self::FormsMissing
            | Self::FormDoubted
            | Self::LapseNotice
            | Self::Absence
            | Self::Shift => "reminder",
            Self::Alert
            | Self::Telephone
            | Self::Written
            | Self::Warning
            | Self::Reminder
            | Self::Correction
            | Self::Test
            | Self::Operator
            | Self::Head => self.text(),
        }
    }

    /// Its word in ids, which must never change.
    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Alert => "alert",
            Self::Handover => "handover",
            Self::Relieved => "relieved",
            Self::Telephone => "telephone",
            Self::Written => "written",
            Self::Warning => "warning",
            Self::Breach => "breach",
            Self::Reminder => "reminder",
            Self::Correction => "correction",
            Self::Missed => "missed",
            Self::Met => "met",
            Self::Withdrawn => "withdrawn",
            Self::SignIn => "sign_in",
            Self::Test => "test",
            Self::Operator => "operator",
            Self::Head => "head",
            Self::FormDue => "form_due",
            Self::FormOverdue => "form_overdue",
            Self::FormsMissing => "forms_missing",
            Self::LapseNotice => "lapse_notice",
            Self::FormDoubted => "form_doubted",
            Self::Absence => "absence",
            Self::Shift => "shift",
        }
    }
}

/// Which notifications to one recipient by one medium may share one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// What asks a person to act.
    Ring,
    /// What tells a person that it is over.
    Close,
    /// The telephone report: one call to an authority for all its cases.
    Telephone,
    /// What one purpose says of forms, over all of them.
    Forms(Purpose),
    /// What always goes by itself.
    Alone,
}
