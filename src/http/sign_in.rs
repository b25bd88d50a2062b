//! Signing in by a code that is sent to an address of the person's own.

use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use data_encoding::BASE32_NOPAD;
use serde::Deserialize;
use serde_json::json;

use super::body::{JsonBody, Received};
use super::caller::{Caller, session_hash};
use super::context::Context;
use super::events::e164;
use super::problem::{FieldError, Problem};
use super::stranger::Stranger;
use super::{json as answer, refuse};
use crate::domain::command::Command;
use crate::domain::fact::Fact;
use crate::domain::names::{Medium, PersonId, RequestId};
use crate::engine::{Lane, Refusal};
use crate::vault::Codes;

/// An address, who of those who share it, and for the second step the code.
#[derive(Deserialize)]
pub(super) struct Address {
    pub(super) mobile: Option<String>,
    pub(super) email: Option<String>,
    pub(super) person: Option<String>,
    pub(super) code: Option<String>,
}

impl Address {
    /// The person it belongs to, and by which medium they are reached at it.
    ///
    /// Of an address that people share it is the one who is named: a session is nobody's by chance.
    fn person(&self, context: &Context) -> Result<Option<(PersonId, Medium)>, Problem> {
        let contacts = &context.live().contacts;
        let (mut people, medium) = match (&self.mobile, &self.email) {
            (Some(mobile), None) => {
                let theirs = e164(mobile).map(|mobile| contacts.all_by_number(&mobile));
                (theirs.unwrap_or_default(), Medium::Sms)
            }
            (None, Some(email)) => (contacts.all_by_email(email), Medium::Email),
            (Some(_), Some(_)) | (None, None) => {
                return Err(Problem::invalid(vec![FieldError::new("", "expected either mobile or email")]));
            }
        };
        if let Some(name) = &self.person {
            people.retain(|person| contacts.goes_by(person, name));
        }
        let alone = people.len() == 1;
        Ok(people.pop().filter(|_| alone).map(|person| (person, medium)))
    }
}

/// What is answered to whoever asks for a code: whether it was sent is not said.
const SENT: &str = "if the address is somebody's; where people share it, if `person` says who of them asks";

/// `POST /v1/sign-in`: the answer is the same whether or not the address is somebody's, or is shared.
pub(super) async fn ask(
    State(context): State<Context>,
    stranger: Stranger,
    body: JsonBody<Address>,
) -> Result<Response, Problem> {
    send_code(&context, stranger, (&body.value, &body.received)).await?;
    Ok((StatusCode::ACCEPTED, answer(&json!({ "sent": SENT }))).into_response())
}

/// Has a code sent to whoever the address belongs to.
pub(super) async fn send_code(
    context: &Context,
    stranger: Stranger,
    (address, received): (&Address, &Received),
) -> Result<(), Problem> {
    context.pace_stranger(stranger).await?;
    context.codes()?;
    let Some((person, medium)) = address.person(context)? else { return Ok(()) };
    let request = RequestId::new(&BASE32_NOPAD.encode(&rand::random::<[u8; 10]>()).to_ascii_lowercase());
    let received = context.received(received);
    let asked =
        context.engine.submit(Command::AskSignIn { request, person, medium }, received, Lane::Wish).await;
    match asked {
        // Too many codes for this person looks like any other answer: it is nobody else's business.
        Ok(_) | Err(Refusal::Rejected(_)) => Ok(()),
        Err(refusal) => Err(refuse::problem(refusal, received.either())),
    }
}

/// `POST /v1/sign-in/code`: opens a session.
pub(super) async fn open(
    State(context): State<Context>,
    stranger: Stranger,
    body: JsonBody<Address>,
) -> Result<Response, Problem> {
    let (secret, person) = open_session(&context, stranger, (&body.value, &body.received)).await?;
    let mut response = answer(&json!({ "session": secret, "person": person }));
    if let Ok(cookie) = HeaderValue::from_str(&cookie(&context, &secret)) {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Opens a session by a code: its secret, and whose it is.
pub(super) async fn open_session(
    context: &Context,
    stranger: Stranger,
    (address, received): (&Address, &Received),
) -> Result<(String, PersonId), Problem> {
    context.pace_stranger(stranger).await?;
    let codes = context.codes()?;
    let Some(shown) = address.code.as_deref() else {
        return Err(Problem::invalid(vec![FieldError::new("/code", "is required")]));
    };
    let Some((person, _)) = address.person(context)? else { return Err(refuse::code_wrong()) };
    let published = context.published();
    let mine = published
        .state
        .requests
        .iter()
        .filter(|(_, it)| it.person == person && it.medium.is_some() && !it.used);
    let Some((request, _)) = mine.max_by_key(|(_, it)| it.at) else { return Err(refuse::code_wrong()) };
    let right = Codes::same(shown, &codes.six(request.as_str()));
    let secret = BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
    let command = Command::OpenSession { request: request.clone(), right, session: session_hash(&secret) };
    let received = context.received(received);
    let opened = context.engine.submit(command, received, Lane::Wish).await;
    let opened = opened.map_err(|refusal| refuse::problem(refusal, received.either()))?;
    if !opened.facts.iter().any(|fact| matches!(fact, Fact::SessionOpened(_))) {
        return Err(refuse::code_wrong());
    }
    Ok((secret, person))
}

/// The cookie that keeps a session in a browser.
pub(super) fn cookie(context: &Context, secret: &str) -> String {
    let plain = context.live().settings.public_url.starts_with("http://");
    let secure = if plain { "" } else { " Secure;" };
    format!("session={secret}; HttpOnly;{secure} SameSite=Lax; Path=/; Max-Age=43200")
}

/// `POST /v1/sign-out`: ends the session that is shown.
pub(super) async fn close(State(context): State<Context>, caller: Caller) -> Result<Response, Problem> {
    let Caller::Person(_, session) = caller else {
        return Err(Problem::forbidden());
    };
    let now = context.now();
    let closed = context.engine.submit(Command::CloseSession { session }, now, Lane::Wish).await;
    closed.map_err(|refusal| refuse::problem(refusal, now.either()))?;
    Ok(answer(&json!({ "closed": true })))
}
