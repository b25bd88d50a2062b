//! Contradictions: a report that says otherwise than what is known. Its filer hears of it first, and has four hours to
//! correct it before it stands on the ledger, to be looked into (M22).

mod both;
mod known;

use std::collections::BTreeMap;
use std::slice::from_ref;
use std::sync::Arc;
use std::time::Duration;

use super::Draft;
use super::notify::Wish;
use super::remind::ASKED_BY;
use crate::domain::bulletin::Trouble;
use crate::domain::command::Rejection;
use crate::domain::fact::{Fact, Span};
use crate::domain::lapse::{About, Certainty, Excuse, ExcuseKind, Lapse, Post};
use crate::domain::names::{CaseId, Kind, PersonId, Recipient, UnitId};
use crate::domain::notification::{Notification, Purpose, Subject};
use crate::domain::slot::{
    Contradicted, Contradiction, ContradictionEnd, Filed, LAST_PART, Period, PeriodId, SlotId, TO_CORRECT,
    TO_REACH,
};
use crate::time::Timestamp;

/// A message that goes with less than this left to correct a report comes too late.
const ENOUGH: Duration = Duration::from_hours(2);
/// Of the three days in which a filer is tried, so much is given at once at most: the times given double.
const MORE_MAX: Duration = Duration::from_hours(24);

/// What is known when a report is filed that stands against it.
pub(super) struct Known {
    /// Against that report, by the time there is to correct it: its filer was shown it.
    pub(super) own: Vec<Contradicted>,
    /// Against earlier ones of the slot.
    pub(super) standing: Vec<Contradicted>,
}

