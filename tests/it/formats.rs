//! What devices and systems send, in each of their formats, through the real router and by either door: every message
//! of `tests/fixtures`, once and again.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use watchfire::domain::names::SourceId;
use watchfire::time::Clock as _;

use crate::app::{TestApp, Told};

/// A source of each format; its token and its path secret are its id.
const SOURCES: [(&str, &str); 4] =
    [("gate", "hikvision"), ("bus", "cloudevents"), ("other-bus", "cloudevents"), ("ward", "fhir")];

/// Opens a case.
const CASE: &str = "case_opened";
/// Is answered with the word, and is no event.
const BEAT: &str = "heartbeat";
const IGNORED: &str = "ignored";
/// Is refused.
const WRONG: &str = "invalid";

/// What the door makes of each message, where it is the first that comes.
const MESSAGES: [(&str, &str); 32] = [
    ("cloudevent-base64.json", CASE),
    ("cloudevent-missing-attributes.json", WRONG),
    ("cloudevent-structured.json", CASE),
    ("fhir-amended-without-version.json", CASE),
    ("fhir-celsius-employee.json", CASE),
    ("fhir-contained-patient.json", CASE),
    ("fhir-corrected.json", CASE),
    ("fhir-entered-in-error.json", IGNORED),
    ("fhir-heart-rate.json", WRONG),
    ("fhir-no-value.json", WRONG),
    ("fhir-observation.json", CASE),
    ("fhir-value-absent.json", IGNORED),
    ("hikvision-abnormal-without-reading.json", CASE),
    ("hikvision-blank-person.json", CASE),
    ("hikvision-fahrenheit.json", CASE),
    ("hikvision-fever.json", CASE),
    ("hikvision-fever.xml", CASE),
    ("hikvision-heartbeat.json", BEAT),
    ("hikvision-heartbeat.xml", BEAT),
    ("hikvision-no-temperature.json", IGNORED),
    ("hikvision-replay.json", CASE),
    ("hikvision-stranger.json", CASE),
    ("hikvision-string-numbers.json", CASE),
    ("hikvision-tma-end.json", IGNORED),
    ("hikvision-tma-oven.json", IGNORED),
    ("hikvision-tma-person.json", CASE),
    ("hikvision-tma-regions.json", CASE),
    ("hikvision-tma-regions.xml", CASE),
    ("hikvision-tmpa-person.json", CASE),
    ("hikvision-videoloss-heartbeat.json", BEAT),
    ("hikvision-wrapped.json", CASE),
    ("hikvision-zoneless-clock.json", CASE),
];

/// Messages that have a test of their own.
const ELSEWHERE: [&str; 2] = ["cloudevent-batch.json", "native-fever.json"];

/// How a sender shows who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Door {
    Bearer,
    Path,
}

const DOORS: [Door; 2] = [Door::Bearer, Door::Path];

