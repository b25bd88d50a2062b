//! What was typed on the page of a form, as a report: by fields, or with a spreadsheet beside them.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{FromRef as _, FromRequest as _, Request};
use multer::{Constraints, Multipart, SizeLimit};
use serde_json::{Map, Number, Value};
use sha2::{Digest as _, Sha256};

use super::both;
use crate::domain::form::{Field, Form, Takes};
use crate::domain::names::ReportId;
use crate::domain::slot::SlotId;
use crate::http::answer::{form_of, narrow};
use crate::http::body::{BodyLimit, Door, Received, content_type, essence};
use crate::http::context::Context;
use crate::http::problem::{FieldError, Problem};
use crate::http::reports::{Filed, Filing, SameAsBefore};
use crate::sheet::Kind;
use crate::time::Timestamp;

/// So many rows of a register have room on a page; more of them come in a spreadsheet.
pub(super) const ROWS_MAX: usize = 40;
/// What the name of a tick at a row of the last report begins with.
const TICK: &str = "same.";
/// A page's form has no more fields than this.
const PARTS_MAX: usize = 1_000;
/// Of them so many are cells of rows.
const CELLS_MAX: usize = PARTS_MAX - 100;
/// A part that is no spreadsheet has no more bytes than this.
const PART_BYTES_MAX: usize = 8 << 10;

/// What was sent: the fields by their names, and the spreadsheet.
#[derive(Default)]
pub(super) struct Typed {
    fields: BTreeMap<String, String>,
    sheet: Option<(Kind, Bytes)>,
}

/// The report that was typed, and what cannot be a report at all.
pub(super) struct Report {
    pub(super) filing: Filing,
    pub(super) errors: Vec<FieldError>,
}

impl Typed {
    /// Reads the whole of it.
    pub(super) async fn read(request: Request, context: &Context) -> Result<(Self, Received), Problem> {
        let named = content_type(request.headers()).unwrap_or_default().to_owned();
        if essence(&named) == "multipart/form-data" {
            let boundary = multer::parse_boundary(&named).map_err(|_error| Problem::malformed())?;
            let door = Door::from_ref(context);
            let read = tokio::time::timeout(door.body_within, Self::parts(request, boundary)).await;
            let typed = read.map_err(|_elapsed| Problem::too_slow())??;
            let bytes = typed.sheet.as_ref().map(|(_, bytes)| bytes.clone()).unwrap_or_default();
            return Ok((typed, Received { bytes, reading: door.clock.read() }));
        }
        let headers = request.headers().clone();
        let received = Received::from_request(request, context).await?;
        let fields: Vec<(String, String)> = form_of(&headers, &received)?;
        if fields.len() > PARTS_MAX {
            return Err(Problem::malformed());
        }
        Ok((Self { fields: fields.into_iter().collect(), sheet: None }, received))
    }

    async fn parts(request: Request, boundary: String) -> Result<Self, Problem> {
        let large = u64::try_from(BodyLimit::LARGE.bytes_max).unwrap_or(u64::MAX);
        let bounds = Constraints::new().size_limit(SizeLimit::new().whole_stream(large));
        let mut parts = Multipart::with_constraints(request.into_body().into_data_stream(), boundary, bounds);
        let mut typed = Self::default();
        for _ in 0..PARTS_MAX {
            let Some(mut part) = parts.next_field().await.map_err(|error| refusal(&error))? else {
                return Ok(typed);
            };
            let name = part.name().unwrap_or_default().to_owned();
            let is_sheet = name == "sheet";
            let mut bytes = Vec::new();
            while let Some(chunk) = part.chunk().await.map_err(|error| refusal(&error))? {
                bytes.extend_from_slice(&chunk);
                if !is_sheet && bytes.len() > PART_BYTES_MAX {
                    return Err(Problem::too_large(PART_BYTES_MAX));
                }
            }
            if is_sheet {
                let kind = if bytes.starts_with(b"PK") { Kind::Xlsx } else { Kind::Csv { charset: None } };
                typed.sheet = Some((kind, bytes.into()));
            } else {
                typed.fields.insert(name, String::from_utf8_lossy(&bytes).into_owned());
            }
        }
        Err(Problem::malformed())
    }

    /// Why a page cannot show all that a report says to whoever filed it or not: what its fields then send would leave the
    /// rest out, and nobody would have said so.
    pub(super) fn hides(content: &Value, form: &Form, is_own: bool) -> Option<Value> {
        let rows = content["rows"].as_array().map_or(0, Vec::len);
        let figure = |field: &Field| content.get("figures").and_then(|figures| figures.get(&field.name));
        let is_hidden = |field: &Field| is_withheld(field) && figure(field).is_some_and(|it| !it.is_null());
        if !is_own && (rows > 0 || form.fields.iter().any(is_hidden)) {
            return Some(both(
                "已报的内容是他人填写的，其中的文字和人员本页不显示给您，所以不能在本页逐项更正。",
                "Somebody else filed this, and what they wrote and whom they named is not shown to you: it cannot be corrected here field by field.",
            ));
        }
        let fits = rows <= ROWS_MAX && rows * form.columns.len() <= CELLS_MAX;
        (!fits).then(|| {
            both(
                format!("已报 {rows} 行，本页放不下，所以不能在本页逐行更正。"),
                format!("{rows} rows were filed, more than there is room for: they cannot be corrected here row by row."),
            )
        })
    }

