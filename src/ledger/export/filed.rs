//! What a report that came late brought with it, and what its filer said since.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::domain::lapse::{About, Lapse};
use crate::domain::names::PayloadName;
use crate::domain::slot::{Begun, Period, ReasonGiven, SlotId, SlotState};

/// Reports that came late, by their slots.
#[derive(Debug, Default)]
pub(super) struct LateReports(BTreeMap<SlotId, LateReport>);

/// A report that came late.
#[derive(Debug, Clone)]
pub struct LateReport {
    /// How the filling in of it began.
    pub begun: Begun,
    /// What the last report of the slot says, sealed: the figures, and the reason that its filer gives.
    pub payload: PayloadName,
    /// The entry in which that stands.
    pub entry: Option<u64>,
    /// The reasons that were given with it and with those before it, in order.
    pub reasons: Vec<ReasonGiven>,
}

impl LateReports {
    /// Takes those of a period.
    pub(super) fn note(&mut self, period: &Period) {
        let late = period.outcomes.iter().filter(|(_, it)| it.state != SlotState::OnTime);
        let late = late.filter_map(|(unit, outcome)| {
            let payload = outcome.filed.as_ref()?.payload.clone();
            let reasons = outcome.reasons.clone();
            let report = LateReport { begun: outcome.begun, payload, entry: outcome.entry, reasons };
            Some((period.id().slot(unit), report))
        });
        self.0.extend(late);
    }

    /// That of a lapse about a report that was not there in time.
    pub(super) fn of(&self, lapse: &Lapse) -> Option<LateReport> {
        let About::Slot { slot } = &lapse.about else { return None };
        self.0.get(slot).cloned()
    }
}

impl LateReport {
    /// Says of a lapse how the report began that it is about.
    pub(super) fn tell(&self, about: &mut Value) {
        if let Some(members) = about.as_object_mut() {
            members.insert("opened_at".to_owned(), json!(self.begun.opened_at));
            members.insert("claimed_try_at".to_owned(), json!(self.begun.claimed_try_at));
            members.insert("last_entry".to_owned(), json!(self.entry));
        }
    }
}
