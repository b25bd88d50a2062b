//! Rounds over many people or cases, of which each entry of the journal does a part.

use std::borrow::Borrow;

use super::Draft;
use crate::domain::fact::Fact;
use crate::domain::round::{Round, RoundPaused};
use crate::domain::slot::Reminder;

impl Draft<'_> {
    /// A round goes on where it stopped.
    pub(super) fn round_due(&mut self, round: &Round) {
        let Some(after) = self.state.rounds.get(round).map(|it| it.after.clone()) else { return };
        match round {
            Round::Arming if self.state.is_armed() => self.pursue_suppressed(Some(&after)),
            Round::Lapses { due } => self.tell_lapses(*due, Some(&after)),
            Round::Reminder { period, reminder, due } => {
                let period = self.state.periods.get(period).filter(|it| it.closed_at.is_none()).cloned();
                // Who was to be asked before the due instant moved was asked when it did.
                let overtaken = |moves: usize| moves > 0 && matches!(reminder, Reminder::Before(_));
                if let Some(period) = period.filter(|it| !overtaken(it.moved.len())) {
                    self.send_reminder(&period, (*reminder, *due), Some(&after));
                }
            }
            Round::Arming => {}
        }
        if self.state.rounds.get(round).is_some_and(|it| it.after == after) {
            self.pause_round(round.clone(), None);
        }
    }

    /// A round stops behind somebody, or is over.
    pub(super) fn pause_round(&mut self, round: Round, after: Option<String>) {
        self.record(Fact::RoundPaused(RoundPaused { round, after }));
    }
}

/// The first of what stands behind `after`, as many as one entry takes, and behind which of them there are more.
pub(super) fn part<I: Borrow<str>, T>(
    all: impl IntoIterator<Item = (I, T)>,
    after: Option<&str>,
    (most, weigh): (usize, impl Fn(&T) -> usize),
) -> (Vec<(I, T)>, Option<String>) {
    let (mut taken, mut weight) = (Vec::new(), 0_usize);
    for (id, it) in all {
        if after.is_some_and(|after| id.borrow() <= after) {
            continue;
        }
        if weight >= most {
            let last: Option<&(I, T)> = taken.last();
            let last = last.map(|(id, _)| id.borrow().to_owned());
            return (taken, last);
        }
        weight = weight.saturating_add(weigh(&it));
        taken.push((id, it));
    }
    (taken, None)
}
