//! Reports: filing them, what became of each slot, who is excused, what a day adds up to, and how punctual a month was.

mod before;
mod content;
mod contradicted;
mod filing;
mod hops;
mod mistakes;
mod past;
mod stamp;
mod take;
mod template;
mod total;
mod turns;
pub(super) mod withdrawn;

use std::num::NonZeroU32;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::JsonBody;
use super::caller::Caller;
use super::context::Context;
use super::problem::{FieldError, Problem};
use super::said::said;
use super::{json as answer, refuse};
use crate::domain::command::Command;
use crate::domain::directory::{Directory, Role};
use crate::domain::form::Labels;
use crate::domain::lapse::Incomplete;
use crate::domain::names::UnitId;
use crate::domain::slot::{Counted, Outcome, Period, SlotId, Zero, receipt_code};
use crate::engine::{Lane, Work};
use crate::time::Now;

pub(super) use before::{Before, SameAsBefore, before};
pub(super) use filing::{Filed, Filing};
pub(super) use past::{slots, standings};
pub(super) use stamp::stamp;
use take::Taken;
pub(super) use take::{known_people, take};
pub(super) use template::template;
pub(super) use total::total;
pub(super) use turns::Turns;

/// What a client may call one request, so that a repeat is known.
const KEY_MAX: usize = 255;

/// `POST /v1/reports`: 201 for a new report or correction, 200 where nothing is new in it.
pub(super) async fn file(
    State(context): State<Context>,
    caller: Caller,
    headers: HeaderMap,
    filed: Filed,
) -> Result<Response, Problem> {
    let key = idempotency_key(&headers)?;
    let taken = take(&context, &caller, key, filed).await?;
    told(&taken, &context.published().directory).ok_or_else(Problem::internal)
}

/// Two numbers that should be the same, with a sentence in both languages.
fn counted(counted: Counted) -> Value {
    let Counted { reported, known, by } = counted;
    json!({ "reported": reported, "known": known, "by": by, "says": counted.says().to_string() })
}

/// One mistake, in both languages.
fn wrong(pointer: &str, (zh, en): (&str, &str)) -> Problem {
    let says = Labels { zh: zh.to_owned(), en: en.to_owned() };
    Problem::invalid(vec![FieldError::new(pointer, says.to_string())])
}

/// What the client calls this request, so that a repeat of it is known.
fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let fits = |key: &&str| (1..=KEY_MAX).contains(&key.len());
    match value.to_str().ok().filter(fits) {
        Some(key) => Ok(Some(key)),
        None => {
            let detail = "Idempotency-Key: expected 1 to 255 printable characters.";
            Err(Problem::malformed().with_detail(detail))
        }
    }
}

/// What the filer is told: how the slot stands, and a code that a receipt is known by.
fn told(taken: &Taken, directory: &Directory) -> Option<Response> {
    let Taken { done, filing } = taken;
    let (report, is_new) = taken.report(directory)?;
    let period = done.state.periods.get(&report.slot.period);
    let supported = filing.zero.filter(|_| is_new).and_then(Zero::supported);
    let outcome = period.and_then(|period| period.outcomes.get(&report.slot.unit));
    let begun = outcome.map(|outcome| outcome.begun).unwrap_or_default();
    // What stands against somebody else's report is theirs to be told.
    let filer = outcome.and_then(|outcome| outcome.filed.as_ref()).map(|filed| &filed.actor.by);
    let own = period.filter(|_| filer == Some(&filing.actor.by));
    let differs = filing.counted.filter(|_| is_new).map(counted);
    let told = json!({
        "report": report.report, "slot": report.slot, "day": report.slot.period.day,
        "standing": report.standing, "late_by_s": report.late_by_s, "revision": report.revision,
        "receipt": receipt_code(&report.report), "due": period.map(|period| period.due),
        "received": filing.received.wall, "supported": supported, "counted": differs,
        "duplicate": !is_new, "opened_at": begun.opened_at, "claimed_try_at": begun.claimed_try_at,
        "correct_by": own.and_then(|period| period.told_until(&report.slot.unit)),
    });
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Some((status, answer(&told)).into_response())
}

