//! Numbers that turn out to be somebody else's: dropped at once, the next way and the next person tried, the office told.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Draft;
use crate::domain::bulletin::Trouble;
use crate::domain::case::Case;
use crate::domain::fact::{CancelledBecause, Fact};
use crate::domain::names::{CaseId, Medium, PersonId, Recipient};
use crate::domain::notification::{Notification, Purpose};
use crate::domain::state::Track;

/// What reaches a number.
const BY_NUMBER: [Medium; 2] = [Medium::Phone, Medium::Sms];

impl Draft<'_> {
    /// A call or a message reached somebody else, who pressed 9 or said so on the page: nothing more goes to that
    /// number, and what it said of any case goes on another way.
    pub(super) fn wrong_number(&mut self, person: &PersonId) {
        let is_dropped = |medium: &Medium| self.state.is_wrong(person, *medium);
        let media: Vec<Medium> = BY_NUMBER.into_iter().filter(|medium| !is_dropped(medium)).collect();
        if media.is_empty() {
            return;
        }
        for medium in media {
            self.record(Fact::WrongPerson { person: person.clone(), medium });
        }
        let to = Recipient::Person(person.clone());
        let theirs = |it: &Notification| it.to == to && BY_NUMBER.contains(&it.medium);
        let open: Vec<CaseId> =
            self.state.cases.values().filter(|case| case.is_open()).map(|case| case.id.clone()).collect();
        for id in open {
            let Some(case) = self.state.case(&id).cloned() else { continue };
            let tracks = case.notifications.iter().filter_map(|id| self.state.track(id).cloned());
            let tracks: Vec<_> = tracks.filter(|track| theirs(&track.notification)).collect();
            if tracks.is_empty() {
                continue;
            }
            self.go_by_another_way(&case, &tracks);
            self.cancel(&id, CancelledBecause::WrongPerson, theirs);
            if !case.is_taken() && !case.has_confirmed(person) {
                self.next_step_at_once(&id);
            }
        }
        self.note_trouble(&Trouble::NumberWrong(person.clone()));
    }

    /// Of each step what was said last goes by the media that come after the number, where that has not begun: somebody
    /// who picked up was nobody to wait for.
    fn go_by_another_way(&mut self, case: &Case, tracks: &[Arc<Track>]) {
        let alerts = tracks.iter().filter(|track| track.notification.purpose == Purpose::Alert);
        let mut last = BTreeMap::new();
        for track in alerts {
            if let Some(place) = track.notification.place {
                last.insert((place.plan, place.step), (place, track));
            }
        }
        for (place, track) in last.into_values() {
            let to = &track.notification.to;
            let further = |it: &Notification| {
                it.to == *to
                    && it.place.is_some_and(|other| {
                        (other.plan, other.step, other.repeat) == (place.plan, place.step, place.repeat)
                            && other.medium > place.medium
                    })
            };
            let begun = case.notifications.iter().filter_map(|id| self.state.track(id));
            let begun = begun.filter(|other| !BY_NUMBER.contains(&other.notification.medium));
            if begun.map(|other| &other.notification).any(further) {
                continue;
            }
            if track.wait_until.is_some() {
                self.next_medium(track, self.moment());
            } else if self.unwanted(&track.notification).is_none() {
                let step = (place.plan, place.step, place.repeat);
                let what = (self.moment(), track.notification.missed);
                self.ladder(&case.id, step, (to, place.medium + 1), what);
            }
        }
    }

    /// A wrong number is put right in the configuration; where another is still wrong, it will turn out again.
    pub(super) fn end_wrong_numbers(&mut self) {
        let open =
            self.state.troubles.iter().filter(|(_, standing)| standing.open).map(|(trouble, _)| trouble);
        let wrong = open.filter(|trouble| matches!(trouble, Trouble::NumberWrong(_)));
        for trouble in wrong.cloned().collect::<Vec<_>>() {
            self.end_trouble(&trouble);
        }
    }
}
