//! What a device delivers: of a body in several parts the one that says something; pictures are dropped as they stream.

use axum::body::Bytes;
use axum::extract::{FromRef, FromRequest, Request};
use multer::{Constraints, Field, Multipart, SizeLimit};

use super::{BodyLimit, Door, Received, content_type, essence, refuse_announced, whole};
use crate::http::problem::Problem;

/// More parts than any device sends: a message and a picture for each of its lenses.
const PARTS_MAX: usize = 32;

/// A message of a device, without the pictures it came with.
///
/// A body in parts may have 8 MiB, as [`BodyLimit::LARGE`] says; the message itself, and a body without parts, have
/// [`BodyLimit::SMALL`]. Only the message is ever held whole.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The type of the message, where it was named.
    pub content_type: Option<String>,
    /// The message, and when the last byte of the whole body was read.
    pub received: Received,
}

impl<S: Send + Sync> FromRequest<S> for Delivery
where
    Door: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let door = Door::from_ref(state);
        let content_type = content_type(request.headers()).map(str::to_owned);
        let Some(boundary) = content_type.as_deref().and_then(boundary) else {
            let received = whole(request, &door, BodyLimit::SMALL).await?;
            return Ok(Self { content_type, received });
        };
        refuse_announced(request.headers(), BodyLimit::LARGE.bytes_max)?;
        let found = tokio::time::timeout(door.body_within, message(request, boundary))
            .await
            .map_err(|_elapsed| Problem::too_slow())??;
        let (content_type, bytes) =
            found.ok_or_else(|| Problem::unsupported().with_detail("None of the parts is JSON or XML."))?;
        Ok(Self { content_type, received: Received { bytes, reading: door.clock.read() } })
    }
}

/// What parts the body, where it has parts.
fn boundary(content_type: &str) -> Option<String> {
    if !essence(content_type).starts_with("multipart/") {
        return None;
    }
    let (_, parameters) = content_type.split_once(';')?;
    // Devices call it mixed as well; the parts are the same.
    multer::parse_boundary(format!("multipart/form-data;{parameters}")).ok()
}

/// Reads every part to its end, and keeps the first that is a message.
async fn message(request: Request, boundary: String) -> Result<Option<(Option<String>, Bytes)>, Problem> {
    let large = u64::try_from(BodyLimit::LARGE.bytes_max).unwrap_or(u64::MAX);
    let bounds = Constraints::new().size_limit(SizeLimit::new().whole_stream(large));
    let mut parts = Multipart::with_constraints(request.into_body().into_data_stream(), boundary, bounds);
    let mut found = None;
    for _ in 0..PARTS_MAX {
        match parts.next_field().await {
            Ok(Some(mut part)) => {
                if found.is_none() {
                    found = read(&mut part).await?;
                }
            }
            Ok(None) => return Ok(found),
            // Some devices forget the last boundary: what was found before it is a message all the same.
            Err(multer::Error::IncompleteStream) if found.is_some() => return Ok(found),
            Err(error) => return Err(refusal(&error)),
        }
    }
    Err(Problem::malformed().with_detail("The body has too many parts."))
}

/// The part, unless it is a picture.
async fn read(part: &mut Field<'_>) -> Result<Option<(Option<String>, Bytes)>, Problem> {
    let named = part.headers().get("content-type").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let picture = named.as_deref().map(essence).is_some_and(|named| named.starts_with("image/"));
    let mut bytes = Vec::new();
    while let Some(chunk) = part.chunk().await.map_err(|error| refusal(&error))? {
        bytes.extend_from_slice(&chunk);
        let first = bytes.iter().find(|b| !b.is_ascii_whitespace() && !b"\xef\xbb\xbf".contains(b));
        if picture || first.is_some_and(|first| !b"{[<".contains(first)) {
            return Ok(None);
        }
        if bytes.len() > BodyLimit::SMALL.bytes_max {
            return Err(Problem::too_large(BodyLimit::SMALL.bytes_max));
        }
    }
    Ok((!bytes.is_empty()).then(|| (named, bytes.into())))
}

