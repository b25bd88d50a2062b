//! Whether a pack is as it was made, and what it holds is what was signed.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use chacha20poly1305::aead::generic_array::GenericArray;
use chacha20poly1305::{AeadInPlace as _, ChaCha20Poly1305, KeyInit as _};
use ed25519_dalek::VerifyingKey;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::super::verify::VerifyError;
use super::signed::{self, Unsigned};
use crate::journal::{Hash, SignedHead};

/// What was found of a pack.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PackFinding {
    /// Files that are as they were packed.
    pub files: usize,
    /// Links of the chain that follow one another.
    pub links: u64,
    /// Entries that are whole in it.
    pub entries: usize,
    /// Texts that are what was sealed under the names that the entries hold.
    pub texts: usize,
    /// The head that was given lies within the chain, and is that of the same entry.
    pub compared: bool,
    /// The head it reaches to.
    pub head: Option<SignedHead>,
    /// The entry in which it says that it is on record that it was made: nobody vouches for that where it is not signed.
    pub entry: Option<u64>,
    /// Why nobody vouches for it as a whole: whatever is said above, a file may have been taken out.
    pub unsigned: Option<Unsigned>,
    /// The first thing that differs, for a person.
    pub bad: Option<String>,
}

/// Checks a pack, and with `against` that it was signed by the same key, and holds the same entry where it reaches to it.
///
/// # Errors
/// [`VerifyError`] where the folder cannot be read. What is wrong in it is a finding.
pub fn check(pack: &Path, against: Option<&SignedHead>) -> Result<PackFinding, VerifyError> {
    let mut found = PackFinding::default();
    let sums = read(pack, "SHA256SUMS")?;
    let listed = files(pack, &sums, &mut found)?;
    let mut chain = Chain { pack, against, before: None, renderings: BTreeSet::new() };
    let outcome = listed.and_then(|()| {
        chain.links(&text(pack, "chain.txt")?, &mut found)?;
        let head = chain.head()?;
        found.head = Some(head);
        found.texts = chain.texts()?;
        if !pack.join(signed::NAME).exists() {
            found.unsigned = Some(Unsigned::NotThere);
            return Ok(());
        }
        let list = Hash::new(Sha256::digest(&sums).into());
        (found.entry, found.unsigned) = signed::read(&text(pack, signed::NAME)?, list, &head)?;
        Ok(())
    });
    found.bad = outcome.err();
    Ok(found)
}

fn text(pack: &Path, name: &str) -> Result<String, String> {
    fs::read_to_string(pack.join(name)).map_err(|_cause| format!("{name} cannot be read as text"))
}

fn read(pack: &Path, name: &str) -> Result<Vec<u8>, VerifyError> {
    let path = pack.join(name);
    fs::read(&path).map_err(|source| VerifyError { path, source })
}

/// The folders of a pack.
const FOLDERS: [&str; 2] = ["entries", "texts"];

/// Every file that is listed is as it was, and beside them there is no file, folder or link.
fn files(pack: &Path, sums: &[u8], found: &mut PackFinding) -> Result<Result<(), String>, VerifyError> {
    let mut listed: BTreeSet<PathBuf> = ["SHA256SUMS", signed::NAME].map(PathBuf::from).into();
    let Ok(sums) = std::str::from_utf8(sums) else { return Ok(Err("SHA256SUMS is not text".to_owned())) };
    for line in sums.split_terminator('\n') {
        let Some((sum, name)) =
            line.split_once("  ").filter(|(_, name)| !name.contains("..") && !name.starts_with('/'))
        else {
            return Ok(Err("SHA256SUMS holds what is no line of it".to_owned()));
        };
        let Ok(bytes) = fs::read(pack.join(name)) else {
            return Ok(Err(format!("{name}, which SHA256SUMS lists, is not there")));
        };
        if hex::encode(Sha256::digest(&bytes)) != sum {
            return Ok(Err(format!("{name} is not as it was packed, or SHA256SUMS is not")));
        }
        listed.insert(PathBuf::from(name));
        found.files += 1;
    }
    for folder in [""].into_iter().chain(FOLDERS) {
        let path = pack.join(folder);
        if !path.exists() {
            continue;
        }
        let failed = |source| VerifyError { path: path.clone(), source };
        for file in fs::read_dir(&path).map_err(failed)? {
            let file = file.map_err(failed)?;
            let name = Path::new(folder).join(file.file_name());
            let kind = file.file_type().map_err(failed)?;
            let is_folder = kind.is_dir() && FOLDERS.iter().any(|folder| name == Path::new(folder));
            let is_packed = kind.is_file() && listed.contains(&name);
            if !is_folder && !is_packed {
                return Ok(Err(format!("{} was not packed", name.display())));
            }
        }
    }
    Ok(Ok(()))
}

/// A chain that is gone through.
struct Chain<'p> {
    pack: &'p Path,
    against: Option<&'p SignedHead>,
    /// The link before: its number and its hash.
    before: Option<(u64, [u8; 32])>,
    /// The names of the texts that went and of what people wrote, as the entries hold them.
    renderings: BTreeSet<String>,
}

