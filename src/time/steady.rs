//! The steady clock: the wall clock, carried on by the time since boot over any step.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Now, Reading, Timestamp};

/// The two clocks may differ by less than this and still count as one; time servers correct by less.
const STEP: Duration = Duration::from_secs(2);
/// After a step the steady clock follows the wall clock again when it has held for this long.
const FOLLOW_AFTER: Duration = Duration::from_hours(1);
/// After a reboot, a wall clock more than this ahead of the last mark is doubted.
const AHEAD_MAX: Duration = Duration::from_hours(24);

/// What is written down every few seconds, so that a start knows when the daemon last lived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Both clocks as decided then.
    pub now: Now,
    /// The raw reading.
    pub reading: Reading,
}

/// What a reading brought to light.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Observed {
    /// The clocks agree, or still differ as they did.
    Nothing,
    /// The wall clock jumped against the time since boot.
    Stepped {
        /// What the wall clock would have shown.
        from: Timestamp,
        /// What it shows.
        to: Timestamp,
    },
    /// The steady clock follows the wall clock again: an hour has gone by since the step.
    Followed {
        /// What it showed until here.
        from: Timestamp,
    },
}

/// Carries the wall clock on by `CLOCK_BOOTTIME`.
#[derive(Debug, Clone)]
pub struct Steady {
    /// The instant and the time since boot that the steady clock counts from.
    anchor: (Timestamp, Duration),
    /// The difference wall - steady that has been told, and the steady instant since which it holds.
    stepped: Option<(i64, Timestamp)>,
}

impl Steady {
    /// Begins with the last mark of an earlier run, where there is one.
    ///
    /// In the same boot the steady clock goes on from the mark. After a reboot there is nothing to carry it: the wall
    /// clock is taken, and weighed against the mark. Behind it, or more than a day ahead, is a step like any other.
    #[must_use]
    pub fn start(last: Option<&Mark>, reading: &Reading) -> (Self, Observed) {
        let Some(last) = last else {
            return (Self { anchor: (reading.wall, reading.since_boot), stepped: None }, Observed::Nothing);
        };
        if last.reading.boot == reading.boot {
            let mut steady = Self { anchor: (last.now.steady, last.reading.since_boot), stepped: None };
            let offset = last.now.wall.as_millis() - last.now.steady.as_millis();
            if offset.unsigned_abs() >= u64::try_from(STEP.as_millis()).unwrap_or(u64::MAX) {
                steady.stepped = Some((offset, last.now.steady));
            }
            let (_, observed) = steady.read(reading);
            return (steady, observed);
        }
        let lowest = last.now.steady;
        if reading.wall < lowest || reading.wall > lowest + AHEAD_MAX {
            // The last mark is the one thing known: time has passed since, nobody knows how much.
            let mut steady = Self { anchor: (lowest, reading.since_boot), stepped: None };
            let (_, observed) = steady.read(reading);
            return (steady, observed);
        }
        let steady = Self { anchor: (reading.wall, reading.since_boot), stepped: None };
        // It ran ahead before the machine was started again, and does not any more.
        let back = last.now.wall.since(reading.wall) >= STEP;
        let observed = Observed::Stepped { from: last.now.wall, to: reading.wall };
        (steady, if back { observed } else { Observed::Nothing })
    }

    /// The two clocks at a reading, and what it brought to light.
    pub fn read(&mut self, reading: &Reading) -> (Now, Observed) {
        let (instant, since_boot) = self.anchor;
        let steady = instant + reading.since_boot.saturating_sub(since_boot);
        let offset = reading.wall.as_millis() - steady.as_millis();
        let far = |offset: i64| offset.unsigned_abs() >= u64::try_from(STEP.as_millis()).unwrap_or(u64::MAX);
        match self.stepped {
            None if !far(offset) => {
                self.anchor = (reading.wall, reading.since_boot);
                (Now::at(reading.wall), Observed::Nothing)
            }
            None => {
                self.stepped = Some((offset, steady));
                (Now { wall: reading.wall, steady }, Observed::Stepped { from: steady, to: reading.wall })
            }
            Some((told, _)) if far(offset - told) => {
                let from = Timestamp::from_millis(steady.as_millis().saturating_add(told));
                // Also where the wall is right again: the doubt that the step began ends in an hour like any other.
                self.stepped = Some((offset, steady));
                (Now { wall: reading.wall, steady }, Observed::Stepped { from, to: reading.wall })
            }
            Some((_, since)) if steady.since(since) >= FOLLOW_AFTER => {
                self.follow(reading);
                (Now::at(reading.wall), Observed::Followed { from: steady })
            }
            Some(_) => (Now { wall: reading.wall, steady }, Observed::Nothing),
        }
    }

    /// A doubt is open from an earlier run: it ends an hour from here, even where the two clocks agree.
    pub fn wait_to_follow(&mut self) {
        self.stepped.get_or_insert((0, self.anchor.0));
    }

