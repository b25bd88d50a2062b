//! What became of slots: as a list, and month by month.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::domain::directory::Role;
use crate::domain::names::{FormId, UnitId};
use crate::domain::slot::{Period, SlotId, SlotState};
use crate::engine::{Published, archived_periods};
use crate::http::caller::Caller;
use crate::http::context::{Context, unavailable};
use crate::http::json as answer;
use crate::http::problem::Problem;
use crate::http::reports::wrong;
use crate::time::Day;

/// A list shows at most so many.
const LIMIT_MAX: usize = 500;
/// So many periods are looked at for one answer: three years of four forms a day are fewer.
const PERIODS_MAX: usize = 5_000;

/// What a list of slots is asked for.
#[derive(Debug, Deserialize)]
pub(crate) struct Wanted {
    form: Option<String>,
    unit: Option<String>,
    from: Option<String>,
    to: Option<String>,
    limit: Option<usize>,
    after: Option<String>,
}

/// A month, for standings.
#[derive(Debug, Deserialize)]
pub(crate) struct Month {
    month: Option<String>,
}

/// Whether a caller may see what became of a unit's reports.
fn sees(caller: &Caller, published: &Published, unit: &UnitId) -> bool {
    caller.sees(published, unit) || caller.has(published, &Role::Discipline)
}

/// `GET /v1/slots`: in order of the day, the form, the number and the unit.
pub(crate) async fn slots(
    State(context): State<Context>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let published = context.published();
    let today = published.directory.zone.day(context.now().either());
    let from = day("/from", wanted.from.as_deref())?.unwrap_or_else(|| today.plus_days(-7));
    let to = day("/to", wanted.to.as_deref())?.unwrap_or_else(|| today.plus_days(1));
    let form = match wanted.form.as_deref() {
        Some(form) if !published.directory.forms.contains_key(form) => {
            return Err(wrong("/form", ("应为已配置的报表代码", "expected the id of a configured form")));
        }
        form => form.map(FormId::new),
    };
    let unit = wanted.unit.as_deref().map(UnitId::new);
    let after = match wanted.after.as_deref().filter(|after| !after.is_empty()).map(str::parse::<SlotId>) {
        None => None,
        Some(Ok(after)) => Some(after),
        Some(Err(_)) => {
            return Err(wrong("/after", ("应为上一页的 next", "expected the `next` of the page before")));
        }
    };
    let place =
        |slot: &SlotId| (slot.period.day, slot.period.form.clone(), slot.period.number, slot.unit.clone());
    let behind = after.as_ref().map(place);
    let limit = wanted.limit.unwrap_or(100).clamp(1, LIMIT_MAX);
    let from = after.as_ref().map_or(from, |after| from.max(after.period.day));
    let periods = periods(&context, (from, to)).await?;
    let mut found: Vec<(SlotId, Value)> = Vec::new();
    let wanted = periods.iter().filter(|period| form.as_ref().is_none_or(|form| period.id().form == *form));
    for period in wanted {
        for of in period.opened.units.iter() {
            if unit.as_ref().is_some_and(|unit| unit != of) || !sees(&caller, &published, of) {
                continue;
            }
            let slot = period.id().slot(of);
            if behind.as_ref().is_none_or(|behind| place(&slot) > *behind) {
                found.push((slot, super::slot(period, of)));
            }
            if found.len() > limit {
                break;
            }
        }
        if found.len() > limit {
            break;
        }
    }
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|(slot, _)| slot.clone());
    let slots: Vec<Value> = found.into_iter().map(|(_, value)| value).collect();
    Ok(answer(&json!({ "slots": slots, "next": next })))
}

pub(super) fn day(pointer: &str, text: Option<&str>) -> Result<Option<Day>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let head = text.get(..10).unwrap_or(text);
    let expected = ("应为日期，如 2026-11-23", "expected a date such as 2026-11-23");
    head.parse().map(Some).map_err(|_cause| wrong(pointer, expected))
}

