//! What sealed contents say about a case: read for one message and let go.

use serde_json::Value;

use super::Outbox;
use crate::domain::case::Case;
use crate::domain::names::PayloadName;

/// What the sender of a fever event wrote, as far as it can be opened.
#[derive(Default)]
pub(super) struct Contents {
    pub(super) place: Option<String>,
    pub(super) details: Option<String>,
    pub(super) symptoms: Option<String>,
    pub(super) measures: Option<String>,
}

/// A sealed JSON document; `None` where the vault is not there or the document was erased.
pub(super) fn open(outbox: &Outbox, name: &PayloadName) -> Option<Value> {
    let bytes = outbox.vault.as_ref()?.get(name.as_str().parse().ok()?).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// What the readings of a case say, the newest word first.
pub(super) fn contents(outbox: &Outbox, case: &Case) -> Contents {
    let mut contents = Contents::default();
    for payload in case.readings.iter().rev().filter_map(|reading| reading.payload.as_ref()) {
        let Some(value) = open(outbox, payload) else { continue };
        let fill = |slot: &mut Option<String>, key: &str| {
            if slot.is_none() {
                *slot = words(&value, key);
            }
        };
        fill(&mut contents.place, "place");
        fill(&mut contents.details, "details");
        fill(&mut contents.symptoms, "symptoms");
        fill(&mut contents.measures, "measures");
    }
    contents
}

/// A text, or a list of texts as one.
pub(super) fn words(value: &Value, key: &str) -> Option<String> {
    let text = match value.get(key)? {
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("、"),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Object(_) => return None,
    };
    Some(text).filter(|text| !text.trim().is_empty())
}
