//! The unit's sandbox: no service manager runs here, so that what the daemon does is held against what the unit allows.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::daemon::{Daemon, Site, need, run, until};
use crate::provider::Provider;

const UNIT: &str = include_str!("../../deploy/watchfire.service");
/// Nobody in particular, as a dynamic user is.
const USER: &str = "65534";

/// The values of a setting of the unit, in order.
fn setting(name: &str) -> Vec<&'static str> {
    UNIT.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix('=')).collect()
}

/// The names in a group of system calls, and in the groups that it is made of.
fn expand(groups: &BTreeMap<String, Vec<String>>, name: &str) -> BTreeSet<String> {
    match groups.get(name) {
        Some(members) => members.iter().flat_map(|member| expand(groups, member)).collect(),
        None => BTreeSet::from([name.to_owned()]),
    }
}

/// The system calls that the unit allows, as systemd itself reads them.
fn allowed() -> BTreeSet<String> {
    let listed = run(Command::new("systemd-analyze").args(["syscall-filter", "--no-pager"]));
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut group = String::new();
    for line in listed.lines() {
        let word = line.trim();
        match line.strip_prefix('@') {
            Some(_) => group = word.to_owned(),
            None if word.is_empty() || word.starts_with('#') => {}
            None => groups.entry(group.clone()).or_default().push(word.to_owned()),
        }
    }
    let mut allowed = BTreeSet::new();
    for filter in setting("SystemCallFilter") {
        let (denies, names) = filter.strip_prefix('~').map_or((false, filter), |names| (true, names));
        for name in names.split(' ').flat_map(|name| expand(&groups, name)) {
            if denies {
                allowed.remove(&name);
            } else {
                allowed.insert(name);
            }
        }
    }
    assert!(
        allowed.len() > 100 && allowed.contains("fdatasync") && !allowed.contains("mount"),
        "{allowed:?}"
    );
    allowed
}

/// The daemon as the unit starts it, as far as that goes here: another user, no capability and none to be had, as many
/// open files. Every system call is written down from the moment when the daemon's own program begins.
async fn fenced(site: &Site) -> Daemon {
    need("strace", "strace");
    need("setpriv", "util-linux");
    need("systemd-analyze", "systemd");
    let root = site.dir.path();
    let binary = root.join("watchfire");
    std::fs::copy(env!("CARGO_BIN_EXE_watchfire"), &binary).unwrap();
    std::fs::create_dir(site.data()).unwrap();
    run(Command::new("chown").args(["-R", USER]).arg(root));
    let open = setting("LimitNOFILE")[0];
    let mut command = Command::new("strace");
    command.args(["-f", "-s", "200", "-e", "signal=none", "-o"]).arg(root.join("trace"));
    command.args(["setpriv", "--reuid", USER, "--regid", USER, "--clear-groups", "--no-new-privs"]);
    command.args(["--bounding-set=-all", "--inh-caps=-all", "prlimit", &format!("--nofile={open}")]);
    command.arg(binary).args(["--log", "warn", "serve", "--config"]).arg(site.config());
    site.start_as(command).await
}

/// The lines of the daemon itself: those after its program has begun.
fn of_the_daemon<'t>(trace: &'t str, binary: &str) -> Vec<&'t str> {
    let begins = trace.lines().position(|line| line.contains(&format!("execve(\"{binary}\"")));
    trace.lines().skip(begins.unwrap() + 1).collect()
}

/// The name of the call that begins in a line, and what it is given.
fn call(line: &str) -> Option<(&str, &str)> {
    let (_, rest) = line.split_once(' ')?;
    let (name, arguments) = rest.trim_start().split_once('(')?;
    name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_').then_some((name, arguments))
}

