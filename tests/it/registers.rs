//! Registers of people: filed with their consent, and what it is asked with.

mod again;

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use watchfire::domain::lapse::About;
use watchfire::domain::names::{AuthorityId, FormId, PersonId, UnitId};
use watchfire::journal::{Heads, Signer};
use watchfire::ledger::Of;
use watchfire::ledger::export::Names;
use watchfire::ledger::pack::gather;
use watchfire::time::{Clock as _, Zone};
use watchfire::vault::MasterKey;

use crate::app::{TestApp, Told};
use crate::browser::Browser;
use crate::forms::{TRAVEL, at, says};

/// The travel register of the site, and the same that asks for consent.
const COLUMNS: &str = "missing_after = \"4h\"\ncolumns = [";
const WITH_CONSENT: &str = "missing_after = \"4h\"\nzero_allowed = true\n\
    consent = { zh-CN = \"表中各人已知悉并同意\", en = \"Everybody named agrees\" }\ncolumns = [";
const TABLE: &str =
    "姓名,关系,出发日期\r\n王小明,本人,2026-11-20\r\n李四,子女,2026/11/21\r\n赵六,本人,2026-11-22\r\n";

async fn site() -> TestApp {
    TestApp::armed_with(&[(COLUMNS, WITH_CONSENT)]).await
}

fn row(person: &str) -> Value {
    json!({ "person": person, "relation": "本人", "left_on": "2026-11-20" })
}

