//! The files of a pack.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::search::kind;
use super::signed::{self, Vouch};
use super::{Pack, PackError, page, texts};
use crate::domain::names::{AuthorityId, FormId, PersonId, UnitId};
use crate::journal::Hash;
use crate::ledger::export::{Line, Names};
use crate::time::{Timestamp, Zone};

impl Pack {
    /// Everything as JSON.
    fn json(&self, names: &dyn Names) -> Value {
        let hashes: BTreeMap<u64, Hash> =
            self.found.links.iter().map(|link| (link.seq, Hash::new(link.hash))).collect();
        let facts = self.facts();
        let lapse = |line: &Line| {
            let mut told = line.json(names, &hashes);
            self.tell(line, &mut told);
            self.excuse(&facts, line, &mut told);
            told
        };
        let lapses: Vec<Value> = self.lapses.iter().map(lapse).collect();
        let hash = |seq: &u64| json!({ "seq": seq, "hash": hashes.get(seq).map(Hash::to_string) });
        json!({
            "made_at": self.made_at, "build": env!("CARGO_PKG_VERSION"), "lapses": lapses,
            "in_force_since": self.since,
            "configurations": self.found("configuration_adopted", &["sha256"]),
            "rules": self.rules(), "posts": self.posts(&facts), "posts_configured": self.posts_configured(), "course": self.found.course,
            "messages": self.found.messages.json(&|attempt| self.with_text(attempt)), "handed_out": self.found.handed_out,
            "daemon": { "starts": self.found("started", &["build", "down"]),
                        "troubles": self.troubles("trouble_began"),
                        "troubles_over": self.troubles("trouble_ended"),
                        "maintenance": self.found("maintenance_announced", &["span", "actor"]),
                        "maintenance_over": self.found("maintenance_ended", &["maintenance", "at", "actor"]),
                        "registers": self.found("staff_loaded", &["sha256", "before"]),
                        "armed": self.armed() },
            "clock": { "in_doubt": self.doubts, "steps": self.found("clock_stepped", &["from", "to"]) },
            "chain": { "first": self.found.links.first().map(|link| link.seq), "last": self.head.seq,
                       "entries": self.found.entries.keys().map(hash).collect::<Vec<_>>(),
                       "behind_the_head": self.found.newer },
            "head": self.head, "head_left": self.left,
        })
    }

    /// By what it was due: the periods as they opened, and the policies as cases hold them.
    fn rules(&self) -> Vec<Value> {
        let mut rules = self.found("period_opened", &["period"]);
        rules.extend(self.found("period_reopened", &["period"]));
        rules.extend(self.found("period_withdrawn", &["period", "why"]));
        rules.extend(self.found("due_moved", &["period", "moved"]));
        rules.extend(self.found("clock_started", &["case", "clock"]));
        rules.extend(self.found("policy_kept", &["policy", "rules"]));
        rules
    }

    fn troubles(&self, fact: &str) -> Vec<Value> {
        let mut troubles = self.found(fact, &["trouble", "at"]);
        troubles.retain(|told| told["trouble"].as_str().is_some_and(|trouble| self.found.concerns(trouble)));
        troubles
    }

    fn armed(&self) -> Vec<Value> {
        let mut armed = self.found("armed", &["actor"]);
        armed.extend(self.found("disarmed", &["actor"]));
        armed
    }

    /// What the entries say in facts of one name: these members, with the entry's number and instant.
    fn found(&self, name: &str, members: &[&str]) -> Vec<Value> {
        let mut found = Vec::new();
        for (seq, json) in &self.found.entries {
            let Ok(entry) = serde_json::from_slice::<Value>(json) else { continue };
            for fact in entry["facts"].as_array().into_iter().flatten().filter(|fact| kind(fact) == name) {
                let body = fact.as_object().and_then(|fact| fact.values().next());
                let mut told = json!({ "seq": seq, "at": entry["at"], "fact": name });
                if let (Some(told), Some(body)) = (told.as_object_mut(), body) {
                    told.extend(members.iter().map(|member| ((*member).to_owned(), body[*member].clone())));
                }
                found.push(told);
            }
        }
        found
    }

