//! Reports at the door: what is taken and refused, which slot it is for, and what can be read of it after.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use watchfire::domain::lapse::Failing;

use crate::app::{TestApp, Told};

/// The contract's own example, for the test site.
fn zero(unit: &str) -> Value {
    json!({
        "unit": unit, "form": "daily", "by": "liaison", "zero": true, "asked": 23, "total": 23,
        "figures": { "on_duty": 23, "travelling": 0, "fever": 0 },
    })
}

pub(crate) fn figures(on_duty: u64, fever: u64) -> Value {
    json!({
        "unit": "finance", "form": "daily", "day": "2026-11-23", "by": "liaison",
        "figures": { "on_duty": on_duty, "travelling": 0, "fever": fever },
    })
}

/// The same, as its filer says that it stands.
fn stands(mut report: Value) -> Value {
    (report["stands"], report["reason"]) = (json!(true), json!("一人借调未归"));
    report
}

pub(crate) async fn file(app: &TestApp, body: &Value) -> Told {
    app.post("/v1/reports", "office", body).await
}

async fn keyed(app: &TestApp, token: &str, key: &str, body: &Value) -> Told {
    let request = Request::post("/v1/reports")
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {token}"))
        .header("idempotency-key", key);
    app.send(request.body(Body::from(body.to_string())).unwrap()).await
}

