//! Check: what must hold after every decision, looked at where the facts touched the state (law 2).

use super::case::{Case, ClockState};
use super::fact::{ClockReopened, Fact};
use super::names::CaseId;
use super::state::State;

/// An invariant that a decision would break: a fault of ours, which blocks its own command alone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct Broken {
    /// What does not hold.
    pub what: &'static str,
}

/// Looks at what the facts touched.
///
/// # Errors
/// [`Broken`] with the first invariant that does not hold.
pub fn check(next: &State, facts: &[Fact]) -> Result<(), Broken> {
    for fact in facts {
        check_fact(next, fact)?;
    }
    Ok(())
}

fn holds(condition: bool, what: &'static str) -> Result<(), Broken> {
    if condition { Ok(()) } else { Err(Broken { what }) }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "a fact that touches none of these is looked at nowhere")]
fn check_fact(next: &State, fact: &Fact) -> Result<(), Broken> {
    match fact {
        Fact::CaseOpened { case } => {
            holds(next.case(&case.case).is_some(), "an opened case is in memory")?;
            check_case(next, &case.case)
        }
        Fact::ClockMet { case, .. }
        | Fact::ClockStarted { case, .. }
        | Fact::ClockAntedated { case, .. }
        | Fact::ClockReopened(ClockReopened { case, .. })
        | Fact::ClockBreached { case, .. }
        | Fact::WrittenSent { case, .. }
        | Fact::Closed { case, .. } => check_case(next, case),
        Fact::TelephoneProved(proved) => check_case(next, &proved.case),
        Fact::AttemptStarted { notification, attempt, .. } => {
            let track = next.track(notification);
            holds(track.is_some(), "an attempt belongs to a notification")?;
            holds(attempt.until > attempt.at, "an attempt ends after it starts")?;
            let gated = track.and_then(|track| {
                let case = next.case(track.notification.subject.case()?)?;
                let clock = case.clock(track.notification.clock?)?;
                let written = track.notification.purpose == super::notification::Purpose::Written;
                Some(!written || clock.phone.attempted_at.is_some() || clock.phone.impossible.is_some())
            });
            holds(gated.unwrap_or(true), "no written report starts before the telephone was tried (P3)")
        }
        _ => Ok(()),
    }
}

fn check_case(next: &State, id: &CaseId) -> Result<(), Broken> {
    let Some(case) = next.case(id) else { return Ok(()) };
    for clock in &case.clocks {
        let proofs = clock.phone.proof.is_some() && clock.written.proved_at.is_some();
        holds(clock.state != ClockState::Met || proofs, "a clock is met by its two proofs alone (P4)")?;
        holds(
            clock.phone.due <= clock.due && clock.written.due <= clock.due,
            "no proof is due after its clock",
        )?;
    }
    holds(case.is_open() || !owes(case), "a case that owes a proof is not closed")?;
    let watched = case.clocks().all(|(index, clock)| {
        clock.state != ClockState::Running
            || clock.phone.proof.is_some()
            || case.due(super::schedule::CaseDue::PhoneLimit { clock: index }).is_some()
    });
    holds(watched, "a running clock without its telephone proof has a limit on the schedule (P5)")
}

fn owes(case: &Case) -> bool {
    case.owes_proof()
}
