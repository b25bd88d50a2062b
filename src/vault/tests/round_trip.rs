//! What is put comes back, and nothing else does.

use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::vault::{PAYLOAD_BYTES_MAX, Sealed, segment};

#[test]
fn what_was_put_is_opened_again_also_after_a_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let (vault, told) = open(folder.path());
    assert_eq!(told, VaultRecovery::default());
    let fever = put(&vault, 3, "case/C-20261123-0001", "王芳 38.4".as_bytes());
    let empty = put(&vault, 3, "case/C-20261123-0001", b"");
    let report = put(&vault, 4, "report/finance/daily/2026-11-23", b"all well");
    for vault in [vault.clone(), vault] {
        assert_eq!(text(&vault, fever), "王芳 38.4");
    }
    let (vault, told) = open(folder.path());
    assert_eq!(told, VaultRecovery::default());
    assert_eq!(
        [text(&vault, fever), text(&vault, empty), text(&vault, report)],
        ["王芳 38.4", "", "all well"].map(str::to_owned)
    );
    assert_eq!(fate(&vault, seal(b"never put").unwrap().name), "missing");
}

#[test]
fn one_call_puts_payloads_of_several_subjects() {
    let folder = tempfile::tempdir().unwrap();
    let (vault, _told) = open(folder.path());
    let sealed: Vec<_> = (0..64).map(|n| seal(format!("payload {n}").as_bytes()).unwrap()).collect();
    let names: Vec<_> = sealed.iter().map(|sealed| sealed.name).collect();
    let subjects = (0..64).map(|n| subject(&format!("case/{}", n % 5)));
    vault.put_all(9, sealed.into_iter().zip(subjects).collect()).unwrap();
    vault.put_all(9, Vec::new()).unwrap();
    drop(vault);
    let (vault, _told) = open(folder.path());
    for (n, name) in names.iter().enumerate() {
        assert_eq!(text(&vault, *name), format!("payload {n}"));
    }
}

#[test]
fn a_payload_above_the_bound_is_refused_and_one_at_the_bound_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (vault, _told) = open(folder.path());
    let largest = vec![0x5a; PAYLOAD_BYTES_MAX];
    let name = put(&vault, 0, "case/1", &largest);
    assert_eq!(*vault.get(name).unwrap(), largest);
    assert!(matches!(seal(&vec![0; PAYLOAD_BYTES_MAX + 1]), Err(VaultError::TooLarge { .. })));
    let heavy = || Sealed { name, key: MASTER.into(), bytes: largest.clone() };
    let too_many = (0..8).map(|_| (heavy(), subject("case/1"))).collect();
    assert!(matches!(vault.put_all(0, too_many), Err(VaultError::TooLarge { .. })));
    assert!(vault.is_writable());
}

#[test]
fn nothing_readable_lies_on_the_disk_and_nothing_readable_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    let (vault, _told) = open(folder.path());
    let sealed = seal(b"CANARY-name").unwrap();
    let payload_key = sealed.key.to_vec();
    assert_eq!(format!("{sealed:?}"), format!("Sealed({} ***)", sealed.name));
    vault.put_all(0, vec![(sealed, subject("case/1"))]).unwrap();
    let secret = vault.secret("pepper").unwrap();
    for canary in [b"CANARY-name".as_slice(), &payload_key, secret.as_slice(), &MASTER] {
        assert!(!holds(folder.path(), canary));
    }
    assert_eq!(format!("{vault:?} {:?}", MasterKey::from_bytes(MASTER)), "Vault(***) MasterKey(***)");
}

#[test]
fn every_file_is_private() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("vault");
    let (vault, _told) = open(&dir);
    put(&vault, 0, "case/1", b"x");
    assert_eq!(std::fs::metadata(&dir).unwrap().permissions().mode() & 0o777, 0o700);
    for file in files(&dir) {
        assert_eq!(
            std::fs::metadata(&file).unwrap().permissions().mode() & 0o777,
            0o600,
            "{}",
            file.display()
        );
    }
}

