//! Live: every way out tried with a marked test, and the front door from outside; where one fails, what to do.
//!
//! **Invariant.** Nothing goes to an authority, and to nobody but the people who were named for it. No line shows an
//! address of a person, a secret, or the path of a URL, which may hold one.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use data_encoding::BASE32_NOPAD;
use futures_util::future::join_all;
use reqwest::StatusCode;
use tokio::net::TcpStream;

use super::{Failure, innermost, runtime, say};
use crate::app;
use crate::channel::text::{self, Brief, Texts, What};
use crate::channel::{
    Address, Channel, DeliveryError, FailureReason, Fields, Message, Outcome, Stamp, Verdict,
};
use crate::config::{ChannelSettings, Configuration};
use crate::domain::names::{ChannelId, Medium, PersonId};
use crate::http;
use crate::time::{Clock as _, SystemClock, span};

/// A host that has not let us in by then will not answer a call in time either.
const REACH_WITHIN: Duration = Duration::from_secs(5);
/// The front door answers at once or is of no use to somebody with a telephone in his hand.
const DOOR_WITHIN: Duration = Duration::from_secs(10);
/// What a thermal gate may post with its picture, and what a front door commonly refuses.
const PROBE_BYTES: usize = 3 * 1024 * 1024;

/// What came of one try.
struct Tried {
    works: bool,
    what: String,
}

impl Tried {
    const fn works(what: String) -> Self {
        Self { works: true, what }
    }

    const fn fails(what: String) -> Self {
        Self { works: false, what }
    }
}

/// Whom the tests go to: those named, else those of `[testing] people`.
///
/// # Errors
/// Where nobody is named, or somebody who is not in the configuration.
pub(super) fn recipients(configuration: &Configuration, to: &[String]) -> Result<Vec<PersonId>, Failure> {
    let known = &configuration.contacts.persons;
    let people: BTreeSet<PersonId> = match to {
        [] => configuration.directory.testing.clone(),
        named => named.iter().map(|id| PersonId::new(id)).collect(),
    };
    if people.is_empty() {
        return Err(Failure::Call(
            "--live sends a marked test by every channel: say to whom with --to PERSON, or list them in [testing] people"
                .to_owned(),
        ));
    }
    if let Some(stranger) = people.iter().find(|person| !known.contains_key(*person)) {
        return Err(Failure::Call(format!("--to {stranger}: there is no [[person]] with this id")));
    }
    Ok(people.into_iter().collect())
}

/// Tries everything, all channels at once, and prints what came of it in the order of the configuration.
pub(super) fn run(configuration: &Configuration, people: &[PersonId]) -> Result<(), Failure> {
    let texts = Texts::load().map_err(|error| Failure::Work(error.to_string()))?;
    let channels = app::channels(configuration)?;
    let names: Vec<&str> = people.iter().map(PersonId::as_str).collect();
    say(&format!("\nlive: marked tests to {}; nothing goes to an authority", names.join(", ")))?;
    let tried: Vec<Tried> = runtime()?.block_on(async {
        let ways = configuration.channels.iter().filter_map(|(id, settings)| {
            let way = Way { id, settings, channel: Arc::clone(channels.get(id)?) };
            let letters = letters(configuration, &texts, id, people);
            Some(way.try_with(letters))
        });
        let (by_channel, watcher, door) =
            tokio::join!(join_all(ways), heartbeat(configuration), door(configuration));
        by_channel.into_iter().flatten().chain(watcher).chain(door).collect()
    });
    for one in &tried {
        say(&format!("{}  {}", if one.works { "ok    " } else { "FAILED" }, one.what))?;
    }
    match tried.iter().filter(|one| !one.works).count() {
        0 => {
            say("live: everything that could be tried from here works; look whether the tests really arrived")
        }
        failed => Err(Failure::Work(format!(
            "live: {failed} of {} tries failed; each FAILED line says what to do",
            tried.len()
        ))),
    }
}

/// A test to one person, or why there is none.
type Letter = (String, Result<Message, String>);

