//! Evidence packs from the command line: checked by the plain steps where nothing but their tools is there, and never
//! passed after one byte was changed.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::commands::watchfire;
use super::daemon::{Site, need, run, until};
use super::provider::Provider;

/// A site where a case was not reported in time, and a pack of it.
async fn packed() -> (Site, PathBuf) {
    let provider = Provider::start().await;
    let site = Site::new(provider.port, 2);
    let daemon = site.start().await;
    site.tell("/v1/arm", json!({ "by": "head" })).await;
    let case = site.case("late", true).await;
    let lapse = until("a lapse", 20, async || {
        let lapses: Value = site.get("/v1/lapses").await;
        let found = lapses["lapses"].as_array()?.first()?["lapse"].as_str()?.to_owned();
        Some(found)
    })
    .await;
    let (config, out, open) = (site.config(), site.dir.path().join("pack"), site.dir.path().join("open"));
    let (config, folder, open) = (config.to_str().unwrap(), out.to_str().unwrap(), open.to_str().unwrap());
    // While the case is open the digits in its messages still act for whoever got them. The daemon has the vault.
    let head = site.head_in_file().await;
    let call = ["ledger", "pack", &lapse, "--config", config, "--out", open, "--against"];
    let (status, told, error) = watchfire(&[call.as_slice(), &[head.to_str().unwrap()]].concat());
    assert!(status == Some(0) && told.contains("1 lapse of") && told.contains("0 texts"), "{told}{error}");
    let path = format!("/v1/cases/{case}");
    let call = json!({ "authority": "sasac", "by": "officer", "outcome": "taken", "answered_by": "王处长" });
    site.tell(&format!("{path}/telephone"), call).await;
    until("the case to close", 20, async || {
        let (status, _) =
            site.post(&format!("{path}/close"), &json!({ "by": "head", "reason": "over" })).await?;
        (status < 300).then_some(())
    })
    .await;
    let head = site.head_in_file().await;
    assert!(daemon.stop().await);
    let head = head.to_str().unwrap();
    let call = ["ledger", "pack", &lapse, "--config", config, "--out", folder];
    let (status, told, error) = watchfire(&[call.as_slice(), &["--against", head]].concat());
    assert!(status == Some(0) && told.contains("1 lapse of"), "{told}{error}");
    let texts = std::fs::read_dir(out.join("texts")).unwrap().count();
    assert!(texts >= 2 && told.contains(&format!("{} text", texts / 2)), "{texts}: {told}");
    let told: Value = serde_json::from_slice(&std::fs::read(out.join("pack.json")).unwrap()).unwrap();
    let posts = &told["posts_configured"][0];
    assert_eq!(posts["opened"], true, "{posts}");
    let mut officer = posts["duty"]["officer"].clone();
    officer["post"] = json!("duty_officer");
    let lapse_of = &told["lapses"][0]["person_involved"];
    assert_eq!(&officer, lapse_of, "who was on duty by the configuration in force, and as the lapse says");
    let (status, _, error) = watchfire(&call);
    assert!(status == Some(1) && error.contains("name another folder by --out"), "{error}");
    let (status, _, error) =
        watchfire(&["ledger", "pack", "2020-01", "--config", config, "--out", "/nowhere"]);
    assert!(status == Some(1) && error.contains("no lapse is on record under that"), "{error}");
    (site, out)
}

/// A folder with nothing but what the steps name: bash, coreutils' sha256sum, mktemp and rm, jq, openssl.
fn tools(site: &Site) -> PathBuf {
    need("jq", "jq");
    need("openssl", "openssl");
    let folder = site.dir.path().join("tools");
    std::fs::create_dir(&folder).unwrap();
    for tool in ["bash", "sha256sum", "mktemp", "rm", "jq", "openssl"] {
        let found = run(Command::new("sh").args(["-c", &format!("command -v {tool}")]));
        symlink(found.trim(), folder.join(tool)).unwrap();
    }
    folder
}

