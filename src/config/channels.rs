//! Channels: the ways out, with what the rules may know of each.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::daemon::secret_or_text;
use super::reader::Table;
use super::secret::{of_node, secret};
use super::{ChannelSettings, Places, id};
use crate::channel::{Secret, SettingsError, Smtp, SmtpSettings, SmtpTls, Webhook, WebhookSettings};
use crate::domain::directory::ChannelRules;
use crate::domain::names::{ChannelId, Medium};
use crate::http::credential::{TokenHash, Tokens};
use crate::http::settings::ReceiptSettings;

pub(super) const MEDIA: [(&str, Medium); 4] =
    [("phone", Medium::Phone), ("sms", Medium::Sms), ("email", Medium::Email), ("robot", Medium::Robot)];

/// Channels as three rooms need them.
#[derive(Default)]
pub(super) struct Channels {
    pub(super) rules: Vec<ChannelRules>,
    pub(super) settings: Vec<(ChannelId, ChannelSettings)>,
    pub(super) receipts: BTreeMap<ChannelId, ReceiptSettings>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Webhook,
    Smtp,
}

/// Reads `[[channel]]`.
pub(super) fn read(root: &Table<'_>, places: &Places) -> Channels {
    let mut channels = Channels::default();
    let mut known = Vec::new();
    for table in root.tables("channel") {
        if let Some(id) = id(&table, &mut known).map(|id| ChannelId::new(&id)) {
            places.note(format!("channel:{id}"), table.place());
            channels.one(&table, id);
        }
        table.finish();
    }
    channels
}

impl Channels {
    fn one(&mut self, table: &Table<'_>, id: ChannelId) {
        let medium = table.word("medium", &MEDIA);
        if medium.is_none() && !table.has("medium") {
            table.missing("medium", "phone, sms, email or robot");
        }
        let way = table.word("kind", &[("webhook", Way::Webhook), ("smtp", Way::Smtp)]);
        if way.is_none() && !table.has("kind") {
            table.missing("kind", "webhook or smtp");
        }
        let receipts = table.word("receipts", &[("none", false), ("native", true)]).unwrap_or(false);
        let proofs = ReceiptSettings {
            tokens: tokens(table, "receipt_token_sha256"),
            path_secrets: tokens(table, "receipt_path_secret_sha256"),
        };
        self.receipts.insert(id.clone(), proofs);
        let (pause_at_least, pause_at_most) = pauses(table);
        let (per_callee, per_second) = limits(table);
        let settings = match way {
            Some(Way::Webhook) => {
                webhook(table).map(|settings| (settings.timeout, ChannelSettings::Webhook(settings)))
            }
            Some(Way::Smtp) => {
                smtp(table).map(|settings| (settings.timeout, ChannelSettings::Smtp(settings)))
            }
            None => None,
        };
        let Some((timeout, settings)) = settings else { return };
        self.settings.push((id.clone(), settings));
        if let Some(medium) = medium {
            self.rules.push(ChannelRules {
                id,
                medium,
                receipts,
                timeout,
                pause_at_least,
                pause_at_most,
                per_callee,
                per_second,
            });
        }
    }
}

/// Hashes of tokens: one, or several while they are being changed.
pub(super) fn tokens<'a>(table: &Table<'a>, key: &'a str) -> Tokens {
    let hashes =
        table.one_or_more(key).into_iter().filter_map(|text| match text.value.parse::<TokenHash>() {
            Ok(hash) => Some(hash),
            Err(error) => {
                table.wrong(&text, error.to_string());
                None
            }
        });
    Tokens::new(hashes.collect())
}

fn pauses(table: &Table<'_>) -> (Duration, Duration) {
    let (mut least, mut most) = (Duration::from_secs(2), Duration::from_mins(1));
    if let Some(retry) = table.table("retry") {
        least = retry.duration("pause_at_least").map_or(least, |pause| pause.value);
        most = retry.duration("pause_at_most").map_or(most, |pause| pause.value);
        if least > most {
            retry.missing("pause_at_most", "at least pause_at_least");
        }
        retry.finish();
    }
    (least, most)
}

