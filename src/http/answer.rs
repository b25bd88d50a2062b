//! The page where a person answers for a case: GET shows and changes nothing, POST acts with the code (P9).

mod guesses;
mod page;
mod recorded;
mod refused;
mod typed;

use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::header::ORIGIN;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;

pub(super) use self::guesses::Guesses;
use self::page::{Both, Page, both};
use self::recorded::{anothers, recorded};
pub(super) use self::refused::as_page;
use self::refused::{told, wrong, wrong_for};
pub(super) use self::typed::{code_of, narrow, number_of};
use super::body::{Received, content_type, essence};
use super::context::Context;
use super::problem::Problem;
use super::refuse;
use super::stranger::Stranger;
use crate::domain::case::{Case, Clock};
use crate::domain::command::{Act, Command, Rejection};
use crate::domain::lock::CodeWay;
use crate::domain::names::{CaseId, Kind, Medium, NotificationId, PersonId, Recipient};
use crate::engine::{Lane, Published, Refusal};
use crate::time::{Now, Timestamp};
use crate::vault::Codes;

/// An answer by number leaves after this: a wrong code with a known number is on disk by then, so that the time an answer
/// takes does not tell which numbers are known.
const NUMBER_TAKES: Duration = Duration::from_millis(100);

/// The type of what a page's form sends.
const FORM: &str = "application/x-www-form-urlencoded";

/// What the page's form sends.
#[derive(Deserialize)]
struct Form {
    mobile: Option<String>,
    code: Option<String>,
    act: Option<String>,
}

