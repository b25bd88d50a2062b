//! Rows of the last report that are filed once more, each confirmed by itself.

use serde_json::{Value, json};

use super::{COLUMNS, TABLE, WITH_CONSENT, file, packed, refused, row, site, slot, travel, upload};
use crate::app::TestApp;
use crate::browser::Browser;
use crate::forms::says;

/// The second day of the register, opened where the first falls due.
const NEXT: &str = "/f/travel.finance.2026-11-24.1";

async fn rows_of(app: &TestApp, day: &str) -> Value {
    let total = app.get(&format!("/v1/totals/travel?day={day}"), "office").await;
    assert!(!total.text.contains("王小明"), "{}", total.text);
    total.json()["sums"][0]["sum"].clone()
}

/// Three rows are filed for the first day, and the second has begun; the report.
async fn first_day(app: &TestApp) -> String {
    let told = upload(app, "day=2026-11-23&consent=true").await;
    assert_eq!(told.status, 201, "{}", told.text);
    app.pass(8 * 60 + 1).await;
    told.json()["report"].as_str().unwrap().to_owned()
}

/// A report of the second day that takes rows over.
fn still(report: &str, numbers: &Value, more: &Value) -> Value {
    let mut body = travel("2026-11-24", more);
    body["same_as_before"] = json!({ "report": report, "rows": numbers });
    body
}

#[tokio::test]
async fn the_travel_register_from_its_template_to_the_total_of_the_second_day() {
    let headcount = ("short_name = \"财务部\"\n", "short_name = \"财务部\"\nheadcount = 23\n");
    let app = TestApp::armed_with(&[(COLUMNS, WITH_CONSENT), headcount]).await;
    let template = app.get("/v1/forms/travel/template?format=csv", "office").await;
    assert_eq!(template.status, 200);
    assert_eq!(template.text.trim_start_matches('\u{feff}').trim(), TABLE.lines().next().unwrap());
    let report = first_day(&app).await;
    assert_eq!(rows_of(&app, "2026-11-23").await, 3);
    assert_eq!(slot(&app, "2026-11-23").await["same_as_before"], 0);
    // Two of the three are still away, one is back, and one has left.
    let body = still(&report, &json!([1, 3]), &json!({ "rows": [row("孙七")], "consent": true }));
    for status in [201, 200] {
        let told = file(&app, &body).await;
        assert_eq!((told.status, &told.json()["revision"]), (status, &json!(1)), "{}", told.text);
    }
    let known = slot(&app, "2026-11-24").await;
    assert_eq!((&known["same_as_before"], &known["consent"]), (&json!(2), &json!(true)), "{known}");
    assert_eq!(rows_of(&app, "2026-11-24").await, 3);
    let liaison = Browser::of(&app, "liaison", "+8613800000012").await;
    let page = liaison.get(&format!("{NEXT}?correct=true")).await;
    says(&page, &["value=\"孙七\"", "value=\"王小明\"", "value=\"赵六\""]);
    assert!(!page.text.contains("李四") && !page.text.contains("name=\"same."), "{}", page.text);
    // The same figures with a reason keep what was said of them.
    let mut body = still(&report, &json!([1, 3]), &json!({ "rows": [row("孙七")], "consent": true }));
    body["reason"] = json!("补充说明");
    assert_eq!(file(&app, &body).await.json()["revision"], 2);
    assert_eq!(slot(&app, "2026-11-24").await["same_as_before"], 2);
    // The statistics of the day: a check that does not hold says its sentence and both numbers, and so does a count
    // that is not the unit's.
    let daily = |on_duty: u32, travelling: u32, fever: u32| {
        json!({ "unit": "finance", "form": "daily", "by": "liaison", "day": "2026-11-24",
                "figures": { "on_duty": on_duty, "travelling": travelling, "fever": fever } })
    };
    let told = file(&app, &daily(20, 3, 24)).await;
    assert_eq!(told.json()["code"], "invalid");
    says(
        &told,
        &[
            "发热人数过多（两边分别为 24 和 23）",
            "More with fever than there are (the two sides are 24 and 23)",
        ],
    );
    let told = file(&app, &daily(20, 2, 0)).await;
    assert_eq!((told.status, told.json()["code"].as_str()), (409, Some("contradicted")), "{}", told.text);
    says(&told, &["22", "23"]);
    let told = file(&app, &daily(20, 3, 0)).await;
    assert_eq!((told.status, &told.json()["counted"]), (201, &Value::Null), "{}", told.text);
}

