//! The ledger as a file: what stands in it, who gets it, and that each time is on record.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::app::{TestApp, Told};
use crate::lapses::{INSPECTOR, breached, heard};

/// Every fact of this name in the journal.
fn facts(app: &TestApp, name: &str) -> Vec<Value> {
    let (data, head) = (app.data(), app.published().head);
    let entries = watchfire::journal::read(&data, 1, head).unwrap();
    let all =
        entries.flat_map(|entry| serde_json::from_str::<Vec<Value>>(entry.unwrap().facts.get()).unwrap());
    all.filter_map(|fact| fact.get(name).cloned()).collect()
}

fn lines(told: &Told) -> Vec<Value> {
    assert_eq!(told.status, 200, "{}", told.text);
    told.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The rows of a CSV file by their headings.
fn rows(told: &Told) -> Vec<Value> {
    assert_eq!(told.status, 200, "{}", told.text);
    let text = told.text.strip_prefix('\u{feff}').expect("the mark by which Excel knows UTF-8");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let headings = reader.headers().unwrap().clone();
    let row = |row: csv::StringRecord| {
        headings.iter().zip(&row).map(|(heading, cell)| (heading.to_owned(), json!(cell))).collect()
    };
    reader.records().map(|record| row(record.unwrap())).collect()
}

#[tokio::test]
async fn a_lapse_is_handed_out_with_who_is_named_by_what_rule_and_what_was_found() {
    let app = TestApp::armed().await;
    let lapse = breached(&app).await;
    heard(&app, &lapse).await;
    let inspector = app.sign_in(INSPECTOR.0, INSPECTOR.1).await;
    let minor = json!({ "clause": "S26", "facts": { "minor": true }, "reason": "情节轻微" });
    assert_eq!(app.post(&format!("/v1/lapses/{lapse}/verdict"), &inspector, &minor).await.status, 200);

    let told = app.get("/v1/ledger", &inspector).await;
    assert_eq!(told.header("content-type"), "application/jsonl");
    assert_eq!(told.header("content-disposition"), "attachment; filename=\"ledger.jsonl\"");
    let all = lines(&told);
    assert_eq!(all.len(), 2, "one for each proof that was not brought");
    let line = all.iter().find(|line| line["lapse"] == json!(lapse)).unwrap();
    let shown = app.get("/v1/lapses?state=decided", "office").await.json()["lapses"][0].clone();
    for name in ["failing", "certainty", "about", "rule", "due", "excuses", "evidence", "state"] {
        assert_eq!(line[name], shown[name], "{name}");
    }
    assert_eq!(line["evidence"][0]["hash"].as_str().map(str::len), Some(64));
    assert_eq!(
        line["person_involved"],
        json!({ "person": "officer", "name": "值班员", "post": "duty_officer" })
    );
    let head = json!({ "person": "head", "name": "领导小组组长", "post": "duty_leader" });
    assert_eq!(line["responsible_person"], head);
    let posts = json!({ "person_involved": "duty_officer", "responsible_person": "duty_leader" });
    assert_eq!(shown["posts"], posts, "{shown}");
    assert_eq!((&line["unit"], &line["unit_name"]), (&json!("finance"), &json!("财务部 Finance")));
    assert_eq!((&shown["unit"], &shown["unit_name"]), (&line["unit"], &line["unit_name"]));
    assert_eq!(line["rule"]["policy"].as_str().map(str::len), Some(16), "{line}");
    assert_eq!(line["statements"].as_array().unwrap().len(), 2);
    assert!(
        line["statements"][0].get("text").is_none() && !told.text.contains("占线"),
        "what they say stays sealed"
    );
    assert_eq!(
        (&line["verdicts"][0]["clause"], &line["verdicts"][0]["facts"]["minor"]),
        (&json!("S26"), &json!(true))
    );

    let rows = rows(&app.get("/v1/ledger?format=csv", "office").await);
    let row = rows.iter().find(|row| row["台账编号"] == json!(lapse)).unwrap();
    for (heading, value) in [
        ("单位", "财务部 Finance"),
        ("情形", "缓报"),
        ("认定", "有据可证"),
        ("当事人", "值班员"),
        ("当事人岗位", "值班员"),
        ("责任人编号", "head"),
        ("责任人岗位", "带班领导"),
        ("应报时间", "2026-11-23 08:30:00"),
        ("实报时间", ""),
        ("迟延（时:分:秒）", "0:01:00"),
        ("状态", "已决"),
        ("处理意见", "S26 报告不及时、情节轻微"),
        ("处理人", "纪检员"),
        ("处理次数", "1"),
    ] {
        assert_eq!(row[heading], value, "{heading}: {row}");
    }
    assert!(row["事项"].as_str().unwrap().ends_with("向省国资委 (the provincial SASAC)电话报告"), "{row}");
    assert!(row["陈述"].as_str().unwrap().contains("领导小组组长 2026-11-23 08:31:"), "{row}");
}

#[tokio::test]
async fn a_report_that_was_missing_is_handed_out_by_the_version_of_its_form() {
    let app = TestApp::start();
    app.pass(13 * 60).await;
    app.until(|published| (published.state.lapses.iter().count() == 3).then_some(())).await;
    let told = app.get("/v1/ledger?from=2026-11-23&to=2026-11-23", "discipline").await;
    assert_eq!(
        told.header("content-disposition"),
        "attachment; filename=\"ledger_2026-11-23_2026-11-23.jsonl\""
    );
    let all = lines(&told);
    let daily = all.iter().find(|line| line["about"]["slot"] == "daily.trade.2026-11-23.1").unwrap();
    assert_eq!((&daily["failing"], &daily["rule"]["form"]), (&json!("omitted"), &json!("daily")));
    assert_eq!(daily["rule"]["version"].as_str().map(str::len), Some(16), "{daily}");
    let rows = rows(&app.get("/v1/ledger?format=csv", "discipline").await);
    let matters: Vec<&Value> = rows.iter().map(|row| &row["事项"]).collect();
    assert!(
        matters.contains(&&json!("统计报表 2026-11-23"))
            && matters.contains(&&json!("出行登记表 2026-11-23")),
        "{matters:?}"
    );
    for (span, count) in [
        ("from=2026-11-24", 0),
        ("to=2026-11-22", 0),
        ("from=2026-11-23T08:00:00Z", 3),
        ("to=2026-11-23T08:00:00Z", 0),
        ("from=2026-11-20&to=2026-11-24", 3),
    ] {
        assert_eq!(lines(&app.get(&format!("/v1/ledger?{span}"), "discipline").await).len(), count, "{span}");
    }
    let told = app.get("/v1/ledger?from=2026-11-24&to=2026-11-23&format=pdf", "discipline").await;
    let pointers: Vec<_> =
        told.json()["errors"].as_array().unwrap().iter().map(|it| it["pointer"].clone()).collect();
    assert_eq!((told.status, pointers), (422, vec![json!("/format"), json!("/to")]));
}

#[tokio::test]
async fn a_lapse_is_shown_by_the_same_rule_and_the_same_instants_as_it_is_handed_out() {
    let app = TestApp::start();
    app.pass(13 * 60).await;
    app.until(|published| (published.state.lapses.iter().count() == 3).then_some(())).await;
    let report = json!({ "unit": "trade", "form": "daily", "day": "2026-11-23", "by": "trader",
                         "figures": { "on_duty": 9, "travelling": 0, "fever": 0 } });
    assert_eq!(app.post("/v1/reports", "office", &report).await.status, 201);
    let of_trade = |lapse: &&Value| lapse["about"]["slot"] == "daily.trade.2026-11-23.1";
    let handed = lines(&app.get("/v1/ledger", "discipline").await);
    let shown = app.get("/v1/lapses", "discipline").await.json()["lapses"].as_array().unwrap().clone();
    let (handed, shown) =
        (handed.iter().find(of_trade).unwrap(), shown.iter().find(of_trade).expect("it is open still"));
    for name in ["rule", "actual", "omitted_until"] {
        assert!(!shown[name].is_null(), "{name}: {shown}");
        assert_eq!(shown[name], handed[name], "{name}");
    }
    assert_eq!(shown["rule"]["version"].as_str().map(str::len), Some(16), "{shown}");
}

#[tokio::test]
async fn each_file_is_on_record_with_who_was_handed_it_and_its_hash() {
    let app = TestApp::armed().await;
    breached(&app).await;
    let session = app.sign_in("clerk", "+8613800000051").await;
    let told = app.get("/v1/ledger?format=csv&from=2026-11-01&to=2026-11-30", &session).await;
    assert_eq!(told.status, 200, "{}", told.text);
    let digest = Sha256::digest(told.text.as_bytes());
    use base64::Engine as _;
    let said = format!("sha-256=:{}:", base64::prelude::BASE64_STANDARD.encode(digest));
    assert_eq!(told.header("content-digest"), said);
    assert_eq!(app.get("/v1/ledger", "read").await.status, 403);
    let announced = app.bare(axum::http::Method::HEAD, "/v1/ledger?format=xlsx", "office").await;
    assert!(announced.status == 200 && announced.header("content-type").ends_with("sheet"));
    let before = app.published().state.clone();
    assert_eq!(app.get("/v1/ledger", "discipline").await.status, 200);
    let after = watchfire::domain::State { seq: before.seq, ..(*app.published().state).clone() };
    assert_eq!(after, *before, "beside that it changes nothing");
    let recorded = facts(&app, "ledger_exported/1");
    assert_eq!(recorded.len(), 2, "{recorded:?}");
    let first = json!({
        "actor": { "by": "clerk", "via": "session" }, "format": "csv", "lapses": 2,
        "from": "2026-10-31T16:00:00.000Z", "to": "2026-11-30T16:00:00.000Z", "sha256": hex::encode(digest),
    });
    assert_eq!(recorded[0], first);
    assert_eq!((&recorded[1]["client"], recorded[1].get("actor")), (&json!("discipline"), None));
}

#[tokio::test]
async fn a_name_that_begins_as_a_formula_does_is_a_text() {
    let hostile = [
        ("name = \"财务部 Finance\"", "name = '=HYPERLINK(\"http://x\")'"),
        ("name = \"值班员\"", "name = \"@SUM(1)\""),
    ];
    let app = TestApp::armed_with(&hostile).await;
    breached(&app).await;
    let rows = rows(&app.get("/v1/ledger?format=csv", "office").await);
    assert_eq!(rows[0]["单位"], "'=HYPERLINK(\"http://x\")");
    assert_eq!(rows[0]["当事人"], "'@SUM(1)");
}

#[tokio::test]
async fn each_excuse_is_shown_with_the_entries_that_tell_of_it() {
    let app = TestApp::armed().await;
    app.case("late", "finance", true).await;
    app.pass(5).await;
    let mut told = Vec::new();
    for (path, body) in
        [("/v1/disarm", json!({ "by": "clerk", "reason": "换卡" })), ("/v1/arm", json!({ "by": "clerk" }))]
    {
        assert_eq!(app.post(path, "office", &body).await.status, 200);
        told.push(app.published().head.seq);
        app.pass(2).await;
    }
    app.pass(30).await;
    let lapses = app.get("/v1/lapses", "office").await.json();
    let lapse = &lapses["lapses"][0];
    let excuse = &lapse["excuses"][0];
    assert_eq!((&excuse["what"], &excuse["entries"]), (&json!("unarmed"), &json!(told)), "{lapse}");
    let line = lines(&app.get("/v1/ledger", "office").await);
    let line = line.iter().find(|line| line["lapse"] == lapse["lapse"]).unwrap();
    assert_eq!(line["excuses"], lapse["excuses"]);
    let rows = rows(&app.get("/v1/ledger?format=csv", "office").await);
    let row = rows.iter().find(|row| row["台账编号"] == lapse["lapse"]).unwrap();
    let cell = row["系统查明的免责情形"].as_str().unwrap();
    assert!(cell.contains(&format!("（条目 {}、{}）", told[0], told[1])), "{cell}");
}

#[tokio::test]
async fn a_pack_is_put_on_record_by_those_who_may_have_the_ledger_and_by_nobody_else() {
    let app = TestApp::armed().await;
    let lapse = crate::lapses::passed_on_late(&app).await;
    let packed =
        |by: Option<&str>| json!({ "by": by, "lapse": lapse, "lapses": 1, "sha256": "0f".repeat(32) });
    let post = async |token: &str, body: &Value| app.post("/v1/ledger/packs", token, body).await;
    for token in ["unit", "operator", "read"] {
        assert_eq!(post(token, &packed(None)).await.status, 403, "{token}");
    }
    for (person, mobile, status) in [
        ("clerk", "+8613800000051", 200),
        ("inspector", "+8613800000053", 200),
        ("leader", "+8613800000011", 403),
        ("officer", "+8613800000031", 403),
    ] {
        let session = app.sign_in(person, mobile).await;
        assert_eq!(post(&session, &packed(None)).await.status, status, "{person}");
    }
    assert_eq!((post("", &packed(None)).await.status, post("hr", &packed(None)).await.status), (401, 401));
    let told = post("office", &packed(Some("clerk"))).await;
    assert_eq!(
        (told.status, told.json()["entry"].as_u64()),
        (200, Some(app.published().head.seq)),
        "{}",
        told.text
    );
    assert_eq!(post("discipline", &packed(None)).await.status, 200, "a program speaks for itself");
    for (body, pointer) in [
        (json!({ "lapse": "none", "lapses": 1, "sha256": "0f".repeat(32) }), "/lapse"),
        (json!({ "lapses": 1, "sha256": "0F".repeat(32) }), "/sha256"),
        (json!({ "lapses": 0, "sha256": "0f".repeat(32) }), "/lapses"),
        (json!({ "lapses": 1, "sha256": "0f".repeat(32), "from": "yesterday" }), "/from"),
    ] {
        let told = post("office", &body).await;
        assert_eq!(
            (told.status, told.json()["errors"][0]["pointer"].as_str()),
            (422, Some(pointer)),
            "{}",
            told.text
        );
    }
    let told = post("office", &packed(Some("stranger"))).await;
    assert!((400..500).contains(&told.status) && !told.text.contains("stranger"), "{}", told.text);
    let recorded = facts(&app, "ledger_exported/1");
    let who: Vec<_> = recorded.iter().map(|it| (it["actor"]["by"].as_str(), it["client"].as_str())).collect();
    let expected = [
        (Some("clerk"), None),
        (Some("inspector"), None),
        (Some("clerk"), Some("office")),
        (None, Some("discipline")),
    ];
    assert_eq!(who, expected, "{recorded:?}");
    assert!(recorded.iter().all(|it| it["format"] == "pack" && it["lapse"] == json!(lapse)), "{recorded:?}");
}
