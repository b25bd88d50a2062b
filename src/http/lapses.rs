//! Lapses: who sees them, what the people named say, what the inspectors find.

mod about;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use self::about::about;
use super::body::JsonBody;
use super::caller::Caller;
use super::cases::Listing;
use super::context::{Context, unavailable};
use super::ledger::known_around;
use super::problem::{FieldError, Problem};
use super::said::said;
use super::{json as answer, refuse};
use crate::domain::command::{Command, LapseVerdict, NoticeServed};
use crate::domain::directory::Role;
use crate::domain::fact::LapsesViewed;
use crate::domain::lapse::{Clause, Finding, Findings, Lapse, Statement, Told, Verdict};
use crate::domain::names::{Actor, LapseId, PayloadName, PersonId};
use crate::engine::{Lane, Published, Work};
use crate::journal::{self, Hash};
use crate::ledger::export::{self, Line};
use crate::vault::Sealed;

/// Whether a caller sees a lapse: discipline and office each, a person their own, and nobody else any.
fn sees(caller: &Caller, published: &Published, lapse: &Lapse) -> bool {
    caller.sees_all_lapses(published) || caller.person().is_some_and(|person| lapse.names(person))
}

/// `GET /v1/lapses`.
pub(super) async fn list(
    State(context): State<Context>,
    caller: Caller,
    Query(listing): Query<Listing>,
) -> Result<Response, Problem> {
    let published = context.published();
    let all = caller.sees_all_lapses(&published);
    if !all && caller.person().is_none() {
        return Err(Problem::forbidden());
    }
    let open = match listing.state() {
        None | Some("open") => true,
        Some("decided") => false,
        Some(_) => return Err(Problem::invalid(vec![FieldError::new("/state", "expected open or decided")])),
    };
    let found = published.state.lapses.iter();
    let found = found.filter(|(id, _)| listing.after().is_none_or(|after| id.as_str() > after));
    // What was decided by a clause that does not fit any more waits for a person again: it is in both lists.
    let wanted = |lapse: &&Arc<Lapse>| lapse.is_open() == open || open && lapse.is_to_review();
    let found = found.map(|(_, lapse)| lapse).filter(wanted).filter(|lapse| sees(&caller, &published, lapse));
    let found: Vec<Arc<Lapse>> = found.take(listing.limit()).cloned().collect();
    record_view(&context, &caller, &found).await?;
    let cited = found.iter().flat_map(|lapse| lapse.evidence.iter().copied());
    let hashes = hashes(&context, cited.collect()).await?;
    let lines = lines(&context, &published, found).await?;
    let lapses = lines.iter().map(|line| view(&context, (&caller, &published), line, &hashes));
    Ok(answer(&json!({ "lapses": lapses.collect::<Vec<_>>() })))
}

/// Who is shown lapses of others is on record before they are.
async fn record_view(context: &Context, caller: &Caller, found: &[Arc<Lapse>]) -> Result<(), Problem> {
    let now = context.now();
    let viewer = (caller.person(), caller.program());
    let new = found.iter().filter(|lapse| lapse.is_new_to(viewer, now.both()));
    let lapses: Vec<LapseId> = new.map(|lapse| lapse.lapse.clone()).collect();
    if lapses.is_empty() {
        return Ok(());
    }
    let view = LapsesViewed { person: viewer.0.cloned(), client: viewer.1.cloned(), lapses };
    let work = Work { command: Command::RecordView(view), payloads: Vec::new() };
    let done = context.engine.submit_work(work, now, Lane::Wish).await;
    done.map(|_| ()).map_err(|refusal| refuse::problem(refusal, now.either()))
}

/// Lapses with what is said beside them. What has left memory and cannot be read is not said.
async fn lines(
    context: &Context,
    published: &Arc<Published>,
    lapses: Vec<Arc<Lapse>>,
) -> Result<Vec<Line>, Problem> {
    let (published, now) = (Arc::clone(published), context.now().both());
    let made = tokio::task::spawn_blocking(move || {
        let (around, _) = known_around(&published, &lapses);
        let line = |lapse| Line::new(lapse, (&published.state, &around), now);
        lapses.into_iter().map(line).collect()
    });
    made.await.map_err(|_panic| Problem::internal())
}

