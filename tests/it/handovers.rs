//! Handovers of duty by HTTP and on the page (U34): who signs, what is open, and whose the cases are after.

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::browser::Browser;

const OFFICER: (&str, &str) = ("officer", "+8613800000031");
const HEAD: (&str, &str) = ("head", "+8613800000041");

async fn signed_in(app: &TestApp, (person, mobile): (&str, &str)) -> String {
    app.sign_in(person, mobile).await
}

/// A suspected case that the officer handles.
async fn handled(app: &TestApp, officer: &str) -> String {
    let case = app.case("E1", "finance", true).await;
    assert_eq!(app.post(&format!("/v1/cases/{case}/take"), officer, &json!({})).await.status, 200);
    case
}

#[tokio::test]
async fn both_sign_and_what_the_one_handled_is_the_others() {
    let app = TestApp::armed().await;
    let (officer, head) = (signed_in(&app, OFFICER).await, signed_in(&app, HEAD).await);
    let case = handled(&app, &officer).await;
    let body = json!({ "role": "officer", "to": "head", "note": "上级已电话告知，书面材料未报" });
    let offered = app.post("/v1/handovers", &officer, &body).await;
    assert_eq!(offered.status, 200, "{}", offered.text);
    let it = offered.json();
    assert_eq!(
        (&it["from"], &it["to"], &it["state"]),
        (&json!("officer"), &json!("head"), &json!("offered"))
    );
    assert_eq!(it["note"], body["note"]);
    let open = &it["open"]["cases"][0];
    assert_eq!(
        (&open["case"], &open["kind"], &open["handler"]),
        (&json!(case), &json!("suspected"), &json!("officer")),
        "{it}"
    );
    assert!(open["due"].is_string() && it["open"]["more_cases"] == 0, "{it}");
    let handler =
        async || app.get(&format!("/v1/cases/{case}"), "office").await.json()["handler"]["person"].clone();
    assert_eq!(handler().await, "officer");
    let take = format!("/v1/handovers/{}/take", it["handover"]);
    let wrong = app.post(&take, &officer, &json!({})).await;
    assert_eq!((wrong.status, &wrong.json()["code"]), (409, &json!("not_yours")));
    app.pass(1).await;
    for _ in 0..2 {
        let taken = app.post(&take, &head, &json!({})).await;
        assert_eq!(taken.status, 200, "{}", taken.text);
        let it = taken.json();
        assert_eq!((&it["state"], &it["taken"]["by"]), (&json!("taken"), &json!("head")), "{it}");
        assert_eq!(it["taken"]["cases"], json!([case]));
    }
    assert_eq!(handler().await, "head");
}

#[tokio::test]
async fn a_signature_is_a_persons_own_and_shown_to_the_two_the_office_and_discipline() {
    let app = TestApp::start();
    let (officer, head) = (signed_in(&app, OFFICER).await, signed_in(&app, HEAD).await);
    let body = json!({ "role": "officer", "to": "head", "by": "officer" });
    let program = app.post("/v1/handovers", "office", &body).await;
    assert_eq!((program.status, &program.json()["code"]), (403, &json!("person_only")), "{}", program.text);
    let offered = app.post("/v1/handovers", &officer, &body).await.json();
    let take = format!("/v1/handovers/{}/take", offered["handover"]);
    assert_eq!(app.post(&take, "office", &json!({ "by": "head" })).await.status, 403);
    let reader = app.sign_in("reader", "+8613800000052").await;
    let list = async |token: &str| app.get("/v1/handovers", token).await;
    for (token, sees) in
        [(&*officer, true), (&head, true), ("office", true), ("discipline", true), (&reader, false)]
    {
        let seen = list(token).await.json()["handovers"].clone();
        assert_eq!(seen, if sees { json!([offered]) } else { json!([]) }, "{token}");
    }
    for token in ["read", "unit", "operator"] {
        assert_eq!(list(token).await.status, 403, "{token}");
    }
}

