//! A code typed in at the public page.

use super::Draft;
use crate::domain::command::{Act, Rejection};
use crate::domain::fact::{CodeRefused, Fact};
use crate::domain::lock::{CodeWay, Lock};
use crate::domain::names::{Actor, CaseId, PersonId, Via};
use crate::time::Now;

impl Draft<'_> {
    /// Acts for whoever the code belongs to. A wrong one is a fact, so that a restart forgives nothing; where people
    /// share the number it counts for each of them, for it may have been any of them.
    pub(super) fn try_code(
        &mut self,
        (people, way): (&[PersonId], &CodeWay),
        right: Option<&(PersonId, CaseId)>,
        act: Act,
        received: Now,
    ) -> Result<(), Rejection> {
        let at = received.either();
        for person in people {
            self.known(person)?;
        }
        let locked = people.iter().filter_map(|person| self.state.lock(person, way)?.locked_at(at));
        if let Some(until) = locked.max() {
            return Err(Rejection::Locked(until));
        }
        let Some((person, case)) = right else {
            for person in people {
                let locked_until = self
                    .state
                    .lock(person, way)
                    .map_or_else(|| Lock::default().would_lock(at), |lock| lock.would_lock(at));
                let way = way.clone();
                let refused = CodeRefused { person: person.clone(), at, locked_until, way };
                self.record(Fact::CodeRefused(Box::new(refused)));
            }
            return Ok(());
        };
        let actor = Actor { by: person.clone(), via: Via::Code };
        match act {
            Act::Confirm => self.confirm(case, &actor),
            Act::Take => self.take(case, &actor, false),
            Act::TakeOver => self.take(case, &actor, true),
            Act::Pass => self.pass(case, &actor, None),
            Act::WrongPerson(by) => {
                self.wrong_address(person, by, Some(case));
                Ok(())
            }
        }
    }
}