/// The hashes of entries that are cited, as the files hold them.
pub(super) async fn hashes(context: &Context, mut entries: Vec<u64>) -> Result<BTreeMap<u64, Hash>, Problem> {
    entries.sort_unstable();
    entries.dedup();
    let data = context.data.clone();
    let read = tokio::task::spawn_blocking(move || journal::hashes(&data, &entries)).await;
    match read {
        Ok(Ok(hashes)) => Ok(hashes),
        Ok(Err(error)) => {
            tracing::error!(%error, "the journal could not be read for what a lapse cites");
            Err(unavailable())
        }
        Err(_panic) => Err(Problem::internal()),
    }
}

/// A lapse as the contract shows it; each entry it cites with its hash, as far as that is in the files.
fn view(
    context: &Context,
    (caller, published): (&Caller, &Published),
    line: &Line,
    hashes: &BTreeMap<u64, Hash>,
) -> Value {
    let lapse = &*line.lapse;
    let evidence: Vec<Value> = lapse
        .evidence
        .iter()
        .map(|seq| json!({ "seq": seq, "hash": hashes.get(seq).map(Hash::to_string) }))
        .collect();
    let late = published.state.lateness(lapse, context.now().both()).map(|late| late.as_secs());
    let state = match (lapse.is_open(), lapse.is_withdrawn()) {
        (true, _) => "open",
        (false, true) => "withdrawn",
        (false, false) => "decided",
    };
    let clauses: Vec<Value> = lapse
        .clauses()
        .map(|(clause, lacking)| {
            let lacking: Vec<&str> = lacking.iter().map(|need| need.word()).collect();
            json!({ "clause": clause, "lacking": lacking })
        })
        .collect();
    let told: Vec<Value> = lapse.told.iter().map(|(person, told)| told_view(context, person, told)).collect();
    let statements: Vec<Value> = lapse.statements.iter().map(|it| statement_view(context, it)).collect();
    let verdicts: Vec<Value> = lapse.verdicts.iter().map(|it| verdict_view(context, lapse, it)).collect();
    json!({
        "lapse": lapse.lapse, "unit": line.unit(), "unit_name": unit_name(context, line),
        "failing": lapse.failing, "certainty": lapse.certainty,
        "subjects": { "person_involved": lapse.person_involved, "responsible_person": lapse.responsible_person },
        "posts": { "person_involved": lapse.involved_as, "responsible_person": lapse.responsible_as },
        "about": about(context, (caller, published), line), "rule": line.rule(), "due": lapse.due, "actual": line.actual(),
        "late_by_s": late, "found_at": lapse.found_at, "omitted_until": lapse.omitted_until,
        "excuses": export::excuse::json(lapse), "evidence": evidence, "clauses": clauses, "state": state,
        "withdrawn_at": lapse.withdrawn_at.filter(|_| lapse.is_withdrawn()),
        "ruled_out_since": lapse.ruled_out_since(), "excuse_since": lapse.excuse_since(), "told": told, "viewed": lapse.viewed,
        "statements": statements, "verdicts": verdicts,
        "repeats": repeats(caller, published, line), "names": names(context, lapse),
    })
}

/// What its unit was called when it was due.
fn unit_name(context: &Context, line: &Line) -> Option<String> {
    line.unit().map(|unit| context.live().contacts.unit_at(unit, line.lapse.due))
}

/// What those named in it, and those who said or decided anything of it, are or were called.
fn names(context: &Context, lapse: &Lapse) -> BTreeMap<PersonId, Option<String>> {
    let said = lapse.statements.iter().map(|it| &it.actor.by);
    let decided = lapse.verdicts.iter().map(|it| &it.actor.by);
    let live = context.live();
    let called = |person: &PersonId| (person.clone(), live.contacts.known_as(person));
    lapse.subjects().chain(lapse.told.keys()).chain(said).chain(decided).map(called).collect()
}

