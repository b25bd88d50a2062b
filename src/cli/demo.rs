//! The tour: the real daemon in a temporary folder, with stand-ins for voice, SMS and mail, and a clock of 30 seconds.

mod standins;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use self::standins::Heard;
use super::{Failure, load, runtime, say};
use crate::app::{self, Run};
use crate::time::{Clock as _, SystemClock, Timestamp};

/// The tour ends by itself after this, whatever happens.
const TOUR_MAX: Duration = Duration::from_secs(60);
/// Between two looks at the case.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// What the tour's people do, in seconds after the event: late enough for everybody to be rung a second time.
const TAKES_AT: u64 = 7;
const RINGS_AT: u64 = 12;
const WRITES_AT: u64 = 18;
/// So wide is a line of the tour; texts are folded under the word they belong to.
const COLUMNS: usize = 100;
const MARGIN: usize = 20;

pub(super) fn run(once: bool) -> Result<(), Failure> {
    let runtime = runtime()?;
    let folder = Folder::make()?;
    let ended = runtime.block_on(tour(&folder.0, once));
    ended.map_err(Failure::from)
}

/// A temporary folder that is removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn make() -> Result<Self, Failure> {
        let path = std::env::temp_dir().join(format!("watchfire-demo-{:016x}", rand::random::<u64>()));
        fs::create_dir_all(path.join("config"))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::debug!(%error, "the tour's folder stays");
        }
    }
}

/// Talks to the daemon as a program would.
struct Talk {
    client: reqwest::Client,
    base: String,
    token: String,
}

impl Talk {
    async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let answer = self
            .client
            .post(format!("{}{path}", self.base))
            .bearer_auth(&self.token)
            .json(body)
            .send()
            .await?;
        let status = answer.status();
        let said: Value = answer.json().await.unwrap_or(Value::Null);
        if status.is_success() { Ok(said) } else { Err(anyhow!("{path} answered {status}: {said}")) }
    }

    async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let answer = self.client.get(format!("{}{path}", self.base)).bearer_auth(&self.token).send().await?;
        Ok(answer.error_for_status()?.json().await?)
    }
}

/// Prints with the seconds since the event.
struct Narrator {
    clock: SystemClock,
    began: Timestamp,
}

impl Narrator {
    fn seconds(&self) -> u64 {
        self.clock.read().wall.since(self.began).as_secs()
    }

    fn tell(&self, word: &str, what: &str) -> anyhow::Result<()> {
        let since = self.clock.read().wall.since(self.began).as_secs_f64();
        let head = format!("T+{since:>4.1}s  {word:<10} ");
        let mut lines = what.lines().flat_map(|line| fold(line, COLUMNS - MARGIN));
        line(&format!("{head}{}", lines.next().unwrap_or_default()))?;
        lines.try_for_each(|rest| line(&format!("{:MARGIN$}{rest}", "")))
    }
}

/// Cuts a line where it grows too wide: between words, or anywhere in Chinese, whose signs are two columns wide.
fn fold(text: &str, columns: usize) -> Vec<String> {
    let width = |letter: char| if letter.is_ascii() { 1 } else { 2 };
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in words(text) {
        let wide: usize = word.chars().map(width).sum();
        if used + wide > columns && used > 0 {
            lines.push(String::new());
            used = 0;
        }
        let word = if used == 0 { word.trim_start() } else { word };
        used += word.chars().map(width).sum::<usize>();
        if let Some(line) = lines.last_mut() {
            line.push_str(word);
        }
    }
    lines
}

/// Pieces that a line may be cut between, each with the blanks before it.
fn words(text: &str) -> Vec<&str> {
    let mut cuts = vec![0];
    let mut before = ' ';
    for (at, letter) in text.char_indices().skip(1) {
        let closes = matches!(letter, '，' | '。' | '；' | '：' | '）' | '”' | '、');
        if (letter == ' ' && before != ' ') || (!letter.is_ascii() && !closes) {
            cuts.push(at);
        }
        before = letter;
    }
    cuts.push(text.len());
    cuts.windows(2).filter_map(|pair| text.get(*pair.first()?..*pair.last()?)).collect()
}

