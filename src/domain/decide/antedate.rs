//! An event that came later and is older: the clock counts from the first moment that any person or device held what makes
//! the case suspected, in whichever order they told of it.

use super::Draft;
use crate::domain::case::{Case, Clock, ClockState};
use crate::domain::command::FeverReport;
use crate::domain::fact::{ClockStarted, Fact};
use crate::domain::names::{CaseId, Kind};
use crate::time::Timestamp;

impl Draft<'_> {
    /// An event says of a suspected case, by a time that counts, that it was suspected sooner.
    pub(super) fn antedate(&mut self, id: &CaseId, report: &FeverReport, (kind, at): (Kind, Timestamp)) {
        let Some(case) = self.state.case(id).cloned() else { return };
        if kind < Kind::Suspected {
            return;
        }
        if let Some(from) = case.suspected_since.filter(|since| at < *since) {
            let (case, event) = (id.clone(), report.event.clone());
            self.record(Fact::CaseAntedated { case, event, from, since: at });
            self.doubt_reports(id);
        }
        let mut late = false;
        for (index, clock) in case.clocks() {
            let Some(moved) = self.moved(&case, (index, clock), (kind, at)) else { continue };
            late |= moved.born_late && !clock.born_late;
            self.record(Fact::ClockAntedated {
                case: id.clone(),
                event: report.event.clone(),
                from: clock.anchor,
                due_before: clock.due,
                clock: Box::new(moved),
            });
        }
        if !late {
            return;
        }
        // With little or no time left everybody hears of it at once, and the hop in which the time went is looked into.
        let handler = case.handler.as_ref().map(|handler| handler.person.clone()).filter(|_| case.is_taken());
        match handler {
            Some(handler) => self.tell_of(id, &handler),
            None => self.resume(id, self.moment()),
        }
        self.event_late(id, report);
    }

    /// A running clock as it counts from an earlier instant; a later suspicion's clock is not moved by an older one that
    /// was reported by itself.
    fn moved(
        &self,
        case: &Case,
        (index, clock): (u32, &Clock),
        (kind, at): (Kind, Timestamp),
    ) -> Option<ClockStarted> {
        let first = case.clocks.iter().position(|other| other.authority == clock.authority);
        let first = first.and_then(|first| u32::try_from(first).ok()) == Some(index);
        let plan = case.plans.get(usize::try_from(clock.plan).ok()?)?;
        let counts = first || plan.kind <= kind;
        if clock.state != ClockState::Running || clock.anchor <= at || !counts {
            return None;
        }
        let rules = self.clock_rules(case, clock)?;
        let warned = usize::try_from(clock.warned).ok()?;
        let started = self.new_clock(case, (clock.plan, &rules), &clock.authority, at);
        let warn_at = rules.warn_at.get(warned).map(|offset| at + *offset);
        Some(ClockStarted { clock: index, warn_at, unarmed: clock.unarmed, ..started })
    }
}
