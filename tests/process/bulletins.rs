//! What the daemon tells of itself: the signed head to the inspectors, trouble to those who run it.

use std::process::Command;

use serde_json::{Value, json};

use crate::daemon::{Site, event, until};
use crate::provider::Provider;

/// The first message for a purpose.
fn told(provider: &Provider, purpose: &str) -> Option<Value> {
    let heard = provider.heard.lock().unwrap();
    heard.iter().map(|(_, body)| body).find(|body| body["purpose"] == purpose).cloned()
}

fn named(site: &Site, fact: &str) -> bool {
    let entries = site.journal();
    entries.iter().any(|entry| {
        entry["facts"].as_array().is_some_and(|facts| facts.iter().any(|it| it.get(fact).is_some()))
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_signed_head_is_mailed_and_the_ledger_verifies_against_the_mail() {
    let provider = Provider::start().await;
    let site = Site::with(provider.port, 3600, |text| {
        let text = text.replace("id = \"head\"\n", "id = \"head\"\nemail = \"head@example.cn\"\n");
        format!("{text}\n[ledger]\ninspectors = [\"head\"]\nheads_at = \"*/2 * * * * *\"\n")
    });
    let daemon = site.start().await;
    let (_, said) = site.verify();
    assert!(said.contains("no signed head is known to have left"), "{said}");
    site.tell("/v1/arm", json!({ "by": "head" })).await;
    site.case("a", false).await;
    let mail = until("the head", 20, async || told(&provider, "head")).await;
    assert_eq!(mail["to"], "head@example.cn");
    let text = mail["text"].as_str().unwrap();
    assert!(text.contains("Up to: entry ") && text.contains("\"signature\""), "{text}");
    until("the head on record as having left", 20, async || {
        site.data().join("head-left.json").exists().then_some(())
    })
    .await;
    assert!(daemon.stop().await);
    // The inspector saves the whole mail.
    let saved = site.dir.path().join("mail.txt");
    std::fs::write(&saved, text).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_watchfire"));
    command.args(["ledger", "verify", "--config"]).arg(site.config()).arg("--against").arg(&saved);
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{said}");
    assert!(said.contains("newer than the newest head that left this machine"), "{said}");
    assert!(said.contains("against head "), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_that_falls_silent_is_told_of_until_it_is_heard_again() {
    let provider = Provider::start().await;
    let site = Site::with(provider.port, 3600, |text| {
        text.replace("[[source]]\n", "[[source]]\nexpect_every = \"1s\"\n")
    });
    let daemon = site.start().await;
    site.tell("/v1/arm", json!({ "by": "head" })).await;
    let sms = until("the word of it", 30, async || told(&provider, "operator")).await;
    assert_eq!(sms["to"], "+8613800000031", "nobody has the role operator: the officer on duty is told");
    assert!(sms["text"].as_str().unwrap().contains("来源hr超时没有消息"), "{sms}");
    assert!(named(&site, "trouble_began/1"));
    assert!(site.log().contains("source_silent:hr"), "{}", site.log());
    until("the end of it", 30, async || {
        site.post("/v1/events", &event(&format!("e{}", site.journal().len()), false)).await?;
        named(&site, "trouble_ended/1").then_some(())
    })
    .await;
    assert!(daemon.stop().await);
}
