//! Each load of the configuration is kept: by its hash, by what it says otherwise than the one before, and as a sealed
//! copy, so that the record says since when a rule is in force.
//!
//! **Invariant.** Values of rules alone stand in the open. The copy has every secret blotted out, and of what any key says
//! a keyed hash.

mod names;
pub(super) mod posts;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use names::{KeptNames, names_in, posts_of};
pub(super) use names::{first_called, with_names};

use super::Shared;
use crate::config::{Loaded, Said, Sources, Value};
use crate::domain::command::Command;
use crate::domain::fact::{ConfigurationLoaded, KeyChange, KeyChanged, LoadedBecause};
use crate::domain::names::{PayloadName, PersonId};
use crate::engine::{Lane, Published, Work};
use crate::ledger::UnitNames;
use crate::outbox::contacts::Contacts;
use crate::time::Timestamp;
use crate::vault::{self, Blind, Sealed, VaultError};

/// What the log calls it.
const CONFIGURATION: &str = "configuration";
/// So many changes one entry names; of a load that changes more, how many more.
pub(super) const CHANGED_MAX: usize = 500;
/// A copy of files that are larger than this together keeps the hashes of the keys alone.
const FILES_BYTES_MAX: usize = 2 << 20;

/// What is sealed.
#[derive(Default, Serialize, Deserialize)]
struct Copy {
    files: BTreeMap<String, String>,
    keys: BTreeMap<String, Key>,
    /// Everybody who was ever named, by their first name under their id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    people: BTreeMap<PersonId, String>,
    /// What every unit was called that was ever named, and from when.
    #[serde(default, skip_serializing_if = "UnitNames::is_empty")]
    units: UnitNames,
}

/// What a key says: a keyed hash of it, and its text where it is a rule.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Key {
    token: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    open: Option<String>,
}

impl Copy {
    /// Whether it is one of those that had no room for more: what else its files say, nobody can tell.
    fn has_rules_alone(&self) -> bool {
        self.keys.values().all(|key| key.open.is_some())
    }

    fn rules(&self) -> BTreeMap<String, Key> {
        let rules = self.keys.iter().filter(|(_, key)| key.open.is_some());
        rules.map(|(path, key)| (path.clone(), key.clone())).collect()
    }
}

/// A configuration as it was read.
pub(super) struct Read<'a> {
    pub(super) sha256: &'a str,
    pub(super) said: &'a Said,
    pub(super) sources: &'a Sources,
    pub(super) contacts: &'a Contacts,
}

impl<'a> Read<'a> {
    pub(super) fn of(loaded: &'a Loaded) -> Self {
        Self {
            sha256: &loaded.sha256,
            said: &loaded.said,
            sources: &loaded.sources,
            contacts: &loaded.configuration.contacts,
        }
    }
}

/// Keeps a configuration that was adopted, where it is not the one that was kept last.
pub(super) async fn keep(shared: &Shared, read: Read<'_>, why: LoadedBecause) {
    let published = shared.engine.published();
    let last = published.state.configuration_kept.as_ref();
    if last.is_some_and(|last| last.sha256.as_deref() == Some(read.sha256)) {
        return;
    }
    let Some(blind) = published.stores.blind.as_ref().filter(|_| is_open(&published, CONFIGURATION)) else {
        return;
    };
    let (loaded, sealed) = loaded((&published, blind), &read, (why, shared.now().wall));
    put_on_record(shared, CONFIGURATION, Command::KeepConfiguration(Box::new(loaded)), sealed).await;
}

/// Whether the vault takes a copy.
pub(super) fn is_open(published: &Published, what: &'static str) -> bool {
    if !published.vault {
        tracing::warn!(what, "what was read is not kept: the vault is not open; the next load keeps it");
    }
    published.vault
}

/// Puts a load on record, with its copy.
pub(super) async fn put_on_record(
    shared: &Shared,
    what: &'static str,
    command: Command,
    sealed: Option<Sealed>,
) {
    let work = Work { command, payloads: sealed.into_iter().collect() };
    if let Err(refusal) = shared.engine.submit_work(work, shared.now(), Lane::Wish).await {
        tracing::warn!(what, %refusal, "what was read could not be kept; the next load keeps it");
    }
}

/// The copy of a load with its name; none where it cannot be sealed, which the log says and the entry shows.
pub(super) fn seal(content: &[u8], what: &'static str) -> (Option<PayloadName>, Option<Sealed>) {
    match vault::seal(content) {
        Ok(sealed) => (Some(PayloadName::new(&sealed.name.to_string())), Some(sealed)),
        Err(VaultError::TooLarge { bytes, bytes_max }) => {
            tracing::warn!(
                what,
                bytes,
                bytes_max,
                "what was read is too large for a copy; what changed is kept without one"
            );
            (None, None)
        }
        Err(error) => {
            tracing::error!(what, %error, "what was read could not be sealed; what changed is kept without a copy");
            (None, None)
        }
    }
}

/// As which user of the machine the daemon runs.
pub(super) fn user() -> u32 {
    rustix::process::getuid().as_raw()
}

