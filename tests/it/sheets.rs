//! Registers as spreadsheets at the door: each format filed, each mistake told, and the template to fill in.

use axum::body::Body;
use axum::http::Request;
use encoding_rs::GB18030;
use rust_xlsxwriter::Workbook;
use serde_json::{Value, json};

use crate::app::{TestApp, Told};

const CSV: &str = "text/csv";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const ASKED: &str = "form=travel&unit=finance&by=liaison";
const TABLE: &str = "姓名,关系,出发日期\r\n王小明,本人,2026-11-20\r\n李四,子女,2026/11/21\r\n";

async fn file(app: &TestApp, query: &str, kind: &str, body: impl Into<Vec<u8>>) -> Told {
    let request = Request::post(format!("/v1/reports?{query}"))
        .header("content-type", kind)
        .header("authorization", "Bearer office");
    app.send(request.body(Body::from(body.into())).unwrap()).await
}

/// The same rows as JSON.
fn rows() -> Value {
    json!({ "form": "travel", "unit": "finance", "by": "liaison", "day": "2026-11-23", "rows": [
        { "person": "王小明", "relation": "本人", "left_on": "2026-11-20" },
        { "person": "李四", "relation": "子女", "left_on": "2026-11-21" },
    ] })
}

fn workbook(rows: &[[&str; 3]]) -> Vec<u8> {
    let mut book = Workbook::new();
    book.add_worksheet().write_row_matrix(0, 0, rows.iter().copied()).unwrap();
    book.save_to_buffer().unwrap()
}

#[track_caller]
fn refused(told: &Told, status: u16, code: &str, expected: &[(&str, &str)]) {
    let problem = told.json();
    assert_eq!((told.status, problem["code"].as_str()), (status, Some(code)), "{}", told.text);
    let errors = problem["errors"].as_array().cloned().unwrap_or_default();
    let errors: Vec<_> =
        errors.iter().map(|it| (it["pointer"].as_str().unwrap(), it["detail"].as_str().unwrap())).collect();
    assert_eq!(errors, expected, "{}", told.text);
    assert!(!told.text.contains("王小明"), "{}", told.text);
}

#[tokio::test]
async fn each_format_says_the_same_as_json_does() {
    let app = TestApp::start();
    let asked = format!("{ASKED}&day=2026-11-23");
    let told = file(&app, &asked, CSV, TABLE).await;
    assert_eq!(told.status, 201, "{}", told.text);
    assert_eq!(told.json()["slot"], "travel.finance.2026-11-23.1");
    let same = app.post("/v1/reports", "office", &rows()).await;
    assert_eq!((same.status, &same.json()["duplicate"]), (200, &json!(true)), "{}", same.text);
    let (chinese, ..) = GB18030.encode(TABLE);
    let book = workbook(&[
        ["left_on", "Name", "Relation"],
        ["2026-11-20", "王小明", "本人"],
        ["", "", ""],
        ["2026年11月21日", "李四", "子女"],
    ]);
    let marked = format!("\u{feff}{TABLE}").into_bytes();
    for (kind, body) in [
        (CSV, marked.clone()),
        ("text/csv; charset=utf-8", marked.clone()),
        (CSV, chinese.to_vec()),
        ("text/csv; charset=\"GB18030\"", chinese.to_vec()),
        ("text/tab-separated-values", TABLE.replace(',', "\t").into_bytes()),
        ("application/vnd.ms-excel", marked),
        ("application/vnd.ms-excel", book.clone()),
        (XLSX, book),
    ] {
        let told = file(&app, &asked, kind, body).await;
        assert_eq!((told.status, &told.json()["duplicate"]), (200, &json!(true)), "{kind}: {}", told.text);
    }
    let state = serde_json::to_string(&app.published().state.periods).unwrap();
    assert!(!state.contains("王小明"), "{state}");
}

#[tokio::test]
async fn a_mistake_in_a_cell_is_told_by_row_and_heading_in_both_languages() {
    let app = TestApp::start();
    let table = "姓名,关系,出发日期\n\n王小明,邻居,20.11.\n,本人,2026-11-20\n1.38E+10,本人,2026-11-20\n";
    let told = file(&app, &format!("{ASKED}&day=gestern"), CSV, table).await;
    refused(
        &told,
        422,
        "invalid",
        &[
            ("/day", "报告日：应为日期，如 2026-11-23 / day: expected a date such as 2026-11-23"),
            (
                "/rows/2/person",
                "第 5 行「姓名」：数字的位数已丢失（如 1.38E+10）：请将该列设为文本格式后重新填写 / row 5, “Name”: \
                 digits are lost, as in 1.38E+10: format the column as text and type it again",
            ),
            (
                "/rows/0/relation",
                "第 3 行「关系」：应为以下之一：本人、子女 / row 3, “Relation”: expected one of 本人, 子女",
            ),
            (
                "/rows/0/left_on",
                "第 3 行「出发日期」：应为日期，如 2026-11-23 / row 3, “Left on”: expected a date such as 2026-11-23",
            ),
            (
                "/rows/1/person",
                "第 4 行「姓名」：应为不超过 500 字的文字 / row 4, “Name”: expected a text of at most 500 characters",
            ),
        ],
    );
    let told = file(&app, ASKED, CSV, "姓名,客人\n王小明,x").await;
    let (unknown, lacking) = ("/columns/客人", "expected a column with this heading");
    let problem = told.json();
    let errors = problem["errors"].as_array().unwrap();
    assert_eq!(
        errors.iter().map(|it| &it["pointer"]).collect::<Vec<_>>(),
        [unknown, "/columns/relation", "/columns/left_on"]
    );
    assert!(errors[2]["detail"].as_str().unwrap().ends_with(lacking), "{}", told.text);
    // Nothing of it was filed.
    assert!(app.published().state.periods.values().all(|period| period.outcomes.is_empty()));
}

