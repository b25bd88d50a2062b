//! What is answered while nothing can be written, and without the vault: 503, and never a yes that is not on disk.

use std::collections::BTreeSet;

use axum::http::Method;
use serde_json::{Value, json};
use watchfire::journal::Disk;

use crate::app::{TestApp, event};
use crate::browser::Browser;
use crate::document::{Document, Operation};
use crate::lapses;

/// Operations that tell of an outage and that neither of these two brings about.
const OTHER_OUTAGES: [(&str, &str); 7] = [
    ("get /v1/cases", "the index is gone, and closed cases are asked for"),
    ("get /v1/cases/{case}", "the index is gone, and the case has left memory"),
    ("get /v1/slots", "the index is gone, and days are asked for that have left memory"),
    ("get /v1/standings", "the same of a month"),
    ("get /v1/lapses", "the files that a lapse cites cannot be read"),
    ("get /v1/ledger/head", "there is no head yet and none can be signed"),
    ("post /v1/clock/trust", "the queue is full: while nothing can be written it goes on"),
];

/// A daemon that holds, a case it knows, and the clerk's session.
async fn holding(lapse: bool) -> (TestApp, String, String) {
    let disk = Disk::new();
    let app = TestApp::start_in_memory(&disk);
    assert_eq!(app.post("/v1/arm", "office", &json!({ "by": "clerk" })).await.status, 200);
    let case = app.case("before", "finance", true).await;
    let session = app.sign_in("clerk", "+8613800000051").await;
    assert_eq!(app.post("/v1/sign-in", "", &json!({ "mobile": "+8613800000051" })).await.status, 202);
    let (case, session) = if lapse { accused(&app).await } else { (case, session) };
    let ground = app.end();
    disk.set_full(true);
    (TestApp::on(ground, true), case, session)
}

/// A lapse, and the session of who may decide it.
async fn accused(app: &TestApp) -> (String, String) {
    (lapses::breached(app).await, app.sign_in(lapses::INSPECTOR.0, lapses::INSPECTOR.1).await)
}

/// A daemon that has lost the key to its vault.
async fn without_vault(lapse: bool) -> (TestApp, String, String) {
    let app = TestApp::armed().await;
    let case = app.case("before", "finance", true).await;
    let session = app.sign_in("clerk", "+8613800000051").await;
    let (case, session) = if lapse { accused(&app).await } else { (case, session) };
    (TestApp::on(app.end(), false), case, session)
}

async fn tried(
    app: &TestApp,
    (case, session): (&str, &str),
    operation: &Operation<'_>,
    mistakes: &mut Vec<String>,
) -> u16 {
    let token = match operation.security().first() {
        None => "",
        Some(&"source") => "hr",
        Some(&"channel") => "voice",
        Some(_) => session,
    };
    let secret = if operation.path.contains("{source}") { "hr" } else { "voice" };
    let path = operation
        .path
        .replace("{lapse}", case)
        .replace("{case}", case)
        .replace("{source}", "hr")
        .replace("{channel}", "voice");
    let path = path.replace("{secret}", secret).replace("{slot}", "daily.trade.2026-11-23.1");
    let path = path
        .replace("{form}", "daily")
        .replace("{maintenance}", "1")
        .replace("{absence}", "1")
        .replace("{handover}", "1");
    let path = if path.contains("{token}") { crate::codes::link(app, "officer", case).await } else { path };
    let method: Method = operation.method.to_uppercase().parse().unwrap();
    let told = match operation.body() {
        Some(schema) => app.post(&path, token, &schema["example"]).await,
        None if operation.path.starts_with("/a") && method == Method::POST => {
            let code = app.codes.four("officer", case);
            app.form(&path, &format!("mobile=13800000031&act=confirm&code={code}")).await
        }
        None if operation.name() == "post /sign-in" => app.form(&path, "address=13800000051&act=ask").await,
        None if operation.name() == "post /f/{slot}" => {
            let clerk = Browser::new(app, session);
            let typed = [("zero", "true"), ("asked", "3"), ("total", "3"), ("act", "file")];
            clerk.send(&path, &clerk.get(&path).await, &typed).await
        }
        None if operation.name() == "post /h" => {
            let clerk = Browser::new(app, session);
            let typed = [("act", "take"), ("handover", "1")];
            clerk.send(&path, &clerk.get(&path).await, &typed).await
        }
        None => app.bare(method, &path, token).await,
    };
    mistakes.extend(operation.mistakes(&told));
    let says =
        ["application/problem+json", "text/html; charset=utf-8"].contains(&told.header("content-type"));
    if told.status == 503 && says && told.header("retry-after").is_empty() {
        mistakes.push(format!("{}: when to come again is not said", operation.name()));
    }
    told.status
}

