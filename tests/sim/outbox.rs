//! The outbox as the engine sees it: it looks at what is published, seals what would go, and asks to send it.

use std::sync::Arc;

use watchfire::domain::command::{AttemptRequest, Command};
use watchfire::domain::names::{ChannelId, NotificationId, PayloadName};
use watchfire::domain::proposals;
use watchfire::engine::{Submission, Work};
use watchfire::time::Clock as _;
use watchfire::vault;

use crate::world::{Caller, World};

/// As the outbox has it.
const UNDER_WAY_MAX: usize = 256;

impl World {
    /// The outbox looks at what is published and asks to send.
    pub(crate) fn ask_for_what_is_due(&mut self) {
        let Some(daemon) = &mut self.daemon else { return };
        let published = Arc::clone(&daemon.published);
        let second = published.now.either().as_seconds();
        if daemon.ticked != Some(second) {
            daemon.ticked = Some(second);
            daemon.refused.clear();
        }
        let room = UNDER_WAY_MAX.saturating_sub(daemon.asking.len());
        if room == 0 || published.state.sends.is_empty() {
            return;
        }
        let skip =
            |id: &NotificationId, _: &ChannelId| daemon.asking.contains(id) || daemon.refused.contains(id);
        let found = proposals(&published.state, &published.directory, published.now, room, &skip);
        for proposal in found {
            daemon.asking.insert(proposal.notification.clone());
            // What goes out is sealed first, where the vault takes it.
            let sealed =
                published.vault.then(|| vault::seal(proposal.notification.as_str().as_bytes()).unwrap());
            let rendering = sealed.as_ref().map(|sealed| PayloadName::new(&sealed.name.to_string()));
            let request = AttemptRequest {
                notification: proposal.notification.clone(),
                covers: proposal.covers.clone(),
                channel: proposal.channel.clone(),
                address: proposal.address,
                rendering,
            };
            let received = published.now_at(&self.clock.read());
            let work = Work {
                command: Command::StartAttempt(Box::new(request)),
                payloads: sealed.into_iter().collect(),
            };
            daemon.queue.push((Submission { work, received }, Caller::Outbox(Box::new(proposal))));
        }
    }
}
