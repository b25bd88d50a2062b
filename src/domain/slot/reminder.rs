//! Reminders of a period: when they are due, whom they ask, and off which minutes they keep.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::PeriodId;
use crate::domain::names::{PersonId, UnitId};
use crate::time::Timestamp;

/// Which of a period's reminders one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reminder {
    /// Before it is due, to those who report; counted from 0.
    Before(u32),
    /// To the same: the due instant moved.
    Moved(u32),
    /// When it is due, to the leaders of units that have not reported.
    Leader,
    /// A while after, the list of what is missing, to the office.
    Office,
}

impl fmt::Display for Reminder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Before(number) => write!(f, "before-{number}"),
            Self::Moved(number) => write!(f, "moved-{number}"),
            Self::Leader => f.write_str("leader"),
            Self::Office => f.write_str("office"),
        }
    }
}

/// When people are reminded of a period, as it opened.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Reminders {
    /// Those who report, before it is due; in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<Timestamp>,
    /// The leaders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leader: Option<Timestamp>,
    /// The office.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub office: Option<Timestamp>,
}

impl Reminders {
    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.before.is_empty() && self.leader.is_none() && self.office.is_none()
    }
}

/// Some people are asked for what is not reported: one fact a period and reminder, or a part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeriodReminded {
    /// The period.
    pub period: PeriodId,
    /// Which reminder.
    pub reminder: Reminder,
    /// The instant that the rules say; each message goes some minutes off it.
    pub due: Timestamp,
    /// Who is asked, and for which units; none where it is for all that is missing.
    pub asked: Vec<Asked>,
    /// Units for which nobody can be reached.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unreached: Vec<UnitId>,
}

/// Somebody who is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Who.
    pub person: PersonId,
    /// For which units.
    pub units: Arc<Vec<UnitId>>,
}

/// The most that a message goes off its nominal instant.
pub const ASIDE_MAX: Duration = Duration::from_secs(660);
const ASIDE_LEAST: u64 = 60;
const ASIDE_SPREAD: u64 = 480;
/// Providers and robots are crowded around each whole and half hour.
const CROWDED: i64 = 1800;
const CROWD: i64 = 60;

/// How far off its nominal instant a person's message goes: the same over all forms, so that they become one message;
/// never within a minute of a whole or half hour. `earlier` says to which side.
#[must_use]
pub fn aside(person: &PersonId, nominal: Timestamp, earlier: bool) -> Timestamp {
    let digest = Sha256::digest(format!("{person} {}", nominal.as_millis()).as_bytes());
    let chance = digest.iter().take(4).fold(0_u64, |sum, byte| sum * 256 + u64::from(*byte));
    let shift = ASIDE_LEAST + chance % (ASIDE_SPREAD + 1);
    let at = |shift: u64| {
        let shift = Duration::from_secs(shift);
        if earlier { nominal - shift } else { nominal + shift }
    };
    let second = at(shift).as_seconds().rem_euclid(CROWDED);
    let crowded = !(CROWD..=CROWDED - CROWD).contains(&second);
    at(if crowded { shift + 120 } else { shift })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_message_goes_within_a_minute_of_a_whole_or_half_hour() {
        for nominal in ["2026-11-23T07:30:00Z", "2026-11-23T08:00:00Z", "2026-11-23T07:37:00Z"] {
            let nominal: Timestamp = nominal.parse().unwrap();
            for number in 0..2_000 {
                let person = PersonId::new(&format!("p{number}"));
                for earlier in [true, false] {
                    let at = aside(&person, nominal, earlier);
                    let off = if earlier { nominal.since(at) } else { at.since(nominal) };
                    assert!(off >= Duration::from_secs(60) && off <= ASIDE_MAX, "{off:?}");
                    let second = at.as_seconds().rem_euclid(1800);
                    assert!((60..=1740).contains(&second), "{second}");
                    assert_eq!(at, aside(&person, nominal, earlier), "the same in every run");
                }
            }
        }
    }

    #[test]
    fn messages_are_spread() {
        let nominal: Timestamp = "2026-11-23T07:37:00Z".parse().unwrap();
        let at = |number: u32| aside(&PersonId::new(&format!("p{number}")), nominal, true);
        let instants: std::collections::BTreeSet<Timestamp> = (0..1_000).map(at).collect();
        assert!(instants.len() > 300, "{}", instants.len());
    }
}
