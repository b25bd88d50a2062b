//! From a JSON value to a type, with errors that say where and what was expected, and never what was given.

use std::fmt;

use serde::de::value::{MapAccessDeserializer, StringDeserializer};
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, Expected, IntoDeserializer, MapAccess, SeqAccess,
    Unexpected, Visitor,
};

use super::{Json, Object};
use crate::http::problem::FieldError;

/// Reads a value as the type `T`.
///
/// # Errors
/// The first mistake, with the place of it; serde stops there.
pub fn typed<T: DeserializeOwned>(json: Json) -> Result<T, FieldError> {
    T::deserialize(Value(json)).map_err(|mut mistake| {
        mistake.path.reverse();
        FieldError::new(
            mistake.path.iter().fold(String::new(), |at, name| FieldError::below(&at, name)),
            mistake.detail,
        )
    })
}

/// What was expected, and the names on the way to it, innermost first.
#[derive(Debug)]
struct Mistake {
    path: Vec<String>,
    detail: String,
}

impl Mistake {
    fn new(detail: impl Into<String>) -> Self {
        Self { path: Vec::new(), detail: detail.into() }
    }

    fn under(mut self, name: impl Into<String>) -> Self {
        self.path.push(name.into());
        self
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for Mistake {}

fn one_of(names: &[&str]) -> String {
    format!("expected one of {}", names.join(", "))
}

/// Serde's own words for what it expected are a programmer's.
fn plain(expected: &dyn Expected) -> String {
    let words = expected.to_string();
    let said = match words.as_str() {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number that is not negative",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        "a boolean" => "true or false",
        "a string" | "a borrowed string" | "string or map" => "a text",
        "a sequence" => "a list",
        "a map" => "an object",
        other if other.starts_with("struct ") => "an object",
        other => other,
    };
    format!("expected {said}")
}

impl de::Error for Mistake {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(message.to_string())
    }

    fn invalid_type(_given: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(plain(expected))
    }

    fn invalid_value(_given: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(plain(expected))
    }

    fn invalid_length(_given: usize, expected: &dyn Expected) -> Self {
        Self::new(plain(expected))
    }

    fn unknown_variant(_given: &str, expected: &'static [&'static str]) -> Self {
        Self::new(one_of(expected))
    }

    fn unknown_field(_given: &str, expected: &'static [&'static str]) -> Self {
        Self::new(format!("holds a field that is not known; {}", one_of(expected)))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new("is required").under(field)
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new("is given twice").under(field)
    }
}

struct Value(Json);

impl<'de> Deserializer<'de> for Value {
    type Error = Mistake;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match self.0 {
            Json::Null => visitor.visit_unit(),
            Json::Bool(value) => visitor.visit_bool(value),
            Json::Number(number) => {
                if let Some(whole) = number.as_u64() {
                    visitor.visit_u64(whole)
                } else if let Some(whole) = number.as_i64() {
                    visitor.visit_i64(whole)
                } else {
                    visitor.visit_f64(number.as_f64().unwrap_or(f64::MAX))
                }
            }
            Json::Text(text) => visitor.visit_string(text),
            Json::List(list) => visitor.visit_seq(Items { at: 0, items: list.into_iter() }),
            Json::Object(object) => visitor.visit_map(Members::of(object)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        if self.0 == Json::Null { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        match self.0 {
            Json::Text(text) => {
                let text: StringDeserializer<Mistake> = text.into_deserializer();
                visitor.visit_enum(text)
            }
            Json::Object(object) if object.len() == 1 => {
                visitor.visit_enum(MapAccessDeserializer::new(Members::of(object)))
            }
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::List(_) | Json::Object(_) => {
                Err(Mistake::new(one_of(variants)))
            }
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct map struct identifier ignored_any
    }
}

struct Items {
    at: usize,
    items: std::vec::IntoIter<Json>,
}

impl<'de> SeqAccess<'de> for Items {
    type Error = Mistake;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Mistake> {
        let Some(item) = self.items.next() else { return Ok(None) };
        let at = self.at;
        self.at += 1;
        seed.deserialize(Value(item)).map(Some).map_err(|mistake| mistake.under(at.to_string()))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

struct Members {
    members: std::collections::btree_map::IntoIter<String, Json>,
    value: Option<(String, Json)>,
}

impl Members {
    fn of(object: Object) -> Self {
        Self { members: object.into_iter(), value: None }
    }
}

impl<'de> MapAccess<'de> for Members {
    type Error = Mistake;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Mistake> {
        let Some((name, value)) = self.members.next() else { return Ok(None) };
        let key: StringDeserializer<Mistake> = name.clone().into_deserializer();
        self.value = Some((name, value));
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Mistake> {
        let (name, value) = self.value.take().unwrap_or((String::new(), Json::Null));
        seed.deserialize(Value(value)).map_err(|mistake| mistake.under(name))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Outcome {
        Taken,
        CallBack,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "read for its mistakes alone")]
    struct Body {
        unit: String,
        total: u32,
        by: Option<String>,
        outcome: Option<Outcome>,
        #[serde(default)]
        figures: BTreeMap<String, i64>,
        at: Option<crate::time::Timestamp>,
        #[serde(default)]
        rows: Vec<BTreeMap<String, bool>>,
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let told = match typed::<Body>(Json::read(text.as_bytes()).unwrap()) {
            Ok(_) => "taken".to_owned(),
            Err(error) => format!("{}: {}", error.pointer, error.detail),
        };
        assert_eq!(told, expected, "{text}");
        assert!(!told.contains("secret"), "{told}");
    }

    #[test]
    fn a_mistake_says_where_and_what_was_expected_and_never_what_was_given() {
        check(r#"{"unit":"a","total":2,"by":null,"outcome":"call_back","figures":{"fever":0}}"#, "taken");
        check(r#"{"unit":"a","total":2,"at":"2026-11-23T08:00:00+08:00","outcome":"taken"}"#, "taken");
        check(r#"{"total":2}"#, "/unit: is required");
        check(r#"{"unit":"a","total":"secret"}"#, "/total: expected a whole number that is not negative");
        check(r#"{"unit":"a","total":-7}"#, "/total: expected a whole number that is not negative");
        check(r#"{"unit":5,"total":1}"#, "/unit: expected a text");
        check(r#"{"unit":"a","total":1,"outcome":"secret"}"#, "/outcome: expected one of taken, call_back");
        check(r#"{"unit":"a","total":1,"outcome":3}"#, "/outcome: expected one of taken, call_back");
        check(
            r#"{"unit":"a","total":1,"figures":{"a/b~":"secret"}}"#,
            "/figures/a~1b~0: expected a whole number",
        );
        check(r#"{"unit":"a","total":1,"rows":[{},{"x":"secret"}]}"#, "/rows/1/x: expected true or false");
        check(
            r#"{"unit":"a","total":1,"at":"secret"}"#,
            "/at: expected an RFC 3339 time with an offset, such as 2026-11-23T08:01:00+08:00",
        );
        check(
            r#"{"unit":"a","total":1,"secret":1}"#,
            ": holds a field that is not known; expected one of unit, total, by, outcome, figures, at, rows",
        );
        check("[]", ": expected an object");
    }
}
