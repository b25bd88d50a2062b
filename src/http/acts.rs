//! What people do with a case.

mod report;

use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::JsonBody;
use super::caller::Caller;
use super::context::Context;
use super::problem::{FieldError, Problem};
use super::said::said;
use super::{json as answer, refuse};
use crate::domain::command::{Archived, Command};
use crate::domain::names::{Actor, CaseId, Kind, PayloadName, PersonId};
use crate::engine::{Answer, Lane, Work};
use crate::time::Now;
use crate::vault::Sealed;

pub(super) use self::report::{dispute, receipt, telephone, written};

/// What one act needs: who, which case, when; and what is sealed.
struct Act<'c> {
    context: &'c Context,
    case: CaseId,
    actor: Actor,
    received: Now,
    sealed: Vec<Sealed>,
}

impl<'c> Act<'c> {
    fn begin<T>(
        context: &'c Context,
        (caller, case): (Caller, String),
        (by, body): (Option<&str>, &JsonBody<T>),
        person_only: bool,
    ) -> Result<Self, Problem> {
        if person_only {
            caller.person_only()?;
        }
        let published = context.published();
        let case = CaseId::new(&case);
        match published.state.case(&case) {
            Some(known) if caller.acts_on(&published, &known.unit) => {}
            Some(known) if caller.sees(&published, &known.unit) => return Err(Problem::forbidden()),
            // A case that has left memory is the office's alone.
            None if caller.is_office(&published) => {}
            Some(_) | None => return Err(Problem::not_found()),
        }
        let actor = caller.actor(by)?;
        Ok(Self { context, case, actor, received: context.received(&body.received), sealed: Vec::new() })
    }

    /// Seals what somebody wrote, where they wrote anything.
    fn seal(&mut self, content: Option<Value>) -> Result<Option<PayloadName>, Problem> {
        let Some(content) = content else { return Ok(None) };
        let (name, sealed) = self.context.seal(&content)?;
        self.sealed.push(sealed);
        Ok(Some(name))
    }

    /// Somebody whom a body names at this pointer, where it names anybody.
    fn person(&self, pointer: &str, id: Option<&str>) -> Result<Option<PersonId>, Problem> {
        let Some(person) = id.map(PersonId::new) else { return Ok(None) };
        if self.context.published().directory.persons.contains_key(&person) {
            return Ok(Some(person));
        }
        let detail = "expected the id of a person of the directory";
        Err(Problem::invalid(vec![FieldError::new(pointer, detail)]))
    }

    async fn submit(self, command: Command, lane: Lane) -> Result<Answer, Problem> {
        let work = Work { command, payloads: self.sealed };
        let done = self.context.engine.submit_work(work, self.received, lane).await;
        done.map_err(|refusal| refuse::problem(refusal, self.received.either()))
    }
}

fn done(case: &CaseId, answered: &Answer) -> Response {
    let view =
        answered.state.case(case).map_or_else(|| json!({ "case": case }), |case| super::view::line(case));
    answer(&view)
}

fn text(text: Option<String>) -> Option<Value> {
    text.map(|text| json!({ "text": text }))
}

/// `{ "by" }`, and for passing on `"to"`.
#[derive(Deserialize)]
pub(super) struct By {
    by: Option<String>,
    to: Option<String>,
}

/// `POST …/confirm`.
pub(super) async fn confirm(
    State(context): State<Context>,
    Path(case): Path<String>,
    caller: Caller,
    body: JsonBody<By>,
) -> Result<Response, Problem> {
    let act = Act::begin(&context, (caller, case), (body.value.by.as_deref(), &body), false)?;
    let (case, actor) = (act.case.clone(), act.actor.clone());
    let answered = act.submit(Command::Confirm { case: case.clone(), actor }, Lane::Tidings).await?;
    Ok(done(&case, &answered))
}

/// `{ "by" }`, and `"take_over"` where somebody else handles it.
#[derive(Deserialize)]
pub(super) struct Taking {
    by: Option<String>,
    #[serde(default)]
    take_over: bool,
}

/// `POST …/take`.
pub(super) async fn take(
    State(context): State<Context>,
    Path(case): Path<String>,
    caller: Caller,
    body: JsonBody<Taking>,
) -> Result<Response, Problem> {
    let act = Act::begin(&context, (caller, case), (body.value.by.as_deref(), &body), false)?;
    let (case, actor, take_over) = (act.case.clone(), act.actor.clone(), body.value.take_over);
    let command = Command::Take { case: case.clone(), actor, take_over };
    let answered = act.submit(command, Lane::Tidings).await?;
    Ok(done(&case, &answered))
}

