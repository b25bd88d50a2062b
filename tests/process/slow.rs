//! Slow callers at the real door: what is silent or trickles in is closed in time, and nobody else waits for it.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use watchfire::time::{Clock as _, SystemClock};

use crate::daemon::{Site, client};

/// A head has ten seconds, and the machine may be busy.
const CLOSED_WITHIN: Duration = Duration::from_secs(13);
const CLOSED_AFTER: Duration = Duration::from_secs(8);
const PAUSE: Duration = Duration::from_millis(250);

fn now() -> Duration {
    SystemClock::new().read().since_boot
}

/// Waits until the other side closes, and says after how long.
async fn closed(stream: &mut TcpStream, since: Duration) -> Duration {
    let mut bytes = [0; 256];
    let closes = async { while stream.read(&mut bytes).await.is_ok_and(|read| read > 0) {} };
    tokio::time::timeout(CLOSED_WITHIN, closes).await.expect("it is still open");
    now() - since
}

/// A head that never ends, a byte at a time.
async fn trickles(mut stream: TcpStream, since: Duration) -> Duration {
    let mut head = b"GET /healthz HTTP/1.1\r\nhost: x\r\nx-long: ".iter().chain(std::iter::repeat(&b'a'));
    let mut byte = [0];
    loop {
        assert!(now() - since < CLOSED_WITHIN, "it is still open");
        let sent = stream.write_all(&[*head.next().unwrap()]).await;
        let heard = tokio::time::timeout(PAUSE, stream.read(&mut byte)).await;
        if sent.is_err() || heard.is_ok_and(|read| read.is_err() || read.is_ok_and(|read| read == 0)) {
            return now() - since;
        }
    }
}

/// Asks once on a connection that stays open, and reads the answer's head.
async fn asks(stream: &mut TcpStream) -> String {
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut bytes = [0; 4096];
    let read = tokio::time::timeout(Duration::from_secs(5), stream.read(&mut bytes)).await.unwrap().unwrap();
    String::from_utf8_lossy(&bytes[..read]).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_caller_and_one_whose_head_trickles_in_are_closed_while_others_are_answered() {
    let site = Site::new(1, 3600);
    let daemon = site.start().await;
    let door = ("127.0.0.1", site.port);
    let mut idle = TcpStream::connect(door).await.unwrap();
    assert!(asks(&mut idle).await.starts_with("HTTP/1.1 200"));
    let since = now();
    let mut silent = TcpStream::connect(door).await.unwrap();
    let trickling = TcpStream::connect(door).await.unwrap();
    let answered = async {
        let mut answered = 0;
        while now() - since < CLOSED_AFTER {
            let asked = now();
            let answer = client().get(site.url("/healthz")).send().await.unwrap();
            assert!(answer.status().is_success() && now() - asked < Duration::from_secs(3));
            answered += 1;
            tokio::time::sleep(PAUSE).await;
        }
        answered
    };
    let (silent, trickled, answered) =
        tokio::join!(closed(&mut silent, since), trickles(trickling, since), answered);
    for after in [silent, trickled] {
        assert!((CLOSED_AFTER..CLOSED_WITHIN).contains(&after), "closed after {after:?}");
    }
    assert!(answered > 10, "{answered}");
    // Whoever has asked once may pause for longer than that.
    assert!(asks(&mut idle).await.starts_with("HTTP/1.1 200"));
    assert!(daemon.stop().await);
}
