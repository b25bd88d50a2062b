//! What is known against reports: the cases of a unit, its other reports, and what is left of a contradiction.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::State;
use crate::domain::case::Case;
use crate::domain::directory::Directory;
use crate::domain::fact::{AbsentBecause, Span};
use crate::domain::lapse::{About, Lapse};
use crate::domain::names::{CaseId, Kind, PersonId, Recipient, UnitId};
use crate::domain::notification::{Progress, Purpose};
use crate::domain::slot::{
    Above, Below, Contradicted, Contradiction, CountedBy, Outcome, Period, PeriodDue, SlotId,
};
use crate::time::Timestamp;

impl State {
    /// The cases of a unit that a report of a period should count: open when it came, or of the period's own time.
    ///
    /// Not one whose unit the source only assumed, nor the filer's own, where one is named: nobody is told of that.
    #[must_use]
    pub fn fevers_of(
        &self,
        unit: &UnitId,
        (period, received): (&Period, Timestamp),
        (filer, most): (Option<&PersonId>, usize),
    ) -> Vec<CaseId> {
        let first = (unit.clone(), CaseId::new(""));
        let of_unit = self.by_unit.range(first..).take_while(|(of, _)| of == unit);
        let known = of_unit.filter_map(|(_, id)| self.case(id));
        let counts = |case: &&Arc<Case>| {
            let found = case.counts_from() <= received.min(period.due);
            let of_day = case.closed.as_ref().is_none_or(|closed| closed.at > received)
                || case.counts_from() >= period.opened.opens;
            case.kind != Kind::RuledOut
                && found
                && of_day
                && !case.unit_assumed
                && (filer.is_none() || case.subject_person.as_ref() != filer)
        };
        known.filter(counts).take(most).map(|case| case.id.clone()).collect()
    }

    /// What became of a slot, as long as its period is in memory.
    pub(in crate::domain) fn outcome(&self, slot: &SlotId) -> Option<&Outcome> {
        self.periods.get(&slot.period)?.outcomes.get(&slot.unit).map(|outcome| &**outcome)
    }

    /// Whether the reports of a slot's period became due later than they were to: who files them as soon as they can
    /// may file two together.
    fn has_moved(&self, slot: &SlotId) -> bool {
        self.periods.get(&slot.period).is_some_and(|period| !period.moved.is_empty())
    }

    /// How many people a unit has by the last report of a slot.
    pub(in crate::domain) fn people_of(&self, slot: &SlotId) -> Option<u32> {
        self.outcome(slot)?.filed.as_ref()?.people
    }

