//! The files as one tree of values, each knowing the file and the bytes it stands at.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::finding::Finding;

/// Where something stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file, by its index.
    pub file: usize,
    /// The bytes in it.
    pub span: Range<usize>,
}

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) value: Value,
}

/// A key, where it stands, and its value.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) place: Place,
    pub(super) node: Node,
}

/// What TOML can say.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Text(String),
    Integer(i64),
    Float(f64),
    Bool(bool),
    List(Vec<Node>),
    Table(Vec<Entry>),
}

/// Reads one file; what cannot be read is a finding, and the rest is used all the same.
pub(super) fn read(file: usize, source: &str, findings: &mut Vec<Finding>) -> Vec<Entry> {
    let (table, errors) = DeTable::parse_recoverable(source);
    for error in errors {
        let span = error.span().unwrap_or_else(|| 0..source.len().min(1));
        let place = Place { file, span };
        findings.push(Finding::mistake(&place, "", format!("this is not TOML: {}", error.message())));
    }
    let mut entries = entries(file, table.get_ref());
    entries.sort_by_key(|entry| entry.place.span.start);
    entries
}

fn entries(file: usize, table: &DeTable<'_>) -> Vec<Entry> {
    let entry =
        |(key, value): (&toml::Spanned<std::borrow::Cow<'_, str>>, &toml::Spanned<DeValue<'_>>)| Entry {
            key: key.get_ref().to_string(),
            place: Place { file, span: key.span() },
            node: Node { place: Place { file, span: value.span() }, value: convert(file, value.get_ref()) },
        };
    table.iter().map(entry).collect()
}

fn convert(file: usize, value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => {
            Value::Integer(i64::from_str_radix(number.as_str(), number.radix()).unwrap_or(i64::MAX))
        }
        DeValue::Float(number) => Value::Float(number.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(value) => Value::Bool(*value),
        DeValue::Datetime(instant) => Value::Text(instant.to_string()),
        DeValue::Array(list) => Value::List(
            list.iter()
                .map(|item| Node {
                    place: Place { file, span: item.span() },
                    value: convert(file, item.get_ref()),
                })
                .collect(),
        ),
        DeValue::Table(table) => Value::Table(entries(file, table)),
    }
}

/// Joins the files: arrays of tables are joined in order of file name; a table or key in two files is a mistake.
pub(super) fn join(files: Vec<Vec<Entry>>, findings: &mut Vec<Finding>) -> Vec<Entry> {
    let mut joined: Vec<Entry> = Vec::new();
    for entry in files.into_iter().flatten() {
        let Some(known) = joined.iter_mut().find(|known| known.key == entry.key) else {
            joined.push(entry);
            continue;
        };
        match (&mut known.node.value, entry.node.value) {
            (Value::List(ours), Value::List(more)) => ours.extend(more),
            (Value::Table(ours), Value::Table(more))
                if more.iter().all(|theirs| matches!(theirs.node.value, Value::List(_))) =>
            {
                // `[[triage.cluster]]` in a file of its own.
                for theirs in more {
                    match ours.iter_mut().find(|mine| mine.key == theirs.key) {
                        Some(Entry { node: Node { value: Value::List(mine), .. }, .. }) => {
                            if let Value::List(list) = theirs.node.value {
                                mine.extend(list);
                            }
                        }
                        Some(_) => findings.push(twice(&theirs.place, &theirs.key)),
                        None => ours.push(theirs),
                    }
                }
            }
            _ => findings.push(twice(&entry.place, &entry.key)),
        }
    }
    joined
}

fn twice(place: &Place, key: &str) -> Finding {
    Finding::mistake(place, key, format!("`{key}` stands in another file as well"))
        .help("keep it in one file; only arrays of tables ([[…]]) are joined over files")
}
