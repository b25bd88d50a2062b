//! In which post somebody is written to, frozen with the message: whatever they hold later, it says as what they were told
//! (M2).

use super::Draft;
use crate::domain::lapse::{About, Post};
use crate::domain::names::{CaseId, DutyRole, LapseId, PersonId, Recipient, UnitId};
use crate::domain::notification::{Notification, Subject};

/// What whoever plans a message knows of the post in which somebody is written to.
#[derive(Debug, Clone, Default)]
pub(super) enum Addressed {
    /// No more than the subject says.
    #[default]
    BySubject,
    /// Of a period: it is asked of them for this unit.
    OfUnit(UnitId),
    /// As in another message that says the same; of one of before posts were kept nobody can tell.
    AsBefore(Option<Post>, Option<UnitId>),
}

impl Addressed {
    pub(super) fn again(before: &Notification) -> Self {
        Self::AsBefore(before.post, before.unit.clone())
    }
}

/// The duty posts, and what they are called.
const DUTY: [(&str, Post); 2] = [("officer", Post::DutyOfficer), ("leader", Post::DutyLeader)];

impl Draft<'_> {
    /// The post of whoever is told of something, as it is at this moment, and the unit, where it is a post of one. Of a lapse
    /// it is the post in which the lapse names them; of a period that of one unit, however many owe it. Nothing of who is no
    /// person, and of what is no matter of any post.
    pub(super) fn addressed(
        &self,
        subject: &Subject,
        to: &Recipient,
        known: &Addressed,
    ) -> (Option<Post>, Option<UnitId>) {
        if let Addressed::AsBefore(post, unit) = known {
            return (*post, unit.clone());
        }
        let Recipient::Person(person) = to else { return (None, None) };
        let (post, unit) = match subject {
            Subject::Case(case) => self.in_case(case, person),
            Subject::Period(_) => {
                let of_unit = match known {
                    Addressed::OfUnit(unit) => self.in_unit(unit, person),
                    Addressed::BySubject | Addressed::AsBefore(..) => None,
                };
                of_unit.unwrap_or_else(|| (self.on_duty_as(person).unwrap_or(Post::Outside), None))
            }
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
        let of_unit = self.state.case(case).and_then(|case| self.in_unit(&case.unit, person));
        of_unit.unwrap_or((Post::Outside, None))
    }

    /// The post of a unit that they hold, or stand in for.
    fn in_unit(&self, id: &UnitId, person: &PersonId) -> Option<(Post, Option<UnitId>)> {
        let post = self.post_of(self.directory.units.get(id)?, person);
        (post != Post::Outside).then(|| (post, Some(id.clone())))
    }

    /// Which of the units that somebody is asked for speaks for all: the first of which they hold a post, else the first.
    pub(super) fn asked_as(&self, units: &[UnitId], person: &PersonId) -> Addressed {
        let holds = |id: &&UnitId| self.directory.units.get(*id).is_some_and(|unit| unit.holds(person));
        let unit = units.iter().find(holds).or_else(|| units.first());
        unit.map_or(Addressed::BySubject, |unit| Addressed::OfUnit(unit.clone()))
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
