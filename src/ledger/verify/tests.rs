//! What verification finds: a change, a gap, a cut, a history written anew.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::value::RawValue;

use super::*;
use crate::journal::{Draft, File as Journaling, Heads as Signing, Journal, Known, Signer, segments};
use crate::time::{BootId, Timestamp};

const AT: Timestamp = Timestamp::MIN;

fn draft(n: u64) -> Draft {
    Draft { at: AT, steady: AT, facts: RawValue::from_string(format!(r#"[{{"n":{n}}}]"#)).unwrap() }
}

fn open(dir: &Path) -> Journaling {
    Journaling::open_with(dir, &BootId("boot-1".to_owned()), Known::default(), 600).unwrap().0
}

/// Writes batches of two, `numbers` as their facts, into segments of two.
fn write(dir: &Path, numbers: &[u64]) -> Journaling {
    let mut journal = open(dir);
    for batch in numbers.chunks(2) {
        journal.append(journal.head(), batch.iter().copied().map(draft).collect()).unwrap();
    }
    journal
}

fn signer(dir: &Path) -> Signer {
    Signer::open_or_create(&dir.join("signing.pem")).unwrap()
}

fn sign(dir: &Path, journal: &Journaling, seqs: &[u64]) -> Vec<SignedHead> {
    let mut heads = Signing::open(dir, signer(dir)).unwrap();
    let entries: Vec<Head> = journal.read_from(1).unwrap().map(|entry| entry.unwrap().head()).collect();
    let signed = |seq: &u64| entries.iter().find(|head| head.seq == *seq).unwrap();
    seqs.iter().map(|seq| heads.sign(*signed(seq), AT).unwrap()).collect()
}

/// Seven entries in four segments, with entries 2 and 5 signed; the second of these heads left the machine.
fn sample() -> (tempfile::TempDir, SignedHead) {
    let dir = tempfile::tempdir().unwrap();
    let journal = write(dir.path(), &[1, 2, 3, 4, 5, 6, 7]);
    let left = sign(dir.path(), &journal, &[2, 5])[1];
    (dir, left)
}

fn segment(dir: &Path, first: u64) -> PathBuf {
    dir.join(format!("journal/{first:020}.jsonl"))
}

fn plain(dir: &Path) -> Verification {
    verify(dir, None, &[]).unwrap()
}

/// Expects that the journal is found bad at entry `seq`.
#[track_caller]
fn bad_at(dir: &Path, seq: u64) -> BadEntry {
    let result = plain(dir);
    assert!(!result.holds());
    assert_eq!(result.entries, seq - 1);
    let bad = result.bad.unwrap();
    assert_eq!(bad.seq, seq, "{bad}");
    bad
}

/// Expects that the chain holds and a signed head does not fit it.
#[track_caller]
fn bad_head(dir: &Path, against: Option<&SignedHead>, keys: &[PublicKey]) -> String {
    let result = verify(dir, against, keys).unwrap();
    assert!(!result.holds());
    assert_eq!(result.bad, None);
    result.bad_head.unwrap().to_string()
}

fn edit(path: &Path, change: impl FnOnce(Vec<&str>) -> Vec<&str>) {
    let text = fs::read_to_string(path).unwrap();
    fs::write(path, change(text.split_inclusive('\n').collect()).concat()).unwrap();
}

#[test]
fn a_journal_as_it_was_written_holds_while_it_is_open_too() {
    let (dir, left) = sample();
    let _daemon = open(dir.path());
    let result = verify(dir.path(), Some(&left), &[signer(dir.path()).public()]).unwrap();
    assert!(result.holds(), "{result:?}");
    assert_eq!((result.segments, result.entries, result.heads, result.unfinished_bytes), (4, 7, 2, 0));
    assert_eq!((result.newest, result.newer_than_signed()), (Some(left.head()), 2));
    assert_eq!((result.against, result.newer_than_against()), (Some(left.head()), Some(2)));
    assert_eq!(plain(dir.path()), Verification { against: None, ..result });
}

#[test]
fn a_journal_without_heads_or_without_entries_holds_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    assert!(verify(dir.path(), None, &[]).is_err(), "no journal is not an empty one");
    drop(open(dir.path()));
    let result = plain(dir.path());
    assert!(result.holds());
    assert_eq!((result.entries, result.segments, result.newer_than_signed()), (0, 1, 0));
    drop(write(dir.path(), &[1, 2, 3]));
    let result = plain(dir.path());
    assert!(result.holds());
    assert_eq!((result.heads, result.newer_than_signed(), result.newer_than_against()), (0, 3, None));
}

#[test]
fn a_changed_byte_is_found_wherever_it_is() {
    let (dir, _) = sample();
    // The chain alone finds it.
    fs::remove_file(dir.path().join("heads.jsonl")).unwrap();
    for first in segments(dir.path()).unwrap() {
        let path = segment(dir.path(), first);
        let whole = fs::read(&path).unwrap();
        let mut seq = first;
        for at in 0..whole.len() {
            for bit in [0x01, 0x20, 0x80] {
                let mut bytes = whole.clone();
                bytes[at] ^= bit;
                fs::write(&path, bytes).unwrap();
                let result = plain(dir.path());
                if seq == 7 && at + 1 == whole.len() {
                    assert!(result.unfinished_bytes > 0 && result.entries == 6, "the last line feed");
                } else {
                    let bad = result.bad.unwrap().seq;
                    // A segment that ends within a line is found where the next begins.
                    assert_eq!(bad, seq, "byte {at} of segment {first}");
                }
            }
            seq += u64::from(whole[at] == b'\n');
        }
        fs::write(&path, whole).unwrap();
    }
    assert!(plain(dir.path()).holds());
}

#[test]
fn a_change_whose_own_hash_was_made_to_fit_is_found_at_the_next_entry() {
    let (dir, _) = sample();
    let other = tempfile::tempdir().unwrap();
    drop(write(other.path(), &[1, 9]));
    fs::copy(segment(other.path(), 1), segment(dir.path(), 1)).unwrap();
    let bad = bad_at(dir.path(), 3);
    assert_eq!((bad.segment, bad.offset), (3, 0));
    assert_eq!(bad.what, "it does not follow the entry before it");
}

type Change = fn(Vec<&str>) -> Vec<&str>;

#[test]
fn a_removed_inserted_or_moved_entry_is_found() {
    let cases: [(Change, u64); 4] = [
        (|lines| vec![lines[1]], 3),
        (|lines| vec![lines[0]], 4),
        (|lines| vec![lines[0], lines[0], lines[1]], 4),
        (|lines| vec![lines[1], lines[0]], 3),
    ];
    for (change, seq) in cases {
        let (dir, _) = sample();
        edit(&segment(dir.path(), 3), change);
        bad_at(dir.path(), seq);
    }
}

#[test]
fn a_removed_or_emptied_segment_is_found() {
    for first in [1, 3, 5] {
        let (dir, _) = sample();
        fs::write(segment(dir.path(), first), "").unwrap();
        bad_at(dir.path(), first);
        fs::remove_file(segment(dir.path(), first)).unwrap();
        bad_at(dir.path(), first);
    }
}

#[test]
fn a_cut_is_found_up_to_the_newest_head() {
    let (dir, left) = sample();
    fs::remove_file(segment(dir.path(), 7)).unwrap();
    assert!(plain(dir.path()).holds(), "entries newer than every head have nobody to speak for them");
    fs::write(segment(dir.path(), 5), "").unwrap();
    assert_eq!(
        bad_head(dir.path(), None, &[]),
        "signed head in line 2 of heads.jsonl: entry 5 was signed, and the journal ends with entry 4"
    );
    edit(&dir.path().join("heads.jsonl"), |lines| vec![lines[0]]);
    assert!(plain(dir.path()).holds(), "whoever cuts both is found only by a head that left");
    assert_eq!(
        bad_head(dir.path(), Some(&left), &[]),
        "the signed head that was given: entry 5 was signed, and the journal ends with entry 4"
    );
}

/// The sample's history written anew from the first entry, with other facts, and signed again.
fn rewritten(keep_the_key: bool) -> (tempfile::TempDir, SignedHead, PublicKey) {
    let (old, left) = sample();
    let dir = tempfile::tempdir().unwrap();
    if keep_the_key {
        fs::copy(old.path().join("signing.pem"), dir.path().join("signing.pem")).unwrap();
    }
    let journal = write(dir.path(), &[8, 2, 3, 4, 5, 6, 7]);
    sign(dir.path(), &journal, &[2, 5]);
    (dir, left, left.key)
}

#[test]
fn a_history_signed_again_with_another_key_is_found_by_the_key() {
    let (dir, left, key) = rewritten(false);
    assert!(plain(dir.path()).holds(), "in itself it is consistent");
    let told = bad_head(dir.path(), None, &[key]);
    assert!(told.contains("line 1") && told.contains("signed with another key"), "{told}");
    assert!(
        bad_head(dir.path(), Some(&left), &[]).contains("another key"),
        "the head that left names the key"
    );
}

#[test]
fn a_history_signed_again_with_the_same_key_is_found_by_a_head_that_left() {
    let (dir, left, key) = rewritten(true);
    assert!(verify(dir.path(), None, &[key]).unwrap().holds(), "the key's holder can write a history");
    assert_eq!(
        bad_head(dir.path(), Some(&left), &[key]),
        "the signed head that was given: entry 5 is not the one that was signed"
    );
}

#[test]
fn a_forged_head_proves_nothing() {
    let (dir, left) = sample();
    let forged = SignedHead { seq: 6, ..left };
    let result = verify(dir.path(), Some(&forged), &[]).unwrap();
    assert_eq!((result.against, result.newer_than_against()), (None, None));
    assert!(result.bad_head.unwrap().what.contains("not that of its key"));
    let stranger = Signer::ephemeral().sign(left.head(), AT);
    assert!(bad_head(dir.path(), Some(&stranger), &[left.key]).contains("another key"));
    let nothing = signer(dir.path()).sign(Head::EMPTY, AT);
    assert!(bad_head(dir.path(), Some(&nothing), &[]).contains("names no entry"));
}

#[test]
fn a_changed_byte_of_a_kept_head_is_found() {
    let (dir, _) = sample();
    let path = dir.path().join("heads.jsonl");
    let whole = fs::read(&path).unwrap();
    for at in 0..whole.len() - 1 {
        // The bit that makes a digit another, and for every third the one that makes a letter capital.
        let mut bytes = whole.clone();
        bytes[at] ^= if at % 3 == 0 { 0x20 } else { 0x01 };
        fs::write(&path, bytes).unwrap();
        assert!(plain(dir.path()).bad_head.is_some(), "byte {at}");
    }
}

#[test]
fn heads_out_of_order_are_found() {
    let (dir, _) = sample();
    edit(&dir.path().join("heads.jsonl"), |lines| vec![lines[1], lines[0]]);
    assert!(bad_head(dir.path(), None, &[]).contains("line 2"));
}

#[test]
fn a_tail_that_is_being_written_is_no_fault() {
    let (dir, left) = sample();
    let path = segment(dir.path(), 7);
    let seven = fs::read(&path).unwrap();
    drop(write(dir.path(), &[8]));
    let eight = fs::read(&path).unwrap();
    for length in (seven.len() + 1..eight.len()).step_by(13) {
        fs::write(&path, &eight[..length]).unwrap();
        let result = verify(dir.path(), Some(&left), &[]).unwrap();
        assert!(result.holds(), "{result:?}");
        assert_eq!(
            (result.entries, result.unfinished_bytes),
            (7, u64::try_from(length - seven.len()).unwrap())
        );
    }
    let heads = dir.path().join("heads.jsonl");
    let text = fs::read(&heads).unwrap();
    fs::write(&heads, &text[..text.len() - 9]).unwrap();
    assert_eq!(plain(dir.path()).heads, 1);
    fs::write(&path, [&seven[..], &[0; 40]].concat()).unwrap();
    assert_eq!(bad_at(dir.path(), 8).what, "what stands there is not a line", "zeros are not being written");
}

#[test]
fn the_newest_head_that_left_is_counted_from_and_must_fit() {
    let (dir, left) = sample();
    assert_eq!((plain(dir.path()).left, plain(dir.path()).newer_than_left()), (None, 7));
    crate::journal::keep_left(dir.path(), &left).unwrap();
    let older = SignedHead { seq: 2, ..left };
    crate::journal::keep_left(dir.path(), &older).unwrap();
    let result = plain(dir.path());
    assert!(result.holds());
    assert_eq!(
        (result.left.map(|head| head.seq), result.newer_than_left()),
        (Some(5), 2),
        "the newest stays"
    );

    let cut = segment(dir.path(), 5);
    fs::remove_file(segment(dir.path(), 7)).unwrap();
    fs::remove_file(cut).unwrap();
    fs::remove_file(dir.path().join("heads.jsonl")).unwrap();
    let said = plain(dir.path()).bad_head.unwrap().to_string();
    assert!(said.contains("head-left.json"), "{said}");

    fs::write(dir.path().join("head-left.json"), "{").unwrap();
    assert!(verify(dir.path(), None, &[]).unwrap_err().to_string().contains("head-left.json"));
}

#[test]
fn what_was_signed_behind_the_first_bad_entry_is_named_as_not_judged() {
    let (dir, left) = sample();
    crate::journal::keep_left(dir.path(), &left).unwrap();
    assert_eq!(plain(dir.path()).unjudged, Unjudged::default());
    edit(&segment(dir.path(), 3), |lines| vec![lines[1], lines[0]]);
    let result = verify(dir.path(), Some(&left), &[]).unwrap();
    assert_eq!((result.entries, result.heads, result.left), (2, 1, None));
    assert_eq!(result.unjudged, Unjudged { kept: Some(5), left: Some(5), against: Some(5) });
    edit(&segment(dir.path(), 1), |lines| vec![lines[1]]);
    assert_eq!(plain(dir.path()).unjudged, Unjudged { kept: Some(2), left: Some(5), against: None });
}
