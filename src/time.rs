//! Time: instants, the two clocks, zones and schedules; the only room that may ask what time it is.
//!
//! **Invariant.** Every other room is *given* the time. Nothing outside this room reads a clock, and nothing in it sleeps.

mod asides;
mod clock;
mod schedule;
mod seldom;
pub mod span;
mod steady;
mod timestamp;
mod zone;

pub use asides::Asides;
pub use clock::{BootId, Clock, ManualClock, Reading, SystemClock};
pub use schedule::{Schedule, ScheduleError};
pub use seldom::Seldom;
pub use steady::{Mark, Observed, Steady};
pub use timestamp::{ParseTimestampError, Timestamp};
pub use zone::{Day, UnknownZone, Zone};

use serde::{Deserialize, Serialize};

/// The two instants every decision is made at.
///
/// `wall` is what the host's clock shows. `steady` is the same clock carried on by the time since boot, so that a
/// step of the wall clock does not move it. What rings goes by whichever is later; what accuses goes by the earlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Now {
    /// What the host's clock shows.
    pub wall: Timestamp,
    /// The wall clock carried on by `CLOCK_BOOTTIME`.
    pub steady: Timestamp,
}

impl Now {
    /// An instant at which both clocks agree.
    #[must_use]
    pub const fn at(instant: Timestamp) -> Self {
        Self { wall: instant, steady: instant }
    }

    /// The later clock: what rings, reminds or sends is due when *either* has reached its instant.
    #[must_use]
    pub fn either(self) -> Timestamp {
        self.wall.max(self.steady)
    }

    /// The earlier clock: what accuses is due only when *both* have reached its instant.
    #[must_use]
    pub fn both(self) -> Timestamp {
        self.wall.min(self.steady)
    }
}
