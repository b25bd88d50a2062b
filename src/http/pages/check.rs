//! Checking a receipt: anybody may, and learns nothing of anybody.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::receipt::standing;
use super::{both, labels, page, page_for, refused};
use crate::domain::State as DomainState;
use crate::domain::names::UnitId;
use crate::domain::slot::{Period, PeriodId, receipt_code};
use crate::http::answer::narrow;
use crate::http::context::Context;
use crate::http::problem::Problem;
use crate::http::stranger::Stranger;

/// Of a slot that was corrected again and again, the receipts of so many of its last reports can be checked.
const REVISIONS_MAX: u32 = 20;
/// A code has four characters: so many reports that share one are shown.
const FOUND_MAX: usize = 5;

/// Which reports have which codes, of the periods in memory: a period is read again only where something became of it.
#[derive(Debug, Default)]
pub(in crate::http) struct Receipts(Mutex<BTreeMap<PeriodId, Known>>);

#[derive(Debug)]
struct Known {
    period: Arc<Period>,
    codes: BTreeMap<String, Vec<(UnitId, u32)>>,
}

/// A report by its code.
struct Found {
    period: Arc<Period>,
    unit: UnitId,
    revision: u32,
}

impl Known {
    fn of(period: &Arc<Period>) -> Self {
        let mut codes: BTreeMap<String, Vec<(UnitId, u32)>> = BTreeMap::new();
        for (unit, outcome) in period.outcomes.iter() {
            let Some(filed) = &outcome.filed else { continue };
            let slot = period.id().slot(unit);
            for revision in filed.revision.saturating_sub(REVISIONS_MAX).max(1)..=filed.revision {
                let code = receipt_code(&slot.report(revision));
                codes.entry(code).or_default().push((unit.clone(), revision));
            }
        }
        Self { period: Arc::clone(period), codes }
    }
}

impl Receipts {
    fn find(&self, state: &DomainState, code: &str) -> Vec<Found> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|id, _| state.periods.contains_key(id));
        let mut found = Vec::new();
        for (id, period) in state.periods.iter() {
            let is_read = known.get(id).is_some_and(|it| Arc::ptr_eq(&it.period, period));
            if !is_read {
                known.insert(id.clone(), Known::of(period));
            }
            let reports = known.get(id).and_then(|it| it.codes.get(code)).into_iter().flatten();
            found.extend(reports.map(|(unit, revision)| Found {
                period: Arc::clone(period),
                unit: unit.clone(),
                revision: *revision,
            }));
            if found.len() >= FOUND_MAX {
                break;
            }
        }
        found
    }
}

/// What is asked for.
#[derive(Deserialize)]
pub(in crate::http) struct Asked {
    code: Option<String>,
}

/// `GET /r`: what a receipt is of.
pub(in crate::http) async fn check(
    State(context): State<Context>,
    stranger: Stranger,
    Query(asked): Query<Asked>,
) -> Response {
    let Some(typed) = asked.code else {
        return page((&context, None), ("check.html", json!({ "code": "" })), StatusCode::OK);
    };
    if let Err(problem) = context.pace_stranger(stranger).await {
        return refused::told(&context, &problem);
    }
    let code: String = typed.chars().map(narrow).filter(char::is_ascii_alphanumeric).take(8).collect();
    let code = code.to_ascii_uppercase();
    let (published, receipts, wanted) =
        (context.published(), Arc::clone(&context.gates.receipts), code.clone());
    let found = tokio::task::spawn_blocking(move || receipts.find(&published.state, &wanted)).await;
    let Ok(found) = found else { return refused::told(&context, &Problem::internal()) };
    if found.is_empty() {
        let none = both(
            "没有找到这个回执：请对照四个字符（字母和 2 至 7）。十天以前的回执在此查不到，请问办公室。",
            "No such receipt: compare the four characters, letters and 2 to 7. One that is older than ten days is not found here: ask the office.",
        );
        let shown = json!({ "code": code, "note": none });
        return page_for((&context, None), ("check.html", shown), &Problem::not_found());
    }
    let found: Vec<Value> = found.iter().filter_map(|found| told(&context, found)).collect();
    page((&context, None), ("check.html", json!({ "code": code, "found": found })), StatusCode::OK)
}

fn told(context: &Context, Found { period, unit, revision }: &Found) -> Option<Value> {
    let published = context.published();
    let id = period.id();
    let outcome = period.outcomes.get(unit)?;
    let filed = outcome.filed.as_ref()?;
    let form = published.directory.forms.get(&id.form);
    let name = form.map_or_else(|| both(id.form.as_str(), id.form.as_str()), |form| labels(&form.name));
    let received = match *revision {
        last if last == filed.revision => Some(filed.received),
        1 => outcome.first,
        _ => None,
    };
    // Whether it was on time is of the first report, whichever this is.
    let first = outcome.first.filter(|first| received != Some(*first));
    let time = |at| published.directory.zone.format(at, "%Y-%m-%d %H:%M:%S");
    let (received, first) = (received.map(time), first.map(time));
    let since = match (*revision, filed.revision) {
        (1, 1) => Value::Null,
        (this, last) if this < last => both(
            format!("这是第 {this} 次报送，之后有更正或补充（共 {last} 次）。"),
            format!("This is revision {this}, and {last} is the last."),
        ),
        (this, _) => {
            both(format!("这是第 {this} 次报送（更正或补充）。"), format!("This is revision {this}."))
        }
    };
    Some(json!({
        "form": name, "unit": context.live().contacts.unit(unit), "day": id.day,
        "number": (id.number > 1).then_some(id.number), "received": received, "first": first,
        "standing": standing(period, outcome), "since": since,
    }))
}
