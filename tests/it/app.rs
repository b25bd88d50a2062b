//! The daemon without its sockets: the real router over the real engine on real files, and a clock that a test moves.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;
use tower::ServiceExt as _;
use watchfire::channel::Channel;
use watchfire::channel::text::Texts;
use watchfire::domain::command::{AttemptRequest, Command};
use watchfire::domain::directory::Directory;
use watchfire::domain::names::ChannelId;
use watchfire::domain::notification::Outcome;
use watchfire::domain::{Proposal, proposals};
use watchfire::engine::{
    self, Alive, Core, Engine, Fatal, Found, Handle, Lane, Opened, Paths, Published, Resumed, Stores,
};
use watchfire::http::{self, Context, Heard, Live};
use watchfire::index::Index;
use watchfire::journal::{Disk, Heads, Known, Memory, Signer};
use watchfire::metrics::Metrics;
use watchfire::outbox::contacts::Contacts;
use watchfire::outbox::{Outbox, Ways};
use watchfire::time::{Clock, ManualClock, Now};
use watchfire::vault::{Codes, MasterKey, Vault};

/// The owners of tokens in `site.toml`; a token's text is its owner's id.
const OWNERS: [&str; 8] = ["hr", "mapped", "voice", "office", "unit", "discipline", "operator", "read"];

/// What outlives a daemon: its folder, its clock, and its journal where that is in memory.
#[derive(Debug)]
pub(crate) struct Ground {
    folder: tempfile::TempDir,
    clock: ManualClock,
    disk: Option<Disk>,
}

impl Ground {
    /// Monday the 23rd of November 2026, eight in the morning in Harbin.
    fn fresh(disk: Option<Disk>) -> Self {
        Self::of(include_str!("site.toml"), disk)
    }

    fn of(site: &str, disk: Option<Disk>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let mut site = site.replace("{DATA}", &data.display().to_string());
        for owner in OWNERS {
            let hash = hex::encode(Sha256::digest(owner.as_bytes()));
            site = site.replace(&format!("{{sha256 of {owner}}}"), &hash);
        }
        let config = folder.path().join("config");
        std::fs::create_dir(&config).unwrap();
        std::fs::create_dir(&data).unwrap();
        std::fs::write(config.join("site.toml"), site).unwrap();
        Self { folder, clock: ManualClock::new("2026-11-23T00:00:00Z".parse().unwrap()), disk }
    }

    fn opened(&self, master: Option<MasterKey>, directory: Directory, metrics: &Arc<Metrics>) -> Opened {
        let (paths, directory) = (Paths { data: self.data() }, Arc::new(directory));
        let Some(disk) = &self.disk else {
            return engine::open(&paths, (master, 0), &self.clock, directory, Arc::clone(metrics)).unwrap();
        };
        let reading = self.clock.read();
        let journal = Memory::open(disk, &reading.boot, Known::default()).unwrap();
        let (index, watermark) = Index::open(&self.data().join("index")).unwrap();
        let vault = master
            .map(|master| Vault::open(&self.data().join("vault"), master, journal.1.head.seq).unwrap().0);
        let stores = Stores::new(vault, Some(index));
        let end = journal.1.head;
        let found = Found { journal, stores, watermark, snapshot: None, last: None };
        let resumed = engine::resume(found, &reading, directory, Arc::clone(metrics)).unwrap();
        let Resumed { core, now, down, replayed } = resumed;
        Opened { core, alive: Alive::in_folder(&self.data()), now, down, torn: None, replayed, found: end }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }
}

