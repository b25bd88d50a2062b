//! The house stays in order: rooms import from lower floors alone, and every file says what it is.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms by floor; a room imports from lower floors alone.
const FLOORS: [(&str, u8); 17] = [
    ("time", 0),
    ("metrics", 0),
    ("domain", 1),
    ("journal", 2),
    ("vault", 2),
    ("index", 2),
    ("channel", 2),
    ("sheet", 2),
    ("engine", 3),
    ("ledger", 3),
    ("staff", 3),
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

/// The rooms by floor as the map of the house tells them, in the order of their names.
fn told(map: &str) -> Vec<(&str, u8)> {
    let rows = map.lines().filter_map(|line| line.strip_prefix("//! | ")?.split_once(" | "));
    let rows = rows.filter_map(|(floor, rooms)| Some((floor.parse().ok()?, rooms)));
    let of = |(floor, rooms): (u8, _)| links(rooms).map(move |room| (room, floor));
    let mut told: Vec<(&str, u8)> = rows.flat_map(of).collect();
    told.sort_unstable();
    told
}

/// What is linked in a line: `[`room`]`.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("[`").skip(1).filter_map(|rest| Some(rest.split_once("`]")?.0))
}

#[test]
fn the_map_of_the_house_tells_each_room_on_the_floor_that_is_held() {
    let mut held = FLOORS.to_vec();
    held.sort_unstable();
    assert_eq!(told(include_str!("../../src/lib.rs")), held);
    let other =
        told("//! | floor | rooms |\n//! | 6 | [`app`]: opens; [`telemetry`] |\n//! | 0 | [`time`] |");
    assert_eq!(other, [("app", 6), ("telemetry", 6), ("time", 0)]);
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

/// Files over 400 lines, up to what they may have, and why they are not in two.
const LARGE: [(&str, usize, &str); 2] = [
    ("tests/process/canary.rs", 450, "one test that goes the whole way"),
    ("tests/sim/world.rs", 500, "everything that a simulated day has"),
];

#[test]
fn no_file_grows_beyond_what_one_reads_at_once() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut grown = Vec::new();
    for path in sources() {
        let name = path.strip_prefix(root).unwrap().display().to_string();
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        let most = LARGE.iter().find(|(large, ..)| *large == name).map_or(400, |(_, most, _)| *most);
        if lines > most {
            grown.push(format!("{name}: {lines} lines, at most {most}"));
        }
    }
    assert!(grown.is_empty(), "{grown:#?}");
}

/// The widest line of a test: what the formatter cannot break, a text or a comment, is broken by hand.
const COLUMNS_MAX: usize = 120;

#[test]
fn no_line_of_a_test_is_wider_than_one_reads() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    // What is not ASCII takes two columns, as Chinese does.
    let columns = |line: &str| line.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum::<usize>();
    let mut wide = Vec::new();
    for path in sources().iter().filter(|path| path.starts_with(root.join("tests"))) {
        let text = fs::read_to_string(path).unwrap();
        let found = text.lines().enumerate().filter(|(_, line)| columns(line) > COLUMNS_MAX);
        let name = path.strip_prefix(root).unwrap().display();
        wide.extend(found.map(|(at, line)| format!("{name}:{}: {} columns", at + 1, columns(line))));
    }
    assert!(wide.is_empty(), "{wide:#?}");
}

/// Every key that the configuration's reader asks for, by its methods that take one.
fn keys_read() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/config");
    let reader = fs::read_to_string(root.join("reader.rs")).unwrap();
    let methods: Vec<&str> = reader
        .lines()
        .filter(|line| line.contains("&self, key: &'a str"))
        .filter_map(|line| line.split_once("fn ")?.1.split(['(', '<']).next())
        .collect();
    assert!(methods.len() > 10, "the reader's methods were not found");
    let mut keys = BTreeSet::new();
    for entry in fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        if !path.is_file() || path.ends_with("tests.rs") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for call in methods.iter().map(|method| format!(".{method}(")) {
            let asked = text.split(&call).skip(1).filter_map(|rest| rest.trim_start().strip_prefix('"'));
            keys.extend(asked.filter_map(|rest| rest.split('"').next()).map(str::to_owned));
        }
    }
    assert!(keys.len() > 80, "the keys were not found: {}", keys.len());
    keys
}

