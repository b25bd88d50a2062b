//! A reader for one table: takes keys by type, tells every mistake, and tells what nobody asked for.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::str::FromStr;
use std::time::Duration;

use super::finding::Finding;
use super::node::{Entry, Node, Place, Value};
use crate::time::span;

/// Where findings are collected.
pub(super) type Findings = Rc<RefCell<Vec<Finding>>>;

/// A value with where it stands.
#[derive(Debug, Clone)]
pub(super) struct At<T> {
    pub(super) value: T,
    pub(super) place: Place,
    pub(super) key: String,
}

impl<T> At<T> {
    pub(super) fn map<U>(self, change: impl FnOnce(T) -> U) -> At<U> {
        At { value: change(self.value), place: self.place, key: self.key }
    }
}

/// A table that is being read.
pub(super) struct Table<'a> {
    entries: &'a [Entry],
    place: Place,
    path: String,
    taken: RefCell<BTreeSet<&'a str>>,
    findings: Findings,
}

impl<'a> Table<'a> {
    pub(super) fn new(entries: &'a [Entry], place: Place, path: &str, findings: &Findings) -> Self {
        let taken = RefCell::default();
        Self { entries, place, path: path.to_owned(), taken, findings: Rc::clone(findings) }
    }

    pub(super) const fn place(&self) -> &Place {
        &self.place
    }

    pub(super) fn key(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Tells a mistake at a value.
    pub(super) fn wrong<T>(&self, at: &At<T>, message: impl Into<String>) {
        self.tell(Finding::mistake(&at.place, &at.key, message));
    }

    pub(super) fn tell(&self, finding: Finding) {
        self.findings.borrow_mut().push(finding);
    }

    fn entry(&self, key: &'a str) -> Option<&'a Entry> {
        self.taken.borrow_mut().insert(key);
        self.entries.iter().find(|entry| entry.key == key)
    }

    fn expected(&self, entry: &Entry, what: &str) {
        self.tell(Finding::mistake(&entry.node.place, &self.key(&entry.key), format!("expected {what}")));
    }

    /// Tells that a key is missing.
    pub(super) fn missing(&self, key: &str, what: &str) {
        let message = format!("`{key}` is missing; expected {what}");
        self.tell(Finding::mistake(&self.place, &self.key(key), message));
    }

    pub(super) fn text(&self, key: &'a str) -> Option<At<String>> {
        let entry = self.entry(key)?;
        let Value::Text(text) = &entry.node.value else {
            self.expected(entry, "a text in quotes");
            return None;
        };
        Some(At { value: text.clone(), place: entry.node.place.clone(), key: self.key(key) })
    }

    pub(super) fn required(&self, key: &'a str, what: &str) -> Option<At<String>> {
        let text = self.text(key);
        if text.is_none() && !self.has(key) {
            self.missing(key, what);
        }
        text
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|entry| entry.key == key)
    }

    /// Counts a key as known that another part reads.
    pub(super) fn skip(&self, key: &'a str) {
        self.taken.borrow_mut().insert(key);
    }

    pub(super) fn is_table(&self, key: &str) -> bool {
        self.entries.iter().any(|entry| entry.key == key && matches!(entry.node.value, Value::Table(_)))
    }

    pub(super) fn bool(&self, key: &'a str) -> Option<bool> {
        let entry = self.entry(key)?;
        let Value::Bool(value) = entry.node.value else {
            self.expected(entry, "true or false");
            return None;
        };
        Some(value)
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "whatever else it is, it is not what was expected")]
    pub(super) fn number(&self, key: &'a str, range: std::ops::RangeInclusive<i64>) -> Option<At<i64>> {
        let entry = self.entry(key)?;
        match entry.node.value {
            Value::Integer(value) if range.contains(&value) => {
                Some(At { value, place: entry.node.place.clone(), key: self.key(key) })
            }
            _ => {
                self.expected(entry, &format!("a whole number from {} to {}", range.start(), range.end()));
                None
            }
        }
    }

    pub(super) fn degrees(&self, key: &'a str) -> Option<At<f64>> {
        let entry = self.entry(key)?;
        let value = match entry.node.value {
            Value::Float(value) => value,
            #[expect(clippy::cast_precision_loss, reason = "a temperature has few digits")]
            Value::Integer(value) => value as f64,
            Value::Text(_) | Value::Bool(_) | Value::List(_) | Value::Table(_) => f64::NAN,
        };
        if !(0.0..=60.0).contains(&value) {
            self.expected(entry, "degrees Celsius such as 37.3");
            return None;
        }
        Some(At { value, place: entry.node.place.clone(), key: self.key(key) })
    }

    pub(super) fn duration(&self, key: &'a str) -> Option<At<Duration>> {
        let text = self.text(key)?;
        let Some(value) = span::parse(&text.value) else {
            self.wrong(&text, "expected a duration such as 90s, 30m or 14d");
            return None;
        };
        Some(text.map(|_| value))
    }

    pub(super) fn durations(&self, key: &'a str) -> Option<Vec<At<Duration>>> {
        let texts = self.texts(key)?;
        let read = |text: At<String>| match span::parse(&text.value) {
            Some(value) => Some(text.map(|_| value)),
            None => {
                self.wrong(&text, "expected a duration such as 90s, 30m or 14d");
                None
            }
        };
        Some(texts.into_iter().filter_map(read).collect())
    }

