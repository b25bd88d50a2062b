//! The pages of whoever reports where something came before: another's report, a refused try, a session that is over.

use std::time::Duration;

use serde_json::{Value, json};

use crate::app::{TestApp, Told};
use crate::browser::{Browser, carried};
use crate::forms::{DAILY, TRAVEL, at, code, says};

const LIAISON: (&str, &str) = ("liaison", "+8613800000012");
const LEADER: (&str, &str) = ("leader", "+8613800000011");
/// A form with figures and a text.
const WITH_A_TEXT: (&str, &str) = (
    "  { name = \"fever\", type",
    "  { name = \"note\", type = \"text\", label = { zh-CN = \"说明\", en = \"Note\" } },\n  { name = \"fever\", type",
);
const FIGURES: [(&str, &str); 5] =
    [("zero", "false"), ("f.on_duty", "23"), ("f.travelling", "0"), ("f.fever", "0"), ("act", "file")];
const ROW: [(&str, &str); 3] =
    [("r.0.person", "张三"), ("r.0.relation", "本人"), ("r.0.left_on", "2026-11-20")];

async fn browser<'a>(app: &'a TestApp, (person, mobile): (&str, &str)) -> Browser<'a> {
    Browser::of(app, person, mobile).await
}

async fn slot(app: &TestApp, form: &str, token: &str) -> Value {
    let path = format!("/v1/slots?form={form}&unit=finance&from=2026-11-23&to=2026-11-23");
    app.get(&path, token).await.json()["slots"][0].clone()
}

fn hidden(told: &Told, name: &str) -> String {
    carried(told).into_iter().find(|(it, _)| it == name).unwrap_or_else(|| panic!("{}", told.text)).1
}

#[track_caller]
fn lacks(told: &Told, parts: &[&str]) {
    for part in parts {
        assert!(!told.text.contains(part), "{part} is in {}", told.text);
    }
}

fn sheet(rows: usize) -> String {
    let rows: Vec<String> = (0..rows).map(|row| format!("员工{row},本人,2026-11-20")).collect();
    format!("姓名,关系,出发日期\n{}", rows.join("\n"))
}

#[tokio::test]
async fn rows_that_the_page_cannot_show_are_not_left_out_by_it() {
    let app = TestApp::armed().await;
    let (liaison, leader) = (browser(&app, LIAISON).await, browser(&app, LEADER).await);
    let before = leader.get(TRAVEL).await;
    let page = liaison.get(TRAVEL).await;
    assert_eq!(liaison.upload(TRAVEL, &page, &sheet(41)).await.status, 200);
    let path = format!("{TRAVEL}?correct=true");
    let (own, theirs) = (liaison.get(&path).await, leader.get(&path).await);
    says(&own, &["已报 41 行，本页放不下", "含全部行的表格", "name=\"sheet\"", "41 rows were filed"]);
    says(&theirs, &["他人填写", "Somebody else filed this", "name=\"sheet\""]);
    for (who, page) in [(&liaison, &own), (&leader, &theirs), (&leader, &before)] {
        let told = who.send(TRAVEL, page, &[ROW.as_slice(), &[("act", "file")]].concat()).await;
        assert_eq!(told.status, 409, "{}", told.text);
        says(&told, &["没有收下：逐项提交会丢掉", "it would leave out"]);
    }
    for page in [&own, &theirs] {
        lacks(page, &["name=\"r.0.person\"", "员工"]);
    }
    assert_eq!(slot(&app, "travel", "office").await["revision"], 1);
    assert_eq!(liaison.upload(TRAVEL, &own, &sheet(42)).await.status, 200);
    assert_eq!(slot(&app, "travel", "office").await["revision"], 2);
}

