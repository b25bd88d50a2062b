//! The pages of whoever reports, from signing in to the receipt that a stranger checks; without a script.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::app::{TestApp, Told};
use crate::browser::{Browser, FORM, carried};

pub(crate) const DAILY: &str = "/f/daily.finance.2026-11-23.1";
pub(crate) const TRAVEL: &str = "/f/travel.finance.2026-11-23.1";

#[track_caller]
pub(crate) fn says(told: &Told, parts: &[&str]) {
    for part in parts {
        assert!(told.text.contains(part), "{part} is not in {}", told.text);
    }
}

/// The code of a receipt.
pub(crate) fn code(receipt: &Told) -> String {
    receipt.text.split_once("<span class=\"code\">").unwrap().1.chars().take(4).collect()
}

pub(crate) async fn at(app: &TestApp, time: &str) {
    let now = watchfire::time::Clock::read(&app.clock).wall;
    let then: watchfire::time::Timestamp = format!("2026-11-23T{time}+08:00").parse().unwrap();
    app.clock.advance(then.since(now));
    app.settled().await;
}

async fn slot(app: &TestApp) -> Value {
    let slots = app.get("/v1/slots?form=daily&unit=finance&from=2026-11-23&to=2026-11-23", "office").await;
    slots.json()["slots"][0].clone()
}

#[tokio::test]
async fn the_public_address_leads_a_person_through_signing_in_to_what_they_owe() {
    let app = TestApp::armed().await;
    let nobody = Browser::new(&app, "");
    let home = nobody.get("/").await;
    assert_eq!((home.status, home.header("location")), (303, "/f"));
    let page = nobody.get("/f").await;
    assert_eq!(page.status, 401);
    says(&page, &["action=\"/sign-in\"", "发送验证码", "Send me a code", "href=\"/a\""]);
    assert!(!page.text.contains("财务部"), "{}", page.text);
    let page = nobody.get(DAILY).await;
    let asked = nobody.send("/sign-in", &page, &[("address", "138 0000 0012"), ("act", "ask")]).await;
    assert_eq!(asked.status, 200);
    let stranger = nobody.send("/sign-in", &page, &[("address", "13900000000"), ("act", "ask")]).await;
    let but = |told: &Told, number: &str| told.text.replace(number, "");
    assert_eq!(but(&asked, "138 0000 0012"), but(&stranger, "13900000000"));
    let typed = |code: String| {
        vec![("address", "13800000012".to_owned()), ("act", "open".to_owned()), ("code", code)]
    };
    let right = app.sign_in_code("liaison");
    for (code, status) in [("０００ 000".to_owned(), 403), (right, 303)] {
        let typed = typed(code);
        let typed: Vec<(&str, &str)> = typed.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let told = nobody.send("/sign-in", &asked, &typed).await;
        assert_eq!(told.status, status, "{}", told.text);
        if status == 303 {
            assert_eq!(told.header("location"), DAILY);
            let cookie = told.header("set-cookie");
            assert!(cookie.contains("HttpOnly; Secure; SameSite=Lax"), "{cookie}");
            let session = cookie.strip_prefix("session=").unwrap().split_once(';').unwrap().0;
            let liaison = Browser::new(&app, session);
            let mine = liaison.get("/f").await;
            assert_eq!(mine.status, 200);
            says(&mine, &["还差 2 张", "最近的截止 16:00", DAILY, TRAVEL, "○", "未报", "余 8 小时 0 分"]);
            assert!(!mine.text.contains(".trade."), "{}", mine.text);
            let out = liaison.send("/sign-out", &mine, &[]).await;
            assert_eq!((out.status, out.header("location")), (303, "/sign-in"));
            assert_eq!(liaison.get("/f").await.status, 401);
        } else {
            says(&told, &["验证码不对或已过期", "value=\"13800000012\""]);
        }
    }
}

