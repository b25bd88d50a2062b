//! The folder that a desk or the real daemon runs on, and the daemon as a child process.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};

pub(crate) const TOKEN: &str = "benchmark-client";
/// The form that a desk files.
pub(crate) const FORM: &str = "daily";
/// All forms, each due at its hour.
pub(crate) const FORMS: [(&str, u32); 2] = [(FORM, 16), ("travel", 17)];

/// A folder with a configuration and data.
pub(crate) struct Site {
    dir: tempfile::TempDir,
    port: u16,
}

impl Site {
    /// A site with so many units, the first of which is always there.
    pub(crate) fn new(units: u32) -> Self {
        let site = Self { dir: tempfile::tempdir().unwrap(), port: free_port() };
        std::fs::create_dir(site.config()).unwrap();
        let text = include_str!("../way/site.toml")
            .replace("{HTTP}", &site.port.to_string())
            .replace("{PROVIDER}", "1")
            .replace("{DATA}", &site.data().display().to_string())
            .replace("{HASH}", &hash(TOKEN));
        std::fs::write(site.config().join("site.toml"), text + &added(units.max(1))).unwrap();
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

    /// Starts the daemon; how long it took until it was ready.
    pub(crate) async fn start(&self, client: &reqwest::Client) -> (Daemon, Duration) {
        let log = std::fs::File::create(self.dir.path().join("log")).unwrap();
        let began = Instant::now();
        let mut command = Command::new(env!("CARGO_BIN_EXE_watchfire"));
        command.args(["--log", "warn", "serve", "--config"]).arg(self.config());
        let mut daemon = Daemon(command.stdout(Stdio::null()).stderr(log).spawn().unwrap());
        loop {
            let asked = client.get(self.url("/readyz")).send().await;
            if asked.is_ok_and(|answer| answer.status().is_success()) {
                return (daemon, began.elapsed());
            }
            let ended = daemon.0.try_wait().unwrap();
            let log = || std::fs::read_to_string(self.dir.path().join("log")).unwrap_or_default();
            assert!(ended.is_none() && began.elapsed() < Duration::from_mins(3), "not ready: {}", log());
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

/// Units with their people, a source, and the forms.
fn added(units: u32) -> String {
    let mut text = format!(
        "[[source]]\nid = \"hr\"\nformat = \"native\"\ntoken_sha256 = \"{}\"\n",
        hash("benchmark-source")
    );
    for unit in 0..units {
        write!(
            text,
            "[[unit]]\nid = \"u{unit:06}\"\nname = \"单位{unit:06}\"\nleader = \"l{unit:06}\"\nliaison = \"n{unit:06}\"\n\
             [[person]]\nid = \"l{unit:06}\"\nname = \"负责人\"\nmobile = \"+86138{unit:08}\"\n\
             [[person]]\nid = \"n{unit:06}\"\nname = \"联络员\"\nmobile = \"+86139{unit:08}\"\n"
        )
        .unwrap();
    }
    for (form, hour) in FORMS {
        write!(
            text,
            "[[form]]\nid = \"{form}\"\nname = {{ zh-CN = \"{form}\", en = \"{form}\" }}\ndue = \"0 0 {hour} * * *\"\n\
             units = \"all\"\nleader_after = \"1m\"\nzero_allowed = true\n\
             fields = [ {{ name = \"on_duty\", type = \"count\", label = {{ zh-CN = \"在岗\", en = \"On duty\" }} }} ]\n"
        )
        .unwrap();
    }
    text
}

fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

/// A daemon that runs; killed when it is dropped.
pub(crate) struct Daemon(Child);

impl Daemon {
    /// SIGTERM, and waits for the end.
    pub(crate) async fn stop(mut self) {
        let sent = Command::new("kill").arg("-TERM").arg(self.0.id().to_string()).status().unwrap();
        assert!(sent.success());
        for _ in 0..6_000 {
            if let Some(status) = self.0.try_wait().unwrap() {
                assert!(status.success(), "the daemon ended with {status}");
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the daemon did not end");
    }

    pub(crate) fn resident_mb(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
        line.trim().trim_end_matches(" kB").parse::<f64>().unwrap_or(0.0) * 1_024.0 / 1e6
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
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
