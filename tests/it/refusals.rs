//! The codes of problems that take a state, a load or a configuration of their own to bring about.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use watchfire::journal::Disk;

use crate::app::{TestApp, Told, event};

#[track_caller]
fn check(told: &Told, status: u16, code: &str) {
    assert_eq!((told.status, told.json()["code"].as_str()), (status, Some(code)), "{}", told.text);
}

/// A message that the source `mapped` signs at this second.
fn signed(seconds: i64) -> Request<Body> {
    let body = event("signed", "finance", false).to_string();
    let mut mac = Hmac::<Sha256>::new_from_slice(b"mapped-signing-secret-01").unwrap();
    mac.update(format!("m1.{seconds}.{body}").as_bytes());
    let signature = BASE64_STANDARD.encode(mac.finalize().into_bytes());
    Request::post("/v1/events")
        .header("content-type", "application/json")
        .header("webhook-id", "m1")
        .header("webhook-timestamp", seconds)
        .header("webhook-signature", format!("v1,{signature}"))
        .body(Body::from(body))
        .unwrap()
}

/// The second that the clock of a fresh daemon shows.
const START: i64 = 1_795_392_000;

#[tokio::test]
async fn a_mapped_source_comes_in_at_each_of_its_doors_and_for_whoever_shows_its_credential_alone() {
    let app = TestApp::armed().await;
    let meter = |id: &str| json!({ "id": id, "temperature_c": "38.4" });
    let told = app.post("/v1/events", "mapped", &meter("m-1")).await;
    assert_eq!((told.status, &told.json()["outcome"]), (202, &json!("case_opened")), "{}", told.text);
    let told = app.post("/v1/sources/mapped/mapped", "", &meter("m-1")).await;
    assert_eq!((told.status, &told.json()["duplicate"]), (200, &json!(true)), "{}", told.text);
    let told = app.send(signed(START)).await;
    assert_eq!((told.status, &told.json()["outcome"]), (202, &json!("case_opened")), "{}", told.text);
    check(&app.post("/v1/sources/mapped/nonsense", "", &meter("m-2")).await, 401, "unauthorized");
    assert_eq!(app.published().state.cases.size(), 2);
}

#[tokio::test]
async fn a_signature_is_not_judged_by_a_clock_that_is_in_doubt() {
    let app = TestApp::armed().await;
    check(&app.send(signed(START - 7_200)).await, 401, "unauthorized");
    app.clock.step_to("2026-11-23T04:00:00Z".parse().unwrap());
    let told = app.send(signed(START + 7_200)).await;
    check(&told, 503, "clock_in_doubt");
    assert_eq!(told.header("retry-after"), "30");
}

#[tokio::test]
async fn an_act_of_operation_that_the_state_refuses_says_by_its_code_why() {
    let app = TestApp::start();
    let tries: [(&str, Value, &str); 5] = [
        ("/v1/disarm", json!({ "by": "clerk", "reason": "a drill" }), "not_armed"),
        ("/v1/test", json!({ "person": "officer", "by": "sms" }), "not_armed"),
        ("/v1/arm", json!({ "by": "clerk" }), ""),
        ("/v1/arm", json!({ "by": "clerk" }), "armed"),
        // The officer has no address for mail.
        ("/v1/test", json!({ "person": "officer", "by": "email" }), "unreachable"),
    ];
    for (path, body, code) in tries {
        let told = app.post(path, "office", &body).await;
        match code {
            "" => assert_eq!(told.status, 200, "{}", told.text),
            code => check(&told, 409, code),
        }
    }
}

#[tokio::test]
async fn what_an_authority_heard_is_corrected_before_the_case_is_closed() {
    let app = TestApp::armed().await;
    let session = app.sign_in("clerk", "+8613800000051").await;
    let case = app.case("a", "finance", true).await;
    let at = |act: &str| format!("/v1/cases/{case}/{act}");
    let call = json!({ "authority": "sasac", "outcome": "taken" });
    assert_eq!(app.post(&at("telephone"), &session, &call).await.status, 200);
    let nothing = json!({ "kind": "ruled_out", "reason": "retested" });
    assert_eq!(app.post(&at("classification"), &session, &nothing).await.status, 200);
    check(&app.post(&at("close"), &session, &json!({ "reason": "over" })).await, 409, "correction_owed");
}

#[tokio::test]
async fn a_case_is_erased_once_and_not_while_a_message_about_it_is_under_way() {
    let app = TestApp::armed().await;
    let session = app.sign_in("clerk", "+8613800000051").await;
    let erasure = json!({ "second": "head", "ground": "asked" });
    let case = app.case("a", "finance", true).await;
    let at = |act: &str| format!("/v1/cases/{case}/{act}");
    app.pass(0).await;
    // Those who were told of it are told that it was nothing: the message waits to go.
    let nothing = json!({ "kind": "ruled_out", "reason": "retested" });
    assert_eq!(app.post(&at("classification"), &session, &nothing).await.status, 200);
    assert_eq!(app.post(&at("close"), &session, &json!({ "reason": "over" })).await.status, 200);
    check(&app.post(&at("erase"), &session, &erasure).await, 409, "attempt_under_way");
    app.pass(0).await;
    assert_eq!(app.post(&at("erase"), &session, &erasure).await.status, 200);
    check(&app.post(&at("erase"), &session, &erasure).await, 409, "nothing_to_erase");
}