fn refusal(error: &multer::Error) -> Problem {
    if matches!(error, multer::Error::StreamSizeExceeded { .. }) {
        return Problem::too_large(BodyLimit::LARGE.bytes_max);
    }
    Problem::malformed().with_detail("The parts of the body cannot be told apart.")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use axum::Router;
    use axum::body::Body;
    use axum::response::IntoResponse as _;
    use axum::routing::post;
    use futures_util::stream;
    use tower::ServiceExt as _;

    use super::*;
    use crate::time::{ManualClock, Timestamp};

    const MESSAGE: &str = "--B\r\nContent-Disposition: form-data; name=\"event\"\r\n\
                           Content-Type: application/json; charset=\"UTF-8\"\r\n\r\n{\"id\":\"1\"}\r\n";
    const XML: &str = "--B\r\nContent-Type: application/xml\r\n\r\n<a/>\r\n";
    const UNNAMED: &str = "--B\r\nContent-Disposition: form-data; name=\"e\"\r\n\r\n {\"id\":\"2\"}\r\n";
    const END: &str = "--B--\r\n";

    fn picture(bytes: usize) -> String {
        format!("--B\r\nContent-Type: image/jpeg\r\n\r\n{}\r\n", "{".repeat(bytes))
    }

    async fn told(content_type: &str, body: Body) -> String {
        let clock = ManualClock::new(Timestamp::from_millis(0));
        let door = Door { clock: Arc::new(clock), body_within: Duration::from_millis(500) };
        let tell = |delivery: Delivery| async move {
            let text = String::from_utf8_lossy(&delivery.received.bytes).into_owned();
            format!("{} | {text}", delivery.content_type.unwrap_or_default()).into_response()
        };
        let router = Router::new().route("/", post(tell)).with_state(door);
        let request = Request::post("/").header("content-type", content_type).body(body).unwrap();
        let response = router.oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let bytes = axum::body::to_bytes(response.into_body(), 100_000).await.unwrap();
        if status == 200 { String::from_utf8_lossy(&bytes).into_owned() } else { status.to_string() }
    }

    #[tokio::test]
    async fn the_message_is_kept_and_the_pictures_are_not() {
        let form = "multipart/form-data; boundary=B";
        let json = "application/json; charset=\"UTF-8\" | {\"id\":\"1\"}";
        for (content_type, body, expected) in [
            ("application/json", "{}".to_owned(), "application/json | {}"),
            (form, format!("{MESSAGE}{}{END}", picture(3 << 20)), json),
            (form, format!("{}{MESSAGE}{END}", picture(3 << 20)), json),
            (form, format!("{MESSAGE}{XML}{END}"), json),
            ("multipart/mixed; boundary=B", format!("{XML}{END}"), "application/xml | <a/>"),
            (form, format!("{UNNAMED}{END}"), " |  {\"id\":\"2\"}"),
            (form, format!("{MESSAGE}--B"), json),
            (form, format!("{}{END}", picture(10)), "415"),
            (form, format!("{MESSAGE}{}{END}", picture(9 << 20)), "413"),
            (form, format!("{}{END}", UNNAMED.replace("\"2\"", &"2".repeat(70_000))), "413"),
            (form, format!("{}{END}", picture(1).repeat(40)), "400"),
            (form, "no parts at all".to_owned(), "400"),
            ("multipart/form-data", MESSAGE.to_owned(), "multipart/form-data | "),
            ("application/json", "1".repeat(70_000), "413"),
        ] {
            let told = told(content_type, body.clone().into()).await;
            let told = if expected.ends_with(" | ") {
                told.get(..expected.len()).unwrap_or("").to_owned()
            } else {
                told
            };
            assert_eq!(told, expected, "{:.120}", body);
        }
    }

    #[tokio::test]
    async fn parts_that_arrive_in_small_pieces_are_the_same() {
        let body = format!("{}{MESSAGE}{}{END}", picture(1_000), picture(1_000));
        let pieces: Vec<_> =
            body.as_bytes().chunks(7).map(|piece| Ok::<_, std::io::Error>(piece.to_vec())).collect();
        let told = told("multipart/form-data; boundary=B", Body::from_stream(stream::iter(pieces))).await;
        assert!(told.ends_with("| {\"id\":\"1\"}"), "{told}");
    }

    #[tokio::test]
    async fn parts_that_never_end_are_answered_408() {
        use futures_util::StreamExt as _;
        let begin = stream::iter([Ok::<_, std::io::Error>(MESSAGE)]).chain(stream::pending());
        assert_eq!(told("multipart/form-data; boundary=B", Body::from_stream(begin)).await, "408");
    }
}
