//! The daemon itself: starting, the clock, arming, holding back.

use std::time::Duration;

use super::Draft;
use crate::domain::bulletin::Trouble;
use crate::domain::command::{Command, Rejection};
use crate::domain::fact::{ClockStepped, ClockTrusted, ConfigurationAdopted, Fact, Span};
use crate::domain::names::NotificationId;
use crate::domain::notification::{DeliveryError, FailureReason, Outcome, Progress};
use crate::domain::schedule::Due;
use crate::domain::state::Kept;
use crate::time::{BootId, Timestamp};

/// The two clocks may differ by less than this and still count as one.
const STEP: Duration = Duration::from_secs(2);

/// From where to where the later of the two clocks fell, if it did.
fn fell(before: Timestamp, after: Timestamp) -> Option<(Timestamp, Timestamp)> {
    (before.since(after) >= STEP).then_some((before, after))
}

/// Whether a load is not the one that was kept last.
fn is_another(kept: Option<&Kept>, sha256: Option<&String>) -> bool {
    kept.is_none_or(|kept| kept.sha256.as_ref() != sha256)
}

impl Draft<'_> {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the caller names every command and sorts them by family"
    )]
    pub(super) fn run(&mut self, command: &Command) -> Result<(), Rejection> {
        match command {
            Command::Start { build, boot, down, torn } => {
                self.start(build, boot, (*down, *torn));
            }
            Command::NoteClockStep { from, to } => {
                let fell = fell(self.now.steady.max(*from), self.moment());
                self.record(Fact::ClockStepped(ClockStepped { from: *from, to: *to, fell }));
                self.note_trouble(&Trouble::ClockInDoubt);
            }
            Command::TrustClock { by } if self.state.doubt.is_some() => {
                let fell = fell(self.moment(), self.now.wall);
                self.record(Fact::ClockTrusted(ClockTrusted { by: by.clone(), fell }));
                self.end_trouble(&Trouble::ClockInDoubt);
            }
            Command::AdoptConfiguration { sha256 } if self.state.configuration.as_ref() != Some(sha256) => {
                let still_wrong = self.still_wrong();
                let adopted = ConfigurationAdopted { sha256: sha256.clone(), still_wrong };
                self.record(Fact::ConfigurationAdopted(Box::new(adopted)));
                self.end_wrong_addresses();
                self.look_for_ways();
                self.tell_untold();
                self.look_for_readers();
                self.schedule_daily();
                self.follow_forms();
            }
            Command::KeepConfiguration(it)
                if is_another(self.state.configuration_kept.as_ref(), Some(&it.sha256)) =>
            {
                self.record(Fact::ConfigurationLoaded(it.clone()));
            }
            Command::KeepStaff(it) if is_another(self.state.staff_kept.as_ref(), it.sha256.as_ref()) => {
                self.record(Fact::StaffLoaded(it.clone()));
            }
            Command::TakePosts { posts } if !posts.is_empty() => {
                self.record(Fact::PostsTaken { posts: posts.clone() });
            }
            Command::AdoptStaff { sha256, people } if self.state.staff != *sha256 => {
                self.record(Fact::StaffAdopted { sha256: sha256.clone(), people: *people });
            }
            Command::Arm { actor } => {
                if self.state.is_armed() {
                    return Err(Rejection::ArmedAlready(true));
                }
                self.known(&actor.by)?;
                self.record(Fact::Armed { actor: actor.clone() });
                self.pursue_suppressed(None);
                self.look_for_ways();
                self.tell_open_troubles();
            }
            Command::Disarm { actor, reason } => {
                if !self.state.is_armed() {
                    return Err(Rejection::ArmedAlready(false));
                }
                self.known(&actor.by)?;
                self.record(Fact::Disarmed { actor: actor.clone(), reason: reason.clone() });
            }
            Command::HoldBack if !self.state.held_back => {
                self.record(Fact::HoldBegan);
            }
            Command::Release { actor } => {
                self.known(&actor.by)?;
                if self.state.held_back {
                    self.record(Fact::Released { actor: actor.clone() });
                }
            }
            Command::NoteTrouble { trouble } => self.note_trouble(trouble),
            Command::EndTrouble { trouble } => self.end_trouble(trouble),
            _ => {}
        }
        Ok(())
    }

    fn start(&mut self, build: &str, boot: &BootId, (down, torn): (Option<Span>, Option<u64>)) {
        self.record(Fact::Started { build: build.to_owned(), boot: boot.clone(), down, torn });
        self.interrupted();
        self.schedule_daily();
        self.follow_forms();
        self.end_trouble(&Trouble::TornTail);
        if torn.is_some() {
            self.note_trouble(&Trouble::TornTail);
        }
    }

    /// What was being sent when the daemon ended may have arrived: its fate is unknown (P6).
    fn interrupted(&mut self) {
        let open: Vec<NotificationId> = self
            .state
            .rings
            .iter()
            .filter_map(|(_, due)| match due {
                Due::Attempt(id) => Some(id.clone()),
                Due::Case(..)
                | Due::Wait(_)
                | Due::KeptReceipt(_)
                | Due::Request(_)
                | Due::Session(_)
                | Due::Lapses
                | Due::Heads
                | Due::Bulletin(_)
                | Due::Form(_)
                | Due::Period(..)
                | Due::Round(..)
                | Due::Contradicted(_) => None,
            })
            .collect();
        for id in open {
            if self.state.track(&id).is_some_and(|track| track.state == Progress::Attempting) {
                let outcome = Outcome::Failed(DeliveryError::Unknown { reason: FailureReason::Interrupted });
                self.end(&id, &outcome, self.moment());
            }
        }
    }
}