    /// What a report that was filed says, as it would have been typed. What somebody wrote, or what names people, is shown
    /// again to nobody but them.
    pub(super) fn of(content: &Value, form: &Form, is_own: bool) -> Self {
        let mut fields = BTreeMap::new();
        let text = |value: &Value| match value {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
        };
        for name in ["zero", "asked", "total"] {
            fields.insert(name.to_owned(), content.get(name).map(text).unwrap_or_default());
        }
        for field in form.fields.iter().filter(|it| is_own || !is_withheld(it)) {
            fields.insert(
                format!("f.{}", field.name),
                content
                    .get("figures")
                    .and_then(|figures| figures.get(&field.name))
                    .map(text)
                    .unwrap_or_default(),
            );
        }
        let rows = content["rows"].as_array().filter(|_| is_own).into_iter().flatten();
        for (index, row) in rows.enumerate().take(ROWS_MAX) {
            for column in &form.columns {
                fields.insert(
                    format!("r.{index}.{}", column.name),
                    row.get(&column.name).map(text).unwrap_or_default(),
                );
            }
        }
        Self { fields, sheet: None }
    }

    pub(super) const fn has_sheet(&self) -> bool {
        self.sheet.is_some()
    }

    /// One field as it was typed; empty where it was not.
    pub(super) fn get(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    /// Sets a field that the page carries along.
    pub(super) fn set(&mut self, name: &str, value: String) {
        self.fields.insert(name.to_owned(), value);
    }

    /// That it was sent at an instant and not taken, where that is the first time: whoever sends it again can say so. What is
    /// taken at once had no try before, and rows or a reason are no report.
    pub(super) fn was_tried(&mut self, at: Timestamp) {
        if !matches!(self.get("act"), "more" | "reason") && self.get("tried").is_empty() {
            self.set("tried", at.to_string());
        }
    }

    /// Every field, to be sent once more.
    pub(super) fn all(&self) -> impl Iterator<Item = (&String, &String)> {
        self.fields.iter()
    }

    /// How many rows of the page have something in them, counted to the last.
    pub(super) fn rows(&self, form: &Form) -> usize {
        let has = |index: &usize| {
            form.columns
                .iter()
                .any(|column| !self.get(&format!("r.{index}.{}", column.name)).trim().is_empty())
        };
        (0..ROWS_MAX).rev().find(has).map_or(0, |last| last + 1)
    }

    /// Moves the rows up that have something in them: each is then the row of the report that has its number.
    pub(super) fn close_ranks(&mut self, form: &Form) {
        let mut last = 0;
        for index in 0..self.rows(form) {
            let names = |row: usize| form.columns.iter().map(move |it| format!("r.{row}.{}", it.name));
            let row: Vec<String> =
                names(index).map(|name| self.fields.remove(&name).unwrap_or_default()).collect();
            if row.iter().any(|text| !text.trim().is_empty()) {
                self.fields.extend(names(last).zip(row));
                last += 1;
            }
        }
    }

    /// What makes the same request: the page that was shown, and what was typed on it. The same page with something else
    /// is a correction.
    pub(super) fn key(&self) -> Option<String> {
        let page = self.get("key");
        if page.is_empty() || page.len() > 64 {
            return None;
        }
        let mut hash = Sha256::new();
        let along = ["key", "token", "opened", "tried"];
        for (name, value) in self.fields.iter().filter(|(name, _)| !along.contains(&name.as_str())) {
            for part in [name, value] {
                hash.update(part.len().to_be_bytes());
                hash.update(part.as_bytes());
            }
        }
        hash.update(self.sheet.as_ref().map_or(&b""[..], |(_, bytes)| bytes));
        Some(format!("page {page} {}", hex::encode(hash.finalize())))
    }

    /// The field by which a row of a report is confirmed.
    pub(super) fn tick(report: &ReportId, number: u32) -> String {
        format!("{TICK}{report}.{number}")
    }

    /// The rows that were ticked, each by itself; a mistake where they are not of one report.
    fn same(&self, errors: &mut Vec<FieldError>) -> Option<SameAsBefore> {
        let ticked = self.fields.iter().filter(|(_, value)| *value == "true");
        let ticked = ticked.filter_map(|(name, _)| name.strip_prefix(TICK)?.rsplit_once('.'));
        let mut same: Option<SameAsBefore> = None;
        for (report, number) in ticked {
            let same =
                same.get_or_insert_with(|| SameAsBefore { report: report.to_owned(), rows: Vec::new() });
            match number.parse() {
                Ok(number) if same.report == report => same.rows.push(number),
                Ok(_) | Err(_) => {
                    let says =
                        "勾选的各行不在同一份报告中，请重新核对 / expected ticks of one report: look again";
                    errors.push(FieldError::new("/same_as_before", says));
                    break;
                }
            }
        }
        if let Some(same) = &mut same {
            same.rows.sort_unstable();
        }
        same
    }

    /// The report of a slot that was typed.
    pub(super) fn report(&self, slot: &SlotId, form: &Form) -> Report {
        let mut errors = Vec::new();
        let mut count = |name: &str| {
            let text = tidy(self.get(name));
            let count = text.parse().ok();
            if count.is_none() && !text.is_empty() {
                let says = "应为不小于 0 的整数 / expected a whole number from 0";
                errors.push(FieldError::new(format!("/{name}"), says));
            }
            count
        };
        let (asked, total) = (count("asked"), count("total"));
        let figures: Map<String, Value> = form
            .fields
            .iter()
            .filter_map(|field| {
                Some((field.name.clone(), value(field, self.get(&format!("f.{}", field.name)))?))
            })
            .collect();
        let rows = (0..self.rows(form)).map(|index| {
            let cell = |column: &Field| value(column, self.get(&format!("r.{index}.{}", column.name)));
            form.columns.iter().filter_map(|it| Some((it.name.clone(), cell(it)?))).collect()
        });
        let rows: Vec<Map<String, Value>> = rows.collect();
        let zero = self.get("zero") == "true";
        // A spreadsheet brings every row.
        let same = self.same(&mut errors).filter(|_| self.sheet.is_none());
        let nothing = figures.is_empty() && rows.is_empty() && same.is_none() && self.sheet.is_none();
        if form.zero_allowed && self.get("zero").is_empty() && nothing {
            let says = "请先选“有”或“没有” / choose whether there is anything to report";
            errors.push(FieldError::new("/zero", says));
        }
        let (register, sheet) = (form.fields.is_empty(), self.sheet.is_some());
        let reason = Some(self.get("reason").trim()).filter(|reason| !reason.is_empty());
        let said = |name: &str| Some(self.get(name).to_owned()).filter(|text| !text.is_empty());
        let filing = Filing {
            unit: slot.unit.to_string(),
            form: slot.period.form.to_string(),
            day: Some(slot.period.day.to_string()),
            number: Some(slot.period.number),
            by: None,
            zero,
            asked,
            total,
            // A zero report that says nothing else brings none.
            figures: Some(figures).filter(|it| !register && !sheet && (!zero || !it.is_empty())),
            rows: Some(rows).filter(|it| register && !sheet && (!zero || !it.is_empty())),
            same_as_before: same,
            consent: self.get("consent") == "true",
            reason: reason.map(ToOwned::to_owned),
            stands: self.get("stands") == "true",
            over: self.get("over").parse().ok(),
            opened: said("opened"),
            tried: said("tried"),
        };
        Report { filing, errors }
    }

    /// The report as it goes to the engine.
    pub(super) fn filed(&self, filing: Filing, received: Received) -> Filed {
        Filed { filing, received, sheet: self.sheet.as_ref().map(|(kind, _)| kind.clone()) }
    }
}

/// Whether what a field says is read by nobody but who said it, and those who need it.
fn is_withheld(field: &Field) -> bool {
    field.personal || field.takes == Takes::Text
}

/// What a tired person types, in plain characters.
fn tidy(text: &str) -> String {
    text.trim().chars().map(narrow).collect()
}

/// What was typed in a field; what does not fit stays as it is, so that the form says so.
fn value(field: &Field, text: &str) -> Option<Value> {
    let tidied = tidy(text);
    if tidied.is_empty() {
        return None;
    }
    let number = match field.takes {
        Takes::Count => tidied.parse::<u64>().ok().map(Number::from),
        Takes::Number => {
            let whole = tidied.parse::<i64>().ok().map(Number::from);
            whole.or_else(|| Number::from_f64(tidied.parse().ok()?))
        }
        Takes::Date => return Some(Value::String(tidied)),
        Takes::Text | Takes::Choice(_) => return Some(Value::String(text.trim().to_owned())),
    };
    Some(number.map_or(Value::String(tidied), Value::Number))
}

fn refusal(error: &multer::Error) -> Problem {
    if matches!(error, multer::Error::StreamSizeExceeded { .. }) {
        return Problem::too_large(BodyLimit::LARGE.bytes_max);
    }
    Problem::malformed()
}
