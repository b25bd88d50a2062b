//! Channels: the ways out, with what the rules may know of each.

use std::collections::BTreeMap;
use std::time::Duration;

use super::ChannelSettings;
use super::finding::Finding;
use super::reader::Table;
use super::secret::{address, secret};
use super::values::{DAY, Ids, MEDIA, id, tokens};
use crate::channel::{
    Channel, SettingsError, Smtp, SmtpSettings, SmtpTls, TIMEOUT_MAX, Webhook, WebhookSettings,
};
use crate::domain::directory::ChannelRules;
use crate::domain::names::{ChannelId, Medium};
use crate::http::settings::ReceiptSettings;
use crate::time::span;

/// More limits than any provider has.
const WINDOWS_MAX: usize = 10;

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
pub(super) fn read(root: &Table<'_>) -> Channels {
    let mut channels = Channels::default();
    let mut known = Ids::new();
    for table in root.tables("channel") {
        let id = id(&table, &mut known).map(|id| ChannelId::new(&id));
        channels.one(&table, id);
        table.finish();
    }
    channels
}

impl Channels {
    fn one(&mut self, table: &Table<'_>, id: Option<ChannelId>) {
        table.require("medium", "phone | sms | email | robot");
        let medium = table.word("medium", &MEDIA);
        table.require("kind", "webhook | smtp");
        let way = table.word("kind", &[("webhook", Way::Webhook), ("smtp", Way::Smtp)]);
        let (receipts, proofs) = receipts(table);
        let (pause_at_least, pause_at_most) = pauses(table);
        let (per_callee, per_second) = limits(table);
        let built = match way {
            Some(Way::Webhook) => webhook(table),
            Some(Way::Smtp) => smtp(table, medium),
            None => {
                // Without a kind nobody can say which of these belong.
                table.skip_all();
                None
            }
        };
        // A channel with mistakes is known all the same, so that whatever names it is no second mistake.
        let timeout = built.as_ref().map_or(TIMEOUT_MAX, |(timeout, _)| *timeout);
        if let (Some(id), Some(medium)) = (&id, medium) {
            let id = id.clone();
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
        if let (Some(id), Some((_, settings))) = (id, built) {
            self.receipts.insert(id.clone(), proofs);
            self.settings.push((id, settings));
        }
    }
}

fn receipts(table: &Table<'_>) -> (bool, ReceiptSettings) {
    let receipts = table.word("receipts", &[("none", false), ("native", true)]).unwrap_or(false);
    let proofs = ReceiptSettings {
        tokens: tokens(table, "receipt_token_sha256"),
        path_secrets: tokens(table, "receipt_path_secret_sha256"),
    };
    let keys = ["receipt_token_sha256", "receipt_path_secret_sha256"];
    let given = keys.into_iter().find(|key| table.has(key));
    match (receipts, given) {
        (true, None) => {
            table.missing(
                "receipt_token_sha256",
                "this or receipt_path_secret_sha256: else no receipt is let in",
            );
        }
        (false, Some(given)) if !table.has("receipts") => {
            let finding = Finding::mistake(&table.whole().place, &table.key(given), "receipts are not taken");
            table.report.tell(finding.expected("receipts = \"native\" beside it").following());
        }
        (true, Some(_)) | (false, _) => {}
    }
    (receipts, proofs)
}

fn pauses(table: &Table<'_>) -> (Duration, Duration) {
    let (least, most) = (Duration::from_secs(2), Duration::from_mins(1));
    let Some(retry) = table.table("retry") else { return (least, most) };
    let shortest = Duration::from_millis(10);
    let at_least = retry.bounded("pause_at_least", shortest, DAY);
    let at_most = retry.bounded("pause_at_most", shortest, DAY);
    retry.finish();
    let least = at_least.as_ref().map_or(least, |pause| pause.value);
    let most = at_most.as_ref().map_or(most, |pause| pause.value);
    if let (true, Some(at)) = (least > most, at_most.or(at_least)) {
        let expected =
            format!("pause_at_least ({}) <= pause_at_most ({})", span::format(least), span::format(most));
        table.wrong(&at, "out of order", expected);
    }
    (least, most)
}

fn limits(table: &Table<'_>) -> (Vec<(Duration, usize)>, Option<usize>) {
    const EXPECTED: &str = "a window of at most 24h, such as \"1h\" = 5";
    let Some(limits) = table.table("limits") else { return (Vec::new(), None) };
    let per_second = limits.number("per_second", 1..=100_000).and_then(|at| usize::try_from(at.value).ok());
    let mut per_callee = Vec::new();
    if let Some(windows) = limits.table("per_callee") {
        let keys = windows.keys();
        if let Some(too_many) = keys.get(WINDOWS_MAX) {
            limits.wrong(too_many, "too many windows", "at most 10");
        }
        for key in keys {
            let window = span::parse(key.value).filter(|window| !window.is_zero() && *window <= DAY);
            let most = windows.number(key.value, 1..=100_000).and_then(|at| usize::try_from(at.value).ok());
            match window {
                Some(window) => per_callee.extend(most.map(|most| (window, most))),
                None => windows.wrong(&key, "not a window of time", EXPECTED),
            }
        }
    }
    limits.finish();
    per_callee.sort();
    (per_callee, per_second)
}

type Built = Option<(Duration, ChannelSettings)>;

fn webhook(table: &Table<'_>) -> Built {
    table.require("url", "where each message is posted");
    let url = address(table, "url");
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
    settings.ca = table.text("ca").map(|path| table.report.folder.join(path.value));
    settings.connections_max = connections(table, settings.connections_max);
    if let Some(headers) = table.table("headers") {
        for name in headers.keys() {
            if let Some(secret) = secret(&headers, name.value) {
                settings.headers.insert(name.value.to_owned(), secret.value);
            }
        }
    }
    settings.url = url?.value;
    settings.body = body?.value;
    let built = told(table, Webhook::new(&settings))?;
    Some((Channel::Webhook(built).attempt_max(), ChannelSettings::Webhook(settings)))
}

fn smtp(table: &Table<'_>, medium: Option<Medium>) -> Built {
    if let (Some(Medium::Phone | Medium::Sms | Medium::Robot), Some(entry)) = (medium, table.entry("kind")) {
        let finding = Finding::mistake(&entry.node.place, &table.key("kind"), "this brings mail alone");
        table.report.tell(finding.expected("webhook, or medium = \"email\""));
    }
    let host = table.required("host", "the relay's name or address");
    let ways = [("starttls", SmtpTls::Starttls), ("implicit", SmtpTls::Implicit), ("none", SmtpTls::None)];
    let tls = table.word("tls", &ways).unwrap_or(SmtpTls::Starttls);
    let port = match tls {
        SmtpTls::Starttls => 587,
        SmtpTls::Implicit => 465,
        SmtpTls::None => 25,
    };
    let port =
        table.number("port", 1..=65_535).and_then(|port| u16::try_from(port.value).ok()).unwrap_or(port);
    let from = table.required("from", "the sender's address");
    let user = table.text("user").map(|user| user.value);
    let password = secret(table, "password").map(|password| password.value);
    let ca = table.text("ca").map(|path| table.report.folder.join(path.value));
    let plain = table.text("plain_text_allowed").map(|why| why.value);
    let timeout = table.duration("timeout");
    // A password that is there and cannot be read is a mistake already; that it lacks would be a second.
    let unread = table.has("password") && password.is_none();
    let connections = connections(table, 2);
    let mut settings = SmtpSettings::new(host?.value, port, tls, from?.value);
    (settings.user, settings.password, settings.ca, settings.plain_text_allowed) =
        (user, password, ca, plain);
    settings.timeout = timeout.map_or(settings.timeout, |timeout| timeout.value);
    settings.connections_max = connections;
    if unread {
        return None;
    }
    let built = told(table, Smtp::new(&settings))?;
    Some((Channel::Smtp(built).attempt_max(), ChannelSettings::Smtp(settings)))
}

fn connections(table: &Table<'_>, default: usize) -> usize {
    let most = table.number("connections_max", 1..=256).and_then(|most| usize::try_from(most.value).ok());
    most.unwrap_or(default)
}

/// Tells what a channel cannot be built from, at the key that it names.
fn told<T>(table: &Table<'_>, built: Result<T, SettingsError>) -> Option<T> {
    let error = match built {
        Ok(built) => return Some(built),
        Err(error) => error,
    };
    let key = match error.field {
        "id" => "provider_id",
        field => field,
    };
    let shown = table.entry(key).map_or_else(|| table.whole().place, |entry| entry.node.place.clone());
    let finding = match error.problem.strip_prefix("expected ") {
        Some(expected) => Finding::mistake(&shown, &table.key(key), "cannot be used").expected(expected),
        None => Finding::mistake(&shown, &table.key(key), error.problem),
    };
    table.report.tell(finding);
    None
}
