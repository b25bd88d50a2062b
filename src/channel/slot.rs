//! Slots: how many requests of a channel may be open at once, each for one message.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::settings::{SettingsError, check_connections};

/// A free connection of a channel, kept for one message until it is dropped.
#[derive(Debug)]
pub struct Slot {
    _permit: Option<OwnedSemaphorePermit>,
}

impl Slot {
    /// Of a channel that never has too many requests open.
    pub(super) const fn unbounded() -> Self {
        Self { _permit: None }
    }
}

/// The connections of a channel.
#[derive(Debug)]
pub(super) struct Connections(Arc<Semaphore>);

impl Connections {
    pub(super) fn new(connections_max: usize) -> Result<Self, SettingsError> {
        check_connections(connections_max)?;
        Ok(Self(Arc::new(Semaphore::new(connections_max))))
    }

    pub(super) fn are_all_taken(&self) -> bool {
        self.0.available_permits() == 0
    }

    /// One that is free at this moment.
    pub(super) fn reserve(&self) -> Option<Slot> {
        Arc::clone(&self.0).try_acquire_owned().ok().map(|permit| Slot { _permit: Some(permit) })
    }

    /// The one that was kept, else one as soon as it is free.
    pub(super) async fn take(&self, kept: Option<Slot>) -> Option<Slot> {
        match kept {
            Some(slot) => Some(slot),
            // The semaphore is never closed; an error would mean that there is no connection to be had.
            None => {
                Arc::clone(&self.0).acquire_owned().await.ok().map(|permit| Slot { _permit: Some(permit) })
            }
        }
    }
}
