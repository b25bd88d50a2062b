//! What the operator must read at three in the morning: one line for each failure that is on record, once it is.
//!
//! **Invariant.** Nothing is told on replay, and no line names a person.

use std::time::Duration;

use crate::domain::case::Clock;
use crate::domain::fact::{Fact, Proof};
use crate::domain::names::{CaseId, NotificationId, Recipient};
use crate::domain::notification::{
    DeliveryError, FailureReason, Notification, Outcome, Progress, ReceiptState,
};
use crate::domain::{State, Track};
use crate::time::Seldom;

/// Lines a minute about the messages of one channel that fail alike; the rest is counted.
const FAILURES_MAX: u32 = 10;

/// Tells of what an entry holds.
#[derive(Debug)]
pub(super) struct Teller {
    failures: Seldom,
}

impl Default for Teller {
    fn default() -> Self {
        Self { failures: Seldom::new(FAILURES_MAX) }
    }
}

impl Teller {
    /// Tells of the facts of one decision that is on record; `state` is the one it led to.
    #[expect(clippy::wildcard_enum_match_arm, reason = "everything else is no failure")]
    pub(super) fn tell(&self, state: &State, facts: &[Fact], since_boot: Duration) {
        for fact in facts {
            match fact {
                Fact::ClockBreached { case, clock, proof, due } => {
                    let Some(clock) = clock_of(state, case, *clock) else { continue };
                    let proof_word = match proof {
                        Proof::Telephone => "telephone report",
                        Proof::Written => "written report",
                    };
                    tracing::warn!(%case, authority = %clock.authority, proof = proof_word, %due, follows = after_breach(state, clock, *proof), "a limit passed without its proof");
                }
                Fact::TelephoneImpossible { case, clock, why } => {
                    let Some(clock) = clock_of(state, case, *clock) else { continue };
                    tracing::warn!(%case, authority = %clock.authority, why = why.words(), follows = "the written report goes without a call; somebody must ring the authority and record it", "an authority cannot be rung");
                }
                Fact::WrittenImpossible { case, clock, why } => {
                    let Some(clock) = clock_of(state, case, *clock) else { continue };
                    tracing::warn!(%case, authority = %clock.authority, why = why.words(), follows = "those on duty are told; somebody must bring the report by other means and record its receipt", "an authority cannot be written to");
                }
                Fact::TroubleUntold { trouble } => {
                    tracing::error!(%trouble, follows = "a reload that names somebody who can be reached tells them; see docs/operation.md under this word", "nobody can be told of a trouble");
                }
                Fact::AttemptEnded { notification, outcome: Outcome::Failed(error), again_at, .. } => {
                    let Some(track) = failed(state, notification) else { continue };
                    let follows = match again_at {
                        Some(at) => format!("the same message goes again at {at}"),
                        None => follows(&track.notification, facts),
                    };
                    let Some((channel, passed_over)) = self.turn(track, fate(error), since_boot) else {
                        continue;
                    };
                    let case = track.notification.subject.case().map(tracing::field::display);
                    tracing::warn!(%notification, case, %channel, fate = fate(error), reason = %error.reason(), follows, passed_over, "a message was not taken");
                }
                Fact::ReceiptTaken(it)
                    if it.effect && it.digit.is_none() && it.state == Some(ReceiptState::Failed) =>
                {
                    let Some(track) = state.track(&it.notification) else { continue };
                    let Some((channel, passed_over)) = self.turn(track, "returned", since_boot) else {
                        continue;
                    };
                    let case = track.notification.subject.case().map(tracing::field::display);
                    tracing::warn!(notification = %it.notification, case, %channel, reason = %FailureReason::NoAnswer, follows = follows(&track.notification, facts), passed_over, "a message was taken and did not arrive");
                }
                _ => {}
            }
        }
    }

    /// The channel of a message, where its failure is told: how many like it were passed over.
    fn turn<'a>(
        &self,
        track: &'a Track,
        fate: &str,
        since_boot: Duration,
    ) -> Option<(&'a crate::domain::names::ChannelId, u64)> {
        let channel = &track.attempts.last()?.channel;
        // That an authority is not reached is told however many messages to people fail.
        let whom =
            if matches!(track.notification.to, Recipient::Authority(_)) { "authority" } else { "people" };
        let passed_over = self.failures.turn(&format!("{channel} {fate} {whom}"), since_boot)?;
        Some((channel, passed_over))
    }
}

fn clock_of<'a>(state: &'a State, case: &CaseId, index: u32) -> Option<&'a Clock> {
    state.case(case)?.clock(index)
}

