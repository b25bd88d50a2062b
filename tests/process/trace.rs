//! The order of system calls: a sync that returned 0 stands between the last write to the journal and the yes.

use std::collections::BTreeMap;
use std::process::Command;

use crate::daemon::{Site, event};
use crate::provider::Provider;

/// One system call of the trace, as far as the order is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Call {
    Write,
    Sync,
    Yes,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_that_returned_0_stands_between_the_last_write_to_the_journal_and_the_2xx() {
    assert!(
        Command::new("strace").arg("-V").output().is_ok_and(|output| output.status.success()),
        "strace is missing: apt-get install strace"
    );
    let provider = Provider::start().await;
    let site = Site::new(provider.port, 3600);
    let trace = site.dir.path().join("trace");
    let mut command = Command::new("strace");
    command.args([
        "-f",
        "-y",
        "-s",
        "64",
        "-e",
        "trace=write,writev,pwrite64,pwritev,pwritev2,fdatasync,fsync,sendto,sendmsg",
    ]);
    command.arg("-o").arg(&trace).arg(env!("CARGO_BIN_EXE_watchfire"));
    command.args(["--log", "error", "serve", "--config"]).arg(site.config());
    let daemon = site.start_as(command).await;
    for number in 0..25 {
        let (status, _) = site.post("/v1/events", &event(&format!("t{number}"), false)).await.unwrap();
        assert_eq!(status, 202);
    }
    daemon.kill();
    let text = std::fs::read_to_string(&trace).unwrap();
    let calls = read(&text);
    let yes = calls.iter().filter(|call| **call == Call::Yes).count();
    assert!(yes >= 25, "{yes} answers in the trace");
    let mut durable = true;
    let mut writes = 0;
    for call in calls {
        match call {
            Call::Write => {
                writes += 1;
                durable = false;
            }
            Call::Sync => durable = true,
            Call::Yes => assert!(durable, "an answer left before the journal was synced"),
        }
    }
    assert!(writes >= 25, "{writes} writes in the trace");
}

/// The calls in the order in which they mattered: a sync counts when it has returned 0, a write when it begins.
fn read(text: &str) -> Vec<Call> {
    let mut calls = Vec::new();
    let mut unfinished: BTreeMap<&str, bool> = BTreeMap::new();
    for line in text.lines() {
        let Some((pid, rest)) = line.split_once(' ') else { continue };
        let rest = rest.trim_start();
        let journal = rest.contains("/journal/") && rest.contains(".jsonl");
        let is_sync = rest.starts_with("fdatasync(") || rest.starts_with("fsync(");
        if is_sync && rest.ends_with("<unfinished ...>") {
            unfinished.insert(pid, journal);
        } else if is_sync && journal && rest.ends_with("= 0") {
            calls.push(Call::Sync);
        } else if rest.starts_with("<... fdatasync resumed>") || rest.starts_with("<... fsync resumed>") {
            if unfinished.remove(pid) == Some(true) && rest.ends_with("= 0") {
                calls.push(Call::Sync);
            }
        } else if journal && (rest.starts_with("pwrite") || rest.starts_with("write")) {
            calls.push(Call::Write);
        } else if rest.contains("HTTP/1.1 202") {
            calls.push(Call::Yes);
        }
    }
    calls
}