fn letters(
    configuration: &Configuration,
    texts: &Texts,
    channel: &ChannelId,
    people: &[PersonId],
) -> Vec<Letter> {
    let Some(rules) = configuration.directory.channel(channel) else { return Vec::new() };
    if rules.medium == Medium::Robot {
        return vec![(
            "its group".to_owned(),
            letter(configuration, texts, rules.medium, None, Address::Robot),
        )];
    }
    let letters: Vec<Letter> = people
        .iter()
        .filter_map(|person| {
            let contact = configuration.contacts.persons.get(person)?;
            let to = match rules.medium {
                Medium::Phone | Medium::Sms => Address::Phone(contact.mobile.clone()?),
                Medium::Email => Address::Email(contact.email.clone()?),
                Medium::Robot => return None,
            };
            let letter = if is_an_authoritys(configuration, &to) {
                Err("this is the address of an authority, and no test goes there; nothing was sent"
                    .to_owned())
            } else {
                letter(configuration, texts, rules.medium, Some(person), to)
            };
            Some((person.to_string(), letter))
        })
        .collect();
    if letters.is_empty() {
        let why = "nobody who was named has an address for it: name somebody else with --to PERSON";
        return vec![("nobody".to_owned(), Err(why.to_owned()))];
    }
    letters
}

fn is_an_authoritys(configuration: &Configuration, to: &Address) -> bool {
    configuration.contacts.authorities.values().any(|authority| match to {
        Address::Phone(number) => authority.phones.iter().any(|(known, _)| known == number),
        Address::Email(email) => {
            authority.email.as_deref().is_some_and(|known| known.eq_ignore_ascii_case(email))
        }
        Address::Robot => false,
    })
}

fn letter(
    configuration: &Configuration,
    texts: &Texts,
    medium: Medium,
    person: Option<&PersonId>,
    to: Address,
) -> Result<Message, String> {
    let contacts = &configuration.contacts;
    let contact = person.and_then(|person| contacts.persons.get(person));
    let brief = Brief {
        language: contact.and_then(|contact| contact.language).unwrap_or(contacts.language),
        medium: match medium {
            // No key is offered: nobody is there to hear which one was pressed.
            Medium::Phone => text::Medium::Phone { keys: false },
            Medium::Sms => text::Medium::Sms,
            Medium::Email => text::Medium::Email,
            Medium::Robot => text::Medium::Robot,
        },
        organisation: contacts.organisation.clone(),
        called: contact.map(|contact| contact.name.clone()),
        test: true,
        late: false,
        what: What::Test,
    };
    let rendered = texts.render(&brief).map_err(|error| error.to_string())?;
    let mut key = BASE32_NOPAD.encode(&rand::random::<[u8; 10]>()).to_ascii_lowercase();
    key.truncate(15);
    let fields = Fields { purpose: Some("test".to_owned()), ..Fields::default() };
    let (text, subject, html) = (rendered.text, rendered.subject, rendered.html);
    Ok(Message { key, to, text, subject, html, fields })
}

/// A configured way out, with what it was built from.
struct Way<'c> {
    id: &'c ChannelId,
    settings: &'c ChannelSettings,
    channel: Arc<Channel>,
}

