//! Where nothing leads to an authority that is owed something: it is on record and told to people, who may bring it by
//! other means; a reload is looked at for a way that is there again, or gone.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::Draft;
use crate::domain::bulletin::Trouble;
use crate::domain::case::{Case, Clock, Impossible};
use crate::domain::fact::{CancelledBecause, Fact, Unreachable};
use crate::domain::names::{AuthorityId, CaseId, Medium, NotificationId, Recipient};
use crate::domain::notification::{Notification, Purpose};

/// So many calls for one clock, and tries for one report or correction, go to an authority: at the pace of a pursuit it
/// is more than a day. What comes after that a person brings.
pub(super) const TRIES_MAX: u32 = 100;
/// Another case may be owed to the same authority: of it they are told again, but not sooner than this.
const TOLD_AGAIN_AFTER: Duration = Duration::from_hours(1);

impl Draft<'_> {
    /// A report cannot go: that is on record once, and told.
    pub(super) fn report_impossible(&mut self, id: &CaseId, index: u32, why: Unreachable) {
        let Some(clock) = self.clock(id, index) else { return };
        // For want of arms it does not go anyhow; arming looks again.
        if !self.state.is_armed() || clock.written.impossible.is_some_and(|(_, known)| known == why) {
            return;
        }
        self.record(Fact::WrittenImpossible { case: id.clone(), clock: index, why });
        let authority = clock.authority;
        self.tell_of_no_way(&match why {
            Unreachable::NotTaken => Trouble::AuthorityNotReached(authority),
            Unreachable::NoAddress
            | Unreachable::NoChannel
            | Unreachable::NoMoney
            | Unreachable::WrongPerson
            | Unreachable::SharedNumber => Trouble::AuthorityUnreachable(authority),
        });
    }

    /// A call that people cannot have known to be impossible is told.
    pub(super) fn tell_no_call(&mut self, authority: &AuthorityId, why: Impossible) {
        match why {
            Impossible::NoNumber | Impossible::NoChannel | Impossible::WrongNumbers => {
                self.tell_of_no_way(&Trouble::AuthorityUnreachable(authority.clone()));
            }
            Impossible::TriesSpent => {
                self.tell_of_no_way(&Trouble::AuthorityNotReached(authority.clone()));
            }
            Impossible::Unarmed | Impossible::NotStarted => {}
        }
    }

    pub(super) fn tell_of_no_way(&mut self, trouble: &Trouble) {
        let told = self.state.troubles.get(trouble).and_then(|standing| standing.told_at);
        if told.is_some_and(|told| self.moment().since(told) >= TOLD_AGAIN_AFTER) {
            self.end_trouble(trouble);
        }
        self.note_trouble(trouble);
    }

    /// A correction cannot be written: whoever is on duty, or handles the case, tells it by telephone.
    pub(super) fn no_correction(&mut self, id: &CaseId, to: &Recipient, why: Unreachable) {
        let Recipient::Authority(authority) = to else { return };
        self.correction_impossible(id, authority, why);
    }

    /// Whether a report waits for a way to be put back, and that is on record.
    pub(super) fn waits_for_way(&self, notification: &Notification) -> bool {
        let known = || {
            let case = self.state.case(notification.subject.case()?)?;
            case.clock(notification.clock?)?.written.impossible
        };
        notification.purpose == Purpose::Written
            && self.unreachable(&notification.to, notification.medium).is_some()
            && known().is_some()
    }

    /// Whether an authority was tried as often as it may be with what a message brings.
    pub(super) fn is_spent(&self, notification: &Notification) -> bool {
        let Some(case) = notification.subject.case().and_then(|id| self.state.case(id)) else { return false };
        if notification.purpose == Purpose::Telephone {
            let clock = notification.clock.and_then(|index| case.clock(index));
            return clock.is_some_and(|clock| clock.phone.attempts >= TRIES_MAX);
        }
        // A person who writes it anew begins anew.
        let same = |it: &Notification| {
            (it.purpose, &it.to, &it.step, &it.content)
                == (notification.purpose, &notification.to, &notification.step, &notification.content)
        };
        let tracks = case.notifications.iter().filter_map(|id| self.state.track(id));
        let tries: usize =
            tracks.filter(|track| same(&track.notification)).map(|track| track.attempts.len()).sum();
        u32::try_from(tries).unwrap_or(u32::MAX) >= TRIES_MAX
    }

    /// The last try to bring something to an authority failed, or nobody knows: nothing is given up without a word.
    pub(super) fn give_up_if_spent(&mut self, id: &NotificationId) {
        let Some(track) = self.state.track(id).cloned() else { return };
        let notification = &track.notification;
        let Recipient::Authority(_) = &notification.to else { return };
        if !self.is_spent(notification) || self.unwanted(notification).is_some() {
            return;
        }
        let Some(case) = notification.subject.case() else { return };
        match (notification.purpose, notification.clock) {
            (Purpose::Telephone, Some(clock)) => self.daemon_calls(case, clock, (self.moment(), 0)),
            (Purpose::Written, Some(clock)) => self.report_impossible(case, clock, Unreachable::NotTaken),
            (Purpose::Correction, _) => self.no_correction(case, &notification.to, Unreachable::NotTaken),
            _ => {}
        }
    }

    /// Another configuration, or armed again: of every authority that is owed something it is looked whether a way to
    /// it is there.
    pub(super) fn look_for_ways(&mut self) {
        let open =
            self.state.troubles.iter().filter(|(_, standing)| standing.open).map(|(trouble, _)| trouble);
        let ways =
            |it: &&Trouble| matches!(it, Trouble::AuthorityUnreachable(_) | Trouble::AuthorityNotReached(_));
        let spent = self.those_given_up();
        let stands = |it: &&Trouble| matches!(it, Trouble::AuthorityNotReached(id) if spent.contains(id));
        for trouble in open.filter(ways).filter(|it| !stands(it)).cloned().collect::<Vec<_>>() {
            self.end_trouble(&trouble);
        }
        if !self.state.is_armed() {
            return;
        }
        let open = self.state.cases.values().filter(|case| case.is_open());
        for case in open.map(Arc::clone).collect::<Vec<_>>() {
            for (index, clock) in case.clocks().filter(|(_, clock)| clock.owes()) {
                self.look_for_call(&case, (index, clock));
                self.look_for_report(&case, (index, clock));
            }
            self.look_for_corrections(&case);
        }
    }

    /// The authorities that are owed what was tried as often as it may be: no configuration changes that.
    fn those_given_up(&self) -> BTreeSet<AuthorityId> {
        let open = self.state.cases.values().filter(|case| case.is_open());
        let owing = open.flat_map(|case| &case.clocks).filter(|clock| clock.owes());
        let given_up = owing.filter(|clock| {
            let call = clock.phone.impossible.is_some_and(|(_, why)| why == Impossible::TriesSpent);
            let report = clock.written.impossible.is_some_and(|(_, why)| why == Unreachable::NotTaken);
            call && clock.phone.proof.is_none() || report && clock.written.proved_at.is_none()
        });
        given_up.map(|clock| clock.authority.clone()).collect()
    }

    /// A call that waits and has no way any more is impossible; one that had none is made where it has one again.
    fn look_for_call(&mut self, case: &Case, (index, clock): (u32, &Clock)) {
        if clock.phone.proof.is_some() {
            return;
        }
        let known = clock.phone.impossible.map(|(_, why)| why);
        let why = self.call_impossible(clock).filter(|why| why.lacks_way());
        let waits = case.notifications.iter().filter_map(|id| self.state.track(id)).any(|track| {
            let it = &track.notification;
            (it.purpose, it.clock) == (Purpose::Telephone, Some(index)) && track.send_at.is_some()
        });
        match why {
            Some(why) if known == Some(why) => self.tell_no_call(&clock.authority, why),
            // What waits would ring a number that proved wrong.
            Some(Impossible::WrongNumbers) if waits => {
                self.daemon_calls(&case.id, index, (self.moment(), 0));
            }
            Some(why) if waits => {
                self.record(Fact::TelephoneImpossible { case: case.id.clone(), clock: index, why });
                self.tell_no_call(&clock.authority, why);
                self.send_waiting_draft(&case.id, index);
            }
            _ if known.is_some_and(Impossible::lacks_way) => {
                self.call_possible_again((&case.id, index), clock);
                let left_to_officer = !clock.phone.calls.is_empty() && !clock.phone.breached;
                if !left_to_officer {
                    self.daemon_call_if_silent(&case.id, index, self.moment());
                }
            }
            Some(_) | None => {}
        }
    }

    /// A number that may be rung, and a channel for it, are there again: that is on record, and a report that has not
    /// gone waits for the call as it would have (P3).
    pub(super) fn call_possible_again(&mut self, (id, index): (&CaseId, u32), clock: &Clock) {
        let lacked = clock.phone.impossible.is_some_and(|(_, why)| why.lacks_way());
        if !lacked || self.call_impossible(clock).is_some() {
            return;
        }
        self.record(Fact::TelephonePossible { case: id.clone(), clock: index });
        let unsent = clock.written.reports.iter().any(|report| report.sent_at.is_none());
        if unsent && clock.phone.attempted_at.is_none() {
            self.state_gate(id, index);
        }
    }

    fn look_for_report(&mut self, case: &Case, (index, clock): (u32, &Clock)) {
        if clock.written.proved_at.is_some() || clock.written.sent_at.is_some() {
            return;
        }
        let to = Recipient::Authority(clock.authority.clone());
        let by = self.clock_rules(case, clock).map_or_else(Vec::new, |rules| rules.written.by);
        let whys: Vec<Option<Unreachable>> = by.iter().map(|medium| self.unreachable(&to, *medium)).collect();
        let Some(Some(why)) = whys.first().filter(|_| whys.iter().all(Option::is_some)) else { return };
        if clock.written.impossible.is_some_and(|(_, known)| known == *why) {
            self.tell_of_no_way(&Trouble::AuthorityUnreachable(clock.authority.clone()));
        } else {
            self.report_impossible(&case.id, index, *why);
        }
    }

    fn look_for_corrections(&mut self, case: &Case) {
        let owed = case.corrections.iter().filter(|it| it.is_to_be_written());
        for authority in owed.map(|it| it.authority.clone()) {
            let to = Recipient::Authority(authority);
            if let Some(why) = self.unreachable(&to, Medium::Email) {
                self.cancel(&case.id, CancelledBecause::NoAddress, |track| {
                    track.purpose == Purpose::Correction && track.to == to
                });
                self.no_correction(&case.id, &to, why);
            }
        }
    }
}
