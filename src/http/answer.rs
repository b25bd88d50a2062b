//! The page where a person answers for a case: GET shows and changes nothing, POST acts with the code (P9).

use axum::extract::{Path, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ORIGIN, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};

use super::body::Received;
use super::context::Context;
use super::events::e164;
use super::problem::Problem;
use super::refuse;
use crate::domain::case::{Case, ClockState};
use crate::domain::command::{Act, Command};
use crate::domain::fact::Fact;
use crate::domain::names::{CaseId, Kind, NotificationId, PersonId, Recipient};
use crate::engine::{Lane, Published};
use crate::time::Now;
use crate::vault::Codes;

/// What the page says, in both languages; it has no script.
#[derive(Serialize)]
struct Page {
    headline_zh: String,
    headline_en: String,
    ask_mobile: bool,
    form: bool,
    note_zh: &'static str,
    note_en: &'static str,
}

/// What the page's form sends.
#[derive(Deserialize)]
struct Form {
    mobile: Option<String>,
    code: Option<String>,
    act: Option<String>,
}

/// Writes the page; what people called things is escaped by the file's ending.
fn write(page: &Page) -> Option<String> {
    let environment = minijinja::Environment::new();
    let template =
        environment.template_from_named_str("answer.html", include_str!("pages/answer.html")).ok()?;
    template.render(minijinja::value::Serde(page)).ok()
}

