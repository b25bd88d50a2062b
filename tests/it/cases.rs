//! Events and cases in the contract's shapes.

use serde_json::json;

use crate::app::{TestApp, event};

#[tokio::test]
async fn an_event_is_answered_as_the_contract_says_and_the_same_again_with_the_first_answer() {
    let app = TestApp::start();
    let told = app.post("/v1/events", "hr", &event("hr-1", "finance", true)).await;
    assert_eq!(told.status, 202);
    let first = told.json();
    let wanted = json!({
        "event": first["event"], "outcome": "case_opened", "case": "C-20261123-0001", "kind": "suspected",
        "clocks": [{
            "authority": "sasac", "anchor": "2026-11-23T00:00:00.000Z", "phone_due": "2026-11-23T00:30:00.000Z",
            "written_due": "2026-11-23T00:30:00.000Z",
        }],
    });
    assert_eq!(first, wanted);
    assert!(first["event"].is_string());
    let again = app.post("/v1/events", "hr", &event("hr-1", "finance", true)).await;
    let mut wanted = wanted;
    wanted["duplicate"] = json!(true);
    assert_eq!((again.status, again.json()), (200, wanted));
}

#[tokio::test]
async fn what_is_personal_is_shown_to_the_office_alone() {
    let app = TestApp::start();
    let case = app.case("hr-1", "finance", true).await;
    let path = format!("/v1/cases/{case}");
    let office = app.get(&path, "office").await.json();
    assert_eq!((&office["place"], &office["person"]["name"]), (&json!("一楼大厅"), &json!("王小明")));
    for token in ["unit", "read"] {
        let told = app.get(&path, token).await;
        let shown = told.json();
        for key in ["person", "place", "details", "measures", "symptoms"] {
            assert!(shown.get(key).is_none(), "{token}: {key}");
        }
        assert!(!told.text.contains("王小明") && !told.text.contains("一楼大厅"), "{token}");
    }
}