/// What of a call the unit would not let through.
fn refused(
    (name, arguments): (&str, &str),
    (allowed, families, data): (&BTreeSet<String>, &[&str], &Path),
) -> Option<String> {
    let told = || Some(format!("{name}({arguments}"));
    let quoted = arguments.split('"').nth(1).unwrap_or_default();
    let for_writing = ["O_WRONLY", "O_RDWR", "O_CREAT"].iter().any(|flag| arguments.contains(flag));
    let executes = arguments.contains("PROT_EXEC");
    match name {
        _ if !allowed.contains(name) => told(),
        "socket" => {
            let family = arguments.split(',').next().unwrap_or_default();
            if families.contains(&family) { None } else { told() }
        }
        // MemoryDenyWriteExecute
        "mmap" if executes && arguments.contains("PROT_WRITE") => told(),
        "mprotect" | "pkey_mprotect" if executes => told(),
        // ProtectSystem=strict
        "open" | "openat" | "openat2" if for_writing => {
            if Path::new(quoted).starts_with(data) || quoted == "/dev/null" { None } else { told() }
        }
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_daemon_asks_for_nothing_that_its_unit_forbids() {
    let provider = Provider::start().await;
    let site = Site::new(provider.port, 3600);
    let daemon = fenced(&site).await;
    site.tell("/v1/arm", json!({ "by": "head" })).await;
    let case = site.case("a", true).await;
    until("a call", 30, async || provider.keys("voice").first().cloned()).await;
    let told = json!({ "authority": "sasac", "by": "officer", "outcome": "taken", "answered_by": "张处长" });
    site.tell(&format!("/v1/cases/{case}/telephone"), told).await;
    let written = json!({ "authority": "sasac", "by": "officer", "kind": "initial",
                          "content": { "measures": "单独隔离", "scope": "同住3人" } });
    site.tell(&format!("/v1/cases/{case}/written"), written).await;
    until("the report", 30, async || provider.keys("mail").first().cloned()).await;
    daemon.kill();
    assert!(site.verify().0);
    let trace = std::fs::read_to_string(site.dir.path().join("trace")).unwrap();
    let lines = of_the_daemon(&trace, &site.dir.path().join("watchfire").display().to_string());
    let calls: Vec<_> = lines.into_iter().filter_map(call).collect();
    for expected in ["socket", "fdatasync", "openat", "mmap"] {
        assert!(calls.iter().any(|(name, _)| *name == expected), "no {expected} in {} calls", calls.len());
    }
    let (allowed, families, data) = (allowed(), setting("RestrictAddressFamilies")[0], site.data());
    let families: Vec<&str> = families.split(' ').collect();
    let refused: BTreeSet<String> =
        calls.into_iter().filter_map(|call| refused(call, (&allowed, &families, &data))).collect();
    assert!(refused.is_empty(), "{refused:#?}");
}

#[test]
fn a_call_that_the_unit_forbids_is_found() {
    let (allowed, data) = (allowed(), Path::new("/var/lib/watchfire"));
    let families = ["AF_INET"];
    let found = |line| refused(call(line).unwrap(), (&allowed, &families, data)).is_some();
    for (line, expected) in [
        ("12 fdatasync(9) = 0", false),
        ("12 mount(\"a\", \"b\", NULL, 0, NULL) = 0", true),
        ("12 sched_setaffinity(0, 8, [0]) = 0", true),
        ("12 socket(AF_INET, SOCK_STREAM, 0) = 9", false),
        ("12 socket(AF_PACKET, SOCK_RAW, 0) = 9", true),
        ("12 mmap(NULL, 4096, PROT_READ|PROT_EXEC, MAP_PRIVATE, 3, 0) = 0x7f", false),
        ("12 mmap(NULL, 4096, PROT_READ|PROT_WRITE|PROT_EXEC, MAP_PRIVATE, -1, 0) = 0x7f", true),
        ("12 mprotect(0x7f, 4096, PROT_READ|PROT_EXEC) = 0", true),
        ("12 openat(AT_FDCWD, \"/etc/hosts\", O_RDONLY|O_CLOEXEC) = 9", false),
        ("12 openat(AT_FDCWD, \"/etc/hosts\", O_WRONLY|O_CLOEXEC) = 9", true),
        ("12 openat(AT_FDCWD, \"/var/lib/watchfire/alive\", O_RDWR|O_CREAT, 0600) = 9", false),
    ] {
        assert_eq!(found(line), expected, "{line}");
    }
}
