//! The daemon itself: organisation, server, storage, ledger, testing, privacy; and all parts put together.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use super::finding::Finding;
use super::people::People;
use super::reader::Table;
use super::report::At;
use super::secret::{address, secret};
use super::values::{DAY, LANGUAGES, Owner, name, number, required_name, schedule};
use super::words::did_you_mean;
use std::sync::Arc;

use super::{
    Configuration, HeartbeatSettings, StorageSettings, calendar, channels, forms, people, policies, probe,
    sources, triage,
};
use crate::channel::Secret;
use crate::channel::text::{Language, Organisation, Signature};
use crate::domain::directory::Directory;
use crate::domain::names::PersonId;
use crate::http::settings::{HttpSettings, ProbeSettings};
use crate::journal::Signer;
use crate::time::{Schedule, Zone};

struct Server {
    listen: SocketAddr,
    public_url: String,
    trusted_proxies: Vec<IpAddr>,
    heartbeat: Option<HeartbeatSettings>,
    probe: Option<ProbeSettings>,
}

/// Reads everything; `None` where something is missing without which nothing else makes sense.
pub(super) fn read(root: &Table<'_>, laid: &[calendar::Laid]) -> Option<Configuration> {
    let server = server(root);
    let organisation = organisation(root, &server.public_url);
    let master = storage(root);
    let triage = triage::read(root);
    let people = people::read(root);
    let channels = channels::read(root);
    let policies = policies::read(root, &people, &channels.rules);
    let sources = sources::read(root, &people);
    let forms = forms::read(root, &people);
    let (calendar, calendars) = calendar::read(root, laid);
    let ledger = ledger(root, &people);
    let testing = root.table("testing").map(|table| listed(&table, "people", &people)).unwrap_or_default();
    let erase_after = privacy(root);
    root.finish();
    let organisation = organisation?;
    let directory = Directory {
        zone: organisation.zone,
        triage,
        units: people.units,
        bodies: people.bodies,
        persons: people.persons,
        authorities: people.authorities,
        duties: people.duties,
        channels: channels.rules,
        policies,
        sources: sources.rules,
        clients: sources.clients.iter().map(|client| (client.id.clone(), client.role.clone())).collect(),
        roles: sources.roles,
        testing: testing.into_iter().collect(),
        inspectors: ledger.inspectors,
        heads_at: ledger.heads_at,
        lapses_at: ledger.lapses_at,
        repeats_within: ledger.repeats_within,
        erase_after,
        forms: forms.into_iter().map(|form| (form.id.clone(), Arc::new(form))).collect(),
        calendar,
    };
    let mut contacts = people.contacts;
    contacts.organisation = organisation.names;
    contacts.language = organisation.language;
    contacts.public_url.clone_from(&server.public_url);
    contacts.office_phone = organisation.office_phone;
    let http = HttpSettings {
        listen: server.listen,
        public_url: server.public_url,
        probe: server.probe,
        trusted_proxies: server.trusted_proxies,
        sources: sources.settings,
        clients: sources.clients,
        receipts: channels.receipts,
    };
    let (path, master_key) = master;
    Some(Configuration {
        directory,
        contacts,
        http,
        channels: channels.settings,
        storage: StorageSettings { path, master_key, signing_key: ledger.signing_key },
        heartbeat: server.heartbeat,
        calendars,
        places: root.report.places.take(),
    })
}

