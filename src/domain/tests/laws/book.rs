//! The book: what the facts alone say, and whether that keeps the promises.

use std::collections::BTreeMap;

use crate::domain::case::Impossible;
use crate::domain::fact::{Fact, Proof};
use crate::domain::lapse::About;
use crate::domain::names::{AuthorityId, CaseId, NotificationId};
use crate::domain::notification::{Digit, Progress, Purpose};
use crate::domain::tests::World;
use crate::time::Timestamp;

/// One clock as the facts tell of it.
#[derive(Debug, Default)]
struct Clock {
    authority: String,
    tried: bool,
    /// Impossible for want of arms, until armed.
    unarmed: bool,
    limits: BTreeMap<Proof, Limit>,
    /// When it was withdrawn: what had passed by then stays owed.
    withdrawn: Option<Timestamp>,
}

#[derive(Debug, Default)]
struct Limit {
    due: Timestamp,
    proved: Option<Timestamp>,
    breached: u32,
    lapses: u32,
}

/// What the facts say, kept by itself.
#[derive(Debug, Default)]
pub(super) struct Book {
    clocks: BTreeMap<(CaseId, u32), Clock>,
    /// Purpose, case and clock of every message that was planned.
    messages: BTreeMap<NotificationId, (Purpose, Option<CaseId>, Option<u32>)>,
    states: BTreeMap<NotificationId, Progress>,
}

impl Book {
    fn clock(&mut self, case: &CaseId, clock: u32) -> &mut Clock {
        self.clocks.entry((case.clone(), clock)).or_default()
    }

    fn limit(&mut self, case: &CaseId, clock: u32, proof: Proof) -> &mut Limit {
        self.clock(case, clock).limits.entry(proof).or_default()
    }

    pub(super) fn take(&mut self, facts: &[Fact]) {
        for fact in facts {
            self.take_clock(fact);
            self.take_proof(fact, facts);
            self.take_message(fact);
        }
    }

    fn take_clock(&mut self, fact: &Fact) {
        match fact {
            Fact::ClockStarted { case, clock: it } | Fact::ClockAntedated { case, clock: it, .. } => {
                self.clock(case, it.clock).authority = it.authority.to_string();
                self.limit(case, it.clock, Proof::Telephone).due = it.phone_due;
                self.limit(case, it.clock, Proof::Written).due = it.written_due;
            }
            Fact::ClockWithdrawn(it) => self.clock(&it.case, it.clock).withdrawn = it.at,
            Fact::ClockArmed { case, clock, .. } => self.clock(case, *clock).unarmed = false,
            Fact::TelephoneTried(it) => self.clock(&it.case, it.clock).tried = true,
            Fact::TelephoneImpossible { case, clock, why } => {
                let clock = self.clock(case, *clock);
                match why {
                    Impossible::Unarmed => clock.unarmed = true,
                    _ => clock.tried = true,
                }
            }
            Fact::ClockMet { case, clock, .. } => {
                for (proof, limit) in &self.clock(case, *clock).limits {
                    let in_time = limit.proved.is_some_and(|at| at <= limit.due);
                    assert!(in_time, "P4: {case} is met without its {proof:?} proof in time");
                }
            }
            _ => {}
        }
    }

    fn take_proof(&mut self, fact: &Fact, facts: &[Fact]) {
        match fact {
            Fact::TelephoneProved(proved) => {
                self.clock(&proved.case, proved.clock).tried = true;
                self.limit(&proved.case, proved.clock, Proof::Telephone).proved = Some(proved.at);
            }
            Fact::ProofDisputed { case, clock, .. } => {
                self.limit(case, *clock, Proof::Telephone).proved = None;
            }
            Fact::WrittenSent { case, clock, at, proves: true, .. } => {
                self.limit(case, *clock, Proof::Written).proved.get_or_insert(*at);
            }
            Fact::WrittenReceipted(receipt) => {
                let (case, clock) = (&receipt.case, receipt.clock);
                let Some(at) = receipt.at.filter(|_| receipt.proves) else { return };
                let tried = self.clock(case, clock).tried || self.clock(case, clock).unarmed;
                assert!(tried, "P3: {case} is brought in writing before it is rung of");
                self.limit(case, clock, Proof::Written).proved.get_or_insert(at);
            }
            Fact::WrittenReturned { case, clock, unproves: true, .. } => {
                self.limit(case, *clock, Proof::Written).proved = None;
            }
            Fact::ClockBreached { case, clock, proof, due } => {
                let limit = self.limit(case, *clock, *proof);
                assert_eq!(limit.due, *due, "P5: the breach of {case} is dated to its limit");
                assert!(limit.proved.is_none_or(|at| at > limit.due), "P5: {case} had its {proof:?} proof");
                limit.breached += 1;
                let withdrawn = self.clock(case, *clock).withdrawn;
                assert!(withdrawn.is_none_or(|at| at > *due), "P5: {case} was withdrawn before its limit");
                let authority = self.clock(case, *clock).authority.clone();
                let tells = |fact: &&Fact| {
                    matches!(fact, Fact::LapseRecorded { lapse }
                    if lapse.due == *due && about(&lapse.about) == Some((*proof, case, authority.as_str())))
                };
                let told = facts.iter().filter(tells).count();
                assert_eq!(told, 1, "P5: one lapse stands beside the breach of {case}");
                self.limit(case, *clock, *proof).lapses += 1;
            }
            _ => {}
        }
    }

