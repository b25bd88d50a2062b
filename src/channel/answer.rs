//! What a provider's answer means: one table of HTTP statuses, and the expressions that look inside.
//!
//! | status | means |
//! |---|---|
//! | any but 3xx, `accepted_if` true | accepted |
//! | any but 3xx, `exhausted_if` true | exhausted: quota |
//! | any but 3xx, `refused_if` true | permanent: refused |
//! | 2xx, `accepted_if` false | transient: not accepted (the provider says so itself) |
//! | 2xx, `accepted_if` cannot be evaluated | unknown: bad answer |
//! | 3xx | permanent: redirected (never followed) |
//! | 401, 403, 407 | permanent: auth |
//! | 402 | exhausted: quota |
//! | 408 | transient: timeout (the provider did not read the request to its end) |
//! | 404, 410 and every other 4xx | permanent: refused |
//! | 421, 423, 425 | transient: server |
//! | 429 | transient: rate limited, with `Retry-After` |
//! | 502, 504 | unknown: server (a gateway speaks, and what stands behind it may have the message) |
//! | 503 and every other 5xx | transient: server, with `Retry-After` |
//! | anything else | unknown: bad answer |
//!
//! A field that an expression asks for and the answer lacks makes the expression fail, unless it asks by
//! `is defined` or gives a `default`: otherwise `body.code != 1` would be true of an answer without a code.

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use minijinja::value::{Enumerator, Object, ObjectRepr, ValueKind};
use minijinja::{Environment, State, UndefinedBehavior, Value};

use super::body::reason;
use super::settings::SettingsError;
use super::{DeliveryError, FailureReason, Outcome, WebhookSettings};
use crate::time::Timestamp;

/// The longest a provider is believed when it asks to wait.
pub(super) const RETRY_AFTER_MAX: Duration = Duration::from_secs(3600);

/// The longest id of a provider that is kept.
const PROVIDER_ID_MAX: usize = 128;

const FUEL: u64 = 20_000;

const ACCEPTED_IF: &str = "status >= 200 and status < 300";

/// The name under which an evaluation counts the fields it missed; no expression can write it.
const MISSED: &str = " missed";

/// One answer, as far as it was read.
#[derive(Debug)]
pub(super) struct Answer {
    /// The HTTP status.
    pub(super) status: u16,
    /// The body, where it was whole, small enough and JSON.
    pub(super) body: Option<serde_json::Value>,
    /// What the provider asks to wait.
    pub(super) retry_after: Option<Duration>,
    /// The provider's clock, where it says so.
    pub(super) date: Option<Timestamp>,
}

/// The compiled expressions of one webhook.
#[derive(Debug)]
pub(super) struct Rules {
    environment: Box<Environment<'static>>,
    accepted_if: String,
    exhausted_if: Option<String>,
    refused_if: Option<String>,
    id: Option<String>,
}

impl Rules {
    /// Compiles what the settings say.
    pub(super) fn compile(settings: &WebhookSettings) -> Result<Self, SettingsError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(FUEL));
        environment.add_test("defined", |state: &State<'_, '_>, value: &Value| !forgiven(state, value));
        environment.add_test("undefined", |state: &State<'_, '_>, value: &Value| forgiven(state, value));
        environment.add_filter(
            "default",
            |state: &State<'_, '_>, value: &Value, other: Value| {
                if forgiven(state, value) { other } else { value.clone() }
            },
        );
        let accepted_if = settings.accepted_if.clone().unwrap_or_else(|| ACCEPTED_IF.to_owned());
        for (field, source) in [
            ("accepted_if", Some(&accepted_if)),
            ("exhausted_if", settings.exhausted_if.as_ref()),
            ("refused_if", settings.refused_if.as_ref()),
            ("id", settings.id.as_ref()),
        ] {
            let Some(source) = source else { continue };
            let expression = environment
                .compile_expression(source)
                .map_err(|error| SettingsError::new(field, reason(&error)))?;
            let names = expression.undeclared_variables(false);
            if names.iter().any(|name| name != "status" && name != "body") {
                return Err(SettingsError::new(field, "an expression knows only status and body"));
            }
        }
        Ok(Self {
            environment: Box::new(environment),
            accepted_if,
            exhausted_if: settings.exhausted_if.clone(),
            refused_if: settings.refused_if.clone(),
            id: settings.id.clone(),
        })
    }

    /// What an answer means.
    pub(super) fn judge(&self, answer: &Answer) -> Outcome {
        if (300..400).contains(&answer.status) {
            return Outcome::Failed(DeliveryError::Permanent { reason: FailureReason::Redirected });
        }
        let is = |source: &Option<String>| {
            source.as_ref().is_some_and(|source| self.decide(source, answer) == Some(true))
        };
        let accepted = self.decide(&self.accepted_if, answer);
        if accepted == Some(true) {
            return Outcome::Accepted { provider_id: self.provider_id(answer) };
        }
        Outcome::Failed(if is(&self.exhausted_if) {
            DeliveryError::Exhausted { reason: FailureReason::Quota, until: answer.retry_after }
        } else if is(&self.refused_if) {
            DeliveryError::Permanent { reason: FailureReason::Refused }
        } else {
            by_status(answer, accepted)
        })
    }

    fn provider_id(&self, answer: &Answer) -> Option<String> {
        let value = self.evaluate(self.id.as_ref()?, answer)?;
        let id = match value.as_str() {
            Some(text) => text.to_owned(),
            None if value.is_number() => value.to_string(),
            None => return None,
        };
        let fits = !id.is_empty() && id.len() <= PROVIDER_ID_MAX && !id.chars().any(char::is_control);
        fits.then_some(id)
    }

    /// What a question says: yes, no, or none where it cannot be evaluated or is not a question.
    fn decide(&self, source: &str, answer: &Answer) -> Option<bool> {
        let value = self.evaluate(source, answer)?;
        (value.kind() == ValueKind::Bool).then(|| value.is_true())
    }

    /// The value of an expression; none where it cannot be evaluated.
    fn evaluate(&self, source: &str, answer: &Answer) -> Option<Value> {
        let missed = Arc::new(Missed::default());
        let body = answer.body.as_ref().map(|body| looked_at(body, &missed));
        let root = Value::from_object(Root { status: answer.status, body, missed: Arc::clone(&missed) });
        let value = self.environment.compile_expression(source).ok()?.eval(root).ok()?;
        (missed.0.load(Ordering::Relaxed) <= 0 && !value.is_undefined()).then_some(value)
    }
}

