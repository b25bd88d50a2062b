//! Mail against relays that take it, refuse it at each command, or fall silent at each.

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

use super::*;

/// What a relay says to each command; an empty text hangs up, and `…` says nothing more.
#[derive(Debug, Clone)]
struct Relay {
    greeting: &'static str,
    features: &'static [&'static str],
    auth: &'static str,
    mail: &'static str,
    rcpt: &'static str,
    data: &'static str,
    text: &'static str,
}

const GOOD: Relay = Relay {
    greeting: "220 relay",
    features: &["8BITMIME", "AUTH PLAIN LOGIN"],
    auth: "235 welcome",
    mail: "250 ok",
    rcpt: "250 ok",
    data: "354 go on",
    text: "250 queued as 42",
};

async fn say(stream: &mut BufReader<TcpStream>, reply: &str) -> Option<()> {
    match reply {
        "" => None,
        "…" => std::future::pending().await,
        _ => stream.write_all(format!("{reply}\r\n").as_bytes()).await.ok(),
    }
}

async fn talk(relay: &Relay, stream: TcpStream, heard: &Mutex<Vec<String>>) -> Option<()> {
    let mut stream = BufReader::new(stream);
    say(&mut stream, relay.greeting).await?;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        keep(heard, line.trim_end());
        let reply = match line.split([' ', ':', '\r']).next()? {
            "EHLO" => {
                let features = relay.features.iter().map(|feature| format!("250-{feature}\r\n"));
                format!("250-relay\r\n{}250 HELP", features.collect::<String>())
            }
            "AUTH" => relay.auth.to_owned(),
            "MAIL" => relay.mail.to_owned(),
            "RCPT" => relay.rcpt.to_owned(),
            "DATA" if relay.data == "354 go on" => {
                say(&mut stream, relay.data).await?;
                let mut mail = String::new();
                while !mail.ends_with("\r\n.\r\n") {
                    stream.read_line(&mut mail).await.ok()?;
                }
                keep(heard, mail);
                relay.text.to_owned()
            }
            "DATA" => relay.data.to_owned(),
            "QUIT" => "221 bye".to_owned(),
            _ => "500 what".to_owned(),
        };
        say(&mut stream, &reply).await?;
    }
}

async fn relay(relay: Relay) -> StandIn {
    StandIn::play(move |stream, heard| {
        let relay = relay.clone();
        async move {
            talk(&relay, stream, &heard).await;
        }
    })
    .await
}

fn settings(address: SocketAddr, tls: SmtpTls) -> SmtpSettings {
    let mut settings = SmtpSettings::new("127.0.0.1", address.port(), tls, "值班 <watchfire@example.cn>");
    settings.timeout = SHORT;
    settings
}

fn to_mail() -> Message {
    message(Address::Email("duty@sasac.example.cn".to_owned()))
}

async fn deliver(part: Relay, change: impl FnOnce(&mut SmtpSettings)) -> (Outcome, Vec<String>) {
    let stand_in = relay(part).await;
    let mut settings = settings(stand_in.address, SmtpTls::None);
    change(&mut settings);
    let outcome = Channel::Smtp(Smtp::new(&settings).unwrap()).deliver(&to_mail(), &stamp()).await.outcome;
    (outcome, stand_in.heard())
}

#[track_caller]
fn check(part: &Relay, expected: &Outcome) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (outcome, _) = runtime.block_on(deliver(part.clone(), |settings| {
        if part.auth != GOOD.auth {
            settings.user = Some("watchfire".to_owned());
            settings.password = Some(Secret::new("canary"));
        }
    }));
    assert_eq!(outcome, *expected, "{part:?}");
}

#[tokio::test]
async fn a_mail_arrives_with_its_subject_its_texts_and_its_key() {
    let (outcome, heard) = deliver(GOOD, |_| ()).await;
    assert_eq!(outcome, accepted());
    assert_eq!(heard.last().map(String::as_str), Some("QUIT"));
    assert!(heard.iter().any(|line| line.starts_with("MAIL FROM:<watchfire@example.cn>")), "{heard:?}");
    assert!(heard.iter().any(|line| line == "RCPT TO:<duty@sasac.example.cn>"), "{heard:?}");
    let mail = heard.iter().find(|line| line.starts_with("From:") || line.contains("Message-ID")).unwrap();
    for part in [
        "Message-ID: <abcdefghij23456@example.cn>\r\n",
        "Auto-Submitted: auto-generated\r\n",
        "Subject: =?utf-8?b?44CQ57Sn5oCl44CR55aR5Ly8?=\r\n",
        "multipart/alternative",
        "text/html; charset=utf-8",
        "text/plain; charset=utf-8",
    ] {
        assert!(mail.contains(part), "{part} in {mail}");
    }
    let (again, repeated) = deliver(GOOD, |_| ()).await;
    assert_eq!(again, accepted());
    assert!(repeated.iter().any(|line| line.contains("Message-ID: <abcdefghij23456@example.cn>")));
}

