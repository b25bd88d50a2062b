//! The channels against stand-ins on loopback: every way a provider can answer, fail to answer, or half answer.

mod http;
mod smtp;
mod tls;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::*;
use crate::time::Timestamp;

/// A stand-in: it accepts connections, plays its part on each, and keeps what it was told.
struct StandIn {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<String>>>,
    // Dropped with the stand-in, and ends what it plays.
    _task: JoinSet<()>,
}

impl StandIn {
    async fn play<F, P>(part: P) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
        P: Fn(TcpStream, Arc<Mutex<Vec<String>>>) -> F + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let keeps = Arc::clone(&heard);
        let mut task = JoinSet::new();
        task.spawn(async move {
            let mut parts = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                parts.spawn(part(stream, Arc::clone(&keeps)));
            }
        });
        Self { address, heard, _task: task }
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn keep(heard: &Mutex<Vec<String>>, what: impl Into<String>) {
    heard.lock().unwrap_or_else(PoisonError::into_inner).push(what.into());
}

/// An address on which nobody listens.
async fn nobody() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap()
}

/// Long enough for loopback on a busy machine, short enough for a test.
const SHORT: Duration = Duration::from_millis(250);

fn message(to: Address) -> Message {
    Message {
        key: "abcdefghij23456".to_owned(),
        to,
        text: "紧急：\"拍卖公司\"\n有1人疑似".to_owned(),
        subject: Some("【紧急】疑似".to_owned()),
        html: Some("<p>紧急</p>".to_owned()),
        fields: Fields { code: Some("4821".to_owned()), ..Fields::default() },
    }
}

fn stamp() -> Stamp {
    Stamp { at: Timestamp::from_millis(1_700_000_000_000), nonce: "n1".to_owned() }
}

fn transient(reason: FailureReason) -> Outcome {
    Outcome::Failed(DeliveryError::Transient { reason, retry_after: None })
}

fn permanent(reason: FailureReason) -> Outcome {
    Outcome::Failed(DeliveryError::Permanent { reason })
}

fn unknown(reason: FailureReason) -> Outcome {
    Outcome::Failed(DeliveryError::Unknown { reason })
}

fn accepted() -> Outcome {
    Outcome::Accepted { provider_id: None }
}

#[tokio::test]
async fn a_channel_in_memory_keeps_its_messages_and_answers_as_told() {
    let memory = Memory::new();
    memory.answer(unknown(FailureReason::Timeout));
    let channel = Channel::Memory(memory.clone());
    let message = message(Address::Robot);
    assert_eq!(channel.deliver(&message, &stamp()).await.outcome, unknown(FailureReason::Timeout));
    assert_eq!(channel.deliver(&message, &stamp()).await.outcome, accepted());
    assert_eq!(memory.take(), [message.clone(), message]);
    assert!(memory.sent().is_empty());
}

#[tokio::test]
async fn a_key_that_could_end_a_header_is_not_sent() {
    let memory = Memory::new();
    let channel = Channel::Memory(memory.clone());
    for key in ["", "abcdefghij234567", "a\r\nBcc", "ABC", "a b", "a1"] {
        let message = Message { key: key.to_owned(), ..message(Address::Robot) };
        assert_eq!(
            channel.deliver(&message, &stamp()).await.outcome,
            permanent(FailureReason::Unwritable),
            "{key}"
        );
    }
    assert!(memory.sent().is_empty());
}

#[test]
fn nothing_of_a_message_is_shown() {
    let message = Message {
        text: "canary-text".to_owned(),
        fields: Fields { link: Some("canary-link".to_owned()), ..Fields::default() },
        ..message(Address::Phone("canary-number".to_owned()))
    };
    let shown = format!("{message:?} {:?}", message.fields);
    assert!(!shown.contains("canary") && !shown.contains("4821"), "{shown}");
}
