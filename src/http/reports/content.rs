//! What a report says, held against its form: every mistake at once, each with the field it is in.

use serde_json::{Map, Value, json};

use crate::domain::form::{Field, Form, Takes};
use crate::domain::slot::Zero;
use crate::http::problem::{FieldError, Problem};
use crate::time::Day;

/// A register has at most so many rows.
const ROWS_MAX: usize = 5_000;
/// A text has at most so many characters.
const TEXT_CHARS_MAX: usize = 500;
/// More people than any organisation has.
const COUNT_MAX: u64 = 100_000_000;
/// So many mistakes are told of one report.
const MISTAKES_MAX: usize = 50;

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
    /// What the filer says of it, such as why it is late.
    pub(super) reason: Option<String>,
}

impl Content {
    /// What is sealed, and whether it is a zero; or every mistake in it.
    ///
    /// `mistakes` are those that were found around it.
    pub(super) fn checked(
        self,
        form: &Form,
        mut mistakes: Vec<FieldError>,
    ) -> Result<(Value, Option<Zero>), Problem> {
        let figures = self.figures.as_ref();
        let rows = self.rows.as_deref();
        let zero = self.zero(form, &mut mistakes);
        match (figures, rows) {
            (None, None) if zero.is_none() => {
                let (pointer, what) = if form.columns.is_empty() {
                    (
                        "/figures",
                        "expected the form's figures, or \"zero\": true where there is nothing to report",
                    )
                } else {
                    ("/rows", "expected the form's rows, or \"zero\": true where there is nothing to report")
                };
                mistakes.push(FieldError::new(pointer, what));
            }
            (Some(_), _) if form.fields.is_empty() => {
                mistakes.push(FieldError::new(
                    "/figures",
                    "expected none: this form is a register and takes rows",
                ));
            }
            (_, Some(_)) if form.columns.is_empty() => {
                mistakes.push(FieldError::new("/rows", "expected none: this form takes figures"));
            }
            _ => {}
        }
        if let Some(figures) = figures.filter(|_| !form.fields.is_empty()) {
            members("/figures", &form.fields, figures, zero.is_some(), &mut mistakes);
            if zero.is_some() {
                nothing_in(form, figures, &mut mistakes);
            }
            if mistakes.is_empty() {
                self.hold_checks(form, figures, &mut mistakes);
            }
        }
        if let Some(rows) = rows.filter(|_| !form.columns.is_empty()) {
            if rows.len() > ROWS_MAX {
                mistakes.push(FieldError::new("/rows", "expected at most 5000 rows"));
            }
            if rows.is_empty() && zero.is_none() {
                let detail = "expected at least one row, or \"zero\": true where there is nothing to report";
                mistakes.push(FieldError::new("/rows", detail));
            }
            if zero.is_some() && !rows.is_empty() {
                mistakes.push(FieldError::new("/rows", "expected none: a zero report has nothing to report"));
            }
            for (index, row) in rows.iter().take(ROWS_MAX).enumerate() {
                members(&format!("/rows/{index}"), &form.columns, row, false, &mut mistakes);
            }
        }
        if self.reason.as_ref().is_some_and(|reason| reason.chars().count() > TEXT_CHARS_MAX) {
            mistakes.push(FieldError::new("/reason", "expected at most 500 characters"));
        }
        if !mistakes.is_empty() {
            mistakes.truncate(MISTAKES_MAX);
            return Err(Problem::invalid(mistakes));
        }
        let Self { asked, total, figures, rows, reason, .. } = self;
        let content = json!({
            "zero": zero.is_some(), "asked": asked, "total": total,
            "figures": figures, "rows": rows, "reason": reason,
        });
        Ok((content, zero))
    }

