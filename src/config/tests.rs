//! Tests of the reading: the example as it stands, and every kind of mistake where it stands.

use std::fs;
use std::path::Path;

use super::{Failed, Severity, check, load, render};
use crate::domain::names::Kind;
use crate::time::Timestamp;

fn example() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/config"))
}

fn now() -> Timestamp {
    "2026-11-23T00:00:00Z".parse().unwrap()
}

/// The example with one file changed.
fn changed(file: &str, change: impl FnOnce(String) -> String) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(example()).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, dir.path().join(path.file_name().unwrap())).unwrap();
    }
    let path = dir.path().join(file);
    let text = fs::read_to_string(&path).unwrap_or_default();
    fs::write(path, change(text)).unwrap();
    dir
}

fn mistakes(dir: &Path) -> String {
    match load(dir) {
        Ok(_) => String::new(),
        Err(Failed { findings, sources }) => render(&findings, &sources, false),
    }
}

#[test]
fn the_example_loads_as_it_stands() {
    let loaded = load(example())
        .unwrap_or_else(|failed| panic!("{}", render(&failed.findings, &failed.sources, false)));
    let configuration = &loaded.configuration;
    assert_eq!(configuration.directory.units.len(), 2);
    assert_eq!(configuration.directory.channels.len(), 3);
    let policy = configuration.directory.policy(Kind::Suspected).unwrap();
    let clock = policy.clock.as_ref().unwrap();
    assert_eq!(clock.within, std::time::Duration::from_mins(30));
    assert_eq!(clock.written.latest, std::time::Duration::from_mins(20));
    assert_eq!(configuration.forms.len(), 4);
    assert_eq!(loaded.sha256.len(), 64);
}

#[test]
fn the_example_warns_of_its_tokens_and_of_its_gaps() {
    let loaded = load(example()).unwrap();
    let findings = check(&loaded.configuration, &loaded.sources, now());
    let text = render(&findings, &loaded.sources, false);
    for expected in ["secret of the example", "has no deputy", "no heartbeat is sent", "asks for 7 calls"] {
        assert!(text.contains(expected), "{expected} in\n{text}");
    }
    assert!(findings.iter().all(|finding| finding.severity != Severity::Mistake));
    assert_eq!(text.matches("secret of the example").count(), 7);
}

#[track_caller]
fn check_mistake(file: &str, (from, to): (&str, &str), expected: &[&str]) {
    let dir = changed(file, |text| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    });
    let shown = mistakes(dir.path());
    for expected in expected {
        assert!(shown.contains(expected), "expected {expected} in\n{shown}");
    }
}

#[test]
fn every_mistake_is_shown_where_it_stands() {
    check_mistake(
        "watchfire.toml",
        ("Asia/Shanghai", "Asia/Shangai"),
        &["organisation.time_zone", "watchfire.toml:5:", "IANA"],
    );
    check_mistake(
        "watchfire.toml",
        ("listen =", "lisen ="),
        &["server.lisen", "no such key", "did you mean `listen`"],
    );
    check_mistake("people.toml", ("+8613800000031", "13800000031"), &["person.mobile", "with its country"]);
    check_mistake(
        "organisation.toml",
        ("leader = \"p11\"", "leader = \"p99\""),
        &["unit.leader", "id of a [[person]]"],
    );
    check_mistake(
        "policies.toml",
        ("report_to = [\"sasac\"]", "report_to = [\"province\"]"),
        &["policy.clock.report_to", "[[authority]]"],
    );
    check_mistake(
        "policies.toml",
        ("latest = \"20m\"", "latest = \"40m\""),
        &["policy.clock.written.latest", "at most `within`, which is 30m"],
    );
    check_mistake(
        "policies.toml",
        ("\"unit.leader\", \"duty.officer\"", "\"unit.boss\", \"duty.officer\""),
        &["policy.step.notify", "expected unit.leader"],
    );
    check_mistake("channels.toml", ("body.code == 0", "body.code =="), &["channel.accepted_if"]);
    check_mistake(
        "sources.toml",
        ("format = \"native\"", "format = \"xml\""),
        &["source.format", "expected one of native"],
    );
    check_mistake("forms.toml", ("0 0 16 * * *", "0 16 * * *"), &["form.due", "six fields"]);
    check_mistake(
        "watchfire.toml",
        ("heads_at = \"0 0 18 * * *\"", "heads_at = 18"),
        &["ledger.heads_at", "text in quotes"],
    );
}

#[test]
fn mistakes_in_several_files_come_out_together() {
    let dir = changed("people.toml", |text| text.replace("+86138000000", "86138"));
    let path = dir.path().join("watchfire.toml");
    let text =
        fs::read_to_string(&path).unwrap().replace("fever_at_least_c = 37.3", "fever_at_least_c = \"hot\"");
    fs::write(path, text).unwrap();
    let shown = mistakes(dir.path());
    assert!(shown.matches("error").count() >= 10, "{shown}");
    assert!(shown.contains("people.toml:") && shown.contains("watchfire.toml:"));
}

#[test]
fn a_table_in_two_files_is_a_mistake() {
    let dir = changed("zz.toml", |_| "[server]\nlisten = \"127.0.0.1:1\"\n".to_owned());
    assert!(mistakes(dir.path()).contains("stands in another file"));
}

#[test]
fn what_is_not_toml_is_shown_and_the_rest_is_read_all_the_same() {
    let dir = changed("people.toml", |text| text.replacen("id = \"p12\"", "id = ", 1));
    let shown = mistakes(dir.path());
    assert!(shown.contains("this is not TOML") && shown.contains("people.toml:"), "{shown}");
}

#[test]
fn a_secret_comes_from_a_file_and_others_reading_it_is_warned_of() {
    let dir = changed("watchfire.toml", |text| text);
    let secret = dir.path().join("key.txt");
    fs::write(&secret, "00".repeat(32)).unwrap();
    let path = dir.path().join("watchfire.toml");
    let text = fs::read_to_string(&path).unwrap();
    let line = format!("path = \"data\"\nmaster_key = {{ file = \"{}\" }}\n", secret.display());
    fs::write(&path, text.replacen("path = \"data\"", &line, 1)).unwrap();
    let loaded = load(dir.path()).unwrap();
    assert!(loaded.configuration.storage.master_key.is_some());
    assert!(loaded.warnings.iter().any(|finding| finding.message.contains("can be read by others")));
}

#[test]
fn no_text_makes_the_reading_panic() {
    let original = fs::read_to_string(example().join("policies.toml")).unwrap();
    let mut seed = 1_u64;
    for _ in 0..300 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let at = usize::try_from(seed >> 33).unwrap() % original.len();
        let Some((start, _)) = original.char_indices().find(|(index, _)| *index >= at) else { continue };
        let mut text = original.clone();
        let with = ["", "\"", "[", "}", "=", "\n", "99", "字"][usize::try_from(seed % 8).unwrap()];
        let end = text[start..].chars().next().map_or(start, |c| start + c.len_utf8());
        text.replace_range(start..end, with);
        let dir = changed("policies.toml", |_| text);
        drop(load(dir.path()));
    }
}