pub(super) fn by_status(answer: &Answer, accepted: Option<bool>) -> DeliveryError {
    use FailureReason::{Auth, BadAnswer, NotAccepted, Quota, RateLimited, Refused, Server, Timeout};
    let retry_after = answer.retry_after;
    match answer.status {
        200..300 if accepted.is_none() => DeliveryError::Unknown { reason: BadAnswer },
        200..300 => DeliveryError::Transient { reason: NotAccepted, retry_after },
        401 | 403 | 407 => DeliveryError::Permanent { reason: Auth },
        402 => DeliveryError::Exhausted { reason: Quota, until: retry_after },
        408 => DeliveryError::Transient { reason: Timeout, retry_after },
        421 | 423 | 425 => DeliveryError::Transient { reason: Server, retry_after },
        429 => DeliveryError::Transient { reason: RateLimited, retry_after },
        400..500 => DeliveryError::Permanent { reason: Refused },
        502 | 504 => DeliveryError::Unknown { reason: Server },
        500..600 => DeliveryError::Transient { reason: Server, retry_after },
        _ => DeliveryError::Unknown { reason: BadAnswer },
    }
}

/// What `Retry-After` asks for: seconds, or a date, which counts from the answer's own `Date`, so that no clock of
/// ours has a say in it.
pub(super) fn retry_after(value: Option<&str>, date: Option<&str>) -> Option<Duration> {
    let value = value?.trim();
    let asked = match value.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_not_seconds) => {
            let parser = jiff::fmt::rfc2822::DateTimeParser::new();
            let until = parser.parse_timestamp(value).ok()?;
            let from = parser.parse_timestamp(date?.trim()).ok()?;
            Duration::try_from(until.duration_since(from)).unwrap_or(Duration::ZERO)
        }
    };
    Some(asked.min(RETRY_AFTER_MAX))
}

/// How many fields an evaluation asked for in vain and did not ask about.
#[derive(Debug, Default)]
struct Missed(AtomicI64);

impl Object for Missed {}

/// Whether a value is missing; asking makes it count as asked about.
fn forgiven(state: &State<'_, '_>, value: &Value) -> bool {
    if value.is_undefined()
        && let Some(missed) = state.lookup(MISSED)
        && let Some(missed) = missed.downcast_object_ref::<Missed>()
    {
        missed.0.fetch_sub(1, Ordering::Relaxed);
    }
    value.is_undefined()
}

#[derive(Debug)]
struct Root {
    status: u16,
    body: Option<Value>,
    missed: Arc<Missed>,
}

impl Object for Root {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str()? {
            "status" => Some(Value::from(self.status)),
            "body" => {
                if self.body.is_none() {
                    self.missed.0.fetch_add(1, Ordering::Relaxed);
                }
                self.body.clone()
            }
            MISSED => Some(Value::from_dyn_object(Arc::clone(&self.missed))),
            _ => None,
        }
    }
}

/// An object or a list of an answer, which counts the fields that are asked for in vain.
#[derive(Debug)]
struct Looked {
    json: serde_json::Value,
    missed: Arc<Missed>,
}

fn looked_at(json: &serde_json::Value, missed: &Arc<Missed>) -> Value {
    if json.is_object() || json.is_array() {
        Value::from_object(Looked { json: json.clone(), missed: Arc::clone(missed) })
    } else {
        Value::from(minijinja::value::Serde(json))
    }
}

impl Object for Looked {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        if self.json.is_array() { ObjectRepr::Seq } else { ObjectRepr::Map }
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let found = match key.as_str() {
            Some(name) => self.json.get(name),
            None => key.as_usize().and_then(|index| self.json.get(index)),
        };
        if found.is_none() {
            self.missed.0.fetch_add(1, Ordering::Relaxed);
        }
        found.map(|json| looked_at(json, &self.missed))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        match &self.json {
            serde_json::Value::Array(items) => Enumerator::Seq(items.len()),
            serde_json::Value::Object(fields) => {
                Enumerator::Values(fields.keys().map(|name| Value::from(name.as_str())).collect())
            }
            serde_json::Value::Null
            | serde_json::Value::Bool(_)
            | serde_json::Value::Number(_)
            | serde_json::Value::String(_) => Enumerator::Empty,
        }
    }
}