/// A slot as the contract shows it to the office, by whether its report counts as complete to the caller; why a unit was
/// excused is put in by who may see it.
fn slot((period, unit): (&Period, &UnitId), complete: Option<bool>) -> Value {
    let outcome: Option<&Outcome> = period.outcomes.get(unit).map(|outcome| &**outcome);
    let id = period.id();
    let filed = outcome.and_then(|outcome| outcome.filed.as_ref());
    json!({
        "slot": id.slot(unit), "unit": unit, "form": id.form, "day": id.day, "number": id.number,
        "opens": period.opened.opens, "due": period.due,
        "moved_from": (!period.moved.is_empty()).then_some(period.opened.due),
        "missing_at": period.missing_at, "state": period.state(unit),
        "late_by_s": outcome.map_or(0, |outcome| outcome.late_by_s),
        "first_at": outcome.and_then(|outcome| outcome.first),
        "revision": filed.map_or(0, |filed| filed.revision),
        "by": filed.map(|filed| &filed.actor.by),
        "zero": filed.is_some_and(|filed| filed.zero.is_some()),
        "asked": filed.and_then(|filed| filed.zero?.asked), "total": filed.and_then(|filed| filed.zero?.total),
        "supported": filed.and_then(|filed| filed.zero?.supported()),
        "counted": filed.and_then(|filed| filed.counted).map(counted),
        "consent": filed.is_some_and(|filed| filed.consent),
        "same_as_before": filed.and_then(|filed| filed.same_as_before).map_or(0, NonZeroU32::get),
        "opened_at": outcome.and_then(|outcome| outcome.begun.opened_at),
        "claimed_try_at": outcome.and_then(|outcome| outcome.begun.claimed_try_at),
        "reason_given": filed.is_some_and(|filed| filed.reason.is_some()),
        "complete": complete,
        "exempt": outcome.and_then(|outcome| outcome.exempt.as_ref()).map(|exempt| json!({
            "by": exempt.actor.by, "at": exempt.at, "reason": null,
        })),
        "withdrawn": period.withdrawn_from(unit).map(|it| json!({ "why": it.why, "at": it.at })),
        "correct_by": period.told_until(unit), "self_made": filed.is_some_and(|filed| filed.self_made),
    })
}

/// `POST /v1/slots/{slot}/exempt`.
#[derive(Debug, Deserialize)]
pub(super) struct Exemption {
    by: Option<String>,
    reason: Option<String>,
}

/// `POST /v1/slots/{slot}/exempt`: the office excuses a unit from a report that has not come.
pub(super) async fn exempt(
    State(context): State<Context>,
    Path(id): Path<String>,
    caller: Caller,
    body: JsonBody<Exemption>,
) -> Result<Response, Problem> {
    let published = context.published();
    if !caller.is_office(&published) && !caller.has(&published, &Role::Discipline) {
        return Err(Problem::forbidden());
    }
    let slot: SlotId = id.parse().map_err(|_cause| Problem::not_found())?;
    let actor = caller.actor(body.value.by.as_deref())?;
    let reason = said("/reason", body.value.reason.as_deref())?;
    let (name, sealed) = context.seal(&json!({ "text": reason }))?;
    let received: Now = context.received(&body.received);
    let command = Command::ExemptSlot { slot: slot.clone(), actor, reason: name };
    let work = Work { command, payloads: vec![sealed] };
    let done = context.engine.submit_work(work, received, Lane::Tidings).await;
    let done = done.map_err(|refusal| refuse::problem(refusal, received.either()))?;
    let period = done.state.periods.get(&slot.period).ok_or_else(Problem::internal)?;
    let complete = Incomplete::is_whole(period, &slot.unit);
    let mut shown = self::slot((period, &slot.unit), complete);
    past::with_reason(&mut shown, Some(reason));
    Ok(answer(&shown))
}
