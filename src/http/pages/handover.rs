//! Handing duty over and taking it: what is open, and the two signatures.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{both, clock_time, entry, go, labels, page, page_for, refused, signed_in};
use crate::domain::Handover;
use crate::domain::bulletin::Trouble;
use crate::domain::fact::{OpenCase, OpenMatters, OpenReports};
use crate::domain::names::{DutyRole, Kind, PersonId};
use crate::http::answer::{form_of, same_origin};
use crate::http::body::Received;
use crate::http::caller::Caller;
use crate::http::context::Context;
use crate::http::handovers::{offered, seen, taken};
use crate::http::problem::Problem;
use crate::ledger::pack::word;
use crate::vault::Codes;

/// Where it is.
const HERE: &str = "/h";
/// The page shows so many of what is over.
const OVER_MAX: usize = 10;

/// What the page's forms send.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::http) struct Signed {
    token: String,
    act: String,
    handover: String,
    role: String,
    note: String,
}

/// `GET /h`.
pub(in crate::http) async fn handovers(State(context): State<Context>, headers: HeaderMap) -> Response {
    match signed_in(&context, &headers) {
        Ok((caller, person)) => {
            let shown = shown((&context, &caller), &person, (None, ""));
            shown.map_or_else(
                |problem| refused::told(&context, &problem),
                |shown| page((&context, Some(&person)), ("handover.html", shown), StatusCode::OK),
            )
        }
        Err(problem) if problem.code == "unauthorized" => entry::first(&context, HERE),
        Err(problem) => refused::told(&context, &problem),
    }
}

/// `POST /h`: one of the two signs.
pub(in crate::http) async fn sign(
    State(context): State<Context>,
    headers: HeaderMap,
    received: Received,
) -> Response {
    let (caller, person) = match signed_in(&context, &headers) {
        Ok(it) => it,
        Err(problem) if problem.code == "unauthorized" => return entry::first(&context, HERE),
        Err(problem) => return refused::told(&context, &problem),
    };
    let read = same_origin(&context, &headers).and_then(|()| form_of::<Signed>(&headers, &received));
    let signed = match read {
        Ok(signed) => signed,
        Err(problem) => return refused::told(&context, &problem),
    };
    match signature((&context, &caller), (&person, &signed), &received).await {
        Ok(()) => go(HERE),
        Err(problem) => match shown((&context, &caller), &person, (Some(&problem), &signed.note)) {
            Ok(shown) => page_for((&context, Some(&person)), ("handover.html", shown), &problem),
            Err(problem) => refused::told(&context, &problem),
        },
    }
}

async fn signature(
    (context, caller): (&Context, &Caller),
    (person, signed): (&PersonId, &Signed),
    received: &Received,
) -> Result<(), Problem> {
    if !Codes::same(&signed.token, &super::token(context, person)?) {
        return Err(Problem::forbidden());
    }
    if signed.act == "take" {
        let handover = signed.handover.parse().map_err(|_cause| Problem::not_found())?;
        return taken(context, caller, handover, received).await.map(drop);
    }
    let note = Some(signed.note.trim()).filter(|note| !note.is_empty());
    let role = DutyRole::new(&signed.role);
    offered(context, caller, (role, None, note), received).await.map(drop)
}

fn shown(
    (context, caller): (&Context, &Caller),
    person: &PersonId,
    (problem, note): (Option<&Problem>, &str),
) -> Result<Value, Problem> {
    let published = context.published();
    let (directory, now) = (&published.directory, published.now.either());
    let mut roles: Vec<&DutyRole> = directory.duties.iter().map(|duty| &duty.role).collect();
    roles.dedup();
    let mine = roles.into_iter().filter(|role| published.state.may_hand_over(directory, role, (person, now)));
    let roles: Vec<Value> = mine.map(|role| json!({ "id": role, "name": post(role) })).collect();
    let known = seen(&published, caller);
    let is_mine = |known: &Handover| known.offered.to == *person || known.offered.from.by == *person;
    let (waiting, over): (Vec<_>, Vec<_>) =
        known.into_iter().filter(|(_, known)| is_mine(known)).partition(|(_, known)| known.waits());
    let show = |(handover, known): &(u64, &Handover)| one(context, (*handover, known), person);
    Ok(json!({
        "token": super::token(context, person)?, "roles": roles,
        "waiting": waiting.iter().map(show).collect::<Vec<_>>(),
        "over": over.iter().take(OVER_MAX).map(show).collect::<Vec<_>>(),
        "problem": problem.map(refused::note), "note": note,
    }))
}

