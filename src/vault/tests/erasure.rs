//! What is erased is gone from every file, and everything else is still there.

use super::*;
use crate::vault::disk;
use crate::vault::frame::{Batch, Kind};

#[test]
fn an_erased_subject_is_gone_from_every_file_and_the_others_still_open() {
    let folder = tempfile::tempdir().unwrap();
    let (vault, _told) = open(folder.path());
    let sealed = seal(b"to be erased").unwrap();
    let (gone, sealed_bytes) = (sealed.name, sealed.bytes.clone());
    vault.put_all(0, vec![(sealed, subject("case/1"))]).unwrap();
    let also_gone = put(&vault, 1, "case/1", b"this too");
    let kept = put(&vault, 2, "case/2", b"kept");
    let pepper = vault.secret("pepper").unwrap();
    let keyring_before = std::fs::read(folder.path().join("keyring")).unwrap();
    // In the keyring a subject stands right behind its wrapped key.
    let subject_at = keyring_before.windows(6).position(|window| window == b"case/1").unwrap();
    let wrapped_key = &keyring_before[subject_at - 72..subject_at];
    assert!(holds(folder.path(), &sealed_bytes) && holds(folder.path(), wrapped_key));

    let erasure = vault.erase(&subject("case/1")).unwrap();
    assert_eq!((erasure.records, erasure.generation), (2, 2));
    assert!(erasure.key_id.is_some() && erasure.bytes > 2 * 72);
    for pieces in [sealed_bytes.chunks_exact(8), wrapped_key.chunks_exact(8)] {
        assert!(pieces.into_iter().all(|piece| !holds(folder.path(), piece)));
    }
    assert_eq!([gone, also_gone, kept].map(|name| fate(&vault, name)), ["erased", "erased", "open"]);
    drop(vault);
    let (vault, told) = open(folder.path());
    assert_eq!(told, VaultRecovery::default());
    assert_eq!([gone, also_gone, kept].map(|name| fate(&vault, name)), ["erased", "erased", "open"]);
    assert_eq!(*vault.secret("pepper").unwrap(), *pepper);
}

#[test]
fn erasing_again_answers_the_same_counts_and_destroys_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (vault, _told) = open(folder.path());
    put(&vault, 0, "case/1", b"x");
    let first = vault.erase(&subject("case/1")).unwrap();
    let second = vault.erase(&subject("case/1")).unwrap();
    assert_eq!(
        (second.records, second.bytes, second.generation),
        (first.records, first.bytes, first.generation)
    );
    assert_eq!(second.key_id, None);
    let nobody = vault.erase(&subject("case/2")).unwrap();
    assert_eq!((nobody.records, nobody.bytes, nobody.key_id), (0, 0, None));
}

#[test]
fn what_is_put_after_an_erasure_opens_and_what_was_erased_stays_so() {
    let folder = tempfile::tempdir().unwrap();
    let (vault, _told) = open(folder.path());
    let erased = put(&vault, 0, "case/1", b"before");
    vault.erase(&subject("case/1")).unwrap();
    let later = put(&vault, 1, "case/1", b"after");
    drop(vault);
    let (vault, _told) = open(folder.path());
    assert_eq!([erased, later].map(|name| fate(&vault, name)), ["erased", "open"]);
}

#[test]
fn several_subjects_are_erased_with_one_new_keyring() {
    let folder = tempfile::tempdir().unwrap();
    let (vault, _told) = open(folder.path());
    let names: Vec<_> = (0..10).map(|n| put(&vault, n, &format!("case/{n}"), b"x")).collect();
    let subjects: Vec<_> = (0..9).map(|n| subject(&format!("case/{n}"))).collect();
    let erasures = vault.erase_all(&subjects).unwrap();
    assert!(erasures.iter().all(|erasure| erasure.records == 1 && erasure.generation == 2));
    let open_count = names.iter().filter(|name| fate(&vault, **name) == "open").count();
    assert_eq!((open_count, fate(&vault, names[9])), (1, "open"));
}

