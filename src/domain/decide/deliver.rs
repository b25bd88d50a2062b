//! Delivery: what goes out next, the grant to send it, and what follows from its outcome.

use std::time::Duration;

use super::Draft;
use super::budget;
use super::plan::Wish;
use crate::domain::case::{Case, Clock, ClockState};
use crate::domain::command::{AttemptRequest, Rejection};
use crate::domain::directory::{ChannelRules, Directory, Hours};
use crate::domain::fact::{CancelledBecause, Fact, PostponedBecause, Span};
use crate::domain::names::{CaseId, ChannelId, Kind, Medium, NotificationId, Recipient};
use crate::domain::notification::{
    Attempt, DeliveryError, FailureReason, Family, LateBecause, Notification, Outcome, Place, Progress,
    Purpose, Subject,
};
use crate::domain::policy::Grade;
use crate::domain::state::{State, Track, callee_key};
use crate::time::{Now, Timestamp};

/// A message that goes this long after it was due says why.
const LATE: Duration = Duration::from_secs(3);
/// The provider's own time-out, and this for the answer to come back through the queue.
const GRACE: Duration = Duration::from_secs(2);
/// Tries under one key, and rounds in one place, for a message to a person.
const TRIES_MAX: usize = 6;
/// Between tries for an authority whose limit has passed: pursued, but not without measure.
const PURSUIT: Duration = Duration::from_mins(15);
/// A refusal that a person must put right (an address, a credential) is tried again at this pace.
const MENDABLE: Duration = Duration::from_mins(5);
/// One message says at most so much.
const COVERS_MAX: usize = 50;

/// A message that could go now: what the outbox renders before it asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The notification whose id is the key.
    pub notification: NotificationId,
    /// Others that the same message says.
    pub covers: Vec<NotificationId>,
    /// By which channel.
    pub channel: ChannelId,
    /// Which of the recipient's addresses.
    pub address: u32,
}

/// What could go now, at most so many messages; `skip` are being sent already.
///
/// A proposal is no permission: only the answer to its `StartAttempt` is.
#[must_use]
pub fn proposals(
    state: &State,
    directory: &Directory,
    now: Now,
    most: usize,
    skip: &dyn Fn(&NotificationId) -> bool,
) -> Vec<Proposal> {
    if state.held_back {
        return Vec::new();
    }
    let draft = Draft::new(state, directory, now);
    let mut found: Vec<Proposal> = Vec::new();
    let mut taken = std::collections::BTreeSet::new();
    for (_, id) in state.sends.iter().take_while(|(at, _)| *at <= now.either()).take(most.saturating_mul(8)) {
        if found.len() >= most {
            break;
        }
        let Some(track) = state.track(id) else { continue };
        if taken.contains(id) || skip(id) || draft.waits_for_telephone(&track.notification) {
            continue;
        }
        let covers = draft.companions(track, skip);
        let Some((channel, address)) = draft.route(&track.notification) else {
            // No way out any more: asking for it anyway records why.
            continue;
        };
        taken.extend(covers.iter().cloned());
        taken.insert(id.clone());
        found.push(Proposal { notification: id.clone(), covers, channel, address });
    }
    found
}

