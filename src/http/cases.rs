//! Looking at cases.

use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use super::caller::Caller;
use super::context::{Context, unavailable};
use super::problem::{FieldError, Problem};
use super::{json as answer, view};
use crate::domain::Track;
use crate::domain::names::CaseId;
use crate::engine::archived_case;

/// A list shows at most so many.
const LIMIT_MAX: usize = 500;

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

/// `GET /v1/cases`: in order of their numbers.
pub(super) async fn list(
    State(context): State<Context>,
    headers: HeaderMap,
    Query(listing): Query<Listing>,
) -> Result<Response, Problem> {
    let caller = Caller::of(&context, &headers)?;
    let published = context.published();
    let open = match listing.state() {
        None => None,
        Some("open") => Some(true),
        Some("closed") => Some(false),
        Some(_) => return Err(Problem::invalid(vec![FieldError::new("/state", "expected open or closed")])),
    };
    let after = listing.after().map(CaseId::new);
    let found = published
        .state
        .cases
        .iter()
        .filter(|(id, _)| after.as_ref().is_none_or(|after| *id > after))
        .map(|(_, case)| case)
        .filter(|case| open.is_none_or(|open| case.is_open() == open) && caller.sees(&published, &case.unit))
        .take(listing.limit());
    let cases: Vec<_> = found.map(|case| view::line(case)).collect();
    Ok(answer(&json!({ "cases": cases })))
}

/// `GET /v1/cases/{case}`: open, closed, or long gone from memory.
pub(super) async fn show(
    State(context): State<Context>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let caller = Caller::of(&context, &headers)?;
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
