//! Writing: one write and one sync a batch, and what a failure leaves.

use std::io;
use std::sync::{Arc, Mutex};

use super::super::folder::Sheet;
use super::*;

/// What a sheet was asked, in order; `w` with a length, and `s`.
type Asked = Arc<Mutex<Vec<String>>>;

/// A segment that counts, and fails at the asked write or sync.
#[derive(Debug)]
struct Failing {
    file: std::fs::File,
    asked: Asked,
    /// How many bytes of a write go through before it fails.
    short: Option<usize>,
    sync_fails: bool,
}

impl Failing {
    fn note(&self, asked: String) {
        self.asked.lock().unwrap().push(asked);
    }
}

impl Sheet for Failing {
    fn write_all_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.note(format!("w{}", bytes.len()));
        match self.short {
            None => Sheet::write_all_at(&mut self.file, bytes, offset),
            Some(length) => {
                Sheet::write_all_at(&mut self.file, &bytes[..length], offset)?;
                Err(io::ErrorKind::StorageFull.into())
            }
        }
    }

    fn sync_data(&mut self) -> io::Result<()> {
        self.note("s".to_owned());
        if self.sync_fails { Err(io::Error::from_raw_os_error(5)) } else { Sheet::sync_data(&mut self.file) }
    }
}

fn failing(dir: &Path, short: Option<usize>, sync_fails: bool) -> (File, Asked) {
    let (mut file, _) = open(dir);
    grow(&mut file, 2).unwrap();
    let asked = Asked::default();
    let sheet = std::fs::File::options().write(true).open(segment(dir, 1)).unwrap();
    file.spoil(Box::new(Failing { file: sheet, asked: Arc::clone(&asked), short, sync_fails }));
    (file, asked)
}

#[test]
fn a_batch_is_one_write_and_then_one_sync() {
    let dir = tempfile::tempdir().unwrap();
    let (mut file, asked) = failing(dir.path(), None, false);
    let before = std::fs::metadata(segment(dir.path(), 1)).unwrap().len();
    grow(&mut file, 50).unwrap();
    let written = std::fs::metadata(segment(dir.path(), 1)).unwrap().len() - before;
    assert_eq!(*asked.lock().unwrap(), [format!("w{written}"), "s".to_owned()]);
    assert_eq!(numbers(&file, 1), (1..=52).collect::<Vec<_>>());
}

#[test]
fn after_a_failed_write_or_sync_nothing_is_taken_until_the_next_start() {
    for (short, sync_fails, head) in [(Some(0), false, 2), (Some(100), false, 2), (None, true, 4)] {
        let dir = tempfile::tempdir().unwrap();
        let (mut file, asked) = failing(dir.path(), short, sync_fails);
        assert!(matches!(grow(&mut file, 2), Err(JournalError::Write(_))));
        let asked_once = asked.lock().unwrap().len();
        assert_eq!(file.head().seq, 2);
        assert!(matches!(grow(&mut file, 1), Err(JournalError::Poisoned)));
        assert!(matches!(file.append(Head::EMPTY, Vec::new()), Err(JournalError::Poisoned)));
        assert!(matches!(file.reopen_for_writing(), Err(JournalError::Poisoned)));
        assert!(matches!(file.append_held(file.head(), &[]), Ok(_) | Err(JournalError::Poisoned)));
        assert_eq!(asked.lock().unwrap().len(), asked_once, "the disk is not asked again");
        assert_eq!(numbers(&file, 1), [1, 2], "it can still be read");
        drop(file);
        let (mut file, recovery) = open(dir.path());
        assert_eq!((recovery.head.seq, recovery.rewritten), (head, 2));
        assert_eq!(recovery.torn.is_some(), short == Some(100));
        grow(&mut file, 1).unwrap();
        assert_eq!(numbers(&file, 1), (1..=head + 1).collect::<Vec<_>>());
    }
}

#[test]
fn a_second_process_cannot_open_the_journal() {
    let dir = tempfile::tempdir().unwrap();
    let (file, _) = open(dir.path());
    assert!(matches!(File::open(dir.path(), &boot(), Known::default()), Err(JournalError::Locked)));
    drop(file);
    open(dir.path());
}

#[test]
fn whoever_had_the_disk_before_a_restart_writes_no_more() {
    let disk = Disk::new();
    let (mut before, _) = Memory::open(&disk, &boot(), Known::default()).unwrap();
    let (mut after, _) = Memory::open(&disk, &boot(), Known::default()).unwrap();
    assert!(matches!(grow(&mut before, 1), Err(JournalError::Locked)));
    grow(&mut after, 1).unwrap();
}

#[test]
fn whatever_append_fails_and_however_what_was_answered_is_there() {
    let faults = [
        Fault::Nothing,
        Fault::Torn { bytes: 40 },
        Fault::Torn { bytes: 400 },
        Fault::Unsynced,
        Fault::Unanswered,
    ];
    for fault in faults {
        for nth in 1..=6 {
            for power in [false, true] {
                let disk = Disk::new();
                disk.fail(nth, fault);
                let mut answered = Head::EMPTY;
                for _ in 0..4 {
                    let known = Known { signed: answered.seq, ..Known::default() };
                    let (mut memory, recovery) = Memory::open(&disk, &boot(), known).unwrap();
                    assert!(recovery.head.seq >= answered.seq, "{fault:?} {nth}");
                    while let Ok(head) = grow(&mut memory, 2) {
                        answered = head;
                        if head.seq > 14 {
                            break;
                        }
                    }
                    let stored = numbers(&memory, 1);
                    assert_eq!(stored.last().copied().unwrap_or(0), answered.seq);
                    if power {
                        disk.cut_power();
                    }
                }
                assert!(answered.seq > 14, "it goes on after {fault:?} at {nth}");
            }
        }
    }
}

#[test]
fn what_a_start_found_survives_a_power_cut_although_its_sync_had_failed() {
    let disk = Disk::new();
    disk.fail(2, Fault::Unsynced);
    let (mut memory, _) = Memory::open(&disk, &boot(), Known::default()).unwrap();
    grow(&mut memory, 1).unwrap();
    assert!(grow(&mut memory, 2).is_err());
    let (_, recovery) = Memory::open(&disk, &boot(), Known::default()).unwrap();
    assert_eq!((recovery.head.seq, recovery.rewritten), (3, 2));
    disk.cut_power();
    assert_eq!(Memory::open(&disk, &boot(), Known::default()).unwrap().0.head().seq, 3);
}
