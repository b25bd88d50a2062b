//! The page for answering a case: what it says of wrong codes and locks, and what it reads of what people type.

use std::time::Duration;

use watchfire::domain::names::CaseId;
use watchfire::time::Clock as _;

use crate::app::TestApp;
use crate::codes::{link, wrong};

/// The officer's right form, with the code written so.
fn take(code: &str) -> String {
    serde_urlencoded::to_string([("act", "take"), ("code", code)]).unwrap()
}

fn by_number(mobile: &str, code: &str) -> String {
    serde_urlencoded::to_string([("act", "confirm"), ("mobile", mobile), ("code", code)]).unwrap()
}

fn full_width(text: &str) -> String {
    text.chars()
        .map(|c| c.to_digit(10).and_then(|digit| char::from_u32(0xff10 + digit)).unwrap_or(c))
        .collect()
}

#[tokio::test]
async fn a_wrong_code_at_a_link_says_how_many_tries_are_left_and_then_until_when_it_is_locked() {
    let app = TestApp::armed().await;
    let case = app.case("hr-1", "finance", true).await;
    let link = link(&app, "officer", &case).await;
    let bad = take(wrong(&app, "officer", &case));
    for (zh, en) in [
        ("还可以试5次", ": 5 tries left."),
        ("还可以试4次", ": 4 tries left."),
        ("还可以试3次", ": 3 tries left."),
        ("还可以试2次", ": 2 tries left."),
        ("还可以试1次", ": 1 try left."),
    ] {
        let told = app.form(&link, &bad).await;
        assert_eq!(told.status, 403);
        assert!(told.text.contains(zh) && told.text.contains(en), "{}", told.text);
    }
    let zone = app.published().directory.zone.clone();
    let until = zone.format(app.clock.read().wall + Duration::from_secs(659), "%H:%M");
    let (zh, en) = (format!("锁定到{until}"), format!("locked until {until}"));
    let sixth = app.form(&link, &bad).await;
    assert!(sixth.text.contains(&zh) && sixth.text.contains(&en), "{}", sixth.text);
    let locked = app.form(&link, &take(&app.codes.four("officer", &case))).await;
    assert_eq!((locked.status, locked.header("retry-after")), (429, "600"));
    assert!(locked.text.contains(&zh) && locked.text.contains(&en), "{}", locked.text);
    // The desk is named, and so its number is there to be pressed.
    assert!(locked.text.contains("值班室") && locked.text.contains("href=\"tel:+8645182345678\""));
    // The number is another way in, and has a lock of its own.
    assert!(locked.text.contains("href=\"/a\""));
}

#[tokio::test]
async fn a_wrong_code_by_number_reads_and_counts_the_same_whether_the_number_is_known_or_not() {
    let app = TestApp::armed().await;
    let case = app.case("hr-1", "finance", true).await;
    link(&app, "officer", &case).await;
    let bad = wrong(&app, "officer", &case);
    for status in [403, 403, 403, 403, 403, 403, 429, 429] {
        let known = app.form("/a", &by_number("13800000031", bad)).await;
        for number in ["13900000031", "no number"] {
            let stranger = app.form("/a", &by_number(number, bad)).await;
            assert_eq!((known.status, stranger.status), (status, status), "{number}");
            assert_eq!(known.text.replace("13800000031", ""), stranger.text.replace(number, ""));
            let mut headers = [known.headers.clone(), stranger.headers];
            headers.iter_mut().for_each(|all| drop(all.remove("content-length")));
            assert_eq!(headers[0], headers[1]);
        }
        app.clock.advance(Duration::from_secs(1));
    }
    app.clock.advance(Duration::from_secs(600));
    for number in ["13800000031", "13900000031"] {
        assert_eq!(app.form("/a", &by_number(number, bad)).await.status, 403, "{number}");
    }
}

#[tokio::test]
async fn the_right_code_by_number_takes_the_case_before_the_message_has_gone_and_after() {
    for sent in [false, true] {
        for number in ["13800000031", "+8613800000031", "0086 138 0000 0031"] {
            let app = TestApp::armed().await;
            let case = app.case("hr-1", "finance", true).await;
            link(&app, "officer", &case).await;
            if sent {
                app.pass(0).await;
            }
            let body = by_number(number, &app.codes.four("officer", &case)).replace("confirm", "take");
            let told = app.form("/a", &body).await;
            assert_eq!(told.status, 200, "{number}, sent {sent}: {}", told.text);
            assert_eq!(handler(&app, &case).as_deref(), Some("officer"));
        }
    }
}

fn handler(app: &TestApp, case: &str) -> Option<String> {
    let published = app.published();
    let case = published.state.case(&CaseId::new(case))?;
    case.handler.as_ref().map(|handler| handler.person.to_string())
}

#[tokio::test]
async fn the_code_decides_who_of_those_that_share_a_number_answers() {
    let shared = [("+8613800000041", "+8613800000031")];
    for person in ["officer", "head"] {
        let app = TestApp::armed_with(&shared).await;
        let case = app.case("hr-1", "finance", true).await;
        link(&app, "officer", &case).await;
        app.pass(0).await;
        let body = by_number("13800000031", &app.codes.four(person, &case)).replace("confirm", "take");
        let told = app.form("/a", &body).await;
        assert_eq!(told.status, 200, "{person}: {}", told.text);
        assert_eq!(handler(&app, &case).as_deref(), Some(person));
    }
}

#[tokio::test]
async fn a_code_is_read_as_people_type_it() {
    let app = TestApp::armed().await;
    let case = app.case("hr-1", "finance", true).await;
    let link = link(&app, "officer", &case).await;
    let code = app.codes.four("officer", &case);
    let spaced: String = code.chars().flat_map(|digit| [' ', digit]).collect();
    for typed in [full_width(&code), spaced, format!("{code} ")] {
        assert_eq!(app.form(&link, &take(&typed)).await.status, 200, "{typed}");
    }
}
