//! Hearing a lapse: whoever is named answers, and the inspectors decide, not before (M23).

use super::Draft;
use crate::domain::command::{LapseRejection, LapseVerdict, NoticeServed, Rejection};
use crate::domain::directory::Category;
use crate::domain::fact::{Fact, LapsesTold, LapsesViewed, VerdictGiven};
use crate::domain::lapse::{Clause, Lapse, Need, Served};
use crate::domain::names::{Actor, LapseId, PayloadName, PersonId, Via};

/// So many statements are taken of one lapse from each who is named in it, and so many verdicts.
const STATEMENTS_MAX: usize = 20;
const VERDICTS_MAX: usize = 20;

impl Draft<'_> {
    /// Somebody named in a lapse says what there is to say for it, before a verdict or after.
    pub(super) fn make_statement(
        &mut self,
        id: &LapseId,
        actor: &Actor,
        payload: &PayloadName,
    ) -> Result<(), Rejection> {
        let lapse = self.lapse_heard_by_person(id, actor)?;
        if !lapse.names(&actor.by) {
            return Err(LapseRejection::NotNamed.into());
        }
        if lapse.statements_of(&actor.by).count() >= STATEMENTS_MAX {
            return Err(LapseRejection::Full.into());
        }
        self.record(Fact::StatementMade {
            lapse: id.clone(),
            actor: actor.clone(),
            payload: payload.clone(),
        });
        Ok(())
    }

    /// Somebody handed over the notice of a lapse to whoever is named, whom no message reaches (M23). Their days to
    /// answer begin when this is recorded, whatever the note says of an earlier time.
    pub(super) fn serve_notice(&mut self, it: &NoticeServed) -> Result<(), Rejection> {
        let lapse = self.lapse_heard_by_person(&it.lapse, &it.actor)?;
        if lapse.is_withdrawn() {
            return Err(LapseRejection::Withdrawn.into());
        }
        if !lapse.names(&it.person) {
            return Err(LapseRejection::ServedOther.into());
        }
        if lapse.names(&it.actor.by) {
            return Err(LapseRejection::OwnLapse.into());
        }
        if lapse.told.contains_key(&it.person) || !lapse.waits_for(&it.person) {
            return Err(LapseRejection::AlreadyTold.into());
        }
        let at = self.moment();
        self.record(Fact::LapsesTold(Box::new(LapsesTold {
            person: it.person.clone(),
            lapses: vec![it.lapse.clone()],
            at,
            answer_by: self.answer_by(at),
            served: Some(Served { actor: it.actor.clone(), payload: it.payload.clone() }),
        })));
        Ok(())
    }

    /// Who is shown lapses that do not name them is on record, each lapse once a day.
    pub(super) fn record_view(&mut self, view: &LapsesViewed) {
        let (viewer, now) = ((view.person.as_ref(), view.client.as_ref()), self.moment());
        let is_new =
            |id: &&LapseId| self.state.lapses.get(*id).is_some_and(|lapse| lapse.is_new_to(viewer, now));
        let lapses: Vec<LapseId> = view.lapses.iter().filter(is_new).cloned().collect();
        if !lapses.is_empty() {
            self.record(Fact::LapsesViewed(LapsesViewed { lapses, ..view.clone() }));
        }
    }

    /// What the inspectors find; a second time it adds, and counts.
    pub(super) fn give_verdict(&mut self, given: &LapseVerdict) -> Result<(), Rejection> {
        let lapse = self.lapse_heard_by_person(&given.lapse, &given.actor)?;
        if lapse.is_withdrawn() {
            return Err(LapseRejection::Withdrawn.into());
        }
        if lapse.names(&given.actor.by) {
            return Err(LapseRejection::OwnLapse.into());
        }
        // In doubt nobody knows whether the days to answer are over.
        let now = given.received.both();
        let doubt = self.state.doubt.is_some();
        let unheard = |person: &&PersonId| {
            !lapse.has_answered(person) && (doubt || !lapse.is_past_answering(person, now))
        };
        let unheard: Vec<PersonId> = lapse.subjects().filter(unheard).cloned().collect();
        if !unheard.is_empty() {
            let answer_by = unheard.iter().map(|person| lapse.told.get(person).map(|told| told.answer_by));
            // The last of them; nobody knows when, where one of them was not told.
            let until = answer_by.collect::<Option<Vec<_>>>().and_then(|all| all.into_iter().max());
            return Err(LapseRejection::NotHeard { unheard, until }.into());
        }
        if let Some(clause) = given.clause {
            let lacking = self.lacking(&lapse, clause, given);
            if !lacking.is_empty() {
                return Err(LapseRejection::Lacking(clause, lacking).into());
            }
        }
        if lapse.verdicts.len() >= VERDICTS_MAX {
            return Err(LapseRejection::Full.into());
        }
        self.record(Fact::VerdictGiven(Box::new(VerdictGiven {
            lapse: given.lapse.clone(),
            actor: given.actor.clone(),
            clause: given.clause,
            findings: given.findings.clone(),
            payload: given.payload.clone(),
        })));
        Ok(())
    }

    fn lapse_heard_by_person(&self, id: &LapseId, actor: &Actor) -> Result<std::sync::Arc<Lapse>, Rejection> {
        let lapse = self.state.lapses.get(id).cloned().ok_or(LapseRejection::NoSuchLapse)?;
        self.known(&actor.by)?;
        match actor.via {
            Via::Session => Ok(lapse),
            Via::Program(_) | Via::Code | Via::Digit => Err(Rejection::PersonOnly),
        }
    }

    /// What a clause needs and nobody found.
    fn lacking(&self, lapse: &Lapse, clause: Clause, given: &LapseVerdict) -> Vec<Need> {
        let officials = [Category::PublicOfficial, Category::LeadingCadre];
        let is_official = |person: &PersonId| {
            self.directory.persons.get(person).is_some_and(|known| officials.contains(&known.category))
        };
        let met = |need: Need| match need {
            Need::Official => lapse.subjects().any(is_official),
            Need::Failing | Need::Provision | Need::Finding(_) => need.is_met(&given.findings),
        };
        clause.needs(lapse.failing).iter().copied().filter(|need| !met(*need)).collect()
    }
}
