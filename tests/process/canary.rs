//! A canary in every text that anybody or anything sends: after the main job each is looked for in the folder, the
//! log, the counters, every answer and every message, and may be nowhere but where it has a right to be (P15).

mod calls;
mod formats;
mod raised;
mod search;
mod shown;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use watchfire::channel::text::Items;

use crate::daemon::{Site, TOKEN, client, until};
use crate::provider::Provider;
use crate::smtp::Relay;
use search::{Places, judge, read_folder};

/// What is shown to the office: who works on a case must know whom it is about.
const OFFICE: &str = "the office's view";
/// What went to the providers.
const MAIL: &str = "mail";
/// What went by mail over SMTP: what it says of itself, its text, its HTML, and what was said to the relay.
const HEADERS: &str = "a mail's headers";
const TEXT: &str = "a mail's text";
const HTML: &str = "a mail's HTML";
const ENVELOPE: &str = "what the relay was told";
const SMS: &str = "sms";
const VOICE: &str = "voice";
/// What the daemon said on the telephone to the authority.
const CALL: &str = "a call to the authority";
/// What the page for answers said to whoever typed something there.
const PAGE: &str = "the page";

/// What whoever is named in a lapse was shown of it, and those who decide it.
const NAMED: &str = "the view of a lapse";

/// Where a canary may be, and where it must be, so that a search that finds nothing is noticed.
#[derive(Debug, Clone, Copy)]
struct Rights {
    may: &'static [&'static str],
    must: &'static [&'static str],
}

/// A secret, a number of a message, whatever somebody sent that was not asked for: nowhere.
const NOWHERE: Rights = Rights { may: &[], must: &[] };
/// What is shown again to whoever typed it, and to nobody else.
const TYPED: Rights = Rights { may: &[PAGE], must: &[PAGE] };
/// About a person of a suspected case: to the office, and to the authority in the written report.
const PERSON: Rights = Rights { may: &[OFFICE, MAIL], must: &[OFFICE] };
/// What was done already: the authority is told that on the telephone too.
const MEASURE: Rights = Rights { may: &[OFFICE, MAIL, CALL], must: &[OFFICE] };
/// Where somebody is: whoever must go there is told too.
const PLACE: Rights = Rights { may: &[OFFICE, MAIL, SMS], must: &[OFFICE] };
/// What a device says of itself or of a person, whose case is a fever: nothing of it is written to an authority before
/// somebody raises it.
const DEVICE: Rights = Rights { may: &[OFFICE], must: &[] };
/// What somebody wrote into the record of a case.
const RECORD: Rights = Rights { may: &[OFFICE, MAIL], must: &[] };
/// What somebody wrote of a lapse, or of why a unit was excused.
const LAPSE: Rights = Rights { may: &[NAMED], must: &[] };
/// What was written into the report.
const REPORT: Rights = Rights { may: &[OFFICE, MAIL, TEXT, HTML], must: &[MAIL] };
/// Somebody's own name and number: to the providers that reach them.
const NAME: Rights = Rights { may: &[SMS, VOICE, MAIL, TEXT, HTML], must: &[VOICE, TEXT, HTML] };
const NUMBER: Rights = Rights { may: &[SMS, VOICE], must: &[SMS] };
const LINK: Rights = Rights { may: &[SMS], must: &[SMS] };
const ADDRESS: Rights = Rights { may: &[MAIL, HEADERS, ENVELOPE], must: &[MAIL, HEADERS, ENVELOPE] };

/// What was planted, and where it may be found.
#[derive(Default)]
struct Canaries {
    planted: Vec<(String, String, Rights)>,
}

impl Canaries {
    /// Another one, with a sign that no code page has.
    fn text(&mut self, what: &str, rights: Rights) -> String {
        format!("{}鸟", self.plain(what, rights))
    }

    /// Another one, in letters and digits.
    fn plain(&mut self, what: &str, rights: Rights) -> String {
        let canary = format!("kanari{:04}q", self.planted.len());
        self.watch(what, &canary, rights);
        canary
    }

    /// Looks for a text that somebody else chose.
    fn watch(&mut self, what: &str, canary: &str, rights: Rights) {
        self.planted.push((what.to_owned(), canary.to_owned(), rights));
    }
}

