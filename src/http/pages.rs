//! The pages of whoever reports: signing in, what is owed, filling it in, the receipt. They work without a script.
//!
//! **Invariant.** Each is rendered here, Chinese first; a report goes the way that `POST /v1/reports` goes. A form is taken
//! from our own pages alone.

mod cards;
mod check;
mod entry;
mod file;
mod form;
mod handover;
mod mine;
mod receipt;
mod refused;
mod typed;

use std::sync::LazyLock;

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, RETRY_AFTER,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use minijinja::Environment;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::caller::Caller;
use super::context::Context;
use super::problem::Problem;
use crate::channel::text::Language;
use crate::domain::form::Labels;
use crate::domain::names::PersonId;
use crate::time::Timestamp;

pub(super) use check::{Receipts, check};
pub(super) use entry::{home, sign_in, sign_in_page, sign_out};
pub(super) use file::{file, page as form_page};
pub(super) use handover::{handovers, sign};
pub(super) use mine::mine;
pub(super) use refused::{as_page, is_page};

/// Keeps what was typed on the telephone itself, adds figures up, and notes when a report was first sent.
const SCRIPT: &str = include_str!("pages/page.js");

/// The templates, which are part of the program: that each can be read is tested.
static TEMPLATES: LazyLock<Option<Environment<'static>>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    let syntax = minijinja::syntax::SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    environment.set_syntax(syntax.ok()?);
    for (name, source) in [
        ("words.html", include_str!("pages/words.html")),
        ("frame.html", include_str!("pages/frame.html")),
        ("sign_in.html", include_str!("pages/sign_in.html")),
        ("mine.html", include_str!("pages/mine.html")),
        ("form.html", include_str!("pages/form.html")),
        ("receipt.html", include_str!("pages/receipt.html")),
        ("handover.html", include_str!("pages/handover.html")),
        ("check.html", include_str!("pages/check.html")),
        ("refused.html", include_str!("pages/refused.html")),
    ] {
        environment.add_template(name, source).ok()?;
    }
    Some(environment)
});

/// What a browser may do on a page: show it, send its forms here, and run the one script.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = BASE64_STANDARD.encode(Sha256::digest(SCRIPT.as_bytes()));
    format!(
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{hash}'; form-action 'self'; \
         frame-ancestors 'none'; base-uri 'none'"
    )
});

/// The page where none can be written.
const BARE: &str = "<!DOCTYPE html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><title>疫情报送</title>\
    <p>没有收到：系统暂时不能处理。请再试一次。<p lang=\"en\">Nothing was received: try again.<p><a href=\"/f\">/f</a></html>";

/// A text in both languages.
fn both(zh: impl Into<String>, en: impl Into<String>) -> Value {
    json!({ "zh": zh.into(), "en": en.into() })
}

fn labels(of: &Labels) -> Value {
    both(of.zh.clone(), of.en.clone())
}

/// A page by its template, with what stands at the head of each.
fn page(
    (context, person): (&Context, Option<&PersonId>),
    (name, mut shown): (&str, Value),
    status: StatusCode,
) -> Response {
    let published = context.published();
    if let Some(members) = shown.as_object_mut() {
        let time = published.directory.zone.format(context.now().wall, "%H:%M:%S");
        members.insert("time".to_owned(), json!(time));
        members.insert("unarmed".to_owned(), json!(!published.state.is_armed()));
        members.insert("signed_in".to_owned(), json!(person.is_some()));
        let english = person.is_some() && context.live().contacts.language(person) == Language::English;
        members.insert("english".to_owned(), json!(english));
        members.insert("script".to_owned(), json!(SCRIPT));
        members.insert("office".to_owned(), json!(context.live().contacts.office()));
    }
    let template = TEMPLATES.as_ref().and_then(|templates| templates.get_template(name).ok());
    let html = template.and_then(|template| template.render(minijinja::value::Serde(&shown)).ok());
    let (status, html) = match html {
        Some(html) => (status, html),
        None => (StatusCode::INTERNAL_SERVER_ERROR, BARE.to_owned()),
    };
    let mut response = (status, html).into_response();
    let headers = response.headers_mut();
    for (name, value) in [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
        // A form that is sent from here says where it comes from, and nobody else learns of the address.
        (REFERRER_POLICY, "same-origin"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (axum::http::HeaderName::from_static("x-robots-tag"), "noindex"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(policy) = HeaderValue::from_str(&POLICY) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// The same with when to come again, where a problem says so.
fn page_for(who: (&Context, Option<&PersonId>), template: (&str, Value), problem: &Problem) -> Response {
    let mut response = page(who, template, problem.status);
    if let Some(after) = problem.retry_after {
        let seconds = after.as_secs() + u64::from(after.subsec_nanos() > 0);
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds.clamp(1, 86_400)));
    }
    response
}

/// The way to another page.
fn go(to: &str) -> Response {
    let headers = [(axum::http::header::LOCATION, to), (CACHE_CONTROL, "no-store")];
    (StatusCode::SEE_OTHER, headers).into_response()
}

/// Whoever is signed in; a program has no page.
fn signed_in(context: &Context, headers: &HeaderMap) -> Result<(Caller, PersonId), Problem> {
    let caller = Caller::of(context, headers)?;
    let person = caller.person().cloned().ok_or_else(super::refuse::person_only)?;
    Ok((caller, person))
}

/// What proves that a form was shown to this person here: no foreign page knows it.
fn token(context: &Context, person: &PersonId) -> Result<String, Problem> {
    Ok(context.codes()?.page(person.as_str()))
}

/// The time of the day, with the day where that is another.
fn clock_time(context: &Context, at: Timestamp) -> String {
    let zone = &context.published().directory.zone;
    let today = zone.day(at) == zone.day(context.now().wall);
    zone.format(at, if today { "%H:%M" } else { "%m-%d %H:%M" })
}

/// How long it is still, in both languages.
fn left(seconds: u64) -> Value {
    let (hours, minutes) = (seconds / 3_600, seconds % 3_600 / 60);
    match hours {
        0 => both(format!("余 {minutes} 分"), format!("{minutes} min left")),
        1..48 => both(format!("余 {hours} 小时 {minutes} 分"), format!("{hours} h {minutes} min left")),
        _ => both(format!("余 {} 天", hours / 24), format!("{} days left", hours / 24)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_can_be_read_and_the_script_is_small() {
        assert!(TEMPLATES.is_some());
        assert!(SCRIPT.len() < 4_000 && !SCRIPT.contains("</"));
    }
}
