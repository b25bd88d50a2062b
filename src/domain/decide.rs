//! Decide: what a command leads to. Pure; one line a command, one file a family.

mod absence;
mod addressed;
mod ahead;
mod amend;
mod antedate;
mod archive;
mod arming;
mod budget;
mod bulletin;
mod case;
mod clock;
mod code;
mod contradiction;
mod correction;
mod daemon;
mod daily;
mod deliver;
mod door;
mod excuse;
mod follow;
mod hearing;
mod intake;
mod lapse;
mod money;
mod no_way;
mod notice;
mod notify;
mod number;
mod pass;
mod people;
mod plan;
mod proof;
mod question;
mod receipt;
mod remind;
mod report;
mod round;
mod shift;
mod slot;
mod targets;
mod telephone;
mod written;

pub use deliver::{Proposal, proposals};
pub use intake::may_open;
pub use report::slot_now;

use super::apply::Place;
use super::case::{Case, Clock};
use super::command::{Command, Rejection};
use super::directory::Directory;
use super::fact::Fact;
use super::names::CaseId;
use super::schedule::{CaseDue, Due};
use super::state::State;
use crate::time::{Now, Timestamp};

/// What a command leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What happened; nothing where it changes nothing.
    pub facts: Vec<Fact>,
    /// The state that these facts lead to, as [`State::apply_all`] gives it: they were applied as they were recorded.
    pub state: State,
}

/// What a command leads to at this moment, or what stands against it.
///
/// # Errors
/// The [`Rejection`] that says why not.
pub fn decide(
    state: &State,
    directory: &Directory,
    command: &Command,
    now: Now,
) -> Result<Decision, Rejection> {
    let Draft { facts, mut state, place, .. } = draft(state, directory, command, now)?;
    if !facts.is_empty() {
        state.seq = place.seq;
    }
    Ok(Decision { facts, state })
}

/// A decision with the state it leads to, so that a test can hold that state against what the facts alone give.
pub(crate) fn draft<'a>(
    state: &State,
    directory: &'a Directory,
    command: &Command,
    now: Now,
) -> Result<Draft<'a>, Rejection> {
    let mut draft = Draft::new(state, directory, now);
    match command {
        Command::Start { .. }
        | Command::NoteClockStep { .. }
        | Command::TrustClock { .. }
        | Command::AdoptConfiguration { .. }
        | Command::KeepConfiguration(_)
        | Command::AdoptStaff { .. }
        | Command::KeepStaff(_)
        | Command::TakePosts { .. }
        | Command::Arm { .. }
        | Command::Disarm { .. }
        | Command::HoldBack
        | Command::Release { .. }
        | Command::NoteTrouble { .. }
        | Command::EndTrouble { .. } => draft.run(command)?,
        Command::ProbeDoor(probe) => draft.probe_door(probe),
        Command::Maintain(what) => draft.maintain(what)?,
        Command::Absence(what) => draft.absence(what)?,
        Command::HandOver(what) => draft.hand_over(what)?,
        Command::ReportFever(report) => draft.report_fever(report)?,
        Command::Confirm { case, actor } => draft.confirm(case, actor)?,
        Command::Take { case, actor, take_over } => draft.take(case, actor, *take_over)?,
        Command::Pass { case, actor, to } => draft.pass(case, actor, to.as_ref())?,
        Command::Classify { case, kind, actor, second, payload, received } => {
            draft.classify(case, *kind, (actor, second.as_ref()), (payload.as_ref(), *received))?;
        }
        Command::RecordTelephone(record) => draft.record_telephone(record)?,
        Command::WriteReport(record) => draft.write_report(record)?,
        Command::RecordWrittenReceipt { case, towards, actor, reference, received } => {
            let what = (actor, reference.as_ref());
            draft.record_written_receipt(case, towards, what, received.both())?;
        }
        Command::Dispute { case, towards, actor, payload } => {
            draft.dispute(case, towards, actor, payload.as_ref())?;
        }
        Command::Note { case, actor, payload } => draft.note(case, actor, payload)?,
        Command::Close { case, actor, payload } => draft.close(case, actor, payload.as_ref())?,
        Command::Erase { case, actor, second, ground, archived } => {
            draft.erase(case, (actor.as_ref(), second.as_ref()), ground.as_ref(), *archived)?;
        }
        Command::TryCode { people, right, way, act, received } => {
            draft.try_code((people, way), right.as_ref(), *act, *received)?;
        }
        Command::FileReport(filing) => draft.file_report(filing)?,
        Command::ExemptSlot { slot, actor, reason } => draft.exempt(slot, actor, reason)?,
        Command::MakeStatement { lapse, actor, payload } => draft.make_statement(lapse, actor, payload)?,
        Command::ServeNotice(served) => draft.serve_notice(served)?,
        Command::GiveVerdict(verdict) => draft.give_verdict(verdict)?,
        Command::RecordView(view) => draft.record_view(view),
        Command::RecordExport(export) => {
            export.actor.iter().try_for_each(|actor| draft.known(&actor.by))?;
            draft.record(Fact::LedgerExported(export.clone()));
        }
        Command::Fall(due) => draft.fall(due),
        Command::StartAttempt(request) => draft.start_attempt(request)?,
        Command::EndAttempt { notification, outcome, received } => {
            draft.end_attempt(notification, outcome, *received)?;
        }
        Command::TakeReceipt(receipt) => draft.take_receipt(receipt),
        Command::AskSignIn { request, person, medium } => draft.ask_sign_in(request, person, *medium)?,
        Command::OpenSession { request, right, session } => draft.open_session(request, *right, session)?,
        Command::CloseSession { session } => draft.close_session(session),
        Command::Test { request, person, media, channel, actor, client } => {
            let who = (actor.as_ref(), client.as_ref());
            draft.test(request, person, (media, channel.as_ref()), who)?;
        }
    }
    draft.archive_what_waited();
    Ok(draft)
}

