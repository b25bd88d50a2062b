//! A report that was held up on its way: when its form was opened, when it is said to have been tried first, and why.

use std::time::Duration;

use serde_json::{Value, json};

use crate::app::{TestApp, Told};

const SLOTS: &str = "/v1/slots?form=daily&from=2026-11-23&to=2026-11-23";

fn report(unit: &str, more: &Value) -> Value {
    let mut report = json!({
        "unit": unit, "form": "daily", "day": "2026-11-23", "by": "liaison",
        "figures": { "on_duty": 23, "travelling": 0, "fever": 0 },
    });
    report.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    report
}

async fn file(app: &TestApp, unit: &str, more: Value) -> Told {
    app.post("/v1/reports", "office", &report(unit, &more)).await
}

/// A unit's slot as somebody is shown it.
async fn slot(app: &TestApp, token: &str, unit: &str) -> Value {
    let slots = app.get(SLOTS, token).await.json();
    slots["slots"].as_array().unwrap().iter().find(|slot| slot["unit"] == unit).unwrap().clone()
}

/// Goes on to a time of the day in Harbin.
async fn at(app: &TestApp, time: &str) {
    let now = watchfire::time::Clock::read(&app.clock).wall;
    let then: watchfire::time::Timestamp = format!("2026-11-23T{time}+08:00").parse().unwrap();
    app.clock.advance(then.since(now));
    app.settled().await;
}

#[tokio::test]
async fn a_late_report_says_when_its_form_was_opened_when_it_was_tried_and_later_why() {
    let app = TestApp::armed().await;
    at(&app, "15:52:00").await;
    let stamp = slot(&app, "office", "finance").await["stamp"].clone();
    assert!(stamp.as_str().unwrap().len() < 60, "{stamp}");
    at(&app, "16:00:40").await;
    let tried = json!({ "opened": stamp, "tried": "2026-11-23T15:58:20+08:00" });
    let told = file(&app, "finance", tried).await;
    assert_eq!(told.status, 201, "{}", told.text);
    let (opened, claimed) = (json!("2026-11-23T07:52:00.000Z"), json!("2026-11-23T07:58:20.000Z"));
    let first = told.json();
    assert_eq!((&first["standing"], &first["late_by_s"]), (&json!("late"), &json!(40)));
    assert_eq!((&first["opened_at"], &first["claimed_try_at"]), (&opened, &claimed));
    at(&app, "16:20:00").await;
    let told = file(&app, "finance", json!({ "reason": "15:58 网关 502" })).await;
    assert_eq!(told.status, 201, "{}", told.text);
    let again = file(&app, "finance", json!({ "reason": "15:58 网关 502" })).await;
    assert_eq!((again.status, again.json()["revision"].clone()), (200, json!(2)), "{}", again.text);
    // Another report without a word takes nothing back, and another reason is added.
    at(&app, "16:30:00").await;
    let mut other = json!({ "figures": { "on_duty": 22, "travelling": 1, "fever": 0 } });
    assert_eq!(file(&app, "finance", other.clone()).await.json()["revision"], 3);
    at(&app, "16:40:00").await;
    other["reason"] = json!("网关日志已附");
    let told = file(&app, "finance", other).await;
    assert_eq!(told.json()["revision"], 4, "{}", told.text);
    let shown = slot(&app, "office", "finance").await;
    assert_eq!((&shown["opened_at"], &shown["claimed_try_at"]), (&opened, &claimed));
    assert_eq!((&shown["state"], &shown["late_by_s"]), (&json!("late"), &json!(40)));
    assert_eq!((&shown["reason_given"], &shown["self_made"]), (&json!(true), &json!(false)));
    assert!(shown.get("stamp").is_none(), "it is owed no longer: {shown}");
    let lapses = app.get("/v1/lapses", "discipline").await.json()["lapses"].clone();
    assert_eq!(lapses.as_array().unwrap().len(), 1, "a reason is no correction: {lapses}");
    let about = &lapses[0]["about"];
    assert_eq!((&about["opened_at"], &about["claimed_try_at"]), (&opened, &claimed));
    assert_eq!(about["reason"], "网关日志已附");
    let reasons = about["reasons"].as_array().unwrap();
    let told_of: Vec<_> = reasons.iter().map(|it| json!([it["reason"], it["at"], it["report"]])).collect();
    let expected = [
        json!(["15:58 网关 502", "2026-11-23T08:20:00.000Z", again.json()["report"]]),
        json!(["网关日志已附", "2026-11-23T08:40:00.000Z", told.json()["report"]]),
    ];
    assert_eq!(told_of, expected, "{about}");
    assert_eq!(reasons[1]["entry"], about["last_entry"]);
    assert!(reasons[0]["entry"].as_u64() < reasons[1]["entry"].as_u64(), "{about}");
    assert!(
        about["last_entry"].as_u64()
            > lapses[0]["evidence"].as_array().unwrap().last().unwrap()["seq"].as_u64()
    );
    let exported = app.get("/v1/ledger?format=jsonl", "discipline").await;
    assert!(exported.text.contains("\"claimed_try_at\":\"2026-11-23T07:58:20.000Z\""), "{}", exported.text);
    assert!(!exported.text.contains("网关"), "{}", exported.text);
}

#[tokio::test]
async fn a_stamp_that_says_nothing_keeps_no_report_out() {
    let app = TestApp::armed().await;
    let stamp = slot(&app, "office", "finance").await["stamp"].as_str().unwrap().to_owned();
    let (at_ms, mac) = stamp.split_once('.').unwrap();
    let earlier = format!("{}.{mac}", at_ms.parse::<i64>().unwrap() - 60_000);
    let cut = stamp.split_at(stamp.len() - 1).0;
    app.clock.advance(Duration::from_mins(5));
    let mut revision = 0;
    for (unit, opened) in [
        ("trade", stamp.as_str()),
        ("finance", &earlier),
        ("finance", cut),
        ("finance", ""),
        ("finance", "9999999999999999999999.a"),
    ] {
        let more = json!({ "opened": opened, "tried": "yesterday", "reason": opened });
        let told = file(&app, unit, more).await;
        assert_eq!(told.status, 201, "{opened}: {}", told.text);
        let told = told.json();
        assert_eq!((&told["opened_at"], &told["claimed_try_at"]), (&Value::Null, &Value::Null), "{opened}");
        revision += u64::from(unit == "finance");
        assert!(unit != "finance" || told["revision"] == revision, "{told}");
    }
    let mistake = file(&app, "finance", json!({ "opened": 5 })).await;
    assert_eq!((mistake.status, &mistake.json()["errors"][0]["pointer"]), (422, &json!("/opened")));
}

#[tokio::test]
async fn a_stamp_is_old_after_a_day_and_shown_to_those_alone_who_may_file() {
    let app = TestApp::armed().await;
    let stamp = slot(&app, "unit", "finance").await["stamp"].clone();
    assert!(stamp.is_string());
    assert!(slot(&app, "read", "finance").await.get("stamp").is_none());
    app.clock.advance(Duration::from_hours(24) + Duration::from_secs(1));
    app.settled().await;
    let told = file(&app, "finance", json!({ "day": "2026-11-24", "opened": stamp })).await;
    assert_eq!((told.status, &told.json()["opened_at"]), (201, &Value::Null), "{}", told.text);
}
