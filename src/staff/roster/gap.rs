//! Minutes of a sheet in which nobody of it is on duty, named by the day they are on.

use std::time::Duration;

use super::{ROLES, Roster};
use crate::domain::names::DutyRole;
use crate::time::{Timestamp, Zone};

/// A part of one day that a sheet leaves open in a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// In which role.
    pub role: DutyRole,
    /// From.
    pub from: Timestamp,
    /// To, not included.
    pub to: Timestamp,
}

impl Gap {
    /// When it is: `2026-02-17 20:00-24:00`.
    #[must_use]
    pub fn when(&self, zone: &Zone) -> String {
        span(zone, (self.from, self.to))
    }
}

/// A span that begins on a day, and ends on it or later.
#[must_use]
pub fn span(zone: &Zone, (from, to): (Timestamp, Timestamp)) -> String {
    format!("{} {}", zone.day(from), hours(zone, (from, to)))
}

/// Its hours alone; those of a later day say which.
#[must_use]
pub fn hours(zone: &Zone, (from, to): (Timestamp, Timestamp)) -> String {
    let (day, last) = (zone.day(from), zone.day(to - Duration::from_millis(1)));
    let end = if zone.day(to) == last { zone.format(to, "%H:%M") } else { "24:00".to_owned() };
    let later = match last.days_since(day) {
        0 => String::new(),
        days => format!("(+{days})"),
    };
    format!("{}-{end}{later}", zone.format(from, "%H:%M"))
}

/// What a sheet leaves open, day by day, in each role that it names anybody for.
#[must_use]
pub fn gaps(roster: &Roster, zone: &Zone) -> Vec<Gap> {
    let Some((begin, end)) = roster.span else { return Vec::new() };
    let mut gaps = Vec::new();
    for (role, _) in ROLES {
        let mut turns: Vec<(Timestamp, Timestamp)> = roster
            .turns
            .iter()
            .filter(|turn| turn.role.as_str() == role)
            .map(|turn| (turn.from, turn.to))
            .collect();
        if turns.is_empty() {
            continue;
        }
        turns.sort_unstable();
        turns.push((end, end));
        let mut covered = begin;
        for (from, to) in turns {
            gaps.extend(by_day(zone, (covered, from)).into_iter().map(|(from, to)| {
                let role = DutyRole::new(role);
                Gap { role, from, to }
            }));
            covered = covered.max(to);
        }
    }
    gaps.sort_by(|one, other| (one.from, &one.role).cmp(&(other.from, &other.role)));
    gaps
}

fn by_day(zone: &Zone, (from, to): (Timestamp, Timestamp)) -> Vec<(Timestamp, Timestamp)> {
    let mut parts = Vec::new();
    let mut at = from;
    while at < to {
        let midnight = zone.instant(zone.day(at).plus_days(1).at(0, 0));
        let end = midnight.filter(|midnight| *midnight > at && *midnight < to).unwrap_or(to);
        parts.push((at, end));
        at = end;
    }
    parts
}
