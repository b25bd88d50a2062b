//! TOML becomes settings and the directory of people; every mistake is shown where it stands.
//!
//! **Invariant.** A configuration is used whole or not at all. A finding never quotes a secret, and nobody but this room
//! reads the environment.

mod channels;
mod check;
mod daemon;
mod finding;
mod forms;
mod node;
mod people;
mod policies;
mod reader;
mod secret;
mod sources;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use crate::channel::{Secret, SmtpSettings, WebhookSettings};
use crate::domain::directory::Directory;
use crate::domain::names::ChannelId;
use crate::http::settings::HttpSettings;
use crate::outbox::contacts::Contacts;
use crate::time::Schedule;

pub use check::check;
pub use finding::{Finding, Severity, Sources, render};
pub use forms::FormSettings;
use node::Node;
pub use node::Place;
use reader::Table;

/// A configuration file is never nearly this large.
const FILE_BYTES_MAX: u64 = 16 << 20;

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
    /// When a signed head is made.
    pub heads_at: Schedule,
    /// Who hears that the daemon lives.
    pub heartbeat: Option<HeartbeatSettings>,
    /// What units report.
    pub forms: Vec<FormSettings>,
    /// Where the things that `check` looks at stand.
    pub(crate) places: BTreeMap<String, Place>,
}

/// One way out.
#[derive(Debug, Clone)]
pub enum ChannelSettings {
    /// By HTTP.
    Webhook(WebhookSettings),
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
#[derive(Debug, Clone)]
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
    /// The SHA-256 (hex) of names and bytes of the files.
    pub sha256: String,
}

/// A configuration with mistakes.
#[derive(Debug)]
pub struct Failed {
    /// All of them.
    pub findings: Vec<Finding>,
    /// The files.
    pub sources: Sources,
}

/// Reads every `*.toml` of a folder as one configuration.
///
/// # Errors
/// [`Failed`] with every mistake at once.
pub fn load(dir: &Path) -> Result<Loaded, Failed> {
    let mut mistakes = Vec::new();
    let sources = read_files(dir, &mut mistakes);
    let mut hash = Sha256::new();
    for (name, text) in &sources.0 {
        hash.update(name.as_bytes());
        hash.update([0]);
        hash.update(text.as_bytes());
        hash.update([0]);
    }
    let files =
        sources.0.iter().enumerate().map(|(file, (_, text))| node::read(file, text, &mut mistakes)).collect();
    let joined = node::join(files, &mut mistakes);
    let findings = Rc::new(RefCell::new(mistakes));
    let root = Table::new(&joined, Place { file: 0, span: 0..0 }, "", &findings);
    let configuration = daemon::read(&root);
    root.finish();
    let mut findings = findings.take();
    findings.sort_by_key(|finding| finding.place.as_ref().map(|place| (place.file, place.span.start)));
    let failed = findings.iter().any(|finding| finding.severity == Severity::Mistake);
    match configuration {
        Some(configuration) if !failed => {
            Ok(Loaded { configuration, warnings: findings, sources, sha256: hex::encode(hash.finalize()) })
        }
        Some(_) | None => Err(Failed { findings, sources }),
    }
}

fn read_files(dir: &Path, mistakes: &mut Vec<Finding>) -> Sources {
    let unread = |what: String| Finding {
        severity: Severity::Mistake,
        place: None,
        key: String::new(),
        message: what,
        help: None,
    };
    let mut paths: Vec<PathBuf> = match fs::read_dir(dir) {
        Ok(entries) => entries.filter_map(|entry| Some(entry.ok()?.path())).collect(),
        Err(error) => {
            mistakes.push(unread(format!("the folder {} cannot be read: {error}", dir.display())));
            return Sources::default();
        }
    };
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    if paths.is_empty() {
        mistakes.push(unread(format!("the folder {} holds no *.toml file", dir.display())));
    }
    let mut sources = Sources::default();
    for path in paths {
        let large = fs::metadata(&path).is_ok_and(|file| file.len() > FILE_BYTES_MAX);
        match fs::read_to_string(&path) {
            Ok(_) if large => mistakes.push(unread(format!("{} is larger than 16 MiB", path.display()))),
            Ok(text) => {
                let name =
                    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                sources.0.push((name, text));
            }
            Err(error) => mistakes.push(unread(format!("{} cannot be read: {error}", path.display()))),
        }
    }
    sources
}

/// What every part of the reading adds to.
#[derive(Default)]
struct Places(RefCell<BTreeMap<String, Place>>);

impl Places {
    fn note(&self, what: impl Into<String>, place: &Place) {
        self.0.borrow_mut().insert(what.into(), place.clone());
    }
}

/// An id: what names something in the configuration, and appears in facts, logs and metrics.
fn id(table: &Table<'_>, known: &mut Vec<String>) -> Option<String> {
    let id = table.required("id", "an id: lowercase letters, digits, - and _")?;
    let fits = !id.value.is_empty()
        && id.value.len() <= 40
        && id.value.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_');
    if !fits {
        table.wrong(&id, "expected at most 40 lowercase letters, digits, - and _");
        return None;
    }
    if known.contains(&id.value) {
        table.wrong(&id, format!("there is another `{}`; an id is used once", id.value));
        return None;
    }
    known.push(id.value.clone());
    Some(id.value)
}

/// A text of a free table.
fn node_text(node: &Node) -> Option<&str> {
    match &node.value {
        node::Value::Text(text) => Some(text),
        node::Value::Integer(_)
        | node::Value::Float(_)
        | node::Value::Bool(_)
        | node::Value::List(_)
        | node::Value::Table(_) => None,
    }
}
