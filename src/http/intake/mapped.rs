//! Any JSON: expressions of the configuration say where in it the parts of a fever event stand.
//!
//! What they find is read as a native event would be. A meter writes numbers as texts and texts as numbers: each is taken
//! for the other where one is expected. A part whose expression finds nothing is not there.

use std::collections::BTreeMap;

use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, COOKIE};
use minijinja::{Environment, UndefinedBehavior, context};
use serde_json::{Map as Object, Value};
use sha2::{Digest as _, Sha256};

use super::{IntakeError, Message, Parsed, json, native};
use crate::http::json::Json;
use crate::http::problem::FieldError;

/// Work that the expressions of one event may do: far more than any needs, far less than a loop can burn.
const FUEL: u64 = 20_000;

const SIGNATURE: &str = "webhook-signature";

/// Where the parts of an event stand, by the name that a native event has for each; `person.name` for one of a person's.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Map(BTreeMap<String, String>);

impl Map {
    /// The expressions by name; each has been proved to be one.
    #[must_use]
    pub const fn new(expressions: BTreeMap<String, String>) -> Self {
        Self(expressions)
    }

    /// The native event that a message is.
    fn read(&self, message: &Message<'_>) -> Result<Value, IntakeError> {
        // It is read strictly first: no key twice, and nothing too deep or too large.
        json(message, "Send Content-Type: application/json.")?;
        let body: Value = serde_json::from_slice(message.body).unwrap_or_default();
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Chainable);
        environment.set_fuel(Some(FUEL));
        let context = context! { body => minijinja::Value::from(minijinja::value::Serde(&body)), headers => headers(message.headers) };
        let (mut event, mut person) = (Object::new(), Object::new());
        let mut errors = Vec::new();
        for (name, expression) in &self.0 {
            let found = environment
                .compile_expression(expression)
                .and_then(|expression| expression.eval(&context))
                .map(|found| (!found.is_undefined()).then(|| serde_json::to_value(found)));
            let value = match found {
                Ok(None) => continue,
                Ok(Some(Ok(value))) => value,
                Ok(Some(Err(_))) | Err(_) => {
                    let pointer = format!("/{}", name.replace('.', "/"));
                    errors
                        .push(FieldError::new(pointer, "expected what the map of this source can work with"));
                    continue;
                }
            };
            match name.strip_prefix("person.") {
                Some(part) => drop(person.insert(part.to_owned(), suited(part, value))),
                None => drop(event.insert(name.clone(), suited(name, value))),
            }
        }
        if !errors.is_empty() {
            return Err(IntakeError::Invalid(errors));
        }
        let has_id = event.get("id").is_some_and(|id| !id.is_null() && id.as_str() != Some(""));
        if !has_id {
            // A message without what tells it from others is told by all it says.
            event.insert("id".to_owned(), Value::String(hex::encode(Sha256::digest(message.body))));
        }
        if !person.is_empty() {
            event.insert("person".to_owned(), Value::Object(person));
        }
        Ok(Value::Object(event))
    }
}

pub(super) fn parse(map: &Map, message: &Message<'_>) -> Result<Parsed, IntakeError> {
    let event = map.read(message)?.to_string();
    native::parse(&Json::read(event.as_bytes())?)
}

/// The headers by name in small letters, without what proves the sender.
fn headers(headers: &HeaderMap) -> BTreeMap<String, String> {
    let proves = |name: &str| [AUTHORIZATION.as_str(), COOKIE.as_str(), SIGNATURE].contains(&name);
    let shown = headers.iter().filter(|(name, _)| !proves(name.as_str()));
    shown.filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned()))).collect()
}

/// A value in the form that a native event has for it, where it can be brought into that.
fn suited(name: &str, value: Value) -> Value {
    match (name, value) {
        ("temperature_c", Value::String(text)) => {
            text.trim().parse::<serde_json::Number>().map_or(Value::String(text), Value::Number)
        }
        ("temperature_c", value) => value,
        ("exposure", Value::Number(number)) => {
            Value::Bool(number.as_f64().is_some_and(|number| number != 0.0))
        }
        ("exposure", Value::String(text)) => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" => Value::Bool(true),
            "false" | "0" | "no" | "" => Value::Bool(false),
            _ => Value::String(text),
        },
        ("symptoms" | "measures", Value::String(text)) => Value::Array(vec![Value::String(text)]),
        (_, Value::Number(number)) => Value::String(number.to_string()),
        (_, value) => value,
    }
}
