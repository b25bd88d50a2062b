//! What a refusal looks like, and that looking changes nothing.

use std::io::Error;
use std::task::Poll;

use axum::body::{Body, Bytes};
use axum::http::{Method, Request};
use serde_json::{Value, json};

use crate::app::{TestApp, Told, event};

/// A value that no answer may repeat.
const CANARY: &str = "canary-7f3a";

#[track_caller]
fn check(told: &Told, status: u16, code: &str) {
    assert_eq!(told.status, status, "{}", told.text);
    assert_eq!(told.header("content-type"), "application/problem+json", "{}", told.text);
    let body = told.json();
    assert_eq!(
        (body["status"].as_u64(), body["code"].as_str()),
        (Some(u64::from(status)), Some(code)),
        "{body}"
    );
    assert!(body["title"].as_str().is_some_and(|title| !title.is_empty()), "{body}");
    let waits = !told.header("retry-after").is_empty();
    assert_eq!(waits, matches!(status, 429 | 503), "{status}: retry-after");
    assert!(!told.text.contains(CANARY), "{}", told.text);
}

async fn raw(app: &TestApp, kind: &str, body: impl Into<Body>) -> Told {
    let request =
        Request::post("/v1/events").header("authorization", "Bearer hr").header("content-type", kind);
    app.send(request.body(body.into()).unwrap()).await
}

#[tokio::test]
async fn every_refusal_is_a_problem_document_with_its_code() {
    let app = TestApp::start();
    let case = app.case("hr-1", "finance", true).await;
    let at = |act: &str| format!("/v1/cases/{case}/{act}");
    check(&raw(&app, "application/json", format!("{{\"id\": \"{CANARY}")).await, 400, "malformed");
    check(&app.get("/v1/cases", "").await, 401, "unauthorized");
    check(&app.get("/v1/cases", CANARY).await, 401, "unauthorized");
    check(&app.post("/v1/arm", "read", &json!({ "by": "clerk" })).await, 403, "forbidden");
    let ruling = json!({ "by": "clerk", "kind": "confirmed", "reason": CANARY });
    check(&app.post(&at("classification"), "office", &ruling).await, 403, "person_only");
    check(&app.get(&format!("/v1/{CANARY}"), "office").await, 404, "not_found");
    check(&app.get(&format!("/v1/cases/{CANARY}"), "office").await, 404, "not_found");
    check(&app.bare(Method::DELETE, "/v1/cases", "office").await, 405, "method_not_allowed");
    let closing = json!({ "by": "clerk", "reason": CANARY });
    check(&app.post(&at("close"), "office", &closing).await, 409, "proof_owed");
    check(&raw(&app, "application/json", vec![b' '; 65_537]).await, 413, "too_large");
    check(&raw(&app, "text/csv", CANARY).await, 415, "unsupported_type");
    let note = json!({ "by": CANARY, "text": CANARY });
    check(&app.post(&at("note"), "office", &note).await, 422, "invalid");
}

#[tokio::test]
async fn a_bad_field_is_pointed_at_and_never_quoted() {
    let app = TestApp::start();
    let case = app.case("hr-1", "finance", true).await;
    let at = |act: &str| format!("/v1/cases/{case}/{act}");
    let mut hot = event("hr-2", "finance", false);
    hot["temperature_c"] = json!(CANARY);
    let mut elsewhere = event("hr-3", "finance", false);
    elsewhere["unit"] = json!(CANARY);
    let erasure = json!({ "by": "clerk", "second": CANARY, "ground": "asked" });
    let closed = app.case("hr-4", "finance", false).await;
    let closing = json!({ "by": "clerk", "reason": "over" });
    assert_eq!(app.post(&format!("/v1/cases/{closed}/close"), "office", &closing).await.status, 200);
    let tries: [(&str, &str, Value, &str); 11] = [
        (&at("pass"), "office", json!({ "by": "clerk", "to": CANARY }), "/to"),
        (&format!("/v1/cases/{closed}/erase"), "office", erasure, "/second"),
        ("/v1/test", "office", json!({ "person": CANARY }), "/person"),
        ("/v1/test", "office", json!({ "person": "officer", "by": CANARY }), "/by"),
        ("/v1/events", "hr", hot, "/temperature_c"),
        ("/v1/events", "hr", elsewhere, "/unit"),
        (
            &at("telephone"),
            "office",
            json!({ "by": "clerk", "authority": "sasac", "outcome": CANARY }),
            "/outcome",
        ),
        (
            &at("telephone"),
            "office",
            json!({ "by": "clerk", "authority": CANARY, "outcome": "taken" }),
            "/authority",
        ),
        (&at("written"), "office", json!({ "by": "clerk", "content": CANARY }), "/content"),
        (&at("take"), "office", json!({ "by": CANARY }), "/by"),
        ("/v1/receipts/voice", "voice", json!({ "key": "abc", "state": CANARY }), "/state"),
    ];
    for (path, token, body, pointer) in tries {
        let told = app.post(path, token, &body).await;
        check(&told, 422, "invalid");
        assert_eq!(told.json()["errors"][0]["pointer"], pointer, "{}", told.text);
    }
}

