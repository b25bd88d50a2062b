//! The robot of a DingTalk group: a token, and a signature or a keyword.

use serde_json::json;

use super::encode::{base64, hmac_sha256, percent};
use super::robot::fitted;
use super::{Provider, Sort, Stamp, Verdict, sorted, text_of};
use crate::channel::answer::Answer;
use crate::channel::http::Ask;
use crate::channel::{FailureReason, Message, Secret};

/// In the text of one message.
const BYTES_MAX: usize = 20_000;
/// After more than 20 messages a minute the group takes none for so long.
const BAN_S: u64 = 600;
/// A signature is good for an hour; where the clocks differ by half of that, a refusal is about them.
const SKEW_MS: u64 = 30 * 60 * 1000;

/// Security: the keyword, the signature or the address is wrong.
const SECURITY: &str = "310000";

const CODES: &[(&str, Sort)] = &[
    ("-1", Sort::Later(FailureReason::Server, None)),
    ("1111", Sort::Later(FailureReason::RateLimited, Some(BAN_S))),
    ("130101", Sort::Later(FailureReason::RateLimited, Some(BAN_S))),
    ("300001", Sort::Credentials),
    ("300005", Sort::Credentials),
    (SECURITY, Sort::Credentials),
    ("460101", Sort::Never(FailureReason::Refused)),
];

/// One group.
#[derive(Debug)]
pub(super) struct DingTalk {
    pub(super) url: super::settings::Url,
    pub(super) secret: Option<Secret>,
    pub(super) keyword: Option<String>,
}

/// The signature of an instant in milliseconds.
pub(super) fn sign(secret: &str, millis: i64) -> String {
    base64(&hmac_sha256(secret.as_bytes(), format!("{millis}\n{secret}").as_bytes()))
}

impl Provider for DingTalk {
    fn ask(&self, message: &Message, stamp: &Stamp) -> Result<Ask, FailureReason> {
        let mut url = self.url.get();
        if let Some(secret) = &self.secret {
            let millis = stamp.at.as_millis();
            let query = url.query().unwrap_or_default();
            let signed = percent(&sign(secret.expose(), millis));
            url.set_query(Some(&format!("{query}&timestamp={millis}&sign={signed}")));
        }
        let text = fitted(&message.text, BYTES_MAX, self.keyword.as_deref());
        Ok(Ask::json(url, &json!({ "msgtype": "text", "text": { "content": text } })))
    }

    fn judge(&self, answer: &Answer, stamp: &Stamp) -> Verdict {
        let skewed =
            answer.date.is_some_and(|date| date.as_millis().abs_diff(stamp.at.as_millis()) > SKEW_MS);
        match text_of(answer, "errcode").as_deref() {
            Some("0") => Verdict::accepted(None),
            Some(SECURITY) if skewed && self.secret.is_some() => {
                Sort::Later(FailureReason::ClockSkew, None).verdict(SECURITY, answer)
            }
            code => sorted(CODES, code, answer),
        }
    }
}
