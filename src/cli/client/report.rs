//! `watchfire report`: files a unit's report, or a correction of it.

use std::path::{Path, PathBuf};

use clap::Args;
use reqwest::Url;
use serde_json::{Map, Number, Value, json};

use super::{Body, Daemon, nobody_we_know, read};
use crate::cli::{Failure, say, say_error};

const CSV: &str = "text/csv";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// A report takes no more than the door does.
const SHEET_MAX: u64 = 8 << 20;

/// A report.
#[derive(Debug, Args)]
pub(crate) struct Report {
    #[command(flatten)]
    daemon: Daemon,
    /// The unit that reports.
    #[arg(long)]
    unit: String,
    /// The form.
    #[arg(long)]
    form: String,
    /// For which day; without it for the oldest slot that is still awaited, else for the next.
    #[arg(long, value_name = "YYYY-MM-DD")]
    day: Option<String>,
    /// Which slot of the day, from 1.
    #[arg(long, requires = "day")]
    number: Option<u32>,
    /// The id of the person who reports, where the token is that of a program.
    #[arg(long, value_name = "PERSON")]
    by: Option<String>,
    /// A figure, such as `on_duty=23`; may be given several times.
    #[arg(long = "figure", value_name = "NAME=VALUE", conflicts_with = "file")]
    figures: Vec<String>,
    /// The rows of a register, or the figures as one row: .csv or .xlsx with the headings of the form's template.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// There is nothing to report.
    #[arg(long)]
    zero: bool,
    /// How many people were asked.
    #[arg(long, value_name = "PEOPLE")]
    asked: Option<u32>,
    /// Out of how many.
    #[arg(long, value_name = "PEOPLE")]
    total: Option<u32>,
    /// The people in the rows have agreed to what the form says of it.
    #[arg(long, requires = "file")]
    consent: bool,
    /// Why it is late, or says otherwise than what is known.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// It is right although what is known says otherwise; needs a reason.
    #[arg(long, requires = "reason")]
    stands: bool,
    /// Under the same key a repeated call files nothing twice.
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
}

/// Files it, and says how the slot stands.
pub(crate) fn report(call: &Report) -> Result<(), Failure> {
    let key = call.key.as_deref();
    let answer = match &call.file {
        None => call.daemon.call("/v1/reports", Some(Body::json(&call.body()?).with_key(key)))?,
        Some(file) => {
            let (kind, sheet) = sheet(file)?;
            let body = Body { kind, bytes: sheet, key };
            call.daemon.call(&call.query()?, Some(body))?
        }
    };
    let told = read(&call.daemon, &answer)?;
    let word = |key: &str| told.get(key).and_then(Value::as_str);
    let Some((slot, standing)) = word("slot").zip(word("standing")) else {
        return Err(nobody_we_know(&call.daemon));
    };
    if told.get("duplicate") == Some(&Value::Bool(true)) {
        say_error(&format!("the same report of {slot} came before: nothing was filed anew"));
    }
    if standing == "late" {
        let seconds = told.get("late_by_s").and_then(Value::as_u64).unwrap_or_default();
        say_error(&format!("{slot} is late by {seconds} s; a reason can be added: --reason"));
    }
    say(&told.to_string())
}

impl Report {
    /// What both ways of sending say under the same names.
    fn members(&self) -> Vec<(&'static str, Value)> {
        let text = |it: &Option<String>| it.as_ref().map(|text| json!(text));
        let number = |it: Option<u32>| it.map(|number| json!(number));
        let flag = |it: bool| it.then_some(Value::Bool(true));
        [
            ("unit", Some(json!(self.unit))),
            ("form", Some(json!(self.form))),
            ("day", text(&self.day)),
            ("number", number(self.number)),
            ("by", text(&self.by)),
            ("zero", flag(self.zero)),
            ("asked", number(self.asked)),
            ("total", number(self.total)),
            ("consent", flag(self.consent)),
            ("reason", text(&self.reason)),
            ("stands", flag(self.stands)),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
    }

    fn body(&self) -> Result<Value, Failure> {
        let mut body: Map<String, Value> =
            self.members().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let mut figures = Map::new();
        for given in &self.figures {
            let (name, value) = figure(given)?;
            if figures.insert(name.to_owned(), value).is_some() {
                return Err(Failure::Call(format!("--figure {name} is given twice")));
            }
        }
        if !figures.is_empty() {
            body.insert("figures".to_owned(), Value::Object(figures));
        }
        Ok(Value::Object(body))
    }

    /// Beside a spreadsheet the rest stands in the query.
    fn query(&self) -> Result<String, Failure> {
        let members = self.members().into_iter().map(|(name, value)| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            (name, text)
        });
        let url = Url::parse_with_params("http://localhost/v1/reports", members);
        let url = url.map_err(|error| Failure::Work(error.to_string()))?;
        Ok(format!("{}?{}", url.path(), url.query().unwrap_or_default()))
    }
}

/// A figure as it is given: a number where it is one, else a text or a date.
fn figure(given: &str) -> Result<(&str, Value), Failure> {
    let named = given.split_once('=').filter(|(name, _)| !name.trim().is_empty());
    let (name, value) = named
        .ok_or_else(|| Failure::Call(format!("--figure {given}: expected NAME=VALUE, such as on_duty=23")))?;
    let (name, value) = (name.trim(), value.trim());
    let whole = value.parse::<i64>().ok().map(Number::from);
    let number = whole.or_else(|| value.parse::<f64>().ok().and_then(Number::from_f64));
    Ok((name, number.map_or_else(|| json!(value), Value::Number)))
}

/// A spreadsheet, and what it is by its name.
fn sheet(file: &Path) -> Result<(&'static str, Vec<u8>), Failure> {
    let named = file.display();
    let extension = file.extension().and_then(|it| it.to_str()).map(str::to_ascii_lowercase);
    let kind = match extension.as_deref() {
        Some("csv") => CSV,
        Some("xlsx") => XLSX,
        _ => {
            return Err(Failure::Call(format!("--file {named}: expected a file that ends in .csv or .xlsx")));
        }
    };
    let unread =
        |error: std::io::Error| Failure::Call(format!("--file {named} cannot be read ({})", error.kind()));
    if std::fs::metadata(file).map_err(unread)?.len() > SHEET_MAX {
        return Err(Failure::Call(format!("--file {named}: expected at most 8 MiB")));
    }
    Ok((kind, std::fs::read(file).map_err(unread)?))
}
