//! Secrets: where they come from, and that nobody sees them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::Copy;
use crate::config::report::Secrets;
use crate::config::{Failed, Loaded, load_with, render};

const KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

fn with_master(secret: &str) -> Copy {
    Copy::new().change(
        "watchfire.toml",
        "path = \"data\"",
        &format!("path = \"data\"\nmaster_key = {secret}\n"),
    )
}

fn shown(loaded: &Result<Loaded, Failed>) -> String {
    match loaded {
        Ok(loaded) => render(&loaded.warnings, &loaded.sources, false),
        Err(failed) => render(&failed.findings, &failed.sources, false),
    }
}

/// Loads with an environment, and returns the key where there is one, and what is shown.
fn read(copy: &Copy, environment: &[(&str, &str)]) -> (Option<String>, String) {
    let variable = |name: &str| {
        environment.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    };
    let loaded = load_with(copy.path(), &variable, Secrets::Needed);
    let shown = shown(&loaded);
    let key = loaded.ok().and_then(|loaded| loaded.configuration.storage.master_key);
    (key.map(|key| key.expose().to_owned()), shown)
}

#[test]
fn a_secret_comes_from_the_environment() {
    let copy = with_master("{ env = \"MASTER\" }");
    assert_eq!(read(&copy, &[("MASTER", KEY)]).0.as_deref(), Some(KEY));
    let (key, shown) = read(&copy, &[]);
    assert_eq!(key, None);
    assert!(shown.contains("error: storage.master_key.env: not set"), "{shown}");
    assert!(read(&copy, &[("MASTER", "")]).1.contains("the secret there is empty"));
}

#[test]
fn a_secret_comes_from_a_file_beside_the_configuration() {
    let copy = with_master("{ file = \"key.txt\" }");
    fs::write(copy.file("key.txt"), format!("{KEY}\n")).unwrap();
    fs::set_permissions(copy.file("key.txt"), fs::Permissions::from_mode(0o600)).unwrap();
    let (key, shown) = read(&copy, &[]);
    assert_eq!(key.as_deref(), Some(KEY));
    assert!(!shown.contains("others can read"), "{shown}");
    fs::set_permissions(copy.file("key.txt"), fs::Permissions::from_mode(0o640)).unwrap();
    let (key, shown) = read(&copy, &[]);
    assert_eq!(key.as_deref(), Some(KEY));
    assert!(shown.contains("warning: storage.master_key.file: others can read this file too"), "{shown}");
    fs::remove_file(copy.file("key.txt")).unwrap();
    assert!(read(&copy, &[]).1.contains("key.txt cannot be read"));
}

#[test]
fn a_secret_comes_from_the_credentials_of_systemd() {
    let copy = with_master("{ credential = \"master-key\" }");
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("master-key"), KEY).unwrap();
    let environment = [("CREDENTIALS_DIRECTORY", folder.path().to_str().unwrap())];
    assert_eq!(read(&copy, &environment).0.as_deref(), Some(KEY));
    assert!(read(&copy, &[]).1.contains("LoadCredential=master-key:PATH"));
    let outside = with_master("{ credential = \"../master-key\" }");
    assert!(read(&outside, &environment).1.contains("not a name"));
}

#[test]
fn a_plain_secret_is_taken_with_a_warning_that_does_not_show_it() {
    let (key, shown) = read(&with_master(&format!("\"{KEY}\"")), &[]);
    assert_eq!(key.as_deref(), Some(KEY));
    assert!(shown.contains("warning: storage.master_key: a secret stands here for all to read"), "{shown}");
    assert!(!shown.contains("00112233"), "{shown}");
}

#[test]
fn one_place_is_needed_and_no_more() {
    for secret in ["{}", "{ env = \"A\", file = \"b\" }", "{ path = \"a\" }", "3"] {
        let (key, shown) = read(&with_master(secret), &[("A", KEY)]);
        assert_eq!(key, None, "{secret}");
        assert!(
            shown.contains("{ env = \"NAME\" }, { file = \"PATH\" } or { credential = \"NAME\" }"),
            "{shown}"
        );
    }
}

