//! What people do with a case: each act where it can be done, and where the state or the body stands against it.

use serde_json::{Value, json};

use crate::app::TestApp;

/// A case at which this act can be done.
pub(crate) async fn ready(app: &TestApp, act: &str) -> String {
    match act {
        // The daemon has rung the authority, and somebody there pressed the key.
        "dispute" => {
            let case = app.case("ready", "finance", true).await;
            app.pass(0).await;
            app.pass(15).await;
            let key = key_of(app, &case, "telephone").await;
            let told = app.post("/v1/receipts/voice", "voice", &json!({ "key": key, "digits": "1" })).await;
            assert_eq!(told.status, 200, "{}", told.text);
            case
        }
        // The written report has gone.
        "receipt" => {
            let case = app.case("ready", "finance", true).await;
            let said = json!({ "by": "clerk", "authority": "sasac", "outcome": "taken" });
            assert_eq!(app.post(&format!("/v1/cases/{case}/telephone"), "office", &said).await.status, 200);
            app.pass(0).await;
            app.pass(25).await;
            case
        }
        "close" => app.case("ready", "finance", false).await,
        "erase" => closed(app).await,
        _ => app.case("ready", "finance", true).await,
    }
}

/// A case at which this act is refused for its state.
pub(crate) async fn refusing(app: &TestApp, act: &str) -> String {
    match act {
        // It is open, and a proof is owed.
        "close" | "erase" => app.case("refusing", "finance", true).await,
        _ => closed(app).await,
    }
}

async fn closed(app: &TestApp) -> String {
    let case = app.case("closed", "trade", false).await;
    let told = app
        .post(&format!("/v1/cases/{case}/close"), "office", &json!({ "by": "clerk", "reason": "well" }))
        .await;
    assert_eq!(told.status, 200, "{}", told.text);
    case
}

async fn key_of(app: &TestApp, case: &str, purpose: &str) -> Value {
    let shown = app.get(&format!("/v1/cases/{case}"), "office").await.json();
    let all = shown["notifications"].as_array().unwrap();
    all.iter().find(|it| it["purpose"] == purpose).unwrap()["id"].clone()
}

/// Every act in the clerk's own name, and what the case shows afterwards.
#[tokio::test]
async fn every_act_does_what_its_name_says() {
    let tries: [(&str, Value, &str, Value); 11] = [
        ("confirm", json!({}), "/confirmations/0/by", json!("clerk")),
        ("take", json!({}), "/handler/person", json!("clerk")),
        ("pass", json!({ "to": "officer" }), "/handler/passed_to", json!("officer")),
        ("classification", json!({ "kind": "confirmed", "reason": "clinic" }), "/kind", json!("confirmed")),
        (
            "telephone",
            json!({ "authority": "sasac", "outcome": "taken" }),
            "/clocks/0/phone/by",
            json!("clerk"),
        ),
        ("written", json!({ "content": { "place": "hall" } }), "/clocks/0/written/state", json!("sent")),
        ("receipt", json!({ "authority": "sasac" }), "/clocks/0/written/state", json!("receipted")),
        (
            "dispute",
            json!({ "authority": "sasac", "reason": "a tape" }),
            "/clocks/0/phone/state",
            json!("attempted"),
        ),
        ("note", json!({ "text": "seen" }), "/timeline/last/by", json!("clerk")),
        ("close", json!({ "reason": "well" }), "/state", json!("closed")),
        ("erase", json!({ "second": "head", "ground": "kept long enough" }), "/person", Value::Null),
    ];
    for (act, body, pointer, wanted) in tries {
        let app = TestApp::armed().await;
        let case = ready(&app, act).await;
        let path = format!("/v1/cases/{case}");
        let session = app.sign_in("clerk", "+8613800000051").await;
        if act == "pass" {
            assert_eq!(app.post(&format!("{path}/take"), &session, &json!({})).await.status, 200);
        }
        let told = app.post(&format!("{path}/{act}"), &session, &body).await;
        assert_eq!(told.status, 200, "{act}: {}", told.text);
        if act == "written" {
            // The telephone comes first; it waits for its latest.
            app.pass(0).await;
            app.pass(15).await;
            app.pass(10).await;
        }
        let mut shown = app.get(&path, "office").await.json();
        shown["timeline"] = json!({ "last": shown["timeline"].as_array().unwrap().last() });
        assert_eq!(shown.pointer(pointer), Some(&wanted), "{act}: {shown:#}");
    }
}

