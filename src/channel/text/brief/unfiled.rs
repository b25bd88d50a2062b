//! Reports that have not come in, as their reminders name them.

use super::Unit;
use crate::channel::text::words::Moment;

/// Reports that have not come in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfiled {
    /// The unit, or the first of several.
    pub unit: Unit,
    /// How many units more.
    pub more: u32,
    /// What the forms are called, as short as they may be.
    pub forms: Vec<String>,
    /// When they are due; of several the earliest.
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
