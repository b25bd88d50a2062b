//! A small client for what people script most: event, report, arm, test, erase; and the call that others make as well.

mod report;

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};

use super::{Failure, innermost, runtime, say, say_error};
use crate::time::Timestamp;

pub(super) use report::{Report, report};

/// A call that takes longer has failed; it may be made again.
const WITHIN: Duration = Duration::from_secs(30);

/// Where the daemon is, and by which credential.
#[derive(Debug, Args)]
pub(super) struct Daemon {
    #[arg(long, help = "Where the daemon answers, such as http://127.0.0.1:8420")]
    url: reqwest::Url,
    /// A file that holds the bearer token alone.
    #[arg(long, value_name = "FILE")]
    token_file: PathBuf,
}

/// A call in a person's name.
#[derive(Debug, Args)]
pub(super) struct Named {
    #[command(flatten)]
    daemon: Daemon,
    /// The id of the person who does it.
    #[arg(long, value_name = "PERSON")]
    by: String,
}

/// A test message.
#[derive(Debug, Args)]
pub(super) struct Test {
    #[command(flatten)]
    daemon: Daemon,
    /// The id of the person who gets it.
    #[arg(long)]
    person: String,
    /// By phone, sms, email, or the id of a channel; without it by all.
    #[arg(long, value_name = "MEDIUM|CHANNEL")]
    by: Option<String>,
}

/// A fever event.
#[derive(Debug, Args)]
pub(super) struct Event {
    #[command(flatten)]
    daemon: Daemon,
    /// What makes it the same event when it is sent again.
    #[arg(long)]
    id: String,
    /// The unit.
    #[arg(long)]
    unit: Option<String>,
    /// What is said of it; `ruled_out` is noted and proposed, and only a person rules out.
    #[arg(long, value_parser = ["fever", "suspected", "confirmed", "ruled_out"])]
    kind: Option<String>,
    /// What was measured, in degrees Celsius.
    #[arg(long, value_name = "DEGREES")]
    temperature: Option<f64>,
    /// The employee number.
    #[arg(long, value_name = "NUMBER")]
    person: Option<String>,
    /// Where.
    #[arg(long)]
    place: Option<String>,
    /// When it was discovered, such as 2026-11-23T08:01:00+08:00.
    #[arg(long, value_name = "TIME")]
    discovered_at: Option<Timestamp>,
    /// The person was exposed.
    #[arg(long)]
    exposure: bool,
}

/// An erasure.
#[derive(Debug, Args)]
pub(super) struct Erase {
    #[command(flatten)]
    named: Named,
    /// The case.
    #[arg(long)]
    case: String,
    /// The id of the second person who agrees.
    #[arg(long, value_name = "PERSON")]
    second: String,
    /// On which ground.
    #[arg(long)]
    ground: String,
}

pub(super) fn arm(call: &Named) -> Result<(), Failure> {
    let answer = post(&call.daemon, "/v1/arm", &json!({ "by": call.by }))?;
    if answer.get("armed").and_then(Value::as_bool) != Some(true) {
        return Err(nobody_we_know(&call.daemon));
    }
    say(&format!("ARMED by {}{}: from here on authorities are really rung", call.by, entry(&answer)))
}

pub(super) fn release(call: &Named) -> Result<(), Failure> {
    let answer = post(&call.daemon, "/v1/release", &json!({ "by": call.by }))?;
    if answer.get("entry").is_none() {
        return Err(nobody_we_know(&call.daemon));
    }
    say(&format!("released by {}{}: what is due goes from here on", call.by, entry(&answer)))
}

pub(super) fn test(call: &Test) -> Result<(), Failure> {
    let answer = post(&call.daemon, "/v1/test", &json!({ "person": call.person, "by": call.by }))?;
    if answer.get("entry").is_none() {
        return Err(nobody_we_know(&call.daemon));
    }
    let ways = call.by.as_deref().unwrap_or("phone, sms and email");
    if answer.get("held_back") == Some(&Value::Bool(true)) {
        say("HELD BACK: nothing is sent until somebody runs watchfire release; the test waits as well")?;
    }
    say(&format!(
        "a marked test goes to {} by {ways}{}; look whether it arrives, and into the daemon's log where it does not",
        call.person,
        entry(&answer)
    ))
}

/// Under which number the journal holds it.
fn entry(answer: &Value) -> String {
    answer.get("entry").and_then(Value::as_u64).map(|seq| format!(" (entry {seq})")).unwrap_or_default()
}

pub(super) fn event(call: &Event) -> Result<(), Failure> {
    let mut event = json!({ "id": call.id, "exposure": call.exposure });
    let fields = [
        ("unit", call.unit.as_ref().map(|text| json!(text))),
        ("kind", call.kind.as_ref().map(|text| json!(text))),
        ("temperature_c", call.temperature.map(|degrees| json!(degrees))),
        ("person", call.person.as_ref().map(|number| json!({ "ref": number }))),
        ("place", call.place.as_ref().map(|text| json!(text))),
        ("discovered_at", call.discovered_at.map(|at| json!(at))),
    ];
    if let Some(map) = event.as_object_mut() {
        map.extend(fields.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))));
    }
    let answer = post(&call.daemon, "/v1/events", &event)?;
    if answer.get("outcome").and_then(Value::as_str).is_none() {
        return Err(nobody_we_know(&call.daemon));
    }
    say(&answer.to_string())?;
    if call.kind.as_deref() == Some("ruled_out") {
        say_error(match answer.get("case") {
            Some(_) => "noted and proposed: a person rules the case out, or leaves it",
            None => "noted, and no more: no open case is about this person, and only a person rules out",
        });
    }
    Ok(())
}

