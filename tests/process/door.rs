//! The daemon asks for itself behind its front door (M19): what it finds there is on record.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, OnceLock};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::daemon::{Site, until};
use crate::provider::Provider;
use crate::record::facts;

/// What the front door does: passes on, shows an error page of its own, hangs up.
const PASSES: u8 = 0;
const ITS_OWN_PAGE: u8 = 1;
const HANGS_UP: u8 = 2;

/// A front door before a daemon; it is gone with this.
struct FrontDoor {
    port: u16,
    does: Arc<AtomicU8>,
    behind: Arc<OnceLock<u16>>,
    _tasks: JoinSet<()>,
}

impl FrontDoor {
    async fn that(does: u8) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (does, behind): (_, Arc<OnceLock<u16>>) = (Arc::new(AtomicU8::new(does)), Arc::default());
        let (told, leads) = (Arc::clone(&does), Arc::clone(&behind));
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((caller, _)) = listener.accept().await {
                let to = leads.get().copied().unwrap_or_default();
                open.spawn(served(caller, told.load(Ordering::Relaxed), to));
            }
        });
        Self { port, does, behind, _tasks: tasks }
    }

    fn does(&self, what: u8) {
        self.does.store(what, Ordering::Relaxed);
    }

    /// A site whose public address leads here.
    fn site(&self, provider: &Provider) -> Site {
        let public = format!("public_url = \"http://127.0.0.1:{}\"", self.port);
        let server = format!("[server]\n{public}\nprobe = {{ every = \"1s\" }}");
        let site = Site::with(provider.port, 60, |text| text.replace("[server]", &server));
        self.behind.set(site.port).unwrap();
        site
    }
}

async fn served(mut caller: TcpStream, does: u8, to: u16) {
    if does == ITS_OWN_PAGE {
        let mut asked = [0; 4_096];
        let page = b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\nconnection: close\r\n\r\nok\n";
        // Whoever asked may be gone: then nobody is shown anything.
        if caller.read(&mut asked).await.is_ok_and(|bytes| bytes > 0) {
            caller.write_all(page).await.unwrap_or_default();
        }
    } else if does == PASSES
        && let Ok(mut daemon) = TcpStream::connect(("127.0.0.1", to)).await
    {
        tokio::io::copy_bidirectional(&mut caller, &mut daemon).await.unwrap_or_default();
    }
}

async fn door(site: &Site) -> String {
    site.get("/readyz").await["door"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_front_door_that_does_not_lead_to_the_daemon_is_shut_since_it_last_did() {
    let provider = Provider::start().await;
    let front = FrontDoor::that(PASSES).await;
    let site = front.site(&provider);
    let daemon = site.start().await;
    let becomes = async |word: &str| {
        until(word, 20, async || (door(&site).await == word).then_some(())).await;
    };
    becomes("open").await;
    assert_eq!(facts(&site.journal(), "door_proved/1").len(), 1);
    for (times, how) in [(1, ITS_OWN_PAGE), (2, HANGS_UP)] {
        front.does(how);
        becomes("shut").await;
        let journal = site.journal();
        let began = facts(&journal, "trouble_began/1");
        assert_eq!(began.len(), times, "{began:?}");
        let last = began.last().unwrap();
        assert_eq!(last["trouble"], "door_shut");
        let instant = |name: &str| last[name].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
        let before = instant("at").duration_since(instant("since"));
        assert!(before >= jiff::SignedDuration::from_secs(2), "{last}");
        front.does(PASSES);
        becomes("open").await;
        assert_eq!(facts(&site.journal(), "trouble_ended/1").len(), times);
    }
    // It is found open without a word: nothing more is on record.
    assert_eq!(facts(&site.journal(), "door_proved/1").len(), 1);
    assert!(daemon.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_never_led_to_the_daemon_shuts_nothing() {
    let provider = Provider::start().await;
    let front = FrontDoor::that(ITS_OWN_PAGE).await;
    let site = front.site(&provider);
    let daemon = site.start().await;
    until("the log", 20, async || site.log().contains("was never reached").then_some(())).await;
    assert_eq!(door(&site).await, "unproved");
    assert!(facts(&site.journal(), "trouble_began/1").is_empty());
    assert!(daemon.stop().await);
}