impl Draft<'_> {
    /// The channel and the address for the next try: each failure moves on to the next.
    fn route(&self, notification: &Notification) -> Option<(ChannelId, u32)> {
        let failures = usize::try_from(notification.failures).unwrap_or(0);
        let channels: Vec<&ChannelRules> = match &notification.to {
            Recipient::Robot(channel) => self.directory.channel(channel).into_iter().collect(),
            Recipient::Person(_) | Recipient::Authority(_) => {
                self.directory.channels_of(notification.medium).collect()
            }
        };
        let channel = channels.get(failures.checked_rem(channels.len())?)?.id.clone();
        Some((channel, self.address(notification, failures)))
    }

    /// Which of an authority's numbers is rung: those for this hour, none that proved wrong, in turn.
    fn address(&self, notification: &Notification, failures: usize) -> u32 {
        let (Recipient::Authority(authority), Medium::Phone) = (&notification.to, notification.medium) else {
            return 0;
        };
        let Some(known) = self.directory.authorities.get(authority) else { return 0 };
        let wrong = notification
            .subject
            .case()
            .and_then(|case| self.clock(case, notification.clock?))
            .map(|clock| clock.phone.wrong_addresses)
            .unwrap_or_default();
        let civil = self.directory.zone.civil(self.moment());
        let minute = u16::try_from(i32::from(civil.hour()) * 60 + i32::from(civil.minute())).unwrap_or(0);
        let right: Vec<(u32, &Hours)> =
            (0_u32..).zip(known.phones.iter()).filter(|(index, _)| !wrong.contains(index)).collect();
        let open: Vec<u32> =
            right.iter().filter(|(_, hours)| hours.include(minute)).map(|(index, _)| *index).collect();
        // A number outside its hours is better than none.
        let numbers = if open.is_empty() { right.iter().map(|(index, _)| *index).collect() } else { open };
        failures.checked_rem(numbers.len()).and_then(|turn| numbers.get(turn).copied()).unwrap_or(0)
    }

    /// Others to the same recipient by the same medium that are due and may go in the same message.
    fn companions(&self, lead: &Track, skip: &dyn Fn(&NotificationId) -> bool) -> Vec<NotificationId> {
        let family = lead.notification.purpose.family();
        if family == Family::Alone {
            return Vec::new();
        }
        let due = self.state.sends.iter().take_while(|(at, _)| *at <= self.moment()).take(5_000);
        due.filter_map(|(_, id)| self.state.track(id))
            .filter(|track| {
                let other = &track.notification;
                other.id != lead.notification.id
                    && other.to == lead.notification.to
                    && other.medium == lead.notification.medium
                    && other.purpose.family() == family
                    // A message whose fate is unknown goes again as it was, by itself.
                    && track.state == Progress::Planned
                    && !skip(&other.id)
                    && self.unwanted(other).is_none()
            })
            .map(|track| track.notification.id.clone())
            .take(COVERS_MAX)
            .collect()
    }

    /// Whether a written report still waits for the telephone (P3).
    fn waits_for_telephone(&self, notification: &Notification) -> bool {
        if notification.purpose != Purpose::Written {
            return false;
        }
        let clock = notification.subject.case().and_then(|case| self.clock(case, notification.clock?));
        clock.is_some_and(|clock| clock.phone.attempted_at.is_none() && clock.phone.impossible.is_none())
    }

    /// Why a message is not wanted any more.
    pub(super) fn unwanted(&self, notification: &Notification) -> Option<CancelledBecause> {
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
        let Subject::Case(id) = &notification.subject else { return None };
        let case = self.state.case(id)?;
        self.unwanted_by_case(notification, case)
    }

    fn unwanted_by_case(&self, notification: &Notification, case: &Case) -> Option<CancelledBecause> {
        let closed = (!case.is_open()).then_some(CancelledBecause::Closed);
        let clock = notification.clock.and_then(|index| case.clock(index));
        let proved = |missing: fn(&Clock) -> bool| {
            clock.filter(|clock| !missing(clock)).map(|_| CancelledBecause::Proved)
        };
        match notification.purpose {
            Purpose::Alert => closed.or_else(|| self.alert_unwanted(notification, case)),
            Purpose::Handover => closed,
            Purpose::Warning => closed.or_else(|| proved(|clock| clock.state == ClockState::Running)),
            Purpose::Breach => closed.or_else(|| proved(Clock::owes)),
            Purpose::Telephone => {
                closed.or_else(|| proved(|clock| clock.owes() && clock.phone.proof.is_none()))
            }
            Purpose::Reminder => closed,
            Purpose::Written
            | Purpose::Correction
            | Purpose::Met
            | Purpose::Withdrawn
            | Purpose::SignIn
            | Purpose::Test
            | Purpose::Operator => None,
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
        if case.handler.is_some() {
            return Some(CancelledBecause::Taken);
        }
        match &notification.to {
            Recipient::Person(person) if case.has_confirmed(person) || case.declined.contains(person) => {
                Some(CancelledBecause::Confirmed)
            }
            Recipient::Person(_) | Recipient::Authority(_) | Recipient::Robot(_) => None,
        }
    }

    /// The outbox asks to send. Granted while the message is due and wanted, within the channel's limits.
    pub(super) fn start_attempt(&mut self, request: &AttemptRequest) -> Result<(), Rejection> {
        let id = &request.notification;
        let track = self.state.track(id).cloned().ok_or_else(|| Rejection::NoSuchNotification(id.clone()))?;
        if self.state.held_back {
            return Err(Rejection::HeldBack);
        }
        let now = self.moment();
        if track.send_at.is_none_or(|at| at > now) || track.state.is_settled() {
            return Err(Rejection::NotDue);
        }
        if let Some(why) = self.unwanted(&track.notification) {
            self.record(Fact::NotificationCancelled { notification: id.clone(), why });
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
        if let Some((until, why)) = self.postponed(&track, rules, &callee) {
            for other in std::iter::once(id).chain(&request.covers) {
                self.record(Fact::SendPostponed { notification: other.clone(), until, why });
            }
            return Ok(());
        }
        let companions = self.companions(&track, &|_| false);
        let covers: Vec<NotificationId> =
            request.covers.iter().filter(|other| companions.contains(other)).cloned().collect();
        let attempt = Attempt {
            key: id.clone(),
            channel: rules.id.clone(),
            address: request.address,
            callee,
            at: now,
            until: now + rules.timeout + GRACE,
            state: Progress::Attempting,
            possible_duplicate: track.state == Progress::Unknown,
            late_because: self.late_because(&track),
            rendering: request.rendering.clone(),
            failure: None,
        };
        self.record(Fact::AttemptStarted { notification: id.clone(), covers, attempt: Box::new(attempt) });
        Ok(())
    }

    fn callee(&self, notification: &Notification, address: u32) -> String {
        match &notification.to {
            Recipient::Person(person) => {
                let known = self.directory.persons.get(person).and_then(|known| known.callee.as_ref());
                format!("person:{}", known.unwrap_or(person))
            }
            Recipient::Authority(_) => format!("{}#{address}", notification.to),
            Recipient::Robot(_) => notification.to.to_string(),
        }
    }

    /// Until when a channel's limits put a message off. The first call of a suspected case is never held back.
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
        let urgent = case.is_some_and(|case| case.kind >= Kind::Suspected)
            && notification.round == 1
            && track.attempts.is_empty()
            && matches!(notification.purpose, Purpose::Alert | Purpose::Telephone);
        if urgent {
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
            | Purpose::Telephone
            | Purpose::Warning
            | Purpose::Breach
            | Purpose::Reminder
            | Purpose::Correction
            | Purpose::Met
            | Purpose::Withdrawn
            | Purpose::SignIn
            | Purpose::Test
            | Purpose::Operator => Some(LateBecause::Busy),
        }
    }

    /// Nothing was heard of a request by its time.
    pub(super) fn attempt_over(&mut self, id: &NotificationId) {
        let under_way = self.state.track(id).is_some_and(|track| track.state == Progress::Attempting);
        if under_way {
            let outcome = Outcome::Failed(DeliveryError::Unknown { reason: FailureReason::Timeout });
            self.end(id, &outcome, self.moment());
        }
    }

    /// What became of a request. Never refused; without effect where a receipt was faster.
    pub(super) fn end_attempt(
        &mut self,
        id: &NotificationId,
        outcome: &Outcome,
        received: Now,
    ) -> Result<(), Rejection> {
        if self.state.track(id).is_none() {
            return Err(Rejection::NoSuchNotification(id.clone()));
        }
        self.end(id, outcome, received.both());
        Ok(())
    }

    pub(super) fn end(&mut self, id: &NotificationId, outcome: &Outcome, at: Timestamp) {
        let Some(lead) = self.state.track(id).cloned() else { return };
        let under_way = lead.state == Progress::Attempting;
        let covers = lead.covers.clone();
        let again_at = match outcome {
            Outcome::Failed(DeliveryError::Unknown { .. }) => self.again_at(&lead),
            Outcome::Accepted { .. } | Outcome::Failed(_) => None,
        };
        self.record(Fact::AttemptEnded {
            notification: id.clone(),
            covers: covers.clone(),
            outcome: outcome.clone(),
            again_at,
        });
        if !under_way {
            return;
        }
        for one in std::iter::once(id).chain(&covers) {
            match outcome {
                Outcome::Accepted { .. } => self.accepted(one, at),
                Outcome::Failed(DeliveryError::Unknown { .. }) => {}
                Outcome::Failed(error) => self.refused(one, error),
            }
        }
        if let Outcome::Accepted { provider_id: Some(provider) } = outcome {
            self.claim_kept(id, provider);
        }
    }

    /// When a message whose fate is unknown goes again, under the same key.
    fn again_at(&self, track: &Track) -> Option<Timestamp> {
        if self.unwanted(&track.notification).is_some() {
            return None;
        }
        let to_authority = matches!(track.notification.to, Recipient::Authority(_));
        if !to_authority && track.attempts.len() >= TRIES_MAX {
            return None;
        }
        let attempt = track.attempts.last()?;
        let failures = u32::try_from(track.attempts.len()).unwrap_or(u32::MAX).saturating_sub(1);
        Some(attempt.at + self.pause(&track.notification, &attempt.channel, failures))
    }

    /// The pause after a failure: doubling, with jitter from the notification's id; slower once the limit is past.
    fn pause(&self, notification: &Notification, channel: &ChannelId, failures: u32) -> Duration {
        let (least, most) = self
            .directory
            .channel(channel)
            .map_or((Duration::from_secs(2), Duration::from_mins(1)), |rules| {
                (rules.pause_at_least, rules.pause_at_most)
            });
        let doubled = least.saturating_mul(2_u32.saturating_pow(failures.min(20))).min(most);
        let letters = notification.id.as_str().bytes().map(u32::from).sum::<u32>();
        let jitter = doubled / 10 * (letters % 10) / 10;
        let clock = notification.subject.case().and_then(|case| self.clock(case, notification.clock?));
        let past = clock.is_some_and(|clock| self.moment() >= clock.due) && failures >= 3;
        let pause = doubled + jitter;
        if past { pause.max(PURSUIT) } else { pause }
    }

    /// The provider took it.
    fn accepted(&mut self, id: &NotificationId, at: Timestamp) {
        let Some(track) = self.state.track(id).cloned() else { return };
        let notification = &track.notification;
        let (Some(case), Some(clock)) = (notification.subject.case(), notification.clock) else { return };
        match notification.purpose {
            Purpose::Written => self.written_accepted(case, clock, id, at),
            Purpose::Correction => {
                if let Recipient::Authority(authority) = &notification.to {
                    let (case, authority) = (case.clone(), authority.clone());
                    self.record(Fact::CorrectionWritten { case, authority, at });
                }
            }
            Purpose::Telephone => self.graded(&case.clone(), clock, (Grade::Accepted, at)),
            Purpose::Alert
            | Purpose::Handover
            | Purpose::Warning
            | Purpose::Breach
            | Purpose::Reminder
            | Purpose::Met
            | Purpose::Withdrawn
            | Purpose::SignIn
            | Purpose::Test
            | Purpose::Operator => {}
        }
    }

    /// A call to an authority got this far; it is the proof where the policy is content with it.
    pub(super) fn graded(&mut self, case: &CaseId, index: u32, (grade, at): (Grade, Timestamp)) {
        let Some(known) = self.state.case(case).cloned() else { return };
        let Some(clock) = known.clock(index).cloned() else { return };
        if clock.phone.grade < Some(grade) {
            self.record(Fact::TelephoneGraded { case: case.clone(), clock: index, grade });
        }
        let enough = self.clock_rules(&known, &clock).is_some_and(|rules| grade >= rules.phone.proof);
        if enough && clock.state != ClockState::Withdrawn {
            self.telephone_proved(case, index, at, ((grade, None), None));
        }
    }

    /// It was not taken: the next medium at once, and another round where a later try may be taken.
    pub(super) fn refused(&mut self, id: &NotificationId, error: &DeliveryError) {
        let Some(track) = self.state.track(id).cloned() else { return };
        self.next_medium(&track, self.moment());
        let Some(at) = self.retry_at(&track, error) else { return };
        let notification = track.notification.clone();
        if self.unwanted(&notification).is_some() {
            return;
        }
        let (to, medium) = (notification.to.clone(), notification.medium);
        let wish = Wish {
            clock: notification.clock,
            place: notification.place.map(|place| Place { ..place }),
            useless_after: notification.useless_after,
            content: notification.content.clone(),
            unverified: notification.unverified,
            missed: notification.missed,
            failures: notification.failures.saturating_add(1),
            wait_until: None,
            step: step_of(&notification, &self.state),
        };
        let next = self.plan(&notification.subject, notification.purpose, (&to, medium), at, wish);
        self.carry_report(&notification, &next);
    }

    /// When another round begins, if one does.
    fn retry_at(&self, track: &Track, error: &DeliveryError) -> Option<Timestamp> {
        let notification = &track.notification;
        let attempt = track.attempts.last()?;
        let pause = self.pause(notification, &attempt.channel, notification.failures);
        let to_authority = matches!(notification.to, Recipient::Authority(_));
        let tries = usize::try_from(notification.failures).unwrap_or(usize::MAX) + 1;
        if !to_authority && tries >= TRIES_MAX {
            return None;
        }
        let pause = match error {
            DeliveryError::Transient { retry_after, .. } => {
                retry_after.map_or(pause, |after| after.max(pause))
            }
            DeliveryError::Exhausted { until, .. } => {
                until.map_or_else(|| pause.max(MENDABLE), |until| until.max(pause))
            }
            DeliveryError::Permanent { .. } if to_authority => pause.max(MENDABLE),
            DeliveryError::Permanent { .. } | DeliveryError::Unknown { .. } => return None,
        };
        Some(attempt.at + pause)
    }

    /// A report whose message begins another round is carried by that round.
    fn carry_report(&mut self, before: &Notification, next: &NotificationId) {
        if before.purpose != Purpose::Written {
            return;
        }
        let (Some(case), Some(index)) = (before.subject.case(), before.clock) else { return };
        let Some(clock) = self.clock(case, index) else { return };
        let Some(report) = clock.written.reports.iter().find(|it| it.notification == before.id) else {
            return;
        };
        self.record(Fact::WrittenPlanned {
            case: case.clone(),
            clock: index,
            kind: report.kind,
            number: report.number,
            notification: next.clone(),
            actor: report.actor.clone(),
        });
    }

    /// Nothing was heard of a message by the end of its wait.
    pub(super) fn wait_over(&mut self, id: &NotificationId) {
        let Some(track) = self.state.track(id).cloned() else { return };
        let Some(due) = track.wait_until else { return };
        self.next_medium(&track, due);
    }

    /// Begins the next medium of a step for the person of a message, once.
    pub(super) fn next_medium(&mut self, track: &Track, due: Timestamp) {
        if track.wait_until.is_none() {
            return;
        }
        let notification = &track.notification;
        self.record(Fact::WaitEnded { notification: notification.id.clone(), due });
        let (Some(place), Subject::Case(case)) = (notification.place, &notification.subject) else { return };
        if self.unwanted(notification).is_some() {
            return;
        }
        let step = (place.plan, place.step, place.repeat);
        self.ladder(case, step, (&notification.to, place.medium + 1), (due, notification.missed));
    }
}

