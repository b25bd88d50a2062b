//! Clocks: started by a suspicion, warned of, and breached where a limit passes without its proof.

use std::sync::Arc;

use super::Draft;
use super::no_way::TRIES_MAX;
use super::notify::Wish;
use crate::domain::case::{Case, Clock, ClockState, Impossible, ReportKind};
use crate::domain::fact::{CancelledBecause, ClockStarted, Fact, Proof};
use crate::domain::names::{CaseId, Kind, Medium, Recipient};
use crate::domain::notification::{Notification, Progress, Purpose, Subject};
use crate::domain::policy::{Caller, ClockPolicy, Policy, Target};
use crate::domain::schedule::CaseDue;
use crate::time::Timestamp;

/// Between the call that must come first and the written report: a call that has not started by then is recorded
/// as impossible, so that the written report never waits past its latest by more (P3).
const GATE: std::time::Duration = std::time::Duration::from_secs(5);
/// Whoever did something for a case within this is at work on it.
const AT_WORK: std::time::Duration = std::time::Duration::from_mins(3);
/// By which media whoever promised to ring back is reminded.
const REMINDED_BY: [Medium; 2] = [Medium::Phone, Medium::Sms];
/// By which media people hear that a limit has passed.
const BREACH_BY: [Medium; 2] = [Medium::Sms, Medium::Phone];

/// By which media people hear how it ended: nobody is rung for that.
pub(super) const CLOSING_BY: [Medium; 2] = [Medium::Sms, Medium::Email];

