//! The master key: what the keyring is wrapped under, kept outside the vault.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use zeroize::{Zeroize, Zeroizing};

use super::seal::{Key, fresh_key};
use super::{VaultError, disk};

/// The key that opens the keyring.
///
/// In a file it is 64 hex digits (a line feed may follow) or 32 raw bytes.
pub struct MasterKey(Key);

impl MasterKey {
    /// Takes the key from memory.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Reads the key from a credential that somebody else keeps, such as systemd.
    ///
    /// # Errors
    ///
    /// [`VaultError::Io`] where it cannot be read, [`VaultError::MasterKey`] where it holds no key.
    pub fn load(path: &Path) -> Result<Self, VaultError> {
        let mut text = Zeroizing::new(Vec::with_capacity(80));
        let file = File::open(path).map_err(|error| VaultError::io("open the master key", error))?;
        file.take(80).read_to_end(&mut text).map_err(|error| VaultError::io("read the master key", error))?;
        Self::parse(&text).ok_or(VaultError::MasterKey("the file holds neither 64 hex digits nor 32 bytes"))
    }

    /// Reads the key from a file of our own, which is made at the first start, readable by its owner alone.
    ///
    /// # Errors
    ///
    /// As [`MasterKey::load`]; and [`VaultError::MasterKey`] where others may read the file.
    pub fn load_or_create(path: &Path) -> Result<Self, VaultError> {
        match std::fs::metadata(path) {
            Ok(found) if found.permissions().mode() & 0o077 != 0 => {
                Err(VaultError::MasterKey("others may read the file: chmod 600 it"))
            }
            Ok(_private) => Self::load(path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::create(path),
            Err(error) => Err(VaultError::io("look at the master key", error)),
        }
    }

    fn create(path: &Path) -> Result<Self, VaultError> {
        let key = fresh_key()?;
        let mut text = Zeroizing::new([0; 65]);
        if let Some((digits, end)) = text.split_last_chunk_mut::<1>() {
            end.copy_from_slice(b"\n");
            hex::encode_to_slice(*key, digits)
                .map_err(|_cause| VaultError::MasterKey("it cannot be written as hex"))?;
        }
        disk::replace(path, |file| file.write_all(text.as_slice()))
            .map_err(|error| VaultError::io("write the master key", error))?;
        Ok(Self(key))
    }

    fn parse(text: &[u8]) -> Option<Self> {
        if let Ok(raw) = <[u8; 32]>::try_from(text) {
            return Some(Self(Zeroizing::new(raw)));
        }
        let mut bytes = [0; 32];
        let key =
            hex::decode_to_slice(text.trim_ascii(), &mut bytes).ok().map(|()| Self(Zeroizing::new(bytes)));
        bytes.zeroize();
        key
    }

    pub(super) const fn key(&self) -> &Key {
        &self.0
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(***)")
    }
}
