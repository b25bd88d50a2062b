//! What facts carry of a plan's steps.

use serde::{Deserialize, Serialize};

use super::reason::Gap;
use crate::domain::names::{CaseId, Recipient};
use crate::time::Timestamp;

/// A step of a case's plan was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepTaken {
    /// The case.
    pub case: CaseId,
    /// Which of its plans.
    pub plan: u32,
    /// Which step, from 0.
    pub step: u32,
    /// When it was due.
    pub due: Timestamp,
    /// Who was told.
    pub told: Vec<Recipient>,
    /// Who could not be.
    pub gaps: Vec<Gap>,
    /// The first repeat, on the grid of the due instant, after this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat_at: Option<Timestamp>,
}

/// A repeat of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRepeated {
    /// The case.
    pub case: CaseId,
    /// The plan.
    pub plan: u32,
    /// The step.
    pub step: u32,
    /// Which repeat it is.
    pub repeat: u32,
    /// When it was due.
    pub due: Timestamp,
    /// Whom it means at this instant.
    pub told: Vec<Recipient>,
    /// The repeats between.
    pub missed: u32,
    /// When the next one is due, on the grid of its due instants.
    pub next: Option<Timestamp>,
}
