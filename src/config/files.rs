//! The files of the folder: read within bounds, hashed, and kept with every secret blotted out.

use std::fmt;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::finding::Finding;
use super::node::Place;

/// A configuration file is never nearly this large.
const FILE_BYTES_MAX: u64 = 4 << 20;

/// The unit's user is another at each start and belongs to no group: only what everybody may read it may read.
const READABLE: &str = "whoever runs the daemon must be able to read it: chmod 0644 for the shipped unit (DynamicUser), else chgrp and chmod 0640";

/// More files than anybody keeps in order.
const FILES_MAX: usize = 100;

/// The folder of the calendars within that of the configuration, and in what stands before the names of shipped ones.
const CALENDARS: &str = "calendars";
const SHIPPED: &str = "shipped/calendars";

/// The files as findings show them: secrets, and most of what is personal, are blotted out.
#[derive(Clone, Default)]
pub struct Sources(pub(super) Vec<File>);

#[derive(Clone)]
pub(super) struct File {
    pub(super) name: String,
    pub(super) text: String,
}

impl File {
    /// What a calendar's file is called; `None` for a file of tables.
    pub(super) fn calendar(&self) -> Option<&str> {
        self.name.strip_prefix(CALENDARS)?.strip_prefix('/')
    }
}

/// Prints names and sizes alone.
impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.0.iter().map(|file| (&file.name, file.text.len()))).finish()
    }
}

/// A value that is not to be shown, but for its first characters.
#[derive(Debug, Clone)]
pub(super) struct Blot {
    pub(super) place: Place,
    pub(super) shown: usize,
}

impl Sources {
    /// Reads every `*.toml` of a folder in order of name, then those of its calendars; what cannot be read is a finding.
    pub(super) fn read(dir: &Path, findings: &mut Vec<Finding>) -> Self {
        let mut sources = Self::default();
        if sources.read_folder(dir, "", findings) == Some(0) {
            findings.push(Finding::absence("", format!("the folder {} holds no *.toml file", dir.display())));
        }
        let calendars = dir.join(CALENDARS);
        if calendars.is_dir() {
            sources.read_folder(&calendars, CALENDARS, findings);
        }
        sources
    }

    /// How many files the folder has; `None` where it cannot be read.
    fn read_folder(&mut self, dir: &Path, within: &str, findings: &mut Vec<Finding>) -> Option<usize> {
        let mut paths: Vec<PathBuf> = match fs::read_dir(dir) {
            Ok(entries) => entries.filter_map(|entry| Some(entry.ok()?.path())).collect(),
            Err(error) => {
                let message = format!("the folder {} cannot be read: {error}", dir.display());
                let finding = Finding::absence("", message);
                findings.push(if within.is_empty() {
                    finding.help("give it by --config DIR")
                } else {
                    finding
                });
                return None;
            }
        };
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
        paths.sort();
        if paths.len() > FILES_MAX {
            let message = format!("the folder {} holds more than {FILES_MAX} *.toml files", dir.display());
            findings.push(Finding::absence("", message));
            return None;
        }
        for path in &paths {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let name = if within.is_empty() { name } else { format!("{within}/{name}") };
            match text_of(path) {
                Ok(text) => self.0.push(File { name, text }),
                Err((why, help)) => {
                    let finding = Finding::absence("", format!("{} {why}", path.display()));
                    findings.push(match help {
                        Some(help) => finding.help(help),
                        None => finding,
                    });
                }
            }
        }
        Some(paths.len())
    }

    /// Adds a file that is part of the program, and says which of the files it is.
    pub(super) fn add_shipped(&mut self, name: &str, text: &str) -> usize {
        self.0.push(File { name: format!("{SHIPPED}/{name}"), text: text.to_owned() });
        self.0.len() - 1
    }

    /// Whether a name is that of a file that is part of the program.
    pub(super) fn is_shipped(name: &str) -> bool {
        name.strip_prefix(SHIPPED).is_some_and(|name| name.starts_with('/'))
    }

    /// Puts a text in the place of a file's, or beside the others.
    pub(super) fn replace(&mut self, path: &Path, text: &str) {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        match self.0.iter_mut().find(|file| file.name == name) {
            Some(file) => text.clone_into(&mut file.text),
            None => self.0.push(File { name, text: text.to_owned() }),
        }
    }

    /// Names and texts, with every secret blotted out.
    pub fn blotted(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|file| (file.name.as_str(), file.text.as_str()))
    }

    /// The SHA-256 (hex) over names and bytes; it must be taken before anything is blotted out.
    pub(super) fn sha256(&self) -> String {
        let mut hash = Sha256::new();
        for part in self.0.iter().flat_map(|file| [file.name.as_bytes(), file.text.as_bytes()]) {
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part);
        }
        hex::encode(hash.finalize())
    }

    /// Blots values out; every byte stays where it was, so that places still fit.
    pub(super) fn blot_out(&mut self, blots: &[Blot]) {
        for blot in blots {
            let Some(file) = self.0.get_mut(blot.place.file) else { continue };
            let Some(value) = file.text.get(blot.place.start..blot.place.end) else { continue };
            let hidden: String = value
                .chars()
                .enumerate()
                .map(|(index, c)| {
                    let keep = c == '\n' || index < blot.shown || (index == 0 && (c == '"' || c == '\''));
                    if keep { c.to_string() } else { "*".repeat(c.len_utf8()) }
                })
                .collect();
            file.text.replace_range(blot.place.start..blot.place.end, &hidden);
        }
    }

    /// Blots out what may be a secret in a file that is not TOML, where nobody can say what its values are.
    pub(super) fn blot_out_lines(&mut self, file: usize) {
        const WORDS: [&str; 9] =
            ["password", "secret", "_key", "token", "authorization", "headers", "url", "mobile", "email"];
        let Some(text) = self.0.get(file).map(|file| file.text.clone()) else { return };
        let mut blots = Vec::new();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let lower = line.to_ascii_lowercase();
            if let (true, Some(at)) =
                (WORDS.iter().any(|word| lower.contains(word)), line.find(['=', '＝', ':']))
            {
                let place = Place { file, start: start + at + 1, end: start + line.len() };
                blots.push(Blot { place, shown: 1 });
            }
            start += line.len();
        }
        self.blot_out(&blots);
    }
}

/// Why a file cannot be used, and what to do about it where it does not say so itself.
type Unread = (String, Option<&'static str>);

fn text_of(path: &Path) -> Result<String, Unread> {
    let unread = |error: io::Error| {
        let closed = error.kind() == io::ErrorKind::PermissionDenied;
        (format!("cannot be read: {error}"), closed.then_some(READABLE))
    };
    let file = fs::File::open(path).map_err(unread)?;
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(unread)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > FILE_BYTES_MAX) {
        return Err(("is larger than 4 MiB".to_owned(), None));
    }
    String::from_utf8(bytes).map_err(|error| {
        let bytes = error.as_bytes();
        let line =
            bytes.iter().take(error.utf8_error().valid_up_to()).filter(|byte| **byte == b'\n').count() + 1;
        (format!("is not UTF-8 (line {line}): save it as UTF-8"), None)
    })
}
