//! Every call of the API document, each of its texts a canary in turn: a field that comes into the document is covered
//! as soon as it stands there.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Answers, Canaries, LAPSE, NOWHERE, RECORD, Rights, TYPED};
use crate::daemon::{Site, TOKEN, client, until};
use crate::provider::Provider;

/// Fields that name somebody or something, or say when: with any other text in them a call is refused.
const NAMES: [&str; 28] = [
    "act",
    "at",
    "authority",
    "by",
    "call_back_at",
    "clause",
    "code",
    "day",
    "email",
    "form",
    "from",
    "kind",
    "lapse",
    "medium",
    "mobile",
    "outcome",
    "person",
    "role",
    "said_at",
    "second",
    "stand_in",
    "state",
    "sha256",
    "to",
    "token",
    "unit",
    "until",
    "why",
];

/// One call of the document that takes a body.
struct Call {
    path: String,
    form: bool,
    /// The names of its texts.
    texts: Vec<String>,
    example: Value,
}

fn calls() -> Vec<Call> {
    let document: Value = serde_json::from_str(include_str!("../../../docs/openapi.json")).unwrap();
    let follow = |value: &Value| match value["$ref"].as_str() {
        Some(place) => document.pointer(&place[1..]).unwrap().clone(),
        None => value.clone(),
    };
    let mut calls = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        // What devices and systems send has fixtures; a secret in the path is another credential for the same call.
        let contents = follow(&methods["post"]["requestBody"])["content"].clone();
        if contents.is_null() || path == "/v1/events" || path.ends_with("/{secret}") {
            continue;
        }
        for kind in ["application/json", "application/x-www-form-urlencoded"] {
            let schema = follow(&contents[kind]["schema"]);
            let Some(properties) = schema["properties"].as_object() else { continue };
            let is_text = |property: &Value| {
                let property = follow(property);
                let words = property["enum"].is_array();
                words || property["type"].is_null() || property["type"].to_string().contains("string")
            };
            let texts = properties.iter().filter(|(_, it)| is_text(it)).map(|(name, _)| name.clone());
            calls.push(Call {
                path: path.clone(),
                form: kind.ends_with("urlencoded"),
                texts: texts.collect(),
                example: schema["example"].clone(),
            });
        }
    }
    assert!(calls.len() > 20, "{} calls", calls.len());
    calls
}

/// A session of whoever has this number.
pub(super) async fn sign_in(
    site: &Site,
    mobile: &str,
    provider: &Provider,
    canaries: &mut Canaries,
) -> String {
    site.tell("/v1/sign-in", json!({ "mobile": mobile })).await;
    let code = until("the code", 20, async || {
        let sms = provider.bodies(super::SMS);
        let text = sms.iter().find(|body| body["purpose"] == "sign-in" && body["to"] == mobile)?["text"]
            .as_str()?
            .to_owned();
        let digits: Vec<_> = text.split(|it: char| !it.is_ascii_digit()).filter(|it| it.len() == 6).collect();
        Some((*digits.first()?).to_owned())
    })
    .await;
    let body = json!({ "mobile": mobile, "code": code });
    let session = site.tell("/v1/sign-in/code", body).await["session"].as_str().unwrap().to_owned();
    canaries.watch("a session", &session, NOWHERE);
    session
}

/// Makes a case of which the call is possible, and returns it.
async fn prepare(site: &Site, (act, number): (&str, usize)) -> String {
    let suspected = ["telephone", "written", "receipt", "dispute"].contains(&act);
    let case = site.case(&format!("call-{number}"), suspected).await;
    let at = |act: &str| format!("/v1/cases/{case}/{act}");
    match act {
        "dispute" => {
            // The daemon rings, and a key is pressed at the authority.
            let key = until("the daemon's call", 60, async || {
                let view = site.get(&format!("/v1/cases/{case}")).await;
                let all = view["notifications"].as_array()?.clone();
                let call = all.into_iter().find(|it| it["purpose"] == "telephone")?;
                call["attempts"][0]["key"].as_str().map(str::to_owned)
            })
            .await;
            site.tell("/v1/receipts/voice", json!({ "key": key, "digits": "1" })).await;
        }
        "receipt" => {
            let told = json!({ "authority": "sasac", "by": "officer", "outcome": "taken" });
            site.tell(&at("telephone"), told).await;
            site.tell(&at("written"), json!({ "authority": "sasac", "by": "officer", "content": {} })).await;
            until("the report sent", 60, async || {
                (site.get(&format!("/v1/cases/{case}")).await["clocks"][0]["written"]["state"] == "sent")
                    .then_some(())
            })
            .await;
        }
        "erase" => {
            // Nothing about it may be under way any more.
            until("the alert", 60, async || {
                let view = site.get(&format!("/v1/cases/{case}")).await;
                let all = view["notifications"].as_array()?.clone();
                let open = |it: &Value| it["state"] == "planned" || it["state"] == "attempting";
                (!all.is_empty() && !all.iter().any(open)).then_some(())
            })
            .await;
            site.tell(&at("close"), json!({ "by": "head", "reason": "over" })).await;
        }
        _ => {}
    }
    case
}

