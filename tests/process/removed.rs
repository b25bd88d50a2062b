//! What the configuration no longer holds while a case is about it: the case goes on to its end, and everybody is told.

use serde_json::{Value, json};

use crate::daemon::{Site, until};
use crate::provider::Provider;

/// The short messages of the officer for a purpose.
fn told(provider: &Provider, purpose: &str) -> Vec<Value> {
    let mine = |body: &Value| body["to"] == "+8613800000031" && body["purpose"] == purpose;
    provider.bodies("sms").into_iter().filter(mine).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_whose_unit_was_removed_is_told_reported_and_closed_under_the_name_that_is_left() {
    let provider = Provider::start().await;
    let site = Site::new(provider.port, 600);
    let daemon = site.start().await;
    site.tell("/v1/arm", json!({ "by": "head" })).await;
    let case = site.case("a", true).await;
    until("the alert", 20, async || told(&provider, "alert").first().cloned()).await;

    let file = site.config().join("site.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let renamed =
        text.replace("id = \"finance\"\nname = \"财务部 Finance\"", "id = \"auction\"\nname = \"拍卖公司\"");
    std::fs::write(&file, renamed.replace("short_name = \"财务部\"", "short_name = \"拍卖\"")).unwrap();
    daemon.signal("-HUP");
    until("the other configuration", 20, async || {
        let adopted = site
            .journal()
            .iter()
            .filter(|e| e["facts"].to_string().contains("configuration_adopted"))
            .count();
        (adopted == 2).then_some(())
    })
    .await;
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
