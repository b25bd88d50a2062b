//! The columns of a personnel workbook that are known, by the headings that people give them.

use crate::domain::form::{Field, Labels, Takes};
use crate::sheet::Expected;

/// A column that is known: its name, its headings in both languages, and others that it goes by.
struct Column(&'static str, &'static str, &'static str, &'static [&'static str]);

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

/// The columns, some of them under headings that somebody named.
#[derive(Debug)]
pub struct Columns {
    fields: Vec<Field>,
    also: Vec<(&'static str, &'static str)>,
}

/// The names of all columns.
pub fn names() -> impl Iterator<Item = &'static str> {
    COLUMNS.iter().map(|Column(name, ..)| *name)
}

impl Columns {
    /// The columns; `mapped` are those, by name, that have another heading than they are known by. A column that is
    /// mapped goes by that heading alone, so that it can be told from another that is known by the same.
    #[must_use]
    pub fn mapped(mapped: &[(String, String)]) -> Self {
        let heading = |name: &str| mapped.iter().find(|(column, _)| column == name).map(|(_, it)| it.clone());
        let fields = COLUMNS.iter().map(|Column(name, zh, en, _)| {
            let mapped = heading(name).map(|heading| Labels { zh: heading.clone(), en: heading });
            Field {
                name: (*name).to_owned(),
                takes: if *name == "left_on" { Takes::Date } else { Takes::Text },
                label: mapped.unwrap_or_else(|| Labels { zh: (*zh).to_owned(), en: (*en).to_owned() }),
                personal: true,
                required: REQUIRED.contains(name),
            }
        });
        let unmapped = COLUMNS.iter().filter(|Column(name, ..)| heading(name).is_none());
        let also = unmapped.flat_map(|Column(name, _, _, also)| also.iter().map(|it| (*name, *it)));
        Self { fields: fields.collect(), also: also.collect() }
    }

    /// What a workbook is held against. Others have columns that are nobody's business here.
    #[must_use]
    pub fn expected(&self) -> Expected<'_> {
        Expected {
            columns: &self.fields,
            also: &self.also,
            others_pass: true,
            rows_max: ROWS_MAX,
            mistakes_max: usize::MAX,
        }
    }

    /// What a column is called.
    pub(super) fn label(&self, name: &str) -> Labels {
        let field = self.fields.iter().find(|field| field.name == name);
        field.map_or_else(|| Labels { zh: name.to_owned(), en: name.to_owned() }, |field| field.label.clone())
    }
}
