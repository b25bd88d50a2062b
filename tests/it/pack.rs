//! Evidence packs of reports that were missing: what is in them, what is not, and that they check.

use std::path::Path;

use serde_json::{Value, json};
use watchfire::domain::names::{AuthorityId, FormId, PersonId, UnitId};
use watchfire::journal::{Heads, Signer};
use watchfire::ledger::Of;
use watchfire::ledger::export::Names;
use watchfire::ledger::pack::{PackError, check, gather};
use watchfire::time::{Clock as _, Zone};

use crate::app::TestApp;

/// How far back earlier lapses are counted.
const WINDOW: std::time::Duration = std::time::Duration::from_hours(24 * 90);

/// Everybody by their ids.
struct Plain;

impl Names for Plain {
    fn person(&self, person: &PersonId) -> Option<String> {
        Some(format!("某{person}"))
    }
    fn unit(&self, unit: &UnitId) -> String {
        unit.to_string()
    }
    fn authority(&self, authority: &AuthorityId) -> String {
        authority.to_string()
    }
    fn form(&self, form: &FormId) -> String {
        form.to_string()
    }
}

/// A day on which finance filed and trade did not; the lapse of trade.
async fn missed(app: &TestApp) -> Of {
    let figures = json!({ "on_duty": 23, "travelling": 0, "fever": 0 });
    let body = json!({ "unit": "finance", "form": "daily", "day": "2026-11-23", "by": "liaison",
                       "figures": figures });
    assert_eq!(app.post("/v1/reports", "office", &body).await.status, 201);
    app.pass(8 * 60 + 10).await;
    app.pass(5 * 60).await;
    let is_it = |slot: &Value| slot == "daily.trade.2026-11-23.1";
    let lapses = app.get("/v1/lapses", "office").await.json();
    let lapse = lapses["lapses"].as_array().unwrap().iter().find(|it| is_it(&it["about"]["slot"])).unwrap();
    Of::Lapse(lapse["lapse"].as_str().unwrap().into())
}

fn sign(app: &TestApp) {
    let mut heads = Heads::open(&app.data(), Signer::ephemeral()).unwrap();
    heads.sign(app.published().head, app.clock.read().wall).unwrap();
}

fn read(pack: &Path, name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(pack.join(name)).unwrap()).unwrap()
}

#[tokio::test]
async fn a_pack_says_by_what_rule_who_held_the_posts_and_what_was_sent_and_nothing_of_others() {
    let app = TestApp::armed().await;
    let of = missed(&app).await;
    let (now, data, zone) = (app.clock.read().wall, app.data(), Zone::named("Asia/Shanghai").unwrap());
    let unsigned = gather(&data, &of, None, (now, WINDOW)).map(|_pack| ());
    assert!(matches!(unsigned, Err(PackError::Unsigned(_))), "{unsigned:?}");
    // Who takes a copy is on record; a span that ends before the lapse has nothing of it.
    for span in ["", "&to=2026-11-01"] {
        assert_eq!(app.get(&format!("/v1/ledger?format=csv{span}"), "office").await.status, 200);
    }
    sign(&app);
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("pack");
    let pack = gather(&data, &of, None, (now, WINDOW)).unwrap();
    pack.write(&out, (&Plain, &zone)).unwrap();
    let found = check(&out, None).unwrap();
    assert_eq!((found.bad, found.head.map(|head| head.seq)), (None, Some(app.published().head.seq)));
    let told = read(&out, "pack.json");
    let lapse = &told["lapses"][0];
    assert_eq!((&lapse["failing"], &lapse["unit"]), (&json!("omitted"), &json!("trade")));
    assert_eq!(lapse["evidence"][0]["hash"].as_str().map(str::len), Some(64), "{lapse}");
    let rule = told["rules"].as_array().unwrap().iter().find(|rule| rule["fact"] == "period_opened").unwrap();
    assert_eq!(rule["period"]["rule"], lapse["rule"]["version"]);
    let since = &told["in_force_since"][0];
    assert_eq!(since["rule"], json!({ "form": "daily", "version": lapse["rule"]["version"] }), "{since}");
    let first = &told["chain"]["entries"][0];
    assert_eq!(since["adopted_in"], first["seq"], "the chain begins with the configuration: {since}");
    assert_eq!(
        told["posts"][0]["owing"],
        json!([{ "unit": "trade", "liaison": "trader", "leader": "trader" }])
    );
    let handed = told["handed_out"].as_array().unwrap();
    assert!(handed.len() == 1 && handed[0]["client"] == "office", "{handed:?}");
    let course = told["course"].as_array().unwrap();
    assert!(course.iter().any(|it| it["fact"] == "period_closed"), "{course:?}");
    let messages = told["messages"].as_array().unwrap();
    assert!(
        messages.iter().any(|it| it["purpose"] == "form_overdue" && it["to"].to_string().contains("trader")),
        "{messages:?}"
    );
    let strangers = ["liaison", "clerk"].map(|person| format!("\"{person}\""));
    let others = messages.iter().filter(|it| strangers.iter().any(|who| it["to"].to_string().contains(who)));
    assert_eq!(others.count(), 0, "{messages:?}");
    // What finance filed is a link of the chain, and no more.
    let whole = std::fs::read_dir(out.join("entries")).unwrap();
    let whole: Vec<String> = whole.map(|it| std::fs::read_to_string(it.unwrap().path()).unwrap()).collect();
    assert!(whole.iter().any(|entry| entry.contains("lapse_recorded") || entry.contains("period_closed")));
    assert!(whole.iter().all(|entry| !entry.contains("report_filed")), "{whole:?}");
    let page = std::fs::read_to_string(out.join("index.html")).unwrap();
    for text in [
        "漏报",
        "某trader",
        "如何核对",
        "规则版本",
        "daily 2026-11-23",
        "sha256sum --quiet",
        "不晚于何时生效",
    ] {
        assert!(page.contains(text), "{text} in {page}");
    }
    let again = pack.write(&out, (&Plain, &zone));
    assert!(matches!(again, Err(PackError::Write(..))), "nothing is written over");
}

#[tokio::test]
async fn a_pack_of_a_month_has_every_lapse_that_was_due_in_it() {
    let app = TestApp::armed().await;
    missed(&app).await;
    sign(&app);
    let now = app.clock.read().wall;
    let at = |text: &str| Some(text.parse().unwrap());
    let november = Of::Span((at("2026-10-31T16:00:00Z"), at("2026-11-30T16:00:00Z")));
    assert_eq!(gather(&app.data(), &november, None, (now, WINDOW)).unwrap().lapses(), 2);
    let december = Of::Span((at("2026-11-30T16:00:00Z"), None));
    assert!(matches!(gather(&app.data(), &december, None, (now, WINDOW)), Err(PackError::Nothing)));
    let none = Of::Lapse("none".into());
    assert!(matches!(gather(&app.data(), &none, None, (now, WINDOW)), Err(PackError::Nothing)));
}
