//! The tour, as a newcomer runs it: from the webhook to the authority's telephone and inbox.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use watchfire::time::{Clock as _, SystemClock};

use super::daemon::{client, until};

/// The tour takes about half a minute; so much is left for a machine with other work.
const TOUR_MAX: Duration = Duration::from_secs(45);

/// Starts the tour, with its temporary folder in this one.
fn tour(within: &Path, arguments: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_watchfire"));
    let command = command.arg("demo").args(arguments).env("TMPDIR", within).stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap_or_else(|error| panic!("{error}"))
}

/// A tour that stays up by itself, and not beyond its test.
struct StaysUp(Child);

impl Drop for StaysUp {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// What the tour left behind it, or has there while it runs.
fn folders(within: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(within).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn the_tour_shows_the_whole_way_in_half_a_minute_and_ends() {
    let (dir, clock) = (tempfile::tempdir().unwrap(), SystemClock::new());
    let began = clock.read().since_boot;
    let output = tour(dir.path(), &["--once"]).wait_with_output().unwrap();
    let took = clock.read().since_boot.saturating_sub(began);
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{told}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(took < TOUR_MAX, "{took:?}");
    assert_eq!(folders(dir.path()), [""; 0]);
    assert!(!told.contains("Ctrl-C"), "{told}");
    for expected in [
        "answered 202 once it was on disk",
        "CALL       to the duty officer: This is the duty centre",
        "SMS        to the leader of Finance: Suspected case in Finance!",
        "presses 1",
        "MAIL       to THE AUTHORITY, duty@sasac.example.cn",
        "Subject: [FIRST REPORT]",
        "1 Event  one suspected case, main hall, Finance",
        "the clock is MET",
        "written report sent",
        "signed",
    ] {
        assert!(told.contains(expected), "expected {expected} in\n{told}");
    }
    assert!(told.lines().all(|line| line.chars().count() <= 100), "a line is too wide:\n{told}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "the tour is told on standard output alone");
    let order = |text: &str| told.find(text).unwrap_or(usize::MAX);
    assert!(order("the first proof") < order("duty@sasac.example.cn"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tour_stays_up_until_it_is_interrupted_and_leaves_nothing_behind() {
    let (dir, clock) = (tempfile::tempdir().unwrap(), SystemClock::new());
    let began = clock.read().since_boot;
    let mut child = StaysUp(tour(dir.path(), &[]));
    let mut output = BufReader::new(child.0.stdout.take().unwrap());
    let reads = tokio::task::spawn_blocking(move || {
        let mut told = String::new();
        // The invitation ends in what to read next.
        while !told.contains("\nNext: ") {
            assert!(output.read_line(&mut told).unwrap() > 0, "the tour ended: {told}");
        }
        (told, output)
    });
    let (told, mut output) = reads.await.unwrap();
    let took = clock.read().since_boot.saturating_sub(began);
    assert!(took < TOUR_MAX, "{took:?}");
    assert!(
        told.contains("the clock is MET") && told.contains("The daemon stays up until Ctrl-C."),
        "{told}"
    );
    let word = |from: &str, until: &str| {
        let (_, rest) = told.split_once(from).unwrap_or_else(|| panic!("{from} in {told}"));
        rest.split_once(until).unwrap().0.to_owned()
    };
    let base = format!("http://{}", word("  curl http://", "/metrics"));
    assert_eq!(client().get(format!("{base}/healthz")).send().await.unwrap().status(), 200);
    let cases = client().get(format!("{base}/v1/cases?state=open"));
    let cases = cases.bearer_auth(word("Authorization: Bearer ", "'")).send().await.unwrap();
    assert_eq!(cases.status(), 200, "as it says");
    let [folder] = &*folders(dir.path()) else { panic!("{:?}", folders(dir.path())) };
    assert!(folder.starts_with("watchfire-demo-"), "{folder}");
    let config = word("  watchfire ledger verify --config ", "\n");
    assert_eq!(Path::new(&config), dir.path().join(folder).join("config"));
    assert!(child.0.try_wait().unwrap().is_none(), "it stays");

    let sent = Command::new("kill").args(["-INT", &child.0.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let ended = until("the end of the tour", 20, async || child.0.try_wait().unwrap()).await;
    assert_eq!(ended.code(), Some(0));
    let mut rest = String::new();
    output.read_to_string(&mut rest).unwrap();
    child.0.stderr.take().unwrap().read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "", "it says no more");
    assert_eq!(folders(dir.path()), [""; 0]);
}
