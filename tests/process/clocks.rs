//! Clocks that are set, and machines that were started again, under the real binary.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::json;

use crate::daemon::{Site, need, until};
use crate::provider::Provider;
use crate::record::{all, facts};

/// The daemon on a wall clock that a file shifts; the time since boot stays what it is.
pub(crate) fn shifted(site: &Site, shift: &Path) -> Command {
    need("faketime", "faketime");
    let library = glob("faketime/libfaketimeMT.so.1");
    let mut command = site.command();
    command.env("LD_PRELOAD", library).env("FAKETIME_TIMESTAMP_FILE", shift);
    command.env("FAKETIME_NO_CACHE", "1").env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    command
}

/// Sets the wall clock of a daemon that reads this file, at once and whole.
pub(crate) fn shift_to(shift: &Path, to: &str) {
    let next = shift.with_extension("new");
    std::fs::write(&next, to).unwrap();
    std::fs::rename(next, shift).unwrap();
}

/// A library of this machine, whatever its architecture.
fn glob(name: &str) -> PathBuf {
    let folders = std::fs::read_dir("/usr/lib").unwrap().map(|entry| entry.unwrap().path().join(name));
    folders.into_iter().find(|path| path.exists()).unwrap_or_else(|| panic!("{name} is not in /usr/lib/*"))
}

/// Sets the wall clock of a daemon while a clock of seconds runs; nothing is lost, doubled or held against anybody.
async fn step(to: &str) -> (Site, crate::daemon::Daemon) {
    let provider = Provider::start().await;
    let site = Site::new(provider.port, 6);
    let shift = site.dir.path().join("shift");
    shift_to(&shift, "+0");
    let daemon = site.start_as(shifted(&site, &shift)).await;
    site.tell("/v1/arm", json!({ "by": "head" })).await;
    site.case("a", true).await;
    shift_to(&shift, to);
    let authority = |purpose: &str| {
        let journal = site.journal();
        facts(&journal, "attempt_started/1").iter().any(|fact| {
            let (attempt, channel) = (&fact["attempt"], if purpose == "written" { "mail" } else { "voice" });
            attempt["channel"] == channel && attempt["callee"].as_str().unwrap().starts_with("authority")
        })
    };
    until("the written report", 20, async || authority("written").then_some(())).await;
    assert!(authority("telephone"), "rung first");
    // The limit passes on the clock that nobody set; whoever was late is not known while the other one is in doubt.
    for _ in 0..32 {
        tokio::time::sleep(Duration::from_millis(250)).await;
        let lapses = site.get("/v1/lapses?state=open").await;
        assert!(lapses["lapses"].as_array().unwrap().is_empty(), "{lapses}");
    }
    let journal = site.journal();
    assert_eq!(facts(&journal, "clock_stepped/1").len(), 1);
    assert_eq!(facts(&journal, "step_taken/1").len(), 1);
    let mut planned: Vec<String> = facts(&journal, "notification_planned/1")
        .iter()
        .map(|it| it["notification"]["id"].to_string())
        .collect();
    let count = planned.len();
    planned.sort();
    planned.dedup();
    assert_eq!(planned.len(), count, "nothing is planned twice");
    (site, daemon)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_set_an_hour_ahead_rings_and_accuses_nobody_until_somebody_vouches_for_it() {
    let (site, daemon) = step("+3600").await;
    site.tell("/v1/clock/trust", json!({ "by": "head" })).await;
    let lapses = until("the lapse", 20, async || {
        let lapses = site.get("/v1/lapses?state=open").await["lapses"].as_array().unwrap().clone();
        (!lapses.is_empty()).then_some(lapses)
    })
    .await;
    // The written report went in time; nobody was told by telephone.
    assert_eq!(lapses.len(), 1, "{lapses:?}");
    assert_eq!(lapses[0]["about"]["proof"], "telephone");
    let excuses = lapses[0]["excuses"].as_array().unwrap();
    assert!(excuses.iter().any(|excuse| excuse["what"] == "clock_suspect"), "{lapses:?}");
    assert!(daemon.stop().await);
    assert!(site.verify().0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_set_three_hours_back_delays_no_call_and_no_report() {
    let (site, daemon) = step("-10800").await;
    assert!(daemon.stop().await);
    let journal = site.journal();
    let at: Vec<&str> = journal.iter().map(|entry| entry["at"].as_str().unwrap()).collect();
    assert!(at.windows(2).any(|pair| pair[1] < pair[0]), "the wall clock is on record as it was");
    assert!(all(&journal).count() > 10 && site.verify().0);
}

/// The daemon after a start of the machine, as far as it can see: other boot time, and another boot id where given.
fn booted(site: &Site, boot_id: Option<&Path>) -> Command {
    need("unshare", "util-linux");
    let mut command = Command::new("unshare");
    command.args(["--mount", "--time", "--boottime", "5000", "--fork", "--kill-child", "sh", "-c"]);
    let bind = boot_id.map_or_else(String::new, |path| {
        format!("mount --bind {} /proc/sys/kernel/random/boot_id && ", path.display())
    });
    command.arg(format!("{bind}exec \"$0\" \"$@\"")).arg(env!("CARGO_BIN_EXE_watchfire"));
    command.args(["--log", "warn", "serve", "--config"]).arg(site.config());
    command
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_in_the_same_boot_doubts_a_wall_clock_that_stood_still_and_one_after_a_reboot_does_not() {
    let provider = Provider::start().await;
    let site = Site::new(provider.port, 3600);
    let daemon = site.start().await;
    site.case("a", false).await;
    daemon.kill();
    let boot_id = site.dir.path().join("boot-id");
    std::fs::write(&boot_id, "00000000-1111-2222-3333-444444444444\n").unwrap();
    let daemon = site.start_as(booted(&site, Some(&boot_id))).await;
    daemon.kill();
    let journal = site.journal();
    assert!(
        facts(&journal, "clock_stepped/1").is_empty(),
        "a reboot is no doubt where the wall clock went on"
    );
    let boots: Vec<&str> =
        facts(&journal, "started/1").iter().map(|it| it["boot"].as_str().unwrap()).collect();
    assert!(boots.len() == 2 && boots[0] != boots[1], "{boots:?}");
    // Again the same machine as at first, twice; the second time 5,000 s have passed since boot and none on the wall.
    let daemon = site.start().await;
    daemon.kill();
    let before = facts(&site.journal(), "clock_stepped/1").len();
    let daemon = site.start_as(booted(&site, None)).await;
    site.case("b", false).await;
    daemon.kill();
    assert_eq!(facts(&site.journal(), "clock_stepped/1").len(), before + 1);
    assert!(site.verify().0);
}
