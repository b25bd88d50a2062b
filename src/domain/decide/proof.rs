//! What two proofs do to a clock, and the second of them: the written report went.

use super::Draft;
use super::clock::CLOSING_BY;
use super::notify::Wish;
use crate::domain::case::{Clock, ClockState, ReportKind};
use crate::domain::command::{Rejection, WrittenRecord};
use crate::domain::fact::{CancelledBecause, Fact, Proof, WrittenReceipted};
use crate::domain::names::{Actor, AuthorityId, CaseId, Medium, NotificationId, PayloadName, Recipient, Via};
use crate::domain::notification::{Attempt, Progress, Purpose, Subject};
use crate::domain::policy::WrittenProof;
use crate::domain::schedule::CaseDue;
use crate::time::Timestamp;

/// A written report that nobody took is tried again at least this often.
const REPORTS_MAX: usize = 200;

impl Draft<'_> {
    /// Meets a clock whose two proofs are there, or completes it where its limit has passed; nothing else does (P4).
    pub(super) fn settle(&mut self, id: &CaseId, index: u32, at: Timestamp) {
        let Some(clock) = self.clock(id, index) else { return };
        if clock.phone.proof.is_none() || clock.written.proved_at.is_none() {
            return;
        }
        self.cancel(id, CancelledBecause::Proved, |track| {
            track.clock == Some(index) && matches!(track.purpose, Purpose::Warning | Purpose::Breach)
        });
        match clock.state {
            // A proof that came late while nobody could be accused (in doubt, in the second after the limit) meets
            // nothing: the limit is still on the schedule.
            ClockState::Running if clock.is_late() => return,
            ClockState::Running => self.record(Fact::ClockMet { case: id.clone(), clock: index, at }),
            ClockState::Breached if clock.completed_at.is_some() || self.has_limit(id, index) => return,
            ClockState::Breached => self.record(Fact::ClockCompleted { case: id.clone(), clock: index, at }),
            ClockState::Met | ClockState::Withdrawn => return,
        }
        let Some(case) = self.state.case(id).cloned() else { return };
        for person in &case.told {
            let wish = Wish { clock: Some(index), step: index.to_string(), ..Wish::default() };
            self.tell_by(id, Purpose::Met, person, (&CLOSING_BY, (self.moment(), wish)));
        }
        if !case.owes_proof() {
            // Nobody is watched for progress when nothing is owed.
            let by = case.handler.as_ref().map(|handler| handler.person.clone());
            if let Some(by) = by {
                self.progress(id, &by);
            }
        }
    }

    /// Whether a limit of a clock is still on the schedule.
    fn has_limit(&self, id: &CaseId, clock: u32) -> bool {
        let limits = [CaseDue::PhoneLimit { clock }, CaseDue::WrittenLimit { clock }];
        self.state.case(id).is_some_and(|case| limits.into_iter().any(|limit| case.due(limit).is_some()))
    }

    /// A written report that a person completes; sent once the telephone has been tried.
    pub(super) fn write_report(&mut self, record: &WrittenRecord) -> Result<(), Rejection> {
        let case = self.open_case(&record.case)?;
        self.known(&record.actor.by)?;
        let wanted = |clock: &Clock| record.authority.as_ref().is_none_or(|only| *only == clock.authority);
        let clocks: Vec<(u32, Clock)> = case
            .clocks()
            .filter(|(_, clock)| wanted(clock) && clock.state != ClockState::Withdrawn)
            .map(|(index, clock)| (index, clock.clone()))
            .collect();
        if clocks.is_empty() {
            let authority = record.authority.clone();
            return Err(Rejection::NoSuchClock(authority.unwrap_or_else(|| AuthorityId::new("any"))));
        }
        if clocks.iter().any(|(_, clock)| clock.written.reports.len() >= REPORTS_MAX) {
            return Err(Rejection::Full);
        }
        for (index, clock) in clocks {
            self.record(Fact::WrittenDrafted {
                case: record.case.clone(),
                clock: index,
                payload: record.payload.clone(),
                actor: record.actor.clone(),
                send: record.send,
            });
            let ready = clock.phone.attempted_at.is_some() || clock.phone.impossible.is_some();
            if record.send && ready {
                self.send_report((&record.case, index), record.kind, &record.actor, &record.payload);
            }
        }
        self.progress(&record.case, &record.actor.by);
        Ok(())
    }

    /// A draft that waits for a telephone attempt goes as soon as there was one.
    pub(super) fn send_waiting_draft(&mut self, id: &CaseId, index: u32) {
        let Some(clock) = self.clock(id, index) else { return };
        let Some(draft) = clock.written.draft.filter(|draft| draft.send) else { return };
        let first = clock.written.reports.iter().all(|report| report.kind != ReportKind::Initial);
        let kind = if first { ReportKind::Initial } else { ReportKind::Progress };
        self.send_report((id, index), kind, &draft.actor, &draft.payload);
    }

    fn send_report(
        &mut self,
        (id, index): (&CaseId, u32),
        kind: ReportKind,
        actor: &Actor,
        payload: &PayloadName,
    ) {
        let Some(clock) = self.clock(id, index) else { return };
        // An unsent first report, or one that nobody took, is replaced by the person's own; a sent one is followed by a
        // progress report.
        let sent = |report: &&crate::domain::case::Report| {
            report.kind == ReportKind::Initial && self.may_have_gone(&report.notification)
        };
        let kind = match kind {
            ReportKind::Initial if clock.written.reports.iter().any(|report| sent(&report)) => {
                ReportKind::Progress
            }
            ReportKind::Initial | ReportKind::Progress | ReportKind::Final => kind,
        };
        let same = clock.written.reports.iter().filter(|report| report.kind == kind).count();
        let number = match kind {
            ReportKind::Initial => 1,
            ReportKind::Progress | ReportKind::Final => {
                u32::try_from(same).unwrap_or(u32::MAX).saturating_add(1)
            }
        };
        if kind == ReportKind::Initial {
            self.cancel(id, CancelledBecause::Replaced, |track| {
                track.clock == Some(index) && track.purpose == Purpose::Written
            });
        }
        let when = (self.moment(), Some(actor.clone()));
        self.plan_written((id, index), (kind, number), when, (Some(payload.clone()), false));
    }

    fn may_have_gone(&self, notification: &NotificationId) -> bool {
        let went = |attempt: &Attempt| attempt.state != Progress::Refused;
        self.state.track(notification).is_some_and(|track| track.attempts.iter().any(went))
    }

    pub(super) fn plan_written(
        &mut self,
        (id, index): (&CaseId, u32),
        (kind, number): (ReportKind, u32),
        (due, actor): (Timestamp, Option<Actor>),
        (content, unverified): (Option<PayloadName>, bool),
    ) {
        let Some(case) = self.state.case(id).cloned() else { return };
        let Some(clock) = case.clock(index).cloned() else { return };
        let to = Recipient::Authority(clock.authority.clone());
        let by = self.clock_rules(&case, &clock).map_or_else(Vec::new, |rules| rules.written.by);
        let medium = self.ways(&to, &by).first().copied();
        let step = match kind {
            ReportKind::Initial => format!("{index}.initial"),
            ReportKind::Progress => format!("{index}.progress.{number}"),
            ReportKind::Final => format!("{index}.final.{number}"),
        };
        let wish = Wish { clock: Some(index), content, unverified, step, ..Wish::default() };
        // Without a medium it is planned all the same: the address may be put right while the clock runs.
        let medium = medium.or_else(|| by.first().copied()).unwrap_or(Medium::Email);
        let notification = self.plan(&Subject::Case(id.clone()), Purpose::Written, (&to, medium), due, wish);
        self.record(Fact::WrittenPlanned {
            case: id.clone(),
            clock: index,
            kind,
            number,
            notification,
            actor,
        });
        if let Some(why) = self.unreachable(&to, medium) {
            self.report_impossible(id, index, why);
        }
    }

    /// The provider took a written report.
    pub(super) fn written_accepted(
        &mut self,
        id: &CaseId,
        index: u32,
        notification: &NotificationId,
        at: Timestamp,
    ) {
        let Some(case) = self.state.case(id).cloned() else { return };
        let Some(clock) = case.clock(index).cloned() else { return };
        let Some(report) = clock.written.reports.iter().find(|report| report.notification == *notification)
        else {
            return;
        };
        let rules = self.clock_rules(&case, &clock);
        let proves = report.kind == ReportKind::Initial
            && rules.is_none_or(|rules| rules.written.proof == WrittenProof::Accepted);
        self.record(Fact::WrittenSent {
            case: id.clone(),
            clock: index,
            notification: notification.clone(),
            at,
            proves,
        });
        if proves {
            self.cure(&case, index, (Proof::Written, at));
            self.settle(id, index, at);
        }
    }

    /// A refusal that comes after the provider had taken it: the proof is taken back.
    pub(super) fn written_returned(&mut self, id: &CaseId, index: u32, notification: &NotificationId) {
        let Some(clock) = self.clock(id, index) else { return };
        let Some(report) = clock.written.reports.iter().find(|it| it.notification == *notification).cloned()
        else {
            return;
        };
        if report.sent_at.is_none() {
            return;
        }
        // A closed case owes nothing any more: the report goes again, and the record says that it came back.
        let open = self.state.case(id).is_some_and(|case| case.is_open());
        let unproves = open && report.kind == ReportKind::Initial && clock.written.receipted.is_none();
        self.record(Fact::WrittenReturned {
            case: id.clone(),
            clock: index,
            notification: notification.clone(),
            unproves,
        });
        if unproves && clock.written.proved_at.is_some() && clock.state != ClockState::Withdrawn {
            self.record(Fact::ClockReopened { case: id.clone(), clock: index });
            self.watch(id);
        }
    }

    pub(super) fn record_written_receipt(
        &mut self,
        id: &CaseId,
        authority: &AuthorityId,
        (actor, reference): (&Actor, Option<&PayloadName>),
        at: Timestamp,
    ) -> Result<(), Rejection> {
        let case = self.open_case(id)?;
        self.known(&actor.by)?;
        let (index, clock) =
            case.clock_for(authority).ok_or_else(|| Rejection::NoSuchClock(authority.clone()))?;
        let by_hand = clock.written.sent_at.is_none();
        if by_hand && reference.is_none() && clock.written.receipted.is_none() {
            return Err(Rejection::NotSent);
        }
        // Whoever brought it by other means says by which paper; and the telephone comes first all the same (P3).
        if by_hand && clock.phone.attempted_at.is_none() && clock.phone.impossible.is_none() {
            return Err(Rejection::TelephoneFirst);
        }
        if clock.written.receipted.is_some() {
            return Ok(());
        }
        let proves = clock.written.proved_at.is_none();
        self.record(Fact::WrittenReceipted(Box::new(WrittenReceipted {
            case: id.clone(),
            clock: index,
            actor: actor.clone(),
            reference: reference.cloned(),
            proves,
            at: Some(at),
        })));
        if by_hand {
            let step = format!("{index}.initial");
            self.cancel(id, CancelledBecause::Replaced, |track| {
                track.clock == Some(index) && track.purpose == Purpose::Written && track.step == step
            });
        }
        if proves {
            self.cure(&case, index, (Proof::Written, at));
            self.settle(id, index, at);
        }
        self.progress(id, &actor.by);
        Ok(())
    }

    /// A machine's proof was wrong: the clock runs again, and so does the ringing.
    pub(super) fn dispute(
        &mut self,
        id: &CaseId,
        authority: &AuthorityId,
        actor: &Actor,
        payload: Option<&PayloadName>,
    ) -> Result<(), Rejection> {
        let case = self.open_case(id)?;
        self.known(&actor.by)?;
        let (index, clock) =
            case.clock_for(authority).ok_or_else(|| Rejection::NoSuchClock(authority.clone()))?;
        let machine =
            clock.phone.proof.as_ref().is_some_and(|proof| {
                proof.actor.as_ref().is_none_or(|actor| matches!(actor.via, Via::Digit))
            });
        if !machine || clock.state == ClockState::Withdrawn {
            return Err(Rejection::NothingToDispute);
        }
        self.record(Fact::ProofDisputed {
            case: id.clone(),
            clock: index,
            actor: actor.clone(),
            payload: payload.cloned(),
        });
        self.record(Fact::ClockReopened { case: id.clone(), clock: index });
        self.watch(id);
        let due = self.moment();
        self.daemon_call_if_silent(id, index, due);
        if self.state.case(id).is_some_and(|case| !case.is_taken()) {
            self.resume(id, due);
        }
        Ok(())
    }
}