impl Way<'_> {
    async fn try_with(self, letters: Vec<Letter>) -> Vec<Tried> {
        let name = format!("channel \"{}\"", self.id);
        let host = self.host();
        if let Some((host, port)) = &host
            && let Err(why) = reach(host, *port).await
        {
            return vec![Tried::fails(format!("{name}: {why}"))];
        }
        let mut tried = Vec::new();
        for (to, letter) in letters {
            tried.push(match letter {
                Ok(message) => self.deliver(&format!("{name} to {to}"), &message).await,
                Err(why) => Tried::fails(format!("{name} to {to}: {why}")),
            });
        }
        tried
    }

    async fn deliver(&self, name: &str, message: &Message) -> Tried {
        let clock = SystemClock::new();
        let began = clock.read().since_boot;
        let stamp = Stamp::of(clock.read().wall);
        let Verdict { outcome, code } = self.channel.deliver(message, &stamp).await;
        let took_ms = clock.read().since_boot.saturating_sub(began).as_millis();
        match outcome {
            Outcome::Accepted { .. } => Tried::works(format!(
                "{name}: the provider accepted it after {took_ms} ms; accepted is not delivered: look whether it arrived"
            )),
            Outcome::Failed(error) => {
                let code = code.map_or_else(String::new, |code| format!(" (the provider's code: {code})"));
                Tried::fails(format!("{name}: {}{code}", self.why(&error)))
            }
        }
    }

    /// Where it connects to; never a path, which may hold a key.
    fn host(&self) -> Option<(String, u16)> {
        match self.settings {
            ChannelSettings::Smtp(smtp) => Some((smtp.host.clone(), smtp.port)),
            ChannelSettings::Webhook(webhook) => host_of(webhook.url.expose()),
            ChannelSettings::Preset(preset) => host_of(preset.origin()),
        }
    }

    fn why(&self, error: &DeliveryError) -> String {
        let (reason, unknown) = match error {
            DeliveryError::Transient { reason, .. } | DeliveryError::Permanent { reason } => (*reason, false),
            DeliveryError::Exhausted { reason, .. } => (*reason, false),
            DeliveryError::Unknown { reason } => (*reason, true),
        };
        let within = span::format(self.channel.attempt_max());
        let help = if reason == FailureReason::Timeout {
            format!("raise timeout ({within}), or ask the provider why it is slow")
        } else {
            help(reason).to_owned()
        };
        let arrived = if unknown { "; it may have arrived all the same" } else { "" };
        format!("{reason}: {help}{arrived}")
    }
}

/// What an operator does about a failure.
const fn help(reason: FailureReason) -> &'static str {
    match reason {
        FailureReason::Auth => "mend the channel's headers or url, or user and password",
        FailureReason::RateLimited => {
            "wait, and try again; limits of the channel keep the daemon below the provider's"
        }
        FailureReason::Refused => {
            "the provider's own log says why: a signature, a template, a list of allowed addresses"
        }
        FailureReason::NotAccepted => {
            "compare accepted_if with what the provider answers, and look into the provider's log"
        }
        FailureReason::NoSuchAddress | FailureReason::WrongPerson => "mend the person's mobile or email",
        FailureReason::Unwritable => {
            "body asks for something that a test does not have; write it so that it may be missing"
        }
        FailureReason::Quota => "top the account up, or have its quota raised",
        FailureReason::Redirected => "put the address it leads to into url; redirects are never followed",
        FailureReason::Dns => "mend the host's name, or this machine's name servers",
        FailureReason::Connect => "the host was reached and the connection broke: mend port or tls",
        FailureReason::Tls => {
            "the certificate must name this host and be trusted: install ca-certificates, or name its authority in ca"
        }
        FailureReason::BadAnswer => {
            "is this the provider's address and port? what answers does not speak as expected"
        }
        FailureReason::Server | FailureReason::Interrupted | FailureReason::NoAnswer => {
            "try again later, or ask the provider"
        }
        FailureReason::ClockSkew => {
            "set this machine's clock; the daemon signs by the provider's from its next try on"
        }
        FailureReason::UnknownCode => {
            "look the code up in the provider's documents; the message may have gone"
        }
        FailureReason::CalleeLimit => {
            "wait, or try another number: this one has had as many as the provider allows"
        }
        FailureReason::Busy | FailureReason::Timeout => "raise timeout or connections_max",
    }
}

fn host_of(url: &str) -> Option<(String, u16)> {
    let url = reqwest::Url::parse(url).ok()?;
    Some((url.host_str()?.trim_matches(['[', ']']).to_owned(), url.port_or_known_default()?))
}

/// Finds the host and connects to it, without a word.
async fn reach(host: &str, port: u16) -> Result<(), String> {
    let found = tokio::time::timeout(REACH_WITHIN, tokio::net::lookup_host((host, port))).await;
    let addresses: Vec<_> = match found {
        Ok(Ok(addresses)) => addresses.collect(),
        Ok(Err(_)) | Err(_) => {
            return Err(format!("the name {host} is not found: mend it, or this machine's name servers"));
        }
    };
    let within = span::format(REACH_WITHIN);
    let must = "this machine must reach it (proxy settings are ignored on purpose)";
    match tokio::time::timeout(REACH_WITHIN, TcpStream::connect(addresses.as_slice())).await {
        Ok(Ok(_connection)) => Ok(()),
        Ok(Err(error)) => Err(format!("{host}:{port} cannot be reached ({}); {must}", error.kind())),
        Err(_elapsed) => Err(format!("{host}:{port} does not answer within {within}; {must}")),
    }
}

