//! What two proofs do to a clock; what a person says the authority confirmed, and what of a machine's word is wrong.

use super::Draft;
use super::clock::CLOSING_BY;
use super::notify::Wish;
use crate::domain::case::{Case, Clock, ClockState};
use crate::domain::command::{Rejection, Towards};
use crate::domain::fact::{CancelledBecause, ClockReopened, ClockWithdrawn, Fact, Proof, WrittenReceipted};
use crate::domain::names::{Actor, CaseId, PayloadName, Via};
use crate::domain::notification::Purpose;
use crate::domain::schedule::CaseDue;
use crate::time::Timestamp;

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

    pub(super) fn record_written_receipt(
        &mut self,
        id: &CaseId,
        towards: &Towards,
        (actor, reference): (&Actor, Option<&PayloadName>),
        at: Timestamp,
    ) -> Result<(), Rejection> {
        let case = self.open_case(id)?;
        self.known(&actor.by)?;
        // One that was withdrawn before anything went has no receipt to wait for.
        let waits = |clock: &Clock| clock.state != ClockState::Withdrawn || clock.written.sent_at.is_some();
        let (index, clock) = the_clock(&case, towards, waits)?;
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
        self.correct_late(id, index);
        self.progress(id, &actor.by);
        Ok(())
    }

    /// A machine's proof was wrong: the clock runs again, and so does the ringing.
    pub(super) fn dispute(
        &mut self,
        id: &CaseId,
        towards: &Towards,
        actor: &Actor,
        payload: Option<&PayloadName>,
    ) -> Result<(), Rejection> {
        let case = self.open_case(id)?;
        self.known(&actor.by)?;
        let (index, clock) = the_clock(&case, towards, is_disputable)?;
        if !is_disputable(clock) {
            return Err(Rejection::NothingToDispute);
        }
        self.record(Fact::ProofDisputed {
            case: id.clone(),
            clock: index,
            actor: actor.clone(),
            payload: payload.cloned(),
        });
        if self.runs_again(id, index) {
            self.daemon_call_if_silent(id, index, self.moment());
        }
        Ok(())
    }

    /// What proved a clock is taken back. Whether it runs again: where its case was ruled out, it is withdrawn from then, as
    /// it would have been without that proof.
    pub(super) fn runs_again(&mut self, id: &CaseId, index: u32) -> bool {
        let Some(case) = self.state.case(id).cloned() else { return false };
        let Some(clock) = case.clock(index) else { return false };
        let rules = self.clock_rules(&case, clock);
        let next = rules.and_then(|rules| rules.warn_at.get(usize::try_from(clock.warned).ok()?).copied());
        let warn_at = next.map(|offset| clock.anchor + offset).filter(|_| self.moment() < clock.due);
        self.record(Fact::ClockReopened(ClockReopened { case: id.clone(), clock: index, warn_at }));
        let at = case.ruled_out_at;
        if at.is_some() {
            self.record(Fact::ClockWithdrawn(ClockWithdrawn { case: id.clone(), clock: index, at }));
            return false;
        }
        self.watch(id);
        if !case.is_taken() {
            self.resume(id, self.moment());
        }
        true
    }
}

/// Whether a clock stands on what a machine told.
fn is_disputable(clock: &Clock) -> bool {
    let proof = clock.phone.proof.as_ref();
    let machine =
        proof.is_some_and(|proof| proof.actor.as_ref().is_none_or(|actor| matches!(actor.via, Via::Digit)));
    machine && clock.state != ClockState::Withdrawn
}

/// The clock that a person means: the one they name, the only one towards the authority, or the only one that it can be
/// about. Of several none is guessed: what is recorded for the wrong one would say that an authority knows what it does
/// not (P4).
fn the_clock<'a>(
    case: &'a Case,
    towards: &'a Towards,
    fits: impl Fn(&Clock) -> bool,
) -> Result<(u32, &'a Clock), Rejection> {
    let unknown = || Rejection::NoSuchClock(towards.authority.clone());
    let all: Vec<(u32, &Clock)> = case.clocks_for(&towards.authority).collect();
    if let Some(named) = towards.clock {
        return all.into_iter().find(|(index, _)| *index == named).ok_or_else(unknown);
    }
    let fitting: Vec<(u32, &Clock)> = all.iter().copied().filter(|(_, clock)| fits(clock)).collect();
    match (fitting.as_slice(), all.last()) {
        (&[only], _) => Ok(only),
        ([], newest) => newest.copied().ok_or_else(unknown),
        (several, _) => Err(Rejection::ClockNeeded(several.iter().map(|(index, _)| *index).collect())),
    }
}