#[test]
fn a_reply_is_weighed_by_the_command_it_answers() {
    check(&Relay { greeting: "421 busy", ..GOOD }, &transient(FailureReason::Server));
    check(&Relay { greeting: "554 go away", ..GOOD }, &transient(FailureReason::Refused));
    check(&Relay { auth: "535 bad password", ..GOOD }, &permanent(FailureReason::Auth));
    check(&Relay { auth: "454 later", ..GOOD }, &transient(FailureReason::Auth));
    check(&Relay { auth: "235 no need", features: &[], ..GOOD }, &permanent(FailureReason::Auth));
    check(&Relay { mail: "530 sign in first", ..GOOD }, &permanent(FailureReason::Auth));
    check(&Relay { mail: "550 not from you", ..GOOD }, &permanent(FailureReason::Refused));
    check(&Relay { rcpt: "451 grey", ..GOOD }, &transient(FailureReason::Refused));
    check(&Relay { rcpt: "452 full", ..GOOD }, &transient(FailureReason::Quota));
    check(&Relay { rcpt: "550 nobody here", ..GOOD }, &permanent(FailureReason::NoSuchAddress));
    check(&Relay { data: "554 no", ..GOOD }, &permanent(FailureReason::Refused));
    check(&Relay { text: "550 looks like spam", ..GOOD }, &permanent(FailureReason::Refused));
    check(&Relay { text: "451 try later", ..GOOD }, &transient(FailureReason::Refused));
    check(&Relay { text: "421 closing", ..GOOD }, &transient(FailureReason::Server));
}

#[test]
fn a_reply_to_the_text_other_than_250_is_not_an_acceptance() {
    check(&Relay { text: "354 go on", ..GOOD }, &unknown(FailureReason::BadAnswer));
    check(&Relay { text: "251 elsewhere", ..GOOD }, &unknown(FailureReason::BadAnswer));
    check(&Relay { text: "hello", ..GOOD }, &unknown(FailureReason::BadAnswer));
}

#[test]
fn before_the_text_a_break_is_transient_and_after_it_unknown() {
    check(&Relay { greeting: "", ..GOOD }, &transient(FailureReason::BadAnswer));
    check(&Relay { greeting: "…", ..GOOD }, &transient(FailureReason::Timeout));
    check(&Relay { rcpt: "", ..GOOD }, &transient(FailureReason::BadAnswer));
    check(&Relay { data: "…", ..GOOD }, &transient(FailureReason::Timeout));
    check(&Relay { text: "", ..GOOD }, &unknown(FailureReason::BadAnswer));
    check(&Relay { text: "…", ..GOOD }, &unknown(FailureReason::Timeout));
}

#[tokio::test]
async fn a_relay_that_is_not_there_is_transient() {
    let refused = settings(nobody().await, SmtpTls::None);
    let outcome = Channel::Smtp(Smtp::new(&refused).unwrap()).deliver(&to_mail(), &stamp()).await.outcome;
    assert_eq!(outcome, transient(FailureReason::Connect));
    let mut nameless = settings(nobody().await, SmtpTls::None);
    nameless.host = "watchfire.invalid".to_owned();
    nameless.plain_text_allowed = Some("a test".to_owned());
    nameless.timeout = Duration::from_secs(20);
    let outcome = Channel::Smtp(Smtp::new(&nameless).unwrap()).deliver(&to_mail(), &stamp()).await.outcome;
    assert_eq!(outcome, transient(FailureReason::Dns));
}

#[tokio::test]
async fn an_address_that_is_more_than_an_address_is_refused_before_anything_is_said() {
    let stand_in = relay(GOOD).await;
    let channel = Channel::Smtp(Smtp::new(&settings(stand_in.address, SmtpTls::None)).unwrap());
    for address in [
        "a@example.cn\r\nBcc: b@example.cn",
        "a@example.cn>\r\nRCPT TO:<b@example.cn",
        "a@example.cn, b@example.cn",
        "a",
        "",
    ] {
        let outcome = channel.deliver(&message(Address::Email(address.to_owned())), &stamp()).await.outcome;
        assert_eq!(outcome, permanent(FailureReason::NoSuchAddress), "{address:?}");
    }
    let outcome =
        channel.deliver(&message(Address::Phone("+8613800000011".to_owned())), &stamp()).await.outcome;
    assert_eq!(outcome, permanent(FailureReason::NoSuchAddress));
    assert!(stand_in.heard().is_empty());
}

