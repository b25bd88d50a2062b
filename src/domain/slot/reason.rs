//! The reasons that were given with reports that came late: each is kept, for a later report holds its own alone.

use serde::{Deserialize, Serialize};

use super::{Filed, Outcome};
use crate::domain::names::{PayloadName, ReportId};
use crate::time::Timestamp;

/// So many reasons of a slot are kept: the first ones, and the last.
const REASONS_MAX: usize = 50;

/// A reason that was given with a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReasonGiven {
    /// The report.
    pub report: ReportId,
    /// When it came.
    pub at: Timestamp,
    /// What it says, sealed, the reason with it.
    pub payload: PayloadName,
    /// The journal entry in which it stands.
    pub entry: u64,
}

impl Outcome {
    /// The reasons given so far, and the one that comes with another report, where one does.
    pub(crate) fn with_reason(known: Option<&Self>, (filed, entry): (&Filed, u64)) -> Vec<ReasonGiven> {
        let mut reasons = known.map(|outcome| outcome.reasons.clone()).unwrap_or_default();
        if filed.reason.is_some() {
            reasons.truncate(REASONS_MAX - 1);
            reasons.push(ReasonGiven {
                report: filed.report.clone(),
                at: filed.received,
                payload: filed.payload.clone(),
                entry,
            });
        }
        reasons
    }
}
