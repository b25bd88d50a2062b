//! What every handler is given: the engine, what can be opened, and who may come in.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::{ArcSwap, Guard};
use axum::extract::FromRef;

use super::answer::Guesses;
use super::body::{Door, Received};
use super::heard::Heard;
use super::pages::Receipts;
use super::problem::Problem;
use super::proof::Proof;
use super::rate::{Limiter, Pace, Turn};
use super::refuse;
use super::reports::Turns;
use super::settings::HttpSettings;
use super::stranger::Stranger;
use crate::channel::text::Language;
use crate::domain::names::{PayloadName, SourceId};
use crate::engine::{Handle, Published, Refusal};
use crate::metrics::Metrics;
use crate::staff::Roll;
use crate::time::{Clock, Now, Seldom};
use crate::vault::{self, Blind, Codes, Sealed};

/// A source may send this fast over the long run; a gate in the morning is far below it.
const PACE: Pace =
    Pace { every: Duration::from_micros(100), burst: 20_000, wait_max: Duration::from_secs(3) };
/// A stranger who asks for codes, signs in, or types codes, by address: an office behind one address is far below it.
const STRANGER: Pace =
    Pace { every: Duration::from_millis(100), burst: 100, wait_max: Duration::from_secs(2) };
/// All strangers together: what they ask for is decided by the one writer, which has more to do.
const STRANGERS: Pace =
    Pace { every: Duration::from_millis(2), burst: 2_000, wait_max: Duration::from_secs(2) };
/// So many strangers are told apart.
const STRANGERS_MAX: usize = 50_000;
/// So many sources are told apart.
const SOURCES_MAX: usize = 10_000;

/// What is swapped when the configuration is read again.
#[derive(Debug)]
pub struct Live {
    /// The doors' own settings.
    pub settings: HttpSettings,
    /// How people are named and reached.
    pub contacts: Arc<dyn People>,
    /// Which unit an employee number belongs to.
    pub staff: Arc<Roll>,
}

/// A name, and numbers with their extensions.
pub type AuthorityName = (String, Vec<(String, Option<String>)>);

/// Who people are, as far as a door must know.
pub trait People: Send + Sync + fmt::Debug {
    /// The person with this employee number, else with this mobile number (E.164) where it is theirs alone.
    fn by_number(
        &self,
        mobile: Option<&str>,
        reference: Option<&str>,
    ) -> Option<crate::domain::names::PersonId>;
    /// Everybody with this mobile number (E.164): people may share one.
    fn all_by_number(&self, mobile: &str) -> Vec<crate::domain::names::PersonId>;
    /// Everybody with this address for mail: people may share one.
    fn all_by_email(&self, email: &str) -> Vec<crate::domain::names::PersonId>;
    /// Whether this is what a person calls themself: their id, or their employee number.
    fn goes_by(&self, person: &crate::domain::names::PersonId, name: &str) -> bool;
    /// What a unit is called, in short; where it is not configured any more, as it was called last.
    fn unit(&self, unit: &crate::domain::names::UnitId) -> String;
    /// What a unit was called in full at an instant, also where it is called otherwise today, or is no more.
    fn unit_at(&self, unit: &crate::domain::names::UnitId, at: crate::time::Timestamp) -> String;
    /// The language that a person reads, or whoever has none of their own.
    fn language(&self, person: Option<&crate::domain::names::PersonId>) -> Language;
    /// What a person is called.
    fn person(&self, person: &crate::domain::names::PersonId) -> Option<String>;
    /// What a person is or was called, also where the configuration names them no more.
    fn known_as(&self, person: &crate::domain::names::PersonId) -> Option<String>;
    /// What an authority is called, and its numbers in the directory's order, each with its extension.
    fn authority(&self, authority: &crate::domain::names::AuthorityId) -> Option<AuthorityName>;
    /// The organisation's own number, which the page shows where it sends somebody to the duty desk.
    fn office(&self) -> Option<String>;
}

/// What every handler is given.
#[derive(Clone)]
pub struct Context {
    /// The engine.
    pub engine: Handle,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Settings and people.
    pub live: Arc<ArcSwap<Live>>,
    /// Counters.
    pub metrics: Arc<Metrics>,
    /// The state folder, for entries that are cited.
    pub data: Arc<Path>,
    /// The journal's head, signed, as JSON.
    pub signed_head: Arc<dyn Fn() -> Option<String> + Send + Sync>,
    /// How fast sources and strangers may go.
    pub gates: Arc<Gates>,
    /// When each source was heard of last.
    pub heard: Arc<Heard>,
    /// What proves that it was this daemon that answered.
    pub proof: Arc<Proof>,
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Context")
    }
}

