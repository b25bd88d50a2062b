//! The daemon as a child process, and its configuration.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

pub(crate) const TOKEN: &str = "process-test-token";

/// A folder with a configuration and data.
pub(crate) struct Site {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) port: u16,
}

impl Site {
    /// A site whose clock runs for so many seconds, and whose messages go to this provider.
    pub(crate) fn new(provider: u16, within_s: u64) -> Self {
        Self::with(provider, within_s, |text| text)
    }

    /// The same with a change to the configuration.
    pub(crate) fn with(provider: u16, within_s: u64, change: impl FnOnce(String) -> String) -> Self {
        let site = Self { dir: tempfile::tempdir().unwrap(), port: free_port() };
        std::fs::create_dir(site.config()).unwrap();
        let text = include_str!("site.toml")
            .replace("{HTTP}", &site.port.to_string())
            .replace("{PROVIDER}", &provider.to_string())
            .replace("{DATA}", &site.data().display().to_string())
            .replace("{WITHIN}", &format!("{within_s}s"))
            .replace("{LATEST}", &format!("{}s", within_s * 2 / 3))
            .replace("{CALL}", &format!("{}s", within_s / 2))
            .replace("{HASH}", &hex::encode(Sha256::digest(TOKEN.as_bytes())));
        std::fs::write(site.config().join("site.toml"), change(text)).unwrap();
        site
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.dir.path().join("config")
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// The signed head of this moment, in a file that has left the data folder.
    pub(crate) async fn head_in_file(&self) -> PathBuf {
        let file = self.dir.path().join("head");
        let signed = client().get(self.url("/v1/ledger/head")).bearer_auth(TOKEN).send().await.unwrap();
        std::fs::write(&file, signed.text().await.unwrap()).unwrap();
        file
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

    pub(crate) async fn start_as(&self, command: Command) -> Daemon {
        let mut daemon = self.spawn(command);
        assert!(self.answers(&mut daemon, "/readyz").await, "the daemon ended: {}", self.log());
        daemon
    }

    /// Starts the daemon and waits for nothing.
    pub(crate) fn spawn(&self, mut command: Command) -> Daemon {
        let log =
            std::fs::OpenOptions::new().create(true).append(true).open(self.dir.path().join("log")).unwrap();
        let traced = command.get_program() == "strace" || command.get_program() == "unshare";
        Daemon { child: command.stdout(Stdio::null()).stderr(log).spawn().unwrap(), traced }
    }

    /// Waits until a path is answered with a 2xx; `false` where the daemon ends before that.
    pub(crate) async fn answers(&self, daemon: &mut Daemon, path: &str) -> bool {
        until(path, 30, async || {
            if daemon.child.try_wait().unwrap().is_some() {
                return Some(false);
            }
            let answer = client().get(self.url(path)).send().await.ok()?;
            answer.status().is_success().then_some(true)
        })
        .await
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Option<(u16, Value)> {
        let sent = client().post(self.url(path)).bearer_auth(TOKEN).json(body).send().await.ok()?;
        let status = sent.status().as_u16();
        Some((status, sent.json().await.ok()?))
    }

    /// Posts what must be taken, and returns the answer.
    pub(crate) async fn tell(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.post(path, &body).await.unwrap_or_else(|| panic!("{path}: no answer"));
        assert!((200..300).contains(&status), "{path}: {status} {answer}");
        answer
    }

    /// Sends a fever event that opens a case; its number.
    pub(crate) async fn case(&self, id: &str, suspected: bool) -> String {
        let answer = self.tell("/v1/events", event(id, suspected)).await;
        answer["case"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
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
        self.journal_lines().into_iter().map(|(_, line)| line).collect()
    }

    /// The same, each with the hash that stands before it.
    pub(crate) fn journal_lines(&self) -> Vec<(String, Value)> {
        let mut names: Vec<PathBuf> = std::fs::read_dir(self.data().join("journal"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|it| it == "jsonl"))
            .collect();
        names.sort();
        names.iter().flat_map(|path| lines(path)).collect()
    }
}

fn lines(path: &Path) -> Vec<(String, Value)> {
    let text = std::fs::read_to_string(path).unwrap();
    // A line that is being written does not count yet.
    let whole = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    let read = |line: &str| {
        let (hash, json) = line.split_once(' ').unwrap();
        (hash.to_owned(), serde_json::from_str(json).unwrap())
    };
    whole.map(read).collect()
}

/// A daemon that runs; killed at the end of a test.
pub(crate) struct Daemon {
    pub(crate) child: Child,
    /// The child is a tracer or the like, and the daemon is its child.
    traced: bool,
}

impl Daemon {
    /// `kill -9`.
    pub(crate) fn kill(self) {
        drop(self);
    }

    /// SIGTERM, and waits for the end.
    pub(crate) async fn stop(mut self) -> bool {
        self.signal("-TERM");
        self.ended(20).await.success()
    }

    /// Waits until it has ended by itself.
    pub(crate) async fn ended(&mut self, within_s: u64) -> ExitStatus {
        until("the end of the daemon", within_s, async || self.child.try_wait().unwrap()).await
    }

    pub(crate) fn signal(&self, signal: &str) {
        let sent = Command::new("kill").arg(signal).arg(self.child.id().to_string()).status().unwrap();
        assert!(sent.success());
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if self.traced {
            // First, so that it does not outlive its test; the other ends with it.
            let child = Command::new("pgrep").arg("-P").arg(self.child.id().to_string()).output();
            let child = child.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
            if let Some(child) = child.ok().filter(|child| !child.is_empty()) {
                drop(Command::new("kill").args(["-9", &child]).status());
                drop(self.child.wait());
                return;
            }
        }
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Looks again and again until there is something to see, at most for so many seconds.
pub(crate) async fn until<T>(what: &str, within_s: u64, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let looks = async {
        loop {
            if let Some(seen) = look().await {
                return seen;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let seen = tokio::time::timeout(Duration::from_secs(within_s), looks).await;
    seen.unwrap_or_else(|_late| panic!("not seen within {within_s} s: {what}"))
}

/// A port below those that the kernel gives to outgoing connections, so that nobody has it after a restart.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = u16::try_from(std::process::id() % 20_000).unwrap();
    loop {
        let port = 10_000 + (first + NEXT.fetch_add(1, Ordering::Relaxed)) % 20_000;
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// Fails with what is missing, unless a command that a test needs is there.
pub(crate) fn need(command: &str, package: &str) {
    let found = Command::new("sh").args(["-c", &format!("command -v {command}")]).output().unwrap();
    assert!(found.status.success(), "{command} is missing: apt-get install {package}");
}

/// Runs a command that must succeed, and returns what it printed.
pub(crate) fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
    String::from_utf8_lossy(&output.stdout).into_owned()
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
