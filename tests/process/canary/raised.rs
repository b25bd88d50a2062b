//! One case of each format, raised by a person and reported by mail over SMTP: what devices and systems wrote is looked
//! for in the mail's headers, its text and its HTML, and in the daemon's call to the authority.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::formats::{Way, anew, files, texts, way};
use super::{
    Answers, CALL, Canaries, ENVELOPE, HEADERS, HTML, NOWHERE, OFFICE, RECORD, Rights, SMS, TEXT, VOICE,
};
use crate::daemon::{Daemon, Site, client, until};
use crate::provider::Provider;
use crate::record::facts;
use crate::smtp::{Relay, over_smtp, read};

/// A message of each format that has a text of every kind.
const MESSAGES: [&str; 3] =
    ["cloudevent-structured.json", "fhir-celsius-employee.json", "hikvision-fever.json"];

/// Texts that decide what a message is.
const STRUCTURE: [&str; 13] = [
    "code",
    "datacontenttype",
    "dateTime",
    "effectiveDateTime",
    "eventState",
    "eventType",
    "resourceType",
    "specversion",
    "status",
    "system",
    "thermometryUnit",
    "time",
    "unit",
];

/// What the authority must be told, and whoever works on the case.
const SAID: Rights = Rights { may: &[OFFICE, TEXT, HTML], must: &[OFFICE, TEXT, HTML] };
/// What was done already: it is said on the telephone too.
const DONE: Rights = Rights { may: &[OFFICE, CALL, TEXT, HTML], must: &[OFFICE, CALL, TEXT, HTML] };
/// Where somebody is: whoever must go there is told too.
const WHERE: Rights = Rights { may: &[OFFICE, SMS, TEXT, HTML], must: &[OFFICE, TEXT, HTML] };
/// The authority is told who measured.
const DEVICE: Rights = Rights { may: &[TEXT, HTML], must: &[TEXT, HTML] };
/// Who somebody is: in the report the name is cut to its first sign and the number to its last four.
const WHO: Rights = Rights { may: &[OFFICE], must: &[OFFICE] };
/// What a person wrote into the later report.
const LATER: Rights = Rights { may: &[OFFICE, TEXT, HTML], must: &[TEXT, HTML] };

fn rights(at: &str) -> Rights {
    let name = at.rsplit('/').find(|part| part.parse::<u32>().is_err()).unwrap();
    match name {
        "place" | "deviceName" => WHERE,
        "symptoms" | "details" | "text" => SAID,
        "measures" => DONE,
        "source" | "macAddress" => DEVICE,
        "ref" | "name" | "employeeNoString" | "value" => WHO,
        "display" if at.starts_with("/subject/") => WHO,
        _ => NOWHERE,
    }
}

/// A message with a canary in each of its texts at once.
fn message(file: &str, canaries: &mut Canaries) -> Value {
    let mut message: Value = serde_json::from_str(&files()[file]).unwrap();
    anew(&mut message, canaries.planted.len());
    if let Some(data) = message["data"].as_object_mut() {
        data.insert("symptoms".to_owned(), json!(["cough"]));
        data.insert("measures".to_owned(), json!(["isolated"]));
        data.insert("details".to_owned(), json!("in contact"));
        data["person"]["name"] = json!("somebody");
    }
    let structure = |at: &String| STRUCTURE.contains(&at.rsplit('/').next().unwrap());
    for at in texts(&message, "").into_iter().filter(|at| !structure(at)) {
        let canary = canaries.text(&format!("raised {file} {at}"), rights(&at));
        *message.pointer_mut(&at).unwrap() = json!(canary);
    }
    message
}

/// From here on mail goes to this relay.
pub(super) async fn switch_to(site: &Site, daemon: &Daemon, relay: &Relay) {
    let adopted = || facts(&site.journal(), "configuration_adopted/1").len();
    let (path, before) = (site.config().join("site.toml"), adopted());
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, over_smtp(&text, relay.port, "tls = \"none\"")).unwrap();
    daemon.signal("-HUP");
    until("the relay in force", 20, async || (adopted() > before).then_some(())).await;
}

