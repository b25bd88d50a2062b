//! The columns that are known of a personnel workbook, and of a sheet that says who is on duty, by the headings that
//! people give them.

use crate::domain::form::{Field, Labels, Takes};
use crate::sheet::Expected;

/// A column that is known: its name, its headings in both languages, and others that it goes by.
struct Column(&'static str, &'static str, &'static str, &'static [&'static str]);

/// The columns that hold dates.
const DATES: [&str; 2] = ["left_on", "date"];
/// The columns without which no employee can be told.
const REQUIRED: [&str; 2] = ["number", "name"];
/// More employees than any organisation has that one machine watches over.
const ROWS_MAX: usize = 50_000;

const COLUMNS: [Column; 10] = [
    Column(
        "number",
        "工号",
        "Employee number",
        &[
            "员工编号",
            "员工号",
            "员工工号",
            "职工编号",
            "职工号",
            "人员编码",
            "人员工号",
            "Employee no",
            "Employee no.",
            "Employee ID",
            "Staff number",
            "Staff no",
            "Staff no.",
            "Badge",
        ],
    ),
    Column("name", "姓名", "Name", &["员工姓名", "职工姓名", "Full name", "Employee name"]),
    Column(
        "unit",
        "单位",
        "Unit",
        &["所属单位", "单位名称", "公司", "所属公司", "Company", "Organisation", "Organization"],
    ),
    Column("department", "部门", "Department", &["所属部门", "部门名称", "科室", "Dept", "Dept."]),
    Column(
        "mobile",
        "手机",
        "Mobile",
        &[
            "手机号",
            "手机号码",
            "移动电话",
            "联系电话",
            "联系方式",
            "电话",
            "Mobile number",
            "Mobile no",
            "Mobile phone",
            "Cell phone",
            "Phone",
            "Telephone",
        ],
    ),
    Column("email", "邮箱", "Email", &["电子邮箱", "邮件", "电子邮件", "E-mail", "Mail"]),
    Column("status", "状态", "Status", &["在职状态", "员工状态", "人员状态", "Employment status"]),
    Column(
        "left_on",
        "离职日期",
        "Left on",
        &["离职时间", "退休日期", "Leaving date", "Termination date", "Last day"],
    ),
    Column("person", "系统编号", "Person", &["系统人员编号", "Person id"]),
    Column("subject", "人员类别", "Subject", &["人员身份", "Category"]),
];

/// The columns of a sheet that says who is on duty.
const ROSTER: [Column; 6] = [
    Column("date", "日期", "Date", &["值班日期", "Day"]),
    Column("officer", "值班员", "Officer", &["值班人员", "值班人", "值班同志", "Duty officer", "On duty"]),
    Column(
        "leader",
        "带班领导",
        "Leader",
        &["带班人", "带班", "值班领导", "带班负责人", "Duty leader", "Leader in charge"],
    ),
    Column("hours", "时段", "Hours", &["值班时段", "值班时间", "时间", "班次", "Time"]),
    Column("from", "起", "From", &["开始", "开始时间", "起始时间", "Start"]),
    Column("to", "止", "To", &["结束", "结束时间", "终止时间", "End"]),
];
/// A roster of some years, with several turns a day.
const TURNS_MAX: usize = 4_000;

/// The columns, some of them under headings that somebody named.
#[derive(Debug)]
pub struct Columns {
    fields: Vec<Field>,
    rows_max: usize,
    also: Vec<(&'static str, &'static str)>,
}

/// The names of all columns of a personnel workbook.
pub fn names() -> impl Iterator<Item = &'static str> {
    COLUMNS.iter().map(|Column(name, ..)| *name)
}

/// The names of all columns of a sheet that says who is on duty.
pub fn roster_names() -> impl Iterator<Item = &'static str> {
    ROSTER.iter().map(|Column(name, ..)| *name)
}

impl Columns {
    /// The columns; `mapped` are those, by name, that have another heading than they are known by. A column that is
    /// mapped goes by that heading alone, so that it can be told from another that is known by the same.
    #[must_use]
    pub fn mapped(mapped: &[(String, String)]) -> Self {
        Self::of((&COLUMNS, &REQUIRED, ROWS_MAX), mapped)
    }

    /// The columns of a sheet that says who is on duty, in the same way.
    #[must_use]
    pub fn of_roster(mapped: &[(String, String)]) -> Self {
        Self::of((&ROSTER, &["date"], TURNS_MAX), mapped)
    }

    fn of(
        (columns, required, rows_max): (&'static [Column], &[&str], usize),
        mapped: &[(String, String)],
    ) -> Self {
        let heading = |name: &str| mapped.iter().find(|(column, _)| column == name).map(|(_, it)| it.clone());
        let fields = columns.iter().map(|Column(name, zh, en, _)| {
            let mapped = heading(name).map(|heading| Labels { zh: heading.clone(), en: heading });
            Field {
                name: (*name).to_owned(),
                takes: if DATES.contains(name) { Takes::Date } else { Takes::Text },
                label: mapped.unwrap_or_else(|| Labels { zh: (*zh).to_owned(), en: (*en).to_owned() }),
                personal: true,
                cumulative: false,
                required: required.contains(name),
            }
        });
        let unmapped = columns.iter().filter(|Column(name, ..)| heading(name).is_none());
        let also = unmapped.flat_map(|Column(name, _, _, also)| also.iter().map(|it| (*name, *it)));
        Self { fields: fields.collect(), rows_max, also: also.collect() }
    }

    /// What a workbook is held against. Others have columns that are nobody's business here.
    #[must_use]
    pub fn expected(&self) -> Expected<'_> {
        Expected {
            columns: &self.fields,
            also: &self.also,
            others_pass: true,
            rows_max: self.rows_max,
            mistakes_max: usize::MAX,
        }
    }

    /// What a column is called.
    pub(super) fn label(&self, name: &str) -> Labels {
        let field = self.fields.iter().find(|field| field.name == name);
        field.map_or_else(|| Labels { zh: name.to_owned(), en: name.to_owned() }, |field| field.label.clone())
    }
}
