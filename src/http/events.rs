//! Fever events: from the door to the command, and the answer back.

use axum::Json;
use axum::extract::{FromRef as _, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use data_encoding::BASE32_NOPAD;
use serde_json::{Value, json};

use super::body::{BodyLimit, Delivery, Door, Received, pass_over};
use super::caller::session_hash;
use super::context::Context;
use super::credential::{SignatureError, TokenHash, bearer, verify};
use super::intake::{self, FeverEvent, Format, Message, Parsed, PersonSpace};
use super::problem::Problem;
use super::refuse;
use super::stranger::Stranger;
use crate::domain::command::{Command, FeverReport, Seen};
use crate::domain::fact::EventOutcome;
use crate::domain::names::{EventId, EventKey, PersonToken, SourceId, UnitId};
use crate::engine::{Answer, Lane, Work, seen};
use crate::time::Now;

/// A source and the shape it sends in.
struct Sender {
    source: SourceId,
    format: Format,
}

/// `POST /v1/events`: by bearer token, or signed.
pub(super) async fn by_token(
    State(context): State<Context>,
    headers: HeaderMap,
    request: axum::extract::Request,
) -> Result<Response, Problem> {
    let known = bearer(&headers).and_then(TokenHash::shown).and_then(|shown| {
        let live = context.live();
        let found = live.settings.sources.iter().find(|(_, source)| source.tokens.hold(shown));
        found.map(|(id, source)| (id.clone(), source.format.clone()))
    });
    let signed = headers.contains_key("webhook-signature");
    if known.is_none() && (!signed || bearer(&headers).is_some()) {
        return Err(Problem::unauthorized());
    }
    let delivery = extract::<Delivery>(request, &context).await?;
    let (source, format) = match known {
        Some(known) => known,
        None => signed_by(&context, &headers, &delivery.received)?,
    };
    let sender = Sender { source, format };
    context.pace_source(sender.source.as_str()).await?;
    take(&context, sender, &headers, delivery).await
}

/// `POST /v1/sources/{source}/{secret}`: for devices that can set no header.
pub(super) async fn by_path(
    State(context): State<Context>,
    Path((source, secret)): Path<(String, String)>,
    stranger: Stranger,
    headers: HeaderMap,
    request: axum::extract::Request,
) -> Result<Response, Problem> {
    let found = {
        let live = context.live();
        let known = live.settings.sources.get_key_value(source.as_str());
        known
            .filter(|(_, settings)| settings.path_secrets.admit(&secret))
            .map(|(id, known)| (id.clone(), known.format.clone()))
    };
    let Some((source, format)) = found else {
        tell_of_path(&context, &source, &secret);
        if source == PROBE {
            // The front door is tried with a body as large as a picture: an answer in the middle of it would be cut off.
            context.pace_stranger(stranger).await?;
            pass_over(request, &Door::from_ref(&context)).await?;
        }
        return Err(Problem::unauthorized());
    };
    let sender = Sender { source, format };
    context.pace_source(sender.source.as_str()).await?;
    let delivery = extract::<Delivery>(request, &context).await?;
    let device = sender.format == Format::Hikvision;
    let mut response = take(&context, sender, &headers, delivery).await?;
    if device && response.status() == StatusCode::ACCEPTED {
        // Devices know no other yes.
        *response.status_mut() = StatusCode::OK;
    }
    Ok(response)
}

/// The source that `watchfire check --live` names when it tries the door: nobody has it, and it is no mistake.
pub const PROBE: &str = "check-live";

/// Tells of a path that is not configured, as seldom as a stranger must be told of: enough to find the mistake in a
/// device, and of no use to anybody else.
fn tell_of_path(context: &Context, source: &str, secret: &str) {
    let live = context.live();
    // What else stands in the path is the caller's, and may be anything.
    let known = live.settings.sources.get_key_value(source).map(|(id, _)| id.as_str());
    if known.is_none() && source == PROBE {
        tracing::debug!("check --live tried the door");
        return;
    }
    let turn = context.gates.wrong_paths.turn(known.unwrap_or(""), context.clock.read().since_boot);
    let Some(passed_over) = turn else { return };
    let begins = session_hash(secret).as_str().chars().take(4).collect::<String>();
    match known {
        Some(source) => {
            tracing::warn!(
                source,
                begins,
                passed_over,
                "a device showed a path secret that is not configured; its SHA-256 begins so"
            );
        }
        None => {
            tracing::warn!(
                begins,
                passed_over,
                "a device asked for a source that is not configured; the SHA-256 of its secret begins so"
            );
        }
    }
}

async fn extract<T: axum::extract::FromRequest<Context, Rejection = Problem>>(
    mut request: axum::extract::Request,
    context: &Context,
) -> Result<T, Problem> {
    request.extensions_mut().insert(BodyLimit::SMALL);
    T::from_request(request, context).await
}

/// The source whose secret signed the body.
fn signed_by(
    context: &Context,
    headers: &HeaderMap,
    received: &Received,
) -> Result<(SourceId, Format), Problem> {
    let (live, now) = (context.live(), context.received(received));
    let doubt = context.published().state.doubt.is_some();
    let mut refusal = Problem::unauthorized();
    for (id, source) in live.settings.sources.iter().filter(|(_, source)| !source.signing.is_empty()) {
        match verify(&source.signing, headers, &received.bytes, now, doubt) {
            Ok(_) => return Ok((id.clone(), source.format.clone())),
            Err(SignatureError::ClockInDoubt) => {
                refusal = Problem::unavailable(
                    "clock_in_doubt",
                    "The clock here is in doubt; send it again.",
                    std::time::Duration::from_secs(30),
                );
            }
            Err(SignatureError::Missing | SignatureError::Wrong | SignatureError::OutOfTime) => {}
        }
    }
    Err(refusal)
}

async fn take(
    context: &Context,
    sender: Sender,
    headers: &HeaderMap,
    delivery: Delivery,
) -> Result<Response, Problem> {
    context.heard_of(&sender.source);
    let Delivery { content_type, received } = delivery;
    if intake::is_batch(&sender.format, content_type.as_deref()) {
        return batch(context, &sender, &received).await;
    }
    let message = Message { content_type: content_type.as_deref(), headers, body: &received.bytes };
    let zone = context.published().directory.zone.clone();
    let parsed = intake::parse(&sender.format, &message, &zone).map_err(Problem::from)?;
    let (status, body) = one(context, &sender, parsed, &received).await?;
    Ok((status, Json(body)).into_response())
}

/// A batch of CloudEvents: one result for each, in order.
async fn batch(context: &Context, sender: &Sender, received: &Received) -> Result<Response, Problem> {
    let parsed = intake::parse_batch(&received.bytes).map_err(Problem::from)?;
    let mut results = Vec::with_capacity(parsed.len());
    for item in parsed {
        let result = match item.map_err(Problem::from) {
            Ok(parsed) => one(context, sender, parsed, received).await.map(|(_, body)| body),
            Err(problem) => Err(problem),
        };
        match result {
            Ok(body) => results.push(body),
            // What could not be taken for want of room or disk is not half taken: the whole batch comes again.
            Err(problem) if problem.status.is_server_error() => return Err(problem),
            Err(problem) => results.push(json!({ "error": problem.code, "errors": problem.errors })),
        }
    }
    Ok((StatusCode::ACCEPTED, Json(json!({ "results": results }))).into_response())
}

async fn one(
    context: &Context,
    sender: &Sender,
    parsed: Parsed,
    received: &Received,
) -> Result<(StatusCode, Value), Problem> {
    let event = match parsed {
        Parsed::Event(event) => event,
        Parsed::Heartbeat { .. } => {
            context.metrics.count_event(sender.source.as_str(), "heartbeat");
            return Ok((StatusCode::OK, json!({ "outcome": "heartbeat" })));
        }
        Parsed::Ignored { why } => {
            context.metrics.count_event(sender.source.as_str(), "ignored");
            tracing::debug!(source = %sender.source, why, "a message asks for nothing");
            return Ok((StatusCode::OK, json!({ "outcome": "ignored" })));
        }
    };
    let now = context.received(received);
    let work = command(context, sender, &event, (received, now))?;
    let answer = context.engine.submit_work(work, now, Lane::Wish).await;
    let answer = answer.map_err(|refusal| refuse::problem(refusal, now.either()))?;
    let duplicate = answer.seen.is_some();
    let Some(first) = first_answer(&answer) else { return Err(Problem::internal()) };
    context.metrics.count_event(sender.source.as_str(), if duplicate { "duplicate" } else { word(&first) });
    let status = if duplicate { StatusCode::OK } else { StatusCode::ACCEPTED };
    Ok((status, body(&first, duplicate)))
}

/// The first answer: of the event that came before, or of this one.
fn first_answer(answer: &Answer) -> Option<Seen> {
    answer.seen.clone().or_else(|| seen(&answer.facts, &answer.state).next().map(|(_, seen)| seen))
}

fn body(seen: &Seen, duplicate: bool) -> Value {
    let clocks: Vec<Value> = seen
        .clocks
        .iter()
        .map(|clock| {
            json!({
                "authority": clock.authority, "anchor": clock.anchor,
                "phone_due": clock.phone_due, "written_due": clock.written_due,
            })
        })
        .collect();
    let mut body = json!({ "event": seen.event, "outcome": word(seen) });
    if let (Some(map), Some(case)) = (body.as_object_mut(), &seen.case) {
        map.insert("case".to_owned(), json!(case));
        map.insert("kind".to_owned(), json!(seen.kind));
        map.insert("clocks".to_owned(), json!(clocks));
    }
    if let (Some(map), true) = (body.as_object_mut(), duplicate) {
        map.insert("duplicate".to_owned(), json!(true));
    }
    body
}

/// The contract's word: it has none for what is only noted, and that joins the case it is about or comes to none.
const fn word(seen: &Seen) -> &'static str {
    match seen.outcome {
        EventOutcome::Noted if seen.case.is_some() => "case_joined",
        EventOutcome::Noted => "below_threshold",
        EventOutcome::CaseOpened => "case_opened",
        EventOutcome::CaseJoined => "case_joined",
        EventOutcome::CaseRaised => "case_raised",
        EventOutcome::BelowThreshold => "below_threshold",
        EventOutcome::InvalidReading => "invalid_reading",
    }
}