#[test]
fn no_finding_shows_a_secret_or_a_whole_number() {
    let canary = "canary-5e1f";
    let copy = Copy::new()
        .change(
            "channels.toml",
            "from = \"watchfire@example.cn\"",
            "from = \"nobody\"\npassword = \"canary-5e1f\"",
        )
        .change("sources.toml", "whsec_ZXhhbXBsZS1jbGluaWMtc2VjcmV0LTAwMDE=", "canary-5e1f")
        .change(
            "sources.toml",
            "8562c8ec0f07aa5f611bea1d0be9c79034579e7f317f1ae85a5595d7dfa8f2c9",
            "canary-5e1f",
        )
        .change("watchfire.toml", "path = \"data\"", "path = \"data\"\nmaster_kex = \"canary-5e1f\"")
        .change("channels.toml", "http://127.0.0.1:9100/sms", "http://example.cn/send?key=canary-5e1f")
        .change("people.toml", "+8613800000031", "8613800000031");
    let (_, shown) = read(&copy, &[]);
    assert!(shown.matches("error").count() >= 6, "{shown}");
    assert!(!shown.contains(canary), "{shown}");
    assert!(!shown.contains("13800000031"), "{shown}");
    assert!(shown.contains("master_kex"), "{shown}");
}

#[test]
fn a_line_that_is_not_toml_shows_no_secret() {
    let copy = with_master("\"canary-5e1f");
    let (_, shown) = read(&copy, &[]);
    assert!(shown.contains("this is not TOML"), "{shown}");
    assert!(!shown.contains("canary"), "{shown}");
}

#[test]
fn who_needs_no_secret_reads_the_rest_where_the_credentials_are_not() {
    let elsewhere = [
        (
            "watchfire.toml",
            "path = \"data\"",
            "path = \"data\"\nmaster_key = { credential = \"master-key\" }",
        ),
        ("watchfire.toml", "inspectors =", "signing_key = { file = \"none.pem\" }\ninspectors ="),
        ("watchfire.toml", "[server]", "[server]\nheartbeat = { url = { env = \"WATCHER\" } }"),
        (
            "channels.toml",
            "receipts =",
            "headers = { Authorization = { credential = \"voice\" } }\nreceipts =",
        ),
        ("channels.toml", "url = \"http://127.0.0.1:9100/sms\"", "url = { credential = \"sms\" }"),
        (
            "channels.toml",
            "tls = \"none\"",
            "tls = \"none\"\nuser = \"u\"\npassword = { credential = \"smtp\" }",
        ),
        (
            "sources.toml",
            "signing_secret = \"whsec_ZXhhbXBsZS1jbGluaWMtc2VjcmV0LTAwMDE=\"",
            "signing_secret = { credential = \"clinic\" }",
        ),
    ];
    let copy = elsewhere.into_iter().fold(Copy::new(), |copy, (file, from, to)| copy.change(file, from, to));
    let needed = load_with(copy.path(), &|_| None, Secrets::Needed);
    assert_eq!(needed.err().map(|failed| failed.findings.len()), Some(elsewhere.len()));
    let loaded = load_with(copy.path(), &|_| None, Secrets::LeftOut);
    assert!(loaded.is_ok(), "{}", shown(&loaded));
    let configuration = loaded.unwrap().configuration;
    assert!(configuration.storage.master_key.is_none() && configuration.heartbeat.is_none());
    assert!(configuration.says("ledger.signing_key") && !configuration.says("ledger.heads_at.none"));
    assert_eq!(configuration.directory.channels.len(), 3);
    // What is written wrongly is wrong for everybody.
    let copy = copy.change("watchfire.toml", "{ credential = \"master-key\" }", "{ credentials = \"k\" }");
    assert!(load_with(copy.path(), &|_| None, Secrets::LeftOut).is_err());
}
