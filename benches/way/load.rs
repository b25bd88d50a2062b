//! The client: connections that are kept, one request at a time on each, as little work as can be.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::ground::Daemon;
use super::provider::{Provider, find};
use super::site::{SOURCES, UNITS};

/// No two events of a run are the same.
static NEXT: AtomicU64 = AtomicU64::new(1);
/// No message takes this long; one that has not come is lost.
const LOST_AFTER: Duration = Duration::from_secs(5);

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The heartbeat of a device: touches nothing.
    Nothing,
    /// An event that opens no case.
    Reading,
    /// An event that opens a case.
    Fever,
    /// An event that opens a suspected case, of which its unit's leader is told at once.
    Suspected,
}

/// What one slice of time saw.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slice {
    pub(crate) answers: u64,
    pub(crate) took: Duration,
    /// Processor time of the daemon.
    pub(crate) worked: Duration,
}

impl Slice {
    pub(crate) fn per_second(&self) -> f64 {
        self.answers as f64 / self.took.as_secs_f64()
    }
}

/// One event on its way: sent, accepted, at the provider.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Way {
    pub(crate) sent: Instant,
    pub(crate) accepted: Instant,
    pub(crate) came: Instant,
}

/// The tokens of a source that sends events, and of a device.
pub(crate) fn tokens(source: usize) -> (String, String) {
    (format!("benchmark-events-{source}"), format!("benchmark-device-{source}"))
}

/// Open connections.
pub(crate) struct Lines(Vec<Line>);

struct Line {
    stream: TcpStream,
    read: Vec<u8>,
    tokens: (String, String),
}

impl Lines {
    pub(crate) async fn open(port: u16, count: usize) -> Self {
        let mut lines = Vec::with_capacity(count);
        for number in 0..count {
            let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            stream.set_nodelay(true).unwrap();
            let read = Vec::with_capacity(4 << 10);
            lines.push(Line { stream, read, tokens: tokens(number % SOURCES) });
        }
        Self(lines)
    }

    /// Whether a daemon says that it is ready; one that listens and does not answer yet is waited for.
    pub(crate) async fn ready(port: u16) -> bool {
        let Ok(stream) = TcpStream::connect(("127.0.0.1", port)).await else { return false };
        let mut line = Line { stream, read: Vec::new(), tokens: tokens(0) };
        let request = format!("GET /readyz HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\n\r\n");
        line.ask(request.as_bytes()).await == Some(200)
    }

    /// One request on the first connection; its status.
    pub(crate) async fn post(&mut self, path: &str, token: &str, body: &str) -> u16 {
        let request = request(path, token, body);
        self.0[0].ask(request.as_bytes()).await.unwrap()
    }

    /// All connections for some time.
    pub(crate) async fn rate(&mut self, daemon: &Daemon, kind: Kind, slice: Duration) -> Slice {
        let (began, worked) = (Instant::now(), daemon.worked());
        let until = began + slice;
        let answers = join_all(self.0.iter_mut().map(|line| async move {
            let mut answers = 0;
            while Instant::now() < until {
                line.event(kind).await;
                answers += 1;
            }
            answers
        }));
        let answers = answers.await.into_iter().sum();
        Slice { answers, took: began.elapsed(), worked: daemon.worked().saturating_sub(worked) }
    }

    /// All connections until so many are answered.
    pub(crate) async fn count(&mut self, kind: Kind, count: u32) {
        let left = AtomicU64::new(u64::from(count));
        let take =
            || left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok();
        join_all(self.0.iter_mut().map(|line| async {
            while take() {
                line.event(kind).await;
            }
        }))
        .await;
    }

    /// Suspected cases one by one, each followed to the provider.
    pub(crate) async fn light(&mut self, provider: &Provider, count: usize, every: Duration) -> Vec<Way> {
        let mut ways = Vec::with_capacity(count);
        let mut ticks = tokio::time::interval(every);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        for _ in 0..count {
            ticks.tick().await;
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let unit = usize::try_from(number).unwrap() % UNITS;
            provider.forget(unit);
            let text = self.0[0].text(Kind::Suspected, number);
            let sent = Instant::now();
            let status = self.0[0].ask(text.as_bytes()).await;
            let accepted = Instant::now();
            assert_eq!(status, Some(202));
            let came = tokio::time::timeout(LOST_AFTER, provider.came(unit)).await.unwrap();
            ways.push(Way { sent, accepted, came });
        }
        ways
    }
}

impl Line {
    /// Sends one; anything but the answer that belongs to it ends the run.
    async fn event(&mut self, kind: Kind) {
        let text = self.text(kind, NEXT.fetch_add(1, Ordering::Relaxed));
        let expected = if kind == Kind::Nothing { 200 } else { 202 };
        let status = self.ask(text.as_bytes()).await;
        assert_eq!(status, Some(expected), "{}", String::from_utf8_lossy(&self.read));
    }

    fn text(&self, kind: Kind, number: u64) -> String {
        let unit = number % UNITS as u64;
        let (token, temperature, exposure) = match kind {
            Kind::Nothing => {
                // As long as an event.
                let body = format!(
                    r#"{{"ipAddress":"192.0.2.17","portNo":80,"dateTime":"2026-11-23T08:00:00+08:00","macAddress":"{number:010}","eventType":"heartBeat","eventState":"active","note":"lobby"}}"#
                );
                return request("/v1/events", &self.tokens.1, &body);
            }
            Kind::Reading => (&self.tokens.0, "36.4", false),
            Kind::Fever => (&self.tokens.0, "38.4", false),
            Kind::Suspected => (&self.tokens.0, "38.4", true),
        };
        let body = format!(
            r#"{{"id":"R{number:010}","unit":"u{unit:02}","temperature_c":{temperature},"exposure":{exposure},"person":{{"ref":"E{number:010}","name":"王小明"}},"place":"lobby of house 3"}}"#
        );
        request("/v1/events", token, &body)
    }

    /// Sends a request and reads its answer whole.
    async fn ask(&mut self, request: &[u8]) -> Option<u16> {
        self.stream.write_all(request).await.ok()?;
        self.read.clear();
        loop {
            if self.stream.read_buf(&mut self.read).await.ok()? == 0 {
                return None;
            }
            let Some(end) = find(&self.read, b"\r\n\r\n") else { continue };
            let head = std::str::from_utf8(&self.read[..end]).unwrap();
            let length = head.split_once("content-length: ").unwrap().1;
            let length: usize = length.lines().next().unwrap().parse().unwrap();
            if self.read.len() >= end + 4 + length {
                return head.get(9..12)?.parse().ok();
            }
        }
    }
}

fn request(path: &str, token: &str, body: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}
