//! Tests of the index: keys and watermark together, pages, and what becomes of a damaged database.

use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use super::*;

fn batch(watermark: u64, puts: &[(Space, &str, &str)]) -> IndexBatch {
    let mut batch = IndexBatch::new(watermark);
    for (space, key, value) in puts {
        batch.put(*space, key.as_bytes(), value.as_bytes());
    }
    batch
}

fn get(index: &Index, space: Space, key: &str) -> Option<String> {
    index.get(space, key.as_bytes()).unwrap().map(|value| String::from_utf8(value).unwrap())
}

fn keys(rows: Vec<Row>) -> Vec<String> {
    rows.into_iter().map(|(key, _value)| String::from_utf8(key).unwrap()).collect()
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("index");
    (parent, folder)
}

#[test]
fn keys_and_watermark_come_back_together_after_a_reopening() {
    let (_parent, folder) = folder();
    let (index, watermark) = Index::open(&folder).unwrap();
    assert_eq!(watermark, 0);
    index
        .apply(batch(7, &[(Space::IdempotencyKey, "door-1/42", "C1"), (Space::Case, "C1", "closed")]))
        .unwrap();
    let mut second = batch(9, &[(Space::Case, "C1", "closed twice")]);
    second.delete(Space::IdempotencyKey, b"door-1/42");
    second.delete(Space::IdempotencyKey, b"never there");
    index.apply(second).unwrap();
    drop(index);
    let (index, watermark) = Index::open(&folder).unwrap();
    assert_eq!(watermark, 9);
    assert_eq!(get(&index, Space::Case, "C1").as_deref(), Some("closed twice"));
    assert_eq!(get(&index, Space::IdempotencyKey, "door-1/42"), None);
}

#[test]
fn the_same_key_in_two_spaces_is_two_keys() {
    let (_parent, folder) = folder();
    let (index, _watermark) = Index::open(&folder).unwrap();
    index.apply(batch(1, &[(Space::Case, "1", "case"), (Space::Slot, "1", "slot")])).unwrap();
    assert_eq!(get(&index, Space::Case, "1").as_deref(), Some("case"));
    assert_eq!(get(&index, Space::Slot, "1").as_deref(), Some("slot"));
    assert_eq!(get(&index, Space::Lapse, "1"), None);
    assert_eq!(keys(index.range(Space::Case, b"", None, 10).unwrap()), ["1"]);
}

#[test]
fn a_batch_with_too_much_in_it_changes_nothing() {
    let (_parent, folder) = folder();
    let (index, _watermark) = Index::open(&folder).unwrap();
    index.apply(batch(1, &[(Space::Case, "kept", &"v".repeat(VALUE_BYTES_MAX))])).unwrap();
    let large_value = "v".repeat(VALUE_BYTES_MAX + 1);
    let large_key = "k".repeat(KEY_BYTES_MAX + 1);
    for (key, value) in [("key", large_value.as_str()), (large_key.as_str(), "v")] {
        let refused = batch(2, &[(Space::Case, "first", "x"), (Space::Case, key, value)]);
        assert!(matches!(index.apply(refused), Err(IndexError::TooLarge { .. })));
    }
    assert_eq!(get(&index, Space::Case, "first"), None);
    drop(index);
    assert_eq!(Index::open(&folder).unwrap().1, 1);
}

