//! Signed heads: what is signed, what never is, and what a damaged file does.

use std::fs;

use super::*;

const AT: Timestamp = Timestamp::MAX;

fn signer() -> Signer {
    Signer::ephemeral()
}

/// A journal in segments of two entries, with seven, and the head of each.
fn journal() -> (tempfile::TempDir, File, Vec<Head>) {
    let dir = tempfile::tempdir().unwrap();
    let (mut file, _) = open_short(dir.path());
    for count in [2, 2, 2, 1] {
        grow(&mut file, count).unwrap();
    }
    let heads = file.read_from(1).unwrap().map(|entry| entry.unwrap().head()).collect();
    (dir, file, heads)
}

#[test]
fn heads_are_signed_in_order_and_kept() {
    let (dir, mut file, heads) = journal();
    let key = dir.path().join("signing.pem");
    let mut kept = Heads::open(dir.path(), Signer::open_or_create(&key).unwrap()).unwrap();
    assert_eq!(kept.last(), None);
    for head in [heads[0], heads[1], heads[4]] {
        let signed = kept.sign(head, AT).unwrap();
        assert!(signed.is_genuine());
        assert_eq!((signed.head(), signed.at, signed.key), (head, AT, kept.public()));
        assert_eq!(kept.sign(head, Timestamp::MIN).unwrap(), signed, "once signed, it stays what it is");
    }
    let mut kept = Heads::open(dir.path(), Signer::open_or_create(&key).unwrap()).unwrap();
    assert_eq!(kept.last().unwrap().head(), heads[4]);
    kept.sign(heads[6], AT).unwrap();
    let newer = grow(&mut file, 3).unwrap();
    assert_eq!(kept.sign(newer, AT).unwrap().head(), newer, "a segment that was begun meanwhile is read");
    assert_eq!(fs::read_to_string(dir.path().join("heads.jsonl")).unwrap().lines().count(), 5);
}

#[test]
fn a_head_behind_the_last_signed_or_off_the_chain_is_never_signed() {
    let (dir, file, heads) = journal();
    let mut kept = Heads::open(dir.path(), signer()).unwrap();
    let other = Hash::new([7; 32]);
    let wrong = [
        Head { hash: other, ..heads[2] },
        Head { hash: other, ..heads[6] },
        Head { seq: 8, ..heads[6] },
        Head { seq: 3, ..heads[6] },
    ];
    let refuse = |kept: &mut Heads| {
        for head in wrong {
            assert!(matches!(kept.sign(head, AT), Err(HeadsError::NotOnTheChain(_))), "{head:?}");
        }
    };
    refuse(&mut kept);
    assert!(kept.sign(Head::EMPTY, AT).is_err());
    kept.sign(heads[2], AT).unwrap();
    refuse(&mut kept);
    assert!(matches!(kept.sign(heads[1], AT), Err(HeadsError::Behind { .. })));
    let mut held = Held::over(file, &boot());
    let head = grow(&mut held, 1).unwrap();
    assert!(matches!(kept.sign(head, AT), Err(HeadsError::NotOnTheChain(_))), "a held entry is not durable");
    kept.sign(heads[6], AT).unwrap();
}

#[test]
fn a_rewritten_journal_gets_no_second_signature() {
    let (dir, file, heads) = journal();
    Heads::open(dir.path(), signer()).unwrap().sign(heads[4], AT).unwrap();
    drop(file);
    fs::remove_dir_all(dir.path().join("journal")).unwrap();
    let (mut file, _) = open_short(dir.path());
    let other = file.append(Head::EMPTY, vec![draft(7)]).unwrap();
    assert!(matches!(
        Heads::open(dir.path(), signer()).unwrap().sign(other, AT),
        Err(HeadsError::Behind { .. })
    ));
    let later = grow(&mut file, 8).unwrap();
    let refused = Heads::open(dir.path(), signer()).unwrap().sign(later, AT);
    assert!(matches!(refused, Err(HeadsError::NotOnTheChain(_))), "{refused:?}");
}

#[test]
fn damage_on_the_way_to_a_head_is_told_and_nothing_signed() {
    let (dir, _file, heads) = journal();
    let mut kept = Heads::open(dir.path(), signer()).unwrap();
    kept.sign(heads[0], AT).unwrap();
    let path = segment(dir.path(), 5);
    let whole = fs::read_to_string(&path).unwrap();
    fs::write(&path, whole.replace(r#"{"n":5}"#, r#"{"n":9}"#)).unwrap();
    let refused = kept.sign(heads[6], AT);
    assert!(matches!(refused, Err(HeadsError::Journal(JournalError::Corrupt { seq: 5, .. }))), "{refused:?}");
    fs::write(&path, whole).unwrap();
    assert_eq!(kept.sign(heads[6], AT).unwrap().head(), heads[6]);
}

#[test]
fn a_last_line_that_was_not_written_to_its_end_is_passed_over_and_replaced() {
    let (dir, _file, heads) = journal();
    let path = dir.path().join("heads.jsonl");
    Heads::open(dir.path(), signer()).unwrap().sign(heads[0], AT).unwrap();
    let one = fs::read(&path).unwrap();
    Heads::open(dir.path(), signer()).unwrap().sign(heads[1], AT).unwrap();
    let two = fs::read(&path).unwrap();
    for length in (one.len()..two.len()).step_by(8) {
        fs::write(&path, &two[..length]).unwrap();
        let mut kept = Heads::open(dir.path(), signer()).unwrap();
        assert_eq!(kept.last().unwrap().head(), heads[0]);
        if length % 5 == 0 {
            kept.sign(heads[2], AT).unwrap();
            assert_eq!(Heads::open(dir.path(), signer()).unwrap().last().unwrap().head(), heads[2]);
            assert!(fs::read(&path).unwrap().starts_with(&one));
        }
    }
}

#[test]
fn a_damaged_line_before_the_last_or_a_false_signature_is_refused() {
    let (dir, _file, heads) = journal();
    let path = dir.path().join("heads.jsonl");
    for head in &heads[..3] {
        Heads::open(dir.path(), signer()).unwrap().sign(*head, AT).unwrap();
    }
    let whole = fs::read_to_string(&path).unwrap();
    let damaged = whole.replacen(r#""seq":2"#, r#""sea":2"#, 1);
    fs::write(&path, damaged).unwrap();
    assert!(matches!(Heads::open(dir.path(), signer()), Err(HeadsError::Corrupt { line: 2, .. })));
    fs::write(&path, whole.replacen(r#""seq":3"#, r#""seq":4"#, 1)).unwrap();
    assert!(matches!(Heads::open(dir.path(), signer()), Err(HeadsError::Corrupt { line: 3, .. })));
}
