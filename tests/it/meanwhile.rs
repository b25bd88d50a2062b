//! A page that was opened before somebody else, or the same person elsewhere, filed the report.

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::browser::Browser;
use crate::forms::{DAILY, says};

const FIGURES: [(&str, &str); 5] =
    [("zero", "false"), ("f.on_duty", "23"), ("f.travelling", "0"), ("f.fever", "0"), ("act", "file")];
const OTHERS: [(&str, &str); 5] =
    [("zero", "false"), ("f.on_duty", "21"), ("f.travelling", "2"), ("f.fever", "0"), ("act", "file")];

async fn last(app: &TestApp) -> (Value, Value) {
    let path = "/v1/slots?form=daily&unit=finance&from=2026-11-23&to=2026-11-23";
    let slot = app.get(path, "office").await.json()["slots"][0].clone();
    (slot["revision"].clone(), slot["by"].clone())
}

#[tokio::test]
async fn an_old_page_takes_no_report_over_that_it_did_not_show() {
    let app = TestApp::armed().await;
    let liaison = Browser::of(&app, "liaison", "+8613800000012").await;
    let leader = Browser::of(&app, "leader", "+8613800000011").await;
    let (first, old) = (liaison.get(DAILY).await, leader.get(DAILY).await);
    for _ in 0..2 {
        // The same page sent again is the same request.
        assert_eq!(liaison.send(DAILY, &first, &FIGURES).await.status, 200);
        assert_eq!(last(&app).await, (json!(1), json!("liaison")));
    }
    let told = leader.send(DAILY, &old, &OTHERS).await;
    assert_eq!(told.status, 409, "{}", told.text);
    says(&told, &["您打开本页之后", "filed this report", "value=\"21\"", "name=\"over\" value=\"1\""]);
    assert_eq!(last(&app).await, (json!(1), json!("liaison")));
    // Whoever sends it again has read that.
    assert_eq!(leader.send(DAILY, &told, &OTHERS).await.status, 200);
    assert_eq!(last(&app).await, (json!(2), json!("leader")));
}

#[tokio::test]
async fn a_program_says_as_well_which_report_it_had_before_it() {
    let app = TestApp::start();
    let body = |over: u32, on_duty: u32| {
        json!({ "unit": "finance", "form": "daily", "day": "2026-11-23", "by": "liaison", "over": over,
                "figures": { "on_duty": on_duty, "travelling": 0, "fever": 0 } })
    };
    assert_eq!(app.post("/v1/reports", "office", &body(0, 23)).await.status, 201);
    let told = app.post("/v1/reports", "office", &body(0, 22)).await;
    assert_eq!((told.status, &told.json()["code"]), (409, &json!("filed_meanwhile")), "{}", told.text);
    assert!(told.json()["detail"].as_str().unwrap().contains("第 1 版"), "{}", told.text);
    assert_eq!(app.post("/v1/reports", "office", &body(1, 22)).await.status, 201);
}
