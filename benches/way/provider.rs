//! A stand-in for the providers: accepts every message, and remembers when its first byte came.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::site::UNITS;

const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n{\"code\":0}";
/// The leaders' numbers are this and two digits.
const LEADER: &[u8] = b"+86138000000";

#[derive(Debug)]
struct Heard {
    /// When the last message to the leader of each unit came.
    last: Mutex<[Option<Instant>; UNITS]>,
    more: Notify,
}

/// The stand-in.
pub(crate) struct Provider {
    pub(crate) port: u16,
    heard: Arc<Heard>,
    _listening: JoinSet<()>,
}

impl Provider {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Heard { last: Mutex::new([None; UNITS]), more: Notify::new() });
        let mut listening = JoinSet::new();
        let told = Arc::clone(&heard);
        listening.spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                stream.set_nodelay(true).unwrap();
                open.spawn(answer(stream, Arc::clone(&told)));
                while open.try_join_next().is_some() {}
            }
        });
        Self { port, heard, _listening: listening }
    }

    /// Forgets what came for a unit.
    pub(crate) fn forget(&self, unit: usize) {
        self.heard.last.lock().unwrap()[unit] = None;
    }

    /// When the message to a unit's leader came.
    pub(crate) async fn came(&self, unit: usize) -> Instant {
        loop {
            let more = self.heard.more.notified();
            if let Some(at) = self.heard.last.lock().unwrap()[unit] {
                return at;
            }
            more.await;
        }
    }
}

async fn answer(mut stream: TcpStream, heard: Arc<Heard>) {
    let mut read = Vec::with_capacity(16 << 10);
    loop {
        read.clear();
        let mut first = None;
        let body = loop {
            match stream.read_buf(&mut read).await {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
            first.get_or_insert_with(Instant::now);
            if let Some(body) = whole(&read) {
                break body;
            }
        };
        let unit = find(body, LEADER).and_then(|at| {
            let digits = body.get(at + LEADER.len()..at + LEADER.len() + 2)?;
            std::str::from_utf8(digits).ok()?.parse::<usize>().ok()
        });
        if let Some(unit) = unit.filter(|unit| *unit < UNITS) {
            heard.last.lock().unwrap()[unit] = first;
            heard.more.notify_waiters();
        }
        if stream.write_all(ANSWER).await.is_err() {
            return;
        }
    }
}

/// The body of a message, once it is whole.
fn whole(read: &[u8]) -> Option<&[u8]> {
    let end = find(read, b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(&read[..end]).unwrap().to_ascii_lowercase();
    let length: usize = head.split_once("content-length: ")?.1.split_once("\r\n")?.0.parse().unwrap();
    read.get(end..end + length)
}

pub(crate) fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}
