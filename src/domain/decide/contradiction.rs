//! Contradictions: a report that says otherwise than what is known. Its filer hears of it first, and has four hours to
//! correct it before it stands on the ledger, to be looked into (M22).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Draft;
use super::notify::Wish;
use super::remind::ASKED_BY;
use crate::domain::bulletin::Trouble;
use crate::domain::case::Case;
use crate::domain::command::Rejection;
use crate::domain::fact::{Fact, LapseCured, Span};
use crate::domain::lapse::{About, Certainty, Excuse, ExcuseKind, Lapse};
use crate::domain::names::{CaseId, Kind, PersonId, Recipient, UnitId};
use crate::domain::notification::{Purpose, Subject};
use crate::domain::slot::{
    Contradicted, Contradiction, ContradictionEnd, Filed, Period, PeriodId, SlotId, TO_CORRECT,
};
use crate::domain::state::State;
use crate::time::Timestamp;

/// The nearest round is looked for among so many periods to either side.
const ROUNDS_MAX: usize = 50;
/// Of the cases that a report leaves out, so many are named.
const NAMED_MAX: usize = 50;

impl Draft<'_> {
    /// What is known against a report that is being filed: it is refused, until its filer says that it stands.
    pub(super) fn contradicted(
        &self,
        (period, unit): (&Period, &UnitId),
        filed: &Filed,
        stands: bool,
    ) -> Result<Option<Contradicted>, Rejection> {
        let against = self.against((period, unit), filed);
        if against.is_empty() {
            return Ok(None);
        }
        if !stands {
            return Err(Rejection::Contradicted(against));
        }
        Ok(self.contradict((period, unit), filed, (against, true)))
    }

    /// What is put on record of it; nothing, where all of it is on the ledger already.
    fn contradict(
        &self,
        (period, unit): (&Period, &UnitId),
        filed: &Filed,
        (mut against, shown): (Vec<Contradiction>, bool),
    ) -> Option<Contradicted> {
        let slot = period.id().slot(unit);
        against.retain(|it| self.state.lapses.get(&Lapse::id_of_report(&slot, it.word())).is_none());
        if against.is_empty() {
            return None;
        }
        // Who files the same thing again has no more time for it.
        let known = period.contradicted.get(unit);
        let since = known.map_or_else(|| self.moment(), |known| known.since);
        // Before it is due a report is corrected without a word.
        let correct_by = known.map_or_else(|| (since + TO_CORRECT).max(period.due), |known| known.correct_by);
        let leader = self.directory.units.get(unit).map(|unit| unit.leader.clone());
        Some(Contradicted {
            report: filed.report.clone(),
            payload: filed.payload.clone(),
            by: filed.actor.by.clone(),
            leader,
            since,
            shown,
            correct_by,
            against,
        })
    }

    /// What is known against a report, of all that can be known.
    fn against(&self, (period, unit): (&Period, &UnitId), filed: &Filed) -> Vec<Contradiction> {
        let of = (period, unit);
        let all = [self.fevers(of, filed), self.people(of, filed), self.too_close(of, filed)];
        all.into_iter().flatten().collect()
    }

    fn fevers(&self, (period, unit): (&Period, &UnitId), filed: &Filed) -> Option<Contradiction> {
        let said = filed.fevers?;
        let most = usize::try_from(said).unwrap_or(usize::MAX).saturating_add(NAMED_MAX);
        let cases = self.state.fevers_of(unit, (period, filed.received), (&filed.actor.by, most));
        self.state.still(&Contradiction::Fevers { said, cases })
    }

    /// Another form of the unit and day by which it has another number of people.
    fn people(&self, (period, unit): (&Period, &UnitId), filed: &Filed) -> Option<Contradiction> {
        let said = filed.people?;
        let day = period.id().day;
        let others = self.directory.forms.values().filter(|form| !form.total.is_empty());
        others.filter(|form| form.id != period.id().form).find_map(|form| {
            let first = PeriodId { form: form.id.clone(), day, number: 0 };
            let periods = self.state.periods.range(first..);
            let mut of_day = periods.take_while(|(id, _)| id.form == form.id && id.day == day);
            of_day.find_map(|(id, _)| {
                let other = id.slot(unit);
                let known = self.state.people_of(&other)?;
                self.state.still(&Contradiction::People { said, known, other })
            })
        })
    }
    /// The nearest round before or behind that was reported so shortly before this one that they are not two: each goes
    /// by when it was first reported. Who reports it again at a time of its own has put it right.
    fn too_close(&self, (period, unit): (&Period, &UnitId), filed: &Filed) -> Option<Contradiction> {
        let id = period.id();
        let least = self.directory.forms.get(&id.form)?.min_apart?;
        let first = period.outcomes.get(unit).and_then(|outcome| outcome.first).unwrap_or(filed.received);
        let reported = |(id, period): (&PeriodId, &Arc<Period>)| {
            let at = period.outcomes.get(unit)?.first.filter(|at| *at <= first)?;
            Some((id.slot(unit), at))
        };
        let of_form = |(other, _): &(&PeriodId, &Arc<Period>)| other.form == id.form;
        let periods = &self.state.periods;
        let before =
            periods.range(..id.clone()).rev().take_while(of_form).take(ROUNDS_MAX).find_map(reported);
        let behind =
            periods.range(id.clone()..).take_while(of_form).skip(1).take(ROUNDS_MAX).find_map(reported);
        let (other, at) = before.into_iter().chain(behind).max_by_key(|(_, at)| *at)?;
        let (apart, again) = (first.since(at), filed.received.since(at));
        let (apart_s, apart_s_min) = (apart.as_secs(), least.as_secs());
        (apart.max(again) < least).then_some(Contradiction::TooClose { other, apart_s, apart_s_min })
    }

    /// What became known after reports were taken: whoever filed them hears of it, and has the same time to correct them.
    ///
    /// It costs what there are of cases, and not of slots.
    pub(super) fn find_contradictions(&mut self, id: &PeriodId) {
        let Some(period) = self.state.periods.get(id).cloned() else { return };
        let mut units: Vec<UnitId> = self.state.by_unit.iter().map(|(unit, _)| unit.clone()).collect();
        units.dedup();
        let mut filers: BTreeMap<PersonId, Timestamp> = BTreeMap::new();
        for unit in units.into_iter().filter(|unit| period.contradicted.get(unit).is_none()) {
            let Some(filed) = period.outcomes.get(&unit).and_then(|outcome| outcome.filed.as_ref()) else {
                continue;
            };
            let against = self.fevers((&period, &unit), filed).into_iter().collect();
            if let Some(contradicted) = self.contradict((&period, &unit), filed, (against, false)) {
                filers.insert(contradicted.by.clone(), contradicted.correct_by);
                let contradicted = Box::new(contradicted);
                self.record(Fact::ReportContradicted { slot: id.slot(&unit), contradicted });
            }
        }
        for (person, correct_by) in filers {
            self.tell_filer(id, person, correct_by);
        }
    }

    /// One message over all units that somebody files for.
    fn tell_filer(&mut self, period: &PeriodId, person: PersonId, correct_by: Timestamp) {
        if !self.is_released(&person) {
            return;
        }
        let to = Recipient::Person(person.clone());
        let Some(medium) = self.ways(&to, &ASKED_BY).first().copied() else {
            self.note_trouble(&Trouble::PersonNotReached(person));
            return;
        };
        let step = correct_by.as_millis().to_string();
        let wish = Wish { step, useless_after: Some(correct_by), ..Wish::default() };
        let subject = Subject::Period(period.clone());
        self.plan(&subject, Purpose::FormDoubted, (&to, medium), self.moment(), wish);
    }

    /// A report that says otherwise than the one before: what was held against that is put right, and both are kept.
    pub(super) fn put_right(&mut self, (period, unit): (&Period, &UnitId), filed: &Filed) {
        let against = self.against((period, unit), filed);
        let slot = period.id().slot(unit);
        for word in Contradiction::WORDS {
            let lapse = Lapse::id_of_report(&slot, word);
            let known = self.state.lapses.get(&lapse);
            let open = known.is_some_and(|known| known.cured_at.is_none());
            if open && !against.iter().any(|it| it.word() == word) {
                self.record(Fact::LapseCured(LapseCured { lapse, at: filed.received, excuse: None }));
            }
        }
    }

    /// The time to correct a report is over.
    pub(super) fn contradiction_due(&mut self, slot: &SlotId) {
        let Some(period) = self.state.periods.get(&slot.period).cloned() else { return };
        let Some(known) = period.contradicted.get(&slot.unit).cloned() else { return };
        let against: Vec<Contradiction> =
            known.against.iter().filter_map(|against| self.state.still(against)).collect();
        let how =
            if against.is_empty() { ContradictionEnd::Groundless } else { ContradictionEnd::Uncorrected };
        self.record(Fact::ContradictionEnded { slot: slot.clone(), how });
        for against in against {
            let lapse = self.untrue((&period, slot), &known, against);
            self.record(Fact::LapseRecorded { lapse: Box::new(lapse) });
        }
    }

    /// What stands on the ledger: who filed the report and who led the unit, to be looked into.
    fn untrue(
        &self,
        (period, slot): (&Period, &SlotId),
        known: &Contradicted,
        against: Contradiction,
    ) -> Lapse {
        let mut excuses = self.excuses(Span { from: known.since, to: known.correct_by });
        if !self.state.is_armed() {
            let (from, to) = (known.since, known.correct_by);
            excuses.push(Excuse { what: ExcuseKind::Unarmed, from, to });
        }
        let mut evidence: Vec<u64> = against.cases().iter().filter_map(|id| self.opened_in(id)).collect();
        evidence.extend(period.outcomes.get(&slot.unit).and_then(|outcome| outcome.entry));
        evidence.push(self.seq());
        evidence.sort_unstable();
        evidence.dedup();
        let id = Lapse::id_of_report(slot, against.word());
        let what = (against.failing(known.shown), Certainty::Candidate);
        let about = About::Report {
            slot: slot.clone(),
            report: known.report.clone(),
            against,
            shown: known.shown,
            payload: known.payload.clone(),
        };
        Lapse {
            person_involved: Some(known.by.clone()),
            responsible_person: known.leader.clone(),
            excuses,
            evidence,
            ..Lapse::found(id, what, about, (period.due, self.now.wall))
        }
    }

    /// The entry in which a case was opened.
    fn opened_in(&self, id: &CaseId) -> Option<u64> {
        Some(self.state.case(id)?.timeline.first()?.seq)
    }
}

