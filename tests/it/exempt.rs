//! A unit is excused from a report: by whom, why, and who may read that.

use std::time::Duration;

use serde_json::json;

use crate::app::TestApp;
use crate::reports::pointers;

#[tokio::test]
async fn the_office_excuses_a_unit_with_a_reason_and_nobody_else_does() {
    let app = TestApp::start();
    let own = json!({ "by": "liaison", "reason": "停电 power cut" });
    let refused = app.post("/v1/slots/daily.finance.2026-11-23.1/exempt", "office", &own).await;
    assert_eq!((refused.status, &refused.json()["code"]), (409, &json!("own_slot")));
    let path = "/v1/slots/daily.trade.2026-11-23.1/exempt";
    let body = json!({ "by": "clerk", "reason": "停电 power cut" });
    assert_eq!(app.post(path, "unit", &body).await.status, 403);
    assert_eq!(pointers(&app.post(path, "office", &json!({ "by": "clerk" })).await), ["/reason"]);
    let told = app.post(path, "office", &body).await;
    assert_eq!((told.status, &told.json()["state"]), (200, &json!("exempt")), "{}", told.text);
    let shown = &told.json()["exempt"];
    assert_eq!((&shown["by"], &shown["reason"]), (&json!("clerk"), &json!("停电 power cut")));
    // Its unit's own people read why; whoever may only read does not.
    for (who, reason) in [("office", json!("停电 power cut")), ("read", json!(null))] {
        let slots =
            app.get("/v1/slots?form=daily&unit=trade&from=2026-11-23&to=2026-11-23", who).await.json();
        assert_eq!(
            (&slots["slots"][0]["exempt"]["by"], &slots["slots"][0]["exempt"]["reason"]),
            (&json!("clerk"), &reason)
        );
    }
    let again = app.post(path, "office", &body).await;
    assert_eq!((again.status, &again.json()["code"]), (409, &json!("slot_ended")));
    let none = app.post("/v1/slots/daily.trade.2020-11-23.1/exempt", "office", &body).await;
    assert_eq!((none.status, &none.json()["code"]), (409, &json!("no_such_slot")));
    assert!(
        none.text.contains("领导小组办公室") && none.text.contains("office"),
        "who can help: {}",
        none.text
    );
    assert_eq!(app.post("/v1/slots/daily/exempt", "office", &body).await.status, 404);
    app.clock.advance(Duration::from_secs(8 * 3600 + 60));
    app.settled().await;
    let late = app.post("/v1/slots/daily.finance.2026-11-23.1/exempt", "office", &body).await;
    assert_eq!((late.status, &late.json()["code"]), (409, &json!("past_due")));
}
