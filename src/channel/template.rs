//! A provider of any kind: a body and rules that the configuration writes.

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

use super::answer::{Answer, Rules};
use super::body::{Body, NoBody};
use super::http::Ask;
use super::provider::{Provider, Stamp, Url, Verdict};
use super::settings::SettingsError;
use super::{FailureReason, Message, WebhookSettings};

/// Headers that are ours or HTTP's own.
const RESERVED: [&str; 6] =
    ["idempotency-key", "host", "content-length", "transfer-encoding", "connection", "expect"];

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// What the configuration writes of a provider that takes JSON.
#[derive(Debug)]
pub(super) struct Template {
    url: Url,
    headers: HeaderMap,
    body: Body,
    rules: Rules,
}

impl Template {
    pub(super) fn new(settings: &WebhookSettings, url: reqwest::Url) -> Result<Self, SettingsError> {
        Ok(Self {
            url: Url::new(url),
            headers: headers(settings)?,
            body: Body::compile(&settings.body)?,
            rules: Rules::compile(settings)?,
        })
    }
}

impl Provider for Template {
    fn ask(&self, message: &Message, _stamp: &Stamp) -> Result<Ask, FailureReason> {
        let body = self.body.render(message).map_err(|none| match none {
            NoBody::NoAddress => FailureReason::NoSuchAddress,
            NoBody::Failed => FailureReason::Unwritable,
        })?;
        let key = HeaderValue::from_str(&message.key).map_err(|_cause| FailureReason::Unwritable)?;
        let mut headers = self.headers.clone();
        headers.insert(IDEMPOTENCY_KEY, key);
        Ok(Ask { url: self.url.get(), headers, body })
    }

    fn judge(&self, answer: &Answer, _stamp: &Stamp) -> Verdict {
        self.rules.judge(answer).into()
    }
}

fn headers(settings: &WebhookSettings) -> Result<HeaderMap, SettingsError> {
    let bad = |name: &str, problem: &str| SettingsError::new("headers", format!("{name}: {problem}"));
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    for (name, value) in &settings.headers {
        let header =
            HeaderName::from_bytes(name.as_bytes()).map_err(|_cause| bad(name, "not a header's name"))?;
        if RESERVED.contains(&header.as_str()) {
            return Err(bad(name, "this header is set by watchfire itself"));
        }
        let mut value = HeaderValue::from_str(value.expose())
            .map_err(|_cause| bad(name, "its value has characters that a header cannot carry"))?;
        value.set_sensitive(true);
        headers.insert(header, value);
    }
    Ok(headers)
}
