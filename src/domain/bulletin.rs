//! Bulletins: what the daemon tells of itself - trouble, to the operators; the signed head, to the inspectors; lapses, to
//! those named in them; absences, to those whom they concern.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::fact::Span;
use super::names::{AuthorityId, CaseId, ChannelId, LapseId, NotificationId, PersonId, SourceId};
use crate::time::Timestamp;

/// Something wrong with the daemon or around it, which only a person can put right.
///
/// Written as one word, with the channel or the source behind a colon: `source_silent:gate-lobby`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Trouble {
    /// The journal cannot be written.
    Holding,
    /// The clock cannot be trusted.
    ClockInDoubt,
    /// The end of the journal was damaged at the last stop, and cut.
    TornTail,
    /// An entry of the past is not as it was written.
    PastDamaged,
    /// The disk is nearly full.
    DiskNearlyFull,
    /// The vault is not open: messages lack what it holds, and what needs it is refused.
    VaultClosed,
    /// The index is not open: what needs it is refused.
    IndexClosed,
    /// A channel's money or quota is used up.
    ChannelExhausted(ChannelId),
    /// Nothing was heard of a source for longer than it may be silent.
    SourceSilent(SourceId),
    /// Somebody else answered a person's number: it is not rung or written to until it is put right.
    NumberWrong(PersonId),
    /// The configuration has no way to an authority that is owed a report.
    AuthorityUnreachable(AuthorityId),
    /// An authority was tried as often as it may be, and did not take what it is owed.
    AuthorityNotReached(AuthorityId),
    /// Somebody else got a person's mail: none goes there until it is put right.
    MailWrong(PersonId),
    /// A message to a person was not taken, as often as it may be tried, or nothing leads to them.
    PersonNotReached(PersonId),
    /// The people on duty were told of a case for a day, and nobody took it.
    CaseNotTaken(CaseId),
    /// A message to a group was not taken, as often as it may be tried, or was refused for good.
    GroupNotReached(ChannelId),
    /// The daemon does not answer at its public address.
    DoorShut,
}

impl Trouble {
    /// What closes the door: while one of these lasts, what people bring in time is answered 503.
    ///
    /// - `Holding`: every event and every report (`engine::mode`).
    /// - `VaultClosed`: whatever is sealed at the door - every event, every report, and each act that carries words, so
    ///   that a telephone report is recorded without its note or not at all (`http::context`, `engine::core::batch`).
    /// - `IndexClosed`: every event, and a report with an `Idempotency-Key`, since nobody can tell whether it came before.
    ///   Other reports and acts are let in. It counts as closed all the same: whoever reports by a program is kept out,
    ///   and so is the event that would have begun a case in time.
    /// - `DoorShut`: whoever comes from outside is answered by nobody, or by a front door that does not reach the daemon
    ///   (`app::probe`).
    ///
    /// Whatever else is found to keep people out joins this list, and needs nothing more to be an excuse.
    pub const AT_THE_DOOR: [Self; 4] = [Self::Holding, Self::VaultClosed, Self::IndexClosed, Self::DoorShut];

    /// Whether somebody is rung for it at any hour: fever events are refused, the past is being lost, or only a person
    /// can bring a report that is owed.
    #[must_use]
    pub const fn is_urgent(&self) -> bool {
        match self {
            Self::Holding
            | Self::PastDamaged
            | Self::VaultClosed
            | Self::IndexClosed
            | Self::DoorShut
            | Self::AuthorityUnreachable(_)
            | Self::AuthorityNotReached(_)
            | Self::CaseNotTaken(_) => true,
            Self::ClockInDoubt
            | Self::TornTail
            | Self::DiskNearlyFull
            | Self::ChannelExhausted(_)
            | Self::SourceSilent(_)
            | Self::NumberWrong(_)
            | Self::MailWrong(_)
            | Self::PersonNotReached(_)
            | Self::GroupNotReached(_) => false,
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Holding => "holding",
            Self::ClockInDoubt => "clock_in_doubt",
            Self::TornTail => "torn_tail",
            Self::PastDamaged => "past_damaged",
            Self::DiskNearlyFull => "disk_nearly_full",
            Self::VaultClosed => "vault_closed",
            Self::IndexClosed => "index_closed",
            Self::DoorShut => "door_shut",
            Self::ChannelExhausted(channel) => return write!(f, "channel_exhausted:{channel}"),
            Self::SourceSilent(source) => return write!(f, "source_silent:{source}"),
            Self::NumberWrong(person) => return write!(f, "number_wrong:{person}"),
            Self::AuthorityUnreachable(authority) => return write!(f, "authority_unreachable:{authority}"),
            Self::AuthorityNotReached(authority) => return write!(f, "authority_not_reached:{authority}"),
            Self::MailWrong(person) => return write!(f, "mail_wrong:{person}"),
            Self::PersonNotReached(person) => return write!(f, "person_not_reached:{person}"),
            Self::CaseNotTaken(case) => return write!(f, "case_not_taken:{case}"),
            Self::GroupNotReached(channel) => return write!(f, "group_not_reached:{channel}"),
        })
    }
}