async fn tour(folder: &Path, once: bool) -> anyhow::Result<()> {
    let token = hex::encode(rand::random::<[u8; 16]>());
    let provider = TcpListener::bind("127.0.0.1:0").await?;
    let mail = TcpListener::bind("127.0.0.1:0").await?;
    let port = free_port().await?;
    let text = include_str!("demo/demo.toml")
        .replace("{HTTP}", &port.to_string())
        .replace("{PROVIDER}", &provider.local_addr()?.port().to_string())
        .replace("{SMTP}", &mail.local_addr()?.port().to_string())
        .replace("{DATA}", &folder.join("data").display().to_string())
        .replace("{HASH}", &hex::encode(Sha256::digest(token.as_bytes())));
    let config = folder.join("config");
    fs::write(config.join("watchfire.toml"), text)?;
    let loaded = load(&config).map_err(|failure| match failure {
        Failure::Call(text) | Failure::Work(text) => anyhow!(text),
    })?;

    let (heard, mut news) = mpsc::channel(256);
    let mut tasks = JoinSet::new();
    tasks.spawn(standins::provider(provider, heard.clone()));
    tasks.spawn(standins::mail(mail, heard));
    let stop = CancellationToken::new();
    let run = Run { config, hold: false, clock: Arc::new(SystemClock::new()), stop: stop.clone() };
    let mut daemon = Box::pin(app::serve(loaded, run));
    let client = reqwest::Client::builder().timeout(Duration::from_secs(5)).no_proxy().build()?;
    let talk = Talk { client, base: format!("http://127.0.0.1:{port}"), token };
    let mut stopped = std::pin::pin!(stop_signal()?);
    let told = tokio::select! {
        ended = &mut daemon => return ended.and(Err(anyhow!("the daemon ended"))),
        () = &mut stopped => Ok(false),
        told = tokio::time::timeout(TOUR_MAX, story(&talk, &mut news)) => {
            told.context("the tour took too long").and_then(|told| told).map(|()| true)
        }
    };
    if matches!(told, Ok(true)) && !once {
        invite(&talk, folder)?;
        tokio::select! {
            ended = &mut daemon => return ended,
            () = &mut stopped => {}
        }
    }
    stop.cancel();
    daemon.await?;
    told.map(|_whole| ())
}

/// Ctrl-C, or an end that was asked for in another way: the folder is removed in either case.
fn stop_signal() -> anyhow::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    })
}

/// What a newcomer may try while the daemon stays up.
fn invite(talk: &Talk, folder: &Path) -> anyhow::Result<()> {
    line("\nThe daemon stays up until Ctrl-C. Try, in another window:")?;
    line(&format!("  curl -H 'Authorization: Bearer {}' {}/v1/cases?state=open", talk.token, talk.base))?;
    line(&format!("  curl {}/metrics", talk.base))?;
    line(&format!("  watchfire ledger verify --config {}", folder.join("config").display()))?;
    line(&format!("  {}/a                  the page where a person types in the four digits", talk.base))?;
    line("Next: README.md, and `watchfire check --config config` on the example configuration.")
}

/// A port that was free a moment ago.
async fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0").await?.local_addr()?.port())
}