#[tokio::test]
async fn a_case_that_somebody_handles_is_taken_over_on_purpose_and_they_are_told() {
    let app = TestApp::armed().await;
    let case = app.case("ready", "finance", true).await;
    let path = format!("/v1/cases/{case}");
    let take = format!("{path}/take");
    assert_eq!(app.post(&take, "office", &json!({ "by": "officer" })).await.status, 200);
    let session = app.sign_in("clerk", "+8613800000051").await;
    for body in [json!({}), json!({ "take_over": false })] {
        let told = app.post(&take, &session, &body).await;
        assert_eq!((told.status, told.json()["code"].as_str()), (409, Some("handled")), "{}", told.text);
        assert!(told.json()["detail"].as_str().unwrap().starts_with("officer handles it."), "{}", told.text);
    }
    assert_eq!(app.get(&path, "office").await.json()["handler"]["person"], "officer");
    let told = app.post(&take, &session, &json!({ "take_over": true })).await;
    assert_eq!(told.status, 200, "{}", told.text);
    let shown = app.get(&path, "office").await.json();
    assert_eq!(shown["handler"]["person"], "clerk");
    let relieved = |it: &&Value| it["purpose"] == "closing" && it["to"] == "person:officer";
    assert!(shown["notifications"].as_array().unwrap().iter().any(|it| relieved(&it)), "{shown:#}");
}

#[tokio::test]
async fn an_act_that_the_state_refuses_says_by_its_code_why() {
    let app = TestApp::armed().await;
    let session = app.sign_in("clerk", "+8613800000051").await;
    let open = app.case("open", "finance", true).await;
    let closed = closed(&app).await;
    let call = json!({ "authority": "sasac", "outcome": "taken" });
    let tries: [(&str, &str, Value, &str); 17] = [
        (&closed, "confirm", json!({}), "case_closed"),
        (&closed, "take", json!({}), "case_closed"),
        (&closed, "pass", json!({}), "case_closed"),
        (&closed, "classification", json!({ "kind": "suspected", "reason": "why" }), "case_closed"),
        (&closed, "telephone", call, "case_closed"),
        (&closed, "written", json!({ "content": {} }), "case_closed"),
        (&closed, "receipt", json!({ "authority": "sasac" }), "case_closed"),
        (&closed, "dispute", json!({ "authority": "sasac" }), "case_closed"),
        (&closed, "note", json!({ "text": "seen" }), "case_closed"),
        (&closed, "close", json!({ "reason": "well" }), "case_closed"),
        (&closed, "erase", json!({ "ground": "alone" }), "second_person_needed"),
        (&open, "classification", json!({ "kind": "suspected", "reason": "why" }), "not_higher"),
        (&open, "receipt", json!({ "authority": "sasac" }), "not_sent"),
        (&open, "receipt", json!({ "authority": "sasac", "reference": "2026-1" }), "telephone_first"),
        (&open, "dispute", json!({ "authority": "sasac" }), "nothing_to_dispute"),
        (&open, "close", json!({ "reason": "well" }), "proof_owed"),
        (&open, "erase", json!({ "second": "head", "ground": "asked" }), "case_open"),
    ];
    for (case, act, body, code) in tries {
        let told = app.post(&format!("/v1/cases/{case}/{act}"), &session, &body).await;
        assert_eq!((told.status, told.json()["code"].as_str()), (409, Some(code)), "{act}: {}", told.text);
    }
    // Near the limit a second person must agree that it is nothing.
    app.pass(26).await;
    let nothing = json!({ "kind": "ruled_out", "reason": "retested" });
    let told = app.post(&format!("/v1/cases/{open}/classification"), &session, &nothing).await;
    assert_eq!(
        (told.status, told.json()["code"].as_str()),
        (409, Some("second_person_needed")),
        "{}",
        told.text
    );
}

#[tokio::test]
async fn an_act_that_names_what_is_not_there_is_pointed_at_it() {
    let app = TestApp::armed().await;
    let session = app.sign_in("clerk", "+8613800000051").await;
    let open = app.case("open", "finance", true).await;
    let closed = closed(&app).await;
    let late =
        json!({ "authority": "sasac", "outcome": "call_back", "call_back_at": "2026-11-24T00:00:00Z" });
    let tries: [(&str, &str, Value, &str); 12] = [
        (&open, "confirm", json!({ "by": "ghost" }), "/by"),
        (&open, "pass", json!({ "to": "ghost" }), "/to"),
        (&open, "classification", json!({ "kind": "fever", "reason": "why" }), "/kind"),
        (&open, "classification", json!({ "kind": "confirmed", "reason": " " }), "/reason"),
        (
            &open,
            "classification",
            json!({ "kind": "ruled_out", "reason": "why", "second": "ghost" }),
            "/second",
        ),
        (&open, "telephone", json!({ "authority": "ghost", "outcome": "taken" }), "/authority"),
        (&open, "telephone", late, "/call_back_at"),
        (&open, "written", json!({ "content": { "ghost": "boo" } }), "/content/ghost"),
        (&open, "receipt", json!({ "authority": "ghost" }), "/authority"),
        (&open, "dispute", json!({ "authority": "ghost" }), "/authority"),
        (&closed, "erase", json!({ "second": "clerk", "ground": "asked" }), "/second"),
        (&closed, "erase", json!({ "second": "ghost", "ground": "asked" }), "/second"),
    ];
    for (case, act, body, pointer) in tries {
        let told = app.post(&format!("/v1/cases/{case}/{act}"), &session, &body).await;
        let at = told.json()["errors"][0]["pointer"].clone();
        assert_eq!((told.status, at.as_str()), (422, Some(pointer)), "{act}: {}", told.text);
        assert!(!told.text.contains("boo"), "{act}: {}", told.text);
    }
}
