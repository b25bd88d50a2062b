//! Events, cases, plans, and what people do with them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use super::Place;
use crate::domain::case::{Case, Closed, Confirmation, Handler, Moment, Note, Plan};
use crate::domain::fact::{CaseOpened, EventOutcome, EventTaken, Fact, RaisedBy};
use crate::domain::names::{Actor, CaseId, Kind, PersonToken, UnitId};
use crate::domain::schedule::{CaseDue, Due};
use crate::domain::state::{Fevers, State};
use crate::time::Timestamp;

/// No cluster rule looks further back.
const FEVERS_KEPT: Duration = Duration::from_hours(24 * 60);

impl State {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the caller names every fact and sorts them by family"
    )]
    pub(super) fn apply_case(&mut self, place: Place, fact: &Fact) {
        match fact {
            Fact::EventTaken { event } => self.take_event(place, event),
            Fact::CaseOpened { case } => self.open_case(place, case),
            Fact::CaseJoined { case, reading } => {
                self.with_case(case, |case| case.readings.push(reading.clone()));
            }
            Fact::CaseRaised { case, to, since, why, .. } => self.raise(place, (case, *to), *since, why),
            Fact::CaseAntedated { case, from, since, .. } => self.antedate_case(place, case, (*from, *since)),
            Fact::Proposed { case, kind, .. } => {
                self.moment(place, case, format!("proposed {}", word(*kind)), (None, None));
            }
            Fact::CasesLinked { case, with } => {
                self.with_case(case, |case| {
                    case.linked.insert(with.clone());
                });
                self.moment(place, case, format!("linked with {with}"), (None, None));
            }
            Fact::PolicyKept { policy, rules } => {
                self.policies.insert_mut(policy.clone(), Arc::new(rules.clone()));
            }
            Fact::PlanStarted { case, kind, policy, anchor } => {
                let plan = Plan {
                    kind: *kind,
                    policy: policy.clone(),
                    anchor: *anchor,
                    taken: Vec::new(),
                    skipped: BTreeSet::new(),
                    superseded: false,
                };
                self.start_plan(case, plan);
            }
            Fact::StepTaken(_) | Fact::StepSkipped { .. } | Fact::StepRepeated(_) => {
                self.apply_step(place, fact);
            }
            Fact::Closed { case, actor, payload, archive_at, erase_at } => {
                self.close(
                    place,
                    (case, actor),
                    Closed { at: place.at, actor: actor.clone(), payload: payload.clone() },
                );
                self.schedule(case, CaseDue::Archive, *archive_at);
                if let Some(at) = erase_at {
                    self.schedule(case, CaseDue::Erase, *at);
                }
            }
            Fact::Archived { case } => self.archive(case),
            Fact::ArchivePutOff { case, until } => {
                self.schedule(case, CaseDue::Archive, *until);
                self.with_case(case, |case| case.archive_waits = true);
            }
            Fact::Erased { case, actor, .. } => {
                self.pass_erase(case);
                self.with_case(case, |case| case.erased = true);
                self.moment(place, case, "erased".to_owned(), (None, actor.as_ref()));
            }
            Fact::ErasePutOff { case, until } => {
                self.pass_erase(case);
                if self.cases.get(case).is_some() {
                    self.schedule(case, CaseDue::Erase, *until);
                } else {
                    self.erase_later(case, *until);
                }
            }
            _ => self.apply_act(place, fact),
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the caller names every fact and sorts them by family"
    )]
    fn apply_act(&mut self, place: Place, fact: &Fact) {
        match fact {
            Fact::Confirmed { case, actor } => {
                self.with_case(case, |case| {
                    let kind = case.kind;
                    let known =
                        Confirmation { by: actor.by.clone(), at: place.at, via: actor.via.clone(), kind };
                    case.confirmations.push(known);
                });
                self.moment(place, case, Moment::CONFIRMED.to_owned(), (None, Some(actor)));
            }
            Fact::Taken { case, actor, idle_at } => self.take(place, (case, actor), *idle_at),
            Fact::Passed { case, actor, to } => {
                self.with_case(case, |case| match &mut case.handler {
                    Some(handler) if handler.person == actor.by => {
                        handler.passed_to.clone_from(to);
                        handler.progress_at = place.at;
                        // "I cannot: the next": they are not the next themselves.
                        if to.is_none() {
                            case.declined.insert(actor.by.clone());
                        }
                    }
                    Some(_) | None => {
                        case.declined.insert(actor.by.clone());
                    }
                });
                let to = to.as_ref().map_or_else(String::new, |to| format!(" to person:{to}"));
                self.moment(place, case, format!("passed on{to}"), (None, Some(actor)));
            }
            Fact::Progressed { case, idle_at } => {
                self.with_case(case, |case| {
                    if let Some(handler) = &mut case.handler {
                        handler.progress_at = place.at;
                    }
                });
                self.reschedule(case, CaseDue::Idle, *idle_at);
            }
            Fact::HandlerIdle { case, person, due } => {
                self.with_case(case, |case| {
                    case.handler = None;
                    case.confirmations.retain(|known| known.by != *person);
                });
                self.unschedule(case, CaseDue::Idle);
                let what = format!("handler idle person:{person}");
                self.moment(place, case, what, (Some(*due), None));
            }
            Fact::RuledOut { case, actor, .. } => self.rule_out(place, (case, actor)),
            Fact::Noted { case, actor, payload } => {
                let note = Note { at: place.at, actor: actor.clone(), payload: payload.clone() };
                self.with_case(case, |case| case.notes.push(note));
                self.moment(place, case, "noted".to_owned(), (None, Some(actor)));
            }
            _ => {}
        }
    }

    fn take_event(&mut self, place: Place, event: &EventTaken) {
        let Some(case) = &event.case else { return };
        let is_fever = match event.outcome {
            EventOutcome::CaseOpened | EventOutcome::CaseJoined | EventOutcome::CaseRaised => true,
            EventOutcome::BelowThreshold | EventOutcome::InvalidReading | EventOutcome::Noted => false,
        };
        if let (true, Some(unit), Some(person)) = (is_fever, &event.unit, &event.person) {
            self.count_fever(unit, person, (event.discovered, case));
        }
        let what = match event.outcome {
            EventOutcome::CaseOpened | EventOutcome::CaseJoined | EventOutcome::CaseRaised => {
                "fever reported"
            }
            EventOutcome::BelowThreshold => "normal reading",
            EventOutcome::InvalidReading => "invalid reading",
            EventOutcome::Noted => "said to be nothing",
        };
        self.moment(place, case, format!("{what}, source {}", event.source), (Some(event.discovered), None));
    }

    fn open_case(&mut self, place: Place, opened: &CaseOpened) {
        let case = Case {
            id: opened.case.clone(),
            unit: opened.unit.clone(),
            unit_assumed: opened.unit_assumed,
            kind: opened.kind,
            opened_at: opened.opened_at,
            discovered_at: opened.discovered_at,
            ill_again_at: None,
            suspected_since: opened.suspected_since,
            confirmed_since: opened.suspected_since.filter(|_| opened.kind == Kind::Confirmed),
            ruled_out_at: None,
            ruled_out_by: None,
            subject: opened.subject.clone(),
            subject_person: opened.subject_person.clone(),
            previous: opened.previous.clone(),
            linked: BTreeSet::new(),
            cluster: opened.cluster.clone(),
            readings: vec![opened.reading.clone()],
            plans: Vec::new(),
            clocks: Vec::new(),
            handler: None,
            confirmations: Vec::new(),
            declined: BTreeSet::new(),
            told: BTreeSet::new(),
            notifications: Vec::new(),
            corrections: Vec::new(),
            lapses: Vec::new(),
            notes: Vec::new(),
            link_locks: BTreeMap::new(),
            code_issues: BTreeMap::new(),
            dues: Vec::new(),
            closed: None,
            archive_waits: false,
            erased: false,
            timeline: Vec::new(),
        };
        self.day_counts.insert_mut(opened.day, opened.number);
        self.cases.insert_mut(opened.case.clone(), Arc::new(case));
        self.by_unit.insert_mut((opened.unit.clone(), opened.case.clone()));
        if let Some(person) = &opened.subject_person {
            self.by_patient.insert_mut((person.clone(), opened.case.clone()));
        }
        if let Some(subject) = &opened.subject {
            self.by_subject.insert_mut(subject.clone(), opened.case.clone());
        }
        let what = format!("case opened, {}", word(opened.kind));
        self.moment(place, &opened.case, what, (Some(opened.discovered_at), None));
    }

    /// A person's newest fever is what counts for the clusters of a unit.
    fn count_fever(&mut self, unit: &UnitId, subject: &PersonToken, (at, case): (Timestamp, &CaseId)) {
        let mut fevers = self.fevers.get(unit).map(|known| (**known).clone()).unwrap_or_default();
        if let Some((before, _)) = fevers.latest.get(subject).cloned() {
            if before > at {
                return;
            }
            fevers.order.remove_mut(&(before, subject.clone()));
        }
        fevers.latest.insert_mut(subject.clone(), (at, case.clone()));
        fevers.order.insert_mut((at, subject.clone()));
        let newest = fevers.order.last().map_or(at, |(newest, _)| *newest);
        while let Some((oldest, person)) = fevers.order.first().cloned() {
            if newest.since(oldest) <= FEVERS_KEPT {
                break;
            }
            fevers.order.remove_mut(&(oldest, person.clone()));
            fevers.latest.remove_mut(&person);
        }
        self.fevers.insert_mut(unit.clone(), Arc::new(fevers));
    }

    fn raise(&mut self, place: Place, (id, to): (&CaseId, Kind), since: Timestamp, why: &RaisedBy) {
        self.with_case(id, |case| {
            if case.kind == Kind::RuledOut {
                case.comes_back(since, why);
            }
            case.kind = to;
            if to >= Kind::Suspected {
                (case.ruled_out_at, case.ruled_out_by) = (None, None);
                for correction in &mut case.corrections {
                    correction.past = true;
                }
            }
            case.suspected_since.get_or_insert(since);
            if to == Kind::Confirmed {
                case.confirmed_since.get_or_insert(since);
            }
            if let RaisedBy::Cluster(rule) = why {
                case.cluster = Some(rule.clone());
            }
            case.declined.clear();
        });
        let (reason, actor) = match why {
            RaisedBy::Event(_) => ("by a further event".to_owned(), None),
            RaisedBy::Cluster(rule) => (format!("by the rule {rule}"), None),
            RaisedBy::Person { actor, .. } => ("by a person".to_owned(), Some(actor)),
        };
        self.moment(place, id, format!("raised to {} {reason}", word(to)), (Some(since), actor));
    }

    fn take(&mut self, place: Place, (id, actor): (&CaseId, &Actor), idle_at: Option<Timestamp>) {
        self.with_case(id, |case| {
            case.declined.remove(&actor.by);
            for taken in case.plans.iter_mut().flat_map(|plan| &mut plan.taken) {
                taken.repeats_before = taken.repeats;
            }
            case.handler = Some(Handler {
                person: actor.by.clone(),
                since: place.at,
                progress_at: place.at,
                kind: case.kind,
                passed_to: None,
                via: Some(actor.via.clone()),
            });
        });
        self.unschedule_where(id, |due| matches!(due, CaseDue::Repeat { .. }));
        self.reschedule(id, CaseDue::Idle, idle_at);
        self.moment(place, id, Moment::TAKEN.to_owned(), (None, Some(actor)));
    }

    /// Schedules, or takes off the schedule where there is no instant.
    pub(super) fn reschedule(&mut self, id: &CaseId, what: CaseDue, at: Option<Timestamp>) {
        match at {
            Some(at) => self.schedule(id, what, at),
            None => self.unschedule(id, what),
        }
    }

    fn rule_out(&mut self, place: Place, (id, actor): (&CaseId, &Actor)) {
        // Of its limits each clock says, as it is withdrawn, which are still to be told.
        self.unschedule_where(id, |due| {
            !matches!(
                due,
                CaseDue::Archive
                    | CaseDue::Erase
                    | CaseDue::Correction { .. }
                    | CaseDue::PhoneLimit { .. }
                    | CaseDue::WrittenLimit { .. }
            )
        });
        self.with_case(id, |case| {
            case.kind = Kind::RuledOut;
            case.ruled_out_at.get_or_insert(place.at);
            case.ruled_out_by = Some(actor.by.clone());
            for plan in &mut case.plans {
                plan.superseded = true;
            }
        });
        self.uncount_fever(id);
        self.moment(place, id, "ruled out".to_owned(), (None, Some(actor)));
    }

    /// A case that was ruled out counts for no cluster any more.
    fn uncount_fever(&mut self, id: &CaseId) {
        let Some(case) = self.cases.get(id) else { return };
        let Some(subject) = case.subject.clone() else { return };
        // Their readings may have come from more than one unit.
        let counted = |fevers: &Fevers| fevers.latest.get(&subject).cloned().filter(|(_, case)| case == id);
        let found: Vec<(UnitId, Timestamp)> = self
            .fevers
            .iter()
            .filter_map(|(unit, fevers)| Some((unit.clone(), counted(fevers)?.0)))
            .collect();
        for (unit, at) in found {
            let Some(known) = self.fevers.get(&unit) else { continue };
            let mut fevers: Fevers = (**known).clone();
            fevers.latest.remove_mut(&subject);
            fevers.order.remove_mut(&(at, subject.clone()));
            self.fevers.insert_mut(unit, Arc::new(fevers));
        }
    }

    fn close(&mut self, place: Place, (id, actor): (&CaseId, &Actor), closed: Closed) {
        // A limit that is left was passed while the clock was in doubt, and is still to be told.
        self.unschedule_where(id, |due| {
            !matches!(due, CaseDue::PhoneLimit { .. } | CaseDue::WrittenLimit { .. })
        });
        self.with_case(id, |case| case.closed = Some(closed));
        if let Some(case) = self.cases.get(id)
            && let Some(subject) = case.subject.clone()
            && self.by_subject.get(&subject) == Some(id)
        {
            self.by_subject.remove_mut(&subject);
        }
        self.moment(place, id, "closed".to_owned(), (None, Some(actor)));
    }

    fn archive(&mut self, id: &CaseId) {
        let erase_at = self.cases.get(id).and_then(|case| case.due(CaseDue::Erase));
        self.unschedule_where(id, |_| true);
        let Some(case) = self.cases.get(id).cloned() else { return };
        case.notifications.iter().for_each(|it| self.forget_track(it));
        self.keep_how_it_left(&case);
        self.cases.remove_mut(id);
        self.by_unit.remove_mut(&(case.unit.clone(), id.clone()));
        if let Some(person) = &case.subject_person {
            self.by_patient.remove_mut(&(person.clone(), id.clone()));
        }
        // The day of its erasure is all that stays of it.
        if let Some(at) = erase_at {
            self.erase_later(id, at);
        }
    }

    pub(super) fn pass_erase(&mut self, id: &CaseId) {
        self.unschedule(id, CaseDue::Erase);
        if let Some(at) = self.erasures.get(id).copied() {
            self.due_remove(at, Due::Case(id.clone(), CaseDue::Erase));
            self.erasures.remove_mut(id);
        }
    }

    /// The day of erasure of a case that has left memory.
    fn erase_later(&mut self, id: &CaseId, at: Timestamp) {
        self.erasures.insert_mut(id.clone(), at);
        self.due_insert(at, Due::Case(id.clone(), CaseDue::Erase));
    }
}

/// A kind as the timeline writes it.
const fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::RuledOut => "ruled out",
        Kind::Fever => "fever",
        Kind::Suspected => "suspected",
        Kind::Confirmed => "confirmed",
    }
}
