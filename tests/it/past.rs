//! Slots of days that have left memory: page by page, beside those that are in it, and not by all at once.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::Value;

use crate::app::{TestApp, Told};

/// Two forms are due every day, and nobody reports.
async fn days_pass(app: &TestApp, days: u32) {
    for _ in 0..days {
        app.clock.advance(Duration::from_hours(24));
        app.settled().await;
    }
}

fn has_left(app: &TestApp, period: &str) -> bool {
    app.published().state.periods.values().all(|known| known.id().to_string() != period)
}

async fn slots(app: &TestApp, query: &str) -> (Vec<String>, Option<String>) {
    let told = app.get(&format!("/v1/slots?{query}"), "office").await;
    assert_eq!(told.status, 200, "{}", told.text);
    let told = told.json();
    let slot = |slot: &Value| slot["slot"].as_str().unwrap().to_owned();
    (told["slots"].as_array().unwrap().iter().map(slot).collect(), told["next"].as_str().map(str::to_owned))
}

#[tokio::test]
async fn the_past_is_read_slot_by_slot_from_the_index_into_memory() {
    let app = TestApp::start();
    days_pass(&app, 15).await;
    assert!(has_left(&app, "daily.2026-11-23.1") && !has_left(&app, "daily.2026-12-05.1"));
    let span = "from=2026-11-23&to=2026-12-05";
    let (all, next) = slots(&app, &format!("{span}&limit=500")).await;
    assert_eq!((all.len(), next), (13 * 3, None));
    assert_eq!(
        all[..4],
        [
            "daily.finance.2026-11-23.1",
            "daily.trade.2026-11-23.1",
            "travel.finance.2026-11-23.1",
            "daily.finance.2026-11-24.1"
        ]
    );
    let (mut paged, mut after) = (Vec::new(), String::new());
    loop {
        let (page, next) = slots(&app, &format!("{span}&limit=1&after={after}")).await;
        assert_eq!(page.len(), 1, "behind {after}");
        paged.extend(page);
        match next {
            Some(next) => after = next,
            None => break,
        }
    }
    assert_eq!(paged, all);
    let (of_trade, _) = slots(&app, &format!("{span}&unit=trade&form=daily&limit=500")).await;
    let of_all: Vec<&String> = all.iter().filter(|slot| slot.starts_with("daily.trade.")).collect();
    assert_eq!(of_trade.iter().collect::<Vec<_>>(), of_all);
    let standings = app.get("/v1/standings?month=2026-11", "read").await.json();
    assert_eq!(
        (&standings["standings"][0]["unit"], &standings["standings"][0]["missing"]),
        (&"finance".into(), &8.into())
    );
}

#[tokio::test]
async fn a_period_that_stays_open_for_long_hides_none_that_have_left_memory() {
    let limit = "units = [\"finance\"]\nmissing_after = \"4h\"";
    let app = TestApp::armed_with(&[(limit, "units = [\"finance\"]\nmissing_after = \"480h\"")]).await;
    days_pass(&app, 15).await;
    assert!(has_left(&app, "daily.2026-11-23.1") && !has_left(&app, "travel.2026-11-23.1"));
    let (all, _) = slots(&app, "from=2026-11-23&to=2026-11-23").await;
    assert_eq!(
        all,
        ["daily.finance.2026-11-23.1", "daily.trade.2026-11-23.1", "travel.finance.2026-11-23.1"]
    );
}

/// What the office is told that asks forty times at once, while nothing beside the doors is done.
pub(crate) fn asked_at_once(path: &str) -> Vec<Told> {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().max_blocking_threads(1).build().unwrap();
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let busy = runtime.spawn_blocking(move || wait.recv());
    let told = runtime.block_on(async {
        let app = TestApp::start();
        let release = async {
            // Every one of them was asked by then, and waits or was refused.
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
            go.send(()).unwrap();
        };
        tokio::join!(join_all((0..40).map(|_| app.get(path, "office"))), release).0
    });
    runtime.block_on(busy).unwrap().unwrap();
    told
}

/// Those who were refused were told to come again; how many they are.
#[track_caller]
pub(crate) fn refused(told: &[Told]) -> usize {
    let refused: Vec<&Told> = told.iter().filter(|told| told.status != 200).collect();
    for told in &refused {
        assert_eq!((told.status, told.json()["code"].as_str()), (503, Some("busy")), "{}", told.text);
        assert!(!told.header("retry-after").is_empty());
    }
    refused.len()
}

#[test]
fn those_who_ask_for_the_past_wait_for_one_another_and_those_who_ask_for_today_do_not() {
    for (path, expected) in [
        ("/v1/slots?from=2020-01-01&limit=1", 24),
        ("/v1/standings?month=2026-01", 24),
        ("/v1/slots?from=2026-11-23", 0),
    ] {
        assert_eq!(refused(&asked_at_once(path)), expected, "{path}");
    }
}
