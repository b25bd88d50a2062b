//! Periods follow the configuration: which is open next, which day has one after all, and which is owed by nobody.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;
use std::time::Duration;

use super::Draft;
use super::report::of_form;
use super::slot::ENOUGH;
use crate::domain::fact::Fact;
use crate::domain::form::Form;
use crate::domain::names::{FormId, UnitId};
use crate::domain::slot::{FormFollowed, FormRun, Period, PeriodId, PeriodOpened, WithdrawnBecause};
use crate::time::Timestamp;

impl Draft<'_> {
    /// Opens the first period of every form that is new, and puts the next of each on the schedule, as the
    /// configuration says now. Periods that are open keep what they opened with, where their day is worked still; one
    /// that somebody opened before its time goes by what the configuration says now.
    pub(super) fn follow_forms(&mut self) {
        let directory = self.directory;
        let known: Vec<FormId> = self.state.forms.keys().cloned().collect();
        for form in known {
            self.follow_open(&form);
        }
        for form in directory.forms.values() {
            let known = self.state.forms.get(&form.id).cloned();
            match known.filter(|run| run.last.is_some()) {
                Some(run) => self.follow_form(form, &run),
                None => self.open_first(form),
            }
        }
        let left: Vec<FormId> = self
            .state
            .forms
            .iter()
            .filter(|(id, run)| run.next.is_some() && !directory.forms.contains_key(*id))
            .map(|(id, _)| id.clone())
            .collect();
        for form in left {
            self.record(Fact::FormFollowed(FormFollowed { form, next: None, from: None }));
        }
    }

    /// Periods of a form that are not due yet.
    fn follow_open(&mut self, id: &FormId) {
        let now = self.moment();
        let ahead = of_form(&self.state, id).filter(|it| it.owing.is_none() && it.due > now);
        let ahead: Vec<Period> = ahead.cloned().collect();
        for period in ahead {
            match (self.as_configured(&period), period.withdrawn) {
                (Ok(opened), None) if is_same(&opened, &period.opened) => {}
                (Ok(opened), _) => {
                    let form = self.directory.forms.get(id);
                    let is_late = form.is_some_and(|form| is_late(form, now, opened.due));
                    // What was owed by nobody is owed again, and nobody hears of it any more.
                    let is_unsaid =
                        period.withdrawn.is_some() && !opened.reminders.before.iter().any(|at| *at > now);
                    let born_late = opened.born_late || is_late || is_unsaid;
                    let opened = Box::new(PeriodOpened { born_late, ..opened });
                    self.record(Fact::PeriodReopened { period: opened });
                }
                (Err(why), None) => {
                    self.record(Fact::PeriodWithdrawn { period: period.id().clone(), why });
                }
                (Err(_), Some(_)) => {}
            }
        }
    }

    /// What a period that is not due is by the configuration: one that is open stays as it opened, as long as its day is
    /// worked. Where nobody knows of it yet but who reported early, or nobody owes it, it is as it would open.
    fn as_configured(&self, period: &Period) -> Result<PeriodOpened, WithdrawnBecause> {
        let (id, calendar, now) = (period.id(), &self.directory.calendar, self.moment());
        let is_early = period.opened.opens > now;
        let Some(form) = self.directory.forms.get(&id.form) else {
            // What everybody owes is excused when it is closed.
            let is_owed = !is_early && period.withdrawn.is_none();
            return if is_owed { Ok(period.opened.clone()) } else { Err(WithdrawnBecause::Form) };
        };
        if !form.is_due_on(calendar, id.day) {
            return Err(WithdrawnBecause::Calendar);
        }
        if !is_early && (period.withdrawn.is_none() || !period.moved.is_empty()) {
            return Ok(period.opened.clone());
        }
        let due = form.due_on((&self.directory.zone, calendar), id.place()).filter(|due| *due > now);
        let due = due.ok_or(WithdrawnBecause::Schedule)?;
        let opens = if is_early {
            let before = self.owed_before(id, None).unwrap_or(period.opened.opens);
            let opens = form.opens_before.map_or(before, |before| due - before);
            if opens < due { opens.max(now) } else { now }
        } else {
            period.opened.opens
        };
        let owes = |unit: &UnitId| form.is_owed_by(unit) && self.directory.units.contains_key(unit);
        let filed = period.outcomes.keys().filter(|unit| !owes(unit)).cloned();
        let mut units: Vec<UnitId> = self.units_of(form).chain(filed).collect();
        units.sort();
        let born_late = period.opened.born_late;
        Ok(PeriodOpened { units: Arc::new(units), ..self.opening(form, (id, opens, due), born_late) })
    }

    /// When the last period before a place was due that anybody owes or owed, as it opened; `opening` is on its way.
    fn owed_before(&self, id: &PeriodId, opening: Option<(&PeriodId, Timestamp)>) -> Option<Timestamp> {
        let owed = of_form(&self.state, &id.form).filter(|it| it.withdrawn.is_none());
        let owed = owed.map(|it| (it.id(), it.opened.due)).chain(opening);
        owed.filter(|(other, _)| other.place() < id.place()).map(|(_, due)| due).max()
    }

    /// A form that was there before goes on behind its last slot. Where it comes back, or is due at other times now, no
    /// slot begins in the past: nobody owes what they could not know of.
    fn follow_form(&mut self, form: &Form, run: &FormRun) {
        let next = self.next_period(form, run, None);
        if next.map(|(_, opens)| opens) == run.next {
            return;
        }
        let now = self.moment();
        let from = next.filter(|(due, _)| *due <= now).map(|_past| now);
        let run = FormRun { from: from.or(run.from), ..run.clone() };
        let next = self.next_period(form, &run, None);
        let late = next.filter(|(_, opens)| *opens <= now);
        if late.is_none() || from.is_some() {
            let next = next.filter(|_| late.is_none()).map(|(_, opens)| opens);
            self.record(Fact::FormFollowed(FormFollowed { form: form.id.clone(), next, from }));
        }
        if let Some((due, _)) = late {
            self.open_late(form, due);
        }
    }

    fn open_first(&mut self, form: &Form) {
        let now = self.moment();
        let directory = self.directory;
        let Some(due) = form.next_due((&directory.zone, &directory.calendar), now) else { return };
        let opens = form.opens_before.map_or(now, |before| due - before);
        if opens > now {
            let scheduled = self.state.forms.get(&form.id).and_then(|run| run.next);
            if scheduled != Some(opens) {
                self.record(Fact::FormFollowed(FormFollowed {
                    form: form.id.clone(),
                    next: Some(opens),
                    from: None,
                }));
            }
            return;
        }
        self.open_late(form, due);
    }

    /// Opens a period from now on; with hardly any time left it says so.
    fn open_late(&mut self, form: &Form, due: Timestamp) {
        let now = self.moment();
        self.open_period(form, (due, now), is_late(form, now, due));
    }

    /// When the next period is due, and when it opens: on a day that has none before the last one, else behind that; behind
    /// none, the next from now. `opening` is one that is on its way.
    pub(super) fn next_period(
        &self,
        form: &Form,
        run: &FormRun,
        opening: Option<(&PeriodId, Timestamp)>,
    ) -> Option<(Timestamp, Timestamp)> {
        let directory = self.directory;
        let next = |after| form.next_due((&directory.zone, &directory.calendar), after);
        let Some((last, last_due)) = &run.last else {
            let due = next(self.moment())?;
            return Some((due, form.opens_before.map_or_else(|| self.moment(), |before| due - before)));
        };
        let left_out = self.left_out(form, (run, last), opening);
        let (due, since) = match left_out {
            Some((id, due)) => (due, self.owed_before(&id, opening).unwrap_or_else(|| self.moment())),
            None => {
                let mut due = next(run.from.map_or(*last_due, |from| from.max(*last_due)))?;
                // Where the deadline was put back under way the day has had this slot already.
                let mut place = self.place(form, due);
                while place <= last.place() {
                    due = next(due)?;
                    place = self.place(form, due);
                }
                let (day, number) = place;
                let id = PeriodId { form: form.id.clone(), day, number };
                (due, self.owed_before(&id, opening).unwrap_or(*last_due))
            }
        };
        let since = run.from.map_or(since, |from| from.max(since));
        Some((due, form.opens_before.map_or(since, |before| due - before)))
    }

    /// The first place before the last one that has no period and is due behind the one before it: a day is worked after
    /// all, or the form is due more often than it was when somebody reported early.
    fn left_out(
        &self,
        form: &Form,
        (run, last): (&FormRun, &PeriodId),
        opening: Option<(&PeriodId, Timestamp)>,
    ) -> Option<(PeriodId, Timestamp)> {
        let zone = &self.directory.zone;
        let known = of_form(&self.state, &form.id).map(|it| (it.id(), it.opened.due)).chain(opening);
        let known: BTreeMap<&PeriodId, Timestamp> = known.collect();
        let first = known.values().min().map_or_else(|| self.moment(), |due| self.moment().min(*due));
        let after = run.from.map_or(first, |from| from.max(first));
        let mut day = zone.day(after);
        let mut at = zone.start_of(day)? - Duration::from_millis(1);
        let mut number = 0;
        loop {
            at = form.next_due((zone, &self.directory.calendar), at)?;
            number = if zone.day(at) == day { number + 1 } else { 1 };
            day = zone.day(at);
            let id = PeriodId { form: form.id.clone(), day, number };
            if id >= *last {
                return None;
            }
            let before = known.range::<PeriodId, _>((Bound::Unbounded, Bound::Excluded(&id))).next_back();
            let is_behind = before.is_none_or(|(_, due)| *due < at);
            if at > after && is_behind && !known.contains_key(&id) {
                return Some((id, at));
            }
        }
    }
}

/// Whether two openings are the same, but for when the next opens.
fn is_same(one: &PeriodOpened, other: &PeriodOpened) -> bool {
    let next = other.next;
    PeriodOpened { next, ..one.clone() } == *other
}

fn is_late(form: &Form, now: Timestamp, due: Timestamp) -> bool {
    let notice = form.remind_before.iter().copied().max().unwrap_or_default().max(ENOUGH);
    now + notice > due
}
