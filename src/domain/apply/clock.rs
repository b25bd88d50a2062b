//! Clocks and the telephone report.

use super::Place;
use crate::domain::case::{Call, Clock, ClockState, Impossible, Moment, PhoneProof};
use crate::domain::fact::{
    ClockReopened, ClockStarted, Fact, Proof, TelephoneOutcome, TelephoneProved, TelephoneTried,
};
use crate::domain::lapse::Lapse;
use crate::domain::names::CaseId;
use crate::domain::schedule::CaseDue;
use crate::domain::state::State;
use crate::time::Timestamp;

/// What accuses is decided one second after it is due, so that what arrived at that instant is in.
pub(crate) const ACCUSE_AFTER: std::time::Duration = std::time::Duration::from_secs(1);

impl State {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the caller names every fact and sorts them by family"
    )]
    pub(super) fn apply_clock(&mut self, place: Place, fact: &Fact) {
        match fact {
            Fact::ClockStarted { case, clock } => self.start_clock(place, case, clock),
            Fact::ClockAntedated { case, clock, from, .. } => self.antedate_clock(place, case, clock, *from),
            Fact::ClockArmed { case, clock, at } => {
                self.with_clock(case, *clock, |clock| {
                    clock.armed_at.get_or_insert(*at);
                    // What stood against a call stands against it no longer.
                    clock.phone.impossible.take_if(|(_, why)| *why == Impossible::Unarmed);
                });
                self.moment(place, case, "armed while the clock runs".to_owned(), (None, None));
            }
            Fact::Warned { case, clock, number, due, overtaken, next } => {
                self.with_clock(case, *clock, |clock| clock.warned = *number);
                self.reschedule(case, CaseDue::Warn { clock: *clock }, *next);
                let what = if *overtaken { "warning overtaken" } else { "warning" };
                self.moment(place, case, what.to_owned(), (Some(*due), None));
            }
            Fact::ClockMet { case, clock, .. } => {
                self.with_clock(case, *clock, |clock| clock.state = ClockState::Met);
                self.unschedule_clock(case, *clock);
                self.moment(place, case, "clock met".to_owned(), (None, None));
            }
            Fact::ClockCompleted { case, clock, at } => {
                self.with_clock(case, *clock, |clock| clock.completed_at = Some(*at));
                self.unschedule_clock(case, *clock);
                self.moment(place, case, "reported late".to_owned(), (None, None));
            }
            Fact::ClockBreached { case, clock, proof, due } => {
                self.with_clock(case, *clock, |clock| {
                    // What was withdrawn after its limit stays withdrawn: nothing is owed any more.
                    if clock.state != ClockState::Withdrawn {
                        clock.state = ClockState::Breached;
                    }
                    match proof {
                        Proof::Telephone => clock.phone.breached = true,
                        Proof::Written => clock.written.breached = true,
                    }
                });
                let limit = limit(*proof, *clock);
                self.unschedule(case, limit);
                let what = match proof {
                    Proof::Telephone => "limit passed without the telephone report",
                    Proof::Written => "limit passed without the written report",
                };
                self.moment(place, case, what.to_owned(), (Some(*due), None));
            }
            Fact::ClockReopened(ClockReopened { case, clock, warn_at }) => {
                self.reopen(place, case, *clock);
                if warn_at.is_some() {
                    self.reschedule(case, CaseDue::Warn { clock: *clock }, *warn_at);
                }
            }
            Fact::ClockWithdrawn(crate::domain::fact::ClockWithdrawn { case, clock, at }) => {
                self.withdraw(case, *clock, *at);
                self.moment(place, case, "clock withdrawn".to_owned(), (None, None));
            }
            Fact::CorrectionOwed(_)
            | Fact::CorrectionReminded { .. }
            | Fact::CorrectionTold { .. }
            | Fact::CorrectionImpossible { .. }
            | Fact::CorrectionWritten(_)
            | Fact::CorrectionReturned { .. }
            | Fact::CorrectionEnded { .. } => self.apply_correction(place, fact),
            Fact::WrittenDrafted { .. }
            | Fact::WrittenPlanned(_)
            | Fact::WrittenSent { .. }
            | Fact::WrittenReturned { .. }
            | Fact::WrittenImpossible { .. }
            | Fact::WrittenReceipted(_) => self.apply_written(place, fact),
            _ => self.apply_phone(place, fact),
        }
    }

    fn start_clock(&mut self, place: Place, id: &CaseId, started: &ClockStarted) {
        let clock = Clock::from(started);
        self.with_case(id, |case| case.clocks.push(clock));
        let clock = started.clock;
        self.schedule(id, CaseDue::DaemonCall { clock }, started.daemon_call_at);
        self.schedule(id, CaseDue::Latest { clock }, started.latest_at);
        self.schedule_limits(id, clock);
        if let Some(at) = started.warn_at {
            self.schedule(id, CaseDue::Warn { clock }, at);
        }
        let late = if started.born_late { ", born late" } else { "" };
        let what = format!("{} for {}{late}", Moment::STARTED[0], started.authority);
        self.moment(place, id, what, (Some(started.anchor), None));
    }

    /// Puts the limits of the proofs that are still missing on the schedule.
    fn schedule_limits(&mut self, id: &CaseId, index: u32) {
        let Some(clock) = self.cases.get(id).and_then(|case| case.clock(index)).cloned() else { return };
        if clock.phone.proof.is_none() && !clock.phone.breached {
            self.schedule(id, CaseDue::PhoneLimit { clock: index }, clock.phone.due + ACCUSE_AFTER);
        }
        if clock.written.proved_at.is_none() && !clock.written.breached {
            self.schedule(id, CaseDue::WrittenLimit { clock: index }, clock.written.due + ACCUSE_AFTER);
        }
    }

    /// A proof in time takes its limit off the schedule; one that came late leaves it, for it is still to be told (P5).
    pub(super) fn keep_limit(&mut self, id: &CaseId, (proof, index): (Proof, u32), at: Timestamp) {
        let due = self.cases.get(id).and_then(|case| case.clock(index)).map(|clock| match proof {
            Proof::Telephone => clock.phone.due,
            Proof::Written => clock.written.due,
        });
        if due.is_some_and(|due| at <= due) {
            self.unschedule(id, limit(proof, index));
        }
    }

    /// Takes a clock that is withdrawn off the schedule, save a limit that had passed: it is still to be told (P5).
    fn withdraw(&mut self, id: &CaseId, index: u32, at: Option<Timestamp>) {
        self.with_clock(id, index, |clock| {
            clock.state = ClockState::Withdrawn;
            clock.withdrawn_at = at;
        });
        let Some(clock) = self.cases.get(id).and_then(|case| case.clock(index)) else { return };
        let passed = |due: Timestamp| at.is_some_and(|at| due < at);
        let (telephone, written) = (passed(clock.phone.due), passed(clock.written.due));
        self.unschedule_where(id, |due| {
            let told = (telephone && due == limit(Proof::Telephone, index))
                || (written && due == limit(Proof::Written, index));
            is_of(due, index) && !told
        });
    }

    fn unschedule_clock(&mut self, id: &CaseId, index: u32) {
        self.unschedule_where(id, |due| is_of(due, index));
    }

    fn reopen(&mut self, place: Place, id: &CaseId, index: u32) {
        self.with_clock(id, index, |clock| {
            let breached = clock.phone.breached || clock.written.breached;
            clock.state = if breached { ClockState::Breached } else { ClockState::Running };
            clock.completed_at = None;
            clock.withdrawn_at = None;
        });
        self.schedule_limits(id, index);
        self.moment(place, id, "clock runs again".to_owned(), (None, None));
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the caller names every fact and sorts them by family"
    )]
    fn apply_phone(&mut self, place: Place, fact: &Fact) {
        match fact {
            // Planned is not rung: the timeline says so when an attempt starts.
            Fact::DaemonCalls { case, clock, .. } => {
                self.unschedule(case, CaseDue::DaemonCall { clock: *clock });
            }
            Fact::TelephoneTried(tried) => {
                let TelephoneTried { case, clock, actor, outcome, payload, call_back_at } = &**tried;
                let call =
                    Call { at: place.at, actor: actor.clone(), outcome: *outcome, payload: payload.clone() };
                self.with_clock(case, *clock, |clock| {
                    clock.phone.attempted_at.get_or_insert(place.at);
                    clock.phone.calls.push(call);
                    clock.phone.call_back = call_back_at.map(|at| (at, actor.by.clone()));
                });
                self.reschedule(case, CaseDue::CallBack { clock: *clock }, *call_back_at);
                self.unschedule(case, CaseDue::Gate { clock: *clock });
                let what = format!("telephone: {}", outcome_word(*outcome));
                self.moment(place, case, what, (None, Some(actor)));
            }
            Fact::TelephoneImpossible { case, clock, why } => self.no_call(place, (case, *clock), *why),
            Fact::TelephonePossible { case, clock } => {
                self.with_clock(case, *clock, |clock| clock.phone.impossible = None);
                self.moment(place, case, "telephone possible again".to_owned(), (None, None));
            }
            Fact::GateSet { case, clock, at } => self.schedule(case, CaseDue::Gate { clock: *clock }, *at),
            Fact::TelephoneGraded { case, clock, grade } => {
                self.with_clock(case, *clock, |clock| {
                    clock.phone.grade = clock.phone.grade.max(Some(*grade));
                });
            }
            Fact::TelephoneProved(proved) => {
                let TelephoneProved { case, clock, at, grade, actor, said_at, written_at } = &**proved;
                self.with_clock(case, *clock, |clock| {
                    // What a person records as taken is the call recorded last.
                    let last = clock.phone.calls.len().checked_sub(1).filter(|_| actor.is_some());
                    let proof = PhoneProof {
                        at: *at,
                        grade: *grade,
                        actor: actor.clone(),
                        said_at: *said_at,
                        call: last.and_then(|last| u32::try_from(last).ok()),
                    };
                    clock.phone.grade = clock.phone.grade.max(Some(*grade));
                    clock.phone.attempted_at.get_or_insert(place.at);
                    clock.phone.proof = Some(proof);
                    clock.phone.call_back = None;
                });
                for what in [
                    CaseDue::DaemonCall { clock: *clock },
                    CaseDue::CallBack { clock: *clock },
                    CaseDue::Gate { clock: *clock },
                ] {
                    self.unschedule(case, what);
                }
                self.keep_limit(case, (Proof::Telephone, *clock), *at);
                self.reschedule(case, CaseDue::AfterPhone { clock: *clock }, *written_at);
                self.moment(place, case, Moment::PROVED.to_owned(), (None, actor.as_ref()));
            }
            Fact::ProofDisputed { case, clock, actor, .. } => {
                self.with_clock(case, *clock, |clock| clock.phone.proof = None);
                self.uncure(case, *clock, Proof::Telephone);
                self.moment(place, case, "telephone proof disputed".to_owned(), (None, Some(actor)));
            }
            Fact::AddressWrong(it) => self.with_clock(&it.case, it.clock, |clock| {
                let phone = &mut clock.phone;
                match &it.number {
                    Some(number) => phone.wrong_numbers.insert(number.clone()),
                    None => phone.wrong_addresses.insert(it.address),
                };
            }),
            _ => {}
        }
    }

    fn no_call(&mut self, place: Place, (case, clock): (&CaseId, u32), why: Impossible) {
        self.with_clock(case, clock, |clock| clock.phone.impossible = Some((place.at, why)));
        self.unschedule(case, CaseDue::DaemonCall { clock });
        self.unschedule(case, CaseDue::Gate { clock });
        let what = format!("{}: {}", Moment::IMPOSSIBLE[0], why.words());
        self.moment(place, case, what, (None, None));
    }

    /// The late proof was none: its lapse is not cured by it.
    pub(super) fn uncure(&mut self, case: &CaseId, clock: u32, proof: Proof) {
        self.with_lapse(&Lapse::id_of_proof(case, proof, clock), |lapse| lapse.cured_at = None);
    }
}

