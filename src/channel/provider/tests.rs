//! Known providers against what they publish, and against stand-ins that answer as they do.

use std::time::Duration;

use serde_json::json;

use super::*;
use crate::channel::{Address, Fields, Secret};

fn stamp() -> Stamp {
    Stamp { at: Timestamp::from_millis(1_700_000_000_000), nonce: "n1".to_owned() }
}

fn message(text: &str) -> Message {
    Message {
        key: "abcdefghij23456".to_owned(),
        to: Address::Robot,
        text: text.to_owned(),
        subject: None,
        html: None,
        fields: Fields::default(),
    }
}

fn built(preset: Preset) -> Box<dyn Provider> {
    let settings = PresetSettings::new(preset);
    settings.provider(settings.address().unwrap())
}

fn dingtalk(secret: Option<&str>, keyword: Option<&str>) -> Box<dyn Provider> {
    built(Preset::DingTalk {
        token: Secret::new("canary"),
        secret: secret.map(Secret::new),
        keyword: keyword.map(ToOwned::to_owned),
    })
}

fn feishu(secret: Option<&str>) -> Box<dyn Provider> {
    built(Preset::Feishu { token: Secret::new("canary"), secret: secret.map(Secret::new), keyword: None })
}

fn wecom() -> Box<dyn Provider> {
    built(Preset::WeCom { key: Secret::new("canary") })
}

fn answered(status: u16, body: &serde_json::Value) -> Answer {
    Answer { status, body: Some(body.clone()), retry_after: None, date: None }
}

fn body(ask: &Ask) -> serde_json::Value {
    serde_json::from_str(&ask.body).unwrap()
}

/// What a provider says of a code, in words: `transient rate_limited 600`.
fn said(provider: &dyn Provider, answer: &Answer) -> String {
    match provider.judge(answer, &stamp()).outcome {
        Outcome::Accepted { .. } => "accepted".to_owned(),
        Outcome::Failed(DeliveryError::Permanent { reason }) => format!("permanent {reason:?}"),
        Outcome::Failed(DeliveryError::Transient { reason, retry_after }) => {
            let wait = retry_after.map_or_else(String::new, |wait| format!(" {}", wait.as_secs()));
            format!("transient {reason:?}{wait}")
        }
        Outcome::Failed(DeliveryError::Exhausted { reason, .. }) => format!("exhausted {reason:?}"),
        Outcome::Failed(DeliveryError::Unknown { reason }) => format!("unknown {reason:?}"),
    }
}

#[test]
fn a_dingtalk_robot_signs_in_its_address() {
    let ask = dingtalk(Some("SECtest"), None).ask(&message("发热一人"), &stamp()).unwrap();
    assert_eq!(
        ask.url.as_str(),
        "https://oapi.dingtalk.com/robot/send?access_token=canary&timestamp=1700000000000&\
         sign=aZLLrriXgn05YbwaGR7knYsLeJADjr9NwLaNNKpxh4g%3D"
    );
    assert_eq!(body(&ask), json!({ "msgtype": "text", "text": { "content": "发热一人" } }));
    let unsigned = dingtalk(None, Some("值班")).ask(&message("发热一人"), &stamp()).unwrap();
    assert_eq!(unsigned.url.query(), Some("access_token=canary"));
    assert_eq!(body(&unsigned)["text"]["content"], "发热一人\n值班");
}

#[test]
fn a_feishu_robot_signs_in_its_body() {
    let ask = feishu(Some("testsecret")).ask(&message("发热一人"), &stamp()).unwrap();
    assert_eq!(ask.url.as_str(), "https://open.feishu.cn/open-apis/bot/v2/hook/canary");
    let expected = json!({
        "msg_type": "text", "content": { "text": "发热一人" }, "timestamp": "1700000000",
        "sign": "AOc8oJ7//5OlQlfWC3nRL0R+IkuzcD1FKcAyibRK9Q8=",
    });
    assert_eq!(body(&ask), expected);
    assert!(body(&feishu(None).ask(&message("x"), &stamp()).unwrap()).get("sign").is_none());
}

