//! A reader for one table: takes keys by type, tells every mistake, and tells what nobody asked for.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::str::FromStr;
use std::time::Duration;

use super::finding::Finding;
use super::node::{Entry, Node, Place, Value};
use super::report::{At, Report};
use super::words::{did_you_mean, is_id, naming, unknown};
use crate::time::span;

/// A table that is being read.
pub(super) struct Table<'a> {
    entries: &'a [Entry],
    place: Option<Place>,
    path: String,
    taken: RefCell<BTreeSet<&'a str>>,
    pub(super) report: &'a Report<'a>,
}

impl<'a> Table<'a> {
    pub(super) fn root(entries: &'a [Entry], report: &'a Report<'a>) -> Self {
        Self { entries, place: None, path: String::new(), taken: RefCell::default(), report }
    }

    pub(super) fn new(entries: &'a [Entry], place: &Place, path: String, report: &'a Report<'a>) -> Self {
        report.places.borrow_mut().insert(path.clone(), place.clone());
        Self { entries, place: Some(place.clone()), path, taken: RefCell::default(), report }
    }

    /// Makes its path lead here, where another table of the same name was found behind it.
    pub(super) fn stand_first(&self) {
        let whole = self.whole();
        self.report.places.borrow_mut().insert(whole.key, whole.place);
    }

    /// The same table under a path of its own, where another has the name that it goes by.
    pub(super) fn numbered(&self, number: usize) -> Self {
        Self::new(self.entries, &self.whole().place, format!("{} {number}", self.path), self.report)
    }

    /// The path of a key, in words: `server.listen`, `unit "finance": leader`.
    pub(super) fn key(&self, key: &str) -> String {
        let bare = key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
        let key = if bare { key.to_owned() } else { format!("\"{}\"", key.escape_debug()) };
        let element = self.path.ends_with(|c: char| c == '"' || c.is_ascii_digit());
        match (self.path.as_str(), element) {
            ("", _) => key,
            (path, true) => format!("{path}: {key}"),
            (path, false) => format!("{path}.{key}"),
        }
    }

    /// The table as a thing to point at.
    pub(super) fn whole(&self) -> At<()> {
        let place = self.place.clone().unwrap_or(Place { file: 0, start: 0, end: 0 });
        At { value: (), place, key: self.path.clone() }
    }

    /// Tells what is wrong with a value, and what was expected.
    pub(super) fn wrong<T>(&self, at: &At<T>, wrong: impl Into<String>, expected: impl Into<String>) {
        self.report.tell(Finding::mistake(&at.place, &at.key, wrong).expected(expected));
    }

    /// Tells that a value names something that there is not, with the nearest that there is.
    pub(super) fn dangling<K: AsRef<str>>(
        &self,
        at: &At<String>,
        expected: &str,
        known: impl Iterator<Item = K>,
    ) {
        let finding = Finding::mistake(&at.place, &at.key, unknown(&at.value)).expected(expected).following();
        self.report.tell(did_you_mean(finding, &at.value, known));
    }

    /// Tells that a key is missing.
    pub(super) fn missing(&self, key: &str, expected: &str) {
        let key = self.key(key);
        let finding = match &self.place {
            Some(place) => Finding::mistake(place, &key, "missing"),
            None => Finding::absence(&key, "missing"),
        };
        self.report.tell(finding.expected(expected).following());
    }

    /// Tells that a key is missing, unless it is there and only its value is wrong.
    pub(super) fn require(&self, key: &str, expected: &str) {
        if !self.has(key) {
            self.missing(key, expected);
        }
    }

    pub(super) fn entry(&self, key: &'a str) -> Option<&'a Entry> {
        self.taken.borrow_mut().insert(key);
        let entry = self.entries.iter().find(|entry| entry.key == key)?;
        self.report.places.borrow_mut().insert(self.key(key), entry.node.place.clone());
        Some(entry)
    }

    fn unread(&self, entry: &Entry, expected: &str) {
        self.unread_node(&entry.node, &self.key(&entry.key), expected);
    }

    pub(super) fn unread_node(&self, node: &Node, key: &str, expected: &str) {
        let finding = Finding::mistake(&node.place, key, format!("this is {}", node.value.kind()));
        self.report.tell(finding.expected(expected));
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|entry| entry.key == key)
    }

    pub(super) fn is_list(&self, key: &str) -> bool {
        self.entries.iter().any(|entry| entry.key == key && matches!(entry.node.value, Value::List(_)))
    }

    /// Counts every key as known, where nobody can say which are.
    pub(super) fn skip_all(&self) {
        self.taken.borrow_mut().extend(self.entries.iter().map(|entry| entry.key.as_str()));
    }