/// A report of the register of finance for a day.
fn travel(day: &str, more: &Value) -> Value {
    let mut body = json!({ "unit": "finance", "form": "travel", "by": "liaison", "day": day });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

async fn file(app: &TestApp, body: &Value) -> Told {
    app.post("/v1/reports", "office", body).await
}

async fn upload(app: &TestApp, query: &str) -> Told {
    let path = format!("/v1/reports?form=travel&unit=finance&by=liaison&{query}");
    let request = Request::post(path).header("content-type", "text/csv");
    app.send(request.header("authorization", "Bearer office").body(Body::from(TABLE)).unwrap()).await
}

async fn slot(app: &TestApp, day: &str) -> Value {
    let path = format!("/v1/slots?form=travel&unit=finance&from={day}&to={day}");
    app.get(&path, "office").await.json()["slots"][0].clone()
}

/// That a report is refused so, with one mistake at a place that is said in both languages, and nothing of its rows.
#[track_caller]
fn refused(told: &Told, (status, code): (u16, &str), pointer: &str, parts: &[&str]) {
    let problem = told.json();
    assert_eq!((told.status, problem["code"].as_str()), (status, Some(code)), "{}", told.text);
    assert_eq!(problem["errors"].as_array().map(Vec::len), Some(1), "{}", told.text);
    assert_eq!(problem["errors"][0]["pointer"], pointer, "{}", told.text);
    says(told, parts);
    assert!(!told.text.contains("王小明"), "{}", told.text);
}

#[tokio::test]
async fn rows_are_filed_by_whoever_says_that_the_people_in_them_agree() {
    let app = site().await;
    let sentence = ["表中各人已知悉并同意", "Everybody named agrees"];
    let rows = json!({ "rows": [row("王小明")] });
    let day = "2026-11-23";
    for silent in [rows.clone(), json!({ "rows": [row("王小明")], "consent": false })] {
        refused(&file(&app, &travel(day, &silent)).await, (422, "consent_needed"), "/consent", &sentence);
    }
    refused(&upload(&app, "day=2026-11-23").await, (422, "consent_needed"), "/consent", &sentence);
    // Beside other mistakes it is one of them, so that all are told at once.
    let bad = file(&app, &travel(day, &json!({ "rows": [{ "person": "王小明" }] }))).await;
    let errors = bad.json()["errors"].clone();
    assert_eq!((bad.json()["code"].as_str(), errors.as_array().map(Vec::len)), (Some("invalid"), Some(3)));
    assert_eq!(slot(&app, day).await["revision"], 0);
    // Nobody is named in a zero.
    let zero = file(&app, &travel(day, &json!({ "zero": true, "consent": true }))).await;
    assert_eq!(zero.status, 201, "{}", zero.text);
    assert_eq!(slot(&app, day).await["consent"], false);
    let told = upload(&app, "day=2026-11-23&consent=true").await;
    assert_eq!(told.status, 201, "{}", told.text);
    assert_eq!(slot(&app, day).await["consent"], true);
    assert_eq!(upload(&app, "day=2026-11-23&consent=yes").await.json()["errors"][0]["pointer"], "/consent");
    // A form that does not ask keeps no answer.
    let app = TestApp::armed().await;
    let told = file(&app, &travel(day, &json!({ "rows": [row("王小明")], "consent": true }))).await;
    assert_eq!((told.status, &slot(&app, day).await["consent"]), (201, &json!(false)), "{}", told.text);
}

#[tokio::test]
async fn the_page_asks_with_the_sentence_and_has_ticked_nothing() {
    let app = site().await;
    let liaison = Browser::of(&app, "liaison", "+8613800000012").await;
    let page = liaison.get(TRAVEL).await;
    let tick = "<input type=\"checkbox\" name=\"consent\" value=\"true\"";
    says(&page, &[&format!("{tick}>"), "表中各人已知悉并同意", "Everybody named agrees"]);
    assert!(!page.text.contains(&format!("{tick} checked")), "{}", page.text);
    let row =
        [("zero", "false"), ("r.0.person", "张三"), ("r.0.relation", "本人"), ("r.0.left_on", "2026-11-20")];
    let told = liaison.send(TRAVEL, &page, &[row.as_slice(), &[("act", "file")]].concat()).await;
    assert_eq!(told.status, 422, "{}", told.text);
    says(
        &told,
        &[
            "请先确认表中各人已同意",
            "✗ 请先确认：表中各人已知悉并同意",
            "value=\"张三\"",
            &format!("{tick}>"),
        ],
    );
    let kept = liaison
        .send(TRAVEL, &told, &[row.as_slice(), &[("consent", "true"), ("act", "more")]].concat())
        .await;
    says(&kept, &[&format!("{tick} checked>")]);
    let told = liaison.upload(TRAVEL, &page, TABLE).await;
    assert_eq!(told.status, 422, "{}", told.text);
    let told = liaison
        .send(TRAVEL, &kept, &[row.as_slice(), &[("consent", "true"), ("act", "file")]].concat())
        .await;
    assert_eq!(told.status, 200, "{}", told.text);
    assert_eq!(slot(&app, "2026-11-23").await["consent"], true);
    says(&liaison.get(&format!("{TRAVEL}?correct=true")).await, &["value=\"张三\"", &format!("{tick}>")]);
}

/// Everybody by their ids.
struct Plain;

impl Names for Plain {
    fn person(&self, person: &PersonId) -> Option<String> {
        Some(person.to_string())
    }
    fn unit(&self, unit: &UnitId, _at: watchfire::time::Timestamp) -> String {
        unit.to_string()
    }
    fn authority(&self, authority: &AuthorityId) -> String {
        authority.to_string()
    }
    fn form(&self, form: &FormId) -> String {
        form.to_string()
    }
    fn figure(&self, _form: &FormId, field: &str) -> String {
        field.to_owned()
    }
}

/// What the evidence pack of the lapse of a slot says of its reports, and its page.
fn packed(app: &TestApp, slot: &str) -> (Value, String) {
    let mut heads = Heads::open(&app.data(), Signer::ephemeral()).unwrap();
    heads.sign(app.published().head, app.clock.read().wall).unwrap();
    let is_it = |about: &About| matches!(about, About::Slot { slot: of } if of.to_string() == slot);
    let published = app.published();
    let lapse = published.state.lapses.iter().find(|(_, lapse)| is_it(&lapse.about)).unwrap().0.to_string();
    let window = std::time::Duration::from_hours(24 * 90);
    let (now, data, zone) = (app.clock.read().wall, app.data(), Zone::named("Asia/Shanghai").unwrap());
    let mut pack = gather(&data, &Of::Lapse(lapse.as_str().into()), None, (now, window)).unwrap();
    let key = MasterKey::load(&data.join("master-key")).unwrap();
    pack.disclose(&data, &key, watchfire::app::posts_of).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("pack");
    crate::pack::write(&pack, &out, (&Plain, &zone)).unwrap();
    let told: Value = serde_json::from_slice(&std::fs::read(out.join("pack.json")).unwrap()).unwrap();
    let page = std::fs::read_to_string(out.join("index.html")).unwrap();
    (told["lapses"][0]["reports"].clone(), page)
}

#[tokio::test]
async fn a_pack_says_whether_it_was_said_that_the_people_in_the_rows_agree() {
    let daily = "due = \"0 0 16 * * *\"\nunits = \"all\"";
    let later = "due = \"0 0 23 * * *\"\nunits = \"all\"";
    for (register, consent, word) in
        [(WITH_CONSENT, true, "；填报人已声明表中各人同意"), (COLUMNS, false, "；填报人未声明表中各人同意")]
    {
        let app = TestApp::armed_with(&[(COLUMNS, register), (daily, later)]).await;
        at(&app, "16:30:00").await;
        let body = travel("2026-11-23", &json!({ "rows": [row("王小明")], "consent": true }));
        let told = file(&app, &body).await;
        assert_eq!((told.status, &told.json()["standing"]), (201, &json!("late")), "{}", told.text);
        let (reports, page) = packed(&app, "travel.finance.2026-11-23.1");
        let report = &reports[0];
        assert_eq!((&report["consent"], &report["rows"]), (&json!(consent), &json!(1)), "{reports}");
        assert!(page.contains(word) && !page.contains("王小明"), "{page}");
    }
}