fn one(context: &Context, (handover, known): (u64, &Handover), reader: &PersonId) -> Value {
    let Handover { at, offered, taken, replaced } = known;
    let name = |person: &PersonId| {
        let known = context.live().contacts.known_as(person);
        known.unwrap_or_else(|| person.to_string())
    };
    let note = offered.note.as_ref().and_then(|note| context.open(note));
    let state = match (taken, replaced) {
        (Some(taken), _) => {
            let at = clock_time(context, taken.at);
            both(format!("{at} 已签字接班"), format!("taken at {at}"))
        }
        (None, true) => both("已另行交班，本次作废", "replaced by another one"),
        (None, false) => both("待接班人签字", "waits for the second signature"),
    };
    let open = taken.as_ref().and_then(|taken| taken.signed.open.as_ref()).unwrap_or(&offered.open);
    json!({
        "handover": handover, "role": post(&offered.role), "from": name(&offered.from.by),
        "to": name(&offered.to), "at": clock_time(context, *at), "state": state,
        "mine": offered.to == *reader && known.waits(), "open": matters(context, open, &name),
        "note": note.as_ref().and_then(|note| note.get("text")).and_then(Value::as_str),
    })
}

fn matters(context: &Context, open: &OpenMatters, name: &dyn Fn(&PersonId) -> String) -> Value {
    let published = context.published();
    let contacts = &context.live().contacts;
    let cases = open.cases.iter().map(|OpenCase { case, kind, handler, due }| {
        let unit = published.state.case(case).map(|case| contacts.unit(&case.unit));
        let (zh, en) = match kind {
            Kind::Fever => ("发热", "fever"),
            Kind::Suspected => ("疑似", "suspected"),
            Kind::Confirmed => ("确诊", "confirmed"),
            Kind::RuledOut => ("已排除", "ruled out"),
        };
        json!({
            "case": case, "unit": unit, "kind": both(zh, en), "handler": handler.as_ref().map(name),
            "due": due.map(|due| clock_time(context, due)),
        })
    });
    let reports = open.reports.iter().map(|OpenReports { period, units }| {
        let form = published.directory.forms.get(&period.form);
        let form =
            form.map_or_else(|| both(period.form.as_str(), period.form.as_str()), |it| labels(&it.name));
        json!({ "form": form, "day": period.day, "units": units })
    });
    let troubles = open.troubles.iter().map(|trouble| trouble_words(trouble, name));
    json!({
        "cases": cases.collect::<Vec<_>>(), "more_cases": open.more_cases,
        "reports": reports.collect::<Vec<_>>(), "troubles": troubles.collect::<Vec<_>>(),
    })
}

/// What is wrong, and with whom or what.
fn trouble_words(trouble: &Trouble, name: &dyn Fn(&PersonId) -> String) -> Value {
    let text = trouble.to_string();
    let (what, of) = text.split_once(':').map_or((&*text, None), |(what, of)| (what, Some(of)));
    let of = match trouble {
        Trouble::NumberWrong(person) | Trouble::MailWrong(person) | Trouble::PersonNotReached(person) => {
            Some(name(person))
        }
        Trouble::Holding
        | Trouble::ClockInDoubt
        | Trouble::TornTail
        | Trouble::PastDamaged
        | Trouble::DiskNearlyFull
        | Trouble::VaultClosed
        | Trouble::IndexClosed
        | Trouble::DoorShut
        | Trouble::ChannelExhausted(_)
        | Trouble::SourceSilent(_)
        | Trouble::AuthorityUnreachable(_)
        | Trouble::AuthorityNotReached(_)
        | Trouble::CaseNotTaken(_)
        | Trouble::GroupNotReached(_) => of.map(ToOwned::to_owned),
    };
    let of_zh = of.as_deref().map(|of| format!("：{of}")).unwrap_or_default();
    let of_en = of.as_deref().map(|of| format!(": {of}")).unwrap_or_default();
    both(format!("{}{of_zh}", word(what)), format!("{}{of_en}", what.replace('_', " ")))
}

fn post(role: &DutyRole) -> Value {
    match role.as_str() {
        "officer" => both("值班员", "duty officer"),
        "leader" => both("带班领导", "leader in charge"),
        other => both(other, other),
    }
}