/// A site with a source of each format, secrets everywhere, and messages that carry a link.
fn site(provider: &Provider, canaries: &mut Canaries) -> (Site, BTreeMap<&'static str, String>) {
    let mut tokens = BTreeMap::new();
    let mut more = String::new();
    for (id, format, may) in [
        ("native", "native", "\"fever\""),
        ("events", "cloudevents", "\"fever\", \"suspected\""),
        ("clinic", "fhir", "\"fever\", \"suspected\""),
        ("gate", "hikvision", "\"fever\", \"suspected\""),
        ("wall", "hikvision", "\"fever\", \"suspected\""),
    ] {
        let token = canaries.plain(&format!("the secret of {id}"), NOWHERE);
        let key = if id == "wall" { "path_secret_sha256" } else { "token_sha256" };
        let hash = hex::encode(Sha256::digest(token.as_bytes()));
        more.push_str(&format!(
            "[[source]]\nid = \"{id}\"\nformat = \"{format}\"\nunit = \"finance\"\nmay = [{may}]\n\
             {key} = \"{hash}\"\n"
        ));
        tokens.insert(id, token);
    }
    more.push_str("[[role]]\nperson = \"head\"\nrole = \"discipline\"\n");
    for (id, role) in [("reader", "read"), ("desk", "unit:finance")] {
        let token = canaries.plain(&format!("the token of {id}"), NOWHERE);
        let hash = hex::encode(Sha256::digest(token.as_bytes()));
        more.push_str(&format!("[[client]]\nid = \"{id}\"\nrole = \"{role}\"\ntoken_sha256 = \"{hash}\"\n"));
        tokens.insert(id, token);
    }
    let header = canaries.plain("a secret that a provider is shown", NOWHERE);
    let officer = canaries.text("the officer's name", NAME);
    let email = format!("{}@example.cn", canaries.plain("the authority's address", ADDRESS));
    canaries.watch("the officer's number", "13800000031", NUMBER);
    canaries.watch("the program's token", TOKEN, NOWHERE);
    let site = Site::with(provider.port, 600, |text| {
        text.replace(
            "\"purpose\": {{ purpose }}}",
            "\"purpose\": {{ purpose }}, \"link\": {{ link }}, \"code\": {{ code }}}",
        )
        .replace("name = \"值班员\"", &format!("name = \"{officer}\""))
        .replace("duty@sasac.example.cn", &email)
        .replace("daemon_after = \"300s\"", "daemon_after = \"2s\"")
        .replace(
            "medium = \"sms\"\n",
            &format!("medium = \"sms\"\nheaders = {{ x-secret = \"{header}\" }}\n"),
        ) + &more
    });
    (site, tokens)
}

/// Everything that was answered to somebody without a right to personal data.
#[derive(Default)]
struct Answers(Vec<u8>);

impl Answers {
    async fn ask(&mut self, request: reqwest::RequestBuilder) -> (u16, Value) {
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        self.0.extend_from_slice(format!("{:?}", answer.headers()).as_bytes());
        let bytes = answer.bytes().await.unwrap();
        self.0.extend_from_slice(&bytes);
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }
}

/// What is refused, and what nobody asked for, leaves nothing behind either.
async fn send_what_is_refused(site: &Site, canaries: &mut Canaries, answers: &mut Answers) {
    let mut plain = |what: &str| canaries.plain(what, NOWHERE);
    let (unit, kind, unknown, broken) = (
        plain("a unit nobody has"),
        plain("a kind that is none"),
        plain("a field nobody asked for"),
        plain("broken JSON"),
    );
    let (query, agent, wrong, path) =
        (plain("a query"), plain("a user agent"), plain("a wrong token"), plain("a wrong path secret"));
    let (field, case) = (plain("a field's name"), plain("a case that is none"));
    for body in [
        json!({ "id": "r-1", "unit": unit, "temperature_c": 38.4 }).to_string(),
        json!({ "id": "r-2", "unit": "finance", "kind": kind }).to_string(),
        json!({ "id": "r-3", "unit": "finance", "temperature_c": "hot", &field: unknown }).to_string(),
        format!("{{\"id\": \"{broken}"),
    ] {
        let request = client().post(site.url(&format!("/v1/events?q={query}"))).bearer_auth(TOKEN);
        let request = request.header("user-agent", &agent).header("content-type", "application/json");
        let (status, _) = answers.ask(request.body(body)).await;
        assert!((400..500).contains(&status), "{status}");
    }
    let event = json!({ "id": "r-4", "unit": "finance", "temperature_c": 38.4 });
    assert_eq!(
        answers.ask(client().post(site.url("/v1/events")).bearer_auth(&wrong).json(&event)).await.0,
        401
    );
    let device = client().post(site.url(&format!("/v1/sources/wall/{path}"))).json(&event);
    assert_eq!(answers.ask(device).await.0, 401);
    let unknown = client().get(site.url(&format!("/v1/cases/{case}"))).bearer_auth(TOKEN);
    assert_eq!(answers.ask(unknown).await.0, 404);
}

