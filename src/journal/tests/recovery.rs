//! Damage: each byte in turn, each length, each kind of torn tail.

use std::fs;

use super::*;

/// A journal of three batches: entry 1, entries 2 and 3, entries 4 to 6.
fn sample() -> Vec<u8> {
    let disk = Disk::new();
    let (mut memory, _) = Memory::open(&disk, &boot(), Known::default()).unwrap();
    for count in [1, 2, 3] {
        grow(&mut memory, count).unwrap();
    }
    disk.bytes()
}

/// Where each line ends, its line feed included.
fn ends(bytes: &[u8]) -> Vec<usize> {
    (0..bytes.len()).filter(|at| bytes[*at] == b'\n').map(|at| at + 1).collect()
}

fn opened(bytes: &[u8], known: Known) -> Result<(Memory, Recovery), JournalError> {
    let disk = Disk::new();
    disk.tamper(|stored| stored.extend_from_slice(bytes));
    Memory::open(&disk, &boot(), known)
}

fn store(bytes: &[u8]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("journal")).unwrap();
    fs::write(segment(dir.path(), 1), bytes).unwrap();
    dir
}

/// What must happen where the line of entry `seq` is damaged.
#[track_caller]
fn check_damage(result: Result<(Memory, Recovery), JournalError>, seq: u64, length: usize) {
    if seq <= 3 {
        let (named, _) = refusal(result);
        assert_eq!(named, seq);
        return;
    }
    let (mut memory, recovery) = result.unwrap();
    let torn = recovery.torn.unwrap();
    assert_eq!((recovery.head.seq, torn.seq), (seq - 1, seq));
    assert_eq!(torn.offset + torn.bytes, u64::try_from(length).unwrap());
    grow(&mut memory, 2).unwrap();
    assert_eq!(numbers(&memory, 1), (1..=seq + 1).collect::<Vec<_>>());
}

#[test]
fn a_changed_byte_is_refused_or_tears_the_last_batch_and_is_never_passed_over() {
    let sample = sample();
    let ends = ends(&sample);
    for at in 0..sample.len() {
        let seq = u64::try_from(ends.iter().filter(|end| **end <= at).count()).unwrap() + 1;
        // The bit that makes a digit another, the one that makes a letter capital, and the highest.
        for bit in [0x01, 0x20, 0x80] {
            let mut bytes = sample.clone();
            bytes[at] ^= bit;
            check_damage(opened(&bytes, Known::default()), seq, sample.len());
        }
        let mut bytes = sample.clone();
        bytes[at] = b'\n';
        if sample[at] != b'\n' {
            check_damage(opened(&bytes, Known::default()), seq, sample.len());
        }
    }
}

#[test]
fn a_changed_byte_is_refused_where_somebody_knows_the_entry() {
    let sample = sample();
    for at in (ends(&sample)[4]..sample.len()).step_by(7) {
        let mut bytes = sample.clone();
        bytes[at] ^= 1;
        for known in [
            Known { signed: 6, ..Known::default() },
            Known { index: 6, ..Known::default() },
            Known { snapshot: 9, ..Known::default() },
        ] {
            let (seq, what) = refusal(opened(&bytes, known));
            assert_eq!(seq, 6);
            assert!(what.contains("the journal ends with entry 5"), "{what}");
        }
        let before = Known { signed: 5, index: 5, snapshot: 5 };
        assert_eq!(opened(&bytes, before).unwrap().1.head.seq, 5);
    }
}

#[test]
fn a_journal_cut_at_any_length_keeps_its_whole_lines_and_goes_on() {
    let sample = sample();
    let ends = ends(&sample);
    for length in 0..=sample.len() {
        let whole = ends.iter().filter(|end| **end <= length).count();
        let known = Known { signed: u64::try_from(whole).unwrap(), ..Known::default() };
        let (mut memory, recovery) = opened(&sample[..length], known).unwrap();
        assert_eq!(recovery.head.seq, known.signed);
        let at_a_line = length == 0 || ends.contains(&length);
        assert_eq!(recovery.torn.is_none(), at_a_line, "{length}");
        grow(&mut memory, 2).unwrap();
        assert_eq!(numbers(&memory, 1), (1..=known.signed + 2).collect::<Vec<_>>());
        if whole < 6 {
            let more = Known { signed: known.signed + 1, ..Known::default() };
            refusal(opened(&sample[..length], more));
        }
    }
}

