//! The house stays in order: rooms import from lower floors alone, and every file says what it is.

use std::fs;
use std::path::{Path, PathBuf};

/// The rooms by floor; a room imports from lower floors alone.
const FLOORS: [(&str, u8); 15] = [
    ("time", 0),
    ("metrics", 0),
    ("domain", 1),
    ("journal", 2),
    ("vault", 2),
    ("index", 2),
    ("channel", 2),
    ("engine", 3),
    ("ledger", 3),
    ("http", 4),
    ("outbox", 4),
    ("config", 5),
    ("telemetry", 5),
    ("app", 6),
    ("cli", 7),
];

fn sources() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders = vec![root.join("src"), root.join("tests"), root.join("benches")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    assert!(found.len() > 100, "the sources were not found");
    found
}

fn room(path: &Path) -> Option<&'static (&'static str, u8)> {
    let within = path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).ok()?;
    let first = within.components().next()?.as_os_str().to_str()?;
    FLOORS.iter().find(|(name, _)| *name == first.trim_end_matches(".rs"))
}

#[test]
fn rooms_import_from_lower_floors_alone() {
    let mut climbs = Vec::new();
    for path in sources() {
        let Some((name, floor)) = room(&path) else { continue };
        let text = fs::read_to_string(&path).unwrap();
        for (other, above) in FLOORS.iter().filter(|(other, above)| other != name && above >= floor) {
            if text.contains(&format!("crate::{other}::")) || text.contains(&format!("crate::{other};")) {
                climbs.push(format!("{} imports {other} (floor {above})", path.display()));
            }
        }
    }
    assert!(climbs.is_empty(), "{climbs:#?}");
}

#[test]
fn every_file_begins_with_what_it_is() {
    for path in sources() {
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("//! "), "{} does not begin with //!", path.display());
    }
}

#[test]
fn nothing_is_left_for_later() {
    // Written in two halves, so that this file does not find itself.
    let marks = ["TO", "FIX", "XX"].iter().zip(["DO", "ME", "X"]).map(|(a, b)| format!("{a}{b}"));
    let marks: Vec<String> =
        marks.chain([format!("#[ig{}", "nore"), format!("should_{}", "panic")]).collect();
    for path in sources() {
        let text = fs::read_to_string(&path).unwrap();
        for mark in &marks {
            assert!(!text.contains(mark.as_str()), "{} holds {mark}", path.display());
        }
    }
}
