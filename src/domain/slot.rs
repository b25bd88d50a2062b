//! Slots: one unit's form for one reporting day, which ends exactly once (P7); periods: the slots of all its units.

mod begun;
mod contradiction;
mod counted;
mod hindered;
mod name;
mod outcome;
mod reason;
mod record;
mod reminder;

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use rpds::RedBlackTreeMapSync as Map;
use serde::{Deserialize, Serialize};
use serde_json::Number;

use super::lapse::Post;
use super::names::{Actor, NotificationId, PayloadName, PersonId, Recipient, ReportId, UnitId};
use super::notification::Purpose;
use crate::time::Timestamp;

pub use begun::{BEGUN_WITHIN, Begun};
pub use contradiction::{
    Above, Below, Contradicted, Contradiction, ContradictionEnd, Questioned, Said, TO_ANSWER, TO_CORRECT,
    TO_REACH,
};
pub use counted::{Counted, CountedBy};
pub(crate) use hindered::LAST_PART;
pub use name::{NotASlot, PeriodId, SlotId, receipt_code};
pub use outcome::{Exempt, Outcome};
pub use reason::ReasonGiven;
pub use record::{
    FormFollowed, Moved, MovedBecause, Owing, PeriodClosed, PeriodOpened, ReportFiled, UnitsExcused,
    Withdrawn, WithdrawnBecause,
};
pub use reminder::{ASIDE_MAX, Asked, PeriodReminded, Reminder, Reminders, aside};

/// What can be due for a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PeriodDue {
    /// The reports are due: who owes one is put on record with those who hold the posts at this instant.
    Due,
    /// What is not there by now is missing. Accuses.
    Close,
    /// It leaves memory.
    Archive,
    /// Those who report are reminded.
    Remind,
    /// Leaders are told what their units have not reported.
    Leader,
    /// The office is told what is missing.
    Office,
}

/// How a slot stands when a report arrives. It does not change after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// By its due instant, or within the grace.
    OnTime,
    /// After it, before the missing limit.
    Late,
    /// Not before the missing limit. A report after it is kept with it.
    Missing,
}

/// What a slot is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SlotState {
    /// Open, and nothing came.
    Awaited,
    /// Reported on time.
    OnTime,
    /// Reported late.
    Late,
    /// Not reported.
    Missing,
    /// Excused from reporting.
    Exempt,
}

impl From<Standing> for SlotState {
    fn from(standing: Standing) -> Self {
        match standing {
            Standing::OnTime => Self::OnTime,
            Standing::Late => Self::Late,
            Standing::Missing => Self::Missing,
        }
    }
}

/// A zero report's two numbers: how many people were asked, out of how many (S21).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zero {
    /// How many were asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<u32>,
    /// Out of how many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u32>,
}

impl Zero {
    /// Whether everybody was asked: a zero that rests on fewer is taken, and marked. `None` where it does not say: of a form
    /// that asks for neither number nobody owes them.
    #[must_use]
    pub fn supported(self) -> Option<bool> {
        self.asked.zip(self.total).map(|(asked, total)| asked >= total)
    }

    /// Whether it rests on fewer people than there are.
    #[must_use]
    pub fn is_unsupported(self) -> bool {
        self.supported() == Some(false)
    }
}

