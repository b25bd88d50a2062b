//! The step: decides what waits and what is due, makes it durable, and only then answers and publishes.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use super::memory::{Kept, case_of};
use crate::domain::apply::Place;
use crate::domain::command::{Command, Rejection, Seen};
use crate::domain::directory::Directory;
use crate::domain::fact::Fact;
use crate::domain::schedule::Due;
use crate::domain::{Decision, State, check, decide, may_open};
use crate::index::Index;
use crate::journal::{Backing, Draft, Head, Held, Journal, JournalError};
use crate::metrics::Metrics;
use crate::time::{Now, Observed, Reading, Steady, Timestamp};
use crate::vault::{Sealed, Subject, Vault};

/// So many decisions share one sync at most.
const BATCH_MAX: usize = 256;
/// So many batches are made in one step, so that what was submitted finds room behind much that fell due; a step stays
/// well within what its watchdog allows.
const BATCHES_MAX: usize = 8;
/// What accuses is decided this long after its instant, which `domain` has put on the schedule already.
const ASIDE_FIRST: Duration = Duration::from_secs(1);
const ASIDE_MAX: Duration = Duration::from_mins(5);

/// A command and the sealed payloads it brings.
#[derive(Debug)]
pub struct Work {
    /// The command; it names its payloads.
    pub command: Command,
    /// The payloads, for the vault if it is accepted.
    pub payloads: Vec<Sealed>,
}

/// Work, and when the door read its last byte.
#[derive(Debug)]
pub struct Submission {
    /// The work.
    pub work: Work,
    /// When its last byte was read; lateness is judged by this (law 8).
    pub received: Now,
}

/// What a command led to. On disk.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The entry it stands in; `None` where it changed nothing.
    pub seq: Option<u64>,
    /// What happened.
    pub facts: Arc<Vec<Fact>>,
    /// The first answer to the same event, where it came before.
    pub seen: Option<Seen>,
    /// The state it led to.
    pub state: Arc<State>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// What stands against the command.
    Rejected(Rejection),
    /// Too much waits; come back.
    Busy,
    /// A fault of ours in deciding it; nothing happened.
    Panicked,
    /// The vault or the index is not there.
    Unavailable,
    /// The journal cannot be written. Where `taken`, what was said takes effect all the same, and must come again.
    Holding {
        /// It takes effect until the daemon ends.
        taken: bool,
    },
    /// The daemon is ending.
    Stopping,
}

/// What ends the process (law 3).
#[derive(Debug, thiserror::Error)]
#[error("the journal could not be written")]
pub struct Fatal(#[from] pub JournalError);

/// Where decisions go.
#[derive(Debug)]
pub enum Mode {
    /// To the journal on disk, or what stands for it in a simulation.
    Writing(Box<dyn Written>),
    /// To memory, over a journal that can be read and not written.
    Holding(Box<dyn Holding>),
}

/// A journal that decisions go to.
pub trait Written: Journal + std::fmt::Debug {}
impl<T: Journal + std::fmt::Debug> Written for T {}

/// A journal that holds decisions in memory, and can try to be rid of them.
pub trait Holding: Journal + std::fmt::Debug {
    /// Tries to append what is held.
    ///
    /// # Errors
    /// Why it cannot.
    fn settle(&mut self) -> Result<(), JournalError>;

    /// The journal it held for.
    fn into_written(self: Box<Self>) -> Box<dyn Written>;
}

impl<J: Backing + std::fmt::Debug + 'static> Holding for Held<J> {
    fn settle(&mut self) -> Result<(), JournalError> {
        Self::settle(self).map(|_head| ())
    }

    fn into_written(self: Box<Self>) -> Box<dyn Written> {
        Box::new(self.into_backing())
    }
}

/// What lasts besides the journal. Missing, it stops no clock (DESIGN, "What lasts").
#[derive(Debug, Clone, Default)]
pub struct Stores {
    /// Sealed personal data.
    pub vault: Option<Vault>,
    /// Questions about the past.
    pub index: Option<Index>,
}

