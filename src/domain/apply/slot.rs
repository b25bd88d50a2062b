//! Periods, slots and reports.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Place;
use crate::domain::fact::Fact;
use crate::domain::lapse::{Certainty, Excuse, ExcuseKind, Failing, Lapse};
use crate::domain::names::UnitId;
use crate::domain::round::{Round, Stopped};
use crate::domain::schedule::Due;
use crate::domain::slot::{
    ASIDE_MAX, Begun, Contradicted, Exempt, Moved, Outcome, Period, PeriodClosed, PeriodDue, PeriodId,
    PeriodReminded, Reminder, ReportFiled, SlotId, SlotState, UnitsExcused,
};
use crate::domain::state::State;
use crate::time::Timestamp;

/// What accuses is decided a second after it is due, so that what arrived in time is there.
pub(super) const SECOND: std::time::Duration = std::time::Duration::from_secs(1);

impl State {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the caller names every fact and sorts them by family"
    )]
    pub(super) fn apply_slot(&mut self, place: Place, fact: &Fact) {
        match fact {
            Fact::FormFollowed(it) => self.follow_form(&it.form, it.next, it.from),
            Fact::PeriodOpened { period } => self.open_period(place, period),
            Fact::PeriodReopened { period } => self.reopen_period(place, period),
            Fact::PeriodWithdrawn { period, why } => self.withdraw_period(place, period, *why),
            Fact::DueMoved { period, moved } => self.move_due(place, period, *moved),
            Fact::PeriodFellDue { period, owing } => {
                self.schedule_period(period, PeriodDue::Due, None);
                self.with_period(period, |period| {
                    period.entries.push(place.seq);
                    period.owing = Some(Arc::clone(owing));
                });
            }
            Fact::PeriodReminded { reminded } => self.remind_of(place, reminded),
            Fact::RoundPaused(paused) => self.pause_round(&paused.round, paused.after.as_deref(), place.at),
            Fact::PeriodClosed { closed } => {
                self.close_period(place, closed);
                for what in [PeriodDue::Remind, PeriodDue::Leader, PeriodDue::Office] {
                    self.schedule_period(&closed.period, what, None);
                }
                self.schedule_period(&closed.period, PeriodDue::Close, None);
                self.schedule_period(&closed.period, PeriodDue::Archive, Some(closed.archive_at));
            }
            Fact::PeriodArchived { period } => self.forget_period(period),
            Fact::ReportFiled { report } => self.take_report(place, report),
            Fact::SlotExempted { slot, actor, reason } => {
                let exempt = Exempt { actor: actor.clone(), at: place.at, reason: reason.clone() };
                self.with_period(&slot.period, |period| excuse(period, &slot.unit, Some(Box::new(exempt))));
            }
            Fact::ReportContradicted { slot, contradicted } => self.contradict(slot, contradicted),
            Fact::ReportQuestioned { slot, questioned } => self.with_period(&slot.period, |period| {
                let known = ((**questioned).clone(), place.seq);
                period.questioned.insert_mut(slot.unit.clone(), Arc::new(known));
            }),
            Fact::ContradictionEnded { slot, .. } => self.end_contradiction(slot),
            Fact::LapseTurned { lapse, at } => {
                if let Some(lapse) = self.lapses.get_mut(lapse) {
                    let lapse = Arc::make_mut(lapse);
                    lapse.failing = Failing::Delayed;
                    lapse.cured_at = Some(*at);
                    lapse.omitted_until = Some(*at);
                    lapse.evidence.push(place.seq);
                }
            }
            _ => {}
        }
    }

    fn take_report(&mut self, place: Place, report: &ReportFiled) {
        let ReportFiled { slot, filed, state, late_by_s, asked_at, contradicted, standing, .. } = report;
        self.with_period(&slot.period, |period| {
            let known = period.outcomes.get(&slot.unit);
            let first = known.and_then(|outcome| outcome.first).or(*asked_at).or(Some(filed.received));
            let of_first = known.filter(|outcome| outcome.first.is_some());
            let begun = of_first.map_or(filed.begun, |outcome| outcome.begun);
            let reasons = match state {
                // Who reported in time has nothing to explain.
                SlotState::OnTime => Vec::new(),
                SlotState::Awaited | SlotState::Late | SlotState::Missing | SlotState::Exempt => {
                    Outcome::with_reason(known.map(|outcome| &**outcome), (filed, place.seq))
                }
            };
            let outcome = Outcome {
                state: *state,
                late_by_s: *late_by_s,
                first,
                begun,
                filed: Some(filed.clone()),
                entry: Some(place.seq),
                reasons,
                exempt: known.as_ref().and_then(|outcome| outcome.exempt.clone()),
            };
            period.outcomes.insert_mut(slot.unit.clone(), Arc::new(outcome));
        });
        // What is known against a report is not known against the one that corrects it, unless that says so.
        self.keep_contradictions(slot, standing.clone());
        if let Some(contradicted) = contradicted {
            self.contradict(slot, contradicted);
        }
    }

    /// A period leaves memory, with all that is known of it.
    fn forget_period(&mut self, id: &PeriodId) {
        let Some(known) = self.periods.get(id).cloned() else { return };
        for (what, at) in &known.dues {
            self.due_remove(*at, Due::Period(id.clone(), *what));
        }
        for unit in known.contradicted.keys() {
            self.keep_contradictions(&id.slot(unit), Vec::new());
        }
        for notification in &known.notifications {
            self.forget_track(notification);
        }
        self.periods.remove_mut(id);
        // Periods do not leave in order: what lies before one that has left is not looked for any more.
        self.with_run(&id.form, |run| run.from = run.from.max(Some(known.opened.due)));
    }

    fn move_due(&mut self, place: Place, period: &PeriodId, moved: Moved) {
        let by = moved.to.distance(moved.from);
        let shift = |at: Timestamp| if moved.to < moved.from { at - by } else { at + by };
        self.with_period(period, |period| {
            period.entries.push(place.seq);
            period.due = moved.to;
            period.on_time_until = shift(period.on_time_until);
            period.missing_at = shift(period.missing_at);
            period.moved.push(moved);
        });
        let Some(known) = self.periods.get(period).cloned() else { return };
        self.schedule_period(period, PeriodDue::Due, Some(moved.to));
        self.schedule_period(period, PeriodDue::Close, Some(known.missing_at + SECOND));
        for what in [PeriodDue::Leader, PeriodDue::Office] {
            if let Some(at) = known.due_at(what) {
                self.schedule_period(period, what, Some(shift(at)));
            }
        }
    }

    fn remind_of(&mut self, place: Place, reminded: &PeriodReminded) {
        let id = &reminded.period;
        self.with_period(id, |period| {
            period.entries.push(place.seq);
            let book = match reminded.reminder {
                Reminder::Before(number) => {
                    // The rest of an earlier one may come behind a later one.
                    period.reminded = period.reminded.max(number.saturating_add(1));
                    &mut period.asked
                }
                Reminder::Moved(_) => &mut period.asked,
                Reminder::Leader => &mut period.leaders,
                Reminder::Office => return,
            };
            for asked in &reminded.asked {
                book.insert_mut(asked.person.clone(), Arc::clone(&asked.units));
            }
        });
        match reminded.reminder {
            Reminder::Before(_) => {
                let next = |it: &Period| usize::try_from(it.reminded).unwrap_or(usize::MAX);
                let known =
                    self.periods.get(id).and_then(|it| it.opened.reminders.before.get(next(it)).copied());
                self.schedule_period(id, PeriodDue::Remind, known.map(|at| at - ASIDE_MAX));
            }
            Reminder::Moved(_) => self.schedule_period(id, PeriodDue::Remind, None),
            Reminder::Leader => self.schedule_period(id, PeriodDue::Leader, None),
            Reminder::Office => self.schedule_period(id, PeriodDue::Office, None),
        }
    }

    /// A round stops behind somebody, or is over.
    fn pause_round(&mut self, round: &Round, after: Option<&str>, at: Timestamp) {
        let done = self.end_round(round);
        if let Some(after) = after {
            let parts = done.saturating_add(1);
            self.due_insert(at, Due::Round(round.clone(), parts));
            self.rounds.insert_mut(round.clone(), Stopped { after: after.to_owned(), at, parts });
        }
    }

    /// A round is over, after so many parts that were followed by another.
    pub(super) fn end_round(&mut self, round: &Round) -> u32 {
        let Some(Stopped { at, parts, .. }) = self.rounds.get(round).cloned() else { return 0 };
        self.due_remove(at, Due::Round(round.clone(), parts));
        self.rounds.remove_mut(round);
        parts
    }

    fn close_period(&mut self, place: Place, closed: &PeriodClosed) {
        let PeriodClosed { period: id, missing, gone, excuses, excused, certainty, .. } = closed;
        let Some(period) = self.periods.get_mut(id) else { return };
        let period = Arc::make_mut(period);
        period.closed_at = Some(place.at);
        period.entries.push(place.seq);
        for unit in gone {
            excuse(period, unit, None);
        }
        let own: BTreeMap<&UnitId, &UnitsExcused> =
            excused.iter().flat_map(|it| it.units.iter().map(move |unit| (unit, it))).collect();
        let accused: Vec<Lapse> = missing
            .iter()
            .map(|unit| match own.get(unit) {
                None => omitted(period, unit, (place.at, excuses.clone(), *certainty)),
                Some(own) => {
                    let excuses = [&excuses[..], &own.excuses].concat();
                    omitted(period, unit, (place.at, excuses, own.certainty.max(*certainty)))
                }
            })
            .collect();
        let cites = accused.iter().flat_map(|lapse| &lapse.excuses).any(|it| it.what == ExcuseKind::Provider);
        let period = self.periods.get(id).filter(|_| cites).cloned();
        let failed = period.map(|period| self.failed_of(&period)).unwrap_or_default();
        for lapse in accused {
            self.accuse(lapse, &failed);
        }
    }

    pub(super) fn with_period(&mut self, id: &PeriodId, change: impl FnOnce(&mut Period)) {
        if let Some(period) = self.periods.get_mut(id) {
            change(Arc::make_mut(period));
        }
    }

    /// A report is contradicted: its filer has some time to correct it; of what was found before, another time than then.
    fn contradict(&mut self, slot: &SlotId, contradicted: &Contradicted) {
        let mut kept = self.contradictions(slot).to_vec();
        kept.retain(|it| !it.is_same(contradicted));
        kept.push(contradicted.clone());
        self.keep_contradictions(slot, kept);
    }

    /// What could be corrected until the earliest instant is on the ledger, or does not hold.
    pub(super) fn end_contradiction(&mut self, slot: &SlotId) {
        let known = self.contradictions(slot);
        let Some(earliest) = known.iter().map(|it| it.correct_by).min() else { return };
        let kept = known.iter().filter(|it| it.correct_by > earliest).cloned().collect();
        self.keep_contradictions(slot, kept);
    }

    fn contradictions(&self, slot: &SlotId) -> &[Contradicted] {
        self.periods.get(&slot.period).map_or(&[], |period| period.contradictions(&slot.unit))
    }

    fn keep_contradictions(&mut self, slot: &SlotId, kept: Vec<Contradicted>) {
        let limits = |all: &[Contradicted]| all.iter().map(|it| it.correct_by + SECOND).collect::<Vec<_>>();
        for at in limits(self.contradictions(slot)) {
            self.due_remove(at, Due::Contradicted(slot.clone()));
        }
        for at in limits(&kept) {
            self.due_insert(at, Due::Contradicted(slot.clone()));
        }
        self.with_period(&slot.period, |period| {
            if kept.is_empty() {
                period.contradicted.remove_mut(&slot.unit);
            } else {
                period.contradicted.insert_mut(slot.unit.clone(), Arc::new(kept));
            }
        });
    }

    /// Puts something of a period on the schedule in place of what stood there, or takes it off.
    pub(super) fn schedule_period(&mut self, id: &PeriodId, what: PeriodDue, at: Option<Timestamp>) {
        let Some(period) = self.periods.get_mut(id) else { return };
        let period = Arc::make_mut(period);
        let before = period.due_at(what);
        period.dues.retain(|(due, _)| *due != what);
        period.dues.extend(at.map(|at| (what, at)));
        if let Some(before) = before {
            self.due_remove(before, Due::Period(id.clone(), what));
        }
        if let Some(at) = at {
            self.due_insert(at, Due::Period(id.clone(), what));
        }
    }
}

fn excuse(period: &mut Period, unit: &UnitId, exempt: Option<Box<Exempt>>) {
    let state = SlotState::Exempt;
    let outcome = Outcome {
        state,
        late_by_s: 0,
        first: None,
        begun: Begun::default(),
        filed: None,
        entry: None,
        reasons: Vec::new(),
        exempt,
    };
    period.outcomes.insert_mut(unit.clone(), Arc::new(outcome));
}

/// A report that was not there when its period was closed.
fn omitted(
    period: &Period,
    unit: &UnitId,
    (found_at, excuses, certainty): (Timestamp, Vec<Excuse>, Certainty),
) -> Lapse {
    // What was sent in time and refused for what is known against it is not nothing: people look into it.
    let questioned = period.questioned.get(unit);
    let certainty = if questioned.is_some() { Certainty::Candidate } else { certainty };
    Lapse {
        span: Some(period.hindered_in(period.missing_at)),
        excuses,
        evidence: period.entries.iter().copied().chain(questioned.map(|known| known.1)).collect(),
        ..Lapse::of_slot((period, unit), (Failing::Omitted, certainty), found_at)
    }
}