fn server(root: &Table<'_>) -> Server {
    let default = SocketAddr::from(([127, 0, 0, 1], 8420));
    let mut server = Server {
        listen: default,
        public_url: format!("http://{default}"),
        trusted_proxies: Vec::new(),
        heartbeat: None,
        probe: None,
    };
    let Some(table) = root.table("server") else { return server };
    let listen = table.parsed("listen", "not an address", "an IP address and a port, such as 127.0.0.1:8420");
    if let Some(At { value: listen, .. }) = listen {
        server.listen = listen;
        server.public_url = format!("http://{listen}");
    }
    if let Some(url) = table.text("public_url") {
        match public_url(&url.value) {
            Some(read) => server.public_url = read,
            None => {
                table.wrong(&url, "links cannot begin with this", "an address such as https://yq.example.cn")
            }
        }
    }
    for proxy in table.texts("trusted_proxies").unwrap_or_default() {
        match proxy.value.parse() {
            Ok(address) => server.trusted_proxies.push(address),
            Err(_unread) => table.wrong(&proxy, "not an IP address", "an IP address such as 127.0.0.1"),
        }
    }
    server.heartbeat = table.table("heartbeat").and_then(|table| heartbeat(&table));
    server.probe = probe::read(&table, &server.public_url, server.listen);
    table.finish();
    server
}

pub(super) fn public_url(text: &str) -> Option<String> {
    let url = reqwest::Url::parse(text).ok()?;
    let plain = url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    let fits = plain && matches!(url.scheme(), "http" | "https") && url.host_str().is_some();
    fits.then(|| text.trim_end_matches('/').to_owned())
}

fn heartbeat(table: &Table<'_>) -> Option<HeartbeatSettings> {
    table.require("url", "where the heartbeat is posted");
    let url = address(table, "url").filter(|url| {
        let fits = reqwest::Url::parse(url.value.expose())
            .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.host_str().is_some());
        if !fits {
            table.wrong(url, "not an address", "an address such as https://watch.example.cn/alive");
        }
        fits
    });
    let every = table.bounded("every", Duration::from_secs(1), DAY);
    table.finish();
    Some(HeartbeatSettings {
        url: url?.value,
        every: every.map_or(Duration::from_mins(1), |every| every.value),
    })
}

struct Named {
    zone: Zone,
    names: Organisation,
    language: Language,
    office_phone: Option<String>,
}

fn organisation(root: &Table<'_>, public_url: &str) -> Option<Named> {
    root.require("organisation", "[organisation] with name and time_zone");
    let table = root.table("organisation")?;
    let full_name = required_name(&table, "name", "the full name, as authorities read it");
    let text = table.required("time_zone", "an IANA time zone such as Asia/Shanghai");
    let zone = text.and_then(|text| match Zone::named(&text.value) {
        Ok(zone) => Some(zone),
        Err(_unknown) => {
            let finding = Finding::mistake(&text.place, &text.key, "there is no such time zone");
            let finding = finding.expected("an IANA time zone such as Asia/Shanghai");
            let lower = text.value.to_ascii_lowercase();
            let china = ["beijing", "peking", "+8", "+08", "china", "cst", "prc", "北京", "上海"];
            table.report.tell(if china.iter().any(|word| lower.contains(word)) {
                finding.help("all of China has `Asia/Shanghai`")
            } else {
                did_you_mean(finding, &text.value, Zone::names().into_iter())
            });
            None
        }
    });
    let language = table.word("language", &LANGUAGES).unwrap_or(Language::Chinese);
    let short_name = name(&table, "short_name").map(|text| text.value);
    let signature = name(&table, "sms_signature").map(|text| text.value);
    let by_provider = table.bool("sms_signature_by_provider").unwrap_or(false);
    let page = name(&table, "page").map(|text| text.value);
    let office_phone = number(&table, "office_phone", Owner::Authority);
    table.finish();
    let address = public_url.split_once("://").map_or(public_url, |(_, rest)| rest);
    let page = page.unwrap_or_else(|| format!("{address}/a"));
    // A short address that people are given for codes leads to the other pages too, where it is the door's own.
    let home = page.strip_suffix("/a").map(ToOwned::to_owned);
    let names = Organisation {
        name: full_name?.value,
        short_name,
        signature: match signature {
            None => Signature::None,
            Some(text) if by_provider => Signature::ByProvider(text),
            Some(text) => Signature::Written(text),
        },
        handovers: Some(home.as_ref().map_or_else(|| page.clone(), |home| format!("{home}/h"))),
        home: Some(home.unwrap_or_else(|| page.clone())),
        page: Some(page),
    };
    Some(Named { zone: zone?, names, language, office_phone })
}

