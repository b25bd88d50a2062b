//! Mending: after a write that failed the files are read anew under the same handle, so that no reader loses his.

use std::sync::{Arc, PoisonError};

use super::keyring::Keyring;
use super::{Vault, VaultError, VaultRecovery, segment};

impl Vault {
    /// Reads the keyring and the growing segment anew, mends what the failed write left, and takes payloads again.
    ///
    /// It is for a vault that does not write any more; reading goes on meanwhile, and every clone of the handle writes
    /// again afterwards. It takes as long as an opening does, without the closed segments.
    ///
    /// # Errors
    ///
    /// As [`Vault::open`]; the vault then goes on as it was, for reading.
    pub fn mend(&self) -> Result<VaultRecovery, VaultError> {
        let mut told = VaultRecovery::default();
        {
            let mut guard = self.inner.writer.lock().unwrap_or_else(PoisonError::into_inner);
            let writer = &mut *guard;
            // What was never acknowledged is cut first: behind it nothing is a payload without its entry.
            let path = writer.segment.path.clone();
            disk_cut(&path, writer.segment.len)?;
            let disk = Arc::clone(&writer.segment.disk);
            let (keyring, ring_appender) =
                Keyring::open(&self.inner.folder, &self.inner.master, false, &disk, &mut told)?;
            let (segment, names) = segment::open_active(&path, u64::MAX, &disk, &mut told)?;
            let mut shared = self.shared_mut();
            shared.keyring = keyring;
            shared.active = Arc::clone(&segment.file);
            shared.names = names;
            drop(shared);
            writer.keys.clear();
            writer.keyring = ring_appender;
            writer.segment = segment;
        }
        self.inner.writer.clear_poison();
        self.finish_erasures(&mut told);
        Ok(told)
    }
}

/// Cuts a file where what is known of it ends; one that is shorter by now is left to be looked into.
fn disk_cut(path: &std::path::Path, len: u64) -> Result<(), VaultError> {
    let cut = || {
        let file = super::disk::open_private(path, false)?;
        if file.metadata()?.len() > len { file.set_len(len) } else { Ok(()) }
    };
    cut().map_err(|error| VaultError::io("cut a segment", error))
}