#[tokio::test]
async fn a_row_that_is_taken_over_is_named_by_its_number_in_the_last_report_or_refused() {
    let app = site().await;
    let report = first_day(&app).await;
    let yes = json!({ "consent": true });
    let silent = file(&app, &still(&report, &json!([1]), &json!({}))).await;
    refused(
        &silent,
        (422, "consent_needed"),
        "/consent",
        &["表中各人已知悉并同意", "Everybody named agrees"],
    );
    for strange in [json!([4]), json!([0]), json!([4_294_967_295_u32])] {
        let told = file(&app, &still(&report, &strange, &yes)).await;
        let parts =
            ["应为上次报告中的行号，1 至 3", "expected the number of a row of the last report, 1 to 3"];
        refused(&told, (422, "no_such_row"), "/same_as_before/rows/0", &parts);
    }
    let told = file(&app, &still(&report, &json!([1, 1]), &yes)).await;
    refused(&told, (422, "invalid"), "/same_as_before/rows/1", &["每行只写一次", "expected each row once"]);
    let told = file(&app, &still(&report, &json!([1]), &json!({ "zero": true }))).await;
    assert_eq!((told.status, told.json()["code"].as_str()), (422, Some("invalid")), "{}", told.text);
    let told = file(&app, &still(&report, &json!("all"), &yes)).await;
    refused(&told, (422, "invalid"), "/same_as_before/rows", &["列表", "a list"]);
    let mut dayless = still(&report, &json!([1]), &yes);
    dayless["day"] = Value::Null;
    refused(&file(&app, &dayless).await, (422, "invalid"), "/day", &["报告日", "expected which day"]);
    let mut figures = still(&report, &json!([1]), &json!({}));
    figures["form"] = json!("daily");
    figures["figures"] = json!({ "on_duty": 1, "travelling": 0, "fever": 0 });
    refused(
        &file(&app, &figures).await,
        (422, "invalid"),
        "/same_as_before",
        &["本表报数字", "takes figures"],
    );
    // A spreadsheet brings every row.
    let told = upload(&app, "day=2026-11-24&consent=true&same_as_before=1").await;
    assert_eq!(
        (told.status, &told.json()["errors"][0]["pointer"]),
        (422, &json!("/same_as_before")),
        "{}",
        told.text
    );
    // The officer may file for every unit, and is not of this one: they confirm nothing that they may not read.
    let officer = app.sign_in("officer", "+8613800000031").await;
    let mut theirs = still(&report, &json!([1]), &yes);
    theirs["by"] = json!("officer");
    let told = app.post("/v1/reports", &officer, &theirs).await;
    assert_eq!((told.status, told.json()["code"].as_str()), (403, Some("forbidden")), "{}", told.text);
    // A correction numbers its rows anew: who looked at the report before it looks again.
    let corrected = json!({ "rows": [row("王小明"), row("周八")], "consent": true });
    let corrected = file(&app, &travel("2026-11-23", &corrected)).await.json()["report"].clone();
    let told = file(&app, &still(&report, &json!([1]), &yes)).await;
    assert_eq!((told.status, told.json()["code"].as_str()), (409, Some("not_last_report")), "{}", told.text);
    says(&told, &["不是本单位在此之前最后一份有行的报告", "It may have been corrected since"]);
    assert_eq!(slot(&app, "2026-11-24").await["revision"], 0, "nothing of it was filed");
    // The form asks for more by now.
    let (ends, asks) = (
        "label = { zh-CN = \"出发日期\", en = \"Left on\" }, required = true },\n",
        "\
        label = { zh-CN = \"出发日期\", en = \"Left on\" }, required = true },\n  { name = \"to\", type = \"text\", \
        label = { zh-CN = \"目的地\", en = \"To\" }, required = true },\n",
    );
    let path = app.data().with_file_name("config").join("site.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(ends));
    std::fs::write(path, text.replace(ends, asks)).unwrap();
    let app = TestApp::on(app.end(), true);
    let told = file(&app, &still(corrected.as_str().unwrap(), &json!([2]), &yes)).await;
    let parts = ["这一行已不合本表现在的要求", "fill it in anew"];
    refused(&told, (422, "invalid"), "/same_as_before/rows/0", &parts);
}

#[tokio::test]
async fn the_page_offers_each_row_of_the_last_report_with_a_tick_of_its_own_to_the_units_people() {
    let app = site().await;
    let report = first_day(&app).await;
    let liaison = Browser::of(&app, "liaison", "+8613800000012").await;
    let page = liaison.get(NEXT).await;
    says(&page, &["上次报的各行", "2026-11-23", "王小明", "李四", "赵六", "与上次相同", "Same as last time"]);
    let tick = |number: u32| format!("same.{report}.{number}");
    let boxes: Vec<_> = page.text.split("type=\"checkbox\" name=\"same.").skip(1).collect();
    assert!(boxes.len() == 3 && boxes.iter().all(|it| !it.split_once('>').unwrap().0.contains("checked")));
    // Also to the leader, who did not file it; whoever is on duty files by what they know, and a stranger not at all.
    says(&Browser::of(&app, "leader", "+8613800000011").await.get(NEXT).await, &["王小明"]);
    for (person, mobile, status) in [
        ("officer", "+8613800000031", 200),
        ("head", "+8613800000041", 200),
        ("trader", "+8613800000013", 403),
    ] {
        let theirs = Browser::of(&app, person, mobile).await.get(NEXT).await;
        assert_eq!(theirs.status, status, "{person}");
        assert!(!theirs.text.contains("王小明") && !theirs.text.contains("name=\"same."), "{}", theirs.text);
    }
    let (first, third) = (tick(1), tick(3));
    let ticks = [(first.as_str(), "true"), (third.as_str(), "true"), ("zero", "false"), ("act", "file")];
    let told = liaison.send(NEXT, &page, &ticks).await;
    assert_eq!(told.status, 422, "{}", told.text);
    let ticked = |number: u32| format!("name=\"{}\" value=\"true\" checked>", tick(number));
    says(&told, &["✗ 请先确认", &ticked(1), &ticked(3)]);
    assert!(!told.text.contains(&ticked(2)), "{}", told.text);
    // What was corrected meanwhile is looked at again: no tick goes over to another row.
    let corrected = json!({ "rows": [row("李四"), row("王小明"), row("赵六")], "consent": true });
    let corrected = file(&app, &travel("2026-11-23", &corrected)).await.json()["report"].clone();
    let agreed = [ticks.as_slice(), &[("consent", "true")]].concat();
    let told = liaison.send(NEXT, &told, &agreed).await;
    assert_eq!(told.status, 409, "{}", told.text);
    says(
        &told,
        &[
            "请重新核对上次的各行",
            &format!("name=\"same.{}.1\" value=\"true\">", corrected.as_str().unwrap()),
        ],
    );
    let mixed = format!("same.{}.2", corrected.as_str().unwrap());
    let told = liaison.send(NEXT, &told, &[agreed.as_slice(), &[(mixed.as_str(), "true")]].concat()).await;
    assert_eq!(told.status, 422);
    says(&told, &["勾选的各行不在同一份报告中"]);
    let new =
        [("r.0.person", "孙七"), ("r.0.relation", "子女"), ("r.0.left_on", "2026-11-24"), ("zero", "false")];
    let last = [(mixed.as_str(), "true"), ("consent", "true"), ("act", "file")];
    let told = liaison.send(NEXT, &told, &[new.as_slice(), &last].concat()).await;
    assert_eq!(told.status, 200, "{}", told.text);
    says(&told, &["<td>2</td>", "其中逐行确认与上次相同", "<td>1</td>"]);
    assert_eq!(slot(&app, "2026-11-24").await["same_as_before"], 1);
    let page = liaison.get(&format!("{NEXT}?correct=true")).await;
    says(&page, &["value=\"孙七\"", "value=\"王小明\""]);
    assert!(!page.text.contains("name=\"same."), "what is filed is corrected as it stands");
}

#[tokio::test]
async fn a_page_has_room_for_so_many_rows_of_the_last_report_and_says_what_to_do_with_the_rest() {
    let app = site().await;
    let liaison = Browser::of(&app, "liaison", "+8613800000012").await;
    // The slot of the next day opens where this one falls due.
    app.pass(8 * 60 + 1).await;
    let long = "<欧阳>&\"".repeat(60);
    for (rows, name) in [(300, "王小明"), (300, long.as_str())] {
        let rows: Vec<Value> = (0..rows).map(|_| row(name)).collect();
        let told = file(&app, &travel("2026-11-23", &json!({ "rows": rows, "consent": true }))).await;
        assert_eq!(told.status, 201, "{}", told.text);
        // That the page stays small is checked by the browser.
        let page = liaison.get(NEXT).await;
        let offered = page.text.matches("name=\"same.").count();
        assert!((3..60).contains(&offered), "{offered}");
        let parts = [
            "</span> 300 <span lang=\"zh-CN\">行，本页只列前",
            &format!(" {offered} <span"),
            "上传含全部行的表格",
        ];
        says(&page, &parts);
        let more = liaison.send(NEXT, &page, &[("r.30.person", "张三"), ("act", "more")]).await;
        assert_eq!(more.status, 200);
    }
}

#[tokio::test]
async fn the_rows_of_a_slot_that_has_several_a_day_are_those_of_the_one_before() {
    let twice =
        ("due = \"0 0 16 * * *\"\nunits = [\"finance\"]", "due = \"0 0 9,16 * * *\"\nunits = [\"finance\"]");
    let app = TestApp::armed_with(&[(COLUMNS, WITH_CONSENT), twice]).await;
    let first = json!({ "rows": [row("王小明")], "consent": true, "number": 1 });
    let report = file(&app, &travel("2026-11-23", &first)).await.json()["report"].clone();
    app.pass(60 + 1).await;
    let again = |number: &Value| {
        let mut body = still(report.as_str().unwrap(), &json!([1]), &json!({ "consent": true }));
        (body["day"], body["number"]) = (json!("2026-11-23"), number.clone());
        body
    };
    let told = file(&app, &again(&Value::Null)).await;
    refused(&told, (422, "invalid"), "/number", &["第几次", "expected which of the day's"]);
    let told = file(&app, &again(&json!(1))).await;
    assert_eq!(told.json()["code"], "not_last_report", "it takes nothing over from itself: {}", told.text);
    let told = file(&app, &again(&json!(2))).await;
    assert_eq!(
        (told.status, &told.json()["slot"]),
        (201, &json!("travel.finance.2026-11-23.2")),
        "{}",
        told.text
    );
    // A zero in between is passed over, and where the rows cannot be opened none is confirmed.
    let zero = json!({ "zero": true, "number": 2 });
    assert_eq!(file(&app, &travel("2026-11-23", &zero)).await.status, 201);
    app.pass(7 * 60).await;
    let app = TestApp::on(app.end(), false);
    let mut body = still(report.as_str().unwrap(), &json!([1]), &json!({ "consent": true }));
    body["number"] = json!(1);
    let told = file(&app, &body).await;
    assert_eq!((told.status, told.json()["code"].as_str()), (503, Some("unavailable")), "{}", told.text);
}

#[tokio::test]
async fn a_pack_says_how_many_rows_were_confirmed_one_by_one() {
    let app = site().await;
    let report = first_day(&app).await;
    app.pass(24 * 60).await;
    let told = file(&app, &still(&report, &json!([2, 3]), &json!({ "consent": true }))).await;
    assert_eq!((told.status, &told.json()["standing"]), (201, &json!("late")), "{}", told.text);
    let (reports, page) = packed(&app, "travel.finance.2026-11-24.1");
    assert_eq!((&reports[0]["same_as_before"], &reports[0]["rows"]), (&json!(2), &json!(2)), "{reports}");
    assert!(page.contains("；其中 2 行由填报人逐行确认与上次相同；填报人已声明表中各人同意"), "{page}");
    assert!(!page.contains("李四"), "{page}");
}
