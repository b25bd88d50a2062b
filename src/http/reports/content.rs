//! What a report says, held against its form: every mistake at once, each with the field it is in.

mod checks;

use std::collections::BTreeMap;

use serde_json::{Map, Number, Value, json};

use super::before::Taken;
use super::mistakes::{Kind, Mistakes};
use crate::domain::form::{Field, Form, Labels, ROWS_MAX, TEXT_CHARS_MAX, Takes};
use crate::domain::slot::Zero;
use crate::http::problem::{FieldError, Problem};
use crate::sheet::{self, Rows};
use crate::time::Day;

/// More people than any organisation has.
const COUNT_MAX: u64 = 100_000_000;

/// The part of a report that its form speaks of.
pub(super) struct Content {
    /// There is nothing to report.
    pub(super) zero: bool,
    /// How many people were asked.
    pub(super) asked: Option<u32>,
    /// Out of how many.
    pub(super) total: Option<u32>,
    /// The figures by the names of their fields.
    pub(super) figures: Option<Map<String, Value>>,
    /// The rows of a register.
    pub(super) rows: Option<Vec<Map<String, Value>>>,
    /// Rows of the unit's last report that are filed once more.
    pub(super) same: Vec<Taken>,
    /// The filer says that the people in the rows have agreed.
    pub(super) consent: bool,
    /// Which row of a spreadsheet each of them is, or the figures are; none where they came in no spreadsheet, and rows are
    /// counted from 1.
    pub(super) numbers: Vec<u32>,
    /// What the filer says of it, such as why it is late.
    pub(super) reason: Option<String>,
}

/// What a report says, by which it is the same as another or not; and the reason that its filer gives, which makes it
/// no other. A field that is null says as little as one that is left out.
pub(super) fn parts(content: &Value) -> (Value, Option<Value>) {
    let mut figures = content.clone();
    let reason = figures.as_object_mut().and_then(|all| all.remove("reason")).filter(|it| !it.is_null());
    if let Some(fields) = figures.get_mut("figures").and_then(Value::as_object_mut) {
        fields.retain(|_, value| !value.is_null());
    }
    for row in figures.get_mut("rows").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(cells) = row.as_object_mut() {
            cells.retain(|_, value| !value.is_null());
        }
    }
    (figures, reason)
}

impl Content {
    /// Takes what a spreadsheet says: the rows of a register, else the one row of figures.
    pub(super) fn take(&mut self, sheet: Rows, form: &Form, mistakes: &mut Mistakes) {
        let figures = form.columns.is_empty();
        mistakes.of_sheet(&sheet.mistakes, figures);
        self.numbers = sheet.numbers;
        if !figures {
            self.rows = Some(sheet.rows);
            return;
        }
        if sheet.rows.len() > 1 {
            mistakes.say(
                "/figures",
                "本表的各项数字应为表头下的一行",
                "expected one row of figures below the headings",
            );
        }
        self.figures = sheet.rows.into_iter().next();
    }

    /// What is sealed, and whether it is a zero; or every mistake in it.
    ///
    /// `mistakes` are those that were found around it.
    pub(super) fn checked(
        self,
        form: &Form,
        mut mistakes: Mistakes,
    ) -> Result<(Value, Option<Zero>), Problem> {
        let zero = self.zero(form, &mut mistakes);
        self.is_what_the_form_takes(form, zero.is_some(), &mut mistakes);
        if let Some(figures) = self.figures.as_ref().filter(|_| !form.fields.is_empty()) {
            members(
                ("/figures", self.numbers.first().copied()),
                &form.fields,
                figures,
                zero.is_some(),
                &mut mistakes,
            );
            if zero.is_some() {
                nothing_in(form, figures, &mut mistakes);
            }
            if mistakes.is_empty() {
                checks::hold(&self, form, figures, &mut mistakes);
            }
        }
        if let Some(rows) = self.rows.as_deref().filter(|_| !form.columns.is_empty()) {
            self.check_rows(form, rows, zero.is_some(), &mut mistakes);
        }
        if self.reason.as_ref().is_some_and(|reason| reason.chars().count() > TEXT_CHARS_MAX) {
            mistakes.say("/reason", "理由：最多 500 字", "reason: expected at most 500 characters");
        }
        if let Some(problem) = mistakes.problem() {
            return Err(problem);
        }
        let Self { asked, total, figures, mut rows, same, reason, .. } = self;
        if let Some(rows) = &mut rows {
            rows.extend(same.into_iter().map(|taken| taken.row));
        }
        let content = json!({
            "zero": zero.is_some(), "asked": asked, "total": total,
            "figures": figures, "rows": rows, "reason": reason,
        });
        Ok((content, zero))
    }