/// What readers see: durable.
#[derive(Debug, Clone)]
pub struct Published {
    /// The state.
    pub state: Arc<State>,
    /// The journal's head.
    pub head: Head,
    /// The directory in force.
    pub directory: Arc<Directory>,
    /// The clocks at the step that published it.
    pub now: Now,
    /// The time since boot at that step.
    pub since_boot: Duration,
    /// The journal cannot be written.
    pub holding: bool,
    /// The vault takes what people wrote.
    pub vault: bool,
    /// The index answers questions about the past.
    pub index: bool,
}

impl Published {
    /// Both clocks at a reading: the steady clock goes on from the last step by the time since boot, for the wall may
    /// have been set since.
    #[must_use]
    pub fn now_at(&self, reading: &Reading) -> Now {
        let steady = self.now.steady + reading.since_boot.saturating_sub(self.since_boot);
        Now { wall: reading.wall, steady }
    }
}

/// The engine without its thread.
#[derive(Debug)]
pub struct Core {
    state: Arc<State>,
    directory: Arc<Directory>,
    /// `None` only between holding and writing, within one call.
    mode: Option<Mode>,
    head: Head,
    stores: Stores,
    steady: Steady,
    /// The time since boot when the clocks were last read.
    since_boot: Duration,
    aside: BTreeMap<Due, Aside>,
    /// What the index has not been told.
    unsaved: Kept,
    /// The last entry whose watermark the index has.
    saved_to: u64,
    metrics: Arc<Metrics>,
}

/// A due thing whose deciding failed, and when it is tried again.
#[derive(Debug, Clone, Copy)]
struct Aside {
    until: Timestamp,
    pause: Duration,
}

/// One submission while its batch is in the making.
#[derive(Debug)]
struct Item {
    command: Command,
    payloads: Vec<Sealed>,
    /// It came with payloads, which a first try may have used up.
    brought: bool,
    received: Now,
}

impl From<Submission> for Item {
    fn from(submission: Submission) -> Self {
        let Submission { work: Work { command, payloads }, received } = submission;
        Self { command, brought: !payloads.is_empty(), payloads, received }
    }
}

/// The answers to submissions, in their order; `None` where one has not been looked at.
type Answers = Vec<Option<Result<Answer, Refusal>>>;