    fn take_message(&mut self, fact: &Fact) {
        match fact {
            Fact::NotificationPlanned { notification: it, .. } => {
                let what = (it.purpose, it.subject.case().cloned(), it.clock);
                assert!(self.messages.insert(it.id.clone(), what).is_none(), "{} is planned once", it.id);
            }
            Fact::AttemptStarted { notification, covers, .. } => {
                for id in std::iter::once(notification).chain(covers) {
                    let Some((purpose, Some(case), Some(clock))) = self.messages.get(id).cloned() else {
                        continue;
                    };
                    let clock = self.clock(&case, clock);
                    match purpose {
                        Purpose::Telephone => clock.tried = true,
                        Purpose::Written => {
                            assert!(
                                clock.tried || clock.unarmed,
                                "P3: {case} is written of before it is rung of"
                            );
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }

    /// P6: states only rise.
    pub(super) fn rise(&mut self, world: &World, facts: &[Fact]) {
        let wrong = facts
            .iter()
            .any(|fact| matches!(fact, Fact::ReceiptTaken(it) if it.digit == Some(Digit::WrongPerson)));
        for track in world.state.notifications.values() {
            let id = &track.notification.id;
            let before = self.states.insert(id.clone(), track.state).unwrap_or(Progress::Planned);
            let may = before == track.state
                || may_follow(before, track.state)
                || (wrong && track.state == Progress::Refused);
            assert!(may, "P6: {id} was {before:?} and is {:?}", track.state);
        }
    }

    /// P5, when all is over: a limit that passed without its proof was told once.
    pub(super) fn told(&self) {
        for ((case, clock), it) in &self.clocks {
            for (proof, limit) in &it.limits {
                let missed = limit.proved.is_none_or(|at| at > limit.due);
                assert!(
                    limit.breached <= 1,
                    "P5: {case}.{clock} {proof:?} is told of {} times",
                    limit.breached
                );
                assert_eq!(limit.breached, limit.lapses);
                if missed && it.withdrawn.is_none_or(|at| at > limit.due) {
                    assert_eq!(
                        limit.breached, 1,
                        "P5: {case}.{clock} {proof:?} was missed and nobody was told"
                    );
                }
            }
        }
    }
}

fn about(about: &About) -> Option<(Proof, &CaseId, &str)> {
    let text = AuthorityId::as_str;
    match about {
        About::Telephone { case, authority } => Some((Proof::Telephone, case, text(authority))),
        About::Written { case, authority } => Some((Proof::Written, case, text(authority))),
        About::Event { .. } | About::Slot { .. } | About::Report { .. } | About::Correction { .. } => None,
    }
}

/// What may follow what, as the promise has it; a message whose fate is unknown may go again.
fn may_follow(before: Progress, after: Progress) -> bool {
    use Progress::{
        Accepted, Answered, Attempting, Cancelled, Confirmed, Delivered, Heard, Planned, Refused, Unknown,
    };
    let order = [Planned, Attempting, Unknown, Accepted, Delivered, Answered, Heard, Confirmed];
    let place = |state: Progress| order.iter().position(|it| *it == state);
    match (place(before), place(after)) {
        (Some(before), Some(after)) if before < after => true,
        _ => matches!(
            (before, after),
            (Unknown, Attempting)
                | (Attempting | Unknown | Accepted, Refused)
                | (Planned | Unknown, Cancelled)
        ),
    }
}
