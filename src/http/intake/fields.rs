//! Reading the members of an object, and noting every mistake on the way.

use std::borrow::Cow;
use std::cell::RefCell;

use super::text;
use super::{IntakeError, Kind};
use crate::http::json::{Json, Object};
use crate::http::problem::FieldError;
use crate::time::Timestamp;

/// The longest identifier, name, place, symptom or measure, in characters.
pub(super) const TEXT_CHARS_MAX: usize = 200;
/// The longest details, in characters.
pub(super) const DETAILS_CHARS_MAX: usize = 2_000;
/// The most symptoms or measures.
const LIST_MAX: usize = 50;
/// The longest time that is kept as it was written.
const TIME_CHARS_MAX: usize = 64;
/// Above this, programs that hold numbers as floats take two for one.
const EXACT_MAX: u64 = 1 << 53;

/// What is wrong with a message, gathered while it is read.
#[derive(Default)]
pub(super) struct Mistakes(RefCell<Vec<FieldError>>);

impl Mistakes {
    pub(super) fn note(&self, pointer: impl Into<String>, detail: impl Into<Cow<'static, str>>) {
        self.0.borrow_mut().push(FieldError::new(pointer, detail));
    }

    /// The value, unless something was wrong.
    pub(super) fn or<T>(self, value: T) -> Result<T, IntakeError> {
        let errors = self.0.into_inner();
        if errors.is_empty() { Ok(value) } else { Err(IntakeError::Invalid(errors)) }
    }
}

/// A time as a message gives it.
#[derive(Default)]
pub(super) struct GivenTime {
    /// The instant, where it is one.
    pub(super) at: Option<Timestamp>,
    /// The text, where it is none.
    pub(super) as_given: Option<String>,
}

impl GivenTime {
    pub(super) fn read(text: &str) -> Self {
        match text.trim().parse() {
            Ok(at) => Self { at: Some(at), as_given: None },
            Err(_no_instant) => {
                Self { at: None, as_given: text::line(text).map(|text| text::cut(&text, TIME_CHARS_MAX)) }
            }
        }
    }

    pub(super) const fn is_given(&self) -> bool {
        self.at.is_some() || self.as_given.is_some()
    }
}

/// An object, where it stands, and where its mistakes go.
#[derive(Clone)]
pub(super) struct Fields<'a> {
    object: &'a Object,
    at: String,
    mistakes: &'a Mistakes,
}

impl<'a> Fields<'a> {
    /// The members of a value at this pointer; a mistake where it is no object.
    pub(super) fn of(json: &'a Json, at: &str, mistakes: &'a Mistakes) -> Option<Self> {
        let object = json.as_object();
        if object.is_none() {
            mistakes.note(at, "expected an object");
        }
        Some(Self { object: object?, at: at.to_owned(), mistakes })
    }

    /// Notes a mistake at a member.
    pub(super) fn mistake(&self, name: &str, detail: impl Into<Cow<'static, str>>) {
        self.mistakes.note(FieldError::below(&self.at, name), detail);
    }

