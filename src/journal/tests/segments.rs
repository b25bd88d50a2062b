//! Segments: rolling over, reading without the others, the joins between them.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;

/// Four segments: entries 1 and 2, 3 and 4, 5 and 6, 7.
fn four() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let (mut file, _) = open_short(dir.path());
    for count in [2, 2, 2, 1] {
        grow(&mut file, count).unwrap();
    }
    assert_eq!(segments(dir.path()).unwrap(), [1, 3, 5, 7]);
    dir
}

fn flip(dir: &Path, first: u64, from_the_end: usize) {
    let path = segment(dir, first);
    let mut bytes = fs::read(&path).unwrap();
    let at = bytes.len() - from_the_end;
    bytes[at] ^= 1;
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_segment_is_closed_before_it_grows_past_its_bound() {
    let dir = four();
    let (mut file, recovery) = open_short(dir.path());
    assert_eq!((recovery.head.seq, recovery.rewritten), (7, 1));
    assert_eq!(numbers(&file, 1), (1..=7).collect::<Vec<_>>());
    grow(&mut file, 1).unwrap();
    assert_eq!(segments(dir.path()).unwrap(), [1, 3, 5, 7], "there was room");
    grow(&mut file, 9).unwrap();
    assert_eq!(segments(dir.path()).unwrap(), [1, 3, 5, 7, 9], "a batch is never parted");
    assert_eq!(numbers(&file, 1), (1..=17).collect::<Vec<_>>());
    assert_eq!(scrub(dir.path(), 7).unwrap().unwrap().last.seq, 8);
}

#[test]
fn the_files_are_for_the_owner_alone() {
    let dir = four();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir.path().join("journal")), 0o700);
    assert_eq!((mode(&segment(dir.path(), 1)), mode(&segment(dir.path(), 7))), (0o600, 0o600));
}

#[test]
fn opening_and_reading_touch_no_earlier_segment() {
    let dir = four();
    fs::write(segment(dir.path(), 1), "not a journal").unwrap();
    fs::remove_file(segment(dir.path(), 3)).unwrap();
    let (file, _) = open_short(dir.path());
    assert_eq!(numbers(&file, 6), [6, 7]);
    let read: Vec<_> = read(dir.path(), 5, file.head()).unwrap().map(|entry| entry.unwrap().seq).collect();
    assert_eq!(read, [5, 6, 7]);
    let all: Vec<_> = file.read_from(1).unwrap().collect();
    assert!(matches!(all[..], [Err(JournalError::Corrupt { seq: 1, segment: 1, .. })]), "{all:?}");
}

#[test]
fn a_missing_segment_ends_the_reading_with_an_error() {
    let dir = four();
    let (file, _) = open_short(dir.path());
    fs::remove_file(segment(dir.path(), 5)).unwrap();
    let read: Vec<_> = file.read_from(3).unwrap().collect();
    assert!(matches!(read[..], [Ok(_), Ok(_), Err(JournalError::Corrupt { seq: 5, .. })]), "{read:?}");
    for first in [1, 3] {
        fs::remove_file(segment(dir.path(), first)).unwrap();
    }
    assert_eq!(refusal(file.read_from(2)).0, 2);
}

#[test]
fn scrubbing_each_segment_verifies_the_whole_chain() {
    let dir = four();
    let last: Vec<_> =
        segments(dir.path()).unwrap().into_iter().map(|first| scrub(dir.path(), first).unwrap()).collect();
    assert_eq!(
        last.iter().map(|found| found.map(|found| found.last.seq)).collect::<Vec<_>>(),
        [Some(2), Some(4), Some(6), None]
    );
    flip(dir.path(), 3, 5);
    assert_eq!(refusal(scrub(dir.path(), 3)).0, 4);
    assert!(scrub(dir.path(), 1).unwrap().is_some(), "the join with the first line of the next holds");
    fs::remove_file(segment(dir.path(), 3)).unwrap();
    assert_eq!(refusal(scrub(dir.path(), 1)).0, 3);
}

