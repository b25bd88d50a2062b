//! From a JSON value to a type, with errors that say where and what was expected, in both languages, and never what was
//! given.

use std::fmt;

use serde::de::value::{MapAccessDeserializer, StringDeserializer};
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, Expected, IntoDeserializer, MapAccess, SeqAccess,
    Unexpected, Visitor,
};

use super::{Json, Object};
use crate::domain::form::Labels;
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
            mistake.says.to_string(),
        )
    })
}

/// What was expected, and the names on the way to it, innermost first.
#[derive(Debug)]
struct Mistake {
    path: Vec<String>,
    says: Labels,
}

impl Mistake {
    fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { path: Vec::new(), says: Labels { zh: zh.into(), en: en.into() } }
    }

    fn under(mut self, name: impl Into<String>) -> Self {
        self.path.push(name.into());
        self
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.says.fmt(f)
    }
}

impl std::error::Error for Mistake {}

fn one_of(names: &[&str]) -> (String, String) {
    let names = names.join(", ");
    (format!("应为以下之一：{names}"), format!("expected one of {names}"))
}

/// Serde's own words for what it expected are a programmer's.
fn plain(expected: &dyn Expected) -> Mistake {
    let words = expected.to_string();
    let (zh, en) = match words.as_str() {
        "u8" | "u16" | "u32" | "u64" | "usize" => ("不小于零的整数", "a whole number that is not negative"),
        "i8" | "i16" | "i32" | "i64" | "isize" => ("整数", "a whole number"),
        "f32" | "f64" => ("数字", "a number"),
        "a boolean" => (" true 或 false", "true or false"),
        "a string" | "a borrowed string" | "string or map" => ("文字", "a text"),
        "a sequence" => ("列表", "a list"),
        "a map" => ("对象", "an object"),
        other if other.starts_with("struct ") => ("对象", "an object"),
        other => ("另一种内容", other),
    };
    Mistake::new(format!("应为{zh}"), format!("expected {en}"))
}

/// What our own types say where a text is none of theirs, in Chinese.
fn in_chinese(message: &str) -> &'static str {
    match message.strip_prefix("expected ") {
        Some(what) if what.starts_with("an RFC 3339 time") => {
            "应为带时区的时间，如 2026-11-23T08:01:00+08:00"
        }
        Some(what) if what.starts_with("a date") => "应为日期，如 2026-11-23",
        Some(what) if what.starts_with("a duration") => "应为时长，如 90s、30m 或 14d",
        Some("degrees Celsius") => "应为摄氏度",
        Some(_) | None => "内容不符合要求",
    }
}

impl de::Error for Mistake {
    fn custom<T: fmt::Display>(message: T) -> Self {
        let en = message.to_string();
        Self::new(in_chinese(&en), en)
    }

    fn invalid_type(_given: Unexpected<'_>, expected: &dyn Expected) -> Self {
        plain(expected)
    }

    fn invalid_value(_given: Unexpected<'_>, expected: &dyn Expected) -> Self {
        plain(expected)
    }

    fn invalid_length(_given: usize, expected: &dyn Expected) -> Self {
        plain(expected)
    }

    fn unknown_variant(_given: &str, expected: &'static [&'static str]) -> Self {
        let (zh, en) = one_of(expected);
        Self::new(zh, en)
    }

    fn unknown_field(_given: &str, expected: &'static [&'static str]) -> Self {
        let (zh, en) = one_of(expected);
        Self::new(format!("含有未知的字段；{zh}"), format!("holds a field that is not known; {en}"))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new("必填", "is required").under(field)
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new("重复", "is given twice").under(field)
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
                let (zh, en) = one_of(variants);
                Err(Mistake::new(zh, en))
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
        check(r#"{"total":2}"#, "/unit: 必填 / is required");
        check(
            r#"{"unit":"a","total":"secret"}"#,
            "/total: 应为不小于零的整数 / expected a whole number that is not negative",
        );
        check(
            r#"{"unit":"a","total":-7}"#,
            "/total: 应为不小于零的整数 / expected a whole number that is not negative",
        );
        check(r#"{"unit":5,"total":1}"#, "/unit: 应为文字 / expected a text");
        check(
            r#"{"unit":"a","total":1,"outcome":"secret"}"#,
            "/outcome: 应为以下之一：taken, call_back / expected one of taken, call_back",
        );
        check(
            r#"{"unit":"a","total":1,"outcome":3}"#,
            "/outcome: 应为以下之一：taken, call_back / expected one of taken, call_back",
        );
        check(
            r#"{"unit":"a","total":1,"figures":{"a/b~":"secret"}}"#,
            "/figures/a~1b~0: 应为整数 / expected a whole number",
        );
        check(
            r#"{"unit":"a","total":1,"rows":[{},{"x":"secret"}]}"#,
            "/rows/1/x: 应为 true 或 false / expected true or false",
        );
        check(
            r#"{"unit":"a","total":1,"at":"secret"}"#,
            "/at: 应为带时区的时间，如 2026-11-23T08:01:00+08:00 / \
             expected an RFC 3339 time with an offset, such as 2026-11-23T08:01:00+08:00",
        );
        check(
            r#"{"unit":"a","total":1,"secret":1}"#,
            ": 含有未知的字段；应为以下之一：unit, total, by, outcome, figures, at, rows / \
             holds a field that is not known; expected one of unit, total, by, outcome, figures, at, rows",
        );
        check("[]", ": 应为对象 / expected an object");
    }
}
