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
}

const NAMES: [(&str, Name); 3] =
    [("wecom", Name::WeCom), ("dingtalk", Name::DingTalk), ("feishu", Name::Feishu)];

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
    suits(table, medium);
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
    };
    let mut settings = PresetSettings::new(preset);
    settings.timeout = timeout.map_or(settings.timeout, |timeout| timeout.value);
    settings.connections_max = connections(table, settings.connections_max);
    (settings.url, settings.ca, settings.plain_text_allowed) = (base, ca, plain);
    let built = told(table, Webhook::preset(&settings))?;
    Some((Channel::Webhook(built).attempt_max(), ChannelSettings::Preset(settings)))
}

/// A robot writes to its group, and to nobody's telephone.
fn suits(table: &Table<'_>, medium: Option<Medium>) {
    if let (Some(Medium::Phone | Medium::Sms | Medium::Email), Some(entry)) = (medium, table.entry("preset"))
    {
        let finding = Finding::mistake(&entry.node.place, &table.key("preset"), "this writes to a group");
        table.report.tell(finding.expected("medium = \"robot\""));
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
