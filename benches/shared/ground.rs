//! What each benchmark runs on: a folder with a configuration and data, and the real daemon on it as a child process.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};

/// The token of the one client.
pub(crate) const CLIENT: &str = "benchmark-client";
/// The longest that a daemon may take to be ready, or to end: on a year of reports.
const PATIENCE: Duration = Duration::from_mins(3);

/// A folder with a configuration and data.
pub(crate) struct Ground {
    dir: tempfile::TempDir,
    pub(crate) port: u16,
}

impl Ground {
    /// A folder whose configuration is the common one, with this provider, and what is added to it.
    pub(crate) fn new(provider: u16, added: &str) -> Self {
        let ground = Self { dir: tempfile::tempdir().unwrap(), port: free_port() };
        std::fs::create_dir(ground.config()).unwrap();
        let text = include_str!("site.toml")
            .replace("{HTTP}", &ground.port.to_string())
            .replace("{PROVIDER}", &provider.to_string())
            .replace("{DATA}", &ground.data().display().to_string())
            .replace("{HASH}", &hash(CLIENT));
        std::fs::write(ground.config().join("site.toml"), text + added).unwrap();
        ground
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.dir.path().join("config")
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }

    /// Starts the daemon, and asks until it says that it is ready; how long it took until then.
    pub(crate) async fn start(&self, mut ready: impl AsyncFnMut(u16) -> bool) -> (Daemon, Duration) {
        let log = std::fs::File::create(self.dir.path().join("log")).unwrap();
        let began = Instant::now();
        let mut command = Command::new(env!("CARGO_BIN_EXE_watchfire"));
        command.args(["--log", "warn", "serve", "--config"]).arg(self.config());
        let child = command.stdout(Stdio::null()).stderr(log).spawn().unwrap();
        let mut daemon = Daemon { child };
        while !ready(self.port).await {
            let ended = daemon.child.try_wait().unwrap();
            assert!(ended.is_none() && began.elapsed() < PATIENCE, "not ready: {}", self.log());
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        (daemon, began.elapsed())
    }
}

/// The SHA-256 of a token, as the configuration holds it.
pub(crate) fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

/// A daemon that runs; killed when it is dropped.
pub(crate) struct Daemon {
    child: Child,
}

impl Daemon {
    /// A file of the kernel's about it.
    pub(crate) fn proc(&self, file: &str) -> String {
        std::fs::read_to_string(format!("/proc/{}/{file}", self.child.id())).unwrap()
    }

    /// A number of its status: kibibytes, or a count.
    pub(crate) fn status(&self, name: &str) -> u64 {
        let status = self.proc("status");
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        line.trim_start_matches(':').trim().trim_end_matches(" kB").parse().unwrap_or(0)
    }

    /// SIGTERM, and waits for the end.
    pub(crate) async fn stop(mut self) {
        let sent = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status().unwrap();
        assert!(sent.success());
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait().unwrap() {
                assert!(status.success(), "the daemon ended with {status}");
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the daemon did not end");
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A port below those that the kernel gives to outgoing connections, so that nobody has it after a restart.
fn free_port() -> u16 {
    let first = u16::try_from(std::process::id() % 20_000).unwrap();
    (0..20_000)
        .map(|step| 10_000 + (first + step) % 20_000)
        .find(|port| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .unwrap()
}
