//! Reports that have not come in, or say otherwise than what is known, as their messages name them.

use super::{Unit, What};
use crate::channel::text::words::Moment;

/// Reports that have not come in; or that came, and are to be corrected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfiled {
    /// The unit, or the first of several.
    pub unit: Unit,
    /// How many units more.
    pub more: u32,
    /// What the forms are called, as short as they may be.
    pub forms: Vec<String>,
    /// When they are due, or to be corrected; of several the earliest.
    pub due: Moment,
    /// Whether that has been moved.
    pub moved: bool,
    /// Whether nothing to report is a report.
    pub zero: bool,
    /// Unit and form of each, for mail.
    pub list: Vec<String>,
    /// How many more there are than the list has.
    pub left_out: u32,
}

impl What {
    pub(in crate::channel::text) const fn unfiled(&self) -> Option<&Unfiled> {
        if let Self::FormDue(unfiled)
        | Self::FormOverdue(unfiled)
        | Self::FormsMissing(unfiled)
        | Self::FormDoubted(unfiled) = self
        {
            return Some(unfiled);
        }
        None
    }
}
