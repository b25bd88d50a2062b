//! What is known against a report: cases of its unit, other forms of the day, other rounds, what was said before, and
//! how many people there are.

use std::collections::BTreeSet;
use std::slice::from_ref;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Number;

use super::Draft;
use crate::domain::fact::{Fact, Span};
use crate::domain::names::{CaseId, PersonId, UnitId};
use crate::domain::slot::{
    Above, Below, Contradicted, Contradiction, Counted, CountedBy, Filed, Period, PeriodId, SlotId,
};

/// The nearest round is looked for among so many periods to either side.
pub(super) const ROUNDS_MAX: usize = 50;
/// Of the cases that a report leaves out, so many are named.
const NAMED_MAX: usize = 50;
/// Of this time every case is in memory.
const REMEMBERED: Duration = Duration::from_hours(24);

impl Draft<'_> {
    /// What is known against a report, of all that can be known.
    pub(super) fn against(&self, (period, unit): (&Period, &UnitId), filed: &Filed) -> Vec<Contradiction> {
        let of = (period, unit);
        let all = [
            self.fevers(of, filed),
            self.absences(of, filed),
            self.people(of, filed),
            self.too_close(of, filed),
            self.below_before(of, filed),
            self.above_after(of, filed),
            self.counted(filed),
        ];
        all.into_iter().flatten().collect()
    }

    pub(super) fn fevers(&self, (period, unit): (&Period, &UnitId), filed: &Filed) -> Option<Contradiction> {
        let said = filed.fevers?;
        let most = usize::try_from(said).unwrap_or(usize::MAX).saturating_add(NAMED_MAX);
        let cases = self.state.fevers_of(unit, (period, filed.received), (Some(&filed.actor.by), most));
        let more = u32::try_from(cases.len()).is_ok_and(|count| count > said);
        more.then_some(Contradiction::Fevers { said, cases })
    }

    /// What is left of a contradiction of the report of a slot.
    pub(in crate::domain::decide) fn still(
        &self,
        slot: &SlotId,
        against: &Contradiction,
    ) -> Option<Contradiction> {
        self.state.still(self.directory, slot, against)
    }

    /// Whether a report leaves out what was known against an earlier one of its slot, whoever files it, as far as whoever
    /// filed that may know.
    ///
    /// Of a case of their own, or an absence, nobody is told by what they report; it is left out all the same.
    pub(super) fn leaves_out(
        &self,
        (period, unit): (&Period, &UnitId),
        filed: &Filed,
        (against, accused): (&Contradiction, Option<&PersonId>),
    ) -> bool {
        let Some(said) = filed.fevers else { return false };
        let until = period.counts_until(filed);
        // What is left of it, whatever the earlier report said.
        let left = |named: Contradiction| {
            let stands = |id: &CaseId| self.state.case(id).is_some_and(|case| case.was_fever_at(until));
            self.state.fevers_left(&named, stands)
        };
        let said = usize::try_from(said).unwrap_or(usize::MAX);
        let of_unit = || {
            let known = (accused, said.saturating_add(1));
            self.state.fevers_of(unit, (period, filed.received), known)
        };
        match against {
            Contradiction::Fevers { cases, .. } => {
                let named = Contradiction::Fevers { said: 0, cases: cases.clone() };
                let Some(Contradiction::Fevers { cases, .. }) = left(named) else { return false };
                let all: BTreeSet<CaseId> = cases.into_iter().chain(of_unit()).collect();
                all.len() > said
            }
            Contradiction::Absences { absences, cases, .. } => {
                let (absences, cases) = (absences.clone(), cases.clone());
                let named = Contradiction::Absences { said: 0, absences, cases };
                let Some(Contradiction::Absences { absences, .. }) = left(named) else { return false };
                self.state.without_case(&absences) + of_unit().len() > said
            }
            Contradiction::Unreported { .. }
            | Contradiction::People { .. }
            | Contradiction::TooClose { .. }
            | Contradiction::BelowBefore { .. }
            | Contradiction::AboveAfter { .. }
            | Contradiction::Counted { .. } => false,
        }
    }

    /// People of the unit's posts who were away for a fever when it was reported, beside its cases.
    ///
    /// Nobody is away for a time that was past when it was entered: what is entered later is known against nothing.
    fn absences(&self, (period, unit): (&Period, &UnitId), filed: &Filed) -> Option<Contradiction> {
        let said = filed.fevers?;
        let posts = self.directory.units.get(unit)?;
        let span = Span { from: period.opened.opens, to: filed.received.min(period.due) };
        let absences = self.state.away_for_fever(posts, span, &filed.actor.by);
        if absences.is_empty() {
            return None;
        }
        let said_at_most = usize::try_from(said).unwrap_or(usize::MAX);
        let most = said_at_most.saturating_add(NAMED_MAX);
        let cases = self.state.fevers_of(unit, (period, filed.received), (Some(&filed.actor.by), most));
        let more = absences.len() + cases.len() > said_at_most;
        more.then_some(Contradiction::Absences { said, absences, cases })
    }

    /// More people with a fever than anybody reported. It is no reason to refuse a report: whoever filed it is asked to
    /// report the others.
    fn unreported(&self, (period, unit): (&Period, &UnitId), filed: &Filed) -> Option<Contradiction> {
        let against = Contradiction::Unreported { said: filed.fevers?, known: 0 };
        self.still(&period.id().slot(unit), &against)
    }

    /// The same of a report that was taken: what is found goes on from when it was found against the one before it,
    /// where that stood in `period`.
    pub(in crate::domain::decide) fn doubt_unreported(
        &mut self,
        (period, unit): (&Period, &UnitId),
        filed: &Filed,
    ) {
        let Some(against) = self.unreported((period, unit), filed) else { return };
        let theirs = |known: &&Contradicted| known.by == filed.actor.by && known.has(against.word());
        let known = period.contradictions(unit).iter().find(theirs).cloned();
        let slot = period.id().slot(unit);
        match known {
            // Who files again has no more time for it, and knows.
            Some(known) => {
                let (report, payload) = (filed.report.clone(), filed.payload.clone());
                let contradicted = Contradicted { report, payload, against: vec![against], ..known };
                self.record(Fact::ReportContradicted { slot, contradicted: Box::new(contradicted) });
            }
            // A case that was closed leaves memory a day later: of what lies further back nobody can tell.
            None if filed.received.since(period.opened.opens) > REMEMBERED => {}
            None => {
                if let Some((person, correct_by)) = self.find((period, unit), filed, against) {
                    self.tell_filer((period.id(), from_ref(unit)), person, correct_by);
                }
            }
        }
    }

    /// Another form of the unit and day by which it has another number of people: of several slots of it, the one that
    /// is due nearest to this one, the earlier of two.
    fn people(&self, (period, unit): (&Period, &UnitId), filed: &Filed) -> Option<Contradiction> {
        let said = filed.people?;
        let mut others = self.directory.forms.values().filter(|form| !form.total.is_empty());
        others.find_map(|form| {
            let first = PeriodId { form: form.id.clone(), day: period.id().day, number: 0 };
            let reported = self.of_day(&first, period.id()).filter_map(|(id, of_day)| {
                let other = id.slot(unit);
                let known = self.state.people_of(&other)?;
                Some((of_day.due.distance(period.due), other, known))
            });
            let (_, other, known) = reported.min_by_key(|(apart, ..)| *apart)?;
            let against = Contradiction::People { said, known, other };
            self.still(&period.id().slot(unit), &against)
        })
    }

    /// The slots of a form on a day from its first one, of another form than that of a period.
    pub(super) fn of_day<'s>(
        &'s self,
        first: &PeriodId,
        period: &'s PeriodId,
    ) -> impl Iterator<Item = (&'s PeriodId, &'s Arc<Period>)> + use<'s> {
        let (form, day) = (first.form.clone(), first.day);
        let of_day = self.state.periods.range(first.clone()..);
        of_day
            .take_while(move |(id, _)| id.form == form && id.day == day)
            .filter(|(id, _)| id.form != period.form)
    }

    /// The nearest round before or behind that was reported so shortly before this one that they are not two: each goes
    /// by when it was first reported. Who reports it again at a time of its own has put it right. Where nothing got in when
    /// a round was due, and it became due later, it comes when it can.
    fn too_close(&self, (period, unit): (&Period, &UnitId), filed: &Filed) -> Option<Contradiction> {
        let id = period.id();
        let least = self.directory.forms.get(&id.form)?.min_apart?;
        let first = period.outcomes.get(unit).and_then(|outcome| outcome.first).unwrap_or(filed.received);
        if !period.moved.is_empty() {
            return None;
        }
        let reported = |(id, period): (&PeriodId, &Arc<Period>)| {
            let period = Some(period).filter(|period| period.moved.is_empty())?;
            let at = period.outcomes.get(unit)?.first.filter(|at| *at <= first)?;
            Some((id.slot(unit), at))
        };
        let before = self.rounds_before(id).find_map(reported);
        let behind = self.rounds_behind(id).find_map(reported);
        let (other, at) = before.into_iter().chain(behind).max_by_key(|(_, at)| *at)?;
        let (apart, again) = (first.since(at), filed.received.since(at));
        let (apart_s, apart_s_min) = (apart.as_secs(), least.as_secs());
        (apart.max(again) < least).then_some(Contradiction::TooClose { other, apart_s, apart_s_min })
    }

    /// Running totals that are lower than in the unit's previous report of the form that says any.
    fn below_before(&self, (period, unit): (&Period, &UnitId), filed: &Filed) -> Option<Contradiction> {
        if filed.totals.is_empty() {
            return None;
        }
        let (other, before) = self.rounds_before(period.id()).find_map(|(id, before)| {
            let before = before.outcomes.get(unit)?.filed.as_ref()?;
            (!before.totals.is_empty()).then(|| (id.slot(unit), &before.totals))
        })?;
        let below = |(field, said): (&String, &Number)| Below::of(field, said, (before.get(field)?, &other));
        let figures: Vec<Below> = filed.totals.iter().filter_map(below).collect();
        (!figures.is_empty()).then_some(Contradiction::BelowBefore { figures })
    }

    /// Running totals that are higher than in the unit's next report of the form that says any: it came before this one.
    fn above_after(&self, (period, unit): (&Period, &UnitId), filed: &Filed) -> Option<Contradiction> {
        if filed.totals.is_empty() {
            return None;
        }
        let (other, after) = self.rounds_behind(period.id()).find_map(|(id, after)| {
            let after = after.outcomes.get(unit)?.filed.as_ref()?;
            (!after.totals.is_empty()).then(|| (id.slot(unit), &after.totals))
        })?;
        let above = |(field, said): (&String, &Number)| Above::of(field, said, (after.get(field)?, &other));
        let figures: Vec<Above> = filed.totals.iter().filter_map(above).collect();
        (!figures.is_empty()).then_some(Contradiction::AboveAfter { figures })
    }

    /// Other people than the unit is known to have, of which nobody was asked before.
    fn counted(&self, filed: &Filed) -> Option<Contradiction> {
        let Counted { reported, known, by } = filed.counted.filter(|_| filed.settled.is_none())?;
        let kept = self.state.staff_kept.as_ref().filter(|_| by == CountedBy::Register);
        Some(Contradiction::Counted { said: reported, known, by, entry: kept.and_then(|kept| kept.entry) })
    }

    /// The two numbers that somebody was shown and let stand in an earlier slot of the unit, and that cover others:
    /// where the register is out of date nobody answers for it day after day.
    pub(in crate::domain::decide) fn settled(
        &self,
        (period, unit): (&Period, &UnitId),
        counted: Counted,
    ) -> Option<Counted> {
        let mut stood = self.rounds_before(period.id()).filter_map(|(_, before)| {
            let before = before.outcomes.get(unit)?.filed.as_ref().filter(|it| it.counted_shown)?;
            before.settled.or(before.counted)
        });
        stood.find(|stood| stood.covers(counted))
    }

    /// The periods of the same form before one, the nearest first.
    pub(super) fn rounds_before<'s>(
        &'s self,
        id: &'s PeriodId,
    ) -> impl Iterator<Item = (&'s PeriodId, &'s Arc<Period>)> + use<'s> {
        let before = self.state.periods.range(..id.clone()).rev();
        before.take_while(|(other, _)| other.form == id.form).take(ROUNDS_MAX)
    }

    /// The periods of the same form behind one, the nearest first.
    pub(super) fn rounds_behind<'s>(
        &'s self,
        id: &'s PeriodId,
    ) -> impl Iterator<Item = (&'s PeriodId, &'s Arc<Period>)> + use<'s> {
        let behind = self.state.periods.range(id.clone()..);
        behind.take_while(|(other, _)| other.form == id.form).skip(1).take(ROUNDS_MAX)
    }
}
