//! What Hikvision face terminals and thermal gates push by ISAPI.
//!
//! Nobody can mend what a device sends, so nothing here is refused that can be read at all: a field of a wrong type is
//! not there, a long one is cut, a number may be a text.

use super::fields::{GivenTime, TEXT_CHARS_MAX};
use super::{Celsius, FeverEvent, IntakeError, Kind, Message, Parsed, PersonSpace, PersonText};
use super::{reading, text};
use crate::http::json::{Json, Object, from_xml};
use crate::time::{Timestamp, Zone};

/// Thermal cameras measure things as well; what is outside this is none of a person's.
const BODY: std::ops::RangeInclusive<Celsius> =
    Celsius::from_hundredths(3_000)..=Celsius::from_hundredths(4_500);
const EXPECTED: &str = "Send JSON or XML, alone or as a part of multipart.";
/// A region list is not searched further than this.
const REGIONS_MAX: usize = 64;

pub(super) fn parse(message: &Message<'_>, zone: &Zone) -> Result<Parsed, IntakeError> {
    // Devices name types as they like: what a body is shows in its first character.
    let bytes = message.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(message.body);
    let json = match bytes.iter().find(|b| !b.is_ascii_whitespace()) {
        Some(b'<') => from_xml(bytes)?,
        Some(b'{' | b'[') => Json::read(bytes)?,
        Some(_) | None => return Err(IntakeError::Unsupported { expected: EXPECTED }),
    };
    let root = json.as_object().ok_or_else(|| IntakeError::at("", "expected an object"))?;
    // XML does, and some gateways do: the message stands in another.
    read(object(root, "EventNotificationAlert").unwrap_or(root), zone)
}

fn read(root: &Object, zone: &Zone) -> Result<Parsed, IntakeError> {
    let event_type = text_of(root, "eventType").unwrap_or_default().to_ascii_lowercase();
    let inactive = text_of(root, "eventState").is_some_and(|state| state.eq_ignore_ascii_case("inactive"));
    let time = text_of(root, "dateTime");
    if event_type == "heartbeat" || (event_type == "videoloss" && inactive) {
        return Ok(Parsed::Heartbeat { device_time: time.and_then(|time| device_time(&time, zone)) });
    }
    if let Some(event) = object(root, "AccessControllerEvent") {
        return access(root, event);
    }
    if inactive {
        return Ok(Parsed::Ignored { why: "the end of an alarm" });
    }
    match hottest(root) {
        Some(celsius) if BODY.contains(&celsius) => Ok(Parsed::Event(alarm(root, celsius)?)),
        Some(_) => Ok(Parsed::Ignored { why: "a temperature that no body has" }),
        None if event_type.is_empty() => Err(IntakeError::at(
            "/eventType",
            "expected the type of the event: this is no message of a Hikvision device",
        )),
        None => Ok(Parsed::Ignored { why: "no temperature in the message" }),
    }
}

/// Somebody at a gate.
fn access(root: &Object, event: &Object) -> Result<Parsed, IntakeError> {
    let celsius = measured(event);
    // The key is misspelt in the devices.
    let abnormal =
        flag(event, "isAbnomalTemperature").or_else(|| flag(event, "isAbnormalTemperature")) == Some(true);
    if celsius.is_none() && !abnormal {
        return Ok(Parsed::Ignored { why: "no temperature in the message" });
    }
    let serial = scalar(event, "serialNo").or_else(|| scalar(root, "serialNo"));
    let mut fever = base(root, serial)?;
    fever.temperature_c = celsius;
    fever.kind = celsius.is_none().then_some(Kind::Fever);
    fever.replay = flag(event, "currentEvent") == Some(false);
    fever.place = text_of(event, "deviceName").or_else(|| text_of(root, "deviceName"));
    let reference = text_of(event, "employeeNoString").or_else(|| text_of(event, "employeeNo"));
    let name = text_of(event, "name");
    if reference.is_some() || name.is_some() {
        fever.person = Some(PersonText { space: PersonSpace::Employee, reference, name, mobile: None });
    }
    Ok(Parsed::Event(fever))
}