/// Whether a person stands before what is answered at this path, and not a program.
pub(super) fn is_page(path: &str) -> bool {
    path.strip_prefix("/a").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// `GET /a`.
pub(super) async fn page(State(context): State<Context>) -> Response {
    Page::new(&context).asking(true).show(StatusCode::OK)
}

/// `GET /a/{token}`: a dead or wrong link shows the way to the page that asks for everything.
pub(super) async fn page_of(State(context): State<Context>, Path(token): Path<String>) -> Response {
    match opened(&context, &token) {
        Some((_, case, _)) => asked(&context, &case).show(StatusCode::OK),
        None => dead(&context),
    }
}

/// The page of a link before the code: that somebody handles the case, and not who.
fn asked(context: &Context, case: &Case) -> Page {
    let somebody = case.is_taken().then(|| both("已有人处置。", "Somebody handles it."));
    Page::new(context).about(headline(context, case)).handled(somebody).asking(false)
}

fn dead(context: &Context) -> Response {
    let note = both(
        "链接已失效：事件已办结，有人说明收件人不是本人，或链接不完整。如仍接到来电或短信，请在下面输入手机号和四位数字。",
        "This link is dead: the case is closed, somebody said that it reached the wrong person, or part of the link is missing. If you are still called, enter your number and the four digits below.",
    );
    Page::new(context).bad(note).or_elsewhere().show(StatusCode::NOT_FOUND)
}

/// The person and the open case that a link stands for, and the medium that brought it.
fn opened(context: &Context, token: &str) -> Option<(PersonId, std::sync::Arc<Case>, Medium)> {
    let published = context.published();
    let codes = published.stores.codes.as_ref()?;
    let id = NotificationId::new(Codes::notification_of(token)?);
    let track = published.state.track(&id)?;
    let Recipient::Person(person) = &track.notification.to else { return None };
    let case = published.state.case(track.notification.subject.case()?)?;
    let right = codes.link(id.as_str(), person.as_str(), &case.code_name(person));
    let medium = track.notification.medium;
    (case.is_open() && Codes::same(token, &right))
        .then(|| (person.clone(), std::sync::Arc::clone(case), medium))
}

/// What is said of a case before the code: nothing personal.
fn headline(context: &Context, case: &Case) -> Both {
    let published = context.published();
    let unit = context.live().contacts.unit(&case.unit);
    let found = clock_time(&published, case.suspected_since.unwrap_or(case.discovered_at), context.now());
    let (kind_zh, kind_en) = match case.kind {
        Kind::Fever => ("发热1人", "one fever"),
        Kind::Suspected => ("疑似1人", "one suspected case"),
        Kind::Confirmed => ("确诊1人", "one confirmed case"),
        Kind::RuledOut => ("已排除", "ruled out"),
    };
    let (limit_zh, limit_en) =
        owing(case).map(|clock| limit(&published, clock, context.now())).unwrap_or_default();
    both(
        format!("{unit} {kind_zh} {found}发现{limit_zh}"),
        format!("{unit}: {kind_en}, found {found}{limit_en}"),
    )
}

/// The clock that still waits for a proof, the most urgent one.
fn owing(case: &Case) -> Option<&Clock> {
    case.clocks.iter().filter(|clock| clock.owes()).min_by_key(|clock| clock.due)
}

fn limit(published: &Published, clock: &Clock, now: Now) -> (String, String) {
    let due = clock_time(published, clock.due, now);
    if clock.due <= now.either() {
        return (format!("，已过{due}时限，速报上级"), format!("; report at once, the limit was {due}"));
    }
    let minutes = clock.due.since(now.either()).as_secs() / 60;
    (format!("，{due}前须报上级，余{minutes}分钟"), format!("; report by {due}, {minutes} min left"))
}

/// The time of the day, with the day where that is another.
fn clock_time(published: &Published, at: Timestamp, now: Now) -> String {
    let zone = &published.directory.zone;
    let today = zone.day(at) == zone.day(now.wall);
    zone.format(at, if today { "%H:%M" } else { "%m-%d %H:%M" })
}

/// Refuses what a foreign site sends in a person's name.
pub(super) fn same_origin(context: &Context, headers: &HeaderMap) -> Result<(), Problem> {
    let word = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let site = word("sec-fetch-site").is_none_or(|site| matches!(site, "same-origin" | "none"));
    let ours = context.live().settings.public_url.clone();
    let origin = headers.get(ORIGIN).and_then(|value| value.to_str().ok());
    let host = word("host").unwrap_or_default();
    let origin = origin.is_none_or(|origin| {
        origin == ours || origin == "null" || origin.split_once("://").is_some_and(|(_, rest)| rest == host)
    });
    if site && origin { Ok(()) } else { Err(Problem::forbidden()) }
}

/// What a page's form sends, by its names.
pub(super) fn form_of<T: serde::de::DeserializeOwned>(
    headers: &HeaderMap,
    received: &Received,
) -> Result<T, Problem> {
    if content_type(headers).is_some_and(|kind| essence(kind) != FORM) {
        return Err(Problem::unsupported());
    }
    serde_urlencoded::from_bytes(&received.bytes).map_err(|_error| Problem::malformed())
}

/// `POST /a`: by mobile number and code.
pub(super) async fn by_mobile(
    State(context): State<Context>,
    stranger: Stranger,
    headers: HeaderMap,
    received: Received,
) -> Response {
    let tried = try_by_mobile(&context, (stranger, &headers), &received);
    let (tried, ()) = tokio::join!(tried, tokio::time::sleep(NUMBER_TAKES));
    told(&context, tried)
}

/// `POST /a/{token}`: the digits that stand in the message, typed in: a preview that posts the form does not type them.
pub(super) async fn by_link(
    State(context): State<Context>,
    Path(token): Path<String>,
    stranger: Stranger,
    headers: HeaderMap,
    received: Received,
) -> Response {
    told(&context, try_by_link(&context, &token, (stranger, &headers), &received).await)
}

async fn try_by_mobile(
    context: &Context,
    (stranger, headers): (Stranger, &HeaderMap),
    received: &Received,
) -> Result<Response, Problem> {
    same_origin(context, headers)?;
    context.pace_stranger(stranger).await?;
    let form: Form = form_of(headers, received)?;
    let ask = Page::new(context).asking(true).typed(form.mobile.as_deref(), None);
    // The number that is typed is the one that is somebody else's.
    let Some(act) = act_of(&form, Medium::Sms) else {
        return Ok(choose(ask.typed(form.mobile.as_deref(), form.code.as_deref())));
    };
    let (codes, blind) = (context.codes()?, context.blind()?);
    let typed = form.mobile.as_deref().unwrap_or_default();
    let number = number_of(typed);
    let people =
        number.as_ref().map(|number| context.live().contacts.all_by_number(number)).unwrap_or_default();
    let nobodys = people.is_empty();
    let token = blind.token("mobile", &[number.as_deref().unwrap_or(typed).as_bytes()]);
    let now = context.received(received);
    if let Some(until) = nobodys.then(|| guesses(context).locked_at(&token, now.either())).flatten() {
        return Err(refuse::locked(until, now.either()));
    }
    let right = opened_by(&context.published(), &codes, (&people, &code_of(form.code.as_deref())));
    let again = ask.clone().typed(form.mobile.as_deref(), form.code.as_deref());
    let told = act_on(context, (people, right, CodeWay::Number), (act, now), (ask, again)).await?;
    if nobodys {
        guesses(context).note(token, now.either());
    }
    Ok(told)
}

fn guesses(context: &Context) -> MutexGuard<'_, Guesses> {
    context.gates.guesses.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn try_by_link(
    context: &Context,
    token: &str,
    (stranger, headers): (Stranger, &HeaderMap),
    received: &Received,
) -> Result<Response, Problem> {
    same_origin(context, headers)?;
    context.pace_stranger(stranger).await?;
    let Some((person, case, medium)) = opened(context, token) else { return Ok(dead(context)) };
    let form: Form = form_of(headers, received)?;
    let now = context.received(received);
    let ask = asked(context, &case);
    let Some(act) = act_of(&form, medium) else { return Ok(choose(ask.typed(None, form.code.as_deref()))) };
    let shown = code_of(form.code.as_deref());
    let right = Codes::same(&shown, &context.codes()?.four(person.as_str(), &case.code_name(&person)));
    let right = right.then(|| (person.clone(), case.id.clone()));
    let again = ask.clone().typed(None, form.code.as_deref());
    act_on(context, (vec![person], right, CodeWay::Link(case.id.clone())), (act, now), (ask, again)).await
}

fn act_of(form: &Form, by: Medium) -> Option<Act> {
    match form.act.as_deref()? {
        "take" => Some(Act::Take),
        "take_over" => Some(Act::TakeOver),
        "confirm" => Some(Act::Confirm),
        "pass" => Some(Act::Pass),
        "wrong" => Some(Act::WrongPerson(by)),
        _ => None,
    }
}

/// Enter was pressed in a field: nobody takes a case by the key that ends a line.
fn choose(ask: Page) -> Response {
    let note =
        both("还没有记录。请在下面选一项。", "Nothing is recorded yet. Choose one of the buttons below.");
    ask.bad(note).show(StatusCode::UNPROCESSABLE_ENTITY)
}

/// The open case that a code opens for one of these people; the newest where it opens several.
fn opened_by(
    published: &Published,
    codes: &Codes,
    (people, shown): (&[PersonId], &str),
) -> Option<(PersonId, CaseId)> {
    let open = published.state.cases.values().filter(|case| case.is_open());
    let opened = open.flat_map(|case| people.iter().map(move |person| (person, case)));
    let right = opened.filter(|(person, case)| {
        Codes::same(shown, &codes.four(person.as_str(), &case.code_name(person)))
            && hears(published, case, person)
    });
    right.last().map(|(person, case)| (person.clone(), case.id.clone()))
}

/// Whether a message about a case went or is about to go to a person: the daemon may have ended, or the state been
/// restored, between the message and the record of it.
fn hears(published: &Published, case: &Case, person: &PersonId) -> bool {
    let is_theirs = |to: &Recipient| matches!(to, Recipient::Person(known) if known == person);
    let mut tracks = case.notifications.iter().filter_map(|id| published.state.track(id));
    case.told.contains(person) || tracks.any(|track| is_theirs(&track.notification.to))
}

/// Acts, or asks for the code again; where somebody else handles the case, asks with the code whether they mean it.
async fn act_on(
    context: &Context,
    (people, right, way): (Vec<PersonId>, Option<(PersonId, CaseId)>, CodeWay),
    (act, now): (Act, Now),
    (ask, again): (Page, Page),
) -> Result<Response, Problem> {
    let command = Command::TryCode {
        people: people.clone(),
        right: right.clone(),
        way: way.clone(),
        act,
        received: now,
    };
    let tried = match (context.engine.submit(command, now, Lane::Tidings).await, &right) {
        (Ok(tried), _) => tried,
        (Err(Refusal::Rejected(Rejection::HandledBy(handler))), Some((_, case))) => {
            return Ok(anothers(context, (case, &handler), again).show(StatusCode::CONFLICT));
        }
        (Err(refusal), _) => return Err(refuse::problem(refusal, now.either())),
    };
    let Some((person, case)) = right else {
        let note = match (&way, people.first()) {
            (CodeWay::Link(_), Some(person)) => {
                let lock = tried.state.lock(person, &way).cloned().unwrap_or_default();
                wrong_for(context, &lock, now)
            }
            (CodeWay::Link(_) | CodeWay::Number, _) => wrong(),
        };
        return Ok(ask.bad(note).show(StatusCode::FORBIDDEN));
    };
    let case = tried.state.case(&case).cloned();
    Ok(recorded(context, (&tried, case.as_deref(), &person), (act, now)).show(StatusCode::OK))
}

/// The ending of an English word that is counted.
const fn plural(count: u64) -> &'static str {
    if count == 1 { "" } else { "s" }
}
