//! Links, codes and signing in: looking changes nothing, and nobody gets in by trying.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use serde_json::json;
use watchfire::domain::names::{CaseId, NotificationId};
use watchfire::engine::Published;

use crate::app::TestApp;

/// The link of the first message about a case to a person, once it is planned.
pub(crate) async fn link(app: &TestApp, person: &str, case: &str) -> String {
    let recipient = format!("person:{person}");
    let planned = |published: &Published| {
        let known = published.state.case(&CaseId::new(case))?;
        let to = |id: &&NotificationId| {
            published.state.track(id).is_some_and(|track| track.notification.to.to_string() == recipient)
        };
        known.notifications.iter().find(to).cloned()
    };
    let id = app.until(planned).await;
    format!("/a/{}", app.codes.link(id.as_str(), person, case))
}

/// Four digits that are not a person's for a case.
pub(crate) fn wrong(app: &TestApp, person: &str, case: &str) -> &'static str {
    if app.codes.four(person, case) == "0000" { "0001" } else { "0000" }
}

#[tokio::test]
async fn looking_at_a_page_changes_nothing_and_tells_nothing_personal() {
    let app = TestApp::armed().await;
    let case = app.case("hr-1", "finance", true).await;
    let link = link(&app, "officer", &case).await;
    app.settled().await;
    let before = app.published().state.seq;
    for (path, status) in [("/a", 200), (link.as_str(), 200), ("/a/abcdefghijklmno", 404)] {
        let told = app.get(path, "").await;
        assert_eq!(told.status, status, "{path}");
        assert!(!told.text.contains("王小明") && !told.text.contains("一楼大厅"), "{path}");
        assert_eq!(told.header("cache-control"), "no-store");
        assert_eq!(told.header("referrer-policy"), "no-referrer");
        assert_eq!(told.header("x-content-type-options"), "nosniff");
        assert_eq!(told.header("x-robots-tag"), "noindex");
        let policy = told.header("content-security-policy");
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{policy}"
        );
    }
    assert_eq!(app.published().state.seq, before);
}

#[tokio::test]
async fn a_form_without_the_digits_or_without_a_button_records_nothing() {
    let app = TestApp::armed().await;
    let case = app.case("hr-1", "finance", true).await;
    let link = link(&app, "officer", &case).await;
    let code = app.codes.four("officer", &case);
    assert_eq!(app.form(&link, "act=take").await.status, 403);
    assert_eq!(app.form(&link, &format!("code={code}")).await.status, 422);
    assert_eq!(app.form(&link, &format!("code={code}&act=erase")).await.status, 422);
    // A fragment belongs to an address, not to a form: these are not the digits.
    assert_eq!(app.form(&link, &format!("act=take&code={code}#1")).await.status, 403);
    assert!(!is_taken(&app));
    assert_eq!(app.form(&link, &format!("act=take&code={code}")).await.status, 200);
    assert!(is_taken(&app));
}

fn is_taken(app: &TestApp) -> bool {
    app.published().state.cases.values().any(|case| case.is_taken())
}

#[tokio::test]
async fn six_wrong_codes_lock_one_link_for_ten_minutes_and_nothing_else() {
    let app = TestApp::armed().await;
    let case = app.case("hr-1", "finance", true).await;
    let (officers, leaders) = (link(&app, "officer", &case).await, link(&app, "leader", &case).await);
    let bad = wrong(&app, "officer", &case);
    for _ in 0..6 {
        assert_eq!(app.form(&officers, &format!("act=take&code={bad}")).await.status, 403);
    }
    let right = format!("act=take&code={}", app.codes.four("officer", &case));
    assert_eq!(app.form(&officers, &right).await.status, 429);
    let leader = format!("act=confirm&code={}", app.codes.four("leader", &case));
    assert_eq!(app.form(&leaders, &leader).await.status, 200);
    assert!(!is_taken(&app));
    // Who guesses behind somebody's link does not keep them from typing their number.
    let by_mobile = format!("mobile=13800000031&{}", right.replace("take", "confirm"));
    assert_eq!(app.form("/a", &by_mobile).await.status, 200);
    app.clock.advance(Duration::from_secs(601));
    assert_eq!(app.form(&officers, &right).await.status, 200);
}