/// The last report of a slot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filed {
    /// Its name.
    pub report: ReportId,
    /// Its number among the slot's, from 1; above that it corrects.
    pub revision: u32,
    /// When its last byte was read.
    pub received: Timestamp,
    /// Who filed it.
    pub actor: Actor,
    /// In which post they were then; of a report of before this was kept nobody can tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filed_as: Option<Post>,
    /// Who led its unit then, and answers for what it says whenever that is found. Where the leader changes between an
    /// early report and its due instant, whoever led when it was made counts: the other could not have seen to it. A
    /// report that was taken before this was kept goes by whoever leads when something is found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leader: Option<PersonId>,
    /// In which post.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub led_as: Option<Post>,
    /// A keyed hash of what it says: the same again is no correction.
    pub content: String,
    /// Since when it is what its unit says, where an earlier report said the same without the reason that this one gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said_since: Option<Timestamp>,
    /// A keyed hash of the reason that its filer gave, where one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What it says, sealed.
    pub payload: PayloadName,
    /// It says that there is nothing to report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zero: Option<Zero>,
    /// Where its people are not as many as the unit is known to have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted: Option<Counted>,
    /// Its filer says that the people in its rows have agreed to what the form in force said of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub consent: bool,
    /// So many of its rows stand in the unit's report before it, and its filer confirmed each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_as_before: Option<NonZeroU32>,
    /// How many people with a fever it counts, where its form counts them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fevers: Option<u32>,
    /// How many people its unit has by it, where its form says which figures add up to them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub people: Option<u32>,
    /// The running totals that it says, by the names of their figures: what a later report is held against.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub totals: BTreeMap<String, Number>,
    /// Its filer was shown the two numbers and let them stand, or an earlier one did so with others that cover them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub counted_shown: bool,
    /// Those others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled: Option<Counted>,
    /// It corrects the one before, which nobody had questioned: its unit found the mistake itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub self_made: bool,
    /// How the filling in of it began.
    #[serde(default, skip_serializing_if = "Begun::is_unknown")]
    pub begun: Begun,
}

/// A form on a reporting day, open or lately closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// As it opened.
    pub opened: PeriodOpened,
    /// When its reports are due: as it opened, or as it moved.
    pub due: Timestamp,
    /// Until when a report is on time.
    pub on_time_until: Timestamp,
    /// When what is not there is missing.
    pub missing_at: Timestamp,
    /// Every move of the due instant.
    pub moved: Vec<Moved>,
    /// Who owed a report when it was due; `None` before.
    pub owing: Option<Arc<Vec<Owing>>>,
    /// What has become of slots; a slot that is not here is awaited, or missing once the period is closed.
    pub outcomes: Map<UnitId, Arc<Outcome>>,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// The journal entries in which it opened, moved, fell due and was closed.
    pub entries: Vec<u64>,
    /// What stands on the schedule for it.
    pub dues: Vec<(PeriodDue, Timestamp)>,
    /// Messages about it; they leave memory with it.
    #[serde(default)]
    pub notifications: Vec<NotificationId>,
    /// How many of the reminders before it is due were decided.
    #[serde(default)]
    pub reminded: u32,
    /// Who was asked last to report, and for which units.
    #[serde(default)]
    pub asked: Map<PersonId, Arc<Vec<UnitId>>>,
    /// Which leaders were told, and of which units.
    #[serde(default)]
    pub leaders: Map<PersonId, Arc<Vec<UnitId>>>,
    /// Whose last report is contradicted, and can be corrected still: what was found at one time has one limit.
    #[serde(default)]
    pub contradicted: Map<UnitId, Arc<Vec<Contradicted>>>,
    /// Why nobody owes it who has not reported, and since when, where the configuration has no place for it any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<Withdrawn>,
    /// First reports that were refused, each with the entry that says so.
    #[serde(default)]
    pub questioned: Map<UnitId, Arc<(Questioned, u64)>>,
}

impl Period {
    /// Its name.
    #[must_use]
    pub const fn id(&self) -> &PeriodId {
        &self.opened.period
    }

    /// Whether a unit owes a report in it.
    #[must_use]
    pub fn has(&self, unit: &UnitId) -> bool {
        self.opened.units.binary_search(unit).is_ok()
    }

    /// What a unit's slot is.
    #[must_use]
    pub fn state(&self, unit: &UnitId) -> SlotState {
        match self.outcomes.get(unit) {
            Some(outcome) => outcome.state,
            None if self.withdrawn.is_some() => SlotState::Exempt,
            None if self.closed_at.is_some() => SlotState::Missing,
            None => SlotState::Awaited,
        }
    }

    /// The unit is on time, and only because the due instant moved.
    #[must_use]
    pub fn is_excused(&self, unit: &UnitId) -> bool {
        let first = self.outcomes.get(unit).and_then(|outcome| outcome.first);
        self.state(unit) == SlotState::OnTime && first.is_some_and(|at| at > self.opened.on_time_until)
    }

    /// Why the unit is excused, where that is for want of a place in the configuration.
    #[must_use]
    pub fn withdrawn_from(&self, unit: &UnitId) -> Option<Withdrawn> {
        let outcome = self.outcomes.get(unit);
        let is_so = outcome.is_none_or(|it| it.state == SlotState::Exempt && it.exempt.is_none());
        self.withdrawn.filter(|_| is_so)
    }

