//! Below `/a` a person stands before every answer: a page in both languages with a way on, whatever went wrong.

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{Method, Request};
use futures_util::future::join_all;
use futures_util::stream;
use watchfire::http::serve::Peer;

use crate::app::{TestApp, Told};
use crate::codes::{link, wrong};

const FORM: &str = "application/x-www-form-urlencoded";

#[track_caller]
fn check(told: &Told, status: u16) {
    assert_eq!(told.status, status, "{}", told.text);
    assert_eq!(told.header("content-type"), "text/html; charset=utf-8", "{status}: {}", told.text);
    for part in ["服务器时间", "role=\"alert\"", "othing is recorded", "href=\"/a\""] {
        let dead = status == 404 && part.contains("othing is recorded");
        assert!(dead || told.text.contains(part), "{status}: {part} in {}", told.text);
    }
    assert_eq!(told.header("cache-control"), "no-store");
    assert_eq!(told.header("retry-after").is_empty(), !matches!(status, 429 | 503), "{status}: retry-after");
}

#[tokio::test]
async fn whoever_has_no_code_finds_from_there_where_to_sign_in() {
    let app = TestApp::start();
    let told = app.get("/a", "").await;
    for part in ["<a href=\"/\">填报报表、交接班", "Reports and handovers of duty: sign in here"] {
        assert!(told.status == 200 && told.text.contains(part), "{part} in {}", told.text);
    }
}

async fn post(app: &TestApp, path: &str, kind: &str, body: impl Into<Body>) -> Told {
    app.send(Request::post(path).header("content-type", kind).body(body.into()).unwrap()).await
}

#[tokio::test]
async fn whatever_stands_against_it_below_a_is_a_page_in_both_languages() {
    let app = TestApp::armed().await;
    let case = app.case("hr-1", "finance", true).await;
    let link = link(&app, "officer", &case).await;
    for path in ["/a", link.as_str()] {
        for method in [Method::PUT, Method::DELETE, Method::PATCH] {
            let told = app.bare(method, path, "").await;
            check(&told, 405);
            assert!(told.header("allow").contains("POST"), "{:?}", told.headers);
        }
        check(&post(&app, path, FORM, "act=take&act=take").await, 400);
        check(&post(&app, path, FORM, vec![b'a'; 65_537]).await, 413);
        for kind in ["application/json", "text/plain", "multipart/form-data; boundary=a"] {
            check(&post(&app, path, kind, "act=take").await, 415);
        }
    }
    for path in ["/a/", "/a/x/y", "/a/abcdefghijklmno", "/a/a%20b"] {
        check(&app.get(path, "").await, 404);
    }
    check(&app.get("/a/%ff", "").await, 400);
    // A program's answer stays a program's.
    assert_eq!(app.get("/about", "").await.header("content-type"), "application/problem+json");
}

#[tokio::test]
async fn a_form_that_does_not_arrive_is_answered_with_a_page() {
    let app = TestApp::armed().await;
    tokio::time::pause();
    let never = Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>());
    let told = post(&app, "/a", FORM, never).await;
    check(&told, 408);
    assert_eq!(told.header("connection"), "close");
}

#[tokio::test]
async fn who_hurries_is_told_on_a_page_when_to_come_back() {
    let app = TestApp::armed().await;
    let peer: SocketAddr = "203.0.113.7:4000".parse().unwrap();
    let flood = (0..200).map(|_| {
        let request = Request::post("/a/abcdefghijklmno").header("content-type", FORM).extension(Peer(peer));
        app.send(request.body(Body::from("act=take&code=0000")).unwrap())
    });
    let told = join_all(flood).await;
    let refused = told.iter().find(|told| told.status == 429).unwrap();
    check(refused, 429);
    assert!(refused.text.contains("请1分钟后再试") && refused.text.contains("again in 1 minute,"));
}

#[tokio::test]
async fn before_the_code_somebody_handles_it_and_behind_it_who_and_since_when() {
    let app = TestApp::armed().await;
    let case = app.case("hr-1", "finance", true).await;
    let (officers, leaders) = (link(&app, "officer", &case).await, link(&app, "leader", &case).await);
    let before = app.get(&officers, "").await;
    assert!(!before.text.contains("已有人处置"), "{}", before.text);
    let take = format!("act=take&code={}", app.codes.four("leader", &case));
    assert_eq!(app.form(&leaders, &take).await.status, 200);
    app.clock.advance(Duration::from_secs(120));
    let bad = wrong(&app, "officer", &case);
    for told in [app.get(&officers, "").await, app.form(&officers, &format!("act=take&code={bad}")).await] {
        assert!(told.text.contains("已有人处置。") && told.text.contains("Somebody handles it."));
        assert!(!told.text.contains("财务部负责人"), "{}", told.text);
    }
    let code = app.codes.four("officer", &case);
    for act in ["confirm", "pass"] {
        let told = app.form(&officers, &format!("act={act}&code={code}")).await;
        assert_eq!(told.status, 200);
        assert!(told.text.contains("08:00起由财务部负责人处置。"), "{}", told.text);
        assert!(told.text.contains("财务部负责人 has handled it since 08:00."), "{}", told.text);
        assert!(!told.text.contains("呼叫"), "nobody is called: {}", told.text);
    }
    let told = app.form(&leaders, &take.replace("take", "confirm")).await;
    assert!(told.text.contains("08:00起由您处置。"), "{}", told.text);
    let told = app.form(&officers, &format!("act=wrong&code={code}")).await;
    assert!(told.status == 200 && !told.text.contains("财务部负责人"), "{}", told.text);
}

