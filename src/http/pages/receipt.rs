//! The receipt of a report: when it came, how it stands, what it says in figures, and how to put it right.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::form::{Against, Desk, unasked};
use super::typed::Typed;
use super::{both, clock_time, labels, page as shown_page, page_for, refused};
use crate::domain::form::{Field, Takes};
use crate::domain::lapse::{Excuse, Lapse};
use crate::domain::names::{PersonId, UnitId};
use crate::domain::slot::{Outcome, Period, SlotState, receipt_code};
use crate::http::problem::Problem;
use crate::ledger::words;
use crate::time::Timestamp;

/// How a slot stands that was reported, in words.
pub(super) fn standing(period: &Period, outcome: &Outcome) -> Value {
    let late = outcome.late_by_s;
    match outcome.state {
        SlotState::OnTime | SlotState::Awaited => both("按时", "on time"),
        SlotState::Late => both(format!("迟 {late} 秒"), format!("late by {late} s")),
        SlotState::Exempt => both("免报", "exempt"),
        SlotState::Missing => {
            let first = outcome.first.unwrap_or(period.missing_at);
            let late = if late > 0 { late } else { first.since(period.due).as_secs() };
            both(format!("逾期补报，迟 {late} 秒"), format!("after the limit, late by {late} s"))
        }
    }
}

/// Until when a report that stands against what is known can be corrected, to whoever filed it: anybody else of the unit
/// would learn by it of a case of their own.
pub(super) fn told_until(period: &Period, unit: &UnitId, person: &PersonId) -> Option<Timestamp> {
    let filed = period.outcomes.get(unit)?.filed.as_ref()?;
    period.told_until(unit).filter(|_| filed.actor.by == *person)
}

/// The page of a slot that was reported.
pub(super) fn page(desk: &Desk<'_>, typed: &Typed, against: &Against) -> Response {
    let problem = against.problem.as_ref();
    let shown = match shown(desk, (typed, problem)) {
        Ok(shown) => shown,
        Err(problem) => return refused::told(desk.context, &problem),
    };
    let who = (desk.context, Some(desk.person));
    match problem {
        Some(problem) => page_for(who, ("receipt.html", shown), problem),
        None => shown_page(who, ("receipt.html", shown), StatusCode::OK),
    }
}

fn shown(desk: &Desk<'_>, (typed, problem): (&Typed, Option<&Problem>)) -> Result<Value, Problem> {
    let Desk { context, slot, period, form, .. } = desk;
    let outcome = period.outcomes.get(&slot.unit).ok_or_else(Problem::not_found)?;
    let filed = outcome.filed.as_ref().ok_or_else(Problem::not_found)?;
    let zone = context.published().directory.zone.clone();
    let time = |at: Timestamp| {
        let today = zone.day(at) == zone.day(context.now().wall);
        zone.format(at, if today { "%H:%M:%S" } else { "%m-%d %H:%M:%S" })
    };
    let errors = problem.map(|problem| problem.errors.as_slice()).unwrap_or_default();
    let errors: Vec<Value> = errors.iter().map(|it| json!({ "at": "", "says": it.detail })).collect();
    let standing = standing(period, outcome);
    let first = outcome.first.unwrap_or(filed.received);
    let content = context.open(&filed.payload);
    Ok(json!({
        "form": labels(&form.name), "unit": context.live().contacts.unit(&slot.unit), "slot": slot,
        "day": slot.period.day, "number": (slot.period.number > 1).then_some(slot.period.number),
        "received": time(first), "last": (first != filed.received).then(|| time(filed.received)), "standing": standing,
        "code": receipt_code(&filed.report), "revision": filed.revision,
        "opened": outcome.begun.opened_at.map(time), "tried": outcome.begun.claimed_try_at.map(time),
        "correct_by": told_until(period, &slot.unit, desk.person).map(|at| clock_time(context, at)),
        "figures": figures(desk, content.as_ref()), "unasked": content.as_ref().and_then(unasked),
        "late": desk.is_late().then_some(standing), "asks_why": desk.is_late() && desk.is_own(filed), "excuses": excuses(desk), "reason_given": filed.reason.is_some(),
        "hidden": desk.hidden(typed)?, "reason": typed.get("reason"),
        "note": problem.map(refused::note), "mood": "bad", "errors": errors,
    }))
}

/// What it says in figures; of a text, or what names people, that it is there.
fn figures(desk: &Desk<'_>, content: Option<&Value>) -> Vec<Value> {
    let Some(content) = content else { return Vec::new() };
    let mut figures = Vec::new();
    let mut tell = |label: Value, value: String| figures.push(json!({ "label": label, "value": value }));
    if content["zero"] == json!(true) {
        let number = |name: &str| content[name].as_u64().map_or_else(|| "—".to_owned(), |it| it.to_string());
        let asked = format!("{} / {}", number("asked"), number("total"));
        tell(both("零报告：已询问 / 共", "Zero report: asked / out of"), asked);
    }
    let text = |field: &Field, value: &Value| match (&field.takes, value.as_str()) {
        (Takes::Text, _) => "✓".to_owned(),
        (_, _) if field.personal => "✓".to_owned(),
        (_, Some(text)) => text.to_owned(),
        (_, None) => value.to_string(),
    };
    for field in &desk.form.fields {
        let value = content.get("figures").and_then(|figures| figures.get(&field.name));
        if let Some(value) = value.filter(|value| !value.is_null()) {
            tell(labels(&field.label), text(field, value));
        }
    }
    if let Some(rows) = content["rows"].as_array() {
        tell(both("行数", "Rows"), rows.len().to_string());
        if let Some(same) = desk.filed().and_then(|filed| filed.same_as_before) {
            tell(
                both("其中逐行确认与上次相同", "of these confirmed as last time, one by one"),
                same.to_string(),
            );
        }
    }
    figures
}

/// What is on record that speaks for whoever was late.
fn excuses(desk: &Desk<'_>) -> Vec<Value> {
    let published = desk.context.published();
    let lapse = published.state.lapses.get(&Lapse::id_of_slot(desk.slot));
    let excuses = lapse.map(|lapse| lapse.excuses.as_slice()).unwrap_or_default();
    let tell = |it: &Excuse| {
        let word = words::excuse(it.what);
        let (from, to) = (clock_time(desk.context, it.from), clock_time(desk.context, it.to));
        let en = serde_json::to_value(it.what).ok().and_then(|it| Some(it.as_str()?.replace('_', " ")));
        let later = it.found_later.map(|later| clock_time(desk.context, later.at));
        json!({ "what": both(word, en.unwrap_or_default()), "from": from, "to": to, "later": later })
    };
    excuses.iter().map(tell).collect()
}
