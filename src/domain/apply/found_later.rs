//! What turns out to have overlapped a lapse that is on record already: an outage that the next start puts on record, a
//! door that is seen to be shut after it was, an attempt that ends when its lapse is found.
//!
//! It stands with the lapse, and changes neither how sure the machine was nor what people decided.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Place;
use super::excuse::Failed;
use crate::domain::bulletin::Trouble;
use crate::domain::case::Case;
use crate::domain::fact::{Fact, Proof, Span};
use crate::domain::lapse::{About, Excuse, ExcuseKind, FoundLater, Lapse};
use crate::domain::names::{CaseId, LapseId, NotificationId, PersonId, Recipient};
use crate::domain::notification::{Purpose, Subject};
use crate::domain::slot::{PeriodId, SlotId};
use crate::domain::state::{State, Track};
use crate::time::Timestamp;

impl State {
    /// Something is on record that lasted before it was: the lapses that it overlapped say so.
    ///
    /// It costs a look at each lapse in memory, and comes with what seldom happens alone.
    #[expect(clippy::wildcard_enum_match_arm, reason = "any other fact tells of nothing that was before")]
    pub(super) fn lasted_before(&mut self, place: Place, fact: &Fact) {
        let up_to_now = |from: Timestamp| Span { from, to: place.at.max(from) };
        let (what, lasted) = match fact {
            Fact::Started { down: Some(down), .. } => (ExcuseKind::Outage, *down),
            Fact::ClockStepped(it) => (ExcuseKind::ClockSuspect, up_to_now(it.from.min(it.to))),
            Fact::MaintenanceAnnounced(it) => (ExcuseKind::Maintenance, it.span),
            Fact::TroubleBegan(it) if Trouble::AT_THE_DOOR.contains(&it.trouble) => {
                (ExcuseKind::Door, up_to_now(it.since.unwrap_or(it.at)))
            }
            _ => return,
        };
        let is_in = |lapse: &&Arc<Lapse>| {
            let span = lapse.span();
            lasted.from < span.to && span.from < lasted.to
        };
        let overlapped: Vec<LapseId> =
            self.lapses.values().filter(is_in).map(|it| it.lapse.clone()).collect();
        for lapse in overlapped {
            self.find_later(&lapse, Excuse::of(what, lasted.from, lasted.to), (place.at, &Failed::new()));
        }
    }

    /// An attempt is over, and may have failed, whose message a lapse is about that is on record already.
    pub(super) fn failed_before(&mut self, place: Place, id: &NotificationId) {
        let Some(track) = self.track(id).cloned() else { return };
        let Some(at) = track.attempts.last().filter(|last| last.failed_at_provider()).map(|last| last.at)
        else {
            return;
        };
        match (&track.notification.subject, &track.notification.to) {
            (Subject::Period(period), Recipient::Person(person))
                if track.notification.purpose == Purpose::FormDue =>
            {
                self.failed_to_ask(place, (period, person), at);
            }
            (Subject::Case(case), Recipient::Person(_) | Recipient::Authority(_)) => {
                self.failed_of_case(place, case, at);
            }
            _ => {}
        }
    }

    /// Of a case: what was to bring the proof, or to reach whoever was to.
    fn failed_of_case(&mut self, place: Place, id: &CaseId, at: Timestamp) {
        let Some(case) = self.case(id).cloned() else { return };
        let known = case.lapses.iter().filter_map(|lapse| self.lapses.get(lapse)).cloned();
        let known: Vec<Arc<Lapse>> = known.filter(|lapse| at < lapse.span().to).collect();
        for lapse in known {
            let Some(clock) = proof_of(&case, &lapse) else { continue };
            let until = lapse.span().to;
            let person = lapse.person_involved.as_ref();
            let troubles = [
                self.trouble_at_authority(&case, clock, until),
                person.and_then(|person| self.trouble_at_person(&case, person, until)),
            ];
            for span in troubles.into_iter().flatten().map(|trouble| trouble.span) {
                let excuse = Excuse::of(ExcuseKind::Provider, span.from, span.to);
                self.find_later(&lapse.lapse, excuse, (place.at, &Failed::new()));
            }
        }
    }

    /// Of a report: where no provider took any message that asked for it.
    fn failed_to_ask(&mut self, place: Place, (id, person): (&PeriodId, &PersonId), at: Timestamp) {
        let Some(period) = self.periods.get(id).filter(|period| at <= period.due).cloned() else { return };
        let slots = period.asked.get(person).into_iter().flat_map(|units| units.iter().map(|it| id.slot(it)));
        for slot in slots {
            let lapse = Lapse::id_of_slot(&slot);
            if self.lapses.get(&lapse).is_none() {
                continue;
            }
            if let Some(span) = self.unasked(&period.notifications, &slot, period.due) {
                let excuse = Excuse::of(ExcuseKind::Provider, span.from, span.to);
                let failed = self.failed_of(&period);
                self.find_later(&lapse, excuse, (place.at, &failed));
            }
        }
    }

    /// When messages failed that asked for a report until an instant, where no provider took any.
    fn unasked(&self, messages: &[NotificationId], slot: &SlotId, until: Timestamp) -> Option<Span> {
        let asked: BTreeSet<&PersonId> = self.asked_for(slot).collect();
        let is_its = |track: &&Arc<Track>| {
            let it = &track.notification;
            it.purpose == Purpose::FormDue
                && matches!(&it.to, Recipient::Person(person) if asked.contains(person))
        };
        let tracks = || messages.iter().filter_map(|id| self.track(id)).filter(is_its);
        if tracks().any(|track| track.state.was_taken()) {
            return None;
        }
        let failed = || {
            let all = tracks().flat_map(|track| track.attempts.iter());
            all.filter(|it| it.at <= until && it.failed_at_provider()).map(|it| it.at)
        };
        Some(Span { from: failed().min()?, to: failed().max()? }.in_minutes())
    }

    /// Puts an excuse beside those of a lapse, in place of a later one that is part of it.
    fn find_later(&mut self, id: &LapseId, mut excuse: Excuse, (at, failed): (Timestamp, &Failed)) {
        let Some(lapse) = self.lapses.get(id).cloned() else { return };
        let (lasted, span) = (Span { from: excuse.from, to: excuse.to }, lapse.span());
        if lapse.excuses.iter().any(|known| known.covers(excuse.what, lasted, span)) {
            return;
        }
        self.cite(&lapse, &mut excuse, failed);
        excuse.found_later = Some(FoundLater { at, verdicts_before: lapse.verdicts.len() });
        self.with_lapse(id, |lapse| {
            let is_part = |known: &Excuse| {
                known.found_later.is_some()
                    && known.what == excuse.what
                    && excuse.from <= known.from
                    && known.to <= excuse.to
            };
            lapse.excuses.retain(|known| !is_part(known));
            lapse.excuses.push(excuse);
        });
    }
}

/// Which clock a lapse is about, and which of its proofs.
fn proof_of(case: &Case, lapse: &Lapse) -> Option<(u32, Proof)> {
    let proof = match lapse.about {
        About::Telephone { .. } => Proof::Telephone,
        About::Written { .. } => Proof::Written,
        About::Event { .. } | About::Slot { .. } | About::Report { .. } | About::Correction { .. } => {
            return None;
        }
    };
    let mut clocks = case.clocks().map(|(index, _)| index);
    let index = clocks.find(|index| Lapse::id_of_proof(&case.id, proof, *index) == lapse.lapse)?;
    Some((index, proof))
}