#[test]
fn a_wecom_robot_gets_no_more_bytes_than_it_takes() {
    let long = "甲".repeat(700);
    let ask = wecom().ask(&message(&long), &stamp()).unwrap();
    assert_eq!(ask.url.as_str(), "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=canary");
    let text = body(&ask)["text"]["content"].as_str().unwrap().to_owned();
    assert!(text.len() <= 2048 && text.len() > 2040 && text.ends_with("甲…"), "{}", text.len());
}

#[test]
fn the_largest_text_fits_a_feishu_request_whatever_it_holds() {
    let hard = "\"\\\n".repeat(10_000);
    let ask = feishu(Some("testsecret")).ask(&message(&hard), &stamp()).unwrap();
    assert!(ask.body.len() <= 20_000, "{}", ask.body.len());
}

#[test]
fn every_code_of_a_robot_is_sorted() {
    let (wecom, dingtalk, feishu) = (wecom(), dingtalk(Some("SECtest"), None), feishu(None));
    for (provider, field, code, expected) in [
        (&wecom, "errcode", json!(0), "accepted"),
        (&wecom, "errcode", json!("0"), "accepted"),
        (&wecom, "errcode", json!(45009), "transient RateLimited 600"),
        (&wecom, "errcode", json!(93000), "permanent Auth"),
        (&wecom, "errcode", json!(40058), "permanent Refused"),
        (&wecom, "errcode", json!(-1), "transient Server"),
        (&wecom, "errcode", json!(99999), "unknown UnknownCode"),
        (&dingtalk, "errcode", json!(0), "accepted"),
        (&dingtalk, "errcode", json!(310_000), "permanent Auth"),
        (&dingtalk, "errcode", json!(300_001), "permanent Auth"),
        (&dingtalk, "errcode", json!(300_005), "permanent Auth"),
        (&dingtalk, "errcode", json!(130_101), "transient RateLimited 600"),
        (&dingtalk, "errcode", json!(1111), "transient RateLimited 600"),
        (&dingtalk, "errcode", json!(460_101), "permanent Refused"),
        (&dingtalk, "errcode", json!(500), "unknown UnknownCode"),
        (&feishu, "code", json!(0), "accepted"),
        (&feishu, "StatusCode", json!(0), "accepted"),
        (&feishu, "code", json!(19021), "transient ClockSkew"),
        (&feishu, "code", json!(19022), "permanent Auth"),
        (&feishu, "code", json!(19024), "permanent Auth"),
        (&feishu, "code", json!(11232), "transient RateLimited 60"),
        (&feishu, "code", json!(9499), "unknown UnknownCode"),
    ] {
        for status in [200, 400, 500] {
            let told = said(&**provider, &answered(status, &json!({ field: code })));
            assert_eq!(told, expected, "{provider:?} {code}");
        }
    }
}

fn ntfy() -> Box<dyn Provider> {
    built(Preset::Ntfy { topic: Secret::new("duty-canary"), token: Some(Secret::new("tk_canary")) })
}

fn twilio(from: &str) -> Box<dyn Provider> {
    let (account, token) = ("AC1".to_owned(), Secret::new("12345"));
    built(Preset::TwilioSms { account, token, from: from.to_owned() })
}

#[test]
fn an_ntfy_topic_is_written_to_and_what_is_urgent_rings() {
    let mut alert = message("疑似一人");
    alert.fields.purpose = Some("alert".to_owned());
    let ask = ntfy().ask(&alert, &stamp()).unwrap();
    assert_eq!(ask.url.as_str(), "https://ntfy.sh/");
    assert_eq!(ask.headers["authorization"], "Bearer tk_canary");
    assert_eq!(body(&ask), json!({ "topic": "duty-canary", "message": "疑似一人", "priority": 5 }));
    assert_eq!(body(&ntfy().ask(&message("x"), &stamp()).unwrap())["priority"], 3);
    for (status, code, expected) in [
        (401, json!(40101), "permanent Auth"),
        (403, json!(40301), "permanent Auth"),
        (400, json!(40009), "permanent Refused"),
        (413, json!(41301), "permanent Refused"),
        (429, json!(42901), "transient RateLimited"),
        (429, json!(42908), "exhausted Quota"),
        (500, json!(50001), "unknown UnknownCode"),
    ] {
        assert_eq!(said(&*ntfy(), &answered(status, &json!({ "code": code }))), expected, "{code}");
    }
    assert_eq!(said(&*ntfy(), &answered(200, &json!({ "id": "x1", "topic": "t" }))), "accepted");
    assert_eq!(said(&*ntfy(), &answered(200, &json!({}))), "unknown BadAnswer");
    let out = ntfy().judge(&answered(429, &json!({ "code": 42908 })), &stamp()).outcome;
    let until = Some(Duration::from_secs(6400));
    let expected = DeliveryError::Exhausted { reason: FailureReason::Quota, until };
    assert_eq!(out, Outcome::Failed(expected), "until midnight UTC");
}