#[tokio::test]
async fn what_stands_against_a_handover_is_said_in_both_languages() {
    let app = TestApp::start();
    let (officer, head) = (signed_in(&app, OFFICER).await, signed_in(&app, HEAD).await);
    let offer = async |token: &str, body: Value| app.post("/v1/handovers", token, &body).await.json();
    for (token, body, pointer) in [
        (&officer, json!({ "role": "night" }), "/role"),
        (&officer, json!({}), "/role"),
        // Nobody else is in the rotation.
        (&officer, json!({ "role": "officer" }), "/to"),
        (&officer, json!({ "role": "officer", "to": "officer" }), "/to"),
        (&officer, json!({ "role": "officer", "to": "stranger" }), "/to"),
        (&officer, json!({ "role": "officer", "to": "head", "note": "" }), "/note"),
    ] {
        let told = offer(token, body.clone()).await;
        assert_eq!(told["errors"][0]["pointer"], pointer, "{body}: {told}");
    }
    let told = offer(&head, json!({ "role": "officer", "to": "officer" })).await;
    assert_eq!(told["code"], "not_on_duty");
    assert!(told["title"].as_str().unwrap().contains("您当前不在班"), "{told}");
    let first = offer(&officer, json!({ "role": "officer", "to": "head" })).await;
    offer(&officer, json!({ "role": "officer", "to": "head" })).await;
    let take = app.post(&format!("/v1/handovers/{}/take", first["handover"]), &head, &json!({})).await;
    assert_eq!((take.status, &take.json()["code"]), (409, &json!("handover_replaced")), "{}", take.text);
    for unknown in ["999999", "x"] {
        let take = app.post(&format!("/v1/handovers/{unknown}/take"), &head, &json!({})).await;
        assert_eq!(take.status, 404, "{unknown}");
    }
}

#[tokio::test]
async fn both_sign_on_the_page_without_a_script() {
    let app = TestApp::armed().await;
    let zone = &app.published().directory.zone.clone();
    let at = app.published().now.either();
    let role = watchfire::domain::names::DutyRole::new("standby");
    let on_duty = app.published().directory.on_duty(&role, at).unwrap();
    assert_eq!(zone.name(), "Asia/Shanghai");
    let (goes, comes) = if on_duty.as_str() == "early" {
        (("early", "+8613800000061"), ("late", "+8613800000062"))
    } else {
        (("late", "+8613800000062"), ("early", "+8613800000061"))
    };
    app.case("E1", "finance", true).await;
    let one = Browser::of(&app, goes.0, goes.1).await;
    let page = one.get("/h").await;
    assert!(page.text.contains("签字交班") && page.text.contains("没有待签字的交接班"), "{}", page.text);
    let sent = one.send("/h", &page, &[("note", "夜间勿忘巡查 <b>")]).await;
    assert_eq!((sent.status, sent.header("location")), (303, "/h"), "{}", sent.text);
    let other = Browser::of(&app, comes.0, comes.1).await;
    let page = other.get("/h").await;
    for text in [
        "疑似",
        "· 财务部</b>",
        "无人处置",
        "夜间勿忘巡查 &lt;b&gt;",
        "签字接班",
        "suspected",
        "Sign and take over",
    ] {
        assert!(
            page.text.replace("</span>", "").replace("<span lang=\"zh-CN\">", "").contains(text),
            "{text} in {}",
            page.text
        );
    }
    // Whoever has only one button to press cannot press another's.
    let strange = other.send("/h", &page, &[("token", "x")]).await;
    assert_eq!(strange.status, 403, "{}", strange.text);
    let sent = other.send("/h", &page, &[]).await;
    assert_eq!(sent.status, 303, "{}", sent.text);
    let page = one.get("/h").await;
    assert!(page.text.contains("已签字接班") && page.text.contains("没有待签字的交接班"), "{}", page.text);
    // Who has no duty signs nothing, and nobody who is not signed in sees any.
    let reader = Browser::of(&app, "reader", "+8613800000052").await;
    let page = reader.get("/h").await;
    assert!(!page.text.contains("签字交班") && !page.text.contains("签字接班"), "{}", page.text);
    let nobody = Browser::new(&app, "").get("/h").await;
    assert!(nobody.status == 401 && nobody.text.contains("value=\"/h\""), "{}", nobody.text);
}