/// A temperature alarm (TMA) or pre-alarm (TMPA) of a thermal camera: it knows nobody, and counts nothing.
fn alarm(root: &Object, celsius: Celsius) -> Result<Box<FeverEvent>, IntakeError> {
    // Without a serial number two regions in one second differ by channel and reading alone.
    let serial = scalar(root, "serialNo").unwrap_or_else(|| {
        format!("{}/{}", scalar(root, "channelID").unwrap_or_default(), celsius.hundredths())
    });
    let mut fever = base(root, Some(serial))?;
    fever.temperature_c = Some(celsius);
    fever.place = text_of(root, "channelName").or_else(|| text_of(root, "deviceName"));
    Ok(fever)
}

/// What every message of a device says.
fn base(root: &Object, serial: Option<String>) -> Result<Box<FeverEvent>, IntakeError> {
    let mac = scalar(root, "macAddress");
    let time = scalar(root, "dateTime");
    if serial.is_none() && time.is_none() {
        return Err(IntakeError::at(
            "/dateTime",
            "expected dateTime or serialNo, to tell this message from others",
        ));
    }
    let discovered = time.as_deref().map(GivenTime::read).unwrap_or_default();
    Ok(Box::new(FeverEvent {
        key: [mac.clone(), serial, time].map(Option::unwrap_or_default).into(),
        unit: None,
        kind: None,
        temperature_c: None,
        person: None,
        discovered_at: discovered.at,
        discovered_as_given: discovered.as_given,
        exposure: false,
        place: None,
        details: None,
        symptoms: Vec::new(),
        measures: Vec::new(),
        replay: false,
        correction: false,
        device: mac.or_else(|| text_of(root, "deviceID")),
    }))
}

fn measured(object: &Object) -> Option<Celsius> {
    let degrees = number(object, "currTemperature")?;
    let unit = scalar(object, "thermometryUnit").unwrap_or_default().to_ascii_lowercase();
    Some(match unit.as_str() {
        "fahrenheit" | "1" => reading::fahrenheit(degrees),
        "kelvin" | "2" => reading::kelvin(degrees),
        _ => reading::celsius(degrees),
    })
}

/// The hottest region that may be a person, else the hottest of all.
fn hottest(root: &Object) -> Option<Celsius> {
    let readings: Vec<Celsius> = many(root, "DetectionRegionList")
        .flat_map(|list| many(list, "DetectionRegionEntry").chain(std::iter::once(list)))
        .take(REGIONS_MAX)
        .flat_map(|entry| ["TMA", "TMPA"].into_iter().filter_map(|name| object(entry, name)))
        .chain(["TMA", "TMPA"].into_iter().filter_map(|name| object(root, name)))
        .filter_map(measured)
        .collect();
    readings.iter().filter(|celsius| BODY.contains(celsius)).max().or_else(|| readings.iter().max()).copied()
}

/// A member that is an object, or the objects of a list.
fn many<'o>(root: &'o Object, name: &str) -> impl Iterator<Item = &'o Object> + use<'o> {
    let items: &[Json] = match root.get(name) {
        Some(Json::List(items)) => items,
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    items.iter().filter_map(Json::as_object)
}

fn object<'o>(root: &'o Object, name: &str) -> Option<&'o Object> {
    root.get(name)?.as_object()
}

/// A text or number as it was written, cut where it is long.
fn scalar(root: &Object, name: &str) -> Option<String> {
    match root.get(name)? {
        Json::Text(text) if !text.trim().is_empty() => Some(text::cut(text, TEXT_CHARS_MAX)),
        Json::Number(number) => Some(number.to_string()),
        Json::Null | Json::Bool(_) | Json::Text(_) | Json::List(_) | Json::Object(_) => None,
    }
}

/// The same made fit to be shown.
fn text_of(root: &Object, name: &str) -> Option<String> {
    text::line(&scalar(root, name)?)
}

fn number(root: &Object, name: &str) -> Option<f64> {
    scalar(root, name)?.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

fn flag(root: &Object, name: &str) -> Option<bool> {
    if let Json::Bool(flag) = root.get(name)? {
        return Some(*flag);
    }
    match scalar(root, name)?.trim().to_ascii_lowercase().as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// What the device's clock shows; it often says no zone.
fn device_time(text: &str, zone: &Zone) -> Option<Timestamp> {
    text.parse().ok().or_else(|| zone.instant(text.parse().ok()?))
}
