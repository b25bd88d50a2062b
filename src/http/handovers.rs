//! Handovers of duty: whoever goes signs what is open, whoever comes signs that they have it (U34).

use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::{JsonBody, Received};
use super::caller::Caller;
use super::context::Context;
use super::json as answer;
use super::maintenance::submit;
use super::problem::{FieldError, Problem};
use super::said::said;
use crate::domain::command::{Command, Shift, ShiftRejection};
use crate::domain::directory::Role;
use crate::domain::fact::{OpenCase, OpenMatters, OpenReports};
use crate::domain::names::{DutyRole, PersonId};
use crate::domain::{Handover, Taken};
use crate::engine::{Published, Work};

/// Of which duty, to whom, and what whoever comes should know.
#[derive(Deserialize)]
pub(super) struct Offer {
    role: Option<String>,
    to: Option<String>,
    note: Option<String>,
}

/// `POST /v1/handovers`: whoever goes off duty signs what they leave.
pub(super) async fn offer(
    State(context): State<Context>,
    caller: Caller,
    body: JsonBody<Offer>,
) -> Result<Response, Problem> {
    let Offer { role, to, note } = &body.value;
    let role = role.as_deref().map(DutyRole::new).ok_or_else(no_role)?;
    let (to, note) = (to.as_deref().map(PersonId::new), note.as_deref());
    offered(&context, &caller, (role, to, note), &body.received).await.map(|shown| answer(&shown))
}

/// A signature is a person's own: no program signs for anybody.
pub(super) async fn offered(
    context: &Context,
    caller: &Caller,
    (role, to, note): (DutyRole, Option<PersonId>, Option<&str>),
    received: &Received,
) -> Result<Value, Problem> {
    caller.person_only()?;
    let actor = caller.actor(None)?;
    let note = note.map(|note| said("/note", Some(note))).transpose()?;
    let sealed = note.map(|note| context.seal(&json!({ "text": note }))).transpose()?;
    let (note, payloads) = sealed.map_or((None, Vec::new()), |(name, sealed)| (Some(name), vec![sealed]));
    let command = Command::HandOver(Box::new(Shift::Offer { role, actor, to, note }));
    let done = submit(context, Work { command, payloads }, received).await?;
    let known = done.seq.and_then(|seq| Some((seq, done.state.handovers.get(&seq)?)));
    let (handover, known) = known.ok_or_else(Problem::internal)?;
    Ok(shown(context, handover, known))
}

/// `POST /v1/handovers/{handover}/take`: whoever comes on duty signs; what the other one handled is theirs.
pub(super) async fn take(
    State(context): State<Context>,
    Path(handover): Path<String>,
    caller: Caller,
    received: Received,
) -> Result<Response, Problem> {
    let handover: u64 = handover.parse().map_err(|_cause| Problem::not_found())?;
    taken(&context, &caller, handover, &received).await.map(|shown| answer(&shown))
}

pub(super) async fn taken(
    context: &Context,
    caller: &Caller,
    handover: u64,
    received: &Received,
) -> Result<Value, Problem> {
    caller.person_only()?;
    let actor = caller.actor(None)?;
    let command = Command::HandOver(Box::new(Shift::Take { handover, actor }));
    let done = submit(context, Work { command, payloads: Vec::new() }, received).await?;
    let known = done.state.handovers.get(&handover).ok_or_else(Problem::internal)?;
    Ok(shown(context, handover, known))
}

/// `GET /v1/handovers`: the last ones, the newest first; to the office and discipline all, to others their own.
pub(super) async fn list(State(context): State<Context>, caller: Caller) -> Result<Response, Problem> {
    let published = context.published();
    if !sees_all(&published, &caller) {
        caller.person_only()?;
    }
    let all = seen(&published, &caller).into_iter();
    let all: Vec<Value> = all.map(|(handover, known)| shown(&context, handover, known)).collect();
    Ok(answer(&json!({ "handovers": all })))
}

fn sees_all(published: &Published, caller: &Caller) -> bool {
    caller.has(published, &Role::Office) || caller.has(published, &Role::Discipline)
}

/// Those that a caller may see, the newest first.
pub(super) fn seen<'p>(published: &'p Published, caller: &Caller) -> Vec<(u64, &'p Handover)> {
    let all = sees_all(published, caller);
    let theirs = |known: &Handover| {
        let signs = [&known.offered.from.by, &known.offered.to];
        all || caller.person().is_some_and(|person| signs.contains(&person))
    };
    let known = published.state.handovers.iter().filter(|(_, known)| theirs(known));
    let mut known: Vec<(u64, &Handover)> = known.map(|(handover, known)| (*handover, &**known)).collect();
    known.reverse();
    known
}

fn shown(context: &Context, handover: u64, known: &Handover) -> Value {
    let Handover { at, offered, taken, replaced } = known;
    let state = match (taken, replaced) {
        (Some(_), _) => "taken",
        (None, true) => "replaced",
        (None, false) => "offered",
    };
    let note = offered.note.as_ref().and_then(|note| context.open(note));
    json!({
        "handover": handover, "role": offered.role, "from": offered.from.by, "to": offered.to, "at": at,
        "state": state, "open": matters(&offered.open),
        "note": note.as_ref().and_then(|note| note.get("text")).and_then(Value::as_str),
        "taken": taken.as_ref().map(|Taken { at, signed }| json!({
            "at": at, "by": signed.actor.by, "cases": signed.cases, "open": signed.open.as_ref().map(matters),
        })),
    })
}

fn matters(open: &OpenMatters) -> Value {
    let OpenMatters { cases, more_cases, reports, troubles } = open;
    let cases = cases.iter().map(|OpenCase { case, kind, handler, due }| {
        json!({ "case": case, "kind": kind, "handler": handler, "due": due })
    });
    let reports = reports.iter().map(|OpenReports { period, units }| {
        json!({ "form": period.form, "day": period.day, "number": period.number, "units": units })
    });
    json!({
        "cases": cases.collect::<Vec<_>>(), "more_cases": more_cases,
        "reports": reports.collect::<Vec<_>>(), "troubles": troubles,
    })
}

fn field(pointer: &str, expected: &'static str) -> Problem {
    Problem::invalid(vec![FieldError::new(pointer, expected)])
}

fn no_role() -> Problem {
    field(
        "/role",
        "应为已配置的值班岗位，如 officer 或 leader / expected a configured duty, such as officer or leader",
    )
}

/// What stands against handing over, or taking.
pub(super) fn refused(rejection: &ShiftRejection) -> Problem {
    match rejection {
        ShiftRejection::RoleUnknown => no_role(),
        ShiftRejection::NotOnDuty => Problem::conflict(
            "not_on_duty",
            "您当前不在班，近四小时也不在班。/ You are not on duty, and were not within the last four hours.",
        ),
        ShiftRejection::ToUnknown => {
            field("/to", "应为名录中的另一人 / expected the id of somebody else of the directory")
        }
        ShiftRejection::NobodyNext => {
            field("/to", "值班表上没有下一班，请指明接班人 / expected a person: nobody else is on the roster")
        }
        ShiftRejection::Unknown => Problem::not_found(),
        ShiftRejection::NotTheirs(_) => Problem::conflict(
            "not_yours",
            "此次交班不是交给您的。/ It is handed to somebody else, who alone can take it.",
        ),
        ShiftRejection::Over => Problem::conflict(
            "handover_replaced",
            "交班人已另行交班，本次作废。/ Another handover came in its place: take that one.",
        ),
    }
}
