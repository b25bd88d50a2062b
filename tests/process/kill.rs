//! Killed at random moments with everything going on: nothing that was answered is lost, nothing is doubled.

mod doctored;
mod steps;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use crate::daemon::{Site, event};
use crate::provider::Provider;
use crate::record::{all, facts, tries};
use sha2::{Digest as _, Sha256};
use steps::{Ladder, walk};

/// How often the daemon is killed at least, and more often on a machine that is busy, until so many events were taken.
const KILLS: u32 = 12;
const KILLS_MAX: u32 = 60;
const EVENTS: usize = 250;
/// How many senders there are at once.
const SENDERS: u32 = 5;

/// From the first event to past the last step of the first case; a start comes between two kills.
const KILLED_AFTER_MS: std::ops::Range<u64> = 60..800;

/// When the steps of a case are due, so that kills fall before, between and upon them.
const LADDERS: [Ladder; 2] = [
    Ladder { kind: "fever", after_ms: &[0, 300] },
    Ladder { kind: "suspected", after_ms: &[0, 200, 450, 700] },
];

/// What the moments of the kills are drawn from: another in each run, unless one is asked for.
#[expect(clippy::disallowed_methods, reason = "a run is tried again by hand; without it no two are the same")]
fn seed() -> u64 {
    std::env::var("WATCHFIRE_KILLS").map_or_else(|_none| rand::random(), |asked| asked.parse().unwrap())
}

/// When the daemon of this round is killed.
fn killed_after(seed: u64, round: u32) -> Duration {
    let drawn = Sha256::digest(format!("{seed} {round}"));
    let drawn = u64::from_be_bytes(drawn[..8].try_into().unwrap());
    Duration::from_millis(KILLED_AFTER_MS.start + drawn % (KILLED_AFTER_MS.end - KILLED_AFTER_MS.start))
}

/// Steps that are told to the liaison, who is no part of the first.
fn further_steps(kind: &str) -> String {
    let ladder = LADDERS.iter().find(|ladder| ladder.kind == kind).unwrap();
    let step = |after: &u64| {
        format!("[[policy.step]]\nafter = \"{after}ms\"\nnotify = [\"unit.liaison\"]\nby = [\"sms\"]\n")
    };
    ladder.after_ms.iter().skip(1).map(step).collect()
}

/// A site whose provider is tried again soon, whose cases have steps to come, and where nothing is repeated.
fn site(provider: u16) -> Site {
    Site::with(provider, 3600, |text| {
        let retry = "kind = \"webhook\"\nretry = { pause_at_least = \"20ms\", pause_at_most = \"200ms\" }\n";
        let (fever, suspected) = (further_steps("fever"), further_steps("suspected"));
        let repeats = "repeat_every = \"2s\"\n";
        assert!(text.contains(repeats));
        text.replace("kind = \"webhook\"\n", retry)
            .replace("idle_after = \"8s\"", "idle_after = \"30m\"")
            .replace(repeats, &format!("repeat_every = \"10m\"\n{suspected}"))
            .replace(
                "\n[[policy]]\ncase = \"suspected\"",
                &format!("{fever}\n[[policy]]\ncase = \"suspected\""),
            )
    })
}

/// What the daemon said yes to.
#[derive(Debug, Default)]
struct Answered {
    /// Events by their id, with the first answer and whether the case is suspected.
    events: BTreeMap<String, (Value, bool)>,
    /// `confirm` or `take`, with the case and who did it.
    acts: Vec<(&'static str, String, &'static str)>,
    /// The key of a message, and what its receipt said.
    receipts: Vec<(String, Value)>,
}

type Shared = Arc<Mutex<Answered>>;

/// Sends events until the daemon is gone; of every third suspected case somebody knows, of every third it is taken.
async fn send(site: Arc<Site>, answered: Shared, (round, sender): (u32, u32)) {
    for number in 0..200_u32 {
        let (id, suspected) = (format!("{round}-{sender}-{number}"), number % 3 == 0);
        let Some((status, answer)) = site.post("/v1/events", &event(&id, suspected)).await else { return };
        assert_eq!(status, 202, "{answer}");
        let case = answer["case"].as_str().unwrap().to_owned();
        answered.lock().unwrap().events.insert(id, (answer, suspected));
        let (act, by) = match (suspected, number % 9) {
            (true, 0) => ("confirm", "leader"),
            (true, 3) => ("take", "officer"),
            _ => continue,
        };
        match site.post(&format!("/v1/cases/{case}/{act}"), &json!({ "by": by })).await {
            Some((200, _)) => answered.lock().unwrap().acts.push((act, case, by)),
            Some((status, answer)) => panic!("{act} {case}: {status} {answer}"),
            None => return,
        }
    }
}

