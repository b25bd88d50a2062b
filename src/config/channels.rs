//! Channels: the ways out, with what the rules may know of each.

mod limits;
mod preset;
mod ways;

use std::collections::BTreeMap;
use std::time::Duration;

use self::limits::{limits, pauses};
use self::preset::preset;
use self::ways::{smtp, webhook};
use super::ChannelSettings;
use super::finding::Finding;
use super::reader::Table;
use super::values::{Ids, MEDIA, id, tokens};
use crate::channel::{SettingsError, TIMEOUT_MAX};
use crate::domain::directory::ChannelRules;
use crate::domain::names::ChannelId;
use crate::http::settings::ReceiptSettings;

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
        let (mut per_callee, per_second) = limits(table);
        let built = match way {
            Some(Way::Webhook) if table.has("preset") => preset(table, medium),
            Some(Way::Webhook) => webhook(table),
            Some(Way::Smtp) => smtp(table, medium),
            None => {
                // Without a kind nobody can say which of these belong.
                table.skip_all();
                None
            }
        };
        if let Some((_, ChannelSettings::Preset(settings))) = built.as_ref().filter(|_| per_callee.is_empty())
        {
            per_callee = settings.preset.limits();
        }
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

type Built = Option<(Duration, ChannelSettings)>;

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