    /// Follows the wall clock from here on: an hour has passed, or the operator said that it is right.
    pub fn follow(&mut self, reading: &Reading) {
        self.anchor = (reading.wall, reading.since_boot);
        self.stepped = None;
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Clock, ManualClock};
    use super::*;

    fn noon() -> Timestamp {
        "2026-11-23T12:00:00Z".parse().unwrap()
    }

    fn started() -> (ManualClock, Steady) {
        let clock = ManualClock::new(noon());
        let (steady, observed) = Steady::start(None, &clock.read());
        assert_eq!(observed, Observed::Nothing);
        (clock, steady)
    }

    #[test]
    fn a_small_correction_is_followed() {
        let (clock, mut steady) = started();
        clock.advance(Duration::from_secs(60));
        clock.step_to(noon() + Duration::from_millis(61_500));
        let (now, observed) = steady.read(&clock.read());
        assert_eq!((now, observed), (Now::at(noon() + Duration::from_millis(61_500)), Observed::Nothing));
    }

    #[test]
    fn a_step_moves_the_wall_alone_and_is_told_once() {
        let (clock, mut steady) = started();
        clock.advance(Duration::from_secs(60));
        clock.step_to(noon() + Duration::from_hours(3));
        let (now, observed) = steady.read(&clock.read());
        assert_eq!(now.steady, noon() + Duration::from_secs(60));
        assert_eq!(now.wall, noon() + Duration::from_hours(3));
        assert!(matches!(observed, Observed::Stepped { .. }));
        clock.advance(Duration::from_secs(1));
        assert_eq!(steady.read(&clock.read()).1, Observed::Nothing);
    }

    #[test]
    fn a_step_back_again_is_told_and_ends_the_difference() {
        let (clock, mut steady) = started();
        clock.step_to(noon() + Duration::from_hours(24));
        assert!(matches!(steady.read(&clock.read()).1, Observed::Stepped { .. }));
        clock.advance(Duration::from_secs(240));
        clock.step_to(noon() + Duration::from_secs(240));
        assert!(matches!(steady.read(&clock.read()).1, Observed::Stepped { .. }));
        clock.advance(Duration::from_secs(1));
        let (now, observed) = steady.read(&clock.read());
        assert_eq!((now.wall, observed), (now.steady, Observed::Nothing));
        clock.advance(Duration::from_hours(1));
        assert!(matches!(steady.read(&clock.read()).1, Observed::Followed { .. }));
        clock.advance(Duration::from_hours(1));
        assert_eq!(steady.read(&clock.read()).1, Observed::Nothing);
    }

    #[test]
    fn after_an_hour_the_wall_is_followed_again() {
        let (clock, mut steady) = started();
        clock.step_to(noon() + Duration::from_hours(5));
        steady.read(&clock.read());
        clock.advance(Duration::from_hours(1));
        let (now, observed) = steady.read(&clock.read());
        assert_eq!(observed, Observed::Followed { from: noon() + Duration::from_hours(1) });
        assert_eq!(now, Now::at(noon() + Duration::from_hours(6)));
    }

    #[test]
    fn a_start_in_the_same_boot_goes_on_from_the_mark() {
        let (clock, mut steady) = started();
        let (now, _) = steady.read(&clock.read());
        let mark = Mark { now, reading: clock.read() };
        clock.advance(Duration::from_secs(600));
        clock.step_to(noon() - Duration::from_hours(100));
        let (mut steady, observed) = Steady::start(Some(&mark), &clock.read());
        assert!(matches!(observed, Observed::Stepped { .. }));
        assert_eq!(steady.read(&clock.read()).0.steady, noon() + Duration::from_secs(600));
    }

    #[test]
    fn after_a_reboot_a_wall_behind_the_mark_or_a_day_ahead_is_doubted() {
        let (clock, mut steady) = started();
        let (now, _) = steady.read(&clock.read());
        let mark = Mark { now, reading: clock.read() };
        for wall in ["2020-01-01T00:00:00Z", "2026-11-25T12:00:00Z"] {
            clock.reboot(wall.parse().unwrap());
            let (mut steady, observed) = Steady::start(Some(&mark), &clock.read());
            assert!(matches!(observed, Observed::Stepped { .. }), "{wall}");
            assert_eq!(steady.read(&clock.read()).0.steady, noon());
        }
        let ahead = Mark { now: Now { wall: noon() + Duration::from_hours(3), ..mark.now }, ..mark.clone() };
        clock.reboot(noon() + Duration::from_secs(60));
        let (_, observed) = Steady::start(Some(&ahead), &clock.read());
        assert!(matches!(observed, Observed::Stepped { from, .. } if from == ahead.now.wall));
        clock.reboot(noon() + Duration::from_secs(90));
        let (_, observed) = Steady::start(Some(&mark), &clock.read());
        assert_eq!(observed, Observed::Nothing);
    }
}
