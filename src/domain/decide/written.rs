//! The second proof of a clock: the written report went.

use super::Draft;
use super::notify::Wish;
use crate::domain::case::{Case, Clock, ClockState, Report, ReportKind};
use crate::domain::command::{Rejection, WrittenRecord};
use crate::domain::fact::{CancelledBecause, ClockReopened, ClockWithdrawn, Fact, Proof, WrittenPlanned};
use crate::domain::names::{Actor, AuthorityId, CaseId, Medium, NotificationId, PayloadName, Recipient};
use crate::domain::notification::{Attempt, Progress, Purpose, Subject};
use crate::domain::policy::WrittenProof;
use crate::time::Timestamp;

/// A clock that has so many written reports takes no more from people; one that is tried again counts once.
const REPORTS_MAX: usize = 200;

impl Draft<'_> {
    /// A written report that a person completes; sent once the telephone has been tried.
    pub(super) fn write_report(&mut self, record: &WrittenRecord) -> Result<(), Rejection> {
        let case = self.open_case(&record.case)?;
        self.known(&record.actor.by)?;
        let clocks: Vec<(u32, Clock)> = written_to(&case, record.authority.as_ref())
            .into_iter()
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
        let Some(draft) = clock.written.ordered else { return };
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
        let Some(case) = self.state.case(id).cloned() else { return };
        let Some(clock) = case.clock(index) else { return };
        // An unsent first report, or one that nobody took, is replaced by the person's own; a sent one is followed by a
        // progress report.
        let mut firsts = clock.written.reports.iter().filter(|report| report.kind == ReportKind::Initial);
        let begun = firsts.clone().next().is_some() || clock.written.receipted.is_some();
        let went = firsts.any(|report| self.may_have_gone(&report.notification));
        let kind = match kind {
            ReportKind::Initial if went => ReportKind::Progress,
            // Nothing goes before the first report: what is written where none is on its way is that.
            ReportKind::Progress | ReportKind::Final if !begun => ReportKind::Initial,
            // What changed since the first report of an earlier clock is the first of this one.
            ReportKind::Progress if !went && self.is_continued(&case, (index, clock)) => ReportKind::Initial,
            ReportKind::Initial | ReportKind::Progress | ReportKind::Final => kind,
        };
        let number = match kind {
            ReportKind::Initial => 1,
            ReportKind::Progress | ReportKind::Final => next_number(&case, &clock.authority, kind),
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

    /// Whether the authority of a clock has, or may have, the first report of an earlier one.
    fn is_continued(&self, case: &Case, (index, clock): (u32, &Clock)) -> bool {
        let has_first = |earlier: &Clock| {
            earlier.written.receipted.is_some()
                || earlier.written.sent_at.is_some()
                || earlier.written.reports.iter().any(|report| self.may_have_gone(&report.notification))
        };
        case.clocks_for(&clock.authority).any(|(other, earlier)| other < index && has_first(earlier))
    }

    /// Which progress report the first report of a clock is to an authority that had one before; the same in each round.
    fn continues(&self, case: &Case, (index, clock): (u32, &Clock), kind: ReportKind) -> Option<u32> {
        if kind != ReportKind::Initial {
            return None;
        }
        let planned = clock.written.reports.iter().find(|report| report.kind == ReportKind::Initial);
        if let Some(known) = planned.and_then(|report| report.continues) {
            return Some(known);
        }
        self.is_continued(case, (index, clock))
            .then(|| next_number(case, &clock.authority, ReportKind::Progress))
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
        let continues = self.continues(&case, (index, &clock), kind);
        let wish = Wish { clock: Some(index), content, unverified, step, ..Wish::default() };
        // Without a medium it is planned all the same: the address may be put right while the clock runs.
        let medium = medium.or_else(|| by.first().copied()).unwrap_or(Medium::Email);
        let notification = self.plan(&Subject::Case(id.clone()), Purpose::Written, (&to, medium), due, wish);
        let (case, clock) = (id.clone(), index);
        let planned = WrittenPlanned { case, clock, kind, number, continues, notification, actor };
        self.record(Fact::WrittenPlanned(Box::new(planned)));
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
        self.correct_late(id, index);
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
        if !unproves || clock.written.proved_at.is_none() {
            return;
        }
        if clock.state != ClockState::Withdrawn {
            self.runs_again(id, index);
        } else if let Some(at) = clock.withdrawn_at.filter(|at| clock.written.due < *at) {
            // Nothing is owed any more; but its limit had passed by then without the proof, and that is to be told (P5).
            self.record(Fact::ClockReopened(ClockReopened { case: id.clone(), clock: index, warn_at: None }));
            self.record(Fact::ClockWithdrawn(ClockWithdrawn {
                case: id.clone(),
                clock: index,
                at: Some(at),
            }));
        }
    }
}

/// The clocks that a person's report goes for: those of each authority that wait for one, else its newest.
fn written_to<'a>(case: &'a Case, only: Option<&AuthorityId>) -> Vec<(u32, &'a Clock)> {
    let stands = |clock: &Clock| {
        clock.state != ClockState::Withdrawn && only.is_none_or(|only| *only == clock.authority)
    };
    let waits = |clock: &Clock| clock.owes() && clock.written.proved_at.is_none();
    let is_meant = |(index, clock): &(u32, &Clock)| {
        let mut others = case.clocks_for(&clock.authority).filter(|(_, other)| stands(other));
        waits(clock) || !others.any(|(other, of)| waits(of) || other > *index)
    };
    case.clocks().filter(|(_, clock)| stands(clock)).filter(is_meant).collect()
}

/// The next number of a kind of report to an authority, over all clocks of the case: it has each number once.
fn next_number(case: &Case, authority: &AuthorityId, kind: ReportKind) -> u32 {
    let reports = case.clocks_for(authority).flat_map(|(_, clock)| &clock.written.reports);
    let number = |report: &Report| match (report.kind, kind) {
        (ReportKind::Initial, ReportKind::Progress) => report.continues,
        (of, _) => (of == kind).then_some(report.number),
    };
    reports.filter_map(number).max().unwrap_or(0).saturating_add(1)
}
