//! A damaged disk: never a panic, never a wrong plaintext, and what is good still opens.

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;

use super::*;
use crate::vault::frame::{Batch, Gap, Kind, Piece, scan};

/// A small vault: three writes, the middle one of two payloads and a second subject.
fn small(folder: &Path) -> Vec<(PayloadName, String)> {
    let (vault, _told) = open_at(folder, 0);
    let mut kept = Vec::new();
    for (after, batch) in [(0, ["a1"].as_slice()), (1, &["b1", "a2"]), (2, &["a3"])] {
        let mut payloads = Vec::new();
        for text in batch {
            let sealed = seal(text.as_bytes()).unwrap();
            kept.push((sealed.name, (*text).to_owned()));
            payloads.push((sealed, subject(&format!("case/{}", &text[..1]))));
        }
        vault.put_all(after, payloads).unwrap();
    }
    kept
}

/// Opens a damaged vault and says how many of its payloads open; none may open to something else.
fn count_open(folder: &Path, kept: &[(PayloadName, String)], before: usize) -> usize {
    let Ok((vault, told)) = Vault::open(folder, MasterKey::from_bytes(MASTER), 3) else { return 0 };
    let mut count = 0;
    for (place, (name, text)) in kept.iter().enumerate() {
        match vault.get(*name) {
            Ok(plaintext) => {
                assert_eq!(plaintext.as_slice(), text.as_bytes());
                count += 1;
            }
            Err(error) => {
                assert!(place >= before, "{text} lies before the damage: {error}");
                let silent = matches!(error, VaultError::Missing) && told == VaultRecovery::default();
                assert!(!silent, "{text} is gone and nothing was told");
            }
        }
    }
    // What was opened can be written to, and keeps what it is given.
    let name = put(&vault, 3, "case/a", b"later");
    drop(vault);
    let (vault, _told) = open_at(folder, 4);
    assert_eq!(text(&vault, name), "later");
    count
}

/// Where the frames of a file begin.
fn frames(path: &Path) -> Vec<(Kind, u64)> {
    let file = std::fs::File::open(path).unwrap();
    let mut frames = Vec::new();
    scan(&file, file.metadata().unwrap().len(), &mut |piece| {
        match piece {
            Piece::Frame(frame) => frames.push((frame.kind, frame.offset)),
            Piece::Gap(gap) => panic!("{gap:?}"),
        }
        Ok(())
    })
    .unwrap();
    frames
}

fn flip(path: &Path, offset: u64, mask: u8) {
    let file = OpenOptions::new().read(true).write(true).open(path).unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, offset).unwrap();
    file.write_all_at(&[byte[0] ^ mask], offset).unwrap();
}

fn cut(path: &Path, len: u64) {
    OpenOptions::new().write(true).open(path).unwrap().set_len(len).unwrap();
}

#[test]
fn any_flipped_byte_of_a_segment_costs_at_most_its_own_payload() {
    let (original, damaged) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let kept = small(original.path());
    let segment = damaged.path().join("00000001.seg");
    copy(original.path(), damaged.path());
    let starts = frames(&segment);
    for offset in 0..std::fs::metadata(&segment).unwrap().len() {
        copy(original.path(), damaged.path());
        flip(&segment, offset, 0x20 | u8::try_from(offset % 16).unwrap());
        let before = starts.iter().filter(|(_kind, start)| *start <= offset).count() - 1;
        let count = count_open(damaged.path(), &kept, before);
        assert_eq!(count, kept.len() - 1, "byte {offset}");
    }
}

#[test]
fn a_segment_cut_anywhere_keeps_what_lies_before_the_cut() {
    let (original, damaged) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let kept = small(original.path());
    let segment = damaged.path().join("00000001.seg");
    copy(original.path(), damaged.path());
    let starts = frames(&segment);
    let len = std::fs::metadata(&segment).unwrap().len();
    for at in 0..len {
        copy(original.path(), damaged.path());
        cut(&segment, at);
        let whole = starts.iter().skip(1).filter(|(_kind, start)| *start <= at).count();
        if starts.iter().any(|(_kind, start)| *start == at) {
            // A cut between two frames leaves no trace in the file; only the missing payloads tell.
            let (vault, _told) = open_at(damaged.path(), 3);
            let open = kept.iter().filter(|(name, _text)| fate(&vault, *name) == "open").count();
            assert_eq!(open, whole, "cut at {at}");
        } else {
            assert_eq!(count_open(damaged.path(), &kept, whole), whole, "cut at {at}");
        }
    }
}