/// `POST …/pass`.
pub(super) async fn pass(
    State(context): State<Context>,
    Path(case): Path<String>,
    caller: Caller,
    body: JsonBody<By>,
) -> Result<Response, Problem> {
    let act = Act::begin(&context, (caller, case), (body.value.by.as_deref(), &body), false)?;
    let (case, actor) = (act.case.clone(), act.actor.clone());
    let to = act.person("/to", body.value.to.as_deref())?;
    let answered = act.submit(Command::Pass { case: case.clone(), actor, to }, Lane::Tidings).await?;
    Ok(done(&case, &answered))
}

/// A person decides what a case is.
#[derive(Deserialize)]
pub(super) struct Classification {
    kind: String,
    by: Option<String>,
    second: Option<String>,
    reason: Option<String>,
    evidence: Option<Value>,
}

/// `POST …/classification`.
pub(super) async fn classify(
    State(context): State<Context>,
    Path(case): Path<String>,
    caller: Caller,
    body: JsonBody<Classification>,
) -> Result<Response, Problem> {
    let kind = match body.value.kind.as_str() {
        "suspected" => Kind::Suspected,
        "confirmed" => Kind::Confirmed,
        "ruled_out" => Kind::RuledOut,
        _ => {
            let detail = "expected suspected, confirmed or ruled_out";
            return Err(Problem::invalid(vec![FieldError::new("/kind", detail)]));
        }
    };
    let mut act = Act::begin(&context, (caller, case), (body.value.by.as_deref(), &body), true)?;
    let Classification { second, reason, evidence, .. } = body.value;
    let reason = said("/reason", reason.as_deref())?;
    let payload = act.seal(Some(json!({ "text": reason, "evidence": evidence })))?;
    let (case, actor, received) = (act.case.clone(), act.actor.clone(), act.received);
    let second = act.person("/second", second.as_deref())?;
    let command = Command::Classify { case: case.clone(), kind, actor, second, payload, received };
    let answered = act.submit(command, Lane::Wish).await?;
    Ok(done(&case, &answered))
}

/// A note, a reason, a ground.
#[derive(Deserialize)]
pub(super) struct Words {
    by: Option<String>,
    text: Option<String>,
    reason: Option<String>,
    ground: Option<String>,
    second: Option<String>,
}

/// `POST …/note`.
pub(super) async fn note(
    State(context): State<Context>,
    Path(case): Path<String>,
    caller: Caller,
    body: JsonBody<Words>,
) -> Result<Response, Problem> {
    let mut act = Act::begin(&context, (caller, case), (body.value.by.as_deref(), &body), false)?;
    let Some(payload) = act.seal(text(body.value.text))? else {
        return Err(Problem::invalid(vec![FieldError::new("/text", "expected what the note says")]));
    };
    let (case, actor) = (act.case.clone(), act.actor.clone());
    let answered = act.submit(Command::Note { case: case.clone(), actor, payload }, Lane::Wish).await?;
    Ok(done(&case, &answered))
}

/// `POST …/close`.
pub(super) async fn close(
    State(context): State<Context>,
    Path(case): Path<String>,
    caller: Caller,
    body: JsonBody<Words>,
) -> Result<Response, Problem> {
    let mut act = Act::begin(&context, (caller, case), (body.value.by.as_deref(), &body), false)?;
    let reason = said("/reason", body.value.reason.as_deref())?;
    let payload = act.seal(Some(json!({ "text": reason })))?;
    let (case, actor) = (act.case.clone(), act.actor.clone());
    let answered = act.submit(Command::Close { case: case.clone(), actor, payload }, Lane::Wish).await?;
    Ok(done(&case, &answered))
}

/// `POST …/erase`: the answer is the receipt of the erasure.
pub(super) async fn erase(
    State(context): State<Context>,
    Path(case): Path<String>,
    caller: Caller,
    body: JsonBody<Words>,
) -> Result<Response, Problem> {
    let mut act = Act::begin(&context, (caller, case), (body.value.by.as_deref(), &body), false)?;
    // The ground is kept with the day, not with the case: it outlives what is erased.
    let ground = act.seal(Some(json!({ "text": said("/ground", body.value.ground.as_deref())? })))?;
    let (case, actor, at) = (act.case.clone(), act.actor.clone(), act.received.wall);
    let second = act.person("/second", body.value.second.as_deref())?;
    let command = Command::Erase {
        case: case.clone(),
        actor: Some(actor.clone()),
        second,
        ground,
        archived: Archived::No,
    };
    let answered = act.submit(command, Lane::Wish).await?;
    Ok(answer(&json!({
        "case": case, "erased_at": at, "entry": answered.seq, "by": actor.by,
        "how": "The key of the case is destroyed and what was sealed under it is overwritten. Copies made before (backups of the data folder) hold it until they are deleted.",
    })))
}
