//! Mistakes: each is shown where it stands, and all of them at once.

use std::fs;

use proptest::prelude::*;

use super::{Copy, example};
use crate::config::{Failed, load, render};

/// One change to the example, and all that is said of it.
struct Case {
    file: String,
    from: String,
    to: String,
    shown: String,
}

/// Reads the cases of `mistakes.txt`: a line `=== FILE`, lines `--- ` of what is there, lines `+++ ` of what comes
/// in its place, and what is shown.
fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for line in include_str!("mistakes.txt").lines() {
        if let Some(file) = line.strip_prefix("=== ") {
            let (from, to, shown) = Default::default();
            cases.push(Case { file: file.to_owned(), from, to, shown });
            continue;
        }
        let Some(case) = cases.last_mut() else { continue };
        let (part, text) = match line.split_at_checked(4) {
            Some(("--- ", text)) => (&mut case.from, text),
            Some(("+++ ", text)) => (&mut case.to, text),
            _ => (&mut case.shown, line),
        };
        if !part.is_empty() {
            part.push('\n');
        }
        part.push_str(text);
    }
    cases
}

#[test]
fn every_mistake_is_shown_where_it_stands() {
    let cases = cases();
    assert!(cases.len() > 60, "{} cases", cases.len());
    let mut wrong = String::new();
    for case in cases {
        let copy = Copy::new().change(&case.file, &case.from, &case.to);
        let shown = copy.mistakes();
        if shown.trim_end() != case.shown.trim_end() {
            let prefixed = |prefix: &str, text: &str| -> String {
                text.lines().map(|line| format!("{prefix} {line}\n")).collect()
            };
            let (from, to) = (prefixed("---", &case.from), prefixed("+++", &case.to));
            wrong.push_str(&format!("=== {}\n{from}{to}{}\n\n", case.file, shown.trim_end()));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn ten_mistakes_in_three_files_come_out_at_once_and_in_order() {
    let copy = Copy::new()
        .change("channels.toml", "medium = \"phone\"", "medium = \"fax\"")
        .change("channels.toml", "per_second = 10", "per_second = 0")
        .change("channels.toml", "port = 2525", "port = \"smtp\"")
        .change("organisation.toml", "leader = \"p11\"", "leader = \"p99\"")
        .change("organisation.toml", "headcount = 23", "headcount = 23.5")
        .change("organisation.toml", "shift = \"1d\"", "shift = \"12h\"")
        .change("organisation.toml", "members = [\"p41\", \"p42\"]", "members = []")
        .change("watchfire.toml", "time_zone = \"Asia/Shanghai\"", "time_zone = \"Asia/Shangai\"")
        .change("watchfire.toml", "fever_at_least_c = 37.3", "fever_at_least_c = \"hot\"")
        .change("watchfire.toml", "erase_after = \"180d\"", "erase_afer = \"180d\"");
    let Err(Failed { findings, .. }) = load(copy.path()) else { panic!("ten mistakes are none") };
    let keys: Vec<&str> = findings.iter().map(|finding| finding.key.as_str()).collect();
    assert_eq!(
        keys,
        [
            "channel \"voice\": medium",
            "channel \"voice\": limits.per_second",
            "channel \"mail\": port",
            "unit \"finance\": leader",
            "unit \"finance\": headcount",
            "body \"leading-group\": members",
            "duty \"officer\": shift",
            "organisation.time_zone",
            "triage.fever_at_least_c",
            "privacy.erase_afer",
        ]
    );
}

#[test]
fn a_table_in_two_files_is_a_mistake() {
    let copy = Copy::new().write("zz.toml", "[server]\nlisten = \"127.0.0.1:1\"\n");
    let expected = "\
error: server: stands in two files
 --> zz.toml:1:2
  |
1 | [server]
  |  ^^^^^^
  |
 ::: watchfire.toml:8:2
  |
8 | [server]
  |  ------ it stands here as well
  |
  = help: keep it in one file: only arrays of tables ([[…]]) are joined over files";
    assert_eq!(copy.mistakes().trim_end(), expected);
}

#[test]
fn a_key_in_two_files_is_a_mistake() {
    let copy = Copy::new()
        .write("zz.toml", "[testing]\npeople = [\"p31\"]\n")
        .write("zzz.toml", "[testing]\npeople = [\"p32\"]\n");
    let shown = copy.mistakes();
    assert!(shown.contains("error: testing: stands in two files\n --> zzz.toml:1:2"), "{shown}");
}

#[test]
fn a_file_that_is_not_toml_hides_no_mistake_in_another_and_makes_none() {
    let copy = Copy::new().change("people.toml", "id = \"p12\"", "id = ").change(
        "watchfire.toml",
        "listen =",
        "lisen =",
    );
    let shown = copy.mistakes();
    assert!(shown.contains("this is not TOML") && shown.contains("--> people.toml:11:"), "{shown}");
    assert!(shown.contains("error: server.lisen: there is no such key"), "{shown}");
    assert_eq!(shown.matches("error").count(), 2, "{shown}");
}

/// Whoever breaks one line is told of that line, and of nothing that it might have said.
#[test]
fn a_line_that_is_not_toml_is_one_mistake_and_makes_no_other() {
    let mut wrong = String::new();
    for path in fs::read_dir(example()).unwrap().map(|entry| entry.unwrap().path()).filter(|it| it.is_file())
    {
        let name = path.file_name().unwrap().to_str().unwrap();
        let text = fs::read_to_string(&path).unwrap();
        for (number, line) in (1..).zip(text.lines()) {
            let Some((key, value)) = line.split_once(" = ").filter(|_| line.starts_with(char::is_alphabetic))
            else {
                continue;
            };
            if value.starts_with('[') && !value.contains(']') {
                continue;
            }
            let changed = text.replacen(line, &format!("{key} = “"), 1);
            let Err(Failed { findings, sources }) = load(Copy::new().write(name, &changed).path()) else {
                panic!("{name}:{number} is TOML");
            };
            if findings.len() != 1 {
                wrong.push_str(&format!("{name}:{number}\n{}\n", render(&findings, &sources, false)));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn a_file_with_the_line_ends_of_an_old_mac_says_so_once() {
    let copy = Copy::new();
    let text = fs::read_to_string(copy.file("people.toml")).unwrap();
    let shown = copy.write("people.toml", &text.replace('\n', "\r")).mistakes();
    assert!(shown.contains("this is not TOML: its lines end as on an old Mac"), "{shown}");
    assert_eq!(shown.matches("error").count(), 1, "{shown}");
}

#[test]
fn files_as_an_editor_on_windows_saves_them_are_read_and_shown_like_any_other() {
    let copy = Copy::new();
    let text = fs::read_to_string(copy.file("organisation.toml")).unwrap();
    let text = text.replace("leader = \"p11\"", "leader = \"p99\"").replace('\n', "\r\n");
    let shown = copy.write("organisation.toml", &format!("\u{feff}{text}")).mistakes();
    assert!(
        shown.starts_with(
            "error: unit \"finance\": leader: there is no \"p99\"\n --> organisation.toml:7:10\n"
        ),
        "{shown}"
    );
    assert_eq!(shown.matches("error").count(), 1, "{shown}");
    assert!(!shown.contains('\r'), "{shown}");
}

#[test]
fn a_folder_without_files_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let Err(Failed { findings, sources }) = load(dir.path()) else { panic!("nothing was read") };
    let shown = render(&findings, &sources, false);
    assert!(
        shown.starts_with(&format!("error: the folder {} holds no *.toml file", dir.path().display())),
        "{shown}"
    );
    assert_eq!(findings.len(), 1);
    assert!(load(&dir.path().join("none")).is_err());
}

#[test]
fn a_file_that_is_not_utf_8_is_named_with_its_line() {
    let copy = Copy::new();
    fs::write(copy.file("zz.toml"), b"[testing]\n# \xd6\xd0\xb9\xfa\n").unwrap();
    let shown = copy.mistakes();
    assert!(shown.contains("zz.toml is not UTF-8 (line 2): save it as UTF-8"), "{shown}");
    assert!(!shown.contains("chmod"), "{shown}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever happens to the example, reading and showing it ends with an answer.
    #[test]
    fn no_text_makes_the_reading_panic(
        file in 0_usize..7,
        at in any::<prop::sample::Index>(),
        length in 0_usize..40,
        with in prop_oneof![
            Just(""), Just("\""), Just("["), Just("}"), Just("="), Just("\n"), Just("99999999999999999999"),
            Just("字"), Just("\u{0}"), Just("{ env = \"HOME\" }"), Just("[[unit]]\n"), Just("-1"), Just("'''"),
            Just("1979-05-27"), Just("\\u0000"), Just("id = \"x\"\n"),
        ],
    ) {
        let files = fs::read_dir(example()).unwrap().map(|entry| entry.unwrap().path());
        let mut files: Vec<_> = files.filter(|path| path.is_file()).collect();
        files.sort();
        let path = &files[file];
        let name = path.file_name().unwrap().to_str().unwrap();
        let text: Vec<char> = fs::read_to_string(path).unwrap().chars().collect();
        let start = at.index(text.len());
        let end = (start + length).min(text.len());
        let changed: String = text[..start].iter().copied().chain(with.chars()).chain(text[end..].iter().copied()).collect();
        let copy = Copy::new().write(name, &changed);
        match load(copy.path()) {
            Ok(loaded) => {
                let now = "2026-11-23T00:00:00Z".parse().unwrap();
                let findings = crate::config::check(&loaded.configuration, &loaded.sources, now);
                drop(render(&findings, &loaded.sources, true));
            }
            Err(failed) => prop_assert!(!render(&failed.findings, &failed.sources, true).is_empty()),
        }
    }
}