#[test]
fn pages_follow_each_other_both_ways_and_stay_within_their_prefix() {
    let (_parent, folder) = folder();
    let (index, _watermark) = Index::open(&folder).unwrap();
    let mut filling = IndexBatch::new(1);
    for day in ["22", "23", "24"] {
        for case in 0..5 {
            filling.put(Space::CaseByDay, format!("{day}/{case}").as_bytes(), b"");
        }
    }
    filling.put(Space::CaseByUnit, b"23/other-space", b"");
    index.apply(filling).unwrap();
    let page = |after: Option<&str>, limit| {
        keys(index.range(Space::CaseByDay, b"23/", after.map(str::as_bytes), limit).unwrap())
    };
    assert_eq!(page(None, 3), ["23/0", "23/1", "23/2"]);
    assert_eq!(page(Some("23/2"), 3), ["23/3", "23/4"]);
    assert_eq!(page(Some("23/4"), 3), [""; 0]);
    assert_eq!(page(Some("99"), 3), [""; 0]);
    assert_eq!(page(Some("22/4"), 2), ["23/0", "23/1"]);
    assert_eq!(page(None, 0), [""; 0]);
    let back = |before: Option<&str>, limit| {
        keys(index.range_back(Space::CaseByDay, b"23/", before.map(str::as_bytes), limit).unwrap())
    };
    assert_eq!(back(None, 3), ["23/4", "23/3", "23/2"]);
    assert_eq!(back(Some("23/2"), 3), ["23/1", "23/0"]);
    assert_eq!(back(Some("23/0"), 3), [""; 0]);
    assert_eq!(back(Some("22/0"), 3), [""; 0]);
    assert_eq!(back(Some("99"), 1), ["23/4"]);
    assert_eq!(keys(index.range(Space::CaseByDay, b"", None, usize::MAX).unwrap()).len(), 15);
}

#[test]
fn a_prefix_of_the_highest_bytes_is_a_prefix() {
    let (_parent, folder) = folder();
    let (index, _watermark) = Index::open(&folder).unwrap();
    let mut filling = IndexBatch::new(1);
    filling.put(Space::Case, &[0xff, 0xff, 1], b"in");
    filling.put(Space::Case, &[0xff, 0xfe], b"below");
    filling.put(Space::CaseByDay, &[0], b"next space");
    index.apply(filling).unwrap();
    let rows = index.range(Space::Case, &[0xff, 0xff], None, 10).unwrap();
    assert_eq!(rows, [(vec![0xff, 0xff, 1], b"in".to_vec())]);
    assert_eq!(index.range_back(Space::Case, &[0xff, 0xff], None, 10).unwrap(), rows);
}

#[test]
fn an_answer_has_at_most_a_thousand_rows() {
    let (_parent, folder) = folder();
    let (index, _watermark) = Index::open(&folder).unwrap();
    let mut filling = IndexBatch::new(1);
    for number in 0..=RANGE_ROWS_MAX {
        filling.put(Space::Lapse, &number.to_be_bytes(), b"");
    }
    index.apply(filling).unwrap();
    assert_eq!(index.range(Space::Lapse, b"", None, usize::MAX).unwrap().len(), RANGE_ROWS_MAX);
    assert_eq!(index.range_back(Space::Lapse, b"", None, usize::MAX).unwrap().len(), RANGE_ROWS_MAX);
}

#[test]
fn a_synced_index_survives_without_being_closed() {
    let (parent, folder) = folder();
    let (index, _watermark) = Index::open(&folder).unwrap();
    index.apply(batch(3, &[(Space::Case, "C1", &"x".repeat(60_000)), (Space::Case, "C2", "y")])).unwrap();
    index.sync().unwrap();
    // A copy of the files as they lie while the index is open: what a kill leaves.
    let copy = parent.path().join("copy");
    copy_folder(&folder, &copy);
    drop(index);
    let (index, watermark) = Index::open(&copy).unwrap();
    assert_eq!((watermark, get(&index, Space::Case, "C2").as_deref()), (3, Some("y")));
}

#[test]
fn a_database_that_is_open_already_is_not_called_damaged() {
    let (_parent, folder) = folder();
    let (_index, _watermark) = Index::open(&folder).unwrap();
    assert!(matches!(Index::open(&folder), Err(IndexError::Io { .. })));
}

