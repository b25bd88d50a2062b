//! Reminders: who is asked for what is not reported, before it is due and after (M21).
//!
//! One fact a period and reminder says who is asked for which units. The messages of one person over all forms have one
//! instant, and go as one; what each says is written when it goes, of what is missing then.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Draft;
use super::notify::Wish;
use crate::domain::directory::{Directory, Role};
use crate::domain::fact::Fact;
use crate::domain::names::{Medium, PersonId, Recipient, UnitId};
use crate::domain::notification::{Purpose, Subject};
use crate::domain::slot::{Asked, Period, PeriodDue, PeriodId, PeriodReminded, Reminder, aside};
use crate::time::Timestamp;

/// By which media somebody is asked, the first that leads to them.
pub(super) const ASKED_BY: [Medium; 3] = [Medium::Sms, Medium::Email, Medium::Phone];
/// The office gets the whole list by mail, and a word of it by SMS.
const LISTED_BY: [Medium; 2] = [Medium::Email, Medium::Sms];

/// Who is asked for which units, and for which nobody can be.
type Round = (BTreeMap<PersonId, Vec<UnitId>>, Vec<UnitId>);

impl Draft<'_> {
    /// A reminder of a period is due.
    pub(super) fn remind(&mut self, id: &PeriodId, what: PeriodDue) {
        let Some(period) = self.state.periods.get(id).cloned() else { return };
        let reminders = &period.opened.reminders;
        match what {
            PeriodDue::Remind => {
                let next = usize::try_from(period.reminded).ok().and_then(|next| reminders.before.get(next));
                let Some(due) = next.copied() else { return };
                self.ask(&period, (Reminder::Before(period.reminded), due));
            }
            PeriodDue::Leader => self.tell_leaders(&period),
            PeriodDue::Office => self.tell_office(&period),
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
        self.ask(&period, (Reminder::Moved(number), self.moment()));
    }

    /// Those who report are asked: the liaison, or who stands in, or who else of the unit can be reached.
    fn ask(&mut self, period: &Arc<Period>, (reminder, due): (Reminder, Timestamp)) {
        let ill = self.ill();
        let who = |unit: &UnitId| {
            let known = self.directory.units.get(unit)?;
            let posts = [Some(&known.liaison), known.deputy.as_ref(), Some(&known.leader)];
            let mut posts = posts.into_iter().flatten();
            posts.find(|person| !ill.contains(*person) && self.is_reached(person)).cloned()
        };
        let round = gather(self.directory, period, who);
        let at = |person: &PersonId| match reminder {
            // That it moved is news, and waits for nothing.
            Reminder::Moved(_) => due,
            Reminder::Before(_) | Reminder::Leader | Reminder::Office => aside(person, due, true),
        };
        self.send_round(period, (reminder, due), (Purpose::FormDue, round), at);
    }

    fn tell_leaders(&mut self, period: &Arc<Period>) {
        let Some(due) = period.due_at(PeriodDue::Leader) else { return };
        let leader = |unit: &UnitId| {
            let frozen = period.holders(unit).and_then(|owing| owing.leader.clone());
            frozen.filter(|person| self.is_reached(person))
        };
        let round = gather(self.directory, period, leader);
        let at = |person: &PersonId| aside(person, due, false);
        self.send_round(period, (Reminder::Leader, due), (Purpose::FormOverdue, round), at);
    }

    fn tell_office(&mut self, period: &Arc<Period>) {
        let Some(due) = period.due_at(PeriodDue::Office) else { return };
        let mut office: BTreeMap<PersonId, Vec<UnitId>> = BTreeMap::new();
        if period.awaited().next().is_some() {
            let named = self.directory.roles.iter().filter(|(_, role)| *role == Role::Office);
            office.extend(named.map(|(person, _)| (person.clone(), Vec::new())));
        }
        let at = |person: &PersonId| aside(person, due, false);
        self.send_round(period, (Reminder::Office, due), (Purpose::FormsMissing, (office, Vec::new())), at);
    }

    fn send_round(
        &mut self,
        period: &Period,
        (reminder, due): (Reminder, Timestamp),
        (purpose, (asked, unreached)): (Purpose, Round),
        at: impl Fn(&PersonId) -> Timestamp,
    ) {
        let id = period.id().clone();
        let people: Vec<PersonId> = asked.keys().cloned().collect();
        let asked = asked.into_iter().map(|(person, units)| Asked { person, units: Arc::new(units) });
        let reminded =
            PeriodReminded { period: id.clone(), reminder, due, asked: asked.collect(), unreached };
        self.record(Fact::PeriodReminded { reminded: Box::new(reminded) });
        for person in people.into_iter().filter(|person| self.is_released(person)).collect::<Vec<_>>() {
            let due = at(&person);
            let to = Recipient::Person(person);
            let (media, most): (&[Medium], usize) =
                if purpose == Purpose::FormsMissing { (&LISTED_BY, LISTED_BY.len()) } else { (&ASKED_BY, 1) };
            for medium in self.ways(&to, media).into_iter().take(most) {
                let wish = Wish { step: reminder.to_string(), ..Wish::default() };
                self.plan(&Subject::Period(id.clone()), purpose, (&to, medium), due, wish);
            }
        }
    }

    fn is_reached(&self, person: &PersonId) -> bool {
        !self.ways(&Recipient::Person(person.clone()), &ASKED_BY).is_empty()
    }
}

/// Units by whom they are asked of.
fn gather(directory: &Directory, period: &Period, who: impl Fn(&UnitId) -> Option<PersonId>) -> Round {
    let mut round = Round::default();
    // A unit that is no more owes nothing.
    for unit in period.awaited().filter(|unit| directory.units.contains_key(*unit)) {
        match who(unit) {
            Some(person) => round.0.entry(person).or_default().push(unit.clone()),
            None => round.1.push(unit.clone()),
        }
    }
    round
}
