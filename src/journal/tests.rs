//! One suite against every journal, and what they have in common.

mod golden;
mod heads;
mod held;
mod recovery;
mod segments;
mod writing;

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::value::RawValue;

use super::folder::segment_name;
use super::*;
use crate::time::Timestamp;

fn boot() -> BootId {
    BootId("boot-1".to_owned())
}

fn raw(facts: &str) -> Box<RawValue> {
    RawValue::from_string(facts.to_owned()).unwrap()
}

/// The `n`-th decision of a test.
fn draft(n: u64) -> Draft {
    let at = Timestamp::from_millis(1_700_000_000_000) + Duration::from_secs(n);
    Draft { at, steady: at, facts: raw(&format!(r#"[{{"n":{n}}}]"#)) }
}

/// Appends one batch of `count` decisions, each with its number as its fact.
fn grow(journal: &mut impl Journal, count: usize) -> Result<Head, JournalError> {
    let head = journal.head();
    journal.append(head, (head.next_seq()..).take(count).map(draft).collect())
}

/// The numbers of the entries a journal gives, each of which must say what [`grow`] wrote.
fn numbers(journal: &(impl Journal + ?Sized), from: u64) -> Vec<u64> {
    let entries: Vec<Entry> = journal.read_from(from).unwrap().map(Result::unwrap).collect();
    for entry in &entries {
        assert_eq!(entry.facts.get(), format!(r#"[{{"n":{}}}]"#, entry.seq));
    }
    entries.iter().map(|entry| entry.seq).collect()
}

fn open(dir: &Path) -> (File, Recovery) {
    File::open(dir, &boot(), Known::default()).unwrap()
}

/// Opens with segments so short that each batch of two begins one.
fn open_short(dir: &Path) -> (File, Recovery) {
    File::open_with(dir, &boot(), Known::default(), 600).unwrap()
}

fn segment(dir: &Path, first: u64) -> PathBuf {
    dir.join("journal").join(segment_name(first))
}

/// What opening refuses: which entry, and why.
#[track_caller]
fn refusal<T: fmt::Debug>(opened: Result<T, JournalError>) -> (u64, String) {
    let error = opened.unwrap_err();
    let JournalError::Corrupt { seq, what, .. } = error else { panic!("expected damage, found {error:?}") };
    (seq, what)
}

/// Each kind of journal, empty, with a name for the message of a failing test.
fn each(check: impl Fn(&str, &mut dyn Journal)) {
    let dir = tempfile::tempdir().unwrap();
    check("file", &mut open(dir.path()).0);
    check("memory", &mut Memory::open(&Disk::new(), &boot(), Known::default()).unwrap().0);
    let full = Disk::new();
    full.set_full(true);
    let memory = Memory::open(&full, &boot(), Known::default()).unwrap().0;
    check("held over memory", &mut Held::over(memory, &boot()));
    let dir = tempfile::tempdir().unwrap();
    check("held over a file", &mut Held::over(open(dir.path()).0, &boot()));
}

#[test]
fn an_empty_journal_has_an_empty_head_and_no_entries() {
    each(|name, journal| {
        assert_eq!(journal.head(), Head::EMPTY, "{name}");
        assert_eq!(journal.read_from(0).unwrap().count(), 0, "{name}");
        assert_eq!(journal.read_from(7).unwrap().count(), 0, "{name}");
    });
}

#[test]
fn entries_come_back_as_they_were_appended_and_in_order() {
    each(|name, journal| {
        let one = journal.append(Head::EMPTY, vec![draft(1)]).unwrap();
        let three = journal.append(one, vec![draft(2), draft(3)]).unwrap();
        assert_eq!(journal.head(), three, "{name}");
        let entries: Vec<Entry> = journal.read_from(1).unwrap().map(Result::unwrap).collect();
        let mut previous = Hash::ZERO;
        for (entry, seq) in entries.iter().zip(1..) {
            assert_eq!((entry.seq, entry.previous), (seq, previous), "{name}");
            let written = draft(seq);
            assert_eq!(
                (entry.at, entry.steady, &entry.boot),
                (written.at, written.steady, &boot()),
                "{name}"
            );
            assert_eq!(entry.facts.get(), written.facts.get(), "{name}");
            assert_eq!(entry.held, name.starts_with("held"), "{name}");
            previous = entry.hash;
        }
        assert_eq!(entries.len(), 3, "{name}");
        assert_eq!(entries[0].head(), one, "{name}");
        assert_eq!(entries[2].head(), three, "{name}");
    });
}

#[test]
fn reading_begins_at_any_entry_and_ends_at_the_head() {
    each(|name, journal| {
        let head = journal.append(Head::EMPTY, (1..=3).map(draft).collect()).unwrap();
        journal.append(head, (4..=5).map(draft).collect()).unwrap();
        for from in 0..=6_u64 {
            assert_eq!(numbers(journal, from), (from.max(1)..=5).collect::<Vec<_>>(), "{name} from {from}");
        }
    });
}

#[test]
fn an_append_behind_another_head_changes_nothing() {
    each(|name, journal| {
        let head = journal.append(Head::EMPTY, vec![draft(1)]).unwrap();
        let other = Head { seq: 1, hash: Hash::ZERO };
        for wrong in [Head::EMPTY, other, Head { seq: 2, ..head }] {
            let error = journal.append(wrong, vec![draft(2)]).unwrap_err();
            let JournalError::HeadMoved { expected, found } = error else { panic!("{name}: {error:?}") };
            assert_eq!((expected, found), (wrong, head), "{name}");
        }
        assert_eq!(journal.append(head, vec![draft(2)]).unwrap().seq, 2, "{name}: it is not poisoned");
        assert_eq!(numbers(journal, 1), [1, 2], "{name}");
    });
}

#[test]
fn an_empty_batch_writes_nothing() {
    each(|name, journal| {
        let head = journal.append(Head::EMPTY, vec![draft(1)]).unwrap();
        assert_eq!(journal.append(head, Vec::new()).unwrap(), head, "{name}");
        assert_eq!(numbers(journal, 1), [1], "{name}");
    });
}

#[test]
fn a_batch_that_cannot_be_a_line_is_refused_whole() {
    let large = format!("[\"{}\"]", "a".repeat(LINE_BYTES_MAX));
    each(|name, journal| {
        for facts in ["{}", "7", "[1,\n2]", "[1,\r2]", "[\t]", &large] {
            let batch = vec![draft(1), Draft { facts: raw(facts), ..draft(2) }];
            let refused = journal.append(Head::EMPTY, batch);
            assert!(matches!(refused, Err(JournalError::Unfit { .. })), "{name}: {refused:?}");
        }
        assert_eq!(journal.head(), Head::EMPTY, "{name}");
        assert_eq!(journal.append(Head::EMPTY, vec![draft(1)]).unwrap().seq, 1, "{name}: it is not poisoned");
        assert_eq!(numbers(journal, 1), [1], "{name}");
    });
}

#[test]
fn a_batch_is_bounded_as_a_whole() {
    let third = raw(&format!("[\"{}\"]", "a".repeat(BATCH_BYTES_MAX / 3)));
    each(|name, journal| {
        let batch = (1..=3).map(|n| Draft { facts: third.clone(), ..draft(n) }).collect();
        let refused = journal.append(Head::EMPTY, batch);
        assert!(matches!(refused, Err(JournalError::Unfit { .. })), "{name}: {refused:?}");
        assert_eq!(journal.head(), Head::EMPTY, "{name}");
    });
}

#[test]
fn what_was_appended_is_there_after_opening_again() {
    let dir = tempfile::tempdir().unwrap();
    let disk = Disk::new();
    for round in 0..3 {
        let (mut file, recovered) = open(dir.path());
        let (mut memory, remembered) = Memory::open(&disk, &boot(), Known::default()).unwrap();
        for recovery in [&recovered, &remembered] {
            assert_eq!(recovery.head.seq, round * 3);
            assert_eq!(
                recovery.rewritten,
                if round == 0 { 0 } else { 2 },
                "the last batch is made durable again"
            );
            assert_eq!(recovery.torn, None);
            assert!(recovery.writable.is_ok());
        }
        for batch in 1..=2 {
            assert_eq!(grow(&mut file, batch).unwrap(), grow(&mut memory, batch).unwrap());
        }
        assert_eq!(numbers(&file, 1), numbers(&memory, 1));
    }
    assert_eq!(std::fs::read(segment(dir.path(), 1)).unwrap(), disk.bytes(), "they write the same bytes");
}
