//! Operation: arming, tests, readiness, counters, the API document.

use axum::extract::{RawQuery, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use data_encoding::BASE32_NOPAD;
use serde::Deserialize;
use serde_json::json;

use super::body::JsonBody;
use super::caller::Caller;
use super::context::Context;
use super::problem::{FieldError, Problem};
use super::said::said;
use super::{Proof, json as answer, refuse, view};
use crate::domain::bulletin::Trouble;
use crate::domain::command::Command;
use crate::domain::directory::Role;
use crate::domain::names::{Medium, PersonId, RequestId};
use crate::engine::{Answer, Lane, Work};

/// Who does it, for whom, by which medium, why.
#[derive(Deserialize)]
pub(super) struct Wish {
    by: Option<String>,
    person: Option<String>,
    medium: Option<String>,
    reason: Option<String>,
}

async fn submit(context: &Context, work: Work, body: &JsonBody<Wish>) -> Result<Response, Problem> {
    let received = context.received(&body.received);
    let done = context.engine.submit_work(work, received, Lane::Wish).await;
    let done = done.map_err(|refusal| refuse::problem(refusal, received.either()))?;
    Ok(on_record(&done))
}

fn on_record(done: &Answer) -> Response {
    answer(&json!({
        "entry": done.seq, "armed": done.state.is_armed(), "held_back": done.state.held_back,
    }))
}

fn office(context: &Context, caller: Caller, also: Option<&Role>) -> Result<Caller, Problem> {
    let published = context.published();
    let allowed =
        caller.has(&published, &Role::Office) || also.is_some_and(|role| caller.has(&published, role));
    if allowed { Ok(caller) } else { Err(Problem::forbidden()) }
}

/// `POST /v1/arm`.
pub(super) async fn arm(
    State(context): State<Context>,
    caller: Caller,
    body: JsonBody<Wish>,
) -> Result<Response, Problem> {
    let caller = office(&context, caller, None)?;
    let actor = caller.actor(body.value.by.as_deref())?;
    submit(&context, Work { command: Command::Arm { actor }, payloads: Vec::new() }, &body).await
}

/// `POST /v1/disarm`.
pub(super) async fn disarm(
    State(context): State<Context>,
    caller: Caller,
    body: JsonBody<Wish>,
) -> Result<Response, Problem> {
    let caller = office(&context, caller, None)?;
    let actor = caller.actor(body.value.by.as_deref())?;
    let reason = said("/reason", body.value.reason.as_deref())?;
    let (name, sealed) = context.seal(&json!({ "text": reason }))?;
    let command = Command::Disarm { actor, reason: Some(name) };
    submit(&context, Work { command, payloads: vec![sealed] }, &body).await
}

/// `POST /v1/release`.
pub(super) async fn release(
    State(context): State<Context>,
    caller: Caller,
    body: JsonBody<Wish>,
) -> Result<Response, Problem> {
    let caller = office(&context, caller, Some(&Role::Operator))?;
    let actor = caller.actor(body.value.by.as_deref())?;
    submit(&context, Work { command: Command::Release { actor }, payloads: Vec::new() }, &body).await
}

/// `POST /v1/clock/trust`.
pub(super) async fn trust_clock(
    State(context): State<Context>,
    caller: Caller,
    body: JsonBody<Wish>,
) -> Result<Response, Problem> {
    let caller = office(&context, caller, Some(&Role::Operator))?;
    let actor = caller.actor(body.value.by.as_deref())?;
    submit(&context, Work { command: Command::TrustClock { by: Some(actor) }, payloads: Vec::new() }, &body)
        .await
}

/// `POST /v1/test`.
pub(super) async fn test(
    State(context): State<Context>,
    caller: Caller,
    body: JsonBody<Wish>,
) -> Result<Response, Problem> {
    let caller = office(&context, caller, Some(&Role::Operator))?;
    let Some(person) = body.value.person.as_deref() else {
        return Err(Problem::invalid(vec![FieldError::new("/person", "expected the id of a person")]));
    };
    // The contract's `by` is a medium or a channel here; who asks is known by the credential.
    let wanted = body.value.medium.as_deref().or(body.value.by.as_deref());
    let published = context.published();
    let (media, channel) = match wanted {
        None => (vec![Medium::Sms, Medium::Phone, Medium::Email], None),
        Some("phone") => (vec![Medium::Phone], None),
        Some("sms") => (vec![Medium::Sms], None),
        Some("email") => (vec![Medium::Email], None),
        Some(word) => match published.directory.channels.iter().find(|it| it.id.as_str() == word) {
            Some(channel) => (vec![channel.medium], Some(channel.id.clone())),
            None => {
                let pointer = if body.value.medium.is_some() { "/medium" } else { "/by" };
                let detail = "expected phone, sms, email or the id of a channel";
                return Err(Problem::invalid(vec![FieldError::new(pointer, detail)]));
            }
        },
    };
    let request = RequestId::new(&BASE32_NOPAD.encode(&rand::random::<[u8; 10]>()).to_ascii_lowercase());
    let (actor, client) = match caller {
        Caller::Person(..) => (Some(caller.actor(None)?), None),
        Caller::Program(client, _) => (None, Some(client)),
    };
    let person = PersonId::new(person);
    let command = Command::Test { request, person: person.clone(), media, channel, actor, client };
    let received = context.received(&body.received);
    let done = context.engine.submit_work(Work { command, payloads: Vec::new() }, received, Lane::Wish).await;
    let told =
        done.map_err(|refusal| refuse::problem_among(refusal, received.either(), &[("/person", person)]))?;
    Ok(on_record(&told))
}

/// `GET /v1/ledger/head`: signed now.
pub(super) async fn head(State(context): State<Context>, _caller: Caller) -> Result<Response, Problem> {
    let sign = std::sync::Arc::clone(&context.signed_head);
    let signed = tokio::task::spawn_blocking(move || sign()).await.ok().flatten();
    match signed {
        Some(json) => Ok(([(CONTENT_TYPE, "application/json")], json).into_response()),
        None => Err(super::context::unavailable()),
    }
}

/// `GET /healthz`: the process answers, and proves that it is this one to whoever can tell.
pub(super) async fn healthz(State(context): State<Context>, RawQuery(query): RawQuery) -> Response {
    let proof = context.proof.header(query.as_deref());
    let mut response = "ok\n".into_response();
    if let Some(proof) = proof {
        response.headers_mut().insert(Proof::HEADER, proof);
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// `GET /readyz`: the engine makes progress, the journal takes writes, vault and index are open, recovery is done.
pub(super) async fn readyz(State(context): State<Context>) -> Response {
    let published = context.published();
    let (holding, vault, index) = (published.holding, published.vault, published.index);
    let engine = context.engine.is_regular(context.clock.read().since_boot);
    let ready = engine && !holding && vault && index;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let held_back = published.state.held_back;
    let maintenance = published.state.is_maintained(context.now().either());
    let said = json!({
        "ready": ready, "engine": engine, "journal": !holding, "vault": vault, "index": index, "held_back": held_back,
        "door": door(&context), "maintenance": maintenance,
    });
    (status, answer(&said)).into_response()
}

/// How the daemon is found at its public address, by the last that was put on record.
fn door(context: &Context) -> &'static str {
    let published = context.published();
    let live = context.live();
    match &live.settings.probe {
        None => "unwatched",
        Some(probe) if published.state.door_proved.as_ref() != Some(&probe.door()) => "unproved",
        Some(_) if published.state.is_troubled(&Trouble::DoorShut) => "shut",
        Some(_) => "open",
    }
}

/// `GET /metrics`. Cases are counted for whoever asks, and not by the engine, whose steps cost the same with any number.
pub(super) async fn metrics(State(context): State<Context>) -> Response {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    let state = &context.published().state;
    let (open, running) = view::counted(state);
    let untold = state.troubles.values().filter(|standing| standing.is_untold()).count();
    context.metrics.troubles_untold.set(i64::try_from(untold).unwrap_or(i64::MAX));
    context.metrics.door_closed.set(i64::from(state.door_closed_since.is_some()));
    context.metrics.cases_open.set(open);
    context.metrics.clocks_running.set(running);
    ([(CONTENT_TYPE, kind)], context.metrics.text()).into_response()
}

/// `GET /openapi.json`: the document as people read it; tests hold it against the routes.
pub(super) async fn openapi() -> Response {
    ([(CONTENT_TYPE, "application/json")], include_str!("../../docs/openapi.json")).into_response()
}
