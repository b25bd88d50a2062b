//! The order of system calls: a sync that returned 0 stands between what a yes rests on and the yes.

mod calls;
mod doctored;
mod order;

use std::process::Command;

use serde_json::{Value, json};

use crate::daemon::{Daemon, Site, TOKEN, client, event, need, until};
use crate::provider::Provider;
use calls::{TRACED, calls};
use order::{Door, all_payloads, answers};

/// How often events are sent by each way.
const ROUNDS: usize = 10;

/// A site whose source has a path of its own too, and whose short messages carry the link.
fn site(provider: &Provider) -> Site {
    let (may, purpose) = ("may = [\"fever\", \"suspected\"]\n", "\"purpose\": {{ purpose }}}");
    let (path, link) = ("path_secret_sha256 = \"{HASH}\"\n", "\"link\": {{ link }}, \"code\": {{ code }}, ");
    Site::with(provider.port, 3600, |text| {
        let hash = text.split("\ntoken_sha256 = \"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        text.replace(may, &format!("{may}{}", path.replace("{HASH}", &hash)))
            .replace(purpose, &format!("{link}{purpose}"))
    })
}

async fn traced(site: &Site) -> Daemon {
    need("strace", "strace");
    let mut command = Command::new("strace");
    // Whole texts, with what is not ASCII in hexadecimal: names of payloads are looked for in them.
    command.args(["-f", "-y", "-x", "-s", "1000000", "-e", TRACED, "-e", "signal=none"]);
    command.arg("-o").arg(site.dir.path().join("trace")).arg(env!("CARGO_BIN_EXE_watchfire"));
    command.args(["--log", "error", "serve", "--config"]).arg(site.config());
    site.start_as(command).await
}

/// The first short message to the officer for this purpose.
async fn told(provider: &Provider, purpose: &str) -> Value {
    until("a short message", 20, async || {
        let sms = provider.bodies("sms");
        sms.into_iter().find(|body| body["purpose"] == purpose && body["to"] == "+8613800000031")
    })
    .await
}

/// Uses every door that writes, and returns those that were used.
async fn use_every_door(site: &Site, provider: &Provider) -> Vec<Door> {
    let mut doors = Vec::new();
    let mut used = |path: &str, fact, seals| doors.push(Door { path: path.to_owned(), fact, seals });
    site.tell("/v1/arm", json!({ "by": "head" })).await;
    used("/v1/arm", "armed/1", false);
    let by_path = format!("/v1/sources/hr/{TOKEN}");
    for number in 0..ROUNDS {
        site.case(&format!("token-{number}"), false).await;
        site.tell(&by_path, event(&format!("path-{number}"), false)).await;
    }
    used("/v1/events", "event_taken/1", true);
    used(&by_path, "event_taken/1", true);
    let case = site.case("suspected", true).await;
    // A confirmation by the link of a message.
    let alert = told(provider, "alert").await;
    let (link, code) = (alert["link"].as_str().unwrap(), alert["code"].as_str().unwrap());
    let form = client().post(link).header("content-type", "application/x-www-form-urlencoded");
    let answer = form.body(format!("code={code}&act=confirm")).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    used(
        link.split_once("/a/").map(|(_, token)| format!("/a/{token}")).unwrap().as_str(),
        "confirmed/1",
        false,
    );
    // What a provider tells of a call.
    let key = until("a call", 20, async || provider.keys("voice").first().cloned()).await;
    site.tell("/v1/receipts/voice", json!({ "key": key, "state": "heard" })).await;
    used("/v1/receipts/voice", "receipt_taken/1", false);
    for (act, fact, seals, body) in [
        ("take", "taken/1", false, json!({ "by": "officer" })),
        ("note", "noted/1", true, json!({ "by": "officer", "text": "单独隔离" })),
        (
            "telephone",
            "telephone_proved/1",
            true,
            json!({ "authority": "sasac", "by": "officer", "outcome": "taken", "answered_by": "王处长" }),
        ),
        ("written", "written_drafted/1", true, json!({ "by": "officer", "content": { "next": "续报" } })),
    ] {
        let path = format!("/v1/cases/{case}/{act}");
        site.tell(&path, body).await;
        used(&path, fact, seals);
    }
    site.tell("/v1/sign-in", json!({ "mobile": "+8613800000031" })).await;
    used("/v1/sign-in", "sign_in_asked/1", false);
    let code = told(provider, "sign-in").await["code"].as_str().unwrap().to_owned();
    site.tell("/v1/sign-in/code", json!({ "mobile": "+8613800000031", "code": code })).await;
    used("/v1/sign-in/code", "session_opened/1", false);
    let figures = json!({ "on_duty": 23, "travelling": 0, "fever": 0, "remark": "无" });
    let report = json!({ "unit": "finance", "form": "daily", "by": "liaison", "figures": figures });
    site.tell("/v1/reports", report).await;
    used("/v1/reports", "report_filed/1", true);
    doors
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_that_returned_0_stands_between_each_fact_and_its_yes_at_every_door() {
    let provider = Provider::start().await;
    let site = site(&provider);
    let daemon = traced(&site).await;
    let doors = use_every_door(&site, &provider).await;
    daemon.kill();
    let calls = calls(&std::fs::read_to_string(site.dir.path().join("trace")).unwrap());
    for door in &doors {
        let rounds = if door.fact == "event_taken/1" { ROUNDS } else { 1 };
        let count = answers(&calls, door).unwrap_or_else(|broken| panic!("{broken}"));
        assert!(count >= rounds, "{} of {rounds} answers of {door:?} in the trace", count);
    }
    // Renderings too, that no door has asked for.
    let payloads = all_payloads(&calls).unwrap_or_else(|broken| panic!("{broken}"));
    assert!(payloads > 2 * ROUNDS + 4, "{payloads} payloads in the trace");
}
