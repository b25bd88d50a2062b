//! The page where a person answers for a case, as a phone shows it: what it says in each state, and what it records.

use std::time::Duration;

use serde_json::{Value, json};

use super::daemon::{Site, client, until};
use super::provider::Provider;

/// A site whose short messages carry the link as well, so that a test can press it.
fn site(provider: &Provider) -> Site {
    let link = "\"purpose\": {{ purpose }}, \"link\": {{ link }}, \"code\": {{ code }}}";
    Site::with(provider.port, 600, |text| text.replace("\"purpose\": {{ purpose }}}", link))
}

struct Told {
    link: String,
    code: String,
}

/// What an alert told somebody.
async fn told(provider: &Provider, to: &str) -> Told {
    for _ in 0..400 {
        let heard = provider.heard.lock().unwrap().clone();
        let found = heard.iter().find(|(kind, body)| kind == "sms" && body["to"] == to);
        if let Some((_, body)) = found {
            let word = |key: &str| body[key].as_str().unwrap().to_owned();
            return Told { link: word("link"), code: word("code") };
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("nobody told {to}");
}

async fn look(url: &str) -> (u16, String) {
    let answer = client().get(url).send().await.unwrap();
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("script"), "{policy}");
    (answer.status().as_u16(), page(answer.text().await.unwrap()))
}

async fn press(url: &str, fields: &[(&str, &str)]) -> (u16, String) {
    let body: Vec<String> = fields
        .iter()
        .map(|(key, value)| format!("{key}={}", value.replace('+', "%2B").replace(' ', "+")))
        .collect();
    let request = client().post(url).header("content-type", "application/x-www-form-urlencoded");
    let answer = request.body(body.join("&")).send().await.unwrap();
    (answer.status().as_u16(), page(answer.text().await.unwrap()))
}

/// What holds of every page.
fn page(html: String) -> String {
    assert!(html.starts_with("<!DOCTYPE html>") && html.len() < 8_000, "{} bytes: {html}", html.len());
    assert!(html.contains("服务器时间") && html.contains("width=device-width"), "{html}");
    for foreign in ["<script", "{{", "{%", "src=", "@import", "url(", "none</"] {
        assert!(!html.contains(foreign), "{foreign} in {html}");
    }
    html
}

fn other(code: &str) -> &'static str {
    if code == "0000" { "1111" } else { "0000" }
}

async fn armed(site: &Site) -> String {
    site.tell("/v1/arm", json!({ "by": "head" })).await;
    let event = json!({ "id": "a-1", "unit": "finance", "temperature_c": 38.4, "exposure": true,
                        "person": { "ref": "E1024", "name": "李雷" }, "place": "<b>宿舍</b>" });
    site.tell("/v1/events", event).await["case"].as_str().unwrap().to_owned()
}

