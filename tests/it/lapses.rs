//! What the people named in a lapse say, and what the inspectors find.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use watchfire::domain::lapse::{About, Lapse};
use watchfire::time::Clock as _;

use crate::app::{TestApp, Told, event};

pub(crate) const OFFICER: (&str, &str) = ("officer", "+8613800000031");
const HEAD: (&str, &str) = ("head", "+8613800000041");
pub(crate) const INSPECTOR: (&str, &str) = ("inspector", "+8613800000053");

/// A case that nobody reported in time: the lapse of its telephone report, of the officer and the head.
pub(crate) async fn breached(app: &TestApp) -> String {
    let case = app.case("late", "finance", true).await;
    app.pass(31).await;
    let published = app.published();
    // The files that a lapse cites are not there in every test.
    let is_it = |lapse: &&Arc<Lapse>| matches!(&lapse.about, About::Telephone { case: of, .. } if of.as_str() == case);
    published.state.lapses.values().find(is_it).expect("a lapse").lapse.to_string()
}

/// An event that was passed on when little was left: its lapse names the leader of its unit alone.
pub(crate) async fn passed_on_late(app: &TestApp) -> String {
    let mut late = event("hr-3", "finance", true);
    late["discovered_at"] = json!(app.clock.read().wall - Duration::from_mins(25));
    let told = app.post("/v1/events", "hr", &late).await;
    assert_eq!(told.status, 202, "{}", told.text);
    let told = app.get("/v1/lapses", "office").await.json();
    told["lapses"][0]["lapse"].as_str().unwrap().to_owned()
}

pub(crate) async fn say(app: &TestApp, lapse: &str, (person, mobile): (&str, &str)) -> Told {
    let session = app.sign_in(person, mobile).await;
    let path = format!("/v1/lapses/{lapse}/statement");
    app.post(&path, &session, &json!({ "text": "电话一直占线，已记录三次呼叫" })).await
}

/// Both of those named have answered.
pub(crate) async fn heard(app: &TestApp, lapse: &str) {
    for person in [OFFICER, HEAD] {
        let told = say(app, lapse, person).await;
        assert_eq!(told.status, 200, "{}", told.text);
    }
}

#[track_caller]
fn refused(told: &Told, code: &str) {
    assert_eq!((told.status, told.json()["code"].as_str()), (409, Some(code)), "{}", told.text);
}

