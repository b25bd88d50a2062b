//! Every message in `tests/fixtures`, again and again, each time with another of its texts a canary: a format's new
//! field is covered as soon as a fixture has it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::{Answers, Canaries, DEVICE, NOWHERE, Rights};
use crate::daemon::{Site, client};

/// Texts that decide what a message is: with a canary in one of them it is refused, or says nothing.
const STRUCTURE: [&str; 4] = ["kind", "resourceType", "status", "temperature_c"];

/// Where a message goes, and what it is announced as.
pub(super) struct Way {
    pub(super) source: &'static str,
    pub(super) kind: &'static str,
}

pub(super) fn way(file: &str) -> Way {
    let (source, kind) = match file.split('-').next() {
        Some("native") => ("native", "application/json"),
        Some("cloudevent") if file.contains("batch") => ("events", "application/cloudevents-batch+json"),
        Some("cloudevent") => ("events", "application/cloudevents+json"),
        Some("fhir") => ("clinic", "application/fhir+json"),
        Some("hikvision") if file.ends_with("xml") => ("gate", "application/xml"),
        Some("hikvision") => ("gate", "application/json"),
        _ => panic!("{file}: of which format?"),
    };
    Way { source, kind }
}

pub(super) fn files() -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries
        .map(|entry| {
            (entry.file_name().into_string().unwrap(), std::fs::read_to_string(entry.path()).unwrap())
        })
        .collect()
}

