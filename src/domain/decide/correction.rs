//! Corrections: owed to every authority that was reached, in writing and by telephone.

use super::Draft;
use super::notify::Wish;
use crate::domain::case::{Call, Case, Clock};
use crate::domain::fact::{Fact, TelephoneOutcome, Unreachable};
use crate::domain::names::{AuthorityId, CaseId, DutyRole, Medium, PersonId, Recipient};
use crate::domain::notification::{Progress, Purpose, Subject};
use crate::domain::policy::Grade;

impl Draft<'_> {
    /// Whether anything about a case may have arrived at the authority.
    pub(super) fn was_reached(&self, case: &Case, index: u32, clock: &Clock) -> bool {
        let sent = case.notifications.iter().filter_map(|id| self.state.track(id)).any(|track| {
            track.notification.clock == Some(index)
                && matches!(track.notification.to, Recipient::Authority(_))
                && track.attempts.iter().any(|attempt| attempt.state != Progress::Refused)
        });
        // Whoever refused the report or asked to be rung back has heard of it.
        let spoke = |call: &Call| {
            matches!(
                call.outcome,
                TelephoneOutcome::Taken | TelephoneOutcome::CallBack | TelephoneOutcome::Refused
            )
        };
        sent || clock.phone.grade >= Some(Grade::Answered)
            || clock.phone.calls.iter().any(spoke)
            || clock.written.sent_at.is_some()
            || clock.written.receipted.is_some()
    }

    /// A numbered correction, in writing at once, and by telephone as somebody records it.
    pub(super) fn owe_correction(&mut self, id: &CaseId, authority: &AuthorityId, by: &PersonId) {
        let Some(case) = self.state.case(id).cloned() else { return };
        let number = case.corrections.iter().filter(|it| it.authority == *authority).count();
        let number = u32::try_from(number).unwrap_or(u32::MAX).saturating_add(1);
        self.record(Fact::CorrectionOwed { case: id.clone(), authority: authority.clone(), number });
        let due = self.moment();
        let clock = case.clock_for(authority).map(|(index, _)| index);
        let wish = Wish { clock, step: format!("{number}"), ..Wish::default() };
        let to = Recipient::Authority(authority.clone());
        let rings = case.handler.as_ref().map_or_else(|| by.clone(), |handler| handler.person.clone());
        let rings = self.directory.on_duty(&DutyRole::new("officer"), due).unwrap_or(rings);
        let Some(why) = self.unreachable(&to, Medium::Email) else {
            let subject = Subject::Case(id.clone());
            self.plan(&subject, Purpose::Correction, (&to, Medium::Email), due, wish.clone());
            self.tell_by(id, Purpose::Reminder, &rings, (&[Medium::Sms, Medium::Email], (due, wish)));
            return;
        };
        self.record(Fact::MediumSkipped { case: Some(id.clone()), to, medium: Medium::Email, why });
        self.correction_impossible(id, authority, (why, Some(&rings)));
    }

    /// No writing reaches them: that is recorded, and the telephone is the way (P10).
    pub(super) fn correction_impossible(
        &mut self,
        id: &CaseId,
        authority: &AuthorityId,
        (why, rings): (Unreachable, Option<&PersonId>),
    ) {
        let Some(case) = self.state.case(id).cloned() else { return };
        let mut owed = case.corrections.iter().filter(|it| it.authority == *authority);
        let Some(number) = owed.rfind(|it| it.impossible.is_none()).map(|it| it.number) else { return };
        self.record(Fact::CorrectionImpossible { case: id.clone(), authority: authority.clone(), why });
        let due = self.moment();
        let clock = case.clock_for(authority).map(|(index, _)| index);
        let wish = Wish { clock, step: format!("{number}"), ..Wish::default() };
        let Some(rings) = rings else { return };
        for medium in [Medium::Phone, Medium::Sms] {
            self.tell_by(id, Purpose::Reminder, rings, (&[medium], (due, wish.clone())));
        }
    }
}
