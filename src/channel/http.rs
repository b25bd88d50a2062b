//! HTTP to a provider: one request, as it is, within its time; and whether it may have arrived where it failed.

use std::convert::Infallible;
use std::error::Error as _;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::{Bytes, Frame, SizeHint};
use reqwest::header::{DATE, HeaderMap, HeaderValue, RETRY_AFTER};

use super::answer::{Answer, retry_after};
use super::settings::{SettingsError, check_timeout, may_go_in_the_clear, read_ca};
use super::slot::{Connections, Slot};
use super::{DeliveryError, FailureReason, Secret};
use crate::time::Timestamp;

/// The most of an answer that is read: a verdict and an id, never a page.
const ANSWER_MAX: usize = 64 * 1024;

/// How long an unused connection is kept: less than servers commonly do, so that ours closes first and no message is
/// written into a connection that is being closed.
const IDLE: Duration = Duration::from_secs(15);

/// Where a provider's clock and ours are said to differ: less is the way and the rounding of its `Date`.
const SKEW_MIN_MS: i64 = 60_000;

/// What HTTP to a provider is built from.
#[derive(Debug, Clone, Copy)]
pub(super) struct TransportSettings<'s> {
    pub(super) timeout: Duration,
    pub(super) ca: Option<&'s Path>,
    pub(super) connections_max: usize,
}

/// A request, whole: nothing is left but to send it. It is posted.
pub(super) struct Ask {
    pub(super) url: reqwest::Url,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

impl Ask {
    /// A request to an address that was proved when the channel was built, with a query that is written already.
    pub(super) fn json(url: reqwest::Url, body: &serde_json::Value) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(reqwest::header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Self { url, headers, body: body.to_string() }
    }
}

/// The connections to one provider.
#[derive(Debug)]
pub(super) struct Transport {
    client: reqwest::Client,
    timeout: Duration,
    connections: Connections,
    /// Whether an answer is believed to be the provider's: it came encrypted, or from this machine.
    trusted: bool,
    /// By how much the provider's clock is ahead of ours, where that is more than a minute; it is used to sign, and for
    /// nothing else.
    offset_ms: AtomicI64,
}

impl Transport {
    pub(super) fn new(settings: TransportSettings<'_>, url: &reqwest::Url) -> Result<Self, SettingsError> {
        check_timeout(settings.timeout)?;
        let encrypted = url.scheme() == "https";
        let here = url.host_str().is_some_and(|host| may_go_in_the_clear(host, None));
        Ok(Self {
            client: client(settings, encrypted)?,
            timeout: settings.timeout,
            connections: Connections::new(settings.connections_max)?,
            trusted: encrypted || here,
            offset_ms: AtomicI64::new(0),
        })
    }

    pub(super) const fn timeout(&self) -> Duration {
        self.timeout
    }

    pub(super) const fn connections(&self) -> &Connections {
        &self.connections
    }

    /// An instant of our clock as the provider's clock shows it.
    pub(super) fn theirs(&self, at: Timestamp) -> Timestamp {
        Timestamp::from_millis(at.as_millis().saturating_add(self.offset_ms.load(Ordering::Relaxed)))
    }

    /// A connection for one attempt; `None` where none is to be had.
    pub(super) async fn connection(&self, slot: Option<Slot>, progress: &Progress) -> Option<Slot> {
        let slot = self.connections.take(slot).await?;
        progress.started.store(true, Ordering::Relaxed);
        Some(slot)
    }

    /// Sends a request at an instant, and reads what is answered.
    pub(super) async fn send(
        &self,
        ask: Ask,
        at: Timestamp,
        progress: &Progress,
    ) -> Result<Answer, DeliveryError> {
        // A body of nothing is never asked for: from its first byte on the provider may have such a request.
        let empty = ask.body.is_empty();
        progress.left.store(empty, Ordering::Release);
        let body = Watched { bytes: Some(Bytes::from(ask.body)), left: Arc::clone(&progress.left) };
        let request = self.client.post(ask.url).headers(ask.headers).body(reqwest::Body::wrap(body));
        match request.send().await {
            Ok(response) => {
                let answer = read(response).await;
                self.learn(answer.date, at);
                Ok(answer)
            }
            Err(error) => {
                let reason = why(&error);
                if empty && (error.is_connect() || matches!(reason, FailureReason::Dns | FailureReason::Tls))
                {
                    progress.left.store(false, Ordering::Release);
                }
                Err(progress.failed_by(reason))
            }
        }
    }

    /// Learns from an answer's `Date` how far the provider's clock is from ours.
    fn learn(&self, date: Option<Timestamp>, at: Timestamp) {
        let Some(date) = date.filter(|_| self.trusted) else { return };
        let ahead = date.as_millis().saturating_sub(at.as_millis());
        self.offset_ms.store(if ahead.abs() > SKEW_MIN_MS { ahead } else { 0 }, Ordering::Relaxed);
    }
}

/// How far an attempt came, seen from outside it, because a time-out drops it where it stands.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// A connection was free.
    started: AtomicBool,
    /// The connection asked for the message: from here on the provider may have it.
    left: Arc<AtomicBool>,
}

impl Progress {
    /// What an attempt comes to that ran out of time.
    pub(super) fn ran_out(&self) -> DeliveryError {
        let started = self.started.load(Ordering::Relaxed);
        self.failed_by(if started { FailureReason::Timeout } else { FailureReason::Busy })
    }

    pub(super) fn failed_by(&self, reason: FailureReason) -> DeliveryError {
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
    let date = header(DATE).and_then(|date| {
        let parsed = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(date.trim()).ok()?;
        Some(Timestamp::from_millis(parsed.as_millisecond()))
    });
    let mut bytes = Vec::new();
    let whole = loop {
        match response.chunk().await {
            Ok(Some(chunk)) if bytes.len() + chunk.len() <= ANSWER_MAX => bytes.extend_from_slice(&chunk),
            Ok(None) => break true,
            Ok(Some(_)) | Err(_) => break false,
        }
    };
    let body = if whole { serde_json::from_slice(&bytes).ok() } else { None };
    Answer { status, body, retry_after, date }
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

/// An address that messages may go to.
pub(super) fn url(address: &Secret, plain_text_allowed: Option<&str>) -> Result<reqwest::Url, SettingsError> {
    let bad = |problem: &str| SettingsError::new("url", problem);
    let url = reqwest::Url::parse(address.expose())
        .map_err(|_cause| bad("expected an address such as https://host/path"))?;
    let host = url.host_str().ok_or_else(|| bad("there is no host in it"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad("a password in an address gets into logs: put it into headers, as Authorization"));
    }
    match url.scheme() {
        "https" => {}
        "http" if may_go_in_the_clear(host, plain_text_allowed) => {}
        "http" => {
            return Err(bad(
                "http:// sends messages in the clear: use https://, or say why it is safe in plain_text_allowed",
            ));
        }
        _ => return Err(bad("expected https:// (or http:// to this machine)")),
    }
    Ok(url)
}

fn client(settings: TransportSettings<'_>, encrypted: bool) -> Result<reqwest::Client, SettingsError> {
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
        .connect_timeout(settings.timeout / 2)
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(settings.connections_max);
    if let Some(path) = settings.ca {
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