#[tokio::test]
async fn a_lapse_is_heard_and_then_decided_and_decided_anew() {
    let app = TestApp::armed().await;
    let lapse = breached(&app).await;
    let path = format!("/v1/lapses/{lapse}/verdict");
    let inspector = app.sign_in(INSPECTOR.0, INSPECTOR.1).await;
    let minor = json!({ "clause": "S26", "facts": { "minor": true }, "reason": "情节轻微" });
    let told = app.post(&path, &inspector, &minor).await;
    refused(&told, "not_heard");
    assert!(told.text.contains("officer, head"), "{}", told.text);

    let said = say(&app, &lapse, OFFICER).await;
    assert_eq!(said.status, 200, "{}", said.text);
    assert_eq!(said.json()["statements"][0]["text"], "电话一直占线，已记录三次呼叫");
    assert_eq!(said.json()["statements"][0]["by"], "officer");
    refused(&app.post(&path, &inspector, &minor).await, "not_heard");
    assert_eq!(say(&app, &lapse, HEAD).await.status, 200);
    let word = json!({ "text": "已核实" });
    refused(&app.post(&format!("/v1/lapses/{lapse}/statement"), &inspector, &word).await, "not_named");

    let lacking = json!({ "clause": "S27", "facts": { "minor": true }, "reason": "处置不当" });
    let told = app.post(&path, &inspector, &lacking).await;
    refused(&told, "clause_lacks");
    assert!(told.text.contains("S27 lacks: improper_handling, bad_effect"), "{}", told.text);
    let told = app.post(&path, &inspector, &minor).await;
    assert_eq!((told.status, told.json()["state"].as_str()), (200, Some("decided")), "{}", told.text);
    let none = json!({ "clause": "none", "reason": "复核：线路故障" });
    let verdicts = app.post(&path, &inspector, &none).await.json()["verdicts"].clone();
    assert_eq!((&verdicts[0]["clause"], &verdicts[1]["clause"]), (&json!("S26"), &json!("none")));
    assert_eq!(
        (&verdicts[0]["facts"]["minor"], &verdicts[1]["reason"]),
        (&json!(true), &json!("复核：线路故障"))
    );

    let ids = async |state: &str| -> Vec<String> {
        let told = app.get(&format!("/v1/lapses?state={state}"), "office").await.json();
        let all = told["lapses"].as_array().unwrap().iter();
        all.map(|it| it["lapse"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids("decided").await, [lapse]);
    assert_eq!(ids("open").await.len(), 1, "the written report's lapse is one of its own");
}

#[tokio::test]
async fn a_notice_that_no_message_brings_is_handed_over_and_shown_with_who_did_it() {
    let app = TestApp::armed().await;
    let lapse = breached(&app).await;
    let path = format!("/v1/lapses/{lapse}/told");
    let inspector = app.sign_in(INSPECTOR.0, INSPECTOR.1).await;
    let served = json!({ "person": OFFICER.0, "note": "人事科当面送达" });
    let told = app.post(&path, &inspector, &served).await;
    assert_eq!(told.status, 200, "{}", told.text);
    let shown = &told.json()["told"][0];
    assert_eq!((&shown["person"], &shown["served_by"]), (&json!(OFFICER.0), &json!(INSPECTOR.0)));
    assert_eq!((&shown["note"], shown["answer_by"].is_string()), (&json!("人事科当面送达"), true));
    refused(&app.post(&path, &inspector, &served).await, "already_told");
    let told = app.post(&path, &inspector, &json!({ "person": "leader", "note": "当面送达" })).await;
    assert_eq!(
        (told.status, &told.json()["errors"][0]["pointer"]),
        (422, &json!("/person")),
        "{}",
        told.text
    );
    let officer = app.sign_in(OFFICER.0, OFFICER.1).await;
    let other = json!({ "person": HEAD.0, "note": "已送达" });
    assert_eq!(app.post(&path, &officer, &other).await.status, 403, "neither office nor discipline");
    let verdict = json!({ "clause": "none", "reason": "线路故障" });
    let told = app.post(&format!("/v1/lapses/{lapse}/verdict"), &inspector, &verdict).await;
    refused(&told, "not_heard");
    assert!(told.text.contains("head") && told.text.contains("/told"), "the way out is said: {}", told.text);
}

#[tokio::test]
async fn a_lapse_shows_which_clauses_could_apply_and_what_is_lacking() {
    let app = TestApp::armed().await;
    breached(&app).await;
    let told = app.get("/v1/lapses", "office").await.json();
    let clauses = json!([
        { "clause": "S26", "lacking": ["minor"] },
        { "clause": "S27", "lacking": ["improper_handling", "bad_effect"] },
    ]);
    assert_eq!(told["lapses"][0]["clauses"], clauses);
}

#[tokio::test]
async fn nobody_decides_their_own_lapse_nor_one_that_was_withdrawn() {
    let app = TestApp::armed_with(&[("person = \"inspector\"", "person = \"leader\"")]).await;
    let lapse = passed_on_late(&app).await;
    let leader = app.sign_in("leader", "+8613800000011").await;
    let path = format!("/v1/lapses/{lapse}/verdict");
    let none = json!({ "clause": "none", "reason": "不予追究" });
    refused(&app.post(&path, &leader, &none).await, "own_lapse");

    let app = TestApp::armed().await;
    let lapse = passed_on_late(&app).await;
    let case = app.get("/v1/lapses", "office").await.json()["lapses"][0]["about"]["case"].clone();
    let clerk = app.sign_in("clerk", "+8613800000051").await;
    let nothing = json!({ "kind": "ruled_out", "reason": "retested", "second": "head" });
    let path = format!("/v1/cases/{}/classification", case.as_str().unwrap());
    assert_eq!(app.post(&path, &clerk, &nothing).await.status, 200);
    let inspector = app.sign_in(INSPECTOR.0, INSPECTOR.1).await;
    refused(&app.post(&format!("/v1/lapses/{lapse}/verdict"), &inspector, &none).await, "withdrawn");
}

#[tokio::test]
async fn whoever_reads_a_lapse_about_their_own_case_is_not_told_which_it_is() {
    let app = TestApp::armed().await;
    let mut own = event("hr-3", "finance", true);
    own["discovered_at"] = json!(app.clock.read().wall - Duration::from_mins(25));
    own["person"]["mobile"] = json!(INSPECTOR.1);
    let told = app.post("/v1/events", "hr", &own).await;
    assert_eq!(told.status, 202, "{}", told.text);
    let inspector = app.sign_in(INSPECTOR.0, INSPECTOR.1).await;
    let shown = app.get("/v1/lapses", &inspector).await.json()["lapses"][0]["about"].clone();
    assert!(shown["event"].is_string() && shown.get("case").is_none(), "{shown}");
    let shown = app.get("/v1/lapses", "discipline").await.json()["lapses"][0]["about"].clone();
    assert_eq!(shown["case"], told.json()["case"]);
}

#[tokio::test]
async fn what_a_verdict_says_is_pointed_at_where_it_cannot_be() {
    let app = TestApp::armed().await;
    let lapse = breached(&app).await;
    let path = format!("/v1/lapses/{lapse}/verdict");
    let inspector = app.sign_in(INSPECTOR.0, INSPECTOR.1).await;
    for (body, pointer) in [
        (json!({ "clause": "S31", "reason": "x" }), "/clause"),
        (json!({ "clause": "S29", "facts": { "provision": 10 }, "reason": "x" }), "/facts/provision"),
        (json!({ "clause": "none", "reason": "字".repeat(2001) }), "/reason"),
    ] {
        let told = app.post(&path, &inspector, &body).await;
        let at = told.json()["errors"][0]["pointer"].clone();
        assert_eq!((told.status, at.as_str()), (422, Some(pointer)), "{}", told.text);
    }
}

#[tokio::test]
async fn standings_follow_the_last_verdict() {
    let app = TestApp::armed().await;
    app.clock.advance(Duration::from_secs(8 * 3600 + 60));
    app.settled().await;
    let figures = json!({
        "unit": "finance", "form": "daily", "day": "2026-11-23", "by": "liaison",
        "figures": { "on_duty": 23, "travelling": 0, "fever": 0 },
    });
    assert_eq!(app.post("/v1/reports", "office", &figures).await.json()["standing"], "late");
    let standing = async |token: &str| {
        let told = app.get("/v1/standings?month=2026-11", token).await.json();
        let of =
            told["standings"].as_array().unwrap().iter().find(|it| it["unit"] == "finance").cloned().unwrap();
        json!([of["expected"], of["late"], of["cleared"], of["timeliness"]])
    };
    assert_eq!(standing("discipline").await, json!([1, 1, 0, 0.0]));
    let lapses = app.get("/v1/lapses", "office").await.json();
    let lapse = lapses["lapses"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["about"]["slot"] == "daily.finance.2026-11-23.1");
    let lapse = lapse.unwrap()["lapse"].as_str().unwrap().to_owned();
    for person in [("liaison", "+8613800000012"), ("leader", "+8613800000011")] {
        assert_eq!(say(&app, &lapse, person).await.status, 200);
    }
    let inspector = app.sign_in(INSPECTOR.0, INSPECTOR.1).await;
    let path = format!("/v1/lapses/{lapse}/verdict");
    let minor = json!({ "clause": "S26", "facts": { "minor": true }, "reason": "情节轻微" });
    let told = app.post(&path, &inspector, &minor).await;
    assert_eq!(told.status, 200, "{}", told.text);
    assert_eq!(standing("discipline").await, json!([1, 1, 0, 0.0]));
    let none = json!({ "clause": "none", "reason": "复核：停电" });
    assert_eq!(app.post(&path, &inspector, &none).await.status, 200);
    assert_eq!(standing("discipline").await, json!([0, 0, 1, null]));
    let officer = app.sign_in(OFFICER.0, OFFICER.1).await;
    for token in ["read", "unit", &officer] {
        assert_eq!(standing(token).await, json!([1, 1, null, 0.0]), "{token} learns of no verdict");
    }
    assert_eq!(app.post(&path, &inspector, &minor).await.status, 200);
    assert_eq!(standing("discipline").await, json!([1, 1, 0, 0.0]));
}

/// A day on which finance and trade file nothing; the lapse of finance.
async fn missing(app: &TestApp) -> String {
    app.pass(13 * 60).await;
    let known = |published: &watchfire::engine::Published| {
        let slot = "daily.finance.2026-11-23.1";
        let is_it =
            |it: &&Arc<Lapse>| matches!(&it.about, About::Slot { slot: of } if of.to_string() == slot);
        published.state.lapses.values().find(is_it).map(|lapse| lapse.lapse.to_string())
    };
    app.until(known).await
}

#[tokio::test]
async fn a_verdict_whose_clause_does_not_fit_any_more_is_listed_as_open_again_and_stands() {
    let app = TestApp::start();
    let lapse = missing(&app).await;
    for person in [("liaison", "+8613800000012"), ("leader", "+8613800000011")] {
        assert_eq!(say(&app, &lapse, person).await.status, 200);
    }
    let inspector = app.sign_in(INSPECTOR.0, INSPECTOR.1).await;
    let path = format!("/v1/lapses/{lapse}/verdict");
    let ninth = json!({ "clause": "S29", "facts": { "provision": 3 }, "reason": "未落实日报告" });
    let told = app.post(&path, &inspector, &ninth).await;
    assert_eq!(told.status, 200, "{}", told.text);
    assert_eq!(told.json()["verdicts"][0]["clause_fits"], true);
    let listed = async |state: &str| {
        let told = app.get(&format!("/v1/lapses?state={state}"), &inspector).await.json();
        told["lapses"].as_array().unwrap().iter().find(|it| it["lapse"] == json!(lapse)).cloned()
    };
    assert_eq!(listed("open").await, None);
    let report = json!({ "unit": "finance", "form": "daily", "day": "2026-11-23", "by": "liaison",
                         "figures": { "on_duty": 23, "travelling": 0, "fever": 0 } });
    assert_eq!(app.post("/v1/reports", "office", &report).await.status, 201);
    listed("open").await.expect("it waits for a person");
    // Once more: that it was looked at is in it now.
    let open = listed("open").await.expect("it waits for a person");
    assert_eq!((&open["state"], &open["failing"]), (&json!("decided"), &json!("delayed")));
    assert_eq!(open["verdicts"][0]["clause_fits"], false);
    assert_eq!(listed("decided").await, Some(open));
    let row = app.get("/v1/ledger?format=csv", &inspector).await.text;
    assert!(row.contains("不再适用：作出后情形已变"), "{row}");
    let minor = json!({ "clause": "S26", "facts": { "minor": true }, "reason": "已补报" });
    assert_eq!(app.post(&path, &inspector, &minor).await.status, 200);
    assert_eq!(listed("open").await, None);
}

#[tokio::test]
async fn earlier_lapses_are_counted_beside_one_and_whoever_is_named_sees_their_own_count_alone() {
    let app = TestApp::start();
    missing(&app).await;
    app.pass(24 * 60).await;
    let of = |told: &serde_json::Value, slot: &str| {
        let all = told["lapses"].as_array().unwrap().clone();
        all.into_iter().find(|it| it["about"]["slot"] == slot).expect("its lapse")["repeats"].clone()
    };
    let slot = "daily.finance.2026-11-24.1";
    let told = app.get("/v1/lapses", "discipline").await.json();
    // While the daemon is not armed nothing is proved against anybody.
    let one = json!({ "proved": 0, "candidates": 1 });
    let before = of(&told, slot);
    assert_eq!((&before["within"], &before["unit_and_form"]), (&json!("90d"), &one), "{before}");
    assert!(before["person_involved"]["candidates"].as_u64() >= Some(1), "{before}");
    let first = of(&told, "daily.finance.2026-11-23.1");
    assert_eq!(first["unit_and_form"], json!({ "proved": 0, "candidates": 0 }), "{first}");
    let liaison = app.sign_in("liaison", "+8613800000012").await;
    let own = of(&app.get("/v1/lapses", &liaison).await.json(), slot);
    assert_eq!(own["person_involved"], before["person_involved"]);
    assert!(own["responsible_person"].is_null() && own["unit_and_form"].is_null(), "{own}");
    let handed = app.get("/v1/ledger?format=jsonl", "office").await.text;
    let lines = handed.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let line = lines.into_iter().find(|line| line["about"]["slot"] == slot).unwrap();
    assert_eq!(line["repeats"]["unit_and_form"], one, "{line}");
}

#[tokio::test]
async fn standings_count_a_zero_without_its_people_and_a_report_held_untrue_as_incomplete() {
    let app = TestApp::armed().await;
    let standing_to = async |token: &str, unit: &str| {
        let told = app.get("/v1/standings?month=2026-11", token).await.json();
        let all = told["standings"].as_array().unwrap().clone();
        let of = all.into_iter().find(|it| it["unit"] == unit && it["form"] == "daily").unwrap();
        json!([of["expected"], of["on_time"], of["incomplete"], of["timeliness"], of["completeness"]])
    };
    let standing = async |unit: &str| standing_to("office", unit).await;
    let complete = async |token: &str| {
        let told = app.get("/v1/slots?form=daily&unit=finance&from=2026-11-23&to=2026-11-23", token).await;
        told.json()["slots"][0]["complete"].clone()
    };
    let zero = json!({
        "unit": "trade", "form": "daily", "by": "trader", "zero": true, "asked": 3, "total": 9,
    });
    let told = app.post("/v1/reports", "office", &zero).await;
    assert_eq!((told.status, &told.json()["supported"]), (201, &json!(false)), "{}", told.text);
    assert_eq!(standing("trade").await, json!([1, 1, 1, 1.0, 0.0]));
    assert_eq!(standing_to("read", "trade").await, json!([1, 1, 1, 1.0, 0.0]), "the report says so itself");

    // Its filer was shown that there is a case, and stays with none.
    app.case("hr-1", "finance", true).await;
    let zero = json!({
        "unit": "finance", "form": "daily", "by": "liaison", "zero": true, "asked": 23, "total": 23,
        "stands": true, "reason": "已复测",
    });
    let told = app.post("/v1/reports", "office", &zero).await;
    assert_eq!(told.status, 201, "{}", told.text);
    assert_eq!(standing("finance").await, json!([1, 1, 0, 1.0, 1.0]));
    app.clock.advance(Duration::from_secs(13 * 3600));
    app.settled().await;
    let lapses = app.get("/v1/lapses", "office").await.json();
    let is_it = |it: &&serde_json::Value| it["about"]["report"].is_string();
    let lapse = lapses["lapses"].as_array().unwrap().iter().find(is_it).expect("a candidate").clone();
    let lapse = lapse["lapse"].as_str().unwrap().to_owned();
    assert_eq!(standing("finance").await, json!([1, 1, 0, 1.0, 1.0]), "a candidate is not found yet");
    for person in [("liaison", "+8613800000012"), ("leader", "+8613800000011")] {
        assert_eq!(say(&app, &lapse, person).await.status, 200);
    }
    let inspector = app.sign_in(INSPECTOR.0, INSPECTOR.1).await;
    let path = format!("/v1/lapses/{lapse}/verdict");
    let held = json!({ "clause": "S28", "facts": { "serious_consequence": true }, "reason": "隐瞒" });
    let told = app.post(&path, &inspector, &held).await;
    assert_eq!(told.status, 200, "{}", told.text);
    assert_eq!(standing("finance").await, json!([1, 1, 1, 1.0, 0.0]));
    assert_eq!(standing_to("read", "finance").await, json!([1, 1, 0, 1.0, 1.0]), "no verdict is told by it");
    assert_eq!((complete("office").await, complete("read").await), (json!(false), json!(true)));
    let none = json!({ "clause": "none", "reason": "复核属实" });
    assert_eq!(app.post(&path, &inspector, &none).await.status, 200);
    assert_eq!(standing("finance").await, json!([1, 1, 0, 1.0, 1.0]));
}

#[tokio::test]
async fn standings_show_how_fast_cases_went_from_hop_to_hop() {
    let app = TestApp::armed().await;
    let case = app.case("hr-1", "finance", true).await;
    app.pass(3).await;
    let officer = app.sign_in(OFFICER.0, OFFICER.1).await;
    assert_eq!(app.post(&format!("/v1/cases/{case}/take"), &officer, &json!({})).await.status, 200);
    app.pass(28).await;
    let told = app.get("/v1/standings?month=2026-11", "office").await.json()["cases"].clone();
    assert_eq!((&told["count"], &told["clocks"], &told["met"]), (&json!(1), &json!(1), &json!(0)));
    assert_eq!((&told["each"][0]["case"], &told["each"][0]["telephone"]), (&json!(case), &json!(null)));
    let taken = told["median_s"]["told"].as_u64().unwrap();
    assert!((180..240).contains(&taken), "{told}");
    assert_eq!((&told["in_time"], &told["median_s"]["telephone"]), (&json!(0.0), &json!(null)));
    let trader = app.sign_in("trader", "+8613800000013").await;
    let told = app.get("/v1/standings?month=2026-11", &trader).await.json()["cases"].clone();
    assert_eq!((&told["count"], &told["each"]), (&json!(0), &json!([])), "cases of another unit");
    let told = app.get("/v1/standings?month=2026-10", "office").await.json()["cases"].clone();
    assert_eq!(told["count"], 0);
}