#[tokio::test]
async fn who_guesses_with_somebodys_number_locks_the_number_alone() {
    let app = TestApp::armed().await;
    let case = app.case("hr-1", "finance", true).await;
    let (officers, bad) = (link(&app, "officer", &case).await, wrong(&app, "officer", &case));
    for _ in 0..6 {
        let told = app.form("/a", &format!("mobile=13800000031&act=take&code={bad}")).await;
        assert_eq!(told.status, 403);
    }
    let right = format!("act=take&code={}", app.codes.four("officer", &case));
    let told = app.form("/a", &format!("mobile=%2B8613800000031&{right}")).await;
    assert_eq!((told.status, told.header("retry-after")), (429, "600"));
    let leader = format!("mobile=13800000011&act=confirm&code={}", app.codes.four("leader", &case));
    assert_eq!(app.form("/a", &leader).await.status, 200);
    assert!(!is_taken(&app));
    assert_eq!(app.form(&officers, &right).await.status, 200);
}

#[tokio::test]
async fn the_page_promises_a_call_to_the_next_where_there_is_one_and_only_then() {
    let app = TestApp::armed().await;
    let case = app.case("hr-1", "finance", true).await;
    let link = link(&app, "officer", &case).await;
    app.settled().await;
    let body = format!("act=pass&code={}", app.codes.four("officer", &case));
    let planned = |app: &TestApp| app.published().state.notifications.size();
    let before = planned(&app);
    let first = app.form(&link, &body).await;
    assert_eq!(first.status, 200);
    let calls = planned(&app) > before;
    assert_eq!(first.text.contains("马上呼叫下一位"), calls, "{}", first.text);
    let again = app.form(&link, &body).await;
    assert!(again.text.contains("没有再呼叫别的人"), "{}", again.text);
}

#[tokio::test]
async fn what_a_foreign_site_sends_is_refused() {
    let app = TestApp::armed().await;
    let case = app.case("hr-1", "finance", true).await;
    let link = link(&app, "officer", &case).await;
    let body = format!("act=take&code={}", app.codes.four("officer", &case));
    for (header, value) in [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")] {
        let request = Request::post(&link)
            .header("content-type", "application/x-www-form-urlencoded")
            .header(header, value)
            .body(Body::from(body.clone()));
        assert_eq!(app.send(request.unwrap()).await.status, 403, "{header}");
    }
    assert!(!is_taken(&app));
    let ours = Request::post(&link)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("origin", "https://watchfire.example")
        .body(Body::from(body));
    assert_eq!(app.send(ours.unwrap()).await.status, 200);
}

#[tokio::test]
async fn a_link_is_dead_when_its_case_is_closed() {
    let app = TestApp::armed().await;
    let case = app.case("hr-1", "finance", false).await;
    let link = link(&app, "leader", &case).await;
    assert_eq!(app.get(&link, "").await.status, 200);
    let told = app
        .post(&format!("/v1/cases/{case}/close"), "office", &json!({ "by": "clerk", "reason": "well" }))
        .await;
    assert_eq!(told.status, 200, "{}", told.text);
    assert_eq!(app.get(&link, "").await.status, 404);
    let body = format!("act=take&code={}", app.codes.four("leader", &case));
    assert_eq!(app.form(&link, &body).await.status, 404);
    assert_eq!(app.form("/a", &format!("mobile=%2B8613800000011&{body}")).await.status, 403);
}

#[tokio::test]
async fn asking_for_a_code_tells_nobody_who_is_known() {
    let app = TestApp::start();
    let known = app.post("/v1/sign-in", "", &json!({ "mobile": "+8613800000051" })).await;
    let stranger = app.post("/v1/sign-in", "", &json!({ "mobile": "+8613900000000" })).await;
    assert_eq!((known.status, &known.text), (202, &stranger.text));
    assert_eq!(known.status, stranger.status);
    let known = app.post("/v1/sign-in/code", "", &json!({ "mobile": "+8613800000051", "code": "x" })).await;
    let stranger =
        app.post("/v1/sign-in/code", "", &json!({ "mobile": "+8613900000000", "code": "x" })).await;
    assert_eq!((known.status, &known.text), (403, &stranger.text));
    assert_eq!(known.status, stranger.status);
}

