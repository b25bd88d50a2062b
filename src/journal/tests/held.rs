//! Holding: what is decided while the disk takes nothing, and how it comes to the disk.

use std::fs;

use super::*;

/// A disk with three entries, full, and a journal that holds over it.
fn held() -> (Disk, Held<Memory>) {
    let disk = Disk::new();
    grow(&mut Memory::open(&disk, &boot(), Known::default()).unwrap().0, 3).unwrap();
    disk.set_full(true);
    let (memory, recovery) = Memory::open(&disk, &boot(), Known::default()).unwrap();
    assert!(recovery.writable.is_err());
    (disk, Held::over(memory, &boot()))
}

#[test]
fn a_journal_that_cannot_be_written_takes_nothing() {
    let (_, held) = held();
    let mut memory = held.into_backing();
    assert!(matches!(grow(&mut memory, 1), Err(JournalError::Write(_))));
    assert_eq!(numbers(&memory, 1), [1, 2, 3]);
}

#[test]
fn held_lines_are_appended_as_they_are_when_writing_works_again() {
    let (disk, mut held) = held();
    let before = disk.bytes();
    for count in [1, 2, 1] {
        grow(&mut held, count).unwrap();
        assert!(matches!(held.settle(), Err(JournalError::Write(_))));
    }
    assert_eq!((held.base().seq, held.head().seq), (3, 7));
    assert_eq!(numbers(&held, 2), [2, 3, 4, 5, 6, 7]);
    assert_eq!(disk.bytes(), before, "nothing reached the disk");
    let lines: Vec<u8> = held.lines().iter().flat_map(HeldLine::as_bytes).copied().collect();
    disk.set_full(false);
    assert_eq!(held.settle().unwrap(), held.head());
    assert_eq!(disk.bytes(), [before, lines].concat());
    assert!(held.lines().is_empty());
    assert_eq!(numbers(&held, 1), (1..=7).collect::<Vec<_>>());
    let mut memory = held.into_backing();
    grow(&mut memory, 1).unwrap();
    let entries: Vec<Entry> = memory.read_from(1).unwrap().map(Result::unwrap).collect();
    let held: Vec<u64> = entries.iter().filter(|entry| entry.held).map(|entry| entry.seq).collect();
    assert_eq!(held, [4, 5, 6, 7]);
    assert!(entries.iter().filter(|entry| entry.held).all(|entry| entry.batch == 4), "they share one sync");
}

#[test]
fn holding_can_go_on_and_settle_again() {
    let (disk, mut held) = held();
    grow(&mut held, 1).unwrap();
    disk.set_full(false);
    held.settle().unwrap();
    held.settle().unwrap();
    grow(&mut held, 2).unwrap();
    assert_eq!(numbers(&held, 1), (1..=6).collect::<Vec<_>>());
    held.settle().unwrap();
    let batches: Vec<u64> = held.read_from(4).unwrap().map(|entry| entry.unwrap().batch).collect();
    assert_eq!(batches, [4, 5, 5]);
    assert_eq!(Memory::open(&disk, &boot(), Known::default()).unwrap().1.head, held.head());
}

#[test]
fn a_settling_that_fails_at_any_byte_loses_nothing_and_doubles_nothing() {
    let (_, mut sample) = held();
    grow(&mut sample, 3).unwrap();
    let length: usize = sample.lines().iter().map(|line| line.as_bytes().len()).sum();
    for bytes in 0..=length {
        let (disk, mut held) = held();
        grow(&mut held, 3).unwrap();
        disk.set_full(false);
        disk.fail(disk.appends() + 1, Fault::Torn { bytes });
        assert!(matches!(held.settle(), Err(JournalError::Write(_))));
        assert_eq!(numbers(&held, 1), (1..=6).collect::<Vec<_>>());
        grow(&mut held, 1).unwrap();
        assert_eq!(numbers(&held, 1), (1..=7).collect::<Vec<_>>());
        assert_eq!(held.settle().unwrap().seq, 7);
        let (memory, recovery) = Memory::open(&disk, &boot(), Known::default()).unwrap();
        assert_eq!(recovery.torn, None);
        assert_eq!(numbers(&memory, 1), (1..=7).collect::<Vec<_>>());
    }
}