async fn app() -> TestApp {
    let sources = SOURCES.map(|(id, format)| {
        let hash = hex::encode(Sha256::digest(id.as_bytes()));
        format!(
            "[[source]]\nid = \"{id}\"\nformat = \"{format}\"\nunit = \"finance\"\nmay = [\"fever\", \"suspected\"]\n\
             token_sha256 = \"{hash}\"\npath_secret_sha256 = \"{hash}\"\n"
        )
    });
    let office = "[[client]]\nid = \"office\"\n";
    TestApp::armed_with(&[(office, &format!("{}{office}", sources.concat()))]).await
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn fixture(name: &str) -> String {
    std::fs::read_to_string(folder().join(name)).unwrap()
}

fn message(name: &str) -> Value {
    serde_json::from_str(&fixture(name)).unwrap()
}

/// Which source sends such a message, and what it announces it as.
fn sender(name: &str) -> (&'static str, &'static str) {
    match name.split('-').next() {
        Some("cloudevent") => ("bus", "application/cloudevents+json"),
        Some("fhir") => ("ward", "application/fhir+json"),
        _ if name.ends_with("xml") => ("gate", "application/xml"),
        _ => ("gate", "application/json"),
    }
}

async fn send(app: &TestApp, door: Door, (source, kind): (&str, &str), body: &str) -> Told {
    let request = match door {
        Door::Bearer => Request::post("/v1/events").header("authorization", format!("Bearer {source}")),
        Door::Path => Request::post(format!("/v1/sources/{source}/{source}")),
    };
    let told =
        app.send(request.header("content-type", kind).body(Body::from(body.to_owned())).unwrap()).await;
    app.settled().await;
    told
}

/// The last entry of the journal, and how many cases there are.
fn extent(app: &TestApp) -> (u64, usize) {
    let published = app.published();
    (published.state.seq, published.state.cases.size())
}

/// The first answer, as it is given again.
fn again(first: &Told) -> Value {
    let mut again = first.json();
    again["duplicate"] = json!(true);
    again
}

#[track_caller]
fn check_again(app: &TestApp, first: &Told, told: &Told, cases: usize) {
    assert_eq!((told.status, told.json()), (200, again(first)));
    assert_eq!(app.published().state.cases.size(), cases);
}

#[test]
fn every_fixture_is_sent() {
    let sent: BTreeSet<&str> = MESSAGES.iter().map(|(name, _)| *name).chain(ELSEWHERE).collect();
    let entries = std::fs::read_dir(folder()).unwrap();
    let there: BTreeSet<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(there.iter().map(String::as_str).collect::<BTreeSet<_>>(), sent);
}

async fn check_message(app: &TestApp, door: Door, (name, expected): (&str, &str)) {
    let (before, _) = extent(app);
    let first = send(app, door, sender(name), &fixture(name)).await;
    let (taken, cases) = extent(app);
    let told = first.json();
    // Devices know no other yes.
    let device = door == Door::Path && sender(name).0 == "gate";
    let (status, word, opened) = match expected {
        CASE => (if device { 200 } else { 202 }, &told["outcome"], 1),
        WRONG => (422, &told["code"], 0),
        _ => (200, &told["outcome"], 0),
    };
    assert_eq!((first.status, word, cases), (status, &json!(expected), opened), "{name}: {}", first.text);
    assert_eq!(taken > before, opened == 1, "{name}: what opens a case is written, and nothing else is");
    assert_eq!(told.get("duplicate"), None, "{name}");

    let second = send(app, door, sender(name), &fixture(name)).await;
    let (status, told) = if opened == 1 { (200, again(&first)) } else { (first.status, told) };
    assert_eq!((second.status, second.json()), (status, told), "{name}");
    assert_eq!(extent(app), (taken, opened), "{name}: it came before");
}

#[tokio::test]
async fn every_message_of_every_format_is_taken_once_by_its_senders_token() {
    for message in MESSAGES {
        check_message(&app().await, Door::Bearer, message).await;
    }
}

#[tokio::test]
async fn every_message_of_every_format_is_taken_once_by_its_senders_path() {
    for message in MESSAGES {
        check_message(&app().await, Door::Path, message).await;
    }
}

#[tokio::test]
async fn a_heartbeat_is_answered_and_not_written_and_its_source_counts_as_heard_of() {
    let beats = MESSAGES.iter().filter(|(_, expected)| *expected == BEAT).map(|(name, _)| *name);
    let app = app().await;
    let source = SourceId::new("gate");
    assert_eq!(app.heard.last(&source), None);
    let (written, _) = extent(&app);
    for name in beats {
        for door in DOORS {
            app.clock.advance(Duration::from_secs(10));
            let told = send(&app, door, sender(name), &fixture(name)).await;
            assert_eq!((told.status, told.json()), (200, json!({ "outcome": "heartbeat" })), "{name}");
            assert_eq!(app.heard.last(&source), Some(app.clock.read().since_boot), "{name}");
        }
    }
    assert_eq!(extent(&app), (written, 0));
    let metrics = app.get("/metrics", "").await.text;
    let counted = |line: &&str| line.contains("source=\"gate\"") && line.contains("heartbeat");
    let counted = metrics.lines().find(counted).unwrap();
    assert!(counted.ends_with(" 6"), "{counted}");
    assert_eq!(app.heard.last(&SourceId::new("ward")), None, "nothing was heard of another");
    let stranger = Request::post("/v1/sources/ward/gate").body(Body::from(fixture("fhir-observation.json")));
    assert_eq!(app.send(stranger.unwrap()).await.status, 401);
    assert_eq!(app.heard.last(&SourceId::new("ward")), None, "anybody can name a source");
}

#[tokio::test]
async fn a_fever_that_a_gate_replays_is_the_same_event_of_one_case() {
    let (fever, replay) = (fixture("hikvision-fever.json"), fixture("hikvision-replay.json"));
    for door in DOORS {
        let app = app().await;
        let first = send(&app, door, sender("hikvision"), &fever).await;
        assert_eq!(first.json()["outcome"], CASE, "{}", first.text);
        check_again(&app, &first, &send(&app, door, sender("hikvision"), &replay).await, 1);
        check_again(&app, &first, &send(&app, door, sender("hikvision"), &fever).await, 1);
        let case = app.published().state.cases.values().next().unwrap().clone();
        assert_eq!(case.readings.len(), 1, "one measurement");
        // A message that is another one by its number is another measurement of the same person.
        let other = fever.replace("85793", "85794");
        let told = send(&app, door, sender("hikvision"), &other).await.json();
        assert_eq!((&told["outcome"], &told["case"]), (&json!("case_joined"), &first.json()["case"]));
    }
}

#[tokio::test]
async fn what_a_gate_could_not_send_at_once_is_taken_when_it_is_replayed() {
    let (fever, replay) = (fixture("hikvision-fever.json"), fixture("hikvision-replay.json"));
    let app = app().await;
    let first = send(&app, Door::Path, sender("hikvision"), &replay).await;
    assert_eq!((first.status, &first.json()["outcome"]), (200, &json!(CASE)), "{}", first.text);
    check_again(&app, &first, &send(&app, Door::Path, sender("hikvision"), &fever).await, 1);
}

/// The same message with another text at a place in it.
fn changed(message: &Value, at: &str, to: &Value) -> String {
    let mut changed = message.clone();
    let (parent, name) = at.rsplit_once('/').unwrap();
    changed.pointer_mut(parent).unwrap()[name] = to.clone();
    changed.to_string()
}

/// Sends a message, then others that differ from it in one thing each: the same one again, or another.
async fn check_same(name: &str, changes: &[(&str, Value, bool)]) {
    let app = app().await;
    let message = message(name);
    let first = send(&app, Door::Bearer, sender(name), &message.to_string()).await;
    assert_eq!((first.status, &first.json()["outcome"]), (202, &json!(CASE)), "{}", first.text);
    let mut events = BTreeSet::from([first.json()["event"].as_str().unwrap().to_owned()]);
    for (at, to, same) in changes {
        let body = changed(&message, at, to);
        if !*same {
            let told = send(&app, Door::Bearer, sender(name), &body).await;
            assert_eq!((told.status, told.json().get("duplicate")), (202, None), "{at} {to}: {}", told.text);
            assert_eq!(told.json()["case"], first.json()["case"], "it is about the same person");
            assert!(events.insert(told.json()["event"].as_str().unwrap().to_owned()), "{at} {to}");
            continue;
        }
        for door in DOORS {
            check_again(&app, &first, &send(&app, door, sender(name), &body).await, 1);
        }
    }
    // After all of that the first is still what it was.
    check_again(&app, &first, &send(&app, Door::Path, sender(name), &message.to_string()).await, 1);
}

#[tokio::test]
async fn cloud_events_are_the_same_by_their_source_and_id_alone() {
    check_same(
        "cloudevent-structured.json",
        &[
            ("/data/temperature_c", json!(39.9), true),
            ("/time", json!("2026-11-22T23:59:00Z"), true),
            ("/type", json!("cn.example.other"), true),
            ("/data/person/ref", json!("4367"), true),
            ("/id", json!("A234-1234-1235"), false),
            ("/source", json!("/sites/harbin/gates/4"), false),
        ],
    )
    .await;
}

#[tokio::test]
async fn cloud_events_of_two_sources_are_never_the_same() {
    let app = app().await;
    let (body, (_, kind)) = (fixture("cloudevent-structured.json"), sender("cloudevent-structured.json"));
    let first = send(&app, Door::Bearer, ("bus", kind), &body).await;
    let other = send(&app, Door::Bearer, ("other-bus", kind), &body).await;
    assert_eq!((first.status, other.status), (202, 202), "{}", other.text);
    assert_ne!(first.json()["event"], other.json()["event"]);
    assert_eq!((other.json().get("duplicate"), &other.json()["outcome"]), (None, &json!("case_joined")));
}

#[tokio::test]
async fn observations_are_the_same_by_id_and_version_else_by_status_and_value() {
    check_same(
        "fhir-corrected.json",
        &[
            ("/valueQuantity/value", json!(39.9), true),
            ("/status", json!("amended"), true),
            ("/effectiveDateTime", json!("2026-11-23T07:59:00+08:00"), true),
            ("/meta/versionId", json!("4"), false),
            ("/id", json!("body-temperature-2"), false),
        ],
    )
    .await;
    check_same(
        "fhir-observation.json",
        &[
            ("/effectiveDateTime", json!("2026-11-23T07:59:00+08:00"), true),
            ("/valueQuantity/value", json!(102.3), false),
            ("/status", json!("amended"), false),
            ("/id", json!("body-temperature-2"), false),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_batch_is_answered_item_by_item_in_its_order() {
    const BATCH: (&str, &str) = ("bus", "application/cloudevents-batch+json");
    let one = message("cloudevent-structured.json");
    let another = |id: &str, person: &str, reading: f64| {
        let mut event = one.clone();
        event["id"] = json!(id);
        event["data"]["person"]["ref"] = json!(person);
        event["data"]["temperature_c"] = json!(reading);
        event
    };
    for door in DOORS {
        let app = app().await;
        let batch = json!([
            another("b-1", "4366", 36.5), another("b-2", "4366", 38.1), 5, another("b-2", "4366", 38.1),
            another("b-3", "4366", 38.3), another("b-4", "4367", 38.4), { "specversion": "1.0" },
        ]);
        let first = send(&app, door, BATCH, &batch.to_string()).await;
        assert_eq!((first.status, extent(&app).1), (202, 2), "{}", first.text);
        let results = first.json()["results"].as_array().unwrap().clone();
        let words: Vec<&str> = results
            .iter()
            .map(|result| result.get("outcome").unwrap_or_else(|| &result["error"]).as_str().unwrap())
            .collect();
        let opened = ["below_threshold", CASE, WRONG, CASE, "case_joined", CASE, WRONG];
        assert_eq!(words, opened, "{}", first.text);
        let duplicates: Vec<bool> = results.iter().map(|result| result["duplicate"] == true).collect();
        assert_eq!(duplicates, [false, false, false, true, false, false, false]);
        assert_eq!(results[1]["case"], results[4]["case"]);
        assert_ne!(results[1]["case"], results[5]["case"]);
        assert_eq!(results[2]["errors"][0]["pointer"], "/2");

        let written = extent(&app);
        let mut wanted = first.json();
        for taken in [0, 1, 3, 4, 5] {
            wanted["results"][taken]["duplicate"] = json!(true);
        }
        let second = send(&app, door, BATCH, &batch.to_string()).await;
        assert_eq!((second.status, second.json(), extent(&app)), (202, wanted, written));
        // Alone it is the same event as in a batch.
        let alone = send(&app, door, sender("cloudevent"), &another("b-4", "4367", 38.4).to_string()).await;
        assert_eq!((alone.status, &alone.json()["event"]), (200, &results[5]["event"]));
    }
    let app = app().await;
    let told = send(&app, Door::Bearer, BATCH, &fixture("cloudevent-batch.json")).await;
    let results = told.json()["results"].as_array().unwrap().len();
    assert_eq!((told.status, results, extent(&app).1), (202, 3, 1), "{}", told.text);
}

#[tokio::test]
async fn the_native_message_of_the_contract_is_taken_once_by_either_door() {
    for door in DOORS {
        let app = app().await;
        let first = send(&app, door, ("hr", "application/json"), &fixture("native-fever.json")).await;
        assert_eq!((first.status, &first.json()["outcome"]), (202, &json!(CASE)), "{}", first.text);
        let written = extent(&app);
        for door in DOORS {
            let told = send(&app, door, ("hr", "application/json"), &fixture("native-fever.json")).await;
            check_again(&app, &first, &told, 1);
        }
        assert_eq!(extent(&app), written);
    }
}
