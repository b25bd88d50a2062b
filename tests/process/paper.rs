//! The paper that an authority really gets: every item that is known, and who vouches for it.

use std::time::Duration;

use serde_json::{Value, json};

use super::daemon::{Site, TOKEN, client, until};
use super::provider::Provider;
use super::record::facts;

/// The text of the first report that reaches the authority, with every time of the day as `HH:MM`.
async fn paper(provider: &Provider) -> String {
    for _ in 0..400 {
        let heard = provider.heard.lock().unwrap().clone();
        let found = heard.iter().find(|(kind, body)| kind == "mail" && body["purpose"] == "written");
        if let Some((_, body)) = found {
            assert_eq!(body["to"], "duty@sasac.example.cn");
            return masked(body["text"].as_str().unwrap());
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("no report came");
}

fn masked(text: &str) -> String {
    let mut parts = text.split(':').map(str::to_owned).collect::<Vec<_>>();
    for at in 1..parts.len() {
        let (before, after) = parts.split_at_mut(at);
        let (Some(hour), Some(minute)) = (before.last_mut(), after.first_mut()) else { continue };
        let cut = hour.len().saturating_sub(2);
        let digits =
            |part: Option<&str>| part.is_some_and(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
        if digits(hour.get(cut..)) && digits(minute.get(..2)) {
            hour.replace_range(cut.., "HH");
            minute.replace_range(..2, "MM");
        }
    }
    parts.join(":")
}

fn fever() -> Value {
    json!({ "id": "paper-1", "unit": "finance", "temperature_c": 38.4, "exposure": true,
            "details": "与一名确诊者同住", "person": { "ref": "E1024", "name": "李雷" },
            "place": "职工宿舍", "symptoms": ["咳嗽"], "measures": ["已单独隔离"] })
}

async fn post(site: &Site, path: &str, body: &Value) {
    let (status, said) = site.post(path, body).await.unwrap();
    assert!(status < 300, "{path}: {said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_paper_names_the_event_and_holds_every_item_that_is_known() {
    let provider = Provider::start().await;
    let site = Site::new(provider.port, 60);
    let daemon = site.start().await;
    post(&site, "/v1/arm", &json!({ "by": "head" })).await;
    let (_, answer) = site.post("/v1/events", &fever()).await.unwrap();
    let case = answer["case"].as_str().unwrap().to_owned();
    let again =
        json!({ "id": "paper-2", "unit": "finance", "temperature_c": 38.1, "person": { "ref": "E1024" } });
    post(&site, "/v1/events", &again).await;
    let act = |name: &str| format!("/v1/cases/{case}/{name}");
    post(&site, &act("confirm"), &json!({ "by": "head" })).await;
    let call = json!({ "authority": "sasac", "by": "officer", "outcome": "taken", "answered_by": "王处长" });
    post(&site, &act("telephone"), &call).await;
    let written =
        json!({ "by": "officer", "kind": "initial", "content": { "next": "一小时内续报密接名单" } });
    post(&site, &act("written"), &written).await;
    let paper = paper(&provider).await;
    let day = case.get(2..10).unwrap();
    let day = format!("{}-{}-{}", &day[..4], &day[4..6], &day[6..]);
    for line in [
        "电话报告：HH:MM，王处长接报。".to_owned(),
        " 1 事件名称  财务部 Finance职工宿舍1人疑似".to_owned(),
        format!(" 2 接报时间  {day} HH:MM"),
        " 3 信息来源  系统报送（hr）".to_owned(),
        format!(" 4 发生时间  {day} HH:MM"),
        " 5 地点  职工宿舍".to_owned(),
        " 6 人数  疑似1，确诊0，死亡0（李某，工号末四位1024）".to_owned(),
        " 7 症状体征  38.4℃（HH:MM），复测38.1℃（HH:MM），咳嗽".to_owned(),
        " 8 初步判断  与一名确诊者同住，有接触史，原因待核实".to_owned(),
        " 9 影响范围  待核实".to_owned(),
        "10 已采取措施  已单独隔离".to_owned(),
        "12 下一步  一小时内续报密接名单".to_owned(),
        "14 报告单位  黑龙江省产权交易集团 值班员".to_owned(),
        "15 已告知  领导小组组长HH:MM".to_owned(),
        "签发：值班员（HH:MM）".to_owned(),
        format!("本报告为初报，“待核实”内容核实后立即续报。报告编号 CB-{}-初报，时限HH:MM。", &case[2..]),
    ] {
        assert!(paper.lines().any(|other| other == line), "expected {line} in\n{paper}");
    }
    assert!(!paper.contains("李雷") && !paper.contains("E1024"), "{paper}");
    check_record(&site, &paper);
    assert!(daemon.stop().await);
}

/// The entry that a paper names, and the two ends of its hash: `（记录校验 4f2a…91c0，第10423条）`.
fn record(paper: &str) -> Option<(u64, &str, &str)> {
    let (_, rest) = paper.split_once("（记录校验 ")?;
    let (hash, rest) = rest.split_once("，第")?;
    let (entry, _) = rest.split_once("条）")?;
    let (first, last) = hash.split_once('…')?;
    Some((entry.parse().ok()?, first, last))
}

/// What a paper shows of the record is the journal's own head of the moment at which it was written.
#[track_caller]
fn check_record(site: &Site, paper: &str) {
    let (entry, first, last) = record(paper).unwrap_or_else(|| panic!("no record in\n{paper}"));
    let lines = site.journal_lines();
    let of = |seq: u64| lines.iter().find(|(_, line)| line["seq"] == seq).unwrap();
    let (hash, _) = of(entry);
    assert_eq!((&hash[..4], &hash[60..]), (first, last), "the hash of entry {entry}");
    let journal: Vec<Value> = lines.iter().map(|(_, line)| line.clone()).collect();
    let seq = |holds: &dyn Fn(&[Value]) -> bool| -> u64 {
        let found = journal.iter().find(|line| holds(std::slice::from_ref(line))).unwrap();
        found["seq"].as_u64().unwrap()
    };
    let is_report = |fact: &&Value| fact["notification"]["purpose"] == "written";
    let planned = facts(&journal, "notification_planned/1").into_iter().find(is_report).unwrap();
    let id = &planned["notification"]["id"];
    let was_planned = seq(&|line| {
        facts(line, "notification_planned/1").iter().any(|fact| fact["notification"]["id"] == *id)
    });
    let started =
        seq(&|line| facts(line, "attempt_started/1").iter().any(|fact| fact["attempt"]["key"] == *id));
    // Later than what ordered it, and before its own attempt: no head of another moment.
    assert!((was_planned..started).contains(&entry), "{was_planned} <= {entry} < {started}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paper_the_daemon_sends_by_itself_says_so_in_its_first_line() {
    let provider = Provider::start().await;
    let site = Site::new(provider.port, 3);
    let daemon = site.start().await;
    post(&site, "/v1/arm", &json!({ "by": "head" })).await;
    let event = client().post(site.url("/v1/events")).bearer_auth(TOKEN).json(&fever()).send().await.unwrap();
    assert!(event.status().is_success());
    let paper = paper(&provider).await;
    assert!(
        paper.starts_with("本报告由值班系统按规定时限自动报送，尚未经人工核实和签发。\n省国资委"),
        "{paper}"
    );
    assert!(
        paper.contains("签发：未签发") && paper.contains("1 事件名称  财务部 Finance职工宿舍1人疑似"),
        "{paper}"
    );
    assert!(daemon.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_an_outage_delayed_says_that_it_is_late() {
    let provider = Provider::start().await;
    let site = Site::new(provider.port, 600);
    let daemon = site.start().await;
    post(&site, "/v1/arm", &json!({ "by": "head" })).await;
    post(&site, "/v1/events", &fever()).await;
    let texts = || -> Vec<String> {
        let heard = provider.heard.lock().unwrap();
        let sms = heard.iter().filter(|(kind, body)| kind == "sms" && body["to"] == "+8613800000031");
        sms.map(|(_, body)| body["text"].as_str().unwrap().to_owned()).collect()
    };
    until("the alert", 10, async || (!texts().is_empty()).then_some(())).await;
    daemon.kill();
    let before = texts();
    assert!(before.iter().all(|text| !text.contains("迟发")), "{before:?}");
    // Long enough for a repeat to fall due while nobody is there to send it.
    tokio::time::sleep(Duration::from_secs(5)).await;
    let daemon = site.start().await;
    until("the late alert", 10, async || {
        texts().get(before.len()).filter(|text| text.contains("迟发：")).map(|_| ())
    })
    .await;
    assert!(daemon.stop().await);
}

/// A session of the duty officer, for what is a person's to say.
async fn officer(site: &Site, provider: &Provider) -> String {
    let mobile = "+8613800000031";
    site.tell("/v1/sign-in", json!({ "mobile": mobile })).await;
    let code = until("the code", 20, async || {
        let sms = provider.bodies("sms");
        let text = sms.iter().find(|body| body["purpose"] == "sign-in")?["text"].as_str()?.to_owned();
        let digits = |it: &&str| it.len() == 6;
        text.split(|it: char| !it.is_ascii_digit()).find(digits).map(str::to_owned)
    })
    .await;
    let opened = site.tell("/v1/sign-in/code", json!({ "mobile": mobile, "code": code })).await;
    opened["session"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_that_is_confirmed_later_is_reported_on_in_one_series_and_each_receipt_names_its_clock() {
    let provider = Provider::start().await;
    let site = Site::new(provider.port, 60);
    let daemon = site.start().await;
    post(&site, "/v1/arm", &json!({ "by": "head" })).await;
    let (_, answer) = site.post("/v1/events", &fever()).await.unwrap();
    let case = answer["case"].as_str().unwrap().to_owned();
    let act = |name: &str| format!("/v1/cases/{case}/{name}");
    let call = json!({ "authority": "sasac", "by": "officer", "outcome": "taken" });
    let written = json!({ "by": "officer", "content": { "next": "待核实" } });
    let papers = || -> Vec<String> {
        let heard = provider.heard.lock().unwrap();
        let to_them = |body: &Value| body["to"] == "duty@sasac.example.cn";
        let mails = heard.iter().filter(|(kind, body)| kind == "mail" && to_them(body));
        mails.map(|(_, body)| body["text"].as_str().unwrap().to_owned()).collect()
    };
    let comes = async |count: usize, number: String| {
        let paper = until("the paper", 10, async || papers().get(count - 1).cloned()).await;
        assert!(paper.contains(&number), "expected {number} in\n{paper}");
        assert_eq!(papers().len(), count);
    };
    let series = format!("CB-{}", &case[2..]);
    post(&site, &act("telephone"), &call).await;
    post(&site, &act("written"), &written).await;
    comes(1, format!("报告编号 {series}-初报")).await;
    let session = officer(&site, &provider).await;
    let rule = async |kind: &str| {
        let ruling = json!({ "kind": kind, "reason": "核酸结果" });
        let asked = client().post(site.url(&act("classification"))).bearer_auth(&session).json(&ruling);
        let answer = asked.send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
    };
    rule("confirmed").await;
    let receipt = json!({ "authority": "sasac", "by": "officer", "reference": "2026-7" });
    let (status, said) = site.post(&act("receipt"), &receipt).await.unwrap();
    assert_eq!((status, &said["errors"][0]["pointer"]), (422, &json!("/clock")), "{said}");
    post(&site, &act("telephone"), &call).await;
    post(&site, &act("written"), &written).await;
    comes(2, format!("报告编号 {series}-续报1")).await;
    let receipt = json!({ "authority": "sasac", "clock": 0, "by": "officer", "reference": "2026-7" });
    post(&site, &act("receipt"), &receipt).await;
    let told = site.get(&format!("/v1/cases/{case}")).await;
    let states: Vec<&Value> = (0..2).map(|clock| &told["clocks"][clock]["written"]["state"]).collect();
    assert_eq!(states, ["receipted", "sent"], "{told}");
    rule("ruled_out").await;
    comes(3, format!("编号{series}-初报的报告更正如下")).await;
    assert!(daemon.stop().await);
}
