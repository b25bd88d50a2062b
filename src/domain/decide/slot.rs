//! Periods: when the slots of a form open, fall due, and are closed; and who is excused.

use std::sync::Arc;
use std::time::Duration;

use super::Draft;
use super::report::of_form;
use crate::domain::command::{Rejection, SlotRejection};
use crate::domain::directory::Role;
use crate::domain::fact::{Fact, Span};
use crate::domain::form::Form;
use crate::domain::lapse::{Certainty, Excuse, ExcuseKind};
use crate::domain::names::{Actor, FormId, PayloadName, UnitId};
use crate::domain::slot::{
    FormFollowed, FormRun, KEPT, KEPT_MAX, LAST_PART, Moved, MovedBecause, Owing, Period, PeriodClosed,
    PeriodDue, PeriodId, PeriodOpened, SlotId, SlotState,
};
use crate::domain::state::spans::covered;
use crate::time::Timestamp;

/// What is shorter than this nobody noticed.
const NOTICED: Duration = Duration::from_secs(60);
/// A first period with less time left than this was born late, and who comes to report with less was told late.
pub(super) const ENOUGH: Duration = Duration::from_hours(1);

impl Draft<'_> {
    pub(super) fn place(&self, form: &Form, due: Timestamp) -> (crate::time::Day, u32) {
        let zone = &self.directory.zone;
        (zone.day(due), form.number(zone, due))
    }

    pub(super) fn open_period(&mut self, form: &Form, (due, opens): (Timestamp, Timestamp), born_late: bool) {
        let (day, number) = self.place(form, due);
        let period = PeriodId { form: form.id.clone(), day, number };
        let known = self.run_of(&form.id);
        let later = known.last.filter(|(last, _)| last.place() > period.place());
        let last = later.or_else(|| Some((period.clone(), due)));
        let run = FormRun { last, next: None, from: known.from };
        let next = self.next_period(form, &run, Some((&period, due))).map(|(_, opens)| opens);
        let units = self.units_of(form).collect();
        let opened = self.opening(form, (&period, opens, due), born_late);
        let opened = PeriodOpened { units: Arc::new(units), next, ..opened };
        self.record(Fact::PeriodOpened { period: Box::new(opened) });
    }

    /// The units that owe a form.
    pub(super) fn units_of(&self, form: &Form) -> impl Iterator<Item = UnitId> {
        self.directory.units.keys().filter(|unit| form.is_owed_by(unit)).cloned()
    }

    /// A period as it opens by a form, without its units.
    pub(super) fn opening(
        &self,
        form: &Form,
        (period, opens, due): (&PeriodId, Timestamp, Timestamp),
        born_late: bool,
    ) -> PeriodOpened {
        PeriodOpened {
            period: period.clone(),
            opens,
            due,
            on_time_until: due + form.late_after,
            missing_at: due + form.missing_after,
            born_late,
            rule: form.version(&self.directory.calendar),
            units: Arc::default(),
            next: None,
            reminders: form.reminders((opens, due)),
        }
    }

    /// How far a form's periods have been opened; of a form that is new, not at all.
    pub(super) fn run_of(&self, id: &FormId) -> FormRun {
        self.state.forms.get(id).map(|run| (**run).clone()).unwrap_or_default()
    }

    /// The next period of a form opens.
    pub(super) fn form_due(&mut self, id: &FormId) {
        let run = self.run_of(id);
        let Some(form) = self.directory.forms.get(id) else {
            self.record(Fact::FormFollowed(FormFollowed { form: id.clone(), next: None, from: None }));
            return;
        };
        match self.next_period(form, &run, None) {
            Some((due, opens)) if opens <= self.moment() => self.open_period(form, (due, opens), false),
            other => {
                self.record(Fact::FormFollowed(FormFollowed {
                    form: id.clone(),
                    next: other.map(|(_, opens)| opens),
                    from: None,
                }));
            }
        }
    }

    /// Opens the next period of a form before its time, for somebody who reports early. One at most is open so.
    pub(super) fn open_early(&mut self, id: &FormId) -> Result<PeriodId, Rejection> {
        let form = self.directory.forms.get(id).ok_or(SlotRejection::FormUnknown)?;
        let run = self.run_of(id);
        let Some((due, opens)) = self.next_period(form, &run, None) else {
            return Err(SlotRejection::NoSuchSlot.into());
        };
        let is_early = |period: &Period| period.opened.opens > self.moment() && period.withdrawn.is_none();
        if of_form(&self.state, id).any(is_early) {
            return Err(SlotRejection::NotOpen(opens).into());
        }
        self.open_period(form, (due, opens), false);
        let (day, number) = self.place(form, due);
        Ok(PeriodId { form: id.clone(), day, number })
    }

    /// Where the next period of a form lies.
    pub(super) fn next_place(&self, id: &FormId) -> Option<(crate::time::Day, u32)> {
        let form = self.directory.forms.get(id)?;
        let run = self.run_of(id);
        let (due, _) = self.next_period(form, &run, None)?;
        Some(self.place(form, due))
    }

    pub(super) fn fall_period(&mut self, id: &PeriodId, what: PeriodDue) {
        let Some(period) = self.state.periods.get(id).cloned() else { return };
        match what {
            PeriodDue::Due => self.period_due(&period),
            PeriodDue::Close => self.close_period(id),
            PeriodDue::Archive => self.record(Fact::PeriodArchived { period: id.clone() }),
            PeriodDue::Remind | PeriodDue::Leader | PeriodDue::Office => self.remind(id, what),
        }
    }

    fn period_due(&mut self, period: &Period) {
        if let Some(moved) = self.moved_due(period.due).filter(|_| period.withdrawn.is_none()) {
            self.record(Fact::DueMoved { period: period.id().clone(), moved });
            // Behind a door that stays closed it moves every half hour: one word is enough until it is open again.
            if self.state.door_closed_since.is_none() || period.moved.is_empty() {
                self.ask_moved(period.id());
            }
            return;
        }
        let owing = period.awaited().map(|unit| self.owing(unit, period.due)).collect();
        self.record(Fact::PeriodFellDue { period: period.id().clone(), owing: Arc::new(owing) });
        self.find_contradictions(period.id());
    }

    /// Where a due instant moves to: half an hour after the door was open again, where it was closed for a minute or
    /// more in the last half hour before. Of one that is still closed, now counts as the end: it is looked at again when
    /// the later instant comes. Of announced maintenance its end counts as it was announced.
    fn moved_due(&self, due: Timestamp) -> Option<Moved> {
        let last_part = Span { from: due - LAST_PART, to: due };
        let mut closed: Vec<Span> = self.state.outages_in(last_part).collect();
        let down = covered(last_part, &closed) >= NOTICED;
        let announced: Vec<Span> = self.state.maintenance_in(last_part).collect();
        let maintained = covered(last_part, &announced) >= NOTICED;
        closed.extend(self.state.door_closed_in(last_part, self.moment()));
        closed.extend(announced);
        if covered(last_part, &closed) < NOTICED {
            return None;
        }
        let to = closed.iter().map(|span| span.to).max()? + LAST_PART;
        let why = match (down, maintained) {
            (true, _) => MovedBecause::Outage,
            (false, true) => MovedBecause::Maintenance,
            (false, false) => MovedBecause::Door,
        };
        (to > due).then_some(Moved { from: due, to, why })
    }

    /// Announced maintenance is over before its time: what it had put off, and has not been reached, is due half an hour from
    /// here, or when it would be if it had been announced so.
    pub(super) fn bring_dues_back(&mut self) {
        let now = self.moment();
        let put_off = self.state.periods.values().filter(|it| it.owing.is_none() && !it.moved.is_empty());
        let put_off: Vec<_> = put_off.filter(|it| it.due > now && it.withdrawn.is_none()).cloned().collect();
        for period in put_off {
            let mut due = period.opened.due;
            while let Some(moved) = self.moved_due(due).filter(|_| due < period.due) {
                due = moved.to;
            }
            let to = due.max(now + LAST_PART);
            if to < period.due {
                let moved = Moved { from: period.due, to, why: MovedBecause::MaintenanceEnded };
                self.record(Fact::DueMoved { period: period.id().clone(), moved });
                self.ask_moved(period.id());
            }
        }
    }

    /// Who is to report for a unit and who leads it; since when, where hardly any time was left to whoever stands in or
    /// came to the post.
    fn owing(&self, unit: &UnitId, due: Timestamp) -> Owing {
        let known = self.directory.units.get(unit);
        let found = known.and_then(|known| self.reporter(known, |_| true));
        let taken = found.as_ref().and_then(|(person, _)| self.state.post_taken(unit, person));
        let since = found.as_ref().and_then(|(_, since)| *since).max(taken);
        let led = known.and_then(|known| self.leading(known));
        Owing {
            unit: unit.clone(),
            since: match (known, &found) {
                // Nobody was there.
                (Some(_), None) => Some(due),
                _ => since.filter(|since| *since + ENOUGH > due),
            },
            reports_as: known.zip(found.as_ref()).map(|(known, (person, _))| self.post_of(known, person)),
            liaison: found.map(|(person, _)| person),
            leads_as: led.as_ref().map(|(_, post)| *post),
            leader: led.map(|(person, _)| person),
        }
    }

    /// What is not there is missing. A unit that is no more, or owes the form no more, is excused.
    pub(super) fn close_period(&mut self, id: &PeriodId) {
        let Some(known) = self.state.periods.get(id).cloned() else { return };
        if known.owing.is_none() {
            self.period_due(&known);
        }
        let Some(period) = self.state.periods.get(id).filter(|period| period.owing.is_some()).cloned() else {
            return;
        };
        let form = self.directory.forms.get(&id.form);
        let owes = |unit: &UnitId| {
            self.directory.units.contains_key(unit) && form.is_some_and(|form| form.is_owed_by(unit))
        };
        let (missing, gone): (Vec<UnitId>, Vec<UnitId>) = period.awaited().cloned().partition(owes);
        let excuses = self.slot_excuses(&period, period.missing_at);
        let archive_at = self.archive_at(&period);
        let is_doubtful = self.kept_out(&period) || Self::was_told_later(&period, period.missing_at);
        let certainty = if is_doubtful { Certainty::Candidate } else { Self::certainty(&excuses) };
        let excused = self.excused(&period, &missing);
        let closed =
            PeriodClosed { period: id.clone(), missing, gone, excuses, excused, certainty, archive_at };
        self.record(Fact::PeriodClosed { closed: Box::new(closed) });
        self.find_contradictions(id);
    }

    /// Until when a period stays in memory: ten days, and until the one behind it is closed, within a quarter of a year. So
    /// the report of a month can be put right, and taken over, while that of the next is filled in.
    fn archive_at(&self, period: &Period) -> Timestamp {
        let directory = self.directory;
        let form = directory.forms.get(&period.id().form);
        let next = form.and_then(|form| {
            let due = form.next_due((&directory.zone, &directory.calendar), period.opened.due)?;
            Some(due + form.missing_after)
        });
        let closed = self.moment().max(period.missing_at);
        let next = next.map(|next| next.min(period.missing_at + KEPT_MAX));
        next.into_iter().fold(closed + KEPT, Timestamp::max)
    }

    /// Whether an instant lies before the due instant that people were told, and which was brought forward when maintenance
    /// ended: not everybody need have heard of that.
    pub(super) fn was_told_later(period: &Period, at: Timestamp) -> bool {
        let last = period.moved.last();
        last.is_some_and(|moved| moved.why == MovedBecause::MaintenanceEnded && at <= moved.from)
    }

    /// Whether a late report may have been kept out until it was missing: nothing got in for a minute or more of the last
    /// half hour before, or for more than half of the time behind the due instant.
    fn kept_out(&self, period: &Period) -> bool {
        let late = Span { from: period.due, to: period.missing_at };
        let mut closed: Vec<Span> = self.state.outages_in(late).collect();
        closed.extend(self.state.door_closed_in(late, self.moment()));
        closed.extend(self.state.maintenance_in(late));
        let last_part = Span { from: late.from.max(late.to - LAST_PART), to: late.to };
        covered(last_part, &closed) >= NOTICED || covered(late, &closed) * 2 > late.to.since(late.from)
    }

    /// What the machine itself finds that speaks for those who did not report in time.
    pub(super) fn slot_excuses(&self, period: &Period, until: Timestamp) -> Vec<Excuse> {
        let span = period.hindered_in(until);
        let mut excuses = self.excuses(span);
        if period.opened.born_late {
            excuses.push(Excuse::of(ExcuseKind::BornLate, period.opened.opens, period.due));
        }
        let reminded = period.opened.reminders.before.first().copied();
        let from = reminded.map_or(span.from, |first| first.min(span.from)).max(period.opened.opens);
        excuses.extend(self.unarmed_in(Span { from: from.min(span.to), to: span.to }));
        excuses
    }

    /// What happened before anybody could know of the form, while nobody was reminded or no provider took it, or when
    /// whoever was to report had just come to it, is for people to look into.
    pub(super) fn certainty(excuses: &[Excuse]) -> Certainty {
        use ExcuseKind::{BornLate, Provider, StoodIn, Unarmed};
        let is_grave = |it: &Excuse| matches!(it.what, Unarmed | BornLate | Provider | StoodIn);
        if excuses.iter().any(is_grave) { Certainty::Candidate } else { Certainty::Proved }
    }

    /// The office excuses a unit from a report that has not come.
    pub(super) fn exempt(
        &mut self,
        slot: &SlotId,
        actor: &Actor,
        reason: &PayloadName,
    ) -> Result<(), Rejection> {
        self.known(&actor.by)?;
        if self.works_for(&slot.unit, &actor.by) {
            return Err(SlotRejection::OwnSlot.into());
        }
        let period = self.state.periods.get(&slot.period).filter(|period| period.has(&slot.unit));
        if period.is_some_and(|period| self.moment() > period.due)
            && !self.directory.has_role(&actor.by, &Role::Discipline)
        {
            return Err(SlotRejection::PastDue.into());
        }
        match period.ok_or(SlotRejection::NoSuchSlot)?.state(&slot.unit) {
            SlotState::Awaited => {}
            SlotState::OnTime | SlotState::Late | SlotState::Missing | SlotState::Exempt => {
                return Err(SlotRejection::Ended.into());
            }
        }
        self.record(Fact::SlotExempted { slot: slot.clone(), actor: actor.clone(), reason: reason.clone() });
        Ok(())
    }
}
