//! The composition root: open, recover, spawn, ordered shutdown.
//!
//! **Invariant.** Every thread and task of the daemon is started here and waited for here.

mod addresses;
mod heartbeat;
mod kept;
mod keys;
mod periods;
mod probe;
mod reload;
mod scrub;
mod staff;
mod stores;
mod trouble;
mod upkeep;
mod watch;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use arc_swap::ArcSwap;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::channel::Channel;
use crate::channel::text::Texts;
use crate::config::{self, Calendars, ChannelSettings, Configuration, Loaded};
use crate::domain::command::Command;
use crate::domain::fact::LoadedBecause;
use crate::domain::names::ChannelId;
use crate::engine::{self, Engine, Handle, Lane, Paths};
use crate::http;
use crate::journal::Heads;
use crate::metrics::Metrics;
use crate::outbox::contacts::Contacts;
use crate::outbox::{Outbox, UNDER_WAY_MAX, Ways, heads};
use crate::staff::Roll;
use crate::telemetry;
use crate::time::{Clock, Now, Timestamp};
pub use kept::{KeptNames, names_in, posts_of};
pub(crate) use keys::{MASTER_KEY, configured as master_key};
use watch::{Lasting, watch};

/// So many steps a start waits for, with thousands of overdue things in each.
const OVERDUE_STEPS_MAX: usize = 1_000;
/// Messages under way get this long when the daemon stops; their fate is unknown afterwards.
const STOP_WITHIN: Duration = Duration::from_secs(10);

/// What a run of the daemon is given besides its configuration.
#[derive(Debug)]
pub struct Run {
    /// The folder the configuration is read from again.
    pub config: PathBuf,
    /// Nothing is sent until a person lets it go.
    pub hold: bool,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Ends the run.
    pub stop: CancellationToken,
}

/// What the parts of the daemon share.
struct Shared {
    engine: Handle,
    clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
    ways: Arc<ArcSwap<Ways>>,
    live: Arc<ArcSwap<http::Live>>,
    next_directory: Arc<Mutex<Option<engine::Next>>>,
    heads: Arc<Mutex<Heads>>,
    data: PathBuf,
    began: reload::Began,
    calendars: ArcSwap<Calendars>,
}

/// Runs the daemon until it is told to stop.
///
/// # Errors
/// What keeps it from starting, or ended it.
pub async fn serve(loaded: Loaded, run: Run) -> anyhow::Result<()> {
    let (configuration, read) = (&loaded.configuration, kept::Read::of(&loaded));
    let listen = configuration.http.listen;
    // Before any door answers: who hears that it is ready may ask it to reload.
    let hangups = reload::hangups();
    let listener = TcpListener::bind(listen).await.with_context(|| {
        format!("cannot listen on {listen}; change [server] listen, or end what listens there")
    })?;
    let data = configuration.storage.path.clone();
    keys::make_folder(&data)?;
    let master = keys::master(&configuration.storage)?;
    let signer = keys::signer(&configuration.storage)?;
    let signed_heads = Heads::open(&data, signer).context("the signed heads cannot be read")?;
    let signed = signed_heads.last().map_or(0, |head| head.seq);
    let metrics = Arc::new(Metrics::new());
    let directory = Arc::new(configuration.directory.clone());
    let paths = Paths { data: data.clone() };
    let opened = engine::open(&paths, (master, signed), &*run.clock, directory, Arc::clone(&metrics))
        .context("the daemon cannot start")?;
    tell_of_start(&opened);
    let found = opened.found.seq;
    let (engine, handle) = Engine::new(opened, Arc::clone(&run.clock), Arc::clone(&metrics));
    let (beat, next_directory) = (engine.beat(), engine.next_directory());
    let thread = std::thread::Builder::new().name("engine".to_owned()).spawn(move || engine::run(engine))?;

    let (contacts, channels) = (Arc::new(configuration.contacts.clone()), channels(configuration)?);
    let shared = Arc::new(Shared {
        engine: handle.clone(),
        clock: Arc::clone(&run.clock),
        metrics: Arc::clone(&metrics),
        ways: Arc::new(ArcSwap::from_pointee(Ways { channels, contacts: Arc::clone(&contacts) })),
        live: Arc::new(ArcSwap::from_pointee(live(configuration, contacts, Arc::default()))),
        next_directory,
        heads: Arc::new(Mutex::new(signed_heads)),
        data,
        began: reload::Began::with(configuration),
        calendars: ArcSwap::from_pointee(configuration.calendars.clone()),
    });
    adopt(&shared, (configuration, read), run.hold).await?;

    let (tasks, stop) = (TaskTracker::new(), run.stop.clone());
    let mut lasting = Lasting::default();
    lasting.spawn("outbox", outbox(&shared)?.run(tasks.clone(), stop.clone()));
    let heard: Arc<http::Heard> = Arc::default();
    let proof: Arc<http::Proof> = Arc::default();
    let router = http::router(context(&shared, Arc::clone(&heard), Arc::clone(&proof)));
    let door = (tasks.clone(), stop.clone());
    lasting.spawn("door", async move {
        http::serve::serve(listener, router, http::serve::Bounds::default(), &door.0, door.1).await;
    });
    lasting.spawn("upkeep", upkeep::run(Arc::clone(&shared), stop.clone()));
    let storage = (configuration.storage.clone(), found);
    lasting.spawn("opening of stores", stores::run(Arc::clone(&shared), storage, stop.clone()));
    lasting.spawn("look-out for trouble", trouble::run(Arc::clone(&shared), heard, stop.clone()));
    lasting.spawn("probe", probe::run(Arc::clone(&shared), proof, stop.clone()));
    if let Some(heartbeat) = configuration.heartbeat.clone() {
        let beats = heartbeat::run(Arc::clone(&shared), heartbeat, Arc::clone(&beat), stop.clone());
        lasting.spawn("heartbeat", beats);
    }
    if let Some(hangups) = hangups {
        let reloads = reload::run(Arc::clone(&shared), run.config.clone(), hangups, stop.clone());
        lasting.spawn("reload", reloads);
    }
    if handle.published().state.held_back {
        tracing::warn!("nothing is sent until a person lets it go: watchfire release --by PERSON");
    }
    tracing::info!(%listen, armed = handle.published().state.is_armed(), "ready");
    telemetry::ready("ready");

    let watched = watch(&thread, &mut lasting, &beat, &*run.clock, &stop).await;
    stop.cancel();
    telemetry::stopping();
    end(&shared, thread, (lasting, tasks), watched).await
}