/// The periods due from one day to another, in order of the day, the form and the number.
pub(super) async fn periods(context: &Context, (from, to): (Day, Day)) -> Result<Vec<Arc<Period>>, Problem> {
    let published = context.published();
    let known = published.state.periods.values().filter(|period| (from..=to).contains(&period.id().day));
    let mut found: BTreeMap<_, Arc<Period>> =
        known.map(|period| (place(period), Arc::clone(period))).collect();
    let oldest = published.state.periods.values().map(|period| period.id().day).min();
    if oldest.is_none_or(|oldest| from < oldest) {
        let index = published.stores.index.clone().ok_or_else(unavailable)?;
        let read = move || archived_periods(&index, (from, to), PERIODS_MAX);
        let old =
            tokio::task::spawn_blocking(read).await.ok().and_then(Result::ok).ok_or_else(unavailable)?;
        for period in old {
            found.entry(place(&period)).or_insert_with(|| Arc::new(period));
        }
    }
    Ok(found.into_values().collect())
}

fn place(period: &Period) -> (Day, FormId, u32) {
    let id = period.id();
    (id.day, id.form.clone(), id.number)
}

/// How punctual one unit was with one form.
#[derive(Debug, Default, Clone, Copy)]
struct Count {
    on_time: u32,
    late: u32,
    missing: u32,
    exempt: u32,
    awaited: u32,
    excused: u32,
}

impl Count {
    fn add(&mut self, period: &Period, unit: &UnitId) {
        match period.state(unit) {
            SlotState::Awaited => self.awaited += 1,
            SlotState::OnTime => self.on_time += 1,
            SlotState::Late => self.late += 1,
            SlotState::Missing => self.missing += 1,
            SlotState::Exempt => self.exempt += 1,
        }
        // On time because its due instant moved.
        let first = period.outcomes.get(unit).and_then(|outcome| outcome.first);
        if period.state(unit) == SlotState::OnTime && first.is_some_and(|at| at > period.opened.on_time_until)
        {
            self.excused += 1;
        }
    }

    /// Shares are of what was expected, never of what came.
    fn line(self, unit: &UnitId, form: &FormId) -> Value {
        let expected = self.on_time + self.late + self.missing + self.awaited;
        let share = |part: u32| (expected > 0).then(|| f64::from(part) / f64::from(expected));
        json!({
            "unit": unit, "form": form, "expected": expected, "on_time": self.on_time, "late": self.late,
            "missing": self.missing, "awaited": self.awaited, "exempt": self.exempt, "excused": self.excused,
            "timeliness": share(self.on_time), "completeness": share(self.on_time + self.late),
        })
    }
}

/// `GET /v1/standings`: slots that were due in a month, or so far in it, for each unit and form.
pub(crate) async fn standings(
    State(context): State<Context>,
    caller: Caller,
    Query(wanted): Query<Month>,
) -> Result<Response, Problem> {
    let published = context.published();
    let now = context.now().both();
    let month = wanted.month.unwrap_or_else(|| published.directory.zone.format(now, "%Y-%m"));
    let first: Option<Day> =
        (month.len() == 7).then(|| format!("{month}-01")).and_then(|text| text.parse().ok());
    let Some(first) = first else {
        return Err(wrong("/month", ("应为月份，如 2026-11", "expected a month such as 2026-11")));
    };
    let in_month = |day: &Day| day.to_string().starts_with(&month);
    let last = (27..31).map(|days| first.plus_days(days)).rfind(in_month).unwrap_or(first);
    let mut counts: BTreeMap<(UnitId, FormId), Count> = BTreeMap::new();
    for period in periods(&context, (first, last)).await? {
        for unit in period.opened.units.iter().filter(|unit| sees(&caller, &published, unit)) {
            // What is not due yet is expected of nobody, and what came early is there.
            if period.state(unit) != SlotState::Awaited || period.due <= now {
                let key = (unit.clone(), period.id().form.clone());
                counts.entry(key).or_default().add(&period, unit);
            }
        }
    }
    let lines: Vec<Value> = counts.iter().map(|((unit, form), count)| count.line(unit, form)).collect();
    Ok(answer(&json!({ "month": month, "standings": lines })))
}
