//! Disks that fail, hang, tear and fill up under the real binary.

use std::process::Command;

use serde_json::{Value, json};

use crate::daemon::{Daemon, Site, TOKEN, client, event, need, until};
use crate::disk::Disk;
use crate::provider::Provider;
use crate::record::{facts, tries};

/// The segment that a small journal consists of.
const SEGMENT: &str = "journal/00000000000000000001.jsonl";

/// The daemon with a fault in a system call on its journal.
pub(crate) fn faulty(site: &Site, call: &str, fault: &str) -> Command {
    faulty_at(site, SEGMENT, call, fault)
}

/// The daemon with a fault in a system call on a file of its data folder.
pub(crate) fn faulty_at(site: &Site, file: &str, call: &str, fault: &str) -> Command {
    need("strace", "strace");
    let mut command = Command::new("strace");
    command.args(["-f", "-o"]).arg(site.dir.path().join("trace"));
    command.args(["-e", &format!("trace={call}"), "-e", &format!("inject={call}:{fault}"), "-P"]);
    command.arg(site.data().join(file)).arg(env!("CARGO_BIN_EXE_watchfire"));
    command.args(["--log", "warn", "serve", "--config"]).arg(site.config());
    command
}

/// Sends events until one is not answered; the ids of those that were.
async fn send_until_it_fails(site: &Site, name: &str) -> Vec<String> {
    let mut answered = Vec::new();
    for number in 0..200 {
        let id = format!("{name}-{number}");
        match site.post("/v1/events", &event(&id, false)).await {
            Some((202, _)) => answered.push(id),
            Some((500.., _)) | None => return answered,
            Some((status, answer)) => panic!("{status} {answer}"),
        }
    }
    panic!("nothing failed");
}

/// Waits for the end; nobody gets a yes until then.
async fn ends_without_another_yes(site: &Site, daemon: &mut Daemon, within_s: u64) {
    let status = until("the end of the daemon", within_s, async || {
        let answer = site.post("/v1/events", &event("after", false)).await;
        assert!(answer.as_ref().is_none_or(|(status, _)| *status >= 500), "{answer:?}");
        daemon.child.try_wait().unwrap()
    })
    .await;
    assert_eq!(status.code(), Some(1), "{}", site.log());
}