/// A lapse that names the leader, who has answered it unless they are still to be told.
async fn accused(site: &Site, (leader, answers): (&str, bool), number: usize) -> String {
    let mut late = crate::daemon::event(&format!("late-{number}"), true);
    late["discovered_at"] = json!((jiff::Timestamp::now() - jiff::SignedDuration::from_hours(1)).to_string());
    let event = site.tell("/v1/events", late).await["event"].clone();
    let lapses = site.get("/v1/lapses?limit=1000").await;
    let is_it = |it: &&Value| it["about"]["event"] == event;
    let lapse = lapses["lapses"].as_array().unwrap().iter().find(is_it).unwrap()["lapse"].clone();
    let lapse = lapse.as_str().unwrap().to_owned();
    if !answers {
        return lapse;
    }
    let answer = client().post(site.url(&format!("/v1/lapses/{lapse}/statement"))).bearer_auth(leader);
    let answered = answer.json(&json!({ "text": "当时在外地" })).send().await.unwrap();
    assert_eq!(answered.status().as_u16(), 200);
    lapse
}

/// A body of a call that is taken as it stands, save the text that is a canary.
fn body(call: &Call, name: &str, canary: &str) -> Value {
    let mut body = call.example.as_object().cloned().unwrap_or_default();
    for (name, member) in &mut body {
        match name.as_str() {
            "by" if call.path != "/v1/test" => *member = json!("head"),
            "person" if call.path.ends_with("/told") => *member = json!("leader"),
            "role" => *member = json!("leader"),
            "second" | "to" | "person" => *member = json!("officer"),
            "said_at" | "call_back_at" | "at" => *member = Value::Null,
            _ => {}
        }
    }
    if name == "email" {
        body.remove("mobile");
    }
    if call.path == "/v1/maintenance" {
        let until = jiff::Timestamp::now() + jiff::SignedDuration::from_mins(1);
        body.insert("until".to_owned(), json!(until.to_string()));
        body.remove("from");
    }
    if call.path == "/v1/absences" {
        // Far ahead: whoever is away now is not rung.
        let at =
            |days: i64| (jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * days)).to_string();
        body.insert("from".to_owned(), json!(at(100)));
        body.insert("until".to_owned(), json!(at(101)));
    }
    if call.path == "/v1/reports" {
        // The slot that is open, whatever day it is.
        body.remove("day");
        // There are cases: its zero is taken where its filer says why it stands.
        body.insert("stands".to_owned(), json!(true));
        body.insert("reason".to_owned(), json!("as counted"));
    }
    body.insert(name.to_owned(), json!(canary));
    Value::Object(body)
}

/// What a unit writes into its figures and rows: sealed, and shown by no call.
async fn reports(site: &Site, canaries: &mut Canaries) {
    let mut planted = |what: &str| canaries.text(&format!("a report's {what}"), NOWHERE);
    let figures = json!({ "on_duty": 1, "travelling": 0, "fever": 0, "remark": planted("remark") });
    // There are cases: whoever says none says why that stands.
    let stands = json!({ "form": "daily", "figures": figures, "stands": true, "reason": planted("reason") });
    let rows = json!([{ "person": planted("person"), "destination": planted("destination") }]);
    for content in [stands, json!({ "form": "travel", "rows": rows })] {
        let mut body = content;
        body["unit"] = json!("finance");
        body["by"] = json!("head");
        site.tell("/v1/reports", body).await;
    }
}