    /// The units of a period whose leader was to be told that the report is overdue, and could not be: no way leads to them,
    /// or none took the message. Before that was decided, and while it may arrive still, nothing is said.
    #[must_use]
    pub fn untold_leaders_of<'p>(&self, period: &'p Period) -> BTreeSet<&'p UnitId> {
        let decided = period.owing.is_some() && period.due_at(PeriodDue::Leader).is_none();
        if !decided || period.opened.reminders.leader.is_none() {
            return BTreeSet::new();
        }
        let mut open: BTreeSet<&PersonId> = BTreeSet::new();
        for track in period.notifications.iter().filter_map(|id| self.track(id)) {
            let in_vain = matches!(track.state, Progress::Refused | Progress::Cancelled);
            if track.notification.purpose == Purpose::FormOverdue
                && !in_vain
                && let Recipient::Person(person) = &track.notification.to
            {
                open.insert(person);
            }
        }
        let told = period.leaders.iter().filter(|(person, _)| open.contains(person));
        let told: BTreeSet<&UnitId> = told.flat_map(|(_, units)| units.iter()).collect();
        period.awaited().filter(|unit| !told.contains(unit)).collect()
    }

    /// Reports of somebody in a period that were found to be contradicted after they were taken, and can be corrected
    /// still; each of what holds against it still.
    #[must_use]
    pub fn doubted(
        &self,
        directory: &Directory,
        period: &Period,
        to: &Recipient,
    ) -> Vec<(UnitId, Contradicted)> {
        let Recipient::Person(person) = to else { return Vec::new() };
        let all = period.contradicted.iter().flat_map(|(unit, known)| known.iter().map(move |it| (unit, it)));
        let theirs = all.filter(|(_, it)| !it.shown && it.by == *person);
        let left = theirs.filter_map(|(unit, it)| {
            let slot = period.id().slot(unit);
            let against: Vec<Contradiction> =
                it.against.iter().filter_map(|against| self.still(directory, &slot, against)).collect();
            (!against.is_empty()).then(|| (unit.clone(), Contradicted { against, ..it.clone() }))
        });
        left.collect()
    }

    /// What is left of a contradiction of the report of a slot: nobody is held to a case that was ruled out, or that
    /// nothing is known of any more (P12), or came back behind the report; nor to a fever that somebody reported since,
    /// nor to another report that agrees with theirs, nor to a register or headcount that was put right.
    #[must_use]
    pub(in crate::domain) fn still(
        &self,
        directory: &Directory,
        slot: &SlotId,
        against: &Contradiction,
    ) -> Option<Contradiction> {
        match against {
            Contradiction::Fevers { .. } | Contradiction::Absences { .. } => {
                let period = self.periods.get(&slot.period);
                let filed = self.outcome(slot).and_then(|outcome| outcome.filed.as_ref());
                let until =
                    period.zip(filed).map_or(Timestamp::MAX, |(period, filed)| period.counts_until(filed));
                self.fevers_left(against, |id| self.case(id).is_some_and(|case| case.was_fever_at(until)))
            }
            Contradiction::Unreported { said, .. } => {
                let (known, own) = self.known_fevers(directory, slot);
                (*said > known.saturating_add(own))
                    .then_some(Contradiction::Unreported { said: *said, known })
            }
            Contradiction::People { said, other, .. } => {
                let known = self.people_of(other).filter(|known| known != said)?;
                Some(Contradiction::People { said: *said, known, other: other.clone() })
            }
            Contradiction::TooClose { other, .. } if self.has_moved(slot) || self.has_moved(other) => None,
            Contradiction::TooClose { other, apart_s_min, .. } => {
                let least = Duration::from_secs(*apart_s_min);
                let apart =
                    self.outcome(slot).zip(self.outcome(other)).and_then(|(one, two)| apart(one, two));
                apart.is_none_or(|apart| apart < least).then(|| against.clone())
            }
            Contradiction::BelowBefore { figures } => {
                let figures: Vec<Below> =
                    figures.iter().filter_map(|below| self.still_below(below)).collect();
                (!figures.is_empty()).then_some(Contradiction::BelowBefore { figures })
            }
            Contradiction::AboveAfter { figures } => {
                let figures: Vec<Above> =
                    figures.iter().filter_map(|above| self.still_above(above)).collect();
                (!figures.is_empty()).then_some(Contradiction::AboveAfter { figures })
            }
            Contradiction::Counted { said, by, .. } => {
                self.counts_otherwise(directory, (&slot.unit, *by), *said).then(|| against.clone())
            }
        }
    }

    /// What is left of what a report says of fevers, by the cases that stand and the absences: more than it counts.
    pub(in crate::domain) fn fevers_left(
        &self,
        against: &Contradiction,
        stands: impl Fn(&CaseId) -> bool,
    ) -> Option<Contradiction> {
        let exceeds = |count: usize, said: u32| u32::try_from(count).is_ok_and(|count| count > said);
        let standing =
            |cases: &[CaseId]| cases.iter().filter(|id| stands(id)).cloned().collect::<Vec<CaseId>>();
        match against {
            Contradiction::Fevers { said, cases } => {
                let cases = standing(cases);
                exceeds(cases.len(), *said).then_some(Contradiction::Fevers { said: *said, cases })
            }
            Contradiction::Absences { said, absences, cases } => {
                // Where not all of the cases were kept nobody can count.
                let counts = exceeds(absences.len() + cases.len(), *said);
                let is_one = |absence: &&u64| !self.is_absence_cleared(**absence);
                let (absences, cases): (Vec<u64>, _) =
                    (absences.iter().filter(is_one).copied().collect(), standing(cases));
                let more = !counts || exceeds(absences.len() + cases.len(), *said);
                (more && !absences.is_empty()).then_some(Contradiction::Absences {
                    said: *said,
                    absences,
                    cases,
                })
            }
            Contradiction::Unreported { .. }
            | Contradiction::People { .. }
            | Contradiction::TooClose { .. }
            | Contradiction::BelowBefore { .. }
            | Contradiction::AboveAfter { .. }
            | Contradiction::Counted { .. } => Some(against.clone()),
        }
    }

    /// Whether a lapse about what a report says of fevers holds still: a case of it that has left memory stands as it was
    /// when it left, and one that came back after the report was due is another fever.
    pub(in crate::domain) fn is_held(&self, lapse: &Lapse) -> bool {
        let About::Report { against, .. } = &lapse.about else { return true };
        let stands = |id: &CaseId| match self.case(id) {
            Some(case) => case.was_fever_at(lapse.due),
            None => !lapse.ruled_out.contains(id),
        };
        self.fevers_left(against, stands).is_some()
    }

    /// How many people of a unit are known to have, or to have had, a fever in the time of a slot, and whether one is its
    /// filer: cases whatever became of them, and absences for a fever of people of its posts.
    fn known_fevers(&self, directory: &Directory, slot: &SlotId) -> (u32, u32) {
        let Some(period) = self.periods.get(&slot.period) else { return (u32::MAX, 0) };
        let filer = self.outcome(slot).and_then(|outcome| Some(&outcome.filed.as_ref()?.actor.by));
        let first = (slot.unit.clone(), CaseId::new(""));
        let of_unit = self.by_unit.range(first..).take_while(|(of, _)| *of == slot.unit);
        let in_time = |case: &&Arc<Case>| {
            let over = case.closed.as_ref().map(|closed| closed.at);
            over.is_none_or(|at| at >= period.opened.opens) || case.discovered_at >= period.opened.opens
        };
        let cases = of_unit.filter_map(|(_, id)| self.case(id)).filter(in_time);
        let (own, others): (Vec<_>, Vec<_>) =
            cases.partition(|case| filer.is_some() && case.subject_person.as_ref() == filer);
        let span = Span { from: period.opened.opens, to: Timestamp::MAX };
        let posts = directory.units.get(&slot.unit).zip(filer);
        let away = posts.map_or(0, |(posts, filer)| self.away_for_fever(posts, span, filer).len());
        let own_away = filer.is_some_and(|filer| {
            let mut theirs = self.absences_of(filer).filter(|it| it.why == AbsentBecause::Fever);
            theirs.any(|it| it.span.to >= period.opened.opens)
        });
        let count = |all: usize| u32::try_from(all).unwrap_or(u32::MAX);
        (count(others.len() + away), count(own.len().max(usize::from(own_away))))
    }

    /// Whether a unit is known to have other people than somebody said. What was put right speaks for whoever had the
    /// right number; a number that the configuration has taken back is held against nobody.
    fn counts_otherwise(&self, directory: &Directory, (unit, by): (&UnitId, CountedBy), said: u64) -> bool {
        let in_register = self.register_people.get(unit).map(|now| u64::from(*now));
        match by {
            CountedBy::Register => in_register != Some(said),
            CountedBy::Headcount => {
                let headcount = directory.units.get(unit).and_then(|unit| unit.headcount).map(u64::from);
                let known = [headcount, in_register];
                known.iter().flatten().next().is_some() && !known.contains(&Some(said))
            }
        }
    }

    /// A total that is lower than the previous report says by now; what has left memory stays as it was.
    fn still_below(&self, below: &Below) -> Option<Below> {
        let Below { field, said, other, .. } = below;
        match self.outcome(other).and_then(|outcome| outcome.filed.as_ref()) {
            Some(filed) => Below::of(field, said, (filed.totals.get(field)?, other)),
            None => Some(below.clone()),
        }
    }

    /// The same of one that is higher than the next report says by now.
    fn still_above(&self, above: &Above) -> Option<Above> {
        let Above { field, said, other, .. } = above;
        match self.outcome(other).and_then(|outcome| outcome.filed.as_ref()) {
            Some(filed) => Above::of(field, said, (filed.totals.get(field)?, other)),
            None => Some(above.clone()),
        }
    }
}

/// How long lay between two rounds: each goes by when it was first reported, or by a time of its own at which it was
/// reported again, which puts it right.
fn apart(one: &Outcome, two: &Outcome) -> Option<Duration> {
    let (first, second) = (one.first?, two.first?);
    let again = |outcome: &Outcome| outcome.filed.as_ref().map(|filed| filed.received);
    let with = [
        Some(first.distance(second)),
        again(one).map(|at| at.distance(second)),
        again(two).map(|at| at.distance(first)),
    ];
    with.into_iter().flatten().max()
}
