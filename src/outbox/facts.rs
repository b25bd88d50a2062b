//! What sealed contents say about a case: read for one message and let go.

use serde_json::Value;

use crate::domain::case::Case;
use crate::engine::Stores;

/// What the senders of fever events wrote, as far as it can be opened.
#[derive(Default)]
pub(super) struct Contents {
    pub(super) place: Option<String>,
    pub(super) details: Option<String>,
    pub(super) symptoms: Option<String>,
    pub(super) measures: Option<String>,
    /// The name of the person it is about.
    pub(super) name: Option<String>,
    /// Their employee number.
    pub(super) reference: Option<String>,
    /// What the first message came from: the source's id, and the device where it names one.
    pub(super) source: Option<String>,
    pub(super) device: Option<String>,
    /// Somebody said that they were exposed.
    pub(super) exposure: bool,
}

/// What the readings of a case say, the newest word first.
pub(super) fn contents(stores: &Stores, case: &Case) -> Contents {
    let payloads = case.readings.iter().rev().filter_map(|reading| reading.payload.as_ref());
    read(payloads.filter_map(|payload| stores.open(payload)))
}

/// What messages say, the newest first.
pub(super) fn read(messages: impl Iterator<Item = Value>) -> Contents {
    let mut contents = Contents::default();
    for value in messages {
        let fill = |slot: &mut Option<String>, value: &Value, key: &str| {
            if slot.is_none() {
                *slot = words(value, key);
            }
        };
        fill(&mut contents.place, &value, "place");
        fill(&mut contents.details, &value, "details");
        fill(&mut contents.symptoms, &value, "symptoms");
        fill(&mut contents.measures, &value, "measures");
        if let Some(person) = value.get("person") {
            fill(&mut contents.name, person, "name");
            fill(&mut contents.reference, person, "reference");
        }
        // Who told first is the source; a later message of another system does not change that.
        contents.source = words(&value, "source");
        contents.device = words(&value, "device");
        contents.exposure |= value.get("exposure").and_then(Value::as_bool) == Some(true);
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