#[test]
fn an_old_keyring_does_not_fit_a_new_generation() {
    let folder = tempfile::tempdir().unwrap();
    let (vault, _told) = open(folder.path());
    put(&vault, 0, "case/1", b"x");
    put(&vault, 0, "case/2", b"y");
    let before = std::fs::read(folder.path().join("keyring")).unwrap();
    vault.erase(&subject("case/1")).unwrap();
    let after = std::fs::read(folder.path().join("keyring")).unwrap();
    let shared = before.windows(32).filter(|window| after.windows(32).any(|other| other == *window)).count();
    assert_eq!(shared, 0, "a key wrapped under the old generation is still in the keyring");
    assert!(!folder.path().join("keyring.tmp").exists());
}

/// Copies the keyring of an erased subject's vault beside segments that were not overwritten yet: what a crash leaves.
#[test]
fn an_erasure_that_a_crash_interrupted_is_finished_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let (vault, _told) = open(folder.path());
    let sealed = seal(b"to be erased").unwrap();
    let (gone, sealed_bytes) = (sealed.name, sealed.bytes.clone());
    vault.put_all(0, vec![(sealed, subject("case/1"))]).unwrap();
    let kept = put(&vault, 0, "case/2", b"kept");
    {
        let mut writer = vault.writer().unwrap();
        vault.destroy_keys(&mut writer, &[subject("case/1")].into()).unwrap();
    }
    assert!(holds(folder.path(), &sealed_bytes));
    assert_eq!([gone, kept].map(|name| fate(&vault, name)), ["erased", "open"]);
    drop(vault);
    let (vault, told) = open(folder.path());
    assert_eq!(told.erasures_finished, 1);
    assert!(!holds(folder.path(), &sealed_bytes[24..]));
    assert_eq!([gone, kept].map(|name| fate(&vault, name)), ["erased", "open"]);
    drop(vault);
    assert_eq!(open(folder.path()).1, VaultRecovery::default());
}

#[test]
fn a_keyring_that_was_never_put_in_place_is_shredded() {
    let folder = tempfile::tempdir().unwrap();
    let (vault, _told) = open(folder.path());
    let name = put(&vault, 0, "case/1", b"x");
    drop(vault);
    std::fs::copy(folder.path().join("keyring"), folder.path().join("keyring.tmp")).unwrap();
    let (vault, _told) = open(folder.path());
    assert!(!folder.path().join("keyring.tmp").exists());
    assert_eq!(fate(&vault, name), "open");
}

#[test]
fn an_erasure_also_shreds_the_copies_of_cut_tails() {
    let folder = tempfile::tempdir().unwrap();
    let (vault, _told) = open_at(folder.path(), 0);
    put(&vault, 0, "case/1", b"known");
    let sealed = seal(b"cut off and copied").unwrap();
    let sealed_bytes = sealed.bytes.clone();
    vault.put_all(20, vec![(sealed, subject("case/1"))]).unwrap();
    drop(vault);
    let (vault, told) = open_at(folder.path(), 10);
    assert_eq!(told.torn.len(), 1);
    assert!(holds(folder.path(), &sealed_bytes));
    vault.erase(&subject("case/1")).unwrap();
    assert!(!holds(folder.path(), &sealed_bytes[24..]));
}

#[test]
fn the_copies_of_cut_tails_are_few() {
    let folder = tempfile::tempdir().unwrap();
    let plain = Plain::disk();
    let mut appender = disk::Appender::open(&folder.path().join("file"), &plain).unwrap();
    for _ in 0..40 {
        let mut batch = Batch::new(appender.len);
        batch.push(Kind::Payload, b"head", &[]).unwrap();
        appender.append(&batch).unwrap();
        let at = appender.len;
        let mut batch = Batch::new(at);
        batch.push(Kind::Payload, b"cut", &[]).unwrap();
        appender.append(&batch).unwrap();
        appender.cut(at, true).unwrap();
    }
    assert_eq!(files(folder.path()).len(), 16 + 1);
}
