//! Duty minutes that nobody covers.

use std::collections::BTreeSet;
use std::time::Duration;

use super::Checker;
use crate::domain::names::DutyRole;
use crate::time::Timestamp;

/// How far ahead gaps are looked for.
const AHEAD: Duration = Duration::from_hours(24 * 30);

impl Checker<'_> {
    pub(super) fn duty(&mut self) {
        let directory = &self.configuration.directory;
        let roles: BTreeSet<DutyRole> = directory.duties.iter().map(|duty| duty.role.clone()).collect();
        for (wanted, help) in [
            ("officer", "who rings the authority: add [[duty]] with role = \"officer\""),
            ("leader", "who is responsible for the officer: add [[duty]] with role = \"leader\""),
        ] {
            if !roles.iter().any(|role| role.as_str() == wanted) {
                self.warn("duty", format!("nobody is ever on duty as {wanted}"), help);
            }
        }
        for role in roles {
            for (from, to) in self.gaps(&role) {
                let zone = &directory.zone;
                let show = |at| zone.format(at, "%Y-%m-%d %H:%M");
                let message = format!("nobody is on duty from {} to {}", show(from), show(to));
                let key = format!("duty \"{role}\"");
                self.warn(
                    &key,
                    message,
                    "add somebody to the rotation, or a [[duty.override]] for that time",
                );
            }
        }
    }

    /// The spans of the next thirty days in which nobody holds a role.
    fn gaps(&self, role: &DutyRole) -> Vec<(Timestamp, Timestamp)> {
        let directory = &self.configuration.directory;
        let end = self.now + AHEAD;
        // Whether anybody is on duty changes at these instants alone: a rotation that has begun leaves no gap.
        let lines = directory.duties.iter().filter(|duty| duty.role == *role);
        let mut edges: BTreeSet<Timestamp> = lines
            .flat_map(|duty| {
                let overrides = duty.overrides.iter().flat_map(|stand_in| [stand_in.from, stand_in.to]);
                std::iter::once(duty.from).chain(overrides)
            })
            .filter(|at| self.now < *at && *at < end)
            .collect();
        edges.extend([self.now, end]);
        let mut gaps: Vec<(Timestamp, Timestamp)> = Vec::new();
        for (from, to) in edges.iter().zip(edges.iter().skip(1)) {
            if directory.on_duty(role, *from).is_some() {
                continue;
            }
            match gaps.last_mut() {
                Some(last) if last.1 == *from => last.1 = *to,
                Some(_) | None => gaps.push((*from, *to)),
            }
        }
        gaps
    }
}
