//! The daemon as a child process, and the folder it runs on.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};

use super::load::{Lines, tokens};

/// Units with a leader each: who an SMS goes to says which event it is about.
pub(crate) const UNITS: usize = 64;
/// Sources of each shape: one alone may not send as fast as all connections together.
pub(crate) const SOURCES: usize = 8;

/// A folder with a configuration and data.
pub(crate) struct Site {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) port: u16,
}

/// What a daemon holds in memory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Resident {
    pub(crate) all_kib: u64,
    /// Without what is mapped from files, the binary most of all.
    pub(crate) own_kib: u64,
    pub(crate) threads: u64,
}

impl Site {
    pub(crate) fn new(provider: u16) -> Self {
        let site = Self { dir: tempfile::tempdir().unwrap(), port: free_port() };
        std::fs::create_dir(site.config()).unwrap();
        std::fs::write(site.config().join("site.toml"), site.text(provider)).unwrap();
        site
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.dir.path().join("config")
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    fn text(&self, provider: u16) -> String {
        let mut text = include_str!("site.toml")
            .replace("{HTTP}", &self.port.to_string())
            .replace("{PROVIDER}", &provider.to_string())
            .replace("{DATA}", &self.data().display().to_string())
            .replace("{HASH}", &hash(CLIENT));
        for unit in 0..UNITS {
            write!(
                text,
                "[[unit]]\nid = \"u{unit:02}\"\nname = \"单位{unit:02}\"\nleader = \"l{unit:02}\"\n\
                 liaison = \"n{unit:02}\"\n\
                 [[person]]\nid = \"l{unit:02}\"\nname = \"负责人{unit:02}\"\nmobile = \"+86138000000{unit:02}\"\n\
                 [[person]]\nid = \"n{unit:02}\"\nname = \"联络员{unit:02}\"\nmobile = \"+86138000001{unit:02}\"\n"
            )
            .unwrap();
        }
        for source in 0..SOURCES {
            let (native, device) = tokens(source);
            write!(
                text,
                "[[source]]\nid = \"s{source}\"\nformat = \"native\"\nmay = [\"fever\", \"suspected\"]\n\
                 token_sha256 = \"{}\"\n\
                 [[source]]\nid = \"s{source}d\"\nformat = \"hikvision\"\nunit = \"u00\"\nmay = [\"fever\"]\n\
                 token_sha256 = \"{}\"\n",
                hash(&native),
                hash(&device)
            )
            .unwrap();
        }
        text
    }

    /// Starts the daemon; how long it took until it was ready.
    pub(crate) async fn start(&self) -> (Daemon, Duration) {
        let log = std::fs::File::create(self.dir.path().join("log")).unwrap();
        let began = Instant::now();
        let mut command = Command::new(env!("CARGO_BIN_EXE_watchfire"));
        command.args(["--log", "warn", "serve", "--config"]).arg(self.config());
        let child = command.stdout(Stdio::null()).stderr(log).spawn().unwrap();
        let mut daemon = Daemon { child };
        while !Lines::ready(self.port).await {
            let ended = daemon.child.try_wait().unwrap();
            assert!(
                ended.is_none() && began.elapsed() < Duration::from_secs(60),
                "not ready: {}",
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        (daemon, began.elapsed())
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }

    /// Lets messages go to everybody.
    pub(crate) async fn arm(&self) {
        let mut line = Lines::open(self.port, 1).await;
        let status = line.post("/v1/arm", CLIENT, r#"{"by":"head"}"#).await;
        assert_eq!(status, 200, "arm: {}", self.log());
    }
}

const CLIENT: &str = "benchmark-client";

fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

/// A daemon that runs; killed when it is dropped.
pub(crate) struct Daemon {
    child: Child,
}

impl Daemon {
    fn proc(&self, file: &str) -> String {
        std::fs::read_to_string(format!("/proc/{}/{file}", self.child.id())).unwrap()
    }

    pub(crate) fn resident(&self) -> Resident {
        let status = self.proc("status");
        let number = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
            line.trim_start_matches(':').trim().trim_end_matches(" kB").parse().unwrap_or(0)
        };
        Resident { all_kib: number("VmRSS"), own_kib: number("RssAnon"), threads: number("Threads") }
    }

    /// Processor time that the daemon has used.
    pub(crate) fn worked(&self) -> Duration {
        let stat = self.proc("stat");
        // The name in the second field may hold anything; the ticks are the 12th and 13th behind it.
        let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
        let ticks: u64 = fields[11..13].iter().map(|ticks| ticks.parse::<u64>().unwrap()).sum();
        // USER_HZ is 100 wherever Linux runs this.
        Duration::from_millis(ticks * 10)
    }

    /// SIGTERM, and waits for the end.
    pub(crate) async fn stop(mut self) {
        let sent = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status().unwrap();
        assert!(sent.success());
        for _ in 0..3_000 {
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
