//! The grant to send: within a channel's limits, while the message is due and wanted.

use std::time::Duration;

use crate::domain::case::{Case, Clock, ClockState};
use crate::domain::command::{AttemptRequest, Rejection};
use crate::domain::decide::{Draft, budget};
use crate::domain::directory::ChannelRules;
use crate::domain::fact::{CancelledBecause, Fact, PostponedBecause, Span, Unreachable};
use crate::domain::names::{AddressToken, ChannelId, Kind, Medium, NotificationId, Recipient};
use crate::domain::notification::{Attempt, LateBecause, Notification, Progress, Purpose};
use crate::domain::state::{Track, callee_key};
use crate::time::Timestamp;

/// A message that goes this long after it was due says why.
const LATE: Duration = Duration::from_secs(3);
/// The provider's own time-out, and this for the answer to come back through the queue.
const GRACE: Duration = Duration::from_secs(2);

impl Draft<'_> {
    /// The outbox asks to send. Granted while the message is due and wanted, within the channel's limits.
    pub(in crate::domain::decide) fn start_attempt(
        &mut self,
        request: &AttemptRequest,
    ) -> Result<(), Rejection> {
        let id = &request.notification;
        let track = self.state.track(id).cloned().ok_or_else(|| Rejection::NoSuchNotification(id.clone()))?;
        if self.state.held_back {
            return Err(Rejection::HeldBack);
        }
        let now = self.moment();
        if track.send_at.is_none_or(|at| at > now)
            || track.state.is_settled()
            || self.waits_for_lead(&track)
            || !self.is_way(&track, &request.channel)
        {
            return Err(Rejection::NotDue);
        }
        if self.given_up(&track) || self.passed_over(&track, &request.channel) {
            return Ok(());
        }
        if self.waits_for_telephone(&track.notification) {
            return Err(Rejection::TelephoneFirst);
        }
        let directory = self.directory;
        let rules = directory
            .channel(&request.channel)
            .filter(|rules| rules.medium == track.notification.medium)
            .ok_or(Rejection::Unreachable(track.notification.medium))?;
        let callee = self.callee(&track.notification, request.address);
        let companions = self.companions(&track, (&request.channel, &|_| false));
        let covers: Vec<NotificationId> =
            request.covers.iter().filter(|other| companions.contains(other)).cloned().collect();
        if let Some((until, why)) = self.postponed(&track, rules, &callee) {
            // One of those that go with it may be the first call of a suspected case: then that one leads.
            let held = |other: &&NotificationId| {
                let track = self.state.track(other);
                track.is_some_and(|track| self.postponed(track, rules, &callee).is_some())
            };
            let held: Vec<NotificationId> = covers.iter().filter(held).cloned().collect();
            for notification in std::iter::once(id.clone()).chain(held) {
                self.record(Fact::SendPostponed { notification, until, why });
            }
            return Ok(());
        }
        for one in std::iter::once(id).chain(&covers) {
            self.leave_lead(one);
        }
        let attempt = Attempt {
            key: id.clone(),
            channel: rules.id.clone(),
            address: request.address,
            number: self.number(&track.notification, request.address),
            callee,
            at: now,
            until: now + rules.timeout + GRACE,
            state: Progress::Attempting,
            possible_duplicate: track.state == Progress::Unknown,
            late_because: self.late_because(&track),
            rendering: request.rendering.clone(),
            failure: None,
        };
        let calls: Vec<Notification> = std::iter::once(id)
            .chain(&covers)
            .filter_map(|id| Some(self.state.track(id)?.notification.clone()))
            .filter(|it| it.purpose == Purpose::Telephone)
            .collect();
        self.record(Fact::AttemptStarted { notification: id.clone(), covers, attempt: Box::new(attempt) });
        for call in calls {
            if let (Some(case), Some(clock)) = (call.subject.case(), call.clock) {
                self.send_waiting_draft(case, clock);
            }
        }
        Ok(())
    }

    /// A message that is not wanted any more, or for which the configuration has no address any more, does not go. The
    /// second is no attempt: the next way follows at once, and that an authority cannot be rung or written to is recorded
    /// and told (P3, P10). A report waits for the address to be put back.
    fn given_up(&mut self, track: &Track) -> bool {
        let notification = &track.notification;
        if let Some(why) = self.unwanted(notification) {
            self.record(Fact::NotificationCancelled { notification: notification.id.clone(), why });
            return true;
        }
        let (to, medium) = (notification.to.clone(), notification.medium);
        let Some(why) = self.unreachable(&to, medium).filter(|why| *why == Unreachable::NoAddress) else {
            return false;
        };
        let case = notification.subject.case().cloned();
        if let (Purpose::Written, Some(case), Some(clock)) = (notification.purpose, &case, notification.clock)
        {
            self.report_impossible(case, clock, why);
            return true;
        }
        self.record(Fact::NotificationCancelled {
            notification: notification.id.clone(),
            why: CancelledBecause::NoAddress,
        });
        self.record(Fact::MediumSkipped { case: case.clone(), to: to.clone(), medium, why });
        match (notification.purpose, case, notification.clock) {
            (Purpose::Telephone, Some(case), Some(clock)) => {
                self.daemon_calls(&case, clock, (self.moment(), 0));
            }
            (Purpose::Correction, Some(case), _) => self.no_correction(&case, &to, why),
            _ => {
                self.next_medium(track, self.moment());
                self.go_another_way(track);
            }
        }
        true
    }

    /// What went out in another message, whose fate is unknown, goes under its own key only when that one is on record
    /// as going no more (P6).
    fn leave_lead(&mut self, id: &NotificationId) {
        let Some(lead) = self.state.track(id).and_then(|track| self.doubtful_lead(track)) else { return };
        let (lead, why) = (lead.notification.id.clone(), self.unwanted(&lead.notification));
        if let Some(why) = why {
            self.record(Fact::NotificationCancelled { notification: lead, why });
        }
    }

    /// Whether a message may go by a channel: by the one it names, or by any that has money. Where none has, a try or
    /// the next medium is asked for.
    fn is_way(&self, track: &Track, channel: &ChannelId) -> bool {
        let notification = &track.notification;
        if let Some(by) = &notification.by {
            return by == channel;
        }
        let unpaid = !self.has_money(&notification.to, notification.medium);
        self.is_open(channel) || unpaid && (track.wait_until.is_some() || self.goes_unpaid(notification))
    }

    /// A message by a channel without money that another medium follows: that begins at once. The message itself goes
    /// when there is money again (P10).
    fn passed_over(&mut self, track: &Track, channel: &ChannelId) -> bool {
        let notification = &track.notification;
        if notification.by.is_some() || self.is_open(channel) || self.goes_unpaid(notification) {
            return false;
        }
        self.record(Fact::MediumSkipped {
            case: notification.subject.case().cloned(),
            to: notification.to.clone(),
            medium: notification.medium,
            why: Unreachable::NoMoney,
        });
        self.next_medium(track, self.moment());
        true
    }

    /// What stands for the number of an authority that is rung: another configuration may have it in another place.
    fn number(&self, notification: &Notification, address: u32) -> Option<AddressToken> {
        match (&notification.to, notification.medium) {
            (Recipient::Authority(authority), Medium::Phone) => {
                self.directory.number(authority, address).cloned()
            }
            _ => None,
        }
    }

    fn callee(&self, notification: &Notification, address: u32) -> String {
        match &notification.to {
            Recipient::Person(person) => {
                let known = self.directory.persons.get(person).and_then(|known| known.callee.as_ref());
                format!("person:{}", known.unwrap_or(person))
            }
            // Counted by the number, wherever it stands; by its place where nobody can tell.
            Recipient::Authority(_) => match self.number(notification, address) {
                Some(number) => format!("{}#{number}", notification.to),
                None => format!("{}#{address}", notification.to),
            },
            Recipient::Robot(_) => notification.to.to_string(),
        }
    }

    /// Until when a channel's limits put a message off. The first call of a suspected case is never held back, nor is a
    /// written report: it never waits past its latest, and tries again at a pace of its own (P3, P14).
    fn postponed(
        &self,
        track: &Track,
        rules: &ChannelRules,
        callee: &str,
    ) -> Option<(Timestamp, PostponedBecause)> {
        let now = self.moment();
        let empty = Vec::new();
        let starts_of = |key: &str| self.state.calls.get(key).map_or(&empty, |starts| &**starts);
        let notification = &track.notification;
        let case = notification.subject.case().and_then(|id| self.state.case(id));
        if case.is_some_and(|case| self.is_never_held(case, notification)) {
            return None;
        }
        if let Some(most) = rules.per_second {
            let starts = starts_of(rules.id.as_str());
            let second = Duration::from_secs(1);
            let recent = starts.iter().rev().take_while(|start| **start + second > now).count();
            if recent >= most.max(1) {
                return Some((now + second, PostponedBecause::ChannelLimit));
            }
        }
        let key = callee_key(&rules.id, callee);
        let due = case.and_then(|case| {
            let clock = notification.clock.and_then(|index| case.clock(index));
            let running = |clock: &&Clock| clock.state == ClockState::Running;
            clock.or_else(|| case.clocks.iter().find(running)).map(|clock| clock.due)
        });
        let (at, why) = budget::lay_out(rules, starts_of(&key), now, due);
        (at > now).then_some((at, why))
    }

    /// Whether it is a written report, whose retries have a pause, or the first message of its kind to somebody about a
    /// suspected case as it stands: what told them of the fever it was before, or served an earlier clock, told them less.
    fn is_never_held(&self, case: &Case, notification: &Notification) -> bool {
        if notification.purpose == Purpose::Written {
            return true;
        }
        let went = |id: &NotificationId| {
            self.state.track(id).is_some_and(|track| {
                let other = &track.notification;
                !track.attempts.is_empty()
                    && other.to == notification.to
                    && other.medium == notification.medium
                    && other.purpose == notification.purpose
                    && other.clock == notification.clock
                    && other.place.map(|place| place.plan) == notification.place.map(|place| place.plan)
            })
        };
        let first_call = case.kind >= Kind::Suspected
            && matches!(notification.purpose, Purpose::Alert | Purpose::Telephone);
        first_call && !case.notifications.iter().any(went)
    }

    fn late_because(&self, track: &Track) -> Option<LateBecause> {
        let (due, now) = (track.notification.due, self.moment());
        if now.since(due) < LATE {
            return None;
        }
        let span = Span { from: due, to: now };
        if self.state.outages_in(span).next().is_some() {
            return Some(LateBecause::Outage);
        }
        if !track.attempts.is_empty() || track.notification.failures > 0 {
            return Some(LateBecause::Retry);
        }
        if track.send_at.is_some_and(|at| at > due) {
            return Some(LateBecause::Limit);
        }
        match track.notification.purpose {
            Purpose::Written => Some(LateBecause::Telephone),
            Purpose::Alert
            | Purpose::Handover
            | Purpose::Relieved
            | Purpose::Telephone
            | Purpose::Warning
            | Purpose::Breach
            | Purpose::Reminder
            | Purpose::Correction
            | Purpose::Missed
            | Purpose::Met
            | Purpose::Withdrawn
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
            | Purpose::Shift => Some(LateBecause::Busy),
        }
    }
}
