//! Which reports are there and do not count as complete.

use std::collections::BTreeSet;
use std::sync::Arc;

use rpds::RedBlackTreeMapSync as Map;

use super::{About, Lapse};
use crate::domain::names::{LapseId, UnitId};
use crate::domain::slot::{Contradiction, Period, SlotId, Zero};

/// Slots whose report is held to be untrue, or is of a round too close to another: collected once for many slots.
#[derive(Debug, Clone, Default)]
pub struct Incomplete(BTreeSet<SlotId>);

impl Incomplete {
    /// What lapses say of reports; of several verdicts the last one counts.
    pub fn of(lapses: &Map<LapseId, Arc<Lapse>>) -> Self {
        Self(lapses.values().filter_map(|lapse| lapse.makes_incomplete()).cloned().collect())
    }

    /// Whether the report of a unit is whole by what it says itself, whatever was found or is held of it; `None` where there
    /// is none.
    #[must_use]
    pub fn is_whole(period: &Period, unit: &UnitId) -> Option<bool> {
        let filed = period.outcomes.get(unit)?.filed.as_ref()?;
        // A zero that rests on fewer than there are is no whole report (S21).
        Some(!filed.zero.is_some_and(Zero::is_unsupported))
    }

    /// Whether the report of a unit counts as complete; `None` where there is none.
    #[must_use]
    pub fn is_complete(&self, period: &Period, unit: &UnitId) -> Option<bool> {
        let is_supported = Self::is_whole(period, unit)?;
        let filed = period.outcomes.get(unit)?.filed.as_ref()?;
        // Rounds within minutes of each other are one (S15), be it that a person looks into it yet.
        let is_own = period.contradictions(unit).iter().all(|known| {
            known.report != filed.report || !known.against.iter().any(Contradiction::is_too_close)
        });
        Some(is_supported && is_own && !self.0.contains(&period.id().slot(unit)))
    }
}

impl Lapse {
    /// The slot whose report is not complete by it. What was put right since is, whatever is held of how it came to be.
    fn makes_incomplete(&self) -> Option<&SlotId> {
        let About::Report { slot, against, .. } = &self.about else { return None };
        let is_held = match self.verdicts.last() {
            Some(verdict) => verdict.clause.is_some(),
            None => against.is_too_close(),
        };
        (is_held && self.cured_at.is_none() && !self.is_withdrawn()).then_some(slot)
    }
}