#[tokio::test]
async fn a_case_with_a_lapse_that_nobody_has_decided_is_not_erased() {
    let app = TestApp::armed().await;
    let session = app.sign_in("clerk", "+8613800000051").await;
    let case = app.case("a", "finance", true).await;
    let at = |act: &str| format!("/v1/cases/{case}/{act}");
    for minutes in [0, 15, 10, 10] {
        app.pass(minutes).await;
    }
    let call = json!({ "authority": "sasac", "outcome": "taken" });
    assert_eq!(app.post(&at("telephone"), &session, &call).await.status, 200);
    assert_eq!(app.post(&at("close"), &session, &json!({ "reason": "over" })).await.status, 200);
    app.pass(2).await;
    let erasure = json!({ "second": "head", "ground": "asked" });
    check(&app.post(&at("erase"), &session, &erasure).await, 409, "lapse_undecided");
}

#[tokio::test]
async fn a_case_is_not_erased_while_it_is_undecided_whether_a_limit_was_kept() {
    let app = TestApp::armed().await;
    let session = app.sign_in("clerk", "+8613800000051").await;
    let case = app.case("a", "finance", true).await;
    let at = |act: &str| format!("/v1/cases/{case}/{act}");
    app.pass(0).await;
    // What accuses is decided a second after its instant.
    app.clock.advance(Duration::from_millis(30 * 60_000 + 500));
    let nothing = json!({ "kind": "ruled_out", "reason": "retested", "second": "head" });
    assert_eq!(app.post(&at("classification"), &session, &nothing).await.status, 200);
    assert_eq!(app.post(&at("close"), &session, &json!({ "reason": "over" })).await.status, 200);
    app.pass(0).await;
    let erasure = json!({ "second": "head", "ground": "asked" });
    check(&app.post(&at("erase"), &session, &erasure).await, 409, "limit_undecided");
}

#[tokio::test]
async fn a_case_that_has_reached_a_bound_takes_no_more() {
    let app = TestApp::start_in_memory(&Disk::new());
    let case = app.case("a", "finance", true).await;
    let path = format!("/v1/cases/{case}/telephone");
    let call = json!({ "by": "officer", "authority": "sasac", "outcome": "no_answer" });
    for _ in 0..200 {
        assert_eq!(app.post(&path, "office", &call).await.status, 200);
    }
    check(&app.post(&path, "office", &call).await, 409, "full");
}

#[tokio::test]
async fn a_wrong_code_to_sign_in_is_told_as_one() {
    let app = TestApp::start();
    let tried = json!({ "mobile": "+8613800000051", "code": "x" });
    check(&app.post("/v1/sign-in/code", "", &tried).await, 403, "code_wrong");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_not_waited_for_without_end() {
    let app = TestApp::start();
    let held = futures_util::stream::pending::<Result<Vec<u8>, std::io::Error>>();
    let request = Request::post("/v1/events").header("authorization", "Bearer hr");
    let request = request.header("content-type", "application/json").body(Body::from_stream(held));
    let told = app.send(request.unwrap()).await;
    check(&told, 408, "too_slow");
    assert_eq!(told.header("connection"), "close");
}

#[tokio::test]
async fn a_daemon_that_is_ending_takes_nothing_and_says_when_to_come_again() {
    let app = TestApp::start();
    app.take_no_more();
    let told = app.post("/v1/events", "hr", &event("late", "finance", true)).await;
    check(&told, 503, "stopping");
    assert_eq!(told.header("retry-after"), "1");
}

#[tokio::test]
async fn a_reason_that_says_nothing_or_more_than_anybody_reads_is_refused() {
    let app = TestApp::armed().await;
    let session = app.sign_in("clerk", "+8613800000051").await;
    let case = app.case("a", "finance", false).await;
    let at = |act: &str| format!("/v1/cases/{case}/{act}");
    let acts = [
        (at("classification"), json!({ "kind": "ruled_out" }), "reason"),
        (at("close"), json!({}), "reason"),
        (at("erase"), json!({ "second": "head" }), "ground"),
        ("/v1/disarm".to_owned(), json!({}), "reason"),
        ("/v1/maintenance".to_owned(), json!({ "until": "2026-11-23T11:00:00Z" }), "reason"),
        ("/v1/absences".to_owned(), json!({ "until": "2026-11-23T11:00:00Z", "why": "leave" }), "note"),
    ];
    for (path, body, name) in acts {
        for text in [" ".to_owned(), "长".repeat(2_001)] {
            let mut body = body.clone();
            body[name] = json!(text);
            let told = app.post(&path, &session, &body).await;
            assert_eq!(told.status, 422, "{path}: {}", told.text);
            assert_eq!(told.json()["errors"][0]["pointer"], format!("/{name}"), "{path}");
        }
    }
}