/// Whether something is due for a clock.
const fn is_of(due: CaseDue, index: u32) -> bool {
    match due {
        CaseDue::Warn { clock }
        | CaseDue::DaemonCall { clock }
        | CaseDue::CallBack { clock }
        | CaseDue::AfterPhone { clock }
        | CaseDue::Latest { clock }
        | CaseDue::Gate { clock }
        | CaseDue::PhoneLimit { clock }
        | CaseDue::WrittenLimit { clock } => clock == index,
        CaseDue::Step { .. }
        | CaseDue::Repeat { .. }
        | CaseDue::Correction { .. }
        | CaseDue::Idle
        | CaseDue::Archive
        | CaseDue::Erase => false,
    }
}

/// The limit of a proof.
const fn limit(proof: Proof, clock: u32) -> CaseDue {
    match proof {
        Proof::Telephone => CaseDue::PhoneLimit { clock },
        Proof::Written => CaseDue::WrittenLimit { clock },
    }
}

const fn outcome_word(outcome: TelephoneOutcome) -> &'static str {
    match outcome {
        TelephoneOutcome::Taken => "taken",
        TelephoneOutcome::CallBack => "call back",
        TelephoneOutcome::NoAnswer => "no answer",
        TelephoneOutcome::WrongNumber => "wrong number",
        TelephoneOutcome::Refused => "refused",
    }
}
