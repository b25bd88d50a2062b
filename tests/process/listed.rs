//! The ledger on the command line: listed and shown from the files, handed out by the daemon and on record.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::commands::watchfire;
use super::daemon::{Site, TOKEN, until};
use super::provider::Provider;

/// The numbers of the entries by which somebody was handed the ledger, and the hash of the file.
fn handed_out(site: &Site) -> Vec<Value> {
    let facts = site.journal().into_iter().flat_map(|entry| entry["facts"].as_array().unwrap().clone());
    facts.filter_map(|fact| fact.get("ledger_exported/1").cloned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lapses_are_listed_and_shown_from_the_files_and_each_export_is_on_record() {
    let provider = Provider::start().await;
    let site = Site::new(provider.port, 2);
    let daemon = site.start().await;
    site.tell("/v1/arm", json!({ "by": "head" })).await;
    site.case("late", true).await;
    let lapses = until("a lapse", 20, async || {
        let lapses: Value = site.get("/v1/lapses").await;
        let lapses: Vec<String> =
            lapses["lapses"].as_array()?.iter().map(|it| it["lapse"].as_str().unwrap().to_owned()).collect();
        (!lapses.is_empty()).then_some(lapses)
    })
    .await;
    let (config, token, out) =
        (site.config(), site.dir.path().join("token"), site.dir.path().join("out.csv"));
    fs::write(&token, TOKEN).unwrap();
    let (config, token) = (config.to_str().unwrap(), token.to_str().unwrap());
    let list = |more: &[&str]| {
        let (status, told, error) = watchfire(&[&["ledger", "list", "--config", config], more].concat());
        assert_eq!(status, Some(0), "{told}{error}");
        told
    };
    let told = list(&["--state", "open", "--unit", "finance", "--person", "officer", "--from", "2020-01-01"]);
    assert!(
        told.contains(&lapses[0]) && told.contains("delayed") && told.contains("值班员（值班员）"),
        "{told}"
    );
    assert!(told.contains("0+0 / 0+0 / -") && told.contains("earlier ones within 90d"), "{told}");
    for none in [["--state", "decided"], ["--unit", "trade"], ["--person", "nobody"], ["--to", "2020-01-01"]]
    {
        assert_eq!(list(&none), "共 0 条 / 0 lapses\n", "{none:?}");
    }
    let (status, told, error) = watchfire(&["ledger", "show", &lapses[0], "--config", config]);
    assert!(status == Some(0) && told.contains("当事人编号 person involved: officer"), "{told}{error}");
    assert!(told.contains("earlier of the person involved: proved: 0"), "{told}");
    assert!(told.contains("当事人岗位 their post then: 值班员"), "{told}");
    assert!(handed_out(&site).is_empty(), "the files were read, and nothing was handed out");

    let export = ["ledger", "export", "--config", config, "--token-file", token, "--format"];
    let file = ["csv", "--from", "2020-01-01", "--out", out.to_str().unwrap()];
    let (status, told, error) = watchfire(&[export.as_slice(), &file].concat());
    assert!(status == Some(0) && told.is_empty() && error.contains("on record"), "{told}{error}");
    let bytes = fs::read(&out).unwrap();
    assert!(String::from_utf8_lossy(&bytes).contains(&lapses[0]));
    assert_eq!(fs::metadata(&out).unwrap().permissions().mode() & 0o777, 0o600);
    let handed = handed_out(&site);
    assert!(handed.len() == 1 && handed[0]["sha256"] == hex::encode(Sha256::digest(&bytes)), "{handed:?}");
    let (status, told, _) = watchfire(&[export.as_slice(), &["jsonl"]].concat());
    assert!(
        status == Some(0) && told.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()),
        "{told}"
    );

    // What cannot be written is not asked for, and what is refused leaves no file.
    let (status, _, error) = watchfire(&[export.as_slice(), &file].concat());
    assert!(status == Some(1) && error.contains("name another file by --out"), "{error}");
    let other = site.dir.path().join("other.csv");
    let wrong = ["csv", "--from", "yesterday", "--out", other.to_str().unwrap()];
    let (status, _, error) = watchfire(&[export.as_slice(), &wrong].concat());
    assert!(status == Some(1) && error.contains("from: expected a date") && !other.exists(), "{error}");
    assert_eq!(handed_out(&site).len(), 2);
    assert!(daemon.stop().await);
    let (status, _, error) = watchfire(&[export.as_slice(), &["csv"]].concat());
    assert!(status == Some(1) && error.contains("is it running"), "{error}");
    assert!(list(&[]).contains(&lapses[0]), "the files are there without the daemon");
    let (status, _, error) = watchfire(&["ledger", "show", "none", "--config", config]);
    assert!(status == Some(1) && error.contains("no lapse is on record"), "{error}");
    let (status, _, error) = watchfire(&["ledger", "list", "--config", config, "--from", "yesterday"]);
    assert!(status == Some(2) && error.contains("--from: expected a date"), "{error}");
}