/// The command of an event: what the rules may know, and the rest sealed.
fn command(
    context: &Context,
    sender: &Sender,
    event: &FeverEvent,
    (received, now): (&Received, Now),
) -> Result<Work, Problem> {
    let blind = context.blind()?;
    let mut parts: Vec<&[u8]> = vec![sender.source.as_str().as_bytes()];
    parts.extend(event.key.iter().map(String::as_bytes));
    let key = blind.token("event", &parts);
    let person = event.person.as_ref();
    let reference = person.and_then(|person| person.reference.as_deref());
    let token = person.zip(reference).map(|(person, reference)| {
        PersonToken::new(&blind.token("person", &[person.space.as_str().as_bytes(), reference.as_bytes()]))
    });
    let mobile = person.and_then(|person| person.mobile.as_deref()).and_then(e164);
    let subject_person = context.live().contacts.by_number(mobile.as_deref(), reference);
    let (payload, sealed) = context.seal(&content(event, &sender.source))?;
    let short = hex::decode(key.get(..20).unwrap_or_default()).unwrap_or_default();
    let report = FeverReport {
        event: EventId::new(&format!("E-{}", BASE32_NOPAD.encode(&short))),
        source: sender.source.clone(),
        key: EventKey::new(&key),
        content: EventKey::new(&blind.token("content", &[&received.bytes])),
        received: now,
        discovered: event.discovered_at,
        unit: unit(context, event),
        kind: event.kind,
        temperature: event.temperature_c,
        exposure: event.exposure,
        person: token,
        subject_person,
        payload: Some(payload),
        replay: event.replay,
        seen: None,
        last_case: None,
    };
    Ok(Work { command: Command::ReportFever(Box::new(report)), payloads: vec![sealed] })
}

