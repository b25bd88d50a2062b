//! "I am somebody else": what a stranger was sent opens nothing any more, and the person's own next message does.

use serde_json::json;
use watchfire::domain::names::{CaseId, Medium, NotificationId, PersonId};

use crate::app::TestApp;
use crate::codes::link;

/// The first message to a person by a medium that has this many attempts behind it.
fn message(app: &TestApp, person: &str, medium: &str) -> NotificationId {
    let published = app.published();
    let is_meant = |it: &watchfire::domain::notification::Notification| {
        it.to.to_string() == format!("person:{person}") && format!("{:?}", it.medium).to_lowercase() == medium
    };
    let mut tracks = published.state.notifications.values();
    let found = tracks.find(|track| is_meant(&track.notification) && !track.attempts.is_empty());
    found.unwrap().notification.id.clone()
}

fn handler(app: &TestApp, case: &str) -> Option<String> {
    let published = app.published();
    let case = published.state.case(&CaseId::new(case))?;
    case.handler.as_ref().map(|handler| handler.person.to_string())
}

#[tokio::test]
async fn the_link_and_the_digits_of_a_stranger_are_dead_and_so_is_every_key_they_press() {
    let app = TestApp::armed().await;
    let case = app.case("hr-1", "finance", true).await;
    let other = app.case("hr-2", "finance", true).await;
    let (here, there) = (link(&app, "officer", &case).await, link(&app, "officer", &other).await);
    app.pass(0).await;
    app.pass(1).await;
    let digits = app.codes.four("officer", &case);
    let told = app.form(&here, &format!("act=wrong&code={digits}")).await;
    assert_eq!(told.status, 200, "{}", told.text);

    for (link, case) in [(&here, &case), (&there, &other)] {
        assert_eq!(app.get(link, "").await.status, 404);
        let take = format!("act=take&code={}", app.codes.four("officer", case));
        assert_eq!(app.form(link, &take).await.status, 404);
        assert_eq!(app.form("/a", &format!("mobile=13800000031&{take}")).await.status, 403);
    }
    let call = message(&app, "officer", "phone");
    let pressed = json!({ "key": call.as_str(), "digits": "1" });
    assert_eq!(app.post("/v1/receipts/voice", "voice", &pressed).await.status, 200);
    assert_eq!(handler(&app, &case), None);

    // What their next message holds does open it.
    let name = app.published().state.case(&CaseId::new(&case)).unwrap().code_name(&PersonId::new("officer"));
    assert_ne!(name, case);
    let take = format!("mobile=13800000031&act=take&code={}", app.codes.four("officer", &name));
    assert_eq!(app.form("/a", &take).await.status, 200);
    assert_eq!(handler(&app, &case).as_deref(), Some("officer"));
}

#[tokio::test]
async fn behind_the_link_of_a_mail_the_mail_address_is_wrong_and_the_number_stays() {
    let with_mail = [
        ("mobile = \"+8613800000031\"", "mobile = \"+8613800000031\"\nemail = \"officer@example.cn\""),
        ("by = [\"sms\", \"phone\"]", "by = [\"sms\", \"email\"]"),
    ];
    let app = TestApp::armed_with(&with_mail).await;
    let case = app.case("hr-1", "finance", true).await;
    link(&app, "officer", &case).await;
    app.pass(0).await;
    app.pass(1).await;
    let mail = message(&app, "officer", "email");
    let link = format!("/a/{}", app.codes.link(mail.as_str(), "officer", &case));
    let told = app.form(&link, &format!("act=wrong&code={}", app.codes.four("officer", &case))).await;
    assert!(told.status == 200 && told.text.contains("本邮箱不会再收到邮件"), "{}", told.text);
    assert!(told.text.contains("this address gets no more mail"), "{}", told.text);
    let officer = PersonId::new("officer");
    let state = app.published().state.clone();
    let wrong = [Medium::Phone, Medium::Sms, Medium::Email].map(|medium| state.is_wrong(&officer, medium));
    assert_eq!(wrong, [false, false, true]);
    assert_eq!(app.get(&link, "").await.status, 404);
}
