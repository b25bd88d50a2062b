//! A stand-in for the providers: keeps every request, and answers each as it is told to.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// What the stand-in heard: the route and the body.
pub(crate) type Heard = Arc<Mutex<Vec<(String, Value)>>>;

/// What it does with a request that it has read whole.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// A status with further header lines, each ended, and a body.
    Say(&'static str, String, String),
    /// Accepts it once the gate has let it through.
    Gate(Arc<Semaphore>),
    /// Says nothing.
    Hang,
    /// Resets the connection.
    Reset,
    /// Says 200 and goes on without an end.
    Endless,
}

impl Answer {
    /// A status with a body.
    pub(crate) fn say(status: &'static str, body: &str) -> Self {
        Self::Say(status, String::new(), body.to_owned())
    }
}

type Script = Arc<Mutex<BTreeMap<String, VecDeque<Answer>>>>;

/// A provider that accepts everything, unless it is told otherwise.
pub(crate) struct Provider {
    pub(crate) heard: Heard,
    pub(crate) port: u16,
    /// The `Idempotency-Key` of each request, in the order of `heard`.
    headers: Arc<Mutex<Vec<Option<String>>>>,
    script: Script,
    slowest_ms: Arc<AtomicU64>,
}

impl Provider {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let provider = Self {
            heard: Heard::default(),
            port,
            headers: Arc::default(),
            script: Script::default(),
            slowest_ms: Arc::default(),
        };
        let (heard, headers) = (Arc::clone(&provider.heard), Arc::clone(&provider.headers));
        let (script, slowest_ms) = (Arc::clone(&provider.script), Arc::clone(&provider.slowest_ms));
        let mut tasks = tokio::task::JoinSet::new();
        tasks.spawn(async move {
            let mut open = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let part = Part {
                    heard: Arc::clone(&heard),
                    headers: Arc::clone(&headers),
                    script: Arc::clone(&script),
                    slowest_ms: Arc::clone(&slowest_ms),
                };
                open.spawn(part.play(stream));
                while open.try_join_next().is_some() {}
            }
        });
        tasks.detach_all();
        provider
    }

    /// What it does with the next request on a route that nothing else is said for.
    pub(crate) fn will(&self, route: &str, answer: Answer) {
        self.script.lock().unwrap().entry(route.to_owned()).or_default().push_back(answer);
    }

    /// From here on it takes its time: this long at most, one message more and another less.
    pub(crate) fn take_up_to(&self, slowest_ms: u64) {
        self.slowest_ms.store(slowest_ms, Ordering::Relaxed);
    }

    /// Keys that went out by a route, in order.
    pub(crate) fn keys(&self, kind: &str) -> Vec<String> {
        let heard = self.heard.lock().unwrap();
        let of_kind = heard.iter().filter(|(route, _)| route == kind);
        of_kind.map(|(_, body)| body["key"].as_str().unwrap().to_owned()).collect()
    }

    /// The bodies that went out by a route, in order.
    pub(crate) fn bodies(&self, kind: &str) -> Vec<Value> {
        let heard = self.heard.lock().unwrap();
        heard.iter().filter(|(route, _)| route == kind).map(|(_, body)| body.clone()).collect()
    }

    /// Whether each request named the key of its body in its header too.
    pub(crate) fn every_header_is_the_key(&self) -> bool {
        let (heard, headers) = (self.heard.lock().unwrap(), self.headers.lock().unwrap());
        heard.iter().zip(headers.iter()).all(|((_, body), header)| body["key"].as_str() == header.as_deref())
    }
}

struct Part {
    heard: Heard,
    headers: Arc<Mutex<Vec<Option<String>>>>,
    script: Script,
    slowest_ms: Arc<AtomicU64>,
}

impl Part {
    async fn play(self, mut stream: TcpStream) {
        let mut read = Vec::new();
        while let Some((head, body)) = request(&mut stream, &mut read).await {
            let route = head.split(' ').nth(1).unwrap_or_default().trim_start_matches('/').to_owned();
            let key = head.lines().find_map(|line| line.strip_prefix("idempotency-key: "));
            {
                // In one order in both.
                let mut heard = self.heard.lock().unwrap();
                self.headers.lock().unwrap().push(key.map(str::to_owned));
                heard.push((route.clone(), serde_json::from_slice(&body).unwrap_or(Value::Null)));
            }
            let slowest_ms = self.slowest_ms.load(Ordering::Relaxed);
            let slow_ms =
                key.into_iter().flat_map(str::bytes).map(u64::from).sum::<u64>() * 31 % (slowest_ms + 1);
            if slow_ms > 0 {
                tokio::time::sleep(Duration::from_millis(slow_ms)).await;
            }
            let next = self.script.lock().unwrap().get_mut(&route).and_then(VecDeque::pop_front);
            let said = match next.unwrap_or_else(|| Answer::say("200 OK", "{\"code\": 0}")) {
                Answer::Say(status, headers, body) => text(status, &headers, &body),
                Answer::Gate(gate) => {
                    gate.acquire().await.unwrap().forget();
                    text("200 OK", "", "{\"code\": 0}")
                }
                Answer::Hang => {
                    drop(stream.read(&mut [0]).await);
                    return;
                }
                Answer::Reset => {
                    stream.set_zero_linger().unwrap();
                    return;
                }
                Answer::Endless => {
                    let mut said = Ok(());
                    let head =
                        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{\"code\": 0, \"more\": \"";
                    let mut next = head.to_owned();
                    while said.is_ok() {
                        said = stream.write_all(next.as_bytes()).await;
                        next = "x".repeat(8192);
                    }
                    return;
                }
            };
            if stream.write_all(said.as_bytes()).await.is_err() {
                return;
            }
        }
    }
}

fn text(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n{body}", body.len())
}

/// Reads one request whole: its head, and its body.
async fn request(stream: &mut TcpStream, read: &mut Vec<u8>) -> Option<(String, Vec<u8>)> {
    loop {
        if let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(read.get(..end)?).into_owned();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let whole = end + 4 + length.map_or(Some(0), |length| length.parse::<usize>().ok())?;
            if read.len() >= whole {
                let rest = read.split_off(whole);
                let body = std::mem::replace(read, rest).split_off(end + 4);
                return Some((head, body));
            }
        }
        if stream.read_buf(read).await.ok()? == 0 {
            return None;
        }
    }
}
