//! Webhook: one JSON request to a provider, and what its answer means.

use std::convert::Infallible;
use std::error::Error as _;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::{Bytes, Frame, SizeHint};
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};

use super::answer::{Answer, Rules, retry_after};
use super::body::{Body, NoBody};
use super::settings::{SettingsError, check_timeout, may_go_in_the_clear, read_ca};
use super::slot::{Connections, Slot};
use super::{DeliveryError, FailureReason, Message, Outcome, WebhookSettings};

/// The most of an answer that is read: a verdict and an id, never a page.
const ANSWER_MAX: usize = 64 * 1024;

/// How long an unused connection is kept: less than servers commonly do, so that ours closes first and no message is
/// written into a connection that is being closed.
const IDLE: Duration = Duration::from_secs(15);

/// Headers that are ours or HTTP's own.
const RESERVED: [&str; 6] =
    ["idempotency-key", "host", "content-length", "transfer-encoding", "connection", "expect"];

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// A provider that takes JSON over HTTP.
#[derive(Debug)]
pub struct Webhook {
    client: reqwest::Client,
    url: reqwest::Url,
    headers: HeaderMap,
    body: Body,
    rules: Rules,
    timeout: Duration,
    connections: Connections,
}

impl Webhook {
    /// Builds the channel; templates and expressions are compiled and proved here.
    ///
    /// # Errors
    /// Where a setting cannot be used; the error names it.
    pub fn new(settings: &WebhookSettings) -> Result<Self, SettingsError> {
        check_timeout(settings.timeout)?;
        let url = url(settings)?;
        Ok(Self {
            client: client(settings, url.scheme() == "https")?,
            url,
            headers: headers(settings)?,
            body: Body::compile(&settings.body)?,
            rules: Rules::compile(settings)?,
            timeout: settings.timeout,
            connections: Connections::new(settings.connections_max)?,
        })
    }

    pub(super) const fn attempt_max(&self) -> Duration {
        self.timeout
    }

    pub(super) const fn connections(&self) -> &Connections {
        &self.connections
    }

    pub(super) async fn deliver(&self, message: &Message, slot: Option<Slot>) -> Outcome {
        let body = match self.body.render(message) {
            Ok(body) => body,
            Err(NoBody::NoAddress) => {
                return Outcome::Failed(DeliveryError::Permanent { reason: FailureReason::NoSuchAddress });
            }
            Err(NoBody::Failed) => {
                return Outcome::Failed(DeliveryError::Permanent { reason: FailureReason::Unwritable });
            }
        };
        let progress = Progress::default();
        match tokio::time::timeout(self.timeout, self.attempt(message, (body, slot), &progress)).await {
            Ok(outcome) => outcome,
            Err(_elapsed) => Outcome::Failed(progress.failed_by(if progress.connecting() {
                FailureReason::Timeout
            } else {
                FailureReason::Busy
            })),
        }
    }

    async fn attempt(
        &self,
        message: &Message,
        (body, slot): (String, Option<Slot>),
        progress: &Progress,
    ) -> Outcome {
        let Some(_slot) = self.connections.take(slot).await else {
            return Outcome::Failed(progress.failed_by(FailureReason::Busy));
        };
        progress.started.store(true, Ordering::Relaxed);
        let Ok(key) = HeaderValue::from_str(&message.key) else {
            return Outcome::Failed(DeliveryError::Permanent { reason: FailureReason::Unwritable });
        };
        let request = self
            .client
            .post(self.url.clone())
            .headers(self.headers.clone())
            .header(IDEMPOTENCY_KEY, key)
            .body(reqwest::Body::wrap(Watched {
                bytes: Some(Bytes::from(body)),
                left: Arc::clone(&progress.left),
            }));
        match request.send().await {
            Ok(response) => self.rules.judge(&read(response).await),
            Err(error) => Outcome::Failed(progress.failed_by(why(&error))),
        }
    }
}

/// How far an attempt came, seen from outside it, because a time-out drops it where it stands.
#[derive(Debug, Default)]
struct Progress {
    /// A connection was free.
    started: AtomicBool,
    /// The connection asked for the message: from here on the provider may have it.
    left: Arc<AtomicBool>,
}

impl Progress {
    fn connecting(&self) -> bool {
        self.started.load(Ordering::Relaxed)
    }

    fn failed_by(&self, reason: FailureReason) -> DeliveryError {
        if self.left.load(Ordering::Acquire) {
            DeliveryError::Unknown { reason }
        } else {
            DeliveryError::Transient { reason, retry_after: None }
        }
    }
}

/// A request's body that remembers whether the connection took it.
#[derive(Debug)]
struct Watched {
    bytes: Option<Bytes>,
    left: Arc<AtomicBool>,
}

