//! The step: decides what waits and what is due, makes it durable, and only then answers and publishes.

mod batch;
mod durable;
mod stores;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use self::batch::{Answers, Batch, Item};
pub(super) use self::durable::case_subject;
use self::durable::subject_of;
use super::answer::{Answer, Fatal, Published, Refusal, Stores, Submission};
use super::memory::Kept;
use super::mode::Mode;
use super::tell::Teller;
use crate::domain::State;
use crate::domain::command::Command;
use crate::domain::directory::Directory;
use crate::domain::fact::Fact;
use crate::domain::names::CaseId;
use crate::domain::schedule::Due;
use crate::journal::Head;
use crate::metrics::Metrics;
use crate::time::{Asides, Now, Observed, Reading, Seldom, Steady, Timestamp};

/// So many batches are made in one step, so that what was submitted finds room behind much that fell due; a step stays
/// well within what its watchdog allows.
const BATCHES_MAX: usize = 8;
/// Lines a minute about one kind of command that cannot be decided.
const FAULTS_MAX: u32 = 3;

/// The engine without its thread.
#[derive(Debug)]
pub struct Core {
    state: Arc<State>,
    directory: Arc<Directory>,
    /// What a reload handed in, and the hash by which it is put on record.
    next: Option<Next>,
    /// `None` only between holding and writing, within one call.
    mode: Option<Mode>,
    head: Head,
    stores: Stores,
    /// The vault takes payloads; where it does not, it may still be there for reading.
    takes_payloads: bool,
    /// Cases whose erasure is on record and not done.
    unerased: BTreeSet<CaseId>,
    steady: Steady,
    /// The time since boot when the clocks were last read.
    since_boot: Duration,
    /// Due things whose deciding failed.
    aside: Asides<Due>,
    /// What the index has not been told, of every entry behind `saved_to`.
    unsaved: Kept,
    /// The last entry that the index knows; where it is lost, the last one that it must know to be used again.
    saved_to: u64,
    metrics: Arc<Metrics>,
    teller: Teller,
    /// Faults of our own that a caller can bring about again and again.
    faults: Seldom,
}

/// Another directory, and the SHA-256 of its files, by which its `AdoptConfiguration` knows it.
pub type Next = (String, Arc<Directory>);

impl Core {
    /// An engine that goes on from a state whose journal ends at `head`.
    #[must_use]
    pub fn new(
        (state, head): (State, Head),
        directory: Arc<Directory>,
        mode: Mode,
        stores: Stores,
        (mut steady, metrics): (Steady, Arc<Metrics>),
    ) -> Self {
        if state.doubt.is_some() {
            steady.wait_to_follow();
        }
        Self {
            state: Arc::new(state),
            directory,
            next: None,
            mode: Some(mode),
            head,
            takes_payloads: stores.vault.is_some(),
            unerased: BTreeSet::new(),
            stores,
            steady,
            since_boot: Duration::ZERO,
            aside: Asides::default(),
            unsaved: Kept::default(),
            saved_to: head.seq,
            metrics,
            teller: Teller::default(),
            faults: Seldom::new(FAULTS_MAX),
        }
    }

    /// What readers see.
    #[must_use]
    pub fn published(&self, now: Now) -> Published {
        Published {
            state: Arc::clone(&self.state),
            head: self.head,
            directory: Arc::clone(&self.directory),
            now,
            since_boot: self.since_boot,
            holding: self.is_holding(),
            vault: self.takes_payloads,
            index: self.stores.index.is_some(),
            erasures_owed: self.unerased.len(),
            stores: self.stores.clone(),
        }
    }

    /// The state as of the last batch.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The journal's head.
    #[must_use]
    pub const fn head(&self) -> Head {
        self.head
    }

    /// Another directory, in force from the decision that puts it on record: whatever is decided before that decision
    /// goes by the old one, so that the journal says under which configuration each entry was decided. Where that
    /// decision is refused, or never comes, nothing was decided by it. Cases keep their plans (P11).
    pub fn hand_in(&mut self, next: Next) {
        self.next = Some(next);
    }

    /// How long the thread may wait before something falls due or goes out; at most `longest`.
    ///
    /// What is overdue and still there waits for somebody else (the outbox, the end of a doubt): it wakes nobody.
    #[must_use]
    pub fn idle_for(&self, now: Now, longest: Duration) -> Duration {
        /// Overdue sends that are looked past.
        const PAST_MAX: usize = 64;
        let rings = self.state.rings.first().map(|(at, _)| *at).filter(|_| self.aside.is_empty());
        // What accuses, or says that a report is due, waits for the clock that is behind.
        let mut both = self.state.accusations.iter().take(PAST_MAX).map(|(at, _)| *at);
        let accuses = both.find(|at| *at > now.both());
        let sends = self.state.sends.iter().take(PAST_MAX).map(|(at, _)| *at).find(|at| *at > now.either());
        let rings = [rings, sends].into_iter().flatten().map(|at| at.since(now.either()));
        let accuses = accuses.map(|at| at.since(now.both()));
        rings.chain(accuses).fold(longest, Duration::min)
    }

    /// Reads the clocks.
    pub fn read(&mut self, reading: &Reading) -> (Now, Observed) {
        self.since_boot = reading.since_boot;
        self.steady.read(reading)
    }

