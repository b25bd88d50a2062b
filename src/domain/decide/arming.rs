//! Arming while clocks run: a person wants the authorities to be really rung, so that what was suppressed for want of
//! arms goes at once as far as it is still owed (P4): the call, then the written report, then the people.
//!
//! A clock that ran out without having been armed for an instant is told to people alone: it may be a trial of last week,
//! and a false report to an authority cannot be taken back. Whoever takes the case, or writes, has it pursued as any
//! other.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Draft;
use super::notify::Wish;
use super::round::part;
use crate::domain::case::{Case, Clock, ClockState, Report, ReportKind};
use crate::domain::fact::{CancelledBecause, Fact, Proof};
use crate::domain::names::{CaseId, NotificationId, Recipient};
use crate::domain::notification::{Progress, Purpose, Subject};
use crate::domain::round::Round;
use crate::domain::schedule::CaseDue;
use crate::domain::state::Track;

/// So many cases are looked at in one entry.
const CASES_AT_ONCE: usize = 64;

impl Draft<'_> {
    /// The daemon has been armed: what is open is looked at once, a number of cases in each entry.
    pub(super) fn pursue_suppressed(&mut self, after: Option<&str>) {
        let open = self.state.cases.values().filter(|case| case.is_open()).map(Arc::clone);
        let (open, more) = part(open.map(|case| (case.id.clone(), case)), after, (CASES_AT_ONCE, |_case| 1));
        for (_, case) in &open {
            self.pursue_case(case);
        }
        if more.is_some() {
            self.pause_round(Round::Arming, more);
        }
    }

    fn pursue_case(&mut self, case: &Case) {
        let id = &case.id;
        self.correct_suppressed(id);
        let owing = || case.clocks().filter(|(_, clock)| clock.owes());
        for (index, clock) in owing() {
            if meant(clock) {
                self.pursue_clock(id, index);
            } else {
                self.cancel(id, CancelledBecause::Unarmed, |it| {
                    it.clock == Some(index) && matches!(it.to, Recipient::Authority(_))
                });
            }
            if clock.state == ClockState::Breached && !self.breach_told(case, index) {
                let lacks = if clock.phone.proof.is_none() { Proof::Telephone } else { Proof::Written };
                let due = self.moment();
                self.tell_breach(case, (index, clock), (lacks, due));
            }
        }
        if owing().any(|(_, clock)| meant(clock)) && !case.is_taken() {
            self.resume(id, self.moment());
        }
    }

    fn pursue_clock(&mut self, id: &CaseId, index: u32) {
        let Some(case) = self.state.case(id).cloned() else { return };
        let Some(clock) = case.clock(index).cloned() else { return };
        let now = self.moment();
        self.record(Fact::ClockArmed { case: id.clone(), clock: index, at: now });
        let waits = |what: CaseDue| case.due(what).is_some();
        // A call that a person recorded leaves the next one to them, as it does where the daemon was armed before.
        let left_to_officer = !clock.phone.calls.is_empty() && !clock.phone.breached;
        if clock.phone.proof.is_none() {
            if !left_to_officer && !waits(CaseDue::DaemonCall { clock: index }) {
                self.daemon_call_if_silent(id, index, now);
            }
            if clock.phone.call_back.is_some() && !waits(CaseDue::CallBack { clock: index }) {
                self.remind_to_call(id, index, now);
            }
        }
        // What a person brought by other means is not sent as well.
        let brought = clock.written.proved_at.is_some();
        let is_owed =
            |report: &&Report| report.sent_at.is_none() && !(brought && report.kind == ReportKind::Initial);
        let unsent: Vec<Report> = clock.written.reports.iter().filter(is_owed).cloned().collect();
        if !unsent.is_empty() {
            self.ensure_call_first(id, index, now);
        }
        for report in &unsent {
            self.write_suppressed(id, index, report);
        }
        if clock.warned > 0 && now < clock.due {
            // The last warning that has fallen due goes to those whom it did not reach.
            self.warn(&case, (index, &clock, clock.warned), now);
        }
    }

    /// A report that was cancelled for want of arms goes as it would have.
    fn write_suppressed(&mut self, id: &CaseId, index: u32, report: &Report) {
        let Some(before) = self.cancelled(&report.notification).map(|track| track.notification.clone())
        else {
            return;
        };
        let when = (self.moment(), report.actor.clone());
        let what = (before.content, before.unverified);
        self.plan_written((id, index), (report.kind, report.number), when, what);
    }

    /// A correction is owed to an authority that a person reached, whether the daemon was armed or not.
    fn correct_suppressed(&mut self, id: &CaseId) {
        let Some(case) = self.state.case(id).cloned() else { return };
        let owed = |to: &Recipient| {
            case.corrections
                .iter()
                .filter(|it| it.is_to_be_written())
                .any(|it| *to == Recipient::Authority(it.authority.clone()))
        };
        // The last round of each counts: whether it was cancelled.
        let mut last: BTreeMap<(Recipient, String), Arc<Track>> = BTreeMap::new();
        for track in case.notifications.iter().filter_map(|id| self.state.track(id)) {
            let it = &track.notification;
            if it.purpose == Purpose::Correction && owed(&it.to) {
                last.insert((it.to.clone(), it.step.clone()), Arc::clone(track));
            }
        }
        let again = last.into_values().filter(|track| track.state == Progress::Cancelled);
        for track in again {
            let before = &track.notification;
            let wish = Wish { clock: before.clock, step: before.step.clone(), ..Wish::default() };
            let subject = Subject::Case(id.clone());
            self.plan(&subject, Purpose::Correction, (&before.to, before.medium), self.moment(), wish);
        }
    }

    fn breach_told(&self, case: &Case, index: u32) -> bool {
        case.notifications.iter().filter_map(|id| self.state.track(id)).any(|track| {
            let it = &track.notification;
            it.purpose == Purpose::Breach && it.clock == Some(index) && track.state != Progress::Cancelled
        })
    }

    fn cancelled(&self, id: &NotificationId) -> Option<&Arc<Track>> {
        self.state.track(id).filter(|track| track.state == Progress::Cancelled)
    }
}

/// Whether the authority was to be really rung at some instant of a clock: it runs, or was armed while it ran.
fn meant(clock: &Clock) -> bool {
    clock.state == ClockState::Running || !clock.unarmed || clock.armed_at.is_some()
}
