//! The outbox: what is due becomes a message, and its fate comes back as a command.
//!
//! It renders first and then asks for `StartAttempt`; only the answer to that starts a request, never a look at a
//! state (law 5). Outcomes tell what happened and have room of their own in the queue.
//!
//! **Invariant.** Nothing here waits by itself: it wakes when the engine publishes. No name or number is logged.

mod absence;
mod again;
mod against;
mod alarm;
mod busy;
pub mod contacts;
mod facts;
pub mod heads;
mod items;
mod message;
mod notice;
mod report;
mod shift;
mod unfiled;

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};

use arc_swap::ArcSwap;
use futures_util::FutureExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::channel::text::Texts;
use crate::channel::{Channel, Code, Message, Slot, Stamp, Verdict};
use crate::domain::command::{AttemptRequest, Command};
use crate::domain::fact::Fact;
use crate::domain::names::{ChannelId, NotificationId, PayloadName};
use crate::domain::notification::{DeliveryError, FailureReason, Outcome};
use crate::domain::{Proposal, proposals};
use crate::engine::{Handle, Lane, Published, Refusal, Work};
use crate::journal::{Heads, SignedHead};
use crate::metrics::Metrics;
use crate::time::{Clock, Now, Seldom};
use crate::vault;
use again::Again;
use busy::Busy;
use contacts::Contacts;

/// So many messages are asked for or sent at once; each channel has a tighter bound of its own.
pub const UNDER_WAY_MAX: usize = 256;
/// Lines a minute for each reason.
const LINES_MAX: u32 = 3;

/// What changes when the configuration is read again.
#[derive(Debug)]
pub struct Ways {
    /// The ways out by id.
    pub channels: BTreeMap<ChannelId, Arc<Channel>>,
    /// Names, numbers, addresses.
    pub contacts: Arc<Contacts>,
}

/// The outbox.
#[derive(Debug, Clone)]
pub struct Outbox {
    /// The engine.
    pub engine: Handle,
    /// The ways out.
    pub ways: Arc<ArcSwap<Ways>>,
    /// Every text.
    pub texts: Arc<Texts>,
    /// Signs what inspectors get.
    pub heads: Arc<Mutex<Heads>>,
    /// Stamps outcomes.
    pub clock: Arc<dyn Clock>,
    /// Counts attempts.
    pub metrics: Arc<Metrics>,
    /// Bounds the lines about what the engine could not be told.
    pub lines: Arc<Lines>,
    /// How many messages more may be asked for and sent: [`UNDER_WAY_MAX`] at first.
    pub room: Arc<Semaphore>,
}

/// Bounds the lines about what the engine could not be told: while it is busy they come with every message.
#[derive(Debug)]
pub struct Lines {
    unasked: Seldom,
    unrecorded: Seldom,
    refused: Seldom,
}

impl Default for Lines {
    fn default() -> Self {
        Self {
            unasked: Seldom::new(LINES_MAX),
            unrecorded: Seldom::new(LINES_MAX),
            refused: Seldom::new(LINES_MAX),
        }
    }
}

/// The channel a message goes by, with a connection that is kept for it; nothing where the configuration has no such
/// channel any more.
type Way = Option<(Arc<Channel>, Slot)>;

/// What may go: what it says, if it can be written, and the signed head it brings.
struct Granted {
    message: Option<Message>,
    head: Option<SignedHead>,
}

impl Outbox {
    /// Sends what is due until told to stop; requests under way are tasks of the set.
    pub async fn run(self, tasks: TaskTracker, stop: CancellationToken) {
        let mut published = self.engine.watch();
        let busy = Busy::default();
        let mut ticked = None;
        loop {
            let state = Arc::clone(&published.borrow_and_update());
            let second = state.now.either().as_seconds();
            if ticked != Some(second) {
                ticked = Some(second);
                busy.tick(&state.state);
            }
            self.ask_for_what_is_due(&state, &tasks, &busy);
            tokio::select! {
                () = stop.cancelled() => return,
                // Without the engine there is nothing to send, and its end is told by whoever started it.
                changed = published.changed() => if changed.is_err() { return stop.cancelled().await },
            }
        }
    }

