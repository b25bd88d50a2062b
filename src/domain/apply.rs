//! Apply: folds facts into the state. Total, without a look at the directory or a clock.

mod antedate;
mod back;
mod bulletin;
mod case;
mod clock;
mod daemon;
mod deliver;
mod excuse;
mod follow;
mod found_later;
mod hearing;
mod people;
mod plan;
mod slot;
mod written;

use super::fact::Fact;
use super::names::{Actor, CaseId};
use super::state::State;
use crate::time::Timestamp;

/// The entry that facts stand in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Its number.
    pub seq: u64,
    /// When it was decided, by the wall clock.
    pub at: Timestamp,
}

impl State {
    /// The state after an entry.
    #[must_use]
    pub fn apply_all(&self, place: Place, facts: &[Fact]) -> Self {
        let mut next = self.clone();
        for fact in facts {
            next.apply(place, fact);
        }
        next.seq = place.seq;
        next
    }

    /// Folds one fact in.
    #[expect(clippy::too_many_lines, reason = "one line for each fact, so that none is forgotten")]
    pub(crate) fn apply(&mut self, place: Place, fact: &Fact) {
        match fact {
            Fact::Started { .. }
            | Fact::ClockStepped(_)
            | Fact::ClockTrusted(_)
            | Fact::ConfigurationAdopted(_)
            | Fact::ConfigurationLoaded(_)
            | Fact::StaffAdopted { .. }
            | Fact::StaffLoaded(_)
            | Fact::PostsTaken { .. }
            | Fact::Armed { .. }
            | Fact::Disarmed { .. }
            | Fact::HoldBegan
            | Fact::Released { .. }
            | Fact::DoorProved { .. }
            | Fact::MaintenanceAnnounced(_)
            | Fact::MaintenanceEnded { .. }
            | Fact::DuePassed { .. }
            | Fact::DuePutOff { .. } => self.apply_daemon(place, fact),
            Fact::LapseRecorded { .. }
            | Fact::LapseCured(_)
            | Fact::LapseWithdrawn { .. }
            | Fact::LapseReinstated { .. }
            | Fact::LapsesDue { .. }
            | Fact::LapsesTold(_)
            | Fact::StatementMade { .. }
            | Fact::VerdictGiven(_)
            | Fact::LedgerExported(_)
            | Fact::LapsesViewed(_) => self.apply_hearing(place, fact),
            Fact::HeadDue { .. }
            | Fact::TroubleBegan(_)
            | Fact::TroubleUntold { .. }
            | Fact::TroubleEnded { .. }
            | Fact::BulletinOpened { .. } => self.apply_bulletin(place, fact),
            Fact::EventTaken { .. }
            | Fact::EventDiffered { .. }
            | Fact::CaseOpened { .. }
            | Fact::CaseJoined { .. }
            | Fact::CaseRaised { .. }
            | Fact::CaseAntedated { .. }
            | Fact::Proposed { .. }
            | Fact::CasesLinked { .. }
            | Fact::PolicyKept { .. }
            | Fact::PlanStarted { .. }
            | Fact::StepTaken(_)
            | Fact::StepSkipped { .. }
            | Fact::StepRepeated(_)
            | Fact::Confirmed { .. }
            | Fact::Taken { .. }
            | Fact::Passed { .. }
            | Fact::Progressed { .. }
            | Fact::HandlerIdle { .. }
            | Fact::RuledOut { .. }
            | Fact::Noted { .. }
            | Fact::Closed { .. }
            | Fact::Archived { .. }
            | Fact::Erased { .. }
            | Fact::ArchivePutOff { .. }
            | Fact::ErasePutOff { .. } => self.apply_case(place, fact),
            Fact::ClockStarted { .. }
            | Fact::ClockAntedated { .. }
            | Fact::ClockArmed { .. }
            | Fact::Warned { .. }
            | Fact::DaemonCalls { .. }
            | Fact::TelephoneTried(_)
            | Fact::TelephoneImpossible { .. }
            | Fact::TelephonePossible { .. }
            | Fact::GateSet { .. }
            | Fact::TelephoneGraded { .. }
            | Fact::TelephoneProved(_)
            | Fact::ProofDisputed { .. }
            | Fact::AddressWrong(_)
            | Fact::WrittenDrafted { .. }
            | Fact::WrittenPlanned(_)
            | Fact::WrittenSent { .. }
            | Fact::WrittenReturned { .. }
            | Fact::WrittenImpossible { .. }
            | Fact::WrittenReceipted(_)
            | Fact::ClockMet { .. }
            | Fact::ClockCompleted { .. }
            | Fact::ClockBreached { .. }
            | Fact::ClockReopened(_)
            | Fact::ClockWithdrawn(_)
            | Fact::CorrectionOwed(_)
            | Fact::CorrectionReminded { .. }
            | Fact::CorrectionTold { .. }
            | Fact::CorrectionImpossible { .. }
            | Fact::CorrectionWritten(_)
            | Fact::CorrectionReturned { .. }
            | Fact::CorrectionEnded { .. } => self.apply_clock(place, fact),
            Fact::NotificationPlanned { .. }
            | Fact::MediumSkipped { .. }
            | Fact::SendPostponed { .. }
            | Fact::NotificationCancelled { .. }
            | Fact::WaitEnded { .. }
            | Fact::AttemptStarted { .. }
            | Fact::AttemptEnded { .. }
            | Fact::ReceiptTaken(_)
            | Fact::ReceiptKept(_)
            | Fact::WrongPerson(_) => self.apply_delivery(place, fact),
            Fact::FormFollowed(_)
            | Fact::PeriodOpened { .. }
            | Fact::PeriodReopened { .. }
            | Fact::PeriodWithdrawn { .. }
            | Fact::DueMoved { .. }
            | Fact::PeriodFellDue { .. }
            | Fact::PeriodReminded { .. }
            | Fact::RoundPaused(_)
            | Fact::PeriodClosed { .. }
            | Fact::PeriodArchived { .. }
            | Fact::ReportFiled { .. }
            | Fact::SlotExempted { .. }
            | Fact::ReportContradicted { .. }
            | Fact::ReportQuestioned { .. }
            | Fact::ContradictionEnded { .. }
            | Fact::LapseTurned { .. } => self.apply_slot(place, fact),
            Fact::CodeRefused(_)
            | Fact::CodeCalledIn { .. }
            | Fact::SignInAsked { .. }
            | Fact::SignInRefused { .. }
            | Fact::SessionOpened(_)
            | Fact::SessionClosed { .. }
            | Fact::TestAsked(_)
            | Fact::AbsenceRecorded(_)
            | Fact::AbsenceEnded(_)
            | Fact::ShiftOffered(_)
            | Fact::ShiftTaken(_) => self.apply_people(place, fact),
        }
    }

    /// Writes a line into a case's timeline.
    fn moment(&mut self, place: Place, case: &CaseId, what: String, by: (Option<Timestamp>, Option<&Actor>)) {
        let (due, actor) = by;
        self.with_case(case, |case| {
            case.timeline.push(super::case::Moment {
                seq: place.seq,
                at: place.at,
                due,
                what,
                actor: actor.cloned(),
            });
        });
    }
}