#[test]
fn a_segment_of_another_history_does_not_join() {
    let (dir, other) = (four(), tempfile::tempdir().unwrap());
    let (mut file, _) = open_short(other.path());
    file.append(Head::EMPTY, vec![draft(8), draft(9)]).unwrap();
    for count in [2, 2, 1] {
        grow(&mut file, count).unwrap();
    }
    fs::copy(segment(other.path(), 3), segment(dir.path(), 3)).unwrap();
    assert_eq!(refusal(scrub(dir.path(), 1)).0, 3);
    assert_eq!(refusal(scrub(dir.path(), 3)).0, 5);
}

#[test]
fn an_empty_or_torn_new_segment_continues_the_one_before() {
    for tail in ["", "0123456789abcdef", "\0\0\0\0"] {
        let dir = four();
        fs::write(segment(dir.path(), 8), tail).unwrap();
        let (mut file, recovery) = open_short(dir.path());
        assert_eq!((recovery.head.seq, recovery.rewritten), (7, 1));
        assert_eq!(recovery.torn.map(|torn| (torn.seq, torn.segment)), (!tail.is_empty()).then_some((8, 8)));
        grow(&mut file, 2).unwrap();
        drop(file);
        assert_eq!(segments(dir.path()).unwrap(), [1, 3, 5, 7, 8]);
        assert_eq!(numbers(&open_short(dir.path()).0, 1), (1..=9).collect::<Vec<_>>());
    }
}

#[test]
fn a_segment_that_was_synced_whole_has_no_torn_tail() {
    let dir = four();
    fs::write(segment(dir.path(), 8), "").unwrap();
    flip(dir.path(), 7, 5);
    let (seq, what) = refusal(File::open(dir.path(), &boot(), Known::default()));
    assert_eq!((seq, what.as_str()), (7, "a later segment follows"));
}

#[test]
fn an_empty_segment_that_does_not_follow_is_refused() {
    let dir = four();
    fs::write(segment(dir.path(), 9), "").unwrap();
    assert_eq!(refusal(File::open(dir.path(), &boot(), Known::default())).0, 8);
    for first in [1, 3, 5, 7] {
        fs::remove_file(segment(dir.path(), first)).unwrap();
    }
    assert_eq!(refusal(File::open(dir.path(), &boot(), Known::default())).0, 9);
}

#[test]
fn a_journal_that_is_gone_is_refused_where_somebody_knows_it() {
    let dir = tempfile::tempdir().unwrap();
    let known = Known { index: 4, ..Known::default() };
    assert_eq!(refusal(File::open(dir.path(), &boot(), known)).0, 1);
    assert_eq!(refusal(Memory::open(&Disk::new(), &boot(), known)).0, 1);
}

#[test]
fn the_largest_number_as_a_name_is_an_error_and_no_panic() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("journal")).unwrap();
    fs::write(segment(dir.path(), u64::MAX), "x\n").unwrap();
    fs::write(segment(dir.path(), 0), "x\n").unwrap();
    refusal(File::open(dir.path(), &boot(), Known::default()));
    refusal(scrub(dir.path(), 0));
}

#[test]
fn an_entry_is_found_by_its_number_wherever_it_stands() {
    let dir = four();
    let (mut file, _) = open_short(dir.path());
    grow(&mut file, 40).unwrap();
    let known: Vec<_> = file.read_from(1).unwrap().map(|entry| entry.unwrap().head()).collect();
    let all: Vec<u64> = (0..=60).collect();
    let found = hashes(dir.path(), &all).unwrap();
    assert_eq!(found.len(), known.len(), "entries that do not exist are not found");
    for head in known {
        assert_eq!(found.get(&head.seq), Some(&head.hash), "{}", head.seq);
    }
}

#[test]
fn a_line_longer_than_a_piece_hides_no_entry() {
    let dir = tempfile::tempdir().unwrap();
    let (mut file, _) = open_short(dir.path());
    for length in [1, 9_000, 4_096, 20_000, 3, 70_000, 1] {
        let facts = raw(&format!("[\"{}\"]", "x".repeat(length)));
        let head = file.head();
        file.append(head, vec![Draft { facts, ..draft(head.next_seq()) }]).unwrap();
    }
    let known: Vec<_> = file.read_from(1).unwrap().map(|entry| entry.unwrap().head()).collect();
    let found = hashes(dir.path(), &[1, 2, 3, 4, 5, 6, 7]).unwrap();
    assert!(known.iter().all(|head| found.get(&head.seq) == Some(&head.hash)), "{found:?}");
}
