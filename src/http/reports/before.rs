//! The rows of a unit's last report of a register: of these, each that is still so is named by itself, and no other.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::mistakes::{Kind, Mistakes};
use crate::domain::form::{Form, Labels};
use crate::domain::names::{FormId, ReportId, UnitId};
use crate::domain::slot::PeriodId;
use crate::http::caller::Caller;
use crate::http::context::{Context, unavailable};
use crate::http::problem::Problem;
use crate::time::Day;

/// Rows that are still as they were.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::http) struct SameAsBefore {
    /// The report that they stand in: rows are numbered anew where it was corrected.
    pub(in crate::http) report: String,
    /// Their numbers in it, from 1.
    pub(in crate::http) rows: Vec<u32>,
}

/// The last report with rows.
#[derive(Debug)]
pub(in crate::http) struct Before {
    /// Its name.
    pub(in crate::http) report: ReportId,
    /// What it was filed for.
    pub(in crate::http) period: PeriodId,
    /// What stands in it.
    pub(in crate::http) rows: Vec<Map<String, Value>>,
}

/// A row that is filed once more.
#[derive(Debug)]
pub(super) struct Taken {
    /// Where the report names it.
    pub(super) pointer: String,
    /// What it says.
    pub(super) row: Map<String, Value>,
}

/// The last report with rows that a unit filed by a form for a period before this place; a zero is passed over.
pub(in crate::http) fn before(
    context: &Context,
    (form, unit): (&FormId, &UnitId),
    place: (Day, u32),
) -> Result<Option<Before>, Problem> {
    let published = context.published();
    let periods = published.state.periods.values();
    let earlier = periods.filter(|period| period.id().form == *form && period.id().place() < place);
    let filed = earlier.filter_map(|period| {
        let filed = period.outcomes.get(unit)?.filed.as_ref()?;
        filed.zero.is_none().then(|| (period.id(), filed))
    });
    let Some((period, filed)) = filed.max_by_key(|(period, _)| period.place()) else { return Ok(None) };
    let content = context.open(&filed.payload).ok_or_else(unavailable)?;
    let rows = content.get("rows").and_then(Value::as_array).into_iter().flatten();
    let rows = rows.filter_map(|row| row.as_object().cloned()).collect();
    Ok(Some(Before { report: filed.report.clone(), period: period.clone(), rows }))
}

/// The rows that a report for a slot takes over. Who may not see them confirms none: nobody says of what they have not
/// read that it is still so.
pub(super) fn taken(
    (context, caller): (&Context, &Caller),
    (form, unit): (&Form, &UnitId),
    (day, number): (Option<Day>, Option<u32>),
    same: &SameAsBefore,
    mistakes: &mut Mistakes,
) -> Result<Vec<Taken>, Problem> {
    if form.columns.is_empty() {
        let en = "expected none: this form takes figures";
        mistakes.say("/same_as_before", "本表报数字，没有各行可沿用", en);
        return Ok(Vec::new());
    }
    let published = context.published();
    if !caller.reads_rows(&published, unit) {
        return Err(Problem::forbidden());
    }
    let Some(day) = day else {
        let en = "day: expected which day it is for, where rows are taken over";
        mistakes.say("/day", "报告日：沿用上次各行的，应写明是哪一天的", en);
        return Ok(Vec::new());
    };
    let is_of_day = |it: &&PeriodId| it.form == form.id && it.day == day;
    if number.is_none() && published.state.periods.keys().filter(is_of_day).count() > 1 {
        let en = "number: expected which of the day's it is for, where rows are taken over";
        mistakes.say("/number", "第几次：一天有几次的，沿用上次各行应写明是第几次", en);
        return Ok(Vec::new());
    }
    let before = before(context, (&form.id, unit), (day, number.unwrap_or(1)))?;
    let before = before.filter(|it| it.report.as_str() == same.report).ok_or_else(not_last)?;
    Ok(named(&before.rows, &same.rows, mistakes))
}

/// The rows of these numbers, each once.
fn named(rows: &[Map<String, Value>], numbers: &[u32], mistakes: &mut Mistakes) -> Vec<Taken> {
    let mut known = BTreeSet::new();
    let mut taken = Vec::new();
    for (at, number) in numbers.iter().enumerate() {
        let pointer = format!("/same_as_before/rows/{at}");
        let row = usize::try_from(*number).ok().and_then(|number| rows.get(number.checked_sub(1)?));
        match row {
            Some(row) if known.insert(number) => taken.push(Taken { pointer, row: row.clone() }),
            Some(_) => mistakes.say(&pointer, "每行只写一次", "expected each row once"),
            None => {
                let last = rows.len();
                let zh = format!("应为上次报告中的行号，1 至 {last}");
                let en = format!("expected the number of a row of the last report, 1 to {last}");
                mistakes.note_as(Kind::NoSuchRow, pointer, &Labels { zh, en });
            }
        }
        if mistakes.is_full() {
            break;
        }
    }
    taken
}

/// 409: what was named is not what would be filed once more.
fn not_last() -> Problem {
    let title =
        "The named report is not the last one with rows that the unit filed by this form before the slot.";
    Problem::conflict("not_last_report", title).with_detail(
        "所指的报告不是本单位在此之前最后一份有行的报告，可能已更正；请重新核对各行。 / It may have been corrected since: look \
         at its rows again.",
    )
}
