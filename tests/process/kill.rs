//! Killed at random moments: nothing that was answered is lost, nothing is doubled.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use crate::daemon::{Site, event};
use crate::provider::Provider;

/// How often the daemon is killed.
const KILLS: u32 = 12;
/// How many senders there are at once.
const SENDERS: u32 = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answered_event_survives_kill_9_and_is_one_case() {
    let provider = Provider::start().await;
    let site = std::sync::Arc::new(Site::new(provider.port, 3600));
    let mut answered: BTreeMap<String, Value> = BTreeMap::new();
    let mut next = 0;
    for round in 0..KILLS {
        let daemon = site.start().await;
        let mut senders = tokio::task::JoinSet::new();
        for sender in 0..SENDERS {
            let site = std::sync::Arc::clone(&site);
            senders.spawn(async move {
                let mut answers = Vec::new();
                for number in 0..200 {
                    let id = format!("{round}-{sender}-{number}");
                    match site.post("/v1/events", &event(&id, false)).await {
                        Some((202, answer)) => answers.push((id, answer)),
                        Some((status, answer)) => panic!("{status} {answer}"),
                        None => break,
                    }
                }
                answers
            });
        }
        // Anywhere from the first event to the middle of the flow, another moment each round.
        next = (next * 31 + 17) % 97;
        tokio::time::sleep(Duration::from_millis(60 + next * 4)).await;
        daemon.kill();
        while let Some(answers) = senders.join_next().await {
            answered.extend(answers.unwrap());
        }
    }
    assert!(answered.len() > 200, "too few events to mean anything: {}", answered.len());
    let daemon = site.start().await;
    for (id, first) in &answered {
        let (status, again) = site.post("/v1/events", &event(id, false)).await.unwrap();
        assert_eq!(status, 200, "{id}: {again}");
        assert_eq!((&again["case"], &again["event"]), (&first["case"], &first["event"]), "{id}");
        assert_eq!(again["duplicate"], true);
    }
    assert!(daemon.stop().await);
    let (holds, printed) = site.verify();
    assert!(holds, "{printed}");
    // One case for each event, whether it was answered or not.
    let mut cases: BTreeMap<String, u32> = BTreeMap::new();
    for entry in site.journal() {
        for fact in entry["facts"].as_array().unwrap() {
            if let Some(taken) = fact.get("event_taken/1") {
                *cases.entry(taken["event"]["event"].as_str().unwrap().to_owned()).or_default() += 1;
            }
        }
    }
    assert!(cases.values().all(|count| *count == 1));
}
