//! What comes in over HTTP.
//!
//! **Invariant.** What is read here is parsed at the door, bounded, and never printed: no handler sees unchecked JSON,
//! and no name, token or secret reaches a log, an error or a `Debug` output. A 2xx to what somebody wishes or reports
//! is sent only from the engine's answer: what it says is on disk.

mod acts;
mod answer;
pub mod body;
mod caller;
mod cases;
mod context;
pub mod credential;
mod events;
mod heard;
pub mod intake;
pub mod json;
mod operate;
pub mod problem;
pub mod rate;
mod receipts;
mod refuse;
pub mod serve;
pub mod settings;
mod sign_in;
mod view;

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};

pub use context::{Context, Gates, Live, People};
pub use heard::Heard;
use problem::Problem;

/// Every route of the daemon: method, path, what it does. The table of contents of the API document too.
pub(crate) const ROUTES: [(&str, &str, &str); 35] = [
    ("post", "/v1/events", "Takes a fever event"),
    ("post", "/v1/sources/{source}/{secret}", "Takes a fever event of a device that can set no header"),
    ("post", "/v1/sign-in", "Sends a six-digit code to an address, if it is somebody's"),
    ("post", "/v1/sign-in/code", "Opens a session with the code"),
    ("post", "/v1/sign-out", "Ends a session"),
    ("get", "/v1/cases", "Lists cases"),
    ("get", "/v1/cases/{case}", "Shows a case"),
    ("post", "/v1/cases/{case}/confirm", "I know"),
    ("post", "/v1/cases/{case}/take", "I handle it"),
    ("post", "/v1/cases/{case}/pass", "You handle it"),
    ("post", "/v1/cases/{case}/classification", "A person decides what it is"),
    ("post", "/v1/cases/{case}/telephone", "Records a call to an authority"),
    ("post", "/v1/cases/{case}/written", "Drafts or sends a written report"),
    ("post", "/v1/cases/{case}/receipt", "Records that an authority has the written report"),
    ("post", "/v1/cases/{case}/dispute", "Says that a machine's proof was wrong"),
    ("post", "/v1/cases/{case}/note", "Adds a note"),
    ("post", "/v1/cases/{case}/close", "Closes a case"),
    ("post", "/v1/cases/{case}/erase", "Erases the personal data of a closed case"),
    ("get", "/a", "Shows the page where a code is typed in"),
    ("post", "/a", "Answers for a case by mobile number and code"),
    ("get", "/a/{token}", "Shows the page of one message"),
    ("post", "/a/{token}", "Answers for the case of one message by code"),
    ("post", "/v1/receipts/{channel}", "Takes a provider's receipt"),
    ("post", "/v1/receipts/{channel}/{secret}", "Takes a receipt of a provider that can set no header"),
    ("post", "/v1/test", "Sends one marked test message"),
    ("post", "/v1/arm", "From here on authorities are really rung"),
    ("post", "/v1/disarm", "From here on they are not"),
    ("post", "/v1/release", "Lets sending go after a hold"),
    ("post", "/v1/clock/trust", "Says that the wall clock is right"),
    ("get", "/v1/lapses", "Lists open lapses"),
    ("get", "/v1/ledger/head", "The signed head of the journal"),
    ("get", "/healthz", "The process answers"),
    ("get", "/readyz", "The journal takes writes, vault and index are open"),
    ("get", "/metrics", "Counters in the text format of Prometheus"),
    ("get", "/openapi.json", "This document"),
];

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
        .route("/a", get(answer::page).post(answer::by_mobile))
        .route("/a/{token}", get(answer::page_of).post(answer::by_link));
    let operation = Router::new()
        .route("/v1/test", post(operate::test))
        .route("/v1/arm", post(operate::arm))
        .route("/v1/disarm", post(operate::disarm))
        .route("/v1/release", post(operate::release))
        .route("/v1/clock/trust", post(operate::trust_clock))
        .route("/v1/lapses", get(operate::lapses))
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
    let response = next.run(request).await;
    let status = response.status();
    context.metrics.count_request(&route, status.as_u16());
    tracing::debug!(%method, route, status = status.as_u16(), "answered");
    response
}

/// JSON, as it is stored nowhere on the way.
fn json(value: &serde_json::Value) -> Response {
    ([(axum::http::header::CACHE_CONTROL, "no-store")], axum::Json(value)).into_response()
}
