//! What people do with a case: confirm, take, pass on, classify, note, close, erase.

use std::collections::BTreeSet;
use std::time::Duration;

use super::Draft;
use super::clock::CLOSING_BY;
use super::notify::Wish;
use crate::domain::bulletin::Trouble;
use crate::domain::case::{Case, Clock, ClockState};
use crate::domain::command::{Archived, Rejection};
use crate::domain::fact::{CancelledBecause, ClockWithdrawn, Fact, RaisedBy};
use crate::domain::lapse::Lapse;
use crate::domain::names::{Actor, AuthorityId, CaseId, Kind, Medium, PayloadName, PersonId, Recipient, Via};
use crate::domain::notification::{Notification, Progress, Purpose};
use crate::domain::schedule::CaseDue;
use crate::time::{Now, Timestamp};

/// Within this much of a limit, ruling out needs a second person: the loophole would be too easy (contract).
const SECOND_PERSON: Duration = Duration::from_mins(5);
/// A closed case leaves memory after this; the index knows it from then on.
const ARCHIVE_AFTER: Duration = Duration::from_hours(24);
/// An erasure that is refused is tried again after this: a message is under way for minutes, or for days.
const ERASE_PUT_OFF: Duration = Duration::from_hours(24);
/// One that waits for people to decide a lapse.
const ERASE_PUT_OFF_UNDECIDED: Duration = Duration::from_hours(24 * 7);

/// By which media somebody hears that a case is another's: the first that reaches them.
pub(super) const RELIEVED_BY: [Medium; 3] = [Medium::Sms, Medium::Email, Medium::Phone];