#[tokio::test]
async fn mistakes_beyond_what_anybody_reads_are_cut_and_it_is_said() {
    let app = TestApp::start();
    let told =
        file(&app, ASKED, CSV, format!("姓名,关系,出发日期\n{}", "王小明,邻居,x\n".repeat(5_000))).await;
    assert_eq!(told.json()["errors"].as_array().unwrap().len(), 50);
    assert!(told.text.contains("The first 50 mistakes are listed."), "{}", told.text);
    let row = "王小明,本人,2026-11-20\n";
    let told = file(&app, ASKED, CSV, format!("姓名,关系,出发日期\n{}", row.repeat(5_001))).await;
    refused(&told, 422, "invalid", &[("/rows", "最多 5000 行 / expected at most 5000 rows")]);
    let told = file(&app, ASKED, CSV, format!("姓名,关系,出发日期\n{}", row.repeat(5_000))).await;
    assert_eq!(told.status, 201, "{}", told.text);
}

#[tokio::test]
async fn a_file_that_is_something_else_is_told_what_it_is() {
    let app = TestApp::start();
    let book = workbook(&[["姓名", "关系", "出发日期"], ["王小明", "本人", "2026-11-20"]]);
    let old = [&b"\xd0\xcf\x11\xe0"[..], &[0; 600]].concat();
    for (kind, body, status, code, detail) in [
        ("text/plain", TABLE.into(), 415, "unsupported_type", "text/csv"),
        (CSV, book.clone(), 415, "unsupported_type", "save it as CSV"),
        (XLSX, old.clone(), 415, "unsupported_type", "另存为 .xlsx"),
        ("application/vnd.ms-excel", old, 415, "unsupported_type", "save it as .xlsx"),
        (XLSX, TABLE.into(), 400, "malformed", "无法作为 .xlsx 工作簿读取"),
        (XLSX, book[..book.len() / 2].to_vec(), 400, "malformed", "cannot be read as an .xlsx workbook"),
        (CSV, vec![0xff; 100], 400, "malformed", "UTF-8 或 GB18030"),
        ("text/csv; charset=latin1", TABLE.into(), 400, "malformed", "UTF-8 or GB18030"),
        (CSV, vec![b' '; (8 << 20) + 1], 413, "too_large", "8388608"),
    ] {
        let told = file(&app, ASKED, kind, body).await;
        refused(&told, status, code, &[]);
        assert!(told.json()["detail"].as_str().unwrap().contains(detail), "{kind}: {}", told.text);
    }
    let told = file(&app, "form=daily&unit=finance&by=liaison", CSV, TABLE).await;
    let headings = "第一行应为表头：在岗人数、外出人数、发热人数 / \
                    Expected the form's headings in the first row: On duty, Travelling, Fever";
    refused(&told, 422, "invalid", &[("", headings)]);
}

#[tokio::test]
async fn the_query_is_held_to_what_json_is_held_to() {
    let app = TestApp::start();
    for (query, status, pointer) in [
        ("unit=finance&by=liaison", 422, "/form"),
        ("form=weekly&unit=finance&by=liaison", 422, "/form"),
        ("form=travel&unit=kitchen&by=liaison", 422, "/unit"),
        ("form=travel&unit=finance", 422, "/by"),
        ("form=travel&unit=finance&by=liaison&number=two", 422, "/number"),
        ("form=travel&unit=finance&by=liaison&zero=maybe", 422, "/zero"),
        ("form=travel&unit=finance&by=liaison&rows=1", 422, "/rows"),
        ("form=travel&form=travel&unit=finance&by=liaison", 400, ""),
    ] {
        let told = file(&app, query, CSV, TABLE).await;
        assert_eq!(told.status, status, "{query}: {}", told.text);
        assert_eq!(told.json()["errors"][0]["pointer"].as_str().unwrap_or_default(), pointer, "{query}");
    }
    // Who may not file is told so before the body is looked at.
    let request =
        Request::post("/v1/reports?form=travel&unit=finance&by=liaison").header("content-type", XLSX);
    let request = request.header("authorization", "Bearer read").body(Body::from("nonsense")).unwrap();
    refused(&app.send(request).await, 403, "forbidden", &[]);
    // A register without rows is a zero where the form takes one; this one takes none.
    let told = file(&app, &format!("{ASKED}&zero=true"), CSV, "姓名,关系,出发日期").await;
    let none = "本表不接受零报告 / expected a report with something in it: this form takes no zero report";
    refused(&told, 422, "invalid", &[("/zero", none)]);
    let told = file(&app, ASKED, CSV, "姓名,关系,出发日期").await;
    assert_eq!(told.json()["errors"][0]["pointer"], "/rows", "{}", told.text);
}

