//! Notices of lapses: whoever is named is told by one message of all that is new to them, by day, and has five working
//! days from when it reached them (M23).

use std::collections::BTreeMap;
use std::time::Duration;

use super::Draft;
use super::daily::Daily;
use super::notify::Wish;
use super::round::part;
use crate::domain::bulletin::{About, Trouble};
use crate::domain::fact::{Fact, LapsesTold};
use crate::domain::names::{LapseId, Medium, NotificationId, PersonId, Recipient, RequestId};
use crate::domain::notification::{Progress, Purpose, Subject};
use crate::domain::round::Round;
use crate::domain::state::Track;
use crate::time::Timestamp;

/// By which media somebody hears of a lapse: in writing, so that they have it.
const TOLD_BY: [Medium; 2] = [Medium::Email, Medium::Sms];
/// The messages are tried, and remembered, for this long: whom none has reached is told again on the seventh morning.
const KEPT: Duration = Duration::from_hours(24 * 7 - 1);
/// So many working days there are to answer, after the day on which the notice came.
const ANSWER_DAYS: u32 = 5;
/// More days off than this do not follow one another.
const DAYS_MAX: u32 = 400;
/// So many people are told in one entry.
const PEOPLE_AT_ONCE: usize = 256;

impl Draft<'_> {
    /// The people named in lapses that are new to them are told.
    pub(super) fn lapses_due(&mut self) {
        let Some((due, _)) = self.comes(Daily::Lapses) else { return };
        self.tell_lapses(due, None);
    }

    /// Tells those whose ids stand behind `after`, a number of them in each entry.
    pub(super) fn tell_lapses(&mut self, due: Timestamp, after: Option<&str>) {
        // In doubt nobody is accused (P13): they hear of it the next time.
        if self.state.doubt.is_some() {
            return;
        }
        let mut new: BTreeMap<PersonId, Vec<LapseId>> = BTreeMap::new();
        for (person, lapse) in self.state.unheard.iter() {
            if self.waits_for(lapse, person) && self.is_released(person) {
                new.entry(person.clone()).or_default().push(lapse.clone());
            }
        }
        let (new, more) = part(new, after, (PEOPLE_AT_ONCE, |_lapses| 1));
        let seq = self.seq();
        for (number, (person, lapses)) in (1_u32..).zip(new) {
            let request = RequestId::new(&format!("lapses-{seq}-{number}"));
            self.give_notice(&request, (person, lapses), due);
        }
        if more.is_some() {
            self.pause_round(Round::Lapses { due }, more);
        }
    }

    fn give_notice(
        &mut self,
        request: &RequestId,
        (person, lapses): (PersonId, Vec<LapseId>),
        due: Timestamp,
    ) {
        let to = Recipient::Person(person.clone());
        let mut media = self.ways(&to, &TOLD_BY);
        if media.is_empty() {
            media = self.ways(&to, &[Medium::Phone]);
        }
        if media.is_empty() {
            self.note_trouble(&Trouble::PersonNotReached(person));
            return;
        }
        let until = self.moment() + KEPT;
        let about = About::Lapses { person, lapses };
        self.record(Fact::BulletinOpened { request: request.clone(), about, until });
        for medium in media {
            let wish = Wish { useless_after: Some(until), ..Wish::default() };
            let subject = Subject::Daemon(request.clone());
            self.plan(&subject, Purpose::LapseNotice, (&to, medium), due, wish);
        }
    }

    /// Whether a lapse waits for a person's word.
    pub(super) fn waits_for(&self, lapse: &LapseId, person: &PersonId) -> bool {
        self.state.lapses.get(lapse).is_some_and(|lapse| lapse.waits_for(person))
    }

    /// A notice has reached whoever is named.
    pub(super) fn notice_arrived(&mut self, id: &NotificationId) {
        let Some(track) = self.state.track(id).filter(|it| it.notification.purpose == Purpose::LapseNotice)
        else {
            return;
        };
        let reached = self.has_reached(track);
        let Subject::Daemon(request) = &track.notification.subject else { return };
        let Some(bulletin) = self.state.bulletins.get(request).filter(|_| reached) else { return };
        let About::Lapses { person, lapses } = &bulletin.about else { return };
        let is_told =
            |lapse: &LapseId| self.state.lapses.get(lapse).is_some_and(|it| it.told.contains_key(person));
        let lapses: Vec<LapseId> = lapses.iter().filter(|lapse| !is_told(lapse)).cloned().collect();
        if lapses.is_empty() {
            return;
        }
        let (person, at) = (person.clone(), self.moment());
        let told = LapsesTold { person, lapses, at, answer_by: self.answer_by(at), served: None };
        self.record(Fact::LapsesTold(Box::new(told)));
    }

    /// Whether a message has reached whom it tells: by a receipt, or, where the channel brings none, by being taken.
    pub(super) fn has_reached(&self, track: &Track) -> bool {
        let channel = track.attempts.last().and_then(|attempt| self.directory.channel(&attempt.channel));
        let receipts = channel.is_some_and(|channel| channel.receipts);
        track.state.has_arrived() || track.state == Progress::Accepted && !receipts
    }

    /// The end of the fifth working day after the day of an instant.
    pub(super) fn answer_by(&self, told: Timestamp) -> Timestamp {
        let (zone, calendar) = (&self.directory.zone, &self.directory.calendar);
        let (mut day, mut left) = (zone.day(told), ANSWER_DAYS);
        for _ in 0..DAYS_MAX {
            if left == 0 {
                break;
            }
            day = day.plus_days(1);
            left -= u32::from(calendar.is_workday(day));
        }
        let whole_days = Duration::from_hours(24 * u64::from(ANSWER_DAYS));
        zone.instant(day.plus_days(1).at(0, 0)).unwrap_or_else(|| told + whole_days)
    }
}
