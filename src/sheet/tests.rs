//! What people's files say as rows, and how each that says none is refused.

mod bombs;
mod csv;
mod round_trip;
mod xlsx;

use serde_json::json;

use super::{At, Kind, Refusal, read};
use crate::domain::form::{Field, Labels, Takes};

/// A column, its labels from `中文/English`.
fn column(name: &str, takes: Takes, labels: &str, required: bool) -> Field {
    let (zh, en) = labels.split_once('/').unwrap();
    let label = Labels { zh: zh.to_owned(), en: en.to_owned() };
    Field { name: name.to_owned(), takes, label, personal: false, required, cumulative: false }
}

/// A register of travels, as in the configuration that is shipped.
fn travels() -> Vec<Field> {
    let relations = ["本人", "子女"].map(str::to_owned).to_vec();
    vec![
        column("person", Takes::Text, "姓名/Name", true),
        column("relation", Takes::Choice(relations), "关系/Relation", true),
        column("left_on", Takes::Date, "出发日期/Left on", false),
        column("mobile", Takes::Text, "手机/Mobile", false),
        column("reading", Takes::Number, "体温/Reading", false),
    ]
}

/// Rows as `number {json}`, then mistakes as `at: says`; or why there are none.
fn told(kind: &Kind, bytes: &[u8], columns: &[Field]) -> String {
    let place = |at: &At| match at {
        At::Whole => "whole".to_owned(),
        At::Heading(heading) => format!("heading {heading}"),
        At::Row { index, column } => format!("row {index} {}", column.as_deref().unwrap_or("-")),
    };
    let lines: Vec<String> = match read(kind, bytes, columns) {
        Ok(read) => {
            let rows =
                read.numbers.iter().zip(&read.rows).map(|(number, row)| format!("{number} {}", json!(row)));
            let mistakes = read.mistakes.iter().map(|it| format!("{}: {}", place(&it.at), it.says));
            rows.chain(mistakes).collect()
        }
        Err(Refusal::Kind(says)) => vec![format!("another kind: {says}")],
        Err(Refusal::Damaged(says)) => vec![format!("damaged: {says}")],
        Err(Refusal::TooLarge(says)) => vec![format!("too large: {says}")],
        Err(Refusal::Shape(found)) => {
            found.iter().map(|it| format!("{}: {}", place(&it.at), it.says)).collect()
        }
    };
    lines.join("\n")
}
