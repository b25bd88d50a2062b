//! Reading a body: bounded in bytes and in time, and stamped when its last byte was read.

mod delivery;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{FromRef, FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::de::DeserializeOwned;

use crate::http::json::{Json, VALUES_MAX, typed};
use crate::http::problem::Problem;
use crate::time::{Clock, Reading, Timestamp};

pub use delivery::Delivery;

/// What the extractors of this file need to know; the router's state holds one.
#[derive(Debug, Clone)]
pub struct Door {
    /// Stamps what was received.
    pub clock: Arc<dyn Clock>,
    /// A whole body arrives within this, or is answered 408.
    pub body_within: Duration,
}

impl Door {
    /// A body of 8 MiB over a slow telephone line takes less; a body that is held back on purpose takes longer.
    pub const BODY_WITHIN: Duration = Duration::from_secs(30);
}

/// The largest body a route takes; put on a route with `axum::Extension`, 64 KiB where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyLimit {
    /// In bytes, framing not counted.
    pub bytes_max: usize,
    /// How many values its JSON may have.
    pub values_max: usize,
}

impl BodyLimit {
    /// Events of one person, calls about a case: no honest one is near it.
    pub const SMALL: Self = Self { bytes_max: 64 << 10, values_max: VALUES_MAX };
    /// Registers of travels, and devices that send pictures.
    pub const LARGE: Self = Self { bytes_max: 8 << 20, values_max: 10 * VALUES_MAX };
}

/// A whole body, and when its last byte was read (law 8: lateness is judged by this).
#[derive(Clone)]
pub struct Received {
    /// The body.
    pub bytes: Bytes,
    /// Both clocks at the last byte.
    pub reading: Reading,
}

impl Received {
    /// The wall clock at the last byte.
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        self.reading.wall
    }
}

/// Prints the size alone: the body is somebody's.
impl std::fmt::Debug for Received {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Received").field("bytes", &self.bytes.len()).field("reading", &self.reading).finish()
    }
}

impl<S: Send + Sync> FromRequest<S> for Received
where
    Door: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let limit = request.extensions().get().copied().unwrap_or(BodyLimit::SMALL);
        whole(request, &Door::from_ref(state), limit).await
    }
}

/// The whole body of a request.
async fn whole(
    request: Request,
    door: &Door,
    BodyLimit { bytes_max, .. }: BodyLimit,
) -> Result<Received, Problem> {
    refuse_announced(request.headers(), bytes_max)?;
    let whole = Limited::new(request.into_body(), bytes_max).collect();
    match tokio::time::timeout(door.body_within, whole).await {
        Ok(Ok(body)) => Ok(Received { bytes: body.to_bytes(), reading: door.clock.read() }),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Problem::too_large(bytes_max)),
        Ok(Err(_broken)) => Err(Problem::malformed().with_detail("The body ended early.")),
        Err(_elapsed) => Err(Problem::too_slow()),
    }
}

/// Reads a body of at most [`BodyLimit::LARGE`] to its end and keeps nothing of it.
pub(super) async fn pass_over(request: Request, door: &Door) -> Result<(), Problem> {
    let bytes_max = BodyLimit::LARGE.bytes_max;
    refuse_announced(request.headers(), bytes_max)?;
    let mut body = Limited::new(request.into_body(), bytes_max);
    let read = async {
        while let Some(frame) = body.frame().await {
            drop(frame.map_err(|error| {
                if error.is::<LengthLimitError>() {
                    Problem::too_large(bytes_max)
                } else {
                    Problem::malformed()
                }
            })?);
        }
        Ok(())
    };
    tokio::time::timeout(door.body_within, read).await.map_err(|_elapsed| Problem::too_slow())?
}

/// Refuses a body before it comes, where the headers announce that it is too large.
fn refuse_announced(headers: &HeaderMap, bytes_max: usize) -> Result<(), Problem> {
    let announced: Option<usize> =
        headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()).and_then(|text| text.parse().ok());
    if announced.is_some_and(|bytes| bytes > bytes_max) { Err(Problem::too_large(bytes_max)) } else { Ok(()) }
}

/// A JSON body of the type `T`, with the bytes it was read from.
///
/// The type of the body has to be JSON and has to be named: a form of a foreign site can send neither without asking
/// the browser first.
#[derive(Debug, Clone)]
pub struct JsonBody<T> {
    /// What the body says.
    pub value: T,
    /// The body as it came, and when.
    pub received: Received,
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonBody<T>
where
    Door: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(content_type(request.headers()).unwrap_or_default()) {
            return Err(Problem::unsupported().with_detail("Send Content-Type: application/json."));
        }
        let limit: BodyLimit = request.extensions().get().copied().unwrap_or(BodyLimit::SMALL);
        let received = Received::from_request(request, state).await?;
        let json = Json::read_up_to(&received.bytes, limit.values_max)
            .map_err(|malformed| Problem::malformed().with_detail(malformed.to_string()))?;
        let value = typed(json).map_err(|mistake| Problem::invalid(vec![mistake]))?;
        Ok(Self { value, received })
    }
}

