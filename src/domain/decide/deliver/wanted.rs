//! Whether a message is still wanted, and whether it must wait for the telephone.

use crate::domain::bulletin::About;
use crate::domain::case::{Case, Clock, ClockState};
use crate::domain::decide::Draft;
use crate::domain::fact::CancelledBecause;
use crate::domain::names::{Kind, PersonId, Recipient, RequestId};
use crate::domain::notification::{Notification, Progress, Purpose, Subject};
use crate::domain::slot::PeriodId;
use crate::domain::state::Track;

impl Draft<'_> {
    /// Whether a written report still waits for the telephone (P3).
    pub(super) fn waits_for_telephone(&self, notification: &Notification) -> bool {
        if notification.purpose != Purpose::Written {
            return false;
        }
        let case = notification.subject.case().and_then(|case| self.state.case(case));
        let clock = case.and_then(|case| case.clock(notification.clock?));
        clock.is_some_and(|clock| clock.phone.attempted_at.is_none() && clock.phone.impossible.is_none())
    }

    /// Whether a message whose fate is unknown went out in another that will go again, and says it again (P6).
    pub(super) fn waits_for_lead(&self, track: &Track) -> bool {
        self.doubtful_lead(track).is_some_and(|lead| self.unwanted(&lead.notification).is_none())
    }

    /// The other message in which one went out whose fate is unknown, while that is to go again.
    pub(super) fn doubtful_lead(&self, track: &Track) -> Option<&Track> {
        let last = track.attempts.last().filter(|_| track.state == Progress::Unknown)?;
        let lead =
            self.state.track(&last.key).filter(|lead| lead.notification.id != track.notification.id)?;
        (lead.state == Progress::Unknown && lead.send_at.is_some()).then_some(&**lead)
    }

    /// Why a message is not wanted any more.
    pub(in crate::domain::decide) fn unwanted(
        &self,
        notification: &Notification,
    ) -> Option<CancelledBecause> {
        if notification.useless_after.is_some_and(|until| self.moment() >= until) {
            return Some(CancelledBecause::Overtaken);
        }
        match &notification.to {
            Recipient::Authority(_) if !self.state.is_armed() => return Some(CancelledBecause::Unarmed),
            Recipient::Person(person) if !self.is_released(person) => {
                if notification.purpose != Purpose::SignIn {
                    return Some(CancelledBecause::Unarmed);
                }
            }
            Recipient::Person(_) | Recipient::Authority(_) | Recipient::Robot(_) => {}
        }
        let id = match &notification.subject {
            Subject::Case(id) => id,
            Subject::Daemon(request) => return self.unwanted_bulletin(&notification.to, request),
            Subject::Period(period) => return self.unwanted_reminder(notification, period),
            Subject::Lapse(_) | Subject::SignIn(_) | Subject::Test(_) => return None,
        };
        let case = self.state.case(id)?;
        self.unwanted_by_case(notification, case)
    }

    /// Trouble that is over is not told of any more: the sentence would not be true (P2). What was cut stays cut. A lapse
    /// that its reader answered, or that was withdrawn or decided, needs no answer. What is said of an absence is true while that stands.
    fn unwanted_bulletin(&self, to: &Recipient, request: &RequestId) -> Option<CancelledBecause> {
        let over = match &self.state.bulletins.get(request)?.about {
            About::Trouble(trouble) => {
                self.state.troubles.get(trouble).is_some_and(|standing| !standing.open)
            }
            About::Lapses { person, lapses } => !lapses.iter().any(|lapse| self.waits_for(lapse, person)),
            About::Absence(notice) => !matches!(to, Recipient::Person(reader) if self.holds(notice, reader)),
            About::Shift(notice) => !self.shift_holds(*notice),
            About::Head => false,
        };
        over.then_some(CancelledBecause::Overtaken)
    }

    /// A reminder says nothing that is not true any more (M21).
    fn unwanted_reminder(&self, notification: &Notification, id: &PeriodId) -> Option<CancelledBecause> {
        let Some(period) = self.state.periods.get(id) else { return Some(CancelledBecause::Overtaken) };
        if notification.purpose == Purpose::FormDoubted {
            let doubted = self.state.doubted(self.directory, period, &notification.to);
            return doubted.is_empty().then_some(CancelledBecause::Overtaken);
        }
        let past = notification.purpose == Purpose::FormDue && self.moment() >= period.due;
        if past || period.closed_at.is_some() {
            return Some(CancelledBecause::Overtaken);
        }
        let nothing = period.still_asked(notification.purpose, &notification.to).next().is_none();
        nothing.then_some(CancelledBecause::Filed)
    }

    fn unwanted_by_case(&self, notification: &Notification, case: &Case) -> Option<CancelledBecause> {
        let closed = (!case.is_open()).then_some(CancelledBecause::Closed);
        let clock = notification.clock.and_then(|index| case.clock(index));
        let proved = |missing: fn(&Clock) -> bool| {
            clock.filter(|clock| !missing(clock)).map(|_| CancelledBecause::Proved)
        };
        match notification.purpose {
            Purpose::Alert => closed.or_else(|| self.alert_unwanted(notification, case)),
            Purpose::Handover => {
                let ruled_out = (case.kind == Kind::RuledOut).then_some(CancelledBecause::Withdrawn);
                // A repeat that asks somebody to take the case says so for the proof's sake.
                let asks = !notification.step.is_empty();
                let proved = (asks && !case.owes_proof()).then_some(CancelledBecause::Proved);
                closed.or(ruled_out).or(proved)
            }
            // They have it back: the sentence is not true any more.
            Purpose::Relieved => {
                let handles =
                    |person: &PersonId| case.handler.as_ref().is_some_and(|it| it.person == *person);
                let has_it = matches!(&notification.to, Recipient::Person(person) if handles(person));
                has_it.then_some(CancelledBecause::Overtaken)
            }
            Purpose::Warning => closed.or_else(|| proved(|clock| clock.state == ClockState::Running)),
            Purpose::Breach | Purpose::Missed => closed.or_else(|| proved(Clock::owes)),
            Purpose::Telephone => {
                closed.or_else(|| proved(|clock| clock.owes() && clock.phone.proof.is_none()))
            }
            Purpose::Reminder => closed.or_else(|| reminder_unwanted(notification, case)),
            Purpose::Written => clock
                .filter(|clock| clock.state == ClockState::Withdrawn)
                .map(|_| CancelledBecause::Withdrawn),
            Purpose::Correction => {
                let ended = case.corrections.iter().any(|it| {
                    notification.to == Recipient::Authority(it.authority.clone())
                        && notification.step == it.number.to_string()
                        && it.ended.is_some()
                });
                ended.then_some(CancelledBecause::Raised)
            }
            // Suspected again: the sentence is not true any more, and the alert says what is.
            Purpose::Withdrawn => (case.kind >= Kind::Suspected).then_some(CancelledBecause::Raised),
            Purpose::Met
            | Purpose::SignIn
            | Purpose::Test
            | Purpose::Operator
            | Purpose::Head
            | Purpose::FormDue
            | Purpose::FormOverdue
            | Purpose::FormsMissing
            | Purpose::LapseNotice
            | Purpose::FormDoubted
            | Purpose::Absence
            | Purpose::Shift => None,
        }
    }

    fn alert_unwanted(&self, notification: &Notification, case: &Case) -> Option<CancelledBecause> {
        if case.kind == Kind::RuledOut {
            return Some(CancelledBecause::Withdrawn);
        }
        let plan = notification.place.and_then(|place| case.plans.get(usize::try_from(place.plan).ok()?));
        if plan.is_some_and(|plan| plan.superseded) {
            return Some(CancelledBecause::Raised);
        }
        if case.is_taken() {
            return Some(CancelledBecause::Taken);
        }
        match &notification.to {
            Recipient::Person(person) if case.has_confirmed(person) || case.declined.contains(person) => {
                Some(CancelledBecause::Confirmed)
            }
            Recipient::Person(_) | Recipient::Authority(_) | Recipient::Robot(_) => None,
        }
    }
}

/// A reminder is wanted while what it reminds of is to be done: the call that was promised, or the correction.
fn reminder_unwanted(notification: &Notification, case: &Case) -> Option<CancelledBecause> {
    let index = notification.clock?;
    let clock = case.clock(index)?;
    if !notification.is_of_call_back() {
        let owed = case.corrections.iter().any(|it| it.authority == clock.authority && it.is_to_be_told());
        return (!owed).then_some(CancelledBecause::Proved);
    }
    if clock.state == ClockState::Withdrawn {
        return Some(CancelledBecause::Withdrawn);
    }
    if !clock.owes() || clock.phone.proof.is_some() {
        return Some(CancelledBecause::Proved);
    }
    let (promised, _) = clock.phone.call_back.as_ref()?;
    let stands = notification.step == Notification::call_back_step(index, *promised);
    (!stands).then_some(CancelledBecause::Overtaken)
}