impl hyper::body::Body for Watched {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.left.store(true, Ordering::Release);
        Poll::Ready(self.bytes.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(
            self.bytes.as_ref().map_or(0, |bytes| u64::try_from(bytes.len()).unwrap_or(u64::MAX)),
        )
    }
}

/// Reads an answer, at most [`ANSWER_MAX`] of it; what is too long, cut off or not JSON has no body.
async fn read(mut response: reqwest::Response) -> Answer {
    let status = response.status().as_u16();
    let header = |name| response.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let retry_after = retry_after(header(RETRY_AFTER), header(DATE));
    let mut bytes = Vec::new();
    let whole = loop {
        match response.chunk().await {
            Ok(Some(chunk)) if bytes.len() + chunk.len() <= ANSWER_MAX => bytes.extend_from_slice(&chunk),
            Ok(None) => break true,
            Ok(Some(_)) | Err(_) => break false,
        }
    };
    let body = if whole { serde_json::from_slice(&bytes).ok() } else { None };
    Answer { status, body, retry_after }
}

/// Which failure it was; the error itself is dropped, for it shows the URL.
fn why(error: &reqwest::Error) -> FailureReason {
    if error.is_dns() {
        return FailureReason::Dns;
    }
    if is_tls(error.source()) {
        return FailureReason::Tls;
    }
    if error.is_timeout() {
        return FailureReason::Timeout;
    }
    if error.is_builder() {
        return FailureReason::Unwritable;
    }
    if error.is_decode() || is_parse(error.source()) {
        return FailureReason::BadAnswer;
    }
    FailureReason::Connect
}

fn is_parse(mut source: Option<&(dyn std::error::Error + 'static)>) -> bool {
    while let Some(error) = source {
        if error.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse) {
            return true;
        }
        source = error.source();
    }
    false
}

/// Whether rustls stands behind an error; an I/O error hides what it was made of from `source`.
pub(super) fn is_tls(mut source: Option<&(dyn std::error::Error + 'static)>) -> bool {
    while let Some(error) = source {
        if error.is::<rustls::Error>() {
            return true;
        }
        if let Some(inner) = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
            let inner: &(dyn std::error::Error + 'static) = inner;
            if inner.is::<rustls::Error>() || is_tls(Some(inner)) {
                return true;
            }
        }
        source = error.source();
    }
    false
}

fn url(settings: &WebhookSettings) -> Result<reqwest::Url, SettingsError> {
    let bad = |problem: &str| SettingsError::new("url", problem);
    let url = reqwest::Url::parse(settings.url.expose())
        .map_err(|_cause| bad("expected an address such as https://host/path"))?;
    let host = url.host_str().ok_or_else(|| bad("there is no host in it"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad("a password in an address gets into logs: put it into headers, as Authorization"));
    }
    match url.scheme() {
        "https" => {}
        "http" if may_go_in_the_clear(host, settings.plain_text_allowed.as_deref()) => {}
        "http" => {
            return Err(bad(
                "http:// sends messages in the clear: use https://, or say why it is safe in plain_text_allowed",
            ));
        }
        _ => return Err(bad("expected https:// (or http:// to this machine)")),
    }
    Ok(url)
}

fn headers(settings: &WebhookSettings) -> Result<HeaderMap, SettingsError> {
    let bad = |name: &str, problem: &str| SettingsError::new("headers", format!("{name}: {problem}"));
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    for (name, value) in &settings.headers {
        let header =
            HeaderName::from_bytes(name.as_bytes()).map_err(|_cause| bad(name, "not a header's name"))?;
        if RESERVED.contains(&header.as_str()) {
            return Err(bad(name, "this header is set by watchfire itself"));
        }
        let mut value = HeaderValue::from_str(value.expose())
            .map_err(|_cause| bad(name, "its value has characters that a header cannot carry"))?;
        value.set_sensitive(true);
        headers.insert(header, value);
    }
    Ok(headers)
}

fn client(settings: &WebhookSettings, encrypted: bool) -> Result<reqwest::Client, SettingsError> {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Whoever is second finds the same provider already there.
        drop(rustls::crypto::ring::default_provider().install_default());
    }
    let mut builder = reqwest::Client::builder()
        .user_agent("watchfire")
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .http1_only()
        .connect_timeout(settings.timeout)
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(settings.connections_max);
    if let Some(path) = &settings.ca {
        let bad = || SettingsError::new("ca", format!("{} holds no certificates (PEM)", path.display()));
        let roots = reqwest::Certificate::from_pem_bundle(&read_ca(path)?).map_err(|_cause| bad())?;
        if roots.is_empty() {
            return Err(bad());
        }
        builder = builder.tls_certs_only(roots);
    } else if !encrypted {
        // Without this a machine that has no certificates could not even talk to itself.
        builder = builder.tls_certs_only([]);
    }
    builder.build().map_err(|_cause| {
        SettingsError::new("ca", "no certificates to trust: install ca-certificates, or name a file")
    })
}
