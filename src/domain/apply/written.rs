//! The written report of a clock, and the corrections of what was reported.

use super::Place;
use crate::domain::case::{Correction, Draft, Moment, Report};
use crate::domain::fact::{CorrectionOwed, CorrectionWritten, Fact, Proof, WrittenPlanned, WrittenReceipted};
use crate::domain::names::{Actor, AuthorityId, CaseId, NotificationId};
use crate::domain::schedule::CaseDue;
use crate::domain::state::State;
use crate::time::Timestamp;

impl State {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the caller names every fact and sorts them by family"
    )]
    pub(super) fn apply_written(&mut self, place: Place, fact: &Fact) {
        match fact {
            Fact::WrittenDrafted { case, clock, payload, actor, send } => {
                let draft = Draft { payload: payload.clone(), actor: actor.clone(), at: place.at };
                self.with_clock(case, *clock, |clock| {
                    // What is only put aside does not take back an order to send.
                    if *send {
                        clock.written.ordered = Some(draft.clone());
                    }
                    clock.written.draft = Some(draft);
                });
                self.moment(place, case, "written report drafted".to_owned(), (None, Some(actor)));
            }
            Fact::WrittenPlanned(planned) => {
                let WrittenPlanned { case, clock, kind, number, continues, notification, actor } = &**planned;
                let report = Report {
                    kind: *kind,
                    number: *number,
                    continues: *continues,
                    notification: notification.clone(),
                    actor: actor.clone(),
                    sent_at: None,
                };
                self.with_clock(case, *clock, |clock| {
                    clock.written.ordered = None;
                    match clock.written.reports.iter_mut().find(|it| it.kind == *kind && it.number == *number)
                    {
                        Some(known) => known.notification = report.notification,
                        None => clock.written.reports.push(report),
                    }
                });
                self.unschedule(case, CaseDue::AfterPhone { clock: *clock });
                self.unschedule(case, CaseDue::Latest { clock: *clock });
                self.moment(place, case, "written report to be sent".to_owned(), (None, actor.as_ref()));
            }
            Fact::WrittenSent { case, clock, notification, at, proves } => {
                self.written_sent((case, *clock), notification, (*at, *proves));
                self.moment(place, case, "written report sent".to_owned(), (None, None));
            }
            Fact::WrittenReturned { case, clock, notification, unproves } => {
                self.with_clock(case, *clock, |clock| {
                    for report in
                        clock.written.reports.iter_mut().filter(|it| it.notification == *notification)
                    {
                        report.sent_at = None;
                    }
                    clock.written.sent_at = clock.written.reports.iter().filter_map(|it| it.sent_at).min();
                    if *unproves {
                        clock.written.proved_at = None;
                    }
                });
                if *unproves {
                    self.uncure(case, *clock, Proof::Written);
                }
                self.moment(place, case, "written report returned".to_owned(), (None, None));
            }
            Fact::WrittenReceipted(receipt) => {
                let WrittenReceipted { case, clock, actor, proves, at, .. } = &**receipt;
                self.written_receipted((case, *clock), actor, (at.unwrap_or(place.at), *proves));
                self.moment(place, case, "written report receipted".to_owned(), (None, Some(actor)));
            }
            Fact::WrittenImpossible { case, clock, why } => {
                self.with_clock(case, *clock, |clock| clock.written.impossible = Some((place.at, *why)));
                let what = format!("{}: {}", Moment::IMPOSSIBLE[1], why.words());
                self.moment(place, case, what, (None, None));
            }
            _ => {}
        }
    }

    fn written_receipted(
        &mut self,
        (case, clock): (&CaseId, u32),
        actor: &Actor,
        (at, proves): (Timestamp, bool),
    ) {
        self.with_clock(case, clock, |clock| {
            clock.written.receipted = Some((at, actor.clone()));
            if proves {
                clock.written.proved_at = Some(at);
            }
        });
        if proves {
            self.keep_limit(case, (Proof::Written, clock), at);
            // Brought by a person before the daemon's own: that one is not written any more.
            self.unschedule(case, CaseDue::AfterPhone { clock });
            self.unschedule(case, CaseDue::Latest { clock });
        }
    }

    fn written_sent(
        &mut self,
        (case, index): (&CaseId, u32),
        notification: &NotificationId,
        (at, proves): (Timestamp, bool),
    ) {
        self.with_clock(case, index, |clock| {
            clock.written.sent_at.get_or_insert(at);
            if proves {
                clock.written.proved_at.get_or_insert(at);
            }
            for report in clock.written.reports.iter_mut().filter(|it| it.notification == *notification) {
                report.sent_at = Some(at);
            }
        });
        if proves {
            self.keep_limit(case, (Proof::Written, index), at);
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the caller names every fact and sorts them by family"
    )]
    pub(super) fn apply_correction(&mut self, place: Place, fact: &Fact) {
        match fact {
            Fact::CorrectionOwed(owed) => {
                let CorrectionOwed { case, authority, number, by, remind_at } = &**owed;
                let correction = Correction {
                    authority: authority.clone(),
                    number: *number,
                    phone: None,
                    written_at: None,
                    written_by: None,
                    impossible: None,
                    ended: None,
                    past: false,
                    reminders: 0,
                    by: by.clone(),
                };
                let before = self.case(case).map_or(0, |case| case.corrections.len());
                self.with_case(case, |case| case.corrections.push(correction));
                let correction = u32::try_from(before).unwrap_or(u32::MAX);
                self.reschedule(case, CaseDue::Correction { correction }, *remind_at);
                self.moment(place, case, format!("correction owed to {authority}"), (None, None));
            }
            Fact::CorrectionTold { case, authority, actor, .. } => {
                self.with_case(case, |case| {
                    let owed = case.corrections.iter_mut().filter(|it| it.authority == *authority);
                    for correction in owed.filter(|it| it.is_to_be_told()) {
                        correction.phone = Some((place.at, actor.clone()));
                    }
                });
                let told: Vec<u32> = self.case(case).map_or_else(Vec::new, |case| {
                    let all = (0..).zip(case.corrections.iter());
                    all.filter(|(_, it)| it.authority == *authority).map(|(index, _)| index).collect()
                });
                for correction in told {
                    self.unschedule(case, CaseDue::Correction { correction });
                }
                self.moment(place, case, "correction told by telephone".to_owned(), (None, Some(actor)));
            }
            Fact::CorrectionReminded { case, correction, due, missed, next } => {
                self.with_case(case, |case| {
                    let index = usize::try_from(*correction).unwrap_or(usize::MAX);
                    if let Some(correction) = case.corrections.get_mut(index) {
                        correction.reminders += 1 + missed;
                    }
                });
                self.reschedule(case, CaseDue::Correction { correction: *correction }, *next);
                self.moment(place, case, "reminded of a correction".to_owned(), (Some(*due), None));
            }
            Fact::CorrectionImpossible { case, authority, why } => {
                self.with_case(case, |case| {
                    for correction in case.corrections.iter_mut().filter(|it| it.authority == *authority) {
                        correction.impossible = Some((place.at, *why));
                    }
                });
                let what = format!("correction cannot be written to {authority}");
                self.moment(place, case, what, (None, None));
            }
            Fact::CorrectionWritten(written) => self.correction_written(place, written),
            Fact::CorrectionReturned { case, authority, number } => {
                self.correction_returned(place, case, (authority, *number));
            }
            Fact::CorrectionEnded { case, authority, number } => {
                self.correction_ended(place, case, (authority, *number));
            }
            _ => {}
        }
    }

    fn correction_written(&mut self, place: Place, written: &CorrectionWritten) {
        let CorrectionWritten { case, authority, number, at } = written;
        let says = |it: &Correction| it.authority == *authority && it.is_said_by(*number);
        self.with_case(case, |case| {
            let unwritten = case.corrections.iter_mut().filter(|it| it.written_at.is_none());
            for correction in unwritten.filter(|it| says(it)) {
                (correction.written_at, correction.written_by) = (Some(*at), *number);
            }
        });
        self.moment(place, case, "correction sent".to_owned(), (None, None));
    }

    fn correction_returned(&mut self, place: Place, case: &CaseId, (authority, number): (&AuthorityId, u32)) {
        let wrote =
            |it: &Correction| it.authority == *authority && it.written_by.unwrap_or(it.number) == number;
        self.with_case(case, |case| {
            for correction in case.corrections.iter_mut().filter(|it| wrote(it)) {
                (correction.written_at, correction.written_by) = (None, None);
            }
        });
        let what = format!("correction {number} came back from {authority}");
        self.moment(place, case, what, (None, None));
    }

    fn correction_ended(&mut self, place: Place, case: &CaseId, (authority, number): (&AuthorityId, u32)) {
        let ended = |it: &Correction| it.authority == *authority && it.number == number;
        let Some(index) = self.case(case).and_then(|case| case.corrections.iter().position(ended)) else {
            return;
        };
        self.with_case(case, |case| {
            if let Some(correction) = case.corrections.get_mut(index) {
                correction.ended = Some(place.at);
            }
        });
        let correction = u32::try_from(index).unwrap_or(u32::MAX);
        self.unschedule(case, CaseDue::Correction { correction });
        let what = format!("correction {number} to {authority} is owed no more");
        self.moment(place, case, what, (None, None));
    }
}
