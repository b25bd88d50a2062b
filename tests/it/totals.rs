//! What a form adds up to over the group: sums, who filed and who did not, in each format.

use std::time::Duration;

use serde_json::{Value, json};

use crate::app::{TestApp, Told};
use crate::past;

const DAILY: &str = "/v1/totals/daily?day=2026-11-23";

fn figures(unit: &str, by: &str, (on_duty, travelling, fever): (u32, u32, u32)) -> Value {
    json!({ "unit": unit, "form": "daily", "day": "2026-11-23", "by": by,
            "figures": { "on_duty": on_duty, "travelling": travelling, "fever": fever } })
}

async fn file(app: &TestApp, body: &Value) {
    let told = app.post("/v1/reports", "office", body).await;
    assert_eq!(told.status, 201, "{}", told.text);
}

async fn total(app: &TestApp, path: &str) -> Value {
    let told: Told = app.get(path, "read").await;
    assert_eq!(told.status, 200, "{}", told.text);
    told.json()
}

#[tokio::test]
async fn figures_are_summed_over_those_who_filed_and_the_others_are_named() {
    let app = TestApp::start();
    file(&app, &figures("finance", "liaison", (23, 2, 1))).await;
    let half = total(&app, DAILY).await;
    assert_eq!((&half["missing"], &half["counts"]["filed"]), (&json!(["trade"]), &json!(1)));
    let sums = |total: &Value| -> Vec<Value> {
        total["sums"].as_array().unwrap().iter().map(|sum| sum["sum"].clone()).collect()
    };
    assert_eq!(sums(&half), [23, 2, 1]);
    assert_eq!(half["sums"][1]["label"], json!({ "zh-CN": "外出人数", "en": "Travelling" }));
    let zero = json!({ "unit": "trade", "form": "daily", "day": "2026-11-23", "by": "trader",
                       "zero": true, "asked": 8, "total": 9 });
    app.clock.advance(Duration::from_secs(8 * 3600 + 120));
    app.settled().await;
    file(&app, &zero).await;
    // A correction takes the place of what it corrects.
    file(&app, &figures("finance", "liaison", (22, 3, 0))).await;
    let whole = total(&app, DAILY).await;
    assert_eq!(sums(&whole), [22, 3, 0]);
    let counts = json!({ "expected": 2, "filed": 2, "filed_though_exempt": 0, "on_time": 1, "excused": 0,
                         "late": 1, "after_the_limit": 0, "missing": 0, "exempt": 0, "zero": 1,
                         "unsupported_zero": 1, "unreadable": 0 });
    assert_eq!((&whole["counts"], &whole["missing"]), (&counts, &json!([])));
    assert_eq!(
        (&whole["units"][0]["revision"], &whole["units"][0]["figures"]["on_duty"]),
        (&json!(2), &json!(22))
    );
    assert_eq!(
        (&whole["units"][1]["state"], &whole["units"][1]["supported"]),
        (&json!("late"), &json!(false))
    );
    // Of those who are simply there a zero that leaves them out says nothing, and not that there is nobody.
    let unsaid: Vec<&Value> = whole["sums"].as_array().unwrap().iter().map(|sum| &sum["unsaid"]).collect();
    assert_eq!(unsaid, [&json!(1), &json!(0), &json!(0)], "{whole}");
    assert_eq!(whole["units"][1]["figures"], json!({ "on_duty": null, "travelling": 0, "fever": 0 }));
    let page = app.get(&format!("{DAILY}&format=html"), "office").await.text;
    assert!(page.contains("另有 1 家未填"), "{page}");
}

#[tokio::test]
async fn who_is_excused_is_not_missing_and_who_filed_after_the_limit_counts() {
    let app = TestApp::start();
    let reason = json!({ "by": "clerk", "reason": "停电" });
    assert_eq!(app.post("/v1/slots/daily.trade.2026-11-23.1/exempt", "office", &reason).await.status, 200);
    app.clock.advance(Duration::from_secs(13 * 3600));
    app.until(|published| (published.state.lapses.iter().count() > 0).then_some(())).await;
    let before = total(&app, DAILY).await;
    assert_eq!((&before["missing"], &before["counts"]["exempt"]), (&json!(["finance"]), &json!(1)));
    file(&app, &figures("finance", "liaison", (5, 0, 0))).await;
    let after = total(&app, DAILY).await;
    assert_eq!((&after["missing"], &after["counts"]["after_the_limit"]), (&json!([]), &json!(1)));
    assert_eq!(after["sums"][0]["sum"], 5);
}

#[tokio::test]
async fn who_reports_though_exempt_is_counted_apart_and_is_in_the_sums() {
    let app = TestApp::start();
    let reason = json!({ "by": "clerk", "reason": "停电" });
    assert_eq!(app.post("/v1/slots/daily.trade.2026-11-23.1/exempt", "office", &reason).await.status, 200);
    file(&app, &figures("finance", "liaison", (5, 0, 0))).await;
    file(&app, &figures("trade", "trader", (3, 0, 0))).await;
    let total = total(&app, DAILY).await;
    let count = |name: &str| total["counts"][name].as_u64();
    let counts = ["expected", "filed", "exempt", "filed_though_exempt", "missing"].map(count);
    assert_eq!(counts, [1, 1, 1, 1, 0].map(Some), "{total}");
    assert_eq!(total["sums"][0]["sum"], 8);
    let csv = app.get(&format!("{DAILY}&format=csv"), "office").await.text;
    assert!(csv.contains("交易部,免报而报,") && csv.contains("应报1 已报1 未报0 免报1 免报而报1"), "{csv}");
    let page = app.get(&format!("{DAILY}&format=html"), "office").await.text;
    assert!(page.contains("免报而报") && page.contains("filed though exempt"), "{page}");
}