fn steps(pack: &Path, tools: &Path, key: Option<&str>) -> (bool, String) {
    let mut command = Command::new(tools.join("bash"));
    command
        .arg("steps.sh")
        .args(key)
        .current_dir(pack)
        .env_clear()
        .env("PATH", tools)
        .env("LC_ALL", "C.UTF-8");
    let output = command.output().unwrap();
    let told = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&told).into_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pack_is_checked_by_three_tools_and_by_verify_and_one_changed_byte_is_found_by_both() {
    let (site, pack) = packed().await;
    let tools = tools(&site);
    let (holds, told) = steps(&pack, &tools, None);
    assert!(holds && told.contains("VERIFIES"), "{told}");
    let head: Value = serde_json::from_slice(&std::fs::read(pack.join("head.json")).unwrap()).unwrap();
    assert!(steps(&pack, &tools, head["key"].as_str()).0);
    let (holds, told) = steps(&pack, &tools, Some(&"0".repeat(64)));
    assert!(!holds && told.contains("another key"), "{told}");
    let folder = pack.to_str().unwrap();
    let (status, told, error) = watchfire(&["ledger", "verify", folder]);
    assert!(status == Some(0) && told.contains("the pack verifies"), "{told}{error}");

    let sums = std::fs::read_to_string(pack.join("SHA256SUMS")).unwrap();
    let names = sums.lines().map(|line| line.split_once("  ").unwrap().1).chain(["SHA256SUMS"]);
    for name in names {
        let whole = std::fs::read(pack.join(name)).unwrap();
        for at in [0, whole.len() / 2, whole.len() - 2] {
            // Of the steps themselves a comment: what they do is what is tried.
            let at = if name == "steps.sh" { 3 } else { at };
            let mut changed = whole.clone();
            changed[at] ^= 1;
            std::fs::write(pack.join(name), &changed).unwrap();
            let (holds, told) = steps(&pack, &tools, None);
            assert!(!holds && told.contains(name), "byte {at} of {name}: {told}");
            let (status, told, _) = watchfire(&["ledger", "verify", folder]);
            let named = told.lines().any(|line| line.starts_with("BAD: ") && line.contains(name));
            assert!(status == Some(1) && named, "byte {at} of {name}: {told}");
            std::fs::write(pack.join(name), &whole).unwrap();
        }
    }
    assert!(steps(&pack, &tools, None).0, "whole again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_changes_an_entry_and_every_sum_with_it_is_found_by_the_chain_and_the_signature() {
    let (site, pack) = packed().await;
    let tools = tools(&site);
    let folder = pack.to_str().unwrap().to_owned();
    let whole = |name: &str| std::fs::read_to_string(pack.join(name)).unwrap();
    let listed =
        |part: &str| whole("SHA256SUMS").lines().rfind(|line| line.contains(part)).unwrap()[66..].to_owned();
    let (entry, text, seal) = (listed("entries/"), listed(".json"), listed(".seal"));
    assert!(text.starts_with("texts/"), "{text}");
    let (chain, head) = (whole("chain.txt"), whole("head.json"));
    let short = chain[..chain[..chain.len() - 1].rfind('\n').unwrap() + 1].to_owned();
    let other = whole(&entry).replacen("\"at\":\"2", "\"at\":\"1", 1);
    for (name, changed, expected) in [
        (&*entry, other, &*entry),
        (&text, whole(&text).replacen("\"text\":\"", "\"text\":\"未", 1), &text[..60]),
        (&seal, whole(&seal).replacen(' ', " 0", 1), &seal[..60]),
        ("chain.txt", short, "chain.txt"),
        ("head.json", head.replacen("\"signature\":\"", "\"signature\":\"0", 1), "head.json"),
    ] {
        let before = (whole(name), whole("SHA256SUMS"));
        std::fs::write(pack.join(name), changed).unwrap();
        let mut sums = String::new();
        for line in before.1.lines() {
            let file = line.split_once("  ").unwrap().1;
            use sha2::Digest as _;
            let sum = hex::encode(sha2::Sha256::digest(std::fs::read(pack.join(file)).unwrap()));
            sums.push_str(&format!("{sum}  {file}\n"));
        }
        std::fs::write(pack.join("SHA256SUMS"), sums).unwrap();
        let (holds, told) = steps(&pack, &tools, None);
        assert!(!holds && told.contains("DOES NOT VERIFY"), "{name}: {told}");
        assert!(name == "head.json" || told.contains(expected), "{name}: {told}");
        let (status, told, _) = watchfire(&["ledger", "verify", &folder]);
        assert!(status == Some(1) && told.contains(expected), "{name}: {told}");
        std::fs::write(pack.join(name), before.0).unwrap();
        std::fs::write(pack.join("SHA256SUMS"), before.1).unwrap();
    }
    let (status, told, error) = watchfire(&["ledger", "verify", &folder]);
    assert_eq!(status, Some(0), "{told}{error}");
}
