//! What turned out to have excused a lapse after that was on record and decided: shown wherever the lapse is.

use serde_json::{Value, json};
use watchfire::domain::command::Command;
use watchfire::domain::fact::Span;
use watchfire::engine::Lane;
use watchfire::ledger::Of;
use watchfire::ledger::pack::{check, gather};
use watchfire::time::{BootId, Clock as _, Now, Timestamp, Zone};

use crate::app::TestApp;
use crate::lapses::{INSPECTOR, breached, heard};
use crate::pack::{Plain, WINDOW, read, sign, write};

/// The daemon starts again, and was down since so many minutes ago; the entry that says so, and when it was.
async fn down(app: &TestApp, minutes: u64) -> (u64, Timestamp) {
    let now = app.clock.read().wall;
    let down = Span { from: now - std::time::Duration::from_mins(minutes), to: now };
    let start =
        Command::Start { build: "test".into(), boot: BootId("boot".into()), down: Some(down), torn: None };
    app.engine.submit(start, Now::at(now), Lane::Tidings).await.unwrap();
    (app.published().head.seq, now)
}

#[tokio::test]
async fn what_excuses_is_found_later_and_shown_with_its_entry_wherever_the_lapse_is() {
    let app = TestApp::armed().await;
    let lapse = breached(&app).await;
    heard(&app, &lapse).await;
    let inspector = app.sign_in(INSPECTOR.0, INSPECTOR.1).await;
    let minor = json!({ "clause": "S26", "facts": { "minor": true }, "reason": "情节轻微" });
    let told = app.post(&format!("/v1/lapses/{lapse}/verdict"), &inspector, &minor).await;
    assert_eq!((told.status, &told.json()["excuse_since"]), (200, &Value::Null), "{}", told.text);
    let (entry, at) = down(&app, 20).await;

    let of = |told: &Value| {
        let all = told["lapses"].as_array().unwrap();
        all.iter().find(|it| it["lapse"] == json!(lapse)).cloned()
    };
    let shown = of(&app.get("/v1/lapses?state=open", "office").await.json()).expect("to be looked at again");
    assert_eq!((&shown["state"], &shown["excuse_since"]), (&json!("decided"), &json!(at)), "{shown}");
    assert_eq!(shown["verdicts"].as_array().map(Vec::len), Some(1), "the verdict stands");
    let excuse = shown["excuses"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&excuse["what"], &excuse["entries"], &excuse["found_later_at"]),
        (&json!("outage"), &json!([entry]), &json!(at))
    );
    let text = app.get("/v1/ledger", "office").await.text;
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let line = lines.into_iter().find(|line| line["lapse"] == json!(lapse)).unwrap();
    assert_eq!(
        (&line["excuses"], &line["excuse_since"]),
        (&shown["excuses"], &json!(at)),
        "handed out as it is shown"
    );
    let csv = app.get("/v1/ledger?format=csv", "office").await.text;
    assert!(csv.contains("系统中断") && csv.contains("入账后于") && csv.contains("已决，其后查明"), "{csv}");

    sign(&app);
    let (now, zone) = (app.clock.read().wall, Zone::named("Asia/Shanghai").unwrap());
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("pack");
    let pack = gather(&app.data(), &Of::Lapse(lapse.as_str().into()), None, (now, WINDOW)).unwrap();
    write(&pack, &out, (&Plain, &zone)).unwrap();
    assert_eq!(check(&out, None).unwrap().bad, None);
    let packed = read(&out, "pack.json")["lapses"][0].clone();
    assert_eq!((&packed["excuses"], &packed["excuse_since"]), (&shown["excuses"], &json!(at)));
    assert!(out.join(format!("entries/{entry}.json")).exists(), "the entry that tells of it is in the pack");
    let page = std::fs::read_to_string(out.join("index.html")).unwrap();
    for text in ["查明 found later", "something that excuses was found"] {
        assert!(page.contains(text), "{text}");
    }
    assert!(!page.contains("does not fit the failing"), "that is another reason");
}

#[tokio::test]
async fn whoever_was_late_sees_it_on_the_receipt_page() {
    let app = TestApp::armed().await;
    app.pass(8 * 60 + 5).await;
    let session = app.sign_in("liaison", "+8613800000012").await;
    let figures = json!({ "on_duty": 23, "travelling": 0, "fever": 0 });
    let body = json!({ "unit": "finance", "form": "daily", "day": "2026-11-23", "figures": figures });
    let told = app.post("/v1/reports", &session, &body).await;
    assert_eq!(told.status, 201, "{}", told.text);
    let page = async || app.get("/f/daily.finance.2026-11-23.1", &session).await.text;
    let before = page().await;
    assert!(before.contains("finance") && !before.contains("系统中断"), "{before}");
    down(&app, 10).await;
    let after = page().await;
    assert!(after.contains("系统中断") && after.contains("(found at "), "{after}");
}
