//! The order of system calls: a sync that returned 0 stands between what a yes rests on and the yes.

mod calls;
mod doctored;
mod doors;
mod order;

use std::collections::BTreeSet;
use std::process::Command;
use std::time::Duration;

use watchfire::time::{Mark, Now};

use crate::daemon::{Daemon, Site, need, until};
use crate::provider::Provider;
use crate::record::facts;
use calls::{TRACED, calls};
use doors::{documented, use_every_door};
use order::{Door, all_payloads, answers};

/// How often events are sent by each way.
const ROUNDS: usize = 10;

/// Somebody decides lapses.
const INSPECTOR: &str = "[[role]]\nperson = \"head\"\nrole = \"discipline\"\n\n";

/// A site whose source and calls have paths of their own too, whose short messages carry the link, and whose daemon
/// rings the authority at once.
fn site(provider: &Provider) -> Site {
    let (may, purpose) = ("may = [\"fever\", \"suspected\"]\n", "\"purpose\": {{ purpose }}}");
    let (path, link) = ("path_secret_sha256 = \"{HASH}\"\n", "\"link\": {{ link }}, \"code\": {{ code }}, ");
    Site::with(provider.port, 3600, |text| {
        let hash = text.split("\ntoken_sha256 = \"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        text.replace(may, &format!("{may}{}", path.replace("{HASH}", &hash)))
            .replace(purpose, &format!("{link}{purpose}"))
            .replace("receipt_token", &format!("receipt_{}receipt_token", path.replace("{HASH}", &hash)))
            .replace("call = \"officer\"", "call = \"daemon\"")
            .replace("[[channel]]\nid = \"voice\"", &format!("{INSPECTOR}[[channel]]\nid = \"voice\""))
    })
}

async fn traced(site: &Site) -> Daemon {
    need("strace", "strace");
    let mut command = Command::new("strace");
    // Whole texts, with what is not ASCII in hexadecimal: names of payloads are looked for in them.
    command.args(["-f", "-y", "-x", "-s", "1000000", "-e", TRACED, "-e", "signal=none"]);
    command.arg("-o").arg(site.dir.path().join("trace")).arg(env!("CARGO_BIN_EXE_watchfire"));
    command.args(["--log", "error", "serve", "--hold", "--config"]).arg(site.config());
    site.start_as(command).await
}

/// Leaves the clock in doubt: the daemon's last mark says that another hour was right.
async fn in_doubt(site: &Site) {
    // The configuration is kept by then, and not in the last batch, which an opening writes again.
    let daemon = site.start().await;
    until("the configuration that is kept", 10, async || {
        (!facts(&site.journal(), "configuration_loaded/1").is_empty()).then_some(())
    })
    .await;
    assert!(daemon.stop().await);
    assert!(site.start().await.stop().await);
    let path = site.data().join("alive");
    let marks = std::fs::read_to_string(&path).unwrap();
    let mut mark: Mark = serde_json::from_str(marks.lines().last().unwrap()).unwrap();
    mark.now = Now::at(mark.now.steady - Duration::from_hours(1));
    std::fs::write(&path, format!("{}\n", serde_json::to_string(&mark).unwrap())).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_that_returned_0_stands_between_each_fact_and_its_yes_at_every_door() {
    let provider = Provider::start().await;
    let site = site(&provider);
    in_doubt(&site).await;
    let daemon = traced(&site).await;
    let doors = use_every_door(&site, &provider).await;
    daemon.kill();
    let calls = calls(&std::fs::read_to_string(site.dir.path().join("trace")).unwrap());
    let used = |door: &Door| format!("POST {} {}", door.route, door.yes.split(' ').nth(1).unwrap());
    assert_eq!(doors.iter().map(used).collect::<BTreeSet<_>>(), documented(), "every yes that writes");
    for door in &doors {
        let rounds = if door.fact == "event_taken/1" && door.names.is_none() { ROUNDS } else { 1 };
        let count = answers(&calls, door).unwrap_or_else(|broken| panic!("{broken}"));
        assert!(count >= rounds, "{} of {rounds} answers of {door:?} in the trace", count);
    }
    // Renderings too, that no door has asked for.
    let payloads = all_payloads(&calls).unwrap_or_else(|broken| panic!("{broken}"));
    assert!(payloads > 2 * ROUNDS + 4, "{payloads} payloads in the trace");
}