#[test]
fn any_flipped_byte_of_the_keyring_costs_at_most_one_key() {
    let (original, damaged) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let kept = small(original.path());
    let keyring = damaged.path().join("keyring");
    copy(original.path(), damaged.path());
    let starts = frames(&keyring);
    for offset in 0..std::fs::metadata(&keyring).unwrap().len() {
        copy(original.path(), damaged.path());
        flip(&keyring, offset, 0x20 | u8::try_from(offset % 16).unwrap());
        let struck = starts.iter().filter(|(_kind, start)| *start <= offset).count() - 1;
        let count = count_open(damaged.path(), &kept, 0);
        // Two copies of the generation's key, then the key of `case/a` (three payloads), then that of `case/b`.
        let expected = [4, 4, 1, 3][struck];
        assert_eq!(count, expected, "byte {offset}");
    }
}

#[test]
fn a_keyring_cut_anywhere_opens_what_its_keys_open_or_says_that_it_is_damaged() {
    let (original, damaged) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let kept = small(original.path());
    let keyring = damaged.path().join("keyring");
    copy(original.path(), damaged.path());
    let starts = frames(&keyring);
    let len = std::fs::metadata(&keyring).unwrap().len();
    for at in 0..len {
        copy(original.path(), damaged.path());
        cut(&keyring, at);
        let whole = starts.iter().skip(1).filter(|(_kind, start)| *start <= at).count();
        match Vault::open(damaged.path(), MasterKey::from_bytes(MASTER), 3) {
            Err(VaultError::Corrupt { file, .. }) => assert_eq!((file.as_str(), whole), ("keyring", 0)),
            Err(other) => panic!("{other}"),
            Ok((vault, _told)) => {
                let open = kept.iter().filter(|(name, _text)| fate(&vault, *name) == "open").count();
                assert_eq!(open, if whole == 3 { 3 } else { 0 }, "cut at {at}");
            }
        }
    }
}

#[test]
fn payloads_without_a_keyring_never_get_a_fresh_one() {
    let folder = tempfile::tempdir().unwrap();
    small(folder.path());
    std::fs::remove_file(folder.path().join("keyring")).unwrap();
    let opened = Vault::open(folder.path(), MasterKey::from_bytes(MASTER), 3);
    assert!(matches!(opened, Err(VaultError::Corrupt { .. })));
    assert!(!folder.path().join("keyring").exists());
}

#[test]
fn a_torn_tail_is_cut_and_copied() {
    let folder = tempfile::tempdir().unwrap();
    let kept = small(folder.path());
    let segment = folder.path().join("00000001.seg");
    let len = std::fs::metadata(&segment).unwrap().len();
    let mut bytes = std::fs::read(&segment).unwrap();
    bytes.extend_from_slice(&[0; 4096]);
    std::fs::write(&segment, bytes).unwrap();
    let (vault, told) = open_at(folder.path(), 3);
    let torn = told.torn.first().unwrap();
    assert_eq!((torn.offset, torn.bytes, torn.file.as_str()), (len, 4096, "00000001.seg"));
    assert_eq!(std::fs::read(folder.path().join(torn.copy.clone().unwrap())).unwrap(), [0; 4096]);
    assert!(told.damage.is_empty());
    assert!(kept.iter().all(|(name, _text)| fate(&vault, *name) == "open"));
    drop(vault);
    assert_eq!(open_at(folder.path(), 3).1, VaultRecovery::default());
}

#[test]
fn damage_with_a_known_payload_behind_it_is_told_and_nothing_is_cut() {
    let folder = tempfile::tempdir().unwrap();
    let kept = small(folder.path());
    let segment = folder.path().join("00000001.seg");
    let starts = frames(&segment);
    flip(&segment, starts[1].1, 0xff);
    let (vault, told) = open_at(folder.path(), 3);
    assert!(told.torn.is_empty());
    let damage = told.damage.first().unwrap();
    assert_eq!((damage.offset, damage.bytes), (starts[1].1, starts[2].1 - starts[1].1));
    let fates: Vec<_> = kept.iter().map(|(name, _text)| fate(&vault, *name)).collect();
    assert_eq!(fates, ["open", "missing", "open", "open"]);
}

