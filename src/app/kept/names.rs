//! What people were called, and who held which post, by the copies of the configurations that were kept. A copy names
//! everybody whom any before it named, so that the last one knows them all.
//!
//! **Invariant.** An id stands for one person by one name: the first under which it is on record.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::{Copy, last_copy};
use crate::config;
use crate::domain::names::{PersonId, UnitId};
use crate::engine::Published;
use crate::journal;
use crate::ledger::UnitNames;
use crate::ledger::pack::Posts;
use crate::outbox::contacts::Contacts;
use crate::time::Timestamp;
use crate::vault::{self, MasterKey};

/// The fact that names a copy.
const LOADED: &str = "configuration_loaded/1";

impl Copy {
    /// Everybody who was ever named. A copy of before that was kept knows those of its own files alone.
    pub(super) fn first_called(&self) -> BTreeMap<PersonId, String> {
        if !self.people.is_empty() {
            return self.people.clone();
        }
        let read = config::read_copy(&self.files);
        let persons = read.into_iter().flat_map(|read| read.contacts.persons);
        persons.map(|(id, person)| (id, person.name)).collect()
    }

    /// What every unit was called that was ever named. A copy of before that was kept knows those of its own files alone,
    /// and not from when.
    pub(super) fn units_called(&self) -> UnitNames {
        if !self.units.is_empty() {
            return self.units.clone();
        }
        let mut names = UnitNames::default();
        if let Some(read) = config::read_copy(&self.files) {
            names.follow(units(&read.contacts), Timestamp::MIN);
        }
        names
    }
}

/// What units are called in full.
pub(super) fn units(contacts: &Contacts) -> impl Iterator<Item = (&UnitId, &str)> {
    contacts.units.iter().map(|(id, unit)| (id, unit.name.as_str()))
}

/// What everybody and every unit was called, as far as the record knows.
#[derive(Debug, Default)]
pub struct KeptNames {
    /// People, by the first name under their id.
    pub people: BTreeMap<PersonId, String>,
    /// Units, each name from when it held.
    pub units: UnitNames,
}

impl KeptNames {
    fn of(copy: &Copy) -> Self {
        Self { people: copy.first_called(), units: copy.units_called() }
    }
}

/// The contacts of a configuration with what people and units were called before it.
pub(in crate::app) fn with_names(published: &Published, contacts: &Contacts) -> Arc<Contacts> {
    let kept = last_copy(published).map(|(_, copy)| KeptNames::of(&copy)).unwrap_or_default();
    Arc::new(Contacts { first_called: kept.people, units_called: kept.units, ..contacts.clone() })
}

/// What everybody was called first, by the configuration that was kept last; nobody where it cannot be opened.
pub(in crate::app) fn first_called(published: &Published) -> BTreeMap<PersonId, String> {
    last_copy(published).map(|(_, copy)| copy.first_called()).unwrap_or_default()
}

/// What everybody and every unit was called, from the files of a data folder, whether a daemon has them open or not; `None` where no configuration is on
/// record.
///
/// # Errors
/// Where the journal or the vault cannot be read.
pub fn names_in(dir: &Path, master: &MasterKey) -> anyhow::Result<Option<KeptNames>> {
    let Some(name) = last_name(dir)? else { return Ok(None) };
    let Ok(name) = name.parse() else { return Ok(None) };
    let opened = vault::disclose(&dir.join("vault"), master, &[name].into())?;
    let copy = opened.get(&name).and_then(|copy| serde_json::from_slice::<Copy>(&copy.content).ok());
    Ok(copy.as_ref().map(KeptNames::of))
}

/// The name of the last copy, in the newest segment that has any.
fn last_name(dir: &Path) -> anyhow::Result<Option<String>> {
    for segment in journal::segments(dir)?.into_iter().rev() {
        let path = dir.join("journal").join(format!("{segment:020}.jsonl"));
        let mut lines = BufReader::new(fs::File::open(path)?);
        let (mut line, mut last) = (Vec::new(), None);
        while next(&mut lines, &mut line)? {
            let entry = line.get(65..).unwrap_or_default();
            if !entry.windows(LOADED.len()).any(|window| window == LOADED.as_bytes()) {
                continue;
            }
            let Ok(entry) = serde_json::from_slice::<Value>(entry) else { continue };
            let facts = entry.get("facts").and_then(Value::as_array).into_iter().flatten();
            let mut copies = facts.filter_map(|fact| fact.get(LOADED)?.get("copy")?.as_str());
            last = copies.next_back().map(ToOwned::to_owned).or(last);
        }
        if last.is_some() {
            return Ok(last);
        }
    }
    Ok(None)
}

fn next(lines: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    Ok(lines.read_until(b'\n', line)? > 0)
}

/// What a copy says of people: what everybody was called, and who held which post where it had room for that.
#[must_use]
pub fn posts_of(copy: &[u8]) -> Option<Posts> {
    let copy: Copy = serde_json::from_slice(copy).ok()?;
    let mut names = copy.first_called();
    let known = config::read_copy(&copy.files);
    // Who held a post then is who its own files name, whoever had the id before.
    let then = known.iter().flat_map(|known| &known.contacts.persons);
    names.extend(then.map(|(id, person)| (id.clone(), person.name.clone())));
    Some(Posts { directory: known.map(|known| known.directory), names, units: copy.units_called() })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{copy_of, read};
    use super::*;

    #[test]
    fn a_copy_says_who_held_which_post_and_what_they_were_called_and_no_number() {
        let (loaded, _folder) = read(|text| text);
        let posts = posts_of(&serde_json::to_vec(&copy_of(&loaded)).unwrap()).unwrap();
        let known = &loaded.configuration;
        let directory = posts.directory.unwrap();
        assert_eq!(directory.units, known.directory.units);
        assert_eq!(directory.duties, known.directory.duties);
        let names: Vec<&String> = known.contacts.persons.values().map(|person| &person.name).collect();
        assert_eq!(posts.names.values().collect::<Vec<_>>(), names);
        let mut without = copy_of(&loaded);
        without.files.clear();
        let without = posts_of(&serde_json::to_vec(&without).unwrap()).unwrap();
        assert!(without.directory.is_none());
        assert_eq!(without.names.values().collect::<Vec<_>>(), names, "who has left is named all the same");
    }

    #[test]
    fn a_copy_from_before_people_were_kept_names_those_of_its_files() {
        let (loaded, _folder) = read(|text| text);
        let mut old = copy_of(&loaded);
        let people = std::mem::take(&mut old.people);
        assert!(!people.is_empty());
        assert_eq!(old.first_called(), people);
    }

    #[test]
    fn an_id_that_is_on_record_under_another_name_is_a_mistake_at_that_name() {
        let (old, _folder) = read(|text| text);
        let first = copy_of(&old).first_called();
        assert!(config::renamed(&old.configuration, &first).is_empty());
        let name = first.values().next().unwrap().clone();
        let (new, _other) = read(|text| text.replace(&format!("\"{name}\""), "\"另一人\""));
        let found = config::renamed(&new.configuration, &first);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].place.is_some() && found[0].key.starts_with("person "), "{found:?}");
        assert!(!format!("{found:?}").contains(&name), "{found:?}");
    }
}