async fn handler(site: &Site, case: &str) -> Value {
    site.get(&format!("/v1/cases/{case}")).await["handler"]["person"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_of_a_link_asks_for_the_digits_and_says_what_was_recorded_and_what_is_next() {
    let provider = Provider::start().await;
    let site = site(&provider);
    let daemon = site.start().await;
    let case = armed(&site).await;
    let Told { link, code } = told(&provider, "+8613800000031").await;
    let (status, html) = look(&link).await;
    assert_eq!(status, 200);
    for part in
        ["财务部 疑似1人", "前须报上级，余", "one suspected case", "inputmode=\"numeric\"", "one-time-code"]
    {
        assert!(html.contains(part), "{part} in {html}");
    }
    for private in ["李雷", "E1024", "宿舍", "38.4", code.as_str(), "+86"] {
        assert!(!html.contains(private), "{private} before the code in {html}");
    }
    let (status, html) = press(&link, &[("code", other(&code)), ("act", "take")]).await;
    assert!(
        status == 403 && html.contains("没有记录") && html.contains("nothing is recorded"),
        "{status} {html}"
    );
    let (status, html) = press(&link, &[("code", &code), ("act", "")]).await;
    assert!(status == 422 && html.contains("请在下面选一项"), "{status} {html}");
    assert_eq!(handler(&site, &case).await, Value::Null);
    let (status, html) = press(&link, &[("code", &code), ("act", "take")]).await;
    assert_eq!(status, 200);
    for part in [
        "✓ 已记录 ",
        "，由您处置。",
        "先打电话报告省国资委",
        "href=\"tel:+8645100000001\"",
        "再发书面报告；最迟",
        "no",
        "Recorded ",
    ] {
        assert!(html.contains(part), "{part} in {html}");
    }
    assert_eq!(handler(&site, &case).await, "officer");
    assert!(daemon.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_link_the_number_and_the_digits_do_the_same() {
    let provider = Provider::start().await;
    let site = site(&provider);
    let daemon = site.start().await;
    let case = armed(&site).await;
    let code = told(&provider, "+8613800000041").await.code;
    let url = site.url("/a");
    let (status, html) = look(&url).await;
    assert!(status == 200 && html.contains("您的手机号") && !html.contains("财务部"), "{html}");
    let (status, html) = press(&url, &[("mobile", "13912345678"), ("code", &code), ("act", "confirm")]).await;
    assert!(status == 403 && html.contains("value=\"13912345678\""), "{status} {html}");
    let fields = [("mobile", "138 0000 0041"), ("code", code.as_str()), ("act", "confirm")];
    let (status, html) = press(&url, &fields.map(|(key, value)| (key, value))).await;
    assert!(
        status == 200 && html.contains("，您知道了。") && html.contains("还在呼叫处置人"),
        "{status} {html}"
    );
    assert_eq!(handler(&site, &case).await, Value::Null);
    assert!(daemon.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_stands_against_it_is_a_page_in_both_languages() {
    let provider = Provider::start().await;
    let site = site(&provider);
    let daemon = site.start().await;
    let (status, html) = look(&site.url("/a")).await;
    assert!(status == 200 && html.contains("未启用：不会拨打上级"), "{html}");
    armed(&site).await;
    let Told { link, code } = told(&provider, "+8613800000011").await;
    let (status, html) = look(&format!("{link}x")).await;
    assert!(status == 404 && html.contains("链接已失效") && html.contains("href=\"/a\""), "{status} {html}");
    let foreign =
        client().post(&link).header("origin", "https://evil.example").body("act=take").send().await.unwrap();
    assert_eq!(foreign.status().as_u16(), 403);
    assert!(page(foreign.text().await.unwrap()).contains("请从收到的消息重新打开本页"));
    for _ in 0..6 {
        press(&link, &[("code", other(&code)), ("act", "take")]).await;
    }
    let (status, html) = press(&link, &[("code", &code), ("act", "take")]).await;
    assert!(status == 429 && html.contains("锁定到") && html.contains("locked until"), "{status} {html}");
    assert!(daemon.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_somebody_else_is_left_in_peace() {
    let provider = Provider::start().await;
    let site = site(&provider);
    let daemon = site.start().await;
    armed(&site).await;
    let Told { link, code } = told(&provider, "+8613800000011").await;
    let (status, html) = press(&link, &[("code", &code), ("act", "wrong")]).await;
    assert!(status == 200 && html.contains("不会再收到来电和短信"), "{status} {html}");
    let facts: Vec<Value> =
        site.journal().into_iter().flat_map(|entry| entry["facts"].as_array().unwrap().clone()).collect();
    let wrong = facts.iter().filter(|fact| fact.to_string().contains("wrong_person/1")).count();
    assert_eq!(wrong, 2, "a number is for calls and for short messages");
    assert!(daemon.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reload_gives_back_the_number_that_was_put_right_and_none_that_was_not() {
    let provider = Provider::start().await;
    let site = site(&provider);
    let daemon = site.start().await;
    armed(&site).await;
    let Told { link, code } = told(&provider, "+8613800000011").await;
    assert_eq!(press(&link, &[("code", &code), ("act", "wrong")]).await.0, 200);
    assert_eq!(press(&link, &[("code", &code), ("act", "take")]).await.0, 404);
    let path = site.config().join("site.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    for (change, number) in [("# changed\n", "+8613800000011"), ("", "+8613800000019")] {
        std::fs::write(&path, format!("{change}{}", text.replace("+8613800000011", number))).unwrap();
        let adopted = || format!("{:?}", site.journal()).matches("configuration_adopted/1").count();
        let before = adopted();
        daemon.signal("-HUP");
        until("the reload", 20, async || (adopted() > before).then_some(())).await;
    }
    let adopted: Vec<Value> = site
        .journal()
        .into_iter()
        .flat_map(|entry| entry["facts"].as_array().unwrap().clone())
        .filter_map(|fact| fact.get("configuration_adopted/1").cloned())
        .collect();
    let still: Vec<usize> =
        adopted.iter().map(|it| it["still_wrong"].as_array().map_or(0, Vec::len)).collect();
    assert_eq!(still, [0, 2, 0], "{adopted:?}");
    let journal = format!("{:?}", site.journal());
    assert!(!journal.contains("13800000011") && !journal.contains("13800000019"));
    assert!(daemon.stop().await);
}
