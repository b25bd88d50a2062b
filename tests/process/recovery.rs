//! Down while something falls due, and other things a start must cope with.

use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use watchfire::time::Timestamp;

use crate::daemon::{Site, client, event, free_port, until};
use crate::provider::Provider;
use crate::record::{all, facts};

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
    // So long that the limit itself has passed for longer than what counts as late.
    tokio::time::sleep(Duration::from_secs(10)).await;
    let daemon = site.start().await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let lapses = site.get("/v1/lapses?state=open").await;
    let lapses = lapses["lapses"].as_array().unwrap().clone();
    assert_eq!(lapses.len(), 2, "{lapses:?}");
    for lapse in &lapses {
        assert_eq!(lapse["due"], answer["clocks"][0]["phone_due"], "{lapse}");
        assert!(lapse["excuses"].as_array().unwrap().iter().any(|it| it["what"] == "outage"), "{lapse}");
    }
    let journal = site.journal();
    // Decided in the order in which it was due; what is of no use any more is passed over, and of repeats one is left.
    assert_eq!(
        overdue(&journal),
        [
            "+1 s warned, overtaken",
            "+2 s repeated, on the old grid",
            "+3 s the daemon calls",
            "+4 s the written report",
            "+6 s breached: telephone",
            "+6 s breached: written",
        ]
    );
    let excuses: Vec<&Value> =
        facts(&journal, "lapse_recorded/1").iter().map(|it| &it["lapse"]["excuses"][0]).collect();
    let down = &facts(&journal, "started/1")[1]["down"];
    let outage = json!({ "what": "outage", "from": down["from"], "to": down["to"] });
    assert_eq!(excuses, [&outage, &outage]);
    // One message to one person for all that was overdue, the officer's too; that it is over is another kind of word.
    let late = went_late(&journal);
    let mut sorted = late.clone();
    sorted.sort();
    assert_eq!(
        sorted,
        [
            "authority:sasac mail: written +4 s",
            "authority:sasac voice: telephone +3 s",
            "person:head sms: alert +2 s",
            "person:head sms: missed +6 s",
            "person:head voice: alert +2 s",
            "person:leader sms: alert +2 s",
            "person:leader sms: missed +6 s",
            "person:leader voice: alert +2 s",
            "person:officer sms: alert +2 s, breach +6 s, breach +6 s",
            "person:officer voice: alert +2 s, breach +6 s, breach +6 s",
        ]
    );
    // The authority is pursued all the same: rung first, then written to.
    let at = |what: &str| late.iter().position(|it| it.starts_with(what)).unwrap();
    assert!(at("authority:sasac voice") < at("authority:sasac mail"), "{late:?}");
    assert!(daemon.stop().await);
    assert!(site.verify().0);
}

fn instant(text: &Value) -> Timestamp {
    text.as_str().unwrap().parse().unwrap()
}

/// `+3 s`, counted from the moment that the only case counts from.
fn after(journal: &[Value], due: &Value) -> String {
    let since = instant(&facts(journal, "case_opened/1")[0]["case"]["suspected_since"]);
    format!("+{} s", instant(due).since(since).as_secs())
}

/// The entries of the last start, and until when the daemon was down before.
fn last_start(journal: &[Value]) -> (&[Value], Timestamp) {
    let began = journal.iter().rposition(|entry| entry["facts"][0].get("started/1").is_some()).unwrap();
    (&journal[began..], instant(&journal[began]["facts"][0]["started/1"]["down"]["to"]))
}

/// What the last start found overdue, in the order in which it was decided.
fn overdue(journal: &[Value]) -> Vec<String> {
    let (entries, up) = last_start(journal);
    let mut found = Vec::new();
    for (tag, fact) in all(entries).flat_map(|fact| fact.as_object().unwrap()) {
        let planned = &fact["notification"];
        let (what, due) = match tag.as_str() {
            "warned/1" => ("warned, overtaken".to_owned(), &fact["due"]),
            "step_repeated/1" => ("repeated, on the old grid".to_owned(), &fact["due"]),
            "daemon_calls/1" => ("the daemon calls".to_owned(), &fact["due"]),
            "clock_breached/1" => (format!("breached: {}", fact["proof"].as_str().unwrap()), &fact["due"]),
            "notification_planned/1" if planned["purpose"] == "written" => {
                ("the written report".to_owned(), &planned["due"])
            }
            _ => continue,
        };
        if instant(due) > up {
            continue;
        }
        assert!(tag != "warned/1" || fact["overtaken"] == true, "{fact}");
        if tag == "step_repeated/1" {
            let (missed, next) = (fact["missed"].as_u64().unwrap(), instant(&fact["next"]));
            assert_eq!(next.since(instant(due)), Duration::from_secs(2 * (missed + 1)), "{fact}");
            assert!(missed >= 3 && next > up, "{fact}, up at {up}");
        }
        found.push(format!("{} {what}", after(journal, due)));
    }
    found
}

