//! The accept loop against slow, silent and many callers, over real sockets.

use std::time::Duration;

use axum::routing::{get, post};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;
use crate::http::body::{Door, Received};
use crate::time::{ManualClock, Timestamp};

const GOOD: &str = "GET /quick HTTP/1.1\r\nhost: x\r\n\r\n";
const LAST: &str = "GET /quick HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
/// Nothing here takes this long unless something is broken.
const PATIENCE: Duration = Duration::from_secs(20);

fn bounds() -> Bounds {
    let ms = Duration::from_millis;
    Bounds {
        head_within: ms(80),
        idle_within: ms(400),
        write_within: ms(80),
        connections_max: 300,
        stop_within: ms(100),
    }
}

struct Server {
    address: SocketAddr,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Server {
    async fn start(bounds: Bounds) -> Self {
        let clock = ManualClock::new(Timestamp::from_millis(0));
        let door = Door { clock: Arc::new(clock), body_within: Duration::from_millis(80) };
        let router = Router::new()
            .route("/quick", get(|| async { "quick" }))
            .route("/body", post(|body: Received| async move { body.bytes.len().to_string() }))
            .route("/large", get(|| async { vec![b'x'; 64 << 20] }))
            .route("/stuck", get(std::future::pending::<()>))
            .with_state(door);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let (inner_stop, inner_tasks) = (stop.clone(), tasks.clone());
        tasks.spawn(async move { serve(listener, router, bounds, &inner_tasks, inner_stop).await });
        Self { address, stop, tasks }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Stops, and waits for the loop and for every connection.
    async fn end(self) {
        self.stop.cancel();
        self.tasks.close();
        tokio::time::timeout(PATIENCE, self.tasks.wait()).await.unwrap();
    }
}

/// Sends a text and reads to the end of the connection.
async fn talk(stream: &mut TcpStream, text: &str) -> String {
    stream.write_all(text.as_bytes()).await.unwrap();
    rest(stream).await
}

async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A connection that is cut while bytes lie unread ends with an error; what came before it counts.
    let _how_it_ended = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut bytes)).await.unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Reads one small answer and leaves the connection open.
async fn answer(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"quick") {
        let read = tokio::time::timeout(PATIENCE, stream.read_buf(&mut bytes)).await.unwrap().unwrap();
        assert!(read > 0, "closed before the answer");
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test]
async fn a_silent_connection_is_closed() {
    let server = Server::start(bounds()).await;
    assert_eq!(rest(&mut server.connect().await).await, "");
    server.end().await;
}

#[tokio::test]
async fn a_head_that_trickles_in_is_cut_off() {
    let server = Server::start(bounds()).await;
    let mut stream = server.connect().await;
    let mut sent = 0;
    // One byte at a time, for as long as the other side takes them.
    let mut pause = tokio::time::interval(Duration::from_millis(10));
    while stream.write_all(b"G").await.is_ok() && sent < 10_000 {
        pause.tick().await;
        sent += 1;
    }
    assert!(sent < 1_000, "cut off after {sent} bytes");
    server.end().await;
}

#[tokio::test]
async fn several_requests_share_a_connection_and_a_pause_between_them_may_be_longer_than_a_head() {
    let server = Server::start(bounds()).await;
    let mut stream = server.connect().await;
    let mut pause = tokio::time::interval(Duration::from_millis(150));
    for _ in 0..3 {
        pause.tick().await;
        stream.write_all(GOOD.as_bytes()).await.unwrap();
        assert!(answer(&mut stream).await.starts_with("HTTP/1.1 200"));
    }
    assert_eq!(rest(&mut stream).await, "", "and an idle one is closed in the end");
    server.end().await;
}

#[tokio::test]
async fn a_slow_body_is_answered_408() {
    let server = Server::start(bounds()).await;
    let mut stream = server.connect().await;
    let told = talk(&mut stream, "POST /body HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nabc").await;
    assert!(told.starts_with("HTTP/1.1 408"), "{told}");
    assert!(told.contains("\"code\":\"too_slow\""), "{told}");
    server.end().await;
}

#[tokio::test]
async fn a_body_that_is_announced_too_large_is_answered_413_before_it_comes() {
    let server = Server::start(bounds()).await;
    let mut stream = server.connect().await;
    let told = talk(&mut stream, "POST /body HTTP/1.1\r\nhost: x\r\ncontent-length: 65537\r\n\r\n").await;
    assert!(told.starts_with("HTTP/1.1 413"), "{told}");
    server.end().await;
}

#[tokio::test]
async fn an_answer_that_nobody_reads_is_given_up() {
    let server = Server::start(bounds()).await;
    let mut stream = server.connect().await;
    stream.write_all(b"GET /large HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    stream.read_exact(&mut [0; 8]).await.unwrap();
    let mut pause = tokio::time::interval(Duration::from_millis(5));
    let gone = async {
        // The accept loop is a task as well.
        while server.tasks.len() > 1 {
            pause.tick().await;
        }
    };
    tokio::time::timeout(PATIENCE, gone).await.unwrap();
    assert!(rest(&mut stream).await.len() < 64 << 20);
    server.end().await;
}

#[tokio::test]
async fn two_hundred_slow_sockets_do_not_stop_a_good_request() {
    let patient = Bounds { head_within: PATIENCE, ..bounds() };
    let server = Server::start(patient).await;
    let mut slow = Vec::new();
    for _ in 0..200 {
        let mut stream = server.connect().await;
        stream.write_all(b"GET /quick HT").await.unwrap();
        slow.push(stream);
    }
    assert!(talk(&mut server.connect().await, LAST).await.ends_with("quick"));
    drop(slow);
    server.end().await;
}

#[tokio::test]
async fn where_every_place_is_taken_the_oldest_silent_connection_gives_way() {
    let crowded = Bounds { head_within: PATIENCE, idle_within: PATIENCE, connections_max: 20, ..bounds() };
    let server = Server::start(crowded).await;
    let mut first = server.connect().await;
    first.write_all(b"GET /quick HT").await.unwrap();
    let mut slow = Vec::new();
    for _ in 0..60 {
        slow.push(server.connect().await);
    }
    assert!(talk(&mut server.connect().await, LAST).await.ends_with("quick"));
    assert_eq!(rest(&mut first).await, "");
    drop(slow);
    server.end().await;
}

#[tokio::test]
async fn a_connection_between_two_requests_gives_way_as_well() {
    let crowded = Bounds { head_within: PATIENCE, idle_within: PATIENCE, connections_max: 1, ..bounds() };
    let server = Server::start(crowded).await;
    let mut first = server.connect().await;
    first.write_all(GOOD.as_bytes()).await.unwrap();
    assert!(answer(&mut first).await.ends_with("quick"));
    assert!(talk(&mut server.connect().await, LAST).await.ends_with("quick"));
    assert_eq!(rest(&mut first).await, "");
    server.end().await;
}

#[tokio::test]
async fn stopping_ends_silent_connections_at_once_and_stuck_requests_at_the_deadline() {
    let patient = Bounds {
        head_within: PATIENCE,
        idle_within: PATIENCE,
        stop_within: Duration::from_millis(200),
        ..bounds()
    };
    let server = Server::start(patient).await;
    let mut idle = server.connect().await;
    idle.write_all(GOOD.as_bytes()).await.unwrap();
    assert!(answer(&mut idle).await.starts_with("HTTP/1.1 200"));
    let mut stuck = server.connect().await;
    stuck.write_all(b"GET /stuck HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let address = server.address;
    server.end().await;
    assert_eq!(rest(&mut idle).await, "");
    assert_eq!(rest(&mut stuck).await, "");
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens");
}
