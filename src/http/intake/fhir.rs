//! FHIR R4 Observations of body temperature.

use super::fields::{Fields, Mistakes};
use super::native::person_text;
use super::{Celsius, FeverEvent, IntakeError, Parsed, PersonSpace, PersonText};
use super::{reading, text};
use crate::http::json::Json;

const LOINC: &str = "http://loinc.org";
const BODY_TEMPERATURE: &str = "8310-5";
const UCUM: &str = "http://unitsofmeasure.org";

pub(super) fn parse(json: &Json) -> Result<Parsed, IntakeError> {
    let mistakes = Mistakes::default();
    let parsed = Fields::of(json, "", &mistakes).and_then(|observation| {
        if observation.required("resourceType").is_some_and(|given| given != "Observation") {
            observation.mistake("resourceType", "expected Observation");
            return None;
        }
        observe(&observation)
    });
    mistakes.or(parsed)?.ok_or_else(|| IntakeError::at("", "expected an Observation of body temperature"))
}

fn observe(observation: &Fields<'_>) -> Option<Parsed> {
    let status = observation.required("status")?;
    match status.as_str() {
        "entered-in-error" => return Some(Parsed::Ignored { why: "entered in error" }),
        "cancelled" => return Some(Parsed::Ignored { why: "cancelled" }),
        "registered" | "preliminary" | "final" | "amended" | "corrected" | "unknown" => {}
        _ => observation.mistake("status", "expected a status of a FHIR R4 Observation"),
    }
    let is_temperature = is_body_temperature(observation);
    if is_temperature
        && observation.get("valueQuantity").is_none()
        && observation.get("dataAbsentReason").is_some()
    {
        return Some(Parsed::Ignored { why: "no value: the observation says that it has none" });
    }
    let quantity = quantity(observation);
    let id = observation.required("id");
    let version = observation.child("meta").and_then(|meta| meta.identifier("versionId"));
    let (quantity, id) = (quantity?, id?);
    let key = match version {
        Some(version) => vec![id, version],
        None => vec![id, status.clone(), quantity.value.to_string()],
    };
    let discovered = ["effectiveDateTime", "effectiveInstant"]
        .into_iter()
        .map(|name| observation.time(name))
        .chain(observation.child("effectivePeriod").map(|period| period.time("start")))
        .find(super::fields::GivenTime::is_given)
        .unwrap_or_default();
    Some(Parsed::Event(Box::new(FeverEvent {
        key,
        unit: None,
        kind: None,
        temperature_c: Some(quantity.celsius),
        person: observation.child("subject").and_then(|subject| person(&subject)),
        discovered_at: discovered.at,
        discovered_as_given: discovered.as_given,
        exposure: false,
        place: None,
        details: notes(observation),
        symptoms: Vec::new(),
        measures: Vec::new(),
        replay: false,
        correction: status == "amended" || status == "corrected",
        device: observation
            .child("device")
            .and_then(|device| device.text("display").or_else(|| device.text("reference"))),
    })))
}

fn is_body_temperature(observation: &Fields<'_>) -> bool {
    let Some(code) = observation.child("code") else {
        if observation.get("code").is_none() {
            observation.mistake("code", "is required");
        }
        return false;
    };
    let found = code.children("coding").iter().any(|coding| {
        coding.text("system").as_deref() == Some(LOINC)
            && coding.text("code").as_deref() == Some(BODY_TEMPERATURE)
    });
    if !found {
        code.mistake("coding", "expected LOINC 8310-5, body temperature (system http://loinc.org)");
    }
    found
}

struct Quantity {
    /// As it was written: part of what makes the observation the same.
    value: f64,
    celsius: Celsius,
}

fn quantity(observation: &Fields<'_>) -> Option<Quantity> {
    if observation.get("valueQuantity").is_none() {
        observation.mistake("valueQuantity", "is required");
    }
    let quantity = observation.child("valueQuantity")?;
    if quantity.get("value").is_none() {
        quantity.mistake("value", "is required");
    }
    let value = quantity.number("value");
    if quantity.text("system").is_some_and(|system| system != UCUM) {
        quantity.mistake("system", "expected http://unitsofmeasure.org");
    }
    let unit = quantity.text("code").or_else(|| quantity.text("unit"));
    let celsius = match unit.as_deref() {
        Some("Cel") => value.map(reading::celsius),
        Some("[degF]") => value.map(reading::fahrenheit),
        Some(_) | None => {
            quantity.mistake("code", "expected Cel or [degF]");
            None
        }
    };
    Some(Quantity { value: value?, celsius: celsius? })
}

/// Who was measured: by the employee's number where an identifier gives one, else by the reference.
fn person(subject: &Fields<'_>) -> Option<PersonText> {
    let name = subject.text("display");
    let number = subject.child("identifier").and_then(|identifier| identifier.identifier("value"));
    match number {
        Some(number) => person_text(PersonSpace::Employee, Some(number), name, None),
        None => {
            let reference = subject.identifier("reference").filter(|reference| names_a_person(reference));
            person_text(PersonSpace::Fhir, reference, name, None)
        }
    }
}

/// A reference into the message itself (`#p1`) is another person's in the next one; groups, places and things are none.
fn names_a_person(reference: &str) -> bool {
    let type_name = reference.rsplit('/').nth(1).unwrap_or_default();
    !reference.starts_with('#') && !matches!(type_name, "Group" | "Location" | "Device")
}

/// What was noted, one note a line, cut where it is long: a note refuses no reading.
fn notes(observation: &Fields<'_>) -> Option<String> {
    let Some(Json::List(notes)) = observation.get("note") else { return None };
    let lines: Vec<String> = notes
        .iter()
        .filter_map(|note| match note.as_object()?.get("text")? {
            Json::Text(text) => text::paragraph(text),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::List(_) | Json::Object(_) => None,
        })
        .collect();
    text::paragraph(&text::cut(&lines.join("\n"), super::fields::DETAILS_CHARS_MAX))
}
