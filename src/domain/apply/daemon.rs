//! What the daemon itself went through.

use std::sync::Arc;

use super::Place;
use crate::domain::fact::{Fact, Span};
use crate::domain::schedule::{CaseDue, Due};
use crate::domain::state::State;

/// How many spans of outage and of doubt are remembered: months of restarts.
const SPANS_MAX: usize = 200;

impl State {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the caller names every fact and sorts them by family"
    )]
    pub(super) fn apply_daemon(&mut self, place: Place, fact: &Fact) {
        match fact {
            Fact::Started { down, .. } => {
                self.started_at = Some(place.at);
                if let Some(down) = down {
                    remember(&mut self.outages, *down);
                }
            }
            Fact::ClockStepped { from, to } => {
                let since = *from.min(to);
                self.doubt.get_or_insert(since);
            }
            Fact::ClockTrusted { .. } => {
                if let Some(from) = self.doubt.take() {
                    remember(&mut self.doubts, Span { from, to: place.at.max(from) });
                }
            }
            Fact::ConfigurationAdopted { sha256 } => self.configuration = Some(sha256.clone()),
            Fact::Armed { actor } => self.armed = Some(actor.clone()),
            Fact::Disarmed { .. } => self.armed = None,
            Fact::HoldBegan => self.held_back = true,
            Fact::Released { .. } => self.held_back = false,
            Fact::HeadDue { due, next } => {
                self.due_remove(*due, Due::Heads);
                if let Some(next) = next {
                    self.due_insert(*next, Due::Heads);
                }
            }
            Fact::DuePassed { due } => self.pass(due),
            Fact::LapseRecorded { lapse } => {
                self.lapses.insert_mut(lapse.lapse.clone(), Arc::new((**lapse).clone()));
            }
            Fact::LapseCured { lapse, at } => {
                if let Some(lapse) = self.lapses.get_mut(lapse) {
                    Arc::make_mut(lapse).cured_at = Some(*at);
                }
            }
            _ => {}
        }
    }

    fn pass(&mut self, due: &Due) {
        match due {
            Due::Case(case, what) => {
                self.unschedule(case, *what);
                // A case that has left memory still has the day of its erasure on the schedule.
                if *what == CaseDue::Erase {
                    self.forget(due);
                }
            }
            Due::Wait(id) => self.with_track(id, |track| track.wait_until = None),
            Due::KeptReceipt(id) => {
                self.kept_receipts.remove_mut(id);
                self.forget(due);
            }
            Due::Request(id) => {
                self.requests.remove_mut(id);
                self.forget(due);
            }
            Due::Session(session) => {
                self.sessions.remove_mut(session);
                self.forget(due);
            }
            Due::Attempt(_) | Due::Lapse(_) | Due::Heads => self.forget(due),
        }
    }

    /// Takes what has just been decided off the schedule: it stands near its front.
    pub(super) fn forget(&mut self, due: &Due) {
        let at = self.rings.iter().find(|(_, other)| other == due).map(|(at, _)| *at);
        if let Some(at) = at {
            self.due_remove(at, due.clone());
        }
    }
}

fn remember(spans: &mut Vec<Span>, span: Span) {
    spans.push(span);
    let surplus = spans.len().saturating_sub(SPANS_MAX);
    spans.drain(..surplus);
}