impl Hours {
    /// Whether a number is rung at a minute of the day.
    #[must_use]
    pub const fn include(&self, minute: u16) -> bool {
        match self.minutes {
            None => true,
            Some((from, to)) if from < to => from <= minute && minute < to,
            Some((from, to)) => from <= minute || minute < to,
        }
    }
}

/// What distinguishes a notification from others of its purpose, so that its next round has its place.
fn step_of(notification: &Notification, state: &State) -> String {
    if let Some(place) = notification.place {
        return format!("{}.{}", place.plan, place.step);
    }
    let clock = notification.clock.unwrap_or(0);
    match notification.purpose {
        Purpose::Written => notification
            .subject
            .case()
            .and_then(|case| state.case(case)?.clock(clock).cloned())
            .and_then(|clock| clock.written.reports.into_iter().find(|it| it.notification == notification.id))
            .map_or_else(
                || format!("{clock}.initial"),
                |report| match report.kind {
                    crate::domain::case::ReportKind::Initial => format!("{clock}.initial"),
                    crate::domain::case::ReportKind::Progress => {
                        format!("{clock}.progress.{}", report.number)
                    }
                    crate::domain::case::ReportKind::Final => format!("{clock}.final.{}", report.number),
                },
            ),
        Purpose::Alert
        | Purpose::Handover
        | Purpose::Telephone
        | Purpose::Warning
        | Purpose::Breach
        | Purpose::Reminder
        | Purpose::Correction
        | Purpose::Met
        | Purpose::Withdrawn
        | Purpose::SignIn
        | Purpose::Test
        | Purpose::Operator => notification.clock.map_or_else(String::new, |clock| clock.to_string()),
    }
}
