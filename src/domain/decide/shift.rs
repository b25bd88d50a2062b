//! Handovers of duty: whoever goes signs what is open, whoever comes signs that they have it, and what the one handled
//! is then the other's (S20, U34). Who is called stays a matter of the roster.

use std::cmp::Reverse;
use std::time::Duration;

use super::Draft;
use super::notify::Wish;
use super::remind::ASKED_BY;
use crate::domain::bulletin::{About, ShiftNotice, Trouble};
use crate::domain::case::Case;
use crate::domain::command::{Rejection, Shift, ShiftRejection};
use crate::domain::fact::{Fact, OpenCase, OpenMatters, OpenReports, ShiftOffered, ShiftTaken, Span};
use crate::domain::names::{Actor, CaseId, DutyRole, PayloadName, PersonId, Recipient};
use crate::domain::notification::{Purpose, Subject};

/// So far ahead the roster is searched for whoever comes next.
const NEXT_WITHIN: Duration = Duration::from_hours(24 * 31);
/// So many cases are named in a handover; of more it says how many.
const CASES_MAX: usize = 200;
/// A notice of a handover is tried for so long.
const TOLD_FOR: Duration = Duration::from_hours(24);

impl Draft<'_> {
    /// One of the two signs.
    pub(super) fn hand_over(&mut self, what: &Shift) -> Result<(), Rejection> {
        match what {
            Shift::Offer { role, actor, to, note } => {
                self.offer_shift((role, actor), to.as_ref(), note.clone())
            }
            Shift::Take { handover, actor } => self.take_shift(*handover, actor),
        }
    }

    fn offer_shift(
        &mut self,
        (role, actor): (&DutyRole, &Actor),
        to: Option<&PersonId>,
        note: Option<PayloadName>,
    ) -> Result<(), Rejection> {
        self.known(&actor.by)?;
        if !self.directory.duties.iter().any(|duty| duty.role == *role) {
            return Err(ShiftRejection::RoleUnknown.into());
        }
        let now = self.moment();
        if !self.state.may_hand_over(self.directory, role, (&actor.by, now)) {
            return Err(ShiftRejection::NotOnDuty.into());
        }
        let to = match to {
            Some(to) => to.clone(),
            None => self.comes_next(role, &actor.by).ok_or(ShiftRejection::NobodyNext)?,
        };
        if to == actor.by || !self.directory.persons.contains_key(&to) {
            return Err(ShiftRejection::ToUnknown.into());
        }
        let open = self.open_matters();
        let offered = ShiftOffered { role: role.clone(), from: actor.clone(), to: to.clone(), open, note };
        self.record(Fact::ShiftOffered(Box::new(offered)));
        self.tell_of_shift(ShiftNotice { handover: self.seq(), taken: false }, &to);
        Ok(())
    }

    /// Who comes after somebody: whoever is on duty now, where that is another one, else whoever is next.
    fn comes_next(&self, role: &DutyRole, person: &PersonId) -> Option<PersonId> {
        let now = self.moment();
        let on_duty = self.state.on_duty(self.directory, role, now).filter(|it| it != person);
        let ahead = Span { from: now, to: now + NEXT_WITHIN };
        on_duty.or_else(|| self.directory.next_on_duty(role, ahead, person))
    }

    fn take_shift(&mut self, handover: u64, actor: &Actor) -> Result<(), Rejection> {
        self.known(&actor.by)?;
        let known = self.state.handovers.get(&handover).cloned().ok_or(ShiftRejection::Unknown)?;
        if known.offered.to != actor.by {
            return Err(ShiftRejection::NotTheirs(known.offered.to.clone()).into());
        }
        if known.taken.is_some() {
            // The same again: it is theirs.
            return Ok(());
        }
        if known.replaced {
            return Err(ShiftRejection::Over.into());
        }
        let from = &known.offered.from.by;
        let handles = |case: &Case| case.handler.as_ref().is_some_and(|handler| handler.person == *from);
        let open = self.state.cases.values().filter(|case| case.is_open() && handles(case));
        let cases: Vec<CaseId> = open.map(|case| case.id.clone()).collect();
        let now_open = self.open_matters();
        let open = (now_open != known.offered.open).then_some(now_open);
        let taken = ShiftTaken { handover, actor: actor.clone(), cases: cases.clone(), open };
        self.record(Fact::ShiftTaken(Box::new(taken)));
        for case in &cases {
            // Whoever handed over is told of all of them at once.
            self.take_from(case, actor, true)?;
        }
        self.tell_of_shift(ShiftNotice { handover, taken: true }, from);
        Ok(())
    }

    /// What is open: what whoever comes must know of.
    fn open_matters(&self) -> OpenMatters {
        let mut open: Vec<_> = self.state.cases.values().filter(|case| case.is_open()).collect();
        open.sort_by_key(|case| (Reverse(case.kind), case.opened_at));
        let more = open.len().saturating_sub(CASES_MAX);
        let cases = open.into_iter().take(CASES_MAX).map(|case| OpenCase {
            case: case.id.clone(),
            kind: case.kind,
            handler: case.handler.as_ref().map(|handler| handler.person.clone()),
            due: case.clocks().filter(|(_, clock)| clock.owes()).map(|(_, clock)| clock.due).min(),
        });
        let now = self.moment();
        let overdue = self.state.periods.values().filter(|it| it.due <= now && it.closed_at.is_none());
        let reports = overdue.filter_map(|period| {
            let units = u32::try_from(period.awaited().count()).unwrap_or(u32::MAX);
            (units > 0).then(|| OpenReports { period: period.id().clone(), units })
        });
        let troubles = self.state.troubles.iter().filter(|(_, standing)| standing.open);
        OpenMatters {
            cases: cases.collect(),
            more_cases: u32::try_from(more).unwrap_or(u32::MAX),
            reports: reports.collect(),
            troubles: troubles.map(|(trouble, _)| trouble.clone()).collect(),
        }
    }

    /// Whoever is to sign is asked to; whoever signed first is told that the other one did.
    fn tell_of_shift(&mut self, notice: ShiftNotice, person: &PersonId) {
        let to = Recipient::Person(person.clone());
        if !self.is_released(person) {
            return;
        }
        let Some(medium) = self.ways(&to, &ASKED_BY).first().copied() else {
            self.note_trouble(&Trouble::PersonNotReached(person.clone()));
            return;
        };
        let now = self.moment();
        let request = self.free_request(&format!("shift-{}", self.seq()));
        let (about, until) = (About::Shift(notice), now + TOLD_FOR);
        self.record(Fact::BulletinOpened { request: request.clone(), about, until });
        let wish = Wish { useless_after: Some(until), ..Wish::default() };
        self.plan(&Subject::Daemon(request), Purpose::Shift, (&to, medium), now, wish);
    }

    /// Whether what a notice says of a handover is so: it waits to be signed, or was.
    pub(super) fn shift_holds(&self, notice: ShiftNotice) -> bool {
        let known = self.state.handovers.get(&notice.handover);
        known.is_some_and(|known| if notice.taken { known.taken.is_some() } else { known.waits() })
    }
}