    /// How many people it speaks of, where the form says which figures add up to them: those, else the total it names.
    pub(super) fn people(&self, form: &Form) -> Option<u64> {
        if form.total.is_empty() {
            return None;
        }
        let figure = |name: &String| self.figures.as_ref()?.get(name)?.as_u64();
        let sum: Option<u64> = form.total.iter().map(figure).sum();
        sum.or_else(|| self.total.map(u64::from))
    }

    /// Figures for a form of figures, rows for a register, and one of them where it is no zero.
    fn is_what_the_form_takes(&self, form: &Form, zero: bool, mistakes: &mut Mistakes) {
        let register = form.fields.is_empty();
        match (&self.figures, &self.rows) {
            (None, None) if !zero && register => mistakes.say(
                "/rows",
                "应有登记的各行；没有可报的，请报 \"zero\": true",
                "expected the form's rows, or \"zero\": true where there is nothing to report",
            ),
            (None, None) if !zero => mistakes.say(
                "/figures",
                "应有本表的各项数字；没有可报的，请报 \"zero\": true",
                "expected the form's figures, or \"zero\": true where there is nothing to report",
            ),
            (Some(_), _) if register => mistakes.say(
                "/figures",
                "本表为登记表，应报各行，不报数字",
                "expected none: this form is a register and takes rows",
            ),
            (_, Some(_)) if form.columns.is_empty() => {
                mistakes.say("/rows", "本表应报数字，不报各行", "expected none: this form takes figures")
            }
            _ => {}
        }
    }

    fn check_rows(&self, form: &Form, rows: &[Map<String, Value>], zero: bool, mistakes: &mut Mistakes) {
        let all = rows.len() + self.same.len();
        if all > ROWS_MAX {
            mistakes.say("/rows", "最多 5000 行", "expected at most 5000 rows");
        }
        // Rows that are named and cannot be taken over have been told of.
        if all == 0 && !zero && mistakes.is_empty() {
            mistakes.say(
                "/rows",
                "至少应有一行；没有可报的，请报 zero=true",
                "expected at least one row, or \"zero\": true where there is nothing to report",
            );
        }
        if zero && all > 0 {
            mistakes.say(
                "/rows",
                "零报告没有可报的内容，不应有行",
                "expected none: a zero report has nothing to report",
            );
        }
        let counted = (1..).take(rows.len());
        let numbers: Vec<u32> =
            if self.numbers.len() == rows.len() { self.numbers.clone() } else { counted.collect() };
        for (index, (row, number)) in rows.iter().zip(numbers).enumerate().take(ROWS_MAX) {
            if mistakes.is_full() {
                break;
            }
            members((&format!("/rows/{index}"), Some(number)), &form.columns, row, false, mistakes);
        }
        for Taken { pointer, row } in &self.same {
            let mut own = Mistakes::default();
            members((pointer, None), &form.columns, row, false, &mut own);
            if !own.is_empty() {
                let en = "expected a row that is as the form asks by now: fill it in anew";
                mistakes.say(pointer, "这一行已不合本表现在的要求，请重新填写", en);
            }
        }
        if all > 0 && !self.consent {
            consent(form, mistakes);
        }
    }

    /// The zero that it says, with the numbers it stands on.
    fn zero(&self, form: &Form, mistakes: &mut Mistakes) -> Option<Zero> {
        if let (Some(asked), Some(total)) = (self.asked, self.total)
            && asked > total
        {
            mistakes.say("/asked", "已问人数不能多于总人数", "asked: expected at most as many as `total`");
        }
        if !self.zero {
            return None;
        }
        if !form.zero_allowed {
            let en = "expected a report with something in it: this form takes no zero report";
            mistakes.say("/zero", "本表不接受零报告", en);
        }
        let needs = |name: &str| form.zero_needs.iter().any(|needed| needed == name);
        let counts = [("asked", "已问人数", self.asked), ("total", "总人数", self.total)];
        for (name, zh, count) in counts {
            if needs(name) && count.is_none() {
                let en = "expected a number: a zero report says how many people were asked, out of how many";
                let zh = format!("{zh}：零报告应写明问了多少人、共多少人");
                mistakes.say(&format!("/{name}"), &zh, &format!("{name}: {en}"));
            }
        }
        for name in form.zero_needs.iter().filter(|name| !["asked", "total"].contains(&name.as_str())) {
            if !self.figures.as_ref().is_some_and(|figures| figures.contains_key(name)) {
                let field = form.fields.iter().find(|field| field.name == *name);
                let needed = labels("零报告应填写", "expected a value: a zero report of this form needs it");
                let says = field.map_or_else(|| needed.clone(), |field| at(None, &field.label, &needed));
                mistakes.note(FieldError::below("/figures", name), &says);
            }
        }
        Some(Zero { asked: self.asked, total: self.total })
    }
}