#[tokio::test]
async fn what_somebody_wrote_is_not_left_out_by_another_who_is_not_shown_it() {
    let app = TestApp::armed_with(&[WITH_A_TEXT]).await;
    let (liaison, leader) = (browser(&app, LIAISON).await, browser(&app, LEADER).await);
    let (page, before) = (liaison.get(DAILY).await, leader.get(DAILY).await);
    let told = liaison.send(DAILY, &page, &[FIGURES.as_slice(), &[("f.note", "甲的话")]].concat()).await;
    assert_eq!(told.status, 200, "{}", told.text);
    let path = format!("{DAILY}?correct=true");
    says(&liaison.get(&path).await, &["甲的话", "name=\"f.fever\"", "提交"]);
    let theirs = leader.get(&path).await;
    says(&theirs, &["他人填写", "由原报送人来改", "Whoever filed it can correct it"]);
    lacks(&theirs, &["甲的话", "name=\"f.fever\""]);
    let told = leader.send(DAILY, &before, &FIGURES).await;
    assert_eq!(told.status, 409, "{}", told.text);
    assert_eq!(slot(&app, "daily", "office").await["revision"], 1);
}

#[tokio::test]
async fn the_reason_of_a_late_report_is_given_by_who_filed_it_and_of_no_other() {
    let app = TestApp::armed().await;
    let (liaison, leader) = (browser(&app, LIAISON).await, browser(&app, LEADER).await);
    let (page, theirs) = (liaison.get(DAILY).await, leader.get(DAILY).await);
    let travel = liaison.get(TRAVEL).await;
    let rows = [ROW.as_slice(), &[("act", "file")]].concat();
    lacks(&liaison.send(TRAVEL, &travel, &rows).await, &["附上说明"]);
    let why = [("act", "reason"), ("reason", "网关 502")];
    let told = liaison.send(TRAVEL, &travel, &why).await;
    assert_eq!(told.status, 409, "{}", told.text);
    says(&told, &["这一份没有迟报", "no reason is owed"]);
    assert_eq!(slot(&app, "travel", "office").await["revision"], 1);
    at(&app, "16:01:00").await;
    let receipt = liaison.send(DAILY, &page, &FIGURES).await;
    says(&receipt, &["附上说明", "迟 60 秒"]);
    let shown = leader.get(DAILY).await;
    says(&shown, &["迟 60 秒"]);
    lacks(&shown, &["附上说明"]);
    let told = leader.send(DAILY, &theirs, &why).await;
    assert_eq!(told.status, 403, "{}", told.text);
    says(&told, &["原因只由报送这一份的人说明", "Not added"]);
    let filed = slot(&app, "daily", "office").await;
    assert_eq!((&filed["revision"], &filed["by"]), (&json!(1), &json!("liaison")));
    let late = liaison.get(&format!("{DAILY}?correct=true")).await;
    says(&late, &["已收，这是更正"]);
    lacks(&late, &["请马上报"]);
    assert_eq!(liaison.send(DAILY, &receipt, &why).await.status, 200);
}

#[tokio::test]
async fn a_first_try_is_a_report_that_came_and_was_not_taken() {
    let app = TestApp::armed().await;
    let liaison = browser(&app, LIAISON).await;
    let page = liaison.get(TRAVEL).await;
    let more = liaison.send(TRAVEL, &page, &[ROW.as_slice(), &[("act", "more")]].concat()).await;
    assert_eq!(hidden(&more, "tried"), "", "no report was sent");
    let file = [ROW.as_slice(), &[("act", "file")]].concat();
    for told in [
        Browser::new(&app, "over").send(TRAVEL, &more, &file).await,
        liaison.send(TRAVEL, &more, &[file.as_slice(), &[("token", "a")]].concat()).await,
        liaison.send(TRAVEL, &more, &[&ROW[..2], &[("r.0.left_on", "?"), ("act", "file")]].concat()).await,
    ] {
        assert_eq!(hidden(&told, "tried"), "2026-11-23T00:00:00.000Z", "{}", told.text);
    }
    let receipt = liaison.send(TRAVEL, &more, &file).await;
    assert_eq!(receipt.status, 200, "{}", receipt.text);
    lacks(&receipt, &["首次提交"]);
    assert_eq!(slot(&app, "travel", "office").await["claimed_try_at"], Value::Null);
}

