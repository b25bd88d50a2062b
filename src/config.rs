//! TOML becomes settings and the directory of people; every mistake is shown where it stands.
//!
//! **Invariant.** A configuration is used whole or not at all. A finding never quotes a secret, and nobody but this room
//! reads the environment.

mod calendar;
mod channels;
mod check;
mod clock;
mod daemon;
mod edit;
mod files;
mod finding;
mod forms;
mod mapped;
mod node;
mod people;
mod policies;
mod posts;
mod probe;
mod reader;
mod render;
mod report;
mod roster;
mod said;
mod secret;
mod sources;
mod syntax;
#[cfg(test)]
mod tests;
mod triage;
mod values;
mod words;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::channel::{PresetSettings, Secret, SmtpSettings, WebhookSettings};
use crate::domain::directory::Directory;
use crate::domain::names::ChannelId;
use crate::http::settings::HttpSettings;
use crate::outbox::contacts::Contacts;

pub(crate) use calendar::Calendars;
pub(crate) use check::unknown_years;
pub use check::{check, renamed};
pub use edit::{Edited, NewPerson, PersonEdit, edit_persons};
pub use files::Sources;
pub use finding::{Finding, Severity};
pub use node::Place;
pub use render::{line, render};
pub use roster::{ROSTER, StandIn, read_roster, roster_file};
pub use said::{Said, Value};

use node::Trust;
use reader::Table;
use report::{Report, Secrets};

/// Everything the rooms are built from.
#[derive(Debug, Clone)]
pub struct Configuration {
    /// What the rules may know.
    pub directory: Directory,
    /// Names, numbers, addresses.
    pub contacts: Contacts,
    /// The doors.
    pub http: HttpSettings,
    /// The ways out.
    pub channels: Vec<(ChannelId, ChannelSettings)>,
    /// Where data lies, and under which keys.
    pub storage: StorageSettings,
    /// Who hears that the daemon lives.
    pub heartbeat: Option<HeartbeatSettings>,
    /// The calendars that the days off are taken from.
    pub(crate) calendars: Calendars,
    /// Where the keys that were read stand, by the path that findings call them by.
    pub(crate) places: BTreeMap<String, Place>,
}

impl Configuration {
    /// Whether a key stands in the files, by the path that findings call it by.
    #[must_use]
    pub fn says(&self, key: &str) -> bool {
        self.places.contains_key(key)
    }
}

/// One way out.
#[derive(Debug, Clone)]
pub enum ChannelSettings {
    /// By HTTP.
    Webhook(WebhookSettings),
    /// By HTTP to a provider that is known.
    Preset(PresetSettings),
    /// By mail.
    Smtp(SmtpSettings),
}

/// Where data lies, and under which keys.
#[derive(Debug, Clone)]
pub struct StorageSettings {
    /// The data folder.
    pub path: PathBuf,
    /// The key that wraps the keyring, 64 hexadecimal digits; else one is made in the data folder.
    pub master_key: Option<Secret>,
    /// The key that signs heads, PEM; else one is made in the data folder.
    pub signing_key: Option<Secret>,
}

/// Who hears that the daemon lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeartbeatSettings {
    /// Where it is posted.
    pub url: Secret,
    /// How often.
    pub every: Duration,
}

/// A configuration that was read.
#[derive(Debug)]
pub struct Loaded {
    /// What it says.
    pub configuration: Configuration,
    /// What somebody may be sorry for.
    pub warnings: Vec<Finding>,
    /// The files.
    pub sources: Sources,
    /// The SHA-256 (hex) of names and bytes of the files, those of the shipped calendars among them that count.
    pub sha256: String,
    /// What each key says.
    pub said: Said,
}

/// A configuration with mistakes.
#[derive(Debug)]
pub struct Failed {
    /// All of them.
    pub findings: Vec<Finding>,
    /// The files.
    pub sources: Sources,
}

/// Reads every `*.toml` of a folder as one configuration, and those of its folder `calendars` as calendars.
///
/// # Errors
/// [`Failed`] with every mistake at once.
pub fn load(dir: &Path) -> Result<Loaded, Failed> {
    load_with(dir, &of_environment, Secrets::Needed)
}

/// Reads a folder for whoever runs where the daemon's credentials are not: a secret that cannot be read is left out.
///
/// # Errors
/// [`Failed`] with every mistake at once.
pub fn load_without_secrets(dir: &Path) -> Result<Loaded, Failed> {
    load_with(dir, &of_environment, Secrets::LeftOut)
}

