//! The page where a person answers for a case: GET shows and changes nothing, POST acts with the code (P9).

mod guesses;
mod page;
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
use self::page::{Both, Call, Page, both};
use self::refused::{told, wrong, wrong_for};
use self::typed::{code_of, number_of};
use super::body::Received;
use super::context::Context;
use super::problem::Problem;
use super::refuse;
use super::stranger::Stranger;
use crate::domain::case::{Case, Clock};
use crate::domain::command::{Act, Command};
use crate::domain::lock::CodeWay;
use crate::domain::names::{CaseId, Kind, NotificationId, PersonId, Recipient};
use crate::engine::{Answer, Lane, Published};
use crate::time::{Now, Timestamp};
use crate::vault::Codes;

/// An answer by number leaves after this: a wrong code with a known number is on disk by then, so that the time an answer
/// takes does not tell which numbers are known.
const NUMBER_TAKES: Duration = Duration::from_millis(100);

/// What the page's form sends.
#[derive(Deserialize)]
struct Form {
    mobile: Option<String>,
    code: Option<String>,
    act: Option<String>,
}

/// `GET /a`.
pub(super) async fn page(State(context): State<Context>) -> Response {
    Page::new(&context).asking(true).show(StatusCode::OK)
}

/// `GET /a/{token}`: a dead or wrong link shows the way to the page that asks for everything.
pub(super) async fn page_of(State(context): State<Context>, Path(token): Path<String>) -> Response {
    match opened(&context, &token) {
        Some((_, case)) => {
            Page::new(&context).about(headline(&context, &case)).asking(false).show(StatusCode::OK)
        }
        None => dead(&context),
    }
}

fn dead(context: &Context) -> Response {
    let note = both(
        "链接已失效：事件已办结，或链接不完整。如仍接到来电或短信，请在下面输入手机号和四位数字。",
        "This link is dead: the case is closed, or part of the link is missing. If you are still called, enter your number and the four digits below.",
    );
    Page::new(context).bad(note).or_elsewhere().show(StatusCode::NOT_FOUND)
}

/// The person and the open case that a link stands for.
fn opened(context: &Context, token: &str) -> Option<(PersonId, std::sync::Arc<Case>)> {
    let published = context.published();
    let codes = published.stores.codes.as_ref()?;
    let id = NotificationId::new(Codes::notification_of(token)?);
    let track = published.state.track(&id)?;
    let Recipient::Person(person) = &track.notification.to else { return None };
    let case = published.state.case(track.notification.subject.case()?)?;
    let right = codes.link(id.as_str(), person.as_str(), case.id.as_str());
    (case.is_open() && Codes::same(token, &right)).then(|| (person.clone(), std::sync::Arc::clone(case)))
}

