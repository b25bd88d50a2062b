//! Reminders: who is asked for what is not reported, before it is due and after (M21).
//!
//! One fact a period and reminder says who is asked for which units; where those are thousands, one a part of them. The
//! messages of one person over all forms have one instant, and go as one; what each says is written when it goes, of
//! what is missing then.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Draft;
use super::addressed::Addressed;
use super::notify::Wish;
use super::round::part;
use crate::domain::directory::{Directory, Role};
use crate::domain::fact::Fact;
use crate::domain::names::{Medium, PersonId, Recipient, UnitId};
use crate::domain::notification::{Purpose, Subject};
use crate::domain::round::Round;
use crate::domain::slot::{Asked, Period, PeriodDue, PeriodId, PeriodReminded, Reminder, aside};
use crate::time::Timestamp;

/// By which media somebody is asked, the first that leads to them.
pub(super) const ASKED_BY: [Medium; 3] = [Medium::Sms, Medium::Email, Medium::Phone];
/// The office gets the whole list by mail, and a word of it by SMS.
const LISTED_BY: [Medium; 2] = [Medium::Email, Medium::Sms];
/// What of a reminder stands in one entry, in names of units; a person, with a message, weighs as much as so many.
const WEIGHT_AT_ONCE: usize = 100_000;
const PERSON_WEIGHT: usize = 100;

/// Who is asked for which units, and for which nobody can be.
type People = (BTreeMap<PersonId, Vec<UnitId>>, Vec<UnitId>);

