//! The daemon itself: organisation, server, storage, triage, ledger, testing, privacy; and all parts put together.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use super::reader::{At, Table};
use super::secret::secret;
use super::{
    Configuration, HeartbeatSettings, Places, StorageSettings, channels, forms, people, policies, sources,
};
use crate::channel::text::{Language, Organisation, Signature};
use crate::domain::directory::{ClusterRule, Directory, Triage};
use crate::domain::names::{Celsius, Kind, PersonId};
use crate::http::settings::HttpSettings;
use crate::time::{Day, Schedule, Zone};

pub(super) const LANGUAGES: [(&str, Language); 2] = [("zh-CN", Language::Chinese), ("en", Language::English)];
pub(super) const KINDS: [(&str, Kind); 3] =
    [("fever", Kind::Fever), ("suspected", Kind::Suspected), ("confirmed", Kind::Confirmed)];

struct Server {
    listen: SocketAddr,
    public_url: String,
    trusted_proxies: Vec<IpAddr>,
    heartbeat: Option<HeartbeatSettings>,
}

/// Reads everything; `None` where something is missing without which nothing else makes sense.
pub(super) fn read(root: &Table<'_>) -> Option<Configuration> {
    let places = Places::default();
    let server = server(root, &places);
    let organisation = organisation(root, &places, &server.public_url);
    let storage = storage(root, &places);
    let triage = triage(root);
    let people = people::read(root, &places);
    let channels = channels::read(root, &places);
    let policies = policies::read(root, &places, &people, &channels.rules);
    let sources = sources::read(root, &places, &people);
    let forms = forms::read(root, &people);
    let (inspectors, heads_at) = ledger(root, &people);
    let testing = testing(root, &people);
    let erase_after = privacy(root);
    let (zone, organisation, language, office_phone) = organisation?;
    let directory = Directory {
        zone,
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
        inspectors,
        erase_after,
    };
    let mut contacts = people.contacts;
    contacts.organisation = organisation;
    contacts.language = language;
    contacts.public_url.clone_from(&server.public_url);
    contacts.office_phone = office_phone;
    let http = HttpSettings {
        listen: server.listen,
        public_url: server.public_url,
        trusted_proxies: server.trusted_proxies,
        sources: sources.settings,
        clients: sources.clients,
        receipts: channels.receipts,
    };
    let places = places.0.into_inner();
    let heartbeat = server.heartbeat;
    let channels = channels.settings;
    Some(Configuration { directory, contacts, http, channels, storage, heads_at, heartbeat, forms, places })
}

fn server(root: &Table<'_>, places: &Places) -> Server {
    let default = SocketAddr::from(([127, 0, 0, 1], 8420));
    let mut server = Server {
        listen: default,
        public_url: format!("http://{default}"),
        trusted_proxies: Vec::new(),
        heartbeat: None,
    };
    let Some(table) = root.table("server") else { return server };
    places.note("server", table.place());
    if let Some(listen) =
        table.parsed::<SocketAddr>("listen", "an address and a port, such as 127.0.0.1:8420")
    {
        server.listen = listen.value;
        server.public_url = format!("http://{}", listen.value);
    }
    if let Some(url) = table.text("public_url") {
        let fits = reqwest::Url::parse(&url.value)
            .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.host_str().is_some());
        if fits {
            places.note("public_url", &url.place);
            server.public_url = url.value.trim_end_matches('/').to_owned();
        } else {
            table.wrong(&url, "expected a URL such as https://yq.example.cn");
        }
    }
    for proxy in table.texts("trusted_proxies").unwrap_or_default() {
        match proxy.value.parse() {
            Ok(address) => server.trusted_proxies.push(address),
            Err(_unread) => table.wrong(&proxy, "expected an IP address"),
        }
    }
    if let Some(heartbeat) = table.table("heartbeat") {
        let url = secret_or_text(&heartbeat, "url");
        let every = heartbeat.duration("every").map_or(Duration::from_mins(1), |every| every.value);
        if url.is_none() && !heartbeat.has("url") {
            heartbeat.missing("url", "where the heartbeat is posted");
        }
        server.heartbeat = url.map(|url| HeartbeatSettings { url, every: every.max(Duration::from_secs(1)) });
        heartbeat.finish();
    }
    table.finish();
    server
}

/// A URL may be written plainly: it is kept secret all the same, for it may carry a key.
pub(super) fn secret_or_text<'a>(table: &Table<'a>, key: &'a str) -> Option<crate::channel::Secret> {
    if table.is_table(key) {
        secret(table, key)
    } else {
        table.text(key).map(|text| crate::channel::Secret::new(text.value))
    }
}

type Named = (Zone, Organisation, Language, Option<String>);

fn organisation(root: &Table<'_>, places: &Places, public_url: &str) -> Option<Named> {
    let Some(table) = root.table("organisation") else {
        root.missing("organisation", "[organisation] with name and time_zone");
        return None;
    };
    places.note("organisation", table.place());
    let name = table.required("name", "the full name, as authorities read it");
    let zone = table.required("time_zone", "an IANA time zone such as Asia/Shanghai");
    let language = table.word("language", &LANGUAGES).unwrap_or(Language::Chinese);
    let short_name = table.text("short_name").map(|text| text.value);
    let signature = table.text("sms_signature").map(|text| text.value);
    let by_provider = table.bool("sms_signature_by_provider").unwrap_or(false);
    let page = table.text("page").map(|text| text.value);
    let office_phone = table.text("office_phone").map(|text| text.value);
    let found = zone.as_ref().and_then(|zone| match Zone::named(&zone.value) {
        Ok(found) => Some(found),
        Err(error) => {
            table.wrong(zone, error.to_string());
            None
        }
    });
    table.finish();
    let address = public_url.split_once("://").map_or(public_url, |(_, rest)| rest);
    let organisation = Organisation {
        name: name?.value,
        short_name,
        signature: match signature {
            None => Signature::None,
            Some(text) if by_provider => Signature::ByProvider(text),
            Some(text) => Signature::Written(text),
        },
        page: Some(page.unwrap_or_else(|| format!("{address}/a"))),
    };
    Some((found?, organisation, language, office_phone))
}

