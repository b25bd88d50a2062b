//! The clock falls back: what was put off by a clock that ran ahead is put off by the one that counts.

use std::sync::Arc;

use crate::domain::bulletin::Trouble;
use crate::domain::lock::Lock;
use crate::domain::names::{CaseId, ChannelId, NotificationId};
use crate::domain::schedule::{CaseDue, Due};
use crate::domain::state::State;
use crate::time::Timestamp;

impl State {
    /// The later of the two clocks was at `before` and is at `after`, which is earlier (P13).
    ///
    /// A retry, a repeat, a pursuit are put off from the moment at which they were decided. Where that moment was hours
    /// ahead they would be silent for hours. What counts from an anchor stays where it is.
    pub(super) fn fall_back(&mut self, before: Timestamp, after: Timestamp) {
        let moved = |at: Timestamp| if at > before { after + at.since(before) } else { after };
        let later: Vec<(Timestamp, Due)> = self.rings.iter().filter(|(at, _)| *at > after).cloned().collect();
        for (at, due) in later {
            match due {
                Due::Case(
                    id,
                    what @ (CaseDue::CallBack { .. }
                    | CaseDue::Gate { .. }
                    | CaseDue::Correction { .. }
                    | CaseDue::Idle),
                ) => self.schedule(&id, what, moved(at)),
                Due::Case(id, what @ CaseDue::Repeat { plan, step }) => {
                    let next = self.on_grid((&id, plan, step), at, after).unwrap_or_else(|| moved(at));
                    self.schedule(&id, what, next);
                }
                Due::Wait(id) => self.with_track(&id, |track| track.wait_until = Some(moved(at))),
                Due::Attempt(id) => self.end_by(&id, (at, moved(at))),
                Due::Case(..)
                | Due::KeptReceipt(_)
                | Due::Request(_)
                | Due::Session(_)
                | Due::Lapses
                | Due::Heads
                | Due::Bulletin(_)
                | Due::Form(_)
                | Due::Period(..)
                | Due::Round(..)
                | Due::Contradicted(_) => {}
            }
        }
        let sends: Vec<(Timestamp, NotificationId)> =
            self.sends.iter().filter(|(at, _)| *at > after).cloned().collect();
        for (at, id) in sends {
            self.with_track(&id, |track| track.send_at = Some(moved(at)));
        }
        self.rests_fall_back((before, after));
        // A start that lies ahead was at some moment before this one: nobody knows when, so that it counts as of now.
        let ahead: Vec<String> = self
            .calls
            .iter()
            .filter(|(_, starts)| starts.iter().any(|start| *start > after))
            .map(|(key, _)| key.clone())
            .collect();
        for key in ahead {
            if let Some(starts) = self.calls.get_mut(&key) {
                for start in Arc::make_mut(starts) {
                    *start = (*start).min(after);
                }
            }
        }
    }

    /// A channel that is left alone, and a trouble that was told, are so from a moment that lies ahead no longer.
    fn rests_fall_back(&mut self, (before, after): (Timestamp, Timestamp)) {
        let moved = |at: Timestamp| if at > before { after + at.since(before) } else { after };
        let rests: Vec<(ChannelId, Timestamp)> = self
            .exhausted
            .iter()
            .filter(|(_, until)| **until > after)
            .map(|(channel, until)| (channel.clone(), *until))
            .collect();
        for (channel, until) in rests {
            self.exhausted.insert_mut(channel, moved(until));
        }
        let told: Vec<Trouble> = self.troubles.keys().cloned().collect();
        for trouble in told {
            if let Some(standing) = self.troubles.get_mut(&trouble) {
                standing.told_at = standing.told_at.map(|at| at.min(after));
            }
        }
        let unlocked = |lock: &mut Lock| lock.until = lock.until.map(|until| until.min(moved(until)));
        let locked: Vec<_> = self.locks.keys().cloned().collect();
        for key in locked {
            if let Some(lock) = self.locks.get_mut(&key) {
                unlocked(lock);
            }
        }
        let cases = self.cases.values().filter(|case| !case.link_locks.is_empty());
        let cases: Vec<CaseId> = cases.map(|case| case.id.clone()).collect();
        for id in cases {
            self.with_case(&id, |case| case.link_locks.values_mut().for_each(unlocked));
        }
    }

    /// The first repeat of a step, on the grid that `at` lies on, behind an instant.
    fn on_grid(
        &self,
        (id, plan, step): (&CaseId, u32, u32),
        at: Timestamp,
        after: Timestamp,
    ) -> Option<Timestamp> {
        let policy = self.policy(self.case(id)?, plan)?;
        let every = policy.steps.get(usize::try_from(step).ok()?)?.repeat_every?;
        let between = at.since(after).as_millis().saturating_sub(1).checked_div(every.as_millis())?;
        Some(at - every.saturating_mul(u32::try_from(between).ok()?))
    }

    /// The attempt that was to count as unknown at one instant counts as that at another.
    fn end_by(&mut self, id: &NotificationId, (from, to): (Timestamp, Timestamp)) {
        self.due_remove(from, Due::Attempt(id.clone()));
        self.due_insert(to, Due::Attempt(id.clone()));
        self.with_track(id, |track| {
            if let Some(attempt) = track.attempts.last_mut() {
                attempt.until = to;
            }
        });
    }
}