#[tokio::test]
async fn a_code_to_sign_in_ends_with_its_tries() {
    let app = TestApp::start();
    let clerk = json!({ "mobile": "+8613800000051" });
    assert_eq!(app.post("/v1/sign-in", "", &clerk).await.status, 202);
    let code = app.sign_in_code("clerk");
    let with = |code: &str| json!({ "mobile": "+8613800000051", "code": code });
    let bad = if code == "000000" { "000001" } else { "000000" };
    for _ in 0..10 {
        assert_eq!(app.post("/v1/sign-in/code", "", &with(bad)).await.status, 403);
    }
    assert_eq!(app.post("/v1/sign-in/code", "", &with(&code)).await.status, 403);
}

#[tokio::test]
async fn a_session_works_as_a_cookie_and_ends_when_it_is_ended_or_old() {
    let app = TestApp::start();
    let clerk = json!({ "mobile": "+8613800000051" });
    assert_eq!(app.post("/v1/sign-in", "", &clerk).await.status, 202);
    let body = json!({ "mobile": "+8613800000051", "code": app.sign_in_code("clerk") });
    let opened = app.post("/v1/sign-in/code", "", &body).await;
    let session = opened.json()["session"].as_str().unwrap().to_owned();
    assert_eq!(opened.json()["person"], "clerk");
    assert_eq!(
        opened.header("set-cookie"),
        format!("session={session}; HttpOnly; Secure; SameSite=Lax; Path=/; Max-Age=43200")
    );
    // A code opens one session.
    assert_eq!(app.post("/v1/sign-in/code", "", &body).await.status, 403);
    let cookie = Request::get("/v1/cases").header("cookie", format!("a=b; session={session}"));
    assert_eq!(app.send(cookie.body(Body::empty()).unwrap()).await.status, 200);
    assert_eq!(app.get("/v1/cases", &session).await.status, 200);
    assert_eq!(app.post("/v1/sign-out", &session, &json!({})).await.status, 200);
    assert_eq!(app.get("/v1/cases", &session).await.status, 401);

    let second = app.sign_in("leader", "+8613800000011").await;
    app.clock.advance(Duration::from_hours(12) - Duration::from_secs(1));
    assert_eq!(app.get("/v1/cases", &second).await.status, 200);
    app.clock.advance(Duration::from_secs(1));
    assert_eq!(app.get("/v1/cases", &second).await.status, 401);
}

#[tokio::test]
async fn five_codes_an_hour_are_sent_to_one_person_and_the_sixth_looks_the_same() {
    let app = TestApp::start();
    let asked = |person: &str| {
        let published = app.published();
        published.state.requests.values().filter(|asked| asked.person.as_str() == person).count()
    };
    let (clerk, leader) = (json!({ "mobile": "+8613800000051" }), json!({ "mobile": "+8613800000011" }));
    let first = app.post("/v1/sign-in", "", &clerk).await;
    for _ in 0..8 {
        let told = app.post("/v1/sign-in", "", &clerk).await;
        assert_eq!((told.status, &told.text), (202, &first.text));
    }
    assert_eq!(asked("clerk"), 5);
    // The last code that was sent still opens a session, and nobody else waits for it.
    let body = json!({ "mobile": "+8613800000051", "code": app.sign_in_code("clerk") });
    assert_eq!(app.post("/v1/sign-in/code", "", &body).await.status, 200);
    assert_eq!(app.post("/v1/sign-in", "", &leader).await.status, 202);
    assert_eq!(asked("leader"), 1);
    app.clock.advance(Duration::from_hours(1));
    app.settled().await;
    assert_eq!(app.post("/v1/sign-in", "", &clerk).await.status, 202);
    assert_eq!(asked("clerk"), 1);
    let body = json!({ "mobile": "+8613800000051", "code": app.sign_in_code("clerk") });
    assert_eq!(app.post("/v1/sign-in/code", "", &body).await.status, 200);
}

#[tokio::test]
async fn a_code_to_sign_in_is_over_after_five_minutes() {
    let app = TestApp::start();
    let clerk = json!({ "mobile": "+8613800000051" });
    for (seconds, status) in [(299, 200), (300, 403)] {
        assert_eq!(app.post("/v1/sign-in", "", &clerk).await.status, 202);
        let body = json!({ "mobile": "+8613800000051", "code": app.sign_in_code("clerk") });
        app.clock.advance(Duration::from_secs(seconds));
        app.settled().await;
        assert_eq!(app.post("/v1/sign-in/code", "", &body).await.status, status, "after {seconds} s");
    }
}
