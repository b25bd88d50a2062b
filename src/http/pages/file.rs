//! Filling in a form: the page, and what it sends, which goes the way of `POST /v1/reports`.

use std::sync::Arc;

use axum::extract::{Path, Query, Request, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::form::{Against, Desk};
use super::typed::Typed;
use super::{both, entry, page_for, receipt, refused, signed_in};
use crate::domain::form::Form;
use crate::domain::names::PersonId;
use crate::domain::slot::{Period, SlotId};
use crate::http::answer::same_origin;
use crate::http::body::{BodyLimit, Received, content_type, essence};
use crate::http::caller::Caller;
use crate::http::context::{Context, unavailable};
use crate::http::problem::{FieldError, Problem};
use crate::http::reports::{Filing, take};
use crate::vault::Codes;

/// What a page is asked for.
#[derive(Deserialize)]
pub(in crate::http) struct Wanted {
    #[serde(default)]
    correct: bool,
}

/// A slot that somebody may file for.
pub(super) struct Mine {
    caller: Caller,
    person: PersonId,
    slot: SlotId,
    period: Arc<Period>,
    form: Arc<Form>,
}

impl Mine {
    fn of(context: &Context, headers: &HeaderMap, slot: &str) -> Result<Self, Problem> {
        let (caller, person) = signed_in(context, headers)?;
        let slot: SlotId = slot.parse().map_err(|_cause| Problem::not_found())?;
        let published = context.published();
        let period = published.state.periods.get(&slot.period).cloned().ok_or_else(Problem::not_found)?;
        let form =
            published.directory.forms.get(&slot.period.form).cloned().ok_or_else(Problem::not_found)?;
        if !period.has(&slot.unit) {
            return Err(Problem::not_found());
        }
        if !caller.acts_on(&published, &slot.unit) {
            return Err(Problem::forbidden());
        }
        Ok(Self { caller, person, slot, period, form })
    }

    fn desk<'a>(&'a self, context: &'a Context) -> Desk<'a> {
        let Self { caller, person, slot, period, form } = self;
        Desk { context, caller, person, slot, period, form }
    }

    /// The same as it stands now: reading what was sent took its time.
    fn now(mut self, context: &Context) -> Self {
        if let Some(period) = context.published().state.periods.get(&self.slot.period) {
            self.period = Arc::clone(period);
        }
        self
    }
}

/// `GET /f/{slot}`: the receipt of what was filed, else the form. With `correct` the form again, with what was filed.
pub(in crate::http) async fn page(
    State(context): State<Context>,
    Path(slot): Path<String>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Response {
    let mine = match Mine::of(&context, &headers, &slot) {
        Ok(mine) => mine,
        Err(problem) if problem.code == "unauthorized" => {
            return entry::first(&context, &format!("/f/{slot}"));
        }
        Err(problem) => return refused::told(&context, &problem),
    };
    let desk = mine.desk(&context);
    match desk.filed() {
        None => desk.page(&Typed::default(), &Against { fresh: true, ..Against::default() }),
        Some(_) if !wanted.correct => receipt::page(&desk, &Typed::default(), &Against::default()),
        Some(filed) => {
            let content = context.open(&filed.payload);
            let typed = content.map(|content| Typed::of(&content, &mine.form, desk.is_own(filed)));
            let typed = typed.unwrap_or_default();
            desk.page(&typed, &Against::default())
        }
    }
}

/// `POST /f/{slot}`: files it, adds the reason of a late report, or shows more rows.
pub(in crate::http) async fn file(
    State(context): State<Context>,
    Path(slot): Path<String>,
    request: Request,
) -> Response {
    let headers = request.headers().clone();
    let mine = match Mine::of(&context, &headers, &slot) {
        Ok(mine) => mine,
        Err(problem) if problem.code == "unauthorized" => {
            return keep(&context, (&slot, &headers), request).await;
        }
        Err(problem) => return refused::told(&context, &problem),
    };
    let (mut typed, received) = match Typed::read(request, &context).await {
        Ok(read) => read,
        Err(problem) => return refused::told(&context, &problem),
    };
    let mine = mine.now(&context);
    let desk = mine.desk(&context);
    let ours = same_origin(&context, &headers).and_then(|()| super::token(&context, &mine.person));
    let ours = ours.and_then(|token| {
        if Codes::same(typed.get("token"), &token) { Ok(()) } else { Err(Problem::forbidden()) }
    });
    if let Err(problem) = ours {
        typed.was_tried(received.at());
        return desk.page(&typed, &Against { problem: Some(problem), ..Against::default() });
    }
    typed.close_ranks(&mine.form);
    match typed.get("act") {
        "more" => desk.page(&typed, &Against::default()),
        "reason" => reason(&desk, &mine, (typed, received)).await,
        _ => report(&desk, &mine, (typed, received)).await,
    }
}

/// Whoever is signed in no longer has all they typed once more; a spreadsheet no browser gives back.
async fn keep(context: &Context, (slot, headers): (&str, &HeaderMap), mut request: Request) -> Response {
    let here = format!("/f/{slot}");
    let in_parts = content_type(headers).is_some_and(|kind| essence(kind).starts_with("multipart/"));
    let known = slot.parse::<SlotId>().is_ok() && same_origin(context, headers).is_ok();
    if !known {
        return entry::first(context, &here);
    }
    if in_parts {
        return entry::first_after_upload(context, &here);
    }
    request.extensions_mut().insert(BodyLimit::SMALL);
    match Typed::read(request, context).await {
        Ok((mut typed, received)) => {
            typed.was_tried(received.at());
            let kept: Vec<_> = typed.all().filter(|(name, _)| *name != "act").collect();
            let act =
                Some(typed.get("act")).filter(|act| matches!(*act, "more" | "reason")).unwrap_or("file");
            let shown = json!({ "kept": kept, "action": here, "act": act });
            page_for((context, None), ("sign_in.html", shown), &Problem::unauthorized())
        }
        Err(problem) => refused::told(context, &problem),
    }
}

async fn report(desk: &Desk<'_>, mine: &Mine, (mut typed, received): (Typed, Received)) -> Response {
    // A spreadsheet brings every row, and whoever sends it has them all before them.
    if desk.withheld().is_some() && !typed.has_sheet() {
        let problem = Problem::conflict("not_shown", "The page cannot show all that was filed.");
        return desk.page(&typed, &Against { problem: Some(problem), ..Against::default() });
    }
    let (report, at) = (typed.report(&mine.slot, &mine.form), received.at());
    if !report.errors.is_empty() {
        typed.was_tried(at);
        let problem = Problem::invalid(report.errors.clone());
        return desk
            .page(&typed, &Against { problem: Some(problem), errors: report.errors, ..Against::default() });
    }
    let filed = typed.filed(report.filing, received);
    match take(desk.context, &mine.caller, typed.key().as_deref(), filed).await {
        Ok(_) => again(desk, &mine.slot),
        Err(problem) => {
            typed.was_tried(at);
            if problem.code == "filed_meanwhile" {
                // Whoever sends it again has read that there is another.
                typed.set("over", String::new());
                return again_over(desk, (&mine.slot, &typed), problem);
            }
            let errors = problem.errors.clone();
            let (note, fresh) = (upload_refused(&typed, &problem), typed.has_sheet());
            desk.page(&typed, &Against { problem: Some(problem), note, errors, fresh })
        }
    }
}

/// What is said of a spreadsheet with mistakes in it: what was typed beside it did not come along.
fn upload_refused(typed: &Typed, problem: &Problem) -> Option<Value> {
    (typed.has_sheet() && problem.code == "invalid").then(|| {
        both(
            "还没有收下：请改正表格中标出的各处，再上传一次。本页手填的各行不随表格提交，需要的请重填。",
            "Not taken yet: put right what is marked in the spreadsheet, and upload it again. Rows typed on this page do not \
             go with it: type them again where they are needed.",
        )
    })
}

/// The same figures with the reason that their filer gives for being late: a correction of nothing. It is filed under the
/// name of whoever gives it, who sees what they filed: so nobody else gives it.
async fn reason(desk: &Desk<'_>, mine: &Mine, (typed, received): (Typed, Received)) -> Response {
    let reason = typed.get("reason").trim().to_owned();
    let told = |problem: Problem| {
        receipt::page(desk, &typed, &Against { problem: Some(problem), ..Against::default() })
    };
    let Some(filed) = desk.filed() else { return refused::told(desk.context, &Problem::not_found()) };
    if !desk.is_own(filed) {
        let mut problem = Problem::forbidden();
        problem.code = "not_filer";
        return told(problem);
    }
    if !desk.is_late() {
        return told(Problem::conflict("not_late", "No reason is owed: the report is not late."));
    }
    if reason.is_empty() {
        let says = "请写明原因 / expected why";
        return told(Problem::invalid(vec![FieldError::new("/reason", says)]));
    }
    let Some(content) = desk.context.open(&filed.payload) else { return told(unavailable()) };
    let filing = Filing { consent: filed.consent, ..refiled(&content, &mine.slot, reason) };
    match take(desk.context, &mine.caller, typed.key().as_deref(), typed.filed(filing, received)).await {
        Ok(_) => again(desk, &mine.slot),
        // Something has become known since, or is asked by now: it is asked as it is of any report.
        Err(problem) if matches!(problem.code, "contradicted" | "consent_needed") => {
            let mut shown = Typed::of(&content, &mine.form, desk.is_own(filed));
            shown.set("reason", typed.get("reason").to_owned());
            let errors = problem.errors.clone();
            desk.page(&shown, &Against { problem: Some(problem), errors, ..Against::default() })
        }
        Err(problem) => told(problem),
    }
}

fn refiled(content: &Value, slot: &SlotId, reason: String) -> Filing {
    let count = |name: &str| content[name].as_u64().and_then(|count| u32::try_from(count).ok());
    let rows = content["rows"].as_array();
    Filing {
        unit: slot.unit.to_string(),
        form: slot.period.form.to_string(),
        day: Some(slot.period.day.to_string()),
        number: Some(slot.period.number),
        by: None,
        zero: content["zero"] == json!(true),
        asked: count("asked"),
        total: count("total"),
        figures: content["figures"].as_object().cloned(),
        rows: rows.map(|rows| rows.iter().filter_map(|row| row.as_object().cloned()).collect()),
        same_as_before: None,
        consent: false,
        over: None,
        reason: Some(reason),
        stands: false,
        opened: None,
        tried: None,
    }
}

/// The page with what was typed, over the report that stands there now.
fn again_over(desk: &Desk<'_>, (slot, typed): (&SlotId, &Typed), problem: Problem) -> Response {
    let published = desk.context.published();
    let period = published.state.periods.get(&slot.period).unwrap_or(desk.period);
    Desk { period, ..*desk }.page(typed, &Against { problem: Some(problem), ..Against::default() })
}

/// The receipt of what stands there.
fn again(desk: &Desk<'_>, slot: &SlotId) -> Response {
    let published = desk.context.published();
    let period = published.state.periods.get(&slot.period).unwrap_or(desk.period);
    receipt::page(&Desk { period, ..*desk }, &Typed::default(), &Against::default())
}
