//! The probe: the daemon asks for itself at its public address, as everybody outside does, so that a front door which is
//! down is on record, excuses whoever could not report, and is told to the operators.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio_util::sync::CancellationToken;

use super::Shared;
use crate::domain::bulletin::Trouble;
use crate::domain::command::{Command, DoorProbe};
use crate::engine::Lane;
use crate::http::Proof;
use crate::http::settings::ProbeSettings;

/// Who does not answer within this does not answer.
const WITHIN: Duration = Duration::from_secs(5);
/// How soon it asks again after it was not answered. With three tries of this kind after a pause of 20 s a door that is
/// shut is known to be within 55 s: before it has been shut for the minute that moves a due instant.
const AGAIN: Duration = Duration::from_secs(10);
/// How soon it looks whether the configuration says to ask now.
const OFF: Duration = Duration::from_secs(20);
/// An address at which the daemon was never reached is logged at the third try, and each so many tries.
const LOGGED_EACH: u32 = 360;

/// What asks, for as long as the settings are the same.
#[derive(Debug)]
struct Asking {
    settings: ProbeSettings,
    /// None where it cannot be built: then nobody is asked, and nothing is shut.
    client: Option<reqwest::Client>,
    failed: u32,
    /// What stands in the file of its authorities.
    ca: Option<Vec<u8>>,
    /// Since boot, when the request left that was answered last.
    last: Option<Duration>,
}

impl Asking {
    fn with(settings: ProbeSettings, ca: Option<Vec<u8>>) -> Self {
        let client = client(settings.ca.as_deref(), ca.as_deref());
        if let Err(error) = &client {
            let why = format!("{error:#}");
            tracing::error!(why, "the public address cannot be asked: look at [server] probe");
        }
        Self { settings, ca, client: client.ok(), failed: 0, last: None }
    }

    fn note(&mut self, answered: bool, asked: Duration) {
        self.failed = if answered { 0 } else { self.failed.saturating_add(1) };
        if answered {
            self.last = Some(asked);
        }
    }

    fn pause(&self) -> Duration {
        if self.failed > 0 { AGAIN.min(self.settings.every) } else { self.settings.every }
    }
}

/// A client that opens a connection of its own for each question, as whoever reports does.
fn client(ca: Option<&Path>, pem: Option<&[u8]>) -> anyhow::Result<reqwest::Client> {
    let mut builder = reqwest::Client::builder()
        .timeout(WITHIN)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .http1_only()
        .pool_max_idle_per_host(0);
    if let Some(ca) = ca {
        let pem = pem.with_context(|| format!("{} cannot be read", ca.display()))?;
        builder = builder.tls_certs_only(reqwest::Certificate::from_pem_bundle(pem)?);
    }
    Ok(builder.build()?)
}

/// The file of the authorities that the address is trusted by, read again for each question: it may be renewed in place.
fn read_ca(ca: Option<&Path>) -> Option<Vec<u8>> {
    std::fs::read(ca?).ok()
}