/// A suspected case with a canary in each of its texts; its number.
async fn suspect(site: &Site, canaries: &mut Canaries) -> String {
    canaries.watch("the mobile of the person", "13811112222", Rights { may: &[OFFICE], must: &[OFFICE] });
    let event = json!({
        "id": canaries.plain("native id", NOWHERE), "unit": "finance", "kind": "suspected", "temperature_c": 38.4,
        "person": { "ref": canaries.text("native ref", PERSON), "name": canaries.text("native name", PERSON),
                    "mobile": "+8613811112222" },
        "place": canaries.text("native place", PLACE), "symptoms": [canaries.text("native symptom", PERSON)],
        "measures": [canaries.text("native measure", MEASURE)], "details": canaries.text("native details", PERSON),
    });
    site.tell("/v1/events", event).await["case"].as_str().unwrap().to_owned()
}

/// The case is worked on, with a canary in everything that is written.
async fn work(site: &Site, case: &str, canaries: &mut Canaries) {
    let at = |act: &str| format!("/v1/cases/{case}/{act}");
    site.tell(&at("take"), json!({ "by": "officer" })).await;
    site.tell(&at("note"), json!({ "by": "officer", "text": canaries.text("a note", RECORD) })).await;
    site.tell(
        &at("telephone"),
        json!({ "authority": "sasac", "by": "officer", "outcome": "taken",
                "answered_by": canaries.text("who took the call", REPORT),
                "instructions": canaries.text("instructions", RECORD) }),
    )
    .await;
    let content: BTreeMap<&str, String> =
        Items::NAMES.into_iter().map(|name| (name, canaries.text(&format!("item {name}"), REPORT))).collect();
    // An item that no report has would not reach the authority: it is refused, and leaves nothing.
    let stray =
        json!({ "by": "officer", "content": { "affected": canaries.plain("a stray item", NOWHERE) } });
    let (status, answer) = site.post(&at("written"), &stray).await.unwrap();
    assert_eq!((status, &answer["errors"][0]["pointer"]), (422, &json!("/content/affected")), "{answer}");
    site.tell(&at("written"), json!({ "authority": "sasac", "by": "officer", "content": content })).await;
    until("the clock met", 20, async || {
        (site.get(&format!("/v1/cases/{case}")).await["clocks"][0]["state"] == "met").then_some(())
    })
    .await;
    let reference = canaries.text("the authority's reference", RECORD);
    site.tell(&at("receipt"), json!({ "authority": "sasac", "by": "officer", "reference": reference })).await;
}

/// Everything that those with little right can ask for, before the last of these cases is closed and after.
async fn look_around(
    site: &Site,
    low: &[&str],
    (cases, link): (&[String], &str),
    (canaries, answers, named): (&mut Canaries, &mut Answers, &mut Answers),
) {
    let case = cases.last().unwrap();
    let kept = shown::ask(site, low, (cases, link), (answers, named)).await;
    assert_eq!(
        kept.into_iter().collect::<Vec<_>>(),
        ["/v1/ledger"],
        "a file of lapses is for the office and discipline"
    );
    let reason = canaries.text("why it was closed", RECORD);
    site.tell(&format!("/v1/cases/{case}/close"), json!({ "by": "officer", "reason": reason })).await;
    let kept = shown::ask(site, low, (cases, link), (answers, named)).await;
    assert_eq!(
        kept.into_iter().collect::<Vec<_>>(),
        ["/a/{token}", "/v1/ledger"],
        "a link is dead when its case is closed"
    );
    until("every message under way", 20, async || {
        let view = site.get(&format!("/v1/cases/{case}")).await;
        let all = view["notifications"].as_array()?.clone();
        let open = all.iter().any(|it| it["state"] == "planned" || it["state"] == "attempting");
        (!open).then_some(())
    })
    .await;
}

