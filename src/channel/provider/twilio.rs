//! SMS by Twilio: a form, signed in with the account's number and token.

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};

use super::encode::{base64, percent};
use super::robot::fitted;
use super::{Provider, Sort, Stamp, Verdict, sorted, text_of};
use crate::channel::answer::Answer;
use crate::channel::http::Ask;
use crate::channel::{Address, FailureReason, Message, Secret};

/// 1,600 characters are taken; a character may have four bytes.
const BYTES_MAX: usize = 1600;

const CODES: &[(&str, Sort)] = &[
    ("20003", Sort::Credentials),
    ("20429", Sort::Later(FailureReason::RateLimited, None)),
    ("21211", Sort::Never(FailureReason::NoSuchAddress)),
    ("21217", Sort::Never(FailureReason::NoSuchAddress)),
    ("21606", Sort::Credentials),
    ("21609", Sort::Credentials),
    ("21610", Sort::Never(FailureReason::Refused)),
    ("21614", Sort::Never(FailureReason::NoSuchAddress)),
];

/// One account.
#[derive(Debug)]
pub(super) struct TwilioSms {
    pub(super) url: super::settings::Url,
    pub(super) account: String,
    pub(super) token: Secret,
    /// A number, or the id of a messaging service.
    pub(super) from: String,
}

impl Provider for TwilioSms {
    fn ask(&self, message: &Message, _stamp: &Stamp) -> Result<Ask, FailureReason> {
        let to = match &message.to {
            Address::Phone(number) => number,
            Address::Email(_) | Address::Robot => return Err(FailureReason::NoSuchAddress),
        };
        let sender = if self.from.starts_with("MG") { "MessagingServiceSid" } else { "From" };
        let text = fitted(&message.text, BYTES_MAX, None);
        let body = format!("To={}&{sender}={}&Body={}", percent(to), percent(&self.from), percent(&text));
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        let proof = base64(format!("{}:{}", self.account, self.token.expose()).as_bytes());
        let mut basic =
            HeaderValue::from_str(&format!("Basic {proof}")).map_err(|_cause| FailureReason::Unwritable)?;
        basic.set_sensitive(true);
        headers.insert(AUTHORIZATION, basic);
        Ok(Ask { url: self.url.get(), headers, body })
    }

    fn judge(&self, answer: &Answer, _stamp: &Stamp) -> Verdict {
        match (answer.status, text_of(answer, "sid")) {
            (200..300, Some(sid)) => Verdict::accepted(Some(sid)),
            // What was not taken says so by `code`; of a message that was taken that is null.
            (_, _) => sorted(CODES, text_of(answer, "code").as_deref(), answer),
        }
    }
}
