//! Two reports that say otherwise than each other: both filers hear of it, and whoever corrects so that both agree puts
//! both right.

use super::Draft;
use crate::domain::fact::{Fact, LapseCured};
use crate::domain::lapse::{About, Lapse};
use crate::domain::names::UnitId;
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
                self.tell_filer(&other.period, person, correct_by);
            }
        }
    }

    /// A report that says otherwise than the one before: what was held against that, or against another that it agrees
    /// with from here on, is put right, and both are kept.
    pub(in crate::domain::decide) fn put_right(&mut self, (period, unit): (&Period, &UnitId), filed: &Filed) {
        let against = self.against((period, unit), filed);
        let slot = period.id().slot(unit);
        for word in Contradiction::WORDS {
            let open = self.state.lapses.get(&Lapse::id_of_report(&slot, word)).cloned();
            let left_out = open.is_some_and(|lapse| {
                let About::Report { against, .. } = &lapse.about else { return false };
                self.leaves_out((period, unit), filed, (against, lapse.person_involved.as_ref()))
            });
            if !left_out && !against.iter().any(|it| it.word() == word) {
                self.cure_report(&slot, word, filed, |_| true);
            }
        }
        // A cure changes nothing of what reports say.
        let (state, directory) = (self.state.clone(), self.directory);
        for (other, word) in self.partners(period.id()) {
            let other = other.slot(unit);
            self.cure_report(&other, word, filed, |against| {
                against.other() == Some(&slot) && state.still(directory, &other, against).is_none()
            });
        }
    }

    /// What is open on the ledger against a report in one way is put right, where a test picks it.
    fn cure_report(
        &mut self,
        slot: &SlotId,
        word: &str,
        with: &Filed,
        pick: impl Fn(&Contradiction) -> bool,
    ) {
        let lapse = Lapse::id_of_report(slot, word);
        let known = self.state.lapses.get(&lapse).filter(|known| known.cured_at.is_none());
        let picked =
            known.is_some_and(|known| matches!(&known.about, About::Report { against, .. } if pick(against)));
        if picked {
            self.record(Fact::LapseCured(LapseCured { lapse, at: with.received, excuse: None }));
        }
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