#[tokio::test]
async fn who_is_on_time_because_the_due_time_moved_is_shown_apart() {
    let app = TestApp::start();
    let shut = json!({ "from": "2026-11-23T07:50:00Z", "until": "2026-11-23T07:57:00Z",
                       "reason": "a new certificate", "by": "clerk" });
    assert_eq!(app.post("/v1/maintenance", "operator", &shut).await.status, 200);
    file(&app, &figures("finance", "liaison", (5, 0, 0))).await;
    app.clock.advance(Duration::from_secs(8 * 3600 + 600));
    app.settled().await;
    file(&app, &figures("trade", "trader", (3, 0, 0))).await;
    let total = total(&app, DAILY).await;
    let counts = (&total["counts"]["on_time"], &total["counts"]["excused"], &total["counts"]["late"]);
    assert_eq!(counts, (&json!(2), &json!(1), &json!(0)), "{total}");
    assert_eq!(
        (&total["due"], &total["moved_from"]),
        (&json!("2026-11-23T08:27:00.000Z"), &json!("2026-11-23T08:00:00.000Z"))
    );
    let apart: Vec<&Value> = total["units"].as_array().unwrap().iter().map(|unit| &unit["excused"]).collect();
    assert_eq!(apart, [&json!(false), &json!(true)]);
    let csv = app.get(&format!("{DAILY}&format=csv"), "office").await.text;
    assert!(csv.contains("财务部,按时,") && csv.contains("交易部,按时（顺延）,"), "{csv}");
    let page = app.get(&format!("{DAILY}&format=html"), "office").await.text;
    for text in
        ["顺延，原为 2026-11-23 16:00", "按时（顺延）单位（1）", "on time because the due time had moved"]
    {
        assert!(page.to_lowercase().contains(text), "{text} in {page}");
    }
}

#[tokio::test]
async fn of_a_register_the_rows_are_counted_and_nothing_in_them_is_shown() {
    let app = TestApp::start();
    let row = json!({ "person": "王小明", "relation": "本人", "left_on": "2026-11-20" });
    let mut body = json!({ "unit": "finance", "form": "travel", "day": "2026-11-23", "by": "liaison" });
    body["rows"] = json!([row, row]);
    file(&app, &body).await;
    for format in ["json", "csv", "html"] {
        let told = app.get(&format!("/v1/totals/travel?format={format}"), "office").await;
        assert!(told.status == 200 && !told.text.contains("王小明"), "{}", told.text);
    }
    let total = total(&app, "/v1/totals/travel").await;
    assert_eq!((&total["sums"][0]["name"], &total["sums"][0]["sum"]), (&json!("rows"), &json!(2)));
}

#[tokio::test]
async fn each_format_says_the_same_in_words_that_people_read() {
    let hostile = [("short_name = \"交易部\"", "short_name = '=1+2<b>'")];
    let app = TestApp::armed_with(&hostile).await;
    file(&app, &figures("finance", "liaison", (23, 2, 1))).await;
    let csv = app.get(&format!("{DAILY}&format=csv"), "office").await;
    let expected = "\u{feff}单位代码,单位,上报情况,上报时间,修订次数,零报告,在岗人数,外出人数,发热人数\r\n\
                    finance,财务部,按时,2026-11-23 08:00:00,0,,23,2,1\r\n\
                    trade,'=1+2<b>,未报,,,,,,\r\n\
                    合计,,应报2 已报1 未报1 免报0 免报而报0,,,0,23,2,1\r\n";
    assert_eq!((csv.status, csv.text.as_str()), (200, expected));
    assert_eq!(csv.header("content-disposition"), "attachment; filename=\"daily.2026-11-23.1.csv\"");
    let page = app.get(&format!("{DAILY}&format=html"), "office").await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    for text in [
        "统计报表（汇总）",
        "Statistics: total of the group",
        "未报单位（1）",
        "=1+2&lt;b&gt;",
        "<td>23</td>",
        "在岗人数 <span lang=\"en\">On duty",
    ] {
        assert!(page.text.contains(text), "{text} in {}", page.text);
    }
    for strange in ["<script", "http://", "https://", "src=", "url("] {
        assert!(!page.text.contains(strange), "{strange} in {}", page.text);
    }
    assert!(page.header("content-security-policy").starts_with("default-src 'none'"));
    let book = app.get(&format!("{DAILY}&format=xlsx"), "office").await;
    assert!(book.status == 200 && book.text.starts_with("PK"), "{}", book.text);
}

#[tokio::test]
async fn a_total_is_for_those_who_see_every_unit_and_of_a_day_on_which_it_is_due() {
    let app = TestApp::armed().await;
    for (token, status) in
        [("office", 200), ("read", 200), ("unit", 403), ("discipline", 403), ("operator", 403)]
    {
        assert_eq!(app.get(DAILY, token).await.status, status, "{token}");
    }
    let leader = app.sign_in("leader", "+8613800000011").await;
    assert_eq!(app.get(DAILY, &leader).await.status, 403);
    for (path, status) in [
        ("/v1/totals/daily?day=2020-01-01", 404),
        ("/v1/totals/daily?day=2026-11-23&number=2", 404),
        ("/v1/totals/weekly", 404),
        ("/v1/totals/daily?day=gestern", 422),
        ("/v1/totals/daily?format=pdf", 422),
    ] {
        assert_eq!(app.get(path, "office").await.status, status, "{path}");
    }
}

#[test]
fn totals_are_made_one_at_a_time_and_where_too_many_wait_they_are_told_to_come_again() {
    assert_eq!(past::refused(&past::asked_at_once(DAILY)), 24);
}
