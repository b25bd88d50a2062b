//! A sealed file of its own, beside the vault: one payload under a fresh key, and that key under the master key.
//!
//! Whoever has the master key can write it while the vault is another process's.

use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, fchown};
use std::path::Path;

use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::master::MasterKey;
use super::seal::{WRAPPED, seal, unseal, unwrap, wrap};
use super::{PAYLOAD_BYTES_MAX, VaultError, disk};

/// What such a file begins with.
const MAGIC: &[u8] = b"watchfire/sealed-file/1\n";
/// More than that no payload takes, sealed and wrapped.
const FILE_BYTES_MAX: usize = PAYLOAD_BYTES_MAX + 1024;

/// What was in a sealed file.
pub struct Opened {
    /// The content.
    pub content: Zeroizing<Vec<u8>>,
    /// The SHA-256 (hex) of the file as it lies there: sealing has chance in it, so that it says nothing of the content.
    pub sha256: String,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opened").field("sha256", &self.sha256).finish_non_exhaustive()
    }
}

/// Opens a sealed file; `None` where there is none.
///
/// # Errors
/// [`VaultError::Corrupt`] where it is no such file or is changed, [`VaultError::Locked`] where another master key
/// sealed it, [`VaultError::Io`] where it cannot be read.
pub fn open_file(path: &Path, purpose: &str, master: &MasterKey) -> Result<Option<Opened>, VaultError> {
    let bytes = match read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(VaultError::io("read a sealed file", error)),
    };
    let corrupt = |what| VaultError::Corrupt {
        file: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        offset: 0,
        what,
    };
    let rest = bytes.strip_prefix(MAGIC).ok_or_else(|| corrupt("it is no sealed file"))?;
    let (wrapped, sealed) = rest.split_first_chunk::<WRAPPED>().ok_or_else(|| corrupt("it is cut off"))?;
    let key = unwrap(master.key(), &[MAGIC, purpose.as_bytes()], wrapped).ok_or(VaultError::Locked)?;
    let content = unseal(&key, sealed).ok_or_else(|| corrupt("it was changed"))?;
    Ok(Some(Opened { content, sha256: hex::encode(Sha256::digest(&bytes)) }))
}

/// Seals content into a file that takes the place of the one before at once, readable by its owner alone: whoever owns
/// the folder. Returns the SHA-256 (hex) of the file.
///
/// # Errors
/// [`VaultError::TooLarge`], [`VaultError::Random`], and [`VaultError::Io`] where it cannot be written.
pub fn seal_file(
    path: &Path,
    purpose: &str,
    master: &MasterKey,
    content: &[u8],
) -> Result<String, VaultError> {
    let sealed = seal(content)?;
    let wrapped = wrap(master.key(), &[MAGIC, purpose.as_bytes()], &sealed.key)?;
    let bytes = [MAGIC, &wrapped, &sealed.bytes].concat();
    let written = disk::folder_of(path).metadata().and_then(|folder| {
        disk::replace(path, |file| {
            let own = file.metadata()?;
            // The daemon may run as somebody else than whoever writes this for it.
            if (own.uid(), own.gid()) != (folder.uid(), folder.gid()) {
                fchown(&*file, Some(folder.uid()), Some(folder.gid()))?;
            }
            file.write_all(&bytes)
        })
    });
    written.map_err(|error| VaultError::io("write a sealed file", error))?;
    Ok(hex::encode(Sha256::digest(&bytes)))
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    let most = u64::try_from(FILE_BYTES_MAX).unwrap_or(u64::MAX);
    std::fs::File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn what_is_sealed_in_a_file_is_opened_by_its_master_key_and_purpose_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("staff");
        let master = MasterKey::from_bytes([7; 32]);
        assert!(open_file(&path, "staff", &master).unwrap().is_none());
        let first = seal_file(&path, "staff", &master, "王小明".as_bytes()).unwrap();
        let opened = open_file(&path, "staff", &master).unwrap().unwrap();
        assert_eq!((opened.content.as_slice(), &opened.sha256), ("王小明".as_bytes(), &first));
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        // The same content sealed again is another file: its hash tells nothing.
        assert_ne!(seal_file(&path, "staff", &master, "王小明".as_bytes()).unwrap(), first);
        let other = MasterKey::from_bytes([8; 32]);
        assert!(matches!(open_file(&path, "staff", &other), Err(VaultError::Locked)));
        assert!(matches!(open_file(&path, "other", &master), Err(VaultError::Locked)));
        assert!(!std::fs::read(&path).unwrap().windows(9).any(|bytes| bytes == "王小明".as_bytes()));
    }

    #[test]
    fn a_sealed_file_that_was_changed_anywhere_is_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("staff");
        let master = MasterKey::from_bytes([7; 32]);
        seal_file(&path, "staff", &master, b"content").unwrap();
        let whole = std::fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            std::fs::write(&path, &changed).unwrap();
            assert!(open_file(&path, "staff", &master).is_err(), "byte {at}");
            std::fs::write(&path, &whole[..at]).unwrap();
            assert!(open_file(&path, "staff", &master).is_err(), "cut at {at}");
        }
    }
}
