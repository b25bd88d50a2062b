//! What an absence is to the reader of its notice.

use super::message::Scene;
use crate::channel::text::{Absence, Away};
use crate::domain::bulletin::About;
use crate::domain::names::Recipient;
use crate::domain::notification::Subject;

impl Scene<'_> {
    /// The absence of the notice, as its reader is told of it; never why.
    pub(super) fn absence(&self) -> Option<Absence> {
        let Subject::Daemon(request) = &self.notification.subject else { return None };
        let About::Absence(notice) = &self.published.state.bulletins.get(request)?.about else { return None };
        let Recipient::Person(reader) = &self.notification.to else { return None };
        let own = *reader == notice.person;
        let away = match (own, notice.ended) {
            (true, false) => Away::Own,
            (true, true) => Away::Back,
            (false, false) => Away::StandsIn,
            (false, true) => Away::NoLonger,
        };
        let other = if own { notice.stand_in.as_ref() } else { Some(&notice.person) };
        let name = other.and_then(|other| self.contacts.persons.get(other));
        let (from, to) = (self.moment(notice.span.from), self.moment(notice.span.to));
        Some(Absence { away, other: name.map(|name| name.name.clone()), from, to })
    }
}
