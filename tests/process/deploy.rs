//! The unit and the notification of systemd.

use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::Command;

use crate::daemon::{Site, need, run, until};
use crate::faults::faulty;
use crate::provider::Provider;

const UNIT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/watchfire.service");

#[test]
fn the_unit_is_understood_and_leaves_little_open() {
    need("systemd-analyze", "systemd");
    need("unshare", "util-linux");
    let dir = tempfile::tempdir().unwrap();
    std::fs::copy(env!("CARGO_BIN_EXE_watchfire"), dir.path().join("watchfire")).unwrap();
    // The binary is where the unit says, for this one look: nothing of the machine is changed.
    let look = format!(
        "mount -t overlay overlay -o lowerdir={}:/usr/bin /usr/bin && systemd-analyze verify {UNIT} 2>&1",
        dir.path().display()
    );
    let said = run(Command::new("unshare").args(["--mount", "sh", "-c", &look]));
    assert_eq!(said.lines().filter(|line| line.contains("watchfire")).count(), 0, "{said}");
    run(Command::new("systemd-analyze").args(["security", "--offline=true", "--threshold=20", UNIT]));
}

/// What the daemon has told systemd since the last look.
fn told(socket: &UnixDatagram) -> Vec<String> {
    let mut told = Vec::new();
    let mut bytes = [0; 4096];
    while let Ok(length) = socket.recv(&mut bytes) {
        let text = String::from_utf8_lossy(&bytes[..length]).into_owned();
        told.extend(text.lines().map(str::to_owned));
    }
    told
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn systemd_hears_when_it_is_ready_alive_and_stopping_and_nothing_while_the_engine_is_stuck() {
    let provider = Provider::start().await;
    let site = Site::new(provider.port, 3600);
    let path = site.dir.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_nonblocking(true).unwrap();
    let watched = |mut command: Command| {
        command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "1000000");
        command
    };
    let daemon = site.start_as(watched(site.command())).await;
    let mut heard = Vec::new();
    until("ready, and twice alive", 20, async || {
        heard.extend(told(&socket));
        let beats = heard.iter().filter(|line| *line == "WATCHDOG=1").count();
        (heard.iter().any(|line| line == "READY=1") && beats >= 2).then_some(())
    })
    .await;
    assert!(daemon.stop().await);
    assert!(told(&socket).iter().any(|line| line == "STOPPING=1"));
    // The third sync takes 6 s: no ping while it does, and pings again when it is over.
    let daemon = site.start_as(watched(faulty(&site, "fdatasync", "delay_enter=6000000:when=3"))).await;
    let stuck = async {
        for id in ["a", "b", "c"] {
            site.case(id, false).await;
        }
    };
    let mut silent_longest = 0;
    let listen = async {
        let mut silent = 0;
        loop {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            silent = if told(&socket).iter().any(|line| line == "WATCHDOG=1") { 0 } else { silent + 1 };
            silent_longest = silent_longest.max(silent);
        }
    };
    tokio::select! {
        () = stuck => {}
        () = listen => {}
    }
    // A look each tenth of a second; pings come at half of a second otherwise.
    assert!(silent_longest >= 30, "{silent_longest} looks without a ping");
    until("a ping", 10, async || told(&socket).contains(&"WATCHDOG=1".to_owned()).then_some(())).await;
    daemon.kill();
}

/// The fenced blocks of a document, in their order.
fn blocks(document: &str) -> Vec<&str> {
    document.split("```").skip(1).step_by(2).collect()
}

#[test]
fn the_documented_installation_makes_each_thing_before_it_is_needed() {
    let readme = include_str!("../../README.md");
    let at = |what: &str| readme.find(what).unwrap_or_else(|| panic!("{what} is not in the README"));
    let key = at("openssl rand -hex 32 > /etc/watchfire/credentials/master-key");
    let (settings, check) = (at("path = \"/var/lib/watchfire\""), at("-p LoadCredential=master-key"));
    assert!(key < settings && settings < check && check < at("systemctl enable --now watchfire"));
    // The unit loads what the README makes.
    let unit = std::fs::read_to_string(UNIT).unwrap();
    assert!(unit.contains("LoadCredential=master-key:/etc/watchfire/credentials/master-key"));
    for document in [readme, include_str!("../../deploy/README.md"), include_str!("../../docs/operation.md")]
    {
        for block in blocks(document).iter().filter(|block| block.contains("systemd-run")) {
            assert!(!block.contains("StateDirectory"), "it would take the folder from the daemon: {block}");
        }
    }
}

#[test]
fn what_the_tests_install_is_what_the_readme_names() {
    let script = include_str!("../../tests/run");
    let readme = include_str!("../../README.md");
    let needed = script.lines().filter_map(|line| line.strip_prefix("need ")?.split(' ').nth(1));
    let missing: Vec<&str> = needed.filter(|package| !readme.contains(package)).collect();
    assert!(missing.is_empty() && script.contains("run this as root"), "{missing:?}");
}

/// The example as an operator installs it below this folder: with the settings that a document shows, a password in a
/// credential too, and the files that the credentials are loaded from.
fn install(root: &Path, document: &str) {
    let etc = root.join("etc/watchfire");
    std::fs::create_dir_all(etc.join("credentials")).unwrap();
    for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/config")).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            std::fs::copy(&path, etc.join(path.file_name().unwrap())).unwrap();
        }
    }
    let documented = blocks(document).into_iter().find_map(|block| block.strip_prefix("toml\n")).unwrap();
    for (file, from, to) in [
        ("watchfire.toml", "[storage]\npath = \"data\"", documented.trim_end()),
        (
            "channels.toml",
            "kind = \"smtp\"",
            "kind = \"smtp\"\nuser = \"wf\"\npassword = { credential = \"smtp-password\" }",
        ),
    ] {
        let text = std::fs::read_to_string(etc.join(file)).unwrap();
        assert!(text.contains(from), "{from} in {file}");
        std::fs::write(etc.join(file), text.replacen(from, to, 1)).unwrap();
    }
    std::fs::write(etc.join("credentials/master-key"), "0123456789abcdef".repeat(4)).unwrap();
    std::fs::write(etc.join("credentials/smtp-password"), "canary-7c41").unwrap();
}