pub(crate) fn pointers(told: &Told) -> Vec<String> {
    let errors = told.json()["errors"].as_array().cloned().unwrap_or_default();
    errors.iter().map(|error| error["pointer"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_zero_report_is_taken_with_its_denominators_and_told_how_it_stands() {
    let app = TestApp::start();
    let told = file(&app, &zero("finance")).await;
    assert_eq!(told.status, 201, "{}", told.text);
    let told = told.json();
    assert_eq!(told["slot"], "daily.finance.2026-11-23.1");
    assert_eq!(
        (&told["standing"], &told["late_by_s"], &told["revision"]),
        (&json!("on_time"), &json!(0), &json!(1))
    );
    assert_eq!(told["supported"], true);
    assert_eq!(told["due"], "2026-11-23T08:00:00.000Z");
    assert_eq!(told["receipt"].as_str().unwrap().len(), 4);
    let mut fewer = zero("trade");
    fewer["asked"] = json!(20);
    fewer["by"] = json!("trader");
    assert_eq!(file(&app, &fewer).await.json()["supported"], false);
}

#[tokio::test]
async fn a_report_of_other_people_than_its_unit_has_is_told_both_numbers_before_it_is_taken() {
    let app =
        TestApp::armed_with(&[("short_name = \"财务部\"\n", "short_name = \"财务部\"\nheadcount = 23\n")])
            .await;
    let says = "合计 22 人，应有 23 人，相差 1 人 / 22 in all, the unit is said to have 23: 1 apart";
    let told = file(&app, &figures(22, 0)).await;
    assert_eq!((told.status, &told.json()["code"]), (409, &json!("contradicted")), "{}", told.text);
    assert_eq!(
        (pointers(&told), told.text.contains(says)),
        (vec!["/figures".to_owned()], true),
        "{}",
        told.text
    );
    let told = file(&app, &stands(figures(22, 0))).await;
    assert_eq!(told.status, 201, "{}", told.text);
    let counted = json!({ "reported": 22, "known": 23, "by": "headcount", "says": says });
    assert_eq!(told.json()["counted"], counted);
    let slot = |slots: Value| slots["slots"][0].clone();
    let slots = "/v1/slots?form=daily&unit=finance&from=2026-11-23&to=2026-11-23";
    assert_eq!(slot(app.get(slots, "office").await.json())["counted"], counted);
    // A zero without figures speaks of the total it names.
    let mut bare = figures(0, 0);
    bare.as_object_mut().unwrap().remove("figures");
    (bare["zero"], bare["asked"], bare["total"]) = (json!(true), json!(20), json!(24));
    let told = file(&app, &stands(bare)).await.json();
    assert_eq!((&told["counted"]["reported"], &told["supported"]), (&json!(24), &json!(false)));
    let shown = slot(app.get(slots, "office").await.json());
    assert_eq!((&shown["asked"], &shown["total"]), (&json!(20), &json!(24)));
    let right = file(&app, &figures(23, 0)).await.json();
    assert_eq!((&right["counted"], &right["revision"]), (&Value::Null, &json!(3)));
    assert_eq!(slot(app.get(slots, "office").await.json())["counted"], Value::Null);
}

#[tokio::test]
async fn a_running_total_is_not_lower_than_before_and_may_be_above_zero_in_a_zero_report() {
    let label = "label = { zh-CN = \"累计治愈\", en = \"Cured\" }";
    let cured = format!("{{ name = \"cured\", type = \"count\", cumulative = true, {label} }},");
    let first = "{ name = \"fever\", type = \"count\"";
    let app = TestApp::armed_with(&[(first, &format!("{cured}\n  {first}"))]).await;
    let report = |day: &str, cured: u64| {
        let mut report = zero("finance");
        (report["day"], report["figures"]["cured"]) = (json!(day), json!(cured));
        report
    };
    let told = file(&app, &report("2026-11-23", 5)).await;
    assert_eq!(told.status, 201, "{}", told.text);
    app.clock.advance(Duration::from_hours(24));
    app.settled().await;
    let told = file(&app, &report("2026-11-24", 4)).await;
    assert_eq!((told.status, pointers(&told)), (409, vec!["/figures/cured".to_owned()]), "{}", told.text);
    let says = "累计治愈：累计数应不少于 5，daily.finance.2026-11-23.1 已报 5";
    assert!(
        told.text.contains(says) && told.text.contains("a running total; expected at least 5"),
        "{}",
        told.text
    );
    assert_eq!(file(&app, &report("2026-11-24", 6)).await.status, 201);
    let told = file(&app, &stands(report("2026-11-24", 3))).await;
    assert_eq!(told.status, 201, "{}", told.text);
    app.clock.advance(Duration::from_hours(9));
    app.until(|published| {
        (published.state.lapses.values().any(|it| it.failing == Failing::False)).then_some(())
    })
    .await;
    let lapses = app.get("/v1/lapses", "discipline").await.json();
    let found =
        lapses["lapses"].as_array().unwrap().iter().find(|lapse| lapse["failing"] == "false").unwrap();
    let below = json!({ "field": "cured", "said": 3, "before": 5, "other": "daily.finance.2026-11-23.1" });
    assert_eq!(found["about"]["contradiction"], json!({ "what": "below_before", "figures": [below] }));
    // Nor is it higher, where it is corrected, than in the report behind.
    let told = file(&app, &report("2026-11-23", 6)).await;
    assert_eq!((told.status, pointers(&told)), (409, vec!["/figures/cured".to_owned()]), "{}", told.text);
    let says = "累计治愈：累计数应不多于 3，daily.finance.2026-11-24.1 报 3";
    assert!(told.text.contains(says) && told.text.contains("expected at most 3"), "{}", told.text);
    let told = file(&app, &stands(report("2026-11-23", 6))).await;
    assert!(told.status == 201 && told.json()["correct_by"] != Value::Null, "{}", told.text);
}

#[tokio::test]
async fn what_is_wrong_in_a_report_is_told_whole_with_the_field_of_each() {
    let app = TestApp::start();
    let cases = [
        (json!({ "zero": true, "asked": 23, "total": 23, "figures": { "fever": 1 } }), "/figures/fever"),
        (json!({ "zero": true, "figures": { "fever": 0 } }), "/asked /total"),
        (json!({ "zero": true, "asked": 24, "total": 23 }), "/asked"),
        (json!({}), "/figures"),
        (
            json!({ "figures": { "on_duty": -1, "travelling": 1.5, "fever": "0", "guests": 1 } }),
            "/figures/guests /figures/on_duty /figures/travelling /figures/fever",
        ),
        (json!({ "figures": { "on_duty": 3 } }), "/figures/travelling /figures/fever"),
        (json!({ "figures": { "on_duty": 3, "travelling": 0, "fever": 4 } }), "/figures/on_duty"),
        (json!({ "rows": [] }), "/rows"),
        (json!({ "zero": true, "asked": 3, "total": 3, "day": "yesterday" }), "/day"),
        (json!({ "figures": {}, "unit": "kitchen" }), "/unit"),
        (json!({ "figures": {}, "form": "weekly" }), "/form"),
        // The structure itself; there the first mistake is the only one.
        (json!({ "figures": [3] }), "/figures"),
        (json!({ "rows": [{}, 5] }), "/rows/1"),
        (json!({ "figures": {}, "zero": "no" }), "/zero"),
        (json!({ "figures": {}, "number": "first" }), "/number"),
        (json!({ "figures": {}, "unit": 5 }), "/unit"),
        (json!({ "figures": {}, "form": null }), "/form"),
    ];
    let chinese = |text: &str| text.chars().any(|c| ('一'..='龥').contains(&c));
    for (change, expected) in cases {
        let mut body = json!({ "unit": "finance", "form": "daily", "by": "liaison" });
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        let told = file(&app, &body).await;
        assert_eq!(told.status, 422, "{body}: {}", told.text);
        assert_eq!(pointers(&told).join(" "), expected, "{body}: {}", told.text);
        for error in told.json()["errors"].as_array().unwrap() {
            let (zh, en) = error["detail"].as_str().unwrap().split_once(" / ").unwrap_or(("", ""));
            assert!(chinese(zh) && !en.is_empty(), "both languages: {body}: {}", told.text);
        }
    }
    let told = file(&app, &figures(3, 4)).await;
    let says =
        "发热人数过多（两边分别为 4 和 3） / More with fever than there are (the two sides are 4 and 3)";
    assert!(told.text.contains(says), "{}", told.text);
    assert!(app.published().state.periods.values().all(|period| period.outcomes.is_empty()));
}

#[tokio::test]
async fn a_register_takes_rows_and_its_names_stand_in_no_fact() {
    let app = TestApp::start();
    let row = |person: &str, relation: &str| json!({ "person": person, "relation": relation, "left_on": "2026-11-20" });
    let mut body =
        json!({ "unit": "finance", "form": "travel", "by": "liaison", "rows": [row("王小明", "本人")] });
    assert_eq!(file(&app, &body).await.status, 201);
    let state = serde_json::to_string(&app.published().state.periods).unwrap();
    assert!(!state.contains("王小明"), "{state}");
    body["rows"] = json!([row("王小明", "邻居"), { "person": " ", "relation": "子女", "left_on": "20.11." }]);
    let told = file(&app, &body).await;
    assert_eq!(pointers(&told).join(" "), "/rows/0/relation /rows/1/person /rows/1/left_on", "{}", told.text);
    body["rows"] = json!([]);
    assert_eq!(pointers(&file(&app, &body).await), ["/rows"]);
    body["rows"] = json!(vec![row("王小明", "本人"); 5_001]);
    assert_eq!(pointers(&file(&app, &body).await), ["/rows"]);
}

#[tokio::test]
async fn the_same_again_is_no_correction_and_a_repeated_request_gets_its_first_answer() {
    let app = TestApp::start();
    let first = keyed(&app, "office", "k1", &figures(23, 0)).await;
    assert_eq!(first.status, 201, "{}", first.text);
    let same = file(&app, &figures(23, 0)).await;
    assert_eq!(
        (same.status, &same.json()["revision"], &same.json()["duplicate"]),
        (200, &json!(1), &json!(true))
    );
    let corrected = file(&app, &figures(22, 0)).await;
    assert_eq!((corrected.status, &corrected.json()["revision"]), (201, &json!(2)));
    let mut without_day = figures(21, 0);
    without_day.as_object_mut().unwrap().remove("day");
    let again = keyed(&app, "office", "k1", &without_day).await;
    assert_eq!(
        (again.status, &again.json()["revision"], &again.json()["slot"]),
        (200, &json!(1), &first.json()["slot"])
    );
    assert_eq!(again.json()["report"], first.json()["report"]);
    let other = keyed(&app, "unit", "k1", &without_day).await;
    assert_eq!(
        (other.status, &other.json()["slot"]),
        (201, &json!("daily.finance.2026-11-24.1")),
        "{}",
        other.text
    );
    // What is known of it outlives the process.
    let app = TestApp::on(app.end(), true);
    let again = keyed(&app, "office", "k1", &without_day).await;
    assert_eq!((again.status, &again.json()["report"]), (200, &first.json()["report"]));
}

#[tokio::test]
async fn late_and_missing_reports_stand_in_the_slots_the_standings_and_the_ledger() {
    let app = TestApp::start();
    app.clock.advance(Duration::from_secs(8 * 3600 + 60));
    app.settled().await;
    let late = file(&app, &figures(23, 0)).await.json();
    assert_eq!((&late["standing"], &late["late_by_s"]), (&json!("late"), &json!(60)));
    app.clock.advance(Duration::from_secs(4 * 3600));
    app.until(|published| (published.state.lapses.iter().count() == 3).then_some(())).await;
    let slots = app.get("/v1/slots?form=daily&from=2026-11-23&to=2026-11-23", "office").await.json();
    let states: Vec<_> =
        slots["slots"].as_array().unwrap().iter().map(|slot| (&slot["unit"], &slot["state"])).collect();
    assert_eq!(json!(states), json!([["finance", "late"], ["trade", "missing"]]));
    let lapses = app.get("/v1/lapses", "office").await.json();
    let of = |slot: &str| {
        let found = lapses["lapses"].as_array().unwrap().iter().find(|lapse| lapse["about"]["slot"] == slot);
        found.cloned().unwrap_or_default()
    };
    let delayed = of("daily.finance.2026-11-23.1");
    assert_eq!(
        (&delayed["failing"], &delayed["certainty"], &delayed["late_by_s"]),
        (&json!("delayed"), &json!("candidate"), &json!(60))
    );
    assert_eq!(delayed["subjects"], json!({ "person_involved": "liaison", "responsible_person": "leader" }));
    assert_eq!(delayed["posts"], json!({ "person_involved": "liaison", "responsible_person": "leader" }));
    assert_eq!(of("daily.trade.2026-11-23.1")["failing"], "omitted");
    let after = file(
        &app,
        &json!({
            "unit": "trade", "form": "daily", "day": "2026-11-23", "by": "trader",
            "figures": { "on_duty": 9, "travelling": 0, "fever": 0 },
        }),
    )
    .await
    .json();
    assert_eq!(after["standing"], "missing");
    let standings = app.get("/v1/standings?month=2026-11", "read").await.json();
    let finance = &standings["standings"][0];
    assert_eq!(
        (&finance["unit"], &finance["expected"], &finance["late"]),
        (&json!("finance"), &json!(1), &json!(1))
    );
    assert_eq!((&finance["timeliness"], &finance["completeness"]), (&json!(0.0), &json!(1.0)));
}

#[tokio::test]
async fn a_slot_too_far_ahead_or_of_another_unit_is_refused_in_words() {
    let app = TestApp::start();
    let mut body = figures(23, 0);
    for day in ["2026-11-23", "2026-11-24"] {
        body["day"] = json!(day);
        assert_eq!(file(&app, &body).await.status, 201);
    }
    body["day"] = json!("2026-11-25");
    let told = file(&app, &body).await;
    assert_eq!((told.status, &told.json()["code"]), (409, &json!("slot_not_open")), "{}", told.text);
    let travel = json!({ "unit": "trade", "form": "travel", "by": "trader", "day": "2026-11-23",
        "rows": [{ "person": "x", "relation": "本人", "left_on": "2026-11-20" }] });
    let told = file(&app, &travel).await;
    assert_eq!((told.status, &told.json()["code"]), (409, &json!("not_owed")), "{}", told.text);
}

#[tokio::test]
async fn only_those_of_a_unit_and_the_office_file_for_it_and_see_its_slots() {
    let app = TestApp::armed().await;
    assert_eq!(app.post("/v1/reports", "read", &zero("finance")).await.status, 403);
    assert_eq!(app.post("/v1/reports", "unit", &zero("trade")).await.status, 403);
    let session = app.sign_in("liaison", "+8613800000012").await;
    let told = app.post("/v1/reports", &session, &zero("finance")).await;
    assert_eq!(told.status, 201, "{}", told.text);
    let slots = app.get("/v1/slots", &session).await.json();
    assert!(slots["slots"].as_array().unwrap().iter().all(|slot| slot["unit"] == "finance"), "{slots}");
    let all = app.get("/v1/slots?limit=2", "office").await.json();
    let rest = app.get(&format!("/v1/slots?after={}", all["next"].as_str().unwrap()), "office").await.json();
    assert_eq!(all["slots"].as_array().unwrap().len() + rest["slots"].as_array().unwrap().len(), 3, "{rest}");
}

#[tokio::test]
async fn a_zero_against_an_open_case_is_shown_before_it_is_taken_and_stands_with_a_reason() {
    let app = TestApp::armed().await;
    let case = app.case("a", "finance", false).await;
    let told = file(&app, &zero("finance")).await;
    assert_eq!((told.status, &told.json()["code"]), (409, &json!("contradicted")), "{}", told.text);
    assert_eq!(pointers(&told), ["/figures/fever"]);
    for words in [&*case, "发热人数：应不少于 1", "Fever: expected at least 1"] {
        assert!(told.text.contains(words), "{}", told.text);
    }
    assert!(app.published().state.periods.values().all(|period| period.outcomes.is_empty()));
    let mut stands = zero("finance");
    stands["stands"] = json!(true);
    assert_eq!(pointers(&file(&app, &stands).await), ["/reason"]);
    stands["reason"] = json!("复测正常");
    let told = file(&app, &stands).await;
    assert_eq!(told.status, 201, "{}", told.text);
    let slot = &app.get("/v1/slots?form=daily&unit=finance", "office").await.json()["slots"][0];
    assert_eq!(told.json()["correct_by"], slot["correct_by"]);
    assert!(slot["correct_by"].is_string(), "{slot}");

    app.clock.advance(Duration::from_hours(9));
    app.until(|published| (published.state.lapses.size() == 1).then_some(())).await;
    let lapse = &app.get("/v1/lapses", "discipline").await.json()["lapses"][0];
    assert_eq!(
        (&lapse["failing"], &lapse["certainty"]),
        (&json!("concealed"), &json!("candidate")),
        "{lapse}"
    );
    assert_eq!(lapse["subjects"], json!({ "person_involved": "liaison", "responsible_person": "leader" }));
    let (about, contradiction) = (&lapse["about"], &lapse["about"]["contradiction"]);
    assert_eq!(*contradiction, json!({ "what": "fevers", "said": 0, "cases": [case] }));
    assert_eq!((&about["shown"], &about["reason"]), (&json!(true), &json!("复测正常")));
    assert_eq!((&about["report"], &lapse["late_by_s"]), (&told.json()["report"], &json!(null)));
    assert!(lapse["evidence"].as_array().unwrap().len() >= 3, "{lapse}");
}

#[tokio::test]
async fn a_correction_of_long_after_is_marked_and_stands_on_the_ledger_beside_what_it_corrects() {
    let app = TestApp::armed().await;
    let first = file(&app, &figures(23, 0)).await.json();
    app.clock.advance(Duration::from_hours(14));
    app.settled().await;
    let mut later = figures(22, 0);
    later["reason"] = json!("漏计一人调出");
    let second = file(&app, &later).await;
    assert_eq!((second.status, &second.json()["revision"]), (201, &json!(2)), "{}", second.text);
    let slots = app.get("/v1/slots?form=daily&unit=finance&to=2026-11-23", "office").await.json();
    assert_eq!(slots["slots"][0]["self_made"], true, "{slots}");
    let lapses = app.get("/v1/lapses", "discipline").await.json();
    let found = lapses["lapses"].as_array().unwrap().iter().find(|lapse| lapse["failing"] == "mistaken");
    let (lapse, about) = (found.unwrap(), &found.unwrap()["about"]);
    assert_eq!((&about["report"], &about["corrected_with"]), (&first["report"], &second.json()["report"]));
    assert_eq!((&about["reason"], &lapse["clauses"]), (&json!("漏计一人调出"), &json!([])), "{lapse}");
    assert_eq!(lapse["subjects"], json!({ "person_involved": "liaison", "responsible_person": "leader" }));
}
