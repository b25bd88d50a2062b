//! Webhooks against providers that answer well, badly, late, too much or not at all.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

const BODY: &str = r#"{"to": {{ to.phone }}, "text": {{ text }}, "key": {{ key }}, "code": {{ code }}}"#;
const RULE: &str = "status == 200 and body.code == 0";

/// What a provider does with each request.
#[derive(Debug, Clone)]
enum Part {
    /// Answers with this, and keeps the connection.
    Answer(String),
    /// Answers with this and closes the connection.
    Close(String),
    /// Reads the request and says nothing more.
    Silent,
    /// Does not even read.
    Deaf,
}

async fn request(stream: &mut TcpStream) -> Option<String> {
    let mut heard = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&heard).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "))?;
            if body.len() >= length.parse::<usize>().ok()? {
                return Some(text);
            }
        }
        if stream.read_buf(&mut heard).await.ok()? == 0 {
            return None;
        }
    }
}

async fn provider(part: Part) -> StandIn {
    StandIn::play(move |mut stream, heard| {
        let part = part.clone();
        async move {
            if matches!(part, Part::Deaf) {
                return std::future::pending().await;
            }
            keep(&heard, "connection");
            while let Some(request) = request(&mut stream).await {
                keep(&heard, request);
                match &part {
                    Part::Answer(answer) => stream.write_all(answer.as_bytes()).await.unwrap(),
                    Part::Close(answer) => {
                        stream.write_all(answer.as_bytes()).await.unwrap();
                        return;
                    }
                    Part::Silent | Part::Deaf => std::future::pending().await,
                }
            }
        }
    })
    .await
}

fn answer(status: &str, headers: &str, body: &str) -> Part {
    Part::Answer(format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n{body}", body.len()))
}

fn settings(address: SocketAddr) -> WebhookSettings {
    let mut settings = WebhookSettings::new(format!("http://{address}/sms?key=canary"), BODY);
    settings.accepted_if = Some(RULE.to_owned());
    settings.timeout = SHORT;
    settings
}

fn channel(settings: &WebhookSettings) -> Channel {
    Channel::Webhook(Webhook::new(settings).unwrap())
}

fn to_phone() -> Message {
    message(Address::Phone("+8613800000011".to_owned()))
}

#[track_caller]
fn check(part: &Part, expected: &Outcome) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let outcome = runtime.block_on(async {
        let provider = provider(part.clone()).await;
        channel(&settings(provider.address)).deliver(&to_phone(), &stamp()).await.outcome
    });
    assert_eq!(outcome, *expected, "{part:?}");
}