#[expect(clippy::wildcard_enum_match_arm, reason = "whatever else it is, it is not what was expected")]
fn limits(table: &Table<'_>) -> (Vec<(Duration, usize)>, Option<usize>) {
    let Some(limits) = table.table("limits") else { return (Vec::new(), None) };
    let mut per_callee = Vec::new();
    if let Some(windows) = limits.table("per_callee") {
        for (window, count) in windows.free() {
            let length =
                crate::time::span::parse(&window.value).filter(|length| *length <= Duration::from_hours(24));
            let most = match count.value {
                super::node::Value::Integer(most) if most > 0 => usize::try_from(most).ok(),
                _ => None,
            };
            match (length, most) {
                (Some(length), Some(most)) => per_callee.push((length, most)),
                _ => {
                    windows.wrong(&window, "expected a window of at most 24h and a count, such as \"1h\" = 5")
                }
            }
        }
    }
    let per_second = limits.number("per_second", 1..=100_000).and_then(|at| usize::try_from(at.value).ok());
    limits.finish();
    per_callee.sort();
    (per_callee, per_second)
}

fn told(table: &Table<'_>, error: &SettingsError) {
    let finding = super::Finding::mistake(table.place(), &table.key(error.field), error.problem.clone());
    table.tell(finding);
}

fn webhook(table: &Table<'_>) -> Option<WebhookSettings> {
    let url = secret_or_text(table, "url");
    if url.is_none() && !table.has("url") {
        table.missing("url", "where each message is posted");
    }
    let body = table.required("body", "a template of the JSON that is posted");
    let mut settings = WebhookSettings::new("", "");
    for (key, slot) in [
        ("accepted_if", &mut settings.accepted_if),
        ("exhausted_if", &mut settings.exhausted_if),
        ("refused_if", &mut settings.refused_if),
        ("provider_id", &mut settings.id),
        ("plain_text_allowed", &mut settings.plain_text_allowed),
    ] {
        *slot = table.text(key).map(|text| text.value);
    }
    settings.timeout = table.duration("timeout").map_or(settings.timeout, |timeout| timeout.value);
    settings.ca = table.text("ca").map(|path| PathBuf::from(path.value));
    if let Some(most) = table.number("connections", 1..=256) {
        settings.connections_max = usize::try_from(most.value).unwrap_or(settings.connections_max);
    }
    if let Some(headers) = table.table("headers") {
        for (name, value) in headers.free() {
            if let Some(secret) = of_node(&headers, &name.key, value) {
                settings.headers.insert(name.value, secret);
            }
        }
    }
    settings.url = url?;
    settings.body = body?.value;
    if let Err(error) = Webhook::new(&settings) {
        told(table, &error);
        return None;
    }
    Some(settings)
}

fn smtp(table: &Table<'_>) -> Option<SmtpSettings> {
    let host = table.required("host", "the relay's name or address");
    let tls = table.word(
        "tls",
        &[("starttls", SmtpTls::Starttls), ("implicit", SmtpTls::Implicit), ("none", SmtpTls::None)],
    );
    let tls = tls.unwrap_or(SmtpTls::Starttls);
    let port = match tls {
        SmtpTls::Starttls => 587,
        SmtpTls::Implicit => 465,
        SmtpTls::None => 25,
    };
    let port =
        table.number("port", 1..=65_535).and_then(|port| u16::try_from(port.value).ok()).unwrap_or(port);
    let from = table.required("from", "the sender's address");
    let user = table.text("user").map(|user| user.value);
    let password: Option<Secret> = secret(table, "password");
    let ca = table.text("ca").map(|path| PathBuf::from(path.value));
    let plain = table.text("plain_text_allowed").map(|why| why.value);
    let timeout = table.duration("timeout");
    let connections = table.number("connections", 1..=64);
    let mut settings = SmtpSettings::new(host?.value, port, tls, from?.value);
    (settings.user, settings.password, settings.ca, settings.plain_text_allowed) =
        (user, password, ca, plain);
    settings.timeout = timeout.map_or(settings.timeout, |timeout| timeout.value);
    if let Some(most) = connections {
        settings.connections_max = usize::try_from(most.value).unwrap_or(settings.connections_max);
    }
    if let Err(error) = Smtp::new(&settings) {
        told(table, &error);
        return None;
    }
    Some(settings)
}
