//! Down while something falls due, and other things a start must cope with.

use std::process::Command;
use std::time::Duration;

use serde_json::json;

use crate::daemon::{Site, event};
use crate::provider::Provider;
use crate::record::facts;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_runs_out_while_the_daemon_is_down_is_breached_and_dated_to_its_limit() {
    let provider = Provider::start().await;
    let site = Site::new(provider.port, 6);
    let daemon = site.start().await;
    site.post("/v1/arm", &json!({ "by": "head" })).await.unwrap();
    let (status, answer) = site.post("/v1/events", &event("a", true)).await.unwrap();
    assert_eq!((status, &answer["kind"]), (202, &json!("suspected")));
    tokio::time::sleep(Duration::from_millis(500)).await;
    let alerts = provider.keys("sms").len();
    assert!(alerts >= 3, "{alerts}");
    daemon.kill();
    tokio::time::sleep(Duration::from_secs(8)).await;
    let daemon = site.start().await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let lapses = site.get("/v1/lapses?state=open").await;
    let lapses = lapses["lapses"].as_array().unwrap().clone();
    assert_eq!(lapses.len(), 2, "{lapses:?}");
    for lapse in &lapses {
        assert_eq!(lapse["due"], answer["clocks"][0]["phone_due"], "{lapse}");
        assert!(lapse["excuses"].as_array().unwrap().iter().any(|it| it["what"] == "outage"), "{lapse}");
    }
    // The authority is pursued all the same: rung first, then written to.
    let journal = site.journal();
    let order: Vec<&str> = facts(&journal, "attempt_started/1")
        .iter()
        .map(|fact| fact["attempt"]["callee"].as_str().unwrap())
        .filter(|callee| callee.starts_with("authority"))
        .collect();
    let channels: Vec<&str> = facts(&journal, "attempt_started/1")
        .iter()
        .filter(|fact| fact["attempt"]["callee"].as_str().unwrap().starts_with("authority"))
        .map(|fact| fact["attempt"]["channel"].as_str().unwrap())
        .collect();
    assert!(!order.is_empty());
    assert_eq!(channels.first(), Some(&"voice"));
    assert!(channels.contains(&"mail"), "{channels:?}");
    // One message to one person for all that was overdue.
    let late: Vec<_> = facts(&journal, "attempt_started/1")
        .into_iter()
        .filter(|fact| fact["attempt"]["late_because"] == "outage")
        .collect();
    assert!(!late.is_empty());
    assert!(daemon.stop().await);
    assert!(site.verify().0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_daemon_on_the_same_data_refuses() {
    let provider = Provider::start().await;
    let site = Site::new(provider.port, 3600);
    let daemon = site.start().await;
    let other = Site::new(provider.port, 3600);
    let text = std::fs::read_to_string(other.config().join("site.toml")).unwrap();
    let text = text.replace(&other.data().display().to_string(), &site.data().display().to_string());
    std::fs::write(other.config().join("site.toml"), text).unwrap();
    let output = other.command().output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("cannot start"), "{said}");
    assert!(daemon.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reload_with_a_mistake_keeps_the_old_configuration() {
    let provider = Provider::start().await;
    let site = Site::new(provider.port, 3600);
    let daemon = site.start().await;
    let path = site.config().join("site.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("[organisation]", "[organisatoin]")).unwrap();
    daemon.signal("-HUP");
    tokio::time::sleep(Duration::from_millis(500)).await;
    let (status, _) = site.post("/v1/events", &event("a", false)).await.unwrap();
    assert_eq!(status, 202);
    assert!(site.log().contains("the old one stays"), "{}", site.log());
    std::fs::write(&path, text.replace("fever_at_least_c = 37.3", "fever_at_least_c = 39.0")).unwrap();
    daemon.signal("-HUP");
    tokio::time::sleep(Duration::from_millis(500)).await;
    let reading = json!({ "id": "b", "unit": "finance", "temperature_c": 38.4 });
    let (_, answer) = site.post("/v1/events", &reading).await.unwrap();
    assert_eq!(answer["outcome"], "below_threshold");
    assert!(daemon.stop().await);
    assert_eq!(facts(&site.journal(), "configuration_adopted/1").len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_byte_in_the_journal_is_found_and_the_start_refuses() {
    let provider = Provider::start().await;
    let site = Site::new(provider.port, 3600);
    let daemon = site.start().await;
    for id in ["a", "b", "c"] {
        site.post("/v1/events", &event(id, false)).await.unwrap();
    }
    assert!(daemon.stop().await);
    let folder = site.data().join("journal");
    let path = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|it| it == "jsonl"))
        .unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replacen("case_opened/1", "case_opened/2", 1)).unwrap();
    let (holds, printed) = site.verify();
    assert!(!holds && printed.contains("BAD"), "{printed}");
    for snapshot in std::fs::read_dir(site.data()).unwrap().map(|entry| entry.unwrap().path()) {
        if snapshot.file_name().unwrap().to_string_lossy().starts_with("snapshot") {
            std::fs::remove_file(snapshot).unwrap();
        }
    }
    let output = site.command().output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let folder = format!("keep {} as it is", site.data().display());
    for expected in ["damaged at entry", &folder, "`watchfire ledger verify`", "start with --hold"] {
        assert!(said.contains(expected), "expected {expected} in {said}");
    }
}

#[test]
fn the_example_configuration_is_checked_as_a_compiler_would() {
    let run = |dir: &str| {
        Command::new(env!("CARGO_BIN_EXE_watchfire")).args(["check", "--config", dir]).output().unwrap()
    };
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/config");
    let good = run(example);
    assert_eq!(good.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&good.stdout).contains("secret of the example"));
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("a.toml"), "[organisation]\nnam = \"x\"\n").unwrap();
    let bad = run(dir.path().to_str().unwrap());
    assert_eq!(bad.status.code(), Some(2));
    let said = String::from_utf8_lossy(&bad.stderr).into_owned();
    assert!(said.contains("a.toml:2:1") && said.contains("did you mean `name`"), "{said}");
}
