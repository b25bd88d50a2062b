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
    assert!(
        status == Some(0) && told.contains("1 lapse of") && told.contains("NOT ON RECORD"),
        "{told}{error}"
    );
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
    let names =
        sums.lines().map(|line| line.split_once("  ").unwrap().1).chain(["SHA256SUMS", "signed.json"]);
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

/// Writes the list of a pack's files anew, as whoever changed some would.
fn sum_anew(pack: &Path) {
    use sha2::Digest as _;
    let mut sums = String::new();
    for line in std::fs::read_to_string(pack.join("SHA256SUMS")).unwrap().lines() {
        let file = line.split_once("  ").unwrap().1;
        if let Ok(bytes) = std::fs::read(pack.join(file)) {
            sums.push_str(&format!("{}  {file}\n", hex::encode(sha2::Sha256::digest(bytes))));
        }
    }
    std::fs::write(pack.join("SHA256SUMS"), sums).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_put_into_a_pack_is_found_by_both_and_named() {
    let (site, pack) = packed().await;
    let tools = tools(&site);
    let folder = pack.to_str().unwrap();
    for name in
        ["added.txt", ".hidden", "entries/0.json", "texts/a b.json", "more/added.txt", "texts/@/x", "@"]
    {
        let path = pack.join(name);
        let part = std::iter::successors(Some(Path::new(name)), |part| part.parent())
            .find(|part| part.parent().is_some_and(|above| pack.join(above).is_dir()))
            .unwrap();
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, "{}").unwrap();
        found_by_both((&pack, &tools), part.to_str().unwrap());
        match pack.join(part) {
            part if part.is_dir() => std::fs::remove_dir_all(part).unwrap(),
            part => std::fs::remove_file(part).unwrap(),
        }
    }
    for name in ["empty", "texts/empty"] {
        std::fs::create_dir(pack.join(name)).unwrap();
        found_by_both((&pack, &tools), name);
        std::fs::remove_dir(pack.join(name)).unwrap();
    }
    symlink(site.dir.path(), pack.join("link")).unwrap();
    found_by_both((&pack, &tools), "link");
    std::fs::remove_file(pack.join("link")).unwrap();
    // A file that was packed, by a link to where it lies now.
    std::fs::rename(pack.join("texts"), site.dir.path().join("texts")).unwrap();
    symlink(site.dir.path().join("texts"), pack.join("texts")).unwrap();
    found_by_both((&pack, &tools), "texts");
    std::fs::remove_file(pack.join("texts")).unwrap();
    std::fs::rename(site.dir.path().join("texts"), pack.join("texts")).unwrap();
    assert!(steps(&pack, &tools, None).0, "whole again");
    assert_eq!(watchfire(&["ledger", "verify", folder]).0, Some(0));
}

