//! Absences: people say themselves when they are away and who stands in, or the office does for them (M3).

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::JsonBody;
use super::caller::Caller;
use super::context::Context;
use super::json as answer;
use super::maintenance::{instant, of_span, submit};
use super::problem::{FieldError, Problem};
use super::said::said;
use crate::domain::Absence;
use crate::domain::command::{AbsenceRejection, Absent, Command};
use crate::domain::directory::Role;
use crate::domain::fact::{AbsenceRecorded, AbsentBecause, Span};
use crate::domain::names::PersonId;
use crate::engine::{Published, Work};

/// Who, when, why, and who stands in.
#[derive(Deserialize)]
pub(super) struct Entry {
    by: Option<String>,
    person: Option<String>,
    from: Option<Value>,
    until: Option<Value>,
    why: Option<Value>,
    stand_in: Option<String>,
    note: Option<String>,
}

/// Who says that they are back.
#[derive(Deserialize)]
pub(super) struct Back {
    by: Option<String>,
}

/// The office in the narrow sense: whoever is on duty for a night sends nobody away.
fn is_office(published: &Published, caller: &Caller) -> bool {
    caller.has(published, &Role::Office)
}

/// People, and the programs of the office.
fn may(published: &Published, caller: &Caller) -> Result<(), Problem> {
    let may = caller.person().is_some() || is_office(published, caller);
    if may { Ok(()) } else { Err(Problem::forbidden()) }
}

/// `POST /v1/absences`: somebody is away, from here or from then on.
pub(super) async fn record(
    State(context): State<Context>,
    caller: Caller,
    body: JsonBody<Entry>,
) -> Result<Response, Problem> {
    let published = context.published();
    may(&published, &caller)?;
    let said_by = &body.value;
    let actor = caller.actor(said_by.by.as_deref())?;
    let person = said_by.person.as_deref().map_or_else(|| actor.by.clone(), PersonId::new);
    if !is_office(&published, &caller) && person != actor.by {
        return Err(Problem::forbidden());
    }
    let from = said_by.from.as_ref().map(|from| instant("/from", from)).transpose()?;
    let to = instant("/until", said_by.until.as_ref().unwrap_or(&Value::Null))?;
    let why = said_by.why.as_ref().and_then(|why| serde_json::from_value(why.clone()).ok());
    let why: AbsentBecause = why.ok_or_else(|| {
        let expected = "expected leave, travel, fever, illness, isolation or other";
        Problem::invalid(vec![FieldError::new("/why", expected)])
    })?;
    let note = said_by.note.as_deref().map(|note| said("/note", Some(note))).transpose()?;
    let sealed = note.map(|note| context.seal(&json!({ "text": note }))).transpose()?;
    let (note, payloads) = sealed.map_or((None, Vec::new()), |(name, sealed)| (Some(name), vec![sealed]));
    let now = context.received(&body.received).either();
    let span = Span { from: from.unwrap_or(now), to };
    let stand_in = said_by.stand_in.as_deref().map(PersonId::new);
    let recorded = AbsenceRecorded { person: person.clone(), span, why, stand_in, actor, note };
    let work = Work { command: Command::Absence(Box::new(Absent::Record(recorded))), payloads };
    let done = submit(&context, work, &body.received).await?;
    let known = done.state.absences_of(&person).find(|it| Some(it.absence) == done.seq);
    Ok(answer(&shown(&person, known.ok_or_else(Problem::internal)?, true)))
}

/// `POST /v1/absences/{absence}/end`: they are back before their time, or will not be away.
pub(super) async fn end(
    State(context): State<Context>,
    Path(absence): Path<String>,
    caller: Caller,
    body: JsonBody<Back>,
) -> Result<Response, Problem> {
    let published = context.published();
    may(&published, &caller)?;
    let absence: u64 = absence.parse().map_err(|_cause| Problem::not_found())?;
    let actor = caller.actor(body.value.by.as_deref())?;
    let of = (!is_office(&published, &caller)).then(|| actor.by.clone());
    let command = Command::Absence(Box::new(Absent::End { absence, actor, of }));
    let done = submit(&context, Work { command, payloads: Vec::new() }, &body.received).await?;
    let all = || done.state.absences.iter();
    let known =
        all().find_map(|(person, theirs)| Some((person, theirs.iter().find(|it| it.absence == absence)?)));
    Ok(answer(&known.map_or_else(
        // It never began.
        || json!({ "absence": absence, "from": null, "until": null }),
        |(person, it)| shown(person, it, true),
    )))
}

/// `GET /v1/absences`: those under way and to come, in order of time; to the office everybody's, to others their own and
/// those in which they stand in.
pub(super) async fn list(State(context): State<Context>, caller: Caller) -> Result<Response, Problem> {
    let published = context.published();
    may(&published, &caller)?;
    let now = context.now().either();
    let office = is_office(&published, &caller);
    let mut open: BTreeMap<_, Value> = BTreeMap::new();
    for (person, theirs) in published.state.absences.iter() {
        let own = office || caller.person() == Some(person);
        let concerns =
            |it: &&Absence| own || (it.stand_in.is_some() && it.stand_in.as_ref() == caller.person());
        for it in theirs.iter().filter(|it| it.span.to > now).filter(concerns) {
            open.insert((it.span.from, it.absence), shown(person, it, own));
        }
    }
    Ok(answer(&json!({ "absences": open.into_values().collect::<Vec<_>>() })))
}

/// Why somebody is away is for them and the office alone.
fn shown(person: &PersonId, it: &Absence, own: bool) -> Value {
    let Absence { absence, span, why, stand_in } = it;
    json!({
        "absence": absence, "person": person, "from": span.from, "until": span.to, "stand_in": stand_in,
        "why": own.then_some(why),
    })
}

/// What stands against recording or ending one.
pub(super) fn refused(rejection: AbsenceRejection) -> Problem {
    let field = |pointer, detail: String| Problem::invalid(vec![FieldError::new(pointer, detail)]);
    match rejection {
        AbsenceRejection::PersonUnknown => {
            field("/person", "expected the id of a person of the directory".to_owned())
        }
        AbsenceRejection::StandInUnknown => {
            field("/stand_in", "expected the id of somebody else of the directory".to_owned())
        }
        AbsenceRejection::Span(rejection) => {
            let full = "As many as may be are entered for them: end one that will not be.";
            of_span(rejection, (full, "absence_over"))
        }
    }
}
