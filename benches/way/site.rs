//! The folder that the way of an event is measured on, and what its daemon takes of the machine.

use std::fmt::Write as _;
use std::time::Duration;

use super::ground::{CLIENT, Daemon, Ground, hash};
use super::load::{Lines, tokens};

/// Units with a leader each: who an SMS goes to says which event it is about.
pub(crate) const UNITS: usize = 64;
/// Sources of each shape: one alone may not send as fast as all connections together.
pub(crate) const SOURCES: usize = 8;

/// A folder with a configuration and data.
pub(crate) struct Site(pub(crate) Ground);

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
        Self(Ground::new(provider, &added()))
    }

    /// Starts the daemon; how long it took until it was ready.
    pub(crate) async fn start(&self) -> (Daemon, Duration) {
        self.0.start(Lines::ready).await
    }

    /// Lets messages go to everybody.
    pub(crate) async fn arm(&self) {
        let mut line = Lines::open(self.0.port, 1).await;
        let status = line.post("/v1/arm", CLIENT, r#"{"by":"head"}"#).await;
        assert_eq!(status, 200, "arm");
    }
}

/// Units with their people, and the sources.
fn added() -> String {
    let mut text = String::new();
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

impl Daemon {
    pub(crate) fn resident(&self) -> Resident {
        Resident {
            all_kib: self.status("VmRSS"),
            own_kib: self.status("RssAnon"),
            threads: self.status("Threads"),
        }
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
}
