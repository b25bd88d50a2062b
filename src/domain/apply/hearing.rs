//! Lapses: recorded, cured, withdrawn; who is told of them, what they say, and what is found.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Place;
use super::excuse::Failed;
use crate::domain::case::Case;
use crate::domain::fact::{Fact, LapseCured, LapsesTold, VerdictGiven};
use crate::domain::lapse::{About, Certainty, Lapse, Statement, Told, Verdict, Viewed};
use crate::domain::names::{Kind, LapseId, PersonId};
use crate::domain::schedule::Due;
use crate::domain::state::State;

impl State {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the caller names every fact and sorts them by family"
    )]
    pub(super) fn apply_hearing(&mut self, place: Place, fact: &Fact) {
        match fact {
            Fact::LapseRecorded { lapse } => {
                for case in lapse.about.cases() {
                    self.with_case(case, |case| case.lapses.push(lapse.lapse.clone()));
                }
                self.accuse((**lapse).clone(), &self.failed_about(lapse));
            }
            Fact::LapseCured(LapseCured { lapse, at, excuse }) => {
                let mut excuse = excuse.clone();
                if let (Some(known), Some(excuse)) = (self.lapses.get(lapse), &mut excuse) {
                    self.cite(known, excuse, &Failed::new());
                }
                self.with_lapse(lapse, |lapse| {
                    lapse.cured_at = Some(*at);
                    if let Some(excuse) = excuse {
                        lapse.certainty = Certainty::Candidate;
                        lapse.excuses.push(excuse);
                    }
                });
            }
            Fact::LapseWithdrawn { lapse } => {
                self.with_lapse(lapse, |lapse| {
                    lapse.withdrawn_at = Some(place.at);
                    lapse.verdicts_before = lapse.verdicts.len();
                });
                self.forget_unheard(lapse);
            }
            Fact::LapseReinstated { lapse } => self.reinstate(lapse),
            Fact::LapsesDue { due, next } => self.came(Due::Lapses, *due, *next),
            Fact::LapsesTold(told) => {
                let LapsesTold { person, lapses, at, answer_by, served } = &**told;
                for lapse in lapses {
                    let told = Told { at: *at, answer_by: *answer_by, served: served.clone() };
                    self.with_lapse(lapse, |lapse| {
                        lapse.told.entry(person.clone()).or_insert(told);
                    });
                    self.unheard.remove_mut(&(person.clone(), lapse.clone()));
                }
            }
            Fact::StatementMade { lapse, actor, payload } => {
                let statement = Statement { at: place.at, actor: actor.clone(), payload: payload.clone() };
                self.with_lapse(lapse, |lapse| lapse.statements.push(statement));
                self.unheard.remove_mut(&(actor.by.clone(), lapse.clone()));
            }
            Fact::LapsesViewed(it) => {
                for id in &it.lapses {
                    self.with_lapse(id, |lapse| {
                        lapse
                            .viewed
                            .retain(|before| before.person != it.person || before.client != it.client);
                        let (person, client) = (it.person.clone(), it.client.clone());
                        lapse.viewed.push(Viewed { person, client, at: place.at });
                    });
                }
            }
            Fact::VerdictGiven(given) => {
                let VerdictGiven { lapse, actor, clause, findings, payload } = &**given;
                let verdict = Verdict {
                    at: place.at,
                    actor: actor.clone(),
                    clause: *clause,
                    findings: findings.clone(),
                    payload: payload.clone(),
                };
                self.with_lapse(lapse, |lapse| lapse.verdicts.push(verdict));
                self.forget_unheard(lapse);
            }
            _ => {}
        }
    }

    /// It stands again. While it was withdrawn nobody owed an answer: the days of those who gave none begin anew.
    fn reinstate(&mut self, id: &LapseId) {
        self.with_lapse(id, |lapse| {
            lapse.withdrawn_at = None;
            let heard: BTreeSet<PersonId> = lapse.statements.iter().map(|it| it.actor.by.clone()).collect();
            if lapse.is_open() {
                lapse.told.retain(|person, _| heard.contains(person));
            }
        });
        self.unheard(id);
    }

    pub(super) fn with_lapse(&mut self, lapse: &LapseId, change: impl FnOnce(&mut Lapse)) {
        if let Some(lapse) = self.lapses.get_mut(lapse) {
            change(Arc::make_mut(lapse));
        }
    }

    /// A case leaves memory: the reports that left it out are held to it no more where it was ruled out.
    pub(super) fn keep_how_it_left(&mut self, case: &Case) {
        for id in case.lapses.iter().filter(|_| case.kind == Kind::RuledOut) {
            self.with_lapse(id, |lapse| {
                if matches!(lapse.about, About::Report { .. }) {
                    lapse.ruled_out.insert(case.id.clone());
                }
            });
        }
    }

    /// A lapse is on record.
    pub(super) fn accuse(&mut self, mut lapse: Lapse, failed: &Failed) {
        let mut excuses = std::mem::take(&mut lapse.excuses);
        for excuse in &mut excuses {
            self.cite(&lapse, excuse, failed);
        }
        lapse.excuses = excuses;
        let id = lapse.lapse.clone();
        self.lapses.insert_mut(id.clone(), Arc::new(lapse));
        self.unheard(&id);
    }

    /// Whoever is named in a lapse, and has neither been told of it nor answered, is to be told while it is open.
    fn unheard(&mut self, id: &LapseId) {
        let Some(lapse) = self.lapses.get(id).cloned() else { return };
        // What was found in a trial, before the daemon was armed for the first time, is told to nobody.
        if self.first_armed_at.is_none_or(|armed| lapse.found_at < armed) {
            return;
        }
        let waits = |person: &&PersonId| lapse.waits_for(person) && !lapse.told.contains_key(*person);
        for person in lapse.subjects().filter(waits) {
            self.unheard.insert_mut((person.clone(), id.clone()));
        }
    }

    /// A notice has not reached its reader: they are told again of what still waits for them.
    pub(super) fn still_unheard(&mut self, person: &PersonId, lapses: &[LapseId]) {
        for id in lapses {
            let waits = |lapse: &Arc<Lapse>| lapse.waits_for(person) && !lapse.told.contains_key(person);
            if self.lapses.get(id).is_some_and(waits) {
                self.unheard.insert_mut((person.clone(), id.clone()));
            }
        }
    }

    /// It waits for nobody's word any more: nobody is to be told.
    fn forget_unheard(&mut self, id: &LapseId) {
        let Some(lapse) = self.lapses.get(id).cloned() else { return };
        for person in lapse.subjects() {
            self.unheard.remove_mut(&(person.clone(), id.clone()));
        }
    }
}
