//! Evidence packs of reports that were missing: what is in them, what is not, and that they check.

mod held;

use std::path::Path;

use serde_json::{Value, json};
use watchfire::domain::names::{AuthorityId, FormId, PersonId, UnitId};
use watchfire::journal::{Heads, Signer};
use watchfire::ledger::Of;
use watchfire::ledger::export::Names;
use watchfire::ledger::pack::{Pack, PackError, Unsigned, Vouch, check, gather};
use watchfire::time::{Clock as _, Timestamp, Zone};
use watchfire::vault::MasterKey;

use crate::app::TestApp;
use crate::lapses::INSPECTOR;

/// How far back earlier lapses are counted.
pub(crate) const WINDOW: std::time::Duration = std::time::Duration::from_hours(24 * 90);

/// Everybody by their ids.
pub(crate) struct Plain;

impl Names for Plain {
    fn person(&self, person: &PersonId) -> Option<String> {
        Some(format!("某{person}"))
    }
    fn unit(&self, unit: &UnitId, _at: Timestamp) -> String {
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

/// Writes a pack that nobody vouches for, and that is not on record.
pub(crate) fn write(pack: &Pack, out: &Path, (names, zone): (&dyn Names, &Zone)) -> Result<(), PackError> {
    let vouch = Vouch::by(None, pack.head().0);
    pack.made((names, zone), (vouch, false))?.write(out, None)
}

pub(crate) fn sign(app: &TestApp) {
    let mut heads = Heads::open(&app.data(), Signer::ephemeral()).unwrap();
    heads.sign(app.published().head, app.clock.read().wall).unwrap();
}

pub(crate) fn read(pack: &Path, name: &str) -> Value {
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
    write(&pack, &out, (&Plain, &zone)).unwrap();
    let found = check(&out, None).unwrap();
    assert_eq!((found.bad, found.head.map(|head| head.seq)), (None, Some(app.published().head.seq)));
    assert_eq!(
        (found.unsigned, &read(&out, "pack.json")["unsigned"]),
        (Some(Unsigned::NoKey), &json!("no_key"))
    );
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
        json!([{ "unit": "trade", "liaison": "trader", "reports_as": "liaison", "leader": "trader",
                 "leads_as": "leader" }])
    );
    let handed = told["handed_out"].as_array().unwrap();
    let ways: Vec<_> = handed.iter().map(|it| (it["client"].as_str(), it["format"].as_str())).collect();
    let expected = [(Some("office"), Some("view")), (Some("office"), Some("csv"))];
    assert_eq!(ways, expected, "who looked, and who was handed it: {handed:?}");
    let course = told["course"].as_array().unwrap();
    assert!(course.iter().any(|it| it["fact"] == "period_closed"), "{course:?}");
    let messages = told["messages"].as_array().unwrap();
    assert!(
        messages.iter().any(|it| it["purpose"] == "form_overdue"
            && it["to"].to_string().contains("trader")
            && (&it["post"], &it["unit"]) == (&json!("liaison"), &json!("trade"))),
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
    let again = write(&pack, &out, (&Plain, &zone));
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

/// A zero report against an open case that its filer let stand, was heard of, and judged by.
async fn concealed(app: &TestApp) -> String {
    app.case("a", "finance", false).await;
    let report = json!({
        "unit": "finance", "form": "daily", "by": "liaison", "zero": true, "asked": 23, "total": 23,
        "figures": { "on_duty": 23, "travelling": 0, "fever": 0 }, "stands": true, "reason": "复测<正常>",
    });
    assert_eq!(app.post("/v1/reports", "office", &report).await.status, 201);
    app.clock.advance(std::time::Duration::from_hours(9));
    app.until(|published| (published.state.lapses.size() == 1).then_some(())).await;
    let lapses = app.get("/v1/lapses", "discipline").await.json();
    let lapse = lapses["lapses"][0]["lapse"].as_str().unwrap().to_owned();
    for (person, mobile) in [("liaison", "+8613800000012"), ("leader", "+8613800000011")] {
        let session = app.sign_in(person, mobile).await;
        let body = json!({ "text": format!("{person}：两次复测均正常") });
        let told = app.post(&format!("/v1/lapses/{lapse}/statement"), &session, &body).await;
        assert_eq!(told.status, 200, "{}", told.text);
    }
    let inspector = app.sign_in(INSPECTOR.0, INSPECTOR.1).await;
    let body = json!({ "clause": "S26", "facts": { "minor": true }, "reason": "查明未造成后果" });
    let told = app.post(&format!("/v1/lapses/{lapse}/verdict"), &inspector, &body).await;
    assert_eq!(told.status, 200, "{}", told.text);
    lapse
}

#[tokio::test]
async fn a_pack_holds_what_was_reported_what_those_named_say_and_why_it_was_decided_in_this_order() {
    let app = TestApp::armed().await;
    let of = Of::Lapse(concealed(&app).await.as_str().into());
    sign(&app);
    let (now, data, zone) = (app.clock.read().wall, app.data(), Zone::named("Asia/Shanghai").unwrap());
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("pack");
    let mut pack = gather(&data, &of, None, (now, WINDOW)).unwrap();
    let key = MasterKey::load(&data.join("master-key")).unwrap();
    assert!(
        pack.disclose(&data, &key, watchfire::app::posts_of).unwrap() >= 4,
        "a report, two statements, a reason"
    );
    write(&pack, &out, (&Plain, &zone)).unwrap();
    let found = check(&out, None).unwrap();
    assert!(found.bad.is_none() && found.texts >= 4, "{found:?}");
    let told = read(&out, "pack.json")["lapses"][0].clone();
    let report = &told["reports"][0];
    assert_eq!((&report["is"], &report["held"]), (&json!("contradicted"), &json!("given")));
    assert_eq!((&report["figures"]["on_duty"], &report["reason"]), (&json!(23), &json!("复测<正常>")));
    assert_eq!(told["statements"][0]["text"], "liaison：两次复测均正常");
    assert_eq!(
        (&told["statements"][0]["via"], &told["verdicts"][0]["via"]),
        (&json!("session"), &json!("session"))
    );
    assert_eq!(told["verdicts"][0]["reason"], "查明未造成后果");
    for it in [report, &told["statements"][1], &told["verdicts"][0]] {
        let name = it["text_sha256"].as_str().unwrap();
        assert!(out.join(format!("texts/{name}.json")).exists(), "{it}");
    }
    assert_eq!(told["clauses"][0], json!({ "clause": "S26", "lacking": [] }));
    let page = std::fs::read_to_string(out.join("index.html")).unwrap();
    let place = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text} in {page}"));
    let order = [
        "发热人数与已知病例不符（所报：发热0人；已知：未排除病例1例）",
        "on_duty 23",
        "复测&lt;正常&gt;",
        "leader：两次复测均正常",
        "S26 报告不及时、情节轻微。认定：情节轻微",
        "查明未造成后果",
    ];
    assert!(order.map(place).is_sorted(), "{page}");
    assert!(place("处理意见") > place("两次复测均正常"), "no verdict stands above the word of those named");

    // Both figures stand in the table, too.
    let csv = app.get("/v1/ledger?format=csv", "office").await.text;
    assert!(
        csv.contains("所报,已知,已知依据") && csv.contains("发热0人,未排除病例1例,病例 C-20261123-0001"),
        "{csv}"
    );
}

#[tokio::test]
async fn an_excuse_cites_the_entries_it_rests_on_and_nobody_elses_absence_is_in_the_pack() {
    let app = TestApp::armed().await;
    let announced = json!({
        "from": "2026-11-23T09:00:00Z", "until": "2026-11-23T09:20:00Z", "reason": "证书更换", "by": "clerk",
    });
    let maintenance = app.post("/v1/maintenance", "operator", &announced).await.json()["maintenance"].clone();
    let away = async |person: &str, stand_in: &str, from: &str| {
        let body = json!({
            "by": "clerk", "person": person, "from": from, "until": "2026-11-23T11:00:00Z", "why": "illness",
            "stand_in": stand_in,
        });
        let told = app.post("/v1/absences", "office", &body).await;
        assert_eq!(told.status, 200, "{}", told.text);
        told.json()["absence"].clone()
    };
    let absence = away("trader", "reader", "2026-11-23T07:30:00Z").await;
    let other = away("technician", "nobody", "2026-11-23T07:30:00Z").await;
    let of = missed(&app).await;
    sign(&app);
    let (now, zone) = (app.clock.read().wall, Zone::named("Asia/Shanghai").unwrap());
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("pack");
    write(&gather(&app.data(), &of, None, (now, WINDOW)).unwrap(), &out, (&Plain, &zone)).unwrap();
    assert_eq!(check(&out, None).unwrap().bad, None);
    let told = read(&out, "pack.json");
    let lapse = &told["lapses"][0];
    assert_eq!(lapse["person_involved"]["person"], "reader");
    let rests_on = |what: &str| {
        let excuses = lapse["excuses"].as_array().unwrap();
        let excuse = excuses.iter().find(|it| it["what"] == what);
        excuse.unwrap_or_else(|| panic!("{what} in {lapse}"))["entries"].clone()
    };
    assert_eq!(rests_on("maintenance"), json!([maintenance]));
    assert_eq!(rests_on("stood_in"), json!([absence]));
    for entry in [&maintenance, &absence] {
        assert!(out.join(format!("entries/{entry}.json")).exists(), "{entry}");
    }
    assert!(!out.join(format!("entries/{other}.json")).exists(), "an absence of nobody concerned");
    let posts = told["posts"].as_array().unwrap();
    let of_absence = posts.iter().find(|it| it["fact"] == "absence_recorded").unwrap();
    assert_eq!((&of_absence["person"], &of_absence["stand_in"]), (&json!("trader"), &json!("reader")));
    let page = std::fs::read_to_string(out.join("index.html")).unwrap();
    for text in ["预告的维护", "预告维护（clerk）", "trader 不在岗", "由 reader 代岗"] {
        assert!(page.contains(text), "{text} in {page}");
    }
    assert!(!page.contains("technician"), "{page}");
}

#[tokio::test]
async fn who_filed_and_who_led_the_unit_then_is_told_of_a_report_that_was_there_before_it_was_due() {
    let app = TestApp::armed().await;
    let of = Of::Lapse(concealed(&app).await.as_str().into());
    sign(&app);
    let (now, zone) = (app.clock.read().wall, Zone::named("Asia/Shanghai").unwrap());
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("pack");
    write(&gather(&app.data(), &of, None, (now, WINDOW)).unwrap(), &out, (&Plain, &zone)).unwrap();
    let posts = read(&out, "pack.json")["posts"].clone();
    let filed = posts.as_array().unwrap().iter().find(|it| it["fact"] == "report_filed").unwrap();
    assert_eq!((&filed["by"], &filed["leader"]), (&json!("liaison"), &json!("leader")), "{posts}");
}

#[tokio::test]
async fn a_pack_keeps_a_reason_that_the_next_report_does_not_repeat_and_tells_who_handed_the_notice_over() {
    let app = TestApp::armed().await;
    app.pass(8 * 60 + 10).await;
    for (on_duty, reason) in [(23, Some("停电，来电后即报")), (22, None)] {
        let body = json!({ "unit": "finance", "form": "daily", "day": "2026-11-23", "by": "liaison",
                           "figures": { "on_duty": on_duty, "travelling": 0, "fever": 0 },
                           "reason": reason });
        let told = app.post("/v1/reports", "office", &body).await;
        assert_eq!(told.status, 201, "{}", told.text);
    }
    let lapses = app.get("/v1/lapses", "discipline").await.json();
    let is_it = |it: &&Value| it["about"]["slot"] == "daily.finance.2026-11-23.1";
    let lapse = lapses["lapses"].as_array().unwrap().iter().find(is_it).unwrap()["lapse"].clone();
    let lapse = lapse.as_str().unwrap();
    let inspector = app.sign_in(INSPECTOR.0, INSPECTOR.1).await;
    let served = json!({ "person": "liaison", "note": "当面送达，本人签收" });
    let told = app.post(&format!("/v1/lapses/{lapse}/told"), &inspector, &served).await;
    assert_eq!(told.status, 200, "{}", told.text);
    sign(&app);
    let (now, data, zone) = (app.clock.read().wall, app.data(), Zone::named("Asia/Shanghai").unwrap());
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("pack");
    let mut pack = gather(&data, &Of::Lapse(lapse.into()), None, (now, WINDOW)).unwrap();
    let key = MasterKey::load(&data.join("master-key")).unwrap();
    pack.disclose(&data, &key, watchfire::app::posts_of).unwrap();
    write(&pack, &out, (&Plain, &zone)).unwrap();
    assert!(check(&out, None).unwrap().bad.is_none());
    let told = read(&out, "pack.json")["lapses"][0].clone();
    let reports: Vec<_> =
        told["reports"].as_array().unwrap().iter().map(|it| it["reason"].as_str()).collect();
    assert_eq!(reports, [Some("停电，来电后即报"), None], "{told}");
    assert_eq!(
        (&told["told"][0]["served_by"], &told["told"][0]["note"]),
        (&json!(INSPECTOR.0), &json!("当面送达，本人签收"))
    );
    let page = std::fs::read_to_string(out.join("index.html")).unwrap();
    assert!(page.contains("停电，来电后即报") && page.contains("当面送达，本人签收"), "{page}");
}