/// The messages that were overdue at the last start, as they were granted, each with the outage as the reason: to whom,
/// by what, what they say, and when that was due.
fn went_late(journal: &[Value]) -> Vec<String> {
    let (entries, up) = last_start(journal);
    let planned = facts(journal, "notification_planned/1");
    let plan = |id: &Value| planned.iter().map(|it| &it["notification"]).find(|it| it["id"] == *id).unwrap();
    let mut late = Vec::new();
    for started in facts(entries, "attempt_started/1") {
        let (lead, attempt) = (&started["notification"], &started["attempt"]);
        if instant(&plan(lead)["due"]) > up {
            continue;
        }
        assert_eq!(attempt["late_because"], "outage", "{started}");
        let all = std::iter::once(lead).chain(started["covers"].as_array().unwrap()).map(plan);
        let mut said: Vec<String> = all
            .map(|it| format!("{} {}", it["purpose"].as_str().unwrap(), after(journal, &it["due"])))
            .collect();
        said.sort();
        let (callee, by) = (attempt["callee"].as_str().unwrap(), attempt["channel"].as_str().unwrap());
        // Behind it stands which of an authority's numbers or addresses it is.
        let to = callee.split('#').next().unwrap_or_default();
        late.push(format!("{to} {by}: {}", said.join(", ")));
    }
    late
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
    let refused = async || {
        let metrics = client().get(site.url("/metrics")).send().await.unwrap().text().await.unwrap();
        metrics
            .lines()
            .find_map(|line| line.strip_prefix("watchfire_reloads_refused_total "))
            .map(str::to_owned)
    };
    assert_eq!(refused().await.as_deref(), Some("0"));
    std::fs::write(&path, text.replace("[organisation]", "[organisatoin]")).unwrap();
    daemon.signal("-HUP");
    until("the refusal", 20, async || site.log().contains("the old one stays").then_some(())).await;
    assert_eq!(refused().await.as_deref(), Some("1"));
    let (status, _) = site.post("/v1/events", &event("a", false)).await.unwrap();
    assert_eq!(status, 202);
    let waits = "what was changed here takes effect at the next start alone";
    assert!(!site.log().contains(waits), "{}", site.log());
    let (old, new) = (format!("127.0.0.1:{}", site.port), format!("127.0.0.1:{}", free_port()));
    let changed = text.replace("fever_at_least_c = 37.3", "fever_at_least_c = 39.0").replace(&old, &new);
    std::fs::write(&path, &changed).unwrap();
    daemon.signal("-HUP");
    let adopted = until("the reload", 20, async || {
        let adopted: Vec<String> = facts(&site.journal(), "configuration_adopted/1")
            .iter()
            .map(|it| it["sha256"].as_str().unwrap().to_owned())
            .collect();
        (adopted.len() == 2).then_some(adopted)
    });
    assert_eq!(adopted.await, [sha256_of_the_only_file(&text), sha256_of_the_only_file(&changed)]);
    // What it can follow it follows at once; where it listens it does not, and says so.
    let reading = json!({ "id": "b", "unit": "finance", "temperature_c": 38.4 });
    let below = async || {
        let (_, answer) = site.post("/v1/events", &reading).await?;
        (answer["outcome"] == "below_threshold").then_some(())
    };
    until("the new threshold", 20, below).await;
    let log = site.log();
    let said = log.lines().find(|line| line.contains(waits)).unwrap_or_else(|| panic!("{log}"));
    assert!(said.contains("\"keys\":\"[server] listen\""), "{said}");
    assert!(tokio::net::TcpStream::connect(&new).await.is_err());
    assert_eq!(refused().await.as_deref(), Some("1"));
    assert!(daemon.stop().await);
    assert_eq!(facts(&site.journal(), "configuration_adopted/1").len(), 2);
}

/// The SHA-256 over name and bytes of a folder's files, each after its length, where there is this one alone.
fn sha256_of_the_only_file(text: &str) -> String {
    let mut hash = Sha256::new();
    for part in ["site.toml", text] {
        hash.update(u64::try_from(part.len()).unwrap().to_be_bytes());
        hash.update(part);
    }
    hex::encode(hash.finalize())
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
