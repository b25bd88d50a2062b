//! Events that their sender signs by Standard Webhooks: taken, refused, and told when they come again.
//!
//! The signatures were computed by another program, from the secret of the published vector and from a second one.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use serde_json::Value;

use crate::app::{TestApp, Told};

const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
/// The second that the clock of a fresh daemon shows.
const TIME: &str = "1795392000";
// Spaces are part of what is signed.
const BODY: &str = r#"{"id": "clinic-000123", "unit": "finance", "kind": "fever", "temperature_c": 38.4}"#;
const SIGNED: &str = "v1,BU46QC/JI3qRxULYZAatr/gkDPMS/dOnvi/Q8NkDRc4=";
/// By the second secret.
const ROTATED: &str = "v1,w9Bj0kxISordQByyXB4oMSyyW9zEgCSCgOYh3cl/lvQ=";
/// Of another message of the same sender under the same id.
const OTHER: &str = r#"{"id": "clinic-000124", "unit": "trade", "kind": "fever", "temperature_c": 38.9}"#;
const OTHER_SIGNED: &str = "v1,77Fad4OFAsLkQA9Jyc+WLjpMqj3qrSlbl0VnLx9XTt0=";
/// Of the first body under another id.
const OTHER_ID: &str = "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W";
const BY_OTHER_ID: &str = "v1,GDiefU/Bd3Oro4h13uGvf5aNli7s6HpgEbMd1zG6jfk=";

async fn send(app: &TestApp, headers: [&str; 3], body: &str) -> Told {
    let [id, time, signature] = headers;
    let request = Request::post("/v1/events").header("content-type", "application/json");
    let request = request.header("webhook-id", id).header("webhook-timestamp", time);
    app.send(request.header("webhook-signature", signature).body(Body::from(body.to_owned())).unwrap()).await
}

fn cases(app: &TestApp) -> usize {
    app.published().state.cases.size()
}

#[track_caller]
fn check_refused(told: &Told) {
    assert_eq!((told.status, &told.json()["code"]), (401, &Value::from("unauthorized")), "{}", told.text);
}

#[tokio::test]
async fn a_signed_event_is_taken_by_either_secret_and_by_any_of_its_signatures() {
    let list = format!("v1a,AAAA v1,{} {SIGNED}", "A".repeat(43) + "=");
    for signature in [SIGNED, ROTATED, &list] {
        let app = TestApp::armed().await;
        let told = send(&app, [ID, TIME, signature], BODY).await;
        assert_eq!(told.status, 202, "{}", told.text);
        assert_eq!((&told.json()["outcome"], cases(&app)), (&Value::from("case_opened"), 1));
    }
}

#[tokio::test]
async fn a_signature_that_is_not_of_these_bytes_is_refused_and_nothing_is_recorded() {
    let app = TestApp::armed().await;
    let before = app.published().state.seq;
    let changed = BODY.replace("38.4", "36.4");
    for (headers, body) in [
        ([ID, TIME, OTHER_SIGNED], BODY),
        ([ID, TIME, "v1,AAAA"], BODY),
        ([ID, TIME, "v1,"], BODY),
        ([ID, TIME, SIGNED], &changed),
        ([ID, TIME, SIGNED], &BODY.replace(": ", ":")),
        ([OTHER_ID, TIME, SIGNED], BODY),
        ([ID, "1795392001", SIGNED], BODY),
        (["", TIME, SIGNED], BODY),
        ([ID, "soon", SIGNED], BODY),
    ] {
        check_refused(&send(&app, headers, body).await);
    }
    assert_eq!((app.published().state.seq, cases(&app)), (before, 0));
}

#[tokio::test]
async fn a_signature_holds_for_five_minutes() {
    let app = TestApp::armed().await;
    app.clock.advance(Duration::from_mins(5));
    app.settled().await;
    assert_eq!(send(&app, [ID, TIME, SIGNED], BODY).await.status, 202);
    let app = TestApp::armed().await;
    app.clock.advance(Duration::from_secs(301));
    app.settled().await;
    check_refused(&send(&app, [ID, TIME, SIGNED], BODY).await);
    assert_eq!(cases(&app), 0);
}

#[tokio::test]
async fn a_signed_event_that_is_played_again_changes_nothing() {
    let app = TestApp::armed().await;
    let first = send(&app, [ID, TIME, SIGNED], BODY).await.json();
    for (id, signature) in [(ID, SIGNED), (ID, ROTATED), (OTHER_ID, BY_OTHER_ID)] {
        let told = send(&app, [id, TIME, signature], BODY).await;
        assert_eq!((told.status, &told.json()["duplicate"]), (200, &Value::from(true)), "{}", told.text);
        assert_eq!((&told.json()["event"], &told.json()["case"]), (&first["event"], &first["case"]));
    }
    assert_eq!(cases(&app), 1);
    // What makes an event the same one is its own id: a sender that reuses the header loses nothing.
    assert_eq!(send(&app, [ID, TIME, OTHER_SIGNED], OTHER).await.status, 202);
    app.clock.advance(Duration::from_secs(301));
    app.settled().await;
    check_refused(&send(&app, [ID, TIME, SIGNED], BODY).await);
    assert_eq!(cases(&app), 2);
}