async fn story(talk: &Talk, news: &mut mpsc::Receiver<Heard>) -> anyhow::Result<()> {
    for _ in 0..50 {
        if talk.get("/readyz").await.is_ok() {
            break;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    let clock = SystemClock::new();
    let mut narrator = Narrator { began: clock.read().wall, clock };
    line("watchfire demo: one suspected case, from the webhook to the authority's telephone and inbox.\n")?;
    line("The daemon is the real one, in a temporary folder. The telephone network, the SMS provider, the")?;
    line(
        "mail server and the people are stand-ins on this machine; nothing leaves it. A second stands for a",
    )?;
    line(
        "minute: the authority must be told by telephone AND in writing within 30 minutes, here seconds.\n",
    )?;
    talk.post("/v1/arm", &json!({ "by": "head" })).await?;
    narrator.began = narrator.clock.read().wall;
    let event = json!({
        "id": "demo-1", "unit": "finance", "kind": "fever", "temperature_c": 38.4, "exposure": true,
        "person": { "ref": "E1024", "name": "Li Lei" }, "place": "main hall", "symptoms": ["cough"],
        "measures": ["isolated in room 2"],
    });
    narrator.tell("EVENT", "a gate measures 38.4 °C in Finance; the person was exposed: POST /v1/events")?;
    let answer = talk.post("/v1/events", &event).await?;
    let case = answer.get("case").and_then(Value::as_str).unwrap_or_default().to_owned();
    let what =
        format!("answered 202 once it was on disk: case {case}, suspected. The clock runs: until T+30s.");
    narrator.tell("ON DISK", &what)?;
    act(talk, news, &narrator, &case).await?;
    summary(talk, &narrator, &case).await
}

fn line(text: &str) -> anyhow::Result<()> {
    say(text).map_err(|failure| match failure {
        Failure::Work(text) | Failure::Call(text) => anyhow!(text),
    })
}

/// Lets the people of the tour act, and tells what the stand-ins hear, until everybody knows that it is over.
async fn act(
    talk: &Talk,
    news: &mut mpsc::Receiver<Heard>,
    narrator: &Narrator,
    case: &str,
) -> anyhow::Result<()> {
    let (mut taken, mut rung, mut written) = (false, false, false);
    let mut officer_call = None;
    let mut closing = 0;
    let mut said = std::collections::BTreeSet::new();
    loop {
        while let Ok(heard) = news.try_recv() {
            let what = heard.to_string();
            // A second round says the same to the same people.
            let repeated = matches!(heard, Heard::Call { .. }) && !said.insert(what.clone());
            let shown = if repeated { what.split_once(": ").map_or("", |(to, _)| to) } else { what.as_str() };
            let again = if repeated { ", again, for nobody has taken the case" } else { "" };
            narrator.tell(heard.word(), &format!("{shown}{again}"))?;
            if let Heard::Call { to, key, .. } = &heard
                && to.ends_with("31")
            {
                officer_call = Some(key.clone());
            }
            closing += usize::from(heard.is_closing());
        }
        let seconds = narrator.seconds();
        if !taken
            && seconds >= TAKES_AT
            && let Some(key) = &officer_call
        {
            taken = true;
            narrator.tell(
                "TAKEN",
                "the duty officer presses 1 on the telephone: \"I handle it\". Nobody else is rung again; the clock goes on.",
            )?;
            talk.post("/v1/receipts/voice", &json!({ "key": key, "state": "heard", "digits": "1" })).await?;
        }
        if !rung && seconds >= RINGS_AT {
            rung = true;
            narrator.tell(
                "TELEPHONE",
                "the duty officer rings the authority, where Division Head Wang takes the report; the officer records who and when: the first proof. (With no call on record the daemon itself rings at T+15s.)",
            )?;
            let record = json!({
                "authority": "sasac", "by": "officer", "outcome": "taken", "answered_by": "Division Head Wang",
            });
            talk.post(&format!("/v1/cases/{case}/telephone"), &record).await?;
        }
        if !written && seconds >= WRITES_AT {
            written = true;
            narrator.tell(
                "WRITING",
                "the duty officer completes the written report and sends it. (Else it goes by itself at T+20s, marked unverified.)",
            )?;
            let content = json!({
                "cause": "known to have been exposed; cause not yet verified", "scope": "six people on the floor, being checked",
                "next": "list of contacts within the hour",
            });
            let report = json!({ "by": "officer", "kind": "initial", "content": content });
            talk.post(&format!("/v1/cases/{case}/written"), &report).await?;
        }
        if written && closing >= 3 {
            return Ok(());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

async fn summary(talk: &Talk, narrator: &Narrator, case: &str) -> anyhow::Result<()> {
    let view = talk.get(&format!("/v1/cases/{case}")).await?;
    let clock = view.pointer("/clocks/0").cloned().unwrap_or_default();
    let since = |value: Option<&Value>| {
        let at = value.and_then(Value::as_str).and_then(|at| at.parse::<Timestamp>().ok());
        at.map_or_else(
            || "   -   ".to_owned(),
            |at| format!("T+{:>4.1}s", at.since(narrator.began).as_secs_f64()),
        )
    };
    let state = clock.get("state").and_then(Value::as_str).unwrap_or("-").to_uppercase();
    narrator.tell(
        &state,
        &format!(
            "the clock is {state}: by telephone at {}, in writing at {}, due at {}. Everybody who was rung was told so.",
            since(clock.pointer("/phone/at")),
            since(clock.pointer("/written/at")),
            since(clock.get("due"))
        ),
    )?;
    line("\nThe record of the case, as the journal holds it (# is the entry):")?;
    for moment in view.get("timeline").and_then(Value::as_array).into_iter().flatten() {
        let part = |key: &str| moment.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let by = match part("by").as_str() {
            "" => String::new(),
            by => format!("  (by {by})"),
        };
        let seq = moment.get("seq").and_then(Value::as_u64).unwrap_or(0);
        line(&format!("  #{seq:<4} {}  {}{by}", since(moment.get("at")), part("what")))?;
    }
    let head = talk.get("/v1/ledger/head").await?;
    let hash = head.get("hash").and_then(Value::as_str).unwrap_or_default();
    let seq = head.get("seq").and_then(Value::as_u64).unwrap_or(0);
    line(&format!(
        "\nEach of the {seq} entries carries the hash of the one before; the last is {}…, signed.\n\
         Whoever keeps that head elsewhere can prove that nothing before it was changed:\n\
         `watchfire ledger verify --config DIR --against FILE`.",
        hash.get(..12).unwrap_or_default()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_folded_between_words_and_within_chinese() {
        assert_eq!(fold("one two three", 8), ["one two", "three"]);
        assert_eq!(fold("请您立即报告上级。", 8), ["请您立即", "报告上", "级。"]);
        assert_eq!(fold("", 8), [""]);
        let long = "a-word-that-is-longer-than-the-line";
        assert_eq!(fold(long, 8), [long]);
    }
}
