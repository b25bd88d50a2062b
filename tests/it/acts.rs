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