#[test]
fn an_answer_means_what_it_says_and_not_what_its_status_says() {
    check(&answer("200 OK", "", r#"{"code": 0}"#), &accepted());
    check(&answer("200 OK", "", r#"{"code": 310000}"#), &transient(FailureReason::NotAccepted));
    check(&answer("200 OK", "", ""), &unknown(FailureReason::BadAnswer));
    check(&answer("200 OK", "", "<html>gateway</html>"), &unknown(FailureReason::BadAnswer));
    check(&answer("500 Oops", "", r#"{"code": 0}"#), &transient(FailureReason::Server));
    check(&answer("403 Forbidden", "", ""), &permanent(FailureReason::Auth));
    check(&answer("400 Bad Request", "", ""), &permanent(FailureReason::Refused));
}

#[test]
fn too_many_requests_says_how_long_to_wait() {
    let expected = |seconds| {
        let retry_after = Some(Duration::from_secs(seconds));
        Outcome::Failed(DeliveryError::Transient { reason: FailureReason::RateLimited, retry_after })
    };
    check(&answer("429 Slow", "Retry-After: 17\r\n", ""), &expected(17));
    let dates = "Date: Mon, 23 Nov 2026 08:00:00 GMT\r\nRetry-After: Mon, 23 Nov 2026 08:10:00 GMT\r\n";
    check(&answer("429 Slow", dates, ""), &expected(600));
    check(&answer("429 Slow", "Retry-After: 999999\r\n", ""), &expected(3600));
    check(&answer("429 Slow", "", ""), &transient(FailureReason::RateLimited));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = provider(answer("200 OK", "", r#"{"code": 0}"#)).await;
    let headers = format!("Location: http://{}/\r\n", elsewhere.address);
    let provider = provider(answer("302 Found", &headers, r#"{"code": 0}"#)).await;
    let outcome = channel(&settings(provider.address)).deliver(&to_phone(), &stamp()).await.outcome;
    assert_eq!(outcome, permanent(FailureReason::Redirected));
    assert!(elsewhere.heard().is_empty());
}

#[test]
fn silence_after_the_request_left_is_unknown() {
    check(&Part::Silent, &unknown(FailureReason::Timeout));
    check(&Part::Deaf, &unknown(FailureReason::Timeout));
}

#[test]
fn an_answer_that_is_cut_off_or_too_long_is_not_believed() {
    let half = "HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"code\": 0}";
    check(&Part::Close(half.to_owned()), &unknown(FailureReason::BadAnswer));
    check(&Part::Answer(half.to_owned()), &unknown(FailureReason::Timeout));
    check(&Part::Close(String::new()), &unknown(FailureReason::Connect));
    check(&Part::Close("HTP/9 what".to_owned()), &unknown(FailureReason::BadAnswer));
    let huge = format!("{{\"code\": 0, \"more\": \"{}\"}}", "x".repeat(65 * 1024));
    check(&answer("200 OK", "", &huge), &unknown(FailureReason::BadAnswer));
    check(&answer("400 Bad Request", "", &huge), &permanent(FailureReason::Refused));
}

#[tokio::test]
async fn what_fails_before_the_request_left_is_transient() {
    let refused = settings(nobody().await);
    assert_eq!(
        channel(&refused).deliver(&to_phone(), &stamp()).await.outcome,
        transient(FailureReason::Connect)
    );

    let mut nameless = settings(nobody().await);
    nameless.url = Secret::new("http://watchfire.invalid/");
    nameless.plain_text_allowed = Some("a test".to_owned());
    nameless.timeout = Duration::from_secs(20);
    assert_eq!(
        channel(&nameless).deliver(&to_phone(), &stamp()).await.outcome,
        transient(FailureReason::Dns)
    );
}

#[tokio::test]
async fn the_request_is_written_as_the_settings_say() {
    let provider = provider(answer("200 OK", "", r#"{"code": 0, "id": "B-1"}"#)).await;
    let mut settings = settings(provider.address);
    settings.id = Some("body.id".to_owned());
    settings.headers.insert("Authorization".to_owned(), Secret::new("Bearer canary"));
    let channel = channel(&settings);
    assert!(!format!("{channel:?}").contains("Bearer canary"));
    let outcome = channel.deliver(&to_phone(), &stamp()).await.outcome;
    assert_eq!(outcome, Outcome::Accepted { provider_id: Some("B-1".to_owned()) });
    let heard = provider.heard();
    let (head, body) = heard[1].split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /sms?key=canary HTTP/1.1\r\n"), "{head}");
    for line in
        ["idempotency-key: abcdefghij23456", "content-type: application/json", "authorization: Bearer canary"]
    {
        assert!(head.lines().any(|other| other == line), "{line} in {head}");
    }
    let read: serde_json::Value = serde_json::from_str(body).unwrap();
    let to = "+8613800000011";
    assert_eq!(
        read,
        serde_json::json!({"to": to, "text": to_phone().text, "key": "abcdefghij23456", "code": "4821"})
    );
}

#[tokio::test]
async fn a_connection_is_kept_and_used_again() {
    let provider = provider(answer("200 OK", "", r#"{"code": 0}"#)).await;
    let channel = channel(&settings(provider.address));
    for _ in 0..3 {
        assert_eq!(channel.deliver(&to_phone(), &stamp()).await.outcome, accepted());
    }
    assert_eq!(provider.heard().iter().filter(|heard| *heard == "connection").count(), 1);
}

#[tokio::test]
async fn no_more_requests_are_open_than_allowed() {
    let provider = provider(Part::Silent).await;
    let mut settings = settings(provider.address);
    settings.connections_max = 1;
    // Long enough for the request to arrive on a machine that is busy with something else.
    settings.timeout = Duration::from_secs(2);
    let channel = channel(&settings);
    let message = to_phone();
    let stamp = stamp();
    let mut first = std::pin::pin!(channel.deliver(&message, &stamp));
    // Driven until its request has arrived, and left alone: it keeps its connection while the other waits for one.
    while provider.heard().len() < 2 {
        tokio::select! {
            biased;
            outcome = &mut first => panic!("{outcome:?}"),
            () = tokio::task::yield_now() => {}
        }
    }
    assert_eq!(channel.deliver(&message, &stamp).await.outcome, transient(FailureReason::Busy));
    assert_eq!(first.await.outcome, unknown(FailureReason::Timeout));
    assert_eq!(provider.heard().len(), 2);
}

#[tokio::test]
async fn a_message_without_the_address_the_channel_needs_is_refused() {
    let channel = channel(&settings(nobody().await));
    let outcome =
        channel.deliver(&message(Address::Email("a@example.cn".to_owned())), &stamp()).await.outcome;
    assert_eq!(outcome, permanent(FailureReason::NoSuchAddress));
}

#[test]
fn a_bad_setting_is_named() {
    let good = || WebhookSettings::new("http://127.0.0.1:1/", BODY);
    let with = |change: fn(&mut WebhookSettings)| {
        let mut settings = good();
        change(&mut settings);
        Webhook::new(&settings).unwrap_err()
    };
    assert!(Webhook::new(&good()).is_ok());
    for (error, field) in [
        (with(|it| it.url = Secret::new("canary")), "url"),
        (with(|it| it.url = Secret::new("ftp://127.0.0.1/canary")), "url"),
        (with(|it| it.url = Secret::new("http://sms.example.cn/canary")), "url"),
        (with(|it| it.url = Secret::new("https://user:canary@sms.example.cn/")), "url"),
        (with(|it| it.body = "{\"a\": {{ b }}}".to_owned()), "body"),
        (with(|it| it.accepted_if = Some("status ==".to_owned())), "accepted_if"),
        (with(|it| it.timeout = Duration::ZERO), "timeout"),
        (with(|it| it.timeout = Duration::from_secs(121)), "timeout"),
        (with(|it| it.connections_max = 0), "connections_max"),
        (with(|it| it.ca = Some("/nowhere/ca.pem".into())), "ca"),
        (with(|it| drop(it.headers.insert("X-Key".to_owned(), Secret::new("canary\r\nx: y")))), "headers"),
        (with(|it| drop(it.headers.insert("Idempotency-Key".to_owned(), Secret::new("canary")))), "headers"),
    ] {
        assert_eq!(error.field, field);
        assert!(!error.to_string().contains("canary"), "{error}");
    }
}

#[tokio::test]
async fn a_provider_whose_clock_differs_is_signed_for_by_its_own() {
    let answer = answer("200 OK", "date: Tue, 14 Nov 2023 20:13:20 GMT\r\n", r#"{"errcode": 310000}"#);
    let provider = provider(answer).await;
    let mut settings = PresetSettings::new(Preset::DingTalk {
        token: Secret::new("canary"),
        secret: Some(Secret::new("SECtest")),
        keyword: None,
    });
    settings.url = Some(Secret::new(format!("http://{}", provider.address)));
    let channel = Channel::Webhook(Webhook::preset(&settings).unwrap());
    for _ in 0..2 {
        let Verdict { outcome, code } = channel.deliver(&message(Address::Robot), &stamp()).await;
        assert!(code.is_some_and(|code| code.to_string() == "310000"));
        assert!(matches!(outcome, Outcome::Failed(_)));
    }
    let heard = provider.heard();
    let signed: Vec<&str> = heard
        .iter()
        .filter_map(|heard| heard.split_once("timestamp=")?.1.split_once('&').map(|(at, _)| at))
        .collect();
    assert_eq!(signed, ["1700000000000", "1699992800000"], "the second try is signed two hours earlier");
}

#[tokio::test]
async fn a_request_without_a_body_that_was_not_answered_may_have_arrived() {
    let silent = provider(Part::Silent).await;
    let dead = nobody().await;
    for (address, expected) in [
        (silent.address, DeliveryError::Unknown { reason: FailureReason::Timeout }),
        (dead, DeliveryError::Transient { reason: FailureReason::Connect, retry_after: None }),
    ] {
        let url = reqwest::Url::parse(&format!("http://{address}/")).unwrap();
        let settings = super::super::http::TransportSettings { timeout: SHORT, ca: None, connections_max: 1 };
        let transport = super::super::http::Transport::new(settings, &url).unwrap();
        let progress = super::super::http::Progress::default();
        let slot = transport.connection(None, &progress).await;
        let ask =
            super::super::http::Ask { url, headers: reqwest::header::HeaderMap::new(), body: String::new() };
        let sent = tokio::time::timeout(SHORT, transport.send(ask, stamp().at, &progress)).await;
        let failed = match sent {
            Ok(sent) => sent.unwrap_err(),
            Err(_elapsed) => progress.ran_out(),
        };
        assert_eq!(failed, expected);
        drop(slot);
    }
    assert!(silent.heard().len() > 1, "it was read");
}
