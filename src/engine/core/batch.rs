//! A batch in the making: one decision after the other, each on the state the one before led to.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use serde_json::value::RawValue;

use super::super::answer::{Answer, Refusal, Submission, Work};
use super::super::memory::Kept;
use super::super::mode::{Effect, effect_while_holding};
use super::{Core, subject_of};
use crate::domain::apply::Place;
use crate::domain::command::{Archived, Command, Rejection};
use crate::domain::directory::Directory;
use crate::domain::fact::Fact;
use crate::domain::{Decision, State, check, decide, may_open};
use crate::index::{Index, IndexError};
use crate::journal::{self, FACTS_BYTES_MAX};
use crate::time::Now;
use crate::vault::{self, Sealed, Subject};

/// One submission while its batch is in the making.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) command: Command,
    pub(super) payloads: Vec<Sealed>,
    /// It came with payloads, which a first try may have used up.
    pub(super) brought: bool,
    pub(super) received: Now,
}

impl From<Submission> for Item {
    fn from(submission: Submission) -> Self {
        let Submission { work: Work { command, payloads }, received } = submission;
        Self { command, brought: !payloads.is_empty(), payloads, received }
    }
}

/// The answers to submissions, in their order; `None` where one has not been looked at.
pub(super) type Answers = Vec<Option<Result<Answer, Refusal>>>;

/// So many decisions share one sync at most.
const BATCH_MAX: usize = 256;

/// What one decision led to, and as the journal takes it.
#[derive(Debug)]
pub(super) struct Decided {
    pub(super) facts: Arc<Vec<Fact>>,
    pub(super) json: Box<RawValue>,
}

/// A batch in the making.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) state: Arc<State>,
    /// By which it is decided; of several, the one that was put on record last.
    pub(super) directory: Arc<Directory>,
    pub(super) entries: Vec<Decided>,
    /// How long their facts are, and what goes into the vault with them.
    pub(super) bytes: usize,
    pub(super) sealed_bytes: usize,
    pub(super) payloads: Vec<(Sealed, Subject)>,
    pub(super) answers: Answers,
    pub(super) kept: Kept,
    /// The index could not answer.
    pub(super) index_lost: Option<IndexError>,
}

impl Batch {
    pub(super) fn over((state, directory): (&Arc<State>, &Arc<Directory>), submissions: usize) -> Self {
        Self {
            state: Arc::clone(state),
            directory: Arc::clone(directory),
            entries: Vec::new(),
            bytes: 0,
            sealed_bytes: 0,
            payloads: Vec::new(),
            answers: vec![None; submissions],
            kept: Kept::default(),
            index_lost: None,
        }
    }

    /// Whether one decision more finds room in it.
    pub(super) fn has_room(&self) -> bool {
        self.entries.len() < BATCH_MAX
            && self.bytes < journal::BATCH_ROOM_BYTES
            && self.sealed_bytes < vault::BATCH_ROOM_BYTES
    }

    /// What the index answered; where it could not, that is remembered.
    fn found<T>(&mut self, found: Result<T, IndexError>) -> Result<T, Refusal> {
        found.map_err(|error| {
            self.index_lost = Some(error);
            Refusal::Unavailable
        })
    }
}

impl Core {
    pub(super) fn one(&self, batch: &mut Batch, item: &mut Item, now: Now) -> Result<Answer, Refusal> {
        let holding = self.is_holding();
        let effect = effect_while_holding(&item.command);
        if holding && effect == Effect::None {
            return Err(Refusal::Holding { taken: false });
        }
        if item.brought && !self.takes_payloads {
            if effect != Effect::GoesOn {
                return Err(Refusal::Unavailable);
            }
            forget_rendering(&mut item.command);
        }
        self.look_up(batch, &mut item.command)?;
        let before = Arc::clone(&batch.directory);
        self.change_over(batch, &item.command);
        let answer = self.decide(batch, &item.command, now).inspect_err(|_| batch.directory = before)?;
        if answer.seq.is_some()
            && let Some(subject) = subject_of(&answer.facts, &batch.state, now)
        {
            batch.sealed_bytes += item.payloads.iter().map(Sealed::len).sum::<usize>();
            batch.payloads.extend(item.payloads.drain(..).map(|sealed| (sealed, subject.clone())));
        }
        if holding && effect == Effect::ComesAgain {
            return Err(Refusal::Holding { taken: true });
        }
        Ok(answer)
    }

    /// The decision that puts another directory on record is the first that is made by it.
    fn change_over(&self, batch: &mut Batch, command: &Command) {
        if let (Command::AdoptConfiguration { sha256 }, Some((named, next))) = (command, &self.next)
            && sha256 == named
        {
            batch.directory = Arc::clone(next);
        }
    }