async fn all_are_known(site: &Site, answered: &[String]) {
    for id in answered {
        let (status, again) = site.post("/v1/events", &event(id, false)).await.unwrap();
        assert_eq!((status, &again["duplicate"]), (200, &json!(true)), "{id}: {again}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_failed_write_or_sync_nobody_gets_a_yes_and_the_next_start_repairs() {
    let provider = Provider::start().await;
    let site = Site::new(provider.port, 3600);
    assert!(site.start().await.stop().await);
    let mut answered = Vec::new();
    for (call, fault) in [
        ("fdatasync", "error=EIO:when=3"),
        ("pwrite64", "error=EIO:when=4"),
        ("fdatasync", "error=EIO:when=7"),
        ("pwrite64", "error=ENOSPC:when=6"),
        ("fdatasync", "error=EDQUOT:when=5"),
    ] {
        let mut daemon = site.start_as(faulty(&site, call, fault)).await;
        answered.extend(send_until_it_fails(&site, &format!("{call}-{fault}")).await);
        ends_without_another_yes(&site, &mut daemon, 20).await;
        assert!(std::fs::read_to_string(site.dir.path().join("trace")).unwrap().contains("INJECTED"));
        drop(daemon);
        let daemon = site.start().await;
        all_are_known(&site, &answered).await;
        daemon.kill();
        let (holds, printed) = site.verify();
        assert!(holds, "{call} {fault}: {printed}");
    }
    assert!(answered.len() >= 5, "{answered:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_whose_first_entry_cannot_be_synced_fails_and_the_next_one_does_not() {
    let provider = Provider::start().await;
    let site = Site::new(provider.port, 3600);
    let daemon = site.start().await;
    site.case("a", false).await;
    daemon.kill();
    let mut daemon = site.spawn(faulty(&site, "fdatasync", "error=EIO:when=1"));
    assert!(!site.answers(&mut daemon, "/readyz").await);
    assert_eq!(daemon.ended(5).await.code(), Some(1));
    drop(daemon);
    let daemon = site.start().await;
    all_are_known(&site, &["a".to_owned()]).await;
    assert!(daemon.stop().await);
    assert!(site.verify().0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_sync_delays_the_yes_and_one_that_does_not_return_ends_the_process() {
    let provider = Provider::start().await;
    let site = Site::new(provider.port, 3600);
    assert!(site.start().await.stop().await);
    let daemon = site.start_as(faulty(&site, "fdatasync", "delay_enter=1500000:when=3")).await;
    for id in ["slow-1", "slow-2", "slow-3"] {
        site.case(id, false).await;
    }
    daemon.kill();
    let mut daemon = site.start_as(faulty(&site, "fdatasync", "delay_enter=14000000:when=3")).await;
    let answered = send_until_it_fails(&site, "stuck").await;
    // The tracer keeps the thread, and so the process, until the delay is over.
    assert_eq!(daemon.ended(30).await.code(), Some(1), "{}", site.log());
    assert!(site.log().contains("has not come back"), "{}", site.log());
    drop(daemon);
    let daemon = site.start().await;
    all_are_known(&site, &answered).await;
    assert!(daemon.stop().await);
    assert!(site.verify().0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_torn_tail_is_cut_kept_and_told_and_an_answered_entry_never_is() {
    let provider = Provider::start().await;
    let site = Site::new(provider.port, 3600);
    let daemon = site.start().await;
    site.case("a", false).await;
    daemon.kill();
    let path = site.data().join(SEGMENT);
    let whole = std::fs::read_to_string(&path).unwrap();
    // Half of a line that was never answered for.
    let seq = site.journal().last().unwrap()["seq"].as_u64().unwrap() + 1;
    let torn = format!("{} {{\"seq\":{seq},\"batch\":{seq},\"at\":\"2026-", "ab".repeat(32));
    std::fs::write(&path, format!("{whole}{torn}")).unwrap();
    let daemon = site.start().await;
    all_are_known(&site, &["a".to_owned()]).await;
    assert!(daemon.stop().await);
    assert_eq!(std::fs::read_to_string(site.data().join(format!("journal/torn-{seq}"))).unwrap(), torn);
    let journal = site.journal();
    assert_eq!(facts(&journal, "started/1").last().unwrap()["torn"], seq);
    assert!(site.verify().0);
    // Half of a line that was.
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() - 20]).unwrap();
    let mut daemon = site.spawn(site.command());
    assert_eq!(daemon.ended(20).await.code(), Some(1));
    assert!(site.log().contains("knows entry"), "{}", site.log());
}

/// Posts, and expects the answer of a daemon that cannot write: 503, when to come again, and why.
async fn held(site: &Site, path: &str, body: &Value) {
    let sent = client().post(site.url(path)).bearer_auth(TOKEN).json(body).send().await.unwrap();
    let again = sent.headers().get("retry-after").cloned();
    let (status, answer) = (sent.status().as_u16(), sent.json::<Value>().await.unwrap());
    assert_eq!((status, &answer["code"]), (503, &json!("holding")), "{path}: {answer}");
    assert!(again.is_some(), "{path}: when to come again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_full_disk_it_holds_and_rings_and_what_was_held_is_written_when_there_is_room() {
    let provider = Provider::start().await;
    // The one who takes it has it until the end.
    let patient = |text: String| text.replace("idle_after = \"8s\"", "idle_after = \"60s\"");
    let site = Site::with(provider.port, 3600, patient);
    let disk = Disk::mount(&site.data(), 24);
    let mut daemon = site.start().await;
    site.tell("/v1/arm", json!({ "by": "head" })).await;
    let case = site.case("a", true).await;
    let call = until("a call", 20, async || provider.keys("voice").first().cloned()).await;
    disk.fill();
    let answered = send_until_it_fails(&site, "full").await;
    ends_without_another_yes(&site, &mut daemon, 20).await;
    drop(daemon);
    let mut daemon = site.spawn(site.command());
    assert!(site.answers(&mut daemon, "/healthz").await, "it does not start holding: {}", site.log());
    let ready = client().get(site.url("/readyz")).send().await.unwrap();
    assert_eq!(ready.status(), 503);
    // Nothing new is taken in; ringing goes on; what stops it takes effect.
    held(&site, "/v1/events", &event("new", true)).await;
    let rung = provider.keys("sms").len();
    until("ringing that goes on", 20, async || (provider.keys("sms").len() > rung).then_some(())).await;
    held(&site, "/v1/receipts/voice", &json!({ "key": call, "state": "heard" })).await;
    held(&site, &format!("/v1/cases/{case}/take"), &json!({ "by": "officer" })).await;
    held(&site, &format!("/v1/cases/{case}/confirm"), &json!({ "by": "leader" })).await;
    let shown = site.get(&format!("/v1/cases/{case}")).await;
    assert_eq!(shown["handler"]["person"], "officer", "{shown}");
    let notifications = shown["notifications"].as_array().unwrap();
    assert!(notifications.iter().any(|it| it["id"] == call.as_str() && it["state"] == "heard"), "{shown}");
    disk.make_room();
    // What a full disk kept shut is opened without another start.
    assert!(site.answers(&mut daemon, "/readyz").await, "{}", site.log());
    // They come again, and are on disk.
    site.tell("/v1/receipts/voice", json!({ "key": call, "state": "heard" })).await;
    site.tell(&format!("/v1/cases/{case}/take"), json!({ "by": "officer" })).await;
    site.tell("/v1/events", event("new", true)).await;
    all_are_known(&site, &answered).await;
    daemon.kill();
    let (holds, printed) = site.verify();
    assert!(holds, "{printed}");
    let journal = site.journal();
    let held: Vec<Value> = journal.iter().filter(|entry| entry["held"] == true).cloned().collect();
    assert!(!tries(&held).is_empty(), "what went out meanwhile is on record: {held:?}");
    let confirmed = facts(&held, "confirmed/1").iter().filter(|fact| fact["actor"]["by"] == "leader").count();
    assert_eq!((facts(&held, "taken/1").len(), confirmed), (1, 1));
    assert_eq!(facts(&journal, "taken/1").len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_full_disk_the_ballast_is_given_up_first_and_everything_goes_on() {
    let provider = Provider::start().await;
    let site = Site::new(provider.port, 3600);
    let disk = Disk::mount(&site.data(), 512);
    let mut daemon = site.start().await;
    let ballast = site.data().join("ballast");
    assert_eq!(std::fs::metadata(&ballast).unwrap().len(), 64 << 20);
    disk.fill();
    let mut answered = send_until_it_fails(&site, "full").await;
    // Where the vault meets the end of the disk first the door says so; where the journal does, the process ends.
    until("a door that says so, or the end", 5, async || {
        if daemon.child.try_wait().unwrap().is_some() {
            return Some(());
        }
        let ready = client().get(site.url("/readyz")).send().await;
        ready.is_ok_and(|answer| answer.status() == 503).then_some(())
    })
    .await;
    daemon.kill();
    let daemon = site.start().await;
    assert!(!ballast.exists());
    assert!(site.log().contains("the ballast is given up"), "{}", site.log());
    for id in ["b", "c"] {
        site.case(id, false).await;
        answered.push(id.to_owned());
    }
    all_are_known(&site, &answered).await;
    assert!(daemon.stop().await);
    assert!(site.verify().0);
}
