//! Reports: which slot one is for, whether it came in time, and what it corrects.

use std::sync::Arc;
use std::time::Duration;

use super::Draft;
use super::contradiction::Known;
use super::question::question_of;
use crate::domain::command::{Rejection, ReportFiling, SlotRejection};
use crate::domain::directory::Directory;
use crate::domain::fact::Fact;
use crate::domain::lapse::{Certainty, Failing, Lapse};
use crate::domain::names::{FormId, UnitId};
use crate::domain::slot::{
    Contradiction, Filed, Outcome, Period, PeriodDue, PeriodId, ReportFiled, SlotId, SlotState, Standing,
};
use crate::domain::state::State;
use crate::time::{Day, Timestamp};

/// The same report again within this time was sent twice.
const SENT_TWICE: Duration = Duration::from_mins(2);

impl Draft<'_> {
    /// Takes a report. What says the same as the slot's last report, and a repeated request, change nothing.
    pub(super) fn file_report(&mut self, filing: &ReportFiling) -> Result<(), Rejection> {
        if filing.seen.is_some() {
            return Ok(());
        }
        if !self.directory.forms.contains_key(&filing.form) {
            return Err(SlotRejection::FormUnknown.into());
        }
        if !self.directory.units.contains_key(&filing.unit) {
            return Err(Rejection::UnitUnknown);
        }
        self.known(&filing.actor.by)?;
        let received = filing.received.both();
        let twice = sent_before(&self.state, self.directory, filing, received).map(|it| it.id().clone());
        let id = match twice {
            Some(id) => id,
            None => self.slot_of(filing, received)?,
        };
        self.overtake(&id, received);
        let period = self.state.periods.get(&id).cloned().ok_or(SlotRejection::NoSuchSlot)?;
        if !period.has(&filing.unit) {
            return Err(SlotRejection::NotOwed.into());
        }
        let before = period.outcomes.get(&filing.unit).and_then(|outcome| outcome.filed.as_ref());
        let reason = filing.reason.as_ref().map(ToString::to_string);
        let same = before.is_some_and(|filed| filed.content == filing.content.as_str());
        // A form may ask for consent since: that it was given is told of the same rows.
        let agrees = filing.consent && before.is_some_and(|filed| !filed.consent);
        if same && !agrees && (reason.is_none() || before.is_some_and(|filed| filed.reason == reason)) {
            return Ok(());
        }
        let slot = id.slot(&filing.unit);
        let last = before.map_or(0, |filed| filed.revision);
        if filing.over.is_some_and(|over| over != last) {
            return Err(SlotRejection::FiledMeanwhile(last).into());
        }
        let revision = last + 1;
        let led = self.directory.units.get(&filing.unit).and_then(|unit| self.leading(unit));
        let filed = Filed {
            report: slot.report(revision),
            revision,
            received,
            actor: filing.actor.clone(),
            filed_as: self.directory.units.get(&filing.unit).map(|unit| self.post_of(unit, &filing.actor.by)),
            led_as: led.as_ref().map(|(_, post)| *post),
            leader: led.map(|(person, _)| person),
            content: filing.content.as_str().to_owned(),
            said_since: before.filter(|_| same).map(|it| it.said_since.unwrap_or(it.received)),
            reason,
            payload: filing.payload.clone(),
            zero: filing.zero,
            counted: filing.counted,
            consent: filing.consent || before.is_some_and(|filed| same && filed.consent),
            same_as_before: filing.same_as_before.or_else(|| before.filter(|_| same)?.same_as_before),
            fevers: filing.fevers,
            people: filing.people,
            totals: filing.totals.clone(),
            counted_shown: filing.counted.is_some(),
            settled: filing.counted.and_then(|it| self.settled((&period, &filing.unit), it)),
            // What only says more of the same figures corrects nothing.
            self_made: before.is_some() && !same && self.is_self_made(&slot, &filing.actor.by),
            begun: filing.begun.before(received),
        };
        match self.contradicted((&period, &filing.unit), &filed, filing.stands) {
            Ok(known) => self.take_report((&period, filing), &filed, known),
            Err(refused) => return self.question((&period, filing), &filed, refused),
        }
        Ok(())
    }

    /// A report is taken, with what is known against it and what stands against earlier ones; `period` as it was before.
    fn take_report(&mut self, (period, filing): (&Period, &ReportFiling), filed: &Filed, known: Known) {
        let (unit, slot) = (&filing.unit, period.id().slot(&filing.unit));
        let before = period.outcomes.get(unit).and_then(|outcome| outcome.filed.as_ref());
        let same = before.is_some_and(|before| before.content == filed.content);
        let (revision, received) = (filed.revision, filed.received);
        let asked_at = question_of((period, unit), received).map(|it| it.at);
        let (state, late_by_s) = self.ends(period, unit, asked_at.unwrap_or(received));
        let shown: Vec<Contradiction> = known.own.iter().flat_map(|it| it.against.clone()).collect();
        let mut own = known.own.into_iter();
        let report = ReportFiled {
            slot: slot.clone(),
            filed: filed.clone(),
            state,
            late_by_s,
            asked_at: asked_at.filter(|_| revision == 1),
            key: filing.key.clone(),
            contradicted: own.next(),
            standing: own.chain(known.standing).collect(),
        };
        self.record(Fact::ReportFiled { report: Box::new(report) });
        if revision == 1 {
            self.came_late(period, &slot, (state, received));
        }
        self.tell_others((period, unit), filed, &shown);
        self.doubt_unreported((period, unit), filed);
        if revision > 1 && !same {
            self.put_right((period, unit), filed);
            self.amended(period, &slot, filed);
        }
    }

    /// What a report has overtaken is decided before it.
    fn overtake(&mut self, id: &PeriodId, received: Timestamp) {
        if self.state.periods.get(id).is_some_and(|period| period.owing.is_none() && received > period.due) {
            self.fall_period(id, PeriodDue::Due);
        }
        let overdue = |period: &Arc<Period>| period.closed_at.is_none() && received > period.missing_at;
        if self.state.doubt.is_none() && self.state.periods.get(id).is_some_and(overdue) {
            // Its limit has passed, and the second after it in which what accuses waits has not.
            self.close_period(id);
        }
    }

    /// How a slot ends with a report that counts from an instant, and by how much that is late.
    fn ends(&self, period: &Period, unit: &UnitId, counts: Timestamp) -> (SlotState, u64) {
        let (standing, late) = period.standing(counts);
        match (period.outcomes.get(unit), period.state(unit)) {
            // A slot ends once.
            (Some(outcome), state) => (state, outcome.late_by_s),
            // While the clock is in doubt nothing is called late, and what is on record stays.
            (None, SlotState::Missing) if self.state.doubt.is_some() => (SlotState::Missing, late),
            (None, _) if self.state.doubt.is_some() => (SlotState::OnTime, 0),
            // Nobody owes it, so that nothing of it is late.
            (None, SlotState::Exempt) if standing != Standing::OnTime => (SlotState::Exempt, 0),
            // It may have come before the period was closed, and been read after.
            (None, _) => (standing.into(), late),
        }
    }

    /// The slot that a report means, opened where it is the next one.
    fn slot_of(&mut self, filing: &ReportFiling, received: Timestamp) -> Result<PeriodId, Rejection> {
        match slot_for(&self.state, self.directory, filing, received) {
            Some(Place::Known(period)) => Ok(period),
            Some(Place::Next) => self.open_early(&filing.form),
            Some(Place::Several) => Err(SlotRejection::NumberNeeded.into()),
            None => {
                let Some(day) = filing.day else { return self.open_early(&filing.form) };
                match self.next_place(&filing.form) {
                    Some((next, number)) if next == day && filing.number.is_none_or(|it| it == number) => {
                        self.open_early(&filing.form)
                    }
                    _ => Err(SlotRejection::NoSuchSlot.into()),
                }
            }
        }
    }

    /// What a report that came late, or after it was missing, leaves on the ledger.
    fn came_late(&mut self, period: &Period, slot: &SlotId, (state, received): (SlotState, Timestamp)) {
        let lapse = Lapse::id_of_slot(slot);
        let open = self.state.lapses.get(&lapse).is_some_and(|it| it.cured_at.is_none());
        match state {
            SlotState::Late if open => self.record(Fact::LapseTurned { lapse, at: received }),
            SlotState::OnTime if open => self.record(Fact::LapseWithdrawn { lapse }),
            SlotState::Late => {
                let mut excuses = self.slot_excuses(period, received);
                let own = self.excused(period, std::slice::from_ref(&slot.unit));
                excuses.extend(own.into_iter().flat_map(|it| it.excuses));
                let told_later = Self::was_told_later(period, received);
                let certainty = if told_later { Certainty::Candidate } else { Self::certainty(&excuses) };
                let what = (Failing::Delayed, certainty);
                let lapse = Lapse {
                    cured_at: Some(received),
                    span: Some(period.hindered_in(received)),
                    excuses,
                    evidence: self.slot_evidence(period, &slot.unit),
                    ..Lapse::of_slot((period, &slot.unit), what, self.now.wall)
                };
                self.record(Fact::LapseRecorded { lapse: Box::new(lapse) });
            }
            SlotState::Missing if open => self.record(Fact::LapseTurned { lapse, at: received }),
            SlotState::Missing | SlotState::Awaited | SlotState::OnTime | SlotState::Exempt => {}
        }
    }

    fn slot_evidence(&self, period: &Period, unit: &UnitId) -> Vec<u64> {
        let mut entries = period.entries.clone();
        entries.extend(period.questioned.get(unit).map(|known| known.1));
        entries.push(self.seq());
        entries.dedup();
        entries
    }
}

