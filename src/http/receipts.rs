//! Receipts: what a provider tells of a message later. On disk before they are answered.

use axum::extract::{FromRequest as _, Path, Request, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use super::body::JsonBody;
use super::context::Context;
use super::credential::bearer;
use super::problem::{FieldError, Problem};
use super::{json as answer, refuse};
use crate::domain::command::{Command, Receipt};
use crate::domain::names::{ChannelId, NotificationId};
use crate::domain::notification::{Digit, ReceiptState};
use crate::engine::Lane;
use crate::time::Timestamp;

/// A receipt in the native form.
#[derive(Deserialize)]
pub(super) struct Native {
    key: String,
    state: Option<String>,
    digits: Option<String>,
    at: Option<Timestamp>,
}

/// `POST /v1/receipts/{channel}`.
pub(super) async fn by_token(
    State(context): State<Context>,
    Path(channel): Path<String>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Problem> {
    let shown = bearer(&headers).unwrap_or_default();
    let admitted = {
        let live = context.live();
        live.settings.receipts.get(channel.as_str()).is_some_and(|known| known.tokens.admit(shown))
    };
    if !admitted {
        return Err(Problem::unauthorized());
    }
    take(&context, &channel, request).await
}

/// `POST /v1/receipts/{channel}/{secret}`.
pub(super) async fn by_path(
    State(context): State<Context>,
    Path((channel, secret)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    let admitted = {
        let live = context.live();
        live.settings.receipts.get(channel.as_str()).is_some_and(|known| known.path_secrets.admit(&secret))
    };
    if !admitted {
        return Err(Problem::unauthorized());
    }
    take(&context, &channel, request).await
}

async fn take(context: &Context, channel: &str, request: Request) -> Result<Response, Problem> {
    let body = JsonBody::<Native>::from_request(request, context).await?;
    let received = context.received(&body.received);
    let Native { key, state, digits, at } = body.value;
    let mut wrong = Vec::new();
    let fits =
        (1..=64).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if !fits {
        wrong.push(FieldError::new("/key", "expected the key that the message carried"));
    }
    let state = match state.as_deref() {
        None => None,
        Some("delivered") => Some(ReceiptState::Delivered),
        Some("answered") => Some(ReceiptState::Answered),
        Some("heard") => Some(ReceiptState::Heard),
        Some("failed") => Some(ReceiptState::Failed),
        Some(_) => {
            wrong.push(FieldError::new("/state", "expected delivered, answered, heard or failed"));
            None
        }
    };
    let digit = match digits.as_deref().map(str::trim) {
        None | Some("") => None,
        Some("1") => Some(Digit::Take),
        Some("2") => Some(Digit::Confirm),
        Some("3") => Some(Digit::Pass),
        Some("9") => Some(Digit::WrongPerson),
        Some(_) => None,
    };
    // A key that means nothing is a sign of life, and no more: somebody or something has answered.
    let pressed = digits.as_deref().is_some_and(|digits| !digits.trim().is_empty());
    let state = if state.is_none() && digit.is_none() && pressed && wrong.is_empty() {
        Some(ReceiptState::Answered)
    } else {
        state
    };
    if state.is_none() && digit.is_none() && wrong.is_empty() {
        wrong.push(FieldError::new("/state", "expected a state or a digit"));
    }
    if !wrong.is_empty() {
        return Err(Problem::invalid(wrong));
    }
    let receipt = Receipt {
        channel: ChannelId::new(channel),
        key: NotificationId::new(&key),
        state,
        digit,
        at,
        received,
    };
    let taken = context.engine.submit(Command::TakeReceipt(Box::new(receipt)), received, Lane::Tidings).await;
    taken.map_err(|refusal| refuse::problem(refusal, received.either()))?;
    Ok(answer(&json!({ "code": 0, "message": "ok" })))
}