    /// A member; one that is `null` is not there.
    pub(super) fn get(&self, name: &str) -> Option<&'a Json> {
        self.object.get(name).filter(|json| **json != Json::Null)
    }

    fn wrong<T>(&self, name: &str, expected: &'static str) -> Option<T> {
        self.mistake(name, expected);
        None
    }

    /// A member that is an object.
    pub(super) fn child(&self, name: &str) -> Option<Self> {
        Self::of(self.get(name)?, &FieldError::below(&self.at, name), self.mistakes)
    }

    /// A member that is a list of objects, up to a bound.
    pub(super) fn children(&self, name: &str) -> Vec<Self> {
        let at = FieldError::below(&self.at, name);
        self.list(name)
            .iter()
            .enumerate()
            .filter_map(|(i, item)| Self::of(item, &format!("{at}/{i}"), self.mistakes))
            .collect()
    }

    fn list(&self, name: &str) -> &'a [Json] {
        match self.get(name) {
            Some(Json::List(list)) if list.len() <= LIST_MAX => list,
            Some(Json::List(_)) => {
                self.mistake(name, format!("expected at most {LIST_MAX}"));
                &[]
            }
            Some(Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) | Json::Object(_)) => {
                self.mistake(name, "expected a list");
                &[]
            }
            None => &[],
        }
    }

    fn raw(&self, name: &str) -> Option<&'a str> {
        match self.get(name)? {
            Json::Text(text) => Some(text),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::List(_) | Json::Object(_) => {
                self.wrong(name, "expected a text")
            }
        }
    }

    /// A text on one line; one that is blank is not there.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.bounded(name, text::line(self.raw(name)?)?, TEXT_CHARS_MAX)
    }

    /// A text of several lines.
    pub(super) fn paragraph(&self, name: &str) -> Option<String> {
        self.bounded(name, text::paragraph(self.raw(name)?)?, DETAILS_CHARS_MAX)
    }

    fn bounded(&self, name: &str, text: String, chars_max: usize) -> Option<String> {
        if text.chars().count() > chars_max {
            self.mistake(name, format!("expected at most {chars_max} characters"));
            return None;
        }
        Some(text)
    }

    /// A text that names something: kept as it is, or refused. A whole number will do.
    pub(super) fn identifier(&self, name: &str) -> Option<String> {
        let text = match self.get(name)? {
            Json::Text(text) if text.trim().is_empty() => return None,
            Json::Text(text) => text.clone(),
            Json::Number(number) if number.as_u64().is_some_and(|whole| whole <= EXACT_MAX) => {
                number.to_string()
            }
            Json::Number(_) => return self.wrong(name, "expected a text, or a whole number up to 2^53"),
            Json::Null | Json::Bool(_) | Json::List(_) | Json::Object(_) => {
                return self.wrong(name, "expected a text");
            }
        };
        if !text::is_plain(&text) {
            return self.wrong(name, "expected no control or invisible characters");
        }
        self.bounded(name, text, TEXT_CHARS_MAX)
    }

    /// An identifier without which there is no event.
    pub(super) fn required(&self, name: &str) -> Option<String> {
        let given =
            self.get(name).is_some_and(|json| !matches!(json, Json::Text(text) if text.trim().is_empty()));
        if !given {
            self.mistake(name, "is required");
        }
        self.identifier(name)
    }

    /// Any number.
    pub(super) fn number(&self, name: &str) -> Option<f64> {
        match self.get(name)? {
            Json::Number(number) => number.as_f64(),
            Json::Null | Json::Bool(_) | Json::Text(_) | Json::List(_) | Json::Object(_) => {
                self.wrong(name, "expected a number")
            }
        }
    }

    /// True or false; false where it is not there.
    pub(super) fn flag(&self, name: &str) -> bool {
        match self.get(name) {
            Some(Json::Bool(flag)) => *flag,
            Some(Json::Null | Json::Number(_) | Json::Text(_) | Json::List(_) | Json::Object(_)) => {
                self.mistake(name, "expected true or false");
                false
            }
            None => false,
        }
    }

    /// A list of texts, each on one line; blank ones are left out.
    pub(super) fn texts(&self, name: &str) -> Vec<String> {
        let at = FieldError::below(&self.at, name);
        let mut texts = Vec::new();
        for (i, item) in self.list(name).iter().enumerate() {
            let Json::Text(text) = item else {
                self.mistakes.note(format!("{at}/{i}"), "expected a text");
                continue;
            };
            let Some(text) = text::line(text) else { continue };
            if text.chars().count() > TEXT_CHARS_MAX {
                self.mistakes
                    .note(format!("{at}/{i}"), format!("expected at most {TEXT_CHARS_MAX} characters"));
                continue;
            }
            texts.push(text);
        }
        texts
    }

    /// A time; whatever stands there, it refuses nothing.
    pub(super) fn time(&self, name: &str) -> GivenTime {
        match self.get(name) {
            Some(Json::Text(text)) => GivenTime::read(text),
            Some(Json::Number(number)) => GivenTime { at: None, as_given: Some(number.to_string()) },
            Some(other @ (Json::Null | Json::Bool(_) | Json::List(_) | Json::Object(_))) => {
                GivenTime { at: None, as_given: Some(other.kind().to_owned()) }
            }
            None => GivenTime::default(),
        }
    }

    /// What the event says somebody has.
    pub(super) fn reported(&self, name: &str) -> Option<Kind> {
        match self.get(name)? {
            Json::Text(text) if text == "fever" => Some(Kind::Fever),
            Json::Text(text) if text == "suspected" => Some(Kind::Suspected),
            Json::Text(text) if text == "confirmed" => Some(Kind::Confirmed),
            Json::Text(text) if text == "ruled_out" => Some(Kind::RuledOut),
            Json::Null
            | Json::Bool(_)
            | Json::Number(_)
            | Json::Text(_)
            | Json::List(_)
            | Json::Object(_) => self.wrong(name, "expected one of fever, suspected, confirmed, ruled_out"),
        }
    }
}
