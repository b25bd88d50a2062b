//! What is opened from the vault: what the people named were told, and what people wrote, each with what proves it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use super::{Pack, Posts};
use crate::vault::{self, Disclosed, MasterKey, PayloadName, VaultError};

impl Pack {
    /// Opens what the people named were told, and all that people wrote of it. Not what others were told; not a text that speaks, beside others, of a case
    /// that is open, since the digits in it still act for them, or of what the pack is not about; not what was erased.
    ///
    /// `posts` reads a copy of a configuration, of which nothing but the names and posts is kept.
    ///
    /// # Errors
    /// [`VaultError`] where the vault cannot be read, or another master key sealed it.
    pub fn disclose(
        &mut self,
        dir: &Path,
        master: &MasterKey,
        posts: impl Fn(&[u8]) -> Option<Posts>,
    ) -> Result<usize, VaultError> {
        let of_open = |subject: &Value| subject["case"].as_str().is_some_and(|case| self.open.contains(case));
        let mut wanted: BTreeSet<PayloadName> = BTreeSet::new();
        for (_, message) in self.found.messages.ordered() {
            let what = &message.what;
            let list = what["purpose"] == "forms_missing";
            if list || of_open(&what["subject"]) || !self.found.is_named(&what["to"]) {
                continue;
            }
            let names = message.attempts.iter().filter_map(|attempt| attempt["text_sha256"].as_str());
            let told = |name: &&str| {
                let all = self.found.messages.told_by(name);
                all.is_some_and(|all| all.iter().all(|message| !of_open(&message.what["subject"])))
            };
            let names = names.filter(told);
            wanted.extend(names.filter_map(|name| name.parse::<PayloadName>().ok()));
        }
        let written: BTreeSet<String> = self.written().into_iter().collect();
        wanted.extend(written.iter().filter_map(|name| name.parse::<PayloadName>().ok()));
        let copies = self.wanted_copies();
        wanted.extend(copies.iter().filter_map(|name| name.parse::<PayloadName>().ok()));
        let mut opened = vault::disclose(&dir.join("vault"), master, &wanted)?;
        for name in copies {
            let copy = name.parse().ok().and_then(|name: PayloadName| opened.remove(&name));
            self.copies.extend(copy.and_then(|copy| Some((name, posts(&copy.content)?))));
        }
        let opened = opened.into_iter().map(|(name, text)| (name.to_string(), text));
        let (written, messages) = opened.partition(|(name, _)| written.contains(name));
        self.texts = messages;
        self.read(written);
        self.opened = true;
        Ok(self.texts.len())
    }

    /// How many texts it holds.
    #[must_use]
    pub fn texts(&self) -> usize {
        self.texts.len()
    }
}

/// The files that hold a text and what proves it.
pub(super) fn files(texts: &BTreeMap<String, Disclosed>) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for (name, text) in texts {
        let Disclosed { content, key, nonce, tag } = text;
        let seal = format!("{} {} {}\n", hex::encode(key), hex::encode(nonce), hex::encode(tag));
        files.insert(format!("texts/{name}.json"), content.to_vec());
        files.insert(format!("texts/{name}.seal"), seal.into_bytes());
    }
    files
}

/// What a person read of a text: its subject, where it has one, and its words.
pub(super) fn read(text: &Disclosed) -> Option<String> {
    let rendering: Value = serde_json::from_slice(&text.content).ok()?;
    let words = rendering["text"].as_str()?;
    Some(
        rendering["subject"]
            .as_str()
            .map_or_else(|| words.to_owned(), |subject| format!("{subject}\n{words}")),
    )
}
