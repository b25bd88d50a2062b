//! What facts carry of a period: how it opened, moved, fell due and was closed, and a report as it was taken.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Contradicted, Filed, PeriodId, Reminders, SlotId, SlotState};
use crate::domain::lapse::{Certainty, Excuse, Post};
use crate::domain::names::{EventKey, FormId, PersonId, UnitId};
use crate::time::Timestamp;

/// A period as it opened. It holds the due instant it opened with, whatever the configuration says later (P11).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeriodOpened {
    /// Its name.
    pub period: PeriodId,
    /// From when it counts as open; for the first one of a form this is when the daemon came to know the form.
    pub opens: Timestamp,
    /// When its reports are due.
    pub due: Timestamp,
    /// Until when a report is on time: due and grace.
    pub on_time_until: Timestamp,
    /// When what is not there is missing.
    pub missing_at: Timestamp,
    /// It opened later than it would have, for the daemon did not know the form before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub born_late: bool,
    /// The version of the rules it is judged by.
    pub rule: String,
    /// The units that owe it, in order.
    pub units: Arc<Vec<UnitId>>,
    /// When the next one of its form opens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Timestamp>,
    /// When people are reminded.
    #[serde(default, skip_serializing_if = "Reminders::is_empty")]
    pub reminders: Reminders,
}

/// Why a period is owed by nobody any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WithdrawnBecause {
    /// Its reporting day is no working day any more, and its form is owed on those alone.
    Calendar,
    /// Its form is not due then any more.
    Schedule,
    /// Its form is in force no more.
    Form,
}

/// A period is owed by nobody who has not reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawn {
    /// Why.
    pub why: WithdrawnBecause,
    /// Since when.
    pub at: Timestamp,
}

/// A period as it was closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeriodClosed {
    /// Its name.
    pub period: PeriodId,
    /// Units whose report was not there: for each there is a lapse.
    pub missing: Vec<UnitId>,
    /// Units that are no more, or owe the form no more: they are excused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<UnitId>,
    /// What the machine found that speaks for those who are missing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excuses: Vec<Excuse>,
    /// What it found that speaks for some of them alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excused: Vec<UnitsExcused>,
    /// How sure the machine is that what is missing was to be there.
    #[serde(default = "proved")]
    pub certainty: Certainty,
    /// When it leaves memory.
    pub archive_at: Timestamp,
}

/// What the machine found that speaks for some units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitsExcused {
    /// The units.
    pub units: Vec<UnitId>,
    /// What.
    pub excuses: Vec<Excuse>,
    /// How sure the machine is that what is missing of them was to be there.
    pub certainty: Certainty,
}

/// A report as it was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportFiled {
    /// Its slot.
    pub slot: SlotId,
    /// The report.
    pub filed: Filed,
    /// How the slot stands: the first report ends it, and a correction changes nothing of that.
    pub state: SlotState,
    /// By how many seconds the first report was late.
    pub late_by_s: u64,
    /// When it was first sent, where it was refused then and goes by that: see [`Questioned`].
    ///
    /// [`Questioned`]: super::Questioned
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_at: Option<Timestamp>,
    /// What makes it the same request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<EventKey>,
    /// What is known against it; with that the filer let it stand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contradicted: Option<Contradicted>,
    /// The same with another time to correct it; and what stands against earlier reports of the slot, which this one
    /// puts no more right than they did, and which nobody may show to its filer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub standing: Vec<Contradicted>,
}

/// Who held the posts of a unit that had not reported when it was due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owing {
    /// The unit.
    pub unit: UnitId,
    /// Who was to report: the liaison, or who stood in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub liaison: Option<PersonId>,
    /// In which post; of an entry of before this was kept nobody can tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reports_as: Option<Post>,
    /// Since when they were to report, where that was within the last hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// The unit's leader, or who stood in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leader: Option<PersonId>,
    /// In which post; likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leads_as: Option<Post>,
}

/// Why a due instant moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MovedBecause {
    /// The daemon was down or held.
    Outage,
    /// Its door was closed to those who report.
    Door,
    /// Somebody had announced that nothing would get in.
    Maintenance,
    /// They said before the time that they had announced that it was over: it moved back.
    MaintenanceEnded,
}

/// A due instant that moved: nobody is held to one at which the door was closed. It is later than before but where
/// announced maintenance ended early.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// From.
    pub from: Timestamp,
    /// To.
    pub to: Timestamp,
    /// Why.
    pub why: MovedBecause,
}

/// When the next period of a form opens, as the configuration says now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormFollowed {
    /// The form.
    pub form: FormId,
    /// When its next period opens; never, where there is no form any more.
    pub next: Option<Timestamp>,
    /// What was due until this instant by other rules is owed by nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
}

const fn proved() -> Certainty {
    Certainty::Proved
}
