//! Those who hurry, and a queue that is full: delayed before they are refused, told when to come again, nothing lost.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use futures_util::future::join_all;
use sha2::{Digest as _, Sha256};
use tokio::time::timeout;

use crate::app::{TestApp, Told, event};

/// So many wishes wait for the engine at most.
const WISHES_MAX: usize = 4_096;

/// A source's event that is no JSON, by its path or by its token: the door paces it, and the engine never hears of it.
async fn broken(app: &TestApp, source: &str, path: bool) -> Told {
    let request = if path {
        Request::post(format!("/v1/sources/{source}/{source}"))
    } else {
        Request::post("/v1/events").header("authorization", format!("Bearer {source}"))
    };
    app.send(request.header("content-type", "application/json").body(Body::from("{")).unwrap()).await
}

/// A stranger who types a code on a link that nobody was sent.
async fn stranger(app: &TestApp) -> Told {
    app.form("/a/nobodys", "code=1&act=take").await
}

/// The site with a second source, `gate`, that has both a token and a path.
async fn app() -> TestApp {
    let hash = hex::encode(Sha256::digest(b"gate"));
    let gate = format!(
        "[[source]]\nid = \"gate\"\nformat = \"native\"\nmay = [\"fever\"]\n\
         token_sha256 = \"{hash}\"\npath_secret_sha256 = \"{hash}\"\n"
    );
    let office = "[[client]]\nid = \"office\"\n";
    TestApp::armed_with(&[(office, &format!("{gate}{office}"))]).await
}

#[tokio::test(start_paused = true)]
async fn a_source_that_hurries_is_delayed_then_refused_by_either_door_and_keeps_no_other_waiting() {
    let app = app().await;
    let soon = Duration::from_micros(50);
    for number in 0..20_000 {
        let told = timeout(soon, broken(&app, "hr", number % 2 == 0)).await.unwrap();
        assert_eq!(told.status, 400, "at once");
    }
    // The clock of the door stands still: each turn is a tenth of a millisecond after the one before.
    let waits = join_all((0..50).map(|number| broken(&app, "hr", number % 2 == 0)));
    assert!(timeout(Duration::from_millis(3), waits).await.is_err(), "the last of them has to wait 5 ms");
    let told = timeout(Duration::from_millis(8), broken(&app, "hr", false)).await.unwrap();
    assert_eq!(told.status, 400, "delayed and not refused");
    // As many more as may wait, which is three seconds; both doors are one to it.
    for number in 20_051..50_000 {
        assert_eq!(broken(&app, "hr", number % 2 == 0).await.status, 400);
    }
    for path in [false, true, false, true] {
        let told = timeout(soon, broken(&app, "hr", path)).await.unwrap();
        assert_eq!((told.status, told.json()["code"].as_str()), (429, Some("too_many")), "{}", told.text);
        let seconds: u64 = told.header("retry-after").parse().unwrap();
        assert!((3..=4).contains(&seconds), "{seconds}");
        let other = timeout(soon, broken(&app, "gate", path)).await.unwrap();
        assert_eq!(other.status, 400, "another one goes at once");
    }
    // Who was refused took nobody's turn: as many come up as the time gives.
    app.clock.advance(Duration::from_millis(1));
    for number in 0..10 {
        assert_eq!(broken(&app, "hr", number % 2 == 0).await.status, 400);
    }
    assert_eq!(broken(&app, "hr", true).await.status, 429);
    app.clock.advance(Duration::from_secs(5));
    assert_eq!(timeout(soon, broken(&app, "hr", true)).await.unwrap().status, 400, "and at once again");
}

#[tokio::test(start_paused = true)]
async fn a_stranger_who_hurries_is_delayed_before_they_are_refused() {
    let app = TestApp::start();
    let at_once = Duration::from_millis(1);
    for _ in 0..100 {
        assert_eq!(timeout(at_once, stranger(&app)).await.unwrap().status, 404);
    }
    assert!(timeout(Duration::from_millis(95), stranger(&app)).await.is_err(), "100 ms");
    let told = timeout(Duration::from_millis(205), stranger(&app)).await.unwrap();
    assert_eq!(told.status, 404, "delayed and not refused");
    let rest = join_all((0..18).map(|_| stranger(&app))).await;
    assert!(rest.iter().all(|told| told.status == 404));
    let told = timeout(at_once, stranger(&app)).await.unwrap();
    assert_eq!(told.status, 429, "{}", told.text);
    assert!(told.header("retry-after").parse::<u64>().unwrap() >= 1);
}

#[tokio::test]
async fn a_full_queue_is_told_with_a_time_and_nothing_that_waits_in_it_is_lost() {
    let (app, go) = TestApp::that_waits();
    let wishes = (0..=WISHES_MAX).map(|number| {
        let event = event(&format!("e{number}"), "finance", false);
        let app = &app;
        async move {
            let told = app.post("/v1/events", "hr", &event).await;
            if told.status == 503 {
                Some((event, told))
            } else {
                assert_eq!(told.status, 202);
                None
            }
        }
    });
    let release = async {
        // Every wish was asked once by then, and waits or was refused.
        tokio::task::yield_now().await;
        go.send(()).unwrap();
    };
    let (told, ()) = tokio::join!(join_all(wishes), release);
    let mut refused = told.into_iter().flatten();
    let (event, told) = refused.next().unwrap();
    assert!(refused.next().is_none(), "one more than there is room for");
    assert_eq!((told.status, told.json()["code"].as_str()), (503, Some("busy")), "{}", told.text);
    assert!(told.header("retry-after").parse::<u64>().unwrap() >= 1);
    assert_eq!(app.published().state.cases.size(), WISHES_MAX);
    assert_eq!(app.post("/v1/events", "hr", &event).await.status, 202);
}