/// What came before it: to discipline and office all of it, to whoever is named what is their own.
fn repeats(caller: &Caller, published: &Published, line: &Line) -> Value {
    let all = caller.sees_all_lapses(published);
    let before = line.before.clone();
    let before = match caller.person().filter(|_| !all) {
        Some(person) => before.own(&line.lapse, person),
        None => before,
    };
    export::repeats::json(&before)
}

/// What somebody wrote, where it can be opened.
fn words(context: &Context, payload: &PayloadName) -> Option<String> {
    Some(context.open(payload)?.get("text")?.as_str()?.to_owned())
}

/// When somebody was told; by whom and how, where a person handed the notice over.
fn told_view(context: &Context, person: &PersonId, told: &Told) -> Value {
    let served = told.served.as_ref();
    json!({
        "person": person, "at": told.at, "answer_by": told.answer_by,
        "served_by": served.map(|served| &served.actor.by),
        "note": served.and_then(|served| words(context, &served.payload)),
    })
}

fn statement_view(context: &Context, it: &Statement) -> Value {
    json!({ "at": it.at, "by": it.actor.by, "text": words(context, &it.payload) })
}

fn verdict_view(context: &Context, lapse: &Lapse, it: &Verdict) -> Value {
    let mut facts: serde_json::Map<String, Value> = Finding::ALL
        .iter()
        .map(|(finding, word)| ((*word).to_owned(), it.findings.found.contains(finding).into()))
        .collect();
    facts.insert("provision".to_owned(), json!(it.findings.provision));
    json!({
        "at": it.at, "by": it.actor.by, "clause": it.clause.map_or_else(|| json!("none"), |clause| json!(clause)),
        "clause_fits": lapse.fits(it), "facts": facts, "reason": words(context, &it.payload),
    })
}

/// A person's own word, under their own sign-in, on a lapse that they see.
fn begin(context: &Context, (caller, id): (&Caller, &str), by: Option<&str>) -> Result<Actor, Problem> {
    caller.person_only()?;
    let published = context.published();
    let known = published.state.lapses.get(&LapseId::new(id));
    known.filter(|lapse| sees(caller, &published, lapse)).ok_or_else(Problem::not_found)?;
    caller.actor(by)
}

/// `{ "text" }`.
#[derive(Debug, Deserialize)]
pub(super) struct Saying {
    by: Option<String>,
    text: Option<String>,
}

/// `POST /v1/lapses/{lapse}/statement`, by whoever is named in it.
pub(super) async fn state(
    State(context): State<Context>,
    Path(id): Path<String>,
    caller: Caller,
    body: JsonBody<Saying>,
) -> Result<Response, Problem> {
    let actor = begin(&context, (&caller, &id), body.value.by.as_deref())?;
    let text = said("/text", body.value.text.as_deref())?;
    let (payload, sealed) = context.seal(&json!({ "text": text }))?;
    let lapse = LapseId::new(&id);
    let command = Command::MakeStatement { lapse: lapse.clone(), actor, payload };
    submit((&context, &caller), (lapse, command, sealed), body.received).await
}

/// `{ "person", "note" }`.
#[derive(Debug, Deserialize)]
pub(super) struct Serving {
    by: Option<String>,
    person: Option<String>,
    note: Option<String>,
}

/// `POST /v1/lapses/{lapse}/told`, by the office or the inspectors: they handed the notice over themselves.
pub(super) async fn serve(
    State(context): State<Context>,
    Path(id): Path<String>,
    caller: Caller,
    body: JsonBody<Serving>,
) -> Result<Response, Problem> {
    let actor = begin(&context, (&caller, &id), body.value.by.as_deref())?;
    if !caller.sees_all_lapses(&context.published()) {
        return Err(Problem::forbidden());
    }
    let person = said("/person", body.value.person.as_deref())?;
    let note = said("/note", body.value.note.as_deref())?;
    let (payload, sealed) = context.seal(&json!({ "text": note }))?;
    let lapse = LapseId::new(&id);
    let served = NoticeServed { lapse: lapse.clone(), person: PersonId::new(person), actor, payload };
    submit((&context, &caller), (lapse, Command::ServeNotice(Box::new(served)), sealed), body.received).await
}

