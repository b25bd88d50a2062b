//! The journal's lines as a stranger reads them: a hash, a space, JSON.

use serde_json::Value;

/// One line.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) hash: String,
    pub(crate) json: String,
    pub(crate) seq: u64,
    pub(crate) batch: u64,
    /// Milliseconds since 1970.
    pub(crate) at: i64,
    pub(crate) steady: i64,
    pub(crate) held: bool,
    pub(crate) previous: String,
    /// Where the line ends in the file.
    pub(crate) ends: usize,
    pub(crate) facts: Vec<Fact>,
}

/// What happened: its kind without the version, and what it says.
#[derive(Debug, Clone)]
pub(crate) struct Fact {
    pub(crate) kind: String,
    pub(crate) body: Value,
}

impl Fact {
    pub(crate) fn text(&self, path: &str) -> &str {
        self.body.pointer(path).and_then(Value::as_str).unwrap_or("")
    }

    pub(crate) fn number(&self, path: &str) -> u64 {
        self.body.pointer(path).and_then(Value::as_u64).unwrap_or(0)
    }

    pub(crate) fn is(&self, path: &str) -> bool {
        self.body.pointer(path).and_then(Value::as_bool).unwrap_or(false)
    }

    pub(crate) fn instant(&self, path: &str) -> Option<i64> {
        instant(self.body.pointer(path)?.as_str()?)
    }

    pub(crate) fn list(&self, path: &str) -> &[Value] {
        self.body.pointer(path).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn has(&self, path: &str) -> bool {
        self.body.pointer(path).is_some_and(|value| !value.is_null())
    }
}

impl Entry {
    /// The later of its two clocks.
    pub(crate) fn either(&self) -> i64 {
        self.at.max(self.steady)
    }

    pub(crate) fn facts<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Fact> {
        self.facts.iter().filter(move |fact| fact.kind == kind)
    }
}

pub(crate) fn instant(text: &str) -> Option<i64> {
    text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond)
}

/// Reads a journal. A line that is none is a complaint.
pub(crate) fn read(bytes: &[u8]) -> Result<Vec<Entry>, String> {
    let mut entries = Vec::new();
    let mut ends = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        ends += line.len();
        let text = std::str::from_utf8(line).map_err(|_bytes| "a line is not text".to_owned())?;
        let text = text.strip_suffix('\n').ok_or("the last line has no end")?;
        let (hash, json) = text.split_once(' ').ok_or("a line has no space")?;
        let value: Value =
            serde_json::from_str(json).map_err(|error| format!("a line is not JSON: {error}"))?;
        entries
            .push(entry((hash, json), &value, ends).ok_or_else(|| format!("a field is missing in {json}"))?);
    }
    Ok(entries)
}

fn entry((hash, json): (&str, &str), value: &Value, ends: usize) -> Option<Entry> {
    let facts = value.get("facts")?.as_array()?.iter().map(fact).collect::<Option<Vec<Fact>>>()?;
    Some(Entry {
        hash: hash.to_owned(),
        json: json.to_owned(),
        seq: value.get("seq")?.as_u64()?,
        batch: value.get("batch")?.as_u64()?,
        at: instant(value.get("at")?.as_str()?)?,
        steady: instant(value.get("steady")?.as_str()?)?,
        held: value.get("held").and_then(Value::as_bool).unwrap_or(false),
        previous: value.get("previous")?.as_str()?.to_owned(),
        ends,
        facts,
    })
}

/// A fact is a name, or an object with one member named by its kind.
fn fact(value: &Value) -> Option<Fact> {
    let (tag, body) = match value {
        Value::String(tag) => (tag.as_str(), Value::Null),
        Value::Object(members) => members.iter().next().map(|(tag, body)| (tag.as_str(), body.clone()))?,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => return None,
    };
    let kind = tag.strip_suffix("/1")?;
    Some(Fact { kind: kind.to_owned(), body })
}
