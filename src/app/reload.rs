//! Reload: the configuration is read again, and adopted whole or not at all.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::addresses::with_tokens;
use super::{Shared, channels, kept, periods, staff};
use crate::channel::Channel;
use crate::config::{self, Configuration, Failed, HeartbeatSettings, StorageSettings};
use crate::domain::command::Command;
use crate::domain::directory::Directory;
use crate::domain::fact::LoadedBecause;
use crate::domain::names::{ChannelId, PersonId};
use crate::http::Live;
use crate::outbox::Ways;
use crate::outbox::contacts::Contacts;
use crate::telemetry;

/// Listens for SIGHUP, which ends a process that does not; before the daemon says that it is ready.
pub(super) fn hangups() -> Option<Signal> {
    let listening = signal(SignalKind::hangup());
    if listening.is_err() {
        tracing::error!("SIGHUP cannot be listened for; the configuration is not read again");
    }
    listening.ok()
}

/// Reads the configuration again at every SIGHUP until told to stop; the service manager hears when, and of the end.
pub(super) async fn run(shared: Arc<Shared>, folder: PathBuf, mut hangups: Signal, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            hangup = hangups.recv() => if hangup.is_none() { return },
        }
        telemetry::reloading();
        let mut status = "ready";
        if let Err(why) = reload(&shared, &folder).await {
            shared.metrics.reloads_refused.inc();
            tracing::error!(why, "the configuration was not adopted; the old one stays");
            status = "ready, under the configuration of before: the last one was not adopted";
        }
        telemetry::ready(status);
    }
}

/// What the daemon took from its configuration when it started, and goes on with until it ends.
#[derive(Debug)]
pub(super) struct Began {
    listen: SocketAddr,
    storage: StorageSettings,
    heartbeat: Option<HeartbeatSettings>,
}

impl Began {
    pub(super) fn with(configuration: &Configuration) -> Self {
        let Configuration { http, storage, heartbeat, .. } = configuration;
        Self { listen: http.listen, storage: storage.clone(), heartbeat: heartbeat.clone() }
    }
}

/// The keys whose new values a running daemon cannot follow.
fn waits_for_a_start(began: &Began, new: &Configuration) -> Vec<&'static str> {
    let (old, storage) = (&began.storage, &new.storage);
    let changed = [
        ("[server] listen", began.listen != new.http.listen),
        ("[server] heartbeat", began.heartbeat != new.heartbeat),
        ("[storage] path", old.path != storage.path),
        ("[storage] master_key", old.master_key != storage.master_key),
        ("[ledger] signing_key", old.signing_key != storage.signing_key),
    ];
    changed.into_iter().filter_map(|(key, changed)| changed.then_some(key)).collect()
}

/// Why a configuration is not adopted: how many mistakes, where the first stands, and what shows them all.
fn why(failed: &Failed, folder: &Path) -> String {
    let count = failed.findings.len();
    let word = if count == 1 { "mistake" } else { "mistakes" };
    let first = failed.findings.first().map(|finding| config::line(finding, &failed.sources));
    let first = first.unwrap_or_default();
    format!("{count} {word}, first {first}; watchfire check --config {} shows all", folder.display())
}

/// The directory that the engine decides by from the decision that adopts it, and not before that is put on record.
pub(super) fn hand_in(shared: &Shared, sha256: &str, directory: Directory) {
    *shared.next_directory.lock().unwrap_or_else(PoisonError::into_inner) =
        Some((sha256.to_owned(), Arc::new(directory)));
}

/// The old ways, and what the new ones have beside them.
fn between(old: &Ways, channels: &BTreeMap<ChannelId, Arc<Channel>>, contacts: &Contacts) -> Ways {
    fn add<K: Ord + Clone, V: Clone>(old: &mut BTreeMap<K, V>, new: &BTreeMap<K, V>) {
        for (id, value) in new {
            old.entry(id.clone()).or_insert_with(|| value.clone());
        }
    }
    let (mut both, mut known) = (old.channels.clone(), Contacts::clone(&old.contacts));
    add(&mut both, channels);
    add(&mut known.persons, &contacts.persons);
    add(&mut known.units, &contacts.units);
    add(&mut known.authorities, &contacts.authorities);
    Ways { channels: both, contacts: Arc::new(known) }
}

