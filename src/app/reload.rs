//! Reload: the configuration is read again, and adopted whole or not at all.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::{Shared, channels};
use crate::config;
use crate::domain::command::Command;
use crate::engine::Lane;
use crate::http::Live;
use crate::outbox::Ways;

/// Reads the configuration again at every SIGHUP until told to stop.
pub(super) async fn run(shared: Arc<Shared>, folder: PathBuf, stop: CancellationToken) {
    let Ok(mut hangups) = signal(SignalKind::hangup()) else {
        tracing::error!("SIGHUP cannot be listened for; the configuration is not read again");
        return;
    };
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            hangup = hangups.recv() => if hangup.is_none() { return },
        }
        if let Err(why) = reload(&shared, &folder).await {
            shared.metrics.reloads_refused.inc();
            tracing::error!(why, "the configuration was not adopted; the old one stays");
        }
    }
}

async fn reload(shared: &Shared, folder: &Path) -> Result<(), String> {
    let loaded = config::load(folder).map_err(|failed| {
        format!("{} mistakes: run watchfire check --config {}", failed.findings.len(), folder.display())
    })?;
    let configuration = loaded.configuration;
    let channels = channels(&configuration).map_err(|error| format!("{error:#}"))?;
    let live = shared.live.load();
    if live.settings.listen != configuration.http.listen || shared.data != configuration.storage.path {
        tracing::warn!("[server] listen and [storage] take effect at the next start");
    }
    let contacts = Arc::new(configuration.contacts);
    let next = Arc::new(configuration.directory);
    *shared.next_directory.lock().unwrap_or_else(PoisonError::into_inner) = Some(next);
    let command = Command::AdoptConfiguration { sha256: loaded.sha256 };
    let on_record = shared.engine.submit(command, shared.now(), Lane::Wish).await;
    on_record.map_err(|refusal| format!("it could not be put on record: {refusal}"))?;
    shared.ways.store(Arc::new(Ways { channels, contacts: Arc::clone(&contacts) }));
    shared.live.store(Arc::new(Live { settings: configuration.http, contacts }));
    tracing::info!("the configuration was read again and adopted");
    Ok(())
}
