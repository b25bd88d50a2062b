//! Spans of what was in nobody's power: the daemon down, its door closed, the clock in doubt.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::State;
use crate::domain::bulletin::Trouble;
use crate::domain::fact::{PostTaken, Span};
use crate::domain::names::{PersonId, UnitId};
use crate::time::Timestamp;

/// Whoever came to a post longer ago is not new in it.
const POSTS_KEPT: Duration = Duration::from_hours(24);
/// How many spans of each kind are remembered: months of restarts.
const SPANS_MAX: usize = 200;

/// A time in which nothing gets in, as somebody announced it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Maintenance {
    /// What it goes by: the number of the entry in which it was announced.
    pub maintenance: u64,
    /// From when to when.
    pub span: Span,
}

/// When somebody came to a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrival {
    /// When.
    pub at: Timestamp,
    /// The entry that says so.
    pub entry: u64,
}

impl State {
    /// When a person came to a post of a unit, where that was lately.
    pub(crate) fn post_taken(&self, unit: &UnitId, person: &PersonId) -> Option<Timestamp> {
        Some(self.posts_taken.get(unit)?.get(person)?.at)
    }

    /// Remembers who came to posts; who did long before is forgotten.
    pub(crate) fn take_posts(&mut self, posts: &[PostTaken], (at, entry): (Timestamp, u64)) {
        let mut kept: BTreeMap<UnitId, BTreeMap<PersonId, Arrival>> = BTreeMap::new();
        for (unit, people) in &self.posts_taken {
            let lately = people.iter().filter(|(_, taken)| at.since(taken.at) <= POSTS_KEPT);
            kept.entry(unit.clone()).or_default().extend(lately.map(|(person, at)| (person.clone(), *at)));
        }
        for it in posts {
            kept.entry(it.unit.clone()).or_default().insert(it.person.clone(), Arrival { at, entry });
        }
        self.posts_taken = kept.into_iter().filter(|(_, people)| !people.is_empty()).collect();
    }

    /// Spans in which the daemon was down, or sent nothing until a person would let it, that share an instant with a
    /// span.
    pub fn outages_in(&self, span: Span) -> impl Iterator<Item = Span> + '_ {
        let held = self.held_since.map(|from| Span { from, to: span.to.max(from) });
        self.outages.iter().copied().chain(held).filter(move |outage| outage.overlaps(span))
    }

    /// Spans in which the door was closed, that share an instant with a span; one that has not ended counts up to now.
    pub fn door_closed_in(&self, span: Span, now: Timestamp) -> impl Iterator<Item = Span> + '_ {
        let open = self.door_closed_since.map(|from| Span { from, to: now.max(from) });
        self.door_closed.iter().copied().chain(open).filter(move |closed| closed.overlaps(span))
    }

    /// Spans of announced maintenance that share an instant with a span.
    pub fn maintenance_in(&self, span: Span) -> impl Iterator<Item = Span> + '_ {
        self.maintenance.iter().map(|it| it.span).filter(move |closed| closed.overlaps(span))
    }

    /// Whether it was announced that nothing gets in at this moment.
    pub fn is_maintained(&self, now: Timestamp) -> bool {
        self.maintenance.iter().any(|it| it.span.from <= now && now < it.span.to)
    }

    /// Maintenance is over before its time, or will not be.
    pub(crate) fn end_maintenance(&mut self, maintenance: u64, at: Timestamp) {
        self.maintenance.retain(|it| it.maintenance != maintenance || it.span.from < at);
        if let Some(it) = self.maintenance.iter_mut().find(|it| it.maintenance == maintenance) {
            it.span.to = at.min(it.span.to);
        }
    }

    /// Spans in which the clock was in doubt, that share an instant with a span; one that has not ended counts up to now.
    pub fn doubts_in(&self, span: Span, now: Timestamp) -> impl Iterator<Item = Span> + '_ {
        let open = self.doubt.map(|from| Span { from, to: now.max(from) });
        self.doubts.iter().copied().chain(open).filter(move |doubt| doubt.overlaps(span))
    }

    /// A trouble began. The door stays closed from the first that closes it to the end of the last.
    pub(crate) fn close_door(&mut self, trouble: &Trouble, at: Timestamp) {
        if Trouble::AT_THE_DOOR.contains(trouble) {
            let since = self.door_closed_since.get_or_insert(at);
            // That nobody answers at the public address is seen after it began.
            if *trouble == Trouble::DoorShut {
                *since = at.min(*since);
            }
        }
    }

    /// Whether a trouble lasts.
    pub fn is_troubled(&self, trouble: &Trouble) -> bool {
        self.troubles.get(trouble).is_some_and(|standing| standing.open)
    }

    /// A trouble is over.
    pub(crate) fn open_door(&mut self, at: Timestamp) {
        if Trouble::AT_THE_DOOR.iter().any(|trouble| self.is_troubled(trouble)) {
            return;
        }
        if let Some(from) = self.door_closed_since.take() {
            remember(&mut self.door_closed, Span { from, to: at.max(from) });
        }
    }
}

/// Puts a span behind the others; of too many the oldest is forgotten.
pub(crate) fn remember(spans: &mut Vec<Span>, span: Span) {
    keep_last(spans, span);
}

/// So long after the last one something belongs to the same span.
const SAME: Duration = Duration::from_mins(10);

/// Puts an instant into the last span, or begins another.
pub(crate) fn extend_last(spans: &mut Vec<Span>, at: Timestamp) {
    match spans.last_mut().filter(|last| at < last.to + SAME) {
        Some(last) => *last = Span { from: last.from.min(at), to: last.to.max(at) },
        None => remember(spans, Span { from: at, to: at }),
    }
}

/// Puts something behind the others; of too many the oldest is forgotten.
pub(crate) fn keep_last<T>(all: &mut Vec<T>, one: T) {
    all.push(one);
    let surplus = all.len().saturating_sub(SPANS_MAX);
    all.drain(..surplus);
}

/// How much of a span others cover; what several of them cover counts once.
pub(crate) fn covered(span: Span, by: &[Span]) -> Duration {
    let mut by: Vec<Span> = by.iter().copied().filter(|other| other.overlaps(span)).collect();
    by.sort_by_key(|other| other.from);
    let mut until = span.from;
    let mut sum = Duration::ZERO;
    for other in by {
        let to = other.to.min(span.to);
        let from = other.from.max(until);
        if from < to {
            sum += to.since(from);
            until = to;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_several_spans_cover_counts_once() {
        let span = |from, to| Span { from: Timestamp::from_millis(from), to: Timestamp::from_millis(to) };
        let covered = |by: &[Span]| covered(span(100, 200), by).as_millis();
        assert_eq!(covered(&[]), 0);
        assert_eq!(covered(&[span(0, 50), span(250, 300)]), 0);
        assert_eq!(covered(&[span(0, 120), span(190, 300)]), 30);
        assert_eq!(covered(&[span(150, 180), span(110, 160), span(120, 130)]), 70);
        assert_eq!(covered(&[span(0, 300), span(110, 160)]), 100);
    }

    #[test]
    fn a_door_that_opens_and_closes_without_end_is_remembered_for_a_while() {
        let mut state = State::default();
        for at in 0..500_i64 {
            state.close_door(&Trouble::IndexClosed, Timestamp::from_millis(at * 10));
            state.open_door(Timestamp::from_millis(at * 10 + 5));
        }
        assert_eq!(state.door_closed.len(), SPANS_MAX);
        assert_eq!(state.door_closed.last().map(|span| span.from), Some(Timestamp::from_millis(4_990)));
    }
}
