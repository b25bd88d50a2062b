//! Our own JSON.

use super::fields::{Fields, GivenTime, Mistakes};
use super::{FeverEvent, IntakeError, Parsed, PersonSpace, PersonText, reading};
use crate::http::json::Json;

pub(super) fn parse(json: &Json) -> Result<Parsed, IntakeError> {
    let mistakes = Mistakes::default();
    let event = Fields::of(json, "", &mistakes).map(|fields| {
        let key = fields.required("id").into_iter().collect();
        event(&fields, key, GivenTime::default())
    });
    mistakes
        .or(event)?
        .map_or_else(|| Err(IntakeError::at("", "expected an object")), |event| Ok(Parsed::Event(event)))
}

/// The event in an object, apart from what makes it the same: CloudEvents carry that, and a time, outside.
pub(super) fn event(fields: &Fields<'_>, key: Vec<String>, outer_time: GivenTime) -> Box<FeverEvent> {
    let kind = fields.reported("kind");
    let temperature_c = fields.number("temperature_c").map(reading::celsius);
    if fields.get("kind").is_none() && fields.get("temperature_c").is_none() {
        fields.mistake("temperature_c", "is required where there is no kind");
    }
    let inner_time = fields.time("discovered_at");
    let discovered = if inner_time.is_given() { inner_time } else { outer_time };
    Box::new(FeverEvent {
        key,
        unit: fields.identifier("unit"),
        kind,
        temperature_c,
        person: fields.child("person").and_then(|person| {
            person_text(
                PersonSpace::Employee,
                person.identifier("ref"),
                person.text("name"),
                person.text("mobile"),
            )
        }),
        discovered_at: discovered.at,
        discovered_as_given: discovered.as_given,
        exposure: fields.flag("exposure"),
        place: fields.text("place"),
        details: fields.paragraph("details"),
        symptoms: fields.texts("symptoms"),
        measures: fields.texts("measures"),
        replay: false,
        correction: false,
        device: fields.identifier("device"),
    })
}

/// The person, unless nothing at all is said about one. Blanks around a reference name nobody else.
pub(super) fn person_text(
    space: PersonSpace,
    reference: Option<String>,
    name: Option<String>,
    mobile: Option<String>,
) -> Option<PersonText> {
    if reference.is_none() && name.is_none() && mobile.is_none() {
        return None;
    }
    let reference = reference.map(|reference| reference.trim().to_owned());
    Some(PersonText { space, reference, name, mobile })
}