/// A decision in the making: the facts so far, and the state as they leave it.
#[derive(Debug)]
pub(crate) struct Draft<'a> {
    pub(crate) state: State,
    pub(crate) directory: &'a Directory,
    pub(crate) now: Now,
    pub(crate) facts: Vec<Fact>,
    place: Place,
}

impl<'a> Draft<'a> {
    fn new(state: &State, directory: &'a Directory, now: Now) -> Self {
        let place = Place { seq: state.seq + 1, at: now.wall };
        Self { state: state.clone(), directory, now, facts: Vec::new(), place }
    }

    /// Adds a fact, and goes on from the state it leads to.
    pub(crate) fn record(&mut self, fact: Fact) {
        self.state.apply(self.place, &fact);
        self.facts.push(fact);
    }

    /// The instant that counts for what happens at this moment: the later of the two clocks.
    pub(crate) fn moment(&self) -> Timestamp {
        self.now.either()
    }

    /// The number of the entry that the facts will stand in.
    pub(crate) const fn seq(&self) -> u64 {
        self.place.seq
    }

    /// A case that is open.
    fn open_case(&self, id: &CaseId) -> Result<std::sync::Arc<Case>, Rejection> {
        let case = self.any_case(id)?;
        if case.is_open() { Ok(case) } else { Err(Rejection::CaseClosed(id.clone())) }
    }

    /// A case in memory.
    fn any_case(&self, id: &CaseId) -> Result<std::sync::Arc<Case>, Rejection> {
        self.state.case(id).cloned().ok_or_else(|| Rejection::NoSuchCase(id.clone()))
    }

    /// A clock as the draft has it now.
    fn clock(&self, id: &CaseId, clock: u32) -> Option<Clock> {
        self.state.case(id)?.clock(clock).cloned()
    }

    /// Decides something that has become due. Always leaves a fact that takes it off the schedule.
    fn fall(&mut self, due: &Due) {
        let before = self.facts.len();
        match due {
            Due::Case(id, what) => self.fall_case(id, *what),
            Due::Wait(id) => self.wait_over(id),
            Due::Attempt(id) => self.attempt_over(id),
            Due::Heads => self.heads_due(),
            Due::Form(form) => self.form_due(form),
            Due::Period(period, what) => self.fall_period(period, *what),
            Due::Bulletin(request) => self.bulletin_over(request),
            Due::Request(request) => self.request_over(request),
            Due::Lapses => self.lapses_due(),
            Due::Contradicted(slot) => self.contradiction_due(slot),
            Due::Round(round, _) => self.round_due(round),
            Due::KeptReceipt(_) | Due::Session(_) => {}
        }
        if self.facts.len() == before {
            self.record(Fact::DuePassed { due: due.clone() });
        }
    }

    fn fall_case(&mut self, id: &CaseId, what: CaseDue) {
        let Some(at) = self.due_at(id, what) else { return };
        match what {
            CaseDue::Step { plan, step } => self.step_due(id, (plan, step), at),
            CaseDue::Repeat { plan, step } => self.repeat_due(id, (plan, step), at),
            CaseDue::Warn { clock } => self.warn_due(id, clock, at),
            CaseDue::DaemonCall { clock } => self.daemon_call_due(id, clock, at),
            CaseDue::CallBack { clock } => self.call_back_due(id, clock, at),
            CaseDue::AfterPhone { clock } | CaseDue::Latest { clock } => self.written_due(id, clock, at),
            CaseDue::Gate { clock } => self.gate_due(id, clock),
            CaseDue::PhoneLimit { clock } => self.limit_due(id, clock, super::fact::Proof::Telephone),
            CaseDue::WrittenLimit { clock } => self.limit_due(id, clock, super::fact::Proof::Written),
            CaseDue::Correction { correction } => self.correction_due(id, correction, at),
            CaseDue::Idle => self.idle_due(id, at),
            CaseDue::Archive => self.archive_due(id),
            CaseDue::Erase => self.erase_due(id),
        }
    }

    fn due_at(&self, id: &CaseId, what: CaseDue) -> Option<Timestamp> {
        match self.state.case(id) {
            Some(case) => case.due(what),
            // A case that has left memory keeps nothing but the day of its erasure.
            None => self.state.erasures.get(id).copied().filter(|_| what == CaseDue::Erase),
        }
    }
}