    /// The zero that it says, with the numbers it stands on.
    fn zero(&self, form: &Form, mistakes: &mut Vec<FieldError>) -> Option<Zero> {
        if let (Some(asked), Some(total)) = (self.asked, self.total)
            && asked > total
        {
            mistakes.push(FieldError::new("/asked", "expected at most as many as `total`"));
        }
        if !self.zero {
            return None;
        }
        if !form.zero_allowed {
            mistakes.push(FieldError::new("/zero", "expected figures: this form takes no zero report"));
        }
        let needs = |name: &str| form.zero_needs.iter().any(|needed| needed == name);
        for (name, there) in [("asked", self.asked.is_some()), ("total", self.total.is_some())] {
            if needs(name) && !there {
                let detail =
                    "expected a number: a zero report says how many people were asked, out of how many";
                mistakes.push(FieldError::new(format!("/{name}"), detail));
            }
        }
        for name in form.zero_needs.iter().filter(|name| !["asked", "total"].contains(&name.as_str())) {
            if !self.figures.as_ref().is_some_and(|figures| figures.contains_key(name)) {
                let pointer = FieldError::below("/figures", name);
                mistakes
                    .push(FieldError::new(pointer, "expected a value: a zero report of this form needs it"));
            }
        }
        Some(Zero { asked: self.asked, total: self.total })
    }

    /// What must hold between the figures; what does not is said in both languages.
    fn hold_checks(&self, form: &Form, figures: &Map<String, Value>, mistakes: &mut Vec<FieldError>) {
        let mut values = figures.clone();
        // A zero report that leaves a count out says that it is none.
        for field in form.fields.iter().filter(|field| matches!(field.takes, Takes::Count | Takes::Number)) {
            values.entry(field.name.clone()).or_insert(json!(0));
        }
        values.insert("asked".to_owned(), json!(self.asked));
        values.insert("total".to_owned(), json!(self.total));
        let environment = minijinja::Environment::new();
        for check in &form.checks {
            let Ok(rule) = environment.compile_expression(&check.rule) else { continue };
            let holds = rule.eval(minijinja::value::Serde(&values)).is_ok_and(|value| value.is_true());
            if holds {
                continue;
            }
            let named = rule.undeclared_variables(false);
            let first = form.fields.iter().map(|field| &field.name).find(|name| named.contains(*name));
            let pointer =
                first.map_or_else(|| "/figures".to_owned(), |name| FieldError::below("/figures", name));
            let detail = format!("{} / {}", check.otherwise.zh, check.otherwise.en);
            mistakes.push(FieldError::new(pointer, detail));
        }
    }
}

/// A zero report with something in it is none; those who are simply there are nothing to report.
fn nothing_in(form: &Form, figures: &Map<String, Value>, mistakes: &mut Vec<FieldError>) {
    for (name, value) in figures.iter().filter(|(name, _)| !form.zero_ignores.contains(*name)) {
        if value.as_f64().is_some_and(|number| number > 0.0) {
            let pointer = FieldError::below("/figures", name);
            mistakes.push(FieldError::new(pointer, "expected 0: a zero report has nothing to report"));
        }
    }
}

fn members(
    at: &str,
    fields: &[Field],
    given: &Map<String, Value>,
    zero: bool,
    mistakes: &mut Vec<FieldError>,
) {
    for name in given.keys().filter(|name| !fields.iter().any(|field| field.name == **name)) {
        mistakes.push(FieldError::new(FieldError::below(at, name), "expected a field of this form"));
    }
    for field in fields {
        let value = given.get(&field.name).filter(|value| !value.is_null());
        let pointer = FieldError::below(at, &field.name);
        match value {
            // A count that is left out is no zero: what was not counted is not known.
            None => {
                if field.required || (!zero && field.takes == Takes::Count) {
                    mistakes.push(FieldError::new(pointer, expected(&field.takes)));
                }
            }
            Some(value) if !fits(&field.takes, value) => {
                mistakes.push(FieldError::new(pointer, expected(&field.takes)));
            }
            Some(value) if field.required && value.as_str().is_some_and(|text| text.trim().is_empty()) => {
                mistakes.push(FieldError::new(pointer, expected(&field.takes)));
            }
            Some(_) => {}
        }
    }
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

fn expected(takes: &Takes) -> String {
    match takes {
        Takes::Count => "expected a whole number from 0".to_owned(),
        Takes::Number => "expected a number".to_owned(),
        Takes::Text => "expected a text of at most 500 characters".to_owned(),
        Takes::Date => "expected a date such as 2026-11-23".to_owned(),
        Takes::Choice(options) => format!("expected one of {}", options.join(", ")),
    }
}
