//! Encrypted stand-ins with certificates of a private authority, whose key signed these two and was thrown away.

use std::path::PathBuf;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio_rustls::TlsAcceptor;

use super::*;

/// The private authority.
pub(super) fn ca_file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/channel/tests/tls/ca.pem")
}

fn acceptor() -> TlsAcceptor {
    let chain = CertificateDer::from_pem_slice(include_bytes!("tls/server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("tls/server.key.pem")).unwrap();
    let config =
        rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![chain], key)
            .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

async fn provider() -> StandIn {
    StandIn::play(|stream, heard| async move {
        let Ok(mut stream) = acceptor().accept(stream).await else { return };
        keep(&heard, "encrypted");
        let mut read = [0; 4096];
        while stream.read(&mut read).await.is_ok_and(|length| length > 0) {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        }
    })
    .await
}

/// Which part of a mail conversation is encrypted, and what is added in the clear after the reply to STARTTLS.
#[derive(Debug, Clone, Copy)]
enum Part {
    Whole,
    Upgraded(&'static str),
}

async fn talk<S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin>(
    stream: &mut BufReader<S>,
    heard: &Mutex<Vec<String>>,
    encrypted: bool,
) -> Option<()> {
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        keep(heard, line.trim_end());
        let reply = match line.get(..4).unwrap_or(&line) {
            "EHLO" if encrypted => "250-relay\r\n250 AUTH PLAIN",
            "EHLO" => "250-relay\r\n250 STARTTLS",
            "STAR" => return Some(()),
            "AUTH" => "235 welcome",
            "DATA" => "354 go on",
            ".\r\n" => "250 queued",
            "MAIL" | "RCPT" => "250 ok",
            "QUIT" => "221 bye",
            _ => continue,
        };
        stream.write_all(format!("{reply}\r\n").as_bytes()).await.ok()?;
    }
}

async fn relay(part: Part) -> StandIn {
    StandIn::play(move |mut stream, heard| async move {
        if let Part::Upgraded(added) = part {
            stream.write_all(b"220 relay\r\n").await.unwrap();
            let mut plain = BufReader::new(stream);
            if talk(&mut plain, &heard, false).await.is_none() {
                return;
            }
            stream = plain.into_inner();
            stream.write_all(format!("220 go on\r\n{added}").as_bytes()).await.unwrap();
        }
        let Ok(stream) = acceptor().accept(stream).await else { return };
        keep(&heard, "encrypted");
        let mut stream = BufReader::new(stream);
        if matches!(part, Part::Whole) {
            stream.write_all(b"220 relay\r\n").await.unwrap();
        }
        talk(&mut stream, &heard, true).await;
    })
    .await
}

fn smtp(address: SocketAddr, tls: SmtpTls, ca: bool) -> Option<Channel> {
    let mut settings = SmtpSettings::new("127.0.0.1", address.port(), tls, "watchfire@example.cn");
    settings.timeout = SHORT * 4;
    settings.user = Some("watchfire".to_owned());
    settings.password = Some(Secret::new("canary"));
    settings.ca = ca.then(ca_file);
    // A machine without any certificates cannot build the channel, and then sends nothing either.
    Smtp::new(&settings).ok().map(Channel::Smtp)
}

fn to_mail() -> Message {
    message(Address::Email("duty@sasac.example.cn".to_owned()))
}

#[tokio::test]
async fn a_webhook_trusts_the_private_authority_and_only_where_it_is_named() {
    let provider = provider().await;
    let mut settings =
        WebhookSettings::new(format!("https://{}/", provider.address), "{\"text\": {{ text }}}");
    settings.timeout = SHORT * 4;
    settings.ca = Some(ca_file());
    let trusted = Channel::Webhook(Webhook::new(&settings).unwrap());
    assert_eq!(trusted.deliver(&to_mail(), &stamp()).await.outcome, accepted());
    assert_eq!(provider.heard(), ["encrypted"]);
    settings.ca = None;
    if let Ok(webhook) = Webhook::new(&settings) {
        let outcome = Channel::Webhook(webhook).deliver(&to_mail(), &stamp()).await.outcome;
        assert_eq!(outcome, transient(FailureReason::Tls));
    }
    assert_eq!(provider.heard(), ["encrypted"]);
}

#[tokio::test]
async fn mail_goes_encrypted_from_the_first_byte_or_after_the_upgrade() {
    for (part, tls) in [(Part::Whole, SmtpTls::Implicit), (Part::Upgraded(""), SmtpTls::Starttls)] {
        let stand_in = relay(part).await;
        let channel = smtp(stand_in.address, tls, true).unwrap();
        assert_eq!(channel.deliver(&to_mail(), &stamp()).await.outcome, accepted(), "{part:?}");
        let heard = stand_in.heard();
        let encrypted = heard.iter().position(|line| line == "encrypted").unwrap();
        let before = heard.get(..encrypted).unwrap();
        assert!(before.iter().all(|line| line.starts_with("EHLO") || line == "STARTTLS"), "{heard:?}");
        assert!(heard.iter().any(|line| line.starts_with("AUTH")), "{heard:?}");
    }
}

#[tokio::test]
async fn mail_does_not_go_to_a_relay_that_nobody_vouches_for() {
    for (part, tls) in [(Part::Whole, SmtpTls::Implicit), (Part::Upgraded(""), SmtpTls::Starttls)] {
        let stand_in = relay(part).await;
        if let Some(channel) = smtp(stand_in.address, tls, false) {
            assert_eq!(
                channel.deliver(&to_mail(), &stamp()).await.outcome,
                transient(FailureReason::Tls),
                "{part:?}"
            );
        }
        assert!(!stand_in.heard().iter().any(|line| line.starts_with("AUTH")));
    }
}

#[tokio::test]
async fn replies_slipped_in_before_the_encryption_are_not_taken_for_answers() {
    let forged = "250 relay\r\n235 welcome\r\n250 ok\r\n250 ok\r\n354 go on\r\n250 queued\r\n";
    let stand_in = relay(Part::Upgraded(forged)).await;
    let channel = smtp(stand_in.address, SmtpTls::Starttls, true).unwrap();
    assert_eq!(channel.deliver(&to_mail(), &stamp()).await.outcome, transient(FailureReason::Tls));
}
