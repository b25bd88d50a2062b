//! Reports: filing them, what became of each slot, who is excused, what a day adds up to, and how punctual a month was.

mod content;
mod contradicted;
mod filing;
mod mistakes;
mod past;
mod template;
mod total;
mod turns;

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
use crate::domain::command::{Command, ReportFiling, SeenReport};
use crate::domain::directory::Role;
use crate::domain::fact::Fact;
use crate::domain::form::Labels;
use crate::domain::names::{EventKey, FormId, UnitId};
use crate::domain::slot::{Counted, CountedBy, Outcome, Period, SlotId, receipt_code};
use crate::domain::slot_now;
use crate::engine::{Answer, Lane, Work};
use crate::time::{Day, Now};

use filing::{Filed, Filing};
use mistakes::Mistakes;
pub(super) use past::{slots, standings};
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
    let Filed { filing, received: body, sheet } = filed;
    let Filing { unit, form, day, number, by, zero, asked, total, figures, rows, reason, stands } = filing;
    let mut content = content::Content { zero, asked, total, figures, rows, numbers: Vec::new(), reason };
    let published = context.published();
    let known = published.directory.forms.get(&*form);
    let known = known
        .ok_or_else(|| wrong("/form", ("应为已配置的报表代码", "expected the id of a configured form")))?;
    let unit = UnitId::new(&unit);
    if !published.directory.units.contains_key(&unit) {
        return Err(wrong("/unit", ("应为已配置的单位代码", "expected the id of a configured unit")));
    }
    if !caller.acts_on(&published, &unit) {
        return Err(Problem::forbidden());
    }
    let actor = caller.actor(by.as_deref())?;
    let day = day.as_deref().map(str::parse::<Day>);
    let mut mistakes = Mistakes::default();
    contradicted::stands_for(stands, content.reason.as_deref(), &mut mistakes);
    if day.as_ref().is_some_and(Result::is_err) {
        mistakes.say("/day", "报告日：应为日期，如 2026-11-23", "day: expected a date such as 2026-11-23");
    }
    if let Some(kind) = sheet {
        let rows = filing::rows(&context, known, (kind, body.bytes.clone())).await?;
        content.take(rows, known, &mut mistakes);
    }
    let people = content.people(known);
    let counted = people.zip(known_people(&context, &unit));
    let counted = counted.and_then(|(reported, known)| Counted::of(reported, known));
    let (content, zero) = content.checked(known, mistakes)?;
    let blind = context.blind()?;
    let token = |what: &str, of: &Value| {
        let text = of.to_string();
        blind.token(what, &[form.as_bytes(), unit.as_str().as_bytes(), text.as_bytes()])
    };
    let (figures, reason) = content::parts(&content);
    let reason = reason.map(|reason| EventKey::new(&token("reason", &reason)));
    let token = token("report", &figures);
    let key = idempotency_key(&headers)?
        .map(|key| blind.token("report key", &[caller.name().as_bytes(), key.as_bytes()]));
    let (payload, sealed) = context.seal(&content)?;
    let received = context.received(&body);
    let command = ReportFiling {
        form: FormId::new(&form),
        unit,
        day: day.and_then(Result::ok),
        number,
        actor,
        zero,
        counted,
        fevers: content::fevers(known, &content, zero),
        people: people.and_then(|people| u32::try_from(people).ok()),
        totals: content::totals(known, &content),
        stands,
        content: EventKey::new(&token),
        reason,
        payload,
        received,
        key: key.as_deref().map(EventKey::new),
        seen: None,
    };
    let work = Work { command: Command::FileReport(Box::new(command.clone())), payloads: vec![sealed] };
    let done = context.engine.submit_work(work, received, Lane::Tidings).await;
    let done = done.map_err(|refusal| contradicted::problem(known, refusal, received.either()))?;
    if let Some(problem) = contradicted::questioned(known, &done.facts) {
        return Err(problem);
    }
    told(&done, &command, &published.directory).ok_or_else(Problem::internal)
}

/// How many people a unit has: by the employee register, else as the configuration says.
fn known_people(context: &Context, unit: &UnitId) -> Option<(u64, CountedBy)> {
    let by_register = context.live().staff.people_of(unit).map(|people| (people, CountedBy::Register));
    let published = context.published();
    let by_headcount = || Some((published.directory.units.get(unit)?.headcount?, CountedBy::Headcount));
    by_register.or_else(by_headcount).map(|(people, by)| (u64::from(people), by))
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
fn told(
    done: &Answer,
    filing: &ReportFiling,
    directory: &crate::domain::directory::Directory,
) -> Option<Response> {
    let recorded = done.facts.iter().find_map(|fact| {
        if let Fact::ReportFiled { report } = fact { Some(SeenReport::of(report)) } else { None }
    });
    let is_new = recorded.is_some();
    let first = recorded.or_else(|| done.filed.clone());
    let report = first.or_else(|| {
        let (period, outcome) = slot_now(&done.state, directory, filing)?;
        SeenReport::last(&period.id().slot(&filing.unit), outcome)
    })?;
    let period = done.state.periods.get(&report.slot.period);
    let supported = filing.zero.filter(|_| is_new).map(crate::domain::slot::Zero::is_supported);
    let differs = filing.counted.filter(|_| is_new).map(counted);
    let told = json!({
        "report": report.report, "slot": report.slot, "day": report.slot.period.day,
        "standing": report.standing, "late_by_s": report.late_by_s, "revision": report.revision,
        "receipt": receipt_code(&report.report), "due": period.map(|period| period.due),
        "received": filing.received.wall, "supported": supported, "counted": differs,
        "duplicate": !is_new,
        "correct_by": period.and_then(|period| period.told_until(&report.slot.unit)),
    });
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Some((status, answer(&told)).into_response())
}

/// A slot as the contract shows it.
fn slot(period: &Period, unit: &UnitId) -> Value {
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
        "supported": filed.and_then(|filed| filed.zero).map(crate::domain::slot::Zero::is_supported),
        "counted": filed.and_then(|filed| filed.counted).map(counted),
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
    Ok(answer(&self::slot(period, &slot.unit)))
}
