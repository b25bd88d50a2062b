//! The page itself: what it says in each state, Chinese first and English beside it; it has no script.

use std::time::Duration;

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, RETRY_AFTER,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;

use crate::http::context::Context;

/// The page where none can be written: it says so, and where to go.
const BARE: &str = "<!DOCTYPE html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><title>疫情值班 Duty desk</title>\
    <p>没有记录：系统暂时不能处理。请再试一次。<p lang=\"en\">Nothing is recorded: the system cannot do it just now. Try again.\
    <p><a href=\"/a\">/a</a></html>";

/// A text in both languages.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Both {
    zh: String,
    en: String,
}

/// A text in both languages.
pub(super) fn both(zh: impl Into<String>, en: impl Into<String>) -> Both {
    Both { zh: zh.into(), en: en.into() }
}

/// Whom to ring.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Call {
    /// The authority's name.
    pub(super) name: String,
    /// Its number, in E.164.
    pub(super) number: String,
    /// What is asked for behind it; no telephone dials it safely by itself.
    pub(super) extension: Option<String>,
}

/// What a page asks for.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
enum Asks {
    Nothing,
    Code,
    NumberAndCode,
    /// The way to the page that asks for everything.
    Elsewhere,
}

/// What a page shows.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Page {
    /// The time of the server, for whoever compares.
    time: String,
    /// Nobody will be rung in earnest.
    unarmed: bool,
    headline: Both,
    /// That somebody handles the case; who and since when, where the reader may know.
    handled: Option<Both>,
    /// How it went: `good`, `bad`, or nothing yet.
    mood: &'static str,
    note: Option<Both>,
    /// What to do next, in order.
    next: Vec<Both>,
    call: Option<Call>,
    /// The duty desk's number, where a text names the desk.
    office: Option<String>,
    asks: Asks,
    /// Where somebody else handles the case: what the button says that takes it from them, in the place of the plain one.
    over: Option<Both>,
    /// What was typed, where it is asked for again.
    mobile: String,
    code: String,
}

impl Page {
    /// A page that says nothing yet.
    pub(super) fn new(context: &Context) -> Self {
        let published = context.published();
        Self {
            time: published.directory.zone.format(context.now().wall, "%H:%M:%S"),
            unarmed: !published.state.is_armed(),
            headline: both("疫情值班：确认或接手", "Duty desk: answer for a case"),
            handled: None,
            mood: "",
            note: None,
            next: Vec::new(),
            call: None,
            office: None,
            asks: Asks::Nothing,
            over: None,
            mobile: String::new(),
            code: String::new(),
        }
    }

    pub(super) fn about(mut self, headline: Both) -> Self {
        self.headline = headline;
        self
    }

    pub(super) fn handled(mut self, handled: Option<Both>) -> Self {
        self.handled = handled;
        self
    }

    /// Asks for the code, and for the number where the link does not say whose it is.
    pub(super) fn asking(mut self, ask_mobile: bool) -> Self {
        self.asks = if ask_mobile { Asks::NumberAndCode } else { Asks::Code };
        self
    }

    /// Keeps what was typed; of what is long or strange nothing is kept.
    pub(super) fn typed(mut self, mobile: Option<&str>, code: Option<&str>) -> Self {
        let kept = |text: Option<&str>| {
            text.filter(|text| text.chars().count() <= 24).unwrap_or_default().to_owned()
        };
        (self.mobile, self.code) = (kept(mobile), kept(code));
        self
    }

    /// Asks whether to take the case from whoever handles it.
    pub(super) fn over(mut self, button: Both) -> Self {
        self.over = Some(button);
        self
    }

    pub(super) fn good(mut self, note: Both) -> Self {
        (self.mood, self.note) = ("good", Some(note));
        self
    }

    pub(super) fn bad(mut self, note: Both) -> Self {
        (self.mood, self.note) = ("bad", Some(note));
        self
    }

    pub(super) fn next(mut self, steps: Vec<Both>, call: Option<Call>) -> Self {
        (self.next, self.call) = (steps, call);
        self
    }

    /// Shows the duty desk's number where one is configured.
    pub(super) fn with_office(mut self, context: &Context) -> Self {
        self.office = context.live().contacts.office();
        self
    }

    pub(super) const fn or_elsewhere(mut self) -> Self {
        self.asks = Asks::Elsewhere;
        self
    }

    /// The answer that carries it.
    pub(super) fn show(&self, status: StatusCode) -> Response {
        let (status, html) = match self.write() {
            Some(html) => (status, html),
            None => (StatusCode::INTERNAL_SERVER_ERROR, BARE.to_owned()),
        };
        let headers = [
            (CONTENT_TYPE, "text/html; charset=utf-8"),
            (CACHE_CONTROL, "no-store"),
            (REFERRER_POLICY, "no-referrer"),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (
                CONTENT_SECURITY_POLICY,
                "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
            ),
        ];
        (status, headers, [("x-robots-tag", "noindex")], html).into_response()
    }

    /// The answer that carries it, with the seconds after which trying again makes sense.
    pub(super) fn show_until(&self, status: StatusCode, after: Option<Duration>) -> Response {
        let mut response = self.show(status);
        if let Some(after) = after {
            let seconds = after.as_secs() + u64::from(after.subsec_nanos() > 0);
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds.clamp(1, 86_400)));
        }
        response
    }

    /// What people called things is escaped by the file's ending.
    fn write(&self) -> Option<String> {
        let mut environment = minijinja::Environment::new();
        let syntax = minijinja::syntax::SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        environment.set_syntax(syntax.ok()?);
        let source = include_str!("../pages/answer.html");
        environment
            .template_from_named_str("answer.html", source)
            .ok()?
            .render(minijinja::value::Serde(self))
            .ok()
    }
}
