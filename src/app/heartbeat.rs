//! The heartbeat: sent to a second place while the engine makes progress; whoever misses it rings the operator.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Shared;
use crate::config::HeartbeatSettings;
use crate::engine::Beat;

/// A heartbeat that is not taken within this is missed; the next one is not late for it.
const WITHIN: Duration = Duration::from_secs(10);

/// Sends heartbeats until told to stop.
pub(super) async fn run(
    shared: Arc<Shared>,
    settings: HeartbeatSettings,
    beat: Arc<Beat>,
    stop: CancellationToken,
) {
    let client = reqwest::Client::builder()
        .timeout(WITHIN)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build();
    let Ok(client) = client else {
        tracing::error!("no heartbeat can be sent: the HTTP client could not be built");
        return stop.cancelled().await;
    };
    let mut every = tokio::time::interval(settings.every);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut steps = 0;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = every.tick() => {}
        }
        let (now, holding) = (beat.steps(), shared.engine.published().holding);
        if now == steps {
            tracing::error!("the engine makes no progress; no heartbeat is sent");
            continue;
        }
        steps = now;
        let told =
            client.post(settings.url.expose()).body(if holding { "holding" } else { "ok" }).send().await;
        match told {
            Ok(answer) if answer.status().is_success() => {}
            Ok(answer) => {
                tracing::warn!(
                    status = answer.status().as_u16(),
                    "a heartbeat was not taken: the watcher answered with this status"
                );
            }
            // The error itself quotes the address, which is a secret.
            Err(error) => {
                tracing::warn!(why = why(&error), "a heartbeat was not taken: the watcher was not reached")
            }
        }
    }
}

fn why(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection: look at the name, the way there, the certificate"
    } else {
        "the connection broke, or the answer cannot be understood"
    }
}
