//! The world of one seed: a daemon over a disk in memory, its outbox, and an agenda of what happens when.
//!
//! The daemon is the engine's own step, driven as its thread drives it; what a start does is the engine's own too.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use watchfire::domain::Proposal;
use watchfire::domain::command::Command;
use watchfire::domain::fact::Fact;
use watchfire::domain::names::NotificationId;
use watchfire::domain::notification::Outcome;
use watchfire::engine::{Answer, Core, Published, Refusal, Submission, Work};
use watchfire::journal::{Disk, Head};
use watchfire::metrics::Metrics;
use watchfire::time::{Clock as _, ManualClock, Mark, Now, Reading};
use watchfire::vault::FailingDisk;

use crate::chance::Chance;
use crate::channels::Channels;
use crate::faults::{Strike, Trouble};
use crate::lasting::folder;
use crate::people::{Manners, Wish};
use crate::record::{Adopted, Answered, Record, Said};
use crate::site::{BEGINNING, MINUTE, SECOND, Site, ms};

/// As the engine's thread has them.
const TICK: Duration = Duration::from_secs(1);
const MARK_EVERY: Duration = Duration::from_secs(5);
const SETTLE_EVERY: Duration = Duration::from_secs(5);
/// The thread wakes every second. Where nothing was refused only that can matter which marks that the daemon lives, and
/// once nothing goes wrong any more not even that.
const BUSY: Duration = Duration::from_secs(5);
const CALM: Duration = Duration::from_secs(30);
const QUIET: Duration = Duration::from_mins(10);
/// Steps at one instant: more is an engine that spins.
const ROUNDS_MAX: usize = 500;

/// Something that happens at its time.
#[derive(Debug)]
pub(crate) enum Act {
    /// Somebody says something at the door.
    Say(Box<Wish>),
    /// The answer of a provider comes back to the process that asked, if it still runs.
    End { run: u64, id: NotificationId, outcome: Outcome },
    /// Something goes wrong, or ends going wrong.
    Trouble(Trouble),
}

/// Who waits for an answer of the engine.
#[derive(Debug)]
pub(crate) enum Caller {
    Door(Box<Wish>),
    Outbox(Box<Proposal>),
    Nobody,
}

/// A process.
#[derive(Debug)]
pub(crate) struct Daemon {
    pub(crate) core: Core,
    pub(crate) now: Now,
    pub(crate) published: Arc<Published>,
    pub(crate) queue: Vec<(Submission, Caller)>,
    pub(crate) asking: BTreeSet<NotificationId>,
    pub(crate) refused: BTreeSet<NotificationId>,
    pub(crate) ticked: Option<i64>,
    marked: Option<Duration>,
    settled: Duration,
    /// When what was lost was last opened again.
    reopened: Duration,
    /// When it was last looked for trouble.
    pub(crate) looked: Duration,
    /// The journal's end at the start.
    pub(crate) found: u64,
}