    /// Asks for what is due, as far as there is room and its channel has a free connection: what waits for one is no
    /// attempt. It stays due, and is looked at again when one is free.
    fn ask_for_what_is_due(&self, state: &Arc<Published>, tasks: &TaskTracker, busy: &Busy) {
        let ways = self.ways.load_full();
        while self.room.available_permits() > 0 && !state.state.sends.is_empty() {
            let found: Vec<Proposal> = {
                let sets = busy.sets();
                let skip = |id: &NotificationId, channel: &ChannelId| {
                    let full = || ways.channels.get(channel).is_some_and(|channel| channel.is_full());
                    sets.has(id, state.now.steady) || full()
                };
                let room = self.room.available_permits();
                let found = proposals(&state.state, &state.directory, state.now, room, &skip);
                found.into_iter().map(|proposal| sets.apart(&state.state, proposal)).collect()
            };
            if found.is_empty() {
                return;
            }
            for proposal in found {
                let Ok(permit) = Arc::clone(&self.room).try_acquire_owned() else { return };
                let channel = ways.channels.get(&proposal.channel).cloned();
                let Some(way) = reserve(channel) else { continue };
                busy.begin(&proposal);
                let (outbox, state) = (self.clone(), Arc::clone(state));
                tasks.spawn(outbox.ask_and_send(state, (proposal, way, permit), busy.clone()));
            }
        }
    }

    /// Asks for a message, and sends it where that is granted; its room is free when its outcome is told.
    ///
    /// A fault of our own in one message ends neither the process nor the ringing of the others.
    async fn ask_and_send(
        self,
        state: Arc<Published>,
        (proposal, way, permit): (Proposal, Way, OwnedSemaphorePermit),
        busy: Busy,
    ) {
        let (id, channel) = (&proposal.notification, &proposal.channel);
        let Ok(granted) = unless_it_panics(self.ask(&state, &proposal)).await else {
            self.metrics.outbox_faults.inc();
            let pause = busy.put_aside(&proposal, self.engine.published().now.steady);
            return tracing::error!(notification = %id, %channel, pause_s = pause.as_secs(), "writing a message panicked; it is put aside and tried again");
        };
        busy.end(&proposal, granted.is_some());
        if let Some(granted) = granted
            && unless_it_panics(self.send(id, channel, (way, granted))).await.is_err()
        {
            self.metrics.outbox_faults.inc();
            tracing::error!(notification = %id, %channel, "sending a message panicked; whether it went is unknown, and it goes again");
            // Where it was told already, this is recorded without effect.
            let reason = FailureReason::Interrupted;
            self.tell(id, channel, Outcome::Failed(DeliveryError::Unknown { reason })).await;
        }
        drop(permit);
    }

    /// Renders, seals, and asks. `Some`: granted, with what to send, if it could be written.
    async fn ask(&self, state: &Published, proposal: &Proposal) -> Option<Granted> {
        let ways = self.ways.load_full();
        let (message, head, rendering, sealed) = match again::find(&ways.contacts, state, proposal) {
            Some(Again { message, head, rendering }) => (Some(message), head, Some(rendering), None),
            None => self.render(&ways.contacts, state, proposal).await,
        };
        let command = Command::StartAttempt(Box::new(AttemptRequest {
            notification: proposal.notification.clone(),
            covers: proposal.covers.clone(),
            channel: proposal.channel.clone(),
            address: proposal.address,
            rendering,
        }));
        let work = Work { command, payloads: sealed.into_iter().collect() };
        match self.engine.submit_work(work, self.now(), Lane::Tidings).await {
            Ok(answer) => {
                let granted = answer.facts.iter().any(|fact| {
                    matches!(fact, Fact::AttemptStarted { notification, .. } if *notification == proposal.notification)
                });
                granted.then_some(Granted { message, head })
            }
            // What stands against it is looked at again at the next tick.
            Err(Refusal::Rejected(_)) => None,
            Err(refusal) => {
                let turn = self.lines.unasked.turn(&refusal.to_string(), self.clock.read().since_boot);
                if let Some(passed_over) = turn {
                    tracing::warn!(notification = %proposal.notification, channel = %proposal.channel, why = %refusal, passed_over, "a message could not be asked for; it is asked for again at the next tick");
                }
                None
            }
        }
    }