/// What is said of a case before the code: nothing personal.
fn headline(context: &Context, case: &Case) -> Both {
    let published = context.published();
    let unit = context.live().contacts.unit(&case.unit).unwrap_or_else(|| case.unit.to_string());
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
fn same_origin(context: &Context, headers: &HeaderMap) -> Result<(), Problem> {
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

fn form(received: &Received) -> Result<Form, Problem> {
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
    let form = form(received)?;
    let ask = Page::new(context).asking(true).typed(form.mobile.as_deref(), None);
    let Some(act) = act_of(&form) else {
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
    let told = act_on(context, (people, right, CodeWay::Number), (act, now), ask).await?;
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
    let Some((person, case)) = opened(context, token) else { return Ok(dead(context)) };
    let form = form(received)?;
    let now = context.received(received);
    let ask = Page::new(context).about(headline(context, &case)).asking(false);
    let Some(act) = act_of(&form) else { return Ok(choose(ask.typed(None, form.code.as_deref()))) };
    let shown = code_of(form.code.as_deref());
    let right = Codes::same(&shown, &context.codes()?.four(person.as_str(), case.id.as_str()));
    let right = right.then(|| (person.clone(), case.id.clone()));
    act_on(context, (vec![person], right, CodeWay::Link(case.id.clone())), (act, now), ask).await
}

fn act_of(form: &Form) -> Option<Act> {
    match form.act.as_deref()? {
        "take" => Some(Act::Take),
        "confirm" => Some(Act::Confirm),
        "pass" => Some(Act::Pass),
        "wrong" => Some(Act::WrongPerson),
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
        Codes::same(shown, &codes.four(person.as_str(), case.id.as_str())) && hears(published, case, person)
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

async fn act_on(
    context: &Context,
    (people, right, way): (Vec<PersonId>, Option<(PersonId, CaseId)>, CodeWay),
    (act, now): (Act, Now),
    ask: Page,
) -> Result<Response, Problem> {
    let command = Command::TryCode {
        people: people.clone(),
        right: right.clone(),
        way: way.clone(),
        act,
        received: now,
    };
    let tried = context.engine.submit(command, now, Lane::Tidings).await;
    let tried = tried.map_err(|refusal| refuse::problem(refusal, now.either()))?;
    let Some((_, case)) = right else {
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
    Ok(recorded(context, &tried, case.as_deref(), (act, now)).show(StatusCode::OK))
}

/// What was recorded, when, and what is to be done next.
fn recorded(context: &Context, tried: &Answer, case: Option<&Case>, (act, now): (Act, Now)) -> Page {
    let at = context.published().directory.zone.format(now.wall, "%H:%M:%S");
    let note = |zh: &str, en: &str| both(format!("已记录 {at}，{zh}"), format!("Recorded {at}: {en}"));
    let page = Page::new(context);
    let page = match case {
        Some(case) => page.about(headline(context, case)),
        None => page,
    };
    let clock = case.and_then(owing);
    match act {
        Act::Take => {
            let (steps, call) = after_taking(context, tried, case.zip(clock));
            let page = if clock.is_none() { page.with_office(context) } else { page };
            page.good(note("由您处置。", "you handle it.")).next(steps, call)
        }
        Act::Confirm => {
            let page = page.good(note("您知道了。", "you know."));
            match (case, clock) {
                (Some(case), Some(_)) if !case.is_taken() => page.next(
                    vec![both("报告时限没有停止，还在呼叫处置人。", "The clock is running, and we are still calling for somebody to take it.")],
                    None,
                ),
                (_, Some(_)) => page.next(
                    vec![both("已有人处置；报告时限没有停止。", "Somebody handles it; the clock is running.")],
                    None,
                ),
                (_, None) => page,
            }
        }
        Act::Pass => page.good(note("您无法处置，马上呼叫下一位。", "you cannot; the next person is called at once.")),
        Act::WrongPerson => page.good(note(
            "本号码不会再收到来电和短信。对不起打扰了，请删除该消息。",
            "this number gets no more calls and messages. Sorry to have troubled you; please delete the message.",
        )),
    }
}

/// The next steps of a handler: telephone first, then in writing.
fn after_taking(
    context: &Context,
    tried: &Answer,
    owes: Option<(&Case, &Clock)>,
) -> (Vec<Both>, Option<Call>) {
    let Some((case, clock)) = owes else {
        let step = both(
            "请立即复测体温、先行隔离，并把结果告诉值班室。",
            "Retest and isolate at once, and tell the duty desk the result.",
        );
        return (vec![step], None);
    };
    let published = context.published();
    let due = clock_time(&published, clock.due, context.now());
    let authority = context.live().contacts.authority(&clock.authority);
    let name = authority.as_ref().map_or_else(|| clock.authority.to_string(), |(name, _)| name.clone());
    let mut steps = Vec::new();
    let phoned = clock.phone.proof.is_some();
    if !phoned {
        steps.push(both(
            format!("先打电话报告{name}，{due}前要有人接报；记下接报人姓名职务和时间，并登记。"),
            format!("First ring {name}: somebody there must have taken the report by {due}. Note and enter who took it, and when."),
        ));
    }
    if clock.written.sent_at.is_none() {
        let policy = tried.state.policy(case, clock.plan).and_then(|policy| policy.clock.clone());
        let latest =
            policy.map(|policy| clock_time(&published, clock.anchor + policy.written.latest, context.now()));
        let (zh, en) = latest
            .map(|latest| {
                (
                    format!("；最迟{latest}由系统发出当前稿"),
                    format!("; at {latest} the system sends what there is"),
                )
            })
            .unwrap_or_default();
        steps.push(both(format!("再发书面报告{zh}。"), format!("Then send the written report{en}.")));
    }
    if let Some(idle) = tried.state.policy(case, clock.plan).and_then(|policy| policy.idle_after) {
        let minutes = whole_minutes(idle);
        steps.push(both(
            format!("{minutes}分钟内没有进展，我们会再次来电。"),
            format!("Without progress in {minutes} minute{} we ring again.", plural(minutes)),
        ));
    }
    let number = authority.and_then(|(_, number)| number).filter(|_| !phoned);
    (steps, number.map(|number| Call { name, number }))
}

fn whole_minutes(span: Duration) -> u64 {
    span.as_secs().div_ceil(60)
}

/// The ending of an English word that is counted.
const fn plural(count: u64) -> &'static str {
    if count == 1 { "" } else { "s" }
}