/// The daemon of one test.
pub(crate) struct TestApp {
    pub(crate) router: Router,
    pub(crate) clock: ManualClock,
    pub(crate) codes: Codes,
    /// When each source was heard of last.
    pub(crate) heard: Arc<Heard>,
    pub(crate) engine: Handle,
    thread: Option<JoinHandle<Result<Core, Fatal>>>,
    ground: Option<Ground>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Told {
    /// The body as JSON; null where it is not.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// A header, empty where there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl TestApp {
    /// A fresh daemon.
    pub(crate) fn start() -> Self {
        Self::on(Ground::fresh(None), true)
    }

    /// A fresh daemon with its journal in memory, on a disk that a test can fill.
    pub(crate) fn start_in_memory(disk: &Disk) -> Self {
        Self::on(Ground::fresh(Some(disk.clone())), true)
    }

    /// Starts on what an earlier one left; without the vault where the key to it is not there.
    pub(crate) fn on(ground: Ground, vault: bool) -> Self {
        let (go, wait) = std::sync::mpsc::channel();
        go.send(()).unwrap();
        Self::on_when(ground, vault, wait)
    }

    /// A fresh daemon whose engine takes up nothing before it is told to go.
    pub(crate) fn that_waits() -> (Self, std::sync::mpsc::Sender<()>) {
        let (go, wait) = std::sync::mpsc::channel();
        (Self::on_when(Ground::fresh(None), true, wait), go)
    }

    fn on_when(ground: Ground, vault: bool, wait: std::sync::mpsc::Receiver<()>) -> Self {
        let data = ground.data();
        let configuration =
            watchfire::config::load(&ground.folder.path().join("config")).unwrap().configuration;
        let clock = ground.clock.clone();
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        let metrics = Arc::new(Metrics::new());
        let master = vault.then(|| MasterKey::load_or_create(&data.join("master-key")).unwrap());
        let opened = ground.opened(master, configuration.directory.clone(), &metrics);
        let stores = opened.core.stores().clone();
        let (engine, handle) = Engine::new(opened, Arc::clone(&shared), Arc::clone(&metrics));
        let thread = std::thread::spawn(move || {
            // Where the test has failed nobody tells it any more, and it goes on to its end.
            wait.recv().unwrap_or_default();
            engine::run(engine)
        });
        let codes = stores.codes;
        let (contacts, staff) = (Arc::new(configuration.contacts), Arc::default());
        let live = Live { settings: configuration.http, contacts, staff };
        let heard: Arc<Heard> = Arc::default();
        let context = Context {
            engine: handle.clone(),
            clock: shared,
            live: Arc::new(ArcSwap::from_pointee(live)),
            metrics,
            data: data.into(),
            signed_head: Arc::new(|| Some("{}".to_owned())),
            gates: Arc::default(),
            heard: Arc::clone(&heard),
            proof: Arc::default(),
        };
        Self {
            router: http::router(context),
            clock,
            codes: codes.unwrap_or_else(|| Codes::new([0; 32].into())),
            heard,
            engine: handle,
            thread: Some(thread),
            ground: Some(ground),
        }
    }

    /// Ends, and leaves what outlives it.
    pub(crate) fn end(mut self) -> Ground {
        let ground = self.ground.take().unwrap();
        drop(self);
        ground
    }

    /// The folder of its files.
    pub(crate) fn data(&self) -> PathBuf {
        self.ground.as_ref().unwrap().data()
    }

    /// The engine takes nothing more, and ends after what waits.
    pub(crate) fn take_no_more(&self) {
        self.engine.close();
    }

    /// Whom messages go to, as the configuration says.
    pub(crate) fn contacts(&self) -> Contacts {
        let folder = self.ground.as_ref().unwrap().folder.path().join("config");
        watchfire::config::load(&folder).unwrap().configuration.contacts
    }

    pub(crate) fn published(&self) -> Arc<Published> {
        self.engine.published()
    }

    /// The same, armed: until then nobody is told anything.
    pub(crate) async fn armed() -> Self {
        Self::armed_with(&[]).await
    }

    /// The same at a site where these texts stand in place of others.
    pub(crate) async fn armed_with(changes: &[(&str, &str)]) -> Self {
        let mut site = include_str!("site.toml").to_owned();
        for (text, other) in changes {
            assert!(site.contains(text), "{text}");
            site = site.replace(text, other);
        }
        let app = Self::on(Ground::of(&site, None), true);
        let told = app.post("/v1/arm", "office", &json!({ "by": "clerk" })).await;
        assert_eq!(told.status, StatusCode::OK, "{}", told.text);
        app
    }

    /// Waits until there is something to see in what is published.
    pub(crate) async fn until<T>(&self, look: impl Fn(&Published) -> Option<T>) -> T {
        let mut published = self.engine.watch();
        let looks = async {
            loop {
                let seen = look(&published.borrow_and_update());
                match seen {
                    Some(seen) => return seen,
                    None => published.changed().await.unwrap(),
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(20), looks).await.unwrap()
    }

    /// Goes on by so many minutes, and sends what is due, as far as every provider takes it at once.
    pub(crate) async fn pass(&self, minutes: u64) {
        self.clock.advance(Duration::from_secs(60 * minutes));
        self.settled().await;
        loop {
            let published = self.published();
            let now = Now::at(self.clock.read().wall);
            let due = proposals(&published.state, &published.directory, now, 100, &|_, _| false);
            let mut sent = 0;
            for Proposal { notification, covers, channel, address } in due {
                let request = AttemptRequest {
                    notification: notification.clone(),
                    covers,
                    channel,
                    address,
                    rendering: None,
                };
                let start = Command::StartAttempt(Box::new(request));
                let started = self.engine.submit(start, now, Lane::Tidings).await;
                if started.is_ok_and(|answer| !answer.facts.is_empty()) {
                    let outcome = Outcome::Accepted { provider_id: None };
                    let end = Command::EndAttempt { notification, outcome, received: now };
                    self.engine.submit(end, now, Lane::Tidings).await.unwrap();
                    sent += 1;
                }
            }
            if sent == 0 {
                return;
            }
        }
    }

    /// Goes on by so many seconds, and sends nothing.
    pub(crate) async fn pass_seconds(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
        let now = self.clock.read().wall;
        self.until(|published| (published.now.wall >= now).then_some(())).await;
        self.settled().await;
    }

    /// The outbox of this daemon by these channels, with room for so many messages at once.
    pub(crate) fn outbox(&self, channels: BTreeMap<ChannelId, Arc<Channel>>, room: usize) -> Outbox {
        let ground = self.ground.as_ref().unwrap();
        let loaded = watchfire::config::load(&ground.folder.path().join("config")).unwrap();
        let contacts = Arc::new(loaded.configuration.contacts);
        Outbox {
            engine: self.engine.clone(),
            ways: Arc::new(ArcSwap::from_pointee(Ways { channels, contacts })),
            texts: Arc::new(Texts::load().unwrap()),
            heads: Arc::new(Mutex::new(Heads::open(&ground.data(), Signer::ephemeral()).unwrap())),
            clock: Arc::new(self.clock.clone()),
            metrics: Arc::new(Metrics::new()),
            lines: Arc::default(),
            room: Arc::new(Semaphore::new(room)),
        }
    }

    /// Waits until all that fell due is decided: the engine writes nothing more of its own accord.
    pub(crate) async fn settled(&self) {
        let now = self.clock.read().wall;
        let decided = |published: &Published| {
            published.state.rings.first().is_none_or(|(at, _)| *at > now).then_some(())
        };
        self.until(decided).await;
    }

    /// Sends a request as it stands.
    pub(crate) async fn send(&self, request: Request<Body>) -> Told {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = axum::body::to_bytes(response.into_body(), 16 << 20).await.unwrap();
        Told { status, headers, text: String::from_utf8_lossy(&bytes).into_owned() }
    }

    /// Posts JSON; no credential where the token is empty.
    pub(crate) async fn post(&self, path: &str, token: &str, body: &Value) -> Told {
        let request = Request::post(path).header("content-type", "application/json");
        self.send(with(request, token).body(Body::from(body.to_string())).unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Told {
        self.bare(Method::GET, path, token).await
    }

    /// A request of any method without a body.
    pub(crate) async fn bare(&self, method: Method, path: &str, token: &str) -> Told {
        let request = Request::builder().method(method).uri(path);
        self.send(with(request, token).body(Body::empty()).unwrap()).await
    }

    /// Asks by any method, with a body in JSON where there is one.
    pub(crate) async fn ask(&self, method: &Method, path: &str, token: &str, body: Option<&Value>) -> Told {
        match body {
            Some(body) => self.post(path, token, body).await,
            None => self.bare(method.clone(), path, token).await,
        }
    }

    /// Posts a form, as the page's buttons do.
    pub(crate) async fn form(&self, path: &str, body: &str) -> Told {
        let request = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(body.to_owned())).unwrap()).await
    }

    /// Sends a fever event that opens a case; its number.
    pub(crate) async fn case(&self, id: &str, unit: &str, suspected: bool) -> String {
        let told = self.post("/v1/events", "hr", &event(id, unit, suspected)).await;
        assert_eq!(told.status, StatusCode::ACCEPTED, "{}", told.text);
        told.json()["case"].as_str().unwrap().to_owned()
    }

    /// Signs a person in by the code that the message would carry; the session's secret.
    pub(crate) async fn sign_in(&self, person: &str, mobile: &str) -> String {
        let asked = self.post("/v1/sign-in", "", &json!({ "mobile": mobile })).await;
        assert_eq!(asked.status, StatusCode::ACCEPTED, "{}", asked.text);
        let body = json!({ "mobile": mobile, "code": self.sign_in_code(person) });
        let opened = self.post("/v1/sign-in/code", "", &body).await;
        assert_eq!(opened.status, StatusCode::OK, "{person}: {}", opened.text);
        opened.json()["session"].as_str().unwrap().to_owned()
    }

    /// The code of a person's last request to sign in.
    pub(crate) fn sign_in_code(&self, person: &str) -> String {
        let published = self.published();
        let mine = published.state.requests.iter().filter(|(_, asked)| asked.person.as_str() == person);
        let (request, _) = mine.max_by_key(|(_, asked)| asked.at).unwrap();
        self.codes.six(request.as_str())
    }
}

impl Drop for TestApp {
    /// The engine's thread has to end, and well.
    fn drop(&mut self) {
        self.engine.close();
        let ended = self.thread.take().map(JoinHandle::join);
        if !std::thread::panicking() {
            assert!(matches!(ended, Some(Ok(Ok(_)))), "the engine did not end well");
        }
    }
}

fn with(request: axum::http::request::Builder, token: &str) -> axum::http::request::Builder {
    if token.is_empty() { request } else { request.header("authorization", format!("Bearer {token}")) }
}

/// A fever event; suspected where it says so.
pub(crate) fn event(id: &str, unit: &str, suspected: bool) -> Value {
    json!({ "id": id, "unit": unit, "kind": if suspected { "suspected" } else { "fever" }, "temperature_c": 38.4,
            "person": { "ref": format!("E-{id}"), "name": "王小明" }, "place": "一楼大厅", "details": "咳嗽" })
}