#[test]
fn a_secret_is_the_same_for_ever_and_another_for_another_purpose() {
    let folder = tempfile::tempdir().unwrap();
    let (vault, _told) = open(folder.path());
    let pepper = vault.secret("person-pepper").unwrap();
    let codes = vault.secret("confirmation-codes").unwrap();
    assert_ne!(*pepper, *codes);
    assert_eq!(*vault.secret("person-pepper").unwrap(), *pepper);
    drop(vault);
    let (vault, _told) = open(folder.path());
    assert_eq!(*vault.secret("person-pepper").unwrap(), *pepper);
    assert!(matches!(vault.secret("not plain!"), Err(VaultError::Purpose)));
}

#[test]
fn another_master_key_opens_nothing_and_destroys_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (vault, _told) = open(folder.path());
    let name = put(&vault, 0, "case/1", b"kept");
    drop(vault);
    let wrong = Vault::open(folder.path(), MasterKey::from_bytes([8; 32]), 1_000_000);
    assert!(matches!(wrong, Err(VaultError::Locked)));
    assert_eq!(text(&open(folder.path()).0, name), "kept");
}

#[test]
fn a_vault_is_open_once() {
    let folder = tempfile::tempdir().unwrap();
    let (vault, _told) = open(folder.path());
    let second = Vault::open(folder.path(), MasterKey::from_bytes(MASTER), 0);
    assert!(matches!(second, Err(VaultError::InUse)));
    drop(vault);
    assert!(open(folder.path()).0.is_writable());
}

#[test]
fn after_a_failed_write_nothing_is_put_and_reading_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let (vault, _told) = open(folder.path());
    let kept = put(&vault, 5, "case/1", b"kept");
    vault.spoil();
    let sealed = seal(b"lost").unwrap();
    let lost = sealed.name;
    assert!(matches!(vault.put_all(6, vec![(sealed, subject("case/1"))]), Err(VaultError::Io { .. })));
    let later = vec![(seal(b"later").unwrap(), subject("case/1"))];
    assert!(matches!(vault.put_all(6, later), Err(VaultError::Poisoned)));
    assert!(matches!(vault.erase(&subject("case/1")), Err(VaultError::Poisoned)));
    assert!(!vault.is_writable());
    assert_eq!((text(&vault, kept).as_str(), fate(&vault, lost)), ("kept", "missing"));
    drop(vault);
    let (vault, _told) = open(folder.path());
    assert_eq!((text(&vault, kept).as_str(), fate(&vault, lost)), ("kept", "missing"));
    assert!(vault.is_writable());
}

#[test]
fn a_vault_that_is_mended_writes_again_and_holds_nothing_of_the_write_that_failed() {
    let folder = tempfile::tempdir().unwrap();
    let (vault, _told) = open(folder.path());
    let (reader, kept) = (vault.clone(), put(&vault, 5, "case/1", b"kept"));
    vault.spoil();
    let sealed = seal(b"lost").unwrap();
    let lost = sealed.name;
    assert!(vault.put_all(6, vec![(sealed, subject("case/1"))]).is_err());
    // As much of it reached the disk as may have.
    let segment = segment::path_of(folder.path(), 1);
    let mut bytes = std::fs::read(&segment).unwrap();
    bytes.extend_from_slice(&bytes.clone());
    bytes.truncate(bytes.len() - 7);
    std::fs::write(&segment, bytes).unwrap();
    assert_eq!(vault.mend().unwrap(), VaultRecovery::default());
    let next = put(&vault, 6, "case/1", b"next");
    let fates = [kept, lost, next].map(|name| fate(&reader, name));
    assert_eq!(fates, ["open", "missing", "open"]);
    assert!(reader.is_writable());
    drop((vault, reader));
    let (vault, told) = open(folder.path());
    assert_eq!((told, text(&vault, next).as_str()), (VaultRecovery::default(), "next"));
}

#[test]
fn a_vault_whose_writer_panicked_is_mended() {
    let folder = tempfile::tempdir().unwrap();
    let (vault, _told) = open(folder.path());
    let kept = put(&vault, 5, "case/1", b"kept");
    let writing = vault.clone();
    let panicked = std::thread::spawn(move || {
        let _writer = writing.writer().unwrap();
        std::panic::resume_unwind(Box::new("a fault of ours"));
    });
    assert!(panicked.join().is_err());
    assert!(!vault.is_writable());
    vault.mend().unwrap();
    put(&vault, 6, "case/1", b"next");
    assert_eq!(fate(&vault, kept), "open");
}

