//! The duty roster of a holiday as people keep it in a sheet: who is on duty when, who is not, and all that is wrong with it.
//!
//! **Invariant.** What can be read in two ways is not read. Nothing that stood in a cell is in what is told, but for what
//! is shown to whoever sits before it.

mod gap;
mod people;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::columns::Columns;
use crate::domain::form::Labels;
use crate::domain::names::{DutyRole, PersonId};
use crate::sheet::{self, At, Kind, Refusal};
use crate::time::{Day, Timestamp, Zone};

pub use gap::{Gap, gaps, hours, span};
pub use people::{Known, People, Unnamed};
pub use words::Hours;

/// The roles that a sheet has columns for, and what they are called.
pub const ROLES: [(&str, &str); 2] = [("officer", "值班员"), ("leader", "带班领导")];
/// No sheet says who is on duty for longer.
const DAYS_MAX: i64 = 400;

/// What a sheet is read by.
#[derive(Debug)]
pub struct Given<'a> {
    /// Who may be meant.
    pub people: &'a People,
    /// Where its days are.
    pub zone: &'a Zone,
    /// The instant from which it is looked at.
    pub now: Timestamp,
    /// The year of dates that have none.
    pub year: Option<i16>,
    /// The hours of rows that have none.
    pub hours: Hours,
}

/// One person's turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// In which role.
    pub role: DutyRole,
    /// Who.
    pub person: PersonId,
    /// From.
    pub from: Timestamp,
    /// To, not included.
    pub to: Timestamp,
    /// The row as the spreadsheet shows it.
    pub row: u32,
    /// The day that the row is about.
    pub day: Day,
}

/// Something that is told of a sheet.
#[derive(Clone, PartialEq, Eq)]
pub struct Told {
    /// Where, and what it is; nothing that stood in a cell.
    pub says: Labels,
    /// What stood there: for the eyes of whoever sits before it.
    pub shown: String,
}

/// Prints nothing that stood in a cell.
impl std::fmt::Debug for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.says)
    }
}

/// What a sheet says.
#[derive(Debug, Default)]
pub struct Roster {
    /// Everybody's turns, in order of the rows.
    pub turns: Vec<Turn>,
    /// From its first minute to its last, whoever is on duty then.
    pub span: Option<(Timestamp, Timestamp)>,
    /// What keeps it from being taken.
    pub wrong: Vec<Told>,
    /// What somebody should look at.
    pub doubts: Vec<Told>,
}

/// Reads a sheet.
///
/// # Errors
/// [`Refusal`] where no rows can be told.
pub fn read(bytes: &[u8], columns: &Columns, given: &Given<'_>) -> Result<Roster, Refusal> {
    let kind = if bytes.starts_with(b"PK") { Kind::Xlsx } else { Kind::Csv { charset: None } };
    let expected = columns.expected();
    let sheet = sheet::read_as(&kind, bytes, &expected)?;
    if sheet.rows.len() > expected.rows_max {
        let (zh, en) = (
            format!("最多 {} 行", expected.rows_max),
            format!("expected at most {} rows", expected.rows_max),
        );
        return Err(Refusal::TooLarge(Labels { zh, en }));
    }
    let mut reading = Reading { columns, given, year: given.year, last: None, roster: Roster::default() };
    let mut lost: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
    for mistake in &sheet.mistakes {
        reading.roster.wrong.push(Told { says: mistake.says.clone(), shown: String::new() });
        if let At::Row { index, column: Some(column) } = &mistake.at {
            lost.entry(*index).or_default().push(column);
        }
    }
    for (index, (cells, number)) in sheet.rows.iter().zip(&sheet.numbers).enumerate() {
        let lost = lost.remove(&index).unwrap_or_default();
        reading.row(*number, cells, &lost);
    }
    Ok(reading.done())
}

pub(super) fn said(zh: impl Into<String>, en: impl Into<String>) -> Labels {
    Labels { zh: zh.into(), en: en.into() }
}

/// A sheet being read.
struct Reading<'c> {
    columns: &'c Columns,
    given: &'c Given<'c>,
    /// The year that dates without one are of.
    year: Option<i16>,
    /// The day of the row before.
    last: Option<Day>,
    roster: Roster,
}

