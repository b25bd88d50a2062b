//! What comes in over HTTP.
//!
//! **Invariant.** What is read here is parsed at the door, bounded, and never printed: no handler sees unchecked JSON,
//! and no name, token or secret reaches a log, an error or a `Debug` output. A 2xx to what somebody wishes or reports
//! is sent only from the engine's answer: what it says is on disk.

mod absences;
mod acts;
mod answer;
pub mod body;
mod caller;
mod cases;
mod context;
pub mod credential;
mod events;
mod handed;
mod handovers;
mod heard;
pub mod intake;
pub mod json;
mod lapses;
mod ledger;
mod maintenance;
mod operate;
mod pages;
mod proof;

pub mod problem;
pub mod rate;
mod receipts;
mod refuse;
mod reports;
mod said;
pub mod serve;
pub mod settings;
mod sign_in;
mod stranger;
mod view;

pub use events::PROBE;

use std::panic::AssertUnwindSafe;

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::http::header::CONTENT_TYPE;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use futures_util::FutureExt as _;

use body::BodyLimit;
pub use context::{AuthorityName, Context, Gates, Live, People};
pub use heard::Heard;
use problem::Problem;
pub use proof::Proof;

/// The router over all routes.
pub fn router(context: Context) -> Router {
    let cases = Router::new()
        .route("/v1/cases", get(cases::list))
        .route("/v1/cases/{case}", get(cases::show))
        .route("/v1/cases/{case}/confirm", post(acts::confirm))
        .route("/v1/cases/{case}/take", post(acts::take))
        .route("/v1/cases/{case}/pass", post(acts::pass))
        .route("/v1/cases/{case}/classification", post(acts::classify))
        .route("/v1/cases/{case}/telephone", post(acts::telephone))
        .route("/v1/cases/{case}/written", post(acts::written))
        .route("/v1/cases/{case}/receipt", post(acts::receipt))
        .route("/v1/cases/{case}/dispute", post(acts::dispute))
        .route("/v1/cases/{case}/note", post(acts::note))
        .route("/v1/cases/{case}/close", post(acts::close))
        .route("/v1/cases/{case}/erase", post(acts::erase));
    let people = Router::new()
        .route("/v1/sign-in", post(sign_in::ask))
        .route("/v1/sign-in/code", post(sign_in::open))
        .route("/v1/sign-out", post(sign_in::close))
        .route("/", get(pages::home))
        .route("/sign-in", get(pages::sign_in_page).post(pages::sign_in))
        .route("/sign-out", post(pages::sign_out))
        .route("/f", get(pages::mine))
        .route("/f/{slot}", get(pages::form_page).post(pages::file).layer(axum::Extension(BodyLimit::LARGE)))
        .route("/r", get(pages::check))
        .route("/h", get(pages::handovers).post(pages::sign))
        .route("/a", get(answer::page).post(answer::by_mobile))
        .route("/a/{token}", get(answer::page_of).post(answer::by_link));
    let reports = Router::new()
        .route("/v1/reports", post(reports::file).layer(axum::Extension(BodyLimit::LARGE)))
        .route("/v1/forms/{form}/template", get(reports::template))
        .route("/v1/slots", get(reports::slots))
        .route("/v1/slots/{slot}/exempt", post(reports::exempt))
        .route("/v1/totals/{form}", get(reports::total))
        .route("/v1/standings", get(reports::standings));
    let operation = Router::new()
        .route("/v1/test", post(operate::test))
        .route("/v1/arm", post(operate::arm))
        .route("/v1/disarm", post(operate::disarm))
        .route("/v1/release", post(operate::release))
        .route("/v1/clock/trust", post(operate::trust_clock))
        .route("/v1/maintenance", get(maintenance::list).post(maintenance::announce))
        .route("/v1/maintenance/{maintenance}/end", post(maintenance::end))
        .route("/v1/absences", get(absences::list).post(absences::record))
        .route("/v1/absences/{absence}/end", post(absences::end))
        .route("/v1/handovers", get(handovers::list).post(handovers::offer))
        .route("/v1/handovers/{handover}/take", post(handovers::take))
        .route("/v1/lapses", get(lapses::list))
        .route("/v1/lapses/{lapse}/statement", post(lapses::state))
        .route("/v1/lapses/{lapse}/told", post(lapses::serve))
        .route("/v1/lapses/{lapse}/verdict", post(lapses::judge))
        .route("/v1/ledger", get(ledger::export).head(ledger::announce))
        .route("/v1/ledger/packs", post(ledger::record_pack))
        .route("/v1/ledger/head", get(operate::head))
        .route("/healthz", get(operate::healthz))
        .route("/readyz", get(operate::readyz))
        .route("/metrics", get(operate::metrics))
        .route("/openapi.json", get(operate::openapi));
    Router::new()
        .route("/v1/events", post(events::by_token))
        .route("/v1/sources/{source}/{secret}", post(events::by_path))
        .route("/v1/receipts/{channel}", post(receipts::by_token))
        .route("/v1/receipts/{channel}/{secret}", post(receipts::by_path))
        .merge(cases)
        .merge(people)
        .merge(reports)
        .merge(operation)
        .fallback(|| async { Problem::not_found() })
        .method_not_allowed_fallback(|| async { Problem::method_not_allowed() })
        .layer(middleware::from_fn_with_state(context.clone(), count))
        .with_state(context)
}

/// Counts a request by its route and status. The path itself may carry a secret and goes nowhere.
async fn count(
    axum::extract::State(context): axum::extract::State<Context>,
    request: Request,
    next: Next,
) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    let (page, report) = (answer::is_page(request.uri().path()), pages::is_page(request.uri().path()));
    // Whoever runs into a fault of ours is told so: a connection that ends says nothing. Where it was is in the log.
    let answered = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    let response = answered.map_or_else(|_panic| panicked(), as_problem);
    let response = match (page, report) {
        (true, _) => answer::as_page(&context, response),
        (false, true) => pages::as_page(&context, response),
        (false, false) => response,
    };
    let status = response.status();
    context.metrics.count_request(&route, status.as_u16());
    tracing::debug!(%method, route, status = status.as_u16(), "answered");
    response
}

/// A handler may have come to its fault before or after what it wished was written.
fn panicked() -> Response {
    let open = "It may be on record or not: look, or send it again under the same id.";
    Problem::internal().with_detail(open).into_response()
}

/// What the framework itself refuses - an address or a query that cannot be read - it refuses in plain text.
fn as_problem(response: Response) -> Response {
    let kind = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let plain = kind.is_some_and(|kind| kind.starts_with("text/plain"));
    if !(response.status().is_client_error() && plain) {
        return response;
    }
    Problem::malformed().with_detail("The address cannot be read.").into_response()
}

/// JSON, as it is stored nowhere on the way.
fn json(value: &serde_json::Value) -> Response {
    ([(axum::http::header::CACHE_CONTROL, "no-store")], axum::Json(value)).into_response()
}