#[test]
fn a_torn_tail_is_copied_cut_and_told() {
    let sample = sample();
    let ends = ends(&sample);
    for length in [1, ends[0] - 1, ends[4] + 1, ends[4] + 70, sample.len() - 1] {
        let dir = store(&sample[..length]);
        let (mut file, recovery) = open(dir.path());
        let end = ends.iter().copied().rfind(|end| *end <= length).unwrap_or(0);
        let torn = recovery.torn.unwrap();
        let place = (torn.segment, torn.offset, torn.bytes);
        assert_eq!(place, (1, end.try_into().unwrap(), (length - end).try_into().unwrap()));
        let copy = torn.copy.unwrap();
        assert_eq!(copy, format!("torn-{}", torn.seq));
        assert_eq!(fs::read(dir.path().join("journal").join(copy)).unwrap(), &sample[end..length]);
        assert_eq!(fs::read(segment(dir.path(), 1)).unwrap(), &sample[..end]);
        grow(&mut file, 1).unwrap();
        drop(file);
        let (file, recovery) = open(dir.path());
        assert_eq!((recovery.torn, recovery.head.seq), (None, torn.seq));
        assert_eq!(numbers(&file, 1), (1..=torn.seq).collect::<Vec<_>>());
    }
}

#[test]
fn two_tails_of_one_entry_are_both_kept() {
    let dir = store(b"first");
    assert_eq!(open(dir.path()).1.torn.unwrap().copy.unwrap(), "torn-1");
    for (tail, name) in [("second", "torn-1-2"), ("first", "torn-1"), ("third", "torn-1-3")] {
        fs::write(segment(dir.path(), 1), tail).unwrap();
        assert_eq!(open(dir.path()).1.torn.unwrap().copy.unwrap(), name);
        assert_eq!(fs::read_to_string(dir.path().join("journal").join(name)).unwrap(), tail);
    }
}

#[test]
fn zeros_and_lines_of_the_same_batch_behind_the_damage_are_torn() {
    let sample = sample();
    let ends = ends(&sample);
    let zeros = [&sample[..ends[2]], &[0; 9000]].concat();
    assert_eq!(opened(&zeros, Known::default()).unwrap().1.head.seq, 3);
    // The pages of one write reach the disk in any order: here the first of three lines did not.
    let mut hole = sample;
    hole[ends[2]..ends[3] - 1].fill(0);
    let recovery = opened(&hole, Known::default()).unwrap().1;
    assert_eq!((recovery.head.seq, recovery.torn.unwrap().seq), (3, 4));
}

#[test]
fn more_damage_than_one_batch_is_refused() {
    let sample = sample();
    let much = [&sample[..], &vec![0; BATCH_BYTES_MAX + 1]].concat();
    let (seq, what) = refusal(opened(&much, Known::default()));
    assert_eq!(seq, 7);
    assert!(what.contains("more follows than one batch"), "{what}");
}

/// Lines that are whole in themselves, in an order that nobody wrote.
#[track_caller]
fn check_order(order: &[usize], seq: u64) {
    let sample = sample();
    let lines: Vec<&[u8]> = sample.split_inclusive(|byte| *byte == b'\n').collect();
    let bytes: Vec<u8> = order.iter().flat_map(|at| lines[*at]).copied().collect();
    assert_eq!(refusal(opened(&bytes, Known::default())).0, seq);
}

#[test]
fn a_whole_line_that_does_not_belong_there_is_refused_even_at_the_end() {
    check_order(&[0, 2], 2);
    check_order(&[1], 1);
    check_order(&[0, 1, 2, 2], 4);
    check_order(&[0, 1, 2, 3, 5], 5);
    check_order(&[0, 1, 2, 3, 5, 4], 5);
    check_order(&[0, 1, 2, 3, 4, 5, 5], 7);
}

#[test]
fn a_line_of_another_version_is_refused_and_not_cut() {
    use sha2::{Digest, Sha256};
    let json = format!(r#"{{"seq":1,"kind":"later","previous":"{}"}}"#, "0".repeat(64));
    let preimage = [b"watchfire/entry/1\0".as_slice(), &[0; 32], &Sha256::digest(&json)].concat();
    let line = format!("{} {json}\n", hex::encode(Sha256::digest(preimage)));
    let (seq, what) = refusal(opened(line.as_bytes(), Known::default()));
    assert_eq!((seq, what.as_str()), (1, "this version cannot read the entry"));
}

#[test]
fn damage_while_it_is_open_ends_the_reading_with_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let (mut file, _) = open(dir.path());
    for count in [1, 2, 3] {
        grow(&mut file, count).unwrap();
    }
    let mut bytes = fs::read(segment(dir.path(), 1)).unwrap();
    let at = ends(&bytes)[2] - 3;
    bytes[at] ^= 1;
    fs::write(segment(dir.path(), 1), &bytes).unwrap();
    let read: Vec<_> = file.read_from(1).unwrap().collect();
    assert_eq!(read.len(), 3, "nothing follows the error");
    assert!(matches!(read[2], Err(JournalError::Corrupt { seq: 3, .. })), "{read:?}");
    fs::write(segment(dir.path(), 1), &bytes[..ends(&bytes)[1]]).unwrap();
    let read: Vec<_> = file.read_from(2).unwrap().collect();
    assert!(matches!(read[..], [Ok(_), Err(JournalError::Corrupt { seq: 3, .. })]), "{read:?}");
}