    /// Decides what is given and what is due, makes it durable, and returns the answers in the order of the
    /// submissions, with the clocks it was decided at.
    ///
    /// # Errors
    /// [`Fatal`]: the journal could not be written. No answer may be given, and the process ends.
    pub fn step(
        &mut self,
        reading: &Reading,
        submissions: Vec<Submission>,
    ) -> Result<(Now, Vec<Result<Answer, Refusal>>), Fatal> {
        let (now, mut observed) = self.read(reading);
        let mut items: Vec<Item> = submissions.into_iter().map(Item::from).collect();
        let mut answers: Answers = vec![None; items.len()];
        for _ in 0..BATCHES_MAX {
            let mut batch = self.decide_and_seal((&mut items, &answers), observed, now);
            if let Some(error) = batch.index_lost.take() {
                self.lose_index(&error);
            }
            // What the clocks showed is noted once.
            observed = Observed::Nothing;
            let trusted = |fact: &Fact| matches!(fact, Fact::ClockTrusted(it) if it.by.is_some());
            let follow = batch.entries.iter().any(|it| it.facts.iter().any(trusted));
            let found = self.make_durable(batch, now)?;
            if follow {
                self.steady.follow(reading);
            }
            for (answer, found) in answers.iter_mut().zip(found) {
                *answer = answer.take().or(found);
            }
            if answers.iter().all(Option::is_some) {
                break;
            }
        }
        if answers.is_empty() {
            // Nobody waits: now the index is told of what it does not know yet.
            self.save_index();
        }
        // What has not been looked at, because too much fell due before it, comes again.
        Ok((now, answers.into_iter().map(|answer| answer.unwrap_or(Err(Refusal::Busy))).collect()))
    }

    /// Decides a batch, and puts its payloads into the vault.
    fn decide_and_seal(
        &mut self,
        (items, answered): (&mut [Item], &Answers),
        observed: Observed,
        now: Now,
    ) -> Batch {
        loop {
            let mut batch = self.decide_all((items, answered), observed, now);
            let payloads = std::mem::take(&mut batch.payloads);
            if let (false, Some(vault)) = (payloads.is_empty(), &self.stores.vault)
                && let Err(error) = vault.put_all(self.head.seq, payloads)
            {
                self.metrics.vault_failed.inc();
                tracing::error!(%error, "the vault cannot be written: what brings personal data is refused, the rest goes on");
                // Nothing was journaled yet. The same batch is decided again without what needs the vault.
                self.takes_payloads = false;
                continue;
            }
            return batch;
        }
    }

    /// Decides what has no answer yet and what is due before it, as much as one batch has room for.
    fn decide_all(
        &mut self,
        (items, answered): (&mut [Item], &Answers),
        observed: Observed,
        now: Now,
    ) -> Batch {
        let waiting = items.iter().zip(answered).enumerate().filter(|(_, (_, answer))| answer.is_none());
        let mut order: Vec<(Timestamp, usize)> =
            waiting.map(|(index, (item, _))| (item.received.either(), index)).collect();
        order.sort_unstable();
        let mut batch = Batch::over((&self.state, &self.directory), items.len());
        self.note_clock(&mut batch, observed, now);
        let mut next = order.into_iter().peekable();
        while batch.has_room() {
            // What was received first is decided first, and what fell due before it before that.
            let received = next.peek().map(|(at, _)| *at);
            if let Some(due) = self.due(&batch.state, now, received) {
                self.fall(&mut batch, &due, now);
                continue;
            }
            let Some((_, index)) = next.next() else { break };
            if let Some(item) = items.get_mut(index) {
                let answer = self.one(&mut batch, item, now);
                if let Some(place) = batch.answers.get_mut(index) {
                    *place = Some(answer);
                }
            }
        }
        batch
    }

    fn note_clock(&mut self, batch: &mut Batch, observed: Observed, now: Now) {
        let (command, now) = match observed {
            Observed::Nothing => return,
            Observed::Stepped { from, to } => (Command::NoteClockStep { from, to }, now),
            // It is decided by the clocks as they were until here, for the rules must know how far they fall.
            Observed::Followed { from } => (Command::TrustClock { by: None }, Now { steady: from, ..now }),
        };
        if self.decide(batch, &command, now).is_err() {
            self.metrics.decisions_failed.inc();
        }
    }

    /// The first due thing at this moment that stands before what was received at `received`.
    fn due(&self, state: &State, now: Now, received: Option<Timestamp>) -> Option<Due> {
        let before = |at: Timestamp| received.is_none_or(|received| at <= received);
        let ready = |at: Timestamp, due: &Due| before(at) && !self.aside.waits(due, now.steady);
        // Something set aside stands at the front: the look goes past it, and no further than what is set aside.
        let depth = self.aside.len() + 1;
        let ring = state
            .rings
            .iter()
            .take(depth)
            .take_while(|(at, _)| *at <= now.either())
            .find(|(at, due)| ready(*at, due));
        // While the clock is in doubt what accuses waits for the doubt to end, and the look goes past it.
        let depth = if state.doubt.is_none() { depth } else { usize::MAX };
        let is_sure = |due: &Due| state.doubt.is_none() || !due.accuses();
        let accuse = state
            .accusations
            .iter()
            .take(depth)
            .take_while(|(at, _)| *at <= now.both())
            .find(|(at, due)| is_sure(due) && ready(*at, due));
        let first = match (ring, accuse) {
            (Some(ring), Some(accuse)) => Some(if ring.0 <= accuse.0 { ring } else { accuse }),
            (one, other) => one.or(other),
        };
        first.map(|(_, due)| due.clone())
    }

    fn fall(&mut self, batch: &mut Batch, due: &Due, now: Now) {
        match self.decide(batch, &Command::Fall(due.clone()), now) {
            Ok(_) => {
                self.aside.forget(due);
            }
            Err(_) => {
                let pause = self.aside.put(due.clone(), now.steady);
                self.metrics.decisions_failed.inc();
                tracing::error!(%due, pause_s = pause.as_secs(), "a due thing could not be decided; it is set aside and tried again");
            }
        }
    }

    /// The vault and the index.
    #[must_use]
    pub const fn stores(&self) -> &Stores {
        &self.stores
    }
}
