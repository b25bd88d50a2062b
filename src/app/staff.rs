//! The employee register: read at a start and at each reload, and put on record by the hash of its file.

use std::sync::Arc;

use super::{Shared, keys};
use crate::config::StorageSettings;
use crate::domain::command::Command;
use crate::domain::directory::Directory;
use crate::staff::{Roll, Staff};

/// Reads the register of the data folder, as far as its units are known, and puts it on record, so that the record says
/// by which register each event found its unit. Where it cannot be read the one before stays.
pub(super) async fn adopt(shared: &Shared, storage: &StorageSettings, directory: &Directory) -> Arc<Roll> {
    let (storage, units) = (storage.clone(), directory.units.clone());
    let read = move || -> anyhow::Result<(Roll, Option<String>)> {
        let master = keys::master(&storage)?;
        let opened = master.map(|master| Staff::open(&storage.path, &master)).transpose()?.flatten();
        let (staff, sha256) = opened.map_or_else(Default::default, |(staff, sha256)| (staff, Some(sha256)));
        Ok((Roll::of(&staff, |unit| units.contains_key(unit)), sha256))
    };
    let read = tokio::task::spawn_blocking(read).await;
    let read = read.unwrap_or_else(|_panic| Err(anyhow::anyhow!("reading it panicked")));
    let (roll, sha256) = match read {
        Ok(read) => read,
        Err(error) => {
            let why = format!("{error:#}");
            tracing::error!(why, "the employee register cannot be read; the one before stays, or none");
            return Arc::clone(&shared.live.load().staff);
        }
    };
    let people = u32::try_from(roll.people()).unwrap_or(u32::MAX);
    if let Err(refusal) = super::on_record(shared, &Command::AdoptStaff { sha256, people }).await {
        tracing::error!(%refusal, "the employee register could not be put on record; it counts all the same");
    }
    Arc::new(roll)
}