#[tokio::test]
async fn who_taps_what_somebody_handles_is_asked_whether_they_mean_it() {
    let app = TestApp::armed().await;
    let case = app.case("hr-1", "finance", true).await;
    let (officers, leaders) = (link(&app, "officer", &case).await, link(&app, "leader", &case).await);
    let take = format!("act=take&code={}", app.codes.four("leader", &case));
    assert_eq!(app.form(&leaders, &take).await.status, 200);
    let code = app.codes.four("officer", &case);
    let by_number = format!("mobile=13800000031&act=take&code={code}");
    for (path, body) in [(officers.as_str(), format!("act=take&code={code}")), ("/a", by_number.clone())] {
        let told = app.form(path, &body).await;
        assert_eq!(told.status, 409, "{}", told.text);
        for part in [
            "还没有记录：财务部负责人正在处置。",
            "Nothing is recorded yet: 财务部负责人 is handling it.",
            "value=\"take_over\">财务部负责人正在处置：改由我处置？",
            "财务部负责人 is handling it: take it over?",
            &format!("value=\"{code}\""),
        ] {
            assert!(told.text.contains(part), "{part} in {}", told.text);
        }
        assert!(!told.text.contains("value=\"take\""), "{}", told.text);
    }
    let handler = |app: &TestApp| {
        app.published()
            .state
            .case(&case.as_str().into())
            .unwrap()
            .handler
            .as_ref()
            .unwrap()
            .person
            .to_string()
    };
    assert_eq!(handler(&app), "leader");
    let told = app.form("/a", &by_number.replace("=take", "=take_over")).await;
    assert_eq!(told.status, 200, "{}", told.text);
    assert!(told.text.contains("由您处置。") && told.text.contains("原处置人会收到通知。"), "{}", told.text);
    assert_eq!(handler(&app), "officer");
}

async fn taken(app: &TestApp, suspected: bool) -> Told {
    let case = app.case("hr-1", "finance", suspected).await;
    let link = link(app, "leader", &case).await;
    app.form(&link, &format!("act=take&code={}", app.codes.four("leader", &case))).await
}

#[tokio::test]
async fn the_duty_desk_is_named_only_where_its_number_is_shown() {
    let told = taken(&TestApp::armed().await, false).await;
    assert!(told.text.contains("把结果告诉值班室") && told.text.contains("href=\"tel:+8645182345678\""));
    let app = TestApp::armed_with(&[("office_phone = \"+8645182345678\"\n", "")]).await;
    let told = taken(&app, false).await;
    assert!(told.status == 200 && told.text.contains("请立即复测体温、先行隔离。"), "{}", told.text);
    assert!(!told.text.contains("值班室") && !told.text.contains("desk the"), "{}", told.text);
}

#[tokio::test]
async fn minutes_are_counted_as_people_do_in_both_languages() {
    for (idle, zh, en) in [
        ("1m", "1分钟内没有进展", "in 1 minute we ring again"),
        ("10m", "10分钟内没有进展", "in 10 minutes we ring again"),
    ] {
        let app = TestApp::armed_with(&[("idle_after = \"10m\"", &format!("idle_after = \"{idle}\""))]).await;
        let told = taken(&app, true).await;
        assert!(told.text.contains(zh) && told.text.contains(en), "{idle}: {}", told.text);
    }
}

#[tokio::test]
async fn the_number_of_the_hour_is_shown_with_its_extension_beside_the_link() {
    let phones = "phones = [{ number = \"+8645100000001\" }]";
    let by_hour = "phones = [{ number = \"+8645100000002\", hours = \"18:00-07:00\" }, \
                   { number = \"+8645100000003\", extension = \"8012\" }]";
    let told = taken(&TestApp::armed_with(&[(phones, by_hour)]).await, true).await;
    assert!(told.text.contains("href=\"tel:+8645100000003\""), "{}", told.text);
    assert!(told.text.contains("分机 8012") && told.text.contains("extension 8012"), "{}", told.text);
    assert!(!told.text.contains("+8645100000002"), "{}", told.text);
}

#[tokio::test]
async fn a_message_names_the_number_that_the_page_does() {
    let phones = "phones = [{ number = \"+8645100000001\" }]";
    let by_hour = "phones = [{ number = \"+8645100000002\", hours = \"18:00-07:00\" }, \
                   { number = \"+8645100000003\", extension = \"8012\" }]";
    let app = TestApp::armed_with(&[(phones, by_hour)]).await;
    let case = app.case("hr-1", "finance", true).await;
    let (contacts, published) = (app.contacts(), app.published());
    let clock = published.state.case(&case.as_str().into()).unwrap().clock(0).unwrap();
    let named =
        |at: &str| contacts.number_at(&published.directory, clock, at.parse().unwrap()).unwrap().0.clone();
    assert_eq!(named("2026-11-23T08:00:00+08:00"), "+8645100000003");
    assert_eq!(named("2026-11-23T20:00:00+08:00"), "+8645100000002");
}
