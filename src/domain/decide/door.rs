//! The door, as those outside find it.

use std::time::Duration;

use super::Draft;
use super::ahead::Bounds;
use crate::domain::bulletin::Trouble;
use crate::domain::command::{DoorProbe, Maintain, Rejection, SpanRejection};
use crate::domain::fact::{Fact, MaintenanceAnnounced};
use crate::domain::names::{Actor, PayloadName};
use crate::time::Timestamp;

/// So often in a row nobody answers before the door counts as shut: one lost packet shuts none.
const TRIES: u32 = 3;
/// Of maintenance: what takes longer is looked at again.
const BOUNDS: Bounds =
    Bounds { longest: Duration::from_hours(12), ahead: Duration::from_hours(24 * 60), open_max: 20 };

impl Draft<'_> {
    /// The daemon asked for itself at its public address.
    ///
    /// An address at which it was never reached shuts nothing: this machine may have no way to it, though everybody
    /// outside has. A door that is shut counts as shut since the daemon was last reached, for nobody can say when in
    /// between it was; of a daemon that has not been reached since it started, since it started. Nobody is
    /// rung for what they announced.
    pub(super) fn probe_door(&mut self, probe: &DoorProbe) {
        let known = self.state.door_proved.as_ref() == Some(&probe.door);
        if probe.failed == 0 {
            if !known {
                self.record(Fact::DoorProved { door: probe.door.clone() });
            }
            self.end_trouble(&Trouble::DoorShut);
        } else if !known {
            self.end_trouble(&Trouble::DoorShut);
        } else if probe.failed >= TRIES && !self.state.is_maintained(self.moment()) {
            let now = self.moment();
            let since = probe.last.or(self.state.started_at).map_or(now, |since| since.min(now));
            self.note_trouble_since(&Trouble::DoorShut, Some(since));
        }
    }

    /// Somebody says when nothing will get in.
    pub(super) fn maintain(&mut self, what: &Maintain) -> Result<(), Rejection> {
        match what {
            Maintain::Announce { actor, from, until, reason } => {
                self.announce_maintenance((actor, reason), *from, *until)
            }
            Maintain::End { actor, maintenance } => self.end_maintenance(actor, *maintenance),
        }
    }

    /// Never for a time that is past.
    fn announce_maintenance(
        &mut self,
        (actor, reason): (&Actor, &PayloadName),
        from: Option<Timestamp>,
        until: Timestamp,
    ) -> Result<(), Rejection> {
        self.known(&actor.by)?;
        let now = self.moment();
        let others = self.state.maintenance.iter().map(|it| it.span);
        let span = BOUNDS.admit((from.unwrap_or(now), until), now, others);
        let span = span.map_err(Rejection::Maintenance)?;
        let (actor, reason) = (actor.clone(), reason.clone());
        let announced = MaintenanceAnnounced { span, actor, reason };
        self.record(Fact::MaintenanceAnnounced(Box::new(announced)));
        Ok(())
    }

    fn end_maintenance(&mut self, actor: &Actor, maintenance: u64) -> Result<(), Rejection> {
        self.known(&actor.by)?;
        let at = self.moment();
        let known = self.state.maintenance.iter().find(|it| it.maintenance == maintenance);
        if known.ok_or(Rejection::Maintenance(SpanRejection::Unknown))?.span.to <= at {
            return Err(Rejection::Maintenance(SpanRejection::Over));
        }
        self.record(Fact::MaintenanceEnded { maintenance, at, actor: actor.clone() });
        self.bring_dues_back();
        Ok(())
    }
}
