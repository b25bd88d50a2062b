//! Passing on: "you handle it", and "I cannot", which calls whoever else can at once.

use std::time::Duration;

use super::Draft;
use crate::domain::case::Case;
use crate::domain::command::Rejection;
use crate::domain::fact::{CancelledBecause, Fact};
use crate::domain::names::{Actor, CaseId, PersonId, Recipient};
use crate::domain::notification::{Progress, Purpose};
use crate::domain::schedule::CaseDue;

/// Whoever is passed a case a second time is told of it again after this.
const HANDED_AGAIN_AFTER: Duration = Duration::from_mins(2);

impl Draft<'_> {
    /// "You handle it", or "I cannot: the next".
    pub(super) fn pass(
        &mut self,
        id: &CaseId,
        actor: &Actor,
        to: Option<&PersonId>,
    ) -> Result<(), Rejection> {
        let case = self.open_case(id)?;
        self.known(&actor.by)?;
        if let Some(to) = to {
            self.known(to)?;
        }
        let handles = case.handler.as_ref().filter(|handler| {
            handler.person == actor.by || to.is_none() && handler.passed_to.as_ref() == Some(&actor.by)
        });
        if to.is_none() && handles.is_none() && case.declined.contains(&actor.by) {
            // They said so before: it calls nobody a second time.
            return Ok(());
        }
        let told = to.is_some_and(|to| self.was_handed_to(&case, to));
        if told && handles.is_some_and(|handler| handler.passed_to.as_ref() == to) {
            // The same again: they are being told.
            return Ok(());
        }
        self.record(Fact::Passed { case: id.clone(), actor: actor.clone(), to: to.cloned() });
        self.silence(id, &actor.by, CancelledBecause::Confirmed);
        let before = self.facts.len();
        match (to, handles) {
            (Some(to), _) if !told => self.tell_of(id, to),
            (Some(_), _) => {}
            (None, _) if !case.is_taken() => self.call_another(id, &actor.by, before),
            (None, Some(handler)) => {
                // The handler gives it back, or nobody takes it from them: ringing resumes for everybody else.
                self.lose_handler(id, &handler.person, self.moment());
                self.call_another(id, &actor.by, before);
            }
            (None, None) => {}
        }
        Ok(())
    }

    /// Calls somebody other than this person at once, unless that was done since: by the steps that are left, and where
    /// none of them reaches anybody, by a repeat that comes early, for those who were told and have not answered.
    pub(super) fn call_another(&mut self, id: &CaseId, by: &PersonId, before: usize) {
        let left = self.state.case(id).map_or(0, |case| case.dues.len());
        for _ in 0..left {
            if self.called_another(id, by, before) {
                return;
            }
            self.next_step_at_once(id);
        }
        if self.called_another(id, by, before) {
            return;
        }
        let Some(case) = self.state.case(id).cloned() else { return };
        let Some((plan, rules)) = case.current_plan() else { return };
        for taken in &rules.taken {
            let another = |to: &&Recipient| can(&case, to) && **to != Recipient::Person(by.clone());
            let others = taken.told.iter().filter(another).collect::<Vec<_>>();
            if others.is_empty() || others.into_iter().any(|to| self.is_being_called(&case, to)) {
                continue;
            }
            // The grid stays as it is: this one comes before the next.
            let next = case.due(CaseDue::Repeat { plan, step: taken.step });
            self.repeat_step(id, (plan, taken.step), (self.moment(), 0, next));
        }
    }

    /// Whether somebody is being told, or was a moment ago, that a case is passed to them.
    fn was_handed_to(&self, case: &Case, person: &PersonId) -> bool {
        let to = Recipient::Person(person.clone());
        case.notifications.iter().filter_map(|id| self.state.track(id)).any(|track| {
            let it = &track.notification;
            it.purpose == Purpose::Handover
                && it.step.is_empty()
                && it.to == to
                && !matches!(track.state, Progress::Cancelled | Progress::Refused)
                && (track.send_at.is_some()
                    || track.state == Progress::Attempting
                    || self.moment().since(it.due) < HANDED_AGAIN_AFTER)
        })
    }

    /// Whether this decision calls somebody else of a case.
    fn called_another(&self, id: &CaseId, by: &PersonId, before: usize) -> bool {
        self.facts.iter().skip(before).any(|fact| fact.calls_another(id, by))
    }

    /// Whether a call of a case to somebody waits to go, or is under way.
    fn is_being_called(&self, case: &Case, to: &Recipient) -> bool {
        case.notifications.iter().filter_map(|id| self.state.track(id)).any(|track| {
            track.notification.to == *to
                && matches!(track.notification.purpose, Purpose::Alert | Purpose::Handover)
                && (track.send_at.is_some()
                    || track.wait_until.is_some()
                    || track.state == Progress::Attempting)
        })
    }
}

/// Whether somebody of a case has not said that they cannot.
fn can(case: &Case, to: &Recipient) -> bool {
    match to {
        Recipient::Person(person) => !case.declined.contains(person),
        Recipient::Authority(_) | Recipient::Robot(_) => false,
    }
}