fn storage(root: &Table<'_>) -> (PathBuf, Option<Secret>) {
    let Some(table) = root.table("storage") else { return (PathBuf::from("data"), None) };
    let path = table.text("path").filter(|path| {
        if path.value.is_empty() {
            table.wrong(path, "empty", "a folder, such as /var/lib/watchfire");
        }
        !path.value.is_empty()
    });
    let master = secret(&table, "master_key").filter(|key| {
        let fits = hex::decode_to_slice(key.value.expose().trim(), &mut [0; 32]).is_ok();
        if !fits {
            table.wrong(key, "not a key", "64 hexadecimal digits, as `openssl rand -hex 32` prints them");
        }
        fits
    });
    table.finish();
    (
        path.map_or_else(|| PathBuf::from("data"), |path| PathBuf::from(path.value)),
        master.map(|key| key.value),
    )
}

struct Ledger {
    inspectors: Vec<PersonId>,
    heads_at: Schedule,
    lapses_at: Schedule,
    repeats_within: Duration,
    signing_key: Option<Secret>,
}

/// Earlier lapses are counted for a quarter, unless the configuration says otherwise; for three years at most.
const REPEATS_WITHIN: Duration = Duration::from_hours(24 * 90);
const REPEATS_WITHIN_MAX: Duration = Duration::from_hours(24 * 1096);

fn ledger(root: &Table<'_>, people: &People) -> Ledger {
    let (heads_at, lapses_at) = (Schedule::at_six_in_the_evening(), Schedule::at_nine_in_the_morning());
    let Some(table) = root.table("ledger") else {
        let repeats_within = REPEATS_WITHIN;
        return Ledger { inspectors: Vec::new(), heads_at, lapses_at, repeats_within, signing_key: None };
    };
    let heads_at = schedule(&table, "heads_at").unwrap_or(heads_at);
    let lapses_at = schedule(&table, "lapses_at").unwrap_or(lapses_at);
    let within = table.bounded("repeats_within", DAY, REPEATS_WITHIN_MAX);
    let repeats_within = within.map_or(REPEATS_WITHIN, |within| within.value);
    let key = secret(&table, "signing_key").filter(|key| {
        let fits = Signer::from_pem(key.value.expose()).is_ok();
        if !fits {
            table.wrong(
                key,
                "not a key",
                "an Ed25519 key in PEM, as `openssl genpkey -algorithm ed25519` prints it",
            );
        }
        fits
    });
    let inspectors = listed(&table, "inspectors", people);
    Ledger { inspectors, heads_at, lapses_at, repeats_within, signing_key: key.map(|key| key.value) }
}

/// A list of people, the last key of its table.
fn listed<'a>(table: &Table<'a>, key: &'a str, people: &People) -> Vec<PersonId> {
    let listed = table.texts(key).unwrap_or_default();
    table.finish();
    listed.into_iter().filter_map(|who| people.known(table, &who)).collect()
}

fn privacy(root: &Table<'_>) -> Option<Duration> {
    const DEFAULT: Duration = Duration::from_hours(24 * 180);
    let Some(table) = root.table("privacy") else { return Some(DEFAULT) };
    let text = table.text("erase_after");
    table.finish();
    match text {
        None => Some(DEFAULT),
        Some(text) if text.value == "never" => None,
        Some(text) => {
            let after = crate::time::span::parse(&text.value).filter(|after| *after >= DAY);
            if after.is_none() {
                table.wrong(
                    &text,
                    "not a time to keep a case for",
                    "at least 1d, such as 180d, or \"never\"",
                );
            }
            after
        }
    }
}
