//! From the rows of a personnel workbook to employees, and all that is odd about them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::{Map, Value};

use super::columns::Columns;
use super::status::Status;
use super::{mobile, number_as_compared};
use crate::domain::form::Labels;
use crate::domain::names::UnitId;
use crate::sheet::{self, At, Kind, Refusal, folded};
use crate::time::Day;

/// Units by what people call them.
#[derive(Debug, Default)]
pub struct Units(BTreeMap<String, Option<UnitId>>);

impl Units {
    /// Makes a unit known by one of its names; a name that two units have tells neither.
    pub fn insert(&mut self, name: &str, unit: &UnitId) {
        let known = self.0.entry(plain(name)).or_insert_with(|| Some(unit.clone()));
        if known.as_ref() != Some(unit) {
            *known = None;
        }
    }

    fn called(&self, name: &str) -> Option<UnitId> {
        self.0.get(&plain(name)).cloned().flatten()
    }
}

fn plain(text: &str) -> String {
    folded(text).chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// What a workbook says.
#[derive(Default)]
pub struct Found {
    /// Who works here, by employee number; parts that are in doubt, or not said, are `None`.
    pub rows: BTreeMap<String, Row>,
    /// Employee numbers whose rows contradict one another.
    pub doubtful: BTreeSet<String>,
    /// Employee numbers of those who left, and in which row it says so.
    pub left: BTreeMap<String, u32>,
    /// What is odd, by row.
    pub findings: Vec<Finding>,
}

/// Prints what is odd alone: the rest is somebody's.
impl fmt::Debug for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Found");
        shown.field("rows", &self.rows.len()).field("findings", &self.findings).finish_non_exhaustive()
    }
}

/// One row.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// Its number as the spreadsheet shows it.
    pub number: u32,
    /// Where they work.
    pub unit: Option<UnitId>,
    /// Their name.
    pub name: Option<String>,
    /// Their mobile number (E.164).
    pub mobile: Option<String>,
    /// Their address for mail.
    pub email: Option<String>,
    /// What the configuration calls them, where they hold a post.
    pub person: Option<String>,
    /// Which provisions could apply to them, as the configuration says it.
    pub subject: Option<&'static str>,
}

impl Row {
    fn says_the_same(&self, other: &Self) -> bool {
        let all = |row: &Self| {
            let Self { unit, name, mobile, email, person, subject, number: _ } = row.clone();
            (unit, name, mobile, email, person, subject)
        };
        all(self) == all(other)
    }
}

/// Prints where it stands.
impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Row({})", self.number)
    }
}

/// Something odd.
#[derive(Clone, PartialEq, Eq)]
pub struct Finding {
    /// The row as the spreadsheet shows it.
    pub row: u32,
    /// What to make of it.
    pub weight: Weight,
    /// Row, heading, and what it is; nothing that stood in a cell.
    pub says: Labels,
    /// Whom it is about and what stood there: for the eyes of whoever sits before it.
    pub shown: String,
}

impl fmt::Debug for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.weight, self.says)
    }
}

/// What to make of something odd.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// It was put right, or says what it says.
    Mended,
    /// It changes nothing until somebody has looked.
    Doubtful,
}

/// Reads a workbook.
///
/// # Errors
/// [`Refusal`] where no rows can be told.
pub fn read(bytes: &[u8], columns: &Columns, (units, today): (&Units, Day)) -> Result<Found, Refusal> {
    let kind = if bytes.starts_with(b"PK") { Kind::Xlsx } else { Kind::Csv { charset: None } };
    let expected = columns.expected();
    let sheet = sheet::read_as(&kind, bytes, &expected)?;
    if sheet.rows.len() > expected.rows_max {
        let says = said(
            &format!("最多 {} 行", expected.rows_max),
            &format!("expected at most {} rows", expected.rows_max),
        );
        return Err(Refusal::TooLarge(says));
    }
    let mut reading = Reading {
        columns,
        units,
        today,
        found: Found::default(),
        mobiles: BTreeMap::new(),
        shared: BTreeSet::new(),
    };
    let mut lost: BTreeMap<usize, Vec<(&str, &Labels)>> = BTreeMap::new();
    for mistake in &sheet.mistakes {
        if let At::Row { index, column: Some(column) } = &mistake.at {
            lost.entry(*index).or_default().push((column, &mistake.says));
        }
    }
    for (index, (cells, number)) in sheet.rows.iter().zip(&sheet.numbers).enumerate() {
        let lost = lost.remove(&index).unwrap_or_default();
        reading.row(*number, cells, &lost);
    }
    Ok(reading.done())
}

