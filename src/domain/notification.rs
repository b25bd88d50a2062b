//! Notifications: one message to one person by one medium in one round, and how far it got.

mod outcome;
mod purpose;

use data_encoding::{Encoding, Specification};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::lapse::Post;
use super::names::{
    AddressToken, CaseId, ChannelId, LapseId, Medium, NotificationId, PayloadName, Recipient, RequestId,
    UnitId,
};
use super::slot::PeriodId;
use crate::time::Timestamp;

pub use outcome::{DeliveryError, Digit, FailureReason, Outcome, ReceiptState};
pub(crate) use outcome::{EXHAUSTED_FOR, EXHAUSTED_MAX};
pub use purpose::{Family, Purpose};

/// One message to one person by one medium in one round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notification {
    /// Its id, which is its idempotency key.
    pub id: NotificationId,
    /// What it is about.
    pub subject: Subject,
    /// What it is for.
    pub purpose: Purpose,
    /// Whom it tells.
    pub to: Recipient,
    /// By what.
    pub medium: Medium,
    /// Its round, from 1.
    pub round: u32,
    /// What distinguishes it from others of its purpose: a step, a warning's number, a report's.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub step: String,
    /// The clock of the case it serves, counted from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<u32>,
    /// Its place in a policy, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// When it is due, computed from facts.
    pub due: Timestamp,
    /// The most it may still say when it goes: a warning or reminder is overtaken after this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub useless_after: Option<Timestamp>,
    /// The text a person wrote for it, sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<PayloadName>,
    /// Goes without a person having completed it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unverified: bool,
    /// How many overdue repeats it stands for besides itself.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub missed: u32,
    /// How many failures came before it in its place: chooses channel, address and pause.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub failures: u32,
    /// The one channel it goes by, whatever else there is and whatever its provider said of money: a test of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<ChannelId>,
    /// In which post whoever it tells is written to; nothing where it tells nobody in a post, or it was planned before this
    /// was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post: Option<Post>,
    /// Of which unit that is a post.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitId>,
    /// The channels that failed before it in its place: one that has not comes first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tried: Vec<Tried>,
}

/// A channel by which a message was tried in vain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// Which.
    pub channel: ChannelId,
    /// How many failures there were in the place of the message after the last one by this channel.
    pub failures: u32,
    /// Before this it is tried again only where there is no other.
    pub again_at: Timestamp,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// A place in a policy: which plan of the case, which step, which repeat of it, which of its media.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// The plan, counted from 0.
    pub plan: u32,
    /// The step, counted from 0.
    pub step: u32,
    /// The repeat, counted from 0.
    pub repeat: u32,
    /// The medium, counted from 0.
    pub medium: u32,
}

/// What a notification is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A case.
    Case(CaseId),
    /// A failure on record.
    Lapse(LapseId),
    /// Somebody signing in.
    SignIn(RequestId),
    /// A test.
    Test(RequestId),
    /// The daemon itself.
    Daemon(RequestId),
    /// The reports of a period.
    Period(PeriodId),
}

impl Subject {
    /// The case, where it is one.
    #[must_use]
    pub const fn case(&self) -> Option<&CaseId> {
        match self {
            Self::Case(case) => Some(case),
            Self::Lapse(_) | Self::SignIn(_) | Self::Test(_) | Self::Daemon(_) | Self::Period(_) => None,
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Case(id) => format!("case:{id}"),
            Self::Lapse(id) => format!("lapse:{id}"),
            Self::SignIn(id) => format!("sign-in:{id}"),
            Self::Test(id) => format!("test:{id}"),
            Self::Daemon(id) => format!("daemon:{id}"),
            Self::Period(id) => format!("period:{id}"),
        }
    }
}

/// How far a notification got. States only rise, save that `Accepted` may still become `Refused`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// Waits for its instant.
    Planned,
    /// A request is under way.
    Attempting,
    /// The request broke off after its first byte: it may have arrived.
    Unknown,
    /// The provider took it. Not known to have arrived.
    Accepted,
    /// On the handset.
    Delivered,
    /// Something picked up.
    Answered,
    /// Played to the end.
    Heard,
    /// The person acted on it.
    Confirmed,
    /// Known not to have been taken.
    Refused,
    /// Not wanted any more.
    Cancelled,
}

impl Progress {
    /// Whether a provider took it, and did not say later that it did not arrive.
    #[must_use]
    pub const fn was_taken(self) -> bool {
        match self {
            Self::Accepted | Self::Delivered | Self::Answered | Self::Heard | Self::Confirmed => true,
            Self::Planned | Self::Attempting | Self::Unknown | Self::Refused | Self::Cancelled => false,
        }
    }