impl Draft<'_> {
    /// What is known against a report that is being filed: it is refused, until its filer says that it stands.
    pub(super) fn contradicted(
        &self,
        of: (&Period, &UnitId),
        filed: &Filed,
        stands: bool,
    ) -> Result<Known, Rejection> {
        let against = self.against(of, filed);
        if !stands && !against.is_empty() {
            return Err(Rejection::Contradicted(against));
        }
        let standing = self.standing(of, filed, &against);
        Ok(Known { own: self.contradict(of, filed, (against, true)), standing })
    }

    /// What is put on record of it, by the time there is to correct it; nothing, where its filer answers for all of it on
    /// the ledger already, or it was found before. Each filer has a time of their own.
    fn contradict(
        &self,
        (period, unit): (&Period, &UnitId),
        filed: &Filed,
        (against, shown): (Vec<Contradiction>, bool),
    ) -> Vec<Contradicted> {
        let slot = period.id().slot(unit);
        let led = self.led_by(filed, unit);
        let mut all: Vec<Contradicted> = Vec::new();
        for it in against {
            let theirs = |known: &&Contradicted| known.by == filed.actor.by && known.has(it.word());
            let known = period.contradictions(unit).iter().filter(theirs);
            let known = known.min_by_key(|known| known.correct_by);
            let is_of_it = |known: &Contradicted| known.report == filed.report && known.has(it.word());
            let found = !shown && period.contradictions(unit).iter().any(is_of_it);
            if found || self.answers_for((&slot, it.word()), &filed.actor.by) {
                continue;
            }
            // Who files the same thing again has no more time for it; what says otherwise in another way has its own.
            // Before it is due a report is corrected without a word.
            let own = || (self.moment(), (self.moment() + TO_CORRECT).max(period.due));
            let (since, correct_by) =
                known.filter(|_| shown).map_or_else(own, |known| (known.since, known.correct_by));
            let same = |one: &&mut Contradicted| (one.since, one.correct_by) == (since, correct_by);
            if let Some(one) = all.iter_mut().find(same) {
                one.against.push(it);
                continue;
            }
            all.push(Contradicted {
                report: filed.report.clone(),
                payload: filed.payload.clone(),
                by: filed.actor.by.clone(),
                filed_as: filed.filed_as,
                entry: None,
                leader: led.as_ref().map(|(person, _)| person.clone()),
                led_as: led.as_ref().and_then(|(_, post)| *post),
                since,
                shown,
                repeated: 0,
                heard: false,
                correct_by,
                against: vec![it],
            });
        }
        all
    }

    /// Who answers for a report as the leader of its unit, and in which post: whoever led it when it was filed. Of reports
    /// from before that was kept, whoever does today; where nobody led it, nobody.
    pub(super) fn led_by(&self, filed: &Filed, unit: &UnitId) -> Option<(PersonId, Option<Post>)> {
        if filed.leader.is_some() || filed.filed_as.is_some() {
            return filed.leader.clone().map(|leader| (leader, filed.led_as));
        }
        let (person, post) = self.leading(self.directory.units.get(unit)?)?;
        Some((person, Some(post)))
    }

    /// What was known against earlier reports of the slot, and is not put right by this one: whoever it was found against
    /// answers for it, at its time. Who files this one themselves answers for what they are shown, and no more for that
    /// of before.
    fn standing(
        &self,
        (period, unit): (&Period, &UnitId),
        filed: &Filed,
        shown: &[Contradiction],
    ) -> Vec<Contradicted> {
        let entry = period.outcomes.get(unit).and_then(|outcome| outcome.entry);
        let stands = |it: &Contradiction, accused: &PersonId| {
            let is_shown = shown.iter().any(|shown| shown.word() == it.word());
            let left_out = || self.leaves_out((period, unit), filed, (it, Some(accused)));
            match (is_shown, *accused == filed.actor.by) {
                (true, true) => false,
                (true, false) => !it.is_of_fevers() || left_out(),
                (false, _) => left_out(),
            }
        };
        let kept = period.contradictions(unit).iter().map(|known| Contradicted {
            against: known.against.iter().filter(|it| stands(it, &known.by)).cloned().collect(),
            entry: known.entry.or(entry),
            ..known.clone()
        });
        kept.filter(|known| !known.against.is_empty()).collect()
    }

    /// What became known after reports were taken: whoever filed them hears of it, and has the same time to correct them.
    ///
    /// It costs what there are of cases, and not of slots.
    pub(super) fn find_contradictions(&mut self, id: &PeriodId) {
        let Some(period) = self.state.periods.get(id).cloned() else { return };
        let mut units: Vec<UnitId> = self.state.by_unit.iter().map(|(unit, _)| unit.clone()).collect();
        units.dedup();
        let mut filers: BTreeMap<PersonId, (Timestamp, Vec<UnitId>)> = BTreeMap::new();
        for unit in units {
            if let Some((person, correct_by)) = self.find_fevers(&period, &unit) {
                let (by, of) = filers.entry(person).or_insert_with(|| (correct_by, Vec::new()));
                *by = correct_by;
                of.push(unit);
            }
        }
        for (person, (correct_by, units)) in filers {
            self.tell_filer((id, &units), person, correct_by);
        }
    }

    /// A case became known, or counts again, or from an earlier moment: whoever filed the first report of its unit after
    /// it was discovered is told, where that said otherwise and its time is over. One whose time is not over is looked at
    /// when it is due.
    ///
    /// It costs a look at each period in memory.
    pub(super) fn doubt_reports(&mut self, id: &CaseId) {
        let Some(case) = self.state.case(id).filter(|case| case.kind != Kind::RuledOut).cloned() else {
            return;
        };
        let mut first: Vec<Arc<Period>> = Vec::new();
        for (period_id, period) in self.state.periods.iter().filter(|(_, period)| period.owing.is_some()) {
            if first.last().is_some_and(|last| last.id().form == period_id.form) {
                continue;
            }
            let filed = period.outcomes.get(&case.unit).and_then(|outcome| outcome.filed.as_ref());
            if filed.is_some_and(|filed| case.counts_from() <= filed.received.min(period.due)) {
                first.push(Arc::clone(period));
            }
        }
        for period in first {
            if let Some((person, correct_by)) = self.find_fevers(&period, &case.unit) {
                self.tell_filer((period.id(), from_ref(&case.unit)), person, correct_by);
            }
        }
    }

    /// Puts on record that a report leaves out what is known of its unit, and says who filed it.
    fn find_fevers(&mut self, period: &Period, unit: &UnitId) -> Option<(PersonId, Timestamp)> {
        let filed = period.outcomes.get(unit)?.filed.clone()?;
        let against = self.fevers((period, unit), &filed)?;
        self.find((period, unit), &filed, against)
    }

    /// Puts on record what is known against a report that was taken, and says who is to hear of it.
    fn find(
        &mut self,
        (period, unit): (&Period, &UnitId),
        filed: &Filed,
        against: Contradiction,
    ) -> Option<(PersonId, Timestamp)> {
        let contradicted = self.contradict((period, unit), filed, (vec![against], false)).pop()?;
        let told = (contradicted.by.clone(), contradicted.correct_by);
        let slot = period.id().slot(unit);
        self.record(Fact::ReportContradicted { slot, contradicted: Box::new(contradicted) });
        Some(told)
    }

    /// One message over all units that somebody files for.
    fn tell_filer(
        &mut self,
        (period, units): (&PeriodId, &[UnitId]),
        person: PersonId,
        correct_by: Timestamp,
    ) {
        if !self.is_released(&person) {
            return;
        }
        let to = Recipient::Person(person.clone());
        let Some(medium) = self.ways(&to, &ASKED_BY).first().copied() else {
            self.note_trouble(&Trouble::PersonNotReached(person));
            return;
        };
        let addressed = self.asked_as(units, &person);
        let (step, useless_after) = (step(correct_by), Some(correct_by));
        let wish = Wish { step, useless_after, addressed, ..Wish::default() };
        let subject = Subject::Period(period.clone());
        self.plan(&subject, Purpose::FormDoubted, (&to, medium), self.moment(), wish);
    }

    /// When the message of a contradiction went that reached its filer; by any medium, in any of its rounds.
    fn heard_at(&self, period: &PeriodId, known: &Contradicted) -> Option<Timestamp> {
        let (subject, to) = (Subject::Period(period.clone()), Recipient::Person(known.by.clone()));
        let step = step(known.correct_by);
        let tracks = ASKED_BY.iter().flat_map(|medium| {
            let id_of =
                |round| Notification::id_of(&subject, Purpose::FormDoubted, &step, (&to, *medium), round);
            let (free, _) = self.free_round(id_of);
            (1..free).filter_map(|round| self.state.track(&id_of(round))).collect::<Vec<_>>()
        });
        let reached = tracks.filter(|track| self.has_reached(track));
        reached.filter_map(|track| track.attempts.last().map(|attempt| attempt.at)).min()
    }

    /// The time to correct a report is over; of what was found after it was taken, only where its filer could know.
    pub(super) fn contradiction_due(&mut self, slot: &SlotId) {
        let Some(period) = self.state.periods.get(&slot.period).cloned() else { return };
        let Some(correct_by) = period.correct_by(&slot.unit) else { return };
        let all = period.contradictions(&slot.unit).iter().filter(|known| known.correct_by == correct_by);
        let mut over = Vec::new();
        for known in all {
            let against: Vec<Contradiction> = known
                .against
                .iter()
                .filter(|it| it.accuses())
                .filter_map(|it| self.still(slot, it))
                .collect();
            let known = Contradicted { against, ..known.clone() };
            let heard_at = self.heard_at(&slot.period, &known);
            match self.with_more_time(&known, heard_at).filter(|_| !known.against.is_empty()) {
                Some(longer) => {
                    let (person, correct_by) = (longer.by.clone(), longer.correct_by);
                    let contradicted = Box::new(longer);
                    self.record(Fact::ReportContradicted { slot: slot.clone(), contradicted });
                    self.tell_filer((&slot.period, from_ref(&slot.unit)), person, correct_by);
                }
                None => over.push((known, heard_at.is_some())),
            }
        }
        if over.is_empty() {
            return;
        }
        let stands = over.iter().any(|(known, _)| !known.against.is_empty());
        let how = if stands { ContradictionEnd::Uncorrected } else { ContradictionEnd::Groundless };
        self.record(Fact::ContradictionEnded { slot: slot.clone(), how });
        for (known, heard) in over {
            for against in known.against.clone() {
                // What somebody answers for by an earlier report of the slot stands on the ledger once.
                let answers = self.answers_for((slot, against.word()), &known.by);
                let lapse = self.untrue((&period, slot), (&known, heard), against);
                if !answers && self.state.lapses.get(&lapse.lapse).is_none() {
                    self.record(Fact::LapseRecorded { lapse: Box::new(lapse) });
                }
            }
        }
        // Where the cases that it rested on hold no more, others of its unit may.
        let Some(period) = self.state.periods.get(&slot.period).cloned() else { return };
        if let Some((person, correct_by)) = self.find_fevers(&period, &slot.unit) {
            self.tell_filer((&slot.period, from_ref(&slot.unit)), person, correct_by);
        }
    }

    /// The same, with more time to correct: where no message has reached the filer, or one came with too little left.
    fn with_more_time(&self, known: &Contradicted, heard_at: Option<Timestamp>) -> Option<Contradicted> {
        let in_time = heard_at.is_some_and(|at| at + ENOUGH <= known.correct_by);
        if known.shown || known.heard || in_time {
            return None;
        }
        let now = self.moment();
        let more = now.since(known.since).clamp(TO_CORRECT, MORE_MAX);
        let correct_by = (now + more).min(known.since + TO_REACH).max(known.correct_by);
        let more = Contradicted {
            repeated: known.repeated.saturating_add(1),
            heard: heard_at.is_some(),
            correct_by,
            ..known.clone()
        };
        (correct_by >= now + TO_CORRECT).then_some(more)
    }

    /// What stands on the ledger: who filed the report and who led the unit, to be looked into.
    fn untrue(
        &self,
        (period, slot): (&Period, &SlotId),
        (known, heard): (&Contradicted, bool),
        against: Contradiction,
    ) -> Lapse {
        let (from, to) = (known.since, known.correct_by);
        let span = Span { from: self.hindered_from(&against, from), to };
        let mut excuses = self.excuses(span);
        if !self.state.is_armed() {
            excuses.push(Excuse::of(ExcuseKind::Unarmed, from, to));
        }
        if !known.shown && !known.heard && !heard {
            excuses.push(Excuse::of(ExcuseKind::FilerNotReached, from, to));
        }
        let mut evidence: Vec<u64> = against.cases().iter().filter_map(|id| self.opened_in(id)).collect();
        evidence.extend(against.entries());
        evidence.extend(known.entry);
        evidence.extend(period.outcomes.get(&slot.unit).and_then(|outcome| outcome.entry));
        evidence.extend(against.other().and_then(|other| self.state.outcome(other)?.entry));
        evidence.push(self.seq());
        evidence.sort_unstable();
        evidence.dedup();
        // Nobody is told of a case of their own, and whoever has one, or is away for a fever, does not lead meanwhile.
        let cases = || against.cases().iter().filter_map(|id| self.state.case(id));
        let is_own = |person: &PersonId| {
            let mut absences = self.state.absences_of(person);
            cases().any(|case| case.subject_person.as_ref() == Some(person))
                || absences.any(|it| against.entries().contains(&it.absence))
        };
        let responsible_person = known.leader.clone().filter(|leader| !is_own(leader));
        let first = Lapse::id_of_report(slot, against.word());
        let id = match self.state.lapses.get(&first) {
            None => first,
            Some(_) => Lapse::id_of_later_report(&known.report, against.word()),
        };
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
            involved_as: known.filed_as,
            responsible_as: known.led_as.filter(|_| responsible_person.is_some()),
            responsible_person,
            span: Some(span),
            excuses,
            evidence,
            ..Lapse::found(id, what, about, (period.due, self.now.wall))
        }
    }

    /// From when on what kept reports out excuses one that is contradicted since an instant: of two rounds too close, from
    /// before the other was due.
    fn hindered_from(&self, against: &Contradiction, since: Timestamp) -> Timestamp {
        let other = against.other().filter(|_| against.is_too_close());
        let other = other.and_then(|other| self.state.periods.get(&other.period));
        other.map_or(since, |other| since.min(other.opened.due - LAST_PART))
    }

    /// The entry in which a case was opened.
    fn opened_in(&self, id: &CaseId) -> Option<u64> {
        Some(self.state.case(id)?.timeline.first()?.seq)
    }
}

/// What tells one notice of a contradiction from another: until when there is time.
fn step(correct_by: Timestamp) -> String {
    correct_by.as_millis().to_string()
}