#[test]
fn held_lines_do_not_go_behind_another_head() {
    let (disk, mut held) = held();
    grow(&mut held, 2).unwrap();
    disk.set_full(false);
    grow(&mut Memory::open(&disk, &boot(), Known::default()).unwrap().0, 1).unwrap();
    assert!(matches!(held.settle(), Err(JournalError::HeadMoved { .. })));
    assert_eq!(held.lines().len(), 2, "they are still there for a person to look at");
    let (mut memory, _) = Memory::open(&disk, &boot(), Known::default()).unwrap();
    let (head, mut lines) = (memory.head(), held.into_lines());
    lines.reverse();
    assert!(matches!(memory.append_held(head, &lines), Err(JournalError::Unfit { .. })));
    assert_eq!(numbers(&memory, 1), [1, 2, 3, 4]);
}

/// A state folder whose journal has a torn tail that cannot be copied.
fn blocked() -> (tempfile::TempDir, File) {
    let dir = tempfile::tempdir().unwrap();
    grow(&mut open_short(dir.path()).0, 2).unwrap();
    let mut bytes = fs::read(segment(dir.path(), 1)).unwrap();
    bytes.extend_from_slice(b"0123");
    fs::write(segment(dir.path(), 1), &bytes).unwrap();
    fs::create_dir(dir.path().join("journal/torn-3")).unwrap();
    let (file, recovery) = open_short(dir.path());
    assert!(recovery.writable.is_err());
    assert_eq!((recovery.head.seq, recovery.rewritten), (2, 0));
    assert_eq!(recovery.torn.map(|torn| (torn.seq, torn.copy)), Some((3, None)), "told, and not cut");
    assert_eq!(fs::read(segment(dir.path(), 1)).unwrap(), bytes);
    (dir, file)
}

#[test]
fn a_file_that_cannot_be_made_durable_is_read_and_held_for() {
    let (dir, mut file) = blocked();
    assert!(matches!(grow(&mut file, 1), Err(JournalError::Write(_))));
    let mut held = Held::over(file, &boot());
    grow(&mut held, 3).unwrap();
    assert!(matches!(held.settle(), Err(JournalError::Write(_))));
    assert_eq!(numbers(&held, 1), [1, 2, 3, 4, 5]);
    fs::remove_dir(dir.path().join("journal/torn-3")).unwrap();
    held.settle().unwrap();
    assert_eq!(fs::read(dir.path().join("journal/torn-3")).unwrap(), b"0123");
    assert_eq!(segments(dir.path()).unwrap(), [1, 3], "held lines roll over like others");
    let mut file = held.into_backing();
    grow(&mut file, 1).unwrap();
    drop(file);
    assert_eq!(numbers(&open_short(dir.path()).0, 1), [1, 2, 3, 4, 5, 6]);
}

#[test]
fn held_lines_that_came_to_the_disk_in_part_go_on_in_the_same_segment() {
    let (dir, file) = blocked();
    let mut held = Held::over(file, &boot());
    grow(&mut held, 3).unwrap();
    fs::remove_dir(dir.path().join("journal/torn-3")).unwrap();
    // What a settling that died on the way leaves: the torn tail cut, the first line and half of the second written.
    let mut bytes = fs::read(segment(dir.path(), 1)).unwrap();
    bytes.truncate(bytes.len() - 4);
    bytes.extend_from_slice(held.lines()[0].as_bytes());
    bytes.extend_from_slice(&held.lines()[1].as_bytes()[..50]);
    fs::write(segment(dir.path(), 1), &bytes).unwrap();
    held.settle().unwrap();
    assert_eq!(segments(dir.path()).unwrap(), [1], "a batch is never parted");
    drop(held);
    assert_eq!(numbers(&open_short(dir.path()).0, 1), [1, 2, 3, 4, 5]);
}