fn show(status: StatusCode, page: &Page) -> Response {
    let Some(html) = write(page) else { return Problem::internal().into_response() };
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

fn plain(ask_mobile: bool, form: bool, note: (&'static str, &'static str)) -> Page {
    Page {
        headline_zh: "疫情值班确认".to_owned(),
        headline_en: "Duty desk: answer for a case".to_owned(),
        ask_mobile,
        form,
        note_zh: note.0,
        note_en: note.1,
    }
}

/// `GET /a`.
pub(super) async fn page() -> Response {
    show(StatusCode::OK, &plain(true, true, ("", "")))
}

/// `GET /a/{token}`: a dead or wrong link shows the page that asks for everything.
pub(super) async fn page_of(State(context): State<Context>, Path(token): Path<String>) -> Response {
    match opened(&context, &token) {
        Some((_, case)) => show(StatusCode::OK, &about(&context, &case, ("", ""))),
        None => show(
            StatusCode::NOT_FOUND,
            &plain(
                false,
                false,
                ("链接无效，或该事件已办结。", "The link is not valid, or the case is closed."),
            ),
        ),
    }
}

/// The person and the open case that a link stands for.
fn opened(context: &Context, token: &str) -> Option<(PersonId, std::sync::Arc<Case>)> {
    let codes = context.codes.as_ref()?;
    let published = context.published();
    let id = NotificationId::new(Codes::notification_of(token)?);
    let track = published.state.track(&id)?;
    let Recipient::Person(person) = &track.notification.to else { return None };
    let case = published.state.case(track.notification.subject.case()?)?;
    let right = codes.link(id.as_str(), person.as_str(), case.id.as_str());
    (case.is_open() && Codes::same(token, &right)).then(|| (person.clone(), std::sync::Arc::clone(case)))
}

/// The page of one case: nothing personal before the code.
fn about(context: &Context, case: &Case, note: (&'static str, &'static str)) -> Page {
    let published = context.published();
    let zone = &published.directory.zone;
    let unit = context.live().contacts.unit(&case.unit).unwrap_or_else(|| case.unit.to_string());
    let found = zone.format(case.suspected_since.unwrap_or(case.discovered_at), "%H:%M");
    let running = case.clocks.iter().find(|clock| clock.state == ClockState::Running);
    let due = running.map(|clock| zone.format(clock.due, "%H:%M"));
    let (kind_zh, kind_en) = match case.kind {
        Kind::Fever => ("发热", "fever"),
        Kind::Suspected => ("疑似", "suspected case"),
        Kind::Confirmed => ("确诊", "confirmed case"),
        Kind::RuledOut => ("已排除", "ruled out"),
    };
    let limit_zh = due.as_ref().map(|due| format!("，{due}前须报上级")).unwrap_or_default();
    let limit_en = due.map(|due| format!("; report by {due}")).unwrap_or_default();
    Page {
        headline_zh: format!("{unit} {kind_zh}1人，{found}发现{limit_zh}"),
        headline_en: format!("{unit}: one {kind_en}, found {found}{limit_en}"),
        ask_mobile: false,
        form: true,
        note_zh: note.0,
        note_en: note.1,
    }
}

/// Refuses what a foreign site sends in a person's name.
fn same_origin(context: &Context, headers: &HeaderMap) -> Result<(), Problem> {
    let word = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let site = word("sec-fetch-site").is_none_or(|site| matches!(site, "same-origin" | "none"));
    let ours = context.live().settings.public_url.clone();
    let origin = headers.get(ORIGIN).and_then(|value| value.to_str().ok());
    let host = word("host").unwrap_or_default();
    let origin = origin.is_none_or(|origin| {
        origin == ours || origin == "null" || origin.split_once("://").is_some_and(|(_, rest)| rest == host)
    });
    if site && origin { Ok(()) } else { Err(Problem::forbidden()) }
}

fn form(received: &Received) -> Result<Form, Problem> {
    let request = axum::http::Request::builder()
        .uri(format!("/?{}", std::str::from_utf8(&received.bytes).unwrap_or_default()))
        .body(());
    let uri = request.map(|request| request.uri().clone()).map_err(|_error| Problem::malformed())?;
    let axum::extract::Query(form) =
        axum::extract::Query::<Form>::try_from_uri(&uri).map_err(|_error| Problem::malformed())?;
    Ok(form)
}

/// `POST /a`: by mobile number and code.
pub(super) async fn by_mobile(
    State(context): State<Context>,
    headers: HeaderMap,
    received: Received,
) -> Result<Response, Problem> {
    same_origin(&context, &headers)?;
    context.pace_stranger().await?;
    let form = form(&received)?;
    let now = context.received(&received);
    let mobile = form.mobile.as_deref().and_then(e164);
    let person = mobile.and_then(|mobile| context.live().contacts.by_number(Some(&mobile), None));
    let Some(person) = person else {
        return Ok(show(StatusCode::FORBIDDEN, &plain(true, true, WRONG)));
    };
    let right = cases_of(&context, &context.published(), &person, form.code.as_deref().unwrap_or_default())?;
    act(&context, (&person, right), &form, now, true).await
}

/// `POST /a/{token}`: the digits that stand in the message, typed in: a preview that posts the form does not type them.
pub(super) async fn by_link(
    State(context): State<Context>,
    Path(token): Path<String>,
    headers: HeaderMap,
    received: Received,
) -> Result<Response, Problem> {
    same_origin(&context, &headers)?;
    context.pace_stranger().await?;
    let Some((person, case)) = opened(&context, &token) else {
        return Ok(page_of(State(context.clone()), Path(token)).await);
    };
    let form = form(&received)?;
    let now = context.received(&received);
    let shown = form.code.as_deref().unwrap_or_default();
    let right = Codes::same(shown, &context.codes()?.four(person.as_str(), case.id.as_str()));
    act(&context, (&person, right.then(|| case.id.clone())), &form, now, false).await
}

const WRONG: (&str, &str) = ("号码或确认码不正确。", "The number or the code is not right.");

/// The open case whose code a person typed; the newest where two share one.
fn cases_of(
    context: &Context,
    published: &Published,
    person: &PersonId,
    shown: &str,
) -> Result<Option<CaseId>, Problem> {
    let codes = context.codes()?;
    let mine = published.state.cases.values().filter(|case| case.is_open() && case.told.contains(person));
    let right = mine.filter(|case| Codes::same(shown, &codes.four(person.as_str(), case.id.as_str())));
    Ok(right.last().map(|case| case.id.clone()))
}

async fn act(
    context: &Context,
    (person, right): (&PersonId, Option<CaseId>),
    form: &Form,
    now: Now,
    ask_mobile: bool,
) -> Result<Response, Problem> {
    let act = match form.act.as_deref() {
        Some("take") => Act::Take,
        Some("confirm") => Act::Confirm,
        Some("pass") => Act::Pass,
        Some(_) | None => return Err(Problem::malformed()),
    };
    let command = Command::TryCode { person: person.clone(), right, act, received: now };
    let tried = context.engine.submit(command, now, Lane::Tidings).await;
    let tried = match tried {
        Ok(tried) => tried,
        Err(refusal) => {
            let problem = refuse::problem(refusal, now.either());
            if problem.code == "locked" {
                let note = (
                    "输错次数过多，请10分钟后再试，或直接回电值班室。",
                    "Too many wrong codes: try again in ten minutes, or ring the duty desk.",
                );
                return Ok(show(StatusCode::TOO_MANY_REQUESTS, &plain(ask_mobile, false, note)));
            }
            return Err(problem);
        }
    };
    if tried.facts.iter().any(|fact| matches!(fact, Fact::CodeRefused { .. })) {
        return Ok(show(StatusCode::FORBIDDEN, &plain(ask_mobile, true, WRONG)));
    }
    let note = match act {
        Act::Take => (
            "已记录由您处置。请先电话、后书面报告上级。",
            "Recorded: you have taken it. Telephone the authority first, then write.",
        ),
        Act::Confirm => (
            "已记录您知道了。报告时限没有停止，还在呼叫处置人。",
            "Recorded: you know. The clock is still running, and we are still calling for someone to take it.",
        ),
        Act::Pass => {
            ("已记录您无法处置，马上呼叫下一位。", "Recorded: you cannot. The next person is called at once.")
        }
    };
    Ok(show(StatusCode::OK, &plain(ask_mobile, false, note)))
}
