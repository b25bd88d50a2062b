//! Writes that fail: nothing of them is findable, and what was put before stays.

use super::*;

const FAULTS: [Fault; 6] = [
    Fault::Nothing,
    Fault::Torn { bytes: 1 },
    Fault::Torn { bytes: 40 },
    Fault::Torn { bytes: 10_000 },
    Fault::Unsynced,
    Fault::Unanswered,
];

fn open_over(folder: &Path, head_seq: u64, disk: &FailingDisk) -> (Vault, VaultRecovery) {
    Vault::open_over(folder, MasterKey::from_bytes(MASTER), head_seq, disk).unwrap()
}

/// Puts something that fails: at the key of its subject, or at the payload behind it.
fn put_in_vain(vault: &Vault, disk: &FailingDisk, fault: Fault, at_the_key: bool) -> PayloadName {
    let sealed = seal(b"lost").unwrap();
    let name = sealed.name;
    let whose = if at_the_key { "case/2" } else { "case/1" };
    disk.fail(disk.writes() + 1, fault);
    assert!(matches!(vault.put_all(6, vec![(sealed, subject(whose))]), Err(VaultError::Io { .. })));
    assert!(!vault.is_writable());
    name
}

#[test]
fn a_write_that_fails_in_any_way_leaves_nothing_findable_and_the_vault_is_mended_under_its_handle() {
    for fault in FAULTS {
        for at_the_key in [false, true] {
            let (folder, disk) = (tempfile::tempdir().unwrap(), FailingDisk::new());
            let (vault, _told) = open_over(folder.path(), 0, &disk);
            let kept = put(&vault, 5, "case/1", b"kept");
            let lost = put_in_vain(&vault, &disk, fault, at_the_key);
            assert_eq!([kept, lost].map(|name| fate(&vault, name)), ["open", "missing"], "{fault:?}");
            let told = vault.mend().unwrap();
            assert!(told.damage.is_empty(), "{fault:?}: {told:?}");
            let next = put(&vault, 6, "case/2", b"next");
            let fates = [kept, lost, next].map(|name| fate(&vault, name));
            assert_eq!(fates, ["open", "missing", "open"], "{fault:?}, at the key: {at_the_key}");
            drop(vault);
            let (vault, told) = open_over(folder.path(), 7, &disk);
            assert_eq!(told, VaultRecovery::default(), "{fault:?}, at the key: {at_the_key}");
            assert_eq!([kept, lost, next].map(|name| fate(&vault, name)), fates);
        }
    }
}

#[test]
fn a_crash_or_a_power_cut_right_after_a_write_that_failed_leaves_what_was_put_before() {
    for fault in FAULTS {
        for (at_the_key, power) in [(false, false), (true, false), (false, true), (true, true)] {
            let (folder, disk) = (tempfile::tempdir().unwrap(), FailingDisk::new());
            let (vault, _told) = open_over(folder.path(), 0, &disk);
            let kept = put(&vault, 5, "case/1", b"kept");
            let lost = put_in_vain(&vault, &disk, fault, at_the_key);
            drop(vault);
            if power {
                disk.cut_power().unwrap();
            }
            let (vault, told) = open_over(folder.path(), 6, &disk);
            assert!(told.damage.is_empty(), "{fault:?}: {told:?}");
            let next = put(&vault, 6, "case/2", b"next");
            let fates = [kept, lost, next].map(|name| fate(&vault, name));
            assert_eq!(fates, ["open", "missing", "open"], "{fault:?}, at the key: {at_the_key}");
        }
    }
}

#[test]
fn an_opening_that_fails_before_a_power_cut_loses_nothing_of_what_was_put() {
    for fault in FAULTS {
        for nth in 1..=2 {
            let (folder, disk) = (tempfile::tempdir().unwrap(), FailingDisk::new());
            let (vault, _told) = open_over(folder.path(), 0, &disk);
            let kept = put(&vault, 5, "case/1", b"kept");
            drop(vault);
            // What an opening writes again: the last of the keyring, then the last of the segment.
            disk.fail(disk.writes() + nth, fault);
            let again = Vault::open_over(folder.path(), MasterKey::from_bytes(MASTER), 6, &disk);
            assert!(matches!(again, Err(VaultError::Io { .. })), "{fault:?}, write {nth}");
            disk.cut_power().unwrap();
            let (vault, told) = open_over(folder.path(), 6, &disk);
            assert_eq!(
                (told, fate(&vault, kept)),
                (VaultRecovery::default(), "open"),
                "{fault:?}, write {nth}"
            );
        }
    }
}

#[test]
fn a_vault_on_a_full_disk_is_not_mended_before_there_is_room() {
    let (folder, disk) = (tempfile::tempdir().unwrap(), FailingDisk::new());
    let (vault, _told) = open_over(folder.path(), 0, &disk);
    let kept = put(&vault, 5, "case/1", b"kept");
    disk.set_full(true);
    let sealed = seal(b"lost").unwrap();
    assert!(vault.put_all(6, vec![(sealed, subject("case/1"))]).is_err());
    assert!(vault.mend().is_err());
    assert_eq!((vault.is_writable(), fate(&vault, kept)), (false, "open"));
    disk.set_full(false);
    vault.mend().unwrap();
    assert_eq!((vault.is_writable(), fate(&vault, kept)), (true, "open"));
}