impl Draft<'_> {
    /// A reminder of a period is due.
    pub(super) fn remind(&mut self, id: &PeriodId, what: PeriodDue) {
        let Some(period) = self.state.periods.get(id).cloned() else { return };
        let reminders = &period.opened.reminders;
        match what {
            PeriodDue::Remind => {
                let next = usize::try_from(period.reminded).ok().and_then(|next| reminders.before.get(next));
                let Some(due) = next.copied() else { return };
                self.send_reminder(&period, (Reminder::Before(period.reminded), due), None);
            }
            PeriodDue::Leader | PeriodDue::Office => {
                let reminder = if what == PeriodDue::Leader { Reminder::Leader } else { Reminder::Office };
                let Some(due) = period.due_at(what) else { return };
                self.send_reminder(&period, (reminder, due), None);
            }
            PeriodDue::Due | PeriodDue::Close | PeriodDue::Archive => {}
        }
    }

    /// Those who report hear at once that the due instant moved: they need not hurry.
    pub(super) fn ask_moved(&mut self, id: &PeriodId) {
        let Some(period) = self.state.periods.get(id).cloned() else { return };
        if period.opened.reminders.is_empty() {
            return;
        }
        let number = u32::try_from(period.moved.len()).unwrap_or(u32::MAX);
        self.send_reminder(&period, (Reminder::Moved(number), self.moment()), None);
    }

    /// Whom a reminder asks, of those whose ids stand behind `after`; a number of them in each entry.
    pub(super) fn send_reminder(
        &mut self,
        period: &Arc<Period>,
        (reminder, due): (Reminder, Timestamp),
        after: Option<&str>,
    ) {
        let (asked, mut unreached) = match reminder {
            Reminder::Before(_) | Reminder::Moved(_) => self.those_who_report(period),
            Reminder::Leader => self.leaders(period),
            Reminder::Office => (self.office(period), Vec::new()),
        };
        let (asked, more) =
            part(asked, after, (WEIGHT_AT_ONCE, |units: &Vec<UnitId>| PERSON_WEIGHT + units.len()));
        if after.is_some() {
            // They are on record with the first part.
            unreached.clear();
        }
        let id = period.id().clone();
        let written = |(person, units): &(PersonId, Vec<UnitId>)| {
            self.is_released(person).then(|| (person.clone(), self.asked_as(units, person)))
        };
        let people: Vec<(PersonId, Addressed)> = asked.iter().filter_map(written).collect();
        let asked = asked.into_iter().map(|(person, units)| Asked { person, units: Arc::new(units) });
        let reminded =
            PeriodReminded { period: id.clone(), reminder, due, asked: asked.collect(), unreached };
        self.record(Fact::PeriodReminded { reminded: Box::new(reminded) });
        for person in people {
            self.remind_one(&id, (reminder, due), person);
        }
        if more.is_some() {
            self.pause_round(Round::Reminder { period: id, reminder, due }, more);
        }
    }

    fn remind_one(
        &mut self,
        period: &PeriodId,
        (reminder, due): (Reminder, Timestamp),
        (person, addressed): (PersonId, Addressed),
    ) {
        let (purpose, media, most): (Purpose, &[Medium], usize) = match reminder {
            Reminder::Before(_) | Reminder::Moved(_) => (Purpose::FormDue, &ASKED_BY, 1),
            Reminder::Leader => (Purpose::FormOverdue, &ASKED_BY, 1),
            Reminder::Office => (Purpose::FormsMissing, &LISTED_BY, LISTED_BY.len()),
        };
        let due = match reminder {
            // That it moved is news, and waits for nothing.
            Reminder::Moved(_) => due,
            Reminder::Before(_) => aside(&person, due, true),
            Reminder::Leader | Reminder::Office => aside(&person, due, false),
        };
        let to = Recipient::Person(person);
        for medium in self.ways(&to, media).into_iter().take(most) {
            let addressed = addressed.clone();
            let wish = Wish { step: reminder.to_string(), addressed, ..Wish::default() };
            self.plan(&Subject::Period(period.clone()), purpose, (&to, medium), due, wish);
        }
    }

    /// Those who report: the liaison, or who stands in, or who else of the unit can be reached.
    fn those_who_report(&self, period: &Period) -> People {
        let mut reached = Reached::default();
        gather(self.directory, period, |unit| {
            let known = self.directory.units.get(unit)?;
            self.reporter_at_all(known, |person| reached.is(self, person))
        })
    }

    /// The leaders of what has not reported, as they were when it was due.
    fn leaders(&self, period: &Period) -> People {
        let mut reached = Reached::default();
        gather(self.directory, period, |unit| {
            let frozen = period.holders(unit).and_then(|owing| owing.leader.clone());
            frozen.filter(|person| reached.is(self, person))
        })
    }

    /// The office, where anything is missing at all.
    fn office(&self, period: &Period) -> BTreeMap<PersonId, Vec<UnitId>> {
        if period.awaited().next().is_none() {
            return BTreeMap::new();
        }
        let named = self.directory.roles.iter().filter(|(_, role)| *role == Role::Office);
        named.map(|(person, _)| (person.clone(), Vec::new())).collect()
    }

    fn is_reached(&self, person: &PersonId) -> bool {
        !self.ways(&Recipient::Person(person.clone()), &ASKED_BY).is_empty()
    }
}

/// Whether people can be reached, found once for each.
#[derive(Default)]
struct Reached(BTreeMap<PersonId, bool>);

impl Reached {
    fn is(&mut self, draft: &Draft<'_>, person: &PersonId) -> bool {
        match self.0.get(person) {
            Some(known) => *known,
            None => *self.0.entry(person.clone()).or_insert_with(|| draft.is_reached(person)),
        }
    }
}

/// Units by whom they are asked of.
fn gather(
    directory: &Directory,
    period: &Period,
    mut who: impl FnMut(&UnitId) -> Option<PersonId>,
) -> People {
    let mut round = People::default();
    // A unit that is no more owes nothing.
    for unit in period.awaited().filter(|unit| directory.units.contains_key(*unit)) {
        match who(unit) {
            Some(person) => round.0.entry(person).or_default().push(unit.clone()),
            None => round.1.push(unit.clone()),
        }
    }
    round
}
