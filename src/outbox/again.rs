//! What goes out again under its own key: the very rendering that was sealed for the try whose fate is unknown.
//!
//! The recipient may have both, and a provider that took the first takes the second for the same: one key never says two
//! things. Where the vault cannot open it, it is written anew, and the attempt names another rendering or none.

use serde::{Deserialize, Serialize};

use super::contacts::Contacts;
use super::message;
use crate::channel::{Fields, Message};
use crate::domain::Proposal;
use crate::domain::names::{ChannelId, PayloadName};
use crate::domain::notification::{Progress, Purpose};
use crate::engine::Published;
use crate::journal::SignedHead;
use crate::vault;

/// A message as it is sealed: what a person will have read, and what its provider was given of it.
#[derive(Serialize, Deserialize)]
struct Rendering {
    text: String,
    subject: Option<String>,
    html: Option<String>,
    fields: Fields,
    /// The signed head that it brings: a mail that goes again brings the same, and it is that one which left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    head: Option<SignedHead>,
}

/// A message that goes again as it was.
pub(super) struct Again {
    pub(super) message: Message,
    pub(super) head: Option<SignedHead>,
    /// The rendering's name, as the first try has it.
    pub(super) rendering: PayloadName,
}

/// The sealed form of a message.
pub(super) fn seal(message: &Message, head: Option<SignedHead>) -> Option<vault::Sealed> {
    let Message { key: _, to: _, text, subject, html, fields } = message.clone();
    let rendering = serde_json::to_vec(&Rendering { text, subject, html, fields, head }).ok()?;
    vault::seal(&rendering).ok()
}

/// What a proposal said when it last went out under this key, where nobody knows whether it arrived.
pub(super) fn find(contacts: &Contacts, published: &Published, proposal: &Proposal) -> Option<Again> {
    let track = published.state.track(&proposal.notification)?;
    let doubtful = track.state == Progress::Unknown && !track.attempts.is_empty();
    let last = track.attempts.last().filter(|last| doubtful && last.key == proposal.notification)?;
    // Which keys to press depends on the channel: nothing is promised that the other one has not.
    let receipts = |id: &ChannelId| published.directory.channel(id).is_some_and(|rules| rules.receipts);
    if receipts(&last.channel) != receipts(&proposal.channel) {
        return None;
    }
    let name = last.rendering.clone()?;
    let rendering: Rendering = serde_json::from_value(published.stores.open(&name)?).ok()?;
    if track.notification.purpose == Purpose::Head && rendering.head.is_none() {
        return None;
    }
    let (to, _) = message::address(contacts, &track.notification, proposal.address)?;
    let Rendering { text, subject, html, fields, head } = rendering;
    let message = Message { key: proposal.notification.to_string(), to, text, subject, html, fields };
    Some(Again { message, head, rendering: name })
}