#[test]
fn every_key_of_the_configuration_is_in_its_page() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/configuration.md");
    let page = fs::read_to_string(page).unwrap();
    let word = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
    let words: BTreeSet<&str> = page.split(word).collect();
    let silent: Vec<String> = keys_read().into_iter().filter(|key| !words.contains(key.as_str())).collect();
    assert!(silent.is_empty(), "docs/configuration.md does not name {silent:?}");
}

/// The sentence of each line at this level, without what follows its first `;` or `:`.
fn lines_logged(text: &str, level: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for call in text.split(&format!("tracing::{level}!(")).skip(1) {
        // The last text before the call's end; none of them holds a quotation mark or a parenthesis that is not closed.
        let (mut depth, mut last, mut quoted) = (1, "", false);
        let mut began = 0;
        for (at, c) in call.char_indices() {
            match c {
                '"' if quoted => (quoted, last) = (false, &call[began..at]),
                '"' => (quoted, began) = (true, at + 1),
                '(' if !quoted => depth += 1,
                ')' if !quoted => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
        lines.push(last.split([';', ':']).next().unwrap_or_default().to_owned());
    }
    lines
}

#[test]
fn every_line_that_calls_for_the_operator_is_in_their_page() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/operation.md")).unwrap();
    let said: Vec<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();
    let mut silent = BTreeSet::new();
    let mut found = 0;
    // The tour and the small clients tell whoever started them, and no operator.
    let daemon =
        |path: &&PathBuf| path.starts_with(root.join("src")) && !path.starts_with(root.join("src/cli"));
    for path in sources().iter().filter(daemon) {
        let text = fs::read_to_string(path).unwrap();
        for line in ["warn", "error"].iter().flat_map(|level| lines_logged(&text, level)) {
            found += 1;
            if !said.iter().any(|said| said.contains(&line)) {
                silent.insert(format!("{}: {line}", path.strip_prefix(root).unwrap().display()));
            }
        }
    }
    assert!(found > 30, "the lines were not found: {found}");
    assert!(silent.is_empty(), "docs/operation.md does not say what to do: {silent:#?}");
}

/// Codes that no test from outside brings about, and why.
const UNSEEN_CODES: [(&str, &str); 8] = [
    ("busy", "the engine's tests fill its queue, which outruns whoever sends to it from here"),
    ("held_back", "the outbox alone asks for what is refused so"),
    ("internal", "the engine's tests break a law in a decision; no request does"),
    ("locked", "the page alone takes such a code, and says so in words: answer.rs"),
    ("not_due", "the outbox alone asks for what is refused so"),
    ("not_filer", "a page alone refuses so, and says it in words: corrections.rs"),
    ("not_late", "a page alone refuses so, and says it in words: corrections.rs"),
    ("not_shown", "a page alone refuses so, and says it in words: corrections.rs"),
];

/// The codes of problems that the door writes out, each as the first text that such a call or assignment has.
fn codes_told() -> BTreeSet<String> {
    let door = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http");
    let is_code = |text: &&str| text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    let mut codes = BTreeSet::new();
    for path in sources().iter().filter(|path| path.starts_with(&door)) {
        let text = fs::read_to_string(path).unwrap();
        for told in ["Problem::new(", "Self::new(", "Problem::conflict(", "Problem::unavailable(", ".code = "]
        {
            let told = text.split(told).skip(1).filter_map(|rest| rest.split_once('"'));
            let told = told.filter(|(before, _)| !before.contains([')', ';']));
            let told = told.filter_map(|(_, rest)| rest.split('"').next());
            codes.extend(told.filter(is_code).map(str::to_owned));
        }
    }
    assert!(codes.len() > 30, "the codes were not found: {codes:?}");
    codes
}

#[test]
fn every_code_of_a_problem_is_brought_about_in_a_test_from_outside() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let outside = |path: &&PathBuf| {
        let within = |folder: &str| path.starts_with(root.join("tests").join(folder));
        (within("it") || within("process")) && !path.ends_with("tidy.rs")
    };
    let tests: String =
        sources().iter().filter(outside).map(|path| fs::read_to_string(path).unwrap()).collect();
    let seen = |code: &String| tests.contains(&format!("\"{code}\""));
    let excused = |code: &String| UNSEEN_CODES.iter().any(|(known, _)| known == code);
    let unseen: Vec<String> = codes_told().into_iter().filter(|code| !seen(code) && !excused(code)).collect();
    assert!(unseen.is_empty(), "no test from outside brings about {unseen:?}");
}
