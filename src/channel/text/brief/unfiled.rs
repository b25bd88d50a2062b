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
    /// That maintenance ended before its time: the limit is earlier again than it was told to be.
    MaintenanceEnded,
    /// Nothing came through to the system.
    Door,
}

impl MovedBy {
    /// As templates see it: what it `says` behind the limit, and a `word` of that for an SMS.
    pub(in crate::channel::text) fn value(self, language: Language) -> minijinja::Value {
        let (zh, en) = match self {
            Self::Outage => ("因系统中断已顺延", "moved because the system was down"),
            Self::Maintenance => ("因系统维护已顺延", "moved because of maintenance"),
            Self::MaintenanceEnded => (
                "系统维护提前结束，由原顺延时间提前至此",
                "earlier than you were told: maintenance ended before its time",
            ),
            Self::Door => ("因系统无法访问已顺延", "moved because the system could not be reached"),
        };
        let word = match self {
            Self::Outage | Self::Maintenance | Self::Door => language.pick("已顺延", "moved"),
            Self::MaintenanceEnded => language.pick("已提前", "earlier"),
        };
        minijinja::context! { says => language.pick(zh, en), word => word }
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