/// Runs the call of a document as `systemd-run` does, below this folder: each credential is a file in the folder that
/// the environment names, and nothing else is in the environment. Those named in `without` were forgotten.
fn as_systemd_runs(document: &str, root: &Path, without: &[&str]) -> (Option<i32>, String) {
    let line = document.replace("\\\n", " ");
    let line = line.lines().find(|line| line.starts_with("systemd-run ")).unwrap();
    let (options, call) = line.split_once(" watchfire ").unwrap();
    let given = root.join("run/credentials");
    std::fs::create_dir_all(&given).unwrap();
    let documented = options.split_whitespace().filter_map(|word| word.strip_prefix("LoadCredential="));
    // One option for each further credential, as deploy/README.md says.
    let all = documented.chain(["smtp-password:/etc/watchfire/credentials/smtp-password"]);
    for (name, path) in all.map(|credential| credential.split_once(':').unwrap()) {
        let (from, to) = (root.join(path.trim_start_matches('/')), given.join(name));
        if without.contains(&name) {
            std::fs::remove_file(to).unwrap();
        } else {
            std::fs::copy(from, &to).unwrap();
        }
    }
    let below = |word: &str| match word.strip_prefix('/') {
        Some(path) => root.join(path).display().to_string(),
        None => word.to_owned(),
    };
    let mut command = Command::new(env!("CARGO_BIN_EXE_watchfire"));
    command.env_clear().env("CREDENTIALS_DIRECTORY", &given).args(call.split_whitespace().map(below));
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn the_documented_check_takes_the_documented_settings_and_names_a_credential_that_was_not_given() {
    let (readme, deploy) = (include_str!("../../README.md"), include_str!("../../deploy/README.md"));
    let operation = include_str!("../../docs/operation.md");
    for (settings, call) in [(readme, readme), (deploy, deploy), (deploy, operation)] {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        install(root, settings);
        let (code, said) = as_systemd_runs(call, root, &[]);
        assert_eq!(code, Some(0), "{said}");
        assert!(said.contains("no mistakes") && !said.contains("storage"), "{said}");
        for (name, file, key) in [
            ("master-key", "watchfire.toml", "storage.master_key.credential"),
            ("smtp-password", "channels.toml", "password.credential"),
        ] {
            let text = std::fs::read_to_string(root.join("etc/watchfire").join(file)).unwrap();
            let line =
                text.lines().position(|line| line.contains(&format!("credential = \"{name}\""))).unwrap();
            let (code, said) = as_systemd_runs(call, root, &[name]);
            assert_eq!(code, Some(2), "{said}");
            let mistakes: Vec<&str> = said.lines().filter(|line| line.starts_with("error: ")).collect();
            let sought = root.join("run/credentials").join(name);
            let [mistake] = mistakes[..] else { panic!("one mistake, and no more: {said}") };
            assert!(mistake.contains(&format!("{key}: {} cannot be read", sought.display())), "{said}");
            assert!(said.contains(&format!("--> {file}:{}:", line + 1)), "line {} in {said}", line + 1);
            assert!(!said.contains("canary-7c41") && !said.contains("0123456789abcdef"), "{said}");
        }
    }
}

/// Waits for the end of a reload, and returns the lines that came with it.
async fn reloaded(socket: &UnixDatagram, daemon: &crate::daemon::Daemon) -> Vec<String> {
    told(socket);
    daemon.signal("-HUP");
    let mut heard = Vec::new();
    until("the end of a reload", 20, async || {
        heard.extend(told(socket).into_iter().filter(|line| line != "WATCHDOG=1"));
        heard.iter().any(|line| line == "READY=1").then_some(())
    })
    .await;
    heard
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn systemd_hears_when_a_reload_begins_and_that_it_is_over_adopted_or_not() {
    let provider = Provider::start().await;
    let site = Site::new(provider.port, 3600);
    let path = site.dir.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_nonblocking(true).unwrap();
    let mut command = site.command();
    command.env("NOTIFY_SOCKET", &path);
    let daemon = site.start_as(command).await;
    until("ready", 20, async || told(&socket).contains(&"READY=1".to_owned()).then_some(())).await;
    let file = site.config().join("site.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let before = uptime_usec();
    for (change, adopted) in [("\n# changed\n", true), ("\nnonsense = true\n", false)] {
        std::fs::write(&file, format!("{text}{change}")).unwrap();
        let heard = reloaded(&socket, &daemon).await;
        assert_eq!(heard[0], "RELOADING=1", "{heard:?}");
        let since: i64 = heard[1].strip_prefix("MONOTONIC_USEC=").unwrap().parse().unwrap();
        assert!((before..=uptime_usec()).contains(&since), "{since}");
        assert_eq!(heard[2], "READY=1", "{heard:?}");
        assert_eq!(heard[3] == "STATUS=ready", adopted, "{heard:?}");
    }
    let adopted = site
        .journal()
        .iter()
        .filter(|entry| entry["facts"].to_string().contains("configuration_adopted"))
        .count();
    assert_eq!(adopted, 2, "the first, and the one without a mistake");
    assert!(daemon.stop().await);
}

/// The clock that a service manager compares with, in microseconds.
fn uptime_usec() -> i64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    now.tv_sec * 1_000_000 + now.tv_nsec / 1_000
}
