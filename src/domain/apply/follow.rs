//! How periods follow the configuration: they open, go by other rules while they are not due, and are owed by nobody.

use std::sync::Arc;

use super::Place;
use super::slot::SECOND;
use crate::domain::names::FormId;
use crate::domain::schedule::Due;
use crate::domain::slot::{
    ASIDE_MAX, FormRun, Period, PeriodDue, PeriodId, PeriodOpened, Withdrawn, WithdrawnBecause,
};
use crate::domain::state::State;
use crate::time::Timestamp;

impl State {
    pub(super) fn follow_form(&mut self, form: &FormId, next: Option<Timestamp>, from: Option<Timestamp>) {
        let mut run = self.forms.get(form).map(|run| (**run).clone()).unwrap_or_default();
        if let Some(at) = run.next {
            self.due_remove(at, Due::Form(form.clone()));
        }
        if let Some(at) = next {
            self.due_insert(at, Due::Form(form.clone()));
        }
        run.next = next;
        run.from = from.or(run.from);
        self.forms.insert_mut(form.clone(), Arc::new(run));
    }

    pub(super) fn open_period(&mut self, place: Place, opened: &PeriodOpened) {
        let (id, form) = (&opened.period, &opened.period.form);
        let period = Period {
            due: opened.due,
            on_time_until: opened.on_time_until,
            missing_at: opened.missing_at,
            opened: opened.clone(),
            moved: Vec::new(),
            withdrawn: None,
            owing: None,
            outcomes: rpds::RedBlackTreeMapSync::new_sync(),
            closed_at: None,
            dues: Vec::new(),
            entries: vec![place.seq],
            notifications: Vec::new(),
            reminded: 0,
            asked: rpds::RedBlackTreeMapSync::new_sync(),
            leaders: rpds::RedBlackTreeMapSync::new_sync(),
            contradicted: rpds::RedBlackTreeMapSync::new_sync(),
            questioned: rpds::RedBlackTreeMapSync::new_sync(),
        };
        self.periods.insert_mut(id.clone(), Arc::new(period));
        self.schedule_period(id, PeriodDue::Due, Some(opened.due));
        self.schedule_period(id, PeriodDue::Close, Some(opened.missing_at + SECOND));
        let reminders = &opened.reminders;
        self.schedule_period(id, PeriodDue::Remind, reminders.before.first().map(|at| *at - ASIDE_MAX));
        self.schedule_period(id, PeriodDue::Leader, reminders.leader);
        self.schedule_period(id, PeriodDue::Office, reminders.office);
        self.follow_form(form, opened.next, None);
        self.with_run(form, |run| {
            // A day that is worked after all may lie before the last one.
            if run.last.as_ref().is_none_or(|(last, _)| last.place() < id.place()) {
                run.last = Some((id.clone(), opened.due));
            }
        });
    }

    /// A period goes by other rules, or is owed again. Its due instant stays where a closed door moved it.
    pub(super) fn reopen_period(&mut self, place: Place, opened: &PeriodOpened) {
        let id = &opened.period;
        let before = &opened.reminders.before;
        // Of what lies behind nobody is reminded.
        let past = u32::try_from(before.iter().filter(|at| **at <= place.at).count()).unwrap_or(u32::MAX);
        self.with_period(id, |period| {
            period.entries.push(place.seq);
            period.withdrawn = None;
            if period.moved.is_empty() {
                period.due = opened.due;
                period.on_time_until = opened.on_time_until;
                period.missing_at = opened.missing_at;
            }
            period.opened = opened.clone();
            period.reminded = period.reminded.max(past);
        });
        let Some(known) = self.periods.get(id).cloned() else { return };
        let later = known.due.since(opened.due);
        let next = usize::try_from(known.reminded).ok().and_then(|next| before.get(next));
        self.schedule_period(id, PeriodDue::Due, Some(known.due));
        self.schedule_period(id, PeriodDue::Close, Some(known.missing_at + SECOND));
        self.schedule_period(id, PeriodDue::Remind, next.map(|at| *at - ASIDE_MAX));
        self.schedule_period(id, PeriodDue::Leader, opened.reminders.leader.map(|at| at + later));
        self.schedule_period(id, PeriodDue::Office, opened.reminders.office.map(|at| at + later));
        self.with_run(&id.form, |run| {
            if let Some((_, due)) = run.last.as_mut().filter(|(last, _)| last == id) {
                *due = opened.due;
            }
        });
    }

    /// Nobody owes a period any more, and nobody is reminded of it.
    pub(super) fn withdraw_period(&mut self, place: Place, id: &PeriodId, why: WithdrawnBecause) {
        self.with_period(id, |period| {
            period.entries.push(place.seq);
            period.withdrawn = Some(Withdrawn { why, at: place.at });
        });
        for what in [PeriodDue::Remind, PeriodDue::Leader, PeriodDue::Office] {
            self.schedule_period(id, what, None);
        }
    }

    pub(super) fn with_run(&mut self, form: &FormId, change: impl FnOnce(&mut FormRun)) {
        let mut run = self.forms.get(form).map(|run| (**run).clone()).unwrap_or_default();
        change(&mut run);
        self.forms.insert_mut(form.clone(), Arc::new(run));
    }
}