/// The type of the body as the headers name it.
#[must_use]
pub fn content_type(headers: &HeaderMap) -> Option<&str> {
    headers.get(CONTENT_TYPE)?.to_str().ok()
}

/// A media type without its parameters, in lowercase.
#[must_use]
pub fn essence(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Whether a media type is JSON or built on it.
#[must_use]
pub fn is_json(content_type: &str) -> bool {
    let essence = essence(content_type);
    essence == "application/json" || essence == "text/json" || essence.ends_with("+json")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use axum::body::Body;
    use axum::routing::post;
    use axum::{Extension, Router};
    use futures_util::stream;
    use tower::ServiceExt as _;

    use super::*;
    use crate::time::ManualClock;

    fn clock() -> ManualClock {
        ManualClock::new(Timestamp::from_millis(1_795_392_060_000))
    }

    fn router(clock: &ManualClock) -> Router {
        let door = Door { clock: Arc::new(clock.clone()), body_within: Duration::from_millis(20) };
        Router::new()
            .route(
                "/bytes",
                post(|body: Received| async move { format!("{} at {}", body.bytes.len(), body.at()) }),
            )
            .route("/large", post(|body: Received| async move { body.bytes.len().to_string() }))
            .layer(Extension(BodyLimit { bytes_max: 100_000, ..BodyLimit::SMALL }))
            .route(
                "/json",
                post(|body: JsonBody<BTreeMap<String, u8>>| async move { body.value.len().to_string() }),
            )
            .with_state(door)
    }

    async fn ask(path: &str, content_type: &str, body: Body) -> String {
        let request = Request::post(path).header("content-type", content_type).body(body).unwrap();
        let response = router(&clock()).oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let bytes = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
        let text = String::from_utf8_lossy(&bytes);
        match serde_json::from_slice::<serde_json::Value>(&bytes) {
            Ok(problem) if problem.is_object() => {
                format!(
                    "{status} {} {}",
                    problem["code"].as_str().unwrap(),
                    problem["detail"].as_str().unwrap_or("-")
                )
            }
            _ => format!("{status} {text}"),
        }
    }

    #[tokio::test]
    async fn each_way_a_body_can_be_wrong_has_its_own_answer() {
        let json = "application/json; charset=utf-8";
        for (path, content_type, body, expected) in [
            ("/json", json, "{\"a\":1}", "200 1"),
            ("/json", "application/fhir+json", "{\"a\":1}", "200 1"),
            ("/json", "text/plain", "{\"a\":1}", "415 unsupported_type Send Content-Type: application/json."),
            ("/json", json, "{\"a\":", "400 malformed line 1, column 5: not valid JSON"),
            (
                "/json",
                json,
                "{\"a\":1,\"a\":2}",
                "400 malformed line 1, column 10: a key is given twice in one object",
            ),
            ("/json", json, "{\"a\":\"x\"}", "422 invalid -"),
        ] {
            assert_eq!(ask(path, content_type, body.into()).await, expected, "{body}");
        }
    }

    #[tokio::test]
    async fn a_body_is_bounded_whether_its_length_is_announced_or_not() {
        let refused = "413 too_large This route takes up to 100000 bytes.";
        assert_eq!(ask("/large", "x/y", vec![0; 100_000].into()).await, "200 100000");
        assert_eq!(ask("/large", "x/y", vec![0; 100_001].into()).await, refused);
        let chunks = stream::iter((0..3).map(|_| Ok::<_, std::io::Error>(vec![0_u8; 40_000])));
        assert_eq!(ask("/large", "x/y", Body::from_stream(chunks)).await, refused);
        let large = Body::from_stream(stream::iter([Ok::<_, std::io::Error>(vec![b' '; 65_537])]));
        assert_eq!(
            ask("/json", "application/json", large).await,
            "413 too_large This route takes up to 65536 bytes.",
            "64 KiB where a route says nothing"
        );
    }

    #[tokio::test]
    async fn a_body_that_never_ends_is_answered_408() {
        let body = Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>());
        assert_eq!(ask("/bytes", "x/y", body).await, "408 too_slow -");
    }

    #[tokio::test]
    async fn a_body_is_stamped_when_its_last_byte_was_read() {
        let clock = clock();
        let late = clock.clone();
        let chunks = stream::iter(0..2).map(move |_| {
            late.advance(Duration::from_secs(60));
            Ok::<_, std::io::Error>("x")
        });
        let request = Request::post("/bytes").body(Body::from_stream(chunks)).unwrap();
        let response = router(&clock).oneshot(request).await.unwrap();
        let body = axum::body::to_bytes(response.into_body(), 1_000).await.unwrap();
        assert_eq!(String::from_utf8_lossy(&body), "2 at 2026-11-23T00:03:00.000Z");
    }

    use futures_util::StreamExt as _;
}