/// Reads a folder as it would be with files that are not written yet; secrets are left out where they cannot be read.
///
/// # Errors
/// [`Failed`] with every mistake at once.
pub fn load_edited(dir: &Path, edited: &[Edited]) -> Result<Loaded, Failed> {
    load_files((dir, edited), &of_environment, Secrets::LeftOut)
}

/// Reads a kept copy of a configuration, as far as that goes: what is blotted out in it is missing, and nobody can be
/// reached by what is read. It says who held which post and what everybody was called.
#[must_use]
pub fn read_copy(files: &BTreeMap<String, String>) -> Option<Configuration> {
    let file = |(name, text): (&String, &String)| files::File { name: name.clone(), text: text.clone() };
    let sources = Sources(files.iter().filter(|(name, _)| !Sources::is_shipped(name)).map(file).collect());
    let mut findings = Vec::new();
    let (mut tables, mut calendars) = (Vec::new(), Vec::new());
    for (file, source) in sources.0.iter().enumerate() {
        let (entries, _) = node::read(file, &source.text, &mut findings);
        match source.calendar() {
            Some(name) => {
                calendars.push(calendar::Laid { name: name.to_owned(), shipped: false, file, entries });
            }
            None => tables.push(entries),
        }
    }
    let joined = node::join(tables, &mut findings);
    let report = Report::new(Path::new(""), &|_| None, Secrets::LeftOut);
    daemon::read(&Table::root(&joined, &report), &calendars)
}

fn of_environment(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "this is the room that reads the environment")]
    std::env::var(name).ok()
}

fn load_with(
    dir: &Path,
    variable: &dyn Fn(&str) -> Option<String>,
    secrets: Secrets,
) -> Result<Loaded, Failed> {
    load_files((dir, &[]), variable, secrets)
}

fn load_files(
    (dir, edited): (&Path, &[Edited]),
    variable: &dyn Fn(&str) -> Option<String>,
    secrets: Secrets,
) -> Result<Loaded, Failed> {
    let mut findings = Vec::new();
    let mut sources = Sources::read(dir, &mut findings);
    edited.iter().for_each(|edited| sources.replace(&edited.path, &edited.text));
    let unread = !findings.is_empty();
    let mut broken = BTreeMap::new();
    let (mut files, mut calendars) = (Vec::new(), Vec::new());
    for (file, source) in sources.0.iter().enumerate() {
        let (entries, trust) = node::read(file, &source.text, &mut findings);
        broken.extend((trust != Trust::Whole).then_some((file, trust)));
        match source.calendar() {
            Some(name) => {
                calendars.push(calendar::Laid { name: name.to_owned(), shipped: false, file, entries });
            }
            None => files.push(entries),
        }
    }
    let joined = node::join(files, &mut findings);
    for (name, text) in calendar::shipped_files(&joined, &calendars) {
        let file = sources.add_shipped(name, text);
        let (entries, _) = node::read(file, text, &mut findings);
        calendars.push(calendar::Laid { name: name.to_owned(), shipped: true, file, entries });
    }
    let sha256 = sources.sha256();
    let report = Report::new(dir, variable, secrets);
    let configuration = daemon::read(&Table::root(&joined, &report), &calendars);
    let whole = broken.is_empty() && !unread;
    // What is missed may stand in a file that is not TOML.
    let counts = |finding: &Finding| {
        let trust = finding.place.as_ref().and_then(|place| broken.get(&place.file));
        let guessed = trust.is_some_and(|trust| *trust == Trust::Guess);
        whole || !(finding.follows || guessed)
    };
    findings.extend(report.findings.into_inner().into_iter().filter(counts));
    findings.sort_by_key(Finding::order);
    let said = configuration.as_ref().map(|it| Said::of(&it.places, &sources)).unwrap_or_default();
    sources.blot_out(&report.blots.into_inner());
    broken.into_keys().for_each(|file| sources.blot_out_lines(file));
    let failed = findings.iter().any(|finding| finding.severity == Severity::Mistake);
    match configuration {
        Some(configuration) if !failed => {
            Ok(Loaded { configuration, warnings: findings, sources, sha256, said })
        }
        Some(_) | None => {
            // What somebody may be sorry for would bury what keeps the daemon from starting.
            findings.retain(|finding| finding.severity == Severity::Mistake);
            Err(Failed { findings, sources })
        }
    }
}