    /// Asks the index what deciding needs to know of the past: first this batch, then what it was told before.
    #[expect(clippy::wildcard_enum_match_arm, reason = "everything else asks nothing of the past")]
    fn look_up(&self, batch: &mut Batch, command: &mut Command) -> Result<(), Refusal> {
        match command {
            Command::ReportFever(report) => {
                let index = self.index(batch)?;
                let known = batch.kept.seen(&report.key).or_else(|| self.unsaved.seen(&report.key));
                report.seen = match known {
                    Some(seen) => Some(seen.clone()),
                    None => batch.found(Kept::event(index, &report.key))?,
                };
                if let Some(person) = report.person.clone()
                    && report.seen.is_none()
                    && may_open(&batch.state, &batch.directory, report)
                {
                    let known = batch.kept.last_case(&person).or_else(|| self.unsaved.last_case(&person));
                    report.last_case = match known {
                        Some(case) => Some(case),
                        None => batch.found(Kept::case_of(index, &person))?,
                    };
                }
                Ok(())
            }
            Command::FileReport(filing) => {
                let Some(key) = filing.key.as_ref() else { return Ok(()) };
                let known = batch.kept.filed(key).or_else(|| self.unsaved.filed(key));
                filing.seen = match known {
                    Some(seen) => Some(seen.clone()),
                    None => batch.found(Kept::report(self.index(batch)?, key))?,
                };
                Ok(())
            }
            Command::Erase { case, archived, .. } if batch.state.case(case).is_none() => {
                let index = self.index(batch)?;
                *archived = if batch.kept.is_erased(case) || self.unsaved.is_erased(case) {
                    Archived::Erased
                } else {
                    batch.found(Kept::archived(index, case))?
                };
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The index, until it fails.
    fn index(&self, batch: &Batch) -> Result<&Index, Refusal> {
        self.stores.index.as_ref().filter(|_| batch.index_lost.is_none()).ok_or(Refusal::Unavailable)
    }

    pub(super) fn decide(&self, batch: &mut Batch, command: &Command, now: Now) -> Result<Answer, Refusal> {
        let state = &batch.state;
        let directory = &*batch.directory;
        let place = Place { seq: state.seq + 1, at: now.wall };
        // State is a value: a panic in here leaves nothing behind.
        let decided = catch_unwind(AssertUnwindSafe(|| {
            let Decision { facts, state } = decide(state, directory, command, now)?;
            Ok::<_, Rejection>((check(&state, &facts), facts, state))
        }));
        let (facts, next) = match decided {
            Ok(Ok((Ok(()), facts, next))) => (facts, next),
            Ok(Ok((Err(broken), _, _))) => {
                if let Some(passed_over) = self.faults.turn(&name(command), self.since_boot) {
                    tracing::error!(invariant = %broken, command = name(command), passed_over, "a decision would break an invariant; it is refused");
                }
                return Err(Refusal::Panicked);
            }
            Ok(Err(rejection)) => return Err(Refusal::Rejected(rejection)),
            Err(_panic) => {
                if let Some(passed_over) = self.faults.turn(&name(command), self.since_boot) {
                    tracing::error!(
                        command = name(command),
                        passed_over,
                        "deciding a command panicked; it is refused"
                    );
                }
                return Err(Refusal::Panicked);
            }
        };
        let json = self.as_entry(&facts, command)?;
        let (facts, next) = (Arc::new(facts), Arc::new(next));
        let mut answer = Answer {
            seq: None,
            facts: Arc::clone(&facts),
            seen: None,
            filed: None,
            state: Arc::clone(&next),
        };
        if let Command::ReportFever(report) = command {
            answer.seen.clone_from(&report.seen);
        }
        if let Command::FileReport(filing) = command {
            answer.filed.clone_from(&filing.seen);
        }
        if !facts.is_empty() {
            answer.seq = Some(place.seq);
            batch.kept.note((&batch.state, &next), &facts);
            batch.bytes += json.get().len();
            batch.entries.push(Decided { facts, json });
            batch.state = next;
        }
        Ok(answer)
    }

    /// Facts as the journal takes them. What no line of it can hold is refused like any other fault of ours: it may not
    /// end the process, and what else is decided goes on.
    fn as_entry(&self, facts: &[Fact], command: &Command) -> Result<Box<RawValue>, Refusal> {
        let json = serde_json::value::to_raw_value(facts);
        match json {
            Ok(json) if json.get().len() <= FACTS_BYTES_MAX => return Ok(json),
            Ok(json) => {
                if let Some(passed_over) = self.faults.turn(&name(command), self.since_boot) {
                    let (bytes, bytes_max) = (json.get().len(), FACTS_BYTES_MAX);
                    tracing::error!(
                        command = name(command),
                        bytes,
                        bytes_max,
                        passed_over,
                        "what a decision led to is longer than an entry may be; it is refused"
                    );
                }
            }
            Err(error) => {
                if let Some(passed_over) = self.faults.turn(&name(command), self.since_boot) {
                    tracing::error!(command = name(command), %error, passed_over, "what a decision led to cannot be written as JSON; it is refused");
                }
            }
        }
        Err(Refusal::Panicked)
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
