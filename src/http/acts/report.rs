//! What people report of a case to its authorities: by telephone, in writing, and what came back.

use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Act, done, text};
use crate::channel::text::Items;
use crate::domain::case::ReportKind;
use crate::domain::command::{Command, TelephoneRecord, Towards, WrittenRecord};
use crate::domain::fact::TelephoneOutcome;
use crate::domain::names::AuthorityId;
use crate::engine::Lane;
use crate::http::body::JsonBody;
use crate::http::caller::Caller;
use crate::http::context::Context;
use crate::http::problem::{FieldError, Problem};
use crate::time::Timestamp;

/// The officer's telephone log.
#[derive(Deserialize)]
pub(in crate::http) struct Telephone {
    authority: String,
    by: Option<String>,
    outcome: String,
    answered_by: Option<String>,
    instructions: Option<String>,
    call_back_at: Option<Timestamp>,
    said_at: Option<Timestamp>,
}

/// `POST …/telephone`.
pub(in crate::http) async fn telephone(
    State(context): State<Context>,
    Path(case): Path<String>,
    caller: Caller,
    body: JsonBody<Telephone>,
) -> Result<Response, Problem> {
    let outcome = match body.value.outcome.as_str() {
        "taken" => TelephoneOutcome::Taken,
        "call_back" => TelephoneOutcome::CallBack,
        "no_answer" => TelephoneOutcome::NoAnswer,
        "wrong_number" => TelephoneOutcome::WrongNumber,
        "refused" => TelephoneOutcome::Refused,
        _ => {
            let detail = "expected taken, call_back, no_answer, wrong_number or refused";
            return Err(Problem::invalid(vec![FieldError::new("/outcome", detail)]));
        }
    };
    let mut act = Act::begin(&context, (caller, case), (body.value.by.as_deref(), &body), false)?;
    let Telephone { authority, answered_by, instructions, call_back_at, said_at, .. } = body.value;
    let said = answered_by.is_some() || instructions.is_some();
    let content = said.then(|| json!({ "answered_by": answered_by, "instructions": instructions }));
    let payload = act.seal(content)?;
    let record = TelephoneRecord {
        case: act.case.clone(),
        authority: AuthorityId::new(&authority),
        actor: act.actor.clone(),
        outcome,
        payload,
        call_back_at,
        said_at,
        received: act.received,
    };
    let case = act.case.clone();
    let answered = act.submit(Command::RecordTelephone(Box::new(record)), Lane::Tidings).await?;
    Ok(done(&case, &answered))
}

/// A written report.
#[derive(Deserialize)]
pub(in crate::http) struct Written {
    authority: Option<String>,
    by: Option<String>,
    kind: Option<String>,
    content: Value,
    send: Option<bool>,
}

/// `POST …/written`.
pub(in crate::http) async fn written(
    State(context): State<Context>,
    Path(case): Path<String>,
    caller: Caller,
    body: JsonBody<Written>,
) -> Result<Response, Problem> {
    let kind = match body.value.kind.as_deref() {
        None | Some("initial") => ReportKind::Initial,
        Some("progress") => ReportKind::Progress,
        Some("final") => ReportKind::Final,
        Some(_) => {
            let detail = "expected initial, progress or final";
            return Err(Problem::invalid(vec![FieldError::new("/kind", detail)]));
        }
    };
    let wrong = wrong_items(&body.value.content);
    if !wrong.is_empty() {
        return Err(Problem::invalid(wrong));
    }
    let mut act = Act::begin(&context, (caller, case), (body.value.by.as_deref(), &body), false)?;
    let Written { authority, content, send, .. } = body.value;
    let Some(payload) = act.seal(Some(content))? else { return Err(Problem::internal()) };
    let record = WrittenRecord {
        case: act.case.clone(),
        authority: authority.as_deref().map(AuthorityId::new),
        actor: act.actor.clone(),
        kind,
        payload,
        send: send.unwrap_or(true),
    };
    let case = act.case.clone();
    let answered = act.submit(Command::WriteReport(Box::new(record)), Lane::Wish).await?;
    Ok(done(&case, &answered))
}

/// What of a report's content would not reach the authority: it has items by name, each a text, a number, or a list of
/// texts; `null` leaves an item to what is on record.
fn wrong_items(content: &Value) -> Vec<FieldError> {
    let Some(items) = content.as_object() else {
        return vec![FieldError::new("/content", "expected an object of items")];
    };
    let is_text = |value: &Value| match value {
        Value::Null | Value::String(_) | Value::Number(_) => true,
        Value::Array(list) => list.iter().all(Value::is_string),
        Value::Bool(_) | Value::Object(_) => false,
    };
    let wrong = |(name, value): (&String, &Value)| {
        let at = FieldError::below("/content", name);
        if !Items::NAMES.contains(&name.as_str()) {
            Some(FieldError::new(at, format!("expected one of {}", Items::NAMES.join(", "))))
        } else {
            (!is_text(value)).then(|| FieldError::new(at, "expected a text, a number or a list of texts"))
        }
    };
    items.iter().filter_map(wrong).collect()
}

/// What an authority confirmed, or a person disputes.
#[derive(Deserialize)]
pub(in crate::http) struct Concerns {
    authority: String,
    clock: Option<u32>,
    by: Option<String>,
    reference: Option<String>,
    reason: Option<String>,
}

impl Concerns {
    fn towards(&self) -> Towards {
        Towards { authority: AuthorityId::new(&self.authority), clock: self.clock }
    }
}

/// `POST …/receipt`.
pub(in crate::http) async fn receipt(
    State(context): State<Context>,
    Path(case): Path<String>,
    caller: Caller,
    body: JsonBody<Concerns>,
) -> Result<Response, Problem> {
    let mut act = Act::begin(&context, (caller, case), (body.value.by.as_deref(), &body), false)?;
    let towards = body.value.towards();
    let reference = act.seal(text(body.value.reference))?;
    let (case, actor, received) = (act.case.clone(), act.actor.clone(), act.received);
    let command = Command::RecordWrittenReceipt { case: case.clone(), towards, actor, reference, received };
    let answered = act.submit(command, Lane::Wish).await?;
    Ok(done(&case, &answered))
}

/// `POST …/dispute`.
pub(in crate::http) async fn dispute(
    State(context): State<Context>,
    Path(case): Path<String>,
    caller: Caller,
    body: JsonBody<Concerns>,
) -> Result<Response, Problem> {
    let mut act = Act::begin(&context, (caller, case), (body.value.by.as_deref(), &body), false)?;
    let towards = body.value.towards();
    let payload = act.seal(text(body.value.reason))?;
    let (case, actor) = (act.case.clone(), act.actor.clone());
    let command = Command::Dispute { case: case.clone(), towards, actor, payload };
    let answered = act.submit(command, Lane::Wish).await?;
    Ok(done(&case, &answered))
}
