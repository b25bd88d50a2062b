//! A vault and an index that are lost while the real binary runs, or were not there at its start, and come back.

use serde_json::{Value, json};

use crate::daemon::{Site, client, event, until};
use crate::faults::faulty_at;
use crate::provider::Provider;

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
                json!({"ready": false, "engine": true, "journal": true, "vault": false, "index": true, "held_back": false})
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
    let expected = json!({"ready": false, "engine": true, "journal": true, "vault": false, "index": false, "held_back": false});
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
