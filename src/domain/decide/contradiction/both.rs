//! Two reports that say otherwise than each other: both filers hear of it, and whoever corrects so that both agree puts
//! both right.

use std::slice::from_ref;
use std::sync::Arc;

use super::Draft;
use crate::domain::fact::{Fact, LapseCured};
use crate::domain::lapse::{About, Lapse};
use crate::domain::names::{LapseId, PersonId, UnitId};
use crate::domain::slot::{Contradiction, Filed, Period, PeriodId, SlotId, SlotState};

impl Draft<'_> {
    /// A report was taken that says otherwise than another: who filed that one may be the one who is wrong. Who filed
    /// both was shown it.
    pub(in crate::domain::decide) fn tell_others(
        &mut self,
        (period, unit): (&Period, &UnitId),
        filed: &Filed,
        against: &[Contradiction],
    ) {
        let slot = period.id().slot(unit);
        for known in against {
            let (Some(other), Some(mirrored)) = (known.other(), known.mirrored(&slot)) else { continue };
            let Some(of_other) = self.state.periods.get(&other.period).cloned() else { continue };
            let outcome = self.state.outcome(other);
            // Who reported a round in its own time did nothing wrong when another came close behind it.
            let in_time = outcome.is_some_and(|outcome| outcome.state == SlotState::OnTime);
            if in_time && matches!(mirrored, Contradiction::TooClose { .. }) {
                continue;
            }
            let theirs = outcome.and_then(|outcome| outcome.filed.clone());
            let Some(theirs) = theirs.filter(|it| it.actor.by != filed.actor.by) else { continue };
            if let Some((person, correct_by)) = self.find((&of_other, unit), &theirs, mirrored) {
                self.tell_filer((&other.period, from_ref(unit)), person, correct_by);
            }
        }
    }

    /// A report that says otherwise than the one before: what was held against that, or against another that it agrees
    /// with from here on, is put right, and both are kept.
    pub(in crate::domain::decide) fn put_right(&mut self, (period, unit): (&Period, &UnitId), filed: &Filed) {
        let against = self.against((period, unit), filed);
        let slot = period.id().slot(unit);
        let id = |lapse: &Arc<Lapse>| lapse.lapse.clone();
        for word in Contradiction::WORDS {
            if against.iter().any(|it| it.word() == word) {
                continue;
            }
            let is_put_right = |lapse: &&Arc<Lapse>| {
                let About::Report { against, .. } = &lapse.about else { return false };
                !self.leaves_out((period, unit), filed, (against, lapse.person_involved.as_ref()))
            };
            let put_right: Vec<LapseId> =
                self.open_against(&slot, word).filter(is_put_right).map(id).collect();
            self.cure_reports(put_right, filed);
        }
        for (other, word) in self.partners(period.id()) {
            let other = other.slot(unit);
            let agrees = |lapse: &&Arc<Lapse>| {
                let About::Report { against, .. } = &lapse.about else { return false };
                against.other() == Some(&slot) && self.still(&other, against).is_none()
            };
            let agreeing: Vec<LapseId> = self.open_against(&other, word).filter(agrees).map(id).collect();
            self.cure_reports(agreeing, filed);
        }
    }

    fn cure_reports(&mut self, lapses: Vec<LapseId>, with: &Filed) {
        for lapse in lapses {
            self.record(Fact::LapseCured(LapseCured { lapse, at: with.received, excuse: None }));
        }
    }

    /// Whether somebody answers on the ledger for what a report of a slot says otherwise in one way, and it was not put
    /// right.
    pub(super) fn answers_for(&self, (slot, word): (&SlotId, &str), person: &PersonId) -> bool {
        self.open_against(slot, word).any(|lapse| lapse.person_involved.as_ref() == Some(person))
    }

    /// What is on the ledger against reports of a slot in one way, and was not put right: the first lapse, and those of
    /// later reports.
    fn open_against<'s>(
        &'s self,
        slot: &'s SlotId,
        word: &'s str,
    ) -> impl Iterator<Item = &'s Arc<Lapse>> + use<'s> {
        let state = &self.state;
        let first = state.lapses.get(&Lapse::id_of_report(slot, word));
        let filed = state.outcome(slot).and_then(|outcome| outcome.filed.as_ref());
        let last = filed.filter(|_| first.is_some()).map_or(0, |filed| filed.revision);
        let later = (1..=last).filter_map(move |revision| {
            state.lapses.get(&Lapse::id_of_later_report(&slot.report(revision), word))
        });
        first.into_iter().chain(later).filter(|lapse| lapse.cured_at.is_none())
    }

    /// The periods whose reports may be held against one of this period, each in one way.
    fn partners(&self, id: &PeriodId) -> Vec<(PeriodId, &'static str)> {
        let forms = self.directory.forms.values();
        let totals = forms.filter(|form| !form.total.is_empty());
        let people = totals.flat_map(|form| {
            let first = PeriodId { form: form.id.clone(), day: id.day, number: 0 };
            self.of_day(&first, id).map(|(other, _)| (other.clone(), "people"))
        });
        let form = self.directory.forms.get(&id.form);
        let has_rounds = form.is_some_and(|form| form.min_apart.is_some());
        let has_totals = form.is_some_and(|form| form.fields.iter().any(|field| field.cumulative));
        let rounds = self.rounds_before(id).chain(self.rounds_behind(id)).filter(|_| has_rounds);
        let rounds = rounds.map(|(other, _)| (other.clone(), "too_close"));
        let before = self.rounds_before(id).map(|(other, _)| (other.clone(), "above_after"));
        let behind = self.rounds_behind(id).map(|(other, _)| (other.clone(), "below_before"));
        people.chain(rounds).chain(before.chain(behind).filter(|_| has_totals)).collect()
    }
}
