//! Stand-ins for the tour: a provider of calls and messages, and a mail server that takes everything.

use std::fmt;

use axum::extract::{Path, State};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::Sender;

/// So much of a mail is read at most.
const MAIL_BYTES_MAX: usize = 1 << 20;

/// What a stand-in heard.
#[derive(Debug, Clone)]
pub(super) enum Heard {
    /// A call.
    Call { to: String, text: String, key: String },
    /// A short message.
    Sms { to: String, text: String, purpose: String },
    /// A mail.
    Mail { to: String, subject: String, lines: Vec<String> },
}

impl Heard {
    /// Whether it tells that it is over.
    pub(super) fn is_closing(&self) -> bool {
        matches!(self, Self::Sms { purpose, .. } if purpose == "closing")
    }

    /// The medium, in the tour's margin.
    pub(super) const fn word(&self) -> &'static str {
        match self {
            Self::Call { .. } => "CALL",
            Self::Sms { .. } => "SMS",
            Self::Mail { .. } => "MAIL",
        }
    }
}

fn who(number: &str) -> &'static str {
    match number {
        "+8613800000011" => "the leader of Finance",
        "+8613800000031" => "the duty officer",
        "+8613800000041" => "the head of the leading group",
        "+8645100000001" => "THE AUTHORITY",
        _ => "somebody",
    }
}

impl fmt::Display for Heard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call { to, text, .. } => write!(f, "to {}: {text}", who(to)),
            Self::Sms { to, text, .. } => write!(f, "to {}: {text}", who(to)),
            Self::Mail { to, subject, lines } => {
                write!(f, "to THE AUTHORITY, {to}, the second proof:\n  Subject: {subject}")?;
                for line in lines {
                    write!(f, "\n  {line}")?;
                }
                Ok(())
            }
        }
    }
}

/// A provider that accepts every call and every message.
pub(super) async fn provider(listener: TcpListener, heard: Sender<Heard>) {
    let router = Router::new().route("/{kind}", post(accept)).with_state(heard);
    if let Err(error) = axum::serve(listener, router).await {
        tracing::warn!(%error, "the stand-in for calls and messages ended");
    }
}

async fn accept(
    State(heard): State<Sender<Heard>>,
    Path(kind): Path<String>,
    Json(body): Json<Value>,
) -> Json<Value> {
    let part = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (to, text, purpose) = (part("to"), part("text"), part("purpose"));
    let news = match kind.as_str() {
        "voice" => Heard::Call { to, text, key: part("key") },
        _ => Heard::Sms { to, text, purpose },
    };
    if heard.send(news).await.is_err() {
        tracing::debug!("the tour is over");
    }
    Json(json!({ "code": 0 }))
}

/// A mail server that takes everything.
pub(super) async fn mail(listener: TcpListener, heard: Sender<Heard>) {
    // One mail after the other is enough for a tour.
    while let Ok((stream, _)) = listener.accept().await {
        if let Err(error) = converse(stream, &heard).await {
            tracing::debug!(%error, "a mail connection broke");
        }
    }
}

async fn converse(stream: TcpStream, heard: &Sender<Heard>) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 demo ESMTP\r\n").await?;
    let mut to = String::new();
    while let Some(line) = lines.next_line().await? {
        let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        match verb.as_str() {
            "EHLO" | "HELO" => write.write_all(b"250-demo\r\n250-SMTPUTF8\r\n250 8BITMIME\r\n").await?,
            "RCPT" => {
                to = line
                    .split_once('<')
                    .and_then(|(_, rest)| rest.split_once('>'))
                    .map_or("", |(to, _)| to)
                    .to_owned();
                write.write_all(b"250 ok\r\n").await?;
            }
            "DATA" => {
                write.write_all(b"354 go on\r\n").await?;
                let mut message = String::new();
                while let Some(line) = lines.next_line().await? {
                    if line == "." || message.len() > MAIL_BYTES_MAX {
                        break;
                    }
                    message.push_str(line.strip_prefix('.').unwrap_or(&line));
                    message.push('\n');
                }
                write.write_all(b"250 taken\r\n").await?;
                let (subject, lines) = read_mail(&message);
                if heard.send(Heard::Mail { to: to.clone(), subject, lines }).await.is_err() {
                    return Ok(());
                }
            }
            "QUIT" => {
                write.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => write.write_all(b"250 ok\r\n").await?,
        }
    }
    Ok(())
}

/// The subject and the text of a mail, decoded as far as a tour needs.
fn read_mail(message: &str) -> (String, Vec<String>) {
    let unfolded = message.replace("\n ", " ");
    let subject = unfolded.lines().find_map(|line| line.strip_prefix("Subject: ")).unwrap_or_default();
    let part = message.split("Content-Type: text/plain").nth(1).unwrap_or(message);
    let (headers, rest) = part.split_once("\n\n").unwrap_or(("", part));
    let body = rest.split("\n--").next().unwrap_or_default();
    let text = if headers.contains("quoted-printable") {
        quoted_printable(&body.replace("=\n", ""), '=')
    } else if headers.contains("base64") {
        base64_text(&body.split_whitespace().collect::<String>())
    } else {
        body.to_owned()
    };
    (encoded_words(subject), text.lines().map(str::to_owned).collect())
}

fn base64_text(text: &str) -> String {
    use base64::Engine as _;
    let bytes = base64::prelude::BASE64_STANDARD.decode(text).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn quoted_printable(text: &str, escape: char) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c == escape {
            let digits: String = rest.by_ref().take(2).collect();
            bytes.extend(u8::from_str_radix(&digits, 16));
        } else {
            bytes.extend(c.to_string().as_bytes());
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A header in encoded words (RFC 2047).
fn encoded_words(text: &str) -> String {
    text.split_whitespace()
        .map(|word| {
            let inner = word.strip_prefix("=?utf-8?b?").and_then(|word| word.strip_suffix("?="));
            inner.map_or_else(|| format!("{word} "), base64_text)
        })
        .collect::<String>()
        .trim_end()
        .to_owned()
}
