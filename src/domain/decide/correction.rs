//! Corrections: owed to every authority that was reached, in writing and by telephone.

use std::sync::Arc;
use std::time::Duration;

use super::Draft;
use super::notify::Wish;
use crate::domain::case::{Call, Case, Clock, Correction};
use crate::domain::fact::{CancelledBecause, CorrectionOwed, Fact, TelephoneOutcome, Unreachable};
use crate::domain::names::{AuthorityId, CaseId, Kind, Medium, PersonId, Recipient};
use crate::domain::notification::{Digit, Notification, Progress, Purpose, Subject};
use crate::domain::policy::Grade;
use crate::time::Timestamp;

/// Between reminders of a correction where the policy repeats nothing.
const EVERY: Duration = Duration::from_mins(5);
/// The pause between reminders grows to this.
const PAUSE_AT_MOST: Duration = Duration::from_hours(1);
/// So often at most somebody is reminded of one correction: a week at one an hour.
const REMINDERS_MAX: u32 = 180;

impl Draft<'_> {
    /// Whether anything about a case may have arrived at the authority.
    pub(super) fn was_reached(&self, case: &Case, index: u32, clock: &Clock) -> bool {
        let sent = case.notifications.iter().filter_map(|id| self.state.track(id)).any(|track| {
            track.notification.clock == Some(index)
                && matches!(track.notification.to, Recipient::Authority(_))
                && (track.attempts.iter().any(|attempt| attempt.state != Progress::Refused)
                    || track.pressed.iter().any(|key| *key != Digit::WrongPerson))
        });
        // Whoever refused the report or asked to be rung back has heard of it.
        let spoke = |call: &Call| {
            matches!(
                call.outcome,
                TelephoneOutcome::Taken | TelephoneOutcome::CallBack | TelephoneOutcome::Refused
            )
        };
        sent || clock.phone.grade >= Some(Grade::Answered)
            || clock.phone.calls.iter().any(spoke)
            || clock.written.sent_at.is_some()
            || clock.written.receipted.is_some()
    }

    /// It comes out that an authority was reached about a case that is not suspected any more: a correction is owed after
    /// all. Of a closed one nobody can tell it.
    pub(super) fn correct_late(&mut self, id: &CaseId, index: u32) {
        let not_suspected = |case: &&Arc<Case>| case.is_open() && case.kind < Kind::Suspected;
        let Some(case) = self.state.case(id).filter(not_suspected).cloned() else { return };
        let Some(clock) = case.clock(index) else { return };
        if !case.is_corrected(&clock.authority) && self.was_reached(&case, index, clock) {
            self.owe_correction(id, &clock.authority, case.ruled_out_by.as_ref());
        }
    }

    /// A numbered correction, in writing at once, and by telephone as somebody records it.
    pub(super) fn owe_correction(&mut self, id: &CaseId, authority: &AuthorityId, by: Option<&PersonId>) {
        let Some(case) = self.state.case(id).cloned() else { return };
        let number = case.corrections.iter().filter(|it| it.authority == *authority).count();
        let number = u32::try_from(number).unwrap_or(u32::MAX).saturating_add(1);
        let due = self.moment();
        self.record(Fact::CorrectionOwed(Box::new(CorrectionOwed {
            case: id.clone(),
            authority: authority.clone(),
            number,
            by: by.cloned(),
            remind_at: Some(due + pause(self.reminded_every(&case, authority), 0)),
        })));
        let clock = case.clock_for(authority).map(|(index, _)| index);
        let wish = Wish { clock, step: format!("{number}"), ..Wish::default() };
        let to = Recipient::Authority(authority.clone());
        if let Some(why) = self.unreachable(&to, Medium::Email) {
            self.record(Fact::MediumSkipped { case: Some(id.clone()), to, medium: Medium::Email, why });
            self.correction_impossible(id, authority, why);
            return;
        }
        let subject = Subject::Case(id.clone());
        self.plan(&subject, Purpose::Correction, (&to, Medium::Email), due, wish.clone());
        let last = case.corrections.len();
        let owed = self.state.case(id).and_then(|case| case.corrections.get(last)).cloned();
        if let Some(owed) = owed {
            self.remind_of_correction(&case, &owed, (due, wish));
        }
    }

    /// No writing reaches them: that is recorded, and the telephone is the way (P10).
    pub(super) fn correction_impossible(&mut self, id: &CaseId, authority: &AuthorityId, why: Unreachable) {
        let Some(case) = self.state.case(id).cloned() else { return };
        let is_owed =
            |it: &Correction| it.authority == *authority && it.impossible.is_none() && it.ended.is_none();
        let Some(position) = case.corrections.iter().rposition(is_owed) else { return };
        self.record(Fact::CorrectionImpossible { case: id.clone(), authority: authority.clone(), why });
        let owed = self.state.case(id).and_then(|case| case.corrections.get(position)).cloned();
        let clock = case.clock_for(authority).map(|(index, _)| index);
        if let Some(owed) = owed {
            let wish = Wish { clock, step: format!("{}", owed.number), ..Wish::default() };
            self.remind_of_correction(&case, &owed, (self.moment(), wish));
        }
    }

    /// The case is suspected again, and "ruled out" is not true any more: what an authority has not heard of it, it does
    /// not hear. The report of the new clock tells the rest.
    pub(super) fn end_corrections(&mut self, id: &CaseId) {
        let Some(case) = self.state.case(id).cloned() else { return };
        for owed in case.corrections.iter().filter(|it| !it.is_done()) {
            let (authority, number) = (owed.authority.clone(), owed.number);
            self.record(Fact::CorrectionEnded { case: id.clone(), authority, number });
        }
        self.cancel(id, CancelledBecause::Raised, |it| {
            it.purpose == Purpose::Correction || it.purpose == Purpose::Reminder && !it.is_of_call_back()
        });
    }

    /// A refusal that comes after the provider had taken it: it is owed in writing again.
    pub(super) fn correction_returned(&mut self, id: &CaseId, notification: &Notification) {
        let Recipient::Authority(authority) = &notification.to else { return };
        let owed = self.state.case(id).and_then(|case| {
            let mut all = case.corrections.iter();
            all.find(|it| it.authority == *authority && it.number.to_string() == notification.step)
        });
        let Some(number) = owed.filter(|it| it.written_at.is_some()).map(|it| it.number) else { return };
        self.record(Fact::CorrectionReturned { case: id.clone(), authority: authority.clone(), number });
    }

    /// Whoever is to tell a correction by telephone is reminded, until it is told.
    pub(super) fn correction_due(&mut self, id: &CaseId, index: u32, due: Timestamp) {
        let Some(case) = self.state.case(id).cloned() else { return };
        let Some(position) = usize::try_from(index).ok() else { return };
        let Some(owed) = case.corrections.get(position).filter(|it| it.is_to_be_told()) else { return };
        let newer = |it: &Correction| it.authority == owed.authority && it.number > owed.number;
        if case.corrections.iter().any(newer) {
            // One call tells them all: the newest reminds.
            return;
        }
        let (next, missed) = self.next_reminder(&case, owed, due);
        self.record(Fact::CorrectionReminded { case: id.clone(), correction: index, due, missed, next });
        let clock = case.clock_for(&owed.authority).map(|(index, _)| index);
        let step = format!("{}", owed.number);
        self.cancel(id, CancelledBecause::Overtaken, |it| {
            it.purpose == Purpose::Reminder && it.clock == clock && !it.is_of_call_back()
        });
        self.remind_of_correction(&case, owed, (due, Wish { clock, step, missed, ..Wish::default() }));
    }

    /// The reminder after this one, on the grid of those before; how many of it are overdue themselves (P2).
    fn next_reminder(&self, case: &Case, owed: &Correction, due: Timestamp) -> (Option<Timestamp>, u32) {
        let every = self.reminded_every(case, &owed.authority);
        let mut sent = owed.reminders + 1;
        let mut next = due + pause(every, sent);
        while next <= self.moment() && sent < REMINDERS_MAX {
            sent += 1;
            next = next + pause(every, sent);
        }
        ((sent < REMINDERS_MAX).then_some(next), sent - owed.reminders - 1)
    }

    /// How often the policy by which the authority was told repeats what nobody answers.
    fn reminded_every(&self, case: &Case, authority: &AuthorityId) -> Duration {
        let plan = case.clock_for(authority).map(|(_, clock)| clock.plan);
        let policy = plan
            .and_then(|plan| case.plans.get(usize::try_from(plan).ok()?))
            .and_then(|plan| self.state.policies.get(&plan.policy));
        let steps = policy.iter().flat_map(|policy| policy.steps.iter());
        steps.filter_map(|step| step.repeat_every).filter(|every| !every.is_zero()).min().unwrap_or(EVERY)
    }

    /// Whoever is on duty at this moment, else the handler, else who decided; by telephone too where no writing reaches
    /// the authority.
    fn remind_of_correction(&mut self, case: &Case, owed: &Correction, (due, wish): (Timestamp, Wish)) {
        let officer = self.on_duty("officer");
        let handler = || case.handler.as_ref().map(|handler| handler.person.clone());
        let Some(person) = officer.or_else(handler).or_else(|| owed.by.clone()) else { return };
        let media: &[&[Medium]] = match owed.impossible {
            None => &[&[Medium::Sms, Medium::Email]],
            Some(_) => &[&[Medium::Phone], &[Medium::Sms]],
        };
        for media in media {
            self.tell_by(&case.id, Purpose::Reminder, &person, (media, (due, wish.clone())));
        }
    }
}

/// The pause before a reminder of which so many went: it doubles, for this goes on over nights.
fn pause(every: Duration, reminders: u32) -> Duration {
    every.saturating_mul(1 << reminders.min(20)).min(PAUSE_AT_MOST.max(every))
}