/// The case that was reported already is reported on, with a canary in everything that is written.
pub(super) async fn report_on(site: &Site, case: &str, names: &[&'static str], canaries: &mut Canaries) {
    let content: BTreeMap<&str, String> =
        names.iter().map(|name| (*name, canaries.text(&format!("later item {name}"), LATER))).collect();
    let body = json!({ "authority": "sasac", "by": "officer", "kind": "progress", "content": content });
    site.tell(&format!("/v1/cases/{case}/written"), body).await;
}

/// A case of each format becomes a suspected one by a person's word; the daemon rings the authority about it, and it is
/// reported as it stands. Their numbers.
pub(super) async fn send(
    site: &Site,
    (tokens, session): (&BTreeMap<&'static str, String>, &str),
    provider: &Provider,
    (canaries, answers): (&mut Canaries, &mut Answers),
) -> Vec<String> {
    let mut cases = Vec::new();
    for file in MESSAGES {
        let (Way { source, kind }, body) = (way(file), message(file, canaries).to_string());
        let request = client().post(site.url("/v1/events")).bearer_auth(&tokens[source]);
        let (_, answer) = answers.ask(request.header("content-type", kind).body(body)).await;
        assert_eq!((&answer["outcome"], &answer["kind"]), (&json!("case_opened"), &json!("fever")), "{file}");
        let case = answer["case"].as_str().unwrap().to_owned();
        let ruling = json!({ "kind": "suspected", "reason": canaries.text("why it is suspected", RECORD) });
        let ruled = client().post(site.url(&format!("/v1/cases/{case}/classification"))).bearer_auth(session);
        let (status, answer) = answers.ask(ruled.json(&ruling)).await;
        assert!(status < 300, "{file}: {status} {answer}");
        site.tell(&format!("/v1/cases/{case}/take"), json!({ "by": "officer" })).await;
        cases.push(case);
    }
    for case in &cases {
        let at = |act: &str| format!("/v1/cases/{case}{act}");
        let key = until("the call to the authority", 60, async || {
            let view = site.get(&at("")).await;
            let all = view["notifications"].as_array()?.clone();
            let call = all.into_iter().find(|it| it["purpose"] == "telephone")?;
            call["attempts"][0]["key"].as_str().map(str::to_owned)
        })
        .await;
        until("the provider's part", 20, async || {
            provider.bodies(VOICE).iter().any(|body| body["key"] == key.as_str()).then_some(())
        })
        .await;
        let told = json!({ "authority": "sasac", "by": "officer", "outcome": "taken" });
        site.tell(&at("/telephone"), told).await;
        site.tell(&at("/written"), json!({ "authority": "sasac", "by": "officer", "content": {} })).await;
        until("the report", 60, async || {
            (site.get(&at("")).await["clocks"][0]["written"]["state"] == "sent").then_some(())
        })
        .await;
    }
    cases
}

/// What came by mail, each part where it may be searched by itself.
pub(super) fn read_mails(site: &Site, relay: &Relay, places: &mut super::search::Places) {
    let (mut headers, mut parts) =
        (Vec::new(), BTreeMap::from([(TEXT, String::new()), (HTML, String::new())]));
    for (number, mail) in relay.mails().iter().enumerate() {
        let path = site.dir.path().join(format!("mail-{number}"));
        std::fs::write(&path, mail).unwrap();
        let read = read(&path);
        headers.push(read["headers"].to_string());
        for (place, kind) in [(TEXT, "text/plain"), (HTML, "text/html")] {
            let part = read["parts"][kind].as_str().unwrap_or_else(|| panic!("no {kind} in {mail}"));
            parts.get_mut(place).unwrap().push_str(part);
        }
    }
    let commands: Vec<String> =
        relay.heard.lock().unwrap().iter().filter(|it| !it.contains("Message-ID")).cloned().collect();
    assert!(commands.iter().any(|line| line.starts_with("RCPT TO:")), "{commands:?}");
    for (place, text) in parts.into_iter().chain([(HEADERS, headers.concat()), (ENVELOPE, commands.concat())])
    {
        places.insert(place.to_owned(), text.into_bytes());
    }
}