/// A body at which whoever reads it panics.
fn fault() -> Body {
    Body::from_stream(futures_util::stream::poll_fn(|_| -> Poll<Option<Result<Bytes, Error>>> {
        panic!("{CANARY}")
    }))
}

#[tokio::test]
async fn whoever_runs_into_a_fault_is_told_so_and_the_next_is_served() {
    let app = TestApp::start();
    let seq = app.published().state.seq;
    let doors = [
        ("/v1/events", "hr", "application/json"),
        ("/v1/sources/hr/hr", "", "application/json"),
        ("/v1/receipts/voice", "voice", "application/json"),
        ("/v1/reports", "office", "application/json"),
        ("/v1/arm", "office", "application/json"),
        ("/v1/sign-in", "", "application/json"),
        ("/a", "", "application/x-www-form-urlencoded"),
    ];
    for (path, token, kind) in doors {
        let request = Request::post(path).header("authorization", format!("Bearer {token}"));
        let told = app.send(request.header("content-type", kind).body(fault()).unwrap()).await;
        if path == "/a" {
            assert_eq!(
                (told.status, told.header("content-type")),
                (500, "text/html; charset=utf-8"),
                "{}",
                told.text
            );
            assert!(told.text.contains("不能确定是否已记录") && told.text.contains("may be recorded or not"));
            assert!(
                !told.text.contains("没有记录：") && !told.text.contains("Nothing is recorded"),
                "{}",
                told.text
            );
        } else {
            check(&told, 500, "internal");
        }
    }
    assert_eq!(app.published().state.seq, seq, "nothing of it is on record");
    let counts = app.get("/metrics", "").await.text;
    let counted = counts
        .lines()
        .any(|line| line.contains("\"/v1/events\"") && line.contains("\"500\"") && line.ends_with(" 1"));
    assert!(counted, "{counts}");
    app.case("hr-1", "finance", true).await;
}

#[tokio::test]
async fn strangers_who_hurry_are_told_when_to_come_again() {
    let app = TestApp::start();
    let body = json!({ "mobile": "+8613900000000" });
    let mut refused = None;
    // The clock of the test stands still, so that the burst and the queue behind it are all there is.
    for _ in 0..100 {
        assert_eq!(app.post("/v1/sign-in", "", &body).await.status, 202);
    }
    let waiting: Vec<_> = (0..40).map(|_| app.post("/v1/sign-in", "", &body)).collect();
    for told in futures_util::future::join_all(waiting).await {
        if told.status != 202 {
            refused = Some(told);
        }
    }
    check(&refused.unwrap(), 429, "too_many");
}

#[tokio::test]
async fn get_head_and_options_change_nothing() {
    let app = TestApp::start();
    let case = app.case("hr-1", "finance", true).await;
    let document = app.get("/openapi.json", "").await.json();
    app.settled().await;
    let before = app.published().state.seq;
    let paths: Vec<String> = document["paths"].as_object().unwrap().keys().cloned().collect();
    assert!(paths.len() > 30);
    for path in paths {
        let path = path.replace("{case}", &case).replace("{source}", "hr").replace("{channel}", "voice");
        let path = path.replace("{secret}", "hr").replace("{token}", "abc");
        for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
            // A file of lapses is handed out, and that is on record: ledger.rs.
            if (path.as_str(), &method) != ("/v1/ledger", &Method::GET) {
                let told = app.bare(method.clone(), &path, "office").await;
                assert!(told.status < 500, "{method} {path}: {}", told.status);
            }
        }
    }
    assert_eq!(app.published().state.seq, before);
}

#[tokio::test]
async fn a_key_that_means_nothing_is_a_sign_of_life_and_no_more() {
    let app = TestApp::armed().await;
    let case = app.case("hr-1", "finance", true).await;
    app.pass(0).await;
    app.pass(15).await;
    let shown = app.get(&format!("/v1/cases/{case}"), "office").await.json();
    let calls = shown["notifications"].as_array().unwrap().iter();
    let key = calls.filter(|it| it["purpose"] == "telephone").find_map(|it| it["id"].as_str()).unwrap();
    let told = app.post("/v1/receipts/voice", "voice", &json!({ "key": key, "digits": "7" })).await;
    assert_eq!(told.status, 200, "{}", told.text);
    let shown = app.get(&format!("/v1/cases/{case}"), "office").await.json();
    let call = shown["notifications"].as_array().unwrap().iter().find(|it| it["id"] == key).unwrap();
    assert!(call["state"] == "answered" && shown["handler"].is_null(), "{shown}");
    let told = app.post("/v1/receipts/voice", "voice", &json!({ "key": key, "digits": " " })).await;
    check(&told, 422, "invalid");
}