    pub(super) fn text(&self, key: &'a str) -> Option<At<String>> {
        self.text_of(self.entry(key)?, "a text in quotes")
    }

    fn text_of(&self, entry: &Entry, expected: &str) -> Option<At<String>> {
        let Value::Text(text) = &entry.node.value else {
            self.unread(entry, expected);
            return None;
        };
        Some(At { value: text.clone(), place: entry.node.place.clone(), key: self.key(&entry.key) })
    }

    pub(super) fn required(&self, key: &'a str, expected: &str) -> Option<At<String>> {
        self.require(key, expected);
        self.text(key)
    }

    pub(super) fn bool(&self, key: &'a str) -> Option<bool> {
        let entry = self.entry(key)?;
        let Value::Bool(value) = entry.node.value else {
            self.unread(entry, "true or false");
            return None;
        };
        Some(value)
    }

    pub(super) fn number(&self, key: &'a str, range: std::ops::RangeInclusive<i64>) -> Option<At<i64>> {
        let entry = self.entry(key)?;
        let expected = format!("a whole number from {} to {}", range.start(), range.end());
        let Value::Integer(value) = entry.node.value else {
            self.unread(entry, &expected);
            return None;
        };
        let at = At { value, place: entry.node.place.clone(), key: self.key(key) };
        if !range.contains(&value) {
            self.wrong(&at, "out of range", expected);
            return None;
        }
        Some(at)
    }

    pub(super) fn degrees(&self, key: &'a str) -> Option<At<f64>> {
        let entry = self.entry(key)?;
        let value = match entry.node.value {
            Value::Float(value) => value,
            #[expect(clippy::cast_precision_loss, reason = "a temperature has few digits")]
            Value::Integer(value) => value as f64,
            Value::Text(_) | Value::Bool(_) | Value::Moment(_) | Value::List(_) | Value::Table(_) => {
                self.unread(entry, "degrees Celsius such as 37.3");
                return None;
            }
        };
        let at = At { value, place: entry.node.place.clone(), key: self.key(key) };
        if !(20.0..=50.0).contains(&value) {
            self.wrong(&at, "no temperature of a person", "degrees Celsius such as 37.3");
            return None;
        }
        Some(at)
    }

    pub(super) fn duration(&self, key: &'a str) -> Option<At<Duration>> {
        let text = self.text_of(self.entry(key)?, "a duration in quotes, such as \"90s\"")?;
        self.as_duration(text)
    }

    fn as_duration(&self, text: At<String>) -> Option<At<Duration>> {
        match span::parse(&text.value) {
            Some(value) => Some(text.map(|_| value)),
            None => {
                self.wrong(&text, "not a duration", "a number and a unit, such as 90s, 30m or 14d");
                None
            }
        }
    }

    /// A duration within bounds.
    pub(super) fn bounded(&self, key: &'a str, least: Duration, most: Duration) -> Option<At<Duration>> {
        let at = self.duration(key)?;
        if (least..=most).contains(&at.value) {
            return Some(at);
        }
        let wrong = if at.value < least { "too short" } else { "too long" };
        self.wrong(&at, wrong, format!("{} to {}", span::format(least), span::format(most)));
        None
    }

    pub(super) fn durations(&self, key: &'a str) -> Option<Vec<At<Duration>>> {
        Some(self.texts(key)?.into_iter().filter_map(|text| self.as_duration(text)).collect())
    }

    /// A text that a type reads, or what was expected.
    pub(super) fn parsed<T: FromStr>(&self, key: &'a str, wrong: &str, expected: &str) -> Option<At<T>> {
        let text = self.text(key)?;
        match text.value.parse::<T>() {
            Ok(value) => Some(text.map(|_| value)),
            Err(_unread) => {
                self.wrong(&text, wrong, expected);
                None
            }
        }
    }

    /// A date or an instant, in quotes or as TOML writes it.
    pub(super) fn moment<T: FromStr>(&self, key: &'a str, wrong: &str, expected: &str) -> Option<At<T>> {
        let entry = self.entry(key)?;
        let (Value::Moment(text) | Value::Text(text)) = &entry.node.value else {
            self.unread(entry, expected);
            return None;
        };
        let at = At { value: (), place: entry.node.place.clone(), key: self.key(key) };
        match text.parse::<T>() {
            Ok(value) => Some(at.map(|()| value)),
            Err(_unread) => {
                self.wrong(&at, wrong, expected);
                None
            }
        }
    }

    /// One of some words.
    pub(super) fn word<T: Copy>(&self, key: &'a str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(key)?;
        self.as_word(&text, words)
    }

