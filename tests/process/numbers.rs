//! A number of the authority that is somebody else's: it stays left out when a reload puts it elsewhere.

use serde_json::{Value, json};

use crate::daemon::{Daemon, Site, until};
use crate::provider::Provider;

const WRONG: &str = "+8645100000001";
const RIGHT: &str = "+8645100000002";

/// Adopts the configuration with these numbers of the authority.
async fn numbers(site: &Site, daemon: &Daemon, numbers: &[&str]) {
    let adoptions = || format!("{:?}", site.journal()).matches("configuration_adopted/1").count();
    let before = adoptions();
    let file = site.config().join("site.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let phones = numbers.iter().map(|it| format!("{{ number = \"{it}\" }}")).collect::<Vec<_>>().join(", ");
    let lines = text.lines().map(|line| match line.starts_with("phones = ") {
        true => format!("phones = [{phones}]\n"),
        false => format!("{line}\n"),
    });
    std::fs::write(&file, lines.collect::<String>()).unwrap();
    daemon.signal("-HUP");
    until("the reload", 20, async || (adoptions() > before).then_some(())).await;
}

/// The calls to the authority.
fn calls(provider: &Provider) -> Vec<Value> {
    let telephone = |body: &Value| body["purpose"] == "telephone";
    provider.bodies("voice").into_iter().filter(telephone).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_of_the_authority_that_proved_wrong_stays_left_out_where_a_reload_puts_it_elsewhere() {
    let provider = Provider::start().await;
    let site = Site::with(provider.port, 3600, |text| {
        text.replace("call = \"officer\"", "call = \"daemon\"")
            .replace("daemon_after = \"1800s\"\n", "")
            .replace(
                "phones = [{ number = \"+8645100000001\" }]",
                "phones = [{ number = \"+8645100000001\" }, { number = \"+8645100000002\" }]",
            )
    });
    let daemon = site.start().await;
    site.tell("/v1/arm", json!({ "by": "head" })).await;
    site.case("a", true).await;
    let first = until("the call", 20, async || calls(&provider).first().cloned()).await;
    assert_eq!(first["to"], WRONG);
    // The key is pressed when the numbers have changed their places.
    numbers(&site, &daemon, &[RIGHT, WRONG]).await;
    let pressed = json!({ "key": first["key"], "state": "heard", "digits": "9" });
    site.tell("/v1/receipts/voice", pressed).await;
    let second = until("the next call", 20, async || calls(&provider).get(1).cloned()).await;
    assert_eq!(second["to"], RIGHT);
    let journal = format!("{:?}", site.journal());
    assert!(journal.contains("address_wrong/1") && !journal.contains("4510000000"));
    assert!(daemon.stop().await);
}
