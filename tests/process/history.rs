//! Since when a rule is in force (M24): every load of the configuration is on record.

use std::process::Command;

use crate::daemon::{Site, until};
use crate::provider::Provider;
use crate::record::facts;

fn history(site: &Site, key: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_watchfire"));
    command.args(["config", "history", "--config"]).arg(site.config()).args(["--key", key]);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_that_a_reload_moves_is_on_record_with_when_and_from_what() {
    let provider = Provider::start().await;
    let site = Site::new(provider.port, 60);
    let daemon = site.start().await;
    let loads = |site: &Site| facts(&site.journal(), "configuration_loaded/1").len();
    until("the first load", 20, async || (loads(&site) == 1).then_some(())).await;
    let path = site.config().join("site.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let moved = text.replacen("0 0 0 1 1 *", "0 0 15 * * *", 1).replace("+8613800000031", "+8613899999931");
    std::fs::write(&path, moved).unwrap();
    daemon.signal("-HUP");
    until("the reload", 20, async || (loads(&site) == 2).then_some(())).await;
    let told = history(&site, "form \"daily\": due");
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines.len(), 4, "{told}");
    assert!(
        lines[0].contains(" start entry ") && lines[1] == "  + form \"daily\": due = \"0 0 0 1 1 *\"",
        "{told}"
    );
    let changed = "  ~ form \"daily\": due = \"0 0 15 * * *\" (was \"0 0 0 1 1 *\")";
    assert!(lines[2].contains(" reload entry ") && lines[3] == changed, "{told}");
    // Of a person there is the key, and nothing that they are reached by.
    let told = history(&site, "person ");
    assert!(told.contains("person \"officer\": mobile\n") && !told.contains("+86"), "{told}");
    let journal = site.journal();
    assert!(!format!("{journal:?}").contains("13899999931"));
    // A start with the same files is none that is new; one with others names what it found.
    assert!(daemon.stop().await);
    let daemon = site.start().await;
    assert_eq!(loads(&site), 2);
    assert!(daemon.stop().await);
    std::fs::write(&path, text).unwrap();
    let daemon = site.start().await;
    until("another load", 20, async || (loads(&site) == 3).then_some(())).await;
    assert!(history(&site, "form \"daily\": due").ends_with("= \"0 0 0 1 1 *\" (was \"0 0 15 * * *\")\n"));
    assert!(daemon.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_that_changed_hands_while_the_daemon_was_down_is_on_record_at_the_start() {
    let provider = Provider::start().await;
    let site = Site::new(provider.port, 60);
    let daemon = site.start().await;
    let loads = |site: &Site| facts(&site.journal(), "configuration_loaded/1").len();
    until("the first load", 20, async || (loads(&site) == 1).then_some(())).await;
    assert!(daemon.stop().await);
    let path = site.config().join("site.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let taken = |site: &Site| -> Vec<serde_json::Value> {
        facts(&site.journal(), "posts_taken/1").into_iter().cloned().collect()
    };
    std::fs::write(&path, text.replacen("liaison = \"liaison\"", "liaison = \"officer\"", 1)).unwrap();
    let daemon = site.start().await;
    until("the second load", 20, async || (loads(&site) == 2).then_some(())).await;
    let on_record = taken(&site);
    let posts = serde_json::json!([{ "unit": "finance", "person": "officer" }]);
    assert!(on_record.len() == 1 && on_record[0]["posts"] == posts, "{on_record:?}");
    assert!(daemon.stop().await);
    // A start with the same files finds nobody new.
    let daemon = site.start().await;
    assert_eq!(taken(&site).len(), 1);
    assert!(daemon.stop().await);
}