/// What the people in its rows must have agreed to, where the form asks.
fn consent(form: &Form, mistakes: &mut Mistakes) {
    let Some(agreed) = &form.consent else { return };
    let says = Labels {
        zh: format!("请先确认：{}", agreed.zh),
        en: format!("expected that the filer confirms: {}", agreed.en),
    };
    mistakes.note_as(Kind::ConsentNeeded, "/consent", &says);
}

/// How many people with a fever a report counts, where its form counts them; a zero that leaves it out says none.
pub(super) fn fevers(form: &Form, content: &Value, zero: Option<Zero>) -> Option<u32> {
    let count = content.get("figures").and_then(|figures| figures.get(form.fevers.as_ref()?)?.as_u64());
    let none = (zero.is_some() && form.fevers.is_some()).then_some(0);
    count.and_then(|count| u32::try_from(count).ok()).or(none)
}

/// The running totals that a report says.
pub(super) fn totals(form: &Form, content: &Value) -> BTreeMap<String, Number> {
    let figures = content.get("figures");
    let total = |field: &Field| match figures?.get(&field.name)? {
        Value::Number(total) => Some((field.name.clone(), total.clone())),
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => None,
    };
    form.fields.iter().filter(|field| field.cumulative).filter_map(total).collect()
}

/// A zero report with something in it is none; those who are simply there are nothing to report,
/// nor is a total of what was before.
fn nothing_in(form: &Form, figures: &Map<String, Value>, mistakes: &mut Mistakes) {
    let counts = |field: &&Field| form.is_none_in_a_zero(field);
    for field in form.fields.iter().filter(counts) {
        let value = figures.get(&field.name).and_then(Value::as_f64);
        if value.is_some_and(|number| number > 0.0) {
            let none = labels("零报告应为 0", "expected 0: a zero report has nothing to report");
            mistakes.note(FieldError::below("/figures", &field.name), &at(None, &field.label, &none));
        }
    }
}

/// Figures, or the row of this number, against their fields.
fn members(
    (pointer, row): (&str, Option<u32>),
    fields: &[Field],
    given: &Map<String, Value>,
    zero: bool,
    mistakes: &mut Mistakes,
) {
    for name in given.keys().filter(|name| !fields.iter().any(|field| field.name == **name)) {
        mistakes.say(&FieldError::below(pointer, name), "不是本表的字段", "expected a field of this form");
    }
    for field in fields {
        let value = given.get(&field.name).filter(|value| !value.is_null());
        let wrong = match value {
            None => field.required || (!zero && field.is_owed()),
            Some(value) if !fits(&field.takes, value) => true,
            Some(value) => field.required && value.as_str().is_some_and(|text| text.trim().is_empty()),
        };
        if wrong {
            let says = at(row, &field.label, &expected(&field.takes));
            mistakes.note(FieldError::below(pointer, &field.name), &says);
        }
    }
}

fn labels(zh: &str, en: &str) -> Labels {
    Labels { zh: zh.to_owned(), en: en.to_owned() }
}

/// What was expected, behind the name of the field and, in a register, the row.
fn at(row: Option<u32>, label: &Labels, expected: &Labels) -> Labels {
    let place = row.map_or_else(|| label.clone(), |row| sheet::place(row, label));
    Labels { zh: format!("{}：{}", place.zh, expected.zh), en: format!("{}: {}", place.en, expected.en) }
}

fn fits(takes: &Takes, value: &Value) -> bool {
    let text = value.as_str();
    match takes {
        Takes::Count => value.as_u64().is_some_and(|count| count <= COUNT_MAX),
        Takes::Number => value.is_number(),
        Takes::Text => text.is_some_and(|text| text.chars().count() <= TEXT_CHARS_MAX),
        Takes::Date => text.is_some_and(|text| text.parse::<Day>().is_ok()),
        Takes::Choice(options) => text.is_some_and(|text| options.iter().any(|option| option == text)),
    }
}

fn expected(takes: &Takes) -> Labels {
    match takes {
        Takes::Count => labels("应为不小于 0 的整数", "expected a whole number from 0"),
        Takes::Number => labels("应为数字", "expected a number"),
        Takes::Text => labels("应为不超过 500 字的文字", "expected a text of at most 500 characters"),
        Takes::Date => labels("应为日期，如 2026-11-23", "expected a date such as 2026-11-23"),
        Takes::Choice(options) => Labels {
            zh: format!("应为以下之一：{}", options.join("、")),
            en: format!("expected one of {}", options.join(", ")),
        },
    }
}