/// Which period a report means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// One that is open, or was.
    Known(PeriodId),
    /// The one that opens next.
    Next,
    /// A day has several, and none of them is awaited.
    Several,
}

/// The period of the form that a report names, or means without naming it: the oldest that is awaited, else the next.
pub(crate) fn slot_for(
    state: &State,
    directory: &Directory,
    filing: &ReportFiling,
    received: Timestamp,
) -> Option<Place> {
    let (form, unit) = (&filing.form, &filing.unit);
    let Some(day) = filing.day else {
        let is_meant = |period: &&Period| {
            let answers =
                !period.outcomes.contains_key(unit) && question_of((period, unit), received).is_some();
            answers || awaits(period, unit) && received <= period.missing_at
        };
        let awaited = of_form(state, form).find(is_meant).map(|period| Place::Known(period.id().clone()));
        return awaited.or_else(|| directory.forms.contains_key(form).then_some(Place::Next));
    };
    if let Some(number) = filing.number {
        let id = PeriodId { form: form.clone(), day, number };
        return state.periods.contains_key(&id).then_some(Place::Known(id));
    }
    let of_day: Vec<&Period> = of_form(state, form).filter(|period| period.id().day == day).collect();
    match of_day.as_slice() {
        [] => None,
        [only] => Some(Place::Known(only.id().clone())),
        several => {
            let awaited = several.iter().find(|period| awaits(period, unit) && received <= period.missing_at);
            Some(awaited.map_or(Place::Several, |period| Place::Known(period.id().clone())))
        }
    }
}

