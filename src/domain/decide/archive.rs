//! A closed case leaves memory: once each of its limits is decided, for a breach is always told (P5), and each of its
//! messages has come to an end (P6).

use std::collections::BTreeSet;
use std::time::Duration;

use super::Draft;
use super::case::has_undecided_limit;
use crate::domain::bulletin::Trouble;
use crate::domain::case::Case;
use crate::domain::fact::{CancelledBecause, Fact, Unreachable};
use crate::domain::names::{CaseId, NotificationId, Recipient};
use crate::domain::notification::{Progress, Purpose};
use crate::domain::schedule::Due;
use crate::domain::state::Track;

/// A case that cannot leave yet is looked at again after this; one whose last message ends before, at its end.
const PUT_OFF: Duration = Duration::from_hours(24);
/// What waits for an attempt is looked at so long behind its end.
const BEHIND: Duration = Duration::from_secs(1);

impl Draft<'_> {
    pub(super) fn archive_due(&mut self, id: &CaseId) {
        let Some(case) = self.state.case(id).cloned() else { return };
        if !has_undecided_limit(&case) {
            self.end_what_has_no_way(&case);
        }
        if !self.archive_where_over(id) {
            self.record(Fact::ArchivePutOff { case: id.clone(), until: self.moment() + PUT_OFF });
        }
    }

    /// A message has ended that a case waited for which would have left memory before.
    pub(super) fn archive_what_waited(&mut self) {
        let ended: BTreeSet<CaseId> = self.facts.iter().flat_map(|fact| self.ended_by(fact)).collect();
        for id in ended {
            self.archive_where_over(&id);
        }
    }

    /// The cases that wait to leave memory, and of which a fact ends a message.
    #[expect(clippy::wildcard_enum_match_arm, reason = "no other fact ends a message")]
    fn ended_by(&self, fact: &Fact) -> Vec<CaseId> {
        let (lead, covers): (&NotificationId, &[NotificationId]) = match fact {
            Fact::NotificationCancelled { notification, .. } => (notification, &[]),
            Fact::AttemptEnded { notification, covers, .. } => (notification, covers),
            Fact::ReceiptTaken(it) if it.effect => {
                let track = self.state.track(&it.notification);
                (&it.notification, track.map_or(&[], |track| &track.covers))
            }
            _ => return Vec::new(),
        };
        let tracks = std::iter::once(lead).chain(covers).filter_map(|id| self.state.track(id));
        let cases = tracks.filter_map(|track| self.state.case(track.notification.subject.case()?));
        cases.filter(|case| case.archive_waits).map(|case| case.id.clone()).collect()
    }

    /// Whether everything about a case is over, so that it has left memory.
    fn archive_where_over(&mut self, id: &CaseId) -> bool {
        let over =
            self.state.case(id).is_some_and(|case| !has_undecided_limit(case) && !self.still_tells(case));
        if over {
            self.record(Fact::Archived { case: id.clone() });
        }
        over
    }

    /// Something that was told leaves memory with its messages: what of it waits is given up, and stands on record as
    /// overtaken; what is under way comes to its end first (P6).
    pub(super) fn leave_with(&mut self, due: &Due, messages: &[NotificationId]) {
        let mut ends = None;
        for id in messages {
            let Some(track) = self.state.track(id).cloned() else { continue };
            if track.state == Progress::Attempting {
                ends = ends.max(track.attempts.last().map(|attempt| attempt.until));
            } else if track.send_at.is_some() {
                let why = CancelledBecause::Overtaken;
                self.record(Fact::NotificationCancelled { notification: id.clone(), why });
            }
        }
        let due = due.clone();
        self.record(match ends {
            Some(ends) => Fact::DuePutOff { due, until: ends.max(self.moment()) + BEHIND },
            None => Fact::DuePassed { due },
        });
    }

    /// Whether a message about a case is under way, or waits to be sent.
    pub(super) fn still_tells(&self, case: &Case) -> bool {
        let mut tracks = case.notifications.iter().filter_map(|id| self.state.track(id));
        tracks.any(|track| track.state == Progress::Attempting || track.send_at.is_some())
    }

    /// What of a case is due and would wait without end: it is of no use any more, or no way leads there.
    fn end_what_has_no_way(&mut self, case: &Case) {
        // What is held back goes, or is looked at, when a person lets it go.
        if self.state.held_back {
            return;
        }
        let tracks = case.notifications.iter().filter_map(|id| self.state.track(id));
        let due = tracks.filter(|track| track.send_at.is_some_and(|at| at <= self.moment()));
        for track in due.cloned().collect::<Vec<_>>() {
            let notification = &track.notification;
            let id = notification.id.clone();
            if let Some(why) = self.unwanted(notification) {
                self.record(Fact::NotificationCancelled { notification: id, why });
            } else if let Some(why) = self.unreachable(&notification.to, notification.medium) {
                let why_not = CancelledBecause::NotTaken;
                self.record(Fact::NotificationCancelled { notification: id, why: why_not });
                self.tell_without_way(case, &track, why);
            }
        }
    }

    /// A message without a way says what it says by another one; where there is none, people hear of that.
    fn tell_without_way(&mut self, case: &Case, track: &Track, why: Unreachable) {
        let notification = &track.notification;
        let (to, medium) = (notification.to.clone(), notification.medium);
        self.record(Fact::MediumSkipped { case: Some(case.id.clone()), to: to.clone(), medium, why });
        match (to, notification.purpose, notification.clock) {
            (Recipient::Person(_), ..) => self.go_another_way(track),
            (Recipient::Authority(_), Purpose::Written, Some(clock)) => {
                self.report_impossible(&case.id, clock, why);
            }
            (Recipient::Authority(authority), ..) => {
                self.tell_of_no_way(&Trouble::AuthorityUnreachable(authority));
            }
            (Recipient::Robot(_), ..) => {}
        }
    }
}
