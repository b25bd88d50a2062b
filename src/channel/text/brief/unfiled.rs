//! Reports that have not come in, or say otherwise than what is known, as their messages name them.

use super::{Unit, What};
use crate::channel::text::Language;
use crate::channel::text::words::Moment;

/// What moved a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MovedBy {
    /// The system was down.
    Outage,
    /// Maintenance that was announced.
    Maintenance,
    /// Nothing came through to the system.
    Door,
}

impl MovedBy {
    /// It as a cause, in the middle of a sentence.
    pub(in crate::channel::text) const fn cause(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::Outage, Language::Chinese) => "系统中断",
            (Self::Outage, Language::English) => "the system was down",
            (Self::Maintenance, Language::Chinese) => "系统维护",
            (Self::Maintenance, Language::English) => "of maintenance",
            (Self::Door, Language::Chinese) => "系统无法访问",
            (Self::Door, Language::English) => "the system could not be reached",
        }
    }
}

/// Reports that have not come in; or that came, and are to be corrected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfiled {
    /// The unit, or the first of several.
    pub unit: Unit,
    /// How many units more.
    pub more: u32,
    /// What the forms are called, as short as they may be: those with this limit.
    pub forms: Vec<String>,
    /// When they are due, or to be corrected; of several limits the earliest.
    pub due: Moment,
    /// How many forms more have a later limit, which the list says.
    pub later: u32,
    /// Why the limit has moved, where it has.
    pub moved: Option<MovedBy>,
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