/// A daemon that logs all there is.
fn loud(site: &Site) -> std::process::Command {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_watchfire"));
    command.args(["--log", "trace", "serve", "--config"]).arg(site.config());
    command
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_known_of_people_stands_nowhere_but_where_it_has_a_right_to_be() {
    let provider = Provider::start().await;
    let (mut canaries, mut answers) = (Canaries::default(), Answers::default());
    let (site, tokens) = site(&provider, &mut canaries);
    let loud = || loud(&site);
    let daemon = site.start_as(loud()).await;
    site.tell("/v1/arm", json!({ "by": "head" })).await;
    formats::send(&site, &tokens, (&mut canaries, &mut answers)).await;
    formats::send_beside(&site, &tokens, (&mut canaries, &mut answers)).await;
    send_what_is_refused(&site, &mut canaries, &mut answers).await;
    let session = calls::sign_in(&site, "+8613800000041", &provider, &mut canaries).await;
    let leader = calls::sign_in(&site, "+8613800000011", &provider, &mut canaries).await;
    let (mut page, mut named) = (Answers::default(), Answers::default());
    let heard = (&mut canaries, &mut answers, &mut page, &mut named);
    calls::send(&site, (&session, &leader), heard).await;
    let case = suspect(&site, &mut canaries).await;
    let alert = until("the officer's alert", 20, async || {
        // Of this case: there are others.
        let view = site.get(&format!("/v1/cases/{case}")).await;
        let sms = provider.bodies(SMS).into_iter().filter(|body| body["to"] == "+8613800000031");
        let mut linked = sms.filter(|body| body["link"].is_string());
        linked.find(|body| view["notifications"].to_string().contains(&body["key"].to_string()))
    })
    .await;
    // Whoever takes the case is not rung any more: the call comes first.
    until("the officer's call", 20, async || {
        provider.bodies(VOICE).iter().any(|body| body["to"] == "+8613800000031").then_some(())
    })
    .await;
    let link = alert["link"].as_str().unwrap().to_owned();
    canaries.watch("a link", link.rsplit('/').next().unwrap(), LINK);
    daemon.kill();
    let daemon = site.start_as(loud()).await;
    let form = format!("code={}&act=confirm", alert["code"].as_str().unwrap());
    let kind = "application/x-www-form-urlencoded";
    let pressed =
        client().post(site.url(&link[link.find("/a/").unwrap()..])).header("content-type", kind).body(form);
    assert_eq!(answers.ask(pressed).await.0, 200);
    work(&site, &case, &mut canaries).await;

    let relay = Relay::new(&[]);
    relay.listen().await;
    raised::switch_to(&site, &daemon, &relay).await;
    raised::report_on(&site, &case, &Items::NAMES, &mut canaries).await;
    let sent = (&tokens, &*session);
    let mut cases = raised::send(&site, sent, &provider, (&mut canaries, &mut answers)).await;
    until("every mail", 20, async || (relay.mails().len() > cases.len()).then_some(())).await;
    cases.push(case.clone());

    let mut places = Places::new();
    let mut views = Vec::new();
    for case in &cases {
        views.push(site.get(&format!("/v1/cases/{case}")).await);
    }
    places.insert(OFFICE.to_owned(), json!(views).to_string().into_bytes());
    let low = [&*tokens["reader"], &tokens["desk"], &leader];
    let link = &link[link.find("/a/").unwrap()..];
    look_around(&site, &low, (&cases, link), (&mut canaries, &mut answers, &mut named)).await;
    assert!(daemon.stop().await);
    let authority = |body: &Value| body["to"] == "+8645100000001";
    let (calls, voice): (Vec<Value>, Vec<Value>) = provider.bodies(VOICE).into_iter().partition(authority);
    let (mail, sms) = (provider.bodies(MAIL), provider.bodies(SMS));
    for (place, bodies) in [(MAIL, mail), (SMS, sms), (VOICE, voice), (CALL, calls)] {
        places.insert(place.to_owned(), json!(bodies).to_string().into_bytes());
    }
    raised::read_mails(&site, &relay, &mut places);
    read_folder(&site.data(), &mut places);
    places.insert("the log".to_owned(), site.log().into_bytes());
    for (place, heard) in [("an answer", answers), (PAGE, page), (NAMED, named)] {
        places.insert(place.to_owned(), heard.0);
    }
    assert!(places["the log"].len() > 10_000, "the log tells everything");
    judge(&canaries, &places);
}