fn awaits(period: &Period, unit: &UnitId) -> bool {
    period.has(unit) && period.state(unit) == SlotState::Awaited
}

/// The periods of a form in memory, the oldest first.
pub(super) fn of_form<'a>(state: &'a State, form: &FormId) -> impl Iterator<Item = &'a Period> + use<'a> {
    let first = PeriodId { form: form.clone(), day: Day::FIRST, number: 0 };
    let form = form.clone();
    let of_form = state.periods.range(first..).take_while(move |(id, _)| id.form == form);
    of_form.map(|(_, period)| &**period)
}

/// The period of a report that was sent twice: it names no day, and says what its unit's last one said, before that was
/// due, or at once after it, where no other slot is overdue.
fn sent_before<'s>(
    state: &'s State,
    directory: &Directory,
    filing: &ReportFiling,
    received: Timestamp,
) -> Option<&'s Period> {
    if filing.day.is_some() {
        return None;
    }
    let reports = of_form(state, &filing.form).filter_map(|period| {
        let filed = period.outcomes.get(&filing.unit)?.filed.as_ref()?;
        Some((period, filed))
    });
    let (last, filed) = reports.last().filter(|(_, it)| it.content == filing.content.as_str())?;
    let at_once = received >= filed.received && received.since(filed.received) <= SENT_TWICE;
    let twice = match slot_for(state, directory, filing, received) {
        Some(Place::Next) => received <= last.due || at_once,
        Some(Place::Known(id)) => {
            at_once && state.periods.get(&id).is_some_and(|period| received <= period.due)
        }
        Some(Place::Several) | None => false,
    };
    twice.then_some(last)
}

/// The slot that a report is for, as the state has it, and what became of it.
#[must_use]
pub fn slot_now<'s>(
    state: &'s State,
    directory: &Directory,
    filing: &ReportFiling,
) -> Option<(&'s Period, &'s Outcome)> {
    let received = filing.received.both();
    let same = |outcome: &Outcome| {
        outcome.filed.as_ref().is_some_and(|filed| filed.content == filing.content.as_str())
    };
    // Where nothing was recorded the slot's last report says the same.
    let period = match sent_before(state, directory, filing, received) {
        Some(period) => period,
        None => {
            let Some(Place::Known(id)) = slot_for(state, directory, filing, received) else { return None };
            state.periods.get(&id)?
        }
    };
    let outcome = period.outcomes.get(&filing.unit).filter(|outcome| same(outcome))?;
    Some((period, outcome))
}
