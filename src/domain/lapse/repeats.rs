//! Repetition: how many lapses that stand came before another within a window. It is shown, and judges nobody.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rpds::RedBlackTreeMapSync as Map;

use super::{About, Certainty, Lapse};
use crate::domain::names::{FormId, LapseId, PersonId, UnitId};
use crate::time::Timestamp;

/// Whose lapses are counted together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    /// Of all that name a person, as involved or as responsible.
    Person(PersonId),
    /// Of all about the reports of a unit by a form.
    Form(UnitId, FormId),
}

/// One that stands, in the order of the due instants.
#[derive(Debug)]
struct Known {
    due: Timestamp,
    certainty: Certainty,
    lapse: LapseId,
}

/// Those of one key.
#[derive(Debug, Default)]
struct Shelf {
    known: Vec<Known>,
    /// How many of those before each place, the end among them, are proved: a span is counted without a walk.
    proved: Vec<usize>,
}

/// The lapses that stand, by whom they name and which reports they are about.
#[derive(Debug, Default)]
pub struct Book {
    window: Duration,
    of: BTreeMap<Key, Shelf>,
}

/// How many came before, and which, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Repeats {
    /// Those that the record proves.
    pub proved: usize,
    /// Those that a person must look into, or has, and let stand.
    pub candidates: usize,
    /// Their ids, where they were asked for, as many as were.
    pub lapses: Vec<LapseId>,
}

/// What came before a lapse within the window.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Repetition {
    /// How far back it looks from the due instant.
    pub window: Duration,
    /// Against the person involved; none where nobody is named.
    pub involved: Option<Repeats>,
    /// Against the person responsible; likewise.
    pub responsible: Option<Repeats>,
    /// About the reports of the same unit by the same form; none of what is about a case.
    pub form: Option<Repeats>,
}

impl Book {
    /// Takes, in one pass over all lapses, those that some of them could repeat.
    #[must_use]
    pub fn of(all: &Map<LapseId, Arc<Lapse>>, wanted: &[Arc<Lapse>], window: Duration) -> Self {
        let of = wanted.iter().flat_map(|lapse| keys(lapse)).map(|key| (key, Shelf::default()));
        let mut book = Self { window, of: of.collect() };
        for lapse in all.values().filter(|lapse| !lapse.is_cleared()) {
            for key in keys(lapse) {
                if let Some(shelf) = book.of.get_mut(&key) {
                    let Lapse { due, certainty, lapse, .. } = &**lapse;
                    shelf.known.push(Known { due: *due, certainty: *certainty, lapse: lapse.clone() });
                }
            }
        }
        book.of.values_mut().for_each(Shelf::order);
        book
    }

    /// What came before a lapse, with so many ids of each. What was due at the same instant is not before it: one evening
    /// on which a leader misses the reports of three units repeats nothing.
    #[must_use]
    pub fn before(&self, lapse: &Lapse, ids_max: usize) -> Repetition {
        let count = |key: Key| self.count(&key, lapse.due, ids_max);
        let person = |person: &Option<PersonId>| person.clone().map(|person| count(Key::Person(person)));
        Repetition {
            window: self.window,
            involved: person(&lapse.person_involved),
            responsible: person(&lapse.responsible_person),
            form: lapse.about.form_key().map(count),
        }
    }

    fn count(&self, key: &Key, due: Timestamp, ids_max: usize) -> Repeats {
        let Some(shelf) = self.of.get(key) else { return Repeats::default() };
        let from = shelf.known.partition_point(|it| it.due < due - self.window);
        let to = shelf.known.partition_point(|it| it.due < due);
        let within = shelf.known.get(from..to).unwrap_or(&[]);
        let until = |place: usize| shelf.proved.get(place).copied().unwrap_or_default();
        let proved = until(to).saturating_sub(until(from));
        let lapses = within.iter().rev().take(ids_max).map(|it| it.lapse.clone()).collect();
        Repeats { proved, candidates: within.len().saturating_sub(proved), lapses }
    }
}

impl Shelf {
    fn order(&mut self) {
        self.known.sort_by(|one, other| (one.due, &one.lapse).cmp(&(other.due, &other.lapse)));
        let mut proved = 0;
        let sums = self.known.iter().map(|it| {
            proved += usize::from(it.certainty == Certainty::Proved);
            proved
        });
        self.proved = std::iter::once(0).chain(sums).collect();
    }
}

impl Repetition {
    /// Leaves a person what is their own: never how many lapses anybody else has, nor those of a form, which others file.
    #[must_use]
    pub fn own(mut self, lapse: &Lapse, person: &PersonId) -> Self {
        self.involved = self.involved.filter(|_| lapse.person_involved.as_ref() == Some(person));
        self.responsible = self.responsible.filter(|_| lapse.responsible_person.as_ref() == Some(person));
        self.form = None;
        self
    }
}