#[tokio::test]
async fn a_report_is_filled_in_corrected_questioned_and_received() {
    let app = TestApp::armed().await;
    let case = app.case("hr-1", "finance", true).await;
    let liaison = Browser::of(&app, "liaison", "+8613800000012").await;
    let page = liaison.get(DAILY).await;
    says(
        &page,
        &[
            "系统已知：本单位有 1 例发热未排除",
            &case,
            "</span> 16:00 ·",
            "零报告：问了几个人",
            "name=\"f.fever\"",
        ],
    );
    assert!(!page.text.contains("王小明"), "nobody is named");
    let figures = [
        ("zero", "false"),
        ("f.on_duty", "２０"),
        ("f.travelling", "many"),
        ("reason", "<b>早班"),
        ("act", "file"),
    ];
    let told = liaison.send(DAILY, &page, &figures).await;
    assert_eq!(told.status, 422, "{}", told.text);
    says(
        &told,
        &[
            "value=\"２０\"",
            "value=\"many\"",
            "&lt;b&gt;早班",
            "✗ 外出人数：应为不小于 0 的整数",
            "✗ 发热人数",
        ],
    );
    assert!(!told.text.contains("<b>早班"));
    let before = |name: &str, told: &Told| carried(told).into_iter().find(|(it, _)| it == name).unwrap().1;
    for name in ["opened", "key", "token"] {
        assert_eq!(before(name, &told), before(name, &page), "{name} is carried along");
    }
    assert!(!before("tried", &told).is_empty(), "this was the first try");
    let none = [("act", "file")];
    says(&liaison.send(DAILY, &page, &none).await, &["✗ 请先选"]);
    let zero = [("zero", "true"), ("asked", "23"), ("total", "23"), ("act", "file")];
    let told = liaison.send(DAILY, &told, &zero).await;
    assert_eq!(told.status, 409, "{}", told.text);
    says(&told, &["与系统已知不符", "发热人数：应不少于 1", "name=\"stands\"", "value=\"23\""]);
    let bare = [zero.as_slice(), &[("stands", "true")]].concat();
    let asked = liaison.send(DAILY, &told, &bare).await;
    assert_eq!(asked.status, 422);
    says(&asked, &["✗ 理由：确认属实的，应写明理由"]);
    let stands = [bare.as_slice(), &[("reason", "复测正常")]].concat();
    let receipt = liaison.send(DAILY, &asked, &stands).await;
    assert_eq!(receipt.status, 200, "{}", receipt.text);
    says(
        &receipt,
        &["✓", "已收", "08:00:00", "按时", "计入", "2026-11-23", "23 / 23", "?correct=true", "可在此前更正"],
    );
    let shown = liaison.get(DAILY).await;
    assert_eq!(code(&shown), code(&receipt));
    says(&liaison.get("/f").await, &["还差 1 张", "●", "按时", &code(&receipt)]);
    let nobody = Browser::new(&app, "");
    let checked = nobody.get(&format!("/r?code={}", code(&receipt).to_lowercase())).await;
    assert_eq!(checked.status, 200);
    says(&checked, &["统计报表", "财务部", "2026-11-23", "按时", "2026-11-23 08:00:00"]);
    assert!(!checked.text.contains("联络员") && !checked.text.contains("复测正常"), "{}", checked.text);
    let wrong = nobody.get("/r?code=0000").await;
    assert_eq!(wrong.status, 404);
    says(&wrong, &["没有找到这个回执", "older than ten days"]);
    says(&nobody.get("/r").await, &["name=\"code\""]);
}

