//! Absences by HTTP (M3): who enters one, who stands in, and who sees why.

use serde_json::{Value, json};

use crate::app::TestApp;

const UNTIL: &str = "2026-11-23T11:00:00Z";

#[tokio::test]
async fn a_person_enters_their_own_and_is_back_when_they_say_so() {
    let app = TestApp::start();
    let liaison = app.sign_in("liaison", "+8613800000012").await;
    let body = json!({ "until": UNTIL, "why": "fever", "stand_in": "reader", "note": "今晨发热" });
    let entered = app.post("/v1/absences", &liaison, &body).await;
    assert_eq!(entered.status, 200, "{}", entered.text);
    let it = entered.json();
    assert_eq!(
        (&it["person"], &it["why"], &it["stand_in"]),
        (&json!("liaison"), &json!("fever"), &json!("reader"))
    );
    let list = async |token: &str| app.get("/v1/absences", token).await.json()["absences"].clone();
    assert_eq!(list(&liaison).await, json!([it]));
    assert_eq!(list("office").await, json!([it]));
    // Whoever stands in sees that they do, and not why.
    let reader = app.sign_in("reader", "+8613800000052").await;
    let seen = list(&reader).await;
    assert_eq!((&seen[0]["person"], &seen[0]["why"]), (&json!("liaison"), &Value::Null), "{seen}");
    let trader = app.sign_in("trader", "+8613800000013").await;
    assert_eq!(list(&trader).await, json!([]));
    // Nobody else ends it, or learns that there is one.
    let path = format!("/v1/absences/{}/end", it["absence"]);
    assert_eq!(app.post(&path, &trader, &json!({})).await.status, 404);
    app.pass(1).await;
    let back = app.post(&path, &liaison, &json!({})).await;
    assert_eq!(back.status, 200, "{}", back.text);
    assert_ne!(back.json()["until"], it["until"]);
    let again = app.post(&path, "office", &json!({ "by": "clerk" })).await;
    assert_eq!((again.status, &again.json()["code"]), (409, &json!("absence_over")));
    assert_eq!(list("office").await, json!([]));
}

#[tokio::test]
async fn whoever_stands_in_may_file_what_the_liaison_owes() {
    let app = TestApp::start();
    let reader = app.sign_in("reader", "+8613800000052").await;
    let report = json!({ "form": "daily", "unit": "finance", "figures": {} });
    assert_eq!(app.post("/v1/reports", &reader, &report).await.status, 403);
    let body =
        json!({ "by": "clerk", "person": "liaison", "until": UNTIL, "why": "leave", "stand_in": "reader" });
    assert_eq!(app.post("/v1/absences", "office", &body).await.status, 200);
    // What is said now is about the report, and not about who sends it.
    let told = app.post("/v1/reports", &reader, &report).await;
    assert_eq!(told.status, 422, "{}", told.text);
}

#[tokio::test]
async fn what_is_wrong_in_an_absence_is_named() {
    let app = TestApp::start();
    let right = json!({ "by": "clerk", "person": "liaison", "until": UNTIL, "why": "leave" });
    for (name, value, pointer) in [
        ("person", json!("stranger"), "/person"),
        ("by", json!("stranger"), "/by"),
        ("stand_in", json!("stranger"), "/stand_in"),
        ("stand_in", json!("liaison"), "/stand_in"),
        ("why", json!("holiday"), "/why"),
        ("why", json!(7), "/why"),
        ("until", json!("tomorrow"), "/until"),
        ("until", json!("2026-11-01T00:00:00Z"), "/until"),
        ("until", json!("2027-11-01T00:00:00Z"), "/until"),
        ("from", json!("2027-11-01T00:00:00Z"), "/until"),
        ("from", json!(1), "/from"),
        ("note", json!(" "), "/note"),
    ] {
        let mut body = right.clone();
        body[name] = value.clone();
        let told = app.post("/v1/absences", "office", &body).await;
        assert_eq!(
            (told.status, &told.json()["errors"][0]["pointer"]),
            (422, &json!(pointer)),
            "{name}={value}: {}",
            told.text
        );
    }
    let mut far = right.clone();
    (far["from"], far["until"]) = (json!("2027-11-01T00:00:00Z"), json!("2027-11-02T00:00:00Z"));
    let told = app.post("/v1/absences", "office", &far).await;
    assert_eq!(told.json()["errors"][0]["pointer"], "/from", "{}", told.text);
}