    fn as_word<T: Copy>(&self, text: &At<String>, words: &[(&str, T)]) -> Option<T> {
        let found = words.iter().find(|(word, _)| *word == text.value).map(|(_, value)| *value);
        if found.is_none() {
            let known = || words.iter().map(|(word, _)| *word);
            let finding = Finding::mistake(&text.place, &text.key, unknown(&text.value));
            let finding = finding.expected(known().collect::<Vec<_>>().join(" | "));
            self.report.tell(did_you_mean(finding, &text.value, known()));
        }
        found
    }

    /// One of some words, in a list.
    pub(super) fn words<T: Copy>(&self, key: &'a str, words: &[(&str, T)]) -> Option<Vec<T>> {
        Some(self.texts(key)?.iter().filter_map(|text| self.as_word(text, words)).collect())
    }

    pub(super) fn texts(&self, key: &'a str) -> Option<Vec<At<String>>> {
        let entry = self.entry(key)?;
        let Value::List(list) = &entry.node.value else {
            self.unread(entry, "a list of texts, such as [\"a\", \"b\"]");
            return None;
        };
        let mut texts = Vec::with_capacity(list.len());
        for (number, node) in (1..).zip(list) {
            let key = self.key(key);
            self.report.places.borrow_mut().insert(format!("{key} {number}"), node.place.clone());
            match &node.value {
                Value::Text(text) => texts.push(At { value: text.clone(), place: node.place.clone(), key }),
                Value::Integer(_)
                | Value::Float(_)
                | Value::Bool(_)
                | Value::Moment(_)
                | Value::List(_)
                | Value::Table(_) => self.unread_node(node, &key, "a text in quotes"),
            }
        }
        Some(texts)
    }

    /// One text or a list of them.
    pub(super) fn one_or_more(&self, key: &'a str) -> Vec<At<String>> {
        if self.is_list(key) {
            self.texts(key).unwrap_or_default()
        } else {
            self.text(key).into_iter().collect()
        }
    }

    pub(super) fn table(&self, key: &'a str) -> Option<Self> {
        let entry = self.entry(key)?;
        let Value::Table(entries) = &entry.node.value else {
            let expected = if self.place.is_none() { format!("[{key}]") } else { "{ … }".to_owned() };
            self.unread(entry, &expected);
            return None;
        };
        Some(Table::new(entries, &entry.place, self.key(key), self.report))
    }

    /// The tables of a list, each named by what sets it apart: `unit "finance"`, `step 2`.
    pub(super) fn tables(&self, key: &'a str) -> Vec<Self> {
        let Some(entry) = self.entry(key) else { return Vec::new() };
        let Value::List(list) = &entry.node.value else {
            let dots: String = self.key(key).chars().filter(|c| *c != '"').collect();
            self.unread(entry, &format!("[[{dots}]], one for each"));
            return Vec::new();
        };
        let naming = naming(key);
        let mut tables = Vec::with_capacity(list.len());
        for (number, node) in (1..).zip(list) {
            let Value::Table(entries) = &node.value else {
                self.unread_node(node, &self.key(key), "a table");
                continue;
            };
            let name = entries.iter().find_map(|entry| match &entry.node.value {
                Value::Text(text) => Some(text).filter(|text| entry.key == naming && is_id(text)),
                Value::Integer(_)
                | Value::Float(_)
                | Value::Bool(_)
                | Value::Moment(_)
                | Value::List(_)
                | Value::Table(_) => None,
            });
            let path = match name {
                Some(name) => format!("{} \"{name}\"", self.key(key)),
                None => format!("{} {number}", self.key(key)),
            };
            tables.push(Table::new(entries, &node.place, path, self.report));
        }
        tables
    }

    /// Every key of a table whose keys are free.
    pub(super) fn keys(&self) -> Vec<At<&'a str>> {
        self.skip_all();
        let at = |entry: &'a Entry| At {
            value: entry.key.as_str(),
            place: entry.place.clone(),
            key: self.key(&entry.key),
        };
        self.entries.iter().map(at).collect()
    }

    /// Tells every key that nobody asked for, with the nearest that somebody would have.
    pub(super) fn finish(&self) {
        let taken = self.taken.borrow();
        for entry in self.entries.iter().filter(|entry| !taken.contains(entry.key.as_str())) {
            // It may be a secret under a misspelt name. A header of a table stands before its key, and holds none.
            let number = matches!(entry.node.value, Value::Integer(_) | Value::Float(_) | Value::Bool(_));
            if !number && entry.node.place.start > entry.place.start {
                self.report.blot(&entry.node.place, 1);
            }
            let finding = Finding::mistake(&entry.place, &self.key(&entry.key), "there is no such key");
            self.report.tell(did_you_mean(finding, &entry.key, taken.iter().copied()));
        }
    }
}
