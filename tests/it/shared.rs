//! People who share a telephone or a mail address: nobody is taken for the other by chance.

use serde_json::{Value, json};
use watchfire::domain::names::{CaseId, PersonId};

use crate::app::{TestApp, Told, event};

const ADDRESSES: [(&str, &str); 2] = [("mobile", "13800000071"), ("email", "GATE@example.cn")];

/// Asks for a code at an address that two share; how many were sent by then, to whom they were.
async fn asked(app: &TestApp, body: &Value) -> (Told, Vec<String>) {
    let told = app.post("/v1/sign-in", "", body).await;
    let published = app.published();
    (told, published.state.requests.values().map(|asked| asked.person.to_string()).collect())
}

fn named(kind: &str, address: &str, person: &str) -> Value {
    json!({ kind: address, "person": person })
}

#[tokio::test]
async fn a_shared_address_opens_nobodys_session_before_somebody_is_named() {
    for (kind, address) in ADDRESSES {
        let app = TestApp::start();
        let (shared, none) = asked(&app, &json!({ kind: address })).await;
        assert_eq!(
            (shared.status, none.len()),
            (202, 0),
            "no code goes to an address that two share: {kind}"
        );
        let (told, sent) = asked(&app, &named(kind, address, "second")).await;
        assert_eq!((told.status, told.text), (202, shared.text), "the answer is the same");
        assert_eq!(sent, ["second"]);
        let code = app.sign_in_code("second");
        for other in [
            json!({ kind: address, "code": code }),
            json!({ kind: address, "code": code, "person": "first" }),
        ] {
            assert_eq!(app.post("/v1/sign-in/code", "", &other).await.status, 403, "{other}");
        }
        let body = json!({ kind: address, "code": code, "person": "second" });
        let opened = app.post("/v1/sign-in/code", "", &body).await;
        assert_eq!((opened.status, &opened.json()["person"]), (200, &json!("second")), "{}", opened.text);
    }
}

#[tokio::test]
async fn whoever_shares_an_address_is_named_by_their_employee_number_too() {
    let app = TestApp::start();
    let (_, sent) = asked(&app, &named("mobile", "13800000071", "E-72")).await;
    assert_eq!(sent, ["second"]);
    let body = json!({ "mobile": "13800000071", "code": app.sign_in_code("second"), "person": "E-72" });
    let opened = app.post("/v1/sign-in/code", "", &body).await;
    assert_eq!((opened.status, &opened.json()["person"]), (200, &json!("second")), "{}", opened.text);
}

#[tokio::test]
async fn a_name_that_does_not_belong_to_the_address_gets_no_code_and_no_other_answer() {
    let app = TestApp::start();
    let (known, _) = asked(&app, &json!({ "mobile": "13800000051" })).await;
    for (kind, address, person) in [
        ("mobile", "13800000071", "clerk"),
        ("mobile", "13800000051", "first"),
        ("mobile", "13800000071", "nobody at all"),
        ("mobile", "13900000000", "first"),
        ("email", "gate@example.cn", "clerk"),
    ] {
        let (told, sent) = asked(&app, &named(kind, address, person)).await;
        assert_eq!((told.status, &told.text), (202, &known.text));
        assert_eq!(sent, ["clerk"], "{address} is not that of {person}");
        let body = json!({ kind: address, "person": person, "code": "x" });
        assert_eq!(app.post("/v1/sign-in/code", "", &body).await.status, 403);
    }
}

#[tokio::test]
async fn a_name_may_be_said_where_nobody_shares_the_address() {
    let app = TestApp::start();
    let (_, sent) = asked(&app, &named("mobile", "13800000051", "clerk")).await;
    assert_eq!(sent, ["clerk"]);
}

#[tokio::test]
async fn an_event_is_about_whom_its_employee_number_names_and_about_nobody_by_a_shared_telephone() {
    let app = TestApp::armed().await;
    for (id, person, expected) in [
        ("hr-1", json!({ "ref": "E-72", "mobile": "13800000071" }), Some("second")),
        ("hr-2", json!({ "mobile": "13800000071" }), None),
        ("hr-3", json!({ "mobile": "13800000051" }), Some("clerk")),
        ("hr-4", json!({ "ref": "unknown", "mobile": "13800000051" }), Some("clerk")),
    ] {
        let mut event = event(id, "finance", true);
        event["person"] = person;
        let told = app.post("/v1/events", "hr", &event).await;
        let case = CaseId::new(told.json()["case"].as_str().unwrap());
        let published = app.published();
        let about = published.state.case(&case).unwrap().subject_person.as_ref().map(PersonId::as_str);
        assert_eq!(about, expected, "{id}");
    }
}
