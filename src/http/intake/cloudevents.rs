//! CloudEvents 1.0 whose data is our own JSON: structured, binary, batch.

use axum::http::HeaderMap;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use percent_encoding::percent_decode_str;

use super::fields::{Fields, GivenTime, Mistakes};
use super::{IntakeError, Message, Parsed, json, native};
use crate::http::body::{essence, is_json};
use crate::http::json::{Json, Object};

/// The type of an event whose attributes stand beside its data.
const STRUCTURED: &str = "application/cloudevents+json";
/// The type of a batch.
pub(super) const BATCH: &str = "application/cloudevents-batch+json";
/// The most events of one batch.
const BATCH_MAX: usize = 100;
const EXPECTED: &str =
    "Send a JSON event: application/cloudevents+json, or application/json with ce- headers.";
/// The attributes that are read, and the headers of binary mode.
const ATTRIBUTES: [(&str, &str); 5] = [
    ("specversion", "ce-specversion"),
    ("id", "ce-id"),
    ("source", "ce-source"),
    ("type", "ce-type"),
    ("time", "ce-time"),
];

pub(super) fn parse(message: &Message<'_>) -> Result<Parsed, IntakeError> {
    let json = json(message, EXPECTED)?;
    let is_structured = message.content_type.is_some_and(|given| essence(given) == STRUCTURED);
    let Some(attributes) = binary(message.headers).filter(|_| !is_structured) else {
        return structured(&json, "");
    };
    let mistakes = Mistakes::default();
    let attributes = Json::Object(attributes);
    let parsed = Fields::of(&attributes, "", &mistakes).and_then(|attributes| {
        let (key, time) = envelope(&attributes);
        Fields::of(&json, "", &mistakes).map(|data| event(&data, key, time))
    });
    finish(mistakes, parsed)
}

pub(super) fn parse_batch(body: &[u8]) -> Result<Vec<Result<Parsed, IntakeError>>, IntakeError> {
    let Json::List(events) = Json::read(body)? else {
        return Err(IntakeError::at("", "expected a list of events"));
    };
    if events.is_empty() || events.len() > BATCH_MAX {
        return Err(IntakeError::at("", "expected 1 to 100 events"));
    }
    Ok(events.iter().enumerate().map(|(i, event)| structured(event, &format!("/{i}"))).collect())
}

/// An event whose attributes stand beside its data.
fn structured(json: &Json, at: &str) -> Result<Parsed, IntakeError> {
    let mistakes = Mistakes::default();
    let decoded;
    let fields = Fields::of(json, at, &mistakes);
    let parsed = match fields {
        None => None,
        Some(fields) => {
            let (key, time) = envelope(&fields);
            if fields.text("datacontenttype").is_some_and(|given| !is_json(&given)) {
                fields.mistake("datacontenttype", "expected JSON");
            }
            match (fields.get("data"), fields.get("data_base64")) {
                (Some(_), None) => fields.child("data").map(|data| event(&data, key, time)),
                (None, Some(encoded)) => {
                    decoded = decode(encoded);
                    if decoded.is_none() {
                        fields.mistake("data_base64", "expected JSON in base64");
                    }
                    let at = format!("{at}/data_base64");
                    decoded
                        .as_ref()
                        .and_then(|decoded| Fields::of(decoded, &at, &mistakes))
                        .map(|data| event(&data, key, time))
                }
                (Some(_), Some(_)) => {
                    fields.mistake("data_base64", "expected data or data_base64, not both");
                    None
                }
                (None, None) => {
                    fields.mistake("data", "is required");
                    None
                }
            }
        }
    };
    finish(mistakes, parsed)
}

fn finish(mistakes: Mistakes, parsed: Option<Parsed>) -> Result<Parsed, IntakeError> {
    mistakes.or(parsed)?.ok_or_else(|| IntakeError::at("", "expected an event"))
}

/// What makes the event the same, and its time.
fn envelope(attributes: &Fields<'_>) -> (Vec<String>, GivenTime) {
    let version = attributes.required("specversion");
    if version.is_some_and(|version| version != "1.0") {
        attributes.mistake("specversion", "expected 1.0");
    }
    attributes.required("type");
    let key = [attributes.required("source"), attributes.required("id")].into_iter().flatten().collect();
    (key, attributes.time("time"))
}

/// The gate that the event comes from is its CloudEvents source, unless the data name a device.
fn event(data: &Fields<'_>, key: Vec<String>, time: GivenTime) -> Parsed {
    let source = key.first().cloned();
    let mut event = native::event(data, key, time);
    event.device = event.device.or(source);
    Parsed::Event(event)
}

fn decode(encoded: &Json) -> Option<Json> {
    let Json::Text(encoded) = encoded else { return None };
    Json::read(&BASE64_STANDARD.decode(encoded).ok()?).ok()
}

/// The attributes of binary mode, by the names they have in structured mode; none where there are no such headers.
fn binary(headers: &HeaderMap) -> Option<Object> {
    let attributes: Object = ATTRIBUTES
        .iter()
        .filter_map(|(name, header)| {
            let value = headers.get(*header)?.to_str().ok()?;
            let value = percent_decode_str(value).decode_utf8().ok()?;
            Some(((*name).to_owned(), Json::Text(value.into_owned())))
        })
        .collect();
    (!attributes.is_empty()).then_some(attributes)
}