/// How fast sources and strangers may go.
#[derive(Debug)]
pub struct Gates {
    sources: Mutex<Limiter>,
    stranger: Mutex<Limiter>,
    strangers: Mutex<Limiter>,
    /// Wrong codes typed with numbers that are nobody's.
    pub(super) guesses: Mutex<Guesses>,
    /// Lines about path secrets that are not configured, by source.
    pub(super) wrong_paths: Seldom,
    /// The line before the reader of spreadsheets.
    pub(super) sheets: Turns,
    /// The line before the reader of what has left memory.
    pub(super) past: Turns,
    /// Which reports have which codes of receipts.
    pub(super) receipts: Arc<Receipts>,
}

impl Default for Gates {
    fn default() -> Self {
        Self {
            sources: Mutex::new(Limiter::new(PACE, SOURCES_MAX)),
            stranger: Mutex::new(Limiter::new(STRANGER, STRANGERS_MAX)),
            strangers: Mutex::new(Limiter::new(STRANGERS, 1)),
            guesses: Mutex::default(),
            wrong_paths: Seldom::new(1),
            sheets: Turns::default(),
            past: Turns::default(),
            receipts: Arc::default(),
        }
    }
}

impl FromRef<Context> for Door {
    fn from_ref(context: &Context) -> Self {
        Self { clock: Arc::clone(&context.clock), body_within: Self::BODY_WITHIN }
    }
}

impl Context {
    pub(super) fn live(&self) -> Guard<Arc<Live>> {
        self.live.load()
    }

    pub(super) fn published(&self) -> Arc<Published> {
        self.engine.published()
    }

    /// Both clocks when the last byte of a body was read (law 8).
    pub(super) fn received(&self, received: &Received) -> Now {
        self.published().now_at(&received.reading)
    }

    /// Both clocks at this moment.
    pub(super) fn now(&self) -> Now {
        self.published().now_at(&self.clock.read())
    }

    /// Delays a source that hurries, and refuses one that does not slow down.
    pub(super) async fn pace_source(&self, source: &str) -> Result<(), Problem> {
        pace(&self.gates.sources, source, self.clock.read().since_boot).await
    }

    /// A source that showed its credential sent something.
    pub(super) fn heard_of(&self, source: &SourceId) {
        self.heard.note(source, self.clock.read().since_boot);
    }

    /// The same for everybody who shows no credential yet: who asks without end keeps nobody else waiting.
    pub(super) async fn pace_stranger(&self, stranger: Stranger) -> Result<(), Problem> {
        pace(&self.gates.stranger, &stranger.key(), self.clock.read().since_boot).await?;
        pace(&self.gates.strangers, "", self.clock.read().since_boot).await
    }

    pub(super) fn codes(&self) -> Result<Codes, Problem> {
        self.published().stores.codes.clone().ok_or_else(|| self.lacks())
    }

    pub(super) fn blind(&self) -> Result<Blind, Problem> {
        self.published().stores.blind.clone().ok_or_else(|| self.lacks())
    }

    /// A store is not there: on a full disk because nothing can be written at all, which the caller is told first.
    fn lacks(&self) -> Problem {
        let holding = Refusal::Holding { taken: false };
        if self.published().holding { refuse::problem(holding, self.now().either()) } else { unavailable() }
    }

    /// Seals what somebody wrote, under the name that facts will carry.
    pub(super) fn seal(&self, content: &serde_json::Value) -> Result<(PayloadName, Sealed), Problem> {
        if !self.published().vault {
            return Err(self.lacks());
        }
        let sealed = vault::seal(content.to_string().as_bytes()).map_err(|_error| unavailable())?;
        Ok((PayloadName::new(&sealed.name.to_string()), sealed))
    }

    /// Opens what was sealed; `None` where it is erased or the vault is not there.
    pub(super) fn open(&self, name: &PayloadName) -> Option<serde_json::Value> {
        self.published().stores.open(name)
    }
}

async fn pace(limiter: &Mutex<Limiter>, key: &str, now: Duration) -> Result<(), Problem> {
    let turn = limiter.lock().unwrap_or_else(PoisonError::into_inner).take(key, now);
    match turn {
        Turn::Go => Ok(()),
        Turn::Wait(wait) => {
            tokio::time::sleep(wait).await;
            Ok(())
        }
        Turn::Refuse { retry_after } => Err(Problem::too_many(retry_after)),
    }
}

pub(super) fn unavailable() -> Problem {
    Problem::unavailable("unavailable", "What this needs is not there just now.", Duration::from_secs(5))
}