fn said(zh: &str, en: &str) -> Labels {
    Labels { zh: zh.to_owned(), en: en.to_owned() }
}

/// A workbook being read.
struct Reading<'c> {
    columns: &'c Columns,
    units: &'c Units,
    today: Day,
    found: Found,
    /// Whose a number is, and in which row.
    mobiles: BTreeMap<String, (String, u32)>,
    /// Numbers that more than one have.
    shared: BTreeSet<String>,
}

/// One row being read.
struct Cells<'r> {
    number: u32,
    cells: &'r Map<String, Value>,
    who: String,
}

impl<'r> Cells<'r> {
    fn text(&self, column: &str) -> Option<&'r str> {
        self.cells.get(column).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
    }
}

impl Reading<'_> {
    /// What was found; whose a number is that two have is known only at the end.
    fn done(mut self) -> Found {
        for row in self.found.rows.values_mut() {
            row.mobile = row.mobile.take().filter(|mobile| !self.shared.contains(mobile));
        }
        self.found
    }

    fn find(&mut self, cells: &Cells<'_>, column: &str, (weight, what): (Weight, Labels)) {
        let place = sheet::place(cells.number, &self.columns.label(column));
        let says =
            Labels { zh: format!("{}：{}", place.zh, what.zh), en: format!("{}: {}", place.en, what.en) };
        let shown = match cells.text(column).filter(|_| !["number", "name"].contains(&column)) {
            Some(text) => format!("{} {text}", cells.who),
            None => cells.who.clone(),
        };
        self.found.findings.push(Finding { row: cells.number, weight, says, shown });
    }

    fn row(&mut self, number: u32, cells: &Map<String, Value>, lost: &[(&str, &Labels)]) {
        let text = |name: &str| cells.get(name).and_then(Value::as_str).unwrap_or_default();
        let who = format!("{} {}", text("number"), text("name")).trim().to_owned();
        let cells = Cells { number, cells, who };
        for (_, says) in lost {
            let (says, shown) = ((*says).clone(), cells.who.clone());
            self.found.findings.push(Finding { row: number, weight: Weight::Doubtful, says, shown });
        }
        let is_lost = |column: &str| lost.iter().any(|(known, _)| *known == column);
        let Some(given) = cells.text("number") else {
            if !is_lost("number") {
                let what = said("缺少工号，本行未收入", "there is none; the row is left out");
                self.find(&cells, "number", (Weight::Doubtful, what));
            }
            return;
        };
        let employee = number_as_compared(given);
        if employee != given {
            let what =
                said("已改为半角、去掉空格的大写形式", "written in half width, capitals and without spaces");
            self.find(&cells, "number", (Weight::Mended, what));
        }
        if self.has_left(&cells) {
            self.leave(&cells, employee);
            return;
        }
        let row = Row {
            number,
            unit: self.unit(&cells, is_lost("unit") || is_lost("department")),
            name: self.name(&cells, is_lost("name")),
            mobile: self.mobile(&cells, &employee),
            email: self.email(&cells),
            person: cells.text("person").map(str::to_owned),
            subject: self.subject(&cells),
        };
        self.take(&cells, employee, row);
    }

    /// Whether it says that somebody has left. What it says in words that are not known is in doubt, and so is one who
    /// works here and has left by the date: both are still here.
    fn has_left(&mut self, cells: &Cells<'_>) -> bool {
        let status = cells.text("status").map(|status| Status::of(&plain(status)));
        let left_on = cells.text("left_on").and_then(|day| day.parse::<Day>().ok());
        let is_past = left_on.is_some_and(|day| day < self.today);
        match status {
            Some(Status::Left) => return true,
            Some(Status::Unknown) => {
                let what = said(
                    "不是已知的状态，按在职处理",
                    "is no status that is known; taken as one who works here",
                );
                self.find(cells, "status", (Weight::Doubtful, what));
            }
            Some(Status::Here) if is_past => {
                let what = said(
                    "离职日期已过而状态为在职，按在职处理",
                    "is past, and by the status they work here; taken as one who does",
                );
                self.find(cells, "left_on", (Weight::Doubtful, what));
            }
            Some(Status::Here) => {}
            None => return is_past,
        }
        false
    }

    fn leave(&mut self, cells: &Cells<'_>, employee: String) {
        let column = if cells.text("status").is_some() { "status" } else { "left_on" };
        let what = said("已离职，不在员工名册内", "has left, and is not in the register");
        self.find(cells, column, (Weight::Mended, what));
        if self.found.rows.remove(&employee).is_some() || self.found.doubtful.contains(&employee) {
            self.contradict(cells, employee);
        } else {
            self.found.left.insert(employee, cells.number);
        }
    }

    fn take(&mut self, cells: &Cells<'_>, employee: String, row: Row) {
        if self.found.left.remove(&employee).is_some() || self.found.doubtful.contains(&employee) {
            self.contradict(cells, employee);
            return;
        }
        match self.found.rows.get(&employee) {
            None => drop(self.found.rows.insert(employee, row)),
            Some(first) if first.says_the_same(&row) => {
                let (zh, en) =
                    (format!("与第 {} 行重复", first.number), format!("repeats row {}", first.number));
                self.find(cells, "number", (Weight::Mended, said(&zh, &en)));
            }
            Some(_) => {
                self.found.rows.remove(&employee);
                self.contradict(cells, employee);
            }
        }
    }

    fn contradict(&mut self, cells: &Cells<'_>, employee: String) {
        let what = said(
            "同一工号有内容不同的两行，名册保持原样",
            "two rows that differ have this number; the register keeps what it had",
        );
        self.find(cells, "number", (Weight::Doubtful, what));
        self.found.doubtful.insert(employee);
    }

    fn unit(&mut self, cells: &Cells<'_>, lost: bool) -> Option<UnitId> {
        let (department, unit) = (cells.text("department"), cells.text("unit"));
        let [inner, outer] = [department, unit].map(|name| name.and_then(|name| self.units.called(name)));
        if inner.is_some() && outer.is_some() && inner != outer {
            let what = said(
                "与「单位」列指向两个不同的单位，名册保持原样：请改正，或去掉其中一列",
                "and the unit's column name two different units; the register keeps what it had: mend it, or leave one column out",
            );
            self.find(cells, "department", (Weight::Doubtful, what));
            return None;
        }
        let known = inner.or(outer);
        if known.is_none() && !lost {
            let column = if unit.is_some() || department.is_none() { "unit" } else { "department" };
            let what = if unit.is_none() && department.is_none() {
                said("缺少单位，名册保持原样", "there is none; the register keeps what it had")
            } else {
                said(
                    "不是已配置的单位，名册保持原样",
                    "is no [[unit]] by its name, short name or id; the register keeps what it had",
                )
            };
            self.find(cells, column, (Weight::Doubtful, what));
        }
        known
    }

    fn name(&mut self, cells: &Cells<'_>, lost: bool) -> Option<String> {
        let name = cells.text("name").map(str::to_owned);
        if name.is_none() && !lost {
            let what = said("缺少姓名，名册保持原样", "there is none; the register keeps what it had");
            self.find(cells, "name", (Weight::Doubtful, what));
        }
        name
    }

    fn mobile(&mut self, cells: &Cells<'_>, employee: &str) -> Option<String> {
        let read = mobile::read(cells.text("mobile")?);
        let found = match read {
            Ok(found) => found,
            Err(doubt) => {
                self.find(cells, "mobile", (Weight::Doubtful, doubt.says()));
                return None;
            }
        };
        if found.mended {
            let what = said("已改为标准写法", "written as it is rung");
            self.find(cells, "mobile", (Weight::Mended, what));
        }
        let first = self.mobiles.entry(found.number.clone());
        let (whose, row) = first.or_insert_with(|| (employee.to_owned(), cells.number)).clone();
        if whose != employee {
            let zh = format!("与第 {row} 行为同一号码：该号码不能说明是谁，两人的号码均保持原样");
            let en = format!(
                "row {row} has the same number: it tells neither of them from the other, and both keep what they had"
            );
            self.find(cells, "mobile", (Weight::Doubtful, said(&zh, &en)));
            self.shared.insert(found.number.clone());
        }
        Some(found.number)
    }

    fn email(&mut self, cells: &Cells<'_>) -> Option<String> {
        let text = folded(cells.text("email")?);
        if text.len() > 254 || text.parse::<lettre::Address>().is_err() {
            let what = said("不是邮箱地址", "is no mail address");
            self.find(cells, "email", (Weight::Doubtful, what));
            return None;
        }
        Some(text)
    }

    fn subject(&mut self, cells: &Cells<'_>) -> Option<&'static str> {
        const WORDS: [(&str, &str); 9] = [
            ("领导干部", "leading_cadre"),
            ("领导", "leading_cadre"),
            ("leading_cadre", "leading_cadre"),
            ("公职人员", "public_official"),
            ("公务员", "public_official"),
            ("public_official", "public_official"),
            ("职工", "employee"),
            ("员工", "employee"),
            ("employee", "employee"),
        ];
        let text = plain(cells.text("subject")?);
        WORDS.iter().find(|(word, _)| *word == text).map(|(_, subject)| *subject)
    }
}