#[track_caller]
fn found_by_both((pack, tools): (&Path, &Path), name: &str) {
    let (holds, told) = steps(pack, tools, None);
    assert!(!holds && told.contains(&format!("{name} 不是打包时的文件")), "{name}: {told}");
    let (status, told, _) = watchfire(&["ledger", "verify", pack.to_str().unwrap()]);
    assert!(status == Some(1) && told.contains(&format!("BAD: {name} was not packed")), "{name}: {told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_text_that_is_taken_out_whole_is_missed_and_an_unsigned_pack_does_not_pass_for_a_signed_one() {
    let (site, pack) = packed().await;
    let tools = tools(&site);
    let folder = pack.to_str().unwrap().to_owned();
    let verify = || watchfire(&["ledger", "verify", &folder]);
    let (status, told, error) = verify();
    assert!(status == Some(0) && told.contains("the pack verifies"), "{told}{error}");
    let before = ["SHA256SUMS", "signed.json"].map(|name| std::fs::read(pack.join(name)).unwrap());

    // A text goes with its seal, and nothing says that it was there but the signature.
    let sums = String::from_utf8(before[0].clone()).unwrap();
    let text = sums.lines().find(|line| line.contains("texts/") && line.ends_with(".json")).unwrap()[66..]
        .to_owned();
    for name in [text.clone(), text.replace(".json", ".seal")] {
        std::fs::remove_file(pack.join(name)).unwrap();
    }
    sum_anew(&pack);
    let (holds, told) = steps(&pack, &tools, None);
    assert!(!holds && told.contains("SHA256SUMS is not the list that signed.json is of"), "{told}");
    let (status, told, _) = verify();
    let named = told.contains("BAD: SHA256SUMS is not the list that signed.json is of");
    assert!(status == Some(1) && named, "{told}");

    // Without the signature it passes for nothing more than what it holds.
    std::fs::remove_file(pack.join("signed.json")).unwrap();
    let (holds, told) = steps(&pack, &tools, None);
    assert!(!holds && told.contains("NOT SIGNED AS A WHOLE") && told.contains("signed.json"), "{told}");
    let (status, told, error) = verify();
    assert!(status == Some(1) && told.contains("NOT SIGNED as a whole"), "{told}");
    assert!(error.contains("--unsigned") && !told.contains("the pack verifies"), "{told}{error}");

    // Another key signs nothing: neither another's signature over the list that is there, nor none at all.
    let mut signed: Value = serde_json::from_slice(&before[1]).unwrap();
    let signer = watchfire::journal::Signer::ephemeral();
    use sha2::Digest as _;
    let list = sha2::Sha256::digest(std::fs::read(pack.join("SHA256SUMS")).unwrap());
    let list = watchfire::journal::Hash::new(list.into());
    let forged = signer.sign_sums(list, signed["at"].as_str().unwrap().parse().unwrap(), None);
    std::fs::write(pack.join("signed.json"), json!(forged).to_string()).unwrap();
    let (holds, told) = steps(&pack, &tools, None);
    assert!(!holds && told.contains("another key"), "{told}");
    let (status, told, _) = verify();
    assert!(status == Some(1) && told.contains("signed.json is signed with another key"), "{told}");
    signed["sums_sha256"] = json!(list);
    std::fs::write(pack.join("signed.json"), signed.to_string()).unwrap();
    assert!(!steps(&pack, &tools, None).0);
    let (status, told, _) = verify();
    assert!(status == Some(1) && told.contains("the signature of signed.json"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn that_a_pack_was_made_is_on_record_before_it_is_written_or_the_pack_says_that_it_is_not() {
    let (site, pack) = packed().await;
    let page = std::fs::read_to_string(pack.join("index.html")).unwrap();
    assert!(page.contains("本包的制作没有记入日志") && page.contains("is not on record"), "{page}");
    let (_, told, _) = watchfire(&["ledger", "verify", pack.to_str().unwrap()]);
    assert!(told.contains("on record nowhere"), "{told}");
    let told: Value = serde_json::from_slice(&std::fs::read(pack.join("pack.json")).unwrap()).unwrap();
    let lapse = told["lapses"][0]["lapse"].as_str().unwrap().to_owned();
    let (config, token) = (site.config(), site.dir.path().join("office.token"));
    std::fs::write(&token, crate::daemon::TOKEN).unwrap();
    let make = |name: &str, what: &str| {
        let out = site.dir.path().join(name);
        let call =
            ["ledger", "pack", what, "--config", config.to_str().unwrap(), "--out", out.to_str().unwrap()];
        let more = ["--token-file", token.to_str().unwrap(), "--by", "head"];
        (watchfire(&[call.as_slice(), more.as_slice()].concat()), out)
    };
    // No daemon runs that could put it on record: nothing is written.
    let ((status, _, error), out) = make("stopped", &lapse);
    assert!(status == Some(1) && error.contains("no daemon answers") && !out.exists(), "{error}");
    let daemon = site.start().await;
    let ((status, told, error), out) = make("recorded", &lapse);
    assert!(status == Some(0) && told.contains("is on record (entry "), "{told}{error}");
    let signed: Value = serde_json::from_slice(&std::fs::read(out.join("signed.json")).unwrap()).unwrap();
    let entry = signed["entry"].as_u64().unwrap();
    let journal = site.journal();
    let made = *crate::record::facts(&journal, "ledger_exported/1").last().unwrap();
    use sha2::Digest as _;
    let list = hex::encode(sha2::Sha256::digest(std::fs::read(out.join("SHA256SUMS")).unwrap()));
    assert_eq!(made["sha256"], list);
    assert_eq!(
        (&made["format"], &made["lapse"], &made["actor"]["by"]),
        (&json!("pack"), &json!(lapse), &json!("head"))
    );
    let page = std::fs::read_to_string(out.join("index.html")).unwrap();
    assert!(page.contains("本包的制作已在写出前记入日志"), "{page}");
    let tools = tools(&site);
    let (holds, told) = steps(&out, &tools, None);
    assert!(holds && told.contains(&format!("made in entry {entry}")), "{told}");
    let (_, told, _) = watchfire(&["ledger", "verify", out.to_str().unwrap()]);
    assert!(told.contains(&format!("on record there: entry {entry}")), "{told}");

    // A later pack tells who has the earlier one.
    let head = site.head_in_file().await;
    let (out, head) = (site.dir.path().join("later"), head.to_str().unwrap());
    let call =
        ["ledger", "pack", &lapse, "--config", config.to_str().unwrap(), "--out", out.to_str().unwrap()];
    assert_eq!(watchfire(&[call.as_slice(), &["--against", head]].concat()).0, Some(0));
    let later: Value = serde_json::from_slice(&std::fs::read(out.join("pack.json")).unwrap()).unwrap();
    let handed = later["handed_out"].as_array().unwrap().iter().find(|it| it["format"] == "pack").unwrap();
    assert_eq!(
        (&handed["seq"], &handed["by"], &handed["sha256"]),
        (&json!(entry), &json!("head"), &json!(list))
    );
    assert!(daemon.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pack_that_is_made_where_the_key_is_not_says_so_itself() {
    let (site, pack) = packed().await;
    let tools = tools(&site);
    let told: Value = serde_json::from_slice(&std::fs::read(pack.join("pack.json")).unwrap()).unwrap();
    assert_eq!(told["unsigned"], Value::Null, "with the key it is signed");
    let lapse = told["lapses"][0]["lapse"].as_str().unwrap().to_owned();
    let (config, key) = (site.config(), site.data().join("signing-key.pem"));
    let aside = site.dir.path().join("key-aside.pem");
    std::fs::rename(&key, &aside).unwrap();
    let make = |name: &str, more: &[&str]| {
        let out = site.dir.path().join(name);
        let call =
            ["ledger", "pack", &lapse, "--config", config.to_str().unwrap(), "--out", out.to_str().unwrap()];
        (watchfire(&[call.as_slice(), more].concat()), out)
    };
    let ((status, told, error), out) = make("unsigned", &[]);
    assert!(status == Some(0) && told.contains("NOT SIGNED as a whole"), "{told}{error}");
    let page = std::fs::read_to_string(out.join("index.html")).unwrap();
    assert!(page.contains("本包未整包签名") && page.contains("This pack is not signed as a whole"), "{page}");
    let (holds, told) = steps(&out, &tools, None);
    assert!(!holds && told.contains("NOT SIGNED AS A WHOLE (no_key)"), "{told}");
    let folder = out.to_str().unwrap();
    let (status, told, _) = watchfire(&["ledger", "verify", folder]);
    assert!(status == Some(1) && told.contains("NOT SIGNED as a whole"), "{told}");
    let (status, told, error) = watchfire(&["ledger", "verify", folder, "--unsigned"]);
    assert!(status == Some(0) && told.contains("NOT SIGNED as a whole"), "{told}{error}");
    assert!(told.contains("it names no entry") && !told.contains("on record nowhere"), "{told}");

    // Anybody can write an entry into it: it is told as what the pack says.
    let mut said: Value = serde_json::from_slice(&std::fs::read(out.join("signed.json")).unwrap()).unwrap();
    said["entry"] = json!(4711);
    std::fs::write(out.join("signed.json"), said.to_string()).unwrap();
    let (status, told, error) = watchfire(&["ledger", "verify", folder, "--unsigned"]);
    assert_eq!(status, Some(0), "{told}{error}");
    let says = told.contains("it says that it was made in entry 4711, and nobody vouches for that");
    assert!(says && !told.contains("is on record there"), "{told}");
    let (holds, told) = steps(&out, &tools, None);
    assert!(!holds && !told.contains("4711"), "{told}");

    // The key by its file signs; another one does not pass for it.
    let (_, out) = make("signed", &["--signing-key", aside.to_str().unwrap()]);
    assert!(steps(&out, &tools, None).0);
    let other = site.dir.path().join("other.pem");
    watchfire::journal::Signer::open_or_create(&other).unwrap();
    let ((_, told, _), out) = make("other", &["--signing-key", other.to_str().unwrap()]);
    assert!(told.contains("not the one that signed the head"), "{told}");
    assert!(steps(&out, &tools, None).1.contains("(other_key)"));
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
        sum_anew(&pack);
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