/// Asks until told to stop.
pub(super) async fn run(shared: Arc<Shared>, proof: Arc<Proof>, stop: CancellationToken) {
    let mut asking: Option<Asking> = None;
    loop {
        let settings = shared.live.load().settings.probe.clone();
        let ca = settings.as_ref().and_then(|settings| read_ca(settings.ca.as_deref()));
        let same = asking.as_ref().map(|it| (&it.settings, &it.ca)) == settings.as_ref().map(|it| (it, &ca));
        if !same {
            // When the address was reached last is known whatever else is told of it.
            let last = |url: &str| asking.as_ref().filter(|it| it.settings.url.as_str() == url)?.last;
            asking = settings.map(|settings| {
                let last = last(settings.url.as_str());
                Asking { last, ..Asking::with(settings, ca) }
            });
        }
        let pause = match &mut asking {
            Some(asking) => {
                ask(&shared, &proof, asking).await;
                asking.pause()
            }
            None => OFF,
        };
        // Nobody looks any more: what was found is not known to last.
        let looks = asking.as_ref().is_some_and(|asking| asking.client.is_some());
        if !looks && shared.engine.published().state.is_troubled(&Trouble::DoorShut) {
            put_on_record(&shared, Command::EndTrouble { trouble: Trouble::DoorShut }).await;
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

async fn ask(shared: &Shared, proof: &Proof, asking: &mut Asking) {
    let Some(client) = &asking.client else { return };
    let asked = shared.clock.read().since_boot;
    let found = is_reached(client, &asking.settings.url, proof).await;
    asking.note(found.is_ok(), asked);
    let door = asking.settings.door();
    let published = shared.engine.published();
    let (shut, known) = (
        published.state.is_troubled(&Trouble::DoorShut),
        published.state.door_proved.as_ref() == Some(&door),
    );
    if let Err(why) = found {
        if known && !shut {
            tracing::warn!(why, failed = asking.failed, "the daemon was not reached at its public address");
        } else if !known && asking.failed % LOGGED_EACH == 3 {
            tracing::warn!(
                why,
                "the daemon was never reached at its public address, which may not lead here from this machine: nobody watches the door"
            );
        }
    }
    if asking.failed == 0 && known && !shut {
        return;
    }
    let reading = shared.clock.read();
    let now = published.now_at(&reading).either();
    let last = asking.last.map(|last| now - reading.since_boot.saturating_sub(last));
    put_on_record(shared, Command::ProbeDoor(DoorProbe { door, failed: asking.failed, last })).await;
    match (shut, shared.engine.published().state.is_troubled(&Trouble::DoorShut)) {
        (false, true) => tracing::warn!("nobody gets in: reports that fall due have half an hour more"),
        (true, false) => tracing::info!("the daemon is reached at its public address again"),
        (true, true) | (false, false) => {}
    }
}

async fn put_on_record(shared: &Shared, command: Command) {
    if let Err(refusal) = shared.engine.submit(command, shared.now(), Lane::Wish).await {
        tracing::warn!(why = %refusal, "what was found at the door could not be put on record; it is looked at again");
    }
}

/// Whether it is this daemon that answers at an address; why not, in words that quote nothing.
async fn is_reached(client: &reqwest::Client, url: &str, proof: &Proof) -> Result<(), &'static str> {
    let (question, right) = proof.question();
    let answer = client.get(format!("{url}/healthz?{question}")).send().await.map_err(|error| {
        if error.is_timeout() {
            "no answer in time"
        } else if error.is_connect() {
            "no connection: look at the name, the front door, its certificate"
        } else {
            "the connection broke, or the answer cannot be understood"
        }
    })?;
    match answer.headers().get(Proof::HEADER) {
        Some(header) if *header == right => Ok(()),
        Some(_) => Err("another daemon answered"),
        None => Err("something in front of the daemon answered in its place"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provided() {
        // Whoever is second finds the same provider already there.
        drop(rustls::crypto::ring::default_provider().install_default());
    }

    #[test]
    fn it_asks_again_sooner_after_it_was_not_answered_and_remembers_when_it_was() {
        let settings = ProbeSettings {
            url: "http://yq.example.cn".to_owned(),
            every: Duration::from_secs(20),
            ca: None,
        };
        provided();
        let mut asking = Asking::with(settings, None);
        asking.note(true, Duration::from_secs(100));
        assert_eq!((asking.pause(), asking.failed), (Duration::from_secs(20), 0));
        asking.note(false, Duration::from_secs(120));
        asking.note(false, Duration::from_secs(130));
        assert_eq!((asking.pause(), asking.failed), (Duration::from_secs(10), 2));
        assert_eq!(asking.last, Some(Duration::from_secs(100)));
        asking.note(true, Duration::from_secs(140));
        assert_eq!((asking.failed, asking.last), (0, Some(Duration::from_secs(140))));
    }

    #[test]
    fn a_file_that_holds_no_certificates_asks_nobody() {
        provided();
        assert!(client(Some(Path::new("/nowhere/ca.pem")), None).is_err());
    }
}