/// The pointers to the texts of a message.
pub(super) fn texts(value: &Value, at: &str) -> Vec<String> {
    match value {
        Value::String(_) => vec![at.to_owned()],
        Value::Array(items) => items
            .iter()
            .enumerate()
            .flat_map(|(number, item)| texts(item, &format!("{at}/{number}")))
            .collect(),
        Value::Object(members) => {
            members.iter().flat_map(|(name, member)| texts(member, &format!("{at}/{name}"))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

/// The same message as another one: what makes it the same when it comes again is a number of ours.
pub(super) fn anew(value: &mut Value, number: usize) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| anew(item, number)),
        Value::Object(members) => {
            for (name, member) in members {
                match name.as_str() {
                    "id" if member.is_string() => *member = json!(format!("fixture-{number}")),
                    "macAddress" => *member = json!(mac(number)),
                    _ => anew(member, number),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn mac(number: usize) -> String {
    format!("44:47:cc:01:{:02x}:{:02x}", number / 256, number % 256)
}

/// A member that no format has, in every object.
fn stray(value: &mut Value, name: &str, text: &str) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| stray(item, name, text)),
        Value::Object(members) => {
            members.values_mut().for_each(|member| stray(member, name, text));
            members.insert(name.to_owned(), json!(text));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// From where to where each text of an XML document reaches, with the name that it has.
fn spans(xml: &str) -> Vec<(String, usize, usize)> {
    let mut found = Vec::new();
    for (end, _) in xml.match_indices("</") {
        let start = xml[..end].rfind('>').unwrap() + 1;
        if !xml[start..end].contains('\n') {
            let name = xml[end + 2..].split('>').next().unwrap();
            found.push((name.to_owned(), start, end));
        }
    }
    for (before, _) in xml.match_indices("=\"") {
        let start = before + 2;
        let end = start + xml[start..].find('"').unwrap();
        let name = xml[..before].rsplit([' ', '\n']).next().unwrap();
        found.push((format!("@{name}"), start, end));
    }
    found
}

fn rights(at: &str) -> Rights {
    match at.rsplit('/').next().unwrap() {
        "id" | "source" => NOWHERE,
        _ => DEVICE,
    }
}

/// One message with one canary in it: which text it stands for, and the body.
struct Planted {
    at: String,
    body: String,
}

fn planted(file: &str, content: &str, canaries: &mut Canaries) -> Vec<Planted> {
    let mut all = Vec::new();
    if file.ends_with("xml") {
        for (name, start, end) in spans(content) {
            let canary = canaries.text(&format!("{file} {name}"), rights(&name));
            let body = format!("{}{canary}{}", &content[..start], &content[end..]);
            let body = body.replace("44:47:cc:00:00", &mac(canaries.planted.len())[..14]);
            all.push(Planted { at: name, body });
        }
        return all;
    }
    let message: Value = serde_json::from_str(content).unwrap();
    let another = |canaries: &Canaries| {
        let mut another = message.clone();
        anew(&mut another, canaries.planted.len());
        another
    };
    for at in texts(&message, "") {
        let mut body = another(canaries);
        let text = body.pointer_mut(&at).unwrap();
        if at.ends_with("/data_base64") {
            let encoded = BASE64_STANDARD.decode(text.as_str().unwrap()).unwrap();
            let inner: Value = serde_json::from_slice(&encoded).unwrap();
            for at in texts(&inner, "") {
                let mut inner = inner.clone();
                *inner.pointer_mut(&at).unwrap() = json!(canaries.text(&format!("{file} {at}"), rights(&at)));
                let mut body = another(canaries);
                body["data_base64"] = json!(BASE64_STANDARD.encode(inner.to_string()));
                all.push(Planted { at, body: body.to_string() });
            }
            continue;
        }
        *text = json!(canaries.text(&format!("{file} {at}"), rights(&at)));
        all.push(Planted { at, body: body.to_string() });
    }
    let (name, text) = (canaries.plain("a stray member", NOWHERE), canaries.text("a stray text", NOWHERE));
    let mut body = another(canaries);
    stray(&mut body, &name, &text);
    all.push(Planted { at: "a stray member".to_owned(), body: body.to_string() });
    all
}

/// Every format, each text of each of its messages a canary in turn.
pub(super) async fn send(
    site: &Site,
    tokens: &BTreeMap<&'static str, String>,
    (canaries, answers): (&mut Canaries, &mut Answers),
) {
    let (mut seen, mut taken) = (BTreeSet::new(), BTreeSet::new());
    for (file, content) in files() {
        let Way { source, kind } = way(&file);
        for Planted { at, body } in planted(&file, &content, canaries) {
            let request = client().post(site.url("/v1/events")).bearer_auth(&tokens[source]);
            let (status, answer) = answers.ask(request.header("content-type", kind).body(body)).await;
            assert!(status < 500, "{file} {at}: {status} {answer}");
            let name = at.rsplit('/').find(|part| part.parse::<u32>().is_err()).unwrap().to_owned();
            if status < 300 && answer["case"].is_string() || answer["results"][0]["case"].is_string() {
                taken.insert(name.clone());
            }
            seen.insert(name);
        }
    }
    // Where a canary makes a message one that is not taken, nothing was tried.
    let not_taken: Vec<&str> = seen.difference(&taken).map(String::as_str).collect();
    assert_eq!(not_taken, STRUCTURE, "texts with which no message is taken");
}

/// What stands beside a message: the headers of CloudEvents in binary mode, and the parts of a multipart body.
pub(super) async fn send_beside(
    site: &Site,
    tokens: &BTreeMap<&'static str, String>,
    (canaries, answers): (&mut Canaries, &mut Answers),
) {
    const HEADERS: [(&str, &str); 6] = [
        ("ce-specversion", "1.0"),
        ("ce-id", "b-1"),
        ("ce-source", "/gates/3"),
        ("ce-type", "cn.example.fever"),
        ("ce-time", "2026-02-03T00:21:07Z"),
        ("ce-subject", "somebody"),
    ];
    for (name, _) in HEADERS {
        let canary = canaries.plain(name, NOWHERE);
        let mut request = client().post(site.url("/v1/events")).bearer_auth(&tokens["events"]);
        for (header, text) in HEADERS {
            let text = if header == "ce-id" { format!("before-{name}") } else { text.to_owned() };
            request = request.header(header, if header == name { &canary } else { &text });
        }
        let body = json!({ "unit": "finance", "temperature_c": 38.1 });
        let (status, answer) = answers.ask(request.json(&body)).await;
        let taken = !["ce-specversion"].contains(&name);
        assert_eq!(status, if taken { 202 } else { 422 }, "{name}: {answer}");
    }
    let path = site.url(&format!("/v1/sources/wall/{}", tokens["wall"]));
    let name = canaries.text("the name beside a picture", DEVICE);
    let picture = canaries.plain("a picture", NOWHERE);
    let json = files()["hikvision-fever.json"].replace("\"name\":\"\"", &format!("\"name\":\"{name}\""));
    let part = |head: &str, body: &str| {
        format!("--edge\r\ncontent-disposition: form-data; {head}\r\n\r\n{body}\r\n")
    };
    let body = part("name=\"event\"\r\ncontent-type: application/json", &json)
        + &part(
            &format!("name=\"picture\"; filename=\"{picture}.jpg\"\r\ncontent-type: image/jpeg"),
            &picture,
        )
        + "--edge--\r\n";
    let request =
        client().post(&path).header("content-type", "multipart/form-data; boundary=edge").body(body);
    assert_eq!(answers.ask(request).await.0, 200);
}
