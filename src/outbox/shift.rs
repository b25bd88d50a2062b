//! What a handover of duty is to the reader of its notice.

use super::message::Scene;
use crate::channel::text::{Post, Shift};
use crate::domain::bulletin::About;
use crate::domain::notification::Subject;

impl Scene<'_> {
    /// The handover of the notice.
    pub(super) fn shift(&self) -> Option<Shift> {
        let Subject::Daemon(request) = &self.notification.subject else { return None };
        let About::Shift(notice) = self.published.state.bulletins.get(request)?.about else { return None };
        let known = self.published.state.handovers.get(&notice.handover)?;
        let offered = &known.offered;
        let other = if notice.taken { &offered.to } else { &offered.from.by };
        let post = match offered.role.as_str() {
            "officer" => Post::Officer,
            "leader" => Post::Leader,
            _ => Post::Other,
        };
        let named = u32::try_from(offered.open.cases.len()).unwrap_or(u32::MAX);
        let units = offered.open.reports.iter().fold(0, |all: u32, it| all.saturating_add(it.units));
        Some(Shift {
            post,
            other: self.contacts.persons.get(other).map(|person| person.name.clone()),
            taken: notice.taken,
            cases: named.saturating_add(offered.open.more_cases),
            reports: units,
            troubles: u32::try_from(offered.open.troubles.len()).unwrap_or(u32::MAX),
        })
    }
}