fn rights(path: &str, name: &str) -> Rights {
    match path {
        // The page shows a wrong number to whoever typed it, to be mended.
        "/a" if name == "mobile" => TYPED,
        "/sign-in" if ["address", "person"].contains(&name) => TYPED,
        "/f/{slot}" if ["reason", "opened", "tried", "key"].contains(&name) => TYPED,
        _ if path.starts_with("/v1/cases/") => RECORD,
        // The two who sign it, the office and discipline read it.
        "/v1/handovers" => LAPSE,
        _ if path.starts_with("/v1/lapses/") || path.ends_with("/exempt") => LAPSE,
        _ => NOWHERE,
    }
}

/// What is typed on a page beside the canary.
async fn fields(site: &Site, (call, path): (&str, &str), session: &str) -> Value {
    if call == "/sign-in" {
        return json!({ "address": "13900000000", "act": "ask" });
    }
    if call != "/f/{slot}" {
        return json!({ "mobile": "13900000000", "code": "0000", "act": "take" });
    }
    let page = client().get(site.url(&format!("{path}?correct=true"))).bearer_auth(session);
    let page = page.send().await.unwrap().text().await.unwrap();
    let token = page.split_once("name=\"token\" value=\"").unwrap().1.split_once('"').unwrap().0;
    json!({ "token": token, "act": "more" })
}

/// Every call, each of its texts a canary in turn.
pub(super) async fn send(
    site: &Site,
    (session, leader): (&str, &str),
    (canaries, answers, page, named): (&mut Canaries, &mut Answers, &mut Answers, &mut Answers),
) {
    let mut refused = BTreeSet::new();
    for call in calls() {
        let act = call.path.strip_prefix("/v1/cases/{case}/").unwrap_or_default();
        for name in &call.texts {
            let what = format!("{} {name}", call.path);
            // The key of a message is in letters and digits.
            let rights = rights(&call.path, name);
            let canary =
                if name == "key" { canaries.plain(&what, rights) } else { canaries.text(&what, rights) };
            let mut path = call
                .path
                .replace("{channel}", "voice")
                .replace("{maintenance}", "1")
                .replace("{absence}", "1");
            if !act.is_empty() {
                let case = prepare(site, (act, canaries.planted.len())).await;
                path = path.replace("{case}", &case);
            }
            if path.contains("{slot}") {
                let slots = site.get("/v1/slots?form=travel&from=2000-01-01&to=2100-01-01").await;
                path = path.replace("{slot}", slots["slots"][0]["slot"].as_str().unwrap());
            }
            if path.contains("{lapse}") {
                let answers = !path.ends_with("/told");
                let lapse = accused(site, (leader, answers), canaries.planted.len()).await;
                path = path.replace("{lapse}", &lapse);
            }
            let request = client().post(site.url(&path.replace("{token}", "none")));
            // A receipt is told by a provider, a statement by whoever is named, all else by somebody of the office.
            let token = match () {
                () if path.starts_with("/v1/receipts/") => TOKEN,
                () if path.ends_with("/statement") => leader,
                () => session,
            };
            let request = request.bearer_auth(token);
            let body = body(&call, name, &canary);
            let request = if call.form {
                let fields = fields(site, (&call.path, &path), session).await;
                let field =
                    |key: &str| if key == name { &canary } else { fields[key].as_str().unwrap_or_default() };
                let form: Vec<_> = call.texts.iter().map(|key| format!("{key}={}", field(key))).collect();
                request.header("content-type", "application/x-www-form-urlencoded").body(form.join("&"))
            } else {
                request.json(&body)
            };
            let heard = match () {
                () if call.form => &mut *page,
                () if call.path.starts_with("/v1/lapses/") || call.path.ends_with("/exempt") => &mut *named,
                () if call.path == "/v1/handovers" => &mut *named,
                () => &mut *answers,
            };
            let (status, answer) = heard.ask(request).await;
            assert!(status < 500, "{path} {name}: {status} {answer}");
            if status >= 300 {
                refused.insert(format!("{} {name} {status} {answer}", call.path));
            }
            if path == "/v1/disarm" && status < 300 {
                site.tell("/v1/arm", json!({ "by": "head" })).await;
            }
        }
    }
    reports(site, canaries).await;
    // Where a canary makes a call that is refused, nothing was tried.
    let named = |it: &&String| NAMES.contains(&it.split(' ').nth(1).unwrap());
    let others: Vec<&String> = refused.iter().filter(|it| !named(it)).collect();
    assert!(others.is_empty(), "{others:#?}");
}