/// Something took the call and answered as no daemon does: nothing is known to have been done.
pub(super) fn nobody_we_know(daemon: &Daemon) -> Failure {
    let base = daemon.url.as_str().trim_end_matches('/');
    Failure::Work(format!(
        "what answers at {base} is no watchfire (its answer says nothing of the call): mend --url"
    ))
}

pub(super) fn erase(call: &Erase) -> Result<(), Failure> {
    let body = json!({ "by": call.named.by, "second": call.second, "ground": call.ground });
    let answer = post(&call.named.daemon, &format!("/v1/cases/{}/erase", call.case), &body)?;
    if answer.get("erased_at").is_none() {
        return Err(nobody_we_know(&call.named.daemon));
    }
    say(&serde_json::to_string_pretty(&answer).unwrap_or_default())
}

pub(super) fn post(daemon: &Daemon, path: &str, body: &Value) -> Result<Value, Failure> {
    read(daemon, &daemon.call(path, Some(Body::json(body)))?)
}

fn read(daemon: &Daemon, answer: &Answer) -> Result<Value, Failure> {
    serde_json::from_slice(&answer.body).map_err(|_cause| nobody_we_know(daemon))
}

/// What is sent.
pub(super) struct Body<'a> {
    /// Its media type.
    kind: &'static str,
    bytes: Vec<u8>,
    /// What the call is known by when it is made again.
    key: Option<&'a str>,
}

impl<'a> Body<'a> {
    pub(super) fn json(value: &Value) -> Self {
        Self { kind: "application/json", bytes: value.to_string().into_bytes(), key: None }
    }

    const fn with_key(mut self, key: Option<&'a str>) -> Self {
        self.key = key;
        self
    }
}

/// What the daemon answered with success.
pub(super) struct Answer {
    pub(super) body: Vec<u8>,
    /// Its `Content-Digest`, where it has one.
    pub(super) digest: Option<String>,
}

impl Daemon {
    pub(super) const fn new(url: reqwest::Url, token_file: PathBuf) -> Self {
        Self { url, token_file }
    }

    /// Calls it: a `POST` where there is a body, else a `GET`.
    pub(super) fn call(&self, path: &str, body: Option<Body<'_>>) -> Result<Answer, Failure> {
        let file = self.token_file.display();
        let token = std::fs::read_to_string(&self.token_file).map_err(|error| {
            Failure::Call(format!(
                "--token-file {file} cannot be read ({}); it must hold the token alone",
                error.kind()
            ))
        })?;
        if !matches!(self.url.scheme(), "http" | "https") || !self.url.has_host() {
            return Err(Failure::Call("--url: expected an address such as http://127.0.0.1:8420".to_owned()));
        }
        let base = self.url.as_str().trim_end_matches('/');
        runtime()?.block_on(answer((base, path), token.trim(), body))
    }
}

async fn answer((base, path): (&str, &str), token: &str, body: Option<Body<'_>>) -> Result<Answer, Failure> {
    let client = reqwest::Client::builder()
        .timeout(WITHIN)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .map_err(|error| Failure::Work(innermost(&error)))?;
    let url = format!("{base}{path}");
    let request = match body {
        None => client.get(&url),
        Some(Body { kind, bytes, key: None }) => client.post(&url).header("content-type", kind).body(bytes),
        Some(Body { kind, bytes, key: Some(key) }) => {
            client.post(&url).header("content-type", kind).header("idempotency-key", key).body(bytes)
        }
    };
    let silent = |error: reqwest::Error| {
        let why = if error.is_timeout() { format!("no answer within {WITHIN:?}") } else { innermost(&error) };
        Failure::Work(format!("no daemon answers at {base} ({why}): is it running, and is this its address?"))
    };
    let answer = request.bearer_auth(token).send().await.map_err(silent)?;
    let status = answer.status();
    let digest = answer.headers().get("content-digest").and_then(|it| it.to_str().ok()).map(str::to_owned);
    let body = answer.bytes().await.map_err(silent)?;
    if status.is_success() {
        Ok(Answer { body: body.into(), digest })
    } else {
        Err(refused(status.as_u16(), &serde_json::from_slice(&body).unwrap_or(Value::Null), base))
    }
}

/// What the daemon has against it, and what to do about that.
fn refused(status: u16, said: &Value, base: &str) -> Failure {
    let word = |key: &str| said.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    if word("code").is_none() {
        return Failure::Work(format!(
            "what answers at {base} is no watchfire (it says {status}): mend --url"
        ));
    }
    let help = match status {
        401 => Some(
            "`event` needs the token of a [[source]], every other command that of a [[client]]; its SHA-256 stands in the configuration as token_sha256, and is taken from the next reload on",
        ),
        403 => Some("the token is known, and its [[client]] or [[source]] has no right to this"),
        429 | 503 => Some("try again in a moment"),
        _ => None,
    };
    let mut parts: Vec<&str> = [word("title"), word("detail")].into_iter().flatten().collect();
    parts.extend(help);
    let mut sentence = format!("refused ({status}): {}", parts.join(" "));
    for error in said.get("errors").and_then(Value::as_array).into_iter().flatten() {
        let part = |key: &str| error.get(key).and_then(Value::as_str).unwrap_or_default();
        sentence.push_str(&format!("\n  {}: {}", part("pointer").trim_start_matches('/'), part("detail")));
    }
    Failure::Work(sentence)
}
