//! Amendments: a unit corrects a report that nobody had questioned. That speaks for it, and is marked; where the figure
//! had stood for long after it was due, the mistake is on the ledger, and no clause fits it (S23).

use super::Draft;
use crate::domain::fact::{Fact, Span};
use crate::domain::lapse::{About, Certainty, Excuse, ExcuseKind, Failing, Lapse};
use crate::domain::names::PersonId;
use crate::domain::slot::{Contradiction, Filed, Period, SlotId, SlotState, TO_CORRECT};

impl Draft<'_> {
    /// Whether a correction is the unit's own: one of its people makes it, and what it corrects was not contradicted.
    pub(super) fn is_self_made(&self, slot: &SlotId, by: &PersonId) -> bool {
        let period = self.state.periods.get(&slot.period);
        let questioned = period.is_some_and(|period| !period.contradictions(&slot.unit).is_empty())
            || Contradiction::WORDS
                .iter()
                .any(|word| self.state.lapses.get(&Lapse::id_of_report(slot, word)).is_some());
        self.works_for(&slot.unit, by) && !questioned
    }

    /// A report was corrected, `period` as it was before. Within the time to correct it, which begins when it is filed
    /// and not before it is due, that is nobody's failing.
    pub(super) fn amended(&mut self, period: &Period, slot: &SlotId, filed: &Filed) {
        let Some(outcome) = period.outcomes.get(&slot.unit).cloned() else { return };
        let Some(wrong) = outcome.filed.as_ref().filter(|_| filed.self_made) else { return };
        let since = wrong.said_since.unwrap_or(wrong.received).max(period.due);
        let in_time = filed.received <= since + TO_CORRECT || outcome.state == SlotState::Exempt;
        let id = Lapse::id_of_correction(slot);
        if in_time || self.state.lapses.get(&id).is_some() {
            return;
        }
        let span = Span { from: since, to: since + TO_CORRECT };
        let mut excuses = self.excuses(span);
        if !self.state.is_armed() {
            excuses.push(Excuse::of(ExcuseKind::Unarmed, span.from, span.to));
        }
        let about = About::Correction {
            slot: slot.clone(),
            report: wrong.report.clone(),
            with: filed.report.clone(),
            payload: filed.payload.clone(),
        };
        let what = (Failing::Mistaken, Certainty::Candidate);
        let led = self.led_by(wrong, &slot.unit);
        let lapse = Lapse {
            person_involved: Some(wrong.actor.by.clone()),
            involved_as: wrong.filed_as,
            responsible_as: led.as_ref().and_then(|(_, post)| *post),
            responsible_person: led.map(|(person, _)| person),
            cured_at: Some(filed.received),
            span: Some(span),
            excuses,
            evidence: outcome.entry.into_iter().chain([self.seq()]).collect(),
            ..Lapse::found(id, what, about, (period.due, self.now.wall))
        };
        self.record(Fact::LapseRecorded { lapse: Box::new(lapse) });
    }
}