#[tokio::test]
async fn a_session_that_is_over_files_no_half_of_a_register_and_says_what_of_an_upload() {
    let app = TestApp::armed().await;
    let liaison = browser(&app, LIAISON).await;
    let page = liaison.get(TRAVEL).await;
    let over = Browser::new(&app, "over");
    let told = over.send(TRAVEL, &page, &[ROW.as_slice(), &[("act", "more")]].concat()).await;
    assert_eq!(told.status, 401);
    says(&told, &["name=\"act\" value=\"more\"", "继续填写", "was not received"]);
    lacks(&told, &["name=\"act\" value=\"file\""]);
    let told = liaison.send(TRAVEL, &told, &[("act", "more")]).await;
    says(&told, &["value=\"张三\""]);
    let told = over.upload(TRAVEL, &page, &sheet(3)).await;
    assert_eq!(told.status, 401);
    let words = ["上传的表格没有收到", "nothing of what you uploaded was received", "name=\"next\""];
    says(&told, &words);
    assert_eq!(slot(&app, "travel", "office").await["revision"], 0);
}

#[tokio::test]
async fn what_was_typed_is_kept_while_the_vault_is_away() {
    let app = TestApp::armed().await;
    let session = browser(&app, LIAISON).await.session;
    let page = Browser::new(&app, &session).get(DAILY).await;
    let app = TestApp::on(app.end(), false);
    let told = Browser::new(&app, &session).send(DAILY, &page, &FIGURES).await;
    assert_eq!(told.status, 503, "{}", told.text);
    says(&told, &["没有收到", "name=\"f.on_duty\"", "value=\"23\""]);
    for name in ["token", "key", "opened"] {
        assert_eq!(hidden(&told, name), hidden(&page, name));
    }
    let app = TestApp::on(app.end(), true);
    let told = Browser::new(&app, &session).send(DAILY, &told, &FIGURES).await;
    assert_eq!(told.status, 200, "{}", told.text);
    // So it is of a correction, though what it corrects cannot be opened.
    let page = Browser::new(&app, &session).get(&format!("{DAILY}?correct=true")).await;
    let app = TestApp::on(app.end(), false);
    let told = Browser::new(&app, &session).send(DAILY, &page, &FIGURES).await;
    assert_eq!(told.status, 503, "{}", told.text);
    says(&told, &["没有收到", "name=\"f.on_duty\"", "value=\"23\""]);
}

#[tokio::test]
async fn that_a_report_stands_against_what_is_known_is_told_to_who_filed_it() {
    let app = TestApp::armed().await;
    app.case("hr-1", "finance", true).await;
    at(&app, "22:00:00").await;
    let (liaison, leader) = (browser(&app, LIAISON).await, browser(&app, LEADER).await);
    let page = liaison.get(DAILY).await;
    assert_eq!(liaison.send(DAILY, &page, &FIGURES).await.status, 409);
    let stands = [FIGURES.as_slice(), &[("stands", "true"), ("reason", "复测正常")]].concat();
    says(&liaison.send(DAILY, &page, &stands).await, &["可在此前更正"]);
    lacks(&leader.get(DAILY).await, &["可在此前更正", "It can be corrected until"]);
    for (token, told) in [
        ("office", true),
        ("discipline", true),
        (liaison.session.as_str(), true),
        (leader.session.as_str(), false),
        ("unit", false),
        ("read", false),
    ] {
        let slot = slot(&app, "daily", token).await;
        assert_eq!(slot["correct_by"].is_string(), told, "{token}: {slot}");
    }
    let same = json!({ "unit": "finance", "form": "daily", "day": "2026-11-23", "stands": true,
        "figures": { "on_duty": 23, "travelling": 0, "fever": 0 }, "reason": "复测正常" });
    let told = app.post("/v1/reports", &leader.session, &same).await;
    assert!(told.status >= 400 || told.json()["correct_by"] == Value::Null, "{}", told.text);
    // After midnight there is time to correct it still.
    app.clock.advance(Duration::from_mins(150));
    app.settled().await;
    says(&liaison.get("/f").await, &[DAILY, "可更正至 02:00", "correct it by 02:00"]);
    lacks(&leader.get("/f").await, &["可更正至"]);
}

