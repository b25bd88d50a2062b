//! Fever events at the door: what devices and systems send, in five formats, becomes one type.
//!
//! Fields that are not known are passed over, so that a sender may add its own. What is known is checked, and every
//! mistake is told at once, never with what was given. Times never refuse an event: what cannot be read as an instant
//! is kept as text, and the receipt counts. Control characters in texts become blanks, invisible and direction-turning
//! characters are taken out; in identifiers both are refused, for there they would make two of one. A device cannot be
//! taught: where a program would be refused, what a gate sends is shortened or left out, and the reading is kept.

mod cloudevents;
mod fhir;
mod fields;
mod hikvision;
mod mapped;
mod native;
mod reading;
#[cfg(test)]
mod tests;
mod text;

use std::fmt;
use std::sync::Arc;

use axum::http::HeaderMap;

pub use mapped::Map;

use crate::domain::names::{Celsius, Kind};
use crate::http::body::{essence, is_json};
use crate::http::json::{Json, Malformed};
use crate::http::problem::{FieldError, Problem};
use crate::time::{Timestamp, Zone};

/// In which shape a source sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    /// Our own JSON, as the contract shows it.
    Native,
    /// CloudEvents 1.0 whose data is our own JSON: structured, binary, batch.
    CloudEvents,
    /// A FHIR R4 Observation of body temperature.
    Fhir,
    /// What face terminals and thermal gates push by ISAPI.
    Hikvision,
    /// Any JSON, as the configuration says where in it an event stands.
    Mapped(Arc<Map>),
}

/// One message as it came.
#[derive(Clone, Copy)]
pub struct Message<'m> {
    /// The type of the body, where it was named.
    pub content_type: Option<&'m str>,
    /// The headers: CloudEvents in binary mode stand in them.
    pub headers: &'m HeaderMap,
    /// The body.
    pub body: &'m [u8],
}

/// Prints the type and the size alone: the body is somebody's.
impl fmt::Debug for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { content_type, headers: _, body } = self;
        f.debug_struct("Message").field("content_type", content_type).field("body", &body.len()).finish()
    }
}

/// What a message turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parsed {
    /// Somebody has, or is said to have, a fever.
    Event(Box<FeverEvent>),
    /// A device lives.
    Heartbeat {
        /// What its clock shows, where it can be read; a time without a zone is taken in the organisation's.
        device_time: Option<Timestamp>,
    },
    /// Nothing to act on.
    Ignored {
        /// Why, for the log and the counters.
        why: &'static str,
    },
}

/// Whose numbering a person's reference belongs to: two references are one person only within one space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PersonSpace {
    /// The organisation's own numbers of its employees.
    Employee,
    /// References between FHIR resources, such as `Patient/4366`.
    Fhir,
}

impl PersonSpace {
    /// Its name, as it goes before a reference.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Employee => "employee",
            Self::Fhir => "fhir",
        }
    }
}

/// Whom an event is about, as far as it says.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonText {
    /// Whose numbering the reference belongs to.
    pub space: PersonSpace,
    /// What names the person in that numbering; without it an event joins no other.
    pub reference: Option<String>,
    /// The person's name.
    pub name: Option<String>,
    /// The person's number, as it was written.
    pub mobile: Option<String>,
}

impl fmt::Debug for PersonText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// One fever event, whatever the format it came in.
#[derive(Clone, PartialEq, Eq)]
pub struct FeverEvent {
    /// What makes it the same when it comes again, in order, within its source.
    pub key: Vec<String>,
    /// The unit it names.
    pub unit: Option<String>,
    /// What it says somebody has; it decides where there is a reading as well.
    pub kind: Option<Kind>,
    /// The reading; there is this or a kind, or both.
    pub temperature_c: Option<Celsius>,
    /// Whom it is about; none for a stranger.
    pub person: Option<PersonText>,
    /// When it was found, where that is an instant.
    pub discovered_at: Option<Timestamp>,
    /// When it was found, as it was written, where that is no instant.
    pub discovered_as_given: Option<String>,
    /// Whether the person was exposed.
    pub exposure: bool,
    /// Where.
    pub place: Option<String>,
    /// Whatever else was written; line breaks are kept.
    pub details: Option<String>,
    /// What the person suffers from.
    pub symptoms: Vec<String>,
    /// What was done already.
    pub measures: Vec<String>,
    /// Whether the device sends it again, after it was cut off.
    pub replay: bool,
    /// Whether the sender says that it corrects an earlier message about the same finding.
    pub correction: bool,
    /// Which device or system found it.
    pub device: Option<String>,
}

/// Prints what says nothing about anybody.
impl fmt::Debug for FeverEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FeverEvent")
            .field("kind", &self.kind)
            .field("replay", &self.replay)
            .field("correction", &self.correction)
            .finish_non_exhaustive()
    }
}

/// Why a message is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IntakeError {
    /// The type of the body is not one of this format's: 415.
    Unsupported {
        /// What to send.
        expected: &'static str,
    },
    /// The body cannot be read: 400.
    Malformed(Malformed),
    /// These things in it are wrong: 422.
    Invalid(Vec<FieldError>),
}

impl IntakeError {
    fn at(pointer: impl Into<String>, detail: &'static str) -> Self {
        Self::Invalid(vec![FieldError::new(pointer, detail)])
    }
}

impl From<Malformed> for IntakeError {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

impl From<IntakeError> for Problem {
    fn from(error: IntakeError) -> Self {
        match error {
            IntakeError::Unsupported { expected } => Self::unsupported().with_detail(expected),
            IntakeError::Malformed(malformed) => Self::malformed().with_detail(malformed.to_string()),
            IntakeError::Invalid(errors) => Self::invalid(errors),
        }
    }
}

/// Reads one message.
///
/// # Errors
/// [`IntakeError`] says all that is wrong with it.
pub fn parse(format: &Format, message: &Message<'_>, zone: &Zone) -> Result<Parsed, IntakeError> {
    match format {
        Format::Native => native::parse(&json(message, "Send Content-Type: application/json.")?),
        Format::CloudEvents => cloudevents::parse(message),
        Format::Fhir => fhir::parse(&json(message, "Send Content-Type: application/fhir+json.")?),
        Format::Hikvision => hikvision::parse(message, zone),
        Format::Mapped(map) => mapped::parse(map, message),
    }
}

/// Whether a message is a batch, to be read by [`parse_batch`].
#[must_use]
pub fn is_batch(format: &Format, content_type: Option<&str>) -> bool {
    *format == Format::CloudEvents && content_type.is_some_and(|given| essence(given) == cloudevents::BATCH)
}

/// Reads a batch of CloudEvents: one result for each, in order. Pointers count from the batch.
///
/// # Errors
/// [`IntakeError`] where there is no list to read, or it has no event or more than 100.
pub fn parse_batch(body: &[u8]) -> Result<Vec<Result<Parsed, IntakeError>>, IntakeError> {
    cloudevents::parse_batch(body)
}

/// The body as JSON, unless its type says that it is something else.
fn json(message: &Message<'_>, expected: &'static str) -> Result<Json, IntakeError> {
    if message.content_type.is_some_and(|given| !is_json(given)) {
        return Err(IntakeError::Unsupported { expected });
    }
    Ok(Json::read(message.body)?)
}