async fn reload(shared: &Shared, folder: &Path) -> Result<(), String> {
    let loaded = config::load(folder).map_err(|failed| why(&failed, folder))?;
    let mut first_called = kept::first_called(&shared.engine.published());
    // A start goes by the name that it finds, and says so: what it goes by keeps no later change out.
    let running = shared.ways.load_full();
    fn name<'c>(contacts: &'c Contacts, id: &PersonId) -> Option<&'c String> {
        contacts.persons.get(id).map(|known| &known.name)
    }
    first_called.retain(|id, _| name(&running.contacts, id) != name(&loaded.configuration.contacts, id));
    let findings = config::renamed(&loaded.configuration, &first_called);
    if !findings.is_empty() {
        return Err(why(&Failed { findings, sources: loaded.sources }, folder));
    }
    let configuration = loaded.configuration;
    let channels = channels(&configuration).map_err(|error| format!("{error:#}"))?;
    let keys = waits_for_a_start(&shared.began, &configuration);
    if !keys.is_empty() {
        tracing::warn!(keys = keys.join(", "), "what was changed here takes effect at the next start alone");
    }
    let contacts = Arc::new(configuration.contacts);
    let blind = shared.engine.published().stores.blind.clone();
    let next = with_tokens(configuration.directory, &contacts, blind.as_ref());
    // What the rules grant in between goes out whether they are the old ones or the new.
    let old = shared.ways.load_full();
    shared.ways.store(Arc::new(between(&old, &channels, &contacts)));
    let before = shared.engine.published();
    let posts = before.directory.posts_taken(&next);
    hand_in(shared, &loaded.sha256, next);
    let command = Command::AdoptConfiguration { sha256: loaded.sha256.clone() };
    if let Err(refusal) = super::on_record(shared, &command).await {
        shared.ways.store(old);
        return Err(format!("it could not be put on record: {refusal}"));
    }
    periods::tell(&before.state, &shared.engine.published().state);
    if let Err(refusal) = super::on_record(shared, &Command::TakePosts { posts }).await {
        tracing::warn!(%refusal, "who came to a post could not be put on record");
    }
    shared.ways.store(Arc::new(Ways { channels, contacts: Arc::clone(&contacts) }));
    shared.calendars.store(Arc::new(configuration.calendars));
    let (sha256, contacts) = (&loaded.sha256, &*contacts);
    let read = kept::Read { sha256, said: &loaded.said, sources: &loaded.sources, contacts };
    kept::keep(shared, read, LoadedBecause::Hangup).await;
    let directory = shared.engine.published().directory.clone();
    let staff = staff::adopt(shared, &shared.began.storage, &directory, LoadedBecause::Hangup).await;
    let contacts = kept::with_names(&shared.engine.published(), contacts);
    shared.live.store(Arc::new(Live { settings: configuration.http, contacts, staff }));
    tracing::info!("the configuration was read again and adopted");
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::channel::Secret;

    fn example() -> Configuration {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/config"));
        config::load(folder).expect("the example loads").configuration
    }

    #[test]
    fn while_a_reload_is_put_on_record_the_old_ways_stay_and_the_added_ones_are_there() {
        let (new, mut old) = (example(), example());
        let known: Vec<_> = new.contacts.persons.keys().cloned().collect();
        let (kept, added) = (known[0].clone(), known[1].clone());
        old.contacts.persons.retain(|id, _| *id == kept);
        old.contacts.persons.get_mut(&kept).unwrap().mobile = Some("+8613800000099".to_owned());
        old.channels = Vec::new();
        let old = Ways { channels: channels(&old).unwrap(), contacts: Arc::new(old.contacts) };
        let both = between(&old, &channels(&new).unwrap(), &new.contacts);
        assert_eq!(both.channels.len(), new.channels.len());
        assert_eq!(both.contacts.persons[&kept].mobile.as_deref(), Some("+8613800000099"));
        assert_eq!(both.contacts.persons[&added].mobile, new.contacts.persons[&added].mobile);
    }

    #[test]
    fn what_a_reload_cannot_change_is_named_and_what_runs_already_is_not() {
        let mut new = example();
        let began = Began::with(&new);
        assert!(waits_for_a_start(&began, &new).is_empty());
        new.storage.signing_key = Some(Secret::new("k"));
        let url = Secret::new("https://watch.example.cn/a");
        new.heartbeat = Some(HeartbeatSettings { url, every: Duration::from_mins(1) });
        assert_eq!(waits_for_a_start(&began, &new), ["[server] heartbeat", "[ledger] signing_key"]);
        new = example();
        new.http.listen.set_port(1);
        new.storage.path.push("b");
        new.storage.master_key = Some(Secret::new("k"));
        let keys = waits_for_a_start(&began, &new);
        assert_eq!(keys, ["[server] listen", "[storage] path", "[storage] master_key"]);
        // Changed back to what the daemon runs with: there is nothing to wait for.
        assert!(waits_for_a_start(&began, &example()).is_empty());
    }

    #[test]
    fn a_broken_file_is_told_with_the_first_mistake_in_it() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.toml"), "\n[organisation]\nname = 5\n").unwrap();
        let said = why(&config::load(folder.path()).unwrap_err(), folder.path());
        assert!(said.contains(" mistakes, first ") && !said.contains('\n'), "{said}");
        std::fs::write(folder.path().join("a.toml"), "\n[organisation\n").unwrap();
        let said = why(&config::load(folder.path()).unwrap_err(), folder.path());
        assert!(said.starts_with("1 mistake, first a.toml:2: this is not TOML"), "{said}");
        assert!(said.ends_with(" shows all"), "{said}");
    }
}