/// What the engine's thread comes back with.
type EngineThread = std::thread::JoinHandle<Result<engine::Core, engine::Fatal>>;

/// Ends in order where it was told to; at once where the engine is stuck or gone, or a task is.
async fn end(
    shared: &Shared,
    thread: EngineThread,
    (mut lasting, tasks): (Lasting, TaskTracker),
    watched: anyhow::Result<()>,
) -> anyhow::Result<()> {
    tasks.close();
    let all = async {
        lasting.end_of_all().await;
        tasks.wait().await;
    };
    // Without the engine nothing can be put on record: what is under way counts as unknown, and nobody waits for it.
    if watched.is_ok() && tokio::time::timeout(STOP_WITHIN, all).await.is_err() {
        tracing::warn!("messages were still under way at the end; their fate is unknown and they go again");
    }
    if watched.is_err() && !thread.is_finished() {
        return watched;
    }
    shared.engine.close();
    let core = tokio::task::spawn_blocking(move || thread.join())
        .await
        .context("the engine's thread was lost")?
        .map_err(|_panic| anyhow!("the engine panicked"))?
        .context("the engine has ended; a start repairs what it can")?;
    watched?;
    upkeep::last_words(shared, &core);
    Ok(())
}

fn tell_of_start(opened: &engine::Opened) {
    let down_s = opened.down.map_or(0, |down| down.length().as_secs());
    tracing::info!(replayed = opened.replayed, down_s, holding = opened.core.is_holding(), "recovered");
    if let Some(seq) = opened.torn {
        tracing::warn!(seq, "the end of the journal was torn and is cut; what was cut is kept beside it");
    }
}

