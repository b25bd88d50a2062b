//! The employee register: read at a start and at each reload, put on record by the hash of its file, and kept by what it
//! says otherwise than the one before and as a sealed copy.
//!
//! **Invariant.** Of people numbers alone stand in the open.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::{Shared, kept, keys};
use crate::config::StorageSettings;
use crate::domain::command::Command;
use crate::domain::directory::Directory;
use crate::domain::fact::{LoadedBecause, StaffLoaded};
use crate::engine::Published;
use crate::staff::{Roll, Staff};
use crate::vault::Sealed;

/// What the log calls it.
const REGISTER: &str = "employee register";

/// Reads the register of the data folder, as far as its units are known, and puts it on record, so that the record says
/// by which register each event found its unit. Where it cannot be read the one before stays.
pub(super) async fn adopt(
    shared: &Shared,
    storage: &StorageSettings,
    directory: &Directory,
    why: LoadedBecause,
) -> Arc<Roll> {
    let (storage, units, published) = (storage.clone(), directory.units.clone(), shared.engine.published());
    let read = move || -> anyhow::Result<(Roll, Option<String>, Option<Kept>)> {
        let master = keys::master(&storage)?;
        let opened = master.map(|master| Staff::open(&storage.path, &master)).transpose()?.flatten();
        let loaded = loaded(&published, opened.as_ref(), why);
        let (staff, sha256) = opened.map_or_else(Default::default, |(staff, sha256)| (staff, Some(sha256)));
        Ok((Roll::of(&staff, |unit| units.contains_key(unit)), sha256, loaded))
    };
    let read = tokio::task::spawn_blocking(read).await;
    let read = read.unwrap_or_else(|_panic| Err(anyhow::anyhow!("reading it panicked")));
    let (roll, sha256, loaded) = match read {
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
    if let Some((loaded, sealed)) = loaded {
        kept::put_on_record(shared, REGISTER, Command::KeepStaff(Box::new(loaded)), sealed).await;
    }
    Arc::new(roll)
}

/// A load, and the copy that goes into the vault with it.
type Kept = (StaffLoaded, Option<Sealed>);

/// What is kept of a register, or of there being none, where that is not what was kept last.
fn loaded(published: &Published, read: Option<&(Staff, String)>, why: LoadedBecause) -> Option<Kept> {
    let state = &published.state;
    let sha256 = read.map(|(_, sha256)| sha256);
    let last = state.staff_kept.as_ref();
    let before = last.map_or(state.staff.as_ref(), |last| last.sha256.as_ref());
    let is_known = match last {
        Some(last) => last.sha256.as_ref() == sha256,
        None => sha256.is_none() && before.is_none(),
    };
    if is_known || !kept::is_open(published, REGISTER) {
        return None;
    }
    let none = Staff::default();
    let staff = read.map_or(&none, |(staff, _)| staff);
    let old = match (last, before) {
        // There was none.
        (_, None) => Some(Staff::default()),
        (Some(last), Some(_)) => {
            let content = last.copy.as_ref().and_then(|copy| published.stores.open(copy));
            content.and_then(|content| serde_json::from_value(content).ok())
        }
        (None, Some(_)) => None,
    };
    let (people, mut units) = old.map_or_else(|| staff.counted(), |old| old.counted_against(staff));
    let more = u32::try_from(units.len().saturating_sub(kept::CHANGED_MAX)).unwrap_or(u32::MAX);
    units.truncate(kept::CHANGED_MAX);
    let (copy, sealed) = match read {
        Some((staff, _)) => kept::seal(&Zeroizing::new(serde_json::to_vec(staff).ok()?), REGISTER),
        None => (None, None),
    };
    let loaded = StaffLoaded {
        sha256: sha256.cloned(),
        before: before.filter(|before| Some(*before) != sha256).cloned(),
        why,
        user: kept::user(),
        imported: staff.imported().cloned(),
        copy,
        people,
        units,
        more,
    };
    Some((loaded, sealed))
}
