//! The ways out: a provider that the configuration describes, and a mail relay.

use super::super::ChannelSettings;
use super::super::finding::Finding;
use super::super::reader::Table;
use super::super::secret::{address, secret};
use super::{Built, connections, told};
use crate::channel::{Channel, Smtp, SmtpSettings, SmtpTls, Webhook, WebhookSettings};
use crate::domain::names::Medium;

pub(super) fn webhook(table: &Table<'_>) -> Built {
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

pub(super) fn smtp(table: &Table<'_>, medium: Option<Medium>) -> Built {
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