    fn is_awaited(&self, unit: &UnitId) -> bool {
        self.withdrawn.is_none() && self.outcomes.get(unit).is_none()
    }

    /// Units of which nothing is known yet.
    pub fn awaited(&self) -> impl Iterator<Item = &UnitId> {
        self.opened.units.iter().filter(|unit| self.is_awaited(unit))
    }

    /// The same, among those that somebody was asked for in a message of this purpose.
    pub fn still_asked(&self, purpose: Purpose, to: &Recipient) -> impl Iterator<Item = &UnitId> {
        let book = if purpose == Purpose::FormOverdue { &self.leaders } else { &self.asked };
        let units: &[UnitId] = match to {
            _ if purpose == Purpose::FormsMissing => &self.opened.units,
            Recipient::Person(person) => book.get(person).map_or(&[], |units| units.as_slice()),
            Recipient::Authority(_) | Recipient::Robot(_) => &[],
        };
        units.iter().filter(|unit| self.is_awaited(unit))
    }

    /// What is known against the last report of a unit, and can be corrected still.
    #[must_use]
    pub fn contradictions(&self, unit: &UnitId) -> &[Contradicted] {
        self.contradicted.get(unit).map_or(&[], |known| known.as_slice())
    }

    /// Until when a unit's report can be corrected, where one is contradicted.
    #[must_use]
    pub fn correct_by(&self, unit: &UnitId) -> Option<Timestamp> {
        self.contradictions(unit).iter().map(|known| known.correct_by).min()
    }

    /// The same of what is known against that report itself: what stands against an earlier one is told to whoever filed
    /// that alone.
    #[must_use]
    pub fn told_until(&self, unit: &UnitId) -> Option<Timestamp> {
        let filed = self.outcomes.get(unit)?.filed.as_ref()?;
        let known = self.contradictions(unit).iter().filter(|known| known.report == filed.report);
        known.map(|known| known.correct_by).min()
    }

    /// How a report that arrives at this instant finds the slot, and by how many begun seconds it is late.
    #[must_use]
    pub fn standing(&self, received: Timestamp) -> (Standing, u64) {
        if received <= self.on_time_until {
            return (Standing::OnTime, 0);
        }
        let late = u64::try_from(received.since(self.due).as_millis().div_ceil(1000)).unwrap_or(u64::MAX);
        (if received <= self.missing_at { Standing::Late } else { Standing::Missing }, late)
    }

    /// Until when a fever is one that a report should count: not behind the report, nor behind its time.
    #[must_use]
    pub fn counts_until(&self, filed: &Filed) -> Timestamp {
        filed.received.min(self.due)
    }

    /// Who held the posts of a unit when its report was due.
    #[must_use]
    pub fn holders(&self, unit: &UnitId) -> Option<&Owing> {
        let owing = self.owing.as_ref()?;
        let index = owing.binary_search_by(|it| it.unit.cmp(unit)).ok()?;
        owing.get(index)
    }

    /// When something is due for it.
    #[must_use]
    pub fn due_at(&self, what: PeriodDue) -> Option<Timestamp> {
        self.dues.iter().find(|(due, _)| *due == what).map(|(_, at)| *at)
    }
}

/// How far the periods of a form have been opened.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FormRun {
    /// The last one, and when it was due as it opened.
    pub last: Option<(PeriodId, Timestamp)>,
    /// When the next one opens.
    pub next: Option<Timestamp>,
    /// What was due until this instant by other rules is owed by nobody.
    #[serde(default)]
    pub from: Option<Timestamp>,
}

/// How long a closed period stays in memory, so that it can be corrected and shown without a search.
pub const KEPT: Duration = Duration::from_hours(24 * 10);
/// How long it does at most where the form's next period is closed later than that.
pub const KEPT_MAX: Duration = Duration::from_hours(24 * 100);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zero_stands_on_its_denominator() {
        assert_eq!(Zero { asked: Some(23), total: Some(23) }.supported(), Some(true));
        assert_eq!(Zero { asked: Some(22), total: Some(23) }.supported(), Some(false));
        assert_eq!(Zero { asked: None, total: None }.supported(), None);
    }
}
