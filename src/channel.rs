//! Channels: one message at a time, out by SMTP or webhook, and what became of it.
//!
//! **Invariant.** Nothing here knows a case, a person, the journal or what time it is. A channel knows one message,
//! tries it once, returns within its time-out, and never says accepted where it does not know. What it says holds no
//! address, no text and no secret.
//!
//! [`text`] writes the messages, [`Channel::deliver`] sends one, and [`Outcome`] says what came of it.

mod answer;
mod body;
mod http;
mod memory;
mod outcome;
mod provider;
mod settings;
mod slot;
mod smtp;
mod template;
pub mod text;
mod webhook;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use memory::Memory;
pub use outcome::{DeliveryError, FailureReason, Outcome};
pub use provider::{Code, Preset, PresetSettings, Stamp, Verdict};
pub use settings::{Secret, SettingsError, SmtpSettings, SmtpTls, TIMEOUT_MAX, WebhookSettings};
pub use slot::Slot;
pub use smtp::Smtp;
pub use webhook::Webhook;

/// One message to one address.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// The idempotency key: 1 to 15 of `a-z2-7`, the same wherever the same message goes out again.
    pub key: String,
    /// Where it goes.
    pub to: Address,
    /// What it says.
    pub text: String,
    /// The subject, for mail.
    pub subject: Option<String>,
    /// The same as `text`, for mail readers that show HTML.
    pub html: Option<String>,
    /// The parts of the message that providers with templates of their own ask for.
    pub fields: Fields,
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message").field("key", &self.key).field("to", &self.to).finish_non_exhaustive()
    }
}

/// Where a message goes.
#[derive(Clone, PartialEq, Eq)]
pub enum Address {
    /// A telephone number in E.164.
    Phone(String),
    /// A mail address.
    Email(String),
    /// A group robot: the channel's own URL is the address.
    Robot,
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// The parts of a message by name, as a webhook's template may use them.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fields {
    /// The digits that confirm.
    pub code: Option<String>,
    /// The link that confirms, where the channel may carry one.
    pub link: Option<String>,
    /// The case number.
    pub case: Option<String>,
    /// The unit's short name.
    pub unit: Option<String>,
    /// The kind of case.
    pub kind: Option<String>,
    /// The instant of the limit, as it is shown.
    pub due: Option<String>,
    /// What the message is for.
    pub purpose: Option<String>,
    /// What a call says after each key.
    pub answers: BTreeMap<char, String>,
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fields").field("purpose", &self.purpose).finish_non_exhaustive()
    }
}

/// A configured way out.
#[derive(Debug)]
pub enum Channel {
    /// Mail.
    Smtp(Smtp),
    /// Any provider that takes JSON over HTTP.
    Webhook(Webhook),
    /// A list in memory, for tests and the tour.
    Memory(Memory),
}

impl Channel {
    /// Whether as many requests are open as may be.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.connections().is_some_and(slot::Connections::are_all_taken)
    }

    /// Keeps a free connection for one message; `None` where none is free.
    #[must_use]
    pub fn reserve(&self) -> Option<Slot> {
        self.connections().map_or_else(|| Some(Slot::unbounded()), slot::Connections::reserve)
    }

    fn connections(&self) -> Option<&slot::Connections> {
        match self {
            Self::Smtp(smtp) => Some(smtp.connections()),
            Self::Webhook(webhook) => Some(webhook.connections()),
            Self::Memory(_) => None,
        }
    }

    /// Tries the message once and says what came of it, within [`Channel::attempt_max`]. It waits for a free connection.
    pub async fn deliver(&self, message: &Message, stamp: &Stamp) -> Verdict {
        self.try_once(message, stamp, None).await
    }

    /// The same by a connection that was kept for it.
    pub async fn deliver_by(&self, slot: Slot, message: &Message, stamp: &Stamp) -> Verdict {
        self.try_once(message, stamp, Some(slot)).await
    }

    async fn try_once(&self, message: &Message, stamp: &Stamp, slot: Option<Slot>) -> Verdict {
        if !is_key(&message.key) {
            return Verdict::failed(DeliveryError::Permanent { reason: FailureReason::Unwritable });
        }
        match self {
            Self::Smtp(smtp) => smtp.deliver(message, slot).await.into(),
            Self::Webhook(webhook) => webhook.deliver(message, stamp, slot).await,
            Self::Memory(memory) => memory.deliver(message).into(),
        }
    }

    /// The longest one call of [`Channel::deliver`] takes.
    #[must_use]
    pub fn attempt_max(&self) -> Duration {
        match self {
            Self::Smtp(smtp) => smtp.attempt_max(),
            Self::Webhook(webhook) => webhook.attempt_max(),
            Self::Memory(_) => Duration::ZERO,
        }
    }
}

/// A key is also a header and the left side of a Message-ID: nothing but its alphabet may get there.
fn is_key(key: &str) -> bool {
    (1..=15).contains(&key.len()) && key.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7'))
}