#[tokio::test]
async fn a_late_report_is_received_with_its_lateness_and_a_reason_that_comes_later() {
    let app = TestApp::armed().await;
    let liaison = Browser::of(&app, "liaison", "+8613800000012").await;
    at(&app, "15:52:00").await;
    let page = liaison.get(DAILY).await;
    at(&app, "16:01:10").await;
    let sent = [
        ("zero", "false"),
        ("f.on_duty", "23"),
        ("f.travelling", "0"),
        ("f.fever", "0"),
        ("act", "file"),
        ("tried", "2026-11-23T07:58:20Z"),
    ];
    let receipt = liaison.send(DAILY, &page, &sent).await;
    assert_eq!(receipt.status, 200, "{}", receipt.text);
    says(&receipt, &["迟 70 秒", "打开表单", "15:52:00", "首次提交（本人所述）", "15:58:20", "附上说明"]);
    at(&app, "16:03:00").await;
    let repeated = liaison.send(DAILY, &page, &sent).await;
    assert_eq!((repeated.status, code(&repeated)), (200, code(&receipt)), "one page is one request");
    let empty = liaison.send(DAILY, &receipt, &[("act", "reason"), ("reason", " ")]).await;
    assert_eq!(empty.status, 422);
    says(&empty, &["请写明原因", "迟 70 秒"]);
    let told = liaison.send(DAILY, &receipt, &[("act", "reason"), ("reason", "网关 502")]).await;
    assert_eq!(told.status, 200, "{}", told.text);
    says(&told, &["迟 70 秒", "15:52:00", "已有说明"]);
    let shown = slot(&app).await;
    assert_eq!(
        (&shown["revision"], &shown["late_by_s"], &shown["state"]),
        (&json!(2), &json!(70), &json!("late"))
    );
    assert_eq!(
        (&shown["opened_at"], &shown["self_made"]),
        (&json!("2026-11-23T07:52:00.000Z"), &json!(false))
    );
    let lapses = app.get("/v1/lapses", "discipline").await.json()["lapses"].clone();
    assert_eq!((lapses.as_array().unwrap().len(), &lapses[0]["about"]["reason"]), (1, &json!("网关 502")));
    let nobody = Browser::new(&app, "");
    let first = nobody.get(&format!("/r?code={}", code(&receipt))).await;
    says(&first, &["迟 70 秒", "2026-11-23 16:01:10", "这是第 1 次报送，之后有更正或补充"]);
    says(&nobody.get(&format!("/r?code={}", code(&told))).await, &["这是第 2 次报送", "迟 70 秒"]);
}

#[tokio::test]
async fn a_zero_report_that_asked_not_everybody_says_how_many_are_left() {
    let app = TestApp::armed().await;
    let liaison = Browser::of(&app, "liaison", "+8613800000012").await;
    let page = liaison.get(DAILY).await;
    assert!(!page.text.contains("上次零报告"), "{}", page.text);
    let zero = |asked: &'static str| [("zero", "true"), ("asked", asked), ("total", "23"), ("act", "file")];
    let receipt = liaison.send(DAILY, &page, &zero("21")).await;
    assert_eq!(receipt.status, 200, "{}", receipt.text);
    says(&receipt, &["21 / 23", "! 2 ", "人没有问到，本零报告记为不完整", "were not asked"]);
    at(&app, "16:00:00").await;
    let tomorrow = "/f/daily.finance.2026-11-24.1";
    says(&liaison.get(tomorrow).await, &["上次零报告有 2 人没有问到", "left 2 unasked"]);
    let page = liaison.get("/f/daily.finance.2026-11-23.1?correct=true").await;
    let receipt =
        liaison.send(DAILY, &page, &[zero("23").as_slice(), &[("reason", "已补问")]].concat()).await;
    assert!(receipt.status == 200 && !receipt.text.contains("人没有问到"), "{}", receipt.text);
    assert!(!liaison.get(tomorrow).await.text.contains("上次零报告"));
}

