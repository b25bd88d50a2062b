//! What is owed of somebody's units, and what was filed of it.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use super::receipt::{standing, told_until};
use super::{both, clock_time, entry, labels, left, page, refused, signed_in};
use crate::domain::names::{PersonId, UnitId};
use crate::domain::slot::{Period, SlotState, receipt_code};
use crate::engine::Published;
use crate::http::context::Context;
use crate::http::reports::withdrawn;
use crate::time::Timestamp;

/// A page lists so many slots.
const SLOTS_MAX: usize = 100;

/// `GET /f`.
pub(in crate::http) async fn mine(State(context): State<Context>, headers: HeaderMap) -> Response {
    let person = match signed_in(&context, &headers) {
        Ok((_, person)) => person,
        Err(problem) if problem.code == "unauthorized" => return entry::first(&context, "/f"),
        Err(problem) => return refused::told(&context, &problem),
    };
    let published = context.published();
    let now = context.now().both();
    let units = units(&published, &person);
    let mut found: Vec<(bool, Timestamp, Value)> = Vec::new();
    let (mut next, mut over): (Option<Timestamp>, usize) = (None, 0);
    for period in published.state.periods.values() {
        for unit in units.iter().filter(|unit| period.has(unit)) {
            let Some(owed) = concerns((period, unit), (&person, &published), now) else { continue };
            if owed && period.due <= now {
                over += 1;
            } else if owed {
                next = Some(next.map_or(period.due, |next| next.min(period.due)));
            }
            found.push((!owed, period.due, line((&context, &person), (period, unit), now)));
        }
    }
    found.sort_by_key(|(filed, due, _)| (*filed, *due));
    let owed = found.iter().filter(|(filed, ..)| !filed).count();
    let more = found.len() > SLOTS_MAX;
    let slots: Vec<Value> = found.into_iter().take(SLOTS_MAX).map(|(_, _, line)| line).collect();
    let due = next.map(|due| clock_time(&context, due));
    let headline = match (units.is_empty(), due) {
        (true, _) => both("您现在不负责任何单位的报送。", "You report for no unit just now."),
        (false, None) if over > 0 => both(
            format!("还差 {owed} 张，都已过时限，请马上报"),
            format!("{owed} owed, all past the limit: send them now"),
        ),
        (false, None) => both("今天没有待报的报表。", "Nothing is owed just now."),
        (false, Some(due)) if over > 0 => both(
            format!("还差 {owed} 张，其中 {over} 张已过时限；最近的截止 {due}"),
            format!("{owed} owed, {over} of them past the limit; the next by {due}"),
        ),
        (false, Some(due)) => {
            both(format!("还差 {owed} 张，最近的截止 {due}"), format!("{owed} owed, the first by {due}"))
        }
    };
    let shown = json!({ "headline": headline, "slots": slots, "more": more });
    page((&context, Some(&person)), ("mine.html", shown), StatusCode::OK)
}

/// The units in which somebody holds a post, or stands in for who does.
fn units(published: &Published, person: &PersonId) -> Vec<UnitId> {
    let now = published.now.either();
    let theirs =
        published.directory.units.iter().filter(|(_, unit)| published.state.works_for(unit, person, now));
    theirs.map(|(id, _)| id.clone()).collect()
}

/// Until when there is still time to put right what somebody filed themselves.
fn correctable((period, unit): (&Period, &UnitId), person: &PersonId, now: Timestamp) -> Option<Timestamp> {
    told_until(period, unit, person).filter(|until| *until > now)
}

/// Whether a slot is owed, or was filed today or can be corrected still; nothing where it is neither.
fn concerns(
    (period, unit): (&Period, &UnitId),
    (person, published): (&PersonId, &Published),
    now: Timestamp,
) -> Option<bool> {
    let filed = period.outcomes.get(unit).is_some_and(|outcome| outcome.filed.is_some());
    match period.state(unit) {
        SlotState::Awaited => (period.opened.opens <= now).then_some(true),
        SlotState::Missing if !filed => Some(true),
        SlotState::OnTime | SlotState::Late | SlotState::Exempt | SlotState::Missing => {
            let is_of_today = period.id().day >= published.directory.zone.day(now);
            (is_of_today || correctable((period, unit), person, now).is_some()).then_some(false)
        }
    }
}

fn line(
    (context, person): (&Context, &PersonId),
    (period, unit): (&Period, &UnitId),
    now: Timestamp,
) -> Value {
    let published = context.published();
    let id = period.id();
    let form = published.directory.forms.get(&id.form);
    let name = form.map_or_else(|| both(id.form.as_str(), id.form.as_str()), |form| labels(&form.name));
    let outcome = period.outcomes.get(unit);
    let filed = outcome.and_then(|outcome| outcome.filed.as_ref());
    let due = clock_time(context, period.due);
    let when = both(format!("截止 {due}"), format!("due {due}"));
    let (mark, state, when, left) = match (period.state(unit), outcome, filed) {
        (_, Some(outcome), Some(filed)) => {
            let at = clock_time(context, outcome.first.unwrap_or(filed.received));
            ("●", standing(period, outcome), both(format!("已收 {at}"), format!("received {at}")), None)
        }
        (SlotState::Exempt, ..) => {
            let (zh, en) = withdrawn::exempt(period, unit);
            ("–", both(zh, en), when, None)
        }
        (SlotState::Missing, ..) => {
            ("✗", both("未报，已过截止，可补报", "missing; it can be filed still"), when, None)
        }
        _ if period.due <= now => ("✗", both("未报，已过时限", "not filed, past the limit"), when, None),
        _ => ("○", both("未报", "not filed"), when, Some(left(period.due.since(now).as_secs()))),
    };
    let correct = correctable((period, unit), person, now).map(|until| {
        let until = clock_time(context, until);
        both(
            format!("与系统已知不符，可更正至 {until}"),
            format!("against what is known; correct it by {until}"),
        )
    });
    json!({
        "correct": correct,
        "slot": id.slot(unit), "form": name, "unit": context.live().contacts.unit(unit), "mark": mark,
        "state": state, "when": when, "left": left, "receipt": filed.map(|filed| receipt_code(&filed.report)),
    })
}