#[tokio::test]
async fn the_headline_counts_what_is_overdue_apart_from_what_is_due_next() {
    let travel = "due = \"0 0 16 * * *\"\nunits = [\"finance\"]";
    let app = TestApp::armed_with(&[(travel, &travel.replace("16", "17"))]).await;
    let exempt = json!({ "by": "clerk", "reason": "停业" });
    let slot = "daily.trade.2026-11-23.1";
    assert_eq!(app.post(&format!("/v1/slots/{slot}/exempt"), "office", &exempt).await.status, 200);
    at(&app, "16:30:00").await;
    let trader = browser(&app, ("trader", "+8613800000013")).await;
    let page = trader.get(&format!("/f/{slot}")).await;
    says(&page, &["免报"]);
    lacks(&page, &["请马上报"]);
    let liaison = browser(&app, LIAISON).await;
    says(
        &liaison.get("/f").await,
        &["还差 3 张，其中 1 张已过时限；最近的截止 17:00", "3 owed, 1 of them past the limit"],
    );
    at(&app, "17:30:00").await;
    says(&liaison.get("/f").await, &["还差 4 张，其中 2 张已过时限；最近的截止 11-24 16:00"]);
}

#[tokio::test]
async fn a_page_with_no_room_for_more_rows_offers_none() {
    let app = TestApp::armed().await;
    let liaison = browser(&app, LIAISON).await;
    let page = liaison.get(TRAVEL).await;
    says(&page, &["value=\"more\""]);
    let rows: Vec<String> = (0..26).map(|row| format!("r.{row}.person")).collect();
    let mut typed: Vec<(&str, &str)> = rows.iter().map(|name| (name.as_str(), "张三")).collect();
    typed.push(("act", "more"));
    let full = liaison.send(TRAVEL, &page, &typed).await;
    says(&full, &["name=\"r.25.person\"", "更多的请在下面上传表格", "name=\"sheet\""]);
    lacks(&full, &["value=\"more\"", "name=\"r.26.person\""]);
}

#[tokio::test]
async fn a_receipt_says_of_the_first_report_that_it_was_on_time() {
    let app = TestApp::armed().await;
    let liaison = browser(&app, LIAISON).await;
    let page = liaison.get(DAILY).await;
    assert_eq!(liaison.send(DAILY, &page, &FIGURES).await.status, 200);
    at(&app, "16:20:00").await;
    let corrected = [FIGURES.as_slice(), &[("f.travelling", "1")]].concat();
    let corrected: Vec<_> = corrected.into_iter().filter(|it| *it != ("f.travelling", "0")).collect();
    let page = liaison.get(&format!("{DAILY}?correct=true")).await;
    let receipt = liaison.send(DAILY, &page, &corrected).await;
    assert_eq!(receipt.status, 200, "{}", receipt.text);
    says(&receipt, &["First received</span> 08:00:00", "按时", "本次收到", "it came at</span> 16:20:00"]);
    let checked = Browser::new(&app, "").get(&format!("/r?code={}", code(&receipt))).await;
    let words = ["first received</span> 2026-11-23 08:00:00", "this one came at</span> 2026-11-23 16:20:00"];
    says(&checked, &words);
}

#[tokio::test]
async fn what_a_telephone_keeps_is_for_who_typed_it() {
    let app = TestApp::armed().await;
    let (liaison, leader) = (browser(&app, LIAISON).await, browser(&app, LEADER).await);
    let whose =
        |told: &Told| told.text.split_once("data-of=\"").unwrap().1.split_once('"').unwrap().0.to_owned();
    let pages = [liaison.get(DAILY).await, liaison.get(TRAVEL).await, leader.get(DAILY).await];
    let [own, also, theirs] = pages.each_ref().map(whose);
    assert!(own == also && own != theirs && own.len() == 16, "{own} {also} {theirs}");
    says(&pages[0], &["<form id=\"out\" method=\"post\" action=\"/sign-out\">"]);
    lacks(&pages[0], &[&format!("data-of=\"{}\"", hidden(&pages[0], "token"))]);
}
