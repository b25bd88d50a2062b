//! What the configuration no longer holds while a case is about it: the case goes on to its end, and everybody is told.

use serde_json::{Value, json};

use crate::daemon::{Daemon, Site, until};
use crate::provider::Provider;

/// The short messages of the officer for a purpose.
fn told(provider: &Provider, purpose: &str) -> Vec<Value> {
    let mine = |body: &Value| body["to"] == "+8613800000031" && body["purpose"] == purpose;
    provider.bodies("sms").into_iter().filter(mine).collect()
}

/// Adopts the configuration with one text in the place of another.
async fn reload(site: &Site, daemon: &Daemon, from: &str, to: &str) {
    let adopted = |entry: &Value| entry["facts"].to_string().contains("configuration_adopted");
    let adoptions = || site.journal().iter().filter(|entry| adopted(entry)).count();
    let before = adoptions();
    let file = site.config().join("site.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains(from), "{from}");
    std::fs::write(&file, text.replace(from, to)).unwrap();
    daemon.signal("-HUP");
    until("the other configuration", 20, async || (adoptions() > before).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_whose_authority_was_removed_is_reported_by_hand_and_closed() {
    let provider = Provider::start().await;
    let site = Site::new(provider.port, 600);
    let daemon = site.start().await;
    site.tell("/v1/arm", json!({ "by": "head" })).await;
    let case = site.case("a", true).await;
    reload(&site, &daemon, "\"sasac\"", "\"city\"").await;
    let told =
        until("the word that it is removed", 20, async || told(&provider, "operator").first().cloned()).await;
    assert!(told["text"].as_str().unwrap().contains("请人工报告并登记"), "{told}");

    let path = |act: &str| format!("/v1/cases/{case}/{act}");
    let taken = json!({ "authority": "sasac", "by": "officer", "outcome": "taken", "answered_by": "值班人" });
    site.tell(&path("telephone"), taken).await;
    let content = json!({ "measures": ["已单独隔离"] });
    site.tell(&path("written"), json!({ "by": "officer", "kind": "initial", "content": content })).await;
    let (status, refused) =
        site.post(&path("close"), &json!({ "by": "officer", "reason": "done" })).await.unwrap();
    assert_eq!((status, &refused["code"]), (409, &json!("proof_owed")));
    let clock = site.get(&format!("/v1/cases/{case}")).await["clocks"][0].clone();
    assert_eq!(
        (&clock["written"]["state"], &clock["written"]["impossible"]),
        (&json!("owed"), &json!("no_address"))
    );
    let receipt = json!({ "authority": "sasac", "by": "officer", "reference": "黑国资收〔2026〕7号" });
    site.tell(&path("receipt"), receipt).await;
    let clock = site.get(&format!("/v1/cases/{case}")).await["clocks"][0].clone();
    assert_eq!((&clock["state"], &clock["written"]["state"]), (&json!("met"), &json!("receipted")));
    site.tell(&path("close"), json!({ "by": "officer", "reason": "done" })).await;
    assert!(provider.bodies("mail").iter().all(|body| body["purpose"] != "written"));
    assert!(daemon.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_whose_unit_was_removed_is_told_reported_and_closed_under_the_name_that_is_left() {
    let provider = Provider::start().await;
    let site = Site::new(provider.port, 600);
    let daemon = site.start().await;
    site.tell("/v1/arm", json!({ "by": "head" })).await;
    let case = site.case("a", true).await;
    until("the alert", 20, async || told(&provider, "alert").first().cloned()).await;

    let unit = |id: &str, name: &str, short: &str| {
        format!("id = \"{id}\"\nname = \"{name}\"\nshort_name = \"{short}\"")
    };
    let (before, after) = (unit("finance", "财务部 Finance", "财务部"), unit("auction", "拍卖公司", "拍卖"));
    reload(&site, &daemon, &before, &after).await;
    let before = told(&provider, "alert").len();
    let again =
        until("the alert again", 20, async || told(&provider, "alert").get(before + 1).cloned()).await;
    let text = again["text"].as_str().unwrap();
    assert!(text.contains("finance") && !text.contains('?'), "{text}");

    let path = |act: &str| format!("/v1/cases/{case}/{act}");
    site.tell(&path("take"), json!({ "by": "officer" })).await;
    let taken = json!({ "authority": "sasac", "by": "officer", "outcome": "taken", "answered_by": "值班人" });
    site.tell(&path("telephone"), taken).await;
    let content = json!({ "measures": ["已单独隔离"] });
    site.tell(&path("written"), json!({ "by": "officer", "kind": "initial", "content": content })).await;
    let mail = until("the paper", 20, async || {
        provider.bodies("mail").into_iter().find(|body| body["purpose"] == "written")
    })
    .await;
    assert!(mail["text"].as_str().unwrap().contains("finance"), "{mail}");
    let closing = until("the closing line", 20, async || told(&provider, "closing").first().cloned()).await;
    assert!(closing["text"].as_str().unwrap().contains("finance"), "{closing}");
    site.tell(&path("close"), json!({ "by": "officer", "reason": "done" })).await;
    assert!(daemon.stop().await);
}