/// Tells what becomes of each call, as a provider does: again and again until it is taken, some of it twice.
async fn tell_receipts(site: Arc<Site>, provider: Arc<Provider>, answered: Shared) {
    let mut told = 0;
    loop {
        let Some(key) = provider.keys("voice").get(told).cloned() else {
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let mut receipts = vec![json!({ "key": key, "state": "answered" })];
        match key.bytes().map(u32::from).sum::<u32>() % 4 {
            0 => receipts.clear(),
            1 => receipts.push(json!({ "key": key, "state": "heard", "digits": "2" })),
            2 => receipts.extend(vec![json!({ "key": key, "state": "heard" }); 2]),
            _ => {}
        }
        for receipt in receipts {
            loop {
                match site.post("/v1/receipts/voice", &receipt).await {
                    Some((200, _)) => break,
                    Some((status, answer)) => panic!("{receipt}: {status} {answer}"),
                    None => tokio::time::sleep(Duration::from_millis(20)).await,
                }
            }
            answered.lock().unwrap().receipts.push((key.clone(), receipt));
        }
        told += 1;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_was_answered_survives_kill_9_and_no_step_is_lost_or_doubled() {
    let seed = seed();
    eprintln!("the same moments again: WATCHFIRE_KILLS={seed} cargo test --test process kill_9");
    let provider = Arc::new(Provider::start().await);
    provider.take_up_to(120);
    let site = Arc::new(site(provider.port));
    let answered = Shared::default();
    let mut receipts = tokio::task::JoinSet::new();
    receipts.spawn(tell_receipts(Arc::clone(&site), Arc::clone(&provider), Arc::clone(&answered)));
    for round in 0..KILLS_MAX {
        if round >= KILLS && answered.lock().unwrap().events.len() >= EVENTS {
            break;
        }
        let daemon = site.start().await;
        if round == 0 {
            site.tell("/v1/arm", json!({ "by": "head" })).await;
        }
        let mut senders = tokio::task::JoinSet::new();
        for sender in 0..SENDERS {
            senders.spawn(send(Arc::clone(&site), Arc::clone(&answered), (round, sender)));
        }
        tokio::time::sleep(killed_after(seed, round)).await;
        daemon.kill();
        while let Some(sent) = senders.join_next().await {
            sent.unwrap();
        }
    }
    let daemon = site.start().await;
    let waiting = settle(&site).await;
    assert!(waiting.is_empty(), "{waiting:?}\n{}", site.log());
    receipts.shutdown().await;
    let answered = std::mem::take(&mut *answered.lock().unwrap());
    check_that_events_are_known(&site, &answered).await;
    assert!(daemon.stop().await);
    let (holds, printed) = site.verify();
    assert!(holds, "{printed}");
    let journal = site.journal();
    check_what_people_and_providers_said(&journal, &answered);
    check_cases(&journal);
    let walked = walk(&journal, &LADDERS).unwrap_or_else(|broken| panic!("{broken}"));
    assert!(walked.skipped > 0 && walked.after_a_start > 20, "too little to mean anything: {walked:?}");
    check_messages(&journal, &provider);
}

/// Waits until every message has met its fate; what is still said of one that has not.
async fn settle(site: &Site) -> Vec<Value> {
    for _ in 0..120 {
        let journal = site.journal();
        let mut waiting = unsent(&journal);
        waiting.extend(tries(&journal).into_iter().filter(|one| one.outcome.is_none()).map(|one| one.key));
        if waiting.is_empty() {
            return Vec::new();
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let journal = site.journal();
    let open = tries(&journal).into_iter().find(|one| one.outcome.is_none()).map(|one| one.key);
    let Some(first) = unsent(&journal).pop_first().or(open) else { return Vec::new() };
    all(&journal).filter(|fact| fact.to_string().contains(&first)).cloned().collect()
}

/// Planned messages that neither went, nor went with another, nor were called off.
fn unsent(journal: &[Value]) -> BTreeSet<String> {
    let mut unsent = BTreeSet::new();
    for fact in all(journal) {
        if let Some(planned) = fact.get("notification_planned/1") {
            let id = planned["notification"]["id"].as_str().unwrap().to_owned();
            let soon = planned["notification"]["purpose"] == "alert";
            assert!(!soon || unsent.insert(id), "planned twice: {planned}");
        }
        if let Some(started) = fact.get("attempt_started/1") {
            let covers = started["covers"].as_array().unwrap().iter();
            for id in covers.chain([&started["notification"]]) {
                unsent.remove(id.as_str().unwrap());
            }
        }
        if let Some(cancelled) = fact.get("notification_cancelled/1") {
            unsent.remove(cancelled["notification"].as_str().unwrap());
        }
    }
    unsent
}

async fn check_that_events_are_known(site: &Site, answered: &Answered) {
    let suspected = answered.events.values().filter(|(_, suspected)| *suspected).count();
    let told = (answered.events.len(), suspected, answered.acts.len(), answered.receipts.len());
    assert!(
        told.0 >= EVENTS && told.1 > 50 && told.2 > 10 && told.3 > 10,
        "too little to mean anything: {told:?}"
    );
    for (id, (first, suspected)) in &answered.events {
        let (status, again) = site.post("/v1/events", &event(id, *suspected)).await.unwrap();
        assert_eq!(status, 200, "{id}: {again}");
        assert_eq!((&again["case"], &again["event"]), (&first["case"], &first["event"]), "{id}");
        assert_eq!(again["duplicate"], true);
    }
}

fn check_what_people_and_providers_said(journal: &[Value], answered: &Answered) {
    for (act, case, by) in &answered.acts {
        let tag = if *act == "take" { "taken/1" } else { "confirmed/1" };
        let found =
            facts(journal, tag).iter().any(|fact| fact["case"] == *case && fact["actor"]["by"] == *by);
        assert!(found, "{act} of {case} by {by} was answered and is not on record");
    }
    let receipts = facts(journal, "receipt_taken/1");
    for (key, said) in &answered.receipts {
        let digit = said.get("digits").map_or(Value::Null, |_two| json!("confirm"));
        let found = receipts.iter().any(|fact| {
            fact["notification"] == *key && fact["state"] == said["state"] && fact["digit"] == digit
        });
        assert!(found, "{said} was answered and is not on record");
    }
}

/// One case for each event, whether it was answered or not.
fn check_cases(journal: &[Value]) {
    let mut cases: BTreeMap<&str, u32> = BTreeMap::new();
    for taken in facts(journal, "event_taken/1") {
        *cases.entry(taken["event"]["event"].as_str().unwrap()).or_default() += 1;
    }
    assert!(cases.values().all(|count| *count == 1));
}

/// What left is on record, and left again only where nobody could know whether it had arrived.
fn check_messages(journal: &[Value], provider: &Provider) {
    let tries = tries(journal);
    let granted = |key: &str| tries.iter().filter(|one| one.key == key).count();
    let mut left: BTreeMap<String, usize> = BTreeMap::new();
    for key in provider.keys("sms").into_iter().chain(provider.keys("voice")) {
        *left.entry(key).or_default() += 1;
    }
    for (key, times) in &left {
        assert!(*times <= granted(key), "{key} left {times} times and was granted {} times", granted(key));
    }
    assert!(provider.every_header_is_the_key());
    let mut before: BTreeMap<&str, &str> = BTreeMap::new();
    let mut again = 0;
    for one in &tries {
        let outcome = one.outcome.as_deref().unwrap();
        let earlier = before.get(one.key.as_str()).copied();
        for key in one.covers.iter().chain([&one.key]) {
            before.insert(key, outcome);
        }
        assert_eq!(one.possible_duplicate, earlier.is_some(), "{one:?}");
        assert!(earlier.is_none_or(|outcome| outcome.starts_with("unknown")), "{one:?} after {earlier:?}");
        again += u32::from(earlier.is_some());
    }
    assert!(again > 0, "no message was under way at any kill");
    assert!(unsent(journal).is_empty());
}