fn storage(root: &Table<'_>, places: &Places) -> StorageSettings {
    let mut storage = StorageSettings { path: PathBuf::from("data"), master_key: None, signing_key: None };
    if let Some(table) = root.table("storage") {
        places.note("storage", table.place());
        if let Some(path) = table.text("path") {
            storage.path = PathBuf::from(path.value);
        }
        storage.master_key = secret(&table, "master_key");
        table.finish();
    }
    // The key that signs heads stands with the ledger it vouches for.
    if let Some(ledger) = root.table("ledger") {
        storage.signing_key = secret(&ledger, "signing_key");
    }
    storage
}

fn celsius(at: &At<f64>) -> Celsius {
    Celsius::from_degrees(at.value).unwrap_or(Celsius::from_hundredths(3730))
}

fn triage(root: &Table<'_>) -> Triage {
    let mut triage = Triage {
        fever_at_least: Celsius::from_hundredths(3730),
        implausible_below: Celsius::from_hundredths(3500),
        implausible_above: Celsius::from_hundredths(4300),
        clusters: Vec::new(),
    };
    let Some(table) = root.table("triage") else { return triage };
    let fever = table.degrees("fever_at_least_c");
    let below = table.degrees("implausible_below_c");
    let above = table.degrees("implausible_above_c");
    triage.fever_at_least = fever.as_ref().map_or(triage.fever_at_least, celsius);
    triage.implausible_below = below.as_ref().map_or(triage.implausible_below, celsius);
    triage.implausible_above = above.as_ref().map_or(triage.implausible_above, celsius);
    let ordered =
        triage.implausible_below < triage.fever_at_least && triage.fever_at_least < triage.implausible_above;
    if let (false, Some(fever)) = (ordered, &fever.or(below).or(above)) {
        table.wrong(fever, "expected implausible_below_c < fever_at_least_c < implausible_above_c");
    }
    for cluster in table.tables("cluster") {
        let rule = cluster.required("rule", "a name for the rule, as the record cites it");
        let from = cluster.parsed::<Day>("valid_from", "a date such as 2020-01-20");
        let to = cluster.parsed::<Day>("valid_to", "a date such as 2026-12-31");
        let window = cluster.duration("window");
        let people = cluster.number("people", 2..=1000);
        let becomes = cluster.word("becomes", &KINDS).unwrap_or(Kind::Suspected);
        if from.is_none() && !cluster.has("valid_from") {
            cluster.missing("valid_from", "the first day the rule is valid on");
        }
        if let Some(window) = window.as_ref().filter(|window| window.value > Duration::from_hours(24 * 60)) {
            cluster.wrong(window, "expected at most 60d: fevers are remembered for so long");
        }
        if let (Some(rule), Some(from)) = (rule, from) {
            triage.clusters.push(ClusterRule {
                rule: rule.value,
                valid_from: from.value,
                valid_to: to.map(|to| to.value),
                window: window.map_or(Duration::from_hours(24 * 14), |window| window.value),
                people: people.and_then(|people| usize::try_from(people.value).ok()).unwrap_or(2),
                becomes,
            });
        }
        cluster.finish();
    }
    table.finish();
    triage
}

fn ledger(root: &Table<'_>, people: &people::People) -> (Vec<PersonId>, Schedule) {
    let Some(table) = root.table("ledger") else { return (Vec::new(), Schedule::at_six_in_the_evening()) };
    let inspectors = table.texts("inspectors").unwrap_or_default();
    let inspectors = inspectors.into_iter().filter_map(|who| people.known(&table, &who)).collect();
    let schedule = table.text("heads_at").and_then(|text| match text.value.parse::<Schedule>() {
        Ok(schedule) => Some(schedule),
        Err(error) => {
            table.wrong(&text, error.to_string());
            None
        }
    });
    // The key is read with the storage it belongs to.
    table.skip("signing_key");
    table.finish();
    (inspectors, schedule.unwrap_or_else(Schedule::at_six_in_the_evening))
}

fn testing(root: &Table<'_>, people: &people::People) -> Vec<PersonId> {
    let Some(table) = root.table("testing") else { return Vec::new() };
    let listed = table.texts("people").unwrap_or_default();
    let listed = listed.into_iter().filter_map(|who| people.known(&table, &who)).collect();
    table.finish();
    listed
}

fn privacy(root: &Table<'_>) -> Option<Duration> {
    const DEFAULT: Duration = Duration::from_hours(24 * 180);
    let Some(table) = root.table("privacy") else { return Some(DEFAULT) };
    let text = table.text("erase_after");
    let after = match &text {
        Some(text) if text.value == "never" => None,
        Some(text) => crate::time::span::parse(&text.value).or_else(|| {
            table.wrong(text, "expected a duration such as 180d, or \"never\"");
            None
        }),
        None => Some(DEFAULT),
    };
    table.finish();
    after
}
