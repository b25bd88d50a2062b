//! A vault and an index that are lost while the real binary runs, or were not there at its start, and come back.

use std::process::{Child, Command};

use serde_json::{Value, json};
use watchfire::time::Timestamp;

use crate::daemon::{Daemon, Site, TOKEN, client, event, need, until};
use crate::faults::faulty_at;
use crate::provider::Provider;
use crate::record::facts;

/// What the front door says of itself.
async fn ready(site: &Site) -> (u16, Value) {
    let answer = client().get(site.url("/readyz")).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

/// Waits until it is ready again by itself.
async fn ready_again(site: &Site) {
    until("a daemon that is ready again", 30, async || (ready(site).await.0 == 200).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_vault_whose_write_fails_is_used_again_without_a_restart() {
    let provider = Provider::start().await;
    let site = Site::new(provider.port, 3600);
    assert!(site.start().await.stop().await);
    for (call, fault) in [("pwrite64", "error=EIO:when=3"), ("fdatasync", "error=EIO:when=3")] {
        let daemon = site.start_as(faulty_at(&site, "vault/00000001.seg", call, fault)).await;
        let first = site.case(&format!("{call}-first"), true).await;
        let refused = until("a write that fails", 20, async || {
            let number = std::fs::metadata(site.dir.path().join("trace")).unwrap().len();
            let id = format!("{call}-{number}");
            let (status, answer) = site.post("/v1/events", &event(&id, false)).await.unwrap();
            (status == 503).then_some((id, answer))
        })
        .await;
        assert_eq!(refused.1["code"], "unavailable", "{}", refused.1);
        assert_eq!(
            ready(&site).await,
            (
                503,
                json!({"ready": false, "engine": true, "journal": true, "vault": false, "index": true,
                       "held_back": false, "door": "unwatched", "maintenance": false})
            )
        );
        // What was there before is read, and clocks go on.
        assert_eq!(site.get(&format!("/v1/cases/{first}")).await["case"], first.as_str());
        ready_again(&site).await;
        site.tell("/v1/events", event(&refused.0, false)).await;
        assert!(std::fs::read_to_string(site.dir.path().join("trace")).unwrap().contains("INJECTED"));
        daemon.kill();
    }
    let daemon = site.start().await;
    assert!(daemon.stop().await);
    assert!(site.verify().0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_vault_and_an_index_that_were_not_there_at_the_start_are_opened_when_they_are() {
    let provider = Provider::start().await;
    let site = Site::new(provider.port, 3600);
    let daemon = site.start().await;
    site.case("a", true).await;
    daemon.kill();
    let away = |name: &str| (site.data().join(name), site.dir.path().join(name));
    for name in ["vault", "index"] {
        let (there, away) = away(name);
        std::fs::rename(&there, away).unwrap();
        std::fs::write(there, "in its place").unwrap();
    }
    let mut daemon = site.spawn(site.command());
    assert!(site.answers(&mut daemon, "/healthz").await, "{}", site.log());
    let expected = json!({"ready": false, "engine": true, "journal": true, "vault": false, "index": false,
                          "held_back": false, "door": "unwatched", "maintenance": false});
    until("what lacks", 10, async || (ready(&site).await == (503, expected.clone())).then_some(())).await;
    let (status, _) = site.post("/v1/events", &event("b", true)).await.unwrap();
    assert_eq!(status, 503);
    for name in ["vault", "index"] {
        let (there, away) = away(name);
        std::fs::remove_file(&there).unwrap();
        // The index is a cache: it is rebuilt from the journal.
        if name == "vault" {
            std::fs::rename(away, there).unwrap();
        }
    }
    ready_again(&site).await;
    let (status, again) = site.post("/v1/events", &event("a", true)).await.unwrap();
    assert_eq!((status, &again["duplicate"]), (200, &json!(true)), "{again}");
    site.case("b", true).await;
    assert!(daemon.stop().await);
    assert!(site.verify().0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limit_that_passes_while_the_vault_is_closed_leaves_a_lapse_that_names_the_door() {
    let provider = Provider::start().await;
    let site = Site::new(provider.port, 8);
    let daemon = site.start().await;
    site.case("a", true).await;
    daemon.kill();
    let (vault, away) = (site.data().join("vault"), site.dir.path().join("vault"));
    std::fs::rename(&vault, &away).unwrap();
    std::fs::write(&vault, "in its place").unwrap();
    let mut daemon = site.spawn(site.command());
    assert!(site.answers(&mut daemon, "/healthz").await, "{}", site.log());
    let lapses = until("a lapse", 20, async || {
        let lapses = site.get("/v1/lapses?state=open").await["lapses"].as_array().unwrap().clone();
        (!lapses.is_empty()).then_some(lapses)
    })
    .await;
    let journal = site.journal();
    let began = facts(&journal, "trouble_began/1");
    let began = began.iter().find(|it| it["trouble"] == "vault_closed").unwrap();
    for lapse in &lapses {
        let door = lapse["excuses"].as_array().unwrap().iter().find(|excuse| excuse["what"] == "door");
        let door = door.unwrap_or_else(|| panic!("{lapse}"));
        assert_eq!(
            door["from"].as_str().unwrap().parse::<Timestamp>(),
            began["at"].as_str().unwrap().parse()
        );
    }
    daemon.kill();
    assert!(site.verify().0);
}

/// From here on reads of a file of the data folder fail, until the tracer that sees to it is killed.
async fn reads_fail(site: &Site, daemon: &Daemon, file: &str) -> Child {
    need("strace", "strace");
    let mut tracer = Command::new("strace");
    tracer.args(["-f", "-e", "trace=pread64", "-e", "inject=pread64:error=EIO"]);
    tracer.arg("-P").arg(site.data().join(file)).arg("-o").arg(site.dir.path().join("trace"));
    let said = site.dir.path().join("tracer");
    let log = std::fs::File::create(&said).unwrap();
    let tracer = tracer.args(["-p", &daemon.child.id().to_string()]).stderr(log).spawn().unwrap();
    until("a tracer that is there", 10, async || {
        std::fs::read_to_string(&said).unwrap().contains("attached").then_some(())
    })
    .await;
    tracer
}

/// The status of an answer, when to come again, and what it says.
async fn told(request: reqwest::RequestBuilder) -> (u16, Option<String>, Value) {
    let answer = request.bearer_auth(TOKEN).send().await.unwrap();
    let again = answer.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
    (answer.status().as_u16(), again, answer.json().await.unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_an_index_lost_underway_is_away_the_past_is_answered_503_and_reports_are_filed() {
    let provider = Provider::start().await;
    let site = Site::new(provider.port, 3600);
    // So much that not all of it is read again at a start: the rest is read from its file when it is asked for.
    let daemon = site.start().await;
    for number in 0..60 {
        site.case(&format!("before-{number}"), false).await;
    }
    assert!(daemon.stop().await);
    let daemon = site.start().await;
    let path = |path: &str| client().get(site.url(path));
    let mut fault = reads_fail(&site, &daemon, "index/db").await;
    let mut number = 0;
    until("an index that is lost", 30, async || {
        number += 1;
        site.post("/v1/events", &event(&format!("lost-{number}"), false)).await.unwrap();
        (ready(&site).await.1["index"] == false).then_some(())
    })
    .await;
    fault.kill().unwrap();
    fault.wait().unwrap();
    // While something else lies in its place, it cannot be opened again.
    let index = site.data().join("index");
    std::fs::rename(&index, site.dir.path().join("index")).unwrap();
    std::fs::write(&index, "in its place").unwrap();
    let (status, says) = ready(&site).await;
    assert_eq!((status, &says["vault"], &says["index"]), (503, &json!(true), &json!(false)), "{says}");
    assert!(site.log().contains("the index fails: what asks about the past is refused"), "{}", site.log());
    for past in ["/v1/slots", "/v1/standings"] {
        let (status, again, answer) = told(path(past)).await;
        assert_eq!((status, &answer["code"]), (503, &json!("unavailable")), "{past}: {answer}");
        assert_eq!(again.as_deref(), Some("5"), "{past}");
    }
    // A report needs nothing of the past, unless its filer has named it for a repeat; and what is open is shown.
    let report = |on_duty: u32, day: Option<&str>| {
        let figures = json!({ "on_duty": on_duty, "travelling": 0, "fever": 999 });
        let body =
            json!({ "unit": "finance", "form": "daily", "by": "liaison", "day": day, "figures": figures });
        client().post(site.url("/v1/reports")).json(&body)
    };
    let (status, _, filed) = told(report(23, None)).await;
    assert_eq!((status, &filed["revision"]), (201, &json!(1)), "{filed}");
    let day = filed["day"].as_str().unwrap();
    let named = || report(24, Some(day)).header("idempotency-key", "again");
    let (status, _, answer) = told(named()).await;
    assert_eq!((status, &answer["code"]), (503, &json!("unavailable")), "{answer}");
    let (status, _, shown) = told(path(&format!("/v1/slots?from={day}&to={day}&form=daily"))).await;
    assert_eq!((status, &shown["slots"][0]["state"]), (200, &json!("on_time")), "{shown}");
    std::fs::remove_file(&index).unwrap();
    ready_again(&site).await;
    for past in ["/v1/slots", "/v1/standings"] {
        assert_eq!(told(path(past)).await.0, 200, "{past}");
    }
    let (status, _, answer) = told(named()).await;
    assert_eq!(
        (status, &answer["revision"]),
        (201, &json!(2)),
        "nothing of the refused one stayed: {answer}"
    );
    let (status, _, answer) = told(named()).await;
    assert_eq!((status, &answer["duplicate"]), (200, &json!(true)), "{answer}");
    daemon.kill();
    assert!(site.verify().0);
}