/// The unit that an event names, or else that of the employee whose number it names. One that is no more says nothing:
/// no event is refused for what stands in a register.
fn unit(context: &Context, event: &FeverEvent) -> Option<UnitId> {
    if let Some(unit) = &event.unit {
        return Some(UnitId::new(unit));
    }
    let employee = event.person.as_ref().filter(|person| person.space == PersonSpace::Employee)?;
    let known = context.live().staff.unit_of(employee.reference.as_deref()?).cloned()?;
    context.published().directory.units.contains_key(&known).then_some(known)
}

/// What is sealed of an event: everything that a person may have written, and its raw time.
fn content(event: &FeverEvent, source: &SourceId) -> Value {
    let person = event
        .person
        .as_ref()
        .map(|person| json!({ "reference": person.reference, "name": person.name, "mobile": person.mobile }));
    json!({
        "person": person, "place": event.place, "details": event.details,
        "symptoms": event.symptoms, "measures": event.measures, "key": event.key,
        "discovered_as_given": event.discovered_as_given, "discovered_at": event.discovered_at,
        "source": source, "device": event.device, "exposure": event.exposure, "correction": event.correction,
    })
}

/// A mobile number in E.164; eleven digits that begin with 1 are Chinese.
pub(super) fn e164(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
    match digits.strip_prefix("00").map(|rest| format!("+{rest}")).unwrap_or(digits) {
        number if number.starts_with('+') && (8..=16).contains(&number.len()) => Some(number),
        number if number.len() == 11 && number.starts_with('1') => Some(format!("+86{number}")),
        number if number.len() == 13 && number.starts_with("861") => Some(format!("+{number}")),
        _ => None,
    }
}
