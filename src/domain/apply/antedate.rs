//! A suspicion that turns out to be older: the case and its running clocks count from the earlier instant.

use super::Place;
use super::clock::ACCUSE_AFTER;
use crate::domain::case::Moment;
use crate::domain::fact::ClockStarted;
use crate::domain::names::CaseId;
use crate::domain::schedule::CaseDue;
use crate::domain::state::State;
use crate::time::Timestamp;

impl State {
    pub(super) fn antedate_case(&mut self, place: Place, id: &CaseId, (from, since): (Timestamp, Timestamp)) {
        self.with_case(id, |case| {
            case.suspected_since = Some(since);
            case.discovered_at = case.discovered_at.min(since);
            case.ill_again_at = case.ill_again_at.map(|at| at.min(since));
            if case.confirmed_since == Some(from) {
                case.confirmed_since = Some(since);
            }
        });
        self.moment(place, id, "was suspected earlier than known".to_owned(), (Some(since), None));
    }

    /// Moves what is still on the schedule of a clock, and the steps that are still to come.
    pub(super) fn antedate_clock(
        &mut self,
        place: Place,
        id: &CaseId,
        moved: &ClockStarted,
        from: Timestamp,
    ) {
        let clock = moved.clock;
        self.with_clock(id, clock, |clock| {
            clock.anchor = moved.anchor;
            clock.due = moved.due;
            clock.phone.due = moved.phone_due;
            clock.written.due = moved.written_due;
            clock.born_late |= moved.born_late;
        });
        let moves = [
            (CaseDue::DaemonCall { clock }, Some(moved.daemon_call_at)),
            (CaseDue::Latest { clock }, Some(moved.latest_at)),
            (CaseDue::Warn { clock }, moved.warn_at),
        ];
        for (what, at) in moves {
            if let (Some(at), true) = (at, self.cases.get(id).is_some_and(|case| case.due(what).is_some())) {
                self.schedule(id, what, at);
            }
        }
        self.antedate_limits(id, clock);
        self.antedate_steps(id, moved.plan, moved.anchor);
        let what = format!("{} for {}", Moment::STARTED[1], moved.authority);
        self.moment(place, id, what, (Some(from), None));
    }

    /// A proof that came in time by the limit as it was may be late by the limit as it is: that is to be told (P5).
    fn antedate_limits(&mut self, id: &CaseId, index: u32) {
        let Some(clock) = self.cases.get(id).and_then(|case| case.clock(index)).cloned() else { return };
        let phone = clock.phone.proof.as_ref().map(|proof| proof.at);
        let limits = [
            (CaseDue::PhoneLimit { clock: index }, clock.phone.due, phone, clock.phone.breached),
            (
                CaseDue::WrittenLimit { clock: index },
                clock.written.due,
                clock.written.proved_at,
                clock.written.breached,
            ),
        ];
        for (what, due, proved_at, breached) in limits {
            if !breached && proved_at.is_none_or(|at| at > due) {
                self.schedule(id, what, due + ACCUSE_AFTER);
            }
        }
    }

    fn antedate_steps(&mut self, id: &CaseId, index: u32, anchor: Timestamp) {
        let Some(case) = self.cases.get(id).cloned() else { return };
        let Some(policy) = self.policy(&case, index).cloned() else { return };
        self.with_plan(id, index, |plan| plan.anchor = anchor);
        for (step, rule) in (0..).zip(policy.steps.iter()) {
            let what = CaseDue::Step { plan: index, step };
            if case.due(what).is_some() {
                self.schedule(id, what, anchor + rule.after);
            }
        }
    }
}
