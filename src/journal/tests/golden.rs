//! Lines whose hashes were computed elsewhere: what is written today can be read and checked for ever.

use super::super::line::{self, Batch};
use super::*;

/// Each computed apart from this program, as a person would: `sha256sum` of the JSON, and `sha256sum` of
/// `watchfire/entry/1`, a zero byte, the raw hash before, and the raw hash of the JSON.
const LINES: [&str; 4] = [
    r#"f55f7afe1256a5a786e48a9eff7e5c7aad0cbd17dc14c21f18d5617e8f26bee5 {"seq":1,"batch":1,"at":"2026-11-23T00:01:00.000Z","steady":"2026-11-23T00:01:00.250Z","boot":"boot-1","previous":"0000000000000000000000000000000000000000000000000000000000000000","facts":[{"kind":"first","n":1}]}"#,
    r#"f48efc0ffd18b5d3f91e91c3f1bd7e3cda92285abf98f72cb29e32a6ce42c311 {"seq":2,"batch":2,"at":"2026-11-23T00:02:00.000Z","steady":"2026-11-23T00:02:00.250Z","boot":"boot-1","previous":"f55f7afe1256a5a786e48a9eff7e5c7aad0cbd17dc14c21f18d5617e8f26bee5","facts":[{"kind":"text","is":"烽火 \"\n"}]}"#,
    r#"aa6ce3303bccd81830c1a87aa6765480f595b06bac4e4caad1b61c61f8adbd0f {"seq":3,"batch":2,"at":"2026-11-23T00:03:00.000Z","steady":"2026-11-23T00:03:00.250Z","boot":"boot-1","previous":"f48efc0ffd18b5d3f91e91c3f1bd7e3cda92285abf98f72cb29e32a6ce42c311","facts":[]}"#,
    r#"b612c15317c39d7b54b08162ec61815e137c49637fc4b88cac39afd013eb115f {"seq":4,"batch":4,"at":"2026-11-23T00:04:00.000Z","steady":"2026-11-23T00:04:00.250Z","boot":"boot-1","held":true,"previous":"aa6ce3303bccd81830c1a87aa6765480f595b06bac4e4caad1b61c61f8adbd0f","facts":[true]}"#,
];

fn text() -> String {
    LINES.map(|line| format!("{line}\n")).concat()
}

#[test]
fn the_known_lines_are_what_is_written() {
    let draft = |minute: u32, facts| Draft {
        at: format!("2026-11-23T00:0{minute}:00Z").parse().unwrap(),
        steady: format!("2026-11-23T00:0{minute}:00.25Z").parse().unwrap(),
        facts: raw(facts),
    };
    let boot = line::boot_json(&boot());
    let mut out = Vec::new();
    let mut head = Head::EMPTY;
    for (number, held, drafts) in [
        (1, false, vec![draft(1, r#"[{"kind":"first","n":1}]"#)]),
        (2, false, vec![draft(2, r#"[{"kind":"text","is":"烽火 \"\n"}]"#), draft(3, "[]")]),
        (4, true, vec![draft(4, "[true]")]),
    ] {
        head = line::encode(&mut out, head, &drafts, Batch { number, boot: &boot, held }).unwrap();
    }
    assert_eq!(String::from_utf8(out).unwrap(), text());
    assert_eq!(head.hash.to_string(), LINES[3][..64]);
}

#[test]
fn the_known_lines_are_read() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("journal")).unwrap();
    std::fs::write(segment(dir.path(), 1), text()).unwrap();
    let (file, recovery) = open(dir.path());
    assert_eq!((recovery.head.seq, recovery.rewritten), (4, 1));
    let entries: Vec<Entry> = file.read_from(1).unwrap().map(Result::unwrap).collect();
    let held: Vec<bool> = entries.iter().map(|entry| entry.held).collect();
    let batches: Vec<u64> = entries.iter().map(|entry| entry.batch).collect();
    assert_eq!((held, batches), (vec![false, false, false, true], vec![1, 2, 2, 4]));
    assert_eq!(entries[1].facts.get(), r#"[{"kind":"text","is":"烽火 \"\n"}]"#);
    assert_eq!(entries[3].steady.to_string(), "2026-11-23T00:04:00.250Z");
}

#[test]
fn a_boot_id_is_escaped() {
    let disk = Disk::new();
    let odd = BootId("a\"\n\\".to_owned());
    let (mut memory, _) = Memory::open(&disk, &odd, Known::default()).unwrap();
    grow(&mut memory, 1).unwrap();
    assert_eq!(memory.read_from(1).unwrap().next().unwrap().unwrap().boot, odd);
}