#[test]
fn another_layout_is_an_index_to_be_rebuilt() {
    let (_parent, folder) = folder();
    let (index, _watermark) = Index::open(&folder).unwrap();
    index.ask(|db| db.insert(Space::Meta.key(space::LAYOUT_KEY), &[LAYOUT + 1]).map(drop)).unwrap();
    drop(index);
    assert!(matches!(Index::open(&folder), Err(IndexError::Damaged(_))));
    assert_eq!(get(&Index::rebuild(&folder).unwrap(), Space::Case, "C1"), None);
}

#[test]
fn a_panic_of_sled_is_an_error_and_so_is_every_question_after_it() {
    let (_parent, folder) = folder();
    let (index, _watermark) = Index::open(&folder).unwrap();
    let panicked: Result<(), _> = index.ask(|_db| panic!("as sled does on a damaged page"));
    assert!(matches!(panicked, Err(IndexError::Damaged(_))));
    assert!(matches!(index.get(Space::Case, b"C1"), Err(IndexError::Damaged(_))));
    assert!(matches!(index.sync(), Err(IndexError::Damaged(_))));
}

/// Bytes are changed all over the log: each opening ends in a value, and where it opens, what is there is a prefix of
/// what was applied, watermark and all.
#[test]
fn a_damaged_log_is_told_or_ends_earlier_together_with_its_watermark() {
    let (parent, folder) = folder();
    let (index, _watermark) = Index::open(&folder).unwrap();
    for seq in 1..=400_u64 {
        index.apply(batch(seq, &[(Space::IdempotencyKey, &format!("{seq:05}"), &"v".repeat(300))])).unwrap();
    }
    index.sync().unwrap();
    drop(index);
    let mut noticed = 0;
    for step in 0..12 {
        let damaged = parent.path().join(format!("copy-{step}"));
        copy_folder(&folder, &damaged);
        let log = File::options().write(true).open(damaged.join("db")).unwrap();
        log.write_all_at(b"\x5a\xa5", step * 12_000 + 100).unwrap();
        let Ok((index, watermark)) = Index::open(&damaged) else {
            noticed += 1;
            continue;
        };
        let found =
            (1..=watermark).map(|seq| index.get(Space::IdempotencyKey, format!("{seq:05}").as_bytes()));
        match found.collect::<Result<Vec<_>, _>>() {
            Ok(values) => {
                assert!(values.iter().all(Option::is_some), "a key below the watermark {watermark} is gone")
            }
            Err(_damaged) => noticed += 1,
        }
        noticed += u32::from(watermark < 400);
    }
    assert!(noticed > 0, "no damage was noticed");
}

#[test]
fn a_damaged_database_is_told_moved_aside_and_begun_anew() {
    let (parent, folder) = folder();
    for round in 0..4 {
        let (index, _watermark) = Index::open(&folder).unwrap();
        index.apply(batch(5, &[(Space::Case, "C1", "closed")])).unwrap();
        drop(index);
        files::wait_for_lock(&folder);
        std::fs::write(folder.join("conf"), "segment_size: all of it\nversion: 7\n0000").unwrap();
        assert!(matches!(Index::open(&folder), Err(IndexError::Damaged(_))), "round {round}");
        let index = Index::rebuild(&folder).unwrap();
        assert_eq!(get(&index, Space::Case, "C1"), None);
        drop(index);
        assert_eq!(Index::open(&folder).unwrap().1, 0);
    }
    assert_eq!(files_named(&parent, "index.damaged-"), ["index.damaged-3", "index.damaged-4"]);
}

fn files_named(parent: &tempfile::TempDir, start: &str) -> Vec<String> {
    let entries = std::fs::read_dir(parent.path()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    let mut names: Vec<_> = names.filter(|name| name.starts_with(start)).collect();
    names.sort();
    names
}

fn copy_folder(from: &Path, to: &Path) {
    if to.exists() {
        std::fs::remove_dir_all(to).unwrap();
    }
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            std::fs::copy(&path, target).unwrap();
        }
    }
}
