//! What a command looks up in the data folder, beside the daemon: the vault's key, and whom an id was given to before.

use std::io::ErrorKind;

use super::{innermost, say};
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

/// People whose id is on record under another name; nobody, and a word of it, where the record cannot be read here.
pub(super) fn renamed(configuration: &Configuration) -> Result<Vec<Finding>, super::Failure> {
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
    match app::first_called_in(path, &key) {
        Ok(names) => Ok(names.map(|names| config::renamed(configuration, &names)).unwrap_or_default()),
        Err(error) => not_compared(&innermost(error.as_ref())),
    }
}

fn not_compared(why: &str) -> Result<Vec<Finding>, super::Failure> {
    say(&format!("whether an id of a person is on record under another name was not looked up: {why}"))?;
    Ok(Vec::new())
}