fn loaded(
    (published, blind): (&Published, &Blind),
    read: &Read<'_>,
    (why, now): (LoadedBecause, Timestamp),
) -> (ConfigurationLoaded, Option<Sealed>) {
    let mut copy = copy(read, blind);
    let before = last_copy(published);
    // Whoever has an id first keeps it.
    copy.people.extend(before.iter().flat_map(|(_, before)| before.first_called()));
    copy.units = before.as_ref().map(|(_, before)| before.units_called()).unwrap_or_default();
    copy.units.follow(names::units(read.contacts), now);
    let mut content = serde_json::to_vec(&copy).unwrap_or_default();
    if content.len() > vault::PAYLOAD_BYTES_MAX {
        // So many keys find no room: the rules alone are kept.
        copy.files.clear();
        copy.keys.retain(|_, key| key.open.is_some());
        content = serde_json::to_vec(&copy).unwrap_or_default();
    }
    let mut changed = match &before {
        Some((_, before)) if before.has_rules_alone() || copy.has_rules_alone() => {
            changed(&before.rules(), &copy.rules())
        }
        Some((_, before)) => changed(&before.keys, &copy.keys),
        // Nobody can say what was before: the rules are told as they are.
        None => changed(&BTreeMap::new(), &copy.rules()),
    };
    let more = changed.len().saturating_sub(CHANGED_MAX);
    changed.truncate(CHANGED_MAX);
    let (name, sealed) = seal(&content, CONFIGURATION);
    let loaded = ConfigurationLoaded {
        sha256: read.sha256.to_owned(),
        before: before.map(|(sha256, _)| sha256),
        why,
        user: user(),
        copy: name,
        changed,
        more,
    };
    (loaded, sealed)
}

/// The copy that was kept last, and the hash of its files; none where there is none, or it cannot be opened.
fn last_copy(published: &Published) -> Option<(String, Copy)> {
    let last = published.state.configuration_kept.as_ref()?;
    let content = published.stores.open(last.copy.as_ref()?)?;
    Some((last.sha256.clone()?, serde_json::from_value(content).ok()?))
}

/// What stands in a copy for what a key says.
fn token(blind: &Blind, path: &str, says: &Value) -> String {
    blind.token("configuration", &[path.as_bytes(), &says.sha256])
}

fn copy(read: &Read<'_>, blind: &Blind) -> Copy {
    let bytes: usize = read.sources.blotted().map(|(_, text)| text.len()).sum();
    let files = read.sources.blotted().filter(|_| bytes <= FILES_BYTES_MAX);
    let keys = read.said.0.iter().map(|(path, value)| {
        (path.clone(), Key { token: token(blind, path, value), open: value.open.clone() })
    });
    Copy {
        files: files.map(|(name, text)| (name.to_owned(), text.to_owned())).collect(),
        keys: keys.collect(),
        people: read.contacts.persons.iter().map(|(id, person)| (id.clone(), person.name.clone())).collect(),
        units: UnitNames::default(),
    }
}

/// What differs, in order of the keys.
fn changed(before: &BTreeMap<String, Key>, now: &BTreeMap<String, Key>) -> Vec<KeyChanged> {
    let mut changed: Vec<KeyChanged> = now
        .iter()
        .filter_map(|(path, key)| {
            let was = before.get(path);
            let how = match was {
                None => KeyChange::Added,
                Some(was) if was.token != key.token => KeyChange::Changed,
                Some(_) => return None,
            };
            let was = was.and_then(|was| was.open.clone());
            Some(KeyChanged { key: path.clone(), how, was, is: key.open.clone() })
        })
        .collect();
    let gone = before.iter().filter(|(path, _)| !now.contains_key(*path));
    changed.extend(gone.map(|(path, key)| KeyChanged {
        key: path.clone(),
        how: KeyChange::Removed,
        was: key.open.clone(),
        is: None,
    }));
    changed.sort_by(|one, other| one.key.cmp(&other.key));
    changed
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;
    use crate::config;

    pub(super) fn read(change: impl Fn(String) -> String) -> (Loaded, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/config")).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                continue;
            }
            let text = change(std::fs::read_to_string(&path).unwrap());
            std::fs::write(folder.path().join(path.file_name().unwrap()), text).unwrap();
        }
        (config::load(folder.path()).unwrap(), folder)
    }

    pub(super) fn copy_of(loaded: &Loaded) -> Copy {
        copy(&Read::of(loaded), &Blind::new(Zeroizing::new([7; 32])))
    }

    #[test]
    fn a_deadline_that_moves_is_told_with_its_values_and_a_number_that_changes_without() {
        let (old, _folder) = read(|text| text);
        let number = "+8613800000011";
        let (new, _other) = read(|text| {
            text.replacen("due = \"0 0 16 * * *\"", "due = \"0 0 15 * * *\"", 1).replacen(
                number,
                "+8613899999999",
                1,
            )
        });
        let changed = changed(&copy_of(&old).keys, &copy_of(&new).keys);
        let told: Vec<String> = changed
            .iter()
            .map(|it| {
                let value = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
                format!("{} {} {}", it.key, value(&it.was), value(&it.is))
            })
            .collect();
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(
            told[0].starts_with("form \"") && told[0].ends_with("due \"0 0 16 * * *\" \"0 0 15 * * *\""),
            "{told:?}"
        );
        assert!(told[1].starts_with("person \"") && told[1].ends_with(" - -"), "{told:?}");
        assert!(copy_of(&old).files.values().any(|text| text.contains("0 0 16")));
        let mut rules = copy_of(&new);
        assert!(!rules.has_rules_alone());
        rules.keys = rules.rules();
        assert!(rules.has_rules_alone() && rules.keys.contains_key("form \"control-statistics\": due"));
    }

    #[test]
    fn what_is_too_large_for_the_vault_is_kept_without_a_copy() {
        let large = vec![0; vault::PAYLOAD_BYTES_MAX + 1];
        assert!(matches!(seal(&large, CONFIGURATION), (None, None)));
        assert!(matches!(seal(&large[1..], CONFIGURATION), (Some(_), Some(_))));
    }
}
