//! What is opened from the vault: what the people named were told, and what people wrote, each with what proves it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value, json};

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
        let closed = wanted.iter().filter(|name| !opened.contains_key(*name)).copied().collect();
        (self.erased, self.missing) = why_closed(&dir.join("vault"), &closed, &self.found.erased)?;
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

    /// Whether what was sealed under a name is in the pack, else why not: `null` where it was never to be.
    pub(super) fn held(&self, payload: &str) -> Value {
        let is_given = self.readings.contains_key(payload) || self.texts.contains_key(payload);
        match (is_given, self.opened) {
            (true, _) => json!("given"),
            (false, false) => json!("not_opened"),
            (false, true) if self.erased.contains_key(payload) => json!("erased"),
            (false, true) if self.missing.contains(payload) => json!("missing"),
            (false, true) => Value::Null,
        }
    }

    /// An attempt with what it said, where that is in the pack, or why it is not.
    pub(super) fn with_text(&self, attempt: &Value) -> Value {
        let mut told = attempt.clone();
        let Some(name) = attempt["text_sha256"].as_str() else { return told };
        if let Some(text) = self.texts.get(name).and_then(read) {
            told["text"] = json!(text);
        }
        if self.opened {
            told["held"] = self.held(name);
            told["erased_in"] = json!(self.erased_in(name));
        }
        told
    }

    /// The entry by which it was erased.
    pub(super) fn erased_in(&self, payload: &str) -> Option<u64> {
        self.erased.get(payload).copied()
    }

    /// How many texts it holds.
    #[must_use]
    pub fn texts(&self) -> usize {
        self.texts.len()
    }
}

/// Of what did not open, what was erased with its case, by the entry that says so, and what is missing.
fn why_closed(
    vault: &Path,
    closed: &BTreeSet<PayloadName>,
    erasures: &BTreeMap<String, u64>,
) -> Result<(BTreeMap<String, u64>, BTreeSet<String>), VaultError> {
    let under = vault::sealed_under(vault, closed)?;
    let (mut erased, mut missing) = (BTreeMap::new(), BTreeSet::new());
    for name in closed {
        let case = under.get(name).and_then(|subject| subject.as_str().strip_prefix("case/"));
        if let Some(entry) = case.and_then(|case| erasures.get(case)) {
            erased.insert(name.to_string(), *entry);
        } else {
            missing.insert(name.to_string());
        }
    }
    Ok((erased, missing))
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
fn read(text: &Disclosed) -> Option<String> {
    let rendering: Value = serde_json::from_slice(&text.content).ok()?;
    let words = rendering["text"].as_str()?;
    Some(
        rendering["subject"]
            .as_str()
            .map_or_else(|| words.to_owned(), |subject| format!("{subject}\n{words}")),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::{Vault, seal};

    #[test]
    fn a_text_is_called_erased_only_where_an_entry_says_that_its_case_was() {
        let folder = tempfile::tempdir().unwrap();
        let (vault, _) = Vault::open(folder.path(), MasterKey::from_bytes([7; 32]), 0).unwrap();
        let put = |text: &[u8], subject: &str| {
            let sealed = seal(text).unwrap();
            let name = sealed.name;
            vault.put_all(1, vec![(sealed, subject.parse().unwrap())]).unwrap();
            name
        };
        let (told, untold) = (put(b"erased on record", "case/C-1"), put(b"erased by somebody", "case/C-2"));
        let of_lapse = put(b"a statement", "lapse/L-1");
        for subject in ["case/C-1", "case/C-2", "lapse/L-1"] {
            vault.erase(&subject.parse().unwrap()).unwrap();
        }
        let never = seal(b"never put").unwrap().name;
        let closed = BTreeSet::from([told, untold, of_lapse, never]);
        let erasures = BTreeMap::from([("C-1".to_owned(), 40), ("C-3".to_owned(), 41)]);
        let (erased, missing) = why_closed(folder.path(), &closed, &erasures).unwrap();
        assert_eq!(erased, BTreeMap::from([(told.to_string(), 40)]));
        assert_eq!(missing, [untold, of_lapse, never].iter().map(ToString::to_string).collect());
    }
}
