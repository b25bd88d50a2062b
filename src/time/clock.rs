//! Where the time comes from: the host's two clocks, or a test's.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Timestamp;

/// Names one run of the kernel; a different value means that the machine was started again in between.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BootId(pub String);

impl fmt::Debug for BootId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What the two clocks showed at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// `CLOCK_REALTIME`.
    pub wall: Timestamp,
    /// `CLOCK_BOOTTIME`: time since the kernel started, suspension included.
    #[serde(with = "super::span")]
    pub since_boot: Duration,
    /// Which run of the kernel `since_boot` belongs to.
    pub boot: BootId,
}

/// A source of readings. Two implementations: the host, and a test's hand.
pub trait Clock: Send + Sync + fmt::Debug {
    /// Reads both clocks.
    fn read(&self) -> Reading;
}

/// The host's clocks.
#[derive(Debug, Clone)]
pub struct SystemClock {
    boot: BootId,
}

impl SystemClock {
    /// Reads the boot id once; it cannot change while a process lives.
    ///
    /// Where the kernel offers none (`/proc` not mounted) a fresh one is made up, which makes the next start count
    /// as a reboot: the careful reading.
    #[must_use]
    pub fn new() -> Self {
        let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").map_or_else(
            |_absent| format!("{:032x}", rand::random::<u128>()),
            |text| text.trim().replace('-', ""),
        );
        Self { boot: BootId(boot) }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

fn duration(spec: rustix::time::Timespec) -> Duration {
    Duration::new(u64::try_from(spec.tv_sec).unwrap_or(0), u32::try_from(spec.tv_nsec).unwrap_or(0))
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one door through which time enters")]
    fn read(&self) -> Reading {
        // The standard library goes through libc, where a test can shift the wall clock; rustix does not.
        let since_epoch =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Reading {
            wall: Timestamp::from_millis(0) + since_epoch,
            since_boot: duration(rustix::time::clock_gettime(rustix::time::ClockId::Boottime)),
            boot: self.boot.clone(),
        }
    }
}

/// A clock that moves when a test says so.
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<Mutex<Reading>>);

impl ManualClock {
    /// A clock that shows this instant, a day after a boot.
    #[must_use]
    pub fn new(wall: Timestamp) -> Self {
        let reading =
            Reading { wall, since_boot: Duration::from_hours(24), boot: BootId("boot-1".to_owned()) };
        Self(Arc::new(Mutex::new(reading)))
    }

    fn change(&self, change: impl FnOnce(&mut Reading)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Lets both clocks run on.
    pub fn advance(&self, by: Duration) {
        self.change(|reading| {
            reading.wall = reading.wall + by;
            reading.since_boot += by;
        });
    }

    /// Sets the wall clock alone, as an administrator or a wrong time server would.
    pub fn step_to(&self, wall: Timestamp) {
        self.change(|reading| reading.wall = wall);
    }

    /// Starts the machine anew: boot time begins at zero under another boot id.
    pub fn reboot(&self, wall: Timestamp) {
        self.change(|reading| {
            reading.wall = wall;
            reading.since_boot = Duration::ZERO;
            reading.boot = BootId(format!("{}+", reading.boot.0));
        });
    }
}

impl Clock for ManualClock {
    fn read(&self) -> Reading {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