#[tokio::test]
async fn a_subject_cannot_begin_a_header() {
    let stand_in = relay(GOOD).await;
    let channel = Channel::Smtp(Smtp::new(&settings(stand_in.address, SmtpTls::None)).unwrap());
    let message =
        Message { subject: Some("a\r\nBcc: b@example.cn\r\n\r\nx".to_owned()), html: None, ..to_mail() };
    assert_eq!(channel.deliver(&message, &stamp()).await.outcome, accepted());
    let heard = stand_in.heard().join("\r\n");
    assert!(!heard.contains("\nBcc:"), "{heard}");
}

#[tokio::test]
async fn a_text_with_lone_dots_arrives_whole() {
    let stand_in = relay(GOOD).await;
    let channel = Channel::Smtp(Smtp::new(&settings(stand_in.address, SmtpTls::None)).unwrap());
    let message = Message {
        text: "first\r\n.\r\nMAIL FROM:<x@example.cn>\r\nlast".to_owned(),
        html: None,
        ..to_mail()
    };
    assert_eq!(channel.deliver(&message, &stamp()).await.outcome, accepted());
    let heard = stand_in.heard();
    assert_eq!(heard.iter().filter(|line| line.starts_with("MAIL")).count(), 1, "{heard:?}");
    assert!(heard.iter().any(|line| line.contains("\r\n..\r\nMAIL FROM")), "{heard:?}");
}

#[tokio::test]
async fn where_encryption_is_required_nothing_is_said_without_it() {
    let stand_in = relay(GOOD).await;
    let mut settings = settings(stand_in.address, SmtpTls::Starttls);
    settings.user = Some("watchfire".to_owned());
    settings.password = Some(Secret::new("canary"));
    settings.ca = Some(tls::ca_file());
    let outcome = Channel::Smtp(Smtp::new(&settings).unwrap()).deliver(&to_mail(), &stamp()).await.outcome;
    assert_eq!(outcome, transient(FailureReason::Tls));
    let heard = stand_in.heard();
    assert!(heard.iter().all(|line| line.starts_with("EHLO") || line == "QUIT"), "{heard:?}");
}

#[tokio::test]
async fn a_relay_that_does_not_speak_tls_is_transient() {
    for kind in [SmtpTls::Implicit, SmtpTls::Starttls] {
        let stand_in = relay(Relay { features: &["STARTTLS"], ..GOOD }).await;
        let mut settings = settings(stand_in.address, kind);
        settings.ca = Some(tls::ca_file());
        let outcome =
            Channel::Smtp(Smtp::new(&settings).unwrap()).deliver(&to_mail(), &stamp()).await.outcome;
        assert_eq!(outcome, transient(FailureReason::Tls), "{kind:?}");
    }
}

#[test]
fn a_bad_setting_is_named() {
    let with = |change: fn(&mut SmtpSettings)| {
        let mut settings = SmtpSettings::new("127.0.0.1", 25, SmtpTls::None, "watchfire@example.cn");
        change(&mut settings);
        Smtp::new(&settings).unwrap_err()
    };
    for (error, field) in [
        (with(|it| it.host = "mail.example.cn".to_owned()), "tls"),
        (with(|it| (it.host, it.plain_text_allowed) = ("10.0.0.5".to_owned(), Some(" ".to_owned()))), "tls"),
        (with(|it| it.host = String::new()), "host"),
        (with(|it| it.port = 0), "port"),
        (with(|it| it.from = "nobody".to_owned()), "from"),
        (with(|it| it.user = Some("canary".to_owned())), "password"),
        (with(|it| it.password = Some(Secret::new("canary"))), "user"),
        (with(|it| it.timeout = Duration::ZERO), "timeout"),
        (with(|it| it.connections_max = 0), "connections_max"),
        (with(|it| (it.tls, it.ca) = (SmtpTls::Starttls, Some("/nowhere/ca.pem".into()))), "ca"),
    ] {
        assert_eq!(error.field, field, "{error}");
        assert!(!error.to_string().contains("canary"), "{error}");
    }
}