#[test]
fn a_twilio_sms_is_a_form_and_its_codes_are_sorted() {
    let to = Address::Phone("+8613800000011".to_owned());
    let sms = Message { to, ..message("发热 & 1人") };
    let ask = twilio("+15005550006").ask(&sms, &stamp()).unwrap();
    assert_eq!(ask.url.as_str(), "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json");
    assert_eq!(ask.headers["authorization"], "Basic QUMxOjEyMzQ1");
    assert_eq!(
        ask.body,
        "To=%2B8613800000011&From=%2B15005550006&Body=%E5%8F%91%E7%83%AD%20%26%201%E4%BA%BA"
    );
    assert!(twilio("MG1").ask(&sms, &stamp()).unwrap().body.contains("&MessagingServiceSid=MG1&"));
    assert_eq!(twilio("MG1").ask(&message("x"), &stamp()).err(), Some(FailureReason::NoSuchAddress));
    let taken = json!({ "sid": "SM1", "error_code": null, "status": "queued" });
    let out = twilio("MG1").judge(&answered(201, &taken), &stamp()).outcome;
    assert_eq!(out, Outcome::Accepted { provider_id: Some("SM1".to_owned()) });
    for (status, code, expected) in [
        (401, 20003, "permanent Auth"),
        (400, 21211, "permanent NoSuchAddress"),
        (400, 21614, "permanent NoSuchAddress"),
        (400, 21217, "permanent NoSuchAddress"),
        (400, 21606, "permanent Auth"),
        (403, 21609, "permanent Auth"),
        (400, 21610, "permanent Refused"),
        (429, 20429, "transient RateLimited"),
        (400, 30_001, "unknown UnknownCode"),
    ] {
        let told = answered(status, &json!({ "code": code, "message": "To +86 is wrong", "status": status }));
        assert_eq!(said(&*twilio("MG1"), &told), expected, "{code}");
    }
}

#[test]
fn an_answer_without_a_code_counts_by_its_status() {
    for (status, expected) in [
        (200, "unknown BadAnswer"),
        (401, "permanent Auth"),
        (404, "permanent Refused"),
        (429, "transient RateLimited"),
        (502, "unknown Server"),
    ] {
        for provider in [wecom(), dingtalk(None, None), feishu(None)] {
            assert_eq!(said(&*provider, &answered(status, &json!({}))), expected);
            let none = Answer { status, body: None, retry_after: None, date: None };
            assert_eq!(said(&*provider, &none), expected);
        }
    }
}

#[test]
fn a_refused_signature_is_about_the_clock_where_the_clocks_differ() {
    let robot = dingtalk(Some("SECtest"), None);
    let date = Some(stamp().at + Duration::from_hours(2));
    let refused = Answer { date, ..answered(200, &json!({ "errcode": 310_000 })) };
    assert_eq!(said(&*robot, &refused), "transient ClockSkew");
    assert_eq!(said(&*dingtalk(None, Some("值班")), &refused), "permanent Auth");
}

#[test]
fn nothing_of_a_key_is_shown() {
    let settings = PresetSettings::new(Preset::WeCom { key: Secret::new("canary") });
    let channel = crate::channel::Webhook::preset(&settings).unwrap();
    let shown = format!("{settings:?} {channel:?} {:?}", dingtalk(Some("canary"), None));
    assert!(!shown.contains("canary"), "{shown}");
}
