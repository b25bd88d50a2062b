//! Signing in and out, by the same steps as programs do, and the way in for whoever types the address.

use axum::extract::{Query, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{both, go, page, page_for, refused, signed_in};
use crate::domain::command::Command;
use crate::engine::Lane;
use crate::http::answer::{code_of, form_of, number_of, same_origin};
use crate::http::body::Received;
use crate::http::caller::Caller;
use crate::http::context::Context;
use crate::http::problem::Problem;
use crate::http::refuse;
use crate::http::sign_in::{Address, cookie, open_session, send_code};
use crate::http::stranger::Stranger;

/// Where whoever signs in goes, where no page sent them.
const HOME: &str = "/f";
/// No path of ours is longer.
const PATH_CHARS_MAX: usize = 200;

/// What the page's form sends, and what the address may say.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::http) struct Entry {
    address: String,
    person: String,
    code: String,
    act: String,
    next: String,
}

/// `GET /`: messages tell people to sign in at the public address.
pub(in crate::http) async fn home() -> Response {
    go(HOME)
}

/// `GET /sign-in`.
pub(in crate::http) async fn sign_in_page(
    State(context): State<Context>,
    Query(entry): Query<Entry>,
) -> Response {
    page((&context, None), ("sign_in.html", shown(&entry, false, None)), StatusCode::OK)
}

/// The page to sign in for whoever asks for another and is not.
pub(super) fn first(context: &Context, next: &str) -> Response {
    let entry = Entry { next: next.to_owned(), ..Entry::default() };
    let problem = Problem::unauthorized();
    page_for((context, None), ("sign_in.html", shown(&entry, false, None)), &problem)
}

/// The same where a spreadsheet came with it: no browser gives that back.
pub(super) fn first_after_upload(context: &Context, next: &str) -> Response {
    let entry = Entry { next: next.to_owned(), ..Entry::default() };
    let note = both(
        "登录已过期，上传的表格没有收到。请登录后重新上传。",
        "You are signed in no longer: nothing of what you uploaded was received. Sign in, and upload it again.",
    );
    let shown = shown(&entry, false, Some(("bad", note)));
    page_for((context, None), ("sign_in.html", shown), &Problem::unauthorized())
}

fn shown(entry: &Entry, asked: bool, note: Option<(&str, Value)>) -> Value {
    let (mood, note) = note.map_or(("", Value::Null), |(mood, note)| (mood, note));
    json!({
        "address": kept(&entry.address), "person": kept(&entry.person), "next": next(&entry.next),
        "asked": asked, "mood": mood, "note": note,
    })
}

/// What was typed, where it is asked for again; of what is long nothing is.
fn kept(text: &str) -> &str {
    if text.chars().count() <= 100 { text } else { "" }
}

/// A page of ours for whoever reports, and no other address.
fn next(text: &str) -> &str {
    let fits = |c: char| c.is_ascii_alphanumeric() || "/-_.".contains(c);
    let ours = text == HOME || text == "/h" || text.starts_with("/f/");
    if ours && text.len() <= PATH_CHARS_MAX && text.chars().all(fits) { text } else { HOME }
}

/// `POST /sign-in`: sends a code, and with it opens a session.
pub(in crate::http) async fn sign_in(
    State(context): State<Context>,
    stranger: Stranger,
    headers: HeaderMap,
    received: Received,
) -> Response {
    let entry: Entry = match same_origin(&context, &headers).and_then(|()| form_of(&headers, &received)) {
        Ok(entry) => entry,
        Err(problem) => return refused::told(&context, &problem),
    };
    let address = address(&entry);
    let code = code_of(Some(&entry.code));
    if entry.act != "open" || code.is_empty() {
        let sent = both(
            "如果这是登记过的号码，验证码已经发出，5 分钟内有效。",
            "If the address is on record, a code has gone to it; it is good for five minutes.",
        );
        return match send_code(&context, stranger, (&address, &received)).await {
            Ok(()) => {
                let shown = shown(&entry, true, Some(("good", sent)));
                page((&context, None), ("sign_in.html", shown), StatusCode::OK)
            }
            Err(problem) => again(&context, (&entry, false), &problem),
        };
    }
    match open_session(&context, stranger, (&Address { code: Some(code), ..address }, &received)).await {
        Ok((secret, _)) => {
            let mut response = go(next(&entry.next));
            if let Ok(cookie) = HeaderValue::from_str(&cookie(&context, &secret)) {
                response.headers_mut().insert(SET_COOKIE, cookie);
            }
            response
        }
        Err(problem) => again(&context, (&entry, true), &problem),
    }
}

/// The page once more, with what stands against it.
fn again(context: &Context, (entry, asked): (&Entry, bool), problem: &Problem) -> Response {
    let note = match problem.code {
        "code_wrong" => both(
            "验证码不对或已过期。请对照短信重新输入，或再发一次。",
            "The code is wrong or over: compare it with the message, or have another sent.",
        ),
        _ => refused::note(problem),
    };
    page_for((context, None), ("sign_in.html", shown(entry, asked, Some(("bad", note)))), problem)
}

/// What was typed as an address: a mail address, else a number as people type it.
fn address(entry: &Entry) -> Address {
    let typed = entry.address.trim();
    let person = Some(entry.person.trim()).filter(|person| !person.is_empty()).map(ToOwned::to_owned);
    let (mobile, email) = if typed.contains('@') {
        (None, Some(typed.to_owned()))
    } else {
        (Some(number_of(typed).unwrap_or_else(|| typed.to_owned())), None)
    };
    Address { mobile, email, person, code: None }
}

/// `POST /sign-out`.
pub(in crate::http) async fn sign_out(State(context): State<Context>, headers: HeaderMap) -> Response {
    let mut response = match close(&context, &headers).await {
        Ok(()) => go("/sign-in"),
        Err(problem) if problem.code == "unauthorized" => return first(&context, HOME),
        Err(problem) => return refused::told(&context, &problem),
    };
    let over = HeaderValue::from_static("session=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0");
    response.headers_mut().insert(SET_COOKIE, over);
    response
}

async fn close(context: &Context, headers: &HeaderMap) -> Result<(), Problem> {
    same_origin(context, headers)?;
    let (caller, _) = signed_in(context, headers)?;
    let Caller::Person(_, session) = caller else { return Err(Problem::forbidden()) };
    let now = context.now();
    let closed = context.engine.submit(Command::CloseSession { session }, now, Lane::Wish).await;
    closed.map_err(|refusal| refuse::problem(refusal, now.either()))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_signs_in_goes_to_a_page_of_ours() {
        let slot = "/f/daily.finance.2026-11-23.1";
        for (text, expected) in [
            (slot, slot),
            ("/f", "/f"),
            ("", "/f"),
            ("//evil.example", "/f"),
            ("/f//evil?x=1", "/f"),
            ("https://evil.example/f/", "/f"),
            ("/v1/sign-out", "/f"),
        ] {
            assert_eq!(next(text), expected, "{text}");
        }
    }
}
