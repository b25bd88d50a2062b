//! Many mails at once: a relay sees no more connections than it was said to bear, and each mail arrives once.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::daemon::{Site, until};
use crate::provider::Provider;
use crate::record::tries;

/// So many people get a mail at once.
const READERS: usize = 14;
/// A connection stays open for this long at least: long enough for all to be opened that are allowed.
const HELD: Duration = Duration::from_millis(150);

/// A relay that takes its time, and counts who is there.
#[derive(Default)]
struct Relay {
    open: AtomicUsize,
    open_most: AtomicUsize,
    taken: AtomicUsize,
}

impl Relay {
    async fn start() -> (Arc<Self>, u16) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let relay = Arc::new(Self::default());
        let mut tasks = tokio::task::JoinSet::new();
        let shared = Arc::clone(&relay);
        tasks.spawn(async move {
            let mut talks = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let relay = Arc::clone(&shared);
                talks.spawn(async move {
                    let open = relay.open.fetch_add(1, Ordering::SeqCst) + 1;
                    relay.open_most.fetch_max(open, Ordering::SeqCst);
                    drop(relay.talk(stream).await);
                    relay.open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        tasks.detach_all();
        (relay, port)
    }

    async fn talk(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut stream = BufReader::new(stream);
        tokio::time::sleep(HELD).await;
        stream.write_all(b"220 relay\r\n").await?;
        let (mut line, mut text) = (String::new(), false);
        while stream.read_line(&mut line).await? > 0 {
            let line_read = line.trim_end();
            let said = match (text, line_read.get(..4).unwrap_or(line_read)) {
                (true, ".") => {
                    self.taken.fetch_add(1, Ordering::SeqCst);
                    text = false;
                    "250 queued\r\n"
                }
                (true, _) => "",
                (false, "DATA") => {
                    text = true;
                    "354 go on\r\n"
                }
                (false, "QUIT") => return stream.write_all(b"221 bye\r\n").await,
                (false, _) => "250 ok\r\n",
            };
            stream.write_all(said.as_bytes()).await?;
            line.clear();
        }
        Ok(())
    }
}

/// A site whose alerts go by mail alone, to many.
fn site(provider: u16, relay: u16, connections: &str) -> Site {
    Site::with(provider, 3600, |text| {
        let (from, to) = (text.find("[[channel]]\nid = \"mail\"").unwrap(), text.find("[[source]]").unwrap());
        let mut mail = format!(
            "[[channel]]\nid = \"mail\"\nmedium = \"email\"\nkind = \"smtp\"\nhost = \"127.0.0.1\"\nport = {relay}\n\
             from = \"watchfire@example.cn\"\ntls = \"none\"\n{connections}\n\n"
        );
        let readers: Vec<String> = (0..READERS).map(|number| format!("reader-{number}")).collect();
        for id in &readers {
            let person =
                format!("[[person]]\nid = \"{id}\"\nname = \"读者\"\nemail = \"{id}@example.cn\"\n\n");
            mail.write_str(&person).unwrap();
        }
        let everybody =
            "notify = [\"unit.leader\", \"duty.officer\", \"leading-group\"]\nby = [\"sms\", \"phone\"]";
        let text = format!("{}{mail}{}", &text[..from], &text[to..]);
        text.replace("members = [\"head\"]", &format!("members = {readers:?}"))
            .replace(everybody, "notify = [\"leading-group\"]\nby = [\"email\"]")
            .replace("repeat_every = \"2s\"", "repeat_every = \"10m\"")
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_sees_no_more_connections_at_once_than_are_configured_and_takes_every_mail_once() {
    // Without a word of it there are two.
    for (connections, expected) in [("", 2), ("connections_max = 1", 1), ("connections_max = 5", 5)] {
        let provider = Provider::start().await;
        let (relay, port) = Relay::start().await;
        let site = site(provider.port, port, connections);
        let daemon = site.start().await;
        site.tell("/v1/arm", json!({ "by": "head" })).await;
        site.case("a", true).await;
        until("every mail", 30, async || (relay.taken.load(Ordering::SeqCst) >= READERS).then_some(())).await;
        until("every outcome", 10, async || {
            let mut mails = tries(&site.journal());
            mails.retain(|one| one.channel == "mail");
            let accepted = mails.iter().filter(|one| one.outcome.as_deref() == Some("accepted")).count();
            (accepted == READERS && mails.len() == READERS).then_some(())
        })
        .await;
        assert!(daemon.stop().await);
        assert_eq!(relay.taken.load(Ordering::SeqCst), READERS, "each went once");
        assert_eq!(relay.open_most.load(Ordering::SeqCst), expected, "{connections}");
    }
}