/// A batch in the making.
#[derive(Debug)]
struct Batch {
    state: Arc<State>,
    entries: Vec<Arc<Vec<Fact>>>,
    payloads: Vec<(Sealed, Subject)>,
    answers: Answers,
    kept: Kept,
}

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
            mode: Some(mode),
            head,
            stores,
            steady,
            since_boot: Duration::ZERO,
            aside: BTreeMap::new(),
            unsaved: Kept::default(),
            saved_to: head.seq,
            metrics,
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
            vault: self.stores.vault.is_some(),
            index: self.stores.index.is_some(),
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

    /// Another directory from here on; cases keep their plans (P11).
    pub fn adopt(&mut self, directory: Arc<Directory>) {
        self.directory = directory;
    }

    /// How long the thread may wait before something falls due or goes out; at most `longest`.
    ///
    /// What is overdue and still there waits for somebody else (the outbox, the end of a doubt): it wakes nobody.
    #[must_use]
    pub fn idle_for(&self, now: Now, longest: Duration) -> Duration {
        /// Overdue sends that are looked past.
        const PAST_MAX: usize = 64;
        let rings = self.state.rings.first().map(|(at, _)| *at).filter(|_| self.aside.is_empty());
        // What accuses waits for the clock that is behind.
        let accuses = self.state.accusations.first().map(|(at, _)| *at).filter(|at| *at > now.both());
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
            let batch = self.decide_and_seal((&mut items, &answers), observed, now);
            // What the clocks showed is noted once.
            observed = Observed::Nothing;
            let trusted = |fact: &Fact| matches!(fact, Fact::ClockTrusted { by: Some(_), .. });
            let follow = batch.entries.iter().any(|facts| facts.iter().any(trusted));
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
                self.stores.vault = None;
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
        let mut batch = Batch::over(&self.state, items.len());
        self.note_clock(&mut batch, observed, now);
        let mut next = order.into_iter().peekable();
        while batch.entries.len() < BATCH_MAX {
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
        let ready = |at: Timestamp, due: &Due| {
            before(at) && self.aside.get(due).is_none_or(|aside| aside.until <= now.steady)
        };
        // Something set aside stands at the front: the look goes past it, and no further than what is set aside.
        let depth = self.aside.len() + 1;
        let ring = state
            .rings
            .iter()
            .take(depth)
            .take_while(|(at, _)| *at <= now.either())
            .find(|(at, due)| ready(*at, due));
        let accuse = state
            .accusations
            .iter()
            .take(depth)
            .take_while(|(at, _)| *at <= now.both() && state.doubt.is_none())
            .find(|(at, due)| ready(*at, due));
        let first = match (ring, accuse) {
            (Some(ring), Some(accuse)) => Some(if ring.0 <= accuse.0 { ring } else { accuse }),
            (one, other) => one.or(other),
        };
        first.map(|(_, due)| due.clone())
    }

    fn fall(&mut self, batch: &mut Batch, due: &Due, now: Now) {
        match self.decide(batch, &Command::Fall(due.clone()), now) {
            Ok(_) => {
                self.aside.remove(due);
            }
            Err(_) => {
                let pause = self.aside.get(due).map_or(ASIDE_FIRST, |aside| (aside.pause * 2).min(ASIDE_MAX));
                self.aside.insert(due.clone(), Aside { until: now.steady + pause, pause });
                self.metrics.decisions_failed.inc();
                tracing::error!(due = ?due, pause_s = pause.as_secs(), "a due thing could not be decided; it is set aside and tried again");
            }
        }
    }

    fn one(&self, batch: &mut Batch, item: &mut Item, now: Now) -> Result<Answer, Refusal> {
        let holding = self.is_holding();
        let effect = effect_while_holding(&item.command);
        if holding && effect == Effect::None {
            return Err(Refusal::Holding { taken: false });
        }
        if item.brought && self.stores.vault.is_none() {
            if effect != Effect::GoesOn {
                return Err(Refusal::Unavailable);
            }
            forget_rendering(&mut item.command);
        }
        self.look_up(batch, &mut item.command)?;
        let answer = self.decide(batch, &item.command, now)?;
        if answer.seq.is_some()
            && let Some(subject) = subject_of(&answer.facts, &batch.state, now)
        {
            batch.payloads.extend(item.payloads.drain(..).map(|sealed| (sealed, subject.clone())));
        }
        if holding && effect == Effect::ComesAgain {
            return Err(Refusal::Holding { taken: true });
        }
        Ok(answer)
    }

    /// Asks the index what deciding needs to know of the past: first this batch, then what it was told before.
    #[expect(clippy::wildcard_enum_match_arm, reason = "everything else asks nothing of the past")]
    fn look_up(&self, batch: &Batch, command: &mut Command) -> Result<(), Refusal> {
        match command {
            Command::ReportFever(report) => {
                let index = self.stores.index.as_ref().ok_or(Refusal::Unavailable)?;
                let known = batch.kept.seen(&report.key).or_else(|| self.unsaved.seen(&report.key));
                report.seen = match known {
                    Some(seen) => Some(seen.clone()),
                    None => Kept::event(index, &report.key).map_err(|_lost| Refusal::Unavailable)?,
                };
                if let Some(person) = report.person.clone()
                    && report.seen.is_none()
                    && may_open(&batch.state, &self.directory, report)
                {
                    let known = batch.kept.last_case(&person).or_else(|| self.unsaved.last_case(&person));
                    report.last_case = match known {
                        Some(case) => Some(case),
                        None => Kept::case_of(index, &person).map_err(|_lost| Refusal::Unavailable)?,
                    };
                }
                Ok(())
            }
            Command::Erase { case, archived, .. } if batch.state.case(case).is_none() => {
                let index = self.stores.index.as_ref().ok_or(Refusal::Unavailable)?;
                *archived = Kept::is_archived(index, case).map_err(|_lost| Refusal::Unavailable)?;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn decide(&self, batch: &mut Batch, command: &Command, now: Now) -> Result<Answer, Refusal> {
        let state = &batch.state;
        let directory = &*self.directory;
        let place = Place { seq: state.seq + 1, at: now.wall };
        // State is a value: a panic in here leaves nothing behind.
        let decided = catch_unwind(AssertUnwindSafe(|| {
            let Decision { facts, state } = decide(state, directory, command, now)?;
            Ok::<_, Rejection>((check(&state, &facts), facts, state))
        }));
        let (facts, next) = match decided {
            Ok(Ok((Ok(()), facts, next))) => (facts, next),
            Ok(Ok((Err(broken), _, _))) => {
                tracing::error!(invariant = %broken, command = name(command), "a decision would break an invariant; it is refused");
                return Err(Refusal::Panicked);
            }
            Ok(Err(rejection)) => return Err(Refusal::Rejected(rejection)),
            Err(_panic) => {
                tracing::error!(command = name(command), "deciding a command panicked; it is refused");
                return Err(Refusal::Panicked);
            }
        };
        let (facts, next) = (Arc::new(facts), Arc::new(next));
        let mut answer =
            Answer { seq: None, facts: Arc::clone(&facts), seen: None, state: Arc::clone(&next) };
        if let Command::ReportFever(report) = command {
            answer.seen.clone_from(&report.seen);
        }
        if !facts.is_empty() {
            answer.seq = Some(place.seq);
            batch.kept.note((&batch.state, &next), &facts);
            batch.entries.push(facts);
            batch.state = next;
        }
        Ok(answer)
    }

    /// Journal, then index; then the state is the new one.
    fn make_durable(&mut self, batch: Batch, now: Now) -> Result<Answers, Fatal> {
        let Batch { state, entries, answers, kept, .. } = batch;
        if entries.is_empty() {
            return Ok(answers);
        }
        let mut drafts = Vec::with_capacity(entries.len());
        for facts in &entries {
            let facts = serde_json::value::to_raw_value(&**facts)
                .map_err(|_error| JournalError::Unfit { what: "its facts cannot be written as JSON" })?;
            drafts.push(Draft { at: now.wall, steady: now.steady, facts });
        }
        let appended = match &mut self.mode {
            Some(Mode::Writing(journal)) => journal.append(self.head, drafts),
            Some(Mode::Holding(held)) => held.append(self.head, drafts),
            None => Err(JournalError::Poisoned),
        };
        self.head = appended?;
        self.state = state;
        self.metrics.entries.inc_by(u64::try_from(entries.len()).unwrap_or(0));
        self.metrics.batches.inc();
        self.unsaved.absorb(kept);
        if self.unsaved.is_pressing() {
            self.save_index();
        }
        self.erase(&entries);
        Ok(answers)
    }

    /// Brings the index up to the journal's head. It never names an entry that is held: that may still be lost.
    pub fn save_index(&mut self) {
        if self.is_holding() || self.saved_to == self.head.seq {
            return;
        }
        self.saved_to = self.head.seq;
        let kept = std::mem::take(&mut self.unsaved);
        if let Some(index) = &self.stores.index
            && let Err(error) = kept.save(index, self.head.seq)
        {
            self.metrics.index_failed.inc();
            tracing::error!(%error, "the index cannot be written: questions about the past are refused until a start rebuilds it");
            self.stores.index = None;
        }
    }

    /// What was erased on record is erased in the vault; a start does it again for what it replays.
    fn erase(&self, entries: &[Arc<Vec<Fact>>]) {
        let Some(vault) = &self.stores.vault else { return };
        for fact in entries.iter().flat_map(|facts| facts.iter()) {
            if let Fact::Erased { case, .. } = fact
                && let Some(subject) = case_subject(case)
                && let Err(error) = vault.erase(&subject)
            {
                self.metrics.vault_failed.inc();
                tracing::error!(%error, %case, "an erasure is on record and not yet done; it is done at the next start");
            }
        }
    }

    /// Tries to go from holding to writing: what was held is appended as it is.
    pub fn settle(&mut self) {
        let Some(Mode::Holding(held)) = &mut self.mode else { return };
        if let Err(error) = held.settle() {
            tracing::warn!(%error, "the journal still cannot be written; holding goes on");
            return;
        }
        if let Some(Mode::Holding(held)) = self.mode.take() {
            self.mode = Some(Mode::Writing(held.into_written()));
        }
        self.save_index();
        tracing::info!(
            seq = self.head.seq,
            "the journal is written again; everything that was held is in it"
        );
    }

    /// Whether decisions go to memory alone.
    #[must_use]
    pub const fn is_holding(&self) -> bool {
        matches!(self.mode, Some(Mode::Holding(_)))
    }

    /// Whether the vault or the index is not there, or was given up.
    #[must_use]
    pub const fn lacks_a_store(&self) -> bool {
        self.stores.vault.is_none() || self.stores.index.is_none()
    }

    /// The vault and the index.
    #[must_use]
    pub const fn stores(&self) -> &Stores {
        &self.stores
    }
}

impl Batch {
    fn over(state: &Arc<State>, submissions: usize) -> Self {
        Self {
            state: Arc::clone(state),
            entries: Vec::new(),
            payloads: Vec::new(),
            answers: vec![None; submissions],
            kept: Kept::default(),
        }
    }
}

/// What a command does while the journal cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    /// Nothing: it is answered 503.
    None,
    /// It takes effect, so that ringing stops, and is answered 503, so that it comes again.
    ComesAgain,
    /// The daemon's own: it goes on.
    GoesOn,
}

fn effect_while_holding(command: &Command) -> Effect {
    match command {
        Command::Confirm { .. }
        | Command::Take { .. }
        | Command::Pass { .. }
        | Command::TryCode { .. }
        | Command::RecordTelephone(_)
        | Command::TakeReceipt(_) => Effect::ComesAgain,
        Command::Start { .. }
        | Command::NoteClockStep { .. }
        | Command::TrustClock { .. }
        | Command::PassHead { .. }
        | Command::Fall(_)
        | Command::StartAttempt(_)
        | Command::EndAttempt { .. } => Effect::GoesOn,
        Command::AdoptConfiguration { .. }
        | Command::Arm { .. }
        | Command::Disarm { .. }
        | Command::HoldBack
        | Command::Release { .. }
        | Command::ReportFever(_)
        | Command::Classify { .. }
        | Command::WriteReport(_)
        | Command::RecordWrittenReceipt { .. }
        | Command::Dispute { .. }
        | Command::Note { .. }
        | Command::Close { .. }
        | Command::Erase { .. }
        | Command::AskSignIn { .. }
        | Command::OpenSession { .. }
        | Command::CloseSession { .. }
        | Command::Test { .. } => Effect::None,
    }
}

/// A message goes out without its rendering on record rather than not at all.
fn forget_rendering(command: &mut Command) {
    if let Command::StartAttempt(request) = command {
        request.rendering = None;
    }
}

/// The name of a command, without what it carries.
fn name(command: &Command) -> String {
    format!("{command:?}").chars().take_while(char::is_ascii_alphabetic).collect()
}

/// Under whose key a decision's payloads are sealed: its case's, else the day's.
fn subject_of(facts: &[Fact], state: &State, now: Now) -> Option<Subject> {
    let case = facts.iter().find_map(|fact| case_of(fact, state));
    match case {
        Some(case) => case_subject(case),
        None => format!("day/{}", crate::time::Zone::UTC.day(now.wall)).parse().ok(),
    }
}

/// Under whose key a case's payloads are sealed.
pub(super) fn case_subject(case: &crate::domain::names::CaseId) -> Option<Subject> {
    format!("case/{case}").parse().ok()
}