impl From<Trouble> for String {
    fn from(trouble: Trouble) -> Self {
        trouble.to_string()
    }
}

/// A word that is no trouble.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a trouble, such as holding or source_silent:ID")]
pub struct NotATrouble;

impl TryFrom<String> for Trouble {
    type Error = NotATrouble;

    fn try_from(text: String) -> Result<Self, NotATrouble> {
        Ok(match text.split_once(':').unwrap_or((&text, "")) {
            ("holding", "") => Self::Holding,
            ("clock_in_doubt", "") => Self::ClockInDoubt,
            ("torn_tail", "") => Self::TornTail,
            ("past_damaged", "") => Self::PastDamaged,
            ("disk_nearly_full", "") => Self::DiskNearlyFull,
            ("vault_closed", "") => Self::VaultClosed,
            ("index_closed", "") => Self::IndexClosed,
            ("door_shut", "") => Self::DoorShut,
            ("channel_exhausted", channel) if !channel.is_empty() => {
                Self::ChannelExhausted(ChannelId::new(channel))
            }
            ("source_silent", source) if !source.is_empty() => Self::SourceSilent(SourceId::new(source)),
            ("authority_unreachable", authority) if !authority.is_empty() => {
                Self::AuthorityUnreachable(AuthorityId::new(authority))
            }
            ("authority_not_reached", authority) if !authority.is_empty() => {
                Self::AuthorityNotReached(AuthorityId::new(authority))
            }
            ("number_wrong", person) if !person.is_empty() => Self::NumberWrong(PersonId::new(person)),
            ("mail_wrong", person) if !person.is_empty() => Self::MailWrong(PersonId::new(person)),
            ("person_not_reached", person) if !person.is_empty() => {
                Self::PersonNotReached(PersonId::new(person))
            }
            ("case_not_taken", case) if !case.is_empty() => Self::CaseNotTaken(CaseId::new(case)),
            ("group_not_reached", channel) if !channel.is_empty() => {
                Self::GroupNotReached(ChannelId::new(channel))
            }
            _ => return Err(NotATrouble),
        })
    }
}

/// A trouble that was noted, and whether it is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// When it began.
    pub since: Timestamp,
    /// Whether it is not over.
    pub open: bool,
    /// When it was told last: one that comes and goes is told once an hour.
    pub told_at: Option<Timestamp>,
}

impl Standing {
    /// Whether it is not over, and nobody could be told.
    #[must_use]
    pub const fn is_untold(&self) -> bool {
        self.open && self.told_at.is_none()
    }
}

/// What a bulletin is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// Trouble.
    Trouble(Trouble),
    /// The signed head of the journal.
    Head,
    /// Lapses, to whoever is named in them.
    Lapses {
        /// Who.
        person: PersonId,
        /// Those that are new to them.
        lapses: Vec<LapseId>,
    },
    /// An absence: to whoever stands in, and to whoever is away where another entered it.
    Absence(Box<AbsenceNotice>),
    /// A handover of duty: to whoever is to sign it, and to whoever did when the other one has.
    Shift(ShiftNotice),
}

/// A handover of duty as its notice tells of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShiftNotice {
    /// The number of the entry in which it was offered.
    pub handover: u64,
    /// It was taken.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub taken: bool,
}

/// An absence as its notice tells of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AbsenceNotice {
    /// The number of the entry in which it was recorded.
    pub absence: u64,
    /// Who is away.
    pub person: PersonId,
    /// From when to when; of one that is over before its time, what is left of that.
    pub span: Span,
    /// Who stands in, where somebody is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stand_in: Option<PersonId>,
    /// It is over before its time, or will not be.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ended: bool,
}

/// What the daemon tells of itself, until it is old.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bulletin {
    /// About what.
    pub about: About,
    /// When it leaves memory.
    pub until: Timestamp,
    /// Its messages; they leave memory with it.
    #[serde(default)]
    pub notifications: Vec<NotificationId>,
}
