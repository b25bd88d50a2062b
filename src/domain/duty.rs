//! Duty: who it is at one instant, by rotation, shift and override.

use std::collections::BTreeSet;

use super::directory::{Directory, Duty};
use super::fact::Span;
use super::names::{DutyRole, PersonId};
use crate::time::{Timestamp, Zone};

impl Directory {
    /// Who is on duty in a role at an instant; `None` for an empty post.
    #[must_use]
    pub fn on_duty(&self, role: &DutyRole, at: Timestamp) -> Option<PersonId> {
        let lines = || self.duties.iter().filter(|duty| duty.role == *role);
        lines()
            .flat_map(|duty| duty.overrides.iter())
            .find(|stand_in| stand_in.from <= at && at < stand_in.to)
            .map(|stand_in| stand_in.person.clone())
            .or_else(|| lines().find_map(|duty| turn(duty, &self.zone, at)))
    }

    /// Whether somebody was on duty in a role at any instant from one to another, as a test says of an instant.
    #[must_use]
    pub fn was_on_duty(
        &self,
        role: &DutyRole,
        span: Span,
        mut is_theirs: impl FnMut(Timestamp) -> bool,
    ) -> bool {
        is_theirs(span.from) || self.changes(role, span).into_iter().any(is_theirs)
    }

    /// Who is next on duty in a role after an instant and is somebody else, within a span.
    #[must_use]
    pub fn next_on_duty(&self, role: &DutyRole, span: Span, person: &PersonId) -> Option<PersonId> {
        let mut at = self.changes(role, span).into_iter();
        at.find_map(|at| self.on_duty(role, at).filter(|next| next != person))
    }

    /// The instants of a span, after its first, at which it may change who is on duty in a role.
    fn changes(&self, role: &DutyRole, span: Span) -> BTreeSet<Timestamp> {
        let mut changes = BTreeSet::new();
        for duty in self.duties.iter().filter(|duty| duty.role == *role) {
            changes.extend(duty.overrides.iter().flat_map(|stand_in| [stand_in.from, stand_in.to]));
            if !duty.rotation.is_empty() {
                let ends = |at: &Timestamp| turn_ends(duty, &self.zone, *at);
                let first = if span.from < duty.from { Some(duty.from) } else { ends(&span.from) };
                changes.extend(std::iter::successors(first, ends).take_while(|at| *at <= span.to));
            }
        }
        changes.retain(|at| span.from < *at && *at <= span.to);
        changes
    }

    /// When the turn that runs at an instant ends; `None` where nobody's turn runs.
    #[must_use]
    pub fn shift_ends(&self, role: &DutyRole, at: Timestamp) -> Option<Timestamp> {
        turn_ends(self.duties.iter().find(|duty| duty.role == *role)?, &self.zone, at)
    }
}

fn turn_ends(duty: &Duty, zone: &Zone, at: Timestamp) -> Option<Timestamp> {
    let shift = i64::from(duty.shift_days.max(1));
    let turns = turns_since(duty, zone, at)?;
    let start = zone.civil(duty.from);
    let day = zone.day(duty.from).plus_days((turns + 1).saturating_mul(shift));
    zone.instant(day.at(start.hour(), start.minute()))
}

/// Whose turn a rotation says it is. Turns are counted in civil days of the zone, each beginning at the wall-clock
/// time of the first, so that a change to summer time moves nobody's shift.
fn turn(duty: &Duty, zone: &Zone, at: Timestamp) -> Option<PersonId> {
    let people = i64::try_from(duty.rotation.len()).ok().filter(|count| *count > 0)?;
    let turns = turns_since(duty, zone, at)?;
    usize::try_from(turns.rem_euclid(people)).ok().and_then(|index| duty.rotation.get(index).cloned())
}

fn turns_since(duty: &Duty, zone: &Zone, at: Timestamp) -> Option<i64> {
    if at < duty.from {
        return None;
    }
    let begin = zone.civil(duty.from);
    let civil = zone.civil(at);
    let mut days = zone.day(at).days_since(zone.day(duty.from));
    if civil.time() < begin.time() {
        days -= 1;
    }
    Some(days.max(0) / i64::from(duty.shift_days.max(1)))
}

#[cfg(test)]
mod tests {
    use super::super::directory::Override;
    use super::*;

    fn roster(zone: &str, from: &str, shift_days: u32) -> (Zone, Duty) {
        let duty = Duty {
            role: DutyRole::new("officer"),
            rotation: vec![PersonId::new("a"), PersonId::new("b")],
            from: from.parse().unwrap(),
            shift_days,
            overrides: Vec::new(),
        };
        (Zone::named(zone).unwrap(), duty)
    }

    #[track_caller]
    fn check(roster: &(Zone, Duty), at: &str, who: Option<&str>) {
        let person = turn(&roster.1, &roster.0, at.parse().unwrap());
        assert_eq!(person.as_ref().map(PersonId::as_str), who, "{at}");
    }

    #[test]
    fn a_turn_begins_at_the_wall_clock_time_of_the_first() {
        let roster = roster("Asia/Shanghai", "2026-01-01T08:30:00+08:00", 1);
        check(&roster, "2026-01-01T08:29:59+08:00", None);
        check(&roster, "2026-01-01T08:30:00+08:00", Some("a"));
        check(&roster, "2026-01-02T08:29:59+08:00", Some("a"));
        check(&roster, "2026-01-02T08:30:00+08:00", Some("b"));
        check(&roster, "2026-01-03T08:30:00+08:00", Some("a"));
    }

    #[test]
    fn summer_time_moves_nobodys_shift() {
        let roster = roster("Europe/London", "2026-03-28T08:00:00Z", 1);
        check(&roster, "2026-03-29T06:59:59Z", Some("a"));
        check(&roster, "2026-03-29T07:00:00Z", Some("b"));
    }

    #[test]
    fn a_longer_shift_lasts_its_civil_days() {
        let roster = roster("Asia/Shanghai", "2026-01-01T08:30:00+08:00", 7);
        check(&roster, "2026-01-08T08:00:00+08:00", Some("a"));
        check(&roster, "2026-01-08T08:30:00+08:00", Some("b"));
    }

    #[test]
    fn an_override_is_half_open() {
        let stand_in = Override {
            person: PersonId::new("c"),
            from: "2026-02-01T00:00:00Z".parse().unwrap(),
            to: "2026-02-02T00:00:00Z".parse().unwrap(),
        };
        assert!(stand_in.from <= "2026-02-01T00:00:00Z".parse().unwrap());
        assert!(stand_in.to > "2026-02-01T23:59:59Z".parse().unwrap());
    }
}
