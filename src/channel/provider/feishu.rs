//! The robot of a Feishu or Lark group: a token in the address, and a signature or a keyword.

use serde_json::json;

use super::encode::{base64, hmac_sha256};
use super::robot::fitted;
use super::{Provider, Sort, Stamp, Verdict, sorted, text_of};
use crate::channel::answer::Answer;
use crate::channel::http::Ask;
use crate::channel::{FailureReason, Message, Secret};

/// A request may have 20 KB; quotation marks and line ends take two bytes each in it.
const BYTES_MAX: usize = 9_000;

const CODES: &[(&str, Sort)] = &[
    ("11232", Sort::Later(FailureReason::RateLimited, Some(60))),
    ("19021", Sort::Later(FailureReason::ClockSkew, None)),
    ("19022", Sort::Credentials),
    ("19024", Sort::Credentials),
];

/// One group.
#[derive(Debug)]
pub(super) struct Feishu {
    pub(super) url: super::settings::Url,
    pub(super) secret: Option<Secret>,
    pub(super) keyword: Option<String>,
}

/// The signature of an instant in seconds: of nothing, under a key that holds both.
pub(super) fn sign(secret: &str, seconds: i64) -> String {
    base64(&hmac_sha256(format!("{seconds}\n{secret}").as_bytes(), b""))
}

impl Provider for Feishu {
    fn ask(&self, message: &Message, stamp: &Stamp) -> Result<Ask, FailureReason> {
        let text = fitted(&message.text, BYTES_MAX, self.keyword.as_deref());
        let mut body = json!({ "msg_type": "text", "content": { "text": text } });
        if let (Some(secret), Some(body)) = (&self.secret, body.as_object_mut()) {
            let seconds = stamp.at.as_seconds();
            body.insert("timestamp".to_owned(), json!(seconds.to_string()));
            body.insert("sign".to_owned(), json!(sign(secret.expose(), seconds)));
        }
        Ok(Ask::json(self.url.get(), &body))
    }

    fn judge(&self, answer: &Answer, _stamp: &Stamp) -> Verdict {
        // Older robots answer by `StatusCode`.
        let code = text_of(answer, "code").or_else(|| text_of(answer, "StatusCode"));
        match code.as_deref() {
            Some("0") => Verdict::accepted(None),
            code => sorted(CODES, code, answer),
        }
    }
}
