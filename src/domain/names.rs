//! Names of things: ids that are never reused, and tokens that stand for what the rules may not know.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Makes the name of this text.
            #[must_use]
            pub fn new(text: &str) -> Self {
                Self(Arc::from(text))
            }

            /// The text of the name.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }
    )*};
}

names! {
    /// A case: `C-20261123-0001`.
    CaseId;
    /// A fever event, as the answer to its sender names it.
    EventId;
    /// A department or subsidiary, from the configuration.
    UnitId;
    /// A person, from the configuration; never used again for anybody else.
    PersonId;
    /// A named group of people.
    BodyId;
    /// A superior authority.
    AuthorityId;
    /// A configured way out.
    ChannelId;
    /// A configured source of fever events.
    SourceId;
    /// A program with a token of its own.
    ClientId;
    /// A role on the duty roster: `officer`, `leader`.
    DutyRole;
    /// A policy as it was frozen: the first digits of the hash of its rules.
    PolicyId;
    /// One message to one person by one medium in one round; also its idempotency key. Fifteen of `a-z2-7`.
    NotificationId;
    /// A failure on record.
    LapseId;
    /// What units report, from the configuration.
    FormId;
    /// One filing for a slot: each correction has its own.
    ReportId;
    /// One request to sign in, or one test message.
    RequestId;
    /// The SHA-256 (hex) of a session's secret.
    SessionHash;
    /// Stands for the person a case is about: a keyed hash, made at the door.
    PersonToken;
    /// Stands for a number or mail address of a person: a keyed hash, made where the directory is handed over.
    AddressToken;
    /// Stands for what makes an event the same one: a keyed hash, made at the door.
    EventKey;
    /// The SHA-256 (hex) of a sealed payload in the vault.
    PayloadName;
}

/// A temperature in hundredths of a degree Celsius; written as a number with at most two digits after the point.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Celsius(i32);

impl Celsius {
    /// The temperature of this many hundredths of a degree.
    #[must_use]
    pub const fn from_hundredths(hundredths: i32) -> Self {
        Self(hundredths)
    }

    /// Hundredths of a degree.
    #[must_use]
    pub const fn hundredths(self) -> i32 {
        self.0
    }

    /// The temperature nearest to this number of degrees; `None` where that is no number a thermometer shows.
    #[must_use]
    pub fn from_degrees(degrees: f64) -> Option<Self> {
        if !(-1000.0..=1000.0).contains(&degrees) {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, reason = "the range was checked on the line above")]
        let hundredths = (degrees * 100.0).round() as i32;
        Some(Self(hundredths))
    }

    /// Degrees, for templates and JSON.
    #[must_use]
    pub fn degrees(self) -> f64 {
        f64::from(self.0) / 100.0
    }
}

impl fmt::Display for Celsius {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1}", self.degrees())
    }
}

impl fmt::Debug for Celsius {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2}", self.degrees())
    }
}

impl Serialize for Celsius {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.degrees())
    }
}

impl<'de> Deserialize<'de> for Celsius {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let degrees = f64::deserialize(deserializer)?;
        Self::from_degrees(degrees).ok_or_else(|| serde::de::Error::custom("expected degrees Celsius"))
    }
}

/// What a case is held to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Looked into by a person, and not it.
    RuledOut,
    /// Somebody has a fever: a reading, not a suspicion.
    Fever,
    /// What the notice calls a suspected epidemic (S19): the clock runs.
    Suspected,
    /// A clinic said so.
    Confirmed,
}

impl Kind {
    /// Its word, as the contract has it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::RuledOut => "ruled_out",
            Self::Fever => "fever",
            Self::Suspected => "suspected",
            Self::Confirmed => "confirmed",
        }
    }
}

/// A kind of way to reach somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Medium {
    /// A call.
    Phone,
    /// A short message.
    Sms,
    /// Electronic mail.
    Email,
    /// A group robot: never counts as somebody told.
    Robot,
}

impl Medium {
    /// Its word in facts, answers and ids.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Sms => "sms",
            Self::Email => "email",
            Self::Robot => "robot",
        }
    }
}

impl fmt::Display for Medium {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Who is told by a notification.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recipient {
    /// A person.
    Person(PersonId),
    /// A superior authority.
    Authority(AuthorityId),
    /// A group robot.
    Robot(ChannelId),
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(id) => write!(f, "person:{id}"),
            Self::Authority(id) => write!(f, "authority:{id}"),
            Self::Robot(id) => write!(f, "channel:{id}"),
        }
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What proved that somebody did what is on record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// The person's own sign-in.
    Session,
    /// The four digits of a message, typed in.
    Code,
    /// A key pressed during a call.
    Digit,
    /// A program said so: its word, not the person's.
    Program(ClientId),
}

/// Who is said to have done something, and what proved it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Who is said to have done it.
    pub by: PersonId,
    /// What proved it.
    pub via: Via,
}