#[test]
fn a_vault_whose_keyring_is_gone_stays_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let (vault, _told) = open(folder.path());
    let kept = put(&vault, 5, "case/1", b"kept");
    vault.spoil();
    assert!(vault.put_all(6, vec![(seal(b"lost").unwrap(), subject("case/1"))]).is_err());
    let ring = folder.path().join("keyring");
    std::fs::rename(&ring, folder.path().join("away")).unwrap();
    assert!(matches!(vault.mend(), Err(VaultError::Corrupt { .. })));
    assert_eq!((vault.is_writable(), fate(&vault, kept)), (false, "open"));
    std::fs::rename(folder.path().join("away"), ring).unwrap();
    vault.mend().unwrap();
    assert_eq!((vault.is_writable(), fate(&vault, kept)), (true, "open"));
}

#[test]
fn payloads_whose_entry_never_became_durable_are_removed() {
    let folder = tempfile::tempdir().unwrap();
    let (vault, _told) = open_at(folder.path(), 0);
    let first = put(&vault, 0, "case/1", b"its entry is 1");
    let second = put(&vault, 1, "case/1", b"its entry is 2");
    let third = put(&vault, 2, "case/1", b"its entry was never written");
    drop(vault);
    let (vault, told) = open_at(folder.path(), 2);
    assert_eq!((told.orphans, told.torn.len()), (1, 0));
    assert_eq!([first, second, third].map(|name| fate(&vault, name)), ["open", "open", "missing"]);
    let again = put(&vault, 2, "case/1", b"put again");
    drop(vault);
    let (vault, told) = open_at(folder.path(), 3);
    assert_eq!(told, VaultRecovery::default());
    assert_eq!([first, second, again].map(|name| fate(&vault, name)), ["open"; 3]);
}

#[test]
fn the_first_payload_of_an_empty_journal_is_an_orphan_until_its_entry_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let (vault, _told) = open_at(folder.path(), 0);
    let name = put(&vault, 0, "case/1", b"x");
    drop(vault);
    let (vault, told) = open_at(folder.path(), 0);
    assert_eq!((told.orphans, fate(&vault, name)), (1, "missing"));
}

#[test]
fn what_a_journal_that_went_back_does_not_know_is_kept_beside() {
    let folder = tempfile::tempdir().unwrap();
    let (vault, _told) = open(folder.path());
    let known = put(&vault, 5, "case/1", b"known");
    let unknown = put(&vault, 20, "case/1", b"unknown to a restored journal");
    drop(vault);
    let (vault, told) = open_at(folder.path(), 10);
    assert_eq!([known, unknown].map(|name| fate(&vault, name)), ["open", "missing"]);
    let copied = told.torn.first().unwrap().copy.clone().unwrap();
    assert!(folder.path().join(copied).exists());
}

#[test]
fn names_and_subjects_are_read_as_they_are_written() {
    let name = seal(b"x").unwrap().name;
    assert_eq!(name.to_string().parse::<PayloadName>().unwrap(), name);
    let json = serde_json::to_string(&(name, subject("case/C-1"))).unwrap();
    assert_eq!(json, format!("[\"{name}\",\"case/C-1\"]"));
    assert_eq!(serde_json::from_str::<(PayloadName, Subject)>(&json).unwrap(), (name, subject("case/C-1")));
    for wrong in ["", "ab", &name.to_string().to_uppercase(), &format!("{name}0")] {
        assert!(wrong.parse::<PayloadName>().is_err(), "{wrong}");
    }
    for wrong in ["", "case 1", "王芳", "a\nb", &"x".repeat(65)] {
        assert!(wrong.parse::<Subject>().is_err(), "{wrong}");
    }
}

#[test]
fn the_master_key_is_made_once_and_read_in_both_spellings() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("master-key");
    let made = MasterKey::load_or_create(&path).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(**MasterKey::load_or_create(&path).unwrap().key(), **made.key());
    assert_eq!(files(folder.path()), std::slice::from_ref(&path));
    std::fs::write(&path, **made.key()).unwrap();
    assert_eq!(**MasterKey::load(&path).unwrap().key(), **made.key());
    std::fs::write(&path, "short").unwrap();
    assert!(matches!(MasterKey::load(&path), Err(VaultError::MasterKey(_))));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert!(matches!(MasterKey::load_or_create(&path), Err(VaultError::MasterKey(_))));
}