    /// Whether nothing more will be sent for it.
    #[must_use]
    pub const fn is_settled(self) -> bool {
        match self {
            Self::Planned | Self::Attempting | Self::Unknown => false,
            Self::Accepted
            | Self::Delivered
            | Self::Answered
            | Self::Heard
            | Self::Confirmed
            | Self::Refused
            | Self::Cancelled => true,
        }
    }

    /// Whether it is known to have arrived somewhere.
    #[must_use]
    pub const fn has_arrived(self) -> bool {
        match self {
            Self::Delivered | Self::Answered | Self::Heard | Self::Confirmed => true,
            Self::Planned
            | Self::Attempting
            | Self::Unknown
            | Self::Accepted
            | Self::Refused
            | Self::Cancelled => false,
        }
    }
}

/// One try, as the record keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The key it went out under.
    pub key: NotificationId,
    /// By which channel.
    pub channel: ChannelId,
    /// Which of the recipient's addresses, counted from 0.
    pub address: u32,
    /// What stands for it, where it is a number of an authority.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<AddressToken>,
    /// Whose phone rings, as far as limits are counted.
    pub callee: String,
    /// When it was granted.
    pub at: Timestamp,
    /// When it counts as unknown if nothing is heard of it.
    pub until: Timestamp,
    /// How far it got.
    pub state: Progress,
    /// An earlier try under the same key may have arrived.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub possible_duplicate: bool,
    /// Why it went later than due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_because: Option<LateBecause>,
    /// The hash of what was sent, sealed in the vault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rendering: Option<PayloadName>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<FailureReason>,
}

/// Why a message went later than it was due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LateBecause {
    /// The daemon was down or held.
    Outage,
    /// The channel's limits left no room earlier.
    Limit,
    /// An earlier try failed.
    Retry,
    /// The written report waited for the telephone.
    Telephone,
    /// The daemon had more to do than it could.
    Busy,
}

/// The alphabet of keys: fits every provider's limit for an id, and can be read out.
fn alphabet() -> Option<Encoding> {
    let mut specification = Specification::new();
    specification.symbols.push_str("abcdefghijklmnopqrstuvwxyz234567");
    specification.encoding().ok()
}

/// The first fifteen characters of base32 of the SHA-256 of parts, each closed by a zero byte.
pub(crate) fn short_hash(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    // Ten bytes are sixteen characters; fifteen is what the tightest provider takes for an id.
    let digest = hash.finalize();
    let head = digest.get(..10).unwrap_or_default();
    let mut text = alphabet().map(|encoding| encoding.encode(head)).unwrap_or_default();
    text.truncate(15);
    text
}

impl Notification {
    /// The id of the notification in this place: the same in every run, so that a crash cannot double it.
    #[must_use]
    pub fn id_of(
        subject: &Subject,
        purpose: Purpose,
        step: &str,
        (to, medium): (&Recipient, Medium),
        round: u32,
    ) -> NotificationId {
        let parts =
            [&*subject.text(), purpose.text(), step, &*to.to_string(), medium.word(), &*round.to_string()];
        NotificationId::new(&short_hash(&parts))
    }

    /// The step of a reminder of a call that somebody promised; that of a correction is its bare number.
    #[must_use]
    pub fn call_back_step(clock: u32, at: Timestamp) -> String {
        format!("{clock}.{}", at.as_seconds())
    }

    /// Whether a reminder is of a call that somebody promised.
    #[must_use]
    pub fn is_of_call_back(&self) -> bool {
        self.step.contains('.')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_fifteen_characters_any_provider_takes() {
        let subject = Subject::Case(CaseId::new("C-20261123-0001"));
        let to = Recipient::Person("p31".into());
        let id = |round| Notification::id_of(&subject, Purpose::Alert, "0.0", (&to, Medium::Sms), round);
        assert_eq!(id(1).as_str().len(), 15);
        assert!(id(1).as_str().chars().all(|c| c.is_ascii_lowercase() || ('2'..='7').contains(&c)));
        assert_ne!(id(1), id(2));
        assert_eq!(id(1), id(1));
    }

    #[test]
    fn states_rise_in_the_order_of_the_promise() {
        use Progress::{Accepted, Answered, Attempting, Confirmed, Delivered, Heard, Planned, Unknown};
        let order = [Planned, Attempting, Unknown, Accepted, Delivered, Answered, Heard, Confirmed];
        assert!(order.is_sorted());
    }
}