    /// Makes the files of the pack. They say whether somebody vouches for it, and whether it is on record that it was made.
    ///
    /// # Errors
    /// [`PackError::Page`].
    pub fn made<'k>(
        &self,
        (names, zone): (&dyn Names, &Zone),
        (vouch, on_record): (Vouch<'k>, bool),
    ) -> Result<Made<'k>, PackError> {
        let names: &dyn Names = &Then { pack: self, names };
        let mut json = self.json(names);
        json["unsigned"] = json!(vouch.unsigned());
        json["on_record"] = json!(on_record);
        let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        for (seq, json) in &self.found.entries {
            files.insert(format!("entries/{seq}.json"), json.clone());
        }
        let links = self.found.links.iter();
        let chain: String = links
            .map(|link| format!("{} {} {}\n", link.seq, hex::encode(link.json), hex::encode(link.hash)))
            .collect();
        let mut pretty = format!("{json:#}").into_bytes();
        pretty.push(b'\n');
        let page = page::written(self, (&json, names), zone).ok_or(PackError::Page)?;
        files.insert("index.html".to_owned(), page.into_bytes());
        files.append(&mut texts::files(&self.texts));
        files.insert("pack.json".to_owned(), pretty);
        files.insert("chain.txt".to_owned(), chain.into_bytes());
        files.insert("head.json".to_owned(), format!("{}\n", json["head"]).into_bytes());
        files.insert("steps.sh".to_owned(), include_bytes!("steps.sh").to_vec());
        let sum =
            |(name, bytes): (&String, &Vec<u8>)| format!("{}  {name}\n", hex::encode(Sha256::digest(bytes)));
        let sums: String = files.iter().map(sum).collect();
        let list = Hash::new(Sha256::digest(&sums).into());
        files.insert("SHA256SUMS".to_owned(), sums.into_bytes());
        Ok(Made { files, list, at: self.made_at, vouch })
    }
}

/// The files of a pack, before they are written.
#[derive(Debug)]
pub struct Made<'k> {
    files: BTreeMap<String, Vec<u8>>,
    list: Hash,
    at: Timestamp,
    vouch: Vouch<'k>,
}

impl Made<'_> {
    /// The SHA-256 of the list of its files, by which a pack is known.
    #[must_use]
    pub const fn sha256(&self) -> Hash {
        self.list
    }

    /// Writes them into a folder that is not there, or is empty, with the entry in which the pack is on record.
    ///
    /// # Errors
    /// [`PackError::Write`].
    pub fn write(mut self, out: &Path, entry: Option<u64>) -> Result<(), PackError> {
        free(out)?;
        let signed = self.vouch.of(self.list, self.at, entry);
        self.files.insert(signed::NAME.to_owned(), format!("{signed}\n").into_bytes());
        for folder in ["entries", "texts"] {
            fs::create_dir_all(out.join(folder)).map_err(failed(out))?;
        }
        for (name, bytes) in self.files {
            let path = out.join(name);
            fs::write(&path, bytes).map_err(failed(&path))?;
        }
        Ok(())
    }
}

/// Whether a pack can be written to a folder: it is not there, or is empty.
///
/// # Errors
/// [`PackError::Write`].
pub fn free(out: &Path) -> Result<(), PackError> {
    if fs::read_dir(out).is_ok_and(|mut all| all.next().is_some()) {
        return Err(failed(out)(io::Error::from(io::ErrorKind::DirectoryNotEmpty)));
    }
    Ok(())
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> PackError {
    let path = path.to_owned();
    move |error| PackError::Write(path, error)
}

/// What people and units were called when it was due, and everything else as it is called.
struct Then<'p> {
    pack: &'p Pack,
    names: &'p dyn Names,
}

impl Names for Then<'_> {
    fn person(&self, person: &PersonId) -> Option<String> {
        self.pack.called(person).or_else(|| self.names.person(person))
    }

    fn unit(&self, unit: &UnitId, at: Timestamp) -> String {
        self.pack.unit_called(unit, at).unwrap_or_else(|| self.names.unit(unit, at))
    }

    fn authority(&self, authority: &AuthorityId) -> String {
        self.names.authority(authority)
    }

    fn form(&self, form: &FormId) -> String {
        self.names.form(form)
    }

    fn figure(&self, form: &FormId, field: &str) -> String {
        self.names.figure(form, field)
    }
}
