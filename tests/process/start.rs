//! Ending in the middle of things, erasing, and a past that was rewritten.

use std::process::Command;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::clocks::{shift_to, shifted};
use crate::daemon::{Site, TOKEN, client, event, free_port, until};
use crate::provider::{Answer, Provider};
use crate::record::{facts, tries};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ordered_end_waits_for_the_messages_under_way_and_none_goes_twice() {
    let provider = Provider::start().await;
    let gate = Arc::new(Semaphore::new(0));
    provider.will("sms", Answer::Gate(Arc::clone(&gate)));
    let site = Site::new(provider.port, 3600);
    let mut daemon = site.start().await;
    site.tell("/v1/arm", json!({ "by": "head" })).await;
    site.case("a", false).await;
    let key = until("a message under way", 20, async || provider.keys("sms").first().cloned()).await;
    daemon.signal("-TERM");
    until("a closed door", 10, async || client().get(site.url("/healthz")).send().await.err()).await;
    gate.add_permits(1);
    assert!(daemon.ended(20).await.success());
    let outcomes: Vec<_> = tries(&site.journal()).into_iter().map(|one| (one.key, one.outcome)).collect();
    assert_eq!(outcomes, [(key, Some("accepted".to_owned()))]);
    assert!(site.verify().0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_case_is_erased_through_the_running_daemon_and_the_chain_still_holds() {
    let provider = Provider::start().await;
    let site = Site::new(provider.port, 3600);
    let daemon = site.start().await;
    let (case, other) = (site.case("a", false).await, site.case("b", false).await);
    let token = site.dir.path().join("token");
    std::fs::write(&token, TOKEN).unwrap();
    let erase = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_watchfire"));
        command.args([
            "erase",
            "--url",
            &site.url(""),
            "--by",
            "head",
            "--second",
            "officer",
            "--case",
            &case,
        ]);
        command.args(["--ground", "asked for", "--token-file"]).arg(&token).output().unwrap()
    };
    let refused = erase();
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("The case is open"), "{refused:?}");
    let path = format!("/v1/cases/{case}");
    assert_eq!(site.get(&path).await["place"], "lobby");
    site.tell(&format!("{path}/close"), json!({ "by": "head", "reason": "over" })).await;
    // Closed and killed: it still opens.
    daemon.kill();
    let daemon = site.start().await;
    assert_eq!(site.get(&path).await["place"], "lobby");
    let done = erase();
    assert!(done.status.success(), "{done:?}");
    assert!(site.get(&path).await["place"].is_null());
    daemon.kill();
    let daemon = site.start().await;
    assert!(site.get(&path).await["place"].is_null(), "erased for good");
    assert_eq!(site.get(&format!("/v1/cases/{other}")).await["place"], "lobby");
    assert!(daemon.stop().await);
    let (holds, printed) = site.verify();
    assert!(holds, "{printed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_that_left_memory_still_opens_after_kill_9_until_it_is_erased() {
    let provider = Provider::start().await;
    let site = Site::new(provider.port, 3600);
    let shift = site.dir.path().join("shift");
    shift_to(&shift, "+0");
    let daemon = site.start_as(shifted(&site, &shift)).await;
    let case = site.case("a", false).await;
    let path = format!("/v1/cases/{case}");
    site.tell(&format!("{path}/close"), json!({ "by": "head", "reason": "over" })).await;
    // A day later it is archived.
    shift_to(&shift, "+90000");
    until("its leaving memory", 20, async || {
        (!facts(&site.journal(), "archived/1").is_empty()).then_some(())
    })
    .await;
    assert_eq!(site.get(&path).await["place"], "lobby");
    // An event after it is written behind it, in the journal and in the vault.
    site.case("b", false).await;
    daemon.kill();
    let daemon = site.start_as(shifted(&site, &shift)).await;
    let shown = site.get(&path).await;
    assert_eq!((&shown["place"], &shown["state"]), (&json!("lobby"), &json!("closed")), "{shown}");
    let (status, again) = site.post("/v1/events", &event("a", false)).await.unwrap();
    assert_eq!((status, &again["case"]), (200, &json!(case)));
    let erased = json!({ "by": "head", "second": "officer", "ground": "asked for" });
    site.tell(&format!("{path}/erase"), erased).await;
    assert!(site.get(&path).await["place"].is_null());
    daemon.kill();
    let daemon = site.start_as(shifted(&site, &shift)).await;
    assert!(site.get(&path).await["place"].is_null());
    assert!(daemon.stop().await);
    let (holds, printed) = site.verify();
    assert!(holds, "{printed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journal_that_was_cut_does_not_fit_a_head_that_left() {
    let provider = Provider::start().await;
    let site = Site::new(provider.port, 3600);
    let daemon = site.start().await;
    for id in ["a", "b", "c"] {
        site.case(id, false).await;
    }
    let head = site.head_in_file().await;
    site.case("d", false).await;
    assert!(daemon.stop().await);
    let against = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_watchfire"));
        command.args(["ledger", "verify", "--config"]).arg(site.config()).arg("--against").arg(&head);
        let output = command.output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8_lossy(&said).into_owned())
    };
    let (code, said) = against();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("newer"), "{said}");
    // The last entries cut, whole lines, so that the chain by itself still holds.
    let folder = site.data().join("journal");
    let segment = folder.join("00000000000000000001.jsonl");
    let text = std::fs::read_to_string(&segment).unwrap();
    let seq = serde_json::from_str::<Value>(&std::fs::read_to_string(&head).unwrap()).unwrap()["seq"]
        .as_u64()
        .unwrap();
    let kept: String = text.split_inclusive('\n').take(usize::try_from(seq).unwrap() - 1).collect();
    std::fs::write(&segment, kept).unwrap();
    let (code, said) = against();
    assert_eq!(code, Some(1), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_held_back_stays_so_over_a_restart_and_says_so_until_it_is_released() {
    let provider = Provider::start().await;
    let site = Site::new(provider.port, 3600);
    let mut command = site.command();
    command.arg("--hold");
    let daemon = site.start_as(command).await;
    assert!(daemon.stop().await);
    let daemon = site.start().await;
    assert!(site.log().contains("nothing is sent until a person lets it go"), "{}", site.log());
    assert_eq!(site.get("/readyz").await["held_back"], true);
    site.tell("/v1/arm", json!({ "by": "head" })).await;
    site.case("a", false).await;
    let tested = site.tell("/v1/test", json!({ "person": "officer", "by": "sms" })).await;
    assert_eq!(tested["held_back"], true);
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    assert!(provider.keys("sms").is_empty(), "nothing was sent");
    let token = site.dir.path().join("token");
    std::fs::write(&token, TOKEN).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_watchfire"));
    command.args(["release", "--url", &site.url(""), "--by", "head", "--token-file"]).arg(&token);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    until("what was held back", 20, async || (provider.keys("sms").len() >= 2).then_some(())).await;
    assert_eq!(site.get("/readyz").await["held_back"], false);
    assert!(daemon.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_daemon_on_one_folder_says_so_and_touches_nothing() {
    let provider = Provider::start().await;
    let site = Site::new(provider.port, 3600);
    let daemon = site.start().await;
    site.case("a", false).await;
    let other = site.dir.path().join("other");
    std::fs::create_dir(&other).unwrap();
    let text = std::fs::read_to_string(site.config().join("site.toml")).unwrap();
    let text = text.replace(&format!(":{}\"", site.port), &format!(":{}\"", free_port()));
    std::fs::write(other.join("site.toml"), text).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_watchfire"));
    let output = command.args(["serve", "--config"]).arg(&other).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    let expected = format!("another watchfire runs on {}: stop it", site.data().display());
    assert!(said.contains(&expected) && !said.contains("index"), "{said}");
    site.case("b", false).await;
    assert!(daemon.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_line_of_the_log_is_one_json_object_where_nobody_sits_at_a_terminal() {
    let site = Site::new(1, 3600);
    let mut command = Command::new(env!("CARGO_BIN_EXE_watchfire"));
    command.args(["--log", "debug", "serve", "--config"]).arg(site.config());
    let daemon = site.start_as(command).await;
    site.case("a", true).await;
    std::fs::write(site.config().join("b.toml"), "[organisation]\nname = \"a\nb\"\n").unwrap();
    daemon.signal("-HUP");
    until("the refusal", 20, async || site.log().contains("the old one stays").then_some(())).await;
    assert!(daemon.stop().await);
    let log = site.log();
    let mut said = Vec::new();
    for line in log.lines() {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        for key in ["timestamp", "level", "target"] {
            assert!(line[key].is_string(), "{line}");
        }
        said.extend(line["message"].as_str().map(str::to_owned));
    }
    for expected in ["recovered", "ready", "the configuration was not adopted; the old one stays", "stopped"]
    {
        assert!(said.iter().any(|it| it == expected), "{expected} in {said:#?}");
    }
}