impl Draft<'_> {
    pub(super) fn known(&self, person: &PersonId) -> Result<(), Rejection> {
        match self.directory.persons.contains_key(person) {
            true => Ok(()),
            false => Err(Rejection::NoSuchPerson(person.clone())),
        }
    }

    /// "I know": ends one's own repeats, and nobody else's.
    pub(super) fn confirm(&mut self, id: &CaseId, actor: &Actor) -> Result<(), Rejection> {
        let case = self.open_case(id)?;
        self.known(&actor.by)?;
        if !case.has_confirmed(&actor.by) {
            self.record(Fact::Confirmed { case: id.clone(), actor: actor.clone() });
            self.silence(id, &actor.by, CancelledBecause::Confirmed);
        }
        Ok(())
    }

    /// Ends what a person would still be told of a case; that a limit has passed only where one message has told them.
    pub(super) fn silence(&mut self, id: &CaseId, person: &PersonId, why: CancelledBecause) {
        let Some(case) = self.state.case(id).cloned() else { return };
        let to = Recipient::Person(person.clone());
        let breaches = case.notifications.iter().filter_map(|id| self.state.track(id)).filter(|track| {
            let it = &track.notification;
            it.purpose == Purpose::Breach && it.to == to && has_gone(track.state)
        });
        let told: BTreeSet<String> = breaches.map(|track| track.notification.step.clone()).collect();
        self.cancel(id, why, |track| {
            track.to == to
                && (is_call(track) || track.purpose == Purpose::Breach && told.contains(&track.step))
        });
    }

    /// "I handle it": silences everybody, and proves nothing (P4). What somebody else handles is taken from them by who
    /// says so alone, and they are told.
    pub(super) fn take(&mut self, id: &CaseId, actor: &Actor, take_over: bool) -> Result<(), Rejection> {
        if let Some(relieved) = self.take_from(id, actor, take_over)? {
            self.relieve(id, &relieved, &actor.by);
        }
        Ok(())
    }

    /// Somebody handles a case from here on; who did so before, and is not told by this.
    pub(super) fn take_from(
        &mut self,
        id: &CaseId,
        actor: &Actor,
        take_over: bool,
    ) -> Result<Option<PersonId>, Rejection> {
        let case = self.open_case(id)?;
        self.known(&actor.by)?;
        let handler = case.handler.as_ref();
        if case.is_taken() && handler.is_some_and(|handler| handler.person == actor.by) {
            return Ok(None);
        }
        let another = handler.filter(|handler| handler.person != actor.by);
        let offered = another.is_some_and(|another| another.passed_to.as_ref() == Some(&actor.by));
        if let Some(another) = another.filter(|_| case.is_taken() && !offered && !take_over) {
            return Err(Rejection::HandledBy(another.person.clone()));
        }
        if !case.has_confirmed(&actor.by) {
            self.record(Fact::Confirmed { case: id.clone(), actor: actor.clone() });
        }
        let idle_at = self.idle_at(&case);
        self.record(Fact::Taken { case: id.clone(), actor: actor.clone(), idle_at });
        self.end_trouble(&Trouble::CaseNotTaken(id.clone()));
        self.cancel(id, CancelledBecause::Taken, |track| {
            is_call(track) && matches!(track.to, Recipient::Person(_))
        });
        self.silence(id, &actor.by, CancelledBecause::Taken);
        Ok(another.map(|another| another.person.clone()))
    }

    /// Tells somebody that another person handles a case, and they do not.
    pub(super) fn relieve(&mut self, id: &CaseId, person: &PersonId, handler: &PersonId) {
        let wish = Wish { step: handler.to_string(), ..Wish::default() };
        self.tell_by(id, Purpose::Relieved, person, (&RELIEVED_BY, (self.moment(), wish)));
    }

    /// When a handler who does nothing from now on loses the case: only while a proof is owed.
    fn idle_at(&self, case: &Case) -> Option<Timestamp> {
        if !case.owes_proof() {
            return None;
        }
        let (plan, _) = case.current_plan()?;
        self.state.policy(case, plan)?.idle_after.map(|idle| self.moment() + idle)
    }

    /// Whoever handles the case is watched for progress from here on.
    pub(super) fn watch(&mut self, id: &CaseId) {
        let Some(case) = self.state.case(id).cloned() else { return };
        if let (Some(_), Some(idle_at)) = (&case.handler, self.idle_at(&case)) {
            self.record(Fact::Progressed { case: id.clone(), idle_at: Some(idle_at) });
        }
    }

    /// The handler did something that brings the case on.
    pub(super) fn progress(&mut self, id: &CaseId, by: &PersonId) {
        let Some(case) = self.state.case(id).cloned() else { return };
        if case.is_open() && case.handler.as_ref().is_some_and(|handler| handler.person == *by) {
            let idle_at = self.idle_at(&case);
            self.record(Fact::Progressed { case: id.clone(), idle_at });
        }
    }

    pub(super) fn idle_due(&mut self, id: &CaseId, due: Timestamp) {
        let Some(case) = self.state.case(id).cloned() else { return };
        let Some(handler) = case.handler.as_ref().filter(|_| case.owes_proof()) else { return };
        self.lose_handler(id, &handler.person, due);
    }

    /// A case loses its handler, who did nothing for too long or was a stranger: ringing resumes.
    pub(super) fn lose_handler(&mut self, id: &CaseId, person: &PersonId, due: Timestamp) {
        self.record(Fact::HandlerIdle { case: id.clone(), person: person.clone(), due });
        self.resume(id, due);
        let Some(case) = self.state.case(id).cloned() else { return };
        // Nobody works on it: where the time for the officer's own call is over, it is left to them no longer.
        for (index, clock) in case.clocks() {
            let left = case.due(CaseDue::DaemonCall { clock: index }).is_some();
            if clock.owes() && clock.phone.proof.is_none() && !left {
                self.daemon_call_if_silent(id, index, due);
            }
        }
    }

    pub(super) fn classify(
        &mut self,
        id: &CaseId,
        kind: Kind,
        (actor, second): (&Actor, Option<&PersonId>),
        (payload, received): (Option<&PayloadName>, Now),
    ) -> Result<(), Rejection> {
        let case = self.open_case(id)?;
        self.known(&actor.by)?;
        if matches!(actor.via, Via::Program(_)) {
            return Err(Rejection::PersonOnly);
        }
        if kind == Kind::RuledOut {
            return self.rule_out(&case, (actor, second), payload, received);
        }
        if kind <= case.kind {
            return Err(Rejection::NotHigher(case.kind));
        }
        let why = RaisedBy::Person { actor: actor.clone(), payload: payload.cloned() };
        self.raise(id, kind, received.steady, why);
        self.progress(id, &actor.by);
        Ok(())
    }

    fn rule_out(
        &mut self,
        case: &Case,
        (actor, second): (&Actor, Option<&PersonId>),
        payload: Option<&PayloadName>,
        received: Now,
    ) -> Result<(), Rejection> {
        if case.kind == Kind::RuledOut {
            return Ok(());
        }
        let at = received.either();
        let near = |clock: &Clock| {
            let over = clock.state != ClockState::Running && at > clock.due + SECOND_PERSON;
            clock.owes() && at + SECOND_PERSON >= clock.due && !over
        };
        match second {
            Some(second) if *second == actor.by => return Err(Rejection::SecondPersonSame),
            Some(second) => self.known(second)?,
            None if case.clocks.iter().any(near) => return Err(Rejection::SecondPersonNeeded),
            None => {}
        }
        let id = &case.id;
        // One correction to an authority, however many clocks the case has had towards it.
        let reached: BTreeSet<AuthorityId> = case
            .clocks()
            .filter(|(index, clock)| self.was_reached(case, *index, clock))
            .map(|(_, clock)| clock.authority.clone())
            .collect();
        self.record(Fact::RuledOut {
            case: id.clone(),
            actor: actor.clone(),
            second: second.cloned(),
            payload: payload.cloned(),
        });
        if self.clears_oneself(id, (&actor.by, second)) {
            return Err(Rejection::SecondPersonNeeded);
        }
        // Whose case it was not any more is still told so: the withdrawal does not say it.
        self.cancel(id, CancelledBecause::Withdrawn, |track| track.purpose != Purpose::Relieved);
        for (index, clock) in case.clocks() {
            // One that was withdrawn before stays withdrawn from then.
            if !matches!(clock.state, ClockState::Met | ClockState::Withdrawn) {
                let at = Some(received.both());
                self.record(Fact::ClockWithdrawn(ClockWithdrawn { case: id.clone(), clock: index, at }));
            }
        }
        self.withdraw_lapses(id);
        for person in &case.told {
            self.tell_by(id, Purpose::Withdrawn, person, (&CLOSING_BY, (self.moment(), Wish::default())));
        }
        for authority in reached {
            self.owe_correction(id, &authority, Some(&actor.by));
        }
        Ok(())
    }

    /// Whether a lapse that names a person rests on a suspicion that they have just ruled out, and nobody whom it does not
    /// name agreed.
    fn clears_oneself(&self, id: &CaseId, (person, second): (&PersonId, Option<&PersonId>)) -> bool {
        let resting = self.lapses_of_suspicion(id, false);
        let mut theirs = resting.iter().filter_map(|lapse| self.state.lapses.get(lapse));
        theirs.any(|lapse| lapse.names(person) && second.is_none_or(|second| lapse.names(second)))
    }

    pub(super) fn note(
        &mut self,
        id: &CaseId,
        actor: &Actor,
        payload: &PayloadName,
    ) -> Result<(), Rejection> {
        let case = self.open_case(id)?;
        self.known(&actor.by)?;
        if case.notes.len() >= 500 {
            return Err(Rejection::Full);
        }
        self.record(Fact::Noted { case: id.clone(), actor: actor.clone(), payload: payload.clone() });
        self.progress(id, &actor.by);
        Ok(())
    }

    pub(super) fn close(
        &mut self,
        id: &CaseId,
        actor: &Actor,
        payload: Option<&PayloadName>,
    ) -> Result<(), Rejection> {
        let case = self.open_case(id)?;
        self.known(&actor.by)?;
        let owing = |missing: fn(&Clock) -> bool| -> Vec<AuthorityId> {
            let owing = case.clocks.iter().filter(|clock| clock.owes() && missing(clock));
            owing.map(|clock| clock.authority.clone()).collect()
        };
        let telephone = owing(|clock| clock.phone.proof.is_none());
        let written = owing(|clock| clock.written.proved_at.is_none());
        if !telephone.is_empty() || !written.is_empty() {
            return Err(Rejection::ProofOwed { telephone, written });
        }
        let corrections: Vec<AuthorityId> =
            case.corrections.iter().filter(|it| !it.is_done()).map(|it| it.authority.clone()).collect();
        if !corrections.is_empty() {
            return Err(Rejection::CorrectionOwed(corrections));
        }
        self.cancel(id, CancelledBecause::Closed, |track| {
            !matches!(
                track.purpose,
                Purpose::Met
                    | Purpose::Withdrawn
                    | Purpose::Relieved
                    | Purpose::Correction
                    | Purpose::Written
            )
        });
        self.end_trouble(&Trouble::CaseNotTaken(id.clone()));
        let now = self.moment();
        self.record(Fact::Closed {
            case: id.clone(),
            actor: actor.clone(),
            payload: payload.cloned(),
            archive_at: now + ARCHIVE_AFTER,
            erase_at: self.directory.erase_after.map(|after| now + after),
        });
        Ok(())
    }

    pub(super) fn erase(
        &mut self,
        id: &CaseId,
        (actor, second): (Option<&Actor>, Option<&PersonId>),
        ground: Option<&PayloadName>,
        archived: Archived,
    ) -> Result<(), Rejection> {
        match self.state.case(id) {
            Some(case) if case.is_open() => return Err(Rejection::CaseOpen(id.clone())),
            Some(case) => {
                if self.still_tells(case) {
                    return Err(Rejection::AttemptUnderWay);
                }
                if has_undecided_limit(case) {
                    return Err(Rejection::LimitUndecided);
                }
            }
            None => match archived {
                Archived::Kept => {}
                Archived::Erased => return Err(Rejection::NothingToErase),
                Archived::No => return Err(Rejection::NoSuchCase(id.clone())),
            },
        }
        if self.state.case(id).is_some_and(|case| case.erased) {
            return Err(Rejection::NothingToErase);
        }
        let is_open = |lapse: &Lapse| lapse.is_open() && lapse.about.cases().contains(id);
        if self.state.lapses.values().any(|lapse| is_open(lapse)) {
            return Err(Rejection::LapseUndecided);
        }
        if let Some(actor) = actor {
            self.known(&actor.by)?;
            match second {
                Some(second) if *second == actor.by => return Err(Rejection::SecondPersonSame),
                Some(second) => self.known(second)?,
                None => return Err(Rejection::SecondPersonNeeded),
            }
        }
        self.record(Fact::Erased {
            case: id.clone(),
            actor: actor.cloned(),
            second: second.cloned(),
            ground: ground.cloned(),
        });
        Ok(())
    }

    /// The days that the organisation keeps personal data are over.
    pub(super) fn erase_due(&mut self, id: &CaseId) {
        if let Err(rejection) = self.erase(id, (None, None), None, Archived::Kept) {
            let undecided = rejection == Rejection::LapseUndecided;
            let later = if undecided { ERASE_PUT_OFF_UNDECIDED } else { ERASE_PUT_OFF };
            self.record(Fact::ErasePutOff { case: id.clone(), until: self.moment() + later });
        }
    }
}

/// Whether a message asks somebody to take a case: what taking it ends. That a limit has passed is told all the same.
fn is_call(notification: &Notification) -> bool {
    matches!(notification.purpose, Purpose::Alert | Purpose::Handover)
}

/// Whether a message went out and nothing says that it was lost.
fn has_gone(state: Progress) -> bool {
    state == Progress::Accepted || state.has_arrived()
}

/// Whether a limit of a case has not been decided: it may lead to a lapse, which rests on what the case holds.
pub(super) fn has_undecided_limit(case: &Case) -> bool {
    case.clocks().any(|(clock, _)| {
        let limits = [CaseDue::PhoneLimit { clock }, CaseDue::WrittenLimit { clock }];
        limits.into_iter().any(|limit| case.due(limit).is_some())
    })
}