/// The world.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) chance: Chance,
    pub(crate) clock: ManualClock,
    /// True time since the beginning, in milliseconds.
    pub(crate) at: u64,
    pub(crate) disk: Disk,
    /// Decides what few people do, so that it leaves the rest of a seed as it is.
    pub(crate) whim: Chance,
    /// Under the vault's files.
    pub(crate) vault_disk: FailingDisk,
    /// Decides about the vault's faults, so that they leave the rest of a seed as it is.
    pub(crate) vault_chance: Chance,
    /// What becomes of a case after it was ruled out.
    pub(crate) doubt_chance: Chance,
    pub(crate) site: Site,
    pub(crate) channels: Channels,
    pub(crate) manners: Manners,
    pub(crate) record: Record,
    /// What the append of this number brings, beyond what the disk does of itself.
    pub(crate) strikes: BTreeMap<u64, Strike>,
    /// How long the thread sleeps at most where nothing was refused.
    sleeps: Duration,
    /// How often in a row the engine woke for nothing.
    idles: usize,
    pub(crate) daemon: Option<Daemon>,
    /// Which process it is, from 1.
    run: u64,
    pub(crate) mark: Option<Mark>,
    /// The last snapshot, as its file would hold it, and the head it was taken at.
    pub(crate) snapshot: Option<(String, Head)>,
    agenda: BTreeMap<(u64, u64), Act>,
    acts: u64,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) folder: TempDir,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let mut chance = Chance::of(seed);
        let site = Site::of(&mut chance);
        Self {
            clock: ManualClock::new(BEGINNING.parse().unwrap()),
            at: 0,
            disk: Disk::new(),
            vault_disk: FailingDisk::new(),
            vault_chance: Chance::of(!seed),
            doubt_chance: Chance::of(seed.rotate_left(32) ^ 0xD0B7),
            whim: Chance::of(seed.rotate_left(32) | 1),
            site,
            channels: Channels::default(),
            manners: Manners::default(),
            record: Record::default(),
            strikes: BTreeMap::new(),
            sleeps: BUSY,
            idles: 0,
            daemon: None,
            run: 0,
            mark: None,
            snapshot: None,
            agenda: BTreeMap::new(),
            acts: 0,
            metrics: Arc::new(Metrics::new()),
            folder: folder(),
            chance,
        }
    }

    /// Puts something on the agenda, so long from this moment.
    pub(crate) fn after(&mut self, delay: u64, act: Act) {
        self.acts += 1;
        self.agenda.insert((self.at + delay, self.acts), act);
    }

    pub(crate) const fn is_up(&self) -> bool {
        self.daemon.is_some()
    }

    /// The engine; none while the daemon is down.
    pub(crate) fn core(&self) -> Option<&Core> {
        self.daemon.as_ref().map(|daemon| &daemon.core)
    }

    /// What readers see; nothing while the daemon is down.
    pub(crate) fn published(&self) -> Option<&Arc<Published>> {
        self.daemon.as_ref().map(|daemon| &daemon.published)
    }

    /// Starts the daemon as the engine's own opening does, over whatever is on the disk. A start that fails is tried
    /// again, as the service manager does.
    pub(crate) fn start(&mut self) {
        if self.daemon.is_some() {
            return;
        }
        let reading = self.clock.read();
        match self.open(&reading) {
            Ok((core, now, after)) => {
                self.run += 1;
                let published = Arc::new(core.published(now));
                self.daemon = Some(Daemon {
                    core,
                    now,
                    published,
                    queue: Vec::new(),
                    asking: BTreeSet::new(),
                    refused: BTreeSet::new(),
                    ticked: None,
                    marked: None,
                    settled: Duration::ZERO,
                    reopened: reading.since_boot,
                    looked: Duration::ZERO,
                    found: after,
                });
                self.record.adopted.push(Adopted { after: Some(after), site: self.site.clone() });
                self.record.up.push((self.at, u64::MAX));
                self.adopt_configuration();
            }
            Err(why) => {
                tracing::debug!(why, "the start failed");
                self.after(SECOND, Act::Trouble(Trouble::Start));
            }
        }
    }

    /// The process ends here and now: what waits in memory is gone.
    pub(crate) fn crash(&mut self) {
        if self.daemon.take().is_some() {
            self.record.faults.crashes += 1;
            if let Some(last) = self.record.up.last_mut() {
                last.1 = self.at;
            }
        }
    }

    /// Another configuration, as a reload adopts it.
    pub(crate) fn reload(&mut self, next: Site) {
        self.site = next;
        if self.daemon.is_none() {
            return;
        }
        self.record.adopted.push(Adopted { after: None, site: self.site.clone() });
        let next = (self.record.sha256(), self.site.directory());
        if let Some(daemon) = &mut self.daemon {
            daemon.core.hand_in(next);
        }
        self.adopt_configuration();
    }

    fn adopt_configuration(&mut self) {
        let sha256 = self.record.sha256();
        self.submit(Command::AdoptConfiguration { sha256 }, Caller::Nobody);
    }

    /// Puts a command into the queue of the daemon, stamped as the door stamps it.
    pub(crate) fn submit(&mut self, command: Command, caller: Caller) {
        self.submit_work(Work { command, payloads: Vec::new() }, caller);
    }

    fn submit_work(&mut self, work: Work, caller: Caller) {
        let received = self.now();
        let Some(daemon) = &mut self.daemon else { return };
        daemon.queue.push((Submission { work, received }, caller));
    }

    /// Both clocks as the doors see them.
    pub(crate) fn now(&self) -> Now {
        let reading = self.clock.read();
        self.published().map_or_else(|| Now::at(reading.wall), |published| published.now_at(&reading))
    }

    /// Lets time pass until an instant, and everything happen that happens on the way.
    pub(crate) fn live_until(&mut self, until: u64) {
        while self.at < until {
            let idle = self.idle();
            if idle == 0 && self.is_idle() {
                self.idles += 1;
                if self.idles == ROUNDS_MAX {
                    self.record.complaints.push(format!("P14: the engine spins at {}", self.at));
                }
            } else {
                self.idles = 0;
            }
            // A thread that spins takes its time, too.
            let idle = if self.is_idle() { idle.max(1) } else { idle };
            let next = self.agenda.keys().next().map_or(u64::MAX, |(at, _)| *at);
            let next = next.min(self.at + idle).min(until).max(self.at);
            self.clock.advance(ms(next - self.at));
            self.at = next;
            while let Some(entry) = self.agenda.first_entry().filter(|entry| entry.key().0 <= next) {
                let act = entry.remove();
                self.act(act);
            }
            self.beat();
        }
    }

    /// Whether nothing waits for the engine.
    fn is_idle(&self) -> bool {
        self.daemon.as_ref().is_none_or(|daemon| daemon.queue.is_empty())
    }

    /// How long the engine's thread sleeps.
    fn idle(&self) -> u64 {
        let Some(daemon) = &self.daemon else { return MINUTE };
        if !daemon.queue.is_empty() {
            return 0;
        }
        // What was refused is asked for again every second, and over a day less often.
        let longest = if daemon.refused.is_empty() { self.sleeps } else { TICK.max(self.sleeps / 30) };
        let idle = daemon.core.idle_for(daemon.now, longest);
        u64::try_from(idle.as_millis()).unwrap()
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Say(wish) => self.say(wish),
            Act::End { run, id, outcome } => {
                if run == self.run && self.is_up() {
                    let command = Command::EndAttempt { notification: id, outcome, received: self.now() };
                    self.submit(command, Caller::Nobody);
                }
            }
            Act::Trouble(trouble) => self.suffer(trouble),
        }
    }

    fn say(&mut self, mut wish: Box<Wish>) {
        if !self.is_up() {
            self.again(wish);
            return;
        }
        wish.stamp(self.now());
        let payloads = wish.seal();
        let work = Work { command: wish.command.clone(), payloads };
        self.submit_work(work, Caller::Door(wish));
    }

    /// Whoever got no answer says it again, as often as they care to.
    fn again(&mut self, mut wish: Box<Wish>) {
        if wish.tries > 0 {
            wish.tries -= 1;
            let pause = self.chance.between(2, 20) * SECOND;
            self.after(pause, Act::Say(wish));
        }
    }

    /// Everything the thread and the outbox do at one instant.
    fn beat(&mut self) {
        for _ in 0..ROUNDS_MAX {
            let quiet = self.step();
            if quiet {
                return;
            }
        }
        self.record.complaints.push(format!("P14: the engine does not come to rest at {}", self.at));
    }

    /// One step. Yes: nothing is left to do at this instant.
    fn step(&mut self) -> bool {
        let reading = self.clock.read();
        let Some(daemon) = &mut self.daemon else { return true };
        if daemon.core.is_holding() && reading.since_boot.saturating_sub(daemon.settled) >= SETTLE_EVERY {
            daemon.settled = reading.since_boot;
            daemon.core.settle();
        }
        let lost = !daemon.core.takes_payloads();
        if lost && reading.since_boot.saturating_sub(daemon.reopened) >= SETTLE_EVERY {
            daemon.reopened = reading.since_boot;
            self.reopen_vault();
        }
        self.look_for_trouble(&reading);
        let Some(daemon) = &mut self.daemon else { return true };
        let (before, appends) = (daemon.core.head(), self.disk.appends());
        let (works, callers): (Vec<_>, Vec<_>) = daemon.queue.drain(..).unzip();
        let ticked = works.is_empty();
        let outcome = daemon.core.step(&reading, works);
        let appended = appends + 1..=self.disk.appends();
        let strike = appended.into_iter().find_map(|number| self.strikes.remove(&number));
        let Some(daemon) = &mut self.daemon else { return true };
        let Ok((now, answers)) = outcome else {
            self.abandon(callers);
            self.crash_with(strike);
            return true;
        };
        daemon.now = now;
        if matches!(strike, Some(Strike { answered: false, .. })) {
            self.abandon(callers);
            self.crash_with(strike);
            return true;
        }
        if before != daemon.core.head() || ticked {
            daemon.published = Arc::new(daemon.core.published(now));
        }
        for (caller, answer) in callers.into_iter().zip(answers) {
            self.answer(caller, answer);
        }
        if strike.is_some() {
            self.crash_with(strike);
            return true;
        }
        self.mark_life(&reading);
        self.ask_for_what_is_due();
        self.daemon.as_ref().is_none_or(|daemon| daemon.queue.is_empty())
    }

    /// Nobody gets an answer: whoever can, asks again.
    fn abandon(&mut self, callers: Vec<Caller>) {
        for caller in callers {
            if let Caller::Door(wish) = caller {
                self.again(wish);
            }
        }
    }

    fn mark_life(&mut self, reading: &Reading) {
        let Some(daemon) = &mut self.daemon else { return };
        if daemon.marked.is_none_or(|marked| reading.since_boot.saturating_sub(marked) >= MARK_EVERY) {
            daemon.marked = Some(reading.since_boot);
            self.mark = Some(Mark { now: daemon.now, reading: reading.clone() });
        }
    }

    fn answer(&mut self, caller: Caller, answer: Result<Answer, Refusal>) {
        match caller {
            Caller::Nobody => {}
            Caller::Outbox(proposal) => {
                let id = proposal.notification.clone();
                let granted = answer.is_ok_and(|answer| {
                    answer.facts.iter().any(
                    |fact| matches!(fact, Fact::AttemptStarted { notification, .. } if *notification == id),
                )
                });
                if let Some(daemon) = &mut self.daemon {
                    daemon.asking.remove(&id);
                    if !granted {
                        daemon.refused.insert(id);
                    }
                }
                if granted {
                    self.request(&proposal);
                }
            }
            Caller::Door(wish) => match answer {
                Ok(answer) if self.is_questioned(&wish, &answer) => {}
                Ok(answer) => self.said_yes(&wish, &answer),
                Err(Refusal::Rejected(_)) => {}
                Err(
                    Refusal::Busy
                    | Refusal::Panicked
                    | Refusal::Unavailable
                    | Refusal::Holding { .. }
                    | Refusal::Stopping,
                ) => self.again(wish),
            },
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the answer names the case of one fact")]
    fn said_yes(&mut self, wish: &Wish, answer: &Answer) {
        let Some(daemon) = &self.daemon else { return };
        let head = daemon.core.head();
        let mut what = wish.said.clone();
        if let Said::Event { case, .. } = &mut what {
            let first = answer.seen.as_ref().and_then(|seen| seen.case.clone());
            let taken = answer.facts.iter().find_map(|fact| match fact {
                Fact::EventTaken { event } => event.case.clone(),
                _ => None,
            });
            *case = first.or(taken).map(|case| case.to_string());
        }
        let head = (head.seq, head.hash.to_string());
        self.record.answered.push(Answered { at: self.at, what, seq: answer.seq, head });
        self.follow(wish, answer);
    }

    /// A request leaves for a provider.
    fn request(&mut self, proposal: &Proposal) {
        let run = self.run;
        self.deliver(proposal, run);
    }

    pub(crate) fn is_holding(&self) -> bool {
        self.daemon.as_ref().is_some_and(|daemon| daemon.core.is_holding())
    }

    /// What was ordered and has not happened does not: no fault, and nothing that somebody carelessly meant to do.
    pub(crate) fn calm_down(&mut self) {
        self.sleeps = CALM;
        self.strikes.clear();
        self.disk.mend();
        self.vault_disk.mend();
        self.agenda.retain(|_, act| match act {
            Act::Trouble(trouble) => matches!(trouble, Trouble::Start | Trouble::Snapshot),
            Act::Say(_) | Act::End { .. } => true,
        });
    }

    /// From here on nothing happens for hours.
    pub(crate) const fn grow_quiet(&mut self) {
        self.sleeps = QUIET;
    }

    /// The end: the journal as it lies on the disk.
    pub(crate) fn end(mut self) -> Record {
        if let Some(last) = self.record.up.last_mut() {
            last.1 = last.1.min(self.at);
        }
        if !self.replays() {
            self.record
                .complaints
                .push("P11: the facts do not lead to the state that the daemon has".to_owned());
        }
        self.record.journal = self.disk.bytes();
        self.read_vault();
        self.record
    }
}
