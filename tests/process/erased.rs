//! What is erased or rewritten on the disk of the real binary, byte by byte.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::daemon::Site;
use crate::provider::Provider;

/// So many bytes are looked for at once: no two random ones are alike.
const PIECE: usize = 16;

/// Every file under a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// The files of the data folder that hold these bytes.
fn holding(site: &Site, bytes: &[u8]) -> Vec<PathBuf> {
    let holds = |path: &PathBuf| {
        // Sled's files come and go.
        let content = std::fs::read(path).unwrap_or_default();
        content.windows(bytes.len()).any(|window| window == bytes)
    };
    files(&site.data()).into_iter().filter(holds).collect()
}

fn position(bytes: &[u8], of: &str) -> usize {
    bytes.windows(of.len()).position(|window| window == of.as_bytes()).unwrap()
}

/// What was overwritten with zeros, in pieces.
fn overwritten<'a>(before: &'a [u8], after: &[u8]) -> Vec<&'a [u8]> {
    let pieces = before.chunks_exact(PIECE).zip(after.chunks_exact(PIECE));
    pieces
        .filter(|(before, after)| before != after && **after == [0; PIECE])
        .map(|(before, _)| before)
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_an_erasure_the_bytes_of_the_key_and_of_the_payload_are_in_no_file() {
    let provider = Provider::start().await;
    let site = Site::new(provider.port, 3600);
    let daemon = site.start().await;
    let (case, other) = (site.case("a", false).await, site.case("b", false).await);
    let path = format!("/v1/cases/{case}");
    site.tell(&format!("{path}/close"), json!({ "by": "head", "reason": "over" })).await;
    let (segment, ring) = (site.data().join("vault/00000001.seg"), site.data().join("vault/keyring"));
    let (sealed, keys) = (std::fs::read(&segment).unwrap(), std::fs::read(&ring).unwrap());
    // Behind the name of its subject the keyring has the id of the key, and the key, wrapped.
    let subject = format!("case/{case}");
    let key = position(&keys, &subject) + subject.len() + 16;
    let key = &keys[key..key + 32];
    assert_eq!(holding(&site, key), std::slice::from_ref(&ring));
    site.tell(&format!("{path}/erase"), json!({ "by": "head", "second": "officer", "ground": "asked" }))
        .await;
    let after = std::fs::read(&segment).unwrap();
    let payload = overwritten(&sealed, &after);
    assert!(payload.len() > 5, "{} pieces were overwritten", payload.len());
    let gone = |what: &str| {
        for piece in &payload {
            assert_eq!(holding(&site, piece), Vec::<PathBuf>::new(), "{what}");
        }
        assert_eq!(holding(&site, key), Vec::<PathBuf>::new(), "{what}");
    };
    gone("while it runs");
    assert_eq!(site.get(&format!("/v1/cases/{other}")).await["place"], "lobby");
    assert!(daemon.stop().await);
    gone("after it ended");
    let daemon = site.start().await;
    gone("after another start");
    assert!(daemon.stop().await);
    assert!(site.verify().0);
}

/// The entries of a journal, chained anew from the first, as somebody writes them who may write the file.
fn chained(entries: &[String]) -> String {
    let mut previous = [0_u8; 32];
    let mut text = String::new();
    for entry in entries {
        let (front, rest) = entry.split_once("\"previous\":\"").unwrap();
        let json = format!("{front}\"previous\":\"{}{}", hex::encode(previous), &rest[64..]);
        let mut hash = Sha256::new();
        hash.update(b"watchfire/entry/1\0");
        hash.update(previous);
        hash.update(Sha256::digest(json.as_bytes()));
        previous = hash.finalize().into();
        text = format!("{text}{} {json}\n", hex::encode(previous));
    }
    text
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journal_that_was_rewritten_and_chained_anew_does_not_fit_a_head_that_left() {
    let provider = Provider::start().await;
    let site = Site::new(provider.port, 3600);
    let daemon = site.start().await;
    for id in ["a", "b", "c"] {
        site.case(id, false).await;
    }
    let head = site.head_in_file().await;
    site.case("d", false).await;
    // It ends without a word, so that no newer head lies beside the journal.
    daemon.kill();
    let verify = |against: bool| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_watchfire"));
        command.args(["ledger", "verify", "--config"]).arg(site.config());
        if against {
            command.arg("--against").arg(&head);
        }
        let output = command.output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8_lossy(&said).into_owned())
    };
    let (code, said) = verify(true);
    assert_eq!(code, Some(0), "{said}");
    // Whoever can write the journal can remove the heads beside it.
    for head in ["heads.jsonl", "head-left.json"] {
        std::fs::remove_file(site.data().join(head)).unwrap();
    }
    let segment = site.data().join("journal/00000000000000000001.jsonl");
    let text = std::fs::read_to_string(&segment).unwrap();
    let mut entries: Vec<String> =
        text.lines().map(|line| line.split_once(' ').unwrap().1.to_owned()).collect();
    assert_eq!(chained(&entries), text, "what is written as it was is as it was");
    let opened = entries.iter_mut().find(|entry| entry.contains("case_opened/1")).unwrap();
    let milder = opened.replace("38.4", "36.4").replace("3840", "3640");
    assert_ne!(milder, *opened);
    *opened = milder;
    std::fs::write(&segment, chained(&entries)).unwrap();
    let (code, said) = verify(false);
    assert_eq!(code, Some(0), "by itself the chain holds: {said}");
    let (code, said) = verify(true);
    assert_eq!(code, Some(1), "{said}");
}
