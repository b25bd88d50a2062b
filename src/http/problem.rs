//! What an answer that is not a yes looks like: RFC 9457 `application/problem+json`.

use std::borrow::Cow;
use std::time::Duration;

use axum::http::header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// A name in a pointer is cut here: it may be the sender's.
const NAME_CHARS_MAX: usize = 64;

/// One mistake in a body: where it is, and what was expected there. Never what was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// A JSON pointer (RFC 6901); empty for the body as a whole.
    pub pointer: String,
    /// What was expected.
    pub detail: Cow<'static, str>,
}

impl FieldError {
    /// A mistake at this pointer.
    pub fn new(pointer: impl Into<String>, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { pointer: pointer.into(), detail: detail.into() }
    }

    /// The pointer to the member of this name below another pointer.
    #[must_use]
    pub fn below(pointer: &str, name: &str) -> String {
        let mut below = format!("{pointer}/");
        for c in name.chars().take(NAME_CHARS_MAX) {
            match c {
                '~' => below.push_str("~0"),
                '/' => below.push_str("~1"),
                c if c.is_control() => below.push('?'),
                c => below.push(c),
            }
        }
        below
    }
}

/// A refusal as the caller sees it: a status, a code to branch on, a sentence to read.
///
/// Nothing in it repeats what was sent, and nothing in it is worth hiding: it may be logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The status of the answer.
    pub status: StatusCode,
    /// What programs branch on; it does not change between versions.
    pub code: &'static str,
    /// What went wrong, the same for every problem of this code.
    pub title: &'static str,
    /// What can be done about it this time.
    pub detail: Option<Cow<'static, str>>,
    /// Every mistake in the body.
    pub errors: Vec<FieldError>,
    /// When asking again makes sense; sent in whole seconds, rounded up.
    pub retry_after: Option<Duration>,
}

impl Problem {
    /// A problem with a status, a code and a title.
    #[must_use]
    pub const fn new(status: StatusCode, code: &'static str, title: &'static str) -> Self {
        Self { status, code, title, detail: None, errors: Vec::new(), retry_after: None }
    }

    /// 400: the body cannot be read at all.
    #[must_use]
    pub const fn malformed() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed", "The body cannot be read.")
    }

    /// 401: no credential, or not a good one. Which of the two is not told.
    #[must_use]
    pub const fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "A valid credential is needed.")
    }

    /// 403: a good credential that does not give this right.
    #[must_use]
    pub const fn forbidden() -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "This credential does not give the right to do this.")
    }

    /// 404: nothing is there.
    #[must_use]
    pub const fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "There is nothing here.")
    }

    /// 405: the method is not one of this route's.
    #[must_use]
    pub const fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "This route does not take this method.",
        )
    }

    /// 408: the body did not arrive in time.
    #[must_use]
    pub const fn too_slow() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "too_slow", "The body did not arrive in time.")
    }

    /// 409: the state refuses, for the reason that the code names.
    #[must_use]
    pub const fn conflict(code: &'static str, title: &'static str) -> Self {
        Self::new(StatusCode::CONFLICT, code, title)
    }

    /// 413: the body is larger than this route takes.
    #[must_use]
    pub fn too_large(bytes_max: usize) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "The body is too large.")
            .with_detail(format!("This route takes up to {bytes_max} bytes."))
    }

    /// 415: the body is of a type this route does not take.
    #[must_use]
    pub const fn unsupported() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_type",
            "The type of the body is not taken here.",
        )
    }

    /// 422: the body can be read, and these things in it are wrong.
    #[must_use]
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        Self {
            errors,
            ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "Something in the body is wrong.")
        }
    }

    /// 429: too many requests from this caller.
    #[must_use]
    pub const fn too_many(retry_after: Duration) -> Self {
        let mut problem = Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many",
            "There were too many requests in a short time.",
        );
        problem.retry_after = Some(retry_after);
        problem
    }

    /// 503: not for a while, for the reason that the code names.
    #[must_use]
    pub const fn unavailable(code: &'static str, title: &'static str, retry_after: Duration) -> Self {
        let mut problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, code, title);
        problem.retry_after = Some(retry_after);
        problem
    }

    /// 500: a fault of our own.
    #[must_use]
    pub const fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong here.")
    }

    /// The same problem with a sentence on what can be done about it.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.detail = Some(detail.into());
        self
    }
}

/// The body of the answer, members in the order of RFC 9457.
#[derive(Serialize)]
struct Body<'a> {
    title: &'a str,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    code: &'a str,
    #[serde(skip_serializing_if = "<[FieldError]>::is_empty")]
    errors: &'a [FieldError],
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = Body {
            title: self.title,
            status: self.status.as_u16(),
            detail: self.detail.as_deref(),
            code: self.code,
            errors: &self.errors,
        };
        // Texts and a number: there is nothing in it that cannot be written as JSON.
        let body = serde_json::to_vec(&body).unwrap_or_default();
        let mut response = (self.status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(wait) = self.retry_after {
            let seconds = wait.as_millis().div_ceil(1000).clamp(1, 86_400);
            headers.insert(
                RETRY_AFTER,
                u64::try_from(seconds).map_or(HeaderValue::from_static("86400"), Into::into),
            );
        }
        match self.status {
            StatusCode::UNAUTHORIZED => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            // What is left of the body is not waited for.
            StatusCode::REQUEST_TIMEOUT | StatusCode::PAYLOAD_TOO_LARGE => {
                headers.insert(CONNECTION, HeaderValue::from_static("close"));
            }
            _ => {}
        }
        // Where a person stands before the answer it is told as a page.
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(problem: Problem, expected: &str) {
        let response = problem.into_response();
        let mut told = response.status().as_u16().to_string();
        for name in ["content-type", "retry-after", "www-authenticate", "connection"] {
            if let Some(value) = response.headers().get(name) {
                told.push_str(&format!(" | {name}: {}", value.to_str().unwrap()));
            }
        }
        let body = futures_util::FutureExt::now_or_never(axum::body::to_bytes(response.into_body(), 10_000));
        told.push_str(&format!(" | {}", String::from_utf8_lossy(&body.unwrap().unwrap())));
        assert_eq!(told, expected);
    }

    #[test]
    fn a_problem_is_written_as_rfc_9457_says() {
        check(
            Problem::invalid(vec![FieldError::new("/temperature_c", "expected a number")]),
            "422 | content-type: application/problem+json | {\"title\":\"Something in the body is wrong.\",\
             \"status\":422,\"code\":\"invalid\",\
             \"errors\":[{\"pointer\":\"/temperature_c\",\"detail\":\"expected a number\"}]}",
        );
        check(
            Problem::too_many(Duration::from_millis(2_001)),
            "429 | content-type: application/problem+json | retry-after: 3 | \
             {\"title\":\"There were too many requests in a short time.\",\"status\":429,\"code\":\"too_many\"}",
        );
        check(
            Problem::unauthorized(),
            "401 | content-type: application/problem+json | www-authenticate: Bearer | \
             {\"title\":\"A valid credential is needed.\",\"status\":401,\"code\":\"unauthorized\"}",
        );
        check(
            Problem::too_large(65_536),
            "413 | content-type: application/problem+json | connection: close | {\"title\":\"The body is too large.\",\
             \"status\":413,\"detail\":\"This route takes up to 65536 bytes.\",\"code\":\"too_large\"}",
        );
    }

    #[test]
    fn asking_again_at_once_is_never_proposed() {
        let response = Problem::unavailable("holding", "Wait.", Duration::ZERO).into_response();
        assert_eq!(response.headers()["retry-after"], "1");
    }
}