#[tokio::test]
async fn a_template_has_the_forms_headings_in_the_readers_language() {
    let app = TestApp::armed().await;
    let path = "/v1/forms/travel/template";
    let told = app.get(&format!("{path}?format=csv"), "unit").await;
    assert_eq!((told.status, told.text.as_str()), (200, "\u{feff}姓名,关系,出发日期\r\n"));
    assert_eq!(told.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(told.header("content-disposition"), "attachment; filename=\"travel.csv\"");
    // The head of the group reads English.
    let session = app.sign_in("head", "+8613800000041").await;
    let told = app.get(&format!("{path}?format=csv"), &session).await;
    assert_eq!(told.text, "\u{feff}Name,Relation,Left on\r\n");
    let told = app.get(&format!("{path}?format=csv&language=zh-CN"), &session).await;
    assert_eq!(told.text, "\u{feff}姓名,关系,出发日期\r\n");
    let told = app.get(path, "unit").await;
    assert_eq!((told.status, told.header("content-type")), (200, XLSX));
    let told = app.get("/v1/forms/weekly/template", "unit").await;
    refused(&told, 404, "not_found", &[]);
    let told = app.get("/v1/forms/daily/template?format=pdf&language=fr", "unit").await;
    assert_eq!(told.status, 422);
    let pointers: Vec<_> =
        told.json()["errors"].as_array().unwrap().iter().map(|it| it["pointer"].clone()).collect();
    assert_eq!(pointers, ["/language", "/format"]);
}

#[tokio::test]
async fn a_form_of_figures_is_one_row_below_its_headings() {
    let app = TestApp::start();
    let asked = "form=daily&unit=finance&by=liaison&day=2026-11-23";
    let told = app.get("/v1/forms/daily/template?format=csv&language=zh-CN", "unit").await;
    let headings = told.text.trim_start_matches('\u{feff}');
    assert_eq!((told.status, headings), (200, "在岗人数,外出人数,发热人数\r\n"));
    let told = app.get("/v1/forms/daily/template", "unit").await;
    assert_eq!((told.status, told.header("content-type")), (200, XLSX));
    let told = file(&app, asked, CSV, format!("{headings}２３,\" 1 \",0\r\n\r\n")).await;
    assert_eq!(
        (told.status, &told.json()["slot"]),
        (201, &json!("daily.finance.2026-11-23.1")),
        "{}",
        told.text
    );
    let figures = json!({ "on_duty": 23, "travelling": 1, "fever": 0 });
    let body = json!({ "form": "daily", "unit": "finance", "by": "liaison", "day": "2026-11-23", "figures": figures });
    let same = app.post("/v1/reports", "office", &body).await;
    assert_eq!((same.status, &same.json()["duplicate"]), (200, &json!(true)), "{}", same.text);
    let book = workbook(&[["fever", "On duty", "外出人数"], ["0", "23", "1"]]);
    let same = file(&app, asked, XLSX, book).await;
    assert_eq!((same.status, &same.json()["duplicate"]), (200, &json!(true)), "{}", same.text);

    // What is wrong is pointed at as in JSON, and nothing of it is filed.
    let told = file(&app, asked, CSV, format!("{headings}23,-1,x")).await;
    refused(
        &told,
        422,
        "invalid",
        &[
            (
                "/figures/travelling",
                "第 2 行「外出人数」：应为不小于 0 的整数 / row 2, “Travelling”: expected a whole number from 0",
            ),
            (
                "/figures/fever",
                "第 2 行「发热人数」：应为不小于 0 的整数 / row 2, “Fever”: expected a whole number from 0",
            ),
        ],
    );
    let told = file(&app, asked, CSV, format!("{headings}23,1,0\r\n22,1,0")).await;
    let one = "本表的各项数字应为表头下的一行 / expected one row of figures below the headings";
    refused(&told, 422, "invalid", &[("/figures", one)]);
    let told = file(&app, asked, CSV, "在岗人数\r\n23").await;
    let pointers =
        told.json()["errors"].as_array().unwrap().iter().map(|it| it["pointer"].clone()).collect::<Vec<_>>();
    assert_eq!(pointers, ["/columns/travelling", "/columns/fever"], "{}", told.text);
    // Headings alone are a zero report, where it says so and stands on its numbers.
    let trade = "form=daily&unit=trade&by=trader&day=2026-11-23";
    let told = file(&app, trade, CSV, headings).await;
    assert_eq!(told.json()["errors"][0]["pointer"], "/figures", "{}", told.text);
    let told = file(&app, &format!("{trade}&zero=true&asked=8&total=8"), CSV, headings).await;
    assert_eq!(told.status, 201, "{}", told.text);
}
