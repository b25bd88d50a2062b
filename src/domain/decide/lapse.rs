//! Lapses: for a proof not brought, and for an event passed on too late; with what excuses the machine finds.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Draft;
use crate::domain::case::{Case, Clock, Impossible};
use crate::domain::command::FeverReport;
use crate::domain::fact::{Fact, LapseCured, Proof, Span};
use crate::domain::lapse::{About, Certainty, Excuse, ExcuseKind, Failing, Lapse, Post};
use crate::domain::names::{CaseId, DutyRole, LapseId, PersonId, Recipient};
use crate::domain::slot::Contradiction;
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
        let mut certainty = Certainty::Proved;
        if self.has_no_way(case, clock, proof) {
            certainty = Certainty::Candidate;
            excuses.push(Excuse::of(ExcuseKind::Unreachable, clock.anchor, due));
        }
        if let Some(excuse) = said_earlier(clock, proof) {
            certainty = Certainty::Candidate;
            excuses.push(excuse);
        }
        if clock.born_late {
            certainty = Certainty::Candidate;
            excuses.push(Excuse::of(ExcuseKind::BornLate, clock.anchor, due));
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
            let mut answers = |role: &str, post: Post| {
                let (person, stood_in) =
                    self.answers(case, (&DutyRole::new(role), post), (clock.anchor, due))?;
                if let Some(stood_in) = stood_in {
                    certainty = Certainty::Candidate;
                    excuses.push(stood_in);
                }
                Some(person)
            };
            (answers("officer", Post::DutyOfficer), answers("leader", Post::DutyLeader))
        };
        for trouble in [
            self.state.trouble_at_authority(case, (index, proof), self.moment()),
            person_involved
                .as_ref()
                .and_then(|(person, _)| self.state.trouble_at_person(case, person, self.moment())),
        ] {
            let Some(trouble) = trouble else { continue };
            excuses.push(Excuse::of(ExcuseKind::Provider, trouble.span.from, trouble.span.to));
            // Where every attempt failed at the provider, nothing proves that it was for want of anybody's doing.
            if trouble.every {
                certainty = Certainty::Candidate;
            }
        }
        let id = Lapse::id_of_proof(&case.id, proof, index);
        Lapse {
            span: Some(span),
            excuses,
            evidence: self.evidence(case),
            ..Lapse::found(id, (Failing::Delayed, certainty), about, (due, self.now.wall))
        }
        .against(person_involved, responsible_person)
    }

    /// Who answers in a duty post for what was due at an instant, and in which post; and what excuses them, where they
    /// came to it, or left it, since the clock began. Never the patient.
    fn answers(
        &self,
        case: &Case,
        (role, post): (&DutyRole, Post),
        (anchor, due): (Timestamp, Timestamp),
    ) -> Option<((PersonId, Post), Option<Excuse>)> {
        let holder = self.directory.on_duty(role, due)?;
        let is_other = |person: &PersonId| case.subject_person.as_ref() != Some(person);
        let in_post = |person: PersonId| {
            let post = if person == holder { post } else { post.stood_in() };
            is_other(&person).then_some((person, post))
        };
        let Some(away) = self.state.away_since(&holder, due) else {
            return Some((in_post(holder.clone())?, None));
        };
        let answers = self.state.on_duty(self.directory, role, due)?;
        let line = self.state.line_up_to(&holder, &answers, due);
        let change = |person: &PersonId| self.state.changed_at(person, due).filter(|change| *change > anchor);
        let Some(from) = line.iter().filter_map(change).max() else { return Some((in_post(answers)?, None)) };
        // Whoever came to it while the clock ran answers for nothing that is proved, nor does who fell ill meanwhile.
        let stood_in = Excuse::of(ExcuseKind::StoodIn, from.max(away), due);
        let left = line.into_iter().find(|person| change(person).is_some() && is_other(person));
        Some((in_post(left.unwrap_or(answers))?, Some(stood_in)))
    }

    /// A clock that was born late yields a candidate against the hop in which the time went: the unit's leader, of
    /// whom the notice asks that a fever is passed on at the first moment (S14). Nothing is held against the leader of a
    /// unit that nobody named.
    pub(super) fn event_late(&mut self, id: &CaseId, report: &FeverReport) {
        let Some(case) = self.state.case(id).filter(|case| !case.unit_assumed).cloned() else { return };
        // Only where it was this event that started the clock, or that told from when it counts.
        let counted = |fact: &Fact| {
            let (Fact::ClockStarted { case, clock } | Fact::ClockAntedated { case, clock, .. }) = fact else {
                return None;
            };
            (case == id).then_some(clock.clock)
        };
        let counted: BTreeSet<u32> = self.facts.iter().filter_map(counted).collect();
        let late = case.clocks().filter(|(index, clock)| clock.born_late && counted.contains(index)).last();
        let Some((_, clock)) = late else { return };
        let leader = self.leader(&case);
        let span = Span { from: clock.anchor, to: report.received.steady };
        let mut excuses = self.excuses(span);
        if clock.unarmed {
            excuses.push(Excuse::of(ExcuseKind::Unarmed, span.from, span.to));
        }
        let about = About::Event { case: id.clone(), event: report.event.clone() };
        let what = (Failing::Delayed, Certainty::Candidate);
        let lapse_id = Lapse::id_of(id, &format!("event.{}", report.event));
        let lapse = Lapse {
            span: Some(span),
            excuses,
            evidence: self.evidence(&case),
            ..Lapse::found(lapse_id, what, about, (clock.due, self.now.wall))
        };
        let lapse = lapse.against(leader.clone(), leader);
        self.record(Fact::LapseRecorded { lapse: Box::new(lapse) });
    }

    /// The suspicion was ruled out: what rests on it is held against nobody (P12).
    pub(super) fn withdraw_lapses(&mut self, id: &CaseId) {
        for lapse in self.lapses_of_suspicion(id, false) {
            self.record(Fact::LapseWithdrawn { lapse });
        }
    }

    /// The case is suspected again: what rests on that stands again. A later reading is a fever of its own: of the one
    /// that was ruled out nothing stands again.
    pub(super) fn reinstate_lapses(&mut self, id: &CaseId) {
        for lapse in self.lapses_of_suspicion(id, true) {
            self.record(Fact::LapseReinstated { lapse });
        }
    }

    /// The lapses about a case that rest on its suspicion, or, of what a report leaves out, do not stand without it.
    pub(super) fn lapses_of_suspicion(&self, id: &CaseId, withdrawn: bool) -> Vec<LapseId> {
        let Some(case) = self.state.case(id) else { return Vec::new() };
        let known = case.lapses.iter().filter_map(|lapse| self.state.lapses.get(lapse));
        let known = known.chain(self.lapses_of_absence(case));
        let is_of_it =
            |lapse: &&Arc<Lapse>| !withdrawn || case.ill_again_at.is_none_or(|at| lapse.found_at >= at);
        let resting = known.filter(is_of_it).filter(|lapse| match &lapse.about {
            About::Report { .. } => self.state.is_held(lapse) == withdrawn,
            About::Telephone { .. }
            | About::Written { .. }
            | About::Event { .. }
            | About::Slot { .. }
            | About::Correction { .. } => case.rests_on_suspicion(lapse),
        });
        let wanted = resting.filter(|lapse| lapse.withdrawn_at.is_some() == withdrawn);
        wanted.map(|lapse| lapse.lapse.clone()).collect()
    }

    /// The lapses about reports that leave out how whoever has a case was away for a fever, beside those that rest on the
    /// case itself.
    ///
    /// It costs a look at each open lapse.
    fn lapses_of_absence<'s>(&'s self, case: &'s Case) -> impl Iterator<Item = &'s Arc<Lapse>> {
        let theirs = case.subject_person.iter().flat_map(|person| self.state.absences_of(person));
        let theirs: BTreeSet<u64> = theirs.map(|it| it.absence).collect();
        let all = self.state.lapses.values().filter(move |lapse| !case.lapses.contains(&lapse.lapse));
        all.filter(move |lapse| match &lapse.about {
            About::Report { against: Contradiction::Absences { absences, .. }, .. } => {
                absences.iter().any(|it| theirs.contains(it))
            }
            About::Report { .. }
            | About::Telephone { .. }
            | About::Written { .. }
            | About::Event { .. }
            | About::Slot { .. }
            | About::Correction { .. } => false,
        })
    }

    /// Who answers for the time before a case was known: never the patient, and nobody where its unit is that of a source,
    /// and may be another.
    fn leader(&self, case: &Case) -> Option<(PersonId, Post)> {
        if case.unit_assumed {
            return None;
        }
        let led = self.leading(self.directory.units.get(&case.unit)?);
        led.filter(|(person, _)| case.subject_person.as_ref() != Some(person))
    }

    pub(super) fn excuses(&self, span: Span) -> Vec<Excuse> {
        let excuse = |what| move |other: Span| Excuse::of(what, other.from, other.to);
        let (state, now) = (&self.state, self.moment());
        state
            .outages_in(span)
            .map(excuse(ExcuseKind::Outage))
            .chain(state.door_closed_in(span, now).map(excuse(ExcuseKind::Door)))
            .chain(state.maintenance_in(span).map(excuse(ExcuseKind::Maintenance)))
            .chain(state.doubts_in(span, now).map(excuse(ExcuseKind::ClockSuspect)))
            .collect()
    }

    /// When the daemon was not armed in a span.
    pub(super) fn unarmed_in(&self, span: Span) -> Vec<Excuse> {
        let state = &self.state;
        let before = state.first_armed_at.or_else(|| state.armed.is_none().then_some(span.to));
        let before = before.map(|to| Span { from: span.from, to });
        let open = state.disarmed_at.map(|from| Span { from, to: span.to });
        let all = before.into_iter().chain(state.unarmed.iter().copied()).chain(open);
        let all = all.map(|it| Span { from: it.from.max(span.from), to: it.to.min(span.to) });
        let all = all.filter(|it| it.from < it.to);
        all.map(|it| Excuse::of(ExcuseKind::Unarmed, it.from, it.to)).collect()
    }

    /// When the daemon was not armed while a clock ran.
    fn unarmed(&self, clock: &Clock, due: Timestamp) -> Vec<Excuse> {
        let from_start =
            clock.unarmed.then(|| Span { from: clock.anchor, to: clock.armed_at.unwrap_or(due).min(due) });
        let open = self.state.disarmed_at.map(|from| Span { from, to: due.max(from) });
        let later = self.state.unarmed.iter().copied().chain(open);
        let later = later.filter(|span| clock.anchor < span.from && span.from <= due);
        let excuse = |span: Span| Excuse::of(ExcuseKind::Unarmed, span.from, span.to);
        from_start.into_iter().chain(later).map(excuse).collect()
    }

    /// Whether no number, address or channel leads to the authority for a proof.
    fn has_no_way(&self, case: &Case, clock: &Clock, proof: Proof) -> bool {
        match proof {
            Proof::Telephone => matches!(
                self.call_impossible(clock),
                Some(Impossible::NoNumber | Impossible::NoChannel | Impossible::WrongNumbers)
            ),
            Proof::Written => {
                let to = Recipient::Authority(clock.authority.clone());
                let by = self.clock_rules(case, clock).map_or_else(Vec::new, |rules| rules.written.by);
                by.iter().all(|medium| self.unreachable(&to, *medium).is_some())
            }
        }
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
        let Some(known) = self.state.lapses.get(&lapse).filter(|known| known.cured_at.is_none()) else {
            return;
        };
        let said = self.clock(&case.id, index).and_then(|clock| said_earlier(&clock, proof));
        let excuse = said.filter(|excuse| !known.excuses.contains(excuse));
        self.record(Fact::LapseCured(LapseCured { lapse, at, excuse }));
    }
}

/// A call that was recorded late, and is said to have been made in time: a person must look.
fn said_earlier(clock: &Clock, proof: Proof) -> Option<Excuse> {
    let known = clock.phone.proof.as_ref().filter(|_| proof == Proof::Telephone)?;
    let from = known.said_at.filter(|said| clock.anchor <= *said && *said <= clock.phone.due)?;
    Some(Excuse::of(ExcuseKind::SaidEarlier, from, known.at))
}
