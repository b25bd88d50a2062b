//! In which post somebody is written to, frozen with the message: whatever they hold later, it says as what they were told
//! (M2).

use super::Draft;
use crate::domain::lapse::{About, Post};
use crate::domain::names::{CaseId, DutyRole, LapseId, PersonId, Recipient, UnitId};
use crate::domain::notification::Subject;
use crate::domain::slot::PeriodId;

/// The duty posts, and what they are called.
const DUTY: [(&str, Post); 2] = [("officer", Post::DutyOfficer), ("leader", Post::DutyLeader)];

impl Draft<'_> {
    /// The post of whoever is told of something, as it is at this moment, and the unit, where it is a post of one. Of a lapse
    /// it is the post in which the lapse names them. Nothing of who is no person, and of what is no matter of any post.
    pub(super) fn addressed(&self, subject: &Subject, to: &Recipient) -> (Option<Post>, Option<UnitId>) {
        let Recipient::Person(person) = to else { return (None, None) };
        let (post, unit) = match subject {
            Subject::Case(case) => self.in_case(case, person),
            Subject::Period(period) => self.in_period(period, person),
            Subject::Lapse(lapse) => return self.in_lapse(lapse, person),
            Subject::Daemon(_) => return (self.on_duty_as(person), None),
            Subject::SignIn(_) | Subject::Test(_) => return (None, None),
        };
        (Some(post), unit)
    }

    /// Whoever is on duty answers for the report to the authority; the unit's posts answer for the unit.
    fn in_case(&self, case: &CaseId, person: &PersonId) -> (Post, Option<UnitId>) {
        if let Some(post) = self.on_duty_as(person) {
            return (post, None);
        }
        let unit = self.state.case(case).map(|case| &case.unit);
        let of_unit = unit.and_then(|id| Some((id, self.post_of(self.directory.units.get(id)?, person))));
        match of_unit.filter(|(_, post)| *post != Post::Outside) {
            Some((unit, post)) => (post, Some(unit.clone())),
            None => (Post::Outside, None),
        }
    }

    /// In the first unit that owes the form of which they hold a post; else of which they stand in for one.
    fn in_period(&self, period: &PeriodId, person: &PersonId) -> (Post, Option<UnitId>) {
        let period = self.state.periods.get(period);
        let units = || {
            let ids = period.iter().flat_map(|period| period.opened.units.iter());
            ids.filter_map(|id| Some((id, self.directory.units.get(id)?)))
        };
        let held = units().find(|(_, unit)| unit.holds(person));
        let stood_in = || {
            let mut all = units().filter(|_| !self.state.absences.is_empty());
            all.find(|(_, unit)| self.post_of(unit, person) != Post::Outside)
        };
        match held.or_else(stood_in) {
            Some((id, unit)) => (self.post_of(unit, person), Some(id.clone())),
            None => (self.on_duty_as(person).unwrap_or(Post::Outside), None),
        }
    }

    fn in_lapse(&self, lapse: &LapseId, person: &PersonId) -> (Option<Post>, Option<UnitId>) {
        let Some(lapse) = self.state.lapses.get(lapse) else { return (None, None) };
        let is_them = |named: &Option<PersonId>| named.as_ref() == Some(person);
        let involved = lapse.involved_as.filter(|_| is_them(&lapse.person_involved));
        let post = involved.or_else(|| lapse.responsible_as.filter(|_| is_them(&lapse.responsible_person)));
        let unit = match &lapse.about {
            About::Slot { slot } | About::Report { slot, .. } | About::Correction { slot, .. } => {
                Some(slot.unit.clone())
            }
            About::Telephone { .. } | About::Written { .. } | About::Event { .. } => None,
        };
        let of_case = || self.state.case(lapse.about.cases().first()?).map(|case| case.unit.clone());
        let is_of_unit = post.is_some_and(Post::is_of_unit);
        (post, unit.or_else(of_case).filter(|_| is_of_unit))
    }

    fn on_duty_as(&self, person: &PersonId) -> Option<Post> {
        let holder = |role: &str| self.directory.on_duty(&DutyRole::new(role), self.moment());
        let own = DUTY.iter().find(|(role, _)| holder(role).as_ref() == Some(person)).map(|(_, post)| *post);
        let other = || {
            let stands_in = |role: &str| self.on_duty(role).as_ref() == Some(person);
            DUTY.iter().find(|(role, _)| stands_in(role)).map(|(_, post)| post.stood_in())
        };
        own.or_else(other)
    }
}