/// `{ "clause", "facts", "reason" }`.
#[derive(Debug, Deserialize)]
pub(super) struct Judging {
    by: Option<String>,
    clause: Option<String>,
    #[serde(default)]
    facts: Found,
    reason: Option<String>,
}

/// What was found besides.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own in the contract")]
struct Found {
    minor: bool,
    improper_handling: bool,
    bad_effect: bool,
    serious_consequence: bool,
    deliberate: bool,
    provision: Option<u8>,
}

impl Found {
    fn findings(&self) -> Result<Findings, Problem> {
        let is_found = |finding: Finding| match finding {
            Finding::Minor => self.minor,
            Finding::ImproperHandling => self.improper_handling,
            Finding::BadEffect => self.bad_effect,
            Finding::SeriousConsequence => self.serious_consequence,
            Finding::Deliberate => self.deliberate,
        };
        if self.provision.is_some_and(|number| !(1..=9).contains(&number)) {
            let detail = "expected one of the Nine Provisions, 1 to 9";
            return Err(Problem::invalid(vec![FieldError::new("/facts/provision", detail)]));
        }
        let all = Finding::ALL.into_iter().map(|(finding, _)| finding);
        let found: BTreeSet<Finding> = all.filter(|finding| is_found(*finding)).collect();
        Ok(Findings { found, provision: self.provision })
    }
}

fn clause(text: Option<&str>) -> Result<Option<Clause>, Problem> {
    Ok(Some(match text {
        Some("S26") => Clause::S26,
        Some("S27") => Clause::S27,
        Some("S28") => Clause::S28,
        Some("S29") => Clause::S29,
        Some("S30") => Clause::S30,
        Some("none") => return Ok(None),
        Some(_) | None => {
            let detail = "expected S26, S27, S28, S29, S30 or none";
            return Err(Problem::invalid(vec![FieldError::new("/clause", detail)]));
        }
    }))
}

/// `POST /v1/lapses/{lapse}/verdict`, by the inspectors.
pub(super) async fn judge(
    State(context): State<Context>,
    Path(id): Path<String>,
    caller: Caller,
    body: JsonBody<Judging>,
) -> Result<Response, Problem> {
    let actor = begin(&context, (&caller, &id), body.value.by.as_deref())?;
    if !caller.has(&context.published(), &Role::Discipline) {
        return Err(Problem::forbidden());
    }
    let Judging { clause: named, facts, reason, .. } = &body.value;
    let (clause, findings) = (clause(named.as_deref())?, facts.findings()?);
    let (payload, sealed) = context.seal(&json!({ "text": said("/reason", reason.as_deref())? }))?;
    let lapse = LapseId::new(&id);
    let received = context.received(&body.received);
    let given = LapseVerdict { lapse: lapse.clone(), actor, clause, findings, payload, received };
    submit((&context, &caller), (lapse, Command::GiveVerdict(Box::new(given)), sealed), body.received).await
}

/// The answer is the lapse as it stands with what was said.
async fn submit(
    (context, caller): (&Context, &Caller),
    (id, command, sealed): (LapseId, Command, Sealed),
    received: super::body::Received,
) -> Result<Response, Problem> {
    let received = context.received(&received);
    let work = Work { command, payloads: vec![sealed] };
    let done = context.engine.submit_work(work, received, Lane::Wish).await;
    let done = done.map_err(|refusal| refuse::problem(refusal, received.either()))?;
    let lapse = done.state.lapses.get(&id).ok_or_else(Problem::internal)?;
    let hashes = hashes(context, lapse.evidence.clone()).await?;
    let published = context.published();
    let lines = lines(context, &published, vec![Arc::clone(lapse)]).await?;
    let line = lines.first().ok_or_else(Problem::internal)?;
    Ok(answer(&view(context, (caller, &published), line, &hashes)))
}
