//! The files as one tree of values, each knowing the file and the bytes it stands at.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::finding::Finding;
use super::syntax;

/// Where something stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file, by its index.
    pub file: usize,
    /// The first of its bytes.
    pub start: usize,
    /// The byte after its last.
    pub end: usize,
}

impl Place {
    pub(super) const fn new(file: usize, span: Range<usize>) -> Self {
        Self { file, start: span.start, end: span.end }
    }
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
    Moment(String),
    List(Vec<Node>),
    Table(Vec<Entry>),
}

impl Value {
    /// What it is, in words.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "a text",
            Self::Integer(_) => "a whole number",
            Self::Float(_) => "a number",
            Self::Bool(_) => "true or false",
            Self::Moment(_) => "a date or time",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }
}

/// How far what was read of a file can be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trust {
    /// It is TOML.
    Whole,
    /// Single lines were not, and are left out: the rest is what it says, and what is missed may stand in them.
    Lacking,
    /// It is not, and what was read of it is a guess.
    Guess,
}

/// Reads one file. Each line that is not TOML is a finding; what could be read of the rest is returned, so that ids
/// defined in it are known.
pub(super) fn read(file: usize, source: &str, findings: &mut Vec<Finding>) -> (Vec<Entry>, Trust) {
    let (table, errors) = DeTable::parse_recoverable(source);
    if errors.is_empty() {
        return (entries(file, table.get_ref()), Trust::Whole);
    }
    findings.extend(syntax::findings(file, source, &errors));
    if let Some(rest) = syntax::without_broken_lines(source, &errors)
        && let Ok(table) = DeTable::parse(&rest)
    {
        return (entries(file, table.get_ref()), Trust::Lacking);
    }
    (entries(file, table.get_ref()), Trust::Guess)
}

fn entries(file: usize, table: &DeTable<'_>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = table
        .iter()
        .map(|(key, value)| Entry {
            key: key.get_ref().to_string(),
            place: Place::new(file, key.span()),
            node: node(file, value),
        })
        .collect();
    entries.sort_by_key(|entry| entry.place.start);
    entries
}

fn node(file: usize, value: &toml::Spanned<DeValue<'_>>) -> Node {
    Node { place: Place::new(file, value.span()), value: convert(file, value.get_ref()) }
}

fn convert(file: usize, value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        // A number too large for its type is out of every range that is asked for.
        DeValue::Integer(number) => {
            Value::Integer(i64::from_str_radix(number.as_str(), number.radix()).unwrap_or(i64::MAX))
        }
        DeValue::Float(number) => Value::Float(number.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(value) => Value::Bool(*value),
        DeValue::Datetime(instant) => Value::Moment(instant.to_string()),
        DeValue::Array(list) => Value::List(list.iter().map(|item| node(file, item)).collect()),
        DeValue::Table(table) => Value::Table(entries(file, table)),
    }
}

/// Joins the files: arrays of tables are joined in order of file name; a table or key in two files is a mistake.
pub(super) fn join(files: Vec<Vec<Entry>>, findings: &mut Vec<Finding>) -> Vec<Entry> {
    let mut joined: Vec<Entry> = Vec::new();
    for entry in files.into_iter().flatten() {
        match joined.iter_mut().find(|known| known.key == entry.key) {
            None => joined.push(entry),
            Some(known) => join_entry(known, entry, findings),
        }
    }
    joined
}

fn join_entry(known: &mut Entry, entry: Entry, findings: &mut Vec<Finding>) {
    match (&mut known.node.value, entry.node.value) {
        (Value::List(ours), Value::List(more)) => ours.extend(more),
        // `[[triage.cluster]]` may stand in another file than `[triage]`; nothing else of a table may.
        (Value::Table(ours), Value::Table(more))
            if more.iter().all(|theirs| is_tables(&theirs.node.value)) =>
        {
            for theirs in more {
                match ours.iter_mut().find(|mine| mine.key == theirs.key) {
                    None => ours.push(theirs),
                    Some(mine) => match (&mut mine.node.value, theirs.node.value) {
                        (Value::List(mine), Value::List(list)) => mine.extend(list),
                        _ => findings.push(twice(&theirs.place, &theirs.key, &mine.place)),
                    },
                }
            }
        }
        _ => findings.push(twice(&entry.place, &entry.key, &known.place)),
    }
}

fn is_tables(value: &Value) -> bool {
    match value {
        Value::List(list) => {
            !list.is_empty() && list.iter().all(|node| matches!(node.value, Value::Table(_)))
        }
        Value::Text(_)
        | Value::Integer(_)
        | Value::Float(_)
        | Value::Bool(_)
        | Value::Moment(_)
        | Value::Table(_) => false,
    }
}

fn twice(place: &Place, key: &str, first: &Place) -> Finding {
    Finding::mistake(place, key, "stands in two files")
        .related(first, "it stands here as well")
        .help("keep it in one file: only arrays of tables ([[…]]) are joined over files")
}
