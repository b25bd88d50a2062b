//! Which facts call somebody.

use super::Fact;
use crate::domain::names::{CaseId, PersonId, Recipient};
use crate::domain::notification::Purpose;

impl Fact {
    /// Whether it is a call, or another message that asks to take a case, to somebody other than this person.
    #[must_use]
    pub fn calls_another(&self, case: &CaseId, than: &PersonId) -> bool {
        let Self::NotificationPlanned { notification, .. } = self else { return false };
        matches!(notification.purpose, Purpose::Alert | Purpose::Handover)
            && notification.subject.case() == Some(case)
            && matches!(&notification.to, Recipient::Person(person) if person != than)
    }
}
