//! The daemon as a child process, its configuration, and stand-ins for the providers.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use axum::extract::{Path as Route, State};
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

pub(crate) const TOKEN: &str = "process-test-token";

/// What the stand-in provider heard: the route and the body.
pub(crate) type Heard = Arc<Mutex<Vec<(String, Value)>>>;

/// A provider that accepts everything and remembers it.
pub(crate) struct Provider {
    pub(crate) heard: Heard,
    pub(crate) port: u16,
}

impl Provider {
    pub(crate) async fn start() -> Self {
        let heard: Heard = Arc::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let accept = |State(heard): State<Heard>, Route(kind): Route<String>, Json(body): Json<Value>| async move {
            heard.lock().unwrap().push((kind, body));
            (StatusCode::OK, Json(json!({ "code": 0 })))
        };
        let router = Router::new().route("/{kind}", post(accept)).with_state(Arc::clone(&heard));
        let mut tasks = tokio::task::JoinSet::new();
        tasks.spawn(async move { axum::serve(listener, router).await.unwrap() });
        tasks.detach_all();
        Self { heard, port }
    }

    /// Keys that went out by a route, in order.
    pub(crate) fn keys(&self, kind: &str) -> Vec<String> {
        let heard = self.heard.lock().unwrap();
        let of_kind = heard.iter().filter(|(route, _)| route == kind);
        of_kind.map(|(_, body)| body["key"].as_str().unwrap().to_owned()).collect()
    }
}

/// A folder with a configuration and data.
pub(crate) struct Site {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) port: u16,
}

impl Site {
    /// A site whose clock runs for so many seconds, and whose messages go to this provider.
    pub(crate) fn new(provider: u16, within_s: u64) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let site = Self { dir, port };
        std::fs::create_dir(site.config()).unwrap();
        let text = include_str!("site.toml")
            .replace("{HTTP}", &port.to_string())
            .replace("{PROVIDER}", &provider.to_string())
            .replace("{DATA}", &site.data().display().to_string())
            .replace("{WITHIN}", &format!("{within_s}s"))
            .replace("{LATEST}", &format!("{}s", within_s * 2 / 3))
            .replace("{CALL}", &format!("{}s", within_s / 2))
            .replace("{HASH}", &hex::encode(Sha256::digest(TOKEN.as_bytes())));
        std::fs::write(site.config().join("site.toml"), text).unwrap();
        site
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.dir.path().join("config")
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The command that runs the daemon.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_watchfire"));
        command.args(["--log", "warn", "serve", "--config"]).arg(self.config());
        command
    }

    /// Starts the daemon and waits until it is ready.
    pub(crate) async fn start(&self) -> Daemon {
        self.start_as(self.command()).await
    }

    pub(crate) async fn start_as(&self, mut command: Command) -> Daemon {
        let log =
            std::fs::OpenOptions::new().create(true).append(true).open(self.dir.path().join("log")).unwrap();
        let child = command.stdout(Stdio::null()).stderr(log).spawn().unwrap();
        let mut daemon = Daemon { child };
        let client = client();
        for _ in 0..400 {
            assert!(daemon.child.try_wait().unwrap().is_none(), "the daemon ended: {}", self.log());
            let ready = client.get(self.url("/readyz")).send().await;
            if ready.is_ok_and(|answer| answer.status().is_success()) {
                return daemon;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("the daemon is not ready: {}", self.log());
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Option<(u16, Value)> {
        let sent = client().post(self.url(path)).bearer_auth(TOKEN).json(body).send().await.ok()?;
        let status = sent.status().as_u16();
        Some((status, sent.json().await.ok()?))
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let answer = client().get(self.url(path)).bearer_auth(TOKEN).send().await.unwrap();
        answer.json().await.unwrap()
    }

    /// `watchfire ledger verify`: whether the files hold, and what it printed.
    pub(crate) fn verify(&self) -> (bool, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_watchfire"))
            .args(["ledger", "verify", "--config"])
            .arg(self.config())
            .output()
            .unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Every line of the journal.
    pub(crate) fn journal(&self) -> Vec<Value> {
        let mut names: Vec<PathBuf> = std::fs::read_dir(self.data().join("journal"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|it| it == "jsonl"))
            .collect();
        names.sort();
        names.iter().flat_map(|path| lines(path)).collect()
    }
}

fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line.split_once(' ').unwrap().1).unwrap()).collect()
}

/// A daemon that runs; killed at the end of a test.
pub(crate) struct Daemon {
    pub(crate) child: Child,
}

impl Daemon {
    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM, and waits for the end.
    pub(crate) async fn stop(mut self) -> bool {
        self.signal("-TERM");
        for _ in 0..600 {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.success();
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        false
    }

    pub(crate) fn signal(&self, signal: &str) {
        let sent = Command::new("kill").arg(signal).arg(self.child.id().to_string()).status().unwrap();
        assert!(sent.success());
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// One client for all: building one reads every trusted certificate of the machine.
pub(crate) fn client() -> reqwest::Client {
    static CLIENT: OnceLock<reqwest::Client> = OnceLock::new();
    let build = || {
        drop(rustls::crypto::ring::default_provider().install_default());
        // A test's runtime ends with the test, and so do the connections it opened.
        let builder = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0);
        builder.timeout(Duration::from_secs(10)).build().unwrap()
    };
    CLIENT.get_or_init(build).clone()
}

/// A fever event; suspected where `exposure`.
pub(crate) fn event(id: &str, exposure: bool) -> Value {
    json!({ "id": id, "unit": "finance", "kind": "fever", "temperature_c": 38.4, "exposure": exposure,
            "person": { "ref": format!("E-{id}") }, "place": "lobby" })
}