impl Chain<'_> {
    /// Each link follows the one before it, and each entry is the one that its link stands for.
    fn links(&mut self, chain: &str, found: &mut PackFinding) -> Result<(), String> {
        for line in chain.split_terminator('\n') {
            let mut parts = line.split(' ');
            let link = (|| {
                let seq: u64 = parts.next()?.parse().ok()?;
                let (json, hash) = (bytes(parts.next()?)?, bytes(parts.next()?)?);
                parts.next().is_none().then_some((seq, json, hash))
            })();
            let (seq, json, hash) = link.ok_or("chain.txt holds what is no line of it")?;
            found.entries += usize::from(self.entry(seq, json)?);
            let Some((last, previous)) = self.before else {
                return Err(format!(
                    "chain.txt begins with entry {seq}, and entries/{seq}.json is not there"
                ));
            };
            let preimage = [b"watchfire/entry/1\0".as_slice(), &previous, &json].concat();
            if Some(seq) != last.checked_add(1) || <[u8; 32]>::from(Sha256::digest(&preimage)) != hash {
                return Err(format!("chain.txt: entry {seq} does not follow the one before it"));
            }
            if let Some(against) = self.against.filter(|against| against.seq == seq) {
                if against.hash.to_string() != hex::encode(hash) {
                    return Err(format!(
                        "entry {seq} is not the one that was signed in the head that was given"
                    ));
                }
                found.compared = true;
            }
            self.before = Some((seq, hash));
            found.links += 1;
        }
        let there = fs::read_dir(self.pack.join("entries")).map_or(0, Iterator::count);
        if there == found.entries {
            Ok(())
        } else {
            Err("entries/ holds files that are no link of chain.txt".to_owned())
        }
    }

    /// Whether the entry is whole in the pack; the first one says what came before it.
    fn entry(&mut self, seq: u64, json: [u8; 32]) -> Result<bool, String> {
        let stored = match fs::read(self.pack.join("entries").join(format!("{seq}.json"))) {
            Ok(stored) => stored,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(_) => return Err(format!("entries/{seq}.json cannot be read")),
        };
        let wrong = || format!("entries/{seq}.json is not the entry of that number");
        let value: Value = serde_json::from_slice(&stored).map_err(|_cause| wrong())?;
        let previous = value["previous"].as_str().and_then(bytes).ok_or_else(wrong)?;
        let first = seq.checked_sub(1).map(|last| (last, previous));
        let before = self.before.or(first);
        if before != first || value["seq"] != seq || <[u8; 32]>::from(Sha256::digest(&stored)) != json {
            return Err(wrong());
        }
        self.before = before;
        sealed_names(&value["facts"], &mut self.renderings);
        Ok(true)
    }

    /// The head names the last link, and is signed by its key.
    fn head(&self) -> Result<SignedHead, String> {
        let (seq, hash) = self.before.ok_or("chain.txt holds nothing")?;
        let hash = hex::encode(hash);
        let head: SignedHead = serde_json::from_str(&text(self.pack, "head.json")?)
            .map_err(|_cause| "head.json is no signed head".to_owned())?;
        if (head.seq, head.hash.to_string()) != (seq, hash.clone()) {
            return Err("chain.txt does not end with the entry that head.json names".to_owned());
        }
        let message = ["watchfire/head/1", &seq.to_string(), &hash, &head.at.to_string(), ""];
        VerifyingKey::from_bytes(head.key.as_bytes())
            .and_then(|key| key.verify_strict(message.join("\n").as_bytes(), &head.signature))
            .map_err(|_cause| "the signature of head.json is not that of its key".to_owned())?;
        match self.against {
            Some(against) if against.key != head.key => {
                Err(format!("head.json is signed with another key, {}", head.key))
            }
            Some(_) | None => Ok(head),
        }
    }

    /// Each text, sealed as it was, has the name that an entry holds.
    fn texts(&self) -> Result<usize, String> {
        let Ok(folder) = fs::read_dir(self.pack.join("texts")) else { return Ok(0) };
        let mut count = 0;
        for file in folder {
            let path = file.map_err(|error| error.to_string())?.path();
            if path.extension().is_none_or(|end| end != "json") {
                continue;
            }
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let content = fs::read(&path).map_err(|_cause| format!("texts/{name}.json cannot be read"))?;
            let seal = text(self.pack, &format!("texts/{name}.seal"))?;
            let sealed =
                sealed(&seal, content).ok_or_else(|| format!("texts/{name}.seal does not fit its text"))?;
            if hex::encode(Sha256::digest(&sealed)) != name || !self.renderings.contains(&name) {
                return Err(format!("texts/{name}.json is not what an entry of the pack names"));
            }
            count += 1;
        }
        Ok(count)
    }
}

/// The names of what was sealed that stand within facts.
fn sealed_names(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(all) => {
            for (member, value) in all {
                match value.as_str().filter(|_| member == "rendering" || member == "payload") {
                    Some(name) => names.extend([name.to_owned()]),
                    None => sealed_names(value, names),
                }
            }
        }
        Value::Array(all) => all.iter().for_each(|value| sealed_names(value, names)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The bytes that a text was sealed as; none where its tag is another.
fn sealed(seal: &str, mut content: Vec<u8>) -> Option<Vec<u8>> {
    let mut parts = seal.trim_end().split(' ').map(hex::decode);
    let (key, nonce, tag) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    let short = [&[0; 4], nonce.get(16..24)?].concat();
    let cipher = ChaCha20Poly1305::new_from_slice(&key).ok()?;
    let made = cipher
        .encrypt_in_place_detached(
            GenericArray::from_slice(&short),
            b"watchfire/vault/payload/1",
            &mut content,
        )
        .ok()?;
    (made.as_slice() == tag).then(|| [nonce, content, tag].concat())
}

fn bytes(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(bytes)
}
