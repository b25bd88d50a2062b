//! Tests of the vault: what it keeps, what it forgets, and what it does with a damaged disk.

mod damage;
mod disclosing;
mod erasure;
mod faults;
mod round_trip;
mod segments;

use std::path::{Path, PathBuf};

use super::writing::Plain;
use super::{FailingDisk, Fault, MasterKey, PayloadName, Subject, Vault, VaultError, VaultRecovery, seal};

const MASTER: [u8; 32] = [7; 32];

fn subject(text: &str) -> Subject {
    text.parse().unwrap()
}

fn open_at(folder: &Path, head_seq: u64) -> (Vault, VaultRecovery) {
    Vault::open(folder, MasterKey::from_bytes(MASTER), head_seq).unwrap()
}

/// Opens a vault whose journal has long moved on, so that nothing in it is an orphan.
fn open(folder: &Path) -> (Vault, VaultRecovery) {
    open_at(folder, 1_000_000)
}

fn put(vault: &Vault, after: u64, subject_text: &str, plaintext: &[u8]) -> PayloadName {
    let sealed = seal(plaintext).unwrap();
    let name = sealed.name;
    vault.put_all(after, vec![(sealed, subject(subject_text))]).unwrap();
    name
}

fn text(vault: &Vault, name: PayloadName) -> String {
    String::from_utf8(vault.get(name).unwrap().to_vec()).unwrap()
}

/// A short word for what became of a payload.
fn fate(vault: &Vault, name: PayloadName) -> &'static str {
    match vault.get(name) {
        Ok(_plaintext) => "open",
        Err(VaultError::Missing) => "missing",
        Err(VaultError::Erased) => "erased",
        Err(VaultError::Corrupt { .. }) => "corrupt",
        Err(other) => panic!("{other}"),
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// Whether any file of the folder holds these bytes.
fn holds(folder: &Path, bytes: &[u8]) -> bool {
    files(folder).iter().any(|file| {
        let content = std::fs::read(file).unwrap();
        content.windows(bytes.len()).any(|window| window == bytes)
    })
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for file in files(to) {
        std::fs::remove_file(file).unwrap();
    }
    for file in files(from) {
        std::fs::copy(&file, to.join(file.file_name().unwrap())).unwrap();
    }
}