    /// A message written for this moment, the head it brings, and its sealed form with its name.
    async fn render(
        &self,
        contacts: &Contacts,
        state: &Published,
        proposal: &Proposal,
    ) -> (Option<Message>, Option<SignedHead>, Option<PayloadName>, Option<vault::Sealed>) {
        let head = heads::of(&self.heads, &self.engine, state, proposal).await;
        let message = message::write(&self.texts, contacts, state, (proposal, head));
        let sealed = message.as_ref().filter(|_| state.vault).and_then(|message| again::seal(message, head));
        let rendering = sealed.as_ref().map(|sealed| PayloadName::new(&sealed.name.to_string()));
        (message, head, rendering, sealed)
    }

    /// Sends, and tells what became of it.
    async fn send(
        &self,
        id: &NotificationId,
        channel_id: &ChannelId,
        (way, Granted { message, head }): (Way, Granted),
    ) {
        let Verdict { outcome, code } = match (way, message) {
            (Some((channel, slot)), Some(message)) => {
                channel.deliver_by(slot, &message, &Stamp::of(self.clock.read().wall)).await
            }
            (None, _) | (_, None) => {
                Outcome::Failed(DeliveryError::Permanent { reason: FailureReason::Unwritable }).into()
            }
        };
        // That it was not taken is told by the engine, with what follows, when it is on record.
        if let (Some(head), Outcome::Accepted { .. }) = (head, &outcome) {
            let heads = Arc::clone(&self.heads);
            let kept = tokio::task::spawn_blocking(move || heads::left(&heads, &head)).await;
            if kept.is_err() {
                tracing::error!(why = "it panicked", "it could not be kept that a signed head left");
            }
        }
        if let Some(code) = code {
            self.show(channel_id, &code);
        }
        self.tell(id, channel_id, outcome).await;
    }

    /// Shows the operator the code by which a provider refused a message.
    fn show(&self, channel: &ChannelId, code: &Code) {
        let turn = self.lines.refused.turn(&format!("{channel} {code}"), self.clock.read().since_boot);
        if let Some(passed_over) = turn {
            tracing::warn!(%channel, %code, passed_over, "a provider did not take a message, and says why by a code of its own");
        }
    }

    /// Tells what became of an attempt.
    async fn tell(&self, id: &NotificationId, channel_id: &ChannelId, outcome: Outcome) {
        let word = match &outcome {
            Outcome::Accepted { .. } => "accepted",
            Outcome::Failed(DeliveryError::Transient { .. }) => "transient",
            Outcome::Failed(DeliveryError::Exhausted { .. }) => "exhausted",
            Outcome::Failed(DeliveryError::Permanent { .. }) => "permanent",
            Outcome::Failed(DeliveryError::Unknown { .. }) => "unknown",
        };
        self.metrics.count_attempt(channel_id.as_str(), word);
        let command = Command::EndAttempt { notification: id.clone(), outcome, received: self.now() };
        if let Err(refusal) = self.engine.submit(command, self.now(), Lane::Tidings).await {
            let turn = self.lines.unrecorded.turn(&refusal.to_string(), self.clock.read().since_boot);
            if let Some(passed_over) = turn {
                tracing::warn!(notification = %id, channel = %channel_id, why = %refusal, follows = "its time runs out, and it counts as unknown and goes again", passed_over, "the outcome of a message could not be recorded");
            }
        }
    }

    /// Both clocks at this moment: the wall, and the steady clock as far from it as the engine last said.
    fn now(&self) -> Now {
        self.engine.published().now_at(&self.clock.read())
    }
}

/// What comes of it; nothing of what it shares is left half changed: what it changes lies behind locks that mend.
async fn unless_it_panics<T>(work: impl Future<Output = T>) -> std::thread::Result<T> {
    AssertUnwindSafe(work).catch_unwind().await
}

/// The way by a channel; `None` where all its connections are taken.
fn reserve(channel: Option<Arc<Channel>>) -> Option<Way> {
    let Some(channel) = channel else { return Some(None) };
    let slot = channel.reserve()?;
    Some(Some((channel, slot)))
}
