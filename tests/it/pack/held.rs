//! Of what a pack does not hold: what was erased, by its entry, and what is missing, which is a fault.

use serde_json::{Value, json};
use watchfire::ledger::Of;
use watchfire::ledger::pack::{Pack, check, gather};
use watchfire::time::{Clock as _, Zone};
use watchfire::vault::MasterKey;

use super::{Plain, WINDOW, concealed, read, sign, write};
use crate::app::TestApp;

#[tokio::test]
async fn what_the_vault_does_not_hold_is_said_to_be_missing_where_no_erasure_took_it_and_unopened_without_the_key()
 {
    let app = TestApp::armed().await;
    let of = Of::Lapse(concealed(&app).await.as_str().into());
    sign(&app);
    let (now, data, zone) = (app.clock.read().wall, app.data(), Zone::named("Asia/Shanghai").unwrap());
    let folder = tempfile::tempdir().unwrap();
    let written = |pack: &Pack, name: &str| {
        let out = folder.path().join(name);
        write(pack, &out, (&Plain, &zone)).unwrap();
        assert_eq!(check(&out, None).unwrap().bad, None);
        let page = std::fs::read_to_string(out.join("index.html")).unwrap();
        (read(&out, "pack.json")["lapses"][0].clone(), page)
    };
    let mut pack = gather(&data, &of, None, (now, WINDOW)).unwrap();
    let (told, page) = written(&pack, "closed");
    assert_eq!(
        (&told["statements"][0]["held"], &told["statements"][0]["text"]),
        (&json!("not_opened"), &Value::Null)
    );
    assert!(page.contains("打包时没有保险库密钥"), "{page}");
    // Another vault holds nothing of it.
    let other = TestApp::start();
    let key = MasterKey::load(&other.data().join("master-key")).unwrap();
    assert_eq!(pack.disclose(&other.data(), &key, watchfire::app::posts_of).unwrap(), 0);
    let (told, page) = written(&pack, "missing");
    for it in [&told["reports"][0], &told["statements"][1], &told["verdicts"][0]] {
        assert_eq!((&it["held"], &it["erased_in"]), (&json!("missing"), &Value::Null), "{it}");
    }
    assert!(page.contains("（缺失：") && page.contains("MISSING: the vault"), "{page}");
    assert!(!page.contains("已依法删除，见") && pack.missing() >= 4, "{page}");
}

#[tokio::test]
async fn each_revision_of_a_contradicted_report_is_opened_with_who_filed_it_and_when() {
    let app = TestApp::armed().await;
    app.case("a", "finance", false).await;
    let before = app.clock.read().wall;
    for (asked, by) in [(21, "liaison"), (22, "liaison"), (23, "leader")] {
        let report = json!({
            "unit": "finance", "form": "daily", "day": "2026-11-23", "by": by, "zero": true, "asked": asked,
            "total": 23, "stands": true, "reason": format!("{asked}人已问"),
            "figures": { "on_duty": asked, "travelling": 0, "fever": 0 },
        });
        let told = app.post("/v1/reports", "office", &report).await;
        assert_eq!(told.status, 201, "{}", told.text);
        app.clock.advance(std::time::Duration::from_mins(20));
    }
    app.pass(9 * 60).await;
    let lapses = app.get("/v1/lapses", "discipline").await.json();
    let is_it =
        |it: &&Value| it["about"]["slot"] == "daily.finance.2026-11-23.1" && it["failing"] == "concealed";
    let lapse = lapses["lapses"].as_array().unwrap().iter().find(is_it).unwrap_or_else(|| panic!("{lapses}"));
    let contradicted = lapse["about"]["report"].clone();
    sign(&app);
    let (now, data, zone) = (app.clock.read().wall, app.data(), Zone::named("Asia/Shanghai").unwrap());
    let of = Of::Lapse(lapse["lapse"].as_str().unwrap().into());
    let mut pack = gather(&data, &of, None, (now, WINDOW)).unwrap();
    let key = MasterKey::load(&data.join("master-key")).unwrap();
    pack.disclose(&data, &key, watchfire::app::posts_of).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("pack");
    write(&pack, &out, (&Plain, &zone)).unwrap();
    assert_eq!(check(&out, None).unwrap().bad, None);
    let reports = read(&out, "pack.json")["lapses"][0]["reports"].clone();
    let told: Vec<_> = reports
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            (
                it["revision"].as_u64(),
                it["filed_by"].as_str(),
                it["asked"].as_u64(),
                it["figures"]["on_duty"].as_u64(),
            )
        })
        .collect();
    let filed = |revision, by, asked| (Some(revision), Some(by), Some(asked), Some(asked));
    assert_eq!(told, [filed(1, "liaison", 21), filed(2, "liaison", 22), filed(3, "leader", 23)], "{reports}");
    for it in reports.as_array().unwrap() {
        let is = if it["report"] == contradicted { "contradicted" } else { "other_revision" };
        assert_eq!(
            (&it["is"], &it["held"], &it["via"]),
            (&json!(is), &json!("given"), &json!("program:office"))
        );
        assert!(it["filed_at"].as_str().unwrap() >= before.to_string().as_str(), "{it}");
        let entry = it["filed_in"].as_u64().unwrap();
        assert!(
            read(&out, &format!("entries/{entry}.json")).to_string().contains(it["report"].as_str().unwrap())
        );
    }
    let page = std::fs::read_to_string(out.join("index.html")).unwrap();
    for text in ["同一应报事项的其他报告，第 1 次", "某leader（leader，程序 office）", "21人已问"]
    {
        assert!(page.contains(text), "{text} in {page}");
    }
}