#[tokio::test]
async fn a_page_is_one_request_and_something_else_on_it_a_correction() {
    let app = TestApp::armed().await;
    let liaison = Browser::of(&app, "liaison", "+8613800000012").await;
    let page = liaison.get(DAILY).await;
    let sent = |fever: &'static str| {
        [("zero", "false"), ("f.on_duty", "23"), ("f.travelling", "0"), ("f.fever", fever), ("act", "file")]
    };
    let first = liaison.send(DAILY, &page, &sent("0")).await;
    assert_eq!(first.status, 200, "{}", first.text);
    let asked = liaison.send(DAILY, &page, &sent("1")).await;
    assert_eq!(asked.status, 409, "{}", asked.text);
    assert_eq!(liaison.send(DAILY, &asked, &sent("1")).await.status, 200);
    // A retry that comes late does not put back what was corrected.
    let late = liaison.send(DAILY, &page, &sent("0")).await;
    assert_eq!((late.status, slot(&app).await["revision"].clone()), (200, json!(2)), "{}", late.text);
    says(&late, &["<td>1</td>"]);
    let again = liaison.get(&format!("{DAILY}?correct=true")).await;
    says(&again, &["value=\"23\"", "value=\"1\"", "提交"]);
    app.clock.advance(Duration::from_hours(24));
    app.settled().await;
    let liaison = Browser::of(&app, "liaison", "+8613800000012").await;
    says(&liaison.get("/f/daily.finance.2026-11-24.1").await, &["上次", "</span> 23</small>"]);
}

#[tokio::test]
async fn what_no_page_of_ours_sent_is_not_filed_and_what_was_typed_is_kept() {
    let app = TestApp::armed().await;
    let liaison = Browser::of(&app, "liaison", "+8613800000012").await;
    let page = liaison.get(DAILY).await;
    let sent = [("zero", "true"), ("asked", "7"), ("total", "7"), ("act", "file")];
    for token in ["", "aaaaaaaaaaaaaaaaaaaaaaaaaa"] {
        let told = liaison.send(DAILY, &page, &[sent.as_slice(), &[("token", token)]].concat()).await;
        assert_eq!(told.status, 403);
        says(&told, &["不是从本站页面发出的", "value=\"7\""]);
    }
    let trader = Browser::of(&app, "trader", "+8613800000013").await;
    let foreign = trader.send(DAILY, &page, &sent).await;
    assert_eq!(foreign.status, 403, "of another unit");
    let request = Request::post(DAILY).header("content-type", FORM).header("origin", "https://evil.example");
    let request = request.header("cookie", format!("session={}", liaison.session));
    let fields = serde_urlencoded::to_string(carried(&page)).unwrap();
    assert_eq!(app.send(request.body(Body::from(fields)).unwrap()).await.status, 403);
    assert_eq!(slot(&app).await["revision"], 0);
    // The session is over: everything is kept on the page, and goes with the next one.
    let over = Browser::new(&app, "over");
    let told = over.send(DAILY, &page, &sent).await;
    assert_eq!(told.status, 401);
    says(
        &told,
        &[
            "报送还没有收到",
            "name=\"asked\" value=\"7\"",
            "target=\"_blank\"",
            &format!("action=\"{DAILY}\""),
        ],
    );
    let told = liaison.send(DAILY, &told, &[("act", "file")]).await;
    assert_eq!((told.status, slot(&app).await["revision"].clone()), (200, json!(1)), "{}", told.text);
}