/// Puts what the configuration says on record.
async fn adopt(
    shared: &Shared,
    (configuration, read): (&Configuration, kept::Read<'_>),
    hold: bool,
) -> anyhow::Result<()> {
    // The vault is open by now, without which nobody can tell one address from another.
    let (directory, contacts) = (configuration.directory.clone(), &configuration.contacts);
    let blind = shared.engine.published().stores.blind.clone();
    reload::hand_in(shared, read.sha256, addresses::with_tokens(directory, contacts, blind.as_ref()));
    let posts = kept::posts::taken(&shared.engine.published(), &read, &configuration.directory);
    if let Err(refusal) = on_record(shared, &Command::TakePosts { posts }).await {
        tracing::warn!(%refusal, "who came to a post could not be put on record");
    }
    let commands = [
        Some(Command::AdoptConfiguration { sha256: read.sha256.to_owned() }),
        hold.then_some(Command::HoldBack),
    ];
    for command in commands.into_iter().flatten() {
        match on_record(shared, &command).await {
            Ok(_) => {}
            Err(refusal) => return Err(anyhow!("the configuration could not be put on record: {refusal}")),
        }
    }
    let first_called = kept::first_called(&shared.engine.published());
    for finding in config::renamed(configuration, &first_called) {
        // Nobody is left without a duty officer for that: whoever has the id first keeps it on record.
        tracing::error!(
            key = finding.key,
            "this id is on record under another name, which it keeps there: give the other person an id that nobody had"
        );
    }
    kept::keep(shared, read, LoadedBecause::Start).await;
    let staff =
        staff::adopt(shared, &configuration.storage, &configuration.directory, LoadedBecause::Start).await;
    let contacts = kept::with_names(&shared.engine.published(), &configuration.contacts);
    shared.live.store(Arc::new(live(configuration, contacts, staff)));
    Ok(())
}

/// What the doors go by.
fn live(configuration: &Configuration, contacts: Arc<dyn http::People>, staff: Arc<Roll>) -> http::Live {
    http::Live { settings: configuration.http.clone(), contacts, staff }
}

/// Submits a command at a start; where very much fell due while the daemon was down it waits for its turn.
async fn on_record(shared: &Shared, command: &Command) -> Result<engine::Answer, engine::Refusal> {
    let mut answer = shared.engine.submit(command.clone(), shared.now(), Lane::Wish).await;
    for _ in 0..OVERDUE_STEPS_MAX {
        let Err(engine::Refusal::Busy) = answer else { break };
        answer = shared.engine.submit(command.clone(), shared.now(), Lane::Wish).await;
    }
    answer
}

impl Shared {
    fn now(&self) -> Now {
        self.engine.published().now_at(&self.clock.read())
    }
}

impl http::People for Contacts {
    fn by_number(
        &self,
        mobile: Option<&str>,
        reference: Option<&str>,
    ) -> Option<crate::domain::names::PersonId> {
        self.person_by(mobile, reference).cloned()
    }

    fn all_by_number(&self, mobile: &str) -> Vec<crate::domain::names::PersonId> {
        self.with_mobile(mobile).cloned().collect()
    }

    fn all_by_email(&self, email: &str) -> Vec<crate::domain::names::PersonId> {
        self.with_email(email).cloned().collect()
    }

    fn goes_by(&self, person: &crate::domain::names::PersonId, name: &str) -> bool {
        self.goes_by(person, name)
    }

    fn office(&self) -> Option<String> {
        self.office_phone.clone()
    }

    fn unit(&self, unit: &crate::domain::names::UnitId) -> String {
        let name = self.unit(unit);
        name.short_name.unwrap_or(name.name)
    }

    fn unit_at(&self, unit: &crate::domain::names::UnitId, at: Timestamp) -> String {
        self.unit_at(unit, at)
    }

    fn language(&self, person: Option<&crate::domain::names::PersonId>) -> crate::channel::text::Language {
        let person = person.and_then(|person| self.persons.get(person));
        person.and_then(|person| person.language).unwrap_or(self.language)
    }

    fn person(&self, person: &crate::domain::names::PersonId) -> Option<String> {
        self.persons.get(person).map(|known| known.name.clone()).filter(|name| !name.is_empty())
    }

    fn known_as(&self, person: &crate::domain::names::PersonId) -> Option<String> {
        self.known_as(person)
    }

    fn authority(&self, authority: &crate::domain::names::AuthorityId) -> Option<http::AuthorityName> {
        self.authorities.get(authority).map(|known| (known.name.clone(), known.phones.clone()))
    }
}

/// Builds the ways out.
pub(crate) fn channels(configuration: &Configuration) -> anyhow::Result<BTreeMap<ChannelId, Arc<Channel>>> {
    let mut channels = BTreeMap::new();
    for (id, settings) in &configuration.channels {
        let channel = match settings {
            ChannelSettings::Webhook(settings) => {
                crate::channel::Webhook::new(settings).map(Channel::Webhook)
            }
            ChannelSettings::Preset(settings) => {
                crate::channel::Webhook::preset(settings).map(Channel::Webhook)
            }
            ChannelSettings::Smtp(settings) => crate::channel::Smtp::new(settings).map(Channel::Smtp),
        };
        let channel = channel.with_context(|| format!("channel {id}"))?;
        channels.insert(id.clone(), Arc::new(channel));
    }
    Ok(channels)
}

fn outbox(shared: &Shared) -> anyhow::Result<Outbox> {
    Ok(Outbox {
        engine: shared.engine.clone(),
        ways: Arc::clone(&shared.ways),
        texts: Arc::new(Texts::load().context("the texts of the messages")?),
        heads: Arc::clone(&shared.heads),
        clock: Arc::clone(&shared.clock),
        metrics: Arc::clone(&shared.metrics),
        lines: Arc::default(),
        room: Arc::new(Semaphore::new(UNDER_WAY_MAX)),
    })
}

fn context(shared: &Arc<Shared>, heard: Arc<http::Heard>, proof: Arc<http::Proof>) -> http::Context {
    let (shared_heads, engine) = (Arc::clone(&shared.heads), shared.engine.clone());
    http::Context {
        engine: shared.engine.clone(),
        clock: Arc::clone(&shared.clock),
        live: Arc::clone(&shared.live),
        metrics: Arc::clone(&shared.metrics),
        data: shared.data.clone().into(),
        gates: Arc::default(),
        heard,
        proof,
        signed_head: Arc::new(move || {
            let head = heads::sign(&shared_heads, &engine.published())?;
            heads::left(&shared_heads, &head);
            serde_json::to_string(&head).ok()
        }),
    }
}