#[test]
fn a_damaged_keyring_makes_no_second_secret_and_erases_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (vault, _told) = open(folder.path());
    vault.secret("pepper").unwrap();
    put(&vault, 0, "case/1", b"x");
    drop(vault);
    let keyring = folder.path().join("keyring");
    let secret_at = frames(&keyring).iter().find(|(kind, _start)| *kind == Kind::Secret).unwrap().1;
    flip(&keyring, secret_at + 30, 1);
    let (vault, told) = open(folder.path());
    assert_eq!(told.damage.len(), 1);
    assert!(matches!(vault.secret("pepper"), Err(VaultError::Corrupt { .. })));
    assert!(matches!(vault.erase(&subject("case/1")), Err(VaultError::Corrupt { .. })));
}

#[test]
fn keys_behind_a_tear_in_the_last_write_of_the_keyring_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (vault, _told) = open(folder.path());
    let sealed: Vec<_> = (0..3).map(|_| seal(b"x").unwrap()).collect();
    let names: Vec<_> = sealed.iter().map(|sealed| sealed.name).collect();
    let subjects = (0..3).map(|n| subject(&format!("case/{n}")));
    vault.put_all(0, sealed.into_iter().zip(subjects).collect()).unwrap();
    drop(vault);
    let keyring = folder.path().join("keyring");
    flip(&keyring, frames(&keyring)[2].1 + 4, 1);
    for told_torn in [1, 0] {
        let (vault, told) = open(folder.path());
        assert_eq!((told.torn.len(), told.damage.len()), (told_torn, 0));
        let fates: Vec<_> = names.iter().map(|name| fate(&vault, *name)).collect();
        assert_eq!(fates, ["corrupt", "open", "open"]);
    }
}

#[test]
fn payloads_that_were_swapped_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (vault, _told) = open(folder.path());
    let [one, two] = ["one", "two"].map(|text| put(&vault, 0, "case/1", text.as_bytes()));
    drop(vault);
    let segment = folder.path().join("00000001.seg");
    let bytes = std::fs::read(&segment).unwrap();
    let middle = usize::try_from(frames(&segment)[1].1).unwrap();
    let tail = 72 + 24 + 3 + 16;
    let (first, second) = bytes.split_at(middle);
    let (first_head, first_tail) = first.split_at(middle - tail);
    let (second_head, second_tail) = second.split_at(second.len() - tail);
    // Only the keys, then keys and contents.
    let keys = [
        first_head,
        &second_tail[..72],
        &first_tail[72..],
        second_head,
        &first_tail[..72],
        &second_tail[72..],
    ];
    let tails = [first_head, second_tail, second_head, first_tail];
    for swapped in [keys.concat(), tails.concat(), [second, first].concat()] {
        assert_eq!(swapped.len(), bytes.len());
        std::fs::write(&segment, swapped).unwrap();
        let (vault, _told) = open(folder.path());
        assert_ne!((fate(&vault, one), fate(&vault, two)), ("open", "open"));
        assert!([one, two].iter().all(|name| fate(&vault, *name) != "open"));
        drop(vault);
        std::fs::write(&segment, &bytes).unwrap();
    }
}

#[test]
fn a_scan_finds_frames_behind_any_amount_of_rubbish() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let mut rubbish = b"wfv\x01".repeat(100_000);
    rubbish.extend_from_slice(b"wfv");
    let start = rubbish.len() as u64;
    let mut batch = Batch::new(start);
    batch.push(Kind::Payload, b"head", &[b"tail"]).unwrap();
    rubbish.extend_from_slice(batch.bytes());
    std::fs::write(&path, rubbish).unwrap();
    let mut pieces = Vec::new();
    scan(&std::fs::File::open(&path).unwrap(), batch.end(), &mut |piece| {
        pieces.push(match piece {
            Piece::Gap(gap) => gap,
            Piece::Frame(frame) => Gap { from: frame.offset, to: frame.end() },
        });
        Ok(())
    })
    .unwrap();
    assert_eq!(pieces, [Gap { from: 0, to: start }, Gap { from: start, to: batch.end() }]);
}
