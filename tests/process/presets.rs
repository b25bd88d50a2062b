//! Providers that are known, through the real binary: strict stand-ins that take nothing which the provider would not.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse as _;
use axum::routing::post;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::net::TcpListener;
use watchfire::time::{Clock as _, SystemClock};

use crate::daemon::{Site, until};
use crate::provider::Provider;
use crate::record::tries;

const HOUR_MS: i64 = 60 * 60 * 1000;
const SECRET: &str = "SECa-secret-of-the-group";

/// A DingTalk group with a clock of its own, which signs, wants a word, and keeps what it took.
#[derive(Clone)]
struct Group {
    /// By how much its clock is behind.
    behind_ms: i64,
    taken: Arc<Mutex<Vec<String>>>,
    /// What was not as the provider wants it.
    mistakes: Arc<Mutex<Vec<String>>>,
    /// Codes that it answers with before it takes anything.
    codes: Arc<Mutex<Vec<i64>>>,
}

impl Group {
    async fn start(behind_ms: i64, codes: &[i64]) -> (Self, u16) {
        let group = Self {
            behind_ms,
            taken: Arc::default(),
            mistakes: Arc::default(),
            codes: Arc::new(Mutex::new(codes.to_vec())),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let router = Router::new().route("/robot/send", post(said)).with_state(group.clone());
        let mut tasks = tokio::task::JoinSet::new();
        tasks.spawn(async move { axum::serve(listener, router).await.unwrap() });
        tasks.detach_all();
        (group, port)
    }

    /// The errcode for a request.
    fn judge(&self, query: &BTreeMap<String, String>, headers: &HeaderMap, body: &Value) -> i64 {
        let mut mistakes = self.mistakes.lock().unwrap();
        let mut wrong = |what: &str| mistakes.push(what.to_owned());
        if query.get("access_token").map(String::as_str) != Some("t0ken") {
            wrong("the token");
        }
        if headers.get(header::CONTENT_TYPE).is_none_or(|kind| kind != "application/json") {
            wrong("the content type");
        }
        let now = SystemClock::new().read().wall.as_millis() - self.behind_ms;
        let at = query.get("timestamp").and_then(|at| at.parse::<i64>().ok()).unwrap_or_default();
        let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
        mac.update(format!("{at}\n{SECRET}").as_bytes());
        if query.get("sign") != Some(&BASE64_STANDARD.encode(mac.finalize().into_bytes())) {
            wrong("the signature");
        }
        if (now - at).abs() > HOUR_MS {
            return 310_000;
        }
        let text = body["text"]["content"].as_str().unwrap_or_default();
        if body["msgtype"] != "text" || !text.contains("值班") || text.len() > 20_000 {
            wrong("the body");
        }
        drop(mistakes);
        let code = self.codes.lock().unwrap().pop().unwrap_or_default();
        if code == 0 {
            self.taken.lock().unwrap().push(text.to_owned());
        }
        code
    }
}

async fn said(
    State(group): State<Group>,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
    body: String,
) -> axum::response::Response {
    let code = group.judge(&query, &headers, &serde_json::from_str(&body).unwrap_or_default());
    let now = SystemClock::new().read().wall.as_millis() - group.behind_ms;
    let now = jiff::Timestamp::from_millisecond(now).unwrap();
    let date = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&now).unwrap();
    let body = json!({ "errcode": code, "errmsg": "13800000000 said so" }).to_string();
    (StatusCode::OK, [(header::DATE, date)], body).into_response()
}

/// A site whose fevers are told to a group as well.
fn site(provider: u16, group: u16) -> Site {
    Site::with(provider, 3600, |text| {
        let robot = format!(
            "[[channel]]\nid = \"group\"\nmedium = \"robot\"\nkind = \"webhook\"\npreset = \"dingtalk\"\n\
             url = \"http://127.0.0.1:{group}\"\ntoken = \"t0ken\"\nsecret = \"{SECRET}\"\nkeyword = \"值班\"\n\
             retry = {{ pause_at_least = \"20ms\", pause_at_most = \"100ms\" }}\n\
             limits = {{ per_callee = {{ \"1m\" = 50 }} }}\n\n[[source]]\nid = \"hr\"\n"
        );
        let text = text.replacen("[[source]]\nid = \"hr\"\n", &robot, 1);
        text.replacen("notify = [\"unit.leader\"]", "notify = [\"unit.leader\", \"channel:group\"]", 1)
    })
}

/// What came of each try to write to the group.
fn outcomes(site: &Site) -> Vec<(String, String)> {
    let tries = tries(&site.journal()).into_iter().filter(|one| one.channel == "group");
    tries.filter_map(|one| Some((one.key, one.outcome?))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_whose_clock_is_two_hours_behind_takes_the_second_try() {
    let provider = Provider::start().await;
    let (group, port) = Group::start(2 * HOUR_MS, &[]).await;
    let site = site(provider.port, port);
    let daemon = site.start().await;
    site.tell("/v1/arm", json!({ "by": "head" })).await;
    site.case("a", false).await;
    let tried = until("the group has it", 20, async || {
        let tried = outcomes(&site);
        tried.iter().any(|(_, outcome)| outcome == "accepted").then_some(tried)
    })
    .await;
    let said: Vec<&str> = tried.iter().map(|(_, outcome)| outcome.as_str()).collect();
    assert_eq!(said, ["transient clock_skew", "accepted"]);
    assert_eq!(*group.mistakes.lock().unwrap(), Vec::<String>::new());
    assert_eq!(group.taken.lock().unwrap().len(), 1);
    assert!(daemon.stop().await);
    assert!(site.verify().0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_that_nobody_knows_is_unknown_goes_again_under_its_key_and_is_shown() {
    let provider = Provider::start().await;
    let (group, port) = Group::start(0, &[987_654]).await;
    let site = site(provider.port, port);
    let daemon = site.start().await;
    site.tell("/v1/arm", json!({ "by": "head" })).await;
    site.case("a", false).await;
    let tried = until("the group has it", 30, async || {
        let tried = outcomes(&site);
        tried.iter().any(|(_, outcome)| outcome == "accepted").then_some(tried)
    })
    .await;
    let [(first, unknown), (second, accepted)] = tried.as_slice() else { panic!("{tried:?}") };
    assert_eq!((unknown.as_str(), accepted.as_str()), ("unknown unknown_code", "accepted"));
    assert_eq!(first, second, "under the same key");
    let log = site.log();
    assert!(log.contains("987654") && !log.contains("13800000000") && !log.contains(SECRET), "{log}");
    assert!(!log.contains("t0ken"), "{log}");
    assert_eq!(group.taken.lock().unwrap().len(), 1);
    assert!(daemon.stop().await);
    assert!(site.verify().0);
}