    /// A text that a type reads, or what was expected.
    pub(super) fn parsed<T: FromStr>(&self, key: &'a str, what: &str) -> Option<At<T>> {
        let text = self.text(key)?;
        match text.value.parse::<T>() {
            Ok(value) => Some(text.map(|_| value)),
            Err(_unread) => {
                self.wrong(&text, format!("expected {what}"));
                None
            }
        }
    }

    /// One of some words.
    pub(super) fn word<T: Copy>(&self, key: &'a str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(key)?;
        let found = words.iter().find(|(word, _)| *word == text.value).map(|(_, value)| *value);
        if found.is_none() {
            let all: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.wrong(&text, format!("expected one of {}", all.join(", ")));
        }
        found
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "whatever else it is, it is not what was expected")]
    pub(super) fn texts(&self, key: &'a str) -> Option<Vec<At<String>>> {
        let entry = self.entry(key)?;
        let Value::List(list) = &entry.node.value else {
            self.expected(entry, "a list of texts, such as [\"a\", \"b\"]");
            return None;
        };
        let text = |node: &Node| match &node.value {
            Value::Text(text) => {
                Some(At { value: text.clone(), place: node.place.clone(), key: self.key(key) })
            }
            _ => {
                self.tell(Finding::mistake(&node.place, &self.key(key), "expected a text in quotes"));
                None
            }
        };
        Some(list.iter().filter_map(text).collect())
    }

    /// One text or a list of them.
    pub(super) fn one_or_more(&self, key: &'a str) -> Vec<At<String>> {
        match self.entries.iter().find(|entry| entry.key == key).map(|entry| &entry.node.value) {
            Some(Value::List(_)) => self.texts(key).unwrap_or_default(),
            Some(_) => self.text(key).into_iter().collect(),
            None => {
                self.taken.borrow_mut().insert(key);
                Vec::new()
            }
        }
    }

    /// One of some words, in a list.
    pub(super) fn words<T: Copy>(&self, key: &'a str, words: &[(&str, T)]) -> Option<Vec<T>> {
        let texts = self.texts(key)?;
        let all: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let read = |text: At<String>| {
            let found = words.iter().find(|(word, _)| *word == text.value).map(|(_, value)| *value);
            if found.is_none() {
                self.wrong(&text, format!("expected one of {}", all.join(", ")));
            }
            found
        };
        Some(texts.into_iter().filter_map(read).collect())
    }

    pub(super) fn table(&self, key: &'a str) -> Option<Self> {
        let entry = self.entry(key)?;
        let Value::Table(entries) = &entry.node.value else {
            self.expected(entry, "a table");
            return None;
        };
        Some(Table::new(entries, entry.place.clone(), &self.key(key), &self.findings))
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "whatever else it is, it is not what was expected")]
    pub(super) fn tables(&self, key: &'a str) -> Vec<Self> {
        let Some(entry) = self.entry(key) else { return Vec::new() };
        let Value::List(list) = &entry.node.value else {
            self.expected(entry, &format!("[[{}]], one for each", self.key(key)));
            return Vec::new();
        };
        let table = |node: &'a Node| match &node.value {
            Value::Table(entries) => {
                Some(Table::new(entries, node.place.clone(), &self.key(key), &self.findings))
            }
            _ => {
                self.tell(Finding::mistake(&node.place, &self.key(key), "expected a table"));
                None
            }
        };
        list.iter().filter_map(table).collect()
    }

    /// Every key and value of a table whose keys are free.
    pub(super) fn free(&self) -> Vec<(At<String>, &'a Node)> {
        let mut taken = self.taken.borrow_mut();
        let free = self.entries.iter().map(|entry| {
            taken.insert(&entry.key);
            let key = At { value: entry.key.clone(), place: entry.place.clone(), key: self.key(&entry.key) };
            (key, &entry.node)
        });
        free.collect()
    }

    /// Tells every key that nobody asked for.
    pub(super) fn finish(self) {
        self.tell_unknown();
    }

    /// Tells every key that nobody asked for, with the nearest that somebody would have.
    pub(super) fn tell_unknown(&self) {
        let taken = self.taken.borrow();
        for entry in self.entries.iter().filter(|entry| !taken.contains(entry.key.as_str())) {
            let near = taken.iter().min_by_key(|known| distance(known, &entry.key));
            let near = near.filter(|known| distance(known, &entry.key) <= 3);
            let mut finding = Finding::mistake(&entry.place, &self.key(&entry.key), "there is no such key");
            if let Some(near) = near {
                finding = finding.help(format!("did you mean `{near}`?"));
            }
            self.tell(finding);
        }
    }
}

/// How many letters must change to make one word the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut before = i;
        let mut left = i + 1;
        for (b, cell) in other.iter().zip(row.iter_mut().skip(1)) {
            let above = *cell;
            let cost = usize::from(a != *b);
            left = (before + cost).min(above + 1).min(left + 1);
            before = above;
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn the_distance_of_two_words_is_the_letters_that_differ() {
        for (one, other, expected) in
            [("listen", "listen", 0), ("listen", "lisen", 1), ("a", "bcd", 3), ("", "ab", 2)]
        {
            assert_eq!(distance(one, other), expected, "{one} {other}");
        }
    }
}
