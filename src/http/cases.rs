//! Looking at cases.

use std::collections::BTreeMap;

use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::Caller;
use super::context::{Context, unavailable};
use super::problem::{FieldError, Problem};
use super::{json as answer, view};
use crate::domain::Track;
use crate::domain::case::Case;
use crate::domain::names::CaseId;
use crate::engine::{ArchivedCase, archived_case, archived_cases};

/// A list shows at most so many.
const LIMIT_MAX: usize = 500;

/// So many cases that have left memory are looked at for one page.
const LOOKED_AT_MAX: usize = 1_000;

/// What a list is asked for.
#[derive(Debug, Deserialize)]
pub(super) struct Listing {
    state: Option<String>,
    limit: Option<usize>,
    after: Option<String>,
}

impl Listing {
    pub(super) fn limit(&self) -> usize {
        self.limit.unwrap_or(100).clamp(1, LIMIT_MAX)
    }

    pub(super) fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }

    pub(super) fn after(&self) -> Option<&str> {
        self.after.as_deref()
    }
}

/// `GET /v1/cases`: in order of their numbers, those that have left memory among them; `next` is the `after` of the page
/// behind this one, where there may be one.
pub(super) async fn list(
    State(context): State<Context>,
    caller: Caller,
    Query(listing): Query<Listing>,
) -> Result<Response, Problem> {
    let published = context.published();
    let open = match listing.state() {
        None => None,
        Some("open") => Some(true),
        Some("closed") => Some(false),
        Some(_) => return Err(Problem::invalid(vec![FieldError::new("/state", "expected open or closed")])),
    };
    let after = listing.after().map(CaseId::new);
    let seen =
        |case: &Case| open.is_none_or(|open| case.is_open() == open) && caller.sees(&published, &case.unit);
    let is_behind = |id: &CaseId| after.as_ref().is_none_or(|after| id > after);
    let recent = published.state.cases.iter().filter(|(id, _)| is_behind(id)).map(|(_, case)| case);
    let mut found: BTreeMap<&CaseId, Value> = recent
        .filter(|case| seen(case))
        .take(listing.limit())
        .map(|case| (&case.id, view::line(case)))
        .collect();
    let old = if open == Some(true) { Vec::new() } else { archived(&context, after.clone()).await? };
    // Where not all of the old ones were looked at, what lies behind the last of them waits for the next page.
    let looked_to = (old.len() == LOOKED_AT_MAX).then(|| old.last().map(|it| it.case.id.clone())).flatten();
    for archived in old.iter().filter(|archived| seen(&archived.case)) {
        found.insert(&archived.case.id, view::line(&archived.case));
    }
    found.retain(|id, _| looked_to.as_ref().is_none_or(|last| *id <= last));
    let page: Vec<(&CaseId, Value)> = found.into_iter().take(listing.limit()).collect();
    let last = page.last().filter(|_| page.len() == listing.limit()).map(|(id, _)| (*id).clone());
    let next = last.or(looked_to);
    let cases: Vec<Value> = page.into_iter().map(|(_, line)| line).collect();
    Ok(answer(&json!({ "cases": cases, "next": next })))
}

/// Cases that have left memory.
async fn archived(context: &Context, after: Option<CaseId>) -> Result<Vec<ArchivedCase>, Problem> {
    let index = context.published().stores.index.clone().ok_or_else(unavailable)?;
    let found =
        tokio::task::spawn_blocking(move || archived_cases(&index, after.as_ref(), LOOKED_AT_MAX)).await;
    found.ok().and_then(Result::ok).ok_or_else(unavailable)
}

/// `GET /v1/cases/{case}`: open, closed, or long gone from memory.
pub(super) async fn show(
    State(context): State<Context>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let published = context.published();
    let id = CaseId::new(&id);
    if let Some(case) = published.state.case(&id) {
        if !caller.sees(&published, &case.unit) {
            return Err(Problem::not_found());
        }
        let tracks: Vec<_> = case.notifications.iter().filter_map(|id| published.state.track(id)).collect();
        let tracks: Vec<&Track> = tracks.iter().map(|track| &***track).collect();
        return Ok(answer(&view::whole(&context, case, &tracks, caller.is_office(&published))));
    }
    let index = published.stores.index.clone().ok_or_else(unavailable)?;
    let found = tokio::task::spawn_blocking(move || archived_case(&index, &id)).await;
    let archived = found.ok().and_then(Result::ok).ok_or_else(unavailable)?.ok_or_else(Problem::not_found)?;
    if !caller.sees(&published, &archived.case.unit) {
        return Err(Problem::not_found());
    }
    let tracks: Vec<&Track> = archived.notifications.iter().collect();
    Ok(answer(&view::whole(&context, &archived.case, &tracks, caller.is_office(&published))))
}
