//! The robot of a WeCom group: its key is its whole secret.

use serde_json::json;

use super::robot::fitted;
use super::{Provider, Sort, Stamp, Verdict, sorted, text_of};
use crate::channel::answer::Answer;
use crate::channel::http::Ask;
use crate::channel::{FailureReason, Message};

/// In the text of one message.
const BYTES_MAX: usize = 2048;
/// After more than 20 messages a minute the group takes none for so long.
const BAN_S: u64 = 600;

const CODES: &[(&str, Sort)] = &[
    ("-1", Sort::Later(FailureReason::Server, None)),
    ("40058", Sort::Never(FailureReason::Refused)),
    ("45009", Sort::Later(FailureReason::RateLimited, Some(BAN_S))),
    ("93000", Sort::Credentials),
];

/// One group.
#[derive(Debug)]
pub(super) struct WeCom {
    pub(super) url: super::settings::Url,
}

impl Provider for WeCom {
    fn ask(&self, message: &Message, _stamp: &Stamp) -> Result<Ask, FailureReason> {
        let text = fitted(&message.text, BYTES_MAX, None);
        Ok(Ask::json(self.url.get(), &json!({ "msgtype": "text", "text": { "content": text } })))
    }

    fn judge(&self, answer: &Answer, _stamp: &Stamp) -> Verdict {
        match text_of(answer, "errcode").as_deref() {
            Some("0") => Verdict::accepted(None),
            code => sorted(CODES, code, answer),
        }
    }
}