fn text<'r>(cells: &'r Map<String, Value>, column: &str) -> Option<&'r str> {
    cells.get(column).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
}

impl Reading<'_> {
    fn told(&self, row: u32, column: &str, (what, shown): (&Labels, &str)) -> Told {
        let place = sheet::place(row, &self.columns.label(column));
        let says = said(format!("{}：{}", place.zh, what.zh), format!("{}: {}", place.en, what.en));
        Told { says, shown: shown.to_owned() }
    }

    fn wrong(&mut self, row: u32, column: &str, what: &Labels, shown: &str) {
        let told = self.told(row, column, (what, shown));
        self.roster.wrong.push(told);
    }

    fn row(&mut self, row: u32, cells: &Map<String, Value>, lost: &[&str]) {
        let Some(day) = self.day(row, cells, lost) else { return };
        let Some(hours) = self.hours(row, cells, lost) else { return };
        let instant = |minute| words::instant(self.given.zone, day, minute);
        let (Some(from), Some(to)) = (instant(hours.from), instant(hours.end())) else { return };
        self.extend_span((from, to));
        for (role, _) in ROLES {
            let Some(called) = text(cells, role) else { continue };
            match self.given.people.called(called) {
                Ok(known) => {
                    let (role, person) = (DutyRole::new(role), known.id.clone());
                    self.roster.turns.push(Turn { role, person, from, to, row, day });
                }
                Err(doubt) => self.wrong(row, role, &doubt.says(), called),
            }
        }
    }

    /// The day of a row; the days of a sheet come in their order.
    fn day(&mut self, row: u32, cells: &Map<String, Value>, lost: &[&str]) -> Option<Day> {
        let given =
            cells.get("date").map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        let Some(given) = given else {
            if !lost.contains(&"date") {
                let what = said("缺少日期：每行各自填写", "there is none: expected one in each row");
                self.wrong(row, "date", &what, "");
            }
            return None;
        };
        let written = match words::written(&given) {
            Ok(written) => written,
            Err(doubt) => {
                self.wrong(row, "date", &doubt.says(), &given);
                return None;
            }
        };
        let day = match written.day(self.year, self.last) {
            Ok(day) => day,
            Err(doubt) => {
                self.wrong(row, "date", &doubt.says(), &given);
                return None;
            }
        };
        if written.is_without_year() {
            self.year = Some(day.year());
        }
        if self.last.is_some_and(|last| day < last) {
            let what = said(
                "日期早于上一行：应按日期先后填写",
                "is before the row above: expected the days in their order",
            );
            self.wrong(row, "date", &what, &given);
            return None;
        }
        self.last = Some(day);
        Some(day)
    }

    fn hours(&mut self, row: u32, cells: &Map<String, Value>, lost: &[&str]) -> Option<Hours> {
        let columns = ["hours", "from", "to"];
        if columns.iter().any(|column| lost.contains(column)) {
            return None;
        }
        let [hours, from, to] = columns.map(|column| text(cells, column));
        let read = match (hours, from, to) {
            (None, None, None) => return Some(self.given.hours),
            (Some(hours), None, None) => Hours::read(hours).ok_or("hours"),
            (None, Some(from), Some(to)) => words::minute(from)
                .ok_or("from")
                .and_then(|from| words::minute(to).ok_or("to").map(|to| Hours { from, to }))
                .and_then(|hours| if hours.is_some_time() { Ok(hours) } else { Err("to") }),
            (None, Some(_), None) => Err("to"),
            (None, None, Some(_)) => Err("from"),
            (Some(_), _, _) => Err("hours"),
        };
        match read {
            Ok(hours) => Some(hours),
            Err(column) => {
                let what = said(
                    "读不出时段：应为如 08:30-20:30 的起止，或「起」「止」两列各填一个时刻",
                    "no hours can be told: expected such as 08:30-20:30, or a time of day in each of the two columns for from and to",
                );
                self.wrong(row, column, &what, text(cells, column).unwrap_or_default());
                None
            }
        }
    }

    fn extend_span(&mut self, (from, to): (Timestamp, Timestamp)) {
        let span = self.roster.span.get_or_insert((from, to));
        *span = (span.0.min(from), span.1.max(to));
    }

    fn done(mut self) -> Roster {
        self.find_doubles();
        self.find_past();
        self.find_hard_to_reach();
        if self.roster.turns.is_empty() && self.roster.wrong.is_empty() {
            let says = said("表中没有一个值班的人", "the sheet names nobody who is on duty");
            self.roster.wrong.push(Told { says, shown: String::new() });
        }
        let zone = self.given.zone;
        let days = self.roster.span.map(|(from, to)| zone.day(to).days_since(zone.day(from)));
        if days.is_some_and(|days| days > DAYS_MAX) {
            let says = said(
                format!("首尾相隔超过 {DAYS_MAX} 天：年份是否正确？"),
                format!(
                    "more than {DAYS_MAX} days lie between its first day and its last: are the years right?"
                ),
            );
            self.roster.wrong.push(Told { says, shown: String::new() });
        }
        self.roster
    }

    /// Two at once in one role; one at once in both is told, and may be meant.
    fn find_doubles(&mut self) {
        let mut turns: Vec<&Turn> = self.roster.turns.iter().collect();
        turns.sort_by_key(|turn| (turn.from, turn.row));
        let (mut wrong, mut doubts) = (Vec::new(), Vec::new());
        for (index, turn) in turns.iter().enumerate() {
            let before = turns.iter().take(index).filter(|before| before.to > turn.from);
            for before in before.take(sheet::MISTAKES_MAX.saturating_sub(wrong.len())) {
                let who = turn.person.as_str();
                if before.role == turn.role {
                    let what = said(
                        format!("与第 {} 行的时段重叠：同一时刻只应有一人", before.row),
                        format!("runs at the same time as row {}: expected one person at a time", before.row),
                    );
                    wrong.push(self.told(turn.row, turn.role.as_str(), (&what, who)));
                } else if before.person == turn.person {
                    let what = said(
                        "同一人同时为值班员和带班领导",
                        "one person is officer and leader at the same time",
                    );
                    doubts.push(self.told(turn.row, turn.role.as_str(), (&what, who)));
                }
            }
        }
        self.roster.wrong.extend(wrong);
        self.roster.doubts.extend(doubts);
    }

    fn find_past(&mut self) {
        let is_past = |turn: &&Turn| turn.to <= self.given.now;
        let (past, all) = (self.roster.turns.iter().filter(is_past).count(), self.roster.turns.len());
        if past == 0 {
            return;
        }
        let (shown, first) = (String::new(), self.roster.turns.iter().find(is_past).map(|turn| turn.row));
        if past == all {
            let says = said(
                "表中各天均已过去：年份是否正确？",
                "every day of the sheet is past: is the year right?",
            );
            self.roster.wrong.push(Told { says, shown });
        } else {
            let row = first.unwrap_or_default();
            let says = said(
                format!("自第 {row} 行起有 {past} 个班次已经过去"),
                format!("from row {row} on {past} turns are past"),
            );
            self.roster.doubts.push(Told { says, shown });
        }
    }

    /// Whoever is on duty is rung, and written to where that fails.
    fn find_hard_to_reach(&mut self) {
        let mut first: BTreeMap<&PersonId, &Turn> = BTreeMap::new();
        for turn in &self.roster.turns {
            first.entry(&turn.person).or_insert(turn);
        }
        let (mut wrong, mut doubts) = (Vec::new(), Vec::new());
        for (person, turn) in first {
            let Some(known) = self.given.people.with_id(person) else { continue };
            let (place, column) = (turn.row, turn.role.as_str());
            match (known.mobile.is_some(), known.email) {
                (true, true) => {}
                (false, false) => {
                    let what = said(
                        format!("人员 {person} 既无手机也无邮箱，联系不上"),
                        format!(
                            "[[person]] {person} has no mobile number and no address: nothing reaches them"
                        ),
                    );
                    wrong.push(self.told(place, column, (&what, &known.name)));
                }
                (mobile, _) => {
                    let (zh, en) =
                        if mobile { ("手机", "mobile number") } else { ("邮箱", "address for mail") };
                    let what = said(
                        format!("人员 {person} 只有{zh}一种联系方式"),
                        format!("[[person]] {person} can be reached in one way alone, by their {en}"),
                    );
                    doubts.push(self.told(place, column, (&what, &known.name)));
                }
            }
        }
        self.roster.wrong.extend(wrong);
        self.roster.doubts.extend(doubts);
    }
}
