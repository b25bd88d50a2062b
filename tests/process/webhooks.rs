//! Webhooks of the real binary: providers that answer badly, and receipts that come when they like.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::daemon::{Site, TOKEN, client, event, until};
use crate::provider::{Answer, Provider};
use crate::record::{Try, facts, tries};

const QUICK: &str = "timeout = \"2s\"\nretry = { pause_at_least = \"20ms\", pause_at_most = \"100ms\" }\n";

/// A site whose channels give up quickly and try again soon.
fn quick(provider: u16, within_s: u64) -> Site {
    Site::with(provider, within_s, |text| {
        text.replace("kind = \"webhook\"\n", &format!("kind = \"webhook\"\n{QUICK}"))
    })
}

fn by(site: &Site, channel: &str) -> Vec<Try> {
    tries(&site.journal()).into_iter().filter(|one| one.channel == channel).collect()
}

async fn receipt(site: &Site, body: Value) -> (u16, Value) {
    site.post("/v1/receipts/voice", &body).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_goes_until_it_is_accepted_and_under_the_same_key_only_where_its_fate_is_unknown() {
    let provider = Provider::start().await;
    provider.will("sms", Answer::say("200 OK", "{\"code\": 310000}"));
    let slow = "{\"code\": 0}".to_owned();
    provider.will("sms", Answer::Say("429 Too Many Requests", "Retry-After: 2\r\n".to_owned(), slow));
    provider.will("sms", Answer::say("503 Service Unavailable", ""));
    provider.will("sms", Answer::Hang);
    provider.will("sms", Answer::Reset);
    provider.will("sms", Answer::Endless);
    let site = quick(provider.port, 3600);
    let daemon = site.start().await;
    site.tell("/v1/arm", json!({ "by": "head" })).await;
    let case = site.case("a", false).await;
    until("an accepted message", 30, async || {
        by(&site, "sms").last()?.outcome.as_deref().filter(|it| *it == "accepted").map(|_| ())
    })
    .await;
    let tries = by(&site, "sms");
    let outcomes: Vec<&str> = tries.iter().map(|one| one.outcome.as_deref().unwrap_or("none")).collect();
    assert_eq!(
        outcomes,
        [
            "transient not_accepted",
            "transient rate_limited",
            "transient server",
            "unknown timeout",
            "unknown connect",
            "unknown bad_answer",
            "accepted",
        ]
    );
    for pair in tries.windows(2) {
        let [before, after] = pair else { unreachable!() };
        let unknown = before.outcome.as_deref().unwrap_or_default().starts_with("unknown");
        assert_eq!(before.key == after.key, unknown, "{pair:?}");
        assert_eq!(after.possible_duplicate, unknown, "{pair:?}");
    }
    // The provider said when: not before.
    let shown = site.get(&format!("/v1/cases/{case}")).await;
    let at = |key: &str| -> watchfire::time::Timestamp {
        let notifications = shown["notifications"].as_array().unwrap();
        let one = notifications.iter().find(|it| it["id"] == key).unwrap();
        one["attempts"][0]["at"].as_str().unwrap().parse().unwrap()
    };
    assert!(at(&tries[2].key).since(at(&tries[1].key)).as_secs() >= 2, "{shown}");
    assert_eq!(provider.keys("sms"), tries.iter().map(|one| one.key.clone()).collect::<Vec<_>>());
    assert!(provider.every_header_is_the_key());
    assert!(daemon.stop().await);
    assert!(site.verify().0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_goes_again_under_its_own_key_says_what_it_said_whatever_became_known_meanwhile() {
    let provider = Provider::start().await;
    provider.will("sms", Answer::Hang);
    let site = quick(provider.port, 3600);
    let mut daemon = site.start().await;
    site.tell("/v1/arm", json!({ "by": "head" })).await;
    let mut event = event("a", false);
    site.tell("/v1/events", event.clone()).await;
    until("the first try", 20, async || provider.bodies("sms").first().map(|_| ())).await;
    // The same person is measured anew, and the daemon starts anew: what it would write would be another text.
    event["id"] = json!("a-2");
    event["temperature_c"] = json!(39.7);
    assert_eq!(site.tell("/v1/events", event).await["outcome"], "case_joined");
    daemon.kill();
    daemon = site.start().await;
    let again = until("the second try", 20, async || provider.bodies("sms").get(1).cloned()).await;
    let first = provider.bodies("sms")[0].clone();
    assert!(first["text"].as_str().unwrap().contains("38.4"), "{first}");
    assert_eq!(again, first);
    let journal = site.journal();
    let renderings: Vec<&Value> = facts(&journal, "attempt_started/1")
        .into_iter()
        .filter(|it| it["attempt"]["channel"] == "sms")
        .map(|it| &it["attempt"]["rendering"])
        .collect();
    assert!(renderings[0].is_string() && renderings[0] == renderings[1], "{renderings:?}");
    assert!(daemon.stop().await);
    assert!(site.verify().0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redirect_is_a_refusal_and_is_not_followed() {
    let provider = Provider::start().await;
    let there = format!("Location: http://127.0.0.1:{}/elsewhere\r\n", provider.port);
    for status in ["301 Moved Permanently", "307 Temporary Redirect"].repeat(4) {
        provider.will("sms", Answer::Say(status, there.clone(), "{\"code\": 0}".to_owned()));
    }
    let site = quick(provider.port, 3600);
    let daemon = site.start().await;
    site.tell("/v1/arm", json!({ "by": "head" })).await;
    for id in ["a", "b"] {
        site.case(id, false).await;
    }
    // Nothing else leads to the leader: whoever runs the daemon hears of it by the same channel.
    let alerts = || {
        let journal = site.journal();
        let planned = facts(&journal, "notification_planned/1").into_iter().map(|it| &it["notification"]);
        let alerts: Vec<&Value> = planned.filter(|it| it["purpose"] == "alert").map(|it| &it["id"]).collect();
        let is_alert = |one: &Try| alerts.iter().any(|id| **id == one.key);
        by(&site, "sms").into_iter().filter(is_alert).collect::<Vec<Try>>()
    };
    let refused = until("two refusals", 20, async || {
        let alerts = alerts();
        let ended = alerts.iter().filter(|one| one.outcome.is_some()).map(|one| 1 + one.covers.len());
        (ended.sum::<usize>() >= 2).then_some(alerts)
    })
    .await;
    // One message may have told of both; what is certain is that none was taken, and that nobody went elsewhere.
    assert!(refused.iter().all(|one| one.outcome.as_deref() == Some("permanent redirected")), "{refused:?}");
    assert!(provider.bodies("elsewhere").is_empty());
    assert!(daemon.stop().await);
}

/// The call to somebody, once it is on its way.
async fn call_to(provider: &Provider, number: &str) -> String {
    until("a call", 20, async || {
        let calls = provider.bodies("voice");
        let call = calls.iter().find(|body| body["to"] == number)?;
        Some(call["key"].as_str().unwrap().to_owned())
    })
    .await
}

async fn state_of(site: &Site, case: &str, key: &str) -> String {
    let shown = site.get(&format!("/v1/cases/{case}")).await;
    let notifications = shown["notifications"].as_array().unwrap();
    let one = notifications.iter().find(|it| it["id"] == key).unwrap_or_else(|| panic!("{key} in {shown}"));
    one["state"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn receipts_may_come_early_twice_and_for_nobody_and_a_key_on_the_authoritys_call_proves() {
    let provider = Provider::start().await;
    let gate = Arc::new(Semaphore::new(0));
    for _ in 0..3 {
        provider.will("voice", Answer::Gate(Arc::clone(&gate)));
    }
    let site = Site::with(provider.port, 3600, |text| {
        text.replace("call = \"officer\"", "call = \"daemon\"").replace("daemon_after = \"1800s\"\n", "")
    });
    let daemon = site.start().await;
    site.tell("/v1/arm", json!({ "by": "head" })).await;
    let case = site.case("a", true).await;
    // Before the answer to the send: the officer has picked up and pressed 1.
    let officer = call_to(&provider, "+8613800000031").await;
    for body in [
        json!({ "key": officer, "state": "answered" }),
        json!({ "key": officer, "state": "heard", "digits": "1" }),
        json!({ "key": officer, "state": "heard", "digits": "1" }),
        json!({ "key": officer, "state": "delivered" }),
    ] {
        assert_eq!(receipt(&site, body).await.0, 200);
    }
    let shown = site.get(&format!("/v1/cases/{case}")).await;
    assert_eq!(shown["handler"]["person"], "officer", "{shown}");
    assert_eq!(state_of(&site, &case, &officer).await, "confirmed");
    gate.add_permits(100);
    until("the answer to the call", 20, async || {
        by(&site, "voice").iter().find(|one| one.key == officer)?.outcome.clone()
    })
    .await;
    assert_eq!(state_of(&site, &case, &officer).await, "confirmed", "a later answer takes nothing back");
    // For a key that nobody knows, and without a right to tell anything.
    assert_eq!(receipt(&site, json!({ "key": "B-4711", "state": "delivered" })).await.0, 200);
    let stranger = client().post(site.url("/v1/receipts/voice")).bearer_auth("another");
    let stranger = stranger.json(&json!({ "key": officer, "digits": "3" })).send().await.unwrap();
    assert_eq!(stranger.status(), 401);
    // The authority: a call that was only answered proves nothing, a key pressed does.
    let authority = call_to(&provider, "+8645100000001").await;
    assert_eq!(receipt(&site, json!({ "key": authority, "state": "answered" })).await.0, 200);
    let phone = site.get(&format!("/v1/cases/{case}")).await["clocks"][0]["phone"].clone();
    assert_eq!(phone["state"], "attempted", "{phone}");
    assert_eq!(receipt(&site, json!({ "key": authority, "state": "heard", "digits": "1" })).await.0, 200);
    let phone = site.get(&format!("/v1/cases/{case}")).await["clocks"][0]["phone"].clone();
    assert_eq!((&phone["state"], &phone["grade"]), (&json!("proved"), &json!("person")), "{phone}");
    assert!(provider.every_header_is_the_key());
    assert!(daemon.stop().await);
    let journal = site.journal();
    assert_eq!(facts(&journal, "taken/1").len(), 1);
    assert_eq!(facts(&journal, "telephone_proved/1").len(), 1);
    assert_eq!(facts(&journal, "receipt_kept/1").len(), 1);
    assert!(site.verify().0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receipt_under_the_providers_own_name_waits_for_the_answer_that_names_it() {
    let provider = Provider::start().await;
    let site = Site::with(provider.port, 3600, |text| {
        text.replacen("receipts = \"native\"", "receipts = \"native\"\nprovider_id = \"body.id\"", 1)
    });
    let daemon = site.start().await;
    site.tell("/v1/arm", json!({ "by": "head" })).await;
    let early = json!({ "key": "B-1", "state": "heard", "digits": "1" });
    assert_eq!(receipt(&site, early).await.0, 200);
    // Whichever of the three calls is answered by this name.
    provider.will("voice", Answer::say("200 OK", "{\"code\": 0, \"id\": \"B-1\"}"));
    let case = site.case("a", true).await;
    until("the key pressed", 20, async || {
        let shown = site.get(&format!("/v1/cases/{case}")).await;
        shown["handler"]["person"].as_str().map(str::to_owned)
    })
    .await;
    assert!(daemon.stop().await);
    // Kept before the message was asked for, and on disk: the journal has both in order.
    let journal = site.journal();
    assert_eq!((facts(&journal, "receipt_kept/1").len(), facts(&journal, "taken/1").len()), (1, 1));
    assert!(!TOKEN.is_empty() && site.verify().0);
}
