//! Providers that are known: what each must be told.

use super::super::ChannelSettings;
use super::super::finding::Finding;
use super::super::reader::Table;
use super::super::report::At;
use super::super::secret::{address, secret};
use super::{Built, connections, told};
use crate::channel::{Channel, Preset, PresetSettings, Secret, Webhook};
use crate::domain::names::Medium;

#[derive(Clone, Copy)]
enum Name {
    WeCom,
    DingTalk,
    Feishu,
    Ntfy,
    TwilioSms,
}

const NAMES: [(&str, Name); 5] = [
    ("wecom", Name::WeCom),
    ("dingtalk", Name::DingTalk),
    ("feishu", Name::Feishu),
    ("ntfy", Name::Ntfy),
    ("twilio-sms", Name::TwilioSms),
];

/// What a description of one's own says, and a known provider has without being told.
const NOT_BESIDE: [&str; 6] = ["body", "headers", "accepted_if", "exhausted_if", "refused_if", "provider_id"];

/// Reads what a known provider is built from.
pub(super) fn preset(table: &Table<'_>, medium: Option<Medium>) -> Built {
    let name = table.word("preset", &NAMES);
    for key in NOT_BESIDE {
        if let Some(entry) = table.entry(key) {
            let finding =
                Finding::mistake(&entry.node.place, &table.key(key), "a preset has this of its own");
            table.report.tell(finding.expected("no such key beside preset"));
        }
    }
    let base = address(table, "url").map(|url| url.value);
    let timeout = table.duration("timeout");
    let ca = table.text("ca").map(|path| table.report.folder.join(path.value));
    let plain = table.text("plain_text_allowed").map(|why| why.value);
    let Some(name) = name else {
        // Without its name nobody can say which of the other keys belong.
        table.skip_all();
        return None;
    };
    suits(table, name, medium);
    let preset = match name {
        Name::WeCom => {
            let key = key(table, "key", "the key of the robot's address, or the whole address")?;
            Preset::WeCom { key: within(&key, "key=") }
        }
        Name::DingTalk => {
            let (token, secret, keyword) = group(table, "access_token=")?;
            Preset::DingTalk { token, secret, keyword }
        }
        Name::Feishu => {
            let (token, secret, keyword) = group(table, "/hook/")?;
            Preset::Feishu { token, secret, keyword }
        }
        Name::Ntfy => {
            let token = secret(table, "token").map(|token| token.value);
            let topic = key(table, "topic", "the topic: letters, digits, - and _, at most 64")?;
            Preset::Ntfy { topic: topic.value, token }
        }
        Name::TwilioSms => {
            let account = table.required("account_sid", "the account's id, AC and 32 digits");
            let token = key(table, "auth_token", "the account's token");
            let from =
                table.required("from", "a number as +15005550006, or a messaging service, MG and 32 digits");
            Preset::TwilioSms { account: account?.value, token: token?.value, from: from?.value }
        }
    };
    let mut settings = PresetSettings::new(preset);
    settings.timeout = timeout.map_or(settings.timeout, |timeout| timeout.value);
    settings.connections_max = connections(table, settings.connections_max);
    (settings.url, settings.ca, settings.plain_text_allowed) = (base, ca, plain);
    let built = told(table, Webhook::preset(&settings))?;
    Some((Channel::Webhook(built).attempt_max(), ChannelSettings::Preset(settings)))
}

/// A robot writes to its group, and to nobody's telephone; what sends SMS does nothing else.
fn suits(table: &Table<'_>, name: Name, medium: Option<Medium>) {
    let (suited, wrong, expected) = match name {
        Name::WeCom | Name::DingTalk | Name::Feishu | Name::Ntfy => {
            (Medium::Robot, "this writes to a group", "medium = \"robot\"")
        }
        Name::TwilioSms => (Medium::Sms, "this sends SMS", "medium = \"sms\""),
    };
    if let (Some(entry), true) = (table.entry("preset"), medium.is_some_and(|medium| medium != suited)) {
        let finding = Finding::mistake(&entry.node.place, &table.key("preset"), wrong);
        table.report.tell(finding.expected(expected));
    }
}

fn key<'a>(table: &Table<'a>, key: &'a str, expected: &str) -> Option<At<Secret>> {
    table.require(key, expected);
    secret(table, key).filter(|found| {
        let empty = found.value.expose().trim().is_empty();
        if empty {
            table.wrong(found, "empty", expected);
        }
        !empty
    })
}

/// The token of a robot's address, with what it signs and what word it needs.
fn group(table: &Table<'_>, before: &str) -> Option<(Secret, Option<Secret>, Option<String>)> {
    let token = key(table, "token", "the token of the robot's address, or the whole address");
    let signs = secret(table, "secret").map(|secret| secret.value);
    let keyword = table.text("keyword").map(|word| word.value);
    Some((within(&token?, before), signs, keyword))
}

/// People paste the whole address that the group shows them: what stands in it behind a mark, to the next `&`.
fn within(text: &At<Secret>, mark: &str) -> Secret {
    let found = text.value.expose().trim();
    let behind = found.split_once(mark).filter(|_| found.contains("://")).map_or(found, |(_, rest)| rest);
    Secret::new(behind.split_once('&').map_or(behind, |(token, _)| token))
}
