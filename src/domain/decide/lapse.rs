//! Lapses: for a proof not brought, and for an event passed on too late; with what excuses the machine finds.

use super::Draft;
use crate::domain::case::{Case, Clock};
use crate::domain::command::FeverReport;
use crate::domain::fact::{Fact, Proof, Span};
use crate::domain::lapse::{About, Certainty, Excuse, ExcuseKind, Failing, Lapse};
use crate::domain::names::{CaseId, DutyRole, PersonId, Recipient};
use crate::domain::notification::Progress;
use crate::time::Timestamp;

/// A lapse cites at most so many entries of the case's own record.
const EVIDENCE_MAX: usize = 50;

impl Draft<'_> {
    pub(super) fn limit_lapse(
        &self,
        case: &Case,
        (index, clock): (u32, &Clock),
        proof: Proof,
        due: Timestamp,
    ) -> Lapse {
        let authority = clock.authority.clone();
        let about = match proof {
            Proof::Telephone => About::Telephone { case: case.id.clone(), authority },
            Proof::Written => About::Written { case: case.id.clone(), authority },
        };
        let span = Span { from: clock.anchor, to: self.moment() };
        let mut excuses = self.excuses(span);
        excuses.extend(self.provider_trouble(case, index));
        let mut certainty = Certainty::Proved;
        if clock.born_late {
            certainty = Certainty::Candidate;
            excuses.push(Excuse { what: ExcuseKind::BornLate, from: clock.anchor, to: due });
        }
        let unarmed = self.unarmed(clock, due);
        if !unarmed.is_empty() {
            certainty = Certainty::Candidate;
            excuses.extend(unarmed);
        }
        // Who was told late is never accused for the time before (P12).
        let (person_involved, responsible_person) = if clock.born_late {
            let leader = self.leader(case);
            (leader.clone(), leader)
        } else {
            let on_duty = |role: &str| self.directory.on_duty(&DutyRole::new(role), due);
            (on_duty("officer"), on_duty("leader"))
        };
        Lapse {
            lapse: Lapse::id_of_proof(&case.id, proof, index),
            failing: Failing::Delayed,
            certainty,
            person_involved,
            responsible_person,
            about,
            due,
            found_at: self.now.wall,
            cured_at: None,
            excuses,
            evidence: self.evidence(case),
        }
    }

    /// A clock that was born late yields a candidate against the hop in which the time went: the unit's leader, of
    /// whom the notice asks that a fever is passed on at the first moment (S14).
    pub(super) fn event_late(&mut self, id: &CaseId, report: &FeverReport) {
        let Some(case) = self.state.case(id).cloned() else { return };
        // Only where it was this event that started the clock.
        let starts = |fact: &Fact| matches!(fact, Fact::ClockStarted { case, .. } if case == id);
        if !self.facts.iter().any(starts) {
            return;
        }
        let Some(clock) = case.clocks.last().filter(|clock| clock.born_late) else { return };
        let leader = self.leader(&case);
        let span = Span { from: clock.anchor, to: report.received.steady };
        let mut excuses = self.excuses(span);
        if clock.unarmed {
            excuses.push(Excuse { what: ExcuseKind::Unarmed, from: span.from, to: span.to });
        }
        let lapse = Lapse {
            lapse: Lapse::id_of(id, &format!("event.{}", report.event)),
            failing: Failing::Delayed,
            certainty: Certainty::Candidate,
            person_involved: leader.clone(),
            responsible_person: leader,
            about: About::Event { case: id.clone(), event: report.event.clone() },
            due: clock.due,
            found_at: self.now.wall,
            cured_at: None,
            excuses,
            evidence: self.evidence(&case),
        };
        self.record(Fact::LapseRecorded { lapse: Box::new(lapse) });
    }

    fn leader(&self, case: &Case) -> Option<PersonId> {
        self.directory.units.get(&case.unit).map(|unit| unit.leader.clone())
    }

    fn excuses(&self, span: Span) -> Vec<Excuse> {
        let excuse = |what| move |other: Span| Excuse { what, from: other.from, to: other.to };
        let open = self.state.doubt.map(|from| Span { from, to: self.moment().max(from) });
        let doubts = self.state.doubts.iter().copied().chain(open).filter(|doubt| doubt.overlaps(span));
        self.state
            .outages_in(span)
            .map(excuse(ExcuseKind::Outage))
            .chain(doubts.map(excuse(ExcuseKind::ClockSuspect)))
            .collect()
    }

    /// When the daemon was not armed while a clock ran.
    fn unarmed(&self, clock: &Clock, due: Timestamp) -> Vec<Excuse> {
        let from_start =
            clock.unarmed.then(|| Span { from: clock.anchor, to: clock.armed_at.unwrap_or(due).min(due) });
        let open = self.state.disarmed_at.map(|from| Span { from, to: due.max(from) });
        let later = self.state.unarmed.iter().copied().chain(open);
        let later = later.filter(|span| clock.anchor < span.from && span.from <= due);
        let excuse = |span: Span| Excuse { what: ExcuseKind::Unarmed, from: span.from, to: span.to };
        from_start.into_iter().chain(later).map(excuse).collect()
    }

    /// From the first to the last attempt at the authority that failed at the provider.
    fn provider_trouble(&self, case: &Case, index: u32) -> Option<Excuse> {
        let failed = case
            .notifications
            .iter()
            .filter_map(|id| self.state.track(id))
            .filter(|track| {
                track.notification.clock == Some(index)
                    && matches!(track.notification.to, Recipient::Authority(_))
            })
            .flat_map(|track| track.attempts.iter())
            .filter(|attempt| matches!(attempt.state, Progress::Refused | Progress::Unknown))
            .map(|attempt| attempt.at);
        let (from, to) = failed.fold(None, |span: Option<(Timestamp, Timestamp)>, at| {
            Some(span.map_or((at, at), |(from, to)| (from.min(at), to.max(at))))
        })?;
        Some(Excuse { what: ExcuseKind::Provider, from, to })
    }

    fn evidence(&self, case: &Case) -> Vec<u64> {
        let mut entries: Vec<u64> = case.timeline.iter().map(|moment| moment.seq).collect();
        entries.push(self.place.seq);
        entries.dedup();
        let surplus = entries.len().saturating_sub(EVIDENCE_MAX);
        entries.drain(..surplus);
        entries
    }

    /// The late proof came: both are kept.
    pub(super) fn cure(&mut self, case: &Case, index: u32, (proof, at): (Proof, Timestamp)) {
        let lapse = Lapse::id_of_proof(&case.id, proof, index);
        if self.state.lapses.get(&lapse).is_some_and(|known| known.cured_at.is_none()) {
            self.record(Fact::LapseCured { lapse, at });
        }
    }
}
