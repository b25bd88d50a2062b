//! The first proof of a clock: a person at the authority was told by telephone.

use std::time::Duration;

use super::Draft;
use crate::domain::case::{Clock, ClockState};
use crate::domain::command::{Rejection, TelephoneRecord};
use crate::domain::fact::{CancelledBecause, Fact, Proof, TelephoneOutcome, TelephoneProved, TelephoneTried};
use crate::domain::names::{Actor, CaseId};
use crate::domain::notification::Purpose;
use crate::domain::policy::Grade;
use crate::time::Timestamp;

/// The officer is rung this long before the instant they promised to ring back.
const CALL_BACK_BEFORE: Duration = Duration::from_mins(1);
/// After the instant that was promised, the officer has so long before the daemon rings again.
const LEFT_TO_OFFICER: Duration = Duration::from_mins(5);
/// So many calls may be recorded for one clock.
const CALLS_MAX: usize = 200;

impl Draft<'_> {
    /// The officer's telephone log.
    pub(super) fn record_telephone(&mut self, record: &TelephoneRecord) -> Result<(), Rejection> {
        let case = self.open_case(&record.case)?;
        self.known(&record.actor.by)?;
        let owed = case.corrections.iter().any(|it| it.authority == record.authority && it.is_to_be_told());
        if owed && record.outcome == TelephoneOutcome::Taken {
            self.record(Fact::CorrectionTold {
                case: record.case.clone(),
                authority: record.authority.clone(),
                actor: record.actor.clone(),
                payload: record.payload.clone(),
            });
            // By a journal of before, a case that is suspected again may owe one: it was told again in the same call, which
            // proves every clock that waits for it.
            if !case.clocks_for(&record.authority).any(|(_, clock)| waits(clock)) {
                return Ok(());
            }
        }
        let newest = case
            .clock_for(&record.authority)
            .ok_or_else(|| Rejection::NoSuchClock(record.authority.clone()))?;
        let mut clocks: Vec<(u32, &Clock)> =
            case.clocks_for(&record.authority).filter(|(_, clock)| waits(clock)).collect();
        if clocks.is_empty() {
            clocks.push(newest);
        }
        if clocks.iter().any(|(_, clock)| clock.phone.calls.len() >= CALLS_MAX) {
            return Err(Rejection::Full);
        }
        let call_backs = clocks.iter().map(|(_, clock)| self.call_back(record, clock));
        let call_backs = call_backs.collect::<Result<Vec<_>, _>>()?;
        for ((index, clock), call_back) in clocks.into_iter().zip(call_backs) {
            self.call_recorded(record, (index, clock), call_back);
        }
        self.progress(&record.case, &record.actor.by);
        Ok(())
    }

    /// One call to an authority, as it counts for one clock.
    fn call_recorded(
        &mut self,
        record: &TelephoneRecord,
        (index, clock): (u32, &Clock),
        call_back: Option<Timestamp>,
    ) {
        self.record(Fact::TelephoneTried(Box::new(TelephoneTried {
            case: record.case.clone(),
            clock: index,
            actor: record.actor.clone(),
            outcome: record.outcome,
            payload: record.payload.clone(),
            call_back_at: call_back,
        })));
        if record.outcome == TelephoneOutcome::Taken && clock.state != ClockState::Withdrawn {
            let at = record.received.both();
            let proof = (Grade::Person, Some(record.actor.clone()));
            self.telephone_proved(&record.case, index, at, (proof, record.said_at));
        }
        if record.outcome == TelephoneOutcome::CallBack {
            // They named a time to a person: the daemon does not ring in between.
            self.cancel(&record.case, CancelledBecause::Replaced, |track| {
                track.clock == Some(index) && track.purpose == Purpose::Telephone
            });
            // Before the limit, the limit sees to it that it rings again where they do not. After it nothing else does.
            let pursued = clock.phone.breached && waits(clock);
            if let Some(before) = call_back.filter(|_| pursued) {
                self.daemon_calls(&record.case, index, (before + CALL_BACK_BEFORE + LEFT_TO_OFFICER, 0));
            }
        }
        self.send_waiting_draft(&record.case, index);
        self.correct_late(&record.case, index);
    }

    /// When the officer is rung again: a minute before what was promised, which lies before the limit.
    fn call_back(&self, record: &TelephoneRecord, clock: &Clock) -> Result<Option<Timestamp>, Rejection> {
        if record.outcome != TelephoneOutcome::CallBack {
            return Ok(None);
        }
        let now = self.moment();
        // After the limit there is no "before the limit" left; within the hour it is then.
        let latest = if now < clock.phone.due { clock.phone.due } else { now + Duration::from_hours(1) };
        let at = record.call_back_at.unwrap_or_else(|| latest.min(now + Duration::from_mins(8)));
        if at <= now || at > latest {
            return Err(Rejection::CallBackOutside { from: now, to: latest });
        }
        Ok(Some((at - CALL_BACK_BEFORE).max(now)))
    }

    /// The telephone proof is there, in time or late.
    pub(super) fn telephone_proved(
        &mut self,
        id: &CaseId,
        index: u32,
        at: Timestamp,
        ((grade, actor), said_at): ((Grade, Option<Actor>), Option<Timestamp>),
    ) {
        let Some(case) = self.state.case(id).cloned() else { return };
        let Some(clock) = case.clock(index).cloned() else { return };
        if clock.phone.proof.is_some() {
            return;
        }
        let rules = self.clock_rules(&case, &clock);
        let written_at = rules
            .filter(|_| clock.written.reports.is_empty() && clock.written.proved_at.is_none())
            .filter(|rules| !rules.written.review)
            .map(|rules| (at + rules.written.after_phone).min(clock.anchor + rules.written.latest).max(at));
        let (case_id, clock) = (id.clone(), index);
        let proved = TelephoneProved { case: case_id, clock, at, grade, actor, said_at, written_at };
        self.record(Fact::TelephoneProved(Box::new(proved)));
        self.cancel(id, CancelledBecause::Proved, |track| {
            track.clock == Some(index) && matches!(track.purpose, Purpose::Telephone | Purpose::Reminder)
        });
        self.cure(&case, index, (Proof::Telephone, at));
        self.send_waiting_draft(id, index);
        self.settle(id, index, at);
    }
}

/// Whether a clock waits for the proof that its authority was told by telephone.
fn waits(clock: &Clock) -> bool {
    clock.owes() && clock.phone.proof.is_none()
}
