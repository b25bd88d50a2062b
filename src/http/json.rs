//! JSON from outside, read strictly: no key twice, nothing deeper or larger than a bound, and never printed.

mod typed;
mod xml;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;

use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Number, error::Category};

pub use typed::typed;
pub use xml::from_xml;

/// Objects and lists may lie this deep in one another; no format taken here needs ten.
const DEPTH_MAX: usize = 32;
/// A message may hold this many values; a report of a thousand persons needs fewer, and a value costs memory that its
/// two bytes of text do not show.
pub(super) const VALUES_MAX: usize = 20_000;

/// The members of an object, by name.
pub type Object = BTreeMap<String, Json>;

/// One JSON value.
#[derive(Clone, PartialEq, Eq)]
pub enum Json {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number within the range of an `f64`.
    Number(Number),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Self>),
    /// An object.
    Object(Object),
}

/// The bytes are not JSON as it is taken here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {why}")]
pub struct Malformed {
    /// Where, counted from 1.
    pub line: usize,
    /// Where, counted from 1.
    pub column: usize,
    /// What is wrong there.
    pub why: Fault,
}

/// What makes bytes malformed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Not JSON, or a number no program can hold.
    #[error("not valid JSON")]
    Syntax,
    /// Another encoding, such as GBK.
    #[error("not UTF-8")]
    Encoding,
    /// Not XML, not UTF-8, or an entity that XML itself does not know.
    #[error("not valid XML")]
    Markup,
    /// A document may not say how it is to be read: that is how a line grows to gigabytes.
    #[error("a document type is not taken")]
    DocumentType,
    /// Programs differ in which of the two they take.
    #[error("a key is given twice in one object")]
    RepeatedKey,
    /// Deeper than any message needs.
    #[error("nested too deeply")]
    TooDeep,
    /// More values than any message needs.
    #[error("too many values")]
    TooMany,
}

impl Json {
    /// Reads bytes as one JSON value; a byte order mark in front is passed over.
    ///
    /// # Errors
    /// [`Malformed`] where they are not one.
    pub fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        Self::read_up_to(bytes, VALUES_MAX)
    }

    /// As [`Json::read`], with another bound to how many values it takes: a register has many.
    ///
    /// # Errors
    /// [`Malformed`] where they are not one.
    pub fn read_up_to(bytes: &[u8], values_max: usize) -> Result<Self, Malformed> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let budget = Budget { left: Cell::new(values_max), fault: Cell::new(None) };
        let mut reader = serde_json::Deserializer::from_slice(bytes);
        let value = Seed { budget: &budget, depth: 0 }.deserialize(&mut reader);
        let value = value.and_then(|value| reader.end().map(|()| value));
        value.map_err(|error| {
            if std::str::from_utf8(bytes).is_err() {
                return Malformed { line: error.line(), column: error.column(), why: Fault::Encoding };
            }
            let fault = match error.classify() {
                Category::Data => budget.fault.get(),
                Category::Io | Category::Syntax | Category::Eof => None,
            };
            Malformed { line: error.line(), column: error.column(), why: fault.unwrap_or(Fault::Syntax) }
        })
    }

    /// The members, where it is an object.
    #[must_use]
    pub fn as_object(&self) -> Option<&Object> {
        if let Self::Object(object) = self { Some(object) } else { None }
    }

    /// What kind of value it is, in the words of an error message.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "true or false",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
        }
    }
}

/// Prints the kind alone: the value may be somebody's name.
impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())
    }
}

/// What one reading may still use, and why it was given up.
struct Budget {
    left: Cell<usize>,
    fault: Cell<Option<Fault>>,
}

#[derive(Clone, Copy)]
struct Seed<'b> {
    budget: &'b Budget,
    depth: usize,
}

impl Seed<'_> {
    fn refuse<E: serde::de::Error>(self, fault: Fault) -> E {
        self.budget.fault.set(Some(fault));
        E::custom(fault)
    }

    fn count<E: serde::de::Error>(self) -> Result<(), E> {
        let Some(left) = self.budget.left.get().checked_sub(1) else {
            return Err(self.refuse(Fault::TooMany));
        };
        self.budget.left.set(left);
        Ok(())
    }

    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth >= DEPTH_MAX {
            return Err(self.refuse(Fault::TooDeep));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Json;

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<Json, D::Error> {
        self.count()?;
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Json, E> {
        Number::from_f64(value).map(Json::Number).ok_or_else(|| self.refuse(Fault::Syntax))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Json, E> {
        Ok(Json::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let inner = self.deeper()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json, A::Error> {
        let inner = self.deeper()?;
        let mut object = Object::new();
        while let Some(key) = members.next_key::<String>()? {
            let Entry::Vacant(place) = object.entry(key) else {
                return Err(self.refuse(Fault::RepeatedKey));
            };
            place.insert(members.next_value_seed(inner)?);
        }
        Ok(Json::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let read = Json::read(text.as_bytes());
        let told = match &read {
            Ok(value) => value.kind().to_owned(),
            Err(malformed) => malformed.to_string(),
        };
        assert_eq!(told, expected, "{text}");
    }

    #[test]
    fn what_programs_read_differently_is_refused() {
        check(r#"{"a":1,"b":{"c":2}}"#, "an object");
        check("\u{feff}[1]", "a list");
        check(r#"{"a":1,"a":1}"#, "line 1, column 10: a key is given twice in one object");
        check("{\"x\":[\n{\"a\":1,\"a\":2}]}", "line 2, column 10: a key is given twice in one object");
        check("{\"a\":1,}", "line 1, column 8: not valid JSON");
        check("{\"a\":1", "line 1, column 6: not valid JSON");
        check("1e400", "line 1, column 5: not valid JSON");
        check("NaN", "line 1, column 1: not valid JSON");
        check("{} {}", "line 1, column 4: not valid JSON");
        check("", "line 1, column 0: not valid JSON");
    }

    #[test]
    fn depth_and_number_of_values_have_a_bound() {
        check(&format!("{}{}", "[".repeat(32), "]".repeat(32)), "a list");
        check(&"[".repeat(100_000), "line 1, column 33: nested too deeply");
        check(&format!("[{}0]", "0,".repeat(19_998)), "a list");
        let many = Json::read(format!("[{}0]", "0,".repeat(20_000)).as_bytes());
        assert_eq!(many.unwrap_err().why, Fault::TooMany);
    }

    #[test]
    fn bytes_that_are_not_utf8_are_refused() {
        assert_eq!(Json::read(b"\"\xb2\xc6\"").unwrap_err().why, Fault::Encoding);
        assert_eq!(Json::read(br#""\ud800""#).unwrap_err().why, Fault::Syntax);
    }

    #[test]
    fn a_value_is_never_printed() {
        let value = Json::read(r#"{"name":"王某"}"#.as_bytes()).unwrap();
        assert_eq!(format!("{value:?}"), "an object");
    }
}
