//! A topic of an ntfy server: whoever subscribed hears it, on a telephone or a desk.

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderValue};
use serde_json::json;

use super::robot::fitted;
use super::{Provider, Sort, Stamp, Verdict, sorted, text_of};
use crate::channel::answer::Answer;
use crate::channel::http::Ask;
use crate::channel::{DeliveryError, FailureReason, Message, Outcome, Secret};

/// A longer text becomes a file that nobody opens at night.
const BYTES_MAX: usize = 4000;
/// The day's quota is used up.
const DAY_QUOTA: &str = "42908";
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

const CODES: &[(&str, Sort)] = &[
    ("400*", Sort::Never(FailureReason::Refused)),
    ("401*", Sort::Credentials),
    ("403*", Sort::Credentials),
    ("413*", Sort::Never(FailureReason::Refused)),
    ("429*", Sort::Later(FailureReason::RateLimited, None)),
];

/// One topic.
#[derive(Debug)]
pub(super) struct Ntfy {
    pub(super) url: super::settings::Url,
    pub(super) topic: Secret,
    pub(super) token: Option<Secret>,
}

impl Provider for Ntfy {
    fn ask(&self, message: &Message, _stamp: &Stamp) -> Result<Ask, FailureReason> {
        let urgent = matches!(message.fields.purpose.as_deref(), Some("alert" | "warning" | "operator"));
        let mut body = json!({
            "topic": self.topic.expose(), "message": fitted(&message.text, BYTES_MAX, None),
            "priority": if urgent { 5 } else { 3 },
        });
        if let (Some(subject), Some(body)) = (&message.subject, body.as_object_mut()) {
            body.insert("title".to_owned(), json!(subject));
        }
        let mut ask = Ask::json(self.url.get(), &body);
        if let Some(token) = &self.token {
            let mut bearer = HeaderValue::from_str(&format!("Bearer {}", token.expose()))
                .map_err(|_cause| FailureReason::Unwritable)?;
            bearer.set_sensitive(true);
            ask.headers.insert(AUTHORIZATION, bearer);
        }
        Ok(ask)
    }

    fn judge(&self, answer: &Answer, stamp: &Stamp) -> Verdict {
        let code = text_of(answer, "code");
        match (answer.status, code.as_deref(), text_of(answer, "id")) {
            (200, None, Some(id)) => Verdict::accepted(Some(id)),
            (_, Some(DAY_QUOTA), _) => {
                // It begins anew at midnight UTC.
                let left = DAY_MS - stamp.at.as_millis().rem_euclid(DAY_MS);
                let until = u64::try_from(left).ok().map(Duration::from_millis);
                Verdict::coded(DeliveryError::Exhausted { reason: FailureReason::Quota, until }, DAY_QUOTA)
            }
            (_, code, _) => sorted(CODES, code, answer),
        }
    }
}

impl Verdict {
    fn coded(error: DeliveryError, code: &str) -> Self {
        Self { outcome: Outcome::Failed(error), code: super::Code::new(code) }
    }
}