/// A message whose failure counts: no receipt was faster than the answer.
fn failed<'a>(state: &'a State, id: &NotificationId) -> Option<&'a Track> {
    let track = state.track(id)?;
    matches!(track.state, Progress::Unknown | Progress::Refused | Progress::Cancelled).then_some(track)
}

const fn fate(error: &DeliveryError) -> &'static str {
    match error {
        DeliveryError::Transient { .. } => "not taken this time",
        DeliveryError::Exhausted { .. } => "the channel has no money or quota",
        DeliveryError::Permanent { .. } => "refused",
        DeliveryError::Unknown { .. } => "unknown: it may have arrived",
    }
}

fn after_breach(state: &State, clock: &Clock, proof: Proof) -> &'static str {
    let brought = match proof {
        Proof::Telephone => clock.phone.proof.is_some(),
        Proof::Written => clock.written.proved_at.is_some(),
    };
    if brought {
        return "a lapse is on record; the proof came late, and nothing more is owed for it";
    }
    if state.held_back {
        return "a lapse is on record; sending is held back: nothing goes until somebody says POST /v1/release";
    }
    if !state.is_armed() {
        return "a lapse is on record; the daemon is not armed: only a person can reach the authority";
    }
    match proof {
        Proof::Telephone => {
            "a lapse is on record; those on duty are told, and the authority is rung until a person there takes the report, or it was tried as often as may be"
        }
        Proof::Written => {
            "a lapse is on record; those on duty are told, and the report is sent until it is taken, or it was tried as often as may be"
        }
    }
}

/// What the same decision planned for whom a message did not reach.
#[expect(clippy::wildcard_enum_match_arm, reason = "only what is planned follows")]
fn follows(failed: &Notification, facts: &[Fact]) -> String {
    let planned = facts.iter().filter_map(|fact| match fact {
        Fact::NotificationPlanned { notification, .. }
            if notification.to == failed.to && notification.subject == failed.subject =>
        {
            Some(&**notification)
        }
        _ => None,
    });
    let next: Vec<String> = planned
        .map(|next| match next.medium == failed.medium {
            true => format!("it is tried again at {}", next.due),
            false => format!("{} follows at {}", next.medium, next.due),
        })
        .collect();
    if next.is_empty() {
        "nothing more goes out for it; the plan goes on".to_owned()
    } else {
        next.join("; ")
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::domain::tests::World;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().map_err(|_poisoned| io::ErrorKind::Other)?.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// The lines that are told, as they go to the log, of what the last line of a script led to.
    fn told(script: &str) -> String {
        lines_of(&mut World::new(|_| {}), script)
    }

    fn lines_of(world: &mut World, script: &str) -> String {
        world.run(script);
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt()
            .without_time()
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            let facts = world.entries.last().map(|(_, facts)| facts.clone()).unwrap_or_default();
            Teller::default().tell(&world.state, &facts, Duration::ZERO);
        });
        let bytes = lines.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[track_caller]
    fn check(script: &str, words: &[&str]) {
        let told = told(script);
        for word in words {
            assert!(told.contains(word), "{word} is not in: {told}");
        }
    }

    #[test]
    fn a_breach_says_of_which_case_towards_whom_and_what_follows() {
        check(
            "07:00 arm p42
             08:00 fever E1 finance suspected
             08:30:01 tick",
            &[
                "WARN",
                "a limit passed without its proof",
                "C-20261123-0001",
                "authority=sasac",
                "written report",
                "lapse is on record",
            ],
        );
    }

    #[test]
    fn a_call_that_cannot_be_made_says_why_and_what_follows() {
        check(
            "08:00 fever E1 finance suspected
             08:15 tick",
            &[
                "WARN",
                "an authority cannot be rung",
                "authority=sasac",
                "the daemon is not armed",
                "somebody must ring",
            ],
        );
    }

    #[test]
    fn a_trouble_that_nobody_can_be_told_of_is_in_the_log() {
        let mut world = World::new(|directory| directory.channels.clear());
        world.run("07:00 arm p42");
        let lines = lines_of(&mut world, "08:00 trouble holding");
        assert!(lines.contains("ERROR") && lines.contains("nobody can be told of a trouble"), "{lines}");
        assert!(lines.contains("trouble=holding"), "{lines}");
    }

    #[test]
    fn a_message_that_was_not_taken_says_why_and_when_it_goes_again() {
        check(
            "07:00 arm p42
             08:00 fever E1 finance suspected
             08:00 send
             08:00 refused alert:p31:phone",
            &[
                "a message was not taken",
                "not taken this time",
                "tried again at 2026-11-23T00:00",
                "passed_over=0",
            ],
        );
    }
}