fn keys(lapse: &Lapse) -> impl Iterator<Item = Key> {
    lapse.subjects().cloned().map(Key::Person).chain(lapse.about.form_key())
}

impl About {
    fn form_key(&self) -> Option<Key> {
        match self {
            Self::Slot { slot } | Self::Report { slot, .. } | Self::Correction { slot, .. } => {
                Some(Key::Form(slot.unit.clone(), slot.period.form.clone()))
            }
            Self::Telephone { .. } | Self::Written { .. } | Self::Event { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::{Failing, Findings, Verdict};
    use super::*;
    use crate::domain::names::{Actor, PayloadName, Via};

    const DAY: Duration = Duration::from_hours(24);

    /// A lapse of `finance` by `daily`, due on a day of November.
    fn lapse(day: u32, (involved, responsible): (&str, &str), certainty: Certainty) -> Lapse {
        let slot = format!("daily.finance.2026-11-{day:02}.1").parse().unwrap();
        let due = format!("2026-11-{day:02}T08:00:00Z").parse().unwrap();
        let what = (Failing::Delayed, certainty);
        let id = LapseId::new(&format!("{day}-{involved}"));
        Lapse {
            person_involved: Some(PersonId::new(involved)),
            responsible_person: Some(PersonId::new(responsible)),
            ..Lapse::found(id, what, About::Slot { slot }, (due, due))
        }
    }

    fn counts(repeats: Option<&Repeats>) -> Option<(usize, usize)> {
        repeats.map(|it| (it.proved, it.candidates))
    }

    fn before(all: &[Arc<Lapse>], index: usize) -> Repetition {
        let book = Book::of(
            &all.iter().map(|it| (it.lapse.clone(), Arc::clone(it))).collect(),
            &all[index..=index],
            DAY * 10,
        );
        book.before(&all[index], 2)
    }

    #[test]
    fn what_stood_before_within_the_window_is_counted_for_each_by_how_sure_it_is() {
        use Certainty::{Candidate, Proved};
        let all = [
            lapse(9, ("p1", "p2"), Proved),
            lapse(10, ("p1", "p2"), Proved),
            lapse(12, ("p1", "p2"), Candidate),
            lapse(13, ("p2", "p2"), Proved),
            lapse(20, ("p3", "p2"), Proved),
            lapse(20, ("p1", "p2"), Proved),
            lapse(21, ("p1", "p2"), Proved),
        ]
        .map(Arc::new);
        let found = before(&all, 5);
        assert_eq!(counts(found.involved.as_ref()), Some((1, 1)), "10 days before is within, 11 is not");
        assert_eq!(counts(found.responsible.as_ref()), Some((2, 1)), "named twice in one is one");
        assert_eq!(
            counts(found.form.as_ref()),
            Some((2, 1)),
            "what was due at the same instant is not before"
        );
        let ids: Vec<String> = found.responsible.unwrap().lapses.iter().map(ToString::to_string).collect();
        assert_eq!(ids, ["13-p2", "12-p1"], "the newest first, and as many as were asked for");
        assert_eq!(counts(before(&all, 4).involved.as_ref()), Some((0, 0)));
    }

    #[test]
    fn what_is_held_against_nobody_repeats_nothing() {
        let verdict = |clause| Verdict {
            at: Timestamp::MIN,
            actor: Actor { by: PersonId::new("p9"), via: Via::Session },
            clause,
            findings: Findings { found: BTreeSet::new(), provision: None },
            payload: PayloadName::new("sealed"),
        };
        let base = || lapse(10, ("p1", "p2"), Certainty::Proved);
        let count = |first: Lapse| {
            let all = [first, lapse(11, ("p1", "p2"), Certainty::Proved)].map(Arc::new);
            before(&all, 1).involved.map(|it| it.proved)
        };
        let withdrawn = Lapse { withdrawn_at: Some(Timestamp::MIN), ..base() };
        assert_eq!(count(base()), Some(1));
        assert_eq!(count(withdrawn), Some(0));
        let s26 = Some(super::super::Clause::S26);
        assert_eq!(count(Lapse { verdicts: vec![verdict(s26), verdict(None)], ..base() }), Some(0));
        assert_eq!(count(Lapse { verdicts: vec![verdict(None), verdict(s26)], ..base() }), Some(1));
    }

    #[test]
    fn whoever_is_named_is_left_their_own_count_alone() {
        let all = [lapse(10, ("p1", "p2"), Certainty::Proved), lapse(11, ("p1", "p2"), Certainty::Proved)];
        let all = all.map(Arc::new);
        let own = |person: &str| {
            let found = before(&all, 1).own(&all[1], &PersonId::new(person));
            (found.involved.is_some(), found.responsible.is_some(), found.form.is_some())
        };
        assert_eq!(own("p1"), (true, false, false));
        assert_eq!(own("p2"), (false, true, false));
        assert_eq!(own("p3"), (false, false, false));
    }
}