#[tokio::test]
async fn a_register_is_filled_in_by_rows_or_comes_as_a_spreadsheet() {
    let app = TestApp::armed().await;
    let liaison = Browser::of(&app, "liaison", "+8613800000012").await;
    let page = liaison.get(TRAVEL).await;
    says(
        &page,
        &["name=\"r.3.person\"", "name=\"sheet\"", "/v1/forms/travel/template", "<option>本人</option>"],
    );
    assert!(
        !page.text.contains("name=\"r.4.person\"") && !page.text.contains("data-keep=\"1\""),
        "{}",
        page.text
    );
    let row = [("r.1.person", "张三"), ("r.1.relation", "本人"), ("r.3.person", "李四")];
    let more = liaison.send(TRAVEL, &page, &[row.as_slice(), &[("act", "more")]].concat()).await;
    assert_eq!(more.status, 200);
    says(&more, &["name=\"r.9.person\"", "value=\"张三\"", "<option selected>本人</option>"]);
    let told = liaison.send(TRAVEL, &more, &[row.as_slice(), &[("act", "file")]].concat()).await;
    assert_eq!(told.status, 422);
    // Empty rows are passed over: what is said of a row stands in it.
    let wrong = told.text.split_once("name=\"r.0.left_on\"").unwrap().1;
    assert!(wrong.split_once("</span>").unwrap().0.contains("✗ 第 1 行"), "{}", told.text);
    says(&told, &["✗ 第 2 行", "name=\"r.1.person\" maxlength=\"500\" value=\"李四\""]);
    let full =
        [("r.1.person", "张三"), ("r.1.relation", "本人"), ("r.1.left_on", "2026-11-20"), ("act", "file")];
    let told = liaison.send(TRAVEL, &told, &full).await;
    assert_eq!(told.status, 200, "{}", told.text);
    says(&told, &["行数", "<td>1</td>"]);
    assert!(!told.text.contains("张三"), "a receipt names nobody");
    // Whoever filed it is shown the rows again, and nobody else.
    says(&liaison.get(&format!("{TRAVEL}?correct=true")).await, &["value=\"张三\""]);
    let leader = Browser::of(&app, "leader", "+8613800000011").await;
    let theirs = leader.get(&format!("{TRAVEL}?correct=true")).await;
    assert!(theirs.status == 200 && !theirs.text.contains("张三"), "{}", theirs.text);
    let bad = leader.upload(TRAVEL, &theirs, "姓名,关系,出发日期\n王五,朋友,2026-11-21").await;
    says(&bad, &["再上传一次", "本页手填的各行不随表格提交", "upload it again"]);
    assert_eq!(bad.status, 422, "{}", bad.text);
    let told = leader
        .upload(TRAVEL, &theirs, "姓名,关系,出发日期\n王五,本人,2026-11-21\n赵六,子女,2026-11-21")
        .await;
    assert_eq!(told.status, 200, "{}", told.text);
    says(&told, &["<td>2</td>"]);
}

#[tokio::test]
async fn pages_run_one_script_and_show_nothing_to_whoever_may_not_see_it() {
    let app = TestApp::armed().await;
    let liaison = Browser::of(&app, "liaison", "+8613800000012").await;
    let page = liaison.get(DAILY).await;
    let policy = page.header("content-security-policy");
    assert!(policy.contains("script-src 'sha256-") && policy.contains("default-src 'none'"), "{policy}");
    let script = page.text.split_once("<script>").unwrap().1.split_once("</script>").unwrap().0;
    use base64::Engine as _;
    use sha2::Digest as _;
    let hash = base64::prelude::BASE64_STANDARD.encode(sha2::Sha256::digest(script.as_bytes()));
    assert!(policy.contains(&hash), "the script on the page is the one that may run");
    for (path, status) in [
        ("/f/nonsense", 404),
        ("/f/daily.kitchen.2026-11-23.1", 404),
        ("/f/daily.finance.2025-11-23.1", 404),
        ("/f/travel.trade.2026-11-23.1", 404),
        ("/f/daily.trade.2026-11-23.1", 403),
    ] {
        assert_eq!(liaison.get(path).await.status, status, "{path}");
    }
    assert_eq!(app.get("/f", "office").await.status, 403, "a program has no page");
    let nobody = Browser::of(&app, "nobody", "+8613800000055").await;
    says(&nobody.get("/f").await, &["您现在不负责任何单位的报送"]);
    assert_eq!(nobody.get(DAILY).await.status, 403);
    let english = Browser::of(&app, "head", "+8613800000041").await;
    says(&english.get("/f").await, &["id=\"en\" checked"]);
}
