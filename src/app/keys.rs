//! Keys and the data folder: made at a first start, readable by the daemon alone.

use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::Path;

use anyhow::Context as _;

use crate::config::StorageSettings;
use crate::journal::Signer;
use crate::vault::MasterKey;

/// What its file is called, where it is none that is configured.
pub(crate) const MASTER_KEY: &str = "master-key";

/// Makes the data folder where there is none, and closes it to everybody else.
pub(super) fn make_folder(path: &Path) -> anyhow::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| format!("cannot make the data folder {}", path.display()))?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o700))
        .with_context(|| format!("cannot close the data folder {} to others", path.display()))
}

/// The key that wraps the keyring: a configured credential, else a file in the data folder.
pub(super) fn master(storage: &StorageSettings) -> anyhow::Result<Option<MasterKey>> {
    if let Some(key) = configured(storage)? {
        return Ok(Some(key));
    }
    let key = MasterKey::load_or_create(&storage.path.join(MASTER_KEY));
    Ok(Some(key.context("the master key in the data folder cannot be used")?))
}

/// The one that is configured, where it can be read here.
pub(crate) fn configured(storage: &StorageSettings) -> anyhow::Result<Option<MasterKey>> {
    let Some(secret) = &storage.master_key else { return Ok(None) };
    let mut bytes = [0_u8; 32];
    hex::decode_to_slice(secret.expose().trim(), &mut bytes).context(
        "[storage] master_key: expected 64 hexadecimal digits, as `openssl rand -hex 32` prints them",
    )?;
    Ok(Some(MasterKey::from_bytes(bytes)))
}

/// The key that signs heads: a configured credential, else a file in the data folder.
pub(super) fn signer(storage: &StorageSettings) -> anyhow::Result<Signer> {
    match &storage.signing_key {
        Some(pem) => {
            Signer::from_pem(pem.expose()).context("[storage] signing_key: expected an Ed25519 key in PEM")
        }
        None => Signer::open_or_create(&storage.path.join("signing-key.pem"))
            .context("the signing key in the data folder cannot be used"),
    }
}