impl Draft<'_> {
    /// Starts a clock for each authority that has none running for this case.
    pub(super) fn start_clocks(
        &mut self,
        id: &CaseId,
        (plan, policy): (u32, &Arc<Policy>),
        anchor: Timestamp,
    ) {
        let Some(rules) = &policy.clock else { return };
        for authority in &rules.report_to {
            let Some(case) = self.state.case(id).cloned() else { return };
            if case.clock_for(authority).is_some_and(|(_, clock)| clock.owes()) {
                continue;
            }
            let started = self.new_clock(&case, (plan, rules), authority, anchor);
            self.record(Fact::ClockStarted { case: id.clone(), clock: Box::new(started) });
        }
    }

    pub(super) fn new_clock(
        &self,
        case: &Case,
        (plan, rules): (u32, &ClockPolicy),
        authority: &crate::domain::names::AuthorityId,
        anchor: Timestamp,
    ) -> ClockStarted {
        let due = anchor + rules.within;
        let born_late = self.moment() + rules.born_late > due;
        let daemon_after = match rules.phone.call {
            Caller::Officer => rules.phone.daemon_after,
            Caller::Daemon => std::time::Duration::ZERO,
        };
        // With little or no time left, everything goes at once.
        let from_anchor = |offset| if born_late { anchor } else { anchor + offset };
        ClockStarted {
            clock: u32::try_from(case.clocks.len()).unwrap_or(u32::MAX),
            authority: authority.clone(),
            plan,
            anchor,
            due,
            phone_due: anchor + rules.phone.within.unwrap_or(rules.within).min(rules.within),
            written_due: anchor + rules.written.within.unwrap_or(rules.within).min(rules.within),
            daemon_call_at: from_anchor(daemon_after),
            latest_at: from_anchor(rules.written.latest),
            warn_at: rules.warn_at.first().map(|offset| anchor + *offset),
            born_late,
            unarmed: !self.state.is_armed(),
        }
    }

    /// The rules a clock follows.
    pub(super) fn clock_rules(&self, case: &Case, clock: &Clock) -> Option<ClockPolicy> {
        self.state.policy(case, clock.plan)?.clock.clone()
    }

    pub(super) fn warn_due(&mut self, id: &CaseId, index: u32, due: Timestamp) {
        let Some(case) = self.state.case(id).cloned() else { return };
        let Some(clock) = case.clock(index) else { return };
        let Some(rules) = self.clock_rules(&case, clock) else { return };
        let number = clock.warned + 1;
        let next = usize::try_from(number).ok().and_then(|next| rules.warn_at.get(next));
        let next = next.map(|offset| clock.anchor + *offset);
        // Of several that are overdue the last one goes.
        let overtaken = self.moment() >= clock.due
            || clock.state != ClockState::Running
            || next.is_some_and(|next| next <= self.moment());
        self.record(Fact::Warned { case: id.clone(), clock: index, number, due, overtaken, next });
        if !overtaken {
            self.warn(&case, (index, clock, number), due);
        }
    }

    /// Warns those who work on a case.
    pub(super) fn warn(&mut self, case: &Case, (index, clock, number): (u32, &Clock, u32), due: Timestamp) {
        let Some(rules) = self.clock_rules(case, clock) else { return };
        let step = format!("{index}.{number}");
        let (told, _) = self.resolve(case, &rules.warn, &rules.warn_by);
        for to in told {
            let media = self.media_for(case, &to, &rules.warn_by);
            for medium in &self.ways(&to, &media) {
                if self.was_told(case, Purpose::Warning, &step, (&to, *medium))
                    || self.shares_call(&case.id, Purpose::Warning, (&to, *medium), due)
                {
                    continue;
                }
                let wish = Wish {
                    clock: Some(index),
                    useless_after: Some(clock.due),
                    step: step.clone(),
                    ..Wish::default()
                };
                self.plan(&Subject::Case(case.id.clone()), Purpose::Warning, (&to, *medium), due, wish);
            }
        }
    }

    pub(super) fn daemon_call_due(&mut self, id: &CaseId, index: u32, due: Timestamp) {
        let Some(clock) = self.clock(id, index) else { return };
        if clock.phone.proof.is_some() || !clock.phone.calls.is_empty() {
            return;
        }
        self.daemon_calls(id, index, (due, 0));
    }

    /// The daemon rings where no call of its own is planned or under way.
    pub(super) fn daemon_call_if_silent(&mut self, id: &CaseId, index: u32, due: Timestamp) {
        let Some(case) = self.state.case(id).cloned() else { return };
        let rings = case.notifications.iter().filter_map(|id| self.state.track(id)).any(|track| {
            track.notification.purpose == Purpose::Telephone
                && track.notification.clock == Some(index)
                // One whose fate is unknown and that is not tried again rings nobody.
                && (track.state == Progress::Attempting || track.send_at.is_some())
        });
        if !rings {
            self.daemon_calls(id, index, (due, 0));
        }
    }

    /// The daemon rings the authority, or records why it cannot.
    pub(super) fn daemon_calls(&mut self, id: &CaseId, index: u32, (due, failures): (Timestamp, u32)) {
        let Some(clock) = self.clock(id, index) else { return };
        let to = Recipient::Authority(clock.authority.clone());
        if let Some(why) = self.call_impossible(&clock) {
            if why == Impossible::WrongNumbers {
                // A round that waits would ring one of them again.
                self.cancel(id, CancelledBecause::WrongPerson, |track| {
                    track.purpose == Purpose::Telephone && track.clock == Some(index)
                });
            }
            if clock.phone.impossible.is_none_or(|(_, known)| known != why) {
                self.record(Fact::TelephoneImpossible { case: id.clone(), clock: index, why });
                self.tell_no_call(&clock.authority, why);
                self.send_waiting_draft(id, index);
            }
            return;
        }
        self.call_possible_again((id, index), &clock);
        self.record(Fact::DaemonCalls { case: id.clone(), clock: index, due });
        // A round that waits is overtaken by this one.
        self.cancel(id, CancelledBecause::Overtaken, |track| {
            track.purpose == Purpose::Telephone && track.clock == Some(index)
        });
        let wish = Wish { clock: Some(index), failures, step: index.to_string(), ..Wish::default() };
        self.plan(&Subject::Case(id.clone()), Purpose::Telephone, (&to, Medium::Phone), due, wish);
    }

    /// Why the daemon cannot ring an authority.
    pub(super) fn call_impossible(&self, clock: &Clock) -> Option<Impossible> {
        if !self.state.is_armed() {
            return Some(Impossible::Unarmed);
        }
        let numbers = self.directory.authorities.get(&clock.authority).map_or(0, |known| known.phones.len());
        if numbers == 0 {
            return Some(Impossible::NoNumber);
        }
        if self.directory.channels_of(Medium::Phone).next().is_none() {
            return Some(Impossible::NoChannel);
        }
        if self.directory.has_no_right_number(&clock.authority, &clock.phone) {
            return Some(Impossible::WrongNumbers);
        }
        (clock.phone.attempts >= TRIES_MAX).then_some(Impossible::TriesSpent)
    }

    /// The officer promised to ring back: they are rung themselves a minute before.
    pub(super) fn call_back_due(&mut self, id: &CaseId, index: u32, due: Timestamp) {
        self.record(Fact::DuePassed {
            due: crate::domain::schedule::Due::Case(id.clone(), CaseDue::CallBack { clock: index }),
        });
        self.remind_to_call(id, index, due);
    }

    pub(super) fn remind_to_call(&mut self, id: &CaseId, index: u32, due: Timestamp) {
        let Some(clock) = self.clock(id, index) else { return };
        let Some((at, person)) = clock.phone.call_back else { return };
        let wish =
            Wish { clock: Some(index), step: Notification::call_back_step(index, at), ..Wish::default() };
        let to = Recipient::Person(person.clone());
        if !self.is_released(&person) {
            return;
        }
        let ways = self.ways(&to, &REMINDED_BY);
        if ways.is_empty() {
            self.no_way_to(id, (&to, &person), &REMINDED_BY);
        }
        for medium in ways {
            self.plan(&Subject::Case(id.clone()), Purpose::Reminder, (&to, medium), due, wish.clone());
        }
    }

    /// The written report's moment: after the telephone report, or at the latest.
    pub(super) fn written_due(&mut self, id: &CaseId, index: u32, due: Timestamp) {
        let Some(case) = self.state.case(id).cloned() else { return };
        let Some(clock) = case.clock(index).cloned() else { return };
        let initial = |report: &crate::domain::case::Report| report.kind == ReportKind::Initial;
        if clock.written.reports.iter().any(initial) || clock.written.proved_at.is_some() {
            return;
        }
        self.ensure_call_first(id, index, due);
        let rules = self.clock_rules(&case, &clock);
        // What somebody ordered to be sent and what still waited for a call has been reviewed.
        let unverified = clock.written.ordered.is_none() && rules.is_none_or(|rules| rules.written.review);
        let draft = clock.written.ordered.or(clock.written.draft);
        let actor = draft.as_ref().map(|draft| draft.actor.clone());
        let content = draft.map(|draft| draft.payload);
        self.plan_written((id, index), (ReportKind::Initial, 1), (due, actor), (content, unverified));
    }

    /// With no telephone attempt yet, the daemon rings before anything is written (P3).
    pub(super) fn ensure_call_first(&mut self, id: &CaseId, index: u32, due: Timestamp) {
        let Some(clock) = self.clock(id, index) else { return };
        if clock.phone.attempted_at.is_some() || clock.phone.impossible.is_some() {
            return;
        }
        self.daemon_call_if_silent(id, index, due);
        let still = self.clock(id, index).is_some_and(|clock| clock.phone.impossible.is_none());
        if still {
            self.state_gate(id, index);
        }
    }

    pub(super) fn state_gate(&mut self, id: &CaseId, index: u32) {
        let at = self.moment() + GATE;
        self.record(Fact::GateSet { case: id.clone(), clock: index, at });
    }

    /// The call that must come first has not started: that is recorded, and the written report goes.
    pub(super) fn gate_due(&mut self, id: &CaseId, index: u32) {
        let Some(clock) = self.clock(id, index) else { return };
        if clock.phone.attempted_at.is_none() && clock.phone.impossible.is_none() {
            self.record(Fact::TelephoneImpossible {
                case: id.clone(),
                clock: index,
                why: Impossible::NotStarted,
            });
            self.send_waiting_draft(id, index);
        }
    }

    /// By which media somebody is told: a handler who is at work on the case is messaged, not rung, where a message
    /// reaches them.
    fn media_for(&self, case: &Case, to: &Recipient, media: &[Medium]) -> Vec<Medium> {
        let at_work = case.handler.as_ref().is_some_and(|handler| {
            *to == Recipient::Person(handler.person.clone())
                && self.moment().since(handler.progress_at) < AT_WORK
        });
        let quiet = |medium: &Medium| *medium != Medium::Phone && self.unreachable(to, *medium).is_none();
        if at_work && media.iter().any(quiet) {
            return media.iter().copied().filter(quiet).collect();
        }
        media.to_vec()
    }

    /// A limit has passed. One lapse for each proof not brought, dated to the due instant (P5).
    pub(super) fn limit_due(&mut self, id: &CaseId, index: u32, proof: Proof) {
        let Some(case) = self.state.case(id).cloned() else { return };
        let Some(clock) = case.clock(index).cloned() else { return };
        let due = match proof {
            Proof::Telephone => clock.phone.due,
            Proof::Written => clock.written.due,
        };
        self.record(Fact::ClockBreached { case: id.clone(), clock: index, proof, due });
        let lapse = self.limit_lapse(&case, (index, &clock), proof, due);
        self.record(Fact::LapseRecorded { lapse: Box::new(lapse) });
        if case.kind < Kind::Suspected {
            self.withdraw_lapses(id);
        }
        let brought = match proof {
            Proof::Telephone => clock.phone.proof.as_ref().map(|proof| proof.at),
            Proof::Written => clock.written.proved_at,
        };
        if let Some(at) = brought {
            // It came late, while the clock was in doubt: nobody needs to be told to bring it.
            self.cure(&case, index, (proof, at));
            self.settle(id, index, at);
            return;
        }
        if clock.state == ClockState::Withdrawn {
            // It was withdrawn after its limit: the lapse stands, and nobody needs to bring anything.
            return;
        }
        self.tell_breach(&case, (index, &clock), (proof, due));
        if proof == Proof::Telephone {
            // It is owed all the same, and nobody brought it: the daemon pursues it.
            self.daemon_call_if_silent(id, index, due);
        }
    }

    pub(super) fn tell_breach(
        &mut self,
        case: &Case,
        (index, clock): (u32, &Clock),
        (proof, due): (Proof, Timestamp),
    ) {
        let id = &case.id;
        let Some(rules) = self.clock_rules(case, clock) else { return };
        let mut targets = rules.warn;
        if !targets.contains(&Target::Handler) {
            targets.push(Target::Handler);
        }
        let (told, _) = self.resolve(case, &targets, &BREACH_BY);
        let step = match proof {
            Proof::Telephone => format!("{index}.telephone"),
            Proof::Written => format!("{index}.written"),
        };
        for to in &told {
            if let Recipient::Person(person) = to {
                let wish = Wish { clock: Some(index), step: step.clone(), ..Wish::default() };
                let media = self.media_for(case, to, &BREACH_BY);
                self.tell_by(id, Purpose::Breach, person, (&media, (due, wish)));
            }
        }
        // Everybody else who was told of the case hears of it once, by a line that rings nobody (U30).
        let others = case.told.iter().filter(|person| !told.contains(&Recipient::Person((*person).clone())));
        for person in others.filter(|_| clock.state == ClockState::Running) {
            let wish = Wish { clock: Some(index), step: index.to_string(), ..Wish::default() };
            self.tell_by(id, Purpose::Missed, person, (&CLOSING_BY, (due, wish)));
        }
    }
}
