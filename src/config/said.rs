//! What the files of a configuration say, key by key, so that two loads can be compared.
//!
//! **Invariant.** What a key says is kept open where it is a rule, which is nobody's; of all else there is a hash alone.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Bound;

use sha2::{Digest as _, Sha256};

use super::files::Sources;
use super::node::Place;

/// Tables whose values are rules: no name, number, address or secret stands in them.
const RULES: [&str; 9] = [
    "form ",
    "policy ",
    "triage",
    "ledger.heads_at",
    "ledger.lapses_at",
    "ledger.repeats_within",
    "privacy",
    "calendar",
    "shipped calendar ",
];
/// Keys of those whose texts somebody may have written for people.
const WORDS: [&str; 9] = ["name", "label", "labels", "help", "zh-CN", "zh", "en", "options", "source"];
/// As much of a value as the record keeps open.
const CHARS_MAX: usize = 200;

/// What one key says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// The hash of its text.
    pub sha256: [u8; 32],
    /// Its text, where it is a rule.
    pub open: Option<String>,
}

/// What each key says, by the path that findings call it by.
#[derive(Clone, Default)]
pub struct Said(pub BTreeMap<String, Value>);

/// Prints the count alone.
impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Said").field("keys", &self.0.len()).finish_non_exhaustive()
    }
}

impl Said {
    /// Of the keys that stand at these places; before anything is blotted out.
    pub(super) fn of(places: &BTreeMap<String, Place>, sources: &Sources) -> Self {
        let last = places.iter().filter(|(path, _)| !holds_others(path, places));
        let read = last.filter_map(|(path, place)| {
            let text = sources.0.get(place.file)?.text.get(place.start..place.end)?;
            let open = is_rule(path).then(|| text.chars().take(CHARS_MAX).collect());
            Some((path.clone(), Value { sha256: Sha256::digest(text).into(), open }))
        });
        Self(read.collect())
    }
}

/// A table says what its keys say.
fn holds_others(path: &str, places: &BTreeMap<String, Place>) -> bool {
    let behind = places.range::<str, _>((Bound::Excluded(path), Bound::Unbounded));
    let mut below = behind.map_while(|(other, _)| other.strip_prefix(path));
    below.any(|rest| rest.starts_with([':', '.', ' ']))
}

fn is_rule(path: &str) -> bool {
    let mut parts = path.split([' ', '.', ':']);
    RULES.iter().any(|table| path.starts_with(table)) && !parts.any(|part| WORDS.contains(&part))
}

#[cfg(test)]
mod tests {
    #[test]
    fn rules_are_kept_open_and_of_all_else_there_is_a_hash() {
        let folder = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/config"));
        let said = crate::config::load(folder).unwrap().said.0;
        let open = |path: &str| said.get(path).unwrap_or_else(|| panic!("{path} is not there")).open.clone();
        assert_eq!(open("form \"control-statistics\": due").as_deref(), Some("\"0 0 16 * * *\""));
        assert_eq!(open("calendar.makeup_workdays 1").as_deref(), Some("\"2026-09-20\""));
        assert_eq!(open("calendar \"cn-2026\": holiday 2: from").as_deref(), Some("2026-02-15"));
        assert_eq!(open("unit \"finance\": leader"), None);
        assert!(!said.contains_key("form \"control-statistics\""), "a table says what its keys say");
        let text = format!("{:?}", said.values().filter_map(|value| value.open.as_ref()).collect::<Vec<_>>());
        // What somebody wrote for people is no rule, in no language.
        assert!(text.is_ascii(), "{text}");
        for personal in ["+86", "@", "sha256", "http"] {
            assert!(!text.contains(personal), "{personal}: {text}");
        }
    }
}