#[tokio::test]
async fn every_503_of_the_document_is_given_and_nothing_is_taken_that_is_not_on_disk() {
    let document = Document::of(&TestApp::start()).await;
    let mut mistakes = Vec::new();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for operation in document.operations() {
        let lapse = operation.path.contains("{lapse}");
        for outage in ["holding", "without the vault"] {
            let (app, case, session) =
                if outage == "holding" { holding(lapse).await } else { without_vault(lapse).await };
            let status = tried(&app, (&case, &session), &operation, &mut mistakes).await;
            if status == 503 {
                seen.insert(operation.name());
            }
            let wish = operation.method == "post" && operation.path != "/v1/clock/trust";
            if outage == "holding" && wish && status < 400 {
                mistakes.push(format!("{}: a yes that is not on disk", operation.name()));
            }
        }
        let other = OTHER_OUTAGES.iter().any(|(name, _)| *name == operation.name());
        let says = operation.statuses().contains(&503);
        if says && !other && !seen.contains(&operation.name()) {
            mistakes.push(format!("{}: nothing was answered 503", operation.name()));
        }
    }
    assert!(mistakes.is_empty(), "{} {mistakes:#?}", mistakes.len());
}

#[tokio::test]
async fn while_holding_what_stops_the_ringing_takes_effect_and_must_come_again() {
    let (app, case, _) = holding(false).await;
    let told = app.post(&format!("/v1/cases/{case}/take"), "office", &json!({ "by": "officer" })).await;
    assert_eq!((told.status, told.json()["code"].as_str()), (503, Some("holding")), "{}", told.text);
    assert!(!told.header("retry-after").is_empty());
    let handler = app.get(&format!("/v1/cases/{case}"), "office").await.json()["handler"]["person"].clone();
    assert_eq!(handler, "officer");
    let told = app.post("/v1/events", "hr", &event("while", "finance", true)).await;
    assert_eq!((told.status, told.json()["code"].as_str()), (503, Some("holding")), "{}", told.text);
    assert_eq!(app.published().state.cases.size(), 1);
    assert_eq!(app.get("/healthz", "").await.status, 200);
    let ready = app.get("/readyz", "").await;
    assert_eq!((ready.status, &ready.json()["journal"]), (503, &json!(false)));
}

#[tokio::test]
async fn without_the_vault_a_case_is_run_and_what_needs_it_is_told_to_come_again() {
    let (app, case, _) = without_vault(false).await;
    let shown = app.get(&format!("/v1/cases/{case}"), "office").await.json();
    assert_eq!((&shown["kind"], &shown["person"]), (&json!("suspected"), &Value::Null));
    let take = app.post(&format!("/v1/cases/{case}/take"), "office", &json!({ "by": "officer" })).await;
    assert_eq!(take.status, 200, "{}", take.text);
    let call = json!({ "by": "officer", "authority": "sasac", "outcome": "taken" });
    let told = app.post(&format!("/v1/cases/{case}/telephone"), "office", &call).await;
    assert_eq!(told.status, 200, "a proof without words needs no vault: {}", told.text);
    for (path, body) in [
        ("/v1/events".to_owned(), event("without", "finance", true)),
        (format!("/v1/cases/{case}/note"), json!({ "by": "officer", "text": "seen" })),
    ] {
        let token = if path == "/v1/events" { "hr" } else { "office" };
        let told = app.post(&path, token, &body).await;
        assert_eq!((told.status, told.json()["code"].as_str()), (503, Some("unavailable")), "{path}");
    }
    let ready = app.get("/readyz", "").await;
    assert_eq!((ready.status, &ready.json()["vault"]), (503, &json!(false)));
}