/// The watcher's host is only connected to: a heartbeat from here would say that the daemon lives.
async fn heartbeat(configuration: &Configuration) -> Option<Tried> {
    let (host, port) = host_of(configuration.heartbeat.as_ref()?.url.expose())?;
    Some(match reach(&host, port).await {
        Ok(()) => Tried::works(format!("heartbeat: {host}:{port} can be reached; no heartbeat was sent")),
        Err(why) => Tried::fails(format!("heartbeat: {why}")),
    })
}

/// The front door, as somebody with a link in a message finds it, and as a gate with a picture does.
async fn door(configuration: &Configuration) -> Vec<Tried> {
    let (url, listen) = (&configuration.http.public_url, configuration.http.listen);
    let client = reqwest::Client::builder()
        .timeout(DOOR_WITHIN)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build();
    let client = match client {
        Ok(client) => client,
        Err(error) => return vec![Tried::fails(format!("public_url {url}: {}", innermost(&error)))],
    };
    let answer = match client.get(format!("{url}/healthz")).send().await {
        Ok(answer) => answer,
        Err(error) => {
            let here = tokio::time::timeout(REACH_WITHIN, TcpStream::connect(listen)).await;
            let what = if matches!(here, Ok(Ok(_))) {
                format!(
                    "the daemon listens on {listen}; look at the name, the front door and its certificate"
                )
            } else {
                format!("nothing listens on {listen}: start the daemon, then run this again")
            };
            return vec![Tried::fails(format!(
                "public_url {url}: no answer ({}); {what}",
                innermost(&error)
            ))];
        }
    };
    let status = answer.status();
    let ours = answer.text().await.is_ok_and(|text| text.trim() == "ok");
    if !(status.is_success() && ours) {
        let what = match status.as_u16() {
            200..300 => {
                "something else answers there: mend public_url, or the front door's rule for it".to_owned()
            }
            300..400 => "it redirects, and links must not: put where it leads to into public_url".to_owned(),
            502..=504 => {
                format!("the front door does not reach the daemon: it must pass requests on to {listen}")
            }
            _ => "it should answer 200: the front door must pass every path on to the daemon".to_owned(),
        };
        return vec![Tried::fails(format!("public_url {url}/healthz answers {}: {what}", status.as_u16()))];
    }
    let mut tried = vec![Tried::works(format!("public_url {url}/healthz answers ok"))];
    tried.push(picture(&client, url).await);
    tried
}

/// A body as large as a gate's picture: many front doors refuse more than 1 MiB.
async fn picture(client: &reqwest::Client, url: &str) -> Tried {
    let probe = client.post(format!("{url}/v1/sources/{}/probe", http::PROBE)).body(vec![b' '; PROBE_BYTES]);
    let what = "set client_max_body_size 8m for /v1/sources/ (deploy/nginx.conf)";
    match probe.send().await.map(|answer| answer.status()) {
        // The daemon reads the whole body, and knows no such source.
        Ok(StatusCode::UNAUTHORIZED) => Tried::works(format!("public_url {url} lets a body of 3 MB through")),
        Ok(StatusCode::PAYLOAD_TOO_LARGE) => {
            Tried::fails(format!("public_url {url} answers 413 to a body of 3 MB: {what}"))
        }
        Ok(status) => Tried::fails(format!(
            "public_url {url} answers {} to a body of 3 MB: try again in a minute, then look at the front door's rule for /v1/sources/",
            status.as_u16()
        )),
        Err(error) => Tried::fails(format!(
            "public_url {url}: a body of 3 MB did not get through ({}): {what}",
            innermost(&error)
        )),
    }
}
