//! What a command looks up in the data folder, beside the daemon: the vault's key, and whom an id was given to before.

use std::io::ErrorKind;
use std::path::Path;

use super::{Failure, innermost, say, say_error};
use crate::app;
use crate::config::{self, Configuration, Finding, StorageSettings};
use crate::vault::MasterKey;

/// The vault's key: the configured one, else that of the data folder; none where it cannot be read here.
pub(super) fn master_key(configuration: &Configuration) -> anyhow::Result<Option<MasterKey>> {
    let storage = &configuration.storage;
    Ok(match app::master_key(storage)? {
        Some(key) => Some(key),
        None if configuration.says("storage.master_key") => None,
        None => MasterKey::load(&storage.path.join(app::MASTER_KEY)).ok(),
    })
}

/// The same, or that in a file which the call names.
pub(super) fn key_of(
    configuration: &Configuration,
    file: Option<&Path>,
) -> Result<Option<MasterKey>, Failure> {
    let Some(path) = file else { return Ok(master_key(configuration)?) };
    let key = MasterKey::load(path);
    Ok(Some(key.map_err(|error| Failure::Call(format!("--master-key {}: {error}", path.display())))?))
}

/// Gives a configuration what people and units were called whom it names no more, or otherwise; with a word of it where
/// the record cannot be read here.
pub(super) fn recall(configuration: &mut Configuration, file: Option<&Path>) -> Result<(), Failure> {
    let key =
        if file.is_some() { key_of(configuration, file)? } else { master_key(configuration).ok().flatten() };
    let named = match key {
        Some(key) => {
            app::names_in(&configuration.storage.path, &key).map_err(|error| innermost(error.as_ref()))
        }
        None => Err("the vault's key cannot be read here; give its file by --master-key".to_owned()),
    };
    match named {
        Ok(kept) => {
            let kept = kept.unwrap_or_default();
            configuration.contacts.first_called = kept.people;
            configuration.contacts.units_called = kept.units;
        }
        Err(why) => say_error(&format!(
            "those whom the configuration names no more go by their ids, and each unit by its name of today: {why}"
        )),
    }
    Ok(())
}

/// People whose id is on record under another name; nobody, and a word of it, where the record cannot be read here.
pub(super) fn renamed(configuration: &Configuration) -> Result<Vec<Finding>, Failure> {
    let StorageSettings { path, .. } = &configuration.storage;
    match std::fs::read_dir(path.join("journal")) {
        Ok(_) => {}
        // Nothing is on record.
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return not_compared(&error.to_string()),
    }
    let key = match master_key(configuration) {
        Ok(Some(key)) => key,
        Ok(None) => return not_compared("the vault's key cannot be read here"),
        Err(error) => return not_compared(&format!("{error:#}")),
    };
    match app::names_in(path, &key) {
        Ok(names) => Ok(names.map(|names| config::renamed(configuration, &names.people)).unwrap_or_default()),
        Err(error) => not_compared(&innermost(error.as_ref())),
    }
}

fn not_compared(why: &str) -> Result<Vec<Finding>, Failure> {
    say(&format!("whether an id of a person is on record under another name was not looked up: {why}"))?;
    Ok(Vec::new())
}
