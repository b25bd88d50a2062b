//! Disclosing single payloads: what they say, and what proves that it is what was sealed, to whoever has no vault.
//!
//! A payload is sealed by XChaCha20-Poly1305. What that derives from the payload's key for its nonce is the key of a plain
//! `ChaCha20` of the same bytes, and opens nothing else: with it `openssl` seals the content again, and the SHA-256 is
//! the name that stands in the journal.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use chacha20::hchacha;
use chacha20poly1305::aead::generic_array::GenericArray;
use chacha20poly1305::consts::U10;
use zeroize::Zeroizing;

use super::frame::{Kind, Piece, scan};
use super::keyring::Keyring;
use super::seal::{PayloadName, name_of, unseal};
use super::segment::{Head, Record, numbers, path_of};
use super::sidecar::Sidecar;
use super::{MasterKey, Subject, VaultError};

/// A payload with what proves it.
pub struct Disclosed {
    /// What was sealed.
    pub content: Zeroizing<Vec<u8>>,
    /// The key of this payload's stream, and of no other.
    pub key: [u8; 32],
    /// What its sealed bytes begin with.
    pub nonce: [u8; 24],
    /// What they end with.
    pub tag: [u8; 16],
}

impl std::fmt::Debug for Disclosed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Disclosed(***)")
    }
}

/// Discloses the payloads of these names from a vault's folder, whether a daemon has it open or not: nothing is locked,
/// mended or written. What was erased, or does not open, is not among them.
///
/// # Errors
/// [`VaultError`] where the keyring cannot be opened, or a segment cannot be read.
pub fn disclose(
    folder: &Path,
    master: &MasterKey,
    names: &BTreeSet<PayloadName>,
) -> Result<BTreeMap<PayloadName, Disclosed>, VaultError> {
    let keyring = Keyring::look(folder, master)?;
    let failed = |error| VaultError::io("read a segment", error);
    let mut found = BTreeMap::new();
    for number in numbers(folder).map_err(failed)? {
        let path = path_of(folder, number);
        let file = Arc::new(File::open(&path).map_err(failed)?);
        for (name, place) in places(&path, &file, names)? {
            if let Some(record) = Record::read(&file, place, &name).map_err(failed)?
                && let Some(disclosed) = disclosed(&keyring, &record)?
            {
                found.insert(name, disclosed);
            }
        }
    }
    Ok(found)
}

/// Whose key each of these payloads is sealed under, whether it opens or was erased; what is in no segment is not among
/// them.
///
/// # Errors
/// [`VaultError`] where a segment cannot be read.
pub fn sealed_under(
    folder: &Path,
    names: &BTreeSet<PayloadName>,
) -> Result<BTreeMap<PayloadName, Subject>, VaultError> {
    let failed = |error| VaultError::io("read a segment", error);
    let mut found = BTreeMap::new();
    for number in numbers(folder).map_err(failed)? {
        let path = path_of(folder, number);
        let file = Arc::new(File::open(&path).map_err(failed)?);
        for (name, place) in places(&path, &file, names)? {
            let record = Record::read(&file, place, &name).map_err(failed)?;
            found.extend(record.map(|record| (name, record.head.subject)));
        }
    }
    Ok(found)
}

/// Where they lie in a segment: by its sidecar, else by going through it.
fn places(
    path: &Path,
    file: &File,
    names: &BTreeSet<PayloadName>,
) -> Result<Vec<(PayloadName, u64)>, VaultError> {
    let failed = |error| VaultError::io("read a segment", error);
    let len = file.metadata().map_err(failed)?.len();
    let mut places = Vec::new();
    if let Ok(Some(sidecar)) = Sidecar::open(&path.with_extension("idx"), len, true) {
        for name in names {
            let entry = sidecar.find(name).map_err(failed)?;
            places.extend(entry.map(|entry| (*name, u64::from(entry.place))));
        }
        return Ok(places);
    }
    scan(file, len, &mut |piece| {
        if let Piece::Frame(frame) = piece
            && let Some(head) = Head::of(&frame).filter(|head| names.contains(&head.name))
        {
            places.push((head.name, frame.offset));
        }
        Ok(())
    })?;
    Ok(places)
}

fn disclosed(keyring: &Keyring, record: &Record) -> Result<Option<Disclosed>, VaultError> {
    if record.is_erased() || name_of(&record.sealed) != record.head.name {
        return Ok(None);
    }
    let subject = record.head.subject.as_str();
    let of_subject = keyring.find(Kind::SubjectKey, subject, Some(record.head.key_id))?;
    let disclosed = of_subject.and_then(|(_, of_subject)| {
        let own = record.key(&of_subject)?;
        let content = unseal(&own, &record.sealed)?;
        let (nonce, _) = record.sealed.split_first_chunk::<24>()?;
        let (_, tag) = record.sealed.split_last_chunk::<16>()?;
        let (first, _) = nonce.split_first_chunk::<16>()?;
        let own: &[u8; 32] = &own;
        let key = hchacha::<U10>(GenericArray::from_slice(own), GenericArray::from_slice(first));
        Some(Disclosed { content, key: key.into(), nonce: *nonce, tag: *tag })
    });
    Ok(disclosed)
}