impl State {
    /// The cases of a unit that a report of a period should count: open when it came, or of the period's own time.
    ///
    /// Not one whose unit the source only assumed, nor the filer's own: nobody is told of that.
    fn fevers_of(
        &self,
        unit: &UnitId,
        (period, received): (&Period, Timestamp),
        (filer, most): (&PersonId, usize),
    ) -> Vec<CaseId> {
        let first = (unit.clone(), CaseId::new(""));
        let of_unit = self.by_unit.range(first..).take_while(|(of, _)| of == unit);
        let known = of_unit.filter_map(|(_, id)| self.case(id));
        let counts = |case: &&Arc<Case>| {
            let found = case.discovered_at <= received.min(period.due);
            let of_day = case.closed.as_ref().is_none_or(|closed| closed.at > received)
                || case.discovered_at >= period.opened.opens;
            case.kind != Kind::RuledOut
                && found
                && of_day
                && !case.unit_assumed
                && case.subject_person.as_ref() != Some(filer)
        };
        known.filter(counts).take(most).map(|case| case.id.clone()).collect()
    }

    /// How many people a unit has by the last report of a slot.
    fn people_of(&self, slot: &SlotId) -> Option<u32> {
        self.periods.get(&slot.period)?.outcomes.get(&slot.unit)?.filed.as_ref()?.people
    }

    /// What is left of a contradiction: nobody is held to a case that was ruled out, or that nothing is known of any
    /// more (P12).
    #[must_use]
    pub(super) fn still(&self, against: &Contradiction) -> Option<Contradiction> {
        match against {
            Contradiction::Fevers { said, cases } => {
                let stands = |id: &&CaseId| self.case(id).is_some_and(|case| case.kind != Kind::RuledOut);
                let cases: Vec<CaseId> = cases.iter().filter(stands).cloned().collect();
                let more = u32::try_from(cases.len()).is_ok_and(|count| count > *said);
                more.then_some(Contradiction::Fevers { said: *said, cases })
            }
            Contradiction::People { said, other, .. } => {
                let known = self.people_of(other).filter(|known| known != said)?;
                Some(Contradiction::People { said: *said, known, other: other.clone() })
            }
            Contradiction::TooClose { .. } => Some(against.clone()),
        }
    }
}
