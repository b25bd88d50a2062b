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

/// What the tour's people do, in seconds after the event.
const TAKES_AT: u64 = 4;
const RINGS_AT: u64 = 9;
const WRITES_AT: u64 = 14;

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

    fn tell(&self, what: &str) -> anyhow::Result<()> {
        let since = self.clock.read().wall.since(self.began);
        say(&format!("T+{:>4.1}s  {what}", since.as_secs_f64())).map_err(|_closed| anyhow!("nobody reads on"))
    }
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
    let told = tokio::select! {
        ended = &mut daemon => return ended.and(Err(anyhow!("the daemon ended"))),
        told = tokio::time::timeout(TOUR_MAX, story(&talk, &mut news)) => told.context("the tour took too long").and_then(|told| told),
    };
    if told.is_ok() && !once {
        say(&format!("\nThe daemon stays up at {} until Ctrl-C.", talk.base))
            .map_err(|_closed| anyhow!("nobody reads on"))?;
        tokio::select! {
            ended = &mut daemon => return ended,
            _ = tokio::signal::ctrl_c() => {}
        }
    }
    stop.cancel();
    daemon.await?;
    told
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
    line("watchfire demo: one suspected case, from the webhook to the authority's telephone and inbox.")?;
    line(
        "Voice, SMS and mail are stand-ins on this machine; the clock runs 30 seconds instead of 30 minutes.\n",
    )?;
    talk.post("/v1/arm", &json!({ "by": "head" })).await?;
    narrator.began = narrator.clock.read().wall;
    let event = json!({
        "id": "demo-1", "unit": "finance", "kind": "fever", "temperature_c": 38.4, "exposure": true,
        "person": { "ref": "E1024", "name": "李某" }, "place": "一楼大厅", "symptoms": ["咳嗽"], "measures": ["已单独隔离"],
    });
    narrator.tell("a thermal gate measures 38.4 °C; the person was exposed. POST /v1/events")?;
    let answer = talk.post("/v1/events", &event).await?;
    let case = answer.get("case").and_then(Value::as_str).unwrap_or_default().to_owned();
    narrator
        .tell(&format!("202, on disk: case {case} is suspected, and the clock towards the authority runs"))?;
    act(talk, news, &narrator, &case).await?;
    summary(talk, &narrator, &case).await
}

fn line(text: &str) -> anyhow::Result<()> {
    say(text).map_err(|_closed| anyhow!("nobody reads on"))
}

/// Lets the people of the tour act, and tells what the stand-ins hear, until the clock is met.
async fn act(
    talk: &Talk,
    news: &mut mpsc::Receiver<Heard>,
    narrator: &Narrator,
    case: &str,
) -> anyhow::Result<()> {
    let (mut taken, mut rung, mut written) = (false, false, false);
    let mut officer_call = None;
    let mut closing = 0;
    loop {
        while let Ok(heard) = news.try_recv() {
            narrator.tell(&heard.to_string())?;
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
            narrator.tell("the duty officer presses 1: I handle it. Ringing stops; the clock does not.")?;
            talk.post("/v1/receipts/voice", &json!({ "key": key, "state": "heard", "digits": "1" })).await?;
        }
        if !rung && seconds >= RINGS_AT {
            rung = true;
            narrator.tell("the duty officer rings the authority; Division Head Wang takes the report: the telephone proof")?;
            let record =
                json!({ "authority": "sasac", "by": "officer", "outcome": "taken", "answered_by": "王处长" });
            talk.post(&format!("/v1/cases/{case}/telephone"), &record).await?;
        }
        if !written && seconds >= WRITES_AT {
            written = true;
            narrator.tell("the duty officer completes the written report and sends it")?;
            let report = json!({ "by": "officer", "kind": "initial", "content": { "cause": "与一名确诊者同住，原因待核实", "scope": "同楼层6人，正在核对", "next": "一小时内续报密接名单" } });
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
    let word = |pointer: &str| clock.pointer(pointer).and_then(Value::as_str).unwrap_or("-").to_owned();
    narrator.tell(&format!(
        "the clock is {} — telephone {} ({}), written {}",
        word("/state").to_uppercase(),
        word("/phone/at"),
        word("/phone/grade"),
        word("/written/at")
    ))?;
    line("\nThe record of the case, as GET /v1/cases/{case} shows it:")?;
    for moment in view.get("timeline").and_then(Value::as_array).into_iter().flatten() {
        let part = |key: &str| moment.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let by = match part("by").as_str() {
            "" => String::new(),
            by => format!("  — {by}"),
        };
        let seq = moment.get("seq").and_then(Value::as_u64).unwrap_or(0);
        line(&format!("  #{seq:<4} {}  {}{by}", part("at"), part("what")))?;
    }
    let head = talk.get("/v1/ledger/head").await?;
    let hash = head.get("hash").and_then(Value::as_str).unwrap_or_default();
    let seq = head.get("seq").and_then(Value::as_u64).unwrap_or(0);
    line(&format!(
        "\nThe journal holds {seq} entries; its signed head is {}…. Nobody can quietly edit what is before it.",
        hash.get(..12).unwrap_or_default()
    ))
}
