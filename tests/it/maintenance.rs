//! Announced maintenance by HTTP (M19): who says that nothing gets in, when, and what is shown of it.

use serde_json::json;

use crate::app::TestApp;

#[tokio::test]
async fn maintenance_is_announced_shown_and_ended() {
    let app = TestApp::start();
    assert_eq!(app.get("/readyz", "").await.json()["maintenance"], false);
    let announced = async |token: &str, from: &str, until: &str| {
        let body = json!({ "from": from, "until": until, "reason": "a new certificate", "by": "clerk" });
        app.post("/v1/maintenance", token, &body).await.json()
    };
    let later = announced("operator", "2026-11-23T12:00:00Z", "2026-11-23T13:00:00Z").await;
    assert_eq!(later["from"], "2026-11-23T12:00:00.000Z", "{later}");
    // Nobody dates anything back: it counts from now.
    let now = announced("office", "2026-11-01T00:00:00Z", "2026-11-23T11:00:00Z").await;
    assert!(now["from"].as_str().unwrap().starts_with("2026-11-23T"), "{now}");
    assert_eq!(app.get("/readyz", "").await.json()["maintenance"], true);
    let list = app.get("/v1/maintenance", "read").await.json()["maintenance"].clone();
    assert_eq!(list, json!([now, later]));
    app.pass(1).await;
    for it in [&now, &later] {
        let path = format!("/v1/maintenance/{}/end", it["maintenance"]);
        assert_eq!(app.post(&path, "operator", &json!({ "by": "clerk" })).await.status, 200);
        let again = app.post(&path, "operator", &json!({ "by": "clerk" })).await;
        if it == &now {
            assert_eq!((again.status, &again.json()["code"]), (409, &json!("maintenance_over")));
        } else {
            // It never began: there is none.
            assert_eq!(again.status, 404, "{}", again.text);
        }
    }
    assert_eq!(app.get("/v1/maintenance", "read").await.json()["maintenance"], json!([]));
    assert_eq!(app.get("/readyz", "").await.json()["maintenance"], false);
}

#[tokio::test]
async fn maintenance_that_is_too_long_or_without_an_end_says_so() {
    let app = TestApp::start();
    for (until, pointer) in [
        (json!("2026-11-30T00:00:00Z"), "/until"),
        (json!("2026-11-01T00:00:00Z"), "/until"),
        (json!("2026-11-23"), "/until"),
        (json!(7), "/until"),
    ] {
        let told = app
            .post("/v1/maintenance", "office", &json!({ "until": until, "reason": "x", "by": "clerk" }))
            .await;
        assert_eq!(
            (told.status, &told.json()["errors"][0]["pointer"]),
            (422, &json!(pointer)),
            "{}",
            told.text
        );
    }
}

#[tokio::test]
async fn the_process_proves_that_it_answered_to_whoever_can_tell() {
    let app = TestApp::start();
    assert_eq!(app.get("/healthz", "").await.header("watchfire-probe"), "");
    let asked = app.get("/healthz?probe=00112233445566778899aabbccddeeff", "").await;
    assert_eq!((asked.status, asked.text.as_str(), asked.header("watchfire-probe").len()), (200, "ok\n", 64));
    assert_eq!(app.get("/healthz?probe=short", "").await.header("watchfire-probe"), "");
}
