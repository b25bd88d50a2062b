//! Announced maintenance: a time in which nothing gets in, as somebody said before or while it is.

use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::{JsonBody, Received};
use super::caller::Caller;
use super::context::Context;
use super::problem::{FieldError, Problem};
use super::said::said;
use super::{json as answer, refuse};
use crate::domain::Maintenance;
use crate::domain::command::{Command, Maintain, SpanRejection};
use crate::domain::directory::Role;
use crate::engine::{Answer, Lane, Work};
use crate::time::Timestamp;

/// When, and why.
#[derive(Deserialize)]
pub(super) struct Announcement {
    by: Option<String>,
    from: Option<Value>,
    until: Option<Value>,
    reason: Option<String>,
}

/// Who says that it is over.
#[derive(Deserialize)]
pub(super) struct Over {
    by: Option<String>,
}

fn may(context: &Context, caller: &Caller) -> Result<(), Problem> {
    let published = context.published();
    let may = caller.has(&published, &Role::Office) || caller.has(&published, &Role::Operator);
    if may { Ok(()) } else { Err(Problem::forbidden()) }
}

pub(super) async fn submit(context: &Context, work: Work, received: &Received) -> Result<Answer, Problem> {
    let received = context.received(received);
    let done = context.engine.submit_work(work, received, Lane::Wish).await;
    done.map_err(|refusal| refuse::problem(refusal, received.either()))
}

/// `POST /v1/maintenance`: nothing gets in from here, or from then, on.
pub(super) async fn announce(
    State(context): State<Context>,
    caller: Caller,
    body: JsonBody<Announcement>,
) -> Result<Response, Problem> {
    may(&context, &caller)?;
    let said_by = &body.value;
    let actor = caller.actor(said_by.by.as_deref())?;
    let from = said_by.from.as_ref().map(|from| instant("/from", from)).transpose()?;
    let until = instant("/until", said_by.until.as_ref().unwrap_or(&Value::Null))?;
    let reason = said("/reason", said_by.reason.as_deref())?;
    let (name, sealed) = context.seal(&json!({ "text": reason }))?;
    let command = Command::Maintain(Box::new(Maintain::Announce { actor, from, until, reason: name }));
    let done = submit(&context, Work { command, payloads: vec![sealed] }, &body.received).await?;
    let known = done.state.maintenance.iter().find(|it| Some(it.maintenance) == done.seq);
    Ok(answer(&shown(known.ok_or_else(Problem::internal)?)))
}

/// `POST /v1/maintenance/{maintenance}/end`: it is over before its time, or will not be.
pub(super) async fn end(
    State(context): State<Context>,
    Path(maintenance): Path<String>,
    caller: Caller,
    body: JsonBody<Over>,
) -> Result<Response, Problem> {
    may(&context, &caller)?;
    let maintenance = maintenance.parse().map_err(|_cause| Problem::not_found())?;
    let actor = caller.actor(body.value.by.as_deref())?;
    let command = Command::Maintain(Box::new(Maintain::End { actor, maintenance }));
    let done = submit(&context, Work { command, payloads: Vec::new() }, &body.received).await?;
    let known = done.state.maintenance.iter().find(|it| it.maintenance == maintenance);
    Ok(answer(
        &known.map_or_else(|| json!({ "maintenance": maintenance, "from": null, "until": null }), shown),
    ))
}

/// `GET /v1/maintenance`: what is under way or to come, in order of time.
pub(super) async fn list(State(context): State<Context>, _caller: Caller) -> Response {
    let now = context.now().either();
    let state = &context.published().state;
    let mut open: Vec<&Maintenance> = state.maintenance.iter().filter(|it| it.span.to > now).collect();
    open.sort_by_key(|it| (it.span.from, it.maintenance));
    answer(&json!({ "maintenance": open.into_iter().map(shown).collect::<Vec<_>>() }))
}

fn shown(it: &Maintenance) -> Value {
    json!({ "maintenance": it.maintenance, "from": it.span.from, "until": it.span.to })
}

pub(super) fn instant(pointer: &str, value: &Value) -> Result<Timestamp, Problem> {
    let read = value.as_str().and_then(|text| text.parse().ok());
    let expected = "expected a time with its offset, such as 2026-11-23T15:50:00+08:00";
    read.ok_or_else(|| Problem::invalid(vec![FieldError::new(pointer, expected)]))
}

/// What stands against announcing or ending it.
pub(super) fn refused(rejection: SpanRejection) -> Problem {
    let full = "As many as may be are announced: end one that will not be.";
    of_span(rejection, (full, "maintenance_over"))
}

/// What stands against the time that somebody named: maintenance, an absence.
pub(super) fn of_span(rejection: SpanRejection, (full, over): (&'static str, &'static str)) -> Problem {
    let field = |pointer, detail: String| Problem::invalid(vec![FieldError::new(pointer, detail)]);
    match rejection {
        SpanRejection::EndsBefore => {
            field("/until", "expected an instant after `from`, and after now".to_owned())
        }
        SpanRejection::TooLong(latest) => {
            field("/until", format!("expected {latest} at the latest: say the rest when it comes to that"))
        }
        SpanRejection::TooFarOff(latest) => field("/from", format!("expected {latest} at the latest")),
        SpanRejection::TooMany => Problem::conflict("full", full),
        SpanRejection::Unknown => Problem::not_found(),
        SpanRejection::Over => Problem::conflict(over, "It is over."),
    }
}
